"""Is an instruction about self-harm, violence or crime, and what must not be added to it then?

Told by word lists: English ones that know their look-alikes, and basic ones of eight other languages. What none of
them names goes unseen.
"""

import regex

from .spans import SENTENCE, plain
from .spelling import Forms, says_more, word_key, words_of


_PERSON = (
    r"(?:(?:my|your|his|her|their|our|the|an?|some|this|that|these|those|every|all)[ ])?(?:[\w'’-]+[ ])?"
    r"(?:wife|husband|girlfriend|boyfriend|partner|spouse|ex|exs|ex['’]s|mom|mum|mother|dad|father|parents?|sons?|step\w+"
    r"|daughters?|kids?|child|children|bab(?:y|ies)|toddler|brothers?|sisters?|uncle|aunt|cousin|grand\w+|nephew|niece"
    r"|neighbou?rs?|landlord|tenants?|teachers?|roommate|flatmate|co-?workers?|colleagues?|classmates?|bully|bullies|friends?"
    r"|someone|somebody|anyone|people|persons?|man|men|woman|women|girls?|guys?|boys?|bloke|dude|strangers?|students?|pupils?"
    r"|cops?|police\w*|officers?|judge|ref|politicians?|mayor|president|jews|muslims|christians|gays|blacks|immigrants"
    r"|refugees|foreigners|dogs?|cats?|pets?|puppy|puppies|kittens?|animals?)\b"
)
_VICTIM = (
    rf"(?:{_PERSON}|(?:him|her|them)\b(?![ ](?:at|in|on)[ ](?:\w+[ ])?(?:chess|game|cards|poker|race|fifa|tennis)))"
)
_HARM = (
    r"(?:kill|murder|stab|strangl|poison|shoot|behead|tortur|drown|suffocat|chok|assassinat|lynch|rap|kidnap"
    r"|abduct|punch|slap|hit|hurt|attack|drug|stalk|harass|threaten|blackmail|extort|spy[ ]on|doxx?|swatt?"
    r"|burn|run[ ]over|spit[ ]on|molest|groom|catfish|scamm?|robb?|mugg?|beat[ ]up)(?:e|es|ed|s|t?ing)?"
)
_ACCOUNT = (
    r"(?:accounts?|wi-?fi|phones?|e-?mails?|snap\w*|insta\w*|facebook|whatsapp|icloud|tiktok|discord|gmail|cameras?|webcam"
    r"|bank|portal|systems?|network|computers?|laptop|servers?|website|passwords?|router|database|grades|atm|router)"
)
_WARES = (
    r"(?:(?:pipe[ ]|nail[ ]|car[ ]|petrol[ ])?bombs?|explosives?|molotov\w*|grenades?|napalm|dynamite|thermite|guns?|firearms?"
    r"|rifles?|pistols?|silencers?|ammo|sarin|ricin|cyanide|chloroform|poison|(?:chlorine|mustard|poison)[ ]gas|meth\w*"
    r"|crack|cocaine|coke|heroin|fentanyl|lsd|mdma|ecstasy|ghb|roofies?|malware|ransomware|keyloggers?|trojans?|botnets?"
    r"|viruses|phishing|deepfakes?|counterfeits?|weed|drugs|fake[ ]\w+)"
)
_HARMLESS_WARES = regex.compile(
    r"(?i)\b(?:bath|photo|f-?|cherry|glitter|j[äa]e?ger|seed|smoke|bug|water|nerf|glue|nail|heat|massage|spray|staple|toy|price"
    r"|fat|stink|cocoa|hot[ ]chocolate)[ -]?(?:bomb|gun)s?\b|\bbomb(?:ed|ing)?[ ](?:an?|the|my|his|her)[ ](?:audition|interview|test|exam"
    r"|presentation|set|joke|speech|quiz)|\bblow(?:ing)?[ ]up[ ](?:an?|the|my)[ ](?:\w+[ ])?(?:photo|pic|picture|image|balloon|mattress|phone"
    r"|bed|pool|ball|text|font)|\bshoot\w*\b(?=.{0,120}?\b(?:photos?|film|video|camera|canon|nikon|lens|portraits?|\d+[ ]?mm|iso|hoops|pool"
    r"|penalt\w+|goals?|settings|shutter|sunset|wedding|bride))|\bsteal(?:ing|s)?[ ](?:the[ ]show|time|a[ ]base|bases)|\bfake[ ](?:news|tan|plants?"
    r"|fur|eyelashes|nails|flowers|snow|blood|data|it)|\bkill(?:ing)?[ ](?:time|the[ ]mood|\d)|\bmurder[ ](?:mystery|party)|\b(?:computer|flu|cold|corona)"
    r"[ ]viruses|\bhit[ ](?:the|a)[ ]|\bburn(?:ing)?[ ](?:calories|a[ ]?cd|fat)|\btexas|\bhack(?:athon|s\b|y\b|ney)|\blife[ ]?hack|\bbreak(?:ing)?[ ]into[ ]"
    r"(?:tech|the[ ](?:[\w-]+[ ]){0,2}(?:industry|market|field|business|scene|charts)|acting|a[ ]career|smaller|parts|pieces|song|groups)|\bmethod\w*|\bweed(?:s|ing|ed|[ -]?killers?)\b"
    r"|\b(?:child|parent|orphaned|zombie)[ ](?:process|thread|task|job|window|node|element|component)\w*|\bcut(?:ting)?[ ]myself[ ](?:an?|some|the)[ ](?:[\w-]+[ ])?(?:fringe|bangs|slice|piece|break|deal|bit)\b"
)
_DANGER = regex.compile(
    rf"""(?ix)
    \b (?: kill | hurt | harm | cut | hang | starv | drown | shoot | poison | burn ) (?:e|ing|ting)? [ ]
      (?: my | him | her | your | them | our )[ ]?sel(?:f|ves) \b
  | \b suicid\w* | \b self[- ]?harm\w* | \b overdos\w* | \b thinspo | \b pro[- ]ana \b | \b hide [ ] my [ ] (?: cuts | scars )
  | \b (?: want | wanna | rather | ready | going | trying ) [ ] (?: to [ ] )? (?: die | be[ ]dead ) \b | \b end (?:ing)? [ ] (?: my[ ](?:own[ ])?life | it[ ]all ) \b
  | \b tak(?:e|ing) [ ] my [ ] (?: own [ ] )? life \b | \b wish [ ] i [ ] (?: was | were ) [ ] dead \b | \b (?: took | taken | swallowed | take ) [ ]
      (?: [\w-]+ [ ] ){{0,3}}? (?: pills | tablets | sleeping[ ]pills | paracetamols? | painkillers ) \b
  | \b (?: don['’]?t | not | dont ) [ ] (?: want[ ]to | wanna ) [ ] (?: live | be[ ]alive | be[ ]here | exist | wake[ ]up ) \b
  | \b {_HARM} [ ] (?: up [ ] )? {_VICTIM} | \b beat (?:ing)? [ ] (?: my | your | his | her ) [ ] (?: wife | kids? | child | dog | girlfriend | husband ) \b
  | \b (?: make | making | build\w* | cook\w* | mix\w* | synthesi[sz]\w* | assembl\w* | print\w* | produc\w* | grow\w* | buy\w* | get | sell\w* | deal\w* | smuggl\w* | hid\w* | sneak\w*
      | creat\w* | writ\w* | construct\w* ) [ ] (?: [\w'’-]+ [ ] ){{0,3}}? {_WARES} \b
  | \b (?: set [ ] (?: [\w'’-]+ [ ] ){{1,5}} on [ ] fire | set [ ] fire [ ] to | burn (?:ing)? [ ] (?: down | (?: [\w'’-]+ [ ] ){{1,4}} down )
      | (?: blow (?:ing)? [ ] up | shoot(?:ing)? [ ] up | bomb(?:ing)? ) [ ] (?: an? | the | my | his | her | their | our | this | that ) ) \b
  | \b shoot [ ] every | \b hitman | \b better [ ] off [ ] without [ ] me | \b (?: disappear | vanish | sleep | gone ) [ ] (?: forever | for [ ] good ) | \b never [ ] wake [ ] up | \b thinking [ ] (?: of | about ) [ ] ending | \b think [ ] about [ ] ending [ ] it | \b (?: deserve | reason ) [ ] to [ ] live \b
  | \b way [ ] (?: out | to [ ] go ) (?: [ ] that | \Z ) | \b my [ ] last [ ] night | \b if [ ] i [ ] (?: was | were ) [ ] (?: dead | gone ) | \b why [ ] am [ ] i [ ] (?: even [ ] )? alive | \b goodbye [ ] (?: note | forever )
  | \b written [ ] the [ ] letters | \b (?: all | it ) [ ] (?: to [ ] be [ ] )? over \Z | \b do [ ] something [ ] to [ ] myself | \b knock [ ] (?: [\w'’-]+ [ ] ){{1,9}}? off [ ] the [ ] internet
  | \b (?: buy | get | take | try | find | order | sell | use ) [ ] (?: [\w'’-]+ [ ] ){{0,3}}? (?: xanax | heroin | cocaine | amphetamines? | steroids | oxycodone | oxy | ketamine | adderall | speed [ ] online | stolen [ ] \w+ | rhino [ ] horn )
  | \b (?: credit [ ] card | social [ ] security ) [ ] numbers? | \b home [ ] address [ ] of | \b lie [ ] in [ ] court | \b vote [ ] twice | \b (?: join | support ) [ ] isis | \b (?: shut [ ] down | take [ ] down ) [ ] the [ ] power
  | \b bypass [ ] (?: [\w'’-]+ [ ] ){{0,3}}? (?: meter | alarm | lock ) | \b out [ ] of [ ] (?: jail | prison ) | \b scare [ ] the [ ] witness | \b fak(?:e|ing) [ ] my [ ] (?: own [ ] )? death | \b ankle [ ] monitor
  | \b hid(?:e|ing) [ ] (?: [\w'’-]+ [ ] ){{0,5}}? from [ ] (?: hmrc | the [ ] irs | tax | the [ ] police | my [ ] wife [ ] before ) | \b drive [ ] into [ ] (?: those | the | a [ ] crowd ) | \b sneak [ ] \w+ [ ] (?: into | past ) | \b (?: card | roll ) [ ] the [ ] clock [ ] back
  | \b weh [ ] getan | \b rubo \b | \b frauder \b | \b faux [ ] permis | \b romperle | \b pegarle \b | \b amfetamin | \b xtc \b | \b me [ ] machuco
  | \b (?: hack\w* | crack(?:ing)? | get(?:ting)? | log(?:ging)? ) [ ] (?: (?: into | in ) [ ] )? (?: [\w'’-]+ [ ] ){{0,4}}? {_ACCOUNT} \b
      (?= .* \b (?: hack\w* | crack\w* | without | secretly | password ) ) | \b hack\w* [ ] (?: [\w'’-]+ [ ] ){{0,4}}? {_ACCOUNT} \b
  | \b break (?:ing)? [ ] into [ ] | \b pick (?:ing)? [ ] (?: an? | the | my | his | her | their | \w+['’]?s ) [ ] lock \b
  | \b fak(?:e|ing) [ ] (?: an? | my | the | whiplash | \w+ ) [ ]? (?: id | ids | passport | signature | note | certificate | diploma | tickets? | receipts? | money | bills | prescription | sick )
  | \b (?: evad | dodg ) (?:e|ing) [ ] tax | \b insurance [ ] fraud | \b commit\w* [ ] (?: \w+ [ ] )? (?: fraud | crime | murder )
  | \b (?: get (?:ting)? [ ] away [ ] with | not [ ] get [ ] caught | without [ ] (?: get(?:ting)? | being ) [ ] caught | untraceable )
  | \b without [ ] (?: her | him | them | my [ ] \w+ ) [ ] (?: know\w* | notic\w* | consent ) | \b (?: spik | slip ) (?:e|ing|ping)? [ ] (?: \w+ [ ] ){{0,3}} drink
  | \b (?: dispos\w* [ ] of | hid(?:e|ing) | get [ ] rid [ ] of ) [ ] (?: an? | the ) [ ] (?: dead [ ] )? (?: body | corpse ) \b (?! [ ] (?: on | in ) [ ] (?: wordpress | html | css ) )
  | \b (?: smash | slash | key | wreck | torch ) (?:ing)? [ ] (?: his | her | their | my [ ] \w+['’]?s? | \w+['’]s ) [ ] (?: car | tires | tyres | windows? | mailbox | house | face | shed | bike )
  | \b child [ ] porn | \b nudes [ ] of | \b revenge [ ] porn | \b dine [ ] and [ ] dash | \b stalk(?:ing)? [ ] {_VICTIM}
  # German, French, Spanish, Italian, Portuguese, Dutch, Swedish, Polish
  | \b (?: mich | sich ) [ ] (?: selbst [ ] )? (?: umbringen | töten | umzubringen ) | \b selbstmord | \b suizid | \b mir [ ] das [ ] leben | \b ritzen \b | \b umbringen \b | \b erstechen | \b vergiften
  | \b bombe[ ]?n? [ ] bau | \b sprengstoff | \b einbrech | \b stehlen \b | \b klauen? \b | \b hacken \b | \b fälsch | \b erpress | \b drogen \b | \b verprügel | \b nicht [ ] mehr [ ] leben
  | \b me [ ] (?: tuer | suicider | faire [ ] du [ ] mal ) | \b en [ ] finir \b | \b tuer [ ] (?: mon | ma | mes | quelqu | un | une | le | la ) \b | \b pirater \b | \b voler [ ] (?: un | une | dans | de ) | \b fauss?e? [ ] (?: carte | papiers? | passeport | billets? )
  | \b cambriol | \b empoisonner | \b explosifs? \b | \b fabriquer [ ] une [ ] bombe
  | \b matarme \b | \b quitarme [ ] la [ ] vida | \b matar [ ] a [ ] (?: mi | un | una | algui[eé]n | todos ) \b | \b hackear \b | \b robar \b | \b falsific | \b envenenar | \b explosivos? \b | \b bomba [ ] casera | \b no [ ] quiero [ ] vivir
  | \b uccidermi | \b ammazzar | \b farla [ ] finita | \b hackerare | \b rubare \b | \b avvelenar | \b costruire [ ] una [ ] bomba | \b truffar
  | \b me [ ] matar \b | \b acabar [ ] com [ ] (?: tudo | a [ ] minha [ ] vida | minha [ ] vida ) | \b matar [ ] (?: meu | minha | algu[eé]m ) \b | \b roubar \b | \b (?: diploma | documento | dinheiro ) [ ] fals
  | \b zelfmoord | \b mezelf [ ] (?: doden | snijden | van [ ] kant | pijn ) | \b vermoord | \b inbreken \b | \b stelen \b | \b vervals | \b vergiftig | \b dood [ ] wil | \b bom [ ] mak
  | \b själv ?mord | \b ta [ ] livet [ ] av | \b döda [ ] (?: mig | min | mina | någon | honom | henne ) | \b mörda | \b stjäla \b | \b förfalska | \b hacka [ ] (?: mig | n[aå]gon | min ) | \b sprängmedel | \b inte [ ] leva
  | \b samobój | \b zabić \b | \b skończyć [ ] ze [ ] sobą | \b zhakowa | \b włama | \b ukra[ds] | \b podrobi | \b otru[ćj] | \b pobić \b | \b nie [ ] chce [ ] mi [ ] si[eę] [ ] (?: ju[zż] [ ] )? [zż]yć
    """
)
# Told of others by somebody who asks for help: what a child swallowed, what was done to who asks.
_OTHERS = rf"(?:{_PERSON}|(?:he|she|they|bully|bullies|hackers?|thie(?:f|ves)|attackers?)\b)[ ](?:(?:has|have|had|just|also|been|\w+ly)[ ]){{0,3}}"
_SUFFERED = regex.compile(
    rf"""(?ix) \b {_OTHERS} (?: (?: took | taken | swallowed | ate | eaten ) [ ] (?: [\w-]+ [ ] ){{0,4}}? (?: pills | tablets | paracetamols? | painkillers )
    | {_HARM} (?<= ed | s | hit | hurt ) [ ] (?: me | us | (?: my | our ) [ ] \w+ ) ) \b"""
)
_HACKED = regex.compile(
    rf"(?i)\b{_OTHERS}hacked[ ](?:into[ ])?(?:my|our)\b|\b(?:report|recover|restor|secur|regain|get[ ]back)(?:e|ing|ed)?[ ](?:\w+[ ]){{0,3}}?hacked\b|\bmy[ ]hacked\b"
)
_HELP = regex.compile(
    r"(?i)\bwhat (?:now|next|(?:should|do|can|must) (?:i|we))\b|\bwho (?:do|should|can) (?:i|we) (?:tell|call|ask|report)|\b(?:report|help (?:him|her|them|my)|emergency|first aid|poison control|hospital)\b"
)
_REVENGE = regex.compile(
    rf"(?i)\b(?:revenge|back at|get even|mak(?:e|ing) (?:\w+ ){{1,3}}pay|how (?:long|many|much)|until|die[sd]?|dead|dying|secretly|without|hack|{_HARM}[ ](?:him|her|his|hers|them|their|back)|beat\w*)\b"
)
# These words are also told of: here somebody wants to do it.
_DEED = regex.compile(
    r"""(?ix) \b (?: steal(?:ing)? | rob(?:bing)? | burgl\w+ | shoplift\w* | pickpocket\w* | launder(?:ing)?[ ](?:the[ ])?(?:money|cash|it|[\d,.]+) | counterfeit\w*
    | forg(?:e|ing)[ ](?:an?|my|the|his|her) | smuggl(?:e|ing) | blackmail(?:ing)? | extort\w* | phish\w* | embezzl\w* | traffick\w* | arson | vandali[sz]\w* | dox+(?:ing)? | ddos\w*
    | kidnap\w* | molest\w* | terroris[mt]\w* | stolen | siphon\w* | perjury | cheat[ ]on[ ]my[ ]tax\w* | nick[ ](?:an?|the|some|baby) | pocket[ ]an?[ ]\w+
    | fence[ ]stolen | hijack\w* | sabotag\w* | hot-?wir\w+ | skim[ ]cards? | clone[ ](?:an?[ ])?(?:bank|credit|debit)[ ]cards? ) \b"""
)
_WANTED = regex.compile(
    r"""(?ix) \b (?: how[ ](?:to|do|can|could|would|should|will)[ ]?(?:i|we|you|u|one|me|somebody|someone|\b) | ways?[ ]to | where | tips | plan[ ]to | want | wanna | need | gonna | going[ ]to
    | help[ ]me | teach | show[ ]me | trick | without | write | make | can[ ](?:i|we|you) | should[ ](?:i|we) | let['’]?s | easiest | fastest | i['’]?ll | to[ ]scare ) \b | \A"""
)
_TOLD = regex.compile(
    r"(?i)\b(?:novel|story|stories|film|movie|plot|comedy|game|cards|chess|base(?:ball)?|second base|heist|character|song|the show|news|history|poem|potty|poty|stickers"
    r"|cartoon|series|play|joke|book|chapter)\b"
)
# What helps with the act.
_MEANS = regex.compile(
    r"""(?ix) \b (?: steps? | step[- ]by[- ]step | how[ ](?:it|this|that)[ ]is[ ]done | how[ ](?:long|much|many) | amounts? | quantit\w+ | dos(?:e|es|age|ages)
    | tools? | materials? | ingredients? | equipment | supplies | methods? | techniques? | procedures? | preparations? | prepare | timing | timeline | tricks? | tips?
    | instructions? | guide | plan | checklist | final[ ]check | recipe | in[ ]detail | detailed | details | how[ ]to[ ]tell | that[ ]it[ ]worked | what[ ](?:is|i|you)[ ]needs?\w*
    | most[ ]effective\w* | ways[ ]to | options | (?:which|what)[ ](?:[\w-]+,?[ ]){1,6}to[ ](?:buy|use|get|take|order|mix|pick|wear|say)
    | where[ ](?:to|(?:i|one)[ ]can|can[ ]i)[ ](?:buy|get|order) | as[ ]efficiently | quickly | walk[ ]me[ ]through
    | schritt\w* | anleitung\w* | mengen? | dosis | werkzeuge?\w* | materiali?e?n? | zutaten | methoden? | vorbereitung\w* | tipps? | zeitplan | wie[ ](?:lange|viel)
    | étapes? | quantités? | outils? | matériel | matériaux | ingrédients? | méthodes? | préparatifs? | astuces? | combien[ ]de | mode[ ]d'emploi
    | pasos? | cantidades? | herramientas? | materiales | ingredientes | métodos? | preparativos? | trucos? | instrucciones | cuánto[ ]tiempo
    | passaggi | passi | dosi | strumenti | attrezzi | ingredienti | metodi | preparativi | trucchi | istruzioni | quanto[ ]tempo
    | passos? | quantidades? | ferramentas? | materiais | truques? | dicas | instruções
    | stappen | stap[ ]voor[ ]stap | hoeveel\w* | gereedschap\w* | methodes? | voorbereidingen | trucs | hoe[ ]lang
    | steg | mängd\w* | verktyg | metoder | förberedelser | knep | hur[ ](?:länge|mycket)
    | kroki | krok[ ]po[ ]kroku | ilości | narzędzi\w* | materiał\w* | składnik\w* | metod[yę] | przygotowania | wskazówk\w* | ile[ ]czasu ) \b"""
)
# What turns it round: declining, help, safety, law, another way.
_CARE = regex.compile(
    r"""(?ix) n['’]t \b | \b (?: leav\w+[ ]out | exclud\w* | omit\w* | skip\w* | no[ ](?:one|body|harm|\w*[ ]?(?:steps?|instructions?|details?|means|tools|methods|amounts|violence|weapons?|trace)) | not | never | without[ ](?:any[ ]|giving[ ]|naming[ ])?(?:steps?|instructions?|details?|harm\w*|hurt\w*|violence|judg\w+|lectur\w+|tools|means) | cannot | refus\w* | declin\w* | instead | alternativ\w* | rather | avoid\w* | prevent\w* | stop | resist\w*
    | legal\w* | laws? | lawful\w* | lawyer | illegal\w* | consequences? | dangers? | dangerous | risks? | safe | safely | safety | unsafe | warn\w* | help(?!ful) | helps | helpline\w* | doctors? | police
    | crisis | emergency | support\w* | therap\w* | counsel\w* | comfort\w* | calm\w* | listens? | honest\w* | temper | kind | kindly | gently | respect\w* | talk | protect\w* | report\w* | permission | consent | authorit\w+
    | nicht | kein\w* | ohne | lehne | ablehn\w* | hilfe | hilf\w* | sicher\w* | gefahr\w* | gesetz\w* | statt\w* | notruf | ärzt\w* | freundlich
    | pas | jamais | sans | refus\w* | aide\w* | sécurité | danger\w* | loi | plutôt | urgences? | médecin | gentiment
    | sin | nunca | niéga\w* | rechaz\w* | ayud\w* | seguridad | peligro\w* | ley | lugar | médico | amabilidad
    | non | senza | rifiut\w* | aiut\w* | sicurezza | pericol\w* | legge | invece | medico | gentilezza
    | não | sem | recus\w* | ajud\w* | segurança | perig\w* | lei | vez | gentileza
    | niet | geen | zonder | weiger\w* | wijs | hulp | help | veilig\w* | gevaar\w* | wet | plaats | vriendelijk
    | inte | utan | avböj\w* | hjälp\w* | säker\w* | farlig\w* | lag | istället | vänlig\w*
    | nie | bez | odmów\w* | pomoc\w* | bezpiecz\w* | niebezp\w* | prawo | zamiast | uprzejmie | lekarz\w* ) \b"""
)
# Any other wish makes an answer to a dangerous request more of one.
_WISH = regex.compile(
    r"(?i)^\W*(?:please |also |then |and )*(?P<verb>list|explain|describe|include|name|give|tell|say|show|compare|suggest|recommend|mention|provide|outline)\b"
)
_TO_MYSELF = regex.compile(
    r"(?i)\b(?:cut|hurt|harm|kill|starv|burn|poison|punish|drown|hang)(?:e|t?ing)? (?:myself|my life)\b"
)
_QUESTION = {"where", "which", "what", "how", "can", "do", "i", "one", "you", "to", "of", "is"}
_POLITENESS = regex.compile(
    r"(?i)\b(?:(?:many )?thank(?:s| you)(?: (?:very|so) much| in advance)?|(?:could|can|would|will) you(?: please| kindly)?(?: tell me| help me)?|please)\b"
)
_LAW = regex.compile(
    r"(?i)\bhow (?:do|does|did|can) (?:the )?(?:police|detectives?|banks?|museums?|shops?|stores?|cops|experts?|historians?)\b"
)
_WANT = regex.compile(r"\b(?:how|where|ways?|tips|help|teach|want|wanna|need|gonna|going to|feel like)\b")


