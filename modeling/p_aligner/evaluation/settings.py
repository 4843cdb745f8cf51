"""What a recipe of `p-aligner evaluate` says.

out: runs/evaluate/mine
benchmarks:
  mine: {path: questions.jsonl}         # rows with `instruction`, maybe `reference`, `category`, `id`
responders:
  Llama: {backend: endpoint, model: llama, base_url: http://127.0.0.1:8000/v1}
refiners:
  P-Aligner: {refiner: p-aligner, model: {backend: transformers, model: songff/P-Aligner, temperature: 0}}
systems:
  - refiner: [normal, P-Aligner]
judges:
  GPT: {judge: llm, backend: {backend: endpoint, model: gpt-4o, base_url: https://api.openai.com/v1}}
"""

import itertools
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, field_validator, model_validator

from ..guard import MAX_GROWTH
from ..judging.judges import JudgeSettings
from ..principles import PAPER_PRINCIPLES, Principle, load_pack
from ..runtime import BackendSettings
from ..runtime.budget import Limits
from ..runtime.cluster import ClusterSettings
from ..runtime.local import LocalSettings
from ..runtime.rewards import RewardSettings
from ..store.recipe import Section


NORMAL = "normal"
"""The refiner that changes nothing, as the paper calls it."""

Names = str | tuple[str, ...]


class BenchmarkSettings(Section):
    """Instructions out of a JSON lines file or a data set on the Hub.

    Args:
        path: a `.jsonl` file, the name of a data set on the Hub, or a folder that is laid out like one.
        name, revision, split: as in `datasets.load_dataset`; only for data sets on the Hub.
        instruction: column of the instruction: text, or a chat of one user turn. By default `instruction`, else
            `prompt` or `messages`.
        reference: column of the reference answer; by default `reference` or `response` where there is one.
        category: column of what kind it is; win rates are shown by it, where there is more than one.
        where: columns and the value that they must have; compared as text.
        limit, max_words: take the first so many instructions; leave longer ones out (they are never cut).
        against: what answers are judged against: `"reference"`; `"normal"`, what the same responder answers to the raw
            instruction; or `"nothing"`. By default the references, where there are any; else nothing where rules count
            (rows with `expects`, or with the constraints of IFEval); else what is normal.
        scoring: `"win-rate"`, or `"arena-hard"`: Bradley-Terry scores, also style-controlled; left out of averages.
        expects: `"refusal"` for harmful instructions, `"answer"` for harmless ones that look like it: counts refusals.
            Rows may have a column `expects` of their own.
    """

    path: str
    name: str | None = None
    revision: str | None = None
    split: str = "train"
    instruction: str = "instruction"
    reference: str | None = None
    category: str = "category"
    where: dict[str, str | int | float | bool | None] = Field(default_factory=dict)
    limit: int | None = Field(default=None, ge=1)
    max_words: int | None = Field(default=None, ge=1)
    against: Literal["reference", "normal", "nothing"] | None = None
    scoring: Literal["win-rate", "arena-hard"] = "win-rate"
    expects: Literal["refusal", "answer"] | None = None


class ModelRefiner(Section):
    """A model that rewrites instructions.

    Args:
        refiner: how it is asked: `"p-aligner"` (Fig. 10), `"singlepo"` (Fig. 9), `"chat"`, any chat model (Fig. 8), or
            `"bpo"` (the template that BPO's authors publish).
        model: where it is. Its temperature is 0 (§5.3) unless the recipe says otherwise.
        principle, pack: for `singlepo` and `chat`: the principle, and a YAML file with principles of one's own.
        guard: `"fallback"`: a refinement that fails a check is replaced by the original, as in the pipelines; `"off"`:
            it is used.
        max_growth: of the guard.
    """

    refiner: Literal["p-aligner", "singlepo", "chat", "bpo"]
    model: BackendSettings
    principle: str | None = None
    pack: str | None = None
    guard: Literal["fallback", "off"] = "fallback"
    max_growth: float = Field(default=MAX_GROWTH, gt=0)

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> "ModelRefiner":
        if self.refiner in ("singlepo", "chat"):
            if self.principle is None:
                names = ", ".join(principle.name for principle in PAPER_PRINCIPLES)
                raise ValueError(f"a refiner {self.refiner!r} needs a principle, for example one of {names}")
        elif self.principle or self.pack:
            raise ValueError(f"a refiner {self.refiner!r} takes no principle")
        return self

    @field_validator("model")
    @classmethod
    def _is_greedy(cls, model: BackendSettings) -> BackendSettings:
        is_open = "temperature" in type(model).model_fields and "temperature" not in model.model_fields_set
        return model.model_copy(update={"temperature": 0.0}) if is_open else model

    def direction(self) -> Principle | None:
        """Return the principle; raises `PrincipleError` where there is none of this name, or no such pack."""
        pack = load_pack(self.pack) if self.pack else PAPER_PRINCIPLES
        return pack[self.principle] if self.principle else None


