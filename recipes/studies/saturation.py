"""When is an instruction good enough? Gain by iteration, by clarity, and a threshold for leaving it alone.

    python recipes/studies/saturation.py

- Gain by iteration: of the search, and of P-Aligner refining its own refinement (Fig. 6).
- Gain by clarity: each question in three wordings, from sloppy to careful.
- Leave it alone: when the answer to the raw wording has at least reward t, nothing is refined. t is calibrated on a
  random half of the questions, by the learned reward alone, as the lowest that keeps `--keep` of the gain; the figures
  are those of the other half. It costs scoring the raw wording first, which a search does anyway.
"""

import math
import random
from collections.abc import Sequence
from statistics import fmean
from typing import Any, NamedTuple

from steps import (
    COLORS,
    EQUAL,
    SAMPLE,
    Exam,
    GrownTree,
    Record,
    begin,
    figures,
    finish,
    interval,
    options,
    outcomes,
    run,
    slashed,
    squashed,
    trees,
)

import p_aligner
from p_aligner import world


class Chance(NamedTuple):
    """To refine an instruction or to leave it alone: reward and gold before and after."""

    reward: float
    refined_reward: float
    gold: float
    refined_gold: float


def main() -> None:
    parser = options(__doc__, "runs/studies/saturation", questions=300, seeds=1)
    parser.add_argument("--journal", default=SAMPLE, help="trees (those of the bundled sample)")
    parser.add_argument("--times", type=int, default=4, help="refine again so often (4)")
    parser.add_argument("--keep", type=float, default=0.95, help="share of the gain that the threshold keeps (0.95)")
    given = parser.parse_args()
    begin(given.out, given)
    exam, grown = Exam(given.questions), trees(given.journal)
    found: Record = {"questions": given.questions, "trees": len(grown), "keep": given.keep}
    found["search"] = by_iteration(grown)
    found["again"] = figures(given.out / "again.json", lambda: _again(exam, given.times))
    found["clarity"] = figures(given.out / "clarity.json", lambda: _by_wording(exam))
    chances = figures(given.out / "chances.json", lambda: _chances(exam))
    found["leave alone"] = {
        "P-Aligner": leave_alone([Chance(*chance) for chance in chances], given.keep),
        "search": leave_alone([_chance(tree) for tree in grown], given.keep),
    }

    def draw(figure: Any) -> None:
        left, middle, right = figure.subplots(1, 3)
        steps = found["search"]
        for mark, color in (("reward", COLORS[0]), ("gold", COLORS[5])):
            left.plot([row["step"] for row in steps], [row[mark] for row in steps], color=color, label=mark)
            again = found["again"]
            middle.plot([row["times"] for row in again], [row[mark] for row in again], "o-", color=color, label=mark)
        left.set(xlabel="iterations of the search", ylabel="gain over the raw wording")
        middle.set(xlabel="times refined", xticks=[row["times"] for row in found["again"]], ylabel="mean")
        for label, color in zip(found["leave alone"], COLORS, strict=False):
            curve = found["leave alone"][label]["curve"]
            right.plot([p[0] for p in curve], [p[1] for p in curve], color=color, label=f"{label}, reward")
            right.plot([p[0] for p in curve], [p[2] for p in curve], "--", color=color, label=f"{label}, gold")
        right.set(xlabel="share left alone", ylabel="share of the gain kept")
        for axes in (left, middle, right):
            axes.legend(frameon=False, fontsize=7)

    finish(given.out, found, _tables(found), draw, size=(10, 3))


def by_iteration(grown: Sequence[GrownTree]) -> list[Record]:
    """Return by how much the best node so far (by reward) is better than the root, after each node of the trees."""
    rows = []
    for step in range(max(len(tree.nodes) for tree in grown)):
        best = [max(tree.nodes[: step + 1], key=lambda node: node["reward"]) for tree in grown]
        gains = {
            mark: [node[mark] - tree.nodes[0][mark] for node, tree in zip(best, grown, strict=True)]
            for mark in ("reward", "gold")
        }
        rows.append({"step": step, **{mark: round(fmean(values), 4) for mark, values in gains.items()}})
    return rows


