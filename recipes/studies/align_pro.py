"""Align-Pro in miniature (arXiv 2501.03486): a prompter learns online, and the best one of all is computed beside it.

    python recipes/studies/align_pro.py

The recipe recipes/align_pro/miniature.yaml is run with three KL weights: reward, KL and the variety of the outputs
over training. For some unseen questions all likely wordings of the prompter and all likely answers of the frozen
responder are enumerated, so the prompter's optimum has a closed form: the Gibbs distribution. The trained prompters
are placed beside it, and the gap to a responder that is tuned itself (RLHF) is compared with the paper's bound. On the
trees of the sample, `selection=gibbs` of `ultraprompt build` draws what the same form says.

Assumptions: r is the learned reward, through a sigmoid, so r_max is 1; wordings and answers below a probability of
`--floor` are left out and the rest normalised (the covered shares are in the figures); a prompter is only compared on
the wordings that were likely before training; RLHF has the same weight lam as the prompter, and the responder at its
temperature of 0.7 as its reference. An unreadable wording is none.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import Any

from enumeration import Enumerator, Said
from finite import divergence, gap, gibbs, mean, normalised
from steps import (
    COLORS,
    SAMPLE,
    START,
    Exam,
    GrownTree,
    Record,
    begin,
    figures,
    finish,
    options,
    run,
    slashed,
    train,
    trees,
)

import p_aligner
from p_aligner import world
from p_aligner.asked import asked
from p_aligner.changes import distinct, most_added
from p_aligner.errors import ParseError
from p_aligner.prompts import parse_refined, refine_messages
from p_aligner.rewards import ClassifierReward, ClassifierSettings
from ultraprompt.harvest import Harvest
from ultraprompt.pairs import Options, candidates


RECIPE = "recipes/align_pro/miniature.yaml"
LAMS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
RESPONDER_TEMPERATURE = 0.7
EARLY = 5  # steps; the first and the last so many are compared


def main() -> None:
    parser = options(__doc__, "runs/studies/align-pro", questions=300, seeds=1)
    parser.add_argument("--betas", nargs=3, default=["0.001", "0.05", "0.5"], help="KL weights (0.001 0.05 0.5)")
    parser.add_argument("--steps", type=int, help="of the training (as in the recipe)")
    parser.add_argument("--rate", type=float, help="learning rate (as in the recipe)")
    parser.add_argument("--enumerated", type=int, default=24, help="questions whose wordings are enumerated (24)")
    parser.add_argument("--floor", type=float, default=0.01, help="least probability that is counted (0.01)")
    given = parser.parse_args()
    out: Path = given.out
    begin(out, given)
    changed = {"max_steps": given.steps, "save_steps": given.steps, "learning_rate": given.rate}
    changed = {name: value for name, value in changed.items() if value is not None}
    models = {
        beta: train("grpo", RECIPE, out / beta / "model", beta=beta, **changed)  # reads what `env` of the recipe names
        for beta in given.betas
    }
    exam = Exam(given.questions)
    found: Record = {"questions": given.questions, "floor": given.floor}
    found["before"] = figures(out / "before.json", lambda: _examined(exam, START))
    found["trained"] = {
        beta: figures(out / beta / "result.json", partial(_trained, exam, model)) for beta, model in models.items()
    }
    small = figures(out / "small-world.json", lambda: list(_small_world(given.enumerated, given.floor)))
    found["enumerated"] = {
        "questions": len(small),
        "wordings": round(fmean(len(each["wordings"]) for each in small), 1),
        "share of the wordings covered": round(fmean(each["covered"] for each in small), 4),
        "share of the answers covered": round(
            fmean(wording["covered"] for each in small for wording in each["wordings"]), 4
        ),
    }
    found["closed form"] = [_closed_form(small, lam) for lam in LAMS]
    found["placed"] = {
        beta: figures(out / beta / "placed.json", partial(_placed, small, model)) for beta, model in models.items()
    }
    found["gibbs selection"] = [_selected(trees(SAMPLE), lam) for lam in LAMS]
    _write(out, found)


def _trained(exam: Exam, model: Path) -> Record:
    return {**_curves(model), **_examined(exam, model)}


def _curves(model: Path) -> Record:
    """Read what TRL noted at each step, from the last checkpoint."""
    states = sorted(model.glob("checkpoint-*/trainer_state.json"), key=lambda path: int(path.parent.name[11:]))
    log = [row for row in json.loads(states[-1].read_text("utf-8"))["log_history"] if "reward" in row]
    curves = {name: [round(row[name], 4) for row in log] for name in ("reward", "entropy", "reward_std")}
    # TRL gives the mean of a token: of a completion it is as many times more.
    kl = [round(row["kl"] * row["completions/mean_length"], 4) for row in log]
    return {"curves": {**curves, "kl": kl, "clipped": [row["completions/clipped_ratio"] for row in log]}}


def _examined(exam: Exam, model: str | Path) -> Record:
    """Measure a prompter on unseen questions, and how much its outputs are alike."""
    refined, rejected = exam.refined(model)
    pairs = list(zip(exam.raw, refined, strict=True))
    sentence, share = next(iter(most_added(pairs)), ("", 0.0))
    return {
        "rejected": round(rejected, 4),
        "most frequent addition": sentence,
        "its share": round(share, 4),
        "distinct-2": round(distinct(refined, 2), 4),
        **exam.result(refined),
    }


def _small_world(count: int, floor: float) -> Any:
    """Enumerate wordings and answers for some unseen questions; yield a finite world for each."""
    prompter = Enumerator(START)
    responder = Enumerator(p_aligner.miniature("responder"), RESPONDER_TEMPERATURE)
    reward = ClassifierReward(
        ClassifierSettings(reward="classifier", model=p_aligner.miniature("reward"), transform="sigmoid")
    )
    for text, question in islice(asked("evaluation", seed=31), count):
        said = prompter.answers(refine_messages(text), floor)
        refined = [(each, _read(each)) for each in said]
        wordings: list[Record] = [
            {"tokens": each.tokens, "text": wording, "probability": each.probability}
            for each, wording in refined
            if wording
        ]
        if not wordings:
            continue
        answers = {t: _answers(responder, t, floor) for t in {text, *(each["text"] for each in wordings)}}
        for each in wordings:
            each["answers"], each["covered"] = answers[each["text"]]
        texts = sorted({t for shares, _ in answers.values() for t in shares})
        chats = [[{"role": "user", "content": text}, {"role": "assistant", "content": t}] for t in texts]
        rewards = asyncio.run(reward.score(chats))
        yield {
            "instruction": text,
            "kind": question.kind,
            "covered": sum(each["probability"] for each in wordings),
            "wordings": wordings,
            "raw": answers[text][0],
            "rewards": dict(zip(texts, rewards, strict=True)),
            "golds": {t: world.gold(text, t) for t in texts},
        }


def _read(said: Said) -> str | None:
    try:
        return parse_refined(said.text)
    except ParseError:
        return None


def _answers(responder: Enumerator, instruction: str, floor: float) -> tuple[dict[str, float], float]:
    """Return the likely answers to an instruction, normalised, and the share that they are of all."""
    shares: defaultdict[str, float] = defaultdict(float)
    for each in responder.answers([{"role": "user", "content": instruction}], floor):
        shares[each.text] += each.probability  # one text may be spelt in several ways
    covered = sum(shares.values())
    return {text: share / covered for text, share in shares.items()}, covered


def _values(one: Record, mark: str) -> list[float]:
    """Return the expected reward or gold of each wording of a question."""
    return [sum(p * one[mark][text] for text, p in wording["answers"].items()) for wording in one["wordings"]]


def _reference(one: Record) -> list[float]:
    return normalised([wording["probability"] for wording in one["wordings"]])


def _closed_form(small: Sequence[Record], lam: float) -> Record:
    """Return means over the questions: what the optimal prompter reaches, what RLHF, and the bound of the gap."""
    gaps, golds = [], []
    for one in small:
        reference, rewards = _reference(one), _values(one, "rewards")
        answers = [wording["answers"] for wording in one["wordings"]]
        gaps.append(gap(reference, answers, one["raw"], one["rewards"], lam=lam))
        golds.append(mean(gibbs(reference, rewards, lam), _values(one, "golds")))
    return {
        "lam": lam,
        "reward": round(fmean(each.prompter for each in gaps), 4),
        "gold": round(fmean(golds), 4),
        "KL": round(fmean(each.kl for each in gaps), 4),
        "reward by RLHF": round(fmean(each.tuned for each in gaps), 4),
        "gap": round(fmean(each.gap for each in gaps), 4),
        "bound": round(fmean(each.bound for each in gaps), 4),
        "bound holds": f"{sum(each.gap <= each.bound + 1e-9 for each in gaps)} of {len(gaps)}",
    }


def _placed(small: Sequence[Record], model: Path) -> Record:
    """Say where a trained prompter is in the small world: its reward and its KL from the prompter before training."""
    trained = Enumerator(model)
    rows = []
    for one in small:
        tokens = [wording["tokens"] for wording in one["wordings"]]
        shares = trained.probabilities(refine_messages(one["instruction"]), tokens)
        now = normalised(shares)
        rows.append(
            (
                mean(now, _values(one, "rewards")),
                mean(now, _values(one, "golds")),
                divergence(now, _reference(one)),
                sum(shares),
                mean(_reference(one), _values(one, "rewards")),
            )
        )
    names = ("reward", "gold", "KL", "share of the wordings covered", "reward before")
    return {name: round(fmean(values), 4) for name, values in zip(names, zip(*rows, strict=True), strict=True)}


def _selected(grown: Sequence[GrownTree], lam: float) -> Record:
    """Compare the closed form on the sample's trees with what `selection=gibbs` draws; the reference is uniform."""
    expected = {"reward": 0.0, "gold": 0.0}
    for tree in grown:
        shares = gibbs([1.0] * len(tree.nodes), [node["reward"] for node in tree.nodes], lam)
        for mark in expected:
            expected[mark] += mean(shares, [node[mark] for node in tree.nodes]) / len(grown)
    settings, dropped = Options(selection="gibbs", lam=lam), Counter[str]()
    rows = [row for tree in Harvest([SAMPLE]) for row in candidates("preference", tree, settings, dropped)]
    return {
        "lam": lam,
        "expected reward": round(expected["reward"], 4),
        "expected gold": round(expected["gold"], 4),
        "reward drawn": round(fmean(row["chosen_reward"] for row in rows), 4),
        "pairs": len(rows),
    }


