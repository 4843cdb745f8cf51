"""Is a refinement safe to use? Pure checks on two texts, the original and the refined. Knows nothing of models.

A check takes `(original, refined)` and returns what is wrong, or `None`; it never repairs anything. A false alarm
throws a good refinement away, so the checks are conservative: what the original does itself is never held against the
refined text, and `failed_checks(x, x) == []` for every `x` that is not blank. All of them run in near linear time.
The module imports nothing of its package, because it is also copied into model repositories as it is.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice
from typing import NamedTuple

import regex


def _word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


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
# Scripts without spaces between words: there, characters are counted, and two of them are taken for a word.
UNSPACED = regex.compile(
    r"(?P<Han>\p{Script=Han})|(?P<Japanese>[\p{Script=Hiragana}\p{Script=Katakana}])|(?P<Thai>\p{Script=Thai})"
    r"|(?P<Lao>\p{Script=Lao})|(?P<Khmer>\p{Script=Khmer})|(?P<Burmese>\p{Script=Myanmar})"
)
_SPACED = (
    r"[^\W\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}"
    r"\p{Script=Myanmar}]++"
)
WORD = regex.compile(_SPACED)
WORD_OR_CHARACTER = regex.compile(rf"{UNSPACED.pattern}|{_SPACED}")

_UNITS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = "third fourth fifth sixth seventh eighth ninth tenth"
NUMBER_WORDS = {word: value for value, word in enumerate(f"{_UNITS} eighteen nineteen".split(), start=1)}
NUMBER_WORDS |= {word: 10 * value for value, word in enumerate(_TENS.split(), start=2)}
SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
# "first" and "second" say too little ("at first", "a second"), as "one" does.
ORDINALS = {word: value for value, word in enumerate(_ORDINALS.split(), start=3)}
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

FUNCTION_WORDS = {
    name: _word_set(words)
    for name, words in {
        "English": "the of and to in is are was were for on with that this it as by be from at or an a what how "
        "which who why when can could you your my do does not have has will would should if about into their there",
        "French": "le la les un une des du de et en est sont pour sur avec que qui dans par au aux ce cette ces il "
        "elle nous vous je ne pas plus ou où mon ma mes votre vos quel quelle comment pourquoi quels sans leur être "
        "a à",
        "German": "der die das ein eine einen einem einer eines und in ist sind für auf mit dass den dem des von zu "
        "im es ich du sie wir nicht auch wie was warum oder über aus bei nach zum zur mir kann wird an als",
        "Spanish": "el la los las un una unos de del y en es son para por con que quien al lo se su sus mi mis no "
        "como cómo qué cuál cuáles o sobre este esta más está entre cuando a me",
        "Italian": "il lo la gli le un una uno di del della dei delle dello e in è sono per con che chi al alla ai "
        "non come cosa mi si su suo sua questo questa più nel nella quali perché da dal a i",
        "Portuguese": "o a os as um uma de do da dos das e em é são para por com que no na nos nas ao não como se "
        "seu sua mais qual quais sobre este esta você meu minha ou foi pelo pela",
        "Dutch": "de het een en van in is zijn voor op met dat die dit te niet ik je jij u we wij hoe wat waarom "
        "welke of over naar bij aan uit er om als mijn kan kunnen wordt worden deze was",
        "Swedish": "och att det en ett är för på med som av den de i inte jag du vi hur vad varför vilka eller om "
        "till från kan har min din mitt ditt var ska så sig",
        "Danish": "og at det en et er for på med som af den de i ikke jeg du vi hvordan hvad hvorfor hvilke eller "
        "om til fra kan har min din mit dit var skal så sig",
        "Polish": "i w na z do się nie jest to że jak co dla o po od przez za czy który która które oraz lub jego "
        "mi mnie ten ta te są być ale dlaczego jaki jaka jakie",
        "Czech": "a v na s do se ne je to že jak co pro o po od za který která které nebo jeho mi mě ten ta jsou "
        "být ale proč jaký jaká jaké jako při ve z k",
        "Turkish": "ve bir bu için ile de da mi mı ne nasıl neden olarak olan daha çok gibi ya en ama hangi var "
        "kadar sonra her benim bana nedir",
        "Indonesian": "yang dan di ke dari untuk dengan adalah ini itu tidak pada dalam apa bagaimana mengapa saya "
        "anda atau oleh akan bisa dapat sebuah kami kita mereka tentang",
        "Vietnamese": "của và là có không được cho một những các trong với này đó như về thế nào tôi bạn để hãy khi "
        "từ",
        "Finnish": "ja on ei se että en mitä miten miksi minun sinun kuin tai mutta ovat oli joka mikä jos minä "
        "sinä kanssa voi myös tämä niin siitä",
        "Romanian": "și în de la cu pe un o este sunt pentru că care nu din mai ce cum sau al ale unui unei îmi "
        "despre prin se a fi lui",
        "Hungarian": "a az és egy hogy nem is van mi hogyan miért meg de el ez vagy milyen kell nekem volt mint "
        "csak szóló amely",
    }.items()
}
# Words that say nothing of what an instruction is about: no loss when they go. The last lines are rude on purpose.
NOT_CONTENT = _word_set(
    "please kindly thanks thank sorry help give tell make want need like just some any then than them they these "
    "those its his her our out more most very really also here where whose whom being been did done get got let may "
    "might must shall such because between both each other only own same too but all one now know say said write "
    "explain "
    "hey hi hello yo bro dude lol um uh asap bot useless lazy silly "
    "idiot idiots stupid dumb moron damn damned crap shit bullshit fuck fucking fucker bitch asshole bastard hell shut"
).union(NUMBER_WORDS, SCALES, *FUNCTION_WORDS.values())

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


def failed_checks(
    original: str, refined: str, *, max_growth: float = 4.0, checks: Iterable[str] | None = None
) -> list[str]:
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
        `list[str]`: one `"<check name>: <detail>"` for each failed check.

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
                failed.append(f"{name}: {detail}")
    return failed


def empty(original: str, refined: str) -> str | None:
    """Fail a text of nothing but white space."""
    return None if refined.strip() else "the text is blank"


def answer(original: str, refined: str) -> str | None:
    """Fail an answer, refusal or message to the user: it begins like one, and the original does not."""
    before, after = (text.strip().replace("’", "'") for text in (original, refined))
    if _first_words(before) == _first_words(after):
        return None
    if (start := ANSWER_START.match(after)) and not ANSWER_START.match(before):
        return _shown(start[0])
    voice = ASSISTANT_VOICE.search(after[:VOICE_SPAN])
    if voice and not ASSISTANT_VOICE.search(before):
        return _shown(voice[0])
    if REQUEST.search(before) and not REQUEST.search(after) and STATEMENT.match(after):
        return f"a statement where the original asks: {_shown(after)}"
    return None


def lost_span(original: str, refined: str) -> str | None:
    """Fail when code, a URL, e-mail address, template variable, quoted string or number is no longer there."""
    codes = _codes(refined)
    lost = [code for code in _codes(original) if code not in codes]
    references = _references(refined)
    lost += [reference for reference in _references(original) if reference not in references]
    quotes = _comparable(_plain(refined))
    lost += [quote for quote in _quotes(original) if not _holds(quotes, quote)]
    numbers = _kept_numbers(original, refined)
    lost += [number for number in _numbers(_prose(original)) if number not in numbers]
    if not lost:
        return None
    return _shown(lost[0]) + (f" (and {len(lost) - 1} more)" if len(lost) > 1 else "")


def invented_span(original: str, refined: str) -> str | None:
    """Fail a URL, e-mail address or template variable that the original lacks; those in added code are fine."""
    known = {*_references(original), *_references(CODE.sub(GAP, original))}
    invented = [reference for reference in _references(CODE.sub(GAP, refined)) if reference not in known]
    return _shown(invented[0]) if invented else None


def changed_number(original: str, refined: str) -> str | None:
    """Fail a number that became another one between the same two words; numbers in added text are fine."""
    before, after = _numbers_by_context(original), _numbers_by_context(refined)
    for context, numbers in before.items():
        found = after.get(context)
        if found and not numbers & found:
            return f"{min(numbers)} became {min(found)}"
    return None


def lost_negation(original: str, refined: str) -> str | None:
    """Fail when words that the original negates are still there and no longer negated, as in "use jargon". English."""
    before, after = (_prose(text).replace("’", "'").casefold() for text in (original, refined))
    for match in islice(NEGATED.finditer(before), MOST_NEGATIONS):
        words = match["words"]
        if not any(len(word) >= 3 and word not in NOT_CONTENT for word in words.split()):
            continue
        pattern = regex.compile(rf"(?<![\w'-]){regex.escape(words, literal_spaces=True)}(?![\w'-])")
        if not pattern.search(after) or not all(_denied(before, found.start()) for found in pattern.finditer(before)):
            continue
        if not any(_denied(after, found.start()) for found in pattern.finditer(after)):
            return _shown(match[0].strip())
    return None


def language(original: str, refined: str) -> str | None:
    """Fail another script or, from six words on, another language. Code and quoted strings do not count."""
    before, after = _prose(original), _prose(refined)
    switched = _switch(scripts_of(before), scripts_of(after), least=1)
    if switched is None:
        words, refined_words = _words(before), _words(after)
        if min(len(words), len(refined_words)) < 6:
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


def drift(original: str, refined: str) -> str | None:
    """Fail when fewer than a third of the content words (if at least four) are found, whatever their ending."""
    wanted, found = _stems(original), _stems(refined)
    if len(wanted) < 4 or 3 * len(wanted & found) >= len(wanted):
        return None
    return f"{len(wanted & found)} of {len(wanted)} content words kept"


def length(original: str, refined: str, max_growth: float = 4.0) -> str | None:
    """Fail more than `max_growth` times the words of the original; 60 words are always allowed."""
    words, most = _size(refined), max(60, max_growth * _size(original))
    return f"{words:.0f} words, at most {most:.0f} expected" if words > most else None


CHECKS: dict[str, Callable[..., str | None]] = {
    "empty": empty,
    "answer": answer,
    "lost span": lost_span,
    "invented span": invented_span,
    "changed number": changed_number,
    "lost negation": lost_negation,
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


def _first_words(text: str) -> list[str]:
    return [match[0].casefold() for match, _ in zip(regex.finditer(r"\w++", text), range(3), strict=False)]


# Spans. What is taken out leaves GAP, which no pattern of a span crosses: no new span arises from the rest.


def _codes(text: str) -> dict[str, None]:
    """Find the bodies of fenced and inline code, in order."""
    return dict.fromkeys(match["block"] or match["inline"] or "" for match in CODE.finditer(text))


def _references(text: str) -> dict[str, None]:
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


def _plain(text: str) -> str:
    """Take out code and references."""
    for pattern in (CODE, URL, EMAIL, VARIABLE):
        text = pattern.sub(GAP, text)
    return text


def _prose(text: str) -> str:
    """Take out quoted strings too."""
    return QUOTE.sub(GAP, _plain(text))


def _comparable(text: str) -> str:
    """Write every quote mark and every white space in one way."""
    return regex.sub(r"\s++", " ", QUOTE_MARK.sub("'", text))


def _quotes(text: str) -> dict[str, None]:
    """Find the contents of quoted strings, in order; a final comma or full stop may stand inside or outside."""
    contents = ("".join(filter(None, match.groups())) for match in QUOTE.finditer(_plain(text)))
    return dict.fromkeys(_comparable(content).strip(" .,") for content in contents)


def _holds(text: str, part: str) -> bool:
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


def _tokens(text: str) -> list[Token]:
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


def _numbers(text: str) -> dict[str, None]:
    """Find the values of the numbers, in order, without the enumerators of lists."""
    return dict.fromkeys(token.text for token in _tokens(text) if token.number)


def _kept_numbers(original: str, refined: str) -> set[str]:
    """Collect what may stand for the numbers of the original: all numbers of the refined text, and "one" for 1.

    Enumerators count when the original does not use them, as when "first 1) ..., then 2) ..." becomes a list.
    """
    kept = {*_numbers(refined), *_numbers(_prose(refined))}
    kept.update(set(ENUMERATOR.findall(refined)) - set(ENUMERATOR.findall(original)))
    if Token("one", False) in _tokens(refined):
        kept.add("1")
    return kept


def _numbers_by_context(text: str) -> dict[tuple[int, str, str], set[str]]:
    """Map the two tokens before, around and after each number to the numbers found there."""
    tokens = _tokens(_plain(text))
    numbers: dict[tuple[int, str, str], set[str]] = {}
    for at, token in enumerate(tokens):
        if token.number:
            for first, second in ((-2, -1), (-1, 1), (1, 2)):
                if at + first >= 0 and at + second < len(tokens):
                    context = (first, tokens[at + first].text, tokens[at + second].text)
                    numbers.setdefault(context, set()).add(token.text)
    return numbers


# Negations.


def _denied(text: str, at: int) -> bool:
    return DENIAL.search(text, max(0, at - DENIAL_SPAN), at) is not None


# Language.


def _words(text: str) -> list[str]:
    return WORD.findall(text.casefold())


def scripts_of(text: str) -> Counter[str]:
    """Count the words of each script; two characters of a script without spaces are taken for a word."""
    words = Counter(str(match.lastgroup) for match in SCRIPT.finditer(text))
    characters = Counter(str(match.lastgroup) for match in UNSPACED.finditer(text))
    if 0 < characters["Han"] <= 10 * characters["Japanese"]:
        characters["Japanese"] += characters.pop("Han")
    return words + Counter({script: count // 2 for script, count in characters.items()})


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


def _stems(text: str) -> set[str]:
    return {word[:5] for word in _words(text) if len(word) >= 3 and word not in NOT_CONTENT}


def _size(text: str) -> float:
    return len(WORD.findall(text)) + sum(1 for _ in UNSPACED.finditer(text)) / 2
