"""How well does SinglePO apply each principle? Counts what comes out for each of them, and writes pairs to be read.

    python tests/benchmarks/rewrite.py INSTRUCTIONS.jsonl ... [--pack OWN.yaml] [--count 60] [--pairs F.jsonl]

The files hold rows with `instruction`. Every principle gets the same instructions, drawn at random. Whether a rewrite
shows its principle no rule can say: `--pairs` writes the rows for a reader.
"""

import json
import random
import time
from pathlib import Path

from race import parser, read, share_kept
from transformers import pipeline

from p_aligner.arguments import quieten
from p_aligner.changes import most_added
from p_aligner.instructions import is_rejected
from p_aligner.models.folders import folder_of
from p_aligner.principles import PAPER_PRINCIPLES, load_pack


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("files", nargs="+", metavar="INSTRUCTIONS.jsonl")
    arguments.add_argument("--model", default="singlepo")
    arguments.add_argument("--pack", metavar="OWN.yaml", help="principles of one's own instead of the paper's")
    arguments.add_argument("--count", type=int, default=60)
    arguments.add_argument("--max-words", type=int, default=60, help="leave out longer instructions")
    arguments.add_argument("--seed", type=int, default=0, help="of what is drawn at random")
    arguments.add_argument("--pairs", metavar="F.jsonl", help="write the pairs here")
    options = arguments.parse_args()
    quieten()

    texts = [row["instruction"] for row in read(options.files, options.max_words)]
    texts = [text for text in texts if len(text.split()) <= options.max_words]
    texts = random.Random(options.seed).sample(texts, min(options.count, len(texts)))
    rewrite = pipeline("instruction-rewriting", model=folder_of(options.model))
    found, seen = [], {}
    pack = load_pack(options.pack) if options.pack else PAPER_PRINCIPLES
    for principle in pack:
        started = time.perf_counter()
        records = rewrite(texts, principle=principle.name, pack=pack, batch_size=20, on_error="record")
        pairs = [(record["instruction"], record["refined_instruction"]) for record in records]
        rejected = [record for record in records if is_rejected(record)]
        figures = {
            "changed": sum(record["changed"] for record in records),
            "rejected": len(rejected),
            "content_words_kept": round(share_kept(pairs), 4),
            "words_more": round(sum(len(new.split()) - len(old.split()) for old, new in pairs) / len(pairs), 1),
            # The same text came out for a principle before this one.
            "as_another": sum(record["changed"] and pair in seen for record, pair in zip(records, pairs, strict=True)),
            "most_frequent_addition": [[text, round(share, 4)] for text, share in most_added(pairs, 1)],
            "seconds": round(time.perf_counter() - started, 1),
        }
        print(principle.name, json.dumps(figures, ensure_ascii=False))
        seen.update(dict.fromkeys(pairs))
        found += [{"principle": principle.name, "description": principle.description, **record} for record in records]
    if options.pairs:
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found)
        Path(options.pairs).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
