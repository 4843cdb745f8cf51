"""From verdicts to numbers: Table 2, ArenaHard, what another judge would say, where gains end. Knows no pages."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from ..judging import ratings
from ..judging.tally import outcome, win_rate
from . import drift
from .benchmarks import Benchmark, Item
from .intervals import kendall, mean, share, spearman
from .settings import NORMAL, FileRefiner, System
from .study import BLANK, Judged, Study


Record = dict[str, Any]

_GROUPS = 3  # of clarity


def labels(system: System) -> Record:
    return {"model": system.answering, "method": system.method, **system._asdict()}


def outcomes_of(study: Study) -> Iterator[Record]:
    """Yield win, tie and lose of each judge, benchmark and system."""
    for judge in study.settings.judges:
        for benchmark in study.benchmarks:
            for system in study.judged(benchmark):
                yield {
                    "judge": judge,
                    "benchmark": benchmark.name,
                    "against": benchmark.against,
                    "scoring": benchmark.scoring,
                    **labels(system),
                    **_judged(study, judge, benchmark, system),
                }


def _judged(study: Study, judge: str, benchmark: Benchmark, system: System) -> Record:
    rows = study.judgements(judge, system, benchmark)
    there = {item.id for item, _, _ in rows}
    lacking = [item for item in benchmark.items if item.id not in there]
    figures = _rates(rows, seed=study.settings.seed)
    # Where both answers are the same text nothing was asked: that says nothing of the judge.
    asked = [row for row in rows if not row[1].get("is_identical")]
    own = _rates(asked, seed=study.settings.seed)
    return {
        **figures,
        "identical": len(rows) - len(asked),
        "consistency": own.get("consistency"),
        "first_shown_preferred": own.get("first_shown_preferred"),
        "intervals": {**figures["intervals"], "consistency": own["intervals"].get("consistency")},
        "missing": dict(Counter(_reason(study, benchmark, system, item) for item in lacking)),
    }


def _rates(rows: Sequence[Judged], *, seed: int) -> Record:
    has_categories = len({item.category for item, _, _ in rows}) > 1
    # A judge to whom the order cannot matter looked once, and says nothing of consistency.
    has_orders = any(record.get("orders") == 2 for _, record, _ in rows)
    rates: Record = win_rate(
        [record["candidate_first"] for _, record, _ in rows],
        [record["candidate_second"] for _, record, _ in rows] if has_orders else None,
        items=[item.id for item, _, _ in rows],
        categories=[item.category for item, _, _ in rows] if has_categories else None,
        candidate_lengths=[len(pair[0].split()) for _, _, pair in rows],
        baseline_lengths=[len(pair[1].split()) for _, _, pair in rows],
        seed=seed,
    )
    return rates


def _reason(study: Study, benchmark: Benchmark, system: System, item: Item) -> str:
    """Say why there is no judgement."""
    if benchmark.against == "reference" and item.reference is None:
        return "no reference answer"
    if study.refinement(system.refiner, system.times, item) is None:
        return "no refinement"
    answer = study.answer(system, item)
    if answer is None:
        return "no answer yet"
    if answer.error == BLANK:
        return BLANK
    return "the responder cannot answer it" if answer.error else "no judgement yet"


def averages(rows: Sequence[Record]) -> list[Record]:
    """Average win, tie, lose and win rate over the benchmarks, each of the same weight.

    `of_all_pairs` is the win rate when each pair has the same weight. Benchmarks are independent of each other, so the
    squares of the intervals' halves add up.
    """
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for row in rows:
        if row["win_rate"] is not None and row["scoring"] == "win-rate":
            groups.setdefault((row["judge"], row["model"], row["method"]), []).append(row)
    found = []
    for group in groups.values():
        count = len(group)
        middle = sum(row["win_rate"] for row in group) / count
        below, above = (
            sum((row["intervals"]["win_rate"][side] - row["win_rate"]) ** 2 for row in group) ** 0.5 / count
            for side in (0, 1)
        )
        judged = sum(row["judged"] for row in group)
        shares = {
            name: round(sum(row[name] / row["judged"] for row in group) / count, 4) for name in ("win", "tie", "lose")
        }
        found.append(
            {
                **{name: group[0][name] for name in ("judge", "model", "method", *System._fields)},
                "benchmarks": [row["benchmark"] for row in group],
                "how": f"mean of {count} benchmarks, each of the same weight" if count > 1 else "one benchmark",
                "n": judged,
                "of_all_pairs": round(sum(row["win"] + row["tie"] / 2 for row in group) / judged, 4),
                **shares,
                "win_rate": round(middle, 4),
                "interval": [round(max(0.0, middle - below), 4), round(min(1.0, middle + above), 4)],
            }
        )
    return found


def arena_hard(study: Study) -> Iterator[Record]:
    """Yield Bradley-Terry scores, plain and style-controlled, for the benchmarks that are scored so."""
    for judge in study.settings.judges:
        for benchmark in study.benchmarks:
            if benchmark.scoring != "arena-hard":
                continue
            systems = {system.name: system for system in study.judged(benchmark)}
            each = {name: study.judgements(judge, system, benchmark) for name, system in systems.items()}
            models = [name for name, rows in each.items() for _ in rows]
            rows = [row for rows in each.values() for row in rows]
            first, second = ([row[1][side] for row in rows] for side in ("candidate_first", "candidate_second"))
            items = [item.id for item, _, _ in rows]
            styles = [(ratings.style(mine), ratings.style(other)) for _, _, (mine, other) in rows]
            plain, controlled = (
                ratings.arena_hard(first, second, models=models, items=items, styles=known, seed=study.settings.seed)
                for known in (None, styles)
            )
            for name, system in systems.items():
                if name in plain:
                    yield {
                        "judge": judge,
                        "benchmark": benchmark.name,
                        **labels(system),
                        "score": plain[name],
                        "style_controlled": controlled[name],
                    }


def strategies(study: Study, rows: Sequence[Record]) -> list[Record]:
    """Choose the outcomes of searches, where there are several, and of what they are compared with (Fig. 5)."""
    searches = {name for name, refiner in study.settings.refiners.items() if isinstance(refiner, FileRefiner)}
    are_several = len(searches & {row["refiner"] for row in rows}) > 1
    return [row for row in _plain(study, rows) if are_several and row["times"] == 1]


def iterations(study: Study, rows: Sequence[Record]) -> list[Record]:
    """Choose the outcomes of refiners that are applied more than once (Fig. 6)."""
    repeated = {row["refiner"] for row in rows if row["times"] > 1}
    return [row for row in _plain(study, rows) if row["refiner"] in repeated]


def _plain(study: Study, rows: Sequence[Record]) -> Iterator[Record]:
    """Yield what the first judge says of single answers without examples before them."""
    first = next(iter(study.settings.judges), None)
    return (row for row in rows if (row["judge"], row["best_of_n"], row["urial"]) == (first, None, None))


def saturation(study: Study) -> Iterator[Record]:
    """Yield the gain over the raw instruction by how clear that was."""
    if not study.settings.judges:
        return
    judge = next(iter(study.settings.judges))
    for benchmark in study.benchmarks:
        for system in study.judged(benchmark):
            if system.refiner == NORMAL:
                continue
            points = [
                (drift.clarity(item.instruction), gain)
                for item in benchmark.items
                if (gain := _gain(study, judge, benchmark, system, item)) is not None
            ]
            if points:
                yield {
                    "benchmark": benchmark.name,
                    **labels(system),
                    "n": len(points),
                    "spearman": spearman([clear for clear, _ in points], [gain for _, gain in points]),
                    "groups": _by_clarity(points),
                }


def _gain(study: Study, judge: str, benchmark: Benchmark, system: System, item: Item) -> float | None:
    """Return the outcome, 1 for a win and -1 for a loss, less that of the raw instruction."""
    mine = _outcome(study, judge, benchmark, system, item)
    if benchmark.against == "normal" or mine is None:
        return mine
    raw = system._replace(refiner=NORMAL, times=1)
    theirs = _outcome(study, judge, benchmark, raw, item)
    return None if theirs is None else (mine - theirs) / 2


def _outcome(study: Study, judge: str, benchmark: Benchmark, system: System, item: Item) -> int | None:
    record = study.judgement(judge, system, benchmark, item)
    return None if record is None else outcome(record["candidate_first"], record["candidate_second"])


def _by_clarity(points: list[tuple[float, float]]) -> list[Record]:
    """Cut the instructions into groups of like clarity, of about the same size; equal values stay together."""
    points = sorted(points)
    edges = sorted({points[len(points) * number // _GROUPS][0] for number in range(1, _GROUPS)})
    groups: dict[int, list[tuple[float, float]]] = {}
    for clear, gain in points:
        groups.setdefault(sum(clear >= edge for edge in edges), []).append((clear, gain))
    return [
        {
            "clarity": [round(group[0][0], 3), round(group[-1][0], 3)],
            "middle": round(sum(clear for clear, _ in group) / len(group), 3),
            "gain": mean([gain for _, gain in group], ends=(-1.0, 1.0)),
        }
        for group in groups.values()
    ]


def judges(study: Study, averages: Sequence[Record]) -> Record:
    """Compare what the judges say: their orders of the systems, and their verdicts one by one."""
    rates: dict[str, dict[tuple[str, str], float]] = {judge: {} for judge in study.settings.judges}
    counts = {}
    for row in averages:
        rates[row["judge"]][row["model"], row["method"]] = row["win_rate"]
        counts[row["judge"], row["model"], row["method"]] = row["n"]
    found: Record = {"rankings": [], "pairs": []}
    for judge, mine in rates.items():
        order = sorted(mine, key=lambda system: -mine[system])
        ranked = [
            {"model": model, "method": method, "win_rate": mine[model, method], "n": counts[judge, model, method]}
            for model, method in order
        ]
        found["rankings"].append({"judge": judge, "systems": ranked})
    for pair in combinations(rates, 2):
        common = [system for system in rates[pair[0]] if system in rates[pair[1]]]
        orders = [[rates[judge][system] for system in common] for judge in pair]
        found["pairs"].append(
            {
                "judges": [*pair],
                "systems": len(common),
                "kendall": kendall(*orders),
                "same_verdict": share(*_same_verdicts(study, *pair)),
                "same_first": bool(common) and len({order.index(max(order)) for order in orders}) == 1,
            }
        )
    return found


def _same_verdicts(study: Study, one: str, other: str) -> tuple[int, int]:
    same = total = 0
    seen: set[tuple[str, tuple[str, str]]] = set()
    for benchmark in study.benchmarks:
        for system in study.judged(benchmark):
            for item in benchmark.items if system.times == 1 else ():
                pair = study.pair(system, benchmark, item)
                if pair is None or pair[0] == pair[1] or (item.id, pair) in seen:
                    continue
                seen.add((item.id, pair))
                first, second = (_outcome(study, judge, benchmark, system, item) for judge in (one, other))
                if first is not None and second is not None:
                    same += first == second
                    total += 1
    return same, total
