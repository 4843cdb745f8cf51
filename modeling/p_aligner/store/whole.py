"""Files that are written whole or not at all: under another name, then renamed."""

import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from ..errors import InputError


def write_whole(path: str | Path, content: str | bytes) -> None:
    """Write a file, whoever reads it meanwhile; its folder is made when it is missing, and a link stays a link.

    Raises:
        InputError: it cannot be written, or a pipe or device stands there.
    """
    target = Path(os.path.realpath(path))
    new = target.with_name(f".{target.name}.{uuid4().hex[:8]}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        require_regular(target)
        # Halves of characters, which a model may write, become escapes.
        new.write_bytes(content if isinstance(content, bytes) else content.encode(errors="backslashreplace"))
        new.replace(target)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            new.unlink()


def require_regular(path: Path) -> None:
    """Refuse what a run could not go on with: a pipe, a device."""
    if path.exists() and not path.is_file() and not path.is_dir():  # a folder has an error of its own
        raise InputError(f"{path} is no file that a run could go on with: choose another place")
