"""The reward of Align-Pro's prompter, as TRL's GRPO and RLOO want it: what a frozen model answers to its refinements.

The answer to a refined instruction is scored as an answer to the original one, so that a refinement must serve what
the user asked for. Responder and reward model are those of a search recipe, which the variable ALIGN_PRO names; a
training recipe sets it in its `env`.
"""

import asyncio
import os
import threading
from collections.abc import Coroutine
from functools import cache
from typing import Any

from p_aligner.errors import InputError, ParseError
from p_aligner.prompts import Message, parse_refined
from p_aligner.runtime import connect
from p_aligner.runtime.rewards import load_reward
from p_aligner.store.recipe import load
from ultraprompt.search.forest import SynthesisSettings


NOTHING = 0.0  # what cannot be read, answered or scored is worth the least: a sigmoid's lower end


def answered(completions: list[list[Message]], src_instruction: list[str], **_: Any) -> list[float]:
    """Score each completion: the mean reward of the answers to the refined instruction it holds.

    Args:
        completions (`list` of chats):
            What the prompter wrote, each an assistant's turn.
        src_instruction (`list` of `str`):
            The instruction that each of them refines: the column of that name in the data.
    """
    return _scorer().score([chat[-1]["content"] for chat in completions], src_instruction)


class _Scorer:
    """The frozen models, on an event loop of their own: a trainer may call from anywhere."""

    def __init__(self, recipe: str) -> None:
        settings = load(SynthesisSettings, recipe)
        self._responder = connect(settings.responder)
        self._reward = load_reward(settings.reward)
        self._draws = settings.search.responses
        self._calls = 0
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="align-pro", daemon=True).start()

    def score(self, completions: list[str], instructions: list[str]) -> list[float]:
        return self._result(self._all(completions, instructions))

    async def _all(self, completions: list[str], instructions: list[str]) -> list[float]:
        self._calls += 1
        return await asyncio.gather(*map(self._one, completions, instructions))

    async def _one(self, completion: str, instruction: str) -> float:
        try:
            refined = parse_refined(completion)
            asked = [{"role": "user", "content": refined}]
            replies = await self._responder.chat(asked, n=self._draws, seed=self._calls)
            turns = [{"role": "assistant", "content": reply.text} for reply in replies]
            scores = await self._reward.score([[{"role": "user", "content": instruction}, turn] for turn in turns])
        except (ParseError, InputError):
            return NOTHING
        return sum(scores) / len(scores)

    def _result(self, work: Coroutine[Any, Any, list[float]]) -> list[float]:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


@cache
def _scorer() -> _Scorer:
    if "ALIGN_PRO" not in os.environ:
        raise InputError("ALIGN_PRO must name a search recipe, whose responder and reward are used: set it in `env`")
    return _Scorer(os.environ["ALIGN_PRO"])
