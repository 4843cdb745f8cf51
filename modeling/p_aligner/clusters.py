"""Ray clusters: how they are reached, how many workers they have room for, and models that live there.

Ray is imported when a cluster is asked for.
"""

import asyncio
import importlib
import os
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from . import __version__
from .backends import Backend, BackendSettings, EndpointSettings, Reply, connect
from .backends.local import LocalSettings
from .errors import InputError, KitError
from .prompts import Message
from .recipe import Section
from .rewards import EnsembleReward, EnsembleSettings, RewardModel, RewardSettings, load_reward


Tell = Callable[[str], None]
"""Is told, a line each, what users want to know on the way."""

_CONNECT_S = 10.0
LIVES = 3  # of each worker, while none gets anything done


class ClusterSettings(Section):
    """Workers of a Ray cluster.

    Args:
        workers (`int`, *optional*):
            How many; by default one for each GPU where workers use them, else one for each machine.
        num_cpus (`float`):
            What Ray reserves for a worker: a model without a GPU keeps one busy.
        num_gpus (`float`, *optional*):
            The same of GPUs, 0.5 for two workers on one; by default 1 where models run in the workers and the cluster
            has GPUs.
    """

    workers: int | None = Field(default=None, ge=1)
    num_cpus: float = Field(default=1.0, ge=0)
    num_gpus: float | None = Field(default=None, ge=0)


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Connect to a Ray cluster, and leave it in the end; actors of ours end with the connection.

    Args:
        address (`str`):
            `auto` (the cluster of this machine), `local` (one is started), `HOST:PORT` or `ray://HOST:PORT`.

    Yields:
        the module `ray`.

    Raises:
        InputError: Ray is not installed, or there is no cluster.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        ray: Any = importlib.import_module("ray")
    except ImportError as error:
        raise InputError("--ray needs the package ray: pip install 'p-aligner[ray]'") from error
    if address not in ("auto", "local"):
        _knock(address)
    own = {"include_dashboard": False} if address == "local" else {}
    when_ended = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(address, log_to_driver=False, logging_level="ERROR", **own)
    except Exception as error:  # of many kinds, bare ones too
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise InputError(f"there is no Ray cluster at {address!r}: {reason}") from error
    signal.signal(signal.SIGTERM, when_ended)  # Ray puts its own in place
    try:
        yield ray
    finally:
        ray.shutdown()


def _knock(address: str) -> None:
    """Look whether anybody listens: Ray itself would wait a minute, then end the process."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal():
        raise InputError(
            f"{address!r} is no address of a Ray cluster: write auto, local, HOST:PORT or ray://HOST:PORT"
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), _CONNECT_S).close()
    except (OSError, OverflowError) as error:
        raise InputError(f"there is no Ray cluster at {address!r}: {error}") from error


@dataclass(frozen=True)
class Workplace:
    """What a worker takes over from the process that runs the command.

    Args:
        folder (`str`):
            Where relative paths begin.
        environment (`dict[str, str]`):
            Keys of servers and of the Hub. They are sent to the worker and written nowhere.
        version (`str`):
            Of this package.
    """

    folder: str
    environment: dict[str, str]
    version: str

    @classmethod
    def here(cls, *models: Any) -> "Workplace":
        """Describe this process, as far as models need it.

        Args:
            models:
                The settings of backends and reward models.
        """
        names = {model.api_key_env for model in models if isinstance(model, EndpointSettings)} | {"HF_TOKEN"}
        environment = {name: os.environ[name] for name in names if name and name in os.environ}
        return cls(os.getcwd(), environment, __version__)


def adopt(workplace: Workplace) -> None:
    """Make this process a worker of another.

    Raises:
        InputError: another version of the package is installed here.
    """
    if workplace.version != __version__:
        raise InputError(
            f"{socket.gethostname()} has version {__version__} of this package and not {workplace.version}: install "
            "the same one on all machines"
        )
    os.environ.update(workplace.environment)
    if os.path.isdir(workplace.folder):
        os.chdir(workplace.folder)


def room(ray: Any, wanted: ClusterSettings, models: Sequence[Any], tell: Tell) -> tuple[int, dict[str, Any]]:
    """Say how many workers there shall be, and with what options Ray starts them.

    Args:
        models (sequence):
            The settings of backends and reward models that each worker loads.
    """
    machines = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    cpus, all_gpus = (sum(machine.get(kind, 0.0) for machine in machines) for kind in ("CPU", "GPU"))
    gpus = wanted.num_gpus
    if gpus is None:
        here = [model for model in parts_of(*models) if isinstance(model, LocalSettings)]
        gpus = float(all_gpus > 0 and any(model.device != "cpu" for model in here))
    fitting = sum(
        int(machine.get("GPU", 0.0) / gpus) if gpus else 1
        for machine in machines
        if machine.get("CPU", 0.0) >= wanted.num_cpus
    )
    workers = wanted.workers or max(1, fitting)
    need, there = (f"{cpu:g} CPU and {gpu:g} GPU" for cpu, gpu in ((wanted.num_cpus, gpus), (cpus, all_gpus)))
    tell(f"{workers} workers of {need} each, machines: {len(machines)} with {there} in all")
    if not fitting:
        tell("no machine has room for one: they wait for it (--cluster.num_cpus, --cluster.num_gpus)")
    # Lost workers are replaced by us and not by Ray, whose restarted actors would wait for room with their work in
    # hand while others have none left.
    return workers, {
        "num_cpus": wanted.num_cpus,
        "num_gpus": gpus,
        "max_restarts": 0,
        "scheduling_strategy": "SPREAD",
    }


def parts_of(*models: Any) -> list[Any]:
    """Return the settings of models, members of ensembles in place of these."""
    return [part for model in models for part in (model.members if isinstance(model, EnsembleSettings) else [model])]


def why_lost(error: Exception) -> str:
    """Say in a line why a worker was lost; Ray says it in many."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{lines[-1] if lines else type(error).__name__:.120}"


