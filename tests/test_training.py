"""The recipes train, for real: in one process and in two, whole weights and adapters."""

import contextlib
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from conftest import REPOSITORY
from safetensors.torch import load_file
from scripted import wait_until
from transformers import AutoModelForCausalLM, AutoTokenizer, pipeline


pytestmark = pytest.mark.slow
SAMPLE = "dataset_builder/ultraprompt/sample"
# The shipped recipes, on a processor.
HERE = ["--use_cpu", "true", "--bf16", "false", "--activation_checkpointing", "false"]


def train(recipe: str, model: str, out: Path, *words: str, last_step: int) -> None:
    """Run TRL until the model is saved. Two processes may wait for each other after that, so none is waited for."""
    trl, file = Path(sys.executable).parent / "trl", f"recipes/llama-3.2-3b/{recipe}.yaml"
    steps = ["--max_steps", str(last_step), "--save_steps", str(last_step), "--logging_steps", "1"]
    steps += ["--gradient_accumulation_steps", "1"]
    what = ["--model_name_or_path", model, "--dataset_name", SAMPLE, "--output_dir", out]
    command = [trl, "dpo", "--config", file, *what, *HERE, *steps, *words]
    with (out.parent / f"{out.name}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=log, stderr=log, start_new_session=True)
        wait_until(lambda: process.poll() is not None or (out / "training_args.bin").exists())
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        # The launcher's workers are in sessions of their own.
        for worker in psutil.Process(process.pid).children(recursive=True) if process.poll() is None else ():
            worker.kill()
        process.kill()
        process.wait()
    assert (out / f"checkpoint-{last_step}/trainer_state.json").exists(), log.name


def state_of(out: Path, step: int) -> Any:
    return json.loads((out / f"checkpoint-{step}/trainer_state.json").read_text(encoding="utf-8"))


def test_two_processes_learn_what_one_does(tiny: str, tmp_path: Path) -> None:
    """At equal global batch: the same rows in the same order, so the same losses and weights but for rounding."""
    for name, processes in (("one", 1), ("two", 2)):
        kind = f"recipes/accelerate/cpu{'-2' if processes == 2 else ''}.yaml"
        batch = ("--per_device_train_batch_size", str(8 // processes), "--learning_rate", "1e-4")
        train("dpo", tiny, tmp_path / name, *batch, "--accelerate_config", kind, last_step=4)
    one, two = (state_of(tmp_path / name, 4) for name in ("one", "two"))
    # The untrained policy is the reference: log 2, whatever the pairs.
    assert one["log_history"][0]["loss"] == pytest.approx(math.log(2), abs=1e-3)
    built = json.loads((REPOSITORY / SAMPLE / "build.json").read_text(encoding="utf-8"))
    rows = built["configs"]["preference"]["rows"]["train"]
    for state in (one, two):
        assert state["epoch"] == pytest.approx(4 / math.ceil(rows / 8))
    for before, after in zip(one["log_history"], two["log_history"], strict=True):
        for name in ("loss", "rewards/margins", "logps/chosen"):
            assert after[name] == pytest.approx(before[name], rel=1e-2, abs=5e-3), (name, before["step"])
    start = load_file(Path(tiny, "model.safetensors"))
    ends = [load_file(tmp_path / name / "checkpoint-4/model.safetensors") for name in ("one", "two")]
    moved = sum(float((ends[0][name] - start[name].float()).square().sum()) for name in start) ** 0.5
    apart = sum(float((ends[0][name] - ends[1][name]).square().sum()) for name in start) ** 0.5
    assert apart < 0.1 * moved


def test_an_adapter_merges_into_the_same_model(tiny: str, tmp_path: Path) -> None:
    """Also with tied embeddings, and after a reload: the same logits, and it refines."""
    from peft import AutoPeftModelForCausalLM

    out, merged = tmp_path / "lora", tmp_path / "merged"
    train("lora", tiny, out, "--per_device_train_batch_size", "8", "--learning_rate", "1e-3", last_step=4)
    adapted = AutoPeftModelForCausalLM.from_pretrained(out)
    tokenizer = AutoTokenizer.from_pretrained(out)
    ids = tokenizer("tell me about inflation", return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        expected = adapted(ids).logits
        with adapted.disable_adapter():
            assert not torch.allclose(adapted(ids).logits, expected, atol=1e-3)
        adapted.merge_and_unload().save_pretrained(merged)
        tokenizer.save_pretrained(merged)
        reloaded = AutoModelForCausalLM.from_pretrained(merged)
        assert torch.allclose(reloaded(ids).logits, expected, atol=1e-4)
    assert reloaded.get_input_embeddings().weight is reloaded.get_output_embeddings().weight
    texts = [
        pipeline("instruction-refinement", model=str(folder))("tell me about inflation") for folder in (out, merged)
    ]
    assert texts[0] == texts[1]
