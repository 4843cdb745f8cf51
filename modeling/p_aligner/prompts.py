"""The words sent to a rewriter and the markers read back: three templates, one parser.

Templates are quoted from the paper (Fig. 8-10; line breaks as in the authors' data preparation). User text is put in
by concatenation, never by `str.format`, so braces, markers and chat-template tokens in it stay what they are.
"""

import re
from collections.abc import Callable, Collection

from .errors import ParseError
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
