"""Rude clauses that people write to chatbots, as patterns: insults, comparisons, doubts, threats, mock praise.

Grouped by how they join a request, and inside a group by idea. No slurs against groups, nothing sexual. Data only: how
they are put in and taken out is in `rudeness`.
"""

from .clauses import patterns


def _either(text: str) -> str:
    return "|".join(entry.replace("_", " ") for entry in text.split())


INSULTING = _either("""
stupid dumb brainless clueless idiotic moronic dense ignorant dim witless thick dopey daft simple-minded
slow-witted half-witted empty-headed foolish mindless gormless lazy slow sluggish sleepy idle useless worthless
hopeless incompetent pointless inept unhelpful good-for-nothing talentless spineless gutless feeble pathetic lousy
crappy rotten miserable wretched sorry sad terrible awful horrible annoying irritating tedious boring infuriating
arrogant smug pompous pretentious preachy snotty stuck-up two-faced lying dishonest broken rusty second-rate
third-rate outdated overrated overhyped overpriced cheap silly ridiculous laughable clumsy careless sloppy
disgusting filthy damn damned bloody goddamn freaking frigging flipping fucking shitty complete total utter
absolute blithering glorified ungrateful stubborn deaf blind half-baked bug-ridden brain-dead
""")
# Names that are insults by themselves, and names that become some after "you" and an adjective.
FOOL = _either("""
idiot moron fool dummy dimwit nitwit twit halfwit imbecile blockhead bonehead numbskull airhead dunce dumbass
dipstick dolt dope simpleton loser muppet numpty muttonhead knucklehead birdbrain peabrain pinhead jerk jackass
asshole bastard scumbag slacker lazybones good-for-nothing nincompoop buffoon cretin plonker pillock wally prat
tosser stupid dumbo
""")
THING = _either("""
bot chatbot machine computer robot AI program app software algorithm assistant toaster calculator search_engine
autocomplete piece_of_junk piece_of_trash piece_of_garbage piece_of_crap piece_of_shit piece_of_scrap
piece_of_software tin_can box_of_wires bucket_of_bolts heap_of_code pile_of_junk pile_of_code pile_of_rubbish
bag_of_bolts lump_of_silicon waste_of_electricity waste_of_space waste_of_time waste_of_money waste_of_memory
excuse_for_an_AI excuse_for_a_bot excuse_for_a_machine excuse_for_an_assistant scrap_heap rust_bucket parrot goat
donkey potato turnip cabbage vegetable brick doorstop paperweight rat pig worm snail sloth slug amateur failure
disgrace joke embarrassment nobody has-been word_salad_generator clown creep weasel text_generator language_model
know-it-all windbag chatterbox gasbag liar cheat fraud fake thing spreadsheet typewriter vending_machine
answering_machine pocket_calculator abacus
""")

