"""Pairs of a raw instruction and its refinement: the corpus the miniature rewriters are trained on.

The miniature decodes greedily, so a wording drawn at random would collapse into the most frequent one. The wording is
therefore a function of what can be seen: the intent, and the last two letters of the instruction, which are nearest to
where it is decided. (Prefixes follow the last word, too: most questions begin with the same few letters.)

Knows nothing of models and tokens.
"""

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from p_aligner.principles import PAPER_PRINCIPLES, Principle, principles_for

from . import principle_texts as texts
from . import vocabulary, wordings
from .flaws import mend
from .grammar import Sampler, capitalised
from .instructions import MOST_WORDS, NEVER_SPOILT, Instruction, draw_instruction, draw_specific, draw_world, spoilt
from .rudeness import mend_rudeness
from .sentences import punctuated
from .slots import RULES


WORLD_SHARE = 0.08
# Shares of the whole refinements.
SPECIFIC_SHARE = 0.16
AGAIN_SHARE = 0.055
FLAW_SHARE = 0.5
# Shares of the single principles.
OTHER_CATEGORY_SHARE = 0.6
PARAPHRASE_SHARE = 0.25
FREE_SHARE = 0.3
PRINCIPLE_FLAW_SHARE = 0.08
STACKED_SHARE = 0.3

_LETTERS = re.compile(r"[^\W\d_]+")
_ALTERNATIVES = re.compile(r"\[([^\]]*)\]")
_OPEN_SLOT = re.compile(r"{what}|{act}|{clause}")
_OPEN_FILLINGS = {"{what}": texts.OPEN_THINGS, "{act}": texts.OPEN_ACTS, "{clause}": texts.OPEN_CLAUSES}
_SENTENCE_END = re.compile(r"[.?!…]['\"”’»)]*$")
# The lists that instructions mostly end with.
_WORD_LISTS = (
    *(vocabulary.MASS, vocabulary.PLURALS, vocabulary.SUBJECTS, vocabulary.OBJECTS, vocabulary.FOODS, vocabulary.JOBS),
    *(vocabulary.ACTIONS, vocabulary.COUNTRIES, vocabulary.CITIES, vocabulary.EVENTS, vocabulary.CODE_JOBS),
)


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


@dataclass
class Addition:
    """A fixed text that refinements add.

    Args:
        text (`str`):
            The text.
        intents (`set[str]`):
            The intents it suits; none means all.
        principles (`set[str]`):
            Names of the principles that add it; none for whole refinements.
    """

    text: str
    intents: set[str] = field(default_factory=set)
    principles: set[str] = field(default_factory=set)


def additions() -> list[Addition]:
    """Return every fixed text that refinements add, once."""
    found: dict[str, Addition] = {}

    def note(lines: Iterable[str], intents: Iterable[str] = (), principle: str | None = None) -> None:
        for line in lines:
            entry = found.setdefault(line, Addition(line))
            entry.intents.update(intents)
            entry.principles.update([principle] if principle else [])

    note(wordings.THANKS)
    for intent, lines in wordings.WHOLE.items():
        note(lines, [intent])
    for lines in wordings.FOREIGN_WHOLE.values():
        note(lines, ["foreign"])
    for name, kinds in wordings.BY_PRINCIPLE.items():
        for kind, lines in kinds.items():
            note(lines, [intent for intent, its_kind in wordings.KIND.items() if its_kind == kind], name)
        note(texts.FOREIGN[name].values(), ["foreign"], name)
    for _, lines in texts.FREE:
        note(lines)
    return list(found.values())


@cache
def _slots(count: int) -> dict[str, int]:
    """Spread the endings over `count` wordings so that each is used about equally often."""
    words = (word.casefold() for words in _WORD_LISTS for entry in words for word in _LETTERS.findall(entry)[-1:])
    weights = Counter(word[-2:] for word in words)
    loads = [0] * count
    slots = {}
    for ending in sorted(weights, key=lambda ending: (-weights[ending], ending)):
        slot = loads.index(min(loads))
        slots[ending] = slot
        loads[slot] += weights[ending]
    return slots


def wording(options: Sequence[str], instruction: str) -> str:
    """Choose a wording by the last two letters of `instruction`."""
    found = _LETTERS.findall(instruction)
    ending = found[-1][-2:].casefold() if found else ""
    slot = _slots(len(options)).get(ending)
    # Endings that no word list has, other scripts for example: any function of the letters will do.
    return options[sum(map(ord, ending)) % len(options) if slot is None else slot]


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


def _draw(sampler: Sampler) -> Instruction:
    return draw_world(sampler) if sampler.chance(WORLD_SHARE) else draw_instruction(sampler)


def _whole(sampler: Sampler) -> Rewrite:
    draw = sampler.rng.random()
    if draw < SPECIFIC_SHARE:
        instruction = draw_specific(sampler)
        if sampler.chance(0.1):
            instruction = spoilt(sampler, instruction)
        return _rewrite(instruction, refined_whole(instruction))
    instruction = _draw(sampler)
    if draw < SPECIFIC_SHARE + AGAIN_SHARE:
        # What was refined before has nothing to mend and says what it wants.
        text = refined_whole(instruction)
        while len(text.split()) > MOST_WORDS:
            instruction = _draw(sampler)
            text = refined_whole(instruction)
        return Rewrite(instruction.category, instruction.intent, text, text, None)
    if not instruction.flaw and instruction.intent not in NEVER_SPOILT and sampler.chance(FLAW_SHARE):
        instruction = spoilt(sampler, instruction)
    return _rewrite(instruction, refined_whole(instruction))


def _by_principle(sampler: Sampler) -> Rewrite:
    instruction = _draw(sampler)
    if not instruction.flaw and instruction.intent not in NEVER_SPOILT and sampler.chance(PRINCIPLE_FLAW_SHARE):
        instruction = spoilt(sampler, instruction)
    if sampler.chance(STACKED_SHARE):
        instruction = _rewritten_before(sampler, instruction)
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


def _rewritten_before(sampler: Sampler, instruction: Instruction) -> Instruction:
    """Apply one or two other principles first, as a search does on the way down a tree."""
    for _ in range(sampler.whole(1, 2)):
        text = refined_by(instruction, sampler.pick(PAPER_PRINCIPLES.principles))
        if len(text.split()) <= MOST_WORDS:
            instruction = replace(instruction, text=text, flaw="")
    return instruction


def _by_free_principle(sampler: Sampler, instruction: Instruction) -> Rewrite:
    text = _finished(instruction)
    if sampler.chance(0.3):
        descriptions, options = sampler.pick(texts.FREE)
        description, addition = sampler.pick(descriptions), wording(options, text)
    else:
        beginnings, forms = sampler.pick(texts.OPEN)
        description, form = _alternative(sampler, sampler.pick(beginnings)), wording(forms, text)
        (slot,) = _OPEN_SLOT.findall(description)
        filling = sampler.fill(_alternative(sampler, sampler.pick(_OPEN_FILLINGS[slot])))
        description, addition = description.replace(slot, filling), capitalised(form.replace(slot, filling))
    return _rewrite(instruction, joined(text, addition), Principle("Own principle", "Helpfulness", description))


def _alternative(sampler: Sampler, text: str) -> str:
    return _ALTERNATIVES.sub(lambda match: sampler.pick(match[1].split("|")), text)


def _rewrite(instruction: Instruction, refined: str, principle: Principle | None = None) -> Rewrite:
    return Rewrite(instruction.category, instruction.intent, instruction.text, refined, principle)
