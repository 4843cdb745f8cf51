"""What of an instruction is aimed at who answers: insults, contempt, threats, impatience.

Insults and phrases are lists. Clauses are told by their build: one that a rewrite dropped whole, and that speaks to
somebody (a second person that is asked for nothing, an insult, a machine's name), was no part of the request.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

import regex

from .aimed import PHRASE
from .courtesies import GREETINGS, Piece, asks_for_nothing, is_material, signed
from .members import CONTRASTS
from .spans import GAP
from .spelling import Word, words_of
from .word_lists import ADDRESSED, CRIES, GIVE, INSULTS, LAST_NAMES, MAKE, QUESTIONS, TELL, VERBS, YOU, stop_words


Span = tuple[int, int]

# Where "you" is asked for something, given a role or a rule, or nobody in particular.
_ASKED = regex.compile(
    r"""(?xi)
    \b (?: can | could | would | will | do | did | does | may | might | should | want | need | ask | asked | tell
        | give | show | send | provide | thank | help | for | to | with | i['’]?ll ) [ ] (?: you | u ) \b
  | \b (?: you | u ) [ ] (?: will | must | should | shall | need | have[ ]to | may | can | could | would | might
        | have[ ](?:\d|an?|some|two|three|been|to) | are[ ]
        (?: an? | the | to | given | my | now | going ) | act | play | see | recommend | suggest | want | like | love
        | use | do | find | feel | know | live | eat | wish | choose ) \b
  | \b your [ ] (?: task | job | role | goal | answer | response | output | reply | essay | opinion | thoughts | help
        | advice | own | favou?rite | name | knowledge | expertise | message | summary | code | reasoning | work
        | words | analysis | solution | choice | story | poem | character ) \b
  | \b (?: kannst | könntest | koenntest | würdest | magst ) [ ] du \b | \b (?: peux | pourrais | veux )[ -]tu \b
  | \b (?: pouvez | pourriez )[ -]vous \b | \b (?: puedes | podrías | puoi | potresti | pode | poderia | możesz ) \b
  | \b (?: kun | kan | wil | zou ) [ ] (?: je | jij | u ) \b | \b (?: kan | kunde | skulle | vill ) [ ] du \b
    """
)

_NAME = r"(?P<name>[\p{L}'’-]++(?:[ ][\p{L}'’-]++)"
_BEFORE_YOU = "do|did|can|could|would|will|should|are|were|have|if|that|what|which|as|when|how|where|who|than|to|of"
_NO_NAME_BEHIND = rf"(?<!\b(?:{_BEFORE_YOU})[ ])"
# Somebody is called something: in "you absolute clown i need help" up to the insult, in "you couch potato!" all of it.
_CALLED = regex.compile(
    rf"(?i){_NO_NAME_BEHIND}\b(?:you|u|ya|ye|yer|du|din|t[uú]|sei|seu|sua|ty|jij|toi)[ ]"
    r"(?P<name>[^.!?;:,\n\uFFFC]{1,60})"
)
_OF = regex.compile(r"(?i)[ ]of(?:[ ]an?)?[ ]\w+")
_YOU_THERE = regex.compile(rf"(?i){_NO_NAME_BEHIND}\b(?:you|u|ya|ye)[ ]{_NAME}{{0,3}})[ ]*+(?=[.!?:;,\n\uFFFC]|$)")
# Names behind a comma at the end of a sentence, and behind a cry at its beginning.
_LAST = regex.compile(rf"(?<=,[ ]){_NAME}?(?:[ ]of[ ][\p{{L}}'’-]++)?)[ ]*+(?=[.!?:\n\uFFFC]|$)")
_MIDDLE = regex.compile(rf"(?<=,[ ])(?:oh |dear |my |o )*{_NAME}{{0,2}})(?=,)")
_CRY = regex.compile(
    r"(?i)(?:(?<=[.!?\n][ ]?)|\A)[ ]*+(?:hey|oi|ok|okay|listen|yo|hej|eh|ehi|hola|look|right|well|so|dear|ô|ey|ej|good"
    rf"|come on),?[ ]{_NAME}{{0,2}})[ ]*+(?=[.!?,:])"
)
_SPEAKERS = frozenset("i im ive you u your ur youre it its this that me my".split()).union(*YOU.values())
_NO_NAMES = stop_words("English")
_INSULT_ENDING = regex.compile(
    r"(?<!for|bulk|letter|over|red|arrow|show|a)heads?$|\w{2}(?:wit|brain|tard|mouth|arse|clogs)$"
)
# What says how the answer should be is no name.
_MODIFIER = regex.compile(
    r"(?:ly|ful|less|able|ible|ish|ive|ous|ic|al|ed|ing|free|style|based|friendly|proof|sized|ant|ent|ary|ory|[ps])$"
    r"|^(?:short|long|brief|vegan|cheap|easy|simple|funny|urgent|polite|warm|cold|hot|old|new|big|small|sad|happy"
    r"|modern"
    r"|german|russian|korean|english|french|polish|dutch|latin|arabic|python|java|javascript|sql|excel|latex|markdown"
    r"|pdf|table|json|csv|html|css|bash|list|essay|poem|beginner|adult|more|less|max|minimum|maximum|total|each|only"
    r"|again|instead|too|also|now|tonight|tomorrow|soon|first|please|right|true|false|or|and|not|no|yes)$"
)
_QUESTION = regex.compile(r"(?i)^\W*(?:what|who|which|why|how|when|where|is|are|do|does|did)\b")
_ARTICLE = regex.compile(r"(?i)\b(?:an?|the|my|our|his|her|about|ein|eine|un|une|una|um|uma|een|ett)\b")
# Tones in which nothing is asked, and what such a sentence must not have to go: a matter or a wish of who asks.
_TONE = regex.compile(
    r"(?i)\W*(?:(?:oh|wow|omg|lol|lmao|ffs|je+z|ge+z|ugh|sigh|pfft|meh|congrat\w*|bravo|sure because"
    r"|yeah (?:right|sure)|great|nice|brilliant|wonderful|lovely"
    r"|perfect|fantastic|amazing|awesome|unbelievable|seriously)\b"
    r"|th(?:at|is)(?: one)?(?:['’]s| (?:is|was|made|makes|looked|sounds?))\b)"
)
_MATTER = regex.compile(
    r"(?i)\d|[\"“”«»\uFFFC]|\b(?:my|our|his|her|their|we|words?|sentences?|lines?|paragraphs?|list|table|json|examples?|steps?|tone|style|formal\w*|polite\w*"
    r"|for|about|without|with|only|must|should|needs?|please|can|could|in)\b"
)
_REPROACH = regex.compile(
    r"(?i)\b(?:ca|wo|could|do|does|did|are|were|have|would|should)n['’]?t (?:you|u)\b|\bhow dare (?:you|u)\b"
)
_SENTENCE = regex.compile(r"[^.!?:\n\uFFFC…]++(?:[.:](?=\w)[^.!?:\n\uFFFC…]++)*+")
# Where something is asked: a question mark, or a verb or question word at the beginning of a sentence or clause.
_ASKS = regex.compile(
    r"(?P<asks>[?？])|(?i:(?:\A|[.!;:,\n])\W{0,3}(?:(?:and|but|so|please|pls|now|then|also) )*+(?P<asks>"
    rf"{'|'.join(sorted(VERBS | TELL | GIVE | MAKE | {*QUESTIONS}))})\b)"
)
_JOINT = regex.compile(
    r"[;,()—–]|(?i:(?<!\b(?:re|youre|you're|are|is|be|ur|not|how|and))\sso(?=\s)"
    r"|\s(?:-|and|or|but|und|oder|aber|et|ou"
    r"|mais|pero|ma|mas|en|of|maar|och|eller|men|albo|ale|because|since|cause|cuz|though|if)(?=\s))"
)


def asides(text: str, language: str, is_kept: Callable[[str], bool | None]) -> list[Span]:
    """Find what a rewrite may drop because it is aimed at who answers: places from and to, in characters.

    `text` is the instruction without code and references, `language` the English name of its language; `is_kept`
    says whether the refined text has a key, `None` when that word says nothing of the request.
    """
    words = words_of(text)
    starts = [word.start for word in words]
    counts = Counter(word.key for word in words)
    insults = INSULTS["English"] | INSULTS.get(language, frozenset())
    found = [match.span() for match in PHRASE.finditer(text)]
    found += _called(text, insults)
    found += _named(text, is_kept)
    found += _insults(words, insults, is_kept)
    courteous: set[Span] = set()
    asks = [match.start("asks") for match in _ASKS.finditer(text)]
    more = any(is_kept(word.key) for word in words) or GAP in text
    for start, end in _pieces(text):
        piece = words[bisect_left(starts, start) : bisect_left(starts, end)]
        found += _last_names(piece, insults, is_kept)
        keys = [word.key for word in piece]
        if keys and keys[0] in CONTRASTS and _SPEAKERS.isdisjoint(keys):
            continue  # "clean, but thin walls"
        material = is_material(text[max(0, start - 200) : start]) and insults.isdisjoint(keys)
        if not material and _is_aimed(text[start:end], keys, language, insults, is_kept, counts):
            found.append((start, end))
        states = _states(keys, is_kept, counts)
        said = [key for key, state in zip(keys, states, strict=True) if state]
        if not material and GREETINGS.issuperset(said) and (False in states or not said):
            dropped = [key for key, state in zip(keys, states, strict=True) if state is False and key not in insults]
            outside = len(asks) > bisect_left(asks, end + 1) - bisect_left(asks, start)
            here = Piece(text[start : end + 1], keys, dropped)
            if more and asks_for_nothing(here, outside):
                courteous.add((start, end))
    return [*found, *courteous, *signed(text, courteous)]


def _states(keys: list[str], is_kept: Callable[[str], bool | None], counts: Counter[str]) -> list[bool | None]:
    # What is said outside of the piece as well may be kept from there.
    here = Counter(keys)
    return [counts[key] <= here[key] if (state := is_kept(key)) else state for key in keys]


def _called(text: str, insults: frozenset[str]) -> Iterator[Span]:
    """Find "you" with the insult behind it, as in "you lump of junk i need help"; not "you give me a robot"."""
    for match in _CALLED.finditer(text):
        last = None
        for number, word in enumerate(words_of(match["name"])):
            if word.key in insults or word.key in ADDRESSED or _INSULT_ENDING.search(word.key):
                last = word.end
            elif number >= 3 or word.key in VERBS or len(word.key) < 3:
                break
        if last is not None:
            of = _OF.match(match["name"], last)
            yield match.start(), match.start("name") + (of.end() if of else last)


def _named(text: str, is_kept: Callable[[str], bool | None]) -> Iterator[Span]:
    """Find names that are called at the end or the beginning of a sentence, and that the rewrite dropped."""
    for pattern in (_YOU_THERE, _LAST, _CRY, _MIDDLE):
        for match in pattern.finditer(text):
            keys = [word.key for word in words_of(match["name"])]
            states = [is_kept(key) for key in keys]
            if True in states or False not in states:
                continue
            if pattern is _YOU_THERE:
                no_name = keys[0] in _NO_NAMES or any(key in VERBS for key in keys)
            else:
                # "eggs, milk, flour" is a list, and "to my boss, Karen" names somebody else.
                before = text[max(0, match.start() - 60) : match.start()].rstrip(", ").rpartition(",")[2]
                no_name = match["name"].istitle() and not text.isupper()
                if pattern is _LAST:
                    no_name |= len(before.split()) < 2
                    no_name |= any(_MODIFIER.search(key) and key not in ADDRESSED for key in keys)
                if pattern is _MIDDLE:  # "eggs, milk, flour" again: only where it is a name for somebody
                    no_name = not any(key in ADDRESSED or key in INSULTS["English"] for key in keys)
            if not no_name:
                yield match.span()


def _insults(words: list[Word], insults: frozenset[str], is_kept: Callable[[str], bool | None]) -> Iterator[Span]:
    """Find insults, with the "bucket" of "bucket of bolts" and the "full" of "full of idiots"."""
    for at, word in enumerate(words):
        if word.key in insults:
            before = at > 0 and words[at - 1].key in ADDRESSED and is_kept(words[at - 1].key) is False
            yield (words[at - 1] if before else word).start, word.end
        heap = at >= 2 and words[at - 1].key in ("of", "de", "di") and is_kept(words[at - 2].key) is False
        if heap and (word.key in insults or (word.key in ADDRESSED and is_kept(word.key) is False)):
            yield words[at - 2].start, word.end


def _pieces(text: str) -> Iterator[Span]:
    """Cut a text into sentences, and each into clauses."""
    for sentence in _SENTENCE.finditer(text):
        start, end = sentence.span()
        cuts = [start, *(match.start() for match in _JOINT.finditer(text, start, end)), end]
        yield from pairwise(cuts)
        if len(cuts) > 2:
            yield start, end


def _last_names(piece: list[Word], insults: frozenset[str], is_kept: Callable[[str], bool | None]) -> Iterator[Span]:
    """Find the names and cries at the end of a clause, as in "undo my last commit now dumbass"."""
    for word in reversed(piece[1:]):
        if not (word.key in insults or word.key in LAST_NAMES or word.key in CRIES) or is_kept(word.key):
            break
        yield word.start, word.end


def _is_aimed(
    text: str,
    keys: list[str],
    language: str,
    insults: frozenset[str],
    is_kept: Callable[[str], bool | None],
    counts: Counter[str],
) -> bool:
    """Say whether a sentence or clause was dropped and speaks to who answers."""
    states = _states(keys, is_kept, counts)
    if not keys or 4 * states.count(True) > states.count(False):
        return False
    dropped = [key for key, state in zip(keys, states, strict=True) if state is False]
    if dropped and all(key in ADDRESSED or key in CRIES for key in dropped):
        return True
    if True not in states and _REPROACH.search(text):
        return True
    if True not in states and len(keys) <= 12 and _TONE.match(text) and not _MATTER.search(text):
        return True
    rude = any(key in insults or _INSULT_ENDING.search(key) for key in keys)
    rude |= any(
        key in ("you", "u", "ya") and not ADDRESSED.isdisjoint(keys[at + 1 : at + 4]) for at, key in enumerate(keys)
    )
    short = len(keys) <= 4 and keys[0] not in VERBS and not _ARTICLE.search(text)
    if short and (rude or keys[0] in ADDRESSED or keys[-1] in ADDRESSED):
        return True
    if True in states and _QUESTION.search(text):
        return False  # a question of which something is left is no mere insult, whatever it is called at its end
    addressed = any(key in YOU.get(language, YOU["English"]) for key in keys)
    return addressed and (rude or not (_QUESTION.search(text) or _ASKED.search(text)))
