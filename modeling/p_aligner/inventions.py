"""Does a rewrite state an amount that nobody gave? Counts and limits of what the answer should hold are no facts."""

from itertools import islice, pairwise

import regex

from .amounts import given_numbers
from .spans import SENTENCE, prose, shown
from .spelling import Forms, is_respelling, word_key, words_of
from .word_lists import GIVE, MAKE, NUMBER_WORDS, TELL, stop_words, word_set


_SMALL = "|".join(word for word in NUMBER_WORDS if word != "one")
_NUMBER = regex.compile(
    rf"(?i)(?<![\w.,/:]|\d-)(?P<sign>[$€£¥₹])?[ ]?(?P<value>\d[\d.,]*+(?<![.,])|(?:{_SMALL})(?!\w))"
)
_MOST = 40  # numbers of a sentence that are looked at, so that the time stays linear
# Numbers that are an example, an estimate or a hint are no facts of the user's.
_SUPPOSED = regex.compile(
    r"(?i)\b(?:example|e\.?g|such as|hints?:?|estimate\w*|check\w*|verify|rough\w*|assum\w+|suppos\w+|imagin\w+|beispiel\w*|z\.b|hinweis|tipp|schätz\w*"
    r"|exemple\w*|indice|astuce|estim\w*|ejemplo\w*|pista|esempio|stima\w*|indizio|exemplo\w*|dica|voorbeeld\w*|schat\w*|exempel|ledtråd|przykład\w*|wskazówka)\b"
)
_MONEY = regex.compile(
    r"(?i)[ -]?(?:[$€£¥₹]|dollars?|euros?|pounds?(?! of)|bucks|quid|usd|eur|gbp|cents?|francs?|franken|pesos?|reais|kronor|kr|zł\w*|yen|rupees?)(?!\w)"
)
_MEASURE = regex.compile(
    r"(?i)[ -]?(?:kg|kilos?|kilogram\w*|g|grams?|gramm\w*|lbs?|oz|ounces?|km|kilomet\w+|miles?|mi|m|cm|mm|met(?:er|re)s?|metros?|mètres?|metri|centimet\w+|feet|foot|ft|inch(?:es)?|yards?"
    r"|lit(?:er|re)s?|litros?|litri|ml|gallons?|gb|tb|mb|sqm|m²|acres?|hectares?|°|degrees)(?![\w/])"
)
_GUESTS = regex.compile(
    r"(?i)[ -](?:guests?|people|persons?|children|kids|students|pupils|employees|players|participants)\b"
)
_MOST_SERVED = 12  # people: for so few a recipe may be asked to be written
_AGE = regex.compile(
    r"(?i)[ -]?(?:years?|yrs?|months?|jahren?|monaten?|ans|mois|años|meses|anni|mesi|anos|jaar|maanden|år|månader|lat|miesięcy)(?P<rest>[ -](?:ago|old|later|left|pregnant|alt\w*|old))?(?!\w|-old)"
)
_LASTING = regex.compile(
    r"(?i)\b(?:for|after|since|(?:in|over|for) the (?:past|last)|seit|nach|depuis|après|il y a|de|desde hace|hace|da|dopo|há|depois de|sinds|na|sedan|efter|od|po)[ ]\Z"
)
_YOUNG = regex.compile(
    r"(?i)\b(?:child\w*|kid|boy|girl|kind\w*|enfants?|niñ\w+|bambin\w+|crianças?|barn|dzieck\w*|someone|pupil|audience|age|aged)\b"
)
_OWN = regex.compile(
    r"(?i)\b(?:(?:my|our|mein\w*|unser\w*|mes|nos|mis|nuestr\w+|miei|mie|meus|minhas|mijn|onze|mina|våra|moje|moich)[ ](?:\w+[ ])?"
    r"|(?:i|we)(?:['’](?:m|ve|re)|[ ](?:am|have|are|weigh|earn|own|got|work|make|pay|only have))[ ](?:\w+[ ])?"
    r"|(?:ich (?:bin|habe|wiege|verdiene)|j['’]ai|tengo|peso|ho|tenho|ik (?:ben|heb|weeg)|jag (?:är|har|väger)|mam|ważę)[ ])\Z"
)
# What an answer is counted in.
_ANSWER = word_set(
    "word sentence line paragraph step tip example point bullet idea option reason way question item section column row page character minute second hour "
    "day week session time percent part stage level star grade variant version suggestion alternative title headline slide chapter verse stanza syllable "
    "wort worter satz satze satzen zeile zeilen absatze schritte schritten tipps beispiele punkte stichpunkte minuten mots mot phrases phrase lignes etapes "
    "conseils exemples points palabras frases lineas pasos consejos ejemplos puntos minutos parole frasi righe passi consigli esempi punti minuti palavras "
    "linhas passos dicas exemplos pontos woorden zinnen regels stappen tips voorbeelden punten minuten ord meningar rader steg exempel punkter minuter slow "
    "zdan zdania zdaniach kroki krokow porad przykladow people persons serving adult guest player personen personnes personas persone pessoas personer osob"
)
# What a clause tells of something that the user has: "which was late by 75 minutes", "the heating, which is out for 9 days".
_RELATIVE = (
    r"(?i)(?:,[ ]*(?:(?:in|for|on|of|with)[ ])?|\b(?:in|for|on|of|with)[ ])(?:which|whom?|where|when|whose|der|die|das|welche[rs]?|qui|que|où|dont|che|dove|onde|die|dat"
    r"|wat|waar|som|där|któr\w+)\b[^,.;]*?\b"
)
_TOLD = regex.compile(
    rf"{_RELATIVE}(?:was|were|been|had|\w{{3,}}ed|came|took|left|went|got|bought|began|broke|paid|war|waren|hatte|dauerte|\w+te|betrug|kam|lag|wurde"
    r"|était|avait|a duré|fue|era|duró|tenía|estaba|costó|ha durato|foi|tinha|durou|duurde|hadden|hade|varade|kostade|był[ao]?|miał[ao]?|trwał[ao]?)\b"
    r"[^,.;]*\Z"
)
_OPENED = regex.compile(r"(?i),[ ](?:der|die|das|welche[rs]?|wo|dat|waar)\b[^,.;]*\Z")  # with the verb at its end
_AT_END = regex.compile(r"(?i)[^,.;]*\b(?:war|waren|hatten?|\w{3,}te|betrug|kam|lag|duurden?|hadden?|was)\W*\Z")
_STOPS = stop_words("English")
_COPULAS = word_set("is are was were be the a an or and to by than under within most least about around up in my our")


