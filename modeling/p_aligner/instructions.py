"""An instruction on its way: read from what was given, the answer to it read, its record made.

A turn that only makes sense after the turns before it ("yes", "the second one") is left alone, where little doubt is
left: a short first instruction must be refined. This file is copied into model repositories.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import regex

from .answers import REQUEST
from .errors import InputError, KitError, ParseError, PrincipleError, Reason
from .guard import MAX_GROWTH, failed_checks
from .principles import PAPER_PRINCIPLES, Principle, PrinciplePack
from .prompts import (
    OUTPUT_END,
    OUTPUT_OPENING,
    OUTPUT_START,
    Message,
    parse_refined,
    parse_rewrite,
    refine_messages,
    rewrite_messages,
    text_of,
    without_thinking,
)


Record = dict[str, Any]

ALREADY_CLEAR = "already clear"
FOLLOW_UP = "follow-up"
_RULES = ("system", "developer")  # roles that take no turn
FIELDS = ("instruction", "prompt", "messages")  # columns that may hold a row's instruction; the first one counts
_MARKERS = (OUTPUT_START.strip(), OUTPUT_END.strip())
# White space and byte order marks round an instruction are no part of it.
_EDGES = re.compile(r"\A([\s\ufeff]*)(.*?)([\s\ufeff]*)\Z", re.DOTALL)
_CUT_OFF = ("length", "loop", "time", "content_filter")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass
class Instruction:
    """One instruction, as it was read."""

    given: Any  # what the caller passed: comes back in the record
    text: str = ""
    edges: tuple[str, str] = ("", "")  # the white space before and after it: the caller gets it back
    earlier: list[Any] = field(default_factory=list)  # the turns before the instruction, as they were given
    principle: Principle | None = None
    messages: list[Message] = field(default_factory=list)  # what a model is asked
    is_follow_up: bool = False
    error: KitError | None = None


def read_instruction(
    given: Any,
    *,
    context: bool = False,
    by_principle: bool = False,
    principle: Principle | str | None = None,
    pack: PrinciplePack = PAPER_PRINCIPLES,
) -> Instruction:
    """Read one input; what is wrong with it is kept as its `error`, so that others can go on.

    Args:
        given: a text, a chat that ends in a user turn, or a row with one of `FIELDS`.
        context: whether the model sees the earlier turns of a chat; then no turn is a follow-up.
        by_principle: whether it is rewritten by one principle: a row's own column `principle`, else `principle`.
        pack: where principles are looked up by name.
    """
    item = Instruction(given)
    try:
        own = given.get("principle") if isinstance(given, Mapping) else None
        _read(item)
        if by_principle:
            chosen = principle if own is None else own
            if chosen is None:
                names = ", ".join(known.name for known in pack)
                raise PrincipleError(f"rewriting needs a principle: pass principle=..., one of {names}")
            item.principle = principle_of(chosen, pack)
        ask = rewrite_messages(item.text, item.principle) if item.principle else refine_messages(item.text)
        item.messages = [*map(_checked_turn, item.earlier), *ask] if context else ask
        asks = REQUEST.search(item.text) is not None
        in_chat = any(not isinstance(turn, Mapping) or turn.get("role") not in _RULES for turn in item.earlier)
        item.is_follow_up = not context and is_follow_up(item.text, asks=asks, in_chat=in_chat)
    except KitError as error:
        item.error = error
    return item


def field_of(row: Mapping[str, Any]) -> str | None:
    """Name the column that holds a row's instruction: the first of `FIELDS` that is there and holds something."""
    there = [name for name in FIELDS if name in row]
    return next((name for name in there if row[name] is not None), there[0] if there else None)


def is_chat(value: Any) -> bool:
    """Say whether a value is a list of turns."""
    first = value[0] if isinstance(value, list | tuple) and value else None
    return isinstance(first, Mapping) and "role" in first and "content" in first


