"""What must come through a rewrite: code, references, quoted strings, numbers, scripts.

What is taken out of a text leaves `GAP`, which no pattern of a span crosses: no new span arises from the rest.
"""

from collections import Counter
from collections.abc import Callable
from functools import lru_cache

import regex


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
    r"|</[\p{L}_][\w:.\-]{0,40}>|<[\p{L}_]\w{0,20} ?/>|<\|[\w ]{1,40}\|>"
    r"|(?<!\w)<[\p{L}_][\w:.\-]{0,40}+(?: [\w:\-]{1,40}=(?:\"[^\"<>\n]{0,200}\"|'[^'<>\n]{0,200}')){1,9} ?/?>"
    r"|(?<![\w%])%(?:\(\w{1,40}\))?(?:\.\d{1,3})?[a-zA-Z](?!\w)"
)
# What else is copied sign by sign, whatever its case: paths, files, sites, names of people and topics.
_FILE = (
    "py js ts jsx tsx java c cpp h hpp cs go rs rb php sh bash zsh bat ps1 sql html htm css scss json jsonl "
    "yaml yml toml ini cfg conf env xml csv tsv txt md rst tex log pdf doc docx odt xls xlsx ppt pptx png jpg "
    "jpeg gif svg webp mp3 mp4 wav avi mov mkv zip tar gz tgz rar exe dll deb rpm iso ipynb lock db sqlite bak "
    "tmp dat bin"
)
_SITE = (
    "com org net edu gov mil io dev app ai info biz xyz online shop blog news site store tech co\\.uk org\\.uk "
    "ac\\.uk uk de fr nl ch eu pl tv ca au jp cn ru br"
)
PATH = regex.compile(
    rf"""(?x) (?<! [\w/.:<~@\\*-] ) (?:
      [A-Za-z] : (?: \\ [\w.$-]++ (?: [ ] [\w.$-]++ (?=\\) )*+ )++ \\?
    | (?: ~ | \.{{1,2}} )? / (?! (?: or | and | her | she | they | them | und | oder | ou | o | y | e ) \b )
      (?: [\w.@+-]++ / )*+ [\w@+-][\w.@+-]*+ (?<= \w ) /?
    | (?: [\w.-]++ / )++ [\w-]++ \. [A-Za-z] \w{{0,5}}+
    | (?! (?: node | vue | react | next | nuxt | three | express | angular | d3 | chart | p5 | ember | nest ) \.js )
      [\w-]{{2,}}+ (?: \. [\w-]++ )*? \. (?: {"|".join(_FILE.split())} ) (?! [\w-] )
    )""",
    regex.IGNORECASE,
)
FILE_NAME = regex.compile(r"[\w.-]++")
SITE = regex.compile(
    rf"(?i)(?<![\w@./\\-])(?:[a-z0-9-]{{1,63}}+\.){{1,5}}(?:{'|'.join(_SITE.split())})(?![\w-])(?:/[\w./?=&%#-]*+(?<=\w)/?)?"
)
MENTION = regex.compile(r"(?<![\w.@/\\])@[\p{L}_]\w++(?:\.\w++)*+|(?<![\w&/#@])#[\p{L}_]\w++")
PLACEHOLDER = regex.compile(r"(?<![\w\])])\[/?[\p{L}_][\w '/\-]{0,40}\](?![\w(\[])")
SHELL_NAME = regex.compile(r"(?<![\w$\\{])\$[A-Za-z_]\w++(?![\w$])")
LATEX = regex.compile(
    r"\$\$[^$]{1,500}\$\$|(?<![\w$\\])\$(?![\s\d.,]*\s|\s)(?=[^$\n]{0,200}?[\\^_=+*<>{}-]|\p{L}\$)[^$\n]{1,200}(?<!\s)\$(?![\w$])"
    r"|\\\((?s:.{1,500}?)\\\)|\\\[(?s:.{1,500}?)\\\]"
)
SENTENCE = regex.compile(r"[^.!?\n]++(?:\.(?=\w)[^.!?\n]++)*+")
QUOTE = regex.compile(
    r"""(?<!\w)"(?!\s)([^"]{1,1000})(?<!\s)"(?!\w)"""
    r"""|[“„]([^“”„]{1,1000})[”“]|[«]([^«»]{1,1000})[»]|[「]([^「」]{1,1000})[」]"""
    r"""|(?<!\w)['‘](?!\s)((?:[^'‘’\n]|(?<=\w)['’](?=\w)){1,300}+)(?<!\s)['’](?!\w)"""  # apostrophes may be inside
)
QUOTE_MARK = regex.compile(r"""["'“”„«»‘’「」]""")
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


