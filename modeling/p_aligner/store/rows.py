"""Rows in JSON lines files: read them, and write results beside them so that a stopped run can go on.

Knows nothing of models. Files are UTF-8 with one object a line; lines end at "\\n" only, because texts may hold other
characters that Python counts as line breaks.
"""

import json
import os
import sys
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO, Any

from ..errors import InputError, KitError


Row = dict[str, Any]

_RETRY_S = 0.1  # between two looks at a lock that another process has


def read_rows(path: str) -> Generator[Row, None, None]:
    """Yield the rows of a file, or of standard input for `"-"`; blank lines are skipped.

    Raises:
        InputError: the file cannot be read, or a line is not a JSON object.
    """
    if path == "-":
        yield from _parse(sys.stdin, "standard input")
    else:
        with _open(path) as file:
            yield from _parse(file, path)


def count_rows(path: str) -> int | None:
    """Count the rows of a file for a progress bar; `None` where counting would use them up."""
    if path == "-" or (os.path.exists(path) and not os.path.isfile(path)):  # a pipe would be empty afterwards
        return None
    with _open(path, errors="replace") as file:
        return sum(1 for line in file if line.strip())


def _open(path: str, *, errors: str = "strict") -> IO[str]:
    try:
        return open(path, encoding="utf-8", newline="\n", errors=errors)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


def _parse(file: IO[str], name: str) -> Iterator[Row]:
    try:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:  # numbers of thousands of digits, and brackets, too
                reason = getattr(error, "msg", None) or error
                raise InputError(f"line {number} of {name} is not JSON ({reason}): {line.strip()!r:.80}") from error
            if not isinstance(row, dict):
                raise InputError(f"line {number} of {name} must be an object, it is {line.strip()!r:.80}")
            yield row
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not UTF-8 text: {error.reason} at byte {error.start}") from error


class ResultFile:
    """A file that gets one result row for each input row, in order.

    There is one writer at a time. Rows that an earlier run wrote stay; a last line that was torn when that run was
    killed is dropped when the first row is appended. A row that was appended is with the operating system: killing the
    process does not lose it.

    Args:
        path (`str` or `Path`):
            The file; its folder is made when it is missing.
        settings (`dict`, *optional*):
            What the rows depend on, by name: kept in a hidden file beside, so that rows of others are not mixed in.

    Raises:
        InputError: the file holds something else than JSON rows, or rows of other settings, or cannot be written.
    """

    def __init__(self, path: str | Path, settings: Row | None = None) -> None:
        self.path = Path(path)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            require_regular(self.path)
            self._file = self.path.open("ab+")
        except OSError as error:
            raise InputError(f"{self.path} cannot be written: {error.strerror}") from error
        try:
            lock(self._file, self.path)
            self._whole = sum(len(line) for line, _ in self._whole_lines())
            if settings is not None:
                self._keep(settings)
        except KitError:
            self._file.close()
            raise
        self._is_mended = False

    def _keep(self, settings: Row) -> None:
        """Write the settings beside a new file; compare them with those of one that is there."""
        beside = self.path.with_name(f".{self.path.name}.settings")
        new = beside.with_name(f"{beside.name}.new")
        try:
            if self._whole and beside.exists():
                there = json.loads(beside.read_text(encoding="utf-8"))
                self._refuse_others(there, json.loads(json.dumps(settings)))
            elif not self._whole:
                new.write_text(json.dumps(settings), encoding="utf-8")
                new.replace(beside)
        except OSError as error:
            raise self._failed(error) from error
        except (ValueError, AttributeError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"{beside} cannot be read ({error}): remove it to go on with {self.path}") from error

    def _refuse_others(self, there: Row, here: Row) -> None:
        names = [name for name in sorted(there.keys() | here.keys()) if there.get(name) != here.get(name)]
        if names:
            listed = ", ".join(f"{name} ({there.get(name)!r:.60} and {here.get(name)!r:.60})" for name in names)
            raise InputError(
                f"{self.path} was begun with other settings, there and here: {listed}; choose another file, or "
                "remove it"
            )

    def earlier_rows(self) -> Iterator[Row]:
        """Yield the rows that were there when the file was opened."""
        return (row for _, row in self._whole_lines() if row is not None)

    def _whole_lines(self) -> Iterator[tuple[bytes, Row | None]]:
        self._file.seek(0)
        for line in self._file:
            try:
                row = json.loads(line) if line.strip() else None
            except (ValueError, RecursionError) as error:
                if line.startswith(b"{") and not line.endswith(b"\n"):
                    return
                raise InputError(f"{self.path} holds something else than JSON rows: {line!r:.80}") from error
            yield line, row

    def append(self, row: Row) -> None:
        """Write a row.

        Raises:
            KitError: the disk is full or failed; the next opening mends the file.
        """
        try:
            if not self._is_mended:
                self._mend_end()
            self._file.write((dump_row(row) + "\n").encode())
            self._file.flush()
        except OSError as error:
            raise self._failed(error) from error

    def _mend_end(self) -> None:
        """Cut off a torn last line; end a whole one that lacks its line break."""
        self._file.truncate(self._whole)
        self._file.seek(max(self._whole - 1, 0))
        if self._file.read(1) not in (b"", b"\n"):
            self._file.write(b"\n")
        self._is_mended = True

    def __enter__(self) -> "ResultFile":
        return self

    def __exit__(self, *_: object) -> None:
        try:
            with self._file:
                self._file.flush()
                os.fsync(self._file.fileno())
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> KitError:
        return KitError(f"{self.path} cannot be written: {error.strerror}; make room and run again")


def lock(file: IO[bytes], path: Path, *, patience_s: float = 0.0) -> None:
    """Keep other writers away; the system lets go of the file however the process ends.

    Args:
        file (binary file), path (`Path`):
            Opened, and its name for the error.
        patience_s (`float`, *optional*, defaults to 0.0):
            Seconds to wait for the process that has it.

    Raises:
        InputError: another process writes it.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        return
    ends = time.monotonic() + patience_s
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= ends:
                raise InputError(
                    f"another process is writing {path}: wait for it, or give this run a file of its own"
                ) from error
        time.sleep(min(_RETRY_S, patience_s))


def require_regular(path: Path) -> None:
    """Refuse what a run could not go on with: a pipe, a device.

    Raises:
        InputError: it is there, and neither file nor folder.
    """
    if path.exists() and not path.is_file() and not path.is_dir():  # a folder has an error of its own
        raise InputError(f"{path} is no file that a run could go on with: choose another place")


def dump_row(row: Row) -> str:
    """Write a row as one line of JSON, other scripts as they are (but halves of characters as escapes)."""
    line = json.dumps(row, ensure_ascii=False)
    return line if _is_encodable(line) else json.dumps(row)


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
