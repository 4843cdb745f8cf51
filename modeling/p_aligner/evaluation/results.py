"""Where the result of each piece of work is found: its key, what it asks, what came back."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError, Reason, read_text
from ..instructions import ALREADY_CLEAR, FOLLOW_UP, names_of
from ..judging.judges import LlmJudgeSettings, judge_messages
from ..prompts import Message, without_thinking
from ..store.columns import column_of
from ..store.rows import read_rows
from .benchmarks import Benchmark, Item
from .ledger import Ledger, Record, described, key_of
from .settings import NORMAL, ColumnRefiner, EvaluationSettings, FileRefiner, ModelRefiner, System, systems_of


BLANK = "a blank answer"
_FENCE = "```"


@dataclass(frozen=True)
class Refinement:
    """What a refiner made of an instruction.

    Args:
        text (`str`):
            The instruction that goes on: the original where there is a `reason`.
        reason (`str`, *optional*):
            Why nothing changed, or which checks the model's text failed.
    """

    text: str
    reason: str | None = None

    @property
    def is_rejected(self) -> bool:
        return self.reason not in (None, ALREADY_CLEAR, FOLLOW_UP)


@dataclass(frozen=True)
class Answer:
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
        is_blank = not any(without_thinking(text).strip() for text in record["responses"])
        return [str(record.get("blank", "the answer is blank")) if is_blank else None]
    return [record.get("blank")]


class Results:
    """The results of an evaluation, as far as they are there.

    Args:
        settings ([`EvaluationSettings`]), benchmarks (sequence of [`Benchmark`]), ledger ([`Ledger`]):
            Of the run.

    Attributes:
        systems (`list[System]`): in the order of the recipe.

    Raises:
        InputError: a file of refinements or of URIAL cannot be read, a column is missing in all rows.
        PrincipleError: a principle is unknown.
    """

    def __init__(self, settings: EvaluationSettings, benchmarks: Sequence[Benchmark], ledger: Ledger) -> None:
        self.settings = settings
        self.benchmarks = tuple(benchmarks)
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
        self._judges = {
            name: {**described(judge), "asked": _question(judge)} for name, judge in settings.judges.items()
        }
        self._reward = described(settings.reward) if settings.reward else None
        self._embedder = described(settings.embedder) if settings.embedder else None
        files = {system.urial for system in self.systems if system.urial}
        self._urial = {path: read_text(path, f"the file {path!r} of urial") for path in files}

    # What there is to do.

    def refinings(self) -> list[tuple[str, int]]:
        """Return refiners with the times they are applied, without `normal`; fewer times come first."""
        pairs = {(system.refiner, system.times) for system in self.systems if system.refiner != NORMAL}
        order = list(self.settings.refiners)
        return sorted(pairs, key=lambda pair: (order.index(pair[0]), pair[1]))

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
        return [
            system
            for system in self.systems
            if self.is_answered(benchmark, system.responder)
            and not (benchmark.against == "normal" and system == self.baseline(system))
        ]

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
        found = self._lookups[refiner].rows.get(item.instruction.strip()) if refiner in self._lookups else None
        return dict(found) if found is not None else None

    def similarity_key(self, one: str, other: str) -> str:
        return key_of(stage="embed", model=self._embedder, texts=[one, other])

    # Answers.

    def messages(self, system: System, instruction: str) -> list[Message]:
        """Return the chat that the responder answers."""
        if system.urial:
            prefix = self._urial[system.urial].rstrip()
            instruction = f"{prefix}\n\n# Query:\n{_FENCE}\n{instruction}\n{_FENCE}\n\n# Answer:\n{_FENCE}\n"
        return [{"role": "user", "content": instruction}]

    def request(self, system: System, benchmark: Benchmark, item: Item) -> "Request | None":
        """Return the request for an answer; `None` while the refinement is missing."""
        refinement = self.refinement(system.refiner, system.times, item)
        if refinement is None or system.responder is None:
            return None
        messages = self.messages(system, refinement.text)
        # The same for all systems: what differs is then the instruction, not the luck of the draw.
        name = f"{self.settings.seed} {item.instruction}".encode("utf-8", "surrogatepass")
        seed = int.from_bytes(hashlib.sha256(name).digest()[:4], "big") >> 1
        count = system.best_of_n or 1
        key = key_of(stage="respond", model=self._responders[system.responder], messages=messages, n=count, seed=seed)
        return Request(key, refinement.text, messages, count, seed)

    def pick_key(self, request: "Request", item: Item) -> str:
        return key_of(stage="pick", reward=self._reward, instruction=item.instruction, of=request.key)

    def answer(self, system: System, benchmark: Benchmark, item: Item) -> Answer | None:
        """Return the answer of a system, the picked one where there are several; `None` where it is missing."""
        request = self.request(system, benchmark, item)
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

    def answers(self) -> dict[str, dict[str, Record]]:
        """Return the records of all answers that there are, by responder and key."""
        found: dict[str, dict[str, Record]] = {name: {} for name in self.settings.responders}
        for benchmark in self.benchmarks:
            for system in self.answering(benchmark):
                for item in benchmark.items:
                    request = self.request(system, benchmark, item)
                    if request and (record := self.ledger.find(request.key)):
                        found[str(system.responder)][request.key] = record
        return found

    # Judgements.

    def pair(self, system: System, benchmark: Benchmark, item: Item) -> tuple[str, str] | None:
        """Return the answers to compare, the system's and the one it is compared with."""
        answer = self.answer(system, benchmark, item)
        if answer is None or answer.error:
            return None
        if benchmark.against == "reference":
            return None if item.reference is None else (answer.text, item.reference)
        other = self.answer(self.baseline(system), benchmark, item)
        return None if other is None or other.error else (answer.text, other.text)

    def told(self, benchmark: Benchmark, item: Item) -> str | None:
        """Return the reference that a judge is shown: where it is not one of the answers that are compared."""
        return item.reference if benchmark.against == "normal" else None

    def judge_key(self, judge: str, benchmark: Benchmark, item: Item, pair: tuple[str, str]) -> str:
        return key_of(
            stage="judge",
            judge=self._judges[judge],
            instruction=item.instruction,
            answers=pair,
            reference=self.told(benchmark, item),
            seed=self.settings.seed,
        )

    def judgement(self, judge: str, system: System, benchmark: Benchmark, item: Item) -> Record | None:
        """Return the record of a judgement; `None` where it is missing."""
        pair = self.pair(system, benchmark, item)
        return None if pair is None else self.ledger.find(self.judge_key(judge, benchmark, item, pair))

    # Overhead.

    def overhead_key(self, refiner: str, responder: str, texts: Sequence[str], repeat: int) -> str:
        return key_of(
            stage="overhead",
            refiner=self._refiners[refiner],
            responder=self._responders[responder],
            texts=list(texts),
            repeat=repeat,
            seed=self.settings.seed,
        )


