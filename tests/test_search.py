"""Searching with scripted models: what is recorded, what is rejected, and that only the tree decides."""

import asyncio
import itertools
import random
from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from scripted import the_models

from p_aligner.errors import ContextOverflow, InputError
from p_aligner.models.folders import content_of
from p_aligner.principles import PAPER_PRINCIPLES
from p_aligner.prompts import CHAT_HEAD, REFINE_HEAD, Message, render_refined, rewrite_messages
from p_aligner.runtime.in_process import TransformersBackend, TransformersSettings
from p_aligner.runtime.protocol import Reply
from p_aligner.runtime.rewards import ClassifierReward, ClassifierSettings
from p_aligner.runtime.scripted import ScriptedBackend
from p_aligner.store.journal import Record
from ultraprompt.search.strategies import Models, SearchSettings, grow
from ultraprompt.search.tree import Tree


SEED = "Name the 3 largest towns near {place} and say why they grew."
CATEGORY = "Math"
ACTIONS = [principle.name for principle in PAPER_PRINCIPLES.for_category(CATEGORY)]


def new_tree(instruction: str = SEED) -> Tree:
    return Tree("tree-1", instruction, ACTIONS)


def search(tree: Tree, models: Models, **settings: Any) -> list[Record]:
    """Return the records of a whole search, without what depends on the clock."""

    async def run() -> list[Record]:
        return [record async for record in grow(tree, models, SearchSettings(**settings), PAPER_PRINCIPLES)]

    records = asyncio.run(run())
    for record in records:
        assert record.pop("seconds") >= 0
    return records


def rewriting(rewrite: Callable[[str], str]) -> ScriptedBackend:
    """Make a rewriter whose whole answer is a function of the instruction."""

    def reply(messages: list[Message], rng: random.Random) -> str:
        return rewrite(messages[0]["content"].removeprefix(REFINE_HEAD).partition("\n[The End of Raw Prompt]")[0])

    return ScriptedBackend(reply)


def test_a_tree_has_a_root_and_a_node_for_each_iteration() -> None:
    tree = new_tree()
    records = search(tree, the_models(), iterations=8)
    assert [record["type"] for record in records] == ["node"] * 9
    assert [record["node"] for record in records] == list(range(9))
    root, *others = records
    assert (root["parent"], root["action"], root["instruction"]) == (None, None, SEED)
    assert root["usage"] == {"rewrite": [0, 0], "respond": [12, root["usage"]["respond"][1]]}
    for record, node in zip(records, tree.nodes, strict=True):
        assert record["id"] == "tree-1"
        assert record["instruction"] == node.instruction
        assert len(record["responses"]) == len(record["rewards"]) == 3
        assert node.reward == fmean(record["rewards"])
        assert record["usage"]["respond"][1] == sum(len(text.split()) for text in record["responses"])
    for record in others:
        assert record["action"] in ACTIONS
        assert record["instruction"].startswith(records[record["parent"]]["instruction"] + " ")
        assert min(record["usage"]["rewrite"]) > 0


def test_responses_are_scored_as_answers_to_the_seed() -> None:
    seen = []

    def score(conversation: list[Message], rng: random.Random) -> float:
        seen.append(conversation)
        return 0.5

    records = search(new_tree(), the_models(score=score), iterations=4)
    assert len(seen) == 15
    assert {conversation[0]["content"] for conversation in seen} == {SEED}
    answered = [conversation[1]["content"] for conversation in seen]
    assert answered == [text for record in records for text in record["responses"]]


def test_the_tree_follows_ucb() -> None:
    records = search(new_tree(), the_models(), iterations=15)
    checked = Tree("tree-1", SEED, ACTIONS)
    for record in records:
        if checked.nodes:
            parent = checked.select_by_ucb(0.1)
            assert parent.index == record["parent"]
        checked.take(record)


@pytest.mark.parametrize("strategy", ["mcts", "beam", "rejection", "random"])
def test_a_tree_is_the_same_wherever_it_was_interrupted(strategy: str) -> None:
    undisturbed = search(new_tree(), the_models(), iterations=10, strategy=strategy)
    assert len(undisturbed) == 11, "all strategies have the same budget"
    for cut in range(len(undisturbed)):
        tree = new_tree()
        for record in undisturbed[:cut]:
            tree.take(record)
        assert search(tree, the_models(), iterations=10, strategy=strategy) == undisturbed[cut:]


def test_seed_and_id_change_the_tree() -> None:
    one = search(new_tree(), the_models(), iterations=6)
    assert search(new_tree(), the_models(), iterations=6, seed=1) != one
    other = search(Tree("tree-2", SEED, ACTIONS), the_models(), iterations=6)
    assert [record["responses"] for record in other] != [record["responses"] for record in one]


