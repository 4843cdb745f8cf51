from collections.abc import Iterator
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


def test_folders_cached_models_and_what_datasets_finds_need_no_hub(hub, tmp_path, monkeypatch):
    require_reachable(str(tmp_path))
    snapshot = tmp_path / "models--somebody--something/snapshots/0123"
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}")
    (tmp_path / "models--somebody--something/refs").mkdir()
    (tmp_path / "models--somebody--something/refs/main").write_text("0123")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    require_reachable("somebody/something")
    for name in ("json", "parquet", "hf://datasets/somebody/something", "buckets/somebody/something"):
        require_reachable(name, kind="data set")
    assert not hub.headers
    require_reachable("somebody/something", kind="data set")
    assert len(hub.headers) == 1


def test_what_is_no_name_is_refused_at_once_and_a_name_without_a_hub_after_three_tries(hub, monkeypatch):
    with pytest.raises(InputError, match="the model '/nowhere/at/all' cannot be loaded: there is no such folder$"):
        require_reachable("/nowhere/at/all")
    assert not hub.headers
    slept = list[float]()
    monkeypatch.setattr("p_aligner.models.hub.time", SimpleNamespace(sleep=slept.append))
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    message = "'runs/dpo' cannot be loaded: there is no such folder, and .*: check the name, or the connect"
    with pytest.raises(InputError, match=message):
        require_reachable("runs/dpo")
    assert slept == [0, 1, 1]
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    require_reachable("runs/dpo")  # the loader says so at once
