"""Rows that a run makes, and beside them what they depend on. Knows nothing of what is in them."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from ..errors import InputError, KitError
from .journal import Journal
from .rows import Row, dump_row
from .settings import require_same
from .whole import write_whole


class Results(Journal):
    """A journal of result rows that waits for the disk at its end only: a graphics card makes hundreds in a second.

    Args:
        path (`str` or `Path`):
            The file.
        settings (`dict`):
            What the rows depend on, by name: kept in a hidden file beside, so that rows of others are not mixed in.

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
        """Put rows in the place of earlier ones, by their numbers from 1; after a kill, all or none of them.

        Raises:
            KitError: the disk is full or failed.
        """
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
