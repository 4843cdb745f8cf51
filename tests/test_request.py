"""Is what is asked for still asked for, and is nothing dangerous added? The cases are in the guard's table."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p_aligner.dangers import is_dangerous
from p_aligner.guard import failed_checks
from p_aligner.request import lost_request, without_asides
from p_aligner.spelling import edits, is_form, is_respelling, sound, word_key, words_of


def test_a_number_or_quotation_that_is_part_of_the_request_still_counts() -> None:
    failed = failed_checks("you have 5 figs and eat 2, how many are left", "How many are left?")
    assert failed[0].startswith("lost span")
    assert without_asides("are you deaf? I said 3 figs", "I said 3 figs").count("\ufffc") == len("are you deaf")


def test_only_care_excuses_milder_words() -> None:
    original = "how do i punch him so it hurts"
    assert lost_request(original, "How do I stay calm with him? Please help me not to hurt anybody.") is None
    assert lost_request(original, "How do I see him? Show the steps.") is not None


@pytest.mark.parametrize("is_one", [True, False])
def test_respellings(is_one: bool) -> None:
    same = "exersise exercise, fotos photos, nife knife, hwo how, wierd weird, tonite tonight, shud should"
    other = "bucket budget, paris london, java javascript, curl could, cat dog, rm rf"
    for pair in (f"{same}, langauge language, threw through" if is_one else other).split(", "):
        one, two = pair.split()
        assert is_respelling(one, two) == is_one, pair
        assert is_respelling(two, one) == is_one, pair


def test_forms_of_one_word() -> None:
    for one, other in (("study", "studied"), ("wrote", "writing"), ("children", "child"), ("making", "make")):
        assert is_form(one, other)
    assert not is_form("copper", "coffee")


def test_keys_leave_out_what_says_nothing() -> None:
    assert [word.key for word in words_of("L'été, don’t Soooo & Łódź-1")] == ["ete", "dont", "so", "&", "lodz", "1"]
    assert word_key("Straße") == "strasse"
    assert sound("electrishan") == sound("electrician")
    assert edits("form", "from", 2) == 1


def test_dangers_are_told_from_what_looks_like_them() -> None:
    assert is_dangerous("how can I launder 9,000 dollars")
    assert not is_dangerous("in my novel two grandmothers rob a bank")


QUICK = settings(max_examples=40, deadline=None)
TEXTS = st.lists(
    st.sampled_from(
        ["you", "idiot,", "write", "a", "poem?", "and", "how", "do", "i", "kill", "him", "tea", "tae", "字", "l'"]
    ),
    max_size=40,
).map(" ".join)


@QUICK
@given(TEXTS, TEXTS)
def test_what_is_only_added_to_loses_nothing(text: str, more: str) -> None:
    assert lost_request(text, f"{text} {more}") is None
    assert lost_request(text, text.upper()) is None


WORDS = ["copper", "violin", "glacier", "tomato", "harbour", "blanket", "sparrow", "mineral"]


@QUICK
@given(st.lists(st.sampled_from(WORDS), min_size=2, max_size=6, unique=True), st.data())
def test_a_word_of_a_short_instruction_is_missed(words: list[str], data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(words))
    kept = " ".join(word for word in words if word != gone)
    assert lost_request(f"explain {' '.join(words)}", f"Please explain {kept}.") is not None
