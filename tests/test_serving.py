"""The proxy between real clients (openai, curl) and a real server that misbehaves by plan."""

import asyncio
import contextlib
import gzip
import json
import random
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import aiohttp
import openai
import pytest
from faulty_server import Server
from tiny import REFINED

from p_aligner.cli import main
from p_aligner.errors import BackendError, InputError
from p_aligner.runtime import TransformersBackend, TransformersSettings
from p_aligner.runtime.refiner import Refiner
from p_aligner.serving.chats import read_chat
from p_aligner.serving.proxy import Outcome, Proxy


CHAT = "/v1/chat/completions"
ASK = "tell me about inflation"


async def loud(text: str) -> dict[str, Any]:
    """Refine by raising the voice."""
    refined = text.upper()
    return {"refined_instruction": refined, "changed": refined != text, "reason": None if refined != text else "loud"}


@contextlib.asynccontextmanager
async def proxied(
    *plan: Any, refine: Callable[[str], Awaitable[Any]] = loud, **options: Any
) -> AsyncIterator[tuple[Server, str, Proxy]]:
    """Run a server and the proxy before it; yield the server, the proxy's address without `/v1`, and the proxy."""
    async with Server(*plan) as server, Proxy(server.url, refine, **options) as proxy:
        with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
            stop = asyncio.Event()
            serving = asyncio.ensure_future(proxy.serve(listener, stop, grace_s=1.0))
            try:
                yield server, f"http://127.0.0.1:{listener.getsockname()[1]}", proxy
            finally:
                stop.set()
                await serving


def user(content: Any) -> list[Any]:
    return [{"role": "user", "content": content}]


def request(content: Any, **more: Any) -> dict[str, Any]:
    return {"model": "m", "messages": user(content), **more}


