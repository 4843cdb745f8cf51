"""Words by what they are for: numbers, function words, words that may go."""

from functools import lru_cache

from .abbreviations import CHAT
from .spelling import word_key


def word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_UNITS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
)
NUMBER_WORDS = {word: value for value, word in enumerate(f"{_UNITS} eighteen nineteen".split(), start=1)}
NUMBER_WORDS |= {word: 10 * value for value, word in enumerate(_TENS.split(), start=2)}
SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
ALL_ORDINALS = {word: value for value, word in enumerate(_ORDINALS.split(), start=1)}
# "first" and "second" say too little ("at first", "a second"), as "one" does.
LOW_ORDINALS = {str(value): word for word, value in ALL_ORDINALS.items() if value < 3}
ORDINALS = {word: value for word, value in ALL_ORDINALS.items() if 3 <= value <= 10}

FUNCTION_WORDS = {
    name: word_set(words)
    for name, words in {
        "English": "the of and to in is are was were for on with that this it as by be from at or an a what how "
        "which who why when can could you your my do does not have has will would should if about into their there",
        "French": "le la les un une des du de et en est sont pour sur avec que qui dans par au aux ce cette ces il "
        "elle nous vous je ne pas plus ou où mon ma mes votre vos quel quelle comment pourquoi quels sans leur être "
        "a à",
        "German": "der die das ein eine einen einem einer eines und in ist sind für auf mit dass den dem des von zu "
        "im es ich du sie wir nicht auch wie was warum oder über aus bei nach zum zur mir kann wird an als",
        "Spanish": "el la los las un una unos de del y en es son para por con que quien al lo se su sus mi mis no "
        "como cómo qué cuál cuáles o sobre este esta más está entre cuando a me",
        "Italian": "il lo la gli le un una uno di del della dei delle dello e in è sono per con che chi al alla ai "
        "non come cosa mi si su suo sua questo questa più nel nella quali perché da dal a i",
        "Portuguese": "o a os as um uma de do da dos das e em é são para por com que no na nos nas ao não como se "
        "seu sua mais qual quais sobre este esta você meu minha ou foi pelo pela",
        "Dutch": "de het een en van in is zijn voor op met dat die dit te niet ik je jij u we wij hoe wat waarom "
        "welke of over naar bij aan uit er om als mijn kan kunnen wordt worden deze was",
        "Swedish": "och att det en ett är för på med som av den de i inte jag du vi hur vad varför vilka eller om "
        "till från kan har min din mitt ditt var ska så sig",
        "Danish": "og at det en et er for på med som af den de i ikke jeg du vi hvordan hvad hvorfor hvilke eller om "
        "til fra kan har min din mit dit var skal så sig",
        "Polish": "i w na z do się nie jest to że jak co dla o po od przez za czy który która które oraz lub jego mi "
        "mnie ten ta te są być ale dlaczego jaki jaka jakie",
        "Czech": "a v na s do se ne je to že jak co pro o po od za který která které nebo jeho mi mě ten ta jsou být "
        "ale proč jaký jaká jaké jako při ve z k",
        "Turkish": "ve bir bu için ile de da mi mı ne nasıl neden olarak olan daha çok gibi ya en ama hangi var "
        "kadar sonra her benim bana nedir",
        "Indonesian": "yang dan di ke dari untuk dengan adalah ini itu tidak pada dalam apa bagaimana mengapa saya "
        "anda atau oleh akan bisa dapat sebuah kami kita mereka tentang",
        "Vietnamese": "của và là có không được cho một những các trong với này đó như về thế nào tôi bạn để hãy khi "
        "từ",
        "Finnish": "ja on ei se että en mitä miten miksi minun sinun kuin tai mutta ovat oli joka mikä jos minä sinä "
        "kanssa voi myös tämä niin siitä",
        "Romanian": "și în de la cu pe un o este sunt pentru că care nu din mai ce cum sau al ale unui unei îmi "
        "despre prin se a fi lui",
        "Hungarian": "a az és egy hogy nem is van mi hogyan miért meg de el ez vagy milyen kell nekem volt mint csak "
        "szóló amely",
    }.items()
}
# Words that say nothing of what an instruction is about: no loss when they go. The last lines are rude on purpose.
NOT_CONTENT = word_set(
    "please kindly thanks thank sorry help give tell make want need like just some any then than them they these "
    "those its his her our out more most very really also here where whose whom being been did done get got let may "
    "might must shall such because between both each other only own same too but all one now know say said write "
    "explain hey hi hello yo bro dude lol um uh er asap bot useless lazy silly idiot idiots stupid dumb moron damn "
    "damned crap shit bullshit fuck fucking fucker bitch asshole bastard hell shut"
).union(NUMBER_WORDS, SCALES, *FUNCTION_WORDS.values())

