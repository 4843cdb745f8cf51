"""Harvests: the finished trees of one or several journals, in order. Knows nothing of pairs' selection or data sets.

A journal interleaves hundreds of trees. A harvest reads it once and remembers where the lines of each tree are, so
that memory does not grow with the texts; a tree is read again when it is asked for. Two files of the paper's authors
are read as well: the trees that their search writes (one in a line) and the rows that their exporters make of them.
"""

import gzip
import hashlib
import json
import math
import os
import shutil
import tempfile
import weakref
import zlib
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

from p_aligner.errors import InputError
from p_aligner.principles import PAPER_PRINCIPLES, Principle, PrinciplePack
from p_aligner.store import journal
from p_aligner.store.settings import differing

from .pairs import CONFIGS, FinishedTree, PublishedRow


Record = dict[str, Any]

_TREES = ("journal", "authors' trees")  # the other forms are the rows of one config
_differing = partial(differing, ignore=("versions",))
_ROWS = {"preference": "preference", "refinement": "preference", "single-step": "single-step"}  # which form gives them


@dataclass(slots=True)
class Entry:
    """Where a tree or a published row is: in file number `file`, `spans` holds start and size of each of its lines."""

    index: int
    id: str
    file: int
    category: str = ""
    source: str = ""
    state: str = "unfinished"
    spans: "array[int]" = field(default_factory=lambda: array("Q"))
    digest: bytes = b""

    def sign(self, line: bytes) -> None:
        self.digest = hashlib.blake2b(self.digest + line, digest_size=16).digest()


