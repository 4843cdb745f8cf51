"""Models on their way to the Hub: what is staged and what stays behind, what the cards say, what licences ask for."""

import json
import shutil
import warnings
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import REPOSITORY
from huggingface_hub import ModelCard
from safetensors.torch import load_file, save_file
from test_layers import EXPORTED
from tiny import REFINED

from p_aligner.errors import InputError
from p_aligner.prompts import refine_messages
from p_aligner.release import licences
from p_aligner.release.card import plain_turn
from p_aligner.release.measured import Training
from p_aligner.release.model import PROBES, _origin, check_model, reload, stage_model
from p_aligner.release.publish import check
from p_aligner.release.stage import Stage
from p_aligner.tokens import ChatTokenizer


CODE = {f"{name}.py" for name in EXPORTED}
MODEL = {"README.md", "config.json", "generation_config.json", "model.safetensors", "chat_template.jinja"}
TOKENIZER = {"tokenizer.json", "tokenizer_config.json"}
BASE = "meta-llama/Llama-3.2-3B-Instruct"
SAMPLE = REPOSITORY / "dataset_builder/ultraprompt/sample"
# An earlier card of ours: what it says of the training, and its picture, goes along.
CARD = """---
license: apache-2.0
tags: [p-aligner]
---

# Tiny

Refines an instruction in one pass.

It knows a few rows by heart.

## Training

![Learning curves](learning.png)
"""


def report_of(model: str) -> dict[str, Any]:
    """Return what an evaluation of two refiners writes, as far as cards read it."""
    plain = {"times": 1, "best_of_n": None, "urial": None}
    outcome = {
        **{"benchmark": "Vicuna", "responder": "answerer", "against": "normal", "judge": "gold", "judged": 300},
        **{"win_rate": 0.62, "intervals": {"win_rate": [0.56, 0.68]}},
    }
    share = {"value": 0.0119, "n": 300, "interval": [0.004, 0.03]}
    empty = {"value": None, "n": 0, "interval": None}
    drift = {"benchmark": "Vicuna", "changed": share, "rejected": empty, "lost_spans": empty}
    return {
        "made": {"command": "p-aligner evaluate mine.yaml"},
        "notes": ["Shows the machinery."],
        "recipe": {"refiners": {"mine": {"model": {"model": model}}, "search": {"path": "best.jsonl"}}},
        "outcomes": [
            {**outcome, **plain, "refiner": "mine"},
            {**outcome, **plain, "refiner": "search", "win_rate": 0.9},
            {**outcome, **plain, "refiner": "mine", "best_of_n": 4, "win_rate": 0.8},
        ],
        "drift": [{**drift, "times": 1, "refiner": "mine", "content_words_kept": empty}],
    }


LOGGED = (
    {"step": 5, "loss": 0.6931, "rewards/accuracies": 0.5125},
    {"step": 50, "loss": 0.4321, "rewards/accuracies": 0.8875},
)
LOG = {"global_step": 54, "epoch": 2.0, "log_history": LOGGED}


def checks(stage: Stage) -> dict[str, tuple[bool, str]]:
    return {each.name: (each.passed, each.text) for each in check(stage)}


@pytest.fixture
def trained(tiny: str, tmp_path: Path) -> Path:
    """Lay out a folder as a training leaves it, pickles and all."""
    folder = tmp_path / "run"
    shutil.copytree(tiny, folder)
    (folder / "README.md").write_text(f"---\nbase_model: {BASE}\ntags:\n- trl\n---\n\n# What TRL wrote\n")
    (folder / "checkpoint-54").mkdir()
    for name in ("training_args.bin", "checkpoint-54/optimizer.pt"):
        (folder / name).write_bytes(b"\x80\x04.")
    (folder / "checkpoint-54/trainer_state.json").write_text(json.dumps(LOG))
    config = json.loads((folder / "generation_config.json").read_text())
    sampling = {"do_sample": True, "temperature": 0.6, "top_p": 0.9}
    (folder / "generation_config.json").write_text(json.dumps({**config, **sampling}))
    return folder


