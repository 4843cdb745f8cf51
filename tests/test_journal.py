import asyncio
import gzip
import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from conftest import live
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from p_aligner.errors import InputError
from p_aligner.store.journal import Journal, read


RECORDS: list[dict[str, Any]] = [{"type": "run", "text": "ä\u2028{"}, {"type": "node", "n": 1}, {"type": "done"}]


def write(path: Path, records: list[dict[str, Any]]) -> None:
    async def run() -> None:
        with Journal(path) as journal:
            await asyncio.gather(*(journal.append(record) for record in records))

    asyncio.run(run())


def test_what_is_appended_is_read_in_order(tmp_path: Path) -> None:
    path = tmp_path / "new" / "journal.jsonl"
    write(path, RECORDS)
    write(path, RECORDS)
    assert list(read(path)) == RECORDS * 2


def test_a_compressed_journal_is_read(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl.gz"
    content = gzip.compress(b"".join(json.dumps(record).encode() + b"\n" for record in RECORDS))
    path.write_bytes(content)
    assert list(read(path)) == RECORDS
    path.write_bytes(content[:-20])
    with pytest.raises(InputError, match=r"journal.jsonl.gz cannot be read: "):
        list(read(path))
    with pytest.raises(InputError, match="choose a .jsonl file"):
        Journal(path)


@pytest.mark.parametrize("durable", [True, False])
def test_a_journal_is_whole_after_a_cut_at_every_byte(durable: bool, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, RECORDS)
    content = path.read_bytes()
    for length in range(len(content) + 1):
        path.write_bytes(content[:length])
        kept = list(read(path))
        assert kept == RECORDS[: len(kept)]
        assert len(kept) >= content[:length].count(b"\n")
        with Journal(path, durable=durable) as journal:
            assert list(journal.records()) == kept
            assert path.read_bytes() == content[:length], "opening changes nothing"
            for record in RECORDS[len(kept) :]:
                journal.extend([record])
        assert path.read_bytes() == (content if len(kept) < len(RECORDS) else content[:length])


# Whole and torn lines, and what no journal holds.
PARTS = st.one_of(
    st.binary(max_size=9),
    st.sampled_from([b"{}", b'{"a": 1}', b'{"a"', b"{", b"[", b"\n", b"\n\n", b"\0", b"\xef\xbb\xbf", b"NaN", b'"'])
    | st.sampled_from([b"[" * 9999, b'{"a":' * 9999, b'{"a": ' + b"9" * 5000 + b"}\n", b'{"a": 1}\n', b"{}\r\n"]),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PARTS, max_size=9).map(b"".join))
def test_any_file_is_read_written_and_kept_or_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(content)
    refusals = []
    before = None
    try:
        before = list(read(path))
    except InputError as error:
        refusals.append(str(error))
    else:
        assert all(isinstance(record, dict) for record in before)
    try:
        write(path, [{"new": 1}])
    except InputError as error:
        refusals.append(str(error))
    assert all("\n" not in refusal for refusal in refusals)
    if path.read_bytes() == content:
        assert len(refusals) == 2, "what is left alone is refused, by readers, too"
    else:
        whole = content[: content.rfind(b"\n") + 1]
        assert path.read_bytes().startswith(whole), "no whole line is lost"
        if before is not None:
            assert list(read(path)) == [*before, {"new": 1}]


def test_zeros_after_a_power_cut_are_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"a": 1}\n' + bytes(70_000))
    assert list(read(path)) == [{"a": 1}]
    write(path, [{"b": 2}])
    assert path.read_bytes() == b'{"a": 1}\n{"b": 2}\n'


@pytest.mark.parametrize("line", [b"diary", b'{"a": ', b"[1]", b'"text"', b"", b"\xff{"])
def test_a_broken_line_is_named(line: bytes, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(content := b'{"a": 1}\n' + line + b'\n{"a": 2}\n')
    with pytest.raises(InputError, match=r"line 2 of .*journal.jsonl is no JSON object"):
        list(read(path))
    with Journal(path) as journal, pytest.raises(InputError, match="line 2 of"):
        list(journal.records())
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"my diary", "begins with b'my diary'"),
        (b'my\ndiary\n{"a', "begins with b'my.n'"),
        (b"\xff\x00", r"begins with b'\\xff"),
        (b"[" * 9999 + b"\n", r"begins with b'\[\["),
        (b"{}\nmy diary", "ends in b'my diary'"),
    ],
)
def test_a_file_that_is_no_journal_is_left_alone(content: bytes, part: str, tmp_path: Path) -> None:
    path = tmp_path / "precious.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"precious.txt is no file of JSON lines, it {part}.*: choose another file"):
        Journal(path)
    assert path.read_bytes() == content


def test_bad_places_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none.jsonl cannot be read: No such file"):
        list(read(tmp_path / "none.jsonl"))
    (tmp_path / "file").write_text("x")
    os.mkfifo(tmp_path / "pipe.jsonl")
    odd = "is no file that a run could go on with: choose another place"
    for place, message in (
        (tmp_path, "cannot be written: Is a directory"),
        (tmp_path / "file/journal.jsonl", "cannot be written: "),
        *((place, odd) for place in (tmp_path / "pipe.jsonl", "/dev/full", "/dev/zero")),
    ):
        with pytest.raises(InputError, match=message):
            Journal(place)


@live
async def test_waiting_appends_share_a_write_and_return_when_their_line_is_in_the_file(tmp_path, monkeypatch):
    calls, fsync = [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: calls.append(file) or fsync(file))

    async def append(journal: Journal, n: int) -> None:
        await journal.append({"n": n})
        assert b'{"n": %d}\n' % n in journal.path.read_bytes()

    with Journal(tmp_path / "journal.jsonl") as journal:
        await asyncio.gather(*(append(journal, n) for n in range(500)))
    assert [record["n"] for record in read(tmp_path / "journal.jsonl")] == list(range(500))
    assert 1 <= len(calls) < 10


@live
async def test_cancelled_appends_tear_nothing(tmp_path):
    with Journal(tmp_path / "journal.jsonl") as journal:
        tasks = [asyncio.create_task(journal.append({"n": n})) for n in range(50)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await journal.append({"n": 50})
    assert [record["n"] for record in read(tmp_path / "journal.jsonl")] == list(range(51))


@pytest.mark.parametrize("durable", [True, False])
def test_a_full_disk_stops_the_journal_and_leaves_it_whole(durable: bool, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    code = f"""
import asyncio, resource, signal
from p_aligner.errors import KitError
from p_aligner.store.journal import Journal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
async def run():
    journal = Journal({str(path)!r}, durable={durable})
    for n in range(9):
        try:
            await journal.append({{"n": n, "pad": 10 * "x"}})
        except KitError as error:
            print(n, error)
asyncio.run(run())
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["3", "4", "5", "6", "7", "8"]
    assert all("cannot be written: File too large; make room and run again" in line for line in lines)
    assert len(path.read_bytes()) == 100, "the fourth line is torn"
    write(path, [{"n": 3}])
    assert [record["n"] for record in read(path)] == [0, 1, 2, 3]


def test_long_journals_are_read_in_constant_memory(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    line = json.dumps({"type": "node", "text": 10_000 * "x"}) + "\n"
    path.write_text(line * 1_000)
    tracemalloc.start()
    assert sum(1 for _ in read(path)) == 1_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50 * len(line)
