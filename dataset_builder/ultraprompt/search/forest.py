"""Hundreds of trees at once, written to a journal and taken up again from it. Knows no terminals and no data sets."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from pydantic import Field

from p_aligner.errors import InputError, KitError, RefusedError
from p_aligner.principles import PAPER_PRINCIPLES, PrinciplePack, load_pack
from p_aligner.prompts import says_nothing
from p_aligner.runtime import BackendSettings, connect
from p_aligner.runtime.budget import Budget, Limits, Patience
from p_aligner.runtime.cluster import ClusterSettings
from p_aligner.runtime.protocol import Backend
from p_aligner.runtime.rewards import RewardModel, RewardSettings, load_reward
from p_aligner.store.journal import Log, Record
from p_aligner.store.recipe import Section
from p_aligner.store.results import require_same

from ..seeds import Seed, SeedSettings
from .journal import TreeJournal
from .strategies import Models, SearchSettings, grow
from .tree import Tree


_PATIENCE = 3  # failures in a row before a seed is quarantined; a backend has tried several times for each of them
_CALLS = 2  # of a step, at most
_NOTED = ("p-aligner", "torch", "transformers")


class Price(Section):
    """What a million tokens cost, in any currency."""

    prompt: float = Field(ge=0)
    completion: float = Field(ge=0)


class Prices(Section):
    """What the models cost that are paid for; one in this process costs nothing."""

    rewriter: Price = Price(prompt=0, completion=0)
    responder: Price = Price(prompt=0, completion=0)


class SynthesisSettings(Limits):
    """A recipe of `ultraprompt synthesize`.

    Args:
        out: the journal, a `.jsonl` file. Run again, a recipe goes on with it.
        seeds, rewriter, responder, reward, search: where the instructions come from, the models O, M and R, and how
            trees grow.
        pack: YAML file with principles of one's own in place of the paper's ten.
        principles: names of those to use; by default all of the pack.
        concurrency: how many trees grow at once; on a cluster, for each worker.
        max_calls, max_tokens, max_minutes: the run ends when the journal holds so many calls of the rewriter and the
            responder, so many tokens of theirs, or so many minutes, those of earlier runs included. Steps under way
            are finished first; calls are never more than allowed.
        prices: for `ultraprompt plan`.
        cluster: for `--ray`; each worker has all models that run in no server.
    """

    out: str = Field(pattern=r"\.jsonl$")
    seeds: SeedSettings
    rewriter: BackendSettings
    responder: BackendSettings
    reward: RewardSettings
    search: SearchSettings = SearchSettings()
    pack: str | None = None
    principles: list[str] | None = Field(default=None, min_length=1)
    concurrency: int = Field(default=256, ge=1)
    prices: Prices | None = None
    cluster: ClusterSettings = ClusterSettings()

    def action_set(self) -> PrinciplePack:
        """Return the principles of the run; `PrincipleError` where pack or names are wrong."""
        pack = load_pack(self.pack) if self.pack else PAPER_PRINCIPLES
        if self.principles is None:
            return pack
        return PrinciplePack((pack[name] for name in self.principles), universal=pack.universal, name=pack.name)

    def load_models(
        self, connect: Callable[..., Backend] = connect, load_reward: Callable[[Any], RewardModel] = load_reward
    ) -> Models:
        """Load them in this process, or as the two functions do."""
        rewriter = connect(self.rewriter)
        return Models(rewriter, connect(self.responder, like=rewriter), load_reward(self.reward))


def fingerprint(models: Models, settings: SearchSettings, principles: PrinciplePack) -> Record:
    """Describe what the nodes of a journal depend on, besides the seeds."""
    description = {
        **models.described(),
        "search": settings.model_dump(),
        "principles": {
            "name": principles.name,
            "universal": principles.universal,
            "principles": [asdict(principle) for principle in principles],
        },
        "versions": {**{package: version(package) for package in _NOTED}, **models.files()},
    }
    as_written: Record = json.loads(json.dumps(description))
    return as_written


class Forest(TreeJournal):
    """The trees of a run: what its journal says of them, and how they go on from there.

    What a forest grows depends on the seeds, the models and the settings of the search alone, not on how many trees
    grow at once nor on where a run was interrupted. Making one replays `log`, where it will write, too; `seeds` are
    all of the run, and the models stay open.

    Raises:
        InputError: two seeds have one id, or the log belongs to other settings or seeds or cannot be read.
        PrincipleError: a seed's category has no principles.
    """

    principles: PrinciplePack

    def __init__(self, seeds: Iterable[Seed], models: Models, settings: SynthesisSettings, log: Log) -> None:
        super().__init__(settings.out, principles=settings.action_set())
        self._models = models
        self.settings = settings
        self.seeds: dict[str, Seed] = {}  # by id
        for seed in seeds:
            if seed.id in self.seeds:
                raise InputError(f"two seeds have the id {seed.id!r}: give them different ones")
            self.principles.for_category(seed.category)
            self.seeds[seed.id] = seed
        self.gains: dict[str, float] = {}  # reward of the best node less that of the root, of trees that have one
        # Answers of "rewriter" and "responder" that are blank, cut off, and all.
        self.blank, self.cut, self.said = Counter[str](), Counter[str](), Counter[str]()
        self.why_blank = "the texts are blank"  # of the rewriter's, what is known
        self.stopped: str | None = None  # the setting whose limit ended the run
        self._patience, self._rewrites = Patience("seeds"), Patience("rewrites")
        self._expected = fingerprint(models, settings.search, self.principles)
        self._log = log
        for _ in self.replay(log.records()):
            pass
        self.open = {id: tree for id, tree in self.open.items() if id in self.seeds}
        self.quarantined.clear()  # what failed then may work now

    def take(self, record: Record) -> Tree | None:
        tree = super().take(record)
        if record["type"] == "run":
            # Newer libraries may go on with what older ones began: their versions are noted, not compared.
            require_same(self.name, record["fingerprint"], self._expected, ignore=("versions",))
        seed = self.seeds.get(record["id"]) if record["type"] == "tree" else None
        if seed and (seed.instruction, seed.category) != (record["instruction"], record["category"]):
            raise InputError(
                f"the seed {seed.id!r} differs from that of {self.name}: give it another id, or choose another --out"
            )
        return tree

    def count(self, tree: Tree, step: Record) -> None:
        super().count(tree, step)
        self._count_answers(step)
        if step["type"] == "node":
            self.gains[tree.id] = tree.best.reward - tree.root.reward

    def _count_answers(self, step: Record) -> None:
        reason = str(step.get("reason", ""))
        if step["parent"] is not None:
            self.said["rewriter"] += 1
            self.blank["rewriter"] += reason.startswith("empty: ")
            self.why_blank = reason.removeprefix("empty: ") if reason.startswith("empty: ") else self.why_blank
            self.cut["rewriter"] += reason == "unfinished: length"
        responses = step.get("responses", ())
        self.said["responder"] += len(responses)
        self.blank["responder"] += sum(map(says_nothing, responses))
        self.cut["responder"] += step.get("cut", 0)

    def steps_left(self) -> tuple[int, int]:
        """Count the roots and the iterations that are still to be made, if every tree gets all of its own."""
        begun = [tree for tree in self.open.values() if tree.id not in self.quarantined]
        fresh = len(self.seeds) - len(self.seeds.keys() & (self.done | self.quarantined.keys())) - len(begun)
        roots = fresh + sum(not tree.nodes for tree in begun)
        iterations = self.settings.search.iterations
        return roots, fresh * iterations + sum(iterations - tree.iterations for tree in begun)

    async def grow(self) -> None:
        """Grow all trees to their ends, or until a limit of the settings is reached.

        It can be cancelled at any moment: steps under way are lost, the log stays whole.

        Raises:
            KitError: the log cannot be written, a server refuses us, or seed after seed fails.
        """
        if self.fingerprint is None:
            seeds = self.settings.seeds.model_dump(mode="json")
            await self._write({"type": "run", "fingerprint": self._expected, "seeds": seeds})
        self._budget = Budget(self.settings, self.spent, elapsed=self.spent.elapsed)
        unfinished = [seed for seed in self.seeds.values() if seed.id not in self.done]
        # Those that were begun come first, so that not ever more trees are under way.
        waiting = iter(sorted(unfinished, key=lambda seed: seed.id not in self.open))
        count = min(self.settings.concurrency, len(unfinished))
        workers = [asyncio.create_task(self._work(waiting)) for _ in range(count)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self, waiting: Iterator[Seed]) -> None:
        for seed in waiting:
            if seed.id not in self.open:
                if not self._may_step():
                    return
                await self._write({"type": "tree", **asdict(seed)})
            await self._tend(self.open[seed.id])

    async def _write(self, record: Record) -> None:
        self.take(record)
        await self._log.append(record)

    async def _tend(self, tree: Tree) -> None:
        failures = 0
        steps = grow(tree, self._models, self.settings.search, self.principles)
        while tree.iterations == self.settings.search.iterations or self._may_step():
            try:
                with self._budget.reserved(_CALLS):
                    step = await anext(steps, None)
            except RefusedError:
                raise
            except Exception as error:  # a model's; whatever it is, the other trees go on
                failures += 1
                if isinstance(error, InputError) or failures == _PATIENCE:
                    return await self._quarantine(tree, error)
                steps = grow(tree, self._models, self.settings.search, self.principles)
                continue
            failures = 0
            if step is None:
                return await self._write({"type": "done", "id": tree.id})
            self._patience.worked()
            self.count(tree, step)
            self.spent.elapsed = round(self._budget.elapsed, 3)
            await self._log.append({**step, "elapsed": self.spent.elapsed})
            if str(reason := step.get("reason", "")).startswith("empty: "):
                self._rewrites.failed(reason)
            elif step["parent"] is not None:
                self._rewrites.worked()
        await steps.aclose()

    async def _quarantine(self, tree: Tree, error: Exception) -> None:
        reason = " ".join(str(error).split()) or type(error).__name__
        if not isinstance(error, KitError):
            reason = f"{type(error).__name__}: {reason}"
        # A seed at fault has a message of its own; where all have the same, it is the settings.
        is_its_own = isinstance(error, InputError) and reason not in self.quarantined.values()
        await self._write({"type": "quarantined", "id": tree.id, "error": reason})
        if not is_its_own:
            self._patience.failed(reason)

    def _may_step(self) -> bool:
        limit = self._budget.reached(_CALLS)
        self.stopped = limit or self.stopped
        return not limit
