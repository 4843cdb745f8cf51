"""Can a model or data set be reached on the Hub? Data sets are loaded here, too."""

import os
import time
from typing import Any, Literal, cast

from ..errors import InputError, first_line


_TRIES = 3  # a second apart
_TIMEOUT_S = 10.0


def transport_error() -> type[Exception]:
    """Return what the Hub's client raises for a broken connection: of httpx or httpx2, as its version has it."""
    from huggingface_hub.errors import HfHubHTTPError

    return cast(type[Exception], HfHubHTTPError.__bases__[0])


def require_reachable(name: str, revision: str | None = None, *, kind: Literal["model", "data set"] = "model") -> None:
    """Make sure that a model or data set is a folder, in the cache of the Hub, or that the Hub answers.

    Without a connection the Hub's client would try for a minute and a half before it says so. Of data sets, what
    `datasets` itself knows (`"json"`, addresses) passes, too.

    Raises:
        InputError: it is none of that.
    """
    from huggingface_hub import constants, get_session, try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    if constants.HF_HUB_OFFLINE or os.path.isdir(name):
        return
    is_data = kind == "data set"
    if is_data and _is_of_datasets(name):
        return
    file, repo_type = ("README.md", "dataset") if is_data else ("config.json", None)
    try:
        if isinstance(try_to_load_from_cache(name, file, revision=revision, repo_type=repo_type), str):
            return
    except HFValidationError as error:  # no name of the Hub, so it was meant as a folder
        raise InputError(f"the {kind} {name!r} cannot be loaded: there is no such folder") from error
    for turn in range(_TRIES):
        time.sleep(turn > 0)
        try:
            get_session().head(constants.ENDPOINT, timeout=_TIMEOUT_S)
            return
        except (transport_error(), OSError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
    raise InputError(
        f"the {kind} {name!r} cannot be loaded: there is no such folder, and {constants.ENDPOINT} cannot be reached "
        f"({reason}): check the name, or the connection"
    )


def load_data_set(path: str, **options: Any) -> Any:
    """Load a data set as `datasets.load_dataset` does; `InputError` where it cannot be."""
    from datasets import load_dataset
    from datasets.exceptions import DatasetsError

    require_reachable(path, options.get("revision"), kind="data set")
    try:
        return load_dataset(path, **options)
    except (OSError, ValueError, DatasetsError) as error:
        raise InputError(f"the data set {path!r} cannot be loaded: {first_line(error)}") from error


def _is_of_datasets(name: str) -> bool:
    from datasets.packaged_modules import _PACKAGED_DATASETS_MODULES

    return name in _PACKAGED_DATASETS_MODULES or "://" in name or name.startswith("buckets/")
