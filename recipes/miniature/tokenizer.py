"""The miniature's tokenizer: byte-level BPE with tokens for fixed phrases and misspellings. Knows nothing of training.

The templates, the principle texts and the sentences that refinements add are the same in many examples. As single
tokens they shorten an example by a third, the end of the raw prompt becomes one unambiguous token (spelled out, its
line break could also mean that a multi-line instruction goes on), and what to add becomes one decision instead of a
dozen.

A listed misspelling and its right spelling are one token each, too. Spelt in pieces, a wrong word is told from a right
one only when its first piece is copied already: that cost most of the mending, and garbled good words.

All decode to their own text, so nothing outside this folder notices.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

import p_aligner
from p_aligner.principles import PAPER_PRINCIPLES
from p_aligner.prompts import OUTPUT_END, OUTPUT_HEAD, OUTPUT_START, PRINCIPLE_HEAD, REFINE_HEAD, REFINE_TAIL
from ultraprompt.miniature import MISSPELLINGS, additions


BOS = "<|begin_of_text|>"
END_OF_TURN = "<|eot_id|>"
PAD = "<|pad|>"
TURN_HEADERS = [f"<|start_header_id|>{role}<|end_header_id|>\n\n" for role in ("system", "user", "assistant")]
PHRASES = [
    *(REFINE_HEAD, REFINE_TAIL, PRINCIPLE_HEAD, OUTPUT_HEAD + OUTPUT_START, OUTPUT_END),
    *(principle.description for principle in PAPER_PRINCIPLES),
    *(addition.text for addition in additions()),
]


_SPACE = "\u0120"  # what byte-level BPE writes for a space
_FIRST_WORDS = 3  # a misspelling begins a text so often in the corpus, or it has no token for that place


def train_tokenizer(
    texts: Iterable[str], *, vocab_size: int, context: int, words: Sequence[str] = ()
) -> PreTrainedTokenizerFast:
    """Learn the pieces from `texts`.

    Args:
        texts (`Iterable[str]`):
            What is to be spelt in few tokens.
        vocab_size (`int`):
            Most tokens; special ones, phrases and words count, too.
        context (`int`):
            Most tokens that the model reads.
        words (`Sequence[str]`, *optional*):
            Tokens that are spelt whole, whatever the merges say (`whole_words`).

    Raises:
        ValueError: the vocabulary has no room for bytes, special tokens, phrases and words.
    """
    special = [PAD, BOS, END_OF_TURN, *TURN_HEADERS]
    least = 256 + len(special) + len(PHRASES) + len(words)
    if vocab_size < least:
        raise ValueError(
            f"vocab_size must be at least {least} (bytes, special tokens, phrases, words), it is {vocab_size}"
        )
    room = vocab_size - len(PHRASES)
    # `ignore_merges`: a word that is a token is spelt so, though no merges lead to it.
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    # Digits one by one: numbers are copied and computed digit by digit.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=room,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer = _with_words(tokenizer, words, room)
    tokenizer.add_tokens([AddedToken(phrase, normalized=False) for phrase in PHRASES])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        bos_token=BOS,
        eos_token=END_OF_TURN,
        padding_side="left",
        model_max_length=context,
        clean_up_tokenization_spaces=False,
        chat_template=Path(p_aligner.chat_template("llama3-plain")).read_text(encoding="utf-8"),
    )


def whole_words(texts: Iterable[str]) -> list[str]:
    """Return the tokens that misspellings and their right spellings have: inside a text, and where `texts` begin."""
    first = Counter(text.split(maxsplit=1)[0] for text in texts if text.strip())
    words: dict[str, None] = {}
    for wrong, right in _spellings():
        if wrong.startswith(_SPACE) or first[wrong] >= _FIRST_WORDS:
            words |= dict.fromkeys((wrong, right))
    return list(words)


def misspelt_tokens(tokenizer: PreTrainedTokenizerFast) -> dict[int, int]:
    """Return the token of every misspelling that has one, with that of its right spelling."""
    ids = tokenizer.get_vocab()
    return {ids[wrong]: ids[right] for wrong, right in _spellings() if wrong in ids and right in ids}


def _spellings() -> Iterable[tuple[str, str]]:
    """Yield misspellings and what they should be as tokens: after a space, first in a text, there with a capital."""
    for wrong, right in MISSPELLINGS.items():
        if wrong.isalpha():
            yield _SPACE + wrong, _SPACE + right
            yield wrong, right
            yield wrong.capitalize(), right[0].upper() + right[1:]
            if right[0].isupper():  # a name
                yield _SPACE + wrong.capitalize(), _SPACE + right


def _with_words(tokenizer: Tokenizer, words: Sequence[str], room: int) -> Tokenizer:
    """Give up the last merges for the words that no merges lead to."""
    description = json.loads(tokenizer.to_str())
    model = description["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].__getitem__)
    kept = len(tokens)
    while kept + len(set(words).difference(tokens[:kept])) > room:
        kept -= 1
    tokens = list(dict.fromkeys([*tokens[:kept], *words]))
    learned = set(tokens[:kept])
    model["vocab"] = {token: id_ for id_, token in enumerate(tokens)}
    model["merges"] = [merge for merge in model["merges"] if "".join(merge) in learned]
    return Tokenizer.from_str(json.dumps(description))
