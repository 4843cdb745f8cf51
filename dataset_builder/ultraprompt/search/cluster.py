"""A forest on many machines: Ray's workers grow its parts, this process gathers what they write. Prints nothing.

Every worker has models of its own and writes on storage that all machines share; nothing but the parts' names, their
seeds and the settings is sent. When a worker is lost, others take over its parts.
"""

import asyncio
import math
import platform
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from p_aligner.errors import InputError, KitError
from p_aligner.principles import PrinciplePack
from p_aligner.runtime import BackendSettings, ScriptedBackend, ScriptedSettings
from p_aligner.runtime.budget import Budget, Spent
from p_aligner.runtime.cluster import LIVES, Tell, Workplace, adopt, parts_of, room, why_lost
from p_aligner.store.journal import Journal, Record

from ..seeds import Seed
from .forest import Census, Forest, SynthesisSettings
from .journal import add_step
from .parts import Part, divide, folder, remove_folder
from .strategies import Models


_TICK_S = 0.5
_TAKEOVER_S = 180.0  # a network file system may hold the lock of a machine that is gone for minutes
_LAST_WORDS_S = 10.0


class Worker:
    """An actor of Ray: models, and the forests of the parts that are grown with them.

    Args:
        settings (`SynthesisSettings`):
            Of the run.
        principles (`PrinciplePack`):
            Its action set; the file of own principles is not asked for here.
        workplace (`Workplace`):
            What this process takes over from the one that runs the command.
    """

    def __init__(self, settings: SynthesisSettings, principles: PrinciplePack, workplace: Workplace) -> None:
        self._settings = settings.model_copy(update={"max_tokens": None, "max_minutes": None})
        self._principles = principles
        self._workplace = workplace
        self._models: Models | None = None
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._forests: set[Forest] = set()
        self._ending = ""

    async def load(self) -> str:
        """Load the models; return the name of this machine.

        Raises:
            InputError: a model cannot be loaded here.
        """
        adopt(self._workplace)
        try:
            self._models = self._settings.load_models()
        except InputError as error:
            raise InputError(f"on {platform.node()}: {error}") from None
        return platform.node()

    async def grow(self, path: str, seeds: Sequence[Seed], max_calls: int | None, elapsed: float) -> str | None:
        """Grow the trees of a part, from wherever it is; return the limit that ended it, if one did.

        Args:
            path (`str`), seeds (sequence of `Seed`):
                The part.
            max_calls (`int`, *optional*):
                Calls that it may have, those included that it has.
            elapsed (`float`):
                Seconds that the run took so far.

        Raises:
            InputError: the part is not there, or its writer does not end.
            KitError: seed after seed fails.
        """
        assert self._models
        if not Path(path).exists():
            raise InputError(
                f"{platform.node()} does not see {path}: put `out` where all machines see it under the same name"
            )
        with await asyncio.to_thread(Journal, path, patience_s=_TAKEOVER_S) as journal:
            settings = self._settings.model_copy(update={"out": path, "max_calls": max_calls})
            forest = Forest(seeds, self._models, settings, journal, principles=self._principles, slots=self._slots)
            forest.spent.elapsed = max(elapsed, forest.spent.elapsed)
            if self._ending:
                forest.stop(self._ending)
            self._forests.add(forest)
            try:
                await forest.grow()
            finally:
                self._forests.discard(forest)
        return forest.stopped

    async def stop(self, reason: str) -> None:
        """Let no more steps begin."""
        self._ending = reason
        for forest in self._forests:
            forest.stop(reason)


@dataclass(eq=False)
class Share(Part):
    """A part with its allowance: the calls that it had, and those that it may have."""

    spent: Spent = field(default_factory=Spent)
    max_calls: int = 0
    is_begun: bool = False


@dataclass(eq=False)
class _Hand:
    """A worker as this process knows it."""

    actor: Any
    machine: str = ""  # until its models are loaded
    shares: set[Share] = field(default_factory=set)


