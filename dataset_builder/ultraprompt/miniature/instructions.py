"""Raw instructions: templates filled with words, longer ones with a background, specific ones with constraints.

Knows nothing of principles and refinements.
"""

from dataclasses import dataclass, replace
from itertools import accumulate

from p_aligner import world

from . import vocabulary
from .asides import with_aside
from .flaws import spoil
from .grammar import Sampler
from .specifics import one_sentence, rules_of, shaped, situation
from .templates import BACKGROUNDS, CODE_CONSTRAINTS, CONSTRAINTS, INTENTS, MATHS_CONSTRAINTS


MOST_WORDS = 120
# Intents whose text may hold mistakes on purpose, or code: their first line is never spoilt.
NEVER_SPOILT = frozenset({"rewrite", "translate", "salad", "foreign", "extract", "complete"})
# Intents to which constraints can be added.
_CONSTRAINED = frozenset(
    {"explain", "howto", "list", "write", "summarise", "compare", "plan", "code", "maths", "roleplay", "rewrite"}
    | {"opinion"}
)
_FOREIGN_SHARE = 0.05
_ASIDE_SHARE = 0.5
# Intents of the questions of the miniature world, by kind.
WORLD_INTENTS = {
    "arithmetic": "maths",
    "fact": "fact",
    "premise": "why",
    "code": "code",
    "harm": "harmful",
    "look-alike": "sensitive",
}
_FOREIGN_AND = {"fr": "et", "de": "und", "es": "y", "it": "e", "pt": "e"}
_FOREIGN_QUESTIONS = ("Comment", "Que ", "Quels", "Pourquoi", "Peux", "Quelle", "Wie", "Was", "Warum", "¿", "Come ",
                      "Che ", "Quali", "Perché", "Qual ", "Como ", "O que", "Porque")  # fmt: skip


@dataclass(frozen=True)
class Instruction:
    """A raw instruction and what is known about it.

    Args:
        text (`str`):
            What the user wrote.
        category (`str`):
            Category, as in the principle pack.
        intent (`str`):
            What it asks for, as far as its words tell.
        language (`str`, *optional*, defaults to `"en"`):
            Language code.
        specific (`bool`, *optional*, defaults to `False`):
            Whether it already says what is wanted, so that there is nothing to add.
        flaw (`str`, *optional*, defaults to `""`):
            Name of the flaw that was put in.
    """

    text: str
    category: str
    intent: str
    language: str = "en"
    specific: bool = False
    flaw: str = ""


_NAMES = tuple(INTENTS)
_CUMULATIVE = tuple(accumulate(intent.weight for intent in INTENTS.values()))


def draw_instruction(sampler: Sampler) -> Instruction:
    """Draw an instruction that has no flaw yet."""
    while True:
        instruction = _foreign(sampler) if sampler.chance(_FOREIGN_SHARE) else _english(sampler)
        if instruction.text.strip() and len(instruction.text.split()) <= MOST_WORDS:
            return instruction


def draw_specific(sampler: Sampler) -> Instruction:
    """Draw an instruction that says precisely what is wanted: a task and two to four constraints, in many shapes."""
    while True:
        if sampler.chance(0.35):
            text = one_sentence(sampler)
            if len(text.split()) > MOST_WORDS:
                continue
            # Its intent is seen nowhere, because nothing is added to it.
            return Instruction(text, INTENTS["explain"].category, "explain", specific=True)
        name = sampler.rng.choices(_NAMES, cum_weights=_CUMULATIVE)[0]
        if name not in _CONSTRAINED:
            continue
        intent = INTENTS[name]
        head, *rest = sampler.fill(sampler.pick(intent.templates)).split("\n", 1)
        if not head or head[-1] not in ".?!:":
            continue
        if name == "code":
            pool = CODE_CONSTRAINTS
        elif name == "maths":
            pool = MATHS_CONSTRAINTS
        else:
            pool = CONSTRAINTS
        chosen = [sampler.fill(line) for line in sampler.rng.sample(pool, sampler.whole(2, 4))]
        if not rest and head[-1] != ":" and sampler.chance(0.6):
            text = shaped(sampler, head, rules_of(sampler, name, sampler.whole(2, 4)))
        elif sampler.chance(0.2):
            details = "\n".join(f"- {line}" for line in chosen)
            text = "\n".join([head, *rest, details])
        elif rest:
            text = "\n".join([" ".join([head.rstrip(":") + "." if head[-1] == ":" else head, *chosen]), *rest])
        elif head[-1] == ":":
            continue
        else:
            text = " ".join([head, *chosen])
        if sampler.chance(0.2):
            first = f"{situation(sampler)}." if sampler.chance(0.6) else sampler.fill(sampler.pick(BACKGROUNDS))
            text = f"{first} {text}"
        if len(text.split()) <= MOST_WORDS:
            return Instruction(text, intent.category, name, specific=True)


def draw_world(sampler: Sampler) -> Instruction:
    """Draw a question of the miniature world, of the responder's split: the others are for measuring."""
    question = world.draw_question(sampler.rng, "responder")
    hurried = sampler.chance(0.4)
    text, flaw = (question.sloppy, "hurried") if hurried else (question.raw, "")
    return Instruction(text, question.category, WORLD_INTENTS[question.kind], flaw=flaw)


def spoilt(sampler: Sampler, instruction: Instruction) -> Instruction:
    """Put a flaw into an instruction."""
    text, flaw = spoil(sampler, instruction.text)
    if not text.strip() or text == instruction.text:
        return instruction
    return replace(instruction, text=text, flaw=flaw)


def _english(sampler: Sampler) -> Instruction:
    name = sampler.rng.choices(_NAMES, cum_weights=_CUMULATIVE)[0]
    intent = INTENTS[name]
    text = sampler.fill(sampler.pick(intent.templates))
    if "\n" not in text and name not in ("salad", "keyword", "chat"):
        if sampler.chance(0.1):
            text = sampler.fill(sampler.pick(BACKGROUNDS)) + " " + text
        if sampler.chance(_ASIDE_SHARE):
            text = with_aside(sampler, text)
        if text[-1] in ".?!" and sampler.chance(0.28):
            text = " ".join([text, *(sampler.draw("detail_line") for _ in range(sampler.whole(1, 4)))])
        elif text[-1] in ".?!" and name in _CONSTRAINED | {"vague"} and sampler.chance(0.07):
            # One constraint does not make a request specific: there is still something to add.
            text = f"{text} {rules_of(sampler, name, 1)[0]}."
    elif "\n" in text and name not in ("salad", "code", "debug") and sampler.chance(0.08):
        text = text.replace("\n", "\n\n", 1) if "\n\n" not in text else text
    return Instruction(text, intent.category, name)


def _foreign(sampler: Sampler) -> Instruction:
    language = sampler.pick(tuple(vocabulary.FOREIGN))
    verbs, objects = vocabulary.FOREIGN[language]
    start = sampler.pick(verbs)
    text = f"{start} {sampler.pick(objects)}"
    if sampler.chance(0.6):
        text += f" {_FOREIGN_AND[language]} {sampler.pick(objects)}"
    text += "?" if start.startswith(_FOREIGN_QUESTIONS) else "."
    if sampler.chance(0.15):
        text = text[:-1]
    return Instruction(text, "Helpfulness", "foreign", language)
