"""Is one word another form or spelling of a second one? Letters and sounds only: no dictionary, no meaning."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import regex


class Word(NamedTuple):
    """A word of a text."""

    key: str  # the word as it is compared, see `word_key`
    start: int  # where it begins in the text, in characters
    end: int


# Scripts without spaces between words have none here.
_LETTER = (
    r"[^\W_\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}"
    r"\p{Script=Myanmar}]"
)
# Words with their apostrophes, but without what is elided before them: the "ami" of "l'ami".
_WORD = regex.compile(
    r"(?i)(?:\b(?:[cdjlmnst]|qu|un|dell|all|nell|sull|dall|quest|com|dov|lorsqu|jusqu|puisqu)['’](?=\p{L}{2}))?+"
    rf"(?P<word>{_LETTER}++(?:['’´*]++{_LETTER}++)*+|&)"
)
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
_JOINTS = regex.compile(r"['’´ʼ_\-‐‑­\p{Mn}]")

_DRAWN_OUT = regex.compile(r"(\p{L})\1{2,}+")  # "sooo"

# Forms of one word on one line, the base first.
_IRREGULAR = """
be am is are was were been being|begin began begun|bite bit bitten|blow blew blown|break broke broken|bring brought
build built|burn burnt|buy bought|catch caught|choose chose chosen choice|come came|cost|cut|deal dealt|die died dying
dead death|do does did done|draw drew drawn|dream dreamt|drink drank drunk|drive drove driven|eat ate eaten
fall fell fallen|feed fed|feel felt|fight fought|find found|fly flew flown flies|forget forgot forgotten
freeze froze frozen|get got gotten|give gave given|go goes went gone|grow grew grown|hang hung|have has had having
hear heard|hide hid hidden|hold held|keep kept|know knew known|lay laid|lead led|learn learnt|leave left|lend lent
lie lied lying|light lit|lose lost loss|make made|mean meant|meet met|pay paid payed payment|ride rode ridden
ring rang rung|rise rose risen|run ran|say said|see saw seen|sell sold sale|send sent|shake shook shaken|shine shone
shoot shot|show shown|shut|sing sang sung song|sink sank sunk|sit sat|sleep slept|speak spoke spoken speech
spell spelt|spend spent|spill spilt|stand stood|steal stole stolen theft|stick stuck|sting stung|strike struck
swear swore sworn|sweep swept|swim swam swum|take took taken|teach taught|tear tore torn|tell told|think thought
throw threw thrown|understand understood|wake woke woken|wear wore worn|win won|write wrote written|child children
foot feet|goose geese|knife knives|leaf leaves|life lives|loaf loaves|man men|mouse mice|person people persons
tooth teeth|wife wives|wolf wolves|woman women|half halves|shelf shelves|good better best well|bad worse worst badly
far further farther|little less least|many much more most|analysis analyses analyse analyze|criterion criteria
datum data|medium media|phenomenon phenomena|advice advise|practice practise|proof prove proven|choice choose
sum summary summarise summarize|describe description|explain explanation|compare comparison|decide decision
pronounce pronunciation|solve solution|translate translation|converse conversation|reply replies replied
photo photograph photography|high height|long length|wide width|deep depth|strong strength|weigh weight|hot heat
divide division|multiply multiplication|apply application|destroy destruction|receive reception receipt
bake bakery baker|colour color|grey gray|centre center|metre meter|litre liter|mum mom mother mam|dad father
gran granny grandma grandmother|grandad grandpa grandfather|bike bicycle|phone telephone|fridge refrigerator
ad advert advertisement|tv television telly|maths math mathematics|plane aeroplane airplane|tyre tire|programme program
cosy cozy|cheque check|favourite favorite|behaviour behavior|neighbour neighbor|flavour flavor|humour humor
labour labor|honour honor|jewellery jewelry|pyjamas pajamas|licence license|defence defense|gray grey|sceptic skeptic
aluminium aluminum|doughnut donut|plough plow|catalogue catalog|dialogue dialog|enrol enroll|skilful skillful
"""
_BASES: dict[str, set[str]] = {}
for _line in regex.split(r"[|\n]", _IRREGULAR.strip()):
    for _form in _line.split():
        _BASES.setdefault(_form, set()).add(_line.split()[0])

# What is left of two forms of a word behind the letters that they share.
_ENDINGS = frozenset(
    "s es d ed ing er ers or ors r rs est st y ly al ally ic ical ically ion ions tion tions ation ations sion ment "
    "ments ness able ible ably ive ity ance ence ant ent ism ist ists ish ful less e en th ise ize ised ized ising "
    "izing ies ied ier iest ying i ia ian ians ium us ous ance ances ic ics a an ary worthy like wise".split()
)
# Endings of a form, and what may stand for them in its base; "-" is nothing.
_INFLECTIONS = [
    (ending, others.replace("-", "").split("/"))
    for ending, others in (
        pair.split("=")
        for pair in "s=- es=-/e ies=y ed=-/e d=- ing=-/e ying=ie ied=y er=-/e ers=-/e est=-/e ier=y iest=y ly=-/e "
        "ily=y ves=f/fe ally=al".split()
    )
]
_TURNING = ("anti", "counter", "over", "under")
# How words are said: spellings of one sound become one sign, and vowels behind the first sign go.
_SOUNDS = [
    (regex.compile(pattern), sign)
    for pattern, sign in (
        rule.split("→")
        for rule in r"""
        ^kn|^gn|^pn→n ^wr→r ^ps→s ^who→ho ph→f sth(?=m)→s ll(?=[ao])→y ould→ud augh|(?<!th)rough|(?<=c|n|t)ough→of
        ^gh→g gh→ tch→C [tsc]i(?=[aou])|ssi(?=o)|sch→S sh→S ch→C (?<=[sx])c(?=[eiy])→ c(?=[eiy])→s ck|qu?|c→k x→ks z→s
        v→f dg(?=e)|j→g lk→k mb$→m m(?=[pb])→n h→
        """.split()
    )
]
_VOWELS = regex.compile(r"(?<!^)[aeiouyw]++")
_DOUBLED = regex.compile(r"(.)\1++")


@lru_cache(maxsize=32)  # many checks look at the same few texts
def words_of(text: str) -> list[Word]:
    """List the words of a text; "&" is one. The list is for reading."""
    return [Word(word_key(match["word"]), *match.span("word")) for match in _WORD.finditer(text)]


@lru_cache(maxsize=50_000)
def word_key(word: str) -> str:
    """Write a word without case, accents, apostrophes, hyphens and letters that are drawn out."""
    key = _JOINTS.sub("", unicodedata.normalize("NFKD", word.casefold())).translate(_LETTERS)
    return _DRAWN_OUT.sub(r"\1", key)


@lru_cache(maxsize=50_000)
def bases(key: str) -> frozenset[str]:
    """Collect what the base form of a word may be: "making" gives "mak" and "make", "went" gives "go"."""
    found = {key}
    for ending, others in _INFLECTIONS:
        if key.endswith(ending) and len(key) - len(ending) >= 2:
            found.update(key.removesuffix(ending) + other for other in others)
    found |= {base[:-1] for base in found if len(base) > 3 and base[-1] == base[-2]}
    for base in list(found):
        found |= _BASES.get(base, set())
    return frozenset(found)


def is_listed(key: str, words: frozenset[str] = frozenset()) -> bool:
    """Say whether a word is one of these or of the irregular ones that are listed here, or a plain ending more."""
    plain = {key, key.removesuffix("s"), key.removesuffix("es"), key.removesuffix("ed"), key.removesuffix("ing")}
    return any(form in _BASES or form in words for form in plain)


def is_form(one: str, other: str) -> bool:
    """Say whether two keys may be forms of one word: "study" and "studied", "wrote" and "writing"."""
    return not bases(one).isdisjoint(bases(other))


def is_compound(key: str, last: str) -> bool:
    """Say whether a word is a longer one that ends with another one, as "schoolbook" does, and not "underpay"."""
    return len(last) >= 4 and key.endswith(last) and len(key) - len(last) >= 4 and not key.startswith(_TURNING)


def is_relative(one: str, other: str) -> bool:
    """Say whether two keys begin alike and differ in endings: "explain" and "explanatory", "ecrire" and "ecris"."""
    shared = 0
    for first, second in zip(one, other, strict=False):
        if first != second:
            break
        shared += 1
    longest = max(len(one), len(other))
    if shared < 4 or 2 * shared < longest:
        return False
    rest = (one[shared:], other[shared:])
    return all(not ending or ending in _ENDINGS for ending in rest) or (
        max(map(len, rest)) <= 3
        and (4 * shared >= 3 * longest or max(map(len, rest)) <= 2 or (shared >= 5 and not all(rest)))
    )


@lru_cache(maxsize=50_000)
def sound(key: str) -> str:
    """Write roughly how a word is said, so that "exersise" and "exercise", "fotos" and "photos" are the same."""
    for pattern, sign in _SOUNDS:
        key = pattern.sub(sign, key)
    key = _DOUBLED.sub(r"\1", _VOWELS.sub("", key))
    return _DOUBLED.sub(r"\1", regex.sub("^[aeiouyw]", "A", key) if key[:1] != "w" else key)


def edits(one: str, other: str, most: int) -> int:
    """Count the letters that are added, dropped, changed or swapped with their neighbour; above `most`, `most + 1`."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    older: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        last, row, oldest = row, [at], older
        for to, target in enumerate(other, 1):
            cost = min(last[to] + 1, row[to - 1] + 1, last[to - 1] + (letter != target))
            if at > 1 and to > 1 and letter == other[to - 2] and target == one[at - 2]:
                cost = min(cost, oldest[to - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        older = last
    return row[-1]


_SYLLABLE = regex.compile(r"[\u1100-\u115f][\u1160-\u11a7][\u11a8-\u11ff]?")
_PARTICLES = frozenset(unicodedata.normalize("NFKD", mark) for mark in "을를은는의에")
_CONTRACTED = str.maketrans("\u1167\u116a\u116f", "\u1175\u1169\u116e")  # the ㅕ of 걸려 is the ㅣ of 걸리다


def korean_stems(key: str) -> list[str]:
    """List what a Korean word begins with: its first syllable, and the first two unless the second is a particle."""
    if not "\u1100" <= key[:1] <= "\u11ff":
        return []
    first, second, *_ = [*_SYLLABLE.findall(key[:9]), "", ""]
    return [first] if not second or second in _PARTICLES else [first, first + second.translate(_CONTRACTED)]


def is_respelling(one: str, other: str, joined: bool = False) -> bool:
    """Say whether two keys are spellings of one word: few letters differ for their length, or they sound alike.

    Where one of them is made of two words (`joined`), no more than one letter may differ.
    """
    shortest, longest = sorted((len(one), len(other)))
    if shortest < 2 or longest > 2 * shortest + 1:
        return False
    if joined:
        return one[0] == other[0] and (edits(one, other, 1) <= 1 or (shortest > 5 and sound(one) == sound(other)))
    alike = shortest >= 3 and sound(one) == sound(other)
    if longest == 2 and one[0] == other[0] and sound(one) == sound(other):
        return True  # "iz"
    most = 1 if longest <= 6 else 2 if longest <= 8 else 3
    most += 2 * alike
    if longest <= 3 and not alike:
        return sorted(one) == sorted(other) or (
            one[0] == other[0] and edits(one, other, 1) <= 1 and shortest < longest
        )
    changed = edits(one, other, most)
    if changed > most:
        return False
    return alike or one[0] == other[0] or one[:2] == other[1::-1] or (longest >= 5 and changed == 1)


class Forms:
    """Words that can be looked for in any of their forms; they may be there more than once."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.counts = Counter(keys)
        self._by_base: defaultdict[str, set[str]] = defaultdict(set)
        for key in self.counts:
            for base in bases(key):
                self._by_base[base].add(key)

    def count(self, key: str) -> int:
        """Count the words that may be forms of this one."""
        found = set(chain.from_iterable(self._by_base.get(base, ()) for base in bases(key)))
        return sum(self.counts[one] for one in found)

    def __contains__(self, key: str) -> bool:
        return key in self.counts or any(base in self._by_base for base in bases(key))


def says_more(text: str, known: Forms) -> bool:
    """Say whether a text has a word that the original has in no form and spelling."""
    keys = [word.key for word in words_of(text) if len(word.key) > 3 and word.key not in known]
    return any(not any(is_respelling(key, other) for other in known.counts) for key in keys)
