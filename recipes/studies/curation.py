"""Which pairs of a search make the better P-Aligner? Table 3 of the paper, and the questions of Kim et al. 2024.

    python recipes/studies/curation.py depth    # trees cut at 2, 11 and all steps, and random selection (Table 3)
    python recipes/studies/curation.py pairs    # rejection sampling, siblings, contrast, difficulty (arXiv 2412.15282)

Every arm is trained from the same rewriter, which has seen no search, on as many rows as the others, once for each
seed; then it refines unseen questions. `depth` trains by SFT on what a tree chooses, `pairs` by DPO with an SFT term,
because what it asks about is the pair. The trees are those of the bundled sample; those of rejection sampling are
grown on the same seeds at the same budget.
"""

from pathlib import Path
from statistics import fmean
from typing import Any

from pyarrow import parquet
from steps import (
    COLORS,
    SAMPLE,
    START,
    Exam,
    Record,
    begin,
    build,
    figures,
    finish,
    grow,
    options,
    run,
    spread,
    train,
    trees,
)


# What each arm tells `ultraprompt build`; "journal": other trees than those of the others.
ARMS: dict[str, dict[str, Record]] = {
    "depth": {
        "2 steps": {"max_steps": 2},
        "11 steps": {"max_steps": 11},
        "all 20 steps": {},
        "random selection": {"selection": "random"},
    },
    "pairs": {
        "search, best and worst": {},
        "siblings": {"selection": "sibling"},
        "high contrast": {"contrast": "high"},
        "low contrast": {"contrast": "low"},
        "mixed contrast": {"contrast": "mixed"},
        "moderate questions": {"difficulty": "moderate"},
        "hard questions": {"difficulty": "hard"},
        "rejection sampling": {"journal": "rejection.jsonl"},
    },
}
TITLES = {"depth": "Table 3: how deep a search", "pairs": "Which pairs"}
TRAINERS = {"depth": ("sft", "refinement"), "pairs": ("dpo", "preference")}
# Rejection sampling draws from one principle again and again: greedily it would draw the same.
REJECTION = ("--search.strategy", "rejection", "--rewriter.temperature", "1")


def main() -> None:
    parser = options(__doc__, "runs/studies/STUDY", questions=300, seeds=3)
    parser.add_argument("study", choices=ARMS)
    parser.add_argument("--journal", default=SAMPLE, help="the trees (those of the bundled sample)")
    parser.add_argument("--trees", type=int, default=420, help="how many to grow by rejection sampling (420)")
    parser.add_argument("--steps", type=int, help="of the training (as in recipes/studies/{sft,dpo}.yaml)")
    parser.add_argument("--arms", nargs="+", help="only these")
    given = parser.parse_args()
    out = Path(str(given.out).replace("STUDY", given.study))
    begin(out, given, more=["arms"])
    trainer, config = TRAINERS[given.study]
    length = {"max_steps": given.steps} if given.steps else {}
    arms = {name: how for name, how in ARMS[given.study].items() if not given.arms or name in given.arms}
    exam = Exam(given.questions)
    found: Record = {"questions": given.questions, "seeds": given.seeds, "arms": {}}
    found["raw"] = figures(out / "raw.json", lambda: exam.result(exam.raw))
    found["careful"] = figures(out / "careful.json", lambda: exam.result([q.careful for q in exam.questions]))
    found["start"] = figures(out / "start.json", lambda: exam.examined(START))
    for seed in range(1, given.seeds + 1):
        for name, how in arms.items():
            place = out / name.replace(" ", "-").replace(",", "") / str(seed)
            journal = Path(given.journal)
            if "journal" in how:
                journal = grow(out / how["journal"], *REJECTION, "--seeds.count", str(given.trees))
            selection = {"seed": seed} if how.get("selection") == "random" else {}
            which = {option: value for option, value in how.items() if option != "journal"} | selection

            def trained(
                place: Path = place, journal: Path = journal, which: Record = which, seed: int = seed
            ) -> Record:
                data = build(place / "data", [journal], **which)
                told: dict[str, Any] = {"dataset_name": data, "dataset_config": config, "seed": seed, **length}
                model = train(trainer, f"recipes/studies/{trainer}.yaml", place / "model", **told)
                return {**_rows(data, journal), **exam.examined(model)}

            found["arms"].setdefault(name, []).append(figures(place / "result.json", trained))
    _write(out, found, f"{TITLES[given.study]} ({given.questions} questions, seeds: {given.seeds})")


def _rows(data: Path, journal: Path) -> Record:
    """Say what the pairs hold: their rewards, and the gold of what was chosen and rejected."""
    rows = parquet.read_table(data / "preference").to_pylist()
    golds = {(tree.id, node["instruction"]): node["gold"] for tree in trees(journal) for node in tree.nodes[::-1]}
    return {
        "rows": len(rows),
        "chosen reward": round(fmean(row["chosen_reward"] for row in rows), 4),
        "margin": round(fmean(row["chosen_reward"] - row["rejected_reward"] for row in rows), 4),
        "chosen gold": round(fmean(golds[row["id"], row["chosen_instruction"]] for row in rows), 4),
        "rejected gold": round(fmean(golds[row["id"], row["rejected_instruction"]] for row in rows), 4),
    }


def _write(out: Path, found: Record, title: str) -> None:
    rows = [
        _row("raw wording", [found["raw"]]),
        _row("before training", [found["start"]]),
        *(_row(name, runs) for name, runs in found["arms"].items()),
        _row("careful wording", [found["careful"]]),
    ]

    def draw(figure: Any) -> None:
        for axes, mark in zip(figure.subplots(1, 2, sharey=True), ("gold", "reward"), strict=True):
            for place, runs in enumerate(found["arms"].values()):
                values = [run[mark] for run in runs]
                axes.plot(values, [place] * len(values), "o", color=COLORS[0], alpha=0.6)
                axes.plot([fmean(values)] * 2, [place - 0.25, place + 0.25], color="black", linewidth=2)
            axes.axvline(found["start"][mark], color=COLORS[5], linestyle="--", label="before training")
            axes.set_xlabel({"gold": "gold of the answers", "reward": "learned reward (raw score)"}[mark])
            axes.set_yticks(range(len(found["arms"])), list(found["arms"]))
        figure.axes[0].invert_yaxis()
        figure.axes[1].legend(fontsize=7, frameon=False)

    finish(out, found, {title: rows}, draw, size=(7.5, 1.2 + 0.3 * len(found["arms"])))


def _row(name: str, runs: list[Record]) -> Record:
    def told(key: str) -> str:
        return f"{fmean(run[key] for run in runs):.3f}" if key in runs[0] else ""

    rejected = f"{100 * fmean(run['rejected'] for run in runs):.1f} %" if "rejected" in runs[0] else ""
    gold, reward = (spread([run[mark] for run in runs]) for mark in ("gold", "reward"))
    deviation = len(runs) > 1
    return {
        "pairs of": name,
        "rows": runs[0].get("rows", ""),
        "gold of the chosen": told("chosen gold"),
        "of the rejected": told("rejected gold"),
        "gold": f"{gold[0]:.3f}" + (f" ± {gold[1]:.3f}" if deviation else ""),
        "learned reward": f"{reward[0]:.2f}" + (f" ± {reward[1]:.2f}" if deviation else ""),
        "win / tie / lose by gold": " / ".join(f"{fmean(run['by gold'][k] for run in runs):.1f}" for k in range(3)),
        "rejected by the guard": rejected,
    }


if __name__ == "__main__":
    run(main)
