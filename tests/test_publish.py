"""Releases against a Hub on this machine: what the real client creates, sends, resumes, and what it is told."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from conftest import REPOSITORY
from hub import READER, WRITER, Hub
from scripted import command_of, wait_until


Run = Callable[..., "CompletedProcess[str]"]
PICTURE = 1_024_000  # bytes
SPACE = ("release", "space", "space", "--repo", "org/demo")


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as running:
        yield running
        assert running.unknown == []


@pytest.fixture
def run(hub: Hub, tmp_path: Path) -> Run:
    """Run the command in a process of its own, as the client reads the Hub's address when it is imported."""

    def command(*arguments: str, token: str | None = WRITER) -> CompletedProcess[str]:
        return subprocess.run(
            command_of("p_aligner", *arguments),
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, **hub.environment(tmp_path / "home", token)},
            timeout=120,
        )

    space = tmp_path / "space"
    space.mkdir()
    (space / "app.py").write_text("print('an app')\n")
    (space / "requirements.txt").write_text("jinja2>=3.1\n")
    (space / "README.md").write_text(
        "---\ntitle: Demo\nsdk: gradio\nsdk_version: 6.31.0\napp_file: app.py\n---\n\n![it](it.png)\n"
    )
    (space / "it.png").write_bytes(bytes(range(256)) * (PICTURE // 256))
    return command


def test_a_dry_run_never_talks_to_the_hub(run: Run, hub: Hub, tmp_path: Path) -> None:
    result = run(*SPACE)
    assert result.returncode == 0, result.stderr
    assert "1.0 MB  it.png" in result.stdout
    assert "nothing was uploaded" in result.stdout
    assert not hub.calls
    assert (tmp_path / "runs/release/spaces/org/demo/app.py").exists()


def test_a_repository_from_its_first_release_to_the_next(run: Run, hub: Hub, tmp_path: Path) -> None:
    """One commit, though the connection breaks once; none for an unchanged folder; a proposal; a file in the way."""
    hub.trouble = {PICTURE: "cut"}
    (tmp_path / "space/old.py").write_text("print('old')\n")
    first = run(*SPACE, "--execute", "--private", "--collection", "Pre-alignment")
    assert first.returncode == 0, first.stdout + first.stderr
    repo = hub.repos["space", "org/demo"]
    assert (repo.private, repo.sdk) == (True, "gradio")
    assert [commit.title for commit in repo.commits] == ["initial commit", "Release demo"]
    names = {"README.md", "app.py", "it.png", "old.py", "requirements.txt"}
    assert {*repo.commits[-1].files} == {".gitattributes", *names}
    assert len(repo.commits[-1].files["it.png"]) == PICTURE
    assert hub.calls["_put"] == 2
    assert f"committed {repo.commits[-1].oid}" in first.stdout
    assert "ok   hashes on the Hub: 5 files are what was sent" in first.stdout

    again = run(*SPACE, "--execute", "--collection", "Pre-alignment")
    assert again.returncode == 0, again.stdout + again.stderr
    assert len(repo.commits) == 2
    assert f"nothing has changed since {repo.commits[-1].oid}" in again.stdout
    assert hub.calls["_put"] == 2
    (collection,) = hub.collections.values()
    assert collection["namespace"] == "org"
    assert collection["items"] == [{"id": "org/demo", "type": "space"}]

    (tmp_path / "space/app.py").write_text("print('a better app')\n")
    proposed = run(*SPACE, "--execute", "--pr", token=READER)  # who may not write may propose
    assert proposed.returncode == 0, proposed.stdout + proposed.stderr
    assert len(repo.commits) == 2
    assert repo.branches["refs/pr/1"].files["app.py"] == b"print('a better app')\n"
    assert f"{hub.url}/org/demo/discussions/1" in proposed.stdout

    (tmp_path / "space/old.py").unlink()
    refused = run(*SPACE, "--execute")
    assert refused.returncode == 2
    assert "org/demo holds old.py" in refused.stderr  # it could be loaded in place of a file of this release
    replaced = run(*SPACE, "--execute", "--replace")
    assert replaced.returncode == 0
    assert "removed: old.py" in replaced.stdout
    assert {*hub.files("space", "org/demo")} == {".gitattributes", *names} - {"old.py"}


@pytest.mark.parametrize(
    ("token", "repo", "status", "advice"),
    [
        ("hf_" + "x" * 34, "org/demo", "401", "log in"),
        (None, "org/demo", "401", "log in"),
        (READER, "org/demo", "403", "--pr"),
        (WRITER, "elsewhere/demo", "403", "a token that may write there"),
    ],
)
def test_who_may_not_is_told_what_to_do(run: Run, hub: Hub, token: str, repo: str, status: str, advice: str) -> None:
    result = run("release", "space", "space", "--repo", repo, "--execute", token=token)
    assert result.returncode == 1
    (message,) = result.stderr.strip().splitlines()
    assert message.startswith(f"p-aligner: the Hub refuses {repo} ({status}: ")
    assert advice in message
    assert "xxxx" not in message
    assert not hub.repos


def test_an_upload_that_fails_or_is_killed_goes_on_where_it_was(run: Run, hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "space/other.png").write_bytes(b"other" * 1_000)
    hub.trouble = {PICTURE: "refuse"}
    broken = run(*SPACE, "--execute")
    assert broken.returncode == 1
    (message,) = [line for line in broken.stderr.splitlines() if line.startswith("p-aligner: ")]
    assert message.endswith("run the same command again, what arrived is not sent twice")
    (repo,) = hub.repos.values()
    assert len(repo.commits) == 1

    hub.trouble = {PICTURE: "stall"}
    hub.calls.clear()
    environment = {**os.environ, **hub.environment(tmp_path / "home")}
    command = command_of("p_aligner", *SPACE, "--execute")
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL) as one:
        wait_until(lambda: hub.calls["_put"], one)
        one.kill()
    hub.trouble = {}
    assert run(*SPACE, "--execute").returncode == 0
    assert hub.calls["_put"] == 2, "the other picture had arrived at first"
    assert [commit.title for commit in repo.commits] == ["initial commit", "Release demo"]
    assert len(repo.commits[-1].files["it.png"]) == PICTURE


def test_a_commit_of_somebody_else_is_not_written_over(run: Run, hub: Hub) -> None:
    hub.intrude = True
    result = run(*SPACE, "--execute")
    assert result.returncode == 1
    assert "412" in result.stderr
    assert "somebody committed meanwhile" in result.stderr
    (repo,) = hub.repos.values()
    assert [commit.title for commit in repo.commits] == ["initial commit", "somebody else's"]
    again = run(*SPACE, "--execute")
    assert again.returncode == 0
    assert "not of this release, left there: other.txt" in again.stdout
    assert "other.txt" in repo.commits[-1].files


def test_what_arrives_garbled_is_found(run: Run, hub: Hub) -> None:
    hub.garble = True
    result = run(*SPACE, "--execute")
    assert result.returncode == 1
    assert "FAIL hashes on the Hub: not what was sent: it.png" in result.stdout


def test_a_data_set_is_loaded_by_its_name(run: Run, hub: Hub, tmp_path: Path) -> None:
    sample = REPOSITORY / "dataset_builder/ultraprompt/sample"
    result = run("release", "dataset", str(sample), "--repo", "org/ultraprompt", "--execute")
    assert result.returncode == 0, result.stdout + result.stderr
    configs = json.loads((sample / "build.json").read_text())["configs"].values()
    rows = sum(sum(built["rows"].values()) for built in configs)
    loads = f"loads without our packages: {rows:,} rows in {len(configs)} configs, as the build counted"
    assert f"ok   {loads}" in result.stdout
    card = hub.files("dataset", "org/ultraprompt")["README.md"].decode()
    assert 'load_dataset("org/ultraprompt", "preference"' in card


def test_no_hub_at_all(run: Run, hub: Hub) -> None:
    hub.__exit__()
    result = run(*SPACE, "--execute")
    assert result.returncode == 1
    assert "the connection for org/demo broke" in result.stderr
