"""The training corpus of the miniature: generated instructions with their refinements, and answers to questions.

Everything in it is written for this project; no text of a data set is used. `rewrites` yields the pairs of the
rewriters, `additions` lists the fixed texts that refinements add, `exchanges` yields the responder's questions and
answers, `preferences` the reward model's pairs, `COMMON_WORDS` are words for any place, `MISSPELLINGS` say what each
wrong word should be. Knows the principles and the miniature world, and nothing of models.
"""

from .misspellings import RIGHT_FORM as MISSPELLINGS
from .preferences import Preference, preferences
from .refinements import Addition, Rewrite, additions, rewrites
from .responses import Exchange, exchanges
from .vocabulary import COMMON_WORDS


__all__ = [
    "COMMON_WORDS",
    "MISSPELLINGS",
    "Addition",
    "Exchange",
    "Preference",
    "Rewrite",
    "additions",
    "exchanges",
    "preferences",
    "rewrites",
]
