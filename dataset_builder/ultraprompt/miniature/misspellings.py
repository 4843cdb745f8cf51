"""Misspelt words and their mending: a list of what people really write.

Only listed words are mended: a small model that has to guess at others garbles names.
"""

import re

from .grammar import Sampler, capitalised
from .sentences import QUOTED, WORD


# Right word, then its misspellings.
_MISSPELLINGS = """
about abt abuot baout|absence absense abscence|abundant abundent|academic acedemic|accept acept|accident accedent|
accidentally accidently|accommodate accomodate|accommodation accomodation|accompany acompany|
according acording accoring|accurate acurate accurrate|achieve acheive|acquaintance aquaintance|acquire aquire|
across accross|activities activites|actually actualy acctually|address adress|adolescent adolecent|
advantages advantges|advertisement advertisment|advice advize|affordable afordable|afraid affraid|again agian|
against agianst|aggressive agressive|agreement agreemant|alcohol alchohol|allergic alergic allergick|almost allmost|
although allthough altho|aluminium alluminium|always allways|amateur amatuer|analysis analisis anaylsis|
ancient anceint|and adn nad|animals aminals|anniversary aniversary|announcement anouncement|annual anual|
another anohter|answer anwser asnwer|anxious anxios anxous|anything anyting enything|apartment apartement appartment|
apparently apparantly|appearance appearence apperance|appreciate apreciate appriciate|
appropriate apropriate approprate|approximately aproximately|are r|argument arguement|around arround|article artical|
artificial artifical|assignment asignment assigment|asthma astma|athlete athelete|atmosphere atmosphear|
attention atention|audience audiance|authority authorty|automatically automaticly|autumn autum|
available availible avaliable|average avrage averege|awful awfull|background backround|balance ballance|
banana bananna|bargain bargin|basically basicly|basketball basketbal|battery batery battry|
beautiful beutiful beatiful|beautifully beautifuly|because becuase becasue bcoz cuz becouse|before befor|
beginning begining|behaviour behavoir|being bieng|believe beleive|benefit benifit|benefits benifits|best bset|
better beter|between btwn beetween betwen|bicycle bycicle|biology bioligy|birthday brithday birtday|
breakfast brekfast|breathe breeth|brilliant briliant|Britain Britian|broccoli brocolli brocoli|brochure broshure|
budget buget|building bilding|business buisness bussiness|businesses buisnesses|buying buing|
calculate calculte calcualte caculate|calendar calender|campaign campain|can cna|cancellation canselation|
candidate canidate|capable capible|captain captin|career carrer|careful carefull|category catagory|cause casue|
ceiling cieling|celebrate celabrate|cemetery cemetary|century centry centruy|certain certian|certificate certifcate|
challenge chalenge|change chnage|changeable changable|chapter chaptor|characters charachters|charity charaty|
cheap cheep|chemistry chemestry|chicken chiken|children childern|chocolate choclate|cholesterol cholestrol|
choosing chosing|cinnamon cinamon|citizen citisen|classify clasify classfy|classmate clasmate|climate climite|
coffee cofee coffe|colleague collegue|colour coulor|column colum|comfortable comfterble comfortible|coming comming|
comments coments|committee comittee commitee|communication comunication|community comunity|company compnay|
compare comapre compair|comparison comparision|competition compitition|complaint complant|complete complet|
completely completly|complicated complecated|compromise comprimise|computer computor|concentrate consentrate|
concept consept|conclusion conclution|condition condtion|confidence confidance|congratulations congradulations|
connection conection|conscience concience|conscious concious|consequences consequenses|consider considder|
constant constent|consumer comsumer|continue contiue contine|contract contrct|contribute contribut|control controll|
convenient convienient|conversation conversaion|convert convrt|convince convinse|copyright copywrite|
correct corect correctt|cough couhg|could coud cuold|countries contries|country contry|countryside contryside|
courage currage|course corse|create craete creat|creative creativ|creature creture|criteria critera|
criticism critisism|crucial crutial|culture cultur|currency curency|cushion cushon|customer custmer|
customers custmers|cycle cicle|dangerous dangerus dangerious|database datbase|daughter dauhgter doughter|
decision desicion|decrease decrese|deficit defecit|definitely definately definatly|definition defination definiton|
degrees degress|delicious delicous|democracy democrasy|dentist dentest|department departement|dependent depedent|
deposit deposite|depression depresion|describe discribe decribe descirbe|describes discribes|desert desart|
design desgin|desperate desparate|destination destinaton|detailed detaild|determine determin|development developement|
device divice|diabetes diabetis|diarrhoea diarhea|dictionary dictionery|difference diffrence diference|
differences diffrences|different diffrent diferent|digital digitel|dilemma dilema|diploma diplomma|director directer|
disadvantages disadvantges|disappear dissapear|disappeared dissapeared|disappointed dissapointed|discipline disipline|
discount discout|discussion discusion|disease desease|display dispaly|distance distence|doctor docter|
document documant|does deos|domestic domestick|during durring|earthquake earthquacke|easily easly|easy eazy|
economy econmy|eczema exema|editor editer|education educaton|effective efective|effects efects|
efficient eficient effecient|eight eigt|eighth eigth|either iether|election elecshun|electric electic|
electricity electrisity|elephant elefant|eligible elegible|eliminate elimanate|email emial|embarrassed embarassed|
embarrassing embarassing|emergency emergancy|emotional emotinal|emphasis emphisis|employee employe|encourage encurage|
energy enrgy|engineer enginer|engineering enginering|enjoy injoy|enough enuff|entrepreneur entrepeneur|
environment enviroment enviornment|environmental enviromental|equal equel|equation eqation equasion|
equipment equiptment|error erorr|especially especialy|essay esay|essential essencial|estimate estamate|
evaluate evalute|even evn|evening evning|every evry|everyone evryone|everything evrything|evidence evidance|
exactly exacly|exaggerate exagerate|example exmaple exampel|examples exmaples|exceed excede|excellent excelent|
except exept|exercise excercise exersise|exhausted exausted|exhibition exibition|existence existance|expect expeckt|
expensive expencive|experience experiance|experiment experimant|explain explian expalin explane|
explanation explaination|explore explor|express expres|extension extention|extremely extremly|facilities facilites|
facility facilty|factory factry|failure failiure|familiar familar|family famly|famous famus|fashion fasion|
fatigue fatige|favorite favrit|favourite favrite favorit|february febuary|fertilizer fertalizer|festival festivel|
few fwe|fiction ficton|field feild|fierce feirce|finally finaly|financial finacial finantial|find fnid|finding findng|
first frist|flavour flavuor|flexible flexable|football footbal|forecast forcast|foreign foriegn|foreigner foriegner|
forgotten forgoten|formal formel|formula formulla|fortunately fortunatly|forty fourty|forward foward|
freelance frelance|frequently frequantly|fridge frige|friend freind frend|friendly freindly|friends freinds|from frmo|
frustrated fustrated|fulfil fullfil|function fucntion|fundamental fundemental|furniture furnature|future futrue|
garden gardn|gauge guage|general genral|generally generaly|generate genarate genrate|genius genious|
geography geografy|give giev gvie|glamorous glamourous|global globel|good godd|government goverment governement|
graduate gradute|graffiti grafitti|grammar grammer|grateful greatful|gratitude gratitute|great graet|grocery grocary|
group gruop|guarantee garantee|guess geuss|guidance guidence|guide giude|guitar gitar|habit habbit|
handkerchief hankerchief|handle handel|happened happend|happiness hapiness|harass harrass|harmful harmfull|
harmony harmoney|have hvae ahve|health helth|healthy helthy|heard haerd|heavy hevy|height hieght|help hlep|
helpful helpfull|hesitate hesistate|hilarious hillarious|history histroy hisotry|holiday holliday|hoping hopeing|
hospital hospitle hosptial|house huose|how hwo|humorous humourous|hundred hundered|hurricane huricane|hygiene hygeine|
hypocrisy hipocrisy|idea idae|ideal ideel|ideas idaes|identify identfy|illegal ilegal|illness ilness|
illustrate ilustrate|imagine imagin|immediately immediatly|immigrant imigrant|immune imune|importance importence|
important importent imporant|impossible imposible|impressive impresive|improve imporve|incident insident|
include inlcude|income incom|increase increse|incredible incredable|independent independant|
indispensable indispensible|industry industy|inflation inflasion|influence influance|
information infomation informtion|ingredient ingrediant|ingredients ingrediants ingredents|injury injery|
innocent inocent|innovation inovation|inoculate innoculate|inquiry inqiry|insect insekt|
instructions intructions instuctions|insurance insurence|integral intergral|intelligent inteligent|interest intrest|
interesting intresting|internet internt|interview interveiw|investment investement|invitation invatation|
irrelevant irrelevent|irresistible irresistable|island iland|issue isue|itinerary itinery|jacket jaket|jealous jelous|
jewellery jewelery|journey jorney|judge juge|juice jucie|junior junoir|just jsut|keep kepe|keyboard keybord|
kilometre kilometere|kind knid|kitchen kichen|knife kinfe|know knwo|knowledge knowlege|label lable|
laboratory labratory|language langauge lenguage|languages langauges|laptop labtop|last lsat|laugh laugth|
laundry landry|lawyer lawer|league leage|learn laern lern|legend legand|leisure liesure|length lenght|letter leter|
liaison liason|library libary|license lisence|life lief|like liek|limited limted|liquid liqiud|list lsit|listen lisen|
literature litrature|little litle|loneliness lonliness|long lnog|look loook|love lvoe|lovely lovley|luggage lugage|
luxury luxery|machine machien|machines machins|made maed|magazine magazin|maintenance maintainance|make amke maek|
manage manege|management managment|manoeuvre manuever|manual manuel|many mnay|market markte|marketing marketting|
marriage marrige|mathematical mathmatical|mathematics mathmatics|mattress matress|maximum maximun|maybe mabye|
mayonnaise mayonaise|mean maen|meaning meening|measure mesure|mechanic machanic|medicine medecine|medieval midieval|
membrane membrain|memory memmory|mental mentel|mention mentoin|message mesage|metaphor metaphore|method methord|
microwave micowave|migraine migrane|military millitary|millennium millenium|miniature minature|minimum minimun|
minute minuite|minutes minuites|miracle miricle|mischievous mischievious|misspell mispell|mistake misstake|
modern modren|money mony|month monht|more mroe|morning mornig|mortgage morgage|mosquito musquito|most msot|
mother mothr|motivation motivaton|mountain mountian|movement movment|movie moive|much mcuh|muscle muscel|museum musem|
mushroom mushrom|music musci|must msut|myself mysef|mysterious misterious|mystery mistery|name naem|
narrative narative|natural naturel|necessary neccessary necesary|need nede|neighbor nieghbor|neighbour nieghbour|
neighbourhood nieghbourhood|neither niether|nervous nervus|never nevr|next nxet|niece neice|ninety ninty|
nonsense nonsence|notebook notbook|nothing nothin|noticeable noticable|nowadays nowdays|nuclear nucular|number nubmer|
nutrient nutreint|nutrition nutricion|obesity obisity|obstacle obsticle|occasion ocasion occassion|
occasionally occassionally|occurred occured|occurrence occurence|occurring occuring|octopus octapus|office ofice|
official offical|old odl|omelette omlette|online onlien|only olny|open opne|operation opperation|opinion opinon|
opportunity oppurtunity|opposite oposite|optimistic optomistic|orange ornage|orchestra orchestera|ordinary ordinery|
organisation orginisation|organised orgnised|organization orginization|original orignal|other ohter|
ourselves ourselfs|outrageous outragous|outside outsid|oven ovan|over oevr|overwhelmed overwelmed|oxygen oxigen|
package packege|pamphlet pamflet|paragraph paragragh|parallel paralel|parents parants|parking parkin|
parliament parliment|part prat|participate partcipate|particular particuler|passage pasage|passionate pasionate|
passport pasport|pastime pasttime|patient pateint|penguin pengiun|pension penshun|people ppl poeple peopel|
percent pecent|perfect perfact|performance performence|permanent permenant|permission permision|persistent persistant|
person presno persn|personal persnal|personality personalty|persuasive pursuasive|phenomenon phenomonon|
philosophy philosphy|phone fone|photo foto|photograph photgraph|photosynthesis photosinthesis|physical phisical|
physics phisics|piano pianno|pick pcik|picture pictrue|piece peice|pigeon pidgeon|place palce|plan paln|planet planit|
playwright playwrite|pleasant plesant|please pls plz plss pleas|pneumonia pnumonia|poem peom|poetry poetrey|
point piont|poison poision|police pollice|political politcal|politician politican|pollution polution|popular poplar|
popularity populairty|population popluation|portable portible|positive possitive|possession posession|
possible posible|potatoes potatos|practical practicle|practice pratice|precede preceed|prediction predicton|
preferred prefered|pregnant pregnent|prejudice predjudice|prepare prepair|presentation presantation|
president presidant|pressure presure|prevent prevant|previous previus|principle prinsiple|prisoner prisner|
private privite|privilege priviledge|probably probaly prolly|problem problme|procedure proceedure|process proccess|
product prodcut|professional proffesional profesional|professor proffessor|program progam|programming programing|
project porject|promise promiss|promotion promtion|pronunciation pronounciation|proposal proposel|protect protekt|
protein protien|psychiatrist psyciatrist|psychology phsycology|publicly publically|punctuation puncuation|
purchase purchace|pursue persue|python pyhton|quality qualty|quantity quanity|quarantine quarentine|quarter quater|
question qestion quesiton|questionnaire questionaire|questions qestions quesitons|quickly quikly|quiet queit|
quotation quatation|radiator radiater|raise raize|rarely rarly|read raed|really realy rly|reason raeson|
reasons raesons|receipt reciept|receive recieve|received recieved|recently recenty|recession resession|
recipe recipie reciepe|recipes recipies|recipient recipiant|recognise reconise|
recommend recomend reccomend reccommend|recommended recomended|recycle recyle|recycling recyling|reduce redcue|
reference referance|refrigerator refridgerator|relationship realtionship|relatives relitives|relax realx|
relevant relevent|religion religon|religious religous|remedy remady|remember rember|remind remid|
renaissance renaisance|rental rentle|repair repare|replace replase|report reprot|representative representitive|
requirement requirment|research reserch|reservation resevation|resistance resistence|resources resorces|
response responce|responsible responsable|restaurant restaraunt restuarant|restaurants resturants|
retirement retirment|review reveiw|revision revison|revolution revoltion|rewrite rewirte|rhythm rythm|
ridiculous rediculous|right rihgt|safely safly|salary salery|salmon salmom|same smae|sandwich sandwhich|
satellite satelite|sauce sause|says syas|scenery scenary|schedule schedual shedule|scholarship scholership|
school shcool|science sceince|scientific sceintific|scissors sissors|screen scren|script scirpt|sculpture sculture|
search serch|season seson|secret secert|secretary secratary|security secuirty|seize sieze|semester semster|send sned|
sentence sentance setence|sentences sentances|separate seperate|separately seperately|serious serius|service servise|
several sevral|shampoo shampo|shelter sheltar|shopping shoping|shortage shortige|should shoud shuold|shoulder sholder|
show shwo|signal singal|signature signiture|significant signficant|silence silance|similar similer|simple smiple|
simultaneous simultanous|since sinse|sincerely sincerly|sister sisiter|skeleton skeleten|skills skils|sleep slepe|
small smal|social socail|society socity|software sofware|solution soluton|solve slove|some soem|somebody sombody|
someone somone|something smth somthing|somewhere somwhere|source sorce|spaghetti spagetti|speak speek|special speical|
species speices|specific spesific|speech speach|spelling speling|spinach spinich|sponsor sponser|
spreadsheet spredsheet|square sqaure|squirrel squirel|start strat|statistics statitsics|steps stpes|still stil|
stomach stomache|stopped stoped|story stroy|straight straigt|strategy stratagy|strawberry strawbery|strength strenght|
stretch strech|strictly stricly|structure structer|stubborn stuborn|student studnet|students studnets|study studdy|
studying studing|subject subjct|submit submitt|substitute subsitute|subtle suttle|success sucess|
successful succesful successfull|successfully succesfully|such shuch|suddenly sudenly|sufficient suficient|
sugar suger|suggest sugest suggset|suggestion sugestion|suitable suiteable|summarise sumarise summerise|
summarize sumarize summerize|summary sumary|summer sumer|sunglasses sunglases|superior supirior|
supermarket supermaket|supersede supercede|supervisor superviser|support suport|surface surfice|surgeon surgen|
surprise suprise|survey survay|survive survivve|suspicious suspisious|swimming swiming|syllable sylable|symbol symbl|
symptoms symtoms|synonym synonim|syrup syrop|system sistem|table tabel|take taek|talent talant|talk tlak|
target targit|teacher techer|technology tecnology technolgy|teenager teanager|teenagers teanagers|telephone telefone|
tell tel|temperature temperture|temporary temporery|tendency tendancy|tennis tenis|terrible terible|
terrific terriffic|text txt|than thna|thanks thx thnx|that taht tht|the teh hte|their theri|them thme|
themselves themselfs|then thne|theory theroy|there ther|therefore therfore|thermometer thermomiter|these thees|
they tehy|think thikn thnik|thirty thrity|this thsi tihs|thorough thourough|those thsoe|thought thougt|
thousand thousend|threshold threshhold|throat thraot|through throught thru|ticket tikcet|time tiem|tired tierd|
today tody todya|together togehter|tolerance tolerence|tomato tomatoe|tomatoes tomatos|tomorrow tommorow tmrw tomorow|
tongue tounge|tonight tonite|toothpaste toothpast|topic topik|tourist turist|tournament tournement|toward torward|
traditional tradtional|traffic trafic|tragedy tradegy|training trainning|transfer transfere|
translate tranlate translte|translation transaltion|transport transprot|travel travle|treatment treatement|
tropical tropicle|trouble truble|trousers trowsers|truly truely|try rty|Tuesday Teusday|turmeric tumeric|turn trun|
tutorial tutoral|twelfth twelth|twitter twiter|typical tipical|umbrella umbrela|under undre|
understand undestand understnd|unemployed unemploied|unfortunate unfortunat|unfortunately unfortunatly|unique uniqe|
university univercity|unnecessary unecessary|until untill|unusual unusal|update upadte|usage useage|used usde|
useful usefull|using useing|usual ususal|usually usualy|vaccine vacine|vacuum vaccum|valuable valueable|
variable varible|variety vareity|various varius|vegetable vegtable|vegetables vegtables|vegetarian vegitarian|
vehicle vehical|versatile versitile|very veyr|veterinarian vetinarian|vicious viscious|victim victum|video vidoe|
village vilage|vinegar viniger|violence violance|virus viris|visitor visiter|vitamin vitamen|vocabulary vocabluary|
volcano volcanoe|volunteer volonteer|volunteers volonteers|vulnerable vunerable|wait wiat|waiter waitor|wallet walet|
want wnat|wants wnats|warning warnning|was wsa|watch wacth|water watter|watermelon watermelan|way wya|wealthy welthy|
weapon wepon|weather wheather|website webiste|wedding weding|Wednesday Wensday Wednsday|weekend wekend|weight wieght|
weird wierd|welcome wellcome|well wlel|went wnet|were wree|what wat waht wht whta|wheel weel|when wehn whn|
where wher whre|whether wheter|which wich whcih|while whlie|who woh|wholly wholy|why whyy|width widht|
willingness willingnes|window windw|winter wintr|wisdom wizdom|with wiht wth|withdraw withdrawl|
without wihtout witout w/o|witness wittness|woman womna|wonderful wonderfull|words wrods|work wrok|world wrold|
worried worryed|worse worce|would woudl wuld|write wirte wrtie|writing writting|wrong worng|yacht yaht|year yera|
years yeras|yesterday yesturday yestarday|yield yeild|yoghurt yoghrut|you u yuo|young yung|your ur yuor|
yourself urself|zucchini zuchini
"""


