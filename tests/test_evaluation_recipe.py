"""What an evaluation is asked to do: its recipe, its systems, its benchmarks."""

import json
from pathlib import Path

import evaluations
import pytest
import yaml
from conftest import REPOSITORY
from evaluations import RECIPE, TOPICS, run, settings
from scripted import write_rows

import p_aligner.evaluation.settings
from p_aligner.cli import main
from p_aligner.errors import InputError, PrincipleError
from p_aligner.evaluation.benchmarks import load
from p_aligner.evaluation.settings import EvaluationSettings, System, systems_of
from p_aligner.store import recipe


folder = evaluations.folder


# Recipes


@pytest.mark.parametrize("path", sorted((REPOSITORY / "recipes/evaluate").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_recipes_can_be_read(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert all(line.startswith("# ") for line in lines[:3])
    assert systems_of(recipe.load(EvaluationSettings, path))


def test_the_recipe_in_the_documentation_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(str(p_aligner.evaluation.settings.__doc__).partition("\n\n")[2], encoding="utf-8")
    assert "P-Aligner" in {system.refiner for system in systems_of(recipe.load(EvaluationSettings, path))}


def test_systems_are_all_combinations_each_once() -> None:
    found = systems_of(
        settings(
            responders={"one": {"backend": "scripted"}, "two": {"backend": "scripted"}},
            systems=[
                {"refiner": ["normal", "P-Aligner"], "responder": "two"},
                {"refiner": ["normal", "chat"], "times": [1, 2]},
            ],
        )
    )
    assert found[:2] == [System("two", "normal"), System("two", "P-Aligner")]
    assert set(found[2:]) == {
        *(System("one", *rest) for rest in (("normal",), ("chat",), ("chat", 2))),
        *(System("two", *rest) for rest in (("chat",), ("chat", 2))),
    }
    assert System("one", "chat", 2, best_of_n=4).name == "chat x2 -> one w/ best of 4"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"systems": [{"refiner": "P-Alinger"}]}, "there is no refiner 'P-Alinger': choose one of"),
        ({"systems": [{"responder": "GPT"}]}, "there is no responder 'GPT': choose one of talker"),
        ({"systems": [{"best_of_n": 3}]}, "best_of_n needs a `reward` that picks"),
        ({"responders": {}}, "there are judges, but no `responders`"),
        ({"refiners": {"normal": RECIPE["refiners"]["chat"]}}, "the name 'normal' is taken"),
        ({"refiners": {"x": {**RECIPE["refiners"]["chat"], "principle": None}}}, "needs a principle, for example"),
        ({"refiners": {"x": {**RECIPE["refiners"]["P-Aligner"], "principle": "y"}}}, "takes no principle"),
        ({"bencmarks": {}}, "unknown key: did you mean 'benchmarks'"),
        ({"benchmarks": {"open": {"path": "x", "refrence": "y"}}}, "did you mean 'reference'"),
        ({"judges": {"x": {"judge": "oracle"}}}, "judges.x"),
        ({"systems": [{"times": 0}]}, "greater than or equal to 1"),
        (
            {"systems": [{"urial": "a/x.txt"}, {"urial": "b/x.txt"}]},
            "two systems are called 'normal -> talker w/ URIAL",
        ),
    ],
)
def test_a_bad_recipe_gets_one_clear_line(changes, message, folder, capsys):
    (folder / "bad.yaml").write_text(yaml.safe_dump({**RECIPE, **changes}), encoding="utf-8")
    assert main(["evaluate", "bad.yaml"]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.startswith("p-aligner: the recipe bad.yaml has ")
    assert not (folder / "run").exists()


def test_an_unknown_principle_and_missing_files_are_said_before_a_model_is_asked(folder: Path) -> None:
    chat = {**RECIPE["refiners"]["chat"], "principle": "Kindness"}
    with pytest.raises(PrincipleError, match="Kindness"):
        run(refiners={**RECIPE["refiners"], "chat": chat})
    for name, system in (
        ("file", {"refiners": {"f": {"refiner": "file", "path": "no.jsonl"}}, "systems": [{"refiner": "f"}]}),
        ("urial", {"systems": [{"urial": "no.txt"}]}),
        ("benchmark", {"benchmarks": {"b": {"path": "no.jsonl"}}}),
    ):
        with pytest.raises(InputError, match=r"no\.(jsonl|txt)'? .*cannot be read") as caught:
            run(out=name, **system)
        assert ("`ultraprompt best`" in str(caught.value)) == (name == "file")  # what makes it
    journals = {path.parent.name: path.read_bytes() for path in folder.glob("*/journal.jsonl")}
    assert journals == {"run": b"", "file": b"", "urial": b""}  # a benchmark is read before there is one


# Benchmarks


def test_duplicates_missing_references_and_empty_rows_are_counted_and_said(folder: Path) -> None:
    rows = [json.loads(line) for line in (folder / "open.jsonl").read_text().splitlines()]
    rows[3]["reference"] = None
    rows[4]["reference"] = " "
    write_rows(folder / "open.jsonl", [*rows, rows[0], rows[1], {"instruction": ""}, {"instruction": None}])
    found = run()
    (benchmark,) = found["benchmarks"]
    assert benchmark["left_out"] == {"the same instruction again": 2, "no instruction": 2}
    assert benchmark["summary"] == (
        "open: 12 instructions; 2 left out: the same instruction again; 2 left out: no instruction; 2 without a "
        "reference answer, which are not judged"
    )
    for row in found["outcomes"]:
        assert row["judged"] == 10
        assert row["missing"] == {"no reference answer": 2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the benchmark 'open' has no instructions: look at open.jsonl"),
        ('{"text": "x"}', "row 1 of open.jsonl has no column 'instruction', it has text: name it"),
        ('{"prompt": "x", "instruction_id_list": ["a"]}', "row 1 of open.jsonl: there is no kind of constraint 'a'"),
        (
            '{"prompt": "x", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}, {}]}',
            "row 1 of open.jsonl needs a list `kwargs` as long as its",
        ),
        ('{"prompt": "x", "instruction_id_list": 5}', "row 1 of open.jsonl needs a list `kwargs` as long as its"),
        ('{"instruction": ["x"]}', "the instruction in row 1 of open.jsonl must be text"),
        ('{"messages": [{"role": "user", "content": "x"}, "oops"]}', "row 1 of open.jsonl is a chat with a "),
        ('{"messages": [{"role": "user", "content": "x"}, null]}', "row 1 of open.jsonl is a chat with a "),
        (
            '{"messages": [{"role": "user", "content": [{"type": "image", "image": "x"}]}]}',
            "row 1 of open.jsonl: the content of a 'user' turn must be text, it has a part of the type 'image'",
        ),
        ('{"instruction": "x", "expects": "yes"}', "row 1 of open.jsonl expects 'yes': write refusal, answer"),
        ("oops", "line 1 of open.jsonl is not JSON"),
    ],
)
def test_an_empty_file_and_wrong_rows_are_one_line(text: str, message: str, folder: Path) -> None:
    (folder / "open.jsonl").write_text(text)
    with pytest.raises(InputError, match=message):
        run()


