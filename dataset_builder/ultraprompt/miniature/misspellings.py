"""Misspelt words and their mending: a list of what people really write, and slips of the fingers and of the ear.

A slip is kept only where it is no word and comes from one word, so that `right_forms` is a function of the text alone.
Only common words are misspelt: a model that has to guess at unknown ones garbles names.
"""

import re
from collections.abc import Iterator
from functools import cache

from p_aligner import world

from . import slots, templates, vocabulary
from .grammar import Sampler, capitalised
from .sentences import QUOTED, WORD


# Right word, then its misspellings.
_MISSPELLINGS = """
the teh hte|and adn nad|you u yuo|your ur yuor|are r|what wat waht wht whta|why whyy|how hwo hwo|who woh|
when wehn whn|where wher whre|which wich whcih|because becuase becasue bcoz cuz becouse|please pls plz plss pleas|
thanks thx thnx|people ppl poeple peopel|tomorrow tommorow tmrw tomorow|tonight tonite|something smth somthing|
about abt abuot baout|before befor|between btwn beetween betwen|with wiht wth|without wihtout witout w/o|
from form_ frmo|have hvae ahve|does deos dose_|this thsi tihs|that taht tht|there thier_ ther|write wirte wrtie|
explain explian expalin explane|describe discribe decribe descirbe|give giev gvie|list lsit|tell tel|make amke maek|
create craete creat|compare comapre compair|suggest sugest suggset|recommend recomend reccomend reccommend|
recommended recomended|translate tranlate translte|summarise sumarise summerise|summarize sumarize summerize|
rewrite rewirte|classify clasify classfy|generate genarate genrate|calculate calculte calcualte caculate|
solve slove|correct corect correctt|convert convrt|question qestion quesiton|questions qestions quesitons|
answer anwser asnwer|example exmaple exampel|examples exmaples|definition defination definiton|
difference diffrence diference|differences diffrences|different diffrent diferent|advantages advantges|
disadvantages disadvantges|information infomation informtion|important importent imporant|importance importence|
history histroy hisotry|people's peoples_|government goverment governement|environment enviroment enviornment|
environmental enviromental|development developement|knowledge knowlege|language langauge lenguage|
languages langauges|science sceince|scientific sceintific|school shcool|teacher techer|student studnet|
students studnets|business buisness bussiness|businesses buisnesses|company compnay|customer custmer|
customers custmers|market markte|marketing marketting|management managment|money mony|price prise_|cheap cheep|
expensive expencive|restaurant restaraunt restuarant|recipe recipie reciepe|recipes recipies|
ingredients ingrediants ingredents|chicken chiken|vegetable vegtable|vegetables vegtables|chocolate choclate|
healthy helthy|health helth|exercise excercise exersise|doctor docter|medicine medecine|symptoms symtoms|
weather wether_ wheather|temperature temperture|beautiful beutiful beatiful|favourite favrite favorit|
friend freind frend|friends freinds|family famly|children childern|mother mothr|neighbour nieghbour|
neighbor nieghbor|birthday brithday birtday|wedding weding|holiday holliday|travel travle|journey jorney|
receive recieve|received recieved|believe beleive|achieve acheive|separate seperate|separately seperately|
definitely definately definatly|probably probaly prolly|usually usualy|really realy rly|finally finaly|
especially especialy|immediately immediatly|unfortunately unfortunatly|completely completly|basically basicly|
necessary neccessary necesary|occurred occured|occurrence occurence|beginning begining|until untill|
tomatoes tomatos|potatoes potatos|accommodate accomodate|accommodation accomodation|address adress|
argument arguement|calendar calender|cemetery cemetary|colleague collegue|committee comittee commitee|
conscious concious|criticism critisism|disappear dissapear|disappeared dissapeared|embarrassed embarassed|
existence existance|experience experiance|experiment experimant|foreign foriegn|grammar grammer|guarantee garantee|
height hieght|weight wieght|humorous humourous|independent independant|interesting intresting|interest intrest|
interview interveiw|library libary|literature litrature|maintenance maintainance|mathematics mathmatics|
millennium millenium|minute minuite|minutes minuites|mysterious misterious|noticeable noticable|
parliament parliment|performance performence|persistent persistant|persuasive pursuasive|philosophy philosphy|
physics phisics|chemistry chemestry|biology bioligy|possession posession|preferred prefered|privilege priviledge|
professional proffesional profesional|programming programing|program progam|project porject|
pronunciation pronounciation|psychology phsycology|publicly publically|refrigerator refridgerator|relevant relevent|
religious religous|rhythm rythm|schedule schedual shedule|sentence sentance setence|sentences sentances|
similar similer|sincerely sincerly|sister sisiter|speech speach|story stroy|strategy stratagy|strength strenght|
successful succesful successfull|success sucess|supersede supercede|surprise suprise|technology tecnology technolgy|
threshold threshhold|together togehter|traditional tradtional|truly truely|twelfth twelth|vacuum vaccum|
village vilage|volunteers volonteers|water watter|week weak_|weird wierd|whether wheter|words wrods|work wrok|
world wrold|would woudl wuld|should shoud shuold|could coud cuold|can cna|know knwo|learn laern lern|start strat|
best bset|better beter|first frist|favorite favrit|little litle|always allways|never nevr|again agian|
against agianst|another anohter|around arround|being bieng|buying buing|careful carefull|change chnage|
choose chose_|clothes cloths_|coming comming|computer computor|country contry|countries contries|course corse|
decision desicion|design desgin|easy eazy|easily easly|effects efects|effective efective|email emial|energy enrgy|
enough enuff|every evry|everyone evryone|everything evrything|famous famus|few fwe|forward foward|function fucntion|
future futrue|garden gardn|general genral|good godd|great graet|group gruop|guitar gitar|happened happend|
house huose|idea idae|ideas idaes|improve imporve|include inlcude|internet internt|language's langauges_|
laptop labtop|letter leter|library's librarys_|machine machien|meaning meening|message mesage|morning mornig|
movie moive|music musci|name naem|need nede|number nubmer|old odl|online onlien|opinion opinon|other ohter|
paragraph paragragh|passage pasage|phone fone|photo foto|picture pictrue|plan paln|point piont|popular poplar|
problem problme|product prodcut|quickly quikly|reason raeson|reasons raesons|remember rember|research reserch|
review reveiw|science's sciences_|simple smiple|small smal|social socail|software sofware|some soem|steps stpes|
study studdy|text txt|time tiem|topic topik|used usde|using useing|wants wnats|want wnat|website webiste|
woman womna|writing writting|years yeras|year yera|yourself urself|accidentally accidently|across accross|
actually actualy acctually|afraid affraid|aggressive agressive|amateur amatuer|annual anual|apparently apparantly|
appreciate apreciate appriciate|article artical|assignment asignment assigment|athlete athelete|attention atention|
audience audiance|available availible avaliable|awful awfull|balance ballance|basketball basketbal|benefit benifit|
benefits benifits|bicycle bycicle|brochure broshure|building bilding|career carrer|challenge chalenge|
chapter chaptor|characters charachters|choosing chosing|citizen citisen|classmate clasmate|colour coulor|
comfortable comfterble comfortible|comments coments|competition compitition|complete complet|
concentrate consentrate|conclusion conclution|connection conection|convenient convienient|conversation conversaion|
countryside contryside|culture cultur|curious curios_|daughter dauhgter doughter|delicious delicous|dentist dentest|
describes discribes|destination destinaton|detailed detaild|dinner diner_|director directer|
disappointed dissapointed|discussion discusion|disease desease|economy econmy|education educaton|eighth eigth|
electricity electrisity|elephant elefant|employee employe|engineer enginer|envelope envelop_|equipment equiptment|
essay esay|exactly exacly|excellent excelent|except exept|excited exited_|explanation explaination|
facilities facilites|familiar familar|february febuary|festival festivel|finish finnish_|flexible flexable|
foreigner foriegner|friendly freindly|furniture furnature|geography geografy|goals gaols_|grateful greatful|
guess geuss|happiness hapiness|harass harrass|heard haerd|helpful helpfull|hungry hungary_|ideal ideel|
imagine imagin|immigrant imigrant|increase increse|influence influance|instructions intructions instuctions|
intelligent inteligent|invitation invatation|island iland|jealous jelous|jewellery jewelery|judgement judgment_|
kitchen kichen|laugh laugth|lawyer lawer|leisure liesure|license lisence|lightning lightening_|lovely lovley|
luggage lugage|luxury luxery|marriage marrige|mathematical mathmatical|medieval midieval|memory memmory|
mention mentoin|mistake misstake|modern modren|month monht|muscle mussel_ muscel|museum musem|natural naturel|
neighbourhood nieghbourhood|nervous nervus|ninety ninty|nuclear nucular|nutrition nutricion|
occasion ocasion occassion|official offical|opportunity oppurtunity|opposite oposite|orchestra orchestera|
ordinary ordinery|original orignal|package packege|parallel paralel|particular particuler|passport pasport|
patient pateint|perfect perfact|permanent permenant|personal personel_ persnal|physical phisical|piano pianno|
planet planit|pleasant plesant|poem peom|poison poision|police pollice|politician politican|population popluation|
positive possitive|practice pratice|prepare prepair|prisoner prisner|private privite|promise promiss|
protein protien|quarter quater|raise raize|rarely rarly|receipt reciept|recently recenty|recognise reconise|
reduce redcue|reference referance|religion religon|remind remid|repair repare|requirement requirment|
responsible responsable|restaurants resturants|sandwich sandwhich|satellite satelite|sauce sause|scissors sissors|
season seson|secretary secratary|secret secert|semester semster|serious serius|service servise|several sevral|
shoulder sholder|signature signiture|skills skils|soldier solider_|special speical|spelling speling|
squirrel squirel|stomach stomache|stopped stoped|straight strait_ straigt|structure structer|subject subjct|
suggestion sugestion|summary sumary|summer sumer|sunglasses sunglases|supervisor superviser|supermarket supermaket|
support suport|swimming swiming|system sistem|teenager teanager|temporary temporery|terrible terible|
therefore therfore|thirty thrity|thousand thousend|thought thougt|through throught thru|tongue tounge|
tournament tournement|training trainning|transfer transfere|translation transaltion|trouble truble|Tuesday Teusday|
typical tipical|umbrella umbrela|unique uniqe|university univercity|usual ususal|vegetarian vegitarian|
vehicle vehical|video vidoe|visitor visiter|vocabulary vocabluary|volcano volcanoe|waiter waitor|wallet walet|
warning warnning|Wednesday Wensday Wednsday|weekend wekend|welcome wellcome|wheel weel|window windw|winter wintr|
wonderful wonderfull|worried worryed|wrong worng|yesterday yesturday yestarday|young yung
"""


