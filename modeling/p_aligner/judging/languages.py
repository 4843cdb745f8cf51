"""Is a text in a given language? Told by script and function words, without a model. Knows nothing of instructions."""

from ..spans import WORD, scripts_of
from ..word_lists import FUNCTION_WORDS


# English names by ISO 639-1 code: the languages of IFEval and of the guard.
LANGUAGES = dict(
    each.split()
    for each in (
        "ar Arabic, bg Bulgarian, bn Bengali, cs Czech, da Danish, de German, el Greek, en English, es Spanish, "
        "fa Persian, fi Finnish, fr French, gu Gujarati, he Hebrew, hi Hindi, hu Hungarian, hy Armenian, "
        "id Indonesian, it Italian, ja Japanese, ka Georgian, kn Kannada, ko Korean, ml Malayalam, mr Marathi, "
        "ne Nepali, nl Dutch, pa Punjabi, pl Polish, pt Portuguese, ro Romanian, ru Russian, sv Swedish, sw Swahili, "
        "ta Tamil, te Telugu, th Thai, tr Turkish, uk Ukrainian, ur Urdu, vi Vietnamese, zh Chinese"
    ).split(", ")
)
# Scripts of one language; some are called like it.
_OWN_SCRIPTS = {"ko": "Hangul", "pa": "Gurmukhi", "zh": "Han"} | {
    code: LANGUAGES[code] for code in ("bn", "el", "gu", "he", "hy", "ja", "ka", "kn", "ml", "ta", "te", "th")
}
# By script, the function words that the guard has no need of.
_WORDS: dict[str, dict[str, frozenset[str]]] = {
    script: {code: frozenset(words.split()) for code, words in languages.items()}
    for script, languages in {
        "Latin": {
            "sw": "na ya wa kwa ni katika la za cha kuwa hii hiyo huu hilo yake wake kama au lakini pia sana mimi "
            "wewe yeye sisi watu kila ili hata bila baada kabla yetu yangu ambayo ambao vya mwa",
        },
        "Cyrillic": {
            "ru": "и в не на что я с он как это по но из у за то все так же от о для бы мы вы она они его её ее к до "
            "или если чтобы когда уже только при был была было были есть этот эта эти который которые",
            "uk": "і в не на що я з він як це по але із у за то все так же від про для б ми ви вона вони його її до "
            "або якщо щоб коли вже тільки при був була було були є цей ця ці який які та й",
            "bg": "и в не на че аз с той как това по но от за то да се са е ще или ако когато вече само при беше бяха "
            "този тази тези който която които ние вие тя те го му ни ви си към до след през като",
        },
        "Arabic": {
            "ar": "في من على إلى أن هذا هذه التي الذي كان كانت ما لا مع عن هو هي كل أو ثم بعد قبل هناك لم لن قد إن "
            "كما بين ذلك تلك هل كيف لكن حيث عند",
            "fa": "و در به از که این است را با برای آن یک خود تا بر هم نیز می شود شده کرد بود باشد ما شما من او آنها "
            "یا اما اگر چه هر های ها هستند دارد",
            "ur": "کے میں کی ہے اور سے کا کو اس کہ ہیں نے پر یہ بھی ایک وہ تھا تھی جو کر ہو نہیں ان لئے لیے تو ہم آپ "
            "یا اپنے گیا تک ہوں کیا",
        },
        "Devanagari": {
            "hi": "के में है और की से का को कि पर यह भी एक वह था थी जो कर हो नहीं इस ने हैं लिए तो हम आप या अपने तक हूँ क्या "
            "मैं यदि लेकिन अगर थे",
            "mr": "आहे आणि च्या या ते तो ती हे मी आम्ही तुम्ही आहेत होते नाही एक साठी पण किंवा जर मध्ये त्या त्यांच्या काय कसे "
            "असे केले करा आपण सर्व त्याच्या होता होती झाले",
            "ne": "छ र को मा हो यो त्यो म हामी तपाईं छन् थियो लागि पनि गर्न एक भने तर वा लाई बाट मेरो हाम्रो हुन् हुन्छ गर्ने "
            "छु भएको गरेको यस के",
        },
    }.items()
}
_WORDS["Latin"] |= {code: FUNCTION_WORDS[name] for code, name in LANGUAGES.items() if name in FUNCTION_WORDS}
_SCRIPTS = _OWN_SCRIPTS | {code: script for script, languages in _WORDS.items() for code in languages}
# A text of this many words must have some function words of its language, one in so many.
_ENOUGH_WORDS, _ONE_IN = 12, 30


def is_in(text: str, language: str) -> bool:
    """Say whether most of a text is written in a language.

    Its script must be the most frequent one. Where languages share a script, no other may have more of its function
    words in the text, and in twelve words or more there must be some of its own. Short texts without function words
    therefore pass; a text without letters is in every language.

    Args:
        language: a code of `LANGUAGES`.

    Raises:
        KeyError: the language is not known.
    """
    script = _SCRIPTS[language]
    scripts = scripts_of(text)
    if not scripts:
        return True
    if max(scripts, key=lambda name: scripts[name]) != script:
        return False
    rivals = _WORDS.get(script)
    if rivals is None:
        return True
    words = [word for word in WORD.findall(text.casefold()) if not word.isdigit()]
    found = {code: sum(word in known for word in words) for code, known in rivals.items()}
    enough = len(words) < _ENOUGH_WORDS or found[language] * _ONE_IN >= len(words)
    return enough and found[language] == max(found.values())
