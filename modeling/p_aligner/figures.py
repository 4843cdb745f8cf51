"""Amounts in words, written in figures: "half a million", "twenty-fifth", "half past three in the afternoon".

Rules for English; of other languages the plain numbers below a hundred. Knows no units beyond those behind a half.
"""

from collections.abc import Callable

import regex

from .spelling import word_key
from .word_lists import ALL_ORDINALS, NUMBER_WORDS, SCALES


Span = tuple[int, int]

_UNIT = {word: value for word, value in NUMBER_WORDS.items() if value < 10}
_TEN = {word: value for word, value in NUMBER_WORDS.items() if value >= 20}
_HOUR = {word: value for word, value in NUMBER_WORDS.items() if value <= 12} | {
    str(hour): hour for hour in range(1, 13)
}
_LOW_ORDINALS = {word: value for word, value in ALL_ORDINALS.items() if value < 10}
_SCALE = rf"(?P<scale>{'|'.join(SCALES)})"
_PART = r"(?:in the (?P<part>morning|afternoon|evening)|at (?P<night>night)|(?P<half>[ap])\.?m\b\.?)"


def _any(words: dict[str, int]) -> str:
    return "(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")"


def _scaled(match: regex.Match[str]) -> str:
    scale = SCALES[match["scale"]]
    return str(scale // (4 if match[0].startswith("quarter") or "quarter" in match[0] else 2))


def _dozens(match: regex.Match[str]) -> str:
    count = match["count"]
    if count is None or count == "a":
        return "12"
    return "6" if count.startswith("half") else str(12 * (NUMBER_WORDS.get(count) or int(count)))


def _clock(match: regex.Match[str]) -> str:
    hour, way = _HOUR[match["hour"]], match["way"]
    minutes = {"half": 30, "quarter": 15}.get(match["minutes"]) or NUMBER_WORDS.get(match["minutes"]) or 25
    if way in ("to", "before", "til", "till"):
        hour, minutes = (hour - 2) % 12 + 1, 60 - minutes
    return f"{hour}:{minutes:02}" + _part(match)


def _part(match: regex.Match[str]) -> str:
    part, half = match["part"] or match["night"], match["half"]
    return f" {half}m" if half else "" if part is None else " am" if part == "morning" else " pm"


_SHARES = dict(pair.split("=") for pair in "half=5 haf=5 1/2=5 ½=5 quarter=25 1/4=25 ¼=25 3/4=75 ¾=75".split())


def _mixed(match: regex.Match[str]) -> str:
    return f"{NUMBER_WORDS.get(match['whole']) or int(match['whole'])}.{_SHARES[match['share']]}"


def _ordinal(match: regex.Match[str]) -> str:
    return f"{_TEN[match['ten']] + _LOW_ORDINALS[match['low']]}th"


def _year(match: regex.Match[str]) -> str:
    rest = NUMBER_WORDS.get(match["teen"] or "", 0) or _TEN.get(match["ten"] or "", 0)
    return str(NUMBER_WORDS[match["century"]] * 100 + rest + _UNIT.get(match["unit"] or "", 0))


_MEASURED = (
    r"(?=(?:an?[ ])?(?:miles?|hours?|minutes?|cups?|tea|table|tsp|tbsp|litres?|liters?|pounds?|kilos?|kilograms?|inch|"
    r"inches|metres?|meters?|feet|foot|days?|weeks?|months?|years?|pints?|gallons?|ounces?|acres?|kilomet|km|lbs?|oz)\b)"
)
# In this order: what one rule has written, another one does not read.
_WRITTEN: list[tuple[str, Callable[[regex.Match[str]], str]]] = [
    (rf"(?<!\w)(?:a )?(?:half(?: an?)?|quarter(?: of)? an?|quarter) {_SCALE}(?!\w)", _scaled),
    (rf"(?<!\w)(?<!\b(?:baker's|by the) )(?:(?P<count>half a|a|\d{{1,3}}|{_any(NUMBER_WORDS)}) )dozen(?!\w)", _dozens),
    (
        rf"(?<!\w)(?:a )?(?P<minutes>half|quarter|ten|twenty|twenty[- ]five|five) (?:minutes )?(?:(?P<way>past|after)"
        rf"|(?P<way>(?<=quarter )(?:to|before|til|till))) (?P<hour>{_any(_HOUR)})(?! \w*(?:hundred|thousand))(?!\w)"
        rf"(?: o'?clock)?(?: {_PART})?",
        _clock,
    ),
    (
        rf"(?<!\w)(?P<hour>{_any(_HOUR)})(?: o'?clock)? {_PART.replace('|(?P<half>[ap])', '|(?P<half>(?!))')}(?!\w)",
        lambda match: f"{_HOUR[match['hour']]}{_part(match)}",
    ),
    (
        rf"(?<![\w.,/])(?P<whole>\d{{1,4}}|{_any(NUMBER_WORDS)})(?: and an? (?P<share>half|haf|quarter)(?!\w)"
        r"|[ ](?P<share>1/2|1/4|3/4)(?![\d/])|[ ]?(?P<share>[½¼¾]))",
        _mixed,
    ),
    (
        rf"(?<![\w/.,])(?:(?P<three>three quarters?(?: of)?|3/4|¾)|(?P<two>half(?: of)?|1/2|½)|(?:an? )?quarter(?: of)?|1/4|¼)"
        rf"[ ]{_MEASURED}(?:an?[ ])?",
        lambda match: "0.75 " if match["three"] else "0.5 " if match["two"] else "0.25 ",
    ),
    (rf"(?<!\w)(?P<ten>{_any(_TEN)})[ -](?P<low>{_any(_LOW_ORDINALS)})(?!\w)", _ordinal),
    (
        rf"(?<!\w)(?P<century>(?:fif|six|seven|eigh|nine)teen|twenty)[ -](?:(?P<ten>{_any(_TEN)})(?:[ -](?P<unit>"
        rf"{_any(_UNIT)}))?|(?:oh|o)[ -](?P<unit>{_any(_UNIT)})|(?P<teen>\w+teen|ten|eleven|twelve))(?!\w)"
        rf"(?! (?:{'|'.join(SCALES)}))",
        _year,
    ),
    # Thousands and notes: "ten grand", but no grand piano.
    (
        rf"(?<=(?<!\w)(?:\d[\d.]*|{_any(NUMBER_WORDS)})) (?:grand|thou)(?!\w)"
        r"(?! (?:piano|slam|prix|father|mother|total|child|canyon))",
        lambda match: " thousand",
    ),
    (r"(?<!\w)a (?:fiver|(?P<ten>tenner))(?!\w)", lambda match: "10" if match["ten"] else "5"),
]
_RULES = [(regex.compile(pattern), write) for pattern, write in _WRITTEN]
_HINT = regex.compile(
    r"half|haf|dozen|quarter|past|after|morning|evening|night|noon|teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
    r"|grand|thou|fiver|tenner|[½¼¾]|/[24]"
)


def in_figures(text: str) -> str:
    """Write the amounts of a text in lower case in figures: "a dozen" as 12."""
    if _HINT.search(text):
        for pattern, write in _RULES:
            text = pattern.sub(write, text)
    return text


def amounts_in(text: str) -> list[Span]:
    """Find the words that tell an amount, which are compared as numbers."""
    text = text.casefold() if len(text.casefold()) == len(text) else text.lower()
    return [match.span() for pattern, _ in _RULES for match in pattern.finditer(text)] if _HINT.search(text) else []


# Other languages.

_SMALL = {
    "German": "ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn "
    "siebzehn achtzehn neunzehn",
    "French": "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize",
    "Spanish": "uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis "
    "diecisiete dieciocho diecinueve",
    "Italian": "uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici "
    "sedici diciassette diciotto diciannove",
    "Portuguese": "um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis "
    "dezessete dezoito dezenove",
    "Dutch": "een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien "
    "zeventien achttien negentien",
    "Swedish": "ett två tre fyra fem sex sju åtta nio tio elva tolv tretton fjorton femton sexton sjutton arton nitton",
    "Polish": "jeden dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć jedenaście dwanaście trzynaście "
    "czternaście piętnaście szesnaście siedemnaście osiemnaście dziewiętnaście",
}
_TENS = {
    "German": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig hundert",
    "French": "vingt trente quarante cinquante soixante soixante-dix quatre-vingts quatre-vingt-dix cent",
    "Spanish": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa cien",
    "Italian": "venti trenta quaranta cinquanta sessanta settanta ottanta novanta cento",
    "Portuguese": "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa cem",
    "Dutch": "twintig dertig veertig vijftig zestig zeventig tachtig negentig honderd",
    "Swedish": "tjugo trettio fyrtio femtio sextio sjuttio åttio nittio hundra",
    "Polish": "dwadzieścia trzydzieści czterdzieści pięćdziesiąt sześćdziesiąt siedemdziesiąt osiemdziesiąt "
    "dziewięćdziesiąt sto",
}
_JOINTS = {"German": "{unit}und{ten}", "Dutch": "{unit}en{ten}", "Swedish": "{ten}{unit}", "Italian": "{ten}{unit}"}


# What ordinals begin with, from the first one on; German ones end in what "_ENDINGS" has.
_NTH = """
erst zweit dritt viert fünft sechst siebt acht neunt zehnt elft zwölft|premier deuxième troisième quatrième cinquième sixième
première|primero segundo tercero cuarto quinto sexto séptimo octavo|primera segunda tercera cuarta quinta
primo secondo terzo quarto quinto sesto settimo ottavo|prima seconda terza quarta quinta
primeiro segundo terceiro quarto quinto sexto|primeira segunda terceira quarta quinta
eerste tweede derde vierde vijfde zesde zevende achtste|första andra tredje fjärde femte sjätte
pierwszy drugi trzeci czwarty piąty szósty|pierwsza druga trzecia czwarta|pierwszej drugiej trzeciej czwartej
""".strip().replace("\n", "|")
_ENDINGS = ("e", "en", "er", "es", "em")


def _foreign() -> dict[str, str]:
    found = {"duas": "2", "kilkanascie": ""}
    for number, line in enumerate(_NTH.split("|")):
        for value, word in enumerate(line.split(), 1):
            found |= {word_key(word + ending): str(value) for ending in (_ENDINGS if not number else [""])}
    for language, words in _SMALL.items():
        small = [word_key(word) for word in words.split()]
        tens = [word_key(word) for word in _TENS[language].split()]
        found |= {word: str(value) for value, word in enumerate(small, 1) if value > 1}
        found |= {word: str(10 * value) for value, word in enumerate(tens, 2)}
        if joint := _JOINTS.get(language):
            for ten, tenth in enumerate(tens[:-1], 2):
                for unit, word in enumerate(small[:9], 1):
                    found[joint.format(unit=word, ten=tenth)] = str(10 * ten + unit)
    return found


# By key, the value: what is left of a number when it is written in figures.
FOREIGN_NUMBERS = {word: value for word, value in _foreign().items() if value and word not in NUMBER_WORDS}


_ROMAN = "II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX XXI".split()
ROMAN = {numeral.casefold(): str(value) for value, numeral in enumerate(_ROMAN, 2) if len(numeral) > 1}


def is_roman(name: str, text: str) -> bool:
    """Say whether a number, or a name that ends with one, is there with a Roman one: "ww2" as "WWII", "4" as "IV"."""
    stem = name.rstrip("0123456789")
    number = name[len(stem) :]
    value = int(number) if number and len(number) < 3 else 0
    if not 1 <= value <= len(_ROMAN) + 1:
        return False
    numeral = "I" if value == 1 else _ROMAN[value - 2]
    if stem:
        return regex.search(rf"(?i)(?<!\w){regex.escape(stem)} ?{numeral}(?!\w)", text) is not None
    return regex.search(rf"(?<=\p{{Lu}}[\p{{L}}'’]{{1,20}} ){numeral}(?![\w'’])", text) is not None
