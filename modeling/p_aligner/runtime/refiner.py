"""Instructions that come one by one, refined by a backend whose callers share its batches.

Records are those of the pipelines, which serve rows that are all there.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import BackendError, InputError, KitError, first_line
from ..guard import MAX_GROWTH
from ..instructions import FOLLOW_UP, Record, left_alone, read_instruction, record_of
from ..models.folders import folder_of
from ..models.hub import require_reachable
from ..principles import Principle
from ..prompts import Message
from .protocol import Backend, Reply


if TYPE_CHECKING:
    from ..pipelines import PAlignerPipeline, SinglePORewriter

    Kind = TypeVar("Kind", PAlignerPipeline, SinglePORewriter)

_NEWEST = 0.3  # weight of the newest refinement in the time that one is expected to take


def load_pipeline(kind: "type[Kind]", model: str, **options: Any) -> "Kind":
    """Load a model of ours, a folder or a model of the Hub into a pipeline; options that are `None` are left out.

    The class is our own, so that a released model's copy of the code is neither needed nor run.

    Raises:
        InputError: it cannot be loaded, or an option is wrong.
    """
    from transformers import pipeline

    folder = folder_of(model)
    require_reachable(folder, options.get("revision"))
    given = {name: value for name, value in options.items() if value is not None}
    task = "instruction-rewriting" if kind.is_by_principle else "instruction-refinement"
    try:
        loaded: Kind = pipeline(task, model=folder, pipeline_class=kind, **given)
        return loaded
    except KitError:
        raise
    except (OSError, ValueError, RuntimeError, AssertionError) as error:  # what transformers and torch raise here
        raise InputError(f"the model {model!r} cannot be loaded: {first_line(error)}") from error


class Refiner:
    """Refines instructions with a backend, as the pipelines do.

    Args:
        model: P-Aligner, SinglePO, or whatever `ask` is for. Its temperature should be 0 (§5.3).
        by_principle, principle: of SinglePO, as in [`read_instruction`].
        ask: asks a model of another kind for a better instruction, which is then the whole answer.
        guard, max_growth: as in [`PAlignerPipeline`].
        most_seconds: longest time to write an answer: what is not finished by then is rejected. An instruction that
            would have to wait longer for its turn is refused at once, so that those that wait get theirs.
        at_once: instructions that the model writes at once.
    """

    def __init__(
        self,
        model: Backend,
        *,
        by_principle: bool = False,
        principle: Principle | None = None,
        ask: Callable[[str], list[Message]] | None = None,
        guard: str = "fallback",
        max_growth: float = MAX_GROWTH,
        most_seconds: float | None = None,
        at_once: int = 32,
    ) -> None:
        self._model, self._ask = model, ask
        self._reading: dict[str, Any] = {"by_principle": by_principle, "principle": principle}
        self._guard, self._max_growth = guard, max_growth
        self._most_seconds, self._at_once = most_seconds, at_once
        self._under_way = 0
        self._seconds = 0.0  # what a refinement takes once it is its turn, as far as is known

    async def __call__(self, given: Any) -> Record:
        """Refine one instruction, in any form that a pipeline takes; return the record of the pipeline.

        Raises:
            InputError: it cannot be refined, for example because it is too long for the model.
            BackendError: the model cannot be reached, or too many others wait.
        """
        return (await self.answered(given))[0]

    async def answered(self, given: Any) -> tuple[Record, Reply | None]:
        """Refine one instruction; return the model's reply, too, where it was asked."""
        item = read_instruction(given, **self._reading)
        if item.error is not None:
            raise item.error
        if item.is_follow_up and self._guard != "off":
            return left_alone(item, FOLLOW_UP), None
        is_marked = self._ask is None
        options: dict[str, Any] = {"refines": item.text, "max_growth": self._max_growth} if is_marked else {}
        if self._most_seconds:
            options["within_s"] = self._most_seconds
        turns = 1 + self._under_way / self._at_once
        self._refuse_if_late(turns)
        self._under_way += 1
        started = time.monotonic()
        try:
            messages = self._ask(item.text) if self._ask else item.messages
            (reply,) = await self._model.chat(messages, seed=0, **options)
        finally:  # also when the caller gave up waiting: just then it takes long
            self._under_way -= 1
            self._seconds += _NEWEST * ((time.monotonic() - started) / turns - self._seconds)
        answers = [(reply.text, reply.finish_reason)]
        record = record_of(item, answers, guard=self._guard, max_growth=self._max_growth, is_marked=is_marked)
        return record, reply

    def _refuse_if_late(self, turns: float) -> None:
        # Never who can go with the next batch: its time is known only by running it.
        expected_s = turns * self._seconds
        if self._under_way >= self._at_once and self._most_seconds and expected_s > self._most_seconds:
            raise BackendError(
                f"{self._under_way} others wait, it would take about {expected_s:.1f} s: try again later"
            )

    async def close(self) -> None:
        await self._model.close()
