"""Evaluations of scripted models, which tests of recipes, runs and reports begin with."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from scripted import write_rows

from p_aligner.evaluation.evaluate import evaluate, finished, write_report
from p_aligner.evaluation.settings import EvaluationSettings
from p_aligner.evaluation.summary import summary
from p_aligner.store import journal


Record = dict[str, Any]

TOPICS = ("inflation", "gravity", "yeast", "jazz", "comets", "dikes", "glass", "silk", "zinc", "rye", "owls", "tar")
RECIPE: Record = {
    "out": "run",
    "benchmarks": {"open": {"path": "open.jsonl"}},
    "responders": {"talker": {"backend": "scripted"}},
    "refiners": {
        "P-Aligner": {"refiner": "p-aligner", "model": {"backend": "scripted"}},
        "chat": {"refiner": "chat", "principle": "Tone Improvement", "model": {"backend": "scripted"}},
    },
    "systems": [{"refiner": ["normal", "P-Aligner", "chat"]}],
    "judges": {"longer wins": {"judge": "longer"}},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a benchmark of 12 instructions and reference answers."""
    monkeypatch.chdir(tmp_path)
    rows = [
        {"id": t, "instruction": f"Explain {t} to me.", "category": "ab"[n % 2], "reference": t + " and so on" * n}
        for n, t in enumerate(TOPICS)
    ]
    write_rows(tmp_path / "open.jsonl", rows)
    return tmp_path


def settings(**changes: Any) -> EvaluationSettings:
    return EvaluationSettings.model_validate({**RECIPE, **changes})


def run(**changes: Any) -> Record:
    """Run a recipe to its end; return the numbers of its report."""
    outcome = evaluate(settings(**changes))
    assert (outcome.stopped, outcome.failed) == (None, {})
    return summary(outcome.study)


def reported(**changes: Any) -> tuple[Record, str]:
    """Run a recipe and write its report; return the numbers and the page."""
    run(**changes)
    found = write_report(finished(settings(**changes)), command="the command")
    return found, Path("run/report.md").read_text(encoding="utf-8")


def records() -> list[Record]:
    return [record for record in journal.read("run/journal.jsonl") if record["type"] != "timing"]


def counts() -> Counter[str]:
    return Counter(record["type"] for record in records())


def figures(found: Record) -> Record:
    """Return what does not depend on the clock."""
    clockless = [{k: v for k, v in row.items() if k not in ("ms", "timed")} for row in found["cost"]]
    return {**found, "cost": clockless, "overhead": None}
