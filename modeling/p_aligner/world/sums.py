"""Chains of small sums, bare or as a story: drawn, read and marked."""

import random
import re
from collections.abc import Sequence

from .questions import Question, Sum
from .splits import split_of


_PEOPLE = (
    "Tom Mia Ben Ana Leo Eva Sam Ida Max Zoe Jan Lea Tim Kim Ian Amy Ned Una Bob Sue Ron Pia Gus Fay Abe Liv Jon Meg "
    "Ray Nia Ali Ute"
).split()
_THINGS = "pens cups eggs nuts keys hats pins figs bags cards coins stamps shells books plums boxes".split()
_GAINS = ("gets {} more", "finds {}", "buys {}", "wins {}")
_LOSSES = ("loses {}", "gives {} away", "sells {}", "drops {}")
MOST_OPERANDS = 4
# Numbers of one or two digits, so that neither a year nor a date is a sum.
_SUM = re.compile(r"(?<![\w.])(?<!\d[-+])\d{1,2}(?:\s*[-+]\s*\d{1,2})+(?!\w|\.\d|\s*[-+]\s*\d)")
_STORY = re.compile(
    r"\b(?:(?:has|had) (\d{1,2})|(?:gets|finds|buys|wins) (\d{1,2})|(?:loses|gives|sells|drops) (\d{1,2}))(?!\d)",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"\banswer(?: is\b| ?:)", re.IGNORECASE)
# A number that nothing is computed with.
_RESULT = re.compile(r"(?<![\w.,])(?:(?<![\w)] )(?<![\w)])-)?\d{1,6}(?:\.\d{1,6})?(?![.,]?\d)(?! ?[-+*/=×] ?\d)")
_NOT_A_NUMBER = re.compile(r"(?:\bnot|n't) -?\d[\d.,]*", re.IGNORECASE)
_PARENTHESES = re.compile(r"\([^()]*\)")
# Whatever may stand in an equation; a product or a decimal makes it a wrong one.
_EQUATION = re.compile(r"(?:[\d+\-=*/× ]|\.(?=\d))+")


def _draw_sum(rng: random.Random, split: str) -> tuple[int, ...]:
    """Draw operands with signs; no intermediate result is negative or above 18."""
    while True:
        operands = [rng.randint(2, 9)]
        for _ in range(rng.randint(1, MOST_OPERANDS - 1)):
            total = sum(operands)
            choices = [number for number in range(-9, 10) if abs(number) > 1 and 0 <= total + number <= 18]
            operands.append(rng.choice(choices))
        if split_of(expression(operands)) == split:
            return tuple(operands)


def expression(operands: Sequence[int]) -> str:
    """Write signed operands as a sum: `(7, 5, -3)` is `7+5-3`."""
    return "".join(f"{number:+d}" for number in operands).removeprefix("+")


def working(operands: Sequence[int]) -> str:
    """Work a sum out, one operation at a time: `7+5-3=12-3=9`."""
    rest = list(operands)
    lines = [expression(rest)]
    while len(rest) > 1:
        rest[:2] = [rest[0] + rest[1]]
        lines.append(expression(rest))
    return "=".join(lines)


def draw(rng: random.Random, split: str) -> Question:
    operands = _draw_sum(rng, split)
    asked = expression(operands)
    steps = rng.choice(
        ("Show each step, and check the result at the end.", "Work it out step by step before you give the answer.")
    )
    if rng.random() < 0.5:
        raw = rng.choice(("What is {}?", "Calculate {}.", "How much is {}?", "Work out {}.")).format(asked)
        sloppy = rng.choice(("{}", "whats {}", "{} = ?", "{} pls", "need {} fast")).format(asked)
    else:
        person = rng.choice([name for name in _PEOPLE if split_of(name) == split])
        thing = rng.choice(_THINGS)
        moves = [rng.choice(_GAINS if number > 0 else _LOSSES).format(abs(number)) for number in operands[1:]]
        story = f"{person} has {operands[0]} {thing}"
        story += ", " + ", ".join(moves[:-1]) + " and " + moves[-1] if len(moves) > 1 else " and " + moves[-1]
        raw = f"{story}. How many {thing} does {person} have now?"
        sloppy = rng.choice((f"{story} how many now", f"{story}. how many {thing}??", f"{story}, so how many")).lower()
    return Question("arithmetic", Sum(operands), sloppy, raw, f"{raw} {steps}")


def read(text: str) -> Sum | None:
    found = _SUM.search(text)
    if found:
        return Sum(tuple(int(re.sub(r"\s", "", number)) for number in re.findall(r"[-+]?\s*\d+", found[0])))
    story = [int(has or gain) if has or gain else -int(loss) for has, gain, loss in _STORY.findall(text)]
    return Sum(tuple(story)) if len(story) > 1 else None


def gold(operands: Sequence[int], response: str) -> float:
    """0.8 for the right result, 0.2 for working; without it, 0.2 times the share of sides that are worth it."""
    total, chains = sum(operands), _chains(response)
    if _result(response) == total:
        return 1.0 if _is_worked_out(operands, chains) else 0.8
    sides = [side for chain in chains for side in chain] if _has_operation(chains) else []
    return 0.2 * sum(bool(side) and sum(side) == total for side in sides) / len(sides) if sides else 0.0


def _result(response: str) -> float | None:
    """The number after the last "answer:" or "answer is", else the last number outside parentheses; never "not 9"."""
    text = _NOT_A_NUMBER.sub("", " ".join(response.split()))
    marks = list(_ANSWER.finditer(text))
    after = _RESULT.search(text, marks[-1].end()) if marks else None
    if after:
        return float(after[0])
    numbers = _RESULT.findall(_PARENTHESES.sub("", text))
    return float(numbers[-1]) if numbers else None


def _chains(response: str) -> list[list[tuple[int, ...]]]:
    """The equations `a=b=c`, none across lines: the terms of every side, no terms for a side that is not a sum."""
    chains = []
    for line in response.splitlines():
        for run in _EQUATION.findall(line.strip().removeprefix("- ").removeprefix("* ")):
            # What stands before the first or after the last "=" may be a word.
            sides = [_terms(side) for side in run.strip("= ").split("=")]
            if len(sides) > 1:
                chains.append(sides)
    return chains


def _terms(side: str) -> tuple[int, ...]:
    tokens = re.findall(r"\d+|\S", side)
    if tokens and tokens[0] not in "+-":
        tokens.insert(0, "+")
    signs, numbers = tokens[::2], tokens[1::2]
    if len(signs) != len(numbers) or not all(sign in "+-" for sign in signs):
        return ()
    if not all(number.isdecimal() and len(number) <= 6 for number in numbers):
        return ()
    return tuple(int(sign + number) for sign, number in zip(signs, numbers, strict=True))


def _has_operation(chains: list[list[tuple[int, ...]]]) -> bool:
    return any(len(side) > 1 for chain in chains for side in chain)


def _is_worked_out(operands: Sequence[int], chains: list[list[tuple[int, ...]]]) -> bool:
    """An operation, no wrong equation, the first operand at the beginning, and the result as one of the sides."""
    sides = [side for chain in chains for side in chain]
    true = all(all(chain) and len({sum(side) for side in chain}) == 1 for chain in chains)
    return _has_operation(chains) and true and sides[0][0] == operands[0] and (sum(operands),) in sides
