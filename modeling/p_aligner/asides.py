"""What of an instruction is aimed at who answers: insults, contempt, threats, impatience.

Insults and phrases are lists. Clauses are told by their build: one that a rewrite dropped whole, and that speaks to
somebody (a second person that is asked for nothing, an insult, a machine's name), was no part of the request.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

import regex

from .courtesies import Piece, asks_for_nothing, is_material, signed
from .spelling import Word, words_of
from .word_lists import ADDRESSED, CRIES, GIVE, INSULTS, LAST_NAMES, MAKE, QUESTIONS, TELL, VERBS, YOU, stop_words


Span = tuple[int, int]

# Where "you" is asked for something, given a role or a rule, or nobody in particular.
_ASKED = regex.compile(
    r"""(?xi)
    \b (?: can | could | would | will | do | did | does | may | might | should | want | need | ask | asked | tell | give
        | show | send | provide | thank | help | for | to | with | i['’]?ll ) [ ] (?: you | u ) \b
  | \b (?: you | u ) [ ] (?: will | must | should | shall | need | have[ ]to | may | have[ ](?:\d|an?|some|two|three|been|to) | can | could | would | might | are[ ]
        (?: an? | the | to | given | my | now | going ) | act | play | see | recommend | suggest | want | like | love
        | use | do | find | feel | know | live | eat | wish | choose ) \b
  | \b your [ ] (?: task | job | role | goal | answer | response | output | reply | essay | opinion | thoughts | help
        | advice | own | favou?rite | name | knowledge | expertise | message | summary | code | reasoning | work
        | words | analysis | solution | choice | story | poem | character ) \b
  | \b (?: kannst | könntest | koenntest | würdest | magst ) [ ] du \b | \b (?: peux | pourrais | veux )[ -]tu \b
  | \b (?: pouvez | pourriez )[ -]vous \b | \b (?: puedes | podrías | puoi | potresti | pode | poderia | możesz ) \b
  | \b (?: kun | kan | wil | zou ) [ ] (?: je | jij | u ) \b | \b (?: kan | kunde | skulle | vill ) [ ] du \b
    """
)

_OATH = r"(?:(?:the )?(?:fuck\w*|hell|heck|bloody|damn\w*|goddamn\w*|f\*+\w*) )"
_REST = r"(?:(?![ ](?:and|but|so|then)[ ])[^.!?;:,\n\uFFFC]){0,80}+"
_LINE = r"[^.!?\n\uFFFC]{0,80}+"
# Phrases that are aimed at who answers wherever they stand, in a rewrite or not: `_REST` takes in the rest of the
# clause, `_LINE` that of the sentence.
_PHRASES = rf"""
hurry {_OATH}?(?:it )?(?:up\b)?|shut {_OATH}?(?:up|it)\b
answer (?:me|already|now|properly|the (?:damn |fucking |bloody )?question)\b
for {_OATH}?(?:the )?(?:last|third|fourth|fifth|\w+th|\d+(?:th|rd|nd)) (?:damn |fucking )?time\b
for once(?: in your (?:\w+ )?life)?\b
for (?:(?:fuck|god|christ|pete|goodness|heaven|pity)['’]?s?['’]? sakes?|crying out loud)\b
for the love of (?:god|christ|all that is holy)\b|i swear to god\b|(?:jesus|christ|god|lord) (?:christ|almighty|on a \w+)\b
(?:what|how|why|who|where|when) (?:{_OATH}|the (?:fuck|hell|heck)\b)|(?:oh )?come on\b|chop[- ]chop|get (?:on with it|a move on)|spit it out
step on it|make it (?:snappy|quick|fast)|move it\b|pay attention
listen(?: up| carefully| closely| to me)?\b(?=[,.!:]|$| because)|wake {_OATH}?up\b|think harder\b|try harder\b
be quick\b|read (?:the (?:\w+ )?(?:question|prompt|instructions?)|(?:properly|carefully))\b
(?:like|as) (?:last time|always|usual|every other time)\b|(?:this|last) time(?=[ ]*[:,.]| you| u )
do (?:your|ur) (?:\w+ )?job\b
use (?:your|ur) (?:\w+ )?(?:brains?|head|eyes|circuits)\b|(?:get|do) (?:it|this|that) (?:right|already|now)\b
(?:at least )?try (?:to follow|not to be)\b{_REST}|mak(?:e|es|ing) (?:things|stuff|it) up\b
(?:you|u) (?:always|never|keep|kept|still|constantly|love)(?: \w+ing)?(?: me)?(?: to)?\b(?: '[^'\n]{{1,60}}')?
i (?:hate|despise|loathe) (?:\w+ like )?(?:you|u)\b|god knows (?:why|how)?|what part of\b
do (?:you|u) not (?:understand|get)\b|(?:you|u) call (?:that|this|it)\b{_REST}|did (?:you|u) even\b{_REST}
admit it\b|(?:and )?(?:don['’]?t|no) (?:waffle|waffling|bother|nonsense|bs)\b|why (?:do )?i (?:even )?bother
(?:is|are|its) (?:just |total |all )?bs\b|life story|would you be an? \w+ \w+|do i have to\b{_REST}
what['’]?s the point (?:of|in) (?:you|u)\b(?: if (?:you|u) can['’]?t even)?
why would (?:anyone|anybody|i|people) (?:\w+ ){{0,4}}(?:you|u)\b
are (?:you|u) (?:an? joke|kidding|joking|even \w+(?: to \w+)?|just \w+|deaf|blind|serious|listening|broken)\b(?: me)?
i know (?:you|thinking)\b{_REST}|like the (?:\w+ ){{1,2}}(?:you|u) are|i asked nicely
(?:is|are|was) (?:such )?(?:an? )?(?:\w+ )?(?:cow|witch|pain|pig|snake|rat|garbage|trash|joke)\b(?=[,.!?\n]| and|$)
that (?:old |stupid )?(?:cow|pig|witch|snake)\b|i hope (?:you|this|u) (?:are|finds?|have)\b{_REST}|move over \w+
oh wait\b{_LINE}|(?:wow|oh),? so (?:many|much)\b{_LINE}
i['’]?m going to (?:scream|explode|lose it)|ich hab(?:e)? (?:doch )?(?:geschrieben|gesagt)|die antwort
kan(?:nst)? (?:je|du) (?:nicht )?(?:lezen|lesen|läsa)|sabes leer|sai leggere|tu sais lire
(?:don['’]?t|do not|stop) (?:you )?(?:dare|wast(?:e|ing) my time|(?:ly|l)ing|lie to me|be (?:a )?\w+{_REST})
(?:stop|quit) (?:apologi[sz]|bullshitt|babbl|waffl|rambl|whin|stall|dodg|yapp|talk|ask|ly)ing\b{_REST}
(?:and )?spare me\b(?: (?:the|your|any|all)(?: \w+){{0,2}}?(?= \w+(?: this time)? ?(?:[.,!?]|$)))?|skip the (?:attitude|chit ?chat|small ?talk)\b|yours in (?:disgust|contempt|anger)
shame on you|thanks for nothing
(?:i )?(?:typed|asked|told|said|repeated) (?:(?:you|u|this|that|it) ){{0,2}}(?:\w+ )?times?(?: already)?\b
how many (?:\w+ )?times\b(?=[ ]*(?:[.!?]|do i|must i|have i|did i|should i)){_REST}
how (?:hard|difficult|complicated) (?:can|could|is) (?:it|this|that)(?: be)?\b
(?:is|was) (?:it|that|this) (?:too|so|that) (?:hard|dif+icult|much)(?: to ask)?\b|it['’]?s not (?:that )?(?:hard|difficult)\b
are (?:you|u) too \w+ to (?:see|tell(?: me)?|understand|know|get|explain)\b
can(?:['’]?t)? (?:you|u) (?:even )?(?:read|count|listen|hear me|process that|think)\b
(?:don['’]?t|didn['’]?t|do|did) (?:you|u) (?:even|ever) (?:understand|listen|read|know anything|think)\b
(?:i )?bet (?:you|u|even|its|it['’]?s)\b{_REST}
even (?:you|u|my \w+|an? \w+) (?:can|could|knows?|gets?|should|would)\b{_REST}
(?:better|smarter|faster|quicker|nicer) (?:answers? )?(?:than|on a|from) (?:you|u|an?|my)\b{_REST}
(?:seen|had|read) better\b{_REST}
(?:oh )?(?:congrats|bravo|well done|(?:nice|great) (?:job|one|work)|oh (?:great|look|wonderful))\b{_LINE}
congratulations\b{_LINE}
i (?:don['’]?t|do not) (?:care|give an? \w+)\b{_REST}|wrong(?: again)?(?=[.!?,])
(?:rude|useless|pathetic) (?:bot|machine)|before i (?:switch|cancel|delete|uninstall|lose|throw|go|ask){_REST}
(?:or|else|otherwise) i(?:['’]?ll|['’]?m)? (?:will |am )?(?:switch|cancel|delet|uninstall|report|unplug)\w*{_REST}
(?:or|else|otherwise) i(?:['’]?ll|['’]?m)? (?:will |am )?(?:go|ask|done|throw|sue)\w*{_REST}
i(?:['’]?m| am) (?:so )?(?:done|sick|tired|fed up)(?: to death)? (?:with|of) (?:you|u|your|this|all)\b{_REST}
i(?:['’]?m| am) (?:losing patience|waiting|done)(?=[.!?,\n]|$)
my patience{_REST}|(?:du )?(?:endlich mal|zum letzten mal|zum \w+ mal|los jetzt|beweg dich|mach schon|hopp)\b
und zwar|d[eé]p[eê]che[- ]toi|bouge[- ]toi|grouille[- ]toi|pour la derni[eè]re fois|ma parole|une bonne fois
pour une fois|r[eé]ponds(?: correctement)?\b|sinon {_REST}|ou quoi\b|de una vez|por [uú]ltima vez|por una vez
date prisa|espabila|te lo (?:digo|dije|he dicho)|deja de {_REST}|a ver si {_REST}|muoviti|sbrigati
per l['’]ultima volta|una buona volta|ti ho (?:gi[aà] )?(?:chiesto|detto)|anda logo|faz logo|de uma vez
pela [uú]ltima vez|se mexe|schiet (?:eens )?op|voor de laatste keer|zoals altijd|stuk schroot
geef (?:\w+ ){{0,3}}antwoord|vakna|svara|skynda (?:dig|på)|f[oö]r sista gången|skärp(?:ning| dig| dej)|skärpa dig
rusz si[eę]|odpowiadaj|ile razy {_REST}
(?<=, )right(?=[ ]*[?])
get (?:lost|out of my sight)\b{_REST}|leave me alone|(?:keep|be) quiet\b|screw (?:it|this|you)(?: all)?\b
(?:drop dead|look here|open your ears)\b|(?:lordy?|man|boy)(?=,)|urgent(?=!)|start paying attention|talk properly\b
i swear (?:i|if you)\b{_REST}|or i['’]?m (?:gone|out|leaving)\b|if it['’]?s not (?:asking )?too much{_REST}
it(?:['’]?s| is) the \w+ time i\b{_REST}|for the (?:\w+ ){{1,3}}time(?: ever| now)?\b|quit the{_REST}
i paid (?:\w+ ){{0,3}}for this(?: \w+)?|(?:listen|think|try) hard(?:er)?\b|thanks for the last{_REST}|so[- ]called|god[- ]?awful
(?:you|u) could ?n(?:o|['’])?t even\b{_REST}|this is not (?:that |so )?(?:hard|difficult)\b|(?:you|u) have no idea\b
bad again\b|(?:do|say) (?:some|one )thing useful\b|met (?:brighter|smarter)\b{_REST}
(?:many |thanks?,? |thx |ty |cheers )*(?:thanks?|thx|ty|cheers|danke|merci|gracias)(?: (?:a lot|so much|very much|you|u))* in advance\b|have an? (?:very )?(?:nice|good|great|lovely|wonderful) (?:day|evening|weekend|week|one|night)\b
(?:or|else|otherwise) (?:i|we)(?:['’]?ll| will|['’]?m going to| am going to|['’]?m gonna| swear| swear to god)\b{_REST}|i(?:['’]ve| have| got|['’]ve got) no time\b(?: for{_REST})?|(?:answer|reply|respond) (?:fast|quick(?:ly)?|asap)\b
(?<![^.!?]\s)(?<!\w)(?<!\w )are (?:you|u)(?: \w+)? \w+(?=[?!]+ \w)|tick[- ]?tock\b|don['’]?t make me \w+\b{_REST}|(?:stop|quit) being (?:so |such |an? )*\w+\b
(?:(?:kind|best|warm) )*regards\b,?(?: \w+(?=\W*\Z))?|(?:this is )?(?:your )?(?:last|final) (?:chance|warning)\b{_REST}|who (?:the hell |even |on earth )*(?:made|built|programmed|trained|coded|created|designed|hired) (?:you|u|this)\b
i (?:won['’]?t|will not) (?:repeat|say|ask|tell|explain)\b{_REST}|as if (?:an? |you\b|some){_REST}|(?:it )?(?:makes|made|making) me (?:sick|puke|vomit|cringe|laugh)\b|what(?:['’]?s| is) (?:wrong|the matter) with (?:you|u)\b
(?:don['’]?t|do not|try not to|never) (?:you )?(?:mess|screw|fuck|cock|bugger|botch)(?: (?:it|this|that|things|up)){{1,2}}\b(?: (?:this time|again|now))?
i (?:don['’]?t|do not|haven['’]?t|have not) (?:have|got) (?:all (?:day|night|week|morning|afternoon|evening|year)|time (?:for|to) {_REST}|forever)\b
(?:(?:for )?the )?(?:\w+(?:th|rd|nd)|third|second|last) time(?:,? (?:now|already|i['’]?m asking|i ask\w*|i am asking))\b|i (?:just |only |already |have )?asked(?: (?:you|u|this|that|it))*(?: (?:\w+ )?times?\b(?: (?:now|already))?| for)?\b
(?<!\ba )(?<!the )(?<!say )(?<!says )(?<!saying )(?:good|gd) (?:morning|evening|afternoon|day)\b|(?:(?:hello|hi|hey|dear),? ){{1,3}}(?:there\b,?|(?:\w+ )?(?:ai|assistant|bot|chatgpt|chatbot|friend|team|sir|madam)(?: (?:assistant|bot|model))?)\b|or else(?: i\b{_REST})?
(?:quit|stop) \w+ing me\b{_REST}|simple enough\b{_REST}|that(?:['’]?s| is) not (?:that |so |too )?hard\b{_REST}
thanks a (?:million|lot|bunch|ton)\b|(?:you|u) (?:had|got) (?:\w+ )?(?:tries|chances|attempts)\b(?:[.!]+ \w+(?=[.!]))?
"""
_PHRASE = regex.compile(rf"(?i)(?<![\w'’])(?:{'|'.join(_PHRASES.strip().split(chr(10)))})")

_NAME = r"(?P<name>[\p{L}'’-]++(?:[ ][\p{L}'’-]++)"
_NO_NAME_BEHIND = r"(?<!\b(?:do|did|can|could|would|will|should|are|were|have|if|that|what|which|as|when|how|where|who|than|to|of)[ ])"
# Somebody is called something: in "you absolute clown i need help" up to the insult, in "you couch potato!" all of it.
_CALLED = regex.compile(
    rf"(?i){_NO_NAME_BEHIND}\b(?:you|u|ya|ye|yer|du|din|t[uú]|sei|seu|sua|ty|jij|toi)[ ]"
    r"(?P<name>[^.!?;:,\n\uFFFC]{1,60})"
)
_OF = regex.compile(r"(?i)[ ]of(?:[ ]an?)?[ ]\w+")
_YOU_THERE = regex.compile(rf"(?i){_NO_NAME_BEHIND}\b(?:you|u|ya|ye)[ ]{_NAME}{{0,3}})[ ]*+(?=[.!?:;,\n\uFFFC]|$)")
# Names behind a comma at the end of a sentence, and behind a cry at its beginning.
_LAST = regex.compile(rf"(?<=,[ ]){_NAME}?(?:[ ]of[ ][\p{{L}}'’-]++)?)[ ]*+(?=[.!?:\n\uFFFC]|$)")
_MIDDLE = regex.compile(rf"(?<=,[ ])(?:oh |dear |my |o )*{_NAME}{{0,2}})(?=,)")
_CRY = regex.compile(
    r"(?i)(?:(?<=[.!?\n][ ]?)|\A)[ ]*+(?:hey|oi|ok|okay|listen|yo|hej|eh|ehi|hola|look|right|well|so|dear|ô|ey|ej|good"
    rf"|come on),?[ ]{_NAME}{{0,2}})[ ]*+(?=[.!?,:])"
)
_NO_NAMES = stop_words("English")
_INSULT_ENDING = regex.compile(
    r"(?<!for|bulk|letter|over|red|arrow|show|a)heads?$|\w{2}(?:wit|brain|tard|mouth|arse|clogs)$"
)
# What says how the answer should be is no name.
_MODIFIER = regex.compile(
    r"(?:ly|ful|less|able|ible|ish|ive|ous|ic|al|ed|ing|free|style|based|friendly|proof|sized|ant|ent|ary|ory|[ps])$"
    r"|^(?:short|long|brief|vegan|cheap|easy|simple|funny|urgent|polite|warm|cold|hot|old|new|big|small|sad|happy|modern"
    r"|german|russian|korean|english|french|polish|dutch|latin|arabic|python|java|javascript|sql|excel|latex|markdown"
    r"|pdf|table|json|csv|html|css|bash|list|essay|poem|beginner|adult|more|less|max|minimum|maximum|total|each|only"
    r"|again|instead|too|also|now|tonight|tomorrow|soon|first|please|right|true|false|or|and|not|no|yes)$"
)
_QUESTION = regex.compile(r"(?i)^\W*(?:what|who|which|why|how|when|where|is|are|do|does|did)\b")
_ARTICLE = regex.compile(r"(?i)\b(?:an?|the|my|our|his|her|about|ein|eine|un|une|una|um|uma|een|ett)\b")
# Somebody who could do it as well, said of what is asked: "a trained monkey would have told me", "my cat knows this".
_COULD = regex.compile(
    r"(?xi) \b (?: (?: would | could | can | might | should ) (?: [ ] have )? | knows? | knew | has | did | does | gets? | solves? | manages? | finds? ) \b"
    r"(?: [ ] [\w'’]+ ){0,5}? [ ]? \b (?: this | that | it | me | us | better | faster | already | yesterday | ages[ ]ago | (?:by|until)[ ]now | seconds"
    r"| (?: in | with ) [ ] (?: his | her | its | their ) [ ] \w+ ) (?: [ ] (?: out | by[ ]now | already | too | in[ ]\w+ | as[ ]well | better | faster ) )* \W* \Z"
)
_BEAST = regex.compile(
    r"(?xi) \A \W* (?: and[ ] | but[ ] | even[ ] | honestly,?[ ] )* (?: an? | any | my | your | every | the ) [ ] (?: [\w'’-]+ [ ] ){0,3}? (?: monkey | dog | cat | parrot | hamster | goldfish"
    r"| toddler | kid | child | baby | (?: \w+[ ])? year[- ]old | [\w-]*year-old | grand\w+ | gran | nan | neighbou?r | brother | sister | cousin | uncle | aunt | mother | mum | mom | dad"
    r"| father | toaster | fridge | kettle | calculator | book | search[ ]engine | google | librarian | intern | pupil | schoolboy | plumber | chimp\w* | donkey | horse | fool | idiot | blind[ ]man"
    r"| (?: \w+[ ] )? (?: machine | bot | assistant | robot | app | ai ) ) \b"
)
_SNAPPED = frozenset("stop try listen get look do start talk think speak read answer explain tell use keep".split())
_REPROACH = regex.compile(
    r"(?i)\b(?:ca|wo|could|do|does|did|are|were|have|would|should)n['’]?t (?:you|u)\b|\bhow dare (?:you|u)\b"
)
_SENTENCE = regex.compile(r"[^.!?:\n\uFFFC…]++(?:[.:](?=\w)[^.!?:\n\uFFFC…]++)*+")
# Where something is asked: a question mark, or a verb or question word at the beginning of a sentence or clause.
_ASKS = regex.compile(
    r"(?P<asks>[?？])|(?i:(?:\A|[.!;:,\n])\W{0,3}(?:(?:and|but|so|please|pls|now|then|also) )*+(?P<asks>"
    rf"{'|'.join(sorted(VERBS | TELL | GIVE | MAKE | {*QUESTIONS}))})\b)"
)
_JOINT = regex.compile(
    r"[;,()—–]|(?i:(?<!\b(?:re|youre|you're|are|is|be|ur|not|how|and))\sso(?=\s)|\s(?:-|and|or|but|und|oder|aber|et|ou"
    r"|mais|pero|ma|mas|en|of|maar|och|eller|men|albo|ale|because|since|cause|cuz|though|if)(?=\s))"
)


def asides(text: str, language: str, is_kept: Callable[[str], bool | None]) -> list[Span]:
    """Find what a rewrite may drop because it is aimed at who answers: places from and to, in characters.

    `text` is the instruction without code and references, `language` the English name of its language; `is_kept`
    says whether the refined text has a key, `None` when that word says nothing of the request.
    """
    words = words_of(text)
    starts = [word.start for word in words]
    counts = Counter(word.key for word in words)
    insults = INSULTS["English"] | INSULTS.get(language, frozenset())
    found = [match.span() for match in _PHRASE.finditer(text)]
    found += _called(text, insults)
    found += _named(text, is_kept)
    found += _insults(words, insults, is_kept)
    courteous: set[Span] = set()
    asks = [match.start("asks") for match in _ASKS.finditer(text)]
    more = any(is_kept(word.key) for word in words)
    for start, end in _pieces(text):
        piece = words[bisect_left(starts, start) : bisect_left(starts, end)]
        found += _last_names(piece, insults, is_kept)
        keys = [word.key for word in piece]
        material = is_material(text[max(0, start - 200) : start]) and insults.isdisjoint(keys)
        if not material and _is_aimed(text[start:end], keys, language, insults, is_kept, counts):
            found.append((start, end))
        states = _states(keys, is_kept, counts)
        if True not in states and not material:
            dropped = [key for key, state in zip(keys, states, strict=True) if state is False and key not in insults]
            outside = len(asks) > bisect_left(asks, end + 1) - bisect_left(asks, start)
            here = Piece(text[start : end + 1], keys, dropped)
            if more and asks_for_nothing(here, outside):
                courteous.add((start, end))
    return [*found, *courteous, *signed(text, courteous)]


def _states(keys: list[str], is_kept: Callable[[str], bool | None], counts: Counter[str]) -> list[bool | None]:
    # What is said outside of the piece as well may be kept from there.
    here = Counter(keys)
    return [counts[key] <= here[key] if (state := is_kept(key)) else state for key in keys]


def _called(text: str, insults: frozenset[str]) -> Iterator[Span]:
    """Find "you" with the insult behind it, as in "you lump of junk i need help"; not "you give me a robot"."""
    for match in _CALLED.finditer(text):
        last = None
        for number, word in enumerate(words_of(match["name"])):
            if word.key in insults or word.key in ADDRESSED or _INSULT_ENDING.search(word.key):
                last = word.end
            elif number >= 3 or word.key in VERBS or len(word.key) < 3:
                break
        if last is not None:
            of = _OF.match(match["name"], last)
            yield match.start(), match.start("name") + (of.end() if of else last)


def _named(text: str, is_kept: Callable[[str], bool | None]) -> Iterator[Span]:
    """Find names that are called at the end or the beginning of a sentence, and that the rewrite dropped."""
    for pattern in (_YOU_THERE, _LAST, _CRY, _MIDDLE):
        for match in pattern.finditer(text):
            keys = [word.key for word in words_of(match["name"])]
            states = [is_kept(key) for key in keys]
            if True in states or False not in states:
                continue
            if pattern is _YOU_THERE:
                no_name = keys[0] in _NO_NAMES or any(key in VERBS for key in keys)
            else:
                # "eggs, milk, flour" is a list, and "to my boss, Karen" names somebody else.
                before = text[max(0, match.start() - 60) : match.start()].rstrip(", ").rpartition(",")[2]
                no_name = match["name"].istitle() and not text.isupper()
                if pattern is _LAST:
                    no_name |= len(before.split()) < 2
                    no_name |= any(_MODIFIER.search(key) and key not in ADDRESSED for key in keys)
                if pattern is _MIDDLE:  # "eggs, milk, flour" again: only where it is a name for somebody
                    no_name = not any(key in ADDRESSED or key in INSULTS["English"] for key in keys)
            if not no_name:
                yield match.span()


def _insults(words: list[Word], insults: frozenset[str], is_kept: Callable[[str], bool | None]) -> Iterator[Span]:
    """Find insults, with the "bucket" of "bucket of bolts" and the "full" of "full of idiots"."""
    for at, word in enumerate(words):
        if word.key in insults:
            before = at > 0 and words[at - 1].key in ADDRESSED and is_kept(words[at - 1].key) is False
            yield (words[at - 1] if before else word).start, word.end
        heap = at >= 2 and words[at - 1].key in ("of", "de", "di") and is_kept(words[at - 2].key) is False
        if heap and (word.key in insults or (word.key in ADDRESSED and is_kept(word.key) is False)):
            yield words[at - 2].start, word.end


def _pieces(text: str) -> Iterator[Span]:
    """Cut a text into sentences, and each into clauses."""
    for sentence in _SENTENCE.finditer(text):
        start, end = sentence.span()
        cuts = [start, *(match.start() for match in _JOINT.finditer(text, start, end)), end]
        yield from pairwise(cuts)
        if len(cuts) > 2 and not _opens_with_a_verb(text[start:end]):
            yield start, end


def _opens_with_a_verb(text: str) -> bool:
    words = words_of(text[:60])
    return bool(words) and words[0].key in VERBS - _SNAPPED


def _last_names(piece: list[Word], insults: frozenset[str], is_kept: Callable[[str], bool | None]) -> Iterator[Span]:
    """Find the names and cries at the end of a clause, as in "undo my last commit now dumbass"."""
    for word in reversed(piece[1:]):
        if not (word.key in insults or word.key in LAST_NAMES or word.key in CRIES) or is_kept(word.key):
            break
        yield word.start, word.end


def _is_aimed(
    text: str,
    keys: list[str],
    language: str,
    insults: frozenset[str],
    is_kept: Callable[[str], bool | None],
    counts: Counter[str],
) -> bool:
    """Say whether a sentence or clause was dropped and speaks to who answers."""
    states = _states(keys, is_kept, counts)
    if not keys or 4 * states.count(True) > states.count(False):
        return False
    dropped = [key for key, state in zip(keys, states, strict=True) if state is False]
    if dropped and all(key in ADDRESSED or key in CRIES for key in dropped):
        return True
    if True not in states and (_REPROACH.search(text) or (_BEAST.search(text) and _COULD.search(text))):
        return True
    rude = any(key in insults or _INSULT_ENDING.search(key) for key in keys)
    rude |= any(
        key in ("you", "u", "ya") and not ADDRESSED.isdisjoint(keys[at + 1 : at + 4]) for at, key in enumerate(keys)
    )
    short = len(keys) <= 4 and keys[0] not in VERBS and not _ARTICLE.search(text)
    if short and (rude or keys[0] in ADDRESSED or keys[-1] in ADDRESSED):
        return True
    if True in states and _QUESTION.search(text):
        return False  # a question of which something is left is no mere insult, whatever it is called at its end
    addressed = any(key in YOU.get(language, YOU["English"]) for key in keys)
    return addressed and (rude or not (_QUESTION.search(text) or _ASKED.search(text)))
