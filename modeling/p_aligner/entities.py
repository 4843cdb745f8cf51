"""Do names still stand where they stood: did two change places, did one become another? Knows no facts about them."""

import regex

from .dates import changed_date
from .members import names_in
from .request import compared
from .slots import moved_word, transposed
from .spans import MENTION, plain
from .spelling import Word, is_form, is_respelling, sound, words_of
from .word_lists import NAMES, stop_words


# Between the two: who is bigger than whom, and what comes before what. "After" is "before" the other way round.
_BETWEEN = {
    **dict.fromkeys(("to", "into", "nach", "naar", "till", "vers"), "to"),
    **dict.fromkeys(("than", "als", "dan", "an"), "than"),
    **dict.fromkeys(("vs", "versus", "against", "gegen", "contre", "contra", "contro", "tegen", "mot"), "against"),
    **{"before": "before", "avant": "before", "after": "after", "apres": "after", "over": "over", "beats": "over"},
    **{"instead": "instead", "follows": "after", "precedes": "before"},
}
_FROM = frozenset("from von aus van fran z da desde".split())
_TO = frozenset("to into nach ins naar till hacia do ao para".split())
_CLAUSE = regex.compile(r"[.!?:;\n,\uFFFC…。！？]")
_LEFT, _RIGHT = 3, 2  # content words that are looked at on both sides
_SHOUTED = 0.7  # share of words with a capital from which on they tell nothing
_MOST = 60  # relations that are looked at, so that the time stays linear


def changed_entity(original: str, refined: str) -> str | None:
    """Fail words that changed places across from and to, than, versus, before or after; replaced names and dates."""
    if original == refined:
        return None
    before, after = plain(original), plain(refined)
    return (
        _swapped(before, after)
        or changed_date(before, after)
        or _replaced(original, refined)
        or moved_word(compared(original, refined), refined)
        or transposed(*((before, after) if "@" not in original else map(_with_mentions, (original, refined))))
    )


def _with_mentions(text: str) -> str:
    return plain(MENTION.sub(lambda match: regex.sub(r"[\W\d_]", "", match[0]), text))


def _relations(text: str) -> tuple[set[tuple[str, str, str]], set[str], set[str]]:
    """Find what stands on both sides of words that are no symmetry, and what stands behind "from" and "to"."""
    words = words_of(text)
    stops = stop_words("English") | {"convert", "translate"}
    found: set[tuple[str, str, str]] = set()
    sources: set[str] = set()
    targets: set[str] = set()
    places = [at for at, word in enumerate(words) if word.key in _BETWEEN or word.key in _FROM or word.key in _TO]
    for at in places[:_MOST]:
        key = words[at].key
        right = _content(text, words, range(at + 1, min(at + 7, len(words))), stops, _RIGHT)
        sources |= {right[0]} if right and key in _FROM else set()
        targets |= {right[0]} if right and key in _TO else set()
        if name := _BETWEEN.get(key):
            left = _content(text, words, range(at - 1, max(at - 8, -1), -1), stops, _LEFT)
            pairs = {(one, other) for one in left for other in right if one != other}
            found |= {(other, "before", one) if name == "after" else (one, name, other) for one, other in pairs}
    return found, sources, targets


def _content(text: str, words: list[Word], places: range, stops: frozenset[str], most: int) -> list[str]:
    found: list[str] = []
    for at in places:
        one, other = (words[at - 1], words[at]) if places.step > 0 else (words[at], words[at + 1])
        if len(found) == most or _CLAUSE.search(text, one.end, other.start):
            break
        if words[at].key not in stops:
            found.append(words[at].key)
    return found


def _swapped(original: str, refined: str) -> str | None:
    (before, sources, targets), (after, new_sources, new_targets) = _relations(original), _relations(refined)
    for one, name, other in before:
        if (other, name, one) in after and (one, name, other) not in after and (other, name, one) not in before:
            return f"{one} and {other} changed places"
    for one in sources & new_targets - new_sources - targets:
        for other in targets & new_sources - new_targets - sources:
            return f"{one} and {other} changed places"
    return None


def _replaced(original: str, refined: str) -> str | None:
    pair = compared(original, refined)
    german = pair.language == "German"  # where every noun has a capital
    known, found = ({word.key for word in words_of(text)} for text in (original, plain(refined)))
    names, came = (
        {word.key for word in words_of(text) if word.key in NAMES}.union(
            () if german else names_in(text, "", _SHOUTED)
        )
        - others
        for text, others in ((pair.text, found), (plain(refined), known))
    )
    for key in names:
        lost = pair.wanted().get(key) is False
        for other in came:
            alike = is_respelling(key, other) or sound(key) == sound(other)
            if is_other_name(key, other) if alike else lost:
                return f"{key} became {other}"
    return None


def is_other_name(one: str, other: str) -> bool:
    """Say whether two names that are spelt alike are names of two: "Marta" and "Maria", "Giulia" and "Giulio"."""
    if is_form(one, other) or one + "s" == other or other + "s" == one:
        return False
    if (one in NAMES and other in NAMES) or (len(one) == len(other) <= 3):
        return True
    if sound(one) != sound(other):  # a sound is another one, and not just dropped, doubled or swapped
        return len(one) == len(other) and sum(map(str.__ne__, one, other)) == 1
    stems = {name.rstrip("aoe") for name in (one, other)}
    return len(stems) == 1 and not {one, other} <= {min(one, other), min(one, other) + "e"}
