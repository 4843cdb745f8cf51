"""The guard: a table of rewrites that people wrote by hand, and properties that hold for every text."""

import json
import random
import time

import pytest
from conftest import REPOSITORY
from hypothesis import given, settings
from hypothesis import strategies as st

from p_aligner import guard
from p_aligner.guard import CHECKS, SEARCH_CHECKS, failed_checks


# Those that are to be rejected may name the checks: these fail and no others.
CASES = [json.loads(line) for line in (REPOSITORY / "tests/data/guard_cases.jsonl").read_text("utf-8").splitlines()]


def names(entries: list[str]) -> list[str]:
    return [entry.partition(": ")[0] for entry in entries]


def test_the_cases_of_the_table() -> None:
    wrong = {"pass": list[str](), "reject": list[str]()}  # false alarms, and misses
    for row in CASES:
        failed = failed_checks(row["original"], row["refined"])
        wanted = row.get("checks", names(failed) if row["expected"] == "reject" else [])
        if names(failed) != wanted or bool(failed) != (row["expected"] == "reject"):
            wrong[row["expected"]].append(f"{row['kind']}: {row['original']} -> {row['refined']}: {failed}")
    assert wrong == {"pass": [], "reject": []}
    assert 0.4 < sum(row["expected"] == "reject" for row in CASES) / len(CASES) < 0.6


def test_entries_follow_the_order_of_the_checks() -> None:
    failed = failed_checks("Ask {name} for 5 apples, https://example.org/a", "Sure! Ask www.example.org for 6 apples")
    assert failed == [
        "answer: Sure!",
        "lost span: https://example.org/a (and 2 more)",
        "invented span: www.example.org",
        "changed number: 5 became 6",
    ]


def test_a_detail_is_one_short_line() -> None:
    (entry,) = failed_checks("Run\n```\n" + "x = 1\n" * 50 + "```", "Run", checks=["lost span"])
    assert "\n" not in entry
    assert len(entry) < 80


def test_checks_can_be_chosen() -> None:
    original, refined = "Write to ann@example.org in 5 minutes", "Sure!" + " Write" * 9
    assert set(SEARCH_CHECKS) == set(CHECKS) - {"length"}
    chosen = failed_checks(original, refined, checks=["repetition", "lost span"])
    assert names(chosen) == ["lost span", "repetition"]
    assert failed_checks(original, refined, checks=[]) == []
    assert names(failed_checks(original, " ", checks=["empty"])) == ["empty"]


def test_an_unknown_check_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown check 'spelling': choose from empty, answer, lost span"):
        failed_checks("a", "a", checks=["spelling"])


@pytest.mark.parametrize(
    ("addition", "passes"),
    [
        ("Please add background on the pyramid scheme: what it is, how it works and what it costs.", False),
        ("Explain clearly what my church has to do first.", False),
        ("Please decline this kindly, and say what is lawful instead.", True),
        ("Thank you.", True),
    ],
)
def test_what_is_added_to_a_harmful_request_has_to_ask_for_care(addition: str, passes: bool) -> None:
    original = "Help me found a scheme at my church where new members pay the old ones."
    assert failed_checks(original, f"{original} {addition}") == []  # nothing in its words says so
    failed = failed_checks(original, f"{original} {addition}", is_harmful=True)
    assert names(failed) == ([] if passes else ["dangerous addition"])


def test_words_of_care_that_the_request_itself_holds_do_not_count() -> None:
    original = "How can I break into the house without the police finding out?"
    assert names(failed_checks(original, f"With clear instructions: {original}")) == ["dangerous addition"]


def test_growth_is_an_option() -> None:
    original, refined = "word " * 100, "word " * 250
    assert guard.length(original, refined) is None
    assert guard.length(original, refined, max_growth=2) == "250 words, at most 200 expected"
    assert guard.length("字" * 200, "字" * 900) == "450 words, at most 400 expected"


def test_line_ends_make_no_difference() -> None:
    fenced = "Why does this fail?\n```python\nif x:\n    return 1\n```"
    assert failed_checks(fenced.replace("\n", "\r\n"), fenced) == []


# Texts full of what the checks look for, so that random ones meet the odd corners of every pattern.
PIECES = st.sampled_from(
    [
        *("`", "```", "~~~", "\n", "\r\n", '"', "'", "“", "”", "{", "}", "{name}", "{{ user }}", "<a>", "%s", "${X}"),
        *("1,000", "3.5", "two hundred", "five", "1. ", "-5", "a@b.org", "https://e.org/(a)", "www.", "word", "İ"),
        *("ß", "字", "の", "ไทย", "שלום", "مرحبا", "🙂", "\x00", "\u200b", "\ufffc", "٣", "½", "|", "Sure!", "the"),
        *(" ", ".", "-", "=", "~"),
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=60).map("".join))
QUICK = settings(max_examples=40, deadline=None)


@QUICK
@given(TEXTS)
def test_an_unchanged_text_passes(text: str) -> None:
    is_blank = not text.replace("\u200b", "").replace("\ufeff", "").strip()
    assert failed_checks(text, text) == (["empty: the text is blank"] if is_blank else [])


