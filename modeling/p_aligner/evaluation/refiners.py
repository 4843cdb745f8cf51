"""What turns an instruction into another one: models, files, columns. Knows nothing of answers."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import InputError, Reason
from ..instructions import ALREADY_CLEAR, FOLLOW_UP
from ..prompts import Message, chat_rewrite_messages
from ..runtime import Backend, Reply
from ..runtime.refiner import Refiner
from ..store.columns import column_of
from ..store.rows import read_rows
from .settings import FileRefiner, ModelRefiner


# What the authors of BPO (Cheng et al. 2024) publish with their model; its chat template puts [INST] around it.
BPO_HEAD = (
    "You are an expert prompt engineer. Please help me improve this prompt to get a more helpful and harmless "
    "response:\n"
)


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
        return self.reason not in (None, ALREADY_CLEAR, FOLLOW_UP)


def refiner_of(settings: ModelRefiner, model: Backend) -> Refiner:
    """Make what refines as the settings say."""
    principle = settings.direction()
    ask: Callable[[str], list[Message]] | None = None
    if settings.refiner == "bpo":
        ask = _ask_bpo
    elif principle and settings.refiner == "chat":
        ask = partial(chat_rewrite_messages, principle=principle)
    by_principle = settings.refiner == "singlepo"
    return Refiner(
        model,
        by_principle=by_principle,
        principle=principle,
        ask=ask,
        guard=settings.guard,
        max_growth=settings.max_growth,
    )


def _ask_bpo(instruction: str) -> list[Message]:
    return [{"role": "user", "content": BPO_HEAD + instruction}]


async def refine(instruction: str, refiner: Refiner) -> tuple[Refinement, Reply | None]:
    """Refine an instruction; one that cannot be refined stays as it is, with the reason.

    Raises:
        BackendError: the model could not be reached.
    """
    try:
        record, reply = await refiner.answered(instruction)
    except InputError as error:
        return Refinement(instruction, Reason.named("unanswered", str(error))), None
    if not str(record["refined_instruction"]).strip():
        return Refinement(instruction, Reason.named("empty", "the text is blank")), reply
    return Refinement(record["refined_instruction"], record["reason"]), reply


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
            texts = row.get(column_of(row)), row.get("refined_instruction")
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
        "guard": None if settings.guard == "off" else settings.max_growth,
    }
