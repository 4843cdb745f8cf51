"""What does building a data set cost? Time and peak memory of `build`, beside reading the same journal with `json`.

    python tests/benchmarks/builder.py [--trees 10000] [--nodes 20] [--words 60] [--open 200]

Prints one JSON. The journal is synthetic; as in a search, many trees grow at once, so their lines are interleaved.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from race import parser, report


sys.path.insert(0, str(Path(__file__).parent.parent))
from journals import Record, run_record, tree_records


WORDS = [left + right for left in ("ba", "ko", "li", "mu", "ne", "ra") for right in ("da", "fi", "go", "lu", "mo")]
ACTIONS = ("Factuality Enhancement", "Tone Improvement", "Clarification Request")


def tree(index: int, nodes: int, words: int) -> Iterator[Record]:
    """Draw the records of one tree; instructions and responses have about `words` words."""
    rng = random.Random(index)
    steps = []
    for node in range(nodes):
        text = " ".join(rng.choices(WORDS, k=max(1, round(words * rng.uniform(0.5, 1.5)))))
        rewards = [round(rng.random(), 4) for _ in range(3)]
        steps.append(
            (rng.randrange(node), rng.choice(ACTIONS), text, rewards) if node else (None, None, text, rewards)
        )
    return iter(tree_records(f"seed-{index:06}", index, steps))


def write_journal(path: Path, trees: int, nodes: int, words: int, at_once: int) -> None:
    """Write a journal of `trees` trees of which `at_once` grow at the same time."""
    rng = random.Random(0)
    waiting = iter(range(trees))
    growing = [tree(index, nodes, words) for index in islice(waiting, at_once)]
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(run_record({"search": {"strategy": "synthetic"}})) + "\n")
        while growing:
            place = rng.randrange(len(growing))
            if record := next(growing[place], None):
                file.write(json.dumps(record) + "\n")
            elif (index := next(waiting, None)) is not None:
                growing[place] = tree(index, nodes, words)
            else:
                growing.pop(place)


# Each is run in a process of its own, so that its peak memory is its own.
READ = """
import json, sys
trees = {}
for line in open(sys.argv[1], encoding="utf-8"):
    record = json.loads(line)
    if record["type"] == "node":
        trees[record["id"]] = trees.get(record["id"], 0) + 1
"""
BUILD = """
import sys
from ultraprompt.folder import build
build([sys.argv[1]], sys.argv[2])
"""
LOAD = """
import sys
import ultraprompt
from datasets import load_dataset
load_dataset("ultraprompt", sys.argv[3], data_files=sys.argv[1], cache_dir=sys.argv[2] + ".cache")
"""


REPORT = """
import json, resource
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(json.dumps([[usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024] for usage in used]))
"""


def measure(code: str, *arguments: str) -> dict[str, float]:
    """Run code in a fresh interpreter; return times and peak memory, those of the processes that it starts apart."""
    started = time.perf_counter()
    command = [sys.executable, "-c", code + REPORT, *arguments]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    wall = time.perf_counter() - started
    (cpu, peak), (its_cpu, its_peak) = json.loads(result.stdout.splitlines()[-1])
    figures = {"wall_s": wall, "cpu_s": cpu, "peak_mb": peak, "children_cpu_s": its_cpu, "children_peak_mb": its_peak}
    return {name: round(value, 1) for name, value in figures.items()}


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--trees", type=int, default=10_000)
    arguments.add_argument("--nodes", type=int, default=20, help="of each tree")
    arguments.add_argument("--words", type=int, default=60, help="of an instruction or response")
    arguments.add_argument("--open", type=int, default=200, help="trees that grow at once")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        journal, out = Path(folder) / "journal.jsonl", Path(folder) / "built"
        write_journal(journal, options.trees, options.nodes, options.words, options.open)
        read = measure(READ, str(journal))
        built = measure(BUILD, str(journal), str(out))
        loaded = {name: measure(LOAD, str(journal), str(out), name) for name in ("preference", "single-step")}
        summary = json.loads((out / "build.json").read_text(encoding="utf-8"))
        figures = {
            "trees": options.trees,
            "nodes": options.trees * options.nodes,
            "journal_mb": round(journal.stat().st_size / 1e6),
            "rows": {config: made["rows"]["train"] for config, made in summary["configs"].items()},
            "json": read,
            "build": built,
            "load_dataset": loaded,
            "build_to_json_cpu": round((built["cpu_s"] + built["children_cpu_s"]) / read["cpu_s"], 1),
            "build_to_json_wall": round(built["wall_s"] / read["wall_s"], 1),
        }
    report(figures, options.output)


if __name__ == "__main__":
    main()
