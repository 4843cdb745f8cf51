"""Train the embedded rewriter from nothing: corpus, tokenizer, structured start, one plain loop, export.

The loop is our own because TRL's was measured 2.5 to 10 times slower at this job on a CPU (padding, dense masks); all
other training in `recipes/` is TRL's. A run is a fixed sequence of chunks; the state after each chunk is on disk, so a
run that was killed goes on with the chunk it was in.
"""

import json
import math
import os
import random
import sys
import time
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from safetensors import safe_open
from safetensors.torch import save_file
from start import structured_start
from tokenizer import TURN_HEADERS, train_tokenizer
from torch.nn.functional import cross_entropy
from transformers import AutoTokenizer, GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl import TrlParser

from p_aligner.errors import InputError
from p_aligner.prompts import refine_messages, render_refined, rewrite_messages
from ultraprompt.miniature import Rewrite, rewrites


@dataclass
class RewriterRecipe:
    """What `rewriter.yaml` may say.

    Args:
        output_dir (`str`):
            Folder of the run; the finished model is in its `model` folder.
        seed (`int`, *optional*, defaults to 1):
            Of the corpus, the weights and the order of batches.
        chunks (`int`, *optional*, defaults to 40):
            Length of the run, in chunks of `chunk_pairs` pairs.
        chunk_pairs (`int`, *optional*, defaults to 4096):
            Pairs between two saved states.
        tokenizer_pairs (`int`, *optional*, defaults to 30000):
            Pairs the tokenizer is learned from.
        batch_tokens (`int`, *optional*, defaults to 4096):
            Tokens of a batch, padding included.
        learning_rate (`float`, *optional*, defaults to 1e-3):
            Constant after a short warm-up, linear to zero over the last 30 % of the run.
        vocab_size, hidden_size, layers, heads, feed_forward, context (`int`, *optional*):
            Size of the model; the defaults give 4.8 M parameters, 9.6 MB in bfloat16.
        threads (`int`, *optional*, defaults to 2):
            Of torch. Use 1 when the other core is busy: sharing it is slower than not using it.
        bf16 (`bool`, *optional*):
            Compute in bfloat16. By default whatever a short trial finds faster: CPUs with bfloat16 instructions gain a
            factor of 2 to 3, the others lose one of 10.
    """

    output_dir: str
    seed: int = 1
    chunks: int = 40
    chunk_pairs: int = 4096
    tokenizer_pairs: int = 30_000
    batch_tokens: int = 4096
    learning_rate: float = 1e-3
    vocab_size: int = 3072
    hidden_size: int = 256
    layers: int = 5
    heads: int = 4
    feed_forward: int = 704
    context: int = 2048
    threads: int = 2
    bf16: bool | None = None

    def __post_init__(self) -> None:
        for name in ("chunks", "chunk_pairs", "batch_tokens", "threads"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, it is {getattr(self, name)}")


def main(arguments: list[str]) -> None:
    (recipe,) = TrlParser(RewriterRecipe).parse_args_and_config(arguments)
    torch.set_num_threads(recipe.threads)
    folder = Path(recipe.output_dir)
    _claim(folder, recipe)
    bf16 = _bf16_is_faster() if recipe.bf16 is None else recipe.bf16
    tokenizer = _tokenizer(recipe, folder / "tokenizer")
    model = _fresh_model(recipe, tokenizer)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=recipe.learning_rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True
    )
    done = _load_state(folder / "state.safetensors", model, optimizer)
    console = Console(stderr=True)
    columns = (TextColumn("rewriter"), BarColumn(), MofNCompleteColumn(), TextColumn("loss {task.fields[loss]:.3f}"))
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as progress:
        task = progress.add_task("", total=recipe.chunks, completed=done, loss=math.nan)
        for chunk in range(done, recipe.chunks):
            report = _train_chunk(chunk, recipe, model, tokenizer, optimizer, bf16=bf16)
            _save_state(folder / "state.safetensors", model, optimizer, chunk + 1)
            with (folder / "metrics.jsonl").open("a", encoding="utf-8") as metrics:
                metrics.write(json.dumps(report) + "\n")
            progress.update(task, completed=chunk + 1, loss=report["loss"])
    export(model, tokenizer, folder / "model")
    console.print(f"the model is in {folder / 'model'}")


