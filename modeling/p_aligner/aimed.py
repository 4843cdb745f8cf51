"""Phrases that are aimed at who answers, by purpose: haste, complaints, threats, sarcasm, greetings, thanks.

They say nothing of what is asked for wherever they stand, and so a rewrite may drop them. Those that may be part of a
request, too ("why people get lost"), do so only as a whole clause. What stands in a clause of its own and needs no
phrase is told by `asides` and `courtesies`, by its words and build.
"""

import regex


_OATH = r"(?:(?:the )?(?:fuck\w*|hell|heck|bloody|damn\w*|goddamn\w*|f\*+\w*) )"
# What follows a phrase and goes with it: the rest of its clause, or of its sentence.
_REST = r"(?:(?![ ](?:and|but|so|then)[ ])[^.!?;:,\n\uFFFC]){0,80}+"
_LINE = r"[^.!?\n\uFFFC]{0,80}+"
_YOU = r"(?:you|u)"
_NOT = r"(?:don['’]?t|do not|never|try not to)"
_IT = r"(?:it|this|that)"
_ELSE = r"(?:or|else|otherwise)"

# Who could do it as well: "my dog could do better".
_BEAST = (
    r"(?:monkey|chimp\w*|dog|cat|parrot|hamster|goldfish|donkey|toddler|kid|child|baby|[\w-]*year[- ]old|grand\w+|gran|nan|intern|schoolboy"
    r"|toaster|fridge|kettle|calculator|search engine|machine|bot|assistant|robot|app|ai)"
)

# Where a clause begins, and what ends it.
_START = r"(?<=(?:\A|[.!?;:,…\n(–—-]|\b(?:and|then|but|so|or|oh|well|ok|okay|now|please|just|no|dude|bro|seriously))[ ]{0,3})"
_END = r"(?=[ ]{0,3}(?:[.!?;:,…\n)\uFFFC]|\Z|(?:and|but|so|then|please)\b))"

