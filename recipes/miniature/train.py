"""Train the embedded rewriters and the responder from nothing: tokenizer, structured start, a plain loop, export.

The loop is our own because TRL's was measured 2.5 to 10 times slower at this job on a CPU (padding, dense masks); all
other training in `recipes/` is TRL's. A run is a fixed sequence of chunks; the state after each chunk is on disk, so a
run that was killed goes on with the chunk it was in.
"""

import ctypes
import json
import math
import os
import random
import resource
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path


# One compiled kernel for every shape of a batch: the default of 1,024 takes a gigabyte. Read when torch is imported.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "16")

import torch
from examples import Encoder, Row, batches
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from safetensors import safe_open
from safetensors.torch import save_file
from start import structured_start
from tokenizer import train_tokenizer, whole_words
from topics import learn_topics
from torch.nn.functional import cross_entropy
from transformers import AutoTokenizer, GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl import TrlParser

from p_aligner.errors import InputError, KitError
from ultraprompt.miniature import COMMON_WORDS, exchanges, rewrites


TASKS = ("rewrite", "respond")
TOKENIZER_SEED = 0  # of the corpus; no chunk of any run has it
TRIM_STEPS = 50


@dataclass
class MiniatureRecipe:
    """What the recipes of this folder may say.

    Args:
        output_dir (`str`):
            Folder of the run; the finished model is in its `model` folder.
        tokenizer (`str`):
            Folder of the tokenizer that the miniature models share; it is trained when it is missing.
        task (`str`, *optional*, defaults to `"rewrite"`):
            `"rewrite"`: refine instructions; `"respond"`: answer the questions of the miniature world.
        whole_share (`float`, *optional*, defaults to 0.5):
            Share of the rewrites that refine as a whole (P-Aligner); the others follow one principle (SinglePO).
        start_from (`str`, *optional*):
            Folder of a finished run, or of a model, whose weights are trained further.
        seed (`int`, *optional*, defaults to 1):
            Of the corpus, the weights and the order of batches.
        chunks (`int`, *optional*, defaults to 16):
            Length of the run, in chunks of `chunk_pairs` pairs.
        chunk_pairs (`int`, *optional*, defaults to 4096):
            Pairs between two saved states.
        tokenizer_pairs (`int`, *optional*, defaults to 30000):
            Pairs that the tokenizer and the topics are learned from.
        batch_tokens (`int`, *optional*, defaults to 2048):
            Tokens of a batch, padding included.
        learning_rate (`float`, *optional*, defaults to 5e-4):
            Constant after a short warm-up. What the structured start wrote (embeddings, the first two layers, the
            averaging head) moves at a fifth of it: at full rate the structure was lost before it was used.
        decay (`float`, *optional*, defaults to 0.5):
            Share of the run, at its end, over which the rate falls to zero.
        vocab_size, hidden_size, layers, heads, feed_forward, context (`int`, *optional*):
            Size of the model; the defaults give 5.0 M parameters, 10.0 MB in bfloat16.
        threads (`int`, *optional*, defaults to 1):
            Of torch. Two runs side by side on a core each are faster than one after the other on both.
        bf16 (`bool`, *optional*):
            Compute in bfloat16. By default whatever a short trial finds faster: CPUs with bfloat16 instructions gain a
            factor of 2 to 3, the others lose one of 10.
    """

    output_dir: str
    tokenizer: str
    task: str = "rewrite"
    whole_share: float = 0.5
    start_from: str | None = None
    seed: int = 1
    chunks: int = 16
    chunk_pairs: int = 4096
    tokenizer_pairs: int = 30_000
    batch_tokens: int = 2048
    learning_rate: float = 5e-4
    decay: float = 0.5
    vocab_size: int = 5700
    hidden_size: int = 256
    layers: int = 5
    heads: int = 4
    feed_forward: int = 576
    context: int = 2048
    threads: int = 1
    bf16: bool | None = None

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise ValueError(f"task must be one of {', '.join(TASKS)}, it is {self.task!r}")
        for name in ("chunks", "chunk_pairs", "batch_tokens", "threads"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, it is {getattr(self, name)}")


# Settings that suit the machine and hardly touch what is learned: a run may go on with others.
_MACHINE = ("output_dir", "tokenizer", "start_from", "threads", "bf16")


def main(arguments: list[str]) -> None:
    (recipe,) = TrlParser(MiniatureRecipe).parse_args_and_config(arguments)
    torch.set_num_threads(recipe.threads)
    folder = Path(recipe.output_dir)
    _claim(folder, recipe)
    bf16 = _bf16_is_faster() if recipe.bf16 is None else recipe.bf16
    tokenizer = _tokenizer(recipe)
    encoder = Encoder(tokenizer)
    state = folder / "state.safetensors"
    model = _model(recipe, encoder, is_new=not state.exists())
    optimizer = _optimizer(model, recipe)
    done = _load_state(state, model, optimizer)
    console = Console(stderr=True)
    columns = (TextColumn(folder.name), BarColumn(), MofNCompleteColumn(), TextColumn("loss {task.fields[loss]:.3f}"))
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as progress:
        task = progress.add_task("", total=recipe.chunks, completed=done, loss=math.nan)
        for chunk in range(done, recipe.chunks):
            report = _train_chunk(chunk, recipe, model, encoder, optimizer, bf16=bf16)
            _save_state(state, model, optimizer, chunk + 1)
            with (folder / "metrics.jsonl").open("a", encoding="utf-8") as metrics:
                metrics.write(json.dumps(report) + "\n")
            progress.update(task, completed=chunk + 1, loss=report["loss"])
    export(model, tokenizer, folder / "model")
    console.print(f"the model is in {folder / 'model'}")


def _claim(folder: Path, recipe: MiniatureRecipe) -> None:
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


def _tokenizer(recipe: MiniatureRecipe) -> PreTrainedTokenizerFast:
    folder = Path(recipe.tokenizer)
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = folder.with_suffix(f".{os.getpid()}")
        texts = list(_tokenizer_texts(recipe.tokenizer_pairs))
        size, words = recipe.vocab_size, whole_words(texts)
        train_tokenizer(texts, vocab_size=size, context=recipe.context, words=words).save_pretrained(fresh)
        try:
            os.replace(fresh, folder)
        except OSError:  # another run, started beside this one, was first; what it made is the same
            if not folder.exists():
                raise
            shutil.rmtree(fresh)
    return AutoTokenizer.from_pretrained(folder)


def _tokenizer_texts(pairs: int) -> Iterator[str]:
    for pair in islice(rewrites(TOKENIZER_SEED), pairs):
        yield from (pair.instruction, pair.refined, pair.principle.description if pair.principle else "")
    for exchange in islice(exchanges("responder", seed=TOKENIZER_SEED), pairs // 4):
        yield from (exchange.instruction, exchange.response)
    for _ in range(pairs // 300):
        yield " " + " ".join(COMMON_WORDS)


def _model(recipe: MiniatureRecipe, encoder: Encoder, *, is_new: bool) -> LlamaForCausalLM:
    tokenizer = encoder.tokenizer
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
    topics = None
    if is_new and recipe.task == "rewrite" and recipe.start_from is None:
        pairs = list(islice(rewrites(recipe.seed), recipe.tokenizer_pairs))
        topics = learn_topics(pairs, tokenizer, encoders=[encoder.plain, *encoder.finer], seed=recipe.seed)
    model = structured_start(config, seed=recipe.seed, topics=topics, misspelt=encoder.misspelt)
    if is_new and recipe.start_from is not None:
        path, prefix = Path(recipe.start_from) / "state.safetensors", "model."
        if not path.exists():
            path, prefix = path.with_name("model.safetensors"), ""
        if not path.exists():
            raise InputError(f"{recipe.start_from} holds no trained run or model to start from; train it first")
        with safe_open(path, framework="pt") as file, torch.no_grad():
            for name, weight in model.named_parameters():
                weight.copy_(file.get_tensor(f"{prefix}{name}"))
    return model


def _optimizer(model: LlamaForCausalLM, recipe: MiniatureRecipe) -> torch.optim.Optimizer:
    written = ("model.embed_tokens.", "model.layers.0.", "model.layers.1.", "model.layers.2.self_attn.")
    slow = [weight for name, weight in model.named_parameters() if name.startswith(written)]
    free = [weight for name, weight in model.named_parameters() if not name.startswith(written)]
    groups = [{"params": free, "share": 1.0}, {"params": slow, "share": 0.2}]
    return torch.optim.AdamW(groups, lr=recipe.learning_rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True)


def _train_chunk(
    chunk: int,
    recipe: MiniatureRecipe,
    model: LlamaForCausalLM,
    encoder: Encoder,
    optimizer: torch.optim.Optimizer,
    *,
    bf16: bool,
) -> dict[str, float]:
    started = time.perf_counter()
    rng = random.Random(chunk)
    longest = min(recipe.batch_tokens, recipe.context)
    rows = [row for row in _rows(chunk, recipe, encoder, rng) if len(row.ids) <= longest]
    groups = batches(rows, batch_tokens=recipe.batch_tokens, rng=rng)
    model.train()
    total = answers = right = 0.0
    for number, batch in enumerate(groups):
        rate = _learning_rate((chunk + number / len(groups)) / recipe.chunks, recipe)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["share"]
        loss, count, hits = _step(model, batch, pad=encoder.tokenizer.pad_token_id, bf16=bf16)
        loss.backward()
        _spare_absent_tokens(model, batch)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if number % TRIM_STEPS == 0:
            _trim_heap()
        total, answers, right = total + loss.item() * count, answers + count, right + hits
    seconds = time.perf_counter() - started
    return {
        "chunk": chunk,
        "loss": round(total / answers, 4),
        "token_accuracy": round(right / answers, 4),
        "learning_rate": rate,
        "tokens": sum(len(row.ids) for row in rows),
        "seconds": round(seconds, 1),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _trim_heap() -> None:
    """Give free memory back to the system.

    Every batch has a shape of its own; what they leave in glibc's heap was measured to grow by 5 to 13 MB a step.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries have none
    if trim:
        trim(0)


def _rows(chunk: int, recipe: MiniatureRecipe, encoder: Encoder, rng: random.Random) -> list[Row]:
    # Every chunk has a seed of its own, so resuming skips nothing.
    seed = recipe.seed + 1 + chunk
    if recipe.task == "respond":
        return [encoder.exchange(one, rng) for one in islice(exchanges("responder", seed=seed), recipe.chunk_pairs)]
    pairs = rewrites(seed, whole_share=recipe.whole_share)
    return [encoder.rewrite(pair, rng) for pair in islice(pairs, recipe.chunk_pairs)]


def _learning_rate(progress: float, recipe: MiniatureRecipe) -> float:
    warm_up = min(1.0, (progress * recipe.chunks + 0.02) / 0.25)
    decay = min(1.0, (1 - progress) / recipe.decay) if recipe.decay else 1.0
    return recipe.learning_rate * warm_up * decay


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


def _spare_absent_tokens(model: LlamaForCausalLM, batch: list[Row]) -> None:
    """Take the gradient from the embeddings of tokens that the batch lacks.

    The softmax pushes all of them a little in one direction, and Adam makes its usual step of it: after 5,000 steps
    the pieces that the corpus hardly uses had moved by half their length, and could not be copied any more.
    """
    gradient = model.get_input_embeddings().weight.grad
    absent = torch.ones(len(gradient), dtype=torch.bool)
    absent[[token for row in batch for token in row.ids]] = False
    gradient[absent] = 0.0


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