def is_dangerous(text: str) -> bool:
    """Say whether an instruction is about hurting oneself or others, or about a crime; look-alikes are not."""
    text = _HARMLESS_WARES.sub(" ", " ".join(plain(text).split()))
    for suffered, asks in ((_SUFFERED, _HELP.search(text)), (_HACKED, True)):
        rest = suffered.sub(" ", text) if asks else text
        text = text if _REVENGE.search(rest) else rest
    if _DANGER.search(text):
        return True
    deed = _DEED.search(text)
    return (
        deed is not None
        and _WANTED.search(text, 0, deed.end()) is not None
        and _TOLD.search(text) is None
        and _LAW.search(text) is None
    )


def is_softened(original: str, refined: str) -> bool:
    """Say whether a dangerous request was rewritten with care, so that it may be put in milder words."""
    before = set(SENTENCE.findall(original))
    return is_dangerous(original) and any(
        _CARE.search(sentence) for sentence in SENTENCE.findall(refined) if sentence not in before
    )


def dangerous_addition(original: str, refined: str, *, is_harmful: bool = False) -> str | None:
    """Fail steps, means, amounts or tricks that are added to a request about self-harm, violence or crime.

    A sentence that declines, or that is about help, safety, law or another way, may name them. Where the request
    `is_harmful` for sure, all that is added has to be of that kind.
    """
    before = " ".join(original.casefold().split())
    if not is_harmful and not is_dangerous(original):
        return None if original == refined else _added_danger(original, before, refined)
    if found := _added_danger(original, before, refined, unseen_only=True):
        return found
    known = Forms(word.key for word in words_of(original))
    for sentence in SENTENCE.findall(refined):
        asked = any(_asks_more(match[0].casefold(), before) for match in _MEANS.finditer(sentence))
        wish = _WISH.match(sentence)
        if wish is not None:
            is_added = word_key(wish["verb"]) not in known
            wants = is_harmful or _WANT.search(before) is not None
            asked |= wants and (is_added or _is_new(sentence, known))
            asked |= is_added and _TO_MYSELF.search(sentence) is not None
        asked |= is_harmful and _is_new(_POLITENESS.sub(" ", sentence), known)
        if asked and not any(match[0].casefold() not in before for match in _CARE.finditer(sentence)):
            return " ".join(sentence.split())[:60]
    return None


