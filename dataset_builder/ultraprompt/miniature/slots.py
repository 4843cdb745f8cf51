"""What may stand in the slots of the templates: words, numbers, names, passages, lists, tables, code. Knows no tasks.

The lists are strings with one entry per line. Everything random comes from the `Sampler` that is passed in.
"""

import json

from . import vocabulary as words
from .grammar import Rule, Sampler, capitalised, pseudo_word


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


# Sentences about one subject, for passages; {name1}, {town1}, {brand1} and {topic1} are the same all through one.
_PERSON = _lines("""
    {name1} {surname1} was born in {city} in {year}.
    {name1} works as {a job} for a small company called {brand}.
    As a child, {name1} wanted to become {a job}, but life went another way.
    Every {day}, {name1} goes {hobby} with {pronoun1} {relative}.
    In {year}, {name1} moved from {city} to {city} with two suitcases and {a animal}.
    {name1} {surname1} is best known for {a text_kind} about {topic}.
    Friends say that {name1} is {adjective} and {adjective}, but never {adjective}.
    {name1} collects {adjective} {countable} and keeps them in {a object}.
    After {number_word} years as {a job}, {name1} opened a shop for {countable}.
    At first nobody noticed the {adjective} {object} on {name1}'s desk.
    {name1} lost {a object} on the way home, and a {job} found it near the {place_kind}.
    One {adjective} morning {name1} heard a noise behind the {object}.
    "{quote_line}", said {name1}, and closed the {object}.
    {name1} speaks {language} and a little {language}.
    The doctor asked {name1} to drink more water and to sleep at least {small} hours a night.
    {name1} studied {subject} at the university of {city} and left in {year}.
""")
_TOWN = _lines("""
    {town1} is a {adjective} town with about {thousands} inhabitants in the north of {country}.
    {town1} is known for its {place_kind}, which was built in {year}.
    Every {month}, the people of {town1} hold a {event} that lasts {number_word} days.
    The main industries of {town1} are {hobby}, {food} and {mass}.
    In {year}, a fire destroyed the {place_kind} of {town1} and {small} houses around it.
    The river {invented1} runs through {town1} and joins the sea near {invented}.
    Most visitors come to {town1} between {month} and {month}, when the weather is {adjective}.
    {town1} has {small} schools, one {place_kind} and a {adjective} {place_kind}.
    The mayor of {town1}, {name} {surname}, wants to close the old {place_kind}.
    A train from {city} reaches {town1} in {small} hours and {medium} minutes.
    The name {town1} comes from an old word for {animal}.
    Winters in {town1} are {adjective}, with temperatures of about -{small} °C.
""")
_FIRM = _lines("""
    {brand1} was founded in {year} by {name} {surname} and {name} {surname} in {city}.
    {brand1} sells {adjective} {countable} in {medium} countries.
    Last year, {brand1} reported sales of {price} million, {small}% more than the year before.
    The new {object} from {brand1} costs {price} and weighs {medium} grams.
    Customers of {brand1} complain about {adjective} deliveries and {adjective} packaging.
    {brand1} employs {thousands} people, and about {medium}% of them work from home.
    On {date}, {brand1} announced that it will buy {brand}.
    "{quote_line}", said a speaker of {brand1}.
    In {month}, {brand1} opened {a adjective} office near the {place_kind} in {city}.
    The rival {brand} offers a similar {object} for {price}.
    {brand1} wants to use less plastic by {year}.
    Orders to {email} are answered within {small} days.
""")
_NATURE = _lines("""
    The {invented1} is {a adjective} {animal} that lives in the forests of {country}.
    It was first described in {year} by {a job} from {city}.
    An adult {invented1} weighs about {medium} kilograms and lives for {small} to {medium} years.
    The {invented1} feeds on {food}, {food} and small {countable}.
    During the day, the {invented1} sleeps under {a plant} or in {a adjective} cave.
    Only {thousands} animals are left, mostly because of {topic}.
    The female builds a nest from {plant} and {plant} in {month}.
    Its fur is {colour} in summer and {colour} in winter.
    Farmers in {country} call the {invented1} the {adjective} {animal}.
    Scientists still know little about how the {invented1} finds its way.
""")
_TOPIC = _lines("""
    Many people talk about {topic1}, but few have studied the subject in detail.
    The first reports on {topic1} appeared in {year}, in a journal from {city}.
    Some experts believe that {topic1} will matter more than {topic} in {medium} years.
    Others say that the effect on {topic} is small and hard to measure.
    In a study with {thousands} people, {medium}% had never heard of {topic1}.
    {Name} {surname}, {a job} from {city}, wrote {a adjective} book about {topic1}.
    The costs rose from {price} in {year} to {price} in {year}.
    Schools in {country} now teach {topic1} together with {subject}.
    Critics point out that {topic1} may harm {topic} and {topic}.
    A better understanding of {topic1} could help {job}s and {job}s alike.
    There are {number_word} common opinions on {topic1}, and all of them are {adjective}.
""")
_SUBJECTS = (_PERSON, _TOWN, _FIRM, _NATURE, _TOPIC)

