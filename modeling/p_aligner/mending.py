"""Is a word there in a mended spelling? Looks for words by how they begin, end and sound."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain

import regex

from .spelling import edits, is_compound, is_listed, is_relative, is_respelling, sound
from .word_lists import GIVE, MAKE, NAMES, TELL, VERBS, stop_words


_KNOWN = NAMES | VERBS | TELL | GIVE | MAKE | stop_words("English")


# Consonants, maybe with the last vowel: "qto", "mls", "tmrw".
_SHORTENED = regex.compile(r"[bcdfghjklmnpqrstvwxz]{2,5}[aeo]?")


def is_known(key: str) -> bool:
    """Say whether a word is surely spelt right, as far as the lists go."""
    return is_listed(key, _KNOWN)


# What nouns that are made of verbs end in: "installation", "arrival".
_NOUN = regex.compile(r"(?:[ts]ion|ment|[ae]nce|al)s?$")


class Similar:
    """Words that can be looked for by how they begin, end and sound.

    Args:
        keys (iterable of `str`):
            The words.
        joined (`bool`, *optional*, defaults to `False`):
            Whether each is made of two words, or is looked for with such ones.
    """

    def __init__(self, keys: Iterable[str], joined: bool = False) -> None:
        self._joined = joined
        self._by_trait: defaultdict[str, list[str]] = defaultdict(list)
        for key in keys:
            for trait in _traits(key, joined) | (set() if joined else {f"{key[1:2]}-"}):
                self._by_trait[trait].append(key)

    def mended(self, key: str, most: int) -> tuple[bool, int]:
        """Say whether one of the words may be the mended form of this one, and how many of them were looked at."""
        looked, known = 0, is_known(key)
        for candidate in chain.from_iterable(self._by_trait.get(trait, ()) for trait in _traits(key, self._joined)):
            looked += 1
            if looked > most:
                break
            if known and key in NAMES and candidate in NAMES:
                continue
            # A word that is spelt right is not mended into one that nobody knows, unless they are said alike.
            strange = known and not is_known(candidate) and (len(key) > 6 or sound(candidate) != sound(key))
            if strange and not (_NOUN.search(candidate) and is_relative(key, candidate.replace("isation", "ization"))):
                continue
            if (
                not known
                and _SHORTENED.fullmatch(key)
                and len(candidate) > len(key) + 1
                and _is_in_order(key, candidate)
            ):
                return True, looked
            slip = len(key) == len(candidate) == 3 and not known and is_known(candidate) and key[0] == candidate[0]
            if is_respelling(key, candidate, self._joined) or (slip and edits(key, candidate, 1) == 1):
                return True, looked
            if not self._joined and (is_relative(key, candidate) or is_compound(key, candidate)):
                return True, looked
        return False, looked


def _is_in_order(key: str, candidate: str) -> bool:
    """Say whether the letters of a shortened word stand in this order in one that begins like it."""
    letters = iter(candidate)
    return key[0] == candidate[0] and all(letter in letters for letter in key)


def _traits(key: str, joined: bool) -> set[str]:
    return {key[:2]} if joined else {f"{key[:1]}-", f"-{key[-2:]}", sound(key)[:1]}
