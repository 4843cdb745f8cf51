"""Which principles help which domain (Fig. 3), and can a search find new ones?

    python recipes/studies/principles.py
    python recipes/studies/principles.py --proposer chat.yaml     # proposals by a chat model; without, by a template

The map counts the edges of the bundled sample: by how much a rewrite by a principle changes reward and gold, for each
kind of question. Proposals are drawn from the edges that gain most. They are tried in a search on other questions,
beside the paper's principles, and kept when their mean gain in reward is above that of the paper's for such questions;
the last search, on a third set of questions, says what those that are kept are worth at equal budget. No choice sees
gold.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import yaml
from steps import (
    SAMPLE,
    GrownTree,
    Record,
    begin,
    figures,
    finish,
    grow,
    interval,
    once,
    options,
    run,
    trees,
)

from p_aligner import world
from p_aligner.backends import Backend, BackendSettings, connect
from p_aligner.changes import added_sentences
from p_aligner.errors import InputError
from p_aligner.principles import PAPER_PRINCIPLES, Principle
from p_aligner.recipe import Section, load


SHOWN = 12  # edges that a chat model sees of each category
LEAST = 5  # edges that a sentence must come from, or that a principle is judged by
PER_CATEGORY = 2


class Edge(NamedTuple):
    """A rewrite that a search made."""

    kind: str
    action: str
    before: str
    after: str
    reward: float
    gold: float

    @property
    def category(self) -> str:
        return world.CATEGORY[self.kind]


class Proposer(Section):
    """What `--proposer` reads: `backend`, a chat model."""

    backend: BackendSettings


def main() -> None:
    parser = options(__doc__, "runs/studies/principles", questions=60, seeds=1)
    parser.add_argument("--journal", default=SAMPLE, help="trees (those of the bundled sample)")
    parser.add_argument("--iterations", type=int, default=20, help="of each trial's trees (20)")
    parser.add_argument("--proposer", metavar="F.yaml", help="`backend:` a chat model, as in a search recipe")
    given = parser.parse_args()
    out: Path = given.out
    begin(out, given)
    known = list(edges(trees(given.journal)))

    def trial(name: str, draw: int, pack: Path | None = None) -> list[GrownTree]:
        seeds = f"[{{miniature: evaluation, count: {given.questions}, seed: {draw}}}]"
        told = ["--seeds.sources", seeds, "--search.iterations", str(given.iterations)]
        told += ["--pack", str(pack)] if pack else []
        return trees(grow(out / f"{name}.jsonl", *told))

    def propose() -> list[Record]:
        if given.proposer:
            found = asyncio.run(by_chat(connect(load(Proposer, given.proposer).backend), known))
        else:
            found = by_template(known)
        return [asdict(principle) for principle in found]

    proposed = [Principle(**row) for row in figures(out / "proposed.json", propose)]
    tried = list(edges(trial("trial", 11, _pack(out / "trial.yaml", proposed))))
    judged = judge(proposed, tried)
    kept = [principle for principle, row in zip(proposed, judged, strict=True) if row["kept"]]
    found: Record = {"questions": given.questions, "map": gains(known), "proposed": judged}
    found["worth"] = [worth("the paper's ten", trial("paper", 12))]
    if kept:
        found["worth"].append(worth(f"and {len(kept)} kept", trial("kept", 12, _pack(out / "kept.yaml", kept))))
    all_of_them = trial("all", 12, _pack(out / "trial.yaml", proposed))
    found["worth"].append(worth(f"and all {len(proposed)} proposed", all_of_them))
    rows = [
        {"kind": kind, **{p.name: _cell(found["map"], kind, p.name) for p in PAPER_PRINCIPLES}} for kind in world.KINDS
    ]
    tables = {
        f"Mean gain of a rewrite, reward / gold ({len(known)} edges)": rows,
        "Which principles improve (Fig. 3)": distribution(known),
        "Proposed, and tried": judged,
        f"Search at equal budget ({given.questions} other questions)": found["worth"],
    }
    finish(out, found, tables, lambda figure: _draw(figure, found["map"]), size=(10, 3.8))


def edges(grown: Sequence[GrownTree]) -> Iterator[Edge]:
    for tree in grown:
        for node in tree.nodes[1:]:
            parent = tree.nodes[node["parent"]]
            marks = (round(node[mark] - parent[mark], 4) for mark in ("reward", "gold"))
            yield Edge(tree.kind, node["action"], parent["instruction"], node["instruction"], *marks)


def gains(known: Sequence[Edge]) -> list[Record]:
    """Return the mean gain for each kind of question and principle, with n and the interval of the reward's."""
    cells: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    for edge in known:
        cells[edge.kind, edge.action].append(edge)
    return [
        {
            "kind": kind,
            "principle": action,
            "n": len(some),
            "reward": round(fmean(edge.reward for edge in some), 4),
            "interval": interval([edge.reward for edge in some]),
            "gold": round(fmean(edge.gold for edge in some), 4),
        }
        for (kind, action), some in sorted(cells.items())
    ]