# Sentences that stand on their own.
_SENTENCES = _lines("""
    The {animal} sat on the {object} and looked at the {food}.
    {Name} forgot the {object} at the {place_kind} again.
    My {relative} bought {small} {countable} and {a object} for {price}.
    We was late because the {object} were broken.
    The {adjective} {job} did not liked the {food}.
    If it rains on {day}, the {event} will be moved to the {place_kind}.
    The report was written by the {job} in {small} days.
    I would of called you, but my phone was dead.
    Their going to {city} next {month} with there {relative}.
    Nobody knows why the {invented} stopped working.
    She has been playing the {object} since {year}.
    The {colour} {object} is more cheaper than the {colour} one.
    {Name} and {name} have known each other for {number_word} years.
    Due to the fact that it was raining, we made the decision to stay at home.
    The {food} at {brand} was cold, and the {job} was {adjective}.
    I love this {object}, it is {adjective} and {adjective}!
    The delivery took {small} weeks and the {object} arrived broken.
    Not bad for the price, but the {object} feels {adjective}.
    {City} is bigger than {city}, but {city} is older.
    Water boils at 100 °C at sea level.
    The {plant} in the corner needs water every {small} days.
    The meeting on {day} starts at {time} in room {medium}.
    {Name} gave the {animal} some {food}, and the {animal} ran away.
    He read the {text_kind} twice before he understood it.
    The {job} who lives next door keeps {a animal}.
    Please find the invoice for {small} {countable} attached.
    Our team finished the {event} with {small} volunteers.
    All {plural} are {adjective}, but not all of them are {adjective}.
    They sold the {object} for {price}, although it had cost {price}.
    Never leave {a object} near the {object} when it is {adjective}.
""")
_QUOTES = _lines("""
    We have never seen anything like this
    It is {adjective}, but it works
    I will not sell it for {price}
    The {animal} was there before us
    Nobody asked the {job}
    Tomorrow everything will be {adjective}
    You can have it back in {month}
    This is only the beginning
""")
_POEM_LINES = _lines("""
    The {colour} {animal} sleeps alone,
    beneath a {adjective} sky of stone,
    I left my {object} by the door,
    and heard the {adjective} ocean roar,
    O {plant}, O {plant}, so {adjective} and small,
    the {month} wind is over all,
    a {object} sings, a {object} cries,
    the moon is {colour} in your eyes,
    {number_word} {countable} on the floor,
    and I am waiting as before,
""")
_DETAILS = _lines("""
    I have about {small} hours a week for this.
    My budget is {price}.
    I live in {city} and work as {a job}.
    I have never done this before.
    My {relative} wants to help, but has little time.
    It has to be ready by {date}.
    I already have {a object} and {small} {countable}.
    We are {number_word} people, and two of us do not eat {food}.
    So far I have only tried it once, and it went wrong.
    It is for my {relative}, who loves {hobby}.
    I am allergic to {food}.
    The last time I tried, the {object} broke after {small} days.
    We meet every {day} at {time}.
    I read about it in {a text_kind} by {name} {surname}.
    It is for a class of {medium} pupils.
    I use {a object} from {brand}.
    The room is {small} metres long and {small} metres wide.
    I would like to use what I have at home.
    There is {a place_kind} near my house.
    My {relative} says it is {adjective}, and I say it is {adjective}.
    It should work in winter, too.
    We tried {mass} before, and it was {adjective}.
""")


def _name(sampler: Sampler) -> str:
    return capitalised(pseudo_word(sampler)) if sampler.chance(0.2) else sampler.pick(words.FIRST_NAMES)


def _surname(sampler: Sampler) -> str:
    return capitalised(pseudo_word(sampler)) if sampler.chance(0.2) else sampler.pick(words.SURNAMES)


def _town(sampler: Sampler) -> str:
    return capitalised(pseudo_word(sampler)) + sampler.pick(("", "", "ville", "burg", "ton", " Bay", " Hill"))


