"""The words sent to a rewriter and what is read back: three templates, two parsers.

Templates are quoted from the paper (Fig. 8-10; line breaks as in the authors' data preparation). User text is put in
by concatenation, never by `str.format`, so braces, markers and chat-template tokens in it stay what they are.
"""

import re
from collections.abc import Callable, Collection, Mapping
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
    "|(?:i['’]m[ ])?happy[ ]to[ ]help)"
)
_PREFACE = re.compile(
    rf"""(?xi) (?: [*_\#] [\s*_\#]* (?: (?: the | your ) [ ] )? {_REWORKED} [ ] {_REWRITE} [*_]* (?= \s*\n )
  | [\s*_\#>]*+ (?:
    {_AGREED} \b (?: [ ]thing )? [^\n:]{{0,120}} : (?= \s )
  | (?: {_AGREED} \b (?: [ ]thing )? [^\n:]{{0,60}}? [!.,—–-] \s* )?
    (?: here (?: ['’]s | [ ] (?: is | are | you | comes | goes ) | , ) | (?: below | this | the[ ]following ) [ ] is
      | i (?: ['’]ve | [ ]have )? [ ] (?= {_REWORKED} | rewrote ) )
    [^\n:]{{0,80}}? \b (?: {_REWORKED} | version | prompt | query | instruction | rewrite | paraphrase | revision ) \b
    [^\n:]{{0,80}} :
  | (?: voici | hier[ ] (?: ist | kommt ) | aqu[ií][ ] (?: est[aá] | tienes? | tem ) | ecco
        | 以下是 | 这是 | 這是 | (?: 优化 | 優化 | 改写 | 改寫 ) )
    [^\n:：]{{0,120}} [:：]
  | (?: (?: the | your | my | an? ) [ ] )? (?: {_REWORKED} [ ] )* (?: {_REWORKED} | {_REWRITE} | output | result )
    (?: [ ]? \( [^)\n]* \) )? (?: [ ] (?: is | reads | would[ ]be ) )? [*_]* :
    ) ) [*_]* \s*"""
)
_POSTFACE = re.compile(
    rf"""(?xi) \n [ \t]* (?: \n | -{{3,}} | \*{{3,}} | (?= (?: please[ ] )? let[ ]me[ ]know | i[ ]hope ) )
    [\s*_\#>(-]* (?:
    (?: please[ ] )? let[ ]me[ ]know | (?: i[ ] )? hope[ ]th (?: is | at ) | feel[ ]free[ ]to[ ] (?: let | ask | adj )
  | is[ ]there[ ]anything[ ]else | would[ ]you[ ]like[ ]me[ ]to
  | i (?: ['’]ve | [ ]have )? [ ] (?: {_REWORKED} | rewrote )
  | (?: note (?: [ ]that )? :? [ ] )? (?: this[ ] (?: rewrite | version | revision )
    | (?: this | the ) [ ] {_REWORKED} [ ] {_REWRITE} ) \b | why[ ]this[ ]works
  | (?: explanation | rationale | reasoning | (?: key[ ] )? (?: changes | improvements ) (?: [ ]made )? ) [*_]* : )"""
)
_FENCED = re.compile(r"\A(`{3,}|~{3,})[^\n`]*\n(.*?)\n?[ \t]*\1\Z", re.DOTALL)
_TAGGED = re.compile(r"\A<(\w[\w-]*)>(.*)</\1>\Z", re.DOTALL)
_RULES = re.compile(r"\A(?:[ \t]*[-*_]{3,}[ \t]*\n)+|(?:\n[ \t]*[-*_]{3,}[ \t]*)+\Z")
_FRAMES = """**** ____ ```` `` "" '' “” ‘’ «» „“ „” ”” 「」 『』 《》"""
_AROUND = tuple((both[: len(both) // 2], both[len(both) // 2 :]) for both in _FRAMES.split())
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


def parse_rewrite(answer: str, instruction: str) -> str:
    """Take the rewrite out of a chat model's answer to Fig. 8, which holds nothing else only if the model obeyed.

    Thinking, words before ("Here is the optimized version:") and after it ("Let me know ..."), fences, quotation marks
    and the like around the whole are no part of it, unless the instruction begins or ends so itself.
    """
    text, given = without_thinking(answer, instruction).strip(), instruction.strip()
    for _ in range(_MOST_LAYERS):
        before = text
        text = _RULES.sub("", text).strip()
        preface = _PREFACE.match(text)
        if preface and not given.casefold().startswith(preface[0].strip().casefold()):
            text = text[preface.end() :]
        postface = _POSTFACE.search(text)
        if postface and not _POSTFACE.search("\n\n" + given):
            text = text[: postface.start()].rstrip()
        text = _without_frame(text, given)
        if text == before:
            break
    return text


def _without_frame(text: str, given: str) -> str:
    """Cut off one frame around the whole text that the instruction has not."""
    if (fence := _FENCED.match(text)) and fence[1] not in given and fence[1] not in fence[2]:
        return fence[2].strip()
    if (tag := _TAGGED.match(text)) and f"<{tag[1]}>" not in given and f"<{tag[1]}>" not in tag[2]:
        return tag[2].strip()
    lines = text.splitlines()
    if lines and all(line.startswith(">") for line in lines) and not given.startswith(">"):
        return "\n".join(line[1:].strip() for line in lines)
    for opening, closing in _AROUND:
        stop = "." if text.endswith(closing + ".") else ""
        inner = text.removesuffix(stop)[len(opening) : -len(closing)]
        is_framed = text.startswith(opening) and text.endswith(closing + stop) and inner.strip()
        if is_framed and not given.startswith(opening) and not _closes_early(inner, opening, closing):
            return inner.strip() + stop
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


def literal_token_ids(
    messages: list[Message],
    *,
    render: Callable[[list[Message]], str],
    tokenize: Callable[..., list[int]],
    special_tokens: Collection[str],
) -> list[int]:
    """Render a chat and tokenise it; special tokens inside a message are plain text there, not the end of a turn.

    `tokenize` gives the ids of a text; with `split_special_tokens=True` special tokens are spelt out.
    """
    contents = {f"@@content-{number}@@": message["content"] for number, message in enumerate(messages)}
    if not any(token in content for token in special_tokens for content in contents.values()):
        return tokenize(render(messages))
    stand_ins = [{**message, "content": slot} for message, slot in zip(messages, contents, strict=True)]
    ids: list[int] = []
    # A template may put the turns in another order, or repeat one: the slots say where each of them went.
    for part in re.split(r"(@@content-\d+@@)", render(stand_ins)):
        ids += tokenize(contents.get(part, part), split_special_tokens=part in contents)
    return ids


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
