"""An answer that is being written, and why it is over: it is complete, too long, repeats itself, or its time is up.

This file is copied into model repositories; it needs neither torch nor transformers.
"""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from .prompts import OUTPUT_END, is_complete


# A text whose last 16 tokens repeat at most 8 loops: it would hold up its batch until there is no room left.
_TOKENS = 16
_PERIODS = range(1, 9)
_EVERY = max(_PERIODS)  # tokens between two looks, which cost time, too
_TAIL = 64  # tokens in which an end marker is looked for: a token is a character at least


@dataclass(eq=False)
class Answer:
    """One answer that is wanted, as far as it got."""

    prompt: list[int]  # tokens of the chat, and of the answer's beginning where that is given
    room: int  # most new tokens
    beginning: str = ""  # its text
    refines: str | None = None  # the instruction: then it ends at the end marker, or when it repeats itself
    stops: Sequence[str] = ()  # texts at which it ends; they are no part of it
    ends: Collection[int] = ()  # tokens at which it ends, besides those of the model
    draw: str = ""  # names its noise, where answers are drawn
    ends_at: float | None = None  # on the monotonic clock, when it is given up
    tokens: list[int] = field(default_factory=list)  # written so far
    reason: str | None = None  # why it is over: `stop`, `length`, `loop` or `time`


class Stops:
    """Says after each token whether an answer is over: `text` decodes tokens, those of `ends` end it."""

    def __init__(self, text: Callable[[Sequence[int]], str], ends: Collection[int]) -> None:
        self._text, self._ends = text, frozenset(ends)

    def add(self, answer: Answer, token: int) -> str | None:
        """Append a token to an answer; say, there and here, why it is over, if it is."""
        answer.tokens.append(token)
        answer.reason = self._reason(answer)
        return answer.reason

    def _reason(self, answer: Answer) -> str | None:
        if answer.tokens[-1] in self._ends or answer.tokens[-1] in answer.ends or self._is_complete(answer):
            return "stop"
        if len(answer.tokens) >= answer.room:
            return "length"
        if answer.refines is not None and is_loop(answer.tokens, answer.prompt):
            return "loop"
        if answer.ends_at is not None and time.monotonic() >= answer.ends_at:
            return "time"
        return None

    def _is_complete(self, answer: Answer) -> bool:
        if answer.refines is None and not answer.stops:
            return False
        longest = max(map(len, answer.stops), default=0)
        tail = self._text(answer.tokens[-max(_TAIL, 2 * longest) :])
        if any(stop in tail for stop in answer.stops):
            return True
        if answer.refines is None or OUTPUT_END not in tail:
            return False
        return is_complete(self._text(answer.tokens), answer.refines)


def is_loop(tokens: Sequence[int], prompt: Sequence[int]) -> bool:
    """Say whether a text repeats itself, and does not copy what does so in the prompt; looks at every 8th token."""
    if len(tokens) < _TOKENS + _EVERY or len(tokens) % _EVERY:
        return False
    last = list(tokens[-_TOKENS:])
    repeats = any(list(tokens[-_TOKENS - period : -period]) == last for period in _PERIODS)
    return repeats and not _holds(list(prompt), last)


def _holds(text: list[int], part: list[int]) -> bool:
    return any(text[start : start + len(part)] == part for start in range(len(text) - len(part) + 1))
