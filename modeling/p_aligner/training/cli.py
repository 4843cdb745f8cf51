"""The commands `p-aligner check` and `p-aligner inspect`: arguments in, checks printed."""

import argparse
import os
from typing import Any

from ..arguments import add_command, count, quieten
from .checks import report


CHECK_EXAMPLES = """\
examples:
  p-aligner check recipes/smollm2/p_aligner.yaml
  p-aligner check recipes/smollm2/p_aligner.yaml --max_length 64
"""
INSPECT_EXAMPLES = """\
examples:
  p-aligner inspect runs/smollm2/p_aligner
  p-aligner inspect runs/mine --recipe mine.yaml
"""


def add_commands(commands: Any) -> None:
    """Add the commands to those of `p-aligner`."""
    about = "Find what TRL would cut, drop or mix up without a word."
    said = "look through a training recipe before the run"
    check = add_command(commands, "check", _check, said, about, epilog=CHECK_EXAMPLES)
    check.add_argument("recipe", metavar="RECIPE.yaml", help="first, then --KEY VALUE for what differs")
    check.add_argument(
        "--trainer", choices=("sft", "dpo", "reward", "grpo"), help="default: the one its comment names"
    )
    check.set_defaults(takes_overrides=True)

    about = (
        "Try each checkpoint on pairs of its data and on a fixed probe of instructions: what is learned,\n"
        "what is lost? Writes inspection.json and inspection.png into the folder."
    )
    said = "look into a training run, during and after"
    inspect = add_command(commands, "inspect", _inspect, said, about, epilog=INSPECT_EXAMPLES)
    inspect.add_argument("folder", metavar="RUN_FOLDER", help="the output_dir of the recipe")
    inspect.add_argument("--recipe", metavar="RECIPE.yaml", help="default: the one below recipes/ for this folder")
    inspect.add_argument("--pairs", type=count, default=64, metavar="N", help="rows to try (default: %(default)s)")


def _check(options: argparse.Namespace) -> int:
    from .preflight import check

    _quieten()
    found = check(options.recipe, trainer=options.trainer, overrides=options.overrides)
    return 1 if report(found, print) else 0


def _inspect(options: argparse.Namespace) -> int:
    from .inspection import PICTURE, REPORT, check_run, inspect

    _quieten()
    found = inspect(options.folder, recipe=options.recipe, pairs=options.pairs)
    failed = report(check_run(found), print)
    print(f"curves: {os.path.join(found.run, PICTURE)}, figures: {os.path.join(found.run, REPORT)}")
    if found.step < found.steps:
        print(f"goes on with: {found.resume}")
    return 1 if failed else 0


def _quieten() -> None:
    from datasets.utils.logging import disable_progress_bar

    quieten()
    disable_progress_bar()
