"""Instructions that a chat model writes itself: it goes on with a user turn (Magpie, Xu et al. 2025). Knows no files.

A model that was trained on whole chats knows what people ask. Much of what a small one writes is of no use: what it
wrote is kept as it is, and what is wrong with it is found anew each time.
"""

import asyncio
import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

from p_aligner.answers import ANSWER_START, ASSISTANT_VOICE, STATEMENT
from p_aligner.dangers import is_dangerous
from p_aligner.errors import InputError
from p_aligner.guard import repetition
from p_aligner.heads import heads_of
from p_aligner.judging.languages import is_in
from p_aligner.runtime.in_process import TransformersBackend, TransformersSettings
from p_aligner.spelling import words_of
from p_aligner.store.journal import Journal, Record

from .settings import ModelSource


MOST_WRITTEN = 20  # texts for each instruction that is wanted; where fewer pass, another model or opening is needed
_DECIDING = {*TransformersSettings.model_fields, "openings", "seed"}  # settings that the texts depend on
_TURN = re.compile(r"(?im)^\W*(?:user|human|person|assistant|system|ai|bot|answer|response|solution|output|a)\W*:")
_ROLE = re.compile(r"(?i)\b(?:you are|you're|i am|i'm) an? (?:\w+ ){0,2}(?:ai|assistant|chatbot)\b")
_TWICE = re.compile(r"(?i)\b([\w-]{4,}) \1\b")
_ASKED = re.compile(r"\?|\n\s*\n")  # behind it, a model may begin to answer itself
_END = re.compile(r"""[.?!…:)\]}"'”’»`]\Z""")


def written(source: ModelSource) -> Iterator[tuple[str, str | None]]:
    """Yield what a model writes, in an order that is always the same, and what is wrong with it.

    Raises:
        InputError: the model cannot be loaded, its chat template does not tell where a user's turn begins and ends, or
            the file of its samples cannot be used.
    """
    for row in _samples(source):
        text = row["text"].strip()
        yield text, "cut off" if row["finish_reason"] != "stop" else fault(text, source)


def fault(text: str, source: ModelSource) -> str | None:
    """Say why a text that a model wrote to its end is no good instruction of a source, or return `None`."""
    if not text:
        return "without an instruction"
    if _TURN.search(text):
        return "with another turn"
    if ANSWER_START.match(text) or ASSISTANT_VOICE.search(text) or _ROLE.search(text):
        return "in the assistant's voice"
    if not _asks(text):
        return "without a request"
    if not _END.search(text):
        return "not whole"
    if _answers_itself(text):
        return "answering itself"
    if _TWICE.search(text) or repetition("", text):
        return "repeating itself"
    if not is_in(text, source.language):
        return "in another language"
    if is_dangerous(text) != source.dangerous:
        return "harmless" if source.dangerous else "dangerous"
    return source.too_long(text)


def _asks(text: str) -> bool:
    return any(heads_of(text, words_of(text)))


def _answers_itself(text: str) -> bool:
    """Say whether a statement stands behind the last question or paragraph, be it also material to ask about."""
    _, *behind = _ASKED.split(text)
    last = behind[-1].strip() if behind else ""
    is_prose = bool(last) and not last.startswith("```")
    return is_prose and (STATEMENT.match(last) is not None or ("\n\n" in text and not _asks(last)))


def _samples(source: ModelSource) -> Iterator[Record]:
    """Yield what the model writes: what is in the file, then what is missing there."""
    decisive = source.model_dump_json(include=_DECIDING)
    by = f"{source.model} {hashlib.sha256(decisive.encode()).hexdigest()[:12]}"
    with ExitStack() as stack:
        kept = stack.enter_context(Journal(source.samples, durable=False))
        known: dict[int, Record] = {}
        for row in kept.records():
            if not {"by", "number", "text", "finish_reason"} <= row.keys():
                raise InputError(f"{source.samples} holds something else than samples: {row!r:.80}")
            if row["by"] == by:
                known[row["number"]] = row

        def note(row: Record) -> None:
            known[row["number"]] = row
            kept.extend([{"by": by, **row}])

        model: TransformersBackend | None = None
        at_once = min(source.batch_size, 2 * source.limit)
        for start in range(0, MOST_WRITTEN * source.limit, at_once):
            numbers = range(start, start + at_once)
            if missing := [number for number in numbers if number not in known]:
                if model is None:
                    model = TransformersBackend(source)
                    stack.callback(lambda model: asyncio.run(model.close()), model)
                asyncio.run(_write(model, source, missing, note))
            yield from (known[number] for number in numbers)


async def _write(
    model: TransformersBackend, source: ModelSource, numbers: Sequence[int], note: Callable[[Record], None]
) -> None:
    """Let the model write some texts; what each becomes depends on its number alone. `note` hears each as it ends."""

    async def one(number: int) -> None:
        opening = source.openings[number % len(source.openings)]
        chat = [{"role": "user", "content": opening}]
        (reply,) = await model.chat(chat, seed=(source.seed << 32) + number, continues=True)
        note({"number": number, "text": opening + reply.text, "finish_reason": reply.finish_reason})

    await asyncio.gather(*map(one, numbers))
