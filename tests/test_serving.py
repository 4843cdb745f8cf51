"""The proxy between real clients (openai, curl) and a real server that misbehaves by plan."""

import asyncio
import gzip
import json
import sys
from itertools import count
from types import SimpleNamespace
from typing import Any

import aiohttp
import openai
import pytest
from conftest import live
from proxied import ASK, CHAT, MESSAGES, RESPONSES, asked, client, loud, post, proxied, request, user

from p_aligner.errors import InputError
from p_aligner.serving.chats import PATHS
from p_aligner.serving.proxy import Proxy


# What goes on, what comes back


@live
async def test_the_openai_client_is_answered_as_to_the_refined_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("p_aligner.serving.proxy.time", SimpleNamespace(monotonic=count().__next__))
    async with proxied() as (server, url, proxy), client(url) as own:
        call: Any = {"model": "m", "messages": user(ASK), "seed": 7}
        answer = await own.chat.completions.with_raw_response.create(**call)
        assert answer.parse().choices[0].message.content == "TELL ME ABOUT INFLATION 7 0"
        told = {name: value for name, value in answer.headers.items() if name.startswith("x-p-aligner")}
        expected = {"changed": "true", "refined": "TELL ME ABOUT INFLATION", "ms": "1000"}
        assert told == {f"x-p-aligner-{name}": value for name, value in expected.items()}
        assert [model.id async for model in own.models.list()] == ["m"]
        stream = await own.chat.completions.create(stream=True, **call)
        said = [chunk.choices[0].delta.content async for chunk in stream]
        events: Any = await own.responses.create(model="m", input=ASK, stream=True)
        assert said == [event.delta async for event in events] == ["TELL", " ME", " ABOUT", " INFLATION"]
        assert all("authorization: bearer sk-own" in head.lower() for head in server.headers)
        assert proxy.tally == {"changed": 3}


@pytest.mark.parametrize("path", PATHS)
@live
async def test_a_stream_is_neither_changed_nor_held_up(path: str) -> None:
    seen = asyncio.Event()  # the server sends the second word when the client has the first
    async with proxied(None, seen) as (server, url, _), aiohttp.ClientSession() as session:
        async with session.post(
            server.url.removesuffix("/v1") + path, json=asked(path, ASK.upper(), stream=True)
        ) as answer:
            direct = await answer.read()
        async with session.post(url + path, json=asked(path, ASK, stream=True)) as answer:
            streamed = await answer.content.readany()
            seen.set()
            assert streamed + await answer.read() == direct


@pytest.mark.parametrize("is_on", [True, False])
@live
async def test_each_request_says_whether_it_is_refined(is_on: bool) -> None:
    async with proxied(is_on=is_on) as (server, url, _):
        for name, model, header, expected in (
            ("m", "m", None, is_on),
            ("x:free", "x:free", None, is_on),
            (None, None, None, is_on),
            ("gpt-4o:raw", "gpt-4o", None, False),
            ("llama3:8b:refined", "llama3:8b", None, True),
            ("llama3:8b", "llama3:8b", "off", False),
            ("m", "m", "ON", True),
            ("m:raw", "m", "on", True),
            ("m:refined", "m", "off", False),
        ):
            body = json.dumps({**request(ASK), "model": name}, indent=3).encode()
            _, told, _ = await post(url, body, **({"X-P-Aligner": header} if header else {}))
            assert told["x-p-aligner-changed"] == str(expected).lower()
            assert told.get("x-p-aligner-reason") == (None if expected else "off")
            assert server.requests[-1] == {"model": model, "messages": user(ASK.upper() if expected else ASK)}
            assert "p-aligner" not in server.headers[-1].lower()
            if not expected and name == model:
                assert server.bodies[-1] == body


