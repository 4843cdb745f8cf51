"""Does a turn of a chat only make sense after the turns before it ("yes", "the second one")? Knows no model.

It says yes only where little doubt is left: a short first instruction must be refined. This file is copied into model
repositories, so it imports `regex` alone.
"""

import regex


_MOST_WORDS = 14  # of a turn that may be one; longer ones say enough to be refined
_MOST_WORDS_IN_CHAT = 30


def _any(words: str) -> str:
    return "(?: " + " | ".join(words.split()) + " )"


_LEAD = _any("and but so ok okay yes no nah yeah great hm now then wait sorry also just")
_TAIL = "(?: please | pls | plz | thanks | thank [ ] you | thx | then | now | again | instead | too | ok )"
_REPLY = _any(
    "yes no yep yeah yup nope nah ok okay k sure fine right wrong correct exactly agreed maybe neither both none "
    "either thanks thx ty cheers cool great perfect nice good wow hm hmm continue next more again stop go on done "
    "help undo retry ja nein nee nej oui non si sí sì sim não nao tak nie dalej weiter danke merci gracias "
    "obrigado obrigada grazie bedankt tack dzięki continúa continua suite avanti verder fortsätt vidare and "
    "please bitte alsjeblieft alstublieft proszę por favor prego s'il te plaît vous much so very you thank it of "
    "course i see got do that the a lot not really why who when where what how "
)
_DAY = _any("monday tuesday wednesday thursday friday saturday sunday today tomorrow tonight")
_LANGUAGE = _any(
    "english french spanish german italian portuguese dutch swedish polish russian chinese japanese korean arabic "
    "hindi turkish danish norwegian finnish czech greek latin ukrainian"
)
_COMPARATIVE = _any(
    "shorter longer simpler funnier better worse sadder happier warmer colder cheaper bigger smaller easier harder "
    "clearer nicer softer stronger lighter darker kinder politer friendlier faster slower smarter crisper tighter "
    "sharper scarier lower higher bolder cuter sweeter harsher looser stricter briefer simple brief"
)
_HOW = rf"""(?:
    (?: (?: a [ ] (?: bit | little | lot ) | much | even | far | way ) [ ] )*
    (?: (?: more | less ) [ ] (?: formal | casual | details? | examples? | emojis? | serious | friendly | polite
                                | words | of [ ] \w+ | \w+ (?: al | ive | ous | ful | ed | ly ) )
      | too [ ] (?: long | short | formal | hard | much | complicated | simple )
      | {_COMPARATIVE} ) )"""
_PART = _any("one part point step line sentence paragraph section word option idea example half")
_ORDINAL = _any("first second third fourth fifth last other next")
_THE_ONE = rf"""(?:
    the [ ] (?: [\w-]+ [ ] ){{0,2}}? ones?
  | (?: the [ ] )? {_ORDINAL} (?: [ ] (?: one | two | three | half | part | point ) )?
  | option [ ] \w
  | none [ ] of [ ] (?: those | these | them ) )"""
_IT = "(?: it | this | that | them )"
_FAULT = """(?:
    (?: that | this | it )
    (?: 's | s | [ ] (?: is | was | isn't | isnt | wasn't | does | doesn't | doesnt | didn't | didnt | did | has
                       | still | says | said | gives | sounds | looks | failed | worked ) )
  | (?: didn't | didnt | doesn't | doesnt ) [ ] work
  | not [ ] working
  | still [ ] (?: not | no | nothing | the [ ] same | says | get | getting | wrong | broken )
  | you [ ] (?: forgot | missed | skipped | already | changed | misunderstood ) )"""
