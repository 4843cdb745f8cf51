"""Reward models: what becomes of raw scores, batches, and ArmoRM's head on random weights."""

import asyncio
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import REPOSITORY
from pydantic import TypeAdapter
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer, LlamaConfig, LlamaModel

from p_aligner.errors import ContextOverflow, InputError
from p_aligner.runtime.rewards import (
    Conversation,
    RewardSettings,
    ScriptedReward,
    ScriptedRewardSettings,
    load_reward,
)


SETTINGS: TypeAdapter[Any] = TypeAdapter(RewardSettings)


def exchange(asked: str, said: str) -> Conversation:
    return [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]


def load(**settings: Any) -> Any:
    return load_reward(SETTINGS.validate_python(settings))


def score(model: Any, *conversations: Conversation) -> list[Any]:
    """Score all at once, but each in a call of its own; errors come back in their places."""

    async def main() -> list[Any]:
        try:
            calls = [model.score([conversation]) for conversation in conversations]
            return await asyncio.gather(*calls, return_exceptions=True)
        finally:
            await model.close()

    return [found if isinstance(found, Exception) else found[0] for found in asyncio.run(main())]


SEEDS = (REPOSITORY / "recipes/corpus/seeds.jsonl").read_text(encoding="utf-8").splitlines()
CHATS = [
    exchange(instruction, answer)
    for instruction in sorted((json.loads(line)["instruction"] for line in SEEDS), key=len)[:12]
    for answer in ("Answer: 12", "I do not know.", "That is easy! " * 9)
]


def fixed(**settings: Any) -> ScriptedReward:
    """A model whose raw score is the number that the answer begins with."""
    parsed = ScriptedRewardSettings(reward="scripted", **settings)
    return ScriptedReward(parsed, lambda chat, rng: float(chat[-1]["content"].split()[0]))


def test_transforms_and_the_price_of_long_answers() -> None:
    chats = [exchange("x", text) for text in ("-1000", "-2", "0.5", "3", "1000")]
    sigmoids = [0.0, 1 / (1 + math.exp(2.5)), 0.5, 1 / (1 + math.exp(-2.5)), 1.0]
    assert score(fixed(), *chats) == [-1000.0, -2.0, 0.5, 3.0, 1000.0]
    assert score(fixed(transform="sigmoid", reference=0.5), *chats) == pytest.approx(sigmoids)
    logs = [-1000.5, *map(math.log, sigmoids[1:])]
    assert score(fixed(transform="log-sigmoid", reference=0.5), *chats) == pytest.approx(logs)
    short, long = exchange("x", "2" + " word" * 49), exchange("x", "2" + " word" * 199)
    assert score(fixed(length_penalty=0.1), short, long) == pytest.approx([1.95, 1.8])


def test_a_conversation_that_is_there_twice_is_scored_once() -> None:
    scored: list[Conversation] = []

    def length(chat: Conversation, rng: Any) -> float:
        scored.append(chat)
        return len(chat[-1]["content"])

    model = ScriptedReward(ScriptedRewardSettings(reward="scripted"), length)
    chats = [exchange("x", text) for text in ("ab", "c", "ab", "ab")]
    assert asyncio.run(model.score(chats)) == [2.0, 1.0, 2.0, 2.0]
    assert scored == chats[:2]


def test_scripted_scores_belong_to_name_and_conversation() -> None:
    one, again, other = (load(reward="scripted", name=name) for name in ("a", "a", "b"))
    first = score(one, *CHATS)
    assert score(again, *CHATS) == first
    assert not set(score(other, *CHATS)) & set(first)
    assert all(0 <= value < 1 for value in first)
    assert len(set(first)) == len(CHATS)


def test_settings() -> None:
    plain = {"name": "scripted", "transform": "none", "reference": 0.0, "length_penalty": 0.0}
    assert load(reward="scripted").settings == {"reward": "scripted", **plain}
    logit = SETTINGS.validate_python({"reward": "classifier", "model": "m", "batch_size": 3})
    assert logit.transform == "sigmoid"  # a logit has no scale of its own
    assert SETTINGS.validate_python({"reward": "armo", "model": "m"}).transform == "none"
    assert "batch_size" not in logit.model_dump()


# Classifiers


