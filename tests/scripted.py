"""A search over scripted models, which every test of whole runs begins with, and the command as a process."""

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from p_aligner.store.journal import read


CATEGORIES = ("Math", "Honesty", "Helpfulness")
RECIPE: dict[str, Any] = {
    "out": "journal.jsonl",
    "seeds": {"sources": [{"path": "seeds.jsonl", "id": "id", "category": {"column": "category"}}]},
    "rewriter": {"backend": "scripted"},
    "responder": {"backend": "scripted"},
    "reward": {"reward": "scripted"},
    "search": {"iterations": 5},
}
MAIN = "import sys; from ultraprompt.cli import main; sys.exit(main())"


def write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def write_seeds(folder: Path, count: int) -> None:
    asked = [{"id": f"seed-{n}", "instruction": f"Explain the number {n} to me."} for n in range(count)]
    write_rows(
        folder / "seeds.jsonl", [{**row, "category": CATEGORIES[number % 3]} for number, row in enumerate(asked)]
    )


def write_recipe(folder: Path, recipe: dict[str, Any], **changes: Any) -> None:
    (folder / "recipe.yaml").write_text(yaml.safe_dump({**recipe, **changes}), encoding="utf-8")


def start(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", MAIN, *arguments], cwd=folder, stderr=subprocess.PIPE, text=True)


def count_nodes(path: Path) -> int:
    return path.read_bytes().count(b'"type": "node"') if path.exists() else -1


def wait_for_nodes(path: Path, count: int) -> None:
    deadline = time.monotonic() + 300
    while count_nodes(path) < count:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def steps_of(path: Path) -> list[str]:
    """Return the nodes and rejections of a journal in a fixed order, without what depends on the clock."""
    steps = [record for record in read(path) if record["type"] in ("node", "rejected")]
    clockless = [{key: value for key, value in step.items() if key not in ("seconds", "elapsed")} for step in steps]
    return sorted(json.dumps(step) for step in clockless)


def types_of(path: Path) -> Counter[str]:
    return Counter(record["type"] for record in read(path))
