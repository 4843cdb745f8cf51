"""What must come through sign by sign: formulas, operators, commands, tables, data. Knows nothing of what they mean.

Formulas are compared without white space and with one sign for each operation, however it is written or said.
"""

import regex

from .spans import CODE, GAP, LATEX, PATH, URL, plain
from .word_lists import stop_words, word_set


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
_POWER = [(regex.compile(r"[ ]+squared\b"), "^2"), (regex.compile(r"[ ]+cubed\b"), "^3")]
_OPERATOR = r"(?:\*\*|<=|>=|!==?|===?|&&|\|\||[-+*/^<>&])"
_SUFFIX = (
    r"(?:(?!(?:kg|km|cm|mm|ml|cl|dl|gb|mb|tb|kb|hz|am|pm|th|st|nd|rd|ft|oz|lb|px|mg|ms|min|mph|hr|yr|usd|eur|gbp|sek|kr|zl|rs)"
    r"(?!\p{L}))[a-z]{1,3}(?![\p{L}\d]))"
)
_OPERAND = (
    rf"[(\[{{$€£√]*+-?+(?:\d++(?:[.,]\d++)*+%?+{_SUFFIX}?+|"
    r"[a-z](?![\p{L}\d]))(?:\([a-z\d]\))?+[)\]}!%']*+"
)
_TERM = regex.compile(r"(?<![\w.,])(?P<number>\d++)(?P<letters>[a-z]{2,3})(?![\p{L}\d])")
_FORMULA = regex.compile(rf"(?<![\p{{L}}\d.,:/@#_\\]){_OPERAND}(?:[ ]*+{_OPERATOR}[ ]*+{_OPERAND}(?![\p{{L}}\d:_]))++")
_RELATION = regex.compile(r"(?<![\w<>=-])([\p{L}_][\w.]{1,40}+)\s*+(>=|<=|!=|==|>|<)\s*+(-?[\w.]{1,40}+)(?![>\w])")
_CHAT_SIGN = regex.compile(r"[wu] [-+]\S+")  # "with +49"
_RANGE = regex.compile(r"\d+([-/])\d+(?:\1\d+)*")
_LETTERS_ONLY = regex.compile(r"\p{L}(?:\s*[-/&]\s*\p{L})+|[mk]?m\^[23]")
# Operators of programs, wherever they stand, and what they may be called.
_PROGRAM = {
    "&&": "and",
    "||": "or",
    "==": "equal",
    "!=": "not equal",
    ">=": "at least|greater than or equal|≥|or more",
    "<=": "at most|less than or equal|≤|or less|or fewer",
    "+=": "",
    "-=": "",
    "<<": "",
    ">>": "",
    "::": "",
}
_PROGRAM_SIGN = regex.compile(r"(?<![=<>!&|+:?*^-])(?:===?|!==?|&&|\|\||>=|<=|\+=|-=|<<|>>|::)(?![=<>&|?:])")
_MOST = 40  # formulas and rows that are looked for, so that the time stays linear
_LATEX_NAME = regex.compile(r"\\[A-Za-z]{2,}")
# A program with its flags, as in "tar -xzf": a single hyphen and up to four letters, or two hyphens.
_COMMAND = regex.compile(
    r"(?<![\w-])[\w./]+(?:[ ]+(?:-[A-Za-z]{1,4}\b|--[A-Za-z][\w-]*+)(?:=\S+)?(?![-'’]))++(?:[ ]+/(?=\s|$))?"
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
    lost = [
        block for block in list(dict.fromkeys(blocks + _data_rows(bare)))[: 5 * _MOST] if _core(block) not in target
    ]
    names = _LATEX_NAME.findall(PATH.sub(GAP, bare))
    lost += [name for name in list(dict.fromkeys(names))[: 5 * _MOST] if name not in refined]
    lost += [command for command in list(_commands(bare))[: 5 * _MOST] if not _has_command(command, refined)]
    rest = plain(LATEX.sub(GAP, original))
    lost += [
        call
        for call in list(dict.fromkeys(_CALL.findall(rest)))[: 5 * _MOST]
        if call.casefold() not in refined.casefold()
    ]
    return lost + _lost_formulas(rest, refined)


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


def _commands(text: str) -> dict[str, None]:
    return dict.fromkeys(match[0] for match in _COMMAND.finditer(URL.sub(GAP, text)))


def _has_command(command: str, refined: str) -> bool:
    # The first letter may be a capital at the beginning of a sentence.
    return command in refined or command[0].swapcase() + command[1:] in refined


def _lost_formulas(original: str, refined: str) -> list[str]:
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
            wrong = any(other != formula and any(_holds(form, other) for form in forms) for other in others)
            if not wrong or len(numbers) > 2:
                continue
        if not any(_holds(form, formula) for form in forms):
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


def _holds(text: str, formula: str) -> bool:
    """Say whether a formula stands in a text and does not begin or end within a number."""
    start = text.find(formula)
    while start >= 0:
        end = start + len(formula)
        before, after = text[start - 1 : start] if start else "", text[end : end + 1]
        if not (before.isdigit() and formula[:1].isdigit()) and not (after.isdigit() and formula[-1:].isdigit()):
            return True
        start = text.find(formula, start + 1)
    return False
