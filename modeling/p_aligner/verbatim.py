"""What must come through sign by sign: symbols, formulas, operators, commands, tables, data. Knows no meaning.

Formulas are compared without white space and with one sign for each operation, however it is written or said.
"""

import unicodedata
from collections.abc import Iterable, Iterator

import regex

from .heads import main_language
from .spans import CODE, GAP, LATEX, PATH, URL, holds, plain
from .spelling import word_key, words_of
from .word_lists import POLITE, QUESTIONS, VERBS, stop_words, word_set


_SIGNS = str.maketrans(
    {
        **dict.fromkeys("×✕·∙⋅∗", "*"),
        **dict.fromkeys("−–—", "-"),
        **{"÷": "/", "≤": "<=", "≥": ">=", "≠": "!=", "²": "^2", "³": "^3", "⁴": "^4", "√": "√"},
    }
)
# How operations are said between two numbers or letters of the refined text.
_SAID = [
    (regex.compile(rf"(?<=[\w)%])[ ]+(?:{words})[ ]+(?=[\d(]|\p{{L}}\b)"), sign)
    for words, sign in (
        (r"plus|added to|mais|più|más", "+"),
        (r"minus|less|menos|meno|moins", "-"),
        (r"times|multiplied by|by|mal|fois|por|per|x", "*"),
        (r"divided by|over|geteilt durch|durch|divisé par|entre|dividido por|diviso", "/"),
        (r"to the power of|raised to|hoch", "^"),
        (r"(?:is )?greater than or equal to|(?:is )?at least", ">="),
        (r"(?:is )?less than or equal to|(?:is )?at most", "<="),
        (r"(?:is )?greater than|(?:is )?more than|(?:is )?larger than", ">"),
        (r"(?:is )?less than|(?:is )?smaller than", "<"),
        (r"to|bis|till|until|through|and|à|a|tot|do", "-"),  # of "9 - 5"
    )
]
_ROOT = regex.compile(r"(?i)\bsqrt[ ]?\((?P<of>\w{1,9})\)")
_POWER = [(regex.compile(r"[ ]+squared\b"), "^2"), (regex.compile(r"[ ]+cubed\b"), "^3")]
_OPERATOR = r"(?:\*\*|<=|>=|!==?|===?|&&|\|\||[-+*/^<>&])"
_SUFFIX = (
    r"(?:(?!(?:kg|km|cm|mm|ml|cl|dl|gb|mb|tb|kb|hz|am|pm|th|st|nd|rd|ft|oz|lb|px|mg|ms|min|mph|hr|yr|usd|eur|gbp|sek|kr|zl|rs)"
    r"(?!\p{L}))[a-z]{1,3}(?![\p{L}\d]))"
)
_OPERAND = (
    rf"[(\[{{$€£√]*+-?+(?:\d++(?:[.,]\d++)*+%?+{_SUFFIX}?+|"
    r"(?:sin|cos|tan|log|ln|exp|sqrt)\([^()\n]{1,20}\)|[a-z](?![\p{L}\d]))(?:\([a-z\d]\))?+[)\]}!%']*+"
)
_TERM = regex.compile(r"(?<![\w.,])(?P<number>\d++)(?P<letters>[a-z]{2,3})(?![\p{L}\d])")
_FORMULA = regex.compile(rf"(?<![\p{{L}}\d.,:/@#_\\]){_OPERAND}(?:[ ]*+{_OPERATOR}[ ]*+{_OPERAND}(?![\p{{L}}\d:_]))++")
_RELATION = regex.compile(r"(?<![\w<>=-])([\p{L}_][\w.]{1,40}+)\s*+(>=|<=|!=|==|>|<)\s*+(-?[\w.]{1,40}+)(?![>\w])")
_CHAT_SIGN = regex.compile(r"[wu] [-+]\S+|w/ .*|[(]?\d+ ?& ?\d+[)]?")  # "with +49", "kids (6 & 9)"
_RANGE = regex.compile(r"\d+([-/])\d+(?:\1\d+)*")
_LETTERS_ONLY = regex.compile(r"\p{L}(?:\s*[-/&]\s*\p{L})+|[mk]?m\^[23]")
# Operators of programs, wherever they stand, and what they may be called.
_SAID_AS = (
    "and,or,equal,not equal,at least|greater than or equal|≥|or more,at most|less than or equal|≤|or less|or fewer"
)
_PROGRAM = dict(zip("&& || == != >= <=".split(), _SAID_AS.split(","), strict=True))
_PROGRAM_SIGN = regex.compile(r"(?<![=<>!&|+:?*^-])(?:===?|!==?|&&|\|\||>=|<=|\+=|-=|<<|>>|::)(?![=<>&|?:])")
_MOST = 40  # formulas and rows that are looked for, so that the time stays linear
_LATEX_NAME = regex.compile(r"\\[A-Za-z]{2,}")
# A program with its flags, as in "tar -xzf": a single hyphen and up to four letters, or two hyphens.
_COMMAND = regex.compile(
    r"(?<![\w-])[\w./]+(?:[ ]+(?:-[A-Za-z]{1,4}\b|--[A-Za-z][\w-]*+)(?:=\S+)?(?![-'’]))++(?:[ ]+/(?=\s|$))?"
)
_OPEN_CALL = regex.compile(r"(?m)[\w.]+\([^()\n]{1,80}$")
# Arguments have an order: "P(B|A)", "\\frac{a}{b}".
_ARGUMENTS = regex.compile(
    r"(?<!\w)\p{L}\w{0,20}\([^()\n|,;]{1,40}[|,;][^()\n]{1,40}\)|\\\p{L}{2,}(?:\{[^{}\n]{1,80}\}){2,}"
)
_CALL = regex.compile(r"(?<![\w.])[\p{L}_][\w.]*_\w*+\b|(?<![\w.])[A-Za-z_][\w.]{1,60}\(\)")
_TABLE_ROW = regex.compile(r"(?m)^[ \t]*+\|.*\|[ \t]*+$")
_DATA_ROW = regex.compile(r"(?m)^[^\s,;\t][^,;\t\n]{0,80}(?:(?P<joint>[,;\t])(?! )[^,;\t\n]{0,80}){1,40}$")
_JSON = regex.compile(r"[{\[][^{}\[\]]{0,2000}\"[^{}\[\]\"]{1,100}\"\s*+:[^{}\[\]]{0,2000}[}\]]")


