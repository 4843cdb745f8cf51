"""A run of several processes: each grows parts of the seeds, into journals of their own beside the run's.

Knows files only, neither models nor how processes are started. The run's journal is read from the parts while they
grow, so that it alone is the result; a part holds what is not in it yet.
"""

import json
import math
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from p_aligner.errors import InputError
from p_aligner.store.journal import Journal, Record, read

from ..seeds import Seed


_PARTS_EACH = 8  # of a worker, at least: a slow one, or one that is lost, must not hold up the end of a run
_PATIENCE_S = 30.0  # with those that still write parts of a run that was killed


def folder(journal: str | Path) -> Path:
    """Name the folder of a journal's parts."""
    return Path(journal).absolute().with_suffix(".parts")


def divide(seeds: Sequence[Seed], *, workers: int, at_once: int) -> list[list[Seed]]:
    """Cut seeds into parts: small enough that each worker gets several, and no larger than what it grows at once."""
    size = max(1, min(math.ceil(len(seeds) / (workers * _PARTS_EACH)), at_once))
    return [list(seeds[start : start + size]) for start in range(0, len(seeds), size)]


@dataclass(eq=False)
class Part:
    """A journal that one worker after the other may write, and how far it was read.

    Args:
        path (`Path`):
            The file.
        seeds (sequence of `Seed`):
            Whose trees it holds.
    """

    path: Path
    seeds: Sequence[Seed]
    _read: int = field(default=0, init=False)

    def begin(self, records: Iterable[Record]) -> None:
        """Make the file, with what the run's journal says of these seeds: whoever grows them reads nothing else.

        Raises:
            InputError: another process writes it, or the folder cannot be written.
        """
        with Journal(self.path) as journal:
            journal.extend(records)
        self._read = self.path.stat().st_size

    def news(self) -> list[Record]:
        """Return the records that were added since the last call, except for a line that is still being written.

        Raises:
            InputError: the file cannot be read, or lost something.
        """
        try:
            # Opened each time: only then does a network file system look at what others have written.
            with self.path.open("rb") as file:
                if os.fstat(file.fileno()).st_size < self._read:
                    raise InputError(f"{self.path} is shorter than it was: look at the storage, then run again")
                file.seek(self._read)
                data = file.read()
        except OSError as error:
            raise InputError(f"{self.path} cannot be read: {error.strerror}") from error
        lines = data[: data.rfind(b"\n") + 1]
        self._read += len(lines)
        try:
            return [json.loads(line) for line in lines.splitlines()]
        except ValueError as error:
            raise InputError(f"{self.path} has a line that is no JSON object: {error}") from error

    def end(self) -> None:
        """Take the file away, once the run's journal has all of it."""
        self.path.unlink()


def collect(journal: Journal, *, patience_s: float = _PATIENCE_S) -> None:
    """Add to a run's journal what it lacks of the parts that a killed run left, and take them away.

    It can be killed at any moment and done again: what the journal has of a tree is how the part's begins.

    Raises:
        InputError: a part is still being written after `patience_s`, or cannot be read.
    """
    paths = sorted(folder(journal.path).glob("*.jsonl"))
    if not paths:
        return
    known: Counter[str] = Counter()
    for path in paths:
        with Journal(path, patience_s=patience_s):  # its writer is gone, and a torn last line with it
            known.update(dict.fromkeys((record["id"] for record in _of_trees(path)), 0))
    for record in _of_trees(journal.path):
        if record["id"] in known:
            known[record["id"]] += 1
    if next(journal.records(), None) is None:
        journal.extend(record for record in read(paths[0]) if record["type"] == "run")
    for path in paths:
        seen: Counter[str] = Counter()
        lacking = []
        for record in _of_trees(path):
            seen[record["id"]] += 1
            if seen[record["id"]] > known[record["id"]]:
                lacking.append(record)
        journal.extend(lacking)
        path.unlink()
    remove_folder(journal.path)


def remove_folder(journal: str | Path) -> None:
    """Take away the folder of a journal's parts, unless some are left."""
    if folder(journal).is_dir() and not any(folder(journal).iterdir()):
        folder(journal).rmdir()


def _of_trees(path: Path) -> Iterator[Record]:
    """Yield what parts and their run's journal have in common; a seed that failed is tried again."""
    return (record for record in read(path) if record["type"] not in ("run", "quarantined"))
