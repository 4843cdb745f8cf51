"""How words are typed in chats: digits for sounds, letters left out, "d" for "th". Knows no meaning."""

from collections.abc import Iterable

import regex

from .spelling import is_respelling, sound, word_key, words_of


# Behind a word and before another one or a number, or at the end: "a gift 4 my mum", "games 4 2 players", "me 2".
_FOR_A_WORD = regex.compile(
    r"(?i)(?<=\p{L} |\p{L}\d |\A)(?P<digit>[24])(?: (?P<next>\p{L}{1,20}|\d{1,4})(?!\w)|(?=[?!]|[.,](?!\d)|\Z))"
)
_FOR_A_SYLLABLE = regex.compile(r"(?<!\w)[24]\p{L}{2,12}(?!\w)")  # "4get"
_MOST = 20  # digits that are looked at, so that the time stays linear
_NUMBERS = {str(value): word for value, word in enumerate("two three four five six seven eight nine ten".split(), 2)}
_SAID = {"2": ("to", "too"), "4": ("for",)}
_DIGIT = {"1": "one", "2": "to", "4": "for", "8": "ate"}
_CHAT_NAME = regex.compile(r"(?=.*[a-z])[a-z]*[1248][a-z]*")
_VOWELS = regex.compile(r"[aeiouy]")
_TH = (("th", "d"), ("th", "f"), ("th", "v"), ("th", "t"))


def without_chat_digits(original: str, refined: str) -> str:
    """Take out of an original the digits that the refined text has as the words "to", "too" and "for"."""

    def spelt_out(match: regex.Match[str]) -> str:
        behind = match["next"]
        if behind and _NUMBERS.get(behind):
            behind = rf"(?:{behind}|{_NUMBERS[behind]})"
        elif behind:
            behind = regex.escape(behind)
        for word in _SAID[match["digit"]]:
            if regex.search(rf"(?i)(?<!\w){word}" + (rf" {behind}(?!\w)" if behind else r"(?!\w)"), refined):
                return " " * len(match["digit"]) + match[0][1:]
            if behind and digit_means_to(original, match, refined):
                return " " + match[0][1:]
            following = original[match.end() - len(match["next"] or "") :].split()[:1]
            new = words_behind(word, refined) if behind else []
            if following and any(_may_be(word_key(following[0]), word_key(other)) for other in new):
                return " " + match[0][1:]
        return match[0]

    text = _FOR_A_WORD.sub(spelt_out, original, count=_MOST)
    if not _FOR_A_SYLLABLE.search(text):
        return text
    said = {word.key for word in words_of(refined)}

    def sounded(match: regex.Match[str]) -> str:
        return " " + match[0][1:] if is_sounded(match[0].casefold(), said) else match[0]

    return _FOR_A_SYLLABLE.sub(sounded, text, count=_MOST)


def digit_means_to(original: str, match: regex.Match[str], refined: str) -> bool:
    """Say whether a "2" is that of "how 2 do it", of which "how do I do it" has no "to"."""
    return (
        match["digit"] == "2"
        and original[: match.start()]
        .rstrip()
        .casefold()
        .endswith(("how", "what", "where", "when", "who", "which", "next", "close", "due", "able", "used"))
        and regex.search(rf"(?i)(?<!\b(?:two|2) ){regex.escape(match['next'])}", refined) is not None
    )


def _may_be(key: str, other: str) -> bool:
    return is_respelling(key, other) or (len(key) >= 3 and other.startswith(key))


_ARTICLE = r"(?:(?:an?|the|my|our|your|his|her|their|some|this|two|it is|it'?s)[ ])?"


def words_behind(word: str, text: str) -> list[str]:
    return regex.findall(rf"(?i)(?<!\w){word} {_ARTICLE}(\p{{L}}+)", text)


def is_sounded(name: str, words: Iterable[str]) -> bool:
    """Say whether one of these keys is what a name with a digit is said as, as "someone" is for "sum1"."""
    if not _CHAT_NAME.fullmatch(name):
        return False
    said = regex.sub("[1248]", lambda match: _DIGIT[match[0]], name)
    said = "any" + said[2:] if said.startswith("neo") else said
    return any(other == said or (len(sound(said)) > 1 and sound(other) == sound(said)) for other in words)


def short_forms(words: Iterable[str]) -> set[str]:
    """Collect how keys may be shortened or respelt: "gd" for "good", "dis" for "this"."""
    found = {_VOWELS.sub("", word) for word in words if word[0] not in "aeiouy"}
    return {short for short in found if len(short) > 1} | {
        word.replace(*pair) for word in words if "th" in word for pair in _TH
    }
