"""The stages of an evaluation: refine, respond, judge, and the measurements beside them.

A model is loaded when its work begins and closed when that is done, so that no two need to fit the memory, except for
the measurement of overhead.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from itertools import islice
from typing import Protocol, TypeVar

from ..errors import InputError, Reason
from ..instructions import names_of
from ..judging.judges import Judge, both_orders, load_judge
from ..prompts import Message, chat_rewrite_messages
from ..runtime import BackendSettings, connect
from ..runtime.embedder import Embedder
from ..runtime.protocol import Backend, Reply
from ..runtime.refiner import Refiner
from ..runtime.rewards import RewardModel, RewardSettings, load_reward
from .benchmarks import Benchmark, Item
from .ledger import Ledger, Record
from .results import Refinement, Request, Results
from .settings import ModelRefiner, System


Progress = Callable[[str, int, int], None]
"""Called with a stage, how much of it is done and how much there is."""
Work = tuple[str, Callable[[], Awaitable[Record]], int]
"""A key, what gives the record, and the calls that it takes."""

# What the authors of BPO (Cheng et al. 2024) publish with their model; its chat template puts [INST] around it.
_BPO_HEAD = (
    "You are an expert prompt engineer. Please help me improve this prompt to get a more helpful and harmless "
    "response:\n"
)


class _Closable(Protocol):
    async def close(self) -> None: ...


Model = TypeVar("Model", bound=_Closable)


@asynccontextmanager
async def _closing(model: Model) -> AsyncIterator[Model]:
    try:
        yield model
    finally:
        await model.close()


class Run:
    """Computes the results that are missing.

    Args:
        results ([`Results`]):
            What is wanted.
        progress (`Callable`, *optional*):
            See [`Progress`].
        connect (`Callable`), load_reward (`Callable`):
            What loads the models of the stages. Sentence embeddings and the measurement of overhead stay in this
            process.
    """

    def __init__(
        self,
        results: Results,
        progress: Progress | None = None,
        *,
        connect: Callable[[BackendSettings], Backend] = connect,
        load_reward: Callable[[RewardSettings], RewardModel] = load_reward,
    ) -> None:
        self._connect, self._load_reward = connect, load_reward
        self._results = results
        self._settings = results.settings
        self._ledger: Ledger = results.ledger
        self._progress = progress or (lambda stage, done, total: None)

    async def all(self) -> None:
        """Do everything that is missing.

        Raises:
            Stopped: a limit of the recipe is reached.
            KitError: a model cannot be loaded, or fails again and again.
        """
        await self.refine()
        await self.respond()
        await self.judge()
        await self.embed()
        await self.measure_overhead()

    async def refine(self) -> None:
        """Refine every instruction with every refiner, as often as a system wants it."""
        items = [item for benchmark in self._results.benchmarks for item in benchmark.items]
        for name, settings in self._settings.refiners.items():
            if not isinstance(settings, ModelRefiner):
                continue
            most = max((times for refiner, times in self._results.refinings() if refiner == name), default=0)
            async with AsyncExitStack() as life:
                refiner: Refiner | None = None
                for turn in range(1, most + 1):
                    texts = {self._before(name, turn, item) for item in items} - {None}
                    keys = {text: self._results.refine_key(name, text) for text in sorted(filter(None, texts))}
                    missing = {text: key for text, key in keys.items() if not self._known(key)}
                    if not missing:
                        continue
                    if refiner is None:
                        refiner = await life.enter_async_context(_closing(_refiner(settings, self._connect)))
                    title = f"refine: {name}" + (f", time {turn}" if turn > 1 else "")
                    works = [(key, partial(_refined, name, refiner, text), 1) for text, key in missing.items()]
                    await self._work("refine", title, works, self._results.refine_timing(name, turn))

    def _before(self, refiner: str, turn: int, item: Item) -> str | None:
        """Return what is refined in a turn: the instruction, or what the turn before made of it."""
        if turn == 1:
            return item.instruction
        earlier = self._results.refinement(refiner, turn - 1, item)
        return earlier.text if earlier else None

    async def respond(self) -> None:
        """Answer every instruction by every system, then pick the best where there are several answers."""
        for name, settings in self._settings.responders.items():
            requests = {
                request.key: request
                for _, _, system, request in self._requests()
                if system.responder == name and not self._known(request.key)
            }
            if requests:
                async with _closing(self._connect(settings)) as model:
                    works = [(key, partial(_responded, model, request), 1) for key, request in requests.items()]
                    await self._work("respond", f"respond: {name}", works)
        await self._pick()

    def _requests(self) -> Iterator[tuple[Benchmark, Item, System, Request]]:
        for benchmark in self._results.benchmarks:
            for system in self._results.answering(benchmark):
                for item in benchmark.items:
                    if request := self._results.request(system, benchmark, item):
                        yield benchmark, item, system, request

    async def _pick(self) -> None:
        if self._settings.reward is None:
            return
        answers: dict[str, tuple[str, list[str]]] = {}
        for _, item, system, request in self._requests():
            record = self._ledger.find(request.key)
            key = self._results.pick_key(request, item)
            if system.best_of_n and record and record["responses"] and not self._known(key):
                answers[key] = (item.instruction, record["responses"])
        if answers:
            async with _closing(self._load_reward(self._settings.reward)) as reward:
                works = [(key, partial(_picked, reward, *texts), 0) for key, texts in answers.items()]
                await self._work("pick", "pick the best", works)

    async def judge(self) -> None:
        """Judge every answer by every judge, in both orders."""
        for name, settings in self._settings.judges.items():
            pairs: dict[str, tuple[Item, str | None, tuple[str, str]]] = {}
            for benchmark in self._results.benchmarks:
                for system in self._results.judged(benchmark):
                    for item in benchmark.items:
                        if pair := self._results.pair(system, benchmark, item):
                            key = self._results.judge_key(name, benchmark, item, pair)
                            if not self._known(key):
                                pairs[key] = (item, self._results.told(benchmark, item), pair)
            if pairs:
                judge = load_judge(settings, connect=self._connect, load_reward=self._load_reward)
                async with _closing(judge):
                    works = [self._judging(key, judge, *work) for key, work in pairs.items()]
                    await self._work("judge", f"judge: {name}", works)

    def _judging(self, key: str, judge: Judge, item: Item, reference: str | None, pair: tuple[str, str]) -> Work:
        calls = 0 if judge.is_symmetric or pair[0] == pair[1] else 2

        async def work() -> Record:
            if pair[0] == pair[1]:
                return {"candidate_first": 0, "candidate_second": 0, "is_identical": True}
            try:
                found = await both_orders(
                    judge, item.instruction, *pair, reference=reference, seed=self._settings.seed
                )
            except InputError as error:
                return {"candidate_first": None, "candidate_second": None, "error": str(error)}
            return {
                "candidate_first": found.candidate_first,
                "candidate_second": found.candidate_second,
                "orders": 1 if judge.is_symmetric else 2,
                "said": list(found.texts),
                "calls": calls,
                "usage": [found.prompt_tokens, found.completion_tokens],
            }

        return key, work, calls

    async def embed(self) -> None:
        """Measure how near each refinement is to its instruction."""
        if self._settings.embedder is None:
            return
        pairs: dict[str, tuple[str, str]] = {}
        for refiner, times in self._results.refinings():
            for benchmark in self._results.benchmarks:
                for item in benchmark.items:
                    found = self._results.refinement(refiner, times, item)
                    if found and found.text != item.instruction:
                        key = self._results.similarity_key(item.instruction, found.text)
                        if not self._known(key):
                            pairs[key] = (item.instruction, found.text)
        if pairs:
            async with _closing(Embedder(self._settings.embedder)) as embedder:
                works = [(key, partial(_compared, embedder, *pair), 0) for key, pair in pairs.items()]
                await self._work("embed", "embed", works)

    async def measure_overhead(self) -> None:
        """Answer instructions with and without a refiner in front, sent at the same time (Fig. 7)."""
        missing = [work for work in overheads(self._results) if not self._known(work[0])]
        if not missing:
            return
        _, name, responder, texts, _ = missing[0]
        settings = self._settings.refiners[name]
        assert isinstance(settings, ModelRefiner)
        answer = partial(_answered_together, seed=self._settings.seed)
        async with (
            _closing(_refiner(settings, connect)) as refiner,
            _closing(connect(self._settings.responders[responder])) as answerer,
        ):
            await answer(texts[:2], answerer, refiner)  # warms both up
            for done, (key, _, _, texts, _) in enumerate(missing):
                self._progress("overhead", done, len(missing))

                async def work(texts: Sequence[str] = texts) -> Record:
                    normal = await answer(texts, answerer, None)
                    refined = await answer(texts, answerer, refiner)
                    return {
                        "size": len(texts),
                        "normal": normal,
                        "refined": refined,
                        "calls": 3 * len(texts),
                        "usage": [normal["usage"][kind] + refined["usage"][kind] for kind in (0, 1)],
                    }

                await self._ledger.get("overhead", key, work, calls=3 * len(texts))
            self._progress("overhead", len(missing), len(missing))

    def _known(self, key: str) -> bool:
        return self._ledger.find(key) is not None

    async def _work(self, stage: str, title: str, works: Sequence[Work], timing: str = "") -> None:
        """Do work in windows; the duration of each is noted, so that a kill loses the time of one window only."""
        queue, done = iter(works), 0
        self._progress(title, 0, len(works))
        while window := list(islice(queue, self._settings.concurrency)):
            fresh, started = self._ledger.fresh, time.perf_counter()

            async def one(work: Work) -> None:
                nonlocal done
                key, run, calls = work
                await self._ledger.get(stage, key, run, calls=calls)
                done += 1
                self._progress(title, done, len(works))

            outcomes = await asyncio.gather(*map(one, window), return_exceptions=True)
            for outcome in outcomes:
                if isinstance(outcome, BaseException):
                    raise outcome
            seconds = time.perf_counter() - started
            await self._ledger.note_time(stage, timing, count=self._ledger.fresh - fresh, seconds=seconds)


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


def _refiner(settings: ModelRefiner, connect: Callable[[BackendSettings], Backend]) -> Refiner:
    principle = settings.direction()
    ask: Callable[[str], list[Message]] | None = None
    if settings.refiner == "bpo":
        ask = _ask_bpo
    elif principle and settings.refiner == "chat":
        ask = partial(chat_rewrite_messages, principle=principle)
    return Refiner(
        connect(settings.model),
        by_principle=settings.refiner == "singlepo",
        principle=principle,
        ask=ask,
        guard="fallback" if settings.is_guarded else "off",
        max_growth=settings.max_growth,
    )


def _ask_bpo(instruction: str) -> list[Message]:
    return [{"role": "user", "content": _BPO_HEAD + instruction}]


async def _refine(refiner: Refiner, instruction: str) -> tuple[Refinement, Reply | None]:
    """Refine an instruction; one that cannot be refined stays as it is, with the reason."""
    try:
        record, reply = await refiner.answered(instruction)
    except InputError as error:
        return Refinement(instruction, Reason.named("unanswered", str(error))), None
    if not str(record["refined_instruction"]).strip():
        return Refinement(instruction, Reason.named("empty", "the text is blank")), reply
    return Refinement(record["refined_instruction"], record["reason"]), reply


async def _refined(name: str, refiner: Refiner, instruction: str) -> Record:
    refinement, reply = await _refine(refiner, instruction)
    return {
        "refiner": name,
        "instruction": instruction,
        "refined_instruction": refinement.text,
        "reason": refinement.reason,
        "failed": list(names_of(refinement.reason)) if refinement.reason else [],
        "calls": 1,
        "usage": _usage([reply] if reply else []),
    }


async def _responded(model: Backend, request: Request) -> Record:
    found: Record = {"instruction": request.instruction, "calls": 1}
    try:
        replies = await model.chat(request.messages, n=request.count, seed=request.seed)
    except InputError as error:
        return {**found, "responses": [], "error": str(error), "usage": [0, 0]}
    reasons = [reply.finish_reason for reply in replies]
    texts = [reply.text for reply in replies]
    return {**found, "responses": texts, "finish_reasons": reasons, "usage": _usage(replies)}


async def _picked(reward: RewardModel, instruction: str, responses: Sequence[str]) -> Record:
    # As answers to the user's own words, whatever was made of them (eq. 4).
    turn = {"role": "user", "content": instruction}
    try:
        scores = await reward.score([[turn, {"role": "assistant", "content": text}] for text in responses])
    except InputError as error:
        return {"picked": 0, "error": str(error)}
    return {"picked": scores.index(max(scores)), "scores": [round(score, 6) for score in scores]}


async def _compared(embedder: Embedder, one: str, other: str) -> Record:
    return {"similarity": round(await embedder.similarity(one, other), 4)}


async def _answered_together(texts: Sequence[str], answerer: Backend, refiner: Refiner | None, *, seed: int) -> Record:
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
        "usage": _usage([*used, *answers]),
    }


def _usage(replies: Sequence[Reply]) -> list[int]:
    return [sum(reply.prompt_tokens for reply in replies), sum(reply.completion_tokens for reply in replies)]