@live
async def test_every_other_path_goes_through_untouched() -> None:
    # A name that is not ASCII, two cookies, a body that is compressed.
    headers = "Set-Cookie: a\r\nSet-Cookie: b\r\nX-Name: café\r\nContent-Encoding: gzip\r\nX-P-Aligner-Ms: x\r\n"
    packed = gzip.compress(b'{"id": 1}')
    faults = (418, headers, packed), (302, "Location: http://127.0.0.1:1/\r\n", "")
    raw = aiohttp.ClientSession(auto_decompress=False)
    async with proxied(*faults) as (server, url, _), raw as session:
        path, data = "/v1/files/a%2Fb?x=%20y&x=1", b"\x00\xff" * 50_000
        async with session.put(url + path, data=data, headers={"X-P-Aligner": "off"}) as answer:
            assert (answer.status, answer.reason, await answer.read()) == (418, "x", packed)
            assert answer.headers.getall("Set-Cookie") == ["a", "b"]
            assert answer.headers.getall("X-P-Aligner-Ms") == ["0"]
            assert answer.headers["X-P-Aligner-Changed"] == "false"
        assert server.headers[-1].startswith(f"PUT {path} HTTP/1.1")
        assert server.bodies[-1] == data
        async with session.get(f"{url}/health", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (302, "http://127.0.0.1:1/")
        assert server.headers[-1].startswith("GET /health HTTP/1.1")
        _, told, _ = await post(url, {"prompt": ASK}, "/v1/completions")
        assert told["x-p-aligner-reason"] == "no chat: POST /v1/completions goes through as it is"
        assert json.loads(server.bodies[-1]) == {"prompt": ASK}
        with pytest.raises(aiohttp.WSServerHandshakeError, match="501"):
            await session.ws_connect(f"{url}/v1/realtime")


@live
async def test_a_clients_base_url_may_lack_v1_or_have_it_twice() -> None:
    async with proxied() as (server, url, _):
        for path, used in (
            *(("/chat/completions", CHAT), ("//v1/chat/completions", CHAT), ("/v1//chat/completions/", CHAT)),
            *(
                ("/v1/v1/chat/completions?a=//b", f"{CHAT}?a=//b"),
                ("/responses", RESPONSES),
                ("/v1//v1/messages", MESSAGES),
                ("/v1/chat/completions/chat/completions", CHAT),
                ("/v1/chat/completions/v1/chat/completions", CHAT),
            ),
        ):
            # As a client sends it: libraries write paths in their own way.
            reader, writer = await asyncio.open_connection(*url.removeprefix("http://").split(":"))
            body = json.dumps(asked(used.partition("?")[0], ASK))
            head = f"POST {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write((head + body).encode())
            assert b"x-p-aligner-changed: true\r\n" in await reader.read()
            writer.close()
            assert server.headers[-1].startswith(f"POST {used} HTTP/1.1")
        assert (await post(url, {"jsonrpc": "2.0"}, "/messages"))[0] == 200  # may be of another API


@live
async def test_headers_of_a_connection_stay_there_and_all_others_go_on() -> None:
    async with proxied() as (server, url, _):
        own = {"Connection": "keep-alive, X-Hop", "X-Hop": "1", "TE": "trailers", "X-Own": "a" * 20_000}
        await post(url, request(ASK), **own, **{"User-Agent": "me/1", "Accept": "x/y", "OpenAI-Project": "p"})
        names = dict(line.split(": ", 1) for line in server.headers[-1].strip().split("\r\n")[1:])
        assert names["Host"] == server.url.split("/")[2]
        kept = ("X-Own", "User-Agent", "Accept", "OpenAI-Project")
        assert [names[name] for name in kept] == ["a" * 20_000, "me/1", "x/y", "p"]
        assert not {"X-Hop", "TE", "Connection", "X-P-Aligner"} & names.keys()


def test_upstreams_are_named_as_for_an_openai_client() -> None:
    for given, used in (
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000/v1"),
        ("https://host/api/v1", "https://host/api/v1"),
        ("https://host/v1beta/openai", "https://host/v1beta/openai"),
        (" http://host/v1/chat/completions/\n", "http://host/v1"),
        ("https://host/api//v1/responses", "https://host/api/v1"),
        ("https://host/messages", "https://host/v1"),
        ("https://host/v1/v1/chat/completions", "https://host/v1"),
    ):
        assert str(Proxy(given, loud).upstream) == used
    for wrong in ("localhost:8000", "ftp://x", "", "http://", "http://[::1", "http://x/v1?key=1"):
        with pytest.raises(InputError, match="the upstream must be "):
            Proxy(wrong, loud)


# When the upstream fails


@live
async def test_errors_of_the_upstream_come_through_as_they_are() -> None:
    busy = 429, "Retry-After: 7\r\nX-Request-Id: r1\r\n", b'{"error":\n  {"message": "slow down"}}'
    async with proxied() as (server, url, _), client(url) as own, aiohttp.ClientSession() as session:
        for path in PATHS:
            server.follow([busy, "<html>"])
            for status, body in ((429, busy[2]), (200, b"<html>")):
                async with session.post(url + path, json=asked(path, ASK)) as answer:
                    assert (answer.status, await answer.read()) == (status, body)
                    assert answer.headers["x-p-aligner-changed"] == "true"
        server.follow([busy, 500])
        with pytest.raises(openai.RateLimitError, match="slow down") as slow:
            await own.chat.completions.create(model="m", messages=user(ASK))
        headers = slow.value.response.headers
        assert (headers["retry-after"], headers["x-request-id"]) == ("7", "r1")
        with pytest.raises(openai.InternalServerError):
            await own.chat.completions.create(model="m", messages=user(ASK))
        # The client's own retries work through the proxy.
        server.follow([503, (429, "Retry-After: 0\r\n", "{}")])
        retried = await own.with_options(max_retries=2).chat.completions.create(model="m", messages=user(ASK))
        assert retried.choices[0].message.content == f"{ASK.upper()} None 0"


@live
async def test_an_upstream_that_is_silent_or_not_there_is_named() -> None:
    async with proxied("stall", timeout_s=0.3) as (server, url, _):
        status, told, answer = await post(url, request(ASK))
        assert (status, told["x-p-aligner-changed"]) == (504, "true")
        message = f"p-aligner: the upstream server {server.url} did not answer within 0.3 s"
        error = {"message": message, "type": "upstream_error", "param": None, "code": "upstream"}
        assert answer == {"type": "error", "error": error}
        server._server.close()
        await server._server.wait_closed() if sys.version_info < (3, 12) else None
        for path in (*PATHS, "/v1/embeddings"):
            status, told, answer = await post(url, asked(path, ASK), path)
            assert (status, told["x-p-aligner-changed"]) == (502, str(path in PATHS).lower())
            assert f"the upstream server {server.url} cannot be reached: " in answer["error"]["message"]
            assert "\n" not in answer["error"]["message"]


@live
async def test_half_an_answer_never_looks_whole() -> None:
    words: list[Any] = []
    call: Any = {"model": "m", "messages": user(ASK), "stream": True}
    async with proxied("cut") as (server, url, _), client(url) as own:
        with pytest.raises(openai.APIConnectionError):
            await own.chat.completions.create(model="m", messages=user(ASK))
        server.follow(["cut"])
        with pytest.raises(openai.APIError, match="broke off: .*, in the middle of its answer"):
            words += [chunk.choices[0].delta.content async for chunk in await own.chat.completions.create(**call)]
        async with aiohttp.ClientSession() as session:
            server.follow(["torn", "cut"])
            async with session.post(url + CHAT, json=call) as torn:
                with pytest.raises(aiohttp.ClientPayloadError):
                    await torn.read()
            async with session.post(url + MESSAGES, json=call) as cut:
                lines = [await cut.content.readline() for _ in range(8)]
            assert lines[6] == b"event: error\n"
            assert lines[7].startswith(b'data: {"type": "error", "error": {"message": "p-aligner: the upstream ')
    async with proxied(asyncio.Event(), timeout_s=0.3) as (server, url, _), client(url) as own:
        with pytest.raises(openai.APIError, match="said nothing for 0.3 s, in the middle of its answer"):
            words += [chunk async for chunk in await own.chat.completions.create(**call)]
        assert (await post(url, request("a")))[0] == 200


@live
async def test_a_client_that_hangs_up_frees_the_upstream() -> None:
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

    faults = "stall", asyncio.Event()
    async with proxied(*faults, refine=slow) as (server, url, _), aiohttp.ClientSession() as session:
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
