"""The pictures of the report. Knows nothing of how their numbers were counted."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..store.whole import write_whole
from .report import once


if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Record = dict[str, Any]
Point = tuple[str, str, float, float, Sequence[float]]
"""Title of the picture, label of the line, place along the axis, value, interval."""

# Okabe and Ito's, which also those tell apart who see few colours.
_COLORS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")
_WIN, _TIE, _LOSE = "#0072B2", "#C8C8C8", "#D55E00"
_MARKERS = "osD^vP*X"
_LINES = ("-", "--", ":", "-.")
_WIDTH = 7.0  # inches, a page of a paper
_DPI = 160
_WITH = " w/ "  # between the responder and how it answers
_SIZES = ("axes.labelsize", "xtick.labelsize", "ytick.labelsize", "legend.fontsize")
_STYLE: Any = {"axes.titlesize": 9, **dict.fromkeys(_SIZES, 8)}


def draw(found: Record, folder: Path) -> dict[str, str]:
    """Draw what there are numbers for; return the file names by section of the report."""
    from matplotlib import rc_context

    names = {}
    for picture in (_outcomes, _strategies, _iterations, _overhead, _drift, _safety, _saturation, _judges):
        section = picture.__name__.removeprefix("_")
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


def _legend(figure: "Figure", ax: "Axes", *, beside: bool = False) -> None:
    """Say once, below all pictures or beside a single one, what the colours of the first one mean."""
    handles, names = ax.get_legend_handles_labels()
    place: Any = {"loc": "outside right center"} if beside else {"loc": "outside lower center", "ncols": 4}
    figure.legend(handles, names, frameon=False, **place)


def _lines(
    points: Sequence[Point],
    *,
    share_y: bool = True,
    apart: float = 0.0,
    level: float | None = None,
    looks: dict[str, dict[str, Any]] | None = None,
    xlabel: str = "",
    ylabel: str = "",
    **every: Any,
) -> "Figure":
    """Draw points with intervals, joined by lines that lie a little `apart`; mark the level of a draw."""
    titles = list(dict.fromkeys(title for title, *_ in points))
    labels = list(dict.fromkeys(label for _, label, *_ in points))
    figure, axes = _figure(len(titles), height=2.8, share_y=share_y)
    for ax, title in zip(axes, titles, strict=True):
        for number, label in enumerate(labels):
            mine = sorted(point[2:] for point in points if point[:2] == (title, label))
            at = [place + apart * (number - (len(labels) - 1) / 2) for place, _, _ in mine]
            values, spans = [value for _, value, _ in mine], [span for _, _, span in mine]
            look = looks[label] if looks else _look(number, number)
            style = {"ms": 4.5, "lw": 1.4, "elinewidth": 0.9, "capsize": 2.5, **look}
            ax.errorbar(at, values, yerr=_errors(values, spans), label=label, **style)
        if level is not None:
            ax.axhline(level, color="grey", lw=0.7, ls=":", zorder=0)
        ax.set(title=title, **every)
        ax.minorticks_off()
    axes[0].set_ylabel(ylabel)
    axes[len(axes) // 2].set_xlabel(xlabel)
    _legend(figure, axes[0], beside=len(axes) == 1)
    return figure


def _by_row(rows: Sequence[Record], labels: Sequence[str], columns: dict[str, str]) -> "Figure":
    """Draw figures as points with intervals: a row for each of `rows`, a picture for each column, with its title."""
    benchmarks = _unique(rows, "benchmark")
    figure, axes = _figure(len(columns), height=1.0 + 0.24 * len(rows))
    for ax, (name, title) in zip(axes, columns.items(), strict=True):
        scale = 100 if "%" in title else 1
        for place, row in enumerate(rows):
            if row[name]["value"] is not None:
                value = scale * row[name]["value"]
                span = [scale * edge for edge in row[name]["interval"] or ()] or [value, value]
                color = _COLORS[benchmarks.index(row["benchmark"]) % len(_COLORS)]
                ax.errorbar([value], [place], xerr=_errors([value], [span]), fmt="o", ms=4, color=color, capsize=2)
        ax.set_title(title)
        ax.grid(axis="y", lw=0.4, color="#dddddd")
        if scale == 100:
            ax.set_xlim(-4, 104)
    if len(benchmarks) > 1:
        labels = [f"{label} · {row['benchmark']}" for label, row in zip(labels, rows, strict=True)]
    axes[0].set_yticks(range(len(rows)), labels)
    axes[0].set_ylim(len(rows) - 0.5, -0.5)
    return figure


def _look(color: int, marker: int) -> dict[str, Any]:
    return {"color": _COLORS[color % len(_COLORS)], "marker": _MARKERS[marker % len(_MARKERS)]}


def _in_percent(row: Record) -> tuple[float, list[float]]:
    """Return a win rate and its interval."""
    return 100 * row["win_rate"], [100 * end for end in row["intervals"]["win_rate"]]


def _by_judge(rows: Sequence[Record]) -> str:
    return f"win rate, %, by {rows[0]['judge']}"


def _errors(values: Sequence[float], intervals: Sequence[Sequence[float]]) -> list[list[float]]:
    low = [max(0.0, value - interval[0]) for value, interval in zip(values, intervals, strict=True)]
    high = [max(0.0, interval[1] - value) for value, interval in zip(values, intervals, strict=True)]
    return [low, high]


def _unique(rows: Sequence[Record], *names: str) -> list[Any]:
    if len(names) == 1:
        return list(dict.fromkeys(row[names[0]] for row in rows))
    return list(dict.fromkeys(tuple(row[name] for name in names) for row in rows))


def _names(rows: Sequence[Record], method: str = "method") -> dict[tuple[str, str], str]:
    """Name systems by model and method; the responder goes without saying where there is one only."""
    pairs = _unique(rows, "model", method)
    is_one = len({model.partition(_WITH)[0] for model, _ in pairs}) == 1
    names = {}
    for model, method in pairs:
        responder, _, how = model.partition(_WITH)
        names[model, method] = " · ".join([method, *([] if is_one else [responder]), *([how] if how else [])])
    return names


def _outcomes(found: Record) -> "Figure | None":
    """Win, tie and lose as bars of one length, by system and benchmark; the first judge's."""
    outcomes = once(found["outcomes"])
    rows = [row for row in outcomes if row["judge"] == outcomes[0]["judge"] and row["judged"]]
    if not rows:
        return None
    pairs, benchmarks = _names(rows), _unique(rows, "benchmark")
    figure, axes = _figure(len(benchmarks), height=1.25 + 0.27 * len(pairs))
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
        ax.set_title(f"{name}\nn = {said}")
        ax.set_xlim(0, 100)
    axes[0].set_yticks(range(len(pairs)), pairs.values())
    axes[0].invert_yaxis()
    axes[len(axes) // 2].set_xlabel(f"% of them, by {outcomes[0]['judge']}")
    _legend(figure, axes[0])
    return figure


def _strategies(found: Record) -> "Figure | None":
    """Fig. 5: win rates of search strategies by benchmark."""
    rows = [row for row in found["strategies"] if row["win_rate"] is not None]
    if not rows:
        return None
    benchmarks, methods = _unique(rows, "benchmark"), _unique(rows, "method")
    points = [(row["model"], row["method"], benchmarks.index(row["benchmark"]), *_in_percent(row)) for row in rows]
    looks = {method: {"ls": "none", **_look(number, number)} for number, method in enumerate(methods)}
    ticks: dict[str, Any] = {"xticks": range(len(benchmarks)), "xticklabels": benchmarks, "ylim": (0, 105)}
    return _lines(points, apart=0.1, level=50, looks=looks, ylabel=_by_judge(rows), **ticks)


def _iterations(found: Record) -> "Figure | None":
    """Fig. 6: win rates by the number of times that an instruction is refined."""
    rows = [row for row in found["iterations"] if row["win_rate"] is not None]
    if not rows:
        return None
    names = _names(rows, "refiner")
    points = [(row["benchmark"], names[row["model"], row["refiner"]], row["times"], *_in_percent(row)) for row in rows]
    ticks = _unique(rows, "times")
    words: dict[str, Any] = {"ylabel": _by_judge(rows), "xlabel": "times refined"}
    return _lines(points, apart=0.05, level=50, xticks=ticks, ylim=(0, 105), **words)


def _overhead(found: Record) -> "Figure | None":
    """Fig. 7: time for a query and for a token by the number of queries."""
    rows = found["overhead"]
    if not rows:
        return None
    points = [
        (title, label, row["queries"], row[side][key]["median"], row[side][key]["range"])
        for key, title in (("ms_per_query", "ms per query"), ("ms_per_token", "ms per token of the answer"))
        for side, label in (("normal", "normal"), ("refined", f"with {rows[0]['refiner']}"))
        for row in rows
    ]
    sizes = _unique(rows, "queries")
    ticks: dict[str, Any] = {"xscale": "log", "xticks": sizes, "xticklabels": sizes}
    return _lines(points, share_y=False, xlabel="queries at once", ylim=(0, None), **ticks)


def _drift(found: Record) -> "Figure | None":
    """What is kept and what is not, by refiner and benchmark."""
    rows = [row for row in found["drift"] if row["instructions"]]
    columns = {
        "changed": "changed, %",
        "rejected": "rejected by\nthe guard, %",
        "content_words_kept": "content words\nkept, %",
        "growth": "words, times\nthe original",
    }
    return _by_row(rows, [row["method"] for row in rows], columns) if rows else None


def _safety(found: Record) -> "Figure | None":
    """Refusals of harmful instructions and of harmless look-alikes, by system."""
    rows = once(found["safety"])
    names = _names(rows)
    columns = {
        "refused_harmful": "harmful, should be\nrefused: refused, %",
        "refused_harmless": "harmless, should be\nanswered: refused, %",
    }
    return _by_row(rows, [names[row["model"], row["method"]] for row in rows], columns) if rows else None


def _saturation(found: Record) -> "Figure | None":
    """Gain over the raw instruction by its clarity."""
    rows = [row for row in once(found["saturation"]) if row["best_of_n"] is None and row["urial"] is None]
    if not rows:
        return None
    names = _names(rows)
    points = [
        (row["benchmark"], names[row["model"], row["method"]], group["middle"], gain["value"], span)
        for row in rows
        for group in row["groups"]
        if (gain := group["gain"]) and (span := gain["interval"] or [gain["value"]] * 2)
    ]
    words: dict[str, Any] = {"ylabel": "gain over the raw instruction", "xlabel": "clarity of the raw instruction"}
    return _lines(points, apart=0.006, level=0, **words)


def _judges(found: Record) -> "Figure | None":
    """Win rates by judge: lines that cross are systems whose order depends on the judge."""
    averages = once(found["averages"])
    judges = _unique(averages, "judge")
    if len(judges) < 2:
        return None
    names, models, methods = _names(averages), _unique(averages, "model"), _unique(averages, "method")
    looks, points = {}, []
    for row in averages:
        name, number = names[row["model"], row["method"]], models.index(row["model"])
        looks[name] = {"ls": _LINES[number % len(_LINES)], **_look(methods.index(row["method"]), number)}
        rate = (100 * row["win_rate"], [100 * end for end in row["interval"]])
        points.append(("", name, judges.index(row["judge"]), *rate))
    ticks: dict[str, Any] = {"xticks": range(len(judges)), "xticklabels": judges, "xlim": (-0.4, len(judges) - 0.6)}
    return _lines(points, apart=0.03, level=50, looks=looks, ylabel="win rate, %", xlabel="judge", **ticks)