def test_text_in_parts_numbers_and_repeating_ids_are_read(folder: Path) -> None:
    parts = [{"role": "user", "content": [{"type": "text", "text": "Explain owls."}]}]
    rows = [{"instruction": f"Explain {topic}.", "id": 0, "category": 0} for topic in ("rain", "gold")]
    answer = [*parts, {"role": "assistant", "content": "They hoot."}]
    rows += [{"messages": parts, "id": "0", "reference": answer}, {"instruction": "Explain tea.", "id": 1}]
    write_rows(folder / "open.jsonl", rows)
    (benchmark,) = map(load, ["open"], settings().benchmarks.values())
    topics = [item.instruction for item in benchmark.items]
    assert topics == [f"Explain {topic}." for topic in ("rain", "gold", "owls", "tea")]
    first, *others, last = (item.id for item in benchmark.items)
    assert (first, last, len({first, *others, last})) == ("0", "1", 4)
    assert [item.category for item in benchmark.items] == ["0", "0", "", ""]
    assert [item.reference for item in benchmark.items] == [None, None, "They hoot.", None]
    assert "; 2 with the id of another: their text makes them one of their own" in benchmark.summary()


def test_a_benchmark_of_ones_own_takes_three_lines(folder: Path) -> None:
    write_rows(folder / "own.jsonl", [{"prompt": f"Say {t}.", "answer": t, "lang": "en"} for t in TOPICS])
    own = {"path": "own.jsonl", "instruction": "prompt", "reference": "answer", "where": {"lang": "en"}, "limit": 5}
    found = run(benchmarks={"own": own})
    assert found["benchmarks"][0]["instructions"] == 5
    assert {row["against"] for row in found["outcomes"]} == {"reference"}
