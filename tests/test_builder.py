"""`load_dataset("ultraprompt", ...)` in this process; `test_dataset_registration.py` starts fresh ones."""

import gc
import hashlib
import json
import os
import pickle
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, DatasetDict, load_dataset
from datasets.data_files import DataFilesDict, DataFilesList
from datasets.utils.logging import disable_progress_bar
from journals import FINGERPRINT, STEPS, interleave, random_tree, rows_of, run_record, tree_records, write_journal

from p_aligner.errors import InputError
from ultraprompt.builder import FORM, MAX_SHARDS, UltraPrompt
from ultraprompt.rows.columns import SCHEMAS
from ultraprompt.rows.pairs import CONFIGS, Options


FOREST = [random_tree(f"seed-{number}", number) for number in range(12)]

disable_progress_bar()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    return tmp_path / "cache"


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return write_journal(tmp_path / "run.jsonl", [run_record(), *interleave(FOREST, random.Random(1))])


def load(config: str, files: Any, split: str | None = "train", **options: Any) -> Any:
    files = [str(file) for file in files] if isinstance(files, list) else str(files)
    return load_dataset("ultraprompt", config, data_files=files, split=split, **options)


@pytest.mark.parametrize("config", CONFIGS)
def test_rows_are_those_of_pairs_however_they_are_loaded(config: str, journal: Path) -> None:
    rows = rows_of(config, [journal])
    loaded = load(config, journal)
    assert loaded.to_list() == rows
    assert loaded.column_names == SCHEMAS[config].names
    assert load(config, journal, split="train[2:5]").to_list() == rows[2:5]
    assert list(load(config, journal, streaming=True)) == rows
    direct = UltraPrompt(config_name=config, data_files=str(journal))
    direct.download_and_prepare()
    assert direct.as_dataset(split="train").to_list() == rows


def test_two_processes_give_the_same_rows_and_workers_share_a_stream(journal: Path) -> None:
    assert load("single-step", journal, num_proc=2).to_list() == rows_of("single-step", [journal])
    stream = load("preference", journal, streaming=True)
    assert stream.num_shards == len(FOREST) <= MAX_SHARDS
    halves = [list(stream.shard(2, index)) for index in range(2)]
    assert halves[0] + halves[1] == rows_of("preference", [journal])
    assert {row["id"] for row in stream.shuffle(seed=1)} == {tree[0]["id"] for tree in FOREST}


def test_the_number_of_shards_is_limited(tmp_path: Path) -> None:
    trees = [tree_records(f"t{number}", number) for number in range(3 * MAX_SHARDS - 1)]
    path = write_journal(tmp_path / "run.jsonl", [run_record(), *(record for tree in trees for record in tree)])
    stream = load("preference", path, streaming=True)
    assert stream.num_shards == MAX_SHARDS
    assert [row["id"] for row in stream] == [f"t{number}" for number in range(3 * MAX_SHARDS - 1)]


def test_options_reach_the_rows(journal: Path) -> None:
    options = {"max_steps": 4, "selection": "gibbs", "lam": 0.3, "contrast": "mixed", "min_margin": -1, "seed": 7}
    rows = rows_of("preference", [journal], **options)
    assert load("preference", journal, **options).to_list() == rows
    assert rows != rows_of("preference", [journal], **{**options, "seed": 8})


def test_seeds_are_divided_by_their_ids(journal: Path) -> None:
    for config in CONFIGS:
        whole = rows_of(config, [journal])
        for streaming in (False, True):
            parts = load(config, journal, split=None, test_fraction=0.4, streaming=streaming)
            assert list(parts) == ["train", "test"]
            test = {row["id"] for row in parts["test"]}
            assert test == {row["id"] for row in whole if Options(test_fraction=0.4).split_of(row["id"]) == "test"}
            assert 0 < len(test) < len(FOREST)
            assert list(parts["train"]) == [row for row in whole if row["id"] not in test]


def test_a_split_without_rows_is_left_out(tmp_path: Path) -> None:
    path = write_journal(tmp_path / "run.jsonl", [run_record(), *FOREST[0]])
    for streaming in (False, True):
        parts = load("preference", path, split=None, test_fraction=1e-9, streaming=streaming)
        assert {split: len(list(rows)) for split, rows in parts.items()} == {"train": 1}
        message = r"no 'preference' rows in .*run.jsonl \(train: 1 trees, .*'min_margin': 1"
        with pytest.raises(InputError, match=message):
            load("preference", path, min_margin=9.0, streaming=streaming)


def test_splits_can_be_files(journal: Path, tmp_path: Path) -> None:
    other = write_journal(tmp_path / "other.jsonl.gz", [run_record(), *random_tree("other", 0)])
    parts = load_dataset("ultraprompt", "preference", data_files={"train": str(journal), "test": str(other)})
    assert isinstance(parts, DatasetDict)
    assert parts["train"].to_list() == rows_of("preference", [journal])
    assert [row["id"] for row in parts["test"]] == ["other"]
    with pytest.raises(InputError, match="test_fraction divides one split, data_files name 2"):
        load_dataset("ultraprompt", "trees", data_files={"train": str(journal), "test": str(other)}, test_fraction=0.1)