def principle_of(principle: Any, pack: PrinciplePack) -> Principle:
    if not isinstance(principle, str | Principle):
        raise PrincipleError(f"a principle must be a name or a Principle, it is {principle!r:.80}")
    return pack[principle] if isinstance(principle, str) else principle


def _read(item: Instruction) -> None:
    given = item.given
    if isinstance(given, Mapping):
        if (name := field_of(given)) is None:
            raise InputError(f"a row needs the column 'instruction', it has {', '.join(map(repr, given))}")
        item.given = given = given[name]
    if is_chat(given):
        for turn in given:
            _check_role(turn)
        if (role := given[-1]["role"]) != "user":
            raise InputError(f"a chat must end in a user turn, this one ends in {role!r}: drop the turns after it")
        item.earlier, given = list(given[:-1]), asked_by(given[-1])
    if not isinstance(given, str):
        raise InputError(f"an instruction must be text or a chat, it is {type(given).__name__} {given!r:.80}")
    edges = _EDGES.match(given)
    assert edges is not None
    before, text, after = edges.groups()
    if not text:
        raise InputError(f"an instruction must not be empty, it is {given!r:.80}")
    if lone := _LONE_SURROGATE.search(given):
        raise InputError(f"an instruction must be text, it has half a character ({lone[0]!r}): {given!r:.80}")
    item.text, item.edges = text, (before, after)


def _check_role(turn: Any) -> None:
    if not isinstance(turn, Mapping) or not isinstance(turn.get("role"), str):
        raise InputError(f"every turn of a chat needs a role and a content, this one is {turn!r:.80}")


def _checked_turn(turn: Any) -> Message:
    _check_role(turn)
    return {"role": turn["role"], "content": text_of(turn)}


def asked_by(turn: Any) -> Any:
    """Return the instruction that a user turn holds; an `InputError` where that is no text."""
    _checked_turn(turn)
    content = turn["content"]
    return content if isinstance(content, str) else content[_asking_part(content)]["text"]


def _asking_part(parts: list[Any]) -> int:
    """Say which part of a turn holds the instruction: the last with a text, as in chats that the proxy reads."""
    return next((at for at in range(len(parts) - 1, 0, -1) if parts[at]["text"].strip()), 0)


def read_answer(
    answer: str, instruction: str, *, finish: str = "stop", is_marked: bool = True
) -> tuple[str, Reason | None]:
    """Take the refined instruction out of a model's answer; no guard is asked.

    Args:
        answer: the whole answer, its beginning included.
        instruction: what was refined; its markers may stand in the refined text.
        finish: why the answer is over, as in [`Reply`]: one that was cut off is not read.
        is_marked: whether the text stands between the output markers of Fig. 9 and 10; else it is the whole answer.

    Returns:
        the text, and why it cannot be used: unfinished, unparsable, empty. Then the text is the answer's.
    """
    said = without_thinking(answer, instruction)
    text = said.removeprefix(OUTPUT_OPENING).strip()
    if finish in _CUT_OFF:
        return text, Reason.named("unfinished", finish)
    try:
        if said.strip():
            text = parse_refined(said) if is_marked else parse_rewrite(said, instruction)
    except ParseError as error:
        return text, Reason.named("unparsable", str(error))
    if is_marked and any(text.count(marker) > instruction.count(marker) for marker in _MARKERS):
        return text, Reason.named("unparsable", "the answer has more than one optimized prompt")
    thought = "there is nothing but thinking" if answer.strip() and not said.strip() else "the text is blank"
    return text, None if text.strip() else Reason.named("empty", thought)


def record_of(
    item: Instruction,
    answers: Sequence[tuple[str, str]],
    *,
    guard: str = "fallback",
    max_growth: float = MAX_GROWTH,
    is_marked: bool = True,
) -> Record:
    """Make an instruction's record out of a model's answers, `(text, finish)`: the first to pass the guard is used.

    `guard` and `max_growth` are those of [`PAlignerPipeline`], `is_marked` that of [`read_answer`].
    """
    judged = [
        _judged(item.text, *read_answer(text, item.text, finish=finish, is_marked=is_marked), guard, max_growth)
        for text, finish in answers
    ]
    refined, failures = next((pair for pair in judged if not pair[1]), judged[0])
    if failures and guard == "fallback":
        refined = item.text
    is_same = refined.strip() == item.text
    reason = Reason.of(failures) if failures else (ALREADY_CLEAR if is_same else None)
    record = _record(item, refined=item.text if is_same else refined, reason=reason)
    if len(judged) > 1:
        record["candidates"] = [text for text, _ in judged]
    return record


