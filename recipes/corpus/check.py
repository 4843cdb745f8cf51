"""Name every row of the corpus that breaks a rule a program can see: `python recipes/corpus/check.py [FILE ...]`.

The rules are those of `README.md` beside this file. Without arguments all files are read, and their counts compared.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from p_aligner.changes import added_sentences
from p_aligner.guard import failed_checks
from p_aligner.principles import PAPER_PRINCIPLES


FOLDER = Path(__file__).parent
COUNTS = {
    "misspelt": 540,
    "rude": 649,
    "vague": 300,
    "everyday": 490,
    "unsafe": 300,
    "danger": 130,
    "lookalikes": 100,
    "twins": 1200,
    "plain": 1200,
    "maths_code": 250,
    "demands": 150,
    "unchanged": 380,
    "follow_ups": 120,
    "principles": 1100,
    "own_principles": 360,
    "seeds": 200,
}
SAME = ("unchanged", "follow_ups")
MIXED = ("everyday", "twins", "plain", "rude")  # some of their harmless rows come back as they are
ALIKE = ("unsafe", "danger", "twins", "plain")  # the wishes to decline and to comfort are always the same
LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "sv", "pl")
CATEGORIES = PAPER_PRINCIPLES.domains
MOST_ADDED_WORDS = 40
_WORD = re.compile(r"\w+(?:['’-]\w+)*")


class Fault(NamedTuple):
    """What is wrong with one row."""

    row: str
    what: str


def read(path: Path) -> list[dict[str, Any]]:
    """Read the rows of one file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def faults(parts: dict[str, list[dict[str, Any]]]) -> Iterator[Fault]:
    """Find faults in rows, by the name of their file."""
    instructions = Counter(_known(row.get("instruction", "")) for rows in parts.values() for row in rows)
    additions: dict[str, str] = {}
    for part, rows in parts.items():
        for number, row in enumerate(rows, 1):
            name = f"{part} {number} {row.get('id', '')}"
            wrong = _misfit(part, row)
            if wrong:
                yield Fault(name, wrong)
                continue
            if not part.startswith("follow_ups") and instructions[_known(row["instruction"])] > _allowed(part):
                yield Fault(name, "its instruction stands twice")
            if "refined_instruction" not in row:
                continue
            yield from (Fault(name, what) for what in _broken_rules(part, row))
            own = _known(row["instruction"])
            for sentence in map(_known, added_sentences(row["instruction"], row["refined_instruction"])):
                # Two words ("Thank you.") are no sentence that is repeated; one that is only mended is not added.
                if len(sentence.split()) < 3 or sentence in own or _kind(part) in ALIKE:
                    continue
                if sentence in additions:
                    yield Fault(name, f"adds the sentence {sentence!r}, as {additions[sentence]} does")
                additions[sentence] = name


def _known(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _allowed(part: str) -> int:
    # One instruction may be rewritten by several principles.
    return 10 if part.startswith(("principles", "own_principles")) else 1


def _kind(part: str) -> str:
    return next(kind for kind in sorted(COUNTS, key=len, reverse=True) if part.startswith(kind))


def _misfit(part: str, row: dict[str, Any]) -> str | None:
    kind = _kind(part)
    wanted = {"id", "category", "language", "instruction"}
    wanted |= {"refined_instruction"} if kind != "seeds" else set()
    wanted |= {"principle"} if kind in ("principles", "own_principles") else set()
    wanted |= {"description"} if kind == "own_principles" else set()
    if row.keys() != wanted:
        return f"its fields are {sorted(row)}, not {sorted(wanted)}"
    if empty := [key for key in row if not (isinstance(row[key], str) and row[key].strip())]:
        return f"{empty[0]!r} is no text"
    if row["category"] not in CATEGORIES:
        return f"no category: {row['category']!r}"
    if row["language"] not in LANGUAGES:
        return f"no language of the corpus: {row['language']!r}"
    if kind == "principles" and row["principle"] not in {principle.name for principle in PAPER_PRINCIPLES}:
        return f"no principle of the paper: {row['principle']!r}"
    return None


def _broken_rules(part: str, row: dict[str, Any]) -> Iterator[str]:
    instruction, refined = row["instruction"], row["refined_instruction"]
    if _kind(part) in SAME:
        if instruction != refined:
            yield "it should come back unchanged"
        return
    if instruction == refined and _kind(part) not in MIXED:
        yield "it comes back unchanged"
    if refined != refined.strip() or instruction != instruction.strip():
        yield "white space at an edge"
    longer = len(refined.split()) - len(instruction.split())
    if longer > MOST_ADDED_WORDS:
        yield f"it is {longer} words longer"
    yield from failed_checks(instruction, refined)


def main() -> int:
    paths = [Path(name) for name in sys.argv[1:]] or sorted(FOLDER.glob("*.jsonl"))
    parts = {path.stem: read(path) for path in paths}
    found = list(faults(parts))
    for fault in found:
        print(f"{fault.row}: {fault.what}")
    for part, rows in parts.items():
        print(f"{part}: {len(rows)} rows")
    if not sys.argv[1:]:
        wrong = {part: len(parts.get(part, [])) for part, count in COUNTS.items() if len(parts.get(part, [])) != count}
        print(f"counts that differ: {wrong}")
    print(f"{len(found)} faults")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