def lost_signs(original: str, refined: str) -> list[str]:
    """List the formulas, operators, commands, rows of tables and pieces of data that are not there as they were."""
    bare, target = CODE.sub(GAP, original), _without_space(refined)
    blocks = [match[0] for pattern in (_TABLE_ROW, _JSON) for match in pattern.finditer(bare)]
    blocks += [match[0] for match in LATEX.finditer(bare)]
    rest, folded = plain(LATEX.sub(GAP, original)), refined.casefold()
    lost = [block for block in _some(blocks + _data_rows(bare)) if _core(block) not in target]
    lost += [name for name in _some(_LATEX_NAME.findall(PATH.sub(GAP, bare))) if name not in refined]
    # The first letter of a command may be a capital at the beginning of a sentence.
    commands = _some(match[0] for match in _COMMAND.finditer(URL.sub(GAP, bare)))
    lost += [one for one in commands if one not in refined and one[0].swapcase() + one[1:] not in refined]
    lost += [call for call in _some(_CALL.findall(rest)) if call.casefold() not in folded]
    target = target.casefold()
    for call in _some(_ARGUMENTS.findall(bare)):
        whole = _without_space(call).casefold()
        if whole not in target and regex.split(r"(?<=[({])", whole)[0] in target:
            lost.append(call)
    # A call that is left open, as in code that is asked about: closed, it is another one.
    lost += [call for call in _OPEN_CALL.findall(rest)[:_MOST] if call + ")" in refined]
    return [*lost, *_lost_names(rest, refined), *_lost_symbols(rest, refined), *_lost_formulas(rest, refined)]


