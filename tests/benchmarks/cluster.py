"""What do more workers bring? The same forest in this process and on 1, 2 and 4 workers of a Ray cluster.

    python tests/benchmarks/cluster.py [--seeds 192] [--words 100] [--iterations 5] [--seconds 1] [--workers 1 2 4]

Prints one JSON. The models are scripted and take their time as servers would, so that the processors of this machine
are not what is measured. `steps_per_s` is that of the middle half of the steps, when all workers have begun and none
has ended; `whole_steps_per_s` is that of the whole command, with the start of Ray and of the workers.
`steps_per_cpu_s` is what the command itself can carry: of the same half, by the time that its processor took.
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

import psutil
from race import SEEDS, parser, read, report

from p_aligner.store.journal import Memory
from p_aligner.store.journal import read as records_of
from ultraprompt.search.forest import Forest, SynthesisSettings
from ultraprompt.seeds import Seed


sys.path.insert(0, str(Path(__file__).parent.parent))
from scripted import CATEGORIES, RECIPE, command_of, write_rows


SEED = "word " * 43  # as long as real ones are on average


def write_recipe(folder: Path, options: argparse.Namespace) -> None:
    words = [word for row in read([SEEDS], 10_000) for word in row["instruction"].split()]
    rows = []
    for n in range(options.seeds):
        start = n * options.words % (len(words) - options.words)
        text = " ".join(words[start : start + options.words])
        rows.append({"id": f"seed-{n}", "instruction": text, "category": CATEGORIES[n % 3]})
    write_rows(folder / "seeds.jsonl", rows)
    scripted = {"backend": "scripted", "seconds": options.seconds}
    recipe = {
        **RECIPE,
        "seeds": {**RECIPE["seeds"], "near_duplicates": None},
        **{"rewriter": scripted, "responder": scripted, "search": {"iterations": options.iterations}},
        "concurrency": options.concurrency,
        "cluster": {"num_cpus": 0},  # they wait, they do not reckon
    }
    (folder / "recipe.yaml").write_text(json.dumps(recipe), encoding="utf-8")


def measure(folder: Path, name: str, *arguments: str) -> dict[str, Any]:
    """Run the command; return its figures and its steps, without what depends on the clock."""
    out = folder / f"{name}.jsonl"
    command = command_of("ultraprompt", "synthesize", "recipe.yaml", "--out", str(out), *arguments)
    started = time.time()
    # Ray's workers are nicer than others by default: on a busy machine that would be measured.
    environment = {**os.environ, "RAY_worker_niceness": "0"}
    seen: list[tuple[float, int]] = []
    with subprocess.Popen(command, cwd=folder, env=environment) as process:
        while process.poll() is None:
            written = out.read_bytes() if out.exists() else b""
            times = psutil.Process(process.pid).cpu_times()
            seen.append((times.user + times.system, written.count(b'"elapsed"')))
            time.sleep(0.1)
    assert process.returncode == 0
    wall = time.time() - started
    steps = [record for record in records_of(out) if record["type"] in ("node", "rejected")]
    ends = sorted(step["elapsed"] for step in steps)
    half = ends[len(ends) // 4 : 3 * len(ends) // 4]
    busy = [(seconds, count) for seconds, count in seen if len(ends) / 4 <= count <= 3 * len(ends) / 4]
    seconds, done = (last - first for first, last in zip(busy[0], busy[-1], strict=True))
    texts = sorted(json.dumps([step["id"], step.get("node"), step["instruction"]]) for step in steps)
    return {
        "wall_s": round(wall, 1),
        "steps": len(steps),
        "steps_per_s": round((len(half) - 1) / (half[-1] - half[0]), 2),
        "whole_steps_per_s": round(len(steps) / wall, 2),
        "steps_per_cpu_s": round(done / max(seconds, 0.01)),
        "texts": texts,
    }


def bytes_per_seed(folder: Path) -> int:
    """Measure what the command holds in memory of a tree that is finished."""
    recipe = json.loads((folder / "recipe.yaml").read_text(encoding="utf-8"))
    settings = SynthesisSettings.model_validate(recipe)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seeds = [Seed(f"seed-{n:08}", n, f"{n} {SEED}", "Math", "synthetic") for n in range(200_000)]
    forest = Forest(seeds, settings.load_models(), settings, Memory())
    forest.done |= forest.seeds.keys()
    forest.gains |= {seed.id: seed.index / 7 for seed in seeds}
    return round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / len(seeds))


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--seeds", type=int, default=192)
    arguments.add_argument("--words", type=int, default=100, help="of a seed; the guard reads them at each step")
    arguments.add_argument("--iterations", type=int, default=5)
    arguments.add_argument("--seconds", type=float, default=1.0, help="of a call")
    arguments.add_argument("--concurrency", type=int, default=8, help="trees at once, of each worker")
    arguments.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_recipe(folder, options)
        found = {"in process": measure(folder, "here")}
        for count in options.workers:
            words = ("--ray", "local", "--cluster.workers", str(count))
            found[f"{count} workers"] = measure(folder, f"workers-{count}", *words)
        memory = bytes_per_seed(folder)
    texts = [figures.pop("texts") for figures in found.values()]
    base = found["in process"]["steps_per_s"]
    ratios = {name: round(figures["steps_per_s"] / base, 2) for name, figures in found.items()}
    same = all(each == texts[0] for each in texts)
    figures = {**vars(options), "runs": found, "ratios": ratios, "same_trees": same, "bytes_per_seed": memory}
    report(figures, options.output)


if __name__ == "__main__":
    main()
