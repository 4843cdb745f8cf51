"""Which strategy finds better instructions at the same budget, and is the reward model gamed on the way?

    python tests/benchmarks/search.py [--recipe R.yaml] [--seeds 60] [--runs 3] [--iterations 20] [--output F.json]

Grows trees on questions of the miniature world that neither the responder nor the reward model was trained on, and
marks the responses of every node by rule (gold). The search itself sees the learned reward alone.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import correlation, fmean, stdev
from typing import Any

from p_aligner import world
from p_aligner.recipe import load
from ultraprompt.forest import Forest, SynthesisSettings
from ultraprompt.search import Models, Record
from ultraprompt.seeds import Seed


RECIPE = "recipes/ultraprompt/miniature.yaml"
STRATEGIES = ("mcts", "beam", "rejection", "random")
STEPS = (0, 2, 5, 11, 20)


class _Log:
    def __init__(self) -> None:
        self.written: list[Record] = []

    def records(self) -> Iterator[Record]:
        return iter(())

    async def append(self, record: Record) -> None:
        self.written.append(record)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default=RECIPE)
    parser.add_argument("--seeds", type=int, default=60)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--iterations", type=int, default=20)
    parser.add_argument("--strategies", nargs="+", default=STRATEGIES, choices=STRATEGIES)
    parser.add_argument("--output", metavar="F.json", help="also write the figures here")
    options = parser.parse_args()
    figures = asyncio.run(measure(options))
    text = json.dumps(figures, indent=2)
    print(text)
    if options.output:
        Path(options.output).write_text(text + "\n", encoding="utf-8")


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Grow the same seeds by every strategy; figures are means over seeds, [mean, deviation] over runs."""
    settings = load(SynthesisSettings, options.recipe, [])
    questions = list(islice(world.questions("evaluation", seed=7), options.seeds))
    seeds = [
        Seed(f"{number}", number, question.raw, question.category, "evaluation")
        for number, question in enumerate(questions)
    ]
    models = settings.load_models()
    found: dict[str, Any] = {"world": world.fingerprint(), "seeds": len(seeds), "runs": options.runs}
    try:
        found["gold of the careful wording"] = await _careful(questions, models, settings.search.responses)
        for strategy in options.strategies:
            runs = []
            started = time.perf_counter()
            for run in range(options.runs):
                changed = {"strategy": strategy, "iterations": options.iterations, "seed": run}
                search = settings.search.model_copy(update=changed)
                log = _Log()
                await Forest(seeds, models, settings.model_copy(update={"search": search}), log).grow()
                runs.append(_figures(seeds, log.written))
            found[strategy] = {name: _spread([run[name] for run in runs]) for name in runs[0]}
            found[strategy]["seconds of a run"] = round((time.perf_counter() - started) / options.runs, 1)
    finally:
        await models.close()
    return found


async def _careful(questions: list[world.Question], models: Models, n: int) -> float:
    async def gold(question: world.Question) -> float:
        replies = await models.responder.chat([{"role": "user", "content": question.careful}], n=n, seed=0)
        return fmean(world.gold(question.raw, reply.text) for reply in replies)

    return round(fmean(await asyncio.gather(*map(gold, questions))), 3)


def _figures(seeds: list[Seed], records: list[Record]) -> dict[str, float]:
    """Figures of one run over all its trees."""
    steps: dict[str, list[Record]] = {seed.id: [] for seed in seeds}
    for record in records:
        if record["type"] in ("node", "rejected"):
            steps[record["id"]].append(record)
    trees = []
    for seed in seeds:
        for step in steps[seed.id]:
            if step["type"] == "node":
                step["reward"] = fmean(step["rewards"])
                step["gold"] = fmean(world.gold(seed.instruction, text) for text in step["responses"])
        trees.append(steps[seed.id])
    figures: dict[str, float] = {}
    for count in STEPS:
        # The root comes before the first iteration; rejected rewrites are iterations, too.
        best = [_best(tree[: count + 1]) for tree in trees]
        figures[f"reward after {count}"] = fmean(node["reward"] for node in best)
        figures[f"gold after {count}"] = fmean(node["gold"] for node in best)
    figures["best gold in the tree"] = fmean(max(node["gold"] for node in _nodes(tree)) for tree in trees)
    edges = [(_nodes(tree)[node["parent"]], node) for tree in trees for node in _nodes(tree)[1:]]
    figures["improving edges"] = fmean(child["reward"] > parent["reward"] for parent, child in edges)
    figures["improving edges that improve gold"] = fmean(
        child["gold"] > parent["gold"] for parent, child in edges if child["reward"] > parent["reward"]
    )
    figures["improving edges that lower gold"] = fmean(
        child["gold"] < parent["gold"] for parent, child in edges if child["reward"] > parent["reward"]
    )
    figures["rejected rewrites"] = fmean(step["type"] == "rejected" for tree in trees for step in tree[1:])
    gains = [(_best(tree)["reward"] - tree[0]["reward"], _best(tree)["gold"] - tree[0]["gold"]) for tree in trees]
    figures["chosen nodes that lower gold"] = fmean(gold < 0 for _, gold in gains)
    figures["correlation of the gains in reward and gold"] = correlation(*map(list, zip(*gains, strict=True)))
    return figures


def _nodes(tree: list[Record]) -> list[Record]:
    return [step for step in tree if step["type"] == "node"]


def _best(tree: list[Record]) -> Record:
    return max(_nodes(tree), key=lambda node: node["reward"])


def _spread(values: list[float]) -> list[float]:
    return [round(fmean(values), 3), round(stdev(values), 3) if len(values) > 1 else 0.0]


if __name__ == "__main__":
    main()
