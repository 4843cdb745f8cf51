"""What must come through a rewrite: code, references, quoted strings, numbers, scripts.

What is taken out of a text leaves `GAP`, which no pattern of a span crosses: no new span arises from the rest.
"""

import unicodedata
from collections import Counter
from typing import NamedTuple

import regex

from .word_lists import NUMBER_WORDS, ORDINALS, SCALES


# Patterns: look-behinds and possessive `++` keep a run that cannot match from being tried again at each position.
CODE = regex.compile(
    r"(?P<fence>(?<!`)`{3,}+|(?<!~)~{3,}+)[^\n`~]*+\n(?P<block>(?s:.*?))(?P=fence)"
    r"|(?P<ticks>(?<!`)`++)(?P<inline>[^`\n]++)(?P=ticks)(?!`)"
)
GAP = "\ufffc"
URL = regex.compile(r"(?i)(?<!\w)(?:(?:https?|ftp)://|www\.)[-\w.~:/?#\[\]@!$&()*+,;=%]++", regex.ASCII)
EMAIL = regex.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]+)++")
VARIABLE = regex.compile(
    r"\$?\{\{[^{}\n\uFFFC]{1,80}\}\}"
    r"|\$\{[^{}\n\uFFFC]{1,80}\}"
    r"|(?<![\w\\^}$])\{ ?[\p{L}\d_][\w.\- ]{0,40}\}"  # not the braces of \frac{a}{b} and x^{n}
    r"|(?<!\w)<[\p{L}_][\w \-]{0,40}>"  # not the brackets of List<String>
    r"|(?<![\w%])%(?:\(\w{1,40}\))?(?:\.\d{1,3})?[a-zA-Z](?!\w)"
)
QUOTE = regex.compile(
    r"""(?<!\w)"(?!\s)([^"]{1,1000})(?<!\s)"(?!\w)"""
    r"""|[“„]([^“”„]{1,1000})[”“]|[«]([^«»]{1,1000})[»]|[「]([^「」]{1,1000})[」]"""
    r"""|(?<!\w)['‘](?!\s)((?:[^'‘’\n]|(?<=\w)['’](?=\w)){1,300}+)(?<!\s)['’](?!\w)"""  # apostrophes may be inside
)
QUOTE_MARK = regex.compile(r"""["'“”„«»‘’「」]""")
ENUMERATOR = regex.compile(r"(?m)^[ \t]*+(?:[-*#>+]++[ \t]*+)?[(\[]?(\d{1,3})[.)\]](?=[ \t])")
FOR_A_WORD = regex.compile(r"(?<=\p{L} )(?P<digit>[24]) (?P<next>\p{L}{1,20})(?!\w)")  # "a gift 4 my mum"
# Scripts without spaces between words: there, characters are counted, and two of them are taken for a word.
UNSPACED = regex.compile(
    r"(?P<Han>\p{Script=Han})|(?P<Japanese>[\p{Script=Hiragana}\p{Script=Katakana}])|(?P<Thai>\p{Script=Thai})"
    r"|(?P<Lao>\p{Script=Lao})|(?P<Khmer>\p{Script=Khmer})|(?P<Burmese>\p{Script=Myanmar})"
)
_SPACED = (
    r"[^\W\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}"
    r"\p{Script=Myanmar}]++"
)
# Words of two letters or more, so that the single letters of formulas are no language.
SCRIPT = regex.compile(
    "|".join(
        rf"(?P<{name}>\p{{Script={name}}}{{2,}}+)"
        for name in (
            *("Latin", "Cyrillic", "Greek", "Arabic", "Hebrew", "Devanagari", "Hangul", "Armenian", "Georgian"),
            *("Bengali", "Tamil", "Telugu", "Gujarati", "Gurmukhi", "Kannada", "Malayalam", "Sinhala", "Ethiopic"),
        )
    )
)
WORD = regex.compile(_SPACED)
WORD_OR_CHARACTER = regex.compile(rf"{UNSPACED.pattern}|{_SPACED}")

