"""The command `p-aligner`: arguments in, pipelines called, results printed. Everything else is other modules' work."""

import argparse
import contextlib
import difflib
import os
import re
import sys
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import p_aligner

from .errors import InputError, KitError


if TYPE_CHECKING:
    from rich.console import Console

    from .jsonl import Row

Record = dict[str, Any]

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_PLAIN_MARKS = {"removed": ("[-", "-]"), "added": ("{+", "+}")}

REFINE_EXAMPLES = """\
examples:
  p-aligner refine "tell me about inflation"
  echo "tell me about inflation" | p-aligner refine
  p-aligner refine --input prompts.jsonl --output refined.jsonl     goes on where it was stopped
  p-aligner refine --input - --json < prompts.jsonl | head
"""
REWRITE_EXAMPLES = """\
examples:
  p-aligner rewrite --principle "Tone Improvement" "fix my code now"
  p-aligner rewrite --principle "Plain Words" --pack my-principles.yaml --input prompts.jsonl --output rewritten.jsonl
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status: 0, 1 (ran, some rows failed), 2 (bad arguments or input)."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except KitError as error:
        print(f"p-aligner: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("p-aligner: stopped; with --output, the same command goes on from here", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader (`head`, a pager) has seen enough; Python's flush at exit must not meet the closed pipe again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="p-aligner", description="Refine instructions before a model sees them.")
    parser.add_argument("--version", action="version", version=f"p-aligner {p_aligner.__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    refine = commands.add_parser(
        "refine",
        help="refine instructions in one pass",
        description="Refine instructions in one pass (P-Aligner). On a terminal the changes are shown in colour.",
        epilog=REFINE_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_shared_arguments(refine)
    refine.set_defaults(run=_run, task="instruction-refinement", model_name="p-aligner", principle=None, pack=None)

    rewrite = commands.add_parser(
        "rewrite",
        help="rewrite instructions by one principle",
        description="Rewrite instructions by one alignment principle (SinglePO).",
        epilog=REWRITE_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    rewrite.add_argument("--principle", required=True, metavar="NAME", help="for example 'Tone Improvement'")
    rewrite.add_argument("--pack", metavar="F.yaml", help="your own principles (default: the paper's ten)")
    _add_shared_arguments(rewrite)
    rewrite.set_defaults(run=_run, task="instruction-rewriting", model_name="singlepo")
    return parser


def _add_shared_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", nargs="*", metavar="TEXT", help="instructions (default: standard input, as one)")
    parser.add_argument("--input", metavar="F.jsonl", help="rows with the instructions; - for standard input")
    parser.add_argument("--output", metavar="F.jsonl", help="write rows here; rows it already holds are not redone")
    parser.add_argument("--field", default="instruction", help="field of the rows that holds the instruction")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const="json", help="print records as JSON lines")
    form.add_argument("--diff", dest="form", action="store_const", const="diff", help="show changes, also in a pipe")
    parser.add_argument("--model", metavar="M", help="folder or Hub name of a model (default: the embedded one)")
    parser.add_argument("--revision", metavar="SHA", help="revision of a Hub model")
    parser.add_argument("--device", metavar="D", help="for example cpu or cuda:0 (default: the first accelerator)")
    parser.add_argument("--chat-template", metavar="F.jinja", help="use this in place of the model's own template")
    parser.add_argument("--batch-size", type=_positive, default=16, metavar="N", help="default: %(default)s")
    parser.add_argument("--guard", choices=("fallback", "report", "off"), default="fallback", help="default: fallback")
    parser.add_argument(
        "--max-growth", type=float, default=4.0, metavar="X", help="longest refinement, in lengths of the original"
    )


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, it is {value}")
    return value


def _run(options: argparse.Namespace) -> int:
    if options.text and options.input:
        raise InputError("give the instructions as arguments or with --input, not both")
    if options.output and not options.input:
        raise InputError("--output needs --input: results are written as rows of the input")
    if options.input:
        return _run_rows(options)
    texts = options.text or [_standard_input()]
    pipe = _pipeline(options)
    for record in pipe(iter(texts), batch_size=options.batch_size):
        _print_record(record, form=options.form)
    return 0


def _standard_input() -> str:
    if sys.stdin is None or sys.stdin.isatty():
        raise InputError("there is no instruction: give it as an argument, pipe it in, or use --input F.jsonl")
    return sys.stdin.read().rstrip("\n")


def _pipeline(options: argparse.Namespace) -> Any:
    from transformers import pipeline
    from transformers.utils import logging

    from .pipelines import PAlignerPipeline, SinglePORewriter

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    arguments: dict[str, Any] = {
        "guard": options.guard,
        "max_growth": options.max_growth,
        "chat_template": options.chat_template,
        "device": options.device,
        "revision": options.revision,
    }
    if options.principle:
        arguments |= {"principle": options.principle, "pack": options.pack}
    arguments = {name: value for name, value in arguments.items() if value is not None}
    model = options.model or p_aligner.miniature(options.model_name)
    # Our own class, so that a released model's copy of the code is neither needed nor run.
    pipeline_class = SinglePORewriter if options.principle else PAlignerPipeline
    try:
        return pipeline(options.task, model=model, pipeline_class=pipeline_class, **arguments)
    except OSError as error:
        raise InputError(f"the model {model!r} cannot be loaded: {str(error).splitlines()[0]}") from error


def _run_rows(options: argparse.Namespace) -> int:
    """Refine the rows of a file into rows of another, or onto standard output."""
    from .jsonl import ResultFile, count_rows, read_rows

    with contextlib.ExitStack() as files:
        rows = files.enter_context(contextlib.closing(read_rows(options.input)))
        total = count_rows(options.input)
        results = files.enter_context(ResultFile(options.output)) if options.output else None
        done = _skip_done(rows, results.rows, options) if results else 0
        if results and done == total:
            print(f"{options.output} already holds all {done} rows; remove it to start again", file=sys.stderr)
            return 0
        tally = Counter[str]()
        words = 0
        started = time.perf_counter()
        try:
            for row in _with_progress(_refined_rows(rows, options), total=total, done=done):
                tally[_outcome(row)] += 1
                words += len(str(row["refined_instruction"]).split())
                if results:
                    results.append(row)
                else:
                    _print_row(row, options)
        finally:
            _print_summary(tally, seconds=time.perf_counter() - started, words=words, done=done)
    return 1 if tally["error"] else 0


def _refined_rows(rows: Iterable["Row"], options: argparse.Namespace) -> Iterator["Row"]:
    """Add the records to the rows. Rows wait for their records, which come in the same order."""
    waiting: deque[Row] = deque()

    def instructions() -> Iterator[Record]:
        for row in rows:
            waiting.append(row)
            yield {"instruction": row[options.field]} if options.field in row else {}

    for record in _pipeline(options)(instructions(), batch_size=options.batch_size, on_error="record"):
        result = {key: value for key, value in record.items() if key != "instruction"}
        yield {**waiting.popleft(), **result}


def _skip_done(rows: Iterator["Row"], results: list["Row"], options: argparse.Namespace) -> int:
    """Step over the rows whose results are there, and make sure that they are results of these rows."""
    for number, result in enumerate(results, start=1):
        row = next(rows, None)
        fits = row is not None and result.get(options.field) == row.get(options.field)
        same_principle = options.principle is None or result.get("principle", options.principle) == options.principle
        if not (fits and same_principle):
            raise InputError(
                f"row {number} of {options.output} belongs to another input or principle: choose another --output or "
                "remove the file"
            )
    return len(results)


def _with_progress(rows: Iterable["Row"], *, total: int | None, done: int) -> Iterator["Row"]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("refining"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total, completed=done)
        for row in rows:
            yield row
            progress.advance(task)


def _outcome(row: "Row") -> str:
    if "error" in row:
        return "error"
    return "changed" if row["changed"] else str(row["reason"]).partition(":")[0]


def _print_summary(tally: Counter[str], *, seconds: float, words: int, done: int) -> None:
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in tally.most_common())
    earlier = f" ({done} were there before)" if done else ""
    speed = f"{seconds:.1f} s, {words / max(seconds, 1e-9):.0f} words/s"
    print(f"{tally.total()} instructions{earlier}, {speed}: {outcomes or 'none finished'}", file=sys.stderr)


def _print_row(row: "Row", options: argparse.Namespace) -> None:
    """Print one row of a file: as JSON, or its changes on a terminal."""
    if options.form == "diff" or (options.form is None and sys.stdout.isatty()):
        _print_record({**row, "instruction": row.get(options.field, "")}, form="diff")
    else:
        _print_record(row, form="json")


def _print_record(record: Record, *, form: str | None) -> None:
    """Print one record: its changes on a terminal, the bare refined instruction into a pipe, unless told otherwise."""
    if form == "json":
        from .jsonl import dump_row

        print(dump_row(record), flush=True)
    elif form == "diff" or sys.stdout.isatty():
        from rich.console import Console

        _show_change(record, Console(highlight=False, soft_wrap=True))
    else:
        print(record["refined_instruction"], flush=True)
        if record["reason"]:
            print(f"p-aligner: not changed: {record['reason']}", file=sys.stderr)


def _show_change(record: Record, console: "Console") -> None:
    """Print the refined instruction with its changes: in colour, or as [-removed-] and {+added+} without."""
    from rich.text import Text

    marks = {"removed": ("", ""), "added": ("", "")} if console.color_system else _PLAIN_MARKS
    before, after = (_WORDS.findall(_last_text(record[key])) for key in ("instruction", "refined_instruction"))
    text = Text()
    changes = difflib.SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes()
    for kind, start, end, new_start, new_end in changes:
        removed, added = "".join(before[start:end]), "".join(after[new_start:new_end])
        if kind == "equal":
            text.append(added)
            continue
        if removed:
            text.append(removed.join(marks["removed"]), style="red strike")
        if added:
            text.append(added.join(marks["added"]), style="green")
    console.print(text)
    if record["reason"]:
        console.print(Text(f"(not changed: {record['reason']})", style="dim"))
    console.print()


def _last_text(instruction: Any) -> str:
    """Show a chat by its last turn: the others do not change."""
    return instruction if isinstance(instruction, str) else str(instruction[-1]["content"])
