"""The proxy between real clients (openai, curl) and a real server that misbehaves by plan."""

import asyncio
import contextlib
import functools
import gzip
import json
import random
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import count
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import aiohttp
import openai
import pytest
from conftest import live
from faulty_server import Server
from test_instructions import FOLLOW_UPS
from tiny import REFINED

from p_aligner.cli import main
from p_aligner.errors import BackendError, InputError
from p_aligner.runtime.in_process import TransformersBackend, TransformersSettings
from p_aligner.runtime.refiner import Refiner
from p_aligner.serving.chats import PATHS, read_chat
from p_aligner.serving.proxy import Outcome, Proxy


CHAT, RESPONSES, MESSAGES = PATHS
ASK = "tell me about inflation"


async def loud(given: Any) -> dict[str, Any]:
    """Refine by raising the voice."""
    text = given if isinstance(given, str) else given[-1]["content"]
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


def request(content: Any, *before: Any, role: str = "user", **more: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [*before, {"role": role, "content": content}], **more}


async def post(url: str, body: Any, path: str = CHAT, **headers: str) -> tuple[int, Any, Any]:
    """Send a request; return status, headers and JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **headers}
    async with aiohttp.ClientSession() as session, session.post(url + path, data=data, headers=headers) as answer:
        return answer.status, answer.headers, json.loads(await answer.read())


def client(url: str) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="sk-own", max_retries=0)


# What is refined

TASK = "\nfix the bug in main.py\n"
DETAILS = "<environment_details>\n# Open files\nmain.py, <task>none</task>\n</environment_details>"
RULES = "\n\n# *SEARCH/REPLACE block* Rules:\n\nEvery *SEARCH/REPLACE block* must use this format."
IDE = "# Context from my IDE setup:\n\n## Active file: a.py <b>\n\n## My request for Codex:\n"
OWN_TAGS = (
    f"{ASK}, as in\n<task>\nname\n</task>",
    "<feedback>It is slow.</feedback> Is that kind?",
    f"### Task:\n{ASK}",
)
BEFORE = [*user("a"), {"role": "assistant", "content": "b"}]
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
CACHED = {"cache_control": {"type": "ephemeral"}}


def parts(*texts: str, **more: Any) -> list[Any]:
    return [{"type": "text", "text": text, **more} for text in texts]


def texts(*said: str) -> list[Any]:
    return [{"type": "input_text", "text": text} for text in said]


CODEX = (
    "# AGENTS.md instructions for /w\n\n<INSTRUCTIONS>\nBe brief.\n</INSTRUCTIONS>",
    "<environment_context>\n  <cwd>/w</cwd>\n</environment_context>",
)
SOURCES = (
    '### Task:\nAnswer by the context, citing it (e.g., <source id="1">).\n\n### Guidelines:\n- Be brief.\n\n'
    '<context>\n<source id="1">x</source>\n</context>\n'
)


def asked(path: str, content: Any, *before: Any, **more: Any) -> dict[str, Any]:
    """Ask as each API is asked."""
    if path != RESPONSES:
        return request(content, *before, **more)
    given = content if isinstance(content, str) and not before else [*before, *user(content)]
    return {"model": "m", "input": given, **more}


@pytest.mark.parametrize(
    ("path", "body", "instruction"),
    [
        (CHAT, request(ASK, {"role": "system", "content": "s"}, *BEFORE, temperature=0.1, x="\ud83d é"), ASK),
        (CHAT, request([*parts("see", "what is it"), PICTURE, *parts(" ")]), "what is it"),
        (RESPONSES, asked(RESPONSES, ASK, text={"format": {"type": "text"}}, instructions="be brief"), ASK),
        (RESPONSES, asked(RESPONSES, ASK, *BEFORE, {"type": "reasoning"}, tools=[{}], tool_choice="auto"), ASK),
        (RESPONSES, asked(RESPONSES, [{"type": "input_text", "text": ASK}], previous_response_id="r1"), ASK),
        (MESSAGES, request(ASK, system="s", tool_choice={"type": "auto"}), ASK),
        (MESSAGES, request(parts("see", ASK, **CACHED)), ASK),
        # Cline, Roo
        (CHAT, request(parts(f"<task>{TASK}</task>", DETAILS)), TASK),
        (CHAT, request(parts(f"[done] Result:\n<feedback>{TASK}</feedback>", DETAILS), *BEFORE), TASK),
        (CHAT, request(f"[TASK RESUMPTION] Go on.\n<user_message>{TASK}</user_message>\n{DETAILS}"), TASK),
        # Cursor, Copilot
        (CHAT, request(f"<additional_data>\n<x>\n</additional_data><user_query>{TASK}</user_query>"), TASK),
        (CHAT, request(f"<timestamp>t</timestamp>\n<user_query>{TASK}</user_query>"), TASK),
        (CHAT, request(f"<userRequest>{TASK}</userRequest>\n<editorContext>a.py</editorContext>"), TASK),
        # Claude Code, Aider
        (MESSAGES, request(parts("<system-reminder>\nread <b>\n</system-reminder>\n", ASK, **CACHED)), ASK),
        (MESSAGES, request(parts(ASK, "<system-reminder>x</system-reminder>")), ASK),
        (CHAT, request(f"<system-reminder>x</system-reminder>{TASK}<system-reminder>y</system-reminder>"), TASK),
        (CHAT, request(f"{ASK}{RULES}"), ASK),
        # Codex, Open WebUI, Roo, OpenHands
        (RESPONSES, asked(RESPONSES, f"{IDE}{ASK}"), ASK),
        (RESPONSES, asked(RESPONSES, [{"type": "input_text", "text": f"{IDE}{IDE}{ASK}"}]), ASK),
        (CHAT, request(f"<user_instructions>x</user_instructions>{TASK}"), TASK),
        (
            RESPONSES,
            asked(RESPONSES, texts(CODEX[0], CODEX[1], ASK), {"role": "developer", "content": texts("x")}),
            ASK,
        ),
        (RESPONSES, asked(RESPONSES, texts(ASK, CODEX[1]), *user(texts(*CODEX))), ASK),
        (CHAT, request(f"{SOURCES}{TASK}"), f"\n{TASK}"),
        (
            CHAT,
            request(f"### Task:\nAnswer by the context.\n<context>x</context>\n<user_query>{TASK}</user_query>"),
            TASK,
        ),
        (CHAT, request(parts(f"[ask_followup_question] Result:\n<answer>{TASK}</answer>", DETAILS), *BEFORE), TASK),
        (CHAT, request(parts(ASK, "<RUNTIME_INFORMATION>x</RUNTIME_INFORMATION>")), ASK),
        (CHAT, request(ASK, max_tokens=8, max_completion_tokens=None, extra_body={"top_k": 5}), ASK),
        *((CHAT, request(text), text) for text in OWN_TAGS),
    ],
)
@live
async def test_what_a_person_typed_last_is_refined_and_all_else_stays(path, body, instruction):
    async with proxied() as (server, url, _):
        _, told, _ = await post(url, body, path)
        before, found, after = json.dumps(body).rpartition(json.dumps(instruction)[1:-1])
        assert found
        assert server.requests[-1] == json.loads(before + json.dumps(instruction.upper())[1:-1] + after)
        assert unquote(told["x-p-aligner-refined"]) == instruction.upper()


NO_TEXT: tuple[Any, ...] = ([PICTURE], [], " \n", None, parts(" "))
TOOL_RESULT = {"type": "tool_result", "tool_use_id": "1", "content": parts("tell me the weather")}
OUTPUT = {"type": "function_call_output", "output": "5"}
FORMS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (CHAT, "response_format is json_object", {"response_format": {"type": "json_object"}}),
    (CHAT, "guided_regex is set", {"guided_regex": "a+"}),
    (CHAT, "json_schema is set", {"json_schema": {"type": "object"}}),
    (CHAT, "regex is set", {"regex": "a+"}),
    (CHAT, "ebnf is set", {"ebnf": "root ::= [0-9]"}),
    (CHAT, "format is set", {"format": "json"}),
    (CHAT, "guided_json is set", {"extra_body": {"guided_json": {"type": "object"}}}),
    (CHAT, "max_tokens is 1", {"max_tokens": 1}),
    (CHAT, "max_completion_tokens is 7", {"max_completion_tokens": 7}),
    (RESPONSES, "max_output_tokens is 0", {"max_output_tokens": 0}),
    (RESPONSES, "text.format is json_schema", {"text": {"format": {"type": "json_schema"}}}),
    (MESSAGES, "output_format is json_schema", {"output_format": {"type": "json_schema"}}),
    (CHAT, "tool_choice is required", {"tool_choice": "required"}),
    (CHAT, "tool_choice is function", {"function_call": {"name": "f"}}),
    (CHAT, "tool_choice is required", {"tool_choice": {"type": "x", "allowed_tools": {"mode": "required"}}}),
    (RESPONSES, "tool_choice is function", {"tool_choice": {"type": "function", "name": "f"}}),
    (MESSAGES, "tool_choice is any", {"tool_choice": {"type": "any"}}),
)
WHOSE = "what the last message says is an agent's, not a person's"
AGENTS = (
    parts("[read_file for 'a'] Result:", "<file_content>x</file_content>", DETAILS),
    f"<environment_details>\ncut off <task>{TASK}</task>",
    parts("<system-reminder>a <system-reminder>b</system-reminder> c</system-reminder>"),
    "<command-message>init</command-message>\n<command-name>/init</command-name>\ntell me",
    f"# AGENTS.md instructions for /w\n\n<INSTRUCTIONS>\n{ASK}\n</INSTRUCTIONS>",
    parts("<user_instructions>\na\n</user_instructions>", "<environment_context>\nb\n</environment_context>"),
    f"### Task:\nSuggest a title.\n### Chat History:\n<chat_history>\nUSER: {ASK}\n</chat_history>",
    "### Task:\nSuggest 3-5 follow-up questions.\n### Output:\nJSON\n### Chat History:\nUSER: a",
    "### Task:\nGenerate 1-3 broad tags.\n\n### Guidelines:\n- Start broad.",
    "Create a concise, 3-5 word phrase as a title for the previous query.\n\nPrompt: a",
    "<user_shell_command>\nls\n</user_shell_command>",
    "<turn_aborted>\nThe user stopped it.\n</turn_aborted>",
    "Another language model started to solve this problem and produced a summary.",
    SOURCES,
    "[Request interrupted by user for tool use]",
    "Please write a 5-10 word title for the following conversation:\n\na",
    "<bash-input>ls</bash-input>\n<bash-stdout>a</bash-stdout>",
    IDE,
    f"I ran this command:\n\nls\n\nAnd got this output:\n\nmain.py{RULES}",
)


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        *((path, asked(path, content), "no text: the last message has none") for path in PATHS for content in NO_TEXT),
        *(
            (CHAT, request("b", *user("a"), role=role), f"last turn: it is the {role}'s")
            for role in ("assistant", "tool", "system")
        ),
        (MESSAGES, request([TOOL_RESULT, *parts(ASK)], *BEFORE), "last turn: it is the tool's"),
        (RESPONSES, {"input": [*user(ASK), OUTPUT]}, "last turn: it is the function_call_output's"),
        *((path, asked(path, ASK, **more), f"form: {said}") for path, said, more in FORMS),
        *((CHAT, request(text), f"no text: {WHOSE}") for text in AGENTS),
        (RESPONSES, {"model": "m"}, "no text: the last message has none"),
    ],
)
@live
async def test_what_is_not_to_be_refined_goes_on_byte_by_byte_and_the_answer_says_why(path, body, reason):
    async with proxied() as (server, url, _):
        for header in ({}, {"X-P-Aligner": "on"}):
            status, told, _ = await post(url, body, path, **header)
            assert (status, told["x-p-aligner-changed"], told["x-p-aligner-reason"]) == (200, "false", reason)
            assert server.bodies[-1] == json.dumps(body).encode()


def test_what_an_agent_says_first_is_no_turn_before() -> None:
    told = [*user(AGENTS[5]), *user("<environment_context>a</environment_context>")]
    for before, is_first in ((told, True), ([*told, *BEFORE], False), (user([PICTURE]), False)):
        body = asked(RESPONSES, "add tests", {"role": "developer", "content": "x"}, *before)
        assert read_chat(json.dumps(body).encode(), RESPONSES).is_first is is_first


@pytest.mark.parametrize(
    ("path", "before", "more"),
    [*((path, BEFORE, {}) for path in PATHS), (RESPONSES, [], {"previous_response_id": "r"})],
)
@live
async def test_a_follow_up_is_left_alone_and_a_new_wish_is_not(path, before, more, tiny):
    refined = Refiner(backend_of(tiny))
    async with proxied(refine=refined, budget_s=50) as (server, url, _):
        for text in (*FOLLOW_UPS, "inflation"):
            body = asked(path, text, *before, **more)
            _, told, _ = await post(url, body, path)
            assert (text, told["x-p-aligner-reason"]) == (text, "follow-up")
            assert server.bodies[-1] == json.dumps(body).encode()
        _, told, _ = await post(url, asked(path, "list three rivers", *before, **more), path)
        assert unquote(told["x-p-aligner-refined"]) == REFINED["list three rivers"]
    await refined.close()


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


@live
async def test_what_is_no_chat_is_told_in_one_line_and_goes_nowhere() -> None:
    async with proxied() as (server, url, _), client(url) as own:
        for body, message in WRONG:
            status, headers, answer = await post(url, body)
            assert (status, headers["Content-Type"]) == (400, "application/json; charset=utf-8")
            error = {"type": "invalid_request_error", "param": None, "code": "invalid_request"}
            assert answer == {"type": "error", "error": {"message": f"p-aligner: {message}", **error}}
        status, _, answer = await post(url, request("a"), **{"X-P-Aligner": "maybe"})
        assert answer["error"]["message"] == "p-aligner: the header X-P-Aligner must be on or off, it is 'maybe'"
        assert server.requests == []
        with pytest.raises(openai.BadRequestError, match="messages must be a list of at least one message"):
            await own.chat.completions.create(model="m", messages=[])


@live
async def test_a_request_that_is_too_long_is_refused_before_it_is_read() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 100

    async with proxied(most_bytes=2_000) as (server, url, _), aiohttp.ClientSession() as session:
        for body in (b" " * 2_001, chunks()):
            async with session.post(url + CHAT, data=body) as answer:
                assert answer.status == 413
                message = (await answer.json())["error"]["message"]
            assert message == "p-aligner: the request is longer than the 2,000 bytes that this proxy takes: shorten it"
        assert server.requests == []
        assert (await post(url, request("a" * 1_900)))[0] == 200


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


# When refining fails


@live
async def test_the_raw_message_goes_on_when_refining_fails_or_takes_too_long() -> None:
    async def fails(text: str) -> Any:
        if text == "slow":
            await asyncio.Event().wait()
        if text == "full":
            raise BackendError("9 others wait")
        if text == "same":
            return {"refined_instruction": "same", "changed": False, "reason": "already clear"}
        raise RuntimeError("out of\r\nmemory: naïve 🙂" + "x" * 500)

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


@live
async def test_many_clients_share_batches_and_each_gets_its_own_answer(tiny: str) -> None:
    asks = [*REFINED][:16]
    refined = Refiner(backend_of(tiny))
    async with proxied(refine=refined, budget_s=50) as (server, url, _), client(url) as own:
        ask = own.chat.completions.create
        answers = await asyncio.gather(*(ask(model="m", messages=user(text)) for text in asks))
    await refined.close()
    assert len(server.requests) == 16
    said = [answer.choices[0].message.content for answer in answers]
    assert said == [f"{REFINED[text]} None 0" for text in asks]


# The command


@contextlib.contextmanager
def serving(model: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command; yield the process and its address when it listens."""
    code = "import sys; from p_aligner.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "serve", "--port", "0", "--model", model, *arguments]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
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
@live
async def test_the_command_serves_curl_until_it_is_told_to_stop(number: signal.Signals, tiny: str) -> None:
    if not shutil.which("curl"):
        pytest.skip("there is no curl here")
    gate = asyncio.Event()
    async with Server(None, gate) as server, contextlib.AsyncExitStack() as stack:
        command = serving(tiny, "--upstream", server.url.removesuffix("/v1"), "--budget", "30")
        process, url = await asyncio.to_thread(stack.enter_context, command)
        said = await asyncio.to_thread(curl, url, request(ASK))
        assert said.startswith("HTTP/1.1 200 ")
        assert "x-p-aligner-changed: true\n" in said
        answer = json.loads(said.splitlines()[-1])
        assert answer["choices"][0]["message"]["content"] == f"{REFINED[ASK]} None 0"
        # A stop in the middle of a stream: that ends first, and nobody else is let in.
        rivers = request("list three rivers", stream=True)
        stream = asyncio.ensure_future(asyncio.to_thread(curl, url, rivers, "-N"))
        while len(server.requests) < 2:
            await asyncio.sleep(0.02)
        process.send_signal(number)
        await asyncio.sleep(0.3)
        assert process.poll() is None
        gate.set()
        assert (await stream).endswith("data: [DONE]\n\n")
        assert await asyncio.to_thread(process.wait, 20) == 0
        assert process.stderr.read() == "p-aligner: stopped after 2 chats: 2 changed\n"


