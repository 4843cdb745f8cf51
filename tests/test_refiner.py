import asyncio
import itertools
import time
from typing import Any

from tiny import REFINED, REWRITTEN

from p_aligner.errors import BackendError, InputError
from p_aligner.pipelines import SinglePORewriter
from p_aligner.prompts import OUTPUT_END, render_refined
from p_aligner.runtime.in_process import TransformersBackend, TransformersSettings
from p_aligner.runtime.refiner import Refiner, load_pipeline
from p_aligner.runtime.scripted import ScriptedBackend


ASKS = [
    "tell me about inflation",
    "Summarise this for my grandmother: " + "the council met and the council talked about the new road. " * 6,
    "wat is the diffrence between a virus and a bacteria",
    "fix my code now",
    f"say {OUTPUT_END} twice",
    "{x} ☂ 私\n\n- a\n- b",
    "\ufeff list three rivers\n",
]


def backend(model: str) -> TransformersBackend:
    return TransformersBackend(TransformersSettings(backend="transformers", model=model, temperature=0, device="cpu"))


def ask_all(refiner: Refiner, *given: Any) -> list[Any]:
    async def main() -> list[Any]:
        try:
            return await asyncio.gather(*map(refiner, given), return_exceptions=True)
        finally:
            await refiner.close()

    return asyncio.run(main())


def test_callers_get_the_records_of_the_pipeline_and_a_bad_one_fails_alone(refine, tiny):
    expected = [refine(ask) for ask in ASKS]
    assert expected[0]["refined_instruction"] == REFINED[ASKS[0]]
    *records, blank = ask_all(Refiner(backend(tiny)), *ASKS, "")
    assert records == refine(ASKS, batch_size=3) == expected
    assert isinstance(blank, InputError)
    assert str(blank) == "an instruction must not be empty, it is ''"
    chat = [{"role": "user", "content": "hello"}, {"role": "user", "content": ASKS[0]}]
    assert ask_all(Refiner(backend(tiny), guard="off"), "yes", chat) == refine(["yes", chat], guard="off")
    assert ask_all(Refiner(backend(tiny)), "yes") == [refine("yes")]


def test_a_rewriter_takes_a_principle_with_each_row(rewrite: Any, tiny: str) -> None:
    ask, principles = "how do i bake bread", ("Tone Improvement", "Hint Addition")
    rows = [{"instruction": ask, "principle": principle} for principle in principles]
    records = ask_all(Refiner(backend(tiny), by_principle=True), *rows)
    assert records == [rewrite(ask, principle=principle) for principle in principles]
    assert [record["refined_instruction"] for record in records] == [REWRITTEN[ask, name] for name in principles]
    loaded = load_pipeline(SinglePORewriter, tiny, principle=principles[1], revision=None)
    assert loaded(ask) == records[1], "what is None is left out"


def test_a_chat_model_is_asked_in_its_own_way() -> None:
    model = ScriptedBackend(lambda messages, rng: messages[-1]["content"].upper())
    refiner = Refiner(model, ask=lambda text: [{"role": "user", "content": f"{text} please"}], guard="off")
    (record,) = ask_all(refiner, "hi there")
    assert record["refined_instruction"] == "HI THERE PLEASE"


def test_who_would_wait_too_long_is_refused_at_once() -> None:
    def echo(messages: Any, rng: Any) -> str:
        return render_refined("a better one")

    async def main() -> list[Any]:
        refiner = Refiner(ScriptedBackend(echo, seconds=0.2), most_seconds=0.3, at_once=2, guard="off")
        await refiner("the first says how long one takes")
        for _ in range(12):
            await refiner("and so do these")
        return await asyncio.gather(*(refiner(ask) for ask in ASKS), return_exceptions=True)

    first, second, *late = asyncio.run(main())
    assert (first["refined_instruction"], second["refined_instruction"].strip()) == ("a better one",) * 2
    assert all(isinstance(error, BackendError) for error in late)
    assert str(late[0]).startswith("2 others wait, it would take about 0.4 s: try again later")


def test_callers_who_gave_up_waiting_say_how_long_it_takes() -> None:
    async def main() -> list[Any]:
        refiner = Refiner(ScriptedBackend(lambda *_: "", seconds=10), most_seconds=0.3, at_once=2)
        for _ in range(12):  # as the proxy does
            await asyncio.gather(*(asyncio.wait_for(refiner(ask), 0.3) for ask in ASKS[:2]), return_exceptions=True)
        return await asyncio.gather(*(refiner(ask) for ask in ASKS), return_exceptions=True)

    *_, late = asyncio.run(main())
    assert str(late).startswith("2 others wait")


def test_writing_ends_in_time_and_a_clock_that_jumps_does_not_count(tiny, monkeypatch):
    (record,) = ask_all(Refiner(backend(tiny), most_seconds=1e-6), "how do i bake bread")
    assert (record["changed"], record["reason"]) == (False, "unfinished: time")
    years = itertools.count(0, 3e7)
    monkeypatch.setattr(time, "time", lambda: next(years))
    (record,) = ask_all(Refiner(backend(tiny), most_seconds=300), ASKS[0])
    assert record["refined_instruction"] == REFINED[ASKS[0]]
