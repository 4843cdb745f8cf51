"""The finished trees of one or several journals. Knows nothing of pairs' selection or data sets.

Only trees that are open are in memory: a journal interleaves hundreds.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from p_aligner.errors import InputError
from p_aligner.store import journal
from p_aligner.store.journal import Record
from p_aligner.store.results import differing

from ..search.journal import TreeJournal
from ..search.tree import Tree


class FinishedTrees:
    """The finished trees of `paths`, each when its file says that it is finished: read once, in one pass.

    Args:
        paths: journals (`.jsonl`, `.jsonl.gz`). A tree that is in several counts once when it is the same in all.
        mix_runs: accept journals that were grown with different settings.

    Raises:
        InputError: a file cannot be read or is no journal, settings differ, an id stands for two trees, or a tree is
            not one that rows can be made of.
    """

    def __init__(self, paths: Sequence[str | Path], *, mix_runs: bool = False) -> None:
        self.paths = [str(path) for path in paths]
        self._mix_runs = mix_runs
        for path in self.paths:
            _require_journal(path)
        # After a pass: states of the other trees, settings of the runs, where they took their seeds from.
        self.left_out: Counter[str] = Counter()
        self.fingerprints: list[Record] = []
        self.seed_sources: list[Record] = []

    def __iter__(self) -> Iterator[Tree]:
        finished: dict[str, tuple[bytes, int]] = {}  # digest and file of each tree
        states: dict[str, str] = {}
        runs: list[tuple[str, TreeJournal]] = []
        for number, path in enumerate(self.paths):
            trees = TreeJournal(path)
            for tree in trees.replay(journal.read(path)):
                digest = _digest(tree) if len(self.paths) > 1 else b""
                earlier, first = finished.setdefault(tree.id, (digest, number))
                if first == number:
                    yield tree
                elif earlier != digest:
                    raise InputError(
                        f"the id {tree.id!r} stands for different trees in {self.paths[first]} and {path}: "
                        "build them apart, or give the seeds other ids"
                    )
            states |= {id: "quarantined" if id in trees.quarantined else "unfinished" for id in trees.open}
            if trees.fingerprint is not None:  # an empty file may have no settings yet
                runs.append((path, trees))
                if not self._mix_runs:
                    _refuse_mixed_runs(runs[-2:])
        self.left_out = Counter(state for id, state in states.items() if id not in finished)
        self.fingerprints = _distinct([trees.fingerprint for _, trees in runs if trees.fingerprint is not None])
        self.seed_sources = _distinct([source for _, trees in runs for source in trees.sources])


def _refuse_mixed_runs(runs: Sequence[tuple[str, TreeJournal]]) -> None:
    if len(runs) == 2:
        (first, one), (second, other) = runs
        if settings := differing(one.fingerprint or {}, other.fingerprint or {}, ignore=("versions",)):
            raise InputError(
                f"{first} and {second} were grown with different settings, {'; '.join(settings)}: build them "
                "apart, or pass mix_runs=True (--mix-runs)"
            )


def _digest(tree: Tree) -> bytes:
    """Sign what a tree holds, so that it is known in another file."""
    signed: list[Any] = [tree.index, tree.category, tree.source]
    for node in tree.nodes:
        parent = node.parent.index if node.parent else None
        signed.append([parent, node.action, node.instruction, node.responses, node.rewards])
    return hashlib.blake2b(json.dumps(signed).encode(), digest_size=16).digest()


def _require_journal(path: str) -> None:
    if path.endswith(".parquet"):
        raise InputError(
            f"{path} is no journal: a built folder is loaded by its own name, load_dataset(FOLDER, CONFIG)"
        )
    record = next(journal.read(path), {"type": "run"})
    if "type" not in record:
        raise InputError(f"{path} is no journal, its first line has the fields {sorted(record)}")


def _distinct(values: list[Record]) -> list[Record]:
    return [json.loads(text) for text in sorted({json.dumps(value, sort_keys=True) for value in values})]
