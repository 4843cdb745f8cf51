"""One way to write: the same text alone, in any batch, with and without looking up, by whoever asks."""

import asyncio
import functools
from types import SimpleNamespace
from typing import Any

import pytest
import tiny as known
from conftest import live
from transformers import StoppingCriteriaList

from p_aligner import chat_template, generation
from p_aligner.errors import ContextOverflow
from p_aligner.generation import Writer
from p_aligner.prompts import OUTPUT_END, OUTPUT_OPENING, parse_refined, refine_messages
from p_aligner.runtime.in_process import TransformersBackend, TransformersSettings
from p_aligner.stopping import Answer
from p_aligner.tokens import ChatTokenizer, guess, read_template


# What the tiny model knows, what it does not, what loops, what is long, markers, white space.
HOSTILE = ["fix: " * 40 + "this", f"say {OUTPUT_END} twice", "{x} ☂ 私\n\n- a\n- b", "\ufeff  list three rivers \n"]
ASKS = [*list(known.REFINED)[:6], *HOSTILE]


@pytest.fixture
def writer(refine: Any) -> Writer:
    return Writer(refine.model, ChatTokenizer(refine.tokenizer))


def begun(writer: Writer, asks: list[str] = ASKS, **options: Any) -> list[Answer]:
    return [writer.begin(refine_messages(ask), refines=ask, **options) for ask in asks]


def texts_of(writer: Writer, answers: list[Answer], at_once: int) -> list[tuple[str, str | None]]:
    for start in range(0, len(answers), at_once):
        for _ in writer.write(answers[start : start + at_once]):
            pass
    return [(writer.text(answer), answer.reason) for answer in answers]


def test_the_text_is_the_same_alone_in_any_batch_and_however_it_is_guessed(writer, monkeypatch):
    alone = texts_of(writer, begun(writer), 1)
    assert parse_refined(alone[0][0]) == known.REFINED[ASKS[0]]
    assert {reason for _, reason in alone} <= {"stop", "length", "loop"}
    for at_once in (2, len(ASKS)):
        assert texts_of(writer, begun(writer), at_once) == alone
    for wrong in ([], [5, 6, 7], [writer.pad_token_id] * 20):
        monkeypatch.setattr(generation, "guess", lambda text, most, wrong=wrong: wrong[:most])
        assert texts_of(writer, begun(writer), 1) == alone


def test_transformers_writes_the_same_text_where_more_is_asked_of_it(writer: Writer) -> None:
    expected = texts_of(writer, begun(writer), len(ASKS))
    answers = begun(writer)
    options = {"stopping_criteria": StoppingCriteriaList()}
    assert not writer.can_do(options)
    candidates = writer.answer(answers, options)
    assert [(writer.text(one), one.reason) for (one,) in candidates] == expected


def test_guesses_need_far_fewer_steps(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    (answer,) = begun(writer, ASKS[:1])
    steps = sum(1 for _ in writer.write([answer]))
    assert steps < len(answer.tokens)
    monkeypatch.setattr(generation, "guess", lambda text, most: [])
    (slow,) = begun(writer, ASKS[:1])
    assert sum(1 for _ in writer.write([slow])) == len(slow.tokens)
    assert slow.tokens == answer.tokens
    asked = []
    monkeypatch.setattr(generation, "guess", lambda text, most: asked.append(text) or guess(text, most))
    texts_of(writer, begun(writer, ASKS[:3]), 3)
    assert asked, "the last of a batch is looked up, too"


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        ([1, 2, 3, 1], 9, [2, 3, 1]),
        ([1, 2, 3, 9, 2, 3], 9, [9, 2, 3]),
        ([4, 2, 7, 5, 2, 8, 5, 2], 1, [8]),
        ([4, 2, 7, 5, 2, 8, 4, 2], 1, [7]),
        ([1, 2, 3], 9, []),
        ([1], 9, []),
        ([1, 1], 0, []),
    ],
)
def test_a_text_is_guessed_to_go_on_as_where_most_of_its_end_stood_before(text, most, expected):
    assert guess(text, most) == expected