_MARKS = (PATH, SITE, MENTION, PLACEHOLDER, SHELL_NAME)


def codes_of(text: str) -> dict[str, None]:
    """Find the bodies of fenced and inline code, in order."""
    return dict.fromkeys(match["block"] or match["inline"] or "" for match in CODE.finditer(text))


def references_of(text: str) -> Counter[str]:
    """Find URLs, e-mail addresses and template variables, in order of kind; tags, which come in pairs, are counted."""
    urls = (_without_tail(match[0]) for match in URL.finditer(text))
    rest = URL.sub(GAP, text)
    found = Counter([*urls, *(match[0] for kind in (EMAIL, VARIABLE) for match in kind.finditer(rest))])
    return Counter({name: count if name[:1] == "<" else 1 for name, count in found.items()})


def marks_of(text: str) -> dict[str, str]:
    """Map paths, sites, mentions, tags, placeholders and names of a shell, in lower case, to how they are written."""
    for pattern in (CODE, URL, EMAIL, LATEX):
        text = pattern.sub(GAP, text)
    found: dict[str, str] = {}
    for pattern in _MARKS:
        found |= {match[0].casefold(): match[0] for match in pattern.finditer(text)}
        text = pattern.sub(GAP, text)
    return found


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


@lru_cache(maxsize=32)  # many checks look at the same few texts
def plain(text: str) -> str:
    """Take out code, references and marks."""
    for pattern in (CODE, URL, EMAIL, VARIABLE, *_MARKS):
        text = pattern.sub(GAP, text)
    return text


def prose(text: str) -> str:
    """Take out quoted strings too."""
    return QUOTE.sub(GAP, plain(text))


def comparable(text: str) -> str:
    """Write every quote mark and every white space in one way, in lower case."""
    return regex.sub(r"\s++", " ", QUOTE_MARK.sub("'", text)).casefold()


def quotes_of(text: str) -> dict[str, None]:
    """Find the contents of quoted strings, in order; a final comma or full stop may stand inside or outside."""
    contents = ("".join(filter(None, match.groups())) for match in QUOTE.finditer(plain(text)))
    return dict.fromkeys(comparable(content).strip(" .,") for content in contents)


def holds(text: str, part: str, is_whole: Callable[[str], bool] = str.isalnum) -> bool:
    """Say whether `part` stands in `text`, and begins and ends in no longer word (or number, with `str.isdigit`)."""
    start = text.find(part)
    while start >= 0:
        if not any(0 < at < len(text) and is_whole(text[at - 1 : at + 1]) for at in (start, start + len(part))):
            return True
        start = text.find(part, start + 1)
    return False


# Scripts.


def scripts_of(text: str) -> Counter[str]:
    """Count the words of each script; two characters of a script without spaces are taken for a word."""
    words = Counter(str(match.lastgroup) for match in SCRIPT.finditer(text))
    characters = Counter(str(match.lastgroup) for match in UNSPACED.finditer(text))
    if 0 < characters["Han"] <= 10 * characters["Japanese"]:
        characters["Japanese"] += characters.pop("Han")
    return words + Counter({script: count // 2 for script, count in characters.items()})


def shown(text: str) -> str:
    """Put `text` on one short line."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57] + "..."


def letters_of(text: str) -> str:
    """Write a text without all that is no letter or digit, so that "I can't do" is said in "i cant do this"."""
    return "".join(filter(str.isalnum, text.casefold()))
