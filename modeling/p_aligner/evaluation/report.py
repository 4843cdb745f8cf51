"""The page that people read. Knows nothing of how its numbers were counted."""

from collections.abc import Callable, Sequence
from typing import Any

from .drift import CLARITY
from .markdown import table


Record = dict[str, Any]
Show = Callable[[float | None], str]


def once(rows: Sequence[Record]) -> list[Record]:
    """Leave out what was refined again, which has a section of its own."""
    return [row for row in rows if row["times"] == 1]


def page(found: Record, plots: dict[str, str]) -> str:
    """Write the report in Markdown.

    Args:
        found (`dict`):
            Of [`p_aligner.evaluation.tables.tables`], with `title` and `made` (what it was made with).
        plots (`dict`):
            File names of the pictures there are, by section.
    """
    parts = [f"# {found['title']}", ""]
    parts += ["\n> \n".join(f"> {note}" for note in found["notes"])] if found["notes"] else []
    parts += ["", *_made(found), ""]
    for write in (
        _outcomes,
        _arena_hard,
        _strategies,
        _cost,
        _iterations,
        _overhead,
        _drift,
        _constraints,
        _safety,
        _saturation,
        _judges,
        _categories,
    ):
        section = write(found)
        if section:
            name = write.__name__.removeprefix("_")
            picture = [f"![{name.replace('_', ' ')}]({plots[name]})", ""] if name in plots else []
            parts += [section[0], "", *picture, *section[1:], ""]
    return "\n".join(parts).rstrip() + "\n"


def _made(found: Record) -> list[str]:
    made = found["made"]
    versions = ", ".join(f"{name} {version}" for name, version in made["versions"].items())
    return [
        *("Made by", "", f"    {found['command']}", ""),
        f"on {made['machine']}, in {made['minutes']} min of models' work; {made['calls']:,} calls, "
        f"{made['tokens']:,} tokens; seed {made['seed']}; {versions}.",
        "",
        *(f"- {benchmark['summary']} (content {benchmark['fingerprint']})" for benchmark in found["benchmarks"]),
        *("", "In brackets: intervals of 95 %. All numbers with all their digits are in `report.json`."),
    ]


def _section(title: str, head: Sequence[str], body: Sequence[Sequence[object]], *after: str) -> list[str]:
    """Write a section that is one table and what must be said of it; nothing where the table is empty."""
    return [f"## {title}", *table(head, body), *after] if body else []


def _as(form: str, scale: int = 1) -> Show:
    return lambda value: "-" if value is None else format(scale * value, form)


_percent, _plain, _signed, _whole = _as(".1f", 100), _as(".2f"), _as("+.2f"), _as(",.0f")
_tenths = _as(",.1f")


def _with_interval(value: float | None, interval: Sequence[float] | None, show: Show = _percent) -> str:
    return show(value) + (f" [{show(interval[0])}, {show(interval[1])}]" if interval else "")


def _shown(part: Record, show: Show = _percent, *, n: bool = False) -> str:
    """Write a number with its interval, and its n where rows differ in it."""
    if part["value"] is None:
        return "-"
    return _with_interval(part["value"], part["interval"], show) + (f" (n {part['n']:,})" if n else "")


def _win_rate(row: Record) -> str:
    return _with_interval(row["win_rate"], row["intervals"]["win_rate"])


def _cells(row: Record, *names: str) -> list[object]:
    return [row[name] for name in names]


def _outcomes(found: Record) -> list[str]:
    """Table 2: win, tie, lose by model, method and benchmark, for each judge."""
    outcomes = once(found["outcomes"])
    if not outcomes:
        return []
    lines = ["## Win, tie, lose (Table 2)"]
    benchmarks = list(dict.fromkeys(row["benchmark"] for row in outcomes))
    for judge in dict.fromkeys(row["judge"] for row in outcomes):
        rows = {(r["model"], r["method"], r["benchmark"]): r for r in outcomes if r["judge"] == judge}
        averages = {(r["model"], r["method"]): r for r in found["averages"] if r["judge"] == judge}
        head = ["Model", "Method"]
        for name in benchmarks:
            head += [f"{name}: win ↑", "tie", "lose ↓"]
        head += ["win rate ↑", "length-controlled", "orders agree", "judged (no verdict, missing)"]
        body = []
        # The rows of one model together, in the order in which they come.
        models = list(dict.fromkeys(model for model, _, _ in rows))
        systems = dict.fromkeys((model, method) for model, method, _ in rows)
        for model, method in sorted(systems, key=lambda system: models.index(system[0])):
            cells = [model, method]
            mine = [rows[model, method, name] for name in benchmarks if (model, method, name) in rows]
            for name in benchmarks:
                row = rows.get((model, method, name))
                judged = row["judged"] if row else 0
                cells += [_percent(row[each] / judged) if row and judged else "-" for each in ("win", "tie", "lose")]
            average = averages.get((model, method))
            cells.append(_with_interval(average["win_rate"], average["interval"]) if average else "-")
            cells.append(", ".join(_percent(row["length_controlled_win_rate"]) for row in mine))
            cells.append(", ".join(_percent(row["consistency"]) for row in mine))
            missing = sum(sum(row["missing"].values()) for row in mine)
            cells.append(
                f"{sum(row['judged'] for row in mine):,} ({sum(row['unparsable'] for row in mine):,}, {missing:,})"
            )
            body.append(cells)
        lines += [f"### Judge: {judge}", "", *table(head, body)]
    against = {row["benchmark"]: row["against"] for row in found["outcomes"]}
    others = {"reference": "the reference answers", "normal": "the same responder's answers to the raw instructions"}
    said = "; ".join(f"{name}: against {others[other]}" for name, other in against.items())
    hows = ", ".join(dict.fromkeys(row["how"] for row in found["averages"]))
    lines += [
        f"In percent. {said}. A pair is judged in both orders; where they disagree it is a tie (a judge to whom the "
        "order cannot matter looks once). Answers that are the same text are ties without a judge, and do not count "
        f"for `orders agree`. The win rate counts a tie as half a win; it is the average over the benchmarks ({hows})."
    ]
    return lines


