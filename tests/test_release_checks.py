"""What the checks of a release find in files, rows and cards; data sets as they were built."""

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import REPOSITORY

from p_aligner.errors import InputError
from p_aligner.release.checks import check_card, check_files, front_matter
from p_aligner.release.dataset import stage_dataset
from p_aligner.release.stage import Stage


SAMPLE = REPOSITORY / "dataset_builder/ultraprompt/sample"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("token = 'hf_" + "a" * 34 + "'", "no secret"),
        ("OPENAI_API_KEY=sk-proj-" + "b" * 40, "no secret"),
        ("https://me:secret@example.org/simple", "no secret"),
        ("-----BEGIN RSA PRIVATE KEY-----", "no secret"),
        ("model: /home/maria/models/x", "no home path"),
        ("path: C:\\\\Users\\\\maria", "no home path"),
    ],
)
def test_what_must_not_go_up_is_found(content: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text(f"fine\n{content}\n")
    failed = [each for each in check_files(Stage("model", "org/x", tmp_path)) if not each.passed]
    assert [each.name for each in failed] == [name]
    assert "notes.md line 2" in failed[0].text


def test_secrets_in_rows_and_pickles_under_other_names_are_found(tmp_path: Path) -> None:
    rows = {"id": ["7"], "instruction": ["why does hf_" + "c" * 34 + " not work in /home/me? mail a@example.org"]}
    pq.write_table(pa.table(rows), tmp_path / "train.parquet")
    (tmp_path / "state.dat").write_bytes(b"\x80\x04\x95")
    (tmp_path / "model.safetensors").write_bytes(b"\x80\x02\0\0\0\0\0\0{")  # how long its head is
    found = {each.name: each for each in check_files(Stage("dataset", "org/x", tmp_path))}
    assert "a Hugging Face token in train.parquet row 7" in found["no secret"].text
    assert found["no home path"].passed  # a part of somebody's question
    assert "a@example.org" in found["e-mail addresses"].text
    assert "state.dat" in found["no pickle"].text
    assert "model.safetensors" not in found["no pickle"].text
    assert not found["no secret"].passed
    assert not found["no pickle"].passed


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("# no metadata\n", "no metadata"),
        ("---\nbase_model: a b\n---\n", "no licence"),
        ("---\nlicense: mit\nbase_model: ../runs/x\n---\n", "base_model: '../runs/x'"),
        ("---\nlicense: [mit\n---\n", "no metadata that can be read"),
        ("---\nlicense: mit\n---\nA fine-tuned version of [None](https://huggingface.co/None).", "a version of None"),
    ],
)
def test_mistakes_of_cards_are_found(text: str, mistake: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(text)
    card, _ = check_card(Stage("model", "org/x", tmp_path))
    assert not card.passed
    assert mistake in card.text


def test_a_picture_that_is_not_there_is_found(tmp_path: Path) -> None:
    text = "---\nlicense: mit\n---\n![](gone.png) [there](README.md) [web](https://a.b)\n"
    (tmp_path / "README.md").write_text(text)
    _, links = check_card(Stage("model", "org/x", tmp_path))
    assert links.text == "not in the folder: gone.png"


@pytest.mark.parametrize("end", ["---", "--- ", "---\n", "---\r\n# Card"])
def test_metadata_are_read_however_their_last_line_ends(end: str) -> None:
    found = front_matter(f"---\nlicense: llama3.2\nbase_model: [a/b]\n{end}")
    assert found == {"license": "llama3.2", "base_model": ["a/b"]}
    assert front_matter("---\nlicense: mit\n----") == {}


def test_a_data_set_is_staged_as_it_was_built(tmp_path: Path) -> None:
    stage = stage_dataset(SAMPLE, "org/ultraprompt", tmp_path / "stage", license="cc-by-4.0")
    assert stage.left_out == dict.fromkeys(("deep.jsonl.gz", "wide.jsonl.gz"), "no build made it")
    card = (stage.folder / "README.md").read_text()
    assert "license: cc-by-4.0" in card
    assert 'load_dataset("org/ultraprompt", "preference", split="train")' in card
    assert (stage.folder / "trees/train.parquet").read_bytes() == (SAMPLE / "trees/train.parquet").read_bytes()


def test_a_data_set_that_was_changed_since_is_refused(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path / "built")
    (tmp_path / "built/README.md").write_text("mine")
    with pytest.raises(InputError, match="is not what the build wrote"):
        stage_dataset(tmp_path / "built", "org/ultraprompt", tmp_path / "stage")
