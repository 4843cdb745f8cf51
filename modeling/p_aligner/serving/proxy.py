"""The proxy: HTTP in, an instruction refined, HTTP on to the upstream server and back.

Bytes are passed on as they come, in both directions, and so are headers but for those of one connection. A client that
hangs up cancels everything that was done for it.
"""

import asyncio
import json
import re
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from ..errors import BackendError, InputError, Reason
from ..instructions import names_of
from ..runtime.endpoint import address
from .chats import Chat, read_chat


Refine = Callable[[Any], Awaitable[Mapping[str, Any]]]
"""Refines a text, or a chat's last turn, into a record of [`PAlignerPipeline`]; `BackendError` when it has no time."""

SWITCH = "X-P-Aligner"

# Of one connection, not of the message (RFC 9110, 7.6.1); `Expect` was answered here.
_OWN_TO_CONNECTION = {
    *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer"),
    *("transfer-encoding", "upgrade", "expect", "host"),
}
_CONNECT_S = 10.0
# Below the five seconds after which common servers close an idle connection: one that is closed while it is taken up
# again would look like a server that is down.
_IDLE_S = 4.0
_LONGEST: dict[str, Any] = {"max_line_size": 65_536, "max_field_size": 65_536}  # bytes; keys of some clouds are long
_LONGEST_REASON = 200
_LONGEST_REFINED = 1_000
_FAILURES = (aiohttp.ClientError, asyncio.TimeoutError, OSError)


@dataclass(frozen=True)
class Outcome:
    """What became of an instruction."""

    reason: str | None  # why it was not changed
    refined: str | None = None  # the text in its place, if it was
    ms: int = 0  # how long that took

    def headers(self) -> dict[str, str]:
        """Tell the client, in ASCII and on one line."""
        told = {"x-p-aligner-changed": str(self.refined is not None).lower(), "x-p-aligner-ms": str(self.ms)}
        if self.reason:
            told["x-p-aligner-reason"] = _printable(self.reason)[:_LONGEST_REASON]
        if self.refined is not None:
            encoded = quote(self.refined, safe=" !'()*,;:?/", errors="replace")
            if len(encoded) <= _LONGEST_REFINED:
                told["x-p-aligner-refined"] = encoded
        return told


