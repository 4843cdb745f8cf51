"""Words as people type them and what they stand for: short forms, synonyms, fillers of chats. Keys, see `word_key`."""

from .spelling import word_key


# Short forms and what they stand for: words, or several ones, all of which must be there.
_SHORT = """
tmrw=tomorrow|tmr=tomorrow|tomoz=tomorrow|2moro=tomorrow|2day=today|2nite=tonight|bday=birthday|bdays=birthdays
approx=approximately/about/around/roughly|hr=hour/hours|hrs=hours/hour|mins=minutes/minute/minuten/minutos
sec=second/seconds/security|secs=seconds|yr=year/years|yrs=years/year|yo=year old|wk=week|wks=weeks|mo=month
mos=months|mth=month|mths=months|info=information/informacja/informacje|pic=picture/photo|pics=pictures/photos
fav=favorite/favourite/good/best|fave=favorite/favourite/good/best|esp=especially/spanish|govt=government|dept=department|ppl=people
msg=message/messaggio/mensaje/mensagem|msgs=messages|txt=text|txts=texts|thru=through|nite=night|idk=i dont know/know
bf=boyfriend/best friend|gf=girlfriend|bff=best friend|bro=brother|sis=sister|hubby=husband|fam=family
convo=conversation|vid=video|vids=videos|yt=youtube|insta=instagram|fb=facebook|ig=instagram|wapp=whatsapp
app=application|apps=applications|pw=password|pwd=password|acc=account/accounts|acct=account|addr=address|nr=number
num=number/numero|no=number|nums=numbers|qty=quantity|temp=temperature|temps=temperatures
max=maximum/maximal/maximo/massimo/hochstens/hoogstens/most/up to/more/limit/longest|incl=including/include
excl=excluding/without|avg=average|diff=difference/different|diffs=differences|def=definition/definitely/define
defo=definitely|deffo=definitely|prob=probably/problem/probability|probs=problems/probably|prolly=probably
calc=calculate/calculation/calculus/calculator|eqn=equation|eq=equation|func=function|fn=function|var=variable
vars=variables|arr=array|str=string/strasse/street|int=integer|bool=boolean|js=javascript/vue/react/node/next/express
ts=typescript|py=python|rb=ruby|db=database|dbs=databases|repo=repository|dir=directory/folder|env=environment
config=configuration|configs=configurations|auth=authentication|dev=developer/development|devs=developers
prod=production|param=parameter|params=parameters|arg=argument|args=arguments|regexp=regex/regular expression
regex=regular expression|col=column|cols=columns|tbl=table|pg=page/postgres|postgres=postgresql|k8s=kubernetes
ml=machine learning|ai=artificial intelligence|uni=university|univ=university|hw=homework|hmwk=homework|hwk=homework
bio=biology/biography|chem=chemistry|econ=economics|psych=psychology|lit=literature|lang=language|langs=languages
vocab=vocabulary|dict=dictionary|prof=professor/professeur/profesor/professore|doc=doctor/document
docs=documents/documentation|appt=appointment|apt=apartment/appointment|rec=recommend/recommendation
recs=recommendations|rez=reservation|gov=government|intl=international|natl=national|sq=square|ft=feet/foot
lb=pound/pounds|lbs=pounds|oz=ounce/ounces|tbsp=tablespoon/tablespoons|tsp=teaspoon/teaspoons|kilo=kilogram/kilograms
kilos=kilograms|kg=kilograms|km=kilometres/kilometers|cm=centimetres/centimeters|mph=miles per hour|deg=degrees
wknd=weekend|eve=evening|morn=morning|aft=afternoon|mon=monday|tue=tuesday|tues=tuesday|wed=wednesday|weds=wednesday
thu=thursday|thur=thursday|thurs=thursday|fri=friday|sat=saturday|sun=sunday|jan=january|feb=february|mar=march
apr=april|jun=june|jul=july|aug=august|sep=september|sept=september|oct=october|nov=november|dec=december
xmas=christmas|gr8=great|l8r=later|m8=mate|b4=before|cos=because|cig=cigarette|cigs=cigarettes
veg=vegetable/vegetables|choc=chocolate|brekkie=breakfast|sarnie=sandwich|meds=medication/medicine/medicines
vs=versus/against/compare/compared/or|w=with|wo=without|shd=should|wld=would|cld=could|abt=about|ans=answer
ques=question|q=question|qs=questions|pt=point|pts=points|para=paragraph|paras=paragraphs|ex=example/former|eg=example
intro=introduction|cv=resume|resume=cv|usa=us/america/united states|us=usa/united states/america
uk=united kingdom/britain|nyc=new york|la=los angeles|sf=san francisco|eu=european union/europe|un=united nations
ww1=world war/wwi|ww2=world war/wwii|wwi=world war/ww1|wwii=world war/ww2|tv=television|mic=microphone|fridge=refrigerator
gym=gymnasium|limo=limousine|minimum=at least/least/more/fewer|min=minute/minutes/minimum/at least
maximum=at most/up to/more/most/limit|except=but/leave/without/excluding/exclude/not/other/apart/skip
excluding=without/except/not/exclude|non=no/not/without/free|aged=old/age/year|cmt=comment|oq=que|vit=vitamin
vits=vitamins|decaf=decaffeinated|deets=details|deet=detail|asap=soon|rsvp=reply|oclock=oclock|wud=would|cud=could
tix=tickets|pkg=package|sqrt=square root|technique=how|method=how|procedure=how|tutorial=how|howto=how
meaning=mean/means|definition=what/define|causes=why|reasons=why|reason=why|price=cost/much|usage=use|pls=please
fix=repair/correct/improve/solve/debug/mend|mend=repair/fix|repair=fix/mend|begin=start|start=begin|purchase=buy
shorten=shorter/short|proofread=correct/check|rn=right now|smth=something|sth=something|cause=because|lib=library
libs=libraries|exec=execute/executive|admin=administrator/administration|spec=specification/specifications
specs=specifications/glasses|ref=reference/referee|refs=references|stats=statistics|stat=statistic|geo=geography
hist=history|phys=physics|trig=trigonometry|alg=algebra|ss=screenshot|rdv=rendez vous/rendezvous|qq=quelque
qqch=quelque chose|bcp=beaucoup|pq=pourquoi/porque|xq=porque|tb=tambien/tambem|tmb=tambien|cmg=comigo|hj=hoje
blz=beleza|evtl=eventuell|bzgl=bezuglich|ca=circa|bzw=beziehungsweise|zb=beispiel|jmd=jemand|gzd=gezondheid
wp=wordpress|xls=excel|rly=really|srs=serious|srsly=seriously|dx=respect|dy=respect|dt=respect|xa=para|ne1=anyone
mi=mile/miles|kid=year old|kids=year olds|toddler=year old|scifi=science fiction|bk=back/book
kcal=kilocalories/calories/calorie/kalorien/calorias/kcalorias|cal=calories|nan=grandmother/grandma|nans=grandmothers/grandmas/grandmother
nana=grandmother/grandma|lil=little|dunno=know|lvl=level|lvls=levels|ep=episode|eps=episodes|szn=season
char=character|chars=characters|prio=priority|exp=experience/expires/exponential|comp=computer/competition/component
cert=certificate|certs=certificates|subj=subject|prep=prepare/preparation|demo=demonstration|promo=promotion
condo=condominium|gran=grandmother|hosp=hospital|pres=presentation/president|presi=presentation|assgn=assignment
assgnmt=assignment|sitch=situation|obv=obviously|obvs=obviously|legit=really/legitimate|vibe=mood/atmosphere
vibes=mood/atmosphere|grub=food|doggo=dog|pupper=puppy|wifey=wife|bestie=best friend|besties=best friends|dob=birth
addy=address|cpl=couple|spag=spaghetti|bol=bolognese|pots=potatoes|toms=tomatoes|avo=avocado|bbq=barbecue|caf=cafe
resto=restaurant|infos=information/informationen|ausb=ausbildung|bewerb=bewerbung|geb=geburtstag|gebu=geburtstag
schwi=schwieger|hausi=hausaufgaben|mathe=mathematik|kiga=kindergarten|kita=kindergarten/kindertagesstatte
wg=wegen/wohngemeinschaft|mio=million/millionen|std=stunde/stunden/standard|apto=apartamento|aptos=apartamentos
ordi=ordinateur|aprem=apres midi|anniv=anniversaire|appart=appartement|dej=dejeuner|ptit=petit|pti=petit|ptite=petite
exo=exercice|exos=exercices|dico=dictionnaire|perso=personnel/personnellement/personal|cumple=cumpleanos
finde=fin semana|peli=pelicula|pelis=peliculas|profe=profesor/profesora|compi=companero|tfno=telefono|tlf=telefono
nro=numero|depto=departamento|bici=bicicleta|boli=boligrafo|choco=chocolate|compl=compleanno|comple=compleanno
asp=aspettare|facu=faculdade|niver=aniversario|cel=celular|refri=refrigerante|verjd=verjaardag|vjd=verjaardag
vk=vakantie|opdr=opdracht|fre=fredag|mellis=mellanmal|fika=kaffe|plugg=studier|tjej=flicka/flickvan
kille=pojke/pojkvan|urodzinki=urodziny|matma=matematyka|fona=telefon|komp=komputer|pp=persoon/person/pages|vol=volume
pers=person/personen/persons/personas/personnes/persone|mo=montag|di=dienstag|mi=mittwoch|fr=freitag|sa=samstag|cpp=c|cad=canadian dollars/computer/design|aud=australian dollars|csharp=c|dotnet=net|golang=go|raus=heraus/hinaus|rein=herein/hinein|rauf=herauf/hinauf|runter=herunter/hinunter|zip=postal/postcode
tel=telefon/telephone/telefone/telefono
"""
# Words of one meaning on a line: one may stand for the other.
_SYNONYMS = """
kid child youngster|kids children|picture photo photograph image|pictures photos photographs images|film movie
films movies|flat apartment|holiday vacation|holidays vacation vacations|fix repair mend|big large|quick fast rapid
easy simple|buy purchase|doctor physician|lawyer attorney|car automobile|shop store|sweater jumper|biscuit cookie
biscuits cookies|autumn fall|rubbish trash garbage waste|mobile cellphone smartphone phone|elevator lift
pavement sidewalk|trousers pants|couch sofa|tips advice hints suggestions|pros advantages benefits upsides
cons disadvantages drawbacks downsides|error mistake|errors mistakes|exam test|sick ill|newbie beginner novice
newbies beginners|noob beginner|funny humorous|smart clever intelligent|rich wealthy|choose pick select
use utilize utilise|need require|improve enhance|boss manager supervisor|cheap inexpensive affordable
cheapest affordable|expensive costly pricey|tasty delicious yummy|drink beverage|wage salary pay|road street
jobless unemployed|scared afraid|angry mad|comfy comfortable|veggie vegetarian vegetable|veggies vegetables
spuds potatoes|footie football soccer|bike bicycle|glasses spectacles|pupil student|pupils students
remove delete eliminate|answer reply response|begin start|gift present|gifts presents|quiz test|assist help|lady woman
guy man|guys men people|folks people|mates friends|buddies friends|handy smartphone mobiltelefon|lustig witzig
billig gunstig preiswert|bilder fotos|bild foto|job arbeit stelle|funktioniert klappt|voiture auto bagnole
boulot travail emploi job|gosse enfant gamin|bouffe nourriture|pote ami copain|drole marrant rigolo
coche carro auto automovil|movil celular telefono|trabajo curro chamba empleo|ordenador computadora computador
chaval nino chico|macchina auto automobile|lavoro impiego|telefonino cellulare telefono|trabalho emprego trampo
garoto menino crianca|mobiel telefoon gsm|funkar fungerar|funka fungera|jobb arbete|mobilen telefonen|auto samochod
komorka telefon|robota praca|bekomme bekommen bekommt kriege kriegen krieg kriegt|good suitable great ideal fitting appropriate nice fine
decent well|best ideal recommended|stick persist last remain stay|says shows reads displays states|show display demonstrate
stop end cease prevent|get obtain receive|huge enormous large big|tiny small little|weird strange odd unusual|cool interesting
awesome great amazing|bad poor terrible awful harmful unhealthy|female woman women ladies|male man men|hard difficult tough|broke broken defective|works working functions functioning
leave depart leaving|back return returning returned|keep continue retain|hurts aches pain painful|look appear seem|looks appears seems
check verify examine|find locate|trip journey travel|fun entertaining enjoyable|cute adorable|tired exhausted|sad unhappy
happy glad|house home|place location spot|cash money|issue problem trouble|issues problems trouble|idea suggestion
kind type sort|kinds types sorts|brief short concise|entire whole full complete|long lengthy|simple plain easy|same identical|important essential key
main principal key|often frequently|usually typically|mostly mainly|almost nearly|drain empty|lower reduce decrease|raise increase
cut reduce|eat consume|meal dish|dinner supper|spicy hot|allow permit let|ban prohibit forbid|help support assist|hate dislike
love enjoy|learn study|teacher instructor|elderly old|teen teenager adolescent|bug error|bugs errors|slow sluggish|shut close
turn switch|update upgrade|website site webpage|pc computer|screen display monitor|stuff things items|super very|right correct proper
wrong incorrect mistaken|wrong matter|dead died|goes go runs|happen occur|happens occurs|told said|talk speak conversation discuss
soon shortly|unsure uncertain|sure certain|need require must should|job position role work|hungry starving|shy timid|rude impolite
nasty unpleasant|noisy loud|smelly stinky|smell odour odor|bill invoice|gotta must|convince persuade|explain clarify|tell inform
"""
# Said in chats without a meaning of its own: fillers, cries and short forms of function words. Those of no language
# in particular may go from any text, the others from one of their language.
CHAT = {
    "": "ej slt bjr bsr cc wesh wsh tkt mdr ptdr jsp jpp askip dsl pcq psk parceq keske skon jvoudrais jveux jpeux "
    "jdois jsais chui jsuis jai tlm qqn qqch qqun cmt cmnt qd tjs tjrs jms avc dmd xfa xfavor xq porq pke cmo "
    "tmb tb ntp jaja jajaja jeje kkk kkkk rsrs vlw vcs vc tbm tbem cmg ctg pfv mto mt oq eae eai wgl spk nwm "
    "nmzc siema siemka elo narka nara dzk plis hahah haha hehe hihi hiii heyy heyyy tbh ngl idc idk idek "
    "afaik iirc fwiw istg icl tbf imo imho fr frfr rn atm ikr jk nvm hmu lmk np ofc ofcourse obvs smh ik wdym "
    "wym smth smthn smthng sth sumthin sumthing somethin sum1 abt bout wat wut wot wen dat dis dem dey tryna "
    "finna ima imma cuz bcuz bcs bcz thru tho altho urself urs yall whats wats hows wheres vll evtl eig eigtl "
    "iwie iwas iwo iwann jmd kp kb mmn vlt vllt viell ausm aufm hdl lgbt boah digga digger diggah diggi ey "
    "eyy jo joa naja tja hmpf krass cmq xke xche xk nn qnd qlc qlcs grz ff effe idd iig wrm mss egt asso typ "
    "iaf iofs lr oxa ngn ngt mkt pga tex fö bruh brb gtg omw lmaoo ayy ayo aight ight welp oof yeet pfft pff "
    "meh pq xfi holi hla sos lf iso tia hejsan hejka hejo halloo haloo heey hoii hoi huhu servus gruezi gruss "
    "moinsen tach tjenare hiho some1 sm1 any1 every1 ne1 plss plsss plzz pleaseee btwn",
    "English": "teh hte adn yuo taht thsi wiht waht w wi y da de em til till sup sure yea ya uhh umm well okk thats theres heres please whatever regarding "
    "concerning upon amongst toward towards besides lately nowadays anymore altogether currently",
    "German": "ca circa zirka ungefahr etwa rund wegen trotz wahrend statt anstatt pro je sobald falls obwohl dadurch "
    "deshalb deswegen trotzdem jedoch sowie wieviel wieviele irgendwas irgendwie irgendein irgendeine "
    "irgendeinen irgendwo jemand jemanden neben hinter innerhalb bezuglich betreffend hinsichtlich ma nem nen "
    "ner fur fürn furn fuern furs ausm mitm ums aufs ubern ubers unterm vors halt jez jetz jtz wat dat wa "
    "gell ne nich net nit is isses hats gibts gehts wos wies weisst weiss wissen bisschen bissl bisl sowas "
    "solche solchen solcher solches dass daß obs also naja echt schonmal nochmal wirklich irgend zwar bloss "
    "blo eh sonst ansonsten wohl helfen hilfe hilft helft hilf brauch brauche brauchen brauchst braucht "
    "brauchte erklar erklare erklaren erklart erklaer zeig zeige zeigen zeigt sagn sagt nenn nenne nennen "
    "schick schicke schicken heisst heissen bedeutet empfehlen empfiehl empfehlt suche such suchen dringend "
    "ab los weg her hin kennt kennst frage frag wusste wissn i a",
    "French": "environ malgre selon jusque jusqu pourtant parce puisque afin lorsque lequel laquelle lesquels celui "
    "celle ceux celles quelque quelques quelqu juste vraiment hyper franchement savoir sais savez saurais "
    "ouais ouai nan coucou yo hey j'ai jai c t g ct cetait yaura ya va vas vais aller pr ds ke ki koi pk svp "
    "stp enfin sinon quant envers hors parmi dedans voila bref ok okay aide aider aidez besoin explique "
    "expliquer expliquez montre montrer montrez donner donnez cherche chercher veut voudrait aimerais "
    "aimerait propose proposer proposez conseille conseiller conseillez recommande recommander recommandez "
    "urgent signifie question jaimerais dm j",
    "Spanish": "oye oiga mira wey guey ostras ostia vale venga pues osea sea aunque mientras segun mediante acerca "
    "respecto unos unas algun alguna algunos algunas cualquier cualquiera cada dicho dicha sabes sabe saber "
    "saben ahora ya ahorita mismo misma cuanto cuanta cuantos cuantas cuyo cuya tras ante pa pal toy ta na to "
    "toa nose porfa ayuda ayudar ayudame ayudadme ayuden podeis podrian podriais pueda explicar explica "
    "explicame explicarme expliques expliquen muestra muestrame necesita necesitamos busco busca buscar "
    "recomienda recomiendas recomendar recomiendame recomendarme recomendais sugiere sugiereme aconseja "
    "aconsejame urgente significa gustaria alguien ayudeis m d",
    "Italian": "circa durante mentre anziche tramite presso verso sebbene benche comunque pero quindi cioe insomma dai "
    "boh beh mah magari proprio davvero tipo ehi oh eh sapere sai sa sapete qualche qualcuno alcuni alcune "
    "ciascuno stesso stessa tale tali ce c'e nn ke ki x xo po aiuto aiutare aiutami aiutatemi aiutarmi serve "
    "servono servirebbe spiega spiegami spiegare spiegarmi mostra mostrami cerco cercare consiglia "
    "consigliami consigliare consigliate suggerisci suggerire suggeriscimi bisogno urgente significa scrivere "
    "scrivi scrivimi dirmi na riesci riesce",
    "Portuguese": "cerca durante enquanto embora porem contudo portanto alias tipo assim meu po ne la ca ahn opa eita uai "
    "sabe sabes saber sabem algum alguma alguns algumas qualquer cada mesmo mesma cujo cuja apos ante sob "
    "perante pq q n ñ eh d p td tds mt mto hj tava tamo num numa dum duma nesse nessa neste nesta dele dela "
    "deles delas ajuda ajudar ajude ajudem explica explique explicar mostra mostre mostrar procuro procurar "
    "recomenda recomende recomendar sugere sugira sugerir indica indique precisava precisa precisando urgente "
    "significa gostaria ensina ensine consegue consegues conseguiria",
    "Dutch": "ongeveer circa ca wegens ondanks tijdens volgens sinds vanaf rond omtrent betreffende ofzo ofso zeg gwn "
    "gewoon effe ff ffjes eff even eventjes wel eigenlijk misschien echt hoezo welk zulke iemand ergens weet "
    "weten wist dr d'r m'n mn zn z'n hoor joh he hee goh nouja help helpen helpt uitleg uitleggen leg legt "
    "laat zien toon vertel vertellen zoek zoeken nodig adviseer aanraden raad dringend spoed betekent jullie "
    "mij vraag vraagje",
    "Swedish": "ungefar cirka ca enligt trots sedan sen bland hos kring angaende gallande typ alltså alltsa liksom ba "
    "bara egentligen faktiskt kanske iaf oxa nan nat nagon nagot nagra sadan sadana sånt sant asså vet veta "
    "visste vilket hursom for fran til mig dig mej dej dom de tja tjena tjo hallå hjalp hjalpa forklara "
    "forklarar visa visar behover behovs soker rekommendera rekommenderar tipsa foresla beratta betyder akut "
    "brattom fraga",
    "Polish": "okolo ok wg wedlug podczas mimo wobec dzieki poprzez wraz wśród wsrod spod znad jednak zatem natomiast "
    "przeciez wlasnie chyba moze raczej naprawde serio jakby jakis jakas jakies ktos cos gdzies kiedys wiesz "
    "wiedziec wiem wie no nom spoko kurde kurcze yhm eee ogolnie ogolem generalnie pomoc pomoz pomozcie "
    "pomozecie pomoze pomoge potrzebuje potrzebny potrzebna potrzebne szukam wyjasnij wyjasnic wytlumacz "
    "wytlumaczyc pokaz pokazac polec polecacie polecisz podaj poradz poradzcie pilne pilnie znaczy witam "
    "witajcie pytanie napisz napisac",
}


def _read() -> dict[str, tuple[tuple[str, ...], ...]]:
    found: dict[str, dict[tuple[str, ...], None]] = {}
    for entry in _SHORT.strip().replace("\n", "|").split("|"):
        short, _, full = entry.partition("=")
        found.setdefault(short, {}).update((tuple(map(word_key, long.split())), None) for long in full.split("/"))
    for line in _SYNONYMS.strip().replace("\n", "|").split("|"):
        words = line.split()
        for word in words:
            found.setdefault(word, {}).update(((other,), None) for other in words if other != word)
    return {short: tuple(longs) for short, longs in found.items()}


# By key, the ways in which it may be said: several words must all be there.
ABBREVIATIONS = _read()
