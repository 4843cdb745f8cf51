"""Ray clusters: how they are reached, what they have. Knows nothing of what is done there.

Ray is imported when a cluster is asked for.
"""

import importlib
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from . import __version__
from .backends import EndpointSettings
from .errors import InputError


_CONNECT_S = 10.0


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
    try:
        ray.init(address, log_to_driver=False, logging_level="ERROR", **own)
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise InputError(f"there is no Ray cluster at {address!r}: {reason}") from error
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
