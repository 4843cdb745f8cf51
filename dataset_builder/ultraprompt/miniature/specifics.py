"""Instructions that say already what is wanted: length, readers, form, purpose, examples, what to leave out, order.

The parts are small and meet in many shapes, so that a model sees the idea (it is all said) and not the strings. Slots
in braces are those of `grammar`; `[a|b]` are alternatives. Knows nothing of flaws and refinements.
"""

from .clauses import Clauses, patterns
from .grammar import Sampler, capitalised


def _lines(text: str) -> Clauses:
    return Clauses(patterns(text))


# Parts of a sentence, by what they settle.
LENGTH = _lines("""
    in [at most|no more than|about|fewer than|under|around|exactly|up to] {hundreds} words
    in {hundreds} to {hundreds} words
    in [{number_word}|{small}|exactly {number_word}|at most {number_word}] [sentences|paragraphs|short paragraphs|
            bullet points|lines|steps|numbered points]
    on [a single page|half a page|one side of paper]
    in {number_word} [paragraphs of {number_word} sentences each|bullet points of one line each|
            steps of one sentence each]
    in a [two-minute|three-minute|five-minute] read
""")
READERS = _lines("""
    [for|aimed at|so that it suits] [{audience}|{a job}|{a job} with no background in {subject}|a ten-year-old|
            a child of eight|{a tone} reader|my {relative}, who is {a job}|a class of {medium} pupils|
            someone who has never heard of it|readers of a {subject} magazine|people new to {subject}|
            a panel of {job}s|{audience} in {country}|first-year students of {subject}]
""")
MANNER = _lines("""
    in {a tone}[| and {tone}|, {tone}|, never {tone}] [tone|voice|style]
    in [plain|simple|formal|everyday|plain British] English
    in the [first|second|third] person[|, in the present tense|, in the past tense]
    [using|with] [one everyday comparison|no technical terms|short sentences|simple words|one running example|
            the metric system|British spelling|one image from everyday life|an example from {country}|
            an analogy from {hobby}]
    without [jargon|technical terms|formulas|clichés|rhymes|exclamation marks|lists|headings|mentioning {brand}|
            adjectives like "{adjective}"]
""")
FORM = _lines("""
    as [a table with the columns "{Object}", "{Adjective}" and "{Food}"|a table with columns for [price|cost|time|
            age], [quality|weight|effort] and [risk|colour|size]|a numbered list|
            a bulleted list with one sentence per bullet|a checklist|a letter with a greeting and a signature|
            a dialogue between {a job} and {a job}|a timeline from {year} to {year}|a Markdown table|
            a JSON object with the keys "{id}" and "{id}"|one paragraph without line breaks|questions and answers]
    with [a title|a one-sentence summary at the top|a short conclusion|an example for each point|
            {number_word} headings|the most important point first|one number and its source per point|
            a call to action at the end|the date {date} in the first line]
    [starting with|beginning with|opening with] [a question|the definition|the most important fact|a short anecdote|
            the word "{object}"]
    [ending with|closing with] [{number_word} questions for the reader|one piece of advice|a summary of one line|
            a call to visit {place}|the next step]
    [sorted by|ordered by|grouped by] [price|date|importance|difficulty|size|cost, cheapest first|year, newest first|
            country]
""")
PURPOSE = _lines("""
    [for|to be used in|to go into] [the {month} issue of our newsletter|a talk on {date}|a poster in the {place_kind}|
            a {subject} lesson|my {event} on {day}|a {brand} brochure|an exam on {subject}|
            a podcast episode of {medium} minutes|our website|a leaflet handed out at the {place_kind}]
    so that [I can read it aloud in {number_word} minutes|my {relative} can follow it without help|
            it fits on one slide|it can be printed on a postcard|{audience} can use it at once|
            no further explanation is needed]
""")
LIMITS = _lines("""
    [leaving out|leave out|skip|without] [prices|dates|names of people|the early history|politics|{country}|
            anything before {year}|personal opinions|side effects|brand names]
    [covering|limited to|focused on] [{country} and {country}|the years {year} to {year}|
            {number_word} causes and {number_word} effects|costs, time and risks|beginners' mistakes|{city} only|
            {topic}]
    within a budget of {price}
    given that I have {small} hours a week and {price}
""")

