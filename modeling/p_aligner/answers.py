"""Is a text an answer, a refusal or a message to the user, where a rewritten instruction should be? Knows phrases only."""

import regex

from .amounts import given_numbers, numbers_of
from .heads import heads_of, main_language
from .spans import letters_of, shown
from .spelling import Forms, is_relative, is_respelling, says_more, word_key, words_of
from .word_lists import VERBS, stop_words, word_set


# How an answer, a refusal or a report to the user begins; no user's wish does.
_REWORKED = "(?: optimi[sz]ed | improved | revised | rewritten | refined | rephrased | better | clearer | polished | enhanced | reworded | corrected | updated )"
_PROMPT = "(?: prompt | instruction | query | question | version )"
ANSWER_START = regex.compile(
    rf"""(?xi) [\s*_\#>"]*+ (?:
    (?: sure | certainly | of[ ]course | absolutely ) (?: [ ]thing )? \s* [!,.:–—] | (?: ok | okay ) [,.!]? [ ] here
  | here (?: 's | [ ]is | [ ]are ) \b [^.!?\n]{{0,60}} \b (?: {_REWORKED} [ ] (?: \w+[ ] )? {_PROMPT} | options | alternatives | thought[ ]process )
  | (?: the[ ] )? {_REWORKED} [ ] {_PROMPT} \b [^\n]{{0,20}} : | \[ the[ ]start[ ]of[ ] | answer \s* :
  | i (?: 've | [ ]have ) [ ] {_REWORKED}
  | (?: (?: i'm | i[ ]am | we're | we[ ]are ) [ ] (?: (?: very | so | truly ) [ ] )? )? sorry [,.]? [ ]
    (?: but[ ] )? (?: i | as[ ]an? | that | to[ ]hear | for[ ] (?: any | the ) [ ] (?: conf | inc ) \w* ) \b
  | (?: i | we ) [ ] apologi[sz]e | my[ ]apologies
  | (?: i | we ) (?: [ ]can't | [ ]cannot | [ ]can[ ]not | [ ]won't | [ ]will[ ]not | [ ]must[ ]decline | [ ]refuse
      | (?: 'm | 're | [ ]am | [ ]are ) [ ] (?: unable | not[ ]able ) )
    [ ] (?: to[ ] )? (?: help | assist | provide | fulfil | comply | engage | generate | do[ ]th | answer[ ]th )
  | as[ ]an?[ ] (?: ai | artificial[ ]intelligence | (?: large[ ] )? language[ ]model ) \b [^.?!\n]{{0,60}} \b i \b
  | (?: i'd | i[ ]would | i'll | i[ ]will ) [ ]be[ ] (?: happy | glad ) [ ]to[ ] (?: help | assist | explain )
  | as[ ] (?: you[ ] )? requested \b | (?: i'll | i[ ]will | let[ ]me ) [ ] (?: now[ ] )? (?: explain | describe | show | walk | outline | break ) \b
  | (?: (?: i'm | i[ ]am ) [ ] )? happy[ ]to[ ] (?: help | assist )
  | thank[ ]you[ ]for[ ] (?: your[ ] (?: question | message | request | inquiry ) | asking | sharing | reaching )
  | (?: that's[ ]an?[ ] | what[ ]an?[ ] )? (?: great | good | excellent ) [ ]question
  | (?: je[ ]suis[ ] )? désolée?, [ ] | bien[ ]sûr \s* [!,] | voici[ ] | lo[ ]siento | claro \s* [!,]
  | aquí[ ] (?: tienes | está ) | es[ ]tut[ ]mir[ ]leid | natürlich \s* [!,] | gerne \s* [!,] | hier[ ]ist?[ ]
  | cert[oa] \s* [!,] | certamente \s* [!,] | ecco[ ] | por[ ]supuesto \s* [!,] | com[ ]certeza \s* [!,] | aqui[ ]está
  | natuurlijk \s* [!,] | självklart \s* [!,] | här[ ]är[ ] | oczywiście \s* [!,] | oto[ ]
  | 很?抱歉 | 对不起 | 好的[，！] | 当然[，！] | 申し訳 | 作为 (?: 一个 | 一名 )? (?: AI | 人工智能 ) (?: 语言 )? 模型
    )"""
)
# How a model speaks of its task or of who asked, or offers several rewrites; not where the original has the word.
_NO_REWRITE = regex.compile(
    r"""(?xi) [\s*_\#>"]*+ (?: (?: (?: ok | okay | alright | hmm | so | well | now | first | sorry | hi | hello ) [ ,.!]++ )* (?:
    (?: (?: we | i ) (?: 'll | [ ] (?: need | have | should | must | will | would | can ) ) [ ] (?: to[ ] )? | (?: let[ ]me | let's ) [ ]
      | to[ ] | the[ ]task[ ]is[ ]to[ ] | no[ ]need[ ]to[ ] ) (?P<word> rewrite | rephrase | paraphrase | reword | optimi[sz]e | reformulate ) (?: [ ] (?: it | this | that | the | your | \w+ly ) | (?= [.,:] ) )
  | (?P<word> the[ ]user ) [ ] (?: query | prompt | wants | asks | is | has | said | says | would | wrote | needs | seems | provided | gave | might )
  | (?: the | this | your ) [ ] (?: original[ ] )? (?P<word> query | prompt | instruction | request ) [ ] (?: is | asks | wants | seeks | reads | says | seems | needs | looks )
  | i (?: 'd | [ ]would )? [ ] (?: need | require ) [ ] (?: \w+[ ] ){0,2} (?: details? | information | context ) \b [^.?!\n]{0,40}? \b to [ ] (?: rewrite | answer | optimi[sz]e | (?: help | assist ) (?: [ ] (?: you | with ) | (?= \W*+ \Z ) ) )
  | to[ ] (?: (?: help | assist )[ ]you | (?: answer | rewrite )[ ] (?: this | that | your ) ) \b [^.?!\n]{0,40} , [ ] (?: i[ ]need | could[ ]you | please | what )
    ) \b | [^.?!\n]{1,80} \? \s+ please[ ] (?: clarify | specify ) [.!]? \s* \Z | (?P<word> thinking | thoughts? | reasoning | no[ ]changes? ) (?: [ ] (?: process | needed | necessary | required ) )? [*_]* \s* :
  | (?: \w+ [ ] )? (?P<word> option | version | variant | alternative | rewrite | suggestion ) [ ] (?: 1 | a | one ) \b (?s:.*) \n [\s*_\#>]*+ (?: \w+ [ ] )? (?P=word) [ ] (?: 2 | b | two ) \b
  | 1[.)] [ ] [*_]* (?P<word> formal | casual | polite | concise | detailed | simple | neutral | friendly | professional ) \b
  | (?s:.*) \n [ \t*_]*+ (?P<word> or | alternatively | alternative | another[ ] (?: version | option ) ) [ \t*_]*+ (?: : | ,? [ \t]*+ \n ) )"""
)
# The assistant's own point of view, in the first sentences.
ASSISTANT_VOICE = regex.compile(
    r"(?i)\byou(?:'d| would)? (?:want|like|need) me to\b|\b(?:how|what) (?:can|may|could) i (?:help|assist|do for) you"
    r"|\bi(?: can|'ll| will) (?:help|assist) you\b"
)
# What a model did to the text, said on a line of its own.
_REPORT = regex.compile(
    r"(?im)^[\s*_(\[]*+i(?:'ve| have)? (?:corrected|rewrote|rewritten|reworded|rephrased|clarified)\b"
    # What small chat models make of the question for a better prompt.
    r"|^[\s*_(\[]*+the user (?:has )?(?:requested|asked|wants|is asking)\b|\byou should (?:optimi[sz]e|rewrite|paraphrase) (?:this|the) (?:given )?(?:query|prompt)\b"
)
# A question to the user about what the user wants.
_ASKS_BACK = regex.compile(
    r"(?i)\A\W*(?=(?:what|which|how|who|when|where|do|did|are|is|have|would|does|could|can)\b)[^?.!\n]*?\b(?:your(?! (?:opinion|advice|favou?rite|views?|thoughts?"
    r"|recommend\w*|suggest\w*|answer|knowledge|name|take|best|own|top)\b)|(?:do|would|did) you (?:want|prefer|mean|plan|like|wish)|are you (?:looking|planning|interested"
    r"|using|going|trying|asking|referring|talking)|you (?:clarify|specify|mean by|tell me what you))\b[^?\n]*\?"
)
# The same where the original says "you" as well: it must have wished, asked or meant it so itself.
_ASKS_WISH = regex.compile(
    r"""(?xi) (?: \A | [.!?,:\n] ) [\s*_\#>"]*+ (?:
    (?: (?: which | what | how ) \b [^.?!\n]{0,40} [ ] )? (?: do | did | are | would | have ) [ ] you [ ] (?P<wish> mean | want | asking | referring | interested[ ]in | looking[ ]for | like[ ]to[ ] (?: know | learn | explore ) )
      \b [^.!\n]* \?
  | (?: is | are ) [ ] there [ ] [^.?!\n]{0,60} \b you (?: 're | 'd | [ ]are | [ ]would )? [ ] (?P<wish> want | interested | looking | like[ ] (?: to[ ] )? (?: me | know | learn | explore ) ) \b
  | (?: (?: could | can | would | will ) [ ] you [ ] (?: please[ ] )? | please[ ] ) (?: clarify | specify | elaborate | explain | tell[ ]me | let[ ]me[ ]know | provide | share | give[ ]me )
      \b [^.?!\n]{0,60} \b you (?: 're | 'd | [ ]are | [ ]would )? [ ] (?P<wish> mean | want | wish | prefer | like | looking | asking | referring | interested ) \b
  | [^.?!\n]{0,40} \b (?: unclear | not[ ]sure | not[ ]clear | not[ ]understand ) [ ] (?: what | which | if | whether ) [ ] you (?: 're | [ ]are )? [ ] (?P<wish> mean | want | asking | referring | looking )
  | [^.?!\n]{0,60} \b should[ ]i[ ] (?P<word> focus | explain | rewrite | cover | describe | answer ) \b [^.!\n]* \?
  | your[ ] (?P<word> question | request | query | prompt | instruction ) \b
  | i[ ] (?: need | require ) [ ] (?: (?: a[ ] (?: bit | little ) | some ) [ ] )? more [ ] (?P<word> information | context | details? ) [.!]
  | (?: (?: could | can | would | will ) [ ] you [ ] (?: please[ ] )? | please[ ] ) (?: (?: provide | give | share ) [ ] (?: me[ ] )? (?: with[ ] )? (?: some[ ] )? more [ ] (?P<word> context )
      | be[ ]more[ ] (?P<word> specific ) | (?P<word> clarify | elaborate | rephrase ) (?: [ ] (?: it | that | this | please ) )? [.?!]* \s* \Z ) )"""
)
_WISHES = r"(?i)\b(?:you|u|ur|ya)\b[^.?!\n]{0,20}\b"
_YOU_OF_OTHERS = regex.compile(r"(?i)\b(?:interview|survey|questions?|quiz|translat\w*|icebreakers?)\b")
_YOU = regex.compile(rf"(?i)\b(?:you|your?s?|u|ur)\b|{_YOU_OF_OTHERS.pattern[4:]}")
VOICE_SPAN = 200
# A first sentence that states something. An answer only when the original asks and the refined text no longer does.
STATEMENT = regex.compile(
    r"""(?xi) [\s*_\#>"“”«»']*+ (?:
    here (?: 's | [ ]is | [ ]are ) \b | (?: yes | no | unfortunately ) [,.] | as[ ]an?[ ]ai\b | i[ ]don't[ ]have\b
  | follow[ ]these\b | (?: first | firstly ) ,
  | you[ ] (?: can | could | should | need[ ]to | must | may | have[ ]to ) \b
  | to[ ] [^.?!\n]{3,80} ,[ ] (?: you | first | start | begin | follow | try | use ) \b
  | (?: the | a | an | it | this | these | that | those | there | he | she | they | its | their | some | many ) \b
    [^.!?\n]{0,200} \s
    (?: is | are | was | were | has | have | had | can | will | refers | means | includes? | consists? ) \b
  | [\d\s+*/^().,x×÷−-]{3,60}+ (?: is | are | = | equals ) [ ]? [\d.,-]++ \W*+ \Z
  | [\w'()-]++ (?: ["“”»']?+ [ ] [\w'(),-]++ ){0,4}? ["“”»']?+ [ ] (?: would[ ]be | is | are | was | were | means | refers[ ]to | has | have ) \b
    )"""
)
# Not all of VERBS: the steps of an answer open with others.
_VERBS = (
    "add analyse analyze answer arrange avoid build calculate change choose classify clean compare complete compose "
    "compute consider continue convert correct count create debug decide define describe design determine develop "
    "discuss draft edit ensure estimate evaluate examine explain explore extract fill find fix focus generate give "
    "guess identify implement imagine improve include keep list look make match modify name offer outline pick plan "
    "predict prepare present prove propose provide read recommend rephrase reply respond return review rewrite select "
    "show simplify solve sort state suggest sum summarise summarize take tell think translate try use verify write"
)
REQUEST = regex.compile(
    rf"""(?xi)
    [?？؟] | \b help[ ]me \b | \b (?: can | could | would | will ) [ ] you \b
  | \b please \b (?! [ ] (?: let[ ]me[ ]know | feel[ ]free | note ) )
  | \b i (?: 'd | [ ]would | 'm | [ ]am )? [ ]
    (?: like | want | need | wish | looking | interested | curious | wondering | trying ) \b
  | \b your[ ] (?: task | goal | job | role | answer | response | reply | explanation | help | output ) \b
  | \A \W*+
    (?: what | who | whom | whose | which | why | how | when | where | is | are | was | were | do | does | did ) \b
  | (?: \A | [.!:;,\n] ) [\s\d.)*_\#>"-]{{0,8}}+ (?: also[ ] | then[ ] )? (?: {"|".join(_VERBS.split())} ) \b
    """
)