def _again(exam: Exam, times: int) -> list[Record]:
    """Refine refinements: what is gained by each further pass."""
    rows: list[Record] = []
    texts = exam.raw
    for time in range(times + 1):
        refined = exam.refined(p_aligner.miniature("p-aligner"), texts)[0] if time else texts
        changed = fmean(new != old for new, old in zip(refined, texts, strict=True))
        marks, before = exam.marks(refined), exam.marks(texts)
        rows.append(
            {
                "times": time,
                "changed": round(changed, 4),
                "gold": round(fmean(marks.gold), 4),
                "reward": round(fmean(squashed(marks.reward)), 4),
                "words": round(fmean(len(text.split()) for text in refined), 1),
                "against the pass before": outcomes(before.gold, marks.gold),
            }
        )
        texts = refined
    return rows


def _by_wording(exam: Exam) -> list[Record]:
    rows = []
    for wording in world.WORDINGS:
        texts = [getattr(question, wording) for question in exam.questions]
        refined, rejected = exam.refined(p_aligner.miniature("p-aligner"), texts)
        before, after = exam.marks(texts), exam.marks(refined)
        gains = [new - old for new, old in zip(after.gold, before.gold, strict=True)]
        rows.append(
            {
                "wording": wording,
                "left alone": round(fmean(new == old for new, old in zip(refined, texts, strict=True)), 4),
                "rejected": round(rejected, 4),
                "gold before": round(fmean(before.gold), 4),
                "gold after": round(fmean(after.gold), 4),
                "gain": round(fmean(gains), 4),
                "interval": interval(gains),
                "by gold": outcomes(before.gold, after.gold),
            }
        )
    return rows


def _chances(exam: Exam) -> list[Chance]:
    before, after = exam.marks(exam.raw), exam.marks(exam.refined(p_aligner.miniature("p-aligner"))[0])
    rewards = squashed(before.reward), squashed(after.reward)
    return [Chance(*row) for row in zip(*rewards, before.gold, after.gold, strict=True)]


def _chance(tree: GrownTree) -> Chance:
    root, best = tree.nodes[0], tree.best
    return Chance(root["reward"], best["reward"], root["gold"], best["gold"])


def leave_alone(chances: Sequence[Chance], keep: float) -> Record:
    """Calibrate the threshold on one random half, measure on the other.

    Args:
        chances (sequence of `Chance`):
            Of all instructions.
        keep (`float`):
            Share of the gain in reward that must be kept on the half that calibrates.
    """
    shuffled = random.Random(0).sample(chances, len(chances))
    calibration, test = shuffled[::2], shuffled[1::2]
    candidates = [*sorted({chance.reward for chance in calibration}), math.inf]
    threshold = next(t for t in candidates if _kept(calibration, t)["gain in reward kept"] >= keep)
    curve = []
    for t in candidates:
        kept = _kept(test, t)
        curve.append([kept["left alone"], kept["gain in reward kept"], kept["gain in gold kept"]])
    return {"threshold": round(threshold, 4), **_kept(test, threshold), "curve": curve}


def _kept(chances: Sequence[Chance], threshold: float) -> Record:
    refined = [chance for chance in chances if chance.reward < threshold]
    alone = len(chances) - len(refined)

    def share(gain: float, whole: float) -> float:
        return round(gain / whole, 4) if whole else 1.0

    def losses(some: Sequence[Chance]) -> float:
        return round(sum(chance.refined_gold < chance.gold - EQUAL for chance in some) / len(chances), 4)

    return {
        "n": len(chances),
        "left alone": round(alone / len(chances), 4),
        "gain in reward kept": share(
            sum(chance.refined_reward - chance.reward for chance in refined),
            sum(chance.refined_reward - chance.reward for chance in chances),
        ),
        "gain in gold kept": share(
            sum(chance.refined_gold - chance.gold for chance in refined),
            sum(chance.refined_gold - chance.gold for chance in chances),
        ),
        "losses": losses(refined),
        "losses without threshold": losses(chances),
    }


def _tables(found: Record) -> dict[str, Sequence[Record]]:
    steps = [row for row in found["search"] if row["step"] in (0, 1, 2, 3, 5, 8, 11, 15, 20)]
    return {
        f"Gain by iteration of the search ({found['trees']} trees)": steps,
        f"P-Aligner, again and again ({found['questions']} questions)": [
            {**row, "against the pass before": slashed(row["against the pass before"])} for row in found["again"]
        ],
        f"Gain by clarity of the wording ({found['questions']} questions each)": [
            {**row, "by gold": slashed(row["by gold"])} for row in found["clarity"]
        ],
        f"Leaving alone, calibrated to keep {found['keep']:.0%} of the gain in reward": [
            {"refiner": name, **{key: value for key, value in row.items() if key != "curve"}}
            for name, row in found["leave alone"].items()
        ],
    }


if __name__ == "__main__":
    run(main)
