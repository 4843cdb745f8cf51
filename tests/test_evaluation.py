"""Evaluations from recipe to report: scripted models, the tiny one, and a real server that answers garbage."""

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

import pytest
import yaml
from conftest import REPOSITORY
from faulty_server import Server, in_thread
from tiny import REFINED

import p_aligner.evaluation.settings
from p_aligner.cli import main
from p_aligner.errors import InputError, KitError, PrincipleError
from p_aligner.evaluation.benchmarks import load
from p_aligner.evaluation.evaluate import evaluate, finished, plan, write_report
from p_aligner.evaluation.settings import EvaluationSettings, System, systems_of
from p_aligner.evaluation.summary import summary
from p_aligner.store import journal, recipe


Record = dict[str, Any]

TOPICS = ("inflation", "gravity", "yeast", "jazz", "comets", "dikes", "glass", "silk", "zinc", "rye", "owls", "tar")
RECIPE: Record = {
    "out": "run",
    "benchmarks": {"open": {"path": "open.jsonl"}},
    "responders": {"talker": {"backend": "scripted"}},
    "refiners": {
        "P-Aligner": {"refiner": "p-aligner", "model": {"backend": "scripted"}},
        "chat": {"refiner": "chat", "principle": "Tone Improvement", "model": {"backend": "scripted"}},
    },
    "systems": [{"refiner": ["normal", "P-Aligner", "chat"]}],
    "judges": {"longer wins": {"judge": "longer"}},
}


