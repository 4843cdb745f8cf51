"""Language models behind one call: in this process, on a server, or scripted. Knows nothing of instructions or trees.

torch and transformers are imported when a model is loaded, so recipes can be read without them.
"""

import asyncio
import hashlib
import inspect
import os
import random
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, cast

from pydantic import Field

from .. import chat_template, miniature
from ..batching import Batcher, Item, Result
from ..errors import BackendError, ContextOverflow, InputError
from ..hub import require_reachable
from ..prompts import CHAT_HEAD, CHAT_MIDDLE, REFINE_HEAD, REFINE_TAIL, Message, literal_token_ids, render_refined
from ..recipe import Section


if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of a model.

    The token counts of one call's replies add up to what the call used: the prompt counts once, on the first reply,
    and a server that only tells the sum of the answers' tokens has it there, too.

    Args:
        finish_reason (`str`):
            `"stop"` (the model ended), `"length"` (a limit cut it off), `"content_filter"` (the server or the model
            refused; the text may be empty), or whatever else a server says.
    """

    text: str
    prompt_tokens: int
    completion_tokens: int
    finish_reason: str


class Backend(Protocol):
    """A chat model."""

    settings: dict[str, Any]
    """What the answers depend on: part of a run's fingerprint. Holds neither secrets nor addresses."""

    async def chat(self, messages: list[Message], *, n: int = 1, seed: int | None = None) -> list[Reply]:
        """Answer a chat `n` times.

        The same messages, `n` and `seed` give the same texts where the model is in this process; a server does what it
        can. Without a seed every call is another draw.

        Raises:
            InputError: this request cannot be answered, for example because it is too long; others can.
            BackendError: the model could not be reached or failed, also after retries.
        """

    async def close(self) -> None:
        """Free the model; what still waits fails."""


class LocalSettings(Section):
    """A model in this process.

    Args:
        model (`str`):
            Folder or Hub name; `miniature/NAME` is an embedded one.
        revision (`str`, *optional*):
            Revision of a Hub model.
        chat_template (`str`, *optional*):
            Jinja file, or the name of a template of ours (`user-assistant`), in place of the model's own.
        dtype (`str`):
            Of the weights; `"auto"` is what the model's config says.
        device (`str`, *optional*):
            By default the first accelerator, else the CPU.
        batch_size, batch_tokens (`int`):
            Most texts of a batch, and most tokens: padding and room for answers count.
        threads (`int`):
            Of the processor for this model, when it runs there.
    """

    model: str
    revision: str | None = None
    chat_template: str | None = None
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    device: str | None = Field(default=None, exclude=True)
    batch_size: int = Field(default=64, ge=1, exclude=True)
    batch_tokens: int = Field(default=65_536, ge=1, exclude=True)
    threads: int = Field(default=1, ge=1, exclude=True)


class _Sampling(Section):
    max_new_tokens: int = Field(default=512, ge=1)
    temperature: float = Field(default=1.0, ge=0)
    top_p: float = Field(default=1.0, gt=0, le=1)
    stop: tuple[str, ...] = ()


class TransformersSettings(LocalSettings, _Sampling):
    """A causal language model in this process.

    Args:
        max_new_tokens, temperature, top_p:
            Of sampling; temperature 0 takes the likeliest token.
        stop (`tuple` of `str`):
            Texts at which an answer ends; they are not part of it.
    """

    backend: Literal["transformers"]


class EndpointSettings(_Sampling):
    """A model behind any OpenAI-compatible chat server.

    Args:
        model (`str`):
            The name the server knows it by.
        base_url (`str`):
            Up to and including `/v1`.
        api_key_env (`str`, *optional*):
            Name of the environment variable that holds the key.
        extra_body (`dict`):
            More fields of the request, for what only this server understands.
        concurrency (`int`):
            Most calls under way at once.
        timeout_s (`float`):
            Longest wait for one answer, in seconds.
        retries (`int`):
            Most repetitions of a failed call.
        backoff_s (`float`):
            First wait before a repetition, in seconds; it doubles each time, with jitter.
    """

    backend: Literal["endpoint"]
    model: str
    base_url: str = Field(pattern="^https?://", exclude=True)
    api_key_env: str | None = Field(default=None, exclude=True)
    extra_body: dict[str, Any] = Field(default_factory=dict)
    concurrency: int = Field(default=64, ge=1, exclude=True)
    timeout_s: float = Field(default=120.0, gt=0, exclude=True)
    retries: int = Field(default=10, ge=0, exclude=True)
    backoff_s: float = Field(default=1.0, ge=0, exclude=True)


