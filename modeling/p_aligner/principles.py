"""The alignment principles: the ten of the paper (§A) and packs of one's own.

A principle names one direction of improvement and describes it as the continuation of "You should optimize this
prompt by ...". Principles belong to a domain; those of the universal domains (Helpfulness in the paper) apply to every
instruction, so the action set of an instruction holds its category's principles and the universal ones.
"""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from .errors import PrincipleError


@dataclass(frozen=True)
class Principle:
    """One principle.

    Args:
        name (`str`):
            Short name, unique in its pack, for example `"Tone Improvement"`.
        domain (`str`):
            Domain it belongs to, for example `"Helpfulness"`.
        description (`str`):
            Continuation of "You should optimize this prompt by", without the full stop.
    """

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
        mistakes = [] if self.principles else ["it holds no principles"]
        seen: set[str] = set()
        for principle in self.principles:
            key = principle.name.casefold()
            if key in seen:
                mistakes.append(f"the name {principle.name!r} is used twice")
            seen.add(key)
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
        """Return the principle called `name` (case is ignored).

        Raises:
            PrincipleError: there is none; the message lists those that exist.
        """
        try:
            return self._by_name[name.strip().casefold()]
        except KeyError:
            raise PrincipleError(
                _unknown("principle", name, [principle.name for principle in self.principles])
            ) from None

    def for_category(self, category: str) -> tuple[Principle, ...]:
        """Return the action set of an instruction: the principles of its `category` and the universal ones (§A).

        Raises:
            PrincipleError: no principle has this domain.
        """
        if category not in self.domains:
            raise PrincipleError(_unknown("category", category, self.domains))
        wanted = {category, *self.universal}
        return tuple(principle for principle in self.principles if principle.domain in wanted)


def _unknown(kind: str, value: str, known: Iterable[str]) -> str:
    names = list(known)
    close = difflib.get_close_matches(value, names, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"unknown {kind} {value!r}: {hint}choose one of {', '.join(names)}"


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


def principles_for(category: str, pack: PrinciplePack = PAPER_PRINCIPLES) -> tuple[Principle, ...]:
    """Return the action set of an instruction of `category`: 3 to 5 principles with the paper's pack (§A)."""
    return pack.for_category(category)


def load_pack(path: str | Path) -> PrinciplePack:
    """Read a principle pack from a YAML file.

    The file holds `principles`, a list of `{name, domain, description}`, and optionally `name` (default: the file's
    stem) and `universal` (domains that apply to every category, default `[Helpfulness]`). A final full stop of a
    description is dropped, because the templates add one.

    Raises:
        PrincipleError: the file cannot be read, or holds mistakes; all of them are named in one message.
    """
    path = Path(path)
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PrincipleError(f"principle pack {str(path)!r} cannot be read: {error.strerror or error}") from error
    except Exception as error:  # the loader raises what it likes, for `!!bool maybe` or a month 13
        raise PrincipleError(f"principle pack {str(path)!r} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise PrincipleError(f"principle pack {str(path)!r} must be a mapping with `principles`, it is {data!r:.80}")

    mistakes = [
        f"unknown key {key!r} (known: name, universal, principles)"
        for key in data
        if key not in ("name", "universal", "principles")
    ]
    universal = data.get("universal", ["Helpfulness"])
    if not (isinstance(universal, list) and all(isinstance(domain, str) for domain in universal)):
        mistakes.append(f"`universal` must be a list of domains, it is {universal!r:.80}")
        universal = []
    name = data.get("name", path.stem)
    if not isinstance(name, str) or not name.strip():
        mistakes.append(f"`name` must be text, it is {name!r:.80}")
    entries = data.get("principles")
    if not isinstance(entries, list) or not entries:
        mistakes.append(f"`principles` must be a list with at least one entry, it is {entries!r:.80}")
        entries = []

    principles = []
    seen: dict[str, int] = {}
    for number, entry in enumerate(entries, start=1):
        faults = _entry_faults(entry)
        if not faults:
            principle = Principle(
                entry["name"].strip(), entry["domain"].strip(), entry["description"].strip().removesuffix(".")
            )
            first = seen.setdefault(principle.name.casefold(), number)
            if first != number:
                faults.append(f"the name {principle.name!r} is already used by principle {first}")
            principles.append(principle)
        mistakes.extend(f"principle {number}: {fault}" for fault in faults)
    if mistakes:
        raise PrincipleError(f"principle pack {str(path)!r}: {'; '.join(mistakes)}")
    return PrinciplePack(principles, universal=universal, name=name)


def _entry_faults(entry: object) -> list[str]:
    if not isinstance(entry, dict):
        return [f"must be a mapping with name, domain and description, it is {entry!r:.80}"]
    faults = [
        f"`{key}` must be text, it is {entry.get(key)!r:.80}" if key in entry else f"`{key}` is missing"
        for key in ("name", "domain", "description")
        if not (isinstance(entry.get(key), str) and entry[key].strip())
    ]
    faults += [
        f"unknown key {key!r} (known: name, domain, description)"
        for key in entry
        if key not in ("name", "domain", "description")
    ]
    description = entry.get("description")
    if isinstance(description, str) and "\n" in description.strip():
        faults.append("`description` must be one line: it ends a sentence of the prompt")
    return faults
