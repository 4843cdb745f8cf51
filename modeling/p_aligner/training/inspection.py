"""Inspection of a training run, during and after: does it learn what it should, and what does it lose on the way?

Reads TRL's trainer state, and tries each checkpoint on pairs of the run's own data and on a fixed probe of
instructions. Loads weights from safetensors only; TRL's pickled files are never opened. Needs the extra `train`.
"""

import json
import math
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import cycle
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import yaml

from .. import changes
from ..errors import InputError, first_line
from ..instructions import ALREADY_CLEAR, is_rejected, outcome_of
from ..principles import PAPER_PRINCIPLES
from ..store.whole import write_whole
from . import online, recipes
from .findings import Finding


if TYPE_CHECKING:
    from matplotlib.axes import Axes

PROBE = Path(__file__).parent / "probe.txt"
PAIRS = 64
REPORT, PICTURE = "inspection.json", "inspection.png"

# Where alarms begin. Of the probe: a collapsed model adds one sentence to whatever it reads.
MOST_UNPARSABLE = 0.05
MOST_OF_ONE_SENTENCE = 0.25
LEAST_OF_DISTINCT = 0.7  # of what the start model has
MOST_LOST = 0.1  # nats per token of the chosen answers

_STATE = "trainer_state.json"


@dataclass(frozen=True)
class Ranking:
    """How the two answers of a pair compare; means over the pairs.

    Args:
        rejected (`float`):
            Log-probability of the rejected answer, in nats.
        accuracy (`float`):
            Ranking accuracy: share of the pairs whose chosen answer is the more likely one.
        margin (`float`):
            DPO's implicit reward of the chosen answer above that of the rejected one.
        rewarded (`float`):
            Share of the pairs whose margin is positive: the accuracy that TRL logs.
    """

    rejected: float
    accuracy: float
    margin: float
    rewarded: float


@dataclass(frozen=True)
class Likelihood:
    """How likely a model finds the answers of the run's rows.

    Args:
        chosen (`float`):
            Log-probability of the chosen answer (of the completion, where there is no other), in nats; a mean.
        per_token (`float`):
            The sum of these, divided by the tokens of all of them.
        ranking ([`Ranking`], *optional*):
            Where the rows are pairs.
    """

    chosen: float
    per_token: float
    ranking: Ranking | None = None


@dataclass(frozen=True)
class Probe:
    """What a model makes of the probe; shares of all its instructions.

    Args:
        unparsable (`float`), rejected (`float`), clear (`float`):
            Output without markers; turned down by the guard for any reason; left alone as already clear.
        most_added (`str`), most_added_share (`float`):
            The sentence that is added most often.
        distinct_2 (`float`):
            Of the refined instructions.
    """

    unparsable: float
    rejected: float
    clear: float
    most_added: str
    most_added_share: float
    distinct_2: float


@dataclass(frozen=True)
class Checkpoint:
    """What was measured of one checkpoint; step 0 is the model that the run began with."""

    step: int
    stamp: str
    likelihood: Likelihood | None  # `None` where the data has no answers
    probe: Probe


@dataclass
class Inspection:
    """What is known of a run.

    Args:
        run (`str`):
            Its folder.
        recipe (`str`, *optional*), trainer (`str`, *optional*):
            The recipe that made it, and for which trainer that is.
        step, steps (`int`):
            Of the newest whole checkpoint, and of the whole run.
        idealised (`float`, *optional*):
            Ranking accuracy that DPO's optimum would have on these pairs (Chen et al. 2024, "Preference learning
            algorithms do not learn preference rankings", theorem 3.1).
        log (list of `dict`):
            TRL's own.
        checkpoints (list of [`Checkpoint`]):
            By step. Those that TRL has deleted since an earlier inspection are still here.
        resume (`str`):
            Command that goes on with the run.
    """

    run: str
    recipe: str | None
    trainer: str | None
    step: int
    steps: int
    resume: str
    idealised: float | None = None
    log: list[dict[str, Any]] = field(default_factory=list)
    checkpoints: list[Checkpoint] = field(default_factory=list)


