"""Pairs: what finished trees become, rows of four configs, and which rows stay.

Knows no files, no models and no data set library. A row is a plain dict: the columns of the authors' exporters and,
for training, messages in TRL's conversational formats with the templates of Fig. 10 and Fig. 9.
"""

import hashlib
import math
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from statistics import fmean
from typing import Any, NamedTuple

from p_aligner.errors import InputError
from p_aligner.principles import PAPER_PRINCIPLES, PrinciplePack
from p_aligner.prompts import Message, refine_messages, render_refined, rewrite_messages


Row = dict[str, Any]

CONFIGS = ("preference", "refinement", "single-step", "trees")
SELECTIONS = ("best-worst", "random", "sibling", "gibbs")
CONTRASTS = ("all", "high", "low", "mixed")
DIFFICULTIES = ("all", "moderate", "hard")


# Columns of the authors' exporters, besides `meta`. Their preference rows do not say what the source is worth.
_TEXTS = {
    "preference": ("src_instruction", "chosen_instruction", "rejected_instruction"),
    "single-step": ("src_instruction", "chosen_instruction"),
}
_OTHERS = {
    "preference": ("category", "chosen_actions", "chosen_reward", "rejected_actions", "rejected_reward"),
    "single-step": ("category", "action", "src_reward", "chosen_reward"),
}


class FinishedTree(NamedTuple):
    """A tree: `nodes` are its journal records ordered by number, the root (node 0) first, parents before children."""

    id: str
    category: str
    nodes: list[Row]
    principles: PrinciplePack = PAPER_PRINCIPLES


class PublishedRow(NamedTuple):
    """A row that the authors' exporters made, of the kind `config`; `id` is its seed's, its tree is not known."""

    id: str
    config: str
    row: Row


