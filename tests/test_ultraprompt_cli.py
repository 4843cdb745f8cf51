"""The command `ultraprompt`, as a process of its own: what it prints, how it ends, and what it leaves behind."""

import json
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import scripted
from conftest import REPOSITORY
from scripted import count_nodes, start, steps_of, types_of, wait_for_nodes, write_recipe, write_rows, write_seeds

from p_aligner.store.journal import read
from p_aligner.store.recipe import load
from ultraprompt.cli import _parser, main
from ultraprompt.rows.pairs import Options
from ultraprompt.search.forest import SynthesisSettings
from ultraprompt.search.strategies import SearchSettings
from ultraprompt.seeds import load_seeds


RECIPE: dict[str, Any] = {
    **scripted.RECIPE,
    "rewriter": {"backend": "scripted", "seconds": 0.01},
    "responder": {"backend": "scripted", "seconds": 0.01},
    "concurrency": 5,
}

Command = Callable[..., "Result"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a recipe and 12 seeds."""
    write_seeds(tmp_path, 12)
    write_recipe(tmp_path, RECIPE)
    return tmp_path


class Result(NamedTuple):
    """What a command printed and how it ended."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def ultraprompt(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command in the folder, in this process."""
    monkeypatch.chdir(folder)

    def run(*arguments: str) -> Result:
        capsys.readouterr()
        try:
            status = main([*arguments])
        except SystemExit as error:
            status = int(str(error.code))
        return Result(status, *capsys.readouterr())

    return run


def test_help_is_light() -> None:
    code = """
import sys
from ultraprompt.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
print([name for name in ("torch", "transformers", "datasets", "pydantic", "rich", "numpy") if name in sys.modules])
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"
    for command in ("plan", "synthesize", "build", "best"):
        assert re.search(rf"^ +{command}\b", result.stdout, re.MULTILINE)


def test_a_run_from_plan_to_best(folder: Path, ultraprompt: Command) -> None:
    write_recipe(folder, RECIPE, prices={"rewriter": {"prompt": 1000, "completion": 0}}, max_calls=100)
    plan = ultraprompt("plan", "recipe.yaml")
    assert plan.returncode == 0, plan.stderr
    rows = dict(line.split(maxsplit=1) for line in plan.stdout.splitlines())
    assert rows["seeds"] == "12 (Math 4, Honesty 4, Helpfulness 4); 0 have their trees"
    assert rows["calls"] == "at most 132 (rewriter 60, responder 72)"
    assert rows["responses"] == "at most 216, each of them scored"
    each = r"rewriter [\d,]+ and [\d,]+, responder [\d,]+ and [\d,]+"
    assert re.fullmatch(rf"about [\d,]+ in and [\d,]+ out \({each}\)", rows["tokens"])
    assert re.fullmatch(r"about [\d.]+ kB, [\d.]+ kB for a tree", rows["storage"])
    assert re.fullmatch(r"about \d+ s", rows["time"])
    assert re.fullmatch(r"about [\d.]+ \(rewriter [1-9][\d.]+, responder 0.00\)", rows["money"])
    assert rows["limit"] == "max_calls is 100: the run will end before all trees are grown"
    measured = r"on 48 steps of 5 trees at once: 84 calls, [\d,]+ tokens, [\d.]+ s"
    assert re.fullmatch(measured, rows["measured"])
    assert not (folder / "journal.jsonl").exists()

    larger = ultraprompt("plan", "recipe.yaml", "--for-seeds", "10000", "--pace", "1000")
    assert "calls        at most 110,000 (rewriter 50,000, responder 60,000)\n" in larger.stdout
    written = int(re.search(r"in and ([\d,]+) out", larger.stdout)[1].replace(",", ""))  # type: ignore[index]
    assert f"GPU hours    about {written / 3.6e6:,.1f} at 1,000 written tokens a second" in larger.stdout

    limited = ultraprompt("synthesize", "recipe.yaml")
    assert limited.returncode == 0, limited.stderr
    assert "stopped by max_calls; the same command with a higher limit goes on from here" in limited.stderr
    result = ultraprompt("synthesize", "recipe.yaml", "--max_calls", "null")
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert re.search(
        r"12 of 12 trees, 72 nodes, 0 rewrites rejected, mean best gain \+0\.\d{3}, 132 calls, [\d,]+ tokens, \d+ s: "
        r"journal.jsonl\n$",
        result.stderr,
    )
    assert types_of(folder / "journal.jsonl") == {"run": 1, "tree": 12, "node": 72, "done": 12}

    best = ultraprompt("best", "journal.jsonl", "--out", "best/rows.jsonl")
    assert (best.returncode, best.stdout, best.stderr) == (0, "", "")
    written = (folder / "best" / "rows.jsonl").read_text(encoding="utf-8")
    assert [json.loads(line)["id"] for line in written.splitlines()] == [f"seed-{n}" for n in range(12)]
    assert ultraprompt("best", "journal.jsonl", "--out", "-").stdout == written

    build = ultraprompt("build", "journal.jsonl", "--out", "built", "--max-steps", "2", "--min-margin", "0.05")
    assert build.returncode == 0, build.stderr
    rows = dict(line.split(maxsplit=1) for line in build.stdout.splitlines())
    assert rows["finished"] == "12 trees"
    assert re.match(r"\d+ train", rows["preference"])
    assert (folder / "built" / "README.md").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_goes_on(number: signal.Signals, folder: Path, ultraprompt: Command) -> None:
    slow = ["--responder.seconds", "0.2"]
    with start(folder, "synthesize", "recipe.yaml", *slow) as process:
        wait_for_nodes(folder / "journal.jsonl", 10)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert f"stopped by {number.name}; the same command goes on from here" in errors
    assert "Traceback" not in errors
    stopped = types_of(folder / "journal.jsonl")
    assert 10 <= stopped["node"] < 72

    assert ultraprompt("synthesize", "recipe.yaml").returncode == 0
    assert ultraprompt("synthesize", "recipe.yaml", "--out", "undisturbed.jsonl").returncode == 0
    assert steps_of(folder / "journal.jsonl") == steps_of(folder / "undisturbed.jsonl")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_build_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    with start(
        tmp_path, "build", REPOSITORY / "dataset_builder/ultraprompt/sample/journal.jsonl.gz", "--out", "built"
    ) as process:
        while not list(tmp_path.glob(".built.*")):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "Traceback" not in errors
    assert not list(tmp_path.iterdir())


def kill_again_and_again(folder: Path, moments: Iterable[float]) -> int:
    """Run again and again, each time killed a moment after its first new node."""
    kills = 0
    path = folder / "journal.jsonl"
    for moment in moments:
        before = count_nodes(path)
        with start(folder, "synthesize", "recipe.yaml") as process:
            while process.poll() is None and (
                not path.exists() or path.read_bytes().count(b'"type": "node"') <= before
            ):
                time.sleep(0.002)
            time.sleep(moment)
            if process.poll() is None:
                process.kill()
                kills += 1
    return kills


@pytest.mark.parametrize(("runs", "kills"), [(1, 3), pytest.param(10, 10, marks=pytest.mark.slow)])
def test_a_killed_run_loses_and_repeats_nothing(runs: int, kills: int, folder: Path, ultraprompt: Command) -> None:
    write_recipe(folder, RECIPE, search={"iterations": 20})
    assert ultraprompt("synthesize", "recipe.yaml", "--out", "undisturbed.jsonl").returncode == 0
    rng = random.Random(kills)
    killed = 0
    for _ in range(runs):
        (folder / "journal.jsonl").unlink(missing_ok=True)
        killed += kill_again_and_again(folder, [rng.uniform(0.0, 0.05) for _ in range(kills)])
        assert ultraprompt("synthesize", "recipe.yaml").returncode == 0
        assert steps_of(folder / "journal.jsonl") == steps_of(folder / "undisturbed.jsonl")
        assert types_of(folder / "journal.jsonl") == types_of(folder / "undisturbed.jsonl")
    assert killed >= 0.9 * runs * kills
    for name in ("journal", "undisturbed"):
        assert ultraprompt("build", f"{name}.jsonl", "--out", name).returncode == 0
    files = sorted((folder / "undisturbed").rglob("*.parquet"))
    assert len(files) == 4
    for file in files:
        assert file.read_bytes() == (folder / "journal" / file.relative_to(folder / "undisturbed")).read_bytes()


def test_a_second_process_is_refused(folder: Path, ultraprompt: Command) -> None:
    with start(folder, "synthesize", "recipe.yaml", "--responder.seconds", "60") as process:
        wait_for_nodes(folder / "journal.jsonl", 0)
        second = ultraprompt("synthesize", "recipe.yaml")
        process.kill()
    assert second.returncode == 2
    assert second.stderr.startswith("ultraprompt: another process is writing journal.jsonl")
    assert second.stderr.count("\n") == 1


def test_parts_of_an_earlier_version_are_refused(folder: Path, ultraprompt: Command) -> None:
    (folder / "journal.parts").mkdir()
    result = ultraprompt("synthesize", "recipe.yaml")
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert "journal.parts is what a killed run of an earlier version left" in result.stderr
    assert not (folder / "journal.jsonl").exists()


def test_all_mistakes_of_a_recipe_are_named(folder: Path, ultraprompt: Command) -> None:
    result = ultraprompt(
        *("synthesize", "recipe.yaml", "--search.iteration", "3"),
        *("--concurrency", "none", "--reward", "{reward: classifer}", "--out", "journal.json"),
    )
    assert result.returncode == 2
    head, *mistakes = result.stderr.splitlines()
    assert head == "ultraprompt: the recipe recipe.yaml has 4 mistakes:"
    assert [mistake.split(":")[0].strip() for mistake in sorted(mistakes)] == [
        "concurrency",
        "out",
        "reward",
        "search.iteration",
    ]
    assert "did you mean 'iterations'?" in result.stderr
    assert not (folder / "journal.json").exists()


@pytest.mark.parametrize(
    ("rows", "arguments", "message"),
    [
        ([], [], "seeds.jsonl"),
        ([{"id": "a", "instruction": "Explain jazz."}], [], "categor"),
        ([{"id": "a", "instruction": "Explain jazz.", "category": "Maths"}], [], "unknown category 'Maths'"),
        ([{"id": "a", "text": "Explain jazz."}], [], "instruction"),
        (None, ["--principles", "[Tone Improvement, Hint Adition]"], "unknown principle 'Hint Adition': did you mean"),
        (None, ["--pack", "none.yaml"], "principle pack 'none.yaml' cannot be read"),
        (None, ["--out", "seeds.jsonl"], "seeds.jsonl"),
    ],
)
def test_bad_input_is_one_line(
    rows: list[dict[str, Any]] | None, arguments: list[str], message: str, folder: Path, ultraprompt: Command
) -> None:
    if rows is not None:
        write_rows(folder / "seeds.jsonl", rows)
    seeds = (folder / "seeds.jsonl").read_bytes()
    result = ultraprompt("synthesize", "recipe.yaml", *arguments)
    assert result.returncode == 2, result.stderr
    assert message in result.stderr
    assert result.stderr.startswith("ultraprompt: ")
    assert result.stderr.count("\n") == 1
    assert (folder / "seeds.jsonl").read_bytes() == seeds


def test_a_seed_that_is_too_long_is_set_aside(folder: Path, ultraprompt: Command, tiny: str) -> None:
    seeds = [
        {"id": "long", "instruction": 2500 * "How far? ", "category": "Math"},
        {"id": "short", "instruction": "What is 3+4-2?", "category": "Math"},
    ]
    write_rows(folder / "seeds.jsonl", seeds)
    write_recipe(folder, RECIPE, responder={"backend": "transformers", "model": tiny, "max_new_tokens": 16})
    result = ultraprompt("synthesize", "recipe.yaml", "--search.iterations", "1")
    assert result.returncode == 1, result.stderr
    assert "1 of 2 trees" in result.stderr
    assert re.search(r"^ultraprompt: quarantined: long: .*tokens", result.stderr, re.MULTILINE)
    (record,) = (record for record in read(folder / "journal.jsonl") if record["type"] == "quarantined")
    assert record["id"] == "long"


def test_torn_and_broken_journals(folder: Path, ultraprompt: Command) -> None:
    path = folder / "journal.jsonl"
    assert ultraprompt("synthesize", "recipe.yaml").returncode == 0
    content, steps = path.read_bytes(), steps_of(path)
    path.write_bytes(content[: len(content) // 2])
    assert ultraprompt("synthesize", "recipe.yaml").returncode == 0
    assert steps_of(path) == steps
    path.write_bytes(content.replace(b'{"type": "node"', b"garbage", 1))
    broken = ultraprompt("synthesize", "recipe.yaml")
    assert broken.returncode == 2
    assert re.fullmatch(r"ultraprompt: line \d+ of journal.jsonl is no JSON object: b'garbage.*\n", broken.stderr)


def test_build_knows_the_options_of_rows() -> None:
    options = _parser().parse_args(["build", "j.jsonl", "--out", "o"])
    assert not {field.name for field in fields(Options)} & set(vars(options)), "defaults belong to the options' class"
    for field in fields(Options):
        value = {"selection": "random", "contrast": "low", "difficulty": "hard"}.get(field.name, "1")
        words = ["build", "j.jsonl", "--out", "o", f"--{field.name.replace('_', '-')}", value]
        assert str(getattr(_parser().parse_args(words), field.name)) in (value, f"{value}.0")


def test_unknown_options_are_refused(folder: Path, ultraprompt: Command) -> None:
    result = ultraprompt("best", "journal.jsonl", "--out", "x.jsonl", "--search.seed", "3")
    assert result.returncode == 2
    assert "unrecognized arguments: --search.seed 3" in result.stderr
    result = ultraprompt("best", "none.jsonl", "--out", "x.jsonl")
    assert (result.returncode, result.stderr) == (
        2,
        "ultraprompt: none.jsonl cannot be read: No such file or directory\n",
    )
    (folder / "empty.jsonl").touch()
    result = ultraprompt("best", "empty.jsonl", "--out", "-")
    assert (result.returncode, result.stdout) == (2, "")
    assert "no tree of empty.jsonl is finished" in result.stderr


def test_a_model_that_cannot_be_reached_is_a_failure(
    folder: Path, ultraprompt: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = {"backend": "endpoint", "model": "m", "base_url": "http://127.0.0.1:9/v1", "retries": 0}
    write_recipe(folder, RECIPE, responder=endpoint)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    result = ultraprompt("synthesize", "recipe.yaml")
    assert result.returncode == 1
    assert "10 seeds failed one after the other" in result.stderr
    assert types_of(folder / "journal.jsonl")["node"] == 0


@pytest.mark.parametrize("name", ["smollm2", "offline", "online"])
def test_recipes_are_sound(name: str) -> None:
    path = REPOSITORY / "recipes" / "ultraprompt" / f"{name}.yaml"
    what, command, hardware = path.read_text(encoding="utf-8").splitlines()[:3]
    assert what.startswith("# Grows ")
    assert f"ultraprompt synthesize recipes/ultraprompt/{name}.yaml" in command
    assert hardware.startswith("# ")
    settings = load(SynthesisSettings, path)
    assert settings.search == SearchSettings(rewriting="chat" if name == "online" else "singlepo")
    assert len(settings.action_set()) == 10


def test_every_seed_of_the_corpus_is_grown(monkeypatch: pytest.MonkeyPatch) -> None:
    """None is near another, each says its category, and no model has to write any."""
    monkeypatch.chdir(REPOSITORY)
    seeds = load_seeds(load(SynthesisSettings, "recipes/ultraprompt/smollm2.yaml", ["--seeds.count", "200"]).seeds)
    lines = Path("recipes/corpus/seeds.jsonl").read_text(encoding="utf-8").splitlines()
    assert [seed.id for seed in seeds] == [json.loads(line)["id"] for line in lines]
