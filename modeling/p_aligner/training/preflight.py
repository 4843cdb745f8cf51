"""Preflight of a training recipe: what TRL would cut, drop or mix up without a word, found before the run.

Needs the extra `train`.
"""

import os
import shutil
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..errors import InputError, first_line
from . import online, recipes
from .checks import Check
from .recipes import Example, TrainingRecipe


LARGEST_SHARE = 0.01  # of the rows that may be cut or dropped
MOST_ROWS = 5_000

_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}


def check(recipe: str | Path, *, trainer: str | None = None, overrides: Sequence[str] = ()) -> Iterator[Check]:
    """Check what can be known before a run; the slowest checks come last.

    Arguments are those of [`recipes.read`].

    Raises:
        InputError: the recipe cannot be read or holds a mistake, or its data, tokenizer or model cannot be loaded.
    """
    parts = recipes.read(recipe, trainer=trainer, overrides=overrides)
    rows = recipes.load_rows(parts)
    columns = recipes.columns_of(parts, rows.column_names)
    yield Check("data", True, f"{len(rows):,} rows ({', '.join(columns)})")
    tokenizer = recipes.load_tokenizer(parts)
    are_chats = any(recipes.is_chat(row, parts) for row in rows.select(range(min(len(rows), 100))))
    if are_chats:
        yield check_template(tokenizer)
        if not tokenizer.chat_template:
            return
    some, examples, wrong = recipes.some_of(rows, MOST_ROWS, parts, tokenizer)
    if wrong:
        yield Check("rows", False, f"{len(wrong):,} of {len(some) + len(wrong):,} cannot be trained on, {wrong[0]}")
    if not examples:
        return
    yield from _answers(some, parts)
    if parts.trainer == "grpo":
        yield from _beginnings(examples, tokenizer, are_chats)
        prompts = [len(example.prompt) for (example,) in examples]
        longest = max(prompts) + (parts.training.max_completion_length or 0)
        yield from online.check_room(some, prompts, parts, tokenizer)
        yield from online.check_groups(parts)
        yield from online.check_rewards(parts, rows.column_names)
    else:
        yield from _tokens(examples, tokenizer, are_chats)
        longest, length = _lengths(examples, parts)
        yield length
    yield from _room(parts, longest=longest, vocabulary=len(tokenizer))


def check_template(tokenizer: Any) -> Check:
    """Make sure that there is a chat template, and that it does not depend on the date."""
    template = tokenizer.chat_template or ""
    if not template:
        return Check("chat template", False, "the tokenizer has none: put a chat_template.jinja into its folder")
    if "strftime_now" in template or "date_string" in template:
        return Check(
            "chat template",
            False,
            "it writes a date into the prompt, which will be another one tomorrow: put a template without one into "
            "the model's folder as chat_template.jinja, for example modeling/p_aligner/templates/llama3-plain.jinja",
        )
    return Check("chat template", True, "no date")


def _answers(rows: Any, recipe: TrainingRecipe) -> Iterator[Check]:
    """Look for pairs that say nothing, and for answers that are empty or all the same."""
    texts = [[recipes.text_of(side) for side in recipes.sides(row, recipe)[1]] for row in rows]
    if recipe.trainer in ("dpo", "reward"):
        yield _few("pairs that differ", "are equal on both sides", [one == other for one, other in texts])
    answers = [text for row in texts for text in row]
    if answers:
        yield _few("answers", "are empty", [not text for text in answers])
    names = [name for name in recipes.columns_of(recipe, rows.column_names) if name != "prompt"]
    for name, side in zip(names, zip(*texts, strict=True), strict=False):
        if len(side) > 1 and side[0] and len({*side}) == 1:
            yield Check("variety", False, f"all {len(side):,} rows have the same `{name}`: {side[0]!r:.60}")


def _few(name: str, trouble: str, wrong: Sequence[bool]) -> Check:
    """As [`_count`], but one in a hundred may be wrong."""
    return replace(_count(name, trouble, wrong), passed=sum(wrong) <= LARGEST_SHARE * len(wrong))


def _beginnings(examples: Sequence[Sequence[Example]], tokenizer: Any, are_chats: bool) -> Iterator[Check]:
    every = [example for sides in examples for example in sides]
    bos = tokenizer.bos_token_id
    if bos is not None:
        # It may come again, but not at once: in SmolLM2's ChatML it opens every turn. Not every tokenizer puts one
        # before plain text.
        wanted = are_chats or bos in tokenizer(text="")["input_ids"]
        verdicts = ((wanted and bos not in one.whole) or (bos, bos) in pairwise(one.whole) for one in every)
        yield _count("one BOS", "begin otherwise", verdicts)


