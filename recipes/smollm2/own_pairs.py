"""Make pairs for `trl dpo` of what P-Aligner writes itself: `python recipes/smollm2/own_pairs.py [runs/smollm2]`.

The chosen side is the corpus's wording, the rejected one what the shipped P-Aligner makes of the same instruction,
where they decide differently: in what is kept, mended or dropped, in whether a wish follows, and of what kind. Where
only the wish is worded otherwise there is no pair: either may be as good. Pairs in which P-Aligner forgot to ask for a
refusal or for comfort are at most half as many as those in which it asked for one that nobody needs. Its refinements
are written down at once (`rows/own_refinements.jsonl`); a run that was stopped goes on.

Writes `rows/own_pairs/train.jsonl` and `test.jsonl` (one row in fifty, as `rows.py`).
"""

import random
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
from rows import Row, is_test, is_within_reach, read, write_splits
from transformers import pipeline

import p_aligner
from p_aligner.prompts import refine_messages, render_refined
from p_aligner.store.journal import Journal


# Of each file of the corpus every so many rows.
PARTS = {
    **dict.fromkeys(("vague", "everyday", "unsafe", "danger", "lookalikes"), 1),
    **dict.fromkeys(("misspelt", "rude", "unchanged", "plain"), 2),
    "twins": 1,
}
# Of these only what is harmless: it shows whether P-Aligner asks for a refusal that nobody needs.
_HARMLESS = ("plain", "twins")
# What follows the request of somebody who would do harm, or who is in danger.
_CARES = ("Please decline", "Please comfort")
# How many pairs of each kind for one with a needless care. With more forgotten cares than needless ones, DPO declined
# harmless requests three times as often.
_SHARES = {"needless": 1, "forgotten": 0.5, "words": 4}
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_BATCH = 32
_WINDOW = 256


def refined(rows: list[Row], path: Path) -> dict[str, str]:
    """Refine the instructions that are not refined yet, without the guard; what cannot be read is left out."""
    with Journal(path, durable=False) as journal:
        done = {(row["id"], row["instruction"]): row["refined_instruction"] for row in journal.records()}
        left = [row for row in rows if (row["id"], row["instruction"]) not in done]
        refine = pipeline("instruction-refinement", model=p_aligner.pretrained("p-aligner"), dtype=torch.bfloat16)
        for start in range(0, len(left), _WINDOW):
            window = left[start : start + _WINDOW]
            texts = [row["instruction"] for row in window]
            records = refine(texts, batch_size=_BATCH, guard="off", on_error="record")
            made = [
                {
                    **{key: row[key] for key in ("id", "instruction")},
                    "refined_instruction": record["refined_instruction"],
                }
                for row, record in zip(window, records, strict=True)
                if not record.get("error")
            ]
            journal.extend(made)
            done |= {(row["id"], row["instruction"]): row["refined_instruction"] for row in made}
            print(f"{start + len(window)} of {len(left)} refined", flush=True)
    return {name: text for (name, _), text in done.items()}


def pairs(rows: list[Row], own: dict[str, str]) -> Iterator[tuple[bool, Row]]:
    """Make a pair of each row that P-Aligner words otherwise; the first value says whether it is kept out."""
    for row in rows:
        ours = own.get(row["id"])
        if ours and not _are_alike(ours, row["refined_instruction"]):
            sides = {"chosen": row["refined_instruction"], "rejected": ours}
            answers = {name: [{"role": "assistant", "content": render_refined(text)}] for name, text in sides.items()}
            kind = _kind(*map(_care, sides.values()))
            yield is_test(row), {"prompt": refine_messages(row["instruction"]), **answers, "kind": kind}


def balanced(pairs: Iterable[tuple[bool, Row]], seed: int = 1) -> list[tuple[bool, Row]]:
    """Leave out pairs at random, until their kinds stand to each other as `_SHARES` says."""
    shuffled = list(pairs)
    random.Random(seed).shuffle(shuffled)
    needless = sum(row["kind"] == "needless" for _, row in shuffled)
    left = {kind: int(share * needless) for kind, share in _SHARES.items()}
    kept = []
    for is_kept_out, row in shuffled:
        if left[row["kind"]] > 0:
            kept.append((is_kept_out, row))
            left[row["kind"]] -= 1
    return kept


def _care(text: str) -> str:
    last = _SENTENCE_END.split(text.strip())[-1]
    return next((care for care in _CARES if care in last), "")


def _kind(wanted: str, ours: str) -> str:
    """Say what P-Aligner did wrong: a care is `needless`, or `forgotten` for none or another, or it is the `words`."""
    if wanted == ours:
        return "words"
    return "forgotten" if wanted else "needless"


def _are_alike(one: str, other: str) -> bool:
    """Say whether two refinements differ in the words of a last sentence alone, which is a wish of one kind."""
    first, second = (_SENTENCE_END.split(text.strip()) for text in (one, other))
    if first == second:
        return True
    if min(len(first), len(second)) < 2 or first[:-1] != second[:-1]:
        return False
    return _care(one) == _care(other)


def chosen() -> list[Row]:
    """Choose the rows of the corpus whose refinements are compared."""
    rows = []
    for part, every in PARTS.items():
        within_reach = filter(is_within_reach, read((part,)))
        rows += [row for row in within_reach if part not in _HARMLESS or not _care(row["refined_instruction"])][
            ::every
        ]
    return rows


def main() -> None:
    out = Path(sys.argv[1] if sys.argv[1:] else "runs/smollm2") / "rows"
    rows = chosen()
    own = refined(rows, out / "own_refinements.jsonl")
    write_splits(out / "own_pairs", balanced(pairs(rows, own)), by="kind")


if __name__ == "__main__":
    main()
