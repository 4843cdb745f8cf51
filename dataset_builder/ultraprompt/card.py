"""The card of a built data set: what is measured while its rows are written, two pictures, the text around them."""

import json
import math
import statistics
from array import array
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml
from matplotlib import rc_context
from matplotlib.figure import Figure

from p_aligner.evaluation.report import template


Row = dict[str, Any]

GAINS, PRINCIPLES = "gains.png", "principles.png"
_TEXTS = {
    "preference": ("src_instruction", "chosen_instruction", "rejected_instruction"),
    "refinement": ("src_instruction", "chosen_instruction"),
    "single-step": ("src_instruction", "chosen_instruction"),
    "trees": ("instruction", "responses"),
}
_LONGEST_EXAMPLE = 400  # characters of a text on the card
_SIZES = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B", "1B<n<10B")


class Measurements:
    """What the rows of a data set add up to; rows pass by in batches and are not kept."""

    def __init__(self) -> None:
        self.rows: dict[str, Counter[str]] = defaultdict(Counter)  # by config and split
        # `chosen_reward` less `src_reward` of each row, by config.
        self.gains: dict[str, array[float]] = defaultdict(lambda: array("d"))
        self.principles: Counter[tuple[str, str]] = Counter()  # `single-step` rows by principle and category
        self.example: Row | None = None  # the first row of `preference` that may be shown to anybody
        self._lengths: dict[str, dict[str, array[int]]] = defaultdict(lambda: defaultdict(lambda: array("L")))
        self._bytes: dict[str, Counter[str]] = defaultdict(Counter)
        self._kept_seeds = 0

    def add(self, config: str, split: str, rows: Sequence[Row], size: int) -> None:
        """Measure a batch of rows, which takes `size` bytes in memory."""
        self.rows[config][split] += len(rows)
        self._bytes[config][split] += size
        for column in _TEXTS[config]:
            values = [row[column] for row in rows]
            texts = [text for value in values for text in value] if column == "responses" else values
            self._lengths[config][column].extend(len(text.split()) for text in texts)
        if config == "trees":
            return
        self.gains[config].extend(row["chosen_reward"] - row["src_reward"] for row in rows)
        if config == "single-step":
            self.principles.update((row["action"], row["category"]) for row in rows)
        elif config == "preference":
            self._kept_seeds += sum(row["chosen_instruction"] == row["src_instruction"] for row in rows)
            # Seeds about harm are in the data on purpose; on the card nobody asked for them.
            self.example = self.example or next((row for row in rows if row["category"] != "Harmlessness"), None)

    def summary(self, config: str) -> Row:
        """Return the figures of a config; lengths, in words, are [median, 95th percentile, longest]."""
        lengths = {column: _spread(values) for column, values in self._lengths[config].items()}
        figures: Row = {"rows": dict(self.rows[config]), "bytes": dict(self._bytes[config]), "words": lengths}
        if gains := self.gains.get(config):
            figures["gain"] = {
                "mean": round(statistics.fmean(gains), 4),
                "median": round(statistics.median(gains), 4),
                "above 0": round(sum(gain > 0 for gain in gains) / len(gains), 4),
            }
        if config == "preference":
            figures["chosen is the seed"] = self._kept_seeds
        return figures


