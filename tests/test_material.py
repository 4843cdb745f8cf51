"""Text that is given to be worked on stays as it is."""

import pytest

from p_aligner.material import changed_material


CORRECT = "Correct the spelling errors in this sentence.\nI seen a intresting film yestarday."
CLASSIFY = "Decide whether the given review is positive.\nThe soup was cold and the waiter vanished for an hour."


@pytest.mark.parametrize(
    ("original", "refined", "word"),
    [
        (CORRECT, CORRECT.replace("intresting", "interesting"), "intresting"),
        (CORRECT, CORRECT.replace("I seen", "I have seen"), "i"),
        (CORRECT, CORRECT.replace(" yestarday", ""), "yestarday"),
        ("fix the grammar: he go to school by feets", "Fix the grammar: he goes to school by feet.", "go"),
        (CLASSIFY, CLASSIFY.replace(" and the waiter vanished for an hour", ""), "waiter"),
        ("I has a dog.\nPlease proofread this text.", "I have a dog.\nPlease proofread this text.", "has"),
    ],
)
def test_what_is_changed_is_named(original: str, refined: str, word: str) -> None:
    assert changed_material(original, refined) == word


@pytest.mark.parametrize(
    ("original", "refined"),
    [
        (CORRECT, CORRECT),
        (CORRECT, f"Please {CORRECT[0].lower()}{CORRECT[1:]} Explain each correction."),
        (CLASSIFY, CLASSIFY.replace("cold", "cold,")),
        (
            "decide if the given review is good\nteh soop was cold",
            "Decide if the given review is good.\nThe soup was cold.",
        ),
        ("correct my spelling", "Correct my spelling, and list the mistakes."),
        ("what is the correct spelling of recieve", "What is the correct spelling of receive?"),
        ("write a poem\nabout teh sea", "Write a poem about the sea."),
        ("there are errors in a message box\nmy vba code stops", "A message box shows errors.\nMy VBA code stops."),
    ],
)
def test_what_is_kept_or_not_given_to_be_worked_on_passes(original: str, refined: str) -> None:
    assert changed_material(original, refined) is None
