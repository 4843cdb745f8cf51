"""The command `p-aligner`: what it prints, how it ends, and what it leaves behind. `test_faults.py` kills it."""

import io
import json
import os
import pty
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import Result
from scripted import command_of, wait_until, write_rows
from tiny import ANSWERED, REFINED, REWRITTEN

from p_aligner import cli


ASKS = ["how do i bake bread", "list three rivers", "what is a noun", "hi there", "name a colour"]
FILES = "--input asks.jsonl --output out.jsonl"
OUT = Path("out.jsonl")


Main = Callable[..., Result]
Command = Callable[..., list[str]]


def words_of(line: str, model: str, *more: str) -> list[str]:
    """Split a line, and name the model where it names none."""
    words = [*shlex.split(line), *more]
    return [*words, "--model", model] if line.startswith("re") and "--model" not in words else words


@pytest.fixture
def main(tiny: str, run_here: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> Main:
    """The command in this process, in a folder of its own, with the tiny model; more than the line is not split."""

    def run(line: str, *more: str, stdin: str | None = None) -> Result:
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        return run_here(cli.main, words_of(line, tiny, *more))

    return run


@pytest.fixture
def command(tiny: str) -> Command:
    """The words of a process of its own."""
    return lambda line, *more: command_of("p_aligner", *words_of(line, tiny, *more))


@pytest.fixture
def answers(tiny: str, tiny_reward: str) -> list[str]:
    """Options for answers before and after."""
    return ["--respond", "--responder", tiny, "--reward", tiny_reward]


def read(text: str | Path) -> list[dict[str, Any]]:
    text = text.read_text(encoding="utf-8") if isinstance(text, Path) else text
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def asks(tmp_path: Path) -> Path:
    write_rows(tmp_path / "asks.jsonl", [{"id": n, "instruction": ask, "x": [n]} for n, ask in enumerate(ASKS)])
    return tmp_path / "asks.jsonl"


@pytest.mark.parametrize("line", ["refine --json", "refine --json -"])
def test_standard_input_is_one_instruction_and_arguments_are_several(line: str, main: Main, refine: Any) -> None:
    both = "list three rivers\nand two lakes"
    record = json.loads(main(line, stdin=f"{both}\n").out)
    assert record == refine(both)
    assert record["refined_instruction"] == REFINED[both]
    assert main("refine", *ASKS[:2]).out.splitlines() == [REFINED[ask] for ask in ASKS[:2]]


def test_rows_keep_their_fields_and_order(asks: Path, main: Main, refine: Any) -> None:
    result = main("refine --input asks.jsonl --batch-size 2")
    for number, (row, ask) in enumerate(zip(read(result.out), ASKS, strict=True)):
        assert row == {"id": number, "x": [number], **refine(ask)}
        assert row["refined_instruction"] == REFINED[ask]
        assert list(row)[:3] == ["id", "instruction", "x"]
    assert re.search(r"5 instructions, .* words/s: ", result.err, re.DOTALL)


def part(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


ASK, SAID = ({"role": role, "content": "list three rivers"} for role in ("user", "assistant"))
TEXT = ASK["content"]


@pytest.mark.parametrize(
    ("row", "options", "refined"),
    [
        ({"text": TEXT}, "--field text", REFINED[TEXT]),
        ({"prompt": TEXT, "messages": [SAID]}, "", REFINED[TEXT]),
        ({"instruction": None, "prompt": [ASK]}, "", [{**ASK, "content": REFINED[TEXT]}]),
        ({"messages": [SAID, ASK, SAID]}, "", [SAID, {**ASK, "content": REFINED[TEXT]}, SAID]),
        (
            {"messages": [{**ASK, "content": [part("in brief"), part(TEXT), part(" ")]}]},
            "",
            [{**ASK, "content": [part("in brief"), part(REFINED[TEXT]), part(" ")]}],
        ),
    ],
)
def test_a_row_carries_its_instruction_where_data_sets_have_it(row, options, refined, main):
    result = main(f"refine --input - {options}", stdin="\ufeff" + json.dumps(row) + "\r\n")
    assert json.loads(result.out) == {**row, "refined_instruction": refined, "changed": True, "reason": None}
    assert "1 instruction, " in result.err


def test_no_column_of_the_user_is_lost_or_overwritten(main: Main, answers: list[str]) -> None:
    ask = "whats 7+5-3"
    mine = {"candidates": ["a"], "error": "none", "reason": "mine", "changed": "2024", "response": "x", "reward": "y"}
    row = {"instruction": ask, **mine, "refined_instruction": "z", "principle": "w"}
    write_rows(Path("asks.jsonl"), [row])
    assert "{+" in main("refine --diff --input asks.jsonl").out
    for options in ([], answers):
        OUT.unlink(missing_ok=True)
        assert main(f"refine {FILES}", *options).status == 0
        assert "already holds all 1 rows" in main(f"refine {FILES}", *options).err
        (found,) = read(OUT)
        assert found.items() >= row.items()
        assert found["refined_refined_instruction"] == REFINED[ask]
        assert (found["refined_changed"], found["refined_reason"]) == (True, None)
    assert found["refined_refined_response"] == ANSWERED[ask]
    assert found["refined_response"] == ANSWERED[REFINED[ask]]


def test_results_of_another_input_command_model_or_option_are_not_mixed(asks, main, tiny, answers):
    main(f"rewrite --principle 'tone improvement' {FILES}")
    assert main(f"rewrite --principle 'Tone Improvement' {FILES}").status == 0
    write_rows(Path("other.jsonl"), [{"instruction": "something else"}])
    mine = shutil.copytree(tiny, "mine")
    files = "--input asks.jsonl --output refined.jsonl"
    assert main(f"refine {files} --model mine").status == 0
    before = OUT.read_bytes(), Path("refined.jsonl").read_bytes()
    no_result = "is no result of this input and command: choose another --output"
    for line, named in (
        (f"rewrite --principle 'Hint Addition' {FILES}", no_result),
        ("rewrite --principle 'Tone Improvement' --input other.jsonl --output out.jsonl", no_result),
        (f"refine --model mine --guard off {files}", "guard ('fallback' and 'off')"),
        (f"refine --model mine --max-growth 2 {files}", "max_growth (4.0 and 2.0)"),
        (f"refine {files}", f"model ('mine' and {tiny!r:.60})"),
        (f"rewrite --principle 'Hint Addition' {files}", f"model ('mine' and {tiny!r:.60})"),
    ):
        status, _, err = main(line)
        assert status == 2
        assert named in err
        if named is not no_result:
            begun = "p-aligner: refined.jsonl was begun with other settings, there and here: "
            assert re.fullmatch(re.escape(begun) + ".*; choose another file\n", err)
    assert main(f"refine {files} --model mine --batch-size 2").status == 0, "how fast is no other setting"

    Path(mine, "generation_config.json").write_text("{}")
    status, _, err = main(f"refine {files} --model mine")
    assert (status, "files of model" in err) == (2, True), "the folder holds another model now"
    assert (OUT.read_bytes(), Path("refined.jsonl").read_bytes()) == before
    pack = Path("pack.yaml")
    rhyme = "principles: [{name: Rhyme, domain: Helpfulness, description: Make it rhyme}]"
    pack.write_text(rhyme)
    by_rhyme = "rewrite --principle Rhyme --pack pack.yaml --input asks.jsonl --output rhymed.jsonl"
    assert main(by_rhyme).status == 0
    pack.write_text(rhyme.replace("rhyme}", "rhyme twice}"))
    assert "file of pack" in main(by_rhyme)[2]
    Path("refined.jsonl").unlink()
    assert main(f"refine {files} --guard off").status == 0, "a new file has settings of its own"
    assert main(f"refine {files} --guard off", *answers).status == 2, "rows without answers are none with them"


def test_the_users_files_are_safe(asks: Path, main: Main) -> None:
    before = asks.read_bytes()
    assert "--output would overwrite the input" in main("refine --input asks.jsonl --output asks.jsonl").err
    for content in ('{"not": "ours"}', '{"not": "ours"}\n', "plain text", '{\n  "a": 1\n}\n'):
        OUT.write_text(content)
        assert main(f"refine {FILES}").status == 2
        assert OUT.read_text() == content
    assert asks.read_bytes() == before


def test_a_pipe_as_input_file_is_read_once(asks: Path, main: Main) -> None:
    os.mkfifo("pipe")  # as `<(cat asks.jsonl)` makes one
    with subprocess.Popen(["bash", "-c", "cat asks.jsonl > pipe"]) as writer:
        try:
            result = main("refine --input pipe")
        finally:
            writer.kill()  # it would wait for a reader for ever
    assert [row["instruction"] for row in read(result.out)] == ASKS


def test_rows_reach_a_pipe_while_progress_is_shown_on_a_terminal(asks: Path, command: Command) -> None:
    master, terminal = pty.openpty()
    # A terminal that nobody reads is full after 4 KB, and then its writer waits.
    reader = threading.Thread(target=lambda: [None for _ in iter(lambda: _read_terminal(master), b"")])
    reader.start()
    words = command("refine --input", str(asks))
    result = subprocess.run(words, stdout=subprocess.PIPE, stderr=terminal, text=True, check=True)
    os.close(terminal)
    reader.join()
    os.close(master)
    assert [row["refined_instruction"] for row in read(result.stdout)] == [REFINED[ask] for ask in ASKS]


def _read_terminal(master: int) -> bytes:
    try:
        return os.read(master, 1024)
    except OSError:  # how Linux says that the other side is closed
        return b""


def test_bad_rows_are_recorded_counted_and_tried_again(main: Main) -> None:
    bad = [{"text": "x"}, {"instruction": None}, {"instruction": "half \ud83d"}]
    bad += [{"messages": [ASK, turn]} for turn in ("oops", None)]
    bad += [{"messages": [{**ASK, "content": [part("what is this"), {"type": "image_url", "image_url": "x"}]}]}]
    write_rows(Path("asks.jsonl"), [{"instruction": "hi there"}, *bad, {"instruction": "hi there"}])
    status, out, err = main("refine --input asks.jsonl")
    errors = [
        "row 2: it has no field 'instruction'",
        "row 3: an instruction must be text or a chat, it is NoneType None",
        "row 4: an instruction must be text, it has half a character ('\\ud83d'): 'half \\ud83d'",
        "row 5: every turn of a chat needs a role and a content, this one is 'oops'",
        "row 6: every turn of a chat needs a role and a content, this one is None",
        "row 7: the content of a 'user' turn must be text, it has a part of the type 'image_url': leave that out",
    ]
    assert (status, [row.get("error") for row in read(out)]) == (1, [None, *errors, None])
    assert "6 error" in err
    assert [f"p-aligner: {error}" for error in errors[:3]] == err.splitlines()[-3:]
    status, out, _ = main("refine --input asks.jsonl --diff")
    assert (status, f"(not changed: {errors[0]})" in out) == (1, True)
    assert main(f"refine {FILES}").status == 1
    before = OUT.read_bytes()
    status, _, err = main(f"refine {FILES}")
    assert (status, OUT.read_bytes()) == (1, before)
    assert "6 instructions (2 were there before)" in err
    asks = ["hi there", *[*ASKS, *ASKS, *ASKS][: len(bad)], "hi there"]
    write_rows(Path("asks.jsonl"), [{"instruction": ask} for ask in asks])
    assert main(f"refine {FILES}").status == 0
    assert [row["refined_instruction"] for row in read(OUT)] == [REFINED[ask] for ask in asks]
    assert {path.name for path in Path().iterdir()} == {"asks.jsonl", "out.jsonl", ".out.jsonl.settings"}


def test_rows_may_have_principles_of_their_own(main: Main) -> None:
    write_rows(Path("asks.jsonl"), [{"instruction": ASKS[0], "principle": "Hint Addition"}, {"instruction": ASKS[0]}])
    for _ in range(2):
        assert main(f"rewrite --principle 'Tone Improvement' {FILES}").status == 0
    found = [(row["principle"], row["refined_instruction"]) for row in read(OUT)]
    assert found == [(name, REWRITTEN[ASKS[0], name]) for name in ("Hint Addition", "Tone Improvement")]


@pytest.mark.parametrize(
    ("line", "content", "message"),
    [
        ("refine --input none.jsonl", None, "none.jsonl cannot be read: No such file"),
        ("refine hi --input x.jsonl", None, "as arguments or with --input, not both"),
        ("refine hi --output x.jsonl", None, "--output needs --input"),
        ("refine hi --field x", None, "--field needs --input"),
        ("refine --input a.jsonl --output b.jsonl --json", None, "leave out --json and --diff"),
        ("refine hi --device nonsense", None, "cannot be loaded: "),
        ("refine '  '", None, "item 0: an instruction must not be empty"),
        ("refine hi --model p-alinger", None, "there is no model 'p-alinger': did you mean 'p-aligner'?"),
        ("refine hi --model ./no-such-model", None, "the model './no-such-model' cannot be loaded: "),
        ("refine hi --max-growth -1", None, "max_growth must be a positive number"),
        ("refine hi --responder M", None, "add --respond"),
        ("rewrite hi --principle Tone", None, "unknown principle 'Tone': "),
        ("rewrite hi --principle Tone --pack none.yaml", None, "none.yaml' cannot be read"),
        # What is wrong with all rows is said before a model is loaded.
        (
            "--model ./none",
            '{"text": "x", "id": 1}\n{"q": "y"}\n',
            "have no field 'instruction', 'prompt' or 'mess",
        ),
        ("--model ./none --field txt", '{"text": "x", "id": 1}\n', "no field 'txt': choose one with --field, they"),
        ("--model ./none", "", "asks.jsonl is empty: it holds no rows"),
        ("--model ./none", "\ufeff\r\n\n", "asks.jsonl is empty: it holds no rows"),
    ],
)
def test_bad_arguments_and_rows_are_one_line(line, content, message, main, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    if content is not None:
        Path("asks.jsonl").write_text(content, encoding="utf-8")
        line = f"refine {FILES} {line}"
    status, out, err = main(line)
    assert (status, out, OUT.exists()) == (2, "", False)
    assert re.fullmatch("p-aligner: .*" + re.escape(message) + ".*\n", err)


def test_a_line_that_is_no_json_is_named_and_what_came_before_is_kept(main: Main) -> None:
    Path("asks.jsonl").write_text('{"instruction": "hi there"}\n{"instruction": \n')
    status, _, err = main(f"refine {FILES}")
    assert (status, "line 2 of" in err) == (2, True)
    assert [row["instruction"] for row in read(OUT)] == ["hi there"]
    write_rows(Path("asks.jsonl"), [{"instruction": ask} for ask in ("hi there", ASKS[1])])
    assert main(f"refine {FILES}").status == 0
    assert [row["instruction"] for row in read(OUT)] == ["hi there", ASKS[1]]


def test_no_instruction_is_told_before_a_model_is_loaded(main: Main, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main("refine --model ./none", stdin=" \n").err.startswith("p-aligner: standard input is empty: ")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    status, _, err = main("refine")
    assert (status, "there is no instruction: give it as an argument, pipe it in, or use --input" in err) == (2, True)


def test_changes_are_marked_and_a_report_says_that_the_text_was_changed(main: Main) -> None:
    shown = main("refine --diff", ASKS[0]).out.strip()
    assert "{+" in shown
    after = re.sub(r"\[-.*?-\]|\{\+(.*?)\+\}", r"\1", shown, flags=re.DOTALL)
    before = re.sub(r"\{\+.*?\+\}|\[-(.*?)-\]", r"\1", shown, flags=re.DOTALL)
    assert (before, after) == (ASKS[0], REFINED[ASKS[0]])
    status, _, err = main("refine --guard report --max-growth 0.01", "word " * 100)
    assert (status, "p-aligner: fails the guard: " in err) == (0, True)


def test_a_terminal_gets_colours(main: Main, monkeypatch: pytest.MonkeyPatch) -> None:
    master, terminal = pty.openpty()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with open(terminal, "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert main("refine", ASKS[0]).status == 0
    monkeypatch.undo()
    shown = os.read(master, 10_000).decode()
    os.close(master)
    assert "\x1b[32m" in shown
    assert "{+" not in shown


def test_a_closed_pipe_is_no_error(asks: Path, command: Command) -> None:
    words = command("refine --batch-size 1 --input", str(asks))
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
    assert process.returncode == 0
    assert not re.search("Traceback|BrokenPipe", errors)


def test_interrupt_says_how_to_go_on(command: Command, tmp_path: Path) -> None:
    write_rows(tmp_path / "asks.jsonl", [{"instruction": ask} for _ in range(400) for ask in ASKS])
    words, out = command(f"refine {FILES} --batch-size 1"), tmp_path / OUT
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        wait_until(lambda: out.exists() and b"\n" in out.read_bytes(), process)
        process.send_signal(signal.SIGINT)
        errors = process.stderr.read()
    assert process.returncode == 130
    assert "stopped; with --output, the same command goes on from here" in errors
    assert "Traceback" not in errors


def test_answers_before_and_after(main: Main, answers: list[str]) -> None:
    ask = "whats 7+5-3"
    record = json.loads(main("refine --json", *answers, ask).out)
    assert (record["response"], record["refined_response"]) == (ANSWERED[ask], ANSWERED[REFINED[ask]])
    assert record["reward"] != record["refined_reward"]
    assert main("refine", *answers, ask).out.splitlines()[-2:] == [
        f"answer before ({record['reward']:+.2f}): {record['response']}",
        f"answer after ({record['refined_reward']:+.2f}): {record['refined_response']}",
    ]
    assert main("refine", *answers[:-2], ask).out.splitlines()[-2:] == [
        f"answer before: {record['response']}",
        f"answer after: {record['refined_response']}",
    ]
    write_rows(Path("asks.jsonl"), [{"instruction": ask}, {"instruction": "hi there"}])
    assert main(f"refine {FILES}", *answers).status == 0
    first, second = read(OUT)
    near = {name: pytest.approx(record[name], abs=1e-3) for name in ("reward", "refined_reward")}
    assert first == {**record, **near}
    assert second["refined_response"] == ANSWERED["hi there"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("evaluate recipe.yaml", "; the same command goes on from here"),
        ("inspect run", ""),
    ],
)
def test_a_stop_says_whether_the_command_goes_on(line, said, main, monkeypatch):
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for place in ("evaluation.cli._run", "training.cli._inspect"):
        monkeypatch.setattr(f"p_aligner.{place}", stopped)
    assert main(line) == (130, "", f"p-aligner: stopped{said}\n")
