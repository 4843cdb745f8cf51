"""A language model in this process as a backend: many callers share its batches."""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from ..errors import InputError
from ..guard import MAX_GROWTH
from ..prompts import Message
from .local import LocalModel, LocalSettings
from .protocol import MOST_NEW_TOKENS, Backend, Reply, Sampling


if TYPE_CHECKING:
    from ..stopping import Answer


class TransformersSettings(LocalSettings, Sampling):
    """A causal language model in this process."""

    backend: Literal["transformers"]


# How often an answer that is being written is looked at, in seconds; and what a tokenizer makes of its last bytes.
_GLANCE_S = 0.05
_HALF_A_CHARACTER = "\ufffd"


class TransformersBackend:
    """A causal language model in this process; if `like` runs the same one, its weights serve both.

    Requests run in dynamic batches ([`Batcher`]) of [`Writer`]. The noise of an answer belongs to seed, sample and
    step alone, so it is the same alone and in any batch, but for rare ties in the rounding of float32 (in bfloat16
    they are not rare).

    Raises:
        InputError: the model cannot be loaded, has no chat template, or is not of a kind that can be run here.
    """

    def __init__(self, settings: TransformersSettings, *, like: Backend | None = None) -> None:
        from transformers import AutoModelForCausalLM

        from ..generation import Writer

        self.settings: dict[str, Any] = settings.model_dump(mode="json")
        self._sampling = settings
        loaded = like._local if isinstance(like, TransformersBackend) else None
        self._local: LocalModel = LocalModel(AutoModelForCausalLM, settings, like=loaded)
        self._local.require_weights()
        self.folder = self._local.path
        self._writer = Writer(
            self._local.model, self._local.chats, temperature=settings.temperature, top_p=settings.top_p
        )
        if not self._writer.can_write():
            raise InputError(f"the model {settings.model!r} has no cache of keys and values: serve it, as an endpoint")
        self._batcher = self._local.batcher(self._writer.write, cost=lambda answer: len(answer.prompt) + answer.room)

    async def chat(
        self,
        messages: list[Message],
        *,
        n: int = 1,
        seed: int | None = None,
        refines: str | None = None,
        max_growth: float = MAX_GROWTH,
        within_s: float | None = None,
        continues: bool = False,
    ) -> list[Reply]:
        """Answer a chat, as every backend does; or go on with its last turn, whoever's it is (`continues`)."""
        draws = 1 if self._sampling.temperature == 0 else n  # greedy answers do not differ
        ends_at = None if within_s is None else time.monotonic() + within_s
        options = {"refines": refines, "max_growth": max_growth, "ends_at": ends_at, "continues": continues}
        answers = self._begun(messages, draws, seed, **options)
        reasons = await asyncio.gather(*map(self._batcher, answers))
        texts = [self._writer.text(answer) for answer in answers]
        usage = [(0 if number else len(each.prompt), len(each.tokens)) for number, each in enumerate(answers)]
        replies = [Reply(text, *used, reason) for text, used, reason in zip(texts, usage, reasons, strict=True)]
        return replies + [replace(replies[0], prompt_tokens=0, completion_tokens=0)] * (n - draws)

    async def stream(
        self, messages: list[Message], *, seed: int | None = None, refines: str | None = None
    ) -> AsyncGenerator[str, None]:
        """Answer a chat once and yield the text so far whenever it has grown, at last all of it: the text of `chat`.

        An answer that is no longer listened to is still written to its end, in its batch.
        """
        (answer,) = self._begun(messages, 1, seed, refines=refines)
        written = asyncio.ensure_future(self._batcher(answer))
        try:
            length, is_written = 0, False
            while not is_written:
                is_written = bool((await asyncio.wait([written], timeout=_GLANCE_S))[0])
                if is_written:
                    await written  # for its error
                seen = replace(answer, tokens=answer.tokens[:])  # the batch goes on writing
                if len(seen.tokens) > length:
                    length = len(seen.tokens)
                    text = self._writer.text(seen)
                    yield text if is_written else text.rstrip(_HALF_A_CHARACTER)
        finally:
            written.cancel()

    def _begun(self, messages: list[Message], n: int, seed: int | None, **options: Any) -> "list[Answer]":
        seed = secrets.randbits(63) if seed is None else seed
        room = self._sampling.max_new_tokens
        if room is None and options["refines"] is None:
            room = MOST_NEW_TOKENS
        first = self._writer.begin(messages, room=room, stops=self._sampling.stop or None, **options)
        return [replace(first, draw=f"{seed} {number}", tokens=[]) for number in range(n)]

    async def close(self) -> None:
        await self._batcher.close()
