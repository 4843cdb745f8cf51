"""Which constraints of an instruction does a refined one still state? Knows no answers and no models.

The constraints are those of `constraints`. A refinement may say them in other words, so each is looked for by what
cannot be paraphrased (a keyword, a number, a quoted ending, a marker), by the stems of the words that name it, as in
"comma" or "lowercase", and by what turns it around ("not", "at least"). Whatever of that the instruction has, the
refined text must have, too. It is a check of words: a sentence that takes a constraint back ("commas are fine after
all") or an addition that is at odds with it goes unseen, as does a lost one whose words are there for another reason.
"""

from collections.abc import Sequence
from typing import Any

import regex

from ..errors import InputError
from ..guard import NO_WORDS, NUMBER_WORDS, ORDINALS, QUOTE_MARK
from .constraints import KINDS, OPTIONS, Arguments
from .languages import LANGUAGES


_CAPITALS = r"capital|upper ?-?case|\bcaps\b|lower ?-?case"
_PARTS = r"paragraph|section|part|stanza|verse"
# What names a kind of constraint: of each pattern that the instruction matches, the refined one must have a match.
_CUES: dict[str, tuple[str, ...]] = {
    "change_case:capital_word_frequency": (_CAPITALS,),
    "change_case:english_capital": (_CAPITALS, "english"),
    "change_case:english_lowercase": (r"lower ?-?case|small letters|capital", "english"),
    "combination:repeat_prompt": ("repeat",),
    "combination:two_responses": (r"\*{6}|asterisk", "different"),
    "detectable_content:number_placeholders": (r"placeholder", r"bracket|\[[^\]]*\]"),
    "detectable_content:postscript": (r"postscript|\bp\. ?(?:p\. ?)?s\b",),
    "detectable_format:json_format": ("json",),
    "detectable_format:multiple_sections": (_PARTS,),
    "detectable_format:number_bullet_lists": (r"bullet|point|\* ",),
    "detectable_format:number_highlighted_sections": (r"highlight|italic|bold|emphasi", r"\*"),
    "detectable_format:title": ("title", r"<<|angular|angle"),
    "keywords:letter_frequency": ("letter|character",),
    "length_constraints:nth_paragraph_first_word": (_PARTS, r"\\n|new ?line|line break|blank line|empty line"),
    "length_constraints:number_paragraphs": (_PARTS, r"\*{3}|asterisk|divider"),
    "length_constraints:number_sentences": ("sentence",),
    "length_constraints:number_words": ("word",),
    "punctuation:no_comma": ("comma",),
    "startend:end_checker": (r"\bend|finish|conclu|\blast\b|final|clos",),
    "startend:quotation": (r"quot",),
}
_KEYWORDS = ("keywords:existence", "keywords:frequency")
_QUOTED = ("combination:repeat_prompt", "detectable_format:constrained_response", "startend:end_checker")
_FORBID = ("keywords:forbidden_words", "punctuation:no_comma")
# The argument that holds a number.
_NUMBERS = {
    "change_case:capital_word_frequency": "capital_frequency",
    "detectable_content:number_placeholders": "num_placeholders",
    "detectable_format:multiple_sections": "num_sections",
    "detectable_format:number_bullet_lists": "num_bullets",
    "detectable_format:number_highlighted_sections": "num_highlights",
    "keywords:frequency": "frequency",
    "keywords:letter_frequency": "let_frequency",
    "length_constraints:nth_paragraph_first_word": "num_paragraphs",
    "length_constraints:number_paragraphs": "num_paragraphs",
    "length_constraints:number_sentences": "num_sentences",
    "length_constraints:number_words": "num_words",
}
# The arguments that hold text.
_TEXTS = (
    *("keywords", "forbidden_words", "keyword", "letter", "first_word", "end_phrase", "postscript_marker"),
    *("section_spliter", "prompt_to_repeat"),
)
_NEGATION = regex.compile(rf"\b(?:{NO_WORDS}|none|zero|forbid\w*|prohibit\w*)\b|n't\b|-free\b")
_BOUND = regex.compile(
    r"(?P<least>at least|or (?:more|above)|minimum|(?:no|not) (?:fewer|less) than|\d ?\+)"
    r"|(?P<most>at most|or (?:less|fewer)|maximum|(?:no|not) more than|not exceed|up to|limit|within \d)"
    r"|(?P<more>more than|greater than|(?:over|above) \d|exceed)"
    r"|(?P<fewer>less than|fewer than|(?:under|below) \d)"
    r"|(?P<exactly>exactly|precisely)"
)
_VALUES = {word: str(value) for word, value in (NUMBER_WORDS | ORDINALS).items()} | {
    **dict.fromkeys(("one", "single", "once", "first"), "1"),
    **dict.fromkeys(("two", "twice", "second"), "2"),
    **{"thrice": "3", "last": "last", "final": "last"},
}
_VALUE = regex.compile(rf"\d+(?:,\d{{3}})*|\b(?:{'|'.join(_VALUES)})\b")


