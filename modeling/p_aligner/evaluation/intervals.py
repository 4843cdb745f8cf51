"""Shares, means and rank correlations with their intervals. Knows nothing of what is counted."""

import math
from collections.abc import Sequence
from statistics import fmean, stdev
from typing import Any


Record = dict[str, Any]
_Z = 1.959964  # of 95 %


def share(count: int, total: int) -> Record:
    """Return a share with its interval of 95 % (Wilson); `None` where there is nothing to count."""
    from scipy.stats import binomtest

    if total == 0:
        return {"value": None, "n": 0, "interval": None}
    low, high = binomtest(count, total).proportion_ci(method="wilson")
    return {"value": round(count / total, 4), "n": total, "interval": [round(float(low), 4), round(float(high), 4)]}


def mean(values: Sequence[float]) -> Record:
    """Return a mean with its interval of 95 % (normal); one value alone has none."""
    if not values:
        return {"value": None, "n": 0, "interval": None}
    value = fmean(values)
    half = _Z * stdev(values) / math.sqrt(len(values)) if len(values) > 1 else None
    interval = None if half is None else [round(value - half, 4), round(value + half, 4)]
    return {"value": round(value, 4), "n": len(values), "interval": interval}


def ratio(counts: Sequence[tuple[int, int]]) -> Record:
    """Return the sum of parts over the sum of wholes, with the interval of 95 % of a ratio of means."""
    parts, wholes = [part for part, _ in counts], [whole for _, whole in counts]
    if not sum(wholes):
        return {"value": None, "n": 0, "interval": None}
    value = sum(parts) / sum(wholes)
    rest = [part - value * whole for part, whole in counts]
    half = _Z * stdev(rest) / (math.sqrt(len(rest)) * fmean(wholes)) if len(rest) > 1 else None
    interval = None if half is None else [round(max(0.0, value - half), 4), round(min(1.0, value + half), 4)]
    return {"value": round(value, 4), "n": sum(wholes), "interval": interval}


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