@dataclass(frozen=True)
class Request:
    """A request to a responder: its key, instruction, chat, number of answers and seed."""

    key: str
    instruction: str
    messages: list[Message]
    count: int
    seed: int


class Lookup:
    """Refinements of a file, by the text of the instruction.

    Args:
        settings ([`FileRefiner`]):
            Where it is.

    Raises:
        InputError: the file cannot be read, or its rows are no refinements.
    """

    def __init__(self, settings: FileRefiner) -> None:
        self.rows: dict[str, Mapping[str, Any]] = {}
        if not Path(settings.path).exists():
            raise InputError(
                f"{settings.path} cannot be read: there is no such file; `ultraprompt best` and `p-aligner refine "
                "--output` write one, the first lines of the recipe may say how"
            )
        for number, row in enumerate(read_rows(settings.path), start=1):
            texts = row.get(column_of(row)), row.get("refined_instruction")
            if not all(isinstance(text, str) for text in texts):
                raise InputError(
                    f"row {number} of {settings.path} needs the columns instruction and refined_instruction, as "
                    "`ultraprompt best` and `p-aligner refine` write them"
                )
            self.rows[str(texts[0]).strip()] = row
        if not self.rows:
            raise InputError(f"{settings.path} holds no refinements")

    def find(self, instruction: str) -> Refinement | None:
        """Return what the file has for an instruction, or `None`."""
        row = self.rows.get(instruction.strip())
        if row is None:
            return None
        text = str(row["refined_instruction"])
        is_same = text.strip() == instruction.strip()
        return Refinement(instruction if is_same else text, ALREADY_CLEAR if is_same else row.get("reason"))


def _how(settings: ModelRefiner) -> Record:
    """Describe what a refinement depends on besides the instruction and the model."""
    principle = settings.direction()
    return {
        "refiner": settings.refiner,
        "principle": asdict(principle) if principle else None,
        "guard": None if settings.guard == "off" else settings.max_growth,
    }


def _question(judge: Any) -> str | None:
    """Return a digest of the prompt of a judge that is a language model: it decides the verdict, too."""
    if not isinstance(judge, LlmJudgeSettings):
        return None
    return key_of(words=judge_messages("", "", "", reference="", scale=judge.scale))