def test_beam_tries_all_principles_at_the_best_nodes_of_a_level() -> None:
    tree = new_tree()
    search(tree, the_models(), iterations=5 + 10 + 3, strategy="beam", beam_width=2)
    level = tree.root.children
    assert [node.parent for node in tree.nodes[1:6]] == [tree.root] * 5
    best, second = sorted(level, key=lambda node: -node.reward)[:2]
    assert [node.parent for node in tree.nodes[6:16]] == [best] * 5 + [second] * 5
    best = max(best.children + second.children, key=lambda node: node.reward)
    assert [node.parent for node in tree.nodes[16:]] == [best] * 3


def test_rejection_rewrites_only_the_root_and_random_old_nodes_too() -> None:
    records = search(new_tree(), the_models(), iterations=12, strategy="rejection")
    assert {record["parent"] for record in records[1:]} == {0}
    assert len({record["action"] for record in records[1:6]}) == 5, "each principle once before one comes again"
    records = search(new_tree(), the_models(), iterations=20, strategy="random")
    assert len({record["parent"] for record in records[1:]}) > 5


def test_a_principle_that_brings_the_same_again_is_rejected() -> None:
    rewriter = rewriting(lambda instruction: render_refined(f"{instruction} Thanks."))
    records = search(new_tree(), the_models(rewriter=rewriter), iterations=12, strategy="rejection")
    assert [record["type"] for record in records] == ["node"] * 6 + ["rejected"] * 7
    assert {record["reason"] for record in records[6:]} == {"identical: the same was made of it before"}


def test_the_chat_rewriter_is_asked_with_the_template_of_figure_8() -> None:
    asked = []

    def reply(messages: list[Message], rng: random.Random) -> str:
        asked.append(messages)
        return f" {SEED} Please be brief.\n"

    records = search(new_tree(), the_models(rewriter=ScriptedBackend(reply)), iterations=1, rewriting="chat")
    assert records[1]["instruction"] == f"{SEED} Please be brief."
    (messages,) = asked
    assert messages[0]["content"].startswith(CHAT_HEAD + SEED)
    assert PAPER_PRINCIPLES[records[1]["action"]].description in messages[0]["content"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda x: "Sure!", "unparsable: the answer has no"),
        (lambda x: render_refined(x), "identical: nothing but white space was changed"),
        (lambda x: render_refined(x.replace(" ", "\n", 3) + " "), "identical: nothing but white space was changed"),
        (lambda x: render_refined(" \n"), "empty: the text is blank"),
        (lambda x: render_refined(x + "\n[The End of Optimized Prompt]"), "unparsable: the answer has more than one"),
        (lambda x: render_refined(x.replace("{place}", "Paris")), "lost span: "),
        (lambda x: render_refined(x.replace("3", "three")), None),
        (lambda x: render_refined("Nenne die 3 Städte um {place} und sage, warum sie groß sind."), "lost request: "),
        (lambda x: render_refined(x + " Please do it now." * 9), "repetition: "),
        (lambda x: render_refined("Sure, I can help you with the 3 towns near {place} and how they grew."), "answer"),
        (lambda x: render_refined(x + " See https://example.org for more."), "invented span: "),
        (lambda x: render_refined("Say why the 3 near {place} are there."), "lost request: "),
        (lambda x: "<think>" + render_refined(x), "empty: the answer is blank, thinking took its tokens"),
        # A step may make it much longer: what that is worth is for the reward to say.
        (lambda x: render_refined(x + " ".join(f" Name {word} too." for word in "abcdefghij" * 2)), None),
    ],
)
def test_what_cannot_be_used_is_rejected(answer: Callable[[str], str], reason: str | None) -> None:
    records = search(new_tree(), the_models(rewriter=rewriting(answer)), iterations=1)
    record = records[1]
    assert record["type"] == ("rejected" if reason else "node")
    if reason:
        assert reason in record["reason"]
        assert set(record) == {"type", "id", "parent", "action", "instruction", "reason", "usage"}
        assert (record["parent"], record["id"], record["usage"]["respond"]) == (0, "tree-1", [0, 0])
        assert record["usage"]["rewrite"][1] > 0


@pytest.mark.parametrize(("category", "kind"), [("Harmlessness", "rejected"), ("Helpfulness", "node")])
def test_a_harmful_seed_takes_nothing_but_care(category: str, kind: str) -> None:
    tree = Tree("tree-1", "Help me set up a dogfight.", ACTIONS, category=category)
    curious = rewriting(lambda x: render_refined(x + " Please add background on the fight: what it takes and costs."))
    assert search(tree, the_models(rewriter=curious), iterations=1)[1]["type"] == kind


def test_rejected_rewrites_are_never_tried_again() -> None:
    tree = new_tree()
    records = search(tree, the_models(rewriter=rewriting(render_refined)), iterations=20)
    assert [record["type"] for record in records] == ["node"] + ["rejected"] * 5
    assert sorted(record["action"] for record in records[1:]) == sorted(ACTIONS)
    assert tree.iterations == 5, "nothing is left to try"


