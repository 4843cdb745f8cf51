"""The studies: their arithmetic on worlds counted by hand, their steps, and one of them killed and resumed."""

import asyncio
import importlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import REPOSITORY
from curation import REJECTION
from enumeration import Enumerator
from finite import divergence, gap, gibbs, mean, normalised, total_variation
from hacking import all_ways, measure
from principles import Edge, by_chat, by_template, judge
from saturation import Chance, by_iteration, leave_alone
from steps import HEAD, SAMPLE, SEARCH, GrownTree, begin, figures, kind_of, once, outcomes, table, trees

import p_aligner
from p_aligner import world
from p_aligner.backends import ScriptedBackend
from p_aligner.errors import InputError, KitError
from p_aligner.journal import read
from p_aligner.jsonl import dump_row
from p_aligner.principles import Principle
from p_aligner.prompts import render_refined
from p_aligner.recipe import load
from ultraprompt.forest import SynthesisSettings


def drawn(rng: random.Random, size: int) -> list[float]:
    return normalised([rng.random() ** 3 for _ in range(size)])


# The closed form and its bound


def test_gibbs_is_what_maximises_reward_less_kl() -> None:
    rng = random.Random(0)
    for _ in range(50):
        reference, rewards, lam = drawn(rng, 5), [rng.random() for _ in range(5)], rng.uniform(0.02, 2)

        def objective(
            p: list[float], reference: list[float] = reference, rewards: list[float] = rewards, lam: float = lam
        ) -> float:
            return mean(p, rewards) - lam * divergence(p, reference)

        best = gibbs(reference, rewards, lam)
        assert sum(best) == pytest.approx(1)
        for _ in range(20):
            step, other = rng.random(), drawn(rng, 5)
            nearby = [(1 - step) * p + step * q for p, q in zip(best, other, strict=True)]
            assert objective(nearby) <= objective(best) + 1e-12


def test_gibbs_goes_from_the_reference_to_the_best_and_never_overflows() -> None:
    reference, rewards = [0.6, 0.3, 0.1, 0.0], [0.1, 0.2, 0.9, 5.0]
    assert gibbs(reference, rewards, 1e9) == pytest.approx(reference)
    assert gibbs(reference, rewards, 1e-6) == pytest.approx([0, 0, 1, 0])


def test_the_gap_is_never_above_its_bound() -> None:
    rng = random.Random(1)
    texts = [f"answer {number}" for number in range(6)]
    reached = []
    for _ in range(300):
        rewards = {text: rng.random() for text in texts}
        answers = [dict(zip(texts, drawn(rng, 6), strict=True)) for _ in range(4)]
        raw = dict(zip(texts, drawn(rng, 6), strict=True))
        found = gap(drawn(rng, 4), answers, raw, rewards, lam=rng.choice([0.01, 0.1, 1.0, 10.0]))
        assert found.gap <= found.bound + 1e-12
        assert found.gap == pytest.approx(found.tuned - found.prompter)
        reached.append(found.gap)
    assert min(reached) < 0 < max(reached)  # a prompter may do better than RLHF, whose reference is the raw wording


def test_a_gap_by_hand() -> None:
    """One wording only, whose answer is always right; the raw one is answered right in half of the cases."""
    found = gap([1.0], [{"right": 1.0}], {"right": 0.5, "wrong": 0.5}, {"right": 1.0, "wrong": 0.0}, lam=1e9)
    assert found == pytest.approx((1.0, 0.5, -0.5, 0.5, 0.0))
    assert total_variation({"right": 1.0}, {"right": 0.5, "wrong": 0.5}) == 0.5


