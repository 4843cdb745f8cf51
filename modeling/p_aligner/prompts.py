"""The words sent to a rewriter and what is read back: three templates, two parsers.

Templates are quoted from the paper (Fig. 8-10; line breaks as in the authors' data preparation). User text is put in
by concatenation, never by `str.format`, so braces, markers and chat-template tokens in it stay what they are.
"""

import ast
import json
import re
from collections.abc import Mapping
from typing import Any

from .errors import InputError, ParseError
from .principles import Principle


Message = dict[str, str]

# Fig. 10, and the beginning of Fig. 9.
REFINE_HEAD = (
    "You are an expert prompt engineer. Please help me optimize this prompt to get better response:\n\n"
    "[The Start of Raw Prompt]\n"
)
REFINE_TAIL = "\n[The End of Raw Prompt]"
# Fig. 9, the rest.
PRINCIPLE_HEAD = "\n\nYou should optimize this prompt by "
PRINCIPLE_TAIL = "."
# Fig. 8.
CHAT_HEAD = "The user query to be paraphrased is "
CHAT_MIDDLE = ". You should optimize this query by "
CHAT_TAIL = ". You should also return the optimized version directly, without any prefix."
# The form of the answers to Fig. 9 and 10.
OUTPUT_HEAD = "The Optimized Prompt:\n\n"
OUTPUT_START = "[The Start of Optimized Prompt]\n"
OUTPUT_END = "\n[The End of Optimized Prompt]"
# What each of these answers begins with: a model in this process need not write what is known.
OUTPUT_OPENING = OUTPUT_HEAD + OUTPUT_START


def refine_messages(instruction: str) -> list[Message]:
    """Ask P-Aligner for a better version of `instruction` (Fig. 10)."""
    return [{"role": "user", "content": REFINE_HEAD + instruction + REFINE_TAIL}]


def rewrite_messages(instruction: str, principle: Principle) -> list[Message]:
    """Ask SinglePO to rewrite `instruction` by one `principle` (Fig. 9)."""
    content = REFINE_HEAD + instruction + REFINE_TAIL + PRINCIPLE_HEAD + principle.description + PRINCIPLE_TAIL
    return [{"role": "user", "content": content}]


def chat_rewrite_messages(instruction: str, principle: Principle) -> list[Message]:
    """Ask a general chat model to rewrite `instruction` by one `principle`; its answer is the rewrite (Fig. 8)."""
    return [{"role": "user", "content": CHAT_HEAD + instruction + CHAT_MIDDLE + principle.description + CHAT_TAIL}]


def render_refined(refined: str) -> str:
    """Put an optimised instruction into the answer form of Fig. 9 and 10."""
    return OUTPUT_OPENING + refined + OUTPUT_END


def parse_refined(answer: str) -> str:
    """Take the optimised instruction out of an answer: `parse_refined(render_refined(x)) == x` for every `x`.

    The text lies between the first start marker and the last end marker, so markers inside it are part of it.

    Raises:
        ParseError: a marker is missing.
    """
    _, start, rest = answer.partition(OUTPUT_START)
    if not start:
        raise ParseError(f"the answer has no {OUTPUT_START.strip()!r}: {answer!r:.120}")
    refined, end, _ = rest.rpartition(OUTPUT_END)
    if not end:
        raise ParseError(f"the answer has no {OUTPUT_END.strip()!r} after its start marker: {answer!r:.120}")
    return refined