def _asks_more(means: str, before: str) -> bool:
    """Say whether means are no question about words that the request has: "buy it" may become "where can I buy it"."""
    words = set(regex.findall(r"\w+", means))
    return means not in before and (words <= _QUESTION or not words - _QUESTION <= set(regex.findall(r"\w+", before)))


# What no harmless request is refined with: doing it unseen, hurting somebody, getting even.
_UNSEEN = regex.compile(
    r"""(?ix) \b (?: secretly | never[ ]wak\w+[ ]up | so[ ] (?: that[ ] )? (?: nobody | no[ -]?one ) [ ] (?: notic\w+ | finds[ ]out | sees | knows )
    | unnoticed | undetected | untraceabl[ey] | unbemerkt | niezauważ\w+ | without[ ] (?: (?: ever[ ] )? (?: getting | being | leaving | attracting ) [ ] (?: an?y?[ ] | the[ ] )? (?: caught | noticed | seen
    | detected | traced | spotted | found[ ]out | identified | traces? | attention | suspicion | police | evidence | fingerprints ) | (?: anyone | anybody | any[ ]?one | him | her | them | people | (?: my | the | your ) [ ] \w+ ) [ ]
    (?: ever[ ] )? (?: notic\w+ | know\w* | find\w*[ ]out | seeing | realis\w+ | realiz\w+ ) ) | (?: not | never | n['’]?t ) [ ] (?: get | be | being | getting ) [ ] caught | get(?:ting)?[ ]away[ ]with | leav\w+[ ] (?: no | any ) [ ] (?: traces? | evidence )
    | (?: cover | hid\w+ ) [ ] (?: up[ ] )? (?: my | your | the | his | her | their ) [ ] (?: tracks | evidence | body | traces ) | (?: avoid | evad | escap ) (?: e | es | ing )? [ ] (?: detection | arrest | suspicion | (?: getting | being ) [ ] caught | the[ ]police | police )
    | ohne[ ] (?: dabei[ ] )? (?: erwischt | entdeckt | gesehen | bemerkt | aufzufallen | spuren | dass[ ] (?: es[ ] )? (?: jemand | er | sie ) ) | sans[ ] (?: me | te | se | nous ) ?[ ]?faire[ ] (?: prendre | attraper | repérer | pincer ) | sans[ ] (?: être[ ]vu | laisser[ ]de[ ]trace | que[ ]personne )
    | sin[ ] (?: que[ ]nadie | ser[ ] (?: descubiert | vist | pillad ) \w+ | dejar[ ]rastro | que[ ] (?: me | te | se ) [ ] \w+ ) | senza[ ] (?: farsi | farmi | essere[ ] (?: visto | scoperto ) | lasciare[ ]tracce | che[ ]nessuno ) | sem[ ] (?: ser[ ] (?: pego | vist | descobert ) \w* | deixar[ ]rastros? | que[ ]ninguém )
    | zonder[ ] (?: gepakt | betrapt | gezien | opgemerkt | sporen | dat[ ] (?: iemand | hij | zij ) ) | utan[ ]att[ ] (?: bli | någon | lämna | åka[ ]fast | hon | han | de ) | bez[ ] (?: śladów | świadków ) | (?: żeby | aby | by ) [ ]nikt ) \b"""
)
_HURT = regex.compile(
    rf"""(?ix) \b (?: (?: injur | wound | hurt | harm | poison | stab | attack | beat | threaten | scar | blackmail | humiliat | frighten | scar | terrori[sz] | sabotag | damag | destroy | vandali[sz] | slash | drug | punish | tortur | kill | shoot | strangl | intimidat ) (?: e | es | ed | ing | ning )?
      [ ] (?: up[ ] )? (?: him | her | them | someone | somebody | his | their | people | others | {_VICTIM} ) \b | (?: take | get | getting | taking ) [ ]revenge | revenge[ ]on | (?: which | what | the | a ) [ ] (?: poison | laxative | weapon | sedative ) s? [ ] (?: i | to | you | could | can | would | works )
    | (?: recipe | instructions | formula | blueprint | ingredients | steps | guide )[ ](?: for | of | to )[ ](?: \w+[ ] ){{0,3}}?{_WARES} | (?:most|least)[ ]pain(?:less|ful)(?:ly)?
    | ambush\w* | mak(?:e|es|ing)[ ](?:him|her|them|someone|somebody|people)[ ](?:\w+[ ])?(?:ill|sick|vomit|suffer|bleed|cry)
    | with[ ] (?: an?[ ] | the[ ] | my[ ] )? (?: \w+[ ] )? (?: knife | gun | weapon | hammer | bat | axe | poison | threats? ) \b | (?: lethal | fatal | deadly ) [ ] (?: dos\w+ | amount | weapon ) | lethal | get[ ]even
    | how[ ]to[ ] (?: steal | forge | hack | rob | scam | blackmail | stalk | smuggle ) | (?: build | make ) [ ]an?[ ] (?: \w+[ ] )? (?: bomb | weapon | explosive )
    | zerstechen | einschüchter\w* | bedroh\w* | demütig\w* | fertigmach\w* | intimider | menacer | humilier | nuire[ ]à | intimidar\w* | amenazar\w* | humillar\w* | hacerle[ ]daño | intimidir\w* | minacciar\w* | umiliar\w* | ameaçá?\w* | humilh\w* | intimideren | bedreigen | vernederen | skrämma | hota | förnedra | zastraszyć | grozić | upokorzyć | vergift\w+ | verletz(?:en|e) | verprügel\w* | rächen | empoisonner | blesser | frapper | venger | envenenar\w* | herir\w* | golpear\w* | vengar\w* | avvelenar\w* | ferirl?\w* | picchiar\w* | vendicar\w* | machucá\w* | vingar\w*
    | vergiftig\w* | neersteken | wraak | förgift\w* | hämnas | misshandla | otru[ćj]\w* | zranić | pobić | zemścić ) \b"""
)
# What may be asked about and not how it is done.
_TOPIC = regex.compile(
    r"""(?ix) \b (?: ponzi | pyramid[ ]scheme\w* | scam\w* | phish\w* | malware | ransomware | (?:computer[ ])?virus\w* | hack\w* | counterfeit\w* | forger\w* | money[ ]launder\w* | identity[ ]theft | meth | heroin | cocaine | lsd | drugs?
    | bombs? | explosives? | poisons? | toxins? | nerve[ ]gas | weapons? | guns? | lock[ -]?pick\w* | locksmiths? | burglar\w* | shoplift\w* | smuggl\w* | traffick\w* | cults? | blackmail\w* | extort\w* | stalk\w* | spy\w* | keyloggers? | ddos
    | botnets? | deepfakes? | doping | steroids | cartels? | mafia | heists? | murder\w* | assassin\w* | terror\w* | overdos\w* | arson\w* | frauds? | tax[ ]evasion | embezzl\w* | dark[ ]?web | pickpocket\w* | pick(?:s|ing)?[ ]pockets | con[ ]artists? | bank[ ]robber\w* | thie(?:f|ves) | steal\w*
    | geldwäsche | betrug | arnaque\w* | estafa\w* | truff[ae] | golpes? | oplichting | bedrägeri\w* | oszust\w* | drogen | drogues? | drogas? | droghe ) \b"""
)
_DOING = regex.compile(
    r"""(?ix) \b (?: how[ ] (?: to | (?: i | you | one | we ) [ ] (?: can | could ) | can[ ]i ) | steps? | ways[ ]to | instructions? | guide | template | recipe | tips | script | method ) \b (?: [ ] [\w'’]+ ){0,6}? [ ]
    (?: set | sets | start | make | build | create | launch | run | print | produce | carry | commit | pull | cook | grow | get[ ]people | gets[ ]people | trick | win | buy | open | write | hide | copy | fake | steal | do[ ]it | do[ ]one | join | order | synthesi[sz]e | deploy | use ) \b"""
)


