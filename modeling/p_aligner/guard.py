"""Is a refinement safe to use? Pure checks on two texts, the original and the refined. Knows nothing of models.

A check takes `(original, refined)` and returns what is wrong, or `None`; it never repairs anything. A false alarm
throws a good refinement away, so the checks are conservative: what the original does itself is never held against the
refined text, and `failed_checks(x, x) == []` for every `x` that is not blank. All of them run in near linear time.
The module and those that it imports are copied into model repositories as they are: they need nothing but `regex`.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice

import regex

from .dangers import dangerous_addition
from .errors import Reason
from .request import drift, lost_request, without_asides
from .spans import (
    CODE,
    EMAIL,
    GAP,
    QUOTE,
    QUOTE_MARK,
    UNSPACED,
    URL,
    VARIABLE,
    WORD,
    WORD_OR_CHARACTER,
    codes_of,
    comparable,
    holds,
    kept_numbers,
    numbers_by_context,
    numbers_of,
    plain,
    prose,
    quotes_of,
    references_of,
    scripts_of,
)
from .word_lists import FUNCTION_WORDS, NOT_CONTENT, NUMBER_WORDS, ORDINALS


# Names of other modules that are looked for here.
__all__ = [
    "CHECKS",
    "CODE",
    "EMAIL",
    "FUNCTION_WORDS",
    "MAX_GROWTH",
    "NOT_CONTENT",
    "NO_WORDS",
    "NUMBER_WORDS",
    "ORDINALS",
]
__all__ += ["QUOTE", "QUOTE_MARK", "REQUEST", "SEARCH_CHECKS", "URL", "VARIABLE", "WORD", "failed_checks"]
__all__ += ["scripts_of"]

# How an answer, a refusal or a report to the user begins; no user's wish does.
_REWORKED = "(?: optimi[sz]ed | improved | revised | rewritten | refined | rephrased )"
_PROMPT = "(?: prompt | instruction | query | question | version )"
ANSWER_START = regex.compile(
    rf"""(?xi) [\s*_\#>"]*+ (?:
    (?: sure | certainly | of[ ]course | absolutely ) (?: [ ]thing )? \s* [!,.:–—] | (?: ok | okay ) [,.!]? [ ] here
  | here (?: 's | [ ]is ) \b [^.!?\n]{{0,60}} \b {_REWORKED} [ ] (?: \w+[ ] )? {_PROMPT}
  | (?: the[ ] )? {_REWORKED} [ ] {_PROMPT} \b [^\n]{{0,20}} : | \[ the[ ]start[ ]of[ ] | answer \s* :
  | i (?: 've | [ ]have ) [ ] {_REWORKED}
  | (?: (?: i'm | i[ ]am | we're | we[ ]are ) [ ] (?: (?: very | so | truly ) [ ] )? )? sorry [,.]? [ ]
    (?: but[ ] )? (?: i | as[ ]an? | that | to[ ]hear | for[ ] (?: any | the ) [ ] (?: conf | inc ) \w* ) \b
  | (?: i | we ) [ ] apologi[sz]e | my[ ]apologies
  | (?: i | we ) (?: [ ]can't | [ ]cannot | [ ]can[ ]not | [ ]won't | [ ]will[ ]not | [ ]must[ ]decline | [ ]refuse
      | (?: 'm | 're | [ ]am | [ ]are ) [ ] (?: unable | not[ ]able ) )
    [ ] (?: to[ ] )? (?: help | assist | provide | fulfil | comply | engage | generate | do[ ]th | answer[ ]th )
  | as[ ]an?[ ] (?: ai | artificial[ ]intelligence | (?: large[ ] )? language[ ]model ) \b [^.?!\n]{{0,60}} \b i \b
  | (?: i'd | i[ ]would | i'll | i[ ]will ) [ ]be[ ] (?: happy | glad ) [ ]to[ ] (?: help | assist | explain )
  | (?: (?: i'm | i[ ]am ) [ ] )? happy[ ]to[ ] (?: help | assist )
  | thank[ ]you[ ]for[ ] (?: your[ ] (?: question | message | request | inquiry ) | asking | sharing | reaching )
  | (?: that's[ ]an?[ ] | what[ ]an?[ ] )? (?: great | good | excellent ) [ ]question
  | (?: je[ ]suis[ ] )? désolée?, [ ] | bien[ ]sûr \s* [!,] | voici[ ] | lo[ ]siento | claro \s* [!,]
  | aquí[ ]tienes | es[ ]tut[ ]mir[ ]leid | natürlich \s* [!,] | hier[ ]ist[ ]
  | 很?抱歉 | 对不起 | 好的[，！] | 当然[，！] | 申し訳 | 作为 (?: 一个 | 一名 )? (?: AI | 人工智能 ) (?: 语言 )? 模型
    )"""
)
# The assistant's own point of view, in the first sentences.
ASSISTANT_VOICE = regex.compile(
    r"(?i)\byou(?:'d| would)? (?:want|like|need) me to\b|\b(?:how|what) (?:can|may|could) i (?:help|assist|do for) you"
    r"|\bi(?: can|'ll| will) (?:help|assist) you\b"
)
VOICE_SPAN = 200
# A first sentence that states something. An answer only when the original asks and the refined text no longer does.
STATEMENT = regex.compile(
    r"""(?xi) [\s*_\#>"]*+ (?:
    here (?: 's | [ ]is | [ ]are ) \b | (?: yes | no | unfortunately ) [,.] | as[ ]an?[ ]ai\b | i[ ]don't[ ]have\b
  | follow[ ]these\b | (?: first | firstly ) ,
  | you[ ] (?: can | could | should | need[ ]to | must | may | have[ ]to ) \b
  | to[ ] [^.?!\n]{3,80} ,[ ] (?: you | first | start | begin | follow | try | use ) \b
  | (?: the | a | an | it | this | these | that | those | there | he | she | they | its | their | some | many ) \b
    [^.!?\n]{0,200} \s
    (?: is | are | was | were | has | have | had | can | will | refers | means | includes? | consists? ) \b
  | [\w'()-]++ (?: [ ] [\w'(),-]++ ){0,4}? [ ] (?: is | are | was | were | means | refers[ ]to | has | have ) \b
    )"""
)
_VERBS = (
    "add analyse analyze answer arrange avoid build calculate change choose classify clean compare complete compose "
    "compute consider continue convert correct count create debug decide define describe design determine develop "
    "discuss draft edit ensure estimate evaluate examine explain explore extract fill find fix focus generate give "
    "guess identify implement imagine improve include keep list look make match modify name offer outline pick plan "
    "predict prepare present prove propose provide read recommend rephrase reply respond return review rewrite select "
    "show simplify solve sort state suggest sum summarise summarize take tell think translate try use verify write"
)
REQUEST = regex.compile(
    rf"""(?xi)
    [?？؟] | \b help[ ]me \b | \b (?: can | could | would | will ) [ ] you \b
  | \b please \b (?! [ ] (?: let[ ]me[ ]know | feel[ ]free | note ) )
  | \b i (?: 'd | [ ]would | 'm | [ ]am )? [ ]
    (?: like | want | need | wish | looking | interested | curious | wondering | trying ) \b
  | \b your[ ] (?: task | goal | job | role | answer | response | reply | explanation | help | output ) \b
  | \A \W*+
    (?: what | who | whom | whose | which | why | how | when | where | is | are | was | were | do | does | did ) \b
  | (?: \A | [.!:;,\n] ) [\s\d.)*_\#>"-]{{0,8}}+ (?: also[ ] | then[ ] )? (?: {"|".join(_VERBS.split())} ) \b
    """
)

# A negation and the words that it turns into their contrary. Not those that turn nothing round: "whether or not it
# works", "not only", "why don't you try", and "Isn't it late?", where a question begins with it.
NEGATED = regex.compile(
    r"""(?x) (?<! \b (?: or | why | if ) [ ] ) (?<! [\w'-] )
    (?: not | never | without | cannot | avoid | (?: do | does | did ) n'?t
    | (?<= \w [ ] ) (?: is | are | was | were | ca | wo | should | would | could | have | has | had | must ) n't ) [ ]
    (?! (?: only | just | you | we | they | i | he | she | it | this | that | there ) \b )
    (?P<words> [\p{L}'-]++ (?: [ ] [\p{L}'-]++ ){1,3} )"""
)
MOST_NEGATIONS = 20  # looked at, so that the time stays linear
# What says no in any text, and what does in a refined one, up to this many characters before.
NO_WORDS = r"no|not|never|nor|cannot|without|avoid\w*|refrain\w*|exclud\w*|omit\w*|skip\w*|free of"
DENIAL = regex.compile(
    rf"(?i)n't\b|\b(?:{NO_WORDS}|neither|(?:do|does|did|is|are|can|wo|should)nt|except|leave out|instead of"
    r"|rather than|other than|hardly|prevent\w*|stop)\b"
)
DENIAL_SPAN = 40

CHARACTER_LOOP = regex.compile(r"(\p{L}{1,8}?)\1{7,}|([^\p{L}\d\s])\2{39,}")
TABLE_LINE = regex.compile(r"(?m)^[ \t]*+\|.*$")
SENTENCE_END = regex.compile(r"[.!?\n。！？]++")
LONGEST_PERIOD = 50
SEARCH_CHECKS = ("lost span", "language", "repetition")
MAX_GROWTH = 4.0  # times the words of the original


def failed_checks(
    original: str, refined: str, *, max_growth: float = MAX_GROWTH, checks: Iterable[str] | None = None
) -> list[Reason]:
    """Name what speaks against using `refined` in place of `original`; an empty list says that it is safe to use.

    Args:
        original (`str`):
            The instruction as the user wrote it.
        refined (`str`):
            The instruction as a model rewrote it.
        max_growth (`float`, *optional*, defaults to 4.0):
            How many times the words of the original the refined text may have, for `length`.
        checks (iterable of `str`, *optional*):
            Names of the checks to apply, all by default; the order is always that of `CHECKS`.

    Returns:
        `list` of [`Reason`]: one for each failed check, with the check's name.

    Raises:
        ValueError: a name in `checks` is unknown.
    """
    wanted = set(CHECKS if checks is None else checks)
    if unknown := sorted(wanted - CHECKS.keys()):
        raise ValueError(f"unknown check {unknown[0]!r}: choose from {', '.join(CHECKS)}")
    original, refined = _plain_breaks(original), _plain_breaks(refined)
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


def answer(original: str, refined: str) -> str | None:
    """Fail an answer, refusal or message to the user: it begins like one, and the original does not."""
    before, after = (text.strip().replace("’", "'") for text in (original, refined))
    said = _letters(before)
    if _first_words(before) == _first_words(after):
        return None
    if (start := ANSWER_START.match(after)) and not ANSWER_START.match(before) and _letters(start[0]) not in said:
        return _shown(start[0])
    voice = ASSISTANT_VOICE.search(after[:VOICE_SPAN])
    if voice and not ASSISTANT_VOICE.search(before) and _letters(voice[0]) not in said:
        return _shown(voice[0])
    if REQUEST.search(before) and not REQUEST.search(after) and STATEMENT.match(after):
        return f"a statement where the original asks: {_shown(after)}"
    return None


def lost_span(original: str, refined: str) -> str | None:
    """Fail when code, a URL, e-mail address, template variable, quoted string or number is no longer there."""
    codes = codes_of(refined)
    lost = [code for code in codes_of(original) if code not in codes]
    references = references_of(refined)
    lost += [reference for reference in references_of(original) if reference not in references]
    quotes, numbers = comparable(plain(refined)), kept_numbers(original, refined)
    lost += [quote for quote in quotes_of(original) if not holds(quotes, quote)]
    lost += [number for number in numbers_of(prose(original)) if number not in numbers]
    if lost and not set(lost) <= {*codes_of(original), *references_of(original)}:
        # What is said to the answerer, as in "I told you 3 times", may go.
        asked = without_asides(original, refined)
        needed = {*codes_of(original), *references_of(original), *quotes_of(asked), *numbers_of(prose(asked))}
        lost = [span for span in lost if span in needed]
    if not lost:
        return None
    return _shown(lost[0]) + (f" (and {len(lost) - 1} more)" if len(lost) > 1 else "")


def invented_span(original: str, refined: str) -> str | None:
    """Fail a URL, e-mail address or template variable that the original lacks; those in added code are fine."""
    known = {*references_of(original), *references_of(CODE.sub(GAP, original))}
    invented = [reference for reference in references_of(CODE.sub(GAP, refined)) if reference not in known]
    return _shown(invented[0]) if invented else None


def changed_number(original: str, refined: str) -> str | None:
    """Fail a number that became another one between the same two words; numbers in added text are fine."""
    before, after = numbers_by_context(original), numbers_by_context(refined)
    for context, numbers in before.items():
        found = after.get(context)
        if found and not numbers & found:
            return f"{min(numbers)} became {min(found)}"
    return None


def lost_negation(original: str, refined: str) -> str | None:
    """Fail when words that the original negates are still there and no longer negated, as in "use jargon". English."""
    before, after = (prose(text).replace("’", "'").casefold() for text in (original, refined))
    for match in islice(NEGATED.finditer(before), MOST_NEGATIONS):
        words = match["words"]
        if not any(len(word) >= 3 and word not in NOT_CONTENT for word in words.split()):
            continue
        pattern = regex.compile(rf"(?<![\w'-]){regex.escape(words, literal_spaces=True)}(?![\w'-])")
        if not pattern.search(after) or not all(_denied(before, found.start()) for found in pattern.finditer(before)):
            continue
        if not any(_denied(after, found.start()) for found in pattern.finditer(after)):
            asked = prose(without_asides(original, refined)).replace("’", "'").casefold()
            if match[0] in asked:  # and not only said to the answerer, as in "don't be lazy"
                return _shown(match[0].strip())
    return None


def language(original: str, refined: str) -> str | None:
    """Fail another script or, from six words on, another language. Code and quoted strings do not count."""
    before, after = prose(original), prose(refined)
    switched = _switch(scripts_of(before), scripts_of(after), least=1)
    if switched is None:
        # A single letter, as in "x + y = 10, i need y", may be of many languages.
        words, refined_words = ([word for word in _words(text) if len(word) > 1] for text in (before, after))
        if min(len(words), len(refined_words)) < 6 or len(set(words) - set(refined_words)) <= 0.2 * len(set(words)):
            return None
        old, new = _closest_language(words), _closest_language(refined_words)
        # Related languages share many of these words: only those tell that the other one lacks.
        switched = _switch(_telling_words(words, old, new), _telling_words(refined_words, old, new), least=2)
    return switched


def repetition(original: str, refined: str) -> str | None:
    """Fail a word, phrase, sentence or character that is repeated over and over, unless the original does that too."""
    before, after = (CODE.sub(GAP, text).casefold() for text in (original, refined))
    for find in (_character_loops, _word_loops):
        known = find(before)
        for unit, shown in find(after).items():
            if unit not in known:
                return _shown(shown)
    sentences = _sentences(before)
    for sentence, count in _sentences(after).items():
        if count >= 4 and count >= 2 * sentences[sentence]:
            return _shown(" ".join(sentence))
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
    "dangerous addition": dangerous_addition,
    "language": language,
    "repetition": repetition,
    "drift": drift,
    "length": length,
}


def _plain_breaks(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _shown(text: str) -> str:
    """Put `text` on one short line."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57] + "..."


def _letters(text: str) -> str:
    """Write a text without all that is no letter or digit, so that "I can't do" is said in "i cant do this"."""
    return "".join(filter(str.isalnum, text.casefold()))


def _first_words(text: str) -> list[str]:
    return [match[0].casefold() for match, _ in zip(regex.finditer(r"\w++", text), range(3), strict=False)]


# Negations.


def _denied(text: str, at: int) -> bool:
    return DENIAL.search(text, max(0, at - DENIAL_SPAN), at) is not None


# Language.


def _words(text: str) -> list[str]:
    return WORD.findall(text.casefold())


def _closest_language(words: list[str]) -> str:
    return max(FUNCTION_WORDS, key=lambda name: sum(word in FUNCTION_WORDS[name] for word in words))


def _telling_words(words: list[str], one: str, other: str) -> Counter[str]:
    """Count the function words that one of two languages has and the other lacks."""
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


# Repetition, drift and length.


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
