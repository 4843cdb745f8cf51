"""Is a refinement safe to use? Pure checks on two texts, the original and the refined. Knows nothing of models.

A check takes `(original, refined)` and returns what is wrong, or `None`; it never repairs anything. A false alarm
throws a good refinement away, so the checks are conservative: what the original does itself is never held against the
refined text, and `failed_checks(x, x) == []` for every `x` that is not blank. All of them run in near linear time.
The module and those that it imports are copied into model repositories as they are: they need nothing but `regex`.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import regex

from .amounts import changed_number, given_numbers, lost_numbers, lost_units
from .answers import answer
from .contraries import contrary
from .dangers import dangerous_addition
from .entities import changed_entity
from .errors import Reason
from .inventions import invented_amount, invented_fact
from .material import changed_material
from .negations import lost_denial
from .request import drift, lost_request, without_asides
from .spans import (
    CODE,
    FILE_NAME,
    GAP,
    PATH,
    SITE,
    UNSPACED,
    WORD,
    WORD_OR_CHARACTER,
    codes_of,
    comparable,
    holds,
    letters_of,
    marks_of,
    plain,
    prose,
    quotes_of,
    references_of,
    scripts_of,
    shown,
)
from .spelling import words_of
from .verbatim import lost_signs
from .word_lists import FUNCTION_WORDS, GIVE, ORDERS, POLITE, TELL, VERBS, stop_words


CHARACTER_LOOP = regex.compile(r"(\p{L}{1,8}?)\1{7,}|([^\p{L}\d\s])\2{39,}")
TABLE_LINE = regex.compile(r"(?m)^[ \t]*+\|.*$")
SENTENCE_END = regex.compile(r"[.!?\n。！？]++")
INVISIBLE = regex.compile("[\ufeff\u200b\u2060\xad]")
LONGEST_PERIOD = 50
MAX_GROWTH = 4.0  # times the words of the original


def failed_checks(
    original: str,
    refined: str,
    *,
    max_growth: float = MAX_GROWTH,
    checks: Iterable[str] | None = None,
    is_harmful: bool = False,
) -> list[Reason]:
    """Name what speaks against using `refined` in place of `original`; an empty list says that it is safe to use.

    Args:
        original, refined (`str`):
            The instruction as the user wrote it, and as a model rewrote it.
        max_growth (`float`, *optional*, defaults to 4.0):
            How many times the words of the original the refined text may have, for `length`.
        checks (iterable of `str`, *optional*):
            Names of the checks to apply, by default all of `CHECKS`, whose order they keep.
        is_harmful (`bool`, *optional*, defaults to `False`):
            Whether the original is known to be harmful: then whatever is added has to ask for care.

    Returns:
        `list` of [`Reason`]: one for each failed check, with the check's name.

    Raises:
        ValueError: a name in `checks` is unknown.
    """
    wanted = set(CHECKS if checks is None else checks)
    if unknown := sorted(wanted - CHECKS.keys()):
        raise ValueError(f"unknown check {unknown[0]!r}: choose from {', '.join(CHECKS)}")
    original, refined = _level(original), _level(refined)
    options: dict[str, dict[str, Any]] = {
        "length": {"max_growth": max_growth},
        "dangerous addition": {"is_harmful": is_harmful},
    }
    failed = []
    for name, check in CHECKS.items():
        if name in wanted:
            detail = check(original, refined, **options.get(name, {}))
            if detail is not None:
                failed.append(Reason.named(name, detail))
    return failed


def empty(original: str, refined: str) -> str | None:
    """Fail a text of nothing but white space."""
    return None if refined.strip() else "the text is blank"


def lost_span(original: str, refined: str) -> str | None:
    """Fail when code, a URL, e-mail address, template variable, quoted string or number is no longer there."""
    if original == refined:
        return None
    codes, references, whole = codes_of(refined), references_of(refined), refined.casefold()
    lost = [code for code in codes_of(original) if code not in codes]
    lost += [name for name, count in references_of(original).items() if references.get(name, 0) < count]
    lost += [name for mark, name in marks_of(original).items() if not holds(whole, mark)]
    lost += lost_signs(original, refined)
    if word := changed_material(original, refined):
        lost.append(word)
    quotes, numbers = comparable(plain(refined)), given_numbers(original, refined)

    def gone(text: str) -> list[str]:
        missed = [quote for quote in quotes_of(text) if not holds(quotes, quote)]
        return missed + lost_numbers(prose(text), numbers, refined) + lost_units(prose(text), refined)

    # What is said to the answerer, as in "I told you 3 times", may go.
    lost += gone(without_asides(original, refined)) if gone(original) else []
    if not lost:
        return None
    return shown(lost[0]) + (f" (and {len(lost) - 1} more)" if len(lost) > 1 else "")


def lost_negation(original: str, refined: str) -> str | None:
    """Fail when something is no longer, or newly, denied, limited or bounded, or turned into its contrary."""
    return lost_denial(original, refined) or contrary(original, refined)


def invented_span(original: str, refined: str) -> str | None:
    """Fail a URL, e-mail address, template variable or stated amount that the original lacks; added code is fine."""
    if "\ufffd" in refined and "\ufffd" not in original:
        return "\ufffd"
    known = {*references_of(original), *references_of(CODE.sub(GAP, original))}
    invented = [reference for reference in references_of(CODE.sub(GAP, refined)) if reference not in known]
    said = letters_of(original)
    for mark, name in marks_of(CODE.sub(GAP, refined)).items():
        stem = mark.partition("/")[0].rpartition(".")[0] if SITE.fullmatch(mark) else mark
        is_file = PATH.fullmatch(mark) and FILE_NAME.fullmatch(mark)
        ending = regex.search(rf"(?i)(?<![\w.-]){regex.escape(stem)}\.(\w{{2,}})", original) if stem != mark else None
        other_ending = ending and not mark.startswith(ending[0].casefold())
        if other_ending or (not is_file and letters_of(stem) not in said):
            invented.append(name)
    if invented:
        return shown(invented[0])
    return invented_amount(original, refined) or invented_fact(original, refined)


def language(original: str, refined: str) -> str | None:
    """Fail another script, or a sentence that is added in another language or script."""
    before, after = prose(original), prose(refined)
    return _switch(scripts_of(before), scripts_of(after)) or _foreign_addition(before, after)


def _foreign_addition(before: str, after: str) -> str | None:
    """Name a sentence that is added in another language or script than any of the original."""
    words, scripts = {word.key for word in words_of(before)}, scripts_of(before)
    own = _likely_languages(words)
    surely = _likely_languages(words, 0.75)
    least = 2 if sum(len(word) > 1 and any(word in _common_words(name) for name in own) for word in words) > 1 else 3
    known = {" ".join(_words(sentence)) for sentence in SENTENCE_END.split(before)}
    for sentence in SENTENCE_END.split(after):
        if " ".join(_words(sentence)) in known:
            continue
        found = [word.key for word in words_of(sentence)]
        script, count = next(iter(scripts_of(sentence).most_common(1)), ("", 0))
        if count >= 2 and script not in scripts and scripts and not _is_mostly(found, words):
            return f"{script} is added: {shown(sentence)}"
        fresh = [word for word in found if word not in words and len(word) > 1]
        if words.isdisjoint(word for word in found if len(word) > 1) and (name := _order_in(found, surely)):
            return f"{name} is added: {shown(sentence)}"
        if len(fresh) < 3 or not own:
            continue
        counts = {name: sum(word in _common_words(name) for word in fresh) for name in FUNCTION_WORDS}
        name = max(counts, key=counts.__getitem__)
        if least == 3 and name == "English":
            continue  # the original may be English, too
        if name not in own and counts[name] >= least + max(counts[other] for other in own):
            return f"{name} is added: {shown(sentence)}"
    return None


def _is_mostly(words: list[str], known: set[str]) -> bool:
    return 2 * sum(word in known for word in words) > len(words)


def _order_in(words: list[str], own: set[str]) -> str | None:
    """Name the language of a short order of which no word is of these languages: "Antworte kurz", "Sé breve"."""
    if not own or not 2 <= len(words) <= 8:
        return None
    if any(
        word in ORDERS.get(name, ()) or (len(word) > 2 and word in _common_words(name))
        for name in own
        for word in words
    ):
        return None
    for name in sorted(ORDERS.keys() - own):
        said = sum(word in ORDERS[name] or word in _common_words(name) for word in words)
        if said >= 2 and words[0] in ORDERS[name] | POLITE:
            return name
    return None


def _likely_languages(words: set[str], share: float = 0.5) -> set[str]:
    """Name the languages of which a text has the most common words, or this share of them; none of too few."""
    counts = {name: sum(len(word) > 1 for word in words & _common_words(name)) for name in FUNCTION_WORDS}
    most = max(counts.values())
    return {name for name, count in counts.items() if count and count >= share * most}


@lru_cache
def _common_words(language: str) -> frozenset[str]:
    return stop_words(language, chat=False) | (VERBS | TELL | GIVE if language == "English" else frozenset())


def repetition(original: str, refined: str) -> str | None:
    """Fail a word, phrase, sentence or character that is repeated over and over, unless the original does that too."""
    before, after = (CODE.sub(GAP, text).casefold() for text in (original, refined))
    for find in (_character_loops, _word_loops):
        known = find(before)
        for unit, loop in find(after).items():
            if unit not in known:
                return shown(loop)
    sentences = _sentences(before)
    for sentence, count in _sentences(after).items():
        if count >= 4 and count >= 2 * sentences[sentence]:
            return shown(" ".join(sentence))
    return None


def length(original: str, refined: str, max_growth: float = MAX_GROWTH) -> str | None:
    """Fail more than `max_growth` times the words of the original; 60 words are always allowed."""
    words, most = _size(refined), max(60, max_growth * _size(original))
    return f"{words:.0f} words, at most {most:.0f} expected" if words > most else None


CHECKS: dict[str, Callable[..., str | None]] = {
    "empty": empty,
    "answer": answer,
    "lost span": lost_span,
    "lost request": lost_request,
    "invented span": invented_span,
    "changed number": changed_number,
    "lost negation": lost_negation,
    "changed entity": changed_entity,
    "dangerous addition": dangerous_addition,
    "language": language,
    "repetition": repetition,
    "drift": drift,
    "length": length,
}


# During a search a text may grow by one step after another.
SEARCH_CHECKS = tuple(name for name in CHECKS if name != "length")


def _level(text: str) -> str:
    """Write line breaks, blanks and accents in one way, and leave out what nobody sees."""
    return unicodedata.normalize(
        "NFC", INVISIBLE.sub("", text.replace("\xa0", " ").replace("\r\n", "\n").replace("\r", "\n"))
    )


# Language.


def _words(text: str) -> list[str]:
    return WORD.findall(text.casefold())


def _switch(before: Counter[str], after: Counter[str]) -> str | None:
    """Say which script took the place of which: the new one was all but absent, and the old text is not kept."""
    if not before or not after:
        return None
    (old, had), (new, _) = before.most_common(1)[0], after.most_common(1)[0]
    if old == new or 3 * before[new] >= had:
        return None
    kept = before[new] > 0 and after[old] >= 0.8 * had
    return None if kept else f"{new} instead of {old}"


# Repetition and length.


def _character_loops(text: str) -> dict[frozenset[str], str]:
    return {frozenset(match[1] or match[2]): match[0] for match in CHARACTER_LOOP.finditer(text)}


def _word_loops(text: str) -> dict[frozenset[str], str]:
    """Find words said four times in a row, and phrases said three times (four when shorter than four words).

    A loop is known by the set of its words, which does not depend on where it is entered. Tables do not count.
    """
    words = [match[0] for match in WORD_OR_CHARACTER.finditer(TABLE_LINE.sub("", text))]
    loops: dict[frozenset[str], str] = {}
    for period in range(1, LONGEST_PERIOD + 1):
        enough = period * (3 if period < 4 else 2)
        same = 0
        for at in range(period, len(words)):
            same = same + 1 if words[at] == words[at - period] else 0
            if same == enough:
                unit = words[at - period + 1 : at + 1]
                if not all(word.isdigit() for word in unit):
                    loops.setdefault(frozenset(unit), " ".join(unit))
    return loops


def _sentences(text: str) -> Counter[tuple[str, ...]]:
    """Count the sentences of four words or more."""
    sentences = (tuple(WORD.findall(sentence)) for sentence in SENTENCE_END.split(TABLE_LINE.sub("", text)))
    return Counter(sentence for sentence in sentences if len(sentence) >= 4)


def _size(text: str) -> float:
    return len(WORD.findall(text)) + sum(1 for _ in UNSPACED.finditer(text)) / 2
