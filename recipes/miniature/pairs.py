"""Write the reward model's preference pairs: two answers to one question of the miniature world, labelled by gold.

    python recipes/miniature/pairs.py runs/miniature/reward-pairs

The folder gets `train.jsonl` and `test.jsonl` in TRL's format, with the kind of pair. Their questions are those of the
reward model's own split, so that gold is measured on towns, people and sums that it never saw.
"""

import json
import sys
from itertools import islice
from pathlib import Path

from p_aligner.errors import InputError
from ultraprompt.miniature import preferences


SIZES = {"train": 8000, "test": 1000}
_SEEDS = {"train": 401, "test": 402}


def main(arguments: list[str]) -> None:
    if len(arguments) != 1:
        raise InputError("give the folder to write to: python recipes/miniature/pairs.py FOLDER")
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    for split, count in SIZES.items():
        fresh = folder / f"{split}.new"
        with fresh.open("w", encoding="utf-8") as file:
            for pair in islice(preferences("reward", seed=_SEEDS[split]), count):
                row = {
                    "prompt": [{"role": "user", "content": pair.instruction}],
                    "chosen": [{"role": "assistant", "content": pair.chosen}],
                    "rejected": [{"role": "assistant", "content": pair.rejected}],
                    "kind": pair.kind,
                }
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        fresh.replace(folder / f"{split}.jsonl")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(f"pairs: {error}")
