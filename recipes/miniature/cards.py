"""Write the model cards and learning curves of the embedded models, from what was measured.

    python recipes/miniature/cards.py runs/miniature runs/miniature/models [NAME...] [--embedded]

Reads `measured/NAME.json` (written by tests/benchmarks/miniature.py) and the metrics of the runs. No figure is typed
in. Without names all four cards are written. `--embedded`: these are the weights of the package, whose history is
longer than `make miniature`.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.figure import Figure

from p_aligner.errors import InputError


@dataclass(frozen=True)
class Model:
    """What a card says that is not measured."""

    title: str
    purpose: str
    task: str
    runs: tuple[str, ...]
    use: str
    remark: str = ""
    history: str = ""  # of the embedded weights


MODELS = {
    "p-aligner": Model(
        "P-Aligner, miniature",
        "Refines an instruction in one pass: mends typos and rudeness, adds what is missing, leaves good ones alone.",
        "text-generation",
        ("rewriter", "p-aligner", *map("p-aligner-{}".format, "2 3 4a 4b 5a 5b sft sft-4 sft-5".split())),
        'pipeline("instruction-refinement", model=p_aligner.miniature("p-aligner"))("tell me about inflation")',
        history="After its second run `make miniature` goes to SFT; these weights went on before it. Each numbered "
        "run starts from the one before, or from the mean of its a and b; SFT began at the means of 4 and of 5, and "
        "the weights are the mean of what it made. `recipes/README.md` has the commands. The corpus grew between the "
        "runs: only those called 5 saw all of its harmless clauses.",
    ),
    "singlepo": Model(
        "SinglePO, miniature",
        "Rewrites an instruction by one alignment principle, one of the paper's ten or one of your own.",
        "text-generation",
        ("rewriter", "singlepo"),
        'rewrite = pipeline("instruction-rewriting", model=p_aligner.miniature("singlepo"))\n'
        'rewrite("tell me about inflation", principle="Factuality Enhancement")',
        "It hardly understands principles of your own: many of the sentences it adds for them are clumsy or say "
        "something else.",
        "The corpus grew while this model was trained: only its last run saw instructions that were rewritten before, "
        "as a search makes them. The curves are of that run.",
    ),
    "responder": Model(
        "Responder, miniature",
        "Answers questions of the miniature world (`p_aligner.world`) only; how well depends on their wording.",
        "text-generation",
        ("responder",),
        'pipeline("text-generation", model=p_aligner.miniature("responder"))'
        '([{"role": "user", "content": "What is 7+5-3? Show each step."}])',
    ),
    "reward": Model(
        "Reward model, miniature",
        "Scores answers to questions of the miniature world. Trained on pairs that a rule labelled.",
        "text-classification",
        ("responder", "reward"),
        'AutoModelForSequenceClassification.from_pretrained(p_aligner.miniature("reward"))',
    ),
}


def main(arguments: list[str]) -> None:
    embedded = "--embedded" in arguments
    arguments = [argument for argument in arguments if argument != "--embedded"]
    if len(arguments) < 2 or not set(arguments[2:]) <= set(MODELS):
        raise InputError(f"give two folders and maybe names of {', '.join(MODELS)}: cards.py RUNS MODELS [NAME...]")
    runs, models = map(Path, arguments[:2])
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, trim_blocks=True, autoescape=False
    )
    template = environment.get_template("card.md.jinja")
    for name in arguments[2:] or MODELS:
        model = MODELS[name]
        measured = _read(runs / f"measured/{name}.json")[name]
        curves = {run: list(_curve(runs / run)) for run in model.runs if (runs / run).exists()}
        _plot(curves, models / name / "learning.png")
        card = template.render(
            name=name,
            model=model,
            remark=" ".join(filter(None, (model.remark, model.history if embedded else ""))),
            parameters=_parameters(models / name),
            runs=[_run(run, points) for run, points in curves.items()],
            figures=list(_flat(measured)),
        )
        (models / name / "README.md").write_text(card + "\n", encoding="utf-8")


def _read(path: Path) -> Any:
    if not path.exists():
        raise InputError(f"{path} is missing; `make miniature` writes it")
    return json.loads(path.read_text(encoding="utf-8"))


def _curve(run: Path) -> Iterator[dict[str, float]]:
    """Yield step, loss and seconds: of our own loop from its metrics, of TRL's from its trainer state."""
    if (run / "metrics.jsonl").exists():
        tokens = 0
        for line in (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            tokens += row["tokens"]
            yield {"tokens": tokens, "loss": row["loss"], "accuracy": row["token_accuracy"], "seconds": row["seconds"]}
        return
    states = sorted(run.glob("checkpoint-*/trainer_state.json"), key=lambda path: path.stat().st_mtime)
    if not states:
        raise InputError(f"{run} holds no metrics; train it first")
    for row in _read(states[-1])["log_history"]:
        if "loss" in row:
            accuracy = row.get("accuracy", row.get("mean_token_accuracy"))
            yield {"tokens": row["num_tokens"], "loss": row["loss"], "accuracy": accuracy, "seconds": 0.0}


def _run(name: str, points: list[dict[str, float]]) -> dict[str, Any]:
    return {
        "name": name,
        "tokens": f"{points[-1]['tokens'] / 1e6:.1f}",
        "minutes": round(sum(point["seconds"] for point in points) / 60),
        "loss": f"{points[-1]['loss']:.4g}",
        "accuracy": f"{points[-1]['accuracy']:.4g}",
    }


def _plot(curves: dict[str, list[dict[str, float]]], path: Path) -> None:
    figure = Figure(figsize=(10, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    for run, points in curves.items():
        tokens = [point["tokens"] / 1e6 for point in points]
        left.plot(tokens, [point["loss"] for point in points], label=run)
        right.plot(tokens, [point["accuracy"] for point in points], label=run)
    for axes, title in ((left, "training loss"), (right, "accuracy on the training stream")):
        axes.set(xlabel="million tokens", title=title)
        axes.grid(alpha=0.3)
    figure.legend(*left.get_legend_handles_labels(), loc="outside right center")
    figure.savefig(path, dpi=110)


def _parameters(folder: Path) -> str:
    # Two bytes each.
    return f"{(folder / 'model.safetensors').stat().st_size / 2e6:.1f} M"


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _flat(entry, f"{name}, {key}" if name else str(key))
    else:
        yield name.replace("_", " "), value


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(f"cards: {error}")
