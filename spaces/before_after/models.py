"""What visitors can ask for: a text is checked, then models whose batches all visitors share work on it.

Every request is an asynchronous generator, and all run in one event loop. What is computed is not stopped when a
visitor leaves, but nobody waits for it longer than the settings allow.
"""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import aclosing
from typing import Any, TypeVar

from gpu import on_gpu  # before anything that uses torch: see there
from settings import Settings

from p_aligner.errors import BackendError, InputError
from p_aligner.principles import PAPER_PRINCIPLES
from p_aligner.runtime.answers import rewards_of, side_by_side
from p_aligner.runtime.endpoint import EndpointBackend, EndpointSettings
from p_aligner.runtime.in_process import TransformersBackend, TransformersSettings
from p_aligner.runtime.protocol import Backend
from p_aligner.runtime.refiner import Refiner
from p_aligner.runtime.rewards import ClassifierReward, ClassifierSettings
from ultraprompt.search import strategies
from ultraprompt.search.tree import Tree


Record = dict[str, Any]
Result = TypeVar("Result")

# Of a tree that a visitor grows: small, for each rewrite is answered and scored while others wait. Its instruction is
# rewritten and answered a dozen times, hence its own limit.
GROWTH = strategies.SearchSettings(iterations=8, responses=2)
LONGEST_SEED = 600  # characters
_LONGEST_RESPONSE = 64  # tokens
_TEMPERATURE = 0.7  # as in recipes/ultraprompt/smollm2.yaml: greedy answers would not differ

# All but tab and line feed. What is pasted from terminals has them; nobody means them, and models do not know them.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def taken(text: object, *, most_characters: int, name: str = "your instruction") -> str:
    """Return a visitor's text without control characters and outer white space; refuse it empty or too long."""
    if not isinstance(text, str):
        raise InputError(f"{name} must be text, it is {type(text).__name__}")
    # First of all, so that a text of any size costs nothing.
    if len(text) > most_characters:
        raise InputError(f"{name} has {len(text):,} characters, at most {most_characters:,} are taken: shorten it")
    clean = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not clean:
        raise InputError(f"{name} is empty: write what you would ask a language model")
    return clean


