"""The finished trees of one or several journals. Knows nothing of pairs' selection or data sets.

Only trees that are open are in memory: a journal interleaves hundreds. Two files of the paper's authors are read as
well: the trees that their search writes (one in a line) and the rows that their exporters make of them.
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
from .pairs import CONFIGS, PublishedRow


_TREES = ("journal", "authors' trees")  # the other forms are the rows of one config
_ROWS = {"preference": "preference", "refinement": "preference", "single-step": "single-step"}  # which form gives them


class FinishedTrees:
    """The finished trees of `paths`, each when its file says that it is finished: read once, in one pass.

    Args:
        paths: journals (`.jsonl`, `.jsonl.gz`) or files of the authors' two forms. A tree that is in several journals
            counts once when it is the same in all.
        mix_runs: accept journals that were grown with different settings.

    Raises:
        InputError: a file cannot be read or is of no known form, settings differ, an id stands for two trees, or a
            tree is not one that rows can be made of.
    """

    def __init__(self, paths: Sequence[str | Path], *, mix_runs: bool = False) -> None:
        self.paths = [str(path) for path in paths]
        self._mix_runs = mix_runs
        self._forms = [_form(path) for path in self.paths]
        # Published rows give their own config only.
        self.configs = tuple(
            name for name in CONFIGS if all(form in (_ROWS.get(name), *_TREES) for form in self._forms)
        )
        # After a pass: states of the other trees, settings of the runs, where they took their seeds from.
        self.left_out: Counter[str] = Counter()
        self.fingerprints: list[Record] = []
        self.seed_sources: list[Record] = []

    def __iter__(self) -> Iterator[Tree | PublishedRow]:
        finished: dict[str, tuple[bytes, int]] = {}  # digest and file of each tree
        states: dict[str, str] = {}
        runs: list[tuple[str, TreeJournal]] = []
        for number, (path, form) in enumerate(zip(self.paths, self._forms, strict=True)):
            trees = TreeJournal(path)
            read = trees.replay(journal.read(path)) if form == "journal" else _published(path, form, states)
            for item in read:
                digest = _digest(item) if len(self.paths) > 1 else b""
                earlier, first = finished.setdefault(item.id, (digest, number))
                if first == number:
                    yield item
                elif earlier != digest:
                    raise InputError(
                        f"the id {item.id!r} stands for different trees in {self.paths[first]} and {path}: "
                        "build them apart, or give the seeds other ids"
                    )
            states |= {id: "quarantined" if id in trees.quarantined else "unfinished" for id in trees.open}
            if form != "journal" or trees.fingerprint is not None:  # an empty file may have no settings yet
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


def _digest(item: Tree | PublishedRow) -> bytes:
    """Sign what a tree or a row holds, so that it is known in another file."""
    if isinstance(item, PublishedRow):
        signed: Any = item.row
    else:
        signed = [item.index, item.category, item.source]
        for node in item.nodes:
            parent = node.parent.index if node.parent else None
            signed.append([parent, node.action, node.instruction, node.responses, node.rewards])
    return hashlib.blake2b(json.dumps(signed).encode(), digest_size=16).digest()


def _form(path: str) -> str:
    if path.endswith(".parquet"):
        raise InputError(
            f"{path} is no journal: a built folder is loaded by its own name, load_dataset(FOLDER, CONFIG)"
        )
    record = next(journal.read(path), {"type": "run"})
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


def _published(path: str, form: str, states: dict[str, str]) -> Iterator[Tree | PublishedRow]:
    """Read a file of one of the authors' forms: whole trees, or rows. Note the ids of trees that are not finished."""
    items: dict[str, Tree | PublishedRow] = {}
    for number, record in enumerate(journal.read(path), start=1):
        with journal.named(number, path, record):
            id = str(record["meta"])
            if form == "authors' trees":
                # A tree that their search took up again is written a second time: the later one counts.
                tree = json.loads(record["tree"])
                states.pop(id, None)
                items.pop(id, None)
                if tree["is_success"]:
                    # Their category comes first, then Helpfulness, which every seed has.
                    items[id] = _authors_tree(tree["nodes"], id, number, str(record["tasks"][0]))
                else:
                    states[id] = "unfinished"
            elif id in items:
                raise InputError(f"the row {id!r} is in {path} twice")
            else:
                items[id] = PublishedRow(id, form, record, number)
    yield from items.values()


def _authors_tree(nodes: dict[str, Any], id: str, index: int, category: str) -> Tree:
    order = sorted(nodes, key=lambda name: nodes[name]["index"])
    number = {name: place for place, name in enumerate(order)}
    tree = Tree(id, nodes[order[0]]["instruction"] if order else "", index=index, category=category)
    for name in order:
        node = nodes[name]
        is_root = node["parent"] is None
        tree.take(
            {
                "type": "node",
                "node": number[name],
                "parent": None if is_root else number[node["parent"]],
                "action": None if is_root else node["action"],
                "instruction": node["instruction"],
                "responses": node["local_responses"],
                "rewards": node["local_rewards"],
            }
        )
    if not tree.nodes:
        raise InputError(f"tree {id!r} has no nodes and is finished")
    return tree


def _distinct(values: list[Record]) -> list[Record]:
    return [json.loads(text) for text in sorted({json.dumps(value, sort_keys=True) for value in values})]
