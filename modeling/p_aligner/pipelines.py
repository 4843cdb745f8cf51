"""The transformers pipelines: refine an instruction, rewrite it by one principle. Copied into model repositories."""

import contextlib
import difflib
import inspect
import itertools
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from transformers import (
    AutoModelForCausalLM,
    GenerationConfig,
    GenerationMixin,
    Pipeline,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.dynamic_module_utils import custom_object_save
from transformers.pipelines import PIPELINE_REGISTRY

from .errors import InputError, KitError
from .generation import Writer
from .guard import MAX_GROWTH
from .instructions import (
    FOLLOW_UP,
    Instruction,
    Record,
    error_record,
    is_chat,
    left_alone,
    principle_of,
    read_instruction,
    record_of,
)
from .principles import PAPER_PRINCIPLES, Principle, PrinciplePack, load_pack
from .stopping import Answer
from .tokens import ChatTokenizer, read_template


# Base models without a chat template get the paper's plain-text turns, and stop where the model begins the next one.
_PLAIN_TEMPLATE = Path(__file__).parent / "templates" / "user-assistant.jinja"
_PLAIN_STOPS = ["[User]", "[Assistant]"]
_OPTIONS = ("batch_size", "guard", "max_growth", "on_error", "context", "chat_template", "principle", "pack")
# Batches are formed inside windows of this many batches: long enough that lengths pair up, short enough for streams.
_WINDOW_BATCHES = 4

Asked = tuple[Instruction, Answer | None]  # an answer only where the model is asked
Parameters = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]  # of preprocess, forward and postprocess


