"""The command `ultraprompt`, as a process of its own: what it prints, how it ends, and what it leaves behind."""

import gzip
import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import scripted
from conftest import REPOSITORY, Result
from scripted import start, steps_of, types_of, wait_for_nodes, wait_until, write_recipe, write_rows, write_seeds

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

Command = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a recipe and 12 seeds."""
    write_seeds(tmp_path, 12)
    write_recipe(tmp_path, RECIPE)
    return tmp_path


@pytest.fixture
def ultraprompt(folder: Path, run_here: Callable[..., Result]) -> Command:
    """Run the command in the folder, in this process."""
    return lambda line, *more: run_here(main, [*line.split(), *more])


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
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.splitlines()[-1] == "[]"
    for command in ("plan", "synthesize", "build", "best"):
        assert re.search(rf"^ +{command}\b", said, re.MULTILINE)


def test_a_run_from_plan_to_best(folder: Path, ultraprompt: Command) -> None:
    write_recipe(folder, RECIPE, prices={"rewriter": {"prompt": 1000, "completion": 0}}, max_calls=100)
    plan = ultraprompt("plan recipe.yaml")
    assert plan.status == 0, plan.err
    rows = dict(line.split(maxsplit=1) for line in plan.out.splitlines())
    assert rows["seeds"] == "12 (Math 4, Honesty 4, Helpfulness 4); 0 have their trees"
    assert rows["calls"] == "at most 132 (rewriter 60, responder 72)"
    assert rows["responses"] == "at most 216, each of them scored"
    each = r"rewriter [\d,]+ and [\d,]+, responder [\d,]+ and [\d,]+"
    assert re.fullmatch(rf"about [\d,]+ in and [\d,]+ out \({each}\)", rows["tokens"])
    assert re.fullmatch(r"about [\d.]+ kB, [\d.]+ kB for a tree", rows["storage"])
    assert re.fullmatch(r"about \d+ s", rows["time"])
    assert re.fullmatch(r"about [\d.]+ \(rewriter [1-9][\d.]+, responder 0.00\)", rows["money"])
    assert rows["limit"] == "max_calls is 100: the run will end before all trees are grown"
    measured = r"on 24 steps of 5 trees at once: 42 calls, [\d,]+ tokens, [\d.]+ s"
    assert re.fullmatch(measured, rows["measured"])
    assert not (folder / "journal.jsonl").exists()

    larger = ultraprompt("plan recipe.yaml --for-seeds 10000 --pace 1000")
    assert "calls        at most 110,000 (rewriter 50,000, responder 60,000)\n" in larger.out
    written = int(re.search(r"in and ([\d,]+) out", larger.out)[1].replace(",", ""))
    assert f"GPU hours    about {written / 3.6e6:,.1f} at 1,000 written tokens a second" in larger.out

    limited = ultraprompt("synthesize recipe.yaml")
    assert limited.status == 0, limited.err
    assert "stopped by max_calls; the same command with a higher limit goes on from here" in limited.err
    result = ultraprompt("synthesize recipe.yaml --max_calls null")
    assert result.status == 0, result.err
    assert result.out == ""
    assert re.search(
        r"12 of 12 trees, 72 nodes, 0 rewrites rejected, mean best gain \+0\.\d{3}, 132 calls, [\d,]+ tokens, \d+ s: "
        r"journal.jsonl\n$",
        result.err,
    )
    assert types_of(folder / "journal.jsonl") == {"run": 1, "tree": 12, "node": 72, "done": 12}

    best = ultraprompt("best journal.jsonl --out best/rows.jsonl")
    assert best == (0, "", "")
    written = (folder / "best" / "rows.jsonl").read_text(encoding="utf-8")
    assert [json.loads(line)["id"] for line in written.splitlines()] == [f"seed-{n}" for n in range(12)]
    assert ultraprompt("best journal.jsonl --out -").out == written

    build = ultraprompt("build journal.jsonl --out built --max-steps 2 --min-margin 0.05")
    assert build.status == 0, build.err
    rows = dict(line.split(maxsplit=1) for line in build.out.splitlines())
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

    assert ultraprompt("synthesize recipe.yaml").status == 0
    assert ultraprompt("synthesize recipe.yaml --out undisturbed.jsonl").status == 0
    assert steps_of(folder / "journal.jsonl") == steps_of(folder / "undisturbed.jsonl")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_build_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    sample = gzip.decompress((REPOSITORY / "dataset_builder/ultraprompt/sample/deep.jsonl.gz").read_bytes()).decode()
    run, _, trees = sample.partition("\n")
    # Many trees, so that the build is still at it when the signal comes.
    copies = [trees.replace('"id": "seed-', f'"id": "seed-{copy}-') for copy in range(20)]
    (tmp_path / "journal.jsonl").write_text(f"{run}\n{''.join(copies)}", encoding="utf-8")
    with start(tmp_path, "build", "journal.jsonl", "--out", "built") as process:
        wait_until(lambda: list(tmp_path.glob(".built.*")), process)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "Traceback" not in errors
    assert [path.name for path in tmp_path.iterdir()] == ["journal.jsonl"]


def test_a_second_process_is_refused(folder: Path, ultraprompt: Command) -> None:
    with start(folder, "synthesize", "recipe.yaml", "--responder.seconds", "60") as process:
        wait_for_nodes(folder / "journal.jsonl", 0)
        second = ultraprompt("synthesize recipe.yaml")
        process.kill()
    assert second.status == 2
    assert second.err.startswith("ultraprompt: another process is writing journal.jsonl")
    assert second.err.count("\n") == 1


def test_bad_recipes_are_named_and_nothing_is_written(folder: Path, ultraprompt: Command) -> None:
    seeds = (folder / "seeds.jsonl").read_bytes()
    for arguments, message in (
        (["--principles", "[Tone Improvement, Hint Adition]"], "unknown principle 'Hint Adition': did you mean"),
        (["--pack", "none.yaml"], "principle pack 'none.yaml' cannot be read"),
        (["--out", "seeds.jsonl"], "seeds.jsonl"),
    ):
        status, _, errors = ultraprompt("synthesize", "recipe.yaml", *arguments)
        assert re.fullmatch("ultraprompt: .*" + re.escape(message) + ".*\n", errors)
        assert status == 2
    status, _, errors = ultraprompt("synthesize recipe.yaml --search.iteration 3 --concurrency none --out a.json")
    assert (status, errors.splitlines()[0]) == (2, "ultraprompt: the recipe recipe.yaml has 3 mistakes:")
    assert "did you mean 'iterations'?" in errors
    assert not (folder / "a.json").exists()
    assert (folder / "seeds.jsonl").read_bytes() == seeds


def test_a_seed_that_is_too_long_is_set_aside(folder: Path, ultraprompt: Command, tiny: str) -> None:
    seeds = [
        {"id": "long", "instruction": 2500 * "How far? ", "category": "Math"},
        {"id": "short", "instruction": "What is 3+4-2?", "category": "Math"},
    ]
    write_rows(folder / "seeds.jsonl", seeds)
    write_recipe(folder, RECIPE, responder={"backend": "transformers", "model": tiny, "max_new_tokens": 16})
    result = ultraprompt("synthesize recipe.yaml --search.iterations 1")
    assert result.status == 1, result.err
    assert "1 of 2 trees" in result.err
    assert re.search(r"^ultraprompt: quarantined: long: .*tokens", result.err, re.MULTILINE)
    (record,) = (record for record in read(folder / "journal.jsonl") if record["type"] == "quarantined")
    assert record["id"] == "long"


def test_build_knows_the_options_of_rows() -> None:
    options = _parser().parse_args(["build", "j.jsonl", "--out", "o"])
    assert not {field.name for field in fields(Options)} & set(vars(options)), "defaults belong to the options' class"
    for field in fields(Options):
        value = {"selection": "random", "contrast": "low", "difficulty": "hard"}.get(field.name, "1")
        words = ["build", "j.jsonl", "--out", "o", f"--{field.name.replace('_', '-')}", value]
        assert str(getattr(_parser().parse_args(words), field.name)) in (value, f"{value}.0")


def test_unknown_options_and_files_are_refused(folder: Path, ultraprompt: Command) -> None:
    (folder / "empty.jsonl").touch()
    for line, message in (
        ("best journal.jsonl --out x.jsonl --search.seed 3", "unrecognized arguments: --search.seed 3"),
        ("best none.jsonl --out x.jsonl", "ultraprompt: none.jsonl cannot be read: No such file or directory\n"),
        ("best empty.jsonl --out -", "no tree of empty.jsonl is finished"),
    ):
        result = ultraprompt(line)
        assert (result.status, result.out) == (2, "")
        assert message in result.err


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
