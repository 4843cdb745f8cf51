"""The two transformers pipelines: refine an instruction, rewrite it by one principle. Knows nothing of search or data.

This file and the modules it imports are copied into model repositories, so it imports only siblings, transformers and
torch.
"""

import copy
import difflib
import functools
import inspect
import itertools
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoModelForCausalLM,
    DynamicCache,
    GenerationConfig,
    GenerationMixin,
    Pipeline,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    StoppingCriteriaList,
)
from transformers.cache_utils import DynamicLayer
from transformers.dynamic_module_utils import custom_object_save
from transformers.pipelines import PIPELINE_REGISTRY

from .errors import ContextOverflow, InputError, KitError, ParseError, PrincipleError
from .guard import REQUEST, failed_checks
from .principles import PAPER_PRINCIPLES, Principle, PrinciplePack, load_pack
from .prompts import (
    OUTPUT_END,
    OUTPUT_OPENING,
    OUTPUT_START,
    Message,
    complete_part,
    is_complete,
    literal_token_ids,
    parse_refined,
    refine_messages,
    rewrite_messages,
)
from .stopping import Complete, Deadline, Loops
from .turns import is_follow_up


# Base models without a chat template get the paper's plain-text turns, and stop where the model begins the next one.
_PLAIN_TEMPLATE = Path(__file__).parent / "templates" / "user-assistant.jinja"
_PLAIN_STOPS = ["[User]", "[Assistant]"]
# Decoding, whatever a model's own generation config says, unless the caller says otherwise (§5.3). The neutral values
# of the sampling settings keep generate() from warning that they are not used.
_GREEDY = {
    "do_sample": False,
    "num_beams": 1,
    "repetition_penalty": 1.0,
    "temperature": 1.0,
    "top_p": 1.0,
    "top_k": 50,
}
# A refinement copies most of its instruction: for one alone, the next tokens are looked up in the prompt and checked
# in one step (prompt lookup decoding). What a caller asks of `generate` beyond these limits switches that off.
_LOOKED_UP = 20
_LIMITS = {"max_new_tokens", "max_length", "max_time"}
_MARKERS = (OUTPUT_START.strip(), OUTPUT_END.strip())
# White space and byte order marks round an instruction are no part of it.
_EDGES = re.compile(r"\A([\s\ufeff]*)(.*?)([\s\ufeff]*)\Z", re.DOTALL)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_OPTIONS = ("batch_size", "guard", "max_growth", "on_error", "context", "chat_template", "principle", "pack")
# Batches are formed inside windows of this many batches: long enough that lengths pair up, short enough for streams.
_WINDOW_BATCHES = 4
_LEAST_NEW_TOKENS = 192
_MAX_LENGTH_UNSET = 20  # what older versions of transformers put into a GenerationConfig without `max_length`


@dataclass
class _Item:
    """One instruction on its way through the pipeline."""

    given: Any  # what the caller passed: comes back in the record
    instruction: str = ""
    edges: tuple[str, str] = ("", "")  # the white space before and after it: the caller gets it back
    earlier: list[Any] = field(default_factory=list)  # the turns before the instruction, as they were given
    principle: Principle | None = None
    prompt_ids: list[int] = field(default_factory=list)  # of the chat, as a server would be sent it
    token_ids: list[int] = field(default_factory=list)  # and of the answer's beginning
    is_follow_up: bool = False
    copy_tokens: int = 0  # what an answer that repeats the instruction takes, its end marker included
    error: KitError | None = None
    record: dict[str, Any] | None = None


