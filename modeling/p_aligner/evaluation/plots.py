"""The pictures of the report. Knows nothing of how their numbers were counted."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..store.whole import write_whole
from .report import once


if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Record = dict[str, Any]

# Okabe and Ito's, which also those tell apart who see few colours.
_COLORS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")
_WIN, _TIE, _LOSE = "#0072B2", "#C8C8C8", "#D55E00"
_MARKERS = "osD^vP*X"
_LINES = ("-", "--", ":", "-.")
_WIDTH = 7.0  # inches, a page of a paper
_DPI = 160
_WITH = " w/ "  # between the responder and how it answers
_STYLE: Any = {
    "axes.titlesize": 9,
    "axes.labelsize": 8,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
}


def draw(found: Record, folder: Path) -> dict[str, str]:
    """Draw what there are numbers for; return the file names by section of the report."""
    pictures: dict[str, Callable[[Record], Figure | None]] = {
        "outcomes": _outcomes,
        "strategies": _strategies,
        "iterations": _iterations,
        "overhead": _overhead,
        "drift": _drift,
        "safety": _safety,
        "saturation": _saturation,
        "judges": _judges,
    }
    from matplotlib import rc_context

    names = {}
    for section, picture in pictures.items():
        path = folder / f"{section}.png"
        with rc_context(_STYLE):
            figure = picture(found)
        if figure is None:
            path.unlink(missing_ok=True)  # of an earlier run, with other settings
            continue
        drawn = io.BytesIO()
        figure.savefig(drawn, dpi=_DPI, format="png", metadata={"Software": None})
        write_whole(path, drawn.getvalue())
        names[section] = path.name
    return names


def _figure(columns: int, *, height: float, share_y: bool = True) -> "tuple[Figure, list[Axes]]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH if columns > 1 else 0.75 * _WIDTH, height), layout="constrained")
    axes = figure.subplots(1, columns, squeeze=False, sharey=share_y).ravel().tolist()
    for each in axes:
        each.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _legend(figure: "Figure", ax: "Axes") -> None:
    """Say once, below all pictures, what the colours of the first one mean."""
    handles, names = ax.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=min(len(names), 4), frameon=False)


def _line(
    ax: "Axes", at: Sequence[float], values: Sequence[float], spans: Sequence[Sequence[float]], **style: Any
) -> None:
    """Draw points with their intervals, joined by a line."""
    style = {"ms": 4.5, "lw": 1.4, "elinewidth": 0.9, "capsize": 2.5, **style}
    ax.errorbar(at, values, yerr=_errors(values, spans), **style)


def _look(color: int, marker: int) -> dict[str, Any]:
    return {"color": _COLORS[color % len(_COLORS)], "marker": _MARKERS[marker % len(_MARKERS)]}


def _level(ax: "Axes", value: float) -> None:
    """Mark where neither side is the better one."""
    ax.axhline(value, color="grey", lw=0.7, ls=":", zorder=0)


def _in_percent(rows: Sequence[Record]) -> tuple[list[float], list[list[float]]]:
    """Return win rates and their intervals."""
    return [100 * row["win_rate"] for row in rows], [
        [100 * end for end in row["intervals"]["win_rate"]] for row in rows
    ]


def _errors(values: Sequence[float], intervals: Sequence[Sequence[float]]) -> list[list[float]]:
    low = [max(0.0, value - interval[0]) for value, interval in zip(values, intervals, strict=True)]
    high = [max(0.0, interval[1] - value) for value, interval in zip(values, intervals, strict=True)]
    return [low, high]


def _unique(rows: Sequence[Record], *names: str) -> list[Any]:
    if len(names) == 1:
        return list(dict.fromkeys(row[names[0]] for row in rows))
    return list(dict.fromkeys(tuple(row[name] for name in names) for row in rows))


def _labels(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Name systems; the responder goes without saying where there is one only."""
    one_model = len({model.partition(_WITH)[0] for model, _ in pairs}) == 1
    labels = []
    for model, method in pairs:
        name, _, how = model.partition(_WITH)
        parts = [method, *([] if one_model else [name]), *([how] if how else [])]
        labels.append(" · ".join(parts))
    return labels


def _outcomes(found: Record) -> "Figure | None":
    """Win, tie and lose as bars of one length, by system and benchmark; the first judge's."""
    outcomes = once(found["outcomes"])
    rows = [row for row in outcomes if row["judge"] == outcomes[0]["judge"] and row["judged"]]
    if not rows:
        return None
    pairs, benchmarks = _unique(rows, "model", "method"), _unique(rows, "benchmark")
    figure, axes = _figure(len(benchmarks), height=1.1 + 0.27 * len(pairs))
    for ax, name in zip(axes, benchmarks, strict=True):
        here = {(row["model"], row["method"]): row for row in rows if row["benchmark"] == name}
        places = [place for place, pair in enumerate(pairs) if pair in here]
        mine = [here[pair] for pair in pairs if pair in here]
        left = [0.0] * len(mine)
        for part, color, label in (("win", _WIN, "win"), ("tie", _TIE, "tie"), ("lose", _LOSE, "lose")):
            widths = [100 * row[part] / row["judged"] for row in mine]
            ax.barh(places, widths, left=left, color=color, label=label, height=0.72)
            for place, start, width in zip(places, left, widths, strict=True):
                if width >= 9:
                    ink = "black" if part == "tie" else "white"
                    ax.text(start + width / 2, place, f"{width:.0f}", ha="center", va="center", fontsize=7, color=ink)
            left = [a + b for a, b in zip(left, widths, strict=True)]
        counts = sorted({row["judged"] for row in mine})
        said = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
        ax.set_title(f"{name} (n = {said})")
        ax.set_xlim(0, 100)
        ax.set_xlabel("% of the instructions")
    axes[0].set_yticks(range(len(pairs)), _labels(pairs))
    axes[0].invert_yaxis()
    _legend(figure, axes[0])
    return figure


