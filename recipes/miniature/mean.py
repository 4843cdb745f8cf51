"""Average the weights of models that were trained from the same one (Wortsman et al. 2022, model soups).

    python recipes/miniature/mean.py runs/mean runs/one/model runs/other/model [...]

All else, configuration and tokenizer, is that of the first.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import torch
from assemble import WEIGHTS
from safetensors.torch import load_file, save_file

from p_aligner.errors import InputError


def main(arguments: list[str]) -> None:
    if len(arguments) < 3:
        raise InputError(
            "give the folder to write and two or more models: python recipes/miniature/mean.py OUT MODEL..."
        )
    target, *folders = map(Path, arguments)
    missing = [str(folder) for folder in folders if not (folder / WEIGHTS).exists()]
    if missing:
        raise InputError(f"there is no {WEIGHTS} in {', '.join(missing)}")
    if target.exists():
        raise InputError(f"{target} is there already; name another folder or remove it")
    models = [load_file(folder / WEIGHTS) for folder in folders]
    shapes = [{name: weight.shape for name, weight in model.items()} for model in models]
    for folder, found in zip(folders, shapes, strict=True):
        if found != shapes[0]:
            raise InputError(
                f"{folder} has weights of other names or shapes than {folders[0]}; only like models average"
            )
    weights = {
        name: torch.stack([model[name].float() for model in models]).mean(dim=0).to(weight.dtype)
        for name, weight in models[0].items()
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".mean-", dir=target.parent) as fresh:
        copy = Path(fresh) / target.name
        shutil.copytree(folders[0], copy, ignore=shutil.ignore_patterns("checkpoint-*", "*.bin", WEIGHTS))
        save_file(weights, copy / WEIGHTS, metadata={"format": "pt"})
        os.replace(copy, target)
    sys.stdout.write(f"{target}: the mean of {len(folders)} models\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(f"mean: {error}")
