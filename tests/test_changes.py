"""What refinements changed: figures that can be counted by hand, and word changes that lose nothing."""

import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p_aligner.changes import added_sentences, content_kept, distinct, most_added, word_changes


def test_content_words_are_counted_once_and_in_any_case() -> None:
    assert content_kept("Bake bread with honey.", "Please BAKE a bread, with honey.") == (3, 3)
    assert content_kept("bake bread, bake bread", "bake a cake") == (1, 2)
    assert content_kept("what is the", "another") == (0, 0)


def test_added_sentences() -> None:
    assert added_sentences("Bake bread.", "Bake bread. Use honey. Be brief!") == ["Use honey.", "Be brief!"]
    assert added_sentences("Sort this:\n3\n1", "Sort this:\n3\n1\nFrom low to high.") == ["From low to high."]
    assert added_sentences(" same ", "same") == []


def test_the_most_frequent_addition() -> None:
    pairs = [("a.", "a. Be brief."), ("b.", "b. Be brief."), ("c.", "c. Use honey."), ("d.", "d.")]
    assert most_added(pairs) == [("Be brief.", 0.5)]
    assert most_added(pairs, 2) == [("Be brief.", 0.5), ("Use honey.", 0.25)]
    assert most_added([("a", "a")]) == []


@pytest.mark.parametrize(
    ("texts", "size", "expected"),
    [(["a b a b"], 1, 0.5), (["a b a b"], 2, 2 / 3), (["A b", "a b"], 2, 0.5), (["a"], 2, 0.0), ([], 1, 0.0)],
)
def test_distinct(texts: list[str], size: int, expected: float) -> None:
    assert distinct(texts, size) == pytest.approx(expected)


def test_words_and_signs_are_compared() -> None:
    assert list(word_changes("tell me, please", "Tell me now, please")) == [
        ("removed", "tell"),
        ("added", "Tell"),
        ("same", " me"),
        ("added", " now"),
        ("same", ", please"),
    ]
    assert list(word_changes("same", "same")) == [("same", "same")]
    assert list(word_changes("", "new")) == [("added", "new")]


@given(st.text(alphabet="ab \n.é", max_size=80), st.text(alphabet="ab \n.é", max_size=80))
def test_nothing_is_lost(before: str, after: str) -> None:
    pieces = list(word_changes(before, after))
    assert "".join(piece for kind, piece in pieces if kind != "added") == before
    assert "".join(piece for kind, piece in pieces if kind != "removed") == after


@pytest.mark.parametrize(("old", "new"), [("a ", "b "), ("a b ", "a c ")])
def test_time_grows_with_length_and_not_with_its_square(old: str, new: str) -> None:
    def seconds(size: int) -> float:
        texts = (old * size)[:size], (new * size)[:size]
        return min(timeit.repeat(lambda: list(word_changes(*texts)), number=1, repeat=3))

    # Compared without care, five times the text takes a hundred times as long.
    assert seconds(1_400) < 20 * seconds(280)


def test_what_would_take_too_long_is_not_compared() -> None:
    before, after = "a " * 50_000, "b " * 50_000
    assert list(word_changes(before, after)) == [("removed", before), ("added", after)]