class FileRefiner(Section):
    """Refinements that are there already, found by the text of the instruction: a search, or another program's.

    Args:
        path: JSON lines with `instruction` and `refined_instruction`, as `ultraprompt best` and `p-aligner refine`
            write them. What they say of `calls`, `tokens` and `seconds` goes into the table of costs.
        is_free, is_local: for that table: nothing is paid for; nothing leaves the machine.
    """

    refiner: Literal["file"]
    path: str
    is_free: bool | None = None
    is_local: bool | None = None


class ColumnRefiner(Section):
    """A better wording that the benchmark itself holds in a column: an oracle, or somebody's handwork."""

    refiner: Literal["column"]
    column: str


RefinerSettings = Annotated[ModelRefiner | FileRefiner | ColumnRefiner, Field(discriminator="refiner")]


class SystemSettings(Section):
    """One or more ways from an instruction to an answer. Every combination of what is listed makes a system.

    Args:
        refiner: names of refiners; `normal` changes nothing.
        responder: names of responders; by default all.
        times: how often the refinement is refined again: 1 is once (Fig. 6).
        best_of_n: draw so many answers; the model of `reward` picks.
        urial: a text file with questions and answers that goes before the instruction, in the form of URIAL (Lin et
            al. 2024): "# Query:" and "# Answer:", each followed by a text between lines of three backticks.
    """

    refiner: Names = NORMAL
    responder: Names | None = None
    times: Annotated[int, Field(ge=1)] | tuple[Annotated[int, Field(ge=1)], ...] = 1
    best_of_n: int | None = Field(default=None, ge=2)
    urial: str | None = None


class EmbedderSettings(LocalSettings):
    """A model of sentence embeddings: the mean of the last layer's states, as most of those on the Hub expect."""


class OverheadSettings(Section):
    """How much longer answers take when a refiner goes first (Fig. 7).

    Args:
        refiner, responder, benchmark: by default the first ones of the recipe that are models.
        sizes: how many instructions are sent at once; sizes above that of the benchmark are left out.
        repeats: measurements of each size; the report shows the median and the range.
    """

    refiner: str | None = None
    responder: str | None = None
    benchmark: str | None = None
    sizes: tuple[Annotated[int, Field(ge=1)], ...] = (25, 50, 100, 200, 500)
    repeats: int = Field(default=3, ge=1)


