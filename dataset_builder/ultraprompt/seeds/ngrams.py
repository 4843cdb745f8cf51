"""Texts as sets of n-grams, in flat arrays of numbers, because Python's own sets take far more memory."""

import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray


# Thai, Lao, Burmese, Khmer, Japanese and Chinese have no spaces between words: there, a character is a word. So is
# every other sign, because 7+5 is not 7-5.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+|[^\w\s]")


@dataclass(frozen=True)
class Rows:
    """Rows of different lengths, one after the other."""

    values: NDArray[np.int64]  # all rows: (sum of the lengths,)
    starts: NDArray[np.int64]  # where each begins, and the end: (rows + 1,)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, row: int) -> NDArray[np.int64]:
        return self.values[self.starts[row] : self.starts[row + 1]]

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        return np.diff(self.starts)

    def take(self, rows: Sequence[int]) -> "Rows":
        values = np.concatenate([self.values[:0], *(self[row] for row in rows)])
        return Rows(values, np.concatenate([[0], np.cumsum(self.lengths[list(rows)])]).astype(np.int64))


def words_of(texts: Iterable[str]) -> Rows:
    """Number the words of texts; case and spaces do not matter."""
    vocabulary: dict[str, int] = {}
    values, starts = array("q"), array("q", [0])
    for text in texts:
        values.extend([vocabulary.setdefault(word, len(vocabulary)) for word in _WORD.findall(text.casefold())])
        starts.append(len(values))
    return Rows(_as_numbers(values), _as_numbers(starts))


def ngrams_of(texts: Rows, n: int) -> Rows:
    """Return the different n-grams of each text, the rarest first: n-gram 0 is in the fewest texts."""
    grams, row = texts.values, np.repeat(np.arange(len(texts)), texts.lengths)
    base = 1 + int(grams.max(initial=0))
    for place in range(1, n):
        # Numbered anew after each word, so that the product stays far below 2 ** 63.
        grams = np.unique(grams[:-1] * base + texts.values[place:], return_inverse=True)[1]
    kept = row[: len(grams)] == row[len(row) - len(grams) :]  # begins and ends in one text
    row, grams = _distinct(row[: len(grams)][kept], grams[kept])
    spread = np.bincount(grams)
    rank = np.empty(len(spread), np.int64)
    rank[np.argsort(spread, kind="stable")] = np.arange(len(spread))
    row, grams = _distinct(row, rank[grams])
    return Rows(grams, np.searchsorted(row, np.arange(len(texts) + 1)))


def _distinct(rows: NDArray[np.int64], grams: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    count = 1 + int(grams.max(initial=0))
    keys = np.sort(rows * count + grams)  # many times faster than `np.unique`, which hashes
    rows, grams = np.divmod(keys[np.diff(keys, prepend=-1) > 0], count)
    return rows, grams


def _as_numbers(values: "array[Any]") -> NDArray[np.int64]:
    return np.frombuffer(values, np.int64) if values else np.empty(0, np.int64)
