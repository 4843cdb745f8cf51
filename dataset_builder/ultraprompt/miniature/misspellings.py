"""Misspelt words and their mending: a list of what people really write.

Only listed words are mended: a small model that has to guess at others garbles names.
"""

import re

from .grammar import Sampler, capitalised
from .sentences import QUOTED, WORD


# Right word, then its misspellings.
_MISSPELLINGS = """
about abt abuot baout aobut|absence absense abscence|abundant abundent|academic acedemic|accept acept|
accident accedent|accidentally accidently|accommodate accomodate|accommodation accomodation|accompany acompany|
according acording accoring|accurate acurate accurrate|achieve acheive|acquaintance aquaintance|acquire aquire|
across accross|activities activites|actually actualy acctually|address adress addres|adolescent adolecent|
advantages advantges|advertisement advertisment|advice advize|affordable afordable|afraid affraid|after aftre|
again agian|against agianst|aggressive agressive|agreement agreemant|alcohol alchohol|algorithm algorithim algorythm|
allergic alergic allergick|almost allmost|also aslo|although allthough altho|aluminium alluminium|
always allways alwasy|amateur amatuer amature|analysis analisis anaylsis|ancient anceint|and adn nad anf|
animals aminals|anniversary aniversary|announcement anouncement|annual anual|another anohter antoher|
answer anwser asnwer awnser ansewr|answers awnsers|anxious anxios anxous|anything anyting enything|
apartment apartement appartment|apparent apparant|apparently apparantly|appearance appearence apperance|
appreciate apreciate appriciate|appropriate apropriate approprate|approximately aproximately|are r|argument arguement|
around arround|array aray|article artical artcile aritcle|artificial artifical|assignment asignment assigment|
assistance assistence|assistant assitant|asthma astma|athlete athelete|atmosphere atmosphear|attention atention|
audience audiance|authority authorty|automatically automaticly|autumn autum|available availible avaliable|
average avrage averege|awful awfull|awkward akward|background backround|balance ballance|banana bananna|bargain bargin|
basically basicly|basketball basketbal|battery batery battry|beautiful beutiful beatiful beautifull|
beautifully beautifuly|because becuase becasue bcoz cuz becouse beacuse becaus becuz bcuz bcos coz becoz|become becoem|
before befor beofre|beginner beginer|beginning begining|behaviour behavoir|being bieng|belief beleif|believe beleive|
beneficial benificial|benefit benifit|benefits benifits|best bset|better beter bettr|
between btwn beetween betwen bewteen|bicycle bycicle|biology bioligy|birthday brithday birtday bday|both boht|
breakfast brekfast|breathe breeth|brilliant briliant|Britain Britian|broccoli brocolli brocoli|brochure broshure|
brother borther|budget buget|building bilding|business buisness bussiness busines|businesses buisnesses|buying buing|
calculate calculte calcualte caculate calulate calcuate|calendar calender calander|campaign campain|can cna|
cancellation canselation|candidate canidate|capable capible|cappuccino cappucino|captain captin|career carrer|
careful carefull|Caribbean carribean|categories catagories|category catagory|cause casue|ceiling cieling|
celebrate celabrate|cemetery cemetary|century centry centruy|certain certian|certificate certifcate|challenge chalenge|
change chnage|changeable changable|chapter chaptor|character charachter|characters charachters|charity charaty|
cheap cheep|cheese chese|chemistry chemestry|chicken chiken|chief cheif|child chlid|children childern chilren childen|
chocolate choclate|cholesterol cholestrol|choosing chosing|Christmas chrismas|cinnamon cinamon|citizen citisen|
classify clasify classfy|classmate clasmate|climate climite|coffee cofee coffe|colleague collegue|colleagues collegues|
college colege|colour coulor|column colum|comfortable comfterble comfortible|coming comming|comments coments|
commercial comercial|commitment committment|committee comittee commitee|communication comunication|community comunity|
company compnay comapny|compare comapre compair|comparison comparision|competition compitition|complaint complant|
complete complet|completely completly|complicated complecated|compromise comprimise|computer computor comupter|
concentrate consentrate|concept consept|concise consise|conclusion conclution|condition condtion|confidence confidance|
congratulations congradulations|connection conection|conscience concience|conscious concious|consequences consequenses|
consider considder|consistent consistant|constant constent|consumer comsumer|continue contiue contine|contract contrct|
contribute contribut|control controll|convenient convienient|conversation conversaion|convert convrt|convince convinse|
copyright copywrite|correct corect correctt|correspondence correspondance|cough couhg|could coud cuold coudl cud cld|
countries contries|country contry|countryside contryside|courage currage|course corse|create craete creat cretae|
creative creativ|creature creture|criteria critera|criticism critisism|crucial crutial|culture cultur|currency curency|
curriculum curriculem|cushion cushon|customer custmer|customers custmers|cycle cicle|dangerous dangerus dangerious|
database datbase|daughter dauhgter doughter|deceive decieve|decision desicion|decrease decrese|deficit defecit|
definite definate|definitely definately definatly definitly defiantely definetly|definition defination definiton|
degrees degress|delicious delicous|democracy democrasy|dentist dentest|department departement|dependent depedent|
deposit deposite|depression depresion|describe discribe decribe descirbe desribe descibe|describes discribes|
description discription descripton|desert desart|design desgin|desperate desparate|destination destinaton|
detailed detaild|details detials deatils|determine determin|develop develope|developer develper|
development developement|device divice|diabetes diabetis|diarrhoea diarhea|dictionary dictionery|
difference diffrence diference|differences diffrences|different diffrent diferent differnt|difficult dificult diffcult|
digital digitel|dilemma dilema|diploma diplomma|director directer|disadvantages disadvantges|disappear dissapear|
disappeared dissapeared|disappointed dissapointed|discipline disipline|discount discout|discuss dicuss|
discussion discusion|disease desease|display dispaly|distance distence|divide devide|doctor docter|document documant|
does deos|domestic domestick|during durring|each eahc|earthquake earthquacke|easily easly|easy eazy|economy econmy|
eczema exema|editor editer|education educaton|effective efective|effects efects|efficient eficient effecient|
eight eigt|eighth eigth|either iether|election elecshun|electric electic|electricity electrisity|elephant elefant|
eligible elegible|eliminate elimanate|email emial eamil|embarrass embarass|embarrassed embarassed|
embarrassing embarassing|emergency emergancy|emotional emotinal|emphasis emphisis|employee employe|encourage encurage|
energy enrgy|engineer enginer|engineering enginering|English englsh engish enlgish|enjoy injoy|enough enuff enuf|
entrepreneur entrepeneur|environment enviroment enviornment|environmental enviromental|equal equel|
equation eqation equasion|equipment equiptment|equipped equiped|error erorr|especially especialy expecially|
essay esay eassy|essential essencial|estimate estamate|evaluate evalute|even evn|evening evning|every evry|
everybody evrybody|everyone evryone|everything evrything|evidence evidance|exactly exacly|exaggerate exagerate|
example exmaple exampel examle exampl|examples exmaples exampels|exceed excede|excellent excelent|except exept|
exercise excercise exersise excersise exersize excersize|exercises excercises|exhausted exausted|exhibition exibition|
existence existance existense|expect expeckt|expensive expencive|experience experiance|experiment experimant|
explain explian expalin explane explan eplain expain xplain|explanation explaination explination|explore explor|
express expres|extension extention|extremely extremly|facilities facilites|facility facilty|factory factry|
failure failiure|familiar familar|family famly famliy|famous famus|fascinating facinating|fashion fasion|
fatigue fatige|favorite favrit|favourite favrite favorit|february febuary|fertilizer fertalizer|festival festivel|
few fwe|fiction ficton|field feild|fierce feirce|finally finaly|financial finacial finantial|find fnid fidn|
finding findng|first frist fisrt|flavour flavuor|flexible flexable|follow folow|following follwing folowing|food foood|
football footbal|forecast forcast|foreign foriegn|foreigner foriegner|forgotten forgoten|formal formel|
formula formulla|fortunately fortunatly|forty fourty|forward foward|freelance frelance|frequently frequantly|
fridge frige|friend freind frend frnd|friendly freindly|friends freinds|friendship freindship|from frmo fom frm|
frustrated fustrated|fulfil fullfil|fulfill fullfill|function fucntion funtion funciton functon|functions funtions|
fundamental fundemental|furniture furnature|further futher|future futrue|game gmae|garden gardn|gauge guage|
general genral|generally generaly|generate genarate genrate gnerate|genius genious|geography geografy|
give giev gvie giv|glamorous glamourous|global globel|going goign gonig|good godd gud|gorgeous gorgous|
government goverment governement|graduate gradute|graffiti grafitti|grammar grammer gramar|grammatical gramatical|
grammatically gramatically|grateful greatful|gratitude gratitute|great graet|grocery grocary|group gruop|
guarantee garantee guarentee|guess geuss|guidance guidence|guide giude|guidelines guidlines|guitar gitar|habit habbit|
handkerchief hankerchief|handle handel|happened happend|happiness hapiness|harass harrass|harmful harmfull|
harmony harmoney|have hvae ahve haev hav|having haveing|headache headach|health helth|healthy helthy healty|
heard haerd|heavy hevy|height hieght heigth|help hlep hepl hlp|helpful helpfull|hesitate hesistate|hierarchy heirarchy|
hilarious hillarious|history histroy hisotry|holiday holliday|hoping hopeing|hospital hospitle hosptial|house huose|
how hwo|humorous humourous|hundred hundered|hurricane huricane|hygiene hygeine|hypocrisy hipocrisy|idea idae|
ideal ideel|ideas idaes|identify identfy|illegal ilegal|illness ilness|illustrate ilustrate|imaginary imaginery|
imagine imagin|immediate imediate|immediately immediatly imediately|immigrant imigrant|immune imune|
importance importence|important importent imporant importnat improtant|impossible imposible|impressive impresive|
improve imporve improove|incident insident|include inlcude|including includng|income incom|increase increse|
incredible incredable|independence independance|independent independant|indispensable indispensible|industry industy|
inflation inflasion|influence influance|information infomation informtion infromation infomration|
ingredient ingrediant|ingredients ingrediants ingredents|injury injery|innocent inocent|innovation inovation|
inoculate innoculate|inquiry inqiry|insect insekt|instructions intructions instuctions|insurance insurence|
integral intergral|intelligence inteligence intellegence|intelligent inteligent|interest intrest|
interested intrested intersted interrested|interesting intresting|internet internt|interrupt interupt|
interview interveiw|into inot|introduction intoduction introducton|investment investement|invitation invatation|
irrelevant irrelevent|irresistible irresistable|island iland|issue isue|itinerary itinery|jacket jaket|
JavaScript javscript javasript javascrpit|jealous jelous|jewellery jewelery|journey jorney|judge juge|juice jucie|
junior junoir|just jsut|keep kepe|keyboard keybord|kilometre kilometere|kind knid|kindergarten kindergarden|
kitchen kichen|knife kinfe|know knwo konw knw|knowledge knowlege knoledge|knowledgeable knowledgable|label lable|
laboratory labratory|language langauge lenguage languge lanuage|languages langauges|laptop labtop|last lsat|
laugh laugth|laundry landry|lawyer lawer|league leage|learn laern lern|learning lerning learing|legend legand|
leisure liesure|length lenght|lesson leson|letter leter lettr|liaison liason|library libary|license lisence|life lief|
like liek lyk lkie|limited limted|liquid liqiud|list lsit|listen lisen|literature litrature|little litle|
loneliness lonliness|long lnog|look loook|love lvoe luv|lovely lovley|luggage lugage|luxury luxery|machine machien|
machines machins|made maed|magazine magazin|maintenance maintainance|make amke maek mkae|making makeing|manage manege|
management managment|manoeuvre manuever|manual manuel|many mnay|market markte|marketing marketting|marriage marrige|
mathematical mathmatical|mathematics mathmatics|mattress matress|maximum maximun|maybe mabye|mayonnaise mayonaise|
mean maen|meaning meening|measure mesure|mechanic machanic|medicine medecine|medieval midieval|membrane membrain|
memory memmory|mental mentel|mention mentoin|message mesage messege|metaphor metaphore|method methord|
microwave micowave|migraine migrane|military millitary|millennium millenium|miniature minature|minimum minimun|
minute minuite|minutes minuites|miracle miricle|mischievous mischievious|misspell mispell|misspelled mispelled|
mistake misstake|modern modren|money mony moeny|month monht|more mroe|morning mornig|mortgage morgage|
mosquito musquito|most msot|mother mothr|motivation motivaton|mountain mountian|movement movment|movie moive|much mcuh|
multiple mutiple|muscle muscel|museum musem|mushroom mushrom|music musci|must msut|myself mysef|mysterious misterious|
mystery mistery|name naem|narrative narative|natural naturel|naturally naturaly|necessarily neccesarily|
necessary neccessary necesary neccesary necesarry|need nede neeed|neighbor nieghbor|neighbour nieghbour|
neighbourhood nieghbourhood|neither niether|nervous nervus|never nevr|next nxet|niece neice|night nite|
nineteen ninteen|ninety ninty|ninth nineth|nonsense nonsence|not nto|notebook notbook|nothing nothin|
noticeable noticable|nowadays nowdays|nuclear nucular|number nubmer numbr|nutrient nutreint|nutrition nutricion|
obesity obisity|obstacle obsticle|occasion ocasion occassion|occasionally occassionally|occurred occured|
occurrence occurence|occurring occuring|octopus octapus|office ofice|official offical|old odl|omelette omlette|one oen|
online onlien|only olny|open opne|operation opperation|opinion opinon|opportunities oppurtunities|
opportunity oppurtunity|opposite oposite|optimistic optomistic|orange ornage|orchestra orchestera|ordinary ordinery|
organisation orginisation|organised orgnised|organization orginization|original orignal orginal|originally orginally|
other ohter otehr|ourselves ourselfs|outrageous outragous|outside outsid|oven ovan|over oevr|overwhelmed overwelmed|
oxygen oxigen|package packege|pamphlet pamflet|paragraph paragragh paragaph paragrah|parallel paralel|parents parants|
parking parkin|parliament parliment|part prat|participate partcipate|particular particuler|particularly particulary|
passage pasage|passionate pasionate|passport pasport|password pasword|pastime pasttime|patient pateint|penguin pengiun|
pension penshun|people ppl poeple peopel|percent pecent|perfect perfact|performance performence|permanent permenant|
permission permision|persistent persistant|person presno persn perosn|personal persnal|personality personalty|
persuasive pursuasive persausive|phenomenon phenomonon|philosophy philosphy|phone fone|photo foto|photograph photgraph|
photosynthesis photosinthesis|phrase phrse|physical phisical|physics phisics|piano pianno|pick pcik|picture pictrue|
piece peice|pigeon pidgeon|place palce|plan paln|planet planit|playwright playwrite|pleasant plesant|
please pls plz plss pleas plese pleae pelase pleaze plaese|pneumonia pnumonia|poem peom|poetry poetrey|point piont|
poison poision|police pollice|political politcal|politician politican|pollution polution|popular poplar|
popularity populairty|population popluation|portable portible|Portuguese portugese|positive possitive|
possession posession|possible posible possable|potato potatoe|potatoes potatos|practical practicle|practice pratice|
precede preceed|prediction predicton|preferred prefered|pregnant pregnent|prejudice predjudice|prepare prepair|
presence presense|presentation presantation|president presidant|pressure presure|prevent prevant|previous previus|
principle prinsiple|prisoner prisner|private privite|privilege priviledge|probably probaly prolly probly|
problem problme probelm porblem|problems probelms problmes|procedure proceedure|process proccess|product prodcut|
professional proffesional profesional profesionnal|professor proffessor|program progam porgram progrm prgram|
programming programing|project porject|promise promiss|promotion promtion|pronunciation pronounciation|
proposal proposel|protect protekt|protein protien|provide provid|psychiatrist psyciatrist|psychology phsycology|
publicly publically|punctuation puncuation|purchase purchace|pursue persue|python pyhton pyton phyton pythn|
quality qualty|quantity quanity|quarantine quarentine|quarter quater|
question qestion quesiton quesion queston questoin qustion|questionnaire questionaire|
questions qestions quesitons questoins|quick quik|quickly quikly|quiet queit|quizzes quizes|quotation quatation|
radiator radiater|raise raize|random radnom|rarely rarly|raspberry rasberry|read raed|realize relize|
really realy rly rlly|reason raeson|reasons raesons|receipt reciept|receive recieve|received recieved|
receiving recieving|recently recenty|recession resession|recipe recipie reciepe receipe recepie recpie|
recipes recipies receipes|recipient recipiant|recognise reconise|recommend recomend reccomend reccommend|
recommendation recomendation reccomendation|recommendations recomendations reccomendations|recommended recomended|
recycle recyle|recycling recyling|reduce redcue|reference referance|referred refered|refrigerator refridgerator|
relationship realtionship|relatives relitives|relax realx|relevant relevent|religion religon|religious religous|
remedy remady|remember rember|remind remid|renaissance renaisance|rental rentle|repair repare|replace replase|
report reprot|representative representitive|requirement requirment|research reserch|reservation resevation|
resistance resistence|resources resorces|response responce|responsible responsable|
restaurant restaraunt restuarant resturant restraunt|restaurants resturants|result reslut|retirement retirment|
review reveiw|revision revison|revolution revoltion|rewrite rewirte|rhyme ryhme|rhythm rythm rythym|
ridiculous rediculous|right rihgt|roommate roomate|running runing|safely safly|safety safty|salary salery|
salmon salmom|same smae|sandwich sandwhich|satellite satelite|Saturday saterday saturady|sauce sause|says syas|
scenery scenary|schedule schedual shedule|scholarship scholership|school shcool scool skool|science sceince|
scientific sceintific|scissors sissors|screen scren|script scirpt|sculpture sculture|search serch|season seson|
second secodn|secret secert|secretary secratary|security secuirty|seize sieze|semester semster|send sned|sense sence|
sentence sentance setence sentense sentece|sentences sentances sentenses|separate seperate seprate|
separately seperately|serious serius|seriously srsly|service servise|several sevral|shampoo shampo|shelter sheltar|
shopping shoping|shortage shortige|should shoud shuold shoudl shud shld|shoulder sholder|show shwo|signal singal|
signature signiture|significant signficant|silence silance|similar similer|simple smiple|simultaneous simultanous|
since sinse|sincerely sincerly|sister sisiter|skeleton skeleten|skills skils|sleep slepe|small smal|social socail|
society socity|software sofware|solution soluton|solve slove|some soem|somebody sombody|someone somone|
something smth somthing somehting sumthing|sometimes somtimes|somewhere somwhere|sorry sry|source sorce|
spaghetti spagetti|speak speek|special speical|species speices|specific spesific|speech speach|spelling speling|
spinach spinich|sponsor sponser|spreadsheet spredsheet|square sqaure|squirrel squirel|start strat|statement statment|
statistics statitsics|steps stpes|still stil|stomach stomache|stopped stoped|story stroy sotry storry|straight straigt|
strategies stratagies|strategy stratagy startegy|strawberry strawbery|strength strenght|stretch strech|
strictly stricly|string stirng|structure structer|stubborn stuborn|student studnet|students studnets|study studdy|
studying studing|subject subjct|submit submitt|substitute subsitute|subtle suttle|succeed suceed|success sucess|
successful succesful successfull sucessful|successfully succesfully|such shuch|suddenly sudenly|sufficient suficient|
sugar suger|suggest sugest suggset suggets|suggestion sugestion|suggestions sugestions|suitable suiteable|
summarise sumarise summerise|summarize sumarize summerize summrize|summary sumary|summer sumer|sunglasses sunglases|
superior supirior|supermarket supermaket|supersede supercede|supervisor superviser|support suport|surface surfice|
surgeon surgen|surprise suprise|surprised suprised|surprising suprising|survey survay|survive survivve|
suspicious suspisious|swimming swiming|syllable sylable|syllabus sylabus|symbol symbl|symptoms symtoms|synonym synonim|
syrup syrop|system sistem|table tabel|take taek|talent talant|talk tlak|target targit|tattoo tatoo|teacher techer|
technique tecnique techinque|techniques tecniques|technology tecnology technolgy|teenager teanager|teenagers teanagers|
telephone telefone|tell tel|temperature temperture|temporary temporery|tendency tendancy|tennis tenis|terrible terible|
terrific terriffic|text txt|than thna|thank thnak|thanks thx thnx thanx thnks thansk|that taht tht thta|
the teh hte thw tge|their theri thier|them thme|themselves themselfs|then thne|theory theroy|there ther tehre|
therefore therfore|thermometer thermomiter|these thees|they tehy|thing thign|things thigns|think thikn thnik tihnk|
third thrid|thirty thrity|this thsi tihs|thorough thourough|those thsoe|though tho thogh|thought thougt|
thousand thousend|three thre|threshold threshhold|throat thraot|through throught thru thorugh|
Thursday thrusday thurday|ticket tikcet|time tiem tym|tired tierd|title titel|today tody todya|
together togehter togather|tolerance tolerence|tomato tomatoe|tomatoes tomatos|
tomorrow tommorow tmrw tomorow tommorrow tomoz|tongue tounge|tonight tonite|toothpaste toothpast|topic topik|
tourist turist|tournament tournement|toward torward|traditional tradtional|traffic trafic|tragedy tradegy|
training trainning|transfer transfere|translate tranlate translte translat trasnlate|translation transaltion|
transport transprot|travel travle|treatment treatement|tropical tropicle|trouble truble|trousers trowsers|truly truely|
try rty|Tuesday Teusday|turmeric tumeric|turn trun|tutorial tutoral|twelfth twelth|twitter twiter|type tpye|
types tpyes|typical tipical|umbrella umbrela|under undre|understand undestand understnd undersand unerstand understad|
unemployed unemploied|unfortunate unfortunat|unfortunately unfortunatly|unique uniqe|
university univercity universty univeristy|unnecessary unecessary|until untill|unusual unusal|update upadte|
usage useage|used usde|useful usefull|using useing|usual ususal|usually usualy|vaccine vacine|vacuum vaccum|
valuable valueable|variable varible|variety vareity|various varius|vegetable vegtable vegatable|
vegetables vegtables vegatables|vegetarian vegitarian|vehicle vehical|versatile versitile|version verison|
very veyr vrey|veterinarian vetinarian|vicious viscious|victim victum|video vidoe|village vilage|vinegar viniger|
violence violance|virus viris|visible visable|visitor visiter|vitamin vitamen|vocabulary vocabluary|volcano volcanoe|
volunteer volonteer|volunteers volonteers|vulnerable vunerable|wait wiat|waiter waitor|wallet walet|want wnat wnt|
wants wnats|warning warnning|was wsa wuz|watch wacth|water watter|watermelon watermelan|way wya|wealthy welthy|
weapon wepon|weather wheather|website webiste wesbite|wedding weding|Wednesday Wensday Wednsday wendsday|
weekend wekend|weight wieght weigth|weird wierd|welcome wellcome|well wlel|went wnet|were wree|
what wat waht wht whta hwat|wheel weel|when wehn whn|where wher whre|whether wheter|which wich whcih whihc|while whlie|
who woh|wholly wholy|why whyy|width widht|willingness willingnes|window windw|winter wintr|wisdom wizdom|
with wiht wth wtih|withdraw withdrawl|without wihtout witout w/o|witness wittness|woman womna|wonderful wonderfull|
word wrod|words wrods|work wrok wokr wrk|world wrold|worried worryed|worse worce|would woudl wuld wolud wud wld|
write wirte wrtie wriet wrte|writer writter|writing writting writng wrting|written writen|wrong worng|yacht yaht|
year yera|years yeras|yesterday yesturday yestarday|yield yeild|yoghurt yoghrut|you u yuo yoou|young yung|
your ur yuor yoru|yourself urself|zucchini zuchini
"""


_ENTRIES = [entry.split() for entry in _MISSPELLINGS.replace("\n", "").split("|")]
# By right word, and by misspelling, both in small letters.
WRONG_FORMS = {right.casefold(): tuple(wrong) for right, *wrong in _ENTRIES}
RIGHT_FORM = {form.casefold(): right for right, *wrong in _ENTRIES for form in wrong}

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
