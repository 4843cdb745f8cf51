"""The stages of an evaluation: refine, respond, judge, and the measurements beside them. Writes no reports.

A model is loaded when its work begins and closed when that is done, so that no two need to fit the memory, except for
the measurement of overhead.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice

from ..errors import InputError, KitError
from ..instructions import names_of
from ..judging.judges import Judge, Judgement, both_orders, load_judge
from ..runtime import Backend, BackendSettings, Reply, connect
from ..runtime.budget import Patience
from ..runtime.protocol import why_blank
from ..runtime.refiner import Refiner
from ..runtime.rewards import RewardModel, RewardSettings, load_reward
from . import refiners
from .benchmarks import Benchmark, Item
from .embedder import Embedder
from .ledger import Ledger, Record
from .overhead import answered, overheads, usage_of
from .results import Request, Results, faults
from .settings import ModelRefiner, System


Progress = Callable[[str, int, int], None]
"""Is told a stage, how much of it is done and how much there is."""
Work = tuple[str, Callable[[], Awaitable[Record]], int]
"""A key, what gives the record, and the calls that it takes."""


class Run:
    """Works out what is missing among the results.

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
            most = max((times for refiner, times in self._results.refinings() if refiner == name), default=0)
            if not isinstance(settings, ModelRefiner):
                continue
            refiner: Refiner | None = None
            patience = Patience(f"refinements of {name}")
            try:
                for turn in range(1, most + 1):
                    texts = {text for item in items if (text := self._before(name, turn, item))}
                    wanted = {self._results.refine_key(name, text): text for text in sorted(texts)}
                    missing = {key: text for key, text in wanted.items() if not self._useful(key)}
                    if missing and refiner is None:
                        refiner = refiners.refiner_of(settings, self._connect(settings.model))
                    if missing and refiner:
                        title = f"refine: {name}" + (f", time {turn}" if turn > 1 else "")
                        works = [self._refining(key, name, refiner, text, patience) for key, text in missing.items()]
                        await self._work("refine", title, works, self._results.refine_timing(name, turn))
                        self._require_useful(f"answers of {name}", wanted)
            finally:
                if refiner:
                    await refiner.close()

    def _before(self, refiner: str, turn: int, item: Item) -> str | None:
        """Return what is refined in a turn: the instruction, or what the turn before made of it."""
        if turn == 1:
            return item.instruction
        earlier = self._results.refinement(refiner, turn - 1, item)
        return earlier.text if earlier else None

    def _refining(self, key: str, name: str, refiner: Refiner, instruction: str, patience: Patience) -> Work:
        async def work() -> Record:
            refinement, reply = await refiners.refine(instruction, refiner)
            blank = _noted(patience, [reply] if reply else [])
            return {
                **blank,
                "refiner": name,
                "instruction": instruction,
                "refined_instruction": refinement.text,
                "reason": refinement.reason,
                "failed": list(names_of(refinement.reason)) if refinement.reason else [],
                "calls": 1,
                "usage": usage_of([reply] if reply else []),
            }

        return key, work, 1

    async def respond(self) -> None:
        """Answer every instruction by every system, then pick the best where there are several answers."""
        for name, settings in self._settings.responders.items():
            wanted = {request.key: request for _, _, system, request in self._requests() if system.responder == name}
            requests = [request for key, request in wanted.items() if not self._useful(key)]
            if not requests:
                continue
            model, patience = self._connect(settings), Patience(f"answers of {name}")
            try:
                works = [self._responding(model, request, patience) for request in requests]
                await self._work("respond", f"respond: {name}", works)
            finally:
                await model.close()
            self._require_useful(f"answers of {name}", wanted)
        await self._pick()

    def _requests(self) -> Iterator[tuple[Benchmark, Item, System, Request]]:
        for benchmark in self._results.benchmarks:
            for system in self._results.answering(benchmark):
                for item in benchmark.items:
                    if request := self._results.request(system, benchmark, item):
                        yield benchmark, item, system, request

    def _responding(self, model: Backend, request: Request, patience: Patience) -> Work:
        async def work() -> Record:
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

        return request.key, work, 1

    async def _pick(self) -> None:
        if self._settings.reward is None:
            return
        works: dict[str, tuple[Request, Item]] = {}
        for _, item, system, request in self._requests():
            record = self._ledger.find(request.key)
            key = self._results.pick_key(request, item)
            if system.best_of_n and record and record["responses"] and not self._known(key):
                works[key] = (request, item)
        if not works:
            return
        reward = self._load_reward(self._settings.reward)

        def picking(key: str, request: Request, item: Item) -> Work:
            async def work() -> Record:
                record = self._ledger.find(request.key)
                assert record is not None
                # As answers to what the user asked, whatever was made of it (eq. 4).
                chats = [
                    [{"role": "user", "content": item.instruction}, {"role": "assistant", "content": text}]
                    for text in record["responses"]
                ]
                try:
                    scores = await reward.score(chats)
                except InputError as error:
                    return {"picked": 0, "error": str(error)}
                return {"picked": scores.index(max(scores)), "scores": [round(score, 6) for score in scores]}

            return key, work, 0

        try:
            await self._work("pick", "pick the best", [picking(key, *work) for key, work in works.items()])
        finally:
            await reward.close()

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
            pairs = {key: pair for key, pair in wanted.items() if not self._useful(key)}
            if not pairs:
                continue
            patience = Patience(f"verdicts of {name}")
            judge = load_judge(settings, connect=self._connect, load_reward=self._load_reward)
            try:
                works = [self._judging(key, judge, patience, *work) for key, work in pairs.items()]
                await self._work("judge", f"judge: {name}", works)
            finally:
                await judge.close()
            self._require_useful(f"verdicts of {name}", wanted)

    def _judging(
        self, key: str, judge: Judge, patience: Patience, item: Item, reference: str | None, pair: tuple[str, str]
    ) -> Work:
        candidate, baseline = pair
        calls = 0 if judge.is_symmetric or candidate == baseline else 2

        async def work() -> Record:
            if candidate == baseline:
                return {"candidate_first": 0, "candidate_second": 0, "is_identical": True}
            try:
                found: Judgement = await both_orders(
                    judge, item.instruction, candidate, baseline, reference=reference, seed=self._settings.seed
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
        if not pairs:
            return
        embedder = Embedder(self._settings.embedder)

        def embedding(key: str, pair: tuple[str, str]) -> Work:
            async def work() -> Record:
                return {"similarity": round(await embedder.similarity(*pair), 4)}

            return key, work, 0

        try:
            await self._work("embed", "embed", [embedding(key, pair) for key, pair in pairs.items()])
        finally:
            await embedder.close()

    async def measure_overhead(self) -> None:
        """Answer instructions with and without a refiner in front, handed over together (Fig. 7)."""
        works = list(overheads(self._results))
        missing = [work for work in works if not self._known(work[0])]
        if not missing:
            return
        _, refiner, responder, _, _ = missing[0]
        settings = self._settings.refiners[refiner]
        assert isinstance(settings, ModelRefiner)
        own = refiners.refiner_of(settings, connect(settings.model))
        answerer = connect(self._settings.responders[responder])
        done = 0
        try:
            await answered(missing[0][3][:2], answerer, own, self._settings.seed)  # warms both up
            for key, _, _, texts, _ in missing:
                self._progress("overhead", done, len(missing))

                async def work(texts: Sequence[str] = texts) -> Record:
                    normal = await answered(texts, answerer, None, self._settings.seed)
                    refined = await answered(texts, answerer, own, self._settings.seed)
                    return {
                        "size": len(texts),
                        "normal": normal,
                        "refined": refined,
                        "calls": 3 * len(texts),
                        "usage": [normal["usage"][kind] + refined["usage"][kind] for kind in (0, 1)],
                    }

                await self._ledger.get("overhead", key, work, calls=3 * len(texts))
                done += 1
            self._progress("overhead", done, len(missing))
        finally:
            await own.close()
            await answerer.close()

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

    async def _work(self, stage: str, title: str, works: Iterable[Work], timing: str = "") -> None:
        """Do work, a window at a time, so that what is written down of its duration is not much less than is done."""
        works = list(works)
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
