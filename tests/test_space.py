"""The Space: what is taken, shown, drawn and kept; then, slowly, a real server and a real browser."""

import asyncio
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import pytest
import shown
from conftest import REPOSITORY
from faulty_server import Server, in_thread
from feedback import Feedback
from gpu import from_worker
from hub import READER, Hub
from models import taken
from settings import Settings, read_settings
from space import events as call
from space import resident_mib
from test_packaging import setup_cfg
from tiny import ANSWERED, LEO, REFINED, REWRITTEN, STEPS
from trees import Tree, read_trees, trees_of

import p_aligner
from p_aligner.errors import InputError
from p_aligner.prompts import OUTPUT_END, OUTPUT_START, parse_refined, refine_messages


SPACE = REPOSITORY / "spaces/before_after"
SAMPLE = REPOSITORY / "dataset_builder/ultraprompt/sample"
Models = dict[str, str]
HOSTILE = (
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "${document.title='owned'} {{constructor}} `${1}`",
    "'\"><b onmouseover=alert(1)>& &lt;i&gt;",
    "</textarea></style><style>*{display:none}</style>",
)


class Reader(HTMLParser):
    """Reads HTML as a browser does: its tags, attributes and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def row(node: int, parent: int | None, **given: Any) -> dict[str, Any]:
    """A row of the config `trees`."""
    made = {"id": "t", "category": "Math", "node": node, "parent": parent, "instruction": f"text {node}"}
    answered = {"reward": node / 10, "rewards": [0.5], "responses": ["an answer"]}
    return {**made, **answered, "action": None if parent is None else "Hint"} | given


# Settings, and which text is taken.


def test_the_environment_goes_before_the_file_and_the_file_before_defaults(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    assert read_settings({}, file) == Settings()
    file.write_text('{"model": "org/p-aligner@abc", "queue_size": 3}')
    settings = read_settings({"PALIGNER_QUEUE_SIZE": "5", "PALIGNER_TREES": " ", "HOME": "x"}, file)
    assert (settings.model, settings.queue_size, settings.trees) == ("org/p-aligner@abc", 5, "trees.json")
    # The key is a secret of the server's and no setting.
    assert "secret" not in repr(read_settings({"PALIGNER_API_KEY": "secret"}, file))
    named = {"PALIGNER_ENDPOINT": "http://localhost/v1", "PALIGNER_RESPONDER": "smollm2", "PALIGNER_REWARD": "x/y"}
    assert read_settings(named, file).responder == "smollm2"  # the server may know its model by the name of ours
    assert read_settings(named, file).reward_model == "x/y"
    assert Settings().reward_model is Settings(reward="none").reward_model is None


@pytest.mark.parametrize(
    ("environment", "content", "message"),
    [
        ({"PALIGNER_MODLE": "x"}, "{}", "PALIGNER_NAME.* cannot be used: modle: unknown key: did you mean 'model'"),
        (
            {"PALIGNER_TIMEOUT_S": "soon", "PALIGNER_QUEUE_SIZE": "0"},
            "{}",
            "queue_size: .*; timeout_s: .* it is 'soon'",
        ),
        ({"PALIGNER_ENDPOINT": "localhost"}, "{}", "endpoint: .*, it is 'localhost'"),
        ({"PALIGNER_ENDPOINT": "http://localhost/v1"}, "{}", "an endpoint needs PALIGNER_RESPONDER"),
        ({}, "{", "settings.json is not JSON"),
        ({}, "[]", "settings.json must hold an object"),
    ],
)
def test_settings_that_cannot_be_are_named(environment, content, message, tmp_path):
    (tmp_path / "settings.json").write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        read_settings(environment, tmp_path / "settings.json")
    assert "\n" not in str(caught.value)


def test_text_is_taken_without_control_characters() -> None:
    assert taken(" a\x00b\x1b[0m\tc\r\nd\x85 ", most_characters=99) == "ab[0m\tc\nd"
    assert taken("سلام 👋🏽 e\u0301", most_characters=99) == "سلام 👋🏽 e\u0301"
    for text, message in (
        ("", "is empty"),
        (" \x00\n", "is empty"),
        ("x" * 100, "has 100 characters"),
        (None, "text"),
    ):
        with pytest.raises(InputError, match=message):
            taken(text, most_characters=99)


# What is shown.


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_anybody_becomes_html(text: str) -> None:
    record = {"instruction": text, "refined_instruction": f"{text} now", "changed": True, "reason": None}
    held = {**record, "changed": False, "reason": f"lost span: {text}"}
    tree = trees_of([row(0, None, instruction=text, id=text, category=text), row(1, 0, id=text, action=text)])[0]
    tree.nodes[1].responses = [text]
    pages = {
        shown.changes_html(text, f"{text} now"): text,
        shown.changes_html("", text): text,
        shown.verdict_html(held): text,
        shown.note_html(text): text,
        shown.rewrites_html(text, {"Hint Addition": record}): text,
        shown.tree_html(tree): text,
    }
    ours = {"div", "ins", "del", "p", "strong", "article", "h3", "h4", "b", "button", "style", "svg", "path", "label"}
    for page, shown_text in pages.items():
        reader = Reader(page)
        assert shown_text in reader.text
        assert reader.tags <= ours | {"input", "span", "i", "ol", "li"}, reader.tags
        assert not [name for name in reader.attributes if name.startswith("on") or name == "src"]
        # The page fills templates in what it is given.
        assert "${" not in page
        assert "{{" not in page
        assert "`" not in page


def test_changes_are_marked() -> None:
    page = shown.changes_html("tell me of it", "Tell me of it. Briefly.")
    assert re.findall("<del>(.*?)</del>", page) == ["tell"]
    assert re.findall("<ins>(.*?)</ins>", page) == ["Tell", ". Briefly."]


def test_verdicts_are_told_in_words() -> None:
    changed = shown.verdict_html({"changed": True, "reason": None})
    clear = shown.verdict_html({"changed": False, "reason": "already clear"})
    held = shown.verdict_html({"changed": False, "reason": "lost span: 42"})
    assert "Guard: passed." in changed
    assert "Nothing to change." in clear
    assert "your own words stay" in held
    assert "lost span: 42" in held
    follow_up = shown.verdict_html({"changed": False, "reason": "follow-up"})
    assert "said before" in follow_up
    assert len({changed, clear, held, follow_up}) == 4
    endless = shown.verdict_html({"changed": False, "reason": f"unparsable: the answer has no {OUTPUT_END!r}"})
    assert "not one whole rewrite" in endless
    assert OUTPUT_END not in endless


@pytest.mark.parametrize(
    ("rewards", "said"),
    [
        ([0.0, 1.0], "prefers the <b>second</b> answer (73 % sure)"),
        ([1.0, 0.0], "prefers the <b>first</b> answer (73 % sure)"),
        ([0.5, 0.5], "equally good"),
        ([-900.0, 900.0], "over 99 %"),
    ],
)
def test_rewards_are_compared(rewards: list[float], said: str) -> None:
    assert said in shown.rewards_html(rewards, are_same=False)


def test_rewards_that_cannot_be_compared() -> None:
    assert shown.rewards_html(None, are_same=False) == ""
    assert "the same text" in shown.rewards_html(None, are_same=True)
    assert "the same text" in shown.rewards_html([1.0, 1.0], are_same=True)


# Trees.


def test_the_trees_beside_the_app_are_those_of_the_sample() -> None:
    sample = pq.read_table(SAMPLE / "trees/train.parquet").to_pylist()
    beside = json.loads((SPACE / "trees.json").read_text(encoding="utf-8"))
    kept = {each["id"] for each in beside}
    assert len(kept) == 10
    assert len({each["category"] for each in beside}) == 5
    expected = [each for each in sample if each["id"] in kept]
    assert [(each["id"], each["node"], each["instruction"]) for each in beside] == [
        (each["id"], each["node"], each["instruction"]) for each in expected
    ]
    assert [each["reward"] for each in beside] == pytest.approx([each["reward"] for each in expected], abs=1e-4)


def test_a_journal_is_read_as_the_rows_built_of_it() -> None:
    journal = read_trees(str(SAMPLE / "journal.jsonl.gz"))
    assert len(journal) == 200  # of 420: a list that can be read
    built = {tree.id: tree for tree in trees_of(pq.read_table(SAMPLE / "trees/train.parquet").to_pylist())}
    for tree in journal:
        same = built[tree.id]
        assert [(n.number, n.parent, n.action, n.instruction) for n in tree.nodes] == [
            (n.number, n.parent, n.action, n.instruction) for n in same.nodes
        ]
        assert [n.reward for n in tree.nodes] == pytest.approx([n.reward for n in same.nodes])


def test_no_node_covers_another_and_parents_stand_over_their_children() -> None:
    for tree in read_trees(str(SPACE / "trees.json")):
        places = [(node.level, node.column) for node in tree.nodes]
        for level in range(tree.levels + 1):
            columns = sorted(column for at, column in places if at == level)
            assert all(right - left >= 1 for left, right in pairwise(columns))
        for node in tree.nodes:
            children = [each for each in tree.nodes if each.parent == node.number]
            assert all(child.level == node.level + 1 for child in children)
            if children:
                assert children[0].column <= node.column <= children[-1].column


def test_best_and_worst_paths() -> None:
    tree = trees_of([row(0, None), row(1, 0, reward=0.9), row(2, 1, reward=-1.0), row(3, 0)])[0]
    assert [node.number for node in tree.path(tree.best)] == [0, 1]
    assert [node.number for node in tree.path(tree.worst)] == [0, 1, 2]
    page = shown.tree_html(tree)
    assert page.count('<path class="best"') == 1
    assert page.count('<path class="worst"') == 1
    assert page.count("<input") == page.count("<article") == 4
    assert re.findall(r'value="(\d)"[^>]*checked', page) == ["1"]


def test_a_deep_tree_and_a_lonely_root_are_drawn() -> None:
    deep = trees_of([row(0, None), *(row(node, node - 1) for node in range(1, 3_000))])[0]
    assert deep.levels == 2_999
    lonely = trees_of([row(0, None)])[0]
    assert isinstance(lonely, Tree)
    assert "0.00" in shown.tree_html(lonely)


@pytest.mark.parametrize(
    ("name", "rows", "message"),
    [
        ("some.json", [row(0, None), row(2, 1)], "node 2 of tree 't' has no parent 1"),
        ("some.json", [row(0, None), row(0, None)], "node 0"),
        ("some.json", [{"id": "t"}], "needs the column 'category'"),
        ("some.json", [], "are none"),
        ("gone.json", [], "cannot be read"),
        ("gone.jsonl", [], "cannot be read"),
    ],
)
def test_trees_that_cannot_be_read_are_named(name, rows, message, tmp_path):
    (tmp_path / "some.json").write_text(json.dumps(rows))
    with pytest.raises(InputError, match=message):
        read_trees(str(tmp_path / name))


# Feedback.


def test_ratings_are_rows_that_the_trainers_read(tmp_path: Path) -> None:
    from datasets import load_dataset

    asked = f"{OUTPUT_START}{{x}}{OUTPUT_END} سلام"
    feedback, other = Feedback(str(tmp_path / "rated")), Feedback(str(tmp_path / "rated"))
    for number in range(4):
        feedback.append(asked, f"{asked} {number}", is_good=number % 2 == 0, model="m")
    other.append("a", "b", is_good=True, model="m")
    assert feedback.path != other.path
    rows = load_dataset(
        "json", data_files=str(tmp_path / "rated/*.jsonl"), split="train", cache_dir=str(tmp_path / "cache")
    ).to_list()
    assert len(rows) == 5
    assert sorted(rows[0]) == ["completion", "day", "label", "model", "prompt"]
    mine = [each for each in rows if each["prompt"] == refine_messages(asked)]
    assert [each["label"] for each in mine] == [True, False, True, False]
    assert [parse_refined(each["completion"][0]["content"]) for each in mine] == [f"{asked} {n}" for n in range(4)]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        Feedback(str(tmp_path / "file"))


# A borrowed GPU.


def test_work_goes_through_a_plain_generator_and_its_errors_come_out() -> None:
    lent: list[str] = []

    def lend(work: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
        def borrowed(*arguments: Any) -> Iterator[Any]:
            lent.append(threading.current_thread().name)
            return work(*arguments)

        return borrowed

    async def count(most: int) -> Any:
        for number in range(most):
            await asyncio.sleep(0)
            yield number
        raise InputError("enough")

    seen: list[int] = []

    async def main() -> None:
        async for number in from_worker(count, lend=lend)(3):
            seen.append(number)

    with pytest.raises(InputError, match="enough"):
        asyncio.run(main())
    assert seen == [0, 1, 2]
    assert len(lent) == 1


# The folder as a Space repository.


def test_the_requirements_are_those_of_the_kit() -> None:
    config = setup_cfg()
    known = {line.split(">")[0]: line for line in config["options"]["install_requires"].split()}
    lines = (SPACE / "requirements.txt").read_text().split()
    assert lines
    assert [line for line in lines if known.get(line.split(">")[0]) != line] == []
    (gradio,) = (line for line in config["options.extras_require"]["space"].split() if line.startswith("gradio"))
    version = re.search(r"^sdk_version: (\S+)$", (SPACE / "README.md").read_text(), re.MULTILINE)
    assert version
    assert version[1].startswith(gradio.removeprefix("gradio>="))


def test_the_readme_names_every_setting() -> None:
    readme = (SPACE / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `PALIGNER_(\w+)`", readme, re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields} | {"API_KEY"}


def test_the_installed_package_is_the_folder(python: Callable[..., Any]) -> None:
    code = "import importlib.util as u; print(u.find_spec('p_aligner.before_after').submodule_search_locations[0])"
    folder = Path(python(code).stdout.strip())
    assert (folder / "app.py").read_bytes() == (SPACE / "app.py").read_bytes()
    assert (folder / "style.css").exists()


# A real server and a real browser.


class Running(NamedTuple):
    url: str
    folder: Path
    pid: int


@pytest.fixture(scope="session")
def models(tiny: str, tiny_reward: str) -> Models:
    """Instead of SmolLM2 and the adapters on it: small, quick, and here without a network."""
    named = dict.fromkeys(("PALIGNER_MODEL", "PALIGNER_SINGLEPO", "PALIGNER_RESPONDER"), tiny)
    return {**named, "PALIGNER_REWARD": tiny_reward}


def start(folder: Path, environment: dict[str, str]) -> "subprocess.Popen[str]":
    """Start the app from a copy of its folder, as on a Space.

    What it says goes to `said.txt` beside the copy.
    """
    space = folder / "space"
    if not space.exists():
        shutil.copytree(SPACE, space, ignore=shutil.ignore_patterns("__init__.py", "__pycache__"))
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PALIGNER_", "GRADIO_"))}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    with (folder / "said.txt").open("w") as said:
        return subprocess.Popen(
            [sys.executable, "-u", "app.py"],
            cwd=space,
            env={**clean, "GRADIO_SERVER_PORT": port, "OMP_NUM_THREADS": "1", **environment},
            stdout=said,
            stderr=subprocess.STDOUT,
            text=True,
        )


def serving(folder: Path, models: Models, **environment: str) -> Iterator[Running]:
    process = start(folder, {**models, **environment})
    try:
        yield Running(_wait_for_url(process, folder / "said.txt"), folder / "space", process.pid)
        assert process.poll() is None, (folder / "said.txt").read_text()[-3000:]
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for_url(process: "subprocess.Popen[str]", said: Path) -> str:
    while process.poll() is None:
        # Before the next line gradio asks itself once, and gives up if it has to wait.
        if found := re.search(r"(http://127.0.0.1:\d+)\n.+\n", said.read_text()):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(said.read_text()[-3000:])


@pytest.fixture(scope="module")
def space(models: Models, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    pytest.importorskip("gradio", minversion="6.31", reason="the Space needs gradio: pip install '.[space]'")
    own = {"PALIGNER_FEEDBACK": "./feedback", "PALIGNER_TIMEOUT_S": "300"}
    yield from serving(tmp_path_factory.mktemp("space"), models, **own)


# Slow from here on.


def done(events: list[tuple[str, Any]]) -> Any:
    kind, data = events[-1]
    assert kind == "complete", events[-1]
    return data[0]


def refused(events: list[tuple[str, Any]]) -> str:
    kind, data = events[-1]
    assert kind == "error", events[-1]
    return str(data["error"] if isinstance(data, dict) else data)


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_megabyte_costs_nothing(space: Running) -> None:
    before = resident_mib(space.pid)
    for _ in range(5):
        said = refused(call(space.url, "refine", "x" * 1_000_000))
        assert said == "your instruction has 1,000,000 characters, at most 4,000 are taken: shorten it"
    assert resident_mib(space.pid) - before < 100
    # As long as may be, and all of it noise: too much for the model, or refined, but said soon.
    assert "is too long: refining takes at least" in refused(call(space.url, "refine", ("wórd\n!? " * 600)[:4_000]))


@pytest.mark.slow
def test_events_of_the_page_that_are_called_without_the_page_take_no_more_than_its_boxes(space: Running) -> None:
    with urllib.request.urlopen(f"{space.url}/config") as answer:
        config = json.load(answer)
    boxes = {each["id"]: each["props"].get("elem_id") for each in config["components"]}
    (follow,) = (
        each["id"]
        for each in config["dependencies"]
        if ["edited", "change"] in [[boxes[i], e] for i, e in each["targets"]]
    )
    body = {"data": [None, "wide " * 200_000], "fn_index": follow, "session_hash": "nobody"}
    head = {"Content-Type": "application/json"}
    with urllib.request.urlopen(
        urllib.request.Request(f"{space.url}/gradio_api/queue/join", json.dumps(body).encode(), head)
    ):
        pass
    with urllib.request.urlopen(f"{space.url}/gradio_api/queue/data?session_hash=nobody", timeout=60) as answer:
        said = answer.read().decode()
    assert "process_completed" in said
    assert len(said) < 10_000


@pytest.mark.slow
def test_fifty_visitors_at_once(space: Running) -> None:
    command = [sys.executable, REPOSITORY / "tests/benchmarks/space.py", "--url", space.url, "--visitors", "50"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert (found["visitors"], found["lost"], found["mixed up"]) == (50, 0, 0)


@pytest.mark.slow
def test_too_many_visitors_are_sent_away_in_words(models: Models, tmp_path: Path) -> None:
    for running in serving(tmp_path, models, PALIGNER_CONCURRENCY="1", PALIGNER_QUEUE_SIZE="2"):
        with ThreadPoolExecutor(12) as crowd:
            visits = [crowd.submit(call, running.url, "refine", "tell me about inflation") for _ in range(12)]
            outcomes = [visit.result() for visit in visits]
        kinds = [events[-1][0] for events in outcomes]
        assert kinds.count("complete") >= 2
        assert kinds.count("error") >= 2
        assert all("full" in refused(events) for events in outcomes if events[-1][0] == "error")


@pytest.mark.slow
def test_wrong_settings_end_it_with_a_line(models: Models, tmp_path: Path) -> None:
    with Hub() as hub:
        reader, nobody = (
            hub.environment(tmp_path / "home", token) | {"PALIGNER_FEEDBACK": "org/feedback"}
            for token in (READER, None)
        )
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


@pytest.mark.slow
def test_endpoints_that_are_well_dead_slow_or_broken(models: Models, tmp_path: Path) -> None:
    with contextlib.ExitStack() as life:
        server = life.enter_context(in_thread(Server()))
        chosen = {
            "PALIGNER_ENDPOINT": server.url,
            "PALIGNER_RESPONDER": "m",
            "PALIGNER_REWARD": "none",
            "PALIGNER_TIMEOUT_S": "3",
        }
        for running in serving(tmp_path, models, **chosen):
            ask = ("respond", "one two three", "one two three four")
            well = done(call(running.url, *ask))
            assert well["response"] == "one two three"
            assert well["refined_response"] == "one two three four"
            assert well["reward"] is None
            for faults, said in (
                ([asyncio.Event(), asyncio.Event()], "longer than 3 seconds|broke off"),
                (["stall"] * 4, "longer than 3 seconds|failed"),
                (["cut", "cut"], "broke off"),
                ([404, 404], "answers 404"),
            ):
                server.follow(faults)
                started = time.perf_counter()
                assert re.search(said, refused(call(running.url, *ask)))
                assert time.perf_counter() - started < 20
            server.follow(())
            assert done(call(running.url, *ask)) == well
            life.close()
            assert "failed 2 times" in refused(call(running.url, *ask))
            # Without its responder it still refines.
            assert done(call(running.url, "refine", "tell me about inflation"))["changed"]


@pytest.mark.slow
def test_ratings_train_a_model_with_kto(tiny: str, tmp_path: Path) -> None:
    feedback = Feedback(str(tmp_path / "rated"))
    for number in range(8):
        feedback.append(f"text {number}", f"text {number}, please", is_good=number % 2 == 0, model="m")
    code = f"""
