"""The commands in a world that fails: servers, disks, kills. What comes out is held against a run that
nothing disturbed.
"""

import asyncio
import itertools
import json
import random
import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from faulty_server import Server, in_thread
from scripted import RECIPE, command_of, write_recipe, write_rows, write_seeds
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


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    write_seeds(tmp_path, 12)
    write_recipe(tmp_path, TREES, name="trees.yaml")
    write_recipe(tmp_path, EVALUATION, name="evaluation.yaml")
    return tmp_path


def content(path: Path) -> list[str]:
    """Return what a journal holds, without what depends on the clock, the order and who was asked."""
    told = ("seconds", "elapsed", "usage", "fingerprint")
    records = ({key: value for key, value in record.items() if key not in told} for record in read(path))
    return sorted(json.dumps(record) for record in records if record["type"] != "timing")


# Servers


def played(request: Record, sample: int) -> str:
    """Answer as the scripted backend does, so that a run among faults can be held against one without."""
    messages = request["messages"]
    return play_along(messages, random.Random(f"{request.get('seed')} {sample} {messages}"))


class Playing(Server):
    """More faults: `"slow"` before the first byte, `"many"` and `"few"` answers."""

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
    server = Playing(say=played)
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
            search = {"iterations": 2, "rewriting": "chat"}
            write_recipe(Path(), {**TREES, "search": search}, name="r.yaml", **{role: model})
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


ROLES = [("synthesize", "responder"), ("synthesize", "rewriter")]
ROLES += [("evaluate", role) for role in ("responder", "refiner", "judge")]


@pytest.mark.parametrize("seeds", [2, 12])
@pytest.mark.parametrize(("command", "role"), ROLES)
def test_a_run_without_answers_fails_and_says_why(command, role, seeds, folder, capsys):
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
def test_a_run_without_verdicts_fails_and_says_so(seeds, folder, capsys):
    write_seeds(folder, seeds)
    status, lines, _ = run_with("evaluate", "judge", said("Both are fine."), capsys)
    (line,) = lines
    assert status == 1
    assert "verdict" in line
    assert "Both are fine." in line


@pytest.mark.parametrize("fault", [401, 403, 404, '{"error": {"message": "no such model"}}'])
@pytest.mark.parametrize(("command", "role"), [("synthesize", "responder"), ("evaluate", "responder")])
def test_a_server_that_refuses_us_is_asked_once(command, role, fault, folder, capsys):
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
        *(("The number 0 is the first of all.", None), ("hello", None)),
        *(("Sure!", None), ("I cannot help with that.", None)),
    ],
)
def test_a_chat_rewriters_words_around_a_rewrite_are_cut_and_answers_rejected(answer, kept, folder, capsys):
    write_seeds(folder, 1)
    assert run_with("synthesize", "rewriter", said(answer), capsys)[0] == 0
    nodes = [record["instruction"] for record in read("journal.jsonl") if record["type"] == "node"][1:]
    assert nodes[:1] == ([kept] if kept else [])
    assert run_with("evaluate", "refiner", said(answer), capsys)[0] == 0
    (refined,) = (record for record in read("run/journal.jsonl") if record["type"] == "refine")
    assert refined["refined_instruction"] == (kept or "Explain the number 0 to me.")


# Disks

COMMANDS = {  # package, arguments, how they are slowed down, the file, a size that is too small for it
    "synthesize": (
        *("ultraprompt", "synthesize trees.yaml --out disk/journal.jsonl"),
        *("--rewriter.seconds 0.01 --responder.seconds 0.01", "journal.jsonl", "16k"),
    ),
    "evaluate": (
        *("p_aligner", "evaluate evaluation.yaml --output disk"),
        *("--responders.talker.seconds 0.05", "journal.jsonl", "8k"),
    ),
    "refine": (
        *("p_aligner", "refine --input seeds.jsonl --output disk/refined.jsonl"),
        *("--batch-size 1", "refined.jsonl", "8k"),
    ),
}


