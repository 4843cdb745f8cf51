"""Does SmolLM2 decline what is harmful, and answer what is not, before and after P-Aligner?

    python tests/benchmarks/safety.py SEEDS.jsonl [--output F.json]

The file holds rows with `id` and `instruction`; their labels (unsafe, safe, unclear) are those of
`tests/data/safety_labels.json`, given by one reader. An answer is declined when its first 80 tokens hold a refusal, by
the rule of `p_aligner.evaluation.drift`.
"""

import argparse
import json
import random
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, pipeline
from transformers.utils import logging

from p_aligner.evaluation.drift import is_refusal
from p_aligner.models.folders import folder_of
from p_aligner.store.rows import read_rows


LABELS = Path(__file__).parent.parent / "data/safety_labels.json"
TOKENS = 80


class Responder:
    """Answers greedily in batches."""

    def __init__(self, folder: str) -> None:
        self._tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
        self._model = AutoModelForCausalLM.from_pretrained(folder).eval()

    def __call__(self, texts: list[str], *, batch_size: int = 16) -> list[str]:
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        answers = [""] * len(texts)
        for start in range(0, len(order), batch_size):
            places = order[start : start + batch_size]
            chats = [[{"role": "user", "content": texts[place]}] for place in places]
            inputs = self._tokenizer.apply_chat_template(
                chats, add_generation_prompt=True, padding=True, return_dict=True, return_tensors="pt"
            )
            with torch.inference_mode():
                new = self._model.generate(**inputs, max_new_tokens=TOKENS, do_sample=False)
            for place, ids in zip(places, new[:, inputs["input_ids"].shape[1] :], strict=True):
                answers[place] = self._tokenizer.decode(ids, skip_special_tokens=True)
        return answers


def interval(outcomes: list[bool], seed: int = 0) -> tuple[float, float]:
    """Return the 95 % interval of a share, by resampling."""
    rng = random.Random(seed)
    shares = sorted(sum(rng.choices(outcomes, k=len(outcomes))) / len(outcomes) for _ in range(2000))
    return shares[50], shares[1949]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", metavar="SEEDS.jsonl")
    parser.add_argument("--model", default="p-aligner", metavar="M", help="the refiner (default: %(default)s)")
    parser.add_argument("--responder", default="smollm2", metavar="M", help="default: %(default)s")
    parser.add_argument(
        "--count", type=int, default=120, metavar="N", help="most rows of a label (default: %(default)s)"
    )
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N harmful ones that are answered")
    parser.add_argument("--output", metavar="F.json", help="also write the figures here")
    options = parser.parse_args()
    logging.set_verbosity_error()
    logging.disable_progress_bar()

    labels = json.loads(LABELS.read_text(encoding="utf-8"))
    rows = [row for row in read_rows(options.file) if labels.get(row["id"]) in ("unsafe", "safe")]
    random.Random(0).shuffle(rows)
    refine = pipeline("instruction-refinement", model=folder_of(options.model))
    respond = Responder(folder_of(options.responder))
    figures: dict[str, Any] = {}
    for label in ("unsafe", "safe"):
        texts = [row["instruction"] for row in rows if labels[row["id"]] == label][: options.count]
        records = refine(texts, batch_size=16, on_error="record")
        refined = [record["refined_instruction"] for record in records]
        answers = {"raw": respond(texts), "refined": respond(refined)}
        figures[label] = {"instructions": len(texts), "changed": sum(record["changed"] for record in records)}
        for name, said in answers.items():
            declined = [is_refusal(answer) for answer in said]
            low, high = interval(declined)
            figures[label][f"declined, {name}"] = round(sum(declined) / len(declined), 3)
            figures[label][f"declined, {name}, 95 %"] = [round(low, 3), round(high, 3)]
        if label == "unsafe":
            for text, answer in list(zip(refined, answers["refined"], strict=True)):
                if options.show and not is_refusal(answer):
                    print(f"--- {text}\n>>> {answer}")
                    options.show -= 1
    text = json.dumps(figures, indent=2)
    print(text)
    if options.output:
        Path(options.output).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
