"""What is known of an answer is not written: its beginning is given, its end marker ends it, the text is the same."""

import asyncio
from typing import Any

import pytest
import torch

import p_aligner
from p_aligner.backends import EndpointBackend, EndpointSettings, TransformersBackend, TransformersSettings
from p_aligner.principles import PAPER_PRINCIPLES
from p_aligner.prompts import (
    OUTPUT_END,
    OUTPUT_OPENING,
    complete_part,
    is_complete,
    opened,
    parse_refined,
    refine_messages,
    render_refined,
    rewrite_messages,
    split_opening,
)
from p_aligner.stopping import Complete


ASKS = ["how do i bake bread", "list three rivers", "what is a noun", "whats the capital of peru you fool"]


@pytest.mark.parametrize("own", ["", OUTPUT_END, f"a{OUTPUT_END}b{OUTPUT_END}"])
def test_an_answer_ends_at_its_own_marker(own: str) -> None:
    instruction = f"Explain{own} this."
    written = f"{instruction}{OUTPUT_END}"
    assert is_complete(written, instruction)
    assert not is_complete(instruction, instruction)
    assert complete_part(written + " and more" + OUTPUT_END, instruction) == written
    assert complete_part(instruction, instruction) == instruction
    assert parse_refined(OUTPUT_OPENING + complete_part(written + "\n", instruction)) == instruction


def test_the_beginning_of_an_answer_is_a_turn_that_can_be_taken_off() -> None:
    messages = refine_messages("Hi")
    assert split_opening(opened(messages)) == (messages, OUTPUT_OPENING)
    assert split_opening(messages) == (messages, "")


def test_rows_end_one_by_one() -> None:
    texts = {1: "a", 2: OUTPUT_END, 3: "b"}
    rows = torch.tensor([[9, 1, 2], [9, 1, 3], [9, 2, 3], [9, 2, 2]])
    criterion = Complete(
        1,
        OUTPUT_END,
        lambda ids: "".join(texts[int(id)] for id in ids),
        [lambda text: True, lambda text: "b" not in text],
    )
    assert criterion(rows, None).tolist() == [True, False, False, True]


def whole_answer(pipe: Any, instruction: str) -> str:
    """Let the model write all of its answer, as it was trained to."""
    ids = pipe.tokenizer.apply_chat_template(
        refine_messages(instruction), add_generation_prompt=True, return_dict=False, return_tensors="pt"
    )
    new = pipe.model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=200, do_sample=False)
    return str(pipe.tokenizer.decode(new[0, ids.shape[1] :], skip_special_tokens=True))


@pytest.mark.parametrize("batch_size", [1, 4])
def test_the_pipeline_gives_the_text_of_the_whole_answer(batch_size: int, refine: Any) -> None:
    records = refine(ASKS, batch_size=batch_size, guard="off")
    assert [record["refined_instruction"].strip() for record in records] == [
        parse_refined(whole_answer(refine, ask)).strip() for ask in ASKS
    ]


def test_a_backend_gives_the_whole_answer_for_fewer_tokens() -> None:
    settings = TransformersSettings(
        backend="transformers", model="miniature/singlepo", temperature=0, max_new_tokens=120, device="cpu"
    )
    backend = TransformersBackend(settings)

    async def both(ask: str) -> tuple[Any, Any]:
        messages = rewrite_messages(ask, PAPER_PRINCIPLES["Tone Improvement"])
        (plain,), (begun,) = await asyncio.gather(backend.chat(messages), backend.chat(opened(messages)))
        return plain, begun

    async def check() -> None:
        for ask in ASKS:
            plain, begun = await both(ask)
            assert begun.text == render_refined(parse_refined(plain.text))
            assert begun.completion_tokens < plain.completion_tokens
            assert begun.finish_reason == "stop"
        await backend.close()

    asyncio.run(check())


def test_a_stream_of_a_begun_answer_begins_with_its_beginning() -> None:
    settings = TransformersSettings(
        backend="transformers", model=p_aligner.miniature("p-aligner"), temperature=0, max_new_tokens=120
    )
    backend = TransformersBackend(settings)

    async def check() -> None:
        texts = [text async for text in backend.stream(opened(refine_messages(ASKS[0])))]
        assert all(text.startswith(OUTPUT_OPENING) for text in texts)
        (whole,) = await backend.chat(opened(refine_messages(ASKS[0])))
        assert texts[-1] == whole.text
        await backend.close()

    asyncio.run(check())


def test_a_server_is_asked_for_the_whole_answer() -> None:
    from faulty_server import Server

    async def check() -> None:
        async with Server() as server:
            backend = EndpointBackend(EndpointSettings(backend="endpoint", model="m", base_url=server.url))
            await backend.chat(opened(refine_messages("hi")))
            await backend.close()
            assert server.requests[-1]["messages"] == refine_messages("hi")

    asyncio.run(check())
