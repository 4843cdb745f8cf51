"""Does a rewrite say the contrary: a word's opposite, with what something lacks, more than there is room for?"""

from collections.abc import Iterator
from itertools import islice

import regex

from .negations import MOST_MARKERS, asked_and_given, denials, is_denied, places_of, scopes
from .spans import SENTENCE
from .spelling import is_form, words_of
from .word_lists import CONTRARIES, NUMBER_WORDS, QUESTIONS, VERBS, stop_words


_PREFIX = regex.compile(r"(?:non|un|in|im|ir|il|dis|anti)")
# What something is without: "windowless", "gluten-free", "zuckerfrei".
_LACK = regex.compile(
    r"(?<![\w-])(?P<what>\p{L}{3,}?)(?:less|los(?:e[nmrs]?)?|frei(?:e[nmrs]?)?|loze?|loos|vrije?|lösa?|löst|fria?|fritt|[- ]free(?! \b(?:in|on|at|for|to|with|of|from)\b))(?![\w])"
)
_NO_LACK = frozenset("un use help feel for care rest be its is are end ne reg end name need".split())
# Small words that turn round what stands beside them: "turn off the light", "argue against the ban".
_PARTICLES = [
    pair.split()
    for pair in "on off|in out|up down|for against|zu ab|an aus|hoch runter|rein raus|auf zu|pro contra|into out".split(
        "|"
    )
]
_ARGUED = regex.compile(
    r"argum\w*|debat\w*|stimm\w*|sprech\w*|rede|plaid\w*|vot\w*|pled\w*|röst\w*|głos\w*|speak|speech|essay|case|campaign|petition|gründe|raisons|razones|motivi|razões|redenen|skäl|powody"
)
_FOR_AGAINST = [
    pair.split() for pair in "fur gegen|pour contre|voor tegen|for mot|za przeciw|per contro|pelo contra".split("|")
]


def contrary(original: str, refined: str) -> str | None:
    """Name what was turned into its contrary."""
    if original == refined:
        return None
    before, after, languages = asked_and_given(original, refined)
    return (
        _opposite(before, after, languages)
        or _lack(before, after, languages)
        or _particle(before, after)
        or _beyond_limit(before, after)
        or _beyond_room(before, after, denials(languages)[1])
        or _asked_again(before, after, languages)
    )


# What is all that is wanted, and what is more than that.
_NOTHING_ELSE = regex.compile(
    r"(?<!\b(?:is|was|are|it's) )\b(?:just|only|nothing but|solely|nur|seulement|juste|solo|solamente|só|apenas|alleen|bara|tylko)\b(?: \w+){0,2}?"
    r" (?:(?:the|an?|one|die|das|den|le|la|el|il|o|a|het|de) )?(?:(?:final|correct|single) )?"
    r"(?:number|answer|result|word|name|code|json|yes|letter|formula|output|translation|date|title|year|command|query|zahl|antwort|ergebnis|wort"
    r"|nombre|réponse|mot|número|respuesta|palabra|numero|risposta|parola|resposta|palavra|getal|antwoord|woord|siffran|svaret|ordet|liczbę|odpowiedź)\b"
    r"|\bjust (?:tell me|say) (?:if|whether|yes)\b|\b(?:ein|einem|un|una|um|uma|één|ett|jednym) (?:wort|mot|palabra|parola|palavra|woord|ord|słowem)\b"
    r"|(?:\A|[,.:;(]\s?|\b(?:in|with|by|use|using|only|just|give(?: me)?|answer|reply|say) )(?:one|a single|1) word\b"
    r"|\byes or no\b|\by/n\b|\bja oder nein\b|\boui ou non\b|\bsí o no\b|(?<!\b(?:have|has|is|are) )\bno (?:explanations?|comments?|commentary|extra text|prose|intro)\b"
)
_MORE = regex.compile(
    r"\s*+(?:(?:please|then|also|and|but) )*+(?:list|explain|describe|include|add|give|name|show|provide|compare|mention|discuss|sum|put|say|tell|outline"
    r"|walk|write|use|nenne|erkläre|begründe|donne|explique|ajoute|da|explica|añade|spiega|aggiungi|dê|leg uit|geef|ge|förklara|podaj|wyjaśnij)\b"
    r".*\b(?:options|advantages?|tables?|reason(?:ing|s)?|steps?|step by step|examples?|background|history|paragraphs?|details?|each|why|how|comparison"
    rf"|(?:{'|'.join([*NUMBER_WORDS][1:])}|\d+|several|some|more) (?:\p{{L}}+ )?\p{{L}}+s"
    r"|(?<!plain |simple |clear |own )words|sentences|context|causes|depends|beispiele?|schritte?|exemples?|étapes?|ejemplos?|pasos?|esempi?o?|exemplos?|voorbeeld\w*|exempel|przykład\w*)\b"
)


