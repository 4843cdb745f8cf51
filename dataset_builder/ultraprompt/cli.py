"""The command `ultraprompt`: arguments in, trees and data sets out. Everything else is other modules' work."""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Coroutine
from functools import partial
from itertools import chain, repeat
from statistics import fmean
from typing import TYPE_CHECKING, Any

import p_aligner
from p_aligner import arguments
from p_aligner.errors import InputError


if TYPE_CHECKING:
    from .search.forest import Forest, SynthesisSettings
    from .seeds import Seed

RECIPE_EXAMPLES = """\
--KEY VALUE sets a key of the recipe, --SECTION.KEY VALUE one of a section.

examples:
  ultraprompt plan recipes/ultraprompt/smollm2.yaml
  ultraprompt synthesize recipes/ultraprompt/smollm2.yaml --out runs/beam.jsonl --search.strategy beam
"""
BUILD_EXAMPLES = """\
examples:
  ultraprompt build runs/mine.jsonl --out my-ultraprompt
  ultraprompt build runs/*.jsonl --out two-steps --max-steps 2 --test-fraction 0.05
"""
_REFRESH_S, _FIRST_REPORT_S, _REPORT_S = 0.5, 10.0, 60.0  # on a terminal, and in a log file
_SHOWN_FAILURES = 5