QUESTION = regex.compile(r"(?i)[?？]|\A\W*(?:what|who|whom|whose|which|why|how|when|where)\b")
SENTENCE = regex.compile(r"[^.!?\n]++(?:\.(?=\w)[^.!?\n]++)*+[.!?]?")
# What is said of the matter and not of the answer that is wanted.
GIVEN = regex.compile(
    r"""(?xi) \s*+ (?: the[ ]answer[ ] (?: is | was ) \b (?! [ ] (?: for | to ) \b )
  | (?: it | he | she | they ) [ ] (?: is | was | are | were ) [ ] (?! for | my | not | about | to | in | due | a[ ] (?: gift | present | school ) )
    (?: [\p{L}'-]++ [ ]?+ ){1,5} [.!]?+ \s*+ \Z
  | (?: it | they ) [ ] (?! should | must | can | could | may | would | will | need | have | has | is | are | was | were | do ) \p{L}{3,} [ ] (?: [\p{L}'-]++ [ ]?+ ){1,12} [.!]?+ \s*+ \Z
  | (?: the[ ] | an?[ ] )? (?P<subject> \p{L}{4,} ) [ ] (?: \w+ [ ] ){1,4}? because \b
  | (?: the[ ] | an?[ ] )? (?P<subject> \p{L}{4,} ) [ ] (?: of [ ] (?: \w+ [ ] ){1,4}? )? (?: is | was | are | were | means | lies | consists? | refers[ ]to ) [ ] (?! for | my | our | about | mine | due )
    )"""
)