# Settings that suit the machine and do not decide what is learned: a run may go on with others.
_MACHINE = ("output_dir", "threads", "bf16")


def _claim(folder: Path, recipe: RewriterRecipe) -> None:
    """Remember the recipe of the run; refuse to go on under another one."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = {key: value for key, value in asdict(recipe).items() if key not in _MACHINE}
    path = folder / "recipe.json"
    if path.exists():
        before = json.loads(path.read_text(encoding="utf-8"))
        changed = [key for key in settings if before.get(key) != settings[key]]
        if changed:
            raise InputError(
                f"{folder} holds a run with other settings ({', '.join(changed)}); choose another --output_dir or "
                "remove it"
            )
    path.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def _bf16_is_faster() -> bool:
    seconds = {}
    for dtype in (torch.float32, torch.bfloat16):
        left, right = torch.ones(1024, 256, dtype=dtype), torch.ones(256, 704, dtype=dtype)
        torch.mm(left, right)
        started = time.perf_counter()
        for _ in range(5):
            torch.mm(left, right)
        seconds[dtype] = time.perf_counter() - started
    return seconds[torch.bfloat16] < seconds[torch.float32]


def _tokenizer(recipe: RewriterRecipe, folder: Path) -> PreTrainedTokenizerFast:
    if not (folder / "tokenizer.json").exists():
        pairs = islice(rewrites(recipe.seed), recipe.tokenizer_pairs)
        texts = (text for pair in pairs for text in (pair.instruction, pair.refined, _description(pair)))
        train_tokenizer(texts, vocab_size=recipe.vocab_size, context=recipe.context).save_pretrained(folder)
    return AutoTokenizer.from_pretrained(folder)


def _description(pair: Rewrite) -> str:
    return pair.principle.description if pair.principle else ""


def _fresh_model(recipe: RewriterRecipe, tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=recipe.hidden_size,
        intermediate_size=recipe.feed_forward,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.heads,
        max_position_embeddings=recipe.context,
        tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 1e5},
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        attn_implementation="eager",  # measured 1.4 times faster than sdpa when training on a CPU
    )
    return structured_start(config, seed=recipe.seed)


def encode(pairs: list[Rewrite], tokenizer: PreTrainedTokenizerFast) -> list[tuple[list[int], int]]:
    """Turn pairs into (token ids, position of the answer's first token)."""
    texts = []
    for pair in pairs:
        question = (
            rewrite_messages(pair.instruction, pair.principle) if pair.principle else refine_messages(pair.instruction)
        )
        answer = {"role": "assistant", "content": render_refined(pair.refined)}
        texts.append(tokenizer.apply_chat_template([*question, answer], tokenize=False))
    header = tokenizer.convert_tokens_to_ids(TURN_HEADERS[2])
    rows = tokenizer(texts, add_special_tokens=False)["input_ids"]
    return [(ids, ids.index(header) + 1) for ids in rows]


def _batches(
    rows: list[tuple[list[int], int]], *, batch_tokens: int, rng: random.Random
) -> list[list[tuple[list[int], int]]]:
    """Group rows of like length, so that little is padded, and shuffle the groups."""
    rows = sorted(rows, key=lambda row: len(row[0]) + rng.random() * 8)
    batches: list[list[tuple[list[int], int]]] = [[]]
    for row in rows:
        if batches[-1] and len(row[0]) * (len(batches[-1]) + 1) > batch_tokens:
            batches.append([])
        batches[-1].append(row)
    rng.shuffle(batches)
    return batches


def _train_chunk(
    chunk: int,
    recipe: RewriterRecipe,
    model: LlamaForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    optimizer: torch.optim.Optimizer,
    *,
    bf16: bool,
) -> dict[str, float]:
    started = time.perf_counter()
    # Chunk 0 of the corpus taught the tokenizer; every chunk has a seed of its own, so resuming skips nothing.
    pairs = list(islice(rewrites(recipe.seed + 1 + chunk), recipe.chunk_pairs))
    rows = [row for row in encode(pairs, tokenizer) if len(row[0]) <= recipe.batch_tokens]
    batches = _batches(rows, batch_tokens=recipe.batch_tokens, rng=random.Random(chunk))
    model.train()
    total = answers = right = 0.0
    for number, batch in enumerate(batches):
        rate = _learning_rate((chunk + number / len(batches)) / recipe.chunks, recipe)
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss, count, hits = _step(model, batch, pad=tokenizer.pad_token_id, bf16=bf16)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        total, answers, right = total + loss.item() * count, answers + count, right + hits
    seconds = time.perf_counter() - started
    return {
        "chunk": chunk,
        "loss": round(total / answers, 4),
        "token_accuracy": round(right / answers, 4),
        "learning_rate": rate,
        "tokens": sum(len(ids) for ids, _ in rows),
        "seconds": round(seconds, 1),
    }


def _learning_rate(progress: float, recipe: RewriterRecipe) -> float:
    warm_up = min(1.0, (progress * recipe.chunks + 0.02) / 0.25)
    return recipe.learning_rate * warm_up * min(1.0, (1 - progress) / 0.3)


def _step(
    model: LlamaForCausalLM, batch: list[tuple[list[int], int]], *, pad: int, bf16: bool
) -> tuple[torch.Tensor, int, float]:
    """Return the loss on the answers' tokens, how many there are and how many were the model's first choice."""
    width = max(len(ids) for ids, _ in batch)
    # Right padding: with a causal mask no real token sees it, so no attention mask is needed.
    ids = torch.tensor([row + [pad] * (width - len(row)) for row, _ in batch])
    position = torch.arange(width)
    first = torch.tensor([start for _, start in batch]).unsqueeze(1)
    length = torch.tensor([len(row) for row, _ in batch]).unsqueeze(1)
    is_answer = ((position >= first) & (position < length))[:, 1:]
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
        hidden = model.model(input_ids=ids).last_hidden_state[:, :-1][is_answer]
        logits = model.lm_head(hidden)
    targets = ids[:, 1:][is_answer]
    hits = (logits.argmax(dim=-1) == targets).sum().item()
    return cross_entropy(logits.float(), targets), len(targets), hits


def _save_state(path: Path, model: LlamaForCausalLM, optimizer: torch.optim.Optimizer, chunks: int) -> None:
    """Write one file under another name and rename it: a kill at any moment leaves a whole state."""
    tensors = {f"model.{name}": weight.detach() for name, weight in model.named_parameters()}
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": value for name, value in state.items()}
    fresh = path.with_suffix(".new")
    save_file(tensors, fresh, metadata={"chunks": str(chunks)})
    os.replace(fresh, path)


def _load_state(path: Path, model: LlamaForCausalLM, optimizer: torch.optim.Optimizer) -> int:
    """Put the saved state into model and optimizer; return the number of finished chunks."""
    if not path.exists():
        return 0
    state: dict[int, dict[str, torch.Tensor]] = {}
    with safe_open(path, framework="pt") as file, torch.no_grad():
        for name, weight in model.named_parameters():
            weight.copy_(file.get_tensor(f"model.{name}"))
        for key in file.keys():  # noqa: SIM118 (a safetensors file is no mapping)
            if key.startswith("optimizer."):
                _, index, name = key.split(".")
                state.setdefault(int(index), {})[name] = file.get_tensor(key)
        chunks = int(file.metadata()["chunks"])
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
    return chunks


def export(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Write the finished model: weights in bfloat16, read as float32 (batches and prompt lookup are then exact)."""
    model.generation_config = GenerationConfig(
        do_sample=False,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model.config.dtype = torch.float32
    weights = {name: weight.detach().to(torch.bfloat16) for name, weight in model.named_parameters()}
    model.save_pretrained(folder, state_dict=weights)
    tokenizer.save_pretrained(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