_NUMBER_WORD = "|".join([*NUMBER_WORDS, *SCALES])
_NUMBER_WORD = "|".join([*NUMBER_WORDS, *SCALES])
TOKEN = regex.compile(
    rf"""
    (?P<name>    (?<!\w) \p{{L}} [^\W\d]*+ \d \w*+ )                            # H2O, x1: a name, whole
  | (?P<digits>  (?: (?<= [=(\[,<>*/^] [ ]? | \p{{L}} [ ] ) [-−] )?             # a sign, not a hyphen or a bullet
                 (?: \d+ (?P<joint>[-/]) \d+ (?: (?P=joint) \d+ )+              # date, phone number
                   | \d+ (?: : \d+ )+ | \d+ (?: \. \d+ ){{2,}}                    # time, version
                   | \d{{1,3}} (?: , \d{{3}} )+ (?: \. \d+ )? (?! \d )
                   | \d+ (?: \. \d+ )? | (?<! [\w.] ) \. \d+ ) )
                 \p{{L}}*+                                                      # the letters of 3rd, 1990s, 5km
  | (?P<words>   (?<!\w) (?: {_NUMBER_WORD} ) (?: [ -] (?: and [ ] )? (?: {_NUMBER_WORD} ) )* (?!\w) )
  | (?P<ordinal> (?<!\w) (?: {"|".join(ORDINALS)} ) (?!\w) )
  | (?P<other>   [^\W\d]++ )
    """,
    regex.VERBOSE,
)


class Token(NamedTuple):
    """A word or a number of a text.

    Args:
        text (`str`):
            The word in lower case, or the number's value in a form that does not depend on how it was written.
        number (`bool`):
            Whether it is a number.
    """

    text: str
    number: bool


def codes_of(text: str) -> dict[str, None]:
    """Find the bodies of fenced and inline code, in order."""
    return dict.fromkeys(match["block"] or match["inline"] or "" for match in CODE.finditer(text))


def references_of(text: str) -> dict[str, None]:
    """Find URLs, e-mail addresses and template variables, in order of kind."""
    urls = (_without_tail(match[0]) for match in URL.finditer(text))
    rest = URL.sub(GAP, text)
    return dict.fromkeys([*urls, *(match[0] for kind in (EMAIL, VARIABLE) for match in kind.finditer(rest))])


def _without_tail(url: str) -> str:
    """Drop the punctuation of the sentence from the end of a URL; a bracket that the URL opened belongs to it."""
    unclosed = url.count("(") - url.count(")")
    end = len(url)
    while end and url[end - 1] in ".,;:!?*_[])":
        if url[end - 1] == ")":
            if unclosed >= 0:
                break
            unclosed += 1
        end -= 1
    return url[:end]


def plain(text: str) -> str:
    """Take out code and references."""
    for pattern in (CODE, URL, EMAIL, VARIABLE):
        text = pattern.sub(GAP, text)
    return text


def prose(text: str) -> str:
    """Take out quoted strings too."""
    return QUOTE.sub(GAP, plain(text))


def comparable(text: str) -> str:
    """Write every quote mark and every white space in one way."""
    return regex.sub(r"\s++", " ", QUOTE_MARK.sub("'", text))


def quotes_of(text: str) -> dict[str, None]:
    """Find the contents of quoted strings, in order; a final comma or full stop may stand inside or outside."""
    contents = ("".join(filter(None, match.groups())) for match in QUOTE.finditer(plain(text)))
    return dict.fromkeys(comparable(content).strip(" .,") for content in contents)


def holds(text: str, part: str) -> bool:
    """Say whether `part` stands in `text`, and not as a piece of a longer word."""
    start = text.find(part)
    while start >= 0:
        if not (_within_word(text, start) or _within_word(text, start + len(part))):
            return True
        start = text.find(part, start + 1)
    return False