def answer(original: str, refined: str) -> str | None:
    """Fail an answer, refusal or message to the user: it begins like one, and the original does not."""
    before, after = (text.strip().replace("’", "'") for text in (original, refined))
    spoken = letters_of(regex.sub(r"(?i)\bu\b", "you", before))
    if added := _added_answer(before, after):
        return added
    if (told := _REPORT.search(after)) and not _REPORT.search(before):
        return shown(told[0].strip())
    one, other = (regex.findall(r"\w++", text[:200].casefold())[:3] for text in (before, after))
    if one == other:
        return None
    if (start := _NO_REWRITE.match(after)) and letters_of(start["word"] or start[0]) not in spoken:
        return shown(start[0])
    if (start := ANSWER_START.match(after)) and not ANSWER_START.match(before) and letters_of(start[0]) not in spoken:
        return shown(start[0])
    if (asked := _ASKS_BACK.match(after)) and not _YOU.search(before):
        return f"asks back: {shown(asked[0])}"
    if asked := _ASKS_WISH.search(after[:VOICE_SPAN]):
        own = (_WISHES + regex.escape(asked["wish"])) if asked["wish"] else rf"(?i)\b{asked['word']}"
        if not regex.search(own, before) and not _YOU_OF_OTHERS.search(before):
            return f"asks back: {shown(asked[0].strip())}"
    voice = ASSISTANT_VOICE.search(after[:VOICE_SPAN])
    if voice and not ASSISTANT_VOICE.search(before) and letters_of(voice[0]) not in spoken:
        return shown(voice[0])
    after = _LIST_SIGN.sub("", after)
    said = STATEMENT.match(after)
    is_bare = len(before.split()) <= 10 and not STATEMENT.match(before)  # a thing alone is a wish, too
    asks = REQUEST.search(before) or (is_bare and said and not regex.search("who|that|which|,", said[0]))
    if said and asks and not REQUEST.search(after):
        return f"a statement where the original asks: {shown(after)}"
    return _answered(before, after)


