"""What of an instruction must stay however long it is: names, items of lists. Knows capitals and commas only."""

from collections.abc import Iterator, Mapping

import regex

from .spelling import words_of
from .word_lists import word_set


JOINTS = word_set("and or und oder et ou y o e en of och eller i lub albo")
CONTRASTS = word_set("but though although yet aber doch obwohl mais pero aunque ma mas maar men ale")
_CAPITAL = regex.compile(r"(?<=(?:[\p{Ll}\d,;:'’)]|\b(?:[DM]r|Mr?s|Prof|St|Hr)\.)[ ])\p{Lu}[\p{L}'’-]{2,}")
_CAPITALS = regex.compile(
    r"(?<=(?<!\p{L})\p{Lu}[\p{L}'’-]{2,20}[ ])\p{Lu}[\p{L}'’-]{2,}"
)  # in German, nouns have them
_TITLE = 0.4  # share of words with a capital from which on they tell nothing
_PART = regex.compile(r"[^,;\n]+")
_SENTENCE = regex.compile(r"[^.!?:\n\uFFFC。！？]++(?:[.:](?=\w)[^.!?:\n\uFFFC。！？]++)*+")
_LONGEST_ITEM = 4  # words


def lost_member(text: str, language: str, wanted: Mapping[str, bool]) -> str | None:
    """Name a name, or an item of a list of three and more, that is gone: however long an instruction is, all stay.

    Args:
        text (`str`):
            The original without code and references.
        language (`str`):
            The English name of its language.
        wanted (mapping of `str` to `bool`):
            The words that must be there, and whether they are.
    """
    lost = {key for key, there in wanted.items() if not there}
    if not lost:
        return None
    for key in names_in(text, language):
        if key in lost:
            return f"a name: {key}"
    for items in _lists(text):
        told = [keys for item in items if (keys := [key for key in item if key in wanted])]
        gone = [keys for keys in told if lost.issuperset(keys)]
        if gone and 2 * len(gone) < len(told):  # of what is kept as a list
            return f"an item of a list: {' '.join(gone[0])}"
    return None


def names_in(text: str, language: str, most: float = _TITLE) -> Iterator[str]:
    """Yield the words with a capital within a sentence, where no more than this share of words has one."""
    words = regex.findall(r"\p{L}{2,}", text)
    if sum(word[0].isupper() for word in words) > most * len(words):
        return
    for match in (_CAPITALS if language == "German" else _CAPITAL).finditer(text):
        yield from (word.key for word in words_of(match[0]))


def _lists(text: str) -> Iterator[list[list[str]]]:
    """Yield lists, items between commas, as keys; of the first item its last word, of the last its first one."""
    for sentence in _SENTENCE.finditer(text):
        items: list[list[str]] = []
        last: list[str] = []
        for part in _PART.finditer(sentence[0]):
            keys = [word.key for word in words_of(part[0])]
            joint = next((at for at, key in enumerate(keys[:_LONGEST_ITEM]) if key in JOINTS), None)
            if last and joint is not None and joint <= (3 if items else 2):  # "and" before the last item
                yield [*(items or [last[-1:]]), keys[:joint], keys[joint + 1 : joint + 2]]
                items = []
            elif last and keys[:1] and keys[0] in CONTRASTS:  # "clean, kind, but late"
                yield [*(items or [last[-1:]]), keys[1:4]]
                items = []
            elif last and 0 < len(keys) <= _LONGEST_ITEM:
                items = [*(items or [last[-1:]]), keys]
                last = keys
                continue
            elif items:
                yield items
                items = []
            last = keys
        if items:
            yield items
