"""Answers that are read while they are written: in this process, and from a server that streams, or does not."""

import asyncio
import os
import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from faulty_server import Server, in_thread
from tiny import ANSWERED, STEPS

from p_aligner import generation
from p_aligner.errors import BackendError, ContextOverflow, InputError
from p_aligner.prompts import Message
from p_aligner.runtime import EndpointBackend, EndpointSettings, TransformersBackend, TransformersSettings


ASKS = [STEPS, "list three rivers"]
Local = Callable[..., TransformersBackend]


def user(text: str) -> list[Message]:
    return [{"role": "user", "content": text}]


@pytest.fixture
def local(tiny: str) -> Local:
    """A backend of the tiny model."""

    def made(**options: Any) -> TransformersBackend:
        settings = {"model": tiny, "max_new_tokens": 64, "device": "cpu", **options}
        return TransformersBackend(TransformersSettings(backend="transformers", **settings))

    return made


def remote(url: str, **options: Any) -> EndpointBackend:
    settings = {"model": "m", "base_url": url, "timeout_s": 5.0, "backoff_s": 0.01, "retries": 2, **options}
    return EndpointBackend(EndpointSettings(backend="endpoint", **settings))


async def parts_of(backend: TransformersBackend | EndpointBackend, text: str, **options: Any) -> list[str]:
    try:
        return [part async for part in backend.stream(user(text), **options)]
    finally:
        if isinstance(backend, EndpointBackend):
            await backend.close()


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_stream_grows_to_the_text_of_chat(temperature: float, local: Local) -> None:
    async def main() -> None:
        backend = local(temperature=temperature)
        streams = await asyncio.gather(*(parts_of(backend, ask, seed=3) for ask in ASKS))
        for ask, parts in zip(ASKS, streams, strict=True):
            (reply,) = await backend.chat(user(ask), seed=3)
            assert parts[-1] == reply.text
            assert temperature or parts[-1] == ANSWERED[ask]
            assert all(later.startswith(part.rstrip()) for part, later in pairwise(parts))
        await backend.close()

    asyncio.run(main())


def test_a_long_answer_comes_in_several_parts(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        backend = local(max_new_tokens=4, temperature=0)
        model, heard, parts = backend._local.model, threading.Semaphore(), list[str]()
        forward = model.forward

        def after_the_last_part(**options: Any) -> Any:
            heard.acquire(timeout=5)
            return forward(**options)

        monkeypatch.setattr(model, "forward", after_the_last_part)
        monkeypatch.setattr(generation, "guess", lambda text, most: [])  # a token a step
        async for part in backend.stream(user(ASKS[0]), seed=1):
            parts.append(part)
            heard.release()
        assert len(parts) == 4
        assert ANSWERED[ASKS[0]].startswith(parts[-1])
        listener = backend.stream(user(ASKS[0]), seed=1)
        await anext(listener)
        await listener.aclose()  # nobody listens any more: the backend goes on working
        heard.release(8)
        (reply,) = await backend.chat(user(ASKS[1]), seed=1)
        assert reply.text
        assert ANSWERED[ASKS[1]].startswith(reply.text)
        await backend.close()

    asyncio.run(main())


def test_what_is_too_long_is_said_before_the_first_part(local: Local) -> None:
    with pytest.raises(ContextOverflow):
        asyncio.run(parts_of(local(), "word " * 5_000))


def test_a_server_streams() -> None:
    with in_thread(Server()) as server:
        parts = asyncio.run(parts_of(remote(server.url), "one two three", seed=7))
    assert parts == ["one", "one two", "one two three"]
    (request,) = server.requests
    assert request["stream"] is True
    assert request["seed"] == 7


@pytest.mark.parametrize("faults", [(503,), (503, 503), ("data: {\n\n",)])
def test_what_fails_before_the_first_word_is_tried_again(faults: tuple[Any, ...]) -> None:
    with in_thread(Server(*faults)) as server:
        assert asyncio.run(parts_of(remote(server.url), "one two"))[-1] == "one two"
    assert len(server.requests) == len(faults) + 1


def test_an_answer_that_breaks_off_is_no_answer() -> None:
    with in_thread(Server("cut")) as server, pytest.raises(BackendError, match="broke off in the middle of an answer"):
        asyncio.run(parts_of(remote(server.url), "one two three four"))
    assert len(server.requests) == 1


@pytest.mark.parametrize(("fault", "message"), [(asyncio.Event(), "broke off"), ("stall", "failed 1 times")])
def test_silence_ends_after_the_timeout(fault: Any, message: str) -> None:
    with in_thread(Server(fault)) as server, pytest.raises(BackendError, match=message):
        asyncio.run(parts_of(remote(server.url, timeout_s=0.5, retries=0), "one two three"))


def test_refusals_faults_and_dead_servers() -> None:
    refusal = (400, "", '{"error": {"code": "content_filter"}}')
    with in_thread(Server(refusal, 404)) as server:
        assert asyncio.run(parts_of(remote(server.url), "one two")) == []
        with pytest.raises(BackendError, match="answers 404"):
            asyncio.run(parts_of(remote(server.url), "one two"))
        with pytest.raises(InputError, match="half a character"):
            asyncio.run(parts_of(remote(server.url), "half \ud83d"))
    with pytest.raises(BackendError, match="failed 2 times"):
        asyncio.run(parts_of(remote(server.url, retries=1), "one two"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_answers_too(python: Callable[..., Any], tiny: str) -> None:
    """As ZeroGPU does it: threads do not survive a fork, batches go on."""
    code = f"""
import asyncio, os, torch
from p_aligner.runtime import TransformersBackend, TransformersSettings
torch.set_num_threads(1)
backend = TransformersBackend(TransformersSettings(backend="transformers", model={tiny!r}, temperature=0))
ask = {user(STEPS)!r}
async def main(): return (await backend.chat(ask))[0].text
first = asyncio.run(main())
if os.fork() == 0:
    again = asyncio.run(main())
    os._exit(0 if again == {ANSWERED[STEPS]!r} else 1)
print(os.waitstatus_to_exitcode(os.wait()[1]), first == asyncio.run(main()) == {ANSWERED[STEPS]!r})
"""
    assert python(code).stdout.split() == ["0", "True"]
