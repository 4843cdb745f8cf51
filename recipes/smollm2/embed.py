"""Put a trained adapter into the package: `python recipes/smollm2/embed.py NAME RUN [RUN ...]`.

Several runs, each trained on top of the one before, become one adapter: the sum of low-rank updates is the update of
their concatenated factors, exactly. What was trained whole, such as the head of a reward model, is the last run's. The
weights are stored in bfloat16. The card (`README.md`) beside them stays.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file


BASE = "HuggingFaceTB/SmolLM2-135M-Instruct"
MODELS = Path(__file__).parents[2] / "modeling/p_aligner/models"
_KEPT = (
    *("bias", "fan_in_fan_out", "lora_bias", "modules_to_save", "peft_type", "target_modules", "task_type"),
    *("use_dora", "use_rslora"),
)
_MOST_BYTES = 10_000_000


def concatenated(folders: list[Path]) -> tuple[dict[str, torch.Tensor], dict[str, object]]:
    """Join the factors of LoRA adapters of the same modules.

    Returns:
        the weights, with every adapter's scale in its `lora_A`, and a config whose scale is 1.
    """
    configs = [json.loads((folder / "adapter_config.json").read_text(encoding="utf-8")) for folder in folders]
    parts = [load_file(folder / "adapter_model.safetensors") for folder in folders]
    weights = {}
    for name in parts[0]:
        if "lora_" not in name:
            weights[name] = parts[-1][name].to(torch.bfloat16)
            continue
        is_first_factor = "lora_A" in name
        factors = [
            part[name].float() * (config["lora_alpha"] / config["r"] if is_first_factor else 1.0)
            for part, config in zip(parts, configs, strict=True)
        ]
        weights[name] = torch.cat(factors, dim=0 if is_first_factor else 1).to(torch.bfloat16).contiguous()
    rank = sum(config["r"] for config in configs)
    config = {name: configs[0][name] for name in _KEPT if name in configs[0]}
    config["target_modules"] = sorted(config["target_modules"])
    if whole := sorted({name.split(".")[-2] for name in weights if "lora_" not in name}):
        config["modules_to_save"] = whole  # peft names them twice, and others that are not there
    return weights, {**config, "base_model_name_or_path": BASE, "inference_mode": True, "lora_alpha": rank, "r": rank}


def main() -> None:
    name, *runs = sys.argv[1:]
    weights, config = concatenated([Path(run) for run in runs])
    folder = MODELS / name
    folder.mkdir(exist_ok=True)
    save_file(weights, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    text = json.dumps(config, indent=2, sort_keys=True)
    (folder / "adapter_config.json").write_text(text + "\n", encoding="utf-8")
    size = (folder / "adapter_model.safetensors").stat().st_size
    print(f"{folder}: rank {config['r']}, {size / 1e6:.1f} MB")
    if size > _MOST_BYTES:
        sys.exit(f"that is more than {_MOST_BYTES / 1e6:.0f} MB: train with a lower rank")


if __name__ == "__main__":
    main()
