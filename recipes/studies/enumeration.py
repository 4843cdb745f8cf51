"""All that a small model may say with some probability, and how likely another model finds it. Knows no studies."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from transformers import AutoModelForCausalLM, DynamicCache

from p_aligner.backends import TransformersSettings
from p_aligner.backends.local import LocalModel, cache_argument
from p_aligner.prompts import Message


LONGEST = 64  # tokens of an answer; longer ones are not counted


class Said(NamedTuple):
    """An answer: its tokens, the end included, and its probability."""

    tokens: tuple[int, ...]
    text: str
    probability: float


class Enumerator:
    """A causal language model whose answers are counted, not drawn.

    Args:
        model (`str` or `Path`):
            Its folder.
        temperature (`float`, *optional*, defaults to 1.0):
            Of the distribution of each token.
    """

    def __init__(self, model: str | Path, temperature: float = 1.0) -> None:
        self._local = LocalModel(
            AutoModelForCausalLM, TransformersSettings(backend="transformers", model=str(model), dtype="float32")
        )
        self._temperature = temperature
        ends = self._local.model.generation_config.eos_token_id
        self._ends = set(ends if isinstance(ends, list) else [ends])

    def answers(self, messages: list[Message], floor: float) -> list[Said]:
        """Return every answer whose probability is at least `floor`, the likeliest first.

        All prefixes that are likely enough grow by one token at a time: none of them is forgotten, so what is missing
        is exactly the answers below `floor`.
        """
        prompt = self._local.token_ids(messages, add_generation_prompt=True)
        said: list[Said] = []
        begun: list[tuple[tuple[int, ...], float]] = [((), 1.0)]
        with torch.inference_mode():
            cache = DynamicCache(config=self._local.model.config)
            reads = {cache_argument(self._local.model): cache, "use_cache": True}
            output = self._local.model(input_ids=torch.tensor([prompt]), **reads)
            for _ in range(LONGEST):
                shares = (output.logits[:, -1].float() / self._temperature).softmax(-1)
                shares = shares * torch.tensor([probability for _, probability in begun])[:, None]
                rows, tokens = (shares >= floor).nonzero(as_tuple=True)
                grown: list[tuple[int, tuple[int, ...], float]] = []
                for row, token in zip(rows.tolist(), tokens.tolist(), strict=True):
                    probability = shares[row, token].item()
                    text = (*begun[row][0], token)
                    if token in self._ends:
                        decoded = self._local.tokenizer.decode(text, skip_special_tokens=True)
                        said.append(Said(text, decoded.strip(), probability))
                    else:
                        grown.append((row, text, probability))
                if not grown:
                    break
                cache.reorder_cache(torch.tensor([row for row, _, _ in grown]))
                begun = [(text, probability) for _, text, probability in grown]
                last = torch.tensor([[text[-1]] for text, _ in begun])
                output = self._local.model(input_ids=last, **reads)
        return sorted(said, key=lambda each: -each.probability)

    def probabilities(self, messages: list[Message], answers: Sequence[Sequence[int]]) -> list[float]:
        """Return the probabilities of given answers, each a sequence of tokens."""
        prompt = self._local.token_ids(messages, add_generation_prompt=True)
        texts = [[*prompt, *answer] for answer in answers]
        with torch.inference_mode():
            ids, mask = self._local.padded(texts, side="right")
            logits = self._local.model(input_ids=ids, attention_mask=mask).logits.float() / self._temperature
            shares = logits.log_softmax(-1)[:, :-1].gather(2, ids[:, 1:, None])[:, :, 0]
        start = len(prompt) - 1
        return [
            row[start : start + len(answer)].sum().exp().item() for row, answer in zip(shares, answers, strict=True)
        ]