def test_a_folder_or_a_pattern_of_journals(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    for number in range(3):
        write_journal(tmp_path / "runs" / f"{2 - number}.jsonl", [run_record(), *FOREST[number]])
    by_pattern = load("preference", f"{tmp_path}/runs/*.jsonl")
    assert [row["id"] for row in by_pattern] == ["seed-0", "seed-1", "seed-2"]
    by_folder = load_dataset("ultraprompt", "preference", data_dir=f"{tmp_path}/runs", split="train")
    assert isinstance(by_folder, Dataset)
    assert by_folder.to_list() == by_pattern.to_list()
    direct = UltraPrompt(data_dir=f"{tmp_path}/runs")
    direct.download_and_prepare()
    assert direct.as_dataset(split="train").to_list() == by_pattern.to_list()


def test_what_was_left_out_stands_in_the_description(tmp_path: Path) -> None:
    same = tree_records("same", 1, [STEPS[0]])
    records = [*tree_records("a", 0), *same, *tree_records("b", 2, end=None), *tree_records("c", 3, end="quarantined")]
    path = write_journal(tmp_path / "run.jsonl", [run_record(), *records])
    wanted = "train: 2 trees, left out: {'unfinished': 1, 'quarantined': 1, 'equal texts': 1}"
    assert load("preference", path).info.description == wanted
    assert load("preference", path).info.description == wanted, "from the cache"
    assert load("preference", path, streaming=True).info.description == wanted


def test_other_rows_are_another_form(journal: Path) -> None:
    """Where this fails and the new rows are meant, raise FORM: rows of the old form must not come out of the cache."""
    texts = [json.dumps(rows_of(config, [journal], selection="gibbs", test_fraction=0.3)) for config in CONFIGS]
    assert (FORM, hashlib.sha256("".join(texts).encode()).hexdigest()[:16]) == (2, "73cb1cac3e8cee06")
    assert "form-2" in load("preference", journal).cache_files[0]["filename"]


def test_rows_are_there_as_long_as_somebody_may_ask(journal, tmp_path, monkeypatch):
    """In a process that outlives the one that made them, too; and no longer."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    rows = rows_of("preference", [journal])
    stream = load("preference", journal, streaming=True)
    packed = pickle.dumps(stream)
    assert list(pickle.loads(packed)) == rows
    child = os.fork()
    if child == 0:
        is_same = all(list(stream) == rows for _ in range(20))
        del stream
        gc.collect()
        os._exit(0 if is_same else 1)
    assert all(list(stream) == rows for _ in range(20))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert list(stream) == rows
    del stream
    gc.collect()
    assert list((tmp_path / "temporary").iterdir()) == []
    assert list(pickle.loads(packed)) == rows


def test_wrong_names_values_and_places_are_one_line(journal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    whole = "max_steps must be a whole number from 1, it is 0; seed must be"
    for config, files, options, message in (
        ("preference", journal, {"max_steps": 0, "seed": "x"}, whole),
        ("single-step", journal, {"selection": "random"}, "selection says nothing about 'single-step' rows"),
        ("preference", journal, {"steps": 3}, "doesn't have a 'steps' key"),
        ("preferences", journal, {}, "BuilderConfig 'preferences' not found. Available: .*single-step"),
        ("preference", "runs/*.jsonl", {}, "no file matches the data_files of 'train'"),
    ):
        with pytest.raises(ValueError, match=message) as caught:
            load(config, files, **options)
        assert "\n" not in str(caught.value)


def test_bad_journals_are_one_line_and_leave_no_cache(journal: Path, tmp_path: Path) -> None:
    other = write_journal(tmp_path / "other.jsonl", [run_record({**FINGERPRINT, "reward": "r"}), *FOREST[0]])
    with pytest.raises(InputError, match="were grown with different settings, reward"):
        load("preference", [journal, other])
    mixed = load("preference", [journal, other], mix_runs=True)
    assert mixed.to_list() == rows_of("preference", [journal])

    unknown = tree_records("x", 0, [STEPS[0], (0, "Sing It", "la", [0.9])])
    path = write_journal(tmp_path / "unknown.jsonl", [run_record(), *unknown])
    for streaming in (False, True):
        with pytest.raises(ValueError, match="unknown principle 'Sing It'"):
            load("single-step", path, streaming=streaming)
    with pytest.raises(InputError, match="https://host/run.jsonl is no file of this machine"):
        UltraPrompt(data_files=DataFilesDict({"train": DataFilesList(["https://host/run.jsonl"], [("etag",)])}))
