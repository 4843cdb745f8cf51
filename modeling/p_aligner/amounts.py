"""Which numbers, times and amounts stand in a text, and are they still there? Knows units, not what they measure.

A number has what it needs and what it gives: "10k" needs 10000 or 10k, "3 PM" gives 15:00, and so neither is lost when
one way of writing becomes another. A unit is a set of readings, as "m" may be metres, minutes or a million.
"""

import unicodedata
from collections import defaultdict
from typing import NamedTuple

import regex

from .abbreviations import ABBREVIATIONS
from .chat import is_sounded, without_chat_digits
from .dates import DATES
from .figures import FOREIGN_NUMBERS, in_figures, is_roman
from .spans import plain, prose
from .spelling import word_key, words_of
from .word_lists import ALL_ORDINALS, NUMBER_WORDS, OPERATIONS, ORDINALS, SCALES, VERBS, stop_words


ENUMERATOR = regex.compile(r"(?m)^[ \t]*+(?:[-*#>+]++[ \t]*+)?[(\[]?(\d{1,3})[.)\]](?=[ \t])")

# Units in the ways they are written; a spelling of two units may be read in two ways, and "_" is a space.
_UNITS = """
% percent per_cent pct prozent pour_cent por_ciento por_cento per_cento procent procenten procento
$ usd us$ us_dollar us_dollars dollar dollars buck bucks dolares dólares dollari dolarów
€ eur euro euros euronen mäuse balles pavos
£ gbp british_pound british_pounds pounds_sterling pound pounds quid pfund livres libras sterline funt
¥ jpy yen yens japanese_yen|元 cny rmb yuan 块|₹ inr rupee rupees rs
cad c$ ca$ canadian_dollar canadian_dollars|aud a$ au$ australian_dollar australian_dollars
chf franc francs franken swiss_francs|sek nok dkk kr krona kronor krone kroner kronen
zł zl pln zloty zlotys zlotych złotych złoty|₽ rub ruble rubles roubles|₩ krw won|cent cents ct|p pence penny
mg milligram milligrams|µg μg mcg microgram micrograms
g gr gram grams gramme grammes gramm gramos grammi gramas gramów
kg kgs kilo kilos kilogram kilograms kilogramm kilogrammes kilogramme kilogramos kilogrammi quilos 公斤
t tonne tonnes ton tons tonnen|lb lbs pound pounds|oz ounce ounces|st stone|nm nanometres nanometers
mm millimetre millimetres millimeter millimeters milímetros
cm centimetre centimetres centimeter centimeters zentimeter centímetros centimetri
m metre metres meter meters mètres metros metri metrów
km kms kilometre kilometres kilometer kilometers kilomètres kilómetros chilometri quilómetros quilômetros
in inch inches zoll|ft foot feet|yd yard yards|mi mile miles|m² m2 sqm sq_m square_metres square_meters quadratmeter
m³ m3 cubic_metres cubic_meters|km² km2 square_kilometres|sqft sq_ft square_feet|ha hectare hectares|acre acres
ml millilitre millilitres milliliter milliliters|cl centilitre centilitres centiliter|dl deciliter decilitre
l litre litres liter liters litros litri litrów|gal gallon gallons|cup cups|tbsp tablespoon tablespoons tbs
tsp teaspoon teaspoons|ns nanosecond nanoseconds|ms millisecond milliseconds
s sec secs second seconds sekunde sekunden seconde secondes segundo segundos secondi
m min mins minute minutes minuten minuto minutos minuti minuter minut
h hr hrs hour hours std stunde stunden heure heures hora horas ora ore uhr uur timme timmar godzin godziny
d day days tag tage tagen jour jours día días dia dias giorno giorni dag dagen dagar dni
w wk wks week weeks woche wochen semaine semaines semana semanas settimana settimane weken veckor
m mo mos mth mths month months monat monate monaten mois mes meses mese mesi maand maanden månader
y yr yrs yo year years jahr jahre jahren an ans année années año años anno anni ano anos jaar år lat lata
c °c °_c celsius degrees_celsius|f °f °_f fahrenheit degrees_fahrenheit
° deg degree degrees °c °f °_c °_f degrees_celsius degrees_fahrenheit|kb kilobyte kilobytes|mb megabyte megabytes
gb gigabyte gigabytes|tb terabyte terabytes|mbit mbps megabits|gbit gbps|hz hertz|khz kilohertz|mhz megahertz
ghz gigahertz|px pixel pixels|mph miles_per_hour|km/h kmh kph kilometres_per_hour kilometers_per_hour
m/s metres_per_second|v volt volts|a amp amps ampere|mah|w watt watts|kw kilowatt kilowatts|kwh kilowatt_hours
kcal cal calorie calories kalorien|psi|rpm|fps
"""
UNITS: defaultdict[str, frozenset[int]] = defaultdict(frozenset)
for _reading, _line in enumerate(_UNITS.strip().replace("\n", "|").split("|")):
    for _spelling in _line.casefold().split():
        UNITS[_spelling.replace("_", " ")] |= {_reading}
