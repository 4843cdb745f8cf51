"""Is a no, an only or a bound of the original gone, or is one new?

Told by markers and the words behind them, not by meaning: a word that the original denies must be denied in the refined
text, wherever it stands there. English and the words for "no" and "without" of eight languages and Chinese.
"""

from functools import lru_cache
from itertools import islice, pairwise

import regex

from .dangers import is_dangerous
from .heads import main_language
from .members import JOINTS
from .request import without_asides
from .spans import prose
from .spelling import Word, is_form, is_relative, is_respelling, words_of
from .word_lists import FUNCTION_WORDS, NUMBER_WORDS, stop_words


MOST_MARKERS = 20  # looked at, so that the time stays linear
# What says no in any text of the language, and what does in a refined one.
NO_WORDS = r"no|not|never|nor|cannot|without|avoid\w*|refrain\w*|exclud\w*|omit\w*|skip\w*|free of"
_NOT = r"(?:do|dose?|does|did|is|are|was|were|ca|wo|should|would|could|have|has|had|must)n'?t"
_MARKERS = {
    "English": rf"{NO_WORDS}|w/o|non|neither|leave out|except(?: for)?|but not|(?<=\w ){_NOT}|(?:do|dose?|does|did)n'?t",
    "German": r"kein\w{0,2}|nicht|ohne|nie|niemals|außer|vermeid\w*|weder|ausgenommen",
    "French": r"sans|pas(?! seulement| mal)|jamais|aucune?|sauf|ni|évite\w*|excepté",
    "Spanish": r"sin|no|nunca|jamás|excepto|salvo|menos|evita\w*|ningun[oa]?|ningún|ni|tampoco",
    "Italian": r"senza|non|mai|tranne|eccetto|salvo|evita\w*|nessun[oa]?|né",
    "Portuguese": r"sem|não|nao|nunca|exceto|evit[ea]\w*|nenhuma?|nem|menos",
    "Dutch": r"zonder|geen|niet|nooit|behalve|vermijd\w*|noch",
    "Swedish": r"utan|inte|ingen|inget|inga|aldrig|undvik\w*|förutom|ej",
    "Polish": r"bez|nie|nigdy|oprócz|unikaj\w*|żadn\w+|ani",
}
_MORE_DENIALS = {
    "English": rf"{_NOT}|n't|except|instead of|rather than|other than|hardly|prevent\w*|stop\w*|none|nothing|nobody"
    r"|(?:wo|is|are)nt|apart from|lack\w*|leav\w+|cut|forbid\w*|ban\w*|un\w{5,}|free|less|drop|remov\w*|fail\w*|away|unable",
    "German": r"un\w{5,}|\w+frei\w?|\w+los\w?|statt|anstatt|verzicht\w*|aus",
    "French": r"ne|n|plutôt|au lieu|exclu\w*|hors",
    "Spanish": r"libre|exclu\w*|en lugar|en vez|fuera",
    "Italian": r"priv\w+|esclu\w+|invece|nient\w*",
    "Portuguese": r"livre|exclu\w*|em vez",
    "Dutch": r"\w+vrije?|\w+loze?|in plaats",
    "Swedish": r"\w+fri[at]?|\w+löst?|slipp\w*|i stället",
    "Polish": r"wyklucz\w*|zamiast|brak\w*",
}
# No negation of what follows: "whether or not", "not only", "no idea", "why don't you".
_NO_MARKER = regex.compile(
    r"(?:\d|from\b|to\b|only|just|more than|less than|fewer than|later than|longer than|matter|problem|worries|doubt|idea|clue|longer"
    r"|sure|hesitate|least|too|so|nur|seulement|solo|sólo|soltanto|só|apenas|alleen|bara|tylko|mal|wahr|wonder|one|thanks"
    r"|you|we|they|i|he|she|it|this|that|there|forget|surprisingly|necessarily|yet|until|bad|fewer|problema)(?:\b|(?<=\d))"
)
_NO_MARKER_BEFORE = regex.compile(
    r"(?:\b(?:or|if|whether|oder|ou|o|of|eller|czy|pourquoi|warum|yes|ja|oui|sí|est-ce)[ ,/]*|[\w'-])\Z"
)
# Who does not know asks: these say nothing of what is wanted.
_UNKNOWING = frozenset(
    "know knows understand get sure idea clue remember care mind see think figure believe quite really understood "
    "wissen weiss versteh verstehe kapier kapiere sais comprends comprend entiendo se capisco so sei entendo weet snap "
    "begrijp vet forstar fattar wiem rozumiem tell find want need make work works working help say mean".split()
)
_RELATIVE = regex.compile(r"\b(?:that|which|who) \Z")  # but "dinners that don't need an oven" are another wish
# What is spoken of like this is not wanted, either.
_IMPLIED = regex.compile(
    r"\b(?:spare|if (?:i|you|u|it|there|even)|another|enough|hate|sick|tired|heaven|instead|too much|last|quit|lay off|save)\b"
)
_NONE = regex.compile(r"(?:no|without|w/o|kein\w*|ohne|sans|sin|senza|sem|zonder|geen|utan|bez)\b")
_OR = frozenset("or nor oder noch ou ni o of eller czy ani lub".split())
_CLAUSE = regex.compile(
    r"[.!?;:,\n()\uFFFC…。！？，、]|\s[-–—]\s|\b(?:but|aber|mais|pero|ma|maar|men|ale|because|since|then)\b"
)
_SENTENCE = regex.compile(r"[.!?\n\uFFFC…。！？]")
# From here on something is wanted again: "no salt, with sugar".
_TURN = regex.compile(
    r"(?:[,;]|\b(?:and|but|und|aber|et|mais|y|pero|e|ma|mas|en|maar|och|men|i|ale))\s*(?:with|use|include|including|mit|"
    r"avec|con|com|met|med|z|add)\b|\bbut\b|\baber\b"
)
_CHINESE_NO = regex.compile(
    r"(?:不(?:要|用|能|得|许|許|含|带|帶|包括|使用|加|放|可)|(?<!有)没有?|(?<!有)沒有?|无(?!论)|無|勿|避免|除了|(?<![特分区區级級性识告辨])别(?![的人名])|非(?![常洲]))"
    r"(?:要|用|有|含|使用|包括|提到)?(?P<word>\p{Han}{2})"
    # Within an attribute, as in 不辣的菜.
    r"|不(?![同错过断久少管论但仅只知好如得])(?P<word>\p{Han}{2})"
)
# Japanese says no behind the word; a polite question does it too, and so do "must" and "maybe".
_JAPANESE_NO = regex.compile(
    r"(?P<word>[\p{Han}\p{Katakana}ー]{1,4})[\p{Hiragana}]{0,4}?(?:なし|無し|抜き|以外|禁止|ない|なく|ず(?=に|、|。|$)|ません(?!か))"
)
_JAPANESE_YES = regex.compile(
    r"かもしれ(?:ない|ません)|な(?:ければ|くては|いと)(?:いけ|なら)?(?:ない|ません)|少ない|危ない|すみません|しかない|間違いない"
)
_CHINESE_DENIAL = "不别別没沒无無勿未非免除"

