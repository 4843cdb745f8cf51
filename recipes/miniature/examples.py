"""From pairs of the corpus to token ids, weights and batches. Knows the tokenizer, and nothing of the model."""

import json
import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tokenizer import PHRASES, TURN_HEADERS
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

from p_aligner.prompts import refine_messages, render_refined, rewrite_messages
from ultraprompt.miniature import Exchange, Rewrite


FINER_SHARE = 0.4
SPELT_SHARE = 0.3
_DECISION_TOKENS = 4
_DECISION_WEIGHT = 8.0


class Row(NamedTuple):
    """One example: token ids, and how much each of them counts in the loss."""

    ids: list[int]
    weights: list[float]


class Encoder:
    """Makes rows.

    Words that the corpus lacks come in small pieces at inference, and copying those has to be learned, too: in
    `FINER_SHARE` of the rewrites the instruction and its copy in the answer are spelt with fewer merges. A sentence
    that refinements add is one token, but people write their own: in `SPELT_SHARE` of the exchanges all is spelt out.

    Args:
        tokenizer (`PreTrainedTokenizerFast`):
            The miniature's tokenizer.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self.tokenizer = tokenizer
        self.plain: Tokenizer = tokenizer.backend_tokenizer
        description = json.loads(self.plain.to_str())
        merges = description["model"]["merges"]
        self.finer = [_variant(description, merges=merges[: int(share * len(merges))]) for share in (0.05, 0.2, 0.4)]
        self.spelt = _variant(description, merges=merges, phrases=False)
        self._header = tokenizer.convert_tokens_to_ids(TURN_HEADERS[2])

    def rewrite(self, pair: Rewrite, rng: random.Random) -> Row:
        """Encode a refinement.

        The question weighs nothing, a copied token 1. What to add is decided in a few tokens, which would hardly be
        heard among so many copied ones: the first ones of every new piece of text weigh `_DECISION_WEIGHT`.
        """
        pieces = rng.choice(self.finer) if rng.random() < FINER_SHARE else self.plain
        row = Row([], [])
        for text, is_instruction in self._segments(pair):
            ids = (pieces if is_instruction else self.plain).encode(text, add_special_tokens=False).ids
            row.ids.extend(ids)
            deciding = 0 if is_instruction else _DECISION_TOKENS
            row.weights.extend(_DECISION_WEIGHT if at < deciding else 1.0 for at in range(len(ids)))
        return self._answer_only(row)

    def exchange(self, exchange: Exchange, rng: random.Random) -> Row:
        """Encode a question and its answer; every token of the answer weighs 1."""
        messages = [
            {"role": "user", "content": exchange.instruction},
            {"role": "assistant", "content": exchange.response},
        ]
        text = self.tokenizer.apply_chat_template(messages, tokenize=False)
        ids = (self.spelt if rng.random() < SPELT_SHARE else self.plain).encode(text, add_special_tokens=False).ids
        return self._answer_only(Row(ids, [1.0] * len(ids)))

    def _answer_only(self, row: Row) -> Row:
        answer = row.ids.index(self._header) + 1
        row.weights[:answer] = [0.0] * answer
        return row

    def _segments(self, pair: Rewrite) -> Iterator[tuple[str, bool]]:
        """Cut the rendered example into (text, is it the instruction or its copy?)."""
        asked = pair.principle
        question = rewrite_messages(pair.instruction, asked) if asked else refine_messages(pair.instruction)
        answer = {"role": "assistant", "content": render_refined(pair.refined)}
        rest = self.tokenizer.apply_chat_template([*question, answer], tokenize=False)
        kept = pair.instruction
        while kept in rest:
            before, _, rest = rest.partition(kept)
            yield before, False
            yield kept, True
        yield rest, False


def _variant(description: dict, *, merges: list, phrases: bool = True) -> Tokenizer:  # type: ignore[type-arg]
    """Make a tokenizer with the same ids, but with other merges or without the phrase tokens."""
    added = [token for token in description["added_tokens"] if phrases or token["content"] not in _PHRASES]
    model = {**description["model"], "merges": merges}
    return Tokenizer.from_str(json.dumps({**description, "added_tokens": added, "model": model}))


_PHRASES = frozenset(PHRASES)


def batches(rows: Sequence[Row], *, batch_tokens: int, rng: random.Random) -> list[list[Row]]:
    """Group rows of like length, so that little is padded, and shuffle the groups."""
    ordered = sorted(rows, key=lambda row: len(row.ids) + rng.random() * 8)
    groups: list[list[Row]] = [[]]
    for row in ordered:
        if groups[-1] and len(row.ids) * (len(groups[-1]) + 1) > batch_tokens:
            groups.append([])
        groups[-1].append(row)
    rng.shuffle(groups)
    return groups