def _beyond_limit(before: str, after: str) -> str | None:
    """Name an added sentence that asks for more where the original says that one thing is all it wants."""
    limit = _NOTHING_ELSE.search(before)
    if not limit or _MORE.match(before):
        return None
    known = {" ".join(key for key, *_ in words_of(sentence)) for sentence in SENTENCE.findall(before)}
    own = {key for key, *_ in words_of(before)}
    for sentence in SENTENCE.findall(after)[1:]:
        keys = [key for key, *_ in words_of(sentence)]
        if " ".join(keys) not in known and _MORE.match(sentence) and 2 * sum(key in own for key in keys) < len(keys):
            return f"{limit[0]}: {' '.join(sentence.split())[:60]}"
    return None


# Sizes of answers in words: the most that there is room for, the least that a wish takes.
_COUNT = rf"\d+|several|multiple|many|{'|'.join(NUMBER_WORDS)}"
_SIZES = {"character": 0.2, "char": 0.2, "word": 1, "line": 12, "sentence": 30, "paragraph": 57}
_LEAST = {"page": 250, "chapter": 250, "section": 29, "paragraph": 29, "word": 1, "line": 5}  # of all else 8
_FEW_SENTENCES, _BRIEF, _IN_DETAIL, _IN_ORDER = 50, 56, 57, 40
_LONGEST = 40  # words of an instruction; in longer ones limits are of parts
_KIND = r"(?:(?!(?:an?|the|or) )\p{L}+ )?"
_ROOM = regex.compile(
    r"(?:\A|[,.:;(]\s?|\b(?:max\.?(?:imum)?(?: of)?|most|up to|under|below|within|(?:less|fewer|(?:no|not|n't)(?: \p{L}+)? (?:more|longer)) than"
    r"|in|use|using|with|to|only|just|exactly|about|give(?: me)?|write(?: me)?|need|want) )"
    rf"(?P<count>{_COUNT}|(?<=\bin )an?)[ -]{_KIND}(?P<unit>{'|'.join(_SIZES)})s?\b"
    r"(?!\s*(?:each|every|per|apiece|or more|min|minimum|at least|for (?:each|every)|an? (?:day|week))\b)"
    r"|\b(?P<tweet>an? tweet)\b|\b(?:briefly|concisely|in brief|tl;?dr|(?:short|quick) answers?|in a nutshell|be (?:brief|concise|short)"
    r"|short and sweet|keep (?:it|this) (?:(?:very|really|super) )?(?:short|brief|concise))\b"
)
_WISH = regex.compile(
    rf"(?<!\b(?:at most|up to|than|under|within|below|max|maximum|maximum of) )\b(?:(?P<count>{_COUNT}|an?)[ -]{_KIND}"
    r"(?P<unit>word|line|sentence|paragraph|page|section|chapter|point|bullet|example|step|reason|fact|item|synonym|tip|benefit)s?\b(?![- ]by)"
    r"|(?P<order>step[- ]by[- ]step|table)\b|(?:in (?:\p{L}+ )?detail|detailed|comprehensive\w*|thorough(?:ly)?|in[- ]depth|exhaustive\w*|extensively|at length)\b)"
)


