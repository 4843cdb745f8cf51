import time
from typing import Any

import pytest
import torch

from p_aligner.stopping import Deadline, Loops


PROMPT = torch.arange(100).repeat(3, 1)
PROMPT[2, 40:80] = torch.tensor([7, 8]).repeat(20)
LOOP = torch.tensor([7, 8]).repeat(40)
TEXT = torch.cat([PROMPT, torch.stack([LOOP, torch.arange(80), LOOP])], dim=1)


def test_a_row_that_repeats_itself_ends_unless_its_prompt_does() -> None:
    loops = Loops(PROMPT)
    ended = [loops(TEXT[:, : 100 + written], None).tolist() for written in range(1, 81)]
    assert ended.index([True, False, False]) == 23  # at the 24th token: 16 that repeat the 8 before them
    assert not any(other or copied for _, other, copied in ended)
    assert loops.ended == {0: 24}


def test_steps_of_several_tokens_end_at_the_same_one() -> None:
    for stride in (1, 3, 11, 80):
        loops = Loops(PROMPT[:1])
        lengths = [*range(100 + stride, 180, stride), 180]
        assert any(loops(TEXT[:1, :length], None).item() for length in lengths)
        assert loops.ended == {0: 24}


def test_a_prompt_can_have_several_rows_and_be_shorter_than_a_loop() -> None:
    answers = torch.stack([LOOP, TEXT[1, 100:], TEXT[1, 100:], LOOP])

    def ended(prompts: Any) -> Any:
        loops = Loops(prompts)
        loops(torch.cat([prompts.repeat_interleave(2, dim=0), answers], dim=1), None)
        return loops.ended

    assert ended(PROMPT[1:]) == {0: 24}  # the fourth row is one of the second prompt, which repeats itself
    assert ended(PROMPT[1:, :4]) == {0: 24, 3: 24}


def test_a_deadline_goes_by_a_clock_that_nobody_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    deadline = Deadline(30)
    monkeypatch.setattr(time, "time", lambda: 1e12)
    assert not deadline(TEXT, None).any()
    later = time.monotonic() + 31
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert deadline(TEXT, None).all()
