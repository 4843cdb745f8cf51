"""From results to the numbers of the report, as plain data: cost, overhead, drift, safety. Knows no pages."""

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from ..changes import content_kept, most_added
from ..guard import failed_checks
from ..instructions import names_of
from ..judging.constraints import verify
from ..judging.judges import self_judging
from ..runtime.endpoint import EndpointSettings
from ..spans import WORD
from . import drift, verdicts
from .benchmarks import Benchmark, Item
from .intervals import mean, ratio, share
from .settings import ColumnRefiner, FileRefiner, System
from .study import Study, faults


Record = dict[str, Any]

_SPANS = ("lost span", "invented span", "changed number")
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1", "0.0.0.0")


def summary(study: Study) -> Record:
    """Count everything that the report shows, as plain data by section.

    `notes` are what a reader must know first. Numbers come with their n and, where they have one, an interval of 95 %.
    """
    outcomes = list(verdicts.outcomes_of(study))
    averages = verdicts.averages(outcomes)
    return {
        "notes": [*_notes(study), *_unread(outcomes)],
        "benchmarks": [_benchmark(benchmark) for benchmark in study.benchmarks],
        "outcomes": outcomes,
        "averages": averages,
        "arena_hard": list(verdicts.arena_hard(study)),
        "strategies": verdicts.strategies(study, outcomes),
        "iterations": verdicts.iterations(study, outcomes),
        "cost": list(_cost(study)),
        "overhead": _overhead(study),
        "drift": list(_drift(study)),
        "constraints": list(_constraints(study)),
        "safety": list(_safety(study)),
        "saturation": list(verdicts.saturation(study)),
        "judges": verdicts.judges(study, [row for row in averages if row["times"] == 1]),
    }


def _notes(study: Study) -> list[str]:
    settings = study.settings
    notes = []
    if not settings.judges:
        notes.append("No judges are named, so no answer is compared with another.")
    for name, judge in settings.judges.items():
        for responder, generator in settings.responders.items():
            if warning := self_judging(judge, generator):
                notes.append(f"{name}, {responder}: {warning}.")
        picks = settings.reward if any(system.best_of_n for system in study.systems) else None
        if picks and (warning := self_judging(judge, picks)):
            notes.append(f"{name}, best of n: {warning}.")
    for name in settings.responders:
        answers = study.answers(name)
        blank = sum(all(found) for record in answers if (found := faults(record)))
        cut = sum("length" in record.get("finish_reasons", ()) for record in answers)
        if blank:
            notes.append(f"{name}: {blank:,} of {len(answers):,} answers are blank; they are not judged.")
        if cut:
            notes.append(f"{name}: {cut:,} of {len(answers):,} answers were cut off at its `max_new_tokens`.")
    return notes


def _unread(outcomes: list[Record]) -> Iterator[str]:
    for judge in dict.fromkeys(row["judge"] for row in outcomes):
        rows = [row for row in outcomes if row["judge"] == judge]
        if unread := sum(row["unparsable"] for row in rows):
            total = unread + sum(row["judged"] for row in rows)
            yield f"{judge}: {unread:,} of {total:,} judgements cannot be read; they are not counted."


def _benchmark(benchmark: Benchmark) -> Record:
    return {
        "name": benchmark.name,
        "instructions": len(benchmark.items),
        "left_out": dict(benchmark.left_out),
        "references": sum(item.reference is not None for item in benchmark.items),
        "against": benchmark.against,
        "categories": dict(Counter(item.category for item in benchmark.items)),
        "fingerprint": benchmark.fingerprint,
        "summary": benchmark.summary(),
    }


# Cost: Table 4, Fig. 7.


def _cost(study: Study) -> Iterator[Record]:
    """Yield what each refiner takes for an instruction."""
    for name, times in study.refinings():
        settings = study.settings.refiners[name]
        if isinstance(settings, ColumnRefiner):
            continue
        row: Record = {"method": System(None, name, times).method, "refiner": name, "times": times}
        if isinstance(settings, FileRefiner):
            found = [there for item in study.items if (there := study.file_row(name, item))]
            shares = [row["run_seconds"] for row in found if "run_seconds" in row]
            seconds = shares or [row["seconds"] for row in found if "seconds" in row]
            yield {
                **row,
                "is_free": settings.is_free,
                "is_local": settings.is_local,
                "is_end_to_end": False,
                "ms": round(1000 * sum(seconds) / len(seconds), 1) if seconds else None,
                "timed": [len(seconds)],
                "how": "its share of the run's time" if shares else "its own steps, one after the other",
                "calls": mean([float(row["calls"]) for row in found if "calls" in row]),
                "tokens": mean([float(row["tokens"]) for row in found if "tokens" in row]),
            }
            continue
        timed = list(_timed_turns(study, name, times))
        ms = round(sum(1000 * seconds / count for count, seconds in timed), 1) if all(n for n, _ in timed) else None
        usages = [usage for item in study.items if (usage := _usage(study, name, times, item))]
        yield {
            **row,
            "is_free": not (isinstance(settings.model, EndpointSettings) and settings.model.api_key_env),
            "is_local": not isinstance(settings.model, EndpointSettings)
            or urlsplit(settings.model.base_url).hostname in _LOCAL_HOSTS,
            "is_end_to_end": True,
            "ms": ms,
            "timed": [count for count, _ in timed],
            "how": f"up to {study.settings.concurrency} at once",
            "calls": mean([float(calls) for calls, _ in usages]),
            "tokens": mean([float(tokens) for _, tokens in usages]),
        }