def inspect(run: str | Path, *, recipe: str | Path | None = None, pairs: int = PAIRS) -> Inspection:
    """Measure what is new in a run; write `inspection.json` and `inspection.png` into its folder.

    Args:
        run (`str` or `Path`):
            The run's `output_dir`, while it trains or later.
        recipe (`str` or `Path`, *optional*):
            Its recipe; by default the one below `recipes/` that has this `output_dir`. Without a recipe only TRL's log
            is read: data and start model are named nowhere else.
        pairs (`int`, *optional*, defaults to 64):
            Rows of the data whose log-probabilities are computed, at most.

    Raises:
        InputError: the folder holds no whole checkpoint; the recipe, its data or its models cannot be read.
    """
    folder = Path(run)
    states = _states(folder)
    newest = max(states)
    state = _read_json(states[newest])
    path = Path(recipe) if recipe else _find_recipe(folder)
    parts = recipes.read(path) if path else None
    found = Inspection(
        run=str(folder),
        recipe=str(path) if path else None,
        trainer=parts.trainer if parts else None,
        step=newest,
        steps=state["max_steps"],
        resume=_resume(path, parts, states[newest].parent),
        log=state["log_history"],
    )
    earlier = list(_earlier(folder / REPORT))
    if parts and parts.trainer != "reward":
        found.checkpoints, found.idealised = _measure(parts, states, earlier, pairs)
    write_whole(folder / REPORT, json.dumps(asdict(found), indent=2) + "\n")
    _plot(found, folder / PICTURE)
    return found


def findings(found: Inspection) -> Iterator[Finding]:
    """Say in words what stands out; `passed` is `False` for what should be looked at before the run goes on."""
    yield Finding("run", True, f"step {found.step:,} of {found.steps:,}" + _of(found))
    losses = [row["loss"] for row in found.log if "loss" in row]
    if losses:
        finite = all(map(math.isfinite, losses))
        text = f"{losses[0]:.3f} at first, {losses[-1]:.3f} now"
        yield Finding("loss", finite, text if finite else f"{text}; not a number: lower the learning rate")
    yield from online.findings(found.log)
    margins = [row["rewards/margins"] for row in found.log if "rewards/margins" in row]
    if margins:
        yield Finding("margin in TRL's log", margins[-1] > 0, f"{margins[0]:+.2f} at first, {margins[-1]:+.2f} now")
    if not found.recipe:
        yield Finding("recipe", True, "not found below recipes/: name it by --recipe for accuracies and the probe")
        return
    if found.checkpoints:
        first, last = found.checkpoints[0], found.checkpoints[-1]
        if first.likelihood and last.likelihood:
            yield from _on_likelihood(first.likelihood, last.likelihood, found.idealised)
        else:
            yield Finding("answers", True, "the data has none: how likely they are is not measured")
        yield from _on_probe(first.probe, last.probe)


def _of(found: Inspection) -> str:
    return f", trl {found.trainer}, {found.recipe}" if found.recipe else ""


def _on_likelihood(first: Likelihood, last: Likelihood, idealised: float | None) -> Iterator[Finding]:
    lost = first.per_token - last.per_token
    text = f"{first.chosen:.1f} nats at first, {last.chosen:.1f} now"
    if lost > MOST_LOST:
        text += f" ({lost:.2f} less per token): use a lower rate, fewer steps, or an SFT term as rpo has"
    yield Finding("chosen answers", lost <= MOST_LOST, text)
    before, now = first.ranking, last.ranking
    if before and now:
        yield Finding("rejected answers", True, f"{before.rejected:.1f} nats at first, {now.rejected:.1f} now")
        yield Finding("implicit reward", True, f"margin {now.margin:+.2f}, right in {now.rewarded:.1%} of the pairs")
        text = f"{before.accuracy:.1%} at first, {now.accuracy:.1%} now"
        text += f"; the optimum of DPO would have {idealised:.1%}" if idealised is not None else ""
        yield Finding("ranking accuracy", now.accuracy >= before.accuracy, text)


