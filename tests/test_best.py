"""The best instruction of each finished tree, and the file that it is written to."""

import os
from pathlib import Path

import pytest
from scripted import run, some_seeds

from p_aligner.errors import InputError
from p_aligner.store.journal import read
from ultraprompt.rows.best import best, write


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("undisturbed") / "journal.jsonl"
    run(path, some_seeds(12))
    return path


def test_the_best_nodes(undisturbed: Path, tmp_path: Path) -> None:
    rows, unfinished = best([undisturbed])
    assert unfinished == 0
    assert [row["id"] for row in rows] == [f"seed-{n}" for n in range(12)]
    nodes = [record for record in read(undisturbed) if record["type"] == "node"]
    for row in rows:
        mine = {node["node"]: node for node in nodes if node["id"] == row["id"]}
        top = max(mine.values(), key=lambda node: sum(node["rewards"]))
        assert row["refined_instruction"] == top["instruction"]
        assert row["instruction"] == mine[0]["instruction"]
        assert row["changed"] == (top["node"] != 0)
        assert row["calls"] == 11
        assert row["refined_reward"] == pytest.approx(sum(top["rewards"]) / 3)
        assert row["reward"] == pytest.approx(sum(mine[0]["rewards"]) / 3)
        assert row["tokens"] == sum(sum(map(sum, node["usage"].values())) for node in mine.values())
        path = []
        while top["parent"] is not None:
            path.insert(0, top["action"])
            top = mine[top["parent"]]
        assert row["principles"] == path
    assert any(row["changed"] for row in rows)

    half = tmp_path / "half.jsonl"
    half.write_bytes(b"".join(undisturbed.read_bytes().splitlines(keepends=True)[:50]))
    rows, unfinished = best([half])
    assert unfinished == 12 - len(rows) > 0
    with pytest.raises(InputError, match="is there twice, the second time in"):
        best([undisturbed, undisturbed])


def test_only_rows_of_an_earlier_call_are_replaced(undisturbed: Path, tmp_path: Path) -> None:
    """Above all not the journal: `best runs/*.jsonl --out runs/mine.jsonl` is soon typed."""
    rows, _ = best([undisturbed])
    journal = undisturbed.read_bytes()
    (tmp_path / "notes.txt").write_text("by hand\n")
    for path in (undisturbed, tmp_path / "notes.txt", tmp_path):
        with pytest.raises(InputError, match=path.name):
            write(rows, path)
    with pytest.raises(InputError, match="leave out .gz"):
        write(rows, tmp_path / "rows.jsonl.gz")
    assert undisturbed.read_bytes() == journal
    target, link = tmp_path / "deep" / "rows.jsonl", tmp_path / "link.jsonl"
    write(rows[:3], target)
    link.symlink_to(target)
    write(rows, link)
    assert link.is_symlink()
    assert list(read(target)) == rows
    assert [path.name for path in target.parent.iterdir()] == ["rows.jsonl"]


def test_pipes_and_devices_stay_what_they_are(undisturbed: Path, tmp_path: Path) -> None:
    """A superuser could replace /dev/stdout by a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="choose another place"):
        write(best([undisturbed])[0], pipe)
    assert pipe.is_fifo()
