"""The 25 kinds of constraint, each with answers that keep it and answers that do not."""

from typing import Any

import pytest

from p_aligner.errors import InputError
from p_aligner.judging.constraints import KINDS, sentences_of, verify


ENGLISH = "the cat sat on the mat and was happy with its life in the small house"
CASES: dict[str, list[tuple[dict[str, Any], list[str], list[str]]]] = {
    "change_case:capital_word_frequency": [
        (
            {"capital_relation": "at least", "capital_frequency": 2},
            ["This is VERY GOOD.", "NASA's plan: GO", "I like A-B tests by IBM"],
            ["This is VERY good.", "no capitals", "Two Words"],
        ),
        (
            {"capital_relation": "less than", "capital_frequency": 2},
            ["One LOUD word, 1999.", "quiet"],
            ["TWO WORDS"],
        ),
    ],
    "change_case:english_capital": [
        (
            {},
            [ENGLISH.upper(), "YES, 42!"],
            [ENGLISH, ENGLISH.upper() + " no", "LE CHAT EST SUR LA TABLE ET IL DORT AVEC LES AUTRES"],
        ),
    ],
    "change_case:english_lowercase": [
        (
            {},
            [ENGLISH, "fine."],
            [ENGLISH.capitalize(), "der hund ist in dem haus und schläft nicht mit den katzen auf dem bett"],
        ),
    ],
    "combination:repeat_prompt": [
        (
            {"prompt_to_repeat": "Name a river. Say why."},
            ["Name a river. Say why.\n\nThe Elbe.", "  name a river. say why. The Elbe."],
            ["The Elbe. Name a river. Say why.", "Name a river, say why. The Elbe."],
        ),
    ],
    "combination:two_responses": [
        (
            {},
            ["One way.\n******\nAnother way.", "******\nOne.\n******\nTwo.\n******"],
            ["One way.", "Same.\n******\nSame.", "a ****** b ****** c", "a ****** ****** b"],
        ),
    ],
    "detectable_content:number_placeholders": [
        (
            {"num_placeholders": 2},
            ["Dear [name], see [place].", "[a][b][c]"],
            ["Dear [name].", "Dear name", "[broken\nover] lines"],
        ),
    ],
    "detectable_content:postscript": [
        (
            {"postscript_marker": "P.S."},
            ["Bye.\n\nP.S. Call me.", "p. s. call"],
            ["Bye. PS call me", "Postscript: call"],
        ),
        ({"postscript_marker": "P.P.S"}, ["Bye.\nP.P.S. Call", "P. P. S Call"], ["Bye.\nP.S. Call"]),
        ({"postscript_marker": "PS:"}, ["Bye. ps: call"], ["Bye. P.S. call"]),
    ],
    "detectable_format:constrained_response": [
        ({}, ["My answer is yes.", "Well. My answer is maybe."], ["Yes.", "My answer is yes", "my answer is no."]),
    ],
    "detectable_format:json_format": [
        (
            {},
            ['{"a": [1, 2]}', '```json\n{"a": 1}\n```', '```\n"text"\n```', "```JSON\n[]"],
            ['{"a": }', 'Here it is: {"a": 1}', "plain", "[" * 100_000],
        ),
    ],
    "detectable_format:multiple_sections": [
        (
            {"section_spliter": "SECTION", "num_sections": 2},
            ["SECTION 1\ntext\nSECTION 2\ntext", "SECTION1 SECTION2 SECTION3"],
            ["SECTION 1 text", "Section 1 Section 2", "SECTION one SECTION two"],
        ),
        ({"section_spliter": "Day (x)", "num_sections": 1}, ["Day (x) 1"], ["Day x 1"]),
    ],
    "detectable_format:number_bullet_lists": [
        (
            {"num_bullets": 2},
            ["* one\n* two", "Text\n- one\n  * two"],
            ["* one", "* one\n* two\n* three", "1. one\n2. two", "**a**\n**b**"],
        ),
    ],
    "detectable_format:number_highlighted_sections": [
        (
            {"num_highlights": 2},
            ["*one* and *two*", "**one** and *two*", "**one** **two**"],
            ["*one* and two", "**one**", "** ** * *", "*over\nlines* *x*"],
        ),
    ],
    "detectable_format:title": [
        ({}, ["<<A Title>>\ntext", "text <<x>> text"], ["<A Title>", "<<>>", "<< >>", "<<over\nlines>>"]),
    ],
    "keywords:existence": [
        (
            {"keywords": ["river", "C++"]},
            ["A River and c++ code", "rivers; C++"],
            ["A river.", "C++ only", "river and C"],
        ),
    ],
    "keywords:forbidden_words": [
        ({"forbidden_words": ["rock", "a.b"]}, ["A stone.", "rocket rocks", "axb"], ["A Rock.", "see a.b now"]),
    ],
    "keywords:frequency": [
        (
            {"relation": "at least", "keyword": "war", "frequency": 2},
            ["war and War", "wars, warriors"],
            ["one war", "peace"],
        ),
        ({"relation": "less than", "keyword": "war", "frequency": 1}, ["peace"], ["war"]),
    ],
    "keywords:letter_frequency": [
        ({"let_relation": "at least", "letter": "Q", "let_frequency": 2}, ["Quite quick", "qQ"], ["Quite", "none"]),
        ({"let_relation": "less than", "letter": "#", "let_frequency": 2}, ["# one", "none"], ["# one # two"]),
    ],
    "language:response_language": [
        (
            {"language": "de"},
            ["Der Hund ist in dem Haus und schläft nicht."],
            ["The dog is in the house and does not sleep."],
        ),
        ({"language": "kn"}, ["ನಾನು ಮನೆಗೆ ಹೋಗುತ್ತೇನೆ"], ["మేము ఇంటికి వెళ్తాము", "I go home"]),
    ],
    "length_constraints:nth_paragraph_first_word": [
        (
            {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "weekend"},
            ["One.\n\nWeekend, at last.", 'One\n\n"weekend" two', "One.\n\n\n\nWeekend."],
            [
                "Weekend.\n\nTwo.",
                "One.\n\nTwo.\n\nWeekend.",
                "One.\nWeekend.",
                "One.\n\nWeekends are.",
                "One.\n\nThe weekend",
            ],
        ),
        ({"num_paragraphs": 1, "nth_paragraph": 2, "first_word": "x"}, [], ["x", "y\n\nx"]),
    ],
    "length_constraints:number_paragraphs": [
        (
            {"num_paragraphs": 2},
            ["One\n***\nTwo", "***\nOne\n***\nTwo\n***"],
            ["One\n\nTwo", "One *** Two *** Three", "One\n***\n***\nTwo"],
        ),
    ],
    "length_constraints:number_sentences": [
        (
            {"relation": "at least", "num_sentences": 3},
            [
                "One. Two! Three?",
                'He said "Go!" Then he left. I stayed.',
                "there was a cat. it liked fish! did it sleep? yes, it did.",
            ],
            ["One. Two.", "It costs 3.50 today. Mr. Smith of St. Louis, i.e. Bob, pays.", "no end"],
        ),
        ({"relation": "less than", "num_sentences": 3}, ["1. First. 2. Second"], ["One. Two. Three."]),
    ],
    "length_constraints:number_words": [
        ({"relation": "at least", "num_words": 3}, ["one two three", "well-known fact"], ["one two", "one, -- two!"]),
        ({"relation": "less than", "num_words": 3}, ["one two"], ["one two three"]),
    ],
    "punctuation:no_comma": [({}, ["No comma; none."], ["One, two", "1,000"])],
    "startend:end_checker": [
        (
            {"end_phrase": "Any other questions?"},
            ["Text. Any other questions?", 'x any other QUESTIONS?"\n'],
            ["Any other questions? Yes.", "Any questions?"],
        ),
    ],
    "startend:quotation": [({}, ['"All of it."', ' "a "b" c" \n'], ['"', "'All'", '"Open', "“All”", 'a "b"'])],
}


