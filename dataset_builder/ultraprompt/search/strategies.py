"""One tree grown step by step: selection, expansion, simulation, backpropagation (§4.1). Knows no files.

Everything random in an iteration comes from the run's seed, the tree's id and the iteration's number, so that a tree
is the same whatever grows beside it and wherever it was interrupted.
"""

import random
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from p_aligner.errors import InputError, Reason
from p_aligner.guard import SEARCH_CHECKS, failed_checks
from p_aligner.instructions import read_answer
from p_aligner.models.folders import content_of
from p_aligner.principles import Principle, PrinciplePack
from p_aligner.prompts import chat_rewrite_messages, rewrite_messages
from p_aligner.runtime.protocol import Backend, Reply, why_blank
from p_aligner.runtime.rewards import RewardModel
from p_aligner.store.journal import Record
from p_aligner.store.recipe import Section

from .tree import Node, Tree


_DECIMALS = 6  # of scores in the journal, which the search goes by, too


class SearchSettings(Section):
    """How trees grow.

    Args:
        strategy: which node is expanded next: `"mcts"` goes by UCB (eq. 7); `"beam"` tries all principles at the root,
            then at its best `beam_width` children, and so on; `"rejection"` rewrites only the root, again and again;
            `"random"` takes any node with an unused principle. All have the same budget.
        iterations: rewrites of a tree, those included that are rejected.
        responses: n: responses drawn to score an instruction (eq. 4-5).
        exploration: c of eq. 7, on the scale of the rewards after their transform.
        beam_width: of the strategy `"beam"`.
        rewriting: how the rewriter is asked: `"singlepo"`, a model trained for it (Fig. 9, offline search), or
            `"chat"`, a chat model that follows instructions (Fig. 8, online search).
        seed: of all that is random.
    """

    strategy: Literal["mcts", "beam", "rejection", "random"] = "mcts"
    iterations: int = Field(default=20, ge=1)
    responses: int = Field(default=3, ge=1)
    exploration: float = Field(default=0.1, ge=0, allow_inf_nan=False)
    beam_width: int = Field(default=2, ge=1)
    rewriting: Literal["singlepo", "chat"] = "singlepo"
    seed: int = 0


_ROLES = ("rewriter", "responder", "reward")


@dataclass(frozen=True)
class Models:
    """What a search asks: O rewrites (eq. 3), M responds (eq. 4), R scores the responses (eq. 5)."""

    rewriter: Backend
    responder: Backend
    reward: RewardModel

    def described(self) -> Record:
        """Return what a journal says of the models: what its nodes depend on."""
        return {role: getattr(self, role).settings for role in _ROLES}

    def files(self) -> dict[str, str]:
        """Say which state of their files those of this process have: a folder may be trained anew, its name stays."""
        found = {role: getattr(getattr(self, role), "folder", None) for role in _ROLES}
        return {f"files of the {role}": content_of(Path(at)) for role, at in found.items() if at and Path(at).is_dir()}

    async def close(self) -> None:
        for model in (self.rewriter, self.responder, self.reward):
            await model.close()


async def grow(
    tree: Tree, models: Models, settings: SearchSettings, principles: PrinciplePack
) -> AsyncGenerator[Record, None]:
    """Grow a tree to its end from wherever it is.

    Yields:
        the record of each step, as the journal keeps it; the tree already has it. The first one is the root's, each
        other one is an iteration's: a node, or a rejected rewrite.

    Raises:
        InputError: the seed itself cannot be rewritten, answered or scored, for example because it is too long.
        KitError: a model failed; calling `grow` again goes on with the same iteration.
    """
    if not tree.nodes:
        step = _Step(tree, settings)
        simulated = await _simulate(tree.instruction, tree, models, settings, step)
        yield step.taken("node", node=0, parent=None, action=None, instruction=tree.instruction, **simulated)

    while tree.iterations < settings.iterations:
        step = _Step(tree, settings)

        parent = _STRATEGIES[settings.strategy](tree, settings, step.rng)
        if parent is None:
            return

        principle = principles[step.rng.choice(parent.unused or tree.principles)]
        edge = {"parent": parent.index, "action": principle.name}
        try:
            instruction = await _rewrite(parent, principle, tree, models, settings, step)
            simulated = await _simulate(instruction, tree, models, settings, step)
        except _Rejected as rejected:
            yield step.taken("rejected", **edge, instruction=rejected.text, reason=rejected.reason)
        else:
            yield step.taken("node", node=len(tree.nodes), **edge, instruction=instruction, **simulated)


