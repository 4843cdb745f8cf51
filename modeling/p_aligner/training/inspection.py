"""What the checkpoints of a training run learned, and what they lost on the way; also while it still runs.

Reads TRL's trainer state, and tries each checkpoint on pairs of the run's own data and on a fixed probe of
instructions. Loads weights from safetensors only; TRL's pickled files are never opened. Needs the extra `train`.
"""

import hashlib
import json
import math
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import cycle
from pathlib import Path
from statistics import fmean
from typing import Any

import yaml
from pydantic import TypeAdapter

from .. import changes
from ..errors import InputError, first_line
from ..instructions import ALREADY_CLEAR, is_rejected, outcome_of
from ..principles import PAPER_PRINCIPLES
from ..store.rows import read_object
from ..store.whole import write_whole
from . import curves, online, recipes
from .checks import Check


PROBE = Path(__file__).parent / "probe.txt"
PAIRS = 64
REPORT, PICTURE = "inspection.json", "inspection.png"

# Where alarms begin. Of the probe: a collapsed model adds one sentence to whatever it reads.
MOST_UNPARSABLE = 0.05
MOST_OF_ONE_SENTENCE = 0.25
LEAST_OF_DISTINCT = 0.7  # of what the start model has
MOST_LOST = 0.1  # nats per token of the chosen answers
# What a run has to have gained by some measure, or it learned nothing that can be told from chance.
LEAST_GAINED = 0.01  # nats per token of the chosen answers
LEAST_RANKED = 0.02  # of the pairs, now in the right order
LEAST_MARGIN = 0.05  # of DPO's implicit reward; a loss of 0.67, where it begins with 0.69
LEAST_OF_LOSS = 0.01  # of the first that was logged


@dataclass(frozen=True)
class Ranking:
    """How the two answers of a pair compare; means over the pairs."""

    rejected: float  # log-probability of the rejected answer, in nats
    accuracy: float  # share of the pairs whose chosen answer is the more likely one
    margin: float  # DPO's implicit reward of the chosen answer above that of the rejected one
    rewarded: float  # share of the pairs whose margin is positive: the accuracy that TRL logs


@dataclass(frozen=True)
class Likelihood:
    """How likely a model finds the chosen answers (the completions, where there are no pairs), in nats."""

    chosen: float  # mean log-probability of an answer
    per_token: float  # and of a token
    ranking: Ranking | None = None  # where the rows are pairs


@dataclass(frozen=True)
class Probe:
    """What a model makes of the probe; shares of all its instructions."""

    unparsable: float  # output without markers
    rejected: float  # turned down by the guard, for any reason
    clear: float  # left alone as already clear
    most_added: str  # the sentence that is added most often
    most_added_share: float
    distinct_2: float  # of the refined instructions


@dataclass(frozen=True)
class Checkpoint:
    """What was measured of one checkpoint; step 0 is the model that the run began with."""

    step: int
    stamp: str
    likelihood: Likelihood | None  # `None` where the data has no answers
    probe: Probe


@dataclass
class Inspection:
    """What is known of a run, as `inspection.json` holds it."""

    run: str  # its folder
    recipe: str | None
    trainer: str | None
    step: int  # of the newest whole checkpoint
    steps: int  # of the whole run
    resume: str  # the command that goes on with it
    # Ranking accuracy that DPO's optimum would have on these pairs (Chen et al. 2024, "Preference learning algorithms
    # do not learn preference rankings", theorem 3.1).
    idealised: float | None = None
    rows: str = ""  # what stands for the rows that were measured: other ones cannot be compared with
    log: list[dict[str, Any]] = field(default_factory=list)  # TRL's own
    # By step. Those that TRL has deleted since an earlier inspection are still here.
    checkpoints: list[Checkpoint] = field(default_factory=list)


def inspect(run: str | Path, *, recipe: str | Path | None = None, pairs: int = PAIRS) -> Inspection:
    """Measure what is new in a run; write `inspection.json` and `inspection.png` into its folder.

    Args:
        run: the run's `output_dir`, while it trains or later.
        recipe: by default the one below `recipes/` that has this `output_dir`. Without one only TRL's log is read.
        pairs: rows of the data whose log-probabilities are computed, at most.

    Raises:
        InputError: the folder holds no whole checkpoint; the recipe, its data or its models cannot be read.
    """
    folder = Path(run)
    states = _states(folder)
    newest = max(states)
    state = read_object(states[newest])
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
    if parts and parts.trainer != "reward":
        _measure(parts, states, folder / REPORT, pairs, found)
    write_whole(folder / REPORT, json.dumps(asdict(found), indent=2) + "\n")
    curves.plot(found, folder / PICTURE)
    return found


def check_run(found: Inspection) -> Iterator[Check]:
    """Say in words what stands out; `passed` is `False` for what should be looked at before the run goes on."""
    made_by = f", trl {found.trainer}, {found.recipe}" if found.recipe else ""
    yield Check("run", True, f"step {found.step:,} of {found.steps:,}{made_by}")
    if not found.recipe:
        yield Check("recipe", True, "not found below recipes/: name it by --recipe for accuracies and the probe")
    learned, text = _learned(found)
    if not learned:
        when = " yet" if found.step < found.steps else "; train for longer, or at a higher rate"
        yield Check("learned", False, f"nothing{when}: {text}")
    # Where nothing was learned, what did not change is no news.
    yield from (check for check in _on_everything(found) if learned or not check.passed)


