"""The rows of some configs, made of finished trees in one pass and kept in files until they are asked for.

Rows are in memory only while their tree is; of each stay its place and what decides whether it is kept, because
medians and thirds are those of all rows.
"""

import json
import os
import shutil
import tempfile
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from .columns import SCHEMAS
from .pairs import REASONS, Figures, Options, Row, candidates, verdicts
from .trees import FinishedTrees


ROWS = 1_000  # of a table

Part = list[tuple[int, list[int]]]  # (number of a batch, one for each tree, and which of its rows stay)


class Item(NamedTuple):
    """A tree."""

    order: int  # `index`, which a tuple has of its own
    id: str
    category: str
    source: str


class _Made(NamedTuple):
    """What a config got of a tree: rows in a batch, and the figures of each."""

    batch: int
    rows: int
    figures: list[Figures]


class RowTable:
    """The rows of `configs`, ordered by the `index` and `id` of their trees: what interrupted a run does not show.

    They lie in files below `folder` (by default the system's for temporary files) until this object is closed or gone.
    Copies in other processes read those, or make their own when they are gone.

    Raises:
        InputError, PrincipleError: as `FinishedTrees` and `candidates`.
    """

    def __init__(
        self, trees: FinishedTrees, configs: Sequence[str], options: Options, folder: Path | None = None
    ) -> None:
        self._trees, self._configs, self._options = trees, tuple(configs), options
        made = self._write(folder)
        self.items = sorted(made)
        self.dropped: dict[str, Counter[str]] = {}  # by config, how many rows were left out, by reason
        self.splits: dict[str, dict[str, Part]] = {}  # by config, which rows each split gets, in order
        for config in self._configs:
            self._select(config, [(item, made[item][config]) for item in self.items if config in made[item]])

    def _write(self, folder: Path | None = None) -> dict[Item, dict[str, _Made]]:
        """Make all rows, a batch for each tree, and return where they are."""
        self._folder = Path(tempfile.mkdtemp(prefix=".rows-", dir=folder))
        self.close = weakref.finalize(self, _remove, self._folder, os.getpid())
        made: dict[Item, dict[str, _Made]] = {}
        # Reasons in one order, whichever tree is finished first.
        self._dropped = {config: Counter(dict.fromkeys(REASONS, 0)) for config in self._configs}
        batches: Counter[str] = Counter()
        with ExitStack() as files:
            writers = {
                config: files.enter_context(pa.ipc.new_file(self._path(config), SCHEMAS[config]))
                for config in self._configs
            }
            for tree in self._trees:
                places = made.setdefault(Item(tree.index, tree.id, tree.category, tree.source), {})
                for config, (rows, dropped) in candidates(tree, self._configs, self._options).items():
                    self._dropped[config].update(dropped)
                    if rows:
                        writers[config].write_batch(_batch(rows, SCHEMAS[config]))
                        figures = [] if config == "trees" else [Figures.of(row) for row in rows]
                        places[config] = _Made(batches[config], len(rows), figures)
                        batches[config] += 1
        return made

    def _select(self, config: str, made: Sequence[tuple[Item, _Made]]) -> None:
        figures = [each for _, place in made for each in place.figures]
        reasons = verdicts(figures, self._options)
        splits: dict[str, Part] = {"train": [], "test": []} if self._options.test_fraction else {"train": []}
        for item, place in made:
            kept = list(range(place.rows))
            if place.figures:
                said = [next(reasons) for _ in kept]
                self._dropped[config].update(reason for reason in said if reason)
                kept = [row for row in kept if not said[row]]
            if kept:
                splits[self._options.split_of(item.id)].append((place.batch, kept))
        self.splits[config], self.dropped[config] = splits, +self._dropped[config]

    def tables(self, config: str, part: Part) -> Iterator[pa.Table]:
        if not self._path(config).exists():
            self._write()
        with pa.memory_map(str(self._path(config))) as file:
            batches = pa.ipc.open_file(file)
            yield from _tables((batches.get_batch(number).take(pa.array(rows)) for number, rows in part))

    def _path(self, config: str) -> Path:
        return self._folder / f"{config}.arrow"

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in vars(self).items() if key not in ("close", "items", "splits")}


def _remove(folder: Path, process: int) -> None:
    if os.getpid() == process:  # a fork must not take them from its parent
        shutil.rmtree(folder, ignore_errors=True)


def _batch(rows: list[Row], schema: pa.Schema) -> pa.RecordBatch:
    try:
        return pa.RecordBatch.from_pylist(rows, schema=schema)
    except UnicodeEncodeError:  # halves of characters, which no file of rows can hold
        rows = json.loads(json.dumps(rows, ensure_ascii=False).encode(errors="replace"))
        return pa.RecordBatch.from_pylist(rows, schema=schema)


def _tables(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Put batches together and cut them into tables of one size, that of the last one excepted."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        waiting.append(batch)
        count += batch.num_rows
        while count >= ROWS:
            table = pa.Table.from_batches(waiting)
            yield table.slice(0, ROWS).combine_chunks()
            waiting, count = table.slice(ROWS).to_batches(), count - ROWS
    if count:
        yield pa.Table.from_batches(waiting).combine_chunks()
