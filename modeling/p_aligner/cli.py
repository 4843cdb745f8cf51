"""The command `p-aligner`: arguments in, pipelines called, results printed."""

import argparse
import contextlib
import hashlib
import itertools
import os
import sys
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import p_aligner

from .arguments import add_command, count, quieten, run
from .errors import InputError
from .evaluation import cli as evaluation
from .prompts import text_of
from .release import cli as release
from .serving import cli as serving
from .store.rows import Row, count_rows, dump_row
from .training import cli as training


if TYPE_CHECKING:
    from rich.console import Console

    from .store.results import Results

Record = dict[str, Any]

Result = tuple[int, Record, Row]

_RESPONDER = "smollm2"
_SHOWN_ERRORS = 3
_STYLES = {"same": "", "removed": "red strike", "added": "green"}
_PLAIN_MARKS = {"removed": ("[-", "-]"), "added": ("{+", "+}")}

REFINE_EXAMPLES = """\
examples:
  p-aligner refine "tell me about inflation"
  echo "tell me about inflation" | p-aligner refine -
  p-aligner refine --input prompts.jsonl --output refined.jsonl    resumes
  p-aligner refine --input - --json < prompts.jsonl | head
  p-aligner refine --respond "tell me about inflation"     answers before and after
"""
REWRITE_EXAMPLES = """\
examples:
  p-aligner rewrite --principle "Tone Improvement" "fix my code now"
  p-aligner rewrite --principle "Plain Words" --pack my-principles.yaml --input prompts.jsonl --output rewritten.jsonl
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    return run(_parser(), arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="p-aligner", description="Refine instructions before a model sees them.")
    parser.add_argument("--version", action="version", version=f"p-aligner {p_aligner.__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    about = "Refine instructions in one pass (P-Aligner). On a terminal changes are coloured."
    refine = add_command(commands, "refine", _run, "refine instructions in one pass", about, epilog=REFINE_EXAMPLES)
    _add_shared_arguments(refine)
    answers = refine.add_argument_group(
        "answers before and after",
        "By default SmolLM2-135M-Instruct answers: fluent and quick, weak in facts,\n"
        "sums and code. Answers are scored when a reward model is named.",
    )
    answers.add_argument("--respond", action="store_true", help="answer before and after, and score both answers")
    answers.add_argument("--responder", metavar="M", help="chat model that answers (default: smollm2)")
    answers.add_argument("--reward", metavar="M", help="reward model that scores both answers")
    refine.set_defaults(model_name="p-aligner", principle=None, pack=None)

    about = "Rewrite instructions by one alignment principle (SinglePO)."
    said = "rewrite instructions by one principle"
    rewrite = add_command(commands, "rewrite", _run, said, about, epilog=REWRITE_EXAMPLES)
    rewrite.add_argument("--principle", required=True, metavar="NAME", help="for example 'Tone Improvement'")
    rewrite.add_argument("--pack", metavar="F.yaml", help="your own principles (default: the paper's ten)")
    _add_shared_arguments(rewrite)
    rewrite.set_defaults(model_name="singlepo", respond=False)

    training.add_commands(commands)
    evaluation.add_command(commands)
    release.add_commands(commands)
    serving.add_command(commands)
    return parser


def _add_shared_arguments(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(when_stopped="; with --output, the same command goes on from here")
    parser.add_argument("text", nargs="*", metavar="TEXT", help="instructions (-, or none: standard input, as one)")
    parser.add_argument("--input", metavar="F.jsonl", help="rows with the instructions; - for standard input")
    parser.add_argument("--output", metavar="F.jsonl", help="write rows here; rows it already holds are not redone")
    parser.add_argument(
        "--field", metavar="NAME", help="field of the instruction (default: instruction, prompt or messages)"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const="json", help="print records as JSON lines")
    form.add_argument("--diff", dest="form", action="store_const", const="diff", help="show changes, also in a pipe")
    parser.add_argument(
        "--model", metavar="M", help="p-aligner, singlepo, a folder or a Hub name (default: ours for this command)"
    )
    parser.add_argument("--revision", metavar="SHA", help="revision of a Hub model")
    parser.add_argument("--device", metavar="D", help="for example cpu or cuda:0 (default: the first accelerator)")
    parser.add_argument("--chat-template", metavar="F.jinja", help="use this in place of the model's own template")
    parser.add_argument("--batch-size", type=count, default=16, metavar="N", help="default: %(default)s")
    parser.add_argument("--guard", choices=("fallback", "report", "off"), default="fallback", help="default: fallback")
    parser.add_argument(
        "--max-growth", type=float, default=4.0, metavar="X", help="longest refinement, in lengths of the original"
    )


def _run(options: argparse.Namespace) -> int:
    if options.text and options.input:
        raise InputError("give the instructions as arguments or with --input, not both")
    if options.output == "-":
        options.output, options.form = None, options.form or "json"
    if options.output and options.form:
        raise InputError("--output takes JSON lines: leave out --json and --diff")
    if not options.respond and (getattr(options, "responder", None) or getattr(options, "reward", None)):
        raise InputError("--responder and --reward are about answers: add --respond")
    if options.input:
        return _run_rows(options)
    for name in ("output", "field"):
        if getattr(options, name):
            raise InputError(f"--{name} needs --input: it is about rows")
    texts = [_standard_input() if text == "-" else text for text in options.text or ["-"]]
    records = _pipeline(options)(iter(texts), batch_size=options.batch_size)
    for record in _answered(records, options):
        _print_record(record, form=options.form)
    return 0


def _answered(records: Iterable[Record], options: argparse.Namespace) -> Iterable[Record]:
    if not options.respond:
        return records
    from .runtime.answers import BeforeAfter

    return BeforeAfter(options.responder or _RESPONDER, options.reward, device=options.device).compare(records)


def _standard_input() -> str:
    if sys.stdin is None or sys.stdin.isatty():
        raise InputError("there is no instruction: give it as an argument, pipe it in, or use --input F.jsonl")
    try:
        text = sys.stdin.read().rstrip("\n")
        if not text.strip():
            raise InputError("standard input is empty: give an instruction as an argument, or pipe one in")
        return text
    except UnicodeDecodeError as error:
        raise InputError(f"standard input is not UTF-8 text: {error.reason} at byte {error.start}") from error


def _pipeline(options: argparse.Namespace) -> Any:
    from .pipelines import PAlignerPipeline, SinglePORewriter
    from .runtime.refiner import load_pipeline

    quieten()
    names = ("principle", "pack", "guard", "max_growth", "chat_template", "device", "revision")
    kind: Any = SinglePORewriter if options.principle else PAlignerPipeline
    return load_pipeline(kind, options.model or options.model_name, **{name: getattr(options, name) for name in names})


def _run_rows(options: argparse.Namespace) -> int:
    # The guard behind these takes a while to be imported: not for `--help`, nor for commands that need none.
    from .instructions import outcome_of
    from .store.columns import rows_with
    from .store.results import Results

    pair = [path for path in (options.input, options.output) if path and os.path.exists(path)]
    if len(pair) == 2 and os.path.samefile(*pair):
        raise InputError(f"--output would overwrite the input {options.input}: choose another file")
    tally, failed, done = Counter[str](), dict[int, Row](), 0
    with contextlib.ExitStack() as files:
        rows = files.enter_context(contextlib.closing(rows_with(options.input, options.field)))
        # The first at once: what is wrong with all of them is said before anything is loaded.
        numbered = enumerate(itertools.chain([next(rows)], rows), start=1)
        total = count_rows(options.input)
        results = files.enter_context(Results(options.output, _settings(options))) if options.output else None
        for number, row, record in _done(numbered, results.records() if results else (), options):
            done = number
            if "error" in record:
                failed[number] = row
            else:
                tally[outcome_of(record)] += 1
        if results and done == total and not failed:
            print(f"{options.output} already holds all {done} rows; remove it to start again", file=sys.stderr)
        else:
            waiting = itertools.chain(failed.items(), numbered)
            _refine_rows(waiting, results, options, tally=tally, total=total, last=done)
    return 1 if tally["error"] else 0


def _settings(options: argparse.Namespace) -> Record:
    """Say what rows depend on, besides the principle, which stands in them."""
    from .models.folders import content_of, folder_of

    models = {"model": options.model_name}
    if options.respond:
        models |= {"responder": _RESPONDER} | ({"reward": ""} if options.reward else {})
    settings: Record = {name: getattr(options, name) for name in ("revision", "chat_template", "guard", "max_growth")}
    for name, ours in models.items():
        settings[name] = getattr(options, name) or ours
        folder = Path(folder_of(settings[name]))
        if folder.is_dir():
            settings[f"files of {name}"] = content_of(folder)  # it may be trained anew
    for name in ("pack", "chat_template"):
        if (value := getattr(options, name)) and Path(value).is_file():
            settings[f"file of {name}"] = hashlib.sha256(Path(value).read_bytes()).hexdigest()[:12]  # or written anew
    return settings


def _done(
    rows: Iterator[tuple[int, Row]], results: Iterable[Row], options: argparse.Namespace
) -> Iterator[tuple[int, Row, Record]]:
    """Step over the rows whose results are there, and make sure that they are results of these rows."""
    from .store.columns import is_result_of, results_in

    for place, result in enumerate(results, start=1):
        number, row = next(rows, (0, {}))
        asked = {"field": options.field, "principle": _own_principle(row, options) or options.principle}
        if not number or not is_result_of(row, result, **asked, is_answered=options.respond):
            raise InputError(
                f"row {place} of {options.output} is no result of this input and command: choose another --output "
                "or remove the file"
            )
        yield number, row, results_in(row, result)


def _own_principle(row: Row, options: argparse.Namespace) -> Any:
    """Return the row's own principle, which goes before --principle; refining knows no principles."""
    return row.get("principle") if options.principle else None


