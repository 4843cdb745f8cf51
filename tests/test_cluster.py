"""A run on a Ray cluster: real nodes on this machine, some killed, and the same trees in the end."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import scripted
import yaml
from scripted import CATEGORIES, MAIN
from tiny import REFINED

from p_aligner.cli import main as evaluating
from p_aligner.store.journal import Journal, read
from ultraprompt.cli import main
from ultraprompt.search.parts import Part, collect, divide, folder
from ultraprompt.seeds import Seed


RECIPE: dict[str, Any] = {
    **scripted.RECIPE,
    "rewriter": {"backend": "scripted", "seconds": 0.1},
    "responder": {"backend": "scripted", "seconds": 0.2},
    "concurrency": 4,
    "cluster": {"workers": 3},
}
SEEDS = 120


def write_recipe(place: Path) -> None:
    rows = [
        {"id": f"seed-{n}", "instruction": f"Explain the number {n} to me.", "category": CATEGORIES[n % 3]}
        for n in range(SEEDS)
    ]
    (place / "seeds.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (place / "recipe.yaml").write_text(yaml.safe_dump(RECIPE), encoding="utf-8")


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be in a folder with a recipe and its seeds."""
    write_recipe(tmp_path)
    monkeypatch.chdir(tmp_path)


def some_seeds(count: int) -> list[Seed]:
    return [Seed(f"seed-{n}", n, f"Explain {n}.", "Math", "by hand") for n in range(count)]


def steps_of(path: Path) -> list[str]:
    """Return the nodes of a journal in a fixed order, without what depends on the clock."""
    steps = [record for record in read(path) if record["type"] in ("node", "rejected")]
    clockless = [{key: value for key, value in step.items() if key not in ("seconds", "elapsed")} for step in steps]
    return sorted(json.dumps(step) for step in clockless)


def types_of(path: Path) -> Counter[str]:
    return Counter(record["type"] for record in read(path))


@pytest.mark.parametrize(("count", "workers", "at_once"), [(1, 4, 256), (10_000, 8, 512), (1000, 1, 5), (7, 3, 2)])
def test_seeds_are_divided(count: int, workers: int, at_once: int) -> None:
    seeds = some_seeds(count)
    parts = divide(seeds, workers=workers, at_once=at_once)
    assert [seed for part in parts for seed in part] == seeds
    assert {len(part) for part in parts[:-1]} <= {len(parts[0])}
    assert len(parts[0]) <= at_once
    assert len(parts) >= min(count, 8 * workers)


def test_news_of_a_part_are_whole_lines(tmp_path: Path) -> None:
    part = Part(tmp_path / "0.jsonl", some_seeds(1))
    part.begin([{"type": "run"}])
    assert part.news() == []
    with part.path.open("ab") as file:
        file.write(b'{"type": "tree", "id": "a"}\n{"type": "no')
        file.flush()
        assert part.news() == [{"type": "tree", "id": "a"}]
        file.write(b'de", "id": "a"}\n')
        file.flush()
        assert part.news() == [{"type": "node", "id": "a"}]
    part.path.write_bytes(b"")
    with pytest.raises(Exception, match="shorter than it was"):
        part.news()


@pytest.mark.parametrize("there", range(7))
def test_what_a_killed_run_left_is_collected_once(there: int, tmp_path: Path) -> None:
    """The run's journal has the first lines of the part, as if it was killed while it gathered them."""
    run = {"type": "run", "fingerprint": {}}
    steps: list[dict[str, Any]] = [
        {"type": "tree", "id": "a"},
        {"type": "node", "id": "a", "node": 0},
        {"type": "tree", "id": "b"},
        {"type": "rejected", "id": "a"},
        {"type": "quarantined", "id": "b"},
        {"type": "rejected", "id": "a"},
    ]
    out = tmp_path / "journal.jsonl"
    with Journal(out) as journal:
        journal.extend([run, *steps[:there]] if there else [])
    with Journal(folder(out) / "000000.jsonl") as part:
        part.extend([run, *steps])
    with (folder(out) / "000000.jsonl").open("ab") as file:
        file.write(b'{"torn')
    with Journal(out) as journal:
        collect(journal)
        collect(journal)
    assert [record for record in read(out) if record["type"] != "quarantined"] == [run, *steps[:4], steps[5]]
    assert not folder(out).exists()


def test_a_part_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "journal.jsonl"
    path = folder(out) / "000000.jsonl"
    with Journal(path) as part, Journal(out) as journal:
        part.extend([{"type": "run"}])
        with pytest.raises(ValueError, match="another process is writing"):
            collect(journal, patience_s=0.2)
    assert path.exists()


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("127.0.0.1:9", "there is no Ray cluster at '127.0.0.1:9': "),
        ("ray://127.0.0.1:9", "there is no Ray cluster at 'ray://127.0.0.1:9': "),
        ("here", "'here' is no address of a Ray cluster: write auto, local, HOST:PORT or ray://HOST:PORT"),
        (None, "--ray needs the package ray: pip install 'p-aligner[ray]'"),
    ],
)
def test_bad_addresses_are_one_line(
    address: str | None,
    message: str,
    recipe: None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if address:
        pytest.importorskip("ray")
    else:
        monkeypatch.setitem(sys.modules, "ray", None)
    assert main(["synthesize", "recipe.yaml", "--ray", address or "auto"]) == 2
    errors = capsys.readouterr().err
    assert errors.startswith(f"ultraprompt: {message}")
    assert errors.count("\n") == 1


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The journal of the recipe without a cluster."""
    with pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("undisturbed")
        write_recipe(place)
        patch.chdir(place)
        assert main(["synthesize", "recipe.yaml", "--rewriter.seconds", "0", "--responder.seconds", "0"]) == 0
    return place / "journal.jsonl"


class Nodes:
    """A Ray cluster of several nodes, each a process tree of this machine."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        self._cluster = Cluster(
            initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False}, shutdown_at_exit=False
        )
        self.address = self._cluster.address
        self._nodes: list[Any] = []

    def add(self) -> None:
        self._nodes.append(self._cluster.add_node(num_cpus=1))

    def kill(self) -> None:
        """Do to one node what a power cut does: no process of it says goodbye."""
        node = self._nodes.pop(0)
        pids = [info.process.pid for infos in node.all_processes.values() for info in infos]
        processes = [psutil.Process(pid) for pid in pids]
        for process in [*processes, *(child for each in processes for child in each.children(recursive=True))]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def close(self) -> None:
        self._cluster.shutdown()


