"""What do search trees say? The paper's open questions, on trees of your own, as tables of Markdown.

    python recipes/ultraprompt/study.py JOURNAL... [--reward MODEL ...] [--steps 2 11 20]

- Principles: in which category does which one raise the reward, and by how much (edges)?
- Saturation: does a wording that is good already gain less (Spearman's rho of the root's reward and the best gain)?
- Steps: what is lost when only nodes 0 to `max_steps` of a tree are taken (Table 3)?
- Chance: how much of a gain would noise alone bring? The best of as many draws from the root's own responses.
- Rewards: had another one scored the same responses, would the same nodes be best? Needs `--reward`.

Intervals are of 95 %, by bootstrap over trees.
"""

import argparse
import asyncio
import statistics
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.stats import bootstrap, spearmanr

from p_aligner.runtime.answers import rewards_of
from p_aligner.runtime.rewards import ClassifierReward, ClassifierSettings
from ultraprompt.rows.trees import FinishedTrees
from ultraprompt.search.tree import Node, Tree


_FEWEST = 5  # edges of a line
_DRAWS = 200
_AT_ONCE = 64


def _mean(values: Sequence[float]) -> str:
    """Print a mean with its interval."""
    if len(set(values)) < 2:
        return f"{statistics.fmean(values):.3f}" if values else "-"
    low, high = bootstrap((list(values),), np.mean, rng=0, n_resamples=2000, method="percentile").confidence_interval
    return f"{statistics.fmean(values):.3f} [{low:.3f}, {high:.3f}]"


def _table(title: str, *lines: Sequence[object]) -> None:
    print(f"\n**{title}**\n")
    for number, line in enumerate(lines):
        print(f"| {' | '.join(map(str, line))} |")
        if not number:
            print(f"|{'---|' * len(line)}")


def principles(trees: list[Tree]) -> None:
    """Which principle helps in which category, by edges."""
    gains = defaultdict(list)
    for tree in trees:
        for node in tree.nodes[1:]:
            assert node.parent is not None
            gains[tree.category, node.action].append(node.reward - node.parent.reward)
    lines = [
        (category, action, len(found), f"{100 * np.mean(np.array(found) > 0):.0f} %", _mean(found))
        for (category, action), found in sorted(gains.items(), key=lambda item: (item[0][0], -np.mean(item[1])))
        if len(found) >= _FEWEST
    ]
    _table("Principles, by edges", ("category", "principle", "edges", "better", "mean gain"), *lines)


def saturation(trees: list[Tree]) -> None:
    """Whether what is good already gains less; also because a lucky root has less to gain."""
    roots = np.array([tree.root.reward for tree in trees])
    gains = np.array([tree.best.reward - tree.root.reward for tree in trees])
    rho = spearmanr(roots, gains)
    edges = np.quantile(roots, [0, 1 / 3, 2 / 3, 1])
    lines = []
    for low, high in pairwise(edges):
        inside = (roots >= low) & (roots <= high)
        lines.append((f"{low:.2f} to {high:.2f}", inside.sum(), _mean(gains[inside].tolist())))
    _table(
        f"Saturation: Spearman's rho {rho.statistic:.2f} (p = {rho.pvalue:.1g})",
        ("reward of the seed", "trees", "gain of the best node"),
        *lines,
    )


def steps(trees: list[Tree], most: Sequence[int]) -> None:
    """What the first steps of a search find."""
    lines = []
    for count in most:
        kept = [tree.nodes[: count + 1] for tree in trees]
        gains = [max(node.reward for node in nodes) - nodes[0].reward for nodes in kept]
        margins = [max(n.reward for n in nodes) - min(n.reward for n in nodes) for nodes in kept]
        lines.append((count, _mean(gains), _mean(margins)))
    _table("Steps", ("nodes 0 to", "best less seed", "best less worst"), *lines)


def chance(trees: list[Tree]) -> None:
    """Compare the best of a tree with the best of as many means drawn from the seed's own responses."""
    rng = np.random.default_rng(0)
    found, drawn = [], []
    for tree in trees:
        own = np.array(tree.root.rewards)
        # Responses to one instruction differ; what the best of so many draws would reach is no merit of a wording.
        rests = [np.array(node.rewards) - node.reward for node in tree.nodes]
        spread = np.sqrt(sum((rest**2).sum() for rest in rests) / max(1, sum(len(rest) - 1 for rest in rests)))
        means = rng.normal(own.mean(), spread / np.sqrt(len(own)), size=(_DRAWS, len(tree.nodes)))
        found.append(tree.best.reward - tree.root.reward)
        drawn.append(float((means.max(axis=1) - means[:, 0]).mean()))
    lines = (("the trees", _mean(found)), ("the seed drawn again and again", _mean(drawn)))
    _table("Chance", ("best of", "gain"), *lines)


def rewards(trees: list[Tree], model: str) -> None:
    """Score all responses with another reward model, and see whether it chooses the same nodes."""
    judge = ClassifierReward(ClassifierSettings(reward="classifier", model=model, dtype="bfloat16"))
    gate = asyncio.Semaphore(_AT_ONCE)

    async def score(tree: Tree, node: Node) -> float:
        async with gate:
            return statistics.fmean(await rewards_of(judge, tree.root.instruction, list(node.responses)))

    async def all_scores() -> list[list[float]]:
        return [await asyncio.gather(*(score(tree, node) for node in tree.nodes)) for tree in trees]

    others = asyncio.run(all_scores())
    own = [[node.reward for node in tree.nodes] for tree in trees]
    pairs = list(zip(own, others, strict=True))
    same = [float(np.argmax(one) == np.argmax(other)) for one, other in pairs]
    by_chance = statistics.fmean(1 / len(one) for one in own)
    ranks = [float(spearmanr(one, other).statistic) for one, other in pairs if len(one) > 2]
    lost = [max(other) - other[np.argmax(one)] for one, other in pairs]
    lifted = [other[np.argmax(one)] - other[0] for one, other in pairs]
    lines = (
        ("the same node is best", f"{_mean(same)} (by chance {by_chance:.3f})"),
        ("Spearman's rho within a tree", _mean([rank for rank in ranks if not np.isnan(rank)])),
        ("gain of the best node, as this one sees it", _mean(lifted)),
        ("what it loses against this one's own best", _mean(lost)),
    )
    _table(f"Rewards: {Path(model).name}", ("what", "figure"), *lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("journals", nargs="+", metavar="JOURNAL")
    parser.add_argument("--reward", nargs="*", default=(), metavar="MODEL")
    parser.add_argument("--steps", nargs="*", type=int, default=(2, 5, 11, 20), metavar="NUMBER")
    options = parser.parse_args()
    trees = list(FinishedTrees(options.journals, mix_runs=True))
    print(f"{len(trees)} trees, {sum(len(tree.nodes) - 1 for tree in trees)} edges")
    for part in (principles, saturation, chance):
        part(trees)
    steps(trees, options.steps)
    for model in options.reward:
        rewards(trees, model)


if __name__ == "__main__":
    main()