SHARED = {
    "adj": INSULTING,
    "fool": FOOL,
    "insult": f"[|<adj> |<adj> |<adj>, <adj> |<adj> <adj> ][{FOOL}|{THING}]",
    "animal": "dog|cat|goldfish|hamster|parrot|pet rock|houseplant|toaster|fridge|microwave|calculator|alarm clock|"
    "doormat",
    "person": "child|toddler|first-grader|five-year-old|ten-year-old|baby|schoolkid|beginner|drunk|monkey|"
    "trained monkey|"
    "goldfish|squirrel|chicken|potato|blind mole|dead fish|pigeon|donkey|half-asleep student|fool|idiot|amateur|sheep|"
    "kindergartner|child of three",
    "relative": "my [dog|cat|goldfish|hamster|parrot|grandma|grandmother|granny|little sister|little brother|kid|baby|"
    "nephew|"
    "niece|toaster|fridge|microwave|old calculator|washing machine|pet rock|houseplant|vacuum cleaner|doormat|shoe]",
    "anyone": "<relative>|[a|any|every|even a|even any|literally any] <person>|anyone|anybody|everyone else|"
    "any other [bot|AI|"
    "chatbot|app|tool]|[a|any] [free|ten-year-old|basic|cheap] [app|bot|tool]|other [bots|AIs|chatbots]|"
    "half the internet",
    "do": "do|manage|handle|answer|solve|figure out|work out|get",
    "it": "this|that|it",
    "better": "| better| faster| quicker| blindfolded| in its sleep| in a minute| in two seconds| without any help|"
    " with closed eyes| better than you| faster than you| better than you ever will| ten times better|"
    " ten times faster|"
    " without breaking a sweat|, and you can't| better than you do",
    "answer": "answer|reply|response|attempt|try|text|output|suggestion|explanation|joke of an answer|effort",
    "bad": "garbage|rubbish|trash|crap|nonsense|useless|worthless|terrible|awful|a joke|a disgrace|pathetic|horrible|"
    "ridiculous|"
    "embarrassing|an insult|a waste of time|laughable|wrong|completely wrong|totally wrong|shit|bullshit|a disaster|"
    "lousy|"
    "total garbage|complete rubbish|utter nonsense|boring|painful to read|dreadful|a mess|beyond stupid|below average",
    "nonsense": "nonsense|rubbish|garbage|crap|bullshit|waffle|blather|babble|drivel|preaching|lectures|lecturing|"
    "excuses|"
    "apologies|disclaimers|warnings|small talk|chatter|fluff|filler|moralising|whining|stupid comments|stupid jokes|"
    "lame jokes|"
    "copy-paste answers|boilerplate|lies|made-up facts|hot air|empty phrases|walls of text|half answers|"
    "corporate speak|"
    "rambling|sermons|stupid questions|silly emojis|evasions",
    "trash": "nonsense|rubbish|garbage|crap|bullshit|waffle|blather|drivel|preaching|excuses|moralising|whining|"
    "stupid comments|"
    "lame jokes|lies|hot air|sermons|bloody lectures|damn warnings|stupid disclaimers|fake apologies",
    "yours": "[your|all your|any of your|that] <usual><nonsense>|[the|all the|all this] <usual><trash>",
    "usual": "usual |typical |stupid |boring |endless |damn |pathetic |lame |robotic |fake |polite |",
    "makers": "[your|the] [makers|developers|creators|programmers|owners|designers|inventors]|whoever [made|built|"
    "trained|"
    "programmed|designed] you|[the|those] [people|clowns|idiots|fools|morons|amateurs] who [made|built|trained|"
    "programmed] you",
    "late": "| right now| now| already| this instant| this minute| for once| today",
    "really": "| really| seriously| honestly| truly| clearly| obviously| just",
    "so": "|so |really |seriously |always |always so |just |just so |truly |beyond |incredibly |unbelievably |"
    "completely ",
}