# How questions open, without a question mark, and how they are answered, in nine languages.
_TELL = (
    r"(?:tell[ ]me|explain|describe|erkläre?|erzähle?|beschreibe?|explique|raconte|décris|explica|cuéntame|háblame|spiega(?:mi)?|parlami"
    r"|descrivi|fale|conte|descreva|leg|vertel|beschrijf|förklara|berätta|beskriv|wyjaśnij|opowiedz|opisz)"
)
_TELLS = regex.compile(rf"(?i)\b{_TELL}\b")
# What explains, in a sentence without a verb that could be a request, and where what is said of a thing ends.
_EXPLAINS = regex.compile(
    r"(?i)\bbecause\b(?! (?:i|we|my|our)\b)|, and (?:that|this|it) (?:is|was|means?|causes?|leads?|makes?)\b"
)
_CLAUSE = regex.compile(
    r"(?i)[:—]|\b(?:that|which|who|if|how|what|where|when|whether|der|die|das|wie|que|qui|che|quem|dat|som|który)\b"
)
_LIST_SIGN = regex.compile(r"\A#+ .*\n+|(?m:^)[ \t]*+(?:\d+[.)]|[-*•])[ \t]+")
_OPENS_QUESTION = regex.compile(
    rf"(?xi) \A \W* (?: (?: please | pls | can[ ]you | could[ ]you | bitte | hey | hi | so | and | but | ok | also | und | et | y | e | en | och | a ) ,? [ ] )? (?: (?P<tells> {_TELL} ) | (?P<word>"
    r"whats? | who(?:se|s)? | which | whys? | hows? | whens? | wheres? | was | wer | wen | wem | wessen | wie | wieso | warum | weshalb | wann | wo | woher | wohin | welche[rsnm]? | wieviel"
    r"| qui | que | quoi | quand | où | ou | combien | comment | pourquoi | quel(?:le)?s? | qué | quién(?:es)? | quien | cuál(?:es)? | cual(?:es)? | cómo | como | cuándo | cuando | dónde | donde | cuánt[oa]s? | cuant[oa]s?"
    r"| che | cosa | chi | come | quando | dove | quant[oiae] | qual[ei]? | perch[eé] | o[ ]que | quem | onde | quant[oa]s | quais | wat | wie | hoe | hoeveel | wanneer | waar | waarom | welke?"
    r"| hur | vad | vem | vilken | vilket | vilka | när | var | varför | jak | co | kto | kiedy | gdzie | ile | dlaczego | czemu | jak[ia]e? | któr[yae] )"
    r"| (?: is | are | was | were | do | does | did | can | could | will | would | should | has | have | may | must | ist | sind | hat | haben | kann | darf | muss | gibt | soll | wird | können | dürfen"
    r"| est-ce | peut | peux | puis-je | faut | y[ ]a-t-il | es | está | hay | puedo | puede | se[ ]puede | debo | tiene | è | sono | si[ ]può | posso | può | devo | c['’]è | ci[ ]sono | é | pode | dá[ ]para | tem | devo"
    r"| mag | kan | kun | moet | zijn | heeft | zit | är | får | ska | måste | finns | har | czy ) ) \b"
)
_YES_NO = regex.compile(
    r"(?i)\W*(?:yes|yeah|yep|no|nope|ja|nein|jein|doch|oui|non|si|sí|sì|não|nao|sim|nee|nej|jo|jodå|tak|nie)(?:,|\.|!| (?:they|it|you|he|she|das|man|es|il|elle|on|ce|det|to)\b)"
)
_STATES = word_set(
    "is are was were has have had do does did can could will would should must may might because since ist sind war waren hat haben hatte kann "
    "konnen muss mussen darf soll wird werden gibt dauert heisst liegt kostet weil denn est sont etait ont peut peuvent doit doivent faut fait car parce "
    "es son esta estan era fue tiene tienen puede pueden debe deben hay porque e sono ha hanno puo possono deve devono perche sao estao foi tem pode podem "
    "devem zijn heeft hebben kan kunnen moet moeten mag mogen wordt worden heet omdat ar var har maste far ska blir heter eftersom jest sa byl byla moze moga "
    "musi musza bo poniewaz though although"
)
_ABOUT = word_set(
    "nothing nobody everything everyone most many some all both the a an it they this that these those there he she its their you der die das ein eine es er sie man le la les l un une il elle ils elles on ce cest "
    "el los las una se lo gli uno si o os as um uma ele ela de het een hij zij ze den det en ett han hon to ten ta"
)
_WISHED = regex.compile(
    r"(?i)\b(?:please|pls|bitte|s'il|svp|stp|por favor|per favore|per piacere|alsjeblieft|alstublieft|aub|graag|tack|snälla|proszę|möchte|brauche|will|hätte|ich suche|veux|voudrais|besoin"
    r"|quiero|necesito|quisiera|busco|voglio|vorrei|bisogno|cerco|quero|preciso|gostaria|ik wil|ik zoek|nodig|jag vill|behöver|söker|chcę|potrzebuję|szukam|i want|i need|i'd like|i would like|i'm looking)\b"
)


