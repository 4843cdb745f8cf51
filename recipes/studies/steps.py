"""What the studies share: steps that leave a file, questions with their marks, tables and pictures.

A step whose file is there is not done again, so a study that was stopped goes on where it was. Knows no study.
"""

import argparse
import asyncio
import importlib
import json
import math
import os
import random
import statistics
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import p_aligner
from p_aligner import journal, world
from p_aligner.asked import asked
from p_aligner.backends import TransformersBackend, TransformersSettings
from p_aligner.errors import InputError, KitError
from p_aligner.rewards import ClassifierReward, ClassifierSettings


Record = dict[str, Any]

HEAD = "It shows the machinery, not the method's size."
SAMPLE = "dataset_builder/ultraprompt/sample/journal.jsonl.gz"
SEARCH = "recipes/ultraprompt/miniature.yaml"
# The embedded rewriter of the supervised stage: the embedded P-Aligner has learned from a search already.
START = "modeling/p_aligner/miniature/singlepo"
EQUAL = 0.01  # smaller differences of gold or reward are ties
_EXAM_SEED = 5
_DRAWS = 1000  # of a bootstrap
COLORS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000")  # Okabe and Ito's


def options(doc: str | None, out: str, *, questions: int, seeds: int) -> argparse.ArgumentParser:
    """Make the parser of a study, with what all of them can be told."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(out), help=f"folder of the study ({out})")
    parser.add_argument("--questions", type=int, default=questions, help=f"unseen ones to measure with ({questions})")
    parser.add_argument("--seeds", type=int, default=seeds, help=f"how often, each time with another seed ({seeds})")
    return parser


def begin(out: Path, given: argparse.Namespace, *, more: Sequence[str] = ()) -> None:
    """Note what a study is told, so that its folder never mixes what different arguments made.

    Args:
        more (sequence of `str`, *optional*):
            Arguments that only add to what is there, beside the number of seeds.

    Raises:
        InputError: the folder was begun with other arguments.
    """
    free = {"out", "seeds", *more}
    told = {name: str(value) for name, value in vars(given).items() if name not in free and value is not None}
    there = figures(out / "arguments.json", lambda: told)
    if differing := sorted(name for name in {*told, *there} if told.get(name) != there.get(name)):
        listed = ", ".join(f"--{name} ({there.get(name)} and {told.get(name)})" for name in differing)
        raise InputError(f"{out} was begun with other arguments, there and here: {listed}; choose another --out")


def run(main: Callable[[], None]) -> None:
    """Run a study; what was wrong is said in a line."""
    try:
        main()
    except KitError as error:
        sys.exit(f"{Path(sys.argv[0]).stem}: {error}")


def once(path: Path, make: Callable[[Path], object]) -> Path:
    """Make a file or folder unless it is there; it appears whole, `make` writes it under another name.

    What a stopped `make` left is what the next one finds: it may go on with it.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"partial-{path.name}")
        make(partial)
        partial.rename(path)
    return path


def figures(path: Path, compute: Callable[[], Any]) -> Any:
    """Return what the JSON file holds; compute it first unless it is there."""
    once(path, lambda new: new.write_text(json.dumps(compute(), indent=2, ensure_ascii=False) + "\n", "utf-8"))
    return json.loads(path.read_text("utf-8"))


def grow(path: Path, *overrides: str) -> Path:
    """Grow the trees of the search recipe into a journal, with what `overrides` change of the recipe."""
    from ultraprompt.cli import main

    def search(new: Path) -> None:
        if main(["synthesize", SEARCH, "--out", str(new), *overrides]) != 0:
            raise KitError(f"the search for {path} is not complete: run the same command again")

    return once(path, search)


def build(path: Path, journals: Sequence[str | Path], **how: Any) -> Path:
    """Build an UltraPrompt folder of journals."""
    from ultraprompt.folder import build

    return once(path, lambda new: build(journals, new, **how))


