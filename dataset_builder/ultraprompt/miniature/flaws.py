"""Flaws of raw instructions and their mending: typos, rudeness, filler, shouting, missing capitals.

`spoil` puts a flaw in; `mend` takes it out and knows nothing of what was put in, so that the mended text is a function
of the raw text alone. What cannot be told from the text (the capitals of a name, say) stays as it is.
"""

import re

from .grammar import Sampler
from .misspellings import mend_words, misspelt
from .rude_clauses import SHOUTS
from .rudeness import mend_rudeness, rude
from .sentences import SENTENCE_BREAK, bare, capital_start, is_question, punctuated, uncapitalised


# What is put in, by its weight: rudeness has the most shapes, so it takes the most examples.
FLAWS = {"typos": 24, "rude": 28, "bare": 22, "filler": 7, "shouting": 6, "spaces": 5}
FILLERS_START = (
    "um, ", "so like, ", "umm so ", "ok so basically ", "so yeah, ", "well, you know, ", "uh, ", "hmm, so ", "like, ",
    "so um ", "ok um, ", "basically, ", "yeah so ", "er, ",
)  # fmt: skip
FILLERS_END = (
    " or whatever", " or something like that", " you know", " and stuff", " lol", " idk", " haha", " or so i guess",
)  # fmt: skip


def mend(text: str) -> str:
    """Mend all flaws of the first line; later lines are material, which stays as it is."""
    line, *rest = text.split("\n", 1)
    line = mend_rudeness(line)
    for start in FILLERS_START:
        if line.casefold().startswith(start):
            line = line[len(start) :]
            break
    for end in FILLERS_END:
        if line.casefold().endswith(end):
            line = line[: -len(end)]
            break
    line = re.sub(r"(?<=\S) {2,}", " ", line)
    line = re.sub(r"!{2,}$", "?" if is_question(line) else ".", line)
    line = re.sub(r"\?{2,}$", "?", line)
    line = " ".join(capital_start(sentence) for sentence in SENTENCE_BREAK.split(mend_words(line)))
    return "\n".join([line, *rest]) if rest else punctuated(line)


def spoil(sampler: Sampler, text: str) -> tuple[str, str]:
    """Put a flaw of `FLAWS` into the first line, seldom a second; return the raw text and the name of the flaw."""
    line, *rest = text.split("\n", 1)
    name = sampler.rng.choices(tuple(FLAWS), tuple(FLAWS.values()))[0]
    if name == "typos":
        line = misspelt(sampler, line)
        if sampler.chance(0.5):
            line = uncapitalised(line)
        if not rest and sampler.chance(0.5):
            line = bare(line)
    elif name == "rude":
        line = rude(sampler, misspelt(sampler, line) if sampler.chance(0.1) else line, single=not rest)
    elif name == "bare":
        line = line.lower() if sampler.chance(0.5) else uncapitalised(line)
        line = line if rest else bare(line)
    elif name == "filler":
        line = sampler.pick(FILLERS_START) + uncapitalised(line)
        if not rest and sampler.chance(0.3):
            line = bare(line) + sampler.pick(FILLERS_END)
    elif name == "shouting":
        if sampler.chance(0.3):
            line = line.upper()  # which words had capitals before cannot be told, so these stay
        elif not rest and sampler.chance(0.5):
            line = bare(line) + sampler.pick(("!!!", "!!", "???"))
        else:
            line = sampler.pick(SHOUTS) + line
    else:
        line = re.sub(" ", lambda _: "  " if sampler.chance(0.3) else " ", line)
    return "\n".join([line, *rest]), name
