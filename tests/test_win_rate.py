"""Win rates: the doctest of the module, bad input, and simulated verdicts whose truth is known."""

import doctest
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import REPOSITORY

from p_aligner.judging.tally import interval, length_controlled, outcomes, win_rate
from p_aligner.release.isolated import run_isolated
from p_aligner.release.space import stage_space


FOLDER = REPOSITORY / "spaces/win_rate"
RATES = {1: 0.45, 0: 0.2, -1: 0.35}
TRUTH = 0.55  # of the win rate, with ties counted half


def drawn(rng: np.random.Generator, size: int, rates: dict[int, float] = RATES) -> Any:
    return rng.choice(list(rates), size=size, p=list(rates.values()))


def test_the_module_does_what_its_doctest_says_and_passes_all_on(monkeypatch: pytest.MonkeyPatch) -> None:
    import evaluate

    monkeypatch.chdir(REPOSITORY)
    module = evaluate.load("spaces/win_rate")
    results = doctest.testmod(sys.modules[type(module).__module__], extraglobs={"evaluate": evaluate})
    assert results.failed == 0
    assert results.attempted > 10
    verdicts: dict[str, Any] = {"candidate_first": [1, 0, None, -2, 1], "candidate_second": [2, 0, 1, -1, -1]}
    options: dict[str, Any] = {"items": [1, 1, 2, 3, 4], "confidence": 0.9, "resamples": 200, "seed": 7}
    assert module.compute(**verdicts, **options) == win_rate(**verdicts, **options)


def test_staged_it_needs_no_kit(tmp_path: Path) -> None:
    stage = stage_space(FOLDER, "org/win_rate", tmp_path / "win_rate")
    assert {*stage.names()} == {"README.md", "app.py", "requirements.txt", "tally.py", "win_rate.py"}
    assert {line.split("==")[0] for line in (stage.folder / "requirements.txt").read_text().split()} == {
        *("evaluate", "datasets", "numpy", "scipy")
    }
    code = """
import evaluate, os, sys
verdicts = {"candidate_first": [1, 1, 0], "candidate_second": [1, 0, 0]}
print(evaluate.load(os.getcwd()).compute(**verdicts)["win_rate"])
sys.path.insert(0, os.getcwd())
import app
print(app.add_up(app.EXAMPLE)[1])
"""
    rate, message = run_isolated(code, folder=stage.folder).splitlines()
    assert float(rate) == pytest.approx(2 / 3)
    assert message.startswith("4 of 5 pairs judged")


def test_the_space_shows_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    app = importlib.import_module("app")
    table, message = app.add_up(app.EXAMPLE)
    assert [line[:5] for line in table] == [["all", 4, 2, 1, 1], ["Math", 2, 2, 0, 0], ["Honesty", 2, 0, 1, 1]]
    assert all(len(line) == len(app.HEAD) for line in table)
    assert message == "4 of 5 pairs judged, 1 unparsable, the two orders agree in 75%"
    for bad, complaint in [
        ("", "one JSON object in each line"),
        ("nonsense", "a line is not JSON (Expecting value): 'nonsense'"),
        ('{"verdict": 1}', "'verdict' is no column"),
        ('{"candidate_second": 1}', "no 'candidate_first'"),
        ('{"candidate_first": 3}', "candidate_first holds 3"),
        ('{"candidate_first": 1, "items": 1}\n{"candidate_first": 1}', "no 'items'"),
    ]:
        table, message = app.add_up(bad)
        assert table == []
        assert complaint in message


def test_orders_that_disagree_tie_and_unparsable_is_no_tie() -> None:
    first, second = [1, 2, 0, 1, 1, -1, None, None], [2, 1, 0, 0, -1, -2, 1, None]
    assert outcomes(first, second).tolist()[:6] == [1, 1, 0.5, 0.5, 0.5, 0]
    assert np.isnan(outcomes(first, second)[6:]).all()
    found = win_rate(first, second)
    counts = {name: found[name] for name in ("rows", "judged", "unparsable", "win", "tie", "lose")}
    assert counts == {"rows": 8, "judged": 6, "unparsable": 2, "win": 2, "tie": 3, "lose": 1}
    assert found["win_rate"] == pytest.approx(3.5 / 6)
    assert found["win_rate_without_ties"] == pytest.approx(2 / 3)
    assert found["consistency"] == pytest.approx(4 / 6)
    # Of the verdicts of the first order 4 of 5 are for the candidate, of the other order 2 of 5 for the baseline.
    assert found["first_shown_preferred"] == pytest.approx(6 / 10)


