"""Recipes: YAML with overrides becomes settings, or all its mistakes are named at once, by their paths."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import REPOSITORY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from p_aligner.errors import InputError, PrincipleError
from p_aligner.evaluation.settings import EvaluationSettings
from p_aligner.principles import load_pack
from p_aligner.runtime.endpoint import EndpointSettings
from p_aligner.runtime.scripted import ScriptedSettings
from p_aligner.store import recipe as recipes
from p_aligner.store.recipe import load
from ultraprompt.search.forest import SynthesisSettings


RECIPE = """
out: runs/one.jsonl
seeds: {sources: [{path: seeds.jsonl}]}
rewriter: {backend: endpoint, model: m, base_url: "http://x"}
responder: {backend: scripted}
reward: {reward: scripted}
max_minutes: 5
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "run.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    return path


def test_a_recipe_becomes_settings_and_overrides_are_read_as_in_the_file(recipe: Path) -> None:
    run = load(SynthesisSettings, recipe)
    assert (str(run.out), run.search.iterations, run.max_minutes) == ("runs/one.jsonl", 20, 5)
    assert run.rewriter == EndpointSettings(backend="endpoint", model="m", base_url="http://x")
    words = ["--search.iterations", "3", "--rewriter.temperature=1e-1", "--max_minutes", "null"]
    words += ["--principles", "[Hint Addition]", "--search.exploration", "1", "--out", "x: y: z.jsonl"]
    run = load(SynthesisSettings, recipe, words)
    assert (run.search.iterations, run.rewriter.temperature, run.max_minutes) == (3, 0.1, None)
    assert (list(run.principles), run.search.exploration) == (["Hint Addition"], 1)
    assert str(run.out) == "x: y: z.jsonl"
    replaced = load(SynthesisSettings, recipe, ["--rewriter", "{backend: scripted}"]).rewriter
    assert replaced == ScriptedSettings(backend="scripted"), "a section, whole"


def test_all_mistakes_are_named_at_once(recipe: Path) -> None:
    recipe.write_text(
        "rewriter: {backend: endpoint, model: m, base_ur: x, temperature: -1}\nresponder: {backend: lokal}\n"
        "search: {iterations: many, exploration: -2}\nnonsense: 1\nreward: {reward: scripted, batch_size: 2}\n"
        "seeds: {sources: [{path: a, split: b, text: c}, {form: chat}]}\n"
    )
    with pytest.raises(InputError) as caught:
        load(SynthesisSettings, recipe, ["stray", "--max_minutes", "--search.iterations.deep", "3"])
    head, *lines = str(caught.value).split("\n  ")
    assert head == f"the recipe {recipe} has {len(lines)} mistakes:"
    for line in (
        "'stray' does not belong to an option: write --key value",
        "--max_minutes needs a value",
        "--search.iterations.deep: iterations holds no settings, it is 'many'",
        "rewriter.base_ur: unknown key: did you mean 'base_url'?",
        "rewriter.base_url: missing",
        "rewriter.temperature: input should be greater than or equal to 0, it is -1",
        "out: missing",
        "search.iterations: input should be a valid integer, unable to parse string as an integer, it is 'many'",
    ):
        assert line in lines, lines
    begun = [line.partition(":")[0].partition(" (")[0] for line in lines[3:]]
    wanted = "nonsense out responder reward.batch_size rewriter.base_ur rewriter.base_url rewriter.temperature"
    assert sorted(name for name in begun if not name.startswith("seeds")) == [
        *wanted.split(),
        *("search.exploration", "search.iterations"),
    ]
    assert any(line.startswith("responder: input tag 'lokal' found using 'backend'") for line in lines)
    assert any(line.startswith("nonsense: unknown key (known: ") for line in lines)
    assert {name for name in begun if name.startswith("seeds")} == {"seeds.sources.0.text", "seeds.sources.1.path"}


def test_sections_of_another_recipe_are_taken_over(recipe: Path) -> None:
    recipe.with_name("shared.yaml").write_text("out: shared.jsonl\nsearch: {iterations: 7}\n")
    recipe.write_text(RECIPE + "include: shared.yaml\n")
    run = load(SynthesisSettings, recipe, ["--search.exploration", "2"])
    assert (str(run.out), run.search.iterations, run.search.exploration) == ("runs/one.jsonl", 7, 2)
    recipe.write_text(RECIPE + "include: none.yaml\n")
    with pytest.raises(InputError, match="none.yaml cannot be read: No such file"):
        load(SynthesisSettings, recipe)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"out: [", "is not YAML: while parsing"),
        (b"out: \xff", "is not UTF-8 text: "),
        (b"- a\n", r"must be a mapping of settings, it is \['a'\]"),
        (b"", "must be a mapping of settings, it is None"),
        (b"out: a\nout: b\n", "'out' is there twice"),
        (None, "run.yaml cannot be read: No such file"),
    ],
)
def test_what_is_no_recipe_is_named(content: bytes | None, message: str, recipe: Path) -> None:
    recipe.write_bytes(content) if content is not None else recipe.unlink()
    with pytest.raises(InputError, match=message):
        load(SynthesisSettings, recipe)


def test_a_mapping_may_take_over_another_and_say_one_key_anew(recipe: Path) -> None:
    recipe.write_text("a: &a {x: 1}\nb: {c: {d: &d {<<: *a, x: 2}}}\ne: {<<: *d}\n")
    assert recipes.read(recipe)["b"]["c"]["d"] == {"x": 2}


FUZZ = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
    for read in (lambda: load(SynthesisSettings, recipe, words), lambda: load_pack(recipe)):
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
    [(SynthesisSettings, "ultraprompt/smollm2"), (EvaluationSettings, "evaluate/smollm2")],
)
def test_a_recipe_with_anything_in_it_is_settings_or_is_refused(kind, name, recipe):
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
