"""What became of an instruction, and files that say it."""

from pathlib import Path
from typing import NamedTuple

from ..errors import InputError
from ..instructions import ALREADY_CLEAR, FOLLOW_UP
from ..store.columns import column_of
from ..store.rows import Row, read_rows
from .settings import FileRefiner


class Refinement(NamedTuple):
    """The text that goes on, and why it is the original or which checks the model's text failed."""

    text: str
    reason: str | None = None

    @property
    def is_rejected(self) -> bool:
        return self.reason not in (None, ALREADY_CLEAR, FOLLOW_UP)


class Lookup:
    """Refinements of a file, by the text of the instruction.

    Raises:
        InputError: the file cannot be read, or its rows are no refinements.
    """

    def __init__(self, settings: FileRefiner) -> None:
        self.rows: dict[str, Row] = {}
        if not Path(settings.path).exists():
            raise InputError(
                f"{settings.path} cannot be read: there is no such file; `ultraprompt best` and `p-aligner refine "
                "--output` write one, the first lines of the recipe may say how"
            )
        for number, row in enumerate(read_rows(settings.path), start=1):
            texts = row.get(column_of(row)), row.get("refined_instruction")
            if not all(isinstance(text, str) for text in texts):
                raise InputError(
                    f"row {number} of {settings.path} needs the columns instruction and refined_instruction, as "
                    "`ultraprompt best` and `p-aligner refine` write them"
                )
            for name in ("calls", "tokens", "seconds", "run_seconds"):
                if not isinstance(row.get(name, 0), int | float):
                    raise InputError(
                        f"row {number} of {settings.path} has {name} {row[name]!r}: give a number, or leave it out"
                    )
            if not isinstance(row.get("reason"), str | None):
                raise InputError(f"row {number} of {settings.path} has the reason {row['reason']!r}, it must be text")
            self.rows[str(texts[0]).strip()] = row
        if not self.rows:
            raise InputError(f"{settings.path} holds no refinements")

    def find(self, instruction: str) -> Refinement | None:
        """Return what the file has for an instruction, or `None`."""
        row = self.rows.get(instruction.strip())
        if row is None:
            return None
        text = str(row["refined_instruction"])
        is_same = text.strip() == instruction.strip()
        return Refinement(instruction if is_same else text, ALREADY_CLEAR if is_same else row.get("reason"))