def _learned(found: Inspection) -> tuple[bool, str]:
    """Say whether there is a gain by any measure of those that were taken, and what they say."""
    gains, texts = [], []
    first, last = (found.checkpoints[0], found.checkpoints[-1]) if found.checkpoints else (None, None)
    if first and last and first.likelihood and last.likelihood:
        gained = last.likelihood.per_token - first.likelihood.per_token
        gains.append(gained >= LEAST_GAINED)
        texts.append(f"chosen answers {gained:+.3f} nats per token")
        old, new = first.likelihood.ranking, last.likelihood.ranking
        if old and new:
            gains += [new.accuracy - old.accuracy >= LEAST_RANKED, new.margin >= LEAST_MARGIN]
            texts += [
                f"pairs in the right order {old.accuracy:.1%}, now {new.accuracy:.1%}",
                f"margin {new.margin:+.3f}",
            ]
    elif rewards := [row["reward"] for row in found.log if "reward" in row]:
        gains.append(online.is_better(found.log))
        texts.append(f"reward {rewards[0]:.3f} at first, {rewards[-1]:.3f} now")
    elif len(losses := [row["loss"] for row in found.log if "loss" in row]) > 1:
        quarter = max(1, len(losses) // 4)
        before, now = fmean(losses[:quarter]), fmean(losses[-quarter:])
        gains.append(now < (1 - LEAST_OF_LOSS) * before)
        texts.append(f"loss {before:.3f} at first, {now:.3f} now")
    return any(gains) or not texts, ", ".join(texts)


def _on_everything(found: Inspection) -> Iterator[Check]:
    losses = [row["loss"] for row in found.log if "loss" in row]
    if losses:
        finite = all(map(math.isfinite, losses))
        text = f"{losses[0]:.3f} at first, {losses[-1]:.3f} now"
        yield Check.advised("loss", finite, text, "; not a number: lower the learning rate")
    yield from online.check_log(found.log)
    margins = [row["rewards/margins"] for row in found.log if "rewards/margins" in row]
    if margins:
        yield Check("margin in TRL's log", margins[-1] > 0, f"{margins[0]:+.2f} at first, {margins[-1]:+.2f} now")
    if found.checkpoints:
        first, last = found.checkpoints[0], found.checkpoints[-1]
        if first.likelihood and last.likelihood:
            yield from _on_likelihood(first.likelihood, last.likelihood, found.idealised)
        else:
            yield Check("answers", True, "the data has none: how likely they are is not measured")
        yield from _on_probe(first.probe, last.probe)


def _on_likelihood(first: Likelihood, last: Likelihood, idealised: float | None) -> Iterator[Check]:
    lost = first.per_token - last.per_token
    text = f"{first.chosen:.1f} nats at first, {last.chosen:.1f} now"
    advice = f" ({lost:.2f} less per token): use a lower rate, fewer steps, or an SFT term as rpo has"
    yield Check.advised("chosen answers", lost <= MOST_LOST, text, advice)
    before, now = first.ranking, last.ranking
    if before and now:
        yield Check("rejected answers", True, f"{before.rejected:.1f} nats at first, {now.rejected:.1f} now")
        yield Check("implicit reward", True, f"margin {now.margin:+.2f}, right in {now.rewarded:.1%} of the pairs")
        text = f"{before.accuracy:.1%} at first, {now.accuracy:.1%} now"
        text += f"; the optimum of DPO would have {idealised:.1%}" if idealised is not None else ""
        yield Check("ranking accuracy", now.accuracy >= before.accuracy, text)


def _on_probe(first: Probe, last: Probe) -> Iterator[Check]:
    text = f"{first.unparsable:.1%} at first, {last.unparsable:.1%} now; {last.rejected:.1%} rejected by the guard"
    few = last.unparsable <= max(MOST_UNPARSABLE, first.unparsable)
    yield Check.advised("unparsable output", few, text, ": the end marker is being unlearned")
    text = f"{first.clear:.1%} at first, {last.clear:.1%} now"
    yield Check.advised("left alone as clear", last.clear < 1, text, ": it refines nothing")
    text = f"distinct-2 {first.distinct_2:.2f} at first, {last.distinct_2:.2f} now; most added, to "
    text += f"{last.most_added_share:.1%}: {last.most_added!r:.70}"
    varied = (
        last.most_added_share <= max(MOST_OF_ONE_SENTENCE, first.most_added_share)
        and last.distinct_2 >= LEAST_OF_DISTINCT * first.distinct_2
    )
    yield Check.advised("variety", varied, text, ": the outputs collapse into one template")


def _states(folder: Path) -> dict[int, Path]:
    """Find the whole checkpoints; TRL writes the state last."""
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}; give the output_dir of a training run")
    states = {
        int(step): path
        for path in folder.glob("checkpoint-*/trainer_state.json")
        if (step := path.parent.name.removeprefix("checkpoint-")).isdecimal()
    }
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


