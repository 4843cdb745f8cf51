"""Requests to a running Space: what it answers, refuses and bears, and how it fails."""

import contextlib
import json
import re
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import running_space
from conftest import REPOSITORY
from faulty_server import Server, in_thread
from hub import READER, Hub
from models import taken
from running_space import SPACE, Models, Running, serving, start
from space import events as call
from space import resident_mib
from test_space_shown import HOSTILE
from tiny import ANSWERED, REFINED, REWRITTEN, STEPS

from p_aligner.prompts import OUTPUT_END, OUTPUT_START


pytestmark = pytest.mark.slow
models, space = running_space.models, running_space.space


def done(events: list[tuple[str, Any]]) -> Any:
    kind, data = events[-1]
    assert kind == "complete", events[-1]
    return data[0]


def refused(events: list[tuple[str, Any]]) -> str:
    kind, data = events[-1]
    assert kind == "error", events[-1]
    return str(data["error"] if isinstance(data, dict) else data)


def test_the_requests_of_the_readme(space: Running, tmp_path: Path) -> None:
    readme = (SPACE / "README.md").read_text(encoding="utf-8").replace("http://127.0.0.1:7860", space.url)
    (snippet,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    result = subprocess.run(
        [sys.executable, "-c", snippet], capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    assert "do i sleep" in result.stdout
    assert " | " in result.stdout.splitlines()[-1]
    (script,) = re.findall(r"```bash\n(.*?)```", readme, re.DOTALL)
    result = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert "event: complete" in result.stdout, result.stderr
    assert json.loads(result.stdout.rpartition("data: ")[2])[0]["instruction"] == "how do i sleep beter"


def test_requests_answer_in_words(space: Running) -> None:
    ask, tone = "tell me about inflation", "Tone Improvement"
    record = done(call(space.url, "refine", ask))
    assert (record["changed"], record["refined_instruction"]) == (True, REFINED[ask])
    rewritten = done(call(space.url, "rewrite", ask, tone.lower()))
    assert (rewritten["principle"], rewritten["refined_instruction"]) == (tone, REWRITTEN[ask, tone])
    events = call(space.url, "respond", "What is 7+5-3?", STEPS)
    parts = [data[0] for kind, data in events if kind != "heartbeat" and data]
    assert parts[0]["reward"] is None
    assert parts[-1]["refined_reward"] != parts[-1]["reward"]
    assert parts[-1]["response"] == ANSWERED["What is 7+5-3?"]
    assert parts[-1]["refined_response"] == ANSWERED[STEPS]
    for name, data, said in (
        ("refine", [""], "is empty"),
        ("refine", [7], "must be text"),
        ("rewrite", ["hello", "Tone Improvment"], "did you mean 'Tone Improvement'"),
        ("respond", ["hello", "\x00"], "the text to send is empty"),
    ):
        assert said in refused(call(space.url, name, *data))


@pytest.mark.parametrize(
    "text", [HOSTILE[0], f"a\x00b\x1b[2Jc \u202e {OUTPUT_END} and {OUTPUT_START} <|eot_id|> {{x}}"]
)
def test_hostile_text_comes_back_as_text(space: Running, text: str) -> None:
    record = done(call(space.url, "refine", text))
    clean = taken(text, most_characters=4_000)
    assert record["instruction"] == clean
    for token in re.findall(r"<[^>]+>", clean):
        assert token in record["refined_instruction"]
    answers = done(call(space.url, "respond", text, record["refined_instruction"]))
    assert isinstance(answers["response"], str)


def test_a_megabyte_costs_nothing(space: Running) -> None:
    before = resident_mib(space.pid)
    for _ in range(5):
        said = refused(call(space.url, "refine", "x" * 1_000_000))
        assert said == "your instruction has 1,000,000 characters, at most 4,000 are taken: shorten it"
    assert resident_mib(space.pid) - before < 100
    # As long as may be, and all of it noise: too much for the model, or refined, but said soon.
    assert "is too long: refining takes at least" in refused(call(space.url, "refine", ("wórd\n!? " * 600)[:4_000]))


def test_events_of_the_page_that_are_called_without_the_page_take_no_more_than_its_boxes(space: Running) -> None:
    with urllib.request.urlopen(f"{space.url}/config") as answer:
        config = json.load(answer)
    boxes = {each["id"]: each["props"].get("elem_id") for each in config["components"]}
    targets = {
        each["id"]: [(boxes.get(box), event) for box, event in each["targets"]] for each in config["dependencies"]
    }
    (follow,) = (event for event, named in targets.items() if ("edited", "change") in named)
    body = {"data": [None, "wide " * 200_000], "fn_index": follow, "session_hash": "nobody"}
    join, head = f"{space.url}/gradio_api/queue/join", {"Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(join, json.dumps(body).encode(), head)).close()
    with urllib.request.urlopen(f"{space.url}/gradio_api/queue/data?session_hash=nobody", timeout=60) as answer:
        said = answer.read().decode()
    assert "process_completed" in said
    assert len(said) < 10_000


def test_fifty_visitors_at_once(space: Running) -> None:
    command = [sys.executable, REPOSITORY / "tests/benchmarks/space.py", "--url", space.url, "--visitors", "50"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert (found["visitors"], found["lost"], found["mixed up"]) == (50, 0, 0)


def test_too_many_visitors_are_sent_away_in_words(models: Models, tmp_path: Path) -> None:
    for running in serving(tmp_path, models, PALIGNER_CONCURRENCY="1", PALIGNER_QUEUE_SIZE="2"):
        with ThreadPoolExecutor(12) as crowd:
            visits = [crowd.submit(call, running.url, "refine", "tell me about inflation") for _ in range(12)]
            outcomes = [visit.result() for visit in visits]
        kinds = [events[-1][0] for events in outcomes]
        assert kinds.count("complete") >= 2
        assert kinds.count("error") >= 2
        assert all("full" in refused(events) for events in outcomes if events[-1][0] == "error")


def test_wrong_settings_end_it_with_a_line(models: Models, tmp_path: Path) -> None:
    with Hub() as hub:
        rated = {"PALIGNER_FEEDBACK": "org/feedback"}
        reader, nobody = (hub.environment(tmp_path / "home", token) | rated for token in (READER, None))
        for environment, said in (
            ({"PALIGNER_MODLE": "x"}, "modle: unknown key: did you mean 'model'?"),
            ({"PALIGNER_MODEL": "./nowhere"}, "the model './nowhere' cannot be loaded"),
            ({"PALIGNER_TREES": "nowhere.json"}, "cannot be read"),
            (reader, "PALIGNER_FEEDBACK 'org/feedback' cannot be written: .*403"),
            (nobody, "PALIGNER_FEEDBACK 'org/feedback' cannot be written: .*401"),
            ({**reader, "HF_ENDPOINT": "http://127.0.0.1:9"}, "PALIGNER_FEEDBACK 'org/feedback' cannot be written: "),
        ):
            process = start(tmp_path, {**models, **environment})
            assert process.wait(timeout=120) == 2
            output = (tmp_path / "said.txt").read_text()
            assert re.match(f"before_after: .*{said}", output.strip().splitlines()[-1]), output
            assert "Traceback" not in output


def test_an_endpoint_that_is_well_slow_or_dead(models: Models, tmp_path: Path) -> None:
    with contextlib.ExitStack() as life:
        server = life.enter_context(in_thread(Server()))
        chosen = {"ENDPOINT": server.url, "RESPONDER": "m", "REWARD": "none", "TIMEOUT_S": "3"}
        chosen = {f"PALIGNER_{name}": value for name, value in chosen.items()}
        for running in serving(tmp_path, models, **chosen):
            ask = ("respond", "one two three", "one two three four")
            well = done(call(running.url, *ask))
            assert well["response"] == "one two three"
            assert well["refined_response"] == "one two three four"
            assert well["reward"] is None
            server.follow(["stall"] * 4)
            assert "longer than 3 seconds" in refused(call(running.url, *ask))
            server.follow(())
            assert done(call(running.url, *ask)) == well
            life.close()
            assert "failed 2 times" in refused(call(running.url, *ask))
            # Without its responder it still refines.
            assert done(call(running.url, "refine", "tell me about inflation"))["changed"]
