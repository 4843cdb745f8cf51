"""What do verdicts on pairs of answers add up to? Knows nothing of judges.

A verdict is a number from the candidate's point of view: 2 much better, 1 better, 0 as good, -1 worse, -2 much worse
than the baseline's answer; `None` where the judge's answer could not be read. Only its sign counts here.

Imports nothing of ours: a copy goes along with the Space `spaces/win_rate`.
"""

import math
from collections.abc import Hashable, Iterable, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt


Array = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Verdicts = Sequence[int | float | None]

# Precision of the normal prior on the coefficients of the logistic model: it only matters where all items agree, when
# the likeliest coefficient would be infinite.
_PRIOR = 0.01
_NOTHING = 1e-9  # what rounding leaves of no spread at all


def win_rate(
    candidate_first: Verdicts,
    candidate_second: Verdicts | None = None,
    *,
    items: Sequence[Hashable] | None = None,
    categories: Sequence[str] | None = None,
    candidate_lengths: Sequence[float] | None = None,
    baseline_lengths: Sequence[float] | None = None,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Any]:
    """Add up verdicts: how often is the candidate's answer the better one, and how sure is that?

    A row is a pair of answers, judged in both orders. A verdict is 2, 1, 0, -1 or -2: the candidate's answer is much
    better, better, as good, worse or much worse than the baseline's; `None` where it is unparsable. Where the two
    orders disagree it is a tie; where a verdict is unparsable the row is counted apart and in no rate.

    Args:
        candidate_first, candidate_second (`list` of `int`): the verdicts when the candidate's answer was shown first,
            and when it was shown second; both from its point of view. Without the second, one order was judged.
        items (`list`, *optional*): the instruction that each row belongs to. Rows of one instruction are resampled
            together, because they are not independent; by default each row is an instruction of its own.
        categories (`list` of `str`, *optional*): the category of each row.
        candidate_lengths, baseline_lengths (`list` of numbers, *optional*): lengths of the two answers, in any unit.
        confidence (`float`): of the intervals.
        resamples (`int`), seed (`int`): of the bootstrap; the rate at equal lengths needs none.

    Returns:
        `dict` of plain numbers, `None` where something is not defined:

        - `rows`, `judged`, `unparsable`: all rows; those with readable verdicts; the others.
        - `win`, `tie`, `lose`: counts of the judged rows.
        - `win_rate`: (win + tie / 2) / judged.
        - `win_rate_without_ties`: win / (win + lose).
        - `consistency`: share of the judged rows whose two orders agree.
        - `first_shown_preferred`: of the verdicts that are no tie, the share in favour of the answer shown first.
        - `length_controlled_win_rate`: see [`length_controlled`].
        - `intervals`: by name, [low, high]; those of `win`, `tie` and `lose` are of their shares.
        - `confidence`: of the intervals.
        - `categories`: the same for each category.

    Raises:
        ValueError: the sequences differ in length, a verdict is not one of the numbers above, or an option is out of
            range.
    """
    require_entries(
        len(candidate_first),
        candidate_second=candidate_second,
        items=items,
        categories=categories,
        candidate_lengths=candidate_lengths,
        baseline_lengths=baseline_lengths,
    )
    if (candidate_lengths is None) != (baseline_lengths is None):
        raise ValueError("lengths of one side only: give both candidate_lengths and baseline_lengths, or neither")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, it is {confidence!r}")
    if resamples < 1:
        raise ValueError(f"resamples must be at least 1, it is {resamples!r}")

    first = _signs(candidate_first, "candidate_first")
    second = None if candidate_second is None else _signs(candidate_second, "candidate_second")
    differences = None
    if candidate_lengths is not None and baseline_lengths is not None:
        differences = np.asarray(candidate_lengths, float) - np.asarray(baseline_lengths, float)
        if not np.isfinite(differences).all():
            raise ValueError("a length is missing or infinite: give a number for each answer")
    clusters = np.arange(len(first)) if items is None else numbered(items)

    def summary(rows: npt.NDArray[np.bool_]) -> dict[str, Any]:
        return _summary(
            first[rows],
            None if second is None else second[rows],
            clusters[rows],
            None if differences is None else differences[rows],
            confidence=confidence,
            resamples=resamples,
            rng=np.random.default_rng(seed),
        )

    found = summary(np.ones(len(first), bool))
    names = list(dict.fromkeys(categories or ()))
    found["categories"] = {name: summary(np.array([each == name for each in categories or ()])) for name in names}
    return found


def outcomes(candidate_first: Verdicts, candidate_second: Verdicts | None = None) -> Array:
    """Fold the verdicts of each row to 1 (win), 0.5 (tie, or the orders disagree), 0 (lose) or nan (unparsable).

    Raises:
        ValueError: a verdict is none of -2, -1, 0, 1, 2 and `None`.
    """
    first = _signs(candidate_first, "candidate_first")
    return _folded(first, None if candidate_second is None else _signs(candidate_second, "candidate_second"))