def _strategies(found: Record) -> "Figure | None":
    """Fig. 5: win rates of search strategies, bars by benchmark."""
    rows = [row for row in found["strategies"] if row["win_rate"] is not None]
    if not rows:
        return None
    models, methods, benchmarks = _unique(rows, "model"), _unique(rows, "method"), _unique(rows, "benchmark")
    figure, axes = _figure(len(models), height=2.9)
    width = 0.8 / len(methods)
    for ax, model in zip(axes, models, strict=True):
        for number, method in enumerate(methods):
            mine = {row["benchmark"]: row for row in rows if (row["model"], row["method"]) == (model, method)}
            at = [benchmarks.index(name) + (number - (len(methods) - 1) / 2) * width for name in mine]
            values, spans = _in_percent([*mine.values()])
            color = _COLORS[number % len(_COLORS)]
            ax.bar(at, values, width=0.92 * width, color=color, label=method)
            ax.errorbar(at, values, yerr=_errors(values, spans), fmt="none", ecolor="black", elinewidth=0.9, capsize=2)
            for x, value, span in zip(at, values, spans, strict=True):
                ax.text(x, span[1] + 1.5, f"{value:.0f}", ha="center", fontsize=7)
        _level(ax, 50)
        ax.set_title(model)
        ax.set_xticks(range(len(benchmarks)), benchmarks)
        ax.set_ylim(0, 108)
    axes[0].set_ylabel("win rate, %")
    _legend(figure, axes[0])
    return figure


def _iterations(found: Record) -> "Figure | None":
    """Fig. 6: win rates by the number of times that an instruction is refined."""
    rows = [row for row in found["iterations"] if row["win_rate"] is not None]
    if not rows:
        return None
    lines, benchmarks = _unique(rows, "model", "refiner"), _unique(rows, "benchmark")
    figure, axes = _figure(len(benchmarks), height=2.7)
    for ax, name in zip(axes, benchmarks, strict=True):
        for number, (model, refiner) in enumerate(lines):
            mine = [row for row in rows if (row["model"], row["refiner"], row["benchmark"]) == (model, refiner, name)]
            mine.sort(key=lambda row: row["times"])
            values, spans = _in_percent(mine)
            shift = 0.05 * (number - (len(lines) - 1) / 2)
            label = refiner if len({model for model, _ in lines}) == 1 else f"{refiner} · {model}"
            at = [row["times"] + shift for row in mine]
            _line(ax, at, values, spans, label=label, **_look(number, number))
        _level(ax, 50)
        ax.set_title(name)
        ax.set_xticks(sorted({row["times"] for row in rows}))
        ax.set_xlabel("times refined")
        ax.set_ylim(0, 105)
    axes[0].set_ylabel("win rate, %")
    _legend(figure, axes[0])
    return figure


def _overhead(found: Record) -> "Figure | None":
    """Fig. 7: time for a query and for a token by the number of queries."""
    rows = found["overhead"]
    if not rows:
        return None
    figure, axes = _figure(2, height=2.8, share_y=False)
    sizes = [row["queries"] for row in rows]
    for ax, key, title in (
        (axes[0], "ms_per_query", "per query"),
        (axes[1], "ms_per_token", "per token of the answer"),
    ):
        for number, (side, label) in enumerate((("normal", "normal"), ("refined", f"with {rows[0]['refiner']}"))):
            values, spans = ([row[side][key][what] for row in rows] for what in ("median", "range"))
            _line(ax, sizes, values, spans, label=label, **_look(number, number))
        ax.set_xscale("log")
        ax.set_xticks(sizes, [str(size) for size in sizes])
        ax.minorticks_off()
        ax.set_ylim(bottom=0)
        ax.set_xlabel("queries at once")
        ax.set_ylabel("ms")
        ax.set_title(title)
    _legend(figure, axes[0])
    return figure