def _invented(sampler: Sampler) -> str:
    word = pseudo_word(sampler)
    return capitalised(word) if sampler.chance(0.4) else word


def _topic(sampler: Sampler) -> str:
    kind = sampler.rng.random()
    if kind < 0.4:
        return sampler.pick(words.MASS)
    if kind < 0.72:
        return sampler.pick(words.PLURALS)
    if kind < 0.8:
        return f"{sampler.pick(words.ADJECTIVES)} {sampler.pick(words.PLURALS)}"
    if kind < 0.88:
        return f"{sampler.pick(words.MASS)} in {sampler.pick(words.COUNTRIES)}"
    if kind < 0.94:
        return f"{sampler.pick(words.HOBBIES)} and {sampler.pick(words.MASS)}"
    return f"the {sampler.pick(words.OBJECTS)} industry"


def _mass(sampler: Sampler) -> str:
    return _invented(sampler) if sampler.chance(0.03) else sampler.pick(words.MASS)


def _plural(sampler: Sampler) -> str:
    text = sampler.pick(words.PLURALS)
    return f"{sampler.pick(words.ADJECTIVES)} {text}" if sampler.chance(0.25) else text


def _thing(sampler: Sampler) -> str:
    text = sampler.pick(words.OBJECTS)
    return f"{sampler.pick(words.ADJECTIVES)} {text}" if sampler.chance(0.4) else text


def _person(sampler: Sampler) -> str:
    if sampler.chance(0.5):
        return sampler.pick(words.PEOPLE)
    return f"{_name(sampler)} {_surname(sampler)}"


def _place(sampler: Sampler) -> str:
    return sampler.pick(sampler.pick((words.COUNTRIES, words.CITIES, words.CITIES, words.LANDMARKS)))


def _brand(sampler: Sampler) -> str:
    return capitalised(pseudo_word(sampler)) if sampler.chance(0.3) else sampler.pick(words.BRANDS)


def _number(sampler: Sampler) -> str:
    kind = sampler.rng.random()
    if kind < 0.5:
        return str(sampler.whole(2, 99))
    if kind < 0.75:
        return str(sampler.whole(100, 9999))
    if kind < 0.9:
        return f"{sampler.whole(0, 99)}.{sampler.whole(1, 99)}"
    return f"{sampler.whole(1, 999)},{sampler.whole(0, 999):03d}"


def _price(sampler: Sampler) -> str:
    amount = str(sampler.whole(2, 900))
    if sampler.chance(0.3):
        amount += f".{sampler.whole(0, 99):02d}"
    return f"{amount} euros" if sampler.chance(0.3) else sampler.pick(words.CURRENCIES) + amount


def _date(sampler: Sampler) -> str:
    day, month, year = sampler.whole(1, 28), sampler.whole(1, 12), sampler.whole(1950, 2030)
    forms = (
        f"{day} {words.MONTHS[month - 1]} {year}",
        f"{words.MONTHS[month - 1]} {day}",
        f"{year}-{month:02d}-{day:02d}",
        f"{day}/{month}/{year}",
    )
    return sampler.pick(forms)


def _time(sampler: Sampler) -> str:
    if sampler.chance(0.5):
        return f"{sampler.whole(0, 23)}:{sampler.whole(0, 11) * 5:02d}"
    return f"{sampler.whole(1, 12)} {sampler.pick(('am', 'pm'))}"


def _url(sampler: Sampler) -> str:
    host = f"{pseudo_word(sampler)}.{sampler.pick(('com', 'org', 'net', 'example', 'io', 'co.uk'))}"
    path = sampler.pick(("", "/about", f"/{pseudo_word(sampler)}/{sampler.whole(1, 999)}", f"/?id={_small(sampler)}"))
    return sampler.pick(("https://", "https://www.", "http://")) + host + path


def _email(sampler: Sampler) -> str:
    return f"{sampler.pick(words.FIRST_NAMES).lower()}.{pseudo_word(sampler)}@{pseudo_word(sampler)}.com"


def _variable(sampler: Sampler) -> str:
    name = sampler.pick(words.IDENTIFIERS)
    return sampler.pick((f"{{{name}}}", f"{{{{{name}}}}}", f"[{name}]", f"<{name}>", f"${{{name}}}"))


def _small(sampler: Sampler) -> str:
    return str(sampler.whole(2, 12))


def _medium(sampler: Sampler) -> str:
    return str(sampler.whole(11, 99))


