"""From pairs of the corpus to token ids, weights and batches. Knows the tokenizer, and nothing of the model."""

import json
import random
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cached_property
from typing import NamedTuple

from tokenizer import PHRASES, TURN_HEADERS, misspelt_tokens
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

from p_aligner.prompts import refine_messages, render_refined, rewrite_messages
from ultraprompt.miniature import COMMON_WORDS, Exchange, Rewrite


FINER_SHARE = 0.4
UNKNOWN_SHARE = 0.3
SPELT_SHARE = 0.3
_DECISION_TOKENS = 4
_DECISION_WEIGHT = 8.0
_MENDING_WEIGHT = 3.0
# Words before which a request may end, and something rude begin.
_JOINTS = frozenset(
    "and or but so for in with without like because before after if when unless until as even to that which just "
    "since while although do you".split()
)

_WORD = re.compile(r"\s*\w+|\s*[^\w\s]+|\s+\Z")
_PAUSE = re.compile(r"[.?!:;,]+$")
_PLAIN_WORD = re.compile(r" [a-z]{4,}")
_RAW, _REFINED = "\ue000", "\ue001"  # stand for the texts in a rendered example; the corpus has no private characters


class Row(NamedTuple):
    """One example: token ids, and how much each of them counts in the loss."""

    ids: list[int]
    weights: list[float]


class _Span(NamedTuple):
    """A piece of an example. `copied`: the instruction or a part of it; the first `decides` tokens have `weight`."""

    text: str
    copied: bool
    decides: int = 0
    weight: float = 1.0


