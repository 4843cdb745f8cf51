"""How fast is the backend in this process? Prints ratios that were measured side by side as one JSON.

    OMP_NUM_THREADS=1 python tests/benchmarks/backends.py [--model M] [--requests 100] [--rounds 3]

The same requests (n = 3 answers each, temperature 1) go through four loops: `ideal`, batches of `generate` over all
requests sorted by length, known in advance; `backend`, all requests at once; `trees`, 32 tasks that each wait for
their answer before they ask again, as a search does; `sequential`, one `generate` call a request. Rates are generated
tokens per second, the best of the rounds, in which the loops take turns; on a busy machine the rates per second of
processor time say more.
"""

import argparse
import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from p_aligner.models.folders import folder_of
from p_aligner.prompts import Message
from p_aligner.runtime.in_process import TransformersBackend, TransformersSettings
from p_aligner.runtime.protocol import Reply
from p_aligner.store.rows import read_rows


SEEDS = Path(__file__).parents[2] / "recipes/corpus/seeds.jsonl"  # 200
N = 3
BATCH_SIZE = 64
MAX_NEW_TOKENS = 96
TREES = 32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="smollm2", help="a chat model that knows how to end: ours, or a folder")
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--top-p", type=float, default=1.0)
    options = parser.parse_args()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    texts = [row["instruction"] for row in read_rows(str(SEEDS))][: options.requests]
    # Half of them ask for one word: lengths differ as in a search.
    asked = [f"{text}\nAnswer in one word." if number % 2 else text for number, text in enumerate(texts)]
    chats = [[{"role": "user", "content": text}] for text in asked]
    model = folder_of(options.model)
    print(json.dumps(measure(model, chats, rounds=options.rounds, top_p=options.top_p), indent=2))


def measure(model: str, chats: list[list[Message]], *, rounds: int, top_p: float) -> dict[str, Any]:
    """Let the four loops take turns; every loop answers all chats."""
    generate = Generate(model, max_new_tokens=MAX_NEW_TOKENS, temperature=1.0, top_p=top_p)
    answers = [chat for chat in chats for _ in range(N)]
    settings = TransformersSettings(
        backend="transformers", model=model, max_new_tokens=MAX_NEW_TOKENS, top_p=top_p, batch_size=BATCH_SIZE
    )
    backend = TransformersBackend(settings)
    loops: dict[str, Callable[[int], int]] = {
        "ideal": lambda seed: generate.in_batches(answers, seed),
        "backend": lambda seed: asyncio.run(as_trees(backend, chats, seed, trees=len(chats))),
        "trees": lambda seed: asyncio.run(as_trees(backend, chats, seed, trees=TREES)),
        "sequential": lambda seed: generate.one_by_one(chats, seed),
    }
    rates: dict[str, dict[str, float]] = {"second": defaultdict(float), "processor_second": defaultdict(float)}
    tokens: dict[str, int] = {}
    for seed in range(rounds + 1):
        for name, loop in loops.items():
            started = time.perf_counter(), time.process_time()
            tokens[name] = loop(seed)
            taken = time.perf_counter() - started[0], time.process_time() - started[1]
            if seed:  # the first round warms up
                for unit, seconds in zip(rates, taken, strict=True):
                    rates[unit][name] = max(rates[unit][name], tokens[name] / seconds)
    asyncio.run(backend.close())
    return {
        "requests": len(chats),
        "threads": torch.get_num_threads(),
        "mean_tokens": {name: round(count / len(chats) / N, 1) for name, count in tokens.items()},
        **{f"tokens_per_{unit}": {name: round(rate) for name, rate in found.items()} for unit, found in rates.items()},
        **{
            f"{name}_to_{other}": {unit: round(found[name] / found[other], 2) for unit, found in rates.items()}
            for name in ("backend", "trees")
            for other in ("ideal", "sequential")
        },
    }


class Generate:
    """What one would write with transformers alone.

    Args:
        model (`str`):
            Folder of a chat model.
        **sampling:
            `max_new_tokens`, `temperature` (0 is greedy) and `top_p`.
    """

    def __init__(self, model: str, *, max_new_tokens: int, temperature: float, top_p: float) -> None:
        self.model = AutoModelForCausalLM.from_pretrained(model).eval()
        self.tokenizer = AutoTokenizer.from_pretrained(model, padding_side="left")
        self._room = max_new_tokens
        self._how: dict[str, Any] = {"do_sample": temperature > 0}
        if temperature:
            self._how |= {"temperature": temperature, "top_k": 0, "top_p": top_p}

    def in_batches(self, chats: list[list[Message]], seed: int) -> int:
        torch.manual_seed(seed)
        wanted = sorted(chats, key=self._length)
        return sum(self._count(wanted[at : at + BATCH_SIZE]) for at in range(0, len(wanted), BATCH_SIZE))

    def one_by_one(self, chats: list[list[Message]], seed: int) -> int:
        torch.manual_seed(seed)
        return sum(self._count([chat] * N) for chat in chats)

    def _length(self, chat: list[Message]) -> int:
        return len(self.tokenizer.apply_chat_template(chat, add_generation_prompt=True)["input_ids"])

    def _count(self, batch: list[list[Message]]) -> int:
        return sum(reply.completion_tokens for reply in self.answer(batch))

    @torch.inference_mode()
    def answer(self, batch: list[list[Message]]) -> list[Reply]:
        """Answer each chat of a batch once."""
        inputs = self.tokenizer.apply_chat_template(
            batch, add_generation_prompt=True, padding=True, return_tensors="pt", return_dict=True
        )
        output = self.model.generate(**inputs, **self._how, max_new_tokens=self._room)
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


async def as_trees(backend: TransformersBackend, chats: list[list[Message]], seed: int, *, trees: int) -> int:
    async def grow(own: list[list[Message]]) -> int:
        replies = [reply for chat in own for reply in await backend.chat(chat, n=N, seed=seed)]
        return sum(reply.completion_tokens for reply in replies)

    return sum(await asyncio.gather(*(grow(chats[tree::trees]) for tree in range(trees))))


if __name__ == "__main__":
    main()
