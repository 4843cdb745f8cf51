"""What the journal of a search says: its run, the trees that are open and those that are finished.

The one reader of the records `run`, `tree`, `node`, `rejected`, `done` and `quarantined`; knows neither who writes
them nor what becomes of the trees.
"""

from collections.abc import Iterable, Iterator

from p_aligner.errors import InputError
from p_aligner.principles import PAPER_PRINCIPLES, Principle, PrinciplePack
from p_aligner.runtime.budget import Spent
from p_aligner.store import journal
from p_aligner.store.journal import Record
from p_aligner.store.results import differing

from .tree import Tree


_TYPES = ("run", "tree", "node", "rejected", "done", "quarantined")


class TreeJournal:
    """What a journal says so far; each of its records is taken once.

    `name` is that of the file, for messages. With `principles`, the action set of the run, trees refuse a step by a
    principle that is not open; without, every step is taken that has a parent.
    """

    def __init__(self, name: str, *, principles: PrinciplePack | None = None) -> None:
        self.name = name
        self.principles = principles
        self.fingerprint: Record | None = None  # the settings of the run
        self.sources: list[Record] = []  # where its seeds come from
        self.pack = PAPER_PRINCIPLES  # its principles with their texts
        self.open: dict[str, Tree] = {}  # trees that are not finished
        self.done: set[str] = set()  # ids of finished ones
        self.quarantined: dict[str, str] = {}  # ids of those that failed, with the error
        self.spent = Spent()
        self.nodes = 0

    def replay(self, records: Iterable[Record]) -> Iterator[Tree]:
        """Take the records of a file, and yield each tree when it is finished; errors name the record at fault."""
        for number, record in enumerate(records, start=1):
            with journal.named(number, self.name, record):
                tree = self.take(record)
            if tree and record["type"] == "done":
                yield tree

    def take(self, record: Record) -> Tree | None:
        """Take a record; return the tree that it belongs to.

        Raises:
            InputError: it cannot stand at this place of a journal.
            PrincipleError: a tree's category has no principles.
            LookupError, TypeError, ValueError: it lacks or misuses a field.
        """
        kind = record["type"]
        if kind not in _TYPES:
            raise InputError(f"{self.name} holds a record of the unknown type {kind!r}")
        if kind == "run":
            self._begin_run(record)
            return None
        if self.fingerprint is None:
            raise InputError(f"{self.name} does not begin as a journal of trees: choose another file")
        id = record["id"]
        if kind == "tree":
            return self._begin(record)
        if id not in self.open:
            raise InputError(f"{self.name} has a {kind!r} of tree {id!r}, which did not begin or is finished")
        tree = self.open[id]
        if kind in ("node", "rejected"):
            tree.take(record)
            self.count(tree, record)
        elif kind == "quarantined":
            self.quarantined[id] = record["error"]
        elif not tree.nodes:
            raise InputError(f"tree {id!r} of {self.name} has no nodes and is finished")
        else:
            self.done.add(id)
            del self.open[id]
            self.quarantined.pop(id, None)
        return tree

    def count(self, tree: Tree, step: Record) -> None:
        """Count a step that its tree has: roots are results of `"respond"`, iterations of `"rewrite"`."""
        is_root, is_node = step["parent"] is None, step["type"] == "node"
        for spent in (tree.spent, self.spent):
            spent.add("rewrite", results=not is_root, calls=not is_root, usage=step["usage"]["rewrite"])
            spent.add("respond", results=is_root, calls=is_node, usage=step["usage"]["respond"])
            spent.add_time("respond" if is_root else "rewrite", step["seconds"])
            spent.elapsed = max(spent.elapsed, step.get("elapsed", 0.0))
        self.nodes += is_node

    def _begin_run(self, record: Record) -> None:
        fingerprint = {**record["fingerprint"]}
        if self.fingerprint is not None and differing(self.fingerprint, fingerprint, ignore=("versions",)):
            raise InputError(f"{self.name} holds a second run with other settings: a journal holds one run")
        self.fingerprint = fingerprint
        self.sources = [{**source} for source in (record.get("seeds") or {}).get("sources", [])]
        if recorded := fingerprint.get("principles"):
            principles = [Principle(**entry) for entry in recorded["principles"]]
            self.pack = PrinciplePack(principles, name=recorded["name"])

    def _begin(self, record: Record) -> Tree:
        id, instruction, category = record["id"], record["instruction"], str(record["category"])
        if id in self.open or id in self.done:
            raise InputError(f"tree {id!r} begins twice in {self.name}")
        principles = self.principles.for_category(category) if self.principles else ()
        self.open[id] = tree = Tree(
            str(id),
            instruction,
            [principle.name for principle in principles],
            index=int(record["index"]),
            category=category,
            source=str(record["source"]),
            pack=self.pack,
        )
        return tree
