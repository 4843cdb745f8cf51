"""Which texts say the same as an earlier one, and which add most to others. Knows no seeds.

Near duplicates are found exactly, where MinHash would miss some and drop others: in an index each kept text stands
under its rarest n-grams only (the prefix filter of set similarity joins), so that the few that can be alike are found
and compared. Diversity is that of n-grams (Song et al. 2024): greedily the text with most unseen ones.
"""

import heapq
import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .ngrams import Rows, ngrams_of


_SHINGLE = 3  # words of an n-gram that near duplicates share


def repeats(texts: Rows, near: float | None) -> dict[int, str]:
    """Say which texts repeat an earlier one, and how; with `near`, also those that are so similar to one."""
    first: dict[bytes, int] = {}
    different = [number for number in range(len(texts)) if first.setdefault(texts[number].tobytes(), number) == number]
    found = dict.fromkeys(sorted({*range(len(texts))} - {*different}), "equal to another")
    if near is not None:
        alike = near_to_earlier(ngrams_of(texts.take(different), _SHINGLE), near)
        found |= {different[place]: "near another" for place in np.flatnonzero(alike).tolist()}
    return found


def near_to_earlier(grams: Rows, threshold: float) -> NDArray[np.bool_]:
    """Tell which texts share n-grams with an earlier text that is kept: Jaccard at least `threshold`.

    The n-grams of a text come with the rarest first; a text without any is kept.
    """
    sizes = grams.lengths
    spread = np.bincount(grams.values)
    marked = np.zeros(len(spread), np.bool_)
    index: dict[int, list[int]] = {}
    near = np.zeros(len(grams), np.bool_)
    for number in range(len(grams)):
        row, size = grams[number], int(sizes[number])
        # Two sets as similar as that share one of their first `prefix` elements, whatever the common order is.
        prefix = row[: size - math.ceil(threshold * size - 1e-9) + 1]
        prefix = prefix[spread[prefix] > 1]
        if not len(prefix):
            continue
        places = [index.setdefault(gram, []) for gram in prefix.tolist()]
        others = np.array(sorted({other for place in places for other in place}), np.int64)
        others = others[(sizes[others] >= threshold * size - 1e-9) & (sizes[others] <= size / threshold + 1e-9)]
        if len(others):
            marked[row] = True
            shared = _count_marked(marked, grams, others)
            marked[row] = False
            near[number] = bool((shared >= threshold * (size + sizes[others] - shared) - 1e-9).any())
        if not near[number]:
            for place in places:
                place.append(number)
    return near


def _count_marked(marked: NDArray[np.bool_], grams: Rows, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the marked n-grams of each of `rows`, none of which is empty."""
    sizes = grams.lengths[rows]
    ends = np.cumsum(sizes)
    places = np.arange(ends[-1]) + np.repeat(grams.starts[rows] - ends + sizes, sizes)
    return np.add.reduceat(marked[grams.values[places]], ends - sizes, dtype=np.int64)


def most_diverse(grams: Rows, *, groups: Sequence[str], quotas: Mapping[str, int], count: int) -> list[int]:
    """Choose texts one after the other, each time the first of those with most n-grams that no chosen text has.

    What a text adds can only shrink, so a text whose gain, counted anew, is still the largest of the old gains is the
    best one: few have to be counted again, and the choice is that of the plain greedy algorithm. `quotas` and `count`
    are most texts of each group, and in all.
    """
    left = dict(quotas)
    seen = np.zeros(int(grams.values.max(initial=-1)) + 1, np.bool_)
    heap = [(-size, number) for number, size in enumerate(grams.lengths.tolist())]
    heapq.heapify(heap)
    chosen: list[int] = []
    while heap and len(chosen) < count:
        _, number = heap[0]
        if not left[groups[number]]:
            heapq.heappop(heap)
            continue
        row = grams[number]
        heapq.heapreplace(heap, (int(np.count_nonzero(seen[row])) - len(row), number))
        if heap[0][1] == number:
            heapq.heappop(heap)
            seen[row] = True
            left[groups[number]] -= 1
            chosen.append(number)
    return chosen
