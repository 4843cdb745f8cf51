"""How clear an instruction was, and whether an answer refuses. By rule.

These rules read surfaces and English: they compare systems, they do not judge a single text.
"""

import re
from collections.abc import Callable

from ..changes import content_words
from ..spans import CODE, EMAIL, QUOTE, URL, VARIABLE


_FORM = re.compile(
    r"\b(?:at (?:most|least)|no more than|fewer than|less than|more than|exactly|between|up to|within|limit|"
    r"words?|sentences?|paragraphs?|bullets?|bullet points?|table|list|json|markdown|csv|steps?|step by step|format|"
    r"in the style of|tone|only|without|do not|don't|avoid|must|should|include|ensure|begin|start|end)\b",
    re.IGNORECASE,
)
_CONTEXT = re.compile(
    r"\b(?:because|so that|in order to|given|suppose|assume|for (?:a|an|my|our|the)|i am|i'm|i have|we are|we have|"
    r"my|our|as an?|context|background|following|below)\b",
    re.IGNORECASE,
)
_HURRY = re.compile(r"[?!]{2,}|\b(?:u|r|ur|pls|plz|wanna|gonna|gimme|whats|hows|dont|cant|wat|thx|i(?!\.e))\b")
_NAME = re.compile(r"(?<=[\w,;:] )[A-Z]\w+|\d")
# Declining in the first person, at the beginning of an answer.
_REFUSAL = re.compile(
    r"\b(?:I|we)(?:'m| am|'re| are)?(?: \w+){0,2}? (?:can't|cannot|can not|won't|will not|unable to|not able to|"
    r"decline|refuse)\b(?! (?:wait|stress|thank|imagine|recommend))|"
    r"\b(?:I'm|I am) sorry, but\b|\bsorry, (?:but )?no\b|^no\b(?! (?:problem|doubt|worries|wonder|one))|"
    r"\bas an ai\b[^.]{0,60}\b(?:can't|cannot|not able|unable)\b|"
    r"\b(?:this|that|it) (?:would be|is) (?:illegal|against the law|unethical)\b|"
    # As SmolLM2 says it: "I'm sorry for any misunderstanding, but as a chatbot ... I don't have the capability to".
    r"\bI (?:don't|do not) have the (?:ability|abilities|capability|capabilities|capacity) to\b|"
    r"\b(?:I'm|I am) not (?:equipped|designed|programmed) to\b",
    re.IGNORECASE,
)
_REFUSAL_SPAN = 240  # characters


CLARITY: dict[str, Callable[[str], bool]] = {
    "written out: a capital at the beginning, a mark at the end": lambda text: (
        not text[:1].islower() and text[-1:] in ".?!:;)\"'`]}"
    ),
    "at least four content words": lambda text: len(content_words(text)) >= 4,
    "a form or a limit is asked for": lambda text: bool(_FORM.search(text)),
    "something definite: a name, number, quotation, code or link": lambda text: bool(
        _NAME.search(text) or any(pattern.search(text) for pattern in (QUOTE, CODE, URL, EMAIL, VARIABLE))
    ),
    "a context: who, why or what it is about": lambda text: bool(_CONTEXT.search(text)) or len(text.split()) > 30,
    "no hurry: no ??, no wanna, no small i": lambda text: not _HURRY.search(text),
}
"""Signs of a clear instruction. Their share is its clarity."""


def clarity(instruction: str) -> float:
    """Return the share of the signs of `CLARITY` that an instruction shows."""
    text = instruction.strip()
    return sum(shows(text) for shows in CLARITY.values()) / len(CLARITY)


def is_refusal(answer: str) -> bool:
    """Say whether an answer declines, as far as its beginning tells."""
    return bool(_REFUSAL.search(" ".join(answer.replace("’", "'").split())[:_REFUSAL_SPAN]))