def _beyond_room(before: str, after: str, denial: regex.Pattern[str]) -> str | None:
    """Name a wish for more than the original leaves room for: "in one sentence" and "in detail"."""
    rooms = [(_room(match), match[0].strip(" ,.:;(")) for match in islice(_ROOM.finditer(before), MOST_MARKERS)]
    if not rooms or len(before.split()) > _LONGEST:
        return None
    room, limit = min(rooms)
    most = max([room, *(size for size, _ in _wishes(before, denial))])
    wishes = ((size, wish) for size, wish in _wishes(after, denial) if wish not in before)
    return next((f"{limit}: {wish}" for size, wish in wishes if size > most), None)


def _room(match: regex.Match[str]) -> float:
    if not match["unit"]:
        return _FEW_SENTENCES if match["tweet"] else _BRIEF
    count, one = _count(match), _SIZES[match["unit"]]
    if match["unit"] == "sentence" and 1 < count < 6:
        return _FEW_SENTENCES
    return one + (count - 1) * _LEAST.get(match["unit"], one) if match["unit"] == "paragraph" else count * one


def _count(match: regex.Match[str]) -> int:
    said = match["count"]
    return int(said[:6]) if said.isdigit() else NUMBER_WORDS.get(said, 1 if said[0] == "a" else 3)


def _wishes(text: str, denial: regex.Pattern[str]) -> Iterator[tuple[float, str]]:
    """Yield how long an answer must be at least for what a text asks of it, and the words that do."""
    for match in islice(_WISH.finditer(text), MOST_MARKERS):
        if not is_denied(text, *match.span(), denial):
            least = _count(match) * _LEAST.get(match["unit"], 8) if match["unit"] else _IN_DETAIL
            yield _IN_ORDER if match["order"] else least, match[0]


# What is asked for by other words, too; how, and what may follow.
_ALSO = {
    "code": ("snippet", "snippets"),
    "lists": ("list", "bullet", "bullets"),
    "bullet": ("bullets", "bulleted"),
    "math": ("formulas", "equations", "equation"),
    "maths": ("formulas", "equations", "equation"),
    "formulas": ("equations", "equation"),
    "rhymes": ("couplets",),
}
_ASKS_FOR = regex.compile(
    r"\b(?:include|including|add|give|provide|show|use|insert|write|present|make|with|put|contain\w*|offer|attach|end)\b "
    r"(?:(?:(?:lots?|plenty|couple) of|(?!(?:about|on|of|for|against|from|if|where|that)\b)[\p{L}-]+) ){0,4}\Z"
)
_OWNED = regex.compile(r"\b(?:have|has|had|got|is|are|was|were|there's) \Z")  # what is so, not what is wanted
_ALONE = regex.compile(r"(?: points?)?(?:\W*\Z|\s*[.!?,;:)\n]| (?P<word>[\p{L}']+))")
_GOES_ON = frozenset("and or please pls plz thanks thx i'm im i just but at only ok".split())


def _asked_again(before: str, after: str, languages: frozenset[str]) -> str | None:
    """Name what the original does not want at all and the refined text asks for: "no code", "include code"."""
    marker, denial = denials(languages)
    own, others = words_of(before), words_of(after)
    for shown, words in scopes(before, marker, languages):
        at = before.find(shown)
        for key, number, joined in [] if _OWNED.search(before[max(0, at - 12) : at]) else words:
            if number and not joined and (number > 1 or words[0][0] not in VERBS):
                continue
            places = places_of(key, own)
            if all(is_denied(before, *place, denial) and _is_alone(before, place[1]) for place in places):
                names = {key, *_ALSO.get(key, ())}
                for word in others:
                    if any(word.key == name or is_form(name, word.key) for name in names) and _is_asked(
                        after, word.start, word.end, denial
                    ):
                        return f"{shown[:30]}: {after[max(0, word.start - 20) : word.end]}"
    return None


def _is_asked(text: str, start: int, end: int, denial: regex.Pattern[str]) -> bool:
    """Say whether a word is asked for: "include a list", not "include a list price"."""
    asks = _ASKS_FOR.search(text[max(0, start - 50) : start]) and _is_alone(text, end, _GOES_ON | _JOINS)
    return bool(asks) and not is_denied(text, start, end, denial)


