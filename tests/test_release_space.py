"""Spaces: what is staged with them, and the demo."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from test_release import CODE, checks

from p_aligner.release.space import NOT_OF_SPACES, SEARCH, stage_space


@pytest.fixture
def space(tmp_path: Path) -> Path:
    """A Space without gradio: a server that says what the guard thinks."""
    folder = tmp_path / "space"
    folder.mkdir()
    (folder / "README.md").write_text("---\ntitle: T\nsdk: docker\nsdk_version: 1.0.0\napp_file: app.py\n---\n")
    (folder / "requirements.txt").write_text("jinja2>=3.1  # for cards\nregex\n")
    (folder / "__init__.py").write_text("")
    (folder / "said.py").write_text("from p_aligner.guard import failed_checks\nimport p_aligner\n")
    (folder / "app.py").write_text(
        "import os\n"
        "from http.server import BaseHTTPRequestHandler, HTTPServer\n"
        "from said import failed_checks, p_aligner\n"
        "class Page(BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        "        self.send_response(200)\n"
        "        self.end_headers()\n"
        '        self.wfile.write(f\'{p_aligner.__file__} {failed_checks("add 2", "add")}\'.encode())\n'
        "if __name__ == '__main__':\n"
        "    HTTPServer(('127.0.0.1', int(os.environ['GRADIO_SERVER_PORT'])), Page).serve_forever()\n"
    )
    return folder


def test_a_space_brings_the_modules_that_it_imports(space: Path, tmp_path: Path) -> None:
    stage = stage_space(space, "org/demo", tmp_path / "stage", model="org/p-aligner@" + "0" * 40, dataset="org/data")
    staged = {*stage.names()}
    kit = {"__init__.py", "templates/llama3-plain.jinja", "models/folder.py", "runtime/rewards.py"} | CODE
    assert {f"p_aligner/{name}" for name in kit} <= staged
    assert not {Path(name).parts[1] for name in staged if name.startswith("p_aligner/")} & {*NOT_OF_SPACES}
    assert of_our_models(staged) == {"p_aligner/models/singlepo", "p_aligner/models/reward"}, "another is used"
    assert not [name for name in staged if name.startswith("ultraprompt")]
    assert stage.left_out == {"__init__.py": "not of the running Space"}
    assert json.loads((stage.folder / "settings.json").read_text()) == {"model": "org/p-aligner@" + "0" * 40}
    card = (stage.folder / "README.md").read_text()
    assert "models:\n- org/p-aligner\n- HuggingFaceTB/SmolLM2-135M-Instruct\n" in card
    assert "datasets:\n- org/data" in card
    requirements = (stage.folder / "requirements.txt").read_text()
    assert requirements.startswith("jinja2==3.")
    assert "# for cards\nregex\n" in requirements
    assert checks(stage)["runs without our packages"] == (True, "app.py can be imported")

    (stage.folder / "p_aligner/guard.py").unlink()
    passed, text = checks(stage)["runs without our packages"]
    assert not passed
    assert "p_aligner.guard" in text


def test_a_space_brings_our_adapters_and_what_its_settings_name(space: Path, tmp_path: Path) -> None:
    stage = stage_space(space, "org/demo", tmp_path / "stage")
    ours = {f"p_aligner/models/{name}" for name in ("p-aligner", "singlepo", "reward")}
    assert of_our_models({*stage.names()}) == ours
    assert "models:\n- HuggingFaceTB/SmolLM2-135M-Instruct\n" in (stage.folder / "README.md").read_text()

    models = {"model": "p-aligner", "singlepo": "org/singlepo", "responder": "org/chat@abc"}
    (space / "settings.json").write_text(json.dumps({**models, "reward": "none"}))
    stage = stage_space(space, "org/demo", tmp_path / "stage")
    assert of_our_models({*stage.names()}) == {"p_aligner/models/p-aligner"}
    assert "- org/singlepo\n" in (stage.folder / "README.md").read_text()
    assert "- org/chat\n" in (stage.folder / "README.md").read_text()

    others = {"model": "org/refiner", "singlepo": "org/singlepo", "responder": "org/chat", "reward": ""}
    (space / "settings.json").write_text(json.dumps(others))
    stage = stage_space(space, "org/demo", tmp_path / "stage")
    assert of_our_models({*stage.names()}) == set()
    assert "SmolLM2" not in (stage.folder / "README.md").read_text()
    for name in ("said.py", "app.py"):
        (space / name).write_text("import json\n")
    assert not [name for name in stage_space(space, "org/demo", tmp_path / "stage").names() if "p_aligner" in name]


def test_a_space_brings_the_search_if_it_grows_trees(space: Path, tmp_path: Path) -> None:
    growing = "from ultraprompt.search.strategies import grow\nfrom ultraprompt.search.tree import Tree\n"
    (space / "said.py").write_text("from p_aligner.guard import failed_checks\nimport p_aligner\n" + growing)
    stage = stage_space(space, "org/demo", tmp_path / "stage")
    brought = {name for name in stage.names() if name.startswith("ultraprompt/")}
    assert brought == {f"ultraprompt/{name}" for name in SEARCH}
    assert checks(stage)["runs without our packages"] == (True, "app.py can be imported")


def of_our_models(staged: set[str]) -> set[str]:
    """Name the folders with weights."""
    return {name.rpartition("/")[0] for name in staged if name.endswith(".safetensors")}


def test_the_demo_runs_the_space_in_place_and_ends_with_it(space: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", "import sys; from p_aligner.cli import main; sys.exit(main())", "demo"]
    with subprocess.Popen([*command, str(space)], env={**os.environ, "GRADIO_SERVER_PORT": str(port)}) as demo:
        try:
            page = _wait_for(f"http://127.0.0.1:{port}", demo)
            assert "lost span: 2" in page
        finally:
            demo.send_signal(signal.SIGTERM)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port))  # nobody is left


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> str:
    for _ in range(600):
        assert process.poll() is None
        try:
            with urllib.request.urlopen(url) as answer:
                return str(answer.read().decode())
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the demo did not start")