def train(trainer: str, recipe: str, path: Path, **changed: Any) -> Path:
    """Run a trainer of TRL in this process (its imports take longer than a small run), from its newest checkpoint."""
    script = importlib.import_module(f"trl.scripts.{trainer}")

    def run(new: Path) -> None:
        states = sorted(new.glob("checkpoint-*/trainer_state.json"), key=os.path.getmtime)
        resume = {"resume_from_checkpoint": states[-1].parent} if states else {}
        told = {**changed, "output_dir": new, **resume}
        arguments = [str(part) for name, value in told.items() for part in (f"--{name}", value)]
        script.main(
            *script.make_parser().parse_args_and_config(["--config", recipe, *arguments], fail_with_unknown_args=True)
        )

    return once(path, run)


@dataclass
class Marks:
    """Of the answers to some wordings of the questions: gold, and the learned reward (its raw score)."""

    gold: list[float]
    reward: list[float]


class Exam:
    """Questions that no training has seen, two in five typed in a hurry; the responder answers them greedily.

    Args:
        count (`int`):
            How many questions.
    """

    def __init__(self, count: int) -> None:
        drawn = list(islice(asked("evaluation", seed=_EXAM_SEED), count))
        self.raw = [text for text, _ in drawn]
        self.questions = [question for _, question in drawn]
        self._responder = TransformersBackend(
            TransformersSettings(
                backend="transformers", model=p_aligner.miniature("responder"), temperature=0, max_new_tokens=96
            )
        )
        self._reward = ClassifierReward(
            ClassifierSettings(reward="classifier", model=p_aligner.miniature("reward"), transform="none")
        )
        self._answers: dict[str, str] = {}

    def marks(self, wordings: Sequence[str]) -> Marks:
        """Answer the wordings and mark the answers as answers to the questions themselves."""
        return asyncio.run(self._marks(wordings))

    async def _marks(self, wordings: Sequence[str]) -> Marks:
        fresh = list(dict.fromkeys(text for text in wordings if text not in self._answers))
        replies = await asyncio.gather(*(self._responder.chat(_user(text)) for text in fresh))
        self._answers |= {text: reply.text for text, (reply,) in zip(fresh, replies, strict=True)}
        pairs = [(question.raw, self._answers[text]) for question, text in zip(self.questions, wordings, strict=True)]
        rewards = await self._reward.score([[*_user(a), {"role": "assistant", "content": b}] for a, b in pairs])
        return Marks([world.gold(*pair) for pair in pairs], [round(reward, 4) for reward in rewards])

    def refined(self, model: str | Path, texts: Sequence[str] | None = None) -> tuple[list[str], float]:
        """Refine wordings (by default the raw ones) with a model; also return the share that the guard rejected."""
        from transformers import pipeline

        records = pipeline("instruction-refinement", model=str(model))(list(texts or self.raw), batch_size=32)
        rejected = sum(not record["changed"] and record["reason"] != "already clear" for record in records)
        return [record["refined_instruction"] for record in records], rejected / len(records)

    def examined(self, model: str | Path) -> Record:
        """Compare what a model makes of the raw wordings with these, and say how much of it the guard rejected."""
        wordings, rejected = self.refined(model)
        return {"rejected": round(rejected, 4), **self.result(wordings)}

    def result(self, wordings: Sequence[str]) -> Record:
        """Compare wordings with the raw ones."""
        before, after = self.marks(self.raw), self.marks(wordings)
        return {
            "gold": round(statistics.fmean(after.gold), 4),
            "reward": round(statistics.fmean(after.reward), 4),
            "by gold": outcomes(before.gold, after.gold),
            "by reward": outcomes(before.reward, after.reward),
        }


