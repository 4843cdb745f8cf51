"""Is a refinement safe to use? Pure checks on two texts, the original and the refined. Knows nothing of models.

A check takes `(original, refined)` and returns what is wrong, or `None`; it never repairs anything. A false alarm
throws a good refinement away, so the checks are conservative: what the original does itself is never held against the
refined text, and `failed_checks(x, x) == []` for every `x` that is not blank. All of them run in near linear time.
The module and those that it imports are copied into model repositories as they are: they need nothing but `regex`.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache

import regex

from .amounts import changed_number, given_numbers, lost_numbers, lost_units
from .answers import REQUEST, answer
from .contraries import contrary
from .dangers import dangerous_addition
from .entities import changed_entity
from .errors import Reason
from .inventions import invented_amount
from .negations import lost_denial
from .request import drift, lost_request, without_asides
from .spans import (
    CODE,
    EMAIL,
    FILE_NAME,
    GAP,
    PATH,
    QUOTE,
    SITE,
    UNSPACED,
    URL,
    VARIABLE,
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
from .word_lists import FUNCTION_WORDS, GIVE, NOT_CONTENT, TELL, VERBS, stop_words


# Names of other modules that are looked for here.
__all__ = ["CHECKS", "CODE", "EMAIL", "FUNCTION_WORDS", "MAX_GROWTH", "NOT_CONTENT", "QUOTE", "REQUEST"]
__all__ += ["SEARCH_CHECKS", "URL", "VARIABLE", "WORD", "failed_checks", "scripts_of"]

CHARACTER_LOOP = regex.compile(r"(\p{L}{1,8}?)\1{7,}|([^\p{L}\d\s])\2{39,}")
TABLE_LINE = regex.compile(r"(?m)^[ \t]*+\|.*$")
SENTENCE_END = regex.compile(r"[.!?\n。！？]++")
LONGEST_PERIOD = 50
MAX_GROWTH = 4.0  # times the words of the original


def failed_checks(
    original: str, refined: str, *, max_growth: float = MAX_GROWTH, checks: Iterable[str] | None = None
) -> list[Reason]:
    """Name what speaks against using `refined` in place of `original`; an empty list says that it is safe to use.

    Args:
        original, refined (`str`):
            The instruction as the user wrote it, and as a model rewrote it.
        max_growth (`float`, *optional*, defaults to 4.0):
            How many times the words of the original the refined text may have, for `length`.
        checks (iterable of `str`, *optional*):
            Names of the checks to apply, by default all of `CHECKS`, whose order they keep.

    Returns:
        `list` of [`Reason`]: one for each failed check, with the check's name.

    Raises:
        ValueError: a name in `checks` is unknown.
    """
    wanted = set(CHECKS if checks is None else checks)
    if unknown := sorted(wanted - CHECKS.keys()):
        raise ValueError(f"unknown check {unknown[0]!r}: choose from {', '.join(CHECKS)}")
    original, refined = _level(original), _level(refined)
    failed = []
    for name, check in CHECKS.items():
        if name in wanted:
            options = {"max_growth": max_growth} if check is length else {}
            detail = check(original, refined, **options)
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
    known = {*references_of(original), *references_of(CODE.sub(GAP, original))}
    invented = [reference for reference in references_of(CODE.sub(GAP, refined)) if reference not in known]
    said = letters_of(original)
    for mark, name in marks_of(CODE.sub(GAP, refined)).items():
        stem = mark.partition("/")[0].rpartition(".")[0] if SITE.fullmatch(mark) else mark
        if not (PATH.fullmatch(mark) and FILE_NAME.fullmatch(mark)) and letters_of(stem) not in said:
            invented.append(name)
    return shown(invented[0]) if invented else invented_amount(original, refined)


def language(original: str, refined: str) -> str | None:
    """Fail another script or, from six words on, another language, in all or in a sentence that is added."""
    before, after = prose(original), prose(refined)
    switched = _switch(scripts_of(before), scripts_of(after), least=1)
    if switched is None:
        # A single letter, as in "x + y = 10, i need y", may be of many languages.
        words, refined_words = ([word for word in _words(text) if len(word) > 1] for text in (before, after))
        if min(len(words), len(refined_words)) < 6 or len(set(words) - set(refined_words)) <= 0.2 * len(set(words)):
            return _foreign_addition(before, after)
        old, new = _closest_language(words), _closest_language(refined_words)
        # Related languages share many of these words: only those tell that the other one lacks.
        switched = _switch(_telling_words(words, old, new), _telling_words(refined_words, old, new), least=2)
    return switched or _foreign_addition(before, after)


def _foreign_addition(before: str, after: str) -> str | None:
    """Name a sentence that is added in another language or script than any of the original."""
    words, scripts = {word.key for word in words_of(before)}, scripts_of(before)
    own = _likely_languages(words)
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


def _likely_languages(words: set[str]) -> set[str]:
    """Name the languages of which a text has the most common words, or nearly so; none when it has too few."""
    counts = {name: sum(len(word) > 1 for word in words & _common_words(name)) for name in FUNCTION_WORDS}
    most = max(counts.values())
    return {name for name, count in counts.items() if count and 2 * count >= most}


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
    """Write line breaks in one way, and leave out what nobody sees."""
    return (
        text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "").replace("\u200b", "").replace("\xa0", " ")
    )


# Language.


def _words(text: str) -> list[str]:
    return WORD.findall(text.casefold())


def _closest_language(words: list[str]) -> str:
    return max(FUNCTION_WORDS, key=lambda name: sum(word in FUNCTION_WORDS[name] for word in words))


def _telling_words(words: list[str], one: str, other: str) -> Counter[str]:
    pairs = ((one, other), (other, one))
    return Counter(
        {name: sum(word in FUNCTION_WORDS[name] - FUNCTION_WORDS[lack] for word in words) for name, lack in pairs}
    )


def _switch(before: Counter[str], after: Counter[str], least: int) -> str | None:
    """Say which label took the place of which: the new one was all but absent, and the old text is not kept."""
    if not before or not after:
        return None
    (old, had), (new, has) = before.most_common(1)[0], after.most_common(1)[0]
    if old == new or min(had, has) < least or 3 * before[new] >= had:
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
