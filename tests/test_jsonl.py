import os
from pathlib import Path

import pytest

from p_aligner.errors import InputError
from p_aligner.jsonl import ResultFile, count_rows, dump_row, read_rows


def test_rows_are_read_line_by_line_and_only_at_newlines(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": "x\u2028y\x85z"}\n\n  \n{"a": "é"}', encoding="utf-8")
    assert list(read_rows(str(path))) == [{"a": "x\u2028y\x85z"}, {"a": "é"}]
    assert count_rows(str(path)) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a": 1}\n{"a": \n', r"line 2 of .*rows.jsonl is not JSON \(Expecting value\): '\{\"a\":'"),
        (b'["a"]\n', "line 1 of .* must be an object"),
        (b'{"a": "\xff"}\n', "is not UTF-8 text: invalid start byte at byte 7"),
    ],
)
def test_bad_rows_are_named(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        list(read_rows(str(path)))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none.jsonl cannot be read: No such file"):
        list(read_rows(str(tmp_path / "none.jsonl")))


def test_results_survive_a_kill_at_every_byte(tmp_path: Path) -> None:
    rows = [{"text": "ä\n"}, {"text": "second"}, {"n": 3}]
    whole = "".join(dump_row(row) + "\n" for row in rows).encode()
    for length in range(len(whole) + 1):
        path = tmp_path / "results.jsonl"
        path.write_bytes(whole[:length])
        results = ResultFile(path)
        kept = len(results.rows)
        assert results.rows == rows[:kept]
        assert kept == whole[:length].count(b"\n")
        for row in rows[kept:]:
            results.append(row)
        results.close()
        assert path.read_bytes() == whole


def test_a_folder_is_made_and_a_bad_place_is_named(tmp_path: Path) -> None:
    ResultFile(tmp_path / "new" / "results.jsonl").close()
    assert (tmp_path / "new" / "results.jsonl").exists()
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be written: "):
        ResultFile(tmp_path / "file" / "results.jsonl")
    with pytest.raises(InputError, match="cannot be written: Is a directory"):
        ResultFile(tmp_path / "new")
    assert os.listdir(tmp_path / "new") == ["results.jsonl"]
