"""The proxy where refining fails, on a model, and as a command."""

import asyncio
import contextlib
import functools
import json
import random
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from conftest import live
from faulty_server import Server
from proxied import ASK, CHAT, backend_of, client, post, proxied, request, user
from tiny import REFINED

from p_aligner.cli import main
from p_aligner.errors import BackendError
from p_aligner.prompts import refine_messages, render_refined
from p_aligner.runtime.refiner import Refiner
from p_aligner.serving.proxy import Outcome


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
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command; yield the process and its address when it listens."""
    code = "import sys; from p_aligner.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "serve", "--port", "0", *arguments]
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
        command = serving("--model", tiny, "--upstream", server.url.removesuffix("/v1"), "--budget", "30")
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


@live
async def test_the_model_may_be_on_another_server() -> None:
    models = Server(None, None, 500, say=lambda chat, place: render_refined(REFINED[ASK]))
    async with models, Server() as server, contextlib.AsyncExitStack() as stack:
        command = serving("--upstream", server.url, "--model-url", models.url, "--model", "mine")
        _, url = await asyncio.to_thread(stack.enter_context, command)
        assert models.requests[0]["model"] == "mine"  # the warm-up
        _, told, answer = await post(url, request(ASK))
        assert told["x-p-aligner-changed"] == "true"
        assert answer["choices"][0]["message"]["content"].startswith(REFINED[ASK])
        assert models.requests[1]["messages"] == refine_messages(ASK)
        assert models.requests[1]["temperature"] == 0
        _, told, answer = await post(url, request(ASK))  # it fails once, and is not asked again
        assert told["x-p-aligner-reason"].startswith("busy: ")
        assert answer["choices"][0]["message"]["content"].startswith(ASK)
        assert len(models.requests) == 3


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
            (["--upstream", "http://h", "--port", "0", "--model-url", "x"], "--model-url must be the address of a "),
            (
                ["--upstream", "http://h", "--port", "0", "--model-url", "http://h", "--device", "cpu"],
                "--device is of a model in this process: leave it out, or --model-url",
            ),
        ):
            assert main(["serve", *arguments]) == 2
            said = capsys.readouterr().err
            assert message in said
            assert said.count("\n") == 1
        assert main(["serve", "--upstream", "http://h", "--port", "0", "--model-url", f"http://localhost:{free}"]) == 1
        assert f"http://localhost:{free} failed" in capsys.readouterr().err
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
