"""The whole way: model, data set and Space onto a Hub on this machine, and back by name into a fresh environment.

python -m pytest tests/test_release_chain.py -q -s
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import REPOSITORY
from hub import Hub
from test_clean_environment import ASKS, CONFIGS
from test_clean_environment import run as run_watched
from tiny import REFINED


pytestmark = pytest.mark.slow
# As the cards have it, in an environment that never heard of this project.
USE = """
import importlib.util, json, sys
assert not any(map(importlib.util.find_spec, ("p_aligner", "ultraprompt", "trl", "peft")))
from datasets import load_dataset
from transformers import pipeline

asks, configs, revision = json.loads(sys.argv[1])
refine = pipeline("instruction-refinement", model="org/p-aligner", trust_remote_code=True)
pinned = pipeline("instruction-refinement", model="org/p-aligner", revision=revision, trust_remote_code=True)
rows = load_dataset("org/ultraprompt", "preference", split="train")
stream = load_dataset("org/ultraprompt", "preference", split="train", streaming=True)
print(json.dumps({
    "records": refine(asks, batch_size=2),
    "pinned": pinned(asks, batch_size=2),
    "of the data": next(refine(row["src_instruction"] for row in stream)) == refine(rows[0]["src_instruction"]),
    "rows": {config: load_dataset("org/ultraprompt", config, split="train").num_rows for config in configs},
}))
"""


def run(*command: str | Path, cwd: Path, hub: Hub | None = None, home: Path | None = None) -> str:
    return run_watched(*command, cwd=cwd, **(hub.environment(home or cwd / "home") if hub else {}))


def test_from_three_folders_to_a_fresh_environment(refine: Any, tiny: str, tmp_path: Path) -> None:
    source = shutil.copytree(tiny, tmp_path / "source")
    (source / "README.md").write_text("---\nlicense: apache-2.0\ntags: [p-aligner]\n---\n\n# Tiny\n")
    with Hub() as hub:
        command = (sys.executable, "-c", "import sys; from p_aligner.cli import main; sys.exit(main())", "release")
        space = REPOSITORY / "spaces/before_after"
        tie = ("--execute", "--collection", "Pre-alignment")
        sample = REPOSITORY / "dataset_builder/ultraprompt/sample"
        run(*command, "dataset", sample, "--repo", "org/ultraprompt", *tie, cwd=tmp_path, hub=hub)
        model = ("model", source, "--repo", "org/p-aligner", "--dataset", "org/ultraprompt")
        run(*command, *model, *tie, cwd=tmp_path, hub=hub)
        sha = hub.repos["model", "org/p-aligner"].commits[-1].oid
        links = ("--model", f"org/p-aligner@{sha}", "--dataset", "org/ultraprompt")
        run(*command, "space", space, "--repo", "org/before-after", *links, *tie, cwd=tmp_path, hub=hub)
        assert {name for _, name in hub.repos} == {"org/ultraprompt", "org/p-aligner", "org/before-after"}
        assert [len(repo.commits) for repo in hub.repos.values()] == [2, 2, 2]
        (collection,) = hub.collections.values()
        assert [item["type"] for item in collection["items"]] == ["dataset", "model", "space"]

        run(sys.executable, "-m", "venv", "environment", cwd=tmp_path)
        python = tmp_path / "environment/bin/python"
        run(python, "-m", "pip", "install", "--quiet", "torch>=2.6,<2.14", "transformers", "datasets", cwd=tmp_path)
        given = json.dumps([ASKS, CONFIGS, sha])
        output = run(python, "-I", "-c", USE, given, cwd=tmp_path, hub=hub, home=tmp_path / "new")
        found = json.loads(output.splitlines()[-1])
        assert found["records"] == found["pinned"] == refine(ASKS, batch_size=2)
        assert [record["refined_instruction"] for record in found["records"]] == [REFINED[ask] for ask in ASKS]
        assert found["of the data"]
        built = json.loads((sample / "build.json").read_text())
        assert found["rows"] == {name: built["configs"][name]["rows"]["train"] for name in CONFIGS}
        assert hub.unknown == []
        sys.stderr.write(f"{json.dumps(found, indent=1)}\n")
