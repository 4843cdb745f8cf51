"""One measurement of how much longer answers take when a refiner goes first (Fig. 7)."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from ..errors import InputError
from ..runtime.protocol import Backend, Reply
from .ledger import Record
from .refinements import Refinement


Refine = Callable[[str], Awaitable[tuple[Refinement, Reply | None]]]
"""Takes an instruction; gives what became of it, and the model's reply, where it was asked."""


async def answered(answerer: Backend, texts: Sequence[str], refine: Refine | None, *, seed: int) -> Record:
    """Answer instructions that come together; return seconds and tokens."""
    started = time.perf_counter()
    used: list[Reply] = []
    if refine:
        refined = await asyncio.gather(*map(refine, texts))
        texts = [refinement.text for refinement, _ in refined]
        used += [reply for _, reply in refined if reply]
    refined_s = time.perf_counter() - started

    async def answer(text: str) -> list[Reply]:
        try:
            return await answerer.chat([{"role": "user", "content": text}], seed=seed)
        except InputError:
            return []

    answers = [reply for replies in await asyncio.gather(*map(answer, texts)) for reply in replies]
    return {
        "seconds": round(time.perf_counter() - started, 4),
        "refining_seconds": round(refined_s, 4),
        "answer_tokens": sum(reply.completion_tokens for reply in answers),
        "usage": usage_of([*used, *answers]),
    }


def usage_of(replies: Sequence[Reply]) -> list[int]:
    return [sum(reply.prompt_tokens for reply in replies), sum(reply.completion_tokens for reply in replies)]
