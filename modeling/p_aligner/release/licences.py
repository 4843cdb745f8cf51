"""What the licences of Llama and Gemma ask of those who release a model made from one.

Community licence agreements of Llama 3 to 4, section 1.b.i: a copy of the agreement goes along, "Built with Llama" is
displayed, the name begins with "Llama", and a notice names the licence. Llama 2 asks for agreement and notice only, as
do the Gemma Terms of Use, section 3.1, for all generations before Gemma 4.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..training.checks import Check
from .stage import Stage


# Mirrors and models made from it have to bear the name, too.
_LLAMA = re.compile(r"(?:.*?[/_-])?\w*?Llama-?([234])(?:[._](\d))?(?:[-_].*)?", re.IGNORECASE)
_LLAMA_ID = re.compile(r"llama([234])(?:\.(\d))?")
_GEMMA = re.compile(r"(?:.*[/_-])?\w*gemma(?!-?4)(?:[-_\d].*)?", re.IGNORECASE)
_LLAMA_3_VOCABULARY = range(128_256, 128_512)  # tokens, with a few that were added; nobody else has as many


@dataclass(frozen=True)
class Terms:
    """The terms of a family of models: the Hub's identifier of the licence, and the notice that has to go along."""

    family: str  # "Llama 3.2"
    license: str
    notice: str

    @property
    def is_llama(self) -> bool:
        return self.family.startswith("Llama")

    @property
    def wants_name(self) -> bool:
        return self.is_llama and self.license != "llama2"


def of(bases: Iterable[str], license: str | None = None, model_type: str = "") -> Terms | None:
    """Return the terms that a model is under, by the Hub names of its bases, its licence or its architecture."""
    bases = [*bases]
    for found in (*map(_LLAMA.fullmatch, bases), _LLAMA_ID.fullmatch((license or "").casefold())):
        if found:
            version = found[1] + (f".{found[2]}" if found[2] else "")
            notice = (
                f"Llama {version} is licensed under the Llama {version} Community License, "
                "Copyright © Meta Platforms, Inc. All Rights Reserved."
            )
            return Terms(f"Llama {version}", f"llama{version}", notice)
    is_unnamed_gemma = not bases and bool(_GEMMA.fullmatch(model_type))
    if license == "gemma" or is_unnamed_gemma or any(map(_GEMMA.fullmatch, bases)):
        link = "ai.google.dev/gemma/terms"
        return Terms(
            "Gemma", "gemma", f"Gemma is provided under and subject to the Gemma Terms of Use found at {link}"
        )
    return None


def check(stage: Stage) -> Iterator[Check]:
    """Make sure that a model is released as the licence of its base wants it."""
    bases, license, terms = stage.facts["bases"], stage.facts["license"], stage.facts["terms"]
    made_from = ", ".join(bases) or (terms.family if terms else "")
    mistake = None
    if terms is None:
        if (bases and "llama" not in made_from.casefold()) or stage.facts["vocabulary"] not in _LLAMA_3_VOCABULARY:
            return
        tokens = f"{stage.facts['vocabulary']:,}"
        mistake = f"{tokens} tokens look like Llama 3: name the base by --base-model, its licence has rules"
    elif license != terms.license:
        mistake = (
            f"a model made from {made_from} stays under {terms.license}, not {license}: give --license {terms.license}"
        )
    elif terms.wants_name and not (name := stage.repo.partition("/")[2]).startswith("Llama"):
        better = f"{stage.repo.removesuffix(name)}Llama-{name}"
        mistake = f"the name of a model made from {made_from} has to begin with 'Llama': --repo {better}"
    elif not any(re.match(r"LICEN[CS]E", file, re.IGNORECASE) for file in stage.why):
        mistake = f"a copy of the agreement has to go along: put LICENSE.txt of {made_from} into the model's folder"
    said = mistake or f"{terms.license}: name, notice and agreement are there"
    yield Check("licence of the base", not mistake, said)
