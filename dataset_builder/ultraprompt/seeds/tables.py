"""Rows of local files and of data sets on the Hub, one after the other. Knows nothing of instructions.

Only the columns that are asked for are read where the format allows it. A `.json` array is read whole.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from p_aligner.errors import InputError
from p_aligner.models.hub import load_data_set
from p_aligner.store.rows import read_rows


Row = dict[str, Any]
Columns = Sequence[str | tuple[str, ...]]  # of those in a tuple one is enough

_LONGEST_FIELD = 2**31 - 1  # characters of a CSV field: the most that every platform takes


def is_file(path: str) -> bool:
    """Tell a local file from a data set on the Hub (or a folder that holds a copy of one)."""
    return Path(path).suffix in _READERS and not Path(path).is_dir()


def file_rows(path: str, columns: Columns) -> Iterator[Row]:
    """Yield the rows of a `.jsonl`, `.json`, `.csv` or `.parquet` file.

    Raises:
        InputError: it cannot be read, or lacks one of `columns`; the message names those that are there.
    """
    return _READERS[Path(path).suffix](path, columns)


def hub_rows(path: str, columns: Columns, **options: str | None) -> Iterator[Row]:
    """Yield the rows of a data set's split, as [`file_rows`]; `options` are those of `datasets.load_dataset`."""
    if Path(path).is_file():
        raise InputError(f"{path} is none of the files that can be read: {', '.join(_READERS)}")
    table = load_data_set(path, **options)
    yield from table.select_columns(_require(columns, table.column_names, path))


def _require(columns: Columns, there: Iterable[str], path: str) -> list[str]:
    """Return which of the columns are there."""
    found = []
    for column in columns:
        names = [name for name in (column if isinstance(column, tuple) else (column,)) if name in there]
        if not names:
            missing = column[0] if isinstance(column, tuple) else column
            raise InputError(f"{path} has no column {missing!r}: choose one of {', '.join(there)}")
        found += names
    return found


def _json(path: str, columns: Columns) -> Iterator[Row]:
    """Read an array, or lines under the other name, as many data sets have them."""
    with _opened(path) as file:
        is_array = next((line.lstrip()[0] for line in file if line.strip()), "") == "["
        file.seek(0)
        try:
            rows = json.load(file) if is_array else []
        except (ValueError, RecursionError) as error:  # numbers of thousands of digits, and brackets, too
            raise InputError(f"{path} is not JSON: {error}") from error
    if not is_array:
        rows = read_rows(path)
    elif wrong := [row for row in rows if not isinstance(row, dict)]:
        raise InputError(f"{path} must be an array of objects, it holds {wrong[0]!r:.80}")
    yield from _with_columns(rows, columns, path)


def _with_columns(rows: Iterable[Row], columns: Columns, path: str) -> Iterator[Row]:
    """Yield rows of which each may lack something, but not all of them the same column."""
    there: dict[str, None] = {}
    for row in rows:
        there.update(dict.fromkeys(row))
        yield row
    if there:
        _require(columns, there, path)


def _csv(path: str, columns: Columns) -> Iterator[Row]:
    csv.field_size_limit(_LONGEST_FIELD)  # there is one for the process only, of 131,072 characters
    with _opened(path) as file:
        reader = csv.DictReader(file, strict=True)
        try:
            _require(columns if reader.fieldnames else (), reader.fieldnames or (), path)
            for row in reader:
                if None in row:
                    raise InputError(
                        f"line {reader.line_num} of {path} has more fields than the header: quote its commas"
                    )
                yield row
        except csv.Error as error:
            raise InputError(f"{path} is not CSV after line {reader.line_num}: {error}") from error


def _parquet(path: str, columns: Columns) -> Iterator[Row]:
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path) as file:
            for batch in file.iter_batches(columns=_require(columns, file.schema_arrow.names, path)):
                yield from batch.to_pylist()
    except (OSError, ArrowException) as error:
        raise InputError(f"{path} cannot be read: {' '.join(str(error).split())}") from error


@contextmanager
def _opened(path: str) -> Iterator[IO[str]]:
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            yield file
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text: {error.reason} at byte {error.start}") from error


_READERS: dict[str, Callable[[str, Columns], Iterator[Row]]] = {
    ".jsonl": lambda path, columns: _with_columns(read_rows(path), columns, path),
    ".json": _json,
    ".csv": _csv,
    ".parquet": _parquet,
}
