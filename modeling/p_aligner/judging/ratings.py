"""ArenaHard's scores: how likely is each system to beat one baseline, also at equal style? Knows nothing of judges.

Verdicts are those of [`p_aligner.judging.tally`]: from the candidate's point of view, 2 or -2 for a clear difference.
"""

import re
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .tally import by_cluster, chance, fit_logistic, interval, numbered, require_entries, resampled


Array = npt.NDArray[np.float64]
Verdicts = Sequence[int | None]

CLEAR_WEIGHT = 3.0
_CONFIDENCE, _RESAMPLES = 0.95, 1000
_CODE_BLOCK = re.compile(r"```.*?```", re.DOTALL)
_HEADER = re.compile(r"(?m)^#{1,6}\s")
_LIST_ITEM = re.compile(r"(?m)^[ \t]*(?:\d+\.|[-*+])\s")
_BOLD = re.compile(r"\*\*[^*\n]+\*\*|__[^_\n]+__")


class Style(NamedTuple):
    """How an answer looks: its length, and how many Markdown headers, list items and bold phrases it has."""

    tokens: int
    headers: int
    lists: int
    bold: int


def style(answer: str) -> Style:
    """Measure the style of an answer, its length in words; Markdown inside fenced code does not count."""
    prose = _CODE_BLOCK.sub("", answer)
    counts = (len(pattern.findall(prose)) for pattern in (_HEADER, _LIST_ITEM, _BOLD))
    return Style(len(answer.split()), *counts)


def arena_hard(
    candidate_first: Verdicts,
    candidate_second: Verdicts,
    *,
    models: Sequence[str],
    items: Sequence[Hashable] | None = None,
    styles: Sequence[tuple[Style, Style]] | None = None,
    seed: int = 0,
) -> dict[str, dict[str, Any]]:
    """Score systems that were all compared with one baseline, by Bradley-Terry as ArenaHard does (Li et al. 2024).

    Each verdict is a battle, one of a clear difference three battles, a tie half a win; a pair with an unparsable
    verdict has none. The chance that model m beats the baseline is sigmoid(b_m + Σ c_k s_k). Without styles that is
    the weighted share of battles won. With them, s is the difference in style, (l - l') / (l + l') for the length, and
    (d - d') / (d + d' + 1) for the numbers d of headers, list items and bold phrases per token, each divided by its
    standard deviation; reported is sigmoid(b_m), the chance at equal style. (ArenaHard also subtracts the mean of s
    over all battles, which gives the chance at the average difference in style, so that the scores depend on which
    other models there are.)

    Args:
        candidate_first, candidate_second, items:
            As in [`p_aligner.judging.tally.win_rate`].
        models: which system the candidate's answer is from.
        styles: of the candidate's and of the baseline's answer.
        seed: of the bootstrap, which the intervals without styles come from. (ArenaHard reports 90 % of 100 resamples
            of the battles; here it is 95 % over instructions.)

    Returns:
        `dict`: for each model `score`, `interval` (both `None` without a judged pair), `rows` (judged pairs) and
        `unparsable`.

    Raises:
        ValueError: the sequences differ in length.
    """
    require_entries(len(candidate_first), candidate_second=candidate_second, models=models, items=items, styles=styles)
    names = list(dict.fromkeys(models))
    verdicts = np.array([list(candidate_first), list(candidate_second)], float).T.reshape(-1, 2)
    judged = np.isfinite(verdicts).all(axis=1)
    model = np.array([names.index(name) for name in models], np.int64)
    rows = np.bincount(model[judged], minlength=len(names))
    scores: dict[str, dict[str, Any]] = {
        name: {
            "score": None,
            "interval": None,
            "rows": int(rows[number]),
            "unparsable": int((model[~judged] == number).sum()),
        }
        for number, name in enumerate(names)
    }
    if not judged.any():
        return scores

    battles = verdicts[judged].ravel()
    wins = (np.sign(battles) + 1) / 2
    weights = np.where(np.abs(battles) == 2, CLEAR_WEIGHT, 1.0)
    entered = np.repeat(model[judged], 2)
    place = np.repeat(numbered(range(len(model)) if items is None else items)[judged], 2)
    if styles is not None:
        differences = np.repeat(_style_differences(np.array(styles, float)[judged]), 2, axis=0)
        features = np.hstack([np.eye(len(names))[entered], differences])
        coefficients, variances = fit_logistic(features, wins, weights, numbered(place.tolist()))
    for number in np.unique(entered).tolist():
        mine = entered == number
        clusters = numbered(place[mine].tolist())
        score: float
        span: list[float] | None
        if styles is None:
            sums = by_cluster(clusters, ((weights * wins)[mine], weights[mine]))
            score = float(sums[:, 0].sum() / sums[:, 1].sum())
            totals = resampled(sums, _RESAMPLES, np.random.default_rng(seed))
            span = interval(totals[:, 0] / totals[:, 1], len(sums), _CONFIDENCE)
        else:
            score, span = chance(coefficients[number], variances[number], wins[mine], clusters, _CONFIDENCE)
        scores[names[number]].update(score=score, interval=span)
    return scores


def _style_differences(styles: Array) -> Array:
    """Turn styles, (pairs, candidate and baseline, 4), into differences, each in units of its standard deviation."""
    lengths = np.maximum(styles[:, :, :1], 1.0)
    density = styles[:, :, 1:] / lengths
    length = (lengths[:, 0] - lengths[:, 1]) / lengths.sum(axis=1)
    differences = np.hstack([length, (density[:, 0] - density[:, 1]) / (density.sum(axis=1) + 1)])
    spread = differences.std(axis=0)
    result: Array = differences / np.where(spread > 0, spread, 1.0)
    return result
