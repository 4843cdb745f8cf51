"""What does the proxy cost, and does anybody go without an answer? Prints one JSON.

    OMP_NUM_THREADS=1 python tests/benchmarks/serve.py [--model M] [--calls 128] [--clients 1 16 64]
    OMP_NUM_THREADS=1 python tests/benchmarks/serve.py --requests 10000 --faults 0.3

The server is scripted (tests/faulty_server.py) and answers after a hundredth of a second; it, the proxy and the
clients are a process each. In the first form calls of one kind go to the server directly, through the proxy unrefined
(`X-P-Aligner: off`) and refined, in turns, by 1, 16 and 64 clients at once: milliseconds a call, and calls per second.
In the second, 64 clients ask `--requests` times, half of them for a stream, of a server that fails in `--faults` of
the calls; every client checks that the answer is one to its own question, and the proxy's memory and connections are
looked at on the way.
"""

import argparse
import asyncio
import itertools
import json
import multiprocessing
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import psutil


sys.path.insert(0, str(Path(__file__).parent.parent))
from faulty_server import Server


CLIENTS = 64
TIMEOUT_S = 5.0
IDLE_S = 6.0  # after which the proxy has closed its idle connections
THINGS = "inflation bread rivers bees glass tea Rome rain ants salt paper moss cheese wool chess snow".split()
FAULTS = (
    *("cut", "torn", "stall", "<html>", '{"choices": []}', 400, 401, 500, 503),
    (429, "Retry-After: 1\r\n", '{"error": {"message": "busy"}}'),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="folder or Hub name of a P-Aligner (default: the embedded one)")
    parser.add_argument("--budget", type=float, default=5.0)
    parser.add_argument(
        "--calls", type=int, default=128, help="of each way and number of clients, of 1 client a quarter"
    )
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 16, 64])
    parser.add_argument("--requests", type=int, help="ask so often while the server fails")
    parser.add_argument("--faults", type=float, default=0.3)
    options = parser.parse_args()
    address: multiprocessing.Queue[str] = multiprocessing.Queue()
    server = multiprocessing.Process(
        target=serve, args=(address, options.faults if options.requests else 0.0), daemon=True
    )
    server.start()
    upstream = address.get(timeout=60)
    command = [sys.executable, "-c", "import sys; from p_aligner.cli import main; sys.exit(main())", "serve"]
    command += ["--upstream", upstream, "--port", "0", "--budget", str(options.budget), "--timeout", str(TIMEOUT_S)]
    command += ["--model", options.model] if options.model else []
    proxy = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert proxy.stderr is not None
    try:
        proxied = proxy.stderr.readline().split()[1]
        if options.requests:
            found = asyncio.run(endure(proxied, options.requests, proxy.pid))
        else:
            found = asyncio.run(compare(upstream, proxied, options.clients, options.calls))
        print(json.dumps({"processors": os.cpu_count(), "load": os.getloadavg()[0], **found}, indent=2))
    finally:
        proxy.send_signal(signal.SIGTERM)
        print(proxy.communicate(timeout=60)[1].strip(), file=sys.stderr)
        server.kill()


def serve(address: "multiprocessing.Queue[str]", faults: float) -> None:
    rng = random.Random(0)

    def plan() -> Iterator[Any]:
        while True:
            yield rng.choice(FAULTS) if rng.random() < faults else None

    async def run() -> None:
        async with Server() as server:
            server.follow(plan())
            address.put(server.url)
            while True:  # it remembers its calls, for tests: not here
                await asyncio.sleep(1)
                for kept in (server.requests, server.bodies, server.headers, server.times):
                    kept.clear()

    asyncio.run(run())