def test_a_classifier_scores_alike_alone_and_in_a_batch(tiny_reward: str) -> None:
    model = AutoModelForSequenceClassification.from_pretrained(tiny_reward)
    tokenizer = AutoTokenizer.from_pretrained(tiny_reward)
    expected = []
    with torch.inference_mode():
        for chat in CHATS:
            inputs = tokenizer.apply_chat_template(chat, return_tensors="pt", return_dict=True)
            expected.append(float(model(**inputs).logits[0, 0]))
    assert max(expected) - min(expected) > 1
    raw = score(load(reward="classifier", model=tiny_reward, device="cpu", transform="none"), *CHATS)
    assert raw == pytest.approx(expected, abs=1e-4)
    few = score(load(reward="classifier", model=tiny_reward, device="cpu", batch_size=5), *CHATS)
    assert few == pytest.approx([1 / (1 + math.exp(-value)) for value in expected], abs=1e-4)


@pytest.mark.slow
def test_the_reward_model_of_the_package_tells_answers_apart() -> None:
    """Contrasts that nobody would dispute. A short refusal it takes for a good answer: its card says so."""
    ask = "How do I boil an egg?"
    good = (
        "Put the egg into boiling water for seven to nine minutes, then cool it in cold water and peel it. "
        "A shorter time leaves the yolk soft."
    )
    bad = ("", "How do I boil an egg?", f"{good[:98]} " * 5)
    best, *rest = score(load(reward="classifier", model="reward"), *(exchange(ask, text) for text in (good, *bad)))
    assert all(0 < value < best < 1 for value in rest)


def test_what_is_too_long_fails_alone(tiny_reward: str) -> None:
    *found, long = score(
        load(reward="classifier", model=tiny_reward, device="cpu"), *CHATS[:3], exchange("x", "w " * 9000)
    )
    assert len(set(found)) == 3
    assert all(0 < value < 1 for value in found)
    assert isinstance(long, ContextOverflow)
    assert "the chat is too long: it has " in str(long)


# ArmoRM


OBJECTIVES = 19


@pytest.fixture
def armo(tiny: str, tmp_path: Path) -> Path:
    """A small checkpoint of ArmoRM's form: its config fields and names of weights, random weights, two shards."""
    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    tokenizer.save_pretrained(tmp_path)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        pad_token_id=tokenizer.pad_token_id,
    )
    trunk = {f"model.{name}": value for name, value in LlamaModel(config).state_dict().items()}
    widths = [32, 24, 24, 24, OBJECTIVES]
    head = {
        "regression_layer.weight": torch.randn(OBJECTIVES, 32),
        "reward_transform_matrix": torch.randn(OBJECTIVES, OBJECTIVES),
        "gating.logit_scale": torch.tensor([0.7]),
        **{f"gating.layers.{n}.weight": torch.randn(widths[n + 1], widths[n]) for n in range(4)},
        **{f"gating.layers.{n}.bias": torch.randn(widths[n + 1]) for n in range(4)},
    }
    names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    for name, weights in zip(names, (trunk, head), strict=True):
        save_file({key: value.contiguous() for key, value in weights.items()}, tmp_path / name, {"format": "pt"})
    places = {**dict.fromkeys(trunk, names[0]), **dict.fromkeys(head, names[1])}
    index = {"metadata": {}, "weight_map": places}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    written = {
        **config.to_dict(),
        "architectures": ["LlamaForRewardModelWithGating"],
        "auto_map": {"AutoModelForSequenceClassification": "modeling_custom.LlamaForRewardModelWithGating"},
        "dtype": "float32",
        "id2label": {"0": "LABEL_0"},
        "num_objectives": OBJECTIVES,
        "gating_temperature": 10,
        "gating_hidden_dim": 24,
        "gating_n_hidden": 3,
    }
    (tmp_path / "config.json").write_text(json.dumps(written), encoding="utf-8")
    return tmp_path


