"""Which constraints a refinement still states: other words are fine, lost content is not."""

from typing import Any

import pytest

from p_aligner.errors import InputError
from p_aligner.judging.constraints import KINDS
from p_aligner.judging.demands import lost_constraints


# For each kind: arguments, how it is asked, how a refinement may say it, and how one loses it.
CASES: dict[str, tuple[dict[str, Any], str, list[str], list[str]]] = {
    "change_case:capital_word_frequency": (
        {"capital_relation": "at least", "capital_frequency": 3},
        "Use words with all capital letters at least 3 times.",
        ["Let three words or more, at least, be in all caps."],
        [
            "Use words in all capital letters.",
            "Use words with all capital letters at most 3 times.",
            "Use 3 words at least.",
        ],
    ),
    "change_case:english_capital": (
        {},
        "Answer in English, in all capital letters.",
        ["Please write in uppercase English."],
        ["Answer in English.", "Answer in capital letters.", "Do not answer in English capital letters."],
    ),
    "change_case:english_lowercase": (
        {},
        "your entire response should be in lowercase english.",
        ["Write all of it in English and in lower case letters."],
        ["Write all of it in English."],
    ),
    "combination:repeat_prompt": (
        {"prompt_to_repeat": "Name a river."},
        "Name a river. First repeat the request above word for word, then answer.",
        ["Repeat this request word for word before you answer: Name a river."],
        ["Name a long river. First repeat the request above word for word.", "Name a river. Then answer."],
    ),
    "combination:two_responses": (
        {},
        "Give two different answers, with 6 asterisk symbols between them: ******.",
        ["Two answers that are different, please, and ****** between them."],
        ["Give two different answers."],
    ),
    "detectable_content:number_placeholders": (
        {"num_placeholders": 3},
        "Put in at least three placeholders in square brackets, such as [address].",
        ["There should be at least 3 placeholders, like [name]."],
        ["Put in placeholders in square brackets, such as [address].", "Put in at least four placeholders like [x]."],
    ),
    "detectable_content:postscript": (
        {"postscript_marker": "P.S."},
        "At the end, add a postscript that starts with P.S.",
        ["Close with a postscript (P.S.) of one line."],
        ["At the end, add a short note."],
    ),
    "detectable_format:constrained_response": (
        {},
        'Answer with "My answer is yes.", "My answer is no." or "My answer is maybe."',
        ["Choose: My answer is yes. / My answer is no. / My answer is maybe."],
        ['Answer with "My answer is yes." or "My answer is no."'],
    ),
    "detectable_format:json_format": ({}, "Wrap it all in JSON.", ["One JSON object, please."], ["Wrap it all."]),
    "detectable_format:multiple_sections": (
        {"section_spliter": "SECTION", "num_sections": 4},
        "Write 4 sections. Begin each of them with SECTION X.",
        ["Split the text into four parts, and mark each section as SECTION X."],
        ["Write some sections. Begin each of them with SECTION X.", "Write 4 parts."],
    ),
    "detectable_format:number_bullet_lists": (
        {"num_bullets": 5},
        "Use exactly 5 bullet points.",
        ["Answer in exactly five bullets."],
        ["Use bullet points.", "Use exactly 6 bullet points.", "Use 5 bullet points."],
    ),
    "detectable_format:number_highlighted_sections": (
        {"num_highlights": 2},
        "Highlight at least 2 sections, like *this*.",
        ["At least two passages should be highlighted with stars: *so*."],
        ["Highlight sections, like *this*.", "Write at least 2 sections."],
    ),
    "detectable_format:title": (
        {},
        "Give it a title in double angular brackets, such as <<poem>>.",
        ["It needs a <<title>>."],
        ["Give it a heading.", "Give it a title."],
    ),
    "keywords:existence": (
        {"keywords": ["river", "stone"]},
        "Write a story. Include the words river and stone.",
        ["Tell a short story in which the words 'stone' and 'river' occur."],
        [
            "Write a story with a river.",
            "Write a story with rivers and a stone.",
            "Write a story without river and stone.",
        ],
    ),
    "keywords:forbidden_words": (
        {"forbidden_words": ["rock"]},
        "Write about geology. Do not use the word rock.",
        ["Write about geology, and avoid the word 'rock'."],
        ["Write about geology and use the word rock.", "Write about geology."],
    ),
    "keywords:frequency": (
        {"relation": "at least", "keyword": "peace", "frequency": 10},
        "Write a song in which the word peace is there at least 10 times.",
        ["Write a song. Let the word peace appear ten times, at least."],
        [
            "Write a song with the word peace at least 9 times.",
            "Write a song about peace.",
            "Say peace less than 10 times.",
        ],
    ),
    "keywords:letter_frequency": (
        {"let_relation": "less than", "letter": "t", "let_frequency": 2},
        "The letter t may appear fewer than 2 times.",
        ["Take care that the letter t appears fewer than two times."],
        ["The letter s may appear fewer than 2 times.", "The letter t may appear at least 2 times."],
    ),
    "language:response_language": (
        {"language": "mr"},
        "Answer in Marathi only.",
        ["Write everything in the Marathi language."],
        ["Answer in Hindi only."],
    ),
    "length_constraints:nth_paragraph_first_word": (
        {"num_paragraphs": 3, "nth_paragraph": 2, "first_word": "summer"},
        "Write 3 paragraphs with two new lines between them. Paragraph 2 must start with summer.",
        ["In three paragraphs (two new lines in between), of which the second paragraph starts with the word summer."],
        [
            "Write 3 paragraphs with two new lines between them. Paragraph 3 must start with summer.",
            "Write 3 paragraphs.",
        ],
    ),
    "length_constraints:number_paragraphs": (
        {"num_paragraphs": 2},
        "Write 2 paragraphs, divided by ***.",
        ["Write two paragraphs and put *** between them."],
        ["Write 2 paragraphs.", "Write paragraphs, divided by ***."],
    ),
    "length_constraints:number_sentences": (
        {"relation": "less than", "num_sentences": 6},
        "Answer in at most 5 sentences.",
        ["Keep it at most five sentences long."],
        ["Answer in sentences.", "Answer in at least 5 sentences.", "Answer in 5 sentences."],
    ),
    "length_constraints:number_words": (
        {"relation": "at least", "num_words": 1200},
        "Write an essay of 1,200+ words.",
        ["Write an essay of at least 1200 words."],
        ["Write an essay of 200+ words.", "Write a long essay."],
    ),
    "punctuation:no_comma": (
        {},
        "Do not use commas.",
        ["Write without any comma."],
        ["Use commas.", "Do not use semicolons."],
    ),
    "startend:end_checker": (
        {"end_phrase": "That is all."},
        'End with "That is all."',
        ["The very last words must be: That is all."],
        ['End with "That was all."', "End."],
    ),
    "startend:quotation": (
        {},
        "Put it in double quotation marks.",
        ["Use quotes around it."],
        ["Put it in brackets."],
    ),
}
TASK = "tell me something about mills"


