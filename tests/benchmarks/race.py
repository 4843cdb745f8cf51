"""What benchmarks share: a command line, ways that take turns, and the figures as one JSON."""

import argparse
import json
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from p_aligner.changes import content_kept
from p_aligner.store.rows import Row, read_rows


SEEDS = Path(__file__).parents[2] / "recipes/corpus/seeds.jsonl"  # 200
UNITS = ("seconds", "processor_seconds")  # the second says more on a busy machine


def parser(description: str | None) -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("--output", metavar="F.json", help="also write the figures here")
    return found


def report(figures: Any, output: str | None) -> None:
    text = json.dumps(figures, indent=2, ensure_ascii=False)
    print(text)
    if output:
        Path(output).write_text(text + "\n", encoding="utf-8")


def read(files: Iterable[str | Path], most_words: int) -> list[Row]:
    """Read the rows that have an instruction of at most so many words."""
    rows = (row for file in files for row in read_rows(file) if "instruction" in row)
    return [row for row in rows if len(row["instruction"].split()) <= most_words]


def share_kept(pairs: Iterable[tuple[str, str]]) -> float:
    """Return the share of the content words of instructions that their refinements still hold, 1 without any."""
    counts = [content_kept(*pair) for pair in pairs]
    total = sum(wanted for _, wanted in counts)
    return sum(kept for kept, _ in counts) / total if total else 1.0


def race(ways: dict[str, Callable[[Any], float]], laps: Iterable[Any], *, ours: Sequence[str]) -> dict[str, Any]:
    """Let the ways take turns, in beginning, too: the first of a lap is the slower for it, as its memory is new.

    Each way is given the lap and returns how much work it did. Returns the sums of each way, and for each of `ours`
    how many times as much it did in a unit of time as each of the others.
    """
    sums = {name: {"work": 0.0, **dict.fromkeys(UNITS, 0.0)} for name in ways}
    order = list(ways)
    for lap in laps:
        for name in order:
            started = time.perf_counter(), time.process_time()
            sums[name]["work"] += ways[name](lap)
            for unit, start, now in zip(UNITS, started, (time.perf_counter(), time.process_time()), strict=True):
                sums[name][unit] += now - start
        order = [*order[1:], order[0]]
    rates = {name: {unit: found["work"] / found[unit] for unit in UNITS} for name, found in sums.items()}
    return {
        **{name: {what: round(value, 2) for what, value in found.items()} for name, found in sums.items()},
        **{
            f"{name}_to_{other}": {unit: round(rates[name][unit] / rates[other][unit], 2) for unit in UNITS}
            for name in ours
            for other in ways
            if other not in ours
        },
    }
