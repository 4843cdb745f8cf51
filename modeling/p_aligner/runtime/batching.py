"""Many callers, one model: what waits is run together, in one thread.

There are no timers: while a batch runs, requests gather, so batches grow with the load and an idle model starts at
once.
"""

import asyncio
import atexit
import os
import threading
import weakref
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from ..errors import KitError


Item = TypeVar("Item")
Result = TypeVar("Result")


# A batch ends when this many times as many requests wait as it has left: in generation on a CPU, to read a text again
# costs about as much as two steps of a nearly empty batch, and less on an accelerator.
_FEW = 8


@dataclass(eq=False)
class _Request(Generic[Item, Result]):
    item: Item
    cost: int
    future: "Future[Result]"


class Batcher(Generic[Item, Result]):
    """Runs single requests in batches.

    A batch that fails is halved and tried again, down to single requests: what did not fit the memory gets enough of
    it, and an error reaches only the request that causes it. Requests of like cost go together, always with the one
    that waits longest. When few of a batch are left and many others wait, the few go on in the next batch. A cancelled
    request that has not started is dropped.

    Args:
        run: runs a batch in the worker thread, and yields the results that became ready, maybe none, as pairs of place
            in the batch and result. It can be stopped between two yields, and be called again with what was left,
            among others: items should know how far they got.
        cost: what a request takes, for example its tokens. A batch costs its size times the most expensive request in
            it, because of padding.
        most_items, most_cost: limits of a batch; a single request may cost more. After a failure for lack of memory
            `most_cost` is half of what failed.
        name: for errors, and of the thread.
    """

    _all: ClassVar["weakref.WeakSet[Batcher[Any, Any]]"] = weakref.WeakSet()

    def __init__(
        self,
        run: Callable[[list[Item]], Iterable[Iterable[tuple[int, Result]]]],
        *,
        cost: Callable[[Item], int],
        most_items: int,
        most_cost: int,
        name: str,
    ) -> None:
        self.most_cost = most_cost
        self._run = run
        self._cost = cost
        self._most_items = most_items
        self._waiting: list[_Request[Item, Result]] = []  # in the order of arrival
        self._is_closed = False
        self._start(name)
        atexit.register(self._end)
        self._all.add(self)

    @classmethod
    def open_ones(cls) -> int:
        """Count those of this process that were not closed."""
        return sum(not each._is_closed for each in list(cls._all))

    def _start(self, name: str) -> None:
        self._waiting.clear()
        self._change = threading.Condition()
        self._process = os.getpid()
        # A daemon, so that a program that forgets `close` can end; stopped before, because the interpreter cannot end
        # well while a thread is inside torch.
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def __call__(self, item: Item) -> Result:
        """Run one request together with others; raise what `run` raises for it, or `KitError` once closed."""
        if self._process != os.getpid():
            self._start(self._thread.name)  # threads do not survive a fork, such as that of a GPU worker
        request = _Request(item, self._cost(item), Future[Result]())
        with self._change:
            if self._is_closed:
                raise self._closed()
            self._waiting.append(request)
        # Not at once: what other tasks ask for in this turn of the event loop belongs into the same batch.
        asyncio.get_running_loop().call_soon(self._wake)
        return await asyncio.wrap_future(request.future)

    async def close(self) -> None:
        """End the thread; what waits or runs fails."""
        atexit.unregister(self._end)
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        with self._change:
            self._is_closed = True
            self._change.notify()
        self._thread.join()

    def _wake(self) -> None:
        with self._change:
            self._change.notify()

    def _closed(self) -> KitError:
        return KitError(f"{self._thread.name} is closed: load it again")

    def _work(self) -> None:
        while not self._is_closed:
            if batch := self._next_batch():
                self._run_batch(batch)
        for request in self._waiting:
            if _starts(request.future):
                request.future.set_exception(self._closed())

    def _next_batch(self) -> list[_Request[Item, Result]]:
        with self._change:
            self._change.wait_for(lambda: self._waiting or self._is_closed)
            batch = self._cut()
            taken = set(batch)
            self._waiting = [request for request in self._waiting if request not in taken]
        return [request for request in batch if _starts(request.future)]

    def _cut(self) -> list[_Request[Item, Result]]:
        """Choose the request that waits longest and those nearest to it in cost, as many as the limits allow."""
        batch: list[_Request[Item, Result]] = []
        highest = 0
        for request in sorted(self._waiting, key=lambda request: abs(request.cost - self._waiting[0].cost)):
            size, higher = len(batch) + 1, max(highest, request.cost)
            if not batch or (size <= self._most_items and size * higher <= self.most_cost):
                batch.append(request)
                highest = higher
        return batch

    def _run_batch(self, batch: list[_Request[Item, Result]]) -> None:
        left = dict(enumerate(batch))
        try:
            for ready in self._run([request.item for request in batch]):
                for place, result in ready:
                    left.pop(place).future.set_result(result)
                if self._is_closed:
                    raise self._closed()
                if len(left) * _FEW <= min(len(self._waiting), self._most_items) and left:
                    with self._change:
                        self._waiting[:0] = left.values()
                    return
            if left:
                raise RuntimeError(f"{self._thread.name} gave no result for {len(left)} of {len(batch)} requests")
        except Exception as error:
            if self._is_closed or len(batch) == 1:
                for request in left.values():
                    request.future.set_exception(error)
                return
            if _is_lack_of_memory(error):
                self.most_cost = len(batch) * max(request.cost for request in batch) // 2
        # Outside of `except`, where the error is gone: the frames of its traceback held the batch's memory.
        rest = list(left.values())
        middle = (len(rest) + 1) // 2
        for half in (rest[:middle], rest[middle:]):
            if half:
                self._run_batch(half)


def _starts(future: "Future[Any]") -> bool:
    """Say whether a request is wanted; from here on it cannot be cancelled."""
    return future.running() or future.set_running_or_notify_cancel()


def _is_lack_of_memory(error: Exception) -> bool:
    # torch raises a plain RuntimeError for the CPU, a class of its own for an accelerator.
    return isinstance(error, MemoryError) or any(
        words in str(error) for words in ("out of memory", "can't allocate memory", "not enough memory")
    )