def _judged(
    instruction: str, refined: str, reason: Reason | None, guard: str, max_growth: float
) -> tuple[str, list[Reason]]:
    if guard == "off":
        return refined, []
    return refined, [reason] if reason else failed_checks(instruction, refined, max_growth=max_growth)


def left_alone(item: Instruction, reason: str) -> Record:
    return _record(item, refined=item.text, reason=reason)


def error_record(item: Instruction, message: str) -> Record:
    return {**left_alone(item, "error"), "error": message}


def _record(item: Instruction, *, refined: str, reason: str | None) -> Record:
    changed = refined != item.text
    record = {
        "instruction": item.given,
        "refined_instruction": _in_place(item, refined) if changed else item.given,
        "changed": changed,
        "reason": reason,
    }
    if item.principle:
        record["principle"] = item.principle.name
    return record


def _in_place(item: Instruction, refined: str) -> Any:
    """Give `refined` the form of the input: its white space, and the turns before it."""
    given, refined = item.given, refined.join(item.edges)
    if isinstance(given, str):
        return refined
    content: Any = given[-1]["content"]
    if isinstance(content, list):
        at = _asking_part(content)
        content = [*content[:at], {**content[at], "text": refined}, *content[at + 1 :]]
    else:
        content = refined
    return [*given[:-1], {**given[-1], "content": content}]


def names_of(reason: str) -> tuple[str, ...]:
    """Name the checks that a reason speaks of; of one that was read from a file, the first."""
    return reason.names if isinstance(reason, Reason) else (reason.partition(":")[0],)


def outcome_of(record: Mapping[str, Any]) -> str:
    """Say in a word what became of an instruction: `changed`, `already clear`, or the first reason's name."""
    return "changed" if record["changed"] else names_of(record["reason"])[0]


def is_rejected(record: Mapping[str, Any]) -> bool:
    """Say whether the model's text was turned down, by the guard or because it could not be read."""
    return record["reason"] not in (None, ALREADY_CLEAR, FOLLOW_UP, "error")


_MOST_WORDS = 14  # of a turn that may be a follow-up; longer ones say enough to be refined
_MOST_WORDS_IN_CHAT = 30


def _any(words: str) -> str:
    return "(?: " + " | ".join(words.split()) + " )"