class Proxy:
    """Passes HTTP requests on to an OpenAI-compatible server, chats with what a person typed last refined.

    The raw message goes on when refining fails or takes too long. To be used in one event loop, as an asynchronous
    context.

    Args:
        upstream: the server's base URL as an OpenAI client takes it; without a path, `/v1` is added.
        refine: refines a text, or the last turn of a chat.
        budget_s: longest time that refining may take, in seconds, waiting for others included.
        is_on: whether chats are refined that do not say: by the header `X-P-Aligner: on` or `off`, or by `:refined` or
            `:raw` behind the model's name. The header goes first.
        timeout_s: longest silence of the upstream server, in seconds.
        most_bytes: longest chat request; other bodies are not kept, so they have no limit.

    Raises:
        InputError: `upstream` is no URL of a server.
    """

    def __init__(
        self,
        upstream: str,
        refine: Refine,
        *,
        budget_s: float = 5.0,
        is_on: bool = True,
        timeout_s: float = 600.0,
        most_bytes: int = 64 * 2**20,
    ) -> None:
        self.upstream = _base_url(upstream)
        self.tally = Counter[str]()  # what became of the chats
        self._refine = refine
        self._budget_s = budget_s
        self._is_on = is_on
        self._timeout_s = timeout_s
        self._most_bytes = most_bytes

    async def __aenter__(self) -> "Proxy":
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE_S),  # clients say how many
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S, sock_read=self._timeout_s),
            cookie_jar=aiohttp.DummyCookieJar(),  # they are the clients'
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            auto_decompress=False,
            trust_env=True,
            **_LONGEST,
        )
        ours: dict[str, Any] = {"handler_cancellation": True, "auto_decompress": False, "access_log": None}
        self._server = web.Server(self._handle, **ours, **_LONGEST)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def serve(self, listener: socket.socket, stop: asyncio.Event, *, grace_s: float = 10.0) -> None:
        """Serve until `stop` is set, then let what is under way end for `grace_s` seconds."""
        runner = web.ServerRunner(self._server, shutdown_timeout=grace_s)
        await runner.setup()
        try:
            await web.SockSite(runner, listener).start()
            await stop.wait()
        finally:
            await runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return _error(501, "WebSockets are not passed on: call the upstream server itself", code="no_websockets")
        path = _path_of_chat(request)
        if path is None:
            told = Outcome(f"no chat: {request.method} {request.path} goes through as it is").headers()
            return await self._forward(request, request.content if request.can_read_body else None, told)
        try:
            switch = _switch(request.headers.get(SWITCH))
            data = await self._read(request)
            if data is None:
                said = f"the request is longer than the {self._most_bytes:,} bytes that this proxy takes: shorten it"
                return _error(413, said, code="request_too_large")
            if request.headers.get("Content-Encoding", "identity").lower() != "identity":
                return await self._forward(request, data, self._told(Outcome("compressed: the request is not read")))
            chat = read_chat(data, path)
            if switch is None:
                switch = self._is_on if chat.is_switched is None else chat.is_switched
        except InputError as error:
            return _error(400, str(error), code="invalid_request")
        outcome = await self._refined(chat) if switch else Outcome("off")
        body = chat.raw() if outcome.refined is None else chat.refined(outcome.refined)
        return await self._forward(request, body, self._told(outcome))

    async def _read(self, request: web.BaseRequest) -> bytes | None:
        if (request.content_length or 0) > self._most_bytes:
            return None
        data = bytearray()
        async for chunk in request.content.iter_any():
            data += chunk
            if len(data) > self._most_bytes:
                return None
        return bytes(data)

    async def _refined(self, chat: Chat) -> Outcome:
        """Refine the instruction of a chat within the budget. Whatever goes wrong, the chat goes on."""
        if chat.instruction is None:
            return Outcome(chat.reason)
        started = time.monotonic()
        reason, refined = None, None
        try:
            record = await asyncio.wait_for(self._refine(chat.given), self._budget_s)
            reason = record["reason"]
            if record["changed"]:
                refined = record["refined_instruction"]
                refined = refined if isinstance(refined, str) else refined[-1]["content"]
        except asyncio.TimeoutError:
            reason = Reason.named("budget", f"refining took longer than {self._budget_s:g} s")
        except BackendError as error:
            reason = Reason.named("busy", str(error))
        except Exception as error:
            reason = Reason.named("error", str(error) or type(error).__name__)
        return Outcome(reason, refined, round((time.monotonic() - started) * 1000))

    def _told(self, outcome: Outcome) -> dict[str, str]:
        self.tally["changed" if outcome.refined is not None else names_of(outcome.reason or "")[0]] += 1
        return outcome.headers()

    async def _forward(
        self, request: web.BaseRequest, body: bytes | aiohttp.StreamReader | None, told: dict[str, str]
    ) -> web.StreamResponse:
        """Call the upstream server and pass its answer on while it comes."""
        headers = _passed_on(request.headers)
        headers.popall(SWITCH, None)
        if isinstance(body, bytes):
            headers["Content-Length"] = str(len(body))
        try:
            call = self._session.request(
                request.method, self._url(request), headers=headers, data=body, allow_redirects=False
            )
            async with call as answer:
                return await self._pass_back(request, answer, told)
        except _FAILURES as error:
            late = isinstance(error, asyncio.TimeoutError)
            fate = f"did not answer within {self._timeout_s:g} s" if late else f"cannot be reached: {_said(error)}"
            response = _error(504 if late else 502, f"the upstream server {self.upstream} {fate}", code="upstream")
            response.headers.update(told)
            return response

    def _url(self, request: web.BaseRequest) -> URL:
        """Find the upstream's address for a path: below `/v1` that of the API, else beside it."""
        path, base = request.rel_url.raw_path_qs, str(self.upstream)
        if chat := _path_of_chat(request):
            path = chat + path.removeprefix(request.rel_url.raw_path)
        if path == "/v1" or path.startswith(("/v1/", "/v1?")):
            return URL(base + path.removeprefix("/v1"), encoded=True)
        return URL(base.removesuffix("/v1") + path, encoded=True)

    async def _pass_back(
        self, request: web.BaseRequest, answer: aiohttp.ClientResponse, told: dict[str, str]
    ) -> web.StreamResponse:
        headers = _passed_on(answer.headers)
        headers.update(told)
        response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=headers)
        await response.prepare(request)
        is_between_events = "text/event-stream" in headers.get("Content-Type", "")
        is_between_events &= "Content-Encoding" not in headers
        is_event_stream = is_between_events
        while True:
            try:
                chunk = await answer.content.readany()
            except _FAILURES as error:
                if is_between_events:
                    await response.write(self._event(error))
                if request.transport is not None:
                    request.transport.close()  # an end like any other would make half an answer look whole
                return response
            if not chunk:
                return response
            is_between_events = is_event_stream and chunk.endswith((b"\n\n", b"\r\n\r\n"))
            await response.write(chunk)

    def _event(self, error: BaseException) -> bytes:
        """Tell a client that reads events why they end: the clients of both APIs raise what is below `error`."""
        late = isinstance(error, asyncio.TimeoutError)
        fate = f"said nothing for {self._timeout_s:g} s" if late else f"broke off: {_said(error)}"
        message = f"the upstream server {self.upstream} {fate}, in the middle of its answer"
        return f"event: error\ndata: {_error_body(message, status=502, code='upstream')}\n\n".encode()


