"""The README is the map, and it is true."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY

from p_aligner import cli
from p_aligner.evaluation.settings import EvaluationSettings
from p_aligner.guard import CHECKS
from p_aligner.principles import PAPER_PRINCIPLES
from p_aligner.store.recipe import load
from ultraprompt import cli as ultraprompt_cli


README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
PARSERS = {"p-aligner": cli._parser, "ultraprompt": ultraprompt_cli._parser}
SNIPPETS = [
    # SmolLM2 itself is for slow tests.
    pytest.param(code, marks=pytest.mark.slow) if "pretrained" in code else code
    for code in re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    if code.startswith("import ")
]
COMMANDS = re.findall(r"^    ((?:p-aligner|ultraprompt) .*?)(?: {2,}#.*)?$", README, re.MULTILINE)


@pytest.mark.parametrize("code", SNIPPETS)
def test_the_snippets_run(code: str, tmp_path: Path) -> None:
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip()


def test_the_recipe_of_an_evaluation_is_one(tmp_path: Path) -> None:
    (text,) = (code for code in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL) if "judges:" in code)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(text, encoding="utf-8")
    settings = load(EvaluationSettings, recipe)
    for model in (*settings.responders.values(), *(judge.backend for judge in settings.judges.values())):
        assert "127.0.0.1" in model.base_url or model.api_key_env


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_parse(command: str) -> None:
    name, *arguments = shlex.split(command)
    assert PARSERS[name]().parse_args(arguments).run


def test_there_were_snippets_and_commands() -> None:
    assert SNIPPETS
    assert len(COMMANDS) == len(re.findall(r"^\W*(?:p-aligner|ultraprompt) ", README, re.MULTILINE)) > 0


def test_the_map_names_every_file() -> None:
    patterns = ("modeling/p_aligner/*.py", "modeling/p_aligner/templates/*")
    for pattern in (*patterns, "dataset_builder/ultraprompt/*.py", "recipes/ultraprompt/*.yaml", "spaces/*/*.py"):
        for path in REPOSITORY.glob(pattern):
            if path.stem != "__init__":
                assert path.stem in README, path


def test_the_tables_name_every_check_and_principle() -> None:
    assert set(re.findall(r"^\| `(.*?)`.*? \|", README, re.MULTILINE)) >= {*CHECKS} - {"empty"}
    assert "`unparsable`, `empty`" in README
    for principle in PAPER_PRINCIPLES:
        assert principle.name in " ".join(README.split())


def test_nothing_is_left_to_fill_in() -> None:
    assert "@@" not in README
