"""What several test modules need: no network, small models made on the spot, their pipelines."""

import asyncio
import atexit
import functools
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from filelock import FileLock

import p_aligner  # noqa: F401 - it makes our tasks known to transformers
from p_aligner.prompts import Message


REPOSITORY = Path(__file__).parent.parent

# Tests start processes; tokenizers would warn that its threads do not survive a fork.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# `datasets` takes two folders of one name for the same data set: no run of tests may see what an earlier one left.
if "PYTEST_XDIST_WORKER" not in os.environ:
    os.environ["HF_DATASETS_CACHE"] = tempfile.mkdtemp(prefix="datasets-")
    atexit.register(shutil.rmtree, os.environ["HF_DATASETS_CACHE"], ignore_errors=True)


def pytest_configure(config: pytest.Config) -> None:
    """Make our modules' warnings failures: those they raise, and those that libraries attribute to their calls."""
    folders = [*config.getini("pythonpath"), REPOSITORY / "tests"]
    scripts = {path.stem for folder in folders for path in folder.glob("*.py")}
    # What `trust_remote_code` and `evaluate.load` import here is a copy of ours.
    packages = r"(p_aligner|ultraprompt|transformers_modules|evaluate_modules)(\..+)?"
    # What the compiler says of a file comes without a module's name. No colon may be in a filter.
    files = re.escape(str(REPOSITORY)).replace(":", ".") + "/(modeling|dataset_builder|recipes|spaces|tests)/.+"
    config.addinivalue_line("filterwarnings", rf"error:::({'|'.join(sorted(scripts))}|{packages}|{files})\Z")


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only loopback can be reached. (Offline variables would also keep clients from servers on this machine.)"""
    if request.node.get_closest_marker("slow"):
        return
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> str:
    """Make a folder once in a run: the workers of pytest-xdist wait for the first one and share what it made."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            fresh = folder.with_suffix(".new")
            shutil.rmtree(fresh, ignore_errors=True)  # of a worker that was killed
            make(fresh)
            fresh.rename(folder)
    return str(folder)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of the tiny model: P-Aligner, SinglePO and responder. Copy it before you change it."""
    from tiny import make

    return once(tmp_path_factory, "tiny", make)


@pytest.fixture(scope="session")
def tiny_reward(tiny: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a reward model that knows nothing, whose scores differ."""
    from tiny import make_reward

    return once(tmp_path_factory, "tiny-reward", functools.partial(make_reward, tiny))


@pytest.fixture(scope="session")
def refine(tiny: str) -> Any:
    from transformers import pipeline

    return pipeline("instruction-refinement", model=tiny)


@pytest.fixture(scope="session")
def rewrite(tiny: str) -> Any:
    from transformers import pipeline

    return pipeline("instruction-rewriting", model=tiny)


@pytest.fixture(scope="session")
def untrained_folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A random Llama whose tokenizer knows bytes and has neither chat template nor pad token: a small base model."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("untrained")
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={"</s>": 0} | {byte: i for i, byte in enumerate(alphabet, 1)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>").save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(alphabet) + 1,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=4096,
        eos_token_id=0,
        bos_token_id=None,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return str(folder)


@pytest.fixture
def python(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run code in a fresh interpreter, in a folder of its own, with our packages importable or not."""

    def run(code: str, *options: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *options, "-c", code]
        result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120)
        assert not check or result.returncode == 0, result.stderr
        return result

    return run


def live(test: Callable[..., Coroutine[Any, Any, None]], most_seconds: float = 60) -> Callable[..., None]:
    """Run an asynchronous test."""

    @functools.wraps(test)
    def run(**fixtures: Any) -> None:
        asyncio.run(asyncio.wait_for(test(**fixtures), most_seconds))

    return run


def user(content: Any) -> list[Message]:
    return [{"role": "user", "content": content}]


class Result(NamedTuple):
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str


@pytest.fixture
def run_here(tmp_path, capsys, monkeypatch) -> Callable[..., Result]:
    """Run the `main` of a command in this process, in a folder of the test."""
    monkeypatch.chdir(tmp_path)

    def run(main: Callable[[list[str]], int], words: list[str]) -> Result:
        capsys.readouterr()
        try:
            status = main(words)
        except SystemExit as error:
            status = int(str(error.code))
        return Result(status, *capsys.readouterr())

    return run
