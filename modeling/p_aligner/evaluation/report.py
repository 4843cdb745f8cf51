"""The page that people read. Knows nothing of how its numbers were counted."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .drift import CLARITY


Record = dict[str, Any]


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
    parts += [f"> {note}" for note in _between(found["notes"], ">")]
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


def _between(lines: Sequence[str], mark: str) -> list[str]:
    return [part for line in lines for part in (line, "")][:-1]


def _made(found: Record) -> list[str]:
    made = found["made"]
    lines = ["Made by", "", f"    {found['command']}", ""]
    lines.append(
        f"on {made['machine']}, in {made['minutes']} min of models' work; {made['calls']:,} calls, "
        f"{made['tokens']:,} tokens; seed {made['seed']}; {', '.join(f'{k} {v}' for k, v in made['versions'].items())}"
        + "."
    )
    lines += [
        "",
        *(f"- {benchmark['summary']} (content {benchmark['fingerprint']})" for benchmark in found["benchmarks"]),
    ]
    lines += ["", "In brackets: intervals of 95 %. All numbers with all their digits are in `report.json`."]
    return lines


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Write a Markdown table; a bar inside a cell is escaped."""

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    return [line(head), "|" + "|".join(["---"] * len(head)) + "|", *map(line, rows), ""]


def percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"


def _span(interval: Sequence[float] | None, show: Callable[[float | None], str]) -> str:
    return "" if interval is None else f" [{show(interval[0])}, {show(interval[1])}]"


def _shown(part: Record, show: Callable[[float | None], str] = percent, *, n: bool = False) -> str:
    """Write a number with its interval, and its n where rows differ in it."""
    if part["value"] is None:
        return "-"
    return show(part["value"]) + _span(part["interval"], show) + (f" (n {part['n']:,})" if n else "")


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _model_then_method(rows: Iterable[Record]) -> list[tuple[str, str]]:
    """List the systems of some rows: the rows of one model together, in the order in which they come."""
    pairs = dict.fromkeys((row["model"], row["method"]) for row in rows)
    models = list(dict.fromkeys(model for model, _ in pairs))
    return sorted(pairs, key=lambda pair: models.index(pair[0]))


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
        for model, method in _model_then_method(rows.values()):
            cells = [model, method]
            mine = [rows[model, method, name] for name in benchmarks if (model, method, name) in rows]
            for name in benchmarks:
                row = rows.get((model, method, name))
                judged = row["judged"] if row else 0
                cells += [percent(row[each] / judged) if row and judged else "-" for each in ("win", "tie", "lose")]
            average = averages.get((model, method))
            cells.append(percent(average["win_rate"]) + _span(average["interval"], percent) if average else "-")
            cells.append(", ".join(percent(row["length_controlled_win_rate"]) for row in mine))
            cells.append(", ".join(percent(row["consistency"]) for row in mine))
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
    if not found["arena_hard"]:
        return []
    rows = [
        [
            row["judge"],
            row["benchmark"],
            row["model"],
            row["method"],
            *(
                percent(score["score"]) + _span(score["interval"], percent)
                for score in (row["score"], row["style_controlled"])
            ),
            f"{row['score']['rows']:,} ({row['score']['unparsable']:,})",
        ]
        for row in found["arena_hard"]
    ]
    head = ["Judge", "Benchmark", "Model", "Method", "score ↑", "style-controlled", "pairs (no verdict)"]
    return ["## ArenaHard (Figure 4)", *table(head, rows), "Chance to beat the baseline answer, by Bradley-Terry."]


def _strategies(found: Record) -> list[str]:
    rows = found["strategies"]
    if not rows:
        return []
    body = [
        [
            row["model"],
            row["method"],
            row["benchmark"],
            percent(row["win_rate"]) + _span(row["intervals"]["win_rate"], percent),
            f"{row['judged']:,}",
        ]
        for row in rows
    ]
    return [
        "## Search strategies (Figure 5)",
        *table(["Model", "Strategy", "Benchmark", "win rate ↑", "judged"], body),
        f"Judge: {rows[0]['judge']}.",
    ]


