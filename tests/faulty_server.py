"""An OpenAI-compatible server on a real socket that answers well, late, broken or never, as it is told."""

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any


HTTP = "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n"
PATHS = ("/v1/chat/completions", "/v1/responses", "/v1/messages")
EVENTS = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


class Server:
    """Answers every chat with its last message, as a chat completion unless it is to be streamed.

    Each call takes the next fault of the plan, or none. What a whole answer says, one of at most `n`, can be told.

    Faults: a status, `(status, headers, body)`, `"cut"`, `"stall"`, `"drip"`, a string of its own as body, or a dict.
    Chats that are to be streamed come word by word, cut or stalled after two; an `asyncio.Event` holds them up after
    the first, and `"torn"` cuts them inside of the second.
    """

    def __init__(
        self, *plan: Any, n: int | None = None, say: Callable[[dict[str, Any], int], str] | None = None
    ) -> None:
        self.plan: Iterator[Any] = iter(plan)
        self.most_choices = n
        self.say = say or (lambda request, place: f"{_said(request)} {request.get('seed')} {place}")
        self.requests: list[Any] = []
        self.bodies: list[bytes] = []
        self.headers: list[str] = []
        self.times: list[float] = []
        self.under_way = self.most_under_way = 0
        self.hung_up = asyncio.Semaphore(0)  # released when a client leaves in the middle

    def follow(self, plan: Iterable[Any]) -> None:
        """Take the faults from here on."""
        self.plan = iter(plan)

    async def __aenter__(self) -> "Server":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                body = await _read_body(reader, head.lower())
                method, path = head.split()[:2]
                request = json.loads(body) if method == "POST" and path in PATHS else None
                self.requests.append(request)
                self.bodies.append(body)
                self.headers.append(head)
                self.times.append(time.monotonic())
                self.under_way += 1
                self.most_under_way = max(self.most_under_way, self.under_way)
                await asyncio.sleep(0.01)
                self.under_way -= 1
                if not await self._answer(reader, writer, path, request, next(self.plan, None)):
                    break
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass  # the client has left, or the test is over
        finally:
            writer.close()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, request: Any, fault: Any
    ) -> bool:
        """Write one answer; say whether the connection lives on."""
        if request and request.get("stream") and (fault in (None, "cut", "torn") or isinstance(fault, asyncio.Event)):
            return await self._stream(reader, writer, path, request, fault)
        body = json.dumps(self._completion(request) if request else {"object": "list", "data": [{"id": "m"}]})
        status, headers = 200, ""
        match fault:
            case "cut":
                writer.write(HTTP.format(status=200, length=len(body), headers="").encode() + body[:30].encode())
                return False
            case "stall":
                await self._wait(reader, asyncio.Event())
                return False
            case "drip":
                writer.write(HTTP.format(status=200, length=1000, headers="").encode())
                for _ in range(300):
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.05)
                    if reader.at_eof() or writer.is_closing():
                        self.hung_up.release()
                        break
                return False
            case int():
                status, body = fault, json.dumps({"error": {"message": f"fault\n {fault}"}})
            case (status, headers, body):
                pass
            case dict():
                body = json.dumps(fault)
            case str():
                body = fault
        data = body if isinstance(body, bytes) else body.encode()
        writer.write(HTTP.format(status=status, length=len(data), headers=headers).encode("latin-1") + data)
        await writer.drain()
        return True

    async def _stream(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, request: Any, fault: Any
    ) -> bool:
        writer.write(EVENTS.encode())
        words = _said(request).split(" ")
        for number, word in enumerate(words):
            data = _event(path, f" {word}" if number else word, is_last=number == len(words) - 1)
            if fault == "torn" and number == 1:
                data = data[:20]
            writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            await writer.drain()
            if (fault, number) in (("cut", 1), ("torn", 1)):
                return False
            if isinstance(fault, asyncio.Event) and not number and not await self._wait(reader, fault):
                return False
        writer.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
        await writer.drain()
        return True

    async def _wait(self, reader: asyncio.StreamReader, event: asyncio.Event) -> bool:
        """Wait for an event; say whether the client has stayed."""
        left, came = asyncio.ensure_future(reader.read(1)), asyncio.ensure_future(event.wait())
        done, _ = await asyncio.wait([left, came], timeout=30, return_when=asyncio.FIRST_COMPLETED)
        for task in (left, came):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await left
        if came in done:
            return True
        if left in done:
            self.hung_up.release()
        return False

    def _completion(self, request: dict[str, Any]) -> dict[str, Any]:
        count = min(request.get("n", 1), self.most_choices or 99)
        messages = [{"role": "assistant", "content": self.say(request, place)} for place in range(count)]
        choices = [{"index": i, "message": message, "finish_reason": "stop"} for i, message in enumerate(messages)]
        return {"choices": choices, "usage": {"prompt_tokens": 10, "completion_tokens": 4 * count, "total_tokens": 0}}


@contextlib.contextmanager
def in_thread(server: Server) -> Iterator[Server]:
    """Run a server in a thread of its own, for what is not asynchronous."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result()
    try:
        yield server
    finally:

        async def end() -> None:
            await server.__aexit__()
            rest = asyncio.all_tasks() - {asyncio.current_task()}
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _event(path: str, word: str, *, is_last: bool) -> bytes:
    """Write one word of a stream as each API does."""
    event: dict[str, Any] = {"id": "1", "created": 1, "model": "m", "object": "chat.completion.chunk"}
    delta = {"role": "assistant", "content": word}
    event["choices"] = [{"index": 0, "delta": delta, "finish_reason": "stop" if is_last else None}]
    name = ""
    if path == "/v1/responses":
        event = {"type": "response.output_text.delta", "delta": word, "output_index": 0, "content_index": 0}
    elif path == "/v1/messages":
        event = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}
    if path != "/v1/chat/completions":
        name = f"event: {event['type']}\n"
    return f"{name}data: {json.dumps(event)}\n\n".encode()


def _said(request: dict[str, Any]) -> str:
    """Read the last message; of several parts, all texts."""
    turns = request.get("messages") or request.get("input") or ""
    content = turns if isinstance(turns, str) else turns[-1].get("content") or ""
    return content if isinstance(content, str) else " ".join(part.get("text", "-") for part in content)


async def _read_body(reader: asyncio.StreamReader, head: str) -> bytes:
    if "transfer-encoding: chunked" in head:
        body = b""
        while length := int(await reader.readline(), 16):
            body += await reader.readexactly(length)
            await reader.readline()
        await reader.readline()
        return body
    lengths = [int(line.split(":")[1]) for line in head.split("\r\n") if line.startswith("content-length:")]
    return await reader.readexactly(lengths[0]) if lengths else b""
