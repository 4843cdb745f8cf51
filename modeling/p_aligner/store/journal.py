"""Journals: append-only JSON lines with one writer, whole after a kill at any moment. Knows nothing of trees.

A line counts once its line break is on the disk. What stands after the last line break is a torn line unless it is
a whole object: readers drop it, the next writer cuts it off.
"""

import asyncio
import gzip
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ..errors import InputError, KitError
from .rows import dump_row, lock, require_regular


Record = dict[str, Any]


def read(path: str | Path) -> Iterator[Record]:
    """Yield the records of a journal in order, in constant memory; a torn last line is dropped.

    Args:
        path (`str` or `Path`):
            A `.jsonl` or `.jsonl.gz` file. Another process may be writing it.

    Raises:
        InputError: the file cannot be read, or a line (which is named) is no JSON object.
    """
    try:
        with gzip.open(path) if str(path).endswith(".gz") else open(path, "rb") as file:
            yield from _records(file, path)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _records(file: "IO[bytes] | gzip.GzipFile", path: str | Path) -> Iterator[Record]:
    for number, line in enumerate(file, start=1):
        record = _parse(line)
        if record is not None:
            yield record
        elif not _is_torn(line):
            raise InputError(f"line {number} of {path} is no JSON object: {line!r:.80}")


def _parse(line: bytes) -> Record | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):  # the latter from a line of ten thousand brackets
        return None
    return record if isinstance(record, dict) else None


def _is_torn(line: bytes) -> bool:
    """Say whether a line that is no record may be what a kill or a power cut left of one (that leaves zeros)."""
    return not line.endswith(b"\n") and line.startswith((b"{", b"\0"))


def finished(path: str | Path) -> Iterator[tuple[Record, list[Record]]]:
    """Yield the finished trees of a search's journal, whose writers took turns: how each began, and its nodes.

    Raises:
        InputError: as `read`, or a record cannot stand where it is.
    """
    begun: dict[str, tuple[Record, list[Record]]] = {}
    for number, record in enumerate(read(path), start=1):
        with named(number, path, record):
            if record["type"] == "tree":
                begun[record["id"]] = (record, [])
            elif record["type"] == "node":
                begun[record["id"]][1].append(record)
            whole = begun.pop(record["id"]) if record["type"] == "done" else None
        if whole:
            yield whole


@contextmanager
def named(number: int, path: str | Path, record: Record) -> Iterator[None]:
    """Name the record that is at fault when it cannot be taken in.

    Raises:
        InputError: it lacks a field, or something else stands there.
    """
    try:
        yield
    except KitError:
        raise
    except KeyError as error:
        raise InputError(f"record {number} of {path} lacks {error}: {record!r:.80}") from error
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise InputError(f"record {number} of {path} cannot be read ({error}): {record!r:.80}") from error


class Journal:
    """The single writer of a journal.

    Opening takes a lock that the system releases however the process ends, and cuts off a torn last line. Use it as
    a context manager or call `close`.

    Args:
        path (`str` or `Path`):
            The `.jsonl` file; it and its folder are made when they are missing.
        patience_s (`float`, *optional*, defaults to 0):
            How long to wait for another process to end its writing.

    Raises:
        InputError: another process writes this journal, or the file cannot be written or is no journal.
    """

    def __init__(self, path: str | Path, *, patience_s: float = 0.0) -> None:
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
            lock(self._file, self.path, patience_s=patience_s)
            self._mend_end()
        except BaseException:
            self._file.close()
            raise
        self._waiting: list[str] = []
        self._accepted = self._durable = 0  # lines
        self._broken: OSError | None = None
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")

    def _mend_end(self) -> None:
        """Cut off a torn last line; end a whole one that lacks its line break. Anything else is left alone."""
        tail = self._tail()
        if _parse(tail) is not None:
            self._file.write(b"\n")
        elif tail and not _is_torn(tail):
            raise InputError(f"{self.path} is no journal, it ends in {tail!r:.80}: choose another file")
        else:
            self._file.truncate(self._file.seek(0, os.SEEK_END) - len(tail))
            os.fsync(self._file.fileno())
            folder = os.open(self.path.parent, os.O_RDONLY)  # a new file's name must last, too
            os.fsync(folder)
            os.close(folder)

    def _tail(self) -> bytes:
        """Return what stands after the last line break."""
        start, tail = self._file.seek(0, os.SEEK_END), b""
        while start > 0 and b"\n" not in tail:
            size = min(start, 1 << 16)
            start = self._file.seek(start - size)
            tail = self._file.read(size) + tail
        return tail.rpartition(b"\n")[2]

    def records(self) -> Iterator[Record]:
        """Yield the records that are in the file, as `read` does."""
        return read(self.path)

    def extend(self, records: Iterable[Record]) -> None:
        """Write records; return when they are on the disk. For programs that have no event loop, or block it anyway.

        Raises:
            KitError: as `append`.
        """
        lines = [dump_row(record) + "\n" for record in records]
        self._accepted += len(lines)
        self._thread.submit(self._write, lines).result()

    async def append(self, record: Record) -> None:
        """Write a record; return when it is on the disk. Appends that wait together share one write.

        Raises:
            KitError: the disk is full or failed; so does every later append, and the next opening mends the file.
        """
        self._waiting.append(dump_row(record) + "\n")
        self._accepted += 1
        ticket = self._accepted
        async with self._turn:
            if self._durable < ticket:
                lines, self._waiting = self._waiting, []
                await asyncio.get_running_loop().run_in_executor(self._thread, self._write, lines)

    def _write(self, lines: list[str]) -> None:
        """Write and count lines, in the one thread: an append that was cancelled leaves nothing half done."""
        try:
            if self._broken:  # a line after a torn one could not be read
                raise self._broken
            if lines:
                self._write_all("".join(lines).encode())
                os.fsync(self._file.fileno())
        except OSError as error:
            self._broken = error
            raise KitError(f"{self.path} cannot be written: {error.strerror}; make room and run again") from error
        self._durable += len(lines)

    def _write_all(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]

    def close(self) -> None:
        """Write what is still waiting, release the lock."""
        lines, self._waiting = self._waiting, []
        try:
            self._thread.submit(self._write, lines).result()
        finally:
            self._thread.shutdown()
            self._file.close()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