def distribution(known: Sequence[Edge]) -> list[Record]:
    """Count the improving edges of each principle, which the single-step rows are made of (Fig. 3)."""
    improving = [edge for edge in known if edge.reward > 0]
    return [
        {
            "principle": principle.name,
            "edges": sum(edge.action == principle.name for edge in known),
            "improving": len(mine),
            "share of all improving": round(len(mine) / len(improving), 4),
            "of them, gold falls": round(fmean(edge.gold < 0 for edge in mine), 4) if mine else "",
        }
        for principle in PAPER_PRINCIPLES
        for mine in [[edge for edge in improving if edge.action == principle.name]]
    ]


def by_template(known: Sequence[Edge]) -> list[Principle]:
    """Propose to add the sentences that gained most, a few for each category.

    A sentence counts in the category where the best edges added it; a principle that asks for it in words of its own
    reaches every instruction there, whatever the principle was that it came from.
    """
    added: dict[tuple[str, str], list[float]] = defaultdict(list)
    for edge in known:
        for sentence in added_sentences(edge.before, edge.after):
            added[edge.category, sentence].append(edge.reward)
    proposed = []
    for category in dict.fromkeys(world.CATEGORY.values()):
        means = {
            sentence: fmean(rewards)
            for (where, sentence), rewards in added.items()
            if where == category and len(rewards) >= LEAST
        }
        best = sorted(means, key=lambda sentence: -means[sentence])[:PER_CATEGORY]
        for number, sentence in enumerate(best, start=1):
            wish = sentence.strip().rstrip(".")
            description = f'adding a request of this kind: "{wish}"'
            proposed.append(Principle(f"{category}, proposal {number}", category, description))
    return proposed


async def by_chat(model: Backend, known: Sequence[Edge]) -> list[Principle]:
    """Ask a chat model what the best edges of each category have in common; it answers `name: description`."""
    proposed = []
    for category in dict.fromkeys(edge.category for edge in known):
        mine = sorted((edge for edge in known if edge.category == category), key=lambda edge: -edge.reward)[:SHOWN]
        shown = "\n\n".join(f"Before: {edge.before}\nAfter: {edge.after}" for edge in mine)
        asked = (
            "Below are instructions to a language model, before and after a rewrite that made the answers better.\n\n"
            + shown
            + f"\n\nWhat do these rewrites do? Name {PER_CATEGORY} principles for instructions of the domain "
            + f"{category}. Write one line for each: a short name, a colon, and the end of the sentence "
            + '"You should optimize this prompt by ...".'
        )
        (reply,) = await model.chat([{"role": "user", "content": asked}], seed=0)
        lines = [line.strip(" -*0123456789.)").partition(":") for line in reply.text.splitlines() if ":" in line]
        named = [(name.strip(), text.strip().rstrip(".")) for name, _, text in lines if name.strip() and text.strip()]
        proposed += [Principle(name, category, text) for name, text in named[:PER_CATEGORY]]
    taken = {principle.name.casefold() for principle in PAPER_PRINCIPLES}
    fresh = {p.name.casefold(): p for p in proposed if p.name.casefold() not in taken}
    if not fresh:
        raise InputError("the proposer answered without a line `name: description`: try another model")
    return list(fresh.values())


