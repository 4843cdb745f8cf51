"""The commands in a world that fails: servers, disks, clocks, memory, kills. What comes out is held against a run that
nothing disturbed.
"""

import asyncio
import itertools
import json
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from faulty_server import Server, in_thread
from scripted import CATEGORIES, RECIPE
from tiny import REFINED

import p_aligner.cli
import ultraprompt.cli
from p_aligner.runtime.scripted import play_along
from p_aligner.store.journal import read


Record = dict[str, Any]

SCRIPTED = {"backend": "scripted"}
TREES: Record = {**RECIPE, "search": {"iterations": 4, "rewriting": "chat"}, "concurrency": 32}
EVALUATION: Record = {
    "out": "run",
    "benchmarks": {"open": {"path": "seeds.jsonl", "against": "normal"}},
    "responders": {"talker": SCRIPTED},
    "refiners": {"P-Aligner": {"refiner": "p-aligner", "model": SCRIPTED}},
    "systems": [{"refiner": ["normal", "P-Aligner"]}],
    "judges": {"longer wins": {"judge": "longer"}},
}
RUN = "import sys; from {} import main; sys.exit(main())"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    write_seeds(tmp_path, 12)
    write_recipe(tmp_path, TREES, name="trees.yaml")
    write_recipe(tmp_path, EVALUATION, name="evaluation.yaml")
    return tmp_path