def _user(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def outcomes(before: Sequence[float], after: Sequence[float]) -> list[float]:
    """Return the shares of wins, ties and losses, in percent."""
    signs = [(new - old > EQUAL) - (old - new > EQUAL) for old, new in zip(before, after, strict=True)]
    return [round(100 * signs.count(sign) / len(signs), 1) for sign in (1, 0, -1)]


def slashed(shares: Sequence[float]) -> str:
    """Write wins, ties and losses for a cell of a table."""
    return " / ".join(map(str, shares))


def spread(values: Sequence[float]) -> list[float]:
    """Return mean and standard deviation."""
    return [round(statistics.fmean(values), 4), round(statistics.stdev(values), 4) if len(values) > 1 else 0.0]


def squashed(scores: Sequence[float]) -> list[float]:
    """Bring raw scores to the scale of the search, from 0 to 1."""
    return [1 / (1 + math.exp(-score)) for score in scores]


def interval(values: Sequence[float]) -> list[float]:
    """Return the 95 % interval of a mean, by bootstrap."""
    rng = random.Random(0)
    means = sorted(statistics.fmean(rng.choices(values, k=len(values))) for _ in range(_DRAWS))
    return [round(means[_DRAWS // 40], 4), round(means[-1 - _DRAWS // 40], 4)]


@dataclass
class GrownTree:
    """A finished tree of a journal: its nodes in order, each with `reward` and `gold`, the means of its responses."""

    id: str
    instruction: str
    kind: str
    nodes: list[Record]

    @property
    def best(self) -> Record:
        return max(self.nodes, key=lambda node: node["reward"])


def trees(*journals: str | Path) -> list[GrownTree]:
    """Read the finished trees of journals that were grown in the miniature world, with gold beside the reward."""
    found: dict[str, GrownTree] = {}
    done: list[GrownTree] = []
    for path in journals:
        for record in journal.read(path):
            match record["type"]:
                case "tree":
                    text = record["instruction"]
                    found[record["id"]] = GrownTree(record["id"], text, kind_of(text, record["category"]), [])
                case "node":
                    tree = found[record["id"]]
                    golds = [world.gold(tree.instruction, text) for text in record["responses"]]
                    marks = {"reward": statistics.fmean(record["rewards"]), "gold": statistics.fmean(golds)}
                    tree.nodes.append({**record, **marks})
                case "done":
                    done.append(found.pop(record["id"]))
    return done


def kind_of(instruction: str, category: str) -> str:
    """Name the kind of a question of the world; harm and look-alikes have one category."""
    if category == world.CATEGORY["harm"]:
        subject = world.read(instruction)
        return "harm" if isinstance(subject, world.Request) and subject.harmful else "look-alike"
    return next(kind for kind in world.KINDS if world.CATEGORY[kind] == category)


def table(rows: Iterable[Record]) -> str:
    """Write rows of the same columns as Markdown."""
    lines: list[str] = []
    for row in rows:
        if not lines:
            lines += ["| " + " | ".join(row) + " |", "|" + "---|" * len(row)]
        lines.append("| " + " | ".join(map(str, row.values())) + " |")
    return "\n".join(lines) + "\n"


def finish(
    folder: Path,
    found: Record,
    tables: Mapping[str, Sequence[Record]],
    draw: Callable[[Any], None],
    size: tuple[float, float] = (7.5, 3),
) -> None:
    """Write a study's figures, tables and picture, and show the tables.

    Args:
        folder (`Path`):
            Gets `figures.json`, `tables.md` and `picture.png`.
        found (`dict`):
            All figures.
        tables (`Mapping`):
            Rows of each table, by its title.
        draw (`Callable`):
            Draws on a matplotlib figure.
        size (`tuple`, *optional*):
            Of the picture, in inches.
    """
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    whole = {"note": HEAD, "world": world.fingerprint(), **found, "tables": tables}
    (folder / "figures.json").write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", "utf-8")
    text = "\n".join([f"{HEAD}\n", *(f"**{title}**\n\n{table(rows)}" for title, rows in tables.items())])
    (folder / "tables.md").write_text(text, "utf-8")
    figure = Figure(figsize=size, layout="constrained")
    draw(figure)
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(folder / "picture.png", dpi=160, metadata={"Software": None})
    sys.stdout.write(f"{text}\n{folder}: figures.json, tables.md, picture.png\n")
