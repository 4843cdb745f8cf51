"""What a run may take, what it has taken, and when it gives up. Knows nothing of what is done for it."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import Field

from ..errors import KitError
from ..store.recipe import Section


Item = TypeVar("Item")

_GIVE_UP = 10  # failures in a row: then it is not the single pieces of work


class Limits(Section):
    """The part of a recipe that says when a run ends. It changes no result, so no dump holds it."""

    max_calls: int | None = Field(default=None, ge=1, exclude=True)
    max_tokens: int | None = Field(default=None, ge=1, exclude=True)
    max_minutes: float | None = Field(default=None, gt=0, exclude=True)

    def passed(self, *, calls: int, tokens: int, minutes: float) -> Iterator[tuple[str, float]]:
        """Yield each limit that so much goes beyond, as name and value."""
        for name, need in (("max_calls", calls), ("max_tokens", tokens), ("max_minutes", minutes)):
            limit = getattr(self, name)
            if limit is not None and need > limit:
                yield name, limit


@dataclass
class Spent:
    """What was done and what it cost, by purpose: a stage of an evaluation, or what a search asks a model for."""

    results: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    tokens: dict[str, list[int]] = field(default_factory=dict)  # of those calls: [prompt, completion]
    seconds: dict[str, float] = field(default_factory=dict)  # of the work, one piece after the other
    elapsed: float = 0.0  # seconds of the runs, in which much goes on at once

    def add(self, purpose: str, *, results: int = 1, calls: int = 0, usage: list[int] | None = None) -> None:
        self.results[purpose] += results
        if usage is not None:
            self.calls[purpose] += calls
            prompt, completion = usage
            tokens = self.tokens.setdefault(purpose, [0, 0])
            tokens[0] += prompt
            tokens[1] += completion

    def add_time(self, purpose: str, seconds: float) -> None:
        self.seconds[purpose] = self.seconds.get(purpose, 0.0) + seconds

    @property
    def all_results(self) -> int:
        return self.results.total()

    @property
    def all_calls(self) -> int:
        return self.calls.total()

    @property
    def all_tokens(self) -> int:
        return sum(map(sum, self.tokens.values()))


class Budget:
    """How much of its limits a run has left, from now on. Whoever spends adds to `spent`; `elapsed` counts already."""

    def __init__(self, limits: Limits, spent: Spent, *, elapsed: float = 0.0) -> None:
        self._limits = limits
        self._spent = spent
        self._started = time.monotonic() - elapsed
        self._reserved = 0  # calls

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._started

    def reached(self, calls: int = 0) -> str | None:
        """Name the limit that leaves no room for so many calls and a token more, if one does."""
        calls += self._spent.all_calls + self._reserved
        passed = self._limits.passed(calls=calls, tokens=self._spent.all_tokens + 1, minutes=self.elapsed / 60)
        return next((name for name, _ in passed), None)

    @contextmanager
    def reserved(self, calls: int) -> Iterator[None]:
        """Keep room for calls that are under way and not yet added to what was spent."""
        self._reserved += calls
        try:
            yield
        finally:
            self._reserved -= calls


def spread(items: Sequence[Item], most: int) -> list[Item]:
    """Choose a few from all over, for a probe: what is alike often comes one after the other."""
    count = min(most, len(items))
    return [items[number * len(items) // count] for number in range(count)]


class Patience:
    """Ends a run when nothing works any more; `what` fails, in the plural."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._failures = 0

    def worked(self) -> None:
        self._failures = 0

    def failed(self, reason: object) -> None:
        """Count a failure; `KitError` when it is one too many."""
        self._failures += 1
        if self._failures >= _GIVE_UP:
            raise KitError(
                f"{self._failures} {self._what} failed one after the other, at last with: {reason} (when that is "
                "mended, the same command goes on)"
            )
