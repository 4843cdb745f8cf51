"""What does the proxy cost? Prints one JSON.

    OMP_NUM_THREADS=1 python tests/benchmarks/serve.py [--model M] [--calls 128] [--clients 1 16 64]

The server is scripted (tests/faulty_server.py) and answers after a hundredth of a second; it, the proxy and the
clients are a process each. Calls of one kind go to the server directly, through the proxy unrefined
(`X-P-Aligner: off`) and refined, in turns, by 1, 16 and 64 clients at once. Work is calls; what a call of
one client takes longer is what the proxy adds.
"""

import asyncio
import itertools
import multiprocessing
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
from race import parser, race, report


sys.path.insert(0, str(Path(__file__).parent.parent))
from faulty_server import Server
from scripted import command_of


TIMEOUT_S = 5.0
THINGS = "inflation bread rivers bees glass tea Rome rain ants salt paper moss cheese wool chess snow".split()


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--model", help="folder or Hub name of a P-Aligner (default: the embedded one)")
    arguments.add_argument("--budget", type=float, default=5.0)
    arguments.add_argument("--calls", type=int, default=128, help="of each way and number of clients, of 1 a quarter")
    arguments.add_argument("--clients", type=int, nargs="+", default=[1, 16, 64])
    options = arguments.parse_args()
    address: multiprocessing.Queue[str] = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(address,), daemon=True)
    server.start()
    upstream = address.get(timeout=60)
    command = command_of("p_aligner", "serve")
    command += ["--upstream", upstream, "--port", "0", "--budget", str(options.budget), "--timeout", str(TIMEOUT_S)]
    command += ["--model", options.model] if options.model else []
    proxy = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert proxy.stderr is not None
    try:
        proxied = proxy.stderr.readline().split()[1]
        found = compare(upstream, proxied, options.clients, options.calls)
        report({"processors": os.cpu_count(), "load": os.getloadavg()[0], **found}, options.output)
    finally:
        proxy.send_signal(signal.SIGTERM)
        print(proxy.communicate(timeout=60)[1].strip(), file=sys.stderr)
        server.kill()


def serve(address: "multiprocessing.Queue[str]") -> None:
    async def run() -> None:
        async with Server() as server:
            address.put(server.url)
            while True:  # it remembers its calls, for tests: not here
                await asyncio.sleep(1)
                for kept in (server.requests, server.bodies, server.headers, server.times):
                    kept.clear()

    asyncio.run(run())


def compare(upstream: str, proxied: str, clients: list[int], calls: int) -> dict[str, Any]:
    numbers, outcomes = itertools.count(), Counter[str]()

    def way(url: str, switch: str) -> Callable[[int], float]:
        return lambda count: asyncio.run(ask_all(url, switch, count, calls // 4 if count == 1 else calls))

    async def ask_all(url: str, switch: str, clients: int, calls: int) -> int:
        """Let the clients share the calls."""
        left = iter(range(calls))

        async def ask(session: aiohttp.ClientSession) -> None:
            for _ in left:
                text = question(next(numbers))
                body = {"model": "m", "messages": [{"role": "user", "content": text}]}
                headers = {"X-P-Aligner": switch}
                async with session.post(f"{url}/chat/completions", json=body, headers=headers) as answer:
                    assert answer.status == 200, await answer.text()
                    assert text.rpartition(" ")[2] in await answer.text()
                if switch == "on":
                    outcomes[outcome(answer.headers)] += 1

        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            await asyncio.gather(*(ask(session) for _ in range(clients)))
        return calls

    ways = {"direct": way(upstream, "off"), "passed_on": way(proxied, "off"), "refined": way(proxied, "on")}
    for run in ways.values():  # to warm up
        run(1)
    found = {f"{count} clients": race(ways, [count] * 3, ours=["direct"]) for count in clients}
    return {**found, "outcomes": dict(outcomes)}


def question(number: int) -> str:
    """Ask what nobody asked before, in about as many words."""
    return f"tell me about {THINGS[number % len(THINGS)]} and {THINGS[number // 16 % 16]} in chapter {number + 100}"


def outcome(headers: Any) -> str:
    if headers["x-p-aligner-changed"] == "true":
        return "changed"
    return str(headers["x-p-aligner-reason"]).partition(":")[0]


if __name__ == "__main__":
    main()