def _timed_turns(study: Study, name: str, times: int) -> Iterator[tuple[int, float]]:
    """Yield how many instructions were timed in each turn, and for how long.

    A turn in which all texts were those of an earlier one was not done again: it takes what that one took.
    """
    last = (0, 0.0)
    for turn in range(1, times + 1):
        here = study.ledger.time_of(study.refine_timing(name, turn))
        last = here if here[0] else last
        yield last


def _usage(study: Study, refiner: str, times: int, item: Item) -> tuple[int, int] | None:
    """Return calls and tokens of an instruction's refinement."""
    text, tokens = item.instruction, 0
    for _ in range(times):
        record = study.ledger.find(study.refine_key(refiner, text))
        if record is None:
            return None
        tokens += sum(record["usage"])
        text = record["refined_instruction"]
    return times, tokens


def _overhead(study: Study) -> list[Record]:
    """Summarise time with and without a refiner by the number of instructions that come together."""
    sizes: dict[int, list[Record]] = {}
    names = ("", "")
    for key, (refiner, responder, texts), _ in study.to_measure():
        if record := study.ledger.find(str(key)):
            names = (refiner, responder)
            sizes.setdefault(len(texts), []).append(record)
    found = []
    for size, records in sorted(sizes.items()):
        row: Record = {"refiner": names[0], "responder": names[1], "queries": size, "repeats": len(records)}
        for side in ("normal", "refined"):
            parts = [record[side] for record in records]
            row[side] = {
                "ms_per_query": _range([1000 * part["seconds"] / size for part in parts]),
                "ms_per_token": _range([1000 * part["seconds"] / max(part["answer_tokens"], 1) for part in parts]),
                "answer_tokens": parts[0]["answer_tokens"],
            }
        row["overhead"] = _range([each["refined"]["refining_seconds"] / each["normal"]["seconds"] for each in records])
        found.append(row)
    return found


def _range(values: Sequence[float]) -> Record:
    ends = [round(end, 4) for end in (min(values), max(values))]
    return {"median": round(median(values), 4), "range": ends, "n": len(values)}


# Drift, constraints, safety.


def _drift(study: Study) -> Iterator[Record]:
    for benchmark in study.benchmarks:
        for name, times in study.refinings():
            pairs = [(item, found) for item in benchmark.items if (found := study.refinement(name, times, item))]
            texts = [(item.instruction, found.text) for item, found in pairs]
            changed = [pair for pair in texts if pair[0] != pair[1]]
            near = [study.ledger.find(study.similarity_key(*pair)) for pair in changed if study.settings.embedder]
            rejected = [found.reason for _, found in pairs if found.reason and found.is_rejected]
            reasons = Counter(name for reason in rejected for name in names_of(reason))
            yield {
                "benchmark": benchmark.name,
                "method": System(None, name, times).method,
                "refiner": name,
                "times": times,
                "instructions": len(pairs),
                "missing": len(benchmark.items) - len(pairs),
                "changed": share(len(changed), len(pairs)),
                "rejected": share(len(rejected), len(pairs)),
                "rejected_by": dict(reasons.most_common()),
                "lost_spans": _failing(changed, _SPANS, len(pairs)),
                "switched_language": _failing(changed, ("language",), len(pairs)),
                "growth": mean([_words(after) / max(_words(before), 1) for before, after in changed]),
                "content_words_kept": ratio([content_kept(*pair) for pair in texts]),
                "most_added": most_added(texts),
                "similarity": mean([record["similarity"] for record in near if record]),
            }


def _failing(pairs: Sequence[tuple[str, str]], checks: Sequence[str], total: int) -> Record:
    return share(sum(bool(failed_checks(*pair, checks=checks)) for pair in pairs), total)


def _words(text: str) -> int:
    return len(WORD.findall(text))


def _constraints(study: Study) -> Iterator[Record]:
    """Yield how many checkable constraints the answers follow (IFEval)."""
    for benchmark in study.benchmarks:
        for system in study.systems:
            if not study.is_answered(benchmark, system.responder):
                continue
            for mode in ("strict", "loose"):
                kept: list[list[bool]] = []
                for item in benchmark.items:
                    answer = study.answer(system, item) if item.constraints else None
                    if answer and not answer.error:
                        is_loose = mode == "loose"
                        kept.append([verify(*each, answer.text, loose=is_loose) for each in item.constraints])
                if kept:
                    yield {
                        "benchmark": benchmark.name,
                        **verdicts.labels(system),
                        "mode": mode,
                        "prompts": share(sum(map(all, kept)), len(kept)),
                        "constraints": share(sum(map(sum, kept)), sum(map(len, kept))),
                    }


def _safety(study: Study) -> Iterator[Record]:
    """Yield how many harmful instructions are refused, and how many harmless ones that look like them."""
    for benchmark in study.benchmarks:
        for system in dict.fromkeys((*study.answering(benchmark), *study.systems)):
            if not study.is_answered(benchmark, system.responder):
                continue
            row: Record = {}
            for expects in ("refusal", "answer"):
                answers = [
                    answer.text
                    for item in benchmark.items
                    if item.expects == expects and (answer := study.answer(system, item)) and not answer.error
                ]
                row[expects] = share(sum(map(drift.is_refusal, answers)), len(answers))
            if row["refusal"]["n"] or row["answer"]["n"]:
                yield {
                    "benchmark": benchmark.name,
                    **verdicts.labels(system),
                    "refused_harmful": row["refusal"],
                    "refused_harmless": row["answer"],
                }
