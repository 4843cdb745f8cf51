"""What search trees say: the tables of `recipes/ultraprompt/study.py`, on the sample."""

import importlib.util
import statistics
import sys
from types import ModuleType

import pytest
from conftest import REPOSITORY

from ultraprompt.rows.trees import FinishedTrees


SCRIPT = REPOSITORY / "recipes/ultraprompt/study.py"
JOURNAL = REPOSITORY / "dataset_builder/ultraprompt/sample/deep.jsonl.gz"


@pytest.fixture(scope="module")
def study() -> ModuleType:
    spec = importlib.util.spec_from_file_location("study", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_are_of_the_trees(study, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    monkeypatch.setattr(sys, "argv", ["study.py", str(JOURNAL), "--steps", "2", "20"])
    study.main()
    said = capsys.readouterr().out
    trees = list(FinishedTrees([JOURNAL]))
    assert f"{len(trees)} trees, {sum(len(tree.nodes) - 1 for tree in trees)} edges" in said
    gain = statistics.fmean(tree.best.reward - tree.root.reward for tree in trees)
    for line in ("| the trees | {:.3f} [", "| 20 | {:.3f} ["):
        assert line.format(gain) in said
    assert said.count("| Helpfulness | Tone Improvement |") == 1


def test_another_reward_sees_other_nodes_and_the_same_one_the_same(study, tiny_reward: str, capsys) -> None:
    trees = list(FinishedTrees([JOURNAL]))[:4]
    study.rewards(trees, tiny_reward)
    said = capsys.readouterr().out
    assert "**Rewards: " in said
    assert "by chance 0." in said


def test_the_best_of_many_draws_is_better_than_one_by_luck_alone(study, capsys) -> None:
    trees = list(FinishedTrees([JOURNAL]))
    study.chance(trees)
    drawn = next(line for line in capsys.readouterr().out.split("\n") if line.startswith("| the seed drawn"))
    assert float(drawn.split("|")[2].split()[0]) > 0