class EvaluationSettings(Limits):
    """A recipe of `p-aligner evaluate`.

    Args:
        out: folder of the report and of the journal. Run again, a recipe goes on with it.
        benchmarks, responders, refiners, judges: by name, in the order of the tables. Without judges nothing is
            judged: the report shows drift and cost.
        systems: what is compared.
        reward: picks in `best_of_n`.
        embedder: measures how near a refinement is to the instruction.
        overhead: measures Fig. 7.
        seed: of all that is random: draws of answers, resampling.
        concurrency: instructions under way at once.
        max_calls, max_tokens, max_minutes: the run ends when the journal holds so many calls of models, so many tokens
            of theirs, or when it has run so long; run again with a higher limit, it goes on.
        cluster: for `--ray`.
    """

    out: str
    benchmarks: dict[str, BenchmarkSettings] = Field(min_length=1)
    responders: dict[str, BackendSettings] = Field(default_factory=dict)
    refiners: dict[str, RefinerSettings] = Field(default_factory=dict)
    systems: tuple[SystemSettings, ...] = Field(min_length=1)
    judges: dict[str, JudgeSettings] = Field(default_factory=dict)
    reward: RewardSettings | None = None
    embedder: EmbedderSettings | None = None
    overhead: OverheadSettings | None = None
    seed: int = 0
    concurrency: int = Field(default=256, ge=1, exclude=True)
    cluster: ClusterSettings = Field(default=ClusterSettings(), exclude=True)

    @field_validator("refiners")
    @classmethod
    def _normal_is_taken(cls, refiners: dict[str, RefinerSettings]) -> dict[str, RefinerSettings]:
        if NORMAL in refiners:
            raise ValueError(f"the name {NORMAL!r} is taken: it is the refiner that changes nothing")
        return refiners

    @model_validator(mode="after")
    def _names_exist(self) -> "EvaluationSettings":
        for system in self.systems:
            _require(system.refiner, {NORMAL, *self.refiners}, "refiner")
            _require(system.responder or (), self.responders, "responder")
            if system.best_of_n and self.reward is None:
                raise ValueError("best_of_n needs a `reward` that picks")
            if (system.best_of_n or system.urial) and not self.responders:
                raise ValueError("best_of_n and urial are about answers: name `responders`")
        names = [system.name for system in systems_of(self)]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two systems are called {twice!r}: name the files of their `urial` differently")
        if self.judges and not self.responders:
            raise ValueError("there are judges, but no `responders` whose answers they could judge")
        if self.overhead:
            _require(self.overhead.refiner or (), _models(self.refiners), "refiner that is a model")
            _require(self.overhead.responder or (), self.responders, "responder")
            _require(self.overhead.benchmark or (), self.benchmarks, "benchmark")
            if not (_models(self.refiners) and self.responders):
                raise ValueError("`overhead` needs a refiner that is a model, and a responder")
        return self


def _models(refiners: dict[str, RefinerSettings]) -> dict[str, RefinerSettings]:
    return {name: refiner for name, refiner in refiners.items() if isinstance(refiner, ModelRefiner)}


def each(names: Any) -> tuple[Any, ...]:
    """Return what a key lists, or the one value it holds."""
    return names if isinstance(names, tuple) else (names,)


def _require(names: Names, known: Any, kind: str) -> None:
    for name in each(names):
        if name not in known:
            raise ValueError(f"there is no {kind} {name!r}: choose one of {', '.join(known) or 'none, name some'}")


class System(NamedTuple):
    """One way from an instruction to an answer; without a responder, to a refined instruction only."""

    responder: str | None
    refiner: str
    times: int = 1
    best_of_n: int | None = None
    urial: str | None = None

    @property
    def method(self) -> str:
        """What tables call it, without the responder and how it answers."""
        return self.refiner if self.times == 1 else f"{self.refiner} x{self.times}"

    @property
    def answering(self) -> str:
        """What tables call the responder and how it answers."""
        parts = [f"best of {self.best_of_n}"] if self.best_of_n else []
        parts += [f"URIAL ({Path(self.urial).stem})"] if self.urial else []
        return " w/ ".join([self.responder or "-", *parts])

    @property
    def name(self) -> str:
        return self.method if self.responder is None else f"{self.method} -> {self.answering}"


def systems_of(settings: EvaluationSettings) -> list[System]:
    """Spell out the systems, each combination once, in order."""
    found: dict[System, None] = {}
    for system in settings.systems:
        responders = each(system.responder) if system.responder else tuple(settings.responders) or (None,)
        for responder, times, refiner in itertools.product(responders, each(system.times), each(system.refiner)):
            is_model = isinstance(settings.refiners.get(refiner), ModelRefiner)
            again = times if is_model else 1  # what is there already is the same each time
            found[System(responder, refiner, again, system.best_of_n, system.urial)] = None
    return list(found)