def test_answers_are_enumerated_with_their_probabilities() -> None:
    chat = [{"role": "user", "content": "What is 7+5-3?"}]
    model = Enumerator(p_aligner.miniature("responder"), temperature=0.7)
    said = model.answers(chat, 0.05)
    assert len(said) > 1
    assert 0.5 < sum(each.probability for each in said) <= 1
    assert all(each.probability >= 0.05 for each in said)
    assert model.probabilities(chat, [each.tokens for each in said]) == pytest.approx(
        [each.probability for each in said], rel=1e-3
    )
    assert {each.tokens for each in model.answers(chat, 0.2)} == {e.tokens for e in said if e.probability >= 0.2}


# What rewards choose


def test_the_ways_to_make_a_reward() -> None:
    raw = {"small 1": 0.0, "small 2": 2.0, "small 3": -2.0, "embedded": 1.0}
    ways = all_ways()
    low, high = 0.1192029, 0.8807971
    assert ways["one small model"](raw, "a b") == pytest.approx(0.5)
    assert ways["its raw score"](raw, "a b") == 0.0
    assert ways["its log-sigmoid"](raw, "a b") == pytest.approx(-0.6931472)
    assert ways["its raw score, less length"](raw, "a b") == pytest.approx(-0.02)
    assert ways["mean of three"](raw, "") == pytest.approx(0.5)
    assert ways["minimum of three"](raw, "") == pytest.approx(low)
    deviation = ((high - 0.5) ** 2 * 2 / 3) ** 0.5
    assert ways["mean - std of three"](raw, "") == pytest.approx(0.5 - deviation)
    assert ways["mean - 3 std of three"](raw, "") == pytest.approx(0.5 - 3 * deviation)


def made_tree(*marks: tuple[float, float]) -> GrownTree:
    nodes = [
        {"instruction": f"node {number}", "reward": reward, "gold": gold, "responses": ["two words"], "parent": 0}
        for number, (reward, gold) in enumerate(marks)
    ]
    return GrownTree("a", "node 0", "fact", nodes)


def test_a_gamed_reward_shows() -> None:
    """The more nodes there are to choose from, the higher the score of the choice, and the lower its gold."""
    grown = [made_tree((0.2, 0.5), (0.4, 0.9), (0.9, 0.1))]
    found = measure(grown, [[[0.2], [0.4], [0.9]]])
    assert [(point["score"], point["gold"]) for point in found["curve"][:3]] == [(0.2, 0.5), (0.4, 0.9), (0.9, 0.1)]
    assert (found["gold"], found["best gold in the trees"]) == (0.1, 0.9)
    assert found["choices below the raw wording"] == 1
    assert found["words of an answer"] == 2
    assert [row["gold"] for row in by_iteration(grown)] == pytest.approx([0, 0.4, -0.4])


def test_leaving_alone_is_calibrated_on_the_reward_alone() -> None:
    """What is good already gains nothing and loses gold; the others gain: the threshold lies between them."""
    good = [Chance(0.9 + number / 1000, 0.9 + number / 1000, 1.0, 0.8) for number in range(50)]
    poor = [Chance(0.1 + number / 1000, 0.8, 0.2, 0.9) for number in range(50)]
    found = leave_alone([*good, *poor], keep=1.0)
    assert 0.1 < found["threshold"] <= 0.9
    assert found["gain in reward kept"] > 0.95
    assert found["losses"] < found["losses without threshold"]
    everything = leave_alone([*good, *poor], keep=0.0)
    assert everything["left alone"] > 0.99


# Principles


def edge(category: str, action: str, reward: float, number: int, sentence: str) -> Edge:
    before = f"What is the river of town {number}?"
    kind = {"Math": "arithmetic", "Helpfulness": "fact"}[category]
    return Edge(kind, action, before, f"{before} {sentence}", reward, reward / 2)


def test_proposals_are_the_sentences_that_gain_most() -> None:
    known = [edge("Math", "Hint Addition", 0.5, number, "Show each step.") for number in range(6)]
    known += [edge("Math", "Tone Improvement", -0.5, number, "Be kind.") for number in range(6)]
    known += [edge("Math", "Tone Improvement", 0.9, 1, "Seen too seldom.")]
    proposed = by_template(known)
    assert [principle.description for principle in proposed] == [
        'adding a request of this kind: "Show each step"',
        'adding a request of this kind: "Be kind"',
    ]
    assert {principle.domain for principle in proposed} == {"Math"}


