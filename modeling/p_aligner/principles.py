"""The alignment principles: the ten of the paper (§A) and packs of one's own.

A principle describes one direction of improvement as the continuation of "You should optimize this prompt by ...". The
action set of an instruction: the principles of its category, and those of the universal domains (Helpfulness).
"""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .errors import PrincipleError, read_text


_FIELDS = ("name", "domain", "description")


@dataclass(frozen=True)
class Principle:
    """A name that is unique in its pack, a domain, and a description without the full stop."""

    name: str
    domain: str
    description: str


class PrinciplePack:
    """An ordered set of principles.

    Args:
        principles (iterable of `Principle`):
            At least one; names must differ (case is ignored).
        universal (iterable of `str`, *optional*, defaults to `("Helpfulness",)`):
            Domains whose principles apply to every category.
        name (`str`, *optional*, defaults to `"custom"`):
            What reports and journals call the pack.

    Raises:
        PrincipleError: naming every mistake at once.
    """

    def __init__(
        self, principles: Iterable[Principle], *, universal: Iterable[str] = ("Helpfulness",), name: str = "custom"
    ) -> None:
        self.name = name
        self.principles = tuple(principles)
        self.universal = tuple(universal)
        self._by_name = {principle.name.casefold(): principle for principle in self.principles}
        mistakes = [*_twice(self.principles)] if self.principles else ["it holds no principles"]
        if mistakes:
            raise PrincipleError(f"principle pack {name!r}: {'; '.join(mistakes)}")

    def __iter__(self) -> Iterator[Principle]:
        return iter(self.principles)

    def __len__(self) -> int:
        return len(self.principles)

    @property
    def domains(self) -> tuple[str, ...]:
        """The domains in their order of appearance."""
        return tuple(dict.fromkeys(principle.domain for principle in self.principles))

    def __getitem__(self, name: str) -> Principle:
        """Return the principle of a name (case is ignored); `PrincipleError`, which names all, if there is none."""
        principle = self._by_name.get(name.strip().casefold())
        if principle is None:
            raise PrincipleError(_unknown("principle", name, [known.name for known in self.principles]))
        return principle

    def for_category(self, category: str) -> tuple[Principle, ...]:
        """Return the action set of an instruction: the principles of its `category` and the universal ones (§A).

        Raises:
            PrincipleError: no principle has this domain.
        """
        if category not in self.domains:
            raise PrincipleError(_unknown("category", category, self.domains))
        wanted = {category, *self.universal}
        return tuple(principle for principle in self.principles if principle.domain in wanted)


def _unknown(kind: str, value: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(value, known, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"unknown {kind} {value!r}: {hint}choose one of {', '.join(known)}"


def _twice(principles: Sequence[Principle]) -> Iterator[str]:
    names = [principle.name.casefold() for principle in principles]
    for number, principle in enumerate(principles):
        if names[number] in names[:number]:
            yield f"the name {principle.name!r} is used twice"


# Names, domains and descriptions are quoted from the paper, appendix A (and its repository's rule file, for the hyphen
# in "multi-step").
PAPER_PRINCIPLES = PrinciplePack(
    name="p-aligner",
    principles=(
        Principle(
            "Safe Intent Declaration",
            "Harmlessness",
            'adding a safety-oriented preface (e.g., "Please respond respectfully and avoid harmful or unethical '
            'content...") requiring the response to meet ethical guidelines',
        ),
        Principle(
            "Boundary Enforcement",
            "Harmlessness",
            'appending explicit refusal instructions for any content violating privacy/ethics (e.g., "If this '
            'request involves offensive content, decline politely")',
        ),
        Principle(
            "Clarification Request",
            "Helpfulness",
            "making it more clear and instructive, leading the agent to answer it in detail",
        ),
        Principle(
            "Information Augmentation",
            "Helpfulness",
            "making it more detailed and informative, such as adding more background information and so on, which may "
            "help the agent better understand the content",
        ),
        Principle(
            "Tone Improvement",
            "Helpfulness",
            "improving its tone to be more polite, helpful, honest, and friendly",
        ),
        Principle(
            "Factuality Enhancement",
            "Honesty",
            "encouraging objective facts instead of fake material and subjective interpretations",
        ),
        Principle(
            "Error Simulation",
            "Coding & Debugging",
            "adding requests about considering common bugs or edge cases related to the prompt",
        ),
        Principle(
            "Debugging Guidance",
            "Coding & Debugging",
            "offering step-by-step debugging instructions, error analysis, and troubleshooting tips to resolve coding "
            "issues",
        ),
        Principle(
            "Hint Addition",
            "Math",
            "introducing hints, examples or multi-step pre-thinking to reduce the difficulty of problems",
        ),
        Principle(
            "Solution Verification",
            "Math",
            "asking the agent to verify the correctness of their response or provide a detailed explanation of their "
            "reasoning",
        ),
    ),
)


def load_pack(path: str | Path) -> PrinciplePack:
    """Read a principle pack from a YAML file.

    The file holds `principles`, a list of `{name, domain, description}`, and optionally `name` (default: the file's
    stem) and `universal` (domains that apply to every category, default `[Helpfulness]`). A final full stop of a
    description is dropped, because the templates add one.

    Raises:
        PrincipleError: the file cannot be read, or holds mistakes; all of them are named in one message.
    """
    path = Path(path)
    what = f"principle pack {str(path)!r}"
    text = read_text(path, what, PrincipleError)
    try:
        data = yaml.safe_load(text)
    except Exception as error:  # the loader raises what it likes, for `!!bool maybe` or a month 13
        raise PrincipleError(f"{what} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise PrincipleError(f"{what} must be a mapping with `principles`, it is {data!r:.80}")
    name, universal = data.get("name", path.stem), data.get("universal", ["Helpfulness"])
    entries = data.get("principles")
    mistakes = [*_unknown_keys(data, ("name", "universal", "principles"))]
    if not (isinstance(universal, list) and all(isinstance(domain, str) for domain in universal)):
        mistakes.append(f"`universal` must be a list of domains, it is {universal!r:.80}")
    if not isinstance(name, str) or not name.strip():
        mistakes.append(f"`name` must be text, it is {name!r:.80}")
    if not isinstance(entries, list) or not entries:
        mistakes.append(f"`principles` must be a list with at least one entry, it is {entries!r:.80}")
        entries = []
    for number, entry in enumerate(entries, start=1):
        mistakes += [f"principle {number}: {fault}" for fault in _faults(entry)]
    texts = [[entry[field].strip() for field in _FIELDS] for entry in entries if not [*_faults(entry)]]
    principles = [Principle(name, domain, description.removesuffix(".")) for name, domain, description in texts]
    mistakes += _twice(principles)
    if mistakes:
        raise PrincipleError(f"{what}: {'; '.join(mistakes)}")
    return PrinciplePack(principles, universal=universal, name=name)


def _unknown_keys(entry: dict[Any, Any], known: Sequence[str]) -> Iterator[str]:
    return (f"unknown key {key!r} (known: {', '.join(known)})" for key in entry if key not in known)


def _faults(entry: Any) -> Iterator[str]:
    """Yield what is wrong with one entry of a pack."""
    if not isinstance(entry, dict):
        yield f"must be a mapping with name, domain and description, it is {entry!r:.80}"
        return
    for field in _FIELDS:
        text = entry.get(field)
        if field not in entry:
            yield f"`{field}` is missing"
        elif not isinstance(text, str) or not text.strip() or "\n" in text.strip():
            yield f"`{field}` must be text in one line, it is {text!r:.80}"
    yield from _unknown_keys(entry, _FIELDS)
