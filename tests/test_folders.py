"""Folders of models: ours by their names, and states of a folder told apart."""

from pathlib import Path

import pytest

from p_aligner.errors import InputError
from p_aligner.models import folders
from p_aligner.models.folders import OURS, content_of, folder_of


def test_a_model_of_ours_has_a_folder_and_other_names_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(folders, "pretrained", lambda name: f"made of {name}")
    assert [folder_of(name) for name in OURS] == [f"made of {name}" for name in OURS]
    for name in ("org/name", "runs/reward", "/somewhere/p-aligner", "gpt2"):
        assert folder_of(name) == name
    for name, meant in (("p-alinger", "p-aligner"), ("smolm2", "smollm2"), ("single-po", "singlepo")):
        with pytest.raises(InputError, match=f"there is no model '{name}': did you mean '{meant}'"):
            folder_of(name)
    (tmp_path / "reward").mkdir()
    assert folder_of("reward") == "reward"  # somebody's own


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