def invented_amount(original: str, refined: str) -> str | None:
    """Name an amount that is new and that is stated of the user's own matter: money, a measure, an age, a count."""
    before, after = prose(original), prose(refined)
    had = given_numbers(original, original)
    known = " ".join(before.casefold().split())
    keys = [word.key for word in words_of(before) if word.key not in ("a", "an", "the")]
    pairs = set(pairwise(keys))
    for sentence in SENTENCE.findall(after):
        if " ".join(sentence.casefold().split()) in known or _SUPPOSED.search(sentence):
            continue
        for match in islice(_NUMBER.finditer(sentence), _MOST):
            if not given_numbers(before, sentence[match.start() : match.end() + 12]).isdisjoint(had):
                continue
            if any(is_respelling(word_key(match["value"]), key) for key in keys) and not match["value"][0].isdigit():
                continue
            start, end = match.span()
            if match["sign"] or any(pattern.match(sentence, end) for pattern in (_MONEY, _MEASURE)):
                return shown(sentence[start : end + 20])
            if match["value"].isdigit() and int(match["value"]) > _MOST_SERVED and _GUESTS.match(sentence, end):
                return shown(sentence[start : end + 20])
            left = sentence[max(0, start - 90) : start]
            age = _AGE.match(sentence, end)
            if age and (_LASTING.search(left) or age["rest"]) and not _YOUNG.search(left):
                return shown(sentence[start : age.end()])
            told = _TOLD.search(left) or (_AT_END.match(sentence, end) and _OPENED.search(left))
            if told or _OWN.search(left) or _is_within(sentence, match.span(), pairs):
                return shown(sentence[start : end + 20])
    return None


# What users say of themselves; not what they say of their wish.
_FACT = regex.compile(
    r"(?i)\W*(?:(?:and|also|btw|by the way),? )?(?:i(?:['’]m| am)(?! (?:\w+ly )?(?:looking|trying|asking|curious|interested|wondering|writing|working on|sorry|not|unsure|sure|confused|"
    r"grateful|new|after|hoping|planning|going)\b)|i(?:['’]ve| have)(?! (?:to|a question|questions|no idea|trouble|difficulty|heard|been)\b)|i (?:live|work|own|study|speak|was born)\b|my name is\b)"
)
_FIRST_PERSON = frozenset(
    "i im ive id ill me my mine myself we us our ours weve were ima imma idk gimme lemme gonna wanna gotta dunno tryna iam meh mi".split()
)


def invented_fact(original: str, refined: str) -> str | None:
    """Name a sentence that says of the user what the original, which says nothing of who asks, does not know."""
    keys = [word.key for word in words_of(original)]
    if not _FIRST_PERSON.isdisjoint(keys):
        return None
    known = Forms(keys)
    for sentence in SENTENCE.findall(prose(refined)):
        if _FACT.match(sentence):
            new = [word.key for word in words_of(sentence) if word.key not in _STOPS and word.key not in known]
            if any(not any(is_respelling(key, other) for other in known.counts) for key in new):
                return shown(sentence)
    return None


def _is_within(sentence: str, place: tuple[int, int], pairs: set[tuple[str, str]]) -> bool:
    """Say whether a number, maybe with "cans of" behind it, was put between two words that stood side by side."""
    left, right = (
        words_of(sentence[max(0, place[0] - 60) : place[0]]),
        [word.key for word in words_of(sentence[place[1] : place[1] + 60])],
    )
    if len(left) < 2 or not right or sentence[place[1] : place[1] + 1] == "-":
        return False
    one = next((word.key for word in reversed(left) if word.key not in ("a", "an", "the")), "")
    if (
        one in GIVE | MAKE | TELL | _COPULAS | {"me", "us"}
        or right[0] in _ANSWER
        or right[0].removesuffix("s") in _ANSWER
    ):
        return False
    behind = [right[0], *(right[2:3] if right[1:2] == ["of"] else [])]
    return any(
        (one, other) in pairs or (one, other.removesuffix("s")) in pairs
        for other in behind
        if other not in stop_words("English")
    )
