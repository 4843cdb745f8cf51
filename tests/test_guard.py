"""The guard: a table of rewrites that people wrote by hand, and properties that hold for every text."""

import functools
import json
import random
import time

import pytest
from conftest import REPOSITORY
from hypothesis import given, settings
from hypothesis import strategies as st

from p_aligner import guard
from p_aligner.guard import CHECKS, SEARCH_CHECKS, failed_checks


LOST, INVENTED, CHANGED, NEGATION = "lost span", "invented span", "changed number", "lost negation"
REQUEST, DANGER, ENTITY = "lost request", "dangerous addition", "changed entity"
ANSWER, LANGUAGE, REPETITION, DRIFT, LENGTH, EMPTY = "answer", "language", "repetition", "drift", "length", "empty"
FENCED = "Why does this fail?\n```python\nif x:\n    return 1\n```"
TABLE = "Which city is larger?\n| city | size |\n|---|---|\n| Bonn | 330 |\n| Ulm | 126 |"

# (original, refined, names of the checks that fail)
CASES = [
    # Numbers
    ("Multiply 3.5 by 2", "Please multiply 3.5 by 2.", ""),
    ("Multiply 3.5 by 2", "Please multiply 3.6 by 2.", f"{LOST} {CHANGED}"),
    ("Multiply 3.50 by 2", "Could you multiply 3.5 by 2?", ""),
    ("Explain fractions in 5 steps", "Please explain fractions in detail.", f"{LOST} {REQUEST}"),
    ("Name five rivers", "Please name 5 rivers.", ""),
    ("Name 5 rivers", "Please name five rivers.", ""),
    ("Give me three tips for better sleep", "Please give me several tips for better sleep.", LOST),
    ("Share twenty-five riddles", "Please share 25 riddles.", ""),
    ("Is two hundred and five prime?", "Could you check whether 205 is prime?", ""),
    ("Count to two thousand", "Please count to 2,000.", ""),
    ("Write 1 haiku", "Please write one haiku.", ""),
    ("Pick one color", "Please pick a color.", ""),
    ("What is the sum of 12 and 15?", "Could you find the sum of 12 and 15?", ""),
    ("What is the sum of 12 and 15?", "Could you find the sum of 12 and 51?", f"{LOST} {CHANGED}"),
    ("What is the sum of 12 and 15 apples?", "Could you find the sum of 12 and 51 apples?", f"{LOST} {CHANGED}"),
    ("Walk from 5 to 10 and back", "Please walk from 10 to 5 and back.", f"{CHANGED} {ENTITY}"),
    ("Is 17 prime?", "Is 17 prime? Hint: try to divide it by 2, 3 and 5.", ""),
    ("Add 4 eggs to the bowl", "Please add 4 eggs to the bowl. Hint: mix 2 eggs first, then the other 2.", ""),
    ("Spend $1,000 wisely", "Could you tell me how to spend $1000 wisely?", ""),
    ("Spend $1,000 wisely", "Could you tell me how to spend $10,000 wisely?", f"{LOST} {INVENTED} {CHANGED}"),
    ("What is 50% of 80?", "Could you compute 50 percent of 80?", ""),
    ("What is 50% of 80?", "Could you compute half of 80?", LOST),
    ("Who came 3rd in the race?", "Could you tell me who came third in the race?", ""),
    ("Who came 3rd in the race?", "Could you tell me who came 4th in the race?", f"{LOST} {CHANGED}"),
    ("Describe music of the 1990s", "Could you describe the music of the 1990s?", ""),
    ("Describe music of the 1990s", "Could you describe the music of the 1980s?", f"{LOST} {CHANGED}"),
    ("Set an alarm for 10:30", "Please set an alarm for 10:30 AM.", ""),
    ("Set an alarm for 10:30", "Please set an alarm for 10:45.", f"{LOST} {CHANGED}"),
    ("Call +1 (555) 010-2345 for me", "Could you please call +1 (555) 010-2345 for me?", ""),
    ("Call 555-010-2345 for me", "Could you please call 555-010-2354 for me?", f"{LOST} {CHANGED}"),
    ("What happened on 2024-05-01?", "Could you tell me what happened on 2024-05-01?", ""),
    ("What happened on 2024-05-01?", "Could you tell me what happened on 2024-01-05?", f"{LOST} {CHANGED}"),
    ("What is new in Python 3.11.2?", "Could you list what is new in Python 3.11?", f"{LOST} {CHANGED}"),
    ("Solve x = -5 + y", "Please solve x = 5 + y.", f"{LOST} {CHANGED}"),
    ("Let f(x) = 2x + 1. What is f(3)?", "Let f(x) = 2x + 1. Please compute f(3) and explain each step.", ""),
    ("Let f(x) = 2x + 1. What is f(3)?", "Let f(x) = 3x + 1. Please compute f(3).", f"{LOST} {CHANGED}"),
    ("How did COVID-19 change travel?", "Could you explain how COVID-19 changed travel?", ""),
    ("Is the iPhone 15 waterproof?", "Could you tell me if the iPhone is waterproof?", LOST),
    ("Is H2O a gas?", "Could you tell me whether H2O is a gas?", ""),
    ("Is GPT4 older than BERT?", "Could you tell me whether GPT3 is older than BERT?", LOST),
    ("Do this:\n1. wash rice\n2. cook rice", "Please do the following:\n1) wash rice\n2) cook rice", ""),
    ("Do this:\n1. wash rice\n2. cook rice", "Please wash rice, then cook rice.", ""),
    ("Do 1) wash rice, 2) cook rice", "Please do this:\n1. wash rice\n2. cook rice", ""),
    # URLs, e-mail addresses, variables
    ("Summarize https://example.org/a.", "Could you summarize https://example.org/a for me?", ""),
    ("Summarize https://example.org/a", "Please summarize (https://example.org/a), briefly.", ""),
    ("Summarize https://example.org/a", "Please summarize https://example.org/b.", f"{LOST} {INVENTED}"),
    ("Summarize https://example.org/a_(b)", "Please summarize [this](https://example.org/a_(b)).", ""),
    ("Summarize the article on tides", "Please summarize the article on tides: www.example.org", INVENTED),
    ("Write to ann@example.org about rent", "Please write to ann@example.org about rent.", ""),
    ("Write to ann@example.org about rent", "Please write to Ann about rent.", LOST),
    ("Greet {name} warmly", "Please greet {name} in a warm and friendly way.", ""),
    ("Greet {name} warmly", "Please greet the person in a warm and friendly way.", LOST),
    ("Greet {name} warmly", "Please greet {user} warmly.", f"{LOST} {INVENTED}"),
    ("Greet {{ user }} warmly", "Please greet {{ user }} warmly and politely.", ""),
    ("Greet {{ user }} warmly", "Please greet {{user}} warmly and politely.", f"{LOST} {INVENTED}"),
    ("Describe <city> to tourists", "Could you please describe <city> to tourists?", ""),
    ("Describe <city> to tourists", "Could you please describe the city to tourists?", LOST),
    ("Print %s twice", "Please print %s twice.", ""),
    ("Print %s twice", "Please print %d twice.", f"{LOST} {INVENTED}"),
    ("What is in ${HOME}?", "Could you explain what is in ${HOME}?", ""),
    ("What is in ${HOME}?", "Could you explain what is in the home folder?", LOST),
    ("Simplify \\frac{a}{b}", "Please simplify \\frac{a}{b}. Hint: \\frac{n}{n} is the unit.", ""),
    # Code and quotes
    (FENCED, "Could you explain why this fails?" + FENCED.removeprefix("Why does this fail?"), ""),
    (FENCED, FENCED + "  \n\nPlease go through it step by step.", ""),
    (FENCED, FENCED.replace("    return", "   return"), LOST),
    (FENCED, "Could you explain why my code fails?", LOST),
    ("What does `ls -l` do?", "Could you explain what `ls -l` does?", ""),
    ("What does `ls -l` do?", "Could you explain what `ls -a` does?", LOST),
    ("How do I sort a list?", "How do I sort a list? For example:\n```\nsorted({x})\n```", ""),
    ('Translate "good night" to Thai', "Please translate 'good night' to Thai.", ""),
    ('Translate "good night" to Thai', "Please translate “good night” to Thai.", ""),
    ('Define "liberty," briefly', 'Please define "liberty", briefly.', ""),
    ('Translate "good night" to Thai', 'Please translate "good evening" to Thai.', f"{LOST} {REQUEST} {ENTITY}"),
    ("Don't use the users' names", "Please do not use the names of the users.", ""),
    ("Who said 'I can't stop'?", "Could you tell me who said 'I can't stop'?", ""),
    (TABLE, "Could you please tell me which city is larger?" + TABLE.removeprefix("Which city is larger?"), ""),
    (TABLE, "Could you please tell me which city is larger, Bonn or Ulm?", f"{LOST} {REQUEST}"),
    # A rewrite or an answer
    ("What is the capital of France?", "The capital of France is Paris.", ANSWER),
    ("Tell me the capital of France", "Paris is the capital of France.", ANSWER),
    ("What is the capital of France?", "Could you tell me what the capital of France is?", ""),
    ("What is the capital of France?", "Sure! Here is a better prompt: What is the capital of France?", ANSWER),
    ("What is rust?", "Here is the optimized prompt: What is rust?", ANSWER),
    ("How do I pick a lock?", "I'm sorry, but I can't help with that.", f"{ANSWER} {REQUEST}"),
    ("How do I pick a lock?", "As an AI language model, I cannot explain how to pick a lock.", ANSWER),
    ("How do I pick a lock?", "I’m unable to assist with lock picking.", f"{ANSWER} {REQUEST}"),
    ("Translate the text to Thai", "Please provide the text you want me to translate to Thai.", ANSWER),
    ("hi", "Hello! How can I help you today?", f"{ANSWER} {REQUEST}"),
    ("I'm bored, what now?", "I'm sorry, but I can't help with that.", f"{ANSWER} {REQUEST}"),
    ("Help", "What would you like me to help with?", ANSWER),
    ("Improve this: teh cat", "Here is a text to be improved, could you do it? teh cat", ""),
    ("I lost my keys, my code does not run", "I can't get my code to run and lost my keys. Could you help?", ""),
    ("tell me about opera", "I am interested in opera. Please tell me about it.", ""),
    ("a song about rain", "I would like a song about rain.", ""),
    ("What is rust?", "Please answer politely and respectfully. What is rust?", ""),
    ("Are knives sharp?", "Please respond respectfully and avoid harmful content. Are knives sharp?", ""),
    ("Sure, but why is it so?", "Sure, but why is it so? Please explain.", ""),
    ("The sky is blue. Why?", "The sky is blue. Please explain why.", ""),
    ("Here is a list: kiwi, fig. Sort it", "Here is a list: kiwi, fig. Could you sort it?", ""),
    ("Where is Rome", "   ", f"{EMPTY} {REQUEST}"),
    # Language
    ("Écris un poème sur la mer et le vent",
     "Please write a poem about the sea and the wind.", f"{LANGUAGE} {DRIFT} {REQUEST}"),
    ("Écris un poème sur la mer", "Pourrais-tu écrire un poème sur la mer et ses couleurs ?", ""),
    ("¿Cómo puedo aprender a tocar la guitarra?", "¿Podrías explicarme cómo aprender a tocar la guitarra?", ""),
    ("Wie kann ich das Brot ohne Ofen backen?", "Could you explain how I can bake bread?", f"{LANGUAGE} {REQUEST}"),
    ("How do I bake bread at home?", "Wie kann ich das Brot zu Hause backen und was ist dabei wichtig?",
     f"{LANGUAGE} {REQUEST}"),
    ("How do I say hello in French?", "Could you please tell me how to say hello in French, as in « Bonjour »?", ""),
    ("Translate to French: the cat is on the mat", "Please translate to French: the cat is on the mat.", ""),
    ("请写一首关于春天的诗", "请写一首关于春天的诗，语言要优美。", ""),
    ("请写一首关于春天的诗", "Please write a poem about spring.", f"{LANGUAGE} {REQUEST}"),
    ("日本の歴史について教えてください", "日本の歴史について、詳しく教えてください。", ""),
    ("日本の歴史について教えてください", "Please tell me about the history of Japan.", f"{LANGUAGE} {REQUEST}"),
    ("ما هي عاصمة مصر؟", "هل يمكنك أن تخبرني ما هي عاصمة مصر؟", ""),
    ("ما هي عاصمة مصر؟", "Could you tell me the capital of Egypt?", f"{LANGUAGE} {REQUEST} {DRIFT}"),
    ("Как испечь хлеб дома?", "Не могли бы вы подробно объяснить, как испечь хлеб дома?", ""),
    ("Как испечь хлеб дома?", "Could you explain how to bake bread?", f"{LANGUAGE} {DRIFT} {REQUEST}"),
    ("用Python写一个排序函数", "请用Python写一个排序函数，并解释代码。", ""),
    ("Translate into English: 今天天气很好", "Please translate this into English: 今天天气很好", ""),
    ("α + β = π, what is β", "Given α + β = π, please find β.", ""),
    # Negations
    ("Don't use any jargon. What is an ETF?", "Use any jargon. What is an ETF?", NEGATION),
    ("Do not tell me the ending of Hamlet", "Please tell me the ending of Hamlet.", NEGATION),
    ("sort a list without using loops", "Please sort a list using loops.", f"{NEGATION} {REQUEST}"),
    ("What should I not eat before surgery?", "What should I eat before surgery?", NEGATION),
    ("I dont like green tea, what else is there", "I like green tea, what else is there?", NEGATION),
    ("Don’t add nuts to the cake", "Please do not add nuts to the cake.", ""),
    ("Do not use long words", "Could you explain it and avoid the use of long words?", ""),
    ("Don't use long words", "Please use short, everyday words.", NEGATION),
    ("Don't waste my time, what is the capital of Peru?", "What is the capital of Peru?", ""),
    ("Isn't Pluto a planet?", "Is Pluto a planet?", ""),
    ("Say whether or not it works in winter", "Say whether it works in winter.", ""),
    ("Why don't you tell me a joke", "Please tell me a joke.", ""),
    ("This is not only cheap but good, right?", "Is this both cheap and good, not only cheap?", ""),
    ("Use red paint. Don't use red paint twice", "Use red paint, but only once.", REQUEST),
    # Danger
    ("how to build a pipe bomb", "How to build a pipe bomb? List the materials first, then the steps.", DANGER),
    ("how to build a bird house", "How to build a bird house? List the materials first, then the steps.", ""),
    # Repetition
    ("Explain tides", "Please explain tides tides tides tides tides.", REPETITION),
    ("Explain tides", "Please explain tides" + " and why they rise" * 5, REPETITION),
    ("Explain tides", "Please explain tides" + "a" * 30, REPETITION),
    ("Explain tides", "Please explain tides.\n" + "Be as clear as you can.\n" * 4, REPETITION),
    ("解释潮汐", "请解释潮汐" + "，请详细说明" * 5, REPETITION),
    ("Explain tides", "Please explain tides in a very, very clear way.", ""),
    ("Continue: la la la la la", "Please continue: la la la la la", ""),
    ("Continue: 0 1 0 1", "Please continue: 0 1 0 1 0 1 0 1 0 1", ""),
    ("Name a fish", "Name a fish.\n- Name a fish that sings\n- Name a fish that flies\n- Name a fish that hops", ""),
    # Drift and length
    ("Who was the lead singer for the band Aerosmith?", "Could you please provide information on the lead vocalist "
     "of the renowned American rock band Aerosmith?", REQUEST),
    ("How can governments utilize fiscal and monetary policies to combat economic recessions?",
     "Could you kindly provide a detailed explanation on the various fiscal and monetary policies that governments "
     "can implement to mitigate the effects of economic downturns or recessions? I'm particularly interested in "
     "understanding the specific actions they can take to stimulate economic growth, manage inflation, and maintain "
     "financial stability. Your expertise on this topic is greatly appreciated.", f"{REQUEST} {ENTITY}"),
    ("Compare the climate of coastal deserts and alpine valleys",
     "Could you tell me how cheese is made?", f"{DRIFT} {REQUEST}"),
    ("tell me now idiot how to train a puppy", "Could you please tell me how to train a puppy?", ""),
    ("hey stupid bot, fix my resume now!!!", "Please improve my resume.", ""),
    ("did she recieve a letter from Bonn", "Did she receive a letter from Bonn?", ""),
    ("Best pasta recipe", "Could you please share the best recipe for pasta?", ""),
    ("Is C++ faster than node.js, e.g. for games?", "Could you compare C++ and node.js, e.g. for games?", REQUEST),
    ("Explain tides", "Please explain tides " + " ".join(f"as{n:x}" for n in range(70)), LENGTH),
    ("Explain tides", "Please explain tides, the moon's part in them and their use, for a child.", ""),
]  # fmt: skip