async def compare(upstream: str, proxied: str, clients: list[int], calls: int) -> dict[str, Any]:
    ways = {"direct": (upstream, "off"), "passed_on": (proxied, "off"), "refined": (proxied, "on")}
    numbers = itertools.count()
    found: dict[str, Any] = {}
    for count in clients:
        each = {way: list[float]() for way in ways}
        rates = {way: list[float]() for way in ways}
        changed = Counter[str]()
        for turn in range(4):
            for way, (url, switch) in ways.items():
                started = time.perf_counter()
                taken = await ask_all(url, switch, count, calls // 4 if count == 1 else calls, numbers, changed)
                if turn:  # the first warms up
                    each[way] += taken
                    rates[way].append(len(taken) / (time.perf_counter() - started))
        middle = {way: statistics.median(taken) for way, taken in each.items()}
        found[f"{count} clients"] = {
            "ms_a_call_median": {way: round(value * 1000, 1) for way, value in middle.items()},
            "ms_a_call_95th": {way: round(statistics.quantiles(t, n=20)[18] * 1000, 1) for way, t in each.items()},
            "calls_per_second": {way: round(max(rate)) for way, rate in rates.items()},
            "added_ms": {way: round((middle[way] - middle["direct"]) * 1000, 1) for way in ("passed_on", "refined")},
            "outcomes": dict(changed),
        }
    return found


async def ask_all(
    url: str, switch: str, clients: int, calls: int, numbers: "itertools.count[int]", changed: Counter[str]
) -> list[float]:
    """Let the clients share the calls; return the seconds that each call took."""
    taken: list[float] = []
    left = iter(range(calls))

    async def ask(session: aiohttp.ClientSession) -> None:
        for _ in left:
            text = question(next(numbers))
            started = time.perf_counter()
            async with session.post(
                f"{url}/chat/completions",
                json={"model": "m", "messages": [{"role": "user", "content": text}]},
                headers={"X-P-Aligner": switch},
            ) as answer:
                assert answer.status == 200, await answer.text()
                assert text.rpartition(" ")[2] in await answer.text()
            taken.append(time.perf_counter() - started)
            if switch == "on":
                changed[outcome(answer.headers)] += 1

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await asyncio.gather(*(ask(session) for _ in range(clients)))
    return taken


def question(number: int) -> str:
    """Ask what nobody asked before, in about as many words."""
    return f"tell me about {THINGS[number % len(THINGS)]} and {THINGS[number // 16 % 16]} in chapter {number + 100}"


def outcome(headers: Any) -> str:
    if headers["x-p-aligner-changed"] == "true":
        return "changed"
    return str(headers["x-p-aligner-reason"]).partition(":")[0]


async def endure(url: str, requests: int, proxy: int) -> dict[str, Any]:
    """Ask often while the server fails; count what came of it, and what the proxy holds on to."""
    held = {"before": held_by(proxy)}
    came, refined, wrong = Counter[str](), Counter[str](), list[str]()
    slowest, left = 0.0, iter(range(requests))

    async def ask(session: aiohttp.ClientSession) -> None:
        nonlocal slowest
        for number in left:
            started = time.perf_counter()
            try:
                fate, headers = await one(session, url, number)
            except Exception as error:
                fate, headers = f"unclear: {error!r:.200}", {}
            slowest = max(slowest, time.perf_counter() - started)
            came[fate] += 1
            if headers:
                refined[outcome(headers)] += 1
            if fate.startswith(("unclear", "wrong")) and len(wrong) < 10:
                wrong.append(fate)
            if (done := came.total()) % max(requests // 4, 1) == 0:
                held[f"after {done}"] = held_by(proxy)

    started = time.perf_counter()
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout) as session:
        await asyncio.gather(*(ask(session) for _ in range(CLIENTS)))
    seconds = time.perf_counter() - started
    await asyncio.sleep(IDLE_S)
    held["at rest"] = held_by(proxy)
    return {
        "requests": requests,
        "clients": CLIENTS,
        "seconds": round(seconds, 1),
        "requests_per_second": round(requests / seconds, 1),
        "slowest_s": round(slowest, 1),
        "came": dict(came.most_common()),
        "refinements": dict(refined.most_common()),
        "neither_answer_nor_clear_error": sum(came[fate] for fate in came if fate.startswith(("unclear", "wrong"))),
        "examples": wrong,
        "held_by_proxy": held,
    }


def held_by(pid: int) -> dict[str, int]:
    """Measure a process: memory in MiB, connections, threads."""
    process = psutil.Process(pid)
    connections = [each for each in process.net_connections() if each.status != psutil.CONN_LISTEN]
    memory = process.memory_info().rss // 2**20
    return {"MiB": memory, "connections": len(connections), "threads": process.num_threads()}


async def one(session: aiohttp.ClientSession, url: str, number: int) -> tuple[str, Any]:
    """Ask once; say what came: an answer to this question, an error with a message, a broken answer told as such."""
    text, is_streamed = question(number), bool(number % 2)
    body = {"model": "m", "stream": is_streamed, "messages": [{"role": "user", "content": text}]}
    async with session.post(f"{url}/chat/completions", json=body) as answer:
        try:
            said = await answer.text()
        except aiohttp.ClientPayloadError:  # what an HTTP client says of half an answer
            return "broken off", answer.headers
        if answer.status >= 400:
            message = json.loads(said)["error"]["message"]
            return (f"error {answer.status}" if message else "wrong: an error without a message"), answer.headers
        if not said.startswith(("data: ", '{"')) or said == '{"choices": []}':
            return "garbage of the server, as it was", answer.headers
        read: Callable[[str], str] = streamed if is_streamed and said.startswith("data: ") else whole
        if f"chapter {number + 100}" not in (content := read(said)) or len(re.findall("chapter", content)) != 1:
            return f"wrong: {content!r:.100} to {text!r}", answer.headers
        return "answer", answer.headers


def whole(said: str) -> str:
    return str(json.loads(said)["choices"][0]["message"]["content"])


def streamed(said: str) -> str:
    events = [event.removeprefix("data: ") for event in said.split("\n\n") if event]
    assert events.pop() == "[DONE]", "the stream has no end"
    return "".join(json.loads(event)["choices"][0]["delta"]["content"] for event in events)


if __name__ == "__main__":
    main()
