"""What a run will take: calls, tokens, time and money, measured on a few of its own trees. Writes nothing."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from p_aligner.errors import KitError
from p_aligner.runtime.budget import Limits, Spent, spread
from p_aligner.store.journal import Memory, Record
from p_aligner.store.rows import dump_row

from ..seeds import Seed
from .forest import Forest, Prices, SynthesisSettings
from .strategies import Models


TREES, ITERATIONS = 16, 3  # of the probe, at most
FEWEST_TREES = 4
_MILLION = 1_000_000


@dataclass(frozen=True)
class Estimate:
    """What is left of a run."""

    categories: dict[str, int]  # seeds by category
    done: int  # seeds that have their trees, and what that took:
    spent: Spent
    roots: int  # steps still to be made, at most
    iterations: int
    calls: dict[str, int]  # by purpose, `"rewrite"` and `"respond"`
    tokens: dict[str, list[int]]  # [prompt, completion], by purpose
    seconds: float  # at the pace of the probe
    storage: int  # bytes that the journal will grow by
    trees_at_once: int  # in the probe
    probe: Spent
    failed: dict[str, str]  # seeds of the probe that failed, with their errors

    def cost(self, prices: Prices) -> dict[str, float]:
        """Return the price of the tokens by purpose, in the prices' currency."""
        paid = {"rewrite": prices.rewriter, "respond": prices.responder}
        return {
            purpose: (prompt * paid[purpose].prompt + completion * paid[purpose].completion) / _MILLION
            for purpose, (prompt, completion) in self.tokens.items()
        }


async def estimate(
    seeds: Sequence[Seed],
    models: Models,
    settings: SynthesisSettings,
    *,
    count: int | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Estimate:
    """Grow a few trees of the run for a few iterations, and reckon from them, for `count` seeds where it is given.

    Calls are upper bounds. Tokens and storage are a little too few, because instructions get longer further down in a
    tree; time is too long where more trees at once than those of the probe go faster.

    Raises:
        InputError: as `Forest`.
        KitError: every seed of the probe failed.
    """
    run = Forest(seeds, models, settings, Memory.of(settings.out))
    roots, iterations = run.steps_left() if count is None else (count, count * settings.search.iterations)
    # A small part of a small run, too: nobody wants a plan that takes as long as what is planned.
    trees = min(TREES, max(FEWEST_TREES, len(seeds) // 2))
    search = settings.search.model_copy(update={"iterations": min(ITERATIONS, settings.search.iterations)})
    unlimited = {"search": search, **dict.fromkeys(Limits.model_fields)}
    probed = Memory()
    probe = Forest(spread(seeds, trees), models, settings.model_copy(update=unlimited), probed)
    tell(f"grows {len(probe.seeds)} trees, {search.iterations} rewrites each, to measure; they are not kept")
    await probe.grow()
    steps = [record for record in probed.new if record["type"] in ("node", "rejected")]
    if not steps:
        first = next(iter(probe.quarantined.values()))
        raise KitError(f"all {len(probe.seeds)} seeds of the probe failed, the first one with: {first}")

    def used(purpose: str, kind: int) -> Callable[[Record], float]:
        return lambda step: float(step["usage"][purpose][kind])

    def reckoned(measure: Callable[[Record], float]) -> float:
        firsts = [measure(step) for step in steps if step["parent"] is None]
        others = [measure(step) for step in steps if step["parent"] is not None]
        return roots * fmean(firsts or [0.0]) + iterations * fmean(others or [0.0])

    frame = sum(_size(record) for record in probed.new if record["type"] in ("tree", "done")) / len(probe.seeds)
    return Estimate(
        categories=dict(Counter(seed.category for seed in seeds)),
        done=len(run.done & run.seeds.keys()) if count is None else 0,
        spent=run.spent if count is None else Spent(),
        roots=roots,
        iterations=iterations,
        calls={"rewrite": iterations, "respond": roots + iterations},
        tokens={
            purpose: [round(reckoned(used(purpose, kind))) for kind in (0, 1)] for purpose in ("rewrite", "respond")
        },
        seconds=(roots + iterations) * probe.spent.elapsed / len(steps),
        storage=round(roots * frame + reckoned(_size)),
        trees_at_once=min(len(probe.seeds), settings.concurrency),
        probe=probe.spent,
        failed=probe.quarantined,
    )


def _size(record: Record) -> int:
    return len(dump_row(record).encode()) + 1