# Names that end or begin with a sign, and how the sign may be said.
_SIGN_SAID = {"+": "plus", "#": "sharp", "*": "star", "-": "minus", ".": "dot", "j": r"\bjs\b|nodejs"}
_SPELT = [
    (regex.compile(rf"(?i)(?<![\w.]){spelt}(?!\w)"), name)
    for spelt, name in (("cpp", "C++"), ("c-?sharp", "C#"), ("dotnet", ".NET"))
]
_SIGNED_NAME = regex.compile(
    r"(?<![\w.+#])(?:(?i:[a-z][\w-]*\+\+|[a-z]#|\.net|(?:node|next|nest|three|express|chart|ember)\.(?P<js>js))(?![\w+#])"
    r"|\p{Lu}(?P<sign>[+*]|-(?=[ .,?!]|\Z))(?![\w+*#(]|[ ]?[=\d]))"
)
# "O'Neil", and in a language that elides nothing "D'Souza".
_PREFIXED = regex.compile(r"(?i)(?<![\w'’])(?P<first>[odlmn])['’](?!clock)(?P<name>\p{L}{3,})(?!\w)")


def _lost_names(original: str, refined: str) -> Iterator[str]:
    """Yield names such as "C++", ".NET" and "O'Neil" of which a sign or a letter is gone."""
    for spelt, name in _SPELT:
        original, refined = spelt.sub(name, original), spelt.sub(name, refined)
    before, folded = original.casefold(), refined.casefold()
    for match in list(_SIGNED_NAME.finditer(original))[:_MOST]:
        name = match[0].casefold()
        sign = "j" if match["js"] else "." if name[0] == "." else name[-1]
        if not _is_named(name, folded) and not regex.search(_SIGN_SAID[sign], folded):
            yield match[0]
    for match in list(_SIGNED_NAME.finditer(refined))[:_MOST]:  # C may not become C++, either
        name = match[0].casefold()
        stem = name.rstrip("+#")
        if match["sign"] or stem == name or _is_named(name, before) or regex.search(_SIGN_SAID[name[-1]], before):
            continue
        if _is_named(stem, before) and not _is_named(stem, folded):
            yield stem
    prefixed = list(_PREFIXED.finditer(original))[:_MOST]
    elides = prefixed and main_language(words_of(original)) in ("French", "Italian", "Spanish", "Portuguese")
    for match in prefixed:
        first, name = match["first"].casefold(), match["name"].casefold()
        bare = (first == "o" or not elides) and regex.search(rf"(?<![\w'’]){name}(?!\w)", folded)
        if bare and not regex.search(rf"(?<!\w){first}['’ -]?{name}", folded):
            yield match[0]


def _is_named(name: str, text: str) -> bool:
    return regex.search(rf"(?<![\w.'’+#]){regex.escape(name)}(?![\w+#])", text) is not None


# Emoji, flags and other signs that stand for themselves: not those that list, point or own.
_SYMBOL = regex.compile(
    r"(?=[\p{Extended_Pictographic}\p{So}\p{Regional_Indicator}∏∑√∛∜∞∫∂∇∈∉⊂∪∩≈≡αβγδεζηθλμπρστφχψωΔΣΠΩ])"
    r"(?![\ufffc\ufffd©®™°\p{Block=Arrows}\p{Block=Geometric_Shapes}✓✔➡])\X"
)
_GREEK_WORD = regex.compile(r"\p{Greek}{2}")
# Behind these and at the end of a sentence a symbol is what the sentence is about.
_OPEN = word_set(
    "is are does did the a an of with by to for and or than like vs about between emoji emojis flag sign symbol use "
    "mean means add put just only"
)
_CRY = regex.compile(
    r"(?:[aeou]+[hr]*m*g*|h+[aeiou]*h*m*|(?:ha|he|lo|xd|uw)+l*|omg|wow|yay|hey|yo|bro|guys|ok|help|nice|lol|love)"
)
_NO_SIGNS = word_set("greek small letter of")  # of their names
_MOST_SYMBOLS = 200


