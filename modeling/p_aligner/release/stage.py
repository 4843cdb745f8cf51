"""A staged release: the files that would go up, why each of them does, and what stays behind."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]
from huggingface_hub.utils.sha import sha_fileobj

from ..errors import InputError


Kind = Literal["model", "dataset", "space"]


@dataclass
class Stage:
    """A folder that is a repository of the Hub as it stands."""

    kind: Kind
    repo: str  # ORG/NAME
    folder: Path
    why: dict[str, str] = field(default_factory=dict)  # why each file goes up
    left_out: dict[str, str] = field(default_factory=dict)  # what stays behind, and why
    facts: dict[str, Any] = field(default_factory=dict)  # what the checks of this kind compare with

    def copy(self, source: Path, name: str, why: str) -> None:
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        self.why[name] = why

    def write(self, name: str, text: str, why: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")
        self.why[name] = why

    def names(self) -> list[str]:
        return files_of(self.folder)

    def size(self, name: str) -> int:
        return (self.folder / name).stat().st_size


@contextlib.contextmanager
def staging(kind: Kind, repo: str, out: Path) -> Iterator[Stage]:
    """Yield a stage in a folder of its own, which takes the place of `out` when nothing went wrong.

    Raises:
        InputError: the name of the repository cannot be one.
    """
    check_repo(repo)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch:
        stage = Stage(kind, repo, Path(scratch) / "stage")
        stage.folder.mkdir()
        yield stage
        if out.exists():
            out.rename(Path(scratch) / "earlier")
        stage.folder = stage.folder.rename(out)


def check_repo(repo: str) -> None:
    """Refuse what cannot be the name of a repository, ORG/NAME."""
    if not is_repo_name(repo) or repo.count("/") != 1:
        raise InputError(
            f"{repo!r} cannot be the name of a repository: that is ORG/NAME, of letters, digits, '-', '_' and '.', "
            "in at most 96 characters"
        )


def is_repo_name(name: str) -> bool:
    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    return True


def files_of(folder: Path) -> list[str]:
    """Return the relative paths of the files below a folder, without caches of Python."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in paths if "__pycache__" not in path.parts)


def sha256(path: Path) -> str:
    """Return the SHA-256 of what a file holds."""
    with path.open("rb") as file:
        return sha_fileobj(file).hex()
