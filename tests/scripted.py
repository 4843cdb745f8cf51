"""A search over scripted models, which every test of whole runs begins with, and commands as processes."""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from p_aligner.prompts import Message
from p_aligner.runtime.protocol import Reply
from p_aligner.runtime.rewards import ScriptedReward, ScriptedRewardSettings
from p_aligner.runtime.scripted import ScriptedBackend
from p_aligner.store.journal import Journal, read
from ultraprompt.search.forest import Forest, SynthesisSettings
from ultraprompt.search.strategies import Models
from ultraprompt.seeds import Seed


CATEGORIES = ("Math", "Honesty", "Helpfulness")
RECIPE: dict[str, Any] = {
    "out": "journal.jsonl",
    "seeds": {"sources": [{"path": "seeds.jsonl", "id": "id", "category": {"column": "category"}}]},
    "rewriter": {"backend": "scripted"},
    "responder": {"backend": "scripted"},
    "reward": {"reward": "scripted"},
    "search": {"iterations": 5},
}


def write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def write_seeds(folder: Path, count: int) -> None:
    asked = [{"id": f"seed-{n}", "instruction": f"Explain the number {n} to me."} for n in range(count)]
    write_rows(
        folder / "seeds.jsonl", [{**row, "category": CATEGORIES[number % 3]} for number, row in enumerate(asked)]
    )


def write_recipe(folder: Path, recipe: dict[str, Any], name: str = "recipe.yaml", **changes: Any) -> None:
    (folder / name).write_text(yaml.safe_dump({**recipe, **changes}), encoding="utf-8")


def command_of(package: str, *arguments: str) -> list[str]:
    """Return the words that run a package's command as a process."""
    return [sys.executable, "-c", f"import sys; from {package}.cli import main; sys.exit(main())", *arguments]


def start(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(command_of("ultraprompt", *arguments), cwd=folder, stderr=subprocess.PIPE, text=True)


def wait_until(
    condition: Callable[[], Any], process: "subprocess.Popen[Any] | None" = None, seconds: float = 300
) -> None:
    """Wait for a condition; a process that has to bring it about must not end before."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert process is None or process.poll() is None, "the process has ended"
        assert time.monotonic() < deadline
        time.sleep(0.01)


def count_nodes(path: Path) -> int:
    return path.read_bytes().count(b'"type": "node"') if path.exists() else -1


def wait_for_nodes(path: Path, count: int) -> None:
    wait_until(lambda: count_nodes(path) >= count)


def steps_of(path: Path) -> list[str]:
    """Return the nodes and rejections of a journal in a fixed order, without what depends on the clock."""
    steps = [record for record in read(path) if record["type"] in ("node", "rejected")]
    clockless = [{key: value for key, value in step.items() if key not in ("seconds", "elapsed")} for step in steps]
    return sorted(json.dumps(step) for step in clockless)


def types_of(path: Path) -> Counter[str]:
    return Counter(record["type"] for record in read(path))


def some_seeds(count: int) -> list[Seed]:
    return [
        Seed(f"seed-{n}", n, f"Explain the number {n} to me.", CATEGORIES[n % 3], "written for this")
        for n in range(count)
    ]


def the_settings(path: Path, **settings: Any) -> SynthesisSettings:
    search = {"iterations": settings.pop("iterations", 5), **settings.pop("search", {})}
    return SynthesisSettings.model_validate({**RECIPE, "out": str(path), "search": search, **settings})


def the_models(responder: Any = None, rewriter: Any = None, score: Any = None) -> Models:
    settings = ScriptedRewardSettings(reward="scripted")
    reward = ScriptedReward(settings, score) if score else ScriptedReward(settings)
    return Models(rewriter or ScriptedBackend(), responder or ScriptedBackend(), reward)


def run(path: Path, seeds: list[Seed], models: Models | None = None, **settings: Any) -> Forest:
    with Journal(path) as journal:
        forest = Forest(seeds, models or the_models(), the_settings(path, **settings), journal)
        asyncio.run(forest.grow())
    return forest


class Watched(ScriptedBackend):
    """Calls a function with each instruction before it answers: that may raise, or return what to await."""

    def __init__(self, before: Callable[[str], Any]) -> None:
        super().__init__()
        self._before = before

    async def chat(self, messages: list[Message], **options: Any) -> list[Reply]:
        if (waits := self._before(messages[0]["content"])) is not None:
            await waits
        return await super().chat(messages, **options)
