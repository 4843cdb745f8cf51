"""What do more workers bring? The same forest in this process and on 1, 2 and 4 workers of a Ray cluster.

    python tests/benchmarks/cluster.py [--seeds 384] [--iterations 5] [--seconds 0.5] [--workers 1 2 4]

Prints one JSON. The models are scripted and take their time as servers would, so that the processors of this machine
are not what is measured. `steps_per_s` counts from the first step to the last; `start_s` is what came before: Ray, and
the workers' own start.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from p_aligner.journal import read


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
    subprocess.run(command, cwd=folder, check=True, stderr=subprocess.DEVNULL)
    wall = time.time() - started
    steps = [record for record in read(out) if record["type"] in ("node", "rejected")]
    ends = [step["elapsed"] for step in steps]
    first = min(end - step["seconds"] for end, step in zip(ends, steps, strict=True))
    texts = sorted(json.dumps([step["id"], step.get("node"), step["instruction"]]) for step in steps)
    return {
        "wall_s": round(wall, 1),
        "start_s": round(wall - (max(ends) - first), 1),
        "steps": len(steps),
        "steps_per_s": round(len(steps) / (max(ends) - first), 2),
        "texts": texts,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=384)
    parser.add_argument("--iterations", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="of a call")
    parser.add_argument("--concurrency", type=int, default=16, help="trees at once, of each worker")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_recipe(folder, options)
        found = {"in process": measure(folder, "here")}
        for count in options.workers:
            words = ("--ray", "local", "--cluster.workers", str(count))
            found[f"{count} workers"] = measure(folder, f"workers-{count}", *words)
    texts = [figures.pop("texts") for figures in found.values()]
    base = found["in process"]["steps_per_s"]
    ratios = {name: round(figures["steps_per_s"] / base, 2) for name, figures in found.items()}
    same = all(each == texts[0] for each in texts)
    print(json.dumps({**vars(options), "runs": found, "ratios": ratios, "same_trees": same}, indent=2))


if __name__ == "__main__":
    main()