class ScriptedSettings(Section):
    """No model at all: answers by rule, see [`play_along`].

    Args:
        seconds (`float`):
            How long a call takes.
    """

    backend: Literal["scripted"]
    seconds: float = Field(default=0.0, ge=0, exclude=True)


BackendSettings = Annotated[TransformersSettings | EndpointSettings | ScriptedSettings, Field(discriminator="backend")]


_ADDITIONS = (
    "Explain each step.",
    "Give a short example.",
    "Name your sources.",
    "Answer in plain words.",
    "Say what could go wrong.",
    "End with a summary.",
    "Mention who it concerns.",
    "Compare at least two options.",
)
_WORDS = "the answer is short and clear so it names what matters first then why with one example and a limit".split()


def play_along(messages: list[Message], rng: random.Random) -> str:
    """Answer as a model would in form: asked to optimise an instruction it adds a sentence, otherwise it chatters."""
    asked = messages[-1]["content"]
    if asked.startswith(REFINE_HEAD):
        return render_refined(_with_addition(asked.removeprefix(REFINE_HEAD).rpartition(REFINE_TAIL)[0], rng))
    if asked.startswith(CHAT_HEAD):
        return _with_addition(asked.removeprefix(CHAT_HEAD).rpartition(CHAT_MIDDLE)[0], rng)
    return " ".join(rng.choices(_WORDS, k=rng.randint(4, 40)))


def _with_addition(instruction: str, rng: random.Random) -> str:
    new = [addition for addition in _ADDITIONS if addition not in instruction]
    return f"{instruction} {rng.choice(new)}" if new else instruction


class ScriptedBackend:
    """Answers by a Python function: for tests, examples and rehearsals. Tokens are words.

    Args:
        reply (`Callable[[list[Message], random.Random], str]`):
            Gives an answer to a chat; it may raise. The generator is drawn from messages, seed and sample, so the same
            request has the same answers.
        seconds (`float`):
            How long a call takes, as a server would; calls do not wait for each other.
    """

    def __init__(
        self, reply: Callable[[list[Message], random.Random], str] = play_along, *, seconds: float = 0.0
    ) -> None:
        self.settings = {"backend": "scripted", "reply": reply.__qualname__}
        self._reply = reply
        self._seconds = seconds

    async def chat(self, messages: list[Message], *, n: int = 1, seed: int | None = None) -> list[Reply]:
        await asyncio.sleep(self._seconds)
        prompt_tokens = sum(len(message["content"].split()) for message in messages)
        replies = []
        for sample in range(n):
            text = self._reply(messages, random.Random(f"{seed} {sample} {messages}"))
            replies.append(Reply(text, 0 if sample else prompt_tokens, len(text.split()), "stop"))
        return replies

    async def close(self) -> None:
        pass


_WEIGHTS = ("model", "revision", "dtype", "device")  # the settings that decide which ones there are, and where


