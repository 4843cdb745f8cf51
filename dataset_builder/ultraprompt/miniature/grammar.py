"""Fills templates: `{topic}` becomes a random topic. Knows how to draw and to spell, not what instructions look like.

A slot is written `{name}`, with three marks: `{a name}` puts the article before it, `{Name}` begins it with a capital,
and `{name1}` is the same text wherever it stands in one template. What fills a slot is a tuple of final texts, a tuple
of templates (names that end in `_line`) or a function. Filled-in text is never read for slots again, so braces in code
stay what they are.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple, TypeVar

from . import vocabulary


_Choice = TypeVar("_Choice")
_SLOT = re.compile(r"\{(a )?([A-Za-z_]+)(\d?)\}")
_VOWEL_SOUND = re.compile(r"(?i)(?:[aeio]|u(?!ni|se|rl\b|k))")
_VOWEL_ABBREVIATIONS = ("FAQ", "SQL", "HTML", "MRI", "hour", "honest", "heir")


class _Slot(NamedTuple):
    name: str
    key: str
    article: bool
    capital: bool


class Sampler:
    """Draws words and fills templates from one random stream.

    Args:
        rng (`random.Random`):
            Source of every draw.
        rules (mapping):
            What may stand in a slot, by lower-case slot name.
    """

    def __init__(self, rng: random.Random, rules: Mapping[str, "Rule"]) -> None:
        self.rng = rng
        self.rules = rules

    def pick(self, items: Sequence[_Choice]) -> _Choice:
        """Draw one item."""
        return items[int(self.rng.random() * len(items))]

    def chance(self, share: float) -> bool:
        """Say yes in `share` of the cases."""
        return self.rng.random() < share

    def whole(self, low: int, high: int) -> int:
        """Draw a whole number from `low` to `high`."""
        return low + int(self.rng.random() * (high - low + 1))

    def fill(self, template: str, known: dict[str, str] | None = None) -> str:
        """Fill the slots of `template`; `known` holds the numbered ones that are already chosen."""
        known = {} if known is None else known
        return "".join(piece if isinstance(piece, str) else self._filled(piece, known) for piece in _pieces(template))

    def draw(self, name: str) -> str:
        """Draw what may stand in the slot called `name`."""
        rule = self.rules[name]
        if callable(rule):
            return rule(self)
        text = self.pick(rule)
        return self.fill(text) if name.endswith("_line") else text

    def _filled(self, slot: _Slot, known: dict[str, str]) -> str:
        if slot.key in known:
            text = known[slot.key]
        else:
            text = self.draw(slot.name)
            if slot.key[-1].isdigit():
                known[slot.key] = text
        if slot.article:
            text = f"{article(text)} {text}"
        return capitalised(text) if slot.capital else text


Rule = tuple[str, ...] | Callable[[Sampler], str]


@cache
def _pieces(template: str) -> tuple[str | _Slot, ...]:
    pieces: list[str | _Slot] = []
    end = 0
    for match in _SLOT.finditer(template):
        if match.start() > end:
            pieces.append(template[end : match.start()])
        name = match[2].lower()
        pieces.append(_Slot(name, name + match[3], bool(match[1]), match[2][0].isupper()))
        end = match.end()
    if end < len(template):
        pieces.append(template[end:])
    return tuple(pieces)


def article(text: str) -> str:
    """Return the indefinite article that fits before `text`."""
    return "an" if text.startswith(_VOWEL_ABBREVIATIONS) or _VOWEL_SOUND.match(text) else "a"


def capitalised(text: str) -> str:
    """Begin `text` with a capital letter, and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def pseudo_word(sampler: Sampler) -> str:
    """Invent a word that is spelt like one, of one to three syllables and an ending."""
    syllables = [
        sampler.pick(vocabulary.SYLLABLE_STARTS) + sampler.pick(vocabulary.SYLLABLE_VOWELS)
        for _ in range(sampler.whole(1, 3))
    ]
    return "".join(syllables) + sampler.pick(vocabulary.SYLLABLE_ENDS)
