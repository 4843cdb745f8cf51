"""A model of ours becomes an ordinary folder: adapter merged into the base, once, whole or not at all."""

import contextlib
import errno
import functools
import hashlib
import json
import os
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import chat_template
from ..errors import InputError, first_line
from .folders import ADAPTERS, OURS, has_adapter
from .smollm2 import Base, find_base, load


if TYPE_CHECKING:
    from transformers import PreTrainedModel

_CACHE_VARIABLE = "P_ALIGNER_CACHE"
_MARK = "made.json"  # written last: the sizes of the files
_FORM = 1  # of a folder; another one makes them all anew
_NEEDED = 600_000_000  # bytes of a folder in float32, with some air
_WAIT_S = 900.0  # for another process that makes the same folder


def pretrained(name: str) -> str:
    """Return the folder of a model of ours, see [`p_aligner.pretrained`]."""
    if name not in OURS:
        raise InputError(f"there is no model {name!r}: choose one of {', '.join(OURS)}")
    if name != "smollm2" and not has_adapter(name):
        raise InputError(f"this version of the kit has no adapter {name!r}")
    base = find_base()
    folder = _cache() / f"{name}-{_content(name, base)}"
    if not _is_whole(folder):
        _make(name, base, folder)
    return str(folder)


def _cache() -> Path:
    from huggingface_hub import cached_assets_path

    named = os.environ.get(_CACHE_VARIABLE, "").strip()
    try:
        if not named:
            return Path(cached_assets_path("p-aligner", namespace="models"))
        path = Path(named).expanduser().resolve()
        path.mkdir(parents=True, exist_ok=True)
        return path
    except OSError as error:
        raise InputError(
            f"the folder {named or 'of cached models'!r} cannot be made ({error.strerror}): set {_CACHE_VARIABLE} to "
            "one that can be written"
        ) from error


def _content(name: str, base: Base) -> str:
    """Tell one state of a model from another: its base, its adapter, and how folders are made."""
    digest = hashlib.sha256(f"{_FORM} {base.content}".encode())
    adapter = ADAPTERS / name
    for path in sorted(adapter.iterdir()) if adapter.is_dir() else ():
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _is_whole(folder: Path) -> bool:
    """Say whether every file is there in its length: a copy may have been cut, or files deleted."""
    try:
        sizes = json.loads((folder / _MARK).read_text(encoding="utf-8"))
        return all((folder / file).stat().st_size == size for file, size in sizes.items())
    except (OSError, ValueError, AttributeError):
        return False


def _make(name: str, base: Base, folder: Path) -> None:
    from filelock import FileLock, Timeout

    cache = folder.parent
    try:
        # The system frees the lock of a process that was killed.
        with FileLock(cache / f".{folder.name}.lock", timeout=_WAIT_S):
            if _is_whole(folder):
                return  # made by another process meanwhile
            for left in cache.glob(f".{folder.name}.part-*"):  # by one that was killed
                shutil.rmtree(left, ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)  # damaged
            if shutil.disk_usage(cache).free < _NEEDED:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            part = cache / f".{folder.name}.part-{os.getpid()}"
            part.mkdir()
            try:
                _write(name, base, part)
                os.rename(part, folder)
            finally:
                shutil.rmtree(part, ignore_errors=True)
    except Timeout as error:
        raise InputError(
            f"another process has been making {folder} for {_WAIT_S:.0f} s: end it, then try again"
        ) from error
    except OSError as error:
        raise InputError(
            f"{folder} cannot be written ({error.strerror or error}): a model takes {_NEEDED / 1e9:.1f} GB; free some "
            f"space, or set {_CACHE_VARIABLE} to another folder"
        ) from error


def _write(name: str, base: Base, folder: Path) -> None:
    adapter = ADAPTERS / name
    with _progress(name) as advance, _quiet():
        model, tokenizer = load(base)
        advance()
        if adapter.is_dir():
            model = _merged(model, adapter)
            model.config.pad_token_id = tokenizer.pad_token_id
            tokenizer.chat_template = Path(chat_template("chatml")).read_text(encoding="utf-8")
        advance()
        try:
            model.save_pretrained(folder)
        except Exception as error:  # safetensors has an error of its own for a full disk
            if "IoError" not in str(error) and "I/O" not in str(error):
                raise
            raise OSError(str(error)) from error
        tokenizer.save_pretrained(folder)
        if adapter.is_dir():
            shutil.copy(adapter / "README.md", folder)
        sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
        (folder / _MARK).write_text(json.dumps(sizes), encoding="utf-8")
        advance()


def _merged(model: "PreTrainedModel", adapter: Path) -> Any:
    from peft import PeftConfig, PeftModel

    try:
        if PeftConfig.from_pretrained(str(adapter)).task_type == "SEQ_CLS":
            model = _classifier(model)
        return PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise InputError(f"the adapter {adapter.name!r} does not fit the base model: {first_line(error)}") from error


def _classifier(model: "PreTrainedModel") -> "PreTrainedModel":
    """Put a head with one score, which the adapter brings, in the place of the language model's."""
    import torch
    from transformers import AutoConfig, AutoModelForSequenceClassification

    config = AutoConfig.for_model(**{**model.config.to_dict(), "num_labels": 1})
    classifier = AutoModelForSequenceClassification.from_config(config, dtype=torch.float32).eval()
    classifier.base_model.load_state_dict(model.base_model.state_dict())
    return classifier


@contextlib.contextmanager
def _progress(name: str) -> Iterator[Callable[[], Any]]:
    from huggingface_hub.utils.tqdm import tqdm

    bar: Any = tqdm  # which is not typed
    with bar(total=3, desc=f"making {name} from SmolLM2, once", unit="step", file=sys.stderr, leave=False) as shown:
        yield shown.update


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the bars and news of transformers out of what the user reads."""
    from transformers import modeling_gguf_pytorch_utils
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    bar_of_gguf = modeling_gguf_pytorch_utils.tqdm  # the one that no setting of transformers turns off
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    modeling_gguf_pytorch_utils.tqdm = functools.partial(bar_of_gguf, disable=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        modeling_gguf_pytorch_utils.tqdm = bar_of_gguf
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