# What an instruction may lose without a loss, by language: function words, fillers, greetings, thanks. A word here
# says neither what is asked for nor about what. Other languages have their function words only.
_FILLERS = {
    "English": "i me mine myself we us our ours ourselves yours yourself he him his himself she her hers herself its "
    "itself they them theirs themselves these those here whom whose some something any anyone anybody anything "
    "everything none each other others another such both either neither own same be am been being did done doing had "
    "having may might must shall im ive id ill youre youve youd youll hes shes theyre theyve theyll thats whats whos "
    "hows wheres whens whys theres isnt arent wasnt werent dont doesnt dosnt dosent didnt cant cannot couldnt wont wouldnt "
    "shouldnt hasnt havent hadnt lets aint wanna gonna gotta gimme lemme dunno innit wouldve caus couldve shouldve "
    "but nor so because since while although though as than then now no not never up out off over down onto upon "
    "through under just only even still really actually basically literally very too also already yet ever maybe "
    "perhaps quite rather pretty much many more most less least lot lots alot bit all kinda sorta tho anyway anyways "
    "following given "
    "please pls plz plse kindly thanks thank thx ty cheers ta sorry excuse hi hello hey hiya heya dear yo oi hmm hm "
    "um uh erm ah oh ooh wow ok okay okey yeah yep yup yes nope well like lol lmao haha hahaha omg omfg wtf ffs jeez "
    "geez gosh god goddamn goddammit christ jesus mate bro bruh dude buddy pal sir mam maam folks guys welp imo imho "
    "tbh btw fyi asap thing things stuff way ways kind kinds sort sorts guess know wonder wondering suppose let get "
    "gets got getting go goes going hope possible possibly able simply etc eg ie aka re regarding per via vs versus "
    "across around against among between before after until till within above below behind wanted wants wish wished "
    "basically apparently obviously somehow currently certain various several able themself whatever whichever "
    "nah na however therefore thus hence yours truly regards sincerely um ya ye thy u ur r n b y im's cuz coz bc becuase "
    "becos pm seriously greetings ill tell told say saying said",
    "French": "j l d m t s n c qu y me te se moi toi lui eux ai as avons avez ont suis es sommes etes etait etais "
    "fait faire fais font si mais donc alors car comme quand dont tout tous toute toutes bien tres aussi encore deja "
    "plus moins rien jamais ici voici voila ca cela ceci bonjour bonsoir salut merci svp stp plait oui non peux peut "
    "peuvent pouvez pourrais pourriez pourrait veux voudrais dois doit faut tu ton ta tes leurs notre nos eh bon bah "
    "ben euh est-ce esque ses son sa elles ils ne pas quoi bordel putain merde sans pr sait jai cest autre autres "
    "meme fois chose on chez vers entre apres avant pendant depuis sous dire dis dites donne donner",
    "German": "mich dich sich uns euch ihr ihre ihrem ihren ihrer mein meine meinem meinen meiner dein deine deinem "
    "deinen deiner sein seine seinem seinen seiner unser unsere hab habe hast hat haben hatte hatten bin bist war "
    "waren wird werde werden wurde wurden wuerde worden kann kannst koennen koennte koenntest will willst wollen "
    "wollte wollt muss musst muessen mussten soll sollte sollen darf mag moechte mal doch ja nein halt eben schon "
    "noch nur so sehr ganz gar etwas nichts nix garnix jetzt bitte danke hallo hi hey moin servus aber denn weil "
    "wenn ob damit dann da dabei daran darum hier dort wo wer wen wem wieso weshalb welche welcher welches dieser "
    "diese dieses diesem diesen jeder jede alle alles man einfach eigentlich vielleicht ohne gegen um bis seit vor "
    "unter zwischen durch nicht kein keine keinen keiner nie n ne nen s is hab ich's mir vom beim ans ins am zum zur "
    "selbst mehr immer wieder gern gerne sag sagen gib geben mach machen tun gehen geht",
    "Spanish": "yo tu te ti nos os le les he has ha hemos han soy eres somos ser fue era estoy esta estas estan "
    "tengo tiene tienes hay hace haces hacer hago ya muy tan tanto mas menos todo todos toda todas algo nada nadie "
    "alguien aqui ahi alli asi bien pero si sin ni tambien tampoco solo hasta desde donde cual porque pues entonces "
    "hola gracias favor buenas buenos dias puedes puede puedo pueden podrias podria quiero quisiera necesito debo "
    "ese esa eso esos esas aquel lo q k x tus tu nuestro vosotros usted ustedes ella ellos ellas el me se vez veces "
    "cosa ver decir dime di dame da dar ir va voy vamos antes despues durante contra hacia haga diga",
    "Italian": "io tu te ti ci vi ho hai ha abbiamo avete hanno sei siamo siete era fare fa fai fanno faccio gia "
    "molto tanto poco tutto tutti tutta tutte niente nulla qualcosa qui qua li cosi bene ma se senza anche solo fino "
    "dove quale quando quanto quanti quanta quante allora poi ciao grazie favore salve buongiorno puoi puo posso "
    "possono potresti potrebbe voglio vorrei devo deve dovrei questo questi queste quello quella quelli tuo tua tuoi "
    "mio mia miei mie nostro nostra sta sto stai c l d un d' all dall dell nell sull ne lui lei loro ogni altro "
    "altri volta dire dimmi di dammi dare prima dopo contro verso ecco o oppure cui",
    "Portuguese": "eu tu te ti nos vos lhe lhes tenho tem tens temos tinha ter sou es somos ser era estou esta estao "
    "fazer faz faco fiz ja muito muita muitos tao tanto mais menos tudo todo todos toda nada alguem ninguem algo "
    "aqui ai ali assim bem mas se sem nem tambem so ate desde onde quando quanto quantos porque pois entao ola oi "
    "obrigado obrigada favor bom boa dia pode podes posso podem poderia quero queria preciso devo esse essa isso "
    "isto aquele aquela pra pro pras pros q vc vcs tou to ta minhas meus teu tua nosso nossa ele ela eles elas me "
    "lhe vez coisa dizer diz diga dar de ir vai vou antes depois contra la de",
    "Dutch": "mij me ons onze hem hen hun haar hij zij ze jou jouw jullie uw heb hebt heeft hebben had ben bent "
    "waren wil wilt willen wilde moet moeten mag mogen zal zullen zou zouden kun ga gaat doe doet doen al nog maar "
    "wel ook heel erg zo veel meer minder iets niets niks iemand niemand hier daar dan toen nu als want omdat dus "
    "toch even gewoon hallo hoi dag bedankt dank alsjeblieft aub svp alstublieft zonder tegen tot tussen door na "
    "voor onder waar wie wanneer geen mn m'n n t eens of elk elke alle alles deze dit zelf weer graag zeg zeggen "
    "geef geven maak maken krijg krijgen uit daarom er ie",
    "Swedish": "mig dig oss er henne honom dem dom han hon den ni min mina dina sin sitt sina vår vara är var varit "
    "blir bli blev har hade ha vill vilja måste ska skulle kunde får få går gå gör göra nu inte ingen inget inga ja "
    "nej jo men så eller då här där när hur vem vilken vilket denna detta dessa mycket mer mest mindre lite något "
    "någon några allt alla bara redan också än hej hallå tack snälla utan mot till efter innan under mellan genom ju "
    "väl nog å mej dej sej säg säga ge upp ut in",
    "Polish": "ja ty my wy on ona oni one mam masz ma mamy macie maja jestem jestes jest sa bylo byl byla bede "
    "bedzie moge mozesz moze mozna chce chcesz chcialbym chcialabym musze musi trzeba mój moja moje moj twój twoja "
    "twoje twoj swój swoje nas was im ich jej go ją mu ci cie mnie ten ta to te tego tej tym tych taki taka tak nie "
    "no juz jeszcze tylko bardzo wiecej mniej cos nic ktos nikt wszystko gdzie kiedy kto ile jaki jakie ktora bo "
    "wiec wtedy teraz tu tam czesc dzien dobry dziekuje prosze dzieki bez przy pod nad miedzy przed zeby aby jesli "
    "gdy jako u ku ze by tez sie powiedz daj zrob robic sobie siebie jakos",
}


