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
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tiny import ANSWERED, REFINED, REWRITTEN

from p_aligner import cli


ASKS = ["how do i bake bread", "list three rivers", "what is a noun", "hi there", "name a colour"]
Main = Callable[[list[str]], int]
Command = Callable[..., list[str]]


def naming(model: str, arguments: Sequence[str]) -> list[str]:
    """Name the model where a command names none."""
    is_bare = bool(arguments) and arguments[0] in ("refine", "rewrite") and "--model" not in arguments
    return [*arguments, "--model", model] if is_bare else [*arguments]


@pytest.fixture
def main(tiny: str) -> Main:
    """The command in this process, with the tiny model."""
    return lambda arguments: cli.main(naming(tiny, arguments))


@pytest.fixture
def command(tiny: str) -> Command:
    """The words of a process of its own."""
    code = "import sys; from p_aligner.cli import main; sys.exit(main())"
    return lambda *arguments: [sys.executable, "-c", code, *naming(tiny, arguments)]


@pytest.fixture
def answers(tiny: str, tiny_reward: str) -> list[str]:
    """Options for answers before and after."""
    return ["--respond", "--responder", tiny, "--reward", tiny_reward]


def write_rows(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def asks(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "asks.jsonl", [{"id": n, "instruction": ask, "x": [n]} for n, ask in enumerate(ASKS)])


def test_arguments_give_plain_text_in_a_pipe(main: Main, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["refine", *ASKS[:2]]) == 0
    assert capsys.readouterr().out.splitlines() == [REFINED[ask] for ask in ASKS[:2]]


@pytest.mark.parametrize("text", [[], ["-"]])
def test_standard_input_is_one_instruction(
    text: list[str], main: Main, refine: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    both = "list three rivers\nand two lakes"
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{both}\n"))
    assert main(["refine", "--json", *text]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record == refine(both)
    assert record["refined_instruction"] == REFINED[both]


def test_rows_keep_their_fields_and_order(
    asks: Path, main: Main, refine: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["refine", "--input", str(asks), "--batch-size", "2"]) == 0
    captured = capsys.readouterr()
    rows = [json.loads(line) for line in captured.out.splitlines()]
    for number, (row, ask) in enumerate(zip(rows, ASKS, strict=True)):
        assert row == {"id": number, "x": [number], **refine(ask)}
        assert row["refined_instruction"] == REFINED[ask]
        assert list(row)[:3] == ["id", "instruction", "x"]
    assert "5 instructions, " in captured.err
    assert " words/s: " in captured.err


ASK, SAID = ({"role": role, "content": "list three rivers"} for role in ("user", "assistant"))


@pytest.mark.parametrize(
    ("row", "options", "refined"),
    [
        ({"text": ASK["content"]}, ["--field", "text"], REFINED[ASK["content"]]),
        ({"prompt": ASK["content"], "messages": [SAID]}, [], REFINED[ASK["content"]]),
        ({"instruction": None, "prompt": [ASK]}, [], [{**ASK, "content": REFINED[ASK["content"]]}]),
        ({"messages": [SAID, ASK, SAID]}, [], [SAID, {**ASK, "content": REFINED[ASK["content"]]}, SAID]),
    ],
)
def test_a_row_carries_its_instruction_where_data_sets_have_it(
    row: dict[str, Any],
    options: list[str],
    refined: Any,
    main: Main,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\ufeff" + json.dumps(row) + "\r\n"))
    assert main(["refine", "--input", "-", *options]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {**row, "refined_instruction": refined, "changed": True, "reason": None}
    assert "1 instruction, " in captured.err


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (
            '{"text": "x", "id": 1}\n{"q": "y"}\n',
            [],
            "have no field 'instruction', 'prompt' or 'messages': choose one ",
        ),
        (
            '{"text": "x", "id": 1}\n',
            ["--field", "txt"],
            "no field 'txt': choose one with --field, they have 'text', 'id'",
        ),
        ("", [], "asks.jsonl is empty: it holds no rows"),
        ("\ufeff\r\n\n", [], "asks.jsonl is empty: it holds no rows"),
    ],
)
def test_what_is_wrong_with_all_rows_is_said_before_a_model_is_loaded(
    content: str, options: list[str], message: str, tmp_path: Path, main: Main, capsys: pytest.CaptureFixture[str]
) -> None:
    asks, output = tmp_path / "asks.jsonl", tmp_path / "out.jsonl"
    asks.write_text(content, encoding="utf-8")
    files = ["--input", str(asks), "--output", str(output)]
    assert main(["refine", *files, *options, "--model", "./no-such-model"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert not output.exists()


def test_no_column_of_the_user_is_lost_or_overwritten(
    main: Main, answers: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask = "whats 7+5-3"
    mine = {"candidates": ["a"], "error": "none", "reason": "mine", "changed": "2024", "response": "x", "reward": "y"}
    row = {"instruction": ask, **mine, "refined_instruction": "z", "principle": "w"}
    asks, output = write_rows(tmp_path / "asks.jsonl", [row]), tmp_path / "out.jsonl"
    assert main(["refine", "--input", str(asks), "--diff"]) == 0
    assert "{+" in capsys.readouterr().out
    for options in ([], answers):
        output.unlink(missing_ok=True)
        for _ in range(2):
            assert main(["refine", "--input", str(asks), "--output", str(output), *options]) == 0
        assert "already holds all 1 rows" in capsys.readouterr().err
        (found,) = read(output)
        assert found.items() >= row.items()
        assert found["refined_refined_instruction"] == REFINED[ask]
        assert (found["refined_changed"], found["refined_reason"]) == (True, None)
    assert found["refined_refined_response"] == ANSWERED[ask]
    assert found["refined_response"] == ANSWERED[REFINED[ask]]


def test_a_stopped_run_goes_on(asks: Path, main: Main, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "out" / "refined.jsonl"
    arguments = ["refine", "--input", str(asks), "--output", str(output)]
    assert main(arguments) == 0
    whole = output.read_bytes()
    lines = whole.splitlines(keepends=True)
    output.write_bytes(b"".join(lines[:2]) + lines[2][:20])
    assert main(arguments) == 0
    assert output.read_bytes() == whole
    assert "3 instructions (2 were there before)" in capsys.readouterr().err
    assert main(arguments) == 0
    assert "already holds all 5 rows; remove it to start again" in capsys.readouterr().err
    assert output.read_bytes() == whole


def test_kill_and_go_on_loses_and_doubles_nothing(main: Main, command: Command, tmp_path: Path) -> None:
    rows = [{"id": number, "instruction": ask} for number in range(24) for ask in ASKS]
    asks = write_rows(tmp_path / "many.jsonl", rows)
    output = tmp_path / "refined.jsonl"
    arguments = command("refine", "--input", str(asks), "--output", str(output), "--batch-size", "1")
    with subprocess.Popen(arguments, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 180
        try:
            while not (output.exists() and output.read_bytes().count(b"\n") >= 3):
                assert time.monotonic() < deadline
                time.sleep(0.02)
        finally:
            process.kill()
    kept = output.read_bytes().count(b"\n")
    assert 3 <= kept < len(rows)
    assert main(arguments[3:]) == 0
    assert [(row["id"], row["refined_instruction"]) for row in read(output)] == [
        (row["id"], REFINED[row["instruction"]]) for row in rows
    ]


def test_results_of_another_input_or_command_are_not_mixed(
    asks: Path, main: Main, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "refined.jsonl"
    files = ["--input", str(asks), "--output", str(output)]
    main(["rewrite", "--principle", "tone improvement", *files])
    assert main(["rewrite", "--principle", "Tone Improvement", *files]) == 0
    before = output.read_bytes()
    other = write_rows(tmp_path / "other.jsonl", [{"instruction": "something else"}])
    for arguments in (
        ["rewrite", "--principle", "Hint Addition", *files],
        ["rewrite", "--principle", "Tone Improvement", "--input", str(other), "--output", str(output)],
    ):
        capsys.readouterr()
        assert main(arguments) == 2
        assert "row 1 of" in (message := capsys.readouterr().err)
        assert "is no result of this input and command: choose another --output" in message
    assert output.read_bytes() == before


def test_results_of_another_model_or_option_are_not_mixed(
    asks: Path,
    main: Main,
    tiny: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    mine = shutil.copytree(tiny, tmp_path / "mine")
    files = ["--input", str(asks), "--output", "refined.jsonl"]
    assert main(["refine", *files, "--model", "mine"]) == 0
    before = Path("refined.jsonl").read_bytes()
    for arguments, named in (
        (["refine", "--model", "mine", "--guard", "off"], "guard ('fallback' and 'off')"),
        (["refine", "--model", "mine", "--max-growth", "2"], "max_growth (4.0 and 2.0)"),
        (["refine"], f"model ('mine' and {tiny!r:.60})"),
        (["rewrite", "--principle", "Hint Addition"], f"model ('mine' and {tiny!r:.60})"),
    ):
        capsys.readouterr()
        assert main([*arguments, *files]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("p-aligner: refined.jsonl was begun with other settings, there and here: ")
        assert named in line
        assert line.endswith("; choose another file")
    assert main(["refine", *files, "--model", "mine", "--batch-size", "2"]) == 0, "how fast is no other setting"

    (mine / "generation_config.json").write_text("{}")
    capsys.readouterr()
    assert main(["refine", *files, "--model", "mine"]) == 2, "the folder holds another model now"
    assert "files of model" in capsys.readouterr().err
    assert Path("refined.jsonl").read_bytes() == before
    Path("refined.jsonl").unlink()
    assert main(["refine", *files, "--guard", "off"]) == 0, "a new file has settings of its own"


def test_the_users_files_are_safe(asks: Path, main: Main, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = asks.read_bytes()
    assert main(["refine", "--input", str(asks), "--output", str(asks)]) == 2
    assert "--output would overwrite the input" in capsys.readouterr().err
    precious = tmp_path / "precious.json"
    for content in ('{"not": "ours"}', '{"not": "ours"}\n', "plain text", '{\n  "a": 1\n}\n'):
        precious.write_text(content)
        assert main(["refine", "--input", str(asks), "--output", str(precious)]) == 2
        assert precious.read_text() == content
    assert asks.read_bytes() == before


def test_a_pipe_as_input_file_is_read_once(
    asks: Path, main: Main, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe = tmp_path / "pipe"  # as `<(cat asks.jsonl)` makes one
    os.mkfifo(pipe)
    with subprocess.Popen(["bash", "-c", f"cat {shlex.quote(str(asks))} > {shlex.quote(str(pipe))}"]) as writer:
        try:
            assert main(["refine", "--input", str(pipe)]) == 0
        finally:
            writer.kill()  # it would wait for a reader for ever
    assert [json.loads(row)["instruction"] for row in capsys.readouterr().out.splitlines()] == ASKS


def test_rows_reach_a_pipe_while_progress_is_shown_on_a_terminal(asks: Path, command: Command) -> None:
    master, terminal = pty.openpty()
    # A terminal that nobody reads is full after 4 KB, and then its writer waits.
    reader = threading.Thread(target=lambda: [None for _ in iter(lambda: _read_terminal(master), b"")])
    reader.start()
    result = subprocess.run(
        command("refine", "--input", str(asks)), stdout=subprocess.PIPE, stderr=terminal, text=True, check=True
    )
    os.close(terminal)
    reader.join()
    os.close(master)
    assert [json.loads(line)["refined_instruction"] for line in result.stdout.splitlines()] == [
        REFINED[ask] for ask in ASKS
    ]


def _read_terminal(master: int) -> bytes:
    try:
        return os.read(master, 1024)
    except OSError:  # how Linux says that the other side is closed
        return b""


def test_bad_rows_are_recorded_counted_and_tried_again(
    main: Main, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = [{"text": "x"}, {"instruction": None}, {"instruction": "half \ud83d"}]
    asks = write_rows(tmp_path / "bad.jsonl", [{"instruction": "hi there"}, *bad])
    assert main(["refine", "--input", str(asks)]) == 1
    captured = capsys.readouterr()
    errors = [
        "row 2: it has no field 'instruction'",
        "row 3: an instruction must be text or a chat, it is NoneType None",
        "row 4: an instruction must be text, it has half a character ('\\ud83d'): 'half \\ud83d'",
    ]
    assert [json.loads(line).get("error") for line in captured.out.splitlines()] == [None, *errors]
    assert "3 error" in captured.err
    assert [f"p-aligner: {error}" for error in errors] == captured.err.splitlines()[-3:]
    assert main(["refine", "--input", str(asks), "--diff"]) == 1
    assert "(not changed: row 2: it has no field 'instruction')" in capsys.readouterr().out
    output = tmp_path / "refined.jsonl"
    arguments = ["refine", "--input", str(asks), "--output", str(output)]
    assert main(arguments) == 1
    before = output.read_bytes()
    capsys.readouterr()
    assert main(arguments) == 1
    assert "3 instructions (1 were there before)" in capsys.readouterr().err
    assert output.read_bytes() == before
    write_rows(asks, [{"instruction": ask} for ask in ("hi there", *ASKS)])
    assert main(arguments) == 0
    assert [row["refined_instruction"] for row in read(output)] == [REFINED[ask] for ask in ("hi there", *ASKS)]
    assert {path.name for path in tmp_path.iterdir()} == {"bad.jsonl", "refined.jsonl", ".refined.jsonl.settings"}


def test_rows_may_have_principles_of_their_own(main: Main, tmp_path: Path) -> None:
    rows = [{"instruction": ASKS[0], "principle": "Hint Addition"}, {"instruction": ASKS[0]}]
    asks, output = write_rows(tmp_path / "asks.jsonl", rows), str(tmp_path / "out.jsonl")
    for _ in range(2):
        assert main(["rewrite", "--principle", "Tone Improvement", "--input", str(asks), "--output", output]) == 0
    principles = ["Hint Addition", "Tone Improvement"]
    assert [row["principle"] for row in read(Path(output))] == principles
    texts = [REWRITTEN[ASKS[0], principle] for principle in principles]
    assert [row["refined_instruction"] for row in read(Path(output))] == texts


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["refine", "--input", "none.jsonl"], "none.jsonl cannot be read: No such file"),
        (["refine", "hi", "--input", "x.jsonl"], "as arguments or with --input, not both"),
        (["refine", "hi", "--output", "x.jsonl"], "--output needs --input"),
        (["refine", "hi", "--field", "x"], "--field needs --input"),
        (["refine", "--input", "a.jsonl", "--output", "b.jsonl", "--json"], "leave out --json and --diff"),
        (["refine", "hi", "--device", "nonsense"], "cannot be loaded: "),
        (["refine", "  "], "item 0: an instruction must not be empty"),
        (["refine", "hi", "--model", "./no-such-model"], "the model './no-such-model' cannot be loaded: "),
        (["refine", "hi", "--max-growth", "-1"], "max_growth must be a positive number"),
        (["rewrite", "hi", "--principle", "Tone"], "unknown principle 'Tone': "),
        (["rewrite", "hi", "--principle", "Tone", "--pack", "none.yaml"], "none.yaml' cannot be read"),
    ],
)
def test_bad_arguments_are_one_line(
    arguments: list[str],
    message: str,
    main: Main,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith("p-aligner: ")
    assert message in line


def test_a_line_that_is_no_json_is_named_and_what_came_before_is_kept(
    main: Main, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asks, output = tmp_path / "asks.jsonl", tmp_path / "refined.jsonl"
    asks.write_text('{"instruction": "hi there"}\n{"instruction": \n')
    assert main(["refine", "--input", str(asks), "--output", str(output)]) == 2
    assert "line 2 of" in capsys.readouterr().err
    assert [row["instruction"] for row in read(output)] == ["hi there"]
    asks.write_text('{"instruction": "hi there"}\n{"instruction": "list three rivers"}\n')
    assert main(["refine", "--input", str(asks), "--output", str(output)]) == 0
    assert [row["instruction"] for row in read(output)] == ["hi there", "list three rivers"]


def test_no_instruction_at_a_terminal_is_an_error(
    main: Main, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    assert main(["refine"]) == 2
    assert "there is no instruction: give it as an argument, pipe it in, or use --input" in capsys.readouterr().err


def test_a_report_says_that_the_text_was_changed(main: Main, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["refine", "--guard", "report", "--max-growth", "0.01", "word " * 100]) == 0
    captured = capsys.readouterr()
    assert "p-aligner: fails the guard: " in captured.err


def test_changes_are_marked(main: Main, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["refine", "--diff", ASKS[0]]) == 0
    shown = capsys.readouterr().out.strip()
    assert "{+" in shown
    after = re.sub(r"\[-.*?-\]|\{\+(.*?)\+\}", r"\1", shown, flags=re.DOTALL)
    before = re.sub(r"\{\+.*?\+\}|\[-(.*?)-\]", r"\1", shown, flags=re.DOTALL)
    assert (before, after) == (ASKS[0], REFINED[ASKS[0]])


def test_a_terminal_gets_colours(command: Command) -> None:
    master, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    environment.pop("NO_COLOR", None)
    subprocess.run(command("refine", ASKS[0]), stdout=terminal, stderr=subprocess.DEVNULL, env=environment, check=True)
    os.close(terminal)
    shown = os.read(master, 10_000).decode()
    assert "\x1b[32m" in shown
    assert "{+" not in shown


def test_a_closed_pipe_is_no_error(asks: Path, command: Command) -> None:
    arguments = command("refine", "--input", str(asks), "--batch-size", "1")
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read().decode()
    assert process.returncode == 0
    assert "Traceback" not in errors
    assert "BrokenPipe" not in errors


def test_interrupt_says_how_to_go_on(command: Command, tmp_path: Path) -> None:
    many = write_rows(tmp_path / "many.jsonl", [{"instruction": ask} for _ in range(400) for ask in ASKS])
    output = tmp_path / "refined.jsonl"
    arguments = command("refine", "--input", str(many), "--output", str(output), "--batch-size", "1")
    with subprocess.Popen(arguments, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        deadline = time.monotonic() + 60
        while not (output.exists() and output.read_bytes().count(b"\n")):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        errors = process.stderr.read().decode()
    assert process.returncode == 130
    assert "stopped; with --output, the same command goes on from here" in errors
    assert "Traceback" not in errors


def test_answers_before_and_after(
    main: Main, answers: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ask = "whats 7+5-3"
    assert main(["refine", *answers, "--json", ask]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["response"], record["refined_response"]) == (ANSWERED[ask], ANSWERED[REFINED[ask]])
    assert record["reward"] != record["refined_reward"]
    assert main(["refine", *answers, ask]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2] == f"answer before ({record['reward']:+.2f}): {record['response']}"
    assert lines[-1] == f"answer after ({record['refined_reward']:+.2f}): {record['refined_response']}"

    assert main(["refine", *answers[:-2], ask]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        f"answer before: {record['response']}",
        f"answer after: {record['refined_response']}",
    ]
    asks = write_rows(tmp_path / "asks.jsonl", [{"instruction": ask}, {"instruction": "hi there"}])
    output = str(tmp_path / "out.jsonl")
    assert main(["refine", *answers, "--input", str(asks), "--output", output]) == 0
    first, second = read(Path(output))
    assert first == {
        **record,
        **{name: pytest.approx(record[name], abs=1e-3) for name in ("reward", "refined_reward")},
    }
    assert second["refined_response"] == ANSWERED["hi there"]
    assert main(["refine", "--responder", "M", "hi"]) == 2
    assert "add --respond" in capsys.readouterr().err


def test_rows_without_answers_are_no_results_with_answers(
    asks: Path, main: Main, answers: list[str], tmp_path: Path
) -> None:
    output = str(tmp_path / "out.jsonl")
    assert main(["refine", "--input", str(asks), "--output", output]) == 0
    assert main(["refine", *answers, "--input", str(asks), "--output", output]) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["refine", "a"], "; with --output, the same command goes on from here"),
        (["evaluate", "recipe.yaml"], "; the same command goes on from here"),
        (["inspect", "run"], ""),
    ],
)
def test_a_stop_says_whether_the_command_goes_on(
    arguments: list[str], said: str, main: Main, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for place in ("cli._run", "evaluation.cli._run", "training.cli._inspect"):
        monkeypatch.setattr(f"p_aligner.{place}", stopped)
    assert main(arguments) == 130
    assert capsys.readouterr().err == f"p-aligner: stopped{said}\n"