@dataclass
class Options:
    """Which pairs are made and which of them stay. Medians and thirds are those of all pairs before any is left out.

    Args:
        max_steps (`int`, *optional*):
            Use nodes 0 to `max_steps` of each tree only (Table 3: 2, 11, all).
        selection (`str`, *optional*, defaults to `"best-worst"`):
            The pair of a tree (`preference`): the nodes of highest and lowest reward, the first of equals; `"random"`:
            any node above the lowest reward against the lowest; `"sibling"`: best and worst child of the parent whose
            children differ most; `"gibbs"`: drawn with weights exp(r / `lam`) and exp(-r / `lam`), so the chosen one
            is not always the better.
        lam (`float`, *optional*, defaults to 0.1):
            Temperature of `"gibbs"`, in units of the reward.
        contrast (`str`, *optional*, defaults to `"all"`):
            `"high"`: margins from the median up; `"low"`: below it; `"mixed"`: every second pair of each.
        difficulty (`str`, *optional*, defaults to `"all"`):
            `"hard"`: the lowest third of `src_reward`; `"moderate"`: the middle third.
        min_margin (`float`, *optional*):
            Smallest margin: chosen less rejected reward (`preference`), or less the source's (`single-step`).
        min_chosen_reward (`float`, *optional*):
            Smallest `chosen_reward`.
        test_fraction (`float`, *optional*, defaults to 0.0):
            Share of the seeds, by hash of their ids, whose rows go to the split `test`; the same seeds in each config.
        seed (`int`, *optional*, defaults to 0):
            Of the draws of `"random"` and `"gibbs"`; each tree draws for itself.
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
        """Refuse values that cannot be, all named at once, and options that say nothing about rows of `config`.

        Raises:
            InputError: naming each mistake.
        """
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
        """Name the split of a seed: `"train"` or `"test"`."""
        share = int.from_bytes(hashlib.sha256(id.encode()).digest()[:8], "big") / 2**64
        return "test" if share < self.test_fraction else "train"


_OPTIONS = {option.name: option.default for option in fields(Options)}


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def reward(node: Row) -> float:
    """Return the reward of an instruction: the mean over its responses (eq. 5)."""
    return fmean(node["rewards"])


def candidates(config: str, item: FinishedTree | PublishedRow, options: Options, dropped: "Counter[str]") -> list[Row]:
    """Make all rows of `config` that a tree gives before any is left out for its rewards; count those dropped.

    Raises:
        InputError: a published row cannot give what is asked for.
        PrincipleError: a `single-step` row names a principle that its run did not have.
    """
    if config == "refinement":  # the chosen side of the same rows
        pairs = candidates("preference", item, options, dropped)
        return [{**pair, "completion": pair["chosen"]} for pair in pairs]
    if isinstance(item, PublishedRow):
        return [row for row in [_published(config, item, options)] if not _is_idle(row, dropped)]
    if options.max_steps is not None:
        item = item._replace(nodes=[node for node in item.nodes if node["node"] <= options.max_steps])
    if config == "preference":
        rows = _preference(item, options, dropped)
    elif config == "single-step":
        rows = _single_steps(item, dropped)
    else:
        return _nodes(item)
    return [row for row in rows if not _is_idle(row, dropped)]


def _is_idle(row: Row, dropped: "Counter[str]") -> bool:
    """Count and refuse a pair that teaches nothing: its two texts are equal."""
    is_idle = bool(row["chosen_instruction"] == row.get("rejected_instruction", row["src_instruction"]))
    dropped["equal texts"] += is_idle
    return is_idle


def _preference(tree: FinishedTree, options: Options, dropped: "Counter[str]") -> Iterator[Row]:
    pair = _select(tree, options)
    if pair is None:
        dropped["no siblings"] += 1
        return
    nodes = {node["node"]: node for node in tree.nodes}
    root, (chosen, rejected) = tree.nodes[0], pair
    yield {
        "id": tree.id,
        "category": tree.category,
        "src_instruction": root["instruction"],
        "src_reward": reward(root),
        "chosen_instruction": chosen["instruction"],
        "chosen_actions": _actions(nodes, chosen),
        "chosen_reward": reward(chosen),
        "rejected_instruction": rejected["instruction"],
        "rejected_actions": _actions(nodes, rejected),
        "rejected_reward": reward(rejected),
        **_preference_messages(root["instruction"], chosen["instruction"], rejected["instruction"]),
    }


def _select(tree: FinishedTree, options: Options) -> tuple[Row, Row] | None:
    """Return the chosen and the rejected node; `None` for a tree without siblings where they are asked for."""
    nodes = tree.nodes
    rng = random.Random(f"{options.seed}/{tree.id}")
    if options.selection == "gibbs":
        rewards = [reward(node) for node in nodes]
        # Only differences count: shifted by the extremes, exp cannot overflow.
        upward = [math.exp((value - max(rewards)) / options.lam) for value in rewards]
        downward = [math.exp((min(rewards) - value) / options.lam) for value in rewards]
        return rng.choices(nodes, upward)[0], rng.choices(nodes, downward)[0]
    if options.selection == "sibling":
        families: dict[int, list[Row]] = {}
        for node in nodes[1:]:
            families.setdefault(node["parent"], []).append(node)
        pairs = [_extremes(children) for children in families.values() if len(children) > 1]
        return max(pairs, key=lambda pair: reward(pair[0]) - reward(pair[1]), default=None)
    best, worst = _extremes(nodes)
    if options.selection == "random" and reward(best) > reward(worst):
        best = rng.choice([node for node in nodes if reward(node) > reward(worst)])
    return best, worst


def _extremes(nodes: list[Row]) -> tuple[Row, Row]:
    """Return the nodes of highest and lowest reward, the first of equals."""
    return max(nodes, key=reward), min(nodes, key=reward)


def _actions(nodes: dict[int, Row], node: Row) -> list[str]:
    """Name the principles on the path from the root to `node`."""
    actions = []
    while node["parent"] is not None:
        actions.append(node["action"])
        node = nodes[node["parent"]]
    return actions[::-1]


def _single_steps(tree: FinishedTree, dropped: "Counter[str]") -> Iterator[Row]:
    nodes = {node["node"]: node for node in tree.nodes}
    for node in tree.nodes[1:]:
        parent = nodes[node["parent"]]
        if reward(node) <= reward(parent):
            dropped["no gain"] += 1
            continue
        yield {
            "id": tree.id,
            "category": tree.category,
            "action": node["action"],
            "src_instruction": parent["instruction"],
            "src_reward": reward(parent),
            "chosen_instruction": node["instruction"],
            "chosen_reward": reward(node),
            **_step_messages(parent["instruction"], node["instruction"], node["action"], tree.principles),
        }


def _nodes(tree: FinishedTree) -> list[Row]:
    return [
        {
            "id": tree.id,
            "category": tree.category,
            **{column: node[column] for column in ("node", "parent", "action", "instruction")},
            "reward": reward(node),
            "rewards": node["rewards"],
            "responses": node["responses"],
        }
        for node in tree.nodes
    ]


def _published(config: str, published: PublishedRow, options: Options) -> Row:
    """Complete a row of the authors' exporter."""
    row = published.row
    if config != published.config:
        raise InputError(f"published {published.config!r} rows hold no trees: {config!r} rows cannot be made of them")
    for name in ("max_steps", "selection", *(["difficulty"] if config == "preference" else [])):
        if getattr(options, name) != _OPTIONS[name]:
            raise InputError(f"{name} needs trees, published {config!r} rows hold none: leave it out")
    columns = [*_TEXTS[config], *_OTHERS[config]]
    try:
        source, chosen, *rejected = (row[column] for column in _TEXTS[config])
        if config == "preference":
            messages = _preference_messages(source, chosen, *rejected)
        else:
            messages = _step_messages(source, chosen, row["action"])
        return {"id": published.id, "src_reward": None, **{column: row[column] for column in columns}, **messages}
    except KeyError as error:
        raise InputError(f"the published row {published.id!r} lacks {error}") from error


