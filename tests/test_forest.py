"""Many trees, one journal: stopped and resumed, limited, quarantined. The models are scripted, the kills are real."""

import asyncio
import itertools
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import CATEGORIES, Watched, run, some_seeds, steps_of, the_models, the_settings, types_of

from p_aligner.errors import ContextOverflow, InputError, KitError
from p_aligner.runtime.scripted import ScriptedBackend
from p_aligner.store.journal import Memory, Record, read
from ultraprompt.rows.best import best
from ultraprompt.rows.trees import FinishedTrees
from ultraprompt.search.estimate import estimate
from ultraprompt.search.forest import Forest
from ultraprompt.search.tree import Tree
from ultraprompt.seeds import Seed


class Clock:
    """Stands where a budget looks at the time: only calls take any, so that a busy machine changes nothing."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def tick(self, _: str) -> None:
        self.now += 0.02


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("p_aligner.runtime.budget.time", clock)
    return clock


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The journal of 12 trees that nothing disturbed."""
    path = tmp_path_factory.mktemp("undisturbed") / "journal.jsonl"
    run(path, some_seeds(12))
    return path


def test_the_journal_tells_everything(undisturbed: Path) -> None:
    records = list(read(undisturbed))
    assert types_of(undisturbed) == {"run": 1, "tree": 12, "node": 12 * 6, "done": 12}
    trees: dict[str, list[Record]] = {}
    for record in records[1:]:
        trees.setdefault(record["id"], []).append(record)
    for tree, *nodes, done in trees.values():
        assert set(tree) == {"type", "id", "index", "instruction", "category", "source"}
        assert [node["node"] for node in nodes] == list(range(6))
        assert all(min(node["seconds"], node["elapsed"]) >= 0 for node in nodes)
        assert done["type"] == "done"
    fingerprint = records[0]["fingerprint"]
    assert fingerprint["search"]["exploration"] == 0.1
    assert fingerprint["rewriter"]["backend"] == "scripted"
    principles = fingerprint["principles"]
    assert (principles["name"], len(principles["principles"])) == ("p-aligner", 10)
    assert {"p-aligner", "torch", "transformers"} == set(fingerprint["versions"])
    assert records[0]["seeds"]["sources"][0]["path"] == "seeds.jsonl"


def test_trees_do_not_depend_on_what_grows_beside_them(undisturbed: Path, tmp_path: Path) -> None:
    run(tmp_path / "one.jsonl", some_seeds(12), concurrency=1)
    assert steps_of(tmp_path / "one.jsonl") == steps_of(undisturbed)
    run(tmp_path / "turned.jsonl", some_seeds(12)[::-1], concurrency=5)
    assert steps_of(tmp_path / "turned.jsonl") == steps_of(undisturbed)


@pytest.mark.parametrize(("seeds", "concurrency"), [(100, 256), (8, 3), (2, 10**9)])
def test_many_trees_grow_at_once(seeds: int, concurrency: int, tmp_path: Path) -> None:
    """The models are asked by as many as may, at the same time, and by no more."""
    wanted = min(seeds, concurrency)
    inside = most = 0
    all_there = asyncio.Event()

    async def wait() -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        if inside == wanted:
            all_there.set()
        try:
            await asyncio.wait_for(all_there.wait(), 100)  # only if they never come
            await asyncio.sleep(0)
        finally:
            inside -= 1

    models = the_models(Watched(lambda _: wait()))
    run(tmp_path / "journal.jsonl", some_seeds(seeds), models, concurrency=concurrency, iterations=3)
    assert most == wanted


def test_a_finished_run_has_nothing_left_to_do(undisturbed: Path) -> None:
    before, asked = undisturbed.read_bytes(), list[str]()
    # What the trees do not depend on.
    settings = {"concurrency": 2, "max_calls": 10_000, "prices": {"rewriter": PRICE}}
    forest = run(undisturbed, some_seeds(12), the_models(Watched(asked.append)), **settings)
    assert (len(forest.done), forest.steps_left()) == (12, (0, 0))
    assert (asked, undisturbed.read_bytes()) == ([], before)