_DEGREES = UNITS["°"]
_YEARS = UNITS["year"]
_SELF = regex.compile(r"\b(?:i['’]?m|i am|me|s?he['’]?s|[fm])[ (,]*\Z")  # "I'm 34F"
_AGE = regex.compile(r"(?i)\b(?:age[ds]?|turn\w*|old|jährig\w*|who(?:'s| is| are)|alt)\b")
# Words as well, or letters that stand for much else: units only where they are written to the number.
_ATTACHED = frozenset("in st won an a b c d f p t v w y as cal grad mi mo".split())
_UNIT = "|".join(regex.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_UNIT_BEHIND = regex.compile(rf"(?P<space>[ \u00a0]|-(?=\p{{L}}))?(?P<unit>{_UNIT})(?![\p{{L}}\d])")
_BARE_UNIT = regex.compile(
    r"(?<![\w.,-])(?P<value>\d++(?:[.,]\d++)?)[ ]?(?:(?:°|degrees?|grad|deg)[ ]?)?"
    r"(?P<unit>celsius|fahrenheit|kelvin|[cfvwgl])(?![\w'’+#])"
)
_SIGN_BEFORE = regex.compile(
    r"(?:(?P<unit>us\$|[$€£¥₹₽₩])|(?<!\w)(?P<code>usd|eur|gbp|chf|inr|rs|sek|pln|jpy|cny|rub))\.?[ ]?\Z"
)
SCALE = {"k": 1000, "m": 10**6, "mn": 10**6, "mio": 10**6, "b": 10**9, "bn": 10**9} | SCALES

_NUMBER_WORD = "|".join([*NUMBER_WORDS, *SCALES])
TOKEN = regex.compile(
    rf"""
    (?P<clock>   (?<! [\w.:] ) (?P<hour> \d{{1,2}} ) (?: [:.h] (?P<minute> \d\d ) )?
                 [ \u00a0]? (?P<half> [ap] ) \.? [ ]? m (?! \w ) )                # 7:45 pm
  | (?P<name>    (?<!\w) \p{{L}} [^\W\d]*+ \d \w*+ )                            # H2O, x1: a name, whole
  | (?P<digits>  (?: (?<= [=(\[,<>*/^] [ ]? | \p{{L}} [ ] ) [-−] )?             # a sign, not a hyphen or a bullet
                 (?: \d+ (?P<joint>[-/]) \d+ (?: (?P=joint) \d+ )+              # date, phone number
                   | \d+ (?: : \d+ )+ | \d+ (?: \. \d+ ){{2,}}                    # time, version
                   | \d{{1,3}} (?: , \d{{3}} )+ (?: \. \d+ )? (?! \d )
                   | \d+ (?: \. \d+ )? | (?<! [\w.] ) \. \d+ ) )
                 (?P<suffix> \p{{L}}*+ )                                        # the letters of 3rd, 1990s, 5km
                 (?: [ ] (?P<scale> k | mio | mn | bn | {"|".join(SCALES)} ) (?! \w ) )?
  | (?P<words>   (?<!\w) (?: {_NUMBER_WORD} ) (?: [ -] (?: and [ ] )? (?: {_NUMBER_WORD} ) )* (?!\w) )
  | (?P<ordinal> (?<!\w) (?: {"|".join(ORDINALS)} ) (?!\w) )
  | (?P<other>   [^\W\d]++ )
    """,
    regex.VERBOSE,
)
# A comma for a dot before a unit, and what is called "401(k)".
_COMMA = regex.compile(rf"(?<![\d.,])(\d++),(\d{{1,2}})(?=[ ]?(?:{_UNIT})(?![\p{{L}}\d]))")
_CALLED = regex.compile(r"(?<!\w)(\d{3})[ ]?\((\p{L})\)")
_ISO_DATE = regex.compile(r"(?P<year>\d{4})[-/](?P<month>\d\d)[-/](?P<day>\d\d)")
# What these words may stand for in a refined text.
_PARTS = {
    **{"half": {"1", "2"}, "halves": {"2"}, "thirds": {"3"}, "quarter": {"1", "4"}},
    **{"quarters": {"4"}, "fifths": {"5"}, "eighths": {"8"}},
    **{word: {signs[0][:2]} for word, signs in OPERATIONS.items() if word.endswith("ties")},
}
_POWER = regex.compile("(?<!m)[²³]")
# A number with a dot that ends in zeros, as versions do: without them it may be another one.
_ZEROS = regex.compile(
    r"(?<![\w.,$€£])(?P<short>v?\d+(?:\.\d+)*?(?P<part>\.\d*[1-9])?)(?:\.0+|(?<=\.\d+)0+)(?![\w.,]?\d)",
    regex.IGNORECASE,
)
_BESIDE_VERSIONS = {"and", "or", "to", "vs", "versus", "from", "than"}
_NAME = regex.compile(r"\p{Lu}[\p{L}.+#]*(?: (?:version|and|or|vs|to|\d[\d.]*))*[ ]\Z")
_MOST_LOST = 40  # numbers that are looked for as words, so that the time stays linear
_SOMEBODY = {"someone", "anyone", "everyone"}  # "sum1"
_POWERED = regex.compile("[a-z]+[23]")
_ORDINAL_ENDINGS = frozenset({"st", "nd", "rd", "th"})
_MORE_ORDINALS = {word: str(value) for word, value in ALL_ORDINALS.items() if word not in ORDINALS}


class Token(NamedTuple):
    """A word or a number of a text."""

    text: str  # the word in lower case, or the number's value, however it was written
    number: bool  # is it a number?
    needs: frozenset[str] = frozenset()  # the values of which one must stand in a refined text
    gives: frozenset[str] = frozenset()  # the values that it stands for in a refined text
    units: tuple[frozenset[int], ...] = ()  # the readings of each of its units
    shown: str = ""  # as it is written, with its unit


def tokens_of(text: str) -> list[Token]:
    """List the words and numbers of a text, without the enumerators of lists."""
    text = ENUMERATOR.sub(lambda match: " " * len(match[0]), text).casefold()
    text = _CALLED.sub(r"\1\2", _COMMA.sub(r"\1.\2", in_figures(text)))
    text = _POWER.sub(lambda match: "^2" if match[0] == "²" else "^3", text)
    tokens: list[Token] = []
    for match in TOKEN.finditer(text):
        kind, found = match.lastgroup, match[0]
        if match["clock"]:
            tokens.append(_clock(match))
        elif match["digits"]:
            tokens.append(_digits(text, match, tokens))
        elif kind == "words" and found != "one":
            values = [str(value) for value in _spelled_values(found)]
            units = _unit_behind(text, match.end())
            for value in values:
                tokens.append(_number(value, {value}, {value}, units if value == values[-1] else (), value))
        elif kind == "ordinal":
            value = str(ORDINALS[found])
            tokens.append(_number(value, {value}, {value}, (), found))
        elif kind == "name":
            ends = {found, *regex.findall(r"\d+", found)}
            tokens.append(_number(found, {found}, ends, (), found))
        else:
            given = _MORE_ORDINALS.get(found)
            other = "0" if found == "zero" else FOREIGN_NUMBERS.get(word_key(found))
            gives = {given, given + "th"} if given else {other} if other else _PARTS.get(found, ())
            tokens.append(Token(found, False, gives=frozenset(gives)))
    return tokens


def _number(text: str, needs: set[str], gives: set[str], units: tuple[frozenset[int], ...], shown: str) -> Token:
    return Token(text, True, frozenset(needs), frozenset(gives), units, " ".join(shown.split()))


def _clock(match: regex.Match[str]) -> Token:
    """Read "7:45 pm" as 19:45, which may also be said so; what says nothing of the half may stand for the morning."""
    hour, minute = int(match["hour"]), match["minute"] or "00"
    late = hour % 12 + (12 if match["half"] == "p" else 0)
    half, day = f"{hour}:{minute}{match['half']}m", f"{late}:{minute}"
    bare = {f"{hour}:{minute}"} | ({str(hour)} if minute == "00" else set())
    return _number(day, {half, day + "!"}, {half, day + "!", day, *bare}, (), match[0])


def _digits(text: str, match: regex.Match[str], before: list[Token]) -> Token:
    value, suffix = _value(match["digits"]), match["suffix"]
    text_of, needs, gives = value, {value}, {value}
    end, units = match.end(), []
    longer = _UNIT_BEHIND.match(text, match.start("suffix")) if suffix in ("km", "m") else None
    if longer and longer["unit"] != suffix:  # "km/h"
        suffix, end = longer["unit"], longer.end()
    if date := _ISO_DATE.fullmatch(value):
        gives |= {date["year"], str(int(date["day"]))}
    if regex.fullmatch(r"\d{1,2}:\d\d", value):
        hour, minute = value.split(":")
        day = f"{int(hour)}:{minute}"
        half = f"{int(hour) - 12 if int(hour) > 12 else int(hour)}:{minute}{'pm' if int(hour) >= 12 else 'am'}"
        needs |= {day} | ({half} if int(hour) > 12 else set())
        gives |= {day, day + "!", half} | ({str(int(hour))} if minute == "00" else set())
    if len(value) == 2 and text[match.start() - 1 : match.start()] in ("'", "’"):  # "since '98"
        needs |= {"19" + value, "20" + value}
    if regex.fullmatch(r"(?:[01]\d|2[0-3])[0-5]\d", value):  # "1430" may be a time of day
        needs |= {f"{int(value[:2])}:{value[2:]}"}
    if regex.fullmatch(r"\d{1,3}\.\d{3}", match["digits"]):  # thousands, in many languages
        thousands = match["digits"].replace(".", "")
        needs, gives = needs | {thousands}, gives | {thousands}
    if suffix in _ORDINAL_ENDINGS:
        needs, gives = {value, value + "th"}, {value, value + "th"}
    elif suffix == "s" and regex.fullmatch(r"\d?\d?\d0", value):
        decade = {value, value[-2:], "19" + value[-2:]} if len(value) in (2, 4) and value[:2] != "20" else {value}
        needs, gives = needs | decade, gives | decade
    elif suffix and suffix not in SCALE and not (suffix == "f" and _SELF.search(text, 0, match.start())):
        units += [UNITS[suffix]] if suffix in UNITS else []
    scale = SCALE.get(suffix) or SCALE.get(match["scale"] or "")
    if scale and regex.fullmatch(r"-?\d+(?:\.\d+)?", value):
        whole = _scaled(value, scale)
        if suffix in ("m", "b"):  # metres, minutes or millions
            needs, gives = {value, whole}, {value, whole}
            units += [UNITS["m"]] if suffix == "m" and not _is_money(text, match.start()) else []
        else:
            text_of, needs, gives = whole, {whole, value + "k"}, {whole, value + "k"}
    if not (len(value) > 2 and value.startswith("0")):  # a phone number
        units += _unit_behind(text, end)
    if any(reading in UNITS["km"] for unit in units for reading in unit):
        gives.add(value + "k")
    if sign := _SIGN_BEFORE.search(text, max(0, match.start() - 6), match.start()):
        units.append(UNITS[sign["unit"] or sign["code"]])
    if before and not before[-1].number and match.start() and text[match.start() - 1] in "- ":
        # COVID-19 may stand for covid19, Wi-Fi 6 for wifi6.
        gives |= {before[-1].text + value, "".join(token.text for token in before[-2:]) + value}
    return _number(text_of, needs, gives, tuple(units), text[match.start() : end + 12].split("\n")[0])


def _is_money(text: str, start: int) -> bool:
    return _SIGN_BEFORE.search(text, max(0, start - 6), start) is not None


def _scaled(value: str, scale: int) -> str:
    whole, _, rest = value.partition(".")
    digits = len(str(scale)) - 1
    if len(rest) > digits:
        return value
    return str(int(whole + rest.ljust(digits, "0"))) if len(whole) < 30 else value


def _unit_behind(text: str, end: int) -> tuple[frozenset[int], ...]:
    match = _UNIT_BEHIND.match(text, end)
    if not match or (match["space"] and match["unit"] in _ATTACHED):
        return ()
    return (UNITS[match["unit"]],)


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


def numbers_of(text: str) -> list[Token]:
    return [token for token in tokens_of(text) if token.number]


def given_numbers(original: str, refined: str) -> set[str]:
    """Collect what may stand for the numbers of the original: all numbers of the refined text, and "one" for 1.

    Enumerators count when the original does not use them, as when "first 1) ..., then 2) ..." becomes a list.
    """
    tokens = [*tokens_of(refined), *tokens_of(prose(refined))]
    given = set().union(*(token.gives for token in tokens))
    given.update(set(ENUMERATOR.findall(refined)) - set(ENUMERATOR.findall(original)))
    if any(token.text == "one" for token in tokens):
        given.add("1")
    return given


def lost_numbers(original: str, given: set[str], refined: str) -> list[str]:
    """List the numbers of a text that are not among these; "b4" is there as "before", "c2" as "c²"."""
    text = without_chat_digits(original, refined)
    lost = dict.fromkeys(token.text for token in numbers_of(text) if token.needs.isdisjoint(given))
    said = {word.key for word in words_of(refined)} if lost else set()
    months = set().union(*(DATES.get(key, set()) for key in said))
    signs = (
        _POWER.sub(lambda match: "2" if match[0] == "²" else "3", refined.casefold().replace("^", "")) if lost else ""
    )
    return [
        number
        for number in list(lost)[:_MOST_LOST]
        if not any(said.issuperset(words) for words in ABBREVIATIONS.get(number, ()))
        and not is_sounded(number, said | _SOMEBODY)
        and not is_roman(number, refined)
        and not (
            (date := _ISO_DATE.fullmatch(number))
            and int(date["month"]) in months
            and {date["year"], str(int(date["day"]))} <= given
        )
        and not (_POWERED.fullmatch(number) and regex.search(rf"(?<!\w){number}(?!\w)", signs))
    ]


def lost_units(original: str, refined: str) -> list[str]:
    """List the numbers that are still there, but without their unit or currency, or with another one."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for token in numbers_of(refined):
        for value in token.gives:
            found[value] |= {-1}.union(*token.units)
    lost = []
    for token in numbers_of(original):
        there = [found[value] for value in token.needs if value in found]
        for unit in token.units if there else ():
            wanted = unit - _DEGREES or unit
            if unit == UNITS["m"] and not found.keys().isdisjoint(token.needs - {token.text}):
                continue  # millions
            if not any(wanted & units for units in there) and not (wanted & _YEARS and _AGE.search(refined)):
                lost.append(token.shown)
    lost += [match[0] for match in list(_ZEROS.finditer(original))[:_MOST_LOST] if _is_cut(match, original, refined)]
    grown = [match for match in list(_ZEROS.finditer(refined))[:_MOST_LOST] if match["part"]]
    grown = [match for match in grown if _NAME.search(refined[max(0, match.start() - 30) : match.start()])]
    lost += [match["short"] for match in grown if _is_cut(match, refined, original)]
    before, after = _bare_units(original), _bare_units(refined)
    return lost + [
        f"{value} {min(units)}" for value, units in before.items() if after.get(value, units).isdisjoint(units)
    ]


def _is_cut(match: regex.Match[str], original: str, refined: str) -> bool:
    """Say whether "3.10" became "3.1"; "17.0" may be 17, and amounts are what they are worth."""
    if not (match["part"] or match["short"][0] in "vV" or "." in match["short"]) or _unit_behind(
        original, match.end()
    ):
        return False
    left = [word.key for word in words_of(original[max(0, match.start() - 30) : match.start()])]
    left = [key for key in left if key not in _BESIDE_VERSIONS and not key.isdigit()][-1:]
    if match[0][0] not in "vV" and (not left or left[0] in (VERBS | stop_words("English")) - {"go"}):
        return False
    number, short = (regex.escape(text.lstrip("vV")) for text in (match[0], match["short"]))
    there = rf"(?i)(?<![\d.,$€£])(?:v(?:ersion)?[ ]?)?{short}(?![\w.,]?\d|[ ]?[€%])"
    return not regex.search(rf"(?<![\d.,]){number}(?!\d)", refined) and regex.search(there, refined) is not None


def _bare_units(text: str) -> dict[str, set[str]]:
    """Map numbers to the letters behind them that may be units: they may go, but none becomes another."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for match in _BARE_UNIT.finditer(text.casefold()):
        found[_value(match["value"])].add(match["unit"][0])
    return found


def numbers_by_context(text: str) -> dict[tuple[int, str, str], list[Token]]:
    """Map the two tokens before, around and after each number to the numbers found there."""
    tokens = tokens_of(plain(text))
    numbers: dict[tuple[int, str, str], list[Token]] = {}
    for at, token in enumerate(tokens):
        if token.number:
            for first, second in ((-2, -1), (-1, 1), (1, 2)):
                if at + first >= 0 and at + second < len(tokens):
                    context = (first, tokens[at + first].text, tokens[at + second].text)
                    numbers.setdefault(context, []).append(token)
    return numbers


def changed_number(original: str, refined: str) -> str | None:
    """Fail a number that became another one between the same two words; numbers in added text are fine."""
    before, after = numbers_by_context(original), numbers_by_context(refined)
    for context, numbers in before.items():
        if found := after.get(context):
            given = set().union(*(token.gives for token in found))
            if all(token.needs.isdisjoint(given) for token in numbers):
                return f"{min(token.text for token in numbers)} became {min(token.text for token in found)}"
    return None