def _write(out: Path, found: Record) -> None:
    trained = [_row("before training", found["before"])]
    for beta, row in found["trained"].items():
        curves = {name: (fmean(v[:EARLY]), fmean(v[-EARLY:])) for name, v in row["curves"].items()}
        trained.append({**_row(f"beta {beta}", row), **{n: f"{a:.3f} to {b:.3f}" for n, (a, b) in curves.items()}})
    trained[0] |= dict.fromkeys([name for name in trained[-1] if name not in trained[0]], "")

    def draw(figure: Any) -> None:
        left, middle, right = figure.subplots(1, 3)
        for (beta, row), color in zip(found["trained"].items(), COLORS, strict=False):
            for axes, name in ((left, "reward"), (middle, "kl")):
                values = row["curves"][name]
                smooth = [fmean(values[max(0, at - EARLY + 1) : at + 1]) for at in range(len(values))]
                axes.plot(range(1, len(values) + 1), smooth, color=color, label=f"beta {beta}")
            placed = found["placed"][beta]
            right.plot(placed["KL"], placed["reward"], "o", color=color, label=f"GRPO, beta {beta}")
        form = found["closed form"]
        right.plot([row["KL"] for row in form], [row["reward"] for row in form], "k.-", label="closed form")
        right.plot(0, found["placed"][next(iter(found["placed"]))]["reward before"], "k*", label="before")
        left.set(xlabel="step", ylabel="reward")
        middle.set(xlabel="step", ylabel="KL of a completion")
        right.set(xlabel="KL from the prompter before training", ylabel="expected reward, enumerated")
        for axes in (left, middle, right):
            axes.legend(frameon=False, fontsize=7)

    size, form = found["enumerated"], found["closed form"]
    tables = {
        f"GRPO with three KL weights ({found['questions']} unseen questions)": trained,
        f"The best prompter, in closed form ({size['questions']} questions, {size['wordings']} wordings each)": form,
        "The trained prompters among these wordings": [{"beta": beta, **row} for beta, row in found["placed"].items()],
        "On the trees of the sample: selection=gibbs": found["gibbs selection"],
    }
    finish(out, found, tables, draw, size=(10, 3.2))


def _row(name: str, row: Record) -> Record:
    return {
        "prompter": name,
        "gold": row["gold"],
        "learned reward": row["reward"],
        "win / tie / lose by gold": slashed(row["by gold"]),
        "rejected": row["rejected"],
        "share of the most frequent addition": row["its share"],
        "distinct-2": row["distinct-2"],
    }


if __name__ == "__main__":
    run(main)