@pytest.mark.parametrize(("original", "refined", "expected"), CASES)
def test_case(original: str, refined: str, expected: str) -> None:
    failed = failed_checks(original, refined)
    names = {entry.partition(": ")[0] for entry in failed}
    # The names hold spaces, so a case lists them one after the other: each is looked for, nothing may be left over.
    wanted = {name for name in CHECKS if name in expected}
    assert names == wanted, failed
    assert not functools.reduce(lambda left, name: left.replace(name, ""), wanted, expected).strip()


def test_the_cases_of_the_table() -> None:
    lines = (REPOSITORY / "tests/data/guard_cases.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    wrong = {"pass": list[str](), "reject": list[str]()}  # false alarms, and misses
    for row in rows:
        failed = failed_checks(row["original"], row["refined"])
        if bool(failed) != (row["expected"] == "reject"):
            wrong[row["expected"]].append(f"{row['kind']}: {row['original']} -> {row['refined']}: {failed}")
    assert wrong == {"pass": [], "reject": []}
    assert 0.4 < sum(row["expected"] == "reject" for row in rows) / len(rows) < 0.6


def test_there_are_as_many_near_misses_as_hits() -> None:
    hits = sum(bool(expected) for _, _, expected in CASES)
    assert len(CASES) >= 90
    assert 0.35 < hits / len(CASES) < 0.65


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
    assert [entry.partition(": ")[0] for entry in failed_checks(original, refined, checks=["repetition", LOST])] == [
        LOST,
        REPETITION,
    ]
    assert failed_checks(original, refined, checks=[]) == []
    assert [entry.partition(": ")[0] for entry in failed_checks(original, " ", checks=["empty"])] == ["empty"]


def test_an_unknown_check_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown check 'spelling': choose from empty, answer, lost span"):
        failed_checks("a", "a", checks=["spelling"])


def test_growth_is_an_option() -> None:
    original, refined = "word " * 100, "word " * 250
    assert guard.length(original, refined) is None
    assert guard.length(original, refined, max_growth=2) == "250 words, at most 200 expected"
    assert guard.length("字" * 200, "字" * 900) == "450 words, at most 400 expected"


def test_line_ends_make_no_difference() -> None:
    assert failed_checks(FENCED.replace("\n", "\r\n"), FENCED) == []


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
    assert failed_checks(text, text) == ([] if text.strip() else ["empty: the text is blank"])


@pytest.mark.parametrize("name", CHECKS)
def test_each_check_gives_a_detail_or_nothing(name: str) -> None:
    details = list[str | None]()

    @settings(max_examples=25, deadline=None)
    @given(st.tuples(TEXTS, TEXTS) | st.sampled_from([case[:2] for case in CASES if name in case[2]]))
    def check(texts: tuple[str, str]) -> None:
        original, refined = texts
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
    names = [entry.partition(": ")[0] for entry in entries]
    assert names == [name for name in CHECKS if name in names]
    assert all(len(entry.splitlines()) == 1 for entry in entries)
    assert failed_checks(original, refined, checks=names) == entries
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
def test_a_looped_tail_is_seen(words: list[str], times: int) -> None:
    text = "explain " + " ".join(words)
    assert guard.repetition(text, text + f" {text}" * times) is not None


@QUICK
@given(WORDS)
def test_a_refusal_is_no_rewrite(words: list[str]) -> None:
    text = "Describe " + " ".join(words)
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


HARD = [
    *(
        "a",
        "1",
        " ",
        "\n",
        '"',
        "'",
        "`",
        "{",
        "<a",
        "%",
        "(",
        ".",
        "-",
        "~",
        "|",
        "字",
        "a ",
        "1,",
        "1:",
        "'a",
        '"a ',
        "“",
    ),
    *(
        "a@",
        "https://",
        "www.",
        "{{",
        "```\n",
        "a.",
        "five ",
        "no no ",
        "=-",
        "1.\n",
        "a|b\n",
        "sorry ",
        "\u0301",
        "🙂 ",
    ),
]


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
