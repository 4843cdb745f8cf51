"""Put the trained models into one folder, as the package embeds them: weights in bfloat16, read as float32.

    python recipes/miniature/assemble.py runs/miniature runs/miniature/models [NAME...]

What is embedded is safetensors, configuration and tokenizer; states and checkpoints of the training stay behind.
Without names all four are put there.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

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
WEIGHTS = "model.safetensors"


def main(arguments: list[str]) -> None:
    if len(arguments) < 2 or not set(arguments[2:]) <= set(SOURCES):
        raise InputError(
            f"give two folders and maybe names of {', '.join(SOURCES)}: assemble.py RUNS MODELS [NAME...]"
        )
    runs, models = map(Path, arguments[:2])
    finished = {name: _last_stage(runs, SOURCES[name][0]) for name in arguments[2:] or SOURCES}
    missing = [str(runs / SOURCES[name][0][-1]) for name, source in finished.items() if source is None]
    if missing:
        raise InputError(f"there is no trained model in {', '.join(missing)}; run `make miniature`")
    for name, source in finished.items():
        assert source
        _assemble(source, models / name, SOURCES[name][1])


def _assemble(source: Path, target: Path, kind: Any) -> None:
    model = kind.from_pretrained(source, dtype=torch.float32)
    model.config.use_cache = True  # TRL turns it off for the training
    weights = {key: weight.to(torch.bfloat16).contiguous() for key, weight in model.state_dict().items()}
    if model.config.tie_word_embeddings:
        weights.pop("lm_head.weight", None)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".assembled-", dir=target.parent) as fresh:
        model.save_pretrained(fresh, state_dict=weights)
        AutoTokenizer.from_pretrained(source).save_pretrained(fresh)
        size = (Path(fresh) / WEIGHTS).stat().st_size
        if size > MOST_BYTES:
            raise InputError(f"{target.name} has {size / 1e6:.1f} MB of weights; embedded models have at most 10")
        # The weights last: where they are, the rest is.
        for file in sorted(Path(fresh).iterdir(), key=lambda file: file.name == WEIGHTS):
            os.replace(file, target / file.name)
    sys.stdout.write(f"{target}: {size / 1e6:.1f} MB, from {source}\n")


def _last_stage(runs: Path, stages: tuple[str, ...]) -> Path | None:
    return next((runs / stage for stage in stages if (runs / stage / "config.json").exists()), None)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(f"assemble: {error}")