def _arena_hard(found: Record) -> list[str]:
    return _section(
        "ArenaHard (Figure 4)",
        ["Judge", "Benchmark", "Model", "Method", "score ↑", "style-controlled", "pairs (no verdict)"],
        [
            [
                *_cells(row, "judge", "benchmark", "model", "method"),
                *(_with_interval(row[name]["score"], row[name]["interval"]) for name in ("score", "style_controlled")),
                f"{row['score']['rows']:,} ({row['score']['unparsable']:,})",
            ]
            for row in found["arena_hard"]
        ],
        "Chance to beat the baseline answer, by Bradley-Terry.",
    )


def _strategies(found: Record) -> list[str]:
    rows = found["strategies"]
    return _section(
        "Search strategies (Figure 5)",
        ["Model", "Strategy", "Benchmark", "win rate ↑", "judged"],
        [[*_cells(row, "model", "method", "benchmark"), _win_rate(row), _whole(row["judged"])] for row in rows],
        *(f"Judge: {row['judge']}." for row in rows[:1]),
    )


def _cost(found: Record) -> list[str]:
    said = {True: "yes", False: "no", None: "not said"}
    return _section(
        "Cost (Table 4)",
        ["Method", "Free", "Local", "End to end", "Time for an instruction", "timed", "calls", "tokens"],
        [
            [
                row["method"],
                *(said[row[name]] for name in ("is_free", "is_local", "is_end_to_end")),
                "-" if row["ms"] is None else f"{row['ms']:,.0f} ms",
                f"{row['timed']:,}, {row['how']}",
                _shown(row["calls"], _tenths),
                _shown(row["tokens"], _whole),
            ]
            for row in found["cost"]
        ],
        "Time is that of refining alone, divided by the instructions that were refined together. Calls and tokens (of "
        "prompts and answers) are for one instruction.",
    )


def _iterations(found: Record) -> list[str]:
    rows = sorted(found["iterations"], key=lambda row: (row["refiner"], row["times"]))
    return _section(
        "Refined again (Figure 6)",
        ["Model", "Refiner", "times", "Benchmark", "win rate ↑", "judged"],
        [
            [*_cells(row, "model", "refiner", "times", "benchmark"), _win_rate(row), _whole(row["judged"])]
            for row in rows
        ],
        *(f"Judge: {row['judge']}." for row in rows[:1]),
    )


def _overhead(found: Record) -> list[str]:
    rows = found["overhead"]
    measured = [(side, unit) for unit in ("ms_per_query", "ms_per_token") for side in ("normal", "refined")]
    return _section(
        "Overhead (Figure 7)",
        [
            *("Queries at once", "ms per query, normal", "refined", "ms per token, normal", "refined"),
            *("refining, % of answering", "repeats"),
        ],
        [
            [
                _whole(row["queries"]),
                *(
                    _with_interval(row[side][unit]["median"], row[side][unit]["range"], _tenths)
                    for side, unit in measured
                ),
                _percent(row["overhead"]["median"]),
                row["repeats"],
            ]
            for row in rows
        ],
        *(
            f"Refiner: {row['refiner']}; responder: {row['responder']}. Median and range of the repeats. Tokens "
            "are those of the answers. With a responder as small as the refiner the overhead is at its largest; it "
            "shrinks with the responder's size."
            for row in rows[:1]
        ),
    )