from datasets import load_dataset
from trl import KTOConfig, KTOTrainer
from transformers import AutoModelForCausalLM, AutoTokenizer
rows = load_dataset("json", data_files="rated/*.jsonl", split="train", cache_dir="cache")
options = dict(output_dir="out", max_steps=1, per_device_train_batch_size=4, report_to=[])
trainer = KTOTrainer(
    model=AutoModelForCausalLM.from_pretrained({tiny!r}),
    args=KTOConfig(use_cpu=True, bf16=False, save_strategy="no", **options),
    train_dataset=rows,
    processing_class=AutoTokenizer.from_pretrained({tiny!r}),
)
print("loss", trainer.train().training_loss)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "loss 0." in result.stdout, result.stderr[-3000:]


# In the browser.


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="browser tests need playwright: pip install playwright"
    )
    if CHROMIUM is None:
        pytest.skip("browser tests need Chromium: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=CHROMIUM,
            args=[*_QUIET, "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any, space: Running) -> Iterator[Any]:
    """A visitor's page; what it asks of other hosts and what its console complains of fails the test."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    visitor = context.new_page()
    strangers: list[str] = []
    complaints: list[str] = []
    visitor.on("request", lambda asked: strangers.append(asked.url) if _is_strange(asked.url, space.url) else None)
    visitor.on("pageerror", lambda error: complaints.append(str(error)))
    visitor.set_default_timeout(60_000)
    visitor.goto(space.url)
    visitor.wait_for_selector("#instruction textarea")
    yield visitor
    context.close()
    assert strangers == []
    assert complaints == []


def _is_strange(url: str, home: str) -> bool:
    return not url.startswith((home, "data:", "blob:"))


def value_of(page: Any, box: str) -> str:
    return str(page.input_value(f"#{box} textarea"))


def fill(page: Any, box: str, text: str) -> None:
    """Write into a box, as slowly as people do: a tab that was just opened may still set a value of its own."""
    page.locator(f"#{box} textarea").wait_for()
    page.wait_for_timeout(400)
    page.fill(f"#{box} textarea", text)
    page.wait_for_timeout(200)


def refine(page: Any, text: str) -> None:
    fill(page, "instruction", text)
    # The step is taken out of the page and comes back: what is there now is the one before.
    page.evaluate("document.querySelector('#accept')?.setAttribute('data-old', '')")
    page.click("#refine-button")
    page.wait_for_selector("#accept:not([data-old])")
    page.wait_for_function("document.querySelector('#refine-button').innerText == 'Refine'")


@pytest.mark.slow
def test_a_page_that_hears_everything_at_once_shows_everything(page: Any) -> None:
    # As with a slow device, or a proxy that gathers what the server says before it passes it on.
    page.route("**/queue/data*", lambda route: route.fulfill(response=route.fetch()))
    refine(page, "tell me about inflation")
    assert "Guard: passed." in page.inner_text("#verdict")
    page.click("#accept")
    page.wait_for_selector("#rewards .rewards")
    page.wait_for_function("document.querySelector('#accept').innerText.startsWith('Accept')")
    assert value_of(page, "before")
    assert not page.is_visible("#stop")
    page.get_by_role("tab", name="Principles").click()
    page.click("#rewrite-button")
    page.wait_for_function("document.querySelectorAll('#cards .copy').length == 3")
    page.wait_for_function("document.querySelector('#rewrite-button').innerText == 'Rewrite by each'")


@pytest.mark.slow
def test_a_visitor_refines_edits_accepts_and_rates(page: Any, space: Running) -> None:
    text = LEO
    assert not page.is_visible("#accept")
    page.fill("#instruction textarea", text)
    page.click("#refine-button")  # at once: a click on a page that has just come is not lost
    page.wait_for_selector("#accept")
    assert value_of(page, "instruction") == text
    page.wait_for_function("document.querySelector('#refine-button').innerText == 'Refine'")
    assert page.locator("#changes ins").count() >= 1
    assert "Guard: passed." in page.inner_text("#verdict")
    refined = value_of(page, "edited")
    assert refined == REFINED[text]
    assert not page.is_visible("#before")  # nothing was sent on yet

    fill(page, "edited", f"{refined} Thank you.")
    page.wait_for_function("document.querySelector('#changes').innerText.includes('Thank you.')")
    page.click("#accept")
    page.wait_for_selector("#rewards .rewards")
    assert value_of(page, "before") == ANSWERED[text]
    assert value_of(page, "after") == ANSWERED[f"{refined} Thank you."]
    assert re.search(r"[+-]\d\.\d\d before, [+-]\d\.\d\d after", page.inner_text("#rewards"))

    page.click("#thumb-up")
    page.wait_for_selector("text=Stored. Thank you.")
    assert page.is_disabled("#thumb-down")
    (file,) = (space.folder / "feedback").glob("*.jsonl")
    row = json.loads(file.read_text(encoding="utf-8").splitlines()[-1])
    assert row["label"] is True
    # What is rated is what the model wrote, not what the visitor made of it.
    assert parse_refined(row["completion"][0]["content"]) == refined

    # Without a mouse.
    page.fill("#instruction textarea", "tell me about inflation")
    page.focus("#instruction textarea")
    page.keyboard.press("Shift+Enter")
    page.wait_for_function("document.querySelector('#edited textarea')?.value.startsWith('Tell me about inflation')")
    page.click("#own-words")
    page.wait_for_function("document.querySelector('#edited textarea').value == 'tell me about inflation'")
    page.focus("#edited textarea")
    page.keyboard.press("Shift+Enter")
    page.wait_for_selector("text=Both were sent the same text.")
    page.click("#history button")
    page.locator("#history td", has_text="leo has").first.click()
    page.wait_for_function(f"document.querySelector('#instruction textarea').value == {text!r}")
    assert value_of(page, "edited") == f"{refined} Thank you."
    assert value_of(page, "before") == ANSWERED[text]


@pytest.mark.slow
def test_answers_are_shown_as_they_are_written_without_scores(browser: Any, models: Models, tmp_path: Path) -> None:
    chosen = {"PALIGNER_REWARD": "none", "PALIGNER_MAX_NEW_TOKENS": "40", "PALIGNER_TIMEOUT_S": "300"}
    with visited(browser, tmp_path, models, **chosen) as page:
        compare_answers(page, "tell me about inflation")
        assert "at most 40 tokens, about 30 words" in page.inner_text("#answers-step")
        page.click("#own-words")
        page.wait_for_function("document.querySelector('#edited textarea').value == 'tell me about inflation'")
        page.click("#accept")
        page.wait_for_selector("text=Both were sent the same text.")
        assert page.locator("#rewards .rewards").count() == 0


@pytest.mark.slow
def test_the_page_runs_on_the_models_of_the_kit(browser: Any, models: Models, tmp_path: Path) -> None:
    try:
        p_aligner.pretrained("p-aligner")
    except InputError as error:
        pytest.skip(str(error))
    chosen = {"PALIGNER_TIMEOUT_S": "600"}
    try:
        p_aligner.pretrained("singlepo")
    except InputError:  # its adapter comes later
        chosen["PALIGNER_SINGLEPO"] = models["PALIGNER_SINGLEPO"]
    with visited(browser, tmp_path, {}, **chosen) as page:
        page.set_default_timeout(600_000)
        seen = compare_answers(page, "wat is the diffrence between a virus and a bacteria")
        assert "difference" in value_of(page, "edited")
        assert len(set(seen)) > 2, "the answer comes all at once"
        assert len(value_of(page, "after")) > 50
        assert "SmolLM2-135M-Instruct answers" in page.inner_text("#answers-step")
        assert "P-Aligner" in page.inner_text(".provenance")
        page.get_by_role("tab", name="Principles").click()
        page.click("#rewrite-button")
        page.wait_for_function("document.querySelectorAll('#cards .copy').length == 3")


@contextlib.contextmanager
def visited(browser: Any, folder: Path, models: Models, **environment: str) -> Iterator[Any]:
    """Start a Space of its own and open it."""
    for running in serving(folder, models, **environment):
        page = browser.new_page()
        page.set_default_timeout(60_000)
        page.goto(running.url)
        page.wait_for_selector("#instruction textarea")
        yield page
        page.close()


def compare_answers(page: Any, text: str) -> list[int]:
    """Refine, accept and wait for the answers; return how long the second one was whenever it was looked at."""
    refine(page, text)
    assert not page.is_visible("#refining")
    page.click("#accept")
    # A short answer may be whole before anybody could see that it is being written.
    begun = "document.querySelector('#answering') || document.querySelector('#after textarea')?.value"
    page.wait_for_function(begun)
    lengths = []
    while page.is_visible("#answering"):
        lengths.append(len(value_of(page, "after")))
        page.wait_for_timeout(100)
    page.wait_for_function("document.querySelector('#accept').innerText.startsWith('Accept')")
    assert value_of(page, "before")
    assert value_of(page, "after")
    assert page.locator("#rewards .rewards").count() == 0
    return lengths


@pytest.mark.slow
def test_what_was_rated_is_on_the_hub_when_the_space_has_stopped(browser: Any, models: Models, tmp_path: Path) -> None:
    with Hub() as hub:
        variables = hub.environment(tmp_path / "home") | {"PALIGNER_FEEDBACK": "org/feedback"}
        for thumb in ("down", "up"):
            with visited(browser, tmp_path, models, PALIGNER_TIMEOUT_S="300", **variables) as visitor:
                refine(visitor, "tell me about inflation")
                visitor.click(f"#thumb-{thumb}")
                visitor.wait_for_selector("text=Stored. Thank you.")
        files = hub.files("dataset", "org/feedback")
        code = "from datasets import load_dataset; print(sorted(load_dataset('org/feedback', split='train')['label']))"
        reader = os.environ | hub.environment(tmp_path / "reader", READER)
        loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=reader, timeout=120)
        assert loaded.stdout == "[False, True]\n", loaded.stderr
        repo = hub.repos["dataset", "org/feedback"]
        assert repo.private
        # The card once, then what is new whenever there is something new.
        assert [commit.title for commit in repo.commits].count("Say what is stored") == 1
        assert hub.unknown == []
    assert "what it stores" in files["README.md"].decode()
    assert len([name for name in files if name.startswith("data/feedback-")]) == 2


@pytest.mark.slow
def test_a_visitor_compares_principles_and_copies(page: Any) -> None:
    page.get_by_role("tab", name="Principles").click()
    page.get_by_label("Hint Addition").check()
    fill(page, "principles-instruction", "how do I bake bread")
    page.click("#rewrite-button")
    page.wait_for_function("document.querySelectorAll('#cards .copy').length == 4")
    assert page.locator("#cards h3").all_inner_texts() == [
        "Clarification Request",
        "Tone Improvement",
        "Factuality Enhancement",
        "Hint Addition",
    ]
    page.locator("#cards .copy").first.click()
    page.wait_for_selector("#cards >> text=Copied")
    assert "bake bread" in page.evaluate("navigator.clipboard.readText()")


@pytest.mark.slow
def test_a_visitor_reads_a_tree_by_mouse_and_by_keyboard(page: Any) -> None:
    page.get_by_role("tab", name="Trees").click()
    readings = page.locator("#tree .reading:visible")
    assert readings.count() == 1
    first = readings.inner_text()
    page.locator("#tree .node").first.click()
    assert readings.count() == 1
    assert "The seed" in readings.inner_text()
    page.keyboard.press("ArrowRight")
    assert "Node 1," in readings.inner_text()
    assert first != readings.inner_text()
    drawn = page.inner_html("#tree")
    page.click("#tree-choice input")
    page.get_by_role("option").nth(4).click()
    page.wait_for_function("drawn => document.querySelector('#tree').innerHTML != drawn", arg=drawn)
    page.wait_for_selector("#tree .legend")


@pytest.mark.slow
def test_hostile_text_is_shown_as_text(page: Any) -> None:
    text = " ".join(HOSTILE)
    refine(page, text)
    fill(page, "edited", f"{text} {text}")
    page.wait_for_function(f"document.querySelector('#changes').innerText.includes({text!r})")
    page.click("#accept")
    page.wait_for_selector("#rewards .rewards")
    page.click("#history button")
    page.wait_for_selector("#history tbody tr")
    page.get_by_role("tab", name="Principles").click()
    fill(page, "principles-instruction", text)
    page.click("#rewrite-button")
    page.wait_for_function("document.querySelectorAll('#cards .copy').length == 3")
    assert text in page.locator("#cards .changes").first.inner_text()
    assert page.title() == "P-Aligner: before and after"
    assert page.locator("#changes script, #changes img, #cards img, #history img, #history script").count() == 0


@pytest.mark.slow
def test_errors_are_said_in_words_and_nothing_hangs(page: Any) -> None:
    fill(page, "instruction", " ")
    page.click("#refine-button")
    page.wait_for_selector(".toast-body >> text=your instruction is empty")
    page.wait_for_function("document.querySelector('#refine-button').innerText == 'Refine'")
    refine(page, "tell me about inflation")
    fill(page, "edited", "")
    page.click("#accept")
    page.wait_for_selector(".toast-body >> text=the text to send is empty")
    page.wait_for_function("document.querySelector('#accept').innerText.startsWith('Accept')")
    page.get_by_role("tab", name="Principles").click()
    for _ in range(page.locator("#principles-chosen input:checked").count()):
        page.locator("#principles-chosen input:checked").first.uncheck()
    page.click("#rewrite-button")
    page.wait_for_selector(".toast-body >> text=choose at least one principle")
    page.wait_for_function("document.querySelector('#rewrite-button').innerText == 'Rewrite by each'")


@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 390, 1200])
def test_nothing_is_wider_than_the_screen(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    refine(page, "aVeryLongWordWithoutAnyPlaceToBreak" * 20)
    for tab in ("Refine", "Principles", "Trees"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.slow
def test_text_runs_in_its_own_direction(page: Any) -> None:
    refine(page, "اشرح لي التضخم")
    box = page.locator("#edited textarea")
    assert box.evaluate("element => getComputedStyle(element).unicodeBidi") == "plaintext"
    assert page.locator("#changes .changes").get_attribute("dir") == "auto"
    assert "اشرح" in value_of(page, "edited")
