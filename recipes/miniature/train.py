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
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from safetensors import safe_open
from safetensors.torch import save_file
from start import structured_start
from tokenizer import TURN_HEADERS, train_tokenizer
from tokenizers import Tokenizer
from torch.nn.functional import cross_entropy
from transformers import AutoTokenizer, GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl import TrlParser

from p_aligner.errors import InputError, KitError
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
            Constant after a short warm-up, linear to zero over the second half of the run.
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


_FINER_SHARE = 0.4
_DECISION_TOKENS = 4
_DECISION_WEIGHT = 8.0


class Row(NamedTuple):
    """One example: token ids, and how much each of them counts in the loss."""

    ids: list[int]
    weights: list[float]


# Settings that suit the machine and hardly touch what is learned: a run may go on with others.
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
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    os.replace(fresh, path)


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
    if not folder.exists():
        pairs = islice(rewrites(recipe.seed), recipe.tokenizer_pairs)
        texts = (text for pair in pairs for text in (pair.instruction, pair.refined, _description(pair)))
        fresh = folder.with_suffix(".new")
        train_tokenizer(texts, vocab_size=recipe.vocab_size, context=recipe.context).save_pretrained(fresh)
        os.replace(fresh, folder)
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


def encode(
    pairs: list[Rewrite], tokenizer: PreTrainedTokenizerFast, *, finer: list[Tokenizer], rng: random.Random
) -> list[Row]:
    """Turn pairs into token ids and the weights of the tokens in the loss.

    The question weighs nothing, a copied token 1. What to add is decided in a few tokens, which would hardly be heard
    among so many copied ones: the first ones of every new piece of text weigh `_DECISION_WEIGHT`.

    In `_FINER_SHARE` of the pairs the instruction and its copy in the answer are spelt with smaller pieces: words that
    the corpus lacks are made of those at inference, and copying them has to be learned, too.
    """
    header = tokenizer.convert_tokens_to_ids(TURN_HEADERS[2])
    rows = []
    for pair in pairs:
        pieces = rng.choice(finer) if rng.random() < _FINER_SHARE else tokenizer.backend_tokenizer
        row = Row([], [])
        for text, is_instruction in _segments(pair, tokenizer):
            encoder = pieces if is_instruction else tokenizer.backend_tokenizer
            ids = encoder.encode(text, add_special_tokens=False).ids
            row.ids.extend(ids)
            deciding = 0 if is_instruction else _DECISION_TOKENS
            row.weights.extend(_DECISION_WEIGHT if at < deciding else 1.0 for at in range(len(ids)))
        answer = row.ids.index(header) + 1
        row.weights[:answer] = [0.0] * answer
        rows.append(row)
    return rows


def _segments(pair: Rewrite, tokenizer: PreTrainedTokenizerFast) -> Iterator[tuple[str, bool]]:
    """Cut the rendered example into (text, is it the instruction or its copy?)."""
    asked = pair.principle
    question = rewrite_messages(pair.instruction, asked) if asked else refine_messages(pair.instruction)
    answer = {"role": "assistant", "content": render_refined(pair.refined)}
    rest = tokenizer.apply_chat_template([*question, answer], tokenize=False)
    kept = pair.instruction
    while kept in rest:
        before, _, rest = rest.partition(kept)
        yield before, False
        yield kept, True
    yield rest, False


def _finer_tokenizers(tokenizer: PreTrainedTokenizerFast) -> list[Tokenizer]:
    """Make tokenizers with the same ids that stop merging early."""
    description = json.loads(tokenizer.backend_tokenizer.to_str())
    merges = description["model"]["merges"]
    variants = []
    for share in (0.05, 0.2, 0.4):
        description["model"]["merges"] = merges[: int(share * len(merges))]
        variants.append(Tokenizer.from_str(json.dumps(description)))
    return variants


def _batches(rows: list[Row], *, batch_tokens: int, rng: random.Random) -> list[list[Row]]:
    """Group rows of like length, so that little is padded, and shuffle the groups."""
    rows = sorted(rows, key=lambda row: len(row.ids) + rng.random() * 8)
    batches: list[list[Row]] = [[]]
    for row in rows:
        if batches[-1] and len(row.ids) * (len(batches[-1]) + 1) > batch_tokens:
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
    rng = random.Random(chunk)
    rows = encode(pairs, tokenizer, finer=_finer_tokenizers(tokenizer), rng=rng)
    rows = [row for row in rows if len(row.ids) <= min(recipe.batch_tokens, recipe.context)]
    batches = _batches(rows, batch_tokens=recipe.batch_tokens, rng=rng)
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
        "tokens": sum(len(row.ids) for row in rows),
        "seconds": round(seconds, 1),
    }


def _learning_rate(progress: float, recipe: RewriterRecipe) -> float:
    warm_up = min(1.0, (progress * recipe.chunks + 0.02) / 0.25)
    return recipe.learning_rate * warm_up * min(1.0, (1 - progress) / 0.5)


def _step(model: LlamaForCausalLM, batch: list[Row], *, pad: int, bf16: bool) -> tuple[torch.Tensor, int, float]:
    """Return the weighted loss on the answers' tokens, how many these are, and how many were the first choice."""
    width = max(len(row.ids) for row in batch)
    # Right padding: with a causal mask no real token sees it, so no attention mask is needed.
    ids = torch.tensor([row.ids + [pad] * (width - len(row.ids)) for row in batch])
    weights = torch.tensor([row.weights + [0.0] * (width - len(row.ids)) for row in batch])[:, 1:]
    is_answer = weights > 0
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
        hidden = model.model(input_ids=ids).last_hidden_state[:, :-1][is_answer]
        logits = model.lm_head(hidden)
    targets, weights = ids[:, 1:][is_answer], weights[is_answer]
    hits = (logits.argmax(dim=-1) == targets).sum().item()
    losses = cross_entropy(logits.float(), targets, reduction="none")
    return (losses * weights).sum() / weights.sum(), len(targets), hits


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
    try:
        main(sys.argv[1:])
    except KitError as error:
        sys.exit(f"train.py: {error}")
