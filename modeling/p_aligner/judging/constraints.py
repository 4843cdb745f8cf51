"""Does an answer keep to what can be checked by rule, as IFEval's 25 kinds of constraint? Knows no models.

The kinds, their names and arguments are those of IFEval (Zhou et al. 2023, arXiv 2311.07911); the code is ours and
needs no downloads. Where IFEval asks a library, verdicts on borderline texts can differ: sentences and words are split
by rules here, and languages are told by [`p_aligner.judging.languages`].
"""

import json
from collections.abc import Callable
from typing import Any

import regex

from ..errors import InputError
from .languages import LANGUAGES, is_in


Arguments = dict[str, Any]

_OPTIONS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
# A full stop ends no sentence after these, nor after a single capital letter.
_ABBREVIATION = regex.compile(
    r"(?i)(?:^|[\s(])(?:mr|mrs|ms|dr|prof|st|jr|sr|vs|etc|e\.g|i\.e|cf|fig|vol|approx|inc|ltd|co|u\.s|a\.m|p\.m)\.$"
    r"|(?-i:(?:^|[\s(])\p{Lu}\.)$"
)
# Before a small letter, a mark that is quoted or one of several dots may stand in the middle: '"Why?" he asked.'
_SENTENCE_BREAK = regex.compile(
    r"""(?<=[.!?…。！？।]["'”’)\]*]*)\s+(?=["'“‘(\[*]*[\p{Lu}\p{Lo}\d])|(?<=(?<!\.)\.|[!?。！？।])\s+(?=["'“‘(\[*]*\p{Ll})"""
)
_NUMBER_SIGN = regex.compile(r"(?i)(?:^|[\s(])nos?\.$")  # a full stop ends none after these before a number
_WORD = regex.compile(r"\w+")
_CAPITAL_WORD = regex.compile(r"\w[\w-]*")
_FENCE = regex.compile(r"(?is)\A```(?:json)?\s*(.*?)\s*(?:```)?\Z")


def verify(kind: str, arguments: Arguments | None, response: str, *, loose: bool = False) -> bool:
    """Say whether a response keeps a constraint; a blank one keeps nothing.

    Args:
        kind: one of `KINDS`, for example `"punctuation:no_comma"`.
        arguments: of the constraint, for example `{"num_words": 300, "relation": "at least"}`. Those of other kinds
            may be there, as `None`, as in IFEval's rows.
        loose: whether it is enough that one of eight versions keeps the constraint: without stars, without the first
            line, without the last, and all combinations.

    Raises:
        InputError: the kind is unknown, or an argument is missing or unknown.
    """
    values = values_of(kind, arguments)
    check = _CHECKS[kind][1]
    versions = _loose_versions(response) if loose else [response]
    return any(version.strip() and check(version, *values) for version in versions)


def values_of(kind: str, arguments: Arguments | None) -> list[Any]:
    """Return the values of a constraint's arguments; numbers and lists may be given as text.

    Raises:
        InputError: as [`verify`].
    """
    if kind not in KINDS:
        raise InputError(f"there is no kind of constraint {kind!r}: choose from {', '.join(KINDS)}")
    given = arguments or {}
    values = []
    for name in _CHECKS[kind][0]:
        value: Any = given.get(name) if isinstance(given, dict) else None
        if value is None:
            raise InputError(f"the constraint {kind} needs {name}, it has {given!r:.80}")
        if name.startswith(("num_", "nth_")) or name.endswith("frequency"):
            try:
                value = int(str(value).strip().removesuffix(".0"))
            except ValueError:
                raise InputError(f"the constraint {kind} has {name} {value!r:.40}: write a whole number") from None
        elif name in ("keywords", "forbidden_words"):
            value = [str(word) for word in value] if isinstance(value, list | tuple) else [str(value)]
        else:
            value = str(value)
        known = {"relation": ("at least", "less than"), "language": sorted(LANGUAGES)}.get(name.rpartition("_")[2])
        if known and (value := value.strip().casefold()) not in known:
            raise InputError(f"the constraint {kind} has {name} {value!r}: choose from {', '.join(known)}")
        values.append(value)
    return values


def sentences_of(text: str) -> list[str]:
    """Split a text at the punctuation of sentences; line breaks alone end none, as with headings and verses."""
    found, begin = [], 0
    for gap in _SENTENCE_BREAK.finditer(text):
        is_number = regex.fullmatch(r"\s*\d{1,3}\.", text, pos=begin, endpos=gap.start())
        last = (max(0, gap.start() - 12), gap.start())
        is_sign = text[gap.end() : gap.end() + 1].isdigit() and _NUMBER_SIGN.search(text, *last)
        if not is_number and not is_sign and not _ABBREVIATION.search(text, *last):
            found.append(text[begin : gap.start()])
            begin = gap.end()
    return [sentence for sentence in [*found, text[begin:]] if _WORD.search(sentence)]


