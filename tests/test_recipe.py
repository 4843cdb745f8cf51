from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import yaml
from conftest import REPOSITORY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator

from p_aligner.errors import InputError, PrincipleError
from p_aligner.evaluation.settings import EvaluationSettings
from p_aligner.principles import load_pack
from p_aligner.store.recipe import load
from ultraprompt.search.forest import SynthesisSettings


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Local(Strict):
    backend: Literal["local"]
    model: str
    device: str | None = None


class Remote(Strict):
    backend: Literal["remote"]
    base_url: str
    temperature: float = Field(default=1.0, ge=0)


class Search(Strict):
    iterations: int = Field(default=20, ge=1)
    exploration: float = 0.1

    @field_validator("exploration")
    @classmethod
    def _is_finite(cls, value: float) -> float:
        if value > 100:
            raise ValueError(f"must be small, it is {value}")
        return value


class Run(Strict):
    out: str
    model: Annotated[Local | Remote, Field(discriminator="backend")]
    search: Search = Search()
    files: list[str] | str = []
    minutes: float | None = None


RECIPE = """
out: runs/one.jsonl
model: {backend: remote, base_url: "http://x"}
minutes: 5
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "run.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    return path


def test_a_recipe_becomes_settings(recipe: Path) -> None:
    run = load(Run, recipe)
    assert run.out == "runs/one.jsonl"
    assert run.model == Remote(backend="remote", base_url="http://x")
    assert run.search.iterations == 20


def test_overrides_are_read_as_in_the_file(recipe: Path) -> None:
    words = ["--search.iterations", "3", "--model.temperature=1e-1", "--minutes", "null", "--files", "[a, b]"]
    run = load(Run, recipe, [*words, "--search.exploration", "-1", "--out", "x: y: z"])
    assert isinstance(run.model, Remote)
    assert (run.search.iterations, run.model.temperature, run.minutes) == (3, 0.1, None)
    assert (run.files, run.search.exploration, run.out) == (["a", "b"], -1, "x: y: z")


def test_an_override_replaces_a_section(recipe: Path) -> None:
    assert load(Run, recipe, ["--model", "{backend: local, model: m}"]).model == Local(backend="local", model="m")


def test_all_mistakes_are_named_at_once(recipe: Path) -> None:
    recipe.write_text(
        "model: {backend: remote, base_ur: x, temperature: -1}\nsearch: {iterations: many, exploration: 200}\n"
        "nonsense: 1\nfiles: 3\n"
    )
    with pytest.raises(InputError) as caught:
        load(Run, recipe, ["stray", "--minutes", "--search.iterations.deep", "3"])
    head, *lines = str(caught.value).split("\n  ")
    assert head == f"the recipe {recipe} has 11 mistakes:"
    assert sorted(lines) == [
        "'stray' does not belong to an option: write --key value",
        "--minutes needs a value",
        "--search.iterations.deep: iterations holds no settings, it is 'many'",
        "files: input should be a valid list, it is 3 or input should be a valid string, it is 3",
        "model.base_ur: unknown key: did you mean 'base_url'?",
        "model.base_url: missing",
        "model.temperature: input should be greater than or equal to 0, it is -1",
        "nonsense: unknown key (known: files, minutes, model, out, search)",
        "out: missing",
        "search.exploration: must be small, it is 200.0",
        "search.iterations: input should be a valid integer, unable to parse string as an integer, it is 'many'",
    ]


def test_a_wrong_kind_in_a_union_is_named(recipe: Path) -> None:
    with pytest.raises(InputError, match=r"has a mistake:\n  model: input tag 'lokal' found using 'backend'"):
        load(Run, recipe, ["--model.backend", "lokal"])


def test_unknown_fields_of_another_member_of_a_union_are_named(recipe: Path) -> None:
    known = "(known: backend, base_url, temperature)"
    with pytest.raises(InputError) as caught:
        load(Run, recipe, ["--model.device", "cpu"])
    assert str(caught.value).endswith(f"has a mistake:\n  model.device: unknown key {known}")


def test_a_tag_of_a_union_is_no_key(recipe: Path) -> None:
    class Drawn(Strict):
        remote: Literal["world"]
        count: int

    class Sources(Strict):
        sources: list[
            Annotated[
                Annotated[Drawn, Tag("remote")] | Annotated[Local, Tag("local")],
                Discriminator(lambda source: "remote" if "remote" in source else "local"),
            ]
        ]

    recipe.write_text("sources: [{remote: world}, {remote: word, count: 1}, {model: m}]")
    with pytest.raises(InputError) as caught:
        load(Sources, recipe)
    mistakes = [line.partition(":")[0].strip() for line in str(caught.value).splitlines()[1:]]
    assert mistakes == ["sources.0.count", "sources.1.remote", "sources.2.backend"]


def test_sections_of_another_recipe_are_taken_over(recipe: Path) -> None:
    recipe.with_name("shared.yaml").write_text("out: shared.jsonl\nsearch: {iterations: 7}\n")
    recipe.write_text(RECIPE + "include: shared.yaml\n")
    run = load(Run, recipe, ["--search.exploration", "2"])
    assert (run.out, run.search.iterations, run.search.exploration) == ("runs/one.jsonl", 7, 2)
    recipe.write_text(RECIPE + "include: none.yaml\n")
    with pytest.raises(InputError, match="none.yaml cannot be read: No such file"):
        load(Run, recipe)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"out: [", "is not YAML: while parsing"),
        (b"out: \xff", "is not YAML: "),
        (b"- a\n", r"must be a mapping of settings, it is \['a'\]"),
        (b"", "must be a mapping of settings, it is None"),
        (b"out: a\nout: b\n", "'out' is there twice"),
    ],
)
def test_what_is_no_recipe_is_named(content: bytes, message: str, recipe: Path) -> None:
    recipe.write_bytes(content)
    with pytest.raises(InputError, match=message):
        load(Run, recipe)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none.yaml cannot be read: No such file"):
        load(Run, tmp_path / "none.yaml")


FUZZ = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
YAML = st.lists(
    st.sampled_from(
        [
            *("out", "model", "include", "search", "minutes", "a", "1", "2024-13-45", "null", "~", "'x'", '"\\0"'),
            *(": ", ", ", "- ", "\n", "\n  ", "[", "]", "{", "}", "? ", "&a ", "*a", "<<: ", "|", ">", "#", "---\n"),
            *("!!bool maybe", "!!int ''", "!!timestamp x", "!!python/object:os.system ", "!!binary x", "\t", "\x00"),
            "[" * 3000,
        ]
    ),
    max_size=12,
).map("".join)
TEXT = st.text(max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.sampled_from(["m", "runs/x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT | st.integers(), inner, max_size=3),
    max_leaves=4,
)


@FUZZ
@given(YAML | st.text(max_size=30), st.lists(st.sampled_from(["--out", "--a.b", "--.", "--=", "--out=[", "x", "{"])))
def test_any_text_is_settings_or_is_refused_by_name(recipe: Path, text: str, words: list[str]) -> None:
    recipe.write_text(text, encoding="utf-8")
    for read in (lambda: load(Run, recipe, words), lambda: load_pack(recipe)):
        try:
            read()
        except (InputError, PrincipleError) as error:
            refusal = str(error)
            assert refusal.startswith(("the recipe ", "principle pack "))


def changed(data: Any, path: list[int], value: Any) -> Any:
    """Put a value somewhere into nested settings, or beside them."""
    if not path or not isinstance(data, dict | list) or not data:
        return value
    keys = list(data) if isinstance(data, dict) else list(range(len(data)))
    chosen = keys[path[0] % len(keys)]
    copy = data.copy()
    copy[chosen] = changed(data[chosen], path[1:], value)
    return copy


@pytest.mark.parametrize(
    ("kind", "name"),
    [(SynthesisSettings, "ultraprompt/smollm2"), (EvaluationSettings, "evaluate/real")],
)
def test_a_recipe_with_anything_in_it_is_settings_or_is_refused(
    kind: type[BaseModel], name: str, recipe: Path
) -> None:
    whole = yaml.safe_load((REPOSITORY / "recipes" / f"{name}.yaml").read_text(encoding="utf-8"))

    @FUZZ
    @given(st.lists(st.integers(0, 99), min_size=1, max_size=4), VALUES)
    def check(path: list[int], value: Any) -> None:
        recipe.write_text(yaml.safe_dump(changed(whole, path, value)), encoding="utf-8")
        try:
            found = load(kind, recipe)
        except InputError as error:
            refusal = str(error)
            assert refusal.startswith(f"the recipe {recipe} ")
        else:
            recipe.write_text(yaml.safe_dump(found.model_dump(mode="json", exclude_unset=True)), encoding="utf-8")
            assert load(kind, recipe) == found, "written down and read again it is the same"

    check()