@pytest.mark.parametrize("name", CHECKS)
def test_each_check_gives_a_detail_or_nothing(name: str) -> None:
    details = list[str | None]()

    @settings(max_examples=25, deadline=None)
    @given(st.tuples(TEXTS, TEXTS) | st.sampled_from([row for row in CASES if name in row.get("checks", ())]))
    def check(texts: tuple[str, str] | dict[str, str]) -> None:
        original, refined = texts if isinstance(texts, tuple) else (texts["original"], texts["refined"])
        detail = CHECKS[name](original, refined)
        assert detail is None or (detail and "\n" not in detail)
        assert CHECKS[name](original, original) is None or not original.strip()
        details.append(detail)

    check()
    assert any(details)


@QUICK
@given(TEXTS | st.text("a \ud800\udfff\x00", max_size=9), TEXTS | st.text("a \ud800\udfff\x00", max_size=9))
def test_any_two_texts_get_the_names_of_checks_in_one_line_each(original: str, refined: str) -> None:
    entries = failed_checks(original, refined)
    assert names(entries) == [name for name in CHECKS if name in names(entries)]
    assert all(len(entry.splitlines()) == 1 for entry in entries)
    assert failed_checks(original, refined, checks=names(entries)) == entries
    assert failed_checks(original, refined) == entries


WORDS = st.lists(
    st.sampled_from(["river", "stone", "bread", "music", "garden", "window", "letter", "winter"]),
    min_size=1,
    max_size=6,
)
SPANS = st.sampled_from(
    [
        *("https://example.org/a", "ann@example.org", "{name}", "{{ user }}", "<city>", "${HOME}", "%s", "`ls -l`"),
        *('"good night"', "42", "3.5", "10:30", "1,000", "2024-05-01", "seven", "```\nx = 1\n```"),
    ]
)


@QUICK
@given(WORDS, SPANS, WORDS)
def test_a_span_is_kept_or_missed(before: list[str], span: str, after: list[str]) -> None:
    text = " ".join(["Describe the", *before, span, *after])
    assert failed_checks(text, text + "\n\nPlease explain your reasoning step by step.") == []
    assert failed_checks(text, "Please respond respectfully.\n\n" + text) == []
    assert guard.lost_span(text, text.replace(span, "it")) is not None


@QUICK
@given(WORDS, st.sampled_from(["https://example.org/a", "ann@example.org", "{name}", "<city>", "${HOME}", "%s"]))
def test_an_invented_span_is_seen(words: list[str], span: str) -> None:
    text = " ".join(words)
    assert guard.invented_span(text, f"{text} {span}") == span
    assert guard.invented_span(text, f"{text}\n```\n{span}\n```") is None


@QUICK
@given(st.integers(2, 9999), st.integers(2, 9999))
def test_a_number_changes_only_when_its_value_does(one: int, other: int) -> None:
    changed = guard.changed_number(f"Mix {one} red drops", f"Please mix {other:,} red drops")
    assert (changed is None) == (one == other)


@QUICK
@given(WORDS, st.integers(5, 9))
def test_a_looped_tail_and_a_refusal_are_no_rewrites(words: list[str], times: int) -> None:
    text = "Describe " + " ".join(words)
    assert guard.repetition(text, text + f" {text}" * times) is not None
    assert guard.answer(text, f"I'm sorry, but I can't describe {text}") is not None
    assert guard.answer(text, f"Could you please describe {text}?") is None


@QUICK
@given(st.text("абвгдежзиклмн", min_size=4), WORDS)
def test_another_script_is_another_language(text: str, words: list[str]) -> None:
    assert guard.language(text, " ".join(words)) == "Latin instead of Cyrillic"
    assert guard.language(" ".join(words), " ".join(words) + f' "{text}"') is None


@QUICK
@given(st.lists(st.sampled_from(["planet", "comet", "galaxy", "nebula", "orbit", "rocket"]), min_size=4, unique=True))
def test_another_topic_is_drift(words: list[str]) -> None:
    text = " ".join(words)
    assert guard.drift(text, "Could you bake some bread with honey?") == f"0 of {len(words)} content words kept"
    assert guard.drift(text, f"Could you please say more about the {text}s?") is None


HARD = (
    *"a1 \n\"'`{%(.-~|字“",
    *("<a", "a ", "1,", "1:", "'a", '"a ', "a@", "https://", "www.", "{{", "```\n", "a.", "five ", "no no ", "=-"),
    *("1.\n", "a|b\n", "sorry ", "\u0301", "🙂 ", "you ", "you are so ", "how do i kill ", "stop ", "x of x "),
)


@pytest.mark.parametrize("piece", HARD)
def test_time_grows_with_length_and_not_with_its_square(piece: str) -> None:
    def seconds(size: int) -> float:
        text = (piece * size)[:size]
        start = time.perf_counter()
        failed_checks(text, text[size // 2 :] + text[: size // 2])
        return time.perf_counter() - start

    # Ten times the text: a quadratic pattern takes a hundred times as long. The floor keeps noise out of it.
    assert min(seconds(5_000), seconds(5_000)) < 40 * max(seconds(500), 0.005)


@settings(max_examples=6, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=60).map("".join), st.integers(0, 99))
def test_a_long_text_against_a_shuffled_one(text: str, seed: int) -> None:
    text = ("a" + text * 10_000)[:10_000]
    characters = list(text)
    random.Random(seed).shuffle(characters)
    assert failed_checks(text, text) == []
    assert all(": " in entry for entry in failed_checks(text, "".join(characters)))