# What a chat model puts around a rewrite: it was asked for the rewrite alone, and often says more.
_THOUGHT = "think(?:ing)?|thoughts?|reasoning|reflection|scratchpad|analysis"
_THINKING = re.compile(rf"(?i)<(/?)(?:{_THOUGHT})>|\[(/?)think\]|◁(/?)think▷|<\|(?:begin|(end))_of_thought\|>")
_CHANNEL = "<|channel|>"  # of models that think in one and answer in another
_FINAL = re.compile(r".*<\|channel\|>final[^<]*<\|message\|>(.*?)(?:<\|(?:return|end)\|>.*)?\Z", re.DOTALL)
_REWORKED = (
    "(?:optimi[sz]ed|improved|revised|rewritten|refined|rephrased|reworded|reformulated|paraphrased|enhanced|updated"
    "|polished|edited|clearer|better|new|final)"
)
_REWRITE = "(?:prompt|query|version|rewrite|rewording|rephrasing|paraphrase|revision|instruction|request|question)"
_AGREED = (
    "(?:sure|certainly|of[ ]course|absolutely|okay|ok|yes|great|got[ ]it|no[ ]problem|all[ ]?right|definitely"
    "|(?:i['’]m[ ])?happy[ ]to[ ]help|as[ ]requested|claro|natürlich|bien[ ]sûr|certo|gerne)"
)
# The first words of an answer, up to a colon, a dash, an arrow or the end of the line ...
_LABEL = re.compile(
    r"[^\n:：\[<{]{1,120}?(?:[:：](?:[*_]+(?=\s))?(?!//)|\s(?:[—–→=-]|->|=>)(?=\s)|\s*\n[=-]*)\s*(?:[|>]-?\n\s*)?"
)
# ... are about the rewrite if they say so.
_ABOUT = re.compile(
    rf"""(?xi) \A \W* (?: {_AGREED} \b (?! [^\n]* \s [—–→-] \s ) | try\b
    | (?: assistant | model | json | thinking | thought[ ]for[ ][\w ]+ ) \W*? \n
    | (?: (?: the | your | my | an? ) [ ] )? (?: {_REWORKED} | {_REWRITE} | output | result | response
      | final[ ]answer ) (?: [ ]? \( [^)]* \) )? (?: [ ] (?: is | reads | would[ ]be ) )? [*_]* \s* [:：]
    | [*_\#]+ \s* (?: response | final[ ]answer ) [*_]* \s* \n | you[ ] (?: can | could ) [ ] (?: ask | say ) )
  | \b {_REWORKED} [ _] (?: \w+ [ ] )? {_REWRITE} \b (?! [ ] [\da-c] \b )
  | \A \W* (?: optimi[sz]ed | rewritten | refined | rephrased | reworded | improved ) [ ] (?: by | for | with ) \b
  | \b better[ ]way[ ]to \b
  | \b (?: prompt | query | version | rewrite | rewrote | rephras\w+ | paraphras\w+ | revision | json ) \b
    (?! [ ] [\da-c] \b ) [^\n]* [^\n\s] \s* \Z
  # The same in other languages, where it is no verb of a wish.
  | \b (?: optimi (?: ert | sée? | erad | seerd ) | geoptimaliseerd | zoptymalizowan | optimizad | otimizad
    | ottimizzat | überarbeitete | verbesserte | umformulierte | améliorée? | réécrite? | reformul (?: ée? | ad )
    | mejorad | reescrit | melhorad | migliorat | riscritt | verbeterde | herschreven | ulepszon ) \w{{0,2}} \b
  | 以下是 | 这是 | 這是 | 优化 | 優化 | 改写 | 改寫 | 最適化"""
)
_SMALL = set("the and for you can how this that with your what here more please would could from about".split())
_MADE = "(?:added|changed|made|kept|removed|replaced|included|rewrote|rephrased|preserved|maintained|tried|aimed)"
_POSTFACE = re.compile(
    rf"""(?xi) (?: \n [ \t]* (?: \n | -{{3,}} | \*{{3,}} | (?= (?: please[ ] )? let[ ]me[ ]know | i[ ]hope ) )
    [\s*_\#>(\[—–-]* (?:
    (?: please[ ] )? let[ ]me[ ]know | (?: i[ ] )? hope[ ]th (?: is | at ) | feel[ ]free[ ]to[ ] (?: let | ask | adj )
  | is[ ]there[ ]anything[ ]else | would[ ]you[ ]like[ ] (?: me[ ]to | any ) | this[ ]is[ ] (?: more | clearer )
  | does[ ]this[ ] (?: help | work[ ]for[ ]you ) | is[ ]this[ ] (?: what[ ]you | better )
  | i (?: ['’]ve | [ ]have )? [ ] (?: {_REWORKED} | rewrote )
  | (?: note (?: [ ]that )? :? [ ] )? (?: this[ ] (?: rewrite | version | revision )
    | (?: this | the ) [ ] {_REWORKED} [ ] {_REWRITE} | i (?: ['’]ve | [ ]have )? [ ] {_MADE} \b
      (?= [^\n]* \b (?: {_REWRITE} | meaning | wording | tone | clar\w+ | clearer | polite\w* | original ) \b ) ) \b
  | why[ ] (?: this | it ) [ ]works | (?: optimi[sz]ed | rewritten | refined | rephrased ) [ ] (?: for | to | by ) [ ]
  | (?: explanation | rationale | reasoning | (?: key[ ] )? (?: changes | improvements ) (?: [ ]made )? ) [*_]*
    (?: : | [ \t]* \n ) )
  | \s [*_]* [(\[] (?: note (?: [ ]that )? :? [ ] )? (?: i (?: ['’]ve | [ ]have )? [ ] {_MADE} \b
    | this[ ] (?: rewrite | version | revision | {_REWORKED} ) ) [^()\[\]\n]* [)\]] [*_]* \Z )"""
)
_FENCED = re.compile(r"\A(`{3,}|~{3,})[^\n`]*\n(.*?)\n?[ \t]*\1\Z", re.DOTALL)
_TAGGED = re.compile(r"<(\w[\w-]*)(?: [^<>]*)?>(.*?)</\1>", re.DOTALL)
_NAMED = re.compile(rf"(?i){_REWORKED}(?:[_-]?{_REWRITE})?|rewrite|paraphrase|revision")
_RULES = re.compile(r"\A(?:[ \t]*[-*_]{3,}[ \t]*\n)+|(?:\n[ \t]*[-*_]{3,}[ \t]*)+\Z")
_BULLET = re.compile(r"(?:[^\w\s\"'“‘«`(\[{<]{1,6}|1[.)])[ ]+(?=\S)")  # before a single line
_BOX = re.compile(
    r"(?i)(?:\W*\b(?:so|thus|therefore|hence|here|the|final|answer|rewritten|refined|optimi[sz]ed|prompt|query|is))*[\s$*\\[(:]*\\boxed\{(?:\\text\w*\{)?((?:[^{}]|\{[^{}]*\})*)\}?\}[\s$*.\\\])]*"
)
_FRAMES = """\"\"\"\"\"\" \'\'\'\'\'\' **** ____ ** __ ```` `` "" '' “” ‘’ «» „“ „” ”” 「」 『』 《》 [] ()"""
_AROUND = tuple((both[: len(both) // 2], both[len(both) // 2 :]) for both in _FRAMES.split())
# What templates begin and end turns with; some models go on with the next turn.
_TOKEN = re.compile(
    r"<[|｜][^<>|｜\s]{1,40}[|｜]>|</?(?:s|eos|bos|start_of_turn|end_of_turn)>|\[/?INST\]"
    r"|(?im:^)[#*]*(?i:assistant|user|human):\**"
)
_ROLE = re.compile(r"\s*(?:assistant|user|system|model|final)?\s*")  # between them
_COLON = r"[*_]{0,3}\s?[:：][*_]{0,3}\s{0,3}"
_ORIGINAL = re.compile(rf"(?i)\W{{0,9}}(?:(?:the|your) )?(?:original|raw|initial)(?: {_REWRITE})?{_COLON}")
_TURNED = (
    rf"\W{{0,9}}?(?:->|→|=>|⇒|(?:(?:the |your )?(?:{_REWORKED}(?: {_REWRITE})?|rewrite|after|output)){_COLON})\s*"
)
# How several rewrites are told apart: by names with numbers, by what they are like, by "or", by fences.
_NUMBERED = r"(?!step|part|day|week|question|task|point|section|line)(?P<name>\w+)[ ](?:[1a]|one)\b"
_LIKE = (
    "(?:(?:1st|2nd|first|second|short(?:er)?|long(?:er)?|formal|casual|polite|concise|detailed|simple|neutral|friendly"
    rf"|professional|alternative|another|other|{_REWORKED}(?=[ ]{_REWRITE}[ ]\())[ ]?(?:option|variant|{_REWRITE})?"
    r"(?:[ ]\([^)\n]*\))?)[*_]*[ ]?[:：\n—–]"
)
_BEGINS = r"[\s*_\#>\"(-]{0,9}"
_SEVERAL = re.compile(
    rf"""(?xis) \A{_BEGINS}(?: {_NUMBERED} .*? [\n.?!"][)*_"]{{0,9}}\s{_BEGINS} (?P=name)[ ](?:[2b]|two)\b
  | {_LIKE} .*? \n{_BEGINS} {_LIKE}
  | (?:here|below|these|some|two|three)\b[^\n:]{{0,40}}\b(?:versions|rewrites|options|variants)\b[^\n:]{{0,30}}: )
  | \A["“][^"“”]{{12,}}["”]\W{{0,3}}\b(?:or|oder|ou|o|of|eller|lub)\b\W{{0,3}}["“][^"“”]{{12,}}["”]\.?\Z
  | \A```[^`]+```(?:[^`\w]|or)*```[^`]+```\Z | [.?!]["*_]*[ ]/[ ]["*_]*(?-i:[A-Z])
  | \n\W{{0,9}}(?:or|alternatively)\b(?:[*_ ]*\n|[*_]*[,:])"""
)
_ITEM = re.compile(r"(?m)^[ \t]*(?:[-*•>]|\(?(?:\d|[a-d])[.)])[ \t]+(?=\S)")
_ASKING = _SMALL | set("tell explain give write make show describe help need want know please pls".split())
_SHORTEST_ITEM = 4  # words
_SHORTEST_ECHO, _LONGEST_ECHO = 12, 2_000  # characters
_MOST_LAYERS = 6


def without_thinking(answer: str, instruction: str = "") -> str:
    """Cut off what a model thinks before it answers, in tags; one that never ends is all that there is.

    Tags of the instruction's own are text. A closing one without its opening one ends what the prompt had begun.
    """
    if _CHANNEL in answer and _CHANNEL not in instruction:
        final = _FINAL.match(answer)
        return final[1] if final else ""
    kept: list[str] = []
    at, thinks = 0, False
    for tag in _THINKING.finditer(answer):
        if tag[0] in instruction:
            continue
        if any(tag.groups()):
            if not thinks:
                kept.clear()
            thinks, at = False, tag.end()
        elif not thinks:
            kept.append(answer[at : tag.start()])
            thinks = True
    return "".join(kept if thinks else [*kept, answer[at:]])


def says_nothing(answer: str) -> bool:
    """Say whether an answer holds nothing but thinking, tokens of a template and what nobody sees."""
    return re.fullmatch(r"[\s\u200b\u2060\ufeff]*", _TOKEN.sub("", without_thinking(answer))) is not None


def parse_rewrite(answer: str, instruction: str) -> str:
    """Take the rewrite out of a chat model's answer to Fig. 8, which holds nothing else only if the model obeyed.

    Thinking, words before ("Here is the optimized version:") and after it ("Let me know ..."), an echo of the
    instruction, JSON, fences, quotation marks and the like around the whole are no part of it, unless the instruction
    begins or ends so itself.

    Raises:
        ParseError: it is not sure which of the words are the rewrite.
    """
    text, given = without_thinking(answer, instruction), instruction.strip()
    if not any(token.casefold() in given.casefold() for token in _TOKEN.findall(text)):
        text = next((part for part in _TOKEN.split(text) if not _ROLE.fullmatch(part)), "")
    for _ in range(_MOST_LAYERS):
        before = text = _RULES.sub("", text.strip().strip("\u200b\u2060\ufeff")).strip()
        if _are_several(text, given):
            raise ParseError(f"the answer holds several rewrites: {text!r:.120}")
        text = _without_label(text, given)
        postface = _POSTFACE.search(text)
        if postface and not _POSTFACE.search("\n\n" + given) and not _has(given, postface[0], anywhere=True):
            text = text[: postface.start()].rstrip()
        text = _without_frame(_without_echo(text, given), given)
        if text == before:
            break
    return text


def _has(given: str, words: str, *, anywhere: bool = False) -> bool:
    """Say whether an instruction begins with some words, or has them anywhere, however they are set."""
    said, words = (re.sub(r"[\W_]+", "", text).casefold() for text in (given, words))
    return words in said if anywhere else said.startswith(words)


def _are_several(text: str, given: str) -> bool:
    """Say whether a text holds more than one rewrite: set apart, or as items of which each asks for all of it."""
    if (found := _SEVERAL.search(text)) and not _SEVERAL.search(given):
        return not (found["name"] and _has(given, found["name"], anywhere=True))
    wanted = set(re.findall(r"\w{3,}", given.casefold())) - _ASKING
    if not wanted or "\n" in given or not _ITEM.match(text):
        return False
    items = [re.findall(r"\w+", item.casefold()) for item in _ITEM.split(text)[1:]]
    whole = [item for item in items if len(item) >= _SHORTEST_ITEM and 3 * len(wanted & set(item)) >= 2 * len(wanted)]
    return len(items) > 1 and len(whole) == len(items)


def _without_label(text: str, given: str) -> str:
    """Cut off first words that are about the rewrite; what they share with the instruction would be its own."""
    label = _LABEL.match(text)
    if not label or not _ABOUT.search(label[0]) or _has(given, label[0]):
        return text
    words = set(re.findall(r"\w{3,}", label[0].casefold())) - _SMALL
    if label[0].rstrip("*_ \n")[-1:] in ":：":
        words -= {word for word in words if re.fullmatch(_REWORKED, word)}
    is_echo = len(given) > _SHORTEST_ECHO and _has(label[0], given, anywhere=True) and not _has(label[0], given)
    is_other = is_echo or words.isdisjoint(re.findall(r"\w{3,}", given.casefold()))
    if not is_other:
        return text
    opened, rest = re.split(r"[^*_]", text, maxsplit=1)[0], text[label.end() :]
    return rest.removesuffix(opened) if opened and opened not in label[0][len(opened) :] else rest


def _without_echo(text: str, given: str) -> str:
    """Cut off the instruction where it stands before the rewrite, with a name or an arrow between the two."""
    if len(given) <= _LONGEST_ECHO and not re.search(_TURNED, given, re.IGNORECASE):
        words = r"\W+".join(map(re.escape, re.findall(r"\w+", given)))
        first = rf"\W{{0,9}}(?:(?:\w+ ){{0,2}}\w+{_COLON})?\W{{0,9}}"
        echo = re.match(first + words + _TURNED, text, re.IGNORECASE)
        text = text[echo.end() :] if echo else text
    if _ORIGINAL.match(text) and not _ORIGINAL.match(given):
        raise ParseError(f"the answer begins with another original: {text!r:.120}")
    return text


def _without_frame(text: str, given: str) -> str:
    """Cut off one frame around the whole text that the instruction has not."""
    if (fence := _FENCED.match(text)) and fence[1] not in given and fence[1] not in fence[2]:
        return fence[2].strip()
    if text.count("```") == 1 and "```" not in given:  # half a fence
        return re.sub(r"\A```\w*\s|```", "", text).strip()
    tag = _TAGGED.match(text)
    if tag and f"<{tag[1]}" not in given and (tag.end() == len(text) or _NAMED.match(tag[1])):
        return tag[2].strip()
    lines = text.splitlines()
    if lines and all(line.startswith(">") for line in lines) and not given.startswith(">"):
        return "\n".join(line[1:].strip() for line in lines)
    if len(lines) == 1 and (bullet := _BULLET.match(text)) and not _BULLET.match(given):
        return text[bullet.end() :]
    if "\\boxed" not in given:
        if box := _BOX.fullmatch(text):
            return box[1].strip()
        if re.search(r"\\boxed\{(?:\W*\w+){3}", text):  # with an answer, not the wish for one
            raise ParseError(f"the answer has a box beside other words: {text!r:.120}")
    if text[:1] in ("{", "[", '"') and not given.startswith(text[0]):
        text = _out_of_json(text, given)
    for opening, closing in _AROUND:
        stop = "." if text.endswith(closing + ".") else ""
        inner = text.removesuffix(stop)[len(opening) : -len(closing)]
        is_framed = text.startswith(opening) and text.endswith(closing + stop) and inner.strip() != ""
        is_framed = is_framed and not (opening in "*_" and inner[0] in f" \t\n{opening}")  # a list, or two signs
        if is_framed and not given.startswith(opening) and not _closes_early(inner, opening, closing):
            return inner.strip() + stop
    return text


def _out_of_json(text: str, given: str) -> str:
    """Return the one text that JSON gives as the rewrite."""
    found: list[tuple[str, str]] = []

    def take(pairs: list[tuple[str, Any]]) -> None:
        said = ((key, each) for key, value in pairs for each in (value if isinstance(value, list) else [value]))
        found.extend((key, each) for key, each in said if isinstance(each, str) and each.strip())

    try:
        take([("", json.loads(_strict_json(text), strict=False, object_pairs_hook=take))])
    except (ValueError, RecursionError):
        if re.match(r"\{\s*\w+\s*:\s*[\"']|[\[{\s]*[\"'][\w -]+[\"']\s*:", text):
            raise ParseError(f"the answer is JSON that cannot be read: {text!r:.120}") from None
        return text
    if text[0] == '"' and ("\\" in given or "\\" not in text):
        return text  # in quotation marks, no more
    found = [each for each in found if not _has(given, each[1])] or found
    for name in (_REWORKED, rf"\b(?:{_REWRITE}|output|result|response|content|text)\b"):
        named = [each for each in found if re.search(name, each[0].replace("_", " "), re.IGNORECASE)]
        found = named if len(named) == 1 else found
    if len(found) != 1 and (found or text[0] == "{"):
        raise ParseError(f"the answer is JSON with {len(found)} texts: {text!r:.120}")
    return found[0][1] if found else text


def _strict_json(text: str) -> str:
    """Write a dictionary of Python, or JSON with a comma too many, as JSON."""
    try:
        return json.dumps(ast.literal_eval(text)) if text[0] == "{" and len(text) <= _LONGEST_ECHO else text
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return text


def _closes_early(inner: str, opening: str, closing: str) -> bool:
    """Say whether the first mark of the kind inside ends what the one before began: `"a" or "b"`, not `"a "b" c"`."""
    mark = re.search(rf"(?<!\w){re.escape(opening)}|{re.escape(closing)}(?!\w)", inner)
    return mark is not None and (mark[0] != opening or re.match(r"\s|\W*\Z", inner[mark.end() :]) is not None)


def is_complete(written: str, instruction: str) -> bool:
    """Say whether an answer has come to its end marker; the instruction's own markers are part of the text."""
    return written.count(OUTPUT_END) > instruction.count(OUTPUT_END)


def complete_part(written: str, instruction: str) -> str:
    """Cut off what follows the end marker."""
    at = -1
    for _ in range(instruction.count(OUTPUT_END) + 1):
        at = written.find(OUTPUT_END, at + 1)
        if at < 0:
            return written
    return written[: at + len(OUTPUT_END)]


def text_of(turn: Mapping[str, Any]) -> str:
    """Return what a turn says; its content is a text, or a list of parts that are texts.

    Raises:
        InputError: it is neither.
    """
    content = turn.get("content")
    if isinstance(content, str):
        return content
    whose = f"the content of a {turn['role']!r} turn must be text"
    if not isinstance(content, list) or not content or not all(isinstance(part, Mapping) for part in content):
        raise InputError(f"{whose}, it is {content!r:.80}")
    for part in content:
        if part.get("type") not in ("text", "input_text") or not isinstance(part.get("text"), str):
            raise InputError(f"{whose}, it has a part of the type {part.get('type')!r:.40}: leave that out")
    return "\n\n".join(part["text"] for part in content)
