"""Ray clusters: how they are reached, how many workers they have room for, what a worker takes over."""

import importlib
import os
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from pydantic import Field

from .. import __version__
from ..errors import InputError, first_line
from ..store.recipe import Section
from .local import LocalSettings


Tell = Callable[[str], None]
"""Shows a line to the user while the work goes on."""

_CONNECT_S = 10.0
LIVES = 3  # of each worker, while none gets anything done


class ClusterSettings(Section):
    """Workers of a Ray cluster.

    Args:
        workers: how many; by default one for each GPU where workers use them, else one for each machine.
        num_cpus: what Ray reserves for a worker: a model without a GPU keeps one busy.
        num_gpus: the same of GPUs, 0.5 for two workers on one; by default 1 where models run in the workers and the
            cluster has GPUs.
    """

    workers: int | None = Field(default=None, ge=1)
    num_cpus: float = Field(default=1.0, ge=0)
    num_gpus: float | None = Field(default=None, ge=0)


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Connect to a Ray cluster and yield the module `ray`; our actors end with the connection.

    The address is `auto` (the cluster of this machine), `local` (one is started), `HOST:PORT` or `ray://HOST:PORT`;
    `InputError` where Ray is not installed, or there is no cluster.
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
        raise InputError(f"there is no Ray cluster at {address!r}: {first_line(error)}") from error
    signal.signal(signal.SIGTERM, when_ended)  # Ray puts its own in place
    try:
        yield ray
    finally:
        ray.shutdown()


def _knock(address: str) -> None:
    """Make sure that a server listens: Ray itself would wait a minute, then end the process."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal():
        raise InputError(
            f"{address!r} is no address of a Ray cluster: write auto, local, HOST:PORT or ray://HOST:PORT"
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), _CONNECT_S).close()
    except (OSError, OverflowError) as error:
        raise InputError(f"there is no Ray cluster at {address!r}: {error}") from error


class Workplace(NamedTuple):
    """What a worker takes over from the process that runs the command; it is sent there and written nowhere."""

    folder: str  # where relative paths begin
    environment: dict[str, str]
    version: str  # of this package

    @classmethod
    def here(cls) -> "Workplace":
        environment = {name: os.environ[name] for name in ("HF_TOKEN",) if name in os.environ}
        return cls(os.getcwd(), environment, __version__)


def adopt(workplace: Workplace) -> None:
    """Make this process a worker of another, which must have the same version of the package."""
    if workplace.version != __version__:
        raise InputError(
            f"{socket.gethostname()} has version {__version__} of this package and not {workplace.version}: install "
            "the same one on all machines"
        )
    os.environ.update(workplace.environment)
    if os.path.isdir(workplace.folder):
        os.chdir(workplace.folder)


def room(ray: Any, wanted: ClusterSettings, models: Sequence[Any], tell: Tell) -> tuple[int, dict[str, Any]]:
    """Return the number of workers that each load these models, and the options that Ray starts them with."""
    machines = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    cpus, all_gpus = (sum(machine.get(kind, 0.0) for machine in machines) for kind in ("CPU", "GPU"))
    gpus = wanted.num_gpus
    if gpus is None:
        wants_gpu = any(isinstance(model, LocalSettings) and model.device != "cpu" for model in models)
        gpus = float(all_gpus > 0 and wants_gpu)
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
    return workers, {"num_cpus": wanted.num_cpus, "num_gpus": gpus, "max_restarts": 0, "scheduling_strategy": "SPREAD"}


def why_lost(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{lines[-1] if lines else type(error).__name__:.120}"
