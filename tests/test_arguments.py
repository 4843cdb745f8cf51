"""How commands run and end."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from p_aligner import cli


@pytest.mark.parametrize(("signal", "status"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_stop_that_falls_into_a_destructor_is_heeded(signal: str, status: int) -> None:
    """As when a build is stopped while Python clears away what a library left."""
    script = f"""
import argparse, signal, sys, time
from p_aligner.arguments import run

class Left:
    def __del__(self):
        signal.raise_signal(signal.{signal})

def work(options):
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    Left()
    time.sleep(20)
    return 0

parser = argparse.ArgumentParser(prog="p-aligner")
parser.set_defaults(run=work)
sys.exit(run(parser, []))
"""
    # Well before it is done sleeping.
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=15)
    assert done.returncode == status
    assert done.stderr == ("p-aligner: stopped\n" if status == 130 else "")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("refine --responde hi", "--responde (did you mean --responder?)"),
        ("refine --diffs hi", "--diffs (did you mean --diff?)"),
        ("serve --upstream http://h --prt=1", "--prt=1 (did you mean --port?)"),
        ("refine --zzz hi", "--zzz\n"),
    ],
)
def test_options_are_not_guessed(line: str, message: str, run_here: Callable[..., Any]) -> None:
    """A misspelt one would otherwise be another one, and take the instruction for its value."""
    status, _, said = run_here(cli.main, line.split())
    assert status == 2
    assert said.startswith(f"usage: p-aligner {line.split()[0]} ")
    assert f"unrecognized arguments: {message}" in said
