"""Pairs of a raw instruction and its refinement: the corpus the miniature rewriters are trained on.

The miniature decodes greedily, so a wording drawn at random would collapse into the most frequent one. The wording is
therefore a function of what can be seen: the intent, and the first letter of the instruction's last word. (Prefixes
follow the last word, too: most questions begin with the same few letters.) Knows nothing of models and tokens.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from p_aligner.principles import PAPER_PRINCIPLES, Principle, principles_for

from . import principle_texts as texts
from . import wordings
from .flaws import mend, mend_rudeness, punctuated
from .grammar import Sampler, capitalised
from .instructions import MOST_WORDS, NEVER_SPOILT, Instruction, draw_instruction, draw_specific, spoilt
from .slots import RULES


# Shares of the whole refinements.
SPECIFIC_SHARE = 0.105
AGAIN_SHARE = 0.055
FLAW_SHARE = 0.42
# Shares of the single principles.
OTHER_CATEGORY_SHARE = 0.6
PARAPHRASE_SHARE = 0.25
FREE_SHARE = 0.08
PRINCIPLE_FLAW_SHARE = 0.08

_LETTERS = re.compile(r"[^\W\d_]+")
_ALTERNATIVES = re.compile(r"\[([^\]]*)\]")
_SENTENCE_END = re.compile(r"[.?!…]['\"”’»)]*$")
# How often a last word begins with each letter, in per mille.
_LETTER_WEIGHTS = {
    "a": 50, "b": 58, "c": 90, "d": 52, "e": 50, "f": 55, "g": 40, "h": 50, "i": 45,
    "j": 12, "k": 18, "l": 45, "m": 65, "n": 35, "o": 30, "p": 75, "q": 5, "r": 40,
    "s": 110, "t": 75, "u": 12, "v": 22, "w": 50, "x": 6, "y": 25, "z": 5,
}  # fmt: skip


@dataclass(frozen=True)
class Rewrite:
    """A raw instruction and a refinement of it.

    Args:
        category (`str`):
            Category of the instruction.
        intent (`str`):
            What it asks for, as far as its words tell.
        instruction (`str`):
            The raw instruction.
        refined (`str`):
            The refinement.
        principle (`Principle`, *optional*):
            The principle it follows, `None` for a whole refinement.
    """

    category: str
    intent: str
    instruction: str
    refined: str
    principle: Principle | None


def rewrites(seed: int, *, whole_share: float = 0.5) -> Iterator[Rewrite]:
    """Yield pairs without end, always the same ones for a seed.

    Args:
        seed (`int`):
            Seed of the random stream.
        whole_share (`float`, *optional*, defaults to 0.5):
            Share of whole refinements; the others follow one principle.
    """
    sampler = Sampler(random.Random(seed), RULES)
    while True:
        yield _whole(sampler) if sampler.chance(whole_share) else _by_principle(sampler)


@cache
def _slots(count: int) -> dict[str, int]:
    """Spread the letters over `count` wordings so that each is used about equally often."""
    loads = [0] * count
    slots = {}
    for letter in sorted(_LETTER_WEIGHTS, key=lambda letter: (-_LETTER_WEIGHTS[letter], letter)):
        slot = loads.index(min(loads))
        slots[letter] = slot
        loads[slot] += _LETTER_WEIGHTS[letter]
    return slots


def wording(options: Sequence[str], instruction: str) -> str:
    """Choose a wording by the first letter of the last word of `instruction`."""
    found = _LETTERS.findall(instruction)
    letter = found[-1][0].casefold() if found else ""
    return options[_slots(len(options)).get(letter, 0)]


def joined(instruction: str, addition: str) -> str:
    """Put `addition` after a single line that ends as a sentence does, else on a line of its own."""
    line = "\n" not in instruction and _SENTENCE_END.search(instruction)
    return instruction + (" " if line else "\n") + addition


def refined_whole(instruction: Instruction) -> str:
    """Refine in one pass: mend the flaws, then add what is missing."""
    text = mend(instruction.text) if instruction.flaw else _finished(instruction)
    if instruction.specific:
        return text
    if instruction.language != "en":
        return joined(text, wording(wordings.FOREIGN_WHOLE[instruction.language], text))
    addition = wording(wordings.WHOLE[instruction.intent], text)
    if instruction.flaw == "rude" and instruction.intent != "harmful":
        addition += " " + wording(wordings.THANKS, text)
    return joined(text, addition)


def refined_by(instruction: Instruction, principle: Principle) -> str:
    """Refine by one of the ten principles; nothing else changes."""
    text = _finished(instruction)
    if principle.name == "Tone Improvement" and instruction.flaw:
        text = punctuated(mend_rudeness(instruction.text))
    if instruction.language != "en":
        addition = texts.FOREIGN[principle.name][instruction.language]
    else:
        addition = wording(wordings.BY_PRINCIPLE[principle.name][wordings.KIND[instruction.intent]], text)
    return f"{addition}\n{text}" if principle.name in wordings.PREFIXED else joined(text, addition)


def _finished(instruction: Instruction) -> str:
    """Add the final mark that a sentence lacks; names, keywords and material stay as they are."""
    if instruction.intent in ("keyword", "salad", "complete") or instruction.language != "en":
        return instruction.text
    return punctuated(instruction.text)


def _whole(sampler: Sampler) -> Rewrite:
    draw = sampler.rng.random()
    if draw < SPECIFIC_SHARE:
        instruction = draw_specific(sampler)
        if sampler.chance(0.1):
            instruction = spoilt(sampler, instruction)
        return _rewrite(instruction, refined_whole(instruction))
    instruction = draw_instruction(sampler)
    if draw < SPECIFIC_SHARE + AGAIN_SHARE:
        # What was refined before has nothing to mend and says what it wants.
        text = refined_whole(instruction)
        while len(text.split()) > MOST_WORDS:
            instruction = draw_instruction(sampler)
            text = refined_whole(instruction)
        return Rewrite(instruction.category, instruction.intent, text, text, None)
    if instruction.intent not in NEVER_SPOILT and sampler.chance(FLAW_SHARE):
        instruction = spoilt(sampler, instruction)
    return _rewrite(instruction, refined_whole(instruction))


def _by_principle(sampler: Sampler) -> Rewrite:
    instruction = draw_instruction(sampler)
    if instruction.intent not in NEVER_SPOILT and sampler.chance(PRINCIPLE_FLAW_SHARE):
        instruction = spoilt(sampler, instruction)
    draw = sampler.rng.random()
    if draw < FREE_SHARE and instruction.language == "en":
        return _by_free_principle(sampler, instruction)
    if sampler.chance(OTHER_CATEGORY_SHARE):
        principle = sampler.pick(PAPER_PRINCIPLES.principles)
    else:
        principle = sampler.pick(principles_for(instruction.category))
    refined = refined_by(instruction, principle)
    if draw < FREE_SHARE + PARAPHRASE_SHARE:
        description = _alternative(sampler, sampler.pick(texts.PARAPHRASES[principle.name])).strip()
        principle = Principle(principle.name, principle.domain, description)
    return _rewrite(instruction, refined, principle)


def _by_free_principle(sampler: Sampler, instruction: Instruction) -> Rewrite:
    text = _finished(instruction)
    if sampler.chance(0.6):
        descriptions, options = sampler.pick(texts.FREE)
        description, addition = sampler.pick(descriptions), wording(options, text)
    else:
        pattern, form = sampler.pick(texts.OPEN)
        filling = _alternative(sampler, sampler.pick(texts.OPEN_THINGS if "{what}" in pattern else texts.OPEN_ACTS))
        slot = "{what}" if "{what}" in pattern else "{act}"
        description, addition = pattern.replace(slot, filling), capitalised(form.replace(slot, filling))
    return _rewrite(instruction, joined(text, addition), Principle("Own principle", "Helpfulness", description))


def _alternative(sampler: Sampler, text: str) -> str:
    return _ALTERNATIVES.sub(lambda match: sampler.pick(match[1].split("|")), text)


def _rewrite(instruction: Instruction, refined: str, principle: Principle | None = None) -> Rewrite:
    return Rewrite(instruction.category, instruction.intent, instruction.text, refined, principle)
