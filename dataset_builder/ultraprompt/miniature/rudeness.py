"""Puts rude clauses into instructions and takes them out again. What they say is in `rude_clauses`.

`mend_rudeness` knows nothing of what was put in: the mended text is a function of the raw text alone.
"""

import re
from functools import cache
from typing import NamedTuple

from . import rude_clauses as texts
from .clauses import Clauses, hasty, key
from .grammar import Sampler, article, capitalised
from .sentences import QUOTED, bare, capital_start, is_question, uncapitalised


class Group(NamedTuple):
    """Clauses that join a request in the same way.

    Args:
        clauses (`Clauses`):
            What they say.
        before (`tuple[str, ...]`):
            What stands between them and a request after them.
        after (`tuple[str, ...]`):
            What stands between a request and them.
        marks (`tuple[str, ...]`):
            What ends them after a request.
    """

    clauses: Clauses
    before: tuple[str, ...]
    after: tuple[str, ...]
    marks: tuple[str, ...]


_LOUD = ("", "", "!", ".", "!!!", "!!")
_ASKING = ("?", "?", "??", "", "?!")


def _group(patterns: tuple[str, ...], before: str, after: str, marks: tuple[str, ...] = _LOUD) -> Group:
    return Group(Clauses(patterns, texts.SHARED), tuple(before.split("|")), tuple(after.split("|")), marks)


GROUPS = {
    "statement": _group(texts.STATEMENTS, ". |. |! |, |: |!! |, so |, but | - |... ", ". |. |! |, | - |, and |; "),
    "question": _group(texts.QUESTIONS, "? |? |?? |?! |??? ", ". |, | - |! ", _ASKING),
    "address": _group(texts.ADDRESSES, ", |, |! |: |. |, now ", ", |, | - |, do you hear, "),
    "oath": _group(texts.OATHS, ", |, | |! | just ", ", |, | |. "),
    "cry": _group(texts.CRIES, ", |, |! |... |!! ", ", |. "),
    "order": _group(texts.ORDERS, " and | and |, |! |. |: |, and ", " and |, and |, |. |! | - "),
    "command": _group(texts.COMMANDS, ", |! |. |: | and ", ". |! |, | - "),
    "tail": _group(texts.TAILS, ", ", " | |, | - "),
}
_BEFORE = ("statement", "statement", "statement", "question", "address", "address", "oath", "cry", "order", "order",
           "command")  # fmt: skip
_AFTER = ("statement", "statement", "statement", "question", "address", "address", "oath", "order", "order", "command",
          "tail", "tail")  # fmt: skip
# Separators after a request: what starts with a mark and goes on with a new sentence, a comma, a conjunction, nothing.
_OPEN_BEFORE = {
    "statement": r", (?:so |but |and )|[.!,:…]+ | - ",
    "question": r"[?!]+ ",
    "address": r"[.!,:]+ (?:now )?",
    "oath": r"[.!,:…]* (?:just )?",
    "cry": r"[.!,:…]+ ",
    "order": r"[.!,:]+ (?:and )?| and ",
    "command": r"[.!,:]+ (?:and )?| and ",
}
_BREAK = r"[.!?]+ |, (?:and )?| - |; |: "
_OPEN_AFTER = {
    "statement": _BREAK,
    "question": _BREAK,
    "address": rf"{_BREAK}|, do you hear, ",
    "oath": rf"{_BREAK}| ",
    "order": rf"{_BREAK}| and ",
    "command": _BREAK,
    "tail": rf"{_BREAK}| ",
}
_WORD_START = re.compile(r"(?<![\w'’-])[\w'’]+")
_SEPARATORS = {kind: re.compile(rf"(?:{pattern})$") for kind, pattern in _OPEN_AFTER.items()}
_JUST = re.compile(r"just (?=\w)")

# Swearwords inside a sentence.
_ASKING_WORDS = "what|why|how|where|who|when|which"
_HELL = re.compile(
    rf"\b({_ASKING_WORDS}) (?:{'|'.join(sorted(texts.HELLS, key=len, reverse=True))})(?= )", re.IGNORECASE
)
_WTF = re.compile(r"\bwtf (?=(?:is|are|was|were|do|does|did|can|should)\b)", re.IGNORECASE)
_SWORN = "|".join(sorted(texts.SWEARWORDS, key=len, reverse=True))
_POINTERS = "the|my|this|that|these|those|your|his|her|our|their|a|an|some|any|every|so|too|me|just|of|for|in|with"
_SWEARING = re.compile(rf"\b({_POINTERS}) (?:{_SWORN}) (?=(\w+))", re.IGNORECASE)
_SWORN_AT = re.compile(r"(?<![\w'’-])(the|my|this|your|a|an|some|our|these) (?=[a-z]{3})")
_ASKED = re.compile(rf"(?:{_ASKING_WORDS}) (?=[a-z])", re.IGNORECASE)


@cache
def _starts(word: str) -> re.Pattern[str] | None:
    options = [
        f"(?:{group.clauses.by_first_word[word]})(?:{_OPEN_BEFORE[kind]})"
        for kind, group in GROUPS.items()
        if kind != "tail" and word in group.clauses.by_first_word
    ]
    return re.compile("|".join(options)) if options else None