def test_one_order_has_no_consistency() -> None:
    found = win_rate([1, 1, 0, -1, None])
    assert (found["judged"], found["win"], found["tie"], found["lose"]) == (4, 2, 1, 1)
    assert found["consistency"] is None
    assert "consistency" not in found["intervals"]


def test_nothing_judged() -> None:
    for first in ([], [None, None]):
        found = win_rate(first, first, candidate_lengths=[1] * len(first), baseline_lengths=[2] * len(first))
        assert (found["rows"], found["judged"]) == (len(first), 0)
        assert found["win_rate"] is found["length_controlled_win_rate"] is found["intervals"]["win_rate"] is None
        assert found["categories"] == {}


def test_ties_only_have_no_rate_without_ties() -> None:
    found = win_rate([0, 0, 0], [0, 0, 0])
    assert found["win_rate"] == 0.5
    assert found["win_rate_without_ties"] is found["intervals"]["win_rate_without_ties"] is None


def test_few_pairs_that_agree_are_no_certainty() -> None:
    found = win_rate([1] * 5, [1] * 5)
    assert found["intervals"]["win_rate"] == [pytest.approx(0.025 ** (1 / 5)), 1.0]
    low, high = win_rate([1] * 500, [1] * 500)["intervals"]["win_rate"]
    assert 0.99 < low < high == 1.0
    assert interval(np.array([]), 5, 0.95) is None


def test_categories_add_up() -> None:
    rng = np.random.default_rng(3)
    verdicts = drawn(rng, 60)
    categories = ["Math", "Honesty", "Coding"] * 20
    found = win_rate(verdicts, verdicts, categories=categories)
    assert list(found["categories"]) == ["Math", "Honesty", "Coding"]
    for name in ("judged", "win", "tie", "lose"):
        assert sum(part[name] for part in found["categories"].values()) == found[name]
    own = win_rate(verdicts[::3], verdicts[::3])
    assert found["categories"]["Math"] == {name: value for name, value in own.items() if name != "categories"}


