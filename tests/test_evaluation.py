"""Evaluations from recipe to report: scripted models, the tiny one, a judge that answers garbage, kills."""

import asyncio
import json
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import evaluations
import pytest
import yaml
from evaluations import RECIPE, TOPICS, Record, counts, figures, records, reported, run, settings
from faulty_server import Server, in_thread
from scripted import write_rows
from tiny import REFINED

from p_aligner.cli import main
from p_aligner.errors import InputError, KitError
from p_aligner.evaluation.evaluate import evaluate, finished, plan
from p_aligner.store import journal


folder = evaluations.folder


# Runs


def test_the_report_counts_what_the_journal_holds(folder: Path) -> None:
    found, page = reported(systems=[{"refiner": ["normal", "P-Aligner"]}])
    said = {record["key"]: record for record in records()}
    assert counts() == {"refine": 12, "respond": 24, "judge": 24}
    for row in found["outcomes"]:
        assert (row["judged"], row["win"] + row["tie"] + row["lose"]) == (12, 12)
    verdicts = Counter(record["candidate_first"] for record in said.values() if record["type"] == "judge")
    assert sum(row["win"] for row in found["outcomes"]) == verdicts[1]
    assert sum(row["lose"] for row in found["outcomes"]) == verdicts[-1]
    normal, refined = found["averages"]
    assert normal["method"] == "normal"
    assert refined["how"] == "one benchmark"
    assert normal["interval"][0] < normal["win_rate"] < normal["interval"][1]
    (cost,) = found["cost"]
    assert (cost["method"], cost["calls"]["value"], cost["is_end_to_end"]) == ("P-Aligner", 1.0, True)
    drift = {row["method"]: row for row in found["drift"]}
    assert drift["P-Aligner"]["changed"] == {"value": 1.0, "n": 12, "interval": [0.7575, 1.0]}
    assert drift["P-Aligner"]["content_words_kept"]["value"] == 1.0

    for section in ("# Evaluation", "the command", "## Win, tie, lose (Table 2)", "## Cost (Table 4)", "## Drift"):
        assert section in page
    assert "| talker | P-Aligner |" in page
    assert json.loads((folder / "run/report.json").read_text()) == json.loads(json.dumps(found))
    assert {path.name for path in (folder / "run").iterdir()} == {
        *("journal.jsonl", "report.json", "report.md"),
        *("outcomes.png", "drift.png", "saturation.png"),
    }


def test_equal_work_is_done_once_and_changed_settings_redo_only_what_depends_on_them(folder: Path) -> None:
    found = run()
    before = counts()
    # Two of the twelve refinements are the same of both refiners.
    assert before == {"refine": 24, "respond": 34, "judge": 34}
    assert figures(run()) == figures(found)
    assert counts() == before

    twice = {**RECIPE["refiners"], "again": RECIPE["refiners"]["P-Aligner"]}
    run(refiners=twice, systems=[{"refiner": ["normal", "P-Aligner", "chat", "again"]}])
    assert counts() == before

    run(judges={**RECIPE["judges"], "scores": {"judge": "reward", "reward": {"reward": "scripted"}}})
    assert counts() - before == {"judge": 34}
    run(seed=1)  # other draws of answers, so other verdicts
    assert (counts()["refine"], counts()["respond"]) == (24, 68)


def test_a_refiner_applied_again_is_a_curve_and_adds_up_its_cost(folder: Path) -> None:
    found, _ = reported(systems=[{"refiner": "P-Aligner", "times": [1, 2, 3]}])
    assert [row["times"] for row in found["iterations"]] == [1, 2, 3]
    assert counts()["refine"] == 36
    assert [row["calls"]["value"] for row in found["cost"]] == [1, 2, 3]
    growths = [row["growth"]["value"] for row in found["drift"]]
    assert growths == sorted(growths)
    assert growths[0] < growths[-1]
    assert (folder / "run/iterations.png").stat().st_size > 5000


def test_best_of_n_takes_the_answer_that_the_reward_model_likes_best(folder: Path) -> None:
    best: Record = {"reward": {"reward": "scripted"}, "systems": [{"refiner": "normal", "best_of_n": 4}]}
    assert run(**best)["outcomes"][0]["model"] == "talker w/ best of 4"
    known = {record["key"]: record for record in records()}
    picks = [record for record in known.values() if record["type"] == "pick"]
    assert len(picks) == 12
    assert len({record["picked"] for record in picks}) > 1
    assert all(record["scores"][record["picked"]] == max(record["scores"]) for record in picks)
    study = finished(settings(**best))
    for item in study.items:
        request = study.request(study.systems[0], item)
        picked = known[study.pick_key(request, item)]["picked"]
        assert study.answer(study.systems[0], item).text == known[request.key]["responses"][picked]


