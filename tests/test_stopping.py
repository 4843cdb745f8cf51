import time

import pytest

from p_aligner.prompts import OUTPUT_END
from p_aligner.stopping import Answer, Stops, is_loop


PROMPT = list(range(100))
LOOPING_PROMPT = PROMPT[:40] + [7, 8] * 20 + PROMPT[80:]
LOOP = [7, 8] * 40
WORDS = {1: "a", 2: OUTPUT_END, 3: "b", 4: "[User]", 5: ""}


STOPS = Stops(lambda tokens: "".join(WORDS.get(token, "x") for token in tokens), {0})


def test_a_text_that_repeats_itself_loops_unless_its_prompt_does() -> None:
    lengths = [length for length in range(1, 81) if is_loop(LOOP[:length], PROMPT)]
    assert lengths == list(range(24, 81, 8))  # from 16 on that repeat the 8 before them
    assert not any(is_loop(PROMPT[:length], PROMPT[:4]) for length in range(1, 81))
    assert not any(is_loop(LOOP[:length], LOOPING_PROMPT) for length in range(1, 81))
    assert is_loop(LOOP[:24], [])


@pytest.mark.parametrize(
    ("answer", "tokens", "count", "reason"),
    [
        (Answer([], room=9), [1, 0, 1], 2, "stop"),
        (Answer([], room=9, stops=["[User]"]), [1, 4, 1], 2, "stop"),
        (Answer([], room=9, stops=["xb"]), [1, 9, 3], 3, "stop"),
        (Answer([], room=9, ends=[3]), [1, 3, 1], 2, "stop"),
        (Answer([], room=2), [1, 3, 0], 2, "length"),
        (Answer([], room=1), [0], 1, "stop"),
        (Answer([], room=9, stops=["[User]"]), [1, 3, 5], 0, None),
        # the first marker is the instruction's own
        (Answer([], room=100, refines=f"keep {OUTPUT_END}"), [1, 2, 3, 2, 1], 4, "stop"),
        (Answer(PROMPT, room=100, refines="x"), LOOP, 24, "loop"),
        (Answer(PROMPT, room=60), [1, 2, *LOOP], 60, "length"),
    ],
)
def test_why_an_answer_is_over(answer: Answer, tokens: list[int], count: int, reason: str | None) -> None:
    ended = next((number for number, token in enumerate(tokens, 1) if STOPS.add(answer, token)), 0)
    assert (ended, answer.reason) == (count, reason)


def test_a_deadline_goes_by_a_clock_that_nobody_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = Answer([], room=9, ends_at=time.monotonic() + 30)
    monkeypatch.setattr(time, "time", lambda: 1e12)
    assert STOPS.add(answer, 1) is None
    later = time.monotonic() + 31
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert STOPS.add(answer, 1) == "time"
