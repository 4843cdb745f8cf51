"""A fresh virtual environment, as a user makes it. Needs the package index, hence slow."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import REPOSITORY
from test_packaging import setup_cfg
from tiny import REFINED


pytestmark = pytest.mark.slow
ASKS = ["how do i bake bread", "Add 2.5 and 31 for {name}, see https://example.org/a.", "list three rivers"]
LOAD = """
import json, sys, warnings
warnings.simplefilter("error", RuntimeWarning)
{imports}
from transformers import pipeline
pipe = pipeline("instruction-refinement", model={model}, {options})
print(json.dumps(pipe({asks!r}, batch_size=2)))
"""
ROWS = """
import tempfile, ultraprompt
from datasets import load_dataset
with tempfile.TemporaryDirectory() as cache:
    print([load_dataset("ultraprompt", name, split="train", cache_dir=cache).num_rows for name in {configs}])
"""
CONFIGS = ("preference", "refinement", "single-step", "trees")


# A run of pytest that is killed takes along what it started, and the folder where that worked: standard input closes.
WATCHED = """
exec 3<&0
{ read _ <&3; trap "" TERM; kill -TERM 0; sleep 1; rm -rf "$0"; kill -KILL 0; } > /dev/null 2>&1 &
"$@" < /dev/null 3<&-
status=$?
kill -KILL $!
exit $status
"""


def run(*command: str | Path, cwd: Path, timeout: float = 1200, **environment: str) -> str:
    arguments = ["sh", "-c", WATCHED, str(cwd), *map(str, command)]
    end, held = os.pipe()
    try:
        result = subprocess.run(
            arguments,
            stdin=end,
            capture_output=True,
            text=True,
            cwd=cwd,
            env={**os.environ, **environment},
            timeout=timeout,
            start_new_session=True,
        )
    finally:
        os.close(held)
        os.close(end)
    assert result.returncode == 0, f"{command}\n{result.stdout[-8000:]}\n{result.stderr[-4000:]}"
    return result.stdout


def lower_bounds(requirements: str) -> list[str]:
    """Return all at its lower bound, but torch as it is here: PyPI's 2.6 for Linux comes with gigabytes of CUDA."""
    lines = [line.partition(">=") for line in requirements.split() if ">=" in line]
    bounds = {name: bound for name, _, bound in lines}  # an extra, which comes later, may ask for more
    bounds["torch"] = torch.__version__.partition("+")[0]
    return [f"{name}=={bound}" for name, bound in bounds.items()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    # From the committed tree: what git does not know does not reach a user either.
    run("git", "clone", "--quiet", REPOSITORY, source, cwd=folder)
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, source, cwd=folder)
    (path,) = folder.glob("p_aligner-*.whl")
    return path


def test_an_exported_folder_needs_only_transformers_and_the_wheel_works_anywhere(refine, tiny, wheel, tmp_path):
    expected = refine(ASKS, batch_size=2)
    assert [record["refined_instruction"] for record in expected] == [REFINED[ask] for ask in ASKS]
    refine.save_pretrained(tmp_path / "released")
    run(sys.executable, "-m", "venv", "environment", cwd=tmp_path)
    python = tmp_path / "environment/bin/python"
    run(python, "-m", "pip", "install", "--quiet", "torch>=2.6,<2.14", "transformers", cwd=tmp_path)
    released = LOAD.format(
        imports="import importlib.util; assert importlib.util.find_spec('p_aligner') is None",
        model="'./released'",
        options="trust_remote_code=True",
        asks=ASKS,
    )
    assert json.loads(run(python, "-c", released, cwd=tmp_path)) == expected

    run(python, "-m", "pip", "install", "--quiet", wheel, cwd=tmp_path)
    installed = LOAD.format(imports="import p_aligner", model=repr(tiny), options="", asks=ASKS)
    assert json.loads(run(python, "-c", installed, cwd=tmp_path)) == expected
    command = tmp_path / "environment/bin/p-aligner"
    lines = run(command, "refine", "--model", tiny, "--json", *ASKS, cwd=tmp_path).splitlines()
    assert [json.loads(line) for line in lines] == expected
    assert run(command, "--version", cwd=tmp_path).startswith("p-aligner ")
    _read_the_sample(python, tmp_path)


def _read_the_sample(python: Path, folder: Path) -> None:
    counts = json.loads(run(python, "-c", ROWS.format(configs=CONFIGS), cwd=folder))
    built = json.loads((REPOSITORY / "dataset_builder/ultraprompt/sample/build.json").read_text())
    assert counts == [built["configs"][name]["rows"]["train"] for name in CONFIGS]


def test_the_lower_bounds_work(refine: Any, tiny: str, wheel: Path, tmp_path: Path) -> None:
    bounds = lower_bounds(setup_cfg()["options"]["install_requires"])
    run(sys.executable, "-m", "venv", "environment", cwd=tmp_path)
    python = tmp_path / "environment/bin/python"
    run(python, "-m", "pip", "install", "--quiet", *bounds, wheel, cwd=tmp_path)
    installed = LOAD.format(imports="import p_aligner", model=repr(tiny), options="", asks=ASKS)
    assert json.loads(run(python, "-c", installed, cwd=tmp_path)) == refine(ASKS, batch_size=2)
    _read_the_sample(python, tmp_path)
    # and the folder that the newest transformers exported
    refine.save_pretrained(tmp_path / "released")
    released = LOAD.format(
        imports="import sys; sys.modules['p_aligner'] = None",
        model="'./released'",
        options="trust_remote_code=True",
        asks=ASKS,
    )
    assert json.loads(run(python, "-c", released, cwd=tmp_path)) == refine(ASKS, batch_size=2)


def test_the_fast_tests_pass_at_the_lower_bounds() -> None:
    """Those of the extras, too. It takes as long as `make test`, and a few minutes to install."""
    config = setup_cfg()
    bounds = lower_bounds(config["options"]["install_requires"] + config["options.extras_require"]["test"])
    with tempfile.TemporaryDirectory(prefix="bounds-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "bounds.txt").write_text("\n".join(bounds), encoding="utf-8")
        run("git", "clone", "--quiet", REPOSITORY, "source", cwd=folder)
        run(sys.executable, "-m", "venv", "environment", cwd=folder)
        python = folder / "environment/bin/python"
        run(python, "-m", "pip", "install", "--quiet", "-c", "bounds.txt", "--editable", "source[test]", cwd=folder)
        tests = ("-m", "pytest", "-n", "2", "-m", "not slow", "--quiet", "--maxfail", "20")
        run("env", "-C", "source", f"TMPDIR={folder}", python, *tests, cwd=folder, timeout=3600)
