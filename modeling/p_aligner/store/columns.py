"""Columns of users' rows: which one holds the instruction, and what is added to it. None is lost. Knows no models."""

import os
from collections.abc import Generator, Iterator, Mapping
from itertools import chain
from typing import Any

from ..errors import InputError
from ..instructions import FIELDS, Record, field_of, is_chat
from .rows import Row, read_rows


RESULTS = (
    *("refined_instruction", "changed", "reason", "principle", "candidates", "error"),
    *("response", "refined_response", "reward", "refined_reward"),
)


def rows_with(path: str, field: str | None = None) -> Generator[Row, None, None]:
    """Yield the rows of a file, or of standard input for `"-"`, as [`read_rows`] does.

    Raises:
        InputError: as [`read_rows`], there is no row, or no row has the column of the instructions: `field`, by
            default one of `FIELDS` (of a pipe only the first row is looked at).
    """
    rows = read_rows(path)
    first = next(rows, None)
    source = "standard input" if path == "-" else path
    if first is None:
        raise InputError(f"{source} is empty: it holds no rows")
    if column_of(first, field) not in first:
        others: Iterator[Row] = read_rows(path) if os.path.isfile(path) else iter(())
        if not any(column_of(row, field) in row for row in others):
            wanted = repr(field) if field else ", ".join(map(repr, FIELDS[:-1])) + f" or {FIELDS[-1]!r}"
            there = ", ".join(map(repr, first)) or "none"
            raise InputError(
                f"the rows of {source} have no field {wanted}: choose one with --field, they have {there}"
            )
    yield from chain([first], rows)


def column_of(row: Row, field: str | None = None) -> str:
    return field or field_of(row) or FIELDS[0]


def instruction_of(row: Row, field: str | None = None) -> Any:
    """Return a row's instruction; of a chat that goes on after its last user turn, the turns up to that one."""
    given: Any = row.get(column_of(row, field))
    return given[: _end_of(given)] if is_chat(given) else given


def with_results(row: Row, record: Record, *, field: str | None = None, number: int) -> Row:
    """Put what a pipeline made of a row's instruction beside its columns; the names that it has keep their values.

    `number` is that of the row, for its error.
    """
    names, column = names_in(row), column_of(row, field)
    given: Any = row.get(column)
    found = {key: value for key, value in record.items() if key != "instruction"}
    if is_chat(given) and "error" not in found:
        found["refined_instruction"] = [*found["refined_instruction"], *given[_end_of(given) :]]
    if "error" in found:
        wrong = found["error"] if column in row else f"it has no field {column!r}"
        found |= {"error": f"row {number}: {wrong}", "refined_instruction": given}
    if row.get("principle") is not None:
        found.pop("principle", None)  # it was the row's own
    return {**row, **{names[key]: value for key, value in found.items()}}


def results_in(row: Row, result: Row) -> Record:
    return {key: result[name] for key, name in names_in(row).items() if name in result}


def is_result_of(
    row: Row, result: Row, *, field: str | None = None, principle: str | None = None, is_answered: bool = False
) -> bool:
    """Say whether a row of results may be what [`with_results`] made of a row by a principle, with answers if so."""
    names, column = names_in(row), column_of(row, field)
    if names["refined_instruction"] not in result:
        return False
    if names["error"] in result:
        return True  # of whatever stood there: it is tried again
    if result.get(column) != row.get(column):
        return False
    by = result.get(names["principle"], row.get("principle"))
    wanted = principle or row.get("principle")
    return str(by).casefold() == str(wanted).casefold() and (not is_answered or names["response"] in result)


def names_in(row: Row) -> dict[str, str]:
    """Name the columns of the results: one that the row has already gets the prefix `refined_`."""
    names: dict[str, str] = {}
    for key in RESULTS:
        name = key
        while name in row or name in names.values() or (name != key and name in RESULTS):
            name = f"refined_{name}"
        names[key] = name
    return names


def _end_of(chat: list[Any]) -> int:
    """Return where the last user turn of a chat ends; its end where there is none, or where a turn is broken."""
    if not all(isinstance(turn, Mapping) for turn in chat):
        return len(chat)  # who reads it names the turn
    places = (place for place in range(len(chat), 0, -1) if chat[place - 1].get("role") == "user")
    return next(places, len(chat))
