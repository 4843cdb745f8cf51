"""Pairs: what a finished tree becomes, rows of four configs, and which rows stay. Knows no files and no models.

A row is a plain dict: the columns of the authors' data and, for training, messages in TRL's conversational
formats with the templates of Fig. 10 and Fig. 9.
"""

import hashlib
import math
import random
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple

from p_aligner.errors import InputError
from p_aligner.prompts import Message, refine_messages, render_refined, rewrite_messages


if TYPE_CHECKING:  # the command's help needs what can be chosen, and nothing else
    from ..search.tree import Node, Tree


Row = dict[str, Any]

CONFIGS = ("preference", "refinement", "single-step", "trees")
SELECTIONS = ("best-worst", "random", "sibling", "gibbs")
CONTRASTS = ("all", "high", "low", "mixed")
DIFFICULTIES = ("all", "moderate", "hard")
REASONS = ("no gain", "no siblings", "equal texts")  # why a tree gives fewer rows than it could


@dataclass
class Options:
    """Which pairs are made and which of them stay. Medians and thirds are those of all pairs before any is left out.

    Args:
        max_steps: use nodes 0 to `max_steps` of each tree only (Table 3: 2, 11, all).
        selection: the pair of a tree (`preference`): the nodes of highest and lowest reward, the first of equals;
            `"random"`: any node above the lowest reward against the lowest; `"sibling"`: best and worst child of the
            parent whose children differ most; `"gibbs"`: drawn with weights exp(r / `lam`) and exp(-r / `lam`), so the
            chosen one is not always the better.
        lam: temperature of `"gibbs"`, in units of the reward.
        contrast: `"high"`: margins from the median up; `"low"`: below it; `"mixed"`: every second pair of each.
        difficulty: `"hard"`: the lowest third of `src_reward`; `"moderate"`: the middle third.
        min_margin: smallest margin: chosen less rejected reward (`preference`), or less the source's (`single-step`).
        min_chosen_reward: smallest `chosen_reward`.
        test_fraction: share of the seeds, by hash of their ids, whose rows go to the split `test`; the same seeds in
            each config.
        seed: of the draws of `"random"` and `"gibbs"`; each tree draws for itself.
    """

    max_steps: int | None = None
    selection: str = "best-worst"
    lam: float = 0.1
    contrast: str = "all"
    difficulty: str = "all"
    min_margin: float | None = None
    min_chosen_reward: float | None = None
    test_fraction: float = 0.0
    seed: int = 0

    def check(self, config: str | None = None) -> None:
        """Refuse values that cannot be, and options that say nothing about rows of `config`; all are named at once."""
        mistakes = [
            f"{name} must be one of {', '.join(known)}, it is {value!r}"
            for name, known in (("selection", SELECTIONS), ("contrast", CONTRASTS), ("difficulty", DIFFICULTIES))
            if (value := getattr(self, name)) not in known
        ]
        if not (self.max_steps is None or (_is_whole(self.max_steps) and self.max_steps >= 1)):
            mistakes.append(f"max_steps must be a whole number from 1, it is {self.max_steps!r}")
        if not _is_whole(self.seed):
            mistakes.append(f"seed must be a whole number, it is {self.seed!r}")
        if not (_is_number(self.lam) and self.lam > 0):
            mistakes.append(f"lam must be a number above 0, it is {self.lam!r}")
        if not (_is_number(self.test_fraction) and 0 <= self.test_fraction < 1):
            mistakes.append(f"test_fraction must be a number from 0 and below 1, it is {self.test_fraction!r}")
        for name in ("min_margin", "min_chosen_reward"):
            if not (getattr(self, name) is None or _is_number(getattr(self, name))):
                mistakes.append(f"{name} must be a number, it is {getattr(self, name)!r}")
        idle = {"single-step": {"selection", "lam", "seed"}, "trees": set(_OPTIONS) - {"max_steps", "test_fraction"}}
        for name in sorted(idle.get(config or "", ())):
            if getattr(self, name) != _OPTIONS[name]:
                mistakes.append(f"{name} says nothing about {config!r} rows: leave it out")
        if mistakes:
            raise InputError("; ".join(mistakes))

    def split_of(self, id: str) -> str:
        share = int.from_bytes(hashlib.sha256(id.encode()).digest()[:8], "big") / 2**64
        return "test" if share < self.test_fraction else "train"


_OPTIONS = {option.name: option.default for option in fields(Options)}


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def candidates(
    tree: "Tree", configs: Collection[str], options: Options
) -> dict[str, tuple[list[Row], "Counter[str]"]]:
    """Make all rows that a tree gives before any is left out for its rewards, by config; count those dropped.

    Raises:
        PrincipleError: a `single-step` row names a principle that its run did not have.
    """
    found: dict[str, tuple[list[Row], Counter[str]]] = {}
    for config in configs:
        if config == "refinement":  # the chosen side of the same rows
            pairs, dropped = found.get("preference") or _candidates("preference", tree, options)
            found[config] = [{**pair, "completion": pair["chosen"]} for pair in pairs], dropped
        else:
            found[config] = _candidates(config, tree, options)
    return found


