"""Search trees to look at: read from rows or a journal, and laid out. Knows no page.

python trees.py TREES.parquet NUMBER > trees.json     # the largest trees of each category, as beside the app
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from p_aligner.errors import InputError
from p_aligner.models.hub import require_reachable
from p_aligner.store import journal
from ultraprompt.search.journal import TreeJournal
from ultraprompt.search.tree import Tree


Row = dict[str, Any]

_MOST_TREES = 200  # more would make the list of trees unusable


class Place(NamedTuple):
    """Where a node is drawn, from 0."""

    column: float
    level: int


def lay_out(tree: Tree) -> list[Place]:
    """Place the nodes: every leaf has a column of its own, parents stand above the middle of their children."""
    levels: list[int] = []
    for node in tree.nodes:
        levels.append(levels[node.parent.index] + 1 if node.parent else 0)
    columns: dict[int, float] = {}
    # Depth first for the leaves, from left to right; trees may be deep, so without recursion.
    waiting = [tree.root]
    while waiting:
        node = waiting.pop()
        waiting += reversed(node.children)
        if not node.children:
            columns[node.index] = float(len(columns))
    for node in reversed(tree.nodes):  # children come after their parents
        if node.children:
            columns[node.index] = fmean(columns[child.index] for child in (node.children[0], node.children[-1]))
    return [Place(columns[node.index], levels[node.index]) for node in tree.nodes]


def trees_of(rows: Iterable[Row], source: str = "rows") -> list[Tree]:
    """Put rows of the config `trees` together.

    Raises:
        InputError: a row lacks a column, or does not come next in its tree.
    """
    trees: dict[str, Tree] = {}
    for number, row in enumerate(rows, start=1):
        with journal.named(number, source, row):
            if row["id"] not in trees:
                trees[row["id"]] = Tree(row["id"], row["instruction"], category=row["category"])
            trees[row["id"]].take({"type": "node", **row})
    return list(trees.values())


def read_trees(source: str) -> list[Tree]:
    """Read the trees of a source; of many, the first.

    That is a `.json` file (a list of rows), a journal (`.jsonl`, `.jsonl.gz`), or a data set with the config `trees`.

    Raises:
        InputError: it cannot be read, or holds no trees.
    """
    try:
        if source.endswith((".jsonl", ".jsonl.gz")):
            trees = list(islice(TreeJournal(source).replay(journal.read(source)), _MOST_TREES))
        else:
            trees = trees_of(_of_few_trees(_rows(source)), source)
    except InputError:
        raise
    except Exception as error:  # of json, datasets and the Hub
        raise InputError(f"the trees {source!r} cannot be read: {error}") from error
    if not trees:
        raise InputError(f"the trees {source!r} are none: give a file or data set that has some")
    return trees


def _rows(source: str) -> Iterable[Row]:
    if source.endswith(".json"):
        rows: Iterable[Row] = json.loads(Path(source).read_text(encoding="utf-8"))
        return rows
    from datasets import load_dataset

    require_reachable(source, kind="data set")
    rows = load_dataset(source, "trees", split="train", streaming=True)
    return rows


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
