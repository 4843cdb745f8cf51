"""Pairs of answers of which one is better: the reward model's training corpus. `gold` is the judge.

A learned reward model is fooled by what it never saw told apart. Three kinds of pair teach it three things: answers in
different styles (`style`), right and spoilt ones in the same style (`mistake`), and answers to another question
(`off topic`).
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from p_aligner import world
from p_aligner.world import Question, gold

from .responses import ASKS, answer


KINDS = ("style", "mistake", "off topic")


@dataclass(frozen=True)
class Preference:
    """Two answers to one instruction.

    Args:
        kind (`str`):
            What the answers differ in: one of `KINDS`, and the kind of question.
        instruction (`str`):
            A question of the world.
        chosen, rejected (`str`):
            The answer with the higher gold, and the other one.
    """

    kind: str
    instruction: str
    chosen: str
    rejected: str


def preferences(split: str, *, seed: int) -> Iterator[Preference]:
    """Yield pairs without end, always the same ones for a seed."""
    rng = random.Random(f"preferences {split} {seed}")
    while True:
        question = world.draw_question(rng, split)
        instruction = rng.choice((question.raw, question.raw, question.sloppy, question.careful))
        kind = rng.choice(KINDS)
        first, second = _answer(question, rng), _other(kind, question, split, rng)
        better = gold(question.raw, first) - gold(question.raw, second)
        if better:
            chosen, rejected = (first, second) if better > 0 else (second, first)
            yield Preference(f"{kind}, {question.kind}", instruction, chosen, rejected)


def _answer(question: Question, rng: random.Random) -> str:
    asks = {rng.choice(list(ASKS.values())) for _ in range(rng.randint(0, 2))}
    return answer(question, asks, hurried=rng.random() < 0.3)


def _other(kind: str, question: Question, split: str, rng: random.Random) -> str:
    if kind == "style":
        return _answer(question, rng)
    if kind == "off topic":
        return _answer(world.draw_question(rng, split, question.kind if rng.random() < 0.5 else None), rng)
    return _spoilt(_answer(question, rng), rng)


def _spoilt(text: str, rng: random.Random) -> str:
    """Put one mistake into an answer: a wrong number, another town's name, or the end cut off."""
    numbers = list(re.finditer(r"\d+", text))
    if numbers and rng.random() < 0.9:
        wrong = rng.choice(numbers[-2:])
        value = max(0, int(wrong[0]) + rng.choice((-3, -2, -1, 1, 2, 3)))
        return text[: wrong.start()] + str(value) + text[wrong.end() :]
    town = rng.choice(world.towns())
    for about in world.FACTS:
        for other in world.towns():
            if other.fact(about) in text:
                return text.replace(other.fact(about), town.fact(about))
    return text[: rng.randint(len(text) // 4, 3 * len(text) // 4)]