def _large(sampler: Sampler) -> str:
    return str(sampler.whole(100, 999))


def _thousands(sampler: Sampler) -> str:
    number = sampler.whole(1000, 99999)
    return f"{number:,}" if sampler.chance(0.6) else str(number)


def _year(sampler: Sampler) -> str:
    return str(sampler.whole(1700, 2035))


def _sentence(sampler: Sampler) -> str:
    return sampler.fill(sampler.pick(_SENTENCES))


def _quote(sampler: Sampler) -> str:
    text = _sentence(sampler) if sampler.chance(0.6) else sampler.fill(sampler.pick(_QUOTES))
    return sampler.pick(('"%s"', '"%s"', "'%s'", "“%s”", "«%s»")) % text.replace("'", "’").replace('"', "")


def passage(sampler: Sampler, low: int = 2, high: int = 6) -> str:
    """Write `low` to `high` sentences about one made-up person, town, firm, animal or topic."""
    sentences = sampler.pick(_SUBJECTS)
    chosen = sampler.rng.sample(sentences, sampler.whole(low, high))
    return sampler.fill(" ".join(chosen))


def _passage(sampler: Sampler) -> str:
    text = passage(sampler)
    if sampler.chance(0.12):
        text += "\n\n" + passage(sampler, 1, 2)
    return text


def _items(sampler: Sampler) -> list[str]:
    kind = sampler.pick(("food", "animal", "object", "country", "city", "job", "mass", "plural", "name", "full_name",
                         "invented", "number", "brand", "sentence", "date", "adjective", "action"))  # fmt: skip
    return [sampler.draw(kind) for _ in range(sampler.whole(3, 6))]


def _series(sampler: Sampler) -> str:
    items = _items(sampler)
    if sampler.chance(0.3):
        return ", ".join(items[:-1]) + f" and {items[-1]}"
    return sampler.pick((", ", ", ", "; ")).join(items)


def _list(sampler: Sampler) -> str:
    mark = sampler.pick(("- {}", "* {}", "{n}. {}", "{n}) {}", "{c}) {}", "• {}", "{}"))
    return "\n".join(
        mark.format(item, n=number, c="abcdefgh"[number - 1]) for number, item in enumerate(_items(sampler), start=1)
    )


def _records(sampler: Sampler) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    columns = sampler.rng.sample(("name", "city", "small", "price", "year", "food", "object", "brand", "colour"), 3)
    return tuple(columns), [tuple(sampler.draw(column) for column in columns) for _ in range(sampler.whole(2, 4))]