# By right word, and by misspelling.
WRONG_FORMS = {right: tuple(wrong) for right, *wrong in map(str.split, _MISSPELLINGS.replace("\n", "").split("|"))}
RIGHT_FORM = {form: right for right, forms in WRONG_FORMS.items() for form in forms}

# Spoken short forms and what they stand for.
SHORT_FORMS = {"wanna": "want to", "gonna": "going to", "gotta": "have to", "gimme": "give me", "lemme": "let me"}


def misspelt(sampler: Sampler, line: str) -> str:
    """Misspell one to three listed words; quoted words stay, because a quotation is material."""
    if QUOTED.search(line):
        return line
    found = [match for match in WORD.finditer(line) if match[0].casefold() in WRONG_FORMS]
    chosen = sampler.rng.sample(found, min(len(found), sampler.pick((1, 1, 2, 2, 3))))
    for match in sorted(chosen, key=lambda match: -match.start()):
        wrong = sampler.pick(WRONG_FORMS[match[0].casefold()])
        if match[0][0].isupper() and len(wrong) > 1:
            wrong = capitalised(wrong)
        line = line[: match.start()] + wrong + line[match.end() :]
    for short, long in SHORT_FORMS.items():
        if found and sampler.chance(0.3):
            line = re.sub(rf"\b{long}\b", short, line)
    return line


def mend_words(line: str) -> str:
    """Spell every listed word as it should be, and "I" with a capital."""

    def right(match: re.Match[str]) -> str:
        word = match[0]
        if len(word) == 1 and word.isupper():  # a name, as in "plan B" and "R code"
            return word
        form = word.casefold()
        mended = RIGHT_FORM.get(form) or SHORT_FORMS.get(form)
        if mended is None:
            return "I" if word == "i" else word
        return capitalised(mended) if word[0].isupper() else mended

    return WORD.sub(right, line)
