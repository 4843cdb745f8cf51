"""Clauses around a request that belong to it. They stand where rude ones do, and say "you", too: these have to stay.

Without them a model learns that whatever stands before the first comma or after the last one can go.
"""

from .clauses import Clauses, patterns
from .grammar import Sampler, capitalised
from .sentences import bare, uncapitalised


def _lines(text: str) -> Clauses:
    return Clauses(patterns(text))


# Before the request and a comma.
OPENINGS = _lines("""
    [during|before|after|at] [my {event}|the {event} in {city}|the {event}|{event} with my {relative}]
    [in|for|from] [{country}|{city}|the {month} of {year}|{subject}|the case of {topic}]
    as {a job}[| in {city}| with {medium} years of experience]
    [when|while|if|as soon as|before|once] [you know the answer|I {action}|we {action}|you {action}|
            people talk about {topic}|you have read the text|{mass} is not enough|my {relative} asks]
    [given|considering|based on|apart from|instead of|unlike|without] [{topic}|{mass}|{a object} and {a object}|
            what you know about {topic}|{price} and {small} hours]
    [because|since|although|now that] [I am {a job}|you know {topic}|my {relative} likes {hobby}|we live in {city}|
            {mass} matters to {audience}]
    [using|with|by means of] [{a object}|{library}|{mass}|the words below|only {food}]
    [in other words|for example|on the other hand|step by step|in theory|in your opinion|in general|by the way]
    [hey|hi|hello|ok|so|well|yes|no]
    [my {relative}|my neighbour|my boss|{name}|our club] [has|likes|wants|bought|lost|is afraid of|
            asked about] [{a object}|{topic}|{mass}|{hobby}]
    [I|we] [want to {action}|need to {action}|like {hobby}|bought {a object}|read about {topic}|never {action}]
    I [can't|cannot] decide between [{a object} and {a object}|{food} and {food}|{city} and {city}]
""")
# Whole sentences before or after it.
SENTENCES = _lines("""
    You [will be|are] [given|asked about|shown] [{a object}|{topic}|{a text_kind}|{a adjective} {object}]
    You [will need|want|have|try] to {action}
    You [should|may|can|do not have to] [use|mention|know|compare] {topic}
    I [have tried|think about|worry about|wonder about|like|do not like|read about] [{topic}|{hobby}|{mass}]
    I think [you are someone who likes {hobby}|{mass} is {adjective}|{food} is better than {food}|we {action}]
    [Describe|Explain|Compare|Name|Mention] [each of them|both|{topic}|{mass} as well|the other {number_word}]
    [My {relative}|{name}|Everyone I know|The manual|{brand}] says that [{mass} is {adjective}|you can {action}|
            {food} costs {price}]
    [The one|Mine|The old one|The other] [is {colour}|broke|is {small} cm long|costs {price}|does not work]
    There [are|will be] {small} {countable}, and the rest [is|are] {adjective}
    Your [answer|text|plan|list] [will|should|may] [mention {topic}|have {small} parts|begin with {mass}|
            go to my {relative}]
    [|Please ][try|do your best|be sure|remember|take care] to [justify your choice|explain each step|name {topic}|
            stay {adjective}|mention {mass}|keep it simple|think of {audience}]
    Your [reply|solution|proof|story|report|reasoning] [should|must|has to|ought to] [show each step|
            say how you got there|stay under {medium} words|be easy to follow|be {adjective}|
            convince {audience}|lead from {mass} to {mass}]
    [Make|Be] sure that [each step is clear|{mass} is mentioned|the tone is {tone}|
            my {relative} can follow]
    [Use|Include|Add|Avoid|Leave out|Do not use|Don't mention|Do not forget|Skip|Stop before|
            Start with] [short sentences|{mass}|{topic}|{small} examples|{a object}|
            the word "{object}"|{a adjective} ending|the first step]
    [Show|Give|Write down|Tell me] [the method|your reasons|how you got there|what you tried|
            each step][| in {small} lines| for {audience}]
    [Think about|Look at|Pay attention to|Be careful with|Be creative with|Take your time with|Get to know] [{topic}|
            {mass}|the {plural}|the {object}]
    [He|She|They|{name}|My {relative}] [went to {city}|bought {food}|sat down|began to {action}|lost {a object}|
            asked for {a object}|made {food}|talked about {topic}]
    This is [the second time I {action}|about {topic}|for {audience}|not about {mass}|where {name} lives]
""")
# What an answer is not to hold: people begin with it as often as with an insult.
PROHIBITIONS = _lines("""
    [Don't|Don't|Do not|Do not|Please don't|Please do not|Never|You must not|Try not to] [use|include|mention|add|name|
            list|write|explain|repeat|copy|tell me|give me|show me|suggest|start with|forget|change|sell me|
            make it] [{mass}|{topic}|any {plural}|any {mass}|{a object}|the {object}|long words|the {adjective} parts|
            more than {small} lines|anything {adjective}|your opinion|the ending|code]
    [Don't|Do not|Please don't|Never|You must not] [use|include|mention|write|give me|tell me|
            suggest] [{mass}|any {plural}|{a object}|{topic}]
    I [don't|do not|can't|cannot|never|won't] [like|need|eat|use|understand|stand|afford] [{food}|{a object}|{mass}|
            {topic}]
    No [{plural}|{food}|{mass}|long words|code][| this time|, please]
""")
# Questions after it.
QUESTIONS = _lines("""
    [Was|Is] [it|he|she|{name}|the {object}] [ever|still|really|often] [{adjective}|in {city}|sold in {country}|
            used for {hobby}|asked about {topic}]
    [Which|What] [{object}|{food}|{animal}|city|{job}] is the most {adjective}[| of all| in {country}| for {audience}]
    [Who|Where|When|Why] did [{name}|my {relative}|people in {city}] [{action}|first {action}|need {a object}]
    [Can|Could|Should|May] [I|we|my {relative}|{audience}] [{action}|have {food}|
            use {a object}][| instead| as well| first]
    How [long|often|much|far] [does it take|is it|will it cost|do we need][|, and is it {adjective}]
    [Have you any tips on|Are you familiar with|Do you know|Do you recommend|Did you read about] [{topic}|{mass}|
            {plural}]
    [Isn't|Wasn't] [it|that|{name}|{mass}] [{adjective}|in {city}]
    [Don't|Can't|Won't|Shouldn't|Didn't] [we|they|{plural}] [{action}|need {a object}]
    [Or|And] [is it {adjective}|does it need {mass}|what about {topic}|do {plural} cost more]
""")
# Before a request that begins with a verb.
PREFACES = _lines("""
    [It would be|That would be] [great|helpful|kind|nice|lovely] if you could
    [I would like|I'd like|I want|I need|We need] you to
    [You should|You have to|You are to|Your task is to|Your job is to|The next thing is to|Be so kind as to]
    [Let us|Let's|Now|First|For {audience}|As {a job}]
""")
# After the request, bare of its mark.
ENDINGS = _lines("""
    , [or|and|but not|such as|as well as|especially|for example] [{topic}|{mass}|{food}|{a object}|
            {plural} in {country}]
    , [and|or] [tell me what you think|say who is right|who it belongs to|what you would do|how it ends|
            why it matters to {audience}|what the other {number_word} are]
    [ that| which|, which] [shows {topic}|is about {mass}|I can use for {hobby}|demonstrates {abstract}|
            my {relative} likes]
    , [so|because|since|as|although] [I am {a job}|it is not a surprise|you want to be sure|we live in {city}|
            my {relative} does not like {food}|{mass} is {adjective}]
    [ if| when| unless| before| after| while] [I {action}|you do not know it|it is {adjective}|my {relative} is away|
            {brand} stops selling it|something goes wrong]
    [ instead of| based on| in terms of| according to| without] [{topic}|{mass}|{a object}|{food}]
    , [please|if you can|where possible|step by step|in your own words|as you would for {audience}|one after the other]
    , [don't you think|is that right|I guess|they say|by the way|as far as you know]
    , [I|we] [always mix them up|never {action}|have no idea|need it for {hobby}|keep forgetting|like {topic}|
            want to {action}]
    , [help me choose|help me decide|can you help|any ideas|any tips|what do you suggest|what should I do|
            how do I begin|where do I begin|can I {action}|should we {action}]
    , [my {relative}|{name}|nobody here] [likes {hobby}|does not like {food}|asked me|wants to {action}|
            needs {a object}]
    [ and| or] [{hobby}|{topic}|{food}|{mass}|{a object}]
    , {a object}, {a object}[, and| and| or] {a object}
    , {mass}, {mass}[, and| and] {topic}
    [ and|, and] [how|why|when] [do|can|should] [{plural}|{audience}|we] [{action}|change {mass}|influence {mass}]
    [ for|, for] [{a event} in {city}|{medium} days in {country}|{small} hours of {hobby}|a week of {hobby} in {month}]
    [ or|, or] [famous for|used for|afraid of|accused of|interested in|known for] [{topic}|{mass}|{hobby}]
    [,|] without [relying on|naming|using|losing|buying] [{topic}|{mass}|{a object}|the {object}]
    [; if not,|, if not|, and if so] [why do so many people {action}|what about {mass}|how do we {action}|say why]
    [ (|, ][A|1][) |: ]{a object}[ (|, ][B|2][) |: ]{a object}
""")
# Verbs that requests begin with.
_VERBS = frozenset(
    "Write Explain List Describe Give Tell Create Make Suggest Compare Name Plan Find Help Show Recommend Define "
    "Draft Design Solve Calculate Compute Convert Classify Sort Summarise Summarize Translate Rewrite Provide Invent "
    "Discuss Outline Implement Teach Choose Count Fix Debug Think Build".split()
)


