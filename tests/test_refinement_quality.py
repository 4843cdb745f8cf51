"""The P-Aligner that is shipped does its job: what comes out keeps what went in, most flaws go, good prompts stay.

The instructions were written for this test; none of them is in the training corpus. How the model does on a larger
scale is measured by `tests/benchmarks/refine.py`.
"""

import pytest
from race import share_kept
from refine import measure_prompts
from transformers import pipeline

import p_aligner
from p_aligner.instructions import is_rejected


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


# Floors: they say that the model still does this at all, not how well.
@pytest.mark.slow
def test_flaws_are_mended_good_prompts_left_alone_and_contents_kept() -> None:
    refine = pipeline("instruction-refinement", model=p_aligner.pretrained("p-aligner"))
    records = refine(INSTRUCTIONS, batch_size=8)
    rejected = [record for record in records if is_rejected(record)]
    assert len(rejected) <= 0.2 * len(records), rejected
    changed = [record for record in records if record["changed"]]
    assert len(changed) >= 0.2 * len(records)
    assert share_kept([(record["instruction"], record["refined_instruction"]) for record in changed]) >= 0.9
    figures = measure_prompts(refine, every=6)
    assert figures["flaw_gone"] >= 0.4
    assert figures["good_left_alone"] >= 0.6
    for name in ("follow_ups_left_alone", "white_space_and_bom_change_nothing"):
        done, total = figures[name].split(" of ")
        assert done == total, name