async def post(url: str, body: Any, path: str = CHAT, **headers: str) -> tuple[int, Any, Any]:
    """Send a request; return status, headers and JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **headers}
    async with aiohttp.ClientSession() as session, session.post(url + path, data=data, headers=headers) as answer:
        return answer.status, answer.headers, json.loads(await answer.read())


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 60))


def client(url: str) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="sk-own", max_retries=0)


# What is refined


@pytest.mark.parametrize(
    ("messages", "instruction", "reason"),
    [
        (user("a"), "a", None),
        (
            [{"role": "system", "content": "s"}, *user("a"), {"role": "assistant", "content": "b"}, *user("c")],
            "c",
            None,
        ),
        (user([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}, {"type": "image_url"}]), "b", None),
        (user([{"type": "image_url"}]), None, "no text: the last message has none"),
        (user([]), None, "no text: the last message has none"),
        (user(" \n"), None, "no text: the last one is blank"),
        (user(None), None, "no text: the last one is blank"),
        (user([{"type": "text", "text": "a"}, {"type": "text", "text": " "}]), None, "no text: the last one is blank"),
        ([*user("a"), {"role": "assistant", "tool_calls": []}], None, "last turn: it is the assistant's"),
        ([*user("a"), {"role": "tool", "content": "5"}], None, "last turn: it is the tool's"),
        ([{"role": "system", "content": "s"}], None, "last turn: it is the system's"),
    ],
)
def test_the_last_text_of_the_last_message_is_the_instruction(
    messages: list[Any], instruction: str | None, reason: str | None
) -> None:
    body = {"model": "m", "messages": messages, "temperature": 0.1, "x": {"y": [1]}}
    chat = read_chat(json.dumps(body).encode())
    assert (chat.instruction, chat.reason) == (instruction, reason)
    assert chat.raw() == json.dumps(body).encode()
    if instruction:
        written = json.dumps(json.loads(chat.refined("new")))
        assert written == json.dumps(body)[::-1].replace(f'"{instruction}"', '"wen"', 1)[::-1]


def test_only_our_suffixes_are_taken_from_the_models_name() -> None:
    for name, model, switch in (
        ("gpt-4o:raw", "gpt-4o", False),
        ("llama3:8b:refined", "llama3:8b", True),
        ("llama3:8b", "llama3:8b", None),
        ("x:free", "x:free", None),
        (None, None, None),
    ):
        chat = read_chat(json.dumps({"model": name, "messages": user("a")}).encode())
        assert (chat.body["model"], chat.is_switched) == (model, switch)
        assert json.loads(chat.raw())["model"] == model


def test_half_a_character_goes_on_as_it_came() -> None:
    chat = read_chat(b'{"messages": [{"role": "user", "content": "a"}], "x": "\\ud83d caf\xc3\xa9"}')
    assert json.loads(chat.refined("b"))["x"] == "\ud83d café"


WRONG = [
    (b"", "the request is not JSON (Expecting value at character 0): send an object"),
    (b'{"messages": [', "the request is not JSON (Expecting value at character 14): send an object"),
    (b"\xff", "the request is not UTF-8 text: invalid start byte at byte 0"),
    (b"[" * 100_000, "the request is JSON nested too deeply: send an object with model and messages"),
    (b"9" * 5000, "the request holds too long a number: send an object with model and messages"),
    (b"[1]", "the request must be a JSON object with model and messages, it is [1]"),
    (b"{}", "messages must be a list of at least one message, it is None"),
    (b'{"messages": []}', "messages must be a list of at least one message, it is []"),
    (b'{"messages": ["hi"]}', "message 0 must be an object with a role, it is 'hi'"),
    (b'{"messages": [{"role": 5}]}', "message 0 must be an object with a role, it is {'role': 5}"),
]


def test_what_is_no_chat_is_told_in_one_line_and_goes_nowhere() -> None:
    async def check() -> None:
        async with proxied() as (server, url, _), client(url) as own:
            for body, message in WRONG:
                status, headers, answer = await post(url, body)
                assert (status, headers["Content-Type"]) == (400, "application/json; charset=utf-8")
                error = {"type": "invalid_request_error", "param": None, "code": "invalid_request"}
                assert answer == {"error": {"message": f"p-aligner: {message}", **error}}
            status, _, answer = await post(url, request("a"), **{"X-P-Aligner": "maybe"})
            assert answer["error"]["message"] == "p-aligner: the header X-P-Aligner must be on or off, it is 'maybe'"
            assert server.requests == []
            with pytest.raises(openai.BadRequestError, match="messages must be a list of at least one message"):
                await own.chat.completions.create(model="m", messages=[])

    run(check())


def test_a_request_that_is_too_long_is_refused_before_it_is_read() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 100

    async def check() -> None:
        async with proxied(most_bytes=2_000) as (server, url, _), aiohttp.ClientSession() as session:
            for body in (b" " * 2_001, chunks()):
                async with session.post(url + CHAT, data=body) as answer:
                    assert answer.status == 413
                    message = (await answer.json())["error"]["message"]
                assert (
                    message
                    == "p-aligner: the request is longer than the 2,000 bytes that this proxy takes: shorten it"
                )
            assert server.requests == []
            assert (await post(url, request("a" * 1_900)))[0] == 200

    run(check())


# What goes on, what comes back


def test_the_openai_client_is_answered_as_to_the_refined_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p_aligner.serving.proxy.time", SimpleNamespace(monotonic=count().__next__))

    async def check() -> None:
        async with proxied() as (server, url, proxy), client(url) as own:
            call: Any = {"model": "m", "messages": user(ASK), "seed": 7}
            answer = await own.chat.completions.with_raw_response.create(**call)
            assert answer.parse().choices[0].message.content == "TELL ME ABOUT INFLATION 7 0"
            told = {name: value for name, value in answer.headers.items() if name.startswith("x-p-aligner")}
            assert told == {
                "x-p-aligner-changed": "true",
                "x-p-aligner-refined": "TELL ME ABOUT INFLATION",
                "x-p-aligner-ms": "1000",
            }

            def ask() -> str | None:
                with openai.OpenAI(base_url=f"{url}/v1", api_key="sk-own") as sync:
                    assert [model.id for model in sync.models.list()] == ["m"]
                    return sync.chat.completions.create(**call).choices[0].message.content

            assert await asyncio.to_thread(ask) == "TELL ME ABOUT INFLATION 7 0"
            stream = await own.chat.completions.create(stream=True, **call)
            said = [chunk.choices[0].delta.content async for chunk in stream]
            assert said == ["TELL", " ME", " ABOUT", " INFLATION"]
            assert all("authorization: bearer sk-own" in head.lower() for head in server.headers)
            assert proxy.tally == {"changed": 3}

    run(check())


def test_a_stream_is_not_held_up() -> None:
    async def check() -> None:
        seen = asyncio.Event()  # the server sends the second word when the client has the first
        async with proxied(seen) as (_, url, _), client(url) as own:
            stream = await own.chat.completions.create(model="m", messages=user(ASK), stream=True)
            words = []
            async for chunk in stream:
                words.append(chunk.choices[0].delta.content)
                seen.set()
            assert "".join(words) == ASK.upper()

    run(check())


@pytest.mark.parametrize("is_on", [True, False])
def test_each_request_says_whether_it_is_refined(is_on: bool) -> None:
    async def check() -> None:
        async with proxied(is_on=is_on) as (server, url, _):
            for suffix, header, expected in (
                ("", None, is_on),
                (":raw", None, False),
                (":refined", None, True),
                ("", "off", False),
                ("", "ON", True),
                (":raw", "on", True),
                (":refined", "off", False),
            ):
                body = json.dumps({**request(ASK), "model": f"m{suffix}"}, indent=3).encode()
                _, told, _ = await post(url, body, **({"X-P-Aligner": header} if header else {}))
                assert told["x-p-aligner-changed"] == str(expected).lower()
                assert told.get("x-p-aligner-reason") == (None if expected else "off")
                assert server.requests[-1] == {"model": "m", "messages": user(ASK.upper() if expected else ASK)}
                assert "p-aligner" not in server.headers[-1].lower()
                if not expected and not suffix:
                    assert server.bodies[-1] == body

    run(check())


def test_pictures_and_tools_go_on() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    tools = [{"role": "assistant", "tool_calls": [{"id": "1"}]}, {"role": "tool", "tool_call_id": "1", "content": "5"}]

    async def check() -> None:
        async with proxied() as (server, url, _):
            await post(
                url, request([{"type": "text", "text": "see"}, {"type": "text", "text": "what is it"}, picture])
            )
            assert server.requests[-1]["messages"] == user(
                [{"type": "text", "text": "see"}, {"type": "text", "text": "WHAT IS IT"}, picture]
            )
            body = {"model": "m", "messages": [*user(ASK), *tools]}
            _, told, _ = await post(url, body)
            assert server.bodies[-1] == json.dumps(body).encode()
            assert told["x-p-aligner-reason"] == "last turn: it is the tool's"

    run(check())


def test_every_other_path_goes_through_untouched() -> None:
    # A name that is not ASCII, two cookies, a body that is compressed.
    headers = (
        "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Name: café\r\nContent-Encoding: gzip\r\nX-P-Aligner-Changed: x\r\n"
    )
    packed = gzip.compress(b'{"id": 1}')

    async def check() -> None:
        faults = (418, headers, packed), (302, "Location: http://127.0.0.1:1/\r\n", "")
        raw = aiohttp.ClientSession(auto_decompress=False)
        async with proxied(*faults) as (server, url, _), raw as session:
            upload = session.put(
                f"{url}/v1/files/a%2Fb?x=%20y&x=1", data=b"\x00\xff" * 50_000, headers={"X-P-Aligner": "off"}
            )
            async with upload as answer:
                assert (answer.status, answer.reason, await answer.read()) == (418, "x", packed)
                assert answer.headers.getall("Set-Cookie") == ["a=1", "b=2"]
                assert answer.headers["X-P-Aligner-Changed"] == "x"
            assert server.headers[-1].startswith("PUT /v1/files/a%2Fb?x=%20y&x=1 HTTP/1.1")
            assert server.bodies[-1] == b"\x00\xff" * 50_000
            async with session.get(f"{url}/health", allow_redirects=False) as answer:
                assert (answer.status, answer.headers["Location"]) == (302, "http://127.0.0.1:1/")
            assert server.headers[-1].startswith("GET /health HTTP/1.1")
            async with session.ws_connect(f"{url}/v1/realtime"):
                pass

    with pytest.raises(aiohttp.WSServerHandshakeError, match="501"):
        run(check())


def test_headers_of_a_connection_stay_there_and_all_others_go_on() -> None:
    async def check() -> None:
        async with proxied() as (server, url, _):
            own = {"Connection": "keep-alive, X-Hop", "X-Hop": "1", "TE": "trailers", "X-Own": "a" * 20_000}
            await post(url, request(ASK), **own, **{"User-Agent": "me/1", "Accept": "x/y", "OpenAI-Project": "p"})
            names = dict(line.split(": ", 1) for line in server.headers[-1].strip().split("\r\n")[1:])
            assert names["Host"] == server.url.split("/")[2]
            kept = ("X-Own", "User-Agent", "Accept", "OpenAI-Project")
            assert [names[name] for name in kept] == ["a" * 20_000, "me/1", "x/y", "p"]
            assert not {"X-Hop", "TE", "Connection", "X-P-Aligner"} & names.keys()

    run(check())


def test_upstreams_are_named_as_for_an_openai_client() -> None:
    for given, used in (
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000/v1"),
        ("https://host/api/v1", "https://host/api/v1"),
        ("https://host/v1beta/openai", "https://host/v1beta/openai"),
    ):
        assert str(Proxy(given, loud).upstream) == used
    for wrong in ("localhost:8000", "ftp://x", "", "http://", "http://[::1", "http://x/v1?key=1"):
        with pytest.raises(InputError, match="the upstream must be "):
            Proxy(wrong, loud)


# When the upstream fails


def test_errors_of_the_upstream_come_through_with_status_and_headers() -> None:
    async def check() -> None:
        async with proxied() as (server, url, _), client(url) as own:
            server.follow(
                [(429, "Retry-After: 7\r\nX-Request-Id: r1\r\n", '{"error": {"message": "slow down"}}'), 500]
            )
            with pytest.raises(openai.RateLimitError, match="slow down") as busy:
                await own.chat.completions.create(model="m", messages=user(ASK))
            headers = busy.value.response.headers
            assert (headers["retry-after"], headers["x-request-id"]) == ("7", "r1")
            assert headers["x-p-aligner-changed"] == "true"
            with pytest.raises(openai.InternalServerError):
                await own.chat.completions.create(model="m", messages=user(ASK))
            # The client's own retries work through the proxy.
            server.follow([503, (429, "Retry-After: 0\r\n", "{}")])
            answer = await own.with_options(max_retries=2).chat.completions.create(model="m", messages=user(ASK))
            assert answer.choices[0].message.content == f"{ASK.upper()} None 0"
            server.follow(["<html>"])
            async with aiohttp.ClientSession() as session, session.post(url + CHAT, json=request(ASK)) as garbage:
                assert (garbage.status, await garbage.text()) == (200, "<html>")

    run(check())


def test_an_upstream_that_is_silent_or_not_there_is_named() -> None:
    async def check() -> None:
        async with proxied("stall", timeout_s=0.3) as (server, url, _):
            status, told, answer = await post(url, request(ASK))
            assert (status, told["x-p-aligner-changed"]) == (504, "true")
            message = f"p-aligner: the upstream server {server.url} did not answer within 0.3 s"
            assert answer == {
                "error": {"message": message, "type": "upstream_error", "param": None, "code": "upstream"}
            }
            server._server.close()
            await server._server.wait_closed() if sys.version_info < (3, 12) else None
            status, _, answer = await post(url, request(ASK), path="/v1/embeddings")
            assert status == 502
            assert f"the upstream server {server.url} cannot be reached: " in answer["error"]["message"]

    run(check())


def test_half_an_answer_never_looks_whole() -> None:
    async def check() -> None:
        words: list[Any] = []
        call: Any = {"model": "m", "messages": user(ASK), "stream": True}
        async with proxied("cut") as (server, url, _), client(url) as own:
            with pytest.raises(openai.APIConnectionError):
                await own.chat.completions.create(model="m", messages=user(ASK))
            server.follow(["cut"])
            with pytest.raises(openai.APIError, match="broke off: .*, in the middle of its answer"):
                words += [chunk.choices[0].delta.content async for chunk in await own.chat.completions.create(**call)]
            server.follow(["torn"])
            async with aiohttp.ClientSession() as session, session.post(url + CHAT, json=call) as torn:
                with pytest.raises(aiohttp.ClientPayloadError):
                    await torn.read()
        async with proxied(asyncio.Event(), timeout_s=0.3) as (server, url, _), client(url) as own:
            with pytest.raises(openai.APIError, match="said nothing for 0.3 s, in the middle of its answer"):
                words += [chunk async for chunk in await own.chat.completions.create(**call)]
            assert (await post(url, request("a")))[0] == 200

    run(check())


def test_a_client_that_hangs_up_frees_the_upstream() -> None:
    refining, cancelled = asyncio.Event(), asyncio.Event()

    async def slow(text: str) -> Any:
        if text != "slow":
            return await loud(text)
        try:
            refining.set()
            return await asyncio.sleep(30)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async def check() -> None:
        async with (
            proxied("stall", asyncio.Event(), refine=slow) as (server, url, _),
            aiohttp.ClientSession() as session,
        ):
            waiting = asyncio.ensure_future(session.post(url + CHAT, json=request(ASK)))
            while not server.requests:
                await asyncio.sleep(0.01)
            waiting.cancel()
            await asyncio.wait_for(server.hung_up.acquire(), 5)  # before the first byte
            answer = await session.post(url + CHAT, json=request(ASK, stream=True))
            assert b"TELL" in await answer.content.readany()
            answer.close()
            await asyncio.wait_for(server.hung_up.acquire(), 5)  # in the middle of a stream
            waiting = asyncio.ensure_future(session.post(url + CHAT, json=request("slow")))
            await asyncio.wait_for(refining.wait(), 5)
            waiting.cancel()
            await asyncio.wait_for(cancelled.wait(), 5)  # before the call
            assert len(server.requests) == 2

    run(check())


# When refining fails


def test_the_raw_message_goes_on_when_refining_fails_or_takes_too_long() -> None:
    async def fails(text: str) -> Any:
        if text == "slow":
            await asyncio.Event().wait()
        if text == "full":
            raise BackendError("9 others wait")
        if text == "same":
            return {"refined_instruction": "same", "changed": False, "reason": "already clear"}
        raise RuntimeError("out of\r\nmemory: naïve 🙂" + "x" * 500)

    async def check() -> None:
        async with proxied(refine=fails, budget_s=0.2) as (server, url, proxy):
            for text, reason in (
                ("slow", "budget: refining took longer than 0.2 s"),
                ("same", "already clear"),
                ("full", "busy: 9 others wait"),
                ("error", "error: out of memory: na\\xefve \\U0001f642" + "x" * 200),
            ):
                status, told, _ = await post(url, request(text))
                assert status == 200
                assert told["x-p-aligner-changed"] == "false"
                assert told["x-p-aligner-reason"] == reason[:200]
                assert server.requests[-1] == request(text)
                assert text != "slow" or int(told["x-p-aligner-ms"]) >= 200
            assert proxy.tally == {"budget": 1, "already clear": 1, "busy": 1, "error": 1}

    run(check())


@pytest.mark.parametrize(
    "text", ["a\r\nSet-Cookie: b=1", "grüße 🙂 “x”", "\ud83d half", "%41\x00\x1b[1m", "x" * 2_000]
)
def test_what_is_told_in_headers_is_one_line_of_ascii(text: str) -> None:
    headers = Outcome(text, text).headers()
    assert all(value.isascii() and value.isprintable() for value in headers.values())
    assert len(headers["x-p-aligner-reason"]) <= 200
    if len(text) < 1_000:
        assert unquote(headers["x-p-aligner-refined"]) == text.replace("\ud83d", "?")
    else:
        assert "x-p-aligner-refined" not in headers


# With the tiny model


def backend_of(folder: str) -> TransformersBackend:
    return TransformersBackend(TransformersSettings(backend="transformers", model=folder, temperature=0, device="cpu"))


def test_many_clients_share_batches_and_each_gets_its_own_answer(refine: Any, tiny: str) -> None:
    asks = [*REFINED][:16]

    async def check() -> None:
        refined = Refiner(backend_of(tiny))
        async with proxied(refine=refined, budget_s=50) as (server, url, _), client(url) as own:
            answers = await asyncio.gather(
                *(own.chat.completions.create(model="m", messages=[{"role": "user", "content": ask}]) for ask in asks)
            )
        await refined.close()
        assert len(server.requests) == 16
        said = [answer.choices[0].message.content for answer in answers]
        assert said == [f"{REFINED[ask]} None 0" for ask in asks]

    run(check())


# The command


@contextlib.contextmanager
def serving(model: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command; yield the process and its address when it listens."""
    code = "import sys; from p_aligner.cli import main; sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "serve", "--port", "0", "--model", model, *arguments],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith("p-aligner: http://127.0.0.1:"), line + process.stderr.read()
        yield process, line.split()[1].removesuffix("/v1")
    finally:
        process.kill()
        process.communicate()