def test_wrong_arguments_are_told_before_a_model_is_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with socket.create_server(("127.0.0.1", 0)) as other:
            free = str(other.getsockname()[1])
        for arguments, message in (
            (["--upstream", "http://127.0.0.1:1", "--port", port], "cannot be listened on: Address already in use"),
            (["--upstream", "localhost", "--port", "0"], "the upstream must be the address of a server, such as "),
            (["--upstream", "http://h", "--port", "0", "--host", "no.such.host.invalid"], "cannot be listened on: "),
            (
                ["--upstream", f"http://localhost:{free}/v1", "--port", free],
                "is this proxy itself: give the server's ",
            ),
            (["--upstream", "http://h", "--port", "0", "--model", "/no"], "the model '/no' cannot be loaded"),
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
    said = "p-aligner: the proxy needs aiohttp: pip install 'p-aligner[serve]'\n"
    assert (result.returncode, result.stderr) == (2, said)


@pytest.mark.slow
@functools.partial(live, most_seconds=300)
async def test_a_third_of_all_calls_may_fail_under_load(tiny: str) -> None:
    """200 clients at once, streaming or not: each has its own answer, or an error that says what was wrong."""
    rng = random.Random(5)
    faults = [429, 500, "cut", "<html>", "torn", (503, "Retry-After: 0\r\n", "{}")]
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
