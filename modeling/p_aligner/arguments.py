"""What the commands share: how they run and end, kinds of arguments for argparse's `type=`, and quiet libraries."""

import _thread
import argparse
import contextlib
import difflib
import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from .errors import InputError, KitError, PrincipleError


def run(parser: argparse.ArgumentParser, words: list[str] | None) -> int:
    """Run a command line; return its exit status: 0, 1 (ran, and something failed), 2 (bad input), 130 (stopped).

    What the parser does not know is an error, or `overrides` of a recipe where the command `takes_overrides`.
    """
    # torch's threads (GNU OpenMP) wait for each other by turning on the spot. Turning less is half as fast again where
    # something else runs beside them, and costs three per cent where nothing does.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    options, rest = parser.parse_known_args(words)
    if rest and not getattr(options, "takes_overrides", False):
        options.parser.error(f"unrecognized arguments: {' '.join(rest)}{_meant(rest[0], options.parser)}")
    options.overrides = rest
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")  # whatever the system's own encoding is
    try:
        with _stops_heeded():
            return int(options.run(options))
    except KitError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2 if isinstance(error, InputError | PrincipleError) else 1
    except KeyboardInterrupt:
        print(f"{parser.prog}: stopped{getattr(options, 'when_stopped', '')}", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader (`head`, a pager) has seen enough; Python's flush at exit must not meet the closed pipe again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _meant(word: str, parser: argparse.ArgumentParser) -> str:
    known = [option for action in parser._actions for option in action.option_strings]
    near = difflib.get_close_matches(word.partition("=")[0], known, n=1)
    return f" (did you mean {near[0]}?)" if near else ""


@contextlib.contextmanager
def _stops_heeded() -> Iterator[None]:
    """Stop again when a stop was lost: Python drops what is raised in a destructor, and Ctrl-C may fall there."""
    former = sys.unraisablehook

    def hook(dropped: Any) -> None:
        if not issubclass(dropped.exc_type, KeyboardInterrupt | SystemExit):
            former(dropped)
            return
        number = signal.SIGINT if issubclass(dropped.exc_type, KeyboardInterrupt) else signal.SIGTERM
        threading.Timer(0.01, _signal_main, [number]).start()  # later, when the destructor is over

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = former


def _signal_main(number: signal.Signals) -> None:
    if hasattr(signal, "pthread_kill"):  # wakes it where it waits; the other way is heeded when it is back
        signal.pthread_kill(threading.main_thread().ident or 0, number)
    else:
        _thread.interrupt_main(number)


def add_command(
    commands: Any,
    name: str,
    run: Callable[[argparse.Namespace], int],
    help: str,
    description: str = "",
    **options: Any,
) -> argparse.ArgumentParser:
    """Add a command to those of a program; its description and epilog are shown as they stand.

    Options are not abbreviated: a misspelt one would be taken for another, with what follows as its value.
    """
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=help,
        description=description or f"{help[0].upper()}{help[1:]}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        **options,
    )
    command.set_defaults(run=run, parser=command)
    return command


def count(text: str) -> int:
    """Read a whole number from 1 on."""
    if not (text.isdecimal() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 on, it is {text!r}")
    return int(text)


def quieten() -> None:
    """Keep transformers from writing warnings and progress bars between the lines of a command."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