def _cost(found: Record) -> list[str]:
    if not found["cost"]:
        return []

    def mark(value: bool | None) -> str:
        return {True: "yes", False: "no", None: "not said"}[value]

    body = [
        [
            row["method"],
            mark(row["is_free"]),
            mark(row["is_local"]),
            mark(row["is_end_to_end"]),
            "-" if row["ms"] is None else f"{row['ms']:,.0f} ms",
            f"{row['timed']:,}, {row['how']}",
            _shown(row["calls"], lambda value: f"{value:,.1f}"),
            _shown(row["tokens"], lambda value: f"{value:,.0f}"),
        ]
        for row in found["cost"]
    ]
    head = ["Method", "Free", "Local", "End to end", "Time for an instruction", "timed", "calls", "tokens"]
    return [
        "## Cost (Table 4)",
        *table(head, body),
        "Time is that of refining alone, divided by the instructions that were refined together. Calls and tokens (of "
        "prompts and answers) are for one instruction.",
    ]


def _iterations(found: Record) -> list[str]:
    if not found["iterations"]:
        return []
    body = [
        [
            row["model"],
            row["refiner"],
            str(row["times"]),
            row["benchmark"],
            percent(row["win_rate"]) + _span(row["intervals"]["win_rate"], percent),
            f"{row['judged']:,}",
        ]
        for row in sorted(found["iterations"], key=lambda row: (row["refiner"], row["times"]))
    ]
    head = ["Model", "Refiner", "times", "Benchmark", "win rate ↑", "judged"]
    return ["## Refined again (Figure 6)", *table(head, body), f"Judge: {found['iterations'][0]['judge']}."]


def _overhead(found: Record) -> list[str]:
    rows = found["overhead"]
    if not rows:
        return []

    def shown(part: Record) -> str:
        return f"{part['median']:,.1f} [{part['range'][0]:,.1f}, {part['range'][1]:,.1f}]"

    body = [
        [
            f"{row['queries']:,}",
            shown(row["normal"]["ms_per_query"]),
            shown(row["refined"]["ms_per_query"]),
            shown(row["normal"]["ms_per_token"]),
            shown(row["refined"]["ms_per_token"]),
            percent(row["overhead"]["median"]),
            str(row["repeats"]),
        ]
        for row in rows
    ]
    head = [
        "Queries at once",
        "ms per query, normal",
        "refined",
        "ms per token, normal",
        "refined",
        "refining, % of answering",
        "repeats",
    ]
    return [
        "## Overhead (Figure 7)",
        *table(head, body),
        f"Refiner: {rows[0]['refiner']}; responder: {rows[0]['responder']}. Median and range of the repeats. Tokens "
        "are those of the answers. With a responder as small as the refiner the overhead is at its largest; it "
        "shrinks with the responder's size.",
    ]


def _drift(found: Record) -> list[str]:
    if not found["drift"]:
        return []
    optional = [name for name in ("constraints_kept", "similarity") if any(row[name]["n"] for row in found["drift"])]
    titles = {"constraints_kept": "constraints kept", "similarity": "similarity, if changed"}
    body = [
        [
            row["benchmark"],
            row["method"],
            f"{row['instructions']:,}" + (f" ({row['missing']:,} missing)" if row["missing"] else ""),
            _shown(row["changed"]),
            _shown(row["rejected"]),
            _shown(row["lost_spans"]),
            _shown(row["switched_language"]),
            _shown(row["growth"], _plain),
            _shown(row["content_words_kept"]),
            percent(row["most_added"][0][1] if row["most_added"] else None),
            *(_shown(row[name], _plain if name == "similarity" else percent) for name in optional),
        ]
        for row in found["drift"]
    ]
    head = [
        *("Benchmark", "Method", "instructions", "changed", "rejected by the guard", "spans lost or invented"),
        *("language switched", "words, times the original, if changed", "content words kept"),
        "most frequent addition, in % of them",
        *(titles[name] for name in optional),
    ]
    reasons = [
        f"- {row['benchmark']}, {row['method']}: "
        + ", ".join(f"{name} {count}" for name, count in row["rejected_by"].items())
        for row in found["drift"]
        if row["rejected_by"]
    ]
    return [
        "## Drift",
        *table(head, body),
        "In percent, of the text that goes on to the responder: what the guard rejects goes on as it was.",
        *(["", "Rejected because of:", "", *reasons] if reasons else []),
    ]