class Encoder:
    """Makes rows.

    Words that the corpus lacks come in small pieces at inference, and copying those has to be learned, too: in
    `FINER_SHARE` of the rewrites the instruction and its copy in the answer are spelt with fewer merges, and in
    `UNKNOWN_SHARE` some words that are only copied give way to common words and to random pieces of the vocabulary. A
    sentence that refinements add is one token, but people write their own: in `SPELT_SHARE` of the exchanges all is
    spelt out.

    Args:
        tokenizer (`PreTrainedTokenizerFast`):
            The miniature's tokenizer.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self.tokenizer = tokenizer
        self.plain: Tokenizer = tokenizer.backend_tokenizer
        description = json.loads(self.plain.to_str())
        self.misspelt = misspelt_tokens(tokenizer)
        self.finer = [self._finer(description, share) for share in (0.05, 0.2, 0.4)]
        self.spelt = _variant(description, phrases=False)
        self._header = tokenizer.convert_tokens_to_ids(TURN_HEADERS[2])
        self._first_phrase = tokenizer.convert_tokens_to_ids(PHRASES[0])

    def rewrite(self, pair: Rewrite, rng: random.Random) -> Row:
        """Encode a refinement.

        The question weighs nothing, a copied token 1. What to add is decided in a few tokens, which would hardly be
        heard among so many copied ones: they weigh `_DECISION_WEIGHT`. So must what they compete with, the going on
        after a pause, or the last clause is left out; a mended word, the one after it and the going on where a request
        could end without a pause weigh `_MENDING_WEIGHT`.
        """
        pieces = rng.choice(self.finer) if rng.random() < FINER_SHARE else self.plain
        row = Row([], [])
        for span in self._spans(pair, rng):
            ids = (pieces if span.copied else self.plain).encode(span.text, add_special_tokens=False).ids
            row.ids.extend(ids)
            row.weights.extend(span.weight if at < span.decides else 1.0 for at in range(len(ids)))
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

    def _finer(self, description: dict, share: float) -> Tokenizer:  # type: ignore[type-arg]
        """Make a tokenizer with fewer merges. A misspelling stays one token, as it is at inference."""
        model = description["model"]
        merges = model["merges"][: int(share * len(model["merges"]))]
        tokens = self.tokenizer.convert_ids_to_tokens
        wrong, right = set(tokens(list(self.misspelt))), set(tokens(list(self.misspelt.values())))
        spelt_out = {"".join(merge) for merge in model["merges"]} | right
        spelt_out -= {"".join(merge) for merge in merges} | wrong
        # Renamed to what no text holds: without them the ids of the phrases would move.
        vocabulary = {_RAW + token if token in spelt_out else token: id_ for token, id_ in model["vocab"].items()}
        return _variant({**description, "model": {**model, "vocab": vocabulary, "merges": merges}})

    def _answer_only(self, row: Row) -> Row:
        answer = row.ids.index(self._header) + 1
        row.weights[:answer] = [0.0] * answer
        return row

    def _spans(self, pair: Rewrite, rng: random.Random) -> Iterator[_Span]:
        asked = pair.principle
        question = rewrite_messages(_RAW, asked) if asked else refine_messages(_RAW)
        answer = {"role": "assistant", "content": render_refined(_REFINED)}
        frame = self.tokenizer.apply_chat_template([*question, answer], tokenize=False)
        before, _, rest = frame.partition(_RAW)
        between, _, after = rest.partition(_REFINED)
        raw, refined = _WORD.findall(pair.instruction), self._words(pair.refined)
        steps = SequenceMatcher(None, raw, refined, autojunk=False).get_opcodes()
        if rng.random() < UNKNOWN_SHARE:
            self._replace_words(raw, refined, steps, rng)
        yield _Span(before, copied=False)
        yield _Span("".join(raw), copied=True)
        yield _Span(between, copied=False)
        for number, (step, _, _, start, end) in enumerate(steps):
            words = refined[start:end]
            if step == "equal":
                yield from _copied(words, mended=number > 0)
            elif words:
                inside = number + 1 < len(steps)
                yield _Span("".join(words), False, _DECISION_TOKENS, _MENDING_WEIGHT if inside else _DECISION_WEIGHT)
        yield _Span(after, False, _DECISION_TOKENS, _DECISION_WEIGHT)

    def _words(self, text: str) -> list[str]:
        """Cut a refinement into words, and into the sentences that are one token."""
        encoded = self.plain.encode(text, add_special_tokens=False)
        words, done = [], 0
        for token, (start, end) in zip(encoded.ids, encoded.offsets, strict=True):
            if token >= self._first_phrase:
                words += [*_WORD.findall(text[done:start]), text[start:end]]
                done = end
        return words + _WORD.findall(text[done:])

    def _replace_words(
        self, raw: list[str], refined: list[str], steps: Sequence[tuple[str, int, int, int, int]], rng: random.Random
    ) -> None:
        """Put unknown words in place of copied ones. The first words tell the intent, the last one the wording."""
        for step, start, end, at, _ in steps:
            if step != "equal":
                continue
            for offset in range(max(start, 2), min(end, len(raw) - 1)):
                if _PLAIN_WORD.fullmatch(raw[offset]) and rng.random() < 0.25:
                    unknown = rng.choice(COMMON_WORDS) if rng.random() < 0.5 else self._random_word(rng)
                    raw[offset] = refined[at + offset - start] = " " + unknown

    def _random_word(self, rng: random.Random) -> str:
        return "".join(rng.choices(self._letters, k=rng.randint(1, 4)))

    @cached_property
    def _letters(self) -> list[str]:
        """All pieces of the vocabulary that are made of letters, but misspellings: these are not copied."""
        ids = [id_ for id_ in range(self._first_phrase) if id_ not in self.misspelt]
        tokens = self.tokenizer.convert_ids_to_tokens(ids)
        return [token.lstrip("\u0120") for token in tokens if re.fullmatch(r"\u0120?[A-Za-z]+", token)]


def _copied(words: Sequence[str], *, mended: bool) -> Iterator[_Span]:
    """Cut copied words after each pause and before each joint. `mended`: something changed just before the first."""
    decides, weight, start = int(mended), _MENDING_WEIGHT, 0
    for end, word in enumerate(words, start=1):
        pause = _PAUSE.search(word)
        if end == len(words) or pause or words[end].strip().lower() in _JOINTS:
            yield _Span("".join(words[start:end]), True, decides, weight)
            start, decides, weight = end, 1, _DECISION_WEIGHT if pause else _MENDING_WEIGHT


def _variant(description: dict, *, phrases: bool = True) -> Tokenizer:  # type: ignore[type-arg]
    """Make a tokenizer of a description, maybe without the phrase tokens."""
    added = [token for token in description["added_tokens"] if phrases or token["content"] not in _PHRASES]
    return Tokenizer.from_str(json.dumps({**description, "added_tokens": added}))


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
