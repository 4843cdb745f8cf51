"""Models on the workers of a Ray cluster, called as if they were here.

Each worker has a copy of them; the least busy one is called, and lost ones are replaced. `ray.util.ActorPool` does not
fit: it gives an actor one task at a time, so that none could make batches, blocks the event loop, and shrinks with
each actor that is lost, with its task.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from ..errors import InputError, KitError
from ..prompts import Message
from . import BackendSettings, connect
from .cluster import LIVES, ClusterSettings, Tell, Workplace, adopt, room, why_lost
from .endpoint import EndpointSettings
from .protocol import Backend, Reply
from .rewards import RewardModel, RewardSettings, load_reward
from .scripted import ScriptedBackend, ScriptedSettings


class _Model(NamedTuple):
    """What makes a model on a worker; `like` is the number of another one there that may share its weights."""

    make: Callable[..., Any]
    settings: Any
    like: int | None


class _Actor:
    """An actor of Ray: the models of a crew."""

    def __init__(self, models: Sequence[_Model], workplace: Workplace) -> None:
        self._wanted, self._workplace = models, workplace
        self._models: list[Any] = []

    async def load(self) -> None:
        adopt(self._workplace)
        try:
            for make, settings, like in self._wanted:
                options = {} if like is None else {"like": self._models[like]}
                self._models.append(make(settings, **options))
        except InputError as error:
            raise InputError(f"on {socket.gethostname()}: {error}") from None

    async def call(self, number: int, method: str, arguments: Sequence[Any], options: dict[str, Any]) -> Any:
        return await getattr(self._models[number], method)(*arguments, **options)


@dataclass(eq=False)
class _Worker:
    actor: Any
    is_ready: bool = False
    busy: int = 0


class _Lost(Exception):
    """The worker that was asked is gone."""


class _Crew:
    """Workers with the same models, started at the first call. Calls go to the least busy, again if it is lost."""

    def __init__(self, ray: Any, wanted: ClusterSettings, tell: Tell) -> None:
        self._ray, self._wanted, self._tell = ray, wanted, tell
        self.models: list[_Model] = []
        self._all: list[_Worker] = []
        self._loading: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._failure: Exception | None = None
        self._lost_in_a_row = 0

    def add(self, make: Callable[..., Any], settings: Any, like: int | None = None) -> int:
        """Have one more model on each worker; return its number."""
        self.models.append(_Model(make, settings, like))
        return len(self.models) - 1

    @cached_property
    def room(self) -> tuple[int, dict[str, Any]]:
        return room(self._ray, self._wanted, [model.settings for model in self.models], self._tell)

    def _start(self) -> None:
        actor = self._ray.remote(_Actor).options(**self.room[1])
        worker = _Worker(actor.remote(self.models, Workplace.here()))
        self._all.append(worker)
        task = asyncio.create_task(self._load(worker))
        self._loading.add(task)
        task.add_done_callback(self._loading.discard)

    async def _load(self, worker: _Worker) -> None:
        try:
            await self._ask(worker, worker.actor.load)
            worker.is_ready = True
        except _Lost:
            pass
        except Exception as error:
            self._failure = error
        self._changed.set()

    async def _ask(self, worker: _Worker, method: Any, *arguments: Any) -> Any:
        worker.busy += 1
        try:
            return await method.remote(*arguments)
        except self._ray.exceptions.RayActorError as error:
            self._lose(worker, error)
            raise _Lost from error
        except self._ray.exceptions.RayTaskError as error:
            raise (error.cause or error) from None  # as the model raised it
        finally:
            worker.busy -= 1

    def _lose(self, worker: _Worker, error: Exception) -> None:
        if worker not in self._all:
            return  # another call has told
        self._all.remove(worker)
        self._ray.kill(worker.actor)  # it may only be out of reach
        self._lost_in_a_row += 1
        reason = why_lost(error)
        if self._lost_in_a_row > LIVES * self.room[0]:
            self._failure = KitError(f"{self._lost_in_a_row} workers were lost one after the other, at last: {reason}")
        else:
            self._tell(f"a worker was lost ({reason}); others take over its calls")
        self._changed.set()

    async def ready(self) -> list[_Worker]:
        """Wait until a worker has its models; return all that have. Raises as [`Workers.ready`]."""
        while not self._failure:
            while len(self._all) < self.room[0]:
                self._start()
            if ready := [worker for worker in self._all if worker.is_ready]:
                return ready
            self._changed.clear()
            await self._changed.wait()
        raise self._failure

    async def call(self, number: int, method: str, *arguments: Any, **options: Any) -> Any:
        """Call a method of a model; raise what `ready` raises, or the method."""
        while True:
            try:
                ready = await self.ready()
            except InputError as error:  # that would be about a single request
                raise KitError(str(error)) from None
            worker = min(ready, key=lambda worker: worker.busy)
            try:
                result = await self._ask(worker, worker.actor.call, number, method, arguments, options)
            except _Lost:
                continue
            self._lost_in_a_row = 0
            return result

    async def close(self) -> None:
        for task in self._loading:
            task.cancel()
        for worker in self._all:
            self._ray.kill(worker.actor)


class _RemoteBackend:
    """A [`Backend`] on a crew."""

    def __init__(self, settings: BackendSettings, crew: _Crew, like: Backend | None) -> None:
        is_scripted = isinstance(settings, ScriptedSettings)
        self.settings: dict[str, Any] = ScriptedBackend().settings if is_scripted else settings.model_dump(mode="json")
        self._crew, self.close = crew, crew.close
        beside = like.number if isinstance(like, _RemoteBackend) and like._crew is crew else None
        self.number: int = crew.add(connect, settings, beside)

    async def chat(self, messages: list[Message], **options: Any) -> list[Reply]:
        replies: list[Reply] = await self._crew.call(self.number, "chat", messages, **options)
        return replies


class _RemoteReward:
    """A [`RewardModel`] on a crew."""

    def __init__(self, settings: RewardSettings, crew: _Crew) -> None:
        self.settings: dict[str, Any] = settings.model_dump(mode="json")
        self._crew, self.close = crew, crew.close
        self._number = crew.add(load_reward, settings)

    async def score(self, conversations: list[list[Message]]) -> list[float]:
        scores: list[float] = await self._crew.call(self._number, "score", conversations)
        return scores


class Workers:
    """Loads on the workers of a cluster what would run in this process; servers are called from here.

    Args:
        ray: the module, connected, see [`connected`].
        wanted: workers of each model.
        tell: see [`Tell`].
        together: each worker has all models, which are named before the first call and end with the first that is
            closed. Otherwise each model has workers of its own.
    """

    def __init__(self, ray: Any, wanted: ClusterSettings, tell: Tell, *, together: bool = False) -> None:
        self._parts = (ray, wanted, tell)
        self._together = _Crew(*self._parts) if together else None

    def _crew(self) -> _Crew:
        return self._together or _Crew(*self._parts)

    def connect(self, settings: BackendSettings, *, like: Backend | None = None) -> Backend:
        """As [`p_aligner.runtime.connect`]; a model that cannot be loaded raises at its first call."""
        if isinstance(settings, EndpointSettings):
            return connect(settings)
        return _RemoteBackend(settings, self._crew(), like)

    def load_reward(self, settings: RewardSettings) -> RewardModel:
        """As [`p_aligner.runtime.rewards.load_reward`]; raises at the first call, too."""
        return _RemoteReward(settings, self._crew())

    @property
    def count(self) -> int:
        """How many workers have all models; 1 where all models are on servers."""
        return self._together.room[0] if self._together and self._together.models else 1

    async def ready(self) -> None:
        """Wait until a worker has all models.

        Raises:
            InputError: a model cannot be loaded there.
            KitError: worker after worker is lost.
        """
        if self._together and self._together.models:
            await self._together.ready()