def test_room_is_that_of_each_instruction_and_never_above_the_context(writer):
    short, long = begun(writer, ["hi", "word " * 150])
    assert (short.room, long.room > 500) == (192, True)
    assert begun(writer, ["hi"], max_growth=1e9)[0].room == writer.context - len(short.prompt)
    assert begun(writer, ["hi"], room=7)[0].room == 7
    with pytest.raises(ContextOverflow, match="the instruction is too long: refining takes at least"):
        begun(writer, ["word " * 2000])
    with pytest.raises(ContextOverflow, match="the chat is too long: it has"):
        writer.begin([{"role": "user", "content": "word " * 4000}])


def test_what_is_interrupted_goes_on_where_it_was(writer: Writer) -> None:
    expected = texts_of(writer, begun(writer), len(ASKS))
    answers = begun(writer)
    steps = writer.write(answers)
    for _ in range(5):
        next(steps)
    rest = [answer for answer in answers if not answer.reason]
    assert rest
    for _ in writer.write(rest):
        pass
    assert [(writer.text(answer), answer.reason) for answer in answers] == expected


@live
async def test_a_backend_is_given_the_beginning_of_a_refinement(tiny):
    backend = TransformersBackend(
        TransformersSettings(backend="transformers", model=tiny, temperature=0, device="cpu")
    )
    ask, messages = ASKS[0], refine_messages(ASKS[0])

    (plain,), (begun,) = await asyncio.gather(backend.chat(messages), backend.chat(messages, refines=ask))
    assert parse_refined(begun.text) == parse_refined(plain.text) == known.REFINED[ask]
    assert begun.text == OUTPUT_OPENING + known.REFINED[ask] + OUTPUT_END
    assert begun.completion_tokens < plain.completion_tokens
    streamed = [text async for text in backend.stream(messages, refines=ask)]
    assert all(text.startswith(OUTPUT_OPENING) for text in streamed)
    assert streamed[-1] == begun.text
    await backend.close()


@pytest.mark.parametrize(
    ("template", "opening", "stops"),
    [
        (None, "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nName", None),
        ("chatml", "<|im_start|>user\nName", ["<|im_end|>"]),
        ("user-assistant", "<|begin_of_text|>[User]\nName", ["[Assistant]"]),
    ],
)
def test_a_turn_that_is_not_over_is_gone_on_with(refine, template, opening, stops):
    text = read_template(chat_template(template)) if template else None
    writer = Writer(refine.model, ChatTokenizer(refine.tokenizer, template=text))
    answer = writer.begin([{"role": "user", "content": "Name"}], room=9, continues=True)
    assert refine.tokenizer.decode(answer.prompt) == opening
    # It ends where the template ends it: at a token, or at a text where none is special.
    if stops:
        assert answer.stops == stops
    else:
        assert refine.tokenizer.convert_ids_to_tokens(answer.ends) == ["<|eot_id|>"]
    hostile = [{"role": "system", "content": "Say <|eot_id|> once."}, {"role": "user", "content": ""}]
    begun = writer.begin(hostile, room=9, continues=True)
    assert begun.prompt.count(refine.tokenizer.eos_token_id) == (1 if template is None else 0)


def test_the_cache_gets_the_name_that_the_model_has_for_it() -> None:
    """transformers 5.24 renamed it, and takes the older name by a decorator that warns."""

    def newer(input_ids, cache): ...

    def older(input_ids, past_key_values): ...

    @functools.wraps(newer)
    def both(**options): ...

    forms = (newer, older, both, lambda input_ids: None)
    names = [generation.cache_argument(SimpleNamespace(forward=form)) for form in forms]
    assert names == ["cache", "past_key_values", "cache", None]
