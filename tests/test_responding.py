"""Answers before and after a refinement: what is scored against what, and what bad models are told."""

from pathlib import Path

import pytest
from tiny import ANSWERED, STEPS

from p_aligner.errors import InputError
from p_aligner.runtime.answers import BeforeAfter


ASK, BETTER = "What is 7+5-3?", STEPS


@pytest.fixture(scope="module")
def before_after(tiny: str, tiny_reward: str) -> BeforeAfter:
    return BeforeAfter(tiny, tiny_reward, device="cpu")


def test_both_answers_are_scored_against_the_original(before_after: BeforeAfter) -> None:
    (record,) = before_after.compare([{"instruction": ASK, "refined_instruction": BETTER, "changed": True}])
    assert record["changed"] is True
    for name, text in (("response", ASK), ("refined_response", BETTER)):
        assert record[name] == before_after.respond([{"role": "user", "content": text}]) == ANSWERED[text]
    original = [{"role": "user", "content": ASK}, {"role": "assistant", "content": record["refined_response"]}]
    assert record["refined_reward"] == pytest.approx(before_after.score(original), abs=1e-3)
    refined = [{"role": "user", "content": BETTER}, original[1]]
    assert record["refined_reward"] != pytest.approx(before_after.score(refined), abs=1e-3)


def test_chats_unchanged_ones_and_errors(before_after: BeforeAfter) -> None:
    chat = [
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": ASK},
    ]
    error = {"instruction": None, "refined_instruction": None, "error": "instruction 2: it is empty"}
    first, second = before_after.compare([{"instruction": chat, "refined_instruction": chat}, error])
    assert first["response"] == first["refined_response"]
    assert first["reward"] == first["refined_reward"]
    assert second == error


def test_models_that_cannot_do_it_are_named(
    untrained_folder: str, tiny: str, tiny_reward: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="nowhere' cannot be loaded"):
        BeforeAfter(str(tmp_path / "nowhere"), tiny_reward)
    with pytest.raises(InputError, match="has no chat template, so it answers no chats"):
        BeforeAfter(untrained_folder, tiny_reward)
    with pytest.raises(InputError, match="gives 2 scores; choose one that gives one"):
        BeforeAfter(tiny, tiny)
