"""How fast are seeds chosen? Prints one JSON.

    python tests/benchmarks/seeds.py [--candidates 100000] [--chosen 10000]

The candidates are generated: words drawn by Zipf's law, 60 in a text on average, so that n-grams are as rare as in
real instructions; one in ten is an earlier one with a word changed.
"""

import random
import resource
import sys
import time
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any, TypeVar

import numpy as np
from race import parser, report

from ultraprompt.seeds.ngrams import Rows, ngrams_of, words_of
from ultraprompt.seeds.selection import SHINGLE, equal_to_earlier, most_diverse, near_to_earlier


Result = TypeVar("Result")


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--candidates", type=int, default=100_000)
    arguments.add_argument("--chosen", type=int, default=10_000)
    options = arguments.parse_args()
    report(measure_selection(generated(options.candidates), options.chosen), options.output)


def generated(count: int) -> list[str]:
    """Draw texts; every tenth is an earlier one with one word changed."""
    rng = random.Random(0)
    words = [f"w{number}" for number in range(60_000)]
    weights = list(accumulate(1 / number for number in range(1, 60_001)))
    texts: list[str] = []
    for number in range(count):
        if number % 10 == 9:
            text = rng.choice(texts).split()
            text[rng.randrange(len(text))] = "changed"
        else:
            text = rng.choices(words, cum_weights=weights, k=max(5, int(rng.expovariate(1 / 60))))
        texts.append(" ".join(text))
    return texts


def measure_selection(texts: list[str], count: int) -> dict[str, Any]:
    """Run the steps of `load_seeds` one by one; seconds are of the processor."""
    figures: dict[str, Any] = {"candidates": len(texts), "memory_before_mb": _memory_mb()}

    def timed(name: str, run: Callable[[], Result]) -> Result:
        started = time.process_time()
        result = run()
        figures[f"{name}_s"] = round(time.process_time() - started, 2)
        return result

    words = timed("words", lambda: words_of(texts))
    equal = timed("equal", lambda: equal_to_earlier(words))
    shingles = timed("shingles", lambda: ngrams_of(words, SHINGLE))
    near = timed("near", lambda: near_to_earlier(shingles, 0.7))
    different = np.flatnonzero(~(equal | near)).tolist()
    grams = timed("bigrams", lambda: ngrams_of(words.take(different), 2))
    quotas = {"all": count}
    chosen = timed("select", lambda: most_diverse(grams, groups=["all"] * len(grams), quotas=quotas, count=count))
    figures["memory_mb"] = _memory_mb()
    figures["equal"], figures["near"] = int(equal.sum()), int((near & ~equal).sum())
    figures["chosen"] = len(chosen)
    sample = random.Random(0).sample(range(len(grams)), len(chosen))
    figures["different_bigrams"] = {"chosen": _different(grams, chosen), "random": _different(grams, sample)}
    figures["mean_bigrams"] = {"chosen": _mean(grams, chosen), "random": _mean(grams, sample)}
    return figures


def _different(grams: Rows, numbers: Sequence[int]) -> int:
    return len(np.unique(grams.take(numbers).values))


def _mean(grams: Rows, numbers: Sequence[int]) -> float:
    return round(float(grams.lengths[list(numbers)].mean()), 1)


def _memory_mb() -> int:
    """Return the most memory that the process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1024 if sys.platform == "linux" else 1024**2)


if __name__ == "__main__":
    main()