def test_a_run_goes_on_from_every_line(undisturbed: Path, tmp_path: Path) -> None:
    lines = undisturbed.read_bytes().splitlines(keepends=True)
    for cut in range(0, len(lines), 7):
        path = tmp_path / f"{cut}.jsonl"
        path.write_bytes(b"".join(lines[:cut]) + lines[cut][: cut % 50])
        run(path, some_seeds(12))
        assert steps_of(path) == steps_of(undisturbed)
        assert types_of(path) == types_of(undisturbed)


def test_more_seeds_can_be_added(undisturbed: Path, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    assert len(run(path, some_seeds(5)).done) == 5
    assert len(run(path, some_seeds(12)).done) == 12
    assert steps_of(path) == steps_of(undisturbed)
    assert len(run(path, some_seeds(2)).done & {"seed-0", "seed-1"}) == 2


@pytest.mark.slow
def test_a_thousand_trees_at_once_take_little_memory(tmp_path: Path) -> None:
    code = f"""
import resource, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from scripted import run, some_seeds
run(Path("warm.jsonl"), some_seeds(10), concurrency=10, iterations=20)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
forest = run(Path("journal.jsonl"), some_seeds(1000), concurrency=1000, iterations=20)
assert len(forest.done) == 1000
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert int(result.stdout) < 100_000, "kilobytes"


@pytest.mark.parametrize(
    ("limit", "most", "unit", "overshoot"),
    [("max_calls", 50, "calls", 0), ("max_tokens", 900, "tokens", 600), ("max_minutes", 0.003, "minutes", 0.001)],
)
def test_limits_count_what_earlier_runs_used(limit, most, unit, overshoot, undisturbed, tmp_path, clock):
    path = tmp_path / "journal.jsonl"

    def used(forest: Forest) -> float:
        spent = forest.spent
        return {"calls": spent.all_calls, "tokens": spent.all_tokens, "minutes": spent.elapsed / 60}[unit]

    slow = the_models(Watched(clock.tick))
    forest = run(path, some_seeds(12), slow, concurrency=3, **{limit: most})
    assert forest.stopped == limit
    assert 0.9 * most <= used(forest) <= most + overshoot
    length = len(steps_of(path))
    assert 0 < length < 72

    again = run(path, some_seeds(12), slow, concurrency=3, **{limit: most})
    assert again.stopped == limit
    assert length <= len(steps_of(path)) <= length + (3 if unit == "minutes" else 0)
    assert used(again) == pytest.approx(used(forest), abs=0.001)

    more = run(path, some_seeds(12), concurrency=3, **{limit: 100 * most})
    assert more.stopped is None
    assert steps_of(path) == steps_of(undisturbed)


def test_a_limit_that_is_just_enough_does_not_stop_the_run(tmp_path: Path) -> None:
    forest = run(tmp_path / "journal.jsonl", some_seeds(2), iterations=4, max_calls=2 * (1 + 2 * 4))
    assert (forest.stopped, len(forest.done), forest.spent.all_calls) == (None, 2, 18)


def failing(word: str, times: int, error: Exception) -> Watched:
    """Make a model that fails whenever an instruction holds a word, so many times."""
    left = [error] * times

    def fail(instruction: str) -> None:
        if word in instruction and left:
            raise left.pop()

    return Watched(fail)


@pytest.mark.parametrize(
    ("error", "times", "message"),
    [
        (KitError("the line\nis down"), 3, "the line is down"),
        (RuntimeError("CUDA error"), 3, "RuntimeError: CUDA error"),
        (ContextOverflow("it is too long"), 1, "it is too long"),
    ],
)
def test_a_seed_that_keeps_failing_is_quarantined(error, times, message, undisturbed, tmp_path):
    path = tmp_path / "journal.jsonl"
    forest = run(path, some_seeds(12), the_models(failing("number 7", times, error)))
    assert (forest.quarantined, len(forest.done)) == ({"seed-7": message}, 11)
    quarantined = [record for record in read(path) if record["type"] == "quarantined"]
    assert quarantined == [{"type": "quarantined", "id": "seed-7", "error": message}]
    assert not any('"seed-7"' in step for step in steps_of(path))

    assert len(run(path, some_seeds(12)).done) == 12, "the next run tries it again"
    assert steps_of(path) == steps_of(undisturbed)


def test_a_failure_that_passes_changes_nothing(undisturbed: Path, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    calls = itertools.count()

    def fail(_: str) -> None:
        if next(calls) % 2 == 0:
            raise KitError("busy")

    forest = run(path, some_seeds(12), the_models(Watched(fail)), concurrency=1)
    assert (forest.quarantined, next(calls)) == ({}, 2 * 72)
    assert steps_of(path) == steps_of(undisturbed)


@pytest.mark.parametrize("error", [KitError("no route to host"), InputError("unknown field `seed`")])
def test_a_run_ends_when_nothing_works_any_more(error: KitError, tmp_path: Path) -> None:
    """Or when all seeds have the same fault."""
    path = tmp_path / "journal.jsonl"
    with pytest.raises(KitError, match=f"10 seeds failed one after the other, at last with: {error}"):
        run(path, some_seeds(100), the_models(failing("number", 10_000, error)), concurrency=4)
    assert 10 <= types_of(path)["quarantined"] < 15


def test_many_faulty_seeds_do_not_end_a_run(tmp_path: Path) -> None:
    def fail(instruction: str) -> None:
        if "9" not in instruction:
            raise ContextOverflow(f"too long: {instruction}")

    forest = run(tmp_path / "journal.jsonl", some_seeds(50), the_models(Watched(fail)))
    assert (len(forest.done), len(forest.quarantined)) == (5, 45)


def test_rejected_rewrites_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    refuses = the_models(rewriter=ScriptedBackend(lambda messages, rng: "no"))
    forest = run(path, some_seeds(3), refuses)
    iterations = 5 + 4 + 3  # principles of the three categories
    assert types_of(path) == {"run": 1, "tree": 3, "node": 3, "rejected": iterations, "done": 3}
    assert forest.spent.calls == {"rewrite": iterations, "respond": 3}
    resumed = run(path, some_seeds(3), refuses)
    assert resumed.spent == forest.spent
    assert resumed.gains == forest.gains == {f"seed-{n}": 0.0 for n in range(3)}


def test_other_settings_are_refused_and_named(undisturbed: Path) -> None:
    few = ["Tone Improvement", "Hint Addition", "Factuality Enhancement"]
    for changes, named in (
        ({"search": {"exploration": 0.5}}, r"search.exploration \(0.1 and 0.5\)"),
        ({"iterations": 6, "principles": few}, r"principles.principles \(.*, search.iterations \(5 and 6\); choose"),
    ):
        with pytest.raises(InputError, match=f"was begun with other settings, there and here: {named}"):
            run(undisturbed, some_seeds(12), **changes)


PRICE = {"prompt": 1.0, "completion": 2.0}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"instruction": "Another one."}, "the seed 'seed-3' differs from that of"),
        ({"category": "Helpfulness"}, "the seed 'seed-3' differs from that of"),
        ({"id": "seed-4"}, "two seeds have the id 'seed-4'"),
    ],
)
def test_other_seeds_of_the_same_id_are_refused(change, message, undisturbed):
    seeds = some_seeds(12)
    seeds[3] = replace(seeds[3], **{"category": "Math", **change})
    with pytest.raises(InputError, match=message):
        run(undisturbed, seeds)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "seed-1", "node", "done", "x"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "type"]), inner, max_size=2),
    max_leaves=3,
)


def damaged(records: list[Record], data: st.DataObject) -> list[Record]:
    """Drop, double, swap or change a few records."""
    records = json.loads(json.dumps(records))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(records) - 1))
        other = data.draw(st.integers(0, len(records) - 1))
        match data.draw(st.sampled_from(["drop", "double", "swap", "change", "type"])):
            case "drop" if len(records) > 1:
                del records[place]
            case "double":
                records.insert(other, records[place])
            case "swap":
                records[place], records[other] = records[other], records[place]
            case "change":
                field = data.draw(st.sampled_from(sorted(records[place]) or ["type"]))
                records[place] = {**records[place], field: data.draw(JSON)}
            case "type":
                records[place] = data.draw(st.dictionaries(st.sampled_from(["type", "id"]), JSON))
    return records


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_journal_is_refused_in_one_line_or_can_be_finished(undisturbed, tmp_path_factory, data):
    """And what was finished can be read again: as trees, and for a data set."""
    lines = [record for record in read(undisturbed) if record.get("id") in (None, "seed-0", "seed-1")]
    log = Memory(damaged(lines, data))
    path = tmp_path_factory.getbasetemp() / "damaged.jsonl"
    try:
        forest = Forest(some_seeds(2), the_models(), the_settings(path), log)
        asyncio.run(forest.grow())
        assert forest.done | forest.quarantined.keys() >= {"seed-0", "seed-1"}
        assert Forest(some_seeds(2), the_models(), the_settings(path), log).done == forest.done
        path.write_text("".join(json.dumps(record) + "\n" for record in log.records()))
        assert all(isinstance(tree, Tree) and tree.nodes for tree in FinishedTrees([path]))
        best([path])
    except KitError as error:
        refusal = str(error)
        assert "\n" not in refusal


def test_own_principles_are_used(tmp_path: Path) -> None:
    pack = tmp_path / "pack.yaml"
    pack.write_text("principles: [{name: Plain Words, domain: Helpfulness, description: asking for short words.}]")
    seeds = [Seed("x", 0, "Explain inflation.", "Helpfulness", "s")]
    run(tmp_path / "journal.jsonl", seeds, pack=str(pack), iterations=3)
    assert {r["action"] for r in read(tmp_path / "journal.jsonl") if r["type"] == "node"} == {None, "Plain Words"}


def test_an_estimate_is_what_the_run_takes(tmp_path: Path, clock: Clock) -> None:
    path, seeds = tmp_path / "journal.jsonl", some_seeds(60)
    slow = the_models(Watched(clock.tick), Watched(clock.tick))
    settings = the_settings(path, concurrency=16, iterations=6, prices={"rewriter": PRICE})
    found = asyncio.run(estimate(seeds, slow, settings))
    assert not path.exists()
    assert found.categories == dict.fromkeys(CATEGORIES, 20)
    assert (found.done, found.roots, found.iterations) == (0, 60, 360)
    assert found.calls == {"rewrite": 360, "respond": 420}
    assert (found.trees_at_once, found.probe.all_results, found.probe.all_calls) == (16, 64, 112)
    prompt, completion = found.tokens["rewrite"]
    assert found.cost(settings.prices) == {"rewrite": (prompt + 2 * completion) / 1e6, "respond": 0.0}

    forest = run(path, seeds, slow, concurrency=16, iterations=6)
    assert found.seconds == pytest.approx(forest.spent.elapsed, rel=0.1)
    for purpose, tokens in forest.spent.tokens.items():
        assert found.tokens[purpose] == pytest.approx(tokens, rel=0.25)
    assert found.storage == pytest.approx(path.stat().st_size, rel=0.25)

    rest = asyncio.run(estimate(some_seeds(61), slow, settings))
    assert (rest.done, rest.roots, rest.iterations) == (60, 1, 6)
    assert rest.spent == forest.spent
    many = asyncio.run(estimate(seeds, slow, settings, count=1000))
    assert (many.done, many.roots, many.iterations, many.spent.all_results) == (0, 1000, 6000, 0)
    assert many.storage == pytest.approx(1000 / 60 * found.storage, rel=0.1)
    with pytest.raises(InputError, match="search.seed"):
        asyncio.run(estimate(seeds, slow, the_settings(path, iterations=6, search={"seed": 3})))


def test_an_estimate_tells_which_seeds_fail(tmp_path: Path) -> None:
    def found(word: str) -> Any:
        models = the_models(failing(word, 9, ContextOverflow("too long")))
        return asyncio.run(estimate(some_seeds(5), models, the_settings(tmp_path / "journal.jsonl")))

    assert found("number 3").failed == {"seed-3": "too long"}
    with pytest.raises(KitError, match="all 4 seeds of the probe failed, the first one with: too long"):
        found("number")
