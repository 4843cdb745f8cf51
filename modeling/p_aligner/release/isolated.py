"""Runs code in a process that cannot import this project, as on the machines of others."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ..errors import KitError


# Editable installs find packages in their own ways, hence a finder before all others.
_HIDE = """
import sys
from importlib.machinery import PathFinder
class OnlyHere:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("p_aligner", "ultraprompt"):
            if (spec := PathFinder.find_spec(name, path or [here])) is None:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
            return spec
import os
here = os.getcwd()
sys.meta_path.insert(0, OnlyHere())
"""


def run_isolated(
    code: str, *arguments: str, folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> str:
    """Run Python code that finds our packages in the working directory only.

    Args:
        code: the program; `arguments` are its `sys.argv[1:]`, what it writes to standard output is returned.
        folder: the working directory, by default an empty one. The Hub's caches are empty, too.
        environment: variables besides our own; by default the process stays offline.

    Raises:
        KitError: it failed; the message is the last line that it wrote to standard error.
    """
    with tempfile.TemporaryDirectory() as scratch:
        # No .pyc files beside those that may be uploaded.
        own = {"HF_HOME": scratch, "HF_DATASETS_CACHE": scratch, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
        result = subprocess.run(
            [sys.executable, "-c", _HIDE + code, *arguments],
            cwd=folder or scratch,
            env={**os.environ, **own, **(environment or {"HF_HUB_OFFLINE": "1"})},
            capture_output=True,
            text=True,
        )
    if result.returncode:
        lines = result.stderr.strip().splitlines()
        raise KitError(lines[-1] if lines else f"the process ended with status {result.returncode}")
    return result.stdout
