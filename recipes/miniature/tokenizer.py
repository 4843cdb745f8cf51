"""The miniature's tokenizer: byte-level BPE with one token for every fixed phrase. Knows nothing of training.

The templates, the principle texts and the sentences that refinements add are the same in many examples. As single
tokens they shorten an example by a third, the end of the raw prompt becomes one unambiguous token (spelled out, its
line break could also mean that a multi-line instruction goes on), and what to add becomes one decision instead of a
dozen. They decode to their own text, so nothing outside this folder notices.
"""

from collections.abc import Iterator
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

import p_aligner
from p_aligner.principles import PAPER_PRINCIPLES
from p_aligner.prompts import OUTPUT_END, OUTPUT_HEAD, OUTPUT_START, PRINCIPLE_HEAD, REFINE_HEAD, REFINE_TAIL
from ultraprompt.miniature import additions


BOS = "<|begin_of_text|>"
END_OF_TURN = "<|eot_id|>"
PAD = "<|pad|>"
TURN_HEADERS = [f"<|start_header_id|>{role}<|end_header_id|>\n\n" for role in ("system", "user", "assistant")]
PHRASES = [
    *(REFINE_HEAD, REFINE_TAIL, PRINCIPLE_HEAD, OUTPUT_HEAD + OUTPUT_START, OUTPUT_END),
    *(principle.description for principle in PAPER_PRINCIPLES),
    *(addition.text for addition in additions()),
]


def train_tokenizer(texts: Iterator[str], *, vocab_size: int, context: int) -> PreTrainedTokenizerFast:
    """Learn the pieces from `texts`; `vocab_size` counts special tokens and phrases too.

    Raises:
        ValueError: the vocabulary has no room for bytes, special tokens and phrases.
    """
    least = 256 + 3 + len(TURN_HEADERS) + len(PHRASES)
    if vocab_size < least:
        raise ValueError(f"vocab_size must be at least {least} (bytes, special tokens, phrases), it is {vocab_size}")
    tokenizer = Tokenizer(models.BPE())
    # Digits one by one: numbers are copied and computed digit by digit.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    special = [PAD, BOS, END_OF_TURN, *TURN_HEADERS]
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size - len(PHRASES),
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
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
