"""What is known of an answer is not written: its beginning is given, its end marker ends it, the text is the same."""

import asyncio

import pytest
from faulty_server import Server

from p_aligner.prompts import OUTPUT_END, OUTPUT_OPENING, complete_part, is_complete, parse_refined, refine_messages
from p_aligner.runtime import EndpointBackend, EndpointSettings


@pytest.mark.parametrize("own", ["", OUTPUT_END, f"a{OUTPUT_END}b{OUTPUT_END}"])
def test_an_answer_ends_at_its_own_marker(own: str) -> None:
    instruction = f"Explain{own} this."
    written = f"{instruction}{OUTPUT_END}"
    assert is_complete(written, instruction)
    assert not is_complete(instruction, instruction)
    assert complete_part(written + " and more" + OUTPUT_END, instruction) == written
    assert complete_part(instruction, instruction) == instruction
    assert parse_refined(OUTPUT_OPENING + complete_part(written + "\n", instruction)) == instruction


def test_a_server_is_asked_for_the_whole_answer() -> None:
    async def check() -> None:
        async with Server() as server:
            backend = EndpointBackend(EndpointSettings(backend="endpoint", model="m", base_url=server.url))
            await backend.chat(refine_messages("hi"), refines="hi")
            await backend.close()
            assert server.requests[-1]["messages"] == refine_messages("hi")

    asyncio.run(check())