class _InstructionPipeline(Pipeline):
    """What both tasks share: inputs, batches, generation, guard and records."""

    _load_tokenizer = None  # optional for the loader, so that the error for a missing one is ours
    _load_processor = False
    _load_image_processor = False
    _load_video_processor = False
    _load_feature_extractor = False

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.tokenizer is None:
            source = getattr(self.model, "name_or_path", "") or "the model"
            raise InputError(f"{source} has no tokenizer that can be loaded: pass tokenizer=...")
        if self.tokenizer.chat_template is None and "chat_template" not in self._preprocess_params:
            self._preprocess_params["chat_template"] = _read_template(_PLAIN_TEMPLATE)
            self._forward_params.setdefault("stop_strings", _PLAIN_STOPS)
        limits = [getattr(self.model.config.get_text_config(), "max_position_embeddings", None)]
        limits.append(self.tokenizer.model_max_length)
        self._context = min(limit for limit in limits if limit is not None)
        self._special_tokens = [
            token.content for token in self.tokenizer.added_tokens_decoder.values() if token.special
        ]
        # A sliding window or a state cannot take back what was looked up in vain.
        layers = DynamicCache(config=self.model.config).layers
        self._cache_can_shrink = not self.model._is_stateful and all(type(layer) is DynamicLayer for layer in layers)

    def _sanitize_parameters(
        self,
        *,
        guard: str | None = None,
        max_growth: float | None = None,
        on_error: str | None = None,
        context: bool | None = None,
        chat_template: str | os.PathLike[str] | None = None,
        **generate_kwargs: Any,
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        _one_of("guard", guard, ("fallback", "report", "off"))
        _one_of("on_error", on_error, ("raise", "record"))
        if max_growth is not None and not (isinstance(max_growth, int | float) and max_growth > 0):
            raise InputError(f"max_growth must be a positive number, it is {max_growth!r}")
        self._refuse_unknown(generate_kwargs)
        template = None if chat_template is None else _read_template(chat_template)
        preprocess = _given(on_error=on_error, context=context, chat_template=template)
        forward = {**_given(max_growth=max_growth), **generate_kwargs}
        return preprocess, forward, _given(guard=guard, max_growth=max_growth)

    def _refuse_unknown(self, generate_kwargs: dict[str, Any]) -> None:
        # Wrappers such as PeftModel hide the parameters of generate(), hence the signature of the original.
        known = {*vars(GenerationConfig()), *inspect.signature(GenerationMixin.generate).parameters}
        for name in generate_kwargs:
            if name not in known:
                close = difflib.get_close_matches(name, [*_OPTIONS, *known], n=1)
                hint = f", did you mean {close[0]!r}?" if close else ""
                raise InputError(f"{name!r} is neither an option of this pipeline nor an argument of generate(){hint}")

    def __call__(
        self,
        inputs: Any,
        *,
        batch_size: int | None = None,
        num_workers: int | None = None,
        **options: Any,
    ) -> Any:
        # `num_workers` is part of every pipeline's call; reading the inputs is too little work to share out.
        batch_size = batch_size or self._batch_size or 1
        parameters = self._sanitize_parameters(**options)
        preprocess, forward, postprocess = (
            {**kept, **given}
            for kept, given in zip(
                (self._preprocess_params, self._forward_params, self._postprocess_params), parameters, strict=True
            )
        )
        if "chat_template" in parameters[0] and "stop_strings" not in parameters[1]:
            forward.pop("stop_strings", None)  # they belong to the template that is replaced
        if _is_one_instruction(inputs):
            (record,) = self._stream([inputs], 1, preprocess, forward, postprocess)
            return record
        records = self._stream(inputs, batch_size, preprocess, forward, postprocess)
        return list(records) if hasattr(inputs, "__len__") else records

    def _stream(
        self,
        inputs: Iterable[Any],
        batch_size: int,
        preprocess: dict[str, Any],
        forward: dict[str, Any],
        postprocess: dict[str, Any],
    ) -> Iterator[dict[str, Any]]:
        """Yield one record for each input, in order; holds one window of them at a time."""
        on_error = preprocess.pop("on_error", "raise")
        items = self._items(inputs, on_error, preprocess)
        for window in windows(items, batch_size * _WINDOW_BATCHES):
            yield from self._refined(window, batch_size, forward, postprocess)

    def _items(self, inputs: Iterable[Any], on_error: str, preprocess: dict[str, Any]) -> Iterator[_Item]:
        for index, given in enumerate(_each(inputs)):
            item = self.preprocess(given, index=index, **preprocess)
            if item.error is not None and on_error == "raise":
                raise item.error
            yield item

    def _refined(
        self, window: list[_Item], batch_size: int, forward: dict[str, Any], postprocess: dict[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Refine a window in batches of like length; what is finished when generation fails is not lost."""
        if postprocess.get("guard") != "off":
            for item in window:
                if item.error is None and item.is_follow_up:
                    item.record = _record(item, refined=item.instruction, reason="follow-up")
        ready = [item for item in window if item.error is None and item.record is None]
        ready.sort(key=lambda item: len(item.token_ids))
        failure: BaseException | None = None
        try:
            for start in range(0, len(ready), batch_size):
                batch = ready[start : start + batch_size]
                outputs = self.forward(self._collate(batch), batch=batch, **forward)
                for item, sequences in zip(batch, outputs["sequences"], strict=True):
                    item.record = self.postprocess(item, sequences=sequences, **postprocess)
        except BaseException as error:
            failure = error
        for item in window:
            if item.record is None and item.error is None:
                break
            yield item.record or _error_record(item)
        if failure is not None:
            raise failure

    def preprocess(
        self,
        input_: Any,
        *,
        index: int = 0,
        context: bool = False,
        chat_template: str | None = None,
        **options: Any,
    ) -> _Item:
        """Read and tokenise one input. An error is kept in the item, so that the others can go on."""
        item = _Item(given=input_)
        try:
            self._read(item, **options)
            messages = self._messages(item)
            turns = [*map(_checked_turn, item.earlier), *messages] if context else messages
            asks = REQUEST.search(item.instruction) is not None
            item.is_follow_up = not context and is_follow_up(item.instruction, asks=asks, in_chat=bool(item.earlier))
            # The answer is begun for the model: half of a short one is what all of them begin and end with.
            item.prompt_ids = self._token_ids(turns, chat_template)
            item.token_ids = item.prompt_ids + self._plain_ids(OUTPUT_OPENING)
            item.copy_tokens = len(self._plain_ids(item.instruction + OUTPUT_END))
            needed = len(item.token_ids) + item.copy_tokens
            if needed > self._context:
                raise ContextOverflow(
                    f"the instruction is too long: refining takes at least {needed} tokens, the model's context has "
                    f"{self._context}; shorten it or use a model with a longer context"
                )
        except KitError as error:
            item.error = type(error)(f"item {index}: {error}")
        return item

    def _read(self, item: _Item, **options: Any) -> None:
        """Fill in instruction and earlier turns from what the caller gave."""
        given = item.given
        if isinstance(given, Mapping):
            if "instruction" not in given:
                raise InputError(f"a row needs the column 'instruction', it has {', '.join(map(repr, given))}")
            item.given = given = given["instruction"]
        if _is_chat(given):
            last = _checked_turn(given[-1])
            if last["role"] != "user":
                raise InputError(
                    f"a chat must end in a user turn, this one ends in {last['role']!r}: drop the turns after it"
                )
            item.earlier, given = list(given[:-1]), last["content"]
        if not isinstance(given, str):
            raise InputError(f"an instruction must be text or a chat, it is {type(given).__name__} {given!r:.80}")
        edges = _EDGES.match(given)
        assert edges is not None
        before, text, after = edges.groups()
        if not text:
            raise InputError(f"an instruction must not be empty, it is {given!r:.80}")
        if lone := _LONE_SURROGATE.search(given):
            raise InputError(f"an instruction must be text, it has half a character ({lone[0]!r}): {given!r:.80}")
        item.instruction, item.edges = text, (before, after)

    def _messages(self, item: _Item) -> list[Message]:
        raise NotImplementedError

    def _token_ids(self, messages: list[Message], template: str | None) -> list[int]:
        """Render and tokenise. The model's special tokens are plain text inside a message, not the end of a turn."""
        return literal_token_ids(
            messages,
            render=lambda turns: self._render(turns, template),
            tokenize=self._plain_ids,
            special_tokens=self._special_tokens,
        )

    def _plain_ids(self, text: str, **options: Any) -> list[int]:
        # `verbose=False`: no warning about the length, an error of ours follows.
        return list(self.tokenizer(text, add_special_tokens=False, verbose=False, **options)["input_ids"])

    def _render(self, messages: list[Message], template: str | None) -> str:
        try:
            return str(
                self.tokenizer.apply_chat_template(
                    messages, chat_template=template, add_generation_prompt=True, tokenize=False
                )
            )
        except Exception as error:  # templates raise what they like, for example for roles they do not know
            raise InputError(f"the chat template cannot render this chat: {error}") from error

    def _collate(self, batch: list[_Item]) -> dict[str, torch.Tensor]:
        """Pad on the left: (batch, longest prompt) ids and mask."""
        width = max(len(item.token_ids) for item in batch)
        pad = self._pad_token_id()
        ids = torch.tensor([[pad] * (width - len(item.token_ids)) + item.token_ids for item in batch])
        lengths = torch.tensor([len(item.token_ids) for item in batch]).unsqueeze(1)
        return {"input_ids": ids, "attention_mask": (torch.arange(width) >= width - lengths).long()}

    def _pad_token_id(self) -> int:
        # Padding is masked, so any id will do for a model that has none of its own.
        candidates = (self.tokenizer.pad_token_id, self.tokenizer.eos_token_id, 0)
        return next(token for token in candidates if token is not None)

    def _forward(
        self,
        input_tensors: dict[str, torch.Tensor],
        *,
        batch: list[_Item],
        max_growth: float = 4.0,
        **generate_kwargs: Any,
    ) -> dict[str, Any]:
        """Generate; `sequences` is a list of (candidates, new tokens), one for each row."""
        rows, width = input_tensors["input_ids"].shape
        wanted = math.ceil(min(max_growth, self._context) * max(item.copy_tokens for item in batch))
        defaults = {
            "pad_token_id": self._pad_token_id(),
            "max_new_tokens": min(max(wanted, _LEAST_NEW_TOKENS), self._context - width),
        }
        if rows == 1 and self._can_look_up(generate_kwargs):
            defaults["prompt_lookup_num_tokens"] = _LOOKED_UP
        settings = _generation_settings(defaults, generate_kwargs)
        loops = Loops(input_tensors["input_ids"])
        stops = [*settings.get("stopping_criteria", ())]
        if not self._has_beams(settings):  # which change places
            stops += [loops, self._complete(batch, width)]
        if seconds := settings.pop("max_time", None):
            stops.append(Deadline(seconds))
        settings["stopping_criteria"] = StoppingCriteriaList(stops)
        # The tokenizer is for stop strings, wherever they are set.
        output = self.model.generate(**input_tensors, tokenizer=self.tokenizer, **settings)
        tokens = (output if isinstance(output, torch.Tensor) else output.sequences)[:, width:]
        if "prompt_lookup_num_tokens" in settings and loops.ended:
            tokens = tokens[:, : loops.ended[0]]
        return {"sequences": list(tokens.reshape(rows, -1, tokens.shape[1]))}

    def _complete(self, batch: list[_Item], width: int) -> Complete:
        ends = [functools.partial(is_complete, instruction=item.instruction) for item in batch]
        return Complete(width, OUTPUT_END, self._text, ends)

    def _text(self, tokens: Any) -> str:
        return str(self.tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def _can_look_up(self, generate_kwargs: dict[str, Any]) -> bool:
        """Say whether looking up tokens gives the very same text: not with sampling, coarse numbers, stop strings."""
        asked = {name for name, value in _given(**generate_kwargs).items() if _GREEDY.get(name) != value}
        config = self.model.generation_config
        return (
            asked <= _LIMITS
            and self._cache_can_shrink
            and self.model.dtype == torch.float32
            and not (config.stop_strings or config.cache_implementation or config.prompt_lookup_num_tokens)
            and config.num_return_sequences in (None, 1)
            and config.use_cache is not False
        )

    def _has_beams(self, settings: dict[str, Any]) -> bool:
        config = settings.get("generation_config", self.model.generation_config)
        return (settings.get("num_beams") or config.num_beams or 1) > 1

    def postprocess(
        self, model_outputs: _Item, *, sequences: torch.Tensor, guard: str = "fallback", max_growth: float = 4.0
    ) -> dict[str, Any]:
        """Read the answers, check them and make the record."""
        item = model_outputs
        answers = [complete_part(self._text(tokens), item.instruction) for tokens in sequences]
        judged = [
            read_answer(item.instruction, OUTPUT_OPENING + answer, guard=guard, max_growth=max_growth)
            for answer in answers
        ]
        refined, failures = next((pair for pair in judged if not pair[1]), judged[0])
        if failures and guard == "fallback":
            refined = item.instruction
        same = refined.strip() == item.instruction
        record = _record(
            item,
            refined=item.instruction if same else refined,
            reason="; ".join(failures) if failures else ("already clear" if same else None),
        )
        if len(judged) > 1:
            record["candidates"] = [text for text, _ in judged]
        return record

    def save_pretrained(self, save_directory: str | os.PathLike[str], **kwargs: Any) -> None:
        """Write model, tokenizer, the chat template in use and the pipeline's own code (`custom_pipelines`)."""
        config, tokenizer = self.model.generation_config, self.tokenizer
        kept = tokenizer.chat_template, config.stop_strings
        tokenizer.chat_template = self._preprocess_params.get("chat_template", tokenizer.chat_template)
        config.stop_strings = self._forward_params.get("stop_strings", config.stop_strings)
        try:
            super().save_pretrained(save_directory, **kwargs)
        finally:
            tokenizer.chat_template, config.stop_strings = kept
        if not hasattr(self, "_registered_impl") and getattr(self.model.config, "custom_pipelines", None):
            # transformers writes the code of registered classes only; this one came out of a model repository itself.
            custom_object_save(self, save_directory)


class PAlignerPipeline(_InstructionPipeline):
    """Refine instructions in one pass (task `"instruction-refinement"`; paper §4.2, Fig. 10).

    ```python
    refine = pipeline("instruction-refinement", model=p_aligner.miniature("p-aligner"))
    refine("tell me about inflation")
    # {"instruction": ..., "refined_instruction": ..., "changed": True, "reason": None}
    ```

    A call takes one instruction or many: a string, a chat that ends in a user turn (it comes back with that turn
    refined), a row with the column `instruction`, or any iterable of these. What has a length comes back as a list,
    anything else as a lazy iterator in constant memory. Decoding is greedy unless told otherwise (§5.3).

    Args (of the call, or of `pipeline(...)` as defaults):
        batch_size (`int`, *optional*, defaults to 1):
            Instructions generated at once; those of like length go together, the order of the records stays.
        guard (`str`, *optional*, defaults to `"fallback"`):
            `"fallback"`: a refinement that fails a check is replaced by the original. `"report"`: it stays, `reason`
            lists the failed checks. `"off"`: no checks.
        max_growth (`float`, *optional*, defaults to 4.0):
            A refinement may have at most max(60, `max_growth` x the original) words.
        on_error (`str`, *optional*, defaults to `"raise"`):
            `"record"`: an input that cannot be refined comes back as it was, with `error`; the others go on.
        context (`bool`, *optional*, defaults to `False`):
            Also show the model the earlier turns of a chat. The shipped models were not trained on it.
        chat_template (`str` or `PathLike`, *optional*):
            Jinja file to use in place of the model's own template.
        **generate_kwargs:
            Passed on to `generate`. With `num_return_sequences > 1` the first candidate that passes the guard is used,
            and `candidates` holds all of them.

    Returns:
        `dict` with `instruction` and `refined_instruction` (of the input's form), `changed` and `reason` (why nothing
        changed, or the failed checks), or a list or iterator of them.

    Raises:
        InputError: an input or option cannot be used; the message names the item's index.
        ContextOverflow: an instruction does not fit the model.
    """

    def _messages(self, item: _Item) -> list[Message]:
        return refine_messages(item.instruction)


class SinglePORewriter(_InstructionPipeline):
    """Rewrite instructions by one principle (task `"instruction-rewriting"`; paper §4.2, Fig. 9).

    As [`PAlignerPipeline`], and:

    Args (of the call, or of `pipeline(...)` as defaults):
        principle (`str` or `Principle`):
            Which direction to rewrite in. A row's own column `principle` goes first.
        pack (`PrinciplePack` or path of a YAML file, *optional*, defaults to the paper's ten):
            Where principles are looked up by name.

    Returns:
        The record of `PAlignerPipeline` and `principle`, the principle's name.

    Raises:
        PrincipleError: the principle is missing or unknown; the message lists the known ones.
    """

    def _sanitize_parameters(
        self,
        *,
        principle: str | Principle | None = None,
        pack: PrinciplePack | str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        preprocess, forward, postprocess = super()._sanitize_parameters(**options)
        if isinstance(pack, str | os.PathLike):
            pack = load_pack(Path(pack))
        if principle is not None:
            kept = getattr(self, "_preprocess_params", {})  # not there yet when `pipeline(...)` passes its options
            principle = _principle(principle, pack or kept.get("pack", PAPER_PRINCIPLES))
        return {**preprocess, **_given(principle=principle, pack=pack)}, forward, postprocess

    def _read(
        self,
        item: _Item,
        *,
        principle: Principle | None = None,
        pack: PrinciplePack = PAPER_PRINCIPLES,
        **options: Any,
    ) -> None:
        own = item.given.get("principle") if isinstance(item.given, Mapping) else None
        super()._read(item, **options)
        chosen = principle if own is None else own
        if chosen is None:
            names = ", ".join(known.name for known in pack)
            raise PrincipleError(f"rewriting needs a principle: pass principle=..., one of {names}")
        item.principle = _principle(chosen, pack)

    def _messages(self, item: _Item) -> list[Message]:
        assert item.principle is not None
        return rewrite_messages(item.instruction, item.principle)


def register() -> None:
    """Make both tasks known to `transformers.pipeline`."""
    # No `default=` model: transformers would write its path into every saved config.
    for task, pipeline_class in (
        ("instruction-refinement", PAlignerPipeline),
        ("instruction-rewriting", SinglePORewriter),
    ):
        PIPELINE_REGISTRY.register_pipeline(
            task, pipeline_class=pipeline_class, pt_model=AutoModelForCausalLM, type="text"
        )


def _given(**options: Any) -> dict[str, Any]:
    """Keep the options that were given: defaults live in the signatures that use them."""
    return {name: value for name, value in options.items() if value is not None}


def _one_of(name: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise InputError(f"{name} must be one of {', '.join(map(repr, allowed))}, it is {value!r}")


def _read_template(path: str | os.PathLike[str]) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"chat_template {str(path)!r} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"chat_template {str(path)!r} is not UTF-8 text: {error.reason}") from error


def _principle(principle: Any, pack: PrinciplePack) -> Principle:
    if isinstance(principle, str):
        return pack[principle]
    if not isinstance(principle, Principle):
        raise PrincipleError(f"a principle must be a name or a Principle, it is {principle!r:.80}")
    return principle


def _generation_settings(defaults: dict[str, Any], generate_kwargs: dict[str, Any]) -> dict[str, Any]:
    """Fill in what the caller left open; a `generation_config` and keyword arguments are not mixed."""
    generate_kwargs = _given(**generate_kwargs)
    config = generate_kwargs.get("generation_config")
    if config is None:
        if not generate_kwargs.get("do_sample"):
            defaults = {**defaults, **_GREEDY}
        if "max_length" in generate_kwargs:
            del defaults["max_new_tokens"]
        return {**defaults, **generate_kwargs}
    config = copy.deepcopy(config)
    if not config.do_sample:
        defaults = {**defaults, **_GREEDY}
    if config.max_length not in (None, _MAX_LENGTH_UNSET):
        del defaults["max_new_tokens"]
    config.update(**{name: value for name, value in defaults.items() if getattr(config, name, None) is None})
    return {**generate_kwargs, "generation_config": config}


def _each(inputs: Any) -> Iterator[Any]:
    """Iterate over what can be iterated or counted and indexed (a torch `Dataset` need not say where it ends)."""
    if hasattr(inputs, "iterrows"):
        raise InputError("a DataFrame iterates over its column names: pass frame['instruction'] or its records")
    if hasattr(inputs, "__iter__"):
        yield from inputs
    else:
        for index in range(len(inputs)):
            yield inputs[index]


def windows(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Cut items into lists of `size`. When one cannot be had, those before it come out first."""
    items = iter(items)
    failure: Exception | None = None
    while failure is None:
        window: list[Any] = []
        try:
            for item in itertools.islice(items, size):
                window.append(item)  # not `extend`: what came before an error has to stay
        except Exception as error:  # of an input or of the iterable itself
            failure = error
        if window:
            yield window
        if failure is None and len(window) < size:
            return
    raise failure


def _is_chat(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) > 0
        and isinstance(value[0], Mapping)
        and "role" in value[0]
        and "content" in value[0]
    )


def _is_one_instruction(inputs: Any) -> bool:
    is_many = hasattr(inputs, "__iter__") or hasattr(inputs, "__getitem__")
    return isinstance(inputs, str | bytes | Mapping) or _is_chat(inputs) or not is_many


def _checked_turn(turn: Any) -> Message:
    if not isinstance(turn, Mapping) or not isinstance(turn.get("role"), str):
        raise InputError(f"every turn of a chat needs a role and a content, this one is {turn!r:.80}")
    if not isinstance(turn.get("content"), str):
        raise InputError(f"the content of a {turn['role']!r} turn must be text, it is {turn.get('content')!r:.80}")
    return {"role": turn["role"], "content": turn["content"]}


def read_answer(instruction: str, answer: str, *, guard: str, max_growth: float) -> tuple[str, list[str]]:
    """Return the refinement in `answer` and the checks it fails; the answer itself when it cannot be parsed."""
    try:
        refined = parse_refined(answer)
    except ParseError as error:
        return answer.removeprefix(OUTPUT_OPENING).strip(), [] if guard == "off" else [f"unparsable: {error}"]
    if guard == "off":
        return refined, []
    if any(refined.count(marker) > instruction.count(marker) for marker in _MARKERS):
        return refined, ["unparsable: the answer has more than one optimized prompt"]
    return refined, failed_checks(instruction, refined, max_growth=max_growth)


def _record(item: _Item, *, refined: str, reason: str | None) -> dict[str, Any]:
    changed = refined != item.instruction
    record = {
        "instruction": item.given,
        "refined_instruction": _in_place(item, refined) if changed else item.given,
        "changed": changed,
        "reason": reason,
    }
    if item.principle:
        record["principle"] = item.principle.name
    return record


def _error_record(item: _Item) -> dict[str, Any]:
    return {**_record(item, refined=item.instruction, reason="error"), "error": str(item.error)}


def _in_place(item: _Item, refined: str) -> Any:
    """Give `refined` the form of the input: its white space, and the turns before it."""
    given = item.given
    refined = refined.join(item.edges)
    if isinstance(given, str):
        return refined
    return [*given[:-1], {**given[-1], "content": refined}]
