"""The command `p-aligner evaluate`: arguments in, an evaluation run, its figures printed."""

import argparse
import contextlib
import os
import shlex
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from .. import arguments
from ..arguments import count, quieten
from ..errors import InputError


EXAMPLES = """\
--KEY VALUE sets a key of the recipe, --SECTION.KEY VALUE one of a section.

examples:
  p-aligner evaluate recipes/evaluate/smollm2.yaml --plan
  p-aligner evaluate recipes/evaluate/smollm2.yaml
  p-aligner evaluate recipes/evaluate/smollm2.yaml --output runs/mine --seed 3
  p-aligner evaluate recipes/evaluate/smollm2.yaml --pairs sheet.csv --count 60
  p-aligner evaluate --score sheet.csv
"""
_REPORT_S = 30.0  # in a log file


def add_command(commands: Any) -> None:
    """Add the command to those of `p-aligner`."""
    about = "Refine, respond and judge, then write a report. Run again, it goes on where it was stopped."
    said = "compare refiners on benchmarks"
    evaluate = arguments.add_command(commands, "evaluate", _run, said, about, epilog=EXAMPLES)
    evaluate.add_argument("recipe", nargs="?", metavar="RECIPE.yaml", help="first, then --KEY VALUE for what differs")
    evaluate.add_argument("--plan", action="store_true", help="say what it will take; write nothing")
    evaluate.add_argument("--output", metavar="DIR", help="folder of journal and report (default: the recipe's)")
    evaluate.add_argument(
        "--ray", metavar="ADDRESS", help="models on a Ray cluster: auto, local, HOST:PORT or ray://HOST:PORT"
    )
    people = evaluate.add_argument_group("human judges", "Pairs of answers on hidden sides, for any spreadsheet.")
    people.add_argument("--pairs", metavar="F.csv", help="write the pairs of a run, and their key beside it")
    people.add_argument("--count", type=count, metavar="N", help="so many pairs, drawn at random (default: all)")
    people.add_argument("--method", metavar="NAME", help="of this method only, as the tables name it")
    people.add_argument("--score", metavar="F.csv", help="count the verdicts that people wrote into it")
    evaluate.set_defaults(takes_overrides=True, when_stopped="; the same command goes on from here")


def _run(options: argparse.Namespace) -> int:
    if options.score:
        if options.recipe or options.overrides:
            raise InputError("--score needs the sheet only, its key stands beside it: leave out the rest")
        return _score(options.score)
    if not options.recipe:
        raise InputError("there is no recipe: name one, for example recipes/evaluate/smollm2.yaml")
    if (options.count or options.method) and not options.pairs:
        raise InputError("--count and --method are about human judges: add --pairs F.csv")
    from ..store.recipe import load
    from . import blind, evaluate
    from .settings import EvaluationSettings

    quieten()
    overrides = [*options.overrides, *(["--out", options.output] if options.output else [])]
    settings = load(EvaluationSettings, options.recipe, overrides)
    if options.pairs:
        count = blind.export(evaluate.finished(settings), options.pairs, count=options.count, method=options.method)
        print(f"{count} pairs in {options.pairs}; keep {blind.key_path(options.pairs)} away from those who judge")
        return 0
    if options.plan:
        return _show_plan(evaluate.plan(settings), settings)
    command = shlex.join(["p-aligner", "evaluate", options.recipe, *overrides])
    with contextlib.ExitStack() as stack:
        workers = None
        if options.ray:
            from ..runtime.cluster import connected
            from ..runtime.workers import Workers

            workers = Workers(stack.enter_context(connected(options.ray)), settings.cluster, tell=_tell)
        outcome = evaluate.evaluate(settings, progress=stack.enter_context(_stages()), workers=workers)
    for error, count in Counter(outcome.failed.values()).most_common(3):
        print(f"p-aligner: {count} times: {error}", file=sys.stderr)
    if outcome.failed:
        print("p-aligner: the same command tries again what failed", file=sys.stderr)
    if outcome.stopped:
        print(
            f"p-aligner: stopped by {outcome.stopped}, {outcome.fresh:,} new results are kept; the same command with "
            "a higher limit goes on from here",
            file=sys.stderr,
        )
        return 1
    found = evaluate.write_report(outcome.study, command=command)
    for note in found["notes"]:
        print(f"note: {note}")
    for benchmark in found["benchmarks"]:
        print(benchmark["summary"])
    for row in found["averages"]:
        low, high = row["interval"]
        name = f"{row['method']} ({row['model']})"
        shares = ", ".join(f"{part} {row[part]:.1%}" for part in ("win", "tie", "lose"))
        print(f"{row['judge']}: {name:40} win rate {row['win_rate']:6.1%} [{low:.1%}, {high:.1%}], {shares}")
    print(f"report: {os.path.join(settings.out, evaluate.PAGE)}")
    return 1 if outcome.failed else 0


def _show_plan(found: Any, settings: Any) -> int:
    for summary in found.summaries:
        print(summary)
    for name, stage in found.stages.items():
        if stage.left or found.spent.results.get(name):
            prompt, completion = stage.tokens
            print(
                f"{name:10}at most {stage.left:,} left, {stage.calls:,} calls, about {prompt:,} tokens in and "
                f"{completion:,} out, {stage.seconds / 60:.1f} min; {found.spent.results.get(name, 0):,} are there"
            )
    prompt, completion = found.tokens
    print(
        f"{'in all':10}at most {found.calls:,} calls, about {prompt:,} tokens in and {completion:,} out, "
        f"{found.seconds / 60:.1f} min"
    )
    for name, limit in settings.passed(
        calls=found.spent.all_calls + found.calls,
        tokens=found.spent.all_tokens + prompt + completion,
        minutes=found.seconds / 60,
    ):
        print(f"{'limit':10}{name} is {limit:,}: the run will end before all is done")
    print(f"{'measured':10}on {found.probed} instructions, {found.probe.all_calls:,} calls of models")
    for error in dict.fromkeys(found.failed.values()):
        print(f"{'failed':10}{error}")
    return 1 if found.failed else 0


def _score(sheet: str) -> int:
    from .blind import score

    for row in score(sheet):
        print(f"{row['benchmark']}, {row['method']} ({row['model']}): {row['judged']} judged, {row['open']} open")
        if row["judged"]:
            low, high = row["intervals"]["win_rate"]
            print(
                f"  win {row['win']}, tie {row['tie']}, lose {row['lose']}; win rate {row['win_rate']:.1%} "
                f"[{low:.1%}, {high:.1%}]"
            )
        for judge, found in row["agreement"].items():
            figures = ", ".join(f"{name} {value:.3f}" for name, value in found.items() if isinstance(value, float))
            print(f"  agreement with {judge} on {found['pairs']}: {figures}")
    return 0


def _tell(line: str) -> None:
    print(f"p-aligner: {line}", file=sys.stderr)


@contextlib.contextmanager
def _stages() -> Iterator[Any]:
    """Show how far each stage is: bars on a terminal, a line now and then in a log file."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        last = [0.0]

        def report(stage: str, done: int, total: int) -> None:
            if done == total or time.monotonic() - last[0] >= _REPORT_S:
                last[0] = time.monotonic()
                print(f"p-aligner: {stage}: {done:,} of {total:,}", file=sys.stderr, flush=True)

        yield report
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield show
