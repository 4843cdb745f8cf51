"""Search trees to look at: read from rows or a journal, laid out, with their best and worst paths. Knows no page.

python trees.py TREES.parquet NUMBER > trees.json     # the largest trees of each category, as beside the app
"""

import json
import statistics
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from p_aligner.errors import InputError
from p_aligner.models.hub import require_reachable
from p_aligner.store import journal


Row = dict[str, Any]

_MOST_TREES = 200  # more would make the list of trees unusable


@dataclass(eq=False)  # a node is itself alone, which is quick to tell
class Node:
    """One version of the instruction, how it came about, and what it was worth."""

    number: int
    parent: int | None
    action: str | None  # the principle that made it; the root has none
    instruction: str
    reward: float
    responses: list[str]
    rewards: list[float]
    column: float = 0.0  # its place in the drawing: columns and levels, from 0
    level: int = 0


@dataclass
class Tree:
    """A tree whose nodes are in order of growth; the root comes first."""

    id: str
    category: str
    nodes: list[Node] = field(default_factory=list)

    @property
    def root(self) -> Node:
        return self.nodes[0]

    @property
    def columns(self) -> float:
        return max(node.column for node in self.nodes)

    @property
    def levels(self) -> int:
        return max(node.level for node in self.nodes)

    @property
    def best(self) -> Node:
        return max(self.nodes, key=lambda node: node.reward)

    @property
    def worst(self) -> Node:
        return min(self.nodes, key=lambda node: node.reward)

    def path(self, node: Node) -> list[Node]:
        """Return the nodes from the root to `node`."""
        by_number = {each.number: each for each in self.nodes}
        path = [node]
        while path[-1].parent is not None:
            path.append(by_number[path[-1].parent])
        return path[::-1]


def row_of(node: Row, category: str) -> Row:
    """Make a row of the config `trees` of a node as a search makes it."""
    return {**node, "category": category, "reward": statistics.fmean(node["rewards"])}


def trees_of(rows: Iterable[Row]) -> list[Tree]:
    """Put rows of the config `trees` together, and lay the trees out.

    Raises:
        InputError: a row lacks a column, or its parent does not come before it.
    """
    trees: dict[str, Tree] = {}
    for row in rows:
        try:
            tree = trees.setdefault(row["id"], Tree(row["id"], row["category"]))
            node = Node(
                number=row["node"],
                parent=row["parent"],
                action=row["action"],
                instruction=row["instruction"],
                reward=row["reward"],
                responses=list(row["responses"]),
                rewards=list(row["rewards"]),
            )
        except KeyError as error:
            raise InputError(f"a row of a tree needs the column {error}, it has {', '.join(row)}") from error
        known = {each.number for each in tree.nodes}
        if node.number in known or (node.parent not in known if known else node.parent is not None):
            raise InputError(f"node {node.number} of tree {tree.id!r} has no parent {node.parent} before it")
        tree.nodes.append(node)
    for tree in trees.values():
        _lay_out(tree)
    return list(trees.values())


def _lay_out(tree: Tree) -> None:
    """Give every leaf a column of its own, and place parents above the middle of their children."""
    children: dict[int, list[Node]] = {node.number: [] for node in tree.nodes}
    by_number = {node.number: node for node in tree.nodes}
    for node in tree.nodes[1:]:
        assert node.parent is not None
        children[node.parent].append(node)
        node.level = by_number[node.parent].level + 1
    # Depth first for the leaves, from left to right; trees may be deep, so without recursion.
    column, waiting = 0, [tree.root]
    while waiting:
        node = waiting.pop()
        waiting += reversed(children[node.number])
        if not children[node.number]:
            node.column, column = float(column), column + 1
    for node in reversed(tree.nodes):  # children come after their parents
        if children[node.number]:
            node.column = statistics.fmean((children[node.number][0].column, children[node.number][-1].column))


def read_trees(source: str) -> list[Tree]:
    """Read the trees of a source; of many, the first.

    That is a `.json` file (a list of rows), a journal (`.jsonl`, `.jsonl.gz`), or a data set with the config `trees`.

    Raises:
        InputError: it cannot be read, or holds no trees.
    """
    try:
        if source.endswith(".json"):
            rows: Iterable[Row] = json.loads(Path(source).read_text(encoding="utf-8"))
        elif source.endswith((".jsonl", ".jsonl.gz")):
            rows = (row_of(node, tree["category"]) for tree, nodes in journal.finished(source) for node in nodes)
        else:
            from datasets import load_dataset

            require_reachable(source, kind="data set")
            rows = load_dataset(source, "trees", split="train", streaming=True)
        trees = trees_of(_of_few_trees(rows))
    except InputError:
        raise
    except Exception as error:  # of json, datasets and the Hub
        raise InputError(f"the trees {source!r} cannot be read: {error}") from error
    if not trees:
        raise InputError(f"the trees {source!r} are none: give a file or data set that has some")
    return trees


def _of_few_trees(rows: Iterable[Row]) -> Iterator[Row]:
    """Stop where too many trees begin; data sets keep the rows of a tree together."""
    seen: set[str] = set()
    for row in rows:
        seen.add(row["id"])
        if len(seen) > _MOST_TREES:
            return
        yield row


def _main(parquet: str, number: str) -> None:
    """Write the largest trees of each category: this is how `trees.json` was made."""
    import pyarrow.parquet as pq

    rows = pq.read_table(parquet).to_pylist()
    sizes = Counter((row["category"], row["id"]) for row in rows)
    kept: Counter[str] = Counter()
    for (category, id), _ in sizes.most_common():
        kept[category] += 1
        if kept[category] > int(number):
            del sizes[category, id]
    shown = [
        {**row, "reward": round(row["reward"], 4), "rewards": [round(each, 4) for each in row["rewards"]]}
        for row in rows
        if (row["category"], row["id"]) in sizes
    ]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in shown)
    sys.stdout.write(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    _main(*sys.argv[1:])
