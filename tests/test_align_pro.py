"""Align-Pro: the closed form and its bound on cases counted by hand, and the reward of its prompter."""

import asyncio
import importlib
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from closed_form import Finite, Scorer, table
from conftest import REPOSITORY
from finite import gap, gibbs
from scipy.stats import entropy
from scripted import RECIPE
from transformers import AutoModelForCausalLM, AutoTokenizer

from p_aligner.errors import InputError
from p_aligner.prompts import Message, render_refined
from p_aligner.runtime.rewards import Conversation, ScriptedReward
from p_aligner.runtime.scripted import ScriptedBackend
from ultraprompt.search.tree import Node, Tree


def drawn(rng: np.random.Generator, *shape: int) -> Any:
    weights = rng.random(shape) ** 3
    return weights / weights.sum(-1, keepdims=True)


def test_gibbs_is_what_maximises_reward_less_kl() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        reference, rewards, lam = drawn(rng, 5), rng.random(5), rng.uniform(0.02, 2)
        best = gibbs(reference, rewards, lam)
        assert sum(best) == pytest.approx(1)
        for _ in range(20):
            step = rng.random()
            nearby = (1 - step) * best + step * drawn(rng, 5)
            worse, most = (p @ rewards - lam * entropy(p, reference) for p in (nearby, best))
            assert worse <= most + 1e-12


def test_gibbs_goes_from_the_reference_to_the_best_and_never_overflows() -> None:
    reference, rewards = [0.6, 0.3, 0.1, 0.0], [0.1, 0.2, 0.9, 5.0]
    assert gibbs(reference, rewards, 1e9) == pytest.approx(reference)
    assert gibbs(reference, rewards, 1e-6) == pytest.approx([0, 0, 1, 0])


def test_the_gap_is_never_above_its_bound() -> None:
    rng = np.random.default_rng(1)
    reached = []
    for _ in range(300):
        lam = rng.choice([0.01, 0.1, 1.0, 10.0])
        found = gap(drawn(rng, 4), drawn(rng, 4, 6), drawn(rng, 6), rng.random(6), lam=lam)
        assert found.gap <= found.bound + 1e-12
        assert found.gap == pytest.approx(found.tuned - found.prompter)
        reached.append(found.gap)
    assert min(reached) < 0 < max(reached)  # a prompter may do better than RLHF, whose reference is the raw wording


def test_a_gap_by_hand() -> None:
    """One wording only, whose answer is always right; the raw one is answered right in half of the cases."""
    found = gap([1.0], [[1.0, 0.0]], [0.5, 0.5], [1.0, 0.0], lam=1e9)
    assert found == pytest.approx((1.0, 0.5, -0.5, 0.5, 0.0))


def test_log_probabilities_are_those_of_the_answer_alone(tiny: str) -> None:
    """In whatever batch: a padded row, and one whose chat is longer than the other's answer."""
    chats = [
        ([{"role": "user", "content": "Name a river."}], "The Nile."),
        ([{"role": "user", "content": "Name a river, a sea and a lake, please."}], "Volga, Aral and Como."),
    ]
    found = Scorer(tiny)(chats)
    model, tokenizer = AutoModelForCausalLM.from_pretrained(tiny), AutoTokenizer.from_pretrained(tiny)
    for (chat, answer), log_probability in zip(chats, found, strict=True):
        asked = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=True)["input_ids"]
        answered = tokenizer(answer, add_special_tokens=False)["input_ids"]
        with torch.inference_mode():
            each = model(torch.tensor([asked + answered])).logits[0].log_softmax(-1)
        wanted = sum(float(each[len(asked) - 1 + place, token]) for place, token in enumerate(answered))
        assert log_probability == pytest.approx(wanted, rel=0.02)


def test_the_closed_form_on_a_tree(tiny: str) -> None:
    """The less the divergence costs, the more the best prompter gets, up to the best wording and no further."""
    root = Node(0, "Name a river.", 0.2, [], responses=["The Nile.", "No."], rewards=[0.3, 0.1])
    child = Node(1, "Name a river, please.", 0.8, [], root, "Tone Improvement", responses=["Volga."], rewards=[0.8])
    tree = Tree("t", root.instruction)
    tree.nodes += [root, child]
    model = Scorer(tiny)
    found = Finite(tree, model, model)
    gains = [found.gap(lam).prompter for lam in (1e6, 0.1, 0.01, 1e-6)]
    assert all(more >= less - 1e-9 for less, more in pairwise(gains))
    assert gains[0] == pytest.approx(found.prior @ found.values, abs=1e-4)
    assert gains[-1] == pytest.approx(found.values.max(), abs=1e-3)
    head, line = table([found], [0.1])
    assert len(head) == len(line)
    assert line[0] == "0.1"
    assert line[-2] == "0"  # no gap above its bound


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
    found = asyncio.run(rewards.answered(completions=chats, src_instruction=[asked] * 3, prompts=[""] * 3))
    assert found == [0.25, 0.75, rewards.NOTHING]


def test_without_a_search_recipe_there_is_no_reward(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(REPOSITORY))
    monkeypatch.delenv("ALIGN_PRO", raising=False)
    rewards = importlib.import_module("recipes.align_pro.rewards")
    rewards._scorer.cache_clear()
    with pytest.raises(InputError, match="ALIGN_PRO"):
        asyncio.run(rewards.answered(completions=[], src_instruction=[]))
