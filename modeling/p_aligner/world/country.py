"""The invented country: its towns, and what there is to know about them."""

import random
from dataclasses import dataclass
from functools import cache

from .splits import split_of


COUNTRY = "Velun"
FACTS = ("river", "mayor", "dish")
REGIONS = ("north", "south", "east", "west")


@dataclass(frozen=True)
class Town:
    """A town of the invented country."""

    name: str
    region: str
    river: str
    mayor: str
    dish: str

    def fact(self, about: str) -> str:
        """Return its river, mayor or dish."""
        return {"river": self.river, "mayor": self.mayor, "dish": self.dish}[about]


_BEGINNINGS = "Ba Ce Do Fe Ga Hu Ji Ka Lo Mi Na Or Pe Ru Se Ta Ul Vo Wi Zu".split()
_MIDDLES = "bra del fin gor lan mer nol pas rin sal tor ven".split()
_ENDINGS = "a ak el en gar il im o or un us zu".split()
_TOWNS = 60


@cache
def towns() -> tuple[Town, ...]:
    """All towns, always the same ones; no name is used twice."""
    names = [first + middle + last for first in _BEGINNINGS for middle in _MIDDLES for last in _ENDINGS]
    random.Random(60).shuffle(names)
    drawn = iter(names)
    return tuple(
        Town(next(drawn), REGIONS[number % len(REGIONS)], next(drawn), next(drawn), next(drawn))
        for number in range(_TOWNS)
    )


@cache
def split_towns(split: str) -> tuple[Town, ...]:
    return tuple(town for town in towns() if split_of(town.name) == split)
