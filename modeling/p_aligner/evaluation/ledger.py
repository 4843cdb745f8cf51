"""Every result under a key of its content, and what it cost. Knows nothing of what the results are.

A key is a hash of all that a result depends on. So changed settings redo only what depends on them, equal work of two
systems is done once, and a run that was killed goes on with what is missing.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ..errors import BackendError, RefusedError
from ..models.folders import content_of, folder_of
from ..runtime.budget import Budget, Limits, Patience, Spent
from ..store import journal
from ..store.journal import Log


Record = dict[str, Any]


class Stopped(Exception):
    """A limit of the recipe is reached; the message names it."""


class Ledger:
    """Results by key; what is missing is worked out once and written down.

    Args:
        log: what earlier runs wrote, and where new results go.
        limits: when to stop.

    Attributes:
        spent ([`Spent`]): by all runs.
        failed (`dict[str, str]`): keys of work that a model failed at in this run, with its error.
        fresh (`int`): results of this run.
    """

    def __init__(self, log: Log, limits: Limits | None = None) -> None:
        self.spent = Spent()
        self.failed: dict[str, str] = {}
        self.fresh = 0
        self._log = log
        self._budget = Budget(limits or Limits(), self.spent)
        self._patience = Patience("calls")
        self._known: dict[str, Record] = {}
        self._timings: dict[str, list[Record]] = {}
        for number, record in enumerate(log.records(), start=1):
            with journal.named(number, "the journal", record):
                self._take(record)

    def _take(self, record: Record) -> None:
        if record["type"] == "timing":
            self.spent.add_time(record["stage"], record["seconds"])
            self._timings.setdefault(record["key"], []).append(record)
        else:
            self.spent.add(record["type"], calls=record.get("calls", 0), usage=record.get("usage"))
            self._known[record["key"]] = record

    def find(self, key: str) -> Record | None:
        """Return the result of a key, if it is there."""
        return self._known.get(key)

    def forget(self, key: str) -> None:
        """Have a result worked out anew; what the log holds of it stays there, and the last one counts."""
        self._known.pop(key, None)

    async def get(self, stage: str, key: str, work: Callable[[], Awaitable[Record]], *, calls: int) -> Record | None:
        """Return a result, working it out when it is not there; `None` when the model failed.

        Args:
            work: gives the record without type (the stage) and key; with `usage` and `calls` where a model was asked.
            calls: most calls that this takes, for the limit.

        Raises:
            Stopped: there is no room for it within the limits.
            KitError: the journal cannot be written, a server refuses us, or one thing fails after the other.
        """
        if key in self._known:
            return self._known[key]
        if limit := self._budget.reached(calls):
            raise Stopped(limit)
        try:
            with self._budget.reserved(calls):
                result = {"type": stage, "key": key, **await work()}
                await self._log.append(result)
                self._take(result)
            self.fresh += 1
            self._patience.worked()
            return result
        except RefusedError:
            raise
        except BackendError as error:
            self.failed[key] = str(error)
            self._patience.failed(error)
            return None

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
    found: Record = _with_prints(settings.model_dump(mode="json"))
    return found


def _with_prints(settings: Any) -> Any:
    if isinstance(settings, list):
        return [_with_prints(each) for each in settings]
    if not isinstance(settings, dict):
        return settings
    found = {name: _with_prints(value) for name, value in settings.items()}
    if isinstance(model := settings.get("model"), str) and (folder := Path(folder_of(model))).is_dir():
        found["content"] = content_of(folder)
    return found