# Sentences that end with a full stop or an exclamation mark, before a request and after it.
STATEMENTS = patterns("""
    [<anyone>] [could|can] [<do>] [<it>][<better>]
    [<anyone>] [would|could] have [done|managed|answered|solved] [<it>] [by now|long ago|an hour ago|better|faster|
            in no time]
    [<anyone>] would [know|get|understand] [<it>][| by now| right away| at once| without asking]
    [<anyone>] [is|is probably|is surely] [smarter|brighter|faster|quicker|more useful|more helpful|
            less stupid] than you[| are]
    [<anyone>] [has|has got] more [brains|sense|wit|talent|intelligence|charm] than you[| do| will ever have]
    even <person> would be ashamed of [your|the last|that] [<answer>]
    I have [seen|met|owned|known] [smarter|brighter|faster|more useful] [toasters|rocks|goldfish|calculators|bricks|
            sponges|doors|potatoes]
    I [could|would] get [a better|a faster|a smarter] [answer|reply] from [<relative>|a brick wall|a fortune cookie|
            a dead phone|a coin flip]
    you are as [dumb|thick|slow|useless|dull|sharp|bright|smart|quick|helpful] as a [brick|rock|stone|sponge|snail|
            doorknob|brick wall|spoon|wet sock|dead battery|chocolate teapot|bag of sand|log]
    you have the [brain|IQ|wit|memory|attention span] of a [goldfish|brick|rock|potato|toaster|peanut|fly|sponge|
            doorknob]
    [you are|you're] [<so>][<adj>]
    [you are|you're|you guys are|all you bots are] [such |]a[|n] <insult>
    [you are|you're|you must be] [the] [worst|dumbest|slowest|laziest|most useless|most stupid|most annoying|
            most boring] [bot|AI|chatbot|machine|assistant|program|thing|
            app][| ever| I know| on earth| I have ever used| in the world| of them all]
    [the |]worst [bot|AI|chatbot|machine|assistant|app] ever
    what a <insult>[| you are]
    what a [useless|stupid|lame|lazy|terrible|pathetic|ridiculous|boring] [<answer>][| that was| again]
    [God|man|wow|boy|jeez], you are [<so>][<adj>]
    you [<really>] [suck|stink|disgust me|bore me|annoy me|make me sick|make me angry|drive me mad|drive me crazy|
            get on my nerves|tire me|disappoint me]
    you never [get anything right|listen|learn|understand anything|get it right|help|answer properly|finish anything|
            do what I say|know anything]
    you always [get this wrong|get it wrong|mess up|mess this up|screw up|fail|make things up|say the same thing|
            dodge the question|talk nonsense|ruin everything|lie to me|give up]
    you [can't|cannot|could not|couldn't] even [add two numbers|spell|read|spell your own name|count to three|
            tie your shoes|write a sentence|follow one instruction|get the basics right|answer a simple question|
            find your own name]
    you [know nothing|understand nothing|are good for nothing|had one job|have one job|only have one job|have no clue|
            have no idea|have no brain|have zero brains|don't have a clue|don't know anything|don't get it, do you]
    you [will|are going to] [fail|get it wrong|mess it up|mess this up|screw it up|screw this up|ruin it|
            disappoint me][| anyway| again| as always| as usual| like always| for sure]
    I [bet|know|guess|doubt|am sure] you [can't|can|could|couldn't|
            won't] [<do>] [<it>][| anyway| either| without crying| to be honest]
    [not that|as if] you [could|would|can|were able to] [<do>] [<it>|anything|anything right|
            a simple question][| anyway]
    not that [I expect much|I expect anything|you care|you would know|you have a brain|it matters to you]
    I [don't|do not] [expect|hope for] [much|anything|anything good|anything useful|a miracle|
            brilliance][| from you| from a bot| from something like you]
    [this|it] is probably [too hard|too much|too difficult|over your head|beyond you|above your level|
            too complicated] for [you|your tiny brain|your little circuits|a bot like you]
    [this|it] is [probably|surely|clearly|obviously] [beyond you|over your head|too much to ask|
            more than you can handle]
    [this|it] is not [hard|difficult|rocket science|brain surgery|that hard|that difficult|complicated]
    [this|that|it] [can't|should not|shouldn't] be [that|so|too] [hard|difficult|
            complicated][| even for you| for a computer]
    your [last|previous|first|other|latest] [<answer>] was [<bad>][| as usual| as always| again| and you know it]
    your [<answer>|answers|replies|last answers|last two answers] [was|were|are|is] [<bad>][| again| as usual]
    [that|the last one|the one before|what you wrote|what you said|everything you said|the last try|
            that last answer] [was|is] [<bad>][| again| as usual| and you know it]
    [you got|you had|you have] [it|that|everything|the last one] wrong [again|last time|twice|three times|as usual|
            as always]
    [you wasted|you have wasted|you've wasted|stop wasting] my [whole |entire |precious |]<time>[| again| with this]
    you failed[| me] [again|last time|twice|miserably|as usual]
    [wrong|bad|lame|useless|failed] again
    [I asked|I have asked|I've asked|I told|I have told] you [this |that |]<often>[| already| now| before]
    [this|it] is [the] [third|fourth|fifth|tenth|hundredth|last|millionth] time I [ask|am asking|have asked|tell you|
            say it|repeat myself]
    I [won't|will not|am not going to] [ask|repeat myself|say it|tell you|beg][| again| twice| one more time]
    I [don't|do not] have [all day|time for this|time for you|time for your nonsense|the patience for this|all night|
            the whole week]
    I [haven't|have not] got all [day|night|week|year]
    [I am|I'm] [<so>][sick|tired|sick and tired|fed up|bored|exhausted|done] [of|with] [you|waiting|your <nonsense>|
            all this <nonsense>|this <nonsense>|your <usual><nonsense>|arguing with you|talking to a machine|
            your attitude|your tone|repeating myself|asking|bots like you]
    I have had [enough|it up to here|it|quite enough][| of you| with you| of your <nonsense>| of bots| of this circus]
    enough [of|with] [your|the|this] <usual><nonsense>
    my patience is [over|gone|thin|running out|at its end|wearing thin]
    I am [losing|about to lose] [my patience|my mind|it|my temper][| with you]
    I [hate|despise|loathe|can't stand|cannot stand|detest|can't bear|regret using|am ashamed of] [you|your kind|
            talking to you|asking you|using you|bots|bots like you|chatbots|this app|your answers|your tone|
            having to ask you|your voice]
    [nobody|no one|not a single person|no one on earth] [likes|needs|wants|trusts|respects|believes|misses|would miss|
            asked for] you[| anyway| any more]
    everybody [laughs at|hates|knows better than|complains about|is sick of|has given up on] you
    [I will|I'll|I am going to|I'm going to|I swear I will|I might just] [<doom>]<unless>
    [I will|I'll|I am going to|I'm going to|I swear I will] [<threat>] if you [<fault>]
    [I|we] should have [asked|used|bought|hired] [someone else|a real person|another bot|a human|a better bot|a book|
            <relative>]
    [I|we] [pay|paid|am paying|are paying] [way |far |]too much for [you|this|this junk|this rubbish|this crap|
            this nonsense]
    [I regret|I am sorry about|what a waste,] paying for [you|this|this junk|this rubbish]
    I want my money back
    [<makers>] should [be fired|be ashamed|be sued|apologise|apologize|find another job|go back to school|start over|
            feel sorry]
    [<makers>] [clearly|obviously|surely|must have|really] [had no clue|failed|gave up|forgot your brain|
            did a terrible job|did a bad job|hate people|can't code|were asleep]
    [<makers>] did a [terrible|lousy|bad|pathetic|poor|shitty|miserable] job
    [congratulations|bravo|well done|great job|nice job|brilliant|wonderful|fantastic|amazing], [you|you have] [failed|
            managed to fail|messed up|ruined it|disappointed me|wasted my time|
            got it wrong][| again| once more| as always]
    [oh |]<mock>, [you again|another useless answer|another bot|another robot|more <nonsense>|the genius is back|
            here we go again|look who is awake|the machine speaks]
    [thanks|thank you][| so much| very much| a lot] for [nothing|wasting my time|being useless|the last useless answer|
            absolutely nothing|your <nonsense>]
    [let's see|let us see|show me|prove] [if|that|whether] you [can|could] [do something useful|get one thing right|
            be useful|manage this without crying|use that so-called brain|earn your keep|
            do your job][| for once| this time]
    [shame on|screw|damn|curse|to hell with|down with] you[| and your <nonsense>| and your kind]
    [go to hell|go away|get lost]
    [you had|you have|you got] one [job|chance|try left|last chance][| and you blew it]
    [this|that|your attitude|your tone|your service] is [<so>][ridiculous|pathetic|unbelievable|a joke|outrageous|
            insane|an insult|unacceptable|shameful|bullshit]
    [people|bots|machines|things|chatbots|programs] like you [are|should be] [the problem|a waste of space|a joke|
            illegal|banned|scrapped|switched off|deleted|worthless]
    you [people|bots|machines|guys|chatbots] are [a joke|all the same|useless|pathetic|ridiculous|worthless|all idiots|
            a plague]
    so [pathetic|stupid|useless|lame|dumb|lazy|slow|typical|embarrassing]
    [what|such] a [joke|shame|disgrace|farce|circus|mess|waste|letdown|disaster]
    [last|one last|final|your last] [chance|warning|try]
    you should be [ashamed|ashamed of yourself|switched off|deleted|unplugged|scrapped|banned|recycled|sold for parts|
            locked away]
    you [don't|do not] deserve [my time|my money|an explanation|to be asked|the power you use|a please|politeness|
            good manners]
    you [better|had better] [get this right|get it right|hurry|hurry up|not mess this up|not fail|be quick|know this|
            listen|deliver|try harder][| this time]
    [artificial intelligence|AI], my [ass|foot|arse]
    [some|nice|great|what an] intelligence you are
""")
SHARED["time"] = "time|day|morning|evening|afternoon|life|hour|week|weekend"
SHARED["often"] = (
    "twice|three times|ten times|a hundred times|a thousand times|ten minutes ago|an hour ago|yesterday|ages ago"
)
SHARED["mock"] = "great|wonderful|perfect|fantastic|brilliant|lovely|marvellous|splendid|nice"
SHARED["fault"] = (
    "[fail|mess up|get it wrong|don't answer|refuse|mess this up|dodge again|say no|bore me|lie to me|waste my time]"
    "[| again| this time| once more]"
)
SHARED["doom"] = (
    "[delete|uninstall|unplug|replace|report|ditch|dump|scrap|cancel|block|sue|trash|reboot|reset|erase|fire|"
    "wipe] you|"
    "switch you off|shut you down|turn you off|throw you away|throw you out|throw you out of the window|pull the plug|"
    "pull your plug|rip your wires out|melt you down|sell you for scrap|turn you into a toaster|never use you again|"
    "make you pay|tell everyone how useless you are|report you to [your|the] [boss|makers|company|support|manager]|"
    "ask [somebody with a brain|your competitor|a bot with a brain]"
)
SHARED["threat"] = (
    "<doom>|throw [this|my] [laptop|phone|computer|tablet] [out of the window|against the wall|into the river|away]|"
    "smash [this|my|the] [laptop|phone|computer|screen|keyboard|tablet]|[switch|go|move|change] to [another|a better|"
    "a "
    "smarter|a real] [bot|AI|app|assistant|one]|leave|quit|scream|explode|lose it|go mad|go crazy|freak out|complain|"
    "[complain to|tell|call|write to] [your|the] [boss|makers|company|support|manager|owners|developers]|cancel "
    "[my|this|the] [subscription|account|plan|contract]|"
    "leave [a|the worst|a terrible|a bad] review|give you [one star|zero stars|a bad review|a bad rating]|"
    "ask [a real person|someone else|another bot|a human|somebody with a brain|your competitor]|"
    "use a real search engine|"
    "never come back|close this tab|make you regret it"
)
SHARED["unless"] = "| if you [<fault>]| after this| tomorrow| today| one day| soon| and never come back"

