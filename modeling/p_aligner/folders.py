"""Models in folders: where an embedded one lies, and whether a folder holds what it held. Loads no model."""

import hashlib
from pathlib import Path

from . import miniature


_EDGE = 1 << 20


def folder_of(name: str) -> str:
    """Return the folder of `miniature/NAME`, an embedded model. Other names, of folders or of the Hub, stay.

    Raises:
        InputError: there is no embedded model of this name.
    """
    return miniature(name.removeprefix("miniature/")) if name.startswith("miniature/") else name


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
