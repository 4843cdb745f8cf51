"""Does each word stand where it stood: did one take the place of another, did two change places? Single letters, too.

Told by the words around: what stands between the same two neighbours stands in the same place. Knows no meaning.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

from .members import JOINTS
from .request import Compared
from .spans import plain
from .spelling import Forms, Word, bases, edits, is_form, is_relative, is_respelling, sound, words_of
from .word_lists import GIVE, MAKE, TELL, VERBS, stop_words, word_set


_CUTS = JOINTS | word_set("but aber mais pero ma maar men ale while whereas")
_MOST = 1200  # words that are looked at for letters, so that the time stays linear
_ASKING = Forms(VERBS | TELL | GIVE | MAKE)  # "happens" and "shows" are one
Context = tuple[str, ...]


def moved_word(pair: Compared, refined: str) -> str | None:
    """Name a word or a single letter that took the place of another one, and words or persons that changed places."""
    before, after = words_of(pair.text), words_of(plain(refined))
    return _replaced(pair, before, after) or _other_letter(pair, before, after)


def _replaced(pair: Compared, before: list[Word], after: list[Word]) -> str | None:
    """Name a word that is gone, and a new one that stands between the same neighbours and is no form of it."""
    lost = {key for key, there in pair.wanted().items() if not there}
    if not lost:
        return None
    old = [word.key for word in before]
    new = {word.key for word in after} - set(old) - stop_words("English") - stop_words(pair.language)
    places: defaultdict[Context, list[str]] = defaultdict(list)
    for key, context in _neighbours([word.key for word in after]):
        if key in new:
            places[context].append(key)
    for key, context in _neighbours(old):
        if key in lost and context[0]:
            for other in places.get(context, ()):
                if not is_akin(key, other) and other not in _ASKING:
                    return f"{key} became {other}"
    return None


def _neighbours(keys: list[str]) -> Iterator[tuple[str, Context]]:
    keys = [key for key in keys if key not in JOINTS]
    stems = [key[:4] for key in keys]
    for key, before, behind in zip(keys, ["", *stems], [*stems[1:], ""], strict=False):
        yield key, (before, behind)


_ALIKE = str.maketrans({"v": "b", "z": "s", "c": "s", "h": None})  # said alike in Spanish


def is_akin(one: str, other: str) -> bool:
    """Say whether two words may be one: forms, spellings, or one cut short from the other, as in "ep" and "episode"."""
    short, long = sorted((one, other), key=len)
    letters = iter(long)
    cut = short[0] == long[0] and all(letter in letters for letter in short)
    return (
        cut
        or one.translate(_ALIKE).replace("ll", "y") == other.translate(_ALIKE).replace("ll", "y")
        or is_form(one, other)
        or is_relative(one, other)
        or is_respelling(one, other)
        or sound(one) == sound(other)
        or (len(short) >= 4 and edits(one, other, 2) <= 2)
    )


_CHAT = word_set("u r n k b w y x d m c q")
_NO_LETTERS = word_set("i a o e y u w z")
# What is told apart by letters, so that a small one counts, too.
_LETTERED = word_set(
    "vitamin vitamine vitamina vitamins vit witamina witaminy hepatitis hep plan plano grade option team group section question "
    "class size string chord terminal gate block blood platform gruppe klasse hepatite groupe classe opcion opzione grupo sac"
)


def _other_letter(pair: Compared, before: list[Word], after: list[Word]) -> str | None:
    """Name a single letter that is gone from beside a word, as in "vitamin K" or "E string", or became another one."""
    text, small = pair.text, stop_words("English") | stop_words(pair.language)
    said = {word.key for word in after}
    letters = {letter for key in said if len(key) < 4 for letter in key}
    beside: defaultdict[tuple[int, str], set[str]] = defaultdict(set)
    for one, other in pairwise(after):
        for side, key, letter in ((-1, one.key, other.key), (1, other.key, one.key)):
            if len(letter) == 1 and letter.isalpha():
                beside[side, key].add(letter)
    for at, word in list(enumerate(before))[:_MOST]:
        key = word.key
        if len(key) != 1 or not key.isalpha() or not pair.left[at] or text[word.start - 1 : word.start] == "/":
            continue
        for side in (-1, 1):
            other = before[at + side] if 0 <= at + side < len(before) else word
            gap = text[min(word.end, other.end) : max(word.start, other.start)]
            found = beside[side, other.key]
            if gap.strip(" -") or len(other.key) < 2 or not other.key.isalpha() or other.key in small:
                continue
            if key in found or other.key not in said:
                continue
            capital = (text[word.start].isupper() and not text.isupper() and key != "i") or (
                side < 0 and other.key in _LETTERED
            )
            others = {letter for letter in found if letter not in _NO_LETTERS or capital} - {"i"}
            if others and (capital or key not in _CHAT | _NO_LETTERS or others.isdisjoint(_CHAT)):
                return f"{key.upper()} became {min(others).upper()}"
            if capital and key not in letters and key != "a" and at:
                return f"the letter {key.upper()}"
    return None


_PERSONS = {
    **dict.fromkeys(("i", "im", "ive", "id", "me"), "I"),
    **dict.fromkeys(("he", "hes", "him"), "he"),
    **dict.fromkeys(("she", "shes", "her"), "she"),
    **dict.fromkeys(("they", "them"), "they"),
    **dict.fromkeys(("we", "us"), "we"),
}
# What one does to another, so that it matters which of the two comes first.
_ACTS = Forms(
    word_set(
        "beat defeat hit kick bite chase hunt eat kill save rescue attack fight love hate like fear trust respect help follow lead teach "
        "train inspire influence cause prevent produce replace contain affect cure need buy own sue pay owe lend sell hire fire invite "
        "visit support oppose thank forgive call text marry divorce invent discover found conquer invade import export outperform "
        "overtake surpass score win lose report manage supervise raise feed tell ask show give send protect imitate copy quote cite introduce"
    )
)
_DIRECTED = word_set(
    "than from to into against over before after by instead als dan que de von nach an aus vers van naar na till do z"
)
_BY = word_set("by von par por da door av przez from")


def transposed(text: str, refined: str) -> str | None:
    """Name two words that changed places around what one does to the other, or while all others stand as they stood."""
    before, after = (_told(one) for one in (text, refined))
    keys, others = ([word.key for word in words] for words in (before, after))
    turned: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for one, verb, other in zip(others, others[1:], others[2:], strict=False):
        turned[other, one].add(verb)
    pairs = []
    for at, (one, verb, other) in enumerate(zip(keys, keys[1:], keys[2:], strict=False)):
        found, kept = (
            any(is_form(verb, new) for new in turned.get(pair, ())) for pair in ((one, other), (other, one))
        )
        if one != other and found and not kept:
            pairs.append((at, at + 2))
    pairs += _only_two_moved(keys, others)
    words, passive = _persons(text), _BY & {word.key for word in words_of(refined)}
    for at, to in pairs:
        first, last = before[at], before[to]
        between = {word.key for word in words if first.end <= word.start < last.start}
        inner = before[at + 1 : to]
        named = all(text[word.start].isupper() for word in (first, last)) or any(
            text[word.start].isupper() for word in inner
        )
        directed = any(key in _ACTS or key in _DIRECTED | _CUTS - JOINTS for key in between)
        directed |= (named and not text.isupper()) or not _WHO.isdisjoint((first.key, last.key))
        # Turned into the passive, they stand the other way round.
        if directed and between & _BY == passive and JOINTS.isdisjoint(between):
            return f"{first.key} and {last.key} changed places"
    return None


_WHO = frozenset(_PERSONS.values())
_NO_MATTER = stop_words("English") - {"go", *_WHO}


def _persons(text: str) -> list[Word]:
    """List the words of a text, each pronoun as whom it means."""
    return [word._replace(key=_PERSONS.get(word.key, word.key)) for word in words_of(text)[:_MOST]]


def _told(text: str) -> list[Word]:
    return [
        word
        for word in _persons(text)
        if word.key in _WHO or (len(word.key) > 1 and (word.key not in _NO_MATTER or word.key in _ACTS))
    ]


def _only_two_moved(keys: list[str], others: list[str]) -> Iterator[tuple[int, int]]:
    """Yield the places of two words that stand apart and in each other's place, if all else that is said once stays."""
    forms, places = Forms(others), dict[str, int]()
    for at, other in enumerate(others):
        for base in bases(other):
            places.setdefault(base, at)
    shared = [key for key, count in Counter(keys).items() if count == 1 and forms.count(key) == 1]
    new = sorted(shared, key=lambda key: min(places[base] for base in bases(key) if base in places))
    moved = [at for at, (one, other) in enumerate(zip(shared, new, strict=True)) if one != other]
    if len(moved) == 2 and moved[1] - moved[0] > 1:
        yield keys.index(shared[moved[0]]), keys.index(shared[moved[1]])
