"""What an evaluation wants, and what of it is there: the key of each result, what it is made of, what came back."""

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from ..errors import Reason, read_text
from ..instructions import ALREADY_CLEAR, names_of
from ..judging.judges import LlmJudgeSettings, judge_messages
from ..prompts import Message, says_nothing
from .benchmarks import Benchmark, Item
from .ledger import Ledger, Record, described, key_of
from .refinements import Lookup, Refinement
from .settings import NORMAL, ColumnRefiner, EvaluationSettings, FileRefiner, ModelRefiner, System, systems_of


BLANK = "a blank answer"
_FENCE = "```"


class Wanted(NamedTuple):
    """A result that is wanted.

    Args:
        key: where it is found; `None` while it depends on a result that is missing.
        of: what it is made of, or, without a key, what tells it from others.
        calls: of models, at most.
    """

    key: str | None
    of: Any
    calls: int = 0


class Request(NamedTuple):
    """A request to a responder: its key, instruction, chat, number of answers and seed."""

    key: str
    instruction: str
    messages: list[Message]
    n: int
    seed: int


Judged = tuple[Item, Record, tuple[str, str]]
"""What was judged, the judgement, and the two answers."""


class Answer(NamedTuple):
    """What a system answered; `error` says why there is nothing."""

    text: str
    error: str | None = None


def faults(record: Record) -> list[str | None]:
    """Say of each verdict of a judgement, or of the answers of a model, why nothing can be read; `None` where it can.

    What was not asked for, or could not be, has none.
    """
    if "error" in record or record.get("is_identical"):
        return []
    if record["type"] == "judge":
        told = zip((record["candidate_first"], record["candidate_second"]), record.get("said", ("", "")), strict=True)
        return [None if preference is not None else f"no verdict in {said!r:.160}" for preference, said in told]
    if record["type"] == "respond" and "content_filter" not in record.get("finish_reasons", ()):
        is_blank = all(map(says_nothing, record["responses"]))
        return [str(record.get("blank", "the answer is blank")) if is_blank else None]
    return [record.get("blank")]


