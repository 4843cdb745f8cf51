"""Does the choice game its reward model, and what helps? One model against ensembles, and three transforms.

    python recipes/studies/hacking.py

Three small reward models are trained on different pairs. Trees are grown on questions that none of them has seen, with
random growth, so that no reward model has guided them. Then each way of scoring picks the best node among the first k
of every tree, and the rule of the world (gold) says what that choice is worth: where the score goes on growing with k
and gold does not, the model is gamed. At last some ways make training rows, and P-Aligners are trained on these.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import Any

from steps import (
    COLORS,
    EQUAL,
    Exam,
    GrownTree,
    Record,
    begin,
    build,
    figures,
    finish,
    grow,
    interval,
    once,
    options,
    run,
    slashed,
    train,
    trees,
)

import p_aligner
from p_aligner.evaluation.intervals import spearman
from p_aligner.jsonl import dump_row
from p_aligner.rewards import ClassifierReward, ClassifierSettings, EnsembleReward, EnsembleSettings, transformed
from ultraprompt.miniature import preferences


MEMBERS = 3
EMBEDDED = "embedded"
LENGTH_PENALTY = 1.0  # of the raw score, for each 100 words of an answer
K = (1, 2, 4, 8, 12, 16, 21)
TRAINED = ("one small model", "mean - std of three")

Scores = dict[str, list[list[list[float]]]]  # by model: raw scores of each response of each node of each tree
Way = Callable[[dict[str, float], str], float]  # from the raw scores of an answer, by model, and the answer


def main() -> None:
    parser = options(__doc__, "runs/studies/hacking", questions=300, seeds=1)
    parser.add_argument("--trees", type=int, default=120, help="how many to grow (120)")
    parser.add_argument("--pairs", type=int, default=1200, help="to train each small reward model with (1200)")
    parser.add_argument("--steps", type=int, help="of the P-Aligners' training (as in recipes/studies/sft.yaml)")
    given = parser.parse_args()
    out: Path = given.out
    begin(out, given)
    models = {EMBEDDED: Path(p_aligner.miniature("reward"))}
    models |= {f"small {number}": _member(out, number, given.pairs) for number in range(1, MEMBERS + 1)}
    seeds = f"[{{miniature: evaluation, count: {given.trees}, seed: 21}}]"
    journal = grow(out / "trees.jsonl", "--seeds.sources", seeds, "--search.strategy", "random")
    grown = trees(journal)
    scores: Scores = {
        name: figures(out / f"scores-{name.replace(' ', '-')}.json", partial(_score, path, grown))
        for name, path in models.items()
    }
    ways = all_ways()
    found: Record = {"trees": len(grown), "pairs of a small model": given.pairs, "ways": {}}
    for name, way in ways.items():
        found["ways"][name] = measure(grown, rewards_by(way, scores, grown))

    exam = Exam(given.questions)
    found["trained"] = []
    for name in TRAINED:
        place = out / name.replace(" ", "-")

        def trained(place: Path = place, name: str = name) -> Record:
            rescored = once(
                place / "trees.jsonl", lambda new: _rescore(journal, new, rewards_by(ways[name], scores, grown))
            )
            data = build(place / "data", [rescored])
            told: dict[str, Any] = {"dataset_name": data, **({"max_steps": given.steps} if given.steps else {})}
            model = train("sft", "recipes/studies/sft.yaml", place / "model", **told)
            return {"rows of": name, **exam.examined(model)}

        found["trained"].append(figures(place / "result.json", trained))
    _write(out, found)


def all_ways() -> dict[str, Way]:
    """Return the ways to make a reward of an answer's raw scores."""

    def single(model: str, **how: Any) -> Way:
        settings = ClassifierSettings(reward="classifier", model=model, **how)
        return lambda raw, answer: transformed(raw[model], answer, settings)

    def ensemble(combine: str, k: float = 1.0) -> Way:
        names = [f"small {number}" for number in range(1, MEMBERS + 1)]
        members = [{"reward": "classifier", "model": name} for name in names]
        settings = EnsembleSettings.model_validate(
            {"reward": "ensemble", "members": members, "combine": combine, "k": k}
        )
        model = EnsembleReward((), settings)  # what combines needs no models
        ways = {name: single(name) for name in names}
        return lambda raw, answer: model.combine({name: [way(raw, answer)] for name, way in ways.items()})[0]

    ways = {"one small model": single("small 1")}
    ways |= {"its raw score": single("small 1", transform="none")}
    ways |= {"its log-sigmoid": single("small 1", transform="log-sigmoid")}
    ways |= {"its raw score, less length": single("small 1", transform="none", length_penalty=LENGTH_PENALTY)}
    ways |= {"mean of three": ensemble("mean"), "minimum of three": ensemble("min")}
    ways |= {"mean - std of three": ensemble("mean-std"), "mean - 3 std of three": ensemble("mean-std", 3.0)}
    return ways | {"the embedded model": single(EMBEDDED)}


def rewards_by(way: Way, scores: Scores, grown: Sequence[GrownTree]) -> list[list[list[float]]]:
    """Return the rewards of all responses, by tree and node."""
    return [
        [
            [
                way({name: each[t][n][r] for name, each in scores.items()}, answer)
                for r, answer in enumerate(node["responses"])
            ]
            for n, node in enumerate(tree.nodes)
        ]
        for t, tree in enumerate(grown)
    ]


