import asyncio
import itertools
import time
from typing import Any

import pytest

import p_aligner
from p_aligner.errors import BackendError, InputError, KitError
from p_aligner.pipelines import PAlignerPipeline, SinglePORewriter
from p_aligner.refining import Record, SharedPipeline, load


ASKS = [
    "tell me about inflation",
    "Summarise this for my grandmother: " + "the council met and the council talked about the new road. " * 6,
    "wat is the diffrence between a virus and a bacteria",
    "fix my code now",
]


def ask_all(shared: SharedPipeline, *rows: Record) -> list[Any]:
    async def main() -> list[Any]:
        try:
            return await asyncio.gather(*map(shared, rows), return_exceptions=True)
        finally:
            await shared.close()

    return asyncio.run(main())


def test_callers_share_batches_and_get_the_records_of_the_pipeline(
    refine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = [refine(ask) for ask in ASKS]
    batches, called = list[int](), PAlignerPipeline.__call__

    def counted(self: Any, rows: Any, **options: Any) -> Any:
        batches.append(len(rows))
        return called(self, rows, **options)

    monkeypatch.setattr(PAlignerPipeline, "__call__", counted)
    assert ask_all(SharedPipeline(refine), *({"instruction": ask} for ask in ASKS)) == expected
    assert batches == [3, 1]  # the long one waits for the short ones, not they for it


def test_a_rewriter_takes_a_principle_with_each_row(rewrite: Any) -> None:
    principles = ("Tone Improvement", "Hint Addition")
    rows = [{"instruction": ASKS[0], "principle": principle} for principle in principles]
    assert ask_all(SharedPipeline(rewrite), *rows) == [
        rewrite(ASKS[0], principle=principle) for principle in principles
    ]


def test_an_instruction_that_cannot_be_refined_fails_alone(refine: Any) -> None:
    blank, long, fine = ask_all(
        SharedPipeline(refine), *({"instruction": ask} for ask in ("", "a b " * 4000, ASKS[0]))
    )
    assert isinstance(blank, InputError)
    assert str(blank) == "an instruction must not be empty, it is ''"
    assert str(long).startswith("the instruction is too long: refining takes at least ")
    assert fine == refine(ASKS[0])


def test_who_would_wait_too_long_is_refused_at_once(refine: Any) -> None:
    async def main() -> list[Any]:
        shared = SharedPipeline(refine, batch_size=2, most_seconds=30)
        shared._batch_s = 20.0  # as if batches had taken that long
        try:
            return await asyncio.gather(*(shared({"instruction": ask}) for ask in ASKS), return_exceptions=True)
        finally:
            await shared.close()

    first, second, third, _ = asyncio.run(main())
    assert (first, second) == (refine(ASKS[0]), refine(ASKS[1]))
    assert isinstance(third, BackendError)
    assert str(third) == "2 others wait, it would take about 40.0 s: try again later"


def test_generation_ends_in_time(refine: Any) -> None:
    (record,) = ask_all(SharedPipeline(refine, most_seconds=1e-6), {"instruction": ASKS[1]})
    assert not record["changed"]
    assert record["reason"].startswith("unparsable: ")


def test_a_clock_that_jumps_ends_no_generation(refine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = refine(ASKS[1])
    years = itertools.count(0, 3e7)
    monkeypatch.setattr(time, "time", lambda: next(years))
    assert ask_all(SharedPipeline(refine, most_seconds=300), {"instruction": ASKS[1]}) == [expected]


def test_after_closing_nothing_is_refined(refine: Any) -> None:
    shared = SharedPipeline(refine)
    ask_all(shared)
    (error,) = ask_all(shared, {"instruction": ASKS[0]})
    assert isinstance(error, KitError)
    assert "is closed: load it again" in str(error)


def test_loading_leaves_out_what_is_none_and_says_in_one_line_what_is_wrong() -> None:
    rewriter = load(SinglePORewriter, p_aligner.miniature("singlepo"), principle="Hint Addition", revision=None)
    assert rewriter("name a colour")["principle"] == "Hint Addition"
    for model, options, message in (
        ("/nowhere/at/all", {}, "the model '/nowhere/at/all' cannot be loaded: "),
        (p_aligner.miniature("p-aligner"), {"device": "quantum"}, "cannot be loaded: "),
        (p_aligner.miniature("p-aligner"), {"max_growth": -1}, "max_growth must be a positive number, it is -1"),
    ):
        with pytest.raises(InputError, match=message) as error:
            load(PAlignerPipeline, model, **options)
        assert "\n" not in str(error.value)
