"""Models in folders: where one of ours lies, and whether a folder holds what it held."""

import difflib
import hashlib
from pathlib import Path

from .. import pretrained
from ..errors import InputError


ADAPTERS = Path(__file__).parent
OURS = ("p-aligner", "singlepo", "smollm2", "reward")
_EDGE = 1 << 20


def folder_of(name: str) -> str:
    """Return the folder of a model of ours (one of `OURS`), made where it is missing; other names and folders stay.

    Raises:
        InputError: it is the misspelt name of one of ours: the Hub would be asked for it at length.
    """
    if Path(name).is_dir():
        return name
    if name in OURS:
        return pretrained(name)
    near = difflib.get_close_matches(name, OURS, n=1, cutoff=0.8)
    if near:
        raise InputError(f"there is no model {name!r}: did you mean {near[0]!r}? Others are a folder or org/name")
    return name


def has_adapter(name: str) -> bool:
    """Say whether this version of the kit holds the adapter of a model of ours."""
    return (ADAPTERS / name / "adapter_config.json").is_file()


def content_of(folder: Path) -> str:
    """Tell one state of a model's folder from another: sizes, and both ends of each file (weights may be huge)."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in (".safetensors", ".json", ".jinja", ".bin", ".model"):
            size = path.stat().st_size
            digest.update(f"{path.name} {size}".encode())
            with path.open("rb") as file:
                digest.update(file.read(_EDGE))
                file.seek(max(size - _EDGE, 0))
                digest.update(file.read(_EDGE))
    return digest.hexdigest()[:12]
