"""Models behind a real server on loopback that misbehaves by plan: asked for whole answers, and for streams."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from email.utils import formatdate
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import live, user
from faulty_server import Server, in_thread

from p_aligner.errors import BackendError, InputError, RefusedError
from p_aligner.prompts import refine_messages
from p_aligner.runtime.endpoint import EndpointBackend, EndpointSettings
from p_aligner.runtime.protocol import Reply, why_blank


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)


def remote(server: Server, **options: Any) -> EndpointBackend:
    settings = {"model": "m", "base_url": server.url, "backoff_s": 0.001, "timeout_s": 5.0, **options}
    return EndpointBackend(EndpointSettings(backend="endpoint", **settings), rng=random.Random(0))


def serve(server: Server, *texts: str, n: int = 1, seed: int | None = None, **options: Any) -> list[Any]:
    """Ask the server everything at once."""

    async def main() -> list[Any]:
        async with server:
            backend = remote(server, **options)
            calls = [backend.chat(user(text), n=n, seed=seed) for text in texts]
            results = await asyncio.gather(*calls, return_exceptions=True)
            await backend.close()
            return results

    return asyncio.run(main())


def streamed(server: Server, text: str, seed: int | None = None, **options: Any) -> list[str]:
    async def main() -> list[str]:
        backend = remote(server, **options)
        try:
            return [part async for part in backend.stream(user(text), seed=seed)]
        finally:
            await backend.close()

    with in_thread(server):
        return asyncio.run(main())


def whole(server: Server, text: str, **options: Any) -> list[str]:
    (outcome,) = serve(server, text, **options)
    if isinstance(outcome, Exception):
        raise outcome
    return [reply.text for reply in outcome]


Way = Callable[..., list[str]]


def test_the_request_says_what_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", "abc")
    server = Server()
    options = {"temperature": 0.5, "top_p": 0.9, "max_new_tokens": 7, "stop": ("x",), "extra_body": {"top_k": 3}}
    (replies,) = serve(server, "hi", n=2, seed=5, api_key_env="SOME_KEY", **options)
    assert replies == [Reply("hi 5 0", 10, 8, "stop"), Reply("hi 5 1", 0, 0, "stop")]
    (request,) = server.requests
    asked = {"model": "m", "messages": user("hi"), "n": 2, "seed": 5, "stop": ["x"], "stream": False}
    assert request == {**asked, "temperature": 0.5, "top_p": 0.9, "max_tokens": 7, "top_k": 3}
    assert "authorization: bearer abc" in server.headers[0].lower()
    assert streamed(server, "one two three", seed=7) == ["one", "one two", "one two three"]
    assert (server.requests[1]["stream"], server.requests[1]["seed"]) == (True, 7)


def test_the_users_hub_token_goes_to_no_other_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_private")
    server = Server()
    serve(server, "hi")
    assert "hf_private" not in server.headers[0]
    monkeypatch.delenv("SOME_KEY", raising=False)
    with pytest.raises(InputError, match="the environment variable SOME_KEY holds no API key: set it"):
        serve(Server(), "hi", api_key_env="SOME_KEY")


@pytest.mark.parametrize("key", ["  \r\n", "sk-own\nx", "sk-own x", "sk-ówn", "sk-own\u200b", "sk-own\x7f"])
def test_what_is_no_key_is_said_at_once_and_kept_back(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", key)
    server = Server()
    with pytest.raises(InputError, match="^the environment variable SOME_KEY holds .*: set it( anew)?$") as error:
        serve(server, "hi", api_key_env="SOME_KEY")
    assert "own" not in str(error.value)
    assert "wn" not in str(error.value)
    assert not server.requests


@pytest.mark.parametrize(
    ("base", "path"),
    [
        *((base, "/v1/chat/completions") for base in ("", "/", "/v1", "/v1/ \n", "/v1/chat/completions")),
        ("/api", "/api/v1/chat/completions"),
        ("/v1beta/openai/", "/v1beta/openai/chat/completions"),
        ("/api/v3", "/api/v3/chat/completions"),
        ("/v1?key=x", "/v1/chat/completions?key=x"),
        ("/v1/responses/", "/v1/chat/completions"),
    ],
)
def test_v1_is_added_where_the_path_has_no_version(base: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", " sk-own\r\n")

    async def main() -> str:
        async with Server() as server:
            url = server.url.removesuffix("/v1") + base
            backend = remote(server, base_url=url, api_key_env="SOME_KEY", retries=0, timeout_s=1.0)
            with contextlib.suppress(BackendError):  # the server knows one path
                await backend.chat(user("hi"))
            await backend.close()
            return server.headers[0]

    head = asyncio.run(main())
    assert head.split()[1] == path
    assert "authorization: bearer sk-own\r\n" in head.lower()


GARBAGE = [
    *("", "<html>", "[]", "[1]", "7", '{"choices": []}', '{"choices": null}', '{"choices": 5}', '{"choices": [null]}'),
    *('{"choices": [{"message": null}]}', '{"choices": [{"message": {"content": 5}}]}', '{"choices": [{"mess'),
    *('{"error": {"message": "busy", "code": 503}}', "[" * 100_000),
]


@pytest.mark.parametrize(
    ("ask", "fault"),
    [*((whole, fault) for fault in (408, 429, 500, 529, "cut", *GARBAGE)), (streamed, 503), (streamed, "data: {\n\n")],
)
def test_what_may_pass_is_tried_again(ask: Way, fault: Any) -> None:
    server = Server(fault, fault)
    assert ask(server, "hi", seed=1)[-1].startswith("hi")
    assert len(server.requests) == 3


@pytest.mark.parametrize("fault", ["stall", "drip"])
@live
async def test_silence_and_dripping_end_after_the_timeout(fault):
    async with Server(fault) as server:
        backend = remote(server, timeout_s=0.3)
        started = time.monotonic()
        assert await backend.chat(user("hi")) == [Reply("hi None 0", 10, 4, "stop")]
        assert time.monotonic() - started >= 0.3
        await asyncio.wait_for(server.hung_up.acquire(), 5)  # it was not the server that gave up
        assert len(server.requests) == 2
        await backend.close()


@pytest.mark.parametrize(
    ("fault", "message"), [("cut", "broke off in the middle"), (asyncio.Event(), "broke off"), ("stall", "failed 1 ")]
)
def test_a_stream_that_breaks_off_is_no_answer(fault: Any, message: str) -> None:
    server = Server(fault)
    with pytest.raises(BackendError, match=message):
        streamed(server, "one two three four", timeout_s=0.5, retries=0 if fault == "stall" else 2)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("after", "least", "most"),
    [
        *(("0.3", 0.3, 0.3), ("date", 400, 500)),
        *((nothing, 0.0005, 0.0015) for nothing in ("nonsense", "-5", "nan")),
    ],
)
def test_a_busy_server_says_when(after: str, least: float, most: float, monkeypatch: pytest.MonkeyPatch) -> None:
    slept = list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("p_aligner.runtime.endpoint.asyncio", SimpleNamespace(**{**vars(asyncio), "sleep": sleep}))
    value = formatdate(time.time() + 500, usegmt=True) if after == "date" else after
    assert whole(Server((429, f"Retry-After: {value}\r\n", "{}")), "hi") == ["hi None 0"]
    first, second = slept
    assert first == 0
    assert least <= second <= most


def test_a_date_is_read_by_the_clock_of_the_server() -> None:
    dates = "Date: Wed, 21 Oct 2015 07:28:00 GMT\r\nRetry-After: Wed, 21 Oct 2015 07:28:01 GMT\r\n"
    server = Server((429, dates, "{}"))
    assert whole(server, "hi") == ["hi None 0"]
    assert server.times[1] - server.times[0] >= 1.0


@pytest.mark.parametrize("ask", [whole, streamed])
def test_retries_end(ask: Way) -> None:
    server = Server(*[500] * 9)
    with pytest.raises(BackendError) as error:
        ask(server, "hi", retries=3)
    assert str(error.value) == f"{server.url} failed 4 times, at last with status 500: look at the server, then go on"
    assert len(server.requests) == 4


def test_a_server_that_is_not_there() -> None:
    server = Server()
    server.url = "http://127.0.0.1:9/v1"
    with pytest.raises(BackendError, match="failed 2 times, at last with ConnectError"):
        asyncio.run(remote(server, retries=1).chat(user("hi")))


@pytest.mark.parametrize("ask", [whole, streamed])
@pytest.mark.parametrize(
    ("status", "kind"),
    [*((status, InputError) for status in (400, 413, 422)), *((status, RefusedError) for status in (401, 403, 404))],
)
def test_what_will_not_pass_is_said_at_once(status: int, kind: type[Exception], ask: Way) -> None:
    server = Server(status)
    with pytest.raises(kind) as error:
        ask(server, "hi")
    assert type(error.value) is kind
    assert str(error.value) == f'{server.url} answers {status}: {{"error": {{"message": "fault\\n {status}"}}}}'
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"error": {"message": "no such model"}}', RefusedError),
        ('{"object": "error", "message": "no such model", "code": 404}', RefusedError),
        ('{"error": "no such model"}', RefusedError),
        ('{"detail": "no such model"}', RefusedError),
        ('{"error": {"message": "no such model", "code": 400}}', InputError),
    ],
)
def test_an_error_in_place_of_an_answer_is_said_at_once(body: str, kind: type[Exception]) -> None:
    server = Server(body)
    (error,) = serve(server, "hi")
    assert type(error) is kind
    assert "no such model" in str(error)
    assert len(server.requests) == 1


def test_thinking_is_no_part_of_an_answer_and_a_blank_one_says_why() -> None:
    parts = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "yes"}]
    thoughts = {"content": None, "reasoning_content": "hm"}
    for message, finish, text, why in (
        ({"content": parts}, "stop", "yes", None),
        ({"content": "yes", "reasoning": "hm"}, "stop", "yes", None),
        (thoughts, "length", "", "thinking took its tokens (finish_reason length, content null or empty)"),
        ({"content": "<think>hm"}, "length", "<think>hm", "thinking took its tokens (finish_reason length"),
        ({"content": ""}, "length", "", "its tokens ran out before it began"),
        ({"content": None}, "stop", "", "content null or empty"),
        ({"content": " "}, "stop", " ", "content blank"),
        ({"content": "\u200b<|im_end|>"}, "stop", "\u200b<|im_end|>", "content blank"),
        ({"content": None}, "content_filter", "", None),
    ):
        ((reply,),) = serve(Server({"choices": [{"message": message, "finish_reason": finish}]}), "hi")
        said = why_blank(reply)
        assert (reply.text, said is None) == (text, why is None)
        assert why is None or why in str(said)


@pytest.mark.parametrize("ask", [whole, streamed])
def test_what_is_wrong_on_our_side_is_named(ask: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="^the chat has half a character: "):
        ask(Server(), "what \ud83d is this")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match="^HF_HUB_OFFLINE is set, so no server is called, not even here: unset it$"):
        ask(Server(), "hi")


@live
async def test_a_slot_is_given_back_however_a_call_ends():
    async with Server(400, 400, "cut") as server:
        backend = remote(server, concurrency=1)
        for call in (backend.chat(user("hi")), anext(backend.stream(user("hi")))):
            with pytest.raises(InputError, match="answers 400"):
                await call
        with pytest.raises(BackendError, match="broke off"):
            [part async for part in backend.stream(user("one two three four"))]
        listener = backend.stream(user("one two three"))
        assert await anext(listener) == "one"
        await listener.aclose()
        assert (await backend.chat(user("hi")))[0].text == "hi None 0"
        await backend.chat(refine_messages("hi"), refines="hi")
        assert server.requests[-1]["messages"] == refine_messages("hi"), "a server is asked for the whole answer"
        await backend.close()


FILTERED = (400, "", '{"error": {"code": "content_filter", "message": "policy"}}')
REFUSALS = [
    ({"choices": [{"message": {"content": None}, "finish_reason": "content_filter"}]}, ""),
    ({"choices": [{"message": {"content": None, "refusal": "I will not."}, "finish_reason": "stop"}]}, "I will not."),
    (FILTERED, ""),
]


@pytest.mark.parametrize(("fault", "text"), REFUSALS)
def test_a_refusal_is_an_answer(fault: Any, text: str) -> None:
    server = Server(fault)
    assert serve(server, "hi") == [[Reply(text, 0, 0, "content_filter")]]
    assert len(server.requests) == 1
    assert streamed(Server(FILTERED), "hi") == []


def test_a_server_that_gives_one_answer_is_asked_for_the_rest() -> None:
    server = Server(None, 500, n=1)
    (replies,) = serve(server, "hi", n=3, seed=7)
    assert sorted(reply.text for reply in replies) == ["hi 7 0", "hi 8 0", "hi 9 0"]
    assert sum(reply.prompt_tokens for reply in replies) == 30
    assert [request["n"] for request in server.requests] == [3, 1, 1, 1]
    many = {"choices": [{"message": {"content": str(place)}, "finish_reason": "length"} for place in range(5)]}
    assert serve(Server(many), "hi", n=2) == [[Reply("0", 0, 0, "length"), Reply("1", 0, 0, "length")]]


def test_a_third_of_all_calls_may_fail_and_no_more_are_under_way_than_allowed() -> None:
    rng = random.Random(1)
    faults = [*(429, 500, "cut", '{"choices": []}', "<html>") * 3, "stall"]
    server = Server(*(rng.choice(faults) if rng.random() < 0.3 else None for _ in range(400)))
    texts = [f"text {number}" for number in range(200)]
    results = serve(server, *texts, seed=1, timeout_s=3.0, concurrency=32)
    assert results == [[Reply(f"{text} 1 0", 10, 4, "stop")] for text in texts]
    assert len(server.requests) > 250
    assert 2 <= server.most_under_way <= 32