@cache
def _ends(word: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (kind, re.compile(rf"(?:{group.clauses.by_first_word[word]}) *[.?!]*"))
        for kind, group in GROUPS.items()
        if kind != "cry" and word in group.clauses.by_first_word
    )


def _without_start(text: str, lowered: str) -> str | None:
    for shout in texts.SHOUTS:
        if text.startswith(shout):
            return text[len(shout) :]
    if just := _JUST.match(lowered):
        return text[just.end() :]
    pattern = _starts(key(text))
    found = pattern.match(lowered) if pattern else None
    return text[found.end() :] if found and found.end() < len(text) else None


def _without_end(text: str, lowered: str) -> str | None:
    for word in _WORD_START.finditer(lowered):
        if not word.start():
            continue
        for kind, pattern in _ends(key(word[0])):
            if not pattern.fullmatch(lowered, word.start()):
                continue
            separator = _SEPARATORS[kind].search(lowered, 0, word.start())
            if separator is None or not separator.start():
                continue
            left = text[: separator.start()]
            if separator[0][0] in ".!?":
                return left + ("?" if is_question(left) or "?" in separator[0] else ".")
            # The mark of a question moves behind the clause.
            return left + ("?" if lowered.endswith("?") and is_question(left) else "")
    return None


def _without_swearing(text: str) -> str:
    def clean(match: re.Match[str]) -> str:
        word = match[1]
        if word.lower() in ("a", "an"):
            word = article(match[2]) if word.islower() else capitalised(article(match[2]))
        return f"{word} "

    text = _WTF.sub(lambda match: "What " if match[0][0].isupper() else "what ", text)
    return _SWEARING.sub(clean, _HELL.sub(r"\1", text))


def mend_rudeness(text: str) -> str:
    """Take rude clauses away before and after a request, and swearwords in it."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a letter of another script, whose small form is longer
        return text
    while (rest := _without_start(text, lowered)) is not None:
        text = capital_start(rest)
        lowered = text.lower()
    while (rest := _without_end(text, lowered)) is not None:
        text, lowered = rest, rest.lower()
    return _without_swearing(text)


def _drawn(sampler: Sampler, kind: str) -> str:
    text = GROUPS[kind].clauses.draw(sampler)
    return hasty(text) if sampler.chance(0.2) else text


def _with_start(sampler: Sampler, line: str) -> str:
    if sampler.chance(0.04):
        return "just " + uncapitalised(line)
    kind = sampler.pick(_BEFORE)
    clause, joint = _drawn(sampler, kind), sampler.pick(GROUPS[kind].before)
    stays = joint[0] in ".!?" and not joint.endswith(("so ", "but ")) and sampler.chance(0.5)
    line = clause + joint + (line if stays else uncapitalised(line))
    return capitalised(line) if sampler.chance(0.5) else line


def _with_end(sampler: Sampler, line: str) -> str:
    kind = sampler.pick(_AFTER)
    clause, joint = _drawn(sampler, kind), sampler.pick(GROUPS[kind].after)
    if line[-1:] not in ".?!" and joint[0] in ".!?":
        joint = ", "
    if joint[0] in ".!?":
        line = (line if sampler.chance(0.7) else bare(line) + joint[0]) + " "
        return line + (capitalised(clause) if sampler.chance(0.8) else clause) + sampler.pick(GROUPS[kind].marks)
    return bare(line) + joint + clause + sampler.pick(GROUPS[kind].marks)


def _with_swearing(sampler: Sampler, line: str) -> str:
    """Swear after the first question word or before a thing; as it was where it could not be told any more."""
    if QUOTED.search(line):
        return line
    asked = _ASKED.match(line)
    if asked and sampler.chance(0.6):
        sworn = line[: asked.end()] + sampler.pick(texts.HELLS) + " " + line[asked.end() :]
    elif found := list(_SWORN_AT.finditer(line)):
        place = sampler.pick(found)
        word = sampler.pick(texts.SWEARWORDS)
        pointer = article(word) if place[1] in ("a", "an") else place[1]
        sworn = f"{line[: place.start()]}{pointer} {word} {line[place.end() :]}"
    else:
        return line
    return sworn if _without_swearing(sworn) == line else line


def rude(sampler: Sampler, line: str, *, single: bool) -> str:
    """Make a line rude: before, inside and, where nothing follows it, after the request.

    Args:
        sampler (`Sampler`):
            Source of every draw.
        line (`str`):
            The line.
        single (`bool`):
            Whether nothing follows it.
    """
    place = sampler.rng.random()
    clean = line
    if place < 0.12 or sampler.chance(0.1):
        line = _with_swearing(sampler, line)
        if line != clean and sampler.chance(0.3):
            line = uncapitalised(line)
    if place < 0.12 and line != clean:
        return line
    if single and place > 0.5:
        line = _with_end(sampler, line)
        if sampler.chance(0.1):
            line = _with_end(sampler, line)
    if not single or place < 0.5 or place > 0.9:
        for _ in range(2 if sampler.chance(0.12) else 1):
            line = _with_start(sampler, line)
    elif sampler.chance(0.5):
        line = uncapitalised(line)
    return line.upper() if single and sampler.chance(0.05) and not QUOTED.search(line) else line
