"""A backend without a model: answers by a Python function."""

import asyncio
import random
import re
from collections.abc import Callable
from typing import Any, Literal

from pydantic import Field

from ..prompts import CHAT_HEAD, CHAT_MIDDLE, REFINE_HEAD, REFINE_TAIL, Message, render_refined
from ..store.recipe import Section
from .protocol import Reply


class ScriptedSettings(Section):
    """No model at all: answers by rule, see [`play_along`]; `seconds` is how long a call takes."""

    backend: Literal["scripted"]
    seconds: float = Field(default=0.0, ge=0, exclude=True)


_ADDITIONS = (
    "Explain each step.",
    "Give a short example.",
    "Name your sources.",
    "Answer in plain words.",
    "Say what could go wrong.",
    "End with a summary.",
    "Mention who it concerns.",
    "Compare at least two options.",
)
_WORDS = "the answer is short and clear so it names what matters first then why with one example and a limit".split()

_LABEL = re.compile(r"(?m)^\[\[[^\]\n]+\]\]")


def play_along(messages: list[Message], rng: random.Random) -> str:
    """Answer as a model would in form: a sentence more in an instruction, a verdict, otherwise chatter."""
    asked = messages[-1]["content"]
    if asked.startswith(REFINE_HEAD):
        return render_refined(_with_addition(asked.removeprefix(REFINE_HEAD).rpartition(REFINE_TAIL)[0], rng))
    if asked.startswith(CHAT_HEAD):
        return _with_addition(asked.removeprefix(CHAT_HEAD).rpartition(CHAT_MIDDLE)[0], rng)
    chatter = " ".join(rng.choices(_WORDS, k=rng.randint(4, 40)))
    labels = _LABEL.findall(asked.rpartition("verdicts, on a line of its own:")[2])
    return f"{chatter}\n{rng.choice(labels)}" if labels else chatter


def _with_addition(instruction: str, rng: random.Random) -> str:
    new = [addition for addition in _ADDITIONS if addition not in instruction]
    return f"{instruction} {rng.choice(new)}" if new else instruction


class ScriptedBackend:
    """Answers by a Python function, which may raise: for tests, examples and rehearsals. Tokens are words.

    Its generator is drawn from messages, seed and sample, so the same request has the same answers. A call takes so
    many seconds; calls do not wait for each other.
    """

    def __init__(
        self, reply: Callable[[list[Message], random.Random], str] = play_along, *, seconds: float = 0.0
    ) -> None:
        self.settings = {"backend": "scripted", "reply": reply.__qualname__}
        self._reply = reply
        self._seconds = seconds

    async def chat(self, messages: list[Message], *, n: int = 1, seed: int | None = None, **_: Any) -> list[Reply]:
        await asyncio.sleep(self._seconds)
        prompt_tokens = sum(len(message["content"].split()) for message in messages)
        replies = []
        for sample in range(n):
            text = self._reply(messages, random.Random(f"{seed} {sample} {messages}"))
            replies.append(Reply(text, 0 if sample else prompt_tokens, len(text.split()), "stop"))
        return replies

    async def close(self) -> None:
        pass
