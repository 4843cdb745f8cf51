"""TRL's training recipes, their rows and tokens, read as TRL reads them.

Needs the extra `train`.
"""

import contextlib
import importlib
import io
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError, first_line
from ..models.hub import require_reachable


TRAINERS = ("sft", "dpo", "reward", "grpo")

_COMMAND = re.compile(rf"^#.*\btrl ({'|'.join(TRAINERS)}) ", re.MULTILINE)
_PAIRS = ("prompt", "chosen", "rejected")
_COLUMNS = {"sft": ("prompt", "completion"), "dpo": _PAIRS, "reward": _PAIRS, "grpo": ("prompt",)}


@dataclass(frozen=True)
class TrainingRecipe:
    """The parts of a recipe, as TRL parses it."""

    trainer: str
    script: Any
    training: Any
    model: Any
    mixture: Any

    @property
    def columns(self) -> tuple[str, ...]:
        return _COLUMNS[self.trainer]

    @property
    def data(self) -> tuple[str, ...]:
        """Folders or Hub names of the data; those of a mixture go first, as with TRL."""
        return tuple(part.path for part in self.mixture.datasets) or (str(self.script.dataset_name),)


@dataclass(frozen=True)
class Example:
    """Token ids of a prompt alone, and of prompt and answer together."""

    prompt: list[int]
    whole: list[int]

    @property
    def answer(self) -> list[int]:
        return self.whole[len(self.prompt) :]


def read(path: str | Path, *, trainer: str | None = None, overrides: Sequence[str] = ()) -> TrainingRecipe:
    """Parse a recipe as `trl` does.

    Args:
        path (`str` or `Path`):
            YAML file for `trl sft`, `trl dpo`, `trl reward` or `trl grpo`.
        trainer (`str`, *optional*):
            Which of them; by default the one that a comment of the file names (`# trl dpo --config ...`).
        overrides (sequence of `str`, *optional*):
            Words of a command line, `--key value`.

    Raises:
        InputError: the recipe cannot be read, holds a mistake, or does not say what it is for; TRL is missing.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"the recipe {path} cannot be read: {reason}") from error
    named = _COMMAND.search(text)
    trainer = trainer or (named[1] if named else None)
    if trainer is None:
        raise InputError(f"{path} does not say what it is for: add --trainer {'|'.join(TRAINERS)}")
    try:
        script = importlib.import_module(f"trl.scripts.{trainer}")
        from accelerate.commands.launch import launch_command_parser
    except ImportError as error:
        raise InputError(f"training needs TRL: pip install 'p-aligner[train]' ({error})") from error
    # The recipe may be for another machine than this one.
    words = ["--config", str(path), *overrides, "--use_cpu", "true", "--bf16", "false", "--fp16", "false"]
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of TRL about its own defaults
            *parts, rest = script.make_parser().parse_args_and_config(words, return_remaining_strings=True)
            launcher = launch_command_parser().parse_known_args([*rest, "script"])[0] if rest else None
    except SystemExit as error:
        raise InputError(
            f"the recipe {path} has a mistake: {said.getvalue().strip().rpartition('error: ')[2]}"
        ) from error
    except (ValueError, TypeError) as error:
        raise InputError(f"the recipe {path} has a mistake: {error}") from error
    unknown = [word for word in rest if word.startswith("--") and not hasattr(launcher, word[2:])]
    if unknown := [word for word in unknown if word != "--accelerate_config"]:
        raise InputError(f"the recipe {path} has keys that neither TRL nor accelerate knows: {', '.join(unknown)}")
    return TrainingRecipe(trainer, *parts)


def load_rows(recipe: TrainingRecipe) -> Any:
    """Load the training rows as TRL will."""
    from datasets import load_dataset
    from trl import get_dataset

    script, mixture = recipe.script, recipe.mixture
    names = ", ".join(map(repr, recipe.data))
    for name in recipe.data:
        require_reachable(name, kind="data set")
    try:
        data = get_dataset(mixture) if mixture.datasets else load_dataset(script.dataset_name, script.dataset_config)
        rows = data[script.dataset_train_split]
    except Exception as error:  # whatever `datasets` and the builder of a data set raise
        reason = first_line(error)
        if not all(map(os.path.exists, recipe.data)):
            reason += "; there is no folder of that name here"
        raise InputError(f"the data set {names} cannot be loaded: {reason}") from error
    if missing := [column for column in recipe.columns if column not in rows.column_names]:
        raise InputError(
            f"`trl {recipe.trainer}` needs the columns {', '.join(recipe.columns)}, missing: {', '.join(missing)} "
            f"(there are {', '.join(rows.column_names)}); choose another config of the data set"
        )
    if not len(rows):
        raise InputError(f"the data set {names} has no rows")
    return rows


def load_tokenizer(recipe: TrainingRecipe) -> Any:
    from transformers import AutoTokenizer

    name = recipe.model.model_name_or_path
    if not os.path.isdir(name) and (name.count("/") > 1 or name.startswith((".", "/"))):
        raise InputError(f"there is no model in {name}: make it first, maybe by the recipe that writes it")
    require_reachable(name, recipe.model.model_revision)
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, revision=recipe.model.model_revision)
        if path := getattr(recipe.training, "chat_template_path", None):
            tokenizer.chat_template = Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError(f"the tokenizer of {name!r} cannot be loaded: {first_line(error)}") from error
    return tokenizer


def examples(row: dict[str, Any], recipe: TrainingRecipe, tokenizer: Any) -> Iterator[Example]:
    """Tokenise each side of a row as TRL does; of a prompt without answers, the prompt alone."""
    prompt, *answers = (row[column] for column in recipe.columns)
    if not answers:
        ids = (
            tokenizer(text=prompt)["input_ids"]
            if isinstance(prompt, str)
            else tokenizer.apply_chat_template(prompt, add_generation_prompt=True, return_dict=False)
        )
        yield Example(ids, ids)
    for answer in answers:
        if isinstance(prompt, str):
            ids = tokenizer(text=[prompt, prompt + answer])["input_ids"]
            yield Example(ids[0], [*ids[1], tokenizer.eos_token_id])
        else:
            asked = tokenizer.apply_chat_template(prompt, add_generation_prompt=True, return_dict=False)
            yield Example(asked, tokenizer.apply_chat_template([*prompt, *answer], return_dict=False))
