"""What begins and ends sentences: questions, requests, capitals, final marks. Knows no flaw."""

import re

from .grammar import capitalised


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_QUESTION_STARTS = _words("""
what who whom whose when where why how which is are was were do does did can could should would will has have had
what's who's how's where's isn't aren't don't doesn't didn't can't may might shall
""")
_REQUEST_STARTS = _words("""
explain describe define discuss analyse analyze teach list name give suggest recommend come brainstorm generate
provide find write compose create draft make invent tell rewrite rephrase paraphrase correct fix edit improve change
simplify shorten expand turn combine reword classify categorise categorize determine decide sort arrange rank group
identify rate summarise summarize condense sum compare contrast weigh plan design develop outline organise prepare
propose set build help implement convert translate refactor optimise add review solve calculate compute evaluate
factor prove round act pretend imagine play be speak say put extract count pick complete finish continue show walk
argue predict convince talk i i'm my we let's
""")
_SENTENCE_STARTS = (
    _QUESTION_STARTS
    | _REQUEST_STARTS
    | _words("""
my there it the so this that these a an in if he she they you your our no please since given quick according based from
using use read choose label steps replace produce assign detect format remove
""")
)
# Marks that end a line; words of prose, as against code, addresses and quotations.
_END = re.compile(r"[.!?…:;,]['\"”’»)]*$|[^\w\s'\"”’»)]$")
WORD = re.compile(r"(?<![-\w.@/'\"])[^\W\d_]+(?:['’/][^\W\d_]+)?(?![-\w@'\"=(])")
SENTENCE_BREAK = re.compile(r"(?<=[.?!]) ")
QUOTED = re.compile(r"""["“«]|(?<!\w)'|https?:""")
_CLOSERS = "'\"”’»)"


def is_question(line: str) -> bool:
    """Say whether the last sentence of a line begins as a question does."""
    return _first_word(SENTENCE_BREAK.split(line)[-1]) in _QUESTION_STARTS


def _first_word(text: str) -> str:
    return text.split(" ", 1)[0].casefold().rstrip(",")


def punctuated(text: str) -> str:
    """Add the final mark that a single line of prose lacks; anything else stays as it is."""
    if "\n" in text or _END.search(text) or not text or ": " in text or "```" in text:
        return text
    if " " in text and is_question(text):
        return text + "?"
    known = any(_first_word(sentence) in _SENTENCE_STARTS for sentence in SENTENCE_BREAK.split(text))
    if " " in text and known and (text[-1].isalpha() or text[-1] in _CLOSERS):
        return text + "."
    return text


def capital_start(text: str) -> str:
    """Begin a sentence with a capital when its first word is one that begins sentences often."""
    first = _first_word(text)
    return capitalised(text) if first in _SENTENCE_STARTS else text


def bare(line: str) -> str:
    """Take the final mark away."""
    return re.sub(r"[ ,]*[.?!]$", "", line)


def uncapitalised(line: str) -> str:
    """Begin with a small letter, except for "I"."""
    return line if line.startswith(("I ", "I'")) else line[:1].lower() + line[1:]