# Clients whose base URL lacks `/v1`, has it twice, ends in a slash or is a whole address ask for these.
_CHAT = re.compile(
    r"/+(?:(?:v1/+)+(?:chat/+completions/+(?:v1/+)*)?(?=\w)|(?!messages))(chat/+completions|responses|messages)/*"
)
_CALL = re.compile(
    r"/+(?:(?:chat/+)?completions|chat|responses|messages|models|embeddings)/*\Z"
)  # an upstream has none


def _path_of_chat(request: web.BaseRequest) -> str | None:
    """Return which of `PATHS` a request asks for."""
    asked = _CHAT.fullmatch(request.path) if request.method == "POST" else None
    return asked and "/v1/" + re.sub("/+", "/", asked[1])


def _base_url(text: str) -> URL:
    try:
        bare = re.sub(r"(?<![:/])/+", "/", _CALL.sub("", address(text))).rstrip("/")
        url = URL(re.sub(r"(?:/v1)+\Z", "/v1", bare))
        if url.query_string or url.fragment:
            raise ValueError(f"must be the base URL of a server, without ? and #, it is {text!r:.200}")
    except ValueError as error:
        raise InputError(f"the upstream {error}") from error
    return url / "v1" if url.path in ("", "/") else url


def _switch(value: str | None) -> bool | None:
    """Read our request header; `InputError` where it is neither on nor off."""
    if value is None:
        return None
    if value.strip().lower() not in ("on", "off"):
        raise InputError(f"the header {SWITCH} must be on or off, it is {value!r:.80}")
    return value.strip().lower() == "on"


def _passed_on(headers: Mapping[str, str]) -> "CIMultiDict[str]":
    """Leave out the headers that belong to one connection."""
    named = {name.strip().lower() for name in headers.get("Connection", "").split(",")}
    named |= _OWN_TO_CONNECTION
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in named)


def _error(status: int, message: str, *, code: str) -> web.Response:
    """Answer with an error in OpenAI's form, which with its `type` is Anthropic's, too."""
    body = _error_body(message, status=status, code=code)
    return web.Response(status=status, text=body, content_type="application/json")


def _error_body(message: str, *, status: int, code: str) -> str:
    kind = "invalid_request_error" if status < 500 else "upstream_error"
    message = " ".join(message.split())
    told = {"message": f"p-aligner: {message}", "type": kind, "param": None, "code": code}
    return json.dumps({"type": "error", "error": told})


def _said(error: BaseException) -> str:
    return _printable(str(error) or type(error).__name__)[:_LONGEST_REASON]


def _printable(text: str) -> str:
    """Make a text fit for a header: one line of visible ASCII."""
    text = re.sub(r"[\x00-\x20\x7f]+", " ", text).strip()
    return text.encode("ascii", "backslashreplace").decode()
