"""Is what the original asks for still asked for? Compares the words of two texts; knows nothing of their meaning.

A word is there when the refined text has it in another form, case or spelling, mended, run together, split, or as what
a short form stands for. Function words, fillers and what is aimed at the answerer may go.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple

import regex

from .abbreviations import ABBREVIATIONS
from .amounts import UNITS
from .asides import asides
from .chat import short_forms
from .dangers import is_softened
from .dates import DATES
from .figures import FOREIGN_NUMBERS, ROMAN, amounts_in
from .heads import WISHES, Head, heads_of, main_language, sentences_of, turned_question
from .members import lost_member
from .mending import Similar, is_known
from .spans import GAP, plain, shown
from .spelling import Forms, Word, korean_stems, words_of
from .word_lists import (
    CONTRARIES,
    GENERIC,
    GIVE,
    LOW_ORDINALS,
    MAKE,
    MENTIONS,
    OPERATIONS,
    POLITE,
    QUESTIONS,
    TELL,
    stop_words,
    word_set,
)


SHORT = 8  # content words: up to here all of them count
LEAST_KEPT = 0.6  # of the content words of a longer instruction
_ORDINAL = regex.compile(r"(?i)(?<![\w.,])(?:1(?=st\b)|2(?=nd\b))")
_NAME_PAIR = regex.compile(r"(\p{Lu}\p{Ll}+)(?= (\p{Lu}\p{Ll}+))")
_ISO_MONTH = regex.compile(r"(?<!\d)\d{4}[-/](\d\d)[-/]\d\d(?!\d)")
_DIGITS = regex.compile(r"\d+")
_NO_CONTENT = regex.compile(r"[\p{Nd}*]|^.$")  # numbers are left to other checks
_MAY_OPEN = (TELL | GIVE | MAKE | {*QUESTIONS, "a", "an", "can", "could", "would", "please"}) - word_set(
    "help want need like know understand learn say see look walk let ask are is come take put try think"
)
_SIGNED = word_set(
    "bucks dollars dollar euros euro pounds pound quid percent usd eur gbp mause euronen balles pavos degrees degree"
)
_STYLE = word_set("keep make ensure use limit stick include add")  # "keep it friendly" and "a friendly letter"
_DENIALS = word_set("not dont no never without nothing none avoid skip omit exclude leave spare cannot wo")
_NO_UNIT = frozenset[int]()
_HUM = regex.compile(
    r"[aeu]+[hr]*m+|[ou]+h+|h+m+|a+r*g+h*|e+r+m*|p+s+h*t*|s+h+|m+h+m+|t+s+k+|w+e+l+p|ugh+"
)  # "uhm", "psst"
_SEPARABLE = tuple(
    "ab an auf aus ein mit nach vor zu zusammen her hin los weg um durch fest bei dar af op uit in aan mee toe".split()
)
_MOST_COMPARED = 10_000  # pairs of words, so that the time stays near linear


# Characters of scripts without spaces, and those that say nothing of what is asked for.
_CHARACTER = regex.compile(
    r"[\p{Script=Han}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]"
)
_POLITE = frozenset("请請帮幫我你您们們的地得了吗嗎呢吧是在有和与與个個这這那一下給给写寫说說教何")


class Kept:
    """What a refined text has of the words of the original."""

    def __init__(self, words: list[Word], refined: str) -> None:
        found = words_of(refined)
        keys = [word.key for word in found]
        self.words = [word.key for word in words]
        self._signs = any(sign in refined for sign in (*"$€£%°", "CAD", "AUD"))
        self._months = {int(month) for month in _ISO_MONTH.findall(refined)}
        self._numbers = {*_DIGITS.findall(refined)}
        self._operations = {word for word, signs in OPERATIONS.items() if any(sign in refined for sign in signs)}
        self.forms = Forms([*keys, *(LOW_ORDINALS[match] for match in _ORDINAL.findall(refined))])
        self.sentences = [Forms(keys[start:end]) for start, end in sentences_of(refined, found)]
        self.openings = [keys[start : min(start + 3, end)] for start, end in sentences_of(refined, found)]
        # Only a word that is new, or there more often than before, may be the mended form of another one.
        self._new = Counter(keys) - Counter(self.words)
        self._pairs = [one + other for one, other in pairwise(keys) if one in self._new or other in self._new]
        self._joined = {*map("".join, pairwise(keys)), *map("".join, zip(keys, keys[1:], keys[2:], strict=False))}
        self._left = _MOST_COMPARED
        self.refined = refined

    @cached_property
    def _similar(self) -> tuple[Similar, Similar, Similar]:
        return Similar(self._new), Similar(self._pairs, joined=True), Similar(self._new, joined=True)

    @cached_property
    def _korean(self) -> set[str]:
        return {stem for key in self.forms.counts for stem in korean_stems(key)}

    @cached_property
    def _short(self) -> set[str]:
        return short_forms(self._new)

    @cached_property
    def _initials(self) -> set[str]:
        """What names of two words and phrases of three to five are shortened to: "nz", "diy"."""
        found = {one[0] + other[0] for one, other in _NAME_PAIR.findall(self.refined)}
        letters = [word.key[0] for word in words_of(self.refined)]
        found |= {"".join(letters[at : at + size]) for size in (3, 4, 5) for at in range(len(letters) - size + 1)}
        return {word.casefold() for word in found}

    def has(self, at: int) -> bool:
        """Say whether the word at this place of the original is still there."""
        key = self.words[at]
        if stems := korean_stems(key):
            return stems[-1] in self._korean
        if (
            (self._signs and key in _SIGNED)
            or not self._months.isdisjoint(DATES.get(key, ()))
            or (FOREIGN_NUMBERS.get(key) or ROMAN.get(key)) in self._numbers
        ):
            return True  # whether it is the right one is for another check to say
        if (
            key in self._operations
            or key in self.forms
            or key in self._joined
            or self._is_spelt_out(key)
            or self._is_turned(at)
            or self._is_parted(key)
        ):
            return True
        pairs = ["".join(self.words[max(0, at - 1) : at + 1]), "".join(self.words[at : at + 2])]
        if any(pair != key and pair in self.forms.counts for pair in pairs):
            return True
        if not self._new:
            return False
        single, double, joined = self._similar
        return (
            self._is_mended(key, single)
            or self._is_mended(key, double)
            or any(self._is_mended(pair, joined) for pair in pairs if pair != key)
        )

    def _is_parted(self, key: str) -> bool:
        """Say whether a German or Dutch verb stands in two parts, as in "sage den Termin ab" for "absagen"."""
        prefix = next((one for one in _SEPARABLE if key.startswith(one) and one in self.forms.counts), "")
        rest = key.removeprefix(prefix)
        return bool(prefix) and len(rest) > 3 and any(word[:3] == rest[:3] for word in self._new)

    def _is_turned(self, at: int) -> bool:
        """Say whether the contrary is there of a word that is denied, as in "don't write long" and "keep it short"."""
        if self.words[at] in _DENIALS:
            return not _DENIALS.isdisjoint(self.forms.counts)
        others = CONTRARIES.get(self.words[at], ())
        return any(other in self._new for other in others) and not _DENIALS.isdisjoint(self.words[max(0, at - 4) : at])

    def _is_spelt_out(self, key: str) -> bool:
        if key in UNITS and any(UNITS.get(word, _NO_UNIT) & UNITS[key] for word in self.forms.counts):
            return True
        longs = ABBREVIATIONS.get(key) or (ABBREVIATIONS.get(key[:-1]) if key[-1:] == "s" else None)
        if not longs:
            # A word that is cut short, as in "vit d".
            cut = 3 <= len(key) <= 4 and key[-1] not in "aeiouy" and not is_known(key)
            cut = cut and any(word.startswith(key) and len(word) >= len(key) + 3 for word in self._new)
            cut |= (
                len(key) > 5 and key.endswith("ie") and any(word.startswith(key[:-2]) for word in self._new)
            )  # "roomie"
            return cut or key in self._short or key in self._initials
        whole = any(all(word in self.forms for word in words) for words in longs)
        return whole or any(word.startswith(key) for word in self._new)

    def _is_mended(self, key: str, among: Similar) -> bool:
        found, looked = among.mended(key, self._left)
        self._left -= looked
        return found

    def is_rarer(self, key: str, before: Forms) -> bool:
        """Say whether a word is still there, but not as often as in a text of these words."""
        return key in self.forms.counts and self.forms.count(key) < before.count(key)

    def is_asked(self, head: str, objects: list[str]) -> bool:
        """Say whether a request with this verb or question word is still one, about one of these words."""
        if head in self.forms or head in WISHES or (head in _DENIALS and not _DENIALS.isdisjoint(self.forms.counts)):
            return True
        if head in QUESTIONS and head + "s" in self.forms:
            return True
        if head in _STYLE and objects and all(key in self.forms for key in objects):
            return True
        asking = (
            MAKE if head in MAKE - TELL else frozenset().union(*(group for group in (TELL, GIVE) if head in group))
        )
        others = QUESTIONS.get(head, asking)
        if head == "how" and {"what", "like"} <= self.forms.counts.keys():
            return True  # "how's the food", "what is the food like"
        return any(
            any(word in sentence for word in others) and (not objects or any(key in sentence for key in objects[:2]))
            for sentence in self.sentences
        )

    def is_together(self, objects: list[str]) -> bool:
        """Say whether the first of these words still stands in one sentence with another one of them."""
        first, others = objects[0], {*objects[1:]} - {objects[0]}
        return (
            not others
            or first in LOW_ORDINALS.values()  # as "1st"
            or first not in self.forms
            or not any(key in self.forms for key in others)
            or any(first in sentence and any(key in sentence for key in others) for sentence in self.sentences)
        )


class Compared(NamedTuple):
    """What the words of an original are to a refined text."""

    text: str  # the original without code and references
    language: str  # its English name
    heads: list[Head]  # where it asks for something
    kept: Kept
    states: dict[str, bool]  # the words that say what is asked for, or about what: are they there?
    aimed: list[tuple[int, int]]  # places in the text that are aimed at who answers, and that may go
    left: list[bool]  # for each word: is it outside of these places?

    def wanted(self) -> dict[str, bool]:
        """Map the words that must be there to whether they are."""
        pairs = list(zip(self.kept.words, self.left, strict=True))
        excused = {key for key, out in pairs if not out and not self.states.get(key)}
        return {key: self.states[key] for key, out in pairs if out and key in self.states and key not in excused}


@lru_cache(maxsize=4)  # several checks look at the same pair
def compared(original: str, refined: str) -> Compared:
    text = plain(original)
    words = words_of(text)
    language = main_language(words)
    kept, heads = Kept(words, refined), list(heads_of(text, words))
    states = content_states(words, heads, kept, stop_words(language) | POLITE, amounts_in(text))
    aimed = asides(text, language, states.get)
    left = [not any(start <= word.start < end for start, end in aimed) for word in words]
    return Compared(text, language, heads, kept, states, aimed, left)


def without_asides(original: str, refined: str) -> str:
    """Take out of an original its code, its references and what is aimed at who answers and is no longer there."""
    pair = compared(original, refined)
    text = pair.text
    for start, end in pair.aimed:
        text = text[:start] + GAP * (end - start) + text[end:]
    return text


def lost_request(original: str, refined: str) -> str | None:
    """Fail when words that say what is asked for are gone: any of a short instruction, too many of a longer one."""
    if original == refined:
        return None
    pair = compared(original, refined)
    wanted = pair.wanted()
    lost = [key for key, there in wanted.items() if not there]
    numbers = {*_DIGITS.findall(original)} & {*_DIGITS.findall(refined)}
    states = list(pair.states.values())
    if states and (not any(states) or (not wanted and 2 * sum(states) < len(states))) and not numbers:
        return f"all words: {' '.join(list(pair.states)[:6])}"
    if not states and not numbers and not _CHARACTER.search(original):
        said = [key in pair.kept.forms for key in pair.kept.words]
        if 3 * sum(said) < 2 * len(said) or (not said and original.strip() not in refined):
            return f"all words: {shown(original)}"
    found = _lost_words(lost, wanted) or _lost_sentence(pair, wanted) or _turned(pair)
    found = (
        found
        or _lost_repeat(pair)
        or lost_member(pair.text, pair.language, wanted)
        or _lost_characters(pair.text, refined)
    )
    if found and 2 * len(lost) <= len(wanted) and is_softened(original, refined):
        return None
    return found


def _lost_words(lost: list[str], wanted: dict[str, bool]) -> str | None:
    if lost and (len(wanted) <= SHORT or len(lost) > (1 - LEAST_KEPT) * len(wanted)):
        return f"{len(lost)} of {len(wanted)} content words: {' '.join(lost[:6])}"
    return None


def drift(original: str, refined: str) -> str | None:
    """Fail when fewer than a third of the content words (if at least four) are found."""
    wanted = compared(original, refined).wanted()
    kept = sum(wanted.values())
    return f"{kept} of {len(wanted)} content words kept" if len(wanted) >= 4 and 3 * kept < len(wanted) else None


def _lost_characters(text: str, refined: str) -> str | None:
    """Fail when too many characters of a script without spaces are gone."""
    wanted = dict.fromkeys(mark for mark in _CHARACTER.findall(text) if mark not in _POLITE)
    lost = [mark for mark in wanted if mark not in refined]
    return f"{len(lost)} of {len(wanted)} characters" if len(lost) > (1 - LEAST_KEPT) * len(wanted) else None


def _other_opening(head: Head, kept: Kept) -> str | None:
    """Name the word that stands for the verb of a request, before the same two words, and that asks for nothing."""
    following = kept.words[head.place + 1 : min(head.place + 3, head.end)]
    if len(following) < 2 or head.key in kept.forms:
        return None
    return next((key for key, *others in kept.openings if others == following and key not in _MAY_OPEN), None)


def _lost_sentence(pair: Compared, wanted: dict[str, bool]) -> str | None:
    """Name a sentence that asks and that is gone, or one that lost its verb or what the verb is about."""
    kept = pair.kept
    left = [key for key, out in zip(kept.words, pair.left, strict=True) if out]
    there = (kept.has(at) for at, out in enumerate(pair.left) if out)
    if not wanted and left and not any(there):
        return f"all words: {' '.join(left[:6])}"
    before = Forms(left)
    for head in pair.heads:
        if head.key and not pair.left[head.place]:
            continue
        objects = [key for key in kept.words[head.place + 1 : head.end] if key in wanted]
        gone = {key for key in objects if not wanted[key] or kept.is_rarer(key, before)}
        shown = " ".join([head.key, *objects[:6]]).strip()
        if len(objects) >= 2 and 3 * sum(key in gone for key in objects) > 2 * len(objects):
            return f"a sentence: {shown}"
        if not head.key:
            continue
        near = [key for key in kept.words[head.place + 1 : head.clause] if key in wanted]
        if other := _other_opening(head, kept):
            return f"{head.key} became {other}"
        if not (wanted.get(head.key) or kept.is_asked(head.key, objects)) or (near and not kept.is_together(near)):
            return f"what is asked: {shown}"
        if objects and (objects[0] in gone or 3 * len(gone & {*objects[:4]}) > len(objects[:4])):
            return f"what is asked: {shown}"
    return None


def _turned(pair: Compared) -> str | None:
    if pair.language != "English" or "\n" in pair.text.strip():
        return None
    left = [key for key, out in zip(pair.kept.words, pair.left, strict=True) if out]
    word = turned_question(left, pair.kept.words, pair.kept.refined)
    return f"a yes or no became {word}" if word else None


_AGAIN = regex.compile(
    r"(?i)\b(?:do|try|redo|repeat|write|say|make|mach|versuch\w*|sag)(?: (?:it|this|that|one|es|das))?(?: all)?"
    r"(?: over)? (?:again|once more|noch ?(?:ein)?mal)\b"
)
_REPEATED = regex.compile(
    r"(?i)\b(?:again|once more|another|new|re(?:write|do|try|peat|phrase|make|vise|work)\w*|over|noch|erneut|neu)\b"
)


def _lost_repeat(pair: Compared) -> str | None:
    """Name the "do it again" of a text that asks for nothing else."""
    found = _AGAIN.search(pair.text)
    others = [head for head in pair.heads if head.key not in ("do", "try") and pair.left[head.place] and head.key]
    return (
        None if not found or others or _REPEATED.search(pair.kept.refined) else f"what is asked: {found[0].casefold()}"
    )


def _is_mentioned(words: list[Word], at: int) -> bool:
    """Say whether a word is spoken of, as in "say please in Swedish"."""
    return any(word.key in MENTIONS for word in words[max(0, at - 4) : at])


def _is_small(key: str, ignored: frozenset[str]) -> bool:
    """Say whether a word may go: it is one of these, with a short "du" or "es" behind it too ("kannste"), or a hum."""
    return (
        key in ignored or (len(key) > 4 and key[-1] in "es" and key[:-1] in ignored) or _HUM.fullmatch(key) is not None
    )


def content_states(
    words: list[Word], heads: list[Head], kept: Kept, ignored: frozenset[str], amounts: Iterable[tuple[int, int]] = ()
) -> dict[str, bool]:
    """Map the words that say what is asked for, or about what, to whether they are still there."""
    generic = {head.place for head in heads if head.key in TELL | GIVE | MAKE}
    starts = [word.start for word in words]
    for start, end in amounts:  # left to other checks
        generic.update(range(bisect_left(starts, start), bisect_left(starts, end)))
    states: dict[str, bool] = {}
    for at, word in enumerate(words):
        if (
            (not _is_small(word.key, ignored) or (word.key in POLITE and _is_mentioned(words, at)))
            and word.key not in GENERIC
            and at not in generic
            and not _NO_CONTENT.search(word.key)
        ):
            states[word.key] = states.get(word.key, False) or kept.has(at)
    return states
