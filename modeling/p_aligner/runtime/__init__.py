"""Running models: in this process, on a server, on a cluster, or scripted; reward models.

torch and transformers are imported when a model is loaded, so recipes can be read without them.
"""

from typing import Annotated

from pydantic import Field

from .endpoint import EndpointBackend, EndpointSettings
from .in_process import TransformersBackend, TransformersSettings
from .protocol import Backend
from .scripted import ScriptedBackend, ScriptedSettings


BackendSettings = Annotated[TransformersSettings | EndpointSettings | ScriptedSettings, Field(discriminator="backend")]


def connect(
    settings: TransformersSettings | EndpointSettings | ScriptedSettings, *, like: Backend | None = None
) -> Backend:
    """Make the backend that the settings describe; what it has in common with `like` is not loaded twice.

    Raises:
        InputError: a model cannot be loaded, or an environment variable is missing.
    """
    match settings:
        case TransformersSettings():
            return TransformersBackend(settings, like=like)
        case EndpointSettings():
            return EndpointBackend(settings)
        case ScriptedSettings():
            return ScriptedBackend(seconds=settings.seconds)
