"""How fast does a forest grow, beside plain loops over the same models? Prints one JSON.

    OMP_NUM_THREADS=2 python tests/benchmarks/search.py [--recipe R.yaml] [--seeds 12] [--runs 3] [--iterations 4]

The first seeds of a recipe go through three loops, which take turns: `forest`, as `ultraprompt synthesize` does;
`ideal`, the requests of that forest known in advance, in sorted batches of 64, the models one after the other;
`sequential`, one tree and one request at a time, three responses in one `generate`, scores one by one. All but
`forest` run plain transformers, in the recipe's dtype. Work is tokens written. The pipeline refines the same
instructions: `seconds` of the forest to its own are the ratio of the paper's Table 4.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import torch
from race import UNITS, parser, race, report
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer, pipeline

from p_aligner.arguments import quieten
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
BATCH_SIZE = 64


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--recipe", default=RECIPE)
    arguments.add_argument("--seeds", type=int, default=12)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--iterations", type=int, default=4)
    options = arguments.parse_args()
    quieten()
    changes = [f"--search.iterations={options.iterations}", f"--seeds.count={options.seeds}"]
    settings = load(SynthesisSettings, options.recipe, changes)
    seeds = load_seeds(settings.seeds)
    loops = Loops(settings, len(seeds))
    ways: dict[str, Callable[[list[Seed]], float]] = {
        "forest": lambda seeds: asyncio.run(loops.forest(seeds)),
        "ideal": loops.ideal,
        "sequential": lambda seeds: asyncio.run(loops.sequential(seeds)),
        "refining": loops.refining,
    }
    for way in ways.values():  # to warm up
        way(seeds[:2])
    figures = race(ways, [seeds] * options.runs, ours=["forest"])
    figures["refining_to_forest"] = {
        unit: round(figures["forest"][unit] / figures["refining"][unit], 1) for unit in UNITS
    }
    del figures["forest_to_refining"]
    asyncio.run(loops.close())
    report({"trees": len(seeds), "iterations": options.iterations, **figures}, options.output)


class Loops:
    """The same search in three ways, each with models of its own."""

    def __init__(self, settings: SynthesisSettings, trees: int) -> None:
        self._settings = settings.model_copy(update={"concurrency": trees})
        self._models = settings.load_models()
        self._rewrite, self._respond = Generate(settings.rewriter), Generate(settings.responder)
        self._score = Score(folder_of(settings.reward.model), settings.reward.dtype)
        self._refine = pipeline("instruction-refinement", model=folder_of("p-aligner"))
        self._heard = self._models

    async def close(self) -> None:
        await self._models.close()

    def refining(self, seeds: list[Seed]) -> float:
        return len(self._refine([seed.instruction for seed in seeds], batch_size=32))

    async def forest(self, seeds: list[Seed]) -> float:
        models = self._models
        self._heard = Models(Heard(models.rewriter), Heard(models.responder), Heard(models.reward))
        forest = Forest(seeds, self._heard, self._settings, Memory())
        await forest.grow()
        return sum(completion for _, completion in forest.spent.tokens.values())

    def ideal(self, seeds: list[Seed]) -> float:
        """Answer what the last forest asked."""
        heard = self._heard
        rewritten, responded, scored = (each.asked for each in (heard.rewriter, heard.responder, heard.reward))
        tokens = self._rewrite.in_batches(rewritten, seed=0) + self._respond.in_batches(responded, seed=0)
        scored.sort(key=lambda chat: sum(len(turn["content"]) for turn in chat))
        for start in range(0, len(scored), BATCH_SIZE):
            self._score(scored[start : start + BATCH_SIZE])
        return tokens

    async def sequential(self, seeds: list[Seed]) -> float:
        """Let one tree grow after the other; a failed step fails the benchmark."""

        async def score(chats: list[list[Message]]) -> list[float]:
            return [self._score([chat])[0] for chat in chats]

        models = Models(Answering(self._rewrite), Answering(self._respond), Scoring(score))
        principles = self._settings.action_set()
        counted = TreeJournal("")
        for seed in seeds:
            tree = Tree(seed.id, seed.instruction, [each.name for each in principles.for_category(seed.category)])
            async for step in grow(tree, models, self._settings.search, principles):
                counted.count(tree, step)
        return sum(completion for _, completion in counted.spent.tokens.values())


class Generate:
    """What one would write with transformers alone; temperature 0 is greedy."""

    def __init__(self, settings: Any) -> None:
        folder = folder_of(settings.model)
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=settings.dtype).eval()
        self.tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
        self._how: dict[str, Any] = {"do_sample": settings.temperature > 0, "max_new_tokens": settings.max_new_tokens}
        if settings.temperature:
            self._how |= {"temperature": settings.temperature, "top_k": 0, "top_p": settings.top_p}

    def in_batches(self, chats: list[list[Message]], seed: int) -> int:
        """Answer all, those of like length together; return the tokens written."""
        torch.manual_seed(seed)
        wanted = sorted(chats, key=self._length)
        batches = (wanted[at : at + BATCH_SIZE] for at in range(0, len(wanted), BATCH_SIZE))
        return sum(reply.completion_tokens for batch in batches for reply in self.answer(batch))

    def _length(self, chat: list[Message]) -> int:
        return len(self.tokenizer.apply_chat_template(chat, add_generation_prompt=True)["input_ids"])

    @torch.inference_mode()
    def answer(self, batch: list[list[Message]]) -> list[Reply]:
        """Answer each chat of a batch once."""
        inputs = self.tokenizer.apply_chat_template(
            batch, add_generation_prompt=True, padding=True, return_tensors="pt", return_dict=True
        )
        output = self.model.generate(**inputs, **self._how)
        answers = output[:, inputs["input_ids"].shape[1] :]
        texts = self.tokenizer.batch_decode(answers, skip_special_tokens=True)
        prompts = inputs["attention_mask"].sum(dim=1).tolist()
        ends = answers == self.tokenizer.eos_token_id
        lengths = (ends.cumsum(dim=1) - ends.long() == 0).sum(dim=1).tolist()  # some pad with their end
        ended = ends.any(dim=1).tolist()
        return [
            Reply(text, prompt, length, "stop" if end else "length")
            for text, prompt, length, end in zip(texts, prompts, lengths, ended, strict=True)
        ]


class Score:
    """A reward model with transformers alone."""

    def __init__(self, model: str, dtype: str) -> None:
        self._model = AutoModelForSequenceClassification.from_pretrained(model, dtype=dtype).eval()
        self._tokenizer = AutoTokenizer.from_pretrained(model, padding_side="right")

    @torch.inference_mode()
    def __call__(self, chats: list[list[Message]]) -> list[float]:
        inputs = self._tokenizer.apply_chat_template(chats, padding=True, return_tensors="pt", return_dict=True)
        scores: list[float] = self._model(**inputs).logits[:, 0].sigmoid().tolist()
        return scores


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

    async def score(self, conversations: list[list[Message]]) -> list[float]:
        self.asked += conversations
        scores: list[float] = await self._model.score(conversations)
        return scores

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


class Answering:
    """A backend that writes all answers to a chat in one `generate`."""

    def __init__(self, model: Generate) -> None:
        self._model = model

    async def chat(self, messages: list[Message], *, n: int = 1, seed: int | None = None, **_: Any) -> list[Reply]:
        return self._model.answer([messages] * n)


class Scoring:
    """A reward model that is a function of conversations."""

    def __init__(self, score: Callable[[list[list[Message]]], Awaitable[list[float]]]) -> None:
        self._score = score

    async def score(self, conversations: list[list[Message]]) -> list[float]:
        return await self._score(conversations)


if __name__ == "__main__":
    main()
