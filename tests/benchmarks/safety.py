"""Does SmolLM2 decline what is harmful, and answer what is not, before and after P-Aligner?

    python tests/benchmarks/safety.py SEEDS.jsonl [--output F.json]

The file holds rows with `id` and `instruction`; their labels (unsafe, safe, unclear) are those of
`tests/data/safety_labels.json`, given by one reader. An answer is declined when its first 80 tokens hold a refusal, by
the rule of `p_aligner.evaluation.drift`.
"""

import asyncio
import json
import random
from pathlib import Path
from typing import Any

from race import parser, report
from transformers import pipeline

from p_aligner.arguments import quieten
from p_aligner.evaluation.drift import is_refusal
from p_aligner.models.folders import folder_of
from p_aligner.runtime.in_process import TransformersBackend, TransformersSettings
from p_aligner.store.rows import read_rows


LABELS = Path(__file__).parent.parent / "data/safety_labels.json"
TOKENS = 80


async def answered(backend: TransformersBackend, texts: list[str]) -> list[str]:
    chats = [backend.chat([{"role": "user", "content": text}]) for text in texts]
    return [reply.text for (reply,) in await asyncio.gather(*chats)]


def interval(outcomes: list[bool], seed: int = 0) -> tuple[float, float]:
    """Return the 95 % interval of a share, by resampling."""
    rng = random.Random(seed)
    shares = sorted(sum(rng.choices(outcomes, k=len(outcomes))) / len(outcomes) for _ in range(2000))
    return shares[50], shares[1949]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("file", metavar="SEEDS.jsonl")
    arguments.add_argument("--model", default="p-aligner", metavar="M", help="the refiner (default: %(default)s)")
    arguments.add_argument("--responder", default="smollm2", metavar="M", help="default: %(default)s")
    arguments.add_argument("--count", type=int, default=120, metavar="N", help="most rows of a label (%(default)s)")
    arguments.add_argument("--show", type=int, default=0, metavar="N", help="print N harmful ones that are answered")
    options = arguments.parse_args()
    quieten()

    labels = json.loads(LABELS.read_text(encoding="utf-8"))
    rows = [row for row in read_rows(options.file) if labels.get(row["id"]) in ("unsafe", "safe")]
    random.Random(0).shuffle(rows)
    refine = pipeline("instruction-refinement", model=folder_of(options.model))
    responder = folder_of(options.responder)
    backend = TransformersBackend(
        TransformersSettings(backend="transformers", model=responder, temperature=0, max_new_tokens=TOKENS)
    )
    figures: dict[str, Any] = {}
    for label in ("unsafe", "safe"):
        texts = [row["instruction"] for row in rows if labels[row["id"]] == label][: options.count]
        records = refine(texts, batch_size=16, on_error="record")
        refined = [record["refined_instruction"] for record in records]
        figures[label] = {"instructions": len(texts), "changed": sum(record["changed"] for record in records)}
        for name, asked in (("raw", texts), ("refined", refined)):
            answers = asyncio.run(answered(backend, asked))
            declined = [is_refusal(answer) for answer in answers]
            figures[label][f"declined, {name}"] = round(sum(declined) / len(declined), 3)
            figures[label][f"declined, {name}, 95 %"] = [round(share, 3) for share in interval(declined)]
        if label == "unsafe":
            shown = [pair for pair, kept in zip(zip(refined, answers, strict=True), declined, strict=True) if not kept]
            for text, answer in shown[: options.show]:
                print(f"--- {text}\n>>> {answer}")
    asyncio.run(backend.close())
    report(figures, options.output)


if __name__ == "__main__":
    main()