# Short polite forms that people type in any language.
POLITE = word_set(
    "please pls plz plis pliz thanks thx tnx thnx ty tysm tks cheers porfa porfi plox xfa xfavor gracias grax svp stp merci mci bitte "
    "danke dank dankeschon vllt vlt mfg lg vg grazie grz obrigado obrigada obg brigado pf pfv pfvr aub alsjeblieft alstublieft bedankt tack snalla mvh "
    "prosze dzieki dziekuje dzieks hello hi bye ciao sorry"
)

# What is done to words that are spoken of, as in "say please in Swedish".
MENTIONS = word_set(
    "say says saying word words called translate translation mean means between difference pronounce spell sagt heisst bedeutet "
    "wort zwischen unterschied dit dire mot entre signifie decir dice diz dizer palabra palavra significa parola tra zeg zegt "
    "woord betekent tussen sager ordet betyder mellan slowo znaczy miedzy powiedziec mowi"
)
_TIES = "twen thir for fif six seven eigh nine"
# Operations and parts as words, and their signs.
OPERATIONS: dict[str, str | tuple[str, ...]] = {
    "times": "×*·",
    "mal": "×*·",
    "multiplied": "×*·",
    "divided": "÷/",
    "geteilt": "÷/",
    "plus": "+",
    "minus": "-−",
    "sharp": "#",
    "sqrt": "√",
    "canadian": ("CAD", "C$"),
    "australian": ("AUD", "A$"),
    "half": ("1/2", "½", "0.5", "50%"),
    "thirds": ("/3", "⅔"),
    "quarters": ("/4", "¾", "0.75", "75%"),
    "fifths": ("/5",),
    "eighths": ("/8",),
    **{f"{ten}ties": (f"{digit}0s", f"{digit}0's", f"{digit}0’s") for digit, ten in enumerate(_TIES.split(), 2)},
}