class _InstructionPipeline(Pipeline):
    """What both tasks share: inputs, batches, generation, guard and records."""

    _load_tokenizer = None  # optional for the loader, so that the error for a missing one is ours
    _load_processor = False
    _load_image_processor = False
    _load_video_processor = False
    _load_feature_extractor = False
    is_by_principle = False

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.tokenizer is None:
            source = getattr(self.model, "name_or_path", "") or "the model"
            raise InputError(f"{source} has no tokenizer that can be loaded: pass tokenizer=...")
        if self.tokenizer.chat_template is None and "chat_template" not in self._preprocess_params:
            self._preprocess_params["chat_template"] = read_template(_PLAIN_TEMPLATE)
            self._forward_params.setdefault("stop_strings", _PLAIN_STOPS)

    def _sanitize_parameters(
        self,
        *,
        guard: str | None = None,
        max_growth: float | None = None,
        on_error: str | None = None,
        context: bool | None = None,
        chat_template: str | os.PathLike[str] | None = None,
        **generate_kwargs: Any,
    ) -> Parameters:
        _one_of("guard", guard, ("fallback", "report", "off"))
        _one_of("on_error", on_error, ("raise", "record"))
        if max_growth is not None and not (isinstance(max_growth, int | float) and max_growth > 0):
            raise InputError(f"max_growth must be a positive number, it is {max_growth!r}")
        self._refuse_unknown(generate_kwargs)
        template = None if chat_template is None else read_template(chat_template)
        preprocess = _given(on_error=on_error, context=context, chat_template=template, max_growth=max_growth)
        return preprocess, generate_kwargs, _given(guard=guard, max_growth=max_growth)

    def _refuse_unknown(self, generate_kwargs: dict[str, Any]) -> None:
        # Wrappers such as PeftModel hide the parameters of generate(), hence the signature of the original.
        known = {*vars(GenerationConfig()), *inspect.signature(GenerationMixin.generate).parameters}
        for name in generate_kwargs:
            if name not in known:
                close = difflib.get_close_matches(name, [*_OPTIONS, *known], n=1)
                hint = f", did you mean {close[0]!r}?" if close else ""
                raise InputError(f"{name!r} is neither an option of this pipeline nor an argument of generate(){hint}")

    def __call__(
        self, inputs: Any, *, batch_size: int | None = None, num_workers: int | None = None, **options: Any
    ) -> Any:
        # `num_workers` is part of every pipeline's call; reading the inputs is too little work to share out.
        if _is_one_instruction(inputs):
            (record,) = self.stream([inputs], batch_size=1, **options)
            return record
        records = self.stream(inputs, batch_size=batch_size or self._batch_size or 1, **options)
        return list(records) if hasattr(inputs, "__len__") else records

    def stream(
        self, inputs: Iterable[Any], *, batch_size: int, called: str = "item", first: int = 0, **options: Any
    ) -> Iterator[Record]:
        """Yield one record for each input, in order; hold one window of them at a time.

        `called` is how errors name an input (`""`: not at all), `first` the number of the first.
        """
        preprocess, forward, postprocess = self._sanitize_parameters(**options)
        kept = self._forward_params
        if "chat_template" in preprocess and "stop_strings" not in forward:  # they belong to the one that is replaced
            kept = {name: value for name, value in kept.items() if name != "stop_strings"}
        parameters = (
            {**self._preprocess_params, **preprocess},
            {**kept, **forward},
            {**self._postprocess_params, **postprocess},
        )
        return self._records(inputs, batch_size, f"{called} {{}}: " if called else "", first, parameters)

    def _records(
        self, inputs: Iterable[Any], batch_size: int, name: str, first: int, parameters: Parameters
    ) -> Iterator[Record]:
        preprocess = parameters[0]
        fails = preprocess.pop("on_error", "raise") == "raise"
        # Made anew, because model and tokenizer of a pipeline may be replaced.
        writer = Writer(self.model, ChatTokenizer(self.tokenizer))

        def asked() -> Iterator[Asked]:
            for number, given in enumerate(_each(inputs), first):
                item, answer = self.preprocess(given, writer=writer, **preprocess)
                if item.error is not None:
                    item.error = type(item.error)(name.format(number) + str(item.error))
                    if fails:
                        raise item.error
                yield item, answer

        for window in windows(asked(), batch_size * _WINDOW_BATCHES):
            yield from self._refined(window, batch_size, writer, parameters)

    def _refined(
        self, window: list[Asked], batch_size: int, writer: Writer, parameters: Parameters
    ) -> Iterator[Record]:
        """Refine a window in batches of like length; what is finished when generation fails is not lost."""
        _, forward, postprocess = parameters
        records: dict[int, Record] = {}
        waiting: list[tuple[int, Answer]] = []
        for place, (item, answer) in enumerate(window):
            if answer is None:
                records[place] = error_record(item, str(item.error))
            elif item.is_follow_up and postprocess.get("guard") != "off":
                records[place] = left_alone(item, FOLLOW_UP)
            else:
                waiting.append((place, answer))
        waiting.sort(key=lambda each: len(each[1].prompt))
        failure: BaseException | None = None
        try:
            for start in range(0, len(waiting), batch_size):
                batch = waiting[start : start + batch_size]
                written = self.forward([answer for _, answer in batch], writer=writer, **forward)
                for (place, _), candidates in zip(batch, written, strict=True):
                    records[place] = self.postprocess(
                        window[place][0], answers=[(writer.text(one), one.reason) for one in candidates], **postprocess
                    )
        except BaseException as error:
            failure = error
        for place in range(len(window)):
            if place not in records:
                break
            yield records[place]
        if failure is not None:
            raise failure

    def preprocess(
        self,
        input_: Any,
        *,
        writer: Writer,
        max_growth: float = MAX_GROWTH,
        chat_template: str | None = None,
        **options: Any,
    ) -> Asked:
        """Read and tokenise one input. An error is kept in it, so that the others can go on."""
        item = read_instruction(input_, by_principle=self.is_by_principle, **options)
        try:
            if item.error is None:
                answer = writer.begin(item.messages, refines=item.text, max_growth=max_growth, template=chat_template)
                return item, answer
        except KitError as error:
            item.error = error
        return item, None

    def _forward(self, answers: list[Answer], *, writer: Writer, **generate_kwargs: Any) -> list[list[Answer]]:
        return writer.answer(answers, generate_kwargs)

    def postprocess(self, model_outputs: Instruction, *, answers: list[tuple[str, str]], **options: Any) -> Record:
        return record_of(model_outputs, answers, **options)

    def save_pretrained(self, save_directory: str | os.PathLike[str], **kwargs: Any) -> None:
        """Write model, tokenizer, the chat template in use, the pipeline's code (`custom_pipelines`) and a card."""
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
        card = Path(save_directory, "README.md")
        if not card.exists() or "huggingface.co/None" in card.read_text(encoding="utf-8", errors="replace"):
            task = "instruction-rewriting" if self.is_by_principle else "instruction-refinement"
            card.write_text(_card(task, self.tokenizer.name_or_path, self.model.name_or_path), encoding="utf-8")