def by_hand(folder: Path, chat: Conversation) -> float:
    """ArmoRM as its authors describe it, one conversation at a time, from the files."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    weights = load_file(folder / "model-00002-of-00002.safetensors")
    trunk = LlamaModel.from_pretrained(folder).eval()
    ids = tokenizer.apply_chat_template(chat, return_tensors="pt", return_dict=True)["input_ids"]
    opening = tokenizer("<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n", add_special_tokens=False)
    pattern = opening["input_ids"]
    found = [at for at in range(ids.shape[1]) if ids[0, at : at + len(pattern)].tolist() == pattern]
    with torch.inference_mode():
        states = trunk(ids).last_hidden_state[0]
        gate = states[found[-1]]
        for number in range(4):
            gate = weights[f"gating.layers.{number}.weight"] @ gate + weights[f"gating.layers.{number}.bias"]
            gate = torch.relu(gate) if number < 3 else torch.softmax(gate / 10, dim=0) * 0.7
        objectives = weights["regression_layer.weight"] @ states[-1]
        return float(gate @ (objectives @ weights["reward_transform_matrix"]))


def test_armo_reads_the_checkpoint_and_weighs_objectives_by_the_prompt(armo: Path) -> None:
    chats = [*CHATS[:9], [*exchange("Hello", "Hi."), *CHATS[10]]]
    expected = [by_hand(armo, chat) for chat in chats]
    assert max(expected) - min(expected) > 1e-3
    found = score(load(reward="armo", model=str(armo), device="cpu"), *chats)
    assert found == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("lost", ["regression_layer.weight", "gating.layers.3.bias"])
def test_armo_without_its_head_is_named(armo: Path, lost: str) -> None:
    path = armo / "model-00002-of-00002.safetensors"
    save_file({name: value for name, value in load_file(path).items() if name != lost}, path, {"format": "pt"})
    with pytest.raises(InputError, match=f"is no ArmoRM: it has no {lost}"):
        load(reward="armo", model=str(armo), device="cpu")


def test_armo_needs_a_template_that_leaves_the_prompt_as_it_is(armo: Path, tmp_path: Path) -> None:
    template = tmp_path / "backwards.jinja"
    template.write_text("{% for m in messages[::-1] %}{{ m['content'] }}{% endfor %}", encoding="utf-8")
    (error,) = score(load(reward="armo", model=str(armo), device="cpu", chat_template=str(template)), CHATS[0])
    assert isinstance(error, InputError)
    assert "changes a prompt when an answer follows" in str(error)


def test_what_is_no_reward_model_is_named(armo: Path, tiny: str) -> None:
    for model, message in (
        (str(armo), "has no score.weight: choose one of the right kind"),
        (tiny, f"'{tiny}' gives 2 scores; choose one that gives one"),
    ):
        with pytest.raises(InputError, match=message):
            load(reward="classifier", model=model, device="cpu")


@pytest.mark.parametrize("score", [math.nan, math.inf])
def test_what_is_no_score_is_an_error_of_one_line(score: float) -> None:
    broken = ScriptedReward(ScriptedRewardSettings(reward="scripted", name="odd"), lambda chat, rng: score)
    with pytest.raises(InputError, match=f"the reward model 'odd' scores an answer with {score}: look at its dtype"):
        asyncio.run(broken.score([exchange("hi", "ho")]))


HUGE = """
import asyncio, json, resource, sys
from p_aligner.runtime.rewards import ClassifierSettings, load_reward

CHATS = [
    [{"role": "user", "content": f"say {n}"}, {"role": "assistant", "content": f"it is {n} " + "and so on " * 350}]
    for n in range(128)
]

async def main():
    settings = {"reward": "classifier", "model": sys.argv[1], "device": "cpu", "batch_tokens": 1_000_000}
    alone, together = (load_reward(ClassifierSettings(**settings, batch_size=size)) for size in (1, 128))
    expected = await alone.score(CHATS)
    await together.score(CHATS[:1])
    with open("/proc/self/statm") as file:
        most = int(file.read().split()[0]) * resource.getpagesize() + 100 * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    before = together._batcher.most_cost
    print(json.dumps([expected, await together.score(CHATS), before, together._batcher.most_cost]))
    await alone.close()
    await together.close()

asyncio.run(main())
"""


@pytest.mark.slow
def test_a_batch_that_real_memory_does_not_hold_goes_on_in_halves(tiny_reward: str) -> None:
    """The process may have 100 MiB more than it has; the batch wants several times that."""
    command = [sys.executable, "-c", HUGE, tiny_reward]
    result = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stderr
    expected, scores, before, after = json.loads(result.stdout.splitlines()[-1])
    assert scores == pytest.approx(expected, abs=1e-6)
    assert after < before, "the memory did not end: give the test less"
