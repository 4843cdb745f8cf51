"""Runs work where ZeroGPU lends its GPU; anywhere else work stays as it is.

To be imported before torch is used: ZeroGPU takes the place of CUDA until a function asks for the GPU.
"""

import asyncio
import importlib
import os
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any


IS_LENT = os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")
# Not by name: a folder called `spaces` in the working directory would be taken for it.
spaces: Any = importlib.import_module("spaces") if IS_LENT else None
_END = object()

Work = Callable[..., AsyncIterator[Any]]


def on_gpu(work: Work, *, seconds: float) -> Work:
    """Return work that runs with a GPU, if there is one to borrow, for as many seconds at most.

    Arguments and results have to be plain data.
    """
    return from_worker(work, lend=spaces.GPU(duration=int(seconds))) if IS_LENT else work


def from_worker(work: Work, *, lend: Callable[[Callable[..., Iterator[Any]]], Callable[..., Iterator[Any]]]) -> Work:
    """Run an asynchronous generator through a plain one: ZeroGPU runs those in a forked process, which has no loop."""

    def in_worker(*arguments: Any) -> Iterator[Any]:
        loop = asyncio.new_event_loop()
        results = work(*arguments)
        try:
            while (result := loop.run_until_complete(anext(results, _END))) is not _END:
                yield result
        finally:
            loop.close()

    lent = lend(in_worker)

    async def outside(*arguments: Any) -> AsyncIterator[Any]:
        results = lent(*arguments)
        while (result := await asyncio.to_thread(next, results, _END)) is not _END:
            yield result

    return outside
