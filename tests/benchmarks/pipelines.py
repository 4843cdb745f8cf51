"""How fast is the refining pipeline beside what one would write with `generate`? Prints ratios of one run as one JSON.

    OMP_NUM_THREADS=2 python tests/benchmarks/pipelines.py [FILES.jsonl...] [--model M] [--rows 500] [--alone 40]
                                                           [--server URL]

The files hold rows with `instruction`; without files the prompts of tests/data are refined. The other way is greedy
`generate` of the whole answer, as the model was trained to write it, with as much room. `batches`: the pipeline with
`batch_size=32`, against `generate` over the same prompts, sorted by length. `alone`: one instruction after the other;
their texts are compared, and with `--server` those of the same model on an OpenAI-compatible server. Ways take turns,
chunk by chunk: of 32 x 4 instructions, or one. Work is instructions.
"""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from race import parser, race, read, report
from transformers import pipeline

from p_aligner.arguments import quieten
from p_aligner.errors import ParseError
from p_aligner.generation import Writer
from p_aligner.models.folders import folder_of
from p_aligner.prompts import parse_refined, refine_messages
from p_aligner.runtime.endpoint import EndpointBackend, EndpointSettings
from p_aligner.runtime.refiner import Refiner
from p_aligner.tokens import ChatTokenizer, padded


BATCH_SIZE = 32
PROMPTS = Path(__file__).parent.parent / "data"


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("files", nargs="*", metavar="FILES.jsonl")
    arguments.add_argument("--model", default="p-aligner")
    arguments.add_argument("--max-words", type=int, default=60, help="leave out longer instructions")
    arguments.add_argument("--rows", type=int, default=500)
    arguments.add_argument("--alone", type=int, default=40, help="how many are also refined one by one")
    arguments.add_argument("--server", metavar="URL", help="of one that runs the same model, such as llama.cpp's")
    arguments.add_argument("--seed", type=int, default=0, help="of what is drawn at random")
    options = arguments.parse_args()
    quieten()
    rows = read(options.files or sorted(PROMPTS.glob("*.jsonl")), options.max_words)
    asks = [row["instruction"] for row in rows]
    random.Random(options.seed).shuffle(asks)
    ways = Ways(folder_of(options.model), options.server)
    figures = {
        "threads": torch.get_num_threads(),
        "batches": ways.batches(asks[: options.rows]),
        "alone": ways.alone(asks[: options.alone]),
    }
    report(figures, options.output)


class Ways:
    def __init__(self, model: str, server: str | None = None) -> None:
        self._server = server
        self._pipe = pipeline("instruction-refinement", model=model)
        self._pipe("tell me about inflation")
        self._writer = Writer(self._pipe.model, ChatTokenizer(self._pipe.tokenizer))

    def batches(self, asks: list[str]) -> dict[str, Any]:
        ways: dict[str, Callable[[list[str]], float]] = {
            "pipeline": lambda chunk: len(self._pipe(chunk, batch_size=BATCH_SIZE, guard="off")),
            "generate": self._generate_sorted,
        }
        size = 4 * BATCH_SIZE
        return race(ways, [asks[start : start + size] for start in range(0, len(asks), size)], ours=["pipeline"])

    def alone(self, asks: list[str]) -> dict[str, Any]:
        texts: dict[str, list[str | None]] = {}

        def kept(name: str, text: str | None) -> float:
            texts.setdefault(name, []).append(text and text.strip())
            return 1

        ways: dict[str, Callable[[str], float]] = {
            "pipeline": lambda ask: kept("pipeline", self._pipe(ask, guard="off")["refined_instruction"]),
            "generate": lambda ask: kept("generate", self._generate([ask])[0]),
        }
        if self._server:
            run, refiner = asyncio.new_event_loop().run_until_complete, _refiner(self._server)
            ways["server"] = lambda ask: kept("server", run(refiner(ask))["refined_instruction"])
        figures = race(ways, asks, ours=["pipeline"])
        same = {
            name: sum(one == other for one, other in zip(texts["pipeline"], texts[name], strict=True))
            for name in texts
            if name != "pipeline"
        }
        return {"identical": same, "unfinished_by_generate": texts["generate"].count(None), **figures}

    def _generate_sorted(self, chunk: list[str]) -> float:
        asks = sorted(chunk, key=len)
        return sum(len(self._generate(asks[at : at + BATCH_SIZE])) for at in range(0, len(asks), BATCH_SIZE))

    @torch.inference_mode()
    def _generate(self, asks: list[str]) -> list[str | None]:
        prompts = [self._writer.chats.ids(refine_messages(ask)) for ask in asks]
        room = max(self._writer.begin(refine_messages(ask), refines=ask).room for ask in asks)
        model = self._pipe.model
        ids, mask = padded(prompts, self._writer.pad_token_id, side="left", device=model.device)
        room = min(room, self._writer.context - ids.shape[1])
        new = model.generate(ids, attention_mask=mask, do_sample=False, max_new_tokens=room)[:, ids.shape[1] :]
        return [_parsed(self._writer.chats.text(row)) for row in new.tolist()]


def _refiner(url: str) -> Refiner:
    settings = EndpointSettings(backend="endpoint", model="p-aligner", base_url=url, temperature=0)
    return Refiner(EndpointBackend(settings), guard="off")


def _parsed(answer: str) -> str | None:
    try:
        return parse_refined(answer)
    except ParseError:
        return None


if __name__ == "__main__":
    main()
