"""Language models behind one call: in this process, on a server, or scripted. Knows nothing of instructions or trees.

torch and transformers are imported when a model is loaded, so recipes can be read without them.

    protocol      what a backend is, and how answers are drawn
    scripted      answers by a Python function
    local         a model in this process: weights, tokenizer and chat template, also of reward models
    generation    a language model in this process
    endpoint      a model behind an OpenAI-compatible chat server
"""

from typing import Annotated

from pydantic import Field

from .endpoint import EndpointBackend, EndpointSettings
from .generation import TransformersBackend, TransformersSettings
from .protocol import Backend, Reply
from .scripted import ScriptedBackend, ScriptedSettings


__all__ = [
    "Backend",
    "BackendSettings",
    "EndpointBackend",
    "EndpointSettings",
    "Reply",
    "ScriptedBackend",
    "ScriptedSettings",
    "TransformersBackend",
    "TransformersSettings",
    "connect",
]

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