def outcome(candidate_first: int | float | None, candidate_second: int | float | None) -> int | None:
    """Fold the verdicts of one row to 1 (win), 0 (tie, or the orders disagree), -1 (lose) or `None` (unparsable)."""
    (folded,) = outcomes([candidate_first], [candidate_second])
    return None if math.isnan(folded) else int(2 * folded - 1)


def length_controlled(
    wins: Array, differences: Array, clusters: Numbers, confidence: float
) -> tuple[float, list[float]]:
    """Estimate the win rate that equally long answers would have, and its interval.

    As in length-controlled AlpacaEval (Dubois et al. 2024, arXiv 2404.04475), without its term for the difficulty of
    an instruction, which takes the answers of many systems to estimate:

        P(win) = sigmoid(theta + phi * tanh(difference / s)),    reported: sigmoid(theta)

    where s is the standard deviation of the differences in length (the candidate's answer minus the baseline's), and a
    tie is half a win. Both coefficients have a normal prior of variance 100, so that they stay finite. Without any
    difference in length it is the win rate. All arrays are of shape (rows,); clusters are instructions, from 0 on.
    """
    features = np.stack([np.ones_like(differences), np.tanh(differences / (differences.std() or 1.0))], axis=1)
    coefficients, variances = fit_logistic(features, wins, np.ones_like(wins), clusters)
    return chance(coefficients[0], variances[0], wins, clusters, confidence)