def _answer(instruction: str) -> list[Message]:
    return [{"role": "assistant", "content": render_refined(instruction)}]


def _preference_messages(source: str, chosen: str, rejected: str) -> dict[str, list[Message]]:
    return {"prompt": refine_messages(source), "chosen": _answer(chosen), "rejected": _answer(rejected)}


def _step_messages(
    source: str, chosen: str, action: str, principles: PrinciplePack = PAPER_PRINCIPLES
) -> dict[str, list[Message]]:
    return {"prompt": rewrite_messages(source, principles[action]), "completion": _answer(chosen)}


class Plan(NamedTuple):
    """Which rows of each tree stay: `kept[i]` counts among the candidates of item i; `dropped` counts the others."""

    kept: list[list[int]]
    dropped: "Counter[str]"


class _Figures(NamedTuple):
    margin: float
    src_reward: float
    chosen_reward: float


def plan(config: str, items: Iterable[FinishedTree | PublishedRow], options: Options) -> Plan:
    """Look at all trees once and say which rows stay, so that medians and thirds are those of all of them.

    Raises:
        InputError, PrincipleError: as `candidates`.
    """
    dropped: Counter[str] = Counter()
    counts: list[int] = []
    figures: list[_Figures] = []
    for item in items:
        rows = candidates(config, item, options, dropped)
        counts.append(len(rows))
        if config != "trees":
            figures += map(_figures, rows)
    if config == "trees":
        return Plan([list(range(count)) for count in counts], dropped)
    verdicts = iter(_verdicts(figures, options))
    kept = []
    for count in counts:
        reasons = [next(verdicts) for _ in range(count)]
        dropped.update(reason for reason in reasons if reason)
        kept.append([number for number, reason in enumerate(reasons) if not reason])
    return Plan(kept, +dropped)


def _figures(row: Row) -> _Figures:
    below = row.get("rejected_reward", row["src_reward"])
    source = math.nan if row["src_reward"] is None else row["src_reward"]
    return _Figures(row["chosen_reward"] - below, source, row["chosen_reward"])


def _verdicts(figures: list[_Figures], options: Options) -> Iterator[str | None]:
    """Name for each row the option that leaves it out."""
    if not figures:
        return
    count = len(figures)
    median = sorted(row.margin for row in figures)[count // 2]
    rewards = sorted(row.src_reward for row in figures)
    third, two_thirds = rewards[count // 3], rewards[2 * count // 3]
    seen = {True: 0, False: 0}
    for row in figures:
        is_high = row.margin >= median
        seen[is_high] += 1
        in_contrast = {
            "all": True,
            "high": is_high,
            "low": not is_high,
            "mixed": seen[is_high] % 2 == 1,
        }
        in_difficulty = {
            "all": True,
            "moderate": third <= row.src_reward < two_thirds,
            "hard": row.src_reward < third,
        }
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