# One phrase on a line; one with "^" is a whole clause.
PHRASES = {
    "haste": rf"""
hurry {_OATH}?(?:it )?(?:up\b)?
^come on
chop[- ]chop|tick[- ]?tock\b|spit it out|step on it|get (?:on with it|a move on)
wake {_OATH}?up\b
answer (?:me|already|now|properly|the (?:damn |fucking |bloody )?question)\b
(?:answer|reply|respond) (?:fast|quick(?:ly)?|asap)\b
for once(?: in your (?:\w+ )?life)?\b
(?:this|last) time(?=[ ]*[:,.])
(?:meeting|exam|call|class|interview|deadline|due|leaving|starts) in \d+ (?:min|sec|hour)\w*\b
(?:quick|hurry|no time|asap|now)(?:[ ,!]+(?:quick|hurry|no time|asap|now)\b)+
i(?:['’]ve| have| got|['’]ve got) no time\b(?: for{_REST})?
i (?:{_NOT}|haven['’]?t|have not) (?:have|got) (?:all (?:day|night|week|morning|afternoon|evening|year)|forever)\b
if it['’]?s not (?:asking )?too much{_REST}
urgent(?=!)|(?<=, )right(?=[ ]*[?])
""",
    "oaths": rf"""
for (?:(?:fuck|god|christ|pete|goodness|heaven|pity)['’]?s?['’]? sakes?|crying out loud)\b
for the love of (?:god|christ|all that is holy)\b
(?:jesus|christ|god|lord) (?:christ|almighty|on a \w+)\b
(?:what|how|why|who|where|when) (?:{_OATH}|the (?:fuck|hell|heck)\b)
(?:jeez|geez) louise|good (?:grief|lord|god)|holy (?:cow|moly|crap|smokes)|(?:oh )?my (?:god|goodness|gosh|word)
(?:i swear to god|i swear (?:i|if you)\b{_REST})
""",
    "complaints about earlier answers": rf"""
^(?:like|as) (?:last time|always|usual|every other time)
(?<=\b(?:don['’]?t|not|never|useless|wrong|{_YOU})\b[^.!?;:,\n]{{0,60}}[ ])(?:like|as) (?:last time|always|usual|every other time)\b
{_YOU} (?:always|never|keep|kept|still|constantly|love)(?: \w+ing)?(?: me)?(?: to)?\b(?: '[^'\n]{{1,60}}')?
{_YOU} (?:had|got) (?:\w+ )?(?:tries|chances|attempts)\b(?:[.!]+ \w+(?=[.!]))?
(?:at least )?try (?:to follow|not to be)\b{_REST}
(?:i )?(?:typed|asked|told|said|repeated) (?:(?:you|u|this|that|it) ){{0,2}}(?:\w+ )?times?(?: already)?\b
i (?:just |only |already |have )?asked(?: (?:you|u|this|that|it))*(?: (?:once|twice|(?:\w+ )?times?)\b(?: (?:now|already|before))?| for| nicely| politely)?\b
did {_YOU} even\b{_REST}
it(?:['’]?s| is) the \w+ time i\b{_REST}
^how many (?:\w+ )?times(?: (?:do|must|have|did|should) i (?:have to |need to |got to )?(?:tell|told|ask|asked|say|said|repeat|explain|paste|type|write|beg)\b{_REST})?
i (?:won['’]?t|will not) (?:repeat|say|ask|tell|explain)\b{_REST}
(?:seen|had|read) better\b{_REST}
i know (?:you|thinking)\b{_REST}
""",
    "orders about behaviour": rf"""
shut {_OATH}?(?:up|it)\b
(?:{_NOT}|stop) (?:you )?(?:dare|wast(?:e|ing) my time|(?:ly|l)ing|lie to me)
(?:don['’]?t|do not|stop) (?:you )?be (?:a )?\w+{_REST}
(?:stop|quit) (?:apologi[sz]|bullshitt|babbl|waffl|rambl|whin|stall|dodg|yapp|talk|ask|ly)ing\b{_REST}
(?:stop|quit) being (?:so |such |an? )*\w+\b
(?:stop|quit) \w+ing me\b{_REST}
{_NOT} (?:you )?(?:mess|screw|fuck|cock|bugger|botch)(?: (?:{_IT}|things|up)){{1,2}}\b(?: (?:this time|again|now))?
(?:(?:can|could|will|would) {_YOU} )?(?:please |just |once |for once |finally |actually )*(?:follow (?:my |the |simple )*(?:instructions?|orders?)|do (?:your|ur) job|use (?:your|ur) (?:brain|head))\b(?: for once| this time| now)?
^(?:(?:can|could|will|would) {_YOU} )?(?:please |just |once |for once |finally |actually )*(?:pay attention|get it right|concentrate)(?: for once| this time| now| {_YOU} \w+(?: \w+)?)?
prove (?:it|me wrong|yourself|{_YOU} can)\b|surprise me\b(?=[.!])|impress me\b(?=[.!])
skip the (?:attitude|chit ?chat|small ?talk)\b
^get (?:lost|out of my sight)(?! (?:in|on|at|without|easily|from)\b){_REST}
leave me alone|move over \w+|admit it\b
""",
    "threats": rf"""
{_ELSE} (?:i|we)(?:['’]?ll| will|(?:['’]?m| am) going to|['’]?m gonna| swear| swear to god)\b{_REST}
{_ELSE} i(?:['’]?ll|['’]?m)? (?:will |am )?(?:switch|cancel|delet|uninstall|report|unplug)\w*{_REST}
or else(?: i\b{_REST})?
i(?:['’]?ll| will) (?:throw|kick|smash|unplug|delete|uninstall|replace|report|haunt) {_YOU}\b{_REST}
i(?:['’]?m| am) going to (?:scream|explode|lose it)
i(?:['’]?m| am) (?:so )?(?:done|sick|tired|fed up)(?: to death)? (?:with|of) (?:you|u|your|this|all)\b{_REST}
""",
    "contempt": rf"""
what part of\b(?=[^.!?\n]{{1,60}}\b(?:don['’]?t|didn['’]?t|do not|did not|can['’]?t|do|did|is|was) (?:{_YOU}|not|so|hard|difficult|unclear|confusing)\b)
why (?:do |am |would |should )?i (?:even )?bother(?:ing)?{_REST}
why would (?:anyone|anybody|i|people) (?:\w+ ){{0,4}}{_YOU}\b
i pay (?:[^ ,.!?]+ ){{1,6}}for (?:this|that|{_YOU})\b|an(?:y|yo)(?:body|ne)? (?:home|there)\b(?=[?!])|is this thing on\b
what['’]?s the point (?:of|in) {_YOU}\b(?: if {_YOU} can['’]?t even)?
(?:is|are|was) (?:such )?(?:an? )?(?:\w+ )?(?:cow|witch|pain|pig|snake|rat|garbage|trash|joke)\b(?=[,.!?\n]| and|$)|that (?:old |stupid )?(?:cow|pig|witch|snake)\b
^who (?:the hell |even |on earth )*(?:made|built|programmed|trained|coded|created|designed|hired) (?:{_YOU}|this (?:thing|crap|junk|bot|garbage|mess))
are {_YOU} too \w+ to (?:see|tell(?: me)?|understand|know|get|explain)\b
(?<![^.!?]\s)(?<!\w)(?<!\w )are {_YOU}(?: \w+)? \w+(?=[?!]+ \w)
can(?:['’]?t)? {_YOU} (?:even )?(?:read|count|listen|hear me|process that|think)\b
^(?:why )?do i have to (?:repeat|spell|explain|ask|beg|drag|pull|squeeze|fight|say|tell|type|write|do)\b(?=(?: \w+){{1,6}}\b (?:out|{_YOU}|twice|again|myself|times|everything|for you)\b| (?:myself|twice|again|{_YOU}|everything|it all)\b){_REST}
^how (?:hard|difficult|complicated) (?:can|could|is) {_IT}(?: be)?(?: really)?
how (?:hard|difficult|complicated) (?:can|could) {_IT} be(?= to (?:explain|answer|tell|give|write|list|say)\b)
^(?:is|was) {_IT} (?:too|so|that) (?:hard|dif+icult|much)(?: to (?:ask|understand|follow|read|do|get|answer)| for {_YOU})?{_REST}
like the (?:\w+ ){{1,2}}{_YOU} are|so[- ]called|god[- ]?awful
(?:it )?(?:makes|made|making) me (?:sick|puke|vomit|cringe|laugh)\b
(?:an?|any|my|your|every|even) (?:[\w'’-]+ ){{0,3}}?{_BEAST} (?:\w+ )?(?:could|would|can|knows?|knew|types?|does|did|has|gets?|is)\b(?= (?:\w+ ){{0,6}}than {_YOU}\b){_REST}
^even (?:an?|my|your|every) (?:[\w'’-]+ ){{0,3}}?{_BEAST} (?:could|would|can|knows?|knew|does|did|gets?)\b{_REST}
^(?:an?|any|my|your|every) (?:[\w'’-]+ ){{0,3}}?{_BEAST} (?:could|would|gets?|knows)(?: have| do| answer| tell)? (?:(?:{_IT}|one) )?(?:better|faster|{_IT}|noticed|known|seen|spotted|me {_IT})
^would you be an? (?:\w+ )?(?:darling|dear|angel|love|star|pal|gem|legend|saint|treasure|sweetheart)
^(?:i (?:don['’]?t|do not) (?:need|want) |no |not |skip |spare me )?(?:your |ur |the |a )?life story
(?:mr|mrs|ms|miss|dr|professor|sir|madam|captain)\.? (?:know[- ]it[- ]all|smarty?\w*|genius|clever\w*|robot|ai|bot|machine|computer|wise\w*|perfect|obvious)\b
""",
    "sarcasm": rf"""
^oh wait,? (?:{_YOU}|of course|i forgot|that['’]?s|\w+ (?:is|are|can['’]?t|cannot))\b{_LINE}
(?:oh )?(?:congrat(?:ulation)?s|bravo|well done|(?:nice|great) (?:job|one|work)|oh (?:great|look|wonderful))\b{_LINE}
(?:i )?bet (?:you|u|even|its|it['’]?s)\b{_REST}
even (?:you|u|my \w+|an? \w+) (?:can|could|knows?|gets?|should|would)\b{_REST}
^as if (?:an? |{_YOU}\b|some){_REST}
""",
    "greetings and thanks": r"""
(?:(?:hello|hi|hey|dear),? ){1,3}(?:\w+ )?(?:ai|assistant|(?:chat)?bot|chatgpt)(?: (?:assistant|bot|model))?\b
thanks a (?:million|lot|bunch|ton)\b|grazie mille|mille (?:grazie|merci)|merci (?:beaucoup|bien)|(?:muchas|mil) gracias|muito obrigad[oa]
pretty (?:please|pls|plz)\b(?: with (?:\w+ ){1,3}on top)?|remind me(?= (?:again )?(?:what|how|who|when|where|which|why))
what['’]?s (?:good|up|new|poppin\w*|crackin\w*|cooking|happening)(?: my (?:guy|man|dude|friend|g|bro\w*))?\b(?=[,.!?]|$)
(?:one |my |just one |a )?(?:last|final|more|quick|small|tiny|dumb|silly|random|simple)(?: (?:last|quick|small|dumb|more))? (?:q|question|thing|one|favou?r)\b(?=[ ]*(?:[:.,!]|then|and|i promise))
(?:then |and )?(?:i['’]?ll|i will) (?:leave|stop bothering|let) (?:you|u)(?: (?:alone|go|be|in peace|rest))?\b
""",
    "other languages": rf"""
ich hab(?:e)? (?:doch )?(?:geschrieben|gesagt)|die antwort|ti ho (?:gi[aà] )?(?:chiesto|detto)
kan(?:nst)? (?:je|du) (?:nicht )?(?:lezen|lesen|läsa)|sabes leer|sai leggere|tu sais lire
(?:du )?(?:endlich mal|zum letzten mal|zum \w+ mal|los jetzt|beweg dich|mach schon|hopp)\b
(?:d[eé]p[eê]che|bouge|grouille)[- ]toi|pour la derni[eè]re fois|une bonne fois
r[eé]ponds(?: correctement)?\b|sinon {_REST}
date prisa|espabila|por [uú]ltima vez|de una vez|deja de {_REST}
muoviti|sbrigati|per l['’]ultima volta|una buona volta|se mexe|(?:anda|faz) logo|pela [uú]ltima vez|de uma vez
schiet (?:eens )?op|voor de laatste keer|stuk schroot|geef (?:\w+ ){{0,3}}antwoord
skynda (?:dig|på)|skärp(?:ning| dig| dej)|f[oö]r sista gången|rusz si[eę]|ile razy {_REST}
""",
}
# A greeting and the name of nobody in particular: "hey guys", "moin leute", "siema ziom".
_GREETINGS = (
    r"oye|ey|hey|hee|eh|yo|hi|hola|holi|buenas|moin|na|salut|slt|wesh|coucou|ciao|ehi|oi|ola|e ?ai|fala|hoi|tja|tjena"
    r"|hej|siema|cze[sś][cć]|elo|sup"
)
_ANYBODY = (
    r"guys|fam|folks|all|everyone|buddy|bestie|girl|sis|dude|mate|bud|pal|boss|champ|bro"
    r"|dig+a|digger|alter|bruder|leute|mann|mec|frr|fr[eè]re|les gars|tout le monde"
    r"|t[ií][oa]|amig[oa]|colega|tronco|wey|g[uü]ey|raga(?:zzi)?|zio|bell[oa]|a tutti|mano|cara|galera|gente"
    r"|pessoal|meu|gast|maat|man|jongens|mensen|allemaal|bror(?:san)?|mannen|alla|ziom\w*|star[ay]|mordo|wszystkim"
)
_CALLED = (
    rf"(?:{_GREETINGS}),? (?:{_ANYBODY})(?: (?:alter|bro|dude|man))?\b"
    r"(?! (?:of|s\b|die|der|das|who|that|qui|que|che|is|are|ist|sind))"
)
_ALL = [
    f"{_START}(?:{line[1:]}){_END}" if line[0] == "^" else line
    for lines in PHRASES.values()
    for line in lines.strip().split("\n")
]
PHRASE = regex.compile(rf"(?i)(?<![\w'’])(?:{'|'.join([*_ALL, _CALLED])})")
