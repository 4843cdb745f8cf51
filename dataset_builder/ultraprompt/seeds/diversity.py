"""Selection by n-gram diversity (Song et al. 2024): greedily the text with most unseen n-grams. Knows no seeds."""

import heapq
from collections.abc import Mapping, Sequence

import numpy as np

from .ngrams import Rows


def most_diverse(grams: Rows, *, groups: Sequence[str], quotas: Mapping[str, int], count: int) -> list[int]:
    """Choose texts one after the other, each time the one with most n-grams that no chosen text has.

    What a text adds can only shrink, so a text whose gain, counted anew, is still the largest of the old gains is the
    best one: few have to be counted again, and the choice is that of the plain greedy algorithm.

    Args:
        grams (`Rows`):
            N-grams of each text.
        groups (sequence of `str`):
            Group of each text.
        quotas (mapping):
            Most texts of each group.
        count (`int`):
            Most texts in all.

    Returns:
        `list[int]`: the numbers of the chosen texts, in the order of choice; of equal gains the first text wins.
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