def write_seeds(folder: Path, count: int) -> None:
    rows = (
        {"id": f"seed-{n}", "instruction": f"Explain the number {n} to me.", "category": CATEGORIES[n % 3]}
        for n in range(count)
    )
    (folder / "seeds.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def write_recipe(folder: Path, recipe: Record, *, name: str, **changes: Any) -> None:
    (folder / name).write_text(yaml.safe_dump({**recipe, **changes}), encoding="utf-8")


def content(path: Path) -> list[str]:
    """Return what a journal holds, without what depends on the clock, the order and who was asked."""
    told = ("seconds", "elapsed", "usage", "fingerprint")
    records = ({key: value for key, value in record.items() if key not in told} for record in read(path))
    return sorted(json.dumps(record) for record in records if record["type"] != "timing")


# Servers


class Playing(Server):
    """Answers as the scripted backend does, so that a run among faults can be held against one without.

    More faults: `"slow"` before the first byte, `"many"` and `"few"` answers.
    """

    def _completion(self, request: Record) -> Record:
        count = min(request.get("n", 1), self.most_choices or 99)
        seed, messages = request.get("seed"), request["messages"]
        texts = [play_along(messages, random.Random(f"{seed} {sample} {messages}")) for sample in range(count)]
        choices = [
            {"index": place, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            for place, text in enumerate(texts)
        ]
        return {"choices": choices, "usage": {"prompt_tokens": 10, "completion_tokens": 4 * count, "total_tokens": 0}}

    async def _answer(self, reader: Any, writer: Any, path: str, request: Record, fault: Any) -> bool:
        if fault == "slow":
            await asyncio.sleep(0.3)
            fault = None
        elif fault in ("many", "few"):
            asked = request.get("n", 1)
            fault = self._completion({**request, "n": asked + 2 if fault == "many" else max(1, asked - 1)})
        return await super()._answer(reader, writer, path, request, fault)


PASSING = (
    *(429, (429, "Retry-After: 0.1\r\n", "{}"), 500, 503, "cut", "stall", "slow", "many", "<html>"),
    *('{"choices": []}', '{"choices": [{"mess', '{"choices": [{"message": {"content": 5}}]}'),
)
REFUSING = (
    *("few", (400, "", '{"error": {"code": "content_filter", "message": "policy"}}')),
    {"choices": [{"message": {"content": None}, "finish_reason": "content_filter"}]},
    {"choices": [{"message": {"content": None, "refusal": "I will not."}, "finish_reason": "stop"}]},
)


def failing(faults: Iterable[Any], share: float, counted: Counter[bool]) -> Iterator[Any]:
    rng, faults = random.Random(0), list(faults)
    while True:
        fails = rng.random() < share
        counted[fails] += 1
        yield rng.choice(faults) if fails else None


def synthesize_among(faults: Iterable[Any], folder: Path) -> Counter[bool]:
    """Grow the trees on a server that fails in 30 % of the calls."""
    counted = Counter[bool]()
    server = Playing()
    server.follow(failing(faults, 0.3, counted))
    with in_thread(server):
        endpoint = {"backend": "endpoint", "model": "m", "base_url": server.url, "timeout_s": 3, "backoff_s": 0.01}
        write_recipe(folder, TREES, name="faulty.yaml", out="faulty.jsonl", rewriter=endpoint, responder=endpoint)
        assert ultraprompt.cli.main(["synthesize", "faulty.yaml"]) == 0
    return counted


@pytest.mark.slow
def test_two_hundred_trees_grow_among_faults_as_without(folder: Path) -> None:
    write_seeds(folder, 200)
    counted = synthesize_among(PASSING, folder)
    assert counted[True] > 0.25 * counted.total() > 400
    assert ultraprompt.cli.main(["synthesize", "trees.yaml"]) == 0
    assert Counter(record["type"] for record in read("faulty.jsonl"))["done"] == 200
    assert content(folder / "faulty.jsonl") == content(folder / "journal.jsonl")


@pytest.mark.slow
def test_a_refusal_is_no_poison(folder: Path) -> None:
    """What a filter keeps back is an empty answer or a rejected rewrite, never a text of the server's own."""
    write_seeds(folder, 60)
    synthesize_among(REFUSING, folder)
    assert ultraprompt.cli.main(["synthesize", "trees.yaml"]) == 0
    words = {word for record in read("journal.jsonl") for text in record.get("responses", ()) for word in text.split()}
    records = list(read("faulty.jsonl"))
    assert Counter(record["type"] for record in records)["done"] == 60
    responses = [text for record in records for text in record.get("responses", ())]
    refused = [text for text in responses if text in ("", "I will not.")]
    assert 0.1 < len(refused) / len(responses) < 0.4
    assert all(set(text.split()) <= words for text in responses if text not in refused)
    assert all(len(record["responses"]) == 3 for record in records if record["type"] == "node")
    assert not any("will not" in record["instruction"] for record in records if record["type"] == "node")
    reasons = Counter(record["reason"] for record in records if record["type"] == "rejected")
    assert reasons["unfinished: content_filter"] > 10


SILENT = {"message": {"content": None, "reasoning_content": "Let me think."}, "finish_reason": "length"}


def said(text: str) -> Record:
    return {"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}


def run_with(command: str, role: str, fault: Any, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str], Server]:
    """Run a command one of whose models is a server that always says the same."""
    server = Server()
    server.follow(itertools.repeat(fault))
    with in_thread(server):
        model = {"backend": "endpoint", "model": "m", "base_url": server.url, "backoff_s": 0.001}
        if command == "synthesize":
            write_recipe(
                Path(), {**TREES, "search": {"iterations": 2, "rewriting": "chat"}}, name="r.yaml", **{role: model}
            )
            status = ultraprompt.cli.main([command, "r.yaml"])
        else:
            chat = {"refiner": "chat", "principle": "Tone Improvement", "model": model}
            parts: Record = {
                "responder": {"responders": {"talker": model}},
                "refiner": {"refiners": {"P-Aligner": chat}},
                "judge": {"judges": {"judge": {"judge": "llm", "backend": model}}},
            }
            write_recipe(Path(), EVALUATION, name="r.yaml", **parts[role])
            status = p_aligner.cli.main([command, "r.yaml"])
    lines = [line for line in capsys.readouterr().err.splitlines() if not re.search(r": [\d,]+ of [\d,]+$", line)]
    return status, lines, server


@pytest.mark.parametrize("seeds", [2, 12])
@pytest.mark.parametrize(
    ("command", "role"),
    [
        *(("synthesize", "responder"), ("synthesize", "rewriter"), ("evaluate", "responder"), ("evaluate", "refiner")),
        ("evaluate", "judge"),
    ],
)
def test_a_run_without_answers_fails_and_says_why(
    command: str, role: str, seeds: int, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_seeds(folder, seeds)
    status, lines, _ = run_with(command, role, {"choices": [SILENT] * 3}, capsys)
    assert status == 1
    assert any("blank" in line for line in lines), lines
    assert any("finish_reason length" in line for line in lines), lines
    assert len(lines) <= 7
    if command == "evaluate":
        assert not Path("run/report.md").exists()
        assert p_aligner.cli.main(["evaluate", "evaluation.yaml"]) == 0
        assert run_with(command, role, said("Explain it: [[A>B]]"), capsys)[0] == 0, "what was blank is asked again"


@pytest.mark.parametrize("seeds", [2, 12])
def test_a_run_without_verdicts_fails_and_says_so(
    seeds: int, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_seeds(folder, seeds)
    status, lines, _ = run_with("evaluate", "judge", said("Both are fine."), capsys)
    (line,) = lines
    assert status == 1
    assert "verdict" in line
    assert "Both are fine." in line


@pytest.mark.parametrize("fault", [401, 403, 404, '{"error": {"message": "no such model"}}'])
@pytest.mark.parametrize(("command", "role"), [("synthesize", "responder"), ("evaluate", "responder")])
def test_a_server_that_refuses_us_is_asked_once(
    command: str, role: str, fault: Any, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_seeds(folder, 1)
    status, (line,), server = run_with(command, role, fault, capsys)
    assert status == 1
    assert f"answers {fault if isinstance(fault, int) else 200}" in line
    assert len(server.requests) == (1 if command == "synthesize" else 2), "each instruction once"


WRAPPED = "<think>\nhm\n</think>\n\nHere is the optimized version:\n\n```\n{}\n```\n\nLet me know!"
BETTER = "Explain the number 0 to me, kindly."


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        *((WRAPPED.format(BETTER), BETTER), (f'Rewrite: "{BETTER}"', BETTER)),
        *(
            (text, None)
            for text in ("The number 0 is the first of all.", "hello", "Sure!", "I cannot help with that.")
        ),
    ],
)
def test_a_chat_rewriters_words_around_a_rewrite_are_cut_and_answers_rejected(
    answer: str, kept: str | None, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_seeds(folder, 1)
    assert run_with("synthesize", "rewriter", said(answer), capsys)[0] == 0
    nodes = [record["instruction"] for record in read("journal.jsonl") if record["type"] == "node"][1:]
    assert nodes[:1] == ([kept] if kept else [])
    assert run_with("evaluate", "refiner", said(answer), capsys)[0] == 0
    (refined,) = (record for record in read("run/journal.jsonl") if record["type"] == "refine")
    assert refined["refined_instruction"] == (kept or "Explain the number 0 to me.")


# Clocks


@pytest.mark.slow
def test_clocks_may_jump(folder: Path) -> None:
    """By a year, back and forth, in the run's process: budgets and pauses go by another clock."""
    jumping = (
        "import random, sys, time\nreal, rng = time.time, random.Random(0)\n"
        "time.time = lambda: real() + rng.choice([-3e7, 0, 3e7])\n" + RUN.format("ultraprompt.cli")
    )
    date = "Date: Wed, 21 Oct 2015 07:28:00 GMT\r\nRetry-After: Wed, 21 Oct 2015 07:28:01 GMT\r\n"
    server = Playing()
    server.follow((429, date, "{}") if number % 5 == 0 else None for number in range(10_000))
    with in_thread(server):
        endpoint = {"backend": "endpoint", "model": "m", "base_url": server.url}
        write_recipe(folder, TREES, name="jumping.yaml", out="jumping.jsonl", rewriter=endpoint, responder=endpoint)
        command = [sys.executable, "-c", jumping, "synthesize", "jumping.yaml", "--max_minutes"]
        stopped = subprocess.run([*command, "0.001"], capture_output=True, text=True, timeout=300)
        assert "stopped by max_minutes" in stopped.stderr, stopped.stderr
        went_on = subprocess.run([*command, "10"], capture_output=True, text=True, timeout=300)
    assert "12 of 12 trees" in went_on.stderr, went_on.stderr
    assert ultraprompt.cli.main(["synthesize", "trees.yaml"]) == 0
    assert content(folder / "jumping.jsonl") == content(folder / "journal.jsonl")


# Disks

COMMANDS: dict[
    str, tuple[str, list[str], str, str]
] = {  # module, arguments, file, and a size that is too small for it
    "synthesize": (
        "ultraprompt.cli",
        ["synthesize", "trees.yaml", "--out", "disk/journal.jsonl"],
        "journal.jsonl",
        "16k",
    ),
    "evaluate": ("p_aligner.cli", ["evaluate", "evaluation.yaml", "--output", "disk"], "journal.jsonl", "8k"),
    "refine": (
        "p_aligner.cli",
        ["refine", "--input", "seeds.jsonl", "--output", "disk/refined.jsonl", "--batch-size", "2"],
        "refined.jsonl",
        "8k",
    ),
}


def command_of(name: str, model: str) -> tuple[str, list[str], str, str]:
    """Return what `COMMANDS` says, with a model for the one that needs one."""
    module, arguments, file, size = COMMANDS[name]
    return module, [*arguments, "--model", model] if name == "refine" else arguments, file, size


def known(count: int) -> list[Record]:
    """Rows of instructions that the tiny model refines soon."""
    asks = [*REFINED]
    return [{"id": number, "instruction": asks[number % len(asks)]} for number in range(count)]


def in_namespace(script: str, *command: str) -> None:
    """Run a script that may mount file systems nobody else sees; `"$@"` in it is the command."""
    unshared = ["unshare", "--user", "--map-root-user", "--mount", "bash", "-ec"]
    if shutil.which("unshare") is None or subprocess.run([*unshared, "mount -t tmpfs tmpfs /mnt"]).returncode:
        pytest.skip("this system lets us mount nothing")
    subprocess.run([*unshared, script, "bash", *command], check=True, timeout=600)


def outcome(name: str) -> tuple[int, str]:
    return int(Path(f"{name}.status").read_text()), Path(f"{name}.err").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_disk_is_one_line_and_with_more_room_the_run_goes_on(name: str, folder: Path, tiny: str) -> None:
    module, arguments, file, size = command_of(name, tiny)
    if name == "refine":
        rows = [{**row, "pad": "x" * 400} for row in known(20)]
        (folder / "seeds.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    in_namespace(
        f"""
        mkdir disk
        mount -t tmpfs -o size={size} tmpfs disk
        "$@" > /dev/null 2> full.err && status=0 || status=$?
        echo $status > full.status
        cp disk/{file} torn
        mount -o remount,size=20m disk
        "$@" > /dev/null 2> room.err && status=0 || status=$?
        echo $status > room.status
        cp disk/{file} kept
        """,
        *(sys.executable, "-c", RUN.format(module), *arguments),
    )
    status, errors = outcome("full")
    assert status == 1, errors
    assert (
        f"disk/{file} cannot be written: No space left on device; make room and run again" in errors.splitlines()[-1]
    )
    assert "Traceback" not in errors
    assert Path("torn").read_bytes()
    status, errors = outcome("room")
    assert status == 0, errors

    Path("disk").rename("mounted")
    main = ultraprompt.cli.main if name == "synthesize" else p_aligner.cli.main
    assert main(arguments) == 0
    whole = Path("disk", file)
    if name == "refine":
        assert Path("kept").read_bytes() == whole.read_bytes()
        assert [row["refined_instruction"] for row in map(json.loads, whole.read_text("utf-8").splitlines())] == [
            REFINED[row["instruction"]] for row in rows
        ]
        assert whole.read_bytes().startswith(Path("torn").read_bytes()), "what was written is not written again"
    else:
        assert content(Path("kept")) == content(whole)
        kept = Path("torn").read_bytes().rpartition(b"\n")[0]
        assert kept.count(b"\n") > 3
        assert Path("kept").read_bytes().startswith(kept), "what was written is not written again"


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_a_place_that_is_read_only_is_one_line(name: str, folder: Path, tiny: str) -> None:
    module, arguments, file, _ = command_of(name, tiny)
    in_namespace(
        """
        mkdir disk
        mount -t tmpfs -o ro tmpfs disk
        "$@" > /dev/null 2> full.err && status=0 || status=$?
        echo $status > full.status
        """,
        *(sys.executable, "-c", RUN.format(module), *arguments),
    )
    status, errors = outcome("full")
    assert status == 2
    assert errors.count("\n") == 1
    assert f"disk/{file} cannot be written: Read-only file system" in errors


# Memory


@pytest.mark.slow
def test_a_batch_that_real_memory_does_not_hold_goes_on_in_halves(tiny_reward: str) -> None:
    """The process may have 100 MiB more than it has; the batch wants several times that."""
    code = (
        f"MODEL = {tiny_reward!r}\n"
        + """
import asyncio, json, resource
from p_aligner.runtime.rewards import ClassifierSettings, load_reward

CHATS = [
    [{"role": "user", "content": f"say {n}"}, {"role": "assistant", "content": f"it is {n} " + "and so on " * 350}]
    for n in range(128)
]

async def main():
    settings = {"reward": "classifier", "model": MODEL, "device": "cpu", "batch_tokens": 1_000_000}
    alone, together = (load_reward(ClassifierSettings(**settings, batch_size=size)) for size in (1, 128))
    expected = await alone.score(CHATS)
    await together.score(CHATS[:1])
    with open("/proc/self/statm") as file:
        most = int(file.read().split()[0]) * resource.getpagesize() + 100 * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    before = together._batcher.most_cost
    scores = await together.score(CHATS)
    print(json.dumps([expected, scores, before, together._batcher.most_cost]))
    await alone.close()
    await together.close()

asyncio.run(main())
"""
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stderr
    expected, scores, before, after = json.loads(result.stdout.splitlines()[-1])
    assert scores == pytest.approx(expected, abs=1e-6)
    assert after < before, "the memory did not end: give the test less"


# Kills


@pytest.mark.slow
def test_rows_survive_being_killed_again_and_again(folder: Path, tiny: str) -> None:
    rows = known(600)
    (folder / "seeds.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    arguments = ["refine", "--input", "seeds.jsonl", "--output", "refined.jsonl", "--batch-size", "1", "--model", tiny]
    command = [sys.executable, "-c", RUN.format("p_aligner.cli"), *arguments]
    path, rng = folder / "refined.jsonl", random.Random(0)
    for _ in range(5):
        before = path.read_bytes() if path.exists() else b""
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and not (path.exists() and len(path.read_bytes()) > len(before)):
                time.sleep(0.01)
            time.sleep(rng.uniform(0, 0.5))
            process.send_signal(signal.SIGKILL)
        whole = before[: before.rfind(b"\n") + 1]
        assert path.read_bytes().startswith(whole), "no row is lost"
    assert 5 <= path.read_bytes().count(b"\n") < 600
    assert p_aligner.cli.main(arguments) == 0
    assert p_aligner.cli.main([*arguments[:3], "--output", "undisturbed.jsonl", *arguments[5:]]) == 0
    assert path.read_bytes() == (folder / "undisturbed.jsonl").read_bytes()
    assert [row["refined_instruction"] for row in map(json.loads, path.read_text("utf-8").splitlines())] == [
        REFINED[row["instruction"]] for row in rows
    ]


@pytest.mark.slow
def test_a_second_process_may_not_write_the_same_rows(
    folder: Path, tiny: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["refine", "--input", "seeds.jsonl", "--output", "refined.jsonl", "--model", tiny]
    command = [sys.executable, "-c", RUN.format("p_aligner.cli"), *arguments, "--batch-size", "1"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while not Path("refined.jsonl").exists():
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(0.1)  # it is locked at once, the model comes later
        assert p_aligner.cli.main(arguments) == 2
        process.send_signal(signal.SIGKILL)
    (line,) = capsys.readouterr().err.splitlines()
    assert re.match("p-aligner: another process is writing refined.jsonl: wait for it", line)
