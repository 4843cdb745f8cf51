import os
import pickle
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from journals import STEPS, Record, authors_tree, interleave, random_tree, run_record, tree_records, write_journal

from p_aligner.errors import InputError
from ultraprompt.harvest import Harvest
from ultraprompt.pairs import FinishedTree, PublishedRow


FOREST = [random_tree(f"seed-{number}", number // 2) for number in range(8)]  # two trees to an index


def ids(harvest: Harvest) -> list[str]:
    return [item.id for item in harvest]


@settings(deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_order_of_growing_does_not_show(seed: int) -> None:
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        one = write_journal(Path(folder) / "one.jsonl", [run_record(), *interleave(FOREST, rng)])
        harvest = Harvest([one])
        assert ids(harvest) == [f"seed-{number}" for number in range(8)]
        for item, tree in zip(harvest, FOREST, strict=True):
            assert isinstance(item, FinishedTree)
            assert item.nodes == tree[1:-1]


@settings(deadline=None)
@given(seed=st.integers(0, 2**32), cut=st.floats(0, 1))
def test_where_a_run_was_interrupted_does_not_show(seed: int, cut: float) -> None:
    rng = random.Random(seed)
    records = interleave(FOREST, rng)
    before = records[: int(cut * len(records))]
    rest = [tree[sum(record in before for record in tree) :] for tree in FOREST]
    with tempfile.TemporaryDirectory() as folder:
        whole = write_journal(Path(folder) / "whole.jsonl", [run_record(), *records])
        resumed = write_journal(Path(folder) / "resumed.jsonl", [run_record(), *before, *interleave(rest, rng)])
        assert list(Harvest([resumed])) == list(Harvest([whole]))


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
    harvest = Harvest([path])
    assert ids(harvest) == ["a", "d"]
    assert harvest.left_out == {"unfinished": 2, "quarantined": 1}


@pytest.mark.parametrize("name", ["run.jsonl", "run.jsonl.gz"])
def test_compressed_or_not_in_this_process_or_another(name: str, tmp_path: Path) -> None:
    path = write_journal(tmp_path / name, [run_record(), *interleave(FOREST, random.Random(0))])
    harvest = Harvest([path])
    trees = list(harvest)
    assert [tree.nodes for tree in trees if isinstance(tree, FinishedTree)] == [tree[1:-1] for tree in FOREST]
    elsewhere = pickle.loads(pickle.dumps(harvest))
    assert [item[:3] for item in elsewhere] == [item[:3] for item in trees]


def test_forked_processes_read_side_by_side(tmp_path: Path) -> None:
    harvest = Harvest([write_journal(tmp_path / "run.jsonl", [run_record(), *interleave(FOREST, random.Random(0))])])
    trees = list(harvest)
    child = os.fork()
    if child == 0:
        os._exit(0 if all(list(harvest) == trees for _ in range(200)) else 1)
    assert all(list(harvest) == trees for _ in range(200))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_halves_of_characters_are_replaced(tmp_path: Path) -> None:
    steps = [(None, None, "half \ud83d, whole \U0001f600, literal \\ud83d", [0.0])]
    (tree,) = Harvest([write_journal(tmp_path / "run.jsonl", [run_record(), *tree_records("a", 0, steps)])])
    assert isinstance(tree, FinishedTree)
    assert tree.nodes[0]["instruction"] == "half ?, whole \U0001f600, literal \\ud83d"
    assert tree.nodes[0]["responses"] == ["half ?, whole \U0001f600, literal \\ud83d answered 0"]


def test_several_journals_are_one_harvest(tmp_path: Path) -> None:
    first = write_journal(tmp_path / "1.jsonl", [run_record(), *FOREST[0], *FOREST[4], *FOREST[5][:-1]])
    second = write_journal(tmp_path / "2.jsonl", [run_record(), *FOREST[5], *FOREST[1], *FOREST[0]])
    harvest = Harvest([first, second])
    assert ids(harvest) == ["seed-0", "seed-1", "seed-4", "seed-5"]
    assert harvest.left_out == {}
    assert list(Harvest([second, first])) == list(harvest)


OTHER_SEED = [(None, None, "another seed", [0.2, 0.4]), *STEPS[1:]]


@pytest.mark.parametrize(
    "other",
    [tree_records("x", 0, STEPS[:-1]), tree_records("x", 0, OTHER_SEED), tree_records("x", 0, category="Math")],
)
def test_one_id_for_two_trees_is_refused(other: list[Record], tmp_path: Path) -> None:
    first = write_journal(tmp_path / "1.jsonl", [run_record(), *tree_records("x", 0)])
    second = write_journal(tmp_path / "2.jsonl", [run_record(), *other])
    with pytest.raises(InputError, match="the id 'x' stands for different trees in .*1.jsonl and .*2.jsonl"):
        Harvest([first, second])


def test_different_settings_are_refused_unless_asked_for(tmp_path: Path) -> None:
    def run(name: str, exploration: float, version: str, *tree: Record) -> Path:
        search = {"search": {"exploration": exploration}, "versions": {"torch": version}}
        return write_journal(tmp_path / name, [run_record(search), *tree])

    first, second = run("1.jsonl", 0.1, "2.6", *FOREST[0]), run("2.jsonl", 0.2, "2.6", *FOREST[1])
    with pytest.raises(InputError) as caught:
        Harvest([first, second])
    assert f"{first} and {second} were grown with different settings, search.exploration (0.1 and 0.2)" in str(
        caught.value
    )
    assert "versions" not in str(caught.value)
    harvest = Harvest([first, second], mix_runs=True)
    assert ids(harvest) == ["seed-0", "seed-1"]
    assert [run["search"]["exploration"] for run in harvest.fingerprints] == [0.1, 0.2]
    assert ids(Harvest([first, run("3.jsonl", 0.1, "2.7", *FOREST[1])])) == ["seed-0", "seed-1"]


def test_a_file_without_trees_stands_beside_others(tmp_path: Path) -> None:
    empty = tmp_path / "2.jsonl"
    empty.write_text("")
    first = write_journal(tmp_path / "1.jsonl", [run_record({"search": {"exploration": 0.1}}), *FOREST[0]])
    last = write_journal(tmp_path / "3.jsonl", [run_record({"search": {"exploration": 0.2}}), *FOREST[1]])
    assert len(Harvest([first, empty])) == 1
    with pytest.raises(InputError, match="1.jsonl and .*3.jsonl were grown with different settings"):
        Harvest([first, empty, last])


def test_the_run_says_what_its_principles_and_sources_are(tmp_path: Path) -> None:
    own = {"name": "Tone Improvement", "domain": "Honesty", "description": "singing it"}
    fingerprint = {"principles": {"name": "mine", "universal": ["Honesty"], "principles": [own]}}
    sources = [{"path": "seeds.jsonl", "license": "mit"}]
    harvest = Harvest([write_journal(tmp_path / "run.jsonl", [run_record(fingerprint, sources), *FOREST[0]])])
    (tree,) = harvest
    assert isinstance(tree, FinishedTree)
    assert tree.principles["tone improvement"].description == "singing it"
    assert harvest.seed_sources == sources


TREE = tree_records("x", 0)


def changed(record: Record, **values: Any) -> list[Record]:
    return [run_record(), *({**each, **values} if each is record else each for each in TREE)]


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([{"my": "diary"}], r"neither a journal nor of the authors' forms, its first line has the fields \['my'\]"),
        ([run_record(), *TREE, {"type": "leaf", "id": "x"}], "line 10 of .*: a record of the unknown type 'leaf'"),
        ([run_record(), *TREE[1:]], "line 2 of .*: it belongs to tree 'x', which did not begin"),
        ([run_record(), *TREE, TREE[0]], "line 10 of .*: tree 'x' begins a second time"),
        ([run_record(), {"type": "tree", "id": "x"}], "line 2 of .*: it lacks or misuses 'index'"),
        ([run_record(), *TREE, {"id": "x"}], "line 10 of .*: it lacks or misuses 'type'"),
        ([run_record(), run_record({"search": {}})], "line 2 of .*: a second run with other settings"),
        ([run_record({"principles": "mine"})], "the principles in the fingerprint of .* cannot be read"),
        ([{**run_record(), "fingerprint": [1]}], "line 1 of .*: it lacks or misuses 'list' object"),
        ([{**run_record(), "seeds": [1]}], "line 1 of .*: it lacks or misuses 'list' object"),
        ([{**run_record(), "seeds": {"sources": "mine"}}], "line 1 of .*: it lacks or misuses 'str' object"),
    ],
)
def test_what_is_no_journal_is_refused_in_one_line(records: list[Record], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message) as caught:
        Harvest([write_journal(tmp_path / "run.jsonl", records)])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("records", "message"),
    [
        (changed(TREE[2], parent=7), "node 1 does not follow from node 7 by an action"),
        (changed(TREE[2], action=None), "node 1 does not follow from node 0 by an action"),
        (changed(TREE[2], node=0), "node 0 does not follow from node 0 by an action"),
        (changed(TREE[2], rewards=[float("nan"), 1.0]), "node 1 needs a finite reward for each response"),
        (changed(TREE[2], rewards=[1.0]), "node 1 needs a finite reward for each response"),
        (changed(TREE[2], rewards=None), "has a node that lacks or misuses"),
        (changed(TREE[2], node="one"), "has a node that lacks or misuses"),
        (changed(TREE[2], responses=[1, 2]), "node 1 has a response that is no text"),
        ([run_record(), TREE[0], TREE[-1]], "tree 'x' of .* has no nodes"),
    ],
)
def test_a_tree_that_rows_cannot_be_made_of_is_refused(records: list[Record], message: str, tmp_path: Path) -> None:
    path = write_journal(tmp_path / "run.jsonl", records)
    with pytest.raises(InputError, match=message) as caught:
        list(Harvest([path]))
    assert f"tree 'x' of {path}" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("run.jsonl", b'{"type": "run", "fingerprint": {}}\nmy diary\n', "line 2 of .* is no JSON object"),
        ("run.jsonl.gz", b"my diary", "cannot be read: Not a gzipped file"),
        ("none.jsonl", None, "none.jsonl cannot be read: No such file"),
        (".", None, "cannot be read: Is a directory"),
        ("train.parquet", b"PAR1", "a built folder is loaded by its own name"),
    ],
)
def test_unreadable_files_are_named(name: str, content: bytes | None, message: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        Harvest([tmp_path / name])


def test_a_journal_that_is_changed_meanwhile_is_named(tmp_path: Path) -> None:
    path = write_journal(tmp_path / "run.jsonl", [run_record(), *TREE])
    harvest = Harvest([path])
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(InputError, match="run.jsonl is not what it was"):
        list(harvest)


def test_an_empty_journal_is_an_empty_harvest(tmp_path: Path) -> None:
    assert list(Harvest([write_journal(tmp_path / "run.jsonl", [])])) == []
    assert list(Harvest([])) == []


def test_the_authors_trees_are_read(tmp_path: Path) -> None:
    records = [
        authors_tree("b", STEPS[:2]),
        authors_tree("a"),
        authors_tree("c", is_success=False),
        authors_tree("b", STEPS),  # taken up again
    ]
    harvest = Harvest([write_journal(tmp_path / "trees.json", records)])
    assert ids(harvest) == ["a", "b"]
    assert harvest.left_out == {"unfinished": 1}
    wanted = [{name: node[name] for name in node if name in NODE} for node in tree_records("a", 0)[1:-1]]
    for tree in harvest:
        assert isinstance(tree, FinishedTree)
        assert tree.category == "Honesty"
        assert tree.nodes == wanted


NODE = ("node", "parent", "action", "instruction", "responses", "rewards")


def test_the_authors_rows_are_read(tmp_path: Path) -> None:
    pairs = [{"src_instruction": "s", "rejected_instruction": "r", "meta": f"m_{number}"} for number in (2, 1)]
    steps = [{"src_instruction": "s", "action": "Hint Addition", "meta": f"m_1_{number}"} for number in range(12)]
    harvest = Harvest([write_journal(tmp_path / "pairs.jsonl", pairs)])
    assert harvest.configs == ("preference", "refinement")
    assert list(harvest) == [PublishedRow(row["meta"], "preference", row) for row in pairs]
    harvest = Harvest([write_journal(tmp_path / "steps.jsonl", steps)])
    assert harvest.configs == ("single-step",)
    assert list(harvest) == [PublishedRow("m_1", "single-step", row) for row in steps]
    with pytest.raises(InputError, match="line 3 of .*: the row 'm_1' is there twice"):
        Harvest([write_journal(tmp_path / "twice.jsonl", [*pairs, pairs[1]])])