def _lost_symbols(original: str, refined: str) -> Iterator[str]:
    """Yield the symbols that are gone; those that give the tone at an edge of a sentence or behind a cry may go."""
    found = [] if _GREEK_WORD.search(original) else list(_SYMBOL.finditer(original))[:_MOST_SYMBOLS]
    if not found:
        return
    has, had = ({match[0].rstrip("\ufe0f") for match in some} for some in (_SYMBOL.finditer(refined), found))
    words = {word.key for word in words_of(refined)}
    for match in found:
        symbol = match[0].rstrip("\ufe0f")
        # A sign of mathematics may be said: "square root", "sum", "pi".
        names = unicodedata.name(symbol[0], "").casefold().split() if unicodedata.category(symbol[0]) != "So" else []
        said = any(
            name.startswith(word) and len(word) > 1 for name in names if name not in _NO_SIGNS for word in words
        )
        if symbol not in has and not said and (has - had or not _is_tone(original, *match.span())):
            yield match[0]


def _is_tone(text: str, start: int, end: int) -> bool:
    left = _SYMBOL.sub(" ", text[max(0, start - 80) : start]).rstrip(" \ufe0f")
    right = _SYMBOL.sub(" ", text[end : end + 80]).lstrip(" \ufe0f")
    before = regex.search(r"(?:(\p{L}[\p{L}'’]*)|\S)\Z", left)
    key = word_key(before[1] or "") if before else ""
    if not before or (not key and before[0] in ".!?,;)\n"):
        return True
    if key in POLITE or _CRY.fullmatch(key):
        return True
    behind = regex.match(r"\p{L}[\p{L}'’]*|\S", right)
    head = behind[0] if behind else "."
    return key not in _OPEN and (head in ".!?,;" or word_key(head) in VERBS | {*QUESTIONS})


def _without_space(text: str) -> str:
    return "".join(text.split())


def _core(block: str) -> str:
    """Write a block without white space and without what encloses a formula."""
    text = _without_space(block)
    if text.startswith("$"):
        return text.strip("$")
    return text[2:-2] if text.startswith(("\\(", "\\[")) else text


def _data_rows(text: str) -> list[str]:
    """List the lines of data with commas, semicolons or tabs: at least two in a row with as many fields."""
    lines = text.split("\n")
    counts = []
    for line in lines:
        match = _DATA_ROW.fullmatch(line)
        counts.append((match["joint"], line.count(match["joint"])) if match else None)
    rows = [
        line
        for at, line in enumerate(lines)
        if counts[at]
        and counts[at] in (counts[at - 1] if at else None, counts[at + 1] if at + 1 < len(lines) else None)
    ]
    return rows if any(regex.search(r"\p{L}", row) for row in rows) else []


def _some(found: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(found))[: 5 * _MOST]


def _lost_formulas(original: str, refined: str) -> list[str]:
    original, refined = (_ROOT.sub(r"√\g<of>", text) for text in (original, refined))
    text = original.translate(_SIGNS).casefold()
    if not regex.search(_OPERATOR, text) and not _TERM.search(text) and not regex.search(r"\dx\d|\d x \d", text):
        return _lost_logic(original, refined)
    text = regex.sub(r"(?<=\d) x (?=\d)|(?<=\d)x(?=\d)", "*", text)
    said = regex.sub(r"(?<=\d) x (?=\d)|(?<=\d)x(?=\d)", "*", refined.translate(_SIGNS).casefold())
    for pattern, sign in [*_POWER, *_SAID]:
        said = pattern.sub(sign, said)
    forms = {_plain_formula(said), _plain_formula(refined.translate(_SIGNS).casefold())}
    lost = []
    seen: set[str] = set()
    for match in _FORMULA.finditer(text):
        run = match[0].strip("$€£ ")
        formula = _plain_formula(run)
        if _LETTERS_ONLY.fullmatch(run) or _CHAT_SIGN.fullmatch(run) or formula in seen or len(seen) >= _MOST:
            continue
        seen.add(formula)
        if _RANGE.fullmatch(run):
            numbers = regex.split("[-/]", run)
            others = ("".join(pair) for pair in ((numbers[0], sign, numbers[1]) for sign in "+*^-/"))
            wrong = any(holds(form, other, str.isdigit) for other in others if other != formula for form in forms)
            if not wrong or len(numbers) > 2:
                continue
        if not any(holds(form, formula, str.isdigit) for form in forms):
            lost.append(match[0])
    for match in list(_RELATION.finditer(text))[:_MOST]:
        one, sign, other = (regex.escape(part) for part in match.groups())
        changed = regex.search(rf"(?<!\w){one}\s*(?!{sign}(?![=<>]))(?:>=|<=|!=|==|>|<)\s*{other}(?!\w)", said)
        if changed and not regex.search(rf"(?<!\w){one}\s*{sign}\s*{other}(?!\w)", said):
            lost.append(match[0])
    lost += _lost_logic(original, refined)
    for match in list(_TERM.finditer(text))[:_MOST]:
        terms = regex.findall(rf"(?<![\w.,]){match['number']}([a-z]{{1,3}})(?![\p{{L}}\d])", said)
        if match["letters"] not in terms and any({*other} < {*match["letters"]} for other in terms):
            lost.append(match[0])
    signs = refined.casefold()
    for sign in dict.fromkeys(_PROGRAM_SIGN.findall(original)):
        words = _PROGRAM.get(sign.replace("===", "==").replace("!==", "!="), "")
        if sign not in refined and not (words and regex.search(words, signs)):
            lost.append(sign)
    return lost