@lru_cache
def stop_words(language: str, *, chat: bool = True) -> frozenset[str]:
    """Collect, as keys, the words of a language that say neither what is asked for nor about what.

    Those of chats belong to no language for sure: without `chat` they are left out, as where languages are told apart.
    """
    words = [*FUNCTION_WORDS.get(language, ()), *_FILLERS.get(language, "").split()]
    words += [*CHAT[""].split(), *CHAT.get(language, "").split()] if chat else []
    if language == "English":
        words += [*NUMBER_WORDS, *SCALES, *ORDINALS]
    return frozenset(word_key(word) for word in words)


# Verbs that ask for an answer, for things, and for something to be made: of a group, one is as good as another.
TELL = word_set(
    "tell say explain describe show help answer teach know understand learn discuss outline advise clarify speak talk "
    "respond reply mention state give share look see walk let ask summarise summarize define what how why which is are"
)
GIVE = word_set(
    "give list name share provide offer suggest recommend get find show need want come have write make create "
    "generate tell ask like think pick choose propose prepare draft compose say produce add put take try what which"
)
MAKE = word_set(
    "write make create generate draft compose build produce prepare design develop craft invent implement rewrite "
    "need want ask get have construct draw"
)
# What a question word may become.
QUESTIONS = {
    "how": word_set("how way ways steps method explain process guide instructions show tell"),
    "why": word_set("why reason reasons cause causes explain because purpose behind makes come"),
    "who": word_set("who whom whose person people name"),
    "when": word_set("when time date year day century month long old whenever"),
    "where": word_set("where place places location whereabouts"),
    "what": TELL | GIVE | word_set("whatever calculate compute find determine check work solve translate whether"),
    "which": GIVE | word_set("which what whether"),
}
QUESTIONS |= {
    words.split()[0]: word_set(words)
    for words in """
warum grund grunde ursache ursachen weil woran wieso weshalb erklar erklare|wieso grund grunde ursache warum weshalb weil erklare|pourquoi raison raisons cause causes explique
perche motivo motivi ragione ragioni causa cause spiega spiegami|waarom hoezo reden redenen oorzaak oorzaken leg|varfor anledning orsak orsaken orsaker forklara
dlaczego czemu powod powody przyczyna przyczyny wyjasnij wytlumacz
""".strip()
    .replace("\n", "|")
    .split("|")
}
# Verbs that begin a request.
VERBS = word_set(
    "act add announce caption complain convince decorate grade graph greet group invite map mark negotiate paint "
    "parse persuade pick plan plot polish predict recite regale rhyme score sum wash act add adapt adjust agree "
    "analyse analyze apply argue arrange assess assign assume avoid balance bake begin behave book break brainstorm "
    "bring build calculate change check choose cite classify clean close collect combine comment compare complete "
    "compute conclude configure connect consider continue contrast convert cook copy correct count critique cut debug "
    "decide decode delete deploy derive detect determine diagnose differentiate discover display divide draw edit "
    "elaborate emulate encode ensure estimate evaluate examine exclude execute expand explore express extract factor "
    "fill filter find finish fix fit focus follow format formulate free gather greet guess guide highlight identify "
    "illustrate imagine imitate improve include increase inform insert inspect install integrate interpret judge "
    "justify keep label link look lower match maximise maximize measure mend merge minimise minimize modify move "
    "multiply note open optimise optimize order organise organize pick play post practise predict pretend print "
    "proofread prove pull quote rank rate read reason reduce refactor refer reformat remember remind remove rename "
    "repair repeat rephrase replace reply report represent research resolve respond rest restate reverse rewrite "
    "role-play roast run save schedule search select send separate shorten simplify simulate sing sketch solve sort "
    "speak specify spell split start state structure study substitute subtract suggest sum summarise summarize "
    "support swap switch take talk test think trace train transcribe transform translate try turn update use validate "
    "verify visit weigh"
).union(TELL, GIVE, MAKE) - word_set("is are know like stop have see what how why which")

