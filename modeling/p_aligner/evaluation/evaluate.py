"""An evaluation from recipe to report: reads, runs, counts, writes."""

import asyncio
import json
import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..runtime.local import first_device
from ..runtime.workers import Workers
from ..store.journal import Journal, Memory
from ..store.whole import write_whole
from .benchmarks import Benchmark, load
from .estimate import Estimate, estimate
from .ledger import Ledger, Stopped
from .plots import draw
from .report import page
from .run import Progress, Run
from .settings import EvaluationSettings
from .study import Study
from .summary import summary


Record = dict[str, Any]

JOURNAL, REPORT, PAGE = "journal.jsonl", "report.json", "report.md"
_NOTED = ("p-aligner", "torch", "transformers")


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Args:
        stopped: the setting whose limit ended it before all was done.
        failed: keys of work that a model failed at, with the errors: the next run tries again.
        fresh: results that this run added.
    """

    study: Study
    stopped: str | None
    failed: dict[str, str]
    fresh: int


def evaluate(
    settings: EvaluationSettings, *, progress: Progress | None = None, workers: Workers | None = None
) -> Outcome:
    """Refine, respond and judge whatever is missing in the folder of the recipe; `workers` load models elsewhere.

    Raises:
        InputError: a benchmark, model or file cannot be used, or the folder cannot be written.
        KitError: a model fails again and again.
    """
    benchmarks = _benchmarks(settings)
    with Journal(Path(settings.out) / JOURNAL) as journal:
        ledger = Ledger(journal, settings)
        study = Study(settings, benchmarks, ledger)
        loads: Record = {"connect": workers.connect, "load_reward": workers.load_reward} if workers else {}
        run = Run(study, progress, **loads)
        stopped = None
        try:
            asyncio.run(run.all())
        except Stopped as stop:
            stopped = str(stop)
    return Outcome(study, stopped, ledger.failed, ledger.fresh)


def plan(settings: EvaluationSettings) -> Estimate:
    """Say what is left of an evaluation, and what that will take; writes nothing."""
    return asyncio.run(estimate(settings, _benchmarks(settings), Memory.of(Path(settings.out) / JOURNAL)))


def finished(settings: EvaluationSettings) -> Study:
    """Read the results of an evaluation; asks no model and writes nothing."""
    return Study(settings, _benchmarks(settings), Ledger(Memory.of(Path(settings.out) / JOURNAL)))


def _benchmarks(settings: EvaluationSettings) -> list[Benchmark]:
    return [load(name, benchmark) for name, benchmark in settings.benchmarks.items()]


def write_report(study: Study, *, command: str) -> Record:
    """Count the results, write `report.json`, `report.md` and the pictures into the folder of the recipe.

    The report says that `command` makes it again.

    Raises:
        InputError: a file cannot be written.
    """
    settings, spent = study.settings, study.ledger.spent
    found = {
        "title": "Evaluation",
        "command": command,
        "made": {
            "machine": _machine(),
            "minutes": round(sum(spent.seconds.values()) / 60, 1),
            "seconds": {stage: round(seconds, 1) for stage, seconds in spent.seconds.items()},
            "calls": spent.all_calls,
            "tokens": spent.all_tokens,
            "seed": settings.seed,
            "versions": {package: version(package) for package in _NOTED},
        },
        **summary(study),
        "recipe": settings.model_dump(mode="json"),
    }
    folder = Path(settings.out)
    plots = draw(found, folder)
    write_whole(folder / REPORT, json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    write_whole(folder / PAGE, page(found, plots))
    return found


def _machine() -> str:
    import torch

    device = first_device().type
    name = torch.cuda.get_device_name() if device == "cuda" else "no accelerator" if device == "cpu" else device
    return f"{platform.machine()}, {os.cpu_count()} processors, {name}"
