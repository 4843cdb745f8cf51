"""Is the Hub there to be asked for a model? Knows nothing of what is in a model."""

import os
import time
from typing import cast

from .errors import InputError


_TRIES = 3  # a second apart
_TIMEOUT_S = 10.0


def require_reachable(name: str, revision: str | None = None) -> None:
    """Make sure that a model is a folder, in the cache of the Hub, or that the Hub answers.

    Without a connection the Hub's client would try for a minute and a half before it says so.

    Args:
        name (`str`):
            Folder or Hub name.
        revision (`str`, *optional*):
            Of the model on the Hub.

    Raises:
        InputError: it is none of that.
    """
    from huggingface_hub import constants, get_session, try_to_load_from_cache
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    if constants.HF_HUB_OFFLINE or os.path.isdir(name):
        return
    try:
        if isinstance(try_to_load_from_cache(name, "config.json", revision=revision), str):
            return
    except HFValidationError as error:  # no name of the Hub, so it was meant as a folder
        raise InputError(f"the model {name!r} cannot be loaded: there is no such folder") from error
    # Of httpx or httpx2, as the client's version has it.
    transport_error = cast(type[Exception], HfHubHTTPError.__bases__[0])
    for turn in range(_TRIES):
        time.sleep(turn > 0)
        try:
            get_session().head(constants.ENDPOINT, timeout=_TIMEOUT_S)
            return
        except (transport_error, OSError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
    raise InputError(
        f"the model {name!r} cannot be loaded: there is no such folder, and {constants.ENDPOINT} cannot be reached "
        f"({reason}): check the name, or the connection"
    )