class LocalModel:
    """A model of this process with its tokenizer and chat template.

    The tokenizer may only be used in the thread of the event loop: it is not made for two at once.

    Args:
        kind (`type`):
            A class of transformers with `from_pretrained`, for example `AutoModelForCausalLM`.
        settings ([`LocalSettings`]):
            Which model, and how.
        like ([`LocalModel`], *optional*):
            One of this kind that is loaded: if it is the same model, its weights serve both.

    Raises:
        InputError: the model cannot be loaded or has no chat template.
    """

    def __init__(self, kind: Any, settings: LocalSettings, *, like: "LocalModel | None" = None) -> None:
        import torch
        from transformers import AutoTokenizer

        self.settings = settings
        name = settings.model
        self.path = miniature(name.removeprefix("miniature/")) if name.startswith("miniature/") else name
        require_reachable(self.path, settings.revision)
        # Remote code is never run: what we load has a class in transformers.
        which = {"revision": settings.revision, "trust_remote_code": False}
        try:
            self.device = torch.device(settings.device) if settings.device else first_device()
            self.model: Any
            self._missing: list[str]
            if like and all(getattr(like.settings, key) == getattr(settings, key) for key in _WEIGHTS):
                self.model, self._missing, self.device = like.model, like._missing, like.device
            else:
                model, found = kind.from_pretrained(self.path, dtype=settings.dtype, output_loading_info=True, **which)
                self.model, self._missing = model.to(self.device).eval(), sorted(found["missing_keys"])
            self.tokenizer = AutoTokenizer.from_pretrained(self.path, **which)
        except (OSError, ValueError, RuntimeError, AssertionError) as error:  # what transformers and torch raise here
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise InputError(f"the model {name!r} cannot be loaded: {reason}") from error
        self._template = _read_template(settings.chat_template) if settings.chat_template else None
        if self._template is None and self.tokenizer.chat_template is None:
            raise InputError(
                f"the model {name!r} has no chat template, so it answers no chats; choose a chat model, or set "
                "chat_template, to user-assistant for example"
            )
        limits = [getattr(self.model.config.get_text_config(), "max_position_embeddings", None)]
        limits.append(self.tokenizer.model_max_length)
        self.context = min(limit for limit in limits if limit is not None)
        self._special_tokens = [
            token.content for token in self.tokenizer.added_tokens_decoder.values() if token.special
        ]
        # Padding is masked, so any id will do, but for classifiers the one that their head was trained to step over.
        known = (self.model.config.pad_token_id, self.tokenizer.pad_token_id, 0)
        self.pad_token_id = next(token for token in known if token is not None)

    def require_weights(self) -> None:
        """Make sure that nothing was left as it was drawn at random, such as a head that the files do not have.

        Raises:
            InputError: the files lack weights of this kind of model.
        """
        if self._missing:
            names = ", ".join(self._missing[:3])
            raise InputError(f"the model {self.settings.model!r} has no {names}: choose one of the right kind")

    def batcher(
        self, run: Callable[[list[Item]], Iterable[Iterable[tuple[int, Result]]]], cost: Callable[[Item], int]
    ) -> Batcher[Item, Result]:
        """Make the batcher of this model, with a thread of its own."""
        return Batcher(
            self._with_threads(run),
            cost=cost,
            most_items=self.settings.batch_size,
            most_cost=self.settings.batch_tokens,
            name=self.settings.model,
        )

    def _with_threads(self, run: Any) -> Any:
        import torch

        def in_thread(items: list[Any]) -> Any:
            # The number belongs to the thread that sets it. One each is faster than several models sharing the cores.
            if self.device.type == "cpu" and torch.get_num_threads() != self.settings.threads:
                torch.set_num_threads(self.settings.threads)
            return run(items)

        return in_thread

    def token_ids(self, messages: list[Message], *, add_generation_prompt: bool = False) -> list[int]:
        """Render a chat and tokenise it. Special tokens inside a message are plain text, not the end of a turn."""
        return literal_token_ids(
            messages,
            render=lambda turns: self._rendered(turns, add_generation_prompt),
            tokenize=self._plain_ids,
            special_tokens=self._special_tokens,
        )

    def fitting(self, ids: list[int], *, room: int = 0) -> list[int]:
        """Return the tokens if they and `room` more fit the context.

        Raises:
            ContextOverflow: they do not.
        """
        if len(ids) + room > self.context:
            raise ContextOverflow(
                f"the chat is too long: it has {len(ids)} tokens, the context of {self.settings.model!r} "
                f"{self.context}; shorten it or use a model with a longer context"
            )
        return ids

    def padded(self, texts: Iterable[Sequence[int]], *, side: str) -> tuple["torch.Tensor", "torch.Tensor"]:
        """Pad token ids on one side; return ids and mask, both (texts, longest) and on the device."""
        import torch

        rows = list(texts)
        ids = torch.full((len(rows), max(map(len, rows))), self.pad_token_id)
        mask = torch.zeros_like(ids)
        for row, text in enumerate(rows):
            place = slice(-len(text), None) if side == "left" else slice(len(text))
            ids[row, place] = torch.tensor(text)
            mask[row, place] = 1
        return ids.to(self.device), mask.to(self.device)

    def _plain_ids(self, text: str, **options: Any) -> list[int]:
        # `verbose=False`: no warning about the length, an error of ours follows.
        return list(self.tokenizer(text, add_special_tokens=False, verbose=False, **options)["input_ids"])

    def _rendered(self, messages: list[Message], add_generation_prompt: bool) -> str:
        try:
            return str(
                self.tokenizer.apply_chat_template(
                    messages,
                    chat_template=self._template,
                    add_generation_prompt=add_generation_prompt,
                    tokenize=False,
                )
            )
        except Exception as error:  # templates raise what they like, for example for roles they do not know
            raise InputError(
                f"the chat template of {self.settings.model!r} cannot render this chat: {error}"
            ) from error