_ONLY = regex.compile(
    r"\b(?:only|solely|exclusively|nothing (?:but|else)|nur|ausschließlich|lediglich|nichts anderes|seulement|uniquement|rien d'autre"
    r"|solamente|únicamente|sólo|soltanto|solamente|esclusivamente|somente|apenas|unicamente|alleen|uitsluitend|slechts|endast|bara"
    r"|enbart|tylko|wyłącznie)\b|只|仅|僅"
)
_SOLO = regex.compile(rf"\bs(?:olo|ó)\b|{_ONLY.pattern}")
_ONLY_KEPT = regex.compile(
    rf"{_ONLY.pattern}|\b(?:just|no (?:other|more|further|extra|explanations?|comments?|\w+)|alone|else|without|merely|simply|single|one"
    r"|not|don't|never|solo|sola|só|limit\w*|restrict\w*|ne|seule?s?|leave out|exactly|nothing|allein|bloß|kein\w*|ohne|sans|sin|senza|sem|zonder|utan|bez|exclusively)\b"
)
# What is asked of an answer "only"; "I only have eggs" says less.
_ORDER = regex.compile(
    r"\b(?:answer|reply|respond|return|output|print|use|give|write|list|show|include|say|tell|provide|name|translate|send|speak|explain"
    r"|focus|consider|change|correct|fix|mention|keep|need|want|antworte|verwende|nenne|gib|schreib\w*|übersetze|réponds|utilise|donne|écris"
    r"|responde|usa|da|dame|escribe|rispondi|scrivi|dammi|escreva|use|dê|antwoord|gebruik|geef|schrijf|svara|använd|ge|skriv|odpowiedz|użyj|podaj|napisz)\b"
)