@pytest.fixture(scope="module")
def stage(tiny: str, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """The tiny model with a card, staged."""
    folder = tmp_path_factory.mktemp("release")
    source = shutil.copytree(tiny, folder / "source")
    (source / "README.md").write_text(CARD, encoding="utf-8")
    (source / "learning.png").write_bytes(b"\x89PNG")
    (source / "notes.txt").write_text("mine")
    return stage_model(source, "org/p-aligner", folder / "stage")


def test_a_model_is_staged_and_fit(stage: Stage, tiny: str) -> None:
    source = Path(tiny)
    assert {*stage.names()} == MODEL | TOKENIZER | CODE | {"learning.png"} == {*stage.why}
    assert (stage.folder / "model.safetensors").read_bytes() == (source / "model.safetensors").read_bytes()
    assert json.loads((stage.folder / "config.json").read_text())["dtype"] == "float32"
    found = checks(stage)
    assert all(passed for passed, _ in found.values()), found
    assert found["loads without our packages"][1] == "4 of 4 records are those of the model here"
    card = (stage.folder / "README.md").read_text()
    assert stage.left_out == {"notes.txt": "not on the list of what a model needs"}
    assert "\nIt knows a few rows by heart.\n" in card
    assert "![Learning curves](learning.png)" in card
    weights = load_file(source / "model.safetensors").values()
    size = f"{sum(weight.numel() for weight in weights) / 1e6:.1f} million parameters (LlamaForCausalLM)"
    assert f"- {size}, context of 2,048 tokens\n- licence: apache-2.0\n" in card
    # The examples are what the model says, and a cell of a table.
    assert [record["refined_instruction"] for record in stage.facts["records"]] == [REFINED[text] for text in PROBES]
    assert "| tell me about inflation | <s>tell</s><b>Tell</b> me about inflation<b>: what it is" in card


@pytest.mark.slow
def test_other_weights_are_found(stage: Stage, tmp_path: Path) -> None:
    shutil.copytree(stage.folder, tmp_path / "other")
    path = tmp_path / "other/model.safetensors"
    weights = load_file(path)
    save_file({name: weight.flip(0).contiguous() for name, weight in weights.items()}, path, metadata={"format": "pt"})
    outcome = reload(stage, str(tmp_path / "other"))
    assert not outcome.passed
    assert "of 4 records are those of the model here" in outcome.text


def test_pickles_and_sampling_stay_behind_and_the_card_is_measured(trained: Path, tmp_path: Path) -> None:
    report, recipe = tmp_path / "report.json", tmp_path / "dpo.yaml"
    report.write_text(json.dumps(report_of(str(trained))))
    recipe.write_text(f"learning_rate: 5.0e-6\nbeta: 0.1\ndataset_name: {SAMPLE}\noutput_dir: runs/x\n")
    measured = {"report": str(report), "recipe": str(recipe), "data": str(SAMPLE), "datasets": ["org/ultraprompt"]}
    stage = stage_model(trained, "org/Llama-p-aligner", tmp_path / "stage", **measured)
    assert {*stage.names()} == MODEL | TOKENIZER | CODE | {"training.png", "NOTICE.txt"}
    assert stage.left_out["training_args.bin"] == "a pickle, which runs code when it is read"
    assert "checkpoint-54/" in stage.left_out
    config = json.loads((stage.folder / "generation_config.json").read_text())
    assert config["do_sample"] is False
    assert not {"temperature", "top_p"} & {*config}

    card = ModelCard.load(stage.folder / "README.md")
    assert (card.data.base_model, card.data.license, card.data.datasets) == (BASE, "llama3.2", ["org/ultraprompt"])
    (result,) = card.data.eval_results
    assert (result.dataset_name, result.metric_type, result.metric_value) == ("Vicuna", "win_rate", 0.62)
    text = card.text
    how = "answers of answerer against normal, judged by gold"
    assert f"| Vicuna | win rate | 62.0&nbsp;% | 56.0 to 68.0 | 300 | {how} |" in text
    assert "| Vicuna | refined at all | 1.2&nbsp;% | 0.4 to 3.0 | 300 |  |" in text
    assert text.count("| Vicuna |") == 2
    assert "By `p-aligner evaluate mine.yaml`." in text
    assert "| share of pairs told apart | 0.5125 | 0.8875 |" in text
    assert "| learning_rate | 5e-06 |" in text
    built = json.loads((SAMPLE / "build.json").read_text())["configs"]["preference"]
    assert f"| preference | {built['rows']['train']} | {built['gain']['mean']} |" in text
    assert "54 steps, 2.00 epochs" in text
    assert str(SAMPLE) not in text
    assert "runs/x" not in text
    assert "**Built with Llama**" in text


def test_a_report_of_another_model_is_no_evidence(trained: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    for content, message in (
        (report_of("runs/another"), r"only of mine \(runs/another\): evaluate the folder itself"),
        ({"results": []}, "is no report of `p-aligner evaluate`"),
    ):
        report.write_text(json.dumps(content))
        with pytest.raises(InputError, match=message):
            stage_model(trained, "org/Llama-p-aligner", tmp_path / "stage", report=str(report))


def test_what_llama_asks_for(trained: Path, tmp_path: Path) -> None:
    (trained / "LICENSE.txt").write_text("the agreement")
    stage = stage_model(trained, "org/Llama-p-aligner", tmp_path / "stage")
    (outcome,) = licences.check(stage)
    assert outcome.passed
    notice = (stage.folder / "NOTICE.txt").read_text()
    assert notice.startswith("Llama 3.2 is licensed under the Llama 3.2 Community License, Copyright")
    assert (stage.folder / "LICENSE.txt").read_text() == "the agreement"

    def mistake(repo: str = stage.repo, why: dict[str, str] = stage.why, **facts: Any) -> str:
        (outcome,) = licences.check(replace(stage, repo=repo, why=why, facts={**stage.facts, **facts}))
        assert not outcome.passed
        return outcome.text

    assert mistake(repo="org/p-aligner").endswith("--repo org/Llama-p-aligner")
    assert "put LICENSE.txt of meta-llama/Llama-3.2-3B-Instruct into the model's folder" in mistake(why={})
    assert mistake(license="mit").endswith("stays under llama3.2, not mit: give --license llama3.2")
    assert "name the base by --base-model" in mistake(bases=[], terms=None, vocabulary=128_257)


@pytest.mark.parametrize(
    ("bases", "license", "model_type", "terms"),
    [
        (["meta-llama/Llama-3.2-3B-Instruct"], None, "llama", "llama3.2"),
        (["org/other", "meta-llama/Meta-Llama-3-8B"], "mit", "llama", "llama3"),
        (["meta-llama/Llama-2-7b-hf"], None, "llama", "llama2"),
        (["meta-llama/Llama-4-Scout-17B-16E"], None, "llama4", "llama4"),
        (["org/Llama3-8B-Chat"], None, "llama", "llama3"),
        (["org/Llama-3_3-Tuned-49B"], None, "llama", "llama3.3"),
        (["org/MyLlama-3-8B"], None, "llama", "llama3"),
        (["mirror/Hermes-3-Llama-3.1-8B"], None, "llama", "llama3.1"),
        ([], "Llama3.3", "llama", "llama3.3"),
        (["google/gemma-3-1b-it"], None, "gemma3_text", "gemma"),
        (["google/codegemma-2b"], None, "gemma", "gemma"),
        (["org/other"], "gemma", "gemma2", "gemma"),
        ([], None, "gemma2", "gemma"),
        (["google/gemma-4-E2B-it"], "apache-2.0", "gemma4", None),
        ([], None, "gemma4_text", None),
        (["org/llama-like", "org/TinyLlama-1.1B"], "apache-2.0", "llama", None),
        ([], None, "llama", None),
    ],
)
def test_whose_terms_hold(bases: list[str], license: str | None, model_type: str, terms: str | None) -> None:
    found = licences.of(bases, license, model_type)
    assert (found.license if found else None) == terms


@pytest.mark.parametrize("bases", [[], ["org/R1-Distill-Llama-8B"]])
def test_a_vocabulary_of_llama_3_asks_for_its_base(bases: list[str]) -> None:
    facts = {"bases": bases, "license": "mit", "terms": None, "vocabulary": 128_256}
    (told,) = licences.check(SimpleNamespace(facts=facts))
    assert "name the base by --base-model" in told.text
    assert [*licences.check(SimpleNamespace(facts={**facts, "bases": ["org/other"]}))] == []


def card_of(folder: Path, content: str | bytes) -> None:
    (folder / "README.md").write_bytes(content if isinstance(content, bytes) else content.encode())


def base_in_a_folder(folder: Path) -> None:
    (folder.parent / "base").mkdir()
    card_of(folder.parent / "base", f"---\nlicense: llama3.2\nbase_model: [{BASE}]\n---\n")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "_name_or_path": str(folder.parent / "base")}))
    card_of(folder, "---\nlicense: mit\n---\n")