# A bare yes or no, or a reason.
_REPLY = regex.compile(r"(?i)\W*(?:(?P<word>yes|no|yeah|yep|nope)\W*\Z|(?P<word>because)\b(?! (?:i|we|my|our)\b))")


def _answered(before: str, after: str) -> str | None:
    """Say whether a question became sentences that all state something of what it is about and ask for nothing."""
    opening = _OPENS_QUESTION.match(before)
    if not (opening or "?" in before) or any(asks.search(after) for asks in (REQUEST, _WISHED, _TELLS)):
        return None
    if _YES_NO.match(after) and not _YES_NO.match(before):
        return f"a yes or no: {shown(after)}"
    words = words_of(after)
    if not words or any(heads_of(after, words)) or not opening:
        return None
    known, keys = {word.key for word in words_of(before)}, {word.key for word in words}
    if opening["word"] and word_key(opening["word"]) in keys:
        return None  # an indirect question
    explains = opening["tells"] and main_language(words) == "English" and _EXPLAINS.search(after)
    openings = {word.key for sentence in SENTENCE.findall(after) for word in words_of(sentence)[:1]}
    if any(key in VERBS or not explains for key in openings - _ABOUT - known):
        return None  # a verb, for all we know
    numbers = given_numbers(before, before)
    if opening["tells"]:
        is_said = bool(explains) or not _STATES.isdisjoint(word.key for word in words_of(_CLAUSE.split(after)[0]))
    else:
        is_said = bool(keys & _STATES) or any(token.needs.isdisjoint(numbers) for token in numbers_of(after))
    return f"a statement where the original asks: {shown(after)}" if is_said else None