_BOUNDS = {
    "at least": r"at least|minimum(?: of)?|min\.?|no (?:less|fewer) than|not (?:less|fewer) than|mindestens|wenigstens|au moins|al menos|por lo menos"
    r"|como mínimo|mínimo|almeno|pelo menos|no mínimo|minstens|ten minste|minst|åtminstone|co najmniej|przynajmniej|至少|more than|over|above|greater than"
    r"|longer than|exceed\w*|older than|upwards? of|>=|≥|>|mehr als|über|plus de|más de|più di|oltre|mais de|meer dan|mer än|ponad|więcej niż|from|starting at|beyond",
    "at most": r"at most|maximum(?: of)?|max\.?|maximal|up to|(?:no|not|never)(?: \w+)? (?:more|longer|over|above|greater|later|older|bigger|larger|exceed\w*)(?: than)?|höchstens"
    r"|au plus|au maximum|maximum|como máximo|máximo|a lo sumo|al massimo|massimo|no máximo|hoogstens|maximaal|högst|max|najwyżej|maksymalnie|最多|不超过|less than"
    r"|fewer than|under|below|within|shorter than|smaller than|<=|≤|<|limit\w*(?: \w+){0,2} to|(?:n't|not|no|without|nicht|pas|sin)(?: \w+){0,3} (?:more than|over|above|exceed\w*|longer than)"
    r"|bis zu|unter|weniger als|moins de|menos de|meno di|fino a|até|minder dan|mindre än|under|do|mniej niż|only|just|nicht mehr als|pas plus de|no más de|não mais (?:de|que)|niet meer dan|inte mer än|nie więcej niż|cheaper than|keep\w*(?: \w+){0,3} to|as many as|exactly|by|in",
}
_STRICT = regex.compile(
    r"(?<!\w)(?:(?P<least>at least|minimum(?: of)?|(?<!\d )min|no (?:less|fewer) than|mindestens|au moins|al menos|como mínimo|almeno|pelo menos|minstens|minst|co najmniej|至少"
    r"|(?<!no |not |n't |any )(?:more|longer|older) than|(?<!not |n't )over)"
    r"|(?P<most>at most|maximum(?: of)?|max|up to|no (?:more|longer|later|bigger|larger) than|not (?:more|longer) than|höchstens|maximal|au plus|au maximum|como máximo|máximo|al massimo|massimo|no máximo"
    r"|hoogstens|maximaal|högst|najwyżej|maksymalnie|最多|(?:less|fewer|shorter) than|under|below))[ ]*(?:of |de |den |a |about )?[$€£]?(?P<number>\d[\d.,]*|\p{L}+)"
)
_BEHIND = {
    "at least": regex.compile(
        r"\W{0,2}(?:[\p{L}%°²-]+ ){0,3}?(?:or (?:more|longer|older|over|above)|minimum|at least|plus|\+|and (?:up|above|over)|oder mehr|ou plus|o más|o più|ou mais|of meer|eller mer|lub więcej)"
    ),
    "at most": regex.compile(
        r"\W{0,2}(?:[\p{L}%°²-]+ ){0,3}?(?:or (?:less|fewer|under|shorter|below|cheaper)|maximum|max|at most|tops|limit|oder weniger|ou moins|o menos|o meno|ou menos|of minder|eller mindre|lub mniej)"
    ),
}
_BOUND = {
    name: regex.compile(rf"(?:(?<!\w)(?:{words})[ ]*(?:\p{{L}}+[ ]+){{0,2}}[$€£]?)\Z")
    for name, words in _BOUNDS.items()
}


def lost_denial(original: str, refined: str) -> str | None:
    """Name what is no longer, or newly, denied, limited or bounded."""
    if original == refined:
        return None
    asked, after, languages = asked_and_given(original, refined)
    before = _level(prose(original))
    for check in (_lost_no, _gained_no, _lost_only, _lost_bound):
        if found := check(asked, after, languages) if check is not _gained_no else check(before, after, languages):
            return found
    return None


def asked_and_given(original: str, refined: str) -> tuple[str, str, frozenset[str]]:
    """Write both texts in one way, the original without what is aimed at who answers, and name their languages."""
    asked = _level(prose(without_asides(original, refined)))
    return asked, _level(prose(refined)), frozenset({"English", main_language(words_of(asked))})


def _level(text: str) -> str:
    text = regex.sub(r"\s+", lambda space: "\n" if "\n" in space[0] else " ", text.replace("’", "'").casefold())
    return text.replace("with out ", "without ").replace("can not ", "cannot ")