@pytest.fixture
def nodes() -> Iterator[Nodes]:
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'p-aligner[ray]'")
    found = Nodes()
    try:
        for _ in range(3):
            found.add()
        yield found
    finally:
        found.close()


def start(*arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", MAIN, "synthesize", "recipe.yaml", *arguments]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def wait_for_nodes(count: int) -> None:
    """Wait until the run's journal has so many nodes of trees."""
    path, deadline = Path("journal.jsonl"), time.monotonic() + 300
    while not path.exists() or path.read_bytes().count(b'"type": "node"') < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def assert_complete(undisturbed: Path) -> None:
    out = Path("journal.jsonl")
    assert steps_of(out) == steps_of(undisturbed)
    assert types_of(out) == types_of(undisturbed)
    assert not folder(out).exists()


@pytest.mark.slow
def test_a_lost_node_is_made_up_for(nodes: Nodes, recipe: None, undisturbed: Path) -> None:
    with start("--ray", nodes.address) as process:
        wait_for_nodes(150)
        nodes.kill()
        _, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors
    assert "was lost" in errors
    assert "Traceback" not in errors
    assert_complete(undisturbed)


@pytest.mark.slow
def test_runs_with_and_without_a_cluster_go_on_with_each_other(nodes: Nodes, recipe: None, undisturbed: Path) -> None:
    with start() as here:
        wait_for_nodes(20)
        here.kill()
    with start("--ray", nodes.address) as stopped:
        wait_for_nodes(150)
        stopped.send_signal(signal.SIGTERM)
        _, errors = stopped.communicate(timeout=120)
    assert stopped.returncode == 128 + signal.SIGTERM, errors
    assert "stopped by SIGTERM; the same command goes on from here" in errors
    assert "Traceback" not in errors
    assert not folder("journal.jsonl").exists()
    with start("--ray", nodes.address) as killed:
        wait_for_nodes(300)
        killed.kill()
    assert any(folder("journal.jsonl").iterdir())
    with start("--ray", nodes.address, "--max_calls", "800") as limited:
        _, errors = limited.communicate(timeout=600)
    assert limited.returncode == 0, errors
    assert "stopped by max_calls" in errors
    steps = [record for record in read(Path("journal.jsonl")) if record["type"] in ("node", "rejected")]
    calls = sum((step["parent"] is not None) + (step["type"] == "node") for step in steps)
    assert 798 < calls <= 800
    with start("--rewriter.seconds", "0", "--responder.seconds", "0") as last:
        _, errors = last.communicate(timeout=600)
    assert last.returncode == 0, errors
    assert_complete(undisturbed)


@pytest.mark.slow
def test_an_evaluation_asks_models_on_a_cluster(
    nodes: Nodes, tiny: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"instruction": text} for text in [*REFINED][:6]]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    local = {"backend": "transformers", "max_new_tokens": 64, "model": tiny}
    recipe = {
        "out": str(tmp_path / "here"),
        "benchmarks": {"rows": {"path": str(tmp_path / "rows.jsonl"), "against": "normal"}},
        "responders": {"responder": local},
        "refiners": {"P-Aligner": {"refiner": "p-aligner", "model": local}},
        "systems": [{"refiner": ["normal", "P-Aligner"]}],
        "judges": {"longer": {"judge": "longer"}},
        "cluster": {"workers": 2},
    }
    path = tmp_path / "evaluate.yaml"
    path.write_text(yaml.safe_dump(recipe), encoding="utf-8")
    assert evaluating(["evaluate", str(path)]) == 0
    there = tmp_path / "there"
    assert evaluating(["evaluate", str(path), "--output", str(there), "--ray", nodes.address]) == 0
    assert "p-aligner: 2 workers of 1 CPU and 0 GPU each" in capsys.readouterr().err
    results = [
        {record["key"]: record for record in read(folder / "journal.jsonl") if record["type"] != "timing"}
        for folder in (tmp_path / "here", there)
    ]
    assert len(results[0]) > 12
    assert results[0] == results[1]
    refined = {record["refined_instruction"] for record in results[0].values() if record["type"] == "refine"}
    assert refined == {REFINED[row["instruction"]] for row in rows}
    missing = tmp_path / "missing"
    words = ("--output", str(missing), "--responders.responder.model", "nowhere/nothing")
    assert evaluating(["evaluate", str(path), *words, "--ray", nodes.address]) == 1
    assert "the model 'nowhere/nothing' cannot be loaded" in capsys.readouterr().err.splitlines()[-1]
