"""A pipeline saved into a folder runs where our packages are not installed, and gives the same records."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import REPOSITORY
from huggingface_hub import ModelCard
from safetensors.torch import load_file
from test_layers import EXPORTED
from tiny import REFINED, REWRITTEN
from transformers import AutoModelForCausalLM, pipeline

from p_aligner import PAlignerPipeline
from p_aligner.pipelines import _card
from p_aligner.principles import PAPER_PRINCIPLES
from p_aligner.release.isolated import run_isolated


ASKS = ["how do i bake bread", "Add 2.5 and 31 for {name}, see https://example.org/a.", "list three rivers", "hi"]
PIPELINE = "import json\nfrom transformers import pipeline\n"


@pytest.fixture(autouse=True)
def own_module_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf-home"))


@pytest.fixture
def exported(refine: Any, tmp_path: Path) -> Path:
    folder = tmp_path / "released"
    refine.save_pretrained(folder)
    return folder


def test_the_folder_holds_model_template_and_code(exported: Path) -> None:
    files = {path.name for path in exported.iterdir()}
    assert {f"{name}.py" for name in EXPORTED} <= files
    assert {"model.safetensors", "config.json", "generation_config.json", "chat_template.jinja"} <= files
    config = json.loads((exported / "config.json").read_text())
    assert config["custom_pipelines"] == {
        "instruction-refinement": {
            "impl": "pipelines.PAlignerPipeline",
            "pt": ["AutoModelForCausalLM"],
            "type": "text",
        }
    }
    assert str(REPOSITORY) not in "".join(path.read_text() for path in exported.glob("*.json"))


def test_both_run_without_our_packages(exported: Path, refine: Any, rewrite: Any, tmp_path: Path) -> None:
    expected = refine(ASKS, batch_size=2)
    assert [record["refined_instruction"] for record in expected] == [REFINED[ask] for ask in ASKS]
    guarded = refine(ASKS, max_new_tokens=4)
    code = f"""
try:
    import p_aligner
except ModuleNotFoundError:
    print("hidden")
pipe = pipeline("instruction-refinement", model={str(exported)!r}, trust_remote_code=True)
asks = {ASKS!r}
print(json.dumps([pipe(asks, batch_size=2), pipe(asks, max_new_tokens=4)]))
try:
    pipe(["fine", None])
except ValueError as error:
    print(error)
pipe.save_pretrained("again")
"""
    hidden, records, mistake = run_isolated(PIPELINE + code, folder=tmp_path).splitlines()
    assert hidden == "hidden"
    assert json.loads(records) == [expected, guarded]
    assert all(record["reason"] == "unfinished: length" for record in guarded)
    assert mistake.startswith("item 1: an instruction must be text or a chat")

    shutil.rmtree(exported)
    rewrite.save_pretrained(tmp_path / "rewriter")
    name = PAPER_PRINCIPLES.principles[4].name
    code = f"""
for task, model, options in (("refinement", "again", {{}}), ("rewriting", "rewriter", {{"principle": {name!r}}})):
    pipe = pipeline(f"instruction-{{task}}", model=model, trust_remote_code=True)
    print(json.dumps(pipe({ASKS[0]!r}, **options)))
"""
    again, by_principle = map(json.loads, run_isolated(PIPELINE + code, folder=tmp_path).splitlines())
    assert again == refine(ASKS[0]), "what was loaded from a folder can be saved again"
    assert by_principle == rewrite(ASKS[0], principle=name), "the principles travel with the rewriter"
    assert by_principle["refined_instruction"] == REWRITTEN[ASKS[0], name]


def test_with_our_package_no_remote_code_is_needed(exported: Path, refine: Any) -> None:
    with pytest.raises(ValueError, match="trust_remote_code"):
        pipeline("instruction-refinement", model=str(exported))
    pipe = pipeline("instruction-refinement", model=str(exported), pipeline_class=PAlignerPipeline)
    assert type(pipe) is PAlignerPipeline
    assert pipe(ASKS) == refine(ASKS)


def test_a_template_given_to_the_pipeline_is_exported(tiny: str, tmp_path: Path) -> None:
    own = tmp_path / "own.jinja"
    own.write_text("{% for m in messages %}<<{{ m['content'] }}>>{% endfor %}")
    pipe = pipeline("instruction-refinement", model=tiny, chat_template=own)
    pipe.save_pretrained(tmp_path / "released")
    assert (tmp_path / "released/chat_template.jinja").read_text() == own.read_text()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_the_type_of_the_weights_stays(dtype: torch.dtype, tiny: str, tmp_path: Path) -> None:
    AutoModelForCausalLM.from_pretrained(tiny, dtype=dtype).save_pretrained(tmp_path / "source")
    pipeline("instruction-refinement", model=str(tmp_path / "source"), tokenizer=tiny).save_pretrained(
        tmp_path / "saved"
    )
    assert {weight.dtype for weight in load_file(tmp_path / "saved/model.safetensors").values()} == {dtype}
    assert json.loads((tmp_path / "saved/config.json").read_text())["dtype"] == str(dtype).removeprefix("torch.")


@pytest.mark.parametrize(
    ("card", "license", "base"),
    [
        ("---\nlicense: apache-2.0\nbase_model: org/base\n---\n", "apache-2.0", "org/base"),
        ("\ufeff---\nlicense: llama3.2\nbase_model:\n- org/base\n---\n", "llama3.2", "org/base"),
        ("---\nbase_model: None\n", None, "None"),
        ("no metadata", None, None),
        (None, None, None),
    ],
)
def test_the_card_names_licence_and_base(card, license, base, tiny, tmp_path):
    source = shutil.copytree(tiny, tmp_path / "source")
    if card is not None:
        (source / "README.md").write_text(card, encoding="utf-8")
    pipe = pipeline("instruction-refinement", model=str(source))
    saved = tmp_path / "saved"
    saved.mkdir()
    (saved / "README.md").write_text("A fine-tuned version of [None](https://huggingface.co/None).")
    pipe.save_pretrained(saved)
    found = ModelCard.load(saved / "README.md")
    assert found.data.license == license
    assert found.data.base_model == ([base] if base and base != "None" else None)
    assert found.data.tags == ["p-aligner", "instruction-refinement"]
    assert f"Licence: {license or 'not known'}" in found.text
    assert "None" not in str(found)
    (saved / "README.md").write_text("mine")
    pipe.save_pretrained(saved)
    assert (saved / "README.md").read_text() == "mine"


def test_a_model_of_the_hub_is_its_base() -> None:
    assert "base_model:\n- org/base\n" in _card("instruction-refinement", "", "org/base")
