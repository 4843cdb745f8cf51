"""Text that is given to be worked on, as in "correct this paragraph: ...": a refinement leaves it as it is."""

import difflib

import regex


_TEXT = (
    r"(?:text|sentences?|paragraphs?|passage|excerpt|transcri\w+|tweet|post|review|article|story|poem|lyrics|"
    r"e-?mail|message|letter|essay|snippet|citation|quote|phrases?|words?|recipe|resume|caption)"
)
# What names a text that stands before or after it.
_GIVEN = regex.compile(
    rf"(?i)\b(?:given|following|provided|below|above|this|these)\b(?:\W+\w+){{0,3}}?\W+{_TEXT}\b"
    rf"|\b{_TEXT}\W+(?:below|above|given)\b"
)
# Its mistakes are what the task is about.
_CORRECT = regex.compile(
    r"(?i)\b(?:proof-?read|spell-?check|copy-?edit)\b"
    rf"|\b(?:correct|fix|edit|check|tune|polish|improve|mend)\b(?:\W+\w+){{0,4}}?\W+"
    rf"(?:{_TEXT}|grammar|spelling|punctuation|typos?)\b"
    rf"|\b(?:mistakes|errors)\W+(?:in|of)\W+(?:the|this|these|my|our|given)\b.{{0,20}}\b{_TEXT}\b"
)
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+(?:['’_-][\p{L}\p{M}\p{N}]+)*+")
_COLON = regex.compile(r":[ \t]+(?=\S+[ \t]+\S+[ \t]+\S)")
_LONGEST_ORDER = 40  # words
_ALIKE = 0.7  # of two spellings of a word


def changed_material(original: str, refined: str) -> str | None:
    """Fail a word of the given text that is gone; where mistakes are to be corrected, one that is mended, too."""
    found = _split(original)
    if found is None:
        return None
    order, material = found
    words, said = _words(material), _words(refined)
    if _CORRECT.search(order):
        same = difflib.SequenceMatcher(None, said, words, autojunk=False).find_longest_match()
        kept = said[max(same.a - same.b, 0) :]
        return next((word for place, word in enumerate(words) if kept[place : place + 1] != [word]), None)
    known = set(said)
    return next((word for word in words if len(word) > 3 and word not in known and not _is_there(word, known)), None)


def _split(text: str) -> tuple[str, str] | None:
    """Tell the order from the text that it speaks of: lines after it or before it, or what follows its colon."""
    lines = [line for line in text.strip().split("\n") if line.strip()]
    if len(lines) > 1:
        for order, given in ((lines[0], lines[1:]), (lines[-1], lines[:-1])):
            if len(order.split()) <= _LONGEST_ORDER and (_GIVEN.search(order) or _CORRECT.search(order)):
                return order, "\n".join(given)
        return None
    order, colon, material = _COLON.sub("\n", text, count=1).partition("\n")
    is_order = colon and len(order.split()) <= _LONGEST_ORDER and _CORRECT.search(order)
    return (order, material) if is_order else None


def _words(text: str) -> list[str]:
    return [word.casefold().replace("’", "'") for word in _WORD.findall(text)]


def _is_there(word: str, known: set[str]) -> bool:
    return bool(difflib.get_close_matches(word, known, n=1, cutoff=_ALIKE))
