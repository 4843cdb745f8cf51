"""Running models: in this process, on a server, on a cluster, or scripted; reward models. Knows nothing of trees.

torch and transformers are imported when a model is loaded, so recipes can be read without them.

    protocol      what a backend is, and how answers are drawn
    scripted      answers by a Python function
    local         a model in this process: weights, tokenizer and chat template, also of reward models
    in_process    a language model in this process
    batching      many callers, one model
    endpoint      a model behind an OpenAI-compatible chat server
    rewards       reward models: classifiers, ArmoRM, ensembles
    refiner       instructions that come one by one, refined as the pipelines do
    answers       answers before and after a refinement, and their rewards
    budget        limits of a run, what it spent, when it gives up
    cluster       Ray clusters: how they are reached
    workers       models that live there
"""

from typing import Annotated

from pydantic import Field

from .endpoint import EndpointBackend, EndpointSettings
from .in_process import TransformersBackend, TransformersSettings
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