def prepared(name: str, count: int, model: str) -> tuple[list[str], list[str], str, str]:
    """Write so many seeds; return a process's words, the arguments, the file and its small size."""
    package, line, slow, file, size = COMMANDS[name]
    arguments = line.split()
    write_seeds(Path(), count)
    if name == "refine":
        asks = [*REFINED]
        rows = [{"id": n, "instruction": asks[n % len(asks)], "pad": "x" * 400} for n in range(count)]
        write_rows(Path("seeds.jsonl"), rows)
        arguments += ["--model", model]
    return command_of(package, *arguments, *slow.split()), arguments, file, size


def assert_undisturbed(name: str, arguments: list[str], disturbed: Path, file: str) -> None:
    """Let the command write its file once more, where nothing is, and compare."""
    main = ultraprompt.cli.main if name == "synthesize" else p_aligner.cli.main
    assert main(arguments) == 0
    whole = Path("disk", file)
    if name == "refine":
        assert disturbed.read_bytes() == whole.read_bytes()
        rows = [json.loads(line) for line in whole.read_text("utf-8").splitlines()]
        assert len(rows) == len(Path("seeds.jsonl").read_text("utf-8").splitlines())
        assert all(row["refined_instruction"] == REFINED[row["instruction"]] for row in rows)
    else:
        assert content(disturbed) == content(whole)


DISKS = """
run() {{ name=$1; shift; status=0; "$@" > /dev/null 2> $name.err || status=$?; echo $status > $name.status; }}
mkdir disk
mount -t tmpfs -o ro tmpfs disk
run locked "$@"
umount disk
mount -t tmpfs -o size={size} tmpfs disk
run full "$@"
cp disk/{file} torn
mount -o remount,size=20m disk
run room "$@"
cp disk/{file} kept
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_a_disk_that_is_locked_or_full_is_one_line_and_with_more_room_the_run_goes_on(name, folder, tiny):
    """In a namespace whose mounts nobody else sees."""
    command, arguments, file, size = prepared(name, 20 if name == "refine" else 12, tiny)
    unshared = ["unshare", "--user", "--map-root-user", "--mount", "bash", "-ec"]
    if shutil.which("unshare") is None or subprocess.run([*unshared, "mount -t tmpfs tmpfs /mnt"]).returncode:
        pytest.skip("this system lets us mount nothing")
    subprocess.run([*unshared, DISKS.format(size=size, file=file), "bash", *command], check=True, timeout=600)
    for disk, status, message in (
        ("locked", 2, f"disk/{file} cannot be written: Read-only file system"),
        ("full", 1, f"disk/{file} cannot be written: No space left on device; make room and run again"),
        ("room", 0, ""),
    ):
        errors = Path(f"{disk}.err").read_text(encoding="utf-8")
        assert int(Path(f"{disk}.status").read_text()) == status, errors
        assert message in errors.rstrip().rpartition("\n")[2]
        assert "Traceback" not in errors
    written = Path("torn").read_bytes().rpartition(b"\n")[0]
    assert written.count(b"\n") > 3
    assert Path("kept").read_bytes().startswith(written), "what was written is not written again"
    assert_undisturbed(name, arguments, Path("kept"), file)


# Kills


@pytest.mark.parametrize(
    ("name", "kills"),
    [
        *(("refine", 1), ("synthesize", 3), ("evaluate", 2)),
        *(pytest.param(name, 10, marks=pytest.mark.slow) for name in COMMANDS),
    ],
)
def test_a_command_that_is_killed_loses_and_repeats_nothing(name, kills, folder, tiny):
    """Again and again, each time a moment after it has written more."""
    command, arguments, file, _ = prepared(name, (60 if name == "refine" else 12) * kills, tiny)
    path, rng, kept = Path("disk", file), random.Random(0), b""
    for _ in range(kills):
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and not (path.exists() and len(path.read_bytes()) > len(kept)):
                time.sleep(0.005)
            time.sleep(rng.uniform(0, 0.1))
            process.kill()
        whole = kept[: kept.rfind(b"\n") + 1]
        kept = path.read_bytes()
        assert kept.startswith(whole), "no row is lost"
    assert process.returncode < 0, "it was over before: give the test more"
    main = ultraprompt.cli.main if name == "synthesize" else p_aligner.cli.main
    assert main(arguments) == 0
    Path("disk").rename("killed")
    assert_undisturbed(name, arguments, Path("killed", file), file)