def _candidates(config: str, tree: "Tree", options: Options) -> tuple[list[Row], "Counter[str]"]:
    dropped: Counter[str] = Counter()
    nodes = tree.nodes if options.max_steps is None else tree.nodes[: options.max_steps + 1]
    if config == "trees":
        return [_node(tree, node) for node in nodes], dropped
    if config == "preference":
        rows = list(_preference(tree, nodes, options, dropped))
    else:
        rows = list(_single_steps(tree, nodes, dropped))
    # A pair of equal texts teaches nothing.
    taught = [
        row for row in rows if row["chosen_instruction"] != row.get("rejected_instruction", row["src_instruction"])
    ]
    dropped["equal texts"] = len(rows) - len(taught)
    return taught, dropped


def _preference(tree: "Tree", nodes: "Sequence[Node]", options: Options, dropped: "Counter[str]") -> Iterator[Row]:
    pair = _select(tree, nodes, options)
    if pair is None:
        dropped["no siblings"] += 1
        return
    root, (chosen, rejected) = tree.root, pair
    yield {
        "id": tree.id,
        "category": tree.category,
        "src_instruction": root.instruction,
        "src_reward": root.reward,
        "chosen_instruction": chosen.instruction,
        "chosen_actions": chosen.actions,
        "chosen_reward": chosen.reward,
        "rejected_instruction": rejected.instruction,
        "rejected_actions": rejected.actions,
        "rejected_reward": rejected.reward,
        "prompt": refine_messages(root.instruction),
        "chosen": _answer(chosen.instruction),
        "rejected": _answer(rejected.instruction),
    }


def _select(tree: "Tree", nodes: "Sequence[Node]", options: Options) -> "tuple[Node, Node] | None":
    """Return the chosen and the rejected node; `None` for a tree without siblings where they are asked for."""
    rng = random.Random(f"{options.seed}/{tree.id}")
    if options.selection == "gibbs":
        rewards = [node.reward for node in nodes]
        # Only differences count: shifted by the extremes, exp cannot overflow.
        upward = [math.exp((value - max(rewards)) / options.lam) for value in rewards]
        downward = [math.exp((min(rewards) - value) / options.lam) for value in rewards]
        return rng.choices(nodes, upward)[0], rng.choices(nodes, downward)[0]
    if options.selection == "sibling":
        families: dict[int, list[Node]] = {}
        for node in nodes[1:]:
            assert node.parent
            families.setdefault(node.parent.index, []).append(node)
        pairs = [_extremes(children) for children in families.values() if len(children) > 1]
        return max(pairs, key=lambda pair: pair[0].reward - pair[1].reward, default=None)
    best, worst = _extremes(nodes)
    if options.selection == "random" and best.reward > worst.reward:
        best = rng.choice([node for node in nodes if node.reward > worst.reward])
    return best, worst


def _extremes(nodes: "Sequence[Node]") -> "tuple[Node, Node]":
    return max(nodes, key=lambda node: node.reward), min(nodes, key=lambda node: node.reward)


def _single_steps(tree: "Tree", nodes: "Sequence[Node]", dropped: "Counter[str]") -> Iterator[Row]:
    for node in nodes[1:]:
        parent = node.parent
        assert parent
        assert node.action
        if node.reward <= parent.reward:
            dropped["no gain"] += 1
            continue
        yield {
            "id": tree.id,
            "category": tree.category,
            "action": node.action,
            "src_instruction": parent.instruction,
            "src_reward": parent.reward,
            "chosen_instruction": node.instruction,
            "chosen_reward": node.reward,
            "prompt": rewrite_messages(parent.instruction, tree.pack[node.action]),
            "completion": _answer(node.instruction),
        }


def _node(tree: "Tree", node: "Node") -> Row:
    return {
        "id": tree.id,
        "category": tree.category,
        "node": node.index,
        "parent": node.parent.index if node.parent else None,
        "action": node.action,
        "instruction": node.instruction,
        "reward": node.reward,
        "rewards": node.rewards,
        "responses": node.responses,
    }


def _answer(instruction: str) -> list[Message]:
    return [{"role": "assistant", "content": render_refined(instruction)}]


class Figures(NamedTuple):
    """What decides whether a row stays."""

    margin: float
    src_reward: float
    chosen_reward: float

    @classmethod
    def of(cls, row: Row) -> "Figures":
        below = row.get("rejected_reward", row["src_reward"])
        return cls(row["chosen_reward"] - below, row["src_reward"], row["chosen_reward"])


def verdicts(figures: Sequence[Figures], options: Options) -> Iterator[str | None]:
    """Name for each of all rows of a config, in order, the option that leaves it out."""
    if not figures:
        return
    count = len(figures)
    median = sorted(row.margin for row in figures)[count // 2]
    by_reward = sorted(range(count), key=lambda place: figures[place].src_reward)  # of equal ones the earlier is lower
    ranks = {place: rank for rank, place in enumerate(by_reward)}
    seen = {True: 0, False: 0}
    for place, row in enumerate(figures):
        is_high = row.margin >= median
        seen[is_high] += 1
        in_contrast = {"all": True, "high": is_high, "low": not is_high, "mixed": seen[is_high] % 2 == 1}
        is_hard = ranks[place] < count // 3
        is_moderate = count // 3 <= ranks[place] < 2 * count // 3
        in_difficulty = {"all": True, "moderate": is_moderate, "hard": is_hard}
        if not in_difficulty[options.difficulty]:
            yield "difficulty"
        elif not in_contrast[options.contrast]:
            yield "contrast"
        elif options.min_margin is not None and row.margin < options.min_margin:
            yield "min_margin"
        elif options.min_chosen_reward is not None and row.chosen_reward < options.min_chosen_reward:
            yield "min_chosen_reward"
        else:
            yield None