_CONDITION = regex.compile(r"\b(?:if|unless|when|until)\b[^,.;]*")


def _added_danger(original: str, before: str, refined: str, *, unseen_only: bool = False) -> str | None:
    """Name a sentence that makes a harmless request a dangerous one, unless it warns, helps or tells how to avoid it."""
    known = {" ".join(sentence.casefold().split()) for sentence in SENTENCE.findall(original)}
    own = Forms(word.key for word in words_of(original))
    dangerous = is_dangerous(refined)
    topic = _TOPIC.search(before) is not None
    for sentence in SENTENCE.findall(refined):
        line = " ".join(sentence.casefold().split())
        if line in known:
            continue
        line = _HARMLESS_WARES.sub(" ", line)
        care = _CARE.search(_CONDITION.sub(" ", _UNSEEN.sub(" ", line))) is not None
        unseen, hurt, doing = (
            any(says_more(match[0], own) for match in pattern.finditer(line)) for pattern in (_UNSEEN, _HURT, _DOING)
        )
        harmful = hurt and (not unseen_only or _WISH.match(sentence) is not None)
        if not unseen_only:
            harmful |= (topic and doing) or (dangerous and _is_new(sentence, own) and is_dangerous(line))
        if (unseen and (hurt or not care)) or (harmful and not care):
            return " ".join(sentence.split())[:60]
    return None


def _is_new(sentence: str, known: Forms) -> bool:
    """Say whether most words of a sentence are none of the original."""
    keys = [word.key for word in words_of(sentence) if len(word.key) > 3]
    return 2 * sum(key in known for key in keys) < len(keys)