def test_urial_puts_its_examples_before_the_instruction(folder: Path) -> None:
    (folder / "prefix.txt").write_text("# Query:\n```\nhi\n```\n\n# Answer:\n```\nhello\n```\n")
    server = Server()
    with in_thread(server):
        run(
            responders={"talker": {"backend": "endpoint", "model": "m", "base_url": server.url}},
            systems=[{"urial": "prefix.txt"}],
            judges={"longer": {"judge": "longer"}},
        )
    sent = {request["messages"][-1]["content"] for request in server.requests}
    tail = "```\nhello\n```\n\n# Query:\n```\nExplain inflation to me.\n```\n\n# Answer:\n```\n"
    assert any(text.endswith(tail) and text.startswith("# Query:\n```\nhi") for text in sent)


def test_a_file_of_refinements_is_matched_by_text_and_what_it_lacks_is_said(folder: Path) -> None:
    took = {"calls": 41, "tokens": 900, "seconds": 60.0, "run_seconds": 2.5}
    asked = {topic: f"Explain {topic} to me." + " " * (topic == "jazz") for topic in TOPICS[:10]}
    refined = {topic: f"Explain {topic} to me{' in detail' * (topic != 'rye')}." for topic in asked}
    rows = [{"instruction": asked[topic], "refined_instruction": refined[topic], **took} for topic in asked]
    write_rows(folder / "best.jsonl", rows)
    searched: Record = {
        "refiners": {**RECIPE["refiners"], "search": {"refiner": "file", "path": "best.jsonl", "is_free": True}},
        "systems": [{"refiner": ["normal", "search"]}],
    }
    found, page = reported(**searched)
    assert not any(stage.left for stage in plan(settings(**searched)).stages.values())
    (drift,) = found["drift"]
    assert (drift["instructions"], drift["missing"], drift["changed"]["value"]) == (10, 2, 0.9)
    (cost,) = found["cost"]
    assert (cost["ms"], cost["calls"]["value"], cost["tokens"]["value"]) == (2500.0, 41.0, 900.0)
    assert (cost["is_free"], cost["is_local"], cost["is_end_to_end"]) == (True, None, False)
    (row,) = [row for row in found["outcomes"] if row["method"] == "search"]
    assert (row["judged"], row["missing"]) == (10, {"no refinement": 2})
    assert found["strategies"] == []  # there is no other search
    two = {**searched["refiners"], "other": searched["refiners"]["search"]}
    found, _ = reported(refiners=two, systems=[{"refiner": ["normal", "search", "other"]}])
    assert [row["method"] for row in found["strategies"]] == ["normal", "search", "other"]
    assert "10 (2 missing)" in page


def test_a_file_whose_costs_are_no_numbers_is_told_before_a_model_is_asked(folder: Path) -> None:
    write_rows(folder / "best.jsonl", [{"instruction": "a", "refined_instruction": "b", "seconds": None}])
    with pytest.raises(InputError, match="row 1 of best.jsonl has seconds None: give a number"):
        run(refiners={"search": {"refiner": "file", "path": "best.jsonl"}}, systems=[{"refiner": "search"}])


def test_a_budget_ends_the_run_and_a_higher_one_goes_on(folder: Path) -> None:
    outcome = evaluate(settings(max_calls=30))
    assert outcome.stopped == "max_calls"
    assert sum(record.get("calls", 0) for record in records()) == 30
    outcome = evaluate(settings(max_tokens=1))
    assert (outcome.stopped, outcome.fresh) == ("max_tokens", 0)
    assert figures(run(max_calls=60)) == figures(run(out="other"))


def test_a_plan_says_what_the_run_takes_and_writes_nothing(folder: Path) -> None:
    wanted = settings(systems=[{"refiner": ["normal", "P-Aligner", "chat"]}, {"refiner": "chat", "times": 2}])
    found = plan(wanted)
    assert not (folder / "run").exists()
    left = {name: (stage.left, stage.calls) for name, stage in found.stages.items()}
    assert left == {"refine": (36, 36), "respond": (48, 48), "judge": (48, 0), "overhead": (0, 0)}
    evaluate(wanted)
    assert counts() == {"refine": 36, "respond": 46, "judge": 46}  # two refinements were the same
    spent = [sum(record["usage"][kind] for record in records() if "usage" in record) for kind in (0, 1)]
    assert found.tokens == [pytest.approx(tokens, rel=0.3) for tokens in spent]
    again = plan(wanted)
    assert (again.calls, again.probe.all_calls, again.spent.all_calls) == (0, 0, 82)


