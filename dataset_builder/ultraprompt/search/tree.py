"""The search tree of one instruction: responses, rewards, Q-values, visits and best nodes (§4.1).

Knows no models and no files. Every node is a complete instruction. Principles stand here by their names.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from p_aligner.errors import InputError
from p_aligner.principles import PAPER_PRINCIPLES, PrinciplePack
from p_aligner.runtime.budget import Spent
from p_aligner.store.journal import Record


@dataclass(eq=False, slots=True)
class Node:
    """An instruction with its reward."""

    index: int  # its number in the tree, in the order of making; the root is 0
    instruction: str
    reward: float  # r_i: mean score of the responses to it (eq. 5)
    unused: list[str]  # the principles that were not tried here yet
    parent: "Node | None" = None  # what it was rewritten from, by which principle; the root has neither
    action: str | None = None
    children: list["Node"] = field(default_factory=list)
    value: float = 0.0  # Q(N) (eq. 6); that of a leaf is its reward
    visits: int = 0  # V(N): iterations that went through it or ended in it, the one that made it included
    responses: list[str] = field(default_factory=list)  # what was said to it, and the score of each
    rewards: list[float] = field(default_factory=list)

    @property
    def actions(self) -> list[str]:
        """The principles on the way from the root to here."""
        return [str(node.action) for node in self.ancestors() if node.parent][::-1]

    @property
    def is_open(self) -> bool:
        """Whether this node or one below it has an unused principle."""
        # Not by recursion: with one principle a tree is a chain, longer than Python's stack.
        below = [self]
        while below:
            node = below.pop()
            if node.unused:
                return True
            below += node.children
        return False

    def ancestors(self) -> Iterator["Node"]:
        """Yield the node itself, then its parent, up to the root."""
        node: Node | None = self
        while node:
            yield node
            node = node.parent


class Tree:
    """All that was made of one instruction.

    Args:
        id, instruction, index, category, source: of the seed, x_0.
        principles: names of its action set, the same at every node. Without any, every action may be taken over.
        pack: where its run looked the principles up; by default the paper's.
    """

    def __init__(
        self,
        id: str,
        instruction: str,
        principles: Sequence[str] = (),
        *,
        index: int = 0,
        category: str = "",
        source: str = "",
        pack: PrinciplePack = PAPER_PRINCIPLES,
    ) -> None:
        self.id = id
        self.instruction = instruction
        self.principles = tuple(principles)
        self.index, self.category, self.source = index, category, source
        self.pack = pack
        self.nodes: list[Node] = []  # by number, parents before children
        self.iterations = 0  # those that brought nothing included
        self.spent = Spent()  # what its steps cost, as far as a journal says so

    @property
    def root(self) -> Node:
        return self.nodes[0]

    @property
    def best(self) -> Node:
        """The first node of the highest reward."""
        return max(self.nodes, key=lambda node: node.reward)

    def take(self, step: Record) -> None:
        """Take over a step of a journal: root, node, rejected rewrite; `InputError` for one that cannot come next."""
        try:
            if step["type"] == "rejected":
                self.reject(self._origin(step), step["action"])
                return
            number, text, responses, rewards = (step[key] for key in ("node", "instruction", "responses", "rewards"))
            if number != len(self.nodes):
                raise InputError(f"node {number!r} of tree {self.id!r} comes after {len(self.nodes)} nodes")
            is_text = all(isinstance(each, str) for each in (text, *responses))
            if not (is_text and len(responses) == len(rewards) > 0 and all(map(math.isfinite, rewards))):
                raise InputError(
                    f"node {number} of tree {self.id!r} needs texts, and a finite reward for each response"
                )
            if self.nodes or step["parent"] is not None:
                node = self.expand(self._origin(step), step["action"], text, fmean(rewards))
            elif text == self.instruction and step["action"] is None:
                node = self.plant(fmean(rewards))
            else:
                raise InputError(f"node 0 of tree {self.id!r} is not its seed")
            node.responses, node.rewards = responses, rewards
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"a step of tree {self.id!r} cannot be read ({error!r}): {step!r:.80}") from error

    def _origin(self, step: Record) -> Node:
        """Return the node that a recorded step goes out from, if its principle could be tried there."""
        number, action = step["parent"], step["action"]
        if not (isinstance(number, int) and 0 <= number < len(self.nodes)):
            raise InputError(f"a step of tree {self.id!r} goes out from node {number!r} of {len(self.nodes)}")
        parent = self.nodes[number]
        if not isinstance(action, str) or (parent.unused and action not in parent.unused):
            raise InputError(f"a step of tree {self.id!r} tries {action!r} at node {number}, where it is not open")
        return parent

    def plant(self, reward: float) -> Node:
        """Make the root: the seed itself, scored before the first iteration."""
        assert not self.nodes
        return self._add(self.instruction, reward, None, None)

    def expand(self, parent: Node, action: str, instruction: str, reward: float) -> Node:
        """Add what `action` made of `parent`, one iteration."""
        self._use(parent, action)
        return self._add(instruction, reward, parent, action)

    def reject(self, parent: Node, action: str) -> None:
        """Note that `action` brought nothing at `parent`: one iteration, too, and `action` is used up there."""
        self._use(parent, action)
        for node in parent.ancestors():
            node.visits += 1

    def select_by_ucb(self, exploration: float) -> Node | None:
        """Go down from the root to the first node with an unused principle, at each step to the child of eq. 7.

        Children below which nothing is left to try are passed over; of equal ones the first is taken. `exploration` is
        c of eq. 7, on the scale of the rewards. Without a node to expand, `None`.
        """
        node = self.root
        while not node.unused:
            children = [child for child in node.children if child.is_open]
            if not children:
                return None
            node = max(children, key=lambda child: ucb(child, exploration))
        return node

    def _use(self, parent: Node, action: str) -> None:
        self.iterations += 1
        if action in parent.unused:
            parent.unused.remove(action)

    def _add(self, instruction: str, reward: float, parent: Node | None, action: str | None) -> Node:
        new = Node(len(self.nodes), instruction, reward, [*self.principles], parent, action)
        self.nodes.append(new)
        if parent:
            parent.children.append(new)
        # Backpropagation of Q-values (eq. 6) and visits: no other node's can have changed.
        for node in new.ancestors():
            node.value = (node.reward + sum(child.value for child in node.children)) / (1 + len(node.children))
            node.visits += 1
        return new


def ucb(node: Node, exploration: float) -> float:
    """Upper confidence bound of a node that is not the root (eq. 7)."""
    assert node.parent
    return node.value + exploration * math.sqrt(math.log(node.parent.visits) / node.visits)
