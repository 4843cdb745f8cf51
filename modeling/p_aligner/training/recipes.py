"""TRL's training recipes, their rows and tokens, read as TRL reads them.

Needs the extra `train`.
"""

import contextlib
import importlib
import io
import json
import os
import re
import warnings
from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError, first_line, read_text
from ..models.hub import require_reachable


TRAINERS = ("sft", "dpo", "reward", "grpo")

_COMMAND = re.compile(rf"^#.*\btrl ({'|'.join(TRAINERS)}) ", re.MULTILINE)
# What each trainer reads: the first of these that is there.
_PAIRS = (("prompt", "chosen", "rejected"), ("chosen", "rejected"))
_FORMS = {
    "sft": (("prompt", "completion"), ("messages",), ("conversations",)),  # and the column of plain text
    "dpo": _PAIRS,
    "reward": _PAIRS,
    "grpo": (("prompt",),),
}


@dataclass(frozen=True)
class TrainingRecipe:
    """The parts of a recipe, as TRL parses it."""

    trainer: str
    script: Any
    training: Any
    model: Any
    mixture: Any

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
        path: YAML file for one of `TRAINERS`.
        trainer: which of them; by default the one that a comment of the file names (`# trl dpo --config ...`).
        overrides: words of a command line, `--key value`.

    Raises:
        InputError: the recipe cannot be read, holds a mistake, or does not say what it is for; TRL is missing.
    """
    text = read_text(path, f"the recipe {path}")
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
    columns_of(recipe, rows.column_names)
    if not len(rows):
        raise InputError(f"the data set {names} has no rows")
    return rows


def columns_of(recipe: TrainingRecipe, there: Collection[str]) -> tuple[str, ...]:
    """Return the columns that the trainer reads; an `InputError` where they are not there."""
    forms = _FORMS[recipe.trainer]
    if recipe.trainer == "sft":
        # A `prompt` decides for TRL, whatever else is there.
        forms = forms[:1] if "prompt" in there else (*forms, (recipe.training.dataset_text_field,))
    for form in forms:
        if {*form} <= {*there}:
            return form
    raise InputError(
        f"`trl {recipe.trainer}` needs the columns {' or '.join(', '.join(form) for form in forms)}, "
        f"missing: {', '.join(name for name in forms[0] if name not in there)} (there are {', '.join(there)}); "
        "choose another config of the data set, or rename its columns"
    )


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


def is_chat(row: Mapping[str, Any], recipe: TrainingRecipe) -> bool:
    return any(isinstance(row[name], list) for name in columns_of(recipe, row))


def sides(row: Mapping[str, Any], recipe: TrainingRecipe) -> tuple[Any, list[Any]]:
    """Take a row apart as TRL does: its prompt (`None` where all is learned), and its answers, each a text or a chat.

    Raises:
        InputError: the trainer would stumble over this row, or learn something else than it says.
    """
    from trl.data_utils import extract_prompt, maybe_convert_to_chatml

    columns = columns_of(recipe, row)
    given = {name: row[name] for name in columns}
    for name, value in given.items():
        if name == "conversations" and isinstance(value, list):
            value = maybe_convert_to_chatml({name: deepcopy(value)})["messages"]
            given = {"messages": value}
        _check_value(name, value)
    if len({type(value) for value in given.values()}) > 1:
        kinds = (f"`{name}` is a {'text' if isinstance(value, str) else 'chat'}" for name, value in given.items())
        raise InputError(f"{', '.join(kinds)}: they have to be of one kind")
    if columns == ("chosen", "rejected"):
        given = extract_prompt(given) if given["chosen"] and given["rejected"] else {"prompt": "", **given}
        if recipe.trainer == "dpo" and not given["prompt"]:
            raise InputError("`chosen` and `rejected` do not begin alike, so there is no prompt to both")
    if "prompt" not in given:
        return None, [*given.values()]
    prompt, *answers = given.values()
    return prompt, answers


def _check_value(name: str, value: Any) -> None:
    if isinstance(value, str):
        return
    if not isinstance(value, list) or not all(isinstance(turn, dict) and turn.get("role") for turn in value):
        raise InputError(f"`{name}` is {'null' if value is None else f'neither text nor a chat: {value!r:.40}'}")
    if not value:
        raise InputError(f"`{name}` is a chat without turns")
    for turn in value:
        if turn.get("content") is None and not turn.get("tool_calls"):
            raise InputError(f"a turn of `{name}` ({turn['role']}) has no content, or null")


def text_of(side: Any) -> str:
    """Return what an answer says; of a chat that is learned as a whole, what the assistant says."""
    if isinstance(side, str):
        return side.strip()
    turns = [turn for turn in side if turn["role"] == "assistant"] or side
    return "\n".join(str(turn.get("content") or turn.get("tool_calls") or "") for turn in turns).strip()


def examples(row: Mapping[str, Any], recipe: TrainingRecipe, tokenizer: Any) -> list[Example]:
    """Tokenise each side of a row as TRL does; of a prompt without answers, the prompt alone.

    Raises:
        InputError: see [`sides`]; or the chat template cannot write the row.
    """
    prompt, answers = sides(row, recipe)
    if prompt is None:  # nothing comes before the first token, so that one is not learned
        wholes = [_tokens(answer, row, tokenizer) for answer in answers]
        return [Example(whole[:1], whole) for whole in wholes]
    asked = _tokens(prompt, row, tokenizer, is_prompt=True) if prompt else []
    if not answers:
        return [Example(asked, asked)]
    return [Example(asked, _tokens(prompt + answer, row, tokenizer)) for answer in answers]


def _tokens(given: Any, row: Mapping[str, Any], tokenizer: Any, *, is_prompt: bool = False) -> list[int]:
    if isinstance(given, str):
        end = "" if is_prompt or given.endswith(tokenizer.eos_token or "") else tokenizer.eos_token
        return list(tokenizer(text=given + end)["input_ids"])
    try:
        tools = row.get("tools")
        options = {"tools": json.loads(tools) if isinstance(tools, str) else tools or None}
        options |= row.get("chat_template_kwargs") or {}
        text = str(tokenizer.apply_chat_template(given, add_generation_prompt=is_prompt, tokenize=False, **options))
    except Exception as error:  # whatever a template raises
        what = "a chat with tool calls" if any(turn.get("tool_calls") for turn in given) else "its chat"
        raise InputError(f"the chat template cannot write {what}: {first_line(error)}") from error
    for turn in given:
        content, calls = turn.get("content"), turn.get("tool_calls") or []
        if isinstance(content, list) and str(content) in text:
            raise InputError(
                f"the chat template writes the parts of a turn ({turn['role']}) as they are: give it text"
            )
        for call in calls:
            name = (call.get("function") or call).get("name")
            if str(name) not in text:
                raise InputError(f"the chat template leaves out the tool call {name!r}")
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def some_of(
    rows: Any, most: int, recipe: TrainingRecipe, tokenizer: Any
) -> tuple[Any, list[list[Example]], list[str]]:
    """Pick rows all over the data; return those that can be trained on, their examples, what is wrong with others."""
    examined, good, wrong = [], [], []
    for number in range(0, len(rows), -(-len(rows) // most)):
        try:
            examined.append(examples(rows[number], recipe, tokenizer))
            good.append(number)
        except InputError as error:
            wrong.append(f"row {number + 1}: {error}")
    return rows.select(good), examined, wrong