class PAlignerPipeline(_InstructionPipeline):
    """Refine instructions in one pass (task `"instruction-refinement"`; paper §4.2, Fig. 10).

    ```python
    refine = pipeline("instruction-refinement", model=p_aligner.pretrained("p-aligner"))
    refine("tell me about inflation")
    # {"instruction": ..., "refined_instruction": ..., "changed": True, "reason": None}
    ```

    A call takes one instruction or many: a string, a chat that ends in a user turn (it comes back with that turn
    refined), a row with the column `instruction`, or any iterable of these. What has a length comes back as a list,
    anything else as a lazy iterator in constant memory. Decoding is greedy unless told otherwise (§5.3).

    Args (of the call, or of `pipeline(...)` as defaults):
        batch_size (1): instructions generated at once; those of like length go together, the records stay in order.
        guard ("fallback"): a refinement that fails a check is replaced by the original. "report": it stays, `reason`
            lists the failed checks. "off": no checks.
        max_growth (4.0): a refinement may have at most max(60, `max_growth` x the original) words.
        on_error ("raise"): "record": an input that cannot be refined comes back with `error`, and the others go on.
        context (False): also show the model the earlier turns of a chat. The shipped models were not trained on it.
        chat_template: Jinja file to use in place of the model's own template.
        **generate_kwargs: passed on to `generate`. With `num_return_sequences > 1` the first candidate that passes the
            guard is used, and `candidates` holds all of them.

    Returns:
        `dict` with `instruction` and `refined_instruction` (of the input's form), `changed` and `reason` (why nothing
        changed, or the failed checks), or a list or iterator of them.

    Raises:
        InputError: an input or option cannot be used; the message names the item's index.
        ContextOverflow: an instruction does not fit the model.
    """


class SinglePORewriter(_InstructionPipeline):
    """Rewrite instructions by one principle (task `"instruction-rewriting"`; paper §4.2, Fig. 9).

    As [`PAlignerPipeline`], and:

    Args (of the call, or of `pipeline(...)` as defaults):
        principle: which direction to rewrite in. A row's own column `principle` goes first.
        pack (the paper's ten): where principles are looked up by name; also the path of a YAML file.

    Returns:
        The record of `PAlignerPipeline` and `principle`, the principle's name.

    Raises:
        PrincipleError: the principle is missing or unknown; the message lists the known ones.
    """

    is_by_principle = True

    def _sanitize_parameters(
        self,
        *,
        principle: str | Principle | None = None,
        pack: PrinciplePack | str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> Parameters:
        preprocess, forward, postprocess = super()._sanitize_parameters(**options)
        if isinstance(pack, str | os.PathLike):
            pack = load_pack(Path(pack))
        if principle is not None:
            kept = getattr(self, "_preprocess_params", {})  # not there yet when `pipeline(...)` passes its options
            principle = principle_of(principle, pack or kept.get("pack", PAPER_PRINCIPLES))
        return {**preprocess, **_given(principle=principle, pack=pack)}, forward, postprocess


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


def _card(task: str, *sources: str) -> str:
    """Write a model card that claims nothing, with the licence and the base that the saved model's folder names."""
    known: dict[str, Any] = {}
    for folder in [Path(source) for source in sources if source]:
        with contextlib.suppress(OSError, ValueError, TypeError, LookupError, yaml.YAMLError):  # none, or broken
            text = (folder / "README.md").read_text(encoding="utf-8-sig")
            known = {**yaml.safe_load(text.split("---")[1]), **known}
        if not folder.is_dir():
            known.setdefault("base_model", folder.as_posix())
    named, license = known.get("base_model"), known.get("license")
    bases = [str(name) for name in (named if isinstance(named, list) else [named])]
    bases = [name for name in bases if name != "None" and not Path(name).exists()]  # nor what is on this machine only
    head = {name: value for name, value in (("license", license), ("base_model", bases)) if value}
    head |= {"library_name": "transformers", "pipeline_tag": "text-generation", "tags": ["p-aligner", task]}
    made_from = f"Made from {', '.join(bases)}. " if bases else ""
    made_from += f"Licence: {license or 'not known, see that of the base'}."
    return f"""---
{yaml.safe_dump(head, sort_keys=False)}---

# Made for the task {task}

By the method of [P-Aligner](https://arxiv.org/abs/2508.04626). {made_from} Nothing was measured for this card.

```python
pipeline("{task}", model="WHERE THIS LIES", trust_remote_code=True)("tell me about inflation")
```
"""


def _given(**options: Any) -> dict[str, Any]:
    """Keep the options that were given: defaults live in the signatures that use them."""
    return {name: value for name, value in options.items() if value is not None}


def _one_of(name: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise InputError(f"{name} must be one of {', '.join(map(repr, allowed))}, it is {value!r}")


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


def _is_one_instruction(inputs: Any) -> bool:
    is_many = hasattr(inputs, "__iter__") or hasattr(inputs, "__getitem__")
    return isinstance(inputs, str | bytes | Mapping) or is_chat(inputs) or not is_many