def _earlier(report: Path, rows: str) -> list[Checkpoint]:
    """Read what an earlier inspection measured on the same rows; a report that cannot be read is measured anew."""
    try:
        known = read_object(report)
        return TypeAdapter(list[Checkpoint]).validate_python(known["checkpoints"]) if known["rows"] == rows else []
    except (ValueError, KeyError):
        return []


def _measure(
    parts: recipes.TrainingRecipe, states: dict[int, Path], report: Path, pairs: int, found: Inspection
) -> None:
    """Measure the start model and the checkpoints that are new, the start model first: margins refer to it."""
    start = parts.model.model_name_or_path
    rows, reference = None, []
    sides: list[list[recipes.Example]] = []
    if has_answers := parts.trainer != "grpo":
        rows, sides, wrong = recipes.some_of(recipes.load_rows(parts), pairs, parts, recipes.load_tokenizer(parts))
        if wrong:
            raise InputError(f"{len(wrong):,} of {len(rows) + len(wrong):,} rows cannot be trained on, {wrong[0]}")
        reference = _log_probabilities(start, sides)
    folders = {0: start, **{step: str(path.parent) for step, path in states.items()}}
    found.rows = hashlib.sha256(f"{start} {[[one.whole for one in row] for row in sides]}".encode()).hexdigest()[:12]
    earlier = _earlier(report, found.rows)
    known = {one.step: one for one in earlier if one.step not in folders or one.stamp == _stamp(folders[one.step])}
    for step, folder in sorted(folders.items()):
        if step not in known:
            likelihood = None
            if has_answers:
                values = _log_probabilities(folder, sides) if step else reference
                likelihood = _likelihood(values, reference, sides, beta=getattr(parts.training, "beta", 0.0))
            known[step] = Checkpoint(step, _stamp(folder), likelihood, _probe(folder, parts))
    found.checkpoints = [known[step] for step in sorted(known)]
    found.idealised = _idealised(rows, reference, parts.training.beta) if parts.trainer == "dpo" else None


def _stamp(folder: str) -> str:
    """Identify the weights of a folder without reading them."""
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
        answer = torch.tensor(example.answer, dtype=torch.long, device=device)
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
    per_token = sum(chosen) / max(1, sum(len(row[0].answer) for row in sides))
    ranking = None
    if len(values[0]) > 1:
        gaps, old_gaps = ([row[0] - row[1] for row in rows] for rows in (values, reference))
        margins = [beta * (gap - old) for gap, old in zip(gaps, old_gaps, strict=True)]
        ranking = Ranking(
            rejected=round(fmean(row[1] for row in values), 3),
            accuracy=_share(gap > 0 for gap in gaps),
            margin=round(fmean(margins), 4),
            rewarded=_share(margin > 0 for margin in margins),
        )
    return Likelihood(round(fmean(chosen), 3), round(per_token, 4), ranking)


def _share(verdicts: Iterable[bool]) -> float:
    return round(fmean(verdicts), 4)


def _idealised(rows: Any, reference: list[list[float]], beta: float) -> float | None:
    """Compute the ranking accuracy of DPO's optimum, whose log-odds are ref(chosen) - ref(rejected) + logit / beta.

    By Bradley and Terry the logit is the difference of the two rewards, which UltraPrompt's rows hold.
    """
    if not {"chosen_reward", "rejected_reward"} <= set(rows.column_names) or not beta:
        return None
    margins = [row["chosen_reward"] - row["rejected_reward"] for row in rows]
    return _share(old[0] - old[1] + margin / beta > 0 for old, margin in zip(reference, margins, strict=True))


def _probe(folder: str, parts: recipes.TrainingRecipe) -> Probe:
    from ..pipelines import PAlignerPipeline, SinglePORewriter
    from ..runtime.refiner import load_pipeline

    inputs = [{"instruction": text} for text in PROBE.read_text(encoding="utf-8").splitlines()]
    kind: Any = PAlignerPipeline
    if "single-step" in [parts.script.dataset_config, *(part.name for part in parts.mixture.datasets)]:
        kind, names = SinglePORewriter, cycle(principle.name for principle in PAPER_PRINCIPLES)
        inputs = [{**given, "principle": next(names)} for given in inputs]
    records = load_pipeline(kind, folder)(inputs, batch_size=16)
    outputs = [(record["instruction"], record["refined_instruction"]) for record in records]
    ((sentence, share),) = changes.most_added(outputs) or [("", 0.0)]
    return Probe(
        unparsable=_share(outcome_of(record) in ("unparsable", "unfinished") for record in records),
        rejected=_share(map(is_rejected, records)),
        clear=_share(outcome_of(record) == ALREADY_CLEAR for record in records),
        most_added=sentence,
        most_added_share=round(share, 4),
        distinct_2=round(changes.distinct((refined for _, refined in outputs), 2), 4),
    )