class Harvest:
    """The finished trees of `paths`, ordered by (`index`, `id`): what interrupted a run does not show.

    Args:
        paths (sequence of `str` or `Path`):
            Journals (`.jsonl`, `.jsonl.gz`) or files of the authors' two forms. A tree that is in several journals
            counts once when it is the same line by line.
        mix_runs (`bool`, *optional*, defaults to `False`):
            Accept journals that were grown with different settings.

    Attributes:
        entries (`list[Entry]`): the finished trees.
        left_out (`Counter`): the other trees, by state: `"unfinished"`, `"quarantined"`.

    Raises:
        InputError: a file cannot be read or is of no known form, settings differ, or an id stands for two trees.
    """

    def __init__(self, paths: Sequence[str | Path], *, mix_runs: bool = False) -> None:
        self.paths = [str(path) for path in paths]
        self._forms: list[str] = []
        self._runs: list[Record] = []
        self._files: dict[int, IO[bytes]] = {}
        finished: dict[str, Entry] = {}
        states: dict[str, str] = {}
        empty = set(range(len(self.paths)))
        for number in range(len(self.paths)):
            for entry in self._index(number):
                empty.discard(number)
                if entry.state == "done":
                    self._add(finished, entry)
                else:
                    states[entry.id] = entry.state
        if not mix_runs:
            self._refuse_mixed_runs(empty)
        self.left_out = Counter(state for id, state in states.items() if id not in finished)
        self.entries = sorted(finished.values(), key=lambda entry: (entry.index, entry.id))
        self._packs = [_recorded_pack(run, path) for run, path in zip(self._runs, self.paths, strict=True)]

    @property
    def configs(self) -> tuple[str, ...]:
        """The configs that all files can give: published rows give their own only."""
        return tuple(name for name in CONFIGS if all(form in (_ROWS.get(name), *_TREES) for form in self._forms))

    @property
    def fingerprints(self) -> list[Record]:
        """The settings of the runs, without repetition."""
        return _distinct([run["fingerprint"] for run in self._runs if run])

    @property
    def seed_sources(self) -> list[Record]:
        """Where the runs took their seeds from, as their recipes say it, without repetition."""
        return _distinct([source for run in self._runs for source in run.get("sources", [])])

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_files": {}}  # another process opens them itself

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[FinishedTree | PublishedRow]:
        return map(self.load, self.entries)

    def load(self, entry: Entry) -> FinishedTree | PublishedRow:
        """Read a tree or a published row again.

        Raises:
            InputError: a tree is not one that rows can be made of.
        """
        # Forked processes share the position of an open file: `pread` does without.
        file = self._open(entry.file).fileno()
        lines = [os.pread(file, size, start) for start, size in zip(entry.spans[::2], entry.spans[1::2], strict=True)]
        data = b"[" + b",".join(lines) + b"]"  # at once: much faster than line by line
        try:
            records = json.loads(data)
        except ValueError as error:
            raise InputError(f"{self.paths[entry.file]} is not what it was when it was read: read it again") from error
        if b"\\ud" in data:  # maybe halves of characters, which no file of rows can hold
            records = json.loads(json.dumps(records, ensure_ascii=False).encode(errors="replace"))
        form = self._forms[entry.file]
        if form not in _TREES:
            return PublishedRow(self.seed_id(entry), form, records[0])
        nodes = records if form == "journal" else _authors_nodes(records[0])
        name = f"tree {entry.id!r} of {self.paths[entry.file]}"
        return FinishedTree(entry.id, entry.category, _sound(nodes, name), self._packs[entry.file])

    def seed_id(self, entry: Entry) -> str:
        """Return the id of the seed; that of a published single step ends in the step's number."""
        return entry.id.rpartition("_")[0] if self._forms[entry.file] == "single-step" else entry.id

    def _open(self, number: int) -> IO[bytes]:
        if number not in self._files:
            self._files[number] = file = _open(self.paths[number])
            weakref.finalize(self, file.close)
        return self._files[number]

    def _index(self, number: int) -> list[Entry]:
        """Find the trees of a file, finished or not."""
        path = self.paths[number]
        self._open(number)  # whatever it is, this says what is wrong with it
        self._forms.append("journal")
        self._runs.append({})
        trees: dict[Any, Entry] = {}
        start = 0
        for count, (record, line) in enumerate(journal.lines(path), start=1):
            if count == 1:
                self._forms[number] = _form(record, path)
            try:
                if self._forms[number] == "journal":
                    entry = self._take(record, trees, number)
                else:
                    entry = _take_row(record, trees, Entry(count, str(record["meta"]), number))
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                reason = error if isinstance(error, InputError) else f"it lacks or misuses {error}"
                raise InputError(f"line {count} of {path}: {reason}") from error
            if entry:
                entry.sign(line)
                if record.get("type") != "tree":
                    entry.spans.extend((start, len(line)))
            start += len(line)
        return list(trees.values())

    def _take(self, record: Record, trees: dict[Any, Entry], number: int) -> Entry | None:
        """Take a record of a journal; return the tree that its line belongs to, if rows need the line."""
        kind = record["type"]
        if kind == "run":
            if self._runs[number] and _differing(self._runs[number]["fingerprint"], record["fingerprint"]):
                raise InputError("a second run with other settings: a journal holds one run")
            sources = (record.get("seeds") or {}).get("sources", [])
            self._runs[number] = {"fingerprint": {**record["fingerprint"]}, "sources": [{**each} for each in sources]}
            return None
        if kind == "tree":
            if record["id"] in trees:
                raise InputError(f"tree {record['id']!r} begins a second time")
            trees[record["id"]] = tree = Entry(
                int(record["index"]), str(record["id"]), number, str(record["category"]), str(record["source"])
            )
            return tree
        if record["id"] not in trees:
            raise InputError(f"it belongs to tree {record['id']!r}, which did not begin")
        tree = trees[record["id"]]
        if kind == "node":
            return tree
        if kind in ("done", "quarantined"):
            tree.state = kind
        elif kind != "rejected":
            raise InputError(f"a record of the unknown type {kind!r}")
        return None

    def _add(self, finished: dict[str, Entry], entry: Entry) -> None:
        """Add a finished tree, if it is not there yet."""
        earlier = finished.setdefault(entry.id, entry)
        if earlier.digest != entry.digest:
            raise InputError(
                f"the id {entry.id!r} stands for different trees in {self.paths[earlier.file]} and "
                f"{self.paths[entry.file]}: build them apart, or give the seeds other ids"
            )

    def _refuse_mixed_runs(self, empty: set[int]) -> None:
        """Compare each file with the next one; those without a tree, `empty`, may have no settings yet."""
        runs = zip(self.paths, self._runs, strict=True)
        compared = [run for number, run in enumerate(runs) if number not in empty or run[1]]
        for (first, one), (second, other) in pairwise(compared):
            if settings := _differing(one.get("fingerprint", {}), other.get("fingerprint", {})):
                raise InputError(
                    f"{first} and {second} were grown with different settings, {'; '.join(settings)}: build them "
                    "apart, or pass mix_runs=True (--mix-runs)"
                )


