"""What each token says about what is asked for: a linear bag of words, learned in seconds before the training.

It tells an instruction's intent and the principle of a description far sooner than attention learns to. Its weights
become a few dimensions of the token embeddings (`start`). Knows nothing of the model.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from transformers import PreTrainedTokenizerFast

from p_aligner.principles import PAPER_PRINCIPLES
from ultraprompt.miniature import Rewrite, additions


_EPOCHS = 2
_BATCH = 64
_SCALE = 10.0  # logits are `_SCALE` times the mean of the tokens' scores
_ADDITION = 50.0  # score of an added sentence for what it suits: a single dimension has to outweigh the rest

_PRINCIPLES = [principle.name for principle in PAPER_PRINCIPLES]


@dataclass(frozen=True)
class _Question:
    ids: list[int]
    intent: int
    principle: int
    clear: float


def learn_topics(
    pairs: Sequence[Rewrite], tokenizer: PreTrainedTokenizerFast, *, encoders: Sequence[Tokenizer], seed: int
) -> Tensor:
    """Learn from the questions of `pairs`, each spelt by one of `encoders`.

    Returns:
        `Tensor` of shape `(vocabulary, intents + principles + 1)`; the last topic is whether nothing is to be added.
    """
    rng = random.Random(seed)
    intents = sorted({pair.intent for pair in pairs})
    questions = [_question(pair, tokenizer, rng.choice(encoders), intents) for pair in pairs]
    width = len(intents) + len(_PRINCIPLES) + 1
    scores = torch.nn.EmbeddingBag(len(tokenizer), width + 1, mode="mean")
    torch.nn.init.zeros_(scores.weight)
    bias = torch.nn.Parameter(torch.zeros(width + 1))
    optimizer = torch.optim.Adam([*scores.parameters(), bias], lr=0.03)
    for _ in range(_EPOCHS):
        rng.shuffle(questions)
        for start in range(0, len(questions), _BATCH):
            batch = questions[start : start + _BATCH]
            logits = _SCALE * _bags(scores, batch) + bias
            by_intent, by_principle, clear = logits.split([len(intents), len(_PRINCIPLES) + 1, 1], dim=1)
            loss = cross_entropy(by_intent, torch.tensor([question.intent for question in batch]))
            loss += cross_entropy(by_principle, torch.tensor([question.principle for question in batch]))
            loss += binary_cross_entropy_with_logits(clear[:, 0], torch.tensor([question.clear for question in batch]))
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    no_principle = len(intents) + len(_PRINCIPLES)
    with torch.no_grad():
        topics = torch.cat([scores.weight[:, :no_principle], scores.weight[:, no_principle + 1 :]], dim=1)
        counts = torch.bincount(
            torch.tensor([id_ for question in questions for id_ in question.ids]), minlength=len(topics)
        )
        share = (counts / counts.sum())[:, None]
        # Centred on what is usual, so that the average over a question is about zero; unseen tokens say nothing.
        topics = torch.where(counts[:, None] > 0, topics - (share * topics).sum(dim=0), 0.0)
        topics /= (share * topics.pow(2)).sum(dim=0).sqrt()
        for id_, row in _added(tokenizer, intents, width).items():
            topics[id_] = row
    return topics


def _question(pair: Rewrite, tokenizer: PreTrainedTokenizerFast, encoder: Tokenizer, intents: list[str]) -> _Question:
    ids = encoder.encode(pair.instruction, add_special_tokens=False).ids
    named = pair.principle.name if pair.principle else ""
    if pair.principle:
        ids = ids + tokenizer.encode(pair.principle.description, add_special_tokens=False)
    principle = _PRINCIPLES.index(named) if named in _PRINCIPLES else len(_PRINCIPLES)
    return _Question(ids, intents.index(pair.intent), principle, float(len(pair.refined) <= len(pair.instruction) + 3))


def _bags(scores: torch.nn.EmbeddingBag, batch: list[_Question]) -> Tensor:
    lengths = torch.tensor([len(question.ids) for question in batch])
    bags: Tensor = scores(
        torch.tensor([id_ for question in batch for id_ in question.ids]), lengths.cumsum(dim=0) - lengths
    )
    return bags


def _added(tokenizer: PreTrainedTokenizerFast, intents: list[str], width: int) -> dict[int, Tensor]:
    """Score the added sentences for what they suit: the tied head then prefers the fitting ones."""
    rows = {}
    for addition in additions():
        row = torch.zeros(width)
        row[[at for at, intent in enumerate(intents) if intent in addition.intents]] = _ADDITION
        row[[len(intents) + _PRINCIPLES.index(name) for name in addition.principles]] = _ADDITION
        rows[tokenizer.convert_tokens_to_ids(addition.text)] = row
    return rows