class Clock:
    """Stands where a run looks at the time and where its calls take some: those made at once end at once."""

    now = 0.0

    def perf_counter(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        end = self.now + seconds
        await asyncio.sleep(0)
        self.now = max(self.now, end)


def test_overhead_is_measured_by_the_number_of_queries(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("p_aligner.evaluation.run.time", clock)
    monkeypatch.setattr("p_aligner.runtime.scripted.asyncio", clock)
    slow = {"backend": "scripted", "seconds": 0.02}
    found, page = reported(
        responders={"talker": slow},
        refiners={"P-Aligner": {"refiner": "p-aligner", "model": slow}},
        systems=[{"refiner": "P-Aligner"}],
        overhead={"sizes": [1, 10, 100], "repeats": 2},
    )
    one, ten = found["overhead"]
    assert (one["queries"], ten["queries"], ten["repeats"]) == (1, 10, 2)
    for row, ms in ((one, 20), (ten, 2)):
        assert row["normal"]["ms_per_query"] == {"median": ms, "range": [ms, ms], "n": 2}
        assert row["refined"]["ms_per_query"] == {"median": 2 * ms, "range": [2 * ms, 2 * ms], "n": 2}
        assert row["overhead"]["median"] == 1
    assert "## Overhead (Figure 7)" in page


def test_refining_by_backend_is_what_the_pipeline_does(refine: Any, tiny: str, folder: Path) -> None:
    texts = [*REFINED, "tell me about the number 7", "tell me about the number 8"]
    write_rows(folder / "rows.jsonl", [{"instruction": text} for text in texts])
    run(
        benchmarks={"rows": {"path": "rows.jsonl"}},
        responders={},
        judges={},
        refiners={"P-Aligner": {"refiner": "p-aligner", "model": {"backend": "transformers", "model": tiny}}},
        systems=[{"refiner": "P-Aligner"}],
    )
    mine = {record["instruction"]: record for record in records() if record["type"] == "refine"}
    for record in refine(texts, batch_size=24):
        own = mine[record["instruction"]]
        text = record["instruction"]
        assert own["refined_instruction"] == record["refined_instruction"] == REFINED.get(text, text)
        assert (own["reason"] is None) == (record["reason"] is None)


# Servers


class Referee(Server):
    """A server that judges: the answer with "good" in it wins; now and then it says something else."""

    def __init__(self, *plan: Any, garbage: float) -> None:
        super().__init__(*plan, say=self.judge)
        self.garbage = garbage
        self.rng = random.Random(0)
        self.refused = 0

    def judge(self, request: Record, place: int) -> str:
        if self.rng.random() < self.garbage:
            self.refused += 1
            return self.rng.choice(["", "[[A>B]] or [[B>A]]?", "I cannot decide.", "[[C]]", "\ud83d\n[[A>>"])
        first = request["messages"][-1]["content"].partition("[Answer A")[2].partition("[Answer B")[0]
        return "I think\n[[A>B]]" if "good" in first else "I think\n[[B>A]]"


def test_a_judge_that_talks_garbage_is_counted_apart_and_never_as_a_tie(folder: Path) -> None:
    rows = [{"instruction": f"Tell {n}.", "reference": "poor" if n % 4 else "good"} for n in range(120)]
    write_rows(folder / "open.jsonl", rows)
    asked = [row["instruction"] for row in rows]
    write_rows(folder / "best.jsonl", [{"instruction": a, "refined_instruction": f"{a} good"} for a in asked])
    talker, referee = Server(), Referee(503, "cut", garbage=0.3)
    with in_thread(talker), in_thread(referee):
        judge = {"backend": "endpoint", "model": "j", "base_url": referee.url, "backoff_s": 0.001, "timeout_s": 5}
        responder = {"backend": "endpoint", "model": "m", "base_url": talker.url}
        found = run(
            responders={"talker": responder},
            refiners={"good": {"refiner": "file", "path": "best.jsonl"}},
            systems=[{"refiner": ["good", "normal"]}],
            judges={"referee": {"judge": "llm", "backend": judge}},
        )
    good, normal = found["outcomes"]
    # The answer repeats the instruction: refined, it holds "good" and meets a reference that does so in one of four.
    for row in (good, normal):
        assert row["judged"] + row["unparsable"] == 120
        assert 30 < row["unparsable"] < 90  # one of two verdicts: 1 - 0.7 ** 2 = 51 %
    assert good["lose"] == 0
    assert good["tie"] == pytest.approx(good["judged"] / 4, abs=8)  # both good: the first shown wins each time
    assert normal["win"] == 0
    assert re.search(r"referee: \d+ of 240 judgements cannot be read", str(found["notes"]))
    assert len(referee.requests) == 2 * 240 + 2
    assert len(talker.requests) == 240
    journaled = [record for record in records() if record["type"] == "judge"]
    garbled = sum((r["candidate_first"] is None) + (r["candidate_second"] is None) for r in journaled)
    assert garbled == referee.refused


def test_a_server_that_is_gone_ends_the_run_and_what_it_gave_is_kept(folder: Path) -> None:
    class Dying(Server):
        async def _answer(self, reader: Any, writer: Any, path: str, request: Record, fault: Any) -> bool:
            return await super()._answer(reader, writer, path, request, 500 if len(self.requests) > 8 else fault)

    server = Dying()
    responder = {"backend": "endpoint", "model": "m", "backoff_s": 0.001, "retries": 1, "concurrency": 1}
    with in_thread(server):
        responder["base_url"] = server.url
        with pytest.raises(KitError, match="failed one after the other"):
            run(responders={"talker": responder})
    assert counts()["respond"] == 8
    healthy = Server()
    with in_thread(healthy):
        run(responders={"talker": {**responder, "base_url": healthy.url}})
    assert len(healthy.requests) == 34 - 8


# Interruptions


SLOW: Record = {
    **RECIPE,
    "responders": {"talker": {"backend": "scripted", "seconds": 0.05}},
    "refiners": {"P-Aligner": {"refiner": "p-aligner", "model": {"backend": "scripted", "seconds": 0.05}}},
    "systems": [{"refiner": ["normal", "P-Aligner"]}],
    "judges": {"talk": {"judge": "llm", "backend": {"backend": "scripted", "seconds": 0.05}}},
    "concurrency": 3,
}
MAIN = "import sys; from p_aligner.cli import main; sys.exit(main())"


def killed_at(folder: Path, stage: str, count: int) -> None:
    """Start the command, kill it when the journal holds so many results of a stage."""
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, "evaluate", "slow.yaml"], cwd=folder, stderr=subprocess.DEVNULL
    )
    path, deadline = folder / "run/journal.jsonl", time.monotonic() + 90
    try:
        while not (path.exists() and path.read_bytes().count(f'"type": "{stage}"'.encode()) >= count):
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