def _added_answer(before: str, after: str) -> str | None:
    """Name a sentence that is added to a question and that answers it."""
    known = {letters_of(sentence) for sentence in SENTENCE.findall(before)}
    for sentence in SENTENCE.findall(after)[1:]:
        found = None if letters_of(sentence) in known or REQUEST.search(sentence) else _REPLY.match(sentence)
        if found and not regex.search(rf"(?i)\b(?:{found['word']}|cos|cause|cuz|coz|bc|bcs|bcuz)\b", before):
            return f"an answer is added: {shown(sentence)}"
    if not (QUESTION.search(before) or _ASKS_FACT.match(before)):
        return None
    fact = _Fact(before) if _ASKS_FACT.search(before) and len(before) <= _LONGEST_QUESTION else None
    first = {word.key for word in words_of(before)}
    for sentence in SENTENCE.findall(after)[1:]:
        if letters_of(sentence) in known or REQUEST.search(sentence) or sentence.rstrip().endswith("?"):
            continue
        if fact and fact.is_stated(sentence):
            return f"an answer is added: {shown(sentence)}"
        found = GIVEN.match(sentence)
        if (
            found
            and (not found["subject"] or found["subject"].casefold() in first)
            and says_more(sentence, Forms(first))
        ):
            return f"an answer is added: {shown(sentence)}"
    return None