# Whole sentences that narrow a request.
RULES = _lines("""
    [Output|Return|Give|Print|Send] only the [result|text|list|answer|table|final version][|, without any comment|
            , nothing else|; no introduction and no closing line]
    [Stay under|Do not exceed|Keep it below|Keep to] {hundreds} [words|characters]
    [The readers are|It is meant for|The audience is|I write for] {audience}[|
            , who know nothing about {subject}| in {country}|, mostly {job}s]
    The [tone|voice|style] should be {tone}[| and {tone}|, not {tone}]
    [Do not|Never|Please do not] [mention|use|name|refer to] [prices|{brand}|{country}|statistics|technical terms|
            any dates|the word "{adjective}"]
    [Mention|Include|Work in] [{place}|the year {year}|{a object}|{number_word} numbers with their source|
            one example from {country}|one counterexample|the price of {price}]
    [Begin|Open|Start] with [a question|one sentence that sums it up|the word "{object}"|a short greeting to {name}]
    [End|Close|Finish] with [one sentence of advice|{number_word} questions|a summary of one line|the date {date}]
    [Use|Write] [exactly|at most|at least] {number_word} [paragraphs|bullet points|examples|headings|
            sentences per paragraph]
    [The context|Background|What it is for]: {a event} [in {city} on {date}|for {medium} {job}s|with {audience}]
    [An example of the style|Style|Model]: "{quote_line}"
    Where [experts disagree|sources differ|facts are unsure], [say so|name both sides|give both figures]
    [First|To begin with,] [define the terms|name the goal], then [give the reasons|list the steps|
            compare the options], and [finally|last] [draw a conclusion|name the costs|say what is unsure]
    [Give|State] [weights in grams and lengths in centimetres|all times in minutes|all prices in euros|
            temperatures in °C|distances in kilometres]
    Limit [it|yourself|the answer] to [{country}|{number_word} points|the years after {year}|
            what {a job} can do without help]
""")
CODE_RULES = _lines("""
    [Write it in|Use|The language is] {programming_language} {small}[|, standard library only|
            , without third-party packages|, with {library}]
    [The signature is|Its signature should be|Use the signature] `{id}({id}, {id})`
    [It takes|The input is] {a code_thing}[| of up to {thousands} entries| of length {medium} or less|
            , never empty] and [it should return|the output is|it returns] {a code_thing}
    [For|Given] [an empty input|a missing key|a negative number|invalid input], [raise a ValueError|return None|
            return an empty list|return {small}|print a one-line error and exit]
    [Example|Test|It has to pass]: `{id}({medium})` [returns|gives|should return] `{large}`
    [Include|Add|Write] {number_word} [unit tests|pytest cases|
            asserts][| that cover the empty input| for edge cases| in a separate block]
    [It must run|Aim for|Keep it] in [linear|constant|logarithmic|quadratic] [time|memory]
    [Return|Output|Give me] only the code[|, without explanation| in one block| and a docstring]
    [No|Do not use] [recursion|global variables|regular expressions|external libraries|list comprehensions|classes]
    [Add|Include] type hints[| and a docstring with one example| for all arguments]
    Keep [the public interface|the names of the arguments|lines under {medium} characters|
            it compatible with version {small}]
""")
MATHS_RULES = _lines("""
    [Show|Write down] [every step|each step on its own line|the calculation line by line|the formula first]
    [Give|State|Express] the [answer|result] [in {unit}|as a fraction in lowest terms|as a decimal|
            in scientific notation|to {number_word} decimal places|with its unit]
    [Round|Round the result] to {number_word} [decimal places|significant figures]
    [Check|Verify] [it|the result] by [substitution|estimating|working backwards|a second method]
    Use [only methods from primary school|no calculator|the quadratic formula|g = 9.81 m/s²|π = 3.14|
            equations rather than trial and error]
    [Write|Put] the [final answer|result] [on its own line|in bold|after "Answer:"]
    Wanted: [the result in {unit}|the share in percent|the time in minutes|the cost per person in euros]
    [Name|State] [the rule used in each step|all assumptions|the theorem you use]
""")

