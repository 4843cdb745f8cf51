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
    """Count the rows of a file for a progress bar; `None` for standard input."""
    if path == "-":
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

    Rows that an earlier run wrote are kept; a last line that was torn when that run was killed is dropped. Every row
    is handed to the operating system before the next one is computed.

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
            self._drop_torn_line()
            self.rows = list(read_rows(str(self.path))) if self.path.exists() else []
            self._file = self.path.open("a", encoding="utf-8", newline="\n")
        except OSError as error:
            raise InputError(f"{self.path} cannot be written: {error.strerror}") from error

    def _drop_torn_line(self) -> None:
        if not self.path.exists():
            return
        with self.path.open("rb+") as file:
            content = file.read()
            if content and not content.endswith(b"\n"):
                file.truncate(content.rfind(b"\n") + 1)

    def append(self, row: Row) -> None:
        self._file.write(dump_row(row) + "\n")
        self._file.flush()

    def __enter__(self) -> "ResultFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()


def dump_row(row: Row) -> str:
    """Write a row as one line of JSON, other scripts as they are."""
    return json.dumps(row, ensure_ascii=False)