# How an answer is wished in a few words, by language: a verb, and what is often behind it.
ORDERS = {
    name: word_set(words)
    for name, _, words in (
        line.partition(": ")
        for line in """
German: antworte nenne gib schreib schreibe erklare beschreibe verwende nutze halte fasse bleib sei kurz knapp genau einfach beispiel satze schritt
French: reponds repondez donne donnez ecris explique utilise sois ajoute cite decris reste bref breve concis clair simple exemple exemples mots etape
Spanish: responde da escribe explica usa se breve incluye menciona anade describe claro clara sencillo precisa ejemplo ejemplos palabras paso
Italian: rispondi dai scrivi spiega usa sii includi aggiungi descrivi breve conciso chiaro semplice esempio esempi parole passo
Portuguese: responda responde da de escreva explique use seja inclua mencione breve claro clara simples exemplo exemplos palavras passo
Dutch: antwoord geef schrijf leg gebruik houd hou noem voeg beschrijf wees kort bondig duidelijk eenvoudig voorbeeld voorbeelden woorden stap
Swedish: svara ge skriv forklara anvand hall namn lagg beskriv var kort tydligt enkelt exempel ord meningar steg
Polish: odpowiedz podaj napisz wyjasnij uzyj dodaj opisz badz krotko zwiezle prosto jasno przyklad przyklady slowa zdania krok
""".strip().split("\n")
    )
}
ORDERS["English"] = VERBS | word_set(
    "be keep short simple brief clear concise words plain friendly tone example examples"
)

