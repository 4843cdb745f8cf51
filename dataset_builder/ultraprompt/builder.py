"""The data set `ultraprompt` of the `datasets` library: rows made of journals as they are asked for.

Knows how `datasets` finds, caches and splits, and nothing of what makes a row.
"""

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
from datasets.fingerprint import Hasher

from p_aligner.errors import InputError
from p_aligner.release.stage import sha256

from .rows.columns import SCHEMAS
from .rows.pairs import CONFIGS, Options, Row
from .rows.table import Part, RowTable
from .rows.trees import FinishedTrees


SAMPLE = Path(__file__).parent / "sample" / "*.jsonl.gz"  # two runs, of different settings
FORM = 2  # of the rows; raise it when the same journal and options give others: cached ones must not outlive it
MAX_SHARDS = 64  # of a split: so many processes can generate it, so many workers stream it


@dataclass
class UltraPromptConfig(Options, datasets.BuilderConfig):
    """Options of the rows; `mix_runs` accepts journals that were grown with different settings."""

    mix_runs: bool = False

    def create_config_id(self, config_kwargs: Row, custom_features: datasets.Features | None = None) -> str:
        """Name the cache entry by the options and what the files hold, whatever their names and times of change."""
        self.check(self.name)
        settled = {field.name: getattr(self, field.name) for field in fields(self) if field.name[:5] != "data_"}
        files = {split: sorted(map(_local_content, paths)) for split, paths in self.data_files.items()}
        return f"{self.name}-{Hasher.hash((settled, files, custom_features))}"


def _local_content(path: str) -> str:
    # `datasets` patches os.path here: of an address it would ask the network, with packages that may be missing.
    if "://" in path or not os.path.isfile(path):
        raise InputError(f"{path} is no file of this machine: download it first, a journal is read from the disk")
    return sha256(Path(path))


class UltraPrompt(datasets.ArrowBasedBuilder):
    """Rows of `preference` (default), `refinement`, `single-step`, `trees` from journals of `ultraprompt synthesize`.

    Without `data_files` and `data_dir` the bundled sample is read. Which trees and rows were left out, and why, stands
    in `info.description`.

    Raises:
        InputError: an option or a file cannot be used as given.
    """

    BUILDER_CONFIG_CLASS = UltraPromptConfig
    BUILDER_CONFIGS = [UltraPromptConfig(name=name) for name in CONFIGS]  # noqa: RUF012
    DEFAULT_CONFIG_NAME = "preference"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not kwargs.get("data_files"):
            folder = kwargs.get("data_dir")
            kwargs["data_files"] = os.path.abspath(f"{folder}/**") if folder else str(SAMPLE)
        kwargs["dataset_name"] = kwargs.get("dataset_name") or "ultraprompt"
        kwargs["hash"] = f"form-{FORM}"
        super().__init__(*args, **kwargs)

    def _info(self) -> datasets.DatasetInfo:
        return datasets.DatasetInfo(features=datasets.Features.from_arrow_schema(SCHEMAS[self.config.name]))

    def _split_generators(self, dl_manager: Any) -> list[datasets.SplitGenerator]:
        config, files = self.config, self.config.data_files
        if config.test_fraction and len(files) > 1:
            raise InputError(f"test_fraction divides one split, data_files name {len(files)}: leave out one of them")
        generators, notes = [], []
        for split, paths in files.items():
            if not paths:
                raise InputError(
                    f"no file matches the data_files of {str(split)!r}: the pattern starts at {os.getcwd()}"
                )
            is_sample = all(Path(path).match(str(SAMPLE)) for path in paths)
            trees = FinishedTrees(sorted(paths), mix_runs=config.mix_runs or is_sample)
            rows = RowTable(trees, [config.name], config)
            left_out = dict(trees.left_out + rows.dropped[config.name])
            notes.append(f"{split}: {len(rows.items)} trees, left out: {left_out or 'nothing'}")
            if not any(rows.splits[config.name].values()):
                raise InputError(f"there are no {config.name!r} rows in {', '.join(trees.paths)} ({notes[-1]})")
            for name, part in rows.splits[config.name].items():
                if part:  # `datasets` cannot read a split without rows
                    name = name if config.test_fraction else str(split)
                    generators.append(datasets.SplitGenerator(name, {"rows": rows, "shards": _shards(part)}))
        self.info.description = "; ".join(notes)
        return generators

    def _generate_tables(self, rows: RowTable, shards: list[Part]) -> Iterator[tuple[tuple[int, int], pa.Table]]:
        for place, shard in enumerate(shards):
            for number, table in enumerate(rows.tables(self.config.name, shard)):
                yield (place, number), table


def _shards(part: Part) -> list[Part]:
    """Cut a part into pieces; `datasets` gives each process or worker some of them, in order."""
    size = math.ceil(len(part) / MAX_SHARDS)
    return [part[start : start + size] for start in range(0, len(part), size)]