@lru_cache
def denials(languages: frozenset[str]) -> tuple[regex.Pattern[str], regex.Pattern[str]]:
    # In another language than English, English words are words of that language or of none ("sin", "die").
    others = languages - {"English"} or languages
    marker = "|".join(_MARKERS.get(name, _MARKERS["English"]) for name in sorted(others))
    denial = "|".join(
        [
            marker,
            r"without|don't|avoid\w*|never",
            *(_MARKERS[name] + "|" + _MORE_DENIALS[name] for name in sorted(others) if name in _MARKERS),
        ]
    )
    return regex.compile(rf"(?<![\w'-])(?:{marker})(?![\w'])"), regex.compile(rf"(?<![\w])(?:{denial})(?![\w])|n't\b")


def scopes(
    text: str, marker: regex.Pattern[str], languages: frozenset[str]
) -> list[tuple[str, list[tuple[str, int, bool]]]]:
    """List the markers of a text with content words of their clauses: key, place there, does "or" stand before it?"""
    stops = frozenset().union(*(stop_words(name) for name in languages)) - {"up", "down"}
    scopes = []
    for match in islice(marker.finditer(text), MOST_MARKERS):
        if _NO_MARKER.match(text, match.end() + 1) or _NO_MARKER_BEFORE.search(
            text, max(0, match.start() - 12), match.start()
        ):
            continue
        end = _CLAUSE.search(text, match.end(), match.end() + 80)
        stop = end.start() if end else min(len(text), match.end() + 80)
        keys = ["", *(word.key for word in words_of(text[match.end() : stop])[:7])]
        words = [
            (key, at, last in _OR and len(key) > 2 and (last != "of" or "Dutch" in languages))
            for at, (last, key) in enumerate(pairwise(keys))
            if key not in stops
        ]
        is_of_clause = _RELATIVE.search(text[max(0, match.start() - 7) : match.start()])
        if words and (is_of_clause or words[0][0] not in _UNKNOWING):
            scopes.append((text[match.start() : stop].strip(), words[:3]))
    return scopes


def is_denied(
    text: str, start: int, end: int, denial: regex.Pattern[str], small: frozenset[str] = frozenset()
) -> bool:
    """Say whether a word is denied by what stands before it in its sentence, or shortly behind it in its clause.

    With `small`, words of grammar, a denial ends where one of them opens another clause: "senza aglio, in centro".
    """
    before = text[max(0, start - 70) : start]
    breaks = list(_SENTENCE.finditer(before))
    before = before[breaks[-1].end() :] if breaks else before
    turns = list(_TURN.finditer(before))
    clause = _CLAUSE.split(before) if small else []
    if len(clause) > 1 and not denial.search(clause[-1]) and any(word.key in small for word in words_of(clause[-1])):
        return False
    if denial.search(before[turns[-1].end() :] if turns else before):
        return True
    cut = _CLAUSE.search(text, end, end + 30)
    return denial.search(text, end, cut.start() if cut else min(len(text), end + 30)) is not None


def places_of(key: str, words: list[Word]) -> list[tuple[int, int]]:
    return [
        (start, end)
        for other, start, end in words
        if other == key or is_form(key, other) or (len(key) >= 5 and len(other) >= 5 and is_relative(key, other))
    ]


def _lost_no(before: str, after: str, languages: frozenset[str]) -> str | None:
    marker, denial = denials(languages)
    own, others = words_of(before), words_of(after)
    fewer = len(marker.findall(before)) > len(denial.findall(after))
    small = frozenset().union(*(FUNCTION_WORDS[name] for name in languages if fewer)) - _OR - JOINTS
    for shown, words in scopes(before, marker, languages):
        if " than" in shown and _LIMIT.search(after):
            continue
        seen = denied = 0
        wanted = False
        for key, number, joined in words:
            there = places_of(key, others)
            if not all(is_denied(before, *place, denial) for place in places_of(key, own)):
                # It is spoken of as well, as in "allergic to nuts, no nuts": some denial is left.
                wanted |= number == 0 and _NONE.match(shown) is not None and bool(there) and not denial.search(after)
                continue
            no = any(is_denied(after, *place, denial, small) for place in there)
            wanted |= joined and bool(there) and not no
            seen += bool(there)
            denied += no
        if wanted or (seen and not denied):
            return " ".join(shown.split())[:60]
        if not seen and len(own) > 20 and not denial.search(after):
            return " ".join(shown.split())[:60]
    if found := _turned_in_japanese(before, after):
        return found
    for match in islice(_CHINESE_NO.finditer(before), MOST_MARKERS):
        if before[max(0, match.start() - 1) : match.start()] == before[match.start() + 1]:
            continue  # 是不是
        starts = [found.start() for found in regex.finditer(match["word"], after)]
        if starts and not any(set(after[max(0, at - 4) : at]) & set(_CHINESE_DENIAL) for at in starts):
            return match[0]
    return None


