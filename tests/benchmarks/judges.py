"""Do judges agree with people? Agreement, Cohen's kappa and accuracy, beside judges that know nothing.

    python tests/benchmarks/judges.py FILE.jsonl... --judge SETTINGS [--judge ...] [--limit N] [--output F.json]

Rows hold two answers to a `prompt` and what people say: `response_a`, `response_b` and `majority` (`a`, `b` or `tie`),
or `chosen` and `rejected`, which are shown in an order drawn from the prompt. A judge is YAML as in an evaluation's
recipe, for example '{judge: reward, reward: {reward: classifier, model: FOLDER}}'. Two that know nothing, the longer
answer wins and the first one wins, always stand beside the judges.

Each pair is judged in both orders and folded: a tie where they disagree. Accuracy is of the pairs in which neither
people nor the judge see a tie, its 95 % interval by bootstrap over prompts. Prompts and answers are texts or chats.
Pairs that a judge cannot take, because they are too long for it, are unparsable.
"""

import asyncio
import hashlib
import json
from collections.abc import Iterable, Sequence
from itertools import combinations, islice
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import TypeAdapter
from race import parser, report
from rich.console import Console
from rich.table import Table

from p_aligner.arguments import quieten
from p_aligner.errors import InputError
from p_aligner.judging.agreement import agreement
from p_aligner.judging.judges import Judge, JudgeSettings, LongerJudge, Verdict, both_orders, load_judge
from p_aligner.judging.tally import win_rate
from p_aligner.store.rows import Row, read_rows


COLUMNS = ("pairs", "unparsable", "agreement", "kappa", "decided", "accuracy")
LABELS = {"a": 1, "tie": 0, "b": -1}


class FirstJudge(LongerJudge):
    """Knows nothing: the answer shown first is better, as a judge with nothing but a position bias says."""

    is_symmetric = False

    async def compare(self, instruction: str, first: str, second: str, **_: Any) -> Verdict:
        return Verdict(1)


class Pair(NamedTuple):
    """Two answers; the label is 1 where people prefer the first, -1 where the second, 0 for a tie."""

    source: str
    prompt: Any
    first: str
    second: str
    label: int
    people: tuple[int, ...]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("files", nargs="+", type=Path, metavar="FILE.jsonl")
    arguments.add_argument("--judge", action="append", required=True, metavar="SETTINGS", help="YAML; once or more")
    arguments.add_argument("--limit", type=int, metavar="N", help="rows of each file")
    options = arguments.parse_args()
    quieten()
    settings = {text: TypeAdapter(JudgeSettings).validate_python(yaml.safe_load(text)) for text in options.judge}
    judges = {name: load_judge(each) for name, each in settings.items()}
    judges |= {"longer wins": LongerJudge(), "first wins": FirstJudge()}
    pairs = {path.name: read_pairs(islice(read_rows(str(path)), options.limit)) for path in options.files}
    found = asyncio.run(measure(judges, pairs))
    for name, figures in found.items():
        show(name, figures)
    report(found, options.output)


def read_pairs(rows: Iterable[Row]) -> list[Pair]:
    pairs = []
    for row in rows:
        source = str(row.get("source", ""))
        if "majority" in row:
            people = tuple(LABELS[label] for label in row.get("human_labels", ()))
            answers = (row["response_a"], row["response_b"])
            pairs.append(Pair(source, row["prompt"], *answers, LABELS[row["majority"]], people))
        else:
            chosen_first = hashlib.sha256(json.dumps(row["prompt"]).encode()).digest()[0] % 2 == 0
            chosen, rejected = map(text_of, (row["chosen"], row["rejected"]))
            answers = (chosen, rejected) if chosen_first else (rejected, chosen)
            pairs.append(Pair(source, row["prompt"], *answers, 1 if chosen_first else -1, ()))
    return pairs


def text_of(answer: Any) -> str:
    return answer if isinstance(answer, str) else answer[-1]["content"]


async def measure(judges: dict[str, Judge], files: dict[str, list[Pair]]) -> dict[str, Any]:
    """Return, for each file and each source in it, the figures of each judge."""
    found: dict[str, Any] = {}
    for file, pairs in files.items():
        verdicts = {
            name: await asyncio.gather(*(outcome(judge, pair) for pair in pairs)) for name, judge in judges.items()
        }
        sources = sorted({pair.source for pair in pairs})
        for source in ["", *(sources if len(sources) > 1 else [])]:
            rows = [number for number, pair in enumerate(pairs) if source in ("", pair.source)]
            chosen = [pairs[number] for number in rows]
            figures = {name: compared(chosen, [said[number] for number in rows]) for name, said in verdicts.items()}
            if any(pair.people for pair in chosen):
                figures["two of the people"] = among_people(chosen)
            found[f"{file}, {source}" if source else file] = figures
    for judge in judges.values():
        await judge.close()
    return found


async def outcome(judge: Judge, pair: Pair) -> int | None:
    try:
        return (await both_orders(judge, pair.prompt, pair.first, pair.second)).outcome
    except InputError:
        return None


def compared(pairs: Sequence[Pair], verdicts: Sequence[int | None]) -> dict[str, Any]:
    hits = [
        (1 if pair.label == said else -1) if pair.label and said else None
        for pair, said in zip(pairs, verdicts, strict=True)
    ]
    interval = win_rate(hits, items=[json.dumps(pair.prompt) for pair in pairs])["intervals"]["win_rate"]
    return {**agreement([pair.label for pair in pairs], verdicts), "interval": interval}


def among_people(pairs: Sequence[Pair]) -> dict[str, Any]:
    """What any judge can hope for: one of the people as judge of another."""
    both = [(pair, *two) for pair in pairs for two in combinations(pair.people, 2)]
    return compared([pair._replace(label=one) for pair, one, _ in both], [other for _, _, other in both])


def show(name: str, figures: dict[str, Any]) -> None:
    table = Table("judge", title=name, title_justify="left")
    for column in (*COLUMNS, "95 %"):
        table.add_column(column, justify="right")
    for judge, row in figures.items():
        interval = "-" if row["interval"] is None else "{:.3f} to {:.3f}".format(*row["interval"])
        table.add_row(judge, *(shown(row[column]) for column in COLUMNS), interval)
    Console(width=120).print(table)


def shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
