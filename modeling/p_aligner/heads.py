"""Where does a text ask for something? Sentences, the verbs and question words that open them, questions for a yes."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import regex

from .abbreviations import ABBREVIATIONS
from .spelling import Word, is_respelling
from .word_lists import FUNCTION_WORDS, POLITE, QUESTIONS, VERBS, stop_words, word_set


_BREAK = regex.compile(
    r"[!?\n\uFFFC…。！？]|;(?!\w)|:(?!\d)|(?<!\b(?i:[ap]\.m|dr|mrs?|ms|st|prof|nr|no|vs|approx))\.(?!\d|m\b)"
)
_PART = regex.compile(r"[,()–—/]|\s-\s")
_OPENINGS = frozenset("please pls and then to you u just also me so now can ok hi hey hello but".split())
_ASKING_YOU = frozenset("can could would will want need like should must ask asking request please help wish".split())
_JOINS = frozenset({"and", "then", "also"})
_NO_QUESTIONS = {("what", "a"), ("what", "an"), ("why", "dont"), ("why", "not")}
# What is done with a text that stands behind a colon.
MATERIAL = regex.compile(
    r"(?i)\b(?:translat|rewrit|rephras|paraphras|correct|proofread|summari|shorten|fix|improv|edit|check|classif|explain|polish|reword"
    r"|übersetz|korrigier|tradu|corrig|corrij|corregg|vertaal|verbeter|översätt|rätta|przetłumacz|popraw|sentence|text|message|sentiment|tone|mail)"
)
_TELLING = word_set(
    "tell say explain describe show teach know understand learn clarify discuss sag sage erklar erklare zeig dis dit "
    "explique dimmi spiega spiegami zeg leg uit vertel beratta forklara saga powiedz wyjasnij wytlumacz"
)
WISHES = frozenset({"want", "need", "like"})


class Head(NamedTuple):
    """Where a sentence begins to ask for something; places are numbers of words in the text."""

    key: str  # the verb or question word; empty in a question that has neither
    place: int
    clause: int  # the first word behind its clause: behind a comma or bracket, or of the next sentence
    end: int  # the first word of the next sentence


def main_language(words: list[Word]) -> str:
    """Name the language whose function words are the most frequent; English when none is ahead of it."""
    keys = [word.key for word in words]
    return max(
        FUNCTION_WORDS,
        key=lambda name: (
            sum(min(len(key), 2) for key in keys if key in stop_words(name, chat=False)),
            name == "English",
        ),
    )


def sentences_of(text: str, words: list[Word]) -> Iterator[tuple[int, int]]:
    """Yield which words sentences begin with, and which the next ones."""
    start = 0
    for at, (one, other) in enumerate(pairwise(words), 1):
        if _BREAK.search(text, one.end, other.start + 1):  # with what stands behind a full stop
            yield start, at
            start = at
    if words:
        yield start, len(words)


def heads_of(text: str, words: list[Word]) -> Iterator[Head]:
    """Yield where sentences begin to ask: a verb or a question word at an opening, or a question mark at the end."""
    for start, end in sentences_of(text, words):
        places: list[int] = []
        for at in range(start, end):
            acronym = text[words[at].start : words[at].end].isupper() and not text.isupper()  # "the WHO"
            question = None if acronym else _question(words[at].key)
            joined = words[at - 1].key in _JOINS and (words[at].key in VERBS or question is not None)
            # "Tell me why": what is asked is the question.
            told = question and at < start + 4 and any(word.key in _TELLING for word in words[start:at])
            if told or (joined if places else _opens(text, words, start, at, end)):
                places.append(at)
        for at, last in zip(places, [*places[1:], end], strict=False):
            parts = (to for to in range(at + 1, last) if _is_part(text, words[to - 1], words[to]))
            yield Head(_asked(words, at), at, next(parts, last), last)
        if not places and text[words[end - 1].end : words[end - 1].end + 3].lstrip()[:1] in ("?", "？"):
            yield Head("", start - 1, end, end)


def _opens(text: str, words: list[Word], start: int, at: int, end: int) -> bool:
    """Say whether a word opens a request: a verb or question word at the start, behind a comma or another opening."""
    key, before = words[at].key, words[at - 1].key if at else ""
    question = _question(key)
    if at + 1 < end and (question, words[at + 1].key) in _NO_QUESTIONS:
        return False
    if key in WISHES and before in ("i", "id", "we", "would"):
        return True
    if not question and key not in VERBS:
        return False
    if at > 1 and before in ("you", "u"):
        return words[at - 2].key in _ASKING_YOU
    if at == start or before in _OPENINGS:
        return True
    return (
        question not in ("which", "when", "where")
        and _PART.search(text, words[at - 1].end, words[at].start) is not None
    )


def _question(key: str) -> str | None:
    return key if key in QUESTIONS else key[:-1] if key[-1:] == "s" and key[:-1] in QUESTIONS else None


def _asked(words: list[Word], at: int) -> str:
    """Name the question word or the verb of a request: "how come" is "why"."""
    key = _question(words[at].key) or words[at].key
    return "why" if key == "how" and [word.key for word in words[at + 1 : at + 2]] == ["come"] else key


def _is_part(text: str, before: Word, word: Word) -> bool:
    return word.key in QUESTIONS or _PART.search(text, before.end, word.start) is not None


_YES_NO = word_set("is are am was were do does did has have should may might must can could")
# Who asks whether somebody knows, or whether there is something, asks for it.
_NO_YES_NO = word_set("there you u ya anyone anybody someone somebody possible way any")
_DONE = word_set("a an the me it this some one")
_AUXILIARY = "|".join(sorted(_YES_NO))
_OTHER_QUESTION = regex.compile(
    r"(?i)(?:\A|[.!?:\n])\W*(?:(?:please |so |and )?(?:explain|tell me|say|describe) (?=why))?"
    rf"(?:(?P<word>why)|(?P<word>how|when) (?!can|could)(?:{_AUXILIARY}))\b"
)
_WHETHER = regex.compile(
    rf"(?i)\b(?:whether|if|or not|true|yes)\b|(?:\A|[.!?:,;\n]|\b(?:and|so|but))\W*(?:{_AUXILIARY})\b"
)
_NO_REASONS = word_set("show tell explain cause causes makes come")


def turned_question(asked: list[str], said: list[str], refined: str) -> str | None:
    """Name the question word ("why") into which a question for a yes or no was turned: `asked` without asides."""
    left = [key for key in asked if key not in POLITE]
    at = next((at for at, key in enumerate(left) if key not in _OPENINGS), 0)
    opening, *behind = [*left[at : at + 4], ""]
    is_order = opening == "do" and behind[0] in _DONE  # "do a plan"
    if opening not in _YES_NO or is_order or not _NO_YES_NO.isdisjoint(behind):
        return None
    found = _OTHER_QUESTION.search(refined)
    if found is None or _WHETHER.search(refined):
        return None
    word = found["word"].casefold()
    known = QUESTIONS[word] - _NO_REASONS
    is_said = any(key in known or is_respelling(key, word) or (word,) in ABBREVIATIONS.get(key, ()) for key in said)
    return None if is_said else word