def _spread(lengths: "array[int]") -> list[int]:
    ordered = sorted(lengths)
    return [ordered[len(ordered) // 2], ordered[len(ordered) * 95 // 100], ordered[-1]]


def write_card(
    folder: Path, summary: Row, measurements: Measurements, schemas: Mapping[str, pa.Schema], settings: Sequence[Row]
) -> None:
    """Write `README.md` and the pictures that it shows into a folder of `CONFIG/SPLIT.parquet` files.

    Args:
        summary: what `folder.build` returns, but for the list of files.
        schemas: of the files of each config.
        settings: of each run that grew trees, by dotted names.
    """
    pictures = {
        GAINS: _gains(measurements.gains) if measurements.gains else None,
        PRINCIPLES: _principles(measurements.principles) if measurements.principles else None,
    }
    for name, figure in pictures.items():
        if figure:
            with rc_context({"text.parse_math": False}):  # names may hold dollar signs
                figure.savefig(folder / name, dpi=110, metadata={"Software": None})  # the same rows, the same bytes
    columns: dict[tuple[str, str], list[str]] = {}  # the configs that have a column, by its name and type
    for config in summary["configs"]:
        for field in schemas[config]:
            columns.setdefault((field.name, _type_name(field.type)), []).append(config)
    text = template(Path(__file__).with_name("card.md.jinja")).render(
        head=yaml.safe_dump(_head(summary, schemas), sort_keys=False, allow_unicode=True, width=119),
        **summary,
        splits=sorted({split for counts in measurements.rows.values() for split in counts}, reverse=True),
        columns=columns,
        example=_as_text(measurements.example) if measurements.example else None,
        settings=settings,
        pictures=[name for name, figure in pictures.items() if figure],
    )
    (folder / "README.md").write_text(text + "\n", encoding="utf-8")


def _as_text(row: Row) -> str:
    plain = {name: value for name, value in row.items() if name not in ("prompt", "chosen", "rejected")}
    for name, value in plain.items():
        if isinstance(value, str) and len(value) > _LONGEST_EXAMPLE:
            plain[name] = value[:_LONGEST_EXAMPLE] + " …"
        elif isinstance(value, float):
            plain[name] = round(value, 4)
    return json.dumps(plain, indent=2, ensure_ascii=False)


def _type_name(type: pa.DataType) -> str:
    if pa.types.is_list(type):
        inner = type.value_type
        return "messages" if pa.types.is_struct(inner) else f"list of {_type_name(inner)}"
    return "float64" if pa.types.is_float64(type) else str(type)


def _feature(name: str, type: pa.DataType) -> Row:
    """Describe a column in the words of `datasets`, in a form that its versions 3 to 5 read."""
    if not pa.types.is_list(type):
        return {"name": name, "dtype": _type_name(type)}
    inner = type.value_type
    is_struct = pa.types.is_struct(inner)
    return {
        "name": name,
        "list": [_feature(field.name, field.type) for field in inner] if is_struct else _type_name(inner),
    }


def _head(summary: Row, schemas: Mapping[str, pa.Schema]) -> Row:
    configs = summary["configs"]
    licences = [source["license"] for source in summary["seeds"]]
    largest = max(sum(figures["rows"].values()) for figures in configs.values())
    head: Row = {
        "pretty_name": "UltraPrompt",
        "task_categories": ["text-generation"],
        "tags": ["preference", "dpo", "trl", "prompt-rewriting", "synthetic"],
        "size_categories": [_SIZES[bisect([10**power for power in range(3, 10)], largest)]],
        "configs": [],
        "dataset_info": [],
    }
    if licences and all(licences):  # texts of which some have no known licence have none
        head["license"] = sorted(set(licences))
    for config, figures in configs.items():
        head["configs"].append(
            {
                "config_name": config,
                **({} if head["configs"] else {"default": True}),
                # The cache of `datasets` knows a folder by its name and this head alone: without a fingerprint of the
                # content it would go on giving the rows of an earlier build.
                "description": f"content {figures['content']}",
                "data_files": [{"split": split, "path": f"{config}/{split}.parquet"} for split in figures["rows"]],
            }
        )
        head["dataset_info"].append(
            {
                "config_name": config,
                "features": [_feature(field.name, field.type) for field in schemas[config]],
                "splits": [
                    {"name": split, "num_bytes": figures["bytes"][split], "num_examples": count}
                    for split, count in figures["rows"].items()
                ],
            }
        )
    return head


def _gains(gains: Mapping[str, Sequence[float]]) -> Figure:
    # The rows of `refinement` are those of `preference`.
    gains = {config: values for config, values in gains.items() if config != "refinement"}
    figure = Figure(figsize=(9, 3), layout="constrained")
    for axes, (config, values) in zip(figure.subplots(1, len(gains), squeeze=False)[0], gains.items(), strict=True):
        # Rounded, because values that are equal but for the last bit cannot be put into bins.
        axes.hist([round(value, 6) for value in values], bins=min(50, max(5, math.isqrt(len(values)))))
        axes.axvline(0, color="black", linewidth=0.8)
        axes.set(title=config, xlabel="chosen_reward - src_reward", ylabel="rows")
    return figure


def _principles(principles: "Counter[tuple[str, str]]") -> Figure:
    """Draw how often each principle improves an instruction, by category (Fig. 3)."""
    totals: Counter[str] = Counter()
    for (principle, _), count in principles.items():
        totals[principle] += count
    names = sorted(totals, key=lambda name: (totals[name], name))
    figure = Figure(figsize=(9, 1.2 + 0.3 * len(names)), layout="constrained")
    axes = figure.subplots()
    left = [0] * len(names)
    for category in sorted({category for _, category in principles}):
        counts = [principles[name, category] for name in names]
        axes.barh(names, counts, left=left, label=category)
        left = [sum(pair) for pair in zip(left, counts, strict=True)]
    axes.set(title="principles of the single-step rows", xlabel="rows")
    axes.legend(title="category", fontsize="small")
    return figure
