"""The picture of an inspection: the log, the answers, the pairs and the probe by step."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import online


if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .inspection import Inspection


def plot(found: "Inspection", path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 6.5), layout="constrained")
    ((loss, likelihood), (ranking, probe)) = places = figure.subplots(2, 2)
    if any("reward" in row for row in found.log):
        for axes, (title, names) in zip((loss, likelihood, ranking), online.CURVES.items(), strict=True):
            _lines(axes, title, found.log, names)
    else:
        _plot_pairs(found, loss, likelihood, ranking)
    probed = [{"step": one.step, **asdict(one.probe)} for one in found.checkpoints]
    names = {"distinct_2": "distinct-2", "clear": "left alone as clear", "rejected": "rejected by the guard"}
    _lines(probe, "probe", probed, {**names, "most_added_share": "most frequent addition"}, marker="o")
    probe.set(ylim=(-0.02, 1.02))
    for axes in places.flat:
        axes.set_xlabel("step")
        axes.grid(alpha=0.3)
        if not axes.lines:
            axes.text(0.5, 0.5, "not measured in this run", ha="center", va="center", transform=axes.transAxes)
    figure.suptitle(found.run)
    figure.savefig(path, dpi=110)


def _plot_pairs(found: "Inspection", loss: "Axes", likelihood: "Axes", ranking: "Axes") -> None:
    logged = {"loss": "loss", "rewards/margins": "margin", "rewards/accuracies": "reward accuracy"}
    _lines(loss, "TRL's log", found.log, logged)
    rows = []
    for one in found.checkpoints:
        if one.likelihood:
            pairs = asdict(one.likelihood.ranking) if one.likelihood.ranking else {}
            rows.append({"step": one.step, "chosen": one.likelihood.chosen, **pairs})
    both = {"chosen": "chosen", "rejected": "rejected"}
    _lines(likelihood, "log-probability of the answers, nats", rows, both, marker="o")
    names = {"accuracy": "ranking accuracy", "rewarded": "reward accuracy"}
    _lines(ranking, "pairs in the right order", rows, names, marker="o")
    if found.idealised is not None:
        ranking.axhline(found.idealised, color="grey", linestyle="--", label="ranking accuracy of DPO's optimum")
        ranking.legend(fontsize=8)
    ranking.set(ylim=(-0.02, 1.02))


def _lines(axes: "Axes", title: str, rows: Sequence[dict[str, Any]], names: Mapping[str, str], **style: Any) -> None:
    for key, label in names.items():
        points = [(row["step"], row[key]) for row in rows if row.get(key) is not None]
        if points:
            axes.plot(*zip(*points, strict=True), label=label, **style)
    axes.set_title(title)
    if axes.lines:
        axes.legend(fontsize=8)