def curl(url: str, body: Any, *options: str) -> str:
    command = ["curl", "-sS", "-i", "-m", "30", url + CHAT, "-d", json.dumps(body), *options]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_the_command_serves_curl_until_it_is_told_to_stop(number: signal.Signals, tiny: str) -> None:
    if not shutil.which("curl"):
        pytest.skip("there is no curl here")

    async def check() -> None:
        gate = asyncio.Event()
        async with Server(None, gate) as server:
            with contextlib.ExitStack() as stack:
                process, url = await asyncio.to_thread(
                    stack.enter_context, serving(tiny, "--upstream", server.url.removesuffix("/v1"), "--budget", "30")
                )
                said = await asyncio.to_thread(curl, url, request(ASK))
                assert said.startswith("HTTP/1.1 200 ")
                assert "x-p-aligner-changed: true\n" in said
                answer = json.loads(said.splitlines()[-1])
                assert answer["choices"][0]["message"]["content"] == f"{REFINED[ASK]} None 0"
                # A stop in the middle of a stream: that ends first, and nobody else is let in.
                stream = asyncio.ensure_future(
                    asyncio.to_thread(curl, url, request("list three rivers", stream=True), "-N")
                )
                while len(server.requests) < 2:
                    await asyncio.sleep(0.02)
                process.send_signal(number)
                await asyncio.sleep(0.3)
                assert process.poll() is None
                gate.set()
                assert (await stream).endswith("data: [DONE]\n\n")
                assert await asyncio.to_thread(process.wait, 20) == 0
                assert process.stderr is not None
                assert process.stderr.read() == "p-aligner: stopped after 2 chats: 2 changed\n"

    run(check())