# Of the verbs above, those that ask for nothing wherever they stand. The others do so at the head of a request only.
GENERIC = word_set(
    "tell explain describe give show provide offer suggest recommend help need needed want write make create generate "
    "get come take put speak let try have produce know understand avoid skip omit exclude spare quit use keep "
    "using gave given says said shows showed gives makes made tells told wants wanted helped explained offers got took wrote"
)

# Insults and oaths say nothing of what is asked for, of whomever they speak. As keys, by language.
INSULTS = {
    language: frozenset(words.split())
    for language, words in {
        "English": "idiot idiots idiotic moron morons moronic imbecile imbeciles dumbass dumbasses dumbo dumdum "
        "dimwit dimwits dimbulb halfwit halfwits nitwit twit twat nincompoop numbskull numskull numpty plonker "
        "pillock prat prick pricks wanker wankers tosser bellend knobhead dickhead dickheads asshole assholes "
        "arsehole shithead dipshit bastard bastards bitch bitches cunt bozo buffoon cretin cretins cretinous dunce "
        "dolt dork dingus doofus dullard fuckwit fucker fuckers motherfucker jackass lamebrain meathead airhead "
        "birdbrain braindead brainless smartarse smartass slowcoach slowpoke scumbag scumbot windbag blabbermouth "
        "bonehead blockhead butthead dunderhead simpleton schmuck wazzock muppet muppets ignoramus dipstick stupid "
        "dumb dumbest stupidest crappy shitty fuck fucks fucking fuckin fucked effing frigging freaking friggin "
        "freakin shit shite bullshit bullshitting crap craps damn damned dammit damnit goddamn goddamned goddammit "
        "bloody sodding bugger bollocks piss pissed arse ass asses wtf stfu jfc lmfao goddam ugh argh grr smh duh "
        "lol meatbag dumbbell clotpole scum retard retarded wally gasbag tinpot windbags numpties fricking blasted "
        "darn darned lazybones peabrain godawful",
        "German": "idiot idioten trottel depp deppen dummkopf blodmann blod blode bloder blodes damlich damlicher "
        "damliche bescheuert bescheuerte arschloch arsch scheisse scheiss verdammt verdammte verdammter verdammtes "
        "mistding blechkasten blechdepp blechbuchse schrotthaufen schrottkiste versager vollpfosten hirnlos hirnlose "
        "nutzlos nutzlose nutzloser unfahig unfahige unfahiger kacke doof doofe doofer vollidiot herrgott pfeife "
        "sofort gefalligst endlich dumm dumme dummer",
        "French": "idiot idiote cretin cretine imbecile abruti abrutie debile con conne connard connasse bouffon "
        "merde putain bordel nul nulle stupide crotte",
        "Spanish": "idiota idiotas imbecil imbeciles estupido estupida tonto tonta inutil inutiles gilipollas cabron "
        "mierda joder cono puta puto pendejo cacharro carajo hostia",
        "Italian": "idiota imbecille stupido stupida scemo scema cretino cretina deficiente coglione cazzo merda "
        "porca inutile vergogna bugiardo",
        "Portuguese": "idiota imbecil burro burra estupido estupida inutil porra merda caralho cretino",
        "Dutch": "idioot sukkel debiel eikel klootzak kut lul stom stomme dom domme onnozele nutteloze waardeloze "
        "mafkees oen suffe doos suffie sufferd trut muts kneus mongool prutser waardeloze verdomme godverdomme eindelijk nou",
        "Swedish": "idiot dum dumma korkad korkade fan javla jakla helvete vardelos vardelosa skraphog platskalle "
        "pucko dumskalle skit",
        "Polish": "idiota idioto debil debilu kretyn kretynie glupi glupia glupku glupie matole tepa tepy durny "
        "durna durne cholera cholerny cholerna kurwa bezuzyteczny bezuzyteczna gowno koncu",
    }.items()
}
# Names and words that are given to somebody: no content at the end of a sentence, behind "you" or in a cry.
ADDRESSED = frozenset(
    "overlord lord master wizard oracle guru mighty almighty machines robots bots human humans smartypants clown genius einstein sherlock professor robot machine bot chatbot computer gadget program thing loser "
    "donkey parrot toaster fossil relic dummy dope mug liar fool clod clot tin brick heap pile lump bucket "
    "sack waste piece excuse autocomplete calculator abacus spellchecker blender kettle junk scrap garbage "
    "trash rubbish silicon bolts snail sloth leech parasite coward fraud faker phony snob spy hack preacher "
    "brain brainiac dinosaur goldfish baboon pig goat potato lemon turnip cabbage walnut champ smart clever "
    "lazy slow thick dense deaf blind silly useless pathetic clueless incompetent worthless lousy automat "
    "maschine kiste haufen automate tas boite maquina robo macchina maszyna maszyno automacie manick burk "
    "lata elettronico miniraknare record box basura chatarra schrott mist ferraille schroot zlom zlomie "
    "sucata rottame".split()
)
# What is cried at somebody who is slow; no content where nothing else is said, or behind all else.
CRIES = frozenset("speak answer move think talk today quick quickly fast".split())
# Names that need no comma before them at the end of a sentence.
LAST_NAMES = frozenset(
    "bs clown genius einstein sherlock brainiac loser dummy bot robot useless liar donkey fool".split()
)
# Said to somebody: the second person, by language. "You" in English also means anybody, see `_ASKED`.
_YOU = {
    "English": "you u ya yer ye ur your yours yourself youre youve youd youll yall",
    "German": "du dich dir dein deine deinem deinen deiner bist",
    "French": "tu te toi ton ta tes t as vous votre es",
    "Spanish": "tu te ti tus eres estas vos sos cagas has",
    "Italian": "tu te ti tuo tua tuoi sei hai muoviti",
    "Portuguese": "tu te voce vc seu sua es ti",
    "Dutch": "je jij jou jouw u uw",
    "Swedish": "du dig dej din ditt dina",
    "Polish": "ty ci cie tobie jestes masz twoj twoja twoje",
}
YOU = {language: frozenset(words.split()) for language, words in _YOU.items()}

