"""The errors a caller can meet, and reasons why a refinement was not used.

Messages are one line: what was wrong, the value that was given, what to do next. `except KitError` is enough;
`InputError` and `PrincipleError` are `ValueError`s, too, for code that knows nothing of this package.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class KitError(Exception):
    """Everything this project raises on purpose."""


class InputError(KitError, ValueError):
    """An instruction, chat, file row or option cannot be used as given."""


class ContextOverflow(InputError):
    """The instruction does not fit the model's context."""


class ParseError(KitError):
    """A model's answer has no readable output markers."""


class PrincipleError(KitError, ValueError):
    """Unknown principle or category, or a faulty principle pack."""


class BackendError(KitError):
    """A model could not be reached, refuses every request or failed, also when asked again."""


class RefusedError(BackendError):
    """A server refuses every call, so that nothing is gained by asking again."""


def read_text(path: str | os.PathLike[str], what: str, kind: type[KitError] = InputError) -> str:
    """Read a UTF-8 file without its byte order mark; where it cannot be, raise an error of a kind that says so."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise kind(f"{what} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise kind(f"{what} is not UTF-8 text: {error.reason} at byte {error.start}") from error


def first_line(error: BaseException) -> str:
    """Return the first line of what a library's error says, or its name if it says nothing."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


class Reason(str):
    """Why a text was not used: `"name: detail"` where it is printed and written; `names` is for those who count."""

    __slots__ = ("names",)

    names: tuple[str, ...]

    def __new__(cls, text: str, *names: str) -> "Reason":
        reason = super().__new__(cls, text)
        reason.names = names
        return reason

    @classmethod
    def named(cls, name: str, detail: str = "") -> "Reason":
        return cls(f"{name}: {detail}" if detail else name, name)

    @classmethod
    def of(cls, reasons: Sequence["Reason"]) -> "Reason":
        """Put several reasons into one line."""
        return cls("; ".join(reasons), *(name for reason in reasons for name in reason.names))

    def __reduce__(self) -> tuple[Any, ...]:
        return Reason, (str(self), *self.names)