def first_device() -> "torch.device":
    """Return the first accelerator, else the CPU."""
    import torch

    accelerator = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    return accelerator or torch.device("cpu")


def _read_template(name: str) -> str:
    path = Path(name if name.endswith(".jinja") else chat_template(name))
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"chat_template {name!r} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"chat_template {name!r} is not UTF-8 text: {error.reason}") from error


@dataclass
class _Sample:
    """One answer that is wanted, as far as it got."""

    prompt: list[int]
    room: int  # most new tokens
    key: str  # names its noise
    tokens: list[int] = field(default_factory=list)

    @property
    def text(self) -> tuple[int, ...]:
        return (*self.prompt, *self.tokens)


# How often an answer that is being written is looked at, in seconds; and what a tokenizer makes of its last bytes.
_GLANCE_S = 0.05
_HALF_A_CHARACTER = "\ufffd"


class TransformersBackend:
    """A causal language model in this process.

    Requests run in dynamic batches ([`Batcher`]); equal prompts are read once, answers to one prompt are written once
    until they differ, and an answer that ends leaves its batch at once. An answer is drawn by adding Gumbel noise to
    the scores of the tokens and taking the best: the noise belongs to seed, sample and step alone, so an answer is the
    same alone and in any batch, but for rare ties in the rounding of float32 (in bfloat16 they are not rare).

    Args:
        settings ([`TransformersSettings`]):
            Which model, and how.
        like ([`Backend`], *optional*):
            Another one: if it runs the same model in this process, its weights serve both.

    Raises:
        InputError: the model cannot be loaded or has no chat template.
    """

    def __init__(self, settings: TransformersSettings, *, like: Backend | None = None) -> None:
        import torch
        from transformers import AutoModelForCausalLM, StopStringCriteria

        self.settings: dict[str, Any] = settings.model_dump(mode="json")
        self._sampling = settings
        loaded = like._local if isinstance(like, TransformersBackend) else None
        self._local: LocalModel = LocalModel(AutoModelForCausalLM, settings, like=loaded)
        self._local.require_weights()
        model, tokenizer = self._local.model, self._local.tokenizer
        ends = [model.generation_config.eos_token_id, model.config.eos_token_id, tokenizer.eos_token_id]
        self._ends = {end for each in ends for end in (each if isinstance(each, list) else [each])}
        self._stops = StopStringCriteria(tokenizer, list(settings.stop)) if settings.stop else None
        self._accepted = inspect.signature(model.forward).parameters
        self._dice = torch.Generator(self._local.device)
        self._batcher = self._local.batcher(self._answer, cost=lambda sample: len(sample.prompt) + sample.room)

    async def chat(self, messages: list[Message], *, n: int = 1, seed: int | None = None) -> list[Reply]:
        """Answer a chat `n` times, see [`Backend`].

        Raises:
            ContextOverflow: the chat leaves no room for an answer.
            InputError: the chat template cannot render the chat.
        """
        draws = 1 if self._sampling.temperature == 0 else n  # greedy answers do not differ
        samples = self._samples(messages, draws, seed)
        reasons = await asyncio.gather(*map(self._batcher, samples))
        texts = [self._text(sample.tokens) for sample in samples]
        usage = [(0 if number else len(each.prompt), len(each.tokens)) for number, each in enumerate(samples)]
        replies = [Reply(text, *used, reason) for text, used, reason in zip(texts, usage, reasons, strict=True)]
        return replies + [replace(replies[0], prompt_tokens=0, completion_tokens=0)] * (n - draws)

    async def stream(self, messages: list[Message], *, seed: int | None = None) -> AsyncGenerator[str, None]:
        """Answer a chat once and yield the text so far whenever it has grown, at last all of it: the text of `chat`.

        An answer that is no longer listened to is still written to its end, in its batch.

        Raises:
            ContextOverflow, InputError: as `chat`.
        """
        (sample,) = self._samples(messages, 1, seed)
        answer = asyncio.ensure_future(self._batcher(sample))
        try:
            length, is_written = 0, False
            while not is_written:
                is_written = bool((await asyncio.wait([answer], timeout=_GLANCE_S))[0])
                if is_written:
                    await answer  # for its error
                tokens = sample.tokens[:]  # the batch goes on writing
                if len(tokens) > length:
                    length = len(tokens)
                    text = self._text(tokens)
                    yield text if is_written else text.rstrip(_HALF_A_CHARACTER)
        finally:
            answer.cancel()

    def _samples(self, messages: list[Message], n: int, seed: int | None) -> list[_Sample]:
        prompt = self._local.fitting(self._local.token_ids(messages, add_generation_prompt=True), room=1)
        room = min(self._sampling.max_new_tokens, self._local.context - len(prompt))
        seed = secrets.randbits(63) if seed is None else seed
        return [_Sample(prompt, room, f"{seed} {number}") for number in range(n)]

    def _text(self, tokens: list[int]) -> str:
        text = self._local.tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        for stop in self._sampling.stop:
            text = text.partition(stop)[0]
        return str(text)

    async def close(self) -> None:
        await self._batcher.close()

    def _answer(self, samples: list[_Sample]) -> Iterator[list[tuple[int, str]]]:
        """Write the answers of a batch; yield, after each step, which of them have ended and why."""
        import torch

        with torch.inference_mode():
            going = list(range(len(samples)))  # the places of the samples that are not finished
            scores, rows, mask, cache = self._read(samples)
            while True:
                current = [samples[place] for place in going]
                chosen = self._choose(scores[rows], current).tolist()
                for sample, token in zip(current, chosen, strict=True):
                    sample.tokens.append(token)
                reasons = self._ended(current)
                yield [(place, reason) for place, reason in zip(going, reasons, strict=True) if reason]
                left = [number for number, reason in enumerate(reasons) if not reason]
                if not left:
                    return
                going = [going[number] for number in left]
                # Answers to one chat that have the same words so far stay one row.
                heads: dict[tuple[int, int], int] = {}
                rows = [heads.setdefault((rows[number], chosen[number]), len(heads)) for number in left]
                parents = [row for row, _ in heads]
                if parents != list(range(len(mask))):
                    index = torch.tensor(parents, device=mask.device)
                    cache.batch_select_indices(index)
                    mask = mask[index]
                mask = torch.cat([mask, mask.new_ones(len(heads), 1)], dim=1)
                tokens = torch.tensor([[token] for _, token in heads], device=mask.device)
                scores = self._forward(tokens, mask, cache)

    def _read(self, samples: list[_Sample]) -> tuple["torch.Tensor", list[int], "torch.Tensor", Any]:
        """Read each different text once; return scores (texts, vocabulary), each sample's text, mask and cache."""
        from transformers import DynamicCache

        local = self._local
        places: dict[tuple[int, ...], int] = {}
        rows = [places.setdefault(sample.text, len(places)) for sample in samples]
        ids, mask = local.padded(places, side="left")
        cache = DynamicCache(config=local.model.config)
        return self._forward(ids, mask, cache), rows, mask, cache

    def _forward(self, ids: "torch.Tensor", mask: "torch.Tensor", cache: Any) -> "torch.Tensor":
        """Read (rows, new) tokens; return the scores of the next one, (rows, vocabulary) in float32."""
        positions = (mask.cumsum(dim=1) - 1).clamp_(min=0)[:, -ids.shape[1] :]
        # Not every architecture has both.
        options = {"position_ids": positions, "logits_to_keep": 1}
        options = {name: value for name, value in options.items() if name in self._accepted}
        output = self._local.model(
            input_ids=ids, attention_mask=mask, past_key_values=cache, use_cache=True, **options
        )
        logits: torch.Tensor = output.logits[:, -1]
        return logits.float()

    def _choose(self, scores: "torch.Tensor", samples: list[_Sample]) -> "torch.Tensor":
        """Draw the next token of each sample from its row of the scores."""
        import torch

        if self._sampling.temperature == 0:
            return scores.argmax(dim=1)
        scores = scores / self._sampling.temperature
        noise = torch.empty_like(scores)
        for row, sample in zip(noise, samples, strict=True):
            name = f"{sample.key} {len(sample.tokens)}"
            digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
            row.uniform_(generator=self._dice.manual_seed(int.from_bytes(digest, "big") >> 1))
        noisy = scores - noise.clamp_(min=torch.finfo(noise.dtype).tiny).log_().neg_().log_()
        if self._sampling.top_p == 1:
            return noisy.argmax(dim=1)
        # The best token of the nucleus, without sorting: one is inside if the likelier ones weigh less than top_p.
        weights = scores.softmax(dim=1)
        while True:
            chosen = noisy.argmax(dim=1, keepdim=True)
            likelier = (weights * (weights > weights.gather(1, chosen))).sum(dim=1, keepdim=True)
            outside = likelier >= self._sampling.top_p
            if not outside.any():
                return chosen.squeeze(1)
            noisy.scatter_(1, chosen, noisy.gather(1, chosen).masked_fill_(outside, -torch.inf))

    def _ended(self, samples: list[_Sample]) -> list[str | None]:
        """Say why each sample ends after its last token, or `None`."""
        reasons: list[str | None] = [
            "stop" if sample.tokens[-1] in self._ends else "length" if len(sample.tokens) >= sample.room else None
            for sample in samples
        ]
        if self._stops is None:
            return reasons
        stopped = self._stops(self._local.padded([sample.text for sample in samples], side="left")[0], None)
        return ["stop" if stop else reason for stop, reason in zip(stopped.tolist(), reasons, strict=True)]


