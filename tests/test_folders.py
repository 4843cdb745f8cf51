"""Folders of models: embedded ones by their names, and states of a folder told apart."""

from pathlib import Path

import pytest

import p_aligner
from p_aligner.errors import InputError
from p_aligner.folders import content_of, folder_of


def test_an_embedded_model_has_a_folder_and_other_names_stay() -> None:
    assert folder_of("miniature/reward") == p_aligner.miniature("reward")
    assert (Path(folder_of("miniature/reward")) / "config.json").is_file()
    for name in ("org/name", "runs/miniature/reward", "/somewhere"):
        assert folder_of(name) == name
    with pytest.raises(InputError, match="there is no embedded model 'nobody'"):
        folder_of("miniature/nobody")


def test_a_folder_that_was_trained_anew_is_another_one_and_notes_beside_the_model_are_none(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"begin" + bytes(3 << 20) + b"end")
    (tmp_path / "config.json").write_text("{}")
    states = [content_of(tmp_path)]
    (tmp_path / "README.md").write_text("notes")
    (tmp_path / "checkpoint-1").mkdir()
    assert content_of(tmp_path) == states[0]
    for content in (b"Begin" + bytes(3 << 20) + b"end", b"Begin" + bytes(3 << 20) + b"End", bytes(9), b""):
        weights.write_bytes(content)
        states.append(content_of(tmp_path))
    (tmp_path / "config.json").rename(tmp_path / "settings.json")
    states.append(content_of(tmp_path))
    assert len(set(states)) == len(states)