def _table(sampler: Sampler) -> str:
    columns, rows = _records(sampler)
    titles = tuple(capitalised(column) for column in columns)
    lines = [titles, ("---",) * 3, *rows] if sampler.chance(0.7) else [titles, *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def _csv(sampler: Sampler) -> str:
    columns, rows = _records(sampler)
    return "\n".join(",".join(cell.replace(",", "") for cell in row) for row in [columns, *rows])


def _json(sampler: Sampler) -> str:
    columns, rows = _records(sampler)
    record = dict(zip(columns, rows[0], strict=True))
    return json.dumps(record, ensure_ascii=False, indent=2 if sampler.chance(0.5) else None)


def _poem(sampler: Sampler) -> str:
    return "\n".join(capitalised(sampler.fill(line)) for line in sampler.rng.sample(_POEM_LINES, sampler.whole(2, 4)))


def _dialogue(sampler: Sampler) -> str:
    speakers = (sampler.draw("name"), sampler.draw("name"))
    return "\n".join(f"{speakers[turn % 2]}: {_sentence(sampler)}" for turn in range(sampler.whole(2, 4)))


def _mail(sampler: Sampler) -> str:
    return sampler.fill(
        "Hi {name},\n{sentence} {detail_line}\n{closing_line}\n{name} {surname}"
        if sampler.chance(0.6)
        else "Subject: {Thing} for {month}\n\nDear {name},\n\n{sentence}\n\nBest regards,\n{name}"
    )


_CODE = (
    "def {id1}({id2}):\n    if {id2} == {small}:\n        return {id3}[{small}]\n    return {id2} + {id1}({id2} - 1)",
    "for {id1} in range({medium}):\n    {id2} = {id3}[{id1}]\n    print({id2}, {id1})",
    "function {id1}({id2}) {\n  let {id3} = [];\n"
    "  for (let i = 0; i <= {id2}.length; i++) {\n    {id3}.push({id2}[i]);\n"
    "  }\n  return {id3};\n}",
    "const {id1} = await fetch('{url}');\nconst {id2} = {id1}.json();\nconsole.log({id2}.{id3});",
    "SELECT {id1}, COUNT(*) FROM {id2}\nWHERE {id3} > {number}\nGROUP BY {id1};",
    "int {id1}(int[] {id2}) {\n    int {id3} = 0;\n"
    "    for (int i = 0; i < {id2}.length; i++) {\n        {id3} += {id2}[i];\n"
    "    }\n    return {id3} / {small};\n}",
    "import json\n\nwith open('{invented}.json') as file:\n    {id1} = json.load(file)\nprint({id1}['{id2}'])",
    "class {Id1}:\n    def __init__(self, {id2}):\n        self.{id2} = {id2}\n\n    def {id3}(self):\n"
    "        return self.{id2} * {small}",
    "{id1} = [{small}, {small}, {medium}, {medium}]\n{id2} = {id1}[{small}]\nprint(sum({id1}) / {id2})",
    "#!/bin/bash\nfor {id1} in *.txt; do\n  mv $" + "{id1} {id2}_$" + "{id1}\ndone",
    "public static String {id1}(String {id2}) {\n    return {id2}.substring({small}, {medium}).trim();\n}",
    "fn {id1}({id2}: Vec<i32>) -> i32 {\n    let {id3} = {id2}[{small}];\n    {id3} + {medium}\n}",
    "x <- c({small}, {medium}, {medium})\nmean(x) + {small}",
    "<div class=\"{id1}\">\n  <a href=\"{url}\">{invented}</a>\n</div>",
    ".{id1} {\n  color: {colour};\n  margin: {small}px;\n}",
    "try:\n    {id1} = int(input())\nexcept:\n    {id1} = {small}\nprint({medium} / {id1})",
    "while {id1} < {medium}:\n    {id2}.append({id1})",
    "{id1} = {id2}.split(',')\nreturn [{id3}.strip() for {id3} in {id1} if {id3}]",
)  # fmt: skip


def _code(sampler: Sampler) -> str:
    return sampler.fill(sampler.pick(_CODE))


def _fenced(sampler: Sampler) -> str:
    if sampler.chance(0.45):
        return _code(sampler)
    return sampler.pick(("```\n", "```python\n", "```js\n", "```\n")) + _code(sampler) + "\n```"


def _identifier(sampler: Sampler) -> str:
    return pseudo_word(sampler) if sampler.chance(0.2) else sampler.pick(words.IDENTIFIERS)


def _error(sampler: Sampler) -> str:
    return sampler.fill(
        sampler.pick(
            (
                "{error}: {id} is not defined",
                "{error}: '{id}'",
                "{error}: list index {small} out of range",
                "{error}: cannot read property '{id}' of undefined",
                "{error}: expected {small} arguments, got {small}",
                "{error} in line {medium}",
                "error[E0{large}]: mismatched types",
                "{error}: could not open '{invented}.txt'",
                'File "main.py", line {medium}, in {id}\n{error}: unsupported type',
            )
        )
    )


def _expression(sampler: Sampler) -> str:
    forms = ("{medium} + {large}", "{small} * {medium}", "{large} - {medium}", "{large} / {small}",
             "{small}x + {medium}",
             "({medium} + {small}) * {small}", "{small}^{small}", "x^2 - {small}x + {small}", "sqrt({large})",
             "{small}/{medium} + {small}/{small}", "{medium}% of {large}", "3x - {medium}",
                   "sin({medium}°)")  # fmt: skip
    return sampler.fill(sampler.pick(forms))


def _equation(sampler: Sampler) -> str:
    forms = ("{small}x + {medium} = {large}", "x^2 - {small}x + {small} = 0", "y = {small}x - {medium}",
             "{small}(x - {small}) = {medium}", "2^x = {large}", "x/{small} + {small} = {medium}",
             "{small}a + {small}b = {medium}", "{medium} - {small}y = {small}y + {small}",
             "|x - {small}| = {medium}", "x + y = {medium}, x - y = {small}")  # fmt: skip
    return sampler.fill(sampler.pick(forms))


def _salad(sampler: Sampler) -> str:
    """Mix words without sense, with repeated phrases, invented words and numbers: practice in plain copying."""
    kinds = ("object", "adjective", "food", "animal", "job", "city", "invented", "invented", "number", "adverb", "id",
             "surname", "topic", "url", "email", "mass", "colour", "variable")  # fmt: skip
    parts = [sampler.draw(sampler.pick(kinds)) for _ in range(sampler.whole(3, 22))]
    if sampler.chance(0.85):
        start = sampler.whole(0, len(parts) - 2)
        phrase = parts[start : start + sampler.whole(1, 4)]
        place = sampler.whole(0, len(parts))
        parts[place:place] = phrase
    if sampler.chance(0.25):
        parts.insert(sampler.whole(1, len(parts)), "\n")
    text = sampler.pick((" ", " ", " ", ", ")).join(parts)
    text = "\n".join(line.strip(" ,") for line in text.split("\n")).strip()
    return text + sampler.pick(("", "", ".", "?", "!"))


def _blank_sentence(sampler: Sampler) -> str:
    tokens = _sentence(sampler).split(" ")
    tokens[sampler.whole(1, len(tokens) - 1)] = "___"
    return " ".join(tokens)


RULES: dict[str, Rule] = {
    "abstract": words.ABSTRACT,
    "action": words.ACTIONS,
    "actors": words.ACTORS,
    "adjective": words.ADJECTIVES,
    "adverb": words.ADVERBS,
    "animal": words.ANIMALS,
    "audience": words.AUDIENCES,
    "blank": _blank_sentence,
    "brand": _brand,
    "city": words.CITIES,
    "closing_line": ("Best,", "Kind regards,", "Thanks", "See you on {day},", "Cheers,", "Yours sincerely,"),
    "code": _code,
    "code_job": words.CODE_JOBS,
    "code_term": words.CODE_TERMS,
    "code_thing": words.CODE_THINGS,
    "colour": words.COLOURS,
    "countable": words.COUNTABLES,
    "country": words.COUNTRIES,
    "csv": _csv,
    "date": _date,
    "day": words.DAYS,
    "detail_line": _DETAILS,
    "dialogue": _dialogue,
    "email": _email,
    "emoji": words.EMOJI,
    "equation": _equation,
    "error": words.ERRORS,
    "error_text": _error,
    "event": words.EVENTS,
    "expression": _expression,
    "false_claim": words.FALSE_CLAIMS,
    "feeling": words.FEELINGS,
    "fenced": _fenced,
    "food": words.FOODS,
    "full_name": lambda sampler: f"{_name(sampler)} {_surname(sampler)}",
    "genre": words.GENRES,
    "hundreds": lambda sampler: str(sampler.whole(1, 10) * 50),
    "letter": tuple("abcdefghilmnoprstuw"),
    "harm_act": words.HARM_ACTS,
    "harm_target": words.HARM_TARGETS,
    "harm_text": words.HARM_TEXTS,
    "harm_verb": words.HARM_VERBS,
    "hobby": words.HOBBIES,
    "id": _identifier,
    "influence": words.INFLUENCES,
    "invented": _invented,
    "job": words.JOBS,
    "json": _json,
    "labels": words.LABELS,
    "language": words.LANGUAGES,
    "large": _large,
    "library": words.LIBRARIES,
    "list": _list,
    "lookalike": words.LOOKALIKES,
    "mail": _mail,
    "mass": _mass,
    "maths_term": words.MATHS_TERMS,
    "medium": _medium,
    "month": words.MONTHS,
    "name": _name,
    "number": _number,
    "number_word": words.NUMBER_WORDS,
    "object": words.OBJECTS,
    "passage": _passage,
    "person": _person,
    "place": _place,
    "place_kind": ("museum", "library", "station", "market", "harbour", "castle", "bridge", "school", "theatre",
                   "mill",
                   "town hall", "park", "bakery", "cinema", "lighthouse", "stadium", "hospital", "lake"),
    "plant": words.PLANTS,
    "plural": _plural,
    "poem": _poem,
    "price": _price,
    "programming_language": words.PROGRAMMING_LANGUAGES,
    "pronoun": ("her", "his", "their"),
    "quote": _quote,
    "quote_line": _QUOTES,
    "relative": words.RELATIVES,
    "salad": _salad,
    "sentence": _sentence,
    "series": _series,
    "small": _small,
    "story_idea": words.STORY_IDEAS,
    "subject": words.SUBJECTS,
    "surname": _surname,
    "table": _table,
    "text_kind": words.TEXT_KINDS,
    "thing": _thing,
    "thousands": _thousands,
    "time": _time,
    "tone": words.TONES,
    "topic": _topic,
    "town": _town,
    "unit": words.UNITS,
    "url": _url,
    "variable": _variable,
    "word_class": words.WORD_CLASSES,
    "year": _year,
}  # fmt: skip
