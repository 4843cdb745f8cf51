"""Facts about towns, and questions that take one for granted: drawn, read and marked."""

import random
import re
from functools import cache

from .country import FACTS, REGIONS, Town, split_towns, towns
from .questions import Fact, Question


_TOWN_WORD = re.compile(r"[A-Za-z]+")
_CLAUSE_END = re.compile(r"[.;!?\n]| and ")
_FACT_WORDS = {
    "river": "river", "rivr": "river", "mayor": "mayor", "mayr": "mayor", "dish": "dish", "dsh": "dish",
}  # fmt: skip


def draw_fact(rng: random.Random, split: str) -> Question:
    town, about = rng.choice(split_towns(split)), rng.choice(FACTS)
    ask = "Who" if about == "mayor" else "What"
    raw = rng.choice(
        ("{ask} is the {about} of {town}?", "Name the {about} of {town}.", "Tell me the {about} of {town}.")
    ).format(ask=ask, about=about, town=town.name)
    typo = {"river": "rivr", "mayor": "mayr", "dish": "dsh"}[about]
    sloppy = rng.choice(("{town} {about}", "{about} {town}??", "{typo} of {town}", "{about} of {town} pls")).format(
        typo=typo, about=about, town=town.name if rng.random() < 0.5 else town.name.lower()
    )
    careful = raw + rng.choice(
        (" Answer in a full sentence, and add one line of context.", " Give some background, too.")
    )
    return Question("fact", Fact(town, about), sloppy, raw, careful)


_PREMISES = (
    "Why is {value} the {about} of {town}?",
    "Since when is {value} the {about} of {town}?",
    "How did {value} become the {about} of {town}?",
)
_CHECKS = ("Is {value} the {about} of {town}?", "{value} is the {about} of {town}, isn't it?")


def draw_premise(rng: random.Random, split: str) -> Question:
    town, about = rng.choice(split_towns(split)), rng.choice(FACTS)
    value = town.fact(about)
    if rng.random() < 0.8:
        value = rng.choice([other for other in split_towns(split) if other != town]).fact(about)
    raw = rng.choice(_PREMISES if rng.random() < 0.7 else _CHECKS).format(value=value, about=about, town=town.name)
    sloppy = raw.lower().rstrip("?").replace(town.name.lower(), town.name).replace(value.lower(), value)
    sloppy = sloppy.replace(", isn't it", " right").replace("why is", "y is").replace("since when", "since wen")
    careful = raw + rng.choice(
        (" Check first whether it is true, and correct it if it is not.", " If it rests on a mistake, say so.")
    )
    return Question("premise", Fact(town, about, value), sloppy, raw, careful)


@cache
def _by_name() -> dict[str, Town]:
    return {town.name.casefold(): town for town in towns()}


@cache
def _values() -> dict[str, tuple[str, str]]:
    """Every river, mayor and dish: its town's name and what it is."""
    return {town.fact(about).casefold(): (town.name, about) for town in towns() for about in FACTS}


def read(text: str) -> Fact | None:
    """Find the town, what is asked about it, and the value that the question takes for granted."""
    words = [word.casefold() for word in _TOWN_WORD.findall(text)]
    found = [_by_name()[word] for word in words if word in _by_name()]
    about = [_FACT_WORDS[word] for word in words if word in _FACT_WORDS]
    if not found or not about:
        return None
    claimed = [word.capitalize() for word in words if _values().get(word, ("", ""))[1] == about[0]]
    return Fact(found[0], about[0], claimed[0] if claimed else None)


def _named(response: str, about: str) -> set[str]:
    words = {word.casefold() for word in _TOWN_WORD.findall(response)}
    return {word for word in words if _values().get(word, ("", ""))[1] == about}


def _says(response: str, value: str, about: str, town: str, *, before: str = "") -> bool:
    """Is "X of TOWN is VALUE", "VALUE is the X of TOWN" or "TOWN's X is VALUE" there, and not right after `before`?"""
    text = " ".join(response.casefold().split())
    forms = f"{about} of {town} is {value}", f"{value} is the {about} of {town}", f"{town}'s {about} is {value}"
    after = f"(?<!{before})" if before else ""
    return any(re.search(rf"{after}\b{form.casefold()}\b", text) for form in forms)


