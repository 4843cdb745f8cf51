"""Rows of other people's JSON lines files, and how a row is written. Knows nothing of models, nor of going on.

Files are UTF-8, with or without a byte order mark, one object a line. Lines end at "\\n" only: texts may hold other
characters that Python counts as line breaks.
"""

import json
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO, Any

from ..errors import InputError, read_text


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
        return open(path, encoding="utf-8-sig", newline="\n", errors=errors)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


def _parse(file: IO[str], name: str) -> Iterator[Row]:
    try:
        for number, line in enumerate(file, start=1):
            line = line.removeprefix("\ufeff") if number == 1 else line
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


def read_object(path: str | Path) -> Row:
    """Read a JSON file of one object; an `InputError` where there is none."""
    text = read_text(path, str(path))
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} must hold an object, it is {content!r:.60}")
    return content


def dump_row(row: Row) -> str:
    """Write a row as one line of JSON, other scripts as they are (but halves of characters as escapes)."""
    line = json.dumps(row, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:
        return json.dumps(row)
    return line