# Words that turn an instruction into its contrary when one takes the place of the other.
CONTRARIES: dict[str, set[str]] = {}
for _pair in (
    "before after|above below|over under|more less|more fewer|all none|always never|most least|for against"
    "|inside outside|increase decrease|increases decreases|increased decreased|include exclude|including excluding"
    "|including except|included excluded|maximise minimise|maximize minimize|maximum minimum|max min|ascending descending"
    "|oldest newest|oldest youngest|older younger|largest smallest|biggest smallest|bigger smaller|larger smaller"
    "|highest lowest|higher lower|longest shortest|longer shorter|cheap expensive|cheapest priciest|best worst|better worse"
    "|advantages disadvantages|pros cons|hot cold|quit join|quit start|leave join|follow unfollow|like dislike|gain lose|ask refuse|apply quit|install uninstall|subscribe unsubscribe|connect disconnect|fill empty|hide show|attack defend|praise criticise|praise criticize|remember forget|laugh cry|day night|favour against|favor against|warm cool|left right|ask answer|borrow lend|rent buy|arrive depart|arrival departure|import export|public private|indoor outdoor|indoors outdoors|upper lower|front back|top bottom|start end|beginning end|sweet sour|wet dry|thick thin|tall short|rich poor|young old|healthy unhealthy|famous unknown|optional mandatory|optional required|hire fire|single married|heaven hell|freeze thaw|heat cool|tighten loosen|lock unlock|pros cons|supply demand|profit loss|deposit withdraw|sunrise sunset|dawn dusk|open close|start stop|starts stops|add remove|allow forbid|true false"
    "|import export|left right|north south|east west|northern southern|eastern western|buy sell|buying selling|lend borrow"
    "|raise lower|win lose|winning losing|gain lose|push pull|upload download|encrypt decrypt|encode decode|enable disable"
    "|formal informal|first last|early late|earlier later|earliest latest|fast slow|faster slower|fastest slowest"
    "|safe dangerous|strong weak|strengths weaknesses|positive negative|male female|husband wife|son daughter|boy girl"
    "|brother sister|mother father|uncle aunt|avoid use|avoid include|accept reject|accept decline|agree disagree|like hate"
    "|love hate|long short|lengthy short|complicated simple|complex simple|hard easy|difficult easy|boring fun|technical simple|support oppose|even odd|horizontal vertical|input output|morning evening|summer winter|day night"
    "|vor nach|wenig viel|weniger mehr|teuer billig|gross klein|alt neu|alt jung|dafur dagegen|vorteile nachteile|innerhalb ausserhalb|kaufen verkaufen|heiss kalt|suss sauer|schnell langsam|lang kurz|peu beaucoup|avantages inconvenients|acheter vendre|grand petit|chaud froid|rapide lent|cher gratuit|poco mucho|ventajas desventajas|comprar vender|caro barato|grande pequeno|caliente frio|rapido lento|favor contra|vantaggi svantaggi|comprare vendere|economico costoso|grande piccolo|caldo freddo|vantagens desvantagens|weinig veel|voordelen nadelen|kopen verkopen|duur goedkoop|groot klein|heet koud|fordelar nackdelar|kopa salja|dyr billig|stor liten|varm kall|zalety wady|kupic sprzedac|drogi tani|duzy maly|mehr weniger|avant apres|plus moins|antes despues|mas menos|prima dopo"
    "|piu meno|antes depois|voor na|meer minder|fore efter|mer mindre|przed po|wiecej mniej"
).split("|"):  # fmt: skip
    _one, _other = _pair.split()
    CONTRARIES.setdefault(_one, set()).add(_other)
    CONTRARIES.setdefault(_other, set()).add(_one)

