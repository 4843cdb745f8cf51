"""The embedded model does its job: what comes out keeps what went in, and most flawed instructions are changed.

The instructions were written for this test; none of them is in the training corpus. How the model does on a larger
scale is measured by `tests/benchmarks/refine.py`.
"""

from typing import Any

import pytest
from refine import measure_prompts

from p_aligner.principles import PAPER_PRINCIPLES


INSTRUCTIONS = [
    "tell me about glaciers",
    "How do vaccines train the immune system?",
    "Suggest a name for a bakery that only sells rye bread.",
    "Write a short poem about a lighthouse keeper who is afraid of the dark.",
    "what is the capital of mongolia",
    "Rewrite this sentence in the passive voice: The gardener watered 14 roses.",
    "Summarise in two sentences: Bees dance to tell each other where flowers are. The angle shows the direction.",
    "Give me three reasons to learn the cello.",
    "Write a Python function that counts the vowels in a string.",
    "My code prints `None` instead of 7. Why?",
    "If a tap fills a 90 litre tub in 6 minutes, how long does it take for 225 litres?",
    "Is it safe to store batteries in the fridge?",
    "Compare trains and buses for a trip of 300 km.",
    "Translate into German: The meeting starts at 10:30.",
    "List the planets in order of size.",
    "hey, could u fix the grammer in this text: he go to school yesterday",
    "Send {name} a reminder about the invoice at https://example.com/inv/93.",
    "Classify each word as animal or plant: oak, otter, fern, finch",
    "Why do cats purr?",
    "Plan a birthday party for a six-year-old who loves dinosaurs.",
]


@pytest.fixture(scope="module")
def records(refine: Any) -> list[dict[str, Any]]:
    return refine(INSTRUCTIONS, batch_size=8, guard="report")  # type: ignore[no-any-return]


def test_the_guard_seldom_has_to_step_in(records: list[dict[str, Any]]) -> None:
    failed = [record for record in records if record["reason"] not in (None, "already clear")]
    assert len(failed) <= 0.2 * len(records), failed


def test_most_instructions_are_refined_safely(records: list[dict[str, Any]]) -> None:
    refined = [record for record in records if record["changed"] and record["reason"] is None]
    assert len(refined) >= 0.7 * len(records), [record["reason"] for record in records]


def test_most_refinements_hold_the_whole_instruction(records: list[dict[str, Any]]) -> None:
    whole = [record for record in records if record["instruction"].strip(" .?") in record["refined_instruction"]]
    assert len(whole) >= 0.6 * len(records)


def test_flaws_are_mended_and_good_prompts_left_alone(refine: Any) -> None:
    """The rates are far below the figures in the README: what is measured is that the model still does this at all."""
    figures = measure_prompts(refine, every=6)
    assert figures["flaw_gone, vague"] >= 0.8
    assert figures["flaw_gone"] >= 0.25
    assert figures["good_left_alone"] >= 0.25


def test_each_principle_adds_its_own_sentence(rewrite: Any) -> None:
    from ultraprompt.miniature import additions

    texts: dict[str, list[str]] = {}
    for addition in additions():
        for name in addition.principles:
            texts.setdefault(name, []).append(addition.text)
    rows = [{"instruction": text, "principle": one.name} for text in INSTRUCTIONS[:10] for one in PAPER_PRINCIPLES]
    records = rewrite(rows, batch_size=20)
    shown = [any(text in record["refined_instruction"] for text in texts[record["principle"]]) for record in records]
    assert sum(shown) >= 0.8 * len(shown)
