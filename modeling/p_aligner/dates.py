"""Is a month or a weekday still the same one? Names and short forms in nine languages, Chinese, Japanese and Korean."""

import regex

from .spelling import is_respelling, word_key, words_of


_MONTHS = """
january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sep sept|october oct|november nov|december dec
januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember
janvier janv|février fév|mars|avril avr|mai|juin|juillet juil|août|septembre|octobre|novembre|décembre
enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre setiembre|octubre|noviembre|diciembre
gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre
janeiro|fevereiro|março|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro
januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december
januari|februari|mars|april|maj|juni|juli|augusti|september|oktober|november|december
styczeń stycznia styczniu|luty lutego lutym|marzec marca marcu|kwiecień kwietnia kwietniu|maj maja maju|czerwiec czerwca czerwcu|lipiec lipca lipcu|sierpień sierpnia sierpniu|wrzesień września wrześniu|październik października październiku|listopad listopada listopadzie|grudzień grudnia grudniu
"""
_WEEKDAYS = """
monday mon mondays|tuesday tue tues tuesdays|wednesday wed wednesdays|thursday thu thur thurs thursdays|friday fri fridays|saturday sat saturdays|sunday sun sundays
montag montags|dienstag dienstags|mittwoch mittwochs|donnerstag donnerstags|freitag freitags|samstag samstags sonnabend|sonntag sonntags
lundi lundis|mardi mardis|mercredi mercredis|jeudi jeudis|vendredi vendredis|samedi samedis|dimanche dimanches
lunes|martes|miércoles|jueves|viernes|sábado sábados|domingo domingos
lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica
segunda|terça|quarta|quinta|sexta|sábado sábados|domingo domingos
maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag
måndag måndagar|tisdag tisdagar|onsdag onsdagar|torsdag torsdagar|fredag fredagar|lördag lördagar|söndag söndagar
poniedziałek|wtorek|środa środę|czwartek|piątek|sobota sobotę|niedziela niedzielę
"""
# Which months and weekdays a key may stand for: 1 to 12 and 21 to 27.
DATES: dict[str, set[int]] = {}
for _table, _first in ((_MONTHS, 1), (_WEEKDAYS, 21)):
    for _line in _table.strip().split("\n"):
        for _number, _names in enumerate(_line.split("|"), _first):
            for _name in _names.split():
                DATES.setdefault(word_key(_name), set()).add(_number)
# Weekdays of Chinese, Japanese and Korean, and months of Chinese.
_CJK_DATE = regex.compile(
    r"(?:(?<![每几前后0-9一二两三四五六七八九十])周|星期|礼拜|週)(?P<day>[一二三四五六日天])|(?P<day>[月火水木金土日])曜|(?P<day>[월화수목금토일])요일"
    r"|(?<![0-9一二三四五六七八九十个])(?P<month>十?[一二三四五六七八九十]月)(?!间)"
)
_NO_DATES = frozenset("mon sun sat mar mai may mars wed segunda terca quarta quinta sexta".split())  # words as well


def changed_date(original: str, refined: str) -> str | None:
    """Name a month or weekday that is gone while another one is new, in a language of the original or another one."""
    lost, came = _cjk_dates(original) - _cjk_dates(refined), _cjk_dates(refined) - _cjk_dates(original)
    if lost and came:
        return f"{min(lost)} became {min(came)}"
    before, after = ([word.key for word in words_of(text)] for text in (original, refined))
    had, has = (set().union(*(DATES.get(key, set()) for key in keys)) for keys in (before, after))
    known = set(before)
    for key in dict.fromkeys(before):
        values = DATES.get(key)
        if not values or values & has:
            continue
        for other in dict.fromkeys(after):
            new = DATES.get(other)
            if not new or new & had or other in known or (other in _NO_DATES and key in _NO_DATES):
                continue
            same_kind = (min(values) > 12) == (min(new) > 12)
            mended = any(word not in DATES and is_respelling(word, other) for word in known)
            if same_kind and not mended:
                return f"{key} became {other}"
    return None


def _cjk_dates(text: str) -> set[str]:
    return {(match["day"] or match["month"]).replace("天", "日") for match in _CJK_DATE.finditer(text)}