class EndpointBackend:
    """A model behind any OpenAI-compatible chat server. To be used in one event loop.

    Calls that fail for a while (busy or broken server, cut or silent connection, an answer that is none) are repeated;
    a busy server says itself when (`Retry-After`). A server that gives fewer answers than asked for is asked for the
    rest. A refusal or a content filter is an answer with that finish reason. Tokens are those that the server counts;
    where it does not, they are 0.

    Args:
        settings ([`EndpointSettings`]):
            Which server and model, and how.
        rng (`random.Random`, *optional*):
            Of the jitter.

    Raises:
        InputError: the environment variable for the key is not set.
    """

    def __init__(self, settings: EndpointSettings, *, rng: random.Random | None = None) -> None:
        from huggingface_hub import AsyncInferenceClient

        self.settings: dict[str, Any] = settings.model_dump(mode="json")
        self._endpoint = settings
        key = os.environ.get(settings.api_key_env, "") if settings.api_key_env else "none"
        if not key:
            raise InputError(f"the environment variable {settings.api_key_env} holds no API key: set it")
        # Without a key the client would send the user's Hugging Face token to whatever server this is.
        self._client = AsyncInferenceClient(base_url=settings.base_url, api_key=key, timeout=settings.timeout_s)
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._rng = rng or random.Random()

    async def chat(self, messages: list[Message], *, n: int = 1, seed: int | None = None) -> list[Reply]:
        """Answer a chat `n` times, see [`Backend`].

        Raises:
            InputError: the server finds fault with this request.
            BackendError: the server cannot be reached, refuses us, or failed each time.
        """
        replies = (await self._call(messages, n=n, seed=seed))[:n]
        seeds = [None if seed is None else seed + number for number in range(len(replies), n)]
        rest = await asyncio.gather(*(self._call(messages, n=1, seed=one) for one in seeds))
        return [*replies, *(each[0] for each in rest)]

    async def close(self) -> None:
        await self._client.close()  # type: ignore[no-untyped-call]

    async def stream(self, messages: list[Message], *, seed: int | None = None) -> AsyncGenerator[str, None]:
        """Answer a chat once and yield the text so far, at last all of it; nothing if a filter refuses.

        A call that fails before its first word is repeated as in `chat`.

        Raises:
            InputError: as `chat`.
            BackendError: as `chat`, or the answer broke off in the middle.
        """
        text, wait_s, failure = "", 0.0, _Failure("")
        async with self._slots:
            for attempt in range(self._endpoint.retries + 1):
                await asyncio.sleep(wait_s)
                try:
                    async for piece in self._pieces(messages, seed=seed):
                        text += piece
                        yield text
                    return
                except Exception as error:
                    outcome = self._outcome(error)
                if isinstance(outcome, Reply):
                    return
                failure = outcome
                if text:
                    raise BackendError(
                        f"{self._endpoint.base_url} broke off in the middle of an answer ({failure.reason}): ask again"
                    )
                wait_s = self._pause_s(attempt, failure)
        raise self._given_up(failure)

    async def _pieces(self, messages: list[Message], *, seed: int | None) -> AsyncIterator[str]:
        ends = time.monotonic() + self._endpoint.timeout_s
        call = self._client.chat_completion(messages, n=1, seed=seed, stream=True, **self._options())
        async with aclosing(await asyncio.wait_for(call, self._endpoint.timeout_s)) as parts:
            # `anext` with a default: StopAsyncIteration must not leave a generator.
            while part := await asyncio.wait_for(anext(parts, None), ends - time.monotonic()):
                if part.choices and (piece := part.choices[0].delta.content):
                    yield piece

    async def _call(self, messages: list[Message], *, n: int, seed: int | None) -> list[Reply]:
        """Call the server until it gives at least one answer."""
        wait_s, failure = 0.0, _Failure("")
        async with self._slots:
            for attempt in range(self._endpoint.retries + 1):
                await asyncio.sleep(wait_s)
                try:
                    call = self._client.chat_completion(messages, n=n, seed=seed, **self._options())
                    # The client's timeout is for silence; a server that sends a byte now and then would hold us for
                    # ever.
                    return _replies(await asyncio.wait_for(call, self._endpoint.timeout_s))
                except Exception as error:
                    outcome = self._outcome(error)
                if isinstance(outcome, Reply):
                    return [outcome] * n
                failure = outcome
                wait_s = self._pause_s(attempt, failure)
        raise self._given_up(failure)

    def _options(self) -> dict[str, Any]:
        settings = self._endpoint
        return {
            "model": settings.model,
            "max_tokens": settings.max_new_tokens,
            "temperature": settings.temperature,
            "top_p": settings.top_p,
            "stop": list(settings.stop) or None,
            "extra_body": settings.extra_body,
        }

    def _pause_s(self, attempt: int, failure: "_Failure") -> float:
        backoff_s: float = self._endpoint.backoff_s * 2**attempt * self._rng.uniform(0.5, 1.5)
        return max(min(backoff_s, _LONGEST_BACKOFF_S), failure.retry_after_s)

    def _given_up(self, failure: "_Failure") -> BackendError:
        return BackendError(
            f"{self._endpoint.base_url} failed {self._endpoint.retries + 1} times, at last with {failure.reason}: "
            "look at the server, then go on"
        )

    def _outcome(self, error: Exception) -> "Reply | _Failure":
        """Say what a failed call means: a refusal, or a failure that may pass. Raises what is neither."""
        from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

        # Of httpx or httpx2, as the client's version has it.
        transport_error = cast(type[Exception], HfHubHTTPError.__bases__[0])
        base_url = self._endpoint.base_url
        match error:
            case OfflineModeIsEnabled():
                raise InputError("HF_HUB_OFFLINE is set, so no server is called, not even here: unset it") from error
            case HfHubHTTPError():
                response = error.response
                if response.status_code in _TRANSIENT:
                    return _Failure(f"status {response.status_code}", _retry_after_s(response.headers))
                if _is_filtered(response):
                    return Reply("", 0, 0, "content_filter")
                kind = InputError if response.status_code in _FAULT_OF_REQUEST else BackendError
                said = " ".join(response.text.split())
                raise kind(f"{base_url} answers {response.status_code}: {said:.300}") from error
            case asyncio.TimeoutError() | OSError():
                return _Failure(f"{type(error).__name__} {error}".strip())
            case UnicodeEncodeError():
                raise InputError(f"the chat has half a character: {error.object[error.start :]!r:.80}") from error
            case ValueError() | TypeError() | AttributeError() | RecursionError():
                return _Failure(f"an answer that cannot be read ({error})")
        if isinstance(error, transport_error):
            return _Failure(f"{type(error).__name__} {error}".strip())
        raise error