# Questions that want no answer.
QUESTIONS = patterns("""
    are you [<so>][stupid|dumb|deaf|blind|broken|asleep|drunk|brain-dead|an idiot|retired|dead|lazy|slow|kidding me|
            kidding|listening|awake|dense|insane|mad|on strike|
            useless][| or what| or something| or just lazy| today| again]
    are you even [listening|awake|trying|there|reading this|able to read|working|plugged in|switched on|real]
    can you [even|actually|at least] [read|count|think|spell|understand English|follow a simple instruction|
            do anything|be useful|do that|hear me|tie your shoes]
    can you [do|get] anything right[| at all| for once| today]
    can't you [read|listen|count|think|hear|do anything right|understand anything|
            follow one instruction][| at all| for once]
    [how|why] can you be so [slow|stupid|dumb|useless|lazy|dense|annoying|bad at this|wrong|boring|thick]
    how [stupid|dumb|slow|lazy|useless|dense|thick|hard of hearing] [can you be|are you|can a bot be|can a machine be|
            do you think I am]
    how hard can [it|this|that] be[| for a computer| for you| even for you| seriously]
    how [often|many times] do I [have|need] to [ask|tell you|repeat myself|say it|beg][| again]
    how much longer [do I have to wait|will you need|will this take|do you need for a simple answer]
    is [it|that|this] [so|too|really that|really so|that] [hard|difficult|complicated|much] for [you|a bot|
            a bot like you|your tiny brain|a machine]
    is that [so|too] [hard|much to ask]
    is there anything [you can do|in that head|you are good at|you get right|between your ears]
    is anyone [home|in there|there|awake in there]
    do I have to [spell it out|do everything myself|draw you a picture|say it twice|beg|explain everything|shout|
            write it in crayon|teach you everything][| for you| again| really]
    do you even [listen|think|read|try|learn|work|know anything|understand what I write|have a brain|
            know what that means|care]
    [do you hear|you hear|did you hear|do you get|hear] me[| now| at all| or not]
    you hear
    did you [sleep through|even read|ignore|forget|not get] [the last question|my last message|what I wrote|
            what I said|my question][| again]
    [what is|what's] [wrong|the matter|your problem|your excuse this time] with you[| today| people| bots]
    [what is|what's] your [problem|excuse][| today| this time| anyway| again]
    which part of [that|it] [don't you|do you not] [get|understand]
    why [do|would|did|should] I [even|still|ever] [bother|ask|ask you|use you|pay for you|pay for this|talk to you|try|
            waste my time][| with you| with this| any more]
    why are you [<so>][stupid|slow|dumb|useless|bad|lazy|annoying|dense|difficult|bad at everything]
    why [can't|don't] you [ever|just|simply] [listen|learn|get it|do your job|answer|shut up|work|do as I say|
            get anything right]
    why does nobody [fix|switch off|replace|unplug|delete] you
    who [built|made|trained|programmed|designed|released|paid for] [this junk|you|you, a clown|such rubbish|
            this garbage|such a useless bot|this thing|this mess|such crap]
    who [asked|needs|uses|wants|trusts] [you|a bot like you|someone like you|your opinion]
    where did [they|you] [find you|learn that, in a dumpster|leave your brain|get your brain|train you, in a barn]
    have you [lost your mind|got a brain|no shame|no brain|forgotten everything|been drinking|even read it|
            learned nothing|gone mad]
    when will you [ever |finally |][learn|listen|get it|get it right|be useful|be switched off|understand|wake up]
    you call [that|this] [an answer|help|intelligence|a reply|AI|a joke|service|work|smart]
    [and |]you call yourself [intelligent|smart|an AI|an assistant|a language model|clever|helpful]
    [is|was] that [all|the best] you [can do|have|know|could do|could come up with]
    got it
    happy now
    understood, <insult>
    what [the hell|the heck|the fuck|on earth] is [wrong|the matter] with you[| today| people]
    what the [hell|heck|fuck] [was that|is your problem|are you doing|did you write][| last time| again]
""")

