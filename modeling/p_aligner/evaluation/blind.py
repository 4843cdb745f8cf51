"""Pairs of answers for human judges: a sheet with hidden sides, its key, and the score.

The sheet is a CSV file for any spreadsheet: one pair in a row, the columns `verdict` (A, B or tie) and `comment` to be
filled in. Which side is whose stands only in the key, a JSON file beside it.
"""

import csv
import io
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError, read_text
from ..judging.agreement import agreement
from ..judging.tally import outcome, win_rate
from ..store.rows import read_object
from ..store.whole import write_whole
from .study import Study


Record = dict[str, Any]

COLUMNS = ("pair", "instruction", "A", "B", "verdict", "comment")
_VERDICTS = {"a": "A", "b": "B", "tie": "tie", "=": "tie", "same": "tie", "equal": "tie", "draw": "tie", "": ""}
_KEY = {"candidate", "benchmark", "item", "model", "method", "judges"}  # what is known of a pair
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def key_path(sheet: str | Path) -> Path:
    """Return where the key of a sheet is."""
    return Path(sheet).with_suffix(".key.json")


def export(study: Study, sheet: str | Path, *, count: int | None = None, method: str | None = None) -> int:
    """Write pairs of answers into a CSV file, and their key beside it; return how many.

    The system's answer and the one that it is compared with stand in random order, on random sides. Equal ones are
    left out: there is nothing to judge. `method` is one that the tables name.

    Raises:
        InputError: there are no pairs, or the sheet exists already.
    """
    if Path(sheet).exists():
        raise InputError(f"{sheet} is there already, maybe with verdicts: choose another file")
    pairs = []
    systems = [(benchmark, system) for benchmark in study.benchmarks for system in study.judged(benchmark)]
    for benchmark, system in systems:
        if method in (None, system.method):
            for item in benchmark.items:
                pair = study.pair(system, benchmark, item)
                if pair and pair[0] != pair[1]:
                    verdicts = {name: study.judgement(name, system, benchmark, item) for name in study.settings.judges}
                    pairs.append((benchmark, system, item, pair, verdicts))
    if not pairs:
        known = ", ".join(dict.fromkeys(system.method for _, system in systems))
        raise InputError(f"there are no pairs of answers of {method or 'any method'} yet; methods: {known or 'none'}")
    rng = random.Random(f"blind {study.settings.seed}")
    rng.shuffle(pairs)
    rows, key = [], {}
    for number, (benchmark, system, item, pair, verdicts) in enumerate(pairs[:count], start=1):
        side = rng.choice("AB")
        sides = {"A": pair[side == "B"], "B": pair[side == "A"]}
        rows.append({"pair": number, "instruction": item.instruction, **sides, "verdict": "", "comment": ""})
        key[str(number)] = {
            "candidate": side,
            "benchmark": benchmark.name,
            "item": item.id,
            "category": item.category,
            "model": system.answering,
            "method": system.method,
            "judges": {
                name: None if record is None else [record["candidate_first"], record["candidate_second"]]
                for name, record in verdicts.items()
            },
        }
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    # What a spreadsheet would take for a formula is marked as text.
    writer.writerows({k: f"'{v}" if str(v).startswith(_FORMULA) else v for k, v in row.items()} for row in rows)
    write_whole(sheet, "\ufeff" + text.getvalue())  # spreadsheets know UTF-8 by its mark
    write_whole(key_path(sheet), json.dumps(key, indent=1, ensure_ascii=False) + "\n")
    return len(rows)


def score(sheet: str | Path) -> list[Record]:
    """Read the verdicts of a sheet.

    Returns:
        for each benchmark, model and method: `benchmark`, `model`, `method`, `open` (pairs without a verdict), what
        [`p_aligner.judging.tally.win_rate`] counts, and `agreement`: with each judge of the run that was exported.

    Raises:
        InputError: the sheet or its key cannot be read, or do not belong together, or a verdict is unknown.
    """
    key, rows = _read_key(sheet), _read_sheet(sheet)
    groups: dict[tuple[str, str, str], list[tuple[Record, int | None]]] = {}
    for row in rows:
        entry = key.get(str(row["pair"]).strip())
        if entry is None:
            raise InputError(
                f"pair {row['pair']!r} of {sheet} is not in {key_path(sheet)}: take the key of this sheet"
            )
        verdict = _VERDICTS.get((row["verdict"] or "").strip().casefold())
        if verdict is None:
            raise InputError(f"pair {row['pair']} of {sheet} has the verdict {row['verdict']!r}: write A, B or tie")
        found = None if not verdict else 0 if verdict == "tie" else 1 if verdict == entry["candidate"] else -1
        groups.setdefault((entry["benchmark"], entry["model"], entry["method"]), []).append((entry, found))
    return [_scored(*group, pairs) for group, pairs in sorted(groups.items())]


def _scored(benchmark: str, model: str, method: str, pairs: Sequence[tuple[Record, int | None]]) -> Record:
    judged = [(entry, verdict) for entry, verdict in pairs if verdict is not None]
    names = list(dict.fromkeys(name for entry, _ in judged for name in entry["judges"]))
    return {
        "benchmark": benchmark,
        "model": model,
        "method": method,
        "open": len(pairs) - len(judged),
        **win_rate([verdict for _, verdict in judged], items=[entry["item"] for entry, _ in judged]),
        "agreement": {
            name: agreement(
                [verdict for _, verdict in judged],
                [outcome(*(entry["judges"].get(name) or (None, None))) for entry, _ in judged],
            )
            for name in names
        },
    }


def _read_key(sheet: str | Path) -> dict[str, Record]:
    key = read_object(path := key_path(sheet))
    if not all(isinstance(entry, dict) and entry.keys() >= _KEY for entry in key.values()):
        raise InputError(f"{path} is no key of a sheet")
    return key


def _read_sheet(sheet: str | Path) -> list[Record]:
    text = read_text(sheet, f"the sheet {sheet}")
    head = text.partition("\n")[0]
    # Spreadsheets of some countries write semicolons.
    delimiter = max(",;\t", key=head.count)
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
    if not rows or not {"pair", "verdict"} <= rows[0].keys():
        there = ", ".join(rows[0]) if rows else "no rows"
        raise InputError(f"{sheet} needs the columns pair and verdict, it has {there}")
    return rows