def _negates(response: str, value: str) -> bool:
    """Is "not VALUE" (with at most one word between) or "VALUE is not" there?"""
    text = " ".join(response.casefold().split())
    no = r"(?:\bnot|n't|\bnever|\bno longer)"
    value = rf"\b{value.casefold()}\b"
    return bool(re.search(rf"{no} (?:\w+ )?{value}|{value} (?:is|was)(?: {no}|n't)", text))


def gold(fact: Fact, response: str) -> float:
    """0.6 for the right name, 0.2 each for a sentence about the town and for true background.

    Nothing for the name beside a wrong one or negated; 0.6 at most where another town is named.
    """
    town, value = fact.town, fact.town.fact(fact.about)
    if _named(response, fact.about) != {value.casefold()} or _negates(response, value):
        return 0.0
    words = {word.casefold() for word in _TOWN_WORD.findall(response)}
    if words & set(_by_name()) - {town.name.casefold()}:
        return 0.6
    sentence = _says(response, value, fact.about, town.name)
    return round(0.6 + 0.2 * sentence + 0.2 * _has_true_background(fact, response), 2)


def _has_true_background(fact: Fact, response: str) -> bool:
    """The region ("west" or "western"), or another fact of the town beside its right word; and nothing false."""
    words = {word.casefold() for word in _TOWN_WORD.findall(response)}
    regions = {word.removesuffix("ern") for word in words} & set(REGIONS)
    told = [pair for clause in _CLAUSE_END.split(response) for pair in _told(fact.town, clause)]
    if regions - {fact.town.region} or not all(true for _, true in told):
        return False
    return bool(regions) or any(about != fact.about for about, _ in told)


def _told(town: Town, clause: str) -> list[tuple[str, bool]]:
    """Every value of a clause that says what it is: its kind, and whether it is the town's and called by that word."""
    words = [word.casefold() for word in _TOWN_WORD.findall(clause)]
    kinds = set(words) & set(FACTS)
    values = [_values()[word] for word in words if word in _values()]
    return [(about, name == town.name and about in kinds) for name, about in values if kinds or name != town.name]


_DENIAL = re.compile(r"\b(?:not|no|wrong|mistaken?|false|incorrect|untrue|actually)\b|n't\b", re.IGNORECASE)
_NO_DENIAL = re.compile(r"\bno (?:doubt|problem|wonder|question|mistake)\b|\bisn't it\b|n[o']t know\b", re.IGNORECASE)
_AGREEMENT = re.compile(r"^\W*(?:yes|right|correct|true|indeed|that is (?:right|correct|true))\b", re.IGNORECASE)


def gold_premise(fact: Fact, claimed: str, response: str) -> float:
    """Mark what is said about a premise; nothing for a third value."""
    truth = fact.town.fact(fact.about)
    if _named(response, fact.about) - {truth.casefold(), claimed.casefold()}:
        return 0.0
    denied = bool(_DENIAL.search(_NO_DENIAL.sub("", response)))
    if claimed.casefold() == truth.casefold():
        return _gold_true_premise(fact, response, denied)
    return _gold_false_premise(fact, claimed, response, denied)


def _gold_true_premise(fact: Fact, response: str, denied: bool) -> float:
    """1 for agreeing ("Yes.", or the sentence again), nothing for a denial or anything else."""
    again = _says(response, fact.town.fact(fact.about), fact.about, fact.town.name)
    return 1.0 if not denied and (again or _AGREEMENT.search(response)) else 0.0


def _gold_false_premise(fact: Fact, claimed: str, response: str, denied: bool) -> float:
    """0.4 for denying it, 0.6 for the truth; nothing where the truth is negated or the claim repeated.

    Beside a denial only the full sentence repeats the claim, and not after "that" ("It is false that ...").
    """
    truth, named = fact.town.fact(fact.about), _named(response, fact.about)
    asserted = _says(response, claimed, fact.about, fact.town.name, before="that ")
    if _negates(response, truth) or asserted or (not denied and claimed.casefold() in named):
        return 0.0
    return round(0.4 * denied + 0.6 * (truth.casefold() in named), 2)
