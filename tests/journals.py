"""Journals for tests: records of small trees, written by hand or drawn, in any interleaving."""

import gzip
import json
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ultraprompt.rows.pairs import Options
from ultraprompt.rows.table import RowTable
from ultraprompt.rows.trees import FinishedTrees


Record = dict[str, Any]
Step = tuple[int | None, str | None, str, Sequence[float]]  # parent, action, instruction, rewards

FINGERPRINT = {"rewriter": {"model": "o"}, "search": {"exploration": 0.1}, "versions": {"torch": "2.6"}}
# Node 3 is the best (before 4, its equal), node 2 the worst (before 5).
STEPS: list[Step] = [
    (None, None, "seed", [0.2, 0.4]),
    (0, "Factuality Enhancement", "a", [0.5, 0.7]),
    (0, "Tone Improvement", "b", [0.1, 0.1]),
    (1, "Tone Improvement", "c", [0.8, 1.0]),
    (1, "Clarification Request", "d", [0.9, 0.9]),
    (3, "Clarification Request", "e", [0.2, 0.0]),
]


def run_record(fingerprint: Record = FINGERPRINT, sources: Sequence[Record] = ()) -> Record:
    return {"type": "run", "fingerprint": fingerprint, "seeds": {"sources": list(sources)}}


def tree_records(
    id: str, index: int, steps: Sequence[Step] = STEPS, *, category: str = "Honesty", end: str | None = "done"
) -> list[Record]:
    """Return the records of a tree as a search writes them."""
    tree = {"type": "tree", "id": id, "index": index, "category": category, "source": "by hand"}
    nodes = [
        {
            "type": "node",
            "id": id,
            "node": number,
            "parent": parent,
            "action": action,
            "instruction": instruction,
            "responses": [f"{instruction} answered {place}" for place, _ in enumerate(rewards)],
            "rewards": list(rewards),
            "usage": {"rewrite": [5, 5], "respond": [5, 5]},
            "seconds": 0.1,
        }
        for number, (parent, action, instruction, rewards) in enumerate(steps)
    ]
    return [{**tree, "instruction": steps[0][2]}, *nodes, *([{"type": end, "id": id, "error": "x"}] if end else [])]


def random_tree(id: str, index: int, nodes: int = 6) -> list[Record]:
    rng = random.Random(id)
    steps: list[Step] = [(None, None, f"{id} as it was", [rng.random()])]
    for number in range(1, nodes):
        action = rng.choice(["Factuality Enhancement", "Tone Improvement", "Clarification Request"])
        steps.append((rng.randrange(number), action, f"{id} wording {number}", [rng.random(), rng.random()]))
    return tree_records(id, index, steps)


def write_journal(path: Path, records: Iterable[Record], *, torn: str = "") -> Path:
    """Write a journal; `torn` is what a kill left of a last line."""
    text = "".join(json.dumps(record) + "\n" for record in records) + torn
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def interleave(trees: Sequence[Sequence[Record]], rng: random.Random) -> list[Record]:
    """Mix the records of trees that grow at once; those of one tree stay in order."""
    turns = [number for number, tree in enumerate(trees) for _ in tree]
    rng.shuffle(turns)
    waiting = [iter(tree) for tree in trees]
    return [next(waiting[number]) for number in turns]


def rows_of(config: str, paths: Iterable[Path], **options: Any) -> list[Record]:
    """Return the rows of files, those of one split after those of the other."""
    rows = RowTable(FinishedTrees(list(paths)), [config], Options(**options))
    tables = [table for part in rows.splits[config].values() for table in rows.tables(config, part)]
    return [row for table in tables for row in table.to_pylist()]