class Cluster(Census):
    """The trees of a run, grown by the workers of a Ray cluster; see `Census` for what it tells.

    Args:
        ray (module):
            Connected to the cluster.
        seeds, settings:
            As in `Census`.
        journal (`Journal`):
            The run's; parts of an earlier run must have been collected.
        tell (`Tell`):
            See there.
    """

    def __init__(
        self,
        ray: Any,
        seeds: Iterable[Seed],
        settings: SynthesisSettings,
        journal: Journal,
        tell: Tell,
    ) -> None:
        super().__init__(seeds, _described(settings), settings, journal)
        self._ray = ray
        self._journal = journal
        self._tell = tell
        self._hands: list[_Hand] = []
        self._tasks: dict[asyncio.Task[Any], tuple[_Hand, Share | None]] = {}
        self._waiting: deque[Share] = deque()
        self._growing: set[Share] = set()
        self._lost_in_a_row = 0

    async def grow(self) -> None:
        """Grow all trees to their ends, or until a limit of the settings is reached.

        It can be cancelled at any moment: steps under way are lost, all that was written is gathered.

        Raises:
            KitError: a journal cannot be written, models cannot be loaded, seed after seed or worker after worker
                fails.
        """
        self._budget = Budget(self.settings, self.spent, elapsed=self.spent.elapsed)
        if self.fingerprint is None:
            self.take(self.run_record())
            self._journal.extend([self.run_record()])
        unfinished = [seed for seed in self.seeds.values() if seed.id not in self.done]
        if not unfinished:
            return
        workers, options = room(self._ray, self.settings.cluster, _models(self.settings), self._tell)
        # Trees that were begun come first, so that not ever more are under way.
        unfinished.sort(key=lambda seed: seed.id not in self.open)
        parts = divide(unfinished, workers=workers, at_once=self.settings.concurrency)
        at_once = min(math.ceil(self.settings.concurrency / len(parts[0])) + 1, math.ceil(len(parts) / workers))
        place = folder(self.settings.out)
        self._waiting.extend(Share(place / f"{number:06}.jsonl", seeds) for number, seeds in enumerate(parts))
        begun = self._begun()
        try:
            while self._waiting or self._growing:
                self._hire(min(workers, len(self._waiting) + len(self._growing)), options)
                self._hand_out(at_once, begun)
                if self.stopped and not self._growing:
                    break
                ended, _ = await asyncio.wait(self._tasks, timeout=_TICK_S, return_when=asyncio.FIRST_COMPLETED)
                for task in ended:
                    self._settle(task)
                for share in self._growing:
                    self.gather(share)
                self._heed_limits()
        finally:
            self._dismiss()

    def _begun(self) -> dict[str, list[Record]]:
        """Return what the journal says of the trees that are not finished."""
        records: dict[str, list[Record]] = {id: [] for id in self.open}
        if records:
            for record in self._journal.records():
                if record.get("id") in records and record["type"] != "quarantined":
                    records[record["id"]].append(record)
        return records

    def _hire(self, count: int, options: dict[str, Any]) -> None:
        """Start workers until there are so many; each is ready when its models are loaded."""
        while len(self._hands) < count and not self.stopped:
            workplace = Workplace.here(*_models(self.settings))
            actor = self._ray.remote(Worker).options(**options)
            hand = _Hand(actor.remote(self.settings, self.principles, workplace))
            self._hands.append(hand)
            self._start(hand.actor.load, hand, None)

    def _start(self, method: Any, hand: _Hand, share: Share | None, *arguments: Any) -> None:
        async def call() -> Any:
            return await method.remote(*arguments)

        self._tasks[asyncio.create_task(call())] = (hand, share)

    def _hand_out(self, at_once: int, begun: dict[str, list[Record]]) -> None:
        """Give parts to the workers that have the fewest, as far as the limit on calls allows."""
        while self._waiting and not self.stopped:
            free = [hand for hand in self._hands if hand.machine and len(hand.shares) < at_once]
            if not free:
                return
            share = self._waiting[0]
            if self.settings.max_calls is not None:
                reserved = sum(each.max_calls - each.spent.all_calls for each in self._growing)
                calls = min(self.settings.max_calls - self.spent.all_calls - reserved, self._need(share))
                if calls < min(2, self._need(share)):
                    if not self._growing:
                        self.stopped = "max_calls"
                    return
                share.max_calls = share.spent.all_calls + calls
            self._waiting.popleft()
            if not share.is_begun:
                share.is_begun = True
                records = [record for seed in share.seeds for record in begun.pop(seed.id, ())]
                share.begin([self.run_record(), *records])
                for record in records:
                    if record["type"] in ("node", "rejected"):
                        add_step(share.spent, record)
            hand = min(free, key=lambda hand: len(hand.shares))
            hand.shares.add(share)
            self._growing.add(share)
            limit = None if self.settings.max_calls is None else share.max_calls
            elapsed = round(self._budget.elapsed, 3)
            self._start(hand.actor.grow, hand, share, str(share.path), share.seeds, limit, elapsed)

    def _need(self, share: Share) -> int:
        """Count the calls that a part can still take: one for a root, two for an iteration."""
        iterations = self.settings.search.iterations
        calls = 0
        for seed in share.seeds:
            if seed.id not in self.done and seed.id not in self.quarantined:
                tree = self.open.get(seed.id)
                calls += 2 * (iterations - tree.iterations) + (not tree.nodes) if tree else 1 + 2 * iterations
        return calls

    def _settle(self, task: "asyncio.Task[Any]") -> None:
        """Take note of a task that has ended, well or badly."""
        hand, share = self._tasks.pop(task)
        if hand not in self._hands:  # it was lost, which another task of it has told
            task.exception()
            return
        try:
            result = task.result()
        except self._ray.exceptions.RayActorError as error:
            self._lose(hand, error)
            return
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause if isinstance(error.cause, KitError) else error from None
        if share is None:
            hand.machine = result
            return
        self._lost_in_a_row = 0
        hand.shares.discard(share)
        self._growing.discard(share)
        self.gather(share)
        if result:  # the limit that ended it
            self._waiting.appendleft(share)
        else:
            share.end()

    def _lose(self, hand: _Hand, error: Exception) -> None:
        """Give the parts of a lost worker to others."""
        self._hands.remove(hand)
        self._ray.kill(hand.actor)  # it may only be out of reach
        reason = why_lost(error)
        self._lost_in_a_row += 1
        if self._lost_in_a_row > LIVES * (len(self._hands) + 1):
            raise KitError(f"{self._lost_in_a_row} workers were lost one after the other, at last: {reason}")
        where = f" on {hand.machine}" if hand.machine else ""
        self._tell(f"a worker{where} was lost ({reason}); another takes over its {len(hand.shares)} parts")
        self._growing -= hand.shares
        self._waiting.extendleft(hand.shares)

    def gather(self, share: Share) -> None:
        """Add to the run's journal what is new in a part."""
        if news := share.news():
            self._lost_in_a_row = 0
            self._journal.extend(news)
        for record in news:
            self.take(record)
            if record["type"] in ("node", "rejected"):
                add_step(share.spent, record)

    def _heed_limits(self) -> None:
        """Stop all workers when the run has taken the tokens or minutes that it may."""
        if not self.stopped and (limit := self._budget.reached()):
            self.stopped = limit
            for hand in self._hands:
                hand.actor.stop.remote(self.stopped)

    def _dismiss(self) -> None:
        """End the workers, gather their last words and take the parts away."""
        for task in self._tasks:
            task.cancel()
        for hand in self._hands:
            self._ray.kill(hand.actor)
        for share in (*self._growing, *self._waiting):
            if share.is_begun:
                # The lock is free when its writer is gone. Otherwise the next run gathers what is there.
                with Journal(share.path, patience_s=_LAST_WORDS_S) as journal:
                    journal.extend(())  # ends the last line
                    self.gather(share)
                share.end()
        remove_folder(self.settings.out)


def _models(settings: SynthesisSettings) -> list[Any]:
    return parts_of(settings.rewriter, settings.responder, settings.reward)


def _described(settings: SynthesisSettings) -> Record:
    """Say of the models what `Models.described` says once they are loaded, which happens elsewhere."""
    return {
        "rewriter": _backend(settings.rewriter),
        "responder": _backend(settings.responder),
        "reward": settings.reward.model_dump(mode="json"),
    }


def _backend(settings: BackendSettings) -> Record:
    is_scripted = isinstance(settings, ScriptedSettings)
    return ScriptedBackend().settings if is_scripted else settings.model_dump(mode="json")