def main(words: list[str] | None = None) -> int:
    """Run the command; return its exit status (143 when a signal ended it)."""
    return arguments.run(_parser(), words)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ultraprompt", description="Grow search trees, build data sets of them.")
    parser.add_argument("--version", action="version", version=f"ultraprompt {p_aligner.__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    add = partial(arguments.add_command, commands)
    plan = add("plan", _plan, "say what a run will take, before anything is spent", epilog=RECIPE_EXAMPLES)
    synthesize = add("synthesize", _synthesize, "grow trees; goes on where it was stopped", epilog=RECIPE_EXAMPLES)
    for command in (plan, synthesize):
        command.add_argument("recipe", metavar="RECIPE.yaml", help="first, then --KEY VALUE for what differs")
        command.set_defaults(takes_overrides=True)

    plan.add_argument(
        "--for-seeds", type=arguments.count, metavar="N", help="reckon for so many seeds like those of the recipe"
    )
    plan.add_argument(
        "--pace", type=arguments.count, metavar="T", help="reckon with GPUs that each write T tokens a second"
    )
    synthesize.add_argument(
        "--ray", metavar="ADDRESS", help="grow them on a Ray cluster: auto, local, HOST:PORT or ray://HOST:PORT"
    )

    build = add("build", _build, "make a data set of finished trees", epilog=BUILD_EXAMPLES)
    best = add("best", _best, "write the best instruction of each finished tree, with what it took")
    for command in (build, best):
        command.add_argument("journals", nargs="+", metavar="JOURNAL", help=".jsonl or .jsonl.gz")
    best.add_argument("--out", required=True, metavar="F.jsonl", help="the file to write; - for standard output")
    _add_build_options(build)
    return parser


def _add_build_options(build: argparse.ArgumentParser) -> None:
    from .rows.pairs import CONTRASTS, DIFFICULTIES, SELECTIONS

    build.add_argument("--out", required=True, metavar="FOLDER", help="the folder to write")
    build.add_argument("--mix-runs", action="store_true", help="accept journals of different settings")
    rows = build.add_argument_group("which rows")
    # Those that are left out get their defaults where they are used.
    for name, kind, help in (
        ("max-steps", int, "use nodes 0 to K of each tree"),
        ("lam", float, "temperature of gibbs"),
        ("min-margin", float, "smallest difference of the rewards"),
        ("min-chosen-reward", float, "smallest reward of what is chosen"),
        ("test-fraction", float, "share of the seeds in the split test"),
        ("seed", int, "of random and gibbs"),
    ):
        rows.add_argument(f"--{name}", type=kind, metavar="X", default=argparse.SUPPRESS, help=help)
    for name, choices, help in (
        ("selection", SELECTIONS, "the pair of a tree"),
        ("contrast", CONTRASTS, "pairs by their margins"),
        ("difficulty", DIFFICULTIES, "pairs by the reward of the seed"),
    ):
        rows.add_argument(f"--{name}", choices=choices, default=argparse.SUPPRESS, help=help)


def _say(line: str) -> None:
    print(f"ultraprompt: {line}", file=sys.stderr)


def _run_of(options: argparse.Namespace) -> tuple["SynthesisSettings", list["Seed"]]:
    from p_aligner.store.recipe import load

    from .search.forest import SynthesisSettings
    from .seeds import load_seeds

    if not sys.stderr.isatty():
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")  # those of loading, in log files
    settings = load(SynthesisSettings, options.recipe, options.overrides)
    counts: Counter[tuple[str, str]] = Counter()
    seeds = load_seeds(settings.seeds, pack=settings.action_set(), counts=counts)
    found: dict[str, list[str]] = {}
    for (source, outcome), number in counts.items():
        found.setdefault(source, []).append(f"{number:,} {outcome}")
    for source, outcomes in found.items():
        if len(outcomes) > 1:
            _say(f"seeds of {source}: {', '.join(outcomes)}")
    return settings, seeds


def _plan(options: argparse.Namespace) -> int:
    from rich.filesize import decimal

    from .search.estimate import estimate

    settings, seeds = _run_of(options)
    models = settings.load_models()

    async def measure() -> Any:
        try:
            return await estimate(seeds, models, settings, count=options.for_seeds, tell=_say)
        finally:
            await models.close()

    found = asyncio.run(measure())
    categories = ", ".join(f"{category} {count:,}" for category, count in found.categories.items())
    reckoned = f"; reckoned for {options.for_seeds:,} like these" if options.for_seeds else ""
    _show_row("seeds", f"{len(seeds):,} ({categories}); {found.done:,} have their trees{reckoned}")
    _show_row("calls", f"at most {sum(found.calls.values()):,} ({_by_purpose(found.calls, ',')})")
    _show_row("responses", f"at most {found.calls['respond'] * settings.search.responses:,}, each of them scored")
    prompt, completion = (sum(kind) for kind in zip(*found.tokens.values(), strict=True))
    of_each = {purpose: f"{read:,} and {written:,}" for purpose, (read, written) in found.tokens.items()}
    _show_row("tokens", f"about {prompt:,} in and {completion:,} out ({_by_purpose(of_each)})")
    _show_row("time", f"about {_span(found.seconds)}")
    if options.pace:
        hours = completion / options.pace / 3600
        _show_row("GPU hours", f"about {hours:,.1f} at {options.pace:,} written tokens a second; scoring is not in it")
    storage, each = map(decimal, (found.storage, found.storage // max(1, found.roots)))
    _show_row("storage", f"about {storage}, {each} for a tree")
    if settings.prices:
        cost = found.cost(settings.prices)
        _show_row("money", f"about {sum(cost.values()):,.2f} ({_by_purpose(cost, ',.2f')})")
    for name, limit in settings.passed(
        calls=found.spent.all_calls + sum(found.calls.values()),
        tokens=found.spent.all_tokens + prompt + completion,
        minutes=(found.spent.elapsed + found.seconds) / 60,
    ):
        _show_row("limit", f"{name} is {limit:,}: the run will end before all trees are grown")
    probe = found.probe
    cost_of_probe = f"{probe.all_calls:,} calls, {probe.all_tokens:,} tokens, {probe.elapsed:.1f} s"
    _show_row("measured", f"on {probe.all_results} steps of {found.trees_at_once} trees at once: {cost_of_probe}")
    for id, error in found.failed.items():
        _show_row("failed", f"{id}: {error}")
    return 1 if found.failed else 0


def _show_row(name: str, text: str) -> None:
    print(f"{name:13}{text}")


def _by_purpose(values: dict[str, Any], form: str = "") -> str:
    names = {"rewrite": "rewriter", "respond": "responder"}
    return ", ".join(f"{names[purpose]} {value:{form}}" for purpose, value in values.items())


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def _synthesize(options: argparse.Namespace) -> int:
    from p_aligner.store.journal import Journal

    from .search.forest import Forest

    settings, seeds = _run_of(options)
    with contextlib.ExitStack() as stack:
        journal = stack.enter_context(Journal(settings.out))
        workers = None
        if options.ray:
            from p_aligner.runtime.cluster import connected
            from p_aligner.runtime.workers import Workers

            ray = stack.enter_context(connected(options.ray))
            workers = Workers(ray, settings.cluster, tell=_say, together=True)
            models = settings.load_models(workers.connect, workers.load_reward)
            settings = settings.model_copy(update={"concurrency": settings.concurrency * workers.count})
        else:
            models = settings.load_models()
        forest = Forest(seeds, models, settings, journal)

        async def grow() -> None:
            try:
                if workers and any(forest.steps_left()):
                    await workers.ready()
                await forest.grow()
            finally:
                await models.close()

        caught = asyncio.run(_watch(forest, grow()))
    _report(forest, caught)
    fails = forest.quarantined or any(2 * forest.blank[model] > forest.said[model] for model in forest.said)
    return 128 + caught if caught else 1 if fails else 0


async def _watch(forest: "Forest", work: Coroutine[Any, Any, None]) -> int:
    """Let a forest grow, show how it goes, stop it at a signal; return the signal's number, or 0."""
    caught: list[int] = []
    growing = asyncio.create_task(work)
    showing = asyncio.create_task(_show_progress(forest))
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)

    def stop(number: int) -> None:
        caught.append(number)
        growing.cancel()
        for each in signals:
            loop.remove_signal_handler(each)  # the second one ends the process at once

    for number in signals:
        loop.add_signal_handler(number, stop, number)
    try:
        await growing
    except asyncio.CancelledError:
        if not caught:
            raise
    finally:
        showing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await showing
        for number in signals:
            loop.remove_signal_handler(number)
    return caught[0] if caught else 0


async def _show_progress(forest: "Forest") -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    started, steps, tokens = time.monotonic(), forest.spent.all_results, _written(forest)

    def status() -> str:
        seconds = time.monotonic() - started
        done = forest.spent.all_results - steps
        rate = (_written(forest) - tokens) / seconds if seconds else 0.0
        left = _span(sum(forest.steps_left()) * seconds / done) if done else "unknown time"
        return f"{forest.nodes:,} nodes, {rate:,.0f} tokens/s, gain {_gain(forest)}, {left} left"

    console = Console(stderr=True)
    if not console.is_terminal:
        for wait in chain([_FIRST_REPORT_S], repeat(_REPORT_S)):
            await asyncio.sleep(wait)
            _say(f"{len(forest.done & forest.seeds.keys())} of {len(forest.seeds)} trees, {status()}")
    columns = (TextColumn("trees"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=len(forest.seeds))
        while True:
            progress.update(task, completed=len(forest.done & forest.seeds.keys()), description=status())
            await asyncio.sleep(_REFRESH_S)


def _written(forest: "Forest") -> int:
    return sum(completion for _, completion in forest.spent.tokens.values())


def _gain(forest: "Forest") -> str:
    return f"{fmean(forest.gains.values()):+.3f}" if forest.gains else "unknown"


def _report(forest: "Forest", caught: int) -> None:
    spent = forest.spent
    done = len(forest.done & forest.seeds.keys())
    _say(
        f"{done:,} of {len(forest.seeds):,} trees, {forest.nodes:,} nodes, "
        f"{spent.all_results - forest.nodes:,} rewrites rejected, mean best gain {_gain(forest)}, "
        f"{spent.all_calls:,} calls, {spent.all_tokens:,} tokens, {_span(spent.elapsed)}: {forest.settings.out}"
    )
    for model, total in forest.said.items():
        blank, cut = forest.blank[model], forest.cut[model]
        if blank or cut:
            hint = f": {forest.why_blank}; then begin another journal" if 2 * blank > total else ""
            _say(f"{model}: of {total:,} answers {blank:,} are blank, {cut:,} cut off{hint}")
    failures = list(forest.quarantined.items())
    for id, error in failures[:_SHOWN_FAILURES]:
        _say(f"quarantined: {id}: {error}")
    if len(failures) > _SHOWN_FAILURES:
        _say(f"quarantined: {len(failures) - _SHOWN_FAILURES} more; they are in the journal")
    if failures:
        _say("the same command tries what was quarantined once more")
    if caught:
        _say(f"stopped by {signal.Signals(caught).name}; the same command goes on from here")
    elif forest.stopped:
        _say(f"stopped by {forest.stopped}; the same command with a higher limit goes on from here")


def _build(options: argparse.Namespace) -> int:
    from .folder import build

    # So that what is half built is removed, as after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    others = ("run", "parser", "journals", "overrides")
    chosen = {key: value for key, value in vars(options).items() if key not in others}
    summary = build(options.journals, **chosen)
    trees = summary["trees"]
    _show_row("finished", f"{trees['finished']:,} trees{_left_out(trees['left out'])}")
    for config, figures in summary["configs"].items():
        rows = ", ".join(f"{count:,} {split}" for split, count in figures["rows"].items())
        _show_row(config, f"{rows}{_left_out(figures['left out'])}")
    for config, reasons in summary["without rows"].items():
        _show_row(config, f"no rows{_left_out(reasons)}")
    return 0


def _left_out(reasons: dict[str, int]) -> str:
    listed = ", ".join(f"{count:,} {reason}" for reason, count in reasons.items())
    return f"; left out: {listed}" if listed else ""


def _best(options: argparse.Namespace) -> int:
    from p_aligner.store.rows import dump_row

    from .rows.best import best, write

    rows, unfinished = best(options.journals)
    if not rows:
        raise InputError(
            f"no tree of {', '.join(options.journals)} is finished, {unfinished:,} are begun: grow them first"
        )
    if options.out == "-":
        for row in rows:
            print(dump_row(row))
    else:
        write(rows, options.out)
    if unfinished:
        _say(f"{unfinished:,} trees are not finished and were left out")
    return 0