def with_aside(sampler: Sampler, line: str) -> str:
    """Put a clause or a sentence that says something before or behind a request of one line."""

    def drawn(clauses: Clauses) -> str:
        return sampler.fill(clauses.draw(sampler))

    kind, mark = sampler.rng.random(), line[-1] if line[-1] in ".?!" else ""
    if kind < 0.2:
        return _with_prohibition(sampler, line, mark, drawn(PROHIBITIONS))
    if kind < 0.27 and line.split()[0] in _VERBS:
        return f"{capitalised(drawn(PREFACES))} {uncapitalised(line)}"
    if kind < 0.42:
        return f"{capitalised(drawn(OPENINGS))}, {uncapitalised(line)}"
    if kind < 0.53:
        return f"{capitalised(drawn(SENTENCES))}. {line}"
    if kind < 0.72 and mark:
        return " ".join([line, *(f"{capitalised(drawn(SENTENCES))}." for _ in range(sampler.whole(1, 2)))])
    if kind < 0.78 and mark:
        return f"{line} {drawn(QUESTIONS)}?"
    return bare(line) + drawn(ENDINGS) + mark


def _with_prohibition(sampler: Sampler, line: str, mark: str, clause: str) -> str:
    place = sampler.rng.random()
    if place < 0.35:
        return f"{clause}. {line}"
    if place < 0.5:
        joint = sampler.pick((", just ", ", but ", " but ", ", instead ", ": ", "; "))
        return clause + joint + uncapitalised(line)
    if place < 0.75 and mark:
        return f"{line} {clause}{sampler.pick(('.', '.', '!', ''))}"
    return bare(line) + sampler.pick((", but ", ", and ", " but ", ", ")) + uncapitalised(clause) + mark