def _refine_rows(
    rows: Iterable[tuple[int, Row]],
    results: "Results | None",
    options: argparse.Namespace,
    *,
    tally: Counter[str],
    total: int | None,
    last: int,
) -> None:
    """Refine rows; those up to number `last` failed in an earlier run, and take the places that they have."""
    from .instructions import outcome_of

    words, done = 0, tally.total()
    fresh, again, wrong = Counter[str](), dict[int, Row](), list[str]()
    started = time.perf_counter()
    try:
        for number, record, row in _with_progress(_refined_rows(rows, options), total=total, done=done):
            outcome = outcome_of(record)
            fresh[outcome] += 1
            words += len(str(record["refined_instruction"]).split())
            wrong += [record["error"]] if outcome == "error" and len(wrong) < _SHOWN_ERRORS else []
            if results is None:
                _print_row(row, record, options)
            elif number <= last:
                again[number] = row
            else:
                results.replace(again)
                again.clear()
                results.extend([row])
    finally:
        if results:
            results.replace(again)
        tally.update(fresh)
        _print_summary(fresh, seconds=time.perf_counter() - started, words=words, done=done)
        for line in wrong:
            print(f"p-aligner: {line}", file=sys.stderr)


def _refined_rows(rows: Iterable[tuple[int, Row]], options: argparse.Namespace) -> Iterator[Result]:
    """Yield number, record and result of each row. Rows wait for their records, which come in the same order."""
    from .store.columns import instruction_of, results_in, with_results

    waiting: deque[tuple[int, Row]] = deque()

    def inputs() -> Iterator[Record]:
        for number, row in rows:
            waiting.append((number, row))
            yield {"instruction": instruction_of(row, options.field), "principle": _own_principle(row, options)}

    records = _pipeline(options).stream(inputs(), batch_size=options.batch_size, on_error="record", called="")
    for record in _answered(records, options):
        number, row = waiting.popleft()
        result = with_results(row, record, field=options.field, number=number)
        yield number, {**record, **results_in(row, result)}, result


