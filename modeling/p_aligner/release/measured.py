"""Figures for cards, read from reports, logs of trainers, recipes and built data sets."""

import math
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..store.rows import read_object


# Of a trainer's log, in the order of the card; what a run did not log is not shown.
_LOGGED = {
    "loss": "loss",
    "reward": "reward",
    "mean_token_accuracy": "token accuracy",
    "rewards/accuracies": "share of pairs told apart",
    "rewards/margins": "margin of the implicit reward",
    "entropy": "entropy",
    "eval_loss": "loss on held-out rows",
    "eval_rewards/accuracies": "share of held-out pairs told apart",
}
_LEAST_STEPS = 20
# Of the section on drift of a report.
_DRIFT = {
    "changed": "refined at all",
    "rejected": "rejected by the guard",
    "lost_spans": "numbers, links, quotations, code lost",
    "content_words_kept": "content words kept",
}
# Of a recipe: folders and logging do not belong to the model.
_NOT_SHOWN = ("output_dir", "report_to", "model_name_or_path", "logging_steps", "save_steps", "save_total_limit")


@dataclass(frozen=True)
class Result:
    """One figure of an evaluation."""

    benchmark: str
    metric: str
    value: float
    rows: int  # what it was counted on
    interval: tuple[float, float] | None = None
    how: str = ""  # whose answers were compared with what, by which judge; empty for figures of the texts alone


@dataclass(frozen=True)
class Report:
    """What an evaluation says of one refiner."""

    results: list[Result]
    notes: list[str]
    command: str


@dataclass(frozen=True)
class Training:
    """The log of a run."""

    steps: int
    epochs: float
    figures: dict[str, tuple[float, float]]  # (first, last) logged value of each quantity, by its name in words
    curves: dict[str, list[tuple[int, float]]]  # all of them, as (step, value)

    @property
    def hardly(self) -> str | None:
        """Why nothing can have been learned; `None` where that cannot be said."""
        if self.steps < _LEAST_STEPS:
            return f"{self.steps} steps"
        first, last = self.figures.get("loss", (math.inf, 0.0))
        # In online learning the loss says nothing of what was learned.
        return (
            None if last < first or "reward" in self.figures else f"the loss was {first:.3f} at first, {last:.3f} last"
        )


def read_report(path: str | Path, names: Collection[str]) -> Report:
    """Read what `report.json` says of a model: win rates of its refinements alone, and what it does to the texts.

    `names` is what the recipe of the evaluation may call the model: its folder, or its name on the Hub.

    Raises:
        InputError: the file is no report, or none of this model.
    """
    found = read_object(path)
    try:
        models = {
            name: str(refiner["model"]["model"])
            for name, refiner in found["recipe"]["refiners"].items()
            if isinstance(refiner.get("model"), dict)
        }
        wanted = [name for name, model in models.items() if {model, os.path.realpath(model)} & {*names}]
        results = [result for name in wanted for result in _results(found, name)]
        command, notes = str(found["made"]["command"]), [str(note) for note in found["notes"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path} is no report of `p-aligner evaluate`: {error!r} where figures should be") from error
    if not results:
        known = ", ".join(f"{name} ({model})" for name, model in models.items()) or "no model"
        raise InputError(f"{path} says nothing of {sorted(names)[0]}, only of {known}: evaluate the folder itself")
    return Report(results, notes, command)


def _results(found: dict[str, Any], refiner: str) -> Iterator[Result]:
    for row in found["outcomes"]:
        if _is_plain(row, refiner) and row["win_rate"] is not None:
            yield Result(
                row["benchmark"],
                "win rate",
                float(row["win_rate"]),
                int(row["judged"]),
                _pair(row["intervals"]["win_rate"]),
                f"answers of {row['responder']} against {row['against']}, judged by {row['judge']}",
            )
    for row in found["drift"]:
        for key, metric in _DRIFT.items():
            if _is_plain(row, refiner) and row[key]["value"] is not None:
                figure = row[key]
                yield Result(row["benchmark"], metric, float(figure["value"]), figure["n"], _pair(figure["interval"]))


def _is_plain(row: dict[str, Any], refiner: str) -> bool:
    """Leave out what is not the model's alone: refined again, the best of many answers, with a prompt in front."""
    extras = (row.get("best_of_n"), row.get("urial"))
    return bool(row["refiner"] == refiner and row["times"] == 1 and extras == (None, None))


def _pair(interval: list[float] | None) -> tuple[float, float] | None:
    return (float(interval[0]), float(interval[1])) if interval else None


def read_training(folder: Path) -> Training | None:
    """Read the trainer's log: the folder's own, else that of its last checkpoint; `None` if there is none."""
    states = [folder / "trainer_state.json", *folder.glob("checkpoint-*/trainer_state.json")]
    logs = [read_object(path) for path in states if path.exists()]
    if not logs:
        return None
    state = max(logs, key=lambda log: int(log.get("global_step", 0)))
    curves: dict[str, list[tuple[int, float]]] = {}
    for row in state.get("log_history", []):
        for key, name in _LOGGED.items():
            if isinstance(row.get(key), int | float):
                curves.setdefault(name, []).append((int(row["step"]), float(row[key])))
    figures = {name: (curves[name][0][1], curves[name][-1][1]) for name in _LOGGED.values() if name in curves}
    return Training(int(state["global_step"]), float(state.get("epoch") or 0), figures, curves)


def settings_of(recipe: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what of a recipe belongs to the model, without folders of this machine."""
    for key, value in recipe.items():
        # A name on the Hub has one slash at most, and is no local path.
        is_folder = isinstance(value, str) and (
            value.startswith((".", "/", "~")) or value.count("/") > 1 or Path(value).exists()
        )
        if key not in _NOT_SHOWN and not is_folder:
            yield key, value


def read_data(folder: str | Path) -> dict[str, Any]:
    """Read what `ultraprompt build` counted; an `InputError` where no build made the folder."""
    statistics = read_object(Path(folder) / "build.json")
    if "configs" not in statistics or "trees" not in statistics:
        raise InputError(f"{folder} is no folder that `ultraprompt build` made")
    return statistics
