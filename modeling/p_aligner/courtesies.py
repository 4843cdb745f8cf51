"""Sentences and clauses that ask for nothing: greetings, wishes, thanks, sign-offs, complaints, impatience.

Told by their words: all that a rewrite dropped of them is among those of small talk or complaints, and nothing of them
asks for an answer. The lists are keys, as `spelling.word_key` writes them.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import regex

from .heads import MATERIAL
from .word_lists import GIVE, MAKE, QUESTIONS, TELL, VERBS, word_set


# Wishes: a part of the day or week is small talk only with one of these words.
_GOOD = word_set(
    "happy good gd nice great gr8 lovely wonderful pleasant blessed fine merry enjoy beautiful fantastic awesome relaxing "
    "bonne bon belle bel excellente schonen schone schones guten gute gutes gut frohe frohes liebe lieben viele herzliche buenas "
    "buenos buen buena feliz lindo linda bella buona buon buono buongiorno bom boa otimo otima fijne fijn goede prettige "
    "mooie trevlig fin bra god hej milego dobrego udanego dobry dobra"
)
_TIMES = word_set(
    "day days evening evenings morning mornings afternoon weekend week night monday tuesday wednesday thursday friday "
    "saturday sunday easter christmas holidays new year journee soiree aprem weekend fin semaine soir jour matin tag "
    "abend morgen nachmittag woche wochenende sonntag freitag montag grusse gruss dia dias tarde tardes noche noches semana finde "
    "giornata giorno serata sera settimana notte tarde noite manha dag avond morgen middag weekend dagen kvall morgon helg vecka dnia dnia wieczoru "
    "weekendu tygodnia one"
)
_WISHES = word_set(
    "hope hoping hopes well doing fine okay alright find finds found treating going rush hurry pressure worries minute moment "
    "sec second spare free chance quick question questions favour favor bother bothering bothered disturb disturbing "
    "annoying trouble interrupt again appreciate appreciated appreciation grateful thankful gratitude welcome blessing bless "
    "ahead advance care best regards wishes warm warmest kind kindest cheers love hugs greetings hello pleasure nice "
    "great amazing awesome star legend lifesaver angel helpful wonderful bye goodbye later soon seeya ciao cya night "
    "million ton bunch heaps loads everything attention consideration support patience reading hear hearing forward "
    "looking reply whenever ready convenient convenience able busy possible sorry apologies apologise apologize newbie "
    "howdy sup greeting todays today stay safe blast good lot much big huge xoxo xx xxx time effort job work chatting talk "
    "espere espero allez vas aller ca roule merci mille avance aider aidez aide grand beaucoup remercie aide amicalement cordialement "
    "bisous bientot bise bises svp stp plait plaisir derange deranger pardon coucou salut question petite rapide "
    "zusammen hoffe hoffentlich geht wohl dank danke besten vielen voraus gruss grusse mfg lg vg bg kurz kurze frage helfen hilf "
    "hilfst vllt vielleicht tschuss ciao bis bald entschuldigung storung stor storen eile lieb nett liebe herzlichen hilfe "
    "estes este bien vaya tal gracias mil antemano saludos saludo abrazo besos cordial porfa porfi xfa xfavor plis amable "
    "gentil ayuda ayudarme ayudame disculpa disculpe perdon molestia molestar pregunta rapida duda prisa apuro cuidate adios hasta luego "
    "spero bene grazie mille anticipo saluti cordiali saluto piacere favore cortesia gentilmente scusa scusi disturbo "
    "domanda veloce fretta aiutarmi aiuto aiutami presto baci abbracci "
    "esteja tudo bem obrigado obrigada obg brigado agradeco abraco abracos beijos bjs bj pf pfv pfvr fvr gentileza "
    "obsequio ajuda ajudar ajudarme duvida desculpa desculpe incomodo pressa tchau blz beleza "
    "hopelijk hoop goed gaat alvast bedankt dank groeten groetjes groet gr aub alsjeblieft alstublieft vraag snel vraagje "
    "haast helpen sorry doei fijne "
    "hoppas mar bra bara tack forhand mvh halsningar vanliga snalla fraga snabb hjalpa brattom kram "
    "nadzieje mam gory dziekuje dzieki prosze pozdrawiam pozdrowienia serdecznie pytanie szybkie pomoc pomoz pospiechu "
    "milego trick salutations pls plz plis pliz please thx thnx tnx ty tysm tks gimme"
)
_COMPLAINTS = word_set(
    "ask asked asking asks hard difficult complicated tough rocket science much lecture lectures speech sermon essay "
    "excuses excuse drama attitude nonsense rubbish rambling waffle fluff bs sitting waiting waited wait waste wasting wasted hour hours minutes ages eternity "
    "forever ridiculous unbelievable unreal pathetic absurd insane joke jokes kidding joking pointless useless hopeless "
    "frustrating annoying exhausting tiring boring infuriating outrageous unacceptable disappointing disappointed "
    "single every time times again still whole entire day days afternoon morning week patience nerves limit temper mind crazy mad "
    "talking wall brick walls screaming yelling shouting repeat repeating repeated myself yourself told telling "
    "seriously honestly surely obviously clearly simple easy basic straight straightforward trivial beyond expected expecting expect "
    "work works working serious getting losing lose running thin enough already finally once chance tries try trying tried attempt attempts last "
    "final warning kill die dying late minute second fast quick quickly faster slow slower question answer answers proper "
    "properly right wrong nobody noone anybody anyone care cares cared bother bothered point sigh wow great fantastic "
    "brilliant wonderful lovely typical figures surprise surprised shocker disaster mess hell fuss nothing clue idea good bad worse worst terrible awful horrible "
    "ago earlier breath hold holding switching switch chatbot bot ai another leaving leave cancel cancelling canceling cancelled subscription refund uninstall "
    "hate sick tired fed rant wrongly listening listen ignored ignoring ignore reading read understand understood "
    "schwer schwierig wirklich kompliziert ernst ernsthaft endlich geduld zeit ewig stunden warte warten lange frage frag fragen verstehen langsam langsamer "
    "mal wieder unfassbar unglaublich lacherlich peinlich toll super klasse "
    "complique difficile vraiment patience serieux serieusement ridicule incroyable pourtant sorcier attends attend heures longtemps quand meme temps encore "
    "dificil complicado serio verdad ridiculo increible paciencia esperando espero horas tiempo tarde rapido "
    "complicato davvero serio pazienza aspetto aspettando ore ridicolo incredibile tempo "
    "complicado verdade paciencia esperando incrivel tempo "
    "moeilijk ingewikkeld echt geduld wachten wacht uren belachelijk ongelofelijk tijd "
    "svart svarare riktigt talamod vantar vantat timmar lojligt otroligt tid "
    "trudne trudno naprawde cierpliwosc cierpliwosci czekam czekac godzin smieszne czas"
)
GREETINGS = _GOOD | _TIMES
_SMALL_TALK = _WISHES | GREETINGS | _COMPLAINTS
# What makes a question one that wants no answer: "is it really that hard", "am i talking to a wall".
_RHETORICAL = regex.compile(
    r"(?ix) \b(?: even | really | that[ ](?:hard|difficult|complicated|much) | so[ ](?:hard|difficult|complicated) | too[ ](?:much|hard) | seriously | honestly "
    r"| am[ ]i | do[ ]i[ ](?:have|need) | must[ ]i | why[ ](?:do|am|would|should|must|did)[ ]i | who[ ]asked | what[ ]did[ ]i[ ]expect | wirklich | so[ ]schwer | echt | vraiment | si[ ](?:difficile|compliqué\w*|dur) "
    r"| tan[ ](?:difícil|dificil|complicado) | così[ ]difficile | davvero | tão[ ]difícil | zo[ ]moeilijk | så[ ]svårt | naprawdę | takie[ ]trudne | kannst[ ]du | peux[ -]tu | puedes | puoi | pode | kun[ ]je | kan[ ]du | możesz "
    r"| how[ ](?:are|is|have|r)[ ] (?:you|u|your|things|it|life) | how's[ ](?:it|life|your) | what's[ ]up | ça[ ]va | wie[ ]geht | qué[ ]tal | come[ ](?:va|stai) | tudo[ ]bem | hoe[ ]gaat | jak[ ]się[ ]masz | hur[ ]mår )\b"
)
# Whether somebody may help asks for nothing yet.
_HELPS = regex.compile(
    r"(?i)\b(?:help me|help me out|m['’]aider|mir (?:\w+ )?(?:helfen|behilflich)|ayudarme|aiutarmi|me ajudar|ajudar-me|mij (?:\w+ )?helpen|me helpen|hjälpa mig|mi pomóc)"
    r"(?: (?:out|please|pls|svp|stp|bitte|porfa|kurz|aub|tack))*\W*\Z"
)
_OPENERS = word_set("take have enjoy hope wish thank let come keep stay look know get ask see like are is")
_NO_OPENERS = (VERBS | TELL | GIVE | MAKE | {*QUESTIONS}) - _OPENERS
_FILLING = word_set("please pls and but so oh well ok also just then")
_EXCLAIMED = (("what", "a"), ("what", "an"), ("how", "hard"), ("how", "difficult"), ("how", "nice"), ("how", "kind"))
_MINE = word_set(
    "my our we his her their mein meine meinem meinen unser mon ma mes notre mi mis mio mia meu minha mijn min mitt moj moja"
)
_OF_MINE = word_set(
    "question questions time patience nerves mind breath head word apologies thanks gratitude day frage geduld zeit patience temps pregunta paciencia tiempo"
)
# Things nobody asked for, and what is done to those who ask.
_UNASKED = regex.compile(
    r"(?ix) \A\W* (?: and[ ] | but[ ] )? (?: (?: nobody | no[ ]?one | literally[ ]no[ ]?one | who | (?: i | we ) [ ] (?: never | did[ ]?n[o'’]?t | did[ ]not | have[ ]?n['’]?t ) ) [ ] (?: ever[ ] | even[ ] | actually[ ] )? ask (?:ed)? [ ] (?: you[ ] )? (?: for | about ) \b (?![ ](?:my|our|his|her|their)\b)"
    r"| (?: do[ ]?n['’]?t | do[ ]not | please[ ]don['’]?t ) [ ] make[ ] me [ ] (?: ask | repeat | say | beg | wait | explain | tell | come | type | write | regret | do[ ]this ) \b"
    r"| am[ ]i[ ] (?: talking | speaking | typing | writing | shouting ) [ ] (?: to | at ) \b"
    r"| (?: how | why ) [ ] is[ ] (?: this | it ) [ ] (?: so | that | still | too | always ) [ ] (?: hard | difficult | complicated | much ) \b"
    r"| (?: this | it ) (?: ['’]?s | [ ]is ) [ ] (?: not | n['’]?t | hardly ) [ ] (?: exactly[ ] | that[ ] | even[ ] | so[ ] )* (?: rocket | brain | hard | difficult | complicated | quantum ) ) [^.!?:;\n]{0,60} [.!?:;\n]?\Z"
)
# A number tells something, except of how often and how long somebody asked and waited.
_AMOUNT = regex.compile(
    r"\d(?![\d.]*[ ]?(?:times|x\b|min|h(?:ou)?rs?\b|days|sec|mal\b|fois|veces|volte|vezes|keer|gånger|razy|th\b|rd\b|nd\b|%))"
)
_SHORT = 5  # words behind "nobody asked for"


class Piece(NamedTuple):
    """A sentence or clause, and what became of its words."""

    text: str
    keys: list[str]  # its words
    dropped: list[str]  # those of them that say something and that are gone; none is left


def asks_for_nothing(piece: Piece, asks: bool) -> bool:
    """Say whether a sentence or clause that was dropped whole is small talk or a complaint.

    `asks` tells whether anything of the text outside of it asks for something.
    """
    if (found := _UNASKED.match(piece.text)) and len(found[0].split()) <= _SHORT + 7:
        return True
    if _AMOUNT.search(piece.text):
        return False
    said = [key for key in piece.keys if key not in _FILLING]
    if not said or not piece.dropped or not all(key in _SMALL_TALK for key in piece.dropped):
        return False
    if any(key in _MINE and following not in _OF_MINE for key, following in pairwise([*piece.keys, ""])):
        return False
    if said[0] in _NO_OPENERS and tuple(said[:2]) not in _EXCLAIMED and not _RHETORICAL.search(piece.text):
        return False
    if ("?" in piece.text or said[0] in ("is", "are")) and not (
        (asks and _RHETORICAL.search(piece.text)) or _HELPS.search(piece.text)
    ):
        return False
    if all(key in _TIMES for key in piece.dropped):  # "on Friday evening" says when; "happy Friday" greets
        return len(said) == 1 or (any(key in _GOOD for key in said) and not any(key in _MINE | {"i"} for key in said))
    if any(key in _TIMES for key in piece.dropped) and "i" in said:
        return any(key in _COMPLAINTS - _TIMES or key.startswith("hop") for key in piece.dropped)
    return True


def is_material(before: str) -> bool:
    """Say whether what follows is a text that something is done with, as in "Translate: have a great day"."""
    head, colon, rest = before.rpartition(":")
    return bool(colon) and "\n\n" not in rest and MATERIAL.search(head) is not None


_SIGNED = regex.compile(
    r"(?i:(?<!\w)(?:mfg|lg|vg|bg|regards|cheers|thanks|thank you|thx|grüße|gruß|gruss|greetings|cordialement|bises|bisous|merci|danke|gracias|saludos|saluti"
    r"|grazie|abraços|obrigad[oa]|groet(?:en|jes)?|bedankt|mvh|tack|hälsningar|pozdrawiam|dzięki|take care|love|yours|best))[,!.]?[ \n]+"
    r"(?P<name>\p{Lu}[\p{L}'’.-]*(?: \p{Lu}[\p{L}'’.-]*)?)[ .!\n]*\Z"
)


def signed(text: str, courteous: set[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Find the name behind a sign-off at the end of a text, as in "Take care, Lena"."""
    if found := _SIGNED.search(text, max(0, len(text) - 80)):
        yield found.span("name")
    end = len(text.rstrip(" \n.!"))
    for one in courteous:
        rest = text[one[1] : end] if end - one[1] <= 60 else ""
        if 1 <= len(rest.split()) <= 3 and regex.fullmatch(r"\W*\p{Lu}[\p{L}'’.-]*(?: \p{Lu}[\p{L}'’.-]*)?", rest):
            yield one[1], end
