"""The scripts of `recipes/miniature`: the structured start copies, a run that is killed ends as an undisturbed one."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import assemble
import cards
import examples
import mean
import pytest
import torch
import yaml
from conftest import REPOSITORY
from examples import FINER_SHARE, Encoder
from safetensors.torch import load_file, save_file
from start import structured_start, topic_room
from tokenizer import PHRASES, misspelt_tokens, train_tokenizer, whole_words
from topics import learn_topics
from train import main as train_here
from transformers import AutoConfig, AutoTokenizer, LlamaConfig, LlamaForCausalLM, pipeline

import p_aligner
from p_aligner.errors import InputError, KitError
from p_aligner.principles import PAPER_PRINCIPLES
from p_aligner.prompts import render_refined, rewrite_messages
from p_aligner.responding import BeforeAfter
from ultraprompt.miniature import Rewrite, additions, rewrites


SCRIPTS = REPOSITORY / "recipes/miniature"
SMALL = (
    "--chunks 3 --chunk_pairs 80 --tokenizer_pairs 300 --batch_tokens 1024 --vocab_size 4500 --hidden_size 256 "
    "--layers 3 --feed_forward 64 --threads 1 --bf16 false"
).split()
TRL = Path(sys.executable).parent / "trl"
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


def train(folder: Path, *more: str, recipe: str = "rewriter") -> list[str]:
    config = ["--config", str(SCRIPTS / f"{recipe}.yaml"), "--output_dir", str(folder)]
    return [
        sys.executable,
        str(SCRIPTS / "train.py"),
        *config,
        "--tokenizer",
        str(folder.parent / "tokenizer"),
        *SMALL,
        *more,
    ]


def run(*command: str | Path, folder: Path | None = None) -> None:
    subprocess.run([sys.executable, *map(str, command)], check=True, capture_output=True, env=ENVIRONMENT, cwd=folder)


def start_config(vocab_size: int) -> LlamaConfig:
    return LlamaConfig(
        vocab_size=vocab_size,
        hidden_size=256,
        intermediate_size=64,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=4,
        tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 1e5},
        attn_implementation="eager",
    )


def test_the_structured_start_copies_before_any_training() -> None:
    config = start_config(1000)
    torch.manual_seed(0)
    text = torch.randint(10, 1000, (8, 40))
    text[:, 25:28] = text[:, 8:11]  # a phrase that comes twice: the hard case
    marker = torch.full((8, 1), 5)
    ids = torch.cat([text, marker, text], dim=1)
    for model, low, high in (
        (structured_start(config, seed=0), 0.9, 1.0),
        (LlamaForCausalLM(config), 0.0, 0.1),
    ):
        with torch.no_grad():
            guesses = model(ids).logits.argmax(dim=-1)
        right = (guesses[:, 42:-1] == ids[:, 43:]).float().mean().item()
        assert low <= right <= high


def test_every_fixed_phrase_is_one_token_and_text_survives(tmp_path: Path) -> None:
    texts = ["Bake 12 loaves.", "Why is the sky blue?", "naïve café"] * 50
    train_tokenizer(iter(texts), vocab_size=1600, context=128).save_pretrained(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    for phrase in PHRASES:
        assert len(tokenizer(phrase, add_special_tokens=False)["input_ids"]) == 1
    chat = rewrite_messages("Bake 12\n\nloaves: {n} 日本 🙂 \r\n", PAPER_PRINCIPLES.principles[0])
    chat.append({"role": "assistant", "content": render_refined("x")})
    rendered = tokenizer.apply_chat_template(chat, tokenize=False)
    ids = tokenizer(rendered, add_special_tokens=False)["input_ids"]
    assert tokenizer.decode(ids, clean_up_tokenization_spaces=False) == rendered
    assert ids.count(tokenizer.bos_token_id) == 1
    assert ids[-1] == tokenizer.eos_token_id
    assert len(tokenizer("31415", add_special_tokens=False)["input_ids"]) == 5


def test_misspellings_are_tokens_of_their_own_however_few_merges_there_are() -> None:
    texts = ["Which of these is the first?", "Wich fruit should I eat?", "Becuase of that?"] * 3
    words = whole_words(texts)
    tokenizer = train_tokenizer(iter(texts), vocab_size=5000, context=128, words=words)
    encoder = Encoder(tokenizer)
    text = "Wich one, definately? Tell me becuase I beleive in Tehran and tehran."
    for pieces in (encoder.plain, encoder.spelt, *encoder.finer):
        encoded = pieces.encode(text, add_special_tokens=False)
        assert tokenizer.decode(encoded.ids) == text
        assert {"Wich", "\u0120definately", "\u0120becuase", "\u0120beleive"} <= set(encoded.tokens)
        assert "\u0120teh" not in encoded.tokens  # a part of a word is no misspelling
    assert len(encoder.finer[0].encode(" definitely").ids) > 1 == len(encoder.plain.encode(" definitely").ids)
    for phrase in PHRASES[-3:]:
        assert len({tuple(pieces.encode(phrase).ids) for pieces in (encoder.plain, *encoder.finer)}) == 1
    assert "Teh" not in words  # no text begins with it
    assert not set(encoder._letters) & {"Wich", "definately"}


def test_the_start_mends_misspellings_before_any_training() -> None:
    words = ["Wich", "Which", *(f"\u0120{word}" for word in ("definately", "definitely", "becuase", "because"))]
    tokenizer = train_tokenizer(
        iter(["many other words of a small text"] * 9), vocab_size=1600, context=256, words=words
    )
    config = start_config(len(tokenizer))
    model = structured_start(config, seed=0, misspelt=misspelt_tokens(tokenizer))
    raw, mended = (
        "many other words definately of a small text becuase other words of many",
        "many other words definitely of a small text because other words of many",
    )
    marker, asked, answer = (tokenizer.encode(text, add_special_tokens=False) for text in ("<", raw, mended))
    with torch.no_grad():
        guesses = model(torch.tensor([[*asked, *marker, *answer]])).logits[0].argmax(dim=-1)[len(asked) + 1 : -1]
    mending = [place for place, (wrong, right) in enumerate(zip(asked, answer, strict=True)) if wrong != right]
    assert len(mending) == 2
    assert [guesses[place - 1].item() for place in mending] == [answer[place] for place in mending]


def test_topics_tell_intents_apart_before_any_training(tmp_path: Path) -> None:
    pairs = list(islice(rewrites(1), 2500))
    texts = (text for pair in pairs for text in (pair.instruction, pair.refined))
    encoder = Encoder(train_tokenizer(texts, vocab_size=2200, context=512))
    topics = learn_topics(pairs, encoder.tokenizer, encoders=[encoder.plain], seed=0)
    intents = sorted({pair.intent for pair in pairs})
    fresh = [pair for pair in islice(rewrites(2), 300) if pair.intent != "foreign"]
    guesses = []
    for pair in fresh:
        ids = encoder.tokenizer(pair.instruction, add_special_tokens=False)["input_ids"]
        guesses.append(intents[topics[ids, : len(intents)].mean(dim=0).argmax().item()])
    right = sum(guess == pair.intent for guess, pair in zip(guesses, fresh, strict=True)) / len(fresh)
    assert right > 0.6  # by chance 0.04


def test_topics_need_room() -> None:
    config = LlamaConfig(hidden_size=64, num_hidden_layers=3, num_attention_heads=2, vocab_size=10)
    assert topic_room(config) < 20
    with pytest.raises(ValueError, match="20 topics need 3 layers and a hidden_size with room"):
        structured_start(config, seed=0, topics=torch.zeros(10, 20))


def test_rows_say_what_the_model_has_to_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "UNKNOWN_SHARE", 0.0)
    pairs = list(islice(rewrites(3), 200))
    encoder = Encoder(train_tokenizer((pair.refined for pair in pairs), vocab_size=1600, context=512))
    rng = random.Random(0)
    rows = [encoder.rewrite(pair, rng) for pair in pairs]
    for pair, row in zip(pairs, rows, strict=True):
        text = encoder.tokenizer.decode(row.ids, clean_up_tokenization_spaces=False)
        assert text.endswith(render_refined(pair.refined) + encoder.tokenizer.eos_token)
        assert not any(row.weights[: row.ids.index(encoder._header) + 1])
        assert max(row.weights) > 1 >= min(row.weights)
    spelt_whole = [encoder.plain.encode(pair.instruction, add_special_tokens=False).ids for pair in pairs]
    whole = sum(str(ids)[1:-1] in str(row.ids) for ids, row in zip(spelt_whole, rows, strict=True)) / len(rows)
    assert 1 - FINER_SHARE - 0.1 < whole < 1 - FINER_SHARE + 0.15


def test_what_is_changed_or_added_weighs_more_than_what_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "UNKNOWN_SHARE", 0.0)
    monkeypatch.setattr(examples, "FINER_SHARE", 0.0)
    phrase = additions()[-1].text
    raw = "you stupid bot, tell me about teh old canals of the north"
    pair = Rewrite("Helpfulness", "explain", raw, f"Tell me about the old canals of the north. {phrase}", None)
    encoder = Encoder(train_tokenizer(iter([raw, pair.refined]), vocab_size=1600, context=512))
    row = encoder.rewrite(pair, random.Random(0))
    answer = [(encoder.tokenizer.decode([token]), weight) for token, weight in zip(*row, strict=True) if weight]
    heavy = [text.strip() for text, weight in answer if weight > 1]
    # The mended words, the first word copied after each of them, the addition as one token, the end.
    for text in ("Tell", "me", "the", "old", ".", phrase, encoder.tokenizer.eos_token):
        assert text in heavy
    for text in ("about", "canals", "north"):
        assert text not in heavy


def test_unknown_words_are_the_same_in_the_instruction_and_its_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "UNKNOWN_SHARE", 1.0)
    pairs = [pair for pair in islice(rewrites(4), 100) if pair.instruction in pair.refined]
    encoder = Encoder(train_tokenizer((pair.refined for pair in pairs), vocab_size=1600, context=512))
    rng = random.Random(0)
    changed = 0
    for pair in pairs:
        text = encoder.tokenizer.decode(encoder.rewrite(pair, rng).ids, clean_up_tokenization_spaces=False)
        asked = text.split("[The Start of Raw Prompt]\n")[1].split("\n[The End of Raw Prompt]")[0]
        assert text.count(asked) >= 2
        changed += asked != pair.instruction
        assert examples._WORD.findall(asked)[:2] == examples._WORD.findall(pair.instruction)[:2]
    assert changed > len(pairs) / 3


def test_a_killed_run_ends_as_an_undisturbed_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train_here(train(tmp_path / "whole")[2:])
    process = subprocess.Popen(train(tmp_path / "killed"), stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    metrics = tmp_path / "killed/metrics.jsonl"
    deadline = time.monotonic() + 60
    while not metrics.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "killed/model").exists()
    capsys.readouterr()
    train_here(train(tmp_path / "killed")[2:])
    assert "the model is in" in capsys.readouterr().err
    for name in ("model.safetensors", "config.json", "tokenizer.json"):
        whole, killed = ((tmp_path / run / "model" / name).read_bytes() for run in ("whole", "killed"))
        assert whole == killed
    losses = [json.loads(line)["loss"] for line in (tmp_path / "whole/metrics.jsonl").read_text().splitlines()]
    assert len(losses) == 3
    assert losses[-1] < losses[0]
    assert AutoConfig.from_pretrained(tmp_path / "whole/model").dtype == torch.float32


@pytest.mark.slow
def test_the_whole_chain_in_small(tmp_path: Path) -> None:
    """`make miniature` with tiny models: every script, the reward model by TRL, the four folders, cards and curves."""
    runs = tmp_path / "runs/miniature"
    base = ["--start_from", str(runs / "rewriter")]
    model = ["--start_from", str(runs / "rewriter/model")]  # where no state is left, from the weights
    for recipe, more in (("rewriter", []), ("p_aligner", base), ("singlepo", model), ("responder", [])):
        command = train(runs / recipe.replace("_", "-"), "--chunks", "1", *more, recipe=recipe)
        subprocess.run(command, check=True, capture_output=True, env=ENVIRONMENT)
    run(SCRIPTS / "rows.py", "reward-pairs", runs / "reward-pairs")
    trl = [TRL, "reward", "--config", SCRIPTS / "reward.yaml", "--max_steps", "3", "--save_steps", "3"]
    run(*trl, "--logging_steps", "1", folder=tmp_path)
    run(SCRIPTS / "assemble.py", runs, runs / "models")
    benchmark = [REPOSITORY / "tests/benchmarks/miniature.py", "--models", runs / "models", "--questions", "6"]
    (runs / "measured").mkdir()
    measured = {}
    for name in ("p-aligner", "singlepo", "responder", "reward"):
        output = runs / f"measured/{name}.json"
        run(*benchmark, "--only", name, "--per-principle", "1", "--pairs", "2", "--output", output)
        measured |= json.loads(output.read_text(encoding="utf-8"))
    run(SCRIPTS / "cards.py", runs, runs / "models")
    for name in measured:
        folder = runs / "models" / name
        assert {path.name for path in folder.iterdir()} >= {"model.safetensors", "config.json", "tokenizer.json"}
        assert not list(folder.glob("*.bin")) + list(folder.glob("*.pt"))
        assert (folder / "learning.png").read_bytes().startswith(b"\x89PNG")
        card = (folder / "README.md").read_text(encoding="utf-8")
        figure = next(value for value in _leaves(measured[name]))
        assert f"| {figure} |" in card
        assert yaml.safe_load(card.split("---")[1])["license"] == "apache-2.0"
    answers = BeforeAfter(str(runs / "models/responder"), str(runs / "models/reward"))
    (record,) = answers.compare([{"instruction": "What is 2+3?", "refined_instruction": "What is 2+3?"}])
    assert record["response"] == record["refined_response"]
    assert isinstance(record["reward"], float)


@pytest.mark.slow
def test_what_the_search_found_is_learned(tmp_path: Path) -> None:
    """The second half of `make miniature`, with the embedded models as its first: search, rows, SFT, DPO, assembly."""
    runs = tmp_path / "runs/miniature"
    stages = {name: runs / name / "model" for name in ("singlepo", "p-aligner", "responder")}
    for name, place in {**stages, "reward": runs / "reward"}.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(p_aligner.miniature(name), target_is_directory=True)
    recipe = REPOSITORY / "recipes/ultraprompt/miniature.yaml"
    models = [f"--rewriter.model={stages['singlepo']}", f"--responder.model={stages['responder']}"]
    few = ["--seeds.sources", "[{miniature: reward, count: 12}]", "--search.iterations", "6"]
    ultraprompt = TRL.with_name("ultraprompt")
    journal = runs / "trees.jsonl"
    run(ultraprompt, "synthesize", recipe, "--out", journal, *models, f"--reward.model={runs / 'reward'}", *few)
    run(ultraprompt, "build", journal, "--out", runs / "ultraprompt")
    run(SCRIPTS / "rows.py", "replay", runs / "replay")
    for trainer, name in (("sft", "singlepo_sft"), ("sft", "p_aligner_sft"), ("dpo", "p_aligner_dpo")):
        run(TRL, trainer, "--config", SCRIPTS / f"{name}.yaml", "--max_steps", "2", folder=tmp_path)
    run(SCRIPTS / "assemble.py", runs, runs / "models", "p-aligner")
    assert [path.name for path in (runs / "models").iterdir()] == ["p-aligner"]
    folders = (Path(p_aligner.miniature("p-aligner")), runs / "models/p-aligner")
    before, after = (load_file(folder / "model.safetensors") for folder in folders)
    assert any(not torch.equal(before[key], after[key]) for key in before)
    refine = pipeline("instruction-refinement", model=str(runs / "models/p-aligner"))
    assert refine("tell me about inflation")["changed"]


def _leaves(value: Any) -> Iterator[Any]:
    for entry in value.values():
        yield from _leaves(entry) if isinstance(entry, dict) else [entry]


@pytest.mark.parametrize("script", [assemble, cards])
def test_missing_runs_are_named(script: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="make miniature") as error:
        script.main([str(tmp_path / "runs"), str(tmp_path / "models")])
    assert str(tmp_path / "runs") in str(error.value)
    with pytest.raises(InputError, match="p-aligner, singlepo, responder, reward"):
        script.main([str(tmp_path / "runs"), str(tmp_path / "models"), "writer"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--seed", "9"], "{folder} holds a run with other settings (task, "),
        (["--task", "sing"], "task must be one of rewrite, respond, it is 'sing'"),
        (["--chunks", "0"], "chunks must be at least 1, it is 0"),
        (["--chunk", "2"], "--chunk"),
    ],
)
def test_bad_settings_are_named(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/recipe.json").write_text(json.dumps({"seed": 1}))  # no other setting is the same, either
    with pytest.raises((KitError, ValueError, SystemExit)) as error:
        train_here(train(tmp_path / "run", *options)[2:])
    assert message.format(folder=tmp_path / "run") in f"{error.value}{capsys.readouterr().err}"


def test_models_of_one_start_are_averaged(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, value in ((first, 1.0), (second, 3.0)):
        folder.mkdir()
        (folder / "config.json").write_text(folder.name)
        save_file({"weight": torch.full((2, 2), value, dtype=torch.bfloat16)}, folder / "model.safetensors")
    (first / "checkpoint-1").mkdir()
    mean.main([str(tmp_path / "runs/mean"), str(first), str(second)])
    assert {path.name for path in (tmp_path / "runs/mean").iterdir()} == {"config.json", "model.safetensors"}
    assert (tmp_path / "runs/mean/config.json").read_text() == "first"
    weight = load_file(tmp_path / "runs/mean/model.safetensors")["weight"]
    assert torch.equal(weight, torch.full((2, 2), 2.0, dtype=torch.bfloat16))
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["mean"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["new", "one"], "two or more models"),
        (["new", "one", "nowhere"], "there is no model.safetensors in nowhere"),
        (["one", "one", "one"], "one is there already"),
        (["new", "one", "other"], "other has weights of other names or shapes than one"),
    ],
)
def test_what_cannot_be_averaged_is_named(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, size in (("one", 2), ("other", 3)):
        Path(name).mkdir()
        save_file({"weight": torch.zeros(size)}, Path(name, "model.safetensors"))
    with pytest.raises(InputError, match=message):
        mean.main(arguments)
