"""The scripts of `recipes/miniature`: the structured start copies, a run that is killed ends as an undisturbed one."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from conftest import REPOSITORY
from start import structured_start
from tokenizer import PHRASES, train_tokenizer
from transformers import AutoConfig, AutoTokenizer, LlamaConfig, LlamaForCausalLM

from p_aligner.principles import PAPER_PRINCIPLES
from p_aligner.prompts import render_refined, rewrite_messages


SCRIPT = REPOSITORY / "recipes/miniature/train.py"
RECIPE = REPOSITORY / "recipes/miniature/rewriter.yaml"
SMALL = (
    "--chunks 3 --chunk_pairs 80 --tokenizer_pairs 300 --batch_tokens 1024 --vocab_size 800 --hidden_size 64 "
    "--layers 2 --heads 2 --feed_forward 64 --threads 1 --bf16 false"
).split()


def train(folder: Path, *more: str) -> list[str]:
    return [sys.executable, str(SCRIPT), "--config", str(RECIPE), "--output_dir", str(folder), *SMALL, *more]


def test_the_structured_start_copies_before_any_training() -> None:
    config = LlamaConfig(
        vocab_size=1000,
        hidden_size=256,
        intermediate_size=64,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=4,
        tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 1e5},
        attn_implementation="eager",
    )
    torch.manual_seed(0)
    text = torch.randint(10, 1000, (8, 40))
    text[:, 25:28] = text[:, 8:11]  # a phrase that comes twice: the hard case
    marker = torch.full((8, 1), 5)
    ids = torch.cat([text, marker, text], dim=1)
    for model, low, high in (
        (structured_start(config, seed=0), 0.9, 1.0),
        (LlamaForCausalLM(config), 0.0, 0.1),
    ):
        with torch.no_grad():
            guesses = model(ids).logits.argmax(dim=-1)
        right = (guesses[:, 42:-1] == ids[:, 43:]).float().mean().item()
        assert low <= right <= high


def test_every_fixed_phrase_is_one_token_and_text_survives(tmp_path: Path) -> None:
    texts = ["Bake 12 loaves.", "Why is the sky blue?", "naïve café"] * 50
    train_tokenizer(iter(texts), vocab_size=450, context=128).save_pretrained(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    for phrase in PHRASES:
        assert len(tokenizer(phrase, add_special_tokens=False)["input_ids"]) == 1
    chat = rewrite_messages("Bake 12\n\nloaves: {n} 日本 🙂 \r\n", PAPER_PRINCIPLES.principles[0])
    chat.append({"role": "assistant", "content": render_refined("x")})
    rendered = tokenizer.apply_chat_template(chat, tokenize=False)
    ids = tokenizer(rendered, add_special_tokens=False)["input_ids"]
    assert tokenizer.decode(ids, clean_up_tokenization_spaces=False) == rendered
    assert ids.count(tokenizer.bos_token_id) == 1
    assert ids[-1] == tokenizer.eos_token_id
    assert len(tokenizer("31415", add_special_tokens=False)["input_ids"]) == 5


def test_a_killed_run_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run(train(tmp_path / "whole"), check=True, capture_output=True, env=environment)
    process = subprocess.Popen(train(tmp_path / "killed"), stderr=subprocess.DEVNULL, env=environment)
    metrics = tmp_path / "killed/metrics.jsonl"
    deadline = time.monotonic() + 60
    while not metrics.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "killed/model").exists()
    result = subprocess.run(train(tmp_path / "killed"), check=True, capture_output=True, text=True, env=environment)
    assert "the model is in" in result.stderr
    for name in ("model.safetensors", "config.json", "tokenizer.json"):
        whole, killed = ((tmp_path / run / "model" / name).read_bytes() for run in ("whole", "killed"))
        assert whole == killed
    losses = [json.loads(line)["loss"] for line in (tmp_path / "whole/metrics.jsonl").read_text().splitlines()]
    assert len(losses) == 3
    assert losses[-1] < losses[0]

    config = AutoConfig.from_pretrained(tmp_path / "whole/model")
    assert config.dtype == torch.float32
    assert (tmp_path / "whole/model/model.safetensors").stat().st_size < 4 * 64 * 1000


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--seed", "9"], "train.py: {folder} holds a run with other settings (seed, "),
        (["--chunks", "0"], "chunks must be at least 1, it is 0"),
        (["--chunk", "2"], "--chunk"),
    ],
)
def test_bad_settings_are_named(options: list[str], message: str, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/recipe.json").write_text(json.dumps({"seed": 1}))  # no other setting is the same, either
    result = subprocess.run(train(tmp_path / "run", *options), capture_output=True, text=True)
    assert result.returncode != 0
    assert message.format(folder=tmp_path / "run") in result.stderr
