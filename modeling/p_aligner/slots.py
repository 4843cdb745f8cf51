"""Does each word stand where it stood: did one take the place of another, did two change places? Single letters, too.

Told by the words around: what stands between the same two neighbours stands in the same place. Knows no meaning.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice, pairwise, product

import regex

from .members import JOINTS
from .request import Compared
from .spans import plain
from .spelling import Forms, Word, edits, is_form, is_relative, is_respelling, sound, words_of
from .word_lists import GIVE, MAKE, TELL, VERBS, stop_words, word_set


_CUTS = JOINTS | word_set("but aber mais pero ma maar men ale while whereas")
_MOST = 1200  # words that are looked at for letters, so that the time stays linear
_ASKING = Forms(VERBS | TELL | GIVE | MAKE)  # "happens" and "shows" are one
_MOST_DEEDS = 60
Context = tuple[str, ...]


def moved_word(pair: Compared, refined: str) -> str | None:
    """Name a word or a single letter that took the place of another one, and words or persons that changed places."""
    before, after = words_of(pair.text), words_of(plain(refined))
    return (
        _replaced(pair, before, after)
        or _other_letter(pair, before, after)
        or _exchanged(pair, refined, before, after)
        or _turned_persons(before, after)
    )


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
    text = pair.text
    letters = {word.key for word in after if len(word.key) == 1} | {
        letter for word in after if len(word.key) < 4 for letter in word.key
    }
    beside: defaultdict[tuple[int, str], set[str]] = defaultdict(set)
    for one, other in pairwise(after):
        if len(other.key) == 1 and other.key.isalpha():
            beside[-1, one.key].add(other.key)
        if len(one.key) == 1 and one.key.isalpha():
            beside[1, other.key].add(one.key)
    said = {word.key for word in after}
    shouted = text.isupper()
    for at, word in list(enumerate(before))[:_MOST]:
        if len(word.key) != 1 or not word.key.isalpha() or not pair.left[at]:
            continue
        capital = text[word.start].isupper() and not shouted and word.key != "i"
        for side in (-1, 1):
            if not 0 <= at + side < len(before):
                continue
            other = before[at + side]
            gap = text[min(word.end, other.end) : max(word.start, other.start)]
            if (
                gap.strip(" -")
                or pair.text[word.start - 1 : word.start] == "/"
                or len(other.key) < 2
                or not other.key.isalpha()
                or other.key in stop_words("English") | stop_words(pair.language)
            ):
                continue
            capital |= side < 0 and other.key in _LETTERED
            found = beside[side, other.key]
            if word.key in found or other.key not in said:
                continue
            others = {letter for letter in found if letter not in _NO_LETTERS or capital} - {"i"}
            if others and (capital or word.key not in _CHAT | _NO_LETTERS or others.isdisjoint(_CHAT)):
                return f"{word.key.upper()} became {min(others).upper()}"
            if capital and word.key not in letters and word.key != "a" and at:
                return f"the letter {word.key.upper()}"
    return None


def _contexts(text: str, words: list[Word], stops: frozenset[str]) -> dict[str, tuple[Context, Context]]:
    """Map the words that are said once to the two content words before and behind them in their clause."""
    counts = Counter(word.key for word in words)
    clauses: list[list[str]] = [[]]
    for at, word in enumerate(words):
        if at and regex.search(r"[^\p{L}\p{N}\s'’-]", text[words[at - 1].end : word.start]):
            clauses.append([])
        if word.key in _CUTS:
            clauses.append([])
        elif word.key not in stops:
            clauses[-1].append(word.key)
    return {
        key: (tuple(clause[max(0, at - 2) : at]), tuple(clause[at + 1 : at + 3]))
        for clause in clauses
        for at, key in enumerate(clause)
        if counts[key] == 1
    }


def _exchanged(pair: Compared, refined: str, before: list[Word], after: list[Word]) -> str | None:
    """Name two words of which each stands where the other stood, as in "works on Mac but crashes on Windows"."""
    stops = stop_words("English") | stop_words(pair.language)
    old, new = _contexts(pair.text, before, stops), _contexts(plain(refined), after, stops)
    both = old.keys() & new.keys()
    for side, size in product((0, 1), (1, 2)):
        places = {_nearest(new[key], side, size): key for key in both}
        for key in both:
            context = _nearest(old[key], side, size)
            other = places.get(context)
            if not other or other == key or len(context) < size:
                continue
            there = _nearest(old[other], side, size)
            turned = len(there) == size and there != context and _nearest(new[key], side, size) == there
            if turned and {key, other}.isdisjoint(context + there):
                return f"{min(key, other)} and {max(key, other)} changed places"
    return None


def _nearest(contexts: tuple[Context, Context], side: int, size: int) -> Context:
    return contexts[side][:size] if side else contexts[side][-size:]


_PERSONS = {
    **dict.fromkeys(("i", "im", "ive", "id", "me"), "I"),
    **dict.fromkeys(("he", "hes", "him"), "he"),
    **dict.fromkeys(("she", "shes", "her"), "she"),
    **dict.fromkeys(("they", "them"), "they"),
    **dict.fromkeys(("we", "us"), "we"),
}
_OWNING = word_set("my the a an his her our their this that some your")
_ARTICLES = _OWNING | word_set(
    "der die das den dem ein eine einen einem mein meine meinen meinem le la les un une mon ma mes el los las una mi mis il lo gli i mio mia o os as um uma "
    "meu minha de het een mijn det en ett min mitt moj moja mojego moja moje"
)


def _turned_persons(before: list[Word], after: list[Word]) -> str | None:
    """Name who does something to whom and has it done now: "I told her", "she told me"."""
    old, new = (list(islice(_deeds(words), _MOST_DEEDS)) for words in (before, after))
    for one, verb, other in old:
        turned, kept = (
            any(deed[0] == who and deed[2] == whom and is_form(verb, deed[1]) for deed in deeds)
            for deeds, who, whom in ((new, other, one), (new, one, other))
        )
        if turned and not kept and not any(deed[0] == other and deed[2] == one for deed in old):
            return f"{one} and {other} changed places"
    return None


def _deeds(words: list[Word]) -> Iterable[tuple[str, str, str]]:
    """Yield who, verb and whom where one of the two is a pronoun or both have an article."""
    stops = stop_words("English")
    keys = [word.key for word in words]
    for at, key in enumerate(keys):
        if key in _PERSONS or key in _ARTICLES or key in _CUTS or len(key) < 3:
            continue
        behind = at + 1
        while behind < min(len(keys) - 1, at + 3) and keys[behind] in _ARTICLES and keys[behind] != "her":
            behind += 1
        if behind >= len(keys):
            continue
        whom = _PERSONS.get(keys[behind]) or ("" if keys[behind] in stops else keys[behind])
        who = next(
            (
                _PERSONS.get(one, one)
                for one in reversed(keys[max(0, at - 3) : at])
                if one in _PERSONS or one not in stops
            ),
            "",
        )
        person = who in _PERSONS.values() or whom in _PERSONS.values()
        # Of nouns, the second one has an article, so that "python list sort" says no deed.
        noun = behind > at + 1 and len(who) > 2 and at > 1 and keys[at - 2] in _ARTICLES
        if who and whom and who != whom and (person or noun):
            yield who, key, whom
