import json
import os
from pathlib import Path

import pytest

from p_aligner.errors import InputError
from p_aligner.store.rows import count_rows, dump_row, read_rows


def test_rows_are_read_line_by_line_and_only_at_newlines(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('\ufeff{"a": "x\u2028y\x85z"}\r\n\n  \r\n{"a": "é"}', encoding="utf-8", newline="")
    assert list(read_rows(str(path))) == [{"a": "x\u2028y\x85z"}, {"a": "é"}]
    assert count_rows(str(path)) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a": 1}\n{"a": \n', r"line 2 of .*rows.jsonl is not JSON \(Expecting value\): '\{\"a\":'"),
        (b"{}\n" + b"[" * 9999, "line 2 of .*rows.jsonl is not JSON"),
        (b'{}\n{"a": ' + b"9" * 5000 + b"}", "line 2 of .*rows.jsonl is not JSON"),
        (b'["a"]\n', "line 1 of .* must be an object"),
        (b'{"a": "\xff"}\n', "is not UTF-8 text: invalid start byte at byte 7"),
        (None, "rows.jsonl cannot be read: No such file"),
    ],
)
def test_bad_rows_are_named(content: bytes | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        list(read_rows(str(path)))


def test_what_cannot_be_counted_is_not_used_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert count_rows(str(tmp_path / "pipe")) is None
    assert count_rows("-") is None


def test_half_characters_can_be_written() -> None:
    assert json.loads(dump_row({"text": "x \ud83d ä"})) == {"text": "x \ud83d ä"}
    dump_row({"text": "x \ud83d ä"}).encode()
    assert "ä" in dump_row({"text": "ä"})
