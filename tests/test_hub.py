from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from faulty_server import Server, in_thread

from p_aligner.errors import InputError
from p_aligner.models.hub import require_reachable


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with in_thread(Server(500)) as server:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.url)
        yield server


def test_a_hub_that_answers_is_asked_once_whatever_it_says(hub: Server) -> None:
    require_reachable("somebody/something")
    (head,) = hub.headers
    assert head.startswith("HEAD ")


def test_a_folder_or_a_cached_model_needs_no_hub(hub: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_reachable(str(tmp_path))
    snapshot = tmp_path / "models--somebody--something/snapshots/0123"
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}")
    (tmp_path / "models--somebody--something/refs").mkdir()
    (tmp_path / "models--somebody--something/refs/main").write_text("0123")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    require_reachable("somebody/something")
    assert not hub.headers


def test_what_datasets_finds_itself_needs_no_hub(hub: Server) -> None:
    for name in ("json", "parquet", "hf://datasets/somebody/something", "buckets/somebody/something"):
        require_reachable(name, kind="data set")
    assert not hub.headers
    require_reachable("somebody/something", kind="data set")
    assert len(hub.headers) == 1


def test_what_is_neither_a_folder_nor_a_name_is_refused_without_asking(hub: Server) -> None:
    with pytest.raises(InputError, match="the model '/nowhere/at/all' cannot be loaded: there is no such folder$"):
        require_reachable("/nowhere/at/all")
    assert not hub.headers


def test_without_a_hub_a_name_is_refused_after_three_tries(hub: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    slept = list[float]()
    monkeypatch.setattr("p_aligner.models.hub.time", SimpleNamespace(sleep=slept.append))
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(
        InputError, match="the model 'runs/dpo' cannot be loaded: there is no such folder, and "
    ) as error:
        require_reachable("runs/dpo")
    assert str(error.value).endswith(": check the name, or the connection")
    assert slept == [0, 1, 1]
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    require_reachable("runs/dpo")  # the loader says so at once
