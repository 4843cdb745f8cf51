"""What a backend is: a chat goes in, replies come out."""

from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import Field

from ..guard import MAX_GROWTH
from ..prompts import Message, says_nothing, without_thinking
from ..store.recipe import Section


MOST_NEW_TOKENS = 512  # of an answer, where neither settings nor an instruction say


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of a model.

    The token counts of one call's replies add up to what the call used: the prompt counts once, on the first reply, as
    do all answers of a server that only tells their sum. The reason is `"stop"` (the model ended), `"length"` (a limit
    cut it off), `"content_filter"` (refused; the text may be empty), `"loop"` (it repeats itself), `"time"` (it took
    too long), or what else a server says.
    """

    text: str
    prompt_tokens: int
    completion_tokens: int
    finish_reason: str
    thought: bool = False  # it also wrote thinking, which is no part of the text


def why_blank(reply: Reply) -> str | None:
    """Say why there is nothing in an answer; `None` where there is something, or where a filter kept it back."""
    if reply.finish_reason == "content_filter" or not says_nothing(reply.text):
        return None
    how = f"finish_reason {reply.finish_reason}, content {'blank' if reply.text else 'null or empty'}"
    if reply.thought or without_thinking(reply.text) != reply.text:
        return f"the answer is blank, thinking took its tokens ({how}): raise max_new_tokens, or turn thinking off"
    if reply.finish_reason == "length":
        return f"the answer is blank, its tokens ran out before it began ({how}): raise max_new_tokens"
    return f"the answer is blank ({how}): look at the model and its chat template"


class Backend(Protocol):
    """A chat model. Its settings are what the answers depend on: neither secrets nor addresses."""

    settings: dict[str, Any]

    async def chat(
        self,
        messages: list[Message],
        *,
        n: int = 1,
        seed: int | None = None,
        refines: str | None = None,
        max_growth: float = MAX_GROWTH,
        within_s: float | None = None,
    ) -> list[Reply]:
        """Answer a chat `n` times.

        `refines` is the instruction that the answer refines by Fig. 9 or 10. A model in this process is then given the
        beginning of its answer, has room for `max_growth` times the instruction, and ends at the end marker or when it
        repeats itself; others answer as they would. The text of the reply is the whole answer. What a model in this
        process has not written `within_s` seconds is cut off.

        The same messages, `n` and `seed` give the same texts where the model is in this process; a server does what it
        can. Without a seed every call is another draw.

        Raises:
            InputError: this request cannot be answered, for example because it is too long; others can.
            BackendError: the model could not be reached or failed, also after retries.
        """

    async def close(self) -> None:
        """Free the model; what still waits fails."""


class Sampling(Section):
    """How answers are drawn.

    Args:
        max_new_tokens: by default 512, and of a refinement in this process what `max_growth` allows.
        temperature, top_p: of sampling; temperature 0 takes the likeliest token.
        stop: texts at which an answer ends; they are not part of it.
    """

    max_new_tokens: int | None = Field(default=None, ge=1)
    temperature: float = Field(default=1.0, ge=0)
    top_p: float = Field(default=1.0, gt=0, le=1)
    stop: tuple[str, ...] = ()