# Logic in code and in words: a sign or a "not" before a name, and single letters that are joined.
_NOT_NAME = regex.compile(r"(?<![\w!?.,~])(?P<sign>!{1,2}|~|¬)(?P<name>[A-Za-z_]\w*)")
_NOT_WORD = regex.compile(
    r"(?i)\b(?P<code>if|elif|while|assert|return|and|or|simplify|negate|xor|&&|\|\|) "
    r"(?P<sign>not) \(?(?P<name>[A-Za-z_]\w*)"
)
_JOINED = regex.compile(r"(?<![\w'’])[a-z]\)*[&|~]+\(*[a-z](?![\w'’])")
_NO_NAMES = stop_words("English") - word_set("i a b c d n p q r s t u x y z")
_CODED = [
    (regex.compile(r"\s*(?:&&|∧|(?<=\b[a-z]\)?) and(?= \(?(?:not )?\(?[a-z]\b))\s*"), "&"),
    (regex.compile(r"\s*(?:\|\||∨|(?<=\b[a-z]\)?) or(?= \(?(?:not )?\(?[a-z]\b))\s*"), "|"),
    (regex.compile(r"!(?!=)|¬|\bnot (?=\(?[a-z]\b)"), "~"),
]


def _lost_logic(original: str, refined: str) -> list[str]:
    """List the names that are no longer negated, and the pairs of letters that another operator joins."""
    lost = []
    for match in [*_NOT_NAME.finditer(original), *_NOT_WORD.finditer(original)][:_MOST]:
        name = regex.escape(match["name"])
        coded = match["sign"] != "not" and original[max(0, match.start() - 2) : match.start()].strip()[-1:] in (
            "(",
            "&",
            "|",
        )
        if match["name"].casefold() in _NO_NAMES and not coded:
            continue
        # In prose, "not" goes in many ways.
        prose = match["sign"] == "not" and len(match["name"]) > 1
        bare = regex.search(rf"(?i)(?<![\w!~¬]){match['code'] + ' ' if prose else ''}{name}(?!\w)", refined)
        if bare and not regex.search(
            rf"(?i)(?:[!~¬]\s*\(?|\b(?:not|negat\w+|inverse of|no|without|n't)(?: \w+)? \W?){name}(?!\w)", refined
        ):
            lost.append(match["sign"] + match["name"])
    before, after = (_coded(text) for text in (original, refined))
    pairs = {pair.replace("~", "") for pair in _JOINED.findall(after)}
    for pair in list(dict.fromkeys(_JOINED.findall(before)))[:_MOST]:
        other = pair.translate({ord("&"): "|", ord("|"): "&"})
        if pair.replace("~", "") not in pairs and other.replace("~", "") in pairs:
            lost.append(pair)
    return lost


def _coded(text: str) -> str:
    text = text.casefold()
    for pattern, sign in _CODED:
        text = pattern.sub(sign, text)
    return text


def _plain_formula(text: str) -> str:
    text = _without_space(regex.sub(r"(?<=\d),(?=\d{3})", "", text.replace("**", "^")))
    return regex.sub(r"(?<=\d)\*(?=[a-z])", "", text)
