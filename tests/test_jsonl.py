import os
import subprocess
import sys
from pathlib import Path

import pytest

from p_aligner.errors import InputError
from p_aligner.store.journal import Journal
from p_aligner.store.rows import ResultFile, count_rows, dump_row, read_rows


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
        with ResultFile(path) as results:
            kept = list(results.earlier_rows())
            assert kept == rows[: len(kept)]
            assert len(kept) >= whole[:length].count(b"\n")
            assert path.read_bytes() == whole[:length], "opening must not change the file"
            for row in rows[len(kept) :]:
                results.append(row)
        assert path.read_bytes().rstrip(b"\n") == whole.rstrip(b"\n")


@pytest.mark.parametrize("content", [b"my diary", b"my\ndiary\n", b"\xff\x00", b'{"a": 1}\nnot json\n{"a": 2}\n'])
def test_a_file_that_holds_something_else_is_left_alone(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "precious.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match="holds something else than JSON rows: b'"):
        ResultFile(path)
    assert path.read_bytes() == content


def test_a_full_disk_is_one_line_and_the_next_run_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    code = f"""
import resource, signal
from p_aligner.errors import KitError
from p_aligner.store.rows import ResultFile
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    with ResultFile({str(path)!r}) as results:
        for n in range(9):
            results.append({{"n": n, "pad": 10 * "x"}})
except KitError as error:
    print(error)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout == f"{path} cannot be written: File too large; make room and run again\n", result.stderr
    with ResultFile(path) as results:
        assert [row["n"] for row in results.earlier_rows()] == [0, 1, 2]
        results.append({"n": 3})
    assert [row["n"] for row in read_rows(str(path))] == [0, 1, 2, 3]


def test_there_is_one_writer_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    with ResultFile(path), pytest.raises(InputError, match="another process is writing .*results.jsonl: wait for it"):
        ResultFile(path)
    with ResultFile(path):
        pass


def test_what_no_run_could_go_on_with_is_no_result_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    for place in (tmp_path / "pipe.jsonl", "/dev/full", "/dev/zero"):
        with pytest.raises(InputError, match="is no file that a run could go on with: choose another place"):
            ResultFile(place)
    with pytest.raises(InputError, match="is no file that a run could go on with"):
        Journal(tmp_path / "pipe.jsonl")


@pytest.mark.parametrize("line", [b"[" * 9999, b'{"a": ' + b"9" * 5000 + b"}"])
def test_json_that_python_does_not_read_is_named(line: bytes, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"{}\n" + line + b"\n")
    with pytest.raises(InputError, match="line 2 of .*rows.jsonl is not JSON"):
        list(read_rows(str(path)))
    with pytest.raises(InputError, match="rows.jsonl holds something else than JSON rows"):
        ResultFile(path)


def test_half_characters_can_be_written(tmp_path: Path) -> None:
    with ResultFile(tmp_path / "results.jsonl") as results:
        results.append({"text": "x \ud83d ä"})
        results.append({"text": "ä"})
    assert [row["text"] for row in read_rows(str(tmp_path / "results.jsonl"))] == ["x \ud83d ä", "ä"]
    assert "ä" in (tmp_path / "results.jsonl").read_text(encoding="utf-8").splitlines()[1]


def test_what_cannot_be_counted_is_not_used_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert count_rows(str(tmp_path / "pipe")) is None
    assert count_rows("-") is None


def test_a_folder_is_made_and_a_bad_place_is_named(tmp_path: Path) -> None:
    with ResultFile(tmp_path / "new" / "results.jsonl") as results:
        assert list(results.earlier_rows()) == []
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be written: "):
        ResultFile(tmp_path / "file" / "results.jsonl")
    with pytest.raises(InputError, match="cannot be written: Is a directory"):
        ResultFile(tmp_path / "new")
    assert os.listdir(tmp_path / "new") == ["results.jsonl"]
