"""Put the four trained models into one folder, as the package embeds them: weights in bfloat16, read as float32.

    python recipes/miniature/assemble.py runs/miniature runs/miniature/models

What is embedded is safetensors, configuration and tokenizer; states and checkpoints of the training stay behind.
"""

import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

from p_aligner.errors import InputError


# Where a model lies in the folder of the runs after each of its stages, the last one first, and what it is. What
# p_aligner_dpo.yaml and singlepo_sft.yaml make is not embedded: recipes/README.md tells what it loses.
SOURCES = {
    "p-aligner": (("p-aligner-sft", "p-aligner/model"), AutoModelForCausalLM),
    "singlepo": (("singlepo/model",), AutoModelForCausalLM),
    "responder": (("responder/model",), AutoModelForCausalLM),
    "reward": (("reward",), AutoModelForSequenceClassification),
}
MOST_BYTES = 10_000_000


def main(arguments: list[str]) -> None:
    if len(arguments) != 2:
        raise InputError("give two folders: python recipes/miniature/assemble.py RUNS MODELS")
    runs, models = map(Path, arguments)
    finished = {name: _last_stage(runs, stages) for name, (stages, _) in SOURCES.items()}
    missing = [str(runs / SOURCES[name][0][-1]) for name, source in finished.items() if source is None]
    if missing:
        raise InputError(f"there is no trained model in {', '.join(missing)}; run `make miniature`")
    for name, source in finished.items():
        assert source
        model = SOURCES[name][1].from_pretrained(source, dtype=torch.float32)
        model.config.use_cache = True  # TRL turns it off for the training
        weights = {key: weight.to(torch.bfloat16).contiguous() for key, weight in model.state_dict().items()}
        if model.config.tie_word_embeddings:
            weights.pop("lm_head.weight", None)
        model.save_pretrained(models / name, state_dict=weights)
        AutoTokenizer.from_pretrained(source).save_pretrained(models / name)
        size = (models / name / "model.safetensors").stat().st_size
        if size > MOST_BYTES:
            raise InputError(f"{name} has {size / 1e6:.1f} MB of weights; embedded models have at most 10")
        sys.stdout.write(f"{models / name}: {size / 1e6:.1f} MB, from {source}\n")


def _last_stage(runs: Path, stages: tuple[str, ...]) -> Path | None:
    return next((runs / stage for stage in stages if (runs / stage / "config.json").exists()), None)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(f"assemble: {error}")
