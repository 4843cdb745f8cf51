"""Sentence embeddings by a model in this process: how near are two texts?"""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any

from .local import LocalModel, LocalSettings


class Embedder:
    """Cosine similarity of two texts: of the mean of the last layer's states, as most such models expect."""

    def __init__(self, settings: LocalSettings) -> None:
        from transformers import AutoModel

        # Such models have no chat template, and none is used: this one only lets the loader pass.
        template = settings.chat_template or "user-assistant"
        self._local = LocalModel(AutoModel, settings.model_copy(update={"chat_template": template}))
        self._batcher = self._local.batcher(self._states, cost=len)

    async def similarity(self, one: str, other: str) -> float:
        """Return the cosine of two texts; what does not fit the model's context is cut off."""
        first, second = await asyncio.gather(*map(self._batcher, map(self._ids, (one, other))))
        return float(first @ second)

    def _ids(self, text: str) -> list[int]:
        return list(self._local.tokenizer(text, verbose=False)["input_ids"])[: self._local.context]

    def _states(self, texts: list[list[int]]) -> Iterator[Iterable[tuple[int, Any]]]:
        import torch
        from torch.nn.functional import normalize

        with torch.inference_mode():
            ids, mask = self._local.padded(texts, side="right")
            states = self._local.model(input_ids=ids, attention_mask=mask).last_hidden_state.float()
            weights = mask.unsqueeze(-1).float()
            yield enumerate(normalize((states * weights).sum(dim=1) / weights.sum(dim=1), dim=1).cpu())

    async def close(self) -> None:
        await self._batcher.close()
