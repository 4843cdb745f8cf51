"""The reward of Align-Pro's prompter, as TRL's GRPO and RLOO want it: what a frozen model answers to its refinements.

The answer to a refined instruction is scored as an answer to the original one, so that a refinement must serve what
the user asked for. Responder and reward model are those of a search recipe, which the variable ALIGN_PRO names; a
training recipe sets it in its `env`.
"""

import asyncio
import os
from functools import cache
from typing import Any

from p_aligner.errors import InputError, ParseError
from p_aligner.prompts import Message, parse_refined
from p_aligner.runtime import connect
from p_aligner.runtime.rewards import load_reward
from p_aligner.store.recipe import load
from ultraprompt.search.forest import SynthesisSettings


NOTHING = 0.0  # what cannot be read, answered or scored is worth the least: a sigmoid's lower end


async def answered(completions: list[list[Message]], src_instruction: list[str], **_: Any) -> list[float]:
    """Score what the prompter wrote: the mean reward of the answers to the refined instruction in each completion.

    TRL awaits all calls in one event loop. `src_instruction` is the data's column of what each of them refines.
    """
    return await _scorer().score([chat[-1]["content"] for chat in completions], src_instruction)


class _Scorer:
    """The frozen models."""

    def __init__(self, recipe: str) -> None:
        settings = load(SynthesisSettings, recipe)
        self._responder = connect(settings.responder)
        self._reward = load_reward(settings.reward)
        self._draws = settings.search.responses
        self._calls = 0

    async def score(self, completions: list[str], instructions: list[str]) -> list[float]:
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


@cache
def _scorer() -> _Scorer:
    if "ALIGN_PRO" not in os.environ:
        raise InputError("ALIGN_PRO must name a search recipe, whose responder and reward are used: set it in `env`")
    return _Scorer(os.environ["ALIGN_PRO"])