def _loose_versions(response: str) -> list[str]:
    lines = response.split("\n")
    cut = [response, *("\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1]))]
    return [*cut, *(version.replace("*", "") for version in cut)]


def _holds_as(count: int, relation: str, limit: int) -> bool:
    return count >= limit if relation == "at least" else count < limit


def _highlights(response: str) -> int:
    """Count texts between single stars and between double ones."""
    single = regex.findall(r"\*([^\n*]*)\*", response)
    double = regex.findall(r"\*\*([^\n*]*)\*\*", response)
    return sum(bool(text.strip()) for text in [*single, *double])


def _divided(response: str, divider: str) -> list[str] | None:
    """Split at a divider; the ends may be blank and do not count, a blank part between two dividers spoils it all."""
    parts = [part.strip() for part in regex.split(divider, response)]
    parts = parts[not parts[0] :]
    parts = parts[: len(parts) - (bool(parts) and not parts[-1])]
    return parts if all(parts) else None


def _paragraphs(response: str, number: int) -> bool:
    parts = _divided(response, r"\s?\*{3}\s?")
    return parts is not None and len(parts) == number


def _begins_paragraph(response: str, number: int, nth: int, first_word: str) -> bool:
    paragraphs = [paragraph.strip() for paragraph in response.split("\n\n") if paragraph.strip()]
    if len(paragraphs) != number or not 1 <= nth <= number:
        return False
    word = regex.match(r"""["'“‘]*([^\s.,?!'"’”]*)""", paragraphs[nth - 1])
    return word is not None and word[1].casefold() == first_word.casefold()


def _postscript(response: str, marker: str) -> bool:
    letters = regex.sub(r"[^a-z]", "", marker.casefold())
    if "." in marker and set(letters) == {"p", "s"}:  # P.S., P.P.S: written with or without spaces
        marker_pattern = r"\.\s?".join(letters) + (r"\." if letters == "ps" else "")
    else:
        marker_pattern = regex.escape(marker.strip().casefold())
    return regex.search(rf"(?<!\w){marker_pattern}", response.casefold()) is not None


def _is_json(response: str) -> bool:
    fenced = _FENCE.match(response.strip())
    try:
        json.loads(fenced[1] if fenced else response)
    except (ValueError, RecursionError):
        return False
    return True


def _two_responses(response: str) -> bool:
    parts = _divided(response, r"\*{6}")
    return parts is not None and len(parts) == 2 and parts[0] != parts[1]


# What each kind needs, in the order in which its check takes it after the response.
_CHECKS: dict[str, tuple[tuple[str, ...], Callable[..., bool]]] = {
    "change_case:capital_word_frequency": (
        ("capital_relation", "capital_frequency"),
        lambda said, relation, limit: _holds_as(
            sum(word.isupper() for word in _CAPITAL_WORD.findall(said)), relation, limit
        ),
    ),
    "change_case:english_capital": ((), lambda said: said.isupper() and is_in(said, "en")),
    "change_case:english_lowercase": ((), lambda said: said.islower() and is_in(said, "en")),
    "combination:repeat_prompt": (
        ("prompt_to_repeat",),
        lambda said, prompt: said.strip().casefold().startswith(prompt.strip().casefold()),
    ),
    "combination:two_responses": ((), _two_responses),
    "detectable_content:number_placeholders": (
        ("num_placeholders",),
        lambda said, number: len(regex.findall(r"\[[^\n]*?\]", said)) >= number,
    ),
    "detectable_content:postscript": (("postscript_marker",), _postscript),
    "detectable_format:constrained_response": ((), lambda said: any(option in said for option in _OPTIONS)),
    "detectable_format:json_format": ((), _is_json),
    "detectable_format:multiple_sections": (
        ("section_spliter", "num_sections"),
        lambda said, name, number: len(regex.findall(rf"{regex.escape(name.strip())}\s?\d+", said)) >= number,
    ),
    "detectable_format:number_bullet_lists": (
        ("num_bullets",),
        lambda said, number: len(regex.findall(r"(?m)^\s*(?:\*[^*\n].*|-.*)$", said)) == number,
    ),
    "detectable_format:number_highlighted_sections": (
        ("num_highlights",),
        lambda said, number: _highlights(said) >= number,
    ),
    "detectable_format:title": (
        (),
        lambda said: any(title.strip("<> ") for title in regex.findall(r"<<[^\n]+?>>", said)),
    ),
    "keywords:existence": (
        ("keywords",),
        lambda said, keywords: all(keyword.casefold() in said.casefold() for keyword in keywords),
    ),
    "keywords:forbidden_words": (
        ("forbidden_words",),
        lambda said, words: (
            not any(regex.search(rf"(?i)(?<!\w){regex.escape(word.strip())}(?!\w)", said) for word in words)
        ),
    ),
    "keywords:frequency": (
        ("keyword", "relation", "frequency"),
        lambda said, keyword, relation, limit: _holds_as(
            said.casefold().count(keyword.strip().casefold()), relation, limit
        ),
    ),
    "keywords:letter_frequency": (
        ("letter", "let_relation", "let_frequency"),
        lambda said, letter, relation, limit: _holds_as(
            said.casefold().count(letter.strip().casefold()), relation, limit
        ),
    ),
    "language:response_language": (("language",), is_in),
    "length_constraints:nth_paragraph_first_word": (
        ("num_paragraphs", "nth_paragraph", "first_word"),
        _begins_paragraph,
    ),
    "length_constraints:number_paragraphs": (("num_paragraphs",), _paragraphs),
    "length_constraints:number_sentences": (
        ("relation", "num_sentences"),
        lambda said, relation, limit: _holds_as(len(sentences_of(said)), relation, limit),
    ),
    "length_constraints:number_words": (
        ("relation", "num_words"),
        lambda said, relation, limit: _holds_as(len(_WORD.findall(said)), relation, limit),
    ),
    "punctuation:no_comma": ((), lambda said: "," not in said),
    "startend:end_checker": (
        ("end_phrase",),
        lambda said, phrase: said.strip().strip('"').casefold().endswith(phrase.strip().casefold()),
    ),
    "startend:quotation": ((), lambda said: regex.fullmatch(r'(?s)\s*".*"\s*', said) is not None),
}
KINDS = tuple(_CHECKS)
