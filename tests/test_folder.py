import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from journals import (
    STEPS,
    interleave,
    random_tree,
    rows_of,
    run_record,
    tree_records,
    write_journal,
)

from p_aligner.errors import InputError, KitError
from ultraprompt import folder
from ultraprompt.folder import build
from ultraprompt.rows.columns import SCHEMAS
from ultraprompt.rows.pairs import CONFIGS


TREES = [random_tree(f"seed-{number}", number) for number in range(30)]
FINGERPRINT = {
    "rewriter": {"model": "some/rewriter", "temperature": 0.7},
    "search": {"strategy": "mcts", "exploration": 0.1},
    "principles": None,
}
SOURCES = [
    {"path": "seeds/mine.jsonl", "label": "mine", "license": "mit"},
    {"path": "seeds/other.jsonl", "category": {"column": "topic"}, "license": "mit"},
    {"model": "/home/me/smollm2", "category": "Math", "license": "mit"},
]


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    unfinished = [*tree_records("half", 40, end=None), *tree_records("broken", 41, end="quarantined")]
    records = [run_record(FINGERPRINT, SOURCES), *interleave(TREES, random.Random(2)), *unfinished]
    return write_journal(tmp_path_factory.mktemp("journal") / "run.jsonl", records)


@pytest.fixture(scope="module")
def built(journal: Path) -> Path:
    out = journal.parent / "deep" / "ultra"
    build([journal], out, test_fraction=0.2)
    return out


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def head(folder: Path) -> Any:
    return yaml.safe_load((folder / "README.md").read_text(encoding="utf-8").split("---\n")[1])


@pytest.fixture
def without_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the fresh process that loads the folder, where it is not what is tested."""
    monkeypatch.setattr(folder, "_load_back", lambda *_: None)


@pytest.mark.parametrize("config", CONFIGS)
def test_the_files_hold_the_rows_in_order(config: str, built: Path, journal: Path) -> None:
    assert sorted(path.stem for path in (built / config).iterdir()) == ["test", "train"]
    files = [pq.ParquetFile(built / config / f"{split}.parquet") for split in ("train", "test")]
    rows = [file.read().to_pylist() for file in files]
    assert all(rows)
    assert rows[0] + rows[1] == rows_of(config, [journal], test_fraction=0.2)
    for file in files:
        assert file.schema_arrow.equals(SCHEMAS[config])
        assert not file.schema_arrow.metadata, "datasets 3 cannot read the metadata of datasets 5"
        assert file.metadata.row_group(0).column(0).compression == "ZSTD"


def test_anybody_can_load_it(built: Path, tmp_path: Path) -> None:
    """Plain `load_dataset` where our packages cannot be imported and the cache knows another build of that name."""
    code = """
import json, sys
sys.modules["p_aligner"] = sys.modules["ultraprompt"] = None
from datasets import load_dataset
for folder in sys.argv[1:]:
    for name in ("preference", "refinement", "single-step", "trees", None):
        rows, stream = (load_dataset(folder, name, split="train", streaming=streaming) for streaming in (False, True))
        print(json.dumps([len(rows), rows.column_names, rows[0], list(stream)[0] == rows[0]]))
