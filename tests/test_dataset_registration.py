"""`load_dataset("ultraprompt", ...)` in fresh processes: whatever is imported first, wherever it is called."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from conftest import REPOSITORY
from journals import random_tree, run_record, write_journal


Python = Callable[..., "CompletedProcess[str]"]
OURS, THEIRS = "import ultraprompt", "from datasets import load_dataset"
QUIET = "from datasets.utils.logging import disable_progress_bar; disable_progress_bar()"
# Whoever looks up a host asks a server, which takes half a minute where there is no connection.
WATCH = """
import os, socket
os.environ.update(HF_HUB_OFFLINE="0", HF_DATASETS_OFFLINE="0", HF_UPDATE_DOWNLOAD_COUNTS="1")
asked = []
def getaddrinfo(host, *_, **__):
    asked.append(host)
    raise socket.gaierror(socket.EAI_AGAIN, "no name server answers")
socket.getaddrinfo = getaddrinfo
"""
TREES = [random_tree(f"seed-{number}", number) for number in range(4)]


@pytest.fixture
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("journal") / "run.jsonl.gz"
    return write_journal(path, [run_record(), *(record for tree in TREES for record in tree)])


@pytest.mark.parametrize(
    ("place", "lines"),
    [("empty", [OURS, THEIRS]), ("stray", [THEIRS, OURS]), ("stray", ["import ultraprompt.builder", THEIRS])],
)
def test_the_data_set_is_known(place: str, lines: list[str], journal: Path, python: Python, tmp_path: Path) -> None:
    if place == "stray":  # without data files, datasets looks for some in the working directory
        (tmp_path / "train.json").write_text('{"id": ')
        (tmp_path / "test.csv").write_text("a,b\n1\n")
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "rows.jsonl").write_text('{"not": "ours"}\n')
    (tmp_path / "rows.json").write_text('{"a": 1}')
    code = "\n".join([WATCH, *lines, QUIET])
    code += f"""
import pathlib, ultraprompt.builder
ultraprompt.builder.SAMPLE = pathlib.Path({str(journal)!r})
rows = load_dataset("ultraprompt", split="train", cache_dir="cache")
by_two = load_dataset("ultraprompt", "preference", split="train", num_proc=2, cache_dir="two")
stream = load_dataset("ultraprompt", "preference", split="train", streaming=True)
assert rows.to_list() == by_two.to_list() == list(stream)
assert asked == []
load_dataset("json", data_files="rows.json", split="train", cache_dir="others")
assert asked, "others load as ever"
print(*rows["id"])
"""
    assert python(code).stdout.split()[-4:] == ["seed-0", "seed-1", "seed-2", "seed-3"]


def test_the_cache_is_right_in_every_process(python: Python, tmp_path: Path) -> None:
    journal = write_journal(tmp_path / "run.jsonl", [run_record(), *TREES[0]])
    written = journal.stat().st_mtime_ns

    def load(name: str, options: str = "") -> list[str]:
        code = f"""{OURS}
{THEIRS}
import json
rows = load_dataset("ultraprompt", "trees", data_files={name!r}, split="train", cache_dir="cache", {options})
print(json.dumps([rows.cache_files[0]["filename"], *rows["instruction"]]))
"""
        return list(json.loads(python(code).stdout.splitlines()[-1]))

    first = load("run.jsonl")
    assert first[1:] == [node["instruction"] for node in TREES[0][1:-1]]
    assert load("run.jsonl", "max_steps=1")[1:] == first[1:3]
    journal.rename(tmp_path / "renamed.jsonl")
    assert load("renamed.jsonl") == first
    # As long and, as far as the file system says, as old as before.
    text = (tmp_path / "renamed.jsonl").read_text(encoding="utf-8").replace("wording 2", "phrases 2")
    journal.write_text(text, encoding="utf-8")
    os.utime(journal, ns=(written, written))
    assert load("run.jsonl")[1:] == [instruction.replace("wording 2", "phrases 2") for instruction in first[1:]]


@pytest.mark.parametrize(
    ("gone", "warning"),
    [
        ("datasets.load.PackagedDatasetModuleFactory", 'load_dataset("ultraprompt", ...) needs'),
        ("datasets.packaged_modules._PACKAGED_DATASETS_MODULES", 'load_dataset("ultraprompt") is not'),
    ],
)
def test_another_version_of_datasets_is_met_with_a_warning(gone: str, warning: str, python: Python) -> None:
    result = python(f"import {gone.rpartition('.')[0]}; del {gone}\n{OURS}\nprint('went on')")
    assert result.stdout.strip() == "went on"
    assert f"RuntimeWarning: {warning}" in result.stderr


def test_the_sample_is_read(python: Python) -> None:
    code = f"""{OURS}
{THEIRS}
for config in ("preference", "single-step", "trees"):
    print(config, len(load_dataset("ultraprompt", config, split="train", cache_dir="cache")))
"""
    built = json.loads((REPOSITORY / "dataset_builder/ultraprompt/sample/build.json").read_text())["configs"]
    expected = [f"{config} {built[config]['rows']['train']}" for config in ("preference", "single-step", "trees")]
    assert python(code).stdout.splitlines()[-3:] == expected
