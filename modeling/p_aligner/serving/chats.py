"""Chat completion requests: which text of one is an instruction, and is it to be refined?"""

import json
from dataclasses import dataclass
from typing import Any

from ..errors import InputError


# What a client can put behind a model's name; servers of models use other words behind their colons.
SUFFIXES = {":raw": False, ":refined": True}


@dataclass
class Chat:
    """A request for a chat completion.

    Args:
        data (`bytes`):
            As it came in.
        body (`dict`):
            What it says; the model's name is without our suffix.
        is_switched (`bool`, *optional*):
            What the suffix of the model's name said.
        part (`dict`, *optional*):
            Where in the body the instruction is: a message, or a part of one.
        reason (`str`, *optional*):
            Why there is no instruction.
    """

    data: bytes
    body: dict[str, Any]
    is_switched: bool | None = None
    part: dict[str, Any] | None = None
    reason: str | None = None

    @property
    def instruction(self) -> str | None:
        """The text to refine, or `None`."""
        if self.part is None:
            return None
        text: str = self.part[_place(self.part)]
        return text

    def refined(self, text: str) -> bytes:
        """Write the request with another text in place of the instruction."""
        assert self.part is not None
        self.part[_place(self.part)] = text
        return self._written()

    def raw(self) -> bytes:
        """Write the request with the instruction as it was: byte by byte, but for a suffix of the model's name."""
        return self.data if self.is_switched is None else self._written()

    def _written(self) -> bytes:
        return json.dumps(self.body, separators=(",", ":")).encode()  # ASCII, so halves of characters survive


def read_chat(data: bytes) -> Chat:
    """Read a request.

    Raises:
        InputError: it is no request for a chat completion.
    """
    try:
        body = json.loads(data)
    except UnicodeDecodeError as error:
        raise InputError(f"the request is not UTF-8 text: {error.reason} at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise InputError(f"the request is not JSON ({error.msg} at character {error.pos}): send an object") from error
    except ValueError as error:  # of thousands of digits
        raise InputError("the request holds too long a number: send an object with model and messages") from error
    except RecursionError as error:
        raise InputError("the request is JSON nested too deeply: send an object with model and messages") from error
    if not isinstance(body, dict):
        raise InputError(f"the request must be a JSON object with model and messages, it is {body!r:.80}")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise InputError(f"messages must be a list of at least one message, it is {messages!r:.80}")
    for number, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise InputError(f"message {number} must be an object with a role, it is {message!r:.80}")
    chat = Chat(data, body)
    model = body.get("model")
    for suffix, is_on in SUFFIXES.items():
        if isinstance(model, str) and model.endswith(suffix):
            body["model"] = model.removesuffix(suffix)
            chat.is_switched = is_on
    chat.part, chat.reason = _find(messages)
    return chat


def _find(messages: list[dict[str, Any]]) -> tuple[dict[str, Any] | None, str | None]:
    """Find the instruction: the text of the last message if it is the user's, of several parts the last text."""
    last = messages[-1]
    if last["role"] != "user":
        return None, f"last turn: it is the {last['role']}'s"
    content = last.get("content")
    parts = content if isinstance(content, list) else [last]
    for part in reversed(parts):
        if isinstance(part, dict) and (part is last or part.get("type") == "text"):
            text = part.get(_place(part))
            return (part, None) if isinstance(text, str) and text.strip() else (None, "no text: the last one is blank")
    return None, "no text: the last message has none"


def _place(part: dict[str, Any]) -> str:
    return "content" if "role" in part else "text"