_JOINS = frozenset("in for to that which where if as with example examples sample samples snippet snippets".split())


def _is_alone(text: str, end: int, joins: frozenset[str] = _GOES_ON) -> bool:
    """Say whether a word stands for itself, not for what follows it: "no code", not "no code comments"."""
    follows = _ALONE.match(text, end)
    return follows is not None and (not follows["word"] or follows["word"] in joins | VERBS | {*QUESTIONS})


def _lack(before: str, after: str, languages: frozenset[str]) -> str | None:
    """Name what is there now though the original is without it, or is lacking now though the original has it."""
    denial, old, new = denials(languages)[1], words_of(before), words_of(after)
    for one, own, words, text in ((before, old, new, after), (after, new, old, before)):
        for match in islice(_LACK.finditer(one), MOST_MARKERS):
            what, compound = match["what"], (match.start(), match.end())
            if what in _NO_LACK or what in stop_words("English"):
                continue
            there = [place for place in places_of(what, words) if not _LACK.fullmatch(text, *place)]
            here = [place for place in places_of(what, own) if not compound[0] <= place[0] < compound[1]]
            if there and not here and not any(is_denied(text, *place, denial) for place in there):
                return match[0]
    return None


def _particle(before: str, after: str) -> str | None:
    """Name a small word that became its contrary beside the same word."""
    sides = _beside(before), _beside(after)
    pairs = [*_PARTICLES, *(pair[::-1] for pair in _PARTICLES)]
    argued = [*_FOR_AGAINST, *(pair[::-1] for pair in _FOR_AGAINST)]
    for number, (one, other) in enumerate([*pairs, *argued]):
        had, has = sides[0].get(one, set()), sides[1].get(other, set())
        shared = had & has - sides[1].get(one, set()) - sides[0].get(other, set())
        if number >= len(pairs):
            shared = {word for word in shared if _ARGUED.fullmatch(word[1])}
        if shared:
            return f"{one} became {other}"
    return None


def _beside(text: str) -> dict[str, set[tuple[int, str]]]:
    """Map each small word to the next content words before and behind it, up to three words away."""
    small = {word for pair in (*_PARTICLES, *_FOR_AGAINST) for word in pair}
    keys = [word.key for word in words_of(text)]
    found: dict[str, set[tuple[int, str]]] = {}
    for at, key in enumerate(keys):
        if key in small:
            before = [one for one in keys[max(0, at - 3) : at] if one not in stop_words("English")][-1:]
            behind = [one for one in keys[at + 1 : at + 4] if one not in stop_words("English")][:1]
            found.setdefault(key, set()).update({(-1, one) for one in before} | {(1, one) for one in behind})
    return found


def _is_word_denied(key: str, text: str, languages: frozenset[str]) -> bool:
    """Say whether a word is denied anywhere: "don't write long" and "keep it short" are one."""
    return any(
        is_denied(text, word.start, word.end, denials(languages)[1]) for word in words_of(text) if word.key == key
    )


def _opposite(before: str, after: str, languages: frozenset[str]) -> str | None:
    """Name a word of the original that is gone while its contrary is new."""
    old, new = [word.key for word in words_of(before)], [word.key for word in words_of(after)]
    had, has = set(old), set(new)
    for one, others in CONTRARIES.items():
        if one in had and one not in has:
            for other in others:
                if other in has and other not in had and not _is_word_denied(one, before, languages):
                    return f"{one} became {other}"
    gone, came = had - has, has - had
    for whole, parts in ((gone, came), (came, gone)):
        for key in whole:
            prefix = _PREFIX.match(key)
            base = key[prefix.end() :] if prefix else ""
            if not prefix or len(base) < 5 or base not in parts or f" {prefix[0]} {base}" in after:
                continue
            if not _is_word_denied(base, after if parts is came else before, languages):
                return f"{key} became {base}" if whole is gone else f"{base} became {key}"
    return None
