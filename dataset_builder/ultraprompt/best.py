"""The best instruction of each finished tree: search as a refiner. Knows no models and no data sets."""

from collections.abc import Sequence
from pathlib import Path

from p_aligner.errors import InputError
from p_aligner.runtime.budget import Spent
from p_aligner.store import journal
from p_aligner.store.rows import dump_row
from p_aligner.store.whole import write_whole

from .forest import add_step
from .search import Record, replay
from .tree import Tree


def best(paths: Sequence[str | Path]) -> tuple[list[Record], int]:
    """Find the best node of each finished tree of some journals.

    Returns:
        rows ordered by the seeds' `index` and `id`, and how many trees are not finished. A row is what a refining
        pipeline gives, `instruction`, `refined_instruction` and `changed`, with `id`, `index`, `category` and
        `source` of the seed, `principles` (those on the way), `reward` and `refined_reward`, and what the search
        took: `calls`, `tokens`, `seconds` (one step after the other), and `run_seconds`, the tree's share of the
        time that the run took, in which many trees grow at once.

    Raises:
        InputError: a journal cannot be read, or a tree is there twice.
    """
    begun: dict[str, tuple[Record, Tree, Spent]] = {}
    rows: dict[str, Record] = {}
    for path in paths:
        mine: list[str] = []
        elapsed = 0.0
        for number, record in enumerate(journal.read(path), start=1):
            with journal.named(number, path, record):
                match record["type"]:
                    case "tree":
                        mine.append(record["id"])
                        if record["id"] in begun or record["id"] in rows:
                            raise InputError(f"the tree {record['id']!r} is there twice, the second time in {path}")
                        begun[record["id"]] = (record, Tree(record["id"], record["instruction"], ()), Spent())
                    case "node" | "rejected":
                        _, tree, spent = begun[record["id"]]
                        replay(tree, record)
                        add_step(spent, record)
                        elapsed = max(elapsed, spent.elapsed)
                    case "done":
                        rows[record["id"]] = _best_row(*begun.pop(record["id"]))
        for id in mine:
            if id in rows:
                rows[id]["run_seconds"] = round(elapsed / len(mine), 3)
    return sorted(rows.values(), key=lambda row: (row["index"], row["id"])), len(begun)


def _best_row(seed: Record, tree: Tree, spent: Spent) -> Record:
    return {
        **{key: seed[key] for key in ("id", "index", "category", "source", "instruction")},
        "refined_instruction": tree.best.instruction,
        "changed": tree.best is not tree.root,
        "principles": tree.best.actions,
        "reward": tree.root.reward,
        "refined_reward": tree.best.reward,
        "calls": spent.all_calls,
        "tokens": spent.all_tokens,
        "seconds": round(sum(spent.seconds.values()), 3),
    }


def write(rows: Sequence[Record], path: str | Path) -> None:
    """Write rows of `best` to a file, whole or not at all; only rows of an earlier call are replaced.

    Raises:
        InputError: there is something else, or the file cannot be written.
    """
    # It may be, say, the journal that the rows are made of, which may have taken days.
    there = next(journal.read(path), None) if Path(path).is_file() else None
    if there is not None and "refined_instruction" not in there:
        raise InputError(f"{path} holds something else than best instructions ({there!r:.60}): choose another --out")
    write_whole(path, "".join(dump_row(row) + "\n" for row in rows))
