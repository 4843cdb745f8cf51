"""The training corpus of the miniature rewriters: generated instructions and their refinements.

Everything in it is written for this project; no text of a data set is used. `rewrites` is the whole interface.
Knows the principles, and nothing of models.
"""

from .refinements import Rewrite, rewrites


__all__ = ["Rewrite", "rewrites"]
