"""Models on the workers of a Ray cluster, called as if they were here.

There are several copies of a model, and the least busy one is called. Lost workers are replaced.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InputError, KitError
from ..prompts import Message
from . import BackendSettings, connect
from .cluster import LIVES, ClusterSettings, Tell, Workplace, adopt, parts_of, room, why_lost
from .local import LocalSettings
from .protocol import Backend, Reply
from .rewards import EnsembleReward, EnsembleSettings, RewardModel, RewardSettings, load_reward


class _Actor:
    """An actor of Ray: one model."""

    def __init__(self, make: Callable[[Any], Any], settings: Any, workplace: Workplace) -> None:
        self._make, self._settings, self._workplace = make, settings, workplace
        self._model: Any = None

    async def load(self) -> None:
        adopt(self._workplace)
        try:
            self._model = self._make(self._settings)
        except InputError as error:
            raise InputError(f"on {socket.gethostname()}: {error}") from None

    async def call(self, method: str, arguments: Sequence[Any], options: dict[str, Any]) -> Any:
        return await getattr(self._model, method)(*arguments, **options)


@dataclass(eq=False)
class _Copy:
    actor: Any
    is_ready: bool = False
    busy: int = 0


class _Copies:
    """Copies of one model on the workers of a cluster. Calls go to the least busy one, and again if it is lost."""

    def __init__(
        self, ray: Any, make: Callable[[Any], Any], settings: Any, wanted: ClusterSettings, tell: Tell
    ) -> None:
        self._ray, self._make, self._settings, self._tell = ray, make, settings, tell
        self._count, self._options = room(ray, wanted, [settings], tell)
        self._all: list[_Copy] = []
        self._loading: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._failure: Exception | None = None
        self._lost_in_a_row = 0
        for _ in range(self._count):
            self._start()

    def _start(self) -> None:
        actor = self._ray.remote(_Actor).options(**self._options)
        copy = _Copy(actor.remote(self._make, self._settings, Workplace.here(*parts_of(self._settings))))
        self._all.append(copy)
        task = asyncio.create_task(self._load(copy))
        self._loading.add(task)
        task.add_done_callback(self._loading.discard)

    async def _load(self, copy: _Copy) -> None:
        try:
            await self._ask(copy, copy.actor.load)
            copy.is_ready = True
        except _Lost:
            pass
        except Exception as error:
            # Not an `InputError`: those are about a single request.
            self._failure = KitError(str(error))
        self._changed.set()

    async def _ask(self, copy: _Copy, method: Any, *arguments: Any) -> Any:
        copy.busy += 1
        try:
            result = await method.remote(*arguments)
        except self._ray.exceptions.RayActorError as error:
            self._lose(copy, error)
            raise _Lost from error
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause if isinstance(error.cause, KitError) else error from None
        finally:
            copy.busy -= 1
        return result

    def _lose(self, copy: _Copy, error: Exception) -> None:
        if copy not in self._all:
            return  # another call has told
        self._all.remove(copy)
        self._ray.kill(copy.actor)  # it may only be out of reach
        self._lost_in_a_row += 1
        reason = why_lost(error)
        if self._lost_in_a_row > LIVES * self._count:
            self._failure = KitError(f"{self._lost_in_a_row} workers were lost one after the other, at last: {reason}")
            self._changed.set()
            return
        self._tell(f"a worker was lost ({reason}); others take over its calls")
        self._start()

    async def call(self, method: str, *arguments: Any, **options: Any) -> Any:
        """Call a method of the model on the least busy copy; `KitError` when worker after worker is lost."""
        while True:
            if self._failure:
                raise self._failure
            ready = [copy for copy in self._all if copy.is_ready]
            if not ready:
                self._changed.clear()
                await self._changed.wait()
                continue
            copy = min(ready, key=lambda copy: copy.busy)
            try:
                result = await self._ask(copy, copy.actor.call, method, arguments, options)
            except _Lost:
                continue
            self._lost_in_a_row = 0
            return result

    async def close(self) -> None:
        for task in self._loading:
            task.cancel()
        for copy in self._all:
            self._ray.kill(copy.actor)


class _Lost(Exception):
    """The worker that was asked is gone."""


class _RemoteBackend:
    """A [`Backend`] whose copies are on a cluster."""

    def __init__(self, settings: BackendSettings, copies: _Copies) -> None:
        self.settings: dict[str, Any] = settings.model_dump(mode="json")
        self.close = copies.close
        self._copies = copies

    async def chat(self, messages: list[Message], **options: Any) -> list[Reply]:
        replies: list[Reply] = await self._copies.call("chat", messages, **options)
        return replies


class _RemoteReward:
    """A [`RewardModel`], none of several, whose copies are on a cluster."""

    def __init__(self, settings: RewardSettings, copies: _Copies) -> None:
        self.settings: dict[str, Any] = settings.model_dump(mode="json")
        self.close = copies.close
        self._copies = copies

    async def score(self, conversations: list[list[Message]]) -> list[float]:
        scores: list[float] = await self._copies.call("score", conversations)
        return scores

    async def scores(self, conversations: list[list[Message]]) -> dict[str, list[float]]:
        scores: dict[str, list[float]] = await self._copies.call("scores", conversations)
        return scores

    def combine(self, scores: dict[str, list[float]]) -> list[float]:
        (values,) = scores.values()
        return values


class Workers:
    """Loads on the workers of a cluster what would run in this process; servers are called from here."""

    def __init__(self, ray: Any, wanted: ClusterSettings, tell: Tell) -> None:
        self._ray, self._wanted, self._tell = ray, wanted, tell

    def connect(self, settings: BackendSettings) -> Backend:
        """As [`p_aligner.runtime.connect`]; a model that cannot be loaded raises at its first call."""
        if not isinstance(settings, LocalSettings):
            return connect(settings)
        return _RemoteBackend(settings, _Copies(self._ray, connect, settings, self._wanted, self._tell))

    def load_reward(self, settings: RewardSettings) -> RewardModel:
        """As [`p_aligner.runtime.rewards.load_reward`]; raises at the first call, too."""
        if isinstance(settings, EnsembleSettings):
            return EnsembleReward([self.load_reward(member) for member in settings.members], settings)
        if not isinstance(settings, LocalSettings):
            return load_reward(settings)
        return _RemoteReward(settings, _Copies(self._ray, load_reward, settings, self._wanted, self._tell))
