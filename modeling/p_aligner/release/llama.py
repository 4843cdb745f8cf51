"""What Meta's Llama licences ask of those who release a model made from one.

Community licence agreements of Llama 3 to 4, section 1.b.i: a copy of the agreement goes along, "Built with Llama" is
displayed, the name begins with "Llama", and a notice names the licence. Llama 2 asks for agreement and notice only.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..training.checks import Check
from .stage import Stage


_BASE = re.compile(r"meta-llama/(?:Meta-)?Llama-(\d)(?:\.(\d))?(?:-|$)", re.IGNORECASE)
_VOCABULARY = 128_256  # tokens of Llama 3.x; nobody else has as many


@dataclass(frozen=True)
class Llama:
    """A generation of Llama.

    Attributes:
        version (`str`): for example `"3.2"`.
    """

    version: str

    @property
    def license(self) -> str:
        """The Hub's identifier."""
        return f"llama{self.version}"

    @property
    def notice(self) -> str:
        """The line that the licence asks for."""
        return (
            f"Llama {self.version} is licensed under the Llama {self.version} Community License, "
            "Copyright © Meta Platforms, Inc. All Rights Reserved."
        )

    @property
    def wants_name(self) -> bool:
        return not self.version.startswith("2")


def of(base_model: str | None) -> Llama | None:
    """Return the generation that a base model belongs to, by its Hub name."""
    found = _BASE.match(base_model or "")
    return Llama(found[1] + (f".{found[2]}" if found[2] else "")) if found else None


def check(stage: Stage) -> Iterator[Check]:
    """Make sure that a model from Llama is released as the licence wants it."""
    base = stage.facts["base"]
    llama = of(base)
    if llama is None:
        unnamed = base is None and stage.facts["vocabulary"] == _VOCABULARY
        if unnamed:
            text = f"{_VOCABULARY:,} tokens look like Llama 3: name the base by --base-model, its licence has rules"
            yield Check("Llama's licence", False, text)
        return
    name = stage.repo.partition("/")[2]
    if llama.wants_name and not name.startswith("Llama"):
        better = f"{stage.repo.removesuffix(name)}Llama-{name}"
        text = f"the name of a model made from {base} has to begin with 'Llama': --repo {better}"
        yield Check("Llama's licence", False, text)
    elif not any(re.match(r"LICEN[CS]E", file, re.IGNORECASE) for file in stage.why):
        text = f"a copy of the agreement has to go along: put LICENSE.txt of {base} into the model's folder"
        yield Check("Llama's licence", False, text)
    else:
        yield Check("Llama's licence", True, "name, notice and agreement are there")
