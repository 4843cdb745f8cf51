"""What must not go up, and what a repository needs: checks that hold for models, data sets and Spaces alike."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from rich.filesize import decimal

from ..errors import read_text
from ..training.checks import Check
from .stage import Stage, is_repo_name


_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".npy", ".npz", ".msgpack", ".h5")
# How pickles begin (protocols 2 to 5), and what torch's zip archives of them hold.
_PICKLE_HEADS = tuple(b"\x80" + bytes([protocol]) for protocol in (2, 3, 4, 5))
_SECRETS = {
    "a Hugging Face token": rb"\bhf_[A-Za-z0-9]{30,}\b",
    "an API key": rb"\bsk-[A-Za-z0-9_-]{20,}|\bAIza[A-Za-z0-9_-]{35}\b|\bAKIA[A-Z0-9]{16}\b|\bgsk_[A-Za-z0-9]{40,}",
    "a GitHub token": rb"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{40,}",
    "a Slack token": rb"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    "a private key": rb"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a password in a URL": rb"\b[a-z][a-z0-9+.-]+://[^\s/:@\"'{}<>]+:[^\s/:@\"'{}<>]+@[\w.-]+",
    "an authorization header": rb"\bBearer [A-Za-z0-9._-]{25,}",
}
_HOMES = re.compile(rb"(?:/(?:home|Users|root)/|[A-Za-z]:\\+Users\\+)[\w.-]+")
_EMAIL = re.compile(rb"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-zA-Z]{2,}\b")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)[^)]*\)")


def check_files(stage: Stage) -> Iterator[Check]:
    """Look through all staged files. A check that fails names the file, the line where it can, and what to do."""
    names = stage.names()
    yield Check("sizes", True, f"{len(names)} files, {decimal(sum(map(stage.size, names)))}")
    pickles = [name for name in names if _is_pickle(stage.folder / name)]
    yield _check("no pickle", pickles, "nothing that runs code when it is read", "a pickle runs code: {}")
    found: dict[str, list[str]] = {"secret": [], "home": [], "email": []}
    for name in names:
        for place, block in _blocks(stage.folder / name):
            for what, pattern in _SECRETS.items():
                if re.search(pattern, block):
                    found["secret"].append(f"{what} in {name}{place}")
            found["email"] += [f"{mail.decode()} ({name})" for mail in _EMAIL.findall(block)]
            if not name.endswith(".parquet"):  # in rows a path is part of the text of a question
                found["home"] += [f"{path.decode()} in {name}{place}" for path in _HOMES.findall(block)]
    yield _check("no secret", found["secret"], "no token, key or password", "{}: take it out, and revoke it")
    yield _check("no home path", found["home"], "no folder of somebody's machine", "{}: take it out")
    mails = found["email"]
    text = f"{len(mails)}: {_few(mails)}; make sure that their owners agree" if mails else "none"
    yield Check("e-mail addresses", True, text)


def check_card(stage: Stage) -> Iterator[Check]:
    """Make sure that the card's metadata says what the Hub needs, and that what the card shows is there."""
    text = read_card(stage.folder)
    mistakes = list(_metadata_mistakes(text, stage.kind))
    yield _check("card", mistakes, "its metadata can be read, a licence is named", "{}")
    gone = [link for link in _LINK.findall(text) if "://" not in link and not (stage.folder / link).exists()]
    yield _check("links of the card", gone, "what it shows is there", "not in the folder: {}")


def read_card(folder: Path) -> str:
    """Return the text of a folder's card, without the mark of a byte order; empty where there is none."""
    path = folder / "README.md"
    return read_text(path, str(path)) if path.exists() else ""


def front_matter(text: str) -> dict[str, Any]:
    """Return a card's metadata; none when there is none that can be read."""
    head = re.match(r"\s*---\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", text, re.DOTALL)
    try:
        metadata = yaml.safe_load(head[1]) if head else None
    except yaml.YAMLError:
        return {}
    return metadata if isinstance(metadata, dict) else {}


def _metadata_mistakes(text: str, kind: str) -> Iterator[str]:
    from huggingface_hub import DatasetCard, ModelCard, SpaceCard

    card = {"model": ModelCard, "dataset": DatasetCard, "space": SpaceCard}[kind]
    metadata = front_matter(text)
    if not metadata:
        yield "README.md has no metadata that can be read: it begins with YAML between two lines of ---"
        return
    try:
        card(text)
    except (ValueError, TypeError, KeyError) as error:
        yield f"huggingface_hub cannot read its metadata: {error}"
    if kind != "space" and not metadata.get("license"):
        yield "no licence is known: add --license ID, for example apache-2.0"
    if re.search(r"version of \[?None\b|huggingface\.co/None\b", text):  # as TRL writes for a base in a folder
        yield "it says that the model is a version of None: name the base by --base-model"
    for key in ("base_model", "datasets", "models"):
        named = metadata.get(key) or []
        for name in [named] if isinstance(named, str) else named:
            if not is_repo_name(name):
                yield f"{key}: {name!r} cannot be the name of a repository"
    if kind == "space":
        for key in ("title", "sdk", "sdk_version", "app_file"):
            if not metadata.get(key):
                yield f"the metadata of a Space needs `{key}`"


def _check(name: str, wrong: list[str], good: str, bad: str) -> Check:
    return Check(name, not wrong, bad.format(_few(wrong)) if wrong else good)


def _few(items: list[str]) -> str:
    items = list(dict.fromkeys(items))
    return ", ".join(items[:5]) + (f" and {len(items) - 5} more" if len(items) > 5 else "")


def _is_pickle(path: Path) -> bool:
    with path.open("rb") as file:
        # What safetensors begins with is a number, which may look like a pickle's head.
        return path.suffix in _PICKLES or (path.suffix != ".safetensors" and file.read(2) in _PICKLE_HEADS)


def _blocks(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the text of a file in parts, each with its place. Weights and pictures have none."""
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        for batch in pq.ParquetFile(path).iter_batches(1_000):
            for row in batch.to_pylist():
                yield f" row {row.get('id', '')}", str(row).encode(errors="replace")
    elif path.suffix not in (".safetensors", ".png", ".jpg"):
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield from ((f" line {number}", line) for number, line in enumerate(file, start=1))
