"""Answers before and after a refinement: what is scored against what, and what bad models are told."""

from pathlib import Path

import pytest

import p_aligner
from p_aligner.errors import InputError
from p_aligner.responding import BeforeAfter


ASK, BETTER = "What is 7+5-3?", "What is 7+5-3? Show each step, and check the result at the end."


@pytest.fixture(scope="module")
def before_after() -> BeforeAfter:
    return BeforeAfter(p_aligner.miniature("responder"), p_aligner.miniature("reward"), device="cpu")


def test_both_answers_are_scored_against_the_original(before_after: BeforeAfter) -> None:
    (record,) = before_after.compare([{"instruction": ASK, "refined_instruction": BETTER, "changed": True}])
    assert record["changed"] is True
    assert record["response"] == before_after.respond([{"role": "user", "content": ASK}])
    assert record["refined_response"] == before_after.respond([{"role": "user", "content": BETTER}])
    assert record["response"] != record["refined_response"]
    original = [{"role": "user", "content": ASK}, {"role": "assistant", "content": record["refined_response"]}]
    assert record["refined_reward"] == before_after.score(original)
    refined = [{"role": "user", "content": BETTER}, original[1]]
    assert record["refined_reward"] != before_after.score(refined)


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


def test_models_that_cannot_do_it_are_named(untrained_folder: str, tmp_path: Path) -> None:
    responder, reward = p_aligner.miniature("responder"), p_aligner.miniature("reward")
    with pytest.raises(InputError, match="nowhere' cannot be loaded"):
        BeforeAfter(str(tmp_path / "nowhere"), reward)
    with pytest.raises(InputError, match="has no chat template, so it answers no chats"):
        BeforeAfter(untrained_folder, reward)
    with pytest.raises(InputError, match="gives 2 scores; choose one that gives one"):
        BeforeAfter(responder, responder)
