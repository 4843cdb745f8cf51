"""How fast does a forest grow, beside plain loops over the same models? Prints one JSON.

    OMP_NUM_THREADS=1 python tests/benchmarks/search.py [--recipe R.yaml] [--seeds 12] [--runs 3] [--iterations 4]

The first seeds of a recipe go through four loops, which take turns: `forest`, as `ultraprompt synthesize` does;
`ideal`, the requests of that forest known in advance, in sorted batches of 64, the models one after the other;
`sequential`, one tree and one request at a time, three responses in one `generate`, scores one by one; `published`,
with the settings that the method's authors published: 20 trees at a time, responses in batches of 10 requests or after
10 s, scores of 6 requests or after 5 s, but one by one. Their rewriter is a server of its own; here it is our backend.
All but `forest` run plain transformers. Rates are tokens written per second, and per second of processor time, which
says more on a busy machine. The pipeline refines the same instructions, for the ratio of the paper's Table 4.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import torch
from backends import BATCH_SIZE, Generate
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline
from transformers.utils import logging

from p_aligner.models.folders import folder_of
from p_aligner.prompts import Message
from p_aligner.runtime.protocol import Reply
from p_aligner.store.journal import Memory
from p_aligner.store.recipe import load
from ultraprompt.search.forest import Forest, SynthesisSettings
from ultraprompt.search.journal import TreeJournal
from ultraprompt.search.strategies import Models, grow
from ultraprompt.search.tree import Tree
from ultraprompt.seeds import Seed, load_seeds


RECIPE = "recipes/ultraprompt/smollm2.yaml"
LOOPS = ("ideal", "sequential", "published")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default=RECIPE)
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--iterations", type=int, default=4)
    parser.add_argument("--output", metavar="F.json", help="also write the figures here")
    parser.add_argument("--loops", nargs="+", default=LOOPS, choices=LOOPS, help="beside the forest")
    options = parser.parse_args()
    text = json.dumps(asyncio.run(race(options)), indent=2)
    print(text)
    if options.output:
        Path(options.output).write_text(text + "\n", encoding="utf-8")


async def race(options: argparse.Namespace) -> dict[str, Any]:
    """Grow the same seeds in all loops, which take turns; ratios are medians over the runs."""
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    changes = [f"--search.iterations={options.iterations}", f"--seeds.count={options.seeds}"]
    settings = load(SynthesisSettings, options.recipe, changes)
    seeds = await asyncio.to_thread(load_seeds, settings.seeds)
    loops = Racers(settings, len(seeds))
    for loop in ("forest", *options.loops):  # to warm up
        await loops.run(loop, seeds[:2])
    taken: dict[str, list[Taken]] = {loop: [] for loop in ("forest", *options.loops)}
    refining = []
    for _ in range(options.runs):
        for loop, runs in taken.items():
            runs.append(await loops.run(loop, seeds))
        refining.append(loops.refine(seeds))
    await loops.close()
    forest = taken.pop("forest")
    return {
        "trees": len(seeds),
        "iterations": options.iterations,
        "forest": [run.described() for run in forest],
        **{loop: [run.described() for run in runs] for loop, runs in taken.items()},
        **{
            f"forest_to_{loop}": {
                "second": round(median(a.tokens / a.wall_s * b.wall_s / b.tokens for a, b in pairs), 2),
                "processor_second": round(median(a.tokens / a.cpu_s * b.cpu_s / b.tokens for a, b in pairs), 2),
            }
            for loop, pairs in ((loop, list(zip(forest, runs, strict=True))) for loop, runs in taken.items())
        },
        "refining_to_forest": {
            "second": round(median(run.wall_s / wall_s for run, (wall_s, _) in zip(forest, refining, strict=True)), 1),
            "processor_second": round(
                median(run.cpu_s / cpu_s for run, (_, cpu_s) in zip(forest, refining, strict=True)), 1
            ),
        },
    }


@dataclass
class Taken:
    """What a loop wrote, and what it took."""

    steps: int
    tokens: int
    wall_s: float
    cpu_s: float

    def described(self) -> dict[str, float]:
        return {name: round(value, 1) for name, value in vars(self).items()}


class Racers:
    """The same search in four ways, each with models of its own."""

    def __init__(self, settings: SynthesisSettings, trees: int) -> None:
        self._settings = settings.model_copy(update={"concurrency": trees})
        self._models = settings.load_models()
        self._rewrite, self._respond = _plain(settings.rewriter), _plain(settings.responder)
        self._score = Score(folder_of(settings.reward.model))
        self._refine = pipeline("instruction-refinement", model=folder_of("p-aligner"))
        self._heard: tuple[Heard, Heard, Heard] | None = None

    async def close(self) -> None:
        await self._models.close()

    async def run(self, loop: str, seeds: list[Seed]) -> Taken:
        started = time.perf_counter(), time.process_time()
        steps, tokens = await getattr(self, loop)(seeds)
        return Taken(steps, tokens, time.perf_counter() - started[0], time.process_time() - started[1])

    def refine(self, seeds: list[Seed]) -> tuple[float, float]:
        started = time.perf_counter(), time.process_time()
        self._refine([seed.instruction for seed in seeds], batch_size=32)
        return time.perf_counter() - started[0], time.process_time() - started[1]

    async def forest(self, seeds: list[Seed]) -> tuple[int, int]:
        models = self._models
        self._heard = Heard(models.rewriter), Heard(models.responder), Heard(models.reward)
        forest = Forest(seeds, Models(*self._heard), self._settings, Memory())
        await forest.grow()
        return forest.spent.all_results, sum(completion for _, completion in forest.spent.tokens.values())

    async def ideal(self, seeds: list[Seed]) -> tuple[int, int]:
        """Answer what the last forest asked."""
        assert self._heard is not None
        rewritten, responded, scored = (heard.asked for heard in self._heard)
        tokens = self._rewrite.in_batches(rewritten, seed=0) + self._respond.in_batches(responded, seed=0)
        scored.sort(key=lambda chat: sum(len(turn["content"]) for turn in chat))
        for start in range(0, len(scored), BATCH_SIZE):
            self._score(scored[start : start + BATCH_SIZE])
        return len(seeds) + len(rewritten), tokens

    async def sequential(self, seeds: list[Seed]) -> tuple[int, int]:
        async def one(respond: Generate, asked: tuple[list[Message], int]) -> list[Reply]:
            return _answers(respond, [asked])[0]

        async def score(chats: list[list[Message]]) -> list[float]:
            return [self._score([chat])[0] for chat in chats]

        rewriter, responder = (Answering(partial(one, model)) for model in (self._rewrite, self._respond))
        return await self._grow(seeds, Models(rewriter, responder, Scoring(score)), workers=1)

    async def published(self, seeds: list[Seed]) -> tuple[int, int]:
        def score(asked: list[list[list[Message]]]) -> list[list[float]]:
            return [[self._score([chat])[0] for chat in chats] for chats in asked]

        responder = Answering(Timed(partial(_answers, self._respond), size=10, wait_s=10.0))
        reward = Scoring(Timed(score, size=6, wait_s=5.0))
        return await self._grow(seeds, Models(self._models.rewriter, responder, reward), workers=20)

    async def _grow(self, seeds: list[Seed], models: Models, *, workers: int) -> tuple[int, int]:
        """Let each worker grow one tree after the other; a failed step fails the benchmark."""
        principles = self._settings.action_set()
        counted = TreeJournal("")
        waiting = iter(seeds)

        async def work() -> None:
            for seed in waiting:
                tree = Tree(seed.id, seed.instruction, [each.name for each in principles.for_category(seed.category)])
                async for step in grow(tree, models, self._settings.search, principles):
                    counted.count(tree, step)

        await asyncio.gather(*(work() for _ in range(workers)))
        spent = counted.spent
        return spent.all_results, sum(completion for _, completion in spent.tokens.values())


def _plain(settings: Any) -> Generate:
    sampling = {name: getattr(settings, name) for name in ("max_new_tokens", "temperature", "top_p")}
    return Generate(folder_of(settings.model), **sampling)


class Score:
    """A reward model with transformers alone."""

    def __init__(self, model: str) -> None:
        self._model = AutoModelForSequenceClassification.from_pretrained(model).eval()
        self._tokenizer = AutoTokenizer.from_pretrained(model, padding_side="right")

    @torch.inference_mode()
    def __call__(self, chats: list[list[Message]]) -> list[float]:
        inputs = self._tokenizer.apply_chat_template(chats, padding=True, return_tensors="pt", return_dict=True)
        scores: list[float] = self._model(**inputs).logits[:, 0].sigmoid().tolist()
        return scores


def _answers(model: Generate, asked: list[tuple[list[Message], int]]) -> list[list[Reply]]:
    """Answer chats as often as each wants it, in one `generate`."""
    replies = iter(model.answer([chat for chat, n in asked for _ in range(n)]))
    return [list(islice(replies, n)) for _, n in asked]


class Heard:
    """A model, and what it was asked: a chat for each answer or score."""

    def __init__(self, model: Any) -> None:
        self.asked: list[list[Message]] = []
        self.settings = model.settings
        self._model = model

    async def chat(self, messages: list[Message], *, n: int = 1, seed: int | None = None, **_: Any) -> list[Reply]:
        self.asked += [messages] * n
        replies: list[Reply] = await self._model.chat(messages, n=n, seed=seed)
        return replies

    async def scores(self, conversations: list[list[Message]]) -> dict[str, list[float]]:
        self.asked += conversations
        scores: dict[str, list[float]] = await self._model.scores(conversations)
        return scores

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


class Answering:
    """A backend that is a function of a chat and how many answers it wants."""

    def __init__(self, answer: Callable[[tuple[list[Message], int]], Awaitable[list[Reply]]]) -> None:
        self._answer = answer

    async def chat(self, messages: list[Message], *, n: int = 1, seed: int | None = None, **_: Any) -> list[Reply]:
        return await self._answer((messages, n))


class Scoring:
    """A reward model that is a function of conversations."""

    def __init__(self, score: Callable[[list[list[Message]]], Awaitable[list[float]]]) -> None:
        self._score = score

    async def scores(self, conversations: list[list[Message]]) -> dict[str, list[float]]:
        return {"reward": await self._score(conversations)}

    def combine(self, scores: dict[str, list[float]]) -> list[float]:
        return scores["reward"]


class Timed:
    """Runs requests when `size` of them wait, or `wait_s` after the first; one batch at a time."""

    def __init__(self, run: Callable[[list[Any]], list[Any]], *, size: int, wait_s: float) -> None:
        self._run = run
        self._size = size
        self._wait_s = wait_s
        self._waiting: list[tuple[Any, asyncio.Future[Any]]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._turn = asyncio.Lock()
        self._batches: set[asyncio.Task[None]] = set()

    async def __call__(self, item: Any) -> Any:
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._waiting.append((item, future))
        if len(self._waiting) == self._size:
            self._start()
        elif len(self._waiting) == 1:
            self._timer = loop.call_later(self._wait_s, self._start)
        return await future

    def _start(self) -> None:
        if self._timer:
            self._timer.cancel()
        batch, self._waiting = self._waiting, []
        task = asyncio.create_task(self._work(batch))
        self._batches.add(task)
        task.add_done_callback(self._batches.discard)

    async def _work(self, batch: list[tuple[Any, "asyncio.Future[Any]"]]) -> None:
        async with self._turn:
            results = await asyncio.to_thread(self._run, [item for item, _ in batch])
        for (_, future), result in zip(batch, results, strict=True):
            future.set_result(result)


if __name__ == "__main__":
    main()
