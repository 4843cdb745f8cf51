"""Runs are inspected: what was learned, what was lost, and the command that goes on with them."""

import json
import math
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from conftest import REPOSITORY
from safetensors.torch import load_file, save_file
from tiny import REFINED, REWRITTEN
from transformers import AutoModelForCausalLM, AutoTokenizer

from p_aligner.cli import main
from p_aligner.errors import InputError
from p_aligner.prompts import refine_messages, render_refined
from p_aligner.training import inspection
from p_aligner.training.inspection import PICTURE, PROBE, REPORT, Inspection, check_run, inspect


LOG = [
    {"step": 1, "loss": 0.69, "rewards/margins": 0.0, "rewards/accuracies": 0.5},
    {"step": 2, "loss": 0.41, "rewards/margins": 1.2, "rewards/accuracies": 0.9},
]


def answer(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": render_refined(text)}]


# Of two rows the model knows the chosen answer, of one the rejected one.
ROWS = [
    {
        "prompt": refine_messages(text),
        "chosen": answer(chosen),
        "rejected": answer(rejected),
        "chosen_reward": 0.9,
        "rejected_reward": 0.2,
    }
    for text, chosen, rejected in (
        ("list three rivers", REFINED["list three rivers"], "list three rivers"),
        ("what is a noun", REFINED["what is a noun"], "what is a noun"),
        ("name a colour", "Name a colour. Be brief.", REFINED["name a colour"]),
    )
]


class Run:
    """A recipe, and a folder of checkpoints that are written by hand."""

    def __init__(self, folder: Path, model: str, *, trainer: str = "dpo", **settings: Any) -> None:
        self.folder = folder / "run"
        self.model = Path(model)
        self.recipe = folder / "recipes/mine.yaml"
        self.recipe.parent.mkdir()
        rows = [row if trainer == "dpo" else {"prompt": row["prompt"], "completion": row["chosen"]} for row in ROWS]
        data = folder / "data" / settings.get("dataset_config", "default")
        data.mkdir(parents=True)
        (data / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        config = settings.get("dataset_config", "default")
        card = {"configs": [{"config_name": config, "data_files": f"{config}/train.jsonl"}]}
        (folder / "data/README.md").write_text(f"---\n{yaml.safe_dump(card)}---\n", encoding="utf-8")
        recipe = {
            **{"model_name_or_path": str(self.model), "dataset_name": str(folder / "data")},
            **{"output_dir": str(self.folder), "report_to": "none", **settings},
        }
        self.recipe.write_text(f"# trl {trainer} --config mine.yaml\n{yaml.safe_dump(recipe)}", encoding="utf-8")

    def checkpoint(self, step: int, *, scale: float = 1.0, log: list[dict[str, float]] = LOG) -> Path:
        """Write a checkpoint of the start model, its embeddings scaled: at 0 it knows nothing."""
        folder = self.folder / f"checkpoint-{step}"
        shutil.copytree(self.model, folder)
        weights = load_file(folder / "model.safetensors")
        weights["model.embed_tokens.weight"] *= scale
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        state = {"log_history": log, "max_steps": 10, "global_step": step}
        (folder / "trainer_state.json").write_text(json.dumps(state), encoding="utf-8")
        return folder


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a short probe of what the model knows, the first three lines by principle, too."""
    monkeypatch.chdir(tmp_path)
    by_principle = [text for text, _ in REWRITTEN][:3]
    texts = dict.fromkeys([*by_principle, *(text for text in REFINED if "\n" not in text)])
    short = tmp_path / "probe.txt"
    short.write_text("\n".join([*texts][:8]), encoding="utf-8")
    monkeypatch.setattr(inspection, "PROBE", short)


@pytest.fixture
def run(tmp_path: Path, tiny: str) -> Run:
    return Run(tmp_path, tiny)


def failed(found: Inspection) -> set[str]:
    return {check.name for check in check_run(found) if not check.passed}


def test_an_unchanged_model_has_learned_and_lost_nothing(run: Run) -> None:
    run.checkpoint(4)
    found = inspect(run.folder)
    assert (found.recipe, found.trainer, found.step, found.steps) == ("recipes/mine.yaml", "dpo", 4, 10)
    first, last = found.checkpoints
    assert (first.step, last.step) == (0, 4)
    assert first.likelihood == last.likelihood
    assert (last.likelihood.ranking.margin, last.likelihood.ranking.rewarded) == (0, 0)
    assert replace(first, step=4, stamp=last.stamp) == last
    assert [str(check) for check in check_run(found)] == [
        "ok   run: step 4 of 10, trl dpo, recipes/mine.yaml",
        "FAIL learned: nothing yet: chosen answers +0.000 nats per token, pairs in the right order 66.7%, now 66.7%, "
        "margin +0.000",
    ]
    assert (last.probe.unparsable, last.probe.rejected, last.likelihood.ranking.accuracy) == (0, 0, 0.6667)
    report = json.loads((run.folder / REPORT).read_text(encoding="utf-8"))
    assert report["checkpoints"][1]["likelihood"]["ranking"]["margin"] == 0
    assert (run.folder / PICTURE).read_bytes().startswith(b"\x89PNG")


def test_log_probabilities_are_those_of_the_loss(run: Run) -> None:
    run.checkpoint(1)
    likelihood = inspect(run.folder).checkpoints[0].likelihood
    tokenizer = AutoTokenizer.from_pretrained(run.model)
    model = AutoModelForCausalLM.from_pretrained(run.model)
    sums = {"chosen": [], "rejected": []}
    for row in ROWS:
        for side, values in sums.items():
            asked = tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True, return_dict=False)
            ids = tokenizer.apply_chat_template([*row["prompt"], *row[side]], return_dict=False)
            labels = torch.tensor([[-100] * len(asked) + ids[len(asked) :]])
            with torch.inference_mode():
                loss = model(torch.tensor([ids]), labels=labels).loss
            values.append(-float(loss) * (len(ids) - len(asked)))
    assert likelihood.chosen == pytest.approx(sum(sums["chosen"]) / 3, abs=2e-3)
    assert likelihood.ranking.rejected == pytest.approx(sum(sums["rejected"]) / 3, abs=2e-3)
    pairs = list(zip(sums["chosen"], sums["rejected"], strict=True))
    assert likelihood.ranking.accuracy == pytest.approx(sum(one > two for one, two in pairs) / 3, abs=1e-4)
    # The optimum's log-odds: the reference's, and the difference of rewards divided by beta.
    optimum = [one - two + (0.9 - 0.2) / 0.1 > 0 for one, two in pairs]
    assert inspect(run.folder).idealised == pytest.approx(sum(optimum) / 3, abs=1e-4)


def test_a_model_that_forgot_everything_raises_alarms(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run.checkpoint(2, scale=0)
    assert main(["inspect", str(run.folder)]) == 1
    out = capsys.readouterr().out
    assert "FAIL learned: nothing yet: chosen answers -" in out
    assert "FAIL chosen answers: " in out
    assert "FAIL unparsable output: " in out
    resume = f"trl dpo --config recipes/mine.yaml --resume_from_checkpoint {run.folder}/checkpoint-2"
    assert f"goes on with: {resume}\n" in out


def test_a_loss_that_is_no_number_raises_an_alarm(run: Run) -> None:
    run.checkpoint(2, log=[*LOG, {"step": 3, "loss": math.nan, "rewards/margins": -0.2}])
    assert failed(inspect(run.folder, pairs=1)) == {"learned", "loss", "margin in TRL's log"}


def test_what_was_measured_stays(run: Run) -> None:
    """TRL deletes old checkpoints; what an earlier inspection saw of them is kept, and nothing is measured twice."""
    early = run.checkpoint(2)
    first = inspect(run.folder)
    shutil.rmtree(early)
    run.checkpoint(4)
    (run.folder / "checkpoint-6").mkdir()  # being written: no state yet
    shutil.copytree(run.folder / "checkpoint-4", run.folder / "checkpoint-best")
    second = inspect(run.folder)
    assert [one.step for one in second.checkpoints] == [0, 2, 4]
    assert second.checkpoints[:2] == first.checkpoints
    assert second.step == 4
    other_rows = inspect(run.folder, pairs=1).checkpoints
    assert [one.step for one in other_rows] == [0, 4]
    assert other_rows[0].likelihood != second.checkpoints[0].likelihood
    (run.folder / REPORT).write_text("{", encoding="utf-8")
    assert [one.step for one in inspect(run.folder).checkpoints] == [0, 4]


ONLINE = {"kl": 0.0, "entropy": 0.4, "reward_std": 0.1, "frac_reward_zero_std": 0.25, "completions/mean_length": 20.0}


def test_a_run_that_learns_online_is_read(tmp_path: Path, tiny: str) -> None:
    run = Run(tmp_path, tiny, trainer="grpo")
    log = [
        {**ONLINE, "step": step, "loss": 0.0, "reward": 0.5 + step / 100, "completions/clipped_ratio": 0.1}
        for step in range(1, 9)
    ]
    run.checkpoint(4, log=log)
    found = inspect(run.folder)
    assert [(one.step, one.likelihood) for one in found.checkpoints] == [(0, None), (4, None)]
    assert found.checkpoints[0].probe == found.checkpoints[1].probe
    assert inspect(run.folder).checkpoints == found.checkpoints, "what an earlier inspection wrote is read"
    assert found.resume.startswith("trl grpo --config recipes/mine.yaml --resume_from_checkpoint")
    by_name = {check.name: check for check in check_run(found)}
    assert failed(found) == set()
    assert by_name["reward"].text == "0.515 at first, 0.575 now, spread 0.100"
    assert by_name["answers"].text == "the data has none: how likely they are is not measured"
    assert (run.folder / PICTURE).read_bytes().startswith(b"\x89PNG")


def test_a_run_that_learns_online_and_fails_raises_alarms(tmp_path: Path, tiny: str) -> None:
    run = Run(tmp_path, tiny, trainer="grpo")
    good = {**ONLINE, "loss": 0.0, "reward": 0.6, "completions/clipped_ratio": 0.1}
    bad = {"reward": 0.2, "kl": math.nan, "entropy": 0.01, "frac_reward_zero_std": 0.9, "completions/clipped_ratio": 1}
    run.checkpoint(4, log=[{**good, "step": 1}, {**good, **bad, "step": 2}])
    run.recipe.unlink()
    alarms = {"learned", "reward", "KL", "completions", "entropy", "groups of one reward"}
    assert failed(inspect(run.folder)) == alarms


def test_without_its_recipe_a_run_shows_its_log(run: Run) -> None:
    run.checkpoint(4)
    run.recipe.unlink()
    found = inspect(run.folder)
    assert found.checkpoints == []
    assert found.resume == f"trl TRAINER --config RECIPE.yaml --resume_from_checkpoint {run.folder}/checkpoint-4"
    by_name = {check.name: check.text for check in check_run(found)}
    assert by_name["loss"] == "0.690 at first, 0.410 now"
    assert "--recipe" in by_name["recipe"]


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ([{"step": 1, "loss": 0.693}, {"step": 2, "loss": 0.692}], "loss 0.693 at first, 0.692 now"),
        ([{**ONLINE, "step": step, "reward": 0.5} for step in (1, 2)], "reward 0.500 at first, 0.500 now"),
        ([{"step": 2, "loss": 0.693}], None),  # nothing to compare it with
    ],
)
def test_a_log_that_stands_still_is_called_so(log: list[dict[str, float]], said: str | None, run: Run) -> None:
    run.checkpoint(10, log=log)
    run.recipe.unlink()
    lines = [str(check) for check in check_run(inspect(run.folder)) if not check.passed]
    assert lines == ([f"FAIL learned: nothing; train for longer, or at a higher rate: {said}"] if said else [])


def test_a_run_that_learned_says_all(tmp_path: Path, tiny: str) -> None:
    """From a model that knows nothing to one that knows the answers."""
    run = Run(tmp_path, tiny)
    recipe = yaml.safe_load(run.recipe.read_text(encoding="utf-8"))
    start = shutil.copytree(run.checkpoint(1, scale=0.5), tmp_path / "start")
    shutil.rmtree(run.folder)
    run.recipe.write_text(
        f"# trl dpo --config mine.yaml\n{yaml.safe_dump({**recipe, 'model_name_or_path': str(start)})}"
    )
    run.checkpoint(4)
    found = inspect(run.folder)
    assert failed(found) == set()
    assert {"loss", "chosen answers", "ranking accuracy", "variety"} <= {check.name for check in check_run(found)}


def test_a_run_elsewhere_is_resumed_there(run: Run) -> None:
    run.checkpoint(4)
    moved = run.folder.rename(run.folder.with_name("moved run"))
    found = inspect(moved, recipe=run.recipe, pairs=1)
    assert found.resume.endswith(f"--output_dir '{moved}'")


def test_rewriters_are_probed_by_principle(tmp_path: Path, tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    short = tmp_path / "short.txt"
    short.write_text("\n".join(inspection.PROBE.read_text(encoding="utf-8").splitlines()[:3]), encoding="utf-8")
    monkeypatch.setattr(inspection, "PROBE", short)
    run = Run(tmp_path, tiny, trainer="sft", dataset_config="single-step")
    run.checkpoint(4, log=[{"step": 1, "loss": 0.3}])
    found = inspect(run.folder)
    assert found.checkpoints[0].likelihood.ranking is None
    assert found.idealised is None
    probe = found.checkpoints[0].probe
    assert (probe.unparsable, probe.rejected, probe.clear) == (0, 0, 0)
    assert {check.name for check in check_run(found)}.isdisjoint({"ranking accuracy", "margin in TRL's log"})


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (lambda run: None, "there is no folder .*run; give the output_dir"),
        (lambda run: run.folder.mkdir(), "holds no whole checkpoint; `save_steps`"),
        (lambda run: (run.checkpoint(1) / "model.safetensors").unlink(), "checkpoint-1' cannot be loaded"),
        (lambda run: (run.checkpoint(1) / "trainer_state.json").write_text("{"), "trainer_state.json is not JSON"),
    ],
)
def test_mistakes_are_one_line(prepare: Any, message: str, run: Run) -> None:
    prepare(run)
    with pytest.raises(InputError, match=message):
        inspect(run.folder)


def test_the_probe_is_varied() -> None:
    texts = PROBE.read_text(encoding="utf-8").splitlines()
    assert len(set(texts)) == 48
    assert all(text.strip() == text for text in texts)


@pytest.mark.slow
def test_a_killed_run_goes_on_as_if_nothing_had_happened(tmp_path, tiny, monkeypatch):
    """TRL itself, killed between two checkpoints, resumed by the command that `inspect` prints."""
    monkeypatch.chdir(REPOSITORY)
    shipped = yaml.safe_load(Path("recipes/llama-3.2-3b/dpo.yaml").read_text(encoding="utf-8"))
    here = {"model_name_or_path": tiny, "dataset_name": "dataset_builder/ultraprompt/sample"}
    here |= {"use_cpu": True, "bf16": False, "activation_checkpointing": False, "gradient_accumulation_steps": 1}
    here |= {"learning_rate": 1e-3}
    recipe = str(tmp_path / "dpo.yaml")
    Path(recipe).write_text(f"# trl dpo --config {recipe}\n{yaml.safe_dump(shipped | here)}", encoding="utf-8")
    trl = str(Path(sys.executable).parent / "trl")

    def command(out: Path) -> list[str]:
        steps = ("--max_steps", "6", "--save_steps", "2", "--per_device_train_batch_size", "4", "--logging_steps", "1")
        return [trl, "dpo", "--config", recipe, "--output_dir", str(out), *steps]

    whole, broken = tmp_path / "whole", tmp_path / "broken"
    subprocess.run(command(whole), check=True, capture_output=True, timeout=240)
    process = subprocess.Popen(
        command(broken), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 240
    while not (broken / "checkpoint-2/trainer_state.json").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    found = inspect(broken, recipe=recipe, pairs=2)
    assert found.step < 6
    _, *words = shlex.split(found.resume)
    subprocess.run([*command(broken), *words[3:]], check=True, capture_output=True, timeout=240)
    one, two = (load_file(folder / "model.safetensors") for folder in (whole, broken))
    assert one.keys() == two.keys()
    assert all(torch.equal(one[name], two[name]) for name in one)
