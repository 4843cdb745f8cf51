"""The stages of an evaluation: refine, respond, judge, and the measurements beside them.

A model is loaded when its work begins and closed when that is done, so that no two need to fit the memory, except for
the measurement of overhead.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache, partial
from itertools import islice
from typing import Any

from ..errors import InputError, KitError, Reason
from ..instructions import names_of
from ..judging.judges import Judge, both_orders, load_judge
from ..prompts import Message, chat_rewrite_messages
from ..runtime import BackendSettings, connect
from ..runtime.budget import Patience
from ..runtime.embedder import Embedder
from ..runtime.protocol import Backend, Reply, why_blank
from ..runtime.refiner import Refiner
from ..runtime.rewards import RewardModel, RewardSettings, load_reward
from .ledger import Record
from .refinements import Refinement
from .settings import ModelRefiner
from .study import Request, Study, Wanted, faults


Progress = Callable[[str, int, int], None]
"""Called with a stage, how much of it is done and how much there is."""

# What the authors of BPO (Cheng et al. 2024) publish with their model; its chat template puts [INST] around it.
_BPO_HEAD = (
    "You are an expert prompt engineer. Please help me improve this prompt to get a more helpful and harmless "
    "response:\n"
)


@asynccontextmanager
async def _late(load: Callable[..., Any], *settings: Any, **options: Any) -> AsyncIterator[Callable[[], Any]]:
    """Yield what loads a model when it is first called; it is closed at the end of the block."""
    async with AsyncExitStack() as stack:

        @cache
        def loaded() -> Any:
            model = load(*settings, **options)
            stack.push_async_callback(model.close)
            return model

        yield loaded


class Run:
    """Computes the results of a study that are missing.

    Args:
        connect, load_reward: what loads the models of the stages. Sentence embeddings and the measurement of overhead
            stay in this process.
    """

    def __init__(
        self,
        study: Study,
        progress: Progress | None = None,
        *,
        connect: Callable[[BackendSettings], Backend] = connect,
        load_reward: Callable[[RewardSettings], RewardModel] = load_reward,
    ) -> None:
        self._connect, self._load_reward = connect, load_reward
        self._study = study
        self._settings = study.settings
        self._ledger = study.ledger
        self._progress = progress or (lambda stage, done, total: None)

    async def all(self) -> None:
        """Do everything that is missing.

        Raises:
            Stopped: a limit of the recipe is reached.
            KitError: a model cannot be loaded, fails again and again, or gives mostly blank or unreadable texts.
        """
        for name, settings in self._settings.refiners.items():
            if isinstance(settings, ModelRefiner):
                await self._refine(name, settings)
        for name, responder in self._settings.responders.items():
            what = f"answers of {name}"
            answer = partial(_responded, Patience(what))
            async with _late(self._connect, responder) as model:
                await self._do("respond", f"respond: {name}", self._study.to_answer(name), model, answer, what=what)
        if reward := self._settings.reward:
            async with _late(self._load_reward, reward) as scorer:
                await self._do("pick", "pick the best", self._study.to_pick(), scorer, _picked)
        for name, judging in self._settings.judges.items():
            what = f"verdicts of {name}"
            compare = partial(_judged, Patience(what), self._settings.seed)
            async with _late(load_judge, judging, connect=self._connect, load_reward=self._load_reward) as judge:
                await self._do("judge", f"judge: {name}", self._study.to_judge(name), judge, compare, what=what)
        if embedder := self._settings.embedder:
            async with _late(Embedder, embedder) as near:
                await self._do("embed", "embed", self._study.to_embed(), near, _compared)
        await self._measure_overhead()

    async def _refine(self, name: str, settings: ModelRefiner) -> None:
        """Refine every instruction as often as a system wants it."""
        refine = partial(_refined, Patience(f"refinements of {name}"), name)
        async with _late(_refiner, settings, self._connect) as model:
            for turn in self._study.turns(name):
                title = f"refine: {name}" + (f", time {turn}" if turn > 1 else "")
                wanted, timing = self._study.to_refine(name, turn), self._study.refine_timing(name, turn)
                await self._do("refine", title, wanted, model, refine, what=f"answers of {name}", timing=timing)

    async def _measure_overhead(self) -> None:
        """Answer instructions with and without a refiner in front, sent at the same time (Fig. 7)."""
        missing = [each for each in self._study.to_measure() if each.key and not self._study.has(each.key)]
        if not missing:
            return
        name, responder, texts = missing[0].of
        settings = self._settings.refiners[name]
        assert isinstance(settings, ModelRefiner)
        responder = self._settings.responders[responder]
        async with _late(_refiner, settings, connect) as refiner, _late(connect, responder) as answerer:
            answer = partial(_answered, answerer(), seed=self._settings.seed)
            await answer(texts[:2], refiner())  # warms both up

            async def measure(texts: Sequence[str]) -> Record:
                normal, refined = await answer(texts, None), await answer(texts, refiner())
                usage = [normal["usage"][kind] + refined["usage"][kind] for kind in (0, 1)]
                calls = 3 * len(texts)
                return {"size": len(texts), "normal": normal, "refined": refined, "calls": calls, "usage": usage}

            for done, each in enumerate(missing):
                self._progress("overhead", done, len(missing))
                await self._ledger.get("overhead", str(each.key), partial(measure, each.of[-1]), calls=each.calls)
            self._progress("overhead", len(missing), len(missing))

    async def _do(
        self,
        stage: str,
        title: str,
        wanted: Iterable[Wanted],
        model: Callable[[], Any],
        work: Callable[[Any, Any], Awaitable[Record]],
        *,
        what: str = "results",
        timing: str = "",
    ) -> None:
        """Work out what is missing, in windows; each is timed, so that a kill loses the time of one only."""
        of = {each.key: each for each in wanted if each.key is not None}
        missing = {key: each for key, each in of.items() if not self._study.has(key)}
        if not missing:
            return
        loaded, done = model(), 0
        self._progress(title, 0, len(missing))

        async def one(key: str) -> None:
            nonlocal done
            each = missing[key]
            await self._ledger.get(stage, key, partial(work, loaded, each.of), calls=each.calls)
            done += 1
            self._progress(title, done, len(missing))

        queue = iter(missing)
        while window := list(islice(queue, self._settings.concurrency)):
            fresh, started = self._ledger.fresh, time.perf_counter()
            outcomes = await asyncio.gather(*map(one, window), return_exceptions=True)
            for outcome in outcomes:
                if isinstance(outcome, BaseException):
                    raise outcome
            seconds = time.perf_counter() - started
            await self._ledger.note_time(stage, timing, count=self._ledger.fresh - fresh, seconds=seconds)
        self._require_useful(what, of)

    def _require_useful(self, what: str, keys: Collection[str]) -> None:
        """End a run whose figures would say nothing: more than half of these results hold nothing."""
        found = [why for key in keys if (record := self._ledger.find(key)) for why in faults(record)]
        useless = [why for why in found if why]
        if 2 * len(useless) > len(found):
            raise KitError(
                f"{len(useless)} of {len(found)} {what} are blank or cannot be read, so nothing is counted: "
                f"{useless[-1]} (when that is mended, the same command goes on)"
            )


def _refiner(settings: ModelRefiner, connect: Callable[[BackendSettings], Backend]) -> Refiner:
    principle = settings.direction()

    def ask(instruction: str) -> list[Message]:
        if principle:
            return chat_rewrite_messages(instruction, principle)
        return [{"role": "user", "content": _BPO_HEAD + instruction}]

    return Refiner(
        connect(settings.model),
        by_principle=settings.refiner == "singlepo",
        principle=principle,
        ask=ask if settings.refiner in ("chat", "bpo") else None,
        guard=settings.guard,
        max_growth=settings.max_growth,
    )


async def _refine(refiner: Refiner, instruction: str) -> tuple[Refinement, Reply | None]:
    """Refine an instruction; one that cannot be refined stays as it is, with the reason."""
    try:
        record, reply = await refiner.answered(instruction)
    except InputError as error:
        return Refinement(instruction, Reason.named("unanswered", str(error))), None
    if not str(record["refined_instruction"]).strip():
        return Refinement(instruction, Reason.named("empty", "the text is blank")), reply
    return Refinement(record["refined_instruction"], record["reason"]), reply


async def _refined(patience: Patience, name: str, refiner: Refiner, instruction: str) -> Record:
    refinement, reply = await _refine(refiner, instruction)
    replies = [reply] if reply else []
    return {
        **_noted(patience, replies),
        "refiner": name,
        "instruction": instruction,
        "refined_instruction": refinement.text,
        "reason": refinement.reason,
        "failed": list(names_of(refinement.reason)) if refinement.reason else [],
        "calls": 1,
        "usage": _usage_of(replies),
    }


async def _responded(patience: Patience, model: Backend, request: Request) -> Record:
    found: Record = {"instruction": request.instruction, "calls": 1}
    try:
        replies = await model.chat(request.messages, n=request.n, seed=request.seed)
    except InputError as error:
        return {**found, "responses": [], "error": str(error), "usage": [0, 0]}
    blank = _noted(patience, replies)
    return {
        **found,
        **blank,
        # A blank one among others is none to pick from.
        "responses": [reply.text for reply in replies if blank or not why_blank(reply)],
        "finish_reasons": [reply.finish_reason for reply in replies],
        "usage": _usage_of(replies),
    }


def _noted(patience: Patience, replies: Sequence[Reply]) -> Record:
    """Say why all of some answers are blank, if they are; one after the other, and the run ends.

    Raises:
        KitError: it was one too many.
    """
    blank = [why for reply in replies if (why := why_blank(reply))]
    if not replies or len(blank) < len(replies):
        patience.worked()
        return {}
    patience.failed(blank[0])
    return {"blank": blank[0]}


async def _answered(answerer: Backend, texts: Sequence[str], refiner: Refiner | None, *, seed: int) -> Record:
    """Answer instructions that come together; return seconds and tokens."""
    started = time.perf_counter()
    used: list[Reply] = []
    if refiner:
        refined = await asyncio.gather(*(_refine(refiner, text) for text in texts))
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
        "usage": _usage_of([*used, *answers]),
    }


def _usage_of(replies: Sequence[Reply]) -> list[int]:
    return [sum(reply.prompt_tokens for reply in replies), sum(reply.completion_tokens for reply in replies)]


async def _picked(reward: RewardModel, of: tuple[str, Sequence[str]]) -> Record:
    instruction, responses = of
    # As answers to the user's own words, whatever was made of them (eq. 4).
    turn = {"role": "user", "content": instruction}
    try:
        scores = await reward.score([[turn, {"role": "assistant", "content": text}] for text in responses])
    except InputError as error:
        return {"picked": 0, "error": str(error)}
    return {"picked": scores.index(max(scores)), "scores": [round(score, 6) for score in scores]}


async def _judged(patience: Patience, seed: int, judge: Judge, of: tuple[str, tuple[str, str], str | None]) -> Record:
    instruction, pair, reference = of
    if pair[0] == pair[1]:
        return {"candidate_first": 0, "candidate_second": 0, "is_identical": True}
    try:
        found = await both_orders(judge, instruction, *pair, reference=reference, seed=seed)
    except InputError as error:
        return {"candidate_first": None, "candidate_second": None, "error": str(error)}
    if found.candidate_first is found.candidate_second is None:
        patience.failed(f"no verdict can be read: {found.texts[0]!r:.120}")
    else:
        patience.worked()
    return {
        "candidate_first": found.candidate_first,
        "candidate_second": found.candidate_second,
        "orders": 1 if judge.is_symmetric else 2,
        "said": list(found.texts),
        "calls": 0 if judge.is_symmetric else 2,
        "usage": [found.prompt_tokens, found.completion_tokens],
    }


async def _compared(embedder: Embedder, of: tuple[str, str]) -> Record:
    return {"similarity": round(await embedder.similarity(*of), 4)}
