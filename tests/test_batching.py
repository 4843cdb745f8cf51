"""Batches: who runs with whom, who hears of errors, what is let go."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import live

from p_aligner.errors import KitError
from p_aligner.runtime.batching import Batcher


Batch = Iterator[list[tuple[int, Any]]]


class Recorder:
    """Squares numbers, and remembers the batches. A gate holds every batch back until it is opened."""

    def __init__(self, *, open_gate: bool = True) -> None:
        self.batches: list[list[int]] = []
        self.gate = threading.Event()
        self._started = threading.Event()
        if open_gate:
            self.gate.set()

    def __call__(self, items: list[int]) -> Batch:
        self.batches.append(items)
        self._started.set()
        assert self.gate.wait(10)
        yield [(place, item * item) for place, item in enumerate(items)]

    async def started(self) -> None:
        assert await asyncio.to_thread(self._started.wait, 10)


def make(run: Any, *, cost: Callable[[Any], int] = abs, **limits: int) -> Batcher[Any, Any]:
    return Batcher(run, cost=cost, name="a model", **{"most_items": 100, "most_cost": 10**6, **limits})


async def ask_all(run: Any, items: range) -> list[Any]:
    """Ask for all at once; errors come back in their places."""
    batcher = make(run)
    results = await asyncio.gather(*map(batcher, items), return_exceptions=True)
    await batcher.close()
    return results


async def begun(batcher: Batcher[Any, Any], *items: Any) -> list["asyncio.Future[Any]"]:
    """Ask, and let the questions be heard."""
    futures = [asyncio.ensure_future(batcher(item)) for item in items]
    await asyncio.sleep(0)
    return futures


@live
async def test_what_is_asked_in_one_turn_runs_in_one_batch_and_the_rest_while_it_runs_in_the_next():
    recorder = Recorder(open_gate=False)
    batcher = make(recorder)
    futures = await begun(batcher, 1, 2, 3)
    await recorder.started()
    futures += [*await begun(batcher, 4, 5), *await begun(batcher, 6)]
    recorder.gate.set()
    assert await asyncio.gather(*futures) == [1, 4, 9, 16, 25, 36]
    await batcher.close()
    assert recorder.batches == [[1, 2, 3], [4, 5, 6]]


@live
async def test_limits_and_company():
    """The one that waits longest takes those of like cost along, within the limits; a dear one runs alone."""
    recorder = Recorder(open_gate=False)
    batcher = make(recorder, most_items=3, most_cost=50)
    futures = await begun(batcher, 1)
    await recorder.started()
    futures += await begun(batcher, 10, 90, 2, 11, 20, 3, 9, 21)
    recorder.gate.set()
    assert await asyncio.gather(*futures) == [1, 100, 8100, 4, 121, 400, 9, 81, 441]
    await batcher.close()
    # 10, 11 and 9 are three; 90 costs more than a batch may; 2, 3 and 20 would cost 3 x 20; two times 21 fits.
    assert recorder.batches == [[1], [10, 11, 9], [90], [2, 3], [20, 21]]


@pytest.mark.parametrize("error", [ValueError("three"), MemoryError("too big")])
@live
async def test_an_error_reaches_only_its_request(error):
    def run(items: list[int]) -> Batch:
        if 3 in items:
            raise error
        yield [(place, -item) for place, item in enumerate(items)]

    assert await ask_all(run, range(8)) == [0, -1, -2, error, -4, -5, -6, -7]


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory"),
    ],
)
@live
async def test_out_of_memory_halves_the_batch_and_stays_below(error):
    sizes: list[int] = []

    def run(items: list[int]) -> Batch:
        sizes.append(len(items))
        if len(items) > 5:
            raise error
        yield list(enumerate(items))

    batcher = make(run, cost=lambda item: 10)
    assert await asyncio.gather(*map(batcher, range(16))) == list(range(16))
    assert batcher.most_cost == 40
    assert await asyncio.gather(*map(batcher, range(8))) == list(range(8))
    await batcher.close()
    assert sizes == [16, 8, 4, 4, 8, 4, 4, 4, 4]


@live
async def test_results_arrive_before_the_batch_ends_and_survive_its_failure():
    arrived, batches = threading.Event(), []

    def run(items: list[str]) -> Batch:
        batches.append(items)
        if len(items) == 3:
            yield [(1, "early")]
            assert arrived.wait(10)
            raise RuntimeError("of the batch")
        yield [(place, "late") for place, _ in enumerate(items)]

    batcher = make(run, cost=len)
    one, two, three = await begun(batcher, "a", "b", "c")
    assert await two == "early"
    arrived.set()
    assert [await one, await three] == ["late", "late"]
    await batcher.close()
    assert batches == [["a", "b", "c"], ["a"], ["c"]]


@live
async def test_the_last_of_a_batch_go_on_among_many_that_wait():
    """One of eight needs long; when enough others wait it is run again, with them, from where it was."""
    others_wait, batches = threading.Event(), []

    def run(items: list[list[int]]) -> Batch:
        """Count each item down to zero."""
        batches.append([item[0] for item in items])
        going = dict(enumerate(items))
        while going:
            for item in going.values():
                item[0] -= 1
            ready = [place for place, item in going.items() if item[0] == 0]
            for place in ready:
                del going[place]
            yield [(place, len(batches)) for place in ready]
            assert others_wait.wait(10)

    batcher = make(run, cost=lambda item: 1, most_items=8, most_cost=99)
    first = await begun(batcher, *([steps] for steps in (5, 2, 1, 2, 2, 2, 2, 2)))
    await first[2]
    rest = await begun(batcher, *([9] for _ in range(8)))
    others_wait.set()
    results = await asyncio.gather(*first, *rest)
    await batcher.close()
    assert batches == [[5, 2, 1, 2, 2, 2, 2, 2], [3, 9, 9, 9, 9, 9, 9, 9], [9]]
    assert results == [2, 1, 1, 1, 1, 1, 1, 1, *[2] * 7, 3]


@live
async def test_a_cancelled_request_is_not_run():
    recorder = Recorder(open_gate=False)
    batcher = make(recorder)
    (first,) = await begun(batcher, 1)
    await recorder.started()
    second, third = await begun(batcher, 2, 3)
    first.cancel()
    second.cancel()
    await asyncio.sleep(0)
    recorder.gate.set()
    assert await third == 9
    await batcher.close()
    assert recorder.batches == [[1], [3]]


@live
async def test_closing_fails_what_waits_and_what_runs():
    go_on, is_running = threading.Event(), threading.Event()

    def run(items: list[int]) -> Batch:
        is_running.set()
        while True:
            assert go_on.wait(10)
            yield []

    batcher = make(run)
    running = await begun(batcher, 1)
    assert await asyncio.to_thread(is_running.wait, 10)
    waiting = await begun(batcher, 2)
    closing = asyncio.ensure_future(batcher.close())
    await asyncio.sleep(0)
    go_on.set()
    await closing
    await batcher.close()
    for request in (*running, *waiting, batcher(3)):
        with pytest.raises(KitError, match="a model is closed: load it again"):
            await request


def test_a_program_may_end_while_a_batch_runs(python: Callable[..., Any]) -> None:
    """Without a crash: a thread that comes out of torch into an interpreter that is gone aborts the process."""
    code = """
import asyncio, torch
from p_aligner.runtime.batching import Batcher
def run(items):
    while True:
        torch.ones(300, 300) @ torch.ones(300, 300)
        yield []
async def main():
    batcher = Batcher(run, cost=abs, most_items=1, most_cost=1, name='a model')
    await asyncio.wait_for(batcher(1), 0.5)
asyncio.run(main())
"""
    result = python(code, check=False)
    assert result.returncode == 1, result.stderr
    assert result.stderr.rstrip().endswith("TimeoutError")


def test_one_batcher_serves_several_event_loops() -> None:
    batcher = make(Recorder())

    async def ask() -> list[int]:
        return list(await asyncio.gather(*map(batcher, range(4))))

    assert asyncio.run(ask()) == asyncio.run(ask()) == [0, 1, 4, 9]
    asyncio.run(batcher.close())


@live
async def test_a_run_that_forgets_a_request_is_found_out():
    def run(items: list[int]) -> Batch:
        yield [(place, item) for place, item in enumerate(items) if item != 2]

    zero, one, two, three = await ask_all(run, range(4))
    assert [zero, one, three] == [0, 1, 3]
    assert isinstance(two, RuntimeError)
    assert str(two) == "a model gave no result for 1 of 1 requests"