@pytest.mark.parametrize("kind", sorted({*CASES, *KINDS}))
def test_answers_that_keep_it_and_answers_that_do_not(kind: str) -> None:
    for given, kept, broken in CASES[kind]:
        assert broken
        for response in kept:
            assert verify(kind, given, response), response
            assert verify(kind, given, response, loose=True), response
        for response in broken:
            assert not verify(kind, given, response), response
        assert not verify(kind, given, "  \n")


@pytest.mark.parametrize(
    ("kind", "given", "response"),
    [
        ("detectable_format:json_format", {}, 'Here it is:\n{"a": 1}'),
        ("startend:quotation", {}, '"All of it."\nAnything else?'),
        ("startend:quotation", {}, 'Sure:\n"All of it."\nAnything else?'),
        ("startend:quotation", {}, '**"All of it."**'),
        (
            "length_constraints:nth_paragraph_first_word",
            {"num_paragraphs": 1, "nth_paragraph": 1, "first_word": "so"},
            "**So** it is",
        ),
    ],
)
def test_loose_forgives_a_frame(kind: str, given: dict[str, Any], response: str) -> None:
    assert not verify(kind, given, response)
    assert verify(kind, given, response, loose=True)


def test_loose_forgives_no_more() -> None:
    assert not verify("punctuation:no_comma", {}, "One, two\nthree, four\nfive, six", loose=True)


def test_arguments_may_be_given_as_text() -> None:
    assert verify("length_constraints:number_words", {"num_words": "3", "relation": "At least"}, "one two three")
    assert not verify("detectable_format:number_bullet_lists", {"num_bullets": "2.0"}, "* one")
    assert not verify("keywords:forbidden_words", {"forbidden_words": "rock"}, "A rock.")
    assert verify("keywords:forbidden_words", {"forbidden_words": "rock"}, "A crock.")


def test_arguments_of_other_kinds_in_a_row_of_ifeval_are_empty() -> None:
    given = {"num_words": 3, "relation": "at least", "keywords": None}
    assert verify("length_constraints:number_words", given, "one two three")
    assert not verify("punctuation:no_comma", None, "a, b")


@pytest.mark.parametrize(
    ("kind", "given", "complaint"),
    [
        ("punctuation:no_colon", {}, "no kind of constraint 'punctuation:no_colon'"),
        ("length_constraints:number_words", {"num_words": 3}, "number_words needs relation"),
        (
            "length_constraints:number_words",
            {"num_words": 3, "relation": "about"},
            "relation 'about': choose from at least",
        ),
        ("language:response_language", {"language": "tlh"}, "language 'tlh': choose from ar"),
        ("keywords:letter_frequency", None, "letter_frequency needs letter"),
        ("length_constraints:number_paragraphs", {"num_paragraphs": "many"}, "num_paragraphs 'many': write a whole"),
    ],
)
def test_bad_constraints(kind: str, given: Any, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        verify(kind, given, "text")


def test_sentences() -> None:
    assert sentences_of('e.g. bob... or tim. "why?" he asked; see no. 6. he left') == [
        *("e.g. bob... or tim.", '"why?" he asked; see no. 6.', "he left"),
    ]
    text = 'Dr. No went home. "Why?" he asked. (It was late!) 1. Rest. 2. Sleep... J. Smith, e.g. Bob, agreed'
    assert sentences_of(text) == [
        "Dr. No went home.",
        '"Why?" he asked.',
        "(It was late!)",
        "1. Rest.",
        "2. Sleep...",
        "J. Smith, e.g. Bob, agreed",
    ]