# Who asks, what for, and what the request follows.
SITUATIONS = _lines("""
    I am {a job} [preparing|planning|writing|organising] [a talk for {audience}|a {event} for {medium} guests|
            a leaflet on {topic}|a lesson on {mass}|a meeting with {number_word} {job}s]
    [We are|I work with] {number_word} {job}s in {city} and [have to decide by {date}|meet every {day}|start on {date}|
            have {price} to spend]
    My {relative} [turns {medium} on {date}|starts work as {a job} on {day}|has {small} minutes a day for this|
            knows {subject} well but not {subject}]
    This is for my [course on {subject}|job as {a job}|talk at the {place_kind}|{event} on {date}]
    You are {a adjective} {job} [answering|advising|writing for|speaking to] {audience}
    I [have|own] {a object} from {brand}, {small} {countable} and a budget of {price}
""")
# Questions whose scope is settled.
QUESTIONS = _lines("""
    Between {year} and {year}, which [{number_word} |]{plural} [changed|grew|spread|
            fell in price] most in {country}, and by how much[| in percent]?
    Which [of the two|one] is [cheaper|faster|safer|
            better] for {audience} with a budget of {price}: {a object} or {a object}? Give {number_word} reasons.
    In {country}, how did {mass} [change|
            develop] between {year} and {year}, and what were the {number_word} main causes? Name one source for each.
    What are the {number_word} main differences between {mass} and {mass} in terms of [cost|risk|effort|
            history], [in at most {hundreds} words|in one table|one sentence each]?
    How many [grams|litres|euros|minutes] of {food} do I need for {medium} people, if each [eats|gets] {large} [grams|
            millilitres]? Show the calculation.
    If I save {price} a month for {small} years at {small}% interest, how much is it in the end, rounded to euros?
    What was the role of {person} in {subject} before {year}? Answer in {number_word} sentences for {audience}.
    How can I [{action}|{action} and {action}] in {small} weeks with {small} hours a week and {price}? Plan by week.
    Compare {food} and {food} as a source of [protein|vitamins|
            fibre] per 100 grams, in one table, and say which suits {audience}.
    Which {number_word} [books|films|
            songs] from {year} to {year} about {topic} suit {audience}? Give title and year.
    Is {a object} for {price} a better choice than {a object} for {price} if I [live in {city}|
            use it {small} hours a week|share it with my {relative}]? Weigh cost, weight and repair, then decide.
    By what percentage did the price rise if {food} cost {small} euros in {year} and {medium} euros today? Round it.
""")
# Openings that a sentence with many parts goes on from.
TASKS = _lines("""
    [explain|describe|summarise|introduce|outline|present] [{mass}|{topic}|how {abstract} and {abstract} are related|
            the history of {mass}|the role of {plural} in {country}|how {mass} works]
    [write|draft|compose] {a text_kind} about [{topic}|{mass}|{story_idea}|{a event} in {city}]
    [list|name|suggest|give me] {number_word} [ways to {action}|ideas for {a event}|facts about {topic}|
            arguments for {mass}|uses of {a object}|gifts for my {relative}]
    compare [{mass} with {mass}|{food} with {food}|{a object} with {a object}|{country} and {country}]
    [plan|prepare|set up] {a event} [in {city}|for {medium} people|with my {relative}]
    [describe|explain|write down] how to {action}
    [write|compose] {a genre} story about {story_idea}
""")
_PARTS = (LENGTH, READERS, MANNER, FORM, PURPOSE, LIMITS)


def _drawn(sampler: Sampler, clauses: Clauses) -> str:
    return sampler.fill(clauses.draw(sampler))


def _parts(sampler: Sampler, count: int) -> list[str]:
    return [_drawn(sampler, clauses) for clauses in sampler.rng.sample(_PARTS, count)]


def rules_of(sampler: Sampler, intent: str, count: int) -> list[str]:
    """Draw whole sentences, without their marks, that narrow a request of this intent."""
    pool = {"code": CODE_RULES, "maths": MATHS_RULES}.get(intent, RULES)
    return list(dict.fromkeys(_drawn(sampler, pool) for _ in range(count)))


def situation(sampler: Sampler) -> str:
    """Draw who asks and what for."""
    return _drawn(sampler, SITUATIONS)


def one_sentence(sampler: Sampler) -> str:
    """Draw a request that says what it wants in one sentence, or two."""
    if sampler.chance(0.2):
        return _drawn(sampler, QUESTIONS)
    task, parts = _drawn(sampler, TASKS), _parts(sampler, sampler.pick((2, 3, 3, 4)))
    shape = sampler.rng.random()
    if shape < 0.25:
        length = _drawn(sampler, LENGTH)
        text = f"{capitalised(length)}, {task}, {_drawn(sampler, READERS)}, {_drawn(sampler, MANNER)}"
    elif shape < 0.5:
        text = f"{task} {parts[0]}, {', '.join(parts[1:])}"
    elif shape < 0.65:
        text = f"{situation(sampler)}{sampler.pick(('; ', ': ', ', so '))}{task} {parts[0]}, {parts[1]}"
    elif shape < 0.8:
        text = f"{task} ({sampler.pick(('; ', ', ')).join(parts)})"
    elif shape < 0.9:
        text = f"{task}: {'; '.join(parts)}"
    else:
        text = f"{capitalised(parts[0])}, {task}. {capitalised(parts[1])}"
    return capitalised(text) + "."


def shaped(sampler: Sampler, head: str, rules: list[str]) -> str:
    """Put narrowing sentences after a request: as sentences, in brackets, numbered, as bullets.

    Args:
        sampler (`Sampler`):
            Source of every draw.
        head (`str`):
            The request, with its final mark.
        rules (`list[str]`):
            The sentences, without their marks.
    """
    small = [rule[:1].lower() + rule[1:] for rule in rules]
    shape = sampler.rng.random()
    if shape < 0.15:
        numbered = " ".join(
            f"({number}) {rule}{';' if number < len(rules) else '.'}" for number, rule in enumerate(small, 1)
        )
        return f"{head} {sampler.pick(('Requirements', 'Conditions', 'Please note', 'Rules'))}: {numbered}"
    if shape < 0.3:
        return f"{head} ({'; '.join(rules)}.)"
    if shape < 0.45:
        mark = sampler.pick(("- {}", "* {}", "{n}. {}", "{n}) {}"))
        lines = "\n".join(mark.format(rule, n=number) for number, rule in enumerate(rules, 1))
        return f"{head}\n{lines}"
    if shape < 0.65:
        return f"{head} {'; '.join([rules[0], *small[1:]])}."
    return " ".join([head, *(f"{rule}." for rule in rules)])
