"""Languages by script and function words: one text in each, and every other language says no."""

import pytest

from p_aligner.judging.languages import LANGUAGES, is_in


TEXTS = {
    "ar": "ذهب الولد إلى المدرسة مع صديقه في الصباح ثم عاد إلى البيت بعد الظهر لأن كل هذا كان جميلا",
    "bg": "Това е една хубава книга и аз ще я чета, когато се върна от работа, но само ако не съм уморен",
    "bn": "আমি প্রতিদিন সকালে বই পড়ি এবং চা খাই",
    "cs": "Ten dům je velký a já se do něj chci podívat, protože jsem to od nich slyšel a také pro nás je důležitý",
    "da": "Jeg har en hund, og den er ikke stor, men vi skal til stranden med den, og det er min plan",
    "de": "Der Hund ist in dem Haus und schläft nicht, aber wir sind auch nicht im Garten mit den Kindern",
    "el": "Το σπίτι είναι μεγάλο και όμορφο",
    "en": "The dog is in the house and does not sleep, but we are with the children in their garden",
    "es": "El perro está en la casa y no duerme, pero los niños son los que juegan con la pelota en el jardín",
    "fa": "این کتاب برای من است و من آن را با دوستان خود می خوانم که در خانه ما هستند و از ما یاد گرفته اند",
    "fi": "Se on hyvä kirja ja minä luen sen, kun olen kotona, mutta ei nyt, että voi myös levätä",
    "fr": "Le chien est dans la maison et il ne dort pas, mais nous sommes dans le jardin avec les enfants",
    "gu": "હું દરરોજ સવારે પુસ્તક વાંચું છું અને ચા પીઉં છું",
    "he": "הכלב נמצא בבית ולא ישן כי הילדים משחקים",
    "hi": "यह किताब मेरी है और मैं इसे रोज़ पढ़ता हूँ क्योंकि यह बहुत अच्छी है और इस में कहानी भी है",
    "hu": "Ez egy nagy ház, és nem is tudom, hogy milyen a kert, de az ablak szép, mint a kép és el is megyek",
    "hy": "Տունը մեծ է և գեղեցիկ",
    "id": "Saya tidak tahu apa yang ada di dalam rumah itu, tetapi kami akan pergi ke sana dengan mereka",
    "it": "Il cane è nella casa e non dorme, ma i bambini sono nel giardino con la palla che è della scuola",
    "ja": "私は毎朝本を読んでお茶を飲みます",
    "ka": "სახლი დიდი და ლამაზია",
    "kn": "ನಾನು ಪ್ರತಿದಿನ ಬೆಳಿಗ್ಗೆ ಪುಸ್ತಕ ಓದುತ್ತೇನೆ",
    "ko": "나는 매일 아침 책을 읽고 차를 마신다",
    "ml": "ഞാൻ എല്ലാ ദിവസവും രാവിലെ പുസ്തകം വായിക്കുന്നു",
    "mr": "हे पुस्तक माझे आहे आणि मी ते रोज वाचतो कारण ते खूप चांगले आहे आणि त्या मध्ये एक गोष्ट आहे",
    "ne": "यो किताब मेरो हो र म यो हरेक दिन पढ्छु किनभने यो राम्रो छ र यस मा कथा पनि छ",
    "nl": "De hond is in het huis en slaapt niet, maar wij zijn met de kinderen in de tuin die van ons is",
    "pa": "ਮੈਂ ਹਰ ਰੋਜ਼ ਸਵੇਰੇ ਕਿਤਾਬ ਪੜ੍ਹਦਾ ਹਾਂ",
    "pl": "To jest dobra książka i ja się z nią nie nudzę, ale jak jestem w domu, to czytam ją od rana do nocy",
    "pt": "O cão está em casa e não dorme, mas as crianças são as que brincam com a bola no jardim da escola",
    "ro": "Câinele este în casă și nu doarme, dar copiii sunt cu mingea în grădină pentru că este o zi frumoasă",
    "ru": "Это хорошая книга, и я читаю её, когда я дома, но не сейчас, потому что мы с ним уже были в городе",
    "sv": "Jag har en hund och den är inte stor, men vi ska till stranden med den och det är min plan som du vet",
    "sw": "Mimi na rafiki yangu ni watu wa Kenya na kila siku sisi huenda katika mji kwa sababu ya kazi yetu",
    "ta": "நான் தினமும் காலையில் புத்தகம் படிக்கிறேன்",
    "te": "నేను ప్రతి రోజు ఉదయం పుస్తకం చదువుతాను",
    "th": "ฉันอ่านหนังสือทุกเช้าและดื่มชา",
    "tr": "Bu ev çok güzel ve bahçe için bir plan var ama ne zaman olur bilmem, daha sonra her şey gibi bu da olur",
    "uk": "Це гарна книга, і я читаю її, коли я вдома, але не зараз, тому що ми з ним вже були у місті",
    "ur": "یہ کتاب میری ہے اور میں اس کو ہر روز پڑھتا ہوں کیونکہ یہ بہت اچھی ہے اور اس میں ایک کہانی بھی ہے",
    "vi": "Đây là một cuốn sách hay và tôi đọc nó khi tôi ở nhà với bạn của tôi, để hãy nghỉ và không làm về các việc",
    "zh": "我每天早上看书和喝茶",
}


@pytest.mark.parametrize("language", sorted({*TEXTS, *LANGUAGES}))
def test_a_text_is_in_its_language_and_in_no_other(language: str) -> None:
    assert [code for code in LANGUAGES if is_in(TEXTS[language], code)] == [language]


def test_texts_that_say_little() -> None:
    assert is_in("12 + 30 = 42", "fi")
    assert is_in("Paris", "en")
    assert not is_in("Paris", "ru")
    assert is_in("Das ist ein Satz mit einem Wort wie привет, und das ist nicht schlimm.", "de")
    assert not is_in("zzz " * 20, "en")
    with pytest.raises(KeyError):
        is_in("nuqneH", "tlh")