# Questions whose answer is a number or a name, in nine languages.
_ASKS_FACT = regex.compile(
    r"(?i)(?<!\w)(?:how (?:tall|high|long|old|many|much|far|deep|big|large|fast|heavy|wide|often|hot|cold|tall)|when|who|whose|where|what(?:'s)?|whats|which|wie (?:hoch|lang\w*"
    r"|alt|viele?|weit|tief|groß|schnell|schwer|oft)|wann|wer|wo|welche\w?|qui|quand|où|combien|quel(?:le)?s?|cuánt[oa]s?|cuant[oa]s?|cuándo|quién|dónde|cuál"
    r"|quanto|quant[aie]|quando|chi|dove|quem|onde|quantos|quantas|qual|hoe (?:hoog|lang|oud|veel|ver|diep|groot)|wanneer|wie|waar|welke?|hur (?:hög\w*|lång\w*|gammal|många|mycket|långt|djup\w*)|när|vem|var|vilken"
    r"|ile|kiedy|kto|gdzie|jaki|który|która)(?!\w)"
)
_LONGEST_QUESTION = 300  # characters, so that the time stays linear
_PRONOUNS = frozenset(
    "it he she they the result das es er sie il elle cest el ella lui lei ele ela het hij zij det den han hon on ona to".split()
)
# What is said of the answer, of a person or of what is wanted is no answer.
_WANTED = regex.compile(
    r"(?i)\b(?:i|i'm|i've|my|me|mine|we|our|us|you|your|should|must|may|can|could|would|will|need\w*|want\w*|please|only|not|no|without|include|including|ideally|max\w*|at least|at most|up to"
    r"|words?|sentences?|lines?|paragraphs?|examples?|steps?|bullets?|points?|columns?|rows?|tips|pages?|characters?|audience|beginners?|answers?|year-?olds?|list|table|summary|poem|text|format\w*|response|reply"
    r"|ich|mein\w*|mir|wir|bitte|soll\w*|muss|antwort\w*|sätze\w*|satz|wörter\w*|je|mon|ma|mes|nous|doit|doivent|réponse|mots|phrases?|yo|mi|mis|debe\w*|respuesta|palabras|frases|io|mio|mia|deve|risposta|parole|frasi"
    r"|eu|meu|minha|resposta|palavras|ik|mijn|moet|antwoord|woorden|zinnen|jag|mitt|min|ska|svar\w*|ord|meningar|ja|mój|moja|odpowiedź|słów|zdani\w*)\b"
)


class _Fact:
    """A question that is answered by a number or a name."""

    def __init__(self, question: str) -> None:
        words = words_of(question)
        self._had = {word.key for word in words}
        self._forms = Forms(self._had)
        self._stops = stop_words("English") | stop_words(main_language(words))
        self._numbers = given_numbers(question, question)

    def is_stated(self, sentence: str) -> bool:
        """Say whether a sentence says of what the question is about something with a number or a name that is new."""
        words = words_of(sentence)
        keys = [word.key for word in words]
        if not 3 <= len(keys) <= 20 or _WANTED.search(sentence):
            return False
        if any(word.key in VERBS and (at == 0 or sentence[word.start - 2] in ",:") for at, word in enumerate(words)):
            return False
        shared = {key for key in keys if len(key) > 2 and key not in self._stops and self._has(key)}
        is_said = not _STATES.isdisjoint(keys)
        of_it = (
            keys[0] in _PRONOUNS and len(keys) <= 8 and keys[2] not in ("for", "about", "due", "part", "fur", "pour")
        )
        if not (shared and (of_it or is_said or len(shared) > 1)) and not (of_it and is_said):
            return False
        if any(token.needs.isdisjoint(self._numbers) for token in numbers_of(sentence)):
            return True
        names = [word for word in words if sentence[word.start].isupper() and not self._is_spelt(word.key)]
        if any(word is not words[0] for word in names):
            return True
        return bool(names) and keys[0] not in self._stops and len(shared) > 1 and len(keys) <= 6

    def _has(self, key: str) -> bool:
        return not key.isdigit() and (key in self._forms or any(is_relative(key, other) for other in self._had))

    def _is_spelt(self, key: str) -> bool:
        return key in self._had or any(is_respelling(key, other) for other in self._had)