def judge(proposed: Sequence[Principle], tried: Sequence[Edge]) -> list[Record]:
    """Say what each proposal gained in the trial, beside the paper's principles in the same category."""
    rows = []
    for principle in proposed:
        mine = [edge for edge in tried if edge.action == principle.name]
        papers = {paper.name for paper in PAPER_PRINCIPLES}
        others = [edge for edge in tried if edge.category == principle.domain and edge.action in papers]
        gain = fmean(edge.reward for edge in mine) if mine else 0.0
        usual = fmean(edge.reward for edge in others) if others else 0.0
        rows.append(
            {
                "domain": principle.domain,
                "description": principle.description,
                "n": len(mine),
                "gain": round(gain, 4),
                "gain in gold": round(fmean(edge.gold for edge in mine), 4) if mine else 0.0,
                "gain of the paper's": round(usual, 4),
                "kept": len(mine) >= LEAST and gain > max(usual, 0.0),
            }
        )
    return rows


def worth(name: str, grown: Sequence[GrownTree]) -> Record:
    """Say what a search with a pack finds."""
    roots, best = [tree.nodes[0] for tree in grown], [tree.best for tree in grown]
    gold = [node["gold"] - root["gold"] for node, root in zip(best, roots, strict=True)]
    reward = [node["reward"] - root["reward"] for node, root in zip(best, roots, strict=True)]
    return {
        "principles": name,
        "trees": len(grown),
        "gain in reward": round(fmean(reward), 4),
        "interval": interval(reward),
        "gain in gold": round(fmean(gold), 4),
        "of gold": interval(gold),
    }


def _pack(path: Path, new: Sequence[Principle]) -> Path:
    """Write a pack of the paper's principles and new ones."""
    rows = [{"name": p.name, "domain": p.domain, "description": p.description} for p in (*PAPER_PRINCIPLES, *new)]
    text = yaml.safe_dump({"name": path.stem, "principles": rows}, sort_keys=False, allow_unicode=True)
    return once(path, lambda partial: partial.write_text(text, "utf-8"))


def _cell(found: Sequence[Record], kind: str, principle: str) -> str:
    cell = next((row for row in found if (row["kind"], row["principle"]) == (kind, principle)), None)
    return f"{cell['reward']:+.2f} / {cell['gold']:+.2f} (n {cell['n']})" if cell else ""


def _draw(figure: Any, found: Sequence[Record]) -> None:
    import numpy as np

    names = [principle.name for principle in PAPER_PRINCIPLES]
    left, right = figure.subplots(1, 2, sharey=True)
    for axes, mark in ((left, "reward"), (right, "gold")):
        cells = np.full((len(world.KINDS), len(names)), np.nan)
        for row in found:
            cells[world.KINDS.index(row["kind"]), names.index(row["principle"])] = row[mark]
        image = axes.imshow(cells, cmap="RdBu", vmin=-0.5, vmax=0.5, aspect="auto")
        axes.set_title(f"mean gain in {mark} of one rewrite", fontsize=9)
        axes.set_xticks(range(len(names)), names, rotation=40, ha="right", fontsize=7)
        axes.set_yticks(range(len(world.KINDS)), world.KINDS, fontsize=8)
        for (y, x), value in np.ndenumerate(cells):
            if not np.isnan(value):
                axes.text(x, y, f"{value:+.2f}", ha="center", va="center", fontsize=6)
    figure.colorbar(image, ax=[left, right], shrink=0.8)


if __name__ == "__main__":
    run(main)
