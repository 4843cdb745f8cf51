"""Models in folders: where one of ours lies, and whether a folder holds what it held."""

import hashlib
from pathlib import Path

from .. import pretrained


ADAPTERS = Path(__file__).parent
OURS = ("p-aligner", "singlepo", "smollm2", "reward")
_EDGE = 1 << 20


def folder_of(name: str) -> str:
    """Return the folder of a model of ours (one of `OURS`), made where it is missing; other names and folders stay."""
    return pretrained(name) if name in OURS and not Path(name).is_dir() else name


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
