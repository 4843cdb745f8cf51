"""Trees that visitors of the Space grow: the search itself, within a visitor's limits, told in words."""

import asyncio
import re
from contextlib import aclosing
from typing import Any

import pytest
import shown
from conftest import live
from faulty_server import Server
from models import GROWTH, LONGEST_SEED, Models
from settings import Settings
from tiny import REWRITTEN

from p_aligner.errors import BackendError, InputError, KitError
from p_aligner.principles import PAPER_PRINCIPLES


ASK = "tell me about inflation"
ACTIONS = {principle.name for principle in PAPER_PRINCIPLES.for_category("Math")}


def settings_of(tiny: str, reward: str | None, **chosen: Any) -> Settings:
    models = dict.fromkeys(("model", "singlepo", "responder"), tiny)
    return Settings.model_validate({**models, "reward": reward, **chosen})


async def grown(models: Models, text: Any = ASK, category: str = "Math") -> list[dict[str, Any]]:
    return [step async for step in models.grow(text, category)]


@live
async def test_a_tree_grows_by_single_principles_and_bad_rewrites_are_turned_away(tiny: str, tiny_reward: str) -> None:
    models = Models(settings_of(tiny, tiny_reward))
    steps = await grown(models, f" {ASK}\n")
    root, *others = steps
    assert (root["instruction"], root["parent"], root["action"]) == (ASK, None, None)
    assert len(others) == GROWTH.iterations
    used = [step for step in others if step["type"] == "node"]
    assert {step["action"] for step in others} <= ACTIONS
    assert {step["action"]: step["instruction"] for step in used if step["parent"] == 0} == {
        action: REWRITTEN[ASK, action] for action in ("Hint Addition", "Tone Improvement")
    }
    assert all(step["reason"] for step in others if step["type"] == "rejected")
    assert len(used) < len(others)
    for step in (root, *used):
        assert len(step["responses"]) == len(step["rewards"]) == GROWTH.responses
        assert all(0 <= reward <= 1 for reward in step["rewards"])

    page = shown.growth_html(steps, "Math")
    assert page.count("<article") == 1 + len(used)
    assert page.count("<li><b>") >= len(others) - len(used)
    assert "Rewrites that were not used" in page
    assert shown.step_said(steps[:1], 8) == f"Your own words, reward {sum(root['rewards']) / 2:.2f}."
    said = [shown.step_said(steps[: end + 1], 8) for end in range(1, 9)]
    assert all(
        re.match(r"\d of 8: (the rewrite by .+ was not used \(.+\)|.+, reward 0\.\d\d)\.$", line) for line in said
    )
    assert shown.end_said(steps, 8, in_time=False) == f"Grown: 8 rewrites, {len(used)} of them used."
    assert shown.end_said(steps[:4], 8, in_time=False).endswith("was over.")
    assert shown.end_said(steps[:4], 8, in_time=True).endswith("nothing else to try.")


@live
async def test_what_cannot_grow_is_told_in_words(tiny: str, tiny_reward: str) -> None:
    models = Models(settings_of(tiny, tiny_reward, timeout_s=0.001))
    for text, category, said in (
        (" ", "Math", "your instruction is empty"),
        ("x" * (LONGEST_SEED + 1), "Math", "has 601 characters, at most 600 are taken"),
        (ASK, "Maths", "did you mean 'Math'"),
        (ASK, "Math", "longer than 0.001 seconds"),
    ):
        with pytest.raises(KitError, match=said):
            await grown(models, text, category)
    with pytest.raises(InputError, match="PALIGNER_REWARD names no reward model"):
        await grown(Models(settings_of(tiny, "none")))


@live
async def test_a_server_that_fails_or_falls_silent_leaves_what_has_grown(tiny: str, tiny_reward: str) -> None:
    async with Server() as server:
        chosen = settings_of(tiny, tiny_reward, endpoint=server.url, responder="m", timeout_s=3, max_new_tokens=200)
        models = Models(chosen)
        assert len(await grown(models)) == 1 + GROWTH.iterations
        request = server.requests[0]
        assert (request["n"], request["max_tokens"], request["temperature"]) == (2, 64, 0.7)

        server.follow([None, 404])
        async with aclosing(models.grow(ASK, "Math")) as growth:
            assert (await anext(growth))["node"] == 0
            with pytest.raises(BackendError, match="404"):
                [step async for step in growth]

        server.follow([None, "stall"])
        assert 1 <= len(await grown(models)) <= GROWTH.iterations  # its time is over
        await server.hung_up.acquire()

        # Who stops it stops what it asks for.
        server.follow([None, "stall"])
        count = len(server.requests)
        growing = asyncio.ensure_future(grown(models))
        while len(server.requests) < count + 2:
            await asyncio.sleep(0.01)
        growing.cancel()
        await server.hung_up.acquire()
        await asyncio.gather(growing, return_exceptions=True)
        await asyncio.sleep(0.3)
        assert len(server.requests) == count + 2
