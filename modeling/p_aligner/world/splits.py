"""Who may see what: half of the sums, towns and people is the responder's, a quarter each of the others."""

import hashlib


SPLITS = ("responder", "reward", "evaluation")


def split_of(key: str) -> str:
    """Say which split a sum, a town or a person belongs to: half the responder's, a quarter each of the others."""
    draw = hashlib.sha256(key.encode()).digest()[0] % 4
    return ("responder", "responder", "reward", "evaluation")[draw]
