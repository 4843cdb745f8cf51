"""ArenaHard's scores: weights, several systems, and a planted preference for style."""

from typing import Any

import numpy as np
import pytest

from p_aligner.judging.ratings import Style, arena_hard, style


def test_style_counts_markdown_outside_of_code() -> None:
    answer = (
        "# Title\n\nSome **bold** and __more__ words.\n\n1. one\n2. two\n- three\n\n```\n# no header\n- no item\n```\n"
    )
    measured = style(answer)
    assert measured == Style(tokens=len(answer.split()), headers=1, lists=3, bold=2)
    assert style("2.5 is a number and 3*4*5 a product") == Style(8, 0, 0, 0)


def test_clear_verdicts_count_three_times_and_ties_half() -> None:
    scores = arena_hard([2, 1, 0, None], [1, -1, -2, 1], models=["m"] * 4)
    # Battles won: 3 + 1 + 1 + 0 + 0.5 + 0 of 3 + 1 + 1 + 1 + 1 + 3.
    assert scores["m"]["score"] == pytest.approx(5.5 / 10)
    assert (scores["m"]["rows"], scores["m"]["unparsable"]) == (3, 1)


def test_systems_are_scored_apart() -> None:
    rng = np.random.default_rng(0)
    models = ["strong"] * 500 + ["weak"] * 500
    chances = np.repeat([0.7, 0.3], 500)
    verdicts = np.where(rng.random(1000) < chances, 1, -1).tolist()
    scores = arena_hard(verdicts, verdicts, models=models, items=[*range(500)] * 2)
    assert list(scores) == ["strong", "weak"]
    for name, truth in (("strong", 0.7), ("weak", 0.3)):
        low, high = scores[name]["interval"]
        assert scores[name]["score"] == pytest.approx(truth, abs=0.05)
        assert low < scores[name]["score"] < high
        assert 0.06 < high - low < 0.1  # 1.96 standard errors of 500 instructions to each side
    assert scores["strong"] == arena_hard(verdicts[:500], verdicts[:500], models=models[:500])["strong"]


def with_taste(rng: np.random.Generator, size: int) -> dict[str, Any]:
    """Answers no better than the baseline's, but longer and full of lists, and a judge that likes both."""
    tokens = rng.integers(150, 600, size)
    lists = rng.integers(0, 40, size)
    pairs = [(Style(int(t), 2, int(n), 3), Style(300, 2, 5, 3)) for t, n in zip(tokens, lists, strict=True)]
    liking = 3 * (tokens - 300) / (tokens + 300) + 8 * (lists / tokens - 5 / 300)
    verdicts = np.where(rng.random(size) < 1 / (1 + np.exp(-liking)), 1, -1).tolist()
    return {"candidate_first": verdicts, "candidate_second": verdicts, "models": ["m"] * size, "styles": pairs}


def test_style_control_takes_a_planted_taste_away() -> None:
    battles = with_taste(np.random.default_rng(1), 6000)
    controlled = arena_hard(**battles)["m"]["score"]
    raw = arena_hard(**{**battles, "styles": None})["m"]["score"]
    assert raw > 0.62
    assert controlled == pytest.approx(0.5, abs=0.03)


def test_nothing_to_score() -> None:
    assert arena_hard([], [], models=[]) == {}
    assert arena_hard([None], [1], models=["m"]) == {
        "m": {"score": None, "interval": None, "rows": 0, "unparsable": 1}
    }
    scores = arena_hard([1, None], [1, 1], models=["m", "n"], styles=[(Style(0, 0, 0, 0), Style(0, 0, 0, 0))] * 2)
    assert scores["m"]["score"] > 0.9
    assert scores["n"]["score"] is None