class _Holder:
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
class _Member:
    actor: Any
    is_ready: bool = False
    busy: int = 0


class _Crew:
    """Copies of one model on the workers of a cluster: a call goes to the least busy one, that of a lost one again."""

    def __init__(
        self, ray: Any, make: Callable[[Any], Any], settings: Any, wanted: ClusterSettings, tell: Tell
    ) -> None:
        self._ray, self._make, self._settings, self._tell = ray, make, settings, tell
        self._count, self._options = room(ray, wanted, [settings], tell)
        self._members: list[_Member] = []
        self._loading: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._failure: Exception | None = None
        self._lost_in_a_row = 0
        for _ in range(self._count):
            self._hire()

    def _hire(self) -> None:
        actor = self._ray.remote(_Holder).options(**self._options)
        member = _Member(actor.remote(self._make, self._settings, Workplace.here(*parts_of(self._settings))))
        self._members.append(member)
        task = asyncio.create_task(self._load(member))
        self._loading.add(task)
        task.add_done_callback(self._loading.discard)

    async def _load(self, member: _Member) -> None:
        try:
            await self._ask(member, member.actor.load)
            member.is_ready = True
        except _Lost:
            pass
        except Exception as error:
            # No `InputError`: that would be the fault of the one call that meets it.
            self._failure = KitError(str(error))
        self._changed.set()

    async def _ask(self, member: _Member, method: Any, *arguments: Any) -> Any:
        member.busy += 1
        try:
            result = await method.remote(*arguments)
        except self._ray.exceptions.RayActorError as error:
            self._lose(member, error)
            raise _Lost from error
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause if isinstance(error.cause, KitError) else error from None
        finally:
            member.busy -= 1
        return result

    def _lose(self, member: _Member, error: Exception) -> None:
        if member not in self._members:
            return  # another call has told
        self._members.remove(member)
        self._ray.kill(member.actor)  # it may only be out of reach
        self._lost_in_a_row += 1
        reason = why_lost(error)
        if self._lost_in_a_row > LIVES * self._count:
            self._failure = KitError(f"{self._lost_in_a_row} workers were lost one after the other, at last: {reason}")
            self._changed.set()
            return
        self._tell(f"a worker was lost ({reason}); others take over its calls")
        self._hire()

    async def call(self, method: str, *arguments: Any, **options: Any) -> Any:
        """Call a method of the model, wherever there is one.

        Raises:
            KitError: what the method raises, the model cannot be loaded, or worker after worker is lost.
        """
        while True:
            if self._failure:
                raise self._failure
            ready = [member for member in self._members if member.is_ready]
            if not ready:
                self._changed.clear()
                await self._changed.wait()
                continue
            member = min(ready, key=lambda member: member.busy)
            try:
                result = await self._ask(member, member.actor.call, method, arguments, options)
            except _Lost:
                continue
            self._lost_in_a_row = 0
            return result

    async def close(self) -> None:
        for task in self._loading:
            task.cancel()
        for member in self._members:
            self._ray.kill(member.actor)


class _Lost(Exception):
    """The worker that was asked is gone."""


class _BackendElsewhere:
    """A [`Backend`] whose copies are on a cluster."""

    def __init__(self, settings: BackendSettings, crew: _Crew) -> None:
        self.settings: dict[str, Any] = settings.model_dump(mode="json")
        self.close = crew.close
        self._crew = crew

    async def chat(self, messages: list[Message], *, n: int = 1, seed: int | None = None) -> list[Reply]:
        replies: list[Reply] = await self._crew.call("chat", messages, n=n, seed=seed)
        return replies


class _RewardElsewhere:
    """A [`RewardModel`], none of several, whose copies are on a cluster."""

    def __init__(self, settings: RewardSettings, crew: _Crew) -> None:
        self.settings: dict[str, Any] = settings.model_dump(mode="json")
        self.close = crew.close
        self._crew = crew

    async def score(self, conversations: list[list[Message]]) -> list[float]:
        scores: list[float] = await self._crew.call("score", conversations)
        return scores

    async def scores(self, conversations: list[list[Message]]) -> dict[str, list[float]]:
        scores: dict[str, list[float]] = await self._crew.call("scores", conversations)
        return scores

    def combine(self, scores: dict[str, list[float]]) -> list[float]:
        (values,) = scores.values()
        return values


class Elsewhere:
    """Loads on the workers of a cluster what would run in this process; servers are called from here.

    Args:
        ray (module):
            Connected, see [`connected`].
        wanted ([`ClusterSettings`]):
            Workers of each model.
        tell ([`Tell`]):
            See there.
    """

    def __init__(self, ray: Any, wanted: ClusterSettings, tell: Tell) -> None:
        self._ray, self._wanted, self._tell = ray, wanted, tell

    def connect(self, settings: BackendSettings) -> Backend:
        """Do what [`p_aligner.backends.connect`] does; a model that cannot be loaded is known at its first call."""
        if not isinstance(settings, LocalSettings):
            return connect(settings)
        return _BackendElsewhere(settings, _Crew(self._ray, connect, settings, self._wanted, self._tell))

    def load_reward(self, settings: RewardSettings) -> RewardModel:
        """Do what [`p_aligner.rewards.load_reward`] does, likewise."""
        if isinstance(settings, EnsembleSettings):
            return EnsembleReward([self.load_reward(member) for member in settings.members], settings)
        if not isinstance(settings, LocalSettings):
            return load_reward(settings)
        return _RewardElsewhere(settings, _Crew(self._ray, load_reward, settings, self._wanted, self._tell))
