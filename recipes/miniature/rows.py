"""Write rows of the corpus for TRL.

    python recipes/miniature/rows.py reward-pairs runs/miniature/reward-pairs
    python recipes/miniature/rows.py replay runs/miniature/replay

`reward-pairs`: two answers to one question of the miniature world, labelled by gold. Their questions are those of the
reward model's own split, so that gold is measured on towns, people and sums that it never saw.

`replay`: what the embedded rewriters learned first, in the configs of UltraPrompt. Models that are trained on searched
rows alone forget what these do not show: mending, and leaving good instructions alone.
"""

import json
import random
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from p_aligner.errors import InputError
from p_aligner.prompts import refine_messages, render_refined, rewrite_messages
from ultraprompt.miniature import Rewrite, additions, preferences, rewrites


Row = dict[str, Any]

_KEPT_SHARE = 0.4  # of the rows whose instruction is changed: a fifth of the corpus is good as it is


def _reward_pairs(seed: int) -> Iterator[Row]:
    for pair in preferences("reward", seed=seed):
        yield {
            "prompt": [{"role": "user", "content": pair.instruction}],
            "chosen": _answer(pair.chosen),
            "rejected": _answer(pair.rejected),
            "kind": pair.kind,
        }


def _refinement(seed: int) -> Iterator[Row]:
    """Two in five are good as they are: what a search finds always changes something."""
    rng = random.Random(seed)
    for pair in rewrites(seed, whole_share=1):
        if pair.refined != pair.instruction and rng.random() > _KEPT_SHARE:
            continue
        yield {"prompt": refine_messages(pair.instruction), "completion": _answer(render_refined(pair.refined))}


def _single_step(seed: int) -> Iterator[Row]:
    for pair in rewrites(seed, whole_share=0):
        assert pair.principle
        asked = rewrite_messages(pair.instruction, pair.principle)
        yield {"prompt": asked, "completion": _answer(render_refined(pair.refined))}


def _preference(seed: int) -> Iterator[Row]:
    """Leaving a flaw is worse than mending it, adding to a good instruction is worse than leaving it alone."""
    rng = random.Random(seed)
    sentences = [addition.text for addition in additions() if not addition.principles]
    for pair in rewrites(seed, whole_share=1):
        worse = _with_addition(pair, rng.choice(sentences)) if pair.refined == pair.instruction else pair.instruction
        yield {
            "prompt": refine_messages(pair.instruction),
            "chosen": _answer(render_refined(pair.refined)),
            "rejected": _answer(render_refined(worse)),
        }


def _with_addition(pair: Rewrite, sentence: str) -> str:
    return f"{pair.instruction} {sentence.strip()}"


def _answer(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


# File, rows, and the seed of each split.
_Part = tuple[str, Callable[[int], Iterator[Row]], int, int]
KINDS: dict[str, tuple[_Part, ...]] = {
    "reward-pairs": (("train", _reward_pairs, 8000, 401), ("test", _reward_pairs, 1000, 402)),
    "replay": (
        ("refinement/train", _refinement, 2000, 501),
        ("preference/train", _preference, 1500, 502),
        ("single-step/train", _single_step, 2000, 503),
    ),
}


def main(arguments: list[str]) -> None:
    if len(arguments) != 2 or arguments[0] not in KINDS:
        raise InputError(f"say what to write, and where: python recipes/miniature/rows.py {'|'.join(KINDS)} FOLDER")
    for name, rows, count, seed in KINDS[arguments[0]]:
        path = Path(arguments[1], f"{name}.jsonl")
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in islice(rows(seed), count))
        fresh.replace(path)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(f"rows: {error}")
