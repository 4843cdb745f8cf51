"""Requests to a model: which text of one is an instruction, and is it to be refined?"""

import json
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from .agents import typed_span


CHATS, RESPONSES, MESSAGES = "/v1/chat/completions", "/v1/responses", "/v1/messages"
PATHS = (CHATS, RESPONSES, MESSAGES)
# What a client can put behind a model's name; servers of models use other words behind their colons.
SUFFIXES = {":raw": False, ":refined": True}

_RULES = ("system", "developer")  # roles that take no turn
_EARLIER = {"role": "assistant", "content": ""}
# Where each API and server is told the form of an answer: words about the form would speak against it.
_FORMATS = (("response_format",), ("text", "format"), ("output_format",), ("output_config", "format"))
_GUIDED = (
    *("guided_json", "guided_regex", "guided_choice", "guided_grammar", "structured_outputs"),
    *("grammar", "json_schema", "regex", "ebnf", "format"),
)
_NESTED = ("extra_body", "nvext")  # what some clients put such keys into
# Less than eight tokens are a word, a number or a test of the connection.
_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens", "n_predict")


@dataclass
class Chat:
    """A request for a turn of a model."""

    data: bytes  # as it came in
    body: dict[str, Any]  # what it says; the model's name is without our suffix
    is_first: bool = True  # the instruction has no turns before it
    is_switched: bool | None = None  # what the suffix of the model's name said
    # Where in the body the text with the instruction is: a message, a part of one or the body, and the key.
    place: tuple[dict[str, Any], str] | None = None
    span: tuple[int, int] = (0, 0)  # where in that text the instruction is
    reason: str | None = None  # why there is no instruction

    @property
    def instruction(self) -> str | None:
        if self.place is None:
            return None
        holder, key = self.place
        text: str = holder[key][slice(*self.span)]
        return text

    @property
    def given(self) -> Any:
        """The instruction as a refiner takes it: in a chat where turns go before it, which may be elsewhere."""
        asked = self.instruction
        return asked if self.is_first else [_EARLIER, {"role": "user", "content": asked}]

    def refined(self, text: str) -> bytes:
        assert self.place is not None
        holder, key = self.place
        whole, (start, end) = holder[key], self.span
        holder[key] = whole[:start] + text + whole[end:]
        return self._written()

    def raw(self) -> bytes:
        """Write the request with the instruction as it was: byte by byte, but for a suffix of the model's name."""
        return self.data if self.is_switched is None else self._written()

    def _written(self) -> bytes:
        return json.dumps(self.body, separators=(",", ":")).encode()  # ASCII, so halves of characters survive


def read_chat(data: bytes, path: str = CHATS) -> Chat:
    """Read a request to `path`, one of `PATHS`; `InputError` where it is none."""
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
    if path != RESPONSES:
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
    _find(chat, body["messages"] if path != RESPONSES else body.get("input"))
    return chat


def _find(chat: Chat, turns: Any) -> None:
    """Find the instruction: what a person typed last, in the last turn if that is the user's."""
    body = chat.body
    *earlier, last = turns if isinstance(turns, list) and turns else [body]
    chat.is_first = not (body.get("previous_response_id") or body.get("conversation")) and all(
        map(_is_no_turn, earlier)
    )
    last = last if isinstance(last, dict) else {}
    content = last.get("content")
    if last is not body and last.get("role") != "user":
        chat.reason = f"last turn: it is the {last.get('role') or last.get('type')}'s"
    elif isinstance(content, list) and any(isinstance(p, dict) and p.get("type") == "tool_result" for p in content):
        chat.reason = "last turn: it is the tool's"
    chat.reason = chat.reason or _strict(body)
    if chat.reason:
        return
    places = _texts_of(last, "input" if last is body else "content")  # of /v1/responses: a text alone
    if not places:
        chat.reason = "no text: the last message has none"
    elif span := typed_span([holder[key] for holder, key in places]):
        chat.place, chat.span = places[span.number], (span.start, span.end)
    else:
        chat.reason = "no text: what the last message says is an agent's, not a person's"


def _texts_of(turn: dict[str, Any], key: str = "content") -> list[tuple[dict[str, Any], str]]:
    """Say where the texts of a turn are, in which holder under which key."""
    content = turn.get(key)
    parts = [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    places = [(part, "text") for part in parts if part.get("type") in ("text", "input_text")] or [(turn, key)]
    return [(holder, key) for holder, key in places if isinstance(holder.get(key), str) and holder[key].strip()]


def _is_no_turn(message: Any) -> bool:
    """Say whether a message is a rule, or a user's in which only an agent speaks."""
    role = message.get("role") if isinstance(message, dict) else None
    texts = [holder[key] for holder, key in _texts_of(message)] if role == "user" else []
    return role in _RULES or (texts != [] and typed_span(texts) is None)


def _strict(body: dict[str, Any]) -> str | None:
    """Say why an answer has a form of its own: a schema, or a call of a tool."""
    for keys in _FORMATS:
        value: Any = body
        for key in (*keys, "type"):
            value = value.get(key) if isinstance(value, dict) else None
        if value not in (None, "text"):
            return f"form: {'.'.join(keys)} is {value}"
    for holder in (body, *map(body.get, _NESTED)):
        if isinstance(holder, dict) and (key := next(filter(holder.get, _GUIDED), None)):
            return f"form: {key} is set"
    for key in _LIMITS:
        if isinstance(limit := body.get(key), int | float) and not isinstance(limit, bool) and 0 <= limit < 8:
            return f"form: {key} is {limit}"
    choice = body.get("tool_choice") or body.get("function_call")
    if isinstance(choice, dict):
        allowed = choice.get("allowed_tools")
        choice = (allowed if isinstance(allowed, dict) else choice).get("mode") or choice.get("type", "function")
    return None if choice in (None, "auto", "none") else f"form: tool_choice is {choice}"