def fit_logistic(features: Array, targets: Array, weights: Array, clusters: Numbers) -> tuple[Array, Array]:
    """Fit a logistic model, with a normal prior of variance 100 on each coefficient.

    Features are of shape (rows, features), targets from 0 to 1; rows of one cluster are not independent of each other.

    Returns:
        coefficients and their variances, both of shape (features,). The variances are those of the sandwich for
        clusters (Liang and Zeger 1986): they hold where the rows of a cluster share their fate.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    total = weights.sum()

    def loss(coefficients: Array) -> tuple[float, Array]:
        odds = features @ coefficients
        value = weights @ (np.logaddexp(0.0, odds) - targets * odds) + _PRIOR / 2 * coefficients @ coefficients
        slope = (weights * (expit(odds) - targets)) @ features + _PRIOR * coefficients
        return value / total, slope / total

    def curvature(coefficients: Array) -> Array:
        chances = expit(features @ coefficients)
        found = (features.T * (weights * chances * (1 - chances))) @ features + _PRIOR * np.eye(len(features.T))
        result: Array = found / total
        return result

    start = np.zeros(features.shape[1])
    fitted = minimize(loss, start, jac=True, hess=curvature, method="trust-exact", options={"gtol": 1e-7}).x
    rest = weights * (targets - expit(features @ fitted))
    slopes = by_cluster(clusters, (rest * feature for feature in features.T)) / total
    size = len(slopes)
    variances = ((slopes @ np.linalg.inv(curvature(fitted))) ** 2).sum(axis=0) * size / max(size - 1, 1)
    return fitted, variances


def chance(
    coefficient: float, variance: float, targets: Array, clusters: Numbers, confidence: float
) -> tuple[float, list[float]]:
    """Turn a coefficient of a logistic model into a chance and its interval, by Student's t.

    Where the targets are all the same, the coefficient is what the prior makes of it, and its variance says nothing;
    the bound is then that of [`interval`].
    """
    from scipy.special import expit
    from scipy.stats import t

    value = float(expit(coefficient))
    count = len(np.unique(clusters))
    half = t.ppf((1 + confidence) / 2, max(count - 1, 1)) * math.sqrt(variance)
    if count < 2 or np.ptp(targets) == 0 or half < _NOTHING:
        return value, _unseen(value, count, confidence)
    return value, [float(expit(coefficient + side * half)) for side in (-1, 1)]


def by_cluster(clusters: Numbers, columns: Iterable[Array]) -> Array:
    """Add up what the rows of each cluster hold; return an array of shape (clusters, columns)."""
    sums: Array = np.stack([np.bincount(clusters, column) for column in columns], axis=1).astype(float)
    return sums


def resampled(sums: Array, resamples: int, rng: np.random.Generator) -> Array:
    """Bootstrap: draw as many clusters as there are, again and again, and add up what they hold.

    Takes what [`by_cluster`] gives, returns an array of shape (resamples, columns). Clusters that are alike need no
    telling apart, which is fast.
    """
    kinds, counts = np.unique(sums, axis=0, return_counts=True)
    totals: Array = rng.multinomial(len(sums), counts / len(sums), size=resamples) @ kinds
    return totals


def interval(estimates: Array, clusters: int, confidence: float) -> list[float] | None:
    """Cut an interval out of a bootstrap's estimates, `None` if there are none.

    The percentiles are those of an expanded interval (Hesterberg 2015, "What teachers should know about the
    bootstrap"): plain ones are too narrow for few clusters. Where all estimates are the same value, because all
    clusters agree, the bootstrap has nothing to say; then the bound is that of an event that was not seen in as many
    draws: with 5 wins of 5 the interval begins at 0.48.
    """
    from scipy.stats import t

    estimates = estimates[np.isfinite(estimates)]
    if not len(estimates):
        return None
    if np.ptp(estimates) < _NOTHING:
        return _unseen(float(estimates[0]), clusters, confidence)
    freedom = max(clusters - 1, 1)
    share = NormalDist().cdf(math.sqrt(clusters / freedom) * t.ppf((1 - confidence) / 2, freedom))
    return [float(value) for value in np.quantile(estimates, [share, 1 - share])]


def _unseen(value: float, clusters: int, confidence: float) -> list[float]:
    unseen = 1 - ((1 - confidence) / 2) ** (1 / clusters)
    return [value - value * unseen, value + (1 - value) * unseen]


def numbered(items: Iterable[Hashable]) -> Numbers:
    """Number what is equal alike, from 0 on."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(item, len(numbers)) for item in items], np.int64)


def require_entries(count: int, **columns: Sequence[Any] | None) -> None:
    """Refuse columns of another length than `candidate_first`, by `ValueError`."""
    for name, column in columns.items():
        if column is not None and len(column) != count:
            raise ValueError(f"{name} has {len(column)} entries, candidate_first {count}: give one for each row")


def _summary(
    first: Array,
    second: Array | None,
    clusters: Numbers,
    differences: Array | None,
    *,
    confidence: float,
    resamples: int,
    rng: np.random.Generator,
) -> dict[str, Any]:
    folded = _folded(first, second)
    judged = np.isfinite(folded)
    wins, count = folded[judged], int(judged.sum())
    won, tied, lost = ((wins == value) * 1.0 for value in (1.0, 0.5, 0.0))
    # What each row adds to the numerator and the denominator of a rate; a cluster adds what its rows do.
    shares = {"win": won, "tie": tied, "lose": lost, "win_rate": wins}
    parts = {name: (share, np.ones(count)) for name, share in shares.items()}
    parts["win_rate_without_ties"] = (won, won + lost)
    if second is not None:
        parts["consistency"] = ((first[judged] == second[judged]) * 1.0, np.ones(count))
    found: dict[str, Any] = {
        "rows": len(first),
        "judged": count,
        "unparsable": len(first) - count,
        "win": int(won.sum()),
        "tie": int(tied.sum()),
        "lose": int(lost.sum()),
        "win_rate": None,
        "win_rate_without_ties": None,
        "consistency": None,
        "first_shown_preferred": _first_shown_preferred(first, second),
        "length_controlled_win_rate": None,
        "intervals": dict.fromkeys(parts),
        "confidence": confidence,
    }
    if differences is not None:
        found["intervals"]["length_controlled_win_rate"] = None
    if not count:
        return found

    place = numbered(clusters[judged].tolist())
    sums = by_cluster(place, (part for pair in parts.values() for part in pair))
    totals = resampled(sums, resamples, rng)
    for at, (name, (above, below)) in enumerate(parts.items()):
        if found[name] is None and below.any():
            found[name] = float(above.sum() / below.sum())
        with np.errstate(invalid="ignore"):  # without a win or a loss in a sample there is no rate in it
            estimates = totals[:, 2 * at] / totals[:, 2 * at + 1]
        found["intervals"][name] = interval(estimates, int(np.count_nonzero(sums[:, 2 * at + 1])), confidence)
    if differences is not None:
        name = "length_controlled_win_rate"
        found[name], found["intervals"][name] = length_controlled(wins, differences[judged], place, confidence)
    return found


def _signs(verdicts: Verdicts, name: str) -> Array:
    """Turn verdicts to -1, 0, 1 and nan."""
    values = np.array([np.nan if verdict is None else verdict for verdict in verdicts], float)
    known = np.isnan(values) | np.isin(values, (-2, -1, 0, 1, 2))
    if not known.all():
        raise ValueError(f"{name} holds {values[~known][0]:g}: a verdict is one of -2, -1, 0, 1, 2, or None")
    signs: Array = np.sign(values)
    return signs


def _folded(first: Array, second: Array | None) -> Array:
    if second is None:
        return (first + 1) / 2
    agreed = np.where(first == second, (first + 1) / 2, 0.5)
    return np.where(np.isnan(first) | np.isnan(second), np.nan, agreed)


def _first_shown_preferred(first: Array, second: Array | None) -> float | None:
    shown_first = first if second is None else np.concatenate([first, -second])
    decided = shown_first[np.isfinite(shown_first) & (shown_first != 0)]
    return float((decided > 0).mean()) if len(decided) else None