_LEAD = _any("and but so ok okay yes no nah yeah great hm now then wait sorry also just")
_TAIL = "(?: please | pls | plz | thanks | thank [ ] you | thx | then | now | again | instead | too | ok )"
_REPLY = _any(
    "yes no yep yeah yup nope nah ok okay k sure fine right wrong correct exactly agreed maybe neither both none "
    "either thanks thx ty cheers cool great perfect nice good wow hm hmm continue next more again stop go on done "
    "help undo retry ja nein nee nej oui non si sí sì sim não nao tak nie dalej weiter danke merci gracias "
    "obrigado obrigada grazie bedankt dank je tack dzięki dziękuję continúa continua continuez suite avanti verder "
    "fortsätt vidare mach ga door sigue siga kontynuuj and please bitte alsjeblieft alstublieft proszę por favor "
    "prego s'il te plaît vous much so very you thank it of course i see got do that the a lot not really why who "
    "when where what how "
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
  | option [ ] \w | none [ ] of [ ] (?: those | these | them ) )"""
_IT = "(?: it | this | that | them )"
_FAULT = """(?:
    (?: that | this | it )
    (?: 's | s | [ ] (?: is | was | isn't | isnt | wasn't | does | doesn't | doesnt | didn't | didnt | did | has
                       | still | says | said | gives | sounds | looks | failed | worked ) )
  | (?: didn't | didnt | doesn't | doesnt ) [ ] work
  | not [ ] working
  | still [ ] (?: not | no | nothing | the [ ] same | says | get | getting | wrong | broken )
  | you [ ] (?: forgot | missed | skipped | already | changed | misunderstood ) )"""
_FALSE = _any(
    "das dat det c'est ce ça ca eso esto isso isto to ist is är est está è jest stimmt klopt stämmer nicht niet inte "
    "pas non no não nie n'est marche funktioniert werkt fungerar funziona funciona działa falsch fout fel faux "
    "sbagliato mal incorrecto errado źle warum waarom varför pourquoi perché por qué que porquê dlaczego"
)
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
    rf"(?: can [ ] (?: you | u ) [ ] )? (?: make | put | say | write | do ) [ ] {_IT}"
    r" (?: [ ] (?: rhyme | all | (?: into | in | as ) [ ] (?: \w+ [ ]? ){1,4} ) )?",
    rf"(?: (?: and | or ) [ ] )? in [ ] {_LANGUAGE}",
    r"(?: as | into ) [ ] an? [ ] (?: table | list | poem | letter | story | tweet | mail | email | joke | song )",
    rf"{_HOW} [ ,]+ (?: and | but ) [ ] (?: in [ ] \w+ | {_HOW} | (?: without | with ) [ ] .+ )",
    r"(?: the [ ] same | same | again | once [ ] more | one [ ] more [ ] time ) (?: [ ] again )?"
    r" (?: [ ,]* (?: but | for | with | without | in ) [ ] .+ )?",
    r"(?: without | leave [ ] out | drop | remove | delete | cut | keep | only [ ] change | change | shorten | expand"
    rf" | explain ) [ ] the [ ] (?: {_ORDINAL} (?: [ ] \w+ )? [ ] {_PART} s? | ending | intro | title )"
    r" (?: [ ] \S+ ){0,3}",
    r"(?: ignore | forget | skip | scrap ) [ ] (?: it | this | that | those | what [ ] i [ ] said )"
    rf" (?: [ ,]+ (?: and | just | now ) [ ] (?: do | try | say | make | write ) [ ] (?: {_IT} | again ) .* )?",
    rf"(?: try | do | say ) [ ] (?: {_IT} [ ] )? again (?: [ ,]+ (?: but | with | without | in | for ) [ ] .+ )?"
    r" | go [ ] (?: on | ahead | back ) | keep [ ] going"
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
    rf"(?: {_FALSE} [ ,]* ){{1,6}}",
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
  | ones? | both | neither | either | the [ ] (?: first | second | third | last | other | same | rest ) | again | still
  | instead | too | also | above | before | then | back | you [ ] (?: said | gave | wrote | forgot | had )
  | your [ ] (?: \w+ [ ] )? (?: idea | answer | list | code | version | suggestion )
    ) \b"""
)
_SIGNS = regex.compile(r"[^\p{L}\p{N}/#'’,.() -]+")
_APOSTROPHES = regex.compile("[’`´]")
_LETTER_OR_DIGIT = regex.compile(r"[\p{L}\p{N}]")


def is_follow_up(text: str, *, asks: bool = True, in_chat: bool = False) -> bool:
    """Say whether a turn means nothing without the turns before it.

    Where there are some (`in_chat`), a short one that asks for nothing (`asks`) or points back is one, too.
    """
    words = " ".join(_APOSTROPHES.sub("'", _SIGNS.sub(" ", text[:1000])).split()).strip(" .,-")
    if not _LETTER_OR_DIGIT.search(text):
        return True  # signs and emoji alone
    size = len(words.split())
    if in_chat and size <= _MOST_WORDS_IN_CHAT and (not asks or size < 3 or _POINTS_BACK.search(words)):
        return True
    return size <= _MOST_WORDS and _FOLLOW_UP.match(words) is not None