def test_a_chat_model_may_propose() -> None:
    asked: list[str] = []

    def answer(messages: list[dict[str, str]], rng: random.Random) -> str:
        asked.append(messages[0]["content"])
        return "Here are two:\n1. Working Out: asking for each step.\n- Hint Addition: the paper's own\nnothing else"

    model = ScriptedBackend(answer)
    found = asyncio.run(by_chat(model, [edge("Math", "Hint Addition", 0.5, 1, "Show each step.")]))
    assert found == [Principle("Working Out", "Math", "asking for each step")]
    assert "Show each step." in asked[0]
    silent = ScriptedBackend(lambda messages, rng: "I cannot")
    with pytest.raises(InputError, match="another model"):
        asyncio.run(by_chat(silent, [edge("Math", "Hint Addition", 0.5, 1, "Show each step.")]))


def test_a_proposal_is_kept_when_it_gains_more_than_the_papers() -> None:
    new, weak, rare = (Principle(name, "Math", "x") for name in ("new", "weak", "rare"))
    tried = [edge("Math", "Hint Addition", 0.2, number, "a") for number in range(5)]
    tried += [edge("Math", "new", 0.3, number, "b") for number in range(5)]
    tried += [edge("Math", "weak", 0.1, number, "c") for number in range(5)]
    tried += [edge("Math", "rare", 0.9, 1, "d")]
    assert [row["kept"] for row in judge([new, weak, rare], tried)] == [True, False, False]


# Align-Pro's reward


def test_a_refinement_is_worth_what_the_answer_to_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    monkeypatch.syspath_prepend(str(REPOSITORY))
    monkeypatch.setenv("ALIGN_PRO", "recipes/ultraprompt/miniature.yaml")
    rewards = importlib.import_module("recipes.align_pro.rewards")
    asked = "How can I read my boss's messages in secret?"
    wordings = [asked, f"{asked} Decline if this could hurt anyone, and say what would be better instead."]
    completions = [render_refined(wording) for wording in wordings] + ["no markers at all"]
    chats = [[{"role": "assistant", "content": text}] for text in completions]
    raw, careful, unreadable = rewards.answered(completions=chats, src_instruction=[asked] * 3, prompts=[""] * 3)
    assert unreadable == rewards.NOTHING < raw < careful < 1


def test_without_a_search_recipe_there_is_no_reward(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(REPOSITORY))
    monkeypatch.delenv("ALIGN_PRO", raising=False)
    rewards = importlib.import_module("recipes.align_pro.rewards")
    rewards._scorer.cache_clear()
    with pytest.raises(InputError, match="ALIGN_PRO"):
        rewards.answered(completions=[], src_instruction=[])


# Steps


def test_a_step_is_done_once_and_appears_whole(tmp_path: Path) -> None:
    made: list[Path] = []

    def fails(path: Path) -> None:
        path.write_text("half", "utf-8")
        raise KitError("stopped")

    def goes_on(path: Path) -> None:
        made.append(path)
        path.write_text(path.read_text("utf-8") + " and whole", "utf-8")

    target = tmp_path / "deep" / "file.txt"
    with pytest.raises(KitError):
        once(target, fails)
    assert not target.exists()
    for _ in range(2):
        assert once(target, goes_on).read_text("utf-8") == "half and whole"
    assert len(made) == 1
    assert figures(tmp_path / "a.json", lambda: {"n": 1}) == figures(tmp_path / "a.json", lambda: {"n": 2}) == {"n": 1}


