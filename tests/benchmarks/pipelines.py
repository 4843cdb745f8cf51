"""How fast is the refining pipeline beside what one would write with `generate`? Prints ratios of one run as one JSON.

    OMP_NUM_THREADS=1 python tests/benchmarks/pipelines.py [FILES.jsonl...] [--model M] [--rows 500] [--alone 40]

The files hold rows with `instruction`; without files the prompts of tests/data are refined. `batches`: the pipeline
with `batch_size=32`, against `generate` over the same prompts, tokenised and sorted by length before the clock starts;
once as it is, once ending texts that loop as the pipeline does. `alone`: one instruction after the other, against the
same without prompt lookup; their texts are compared. Ways take turns, chunk by chunk (of 32 x 4 instructions, or one),
and in beginning: the first of a chunk is the slower for it, because the memory that it needs is new.
Ratios are of all seconds, and of all seconds of processor time, which say more on a busy machine.
"""

import argparse
import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import StoppingCriteriaList, pipeline
from transformers.utils import logging

import p_aligner
from p_aligner.jsonl import read_rows
from p_aligner.stopping import Loops


BATCH_SIZE = 32
PROMPTS = Path(__file__).parent.parent / "data"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILES.jsonl")
    parser.add_argument("--model", default=p_aligner.miniature("p-aligner"))
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
    race = Race(options.model)
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

    def batches(self, asks: list[str]) -> dict[str, Any]:
        ways: dict[str, Callable[[Any], Any]] = {
            "pipeline": lambda chunk: self._pipe(chunk[0], batch_size=BATCH_SIZE),
            "generate": lambda chunk: self._generate(chunk[1]),
            "generate_that_ends_loops": lambda chunk: self._generate(chunk[1], ends_loops=True),
        }
        size = 4 * BATCH_SIZE
        chunks = [asks[start : start + size] for start in range(0, len(asks), size)]
        return _ratios(ways, [(chunk, self._batches(chunk)) for chunk in chunks])[0]

    def alone(self, asks: list[str]) -> dict[str, Any]:
        ways: dict[str, Callable[[str], Any]] = {
            "pipeline": lambda ask: self._pipe(ask, guard="report"),
            # Whatever is asked of `generate` switches prompt lookup off.
            "without_lookup": lambda ask: self._pipe(ask, guard="report", stopping_criteria=StoppingCriteriaList()),
        }
        found, results = _ratios(ways, asks)
        same = sum(first == second for first, second in zip(*results.values(), strict=True))
        return {"instructions": len(asks), "identical": same, **found}

    def _batches(self, chunk: list[str]) -> list[dict[str, torch.Tensor]]:
        items = sorted(map(self._pipe.preprocess, chunk), key=lambda item: len(item.token_ids))
        parts = [items[start : start + BATCH_SIZE] for start in range(0, len(items), BATCH_SIZE)]
        return [self._pipe._collate(part) for part in parts]

    @torch.inference_mode()
    def _generate(self, batches: list[dict[str, torch.Tensor]], *, ends_loops: bool = False) -> None:
        for batch in batches:
            width = batch["input_ids"].shape[1]
            stops = StoppingCriteriaList([Loops(batch["input_ids"])] if ends_loops else [])
            # As much room as the pipeline gives.
            output = self._pipe.model.generate(
                **batch, do_sample=False, max_new_tokens=max(4 * width, 192), stopping_criteria=stops
            )
            self._pipe.tokenizer.batch_decode(output[:, width:], skip_special_tokens=True)


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
