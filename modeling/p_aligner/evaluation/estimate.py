"""What is left of an evaluation and what that will take, measured on a few of its own instructions. Writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..runtime.budget import Spent
from ..store.journal import Log, Memory
from .benchmarks import Benchmark, Item
from .ledger import Ledger
from .overhead import overheads
from .results import Results
from .run import Run
from .settings import EvaluationSettings, ModelRefiner, System


_PROBE = 8  # instructions of each benchmark


@dataclass(frozen=True)
class Stage:
    """What is left of a stage.

    Args:
        left (`int`), calls (`int`):
            Results that are missing and calls of models that they take, at most: results that depend on missing ones
            count as missing.
        tokens (`list[int]`), seconds (`float`):
            What that will take, as in the probe: [prompt, completion].
    """

    left: int
    calls: int
    tokens: list[int]
    seconds: float


@dataclass(frozen=True)
class Estimate:
    """What is left of an evaluation, by stage; `spent` so far; `summaries` of the benchmarks; the `probe`."""

    stages: dict[str, Stage]
    spent: Spent
    summaries: list[str]
    probe: Spent
    probed: int
    failed: dict[str, str]

    @property
    def calls(self) -> int:
        return sum(stage.calls for stage in self.stages.values())

    @property
    def tokens(self) -> list[int]:
        return [sum(stage.tokens[kind] for stage in self.stages.values()) for kind in (0, 1)]

    @property
    def seconds(self) -> float:
        return sum(stage.seconds for stage in self.stages.values())


async def estimate(settings: EvaluationSettings, benchmarks: Sequence[Benchmark], log: Log) -> Estimate:
    """Count what is missing, run a few instructions through all stages, and reckon from them.

    Time is too long where more at once than those of the probe go faster.

    Raises:
        InputError: as [`p_aligner.evaluation.evaluate.evaluate`].
    """
    ledger = Ledger(log)
    left = _left(Results(settings, benchmarks, ledger))
    few = [replace(benchmark, items=_spread(benchmark)) for benchmark in benchmarks]
    unmeasured = settings.model_copy(update={"overhead": None})
    probe = Ledger(Memory())
    if any(results for results, _ in left.values()):
        await Run(Results(unmeasured, few, probe)).all()
    stages = {name: _stage(results, calls, name, probe.spent) for name, (results, calls) in left.items()}
    return Estimate(
        stages=stages,
        spent=ledger.spent,
        summaries=[benchmark.summary() for benchmark in benchmarks],
        probe=probe.spent,
        probed=sum(len(benchmark.items) for benchmark in few),
        failed=probe.failed,
    )


def _spread(benchmark: Benchmark) -> tuple[Item, ...]:
    """Choose instructions from all over: categories often come one after the other."""
    count = min(_PROBE, len(benchmark.items))
    return tuple(benchmark.items[number * len(benchmark.items) // count] for number in range(count))


def _stage(results: int, calls: int, name: str, probe: Spent) -> Stage:
    if name == "overhead":  # a call in three refines, the others answer
        refine, respond = (_stage(calls // 3, calls // 3, each, probe) for each in ("refine", "respond"))
        tokens = [refine.tokens[kind] + 2 * respond.tokens[kind] for kind in (0, 1)]
        return Stage(results, calls, tokens, refine.seconds + 2 * respond.seconds)
    measured = probe.calls.get(name, 0)
    tokens = [round(calls * part / measured) if measured else 0 for part in probe.tokens.get(name, [0, 0])]
    seconds = results * probe.seconds.get(name, 0.0) / max(probe.results.get(name, 0), 1)
    return Stage(results, calls, tokens, seconds)


def _left(results: Results) -> dict[str, tuple[int, int]]:
    """Count missing results and the calls they take, by stage."""
    settings = results.settings
    refine: set[object] = set()
    respond: dict[object, int] = {}
    judge: dict[object, int] = {}
    for benchmark in results.benchmarks:
        for name, times in results.refinings():
            if isinstance(settings.refiners[name], ModelRefiner):
                for item in benchmark.items:
                    refine |= _missing_turns(results, name, times, item)
        for system in results.answering(benchmark):
            for item in benchmark.items:
                request = results.request(system, benchmark, item)
                if _is_hopeless(results, system, benchmark, item):
                    continue
                if request is None or results.ledger.find(request.key) is None:
                    respond[request.key if request else (system, item.id)] = 1
        for system in results.judged(benchmark):
            for item in benchmark.items:
                if benchmark.against == "reference" and item.reference is None:
                    continue
                if _is_hopeless(results, system, benchmark, item):
                    continue
                pair = results.pair(system, benchmark, item)
                for name, judging in settings.judges.items():
                    key = results.judge_key(name, benchmark, item, pair) if pair else (name, system, item.id)
                    if pair is None or results.ledger.find(str(key)) is None:
                        judge[key] = 2 if judging.judge == "llm" else 0
    overhead = [3 * len(texts) for key, _, _, texts, _ in overheads(results) if results.ledger.find(key) is None]
    return {
        "refine": (len(refine), len(refine)),
        "respond": (len(respond), len(respond)),
        "judge": (len(judge), sum(judge.values())),
        "overhead": (len(overhead), sum(overhead)),
    }


def _is_hopeless(results: Results, system: System, benchmark: Benchmark, item: Item) -> bool:
    """Say whether there will never be an answer: a file or column has no refinement, or the responder refused it."""
    refinement = results.refinement(system.refiner, system.times, item)
    if refinement is None and not isinstance(results.settings.refiners.get(system.refiner), ModelRefiner):
        return True
    answer = results.answer(system, benchmark, item)
    return answer is not None and answer.error is not None


def _missing_turns(results: Results, name: str, times: int, item: Item) -> set[object]:
    text = item.instruction
    for turn in range(1, times + 1):
        key = results.refine_key(name, text)
        record = results.ledger.find(key)
        if record is None:
            return {key, *((name, item.id, later) for later in range(turn + 1, times + 1))}
        text = record["refined_instruction"]
    return set()