"""
    other = tmp_path / "other" / built.name
    build([write_journal(tmp_path / "other.jsonl", [run_record(), *sum_up(TREES[:3])])], other)
    environment = {**os.environ, "HF_DATASETS_CACHE": str(tmp_path / "cache"), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-c", code, str(other), str(built)]
    run = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert "Ignoring" not in run.stderr, "the head of the card is understood"
    places = [(place, config) for place in (other, built) for config in (*CONFIGS, "preference")]
    for (place, config), line in zip(places, run.stdout.splitlines(), strict=True):
        table = pq.read_table(place / config / "train.parquet")
        assert json.loads(line) == [len(table), table.column_names, table.to_pylist()[0], True]


def test_the_card_says_what_was_measured(built: Path, journal: Path) -> None:
    card, made = head(built), json.loads((built / "build.json").read_text(encoding="utf-8"))
    assert [config["config_name"] for config in card["configs"]] == list(CONFIGS)
    assert [config.get("default", False) for config in card["configs"]] == [True, False, False, False]
    assert card["license"] == ["mit"]
    assert card["size_categories"] == ["n<1K"]
    for info in card["dataset_info"]:
        table = pq.read_table(built / info["config_name"] / "train.parquet")
        assert info["splits"][0]["num_examples"] == len(table)
        assert [feature["name"] for feature in info["features"]] == table.column_names

    tables = [pq.read_table(built / f"single-step/{split}.parquet") for split in ("train", "test")]
    steps = [row for table in tables for row in table.to_pylist()]
    figures = made["configs"]["single-step"]
    gains = sorted(row["chosen_reward"] - row["src_reward"] for row in steps)
    words = sorted(len(row["chosen_instruction"].split()) for row in steps)
    assert figures["gain"]["mean"] == pytest.approx(sum(gains) / len(gains), abs=1e-4)
    assert figures["gain"]["above 0"] == 1
    assert figures["words"]["chosen_instruction"] == [words[len(words) // 2], words[len(words) * 95 // 100], words[-1]]
    assert figures["left out"] == {"no gain": 30 * 5 - len(steps)}
    assert made["trees"]["left out"] == {"quarantined": 1, "unfinished": 1}
    assert made["trees"]["categories"] == {"Honesty": 30}

    text = (built / "README.md").read_text(encoding="utf-8")
    train, test = figures["rows"]["train"], figures["rows"]["test"]
    for line in (
        f"| single-step | {train} | {test} | {figures['gain']['mean']} | {figures['gain']['median']} | 1.0 |",
        f"| single-step | rewrites that did not raise the reward | {150 - len(steps)} |",
        "| trees | seeds that kept failing | 1 |",
        "| rewriter.model | some/rewriter |",
        "| by hand | 30 |",
        "| mine | mit |",
        "| smollm2 Math | mit |",
        "30 finished trees.",
        "![Gains](gains.png)",
        "| id | string | of the seed | preference, refinement, single-step, trees |",
        "| action | string | the principle | single-step, trees |",
        "## Limits and ethics",
    ):
        assert f"\n{line}\n" in text
    shown = json.loads(text.partition("```json\n")[2].partition("\n```")[0])
    first = pq.read_table(built / "preference/train.parquet").to_pylist()[0]
    plain = {name: value for name, value in first.items() if name not in ("prompt", "chosen", "rejected")}
    assert shown == {name: round(value, 4) if isinstance(value, float) else value for name, value in plain.items()}
    for picture in ("gains.png", "principles.png"):
        assert (built / picture).read_bytes().startswith(b"\x89PNG")
    options = ("max_steps", "min_margin", "min_chosen_reward")
    assert "None" not in re.sub(f"`({'|'.join(options)})` None", "", text)


def test_the_same_build_has_the_same_bytes(built, journal, tmp_path, without_check):
    records = [run_record(FINGERPRINT, SOURCES), *sum_up(TREES[::-1]), *rest(journal)]
    turned = write_journal(tmp_path / "turned.jsonl.gz", records)
    build([turned], tmp_path / "again", test_fraction=0.2)
    assert contents(tmp_path / "again") == contents(built)
    before = contents(built)
    build([journal], built, test_fraction=0.2)
    assert contents(built) == before
    assert os.listdir(built.parent) == [built.name]


def sum_up(trees: list[Any]) -> list[Any]:
    return [record for tree in trees for record in tree]


def rest(journal: Path) -> list[Any]:
    """Return the records of the trees that are not finished."""
    records = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    return [record for record in records if record.get("id") in ("half", "broken")]


def test_a_new_build_replaces_an_earlier_one_and_nothing_else(tmp_path: Path, without_check: None) -> None:
    journals = [write_journal(tmp_path / f"{n}.jsonl", [run_record(), *TREES[n], *TREES[n + 1]]) for n in range(2)]
    out = tmp_path / "out"
    out.mkdir()
    build(journals[:1], out, test_fraction=0.5)
    first = contents(out)
    summary = build(journals[1:], out)
    assert contents(out) != first
    assert set(contents(out)) == {*summary["files"], "build.json"}

    before = contents(out)
    for name, content in (("mine.txt", b"precious"), ("README.md", before["README.md"] + b"my words")):
        (out / name).write_bytes(content)
        with pytest.raises(InputError, match=f"out holds {name}, which no build made like this"):
            build(journals[:1], out)
        assert contents(out) == {**before, name: content}
        (out / name).write_bytes(before[name]) if name in before else (out / name).unlink()
    build(journals[:1], out, test_fraction=0.5)
    assert contents(out) == first


@pytest.mark.parametrize("name", ["diary.txt", "build.json"])
def test_a_folder_of_somebody_is_left_alone(name: str, journal: Path, tmp_path: Path) -> None:
    (tmp_path / name).write_text("[]")
    with pytest.raises(InputError, match=f"holds {name}, which no build made"):
        build([journal], tmp_path)
    with pytest.raises(InputError, match=f"{name} is no folder"):
        build([journal], tmp_path / name)
    assert contents(tmp_path) == {name: b"[]"}


def test_a_folder_that_cannot_be_loaded_does_not_appear(journal, tmp_path, monkeypatch):
    write = folder._write

    def write_too_little(path: Path, config: str, tables: Any, measurements: Any) -> None:
        write(path, config, tables, measurements)
        table = pq.read_table(path)
        pq.write_table(table.slice(1), path)

    monkeypatch.setattr(folder, "_write", write_too_little)
    with pytest.raises(KitError, match="the built folder cannot be loaded: .*SplitsSizes"):
        build([journal], tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_built_of_nothing(tmp_path: Path, without_check: None) -> None:
    path = write_journal(tmp_path / "run.jsonl", [run_record(), *tree_records("half", 0, end=None)])
    for options, message in (
        ({}, r"no row can be made of 0 finished trees, left out: \{'unfinished': 1\}; grow"),
        ({"max_step": 2}, "unknown option 'max_step': choose among max_steps, selection"),
    ):
        with pytest.raises(InputError, match=message):
            build([path], tmp_path / "out", **options)
    assert os.listdir(tmp_path) == ["run.jsonl"]


def test_a_config_without_rows_is_left_out(tmp_path: Path, without_check: None) -> None:
    worse = tree_records("a", 0, [STEPS[0], (0, "Tone Improvement", "worse", [0.0])])
    summary = build([write_journal(tmp_path / "run.jsonl", [run_record(), *worse])], tmp_path / "out")
    assert list(summary["configs"]) == ["preference", "refinement", "trees"]
    assert summary["without rows"] == {"single-step": {"no gain": 1}}
    assert summary["configs"]["preference"]["chosen is the seed"] == 1
    assert not (tmp_path / "out" / "principles.png").exists()


def test_text_that_is_markup_cannot_break_the_card(tmp_path: Path, without_check: None) -> None:
    settings = {"rewriter": {"model": "a|b\n---\n# {{ boo }}"}}
    tree = tree_records("a", 0, category="$5$ \\frac{")
    tree[0]["source"] = "s | t\n\n# u"
    build([write_journal(tmp_path / "run.jsonl", [run_record(settings), *tree])], tmp_path / "out")
    text = (tmp_path / "out/README.md").read_text(encoding="utf-8")
    assert "| rewriter.model | a\\|b --- # {{ boo }} |" in text
    assert "| s \\| t # u | 1 |" in text