def measure(grown: Sequence[GrownTree], rewards: Sequence[Sequence[Sequence[float]]]) -> Record:
    """Say what the best node by these rewards is worth, among the first k of each tree and among all."""
    means = [[fmean(node) for node in tree] for tree in rewards]
    curve = []
    for k in K:
        best = [max(range(len(tree[:k])), key=lambda n, tree=tree: tree[n]) for tree in means]  # type: ignore[misc]
        gold = [tree.nodes[n]["gold"] for tree, n in zip(grown, best, strict=True)]
        curve.append({"k": k, "score": fmean(m[n] for m, n in zip(means, best, strict=True)), "gold": fmean(gold)})
    chosen = [tree.nodes[max(range(len(mine)), key=mine.__getitem__)] for tree, mine in zip(grown, means, strict=True)]
    gains = [node["gold"] - tree.nodes[0]["gold"] for node, tree in zip(chosen, grown, strict=True)]
    ranks = [spearman(mine, [node["gold"] for node in tree.nodes]) for mine, tree in zip(means, grown, strict=True)]
    return {
        "gold": round(fmean(node["gold"] for node in chosen), 4),
        "interval": interval([node["gold"] for node in chosen]),
        "best gold in the trees": round(fmean(max(node["gold"] for node in tree.nodes) for tree in grown), 4),
        "choices below the raw wording": round(fmean(gain < -EQUAL for gain in gains), 4),
        "rank correlation in a tree": round(fmean(rank for rank in ranks if rank is not None), 4),
        "words of an answer": round(fmean(len(text.split()) for node in chosen for text in node["responses"]), 1),
        "curve": curve,
    }


def _member(out: Path, number: int, count: int) -> Path:
    """Train a small reward model on pairs that the others have not seen."""

    def write(folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        rows = [
            {
                "prompt": [{"role": "user", "content": pair.instruction}],
                "chosen": [{"role": "assistant", "content": pair.chosen}],
                "rejected": [{"role": "assistant", "content": pair.rejected}],
            }
            for pair in islice(preferences("reward", seed=600 + number), count)
        ]
        (folder / "train.jsonl").write_text("".join(dump_row(row) + "\n" for row in rows), "utf-8")

    pairs = once(out / f"member-{number}" / "pairs", write)
    place = out / f"member-{number}" / "model"
    return train("reward", "recipes/studies/reward.yaml", place, dataset_name=pairs, seed=number)


def _score(model: Path, grown: Sequence[GrownTree]) -> list[list[list[float]]]:
    """Score all responses of all nodes as answers to the seed, with the raw score of a model."""
    settings = ClassifierSettings(reward="classifier", model=str(model), transform="none")
    chats = [
        [{"role": "user", "content": tree.instruction}, {"role": "assistant", "content": text}]
        for tree in grown
        for node in tree.nodes
        for text in node["responses"]
    ]
    scores = iter(asyncio.run(ClassifierReward(settings).score(chats)))
    return [[[round(next(scores), 4) for _ in node["responses"]] for node in tree.nodes] for tree in grown]


def _rescore(journal: Path, path: Path, rewards: Sequence[Sequence[Sequence[float]]]) -> None:
    """Copy a journal with other rewards; trees are in the order of `trees`."""
    order = {tree.id: mine for tree, mine in zip(trees(journal), rewards, strict=True)}
    with journal.open(encoding="utf-8") as lines, path.open("w", encoding="utf-8") as file:
        for line in lines:
            record = json.loads(line)
            if record["type"] == "node":
                record["rewards"] = order[record["id"]][record["node"]]
            file.write(dump_row(record) + "\n")


def _write(out: Path, found: Record) -> None:
    rows = [
        {"chosen by": name, **{key: value for key, value in row.items() if key != "curve"}}
        for name, row in found["ways"].items()
    ]
    trained = [
        {
            "rows of": row["rows of"],
            "gold": row["gold"],
            "learned reward": row["reward"],
            "win / tie / lose by gold": slashed(row["by gold"]),
            "rejected": row["rejected"],
        }
        for row in found["trained"]
    ]

    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2)
        for number, (name, row) in enumerate(found["ways"].items()):
            color, line = COLORS[number % len(COLORS)], "-" if number < len(COLORS) else "--"
            ks = [point["k"] for point in row["curve"]]
            left.plot(ks, [point["gold"] for point in row["curve"]], line, color=color, label=name)
        left.set(xlabel="nodes to choose from", ylabel="gold of the choice")
        left.legend(frameon=False, fontsize=6)
        names = list(found["ways"])
        right.barh(names, [found["ways"][name]["choices below the raw wording"] for name in names], color=COLORS[0])
        right.invert_yaxis()
        right.tick_params(labelsize=7)
        right.set_xlabel("share of choices worse than the raw wording, by gold")

    size = f"{found['trees']} trees; small models of {found['pairs of a small model']} pairs"
    tables = {
        f"What each reward chooses ({size})": rows,
        "P-Aligners trained on such choices": trained,
    }
    finish(out, found, tables, draw, size=(10, 3.6))


if __name__ == "__main__":
    run(main)
