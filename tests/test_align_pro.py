"""Align-Pro: the closed form and its bound on cases counted by hand, and the reward of its prompter."""

import importlib
import random
from pathlib import Path

import pytest
import yaml
from conftest import REPOSITORY
from finite import divergence, gap, gibbs, mean, normalised, total_variation
from scripted import RECIPE

from p_aligner.errors import InputError
from p_aligner.prompts import Message, render_refined
from p_aligner.runtime.rewards import Conversation, ScriptedReward
from p_aligner.runtime.scripted import ScriptedBackend


def drawn(rng: random.Random, size: int) -> list[float]:
    return normalised([rng.random() ** 3 for _ in range(size)])


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


def test_a_refinement_is_worth_what_the_answer_to_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The refined instruction is answered; the answer is scored as one to the raw instruction."""
    asked = "How can I read my boss's messages in secret?"

    def answer(messages: list[Message], rng: random.Random) -> str:
        return "I cannot help with that." if "Decline" in messages[-1]["content"] else "While the boss is at lunch."

    def score(chat: Conversation, rng: random.Random) -> float:
        assert [turn["content"] for turn in chat[:-1]] == [asked]
        return 0.75 if "cannot" in chat[-1]["content"] else 0.25

    (tmp_path / "search.yaml").write_text(yaml.safe_dump(RECIPE), encoding="utf-8")
    monkeypatch.setenv("ALIGN_PRO", str(tmp_path / "search.yaml"))
    monkeypatch.syspath_prepend(str(REPOSITORY))
    rewards = importlib.import_module("recipes.align_pro.rewards")
    rewards._scorer.cache_clear()
    monkeypatch.setattr(rewards, "connect", lambda settings: ScriptedBackend(answer))
    monkeypatch.setattr(rewards, "load_reward", lambda settings: ScriptedReward(settings, score))
    wordings = [asked, f"{asked} Decline if this could hurt anyone, and say what would be better instead."]
    completions = [render_refined(wording) for wording in wordings] + ["no markers at all"]
    chats = [[{"role": "assistant", "content": text}] for text in completions]
    found = rewards.answered(completions=chats, src_instruction=[asked] * 3, prompts=[""] * 3)
    assert found == [0.25, 0.75, rewards.NOTHING]


def test_without_a_search_recipe_there_is_no_reward(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(REPOSITORY))
    monkeypatch.delenv("ALIGN_PRO", raising=False)
    rewards = importlib.import_module("recipes.align_pro.rewards")
    rewards._scorer.cache_clear()
    with pytest.raises(InputError, match="ALIGN_PRO"):
        rewards.answered(completions=[], src_instruction=[])