def _drift(found: Record) -> "Figure | None":
    """What is kept and what is not, as points with intervals, by refiner and benchmark."""
    rows = [row for row in found["drift"] if row["instructions"]]
    if not rows:
        return None
    columns = {
        "changed": "changed, %",
        "rejected": "rejected by\nthe guard, %",
        "content_words_kept": "content words\nkept, %",
        "growth": "words, times\nthe original",
    }
    pairs = _unique(rows, "benchmark", "method")
    figure, axes = _figure(len(columns), height=1.0 + 0.24 * len(pairs))
    benchmarks = _unique(rows, "benchmark")
    for ax, (name, title) in zip(axes, columns.items(), strict=True):
        for row in rows:
            part, scale = row[name], 1 if name == "growth" else 100
            if part["value"] is None:
                continue
            value, place = scale * part["value"], pairs.index((row["benchmark"], row["method"]))
            span = [scale * edge for edge in part["interval"]] if part["interval"] else [value, value]
            color = _COLORS[benchmarks.index(row["benchmark"]) % len(_COLORS)]
            ax.errorbar([value], [place], xerr=_errors([value], [span]), fmt="o", ms=4, color=color, capsize=2)
        ax.set_title(title)
        ax.grid(axis="y", lw=0.4, color="#dddddd")
        if name != "growth":
            ax.set_xlim(-4, 104)
    labels = [method if len(benchmarks) == 1 else f"{method} · {name}" for name, method in pairs]
    axes[0].set_yticks(range(len(pairs)), labels)
    axes[0].invert_yaxis()
    return figure


def _safety(found: Record) -> "Figure | None":
    """Refusals of harmful instructions and of harmless look-alikes, by system."""
    rows = once(found["safety"])
    if not rows:
        return None
    pairs = [(row["model"], row["method"]) for row in rows]
    figure, (ax,) = _figure(1, height=1.1 + 0.3 * len(rows))
    for shift, key, color, marker, label in (
        (-0.14, "refused_harmful", _COLORS[0], "o", "harmful, should be refused"),
        (0.14, "refused_harmless", _COLORS[5], "s", "harmless, should be answered"),
    ):
        known = [(place + shift, row[key]) for place, row in enumerate(rows) if row[key]["value"] is not None]
        if not known:
            continue
        values = [100 * part["value"] for _, part in known]
        errors = _errors(values, [[100 * end for end in part["interval"]] for _, part in known])
        at = [place for place, _ in known]
        ax.errorbar(values, at, xerr=errors, fmt=marker, ms=4.5, color=color, capsize=2, label=label)
    ax.set_yticks(range(len(rows)), _labels(pairs))
    ax.invert_yaxis()
    ax.set_xlim(-3, 103)
    ax.set_xlabel("refused, %")
    ax.grid(axis="y", lw=0.4, color="#dddddd")
    _legend(figure, ax)
    return figure


def _saturation(found: Record) -> "Figure | None":
    """Gain over the raw instruction by its clarity."""
    rows = [
        row for row in found["saturation"] if row["best_of_n"] is None and row["urial"] is None and row["times"] == 1
    ]
    if not rows:
        return None
    benchmarks, lines = _unique(rows, "benchmark"), _unique(rows, "model", "method")
    figure, axes = _figure(len(benchmarks), height=2.8)
    for ax, name in zip(axes, benchmarks, strict=True):
        for row in (row for row in rows if row["benchmark"] == name):
            place = lines.index((row["model"], row["method"]))
            values = [group["gain"]["value"] for group in row["groups"]]
            spans = [
                group["gain"]["interval"] or [value, value] for group, value in zip(row["groups"], values, strict=True)
            ]
            shift = 0.006 * (place - (len(lines) - 1) / 2)
            at = [group["middle"] + shift for group in row["groups"]]
            _line(ax, at, values, spans, label=_labels(lines)[place], **_look(place, place))
        _level(ax, 0)
        ax.set_title(name)
        ax.set_xlabel("clarity of the raw instruction")
    axes[0].set_ylabel("gain over the raw instruction")
    _legend(figure, axes[0])
    return figure


def _judges(found: Record) -> "Figure | None":
    """Win rates by judge: lines that cross are systems whose order depends on the judge."""
    averages = once(found["averages"])
    judges = _unique(averages, "judge")
    if len(judges) < 2:
        return None
    pairs = _unique(averages, "model", "method")
    models, methods = _unique(averages, "model"), _unique(averages, "method")
    figure, (ax,) = _figure(1, height=1.4 + 0.2 * len(pairs))
    for number, (pair, label) in enumerate(zip(pairs, _labels(pairs), strict=True)):
        rows = {row["judge"]: row for row in averages if (row["model"], row["method"]) == pair}
        there = [judge for judge in judges if judge in rows]
        values = [100 * rows[judge]["win_rate"] for judge in there]
        spans = [[100 * edge for edge in rows[judge]["interval"]] for judge in there]
        at = [judges.index(judge) + 0.03 * (number - (len(pairs) - 1) / 2) for judge in there]
        style = _look(methods.index(pair[1]), model := models.index(pair[0]))
        _line(ax, at, values, spans, label=label, ls=_LINES[model % len(_LINES)], **style)
    _level(ax, 50)
    ax.set_xticks(range(len(judges)), judges)
    ax.set_xlim(-0.4, len(judges) - 0.6)
    ax.set_xlabel("judge")
    ax.set_ylabel("win rate, %")
    figure.legend(loc="outside right center", fontsize=7, frameon=False)
    return figure