@dataclass(frozen=True)
class _Failure:
    """A call that may work when it is repeated."""

    reason: str
    retry_after_s: float = 0.0


_TRANSIENT = {408, 409, 425, 429, *range(500, 600)}
_FAULT_OF_REQUEST = {400, 413, 422}
_LONGEST_BACKOFF_S = 30.0
_LONGEST_RETRY_AFTER_S = 600.0


def _replies(output: Any) -> list[Reply]:
    """Read the server's answer, of which nothing is certain.

    Raises:
        ValueError: it holds no answer.
    """
    if not isinstance(output.choices, list) or not output.choices:
        raise ValueError("it has no choices")
    prompt_tokens = _count(output.usage, "prompt_tokens")
    completion_tokens = _count(output.usage, "completion_tokens")
    replies = []
    for number, choice in enumerate(output.choices):
        text, refusal = choice.message.content, getattr(choice.message, "refusal", None)
        if not isinstance(text or "", str):
            raise ValueError(f"its text is {text!r:.80}")
        reason = "content_filter" if refusal else str(choice.finish_reason or "stop")
        used = (0, 0) if number else (prompt_tokens, completion_tokens)
        replies.append(Reply(text or (refusal if isinstance(refusal, str) else ""), *used, reason))
    return replies


def _count(usage: Any, name: str) -> int:
    count = getattr(usage, name, None)
    return count if isinstance(count, int) and count > 0 else 0


def _retry_after_s(headers: Any) -> float:
    """Read how long a busy server asks to wait: seconds, or a date (by its own clock, ours may be wrong)."""
    value = headers.get("Retry-After", "0")
    try:
        seconds = float(value)
    except ValueError:
        try:
            now = parsedate_to_datetime(headers["Date"]).timestamp() if "Date" in headers else time.time()
            seconds = parsedate_to_datetime(value).timestamp() - now
        except ValueError:
            return 0.0
    return min(max(0.0, seconds), _LONGEST_RETRY_AFTER_S)  # in this order, or NaN would get through


def _is_filtered(response: Any) -> bool:
    """Say whether the server refused because of what the prompt says; some answer that with an error."""
    return response.status_code in (400, 403, 451) and any(
        word in response.text for word in ("content_filter", "content_policy", "ResponsibleAIPolicyViolation")
    )


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
