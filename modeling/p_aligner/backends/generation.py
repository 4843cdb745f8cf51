"""A language model in this process writes answers, the same alone and in any batch. Knows nothing of what they say."""

import asyncio
import hashlib
import inspect
import secrets
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from ..prompts import OUTPUT_END, OUTPUT_OPENING, Message, complete_part, is_complete, split_opening
from .local import LocalModel, LocalSettings, cache_argument
from .protocol import Backend, Reply, Sampling


if TYPE_CHECKING:
    import torch


class TransformersSettings(LocalSettings, Sampling):
    """A causal language model in this process."""

    backend: Literal["transformers"]


@dataclass
class _Sample:
    """One answer that is wanted, as far as it got."""

    prompt: list[int]
    room: int  # most new tokens
    key: str  # names its noise
    opening: str = ""  # the beginning of the answer, which is part of the prompt
    asked: str = ""  # the last turn; where the answer is an optimised prompt, markers in it do not end the answer
    tokens: list[int] = field(default_factory=list)

    @property
    def is_marked(self) -> bool:
        return self.opening == OUTPUT_OPENING

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
        self._cache_argument = cache_argument(model)
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
        texts = [self._text(sample, sample.tokens) for sample in samples]
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
                    text = self._text(sample, tokens)
                    yield text if is_written else text.rstrip(_HALF_A_CHARACTER)
        finally:
            answer.cancel()

    def _samples(self, messages: list[Message], n: int, seed: int | None) -> list[_Sample]:
        messages, opening = split_opening(messages)
        prompt = self._local.token_ids(messages, add_generation_prompt=True) + self._local.plain_ids(opening)
        self._local.fitting(prompt, room=1)
        room = min(self._sampling.max_new_tokens, self._local.context - len(prompt))
        seed = secrets.randbits(63) if seed is None else seed
        asked = messages[-1]["content"] if messages else ""
        return [_Sample(prompt, room, f"{seed} {number}", opening, asked) for number in range(n)]

    def _text(self, sample: _Sample, tokens: list[int]) -> str:
        text = self._decoded(tokens)
        for stop in self._sampling.stop:
            text = text.partition(stop)[0]
        return sample.opening + (complete_part(text, sample.asked) if sample.is_marked else text)

    def _decoded(self, tokens: list[int]) -> str:
        return str(self._local.tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False))

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
        options[self._cache_argument] = cache
        output = self._local.model(input_ids=ids, attention_mask=mask, use_cache=True, **options)
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

    def _is_complete(self, sample: _Sample) -> bool:
        # A token is a character at least, so a marker that has just been written is among the last of them.
        if OUTPUT_END not in self._decoded(sample.tokens[-2 * len(OUTPUT_END) :]):
            return False
        return is_complete(self._decoded(sample.tokens), sample.asked)

    def _ended(self, samples: list[_Sample]) -> list[str | None]:
        """Say why each sample ends after its last token, or `None`."""
        reasons: list[str | None] = [
            "stop"
            if sample.tokens[-1] in self._ends or (sample.is_marked and self._is_complete(sample))
            else "length"
            if len(sample.tokens) >= sample.room
            else None
            for sample in samples
        ]
        if self._stops is None:
            return reasons
        stopped = self._stops(self._local.padded([sample.text for sample in samples], side="left")[0], None)
        return ["stop" if stop else reason for stop, reason in zip(stopped.tolist(), reasons, strict=True)]