def _tokens(examples: Sequence[Sequence[Example]], tokenizer: Any, are_chats: bool) -> Iterator[Check]:
    yield from _beginnings(examples, tokenizer, are_chats)
    every = [example for sides in examples for example in sides]
    eos = tokenizer.eos_token_id
    yield _count(
        "same prompt on both sides",
        "have answers that change the tokens of their prompt",
        (any(example.whole[: len(example.prompt)] != example.prompt for example in sides) for sides in examples),
    )
    # A template may put a line break after the end of a turn.
    yield _count("an end to learn", "end without EOS", (eos not in example.answer[-2:] for example in every))


def _count(name: str, trouble: str, wrong: Iterable[bool]) -> Check:
    verdicts = list(wrong)
    bad = sum(verdicts)
    return Check(name, not bad, f"{bad:,} of {len(verdicts):,} {trouble}" if bad else f"all {len(verdicts):,}")


def _lengths(examples: Sequence[Sequence[Example]], recipe: TrainingRecipe) -> tuple[int, Check]:
    """Count the rows that TRL would cut at the end or drop, as for rewards; return the longest trained on, too."""
    longest = max(len(example.whole) for sides in examples for example in sides)
    limit = recipe.training.max_length
    if limit is None:
        return longest, Check("length", True, f"at most {longest:,} tokens; max_length: null cuts nothing")
    over = [sides for sides in examples if any(len(example.whole) > limit for example in sides)]
    cut = [sides for sides in over if recipe.trainer != "reward" and any(len(each.prompt) < limit for each in sides)]
    text = f"at most {longest:,} tokens, max_length {limit:,}"
    if over:
        text += f": {len(over) - len(cut):,} of {len(examples):,} rows would be dropped, {len(cut):,} cut"
    if same := sum(len(sides) == 2 and sides[0].whole[:limit] == sides[1].whole[:limit] for sides in cut):
        text += f", {same:,} of these into pairs that are equal on both sides"
    share = len(over) / len(examples)
    if share > LARGEST_SHARE:
        text += f", {share:.1%}; raise max_length or leave the rows out"
    return min(longest, limit), Check("length", share <= LARGEST_SHARE, text)


def _room(recipe: TrainingRecipe, *, longest: int, vocabulary: int) -> Iterator[Check]:
    """Estimate memory and disk.

    Weights, gradients, Adam's two moments, the reference and the logits are counted; of a run that writes its own
    answers, what is written at once, too, but no reward model.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM
    from trl import get_peft_config

    settings = recipe.model
    try:
        config = AutoConfig.from_pretrained(settings.model_name_or_path, revision=settings.model_revision)
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(config)
    except (OSError, ValueError) as error:
        name = settings.model_name_or_path
        raise InputError(f"the model {name!r} cannot be built: {first_line(error)}") from error
    size = _BYTES.get(str(settings.dtype), 4)
    count = trained = sum(weight.numel() for weight in model.parameters())
    weights = count * (0.6 if settings.load_in_4bit else 1.1 if settings.load_in_8bit else size)
    adapter = get_peft_config(settings)
    if adapter is not None:
        from peft import get_peft_model

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of peft about names that transformers changed
            model = get_peft_model(model, adapter)
        trained = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    training, online_run = recipe.training, recipe.trainer == "grpo"
    sides = 2 if recipe.trainer in ("dpo", "reward") else 1
    has_reference = recipe.trainer == "dpo" or (online_run and training.beta != 0)
    reference = weights if has_reference and adapter is None else 0.0
    scored = (training.max_completion_length or longest) if online_run else longest
    batch = training.per_device_train_batch_size * sides
    logits = 3 * 4 * batch * scored * (1 if recipe.trainer == "reward" else vocabulary)
    written = training.generation_batch_size * online.cache_bytes(config, longest, size) if online_run else 0
    needed = weights + 3 * trained * size + reference + (trained * size if adapter is not None else 0)
    needed += max(logits, written)  # one after the other
    text = f"{count / 1e6:,.1f} M weights, {trained / 1e6:,.1f} M trained: {_gigabytes(needed)} before activations"
    if online_run:
        text += f", {_gigabytes(written)} for {training.generation_batch_size:,} completions at once, no reward model"
    free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if torch.cuda.is_available():
        free = torch.cuda.mem_get_info()[1]
    yield Check("memory", needed < free, f"{text}; this machine has {_gigabytes(free)} for one process")

    saved = trained * size
    kept = 0 if training.save_strategy == "no" else (training.save_total_limit or 1) + 1
    needed = kept * 3 * saved + saved
    endless = "" if training.save_total_limit or not kept else " for each two checkpoints: set `save_total_limit`"
    place = Path(recipe.training.output_dir).absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    yield Check(
        "disk", needed < free, f"{_gigabytes(needed)} in {training.output_dir}{endless}, {_gigabytes(free)} free"
    )


def _gigabytes(number: float) -> str:
    return f"{number / 1e9:,.1f} GB"