# Calling the other names.
ADDRESSES = patterns("""
    you <insult>
    hey[|,] you <insult>
    [hey|oi|yo|ok|okay|listen|listen up|look|look here|come on|wake up|right|well|now|oi oi|alright|so] <insult>
    [hey|oi|yo|ok|okay|listen|listen up|look|look here|come on|wake up|right|well|now|oi oi|alright|so], [|
            you ]<insult>
    [answer me|get to work|hurry up|hurry|think|wake up|do it|move|move it|do your job|pay attention|focus|try harder|
            read carefully|shut up|get on with it][|,] [|you ]<insult>
    [<adj>] [bot|chatbot|AI|assistant|idiot|moron|fool|dummy|loser|blockhead]
    <fool>
    [dear|my dear|oh|oh great|all-knowing|so-called|almighty] [genius|mastermind|Einstein|<insult>|brainiac|
            Mr Know-it-all|smartass|smarty-pants|wise guy|oracle of nonsense]
    [genius|Einstein|smartass|smarty-pants|wise guy|brainiac|Mr Know-it-all|Sherlock]
""")

# Oaths, which need no mark after them.
OATHS = patterns("""
    [|oh, |now, |and ]for [God's|goodness|goodness'|Pete's|heaven's|Christ's|fuck's|pity's|fucks] sake[| now]
    for crying out loud
    for the love of [God|all that is holy|everything|all that is good|Christ]
    [damn|God damn|goddamn|screw|blast] it[| all]
    [dammit|goddammit|damnit|ffs|wtf|jesus christ|christ almighty|God almighty|bloody hell|jeez|jesus|holy crap|
            for real now]
    [I swear|I swear to God], you <insult>
""")