class _Step:
    """What one step draws from, and what it has used."""

    def __init__(self, tree: Tree, settings: SearchSettings) -> None:
        self.rng = random.Random(f"{settings.seed} {tree.id} {len(tree.nodes)} {tree.iterations}")
        self._tree = tree
        self._started = time.perf_counter()
        self._usage = {"rewrite": [0, 0], "respond": [0, 0]}

    async def ask(
        self, purpose: str, model: Backend, messages: list[dict[str, str]], n: int = 1, **options: Any
    ) -> list[Reply]:
        replies = await model.chat(messages, n=n, seed=self.rng.getrandbits(31), **options)
        self._usage[purpose][0] += sum(reply.prompt_tokens for reply in replies)
        self._usage[purpose][1] += sum(reply.completion_tokens for reply in replies)
        return replies

    def taken(self, type: str, **fields: Any) -> Record:
        """Return the record of the step, which the tree takes over as it will when it is read from a journal."""
        seconds = round(time.perf_counter() - self._started, 3)
        record = {"type": type, "id": self._tree.id, **fields, "usage": self._usage, "seconds": seconds}
        self._tree.take(record)
        return record


class _Rejected(Exception):
    """A rewrite that cannot be used: it spends the iteration, and is never tried again at its node."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(reason)
        self.text = text
        self.reason = reason


async def _rewrite(
    parent: Node, principle: Principle, tree: Tree, models: Models, settings: SearchSettings, step: _Step
) -> str:
    """Draw x' from O(x, r) (eq. 3)."""
    is_marked = settings.rewriting == "singlepo"
    ask = rewrite_messages if is_marked else chat_rewrite_messages
    options: dict[str, Any] = {"refines": parent.instruction} if is_marked else {}
    try:
        (reply,) = await step.ask("rewrite", models.rewriter, ask(parent.instruction, principle), **options)
    except InputError as error:
        if parent is tree.root:
            raise
        raise _Rejected("", Reason.named("unanswered", str(error))) from error
    text, reason = read_answer(reply.text, tree.instruction, finish=reply.finish_reason, is_marked=is_marked)
    if blank := why_blank(reply):
        text, reason = "", Reason.named("empty", blank)
    if reason := reason or _fault(text, parent, principle, tree):
        raise _Rejected(text, reason)
    return text


def _fault(text: str, parent: Node, principle: Principle, tree: Tree) -> Reason | None:
    """Say why a rewrite cannot be used. It is held against the seed: what a rewrite added, another may take away."""
    if text.split() == parent.instruction.split():
        return Reason.named("identical", "nothing but white space was changed")
    if any((text, principle.name) == (sibling.instruction, sibling.action) for sibling in parent.children):
        return Reason.named("identical", "the same was made of it before")
    is_harmful = tree.category == "Harmlessness"
    failed = failed_checks(tree.instruction, text, checks=SEARCH_CHECKS, is_harmful=is_harmful)
    return Reason.of(failed) if failed else None


async def _simulate(
    instruction: str, tree: Tree, models: Models, settings: SearchSettings, step: _Step
) -> dict[str, Any]:
    """Draw n responses to an instruction and score them as answers to the seed (eq. 4-5)."""
    asked = [{"role": "user", "content": instruction}]
    seed = {"role": "user", "content": tree.instruction}
    try:
        replies = await step.ask("respond", models.responder, asked, settings.responses)
        if all(blank := [why_blank(reply) for reply in replies]):
            raise InputError(f"the responder says nothing: {blank[0]}")
        responses = [reply.text for reply in replies]
        scores = await models.reward.score([[seed, {"role": "assistant", "content": text}] for text in responses])
    except InputError as error:
        if not tree.nodes:
            raise
        raise _Rejected(instruction, Reason.named("unanswered", str(error))) from error
    rewards = [round(score, _DECIMALS) for score in scores]
    cut = sum(reply.finish_reason == "length" for reply in replies)
    return {"responses": responses, "rewards": rewards} | ({"cut": cut} if cut else {})


def _beam(tree: Tree, settings: SearchSettings, rng: random.Random) -> Node | None:
    """Take the first unfinished node of the uppermost level; a level is finished before the next one is chosen."""
    level = [tree.root]
    while level:
        if unfinished := [node for node in level if node.unused]:
            return unfinished[0]
        children = [child for node in level for child in node.children]
        level = sorted(children, key=lambda node: -node.reward)[: settings.beam_width]
    return None


def _random(tree: Tree, settings: SearchSettings, rng: random.Random) -> Node | None:
    unfinished = [node for node in tree.nodes if node.unused]
    return rng.choice(unfinished) if unfinished else None


# Each of them returns the node to expand, or `None` when there is nothing left to try, and goes only by what is in the
# tree and the generator it is given.
_STRATEGIES: dict[str, Callable[[Tree, SearchSettings, random.Random], Node | None]] = {
    "mcts": lambda tree, settings, rng: tree.select_by_ucb(settings.exploration),
    "beam": _beam,
    "rejection": lambda tree, settings, rng: tree.root,
    "random": _random,
}