_FORMS = (
    # An answer, a choice, a command.
    rf"(?: {_REPLY} [ ,.!?]* ){{1,7}}",
    r"(?: option [ ] | number [ ] | no\.? [ ] | \# )? \d{1,3} [.)]?",
    r"[a-f] [.)]? (?: [ ] (?: and | or ) [ ] [a-f] )?",
    r"/ [\w-]+",
    rf"(?: on [ ] )? {_DAY}",
    rf"(?: i [ ] (?: meant | mean | prefer | want | like | choose | take ) [ ] | not [ ] )? {_THE_ONE}"
    r" (?: [ ] (?: is | are | was | looks | sounds | seems | works | please ) (?: [ ] \S+ ){0,4} )?",
    # A wish about the last answer.
    rf"(?: (?: make | keep | say | write | put | do ) [ ] {_IT} (?: [ ] (?: sound | look | all ) )? [ ]? )? {_HOW}",
    rf"(?: can [ ] (?: you | u ) [ ] )? (?: make | put | say | write | do ) [ ] {_IT} (?: [ ] (?: rhyme | all ) )?",
    rf"(?: can [ ] (?: you | u ) [ ] )? (?: make | put | say | write | do ) [ ] {_IT} [ ]"
    r" (?: into | in | as ) [ ] (?: \w+ [ ]? ){1,4}",
    rf"(?: (?: and | or ) [ ] )? in [ ] {_LANGUAGE}",
    r"(?: as | into ) [ ] an? [ ] (?: table | list | poem | letter | story | tweet | mail | email | joke | song )",
    rf"{_HOW} [ ,]+ (?: and | but ) [ ] (?: in [ ] \w+ | {_HOW} | (?: without | with ) [ ] .+ )",
    r"(?: the [ ] same | same | again | once [ ] more | one [ ] more [ ] time ) (?: [ ] again )?"
    r" (?: [ ,]* (?: but | for | with | without | in ) [ ] .+ )?",
    r"(?: without | leave [ ] out | drop | remove | delete | cut | keep | only [ ] change | change | shorten | expand"
    rf" | explain ) [ ] the [ ] (?: {_ORDINAL} (?: [ ] \w+ )? [ ] {_PART} s? | ending | intro | title )"
    r" (?: [ ] \S+ ){0,3}",
    r"(?: try | do | say ) [ ] (?: it [ ] | that [ ] )? again | go [ ] (?: on | ahead | back ) | keep [ ] going"
    r" | what [ ] else | anything [ ] else | tell [ ] me [ ] more",
    # A question that leans on what was said.
    r"(?: (?: and | but | so ) [ ] )? (?: what | how ) [ ] about [ ] (?: [\w'-]+ [ ]? ){1,4}",
    r"(?: and | but ) [ ] (?: then | why | how | now | what | if | in | for | with | without | not )"
    r" (?: [ ] [\w'-]+ ){0,5}",
    r"(?: are | r ) [ ] (?: you | u ) [ ] sure (?: [ ] about [ ] that )?",
    # A fault of the last answer.
    rf"{_FAULT} (?: [ ,]+ \S+ ){{0,10}}",
    r"no [ ,]+ (?: (?: i | the | my ) [ ] | that | not [ ] | it ) .*",
    # The same in the other languages of the kit.
    r"(?: et | y | e | und | en | och | i | a ) [ ] (?: si | se | le | la | les | el | los | o | os | il | der | die"
    r" | das | wenn | für | om | po | bez | for | als | pour | para | per | voor )"
    r" (?: [ ] [\w'-]+ ){1,4}",
    r"(?: más | mas | plus | più | mais | noch | nog | mer | mehr | mniej | więcej ) (?: [ ] [\w'-]+ ){1,2}",
    r"(?: kürzer | länger | einfacher | korter | langer | kortare | längre | krócej | dłużej | la [ ] suite )"
    r" (?: [ ,] .+ )?",
    r"(?: nee | nein | non | no | não | nie | nej ) , [ ]? .+",
)
_FOLLOW_UP = regex.compile(
    rf"(?xi) \A (?: {_LEAD} [ ,]+ )* (?: {' | '.join(f'(?: {form} )' for form in _FORMS)} ) (?: [ ,]* {_TAIL} )* \Z"
)
# Words that point back to what was said.
_POINTS_BACK = regex.compile(
    r"""(?xi) \b (?:
    it | its | it's | that | that's | thats | this | those | these | them | they | he | he's | she | she's | his
  | ones?
  | both | neither | either | the [ ] (?: first | second | third | last | other | same | rest ) | again | still
  | instead | too | also | above | before | then | back | you [ ] (?: said | gave | wrote | forgot | had )
  | your [ ] (?: \w+ [ ] )? (?: idea | answer | list | code | version | suggestion )
    ) \b"""
)
_SIGNS = regex.compile(r"[^\p{L}\p{N}/#'’,.() -]+")
_APOSTROPHES = regex.compile("[’`´]")
_LETTER_OR_DIGIT = regex.compile(r"[\p{L}\p{N}]")


def is_follow_up(text: str, *, asks: bool = True, in_chat: bool = False) -> bool:
    """Say whether `text` is a turn that means nothing without the turns before it.

    Args:
        text (`str`):
            The turn.
        asks (`bool`, *optional*, defaults to `True`):
            Whether it asks for something.
        in_chat (`bool`, *optional*, defaults to `False`):
            Whether there are turns before it: then a short one that asks for nothing, or points back, is one, too.
    """
    words = " ".join(_APOSTROPHES.sub("'", _SIGNS.sub(" ", text[:1000])).split()).strip(" .,-")
    if not _LETTER_OR_DIGIT.search(text):
        return True  # signs and emoji alone
    size = len(words.split())
    if in_chat and size <= _MOST_WORDS_IN_CHAT and (not asks or size < 3 or _POINTS_BACK.search(words)):
        return True
    return size <= _MOST_WORDS and _FOLLOW_UP.match(words) is not None
