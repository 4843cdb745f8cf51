"""The category of an instruction, from a chat model that is shown what the principles of each category do.

A wrong category costs a seed the principles of its domain; those of Helpfulness apply to every instruction (§A).
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import ExitStack

from p_aligner.errors import InputError
from p_aligner.principles import PrinciplePack
from p_aligner.prompts import Message
from p_aligner.runtime import BackendSettings, connect
from p_aligner.runtime.protocol import Backend
from p_aligner.store.journal import Journal

from .settings import SeedSettings


HEAD = "Requests to an assistant fall into categories, and each is improved in its own way:\n\n"
REQUEST = (
    "\n\nWhich category does the request below belong to? Do not answer the request itself.\n\n"
    "[The Start of Request]\n"
)
TAIL = "\n[The End of Request]\n\nReply with the name of one category and nothing else: "
_SHOWN = 4000  # characters of a request; what it is about shows at its beginning
_MARKS = " \t\r\n\"'`*_.:#()[]<>"

Note = Callable[[str, str | None, str], None]


def categorize(instructions: Mapping[str, str], settings: SeedSettings, pack: PrinciplePack) -> dict[str, str | None]:
    """Ask the categorizer about instructions that it was not asked about before.

    Returns:
        categories by seed id; `None` where the answer named none.

    Raises:
        InputError: the categorizer cannot be loaded, or the file of its answers cannot be used.
        BackendError: the chat model failed. Answers until then are kept.
    """
    chosen = settings.categorizer
    by = getattr(chosen, "model", "scripted")
    found: dict[str, str | None] = {}
    with ExitStack() as stack:
        kept = stack.enter_context(Journal(settings.categories, durable=False)) if settings.categories else None
        for row in kept.records() if kept else ():
            if not {"id", "category", "by"} <= row.keys():
                raise InputError(f"{settings.categories} holds something else than categories: {row!r:.80}")
            if row["by"] == by:
                found[row["id"]] = row["category"] if row["category"] in pack.domains else None
        new = {id: text for id, text in instructions.items() if id not in found}

        def note(id: str, category: str | None, answer: str) -> None:
            found[id] = category
            if kept:
                kept.extend([{"id": id, "category": category, "answer": answer, "by": by}])

        if new and chosen is not None:
            asyncio.run(_connect_and_ask(new, chosen, pack, note))
    return {id: found[id] for id in instructions}


def fallback(pack: PrinciplePack) -> str:
    """Return the category of an instruction that fits none: its principles suit every instruction."""
    return next((domain for domain in pack.domains if domain in pack.universal), pack.domains[0])


def category_messages(instruction: str, pack: PrinciplePack) -> list[Message]:
    categories = []
    for domain in pack.domains:
        ways = [principle.description for principle in pack if principle.domain == domain]
        categories.append(f"- {domain}: " + ("any other request" if domain == fallback(pack) else "; ".join(ways)))
    names = ", ".join(pack.domains)
    return [{"role": "user", "content": HEAD + "\n".join(categories) + REQUEST + instruction[:_SHOWN] + TAIL + names}]


def read_category(answer: str, pack: PrinciplePack) -> str | None:
    """Return the category that an answer consists of, whatever its case and marks; `None` if it says anything else."""
    said = answer.strip(_MARKS).casefold()
    return next((domain for domain in pack.domains if domain.casefold() == said), None)


async def ask(instructions: Mapping[str, str], backend: Backend, pack: PrinciplePack, note: Note) -> None:
    """Ask a chat model about all instructions at once; `note(id, category, answer)` hears each answer as it comes."""

    async def ask_one(id: str, text: str) -> None:
        try:
            (reply,) = await backend.chat(category_messages(text, pack), seed=0)
        except InputError as error:
            raise InputError(f"the seed {id!r} cannot be categorized: {error}") from error
        note(id, read_category(reply.text, pack), reply.text)

    await asyncio.gather(*(ask_one(id, text) for id, text in instructions.items()))


async def _connect_and_ask(
    instructions: Mapping[str, str], settings: BackendSettings, pack: PrinciplePack, note: Note
) -> None:
    backend = connect(settings)
    try:
        await ask(instructions, backend, pack, note)
    finally:
        await backend.close()