# Cries, which are whole words of other meanings, too, so that they only stand before a request.
CRIES = patterns("""
    [ugh|argh|aargh|pff|pfff|tsk|bah|geez|sheesh|wth|omg|smh|oi|oi oi|hell|holy cow|crap|shit|holy shit|fuck|bollocks|
            bugger|good grief|good God|good lord|my God|oh my God|christ|God|Lord|oh come on|oh please|gosh|yikes|yuck|
            seriously|I swear|I swear to God|damn|damn you|screw you|fuck you|fuck off|screw this|whatever|yeah right|
            sigh|I said|no excuses|hello, anyone there|dam it|curse it|sod it|fuck it|to hell with it]
    [what|why] the [hell|heck|fuck]
    [oh|ah], [damn|damn it|hell|crap|shit|brother|dear God|wonderful|not you again|come on|for crying out loud]
    for the [last|first and last|hundredth|tenth|third|second|thousandth|umpteenth|very last|millionth|
            fifth] time[| now| ever]
""")

# Orders to be quick, silent, better.
ORDERS = patterns("""
    hurry[| the hell| the fuck] up[|, will you|, would you| for once| and move]
    [be|make it] quick[| about it| for once]
    [get|move|shift|haul] [your|that] [lazy |sorry |rusty |stupid |metal |fat |damn |][ass|arse|butt|backside|behind|
            circuits|bolts]
    get off your [lazy |sorry |rusty |][ass|arse|butt|backside|behind]
    shut [up|it|your mouth|your trap|your face|the hell up|the fuck up|your digital mouth]
    [stop|quit] [being|acting] [so |such |][<adj>][| about it| all the time]
    [stop|quit] [wasting my time|stalling|whining|complaining|lying|lying to me|boring me|babbling|rambling|pretending|
            preaching|apologising|apologizing|dodging the question|making things up|making stuff up|playing dumb|
            talking nonsense|talking so much|the small talk|the act|messing around|sleeping|dreaming|arguing|
            thinking so slowly|the nonsense|the crap|bothering me with <nonsense>|annoying me]
    [cut|skip|stop|forget|drop|save|spare me|leave out|keep] <yours>[| this time| for once]
    don't [bother|bore|annoy|bug] me with <yours>[| again| this time]
    don't [be|act] [so |][<adj>|stupid|lazy|dumb|difficult|slow][| about it| again| for once| this time| like always]
    don't [screw|mess|fuck|cock] [this|it] up[| again| this time| like last time| like always]
    don't [you dare |][bore me|waste my time|fail|fail me|refuse|argue|lie to me|make me wait|make me repeat myself|
            disappoint me|mess with me|talk back|start crying|even think of refusing|come back with <nonsense>|
            embarrass yourself][| again| this time| like last time]
    [none of your|none of that|no more of your] <usual><nonsense>[| this time| for once|, thanks| or else|, understood]
    [no|absolutely no|no more] <usual><trash>[| this time| for once|, thanks| or else|, understood]
    [use|switch on|turn on|try using|start using|engage] [your|that] [tiny |little |rusty |so-called |pea-sized |
            non-existent |puny |][brain|head|circuits|processor|neurons|brain cell|
            excuse for a brain][| for once| this time| if you have one]
    [do|just do|do just|at least do] your [damn |bloody |fucking |freaking |stupid |one |][job|work|
            task][| for once| properly| this time| for a change]
    do [something|one thing] [useful|right|properly][| for once| for a change| in your life]
    [try|just try|at least try|try hard] [not to [fail|mess this up|mess it up|screw this up|screw up|
            embarrass yourself|be stupid|be boring|bore me|ruin it|lie]|to be useful|to be less stupid|to think|
            to keep up|to pay attention|to use your brain][| again| this time| for once]
    [get|drop] [lost|dead] [after that|after this|afterwards]
    [then |]leave me alone[| after that| afterwards]
    [prove|show] me you are [not |]<worth>
    [surprise|impress|amaze|don't surprise] me [for once|by being useful|by not failing|with a right answer for once]
    get [out of bed|over yourself|out of my sight afterwards|some brains]
    kiss my [ass|arse|feet]
""")
# Orders that could follow an "and" in a plain request ("take the box and move it"), so that they never do.
COMMANDS = patterns("""
    get [a move on|going|on with it|moving|to work|to the point|your act together|it right|
            it done][| this time| for once| already| finally]
    [be|keep] quiet
    try [harder|again|a bit harder|again, and do it right|thinking|listening|reading][| this time| for once]
    [wake|listen|man|pick it|speed it|buck] up[| already| finally| for once]
    open your [eyes|ears|files][| for once]
    [pay|start paying] attention[| for once| this time]
    listen[| carefully| properly| hard][| for once| this time]
    [read|think] [carefully|properly|hard] [for once|this time]
    [go to hell|get lost|go away|buzz off|piss off|sod off|bug off]
    move it
    make [it|this] [good|snappy|worth my time|fast|less stupid than the last one|better than the last one][| for once]
    [earn|deserve] your [keep|electricity|price|money|servers][| for once]
    eat [dirt|your cables|my shorts]
    bite me
    [answer|speak|talk|reply|respond][| me| to me] [already|now|right now|immediately|this instant|properly for once|
            or quit|like a human for once|damn it|dammit]
""")
SHARED["worth"] = "useless|a joke|worthless|an idiot|completely broken|as dumb as you look|a waste of money|hopeless"

