"""Do answers get better when a model refines the question first? Win, tie and lose against the raw wording, by gold.

    python tests/benchmarks/win_rate.py [MODEL...] [--questions 300] [--seed 5] [--output F.json]

Questions are of the miniature world, of towns, people and sums that no training has seen, two in five typed in a
hurry. The responder answers greedily, a rule marks the answers from 0 to 1 (gold), and the learned reward scores them
beside it: where it sees more wins than gold does, it is fooled. `careful`, a wording written by hand, is the oracle.
"""

import argparse
import json
import statistics
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from miniature import Responder, Reward
from transformers import pipeline
from transformers.utils import logging

import p_aligner
from p_aligner import world
from p_aligner.asked import asked
from p_aligner.win_rate.tally import win_rate


EQUAL = 0.01  # smaller differences of gold or reward are ties


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="MODEL", help="folders (default: the embedded P-Aligner)")
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--output", type=Path, metavar="F.json")
    options = parser.parse_args()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    drawn = list(islice(asked("evaluation", seed=options.seed), options.questions))
    raw, questions = [text for text, _ in drawn], [question for _, question in drawn]
    respond, score = Responder(p_aligner.miniature("responder")), Reward(p_aligner.miniature("reward"))

    def marks(wordings: Sequence[str]) -> dict[str, list[float]]:
        answers = respond(wordings)
        exchanges = [(question.raw, answer) for question, answer in zip(questions, answers, strict=True)]
        return {"gold": [world.gold(*each) for each in exchanges], "reward": score(exchanges)}

    before = marks(raw)
    found: dict[str, Any] = {
        "world": world.fingerprint(),
        "questions": len(questions),
        "gold of the raw wording": round(statistics.mean(before["gold"]), 3),
        "raw at the ceiling": round(statistics.mean(value >= 1 for value in before["gold"]), 3),
        "careful": _compare(questions, before, marks([question.careful for question in questions])),
    }
    for model in options.models or [p_aligner.miniature("p-aligner")]:
        records = pipeline("instruction-refinement", model=str(model))(raw, batch_size=32)
        figures = _compare(questions, before, marks([record["refined_instruction"] for record in records]))
        rejected = sum(not record["changed"] and record["reason"] != "already clear" for record in records)
        found[str(model)] = {"rejected by the guard": round(rejected / len(records), 3), **figures}
    text = json.dumps(found, indent=2)
    print(text)
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")


def _compare(
    questions: Sequence[world.Question], before: dict[str, list[float]], after: dict[str, list[float]]
) -> dict[str, Any]:
    table: dict[str, Any] = {"gold": round(statistics.mean(after["gold"]), 3)}
    for judge in ("gold", "reward"):
        table[f"by {judge}"] = _outcomes(before[judge], after[judge])
    for kind in world.KINDS:
        rows = [row for row, question in enumerate(questions) if question.kind == kind]
        if rows:
            first, second = ([marks["gold"][row] for row in rows] for marks in (before, after))
            table[f"by gold, {kind}"] = _outcomes(first, second)
    return table


def _outcomes(before: Sequence[float], after: Sequence[float]) -> dict[str, Any]:
    """Count; the interval is of wins less losses."""
    signs = [(new - old > EQUAL) - (old - new > EQUAL) for old, new in zip(before, after, strict=True)]
    found = win_rate(signs)
    return {
        **{name: round(found[name] / len(signs), 3) for name in ("win", "tie", "lose")},
        "win - lose": [round(2 * end - 1, 3) for end in found["intervals"]["win_rate"]],
    }


if __name__ == "__main__":
    main()