def _open(path: str) -> IO[bytes]:
    """Open a file for reading at any place; a compressed one as a temporary copy, because it has no places."""
    if path.endswith(".parquet"):
        raise InputError(
            f"{path} is no journal: a built folder is loaded by its own name, load_dataset(FOLDER, CONFIG)"
        )
    try:
        if not path.endswith(".gz"):
            return open(path, "rb")
        with ExitStack() as on_error, gzip.open(path) as packed:
            copy = on_error.enter_context(tempfile.TemporaryFile())
            shutil.copyfileobj(packed, copy)
            copy.flush()
            on_error.pop_all()
        return copy
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _form(record: Record, path: str) -> str:
    """Tell by its first record what a file holds."""
    if "type" in record:
        return "journal"
    if {"tree", "meta", "tasks"} <= record.keys():
        return "authors' trees"
    if {"src_instruction", "rejected_instruction", "meta"} <= record.keys():
        return "preference"
    if {"src_instruction", "action", "meta"} <= record.keys():
        return "single-step"
    raise InputError(
        f"{path} is neither a journal nor of the authors' forms, its first line has the fields {sorted(record)}"
    )


def _take_row(record: Record, trees: dict[Any, Entry], entry: Entry) -> Entry:
    """Take a line of the authors' forms: a whole tree, or a row."""
    entry.state = "done"
    if "tree" in record:
        # A tree that their search took up again is written a second time: the later one counts.
        entry.state = "done" if json.loads(record["tree"])["is_success"] else "unfinished"
        entry.category = str(record["tasks"][0])  # then comes Helpfulness, which every seed has
    elif entry.id in trees:
        raise InputError(f"the row {entry.id!r} is there twice")
    trees[entry.id] = entry
    return entry


def _authors_nodes(row: Record) -> list[Record]:
    """Turn a tree of the authors' search into the nodes of a journal."""
    nodes = json.loads(row["tree"])["nodes"]
    number = {id: place for place, id in enumerate(sorted(nodes, key=lambda id: nodes[id]["index"]))}
    return [
        {
            "node": number[id],
            "parent": None if node["parent"] is None else number[node["parent"]],
            "action": None if node["parent"] is None else node["action"],
            "instruction": node["instruction"],
            "responses": node["local_responses"],
            "rewards": node["local_rewards"],
        }
        for id, node in nodes.items()
    ]


def _sound(nodes: list[Record], name: str) -> list[Record]:
    """Order the nodes of a tree; refuse a tree that rows cannot be made of."""
    known: set[int] = set()
    try:
        nodes = sorted(nodes, key=lambda node: int(node["node"]))
        for node in nodes:
            number, parent, rewards = node["node"], node["parent"], node["rewards"]
            follows = number not in known and (parent in known if known else number == 0 and parent is None)
            is_named = isinstance(node["instruction"], str) and (node["action"] is None) == (parent is None)
            if not (follows and is_named):
                raise InputError(f"{name}: node {number!r} does not follow from node {parent!r} by an action")
            if not all(isinstance(text, str) for text in node["responses"]):
                raise InputError(f"{name}: node {number!r} has a response that is no text")
            if not (len(node["responses"]) == len(rewards) > 0 and all(map(math.isfinite, rewards))):
                raise InputError(f"{name}: node {number!r} needs a finite reward for each response")
            known.add(number)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name} has a node that lacks or misuses {error}") from error
    if not known:
        raise InputError(f"{name} has no nodes")
    return nodes


def _recorded_pack(run: Record, path: str) -> PrinciplePack:
    """Return the principles of a run; its fingerprint holds them with their texts."""
    recorded = run.get("fingerprint", {}).get("principles")
    if recorded is None:
        return PAPER_PRINCIPLES
    try:
        return PrinciplePack((Principle(**entry) for entry in recorded["principles"]), name=recorded["name"])
    except (KeyError, TypeError) as error:
        raise InputError(f"the principles in the fingerprint of {path} cannot be read: {error}") from error


def content(path: str) -> str:
    """Return the SHA-256 of what a file holds."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _distinct(values: list[Record]) -> list[Record]:
    return [json.loads(text) for text in sorted({json.dumps(value, sort_keys=True) for value in values})]