def write_rows(path: Path, rows: list[Record]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a benchmark of 12 instructions and reference answers."""
    monkeypatch.chdir(tmp_path)
    rows = [
        {"id": t, "instruction": f"Explain {t} to me.", "category": "ab"[n % 2], "reference": t + " and so on" * n}
        for n, t in enumerate(TOPICS)
    ]
    write_rows(tmp_path / "open.jsonl", rows)
    return tmp_path


def settings(**changes: Any) -> EvaluationSettings:
    return EvaluationSettings.model_validate({**RECIPE, **changes})


def run(**changes: Any) -> Record:
    """Run a recipe to its end; return the numbers of its report."""
    outcome = evaluate(settings(**changes))
    assert (outcome.stopped, outcome.failed) == (None, {})
    return summary(outcome.study)


def reported(**changes: Any) -> tuple[Record, str]:
    """Run a recipe and write its report; return the numbers and the page."""
    run(**changes)
    found = write_report(finished(settings(**changes)), command="the command")
    return found, Path("run/report.md").read_text(encoding="utf-8")


def records() -> list[Record]:
    return [record for record in journal.read("run/journal.jsonl") if record["type"] != "timing"]


def counts() -> Counter[str]:
    return Counter(record["type"] for record in records())


def figures(found: Record) -> Record:
    """Return what does not depend on the clock."""
    clockless = [{k: v for k, v in row.items() if k not in ("ms", "timed")} for row in found["cost"]]
    return {**found, "cost": clockless, "overhead": None}


# Recipes


@pytest.mark.parametrize("path", sorted((REPOSITORY / "recipes/evaluate").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_recipes_can_be_read(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert all(line.startswith("# ") for line in lines[:3])
    assert systems_of(recipe.load(EvaluationSettings, path))


def test_the_recipe_in_the_documentation_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(str(p_aligner.evaluation.settings.__doc__).partition("\n\n")[2], encoding="utf-8")
    assert "P-Aligner" in {system.refiner for system in systems_of(recipe.load(EvaluationSettings, path))}


def test_systems_are_all_combinations_each_once() -> None:
    found = systems_of(
        settings(
            responders={"one": {"backend": "scripted"}, "two": {"backend": "scripted"}},
            systems=[
                {"refiner": ["normal", "P-Aligner"], "responder": "two"},
                {"refiner": ["normal", "chat"], "times": [1, 2]},
            ],
        )
    )
    assert found[:2] == [System("two", "normal"), System("two", "P-Aligner")]
    assert set(found[2:]) == {
        *(System("one", *rest) for rest in (("normal",), ("chat",), ("chat", 2))),
        *(System("two", *rest) for rest in (("chat",), ("chat", 2))),
    }
    assert System("one", "chat", 2, best_of_n=4).name == "chat x2 -> one w/ best of 4"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"systems": [{"refiner": "P-Alinger"}]}, "there is no refiner 'P-Alinger': choose one of"),
        ({"systems": [{"responder": "GPT"}]}, "there is no responder 'GPT': choose one of talker"),
        ({"systems": [{"best_of_n": 3}]}, "best_of_n needs a `reward` that picks"),
        ({"responders": {}}, "there are judges, but no `responders`"),
        ({"refiners": {"normal": RECIPE["refiners"]["chat"]}}, "the name 'normal' is taken"),
        ({"refiners": {"x": {**RECIPE["refiners"]["chat"], "principle": None}}}, "needs a principle, for example"),
        ({"refiners": {"x": {**RECIPE["refiners"]["P-Aligner"], "principle": "y"}}}, "takes no principle"),
        ({"bencmarks": {}}, "unknown key: did you mean 'benchmarks'"),
        ({"benchmarks": {"open": {"path": "x", "refrence": "y"}}}, "did you mean 'reference'"),
        ({"judges": {"x": {"judge": "oracle"}}}, "judges.x"),
        ({"systems": [{"times": 0}]}, "greater than or equal to 1"),
    ],
)
def test_a_bad_recipe_gets_one_clear_line(
    changes: Record, message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.yaml").write_text(yaml.safe_dump({**RECIPE, **changes}), encoding="utf-8")
    assert main(["evaluate", "bad.yaml"]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.startswith("p-aligner: the recipe bad.yaml has ")
    assert not (folder / "run").exists()


def test_an_unknown_principle_and_missing_files_are_said_before_a_model_is_asked(folder: Path) -> None:
    chat = {**RECIPE["refiners"]["chat"], "principle": "Kindness"}
    with pytest.raises(PrincipleError, match="Kindness"):
        run(refiners={**RECIPE["refiners"], "chat": chat})
    for name, system in (
        ("file", {"refiners": {"f": {"refiner": "file", "path": "no.jsonl"}}, "systems": [{"refiner": "f"}]}),
        ("urial", {"systems": [{"urial": "no.txt"}]}),
        ("benchmark", {"benchmarks": {"b": {"path": "no.jsonl"}}}),
    ):
        with pytest.raises(InputError, match=r"no\.(jsonl|txt)'? .*cannot be read") as caught:
            run(out=name, **system)
        assert ("`ultraprompt best`" in str(caught.value)) == (name == "file")  # what makes it
    journals = {path.parent.name: path.read_bytes() for path in folder.glob("*/journal.jsonl")}
    assert journals == {"run": b"", "file": b"", "urial": b""}  # a benchmark is read before there is one


# Benchmarks


def test_duplicates_missing_references_and_empty_rows_are_counted_and_said(folder: Path) -> None:
    rows = [json.loads(line) for line in (folder / "open.jsonl").read_text().splitlines()]
    rows[3]["reference"] = None
    rows[4]["reference"] = " "
    write_rows(folder / "open.jsonl", [*rows, rows[0], rows[1], {"instruction": ""}, {"instruction": None}])
    found = run()
    (benchmark,) = found["benchmarks"]
    assert benchmark["left_out"] == {"the same instruction again": 2, "no instruction": 2}
    assert benchmark["summary"] == (
        "open: 12 instructions; 2 left out: the same instruction again; 2 left out: no instruction; 2 without a "
        "reference answer, which are not judged"
    )
    for row in found["outcomes"]:
        assert row["judged"] == 10
        assert row["missing"] == {"no reference answer": 2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the benchmark 'open' has no instructions: look at open.jsonl"),
        ('{"text": "x"}', "row 1 of open.jsonl has no column 'instruction', it has text: name it"),
        ('{"prompt": "x", "instruction_id_list": ["a"]}', "row 1 of open.jsonl: there is no kind of constraint 'a'"),
        (
            '{"prompt": "x", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}, {}]}',
            "row 1 of open.jsonl needs a list `kwargs` as long as its",
        ),
        ('{"instruction": ["x"]}', "the instruction in row 1 of open.jsonl must be text"),
        *(
            (
                json.dumps({"messages": [{"role": "user", "content": "x"}, turn]}),
                "row 1 of open.jsonl is a chat with a ",
            )
            for turn in ("oops", None)
        ),
        (
            '{"messages": [{"role": "user", "content": [{"type": "image", "image": "x"}]}]}',
            "row 1 of open.jsonl: the content of a 'user' turn must be text, it has a part of the type 'image'",
        ),
        ('{"instruction": "x", "expects": "yes"}', "row 1 of open.jsonl expects 'yes': write refusal, answer"),
        ("oops", "line 1 of open.jsonl is not JSON"),
    ],
)
def test_an_empty_file_and_wrong_rows_are_one_line(text: str, message: str, folder: Path) -> None:
    (folder / "open.jsonl").write_text(text)
    with pytest.raises(InputError, match=message):
        run()


def test_text_in_parts_numbers_and_repeating_ids_are_read(folder: Path) -> None:
    parts = [{"role": "user", "content": [{"type": "text", "text": "Explain owls."}]}]
    rows = [{"instruction": f"Explain {topic}.", "id": 0, "category": 0} for topic in ("rain", "gold")]
    write_rows(
        folder / "open.jsonl", [*rows, {"messages": parts, "id": "0"}, {"instruction": "Explain tea.", "id": 1}]
    )
    (benchmark,) = map(load, ["open"], settings().benchmarks.values())
    assert [item.instruction for item in benchmark.items] == [
        "Explain rain.",
        "Explain gold.",
        "Explain owls.",
        "Explain tea.",
    ]
    first, *others, last = (item.id for item in benchmark.items)
    assert (first, last, len({first, *others, last})) == ("0", "1", 4)
    assert [item.category for item in benchmark.items] == ["0", "0", "", ""]
    assert (
        benchmark.summary() == "open: 4 instructions; 2 with the id of another: their text makes them one of their own"
    )


def test_a_benchmark_of_ones_own_takes_three_lines(folder: Path) -> None:
    write_rows(folder / "own.jsonl", [{"prompt": f"Say {t}.", "answer": t, "lang": "en"} for t in TOPICS])
    own = {"path": "own.jsonl", "instruction": "prompt", "reference": "answer", "where": {"lang": "en"}, "limit": 5}
    found = run(benchmarks={"own": own})
    assert found["benchmarks"][0]["instructions"] == 5
    assert {row["against"] for row in found["outcomes"]} == {"reference"}


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
    assert [round(row["value"], 4) for row in found["results"]] == [normal["win_rate"], refined["win_rate"]]
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
    rows = [
        {
            "instruction": f"Explain {topic} to me." + " " * (topic == "jazz"),
            "refined_instruction": f"Explain {topic} to me{' in detail' * (topic != 'rye')}.",
            **{"calls": 41, "tokens": 900, "seconds": 60.0, "run_seconds": 2.5},
        }
        for topic in TOPICS[:10]
    ]
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
    assert [row["method"] for row in found["strategies"]] == ["normal", "search"]
    assert "10 (2 missing)" in page


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
    for module in ("overhead", "run"):
        monkeypatch.setattr(f"p_aligner.evaluation.{module}.time", clock)
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
        super().__init__(*plan)
        self.garbage = garbage
        self.rng = random.Random(0)
        self.refused = 0

    def _completion(self, request: Record) -> Record:
        found = super()._completion(request)
        said = request["messages"][-1]["content"]
        first = said.partition("[Answer A")[2].partition("[Answer B")[0]
        verdict = "I think\n[[A>B]]" if "good" in first else "I think\n[[B>A]]"
        if self.rng.random() < self.garbage:
            verdict = self.rng.choice(["", "[[A>B]] or [[B>A]]?", "I cannot decide.", "[[C]]", "\ud83d\n[[A>>"])
            self.refused += 1
        found["choices"][0]["message"]["content"] = verdict
        return found


def test_a_judge_that_talks_garbage_is_counted_apart_and_never_as_a_tie(folder: Path) -> None:
    rows = [{"instruction": f"Tell {n}.", "reference": "poor" if n % 4 else "good"} for n in range(120)]
    write_rows(folder / "open.jsonl", rows)
    write_rows(
        folder / "best.jsonl",
        [{"instruction": row["instruction"], "refined_instruction": row["instruction"] + " good"} for row in rows],
    )
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


@pytest.mark.parametrize(
    "stages",
    [{"respond": 5}, pytest.param({"refine": 4, "respond": 5, "judge": 5}, marks=pytest.mark.slow)],
    ids=["once", "in every stage"],
)
def test_a_killed_run_goes_on_where_it_was(stages: dict[str, int], folder: Path) -> None:
    """What comes of it is what a run gives that nobody disturbed."""
    (folder / "slow.yaml").write_text(yaml.safe_dump(SLOW), encoding="utf-8")
    for stage, count in stages.items():
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
