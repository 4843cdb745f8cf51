"""The best instruction of each finished tree: search as a refiner. Knows no models and no data sets."""

from collections.abc import Sequence
from pathlib import Path

from p_aligner.errors import InputError
from p_aligner.store import journal
from p_aligner.store.journal import Record
from p_aligner.store.rows import dump_row
from p_aligner.store.whole import write_whole

from ..search.journal import TreeJournal
from ..search.tree import Tree


def best(paths: Sequence[str | Path]) -> tuple[list[Record], int]:
    """Find the best node of each finished tree of some journals.

    Returns:
        rows ordered by the seeds' `index` and `id`, and how many trees are not finished. A row is what a refining
        pipeline gives beside its seed, `principles` (those on the way), rewards and what the search took: `seconds`
        one step after the other, `run_seconds` the tree's share of the time of the run, in which many trees grow at
        once.

    Raises:
        InputError: a journal cannot be read, or a tree is there twice.
    """
    rows: list[Record] = []
    known: set[str] = set()
    unfinished = 0
    for path in paths:
        trees = TreeJournal(str(path))
        found = [_best_row(tree) for tree in trees.replay(journal.read(path))]
        begun = trees.done | trees.open.keys()
        if twice := sorted(known & begun):
            raise InputError(f"the tree {twice[0]!r} is there twice, the second time in {path}")
        known |= begun
        unfinished += len(trees.open)
        rows += [{**row, "run_seconds": round(trees.spent.elapsed / len(begun), 3)} for row in found]
    return sorted(rows, key=lambda row: (row["index"], row["id"])), unfinished


def _best_row(tree: Tree) -> Record:
    return {
        "id": tree.id,
        "index": tree.index,
        "category": tree.category,
        "source": tree.source,
        "instruction": tree.instruction,
        "refined_instruction": tree.best.instruction,
        "changed": tree.best is not tree.root,
        "principles": tree.best.actions,
        "reward": tree.root.reward,
        "refined_reward": tree.best.reward,
        "calls": tree.spent.all_calls,
        "tokens": tree.spent.all_tokens,
        "seconds": round(sum(tree.spent.seconds.values()), 3),
    }


def write(rows: Sequence[Record], path: str | Path) -> None:
    """Write rows of `best` to a file, whole or not at all; `InputError` where it holds anything but earlier ones."""
    if str(path).endswith(".gz"):
        raise InputError(f"{path} would be plain text under the name of a compressed file: leave out .gz")
    # It may be, say, the journal that the rows are made of, which may have taken days.
    there = next(journal.read(path), None) if Path(path).is_file() else None
    if there is not None and "refined_instruction" not in there:
        raise InputError(f"{path} holds something else than best instructions ({there!r:.60}): choose another --out")
    write_whole(path, "".join(dump_row(row) + "\n" for row in rows))
