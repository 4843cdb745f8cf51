"""Make rows for `trl sft` of the corpus, and name the models to begin with: `rows.py [runs/smollm2]`.

Writes `rows/p_aligner/` and `rows/singlepo/` (each a `train.jsonl` and a `test.jsonl` of one row in fifty), and links
to the folders of SmolLM2 (`base`) and of the package's own models (`shipped-...`), where a second round begins. The
rows of `recipes/corpus/seeds.jsonl` are in none of them, nor are those of `twins.jsonl`: neighbours in the same words,
one harmful, two not. A model of this size learns from them that nothing is sure, and declines nothing any more. They
are for pairs of preferences.
"""

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import p_aligner
from p_aligner.principles import PAPER_PRINCIPLES, Principle
from p_aligner.prompts import refine_messages, render_refined, rewrite_messages


CORPUS = Path(__file__).parent.parent / "corpus"
STEPS = ("own_principles", "principles")
REFINEMENTS = tuple(sorted({path.stem for path in CORPUS.glob("*.jsonl")} - {*STEPS, "seeds", "twins"}))
_TEST_SHARE = 50
_MENDED_WORDS = 4  # what mending may add

Row = dict[str, Any]


def read(names: tuple[str, ...]) -> Iterator[Row]:
    """Read rows of the corpus, in the order of its files."""
    for name in names:
        for line in (CORPUS / f"{name}.jsonl").read_text(encoding="utf-8").split("\n"):
            if line:
                yield json.loads(line)


def refinement(row: Row) -> Row:
    """Make a row for P-Aligner (Fig. 10)."""
    return {"prompt": refine_messages(row["instruction"]), "completion": _answer(row)}


def step(row: Row) -> Row:
    """Make a row for SinglePO (Fig. 9)."""
    own = row.get("description")
    principle = Principle(row["principle"], row["category"], own) if own else PAPER_PRINCIPLES[row["principle"]]
    return {"prompt": rewrite_messages(row["instruction"], principle), "completion": _answer(row)}


def _answer(row: Row) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": render_refined(row["refined_instruction"])}]


def is_within_reach(row: Row) -> bool:
    """Say whether SmolLM2 can learn a row: it knows English, and in other languages it mends but adds nonsense."""
    added = len(row["refined_instruction"].split()) - len(row["instruction"].split())
    return row["language"] == "en" or row["category"] == "Harmlessness" or added <= _MENDED_WORDS


def is_test(row: Row) -> bool:
    """Say whether a row is kept out of training: one in fifty, by its id."""
    return int(hashlib.sha256(row["id"].encode()).hexdigest(), 16) % _TEST_SHARE == 0


def write_splits(folder: Path, rows: Iterable[tuple[bool, Row]], *, by: str = "") -> None:
    """Write `train.jsonl` and `test.jsonl`, and say how many rows each has, of which kinds by the column `by`.

    The first value of a row says whether it is kept out of training.
    """
    folder.mkdir(parents=True, exist_ok=True)
    splits: dict[str, list[Row]] = {"train": [], "test": []}
    for is_kept_out, row in rows:
        splits["test" if is_kept_out else "train"].append(row)
    for split, chosen in splits.items():
        path = folder / f"{split}.jsonl"
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in chosen), encoding="utf-8")
        kinds = Counter(row[by] for row in chosen if by).most_common()
        said = f" ({', '.join(f'{count} {kind}' for kind, count in kinds)})" if kinds else ""
        print(f"{path}: {len(chosen)} rows{said}")


def main() -> None:
    out = Path(sys.argv[1] if sys.argv[1:] else "runs/smollm2")
    for folder, names, made in (("rows/p_aligner", REFINEMENTS, refinement), ("rows/singlepo", STEPS, step)):
        write_splits(out / folder, [(is_test(row), made(row)) for row in filter(is_within_reach, read(names))])
    for link, name in (("base", "smollm2"), ("shipped-p-aligner", "p-aligner"), ("shipped-singlepo", "singlepo")):
        path = out / link
        path.unlink(missing_ok=True)
        path.symlink_to(p_aligner.pretrained(name), target_is_directory=True)


if __name__ == "__main__":
    main()