def test_wrong_arguments_are_told_before_a_model_is_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for arguments, message in (
            (["--upstream", "http://127.0.0.1:1", "--port", port], "cannot be listened on: Address already in use"),
            (["--upstream", "localhost", "--port", "0"], "the upstream must be the base URL of a server, such as "),
            (["--upstream", "http://h", "--port", "0", "--host", "no.such.host.invalid"], "cannot be listened on: "),
            (
                ["--upstream", "http://h", "--port", "0", "--model", "/nowhere"],
                "the model '/nowhere' cannot be loaded",
            ),
        ):
            assert main(["serve", *arguments]) == 2
            said = capsys.readouterr().err
            assert message in said
            assert said.count("\n") == 1
    for arguments in (["--port", "70000"], ["--budget", "0"], ["--budget", "nan"], ["--batch-size", "0"], []):
        with pytest.raises(SystemExit, match="2"):
            main(["serve", *arguments])


def test_without_aiohttp_the_extra_is_named(python: Callable[..., Any]) -> None:
    result = python(
        "import sys; sys.modules['aiohttp'] = None\n"
        "from p_aligner.cli import main; sys.exit(main(['serve', '--upstream', 'http://127.0.0.1:1']))",
        check=False,
    )
    assert (result.returncode, result.stderr) == (
        2,
        "p-aligner: the proxy needs aiohttp: pip install 'p-aligner[serve]'\n",
    )


