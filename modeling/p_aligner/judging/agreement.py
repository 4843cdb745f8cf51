"""Does a judge agree with people? Knows nothing of either but their verdicts."""

from collections import Counter
from collections.abc import Sequence
from typing import Any


def agreement(labels: Sequence[int], verdicts: Sequence[int | None]) -> dict[str, Any]:
    """Compare a judge's verdicts with labels by people.

    Args:
        labels: 1: the candidate's answer is better, 0: equally good, -1: the other one is better.
        verdicts: the judge's, from the same point of view.

    Returns:
        `dict`: `pairs`, `unparsable`; of the others `agreement` (the share of equal ones) and `kappa` (Cohen's: the
        agreement beyond chance, 0 for a judge that knows nothing); `decided` (pairs in which neither sees a tie) and
        `accuracy` on these. `None` where nothing is left to count, or chance alone would always agree.
    """
    pairs = [(label, said) for label, said in zip(labels, verdicts, strict=True) if said is not None]
    equal = _share([label == said for label, said in pairs])
    decided = [label == said for label, said in pairs if label and said]
    people, judge = (Counter(pair[side] for pair in pairs) for side in (0, 1))
    by_chance = sum(people[sign] * judge[sign] for sign in people) / max(len(pairs), 1) ** 2
    return {
        "pairs": len(labels),
        "unparsable": len(labels) - len(pairs),
        "agreement": equal,
        "kappa": None if equal is None or by_chance == 1 else (equal - by_chance) / (1 - by_chance),
        "decided": len(decided),
        "accuracy": _share(decided),
    }


def _share(hits: Sequence[bool]) -> float | None:
    return sum(hits) / len(hits) if hits else None
