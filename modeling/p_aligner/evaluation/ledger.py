"""Every result under a key of its content, and what it cost. Knows nothing of what the results are.

A key is a hash of all that a result depends on. So changed settings redo only what depends on them, equal work of two
systems is done once, and a run that was killed goes on with what is missing.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel

from ..errors import BackendError, KitError
from ..models.folders import content_of, folder_of
from ..store import journal


Record = dict[str, Any]

_GIVE_UP = 10  # failures in a row before a stage ends: then it is not the instructions


class Log(Protocol):
    """Where results are written: a `p_aligner.store.journal.Journal`, or something that forgets."""

    async def append(self, record: Record) -> None: ...


class Forgetful:
    """A log that keeps nothing."""

    async def append(self, record: Record) -> None:
        pass


class Stopped(Exception):
    """A limit of the recipe is reached; the message names it."""


@dataclass
class Spent:
    """Results, calls of models, tokens of theirs as [prompt, completion] and seconds, by stage."""

    results: dict[str, int] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, list[int]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def add(self, record: Record) -> None:
        stage = record["type"]
        if stage == "timing":
            self.seconds[record["stage"]] = self.seconds.get(record["stage"], 0.0) + record["seconds"]
            return
        self.results[stage] = self.results.get(stage, 0) + 1
        if "usage" in record:
            self.calls[stage] = self.calls.get(stage, 0) + record["calls"]
            tokens = self.tokens.setdefault(stage, [0, 0])
            for kind in (0, 1):
                tokens[kind] += record["usage"][kind]

    @property
    def all_calls(self) -> int:
        return sum(self.calls.values())

    @property
    def all_tokens(self) -> int:
        return sum(map(sum, self.tokens.values()))


class Ledger:
    """Results by key; what is missing is worked out once and written down.

    Args:
        records (iterable of records):
            What earlier runs wrote.
        log ([`Log`]):
            Where new results go.
        max_calls, max_tokens (`int`, *optional*), max_minutes (`float`, *optional*):
            When to stop.

    Attributes:
        spent ([`Spent`]): by all runs.
        failed (`dict[str, str]`): keys of work that a model failed at in this run, with its error.
        fresh (`int`): results of this run.
    """

    def __init__(
        self,
        records: Iterable[Record],
        log: Log,
        *,
        max_calls: int | None = None,
        max_tokens: int | None = None,
        max_minutes: float | None = None,
    ) -> None:
        self.spent = Spent()
        self.failed: dict[str, str] = {}
        self.fresh = 0
        self._log = log
        self._limits = (max_calls, max_tokens, max_minutes)
        self._known: dict[str, Record] = {}
        self._pending: dict[str, asyncio.Future[Record | None]] = {}
        self._timings: dict[str, list[Record]] = {}
        self._started = time.monotonic()
        self._calls_under_way = 0
        self._failures_in_a_row = 0
        for number, record in enumerate(records, start=1):
            with journal.named(number, "the journal", record):
                self._take(record)

    def _take(self, record: Record) -> None:
        self.spent.add(record)
        if record["type"] == "timing":
            self._timings.setdefault(record["key"], []).append(record)
        else:
            self._known[record["key"]] = record

    def find(self, key: str) -> Record | None:
        """Return the result of a key, if it is there."""
        return self._known.get(key)

    async def get(self, stage: str, key: str, work: Callable[[], Awaitable[Record]], *, calls: int) -> Record | None:
        """Return a result, working it out when it is not there; `None` when the model failed.

        Args:
            stage (`str`), key (`str`):
                Its type in the journal, and what it is known by.
            work (`Callable`):
                Gives the record without those two; with `usage` and `calls` where a model was asked.
            calls (`int`):
                Most calls that this takes, for the limit.

        Raises:
            Stopped: there is no room for it within the limits.
            KitError: the journal cannot be written, or one thing fails after the other.
        """
        if key in self._known:
            return self._known[key]
        if key in self._pending:
            return await self._pending[key]
        self._require_room(calls)
        self._pending[key] = future = asyncio.get_running_loop().create_future()
        self._calls_under_way += calls
        try:
            result = {"type": stage, "key": key, **await work()}
            await self._log.append(result)
            self._take(result)
            self.fresh += 1
            self._failures_in_a_row = 0
            future.set_result(result)
            return result
        except BackendError as error:
            self.failed[key] = str(error)
            self._failures_in_a_row += 1
            future.set_result(None)
            if self._failures_in_a_row >= _GIVE_UP:
                raise KitError(f"{_GIVE_UP} calls failed one after the other, at last with: {error}") from error
            return None
        finally:
            if not future.done():
                future.cancel()
            del self._pending[key]
            self._calls_under_way -= calls

    def _require_room(self, calls: int) -> None:
        max_calls, max_tokens, max_minutes = self._limits
        if max_calls is not None and self.spent.all_calls + self._calls_under_way + calls > max_calls:
            raise Stopped("max_calls")
        if max_tokens is not None and self.spent.all_tokens >= max_tokens:
            raise Stopped("max_tokens")
        if max_minutes is not None and time.monotonic() - self._started >= 60 * max_minutes:
            raise Stopped("max_minutes")

    async def note_time(self, stage: str, key: str, *, count: int, seconds: float) -> None:
        """Write down how long `count` results of one kind took together."""
        record = {"type": "timing", "stage": stage, "key": key, "count": count, "seconds": round(seconds, 4)}
        await self._log.append(record)
        self._take(record)

    def time_of(self, key: str) -> tuple[int, float]:
        """Return how many results of a kind were timed, and how many seconds they took."""
        timings = self._timings.get(key, ())
        return sum(timing["count"] for timing in timings), sum(timing["seconds"] for timing in timings)


def key_of(**content: Any) -> str:
    """Return 24 hex digits that stand for everything a result depends on."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def described(settings: BaseModel) -> Record:
    """Describe the models that settings name: what they say, and what is in the folders of local ones."""
    return _with_prints(settings.model_dump(mode="json"))


def _with_prints(settings: Record) -> Record:
    found: Record = {}
    for name, value in settings.items():
        found[name] = _with_prints(value) if isinstance(value, dict) else value
        if isinstance(value, list):
            found[name] = [_with_prints(each) if isinstance(each, dict) else each for each in value]
    model = settings.get("model")
    if isinstance(model, str):
        folder = Path(folder_of(model))
        if folder.is_dir():
            found["content"] = content_of(folder)
    return found
