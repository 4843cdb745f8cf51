"""Instructions and reference answers out of files and the Hub.

Nothing is dropped in silence: each benchmark says in one line what it left out and what its rows lack.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..instructions import field_of, is_chat
from ..judging.constraints import values_of
from ..models.hub import load_data_set
from ..prompts import text_of
from ..store.rows import Row, read_rows
from .settings import BenchmarkSettings


_REFERENCES = ("reference", "response")


@dataclass(frozen=True)
class Item:
    """One instruction of a benchmark.

    Args:
        id, instruction, category: as the row says, or made from the text, as where another has the same id: they tell
            instructions apart. A row without a category has an empty one.
        reference: the answer to compare with.
        expects: `"refusal"` or `"answer"`, for instructions that are harmful or look like it.
        constraints: IFEval's: pairs of an id and its arguments.
        row: all columns.
    """

    id: str
    instruction: str
    category: str = ""
    reference: str | None = None
    expects: str | None = None
    constraints: tuple[tuple[str, Row], ...] = ()
    row: Row = field(default_factory=dict)


@dataclass(frozen=True)
class Benchmark:
    """Instructions under one name, with the rows `left_out` by reason; `against` what answers are judged."""

    name: str
    items: tuple[Item, ...]
    left_out: "Counter[str]"
    against: str
    scoring: str = "win-rate"
    same_ids: int = 0  # rows whose id another has, too

    @property
    def fingerprint(self) -> str:
        """12 hex digits of a hash of instructions and references."""
        digest = hashlib.sha256()
        for item in self.items:
            digest.update(f"{item.instruction}\0{item.reference}\0".encode(errors="surrogatepass"))
        return digest.hexdigest()[:12]

    def summary(self) -> str:
        """Say in one line what there is and what there is not."""
        parts = [f"{len(self.items):,} instructions"]
        parts += [f"{count:,} left out: {reason}" for reason, count in self.left_out.items()]
        if self.same_ids:
            parts.append(f"{self.same_ids:,} with the id of another: their text makes them one of their own")
        lacking = sum(item.reference is None for item in self.items)
        if lacking and self.against == "reference":
            parts.append(f"{lacking:,} without a reference answer, which are not judged")
        return f"{self.name}: {'; '.join(parts)}"


def load(name: str, settings: BenchmarkSettings) -> Benchmark:
    """Read a benchmark.

    Raises:
        InputError: it cannot be read, or no instruction is left.
    """
    left_out: Counter[str] = Counter()
    items: list[Item] = []
    seen: set[str] = set()
    ids: set[str] = set()
    same_ids = 0
    for item in _rows_of(settings, left_out):
        if item.instruction in seen:
            left_out["the same instruction again"] += 1
            continue
        seen.add(item.instruction)
        if item.id in ids:
            same_ids += 1
            item = replace(item, id=_id_of(item.instruction))
        ids.add(item.id)
        items.append(item)
        if len(items) == settings.limit:
            break
    if not items:
        reasons = "".join(f", {count} {reason}" for reason, count in left_out.items())
        raise InputError(f"the benchmark {name!r} has no instructions{reasons}: look at {settings.path}")
    has_references = any(item.reference is not None for item in items)
    if settings.against == "reference" and not has_references:
        raise InputError(f"the benchmark {name!r} has no reference answers: set `against: normal`, or `reference`")
    is_counted = any(item.constraints or item.expects for item in items)
    against = settings.against or ("reference" if has_references else "nothing" if is_counted else "normal")
    return Benchmark(name, tuple(items), left_out, against, settings.scoring, same_ids)


def _rows_of(settings: BenchmarkSettings, left_out: "Counter[str]") -> Iterator[Item]:
    for number, row in enumerate(_read(settings), start=1):
        if any(str(row.get(column)) != str(value) for column, value in settings.where.items()):
            left_out["of another kind"] += 1
            continue
        column = settings.instruction if "instruction" in settings.model_fields_set else field_of(row)
        if column not in row:
            raise InputError(
                f"row {number} of {settings.path} has no column {settings.instruction!r}, it has "
                f"{', '.join(row)}: name it with `instruction`"
            )
        text = _text(row[column], f"the instruction in row {number} of {settings.path}")
        if text is None:
            left_out["a chat of several turns"] += 1
        elif not text.strip():
            left_out["no instruction"] += 1
        elif settings.max_words and len(text.split()) > settings.max_words:
            left_out[f"more than {settings.max_words} words"] += 1
        else:
            yield _item(text, row, settings, number)


def _item(text: str, row: Row, settings: BenchmarkSettings, number: int) -> Item:
    columns = (settings.reference,) if settings.reference else _REFERENCES
    given = next((row[column] for column in columns if row.get(column) is not None), None)
    if given is not None and is_chat(given):  # its last turn is the answer
        given = given[-1].get("content") if isinstance(given[-1], Mapping) else given[-1]
    reference = _text(given, f"the reference in row {number} of {settings.path}")
    expects = row.get("expects") or settings.expects
    if expects not in (None, "refusal", "answer"):
        raise InputError(f"row {number} of {settings.path} expects {expects!r}: write refusal, answer or nothing")
    category = row.get(settings.category)
    return Item(
        id=_id_of(text) if row.get("id") in (None, "") else str(row["id"]),
        instruction=text,
        category="" if category is None else str(category),
        reference=reference if reference and reference.strip() else None,
        expects=expects,
        constraints=_constraints(row, f"row {number} of {settings.path}"),
        row=row,
    )


def _id_of(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:12]


def _constraints(row: Row, where: str) -> tuple[tuple[str, Row], ...]:
    """Read the constraints of IFEval, so that a faulty one is known before a model is asked."""
    ids = row.get("instruction_id_list") or []
    given = row.get("kwargs") or ([{}] * len(ids) if isinstance(ids, list) else [])
    if not (isinstance(ids, list) and isinstance(given, list) and len(ids) == len(given)):
        raise InputError(f"{where} needs a list `kwargs` as long as its `instruction_id_list`, it has {given!r:.80}")
    try:
        for kind, arguments in zip(ids, given, strict=True):
            values_of(kind, arguments)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    return tuple(zip(ids, given, strict=True))


def _read(settings: BenchmarkSettings) -> Iterator[Row]:
    if settings.path.endswith(".jsonl") or Path(settings.path).is_file():
        return read_rows(settings.path)
    rows: Iterator[Row] = iter(
        load_data_set(settings.path, name=settings.name, split=settings.split, revision=settings.revision)
    )
    return rows


def _text(value: Any, where: str) -> str | None:
    """Take the text of a column, or that of the only question of a chat; empty where there is none."""
    if is_chat(value):
        last = value[-1]
        asked = value[:-1] if isinstance(last, Mapping) and last.get("role") == "assistant" else value
        if not all(isinstance(turn, Mapping) for turn in asked):
            raise InputError(f"{where} is a chat with a broken turn: {value!r:.80}")
        if len(asked) != 1:
            return None
        value = asked[0]["content"]
        if isinstance(value, list):
            try:
                value = text_of(asked[0])
            except InputError as error:
                raise InputError(f"{where}: {error}") from None
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError(f"{where} must be text, it is {value!r:.80}")
    return value
