"""Rows in JSON lines files: read them, and write results beside them so that a stopped run can go on.

Knows nothing of models. Files are UTF-8 with one object a line; lines end at "\\n" only, because texts may hold other
characters that Python counts as line breaks.
"""

import json
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO, Any

from .errors import InputError


Row = dict[str, Any]


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
            except json.JSONDecodeError as error:
                raise InputError(f"line {number} of {name} is not JSON ({error.msg}): {line.strip()!r:.80}") from error
            if not isinstance(row, dict):
                raise InputError(f"line {number} of {name} must be an object, it is {line.strip()!r:.80}")
            yield row
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not UTF-8 text: {error.reason} at byte {error.start}") from error


class ResultFile:
    """A file that gets one result row for each input row, in order.

    Rows that an earlier run wrote stay; a last line that was torn when that run was killed is dropped when the first
    row is appended. A row that was appended is with the operating system: killing the process does not lose it.

    Args:
        path (`str` or `Path`):
            The file; its folder is made when it is missing.

    Raises:
        InputError: the file holds something else than JSON rows, or cannot be written.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("ab+")
        except OSError as error:
            raise InputError(f"{self.path} cannot be written: {error.strerror}") from error
        try:
            self._whole = sum(len(line) for line, _ in self._whole_lines())
        except InputError:
            self._file.close()
            raise
        self._is_mended = False

    def earlier_rows(self) -> Iterator[Row]:
        """Yield the rows that were there when the file was opened."""
        return (row for _, row in self._whole_lines() if row is not None)

    def _whole_lines(self) -> Iterator[tuple[bytes, Row | None]]:
        self._file.seek(0)
        for line in self._file:
            try:
                row = json.loads(line) if line.strip() else None
            except ValueError as error:
                if line.startswith(b"{") and not line.endswith(b"\n"):
                    return
                raise InputError(f"{self.path} holds something else than JSON rows: {line!r:.80}") from error
            yield line, row

    def append(self, row: Row) -> None:
        if not self._is_mended:
            self._mend_end()
        self._file.write((dump_row(row) + "\n").encode())
        self._file.flush()

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
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()


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
