"""The recipes of SmolLM2, small but for real: the loss of the CPU's trainer, a resumption, joined adapters."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from conftest import REPOSITORY
from embed import concatenated
from safetensors.torch import load_file, save_file


pytestmark = pytest.mark.slow
RECIPES = REPOSITORY / "recipes/smollm2"
STEPS = 6


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rows")
    texts = [("tell me about " + "tea " * (k % 5 + 1), f"Tell me about tea, in {k} lines.") for k in range(60)]
    lines = [
        json.dumps(
            {
                "prompt": [{"role": "user", "content": before}],
                "completion": [{"role": "assistant", "content": after}],
            }
        )
        for before, after in texts
    ]
    (folder / "train.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def command(script: list[str], model: str, rows: Path, out: Path, *words: str) -> list[str]:
    return [
        *(*script, "--config", str(RECIPES / "p_aligner.yaml"), "--model_name_or_path", model),
        *("--dataset_name", str(rows), "--output_dir", str(out), "--max_steps", str(STEPS), "--save_steps", "1"),
        *("--save_total_limit", str(STEPS), "--logging_steps", "1", *words),
    ]


def run(*arguments: str) -> None:
    result = subprocess.run(arguments, cwd=REPOSITORY, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr[-2000:]


def losses(out: Path) -> list[float]:
    state = json.loads((out / f"checkpoint-{STEPS}/trainer_state.json").read_text(encoding="utf-8"))
    return [entry["loss"] for entry in state["log_history"] if "loss" in entry]


def test_it_learns_as_trl_does_and_goes_on_where_it_was(untrained_folder: str, rows: Path, tmp_path: Path) -> None:
    ours, bin_ = [sys.executable, str(RECIPES / "sft.py")], Path(sys.executable).parent
    run(*command(ours, untrained_folder, rows, tmp_path / "plain", "--decision_weight", "1"))
    run(*command(ours, untrained_folder, rows, tmp_path / "ours"))
    run(*command([str(bin_ / "trl"), "sft"], untrained_folder, rows, tmp_path / "trl"))
    assert losses(tmp_path / "plain") == pytest.approx(losses(tmp_path / "trl"), rel=1e-2)
    assert all(more > less for more, less in zip(losses(tmp_path / "ours"), losses(tmp_path / "plain"), strict=True))

    last = str(tmp_path / "ours/checkpoint-2")
    run(*command(ours, untrained_folder, rows, tmp_path / "resumed", "--resume_from_checkpoint", last))
    assert not (tmp_path / "resumed/checkpoint-1").exists()
    whole, resumed = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("ours", "resumed"))
    assert whole.keys() == resumed.keys()
    for name, weight in whole.items():
        assert torch.allclose(weight, resumed[name], atol=1e-4), name


def test_joined_adapters_are_their_sum(untrained_folder: str, tmp_path: Path) -> None:
    from peft import LoraConfig, PeftModel, get_peft_model
    from transformers import AutoModelForCausalLM

    ids = torch.arange(1, 9)[None]
    torch.manual_seed(0)
    updates = []
    for number, (rank, alpha) in enumerate(((2, 4), (3, 9))):
        model = AutoModelForCausalLM.from_pretrained(untrained_folder)
        adapted = get_peft_model(model, LoraConfig(r=rank, lora_alpha=alpha, target_modules=["q_proj", "v_proj"]))
        for name, weight in adapted.named_parameters():
            if "lora_" in name:
                torch.nn.init.normal_(weight, std=0.3)
        adapted.save_pretrained(tmp_path / str(number))
        merged = adapted.merge_and_unload().state_dict()
        base = AutoModelForCausalLM.from_pretrained(untrained_folder).state_dict()
        updates.append({name: merged[name] - base[name] for name in base})
    weights, config = concatenated([tmp_path / "0", tmp_path / "1"])
    assert config["r"] == config["lora_alpha"] == 5

    (tmp_path / "both").mkdir()
    save_file(weights, tmp_path / "both/adapter_model.safetensors")
    (tmp_path / "both/adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    joined = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(untrained_folder), tmp_path / "both")
    summed = AutoModelForCausalLM.from_pretrained(untrained_folder)
    summed.load_state_dict(
        {name: value + sum(update[name] for update in updates) for name, value in summed.state_dict().items()}
    )
    with torch.inference_mode():
        # The factors are stored in bfloat16.
        assert torch.allclose(joined(ids).logits, summed(ids).logits, atol=2e-2)
        with joined.disable_adapter():
            assert not torch.allclose(joined(ids).logits, summed(ids).logits, atol=2e-2)
