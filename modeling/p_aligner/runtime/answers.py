"""What a model answers before and after a refinement, and what a reward model thinks of it.

Both answers are scored against the original instruction (eq. 4): a refinement must serve what the user asked for, not
what it made of it.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from typing import Any

from ..pipelines import windows
from ..prompts import Message, text_of
from .in_process import TransformersBackend, TransformersSettings
from .rewards import ClassifierReward, ClassifierSettings, RewardModel


Record = dict[str, Any]

MOST_NEW_TOKENS = 256
_WINDOW = 32  # records that are answered together


async def side_by_side(
    ask: Callable[[list[Message]], AsyncGenerator[str, None]], instructions: list[Any]
) -> AsyncGenerator[list[str], None]:
    """Answer instructions (texts or chats) at the same time, equal ones once.

    `ask` yields the answer to a chat so far, as it grows. Yields all answers so far whenever one has grown.
    """
    chats = [*map(_as_chat, instructions)]
    different = [chat for place, chat in enumerate(chats) if chat not in chats[:place]]
    streams, answers = [*map(ask, different)], [""] * len(different)
    steps = {asyncio.ensure_future(anext(stream)): place for place, stream in enumerate(streams)}
    try:
        while steps:
            done, _ = await asyncio.wait(steps, return_when=asyncio.FIRST_COMPLETED)
            for step in done:
                place = steps.pop(step)
                try:
                    answers[place] = step.result().strip()
                except StopAsyncIteration:
                    continue
                steps[asyncio.ensure_future(anext(streams[place]))] = place
            yield [answers[different.index(chat)] for chat in chats]
    finally:
        for step in steps:
            step.cancel()
        await asyncio.gather(*steps, return_exceptions=True)
        await asyncio.gather(*(stream.aclose() for stream in streams), return_exceptions=True)


async def rewards_of(reward: RewardModel, instruction: Any, answers: list[str]) -> list[float]:
    asked = _as_chat(instruction)
    return await reward.score([[*asked, {"role": "assistant", "content": answer}] for answer in answers])


class BeforeAfter:
    """Answers instructions and their refinements with a chat model, and scores the answers with a classifier.

    Models are names of ours, folders or Hub names; the device is by default the first accelerator, else the CPU.

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

    def compare(self, records: Iterable[Record]) -> Iterator[Record]:
        """Add the answers and their scores to records of a refinement, many at a time and in order.

        Yields:
            the record with `response` (to the original instruction), `refined_response` and, with a reward model,
            `reward` and `refined_reward`. An unchanged instruction is answered once; a record with an `error` stays as
            it is.

        Raises:
            ContextOverflow: an instruction does not fit a model. The records before it have been yielded.
        """
        for window in windows(records, _WINDOW):
            for outcome in asyncio.run(self._all_compared(window)):
                if isinstance(outcome, BaseException):
                    raise outcome
                yield outcome

    async def _all_compared(self, records: list[Record]) -> list[Record | BaseException]:
        return await asyncio.gather(*map(self._compared, records), return_exceptions=True)

    async def _compared(self, record: Record) -> Record:
        if "error" in record:
            return record
        both = side_by_side(self._whole, [record["instruction"], record["refined_instruction"]])
        *_, answers = [so_far async for so_far in both]
        record = {**record, "response": answers[0], "refined_response": answers[1]}
        if self._reward is not None:
            scores = await rewards_of(self._reward, record["instruction"], answers)
            record |= dict(zip(("reward", "refined_reward"), (round(score, 4) for score in scores), strict=True))
        return record

    async def _whole(self, chat: list[Message]) -> AsyncGenerator[str, None]:
        """Answer in one piece: nobody reads it while it grows."""
        (reply,) = await self._responder.chat(chat)
        yield reply.text


def _as_chat(instruction: Any) -> list[Message]:
    """Return a chat that any template can write: turns in parts become texts."""
    if isinstance(instruction, str):
        return [{"role": "user", "content": instruction}]
    return [
        {**turn, "content": text_of(turn)} if isinstance(turn.get("content"), list) else turn for turn in instruction
    ]