@pytest.mark.slow
def test_a_run_that_is_killed_in_every_stage_goes_on_where_it_was(folder: Path) -> None:
    """What comes of it is what a run gives that nobody disturbed; `test_faults.py` kills without looking at stages."""
    (folder / "slow.yaml").write_text(yaml.safe_dump(SLOW), encoding="utf-8")
    for stage, count in {"refine": 4, "respond": 5, "judge": 5}.items():
        before = counts()[stage] if (folder / "run/journal.jsonl").exists() else 0
        killed_at(folder, stage, before + count)
    found = run(**SLOW)
    assert counts() == {"refine": 12, "respond": 24, "judge": 24}
    assert len({record["key"] for record in records()}) == 60
    assert figures(found) == figures(run(**{**SLOW, "out": "other"}))


def test_a_second_run_of_the_same_folder_is_refused(folder: Path) -> None:
    with journal.Journal(folder / "run/journal.jsonl"), pytest.raises(InputError, match="another process is writing"):
        run()


@pytest.mark.parametrize("line", ['{"type": "refine"}', '{"no": "type"}', '{"type": "timing"}', '{"type": {}}'])
def test_a_journal_of_something_else_is_refused_in_one_line(line: str, folder: Path) -> None:
    (folder / "run").mkdir()
    (folder / "run/journal.jsonl").write_text(line + "\n")
    with pytest.raises(InputError, match="record 1 of the journal (lacks|cannot be read)"):
        run()


# The command


@pytest.fixture
def command(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    (folder / "recipe.yaml").write_text(yaml.safe_dump(RECIPE), encoding="utf-8")

    def call(*arguments: str) -> Any:
        capsys.readouterr()
        status = main(["evaluate", *arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def test_the_command_plans_runs_and_says_where_the_report_is(command: Any, folder: Path) -> None:
    status, said, _ = command("recipe.yaml", "--plan", "--max_calls", "40")
    assert status == 0
    assert "refine    at most 24 left, 24 calls" in said
    assert "max_calls is 40: the run will end before all is done" in said
    status, said, errors = command("recipe.yaml", "--output", "here", "--max_calls", "40")
    assert status == 1
    assert "stopped by max_calls, 40 new results are kept" in errors
    status, said, errors = command("recipe.yaml", "--output", "here")
    assert status == 0
    assert "longer wins: P-Aligner (talker)" in said
    assert said.endswith("report: here/report.md\n")
    assert "respond: talker: 18 of 18" in errors  # 16 were there
    assert "p-aligner evaluate recipe.yaml --out here" in (folder / "here/report.md").read_text()
    assert command()[0] == 2
    assert "there is no recipe" in command()[2]
    assert "add --pairs" in command("recipe.yaml", "--count", "3")[2]