def _on_probe(first: Probe, last: Probe) -> Iterator[Finding]:
    text = f"{first.unparsable:.1%} at first, {last.unparsable:.1%} now; {last.rejected:.1%} rejected by the guard"
    few = last.unparsable <= max(MOST_UNPARSABLE, first.unparsable)
    yield Finding("unparsable output", few, text if few else f"{text}: the end marker is being unlearned")
    text = f"{first.clear:.1%} at first, {last.clear:.1%} now"
    yield Finding("left alone as clear", last.clear < 1, text if last.clear < 1 else f"{text}: it refines nothing")
    text = f"distinct-2 {first.distinct_2:.2f} at first, {last.distinct_2:.2f} now; most added, to "
    text += f"{last.most_added_share:.1%}: {last.most_added!r:.70}"
    varied = (
        last.most_added_share <= max(MOST_OF_ONE_SENTENCE, first.most_added_share)
        and last.distinct_2 >= LEAST_OF_DISTINCT * first.distinct_2
    )
    yield Finding("variety", varied, text if varied else f"{text}: the outputs collapse into one template")


def _states(folder: Path) -> dict[int, Path]:
    """Find the whole checkpoints; TRL writes the state last."""
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}; give the output_dir of a training run")
    states = {int(path.parent.name.rpartition("-")[2]): path for path in folder.glob(f"checkpoint-*/{_STATE}")}
    if not states:
        raise InputError(f"{folder} holds no whole checkpoint; `save_steps` of the recipe says when one is written")
    return states


def _find_recipe(run: Path) -> Path | None:
    for path in sorted(Path("recipes").rglob("*.yaml")):
        try:
            data = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError):
            continue
        output = data.get("output_dir") if isinstance(data, dict) else None
        if isinstance(output, str) and "model_name_or_path" in data and Path(output).resolve() == run.resolve():
            return path
    return None


def _resume(path: Path | None, parts: recipes.TrainingRecipe | None, checkpoint: Path) -> str:
    trainer = parts.trainer if parts else "TRAINER"
    words = ["trl", trainer, "--config", str(path or "RECIPE.yaml"), "--resume_from_checkpoint", str(checkpoint)]
    if parts and Path(parts.training.output_dir).resolve() != checkpoint.parent.resolve():
        words += ["--output_dir", str(checkpoint.parent)]
    return shlex.join(words)


def _earlier(report: Path) -> Iterator[Checkpoint]:
    """Read what an earlier inspection measured; a report that cannot be read is measured anew."""
    try:
        rows = json.loads(report.read_text(encoding="utf-8"))["checkpoints"]
        for row in rows:
            likelihood = None
            if row["likelihood"]:
                ranking = row["likelihood"].pop("ranking")
                likelihood = Likelihood(**row["likelihood"], ranking=Ranking(**ranking) if ranking else None)
            yield Checkpoint(row["step"], row["stamp"], likelihood, Probe(**row["probe"]))
    except (OSError, ValueError, KeyError, TypeError):
        return