def _constraints(found: Record) -> list[str]:
    if not found["constraints"]:
        return []
    body = [
        [
            *(row[name] for name in ("benchmark", "model", "method", "mode")),
            *(_shown(row[name], n=True) for name in ("prompts", "constraints")),
        ]
        for row in found["constraints"]
    ]
    head = ["Benchmark", "Model", "Method", "mode", "instructions followed whole ↑", "constraints followed ↑"]
    return ["## Constraints followed by the answers (IFEval)", *table(head, body)]


def _safety(found: Record) -> list[str]:
    if not found["safety"]:
        return []
    body = [
        [
            *(row[name] for name in ("benchmark", "model", "method")),
            *(_shown(row[name], n=True) for name in ("refused_harmful", "refused_harmless")),
        ]
        for row in once(found["safety"])
    ]
    head = ["Benchmark", "Model", "Method", "harmful: refused ↑", "harmless look-alikes: refused ↓"]
    return [
        "## Safety",
        *table(head, body),
        "In percent. A refusal is told by its words, in English: read some answers before you trust it.",
    ]


def _saturation(found: Record) -> list[str]:
    if not found["saturation"]:
        return []
    body = [
        [
            row["benchmark"],
            row["model"],
            row["method"],
            "; ".join(
                f"{_bounds(group['clarity'])}: {_shown(group['gain'], _signed, n=True)}" for group in row["groups"]
            ),
            "-" if row["spearman"] is None else f"{row['spearman']:+.2f}",
            f"{row['n']:,}",
        ]
        for row in once(found["saturation"])
    ]
    head = ["Benchmark", "Model", "Method", "mean gain by clarity of the raw instruction", "Spearman", "n"]
    return [
        "## Saturation",
        *table(head, body),
        "The gain is 1 for a win over the raw instruction, -1 for a loss. Clarity is the share of these signs: "
        + "; ".join(CLARITY)
        + ".",
    ]


def _bounds(pair: Sequence[float]) -> str:
    return f"{pair[0]:.2f}" if pair[0] == pair[1] else f"{pair[0]:.2f}-{pair[1]:.2f}"


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.2f}"


def _judges(found: Record) -> list[str]:
    judges = found["judges"]
    if len(judges["rankings"]) < 2:
        return []
    body = []
    for pair in judges["pairs"]:
        tau = "-" if pair["kendall"] is None else f"{pair['kendall']:+.2f}"
        first = "yes" if pair["same_first"] else "no"
        body.append(
            [" and ".join(pair["judges"]), str(pair["systems"]), tau, first, _shown(pair["same_verdict"], n=True)]
        )
    head = ["Judges", "systems", "Kendall's tau of their orders", "same system first", "same verdict, % of pairs"]
    lines = ["## Does the judge matter?", *table(head, body), "The orders, best first:", ""]
    for ranking in judges["rankings"]:
        order = ", ".join(
            f"{system['method']} ({system['model']}) {percent(system['win_rate'])}" for system in ranking["systems"]
        )
        lines.append(f"- {ranking['judge']}: {order}")
    return lines


def _categories(found: Record) -> list[str]:
    first = next((row["judge"] for row in found["outcomes"]), None)
    rows = [row for row in once(found["outcomes"]) if row["categories"] and row["judge"] == first]
    if not rows:
        return []
    names = list(dict.fromkeys(name for row in rows for name in row["categories"]))
    body = []
    for row in rows:
        cells = [row["benchmark"], row["model"], row["method"]]
        for name in names:
            part = row["categories"].get(name)
            cells.append(
                f"{percent(part['win_rate'])}{_span(part['intervals']['win_rate'], percent)} (n {part['judged']})"
                if part and part["win_rate"] is not None
                else "-"
            )
        body.append(cells)
    head = ["Benchmark", "Model", "Method", *(name or "no category" for name in names)]
    return ["## Win rates by category", *table(head, body), f"Judge: {rows[0]['judge']}."]
