"""Stage a Space: its own files, and beside them what of ours it imports: the kit, the search."""

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from huggingface_hub import SpaceCard

from ..errors import InputError, KitError
from ..models.folders import OURS
from ..models.smollm2 import HUB_NAME
from ..store.rows import read_object
from ..training.checks import Check
from .checks import front_matter, read_card
from .isolated import run_isolated
from .stage import Stage, check_repo, files_of, staging


SETTINGS = "settings.json"
# The settings of a Space that name a model, and our model that is their default.
_ROLES = {"model": "p-aligner", "singlepo": "singlepo", "responder": "smollm2", "reward": "reward"}
_KIT = Path(__file__).parent.parent
# Programs of their own, which no Space imports, and nothing of the rest of the kit (a test says so).
NOT_OF_SPACES = ("before_after", "cli.py", "release", "serving", "training")
# Of the data set builder: how one tree grows. It imports nothing but the kit and itself.
SEARCH = ("__init__.py", *(f"search/{name}.py" for name in ("__init__", "journal", "strategies", "tree")))
_IMPORT = re.compile(r"^\s*(import|from) (p_aligner|ultraprompt)\b", re.MULTILINE)
_SEARCH_IMPORT = re.compile(r"^\s*from ultraprompt\.search\b", re.MULTILINE)
_TALLY = "from p_aligner.judging.tally import"
_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?P<extras>\[[^\]]*\])?\s*[><=~!]")

_LOADER = """
import sys
sys.path.insert(0, os.getcwd())
import app
"""


def default_space() -> Path:
    """Return the folder of the Space that this package brings along."""
    places = _places_of("p_aligner.before_after")
    if not places:
        raise InputError("this installation has no Space: name its folder, for example spaces/before_after")
    return Path(places[0])


def _places_of(package: str) -> list[str]:
    found = importlib.util.find_spec(package)
    return list(found.submodule_search_locations or []) if found else []


def stage_space(
    source: str | Path,
    repo: str,
    out: str | Path,
    *,
    model: str | None = None,
    dataset: str | None = None,
) -> Stage:
    """Stage a Space so that it runs where this package is not installed.

    Where a module of it imports `p_aligner`, the kit is copied beside it, and where one imports `ultraprompt.search`,
    what grows a tree; the tally of verdicts, which imports nothing of ours, is copied alone. Our adapters go along,
    but for those whose place settings give to another model; the base comes from the Hub.

    Args:
        source: folder with `app.py`, `README.md`, `requirements.txt` and whatever else the Space needs.
        repo, out: `ORG/NAME`, and where to stage (what is there is replaced).
        model: Hub name of the refiner that it loads, `ORG/NAME` or `ORG/NAME@COMMIT`; by default our own.
        dataset: Hub name of a data set to link to.

    Raises:
        InputError: a file that every Space needs is missing, or a name is wrong.
    """
    source = Path(source)
    for name in ("app.py", "README.md", "requirements.txt"):
        if not (source / name).exists():
            raise InputError(f"{source} holds no {name}, so it is no Space")
    with staging("space", repo, Path(out)) as stage:
        for name in files_of(source):
            if name == "__init__.py" or any(part.startswith(".") for part in Path(name).parts):
                stage.left_out[name] = "not of the running Space"
            else:
                stage.copy(source / name, name, "the Space")
        _put_tally_beside(stage)
        settings = _settings(stage, model)
        models = {role: str(settings.get(role, ours)) for role, ours in _ROLES.items()}
        linked = [name for model in models.values() if _is_hub_name(name := model.partition("@")[0])]
        if _copy_kit(stage, models=set(models.values())) and not {*OURS}.isdisjoint(models.values()):
            linked.append(HUB_NAME)
        _write_head(stage, models=linked, dataset=dataset)
        requirements = (stage.folder / "requirements.txt").read_text(encoding="utf-8")
        pinned = "".join(f"{_pinned(line)}\n" for line in requirements.splitlines())
        stage.write("requirements.txt", pinned, "the tested versions")
    return stage


def check_space(stage: Stage) -> Check:
    """Import the staged app where only the copied modules are to be found."""
    try:
        run_isolated(_LOADER, folder=stage.folder.absolute())
    except KitError as error:
        hint = ": pip install 'p-aligner[space]'" if "'gradio'" in str(error) else ""
        return Check("runs without our packages", False, f"{error}{hint}")
    return Check("runs without our packages", True, "app.py can be imported")


