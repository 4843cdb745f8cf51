"""Shares, means and rank correlations with their intervals. Knows nothing of what is counted."""

import math
from collections.abc import Sequence
from statistics import fmean, stdev
from typing import Any


Record = dict[str, Any]
_Z = 1.959964  # of 95 %
_FEWEST = 5  # values of which an interval is told: what a few scatter says nothing of how far they are off


def share(count: int, total: int) -> Record:
    """Return a share with its interval of 95 % (Wilson); `None` where there is nothing to count."""
    from scipy.stats import binomtest

    if total == 0:
        return _figure(None, 0)
    return _figure(count / total, total, binomtest(count, total).proportion_ci(method="wilson"))


def mean(values: Sequence[float], ends: tuple[float, float] = (-math.inf, math.inf)) -> Record:
    """Return a mean with its interval of 95 % (normal), cut at the `ends` of the scale; a few values have none."""
    if not values:
        return _figure(None, 0)
    value = fmean(values)
    half = _Z * stdev(values) / math.sqrt(len(values)) if len(values) >= _FEWEST else None
    interval = None if half is None else (max(ends[0], value - half), min(ends[1], value + half))
    return _figure(value, len(values), interval)


def ratio(counts: Sequence[tuple[int, int]]) -> Record:
    """Return the sum of parts over the sum of wholes, with the interval of 95 % of a ratio of means."""
    parts, wholes = [part for part, _ in counts], [whole for _, whole in counts]
    if not sum(wholes):
        return _figure(None, 0)
    value = sum(parts) / sum(wholes)
    rest = [part - value * whole for part, whole in counts]
    half = _Z * stdev(rest) / (math.sqrt(len(rest)) * fmean(wholes)) if len(rest) > 1 else None
    return _figure(value, sum(wholes), None if half is None else (max(0.0, value - half), min(1.0, value + half)))


def _figure(value: float | None, n: int, interval: Sequence[float] | None = None) -> Record:
    ends = None if interval is None else [round(float(end), 4) for end in interval]
    return {"value": None if value is None else round(value, 4), "n": n, "interval": ends}


def kendall(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return Kendall's tau-b of two orders; `None` where there is nothing to order."""
    from scipy.stats import kendalltau

    return round(float(kendalltau(one, other).statistic), 3) if _have_order(one, other) else None


def spearman(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return Spearman's rank correlation; `None` where there is nothing to order."""
    from scipy.stats import spearmanr

    return round(float(spearmanr(one, other).statistic), 3) if _have_order(one, other) else None


def _have_order(one: Sequence[float], other: Sequence[float]) -> bool:
    """Say whether there are enough values to speak of an order, and differences among them."""
    return len(one) > 2 and len(set(one)) > 1 and len(set(other)) > 1
