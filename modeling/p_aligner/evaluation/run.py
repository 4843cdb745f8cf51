"""The stages of an evaluation: refine, respond, judge, and the measurements beside them.

A model is loaded when its work begins and closed when that is done, so that no two need to fit the memory, except for
the measurement of overhead.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from itertools import islice
from typing import Protocol, TypeVar

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
from .benchmarks import Benchmark, Item
from .ledger import Ledger, Record
from .overhead import answered, overheads, usage_of
from .results import Refinement, Request, Results, faults
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
            KitError: a model cannot be loaded, fails again and again, or gives mostly blank or unreadable texts.
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
            patience = Patience(f"refinements of {name}")
            async with AsyncExitStack() as life:
                refiner: Refiner | None = None
                for turn in range(1, most + 1):
                    texts = {self._before(name, turn, item) for item in items} - {None}
                    wanted = {self._results.refine_key(name, text): text for text in sorted(filter(None, texts))}
                    missing = {key: text for key, text in wanted.items() if not self._useful(key)}
                    if not missing:
                        continue
                    if refiner is None:
                        refiner = await life.enter_async_context(_closing(_refiner(settings, self._connect)))
                    title = f"refine: {name}" + (f", time {turn}" if turn > 1 else "")
                    refined = partial(_refined, name, refiner, patience)
                    works = [(key, partial(refined, text), 1) for key, text in missing.items()]
                    await self._work("refine", title, works, self._results.refine_timing(name, turn))
                    self._require_useful(f"answers of {name}", wanted)

    def _before(self, refiner: str, turn: int, item: Item) -> str | None:
        """Return what is refined in a turn: the instruction, or what the turn before made of it."""
        if turn == 1:
            return item.instruction
        earlier = self._results.refinement(refiner, turn - 1, item)
        return earlier.text if earlier else None

    async def respond(self) -> None:
        """Answer every instruction by every system, then pick the best where there are several answers."""
        for name, settings in self._settings.responders.items():
            wanted = {request.key: request for _, _, system, request in self._requests() if system.responder == name}
            missing = {key: request for key, request in wanted.items() if not self._useful(key)}
            if missing:
                async with _closing(self._connect(settings)) as model:
                    responded = partial(_responded, model, Patience(f"answers of {name}"))
                    works = [(key, partial(responded, request), 1) for key, request in missing.items()]
                    await self._work("respond", f"respond: {name}", works)
                self._require_useful(f"answers of {name}", wanted)
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
            wanted: dict[str, tuple[Item, str | None, tuple[str, str]]] = {}
            for benchmark in self._results.benchmarks:
                for system in self._results.judged(benchmark):
                    for item in benchmark.items:
                        if pair := self._results.pair(system, benchmark, item):
                            key = self._results.judge_key(name, benchmark, item, pair)
                            wanted[key] = (item, self._results.told(benchmark, item), pair)
            missing = {key: asked for key, asked in wanted.items() if not self._useful(key)}
            if missing:
                patience = Patience(f"verdicts of {name}")
                judge = load_judge(settings, connect=self._connect, load_reward=self._load_reward)
                async with _closing(judge):
                    works = [self._judging(key, judge, patience, *asked) for key, asked in missing.items()]
                    await self._work("judge", f"judge: {name}", works)
                self._require_useful(f"verdicts of {name}", wanted)

    def _judging(
        self, key: str, judge: Judge, patience: Patience, item: Item, reference: str | None, pair: tuple[str, str]
    ) -> Work:
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
            if found.candidate_first is found.candidate_second is None:
                patience.failed(f"no verdict can be read: {found.texts[0]!r:.120}")
            else:
                patience.worked()
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
        answer = partial(answered, seed=self._settings.seed)
        async with (
            _closing(_refiner(settings, connect)) as refiner,
            _closing(connect(self._settings.responders[responder])) as answerer,
        ):
            refine = partial(_refine, refiner)
            await answer(texts[:2], answerer, refine)  # warms both up
            for done, (key, _, _, texts, _) in enumerate(missing):
                self._progress("overhead", done, len(missing))

                async def work(texts: Sequence[str] = texts) -> Record:
                    normal = await answer(texts, answerer, None)
                    refined = await answer(texts, answerer, refine)
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

    def _useful(self, key: str) -> bool:
        """Say whether a result is there and holds something; one that does not is worked out again."""
        record = self._ledger.find(key)
        if record and (found := faults(record)) and all(found):
            self._ledger.forget(key)
        return self._known(key)

    def _require_useful(self, what: str, keys: Collection[str]) -> None:
        """End a run whose figures would say nothing.

        Raises:
            KitError: more than half of these results hold nothing.
        """
        found = [why for key in keys if (record := self._ledger.find(key)) for why in faults(record)]
        useless = [why for why in found if why]
        if 2 * len(useless) > len(found):
            raise KitError(
                f"{len(useless)} of {len(found)} {what} are blank or cannot be read, so nothing is counted: "
                f"{useless[-1]} (when that is mended, the same command goes on)"
            )

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
        guard=settings.guard,
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


async def _refined(name: str, refiner: Refiner, patience: Patience, instruction: str) -> Record:
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
        "usage": usage_of(replies),
    }


async def _responded(model: Backend, patience: Patience, request: Request) -> Record:
    found: Record = {"instruction": request.instruction, "calls": 1}
    try:
        replies = await model.chat(request.messages, n=request.count, seed=request.seed)
    except InputError as error:
        return {**found, "responses": [], "error": str(error), "usage": [0, 0]}
    blank = _noted(patience, replies)
    return {
        **found,
        **blank,
        # A blank one among others is none to pick from.
        "responses": [reply.text for reply in replies if blank or not why_blank(reply)],
        "finish_reasons": [reply.finish_reason for reply in replies],
        "usage": usage_of(replies),
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
