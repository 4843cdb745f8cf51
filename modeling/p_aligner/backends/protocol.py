"""What a backend is: a chat goes in, replies come out. Knows no model."""

from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import Field

from ..prompts import Message
from ..recipe import Section


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of a model.

    The token counts of one call's replies add up to what the call used: the prompt counts once, on the first reply,
    and a server that only tells the sum of the answers' tokens has it there, too.

    Args:
        finish_reason (`str`):
            `"stop"` (the model ended), `"length"` (a limit cut it off), `"content_filter"` (the server or the model
            refused; the text may be empty), or whatever else a server says.
    """

    text: str
    prompt_tokens: int
    completion_tokens: int
    finish_reason: str


class Backend(Protocol):
    """A chat model."""

    settings: dict[str, Any]
    """What the answers depend on: part of a run's fingerprint. Holds neither secrets nor addresses."""

    async def chat(self, messages: list[Message], *, n: int = 1, seed: int | None = None) -> list[Reply]:
        """Answer a chat `n` times.

        A chat may end in an assistant turn, the beginning of the answer ([`opened`]): a model in this process goes on
        with it and ends at the end marker; others begin anew. The text of the reply is the whole answer.

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
        max_new_tokens (`int`):
            Most tokens of an answer.
        temperature, top_p (`float`):
            Of sampling; temperature 0 takes the likeliest token.
        stop (`tuple` of `str`):
            Texts at which an answer ends; they are not part of it.
    """

    max_new_tokens: int = Field(default=512, ge=1)
    temperature: float = Field(default=1.0, ge=0)
    top_p: float = Field(default=1.0, gt=0, le=1)
    stop: tuple[str, ...] = ()