def _within_word(text: str, at: int) -> bool:
    return 0 < at < len(text) and text[at - 1 : at + 1].isalnum()


# Numbers.


def tokens_of(text: str) -> list[Token]:
    tokens = []
    for match in TOKEN.finditer(ENUMERATOR.sub("", text).casefold()):
        kind, found = match.lastgroup, match[0]
        if kind == "digits":
            tokens.append(Token(_value(match["digits"]), True))
        elif kind == "words" and found != "one":
            tokens += [Token(str(value), True) for value in _spelled_values(found)]
        elif kind == "ordinal":
            tokens.append(Token(str(ORDINALS[found]), True))
        else:
            tokens.append(Token(found, kind == "name"))
    return tokens


def _value(digits: str) -> str:
    """Write `1,000` as 1000, `3.50` as 3.5, `.5` as 0.5 and the digits of all scripts as ours; keep dates."""
    value = "".join(str(unicodedata.decimal(digit, digit)) for digit in digits).replace(",", "").replace("−", "-")
    sign, value = ("-", value[1:]) if value.startswith("-") else ("", value)
    if value.count(".") == 1:
        value = value.rstrip("0").removesuffix(".")
        value = "0" + value if value[:1] in (".", "") else value
    return sign + value


def _spelled_values(phrase: str) -> list[int]:
    """Read "two hundred and five" as 205, and "five two" as two numbers."""
    values, total, part = [], 0, 0
    for word in regex.split("[ -]", phrase):
        if word in SCALES:
            part = max(part, 1) * SCALES[word]
            if part >= 1000:
                total, part = total + part, 0
        elif word != "and":
            value = NUMBER_WORDS[word]
            fits = part % 100 == 0 or (part % 100 >= 20 and part % 10 == 0 and value < 10)
            if not fits:
                values.append(total + part)
                total = part = 0
            part += value
    return [*values, total + part]


def numbers_of(text: str) -> dict[str, None]:
    """Find the values of the numbers, in order, without the enumerators of lists."""
    return dict.fromkeys(token.text for token in tokens_of(text) if token.number)


def kept_numbers(original: str, refined: str) -> set[str]:
    """Collect what may stand for the numbers of the original: all numbers of the refined text, and "one" for 1.

    Enumerators count when the original does not use them, as when "first 1) ..., then 2) ..." becomes a list.
    """
    kept = {*numbers_of(refined), *numbers_of(prose(refined))}
    kept.update(set(ENUMERATOR.findall(refined)) - set(ENUMERATOR.findall(original)))
    if Token("one", False) in tokens_of(refined):
        kept.add("1")
    for match in FOR_A_WORD.finditer(original):
        word = "to" if match["digit"] == "2" else "for"
        if regex.search(rf"(?i)(?<!\w){word} {match['next']}(?!\w)", refined):
            kept.add(match["digit"])
    return kept


def numbers_by_context(text: str) -> dict[tuple[int, str, str], set[str]]:
    """Map the two tokens before, around and after each number to the numbers found there."""
    tokens = tokens_of(plain(text))
    numbers: dict[tuple[int, str, str], set[str]] = {}
    for at, token in enumerate(tokens):
        if token.number:
            for first, second in ((-2, -1), (-1, 1), (1, 2)):
                if at + first >= 0 and at + second < len(tokens):
                    context = (first, tokens[at + first].text, tokens[at + second].text)
                    numbers.setdefault(context, set()).add(token.text)
    return numbers


# Scripts.


def scripts_of(text: str) -> Counter[str]:
    """Count the words of each script; two characters of a script without spaces are taken for a word."""
    words = Counter(str(match.lastgroup) for match in SCRIPT.finditer(text))
    characters = Counter(str(match.lastgroup) for match in UNSPACED.finditer(text))
    if 0 < characters["Han"] <= 10 * characters["Japanese"]:
        characters["Japanese"] += characters.pop("Han")
    return words + Counter({script: count // 2 for script, count in characters.items()})
