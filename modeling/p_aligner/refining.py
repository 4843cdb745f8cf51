"""One instruction pipeline, many callers: loaded by name, run in shared batches. Knows nothing of who asks.

For servers and pages, where instructions arrive one by one; for rows that are all there, a pipeline needs no help.
"""

import time
from collections.abc import Iterator
from typing import Any, TypeVar

import torch
from transformers import pipeline

from .batching import Batcher
from .errors import BackendError, InputError, KitError
from .folders import folder_of
from .hub import require_reachable
from .pipelines import PAlignerPipeline, SinglePORewriter


Record = dict[str, Any]
Kind = TypeVar("Kind", PAlignerPipeline, SinglePORewriter)

_TASKS = {PAlignerPipeline: "instruction-refinement", SinglePORewriter: "instruction-rewriting"}
_MOST_CHARACTERS = 60_000  # of a batch, padding counted
# A refinement is about as long as its instruction: short ones do not wait for those more than this many times longer.
_ALIKE = 2
_SHORT = 60  # characters; among shorter ones lengths matter little
_NEWEST = 0.3  # weight of the newest batch in the time that a batch is expected to take


def load(kind: type[Kind], model: str, **options: Any) -> Kind:
    """Load a model into a pipeline.

    Args:
        kind (`type`):
            [`PAlignerPipeline`] or [`SinglePORewriter`]: our own class, so that a released model's copy of the code is
            neither needed nor run.
        model (`str`):
            One of ours (`p-aligner`, `singlepo`), a folder or a Hub name.
        **options:
            Of `transformers.pipeline` and of the class; those that are `None` are left out.

    Raises:
        InputError: it cannot be loaded, or an option is wrong.
    """
    folder = folder_of(model)
    require_reachable(folder, options.get("revision"))
    given = {name: value for name, value in options.items() if value is not None}
    try:
        loaded: Kind = pipeline(_TASKS[kind], model=folder, pipeline_class=kind, **given)
        return loaded
    except KitError:
        raise
    except (OSError, ValueError, RuntimeError, AssertionError) as error:  # what transformers and torch raise here
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise InputError(f"the model {model!r} cannot be loaded: {reason}") from error


class SharedPipeline:
    """A pipeline whose callers share batches, in a thread of its own.

    Args:
        pipe ([`PAlignerPipeline`] or [`SinglePORewriter`]):
            The pipeline; it belongs to the thread from now on.
        batch_size (`int`):
            Most instructions generated at once.
        threads (`int`, *optional*):
            Of the processor, by default as many as torch takes.
        most_seconds (`float`, *optional*):
            Longest time to generate a batch: what is not finished by then is rejected by the guard. An instruction
            that would have to wait longer for its turn is refused at once, so that those that wait get theirs.
    """

    def __init__(
        self,
        pipe: PAlignerPipeline | SinglePORewriter,
        *,
        batch_size: int = 32,
        threads: int | None = None,
        most_seconds: float | None = None,
    ) -> None:
        self._pipe = pipe
        self._threads = threads
        self._batch_size = batch_size
        self._most_seconds = most_seconds
        self._under_way = 0
        self._batch_s = 0.0  # what a batch takes, as far as is known
        self._batcher = Batcher(
            self._run, cost=_length, most_items=batch_size, most_cost=_MOST_CHARACTERS, name=pipe.model.name_or_path
        )

    async def __call__(self, row: Record) -> Record:
        """Refine or rewrite one instruction, together with those of other callers.

        Args:
            row (`dict`):
                `instruction`, a text; for a rewriter maybe `principle`.

        Returns:
            `dict`: the record of the pipeline.

        Raises:
            InputError: it cannot be refined, for example because it is too long for the model.
            BackendError: too many others wait.
        """
        expected_s = (1 + self._under_way / self._batch_size) * self._batch_s
        # Never who can go with the next batch: its time is known only by running it.
        is_late = self._under_way >= self._batch_size and self._most_seconds and expected_s > self._most_seconds
        if is_late:
            raise BackendError(
                f"{self._under_way} others wait, it would take about {expected_s:.1f} s: try again later"
            )
        self._under_way += 1
        try:
            record = await self._batcher(row)
        finally:
            self._under_way -= 1
        if "error" in record:
            message = record["error"]
            raise InputError(message.partition(": ")[2] or message)  # the number of the item says nothing here
        return record

    async def close(self) -> None:
        """End the thread; what waits fails."""
        await self._batcher.close()

    def _run(self, rows: list[Record]) -> Iterator[list[tuple[int, Record]]]:
        if self._threads and torch.get_num_threads() != self._threads:  # the number belongs to the thread that sets it
            torch.set_num_threads(self._threads)
        started = time.monotonic()
        options: dict[str, Any] = {"max_time": self._most_seconds} if self._most_seconds else {}
        for places in _alike(rows):
            batch = [rows[place] for place in places]
            records = self._pipe(batch, batch_size=len(batch), on_error="record", **options)
            yield list(zip(places, records, strict=True))
        self._batch_s += _NEWEST * (time.monotonic() - started - self._batch_s)


def _length(row: Record) -> int:
    return len(row["instruction"])


def _alike(rows: list[Record]) -> Iterator[list[int]]:
    """Cut a batch into groups of like length, the shortest first."""
    group: list[int] = []
    for place in sorted(range(len(rows)), key=lambda place: _length(rows[place])):
        if group and _length(rows[place]) > _ALIKE * max(_length(rows[group[0]]), _SHORT):
            yield group
            group = []
        group.append(place)
    yield group
