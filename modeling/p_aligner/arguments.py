"""What the commands share: kinds of arguments for argparse's `type=`, and quiet libraries."""

import argparse


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
