"""What do more workers bring? The same forest in this process and on 1, 2 and 4 workers of a Ray cluster.

    python tests/benchmarks/cluster.py [--seeds 192] [--iterations 5] [--seconds 1] [--workers 1 2 4]

Prints one JSON. The models are scripted and take their time as servers would, so that the processors of this machine
are not what is measured. `steps_per_s` is that of the middle half of the steps, when all workers have begun and none
has ended; `whole_steps_per_s` is that of the whole command, with the start of Ray and of the workers. `gathering` is
how fast the command itself moves nodes from parts into the journal, 150 words in every text, and a seed's memory.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from builder import tree_records

from p_aligner.store.journal import Journal, read
from ultraprompt.search.cluster import Cluster, Share
from ultraprompt.search.forest import SynthesisSettings
from ultraprompt.seeds import Seed


SEED = "word " * 43  # as long as real ones are on average
CATEGORIES = ("Math", "Honesty", "Helpfulness")
MAIN = "import sys; from ultraprompt.cli import main; sys.exit(main())"


def write_recipe(folder: Path, options: argparse.Namespace) -> None:
    rows = [
        {"id": f"seed-{n}", "instruction": f"Explain the number {n} to me.", "category": CATEGORIES[n % 3]}
        for n in range(options.seeds)
    ]
    (folder / "seeds.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    recipe = {
        "out": "journal.jsonl",
        "seeds": {"sources": [{"path": "seeds.jsonl", "id": "id", "category": {"column": "category"}}]},
        "rewriter": {"backend": "scripted", "seconds": options.seconds},
        "responder": {"backend": "scripted", "seconds": options.seconds},
        "reward": {"reward": "scripted"},
        "search": {"iterations": options.iterations},
        "concurrency": options.concurrency,
        "cluster": {"num_cpus": 0},  # they wait, they do not reckon
    }
    (folder / "recipe.yaml").write_text(json.dumps(recipe), encoding="utf-8")


def measure(folder: Path, name: str, *arguments: str) -> dict[str, Any]:
    """Run the command; return its figures and its steps, without what depends on the clock."""
    out = folder / f"{name}.jsonl"
    command = [sys.executable, "-c", MAIN, "synthesize", "recipe.yaml", "--out", str(out), *arguments]
    started = time.time()
    # Ray's workers are nicer than others by default: on a busy machine that would be measured.
    environment = {**os.environ, "RAY_worker_niceness": "0"}
    subprocess.run(command, cwd=folder, check=True, env=environment)
    wall = time.time() - started
    steps = [record for record in read(out) if record["type"] in ("node", "rejected")]
    ends = sorted(step["elapsed"] for step in steps)
    half = ends[len(ends) // 4 : 3 * len(ends) // 4]
    texts = sorted(json.dumps([step["id"], step.get("node"), step["instruction"]]) for step in steps)
    return {
        "wall_s": round(wall, 1),
        "steps": len(steps),
        "steps_per_s": round((len(half) - 1) / (half[-1] - half[0]), 2),
        "whole_steps_per_s": round(len(steps) / wall, 2),
        "texts": texts,
    }


def gathering(folder: Path, trees: int = 300, nodes: int = 21, words: int = 150) -> dict[str, float]:
    """Move a part of finished trees into a journal."""
    settings = SynthesisSettings.model_validate(
        {**json.loads((folder / "recipe.yaml").read_text(encoding="utf-8")), "out": str(folder / "gathered.jsonl")}
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    many = [Seed(f"seed-{n:08}", n, f"{n} {SEED}", "Math", "synthetic") for n in range(200_000)]
    with Journal(folder / "empty.jsonl") as empty:
        census = Cluster(None, many, settings, empty, print)
        census.done |= census.seeds.keys()
        census.gains |= {seed.id: seed.index / 7 for seed in many}
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / len(many)
    records = [list(tree_records(number, nodes, words)) for number in range(trees)]
    seeds = [
        Seed(tree["id"], tree["index"], tree["instruction"], tree["category"], tree["source"]) for tree, *_ in records
    ]
    share = Share(folder / "part.jsonl", seeds)
    with Journal(settings.out) as journal:
        run = [Cluster(None, seeds, settings, journal, print).run_record()]
        journal.extend(run)
        share.begin(run)
        cluster = Cluster(None, seeds, settings, journal, print)
        with share.path.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(record) + "\n" for tree in records for record in tree)
        started = time.process_time()
        cluster.gather(share)
        seconds = time.process_time() - started
    return {"nodes_per_cpu_s": round(cluster.nodes / seconds), "bytes_per_seed": round(memory)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=192)
    parser.add_argument("--iterations", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of a call")
    parser.add_argument("--concurrency", type=int, default=8, help="trees at once, of each worker")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_recipe(folder, options)
        found = {"in process": measure(folder, "here")}
        for count in options.workers:
            words = ("--ray", "local", "--cluster.workers", str(count))
            found[f"{count} workers"] = measure(folder, f"workers-{count}", *words)
        moved = gathering(folder)
    texts = [figures.pop("texts") for figures in found.values()]
    base = found["in process"]["steps_per_s"]
    ratios = {name: round(figures["steps_per_s"] / base, 2) for name, figures in found.items()}
    same = all(each == texts[0] for each in texts)
    figures = {**vars(options), "runs": found, "ratios": ratios, "same_trees": same, "gathering": moved}
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
