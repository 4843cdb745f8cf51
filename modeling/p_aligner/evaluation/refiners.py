"""What turns an instruction into another one: models, files, columns. Knows nothing of answers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..backends import Backend, Reply
from ..errors import InputError
from ..guard import failed_checks
from ..jsonl import read_rows
from ..pipelines import read_answer
from ..prompts import Message, chat_rewrite_messages, opened, refine_messages, rewrite_messages
from .settings import FileRefiner, ModelRefiner


# What the authors of BPO (Cheng et al. 2024) publish with their model; its chat template puts [INST] around it.
BPO_HEAD = (
    "You are an expert prompt engineer. Please help me improve this prompt to get a more helpful and harmless "
    "response:\n"
)
ALREADY_CLEAR = "already clear"


@dataclass(frozen=True)
class Refinement:
    """What a refiner made of an instruction.

    Args:
        text (`str`):
            The instruction that goes on: the original where there is a `reason`.
        reason (`str`, *optional*):
            Why nothing changed, or which checks the model's text failed.
    """

    text: str
    reason: str | None = None

    @property
    def is_rejected(self) -> bool:
        return self.reason not in (None, ALREADY_CLEAR)


def messages(instruction: str, settings: ModelRefiner) -> list[Message]:
    """Ask a model for a better instruction."""
    principle = settings.direction()
    if settings.refiner == "bpo":
        return [{"role": "user", "content": BPO_HEAD + instruction}]
    if principle is None:
        return opened(refine_messages(instruction))
    if settings.refiner == "singlepo":
        return opened(rewrite_messages(instruction, principle))
    return chat_rewrite_messages(instruction, principle)


async def refine(instruction: str, model: Backend, settings: ModelRefiner) -> tuple[Refinement, Reply | None]:
    """Ask a model, read its answer and let the guard look at it.

    Raises:
        BackendError: the model could not be reached.
    """
    try:
        (reply,) = await model.chat(messages(instruction, settings), seed=0)
    except InputError as error:
        return Refinement(instruction, f"unanswered: {error}"), None
    return read(instruction, reply, settings), reply


def read(instruction: str, reply: Reply, settings: ModelRefiner) -> Refinement:
    """Take the refined instruction out of an answer, or the original with the reason."""
    if reply.finish_reason in ("length", "content_filter"):
        return Refinement(instruction, f"unfinished: {reply.finish_reason}")
    if settings.refiner in ("p-aligner", "singlepo"):
        guard = "fallback" if settings.is_guarded else "off"
        text, failures = read_answer(instruction, reply.text, guard=guard, max_growth=settings.max_growth)
    else:
        text = reply.text.strip()
        failures = failed_checks(instruction, text, max_growth=settings.max_growth) if settings.is_guarded else []
    if not text.strip():
        return Refinement(instruction, "empty: the text is blank")
    if failures:
        return Refinement(instruction, "; ".join(failures))
    if text.strip() == instruction.strip():
        return Refinement(instruction, ALREADY_CLEAR)
    return Refinement(text)


class Lookup:
    """Refinements of a file, by the text of the instruction.

    Args:
        settings ([`FileRefiner`]):
            Where it is.

    Raises:
        InputError: the file cannot be read, or its rows are no refinements.
    """

    def __init__(self, settings: FileRefiner) -> None:
        self.rows: dict[str, Mapping[str, Any]] = {}
        if not Path(settings.path).exists():
            raise InputError(
                f"{settings.path} cannot be read: there is no such file; `ultraprompt best` and `p-aligner refine "
                "--output` write one, the first lines of the recipe may say how"
            )
        for number, row in enumerate(read_rows(settings.path), start=1):
            texts = row.get("instruction"), row.get("refined_instruction")
            if not all(isinstance(text, str) for text in texts):
                raise InputError(
                    f"row {number} of {settings.path} needs the columns instruction and refined_instruction, as "
                    "`ultraprompt best` and `p-aligner refine` write them"
                )
            self.rows[str(texts[0]).strip()] = row
        if not self.rows:
            raise InputError(f"{settings.path} holds no refinements")

    def find(self, instruction: str) -> Refinement | None:
        """Return what the file has for an instruction, or `None`."""
        row = self.rows.get(instruction.strip())
        if row is None:
            return None
        text = str(row["refined_instruction"])
        is_same = text.strip() == instruction.strip()
        return Refinement(instruction if is_same else text, ALREADY_CLEAR if is_same else row.get("reason"))


def described(settings: ModelRefiner) -> dict[str, Any]:
    """Describe what a refinement depends on besides the instruction and the model."""
    principle = settings.direction()
    return {
        "refiner": settings.refiner,
        "principle": asdict(principle) if principle else None,
        "guard": settings.max_growth if settings.is_guarded else None,
    }