def test_a_seed_gives_the_same_interval() -> None:
    verdicts = drawn(np.random.default_rng(1), 50)
    one, again, other = (win_rate(verdicts, verdicts, seed=seed)["intervals"] for seed in (1, 1, 2))
    assert one == again != other


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"candidate_second": [1]}, "candidate_second has 1 entries, candidate_first 2"),
        ({"categories": ["a"]}, "categories has 1 entries"),
        ({"candidate_lengths": [1, 2]}, "lengths of one side only"),
        ({"candidate_lengths": [1, None], "baseline_lengths": [1, 2]}, "a length is missing"),
        ({"candidate_second": [1, 5]}, "candidate_second holds 5"),
        ({"candidate_second": [1, 0.5]}, "candidate_second holds 0.5"),
        ({"confidence": 95}, "confidence must lie between 0 and 1, it is 95"),
        ({"resamples": 0}, "resamples must be at least 1"),
    ],
)
def test_bad_input(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        win_rate([1, 0], **options)


# Simulations.


def coverage(draw: Callable[[np.random.Generator], dict[str, Any]], name: str, truth: float, times: int) -> float:
    """How often the interval holds the truth."""
    held = 0
    for number in range(times):
        low, high = win_rate(**draw(np.random.default_rng(number)), seed=number)["intervals"][name]
        held += low <= truth <= high
    return held / times


def test_95_percent_intervals_hold_the_truth_in_95_percent() -> None:
    def draw(rng: np.random.Generator) -> dict[str, Any]:
        verdicts = drawn(rng, 30)
        return {"candidate_first": verdicts, "candidate_second": verdicts}

    assert coverage(draw, "win_rate", TRUTH, 1000) == pytest.approx(0.95, abs=0.01)


def test_pairs_of_one_instruction_are_no_independent_pairs() -> None:
    def draw(rng: np.random.Generator, *, clustered: bool) -> dict[str, Any]:
        verdicts = np.repeat(drawn(rng, 60), 5)  # five answers that share the fate of their instruction...
        own = rng.random(300) < 0.3  # ...but for some
        verdicts[own] = drawn(rng, int(own.sum()))
        items = np.repeat(np.arange(60), 5).tolist()
        return {"candidate_first": verdicts, "candidate_second": verdicts, **({"items": items} if clustered else {})}

    assert coverage(lambda rng: draw(rng, clustered=True), "win_rate", TRUTH, 1000) == pytest.approx(0.95, abs=0.01)
    assert coverage(lambda rng: draw(rng, clustered=False), "win_rate", TRUTH, 300) < 0.85


def with_length_effect(rng: np.random.Generator, size: int, truth: float) -> dict[str, Any]:
    """Answers that are mostly longer than the baseline's, and a judge that likes length."""
    differences = rng.normal(60, 100, size)
    log_odds = np.log(truth / (1 - truth)) + 1.5 * np.tanh(differences / differences.std())
    verdicts = np.where(rng.random(size) < 1 / (1 + np.exp(-log_odds)), 1, -1)
    return {
        "candidate_first": verdicts,
        "candidate_second": verdicts,
        "candidate_lengths": 300 + differences,
        "baseline_lengths": [300] * size,
    }


@pytest.mark.parametrize("truth", [0.35, 0.5, 0.65])
def test_length_control_takes_a_planted_length_effect_away(truth: float) -> None:
    found = win_rate(**with_length_effect(np.random.default_rng(2), 20_000, truth), resamples=20)
    assert found["win_rate"] > truth + 0.08
    assert found["length_controlled_win_rate"] == pytest.approx(truth, abs=0.015)


def test_length_control_leaves_a_win_rate_without_length_effect_as_it_is() -> None:
    rng = np.random.default_rng(4)
    wins = rng.choice([1.0, 0.5, 0.0], size=5000, p=[0.6, 0.1, 0.3])
    for differences, most in ((rng.normal(0, 50, 5000), 0.01), (np.zeros(5000), 1e-4)):
        rate, (low, high) = length_controlled(wins, differences, np.arange(5000), 0.95)
        assert rate == pytest.approx(wins.mean(), abs=most)
        assert high - low == pytest.approx(2 * 1.96 * wins.std() / 5000**0.5, rel=0.01)


def test_length_control_stays_finite_where_length_decides_all() -> None:
    verdicts, lengths = [1] * 20 + [-1] * 20, [9.0] * 20 + [1.0] * 20
    found = win_rate(verdicts, verdicts, candidate_lengths=lengths, baseline_lengths=[5.0] * 40)
    assert found["length_controlled_win_rate"] == pytest.approx(0.5, abs=0.01)
    won = win_rate([1] * 20, [1] * 20, candidate_lengths=lengths[:20], baseline_lengths=[5.0] * 20)
    assert 0.9 < won["length_controlled_win_rate"] < 1
    low, high = won["intervals"]["length_controlled_win_rate"]  # no certainty here, either
    assert low < 0.8 < won["length_controlled_win_rate"] < high


def test_the_length_controlled_interval_holds_the_truth() -> None:
    def draw(rng: np.random.Generator) -> dict[str, Any]:
        once = with_length_effect(rng, 200, 0.5)  # and answers that share the fate of their instruction
        return {**{name: np.repeat(each, 3) for name, each in once.items()}, "items": np.repeat(range(200), 3)}

    covered = coverage(draw, "length_controlled_win_rate", 0.5, 400)
    assert covered == pytest.approx(0.95, abs=0.025)


def test_a_planted_position_bias_shows() -> None:
    rng = np.random.default_rng(5)
    sincere = drawn(rng, 20_000, {1: 0.5, -1: 0.5})
    first, second = sincere.copy(), sincere.copy()
    first[rng.random(20_000) < 0.3] = 1  # in three of ten calls the judge takes what it sees first
    second[rng.random(20_000) < 0.3] = -1
    found = win_rate(first, second, resamples=100)
    # A pair is consistent when the one order in which the bias goes against the sincere verdict was sincere.
    assert found["consistency"] == pytest.approx(0.7, abs=0.02)
    assert found["first_shown_preferred"] == pytest.approx(0.5 + 0.3 / 2, abs=0.02)
    assert found["win_rate"] == pytest.approx(0.5, abs=0.01)
    fair = win_rate(sincere, sincere, resamples=100)
    assert fair["consistency"] == 1
    assert fair["first_shown_preferred"] == 0.5
