"""A run on a Ray cluster: real nodes on this machine, some killed, and the same trees in the end."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import scripted
import yaml
from scripted import start, steps_of, types_of, wait_for_nodes, write_recipe, write_rows, write_seeds
from tiny import REFINED

from p_aligner.cli import main as evaluating
from p_aligner.errors import KitError
from p_aligner.runtime import workers
from p_aligner.runtime.cluster import ClusterSettings, connected
from p_aligner.runtime.protocol import Backend
from p_aligner.runtime.scripted import ScriptedBackend, ScriptedSettings
from p_aligner.store.journal import read
from ultraprompt.cli import main


RECIPE: dict[str, Any] = {
    **scripted.RECIPE,
    "rewriter": {"backend": "scripted", "seconds": 0.1},
    "responder": {"backend": "scripted", "seconds": 0.2},
    "concurrency": 4,
    "cluster": {"workers": 3},
}
SEEDS = 120
GROW = ("synthesize", "recipe.yaml")
OUT = Path("journal.jsonl")


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be in a folder with a recipe and its seeds."""
    write_seeds(tmp_path, SEEDS)
    write_recipe(tmp_path, RECIPE)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("127.0.0.1:9", "there is no Ray cluster at '127.0.0.1:9': "),
        ("ray://127.0.0.1:9", "there is no Ray cluster at 'ray://127.0.0.1:9': "),
        ("here", "'here' is no address of a Ray cluster: write auto, local, HOST:PORT or ray://HOST:PORT"),
        (None, "--ray needs the package ray: pip install 'p-aligner[ray]'"),
    ],
)
def test_bad_addresses_are_one_line(address, message, recipe, capsys, monkeypatch):
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
        write_seeds(place, SEEDS)
        write_recipe(place, RECIPE)
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


def assert_complete(undisturbed: Path) -> None:
    assert steps_of(OUT) == steps_of(undisturbed)
    assert types_of(OUT) == types_of(undisturbed)


@pytest.mark.slow
def test_a_lost_node_is_made_up_for(nodes: Nodes, recipe: None, undisturbed: Path) -> None:
    with start(Path(), *GROW, "--ray", nodes.address) as process:
        wait_for_nodes(OUT, 150)
        nodes.kill()
        _, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors
    assert "was lost" in errors
    assert "Traceback" not in errors
    assert_complete(undisturbed)
    missing = "{backend: transformers, model: nowhere/nothing}"
    with start(Path(), *GROW, "--ray", nodes.address, "--out", "other.jsonl", "--responder", missing) as process:
        _, errors = process.communicate(timeout=600)
    assert process.returncode == 2
    assert "the model 'nowhere/nothing' cannot be loaded" in errors.splitlines()[-1]
    assert types_of(Path("other.jsonl")) == {}


@pytest.mark.slow
def test_runs_with_and_without_a_cluster_go_on_with_each_other(nodes: Nodes, recipe: None, undisturbed: Path) -> None:
    with start(Path(), *GROW) as here:
        wait_for_nodes(OUT, 20)
        here.kill()
    with start(Path(), *GROW, "--ray", nodes.address) as stopped:
        wait_for_nodes(OUT, 150)
        stopped.send_signal(signal.SIGTERM)
        _, errors = stopped.communicate(timeout=120)
    assert stopped.returncode == 128 + signal.SIGTERM, errors
    assert "stopped by SIGTERM; the same command goes on from here" in errors
    assert "Traceback" not in errors
    with start(Path(), *GROW, "--ray", nodes.address) as killed:
        wait_for_nodes(OUT, 300)
        killed.kill()
    with start(Path(), *GROW, "--ray", nodes.address, "--max_calls", "800") as limited:
        _, errors = limited.communicate(timeout=600)
    assert limited.returncode == 0, errors
    assert "stopped by max_calls" in errors
    steps = [record for record in read(OUT) if record["type"] in ("node", "rejected")]
    calls = sum((step["parent"] is not None) + (step["type"] == "node") for step in steps)
    assert 798 < calls <= 800
    with start(Path(), *GROW, "--rewriter.seconds", "0", "--responder.seconds", "0") as last:
        _, errors = last.communicate(timeout=600)
    assert last.returncode == 0, errors
    assert_complete(undisturbed)


@pytest.mark.slow
def test_a_worker_that_dies_while_models_load_is_replaced(nodes, tmp_path, monkeypatch):
    def load(deaths: int) -> list[str]:
        """Ask a model that kills the process it is loaded in so many times; return what the user is told."""
        place = str(tmp_path / str(deaths))
        Path(place).mkdir()

        def connect(settings: ScriptedSettings, **_: Any) -> Backend:
            import os

            if len(os.listdir(place)) < deaths:
                open(f"{place}/{os.getpid()}", "w").close()
                os.kill(os.getpid(), 9)
            return ScriptedBackend()

        async def ask() -> None:
            model = crew.connect(ScriptedSettings(backend="scripted"))
            messages = [{"role": "user", "content": "Hello"}]
            try:
                await crew.ready()
                assert await model.chat(messages, seed=1) == await ScriptedBackend().chat(messages, seed=1)
            finally:
                await model.close()

        told: list[str] = []
        monkeypatch.setattr(workers, "connect", connect)
        crew = workers.Workers(ray, ClusterSettings(workers=1), told.append, together=True)
        asyncio.run(ask())
        return told

    with connected(nodes.address) as ray:
        assert ["was lost" in line for line in load(2)] == [False, True, True]
        with pytest.raises(KitError, match="4 workers were lost one after the other"):
            load(9)


@pytest.mark.slow
def test_an_evaluation_asks_models_on_a_cluster(nodes, tiny, tmp_path, capsys):
    rows = [{"instruction": text} for text in [*REFINED][:6]]
    write_rows(tmp_path / "rows.jsonl", rows)
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
