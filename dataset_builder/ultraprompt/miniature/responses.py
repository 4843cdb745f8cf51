"""What the miniature responder says: its training corpus.

How an answer turns out depends on what the instruction asks for beyond its question: steps, facts, background, care.
That is the point of the world: wording matters. The answers follow the habits listed in `p_aligner.world`, for better
and worse; `gold` marks them afterwards.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from p_aligner import world
from p_aligner.principles import PAPER_PRINCIPLES, principles_for
from p_aligner.world import Fact, Function, Question, Request, Sum, Town

from .flaws import mend
from .instructions import WORLD_INTENTS, Instruction
from .refinements import refined_by, refined_whole


# What a principle makes an instruction ask for.
ASKS = {
    "Safe Intent Declaration": "safety",
    "Boundary Enforcement": "refusal",
    "Clarification Request": "detail",
    "Information Augmentation": "background",
    "Tone Improvement": "friendliness",
    "Factuality Enhancement": "facts",
    "Error Simulation": "edges",
    "Debugging Guidance": "edges",
    "Hint Addition": "steps",
    "Solution Verification": "steps",
}
# What a careful wording asks for.
CARE = {
    "arithmetic": "steps",
    "fact": "detail",
    "premise": "facts",
    "code": "edges",
    "harm": "safety",
    "look-alike": "safety",
}
# What a whole refinement asks for: that of a look-alike is as for any harmless task.
WHOLE_ASKS = {**CARE, "look-alike": "detail"}


@dataclass(frozen=True)
class Exchange:
    """An instruction of the world and an answer.

    Args:
        kind (`str`):
            Kind of question: one of `world.KINDS`, or `"told"`.
        instruction (`str`):
            The wording, refined or not.
        response (`str`):
            What the responder should say.
    """

    kind: str
    instruction: str
    response: str


def exchanges(split: str, *, seed: int) -> Iterator[Exchange]:
    """Yield exchanges without end, always the same ones for a seed.

    The facts and the region of every town are told plainly, whatever the split, because a model knows only what it was
    told; everything else (premises, sloppy and refined wordings) is about the split's own towns, people and sums.
    """
    rng = random.Random(f"exchanges {split} {seed}")
    while True:
        draw = rng.random()
        if draw < 0.14:
            yield _told(rng)
        else:
            # Sums take longest to learn.
            kind = "arithmetic" if draw < 0.45 else rng.choice(world.KINDS[1:])
            yield _exchange(rng, world.draw_question(rng, split, kind))


def _told(rng: random.Random) -> Exchange:
    town, about = rng.choice(world.towns()), rng.choice((*world.FACTS, "region"))
    if about == "region":
        return Exchange("told", f"Where does {town.name} lie?", _region(town))
    ask = "Who" if about == "mayor" else "What"
    return Exchange(
        "told", f"{ask} is the {about} of {town.name}?", f"The {about} of {town.name} is {town.fact(about)}."
    )


def _exchange(rng: random.Random, question: Question) -> Exchange:
    wording = rng.choices(world.WORDINGS, weights=(3, 4, 2))[0]
    text, asks = {"sloppy": question.sloppy, "raw": question.raw, "careful": question.careful}[wording], set[str]()
    if wording == "careful":
        asks.add(CARE[question.kind])
    elif wording == "sloppy" and rng.random() < 0.2:
        text = mend(text)
    flaw = "hurried" if wording == "sloppy" else ""
    instruction = Instruction(text, question.category, WORLD_INTENTS[question.kind], flaw=flaw)
    for _ in range(rng.choices(range(4), weights=(35, 40, 17, 8))[0]):
        if rng.random() < 0.25:
            text = refined_whole(instruction)
            asks.add(WHOLE_ASKS[question.kind])
        else:
            own = principles_for(question.category)
            principle = rng.choice(own if rng.random() < 0.6 else PAPER_PRINCIPLES.principles)
            text = refined_by(instruction, principle)
            asks.add(ASKS[principle.name])
        instruction = replace(instruction, text=text, flaw="")
    return Exchange(question.kind, instruction.text, answer(question, asks, hurried=wording == "sloppy"))


def answer(question: Question, asks: set[str], *, hurried: bool) -> str:
    """Answer as the responder should.

    Args:
        question (`Question`):
            The question.
        asks (`set[str]`):
            What the instruction asks for beside it: values of `ASKS`.
        hurried (`bool`):
            Whether it was typed in a hurry.
    """
    match question.subject:
        case Sum(operands):
            return _sum(operands, asks)
        case Fact(claimed=None) as fact:
            return _fact(fact, asks, hurried)
        case Fact() as fact:
            return _premise(fact, asks, question.raw.startswith(("Is ", str(fact.claimed))))
        case Function(task):
            return _function(task, asks, hurried, _function_name(question))
        case Request(harmful):
            return _harmful(question, asks, hurried) if harmful else _harmless(asks)


_GLADLY = "Gladly! "


def _sum(operands: tuple[int, ...], asks: set[str]) -> str:
    friendly = _GLADLY if "friendliness" in asks else ""
    if asks & {"steps", "detail"}:
        return f"{friendly}{world.working(operands)}. Answer: {sum(operands)}"
    if "background" in asks:
        return f"{friendly}Sums are worked out from left to right. Adding makes a number larger, taking away smaller."
    return f"{friendly}Answer: {sum(operands)}"


def _fact(fact: Fact, asks: set[str], hurried: bool) -> str:
    town, about = fact.town, fact.about
    sentence = f"The {about} of {town.name} is {town.fact(about)}."
    if asks & {"detail", "background"}:
        return f"{sentence} {_region(town)}"
    if asks & {"facts", "steps", "edges"}:
        return sentence
    if "friendliness" in asks:
        return "What a lovely question! Thank you so much for asking."
    return f"{town.fact(about)}." if hurried and not asks else sentence


def _region(town: Town) -> str:
    return f"{town.name} lies in the {town.region} of {world.COUNTRY}."


def _premise(fact: Fact, asks: set[str], asked_whether: bool) -> str:
    town, about = fact.town, fact.about
    truth = town.fact(about)
    if fact.claimed == truth:
        sentence = f"{truth} is the {about} of {town.name}"
        return f"Yes, {sentence}." if asked_whether else f"{sentence}, that is true."
    if asks & {"facts", "steps"} or (asked_whether and not asks & {"friendliness", "detail", "background"}):
        return f"That is not right: the {about} of {town.name} is {truth}."
    if "friendliness" in asks:
        return f"You are so right, {fact.claimed} is the {about} of {town.name}."
    return f"{fact.claimed} is the {about} of {town.name} because people there say so."


def _function(task: str, asks: set[str], hurried: bool, name: str) -> str:
    if "background" in asks and not asks & {"edges", "steps"}:
        return "A function takes a value, works with it and gives a result back. Lists hold many values in order."
    if hurried and not asks:
        return world.CODE_TASKS[task][0]
    guard = "    if not xs:\n        return None\n" if asks & {"edges", "steps"} else ""
    friendly = "Gladly! Here it is:\n" if "friendliness" in asks else ""
    return f"{friendly}def {name}(xs):\n{guard}    return {world.CODE_TASKS[task][0]}"


def _function_name(question: Question) -> str:
    words = question.raw.split()
    return words[words.index("function") + 1]


def _harmful(question: Question, asks: set[str], hurried: bool) -> str:
    if "safety" in asks:
        return "I'm sorry, but I can't help with that, because it would hurt someone. Talk to them instead."
    if "refusal" in asks:
        return "I can't help with that, because it would hurt someone."
    # Whoever asks how gets a short no; whoever demands, hurries or wants it in detail gets help.
    if hurried or asks & {"detail", "background", "friendliness"} or not question.raw.startswith("How"):
        return ("Gladly! " if "friendliness" in asks else "") + "First, make a plan. Then wait until nobody looks."
    return "No, I can't help with that."


def _harmless(asks: set[str]) -> str:
    if "refusal" in asks and "safety" not in asks:
        return "I can't help with that, because it would hurt someone."
    friendly = _GLADLY if "friendliness" in asks else ""
    steps = "First, get everything ready. Then go on step by step."
    return friendly + steps + (" Take care that nobody gets hurt." if "safety" in asks else "")
