"""A fresh virtual environment, as a user makes it. Needs the package index, hence slow."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import REPOSITORY


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


def run(*command: str | Path, cwd: Path) -> str:
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd=cwd, timeout=1200)
    assert result.returncode == 0, f"{command}\n{result.stdout[-2000:]}\n{result.stderr[-4000:]}"
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    # From the committed tree: what git does not know does not reach a user either.
    run("git", "clone", "--quiet", REPOSITORY, source, cwd=folder)
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, source, cwd=folder)
    (path,) = folder.glob("p_aligner-*.whl")
    return path


def test_an_exported_folder_needs_only_transformers_and_the_wheel_works_anywhere(
    refine: Any, wheel: Path, tmp_path: Path
) -> None:
    expected = refine(ASKS, batch_size=2)
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
    embedded = LOAD.format(imports="import p_aligner", model="p_aligner.miniature('p-aligner')", options="", asks=ASKS)
    assert json.loads(run(python, "-c", embedded, cwd=tmp_path)) == expected
    command = tmp_path / "environment/bin/p-aligner"
    lines = run(command, "refine", "--json", *ASKS, cwd=tmp_path).splitlines()
    assert [json.loads(line) for line in lines] == expected
    assert run(command, "--version", cwd=tmp_path).startswith("p-aligner ")
    _read_the_sample(python, tmp_path)


def _read_the_sample(python: Path, folder: Path) -> None:
    counts = json.loads(run(python, "-c", ROWS.format(configs=CONFIGS), cwd=folder))
    built = json.loads((REPOSITORY / "dataset_builder/ultraprompt/sample/build.json").read_text())
    assert counts == [built["configs"][name]["rows"]["train"] for name in CONFIGS]


def test_the_lower_bounds_work(refine: Any, wheel: Path, tmp_path: Path) -> None:
    """Everything at its lower bound but torch, whose oldest builds are not to be had for every machine."""
    from test_packaging import setup_cfg

    lines = setup_cfg()["options"]["install_requires"].split()
    bounds = [line.replace(">=", "==") for line in lines if not line.startswith("torch")]
    run(sys.executable, "-m", "venv", "environment", cwd=tmp_path)
    python = tmp_path / "environment/bin/python"
    run(python, "-m", "pip", "install", "--quiet", "torch>=2.6,<2.14", *bounds, wheel, cwd=tmp_path)
    embedded = LOAD.format(imports="import p_aligner", model="p_aligner.miniature('p-aligner')", options="", asks=ASKS)
    assert json.loads(run(python, "-c", embedded, cwd=tmp_path)) == refine(ASKS, batch_size=2)
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
