"""The arithmetic of the search against direct evaluations of the paper's equations."""

import math
import random

import pytest

from ultraprompt.search.tree import Node, Tree, ucb


PRINCIPLES = ("Tone Improvement", "Hint Addition", "Clarification Request")


def q_value(node: Node) -> float:
    """Evaluate eq. 6 from the leaves up."""
    return (node.reward + sum(map(q_value, node.children))) / (1 + len(node.children))


def visits(node: Node, rejections: dict[int, int]) -> int:
    """Count the iterations that went through a node: those that made it and its descendants, and the rejected ones."""
    return 1 + rejections.get(node.index, 0) + sum(visits(child, rejections) for child in node.children)


def next_by_ucb(node: Node, c: float) -> Node | None:
    """Evaluate eq. 7 at every node on the way down, over the children that lead anywhere."""

    def leads_somewhere(node: Node) -> bool:
        return len(node.unused) > 0 or any(leads_somewhere(child) for child in node.children)

    while not node.unused:
        open_children = [child for child in node.children if leads_somewhere(child)]
        if not open_children:
            return None
        bounds = [q_value(c_) + c * math.sqrt(math.log(node.visits) / c_.visits) for c_ in open_children]
        node = open_children[bounds.index(max(bounds))]
    return node


@pytest.mark.parametrize("seed", range(30))
def test_incremental_values_are_those_of_the_equations(seed: int) -> None:
    rng = random.Random(seed)
    c = rng.choice((0.0, 0.1, 1.0))
    rejection_rate = rng.choice((0.0, 0.3, 0.9))
    rejections: dict[int, int] = {}
    tree = Tree("seed", "x0", PRINCIPLES[: rng.randint(1, 3)])
    tree.plant(rng.random())
    for iteration in range(60):
        assert tree.iterations == iteration
        parent = tree.select_by_ucb(c)
        assert parent is next_by_ucb(tree.root, c)
        if parent is None:
            assert rejection_rate > 0
            break
        action = rng.choice(parent.unused)
        if rng.random() < rejection_rate:
            tree.reject(parent, action)
            rejections[parent.index] = rejections.get(parent.index, 0) + 1
        else:
            # Few different rewards, so that there are ties.
            tree.expand(parent, action, f"x{iteration}", rng.randint(0, 3) / 4)
        assert action not in parent.unused
        for node in tree.nodes:
            assert node.value == q_value(node)
            assert node.visits == visits(node, rejections)
            used = {child.action for child in node.children}
            assert not used & set(node.unused)
            assert len(node.unused) + len(used) + rejections.get(node.index, 0) == len(tree.principles)
    rewards = [node.reward for node in tree.nodes]
    assert tree.best.index == rewards.index(max(rewards))
    assert len(tree.nodes) == 1 + tree.iterations - sum(rejections.values())


def test_an_example_by_hand() -> None:
    tree = Tree("seed", "x0", PRINCIPLES[:2])
    root = tree.plant(0.2)
    assert (root.value, root.visits, root.actions) == (0.2, 1, [])

    good = tree.expand(root, "Tone Improvement", "x1", 0.8)
    assert root.value == (0.2 + 0.8) / 2
    bad = tree.expand(root, "Hint Addition", "x2", 0.1)
    assert root.value == pytest.approx((0.2 + 0.8 + 0.1) / 3)
    assert ucb(good, 0.1) == pytest.approx(0.8 + 0.1 * math.sqrt(math.log(3) / 1))
    assert tree.select_by_ucb(0.1) is good

    deep = tree.expand(good, "Hint Addition", "x3", 0.0)
    assert good.value == pytest.approx(0.4)
    assert root.value == pytest.approx((0.2 + 0.4 + 0.1) / 3)
    assert (root.visits, good.visits, bad.visits, deep.visits) == (4, 2, 1, 1)
    assert deep.actions == ["Tone Improvement", "Hint Addition"]
    assert tree.best is good


def test_a_chain_longer_than_the_stack() -> None:
    """With one principle every node has one child."""
    tree = Tree("seed", "x0", PRINCIPLES[:1])
    node = tree.plant(0.0)
    for number in range(3_000):
        node = tree.expand(node, PRINCIPLES[0], f"x{number}", 0.5)
    node.unused.clear()
    assert not tree.root.is_open
    assert len(node.actions) == 3_000
