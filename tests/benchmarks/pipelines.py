"""How fast is the refining pipeline beside what one would write with `generate`? Prints ratios of one run as one JSON.

    OMP_NUM_THREADS=2 python tests/benchmarks/pipelines.py [FILES.jsonl...] [--model M] [--rows 500] [--alone 40]

The files hold rows with `instruction`; without files the prompts of tests/data are refined. The other way is greedy
`generate` of the whole answer, as the model was trained to write it, with as much room. `batches`: the pipeline with
`batch_size=32`, against `generate` over the same prompts, sorted by length. `alone`: one instruction after the other;
their texts are compared. Ways take turns, chunk by chunk (of 32 x 4 instructions, or one), and in beginning: the first
of a chunk is the slower for it, because the memory that it needs is new. Ratios are of all seconds, and of all seconds
of processor time, which say more on a busy machine.
"""

import argparse
import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import pipeline
from transformers.utils import logging

from p_aligner.errors import ParseError
from p_aligner.generation import Writer
from p_aligner.models.folders import folder_of
from p_aligner.prompts import parse_refined, refine_messages
from p_aligner.store.rows import read_rows
from p_aligner.tokens import ChatTokenizer, padded


BATCH_SIZE = 32
PROMPTS = Path(__file__).parent.parent / "data"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILES.jsonl")
    parser.add_argument("--model", default="p-aligner")
    parser.add_argument("--max-words", type=int, default=60, help="leave out longer instructions")
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--alone", type=int, default=40, help="how many are also refined one by one")
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn at random")
    options = parser.parse_args()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    files = options.files or sorted(PROMPTS.glob("*.jsonl"))
    asks = [row["instruction"] for file in files for row in read_rows(file) if "instruction" in row]
    asks = [ask for ask in asks if len(ask.split()) <= options.max_words]
    random.Random(options.seed).shuffle(asks)
    race = Race(folder_of(options.model))
    found = {
        "instructions": len(asks[: options.rows]),
        "threads": torch.get_num_threads(),
        "batches": race.batches(asks[: options.rows]),
        "alone": race.alone(asks[: options.alone]),
    }
    print(json.dumps(found, indent=2))


class Race:
    def __init__(self, model: str) -> None:
        self._pipe = pipeline("instruction-refinement", model=model)
        self._pipe("tell me about inflation")
        self._writer = Writer(self._pipe.model, ChatTokenizer(self._pipe.tokenizer))

    def batches(self, asks: list[str]) -> dict[str, Any]:
        ways: dict[str, Callable[[Any], Any]] = {
            "pipeline": lambda chunk: self._pipe(chunk, batch_size=BATCH_SIZE, guard="off"),
            "generate": self._generate_sorted,
        }
        size = 4 * BATCH_SIZE
        return _ratios(ways, [asks[start : start + size] for start in range(0, len(asks), size)])[0]

    def alone(self, asks: list[str]) -> dict[str, Any]:
        ways: dict[str, Callable[[str], Any]] = {
            "pipeline": lambda ask: self._pipe(ask, guard="off")["refined_instruction"],
            "generate": lambda ask: self._generate([ask])[0],
        }
        found, results = _ratios(ways, asks)
        same = sum(
            first.strip() == second.strip()
            for first, second in zip(*results.values(), strict=True)
            if second is not None
        )
        unfinished = sum(second is None for second in results["generate"])
        return {"instructions": len(asks), "identical": same, "unfinished_by_generate": unfinished, **found}

    def _generate_sorted(self, chunk: list[str]) -> None:
        asks = sorted(chunk, key=len)
        for start in range(0, len(asks), BATCH_SIZE):
            self._generate(asks[start : start + BATCH_SIZE])

    @torch.inference_mode()
    def _generate(self, asks: list[str]) -> list[str | None]:
        prompts = [self._writer.chats.ids(refine_messages(ask)) for ask in asks]
        room = max(self._writer.begin(refine_messages(ask), refines=ask).room for ask in asks)
        model = self._pipe.model
        ids, mask = padded(prompts, self._writer.pad_token_id, side="left", device=model.device)
        room = min(room, self._writer.context - ids.shape[1])
        new = model.generate(ids, attention_mask=mask, do_sample=False, max_new_tokens=room)[:, ids.shape[1] :]
        return [_parsed(self._writer.chats.text(row)) for row in new.tolist()]


def _parsed(answer: str) -> str | None:
    try:
        return parse_refined(answer)
    except ParseError:
        return None


def _ratios(ways: dict[str, Callable[[Any], Any]], chunks: list[Any]) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Send each chunk all ways; return seconds and how much faster the first way is, and all results."""
    taken = {name: [0.0, 0.0] for name in ways}
    results: dict[str, list[Any]] = {name: [] for name in ways}
    order = list(ways)
    for chunk in chunks:
        order = [*order[1:], order[0]]
        for name in order:
            started = time.perf_counter(), time.process_time()
            results[name].append(ways[name](chunk))
            taken[name][0] += time.perf_counter() - started[0]
            taken[name][1] += time.process_time() - started[1]
    ours, *others = ways
    units = ("seconds", "processor_seconds")
    found: dict[str, Any] = {
        unit: {name: round(seconds[place], 2) for name, seconds in taken.items()} for place, unit in enumerate(units)
    }
    for other in others:
        faster = (their / our for our, their in zip(taken[ours], taken[other], strict=True))
        found[f"{ours}_to_{other}"] = {unit: round(ratio, 2) for unit, ratio in zip(units, faster, strict=True)}
    return found, results


if __name__ == "__main__":
    main()