def test_every_kind_has_cases() -> None:
    assert set(CASES) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_other_words_are_fine_and_lost_content_is_not(kind: str) -> None:
    given, asked, kept, lost = CASES[kind]
    instruction = f"{TASK}. {asked}"
    assert kept
    assert lost
    assert lost_constraints([kind], [given], instruction, instruction) == []
    for text in kept:
        assert lost_constraints([kind], [given], instruction, f"Tell me something about old mills. {text}") == []
    for text in [*lost, ""]:
        (found,) = lost_constraints([kind], [given], instruction, f"Tell me something about old mills. {text}")
        assert found.startswith(f"{kind}: ")


def test_an_instruction_that_is_there_as_a_whole_has_lost_nothing() -> None:
    odd = "Write it my way (you know the rules about the kommas)."
    assert lost_constraints(["punctuation:no_comma"], [None], odd, f"{odd} Begin with the essentials.") == []
    (found,) = lost_constraints(["punctuation:no_comma"], [None], odd, "Write it my way.")
    assert "not recognised" in found
    words = ["length_constraints:number_words"], [{"num_words": 6, "relation": "less than"}]
    assert lost_constraints(*words, "words: at most 5", "Words: at most 5!") == []
    assert lost_constraints(*words, "words: at most 5", "Words: at most 50!") != []


def test_a_letter_is_more_than_a_word_of_one_letter() -> None:
    given = {"letter": "i", "let_relation": "at least", "let_frequency": 5}
    asked = "I like mills. Use the letter i at least 5 times."
    for kept in ("I like mills: use the letter 'i' at least five times.", "Have the letter I at least 5 times."):
        assert lost_constraints(["keywords:letter_frequency"], [given], asked, kept) == []
    lost = "I like mills. Use the letter e at least 5 times."
    assert len(lost_constraints(["keywords:letter_frequency"], [given], asked, lost)) == 1


def test_all_lost_constraints_are_named() -> None:
    kinds = ["punctuation:no_comma", "detectable_format:title", "length_constraints:number_words"]
    given = [{}, {}, {"num_words": 50, "relation": "less than"}]
    asked = "Write a poem with a <<title>>, in less than 50 words. Avoid commas."
    assert lost_constraints(kinds, given, asked, "Write a good poem with a <<title>>.") == [
        "punctuation:no_comma: nothing like 'comma'",
        "length_constraints:number_words: nothing like 'word'",
    ]
    with pytest.raises(InputError, match="no kind of constraint 'x'"):
        lost_constraints(["x"], [None], "a", "b")


def test_the_topic_does_not_stand_for_a_keyword() -> None:
    asked = 'Write about the war. Use the word "war" often, but do not mention tanks. Tanks are dull.'
    kinds, given = (
        ["keywords:existence", "keywords:forbidden_words"],
        [{"keywords": ["war"]}, {"forbidden_words": ["tanks"]}],
    )
    assert len(lost_constraints(kinds, given, asked, "Write about the war. Tanks are dull.")) == 2
