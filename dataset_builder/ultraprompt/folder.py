"""Built folders: what plain `load_dataset` reads, Parquet files and a card, put in place whole or not at all."""

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from p_aligner.errors import InputError, KitError
from p_aligner.release.dataset import MANIFEST, count_rows
from p_aligner.release.stage import sha256
from p_aligner.store.results import flat

from .card import Measurements, write_card
from .rows.columns import SCHEMAS
from .rows.pairs import CONFIGS, Options, Row
from .rows.table import RowTable
from .rows.trees import FinishedTrees


def build(journals: Sequence[str | Path], out: str | Path, *, mix_runs: bool = False, **options: Any) -> Row:
    """Build a folder that plain `load_dataset(out, config)` reads: Parquet files, pictures, `README.md`, `build.json`.

    The folder appears whole or not at all, after a process that cannot see this package has loaded it and counted its
    rows. The same journals and options give the same bytes. A folder of an earlier build is replaced.

    Args:
        journals: files that `FinishedTrees` reads.
        mix_runs: accept journals that were grown with different settings.
        options: those of `Options`.

    Returns:
        `dict`: what `build.json` holds: trees, rows, what was left out and why, lengths, settings, files.

    Raises:
        InputError: an option or a journal cannot be used, no row is left, or `out` holds what no build made.
        KitError: the disk failed, or the built folder could not be loaded back.
    """
    chosen = _options(options)
    out = Path(os.path.realpath(out))
    _refuse_foreign(out)
    trees = FinishedTrees(journals, mix_runs=mix_runs)
    measurements = Measurements()
    stage = out.with_name(f".{out.name}.{uuid4().hex[:8]}")
    try:
        stage.mkdir(parents=True)
        rows = RowTable(trees, CONFIGS, chosen, stage)
        summary = _describe(trees, rows, chosen)
        for config, splits in rows.splits.items():
            for split, part in splits.items():
                if part:
                    tables = rows.tables(config, part)
                    _write(stage / config / f"{split}.parquet", config, tables, measurements)
            if config in measurements.rows:
                contents = "\n".join(f"{name} {sha256(stage / config / name)}" for name in _files(stage / config))
                content = hashlib.sha256(contents.encode()).hexdigest()[:16]
                figures = {"content": content, "left out": dict(rows.dropped[config])}
                summary["configs"][config] = measurements.summary(config) | figures
            else:
                summary["without rows"][config] = dict(rows.dropped[config])
        rows.close()
        if not summary["configs"]:
            raise InputError(
                f"no row can be made of {len(rows.items)} finished trees, left out: "
                f"{dict(trees.left_out) or 'nothing'}; grow trees first"
            )
        settings = [flat({key: run[key] for key in run if key != "principles"}) for run in trees.fingerprints]
        write_card(stage, summary, measurements, SCHEMAS, settings)
        summary["files"] = {name: sha256(stage / name) for name in _files(stage)}
        (stage / MANIFEST).write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        _load_back(stage, measurements.rows)
        _put_in_place(stage, out)
    except OSError as error:
        raise KitError(f"{out} cannot be built: {error}") from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return summary


def _options(given: Row) -> Options:
    known = [option.name for option in fields(Options)]
    if unknown := sorted(given.keys() - set(known)):
        raise InputError(f"unknown option {unknown[0]!r}: choose among {', '.join(known)}")
    options = Options(**given)
    options.check()
    return options


def _describe(trees: FinishedTrees, rows: RowTable, options: Options) -> Row:
    return {
        "trees": {
            "finished": len(rows.items),
            "left out": dict(sorted(trees.left_out.items())),
            "categories": dict(Counter(tree.category for tree in rows.items).most_common()),
            "sources": dict(Counter(tree.source for tree in rows.items if tree.source).most_common()),
        },
        "seeds": [_seed_source(source) for source in trees.seed_sources],
        "options": asdict(options),
        "runs": trees.fingerprints,
        "configs": {},
        "without rows": {},  # configs that have none, and why
    }


def _seed_source(source: Row) -> Row:
    # Without folders of this machine.
    name = str(source.get("label") or source.get("path") or source.get("model"))
    if "model" in source and not source.get("label"):  # one for each category
        name = f"{name} {source.get('category') or ''}".rstrip()
    is_beside = not os.path.isabs(name) and ".." not in Path(name).parts  # else the path says more than the file
    return {"name": name if is_beside else Path(name).name, "license": source.get("license")}


def _write(path: Path, config: str, tables: Iterable[pa.Table], measurements: Measurements) -> None:
    path.parent.mkdir(exist_ok=True)
    with pq.ParquetWriter(path, SCHEMAS[config], compression="zstd") as writer:
        for table in tables:  # each is a row group
            writer.write_table(table)
            measurements.add(config, path.stem, table.to_pylist(), table.nbytes)


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def _load_back(folder: Path, expected: Mapping[str, Mapping[str, int]]) -> None:
    try:
        found = count_rows(str(folder))
    except KitError as error:
        raise KitError(f"the built folder cannot be loaded: {error}") from error
    if found != expected:
        raise KitError(
            f"the built folder loads with other numbers of rows: {found} where {dict(expected)} were written"
        )


def _refuse_foreign(folder: Path) -> None:
    """Refuse to replace a folder unless it is as a build left it."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder: choose another place to build")
    if not (names := _files(folder)):
        return
    try:
        made = dict(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"])
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"{folder} holds {names[0]}, which no build made: choose another folder") from None
    for name in names:
        if name != MANIFEST and made.get(name) != sha256(folder / name):
            raise InputError(
                f"{folder} holds {name}, which no build made like this: move it, or choose another folder"
            )


def _put_in_place(stage: Path, out: Path) -> None:
    """Give a built folder its name; an earlier build that has it is removed, and nothing else."""
    if not out.exists():
        stage.rename(out)
        return
    _refuse_foreign(out)
    earlier = out.with_name(f"{stage.name}.earlier")
    out.rename(earlier)
    stage.rename(out)
    shutil.rmtree(earlier)
