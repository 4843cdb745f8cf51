"""Patterns with alternatives, as `[my dog|a goldfish] could do this[| faster]`: drawn, counted, recognised.

A pattern may nest alternatives and name a shared one as `<insult>`. The same pattern draws a text and gives the
regular expression that finds it again, so what can be drawn can be taken away. Knows no clause and no language.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache

from .grammar import Sampler


_SHARED = re.compile(r"<(\w+)>")
_KEY = re.compile(r"[\w'’]+")
# How people type the commonest words; a clause is found in either spelling.
HASTY = {"you": "u", "your": "ur", "are": "r"}
_PATIENT = {short: long for long, short in HASTY.items()}
_HASTY_WORD = re.compile(r"\b(?:you|your|are)\b(?!['’])")


class _Sequence:
    """Parts in a row: a fixed text, or a choice of sequences."""

    def __init__(self, parts: list["str | tuple[_Sequence, ...]"]) -> None:
        self.parts = parts

    def draw(self, sampler: Sampler) -> str:
        return "".join(part if isinstance(part, str) else sampler.pick(part).draw(sampler) for part in self.parts)

    @cached_property
    def count(self) -> int:
        product = 1
        for part in self.parts:
            product *= 1 if isinstance(part, str) else sum(option.count for option in part)
        return product

    @cached_property
    def longest(self) -> int:
        return sum(
            len(part) if isinstance(part, str) else max(option.longest for option in part) for part in self.parts
        )

    @cached_property
    def expression(self) -> str:
        pieces = []
        for part in self.parts:
            if isinstance(part, str):
                pieces.append(_literal(part))
            else:
                # Longer options first: of two that fit, the whole clause has to go.
                options = sorted(part, key=lambda option: -option.longest)
                pieces.append(f"(?:{'|'.join(option.expression for option in options)})")
        return "".join(pieces)

    def first_words(self) -> set[str]:
        """Name the words it can begin with."""
        begun, words = {""}, set[str]()
        for part in self.parts:
            texts = [part] if isinstance(part, str) else [text for option in part for text in option.openings]
            begun = {start + text for start in begun for text in texts}
            words |= {key(text) for text in begun if not _is_open(text)}
            begun = {text for text in begun if _is_open(text)}
            if not begun:
                break
        return words | {key(text) for text in begun if text}

    @cached_property
    def openings(self) -> set[str]:
        """Its texts, each cut after the first word."""
        begun, done = {""}, set[str]()
        for part in self.parts:
            texts = [part] if isinstance(part, str) else [text for option in part for text in option.openings]
            begun = {start + text for start in begun for text in texts}
            done |= {text for text in begun if not _is_open(text)}
            begun = {text for text in begun if _is_open(text)}
        return done | begun


def _is_open(text: str) -> bool:
    """Say whether the first word of a text may still go on."""
    return not text or _KEY.fullmatch(text) is not None


def _literal(text: str) -> str:
    text = re.escape(text.lower()).replace("'", "['’]?")
    return _HASTY_WORD.sub(lambda match: f"(?:{match[0]}|{HASTY[match[0]]})", text)


@lru_cache(maxsize=4096)
def _word_key(word: str) -> str:
    word = re.sub("['’]", "", word).lower()
    return _PATIENT.get(word, word)


def key(text: str) -> str:
    """Name a text by its first word, apart from its case, its apostrophe and a hasty spelling."""
    found = _KEY.match(text)
    return _word_key(found[0]) if found else ""


def hasty(text: str) -> str:
    """Type a text as people in a hurry do."""
    return _HASTY_WORD.sub(lambda match: HASTY[match[0]], text.lower()).replace("'", "")


def _parsed(pattern: str) -> _Sequence:
    tokens = re.findall(r"[\[\]|]|[^\[\]|]+", pattern)
    place = 0

    def sequence() -> _Sequence:
        nonlocal place
        parts: list[str | tuple[_Sequence, ...]] = []
        while place < len(tokens) and tokens[place] not in ("|", "]"):
            token = tokens[place]
            place += 1
            if token != "[":
                parts.append(token)
                continue
            options = [sequence()]
            while tokens[place] == "|":
                place += 1
                options.append(sequence())
            place += 1
            parts.append(tuple(options))
        return _Sequence(parts)

    return sequence()


def patterns(text: str) -> tuple[str, ...]:
    """Read one pattern a line; a line that is indented more than the first goes on with the one before."""
    lines = text.strip("\n").splitlines()
    margin = len(lines[0]) - len(lines[0].lstrip())
    read: list[str] = []
    for line in lines:
        if line[margin : margin + 1].isspace():
            read[-1] += line.strip()
        elif line.strip():
            read.append(line.strip())
    return tuple(read)


class Clauses:
    """A group of patterns, drawn from and recognised as one.

    Args:
        patterns (iterable of `str`):
            The patterns.
        shared (mapping, *optional*):
            Patterns that others name in angle brackets.
    """

    def __init__(self, patterns: Iterable[str], shared: Mapping[str, str] | None = None) -> None:
        def named(match: re.Match[str]) -> str:
            return "[" + _SHARED.sub(named, (shared or {})[match[1]]) + "]"

        self._sequences = tuple(_parsed(_SHARED.sub(named, pattern)) for pattern in patterns)

    def draw(self, sampler: Sampler) -> str:
        """Draw a text; every pattern is as likely."""
        return sampler.pick(self._sequences).draw(sampler)

    @property
    def count(self) -> int:
        """Number of texts."""
        return sum(sequence.count for sequence in self._sequences)

    @cached_property
    def by_first_word(self) -> dict[str, str]:
        """Regular expressions of what can follow, by the first word: few clauses share one."""
        groups: dict[str, list[_Sequence]] = {}
        for sequence in self._sequences:
            for word in sequence.first_words():
                groups.setdefault(word, []).append(sequence)
        return {
            word: "|".join(item.expression for item in sorted(group, key=lambda item: -item.longest))
            for word, group in groups.items()
        }
