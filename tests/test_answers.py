"""Answers before and after a refinement: what is scored against what, and what bad models are told."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from tiny import ANSWERED, STEPS

from p_aligner.errors import BackendError, InputError
from p_aligner.runtime.answers import BeforeAfter, side_by_side
from p_aligner.runtime.rewards import ClassifierReward, ClassifierSettings


ASK, BETTER = "What is 7+5-3?", STEPS


@pytest.fixture(scope="module")
def before_after(tiny: str, tiny_reward: str) -> BeforeAfter:
    return BeforeAfter(tiny, tiny_reward, device="cpu")


def test_both_answers_are_scored_against_the_original(before_after: BeforeAfter, tiny_reward: str) -> None:
    (record,) = before_after.compare([{"instruction": ASK, "refined_instruction": BETTER, "changed": True}])
    assert record["changed"] is True
    assert (record["response"], record["refined_response"]) == (ANSWERED[ASK], ANSWERED[BETTER])
    settings = ClassifierSettings(reward="classifier", model=tiny_reward, transform="none", device="cpu")
    turns = [(ASK, ANSWERED[ASK]), (ASK, ANSWERED[BETTER]), (BETTER, ANSWERED[BETTER])]
    chats = [[{"role": "user", "content": one}, {"role": "assistant", "content": other}] for one, other in turns]
    *expected, wrong = asyncio.run(ClassifierReward(settings).score(chats))
    assert [record["reward"], record["refined_reward"]] == pytest.approx(expected, abs=1e-3)
    assert record["refined_reward"] != pytest.approx(wrong, abs=1e-3)


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


def test_answers_grow_side_by_side_and_fail_together() -> None:
    asked, ended = [], []

    async def ask(chat: Any) -> AsyncGenerator[str, None]:
        asked.append(chat[0]["content"])
        try:
            yield f"{asked[-1]} "
            await asyncio.sleep(0)
            if chat[0]["content"] == "fail":
                raise BackendError("as asked")
            yield f"{chat[0]['content']} done"
        finally:
            ended.append(chat[0]["content"])

    async def answers(*texts: str) -> list[list[str]]:
        return [part async for part in side_by_side(ask, list(texts))]

    assert asyncio.run(answers("a", "a"))[-1] == ["a done", "a done"]
    parts = asyncio.run(answers("b", "c"))
    assert (parts[0], parts[-1], asked) == (["b", "c"], ["b done", "c done"], ["a", "b", "c"])
    with pytest.raises(BackendError, match="as asked"):
        asyncio.run(answers("d", "fail"))
    assert sorted(ended) == ["a", "b", "c", "d", "fail"]


def test_models_that_cannot_do_it_are_named(untrained_folder, tiny, tiny_reward, tmp_path):
    with pytest.raises(InputError, match="nowhere' cannot be loaded"):
        BeforeAfter(str(tmp_path / "nowhere"), tiny_reward)
    with pytest.raises(InputError, match="has no chat template, so it answers no chats"):
        BeforeAfter(untrained_folder, tiny_reward)
    with pytest.raises(InputError, match="gives 2 scores; choose one that gives one"):
        BeforeAfter(tiny, tiny)
