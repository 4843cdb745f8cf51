"""Stage a data set that `ultraprompt build` made: the files of its manifest, and its card under its new name."""

import json
from pathlib import Path

from huggingface_hub import DatasetCard

from ..errors import InputError, KitError
from ..training.checks import Check
from .checks import front_matter
from .isolated import run_isolated
from .measured import read_data
from .stage import Stage, files_of, sha256, staging


MANIFEST = "build.json"
_PLACE = '"FOLDER"'  # where the built card's example names the folder

_LOADER = """
import json, sys
from datasets import get_dataset_config_names, load_dataset
name, revision = sys.argv[1], sys.argv[2] or None
configs = get_dataset_config_names(name, revision=revision)
print(json.dumps({config: {split: len(rows) for split, rows in load_dataset(name, config, revision=revision).items()}
                  for config in configs}))
"""


def stage_dataset(source: str | Path, repo: str, out: str | Path, *, license: str | None = None) -> Stage:
    """Stage what `ultraprompt build` wrote in `out`, which is replaced; other files of the folder stay behind.

    Args:
        repo: `ORG/NAME` of the repository to be.
        license: identifier of the Hub, by default that of the seeds' sources.

    Raises:
        InputError: no build made the folder, or somebody changed its files since.
    """
    source = Path(source)
    if not (source / MANIFEST).exists():
        raise InputError(f"{source} holds no {MANIFEST}: release what `ultraprompt build` wrote")
    summary = read_data(source)
    with staging("dataset", repo, Path(out)) as stage:
        for name, content in summary["files"].items():
            if not (source / name).exists() or sha256(source / name) != content:
                raise InputError(f"{source / name} is not what the build wrote: build the folder again")
            why = "rows" if name.endswith(".parquet") else "the card" if name == "README.md" else "picture of the card"
            stage.copy(source / name, name, why)
        stage.copy(source / MANIFEST, MANIFEST, "what was counted, and the settings of the search")
        stage.left_out = {name: "no build made it" for name in files_of(source) if name not in stage.why}
        text = (stage.folder / "README.md").read_text(encoding="utf-8").replace(_PLACE, json.dumps(repo))
        if license and license != front_matter(text).get("license"):
            card = DatasetCard(text, ignore_metadata_errors=False)
            card.data["license"] = license
            text = str(card)
        stage.write("README.md", text, "the card")
        stage.facts = {"rows": {config: figures["rows"] for config, figures in summary["configs"].items()}}
    return stage


def count_rows(
    name: str, revision: str | None = None, environment: dict[str, str] | None = None
) -> dict[str, dict[str, int]]:
    """Load a data set by folder or Hub name without our packages; return its rows by config and split."""
    lines = run_isolated(_LOADER, name, revision or "", environment=environment).splitlines()
    found: dict[str, dict[str, int]] = json.loads(lines[-1])
    return found


def reload(stage: Stage, name: str, revision: str | None = None, environment: dict[str, str] | None = None) -> Check:
    """Count the rows of a data set as anybody would, and compare them with what the build counted."""
    try:
        found = count_rows(name, revision, environment)
    except KitError as error:
        return Check("loads without our packages", False, str(error))
    rows = sum(sum(splits.values()) for splits in found.values())
    expected = stage.facts["rows"]
    if found != expected:
        return Check("loads without our packages", False, f"other rows than the build counted: {found}, {expected}")
    return Check("loads without our packages", True, f"{rows:,} rows in {len(found)} configs, as the build counted")
