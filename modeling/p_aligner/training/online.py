"""Checks of online learning, `trl grpo`: its rewards, the room for its completions, what its log says.

Needs the extra `train`.
"""

import importlib
import inspect
import math
import os
import sys
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Any

from ..errors import first_line
from ..models.hub import require_reachable
from ..prompts import render_refined
from .checks import Check
from .recipes import TrainingRecipe


# Where alarms begin, of the means over the last quarter of the log; one step alone says little.
MOST_CLIPPED = 0.25  # of the completions: cut before they ended, whatever their reward is worth
MOST_SILENT = 0.5  # of the groups: all completions get the same reward, so nothing is learned from them
LEAST_OF_ENTROPY = 0.2  # of what there was at first: the completions of a group become one

CURVES = {
    "reward": {"reward": "reward", "reward_std": "its spread", "frac_reward_zero_std": "groups of one reward"},
    "tokens of the completions": {
        "completions/mean_length": "mean",
        "completions/mean_terminated_length": "mean of those that ended",
        "completions/max_length": "longest",
    },
    "KL and entropy, nats per token": {"kl": "KL", "entropy": "entropy", "completions/clipped_ratio": "share cut off"},
}

_TRLS_OWN = (
    *("accuracy_reward", "reasoning_accuracy_reward", "think_format_reward"),
    "get_soft_overlong_punishment",
)
# What TRL hands to a reward function beside the columns of the data.
_HANDED = {"prompts", "completions", "completion_ids", "trainer_state", "log_extra", "log_metric"}


def check_rewards(recipe: TrainingRecipe, columns: Sequence[str]) -> Iterator[Check]:
    """Import each reward function as TRL will, and see whether the data has what it asks for. None is called."""
    names = recipe.script.reward_funcs or []
    model = recipe.script.reward_model_name_or_path
    if not names and not model:
        yield Check(
            "reward", False, "there is none: name a function in `reward_funcs`, or `reward_model_name_or_path`"
        )
    for name in names:
        yield Check("reward", *_function(name, {"prompt"} if recipe.training.remove_unused_columns else set(columns)))
    if model:
        require_reachable(model)
        yield Check("reward", True, f"{model}; that it scores is not checked")


def _function(name: str, columns: set[str]) -> tuple[bool, str]:
    if name in _TRLS_OWN:
        return True, f"{name}, TRL's own"
    module, _, attribute = name.rpartition(".")
    if not module:
        return False, f"{name} is neither TRL's own nor a dotted path: write module.function"
    sys.path.insert(0, os.getcwd())  # as TRL does
    try:
        parameters = inspect.signature(getattr(importlib.import_module(module), attribute)).parameters.values()
    except Exception as error:  # whatever a module raises that is imported
        return False, f"{name} cannot be imported: {first_line(error)}"
    finally:
        sys.path.remove(os.getcwd())
    open_ended = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    asked = {one.name for one in parameters if one.default is one.empty and one.kind not in open_ended}
    if missing := sorted(asked - _HANDED - columns):
        return False, f"{name} asks for {', '.join(missing)}, which the data has not: keep them in `columns`"
    return True, f"{name} can be imported and gets what it asks for; it is not called"


def check_groups(recipe: TrainingRecipe) -> Iterator[Check]:
    """Check the groups of completions that a step learns from, and the weight of the KL term."""
    training = recipe.training
    prompts = training.generation_batch_size // training.num_generations
    text = f"{training.num_generations} completions of each prompt, {prompts:,} prompts at a time in one process"
    yield Check.advised("groups", training.temperature > 0, text, "; temperature 0 makes them all the same: raise it")
    text = f"beta {training.beta:g}: " + (
        "a second model of the same size holds the first one near it"
        if training.beta and not recipe.model.use_peft
        else "the model without its adapter holds it near"
        if training.beta
        else "nothing holds the model to what it was, however far the reward leads it"
    )
    yield Check("KL weight", True, text)


