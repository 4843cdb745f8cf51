import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from journals import (
    STEPS,
    Record,
    interleave,
    random_tree,
    rows_of,
    run_record,
    tree_records,
    write_journal,
)

from p_aligner.errors import InputError
from ultraprompt.rows.trees import FinishedTrees


FOREST = [random_tree(f"seed-{number}", number // 2) for number in range(8)]  # two trees to an index


def ids(trees: FinishedTrees) -> list[str]:
    return sorted(item.id for item in trees)


FIELDS = ("node", "parent", "action", "instruction", "responses", "rewards")


def nodes(tree: Any) -> list[Record]:
    """Return the nodes of a tree as a journal has them."""
    parents = [node.parent.index if node.parent else None for node in tree.nodes]
    values = [
        (node.index, parent, node.action, node.instruction, node.responses, node.rewards)
        for node, parent in zip(tree.nodes, parents, strict=True)
    ]
    return [dict(zip(FIELDS, each, strict=True)) for each in values]


def recorded(records: list[Record]) -> list[Record]:
    return [{name: record[name] for name in FIELDS} for record in records if record["type"] == "node"]


@pytest.mark.parametrize("name", ["run.jsonl", "run.jsonl.gz"])
def test_trees_are_those_of_the_journal_compressed_or_not(name: str, tmp_path: Path) -> None:
    path = write_journal(tmp_path / name, [run_record(), *interleave(FOREST, random.Random(0))])
    trees = {tree.id: nodes(tree) for tree in FinishedTrees([path])}
    assert trees == {tree[0]["id"]: recorded(tree) for tree in FOREST}


@settings(deadline=None)
@given(seed=st.integers(0, 2**32), cut=st.floats(0, 1))
def test_neither_the_order_of_growing_nor_an_interruption_shows(seed: int, cut: float) -> None:
    rng = random.Random(seed)
    records = interleave(FOREST, rng)
    before = records[: int(cut * len(records))]
    rest = [tree[sum(record in before for record in tree) :] for tree in FOREST]
    with tempfile.TemporaryDirectory() as folder:
        one = write_journal(Path(folder) / "one.jsonl", [run_record(), *(each for tree in FOREST for each in tree)])
        resumed = write_journal(Path(folder) / "resumed.jsonl", [run_record(), *before, *interleave(rest, rng)])
        rows = rows_of("trees", [resumed])
        assert list(dict.fromkeys(row["id"] for row in rows)) == [f"seed-{number}" for number in range(8)]
        assert rows == rows_of("trees", [one])


def test_only_finished_trees_count_and_the_others_are_counted(tmp_path: Path) -> None:
    records = [
        run_record(),
        *tree_records("a", 1),
        *tree_records("b", 0, end=None),
        *tree_records("c", 2, end="quarantined"),
        *tree_records("d", 3, end="quarantined"),
        {"type": "done", "id": "d"},  # a later run had more luck
        *tree_records("e", 4, end=None),
    ]
    path = write_journal(tmp_path / "run.jsonl", records, torn='{"type": "done", "id": "e')
    trees = FinishedTrees([path])
    assert ids(trees) == ["a", "d"]
    assert trees.left_out == {"unfinished": 2, "quarantined": 1}


def test_halves_of_characters_are_replaced(tmp_path: Path) -> None:
    steps = [(None, None, "half \ud83d, whole \U0001f600, literal \\ud83d", [0.0])]
    (row,) = rows_of("trees", [write_journal(tmp_path / "run.jsonl", [run_record(), *tree_records("a", 0, steps)])])
    assert row["instruction"] == "half ?, whole \U0001f600, literal \\ud83d"
    assert row["responses"] == ["half ?, whole \U0001f600, literal \\ud83d answered 0"]


def test_several_journals_are_read_as_one(tmp_path: Path) -> None:
    first = write_journal(tmp_path / "1.jsonl", [run_record(), *FOREST[0], *FOREST[4], *FOREST[5][:-1]])
    second = write_journal(tmp_path / "2.jsonl", [run_record(), *FOREST[5], *FOREST[1], *FOREST[0]])
    for paths in ([first, second], [second, first], [first, second, second]):
        trees = FinishedTrees(paths)
        assert ids(trees) == ["seed-0", "seed-1", "seed-4", "seed-5"]
        assert trees.left_out == {}
        assert rows_of("trees", paths) == rows_of("trees", [first, second])


OTHER_SEED = [(None, None, "another seed", [0.2, 0.4]), *STEPS[1:]]


@pytest.mark.parametrize(
    "other",
    [tree_records("x", 0, STEPS[:-1]), tree_records("x", 0, OTHER_SEED), tree_records("x", 0, category="Math")],
)
def test_one_id_for_two_trees_is_refused(other: list[Record], tmp_path: Path) -> None:
    first = write_journal(tmp_path / "1.jsonl", [run_record(), *tree_records("x", 0)])
    second = write_journal(tmp_path / "2.jsonl", [run_record(), *other])
    with pytest.raises(InputError, match="the id 'x' stands for different trees in .*1.jsonl and .*2.jsonl"):
        list(FinishedTrees([first, second]))


def test_different_settings_are_refused_unless_asked_for(tmp_path: Path) -> None:
    def run(name: str, exploration: float, version: str, *tree: Record) -> Path:
        search = {"search": {"exploration": exploration}, "versions": {"torch": version}}
        return write_journal(tmp_path / name, [run_record(search), *tree])

    first, second = run("1.jsonl", 0.1, "2.6", *FOREST[0]), run("2.jsonl", 0.2, "2.6", *FOREST[1])
    with pytest.raises(InputError) as caught:
        list(FinishedTrees([first, second]))
    said = f"{first} and {second} were grown with different settings, search.exploration (0.1 and 0.2)"
    assert said in str(caught.value)
    assert "versions" not in str(caught.value)
    trees = FinishedTrees([first, second], mix_runs=True)
    assert ids(trees) == ["seed-0", "seed-1"]
    assert [run["search"]["exploration"] for run in trees.fingerprints] == [0.1, 0.2]
    assert ids(FinishedTrees([first, run("3.jsonl", 0.1, "2.7", *FOREST[1])])) == ["seed-0", "seed-1"]


def test_a_file_without_trees_stands_beside_others(tmp_path: Path) -> None:
    empty = tmp_path / "2.jsonl"
    empty.write_text("")
    first = write_journal(tmp_path / "1.jsonl", [run_record({"search": {"exploration": 0.1}}), *FOREST[0]])
    last = write_journal(tmp_path / "3.jsonl", [run_record({"search": {"exploration": 0.2}}), *FOREST[1]])
    assert ids(FinishedTrees([first, empty])) == ["seed-0"]
    with pytest.raises(InputError, match="1.jsonl and .*3.jsonl were grown with different settings"):
        list(FinishedTrees([first, empty, last]))


def test_the_run_says_what_its_principles_and_sources_are(tmp_path: Path) -> None:
    own = {"name": "Tone Improvement", "domain": "Honesty", "description": "singing it"}
    fingerprint = {"principles": {"name": "mine", "universal": ["Honesty"], "principles": [own]}}
    sources = [{"path": "seeds.jsonl", "license": "mit"}]
    trees = FinishedTrees([write_journal(tmp_path / "run.jsonl", [run_record(fingerprint, sources), *FOREST[0]])])
    (tree,) = trees
    assert tree.pack["tone improvement"].description == "singing it"
    assert trees.seed_sources == sources


TREE = tree_records("x", 0)


def changed(record: Record, **values: Any) -> list[Record]:
    return [run_record(), *({**each, **values} if each is record else each for each in TREE)]


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([{"my": "diary"}], r"is no journal, its first line has the fields \['my'\]"),
        (TREE, "does not begin as a journal of trees"),
        ([run_record(), *TREE, {"type": "leaf", "id": "x"}], "holds a record of the unknown type 'leaf'"),
        ([run_record(), *TREE[1:]], "has a 'node' of tree 'x', which did not begin or is finished"),
        ([run_record(), *TREE, TREE[1]], "has a 'node' of tree 'x', which did not begin or is finished"),
        ([run_record(), *TREE, TREE[0]], "tree 'x' begins twice in"),
        ([run_record(), {**TREE[0], "source": [], "index": "x"}], "record 2 of .* cannot be read"),
        ([run_record(), {"type": "tree", "id": "x", "instruction": "x"}], "record 2 of .* lacks 'category'"),
        ([run_record(), *TREE, {"id": "x"}], "record 10 of .* lacks 'type'"),
        ([run_record(), run_record({"search": {}})], "holds a second run with other settings"),
        ([run_record({"principles": "mine"})], "record 1 of .* cannot be read .string indices"),
        ([{**run_record(), "fingerprint": [1]}], "record 1 of .* cannot be read .'list' object"),
        ([{**run_record(), "seeds": {"sources": "mine"}}], "record 1 of .* cannot be read .'str' object"),
        (changed(TREE[1], instruction="another"), "node 0 of tree 'x' is not its seed"),
        (changed(TREE[1], action="Tone Improvement"), "node 0 of tree 'x' is not its seed"),
        ([run_record(), TREE[0], TREE[-1]], "tree 'x' of .* has no nodes"),
    ],
)
def test_what_is_no_journal_is_refused_in_one_line(records: list[Record], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message) as caught:
        list(FinishedTrees([write_journal(tmp_path / "run.jsonl", records)]))
    assert "\n" not in str(caught.value)


def test_a_built_file_is_no_journal() -> None:
    with pytest.raises(InputError, match="a built folder is loaded by its own name"):
        FinishedTrees(["built/trees/train.parquet"])