def base_of_the_adapter(folder: Path) -> None:
    (folder / "README.md").unlink()
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": BASE}))


HEAD = f"license: llama3.2\nbase_model: {BASE}\n---\n"


@pytest.mark.parametrize(
    "prepare",
    [
        lambda folder: card_of(folder, f"---\nlicense: llama3.2\nbase_model:\n- {BASE}\n---\n"),
        lambda folder: card_of(folder, b"\xef\xbb\xbf---\n" + HEAD.encode()),
        lambda folder: card_of(folder, f"---\n{HEAD}".replace("\n", "\r\n")),
        base_in_a_folder,
        base_of_the_adapter,
    ],
    ids=["list", "byte order", "line ends", "folder", "adapter"],
)
def test_the_base_is_found_wherever_it_is_named(prepare: Any, trained: Path) -> None:
    prepare(trained)
    bases, named = _origin(trained)
    assert bases == [BASE]
    found = licences.of(bases, next(iter(named), None))
    assert found.license == "llama3.2"


def test_a_model_that_was_hardly_trained_claims_nothing(trained: Path, tmp_path: Path) -> None:
    """And TRL's name for a base in a folder does not get out."""
    none = "This model is a fine-tuned version of [None](https://huggingface.co/None)."
    card_of(trained, f"---\nlicense: mit\ntags: p-aligner\n---\n\n# Mine\n\nRefines.\n\n{none}\n\nTo the letter.\n")
    shutil.rmtree(trained / "checkpoint-54")
    (trained / "trainer_state.json").write_text(json.dumps({"global_step": 2, "epoch": 0.1, "log_history": []}))
    stage = stage_model(trained, "org/p-aligner", tmp_path / "stage")
    card = (stage.folder / "README.md").read_text()
    assert "**Hardly trained** (2 steps): nothing is claimed of it." in card
    assert "None]" not in card
    (trained / "trainer_state.json").unlink()
    stage = stage_model(trained, "org/p-aligner", tmp_path / "stage")
    card = (stage.folder / "README.md").read_text()
    assert "To the letter." in card
    assert "None]" not in card
    assert "Hardly" not in card
    standing = Training(54, 2.0, {"loss": (0.693, 0.694)}, {})
    assert standing.hardly == "the loss was 0.693 at first, 0.694 last"
    assert replace(standing, figures={"loss": (0.69, 0.43)}).hardly is None
    assert replace(standing, figures={"loss": (0.0, 0.1), "reward": (0.1, 0.4)}).hardly is None