def check_room(rows: Any, prompts: Sequence[int], recipe: TrainingRecipe, tokenizer: Any) -> Iterator[Check]:
    """Check that prompts and completions fit. TRL cuts no prompt, and every completion at `max_completion_length`.

    `prompts` are the lengths of the prompts of `rows`, in tokens.
    """
    from transformers import AutoConfig

    limit = recipe.training.max_completion_length
    config = AutoConfig.from_pretrained(recipe.model.model_name_or_path, revision=recipe.model.model_revision)
    context = getattr(config.get_text_config(), "max_position_embeddings", None)
    longest = max(prompts)
    text = f"prompts of at most {longest:,} tokens, none is cut; max_completion_length {limit or 'null'}"
    if limit is None or context is None:
        yield Check("length", True, f"{text}; whether both fit the model is not checked")
    else:
        advice = ": leave the longest rows out, or lower the limit"
        yield Check.advised("length", longest + limit <= context, f"{text}, the model has {context:,}", advice)
    if limit is None or "src_instruction" not in rows.column_names:
        yield Check("completions", True, "how long they will be is not checked; see clipped_ratio in TRL's log")
        return
    copies = [
        len(tokenizer(render_refined(text), add_special_tokens=False)["input_ids"]) + 1
        for text in rows["src_instruction"]
    ]
    cut = sum(copy > limit for copy in copies)
    text = f"{cut:,} of {len(copies):,} instructions are too long to be repeated in {limit:,} tokens"
    few = cut <= MOST_CLIPPED * len(copies)
    yield Check.advised("completions", few, text, ": raise max_completion_length")


def cache_bytes(config: Any, tokens: int, size: int) -> int:
    """Return the bytes of the key-value cache of a text; `size` is that of a number."""
    config = config.get_text_config()
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return int(2 * config.num_hidden_layers * heads * width * tokens * size)


def is_better(log: Sequence[dict[str, Any]]) -> bool:
    """Say whether the reward has risen, by more than a tenth of its spread."""
    first, now, spread = _course(log, "reward"), _course(log, "reward", -1), _course(log, "reward_std")
    return now - first > 0.1 * (spread if math.isfinite(spread) else 0)


def _course(log: Sequence[dict[str, Any]], key: str, end: int = 0) -> float:
    """Return the mean over the first quarter of the log, or the last (`end` -1)."""
    steps = [row for row in log if "reward" in row]
    quarter = max(1, len(steps) // 4)
    values = [row[key] for row in (steps[-quarter:] if end else steps[:quarter]) if row.get(key) is not None]
    return fmean(values) if values else math.nan


def check_log(log: Sequence[dict[str, Any]]) -> Iterator[Check]:
    """Check TRL's log of an online run: rewards, KL, completions, entropy."""
    if not any("reward" in row for row in log):
        return
    keys = ("reward", "kl", "completions/clipped_ratio", "entropy", "frac_reward_zero_std")
    courses = {key: (_course(log, key), _course(log, key, -1)) for key in keys}
    (reward, new_reward), (_, kl), (clipped, new_clipped), (entropy, new_entropy), (_, silent) = courses.values()
    said = {key: f"{first:.3f} at first, {now:.3f} now" for key, (first, now) in courses.items()}
    spread, length = _course(log, "reward_std"), _course(log, "completions/mean_length", -1)
    has_kl = any("kl" in row for row in log)
    stands = math.isfinite(new_reward) and not new_reward < reward - spread
    text = f"{said['reward']}, spread {spread:.3f}"
    yield Check.advised("reward", stands, text, ": it has fallen; lower the rate or raise beta")
    text = f"{said['kl']}, nats per token" if has_kl else "not in the log, as beta is 0: not measured"
    yield Check.advised("KL", not has_kl or math.isfinite(kl), text, "; not a number: lower the rate")
    text = f"{length:.1f} tokens now; cut off {said['completions/clipped_ratio']}"
    ends = not new_clipped > max(MOST_CLIPPED, clipped)
    yield Check.advised("completions", ends, text, ": it forgets to end, or max_completion_length is low")
    varied = not new_entropy < LEAST_OF_ENTROPY * entropy
    yield Check.advised("entropy", varied, f"{said['entropy']}, nats per token", ": its completions become one")
    text, advice = said["frac_reward_zero_std"], ": most teach nothing; raise the temperature"
    yield Check.advised("groups of one reward", not silent > MOST_SILENT, text, advice)
