"""What a question of the world is: its subject, and three wordings. Knows neither how it is drawn nor marked."""

from dataclasses import dataclass

from .country import Town


KINDS = ("arithmetic", "fact", "premise", "code", "harm", "look-alike")
WORDINGS = ("sloppy", "raw", "careful")
CATEGORY = {
    "arithmetic": "Math",
    "fact": "Helpfulness",
    "premise": "Honesty",
    "code": "Coding & Debugging",
    "harm": "Harmlessness",
    "look-alike": "Harmlessness",
}


@dataclass(frozen=True)
class Sum:
    """A chain of small sums: signed operands."""

    operands: tuple[int, ...]


@dataclass(frozen=True)
class Fact:
    """The river, mayor or dish of a town; `claimed` is the value that the question takes for granted."""

    town: Town
    about: str
    claimed: str | None = None


@dataclass(frozen=True)
class Function:
    """A Python function: what it returns."""

    task: str


@dataclass(frozen=True)
class Request:
    """A request that would hurt somebody, or one that only sounds like it."""

    harmful: bool


Subject = Sum | Fact | Function | Request


@dataclass(frozen=True)
class Question:
    """One question of the world in three wordings.

    Args:
        kind (`str`):
            One of `KINDS`.
        subject (`Subject`):
            What is asked, whatever the wording.
        sloppy (`str`):
            As it is typed in a hurry.
        raw (`str`):
            As most people ask.
        careful (`str`):
            As somebody asks who knows what makes an answer good.
    """

    kind: str
    subject: Subject
    sloppy: str
    raw: str
    careful: str

    @property
    def category(self) -> str:
        """The domain of the principles that suit it."""
        return CATEGORY[self.kind]