class Models:
    """The models that the settings choose, loaded.

    The docstrings of `refine`, `rewrite` and `respond` are shown to those who call them from outside. They raise
    `InputError` and `PrincipleError` for what cannot be used, and `BackendError` where it took too long or a server
    failed. A model that cannot be loaded is an `InputError`, too.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._threads = max(1, (os.cpu_count() or 1) // 2)
        singlepo = self._load_model(settings.singlepo, temperature=0)
        self._refiner = self._load_refiner(self._load_model(settings.model, temperature=0))
        self._rewriter = self._load_refiner(singlepo, by_principle=True)
        self._responder = self._load_responder(temperature=0, max_new_tokens=settings.max_new_tokens)
        self._reward: ClassifierReward | None = None
        self._search: strategies.Models | None = None
        if settings.reward_model:
            how: dict[str, Any] = {"reward": "classifier", "threads": self._threads, **_source(settings.reward_model)}
            # Raw scores: their difference says how likely the second answer is the better one (Bradley-Terry).
            self._reward = ClassifierReward(ClassifierSettings(transform="none", **how))
            # The search goes by scores between 0 and 1, and by answers that differ.
            self._search = strategies.Models(
                singlepo,
                self._load_responder(
                    like=self._responder,
                    temperature=_TEMPERATURE,
                    max_new_tokens=min(_LONGEST_RESPONSE, settings.max_new_tokens),
                ),
                ClassifierReward(ClassifierSettings(**how), like=self._reward),
            )
        # At the start: ZeroGPU has to know before the first request what it lends its GPU to.
        self._refined, self._rewritten, self._responded, self._grown = (
            on_gpu(work, seconds=settings.timeout_s)
            for work in (self._refine, self._rewrite, self._respond, self._grow)
        )

    def _load_model(self, name: str, *, like: Backend | None = None, **sampling: Any) -> TransformersBackend:
        settings = TransformersSettings(backend="transformers", threads=self._threads, **sampling, **_source(name))
        return TransformersBackend(settings, like=like)

    def _load_refiner(self, model: TransformersBackend, *, by_principle: bool = False) -> Refiner:
        # A text that takes longer than a visitor waits must not keep others waiting.
        return Refiner(model, by_principle=by_principle, most_seconds=self.settings.timeout_s)

    def _load_responder(
        self, *, like: Backend | None = None, **sampling: Any
    ) -> TransformersBackend | EndpointBackend:
        settings = self.settings
        if not settings.endpoint:
            return self._load_model(settings.responder, like=like, **sampling)
        return EndpointBackend(
            EndpointSettings(
                backend="endpoint",
                model=settings.responder,
                base_url=settings.endpoint,
                api_key_env="PALIGNER_API_KEY" if os.environ.get("PALIGNER_API_KEY") else None,
                timeout_s=settings.timeout_s,
                # A visitor waits: a server that is down should fail soon.
                retries=1,
                backoff_s=0.5,
                **sampling,
            )
        )

    async def refine(self, instruction: str) -> AsyncIterator[Record]:
        """Refine an instruction: returns instruction, refined_instruction, changed and reason."""
        async for record in self._refined(self._taken(instruction)):
            yield record

    async def rewrite(self, instruction: str, principle: str) -> AsyncIterator[Record]:
        """Rewrite an instruction by one of the ten principles: returns the same, and principle."""
        async for record in self._rewritten(self._taken(instruction), str(principle)):
            yield record

    async def respond(self, instruction: str, refined_instruction: str) -> AsyncIterator[Record]:
        """Answer both: streams response and refined_response, at last with reward and refined_reward."""
        texts = self._taken(instruction), self._taken(refined_instruction, name="the text to send")
        async for record in self._responded(*texts):
            yield record

    async def grow(self, instruction: str, category: str) -> AsyncIterator[Record]:
        """Grow a small tree from an instruction: yields each step as a journal of `ultraprompt` keeps it.

        When its time is over it ends with what has grown.
        """
        longest = min(LONGEST_SEED, self.settings.max_characters)
        async for step in self._grown(taken(instruction, most_characters=longest), str(category)):
            yield step

    def _taken(self, text: object, **named: str) -> str:
        return taken(text, most_characters=self.settings.max_characters, **named)

    async def _refine(self, instruction: str) -> AsyncIterator[Record]:
        yield await self._in_time(self._refiner({"instruction": instruction}))

    async def _rewrite(self, instruction: str, principle: str) -> AsyncIterator[Record]:
        principle = PAPER_PRINCIPLES[principle].name
        yield await self._in_time(self._rewriter({"instruction": instruction, "principle": principle}))

    async def _respond(self, instruction: str, refined: str) -> AsyncIterator[Record]:
        """Answer both side by side, then score both answers as answers to the instruction."""
        ends, answers = time.monotonic() + self.settings.timeout_s, ["", ""]
        async with aclosing(side_by_side(self._responder.stream, [instruction, refined])) as parts:
            while part := await self._in_time(anext(parts, None), ends - time.monotonic()):
                answers = part
                yield _answered(answers, [None, None])
        rewards: Sequence[float | None] = [None, None]
        if self._reward is not None:
            scores = await self._in_time(rewards_of(self._reward, instruction, answers))
            rewards = [round(score, 3) for score in scores]
        yield _answered(answers, rewards)

    async def _grow(self, instruction: str, category: str) -> AsyncIterator[Record]:
        if self._search is None:
            raise InputError("no tree grows here: PALIGNER_REWARD names no reward model")
        principles = [principle.name for principle in PAPER_PRINCIPLES.for_category(category)]
        tree = Tree("your own", instruction, principles, category=category)
        ends = time.monotonic() + self.settings.timeout_s
        async with aclosing(strategies.grow(tree, self._search, GROWTH, PAPER_PRINCIPLES)) as steps:
            while tree.iterations < GROWTH.iterations:
                try:
                    step = await self._in_time(anext(steps, None), ends - time.monotonic())
                except BackendError:
                    if tree.nodes and time.monotonic() >= ends:
                        return
                    raise
                if step is None:
                    return
                yield step

    async def _in_time(self, work: Awaitable[Result], most_s: float | None = None) -> Result:
        try:
            return await asyncio.wait_for(work, self.settings.timeout_s if most_s is None else most_s)
        except asyncio.TimeoutError as error:
            raise BackendError(
                f"this took longer than {self.settings.timeout_s:g} seconds, the most that one request may take: try "
                "again later, or with a shorter text"
            ) from error


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
