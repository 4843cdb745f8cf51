"""Does a rewrite say the contrary: a word's opposite, with what something lacks, more than what is all that is wanted?"""

from itertools import islice

import regex

from .negations import MOST_MARKERS, asked_and_given, denials, is_denied, places_of
from .spans import SENTENCE
from .spelling import words_of
from .word_lists import CONTRARIES, stop_words


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
    )


# What is all that is wanted, and what is more than that.
_NOTHING_ELSE = regex.compile(
    r"(?<!\b(?:is|was|are|it's) )\b(?:just|only|nothing but|solely|nur|seulement|juste|solo|solamente|só|apenas|alleen|bara|tylko)\b(?: \w+){0,2}?"
    r" (?:(?:the|an?|one|die|das|den|le|la|el|il|o|a|het|de) )?(?:(?:final|correct|single) )?"
    r"(?:number|answer|result|word|name|code|json|yes|letter|formula|output|translation|date|title|year|command|query|zahl|antwort|ergebnis|wort"
    r"|nombre|réponse|mot|número|respuesta|palabra|numero|risposta|parola|resposta|palavra|getal|antwoord|woord|siffran|svaret|ordet|liczbę|odpowiedź)\b"
    r"|\bjust (?:tell me|say) (?:if|whether|yes)\b|\b(?:one|a single|1|ein|einem|un|una|um|uma|één|ett|jednym) (?:word|line|wort|mot|palabra|parola|palavra|woord|ord|słowem)\b"
    r"|\byes or no\b|\by/n\b|\bja oder nein\b|\boui ou non\b|\bsí o no\b|\bno (?:explanations?|comments?|commentary|extra text|prose|intro)\b"
    r"|\b(?:one|two|three|1|2|3|4|5|a single) (?:short )?sentences?\b"
)
_MORE = regex.compile(
    r"\s*+(?:(?:please|then|also|and|but) )*+(?:list|explain|describe|include|add|give|name|show|provide|compare|mention|discuss|sum|put|say|tell|outline"
    r"|walk|write|use|nenne|erkläre|begründe|donne|explique|ajoute|da|explica|añade|spiega|aggiungi|dê|leg uit|geef|ge|förklara|podaj|wyjaśnij)\b"
    r".*\b(?:options|advantages?|tables?|reason(?:ing|s)?|steps?|step by step|examples?|background|history|paragraphs?|details?|each|why|how|comparison"
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
