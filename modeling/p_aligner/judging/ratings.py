"""ArenaHard's scores: how likely is each system to beat one baseline, also at equal style? Knows nothing of judges.

Verdicts are those of [`p_aligner.win_rate.tally`]: from the candidate's point of view, 2 or -2 for a clear difference.
"""

import re
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from ..win_rate.tally import fit_logistic, interval, resampled, sigmoid


Array = npt.NDArray[np.float64]
Verdicts = Sequence[int | None]

CLEAR_WEIGHT = 3
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


def style(answer: str, tokens: int | None = None) -> Style:
    """Measure the style of an answer; Markdown inside fenced code does not count.

    Args:
        tokens (`int`, *optional*):
            Of the answer; by default its words.
    """
    prose = _CODE_BLOCK.sub("", answer)
    counts = (len(pattern.findall(prose)) for pattern in (_HEADER, _LIST_ITEM, _BOLD))
    return Style(len(answer.split()) if tokens is None else tokens, *counts)


def arena_hard(
    candidate_first: Verdicts,
    candidate_second: Verdicts,
    *,
    models: Sequence[str],
    items: Sequence[Hashable] | None = None,
    styles: Sequence[tuple[Style, Style]] | None = None,
    weight: int = CLEAR_WEIGHT,
    confidence: float = 0.95,
    resamples: int = 200,
    seed: int = 0,
) -> dict[str, dict[str, Any]]:
    """Score systems that were all compared with one baseline, by Bradley-Terry as ArenaHard does (Li et al. 2024).

    Each verdict is a battle, one of a clear difference `weight` battles, a tie half a win; a pair with an unparsable
    verdict has none. The chance that model m beats the baseline is sigmoid(b_m + Σ c_k s_k). Without styles that is
    the weighted share of battles won. With them, s is the difference in style, (l - l') / (l + l') for the length, and
    (d - d') / (d + d' + 1) for the numbers d of headers, list items and bold phrases per token, each divided by its
    standard deviation; reported is sigmoid(b_m), the chance at equal style. (ArenaHard also subtracts the mean of s
    over all battles, which gives the chance at the average difference in style, so that the scores depend on which
    other models there are.)

    Args:
        candidate_first, candidate_second (sequence of `int` or `None`):
            The verdicts on each pair of answers, in both orders.
        models (sequence of `str`):
            Which system the candidate's answer is from.
        items (sequence, *optional*):
            The instruction of each pair; all pairs of one instruction are resampled together. By default each pair
            stands for itself.
        styles (sequence of pairs of [`Style`], *optional*):
            Of the candidate's and of the baseline's answer.
        weight (`int`):
            Of a clear verdict.
        confidence (`float`), resamples (`int`), seed (`int`):
            Of the bootstrap. (ArenaHard reports 90 % of 100 resamples of the battles.)

    Returns:
        `dict`: for each model `score`, `interval` (both `None` without a judged pair), `rows` (judged pairs) and
        `unparsable`.

    Raises:
        InputError: the sequences differ in length.
    """
    columns = {"candidate_second": candidate_second, "models": models, "items": items, "styles": styles}
    for name, column in columns.items():
        if column is not None and len(column) != len(candidate_first):
            raise InputError(
                f"{name} has {len(column)} entries, candidate_first {len(candidate_first)}: give one for each pair"
            )
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
    weights = np.where(np.abs(battles) == 2, float(weight), 1.0)
    entered = np.repeat(model[judged], 2)
    features = np.eye(len(names))[entered]
    if styles is not None:
        kept = [pair for pair, is_judged in zip(styles, judged, strict=True) if is_judged]
        features = np.hstack([features, np.repeat(_style_differences(kept), 2, axis=0)])

    def fitted(samples: Array) -> Array:
        """Return the scores in samples of the battles, (samples, models)."""
        result: Array
        if styles is None:
            with np.errstate(invalid="ignore"):  # a model may be missing from a sample
                result = ((samples * wins) @ features) / (samples @ features)
        else:
            result = sigmoid(fit_logistic(features, wins, samples)[:, : len(names)])
        return result

    found = fitted(weights[None, :])[0]
    every = range(len(model)) if items is None else items
    instructions = [item for item, is_judged in zip(every, judged, strict=True) if is_judged]
    numbers = {item: number for number, item in enumerate(dict.fromkeys(instructions))}
    place = np.repeat([numbers[item] for item in instructions], 2)
    blocks = resampled(np.ones(len(numbers), np.int64), resamples, np.random.default_rng(seed), width=4 * len(battles))
    estimates = np.vstack([fitted(draws[:, place] * weights) for draws in blocks])
    for number, name in enumerate(names):
        if rows[number]:
            clusters = len(set(place[entered == number]))
            scores[name]["score"] = float(found[number])
            scores[name]["interval"] = interval(estimates[:, number], clusters, confidence)
    return scores


def _style_differences(styles: Sequence[tuple[Style, Style]]) -> Array:
    """Return the differences in style, (pairs, 4), each feature in units of its standard deviation."""
    candidate, baseline = (np.array([pair[side] for pair in styles], float) for side in (0, 1))
    lengths = [np.maximum(side[:, :1], 1.0) for side in (candidate, baseline)]
    length = (lengths[0] - lengths[1]) / (lengths[0] + lengths[1])
    one, other = candidate[:, 1:] / lengths[0], baseline[:, 1:] / lengths[1]
    differences = np.hstack([length, (one - other) / (one + other + 1)])
    spread = differences.std(axis=0)
    result: Array = differences / np.where(spread > 0, spread, 1.0)
    return result
