"""The Space on this machine, started from a copy of its folder as on the Hub, with models that are small and quick."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import REPOSITORY


SPACE = REPOSITORY / "spaces/before_after"
Models = dict[str, str]


class Running(NamedTuple):
    url: str
    folder: Path
    pid: int


@pytest.fixture(scope="session")
def models(tiny: str, tiny_reward: str) -> Models:
    """Instead of SmolLM2 and the adapters on it: small, quick, and here without a network."""
    named = dict.fromkeys(("PALIGNER_MODEL", "PALIGNER_SINGLEPO", "PALIGNER_RESPONDER"), tiny)
    return {**named, "PALIGNER_REWARD": tiny_reward}


def start(folder: Path, environment: dict[str, str]) -> "subprocess.Popen[str]":
    """Start the app from a copy of its folder, as on a Space.

    What it says goes to `said.txt` beside the copy.
    """
    space = folder / "space"
    if not space.exists():
        shutil.copytree(SPACE, space, ignore=shutil.ignore_patterns("__init__.py", "__pycache__"))
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PALIGNER_", "GRADIO_"))}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    with (folder / "said.txt").open("w") as said:
        return subprocess.Popen(
            [sys.executable, "-u", "app.py"],
            cwd=space,
            env={**clean, "GRADIO_SERVER_PORT": port, "OMP_NUM_THREADS": "1", **environment},
            stdout=said,
            stderr=subprocess.STDOUT,
            text=True,
        )


def serving(folder: Path, models: Models, **environment: str) -> Iterator[Running]:
    process = start(folder, {**models, **environment})
    try:
        yield Running(_wait_for_url(process, folder / "said.txt"), folder / "space", process.pid)
        assert process.poll() is None, (folder / "said.txt").read_text()[-3000:]
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for_url(process: "subprocess.Popen[str]", said: Path) -> str:
    while process.poll() is None:
        # Before the next line gradio asks itself once, and gives up if it has to wait.
        if found := re.search(r"(http://127.0.0.1:\d+)\n.+\n", said.read_text()):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(said.read_text()[-3000:])


@pytest.fixture(scope="module")
def space(models: Models, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    pytest.importorskip("gradio", minversion="6.31", reason="the Space needs gradio: pip install '.[space]'")
    own = {"PALIGNER_FEEDBACK": "./feedback", "PALIGNER_TIMEOUT_S": "300"}
    yield from serving(tmp_path_factory.mktemp("space"), models, **own)