@pytest.mark.parametrize("parts", [["q_proj", "v_proj"], ["lm_head"]])
def test_an_adapter_is_merged(parts: list[str], tiny: str, tmp_path: Path) -> None:
    """Also where it is one of two tied matrices only."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of peft about tied matrices, and about names that transformers changed
        model = get_peft_model(AutoModelForCausalLM.from_pretrained(tiny), LoraConfig(r=4, target_modules=parts))
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(weight, std=0.02)
        model.save_pretrained(tmp_path / "adapter")
    AutoTokenizer.from_pretrained(tiny).save_pretrained(tmp_path / "adapter")
    stage = stage_model(tmp_path / "adapter", "org/p-aligner", tmp_path / "stage", license="apache-2.0")
    assert "adapter_model.safetensors" in stage.left_out
    assert stage.facts["merge"].passed, stage.facts["merge"]
    whole = AutoModelForCausalLM.from_pretrained(stage.folder)
    ids = torch.arange(3, 40).unsqueeze(0)
    model.eval()
    with torch.inference_mode():
        assert torch.allclose(whole(ids).logits, model(ids).logits, atol=1e-3)
    assert whole.config.tie_word_embeddings is (parts != ["lm_head"])


def test_servers_see_the_prompt_of_the_pipeline(stage: Stage, refine: Any) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(stage.folder)
    before, after = plain_turn(tokenizer)
    bare = before.removeprefix(tokenizer.bos_token)
    modelfile = (stage.folder / "README.md").read_text().partition('TEMPLATE """')[2].partition('"""')[0]
    assert modelfile == bare + "{{ .Prompt }}" + after + "{{ .Response }}"
    for ask in ("tell me about inflation", "Add 2.5 and 31 for {name}.", "zwei\n\nAbsätze 🙂", "a {{ b }} c"):
        expected = ChatTokenizer(refine.tokenizer).ids(refine_messages(ask))
        (message,) = refine_messages(ask)
        # vLLM renders the exported template, and adds no special tokens to what comes out.
        text = tokenizer.apply_chat_template([message], add_generation_prompt=True, tokenize=False)
        assert tokenizer(text, add_special_tokens=False)["input_ids"] == expected
        # Ollama fills its own template, and puts the BOS in front.
        text = modelfile.replace("{{ .Response }}", "").replace("{{ .Prompt }}", message["content"])
        assert [tokenizer.bos_token_id, *tokenizer(text, add_special_tokens=False)["input_ids"]] == expected


def test_a_template_with_a_date_is_not_released(tiny: str, tmp_path: Path) -> None:
    template = tmp_path / "dated.jinja"
    own = Path(tiny, "chat_template.jinja").read_text()
    template.write_text("{% set date_string = strftime_now('%d %b %Y') %}" + own)
    stage = stage_model(tiny, "org/p-aligner", tmp_path / "stage", chat_template=str(template))
    assert (stage.folder / "chat_template.jinja").read_text() == template.read_text()
    outcome = next(check_model(stage))
    assert outcome.name == "chat template"
    assert not outcome.passed


@pytest.mark.parametrize(
    ("repo", "source", "message"),
    [
        ("p-aligner", "tiny", "that is ORG/NAME"),
        ("org/a b", "tiny", "'org/a b' cannot be the name"),
        ("org/x", "tiny_reward", "holds no language model but LlamaForSequenceClassification"),
        ("org/x", "tmp_path", "holds no model"),
    ],
)
def test_bad_input_gets_one_line(repo, source, message, tmp_path, request):
    folder = request.getfixturevalue(source)
    with pytest.raises(InputError, match="^[^\n]*$") as error:
        stage_model(folder, repo, tmp_path / "stage")
    assert message in str(error.value)
    assert not (tmp_path / "stage").exists()
    assert not [*tmp_path.iterdir()]
