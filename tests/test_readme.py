"""The READMEs say what can be done, AGENTS.md where it is, and both are true."""

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


ROOMS = ("modeling", "dataset_builder", "recipes", "spaces")
FILES = ("README.md", "AGENTS.md", *(f"{room}/README.md" for room in ROOMS))
TEXTS = {name: (REPOSITORY / name).read_text(encoding="utf-8") for name in FILES}
ONE_LINE = {name: re.sub(r" \\\n +", " ", text) for name, text in TEXTS.items()}  # commands that go on below
PARSERS = {"p-aligner": cli._parser, "ultraprompt": ultraprompt_cli._parser}
SNIPPETS = [
    # SmolLM2 itself is for slow tests.
    pytest.param(code, marks=pytest.mark.slow) if "pretrained" in code else code
    for text in TEXTS.values()
    for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    if code.startswith("import ")
]
COMMANDS = [
    command
    for text in ONE_LINE.values()
    for command in re.findall(r"^    ((?:p-aligner|ultraprompt) .*?)(?: {2,}#.*)?$", text, re.MULTILINE)
]


@pytest.mark.parametrize("code", SNIPPETS)
def test_the_snippets_run(code: str, tmp_path: Path) -> None:
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip()


def test_the_recipe_of_an_evaluation_is_one(tmp_path: Path) -> None:
    (text,) = (
        code for code in re.findall(r"```yaml\n(.*?)```", TEXTS["modeling/README.md"], re.DOTALL) if "judges:" in code
    )
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(text, encoding="utf-8")
    settings = load(EvaluationSettings, recipe)
    for model in (*settings.responders.values(), *(judge.backend for judge in settings.judges.values())):
        assert "127.0.0.1" in model.base_url or model.api_key_env


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_parse(command: str) -> None:
    name, *arguments = shlex.split(command)
    options, rest = PARSERS[name]().parse_known_args(arguments)
    assert options.run
    assert not rest or options.takes_overrides


def test_there_were_snippets_and_commands() -> None:
    assert SNIPPETS
    all_texts = "\n".join(TEXTS.values())
    assert len(COMMANDS) == len(re.findall(r"^ {4}\W*(?:p-aligner|ultraprompt) ", all_texts, re.MULTILINE)) > 0


def test_the_first_screen_is_short() -> None:
    assert len(TEXTS["README.md"].splitlines()) <= 160


@pytest.mark.parametrize("name", FILES)
def test_links_lead_somewhere(name: str) -> None:
    for link in re.findall(r"\]\((?!https?://)([^)]+)\)", TEXTS[name]):
        path, _, section = link.partition("#")
        target = (REPOSITORY / name).parent / path if path else REPOSITORY / name
        assert target.exists(), link
        headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE) if section else []
        assert not section or section in {
            re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings
        }, link


def test_the_map_names_every_file() -> None:
    patterns = ("modeling/p_aligner/*.py", "modeling/p_aligner/templates/*", "dataset_builder/ultraprompt/*.py")
    for pattern in (*patterns, "spaces/*/*.py"):
        for path in REPOSITORY.glob(pattern):
            if path.stem != "__init__":
                assert path.stem in TEXTS["AGENTS.md"], path
    for path in REPOSITORY.glob("recipes/ultraprompt/*.yaml"):
        assert path.name in TEXTS["dataset_builder/README.md"], path


def test_the_tables_name_every_check_and_principle() -> None:
    text = TEXTS["modeling/README.md"]
    assert set(re.findall(r"^\| `(.*?)`.*? \|", text, re.MULTILINE)) >= {*CHECKS} - {"empty"}
    assert "`unparsable`, `empty`" in text
    for principle in PAPER_PRINCIPLES:
        assert principle.name in " ".join(text.split())


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_left_to_fill_in(name: str) -> None:
    assert not re.search(r"@@|@[A-Z]+@", TEXTS[name])