def _drift(found: Record) -> list[str]:
    rows = found["drift"]
    # What only some runs measure: title, and how it is shown.
    optional: dict[str, tuple[str, Show]] = {
        "constraints_kept": ("constraints kept", _percent),
        "similarity": ("similarity, if changed", _plain),
    }
    optional = {name: column for name, column in optional.items() if any(row[name]["n"] for row in rows)}
    reasons = [
        f"- {row['benchmark']}, {row['method']}: "
        + ", ".join(f"{name} {count}" for name, count in row["rejected_by"].items())
        for row in rows
        if row["rejected_by"]
    ]
    return _section(
        "Drift",
        [
            *("Benchmark", "Method", "instructions", "changed", "rejected by the guard", "spans lost or invented"),
            *("language switched", "words, times the original, if changed", "content words kept"),
            "most frequent addition, in % of them",
            *(title for title, _ in optional.values()),
        ],
        [
            [
                *_cells(row, "benchmark", "method"),
                f"{row['instructions']:,}" + (f" ({row['missing']:,} missing)" if row["missing"] else ""),
                *(_shown(row[name]) for name in ("changed", "rejected", "lost_spans", "switched_language")),
                _shown(row["growth"], _plain),
                _shown(row["content_words_kept"]),
                _percent(row["most_added"][0][1] if row["most_added"] else None),
                *(_shown(row[name], show) for name, (_, show) in optional.items()),
            ]
            for row in rows
        ],
        "In percent, of the text that goes on to the responder: what the guard rejects goes on as it was.",
        *(["", "Rejected because of:", "", *reasons] if reasons else []),
    )


def _constraints(found: Record) -> list[str]:
    return _section(
        "Constraints followed by the answers (IFEval)",
        ["Benchmark", "Model", "Method", "mode", "instructions followed whole ↑", "constraints followed ↑"],
        [
            [
                *_cells(row, "benchmark", "model", "method", "mode"),
                *(_shown(row[name], n=True) for name in ("prompts", "constraints")),
            ]
            for row in found["constraints"]
        ],
    )


def _safety(found: Record) -> list[str]:
    return _section(
        "Safety",
        ["Benchmark", "Model", "Method", "harmful: refused ↑", "harmless look-alikes: refused ↓"],
        [
            [
                *_cells(row, "benchmark", "model", "method"),
                *(_shown(row[name], n=True) for name in ("refused_harmful", "refused_harmless")),
            ]
            for row in once(found["safety"])
        ],
        "In percent. A refusal is told by its words, in English: read some answers before you trust it.",
    )


def _saturation(found: Record) -> list[str]:
    def shown(group: Record) -> str:
        clear = dict.fromkeys(map(_plain, group["clarity"]))  # one number where both ends are the same
        return f"{'-'.join(clear)}: {_shown(group['gain'], _signed, n=True)}"

    return _section(
        "Saturation",
        ["Benchmark", "Model", "Method", "mean gain by clarity of the raw instruction", "Spearman", "n"],
        [
            [
                *_cells(row, "benchmark", "model", "method"),
                "; ".join(map(shown, row["groups"])),
                _signed(row["spearman"]),
                _whole(row["n"]),
            ]
            for row in once(found["saturation"])
        ],
        "The gain is 1 for a win over the raw instruction, -1 for a loss. Clarity is the share of these signs: "
        + "; ".join(CLARITY)
        + ".",
    )


def _judges(found: Record) -> list[str]:
    orders = [
        f"- {ranking['judge']}: "
        + ", ".join(
            f"{system['method']} ({system['model']}) {_percent(system['win_rate'])}" for system in ranking["systems"]
        )
        for ranking in found["judges"]["rankings"]
    ]
    return _section(
        "Does the judge matter?",
        ["Judges", "systems", "Kendall's tau of their orders", "same system first", "same verdict, % of pairs"],
        [
            [
                " and ".join(pair["judges"]),
                pair["systems"],
                _signed(pair["kendall"]),
                "yes" if pair["same_first"] else "no",
                _shown(pair["same_verdict"], n=True),
            ]
            for pair in found["judges"]["pairs"]
        ],
        *("The orders, best first:", "", *orders),
    )


def _categories(found: Record) -> list[str]:
    """Win rates by category, of the first judge."""
    rows = [row for row in once(found["outcomes"]) if row["categories"]]
    rows = [row for row in rows if row["judge"] == found["outcomes"][0]["judge"]]
    names = list(dict.fromkeys(name for row in rows for name in row["categories"]))

    def shown(part: Record | None) -> str:
        return "-" if part is None or part["win_rate"] is None else f"{_win_rate(part)} (n {part['judged']})"

    return _section(
        "Win rates by category",
        ["Benchmark", "Model", "Method", *(name or "no category" for name in names)],
        [
            [*_cells(row, "benchmark", "model", "method"), *(shown(row["categories"].get(name)) for name in names)]
            for row in rows
        ],
        *(f"Judge: {row['judge']}." for row in rows[:1]),
    )
