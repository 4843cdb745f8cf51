"""Journals: append-only JSON lines with one writer, whole after a kill at any moment. Knows no trees.

The rule for every file that a run goes on with, whether trees, results or samples:

- One writer at a time. It locks the file itself, so that the lock goes where the file is moved.
- Opening changes nothing: a file of something else is refused as it is, one that needs nothing more stays as it is.
- A line counts once its line break is there. What stands after the last one is a torn line unless it is a whole
  object: readers drop it, the first write cuts it off. It begins as an object does, or with zeros (a power cut).
- A journal is on the disk before `append` or `extend` returns. One that is not `durable` is with the system by then,
  so that a kill loses nothing, and on the disk when it is closed.
- After a failed write nothing more is written: a line after a torn one could not be read. The next opening goes on.
"""

import asyncio
import gzip
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, Any, Protocol, TypeVar

from ..errors import InputError, KitError
from .rows import dump_row
from .whole import require_regular


Record = dict[str, Any]
Kind = TypeVar("Kind", bound="Journal")


def read(path: str | Path) -> Iterator[Record]:
    """Yield the records of a `.jsonl` or `.jsonl.gz` journal in order, in constant memory, without a torn last line.

    Raises:
        InputError: the file cannot be read, or a line (which is named) is no JSON object.
    """
    try:
        with gzip.open(path) if str(path).endswith(".gz") else open(path, "rb") as file:
            for number, line in enumerate(file, start=1):
                record = _parse(line)
                if record is not None:
                    yield record
                elif not _is_torn(line):
                    raise InputError(f"line {number} of {path} is no JSON object: {line!r:.80}")
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _parse(line: bytes) -> Record | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):  # the latter from a line of ten thousand brackets
        return None
    return record if isinstance(record, dict) else None


def _is_torn(line: bytes) -> bool:
    """Say whether a line that is no record may be what a kill or a power cut left of one (that leaves zeros)."""
    return not line.endswith(b"\n") and line.startswith((b"{", b"\0"))


@contextmanager
def named(number: int, path: str | Path, record: Record) -> Iterator[None]:
    """Name the record that is at fault when it lacks a field or cannot be taken in."""
    try:
        yield
    except KitError:
        raise
    except KeyError as error:
        raise InputError(f"record {number} of {path} lacks {error}: {record!r:.80}") from error
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise InputError(f"record {number} of {path} cannot be read ({error}): {record!r:.80}") from error


class Log(Protocol):
    """Where a run finds what earlier ones wrote, and writes: a [`Journal`], or a [`Memory`]."""

    def records(self) -> Iterator[Record]: ...

    async def append(self, record: Record) -> None: ...


class Memory:
    """A log that is no file: what is appended (`new`) lasts as long as this object."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self._earlier = records
        self.new: list[Record] = []

    @classmethod
    def of(cls, path: str | Path) -> "Memory":
        """Begin with what a journal holds, if it is there; it may be read once."""
        return cls(read(path) if os.path.exists(path) else ())

    def records(self) -> Iterator[Record]:
        return chain(self._earlier, self.new)

    async def append(self, record: Record) -> None:
        self.new.append(record)


class Journal:
    """The single writer of a journal, see the rule above. Use it as a context manager or call `close`.

    Args:
        path: the `.jsonl` file; it and its folder are made when they are missing.
        durable: wait for the disk at each write; otherwise only at the end.

    Raises:
        InputError: another process writes this journal, or the file cannot be written or is no journal.
    """

    def __init__(self, path: str | Path, *, durable: bool = True) -> None:
        self.path = Path(path)
        if self.path.suffix == ".gz":
            raise InputError(f"a journal is written without compression, {path} ends in .gz: choose a .jsonl file")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            require_regular(self.path)
            self._file = self.path.open("ab+", buffering=0)
        except OSError as error:
            raise InputError(f"{self.path} cannot be written: {error.strerror}") from error
        try:
            _lock(self._file, self.path)
            self._refuse_other_files()
        except BaseException:
            self._file.close()
            raise
        self._is_durable = durable
        self._is_mended = False
        self._waiting: list[str] = []
        self._accepted = self._written = 0  # lines
        self._broken: OSError | None = None
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")

    def _refuse_other_files(self) -> None:
        with self.path.open("rb") as file:
            first = file.readline()
        for place, line in (("begins with", first), ("ends in", self._tail())):
            if line and _parse(line) is None and not _is_torn(line):
                raise InputError(f"{self.path} is no file of JSON lines, it {place} {line!r:.80}: choose another file")

    def _mend(self) -> None:
        """Cut off a torn last line; end a whole one that lacks its line break."""
        tail = self._tail()
        if _parse(tail) is not None:
            self._file.write(b"\n")
        else:
            self._file.truncate(self._file.seek(0, os.SEEK_END) - len(tail))
        if os.name == "posix":  # a new file's name must last, too
            folder = os.open(self.path.parent, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)
        self._is_mended = True

    def _tail(self) -> bytes:
        """Return what stands after the last line break."""
        start, tail = self._file.seek(0, os.SEEK_END), b""
        while start > 0 and b"\n" not in tail:
            size = min(start, 1 << 16)
            start = self._file.seek(start - size)
            tail = self._file.read(size) + tail
        return tail.rpartition(b"\n")[2]

    def records(self) -> Iterator[Record]:
        return read(self.path)

    def extend(self, records: Iterable[Record]) -> None:
        """Append records at once, for programs that have no event loop or block it anyway; raise as `append`."""
        lines = [dump_row(record) + "\n" for record in records]
        self._accepted += len(lines)
        self._thread.submit(self._write, lines, self._is_durable).result()

    async def append(self, record: Record) -> None:
        """Write a record and wait until it is. Appends that wait together share one write.

        Raises:
            KitError: the disk is full or failed; so does every later append, and the next opening mends the file.
        """
        self._waiting.append(dump_row(record) + "\n")
        self._accepted += 1
        ticket = self._accepted
        async with self._turn:
            if self._written < ticket:
                lines, self._waiting = self._waiting, []
                await asyncio.get_running_loop().run_in_executor(self._thread, self._write, lines, self._is_durable)

    def _write(self, lines: list[str], sync: bool) -> None:
        """Write and count lines, in the one thread: an append that was cancelled leaves nothing half done."""
        try:
            if self._broken:
                raise self._broken
            if not self._is_mended:
                self._mend()
            waiting = memoryview("".join(lines).encode())
            while waiting:
                waiting = waiting[self._file.write(waiting) :]
            if sync:
                os.fsync(self._file.fileno())
        except OSError as error:
            self._broken = error
            raise KitError(f"{self.path} cannot be written: {error.strerror}; make room and run again") from error
        self._written += len(lines)

    def move_in(self, new: Path) -> None:
        """Take another file for this one; its lock is there before its name is."""
        file = new.open("ab+", buffering=0)
        try:
            _lock(file, new)
            os.replace(new, self.path)
        except BaseException:
            file.close()
            raise
        self._file.close()
        self._file = file

    def close(self) -> None:
        """Write what is still waiting, release the lock."""
        lines, self._waiting = self._waiting, []
        try:
            if lines or self._is_mended:
                self._thread.submit(self._write, lines, True).result()
        finally:
            self._thread.shutdown()
            self._file.close()

    def __enter__(self: Kind) -> Kind:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _lock(file: IO[bytes], path: Path) -> None:
    """Keep other writers away; the system lets go of the file however the process ends."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InputError(
            f"another process is writing {path}: wait for it, or give this run a file of its own"
        ) from error
