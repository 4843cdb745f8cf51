"""How much longer answers take when a refiner goes first (Fig. 7): what is measured, and one measurement."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence

from ..errors import InputError
from ..runtime.protocol import Backend, Reply
from .ledger import Record
from .results import Refinement, Results
from .settings import ModelRefiner


Refine = Callable[[str], Awaitable[tuple[Refinement, Reply | None]]]
"""Takes an instruction; gives what became of it, and the model's reply, where it was asked."""


def overheads(results: Results) -> Iterator[tuple[str, str, str, list[str], int]]:
    """Yield the measurements of overhead: key, refiner, responder, instructions, repeat."""
    settings = results.settings.overhead
    if settings is None:
        return
    models = [name for name, refiner in results.settings.refiners.items() if isinstance(refiner, ModelRefiner)]
    refiner = settings.refiner or ("P-Aligner" if "P-Aligner" in models else models[0])
    responder = settings.responder or next(iter(results.settings.responders))
    chosen = [benchmark for benchmark in results.benchmarks if settings.benchmark in (None, benchmark.name)]
    texts = [item.instruction for item in chosen[0].items]
    for size in settings.sizes:
        for repeat in range(settings.repeats):
            if size <= len(texts):
                # Different ones each time, because some take much longer than others.
                some = [texts[(repeat * size + number) % len(texts)] for number in range(size)]
                yield results.overhead_key(refiner, responder, some, repeat), refiner, responder, some, repeat


async def answered(texts: Sequence[str], answerer: Backend, refine: Refine | None, *, seed: int) -> Record:
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