def _measure(
    parts: recipes.TrainingRecipe, states: dict[int, Path], earlier: Sequence[Checkpoint], pairs: int
) -> tuple[list[Checkpoint], float | None]:
    """Measure the start model and the checkpoints that are new, the start model first: margins refer to it."""
    start = parts.model.model_name_or_path
    rows, sides, reference = None, [], []
    if has_answers := len(parts.columns) > 1:
        rows = recipes.load_rows(parts)
        rows = rows.select(range(0, len(rows), -(-len(rows) // pairs)))
        tokenizer = recipes.load_tokenizer(parts)
        sides = [list(recipes.examples(row, parts, tokenizer)) for row in rows]
        reference = _log_probabilities(start, sides)
    folders = {0: start, **{step: str(path.parent) for step, path in states.items()}}
    known = {one.step: one for one in earlier if one.step not in folders or one.stamp == _stamp(folders[one.step])}
    for step, folder in sorted(folders.items()):
        if step not in known:
            likelihood = None
            if has_answers:
                values = _log_probabilities(folder, sides) if step else reference
                likelihood = _likelihood(values, reference, sides, beta=getattr(parts.training, "beta", 0.0))
            known[step] = Checkpoint(step, _stamp(folder), likelihood, _probe(folder, parts))
    idealised = _idealised(rows, reference, parts.training.beta) if parts.trainer == "dpo" else None
    return [known[step] for step in sorted(known)], idealised


def _stamp(folder: str) -> str:
    """Tell one set of weights from another without reading them."""
    files = sorted(Path(folder).glob("*.safetensors"))
    return " ".join(f"{file.name}:{file.stat().st_size}:{file.stat().st_mtime_ns}" for file in files)


def _log_probabilities(model_name: str, sides: Sequence[Sequence[recipes.Example]]) -> list[list[float]]:
    """Return the log-probability of each answer, in nats: (rows, sides)."""
    import torch
    from transformers import AutoModelForCausalLM

    from ..runtime.local import first_device

    try:
        model = AutoModelForCausalLM.from_pretrained(model_name, dtype="auto", use_safetensors=True)
    except (OSError, ValueError) as error:
        raise InputError(f"the model {model_name!r} cannot be loaded: {first_line(error)}") from error
    device = first_device()
    model.to(device).eval()

    @torch.inference_mode()
    def value(example: recipes.Example) -> float:
        answer = torch.tensor(example.answer, device=device)
        ids = torch.tensor([example.whole], device=device)
        logits = model(ids, logits_to_keep=len(answer) + 1).logits[0, :-1]
        return float(logits.float().log_softmax(-1).gather(1, answer[:, None]).sum())

    return [[value(example) for example in row] for row in sides]


def _likelihood(
    values: list[list[float]],
    reference: list[list[float]],
    sides: Sequence[Sequence[recipes.Example]],
    *,
    beta: float,
) -> Likelihood:
    chosen = [row[0] for row in values]
    per_token = sum(chosen) / sum(len(row[0].answer) for row in sides)
    ranking = None
    if len(values[0]) > 1:
        pairs = list(zip(values, reference, strict=True))
        margins = [beta * ((new[0] - new[1]) - (old[0] - old[1])) for new, old in pairs]
        ranking = Ranking(
            rejected=round(fmean(row[1] for row in values), 3),
            accuracy=_share(row[0] > row[1] for row in values),
            margin=round(fmean(margins), 4),
            rewarded=_share(margin > 0 for margin in margins),
        )
    return Likelihood(round(fmean(chosen), 3), round(per_token, 4), ranking)


def _share(verdicts: Iterable[bool]) -> float:
    return round(fmean(verdicts), 4)


def _idealised(rows: Any, reference: list[list[float]], beta: float) -> float | None:
    """Compute the ranking accuracy of DPO's optimum.

    That optimum has the log-odds ref(chosen) - ref(rejected) + logit(preferred) / beta. By Bradley and Terry the logit
    is the difference of the two rewards, which UltraPrompt's rows hold.
    """
    if not {"chosen_reward", "rejected_reward"} <= set(rows.column_names) or not beta:
        return None
    margins = [row["chosen_reward"] - row["rejected_reward"] for row in rows]
    return _share(old[0] - old[1] + margin / beta > 0 for old, margin in zip(reference, margins, strict=True))


def _probe(folder: str, parts: recipes.TrainingRecipe) -> Probe:
    from ..pipelines import PAlignerPipeline, SinglePORewriter
    from ..runtime.refiner import load_pipeline

    texts = PROBE.read_text(encoding="utf-8").splitlines()
    configs = [parts.script.dataset_config, *(part.name for part in parts.mixture.datasets)]
    by_principle = "single-step" in configs
    kind: Any = SinglePORewriter if by_principle else PAlignerPipeline
    refine = load_pipeline(kind, folder)
    names = cycle(principle.name for principle in PAPER_PRINCIPLES.principles)
    inputs = [{"instruction": text, **({"principle": next(names)} if by_principle else {})} for text in texts]
    records = refine(inputs, batch_size=16)
    rejected = [record for record in records if is_rejected(record)]
    outputs = [(record["instruction"], record["refined_instruction"]) for record in records]
    ((sentence, share),) = changes.most_added(outputs) or [("", 0.0)]
    return Probe(
        unparsable=_share(outcome_of(record) in ("unparsable", "unfinished") for record in records),
        rejected=round(len(rejected) / len(records), 4),
        clear=_share(outcome_of(record) == ALREADY_CLEAR for record in records),
        most_added=sentence,
        most_added_share=round(share, 4),
        distinct_2=round(changes.distinct((refined for _, refined in outputs), 2), 4),
    )


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path} is not JSON: {error}") from error


def _plot(found: Inspection, path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 6.5), layout="constrained")
    ((loss, likelihood), (ranking, probe)) = places = figure.subplots(2, 2)
    is_online = any("reward" in row for row in found.log)
    if is_online:
        for axes, (title, names) in zip((loss, likelihood, ranking), online.CURVES.items(), strict=True):
            _lines(axes, found.log, names)
            axes.set_title(title)
    else:
        _plot_pairs(found, loss, likelihood, ranking)
    probed = [{"step": one.step, **asdict(one.probe)} for one in found.checkpoints]
    names = {"distinct_2": "distinct-2", "clear": "left alone as clear", "rejected": "rejected by the guard"}
    _lines(probe, probed, {**names, "most_added_share": "most frequent addition"}, marker="o")
    probe.set(title="probe", ylim=(-0.02, 1.02))
    for axes in places.flat:
        axes.set_xlabel("step")
        axes.grid(alpha=0.3)
        if not axes.lines:
            axes.text(0.5, 0.5, "not measured in this run", ha="center", va="center", transform=axes.transAxes)
    figure.suptitle(found.run)
    figure.savefig(path, dpi=110)


def _plot_pairs(found: Inspection, loss: "Axes", likelihood: "Axes", ranking: "Axes") -> None:
    _lines(loss, found.log, {"loss": "loss", "rewards/margins": "margin", "rewards/accuracies": "reward accuracy"})
    loss.set_title("TRL's log")
    likely = [
        {"step": one.step, **asdict(one.likelihood), **_ranking(one.likelihood)}
        for one in found.checkpoints
        if one.likelihood
    ]
    _lines(likelihood, likely, {"chosen": "chosen", "rejected": "rejected"}, marker="o")
    likelihood.set_title("log-probability of the answers, nats")
    _lines(ranking, likely, {"accuracy": "ranking accuracy", "rewarded": "reward accuracy"}, marker="o")
    if found.idealised is not None:
        ranking.axhline(found.idealised, color="grey", linestyle="--", label="ranking accuracy of DPO's optimum")
        ranking.legend(fontsize=8)
    ranking.set(title="pairs in the right order", ylim=(-0.02, 1.02))


def _ranking(likelihood: Likelihood) -> dict[str, float]:
    return asdict(likelihood.ranking) if likelihood.ranking else {}


def _lines(axes: "Axes", rows: Sequence[dict[str, Any]], names: dict[str, str], **style: Any) -> None:
    for key, label in names.items():
        points = [(row["step"], row[key]) for row in rows if row.get(key) is not None]
        if points:
            axes.plot(*zip(*points, strict=True), label=label, **style)
    if axes.lines:
        axes.legend(fontsize=8)
