"""Rows that a run makes, and what two runs were begun with. Knows nothing of what is in rows and settings."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError, KitError
from .journal import Journal
from .rows import Row, dump_row
from .whole import write_whole


class Results(Journal):
    """A journal of result rows that waits for the disk at its end only: a graphics card makes hundreds in a second.

    What the rows depend on is kept in a hidden file beside, so that rows of other settings are not mixed in.

    Raises:
        InputError: as `Journal`, or the file holds rows of other settings.
    """

    def __init__(self, path: str | Path, settings: Row) -> None:
        super().__init__(path, durable=False)
        try:
            self._keep(settings)
        except BaseException:
            self.close()
            raise

    def replace(self, rows: Mapping[int, Row]) -> None:
        """Put rows in the place of earlier ones, by their numbers from 1; after a kill, all or none of them."""
        if not rows:
            return
        new = self.path.with_name(f".{self.path.name}.new")
        try:
            with new.open("wb") as file:
                for number, row in enumerate(self.records(), start=1):
                    file.write(dump_row(rows.get(number, row)).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            self.move_in(new)
        except OSError as error:
            raise KitError(f"{self.path} cannot be written: {error.strerror}; make room and run again") from error
        finally:
            new.unlink(missing_ok=True)

    def _keep(self, settings: Row) -> None:
        """Write the settings beside a new file; compare them with those of one that is there."""
        beside, text = self.path.with_name(f".{self.path.name}.settings"), json.dumps(settings)
        if next(self.records(), None) is None:
            write_whole(beside, text)
        elif beside.exists():
            try:
                require_same(self.path, json.loads(beside.read_text(encoding="utf-8")), json.loads(text))
            except InputError:
                raise
            except (OSError, ValueError, TypeError) as error:
                raise InputError(f"{beside} cannot be read ({error}): remove it to go on with {self.path}") from error


def flat(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in settings.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found


def differing(one: dict[str, Any], other: dict[str, Any], *, ignore: Iterable[str] = ()) -> list[str]:
    """Name the settings that two runs do not share, each with both of its values; keys of `ignore` are none."""
    one, other = (flat({**settings, **dict.fromkeys(ignore)}) for settings in (one, other))
    keys = [key for key in sorted(one.keys() | other.keys()) if one.get(key) != other.get(key)]
    return [f"{key} ({one.get(key)!r:.60} and {other.get(key)!r:.60})" for key in keys]


def require_same(path: str | Path, there: dict[str, Any], here: dict[str, Any], *, ignore: Iterable[str] = ()) -> None:
    """Refuse to go on with a file that holds the work of other settings, which are named."""
    if others := differing(there, here, ignore=ignore):
        raise InputError(
            f"{path} was begun with other settings, there and here: {', '.join(others)}; choose another file"
        )
