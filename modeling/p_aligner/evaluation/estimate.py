"""What is left of an evaluation and what that will take, measured on a few of its own instructions. Writes nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..runtime.budget import Spent, spread
from ..store.journal import Log, Memory
from .benchmarks import Benchmark
from .ledger import Ledger
from .run import Run
from .settings import EvaluationSettings, ModelRefiner
from .study import Study, Wanted


_PROBE = 8  # instructions of each benchmark


@dataclass(frozen=True)
class Stage:
    """What is left of a stage, and what that will take at most: what depends on missing results is missing, too.

    Tokens are [prompt, completion]; they and the seconds are as in the probe.
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
    left = _left(Study(settings, benchmarks, ledger))
    few = [replace(benchmark, items=tuple(spread(benchmark.items, _PROBE))) for benchmark in benchmarks]
    unmeasured = settings.model_copy(update={"overhead": None})
    probe = Ledger(Memory())
    if any(results for results, _ in left.values()):
        await Run(Study(unmeasured, few, probe)).all()
    stages = {name: _stage(results, calls, name, probe.spent) for name, (results, calls) in left.items()}
    return Estimate(
        stages=stages,
        spent=ledger.spent,
        summaries=[benchmark.summary() for benchmark in benchmarks],
        probe=probe.spent,
        probed=sum(len(benchmark.items) for benchmark in few),
        failed=probe.failed,
    )


def _stage(results: int, calls: int, name: str, probe: Spent) -> Stage:
    if name == "overhead":  # a call in three refines, the others answer
        refine, respond = (_stage(calls // 3, calls // 3, each, probe) for each in ("refine", "respond"))
        tokens = [refine.tokens[kind] + 2 * respond.tokens[kind] for kind in (0, 1)]
        return Stage(results, calls, tokens, refine.seconds + 2 * respond.seconds)
    measured = probe.calls.get(name, 0)
    tokens = [round(calls * part / measured) if measured else 0 for part in probe.tokens.get(name, [0, 0])]
    seconds = results * probe.seconds.get(name, 0.0) / max(probe.results.get(name, 0), 1)
    return Stage(results, calls, tokens, seconds)


def _left(study: Study) -> dict[str, tuple[int, int]]:
    """Count missing results and the calls they take, by stage."""
    settings = study.settings
    models = [name for name, refiner in settings.refiners.items() if isinstance(refiner, ModelRefiner)]
    # In this order, and one after the other: what is blank is forgotten, and then what depends on it is missing, too.
    stages: dict[str, Iterable[Wanted]] = {
        "refine": (each for name in models for turn in study.turns(name) for each in study.to_refine(name, turn)),
        "respond": (each for name in settings.responders for each in study.to_answer(name)),
        "judge": (each for name in settings.judges for each in study.to_judge(name)),
        "overhead": study.to_measure(),
    }
    left = {}
    for stage, wanted in stages.items():
        calls = {key or of: most for key, of, most in wanted if key is None or not study.has(key)}
        left[stage] = (len(calls), sum(calls.values()))
    return left