def run_space(folder: Path) -> int:
    """Run a Space until it ends or is interrupted, with the kit as it is installed; return its exit status."""
    app = folder / "app.py"
    if not app.is_file():
        raise InputError(f"{folder} holds no app.py, so it is no Space")
    if front_matter(read_card(folder)).get("sdk") == "gradio" and importlib.util.find_spec("gradio") is None:
        raise InputError("the demo needs gradio: pip install 'p-aligner[space]'")
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"}
    if not sys.stderr.isatty():
        environment |= {"TQDM_DISABLE": "1"}  # bars are for terminals
    process = subprocess.Popen([sys.executable, str(app)], env=environment)
    # A signal that ends this process is meant for the app, too.
    earlier = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        return process.wait()
    finally:
        signal.signal(signal.SIGTERM, earlier)
        process.terminate()
        process.wait()


def _settings(stage: Stage, model: str | None) -> dict[str, Any]:
    """Write the choice of a model where the app looks for it; return all that it will find there."""
    path = stage.folder / SETTINGS
    settings = read_object(path) if path.exists() else {}
    if model:
        check_repo(model.partition("@")[0])
        settings = {**settings, "model": model}
        stage.write(SETTINGS, json.dumps(settings, indent=2) + "\n", "which models it loads")
    return settings


def _is_hub_name(name: str) -> bool:
    return bool(re.fullmatch(r"[\w.-]+/[\w.-]+", name)) and not name.startswith(".")


def _put_tally_beside(stage: Stage) -> None:
    """Copy the tally for a Space that imports it: the loader of `evaluate` takes along a file, and no package."""
    for path in [path for path in stage.folder.glob("*.py") if _TALLY in path.read_text(encoding="utf-8")]:
        # The app runs as a script; the other is a module of a package that the loader makes.
        beside = "from tally import" if path.name == "app.py" else "from .tally import"
        stage.write(path.name, path.read_text(encoding="utf-8").replace(_TALLY, beside), "the Space")
        stage.copy(_KIT / "judging/tally.py", "tally.py", "module of the kit")


def _copy_kit(stage: Stage, *, models: set[str]) -> bool:
    """Copy what of ours the Space's modules import, and of our models those that it uses; say whether it does."""
    own = [path.read_text(encoding="utf-8") for path in stage.folder.rglob("*.py")]
    if not any(map(_IMPORT.search, own)):
        return False
    for name in files_of(_KIT):
        first, *parts = Path(name).parts
        adapter = parts[0] if first == "models" and len(parts) > 1 else ""
        if first not in NOT_OF_SPACES and (not adapter or adapter in models):
            stage.copy(_KIT / name, f"p_aligner/{name}", "adapter on SmolLM2" if adapter else "the kit")
    if any(map(_SEARCH_IMPORT.search, own)):
        (place,) = _places_of("ultraprompt")  # found, not imported: the kit does not know it
        for name in SEARCH:
            stage.copy(Path(place) / name, f"ultraprompt/{name}", "the search")
    return True


def _write_head(stage: Stage, *, models: list[str], dataset: str | None) -> None:
    """Write the models, the data set and the tested version of gradio into the card's metadata."""
    text = read_card(stage.folder)
    if not front_matter(text):
        raise InputError("README.md of the Space has no metadata: it begins with YAML between two lines of ---")
    card = SpaceCard(text)
    metadata: Any = card.data
    if models:
        metadata.models = models
    if dataset:
        check_repo(dataset)
        metadata.datasets = [dataset]
    if metadata.sdk == "gradio" and importlib.util.find_spec("gradio") is not None:
        metadata.sdk_version = version("gradio")
    stage.facts = {"sdk": metadata.sdk}
    stage.write("README.md", str(card), "the card")


def _pinned(line: str) -> str:
    """Pin a requirement to the version that is installed here: that is the tested one."""
    found = _REQUIREMENT.match(line)
    if not found:
        return line
    try:
        number = version(found["name"]).partition("+")[0]  # builds of torch have a suffix that no index knows
    except PackageNotFoundError:
        return line
    comment = line.partition("#")[1:]
    return f"{found['name']}{found['extras'] or ''}=={number}" + (f"  {''.join(comment)}" if comment[0] else "")
