"""How many visitors does the Space bear? Times of many at once, and memory in the course of thousands of requests.

    python tests/benchmarks/space.py [--visitors 50] [--requests 2000] [--url URL]

Each visitor refines an instruction of his own, accepts it and has both answered; every answer is checked against the
visitor's own numbers. Without --url the Space is started here, with the models that its variables name, else those of
the kit; memory is told only then.
"""

import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from race import parser, report


# Nobody is sent away, unless the environment says so: it is to be seen how long they wait.
PATIENT = {"PALIGNER_TIMEOUT_S": "600"}
_PARTS = 10  # of the requests for the memory: it is told after each
APP = Path(__file__).parents[2] / "spaces/before_after/app.py"


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--visitors", type=int, default=50)
    arguments.add_argument("--requests", type=int, default=0, help="requests after the visitors, for the memory")
    arguments.add_argument("--url", help="a Space that runs already")
    options = arguments.parse_args()
    process = None if options.url else start()
    try:
        url = options.url or url_of(process)
        found = crowd(url, options.visitors)
        if process and options.requests:
            found |= memory(url, process.pid, options.requests)
    finally:
        if process:
            process.terminate()
            process.wait()
    report(found, options.output)


def start() -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-u", str(APP)],
        env={"OMP_NUM_THREADS": "1", **PATIENT, **os.environ, "GRADIO_SERVER_PORT": "7970"},
        stdout=subprocess.PIPE,
        text=True,
    )


def url_of(process: Any) -> str:
    for line in process.stdout:
        if found := re.search(r"http://127.0.0.1:\d+", line):
            process.stdout.readline()  # gradio asks itself once before it says more, and gives up if it has to wait
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return found[0]
    sys.exit("the Space did not start")


def events(url: str, name: str, *data: Any) -> list[tuple[str, Any]]:
    """Make a request as curl does; return the events of the answer."""
    head = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/gradio_api/call/{name}", json.dumps({"data": data}).encode(), head)
    try:
        with urllib.request.urlopen(request, timeout=900) as answer:
            event = json.load(answer)["event_id"]
    except urllib.error.HTTPError as error:  # sent away before it could wait
        with error:
            return [("error", {"error": error.read().decode()})]
    with urllib.request.urlopen(f"{url}/gradio_api/call/{name}/{event}", timeout=900) as answer:
        found = re.findall(r"event: (\w+)\ndata: (.*)", answer.read().decode())
    return [(kind, json.loads(data)) for kind, data in found]


def call(url: str, name: str, *data: str) -> dict[str, Any]:
    """Return the last value of the answer."""
    kind, value = events(url, name, *data)[-1]
    if kind != "complete":
        raise RuntimeError(f"{name} {data}: {value}")
    return dict(value[0])


def crowd(url: str, visitors: int) -> dict[str, Any]:
    """Let all visitors come at once."""
    seconds: dict[str, list[float]] = {"refine": [], "respond": []}
    lost, mixed = [], []
    gate = threading.Barrier(visitors)

    def visit(number: int) -> None:
        mine = f"Leo has {1000 + number} pins and wins {3000 + number}. How many pins does Leo have now?"
        gate.wait()
        try:
            record = timed(seconds["refine"], url, "refine", mine)
            answers = timed(seconds["respond"], url, "respond", mine, record["refined_instruction"])
        except (OSError, RuntimeError, ValueError, IndexError) as error:
            lost.append(f"{number}: {error}")
            return
        numbers = set(re.findall(r"\d{4}", record["refined_instruction"]))
        if record["instruction"] != mine or numbers != {str(1000 + number), str(3000 + number)}:
            mixed.append(number)
        if not answers["response"] or not answers["refined_response"]:
            lost.append(f"{number}: no answer")

    started = time.perf_counter()
    with ThreadPoolExecutor(visitors) as pool:
        list(pool.map(visit, range(visitors)))
    for line in lost:
        print(line, file=sys.stderr)
    times = {f"{name} {what}": figure for name, each in seconds.items() for what, figure in percentiles(each).items()}
    return {
        "visitors": visitors,
        "lost": len(lost),
        "mixed up": len(mixed),
        "seconds in all": round(time.perf_counter() - started, 1),
        **times,
    }


def timed(seconds: list[float], url: str, name: str, *data: str) -> dict[str, Any]:
    started = time.perf_counter()
    value = call(url, name, *data)
    seconds.append(time.perf_counter() - started)
    return value


def percentiles(seconds: list[float]) -> dict[str, float]:
    if len(seconds) < 2:
        return {}
    cuts = statistics.quantiles(seconds, n=20, method="inclusive")
    return {"p50 s": round(cuts[9], 2), "p95 s": round(cuts[18], 2)}


def memory(url: str, pid: int, requests: int) -> dict[str, Any]:
    """Make requests of all kinds, eight at a time."""

    def one(number: int) -> None:
        text = f"Sam has {number} eggs and loses {number // 2}. How many eggs does Sam have now?"
        match number % 3:
            case 0:
                call(url, "refine", text)
            case 1:
                call(url, "rewrite", text, "Hint Addition")
            case 2:
                call(url, "respond", text, f"{text} Show each step.")

    mib = {0: resident_mib(pid)}
    marks = [requests * part // _PARTS for part in range(_PARTS + 1)]
    started = time.perf_counter()
    with ThreadPoolExecutor(8) as pool:
        for start, end in itertools.pairwise(marks):
            list(pool.map(one, range(start, end)))
            mib[end] = resident_mib(pid)
            print(f"after {end:,} requests: {mib[end]} MiB", file=sys.stderr)
    return {
        "requests": requests,
        "requests per second": round(requests / (time.perf_counter() - started), 1),
        "MiB after so many requests": mib,
    }


def resident_mib(pid: int) -> int:
    (kib,) = re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(kib) // 1024


if __name__ == "__main__":
    main()