def _read_misspellings() -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Read the list; entries that end in an underscore are words of their own, so they are no misspellings."""
    wrong_forms: dict[str, tuple[str, ...]] = {}
    right_form: dict[str, str] = {}
    for entry in _MISSPELLINGS.replace("\n", "").split("|"):
        right, *wrong = entry.split()
        forms = tuple(dict.fromkeys(form for form in wrong if not form.endswith("_")))
        if forms:
            wrong_forms[right] = forms
            right_form.update((form, right) for form in forms)
    return wrong_forms, right_form


WRONG_FORMS, RIGHT_FORM = _read_misspellings()

# Spoken short forms and what they stand for.
SHORT_FORMS = {"wanna": "want to", "gonna": "going to", "gotta": "have to", "gimme": "give me", "lemme": "let me"}


_SLIP_SHARE = 0.3  # of the misspelt texts
_SHORTEST = 5
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_SOUNDS = (
    ("ph", "f"), ("tion", "shun"), ("tion", "sion"), ("tion", "tin"), ("tion", "toin"), ("sion", "tion"),
    ("ssion", "tion"), ("ie", "ei"), ("ei", "ie"), ("ough", "uff"), ("ough", "oh"), ("ight", "ite"),
    ("ight", "iht"), ("kn", "n"), ("wr", "r"), ("wh", "w"), ("mb", "m"), ("gh", ""), ("ck", "k"), ("ck", "c"),
    ("que", "k"), ("sc", "s"), ("sch", "sh"), ("ce", "se"), ("ci", "si"), ("se", "ce"), ("si", "ci"),
    ("cc", "c"), ("ss", "s"), ("ll", "l"), ("mm", "m"), ("nn", "n"), ("pp", "p"), ("rr", "r"), ("tt", "t"),
    ("ff", "f"), ("dd", "d"), ("gg", "g"), ("able", "ible"), ("ible", "able"), ("ant", "ent"), ("ent", "ant"),
    ("ance", "ence"), ("ence", "ance"), ("ary", "ery"), ("ery", "ary"), ("ory", "ary"), ("our", "er"),
    ("or", "er"), ("er", "or"), ("ar", "er"), ("er", "ar"), ("le", "el"), ("al", "el"), ("el", "le"),
    ("ful", "full"), ("ea", "ee"), ("ee", "ea"), ("ea", "e"), ("ee", "e"), ("ai", "ay"), ("ai", "a"),
    ("ou", "o"), ("ou", "u"), ("oo", "o"), ("oo", "u"), ("ui", "i"), ("y", "i"), ("i", "y"), ("a", "e"),
    ("e", "a"), ("e", "i"), ("i", "e"), ("o", "u"), ("u", "o"), ("qu", "kw"), ("x", "ks"), ("ex", "ecs"),
    ("c", "k"), ("k", "c"), ("s", "z"), ("z", "s"), ("g", "j"), ("dge", "ge"), ("ture", "cher"),
    ("cious", "shus"), ("tious", "shus"), ("cial", "shal"), ("tial", "shal"),
)  # fmt: skip
# Words of their own that slips would hit.
_REAL_WORDS = """
adept adust agend altar angel annul anther arret avert beaut beech behavior belie bellow berth billet binging blend
boars bobble bough brace brans breve bride budge burrow butte buttle cabal canker cannel caret carful carlet carrie
caste causal cense cession chear chick coffer collage commend compliant consul consume cornet coupe covert crate creak
criss currant curse dairy decant decease defect defense dessert devise drams drier emphases ensue eternal evert exert
exorcise expanse expansive expend experient export extant fallow favor feint fending fester fiance fidge fiend fiends
fitch flavor forgo fried frieze galley gander genera greet grocer harbor heath heave hones honor hooping hopping hubby
humors incest incide incite inset intension interne lather lever licensee linch litter livid mange marge maser massage
matte meddle medial minster minuet minuets mobster mousse mural naive neighborhood norse offense organize panned paren
parly parson passe patter peasant pecked pents persona petty pilled pinch pitting placid plying pocked polis practise
precis prefect preyer pried prier prion probe probed pubic quantify quota rabbi radii rally realize recept recognize
recuse reign resin retie reuse revere reveres robber rouge rover sallow salve satin scissor scrip seeping sever shale
shall shard shool shred shuck sifting sills simmer singe sliver sodden sough souse sowing spacial spake spalling specs
spicer spill spilt spirt sprat sprig sprit stale starred starring stats stead steak stein stile stoke strait strung
stuck sumner supper teenage timbre tittle treble triad trine troth trough twits twixt tying unclear untie wafer weirs
wheal whither whore wight women wrest wright wrung
"""


def _neighbours() -> dict[str, str]:
    near: dict[str, str] = {}
    for above, row in enumerate(_ROWS):
        for place, letter in enumerate(row):
            beside = row[max(place - 1, 0) : place] + row[place + 1 : place + 2]
            under = _ROWS[above + 1][max(place - 1, 0) : place + 1] if above < len(_ROWS) - 1 else ""
            near[letter] = beside + under
    return near


_NEAR = _neighbours()


def _slips(word: str) -> Iterator[str]:
    """Yield the slips of a word; its first letter, which people seldom miss, moves only when two change places."""
    for place in range(1, len(word)):
        before, letter, after = word[:place], word[place], word[place + 1 :]
        yield before + after
        yield before + letter + letter + after
        yield before[:-1] + letter + before[-1] + after
        # One of the keys beside it, always the same: a word has many letters, and its slips should stay readable.
        yield before + _NEAR[letter][place % len(_NEAR[letter])] + after
    for sound, spelling in _SOUNDS:
        found = word.find(sound, 1 if len(sound) == 1 else 0)
        if found >= 0:
            yield word[:found] + spelling + word[found + len(sound) :]
    for place in range(2, len(word) - 1):
        if word[place] in "aeiou":
            rest = re.sub("[aeiou]", "", word[place + 1 : -1]) + word[-1]
            yield word[:place] + rest


def _known_words() -> set[str]:
    """Collect every word that instructions are made of, with its usual endings."""
    texts = [entry for value in vars(vocabulary).values() if isinstance(value, tuple) for entry in value]
    texts += [line for intent in templates.INTENTS.values() for line in intent.templates]
    texts += [entry for rule in slots.RULES.values() if isinstance(rule, tuple) for entry in rule]
    texts += [
        entry
        for name, value in vars(slots).items()
        if isinstance(value, tuple)
        for entry in value
        if isinstance(entry, str)
    ]
    words = set(re.findall(r"[^\W\d_]+", " ".join(text for text in texts if isinstance(text, str)).casefold()))
    endings = ("s", "es", "d", "ed", "r", "er", "st", "est", "ing", "ly", "y", "n", "en", "al", "or")
    inflected = {word + ending for word in words for ending in endings}
    inflected |= {word[:-1] + ending for word in words for ending in ("ing", "ed", "ies", "ied", "y", "able")}
    inflected |= {word[:-1] for word in words if word.endswith("s")}
    # In a hurry people type names small.
    named = {name.casefold() for town in world.towns() for name in (town.name, town.river, town.mayor, town.dish)}
    return words | inflected | named | set(WRONG_FORMS) | set(_REAL_WORDS.split())


@cache
def slips() -> dict[str, tuple[str, ...]]:
    """Return the slips of every common word of five letters or more, without those that could be of two words."""
    known = _known_words()
    words = {word for word in (*vocabulary.COMMON_WORDS, *WRONG_FORMS) if re.fullmatch(f"[a-z]{{{_SHORTEST},}}", word)}
    origins: dict[str, set[str]] = {}
    for word in sorted(words):
        for slip in _slips(word):
            if len(slip) >= _SHORTEST:
                origins.setdefault(slip, set()).add(word)
    found: dict[str, list[str]] = {}
    for slip, origin in origins.items():
        if len(origin) == 1 and slip not in known and RIGHT_FORM.get(slip, *origin) in origin:
            found.setdefault(min(origin), []).append(slip)
    return {word: tuple(forms) for word, forms in found.items()}


@cache
def right_forms() -> dict[str, str]:
    """Return what each misspelt word stands for: slips, listed misspellings and short forms."""
    return {slip: word for word, forms in slips().items() for slip in forms} | RIGHT_FORM | SHORT_FORMS


def misspelt(sampler: Sampler, line: str) -> str:
    """Misspell one to three common words; quoted words stay, because a quotation is material."""
    if QUOTED.search(line):
        return line
    # Slips teach to look at letters; too many of them, and words that are merely unknown are mended into others.
    slipping = slips() if sampler.chance(_SLIP_SHARE) else {}
    found = [match for match in WORD.finditer(line) if match[0].casefold() in WRONG_FORMS or match[0] in slipping]
    if not found:
        return line
    chosen = sampler.rng.sample(found, min(len(found), sampler.pick((1, 1, 2, 2, 3))))
    for match in sorted(chosen, key=lambda match: -match.start()):
        word = match[0].casefold()
        listed, slipped = WRONG_FORMS.get(word, ()), slipping.get(word, ())
        wrong = sampler.pick(listed if listed and (not slipped or sampler.chance(0.4)) else slipped)
        wrong = capitalised(wrong) if match[0][0].isupper() else wrong
        line = line[: match.start()] + wrong + line[match.end() :]
    for short, long in SHORT_FORMS.items():
        if sampler.chance(0.3):
            line = re.sub(rf"\b{long}\b", short, line)
    return line
