"""When has a text been written for long enough? It is complete, it repeats itself, or its time is over.

This file is copied into model repositories, so it imports torch and transformers alone.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from transformers import StoppingCriteria


# A text whose last 16 tokens repeat at most 8 loops: it would hold up its batch until there is no room left.
_TOKENS = 16
_PERIODS = range(1, 9)
_TAIL = 64  # tokens in which an end marker is looked for
_EVERY = max(_PERIODS)  # tokens between two looks, which cost time, too


class Deadline(StoppingCriteria):
    """Ends all rows after so many seconds; `max_time` of `generate` goes by a clock that may be set back.

    Args:
        seconds (`float`):
            From now on.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        return torch.full((len(input_ids),), time.monotonic() > self._end, device=input_ids.device)


class Complete(StoppingCriteria):
    """Ends the rows of one `generate` that have come to their end marker.

    Args:
        width (`int`):
            Tokens of the prompts, padding counted.
        marker (`str`):
            The end marker.
        decode (`Callable`):
            Turns token ids into text.
        are_complete (sequence of `Callable[[str], bool]`):
            Say of a new text that holds the marker whether it is over, one for each prompt; each may have several
            rows, one after the other.
    """

    def __init__(
        self, width: int, marker: str, decode: Callable[[Any], str], are_complete: Sequence[Callable[[str], bool]]
    ) -> None:
        self._width, self._marker = width, marker
        self._decode, self._are_complete = decode, are_complete

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        new = input_ids[:, self._width :]
        ends = [
            # A token is a character at least, so the marker and what one step of several tokens wrote are among these.
            self._marker in self._decode(row[-_TAIL:])
            and self._are_complete[number * len(self._are_complete) // len(new)](self._decode(row))
            for number, row in enumerate(new)
        ]
        return torch.tensor(ends, dtype=torch.bool, device=input_ids.device)


class Loops(StoppingCriteria):
    """Ends the rows of one `generate` that repeat themselves, unless they copy what repeats itself in the prompt.

    Args:
        prompts (`torch.Tensor`):
            (prompts, width) ids, padded on the left; each may have several rows, one after the other.

    Attributes:
        ended (`dict[int, int]`): new tokens of each row that was ended. Where one step writes several tokens, those
            that follow are too many.
    """

    def __init__(self, prompts: torch.Tensor) -> None:
        self.ended: dict[int, int] = {}
        self._prompts = prompts
        self._looked = _TOKENS  # new tokens at the last look; there is none before a period has followed

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        width = self._prompts.shape[1]
        for written in range(self._looked + _EVERY, input_ids.shape[1] - width + 1, _EVERY):
            self._look(input_ids[:, : width + written], written)
            self._looked = written
        ends = torch.zeros(len(input_ids), dtype=torch.bool)
        ends[list(self.ended)] = True
        return ends.to(input_ids.device)

    def _look(self, texts: torch.Tensor, written: int) -> None:
        width = texts.shape[1]
        last = texts[:, -_TOKENS:]
        repeats = torch.zeros(len(texts), dtype=torch.bool, device=texts.device)
        for period in _PERIODS:
            repeats |= (last == texts[:, width - _TOKENS - period : width - period]).all(dim=1)
        for row in repeats.nonzero().flatten().tolist():
            prompt = self._prompts[row * len(self._prompts) // len(texts)]
            if row not in self.ended and not _holds(prompt.tolist(), last[row].tolist()):
                self.ended[row] = written


def _holds(text: list[int], part: list[int]) -> bool:
    return any(text[start : start + len(part)] == part for start in range(len(text) - len(part) + 1))
