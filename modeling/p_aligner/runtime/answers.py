"""What a model answers before and after a refinement, and what a reward model thinks of it.

Both answers are scored against the original instruction, as in the paper (eq. 4): a refinement must serve what the
user asked for, not what it made of it. Without a reward model nothing is scored.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterable, Iterator
from typing import Any, TypeVar

from ..pipelines import windows
from ..prompts import Message
from . import TransformersBackend, TransformersSettings
from .rewards import ClassifierReward, ClassifierSettings


Record = dict[str, Any]
Result = TypeVar("Result")

MOST_NEW_TOKENS = 256
# Records that are answered together.
_WINDOW = 32


class BeforeAfter:
    """Answers instructions and their refinements with one model, and scores the answers with another.

    Args:
        responder (`str`):
            A chat model: `smollm2`, a folder or a Hub name.
        reward (`str`, *optional*):
            Folder or Hub name of a reward model: a sequence classifier with one score.
        device (`str`, *optional*):
            For example `"cpu"` or `"cuda:0"`; by default the first accelerator, else the CPU.

    Raises:
        InputError: a model cannot be loaded, has no chat template, or the reward model has more than one score.
    """

    def __init__(self, responder: str, reward: str | None = None, *, device: str | None = None) -> None:
        import torch

        # The two models take turns, so each may have all of the processor.
        where: dict[str, Any] = {"device": device, "threads": torch.get_num_threads()}
        self._responder = TransformersBackend(
            TransformersSettings(
                backend="transformers", model=responder, max_new_tokens=MOST_NEW_TOKENS, temperature=0, **where
            )
        )
        self._reward = None
        if reward is not None:
            self._reward = ClassifierReward(
                ClassifierSettings(reward="classifier", model=reward, transform="none", **where)
            )
        # In a thread of its own, so that callers may have an event loop running, as notebooks do.
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="before and after", daemon=True).start()

    def compare(self, records: Iterable[Record]) -> Iterator[Record]:
        """Add the answers and their scores to records of a refinement, many at a time and in order.

        Yields:
            the record with `response` (to the original instruction), `refined_response` and, with a reward model,
            `reward` and `refined_reward`. An unchanged instruction is answered once. A record with an `error` stays as
            it is.

        Raises:
            ContextOverflow: an instruction does not fit a model. The records before it have been yielded.
        """
        for window in windows(records, _WINDOW):
            for outcome in self._result(self._all_compared(window)):
                if isinstance(outcome, BaseException):
                    raise outcome
                yield outcome

    async def _all_compared(self, records: list[Record]) -> list[Record | BaseException]:
        return await asyncio.gather(*map(self._compared, records), return_exceptions=True)

    async def _compared(self, record: Record) -> Record:
        if "error" in record:
            return record
        asked = _as_chat(record["instruction"])
        refined = _as_chat(record["refined_instruction"])
        prompts = [asked] if refined == asked else [asked, refined]
        responses = await asyncio.gather(*map(self._respond, prompts))
        record = {**record, "response": responses[0], "refined_response": responses[-1]}
        if self._reward is not None:
            rewards = await self._score([[*asked, {"role": "assistant", "content": said}] for said in responses])
            record |= {"reward": rewards[0], "refined_reward": rewards[-1]}
        return record

    def respond(self, chat: list[Message]) -> str:
        """Answer a chat, greedily, in at most `MOST_NEW_TOKENS` tokens."""
        return self._result(self._respond(chat))

    def score(self, chat: list[Message]) -> float:
        """Score a chat that ends in an answer: the reward model's raw score, higher is better."""
        return self._result(self._score([chat]))[0]

    async def _respond(self, chat: list[Message]) -> str:
        (reply,) = await self._responder.chat(chat)
        return reply.text.strip()

    async def _score(self, chats: list[list[Message]]) -> list[float]:
        assert self._reward is not None, "only called with a reward model"
        return [round(score, 4) for score in await self._reward.score(chats)]

    def _result(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def _as_chat(instruction: Any) -> list[Message]:
    return [{"role": "user", "content": instruction}] if isinstance(instruction, str) else list(instruction)
