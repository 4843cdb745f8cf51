"""What refinements changed: word by word, words kept, sentences added, how varied they are."""

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from .spans import WORD
from .word_lists import NOT_CONTENT


Change = tuple[Literal["same", "removed", "added"], str]

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_MOST_WORDS = 3_000  # of a wording, spaces and signs counted; above, comparing could take seconds
_SENTENCE_BREAK = re.compile(r"(?<=[.!?])\s+|\n+")


def word_changes(before: str, after: str) -> Iterator[Change]:
    """Yield the pieces of both wordings in reading order; where they differ, what was removed comes first.

    The pieces that are not `"added"` make up `before`, those that are not `"removed"` make up `after`.
    """
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if max(len(old), len(new)) > _MOST_WORDS:
        yield "removed", before
        yield "added", after
        return
    # `autojunk`: from 200 words on, common ones such as spaces are no anchors. Without it hostile text takes minutes.
    for kind, start, end, new_start, new_end in difflib.SequenceMatcher(a=old, b=new).get_opcodes():
        if kind == "equal":
            yield "same", "".join(new[new_start:new_end])
            continue
        if start < end:
            yield "removed", "".join(old[start:end])
        if new_start < new_end:
            yield "added", "".join(new[new_start:new_end])


def content_kept(instruction: str, refined: str) -> tuple[int, int]:
    """Count the content words of an instruction that its refinement still holds, and all; each once, in any case."""
    wanted, found = content_words(instruction), content_words(refined)
    return len(wanted & found), len(wanted)


def content_words(text: str) -> set[str]:
    return {word for word in WORD.findall(text.casefold()) if word not in NOT_CONTENT}


def added_sentences(instruction: str, refined: str) -> list[str]:
    before, after = (dict.fromkeys(_SENTENCE_BREAK.split(text.strip())) for text in (instruction, refined))
    return [sentence for sentence in after if sentence not in before]


def most_added(pairs: Sequence[tuple[str, str]], count: int = 1) -> list[tuple[str, float]]:
    """Return the sentences that are added most often, and the share of the pairs that get them."""
    added = Counter(sentence for pair in pairs for sentence in added_sentences(*pair))
    return [(sentence, times / len(pairs)) for sentence, times in added.most_common(count)]


def distinct(texts: Iterable[str], size: int) -> float:
    """Return distinct-n (Li et al. 2016): different n-grams of words as a share of all of them, 0 without any."""
    rows = [text.casefold().split() for text in texts]
    grams = Counter(gram for words in rows for gram in zip(*(words[at:] for at in range(size)), strict=False))
    return len(grams) / grams.total() if grams else 0.0
