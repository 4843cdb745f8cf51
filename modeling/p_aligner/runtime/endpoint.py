"""A model behind an OpenAI-compatible chat server: calls, repetitions, refusals. Checks all that a server says."""

import asyncio
import json
import os
import random
import re
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from ..errors import BackendError, InputError, KitError, RefusedError
from ..models.hub import transport_error
from ..prompts import Message
from .protocol import MOST_NEW_TOKENS, Reply, Sampling


Result = TypeVar("Result")


def address(text: str) -> str:
    """Check the address of a server before it is called: clients fail late, with errors of many kinds."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0 or re.search(r"\s", text):
            raise ValueError("http or https, a host and no blanks are wanted")
    except ValueError as error:
        wanted = "must be the address of a server, such as http://127.0.0.1:8000/v1"
        raise ValueError(f"{wanted}, it is {text!r:.200}: {error}") from None
    return text


class EndpointSettings(Sampling):
    """A model behind any OpenAI-compatible chat server.

    Args:
        model: the name the server knows it by.
        base_url: up to and including `/v1`, which is added where the path has no version.
        api_key_env: name of the environment variable that holds the key.
        extra_body: more fields of the request, for what only this server understands.
        concurrency: most calls under way at once.
        timeout_s: longest wait for one answer, in seconds.
        retries: most repetitions of a failed call.
        backoff_s: first wait before a repetition, in seconds; it doubles each time, with jitter.
    """

    backend: Literal["endpoint"]
    model: str
    base_url: Annotated[str, AfterValidator(address)] = Field(exclude=True)
    api_key_env: str | None = Field(default=None, exclude=True)
    extra_body: dict[str, Any] = Field(default_factory=dict)
    concurrency: int = Field(default=64, ge=1, exclude=True)
    timeout_s: float = Field(default=120.0, gt=0, exclude=True)
    retries: int = Field(default=10, ge=0, exclude=True)
    backoff_s: float = Field(default=1.0, ge=0, exclude=True)


class EndpointBackend:
    """A model behind any OpenAI-compatible chat server. To be used in one event loop.

    Calls that fail for a while (busy or broken server, cut or silent connection, an answer that is none) are repeated;
    a busy server says itself when (`Retry-After`). Answers that are missing are asked for again. A refusal or a
    content filter is an answer with that finish reason. Tokens are those that the server counts, else 0. A server that
    refuses us, or has nothing but an error to say, is asked once (`RefusedError`).

    Raises:
        InputError: the environment variable for the key is not set, or holds what is no key.
    """

    def __init__(self, settings: EndpointSettings, *, rng: random.Random | None = None) -> None:
        from huggingface_hub import AsyncInferenceClient

        self.settings: dict[str, Any] = settings.model_dump(mode="json")
        self._endpoint = settings
        key = os.environ.get(settings.api_key_env, "").strip() if settings.api_key_env else "none"
        if not key:
            raise InputError(f"the environment variable {settings.api_key_env} holds no API key: set it")
        if not _KEY.fullmatch(key):  # no HTTP header may hold it, and what says so would print it
            raise InputError(
                f"the environment variable {settings.api_key_env} holds a blank, a line break or a sign that no API "
                "key has: set it anew"
            )
        # Without a key the client would send the user's Hugging Face token to whatever server this is.
        url = _chats(settings.base_url)
        self._client = AsyncInferenceClient(base_url=url, api_key=key, timeout=settings.timeout_s)
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._rng = rng or random.Random()

    async def chat(self, messages: list[Message], *, n: int = 1, seed: int | None = None, **_: Any) -> list[Reply]:
        replies = (await self._call(messages, n=n, seed=seed))[:n]
        seeds = [None if seed is None else seed + number for number in range(len(replies), n)]
        rest = await asyncio.gather(*(self._call(messages, n=1, seed=one) for one in seeds))
        return [*replies, *(each[0] for each in rest)]

    async def close(self) -> None:
        await self._client.close()  # type: ignore[no-untyped-call]

    async def stream(self, messages: list[Message], *, seed: int | None = None) -> AsyncGenerator[str, None]:
        """Answer a chat once and yield the text so far, at last all of it; nothing if a filter refuses.

        A call that fails before its first word is repeated as in `chat`; one that breaks off is a `BackendError`.
        """
        async with self._slots:
            begun = await self._tried(lambda: self._begun(messages, seed=seed))
            if isinstance(begun, Reply):
                return
            text, (piece, pieces) = "", begun
            async with aclosing(pieces):
                while piece:
                    text += piece
                    yield text
                    try:
                        piece = await anext(pieces, "")
                    except Exception as error:
                        failure = self._outcome(error)
                        if isinstance(failure, Reply):
                            return
                        raise BackendError(
                            f"{self._endpoint.base_url} broke off in the middle of an answer ({failure.reason}): ask "
                            "again"
                        ) from error

    async def _begun(self, messages: list[Message], *, seed: int | None) -> tuple[str, AsyncGenerator[str, None]]:
        pieces = self._pieces(messages, seed=seed)
        return await anext(pieces, ""), pieces

    async def _pieces(self, messages: list[Message], *, seed: int | None) -> AsyncGenerator[str, None]:
        ends = time.monotonic() + self._endpoint.timeout_s
        call = self._client.chat_completion(messages, n=1, seed=seed, stream=True, **self._options())
        async with aclosing(await asyncio.wait_for(call, self._endpoint.timeout_s)) as parts:
            # `anext` with a default: StopAsyncIteration must not leave a generator.
            while part := await asyncio.wait_for(anext(parts, None), ends - time.monotonic()):
                if part.choices and (piece := part.choices[0].delta.content):
                    yield piece

    async def _call(self, messages: list[Message], *, n: int, seed: int | None) -> list[Reply]:
        async def call() -> list[Reply]:
            answer = self._client.chat_completion(messages, n=n, seed=seed, **self._options())
            # The client's timeout is for silence; a server that sends a byte now and then would hold us for ever.
            return self._replies(await asyncio.wait_for(answer, self._endpoint.timeout_s))

        async with self._slots:
            outcome = await self._tried(call)
        return [outcome] * n if isinstance(outcome, Reply) else outcome

    async def _tried(self, call: Callable[[], Awaitable[Result]]) -> Result | Reply:
        """Call until it works, with waits; what a filter refuses is a reply."""
        wait_s, failure = 0.0, _Failure("")
        for attempt in range(self._endpoint.retries + 1):
            await asyncio.sleep(wait_s)
            try:
                return await call()
            except Exception as error:
                outcome = self._outcome(error)
            if isinstance(outcome, Reply):
                return outcome
            failure = outcome
            backoff_s: float = self._endpoint.backoff_s * 2**attempt * self._rng.uniform(0.5, 1.5)
            wait_s = max(min(backoff_s, _LONGEST_BACKOFF_S), failure.retry_after_s)
        raise BackendError(
            f"{self._endpoint.base_url} failed {self._endpoint.retries + 1} times, at last with {failure.reason}: "
            "look at the server, then go on"
        )

    def _options(self) -> dict[str, Any]:
        settings = self._endpoint
        return {
            "model": settings.model,
            "max_tokens": settings.max_new_tokens or MOST_NEW_TOKENS,
            "temperature": settings.temperature,
            "top_p": settings.top_p,
            "stop": list(settings.stop) or None,
            "extra_body": settings.extra_body,
        }

    def _outcome(self, error: Exception) -> "Reply | _Failure":
        """Say what a failed call means: a refusal, or a failure that may pass. Raises what is neither."""
        from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

        match error:
            case KitError():
                raise error
            case OfflineModeIsEnabled():
                raise InputError("HF_HUB_OFFLINE is set, so no server is called, not even here: unset it") from error
            case HfHubHTTPError():
                response = error.response
                if response.status_code in _TRANSIENT:
                    return _Failure(f"status {response.status_code}", _retry_after_s(response.headers))
                if _is_filtered(response):
                    return Reply("", 0, 0, "content_filter")
                raise self._refusal(response.status_code, response.text) from error
            case _Busy():
                return _Failure(str(error))
            case asyncio.TimeoutError() | OSError():
                return _Failure(f"{type(error).__name__} {error}".strip())
            case UnicodeEncodeError():
                raise InputError(f"the chat has half a character: {error.object[error.start :]!r:.80}") from error
            case ValueError() | TypeError() | AttributeError() | RecursionError():
                return _Failure(f"an answer that cannot be read ({error})")
        if isinstance(error, transport_error()):
            return _Failure(f"{type(error).__name__} {error}".strip())
        raise error

    def _refusal(self, status: int, said: str) -> KitError:
        kind = InputError if status in _FAULT_OF_REQUEST else RefusedError
        return kind(f"{self._endpoint.base_url} answers {status}: {' '.join(said.split()):.300}")

    def _replies(self, output: Any) -> list[Reply]:
        """Read an answer; some servers put their errors there, with status 200."""
        error = next((output[name] for name in ("error", "detail") if output.get(name)), None)
        if output.get("object") == "error":
            error = {name: output.get(name) for name in ("message", "code")}
        if error and not output.choices:
            codes = [error.get(name) for name in ("code", "status")] if isinstance(error, dict) else []
            status = next((int(str(code)) for code in codes if str(code).isdigit()), 200)
            said = error if isinstance(error, str) else json.dumps(error, default=str)
            if status in _TRANSIENT:
                raise _Busy(f"error {status}: {' '.join(said.split()):.300}")
            raise self._refusal(status, said)
        return _replies(output)


class _Busy(Exception):
    """A server answers that it is busy, in the body."""


@dataclass(frozen=True)
class _Failure:
    """A call that may work when it is repeated."""

    reason: str
    retry_after_s: float = 0.0


_KEY = re.compile("[!-~]+")  # printable ASCII
_VERSION = re.compile(r"/v\d\w*(?:/|\Z)")  # "/v1", "/v1beta/openai", "/api/v3"
_TRANSIENT = {408, 409, 425, 429, *range(500, 600)}
_FAULT_OF_REQUEST = {400, 413, 422}
_LONGEST_BACKOFF_S = 30.0
_LONGEST_RETRY_AFTER_S = 600.0


def _chats(base_url: str) -> str:
    """Return where a server takes chats. The client itself would add `/v1` behind every other version."""
    parts = urlsplit(base_url)
    path = re.sub(r"(?<!/chat)/(?:completions|responses|messages|models)\Z", "", parts.path.rstrip("/"))
    if not path.endswith("/chat/completions"):
        path += ("" if _VERSION.search(path) else "/v1") + "/chat/completions"
    return parts._replace(path=path).geturl()


def _replies(output: Any) -> list[Reply]:
    """Read the server's answer, of which nothing is certain; `ValueError` where it holds none."""
    if not isinstance(output.choices, list) or not output.choices:
        raise ValueError("it has no choices")
    prompt_tokens = _count(output.usage, "prompt_tokens")
    completion_tokens = _count(output.usage, "completion_tokens")
    replies = []
    for number, choice in enumerate(output.choices):
        message = choice.message
        text, refusal = message.content, getattr(message, "refusal", None)
        if isinstance(text, list):  # parts, of which thinking may be one
            text = "".join(part["text"] for part in text if part.get("type") == "text")
        if not isinstance(text or "", str):
            raise ValueError(f"its text is {text!r:.80}")
        reason = "content_filter" if refusal else str(choice.finish_reason or "stop")
        used = (0, 0) if number else (prompt_tokens, completion_tokens)
        thought = any(getattr(message, name, None) for name in ("reasoning_content", "reasoning", "thinking"))
        replies.append(Reply(text or (refusal if isinstance(refusal, str) else ""), *used, reason, thought))
    return replies


def _count(usage: Any, name: str) -> int:
    count = getattr(usage, name, None)
    return count if isinstance(count, int) and count > 0 else 0


def _retry_after_s(headers: Any) -> float:
    """Read how long a busy server asks to wait: seconds, or a date (by its own clock, ours may be wrong)."""
    value = headers.get("Retry-After", "0")
    try:
        seconds = float(value)
    except ValueError:
        try:
            now = parsedate_to_datetime(headers["Date"]).timestamp() if "Date" in headers else time.time()
            seconds = parsedate_to_datetime(value).timestamp() - now
        except ValueError:
            return 0.0
    return min(max(0.0, seconds), _LONGEST_RETRY_AFTER_S)  # in this order, or NaN would get through


def _is_filtered(response: Any) -> bool:
    """Say whether the server refused because of what the prompt says; some answer that with an error."""
    return response.status_code in (400, 403, 451) and any(
        word in response.text for word in ("content_filter", "content_policy", "ResponsibleAIPolicyViolation")
    )