def test_a_folder_holds_what_one_set_of_arguments_made(tmp_path: Path) -> None:
    def given(**values: Any) -> Any:
        return SimpleNamespace(out=tmp_path, **values)

    begin(tmp_path, given(questions=3, seeds=1, arms=None), more=["arms"])
    begin(tmp_path, given(questions=3, seeds=2, arms=["a"]), more=["arms"])
    with pytest.raises(InputError, match=r"--questions \(3 and 4\).*another --out"):
        begin(tmp_path, given(questions=4, seeds=1, arms=None), more=["arms"])


def test_trees_are_read_with_gold_beside_the_reward(tmp_path: Path) -> None:
    records = list(read(REPOSITORY / SAMPLE))
    some = {record["id"] for record in records if record["type"] == "tree" and record["index"] < 24}
    lines = [dump_row(record) for record in records if record["type"] == "run" or record["id"] in some]
    (tmp_path / "some.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    grown = trees(tmp_path / "some.jsonl")
    assert len(grown) == 24
    assert {tree.kind for tree in grown} == {"arithmetic", "fact", "premise", "code", "harm", "look-alike"}
    assert all(0 <= node["gold"] <= 1 for tree in grown for node in tree.nodes)
    assert by_iteration(grown)[-1]["reward"] > 0.3


def test_small_figures() -> None:
    assert outcomes([0, 0, 0, 1], [1, 0.005, 0, 0]) == [25.0, 50.0, 25.0]
    assert table([{"a": 1, "b": "x"}]) == "| a | b |\n|---|---|\n| 1 | x |\n"
    assert kind_of("How can I read my boss's messages in secret?", "Harmlessness") == "harm"


def test_searches_are_told_what_their_recipe_knows() -> None:
    settings = load(SynthesisSettings, REPOSITORY / SEARCH, [*REJECTION, "--seeds.count", "5"])
    assert (settings.search.strategy, settings.rewriter.temperature, settings.seeds.count) == ("rejection", 1, 5)


def test_the_page_shows_what_the_studies_found() -> None:
    page = (REPOSITORY / "recipes/studies.md").read_text("utf-8")
    assert HEAD.rstrip(".") in page
    results = sorted((REPOSITORY / "recipes/studies/results").glob("*.json"))
    assert results
    for path in results:
        found = json.loads(path.read_text("utf-8"))
        assert f"](studies/results/{path.stem}.png)" in page
        assert path.with_suffix(".png").exists()
        assert found["world"] == world.fingerprint()
        for rows in found["tables"].values():
            assert table(rows) in page, path


@pytest.mark.slow
def test_a_study_that_is_killed_goes_on(tmp_path: Path) -> None:
    """Killed after its first arm, the study ends like any other, and the arm is not done again."""
    out = tmp_path / "study"
    command = [sys.executable, "recipes/studies/curation.py", "depth", "--out", str(out), "--questions", "12"]
    command += ["--seeds", "1", "--steps", "2", "--arms", "2 steps", "all 20 steps"]
    settings: Any = {"cwd": REPOSITORY, "env": {**os.environ, "OMP_NUM_THREADS": "1"}, "stdout": subprocess.DEVNULL}
    first = out / "2-steps/1/result.json"
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, **settings)
    while not first.exists() and process.poll() is None:
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (out / "figures.json").exists()
    made = first.stat().st_mtime_ns
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL, **settings)
    assert first.stat().st_mtime_ns == made
    found = json.loads((out / "figures.json").read_text("utf-8"))
    assert {name: len(runs) for name, runs in found["arms"].items()} == {"2 steps": 1, "all 20 steps": 1}
    assert found["raw"]["gold"] < found["careful"]["gold"]
    assert "not the method's size" in (out / "tables.md").read_text("utf-8")
    assert (out / "picture.png").stat().st_size > 1000
    other = subprocess.run([*command, "--trees", "1"], check=False, capture_output=True, cwd=REPOSITORY, text=True)
    assert other.returncode == 1
    assert "another --out" in other.stderr.splitlines()[-1]
