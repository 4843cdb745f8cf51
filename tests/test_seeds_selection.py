from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ultraprompt.seeds.ngrams import ngrams_of, words_of
from ultraprompt.seeds.selection import most_diverse, near_to_earlier, repeats


# Few different words, so that texts share n-grams.
TEXTS = st.lists(st.lists(st.sampled_from("a b c d e".split()), max_size=9).map(" ".join), max_size=25)


def sets_of(texts: Sequence[str], n: int) -> list[set[tuple[str, ...]]]:
    return [set(zip(*(text.split()[place:] for place in range(n)), strict=False)) for text in texts]


@given(TEXTS, st.integers(1, 4))
def test_ngrams_are_those_of_each_text_the_rarest_first(texts: list[str], n: int) -> None:
    expected = sets_of(texts, n)
    rows = ngrams_of(words_of(texts), n)
    assert len(rows) == len(texts)
    spread = np.bincount(rows.values)
    assert list(spread) == sorted(spread)
    for one in range(len(texts)):
        assert len(rows[one]) == len(expected[one])
        assert list(rows[one]) == sorted(rows[one])
        for other in range(one):
            assert len(set(rows[one]) & set(rows[other])) == len(expected[one] & expected[other])


def test_words_are_numbered_without_case_and_spaces_but_with_signs() -> None:
    rows = words_of(["What is 7+5?", "what IS  7 + 5 ?", "What is 7-5?", "", "天気は"])
    assert list(rows[0]) == list(rows[1]) != list(rows[2])
    assert [len(rows[number]) for number in range(5)] == [6, 6, 6, 0, 3]
    assert [list(row) for row in (rows.take([4, 3])[0], rows.take([4, 3])[1])] == [list(rows[4]), []]


@given(TEXTS)
def test_a_text_is_equal_to_an_earlier_one(texts: list[str]) -> None:
    assert list(repeats(words_of(texts), None)) == [n for n, text in enumerate(texts) if text in texts[:n]]


@settings(max_examples=150)
@given(TEXTS, st.integers(1, 3), st.sampled_from([0.1, 0.3, 0.5, 0.6, 0.75, 0.9, 1.0]))
def test_near_duplicates_are_those_that_comparing_all_pairs_finds(texts: list[str], n: int, threshold: float) -> None:
    grams = sets_of(texts, n)
    kept: list[int] = []
    expected = []
    for number, mine in enumerate(grams):
        near = any(mine and len(mine & grams[o]) / len(mine | grams[o]) >= threshold for o in kept)
        expected.append(near)
        if not near:
            kept.append(number)
    assert list(near_to_earlier(ngrams_of(words_of(texts), n), threshold)) == expected


def plainly(texts: Sequence[str], groups: Sequence[str], quotas: dict[str, int], count: int) -> list[int]:
    """Choose as the paper says: count what every text would add, take the best one, and again."""
    grams, seen, left = sets_of(texts, 2), set[tuple[str, ...]](), dict(quotas)
    chosen: list[int] = []
    while len(chosen) < count:
        able = [number for number in range(len(texts)) if number not in chosen and left[groups[number]]]
        if not able:
            break
        best = max(able, key=lambda number: (len(grams[number] - seen), -number))
        seen |= grams[best]
        left[groups[best]] -= 1
        chosen.append(best)
    return chosen


@settings(max_examples=150)
@given(TEXTS, st.integers(0, 30), st.integers(0, 6), st.integers(1, 9))
def test_the_choice_is_that_of_the_plain_greedy_algorithm(texts: list[str], count: int, few: int, many: int) -> None:
    groups = ["even" if number % 2 else "odd" for number in range(len(texts))]
    quotas = {"even": few, "odd": many}
    grams = ngrams_of(words_of(texts), 2)
    chosen = most_diverse(grams, groups=groups, quotas=quotas, count=count)
    assert chosen == plainly(texts, groups, quotas, count)