def _turned_in_japanese(before: str, after: str) -> str | None:
    """Name a word that one of the texts denies, where the other says it and denies nothing."""
    before, after = (_JAPANESE_YES.sub("", text) for text in (before, after))
    had, has = (list(islice(_JAPANESE_NO.finditer(text), MOST_MARKERS)) for text in (before, after))
    if had and not has and any(match["word"][-2:] in after for match in had):
        return had[0][0]
    return next((match[0] for match in has if not had and match["word"][-2:] in before), None)


_LIMIT = regex.compile(_BOUNDS["at most"].replace("|by|in", ""))


def _gained_no(before: str, after: str, languages: frozenset[str]) -> str | None:
    """Name a word of the original that the refined text denies wherever it says it, and as often as the original did."""
    if is_dangerous(before):
        return None  # care says no
    marker, denial = denials(languages)
    own, others = words_of(before), words_of(after)
    gone = {word.key for word in own} - {word.key for word in others}
    for shown, words in scopes(after, marker, languages):
        key, number, _ = words[0]
        had = places_of(key, own)
        first = words_of(shown)[0].key
        if any(is_respelling(first, word) for word in gone):
            continue  # the original has the same, misspelt
        if any(_IMPLIED.search(_SENTENCE.split(before[max(0, start - 90) : start])[-1]) for start, _ in had):
            continue
        if not had or number > 1 or any(is_denied(before, *place, denial) for place in had):
            continue
        there = places_of(key, others)
        # What is said once more is said of an added wish, as in "Fix my code. Do not rename the code."
        if len(there) <= len(had) and all(is_denied(after, *place, denial) for place in there):
            return " ".join(shown.split())[:60]
    return None


def _lost_only(before: str, after: str, languages: frozenset[str]) -> str | None:
    found = next(
        (
            match
            for match in (_SOLO if languages & {"Spanish", "Italian", "Portuguese"} else _ONLY).finditer(before)
            if not before[max(0, match.start() - 5) : match.start()].endswith(("not ", "n't ", "if ", "nicht "))
        ),
        None,
    )
    if found is None or _ONLY_KEPT.search(after):
        return None
    clause = _SENTENCE.split(before[: found.start()])[-1] + " " + _SENTENCE.split(before[found.end() :])[0]
    return found[0] if _ORDER.search(clause) or _is_all_else_kept(before, after, found) else None


def _is_all_else_kept(before: str, after: str, only: regex.Match[str]) -> bool:
    """Say whether the words on both sides of an "only" now stand side by side, or the one behind it where it was first."""
    left, right = (
        words_of(text)
        for text in (before[max(0, only.start() - 40) : only.start()], before[only.end() : only.end() + 40])
    )
    keys = [word.key for word in words_of(after)]
    if not right:
        return False
    if not left or _SENTENCE.search(before, only.start() - 2 if only.start() > 1 else 0, only.start()):
        return keys[:1] == [right[0].key]
    return (left[-1].key, right[0].key) in pairwise(keys)


_NO_MORE = regex.compile(
    r"(?:\b(?:no|not|never)|n't)(?: \w+)? (?:more|longer|later|older|bigger|larger|greater)\b(?: than)?"
    r"|(?:\b(?:not|never)|n't)(?: \w+)? (?:over|above|exceed(?:ing)?)\b"
)


def _lost_bound(before: str, after: str, languages: frozenset[str]) -> str | None:
    """Name a bound of a number that the refined text no longer gives, or gives as the contrary."""
    before, after = (_NO_MORE.sub("at most", text) for text in (before, after))
    for match in islice(_STRICT.finditer(before), MOST_MARKERS):
        number, names = match["number"].rstrip(".,"), ("at least", "at most")
        places = [found.span() for found in regex.finditer(rf"(?<![\w.]){regex.escape(number)}(?![\d])", after)]
        if not places or not (number[0].isdigit() or number in NUMBER_WORDS):
            continue
        kept, turned = (
            any(
                _BOUND[name].search(after[max(0, start - 50) : start]) or _BEHIND[name].match(after, end)
                for start, end in places
            )
            for name in (names if match["least"] else names[::-1])
        )
        if not kept and (turned or not regex.search(r"over|under|below", match[0])):
            return match[0].strip()
    return None