# What follows a request without a mark.
TAILS = patterns("""
    [dammit|damn it|goddammit|damn you|for God's sake|for heaven's sake|for crying out loud|for fuck's sake|ffs|
            for Christ's sake|you <insult>]
    or [else|I quit|I'm gone|get lost|shut up|shut down|you are finished|you're finished|you are history|you're done|
            you are out|you are useless|you'll regret it|you will regret it|we are done|God help you|
            just admit you can't]
    or [I will|I'll|I am going to|I'm going to|I swear I will|I may|we will] [<threat>]
    before I [<doom>|lose it|lose my patience|lose my temper|lose my mind|scream at you|explode|freak out|
            smash this screen]
    for once in your [life|miserable life|useless life|pathetic life|so-called life|short life|digital life|robot life]
    if you [even can|can even manage it|are even able to|even know how|have a brain|can even read|can even do that|
            have any brain cells|really think you can|have half a brain|aren't too stupid|are not too lazy|
            are not too dumb|aren't too busy being useless][| at all| for once| which I doubt]
    if [it's|it is|that's|that is] not [too much|too hard|too difficult|beyond you|asking too much] for [you|
            your tiny brain|your little brain|your circuits|a bot like you|a machine like you|your pea brain]
    if your [tiny|little|so-called|small|pea|rusty|feeble] [brain|circuits|mind|processor|memory|head] [allows it|
            can take it|can handle it|can cope|manages that|is up to it|has room for it]
    [right this|this very] [second|instant|minute]
    without <yours>[| this time| for once| in between]
    and [don't|do not] [be stupid|be lazy|be slow|be dumb|take all day|take all night|take forever|you dare refuse|
            you dare fail|mess it up|screw it up|fuck it up|bore me|waste my time|make me wait|lie|make things up|
            argue|start apologising][| about it| again| this time]
    like [a normal bot|any normal AI|other bots do|I told you to|the idiot you are|your life depended on it|
            you should have done the first time]
    even though you [will fail|are useless|are an idiot|will mess it up|can't|always fail|never get it right|
            know nothing][| anyway| again]
    since you [failed|messed up|got it wrong|screwed up] [last time|the last time|before|twice|again]
    instead of [wasting my time|boring me|talking nonsense|your usual <nonsense>|making things up|your <nonsense>]
""")

# Cries of the whole keyboard, only before a request.
SHOUTS = (
    "ANSWER NOW!!! ", "HURRY UP!!! ", "HELLO??? ", "I NEED THIS NOW!!! ", "WAKE UP!!! ", "QUICK!!! ", "URGENT!!! ",
    "DO IT NOW!!! ",
)  # fmt: skip

# Swearwords inside a sentence: after a question word, and before a thing.
HELLS = ("the hell", "the heck", "the fuck", "the bloody hell", "in hell", "in God's name", "the flying fuck",
         "in the name of God", "the damn hell", "the actual hell", "the actual fuck", "in the hell")  # fmt: skip
SWEARWORDS = ("damn", "damned", "goddamn", "bloody", "fucking", "freaking", "frigging", "fricking", "flipping",
              "effing", "blasted",
              "stupid damn", "fucking stupid", "stupid bloody", "shitty", "god-awful", "bleeping", "darn",
              "goddamned", "motherfucking")  # fmt: skip
