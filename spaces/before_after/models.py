"""The models behind the page: many visitors share their batches. Knows nothing of the page.

Every method is an asynchronous generator, and all run in one event loop. What is computed is not stopped when a
visitor leaves, but nobody waits for it longer than the settings allow.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Any, TypeVar

from settings import Settings

from p_aligner.errors import BackendError
from p_aligner.principles import PAPER_PRINCIPLES
from p_aligner.runtime import EndpointBackend, EndpointSettings, TransformersBackend, TransformersSettings
from p_aligner.runtime.refiner import Refiner
from p_aligner.runtime.rewards import ClassifierReward, ClassifierSettings


Record = dict[str, Any]
Result = TypeVar("Result")


class Models:
    """The models that the settings choose, loaded.

    Args:
        settings ([`Settings`]):
            The choices.

    Raises:
        InputError: a model cannot be loaded; the message names it.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._threads = max(1, (os.cpu_count() or 1) // 2)
        self._refiner = self._load_refiner(settings.model)
        self._rewriter = self._load_refiner(settings.singlepo, by_principle=True)
        self._responder = self._load_responder()
        self._reward = None
        if settings.reward_model:
            where = {**_source(settings.reward_model), "threads": self._threads}
            # Raw scores: their difference says how likely the second answer is the better one (Bradley-Terry).
            self._reward = ClassifierReward(ClassifierSettings(reward="classifier", transform="none", **where))

    def _load_refiner(self, name: str, *, by_principle: bool = False) -> Refiner:
        model = TransformersBackend(
            TransformersSettings(backend="transformers", temperature=0, threads=self._threads, **_source(name))
        )
        # Longer than a visitor waits, nobody's text keeps those of others waiting.
        return Refiner(model, by_principle=by_principle, most_seconds=self.settings.timeout_s)

    def _load_responder(self) -> TransformersBackend | EndpointBackend:
        settings = self.settings
        if not settings.endpoint:
            return TransformersBackend(
                TransformersSettings(
                    backend="transformers",
                    temperature=0,
                    max_new_tokens=settings.max_new_tokens,
                    threads=self._threads,
                    **_source(settings.responder),
                )
            )
        return EndpointBackend(
            EndpointSettings(
                backend="endpoint",
                model=settings.responder,
                base_url=settings.endpoint,
                api_key_env="PALIGNER_API_KEY" if os.environ.get("PALIGNER_API_KEY") else None,
                temperature=0,
                max_new_tokens=settings.max_new_tokens,
                timeout_s=settings.timeout_s,
                # Somebody is waiting: a server that is down is told of soon.
                retries=1,
                backoff_s=0.5,
            )
        )

    async def refine(self, instruction: str) -> AsyncIterator[Record]:
        """Refine an instruction.

        Yields:
            once, the record of the pipeline: `instruction`, `refined_instruction`, `changed`, `reason`.

        Raises:
            InputError: it cannot be refined, for example because it is too long for the model.
            BackendError: it took too long.
        """
        yield await self._in_time(self._refiner({"instruction": instruction}))

    async def rewrite(self, instruction: str, principle: str) -> AsyncIterator[Record]:
        """Rewrite an instruction by one principle; yields and raises as `refine`.

        Raises:
            PrincipleError: there is no such principle; the message lists those that there are.
        """
        principle = PAPER_PRINCIPLES[principle].name
        yield await self._in_time(self._rewriter({"instruction": instruction, "principle": principle}))

    async def respond(self, instruction: str, refined: str) -> AsyncIterator[Record]:
        """Answer an instruction and its refinement side by side, then score both answers to the instruction.

        Yields:
            `response`, `refined_response` (so far), `reward` and `refined_reward` (`None` until the answers are whole,
            or without a reward model). Equal texts are answered once.

        Raises:
            InputError: a text is too long for a model.
            BackendError: the server failed, or it took too long.
        """
        answers = ["", ""]
        async for answers in self._answers([instruction, refined]):
            yield _answered(answers, [None, None])
        yield _answered(answers, await self._in_time(self._rewards(instruction, answers)))

    async def _answers(self, texts: list[str]) -> AsyncIterator[list[str]]:
        """Answer texts at the same time; yield all answers so far whenever one has grown."""
        different = list(dict.fromkeys(texts))
        streams = [self._responder.stream([{"role": "user", "content": text}]) for text in different]
        ends = time.monotonic() + self.settings.timeout_s
        answers = [""] * len(different)
        steps = {asyncio.ensure_future(anext(stream)): place for place, stream in enumerate(streams)}
        try:
            while steps:
                left_s = max(0.0, ends - time.monotonic())
                done, _ = await asyncio.wait(steps, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
                if not done:
                    raise self._too_slow()
                for step in done:
                    place = steps.pop(step)
                    try:
                        answers[place] = step.result().strip()
                    except StopAsyncIteration:
                        continue
                    steps[asyncio.ensure_future(anext(streams[place]))] = place
                yield [answers[different.index(text)] for text in texts]
        finally:
            for step in steps:
                step.cancel()
            await asyncio.gather(*steps, return_exceptions=True)
            await asyncio.gather(*(stream.aclose() for stream in streams), return_exceptions=True)

    async def _rewards(self, instruction: str, answers: list[str]) -> Sequence[float | None]:
        if self._reward is None:
            return [None, None]
        asked = {"role": "user", "content": instruction}
        scores = await self._reward.score([[asked, {"role": "assistant", "content": answer}] for answer in answers])
        return [round(score, 3) for score in scores]

    async def _in_time(self, work: Coroutine[Any, Any, Result]) -> Result:
        try:
            return await asyncio.wait_for(work, self.settings.timeout_s)
        except asyncio.TimeoutError as error:
            raise self._too_slow() from error

    def _too_slow(self) -> BackendError:
        return BackendError(
            f"this took longer than {self.settings.timeout_s:g} seconds, the most that one request may take: try "
            "again later, or with a shorter text"
        )


def _answered(answers: Sequence[str], rewards: Sequence[float | None]) -> Record:
    return {
        "response": answers[0],
        "refined_response": answers[1],
        "reward": rewards[0],
        "refined_reward": rewards[1],
    }


def _source(name: str) -> dict[str, Any]:
    """Cut `org/name@revision` into model and revision."""
    model, _, revision = name.partition("@")
    return {"model": model, **({"revision": revision} if revision else {})}