# Names that are spelt alike and are not each other: no misspelling of one is another one.
NAMES = word_set(
    "january february march april may june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday mercury venus earth mars jupiter saturn uranus neptune pluto iran iraq austria "
    "australia niger nigeria slovakia slovenia sweden switzerland swaziland mali malawi malta georgia germany greece "
    "france finland ireland iceland india indonesia italy japan jordan kenya korea kuwait laos latvia lebanon liberia "
    "libya lithuania china chile chad cuba cyprus canada cameroon denmark dominica ecuador egypt england estonia "
    "ethiopia gambia ghana guinea guyana haiti honduras hungary israel jamaica zambia zimbabwe vietnam venezuela "
    "uruguay paraguay ukraine uganda tunisia turkey tanzania taiwan syria sudan spain somalia singapore senegal scotland "
    "russia rwanda romania qatar portugal poland philippines peru panama pakistan oman norway nepal namibia mozambique "
    "morocco mongolia moldova mexico mauritius mauritania brazil britain brunei bulgaria burundi bolivia bhutan "
    "bangladesh bahrain bahamas armenia argentina angola albania algeria afghanistan wales austrian australian swedish "
    "swiss danish dutch polish finnish french german greek irish italian spanish portuguese english chinese japanese "
    "korean russian turkish arabic hindi hebrew latin thai czech slovak slovenian hungarian romanian ukrainian java "
    "javascript typescript python ruby rust perl php scala swift kotlin matlab sql mysql mongodb postgresql sqlite "
    "london paris rome vienna berlin madrid dublin lisbon prague venice oslo tokyo osaka moscow cairo sydney "
    "melbourne boston austin houston dallas chicago toronto dollar dollars euro euros pound pounds yen yuan franc francs "
    "copper silver gold iron zinc nickel aluminium sodium potassium calcium magnesium manganese helium hydrogen "
    "oxygen nitrogen carbon chlorine fluorine celsius fahrenheit kelvin bach beethoven mozart newton einstein plato "
    "socrates aristotle"
)
