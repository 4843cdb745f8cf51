"""The Space without its page: settings, which text is taken, ratings, a borrowed GPU, the folder as a repository."""

import asyncio
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import REPOSITORY
from feedback import Feedback
from gpu import from_worker
from models import taken
from settings import Settings, read_settings
from test_packaging import setup_cfg

from p_aligner.errors import InputError
from p_aligner.prompts import OUTPUT_END, OUTPUT_START, parse_refined, refine_messages


SPACE = REPOSITORY / "spaces/before_after"


def test_the_environment_goes_before_the_file_and_the_file_before_defaults(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    assert read_settings({}, file) == Settings()
    file.write_text('{"model": "org/p-aligner@abc", "queue_size": 3}')
    settings = read_settings({"PALIGNER_QUEUE_SIZE": "5", "PALIGNER_TREES": " ", "HOME": "x"}, file)
    assert (settings.model, settings.queue_size, settings.trees) == ("org/p-aligner@abc", 5, "trees.json")
    # The key is a secret of the server's and no setting.
    assert "secret" not in repr(read_settings({"PALIGNER_API_KEY": "secret"}, file))
    named = {"PALIGNER_ENDPOINT": "http://localhost/v1", "PALIGNER_RESPONDER": "smollm2", "PALIGNER_REWARD": "x/y"}
    assert read_settings(named, file).responder == "smollm2"  # the server may know its model by the name of ours
    assert read_settings(named, file).reward_model == "x/y"
    assert Settings().reward_model == "reward"
    for nothing in ("none", "", " "):
        assert read_settings({"PALIGNER_REWARD": nothing}, file).reward_model is None


@pytest.mark.parametrize(
    ("environment", "content", "message"),
    [
        ({"PALIGNER_MODLE": "x"}, "{}", "PALIGNER_NAME.* cannot be used: modle: unknown key: did you mean 'model'"),
        ({"PALIGNER_TIMEOUT_S": "s", "PALIGNER_QUEUE_SIZE": "0"}, "{}", "queue_size: .*; timeout_s: .* it is 's'"),
        ({"PALIGNER_ENDPOINT": "localhost"}, "{}", "endpoint: .*, it is 'localhost'"),
        ({"PALIGNER_ENDPOINT": "http://localhost/v1"}, "{}", "an endpoint needs PALIGNER_RESPONDER"),
        ({}, "{", "settings.json is not JSON"),
        ({}, "[]", "settings.json must hold an object"),
    ],
)
def test_settings_that_cannot_be_are_named(environment, content, message, tmp_path):
    (tmp_path / "settings.json").write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        read_settings(environment, tmp_path / "settings.json")
    assert "\n" not in str(caught.value)


def test_text_is_taken_without_control_characters() -> None:
    assert taken(" a\x00b\x1b[0m\tc\r\nd\x85 ", most_characters=99) == "ab[0m\tc\nd"
    assert taken("سلام 👋🏽 e\u0301", most_characters=99) == "سلام 👋🏽 e\u0301"
    for text, said in (("", "is empty"), (" \x00\n", "is empty"), ("x" * 100, "has 100 characters"), (None, "text")):
        with pytest.raises(InputError, match=said):
            taken(text, most_characters=99)


def test_ratings_are_rows_that_the_trainers_read(tmp_path: Path) -> None:
    from datasets import load_dataset

    asked = f"{OUTPUT_START}{{x}}{OUTPUT_END} سلام"
    feedback, other = Feedback(str(tmp_path / "rated")), Feedback(str(tmp_path / "rated"))
    for number in range(4):
        feedback.append(asked, f"{asked} {number}", is_good=number % 2 == 0, model="m")
    other.append("a", "b", is_good=True, model="m")
    assert feedback.path != other.path
    files = {"data_files": str(tmp_path / "rated/*.jsonl"), "cache_dir": str(tmp_path / "cache")}
    rows = load_dataset("json", split="train", **files).to_list()
    assert len(rows) == 5
    assert sorted(rows[0]) == ["completion", "day", "label", "model", "prompt"]
    mine = [each for each in rows if each["prompt"] == refine_messages(asked)]
    assert [each["label"] for each in mine] == [True, False, True, False]
    assert [parse_refined(each["completion"][0]["content"]) for each in mine] == [f"{asked} {n}" for n in range(4)]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        Feedback(str(tmp_path / "file"))


@pytest.mark.slow
def test_ratings_train_a_model_with_kto(tiny: str, tmp_path: Path) -> None:
    feedback = Feedback(str(tmp_path / "rated"))
    for number in range(8):
        feedback.append(f"text {number}", f"text {number}, please", is_good=number % 2 == 0, model="m")
    code = f"""
from datasets import load_dataset
from trl import KTOConfig, KTOTrainer
from transformers import AutoModelForCausalLM, AutoTokenizer
rows = load_dataset("json", data_files="rated/*.jsonl", split="train", cache_dir="cache")
options = dict(output_dir="out", max_steps=1, per_device_train_batch_size=4, report_to=[])
trainer = KTOTrainer(
    model=AutoModelForCausalLM.from_pretrained({tiny!r}),
    args=KTOConfig(use_cpu=True, bf16=False, save_strategy="no", **options),
    train_dataset=rows,
    processing_class=AutoTokenizer.from_pretrained({tiny!r}),
)
print("loss", trainer.train().training_loss)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "loss 0." in result.stdout, result.stderr[-3000:]


def test_work_goes_through_a_plain_generator_and_its_errors_come_out() -> None:
    lent: list[str] = []

    def lend(work):
        def borrowed(*arguments):
            lent.append(threading.current_thread().name)
            return work(*arguments)

        return borrowed

    async def count(most: int) -> Any:
        for number in range(most):
            await asyncio.sleep(0)
            yield number
        raise InputError("enough")

    seen: list[int] = []

    async def main() -> None:
        async for number in from_worker(count, lend=lend)(3):
            seen.append(number)

    with pytest.raises(InputError, match="enough"):
        asyncio.run(main())
    assert seen == [0, 1, 2]
    assert len(lent) == 1


def test_the_requirements_are_those_of_the_kit() -> None:
    config = setup_cfg()
    known = {line.split(">")[0]: line for line in config["options"]["install_requires"].split()}
    lines = (SPACE / "requirements.txt").read_text().split()
    assert lines
    assert [line for line in lines if known.get(line.split(">")[0]) != line] == []
    (gradio,) = (line for line in config["options.extras_require"]["space"].split() if line.startswith("gradio"))
    version = re.search(r"^sdk_version: (\S+)$", (SPACE / "README.md").read_text(), re.MULTILINE)
    assert version
    assert version[1].startswith(gradio.removeprefix("gradio>="))


def test_the_readme_names_every_setting() -> None:
    readme = (SPACE / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `PALIGNER_(\w+)`", readme, re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields} | {"API_KEY"}


def test_the_installed_package_is_the_folder(python: Callable[..., Any]) -> None:
    code = "import importlib.util as u; print(u.find_spec('p_aligner.before_after').submodule_search_locations[0])"
    folder = Path(python(code).stdout.strip())
    assert (folder / "app.py").read_bytes() == (SPACE / "app.py").read_bytes()
    assert (folder / "style.css").exists()