def lost_constraints(
    kinds: Sequence[str], arguments: Sequence[Arguments | None], instruction: str, refined: str
) -> list[str]:
    """Name the constraints of an instruction that its refinement no longer states, with what is missing.

    Nothing is lost where the refined text holds the whole instruction. A constraint whose wording is not recognised in
    the instruction counts as lost otherwise: it cannot be told.

    Args:
        kinds, arguments (sequences):
            The constraints, as in [`p_aligner.judging.constraints.follow`].

    Returns:
        `list[str]`: one `"<kind>: <what is missing>"` for each constraint that is lost.

    Raises:
        InputError: a kind is unknown.
    """
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise InputError(f"there is no kind of constraint {unknown[0]!r}: choose from {', '.join(KINDS)}")
    before, after = _plain(instruction), _plain(refined)
    if regex.search(_as_word(instruction), after):
        return []
    sentences = (_sentences(instruction), _sentences(refined))
    found = (
        (kind, _missing(kind, given or {}, (before, after), sentences))
        for kind, given in zip(kinds, arguments, strict=True)
    )
    return [f"{kind}: {missing}" for kind, missing in found if missing]


def _missing(
    kind: str, given: Arguments, texts: tuple[str, str], sentences: tuple[list[str], list[str]]
) -> str | None:
    """Say what the second text lacks of a constraint that the first one states."""
    patterns = [regex.compile(cue) for cue in _CUES.get(kind, ())]
    literals = [regex.compile(_as_word(text)) for text in _literals(kind, given)]
    if kind == "keywords:letter_frequency":  # a letter alone says little: "i" is a word, too
        named = [regex.compile(f"(?:letter|character) '?{literal.pattern}") for literal in literals]
        literals = [name if name.search(texts[0]) else one for name, one in zip(named, literals, strict=True)]
    stated = {pattern: found[0] for pattern in [*literals, *patterns] if (found := pattern.search(texts[0]))}
    if not stated:
        return "its wording is not recognised, and the instruction was changed"
    for pattern, said in stated.items():
        count = len(pattern.findall(texts[1]))
        if not count:
            return f"nothing like {said!r:.80}"
        # The topic may hold a keyword, too.
        if kind in _KEYWORDS and count < min(2, len(pattern.findall(texts[0]))):
            return f"one of the places with {said!r:.80}"
        if kind not in _QUOTED and (turned := _turned(pattern, *sentences, strict=kind in _FORBID)):
            return f"{said!r:.80} {turned}"
    if kind in _NUMBERS:
        return _missing_number(str(given.get(_NUMBERS[kind])), [*stated], *sentences)
    return None


def _missing_number(value: str, units: Sequence[Any], before: list[str], after: list[str]) -> str | None:
    """Say which number, or which "at least", the sentences about one of the units have lost."""
    numbered = [[each for each in part if _values(each)] for part in (before, after)]
    about = [[[each for each in part if unit.search(each)] for unit in units] for part in numbered]
    every = [[each for near in part for each in near] for part in about]
    if not every[0]:  # the number stands in another sentence
        every = [[each for each in part if value in _values(each)] for part in numbered]
    for old, new in [*zip(*about, strict=True), (every[0], every[1] or numbered[1])]:
        facts = [
            _values(*part) | {str(m.lastgroup) for each in part for m in _BOUND.finditer(each)} for part in (old, new)
        ]
        if new and (lost := facts[0] - facts[1]):
            return f"no longer {min(lost)!r}"
    return "no number any more" if every[0] and not numbered[1] else None


def _turned(pattern: Any, before: list[str], after: list[str], *, strict: bool) -> str | None:
    """Say whether a "not" came to, or went from, all sentences with a match; strictly, whether the last one went."""
    old, new = ([bool(_NEGATION.search(each)) for each in part if pattern.search(each)] for part in (before, after))
    if not old or not new:  # it runs over several sentences
        return None
    if (any(old) if strict else all(old)) and not any(new):
        return "without the 'not'"
    return "with a 'not'" if all(new) and not any(old) else None


def _literals(kind: str, given: Arguments) -> list[str]:
    """Collect what must be said literally."""
    if kind == "detectable_format:constrained_response":
        return list(OPTIONS)
    if kind == "language:response_language":
        return [LANGUAGES.get(str(given.get("language")), "")]
    values = [given[name] for name in _TEXTS if given.get(name) is not None]
    return [text for value in values for text in ([value] if isinstance(value, str) else value)]


def _as_word(text: str) -> str:
    """Make a pattern of a text that is no piece of a longer word."""
    text = _plain(text)
    begin, end = (r"(?<!\w)" if text[:1].isalnum() else ""), (r"(?!\w)" if text[-1:].isalnum() else "")
    return f"{begin}{regex.escape(text)}{end}" if text else r"(?!)"


def _values(*sentences: str) -> set[str]:
    return {_VALUES.get(found, found.replace(",", "")) for each in sentences for found in _VALUE.findall(each)}


def _sentences(text: str) -> list[str]:
    return [_plain(part) for part in regex.split(r"(?<=[.!?])\s+|\n+", text) if part.strip()]


def _plain(text: str) -> str:
    """Write case, white space and quotation marks in one way."""
    return regex.sub(r"\s+", " ", QUOTE_MARK.sub("'", text)).strip().casefold()
