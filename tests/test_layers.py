"""The house: imports point downward, and what is copied into model repositories imports nothing else."""

import ast
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY

from p_aligner.release.space import NOT_OF_SPACES, SEARCH


ROOTS = {"p_aligner": REPOSITORY / "modeling/p_aligner", "ultraprompt": REPOSITORY / "dataset_builder/ultraprompt"}
# The guard is one room in several files, because what is exported lies flat.
GUARD = {
    *("amounts", "answers", "asides", "dangers", "entities", "heads", "negations", "request", "spans", "spelling"),
    *("verbatim", "word_lists", "chat", "courtesies", "dates", "figures"),
    *("abbreviations", "aimed", "contraries", "inventions", "material", "members", "mending", "slots"),
}
EXPORTED = (
    *(*sorted(GUARD), "guard", "errors", "principles", "prompts", "stopping", "tokens", "generation"),
    *("instructions", "pipelines"),
)
# Modules of one layer may import each other as long as there is no cycle.
LAYERS = [
    {f"p_aligner.{name}" for name in (*EXPORTED, "changes", "arguments", "store") if name != "pipelines"},
    {"p_aligner.models", "p_aligner.pipelines", "p_aligner.runtime", "p_aligner.training"},
    {"ultraprompt.seeds", "p_aligner.judging", "p_aligner.serving"},
    {"ultraprompt.search", "ultraprompt.card", "p_aligner.evaluation", "p_aligner.release"},
    {"ultraprompt.rows"},
    {"ultraprompt.builder", "ultraprompt.folder"},
    {"p_aligner.cli", "ultraprompt.cli"},
]
SPACES = REPOSITORY / "spaces"
SPACE = SPACES / "before_after"
EXPORTABLE = sys.stdlib_module_names | {"regex", "yaml", "torch", "transformers"}


def module_name(path: Path, package: str) -> str:
    """Name a file; the files of a sub-package count as one module."""
    parts = path.relative_to(ROOTS[package]).with_suffix("").parts
    return package if parts[0] == "__init__" else f"{package}.{parts[0]}"


def imports_of(path: Path, package: str) -> set[str]:
    """Name everything that a file imports, also inside functions and for type checkers."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            folder = path.parent.relative_to(ROOTS[package].parent).parts if node.level else ()
            base = folder[: len(folder) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return {".".join(name.split(".")[:2]) for name in found}


def graph() -> dict[str, set[str]]:
    edges: dict[str, set[str]] = {}
    for package, root in ROOTS.items():
        for path in root.rglob("*.py"):
            name = module_name(path, package)
            if name != package:
                edges[name] = edges.get(name, set()) | (imports_of(path, package) - {name})
    return {module: targets & edges.keys() for module, targets in edges.items()}


def test_every_module_has_a_layer() -> None:
    assert set(graph()) == set().union(*LAYERS)


def test_imports_point_downward() -> None:
    level = {module: number for number, layer in enumerate(LAYERS) for module in layer}
    edges = graph()
    assert any(edges.values())
    upward = [(user, used) for user, targets in edges.items() for used in targets if level[used] > level[user]]
    assert upward == []


def test_no_cycles() -> None:
    edges = {module: set(targets) for module, targets in graph().items()}
    while edges:
        leaves = {module for module, targets in edges.items() if not targets & edges.keys()}
        assert leaves, f"these modules import each other: {sorted(edges)}"
        edges = {module: targets for module, targets in edges.items() if module not in leaves}


def test_the_kit_never_imports_the_data_set_builder_or_a_space() -> None:
    strange = {name for space in SPACES.iterdir() for name in (space.name, f"p_aligner.{space.name}")}
    for path in ROOTS["p_aligner"].rglob("*.py"):
        found = imports_of(path, "p_aligner")
        assert "ultraprompt" not in {name.split(".")[0] for name in found}, path
        assert not found & strange, path


def test_the_root_of_the_kit_holds_at_most_twenty_rooms() -> None:
    root = ROOTS["p_aligner"]
    rooms = {name.partition(".")[2] for name in graph() if name.startswith("p_aligner.")}  # each has a layer
    assert rooms > GUARD
    assert len(rooms - GUARD) <= 20
    others = {path.name for path in root.iterdir()} - {*rooms, *(f"{room}.py" for room in rooms), "__pycache__"}
    assert others == {"__init__.py", "py.typed", "templates"}


@pytest.mark.parametrize("name", EXPORTED)
def test_exported_modules_import_only_siblings_and_their_requirements(name: str) -> None:
    tree = ast.parse((ROOTS["p_aligner"] / f"{name}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names} <= EXPORTABLE
        elif isinstance(node, ast.ImportFrom) and node.level:
            # `from . import x` and `from ..x import y` do not survive the copy.
            assert node.level == 1
            assert node.module in EXPORTED
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None
            assert node.module.split(".")[0] in EXPORTABLE


def test_the_space_imports_its_own_files_its_requirements_and_what_is_copied_beside_it() -> None:
    left = {f"p_aligner.{name.removesuffix('.py')}" for name in NOT_OF_SPACES}
    own = {path.stem for path in SPACE.glob("*.py")}
    required = {"gradio", "jinja2", "markupsafe", "pydantic", "datasets", "huggingface_hub"}
    for path in SPACE.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level], path
        found = imports_of(path, "before_after") - ({"pyarrow.parquet"} if path.name == "trees.py" else set())
        assert not found & left, path
        assert {name for name in found if name.startswith("ultraprompt")} <= {"ultraprompt.search"}, path
        roots = {name.split(".")[0] for name in found} - {"p_aligner", "ultraprompt"}
        assert roots <= own | required | sys.stdlib_module_names, path
    copied = {module: used for module, used in graph().items() if module.startswith("p_aligner.")}
    assert [(module, used & left) for module, used in copied.items() if used & left and module not in left] == []


def test_the_search_that_is_copied_beside_the_space_imports_the_kit_and_itself() -> None:
    left = {f"p_aligner.{name.removesuffix('.py')}" for name in NOT_OF_SPACES}
    copied = {Path(name).stem for name in SEARCH}
    for path in (ROOTS["ultraprompt"] / name for name in SEARCH):
        assert not imports_of(path, "ultraprompt") & left, path
        nodes = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
        beside = {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom) and node.level}
        # The data set of this name asks for the builder, and no Space asks for that.
        assert beside <= copied | ({"builder"} if path.parent == ROOTS["ultraprompt"] else set()), path


def test_the_win_rate_and_the_tally_beside_it_import_their_requirements() -> None:
    """What of ours they import is seen when they run alone: `test_win_rate.py`."""
    folder = SPACES / "win_rate"
    required = {line.split(">=")[0] for line in (folder / "requirements.txt").read_text().split()}
    allowed = {path: required | {"gradio", "p_aligner"} for path in folder.glob("*.py")}
    for path, names in {**allowed, ROOTS["p_aligner"] / "judging/tally.py": {"numpy", "scipy"}}.items():
        found = {name.split(".")[0] for name in imports_of(path, "p_aligner")}
        assert found <= names | sys.stdlib_module_names, path


def test_no_file_is_called_utils_or_has_more_than_400_lines() -> None:
    folders = ("modeling", "dataset_builder", "recipes", "spaces", "tests")
    paths = [path for folder in folders for path in (REPOSITORY / folder).rglob("*.py")]
    nameless = ("utils", "util", "helpers", "common", "misc", "core", "base")
    assert [path for path in paths if path.stem in nameless] == []
    assert {path.name for path in paths if len(path.read_bytes().splitlines()) > 400} == set()