class Study:
    """The results of an evaluation, as far as they are there; its `systems` in the order of the recipe.

    Raises:
        InputError: a file of refinements or of URIAL cannot be read, a column is missing in all rows.
        PrincipleError: a principle is unknown.
    """

    def __init__(self, settings: EvaluationSettings, benchmarks: Sequence[Benchmark], ledger: Ledger) -> None:
        self.settings = settings
        self.benchmarks = tuple(benchmarks)
        self.items = [item for benchmark in benchmarks for item in benchmark.items]
        self.ledger = ledger
        self.systems = systems_of(settings)
        used = {system.refiner for system in self.systems}
        self._refiners: dict[str, Record] = {}
        self._lookups: dict[str, Lookup] = {}
        for name, refiner in settings.refiners.items():
            if isinstance(refiner, ModelRefiner):
                self._refiners[name] = {"model": described(refiner.model), "how": _how(refiner)}
            elif isinstance(refiner, FileRefiner) and name in used:
                self._lookups[name] = Lookup(refiner)
        self._responders = {name: described(responder) for name, responder in settings.responders.items()}
        # The prompt of a judge that is a language model decides its verdicts, too.
        asked = key_of(words=judge_messages("", "", "", reference=""))
        self._judges = {
            name: {**described(judge), "asked": asked if isinstance(judge, LlmJudgeSettings) else None}
            for name, judge in settings.judges.items()
        }
        self._reward = described(settings.reward) if settings.reward else None
        self._embedder = described(settings.embedder) if settings.embedder else None
        files = {system.urial for system in self.systems if system.urial}
        self._urial = {path: read_text(path, f"the file {path!r} of urial") for path in files}

    # What there is to do.

    def has(self, key: str) -> bool:
        """Say whether a result is there and holds something; one that does not is forgotten and worked out again."""
        record = self.ledger.find(key)
        if record and (found := faults(record)) and all(found):
            self.ledger.forget(key)
        return self.ledger.find(key) is not None

    def to_refine(self, refiner: str, turn: int) -> Iterator[Wanted]:
        """Yield what a model is to refine in a turn: instructions, or what the turn before made of them."""
        for item in self.items:
            if before := self.refinement(refiner, turn - 1, item):
                yield Wanted(self.refine_key(refiner, before.text), before.text, 1)
            else:
                yield Wanted(None, (refiner, turn, item.instruction), 1)

    def to_answer(self, responder: str) -> Iterator[Wanted]:
        """Yield what a responder is to answer."""
        for benchmark in self.benchmarks:
            for system in self.answering(benchmark):
                for item in benchmark.items if system.responder == responder else ():
                    if request := self.request(system, item):
                        yield Wanted(request.key, request, 1)
                    elif not self._is_hopeless(system, item):
                        yield Wanted(None, (system, item.instruction), 1)

    def to_pick(self) -> Iterator[Wanted]:
        """Yield instructions whose best answer is to be picked, with the answers."""
        for benchmark in self.benchmarks:
            for system in self.answering(benchmark):
                for item in benchmark.items if system.best_of_n else ():
                    request = self.request(system, item)
                    record = self.ledger.find(request.key) if request else None
                    if request and record and record["responses"]:
                        yield Wanted(self.pick_key(request, item), (item.instruction, record["responses"]))

    def to_judge(self, judge: str) -> Iterator[Wanted]:
        """Yield what a judge is to compare: instruction, pair of answers, and the reference that it is told."""
        calls = 2 if isinstance(self.settings.judges[judge], LlmJudgeSettings) else 0
        for benchmark in self.benchmarks:
            for system in self.judged(benchmark):
                for item in benchmark.items:
                    if pair := self.pair(system, benchmark, item):
                        of = (item.instruction, pair, self.told(benchmark, item))
                        yield Wanted(self.judge_key(judge, *of), of, calls if pair[0] != pair[1] else 0)
                    elif not (
                        (benchmark.against == "reference" and item.reference is None)
                        or self._is_hopeless(system, item)
                    ):
                        yield Wanted(None, (judge, system, benchmark.name, item.instruction), calls)

    def to_embed(self) -> Iterator[Wanted]:
        """Yield instructions and what became of them, where their similarity is to be measured."""
        for refiner, times in self.refinings() if self.settings.embedder else ():
            for item in self.items:
                found = self.refinement(refiner, times, item)
                if found and found.text != item.instruction:
                    yield Wanted(self.similarity_key(item.instruction, found.text), (item.instruction, found.text))

    def to_measure(self) -> Iterator[Wanted]:
        """Yield the measurements of overhead: refiner, responder and instructions."""
        settings = self.settings.overhead
        if settings is None:
            return
        refiner = settings.refiner or next(iter(self._refiners))
        responder = settings.responder or next(iter(self.settings.responders))
        chosen = [benchmark for benchmark in self.benchmarks if settings.benchmark in (None, benchmark.name)]
        texts = [item.instruction for item in chosen[0].items]
        for size, repeat in itertools.product(settings.sizes, range(settings.repeats)):
            if size <= len(texts):
                # Different ones each time, because some take much longer than others.
                some = [texts[(repeat * size + number) % len(texts)] for number in range(size)]
                models = {"refiner": self._refiners[refiner], "responder": self._responders[responder]}
                key = key_of(stage="overhead", **models, texts=some, repeat=repeat, seed=self.settings.seed)
                yield Wanted(key, (refiner, responder, some), 3 * size)

    def _is_hopeless(self, system: System, item: Item) -> bool:
        """Say whether there will never be an answer: a file or column lacks the refinement, or it was refused."""
        is_model = isinstance(self.settings.refiners.get(system.refiner), ModelRefiner)
        if not is_model and self.refinement(system.refiner, system.times, item) is None:
            return True
        answer = self.answer(system, item)
        return answer is not None and answer.error is not None

    # Systems.

    def refinings(self) -> list[tuple[str, int]]:
        """Return refiners with the times they are applied, without `normal`; fewer times come first."""
        pairs = {(system.refiner, system.times) for system in self.systems if system.refiner != NORMAL}
        order = list(self.settings.refiners)
        return sorted(pairs, key=lambda pair: (order.index(pair[0]), pair[1]))

    def turns(self, refiner: str) -> range:
        """Return the turns of a refiner, up to the most that a system wants."""
        return range(1, max((times for name, times in self.refinings() if name == refiner), default=0) + 1)

    def is_answered(self, benchmark: Benchmark, responder: str | None) -> bool:
        """Say whether a responder's answers to a benchmark are wanted."""
        if responder is None:
            return False
        is_judged = bool(self.settings.judges) and benchmark.against != "nothing"
        return is_judged or any(item.constraints or item.expects for item in benchmark.items)

    def answering(self, benchmark: Benchmark) -> Iterator[System]:
        """Yield the systems that answer a benchmark, and those they are compared with."""
        wanted = [system for system in self.systems if self.is_answered(benchmark, system.responder)]
        if benchmark.against == "normal":
            wanted += [self.baseline(system) for system in wanted]
        yield from dict.fromkeys(wanted)

    def baseline(self, system: System) -> System:
        """Return what a system is compared with where there are no references: the responder alone."""
        return System(system.responder, NORMAL)

    def judged(self, benchmark: Benchmark) -> list[System]:
        """Return the systems whose answers to a benchmark are judged: not the one that they are compared with."""
        if benchmark.against == "nothing":
            return []
        answering = [system for system in self.systems if self.is_answered(benchmark, system.responder)]
        return [each for each in answering if benchmark.against != "normal" or each != self.baseline(each)]

    # Refinements.

    def refine_key(self, refiner: str, instruction: str) -> str:
        return key_of(stage="refine", **self._refiners[refiner], instruction=instruction)

    def refine_timing(self, refiner: str, turn: int) -> str:
        return key_of(stage="time of refining", **self._refiners[refiner], turn=turn)

    def refinement(self, refiner: str, times: int, item: Item) -> Refinement | None:
        """Return the last of `times` refinements of an instruction; `None` where it is missing."""
        match self.settings.refiners.get(refiner):
            case None:
                return Refinement(item.instruction)
            case FileRefiner():
                return self._lookups[refiner].find(item.instruction)
            case ColumnRefiner() as settings:
                text = item.row.get(settings.column)
                if not isinstance(text, str) or not text.strip():
                    return None
                return Refinement(text, ALREADY_CLEAR if text == item.instruction else None)
        last = Refinement(item.instruction)
        for _ in range(times):
            record = self.ledger.find(self.refine_key(refiner, last.text))
            if record is None:
                return None
            reason = record["reason"]
            last = Refinement(
                record["refined_instruction"], reason and Reason(reason, *record.get("failed", names_of(reason)))
            )
        return last

    def file_row(self, refiner: str, item: Item) -> Record | None:
        """Return what a file says of an instruction, with what it took."""
        return self._lookups[refiner].rows.get(item.instruction.strip())

    def similarity_key(self, one: str, other: str) -> str:
        return key_of(stage="embed", model=self._embedder, texts=[one, other])

    # Answers.

    def request(self, system: System, item: Item) -> Request | None:
        """Return the request for an answer; `None` while the refinement is missing."""
        refinement = self.refinement(system.refiner, system.times, item)
        if refinement is None or system.responder is None:
            return None
        asked = refinement.text
        if system.urial:
            prefix = self._urial[system.urial].rstrip()
            asked = f"{prefix}\n\n# Query:\n{_FENCE}\n{asked}\n{_FENCE}\n\n# Answer:\n{_FENCE}\n"
        messages: list[Message] = [{"role": "user", "content": asked}]
        # The same for all systems: what differs is then the instruction, not the luck of the draw.
        name = f"{self.settings.seed} {item.instruction}".encode("utf-8", "surrogatepass")
        seed = int.from_bytes(hashlib.sha256(name).digest()[:4], "big") >> 1
        n = system.best_of_n or 1
        key = key_of(stage="respond", model=self._responders[system.responder], messages=messages, n=n, seed=seed)
        return Request(key, refinement.text, messages, n, seed)

    def pick_key(self, request: Request, item: Item) -> str:
        return key_of(stage="pick", reward=self._reward, instruction=item.instruction, of=request.key)

    def answer(self, system: System, item: Item) -> Answer | None:
        """Return the answer of a system, the picked one where there are several; `None` where it is missing."""
        request = self.request(system, item)
        record = self.ledger.find(request.key) if request else None
        if request is None or record is None:
            return None
        if error := record.get("error") or (all(faults(record)) and BLANK):
            return Answer("", error)
        place = 0
        if system.best_of_n:
            picked = self.ledger.find(self.pick_key(request, item))
            if picked is None:
                return None
            place = picked["picked"]
        text = record["responses"][place]
        return Answer(text.partition(f"\n{_FENCE}")[0].strip() if system.urial else text)

    def answers(self, responder: str) -> list[Record]:
        """Return the records of all answers of a responder that there are."""
        keys = dict.fromkeys(each.key for each in self.to_answer(responder) if each.key)
        return [record for key in keys if (record := self.ledger.find(key))]

    # Judgements.

    def pair(self, system: System, benchmark: Benchmark, item: Item) -> tuple[str, str] | None:
        """Return the answers to compare, the system's and the one it is compared with."""
        answer = self.answer(system, item)
        if answer is None or answer.error:
            return None
        if benchmark.against == "reference":
            return None if item.reference is None else (answer.text, item.reference)
        other = self.answer(self.baseline(system), item)
        return None if other is None or other.error else (answer.text, other.text)

    def told(self, benchmark: Benchmark, item: Item) -> str | None:
        """Return the reference that a judge is shown: where it is not one of the answers that are compared."""
        return item.reference if benchmark.against == "normal" else None

    def judge_key(self, judge: str, instruction: str, pair: tuple[str, str], reference: str | None) -> str:
        shown = {"instruction": instruction, "answers": pair, "reference": reference}
        return key_of(stage="judge", judge=self._judges[judge], **shown, seed=self.settings.seed)

    def judgement(self, judge: str, system: System, benchmark: Benchmark, item: Item) -> Record | None:
        """Return the record of a judgement; `None` where it is missing."""
        pair = self.pair(system, benchmark, item)
        if pair is None:
            return None
        return self.ledger.find(self.judge_key(judge, item.instruction, pair, self.told(benchmark, item)))

    def judgements(self, judge: str, system: System, benchmark: Benchmark) -> list[Judged]:
        """Return the judgements of a system's answers that are there, with the pairs of answers."""
        pairs = [(item, pair) for item in benchmark.items if (pair := self.pair(system, benchmark, item))]
        found = [(item, self.judgement(judge, system, benchmark, item), pair) for item, pair in pairs]
        return [(item, record, pair) for item, record, pair in found if record]


def _how(settings: ModelRefiner) -> Record:
    """Describe what a refinement depends on besides the instruction and the model."""
    principle = settings.direction()
    return {
        "refiner": settings.refiner,
        "principle": asdict(principle) if principle else None,
        "guard": None if settings.guard == "off" else settings.max_growth,
    }
