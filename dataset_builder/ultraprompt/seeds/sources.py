"""Instructions out of files, Hub data sets and models, filtered as a recipe says."""

import contextlib
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from p_aligner.errors import InputError
from p_aligner.instructions import FIELDS, asked_by, is_chat

from .settings import AnySource, CategoryColumn, DatasetSource, ModelSource
from .tables import Row, file_rows, hub_rows, is_file
from .written import written


Counts = Counter[tuple[str, str]]
"""How many instructions there were: by label of the source and what became of them."""

_HH_TURN = re.compile(r"\s*Human:(.*?)(?=\n\nAssistant:|\n\nHuman:|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An instruction that passed the filters of its source, by label; `category` is `None` where it names none."""

    id: str
    instruction: str
    category: str | None
    source: str


def label(source: AnySource) -> str:
    """Return what the journal calls a source."""
    if isinstance(source, ModelSource):
        return source.label or " ".join(filter(None, [Path(source.model).name, source.category]))
    path = Path(source.path)
    return source.label or (path.stem if is_file(source.path) else path.name)


def candidates(source: AnySource, counts: Counts) -> Iterator[Candidate]:
    """Yield the instructions of a source.

    Raises:
        InputError: it cannot be read, lacks a column, has no row, or none that passes the filters; a model cannot be
            loaded, or not be asked for instructions.
    """
    name = label(source)
    outcomes: Counter[str] = Counter()
    for candidate, reason in _written(source) if isinstance(source, ModelSource) else _read(source):
        outcomes[reason or "passed"] += 1
        if candidate:
            yield candidate
        else:
            counts[name, reason] += 1
        if outcomes["passed"] == source.limit:
            return
    if not outcomes["passed"]:
        reasons = ", ".join(f"{number} {reason}" for reason, number in outcomes.most_common())
        raise InputError(
            f"no instruction of {name} is left, of {outcomes.total()} rows: {reasons}; loosen its filters"
        )


def _written(source: ModelSource) -> Iterator[tuple[Candidate | None, str]]:
    name = label(source)
    for text, reason in written(source):
        yield (None, reason) if reason else (Candidate(_id(name, text), text, source.category, name), "")


def _read(source: DatasetSource) -> Iterator[tuple[Candidate | None, str]]:
    name, row = label(source), None
    for row in _rows(source):
        given = next((row[column] for column in _instruction_columns(source) if row.get(column) is not None), None)
        text = _instruction(given, source.form)
        if reason := _reason_against(row, text, source):
            yield None, reason
        else:
            given = row.get(source.id) if source.id else None
            yield Candidate(_id(name, text) if given is None else str(given), text, _category(row, source), name), ""
    if row is None:
        raise InputError(f"{source.path} holds no rows: choose another file or split")


def _instruction_columns(source: DatasetSource) -> tuple[str, ...]:
    return (source.instruction,) if "instruction" in source.model_fields_set else FIELDS


def _rows(source: DatasetSource) -> Iterator[Row]:
    category = source.category.column if isinstance(source.category, CategoryColumn) else None
    others = filter(None, [source.id, *source.where, category])
    columns: list[str | tuple[str, ...]] = [_instruction_columns(source), *dict.fromkeys(others)]
    if is_file(source.path):
        return file_rows(source.path, columns)
    where: Row = {name: getattr(source, name) for name in ("split", "name", "data_dir", "revision")}
    return hub_rows(source.path, columns, **where)


def _reason_against(row: Row, text: str, source: DatasetSource) -> str | None:
    for column, wanted in source.where.items():
        # As text, because a CSV file holds nothing else.
        if str(row.get(column)) not in map(str, wanted if isinstance(wanted, list) else [wanted]):
            return f"of another {column!r}"
    if not text:
        return "without an instruction"
    return source.too_long(text)


def _category(row: Row, source: DatasetSource) -> str | None:
    if not isinstance(source.category, CategoryColumn):
        return source.category
    value = row.get(source.category.column)
    if value is None or source.category.mapping is None:
        return value if value is None else str(value)
    try:
        return source.category.mapping[str(value)]
    except KeyError:
        raise InputError(
            f"{label(source)} has the value {value!r} in {source.category.column!r}, which `mapping` does not name: "
            f"add it beside {', '.join(source.category.mapping)}, or leave it out with `where`"
        ) from None


def _instruction(value: Any, form: str) -> str:
    """Take the instruction out of a column; empty where there is none."""
    if form == "chat" or (form != "hh" and is_chat(value)):
        value = _first_wish(value)
    elif form == "hh":
        found = _HH_TURN.match(value) if isinstance(value, str) else None
        value = found and found[1]
    elif isinstance(value, list | dict):
        raise InputError(
            f"an instruction must be text or a chat, it is {value!r:.80}; of other chats say `form: chat`"
        )
    return "" if value is None else str(value).strip()


def _first_wish(chat: Any) -> str | None:
    """Return what the first user turn of a chat says; nothing where that is more than text."""
    if not isinstance(chat, list) or not all(isinstance(turn, dict) for turn in chat):
        raise InputError(f"a chat must be a list of turns with role and content, it is {chat!r:.80}")
    first: Row = next((turn for turn in chat if turn.get("role", turn.get("from")) in ("user", "human")), {})
    with contextlib.suppress(InputError):
        return str(asked_by({"role": "user", "content": first.get("content", first.get("value"))}))
    return None


def _id(name: str, text: str) -> str:
    return f"{name}:{hashlib.sha256(f'{name} {text}'.encode(errors='surrogatepass')).hexdigest()[:16]}"