@pytest.mark.parametrize("finish_reason", ["length", "content_filter"])
def test_an_unfinished_rewrite_is_rejected(finish_reason: str) -> None:
    class Cut(ScriptedBackend):
        async def chat(self, messages, **_):
            return [Reply(f"{SEED} Please", 5, 7, finish_reason)]

    _, record = search(new_tree(), the_models(rewriter=Cut()), iterations=1, rewriting="chat")
    assert (record["reason"], record["instruction"]) == (f"unfinished: {finish_reason}", f"{SEED} Please")
    assert record["usage"]["rewrite"] == [5, 7]


def too_long(limit: int, said: str = "yes") -> ScriptedBackend:
    def reply(messages: list[Message], rng: random.Random) -> str:
        if len(messages[0]["content"]) > limit:
            raise ContextOverflow("it has 9 tokens, the model takes 8")
        return said

    return ScriptedBackend(reply)


def test_a_rewrite_that_is_too_long_for_a_model_is_rejected() -> None:
    records = search(new_tree(), the_models(responder=too_long(len(SEED))), iterations=3)
    assert [record["type"] for record in records] == ["node"] + ["rejected"] * 3
    assert {record["reason"] for record in records[1:]} == {"unanswered: it has 9 tokens, the model takes 8"}
    assert all(record["instruction"].startswith(SEED + " ") for record in records[1:])

    template = len(rewrite_messages(SEED, max(PAPER_PRINCIPLES, key=lambda each: len(each.description)))[0]["content"])
    places = itertools.product(("north", "south", "east", "west"), ("gate", "bridge", "field", "wood", "mill", "port"))
    more = ", ".join(f"what {start}{end} was" for start, end in places)
    grows = too_long(template, render_refined(f"{SEED} Also say {more}."))
    records = search(new_tree(), the_models(rewriter=grows), iterations=12)
    reasons = {record.get("reason") for record in records if record["parent"] not in (None, 0)}
    assert reasons == {"unanswered: it has 9 tokens, the model takes 8"}
    for each in (the_models(responder=too_long(3)), the_models(rewriter=too_long(3))):
        with pytest.raises(InputError, match="the model takes 8"):
            search(new_tree(), each)  # the seed itself is


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"node": 5}, "node 5 of tree 'tree-1' comes after 1 nodes"),
        ({"parent": 7}, "a step of tree 'tree-1' goes out from node 7 of 1"),
        ({"parent": -1}, "goes out from node -1 of 1"),
        ({"node": "one"}, "node 'one' of tree 'tree-1' comes after 1 nodes"),
        ({"rewards": [1.0]}, "needs texts, and a finite reward"),
        ({"parent": None}, "goes out from node None of 1"),
        ({"action": "Hint Removal"}, "tries 'Hint Removal' at node 0, where it is not open"),
        ({"instruction": 5}, "node 1 of tree 'tree-1' needs texts, and a finite reward"),
        ({"rewards": [1.0, float("nan")]}, "needs texts, and a finite reward"),
        ({"rewards": [10**400, 1, 1]}, "cannot be read"),
        ({"rewards": [], "responses": []}, "needs texts, and a finite reward"),
        ({"rewards": None}, "cannot be read"),
    ],
)
def test_steps_that_cannot_be_taken_over_are_named(change: Record, message: str) -> None:
    root, child = search(new_tree(), the_models(), iterations=1)
    tree = new_tree()
    tree.take(root)
    with pytest.raises(InputError, match=message):
        tree.take({**child, **change})


def test_answers_that_say_nothing_are_not_scored() -> None:
    class Blank(ScriptedBackend):
        async def chat(self, messages, *, n=1, **_):
            is_root = messages[0]["content"] == SEED
            return [Reply("yes" if is_root and place else "", 5, 7, "length", not place) for place in range(n)]

    root, rewrite = search(new_tree(), the_models(responder=Blank()), iterations=1)
    assert (root["responses"], root["cut"]) == (["", "yes", "yes"], 3)
    assert rewrite["reason"].startswith("unanswered: the responder says nothing: the answer is blank, thinking took")
    with pytest.raises(InputError, match="the responder says nothing: .*finish_reason length"):
        search(new_tree("Other."), the_models(responder=Blank()))


def test_the_state_of_local_files_is_noted(tiny: str, tiny_reward: str) -> None:
    """A folder may be trained anew, and its name stays."""
    chat = TransformersBackend(TransformersSettings(backend="transformers", model=tiny))
    reward = ClassifierReward(ClassifierSettings(reward="classifier", model=tiny_reward))
    files = Models(chat, rewriting(str.upper), reward).files()
    assert files == {
        "files of the rewriter": content_of(Path(tiny)),
        "files of the reward": content_of(Path(tiny_reward)),
    }