def _with_progress(rows: Iterable[Result], *, total: int | None, done: int) -> Iterator[Result]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("refining"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # rich would otherwise send what is printed to a pipe to the terminal, too.
    printing = sys.stdout.isatty()
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=printing) as progress:
        task = progress.add_task("", total=total, completed=done)
        for row in rows:
            yield row
            progress.advance(task)


def _print_summary(tally: Counter[str], *, seconds: float, words: int, done: int) -> None:
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in tally.most_common())
    earlier = f" ({done} were there before)" if done else ""
    speed = f"{seconds:.1f} s, {words / max(seconds, 1e-9):.0f} words/s"
    plural = "" if tally.total() == 1 else "s"
    print(f"{tally.total()} instruction{plural}{earlier}, {speed}: {outcomes or 'none finished'}", file=sys.stderr)


def _print_row(row: Row, record: Record, options: argparse.Namespace) -> None:
    is_diff = options.form == "diff" or (options.form is None and sys.stdout.isatty())
    _print_record(record if is_diff else row, form="diff" if is_diff else "json")


def _print_record(record: Record, *, form: str | None) -> None:
    """Print one record: its changes on a terminal, the bare refined instruction into a pipe, unless told otherwise."""
    if form == "json":
        print(dump_row(record), flush=True)
    elif form == "diff" or sys.stdout.isatty():
        from rich.console import Console

        _show_change(record, Console(highlight=False, soft_wrap=True))
    else:
        print(record["refined_instruction"], flush=True)
        if record["reason"]:
            print(f"p-aligner: {_remark(record)}", file=sys.stderr)
        for line in _answer_lines(record):
            print(line, flush=True)


def _answer_lines(record: Record) -> Iterator[str]:
    if "response" in record:
        scores = {name: f" ({record[name]:+.2f})" for name in ("reward", "refined_reward") if name in record}
        yield f"answer before{scores.get('reward', '')}: {record['response']}"
        yield f"answer after{scores.get('refined_reward', '')}: {record['refined_response']}"


def _remark(record: Record) -> str:
    return f"{'fails the guard' if record['changed'] else 'not changed'}: {record.get('error', record['reason'])}"


def _show_change(record: Record, console: "Console") -> None:
    """Print the refined instruction with its changes: in colour, or as [-removed-] and {+added+} without."""
    from rich.text import Text

    from .changes import word_changes

    if "error" in record:
        console.print(Text(f"({_remark(record)})", style="red"), end="\n\n")
        return
    marks = {} if console.color_system and not console.no_color else _PLAIN_MARKS
    text = Text()
    for kind, piece in word_changes(*map(_last_text, (record["instruction"], record["refined_instruction"]))):
        text.append(piece.join(marks.get(kind, ("", ""))), style=_STYLES[kind])
    console.print(text)
    if record["reason"]:
        console.print(Text(f"({_remark(record)})", style="dim"))
    for line in _answer_lines(record):
        console.print(Text(line, style="cyan"))
    console.print()


def _last_text(instruction: Any) -> str:
    """Show a chat by its last turn: the others do not change."""
    return instruction if isinstance(instruction, str) else text_of(instruction[-1])