@pytest.mark.slow
def test_a_third_of_all_calls_may_fail_under_load(refine: Any, tiny: str, tmp_path: Path) -> None:
    """200 clients at once, streaming or not: each has its own answer, or an error that says what was wrong."""
    rng = random.Random(5)
    faults = [429, 500, "cut", "<html>", "torn", (503, "Retry-After: 0\r\n", "{}")]

    async def check() -> None:
        refined = Refiner(backend_of(tiny))
        plan = [rng.choice(faults) if rng.random() < 0.3 else None for _ in range(600)]
        async with proxied(*plan, refine=refined, budget_s=2) as (_, url, proxy), client(url) as own:

            async def ask(number: int) -> str:
                messages: Any = user(f"tell me about the number {number}")
                try:
                    if number % 2:
                        answer = await own.chat.completions.create(model="m", messages=messages)
                        text = answer.choices[0].message.content or ""
                    else:
                        stream = await own.chat.completions.create(model="m", messages=messages, stream=True)
                        text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
                except Exception as error:
                    return type(error).__name__
                assert not text or f" {number}" in text  # a stream of garbage has no events
                return "answer" if text else "nothing"

            outcomes = await asyncio.gather(*map(ask, range(200, 400)))
            assert proxy.tally.total() == 200
        await refined.close()
        assert 100 < outcomes.count("answer") < 180

    asyncio.run(asyncio.wait_for(check(), 300))
