import itertools
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import pytest
import torch
from tiny import REFINED, REWRITTEN
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig, pipeline
from transformers.pipelines.pt_utils import KeyDataset

import p_aligner
from p_aligner import PAlignerPipeline, SinglePORewriter
from p_aligner.errors import ContextOverflow, InputError, PrincipleError
from p_aligner.generation import Writer
from p_aligner.principles import Principle
from p_aligner.prompts import OUTPUT_END, OUTPUT_OPENING, refine_messages
from p_aligner.stopping import Answer


ASK = "how do i bake bread"
ASKS = [ASK, "list three rivers", "what is a noun", "explain photosynthesis to my little brother please", "hi there"]


class Spy:
    """Wraps a model's `generate` and keeps what it was called with."""

    def __init__(self, pipe: Any, monkeypatch: pytest.MonkeyPatch, answer: str | None = None) -> None:
        self.calls: list[dict[str, Any]] = []
        generate = pipe.model.generate

        def spy(**kwargs: Any) -> torch.Tensor:
            self.calls = [*self.calls[-9:], kwargs]
            if answer is None:
                return generate(**kwargs)
            ids = kwargs["input_ids"]
            new = pipe.tokenizer(answer, add_special_tokens=False, return_tensors="pt")["input_ids"]
            return torch.cat([ids, new.expand(len(ids), -1)], dim=1)

        monkeypatch.setattr(pipe.model, "generate", spy)


class Counted(torch.utils.data.Dataset[str]):
    """A torch data set as its documentation shows it: it has a length and indexing that never ends."""

    def __len__(self) -> int:
        return len(ASKS)

    def __getitem__(self, index: int) -> str:
        return ASKS[index % len(ASKS)]


def test_every_kind_of_collection_gives_the_same_records(refine: Any) -> None:
    expected = [refine(ask) for ask in ASKS]
    first = {"instruction": ASK, "refined_instruction": REFINED[ASK], "changed": True, "reason": None}
    assert [*expected[0].items()] == [*first.items()]
    assert [record["refined_instruction"] for record in expected] == [REFINED[ask] for ask in ASKS]
    table = datasets.Dataset.from_dict({"instruction": ASKS, "other": [1] * len(ASKS)})
    for inputs in (ASKS, tuple(ASKS), table["instruction"], table, table.to_pandas()["instruction"]):
        records = refine(inputs, batch_size=2)
        assert isinstance(records, list)
        assert records == expected
    assert refine(Counted(), batch_size=2) == expected
    for lazy in (iter(ASKS), (ask for ask in ASKS), table.to_iterable_dataset()):
        records = refine(lazy, batch_size=3)
        assert isinstance(records, Iterator)
        assert list(records) == expected
    assert list(refine(KeyDataset(table, "instruction"))) == expected
    assert refine([]) == refine(()) == [*refine(iter([]))] == []
    with pytest.raises(InputError, match="iterates over its column names: pass frame"):
        refine(table.to_pandas())


def test_a_chat_comes_back_with_its_last_turn_refined_and_earlier_ones_are_shown_on_request(refine, monkeypatch):
    chat = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "zebra"},
        {"role": "assistant", "content": "A striped animal."},
        {"role": "user", "content": ASK, "name": "ann"},
    ]
    spy = Spy(refine, monkeypatch)
    record = refine(chat)
    assert record["instruction"] == chat
    assert record["refined_instruction"] == [*chat[:3], {**chat[3], "content": REFINED[ASK]}]
    assert chat[3]["content"] == ASK
    refine(chat, context=True)
    without, with_turns = (refine.tokenizer.decode(call["input_ids"][0]) for call in spy.calls)
    assert ("zebra" not in without, without.count(ASK)) == (True, 1)
    assert all(word in with_turns for word in ("zebra", "striped"))
    assert refine([chat, [chat[1]]])[0] == record
    chat[2] = {"role": "assistant", "content": None, "tool_calls": [{"name": "add"}]}
    assert refine(chat)["refined_instruction"][:3] == chat[:3]
    with pytest.raises(InputError, match="content of a 'assistant' turn must be text, it is None"):
        refine(chat, context=True)


def test_a_generator_is_consumed_window_by_window(refine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Spy(refine, monkeypatch, answer="nothing to parse")
    numbers = itertools.count()
    records = refine((f"instruction {number}" for number in numbers), batch_size=4)
    peaks = []
    tracemalloc.start()
    for _ in range(3):
        assert all(each["instruction"].startswith("instruction ") for each in itertools.islice(records, 200))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.reset_peak()
    tracemalloc.stop()
    assert next(numbers) < 3 * 200 + 2 * 4 * 16
    assert peaks[2] < 1.2 * peaks[0]


def test_an_answer_that_repeats_itself_ends(untrained_folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = pipeline("instruction-refinement", model=untrained_folder)
    template = p_aligner.chat_template("completion")

    def one_word(states: torch.Tensor) -> torch.Tensor:
        scores = states.new_zeros(*states.shape[:-1], pipe.model.config.vocab_size)
        scores[..., 66] = 1.0
        return scores

    monkeypatch.setattr(pipe.model.lm_head, "forward", one_word)
    together = pipe([ASK, ASK], batch_size=2, guard="off", chat_template=template)
    assert len(together[0]["refined_instruction"]) == 24
    assert pipe(ASK, guard="off", chat_template=template) == together[0]
    assert pipe(ASK, chat_template=template)["reason"] == "unfinished: loop"


BAD = [
    (None, InputError, "an instruction must be text or a chat, it is NoneType None"),
    (7, InputError, "an instruction must be text or a chat, it is int 7"),
    (b"bytes", InputError, "it is bytes b'bytes'"),
    ("", InputError, "an instruction must not be empty, it is ''"),
    (" \n", InputError, "must not be empty"),
    ("half \ud83d", InputError, "must be text, it has half a character"),
    ("long " * 5000, ContextOverflow, "takes at least .* tokens, the model's context has 2048; shorten it"),
    ({"text": "x"}, InputError, "needs the column 'instruction', it has 'text'"),
    ([{"role": "assistant", "content": "x"}], InputError, "must end in a user turn, this one ends in 'assistant'"),
    ([{"role": "user", "content": None}], InputError, "content of a 'user' turn must be text, it is None"),
    ([{"role": "user", "content": "x"}, "y"], InputError, "every turn of a chat needs a role and a content"),
    ([{"role": "user", "content": ["x"]}], InputError, "content of a 'user' turn must be text, it is \\['x'\\]"),
    ([{"role": "user", "content": " "}], InputError, "must not be empty"),
]


@pytest.mark.parametrize(("bad", "error", "message"), BAD)
def test_a_bad_input_is_one_clear_error_with_its_index(bad, error, message, refine):
    with pytest.raises(error, match=f"^item 0: .*{message}") as caught:
        refine(bad)
    assert "\n" not in str(caught.value)
    with pytest.raises(error, match="^item 1: "):
        refine([ASK, bad])


def test_bad_inputs_are_recorded_and_the_others_go_on(refine: Any) -> None:
    records = refine([ASK, *(bad for bad, _, _ in BAD), ASK], batch_size=4, on_error="record")
    assert records[0] == records[-1] == refine(ASK)
    for index, (record, (bad, _, _)) in enumerate(zip(records[1:-1], BAD, strict=True), start=1):
        assert record["error"].startswith(f"item {index}: ")
        assert record["instruction"] == record["refined_instruction"] == bad
        assert (record["changed"], record["reason"]) == (False, "error")


def test_what_comes_before_a_failure_is_not_lost(refine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaking() -> Iterator[str]:
        yield from ASKS[:2]
        raise OSError("the disk is gone")

    for inputs, error in ((iter([*ASKS[:2], None]), InputError), (breaking(), OSError)):
        records = refine(inputs, batch_size=8)
        assert next(records) == refine(ASK)
        assert next(records)["refined_instruction"] == REFINED[ASKS[1]]
        with pytest.raises(error):
            next(records)
    generate, calls = refine.model.generate, itertools.count()

    def out_of_memory(**kwargs):
        if next(calls) == 2:
            raise RuntimeError("out of memory")
        return generate(**kwargs)

    monkeypatch.setattr(refine.model, "generate", out_of_memory)
    records = refine(iter(sorted(ASKS, key=len)), batch_size=2)
    assert [next(records)["instruction"] for _ in range(4)] == sorted(ASKS, key=len)[:4]
    with pytest.raises(RuntimeError, match="out of memory"):
        next(records)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"guard": "strict"}, "guard must be one of 'fallback', 'report', 'off', it is 'strict'"),
        ({"on_error": "ignore"}, "on_error must be one of 'raise', 'record', it is 'ignore'"),
        ({"max_growth": 0}, "max_growth must be a positive number, it is 0"),
        ({"max_growth": "4"}, "max_growth must be a positive number, it is '4'"),
        ({"max_growth": float("nan")}, "max_growth must be a positive number, it is nan"),
        ({"chat_template": "none.jinja"}, "chat_template 'none.jinja' cannot be read: No such file"),
        ({"max_grwth": 3}, "'max_grwth' is neither an option .* did you mean 'max_growth'"),
    ],
)
def test_a_bad_option_is_refused_before_anything_runs(options, message, refine, tiny):
    with pytest.raises(InputError, match=message):
        refine(ASK, **options)
    with pytest.raises(InputError, match=message):
        pipeline("instruction-refinement", model=tiny, **options)


def test_a_model_without_tokenizer_is_named(untrained_folder: str, tmp_path: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(untrained_folder)
    model.save_pretrained(tmp_path)
    with pytest.raises(InputError, match=rf"{tmp_path} has no tokenizer that can be loaded: pass tokenizer="):
        pipeline("instruction-refinement", model=str(tmp_path))
    tokenizer = AutoTokenizer.from_pretrained(untrained_folder)
    assert isinstance(pipeline("instruction-refinement", model=str(tmp_path), tokenizer=tokenizer), PAlignerPipeline)


def test_decoding_is_greedy_whatever_the_model_or_the_batch(refine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asks = [*REFINED, *("fix: " * count + ASK for count in range(2, 12, 2))]
    records = refine(asks, batch_size=4)
    assert [record["refined_instruction"] for record in records[: len(REFINED)]] == [*REFINED.values()]
    assert records == refine(asks)
    expected = refine(ASKS)
    beams = refine(ASKS, num_beams=2)
    own = GenerationConfig(
        do_sample=True, temperature=5.0, top_p=0.9, num_beams=3, repetition_penalty=2.0, eos_token_id=2, pad_token_id=0
    )
    monkeypatch.setattr(refine.model, "generation_config", own)
    assert refine(ASKS) == expected
    assert refine(ASKS, num_beams=None, generation_config=GenerationConfig()) == expected
    assert refine(ASKS, num_beams=2) == beams


def test_generate_arguments_are_passed_on(refine: Any, tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(refine, monkeypatch)
    refine(ASK, max_new_tokens=7, repetition_penalty=1.5)
    assert (spy.calls[-1]["max_new_tokens"], spy.calls[-1]["repetition_penalty"]) == (7, 1.5)
    short = spy.calls[-1]["input_ids"].shape[1] + 3
    assert refine(ASK, max_length=short)["reason"] == "unfinished: length"
    assert "max_new_tokens" not in spy.calls[-1]
    refine(ASK, generation_config=GenerationConfig(do_sample=True, top_k=3))
    assert spy.calls[-1]["generation_config"].top_k == 3
    assert spy.calls[-1]["generation_config"].max_new_tokens >= 192
    for config in (GenerationConfig(max_length=short), GenerationConfig(stop_strings=["e"])):
        assert refine(ASK, generation_config=config)["reason"].startswith("unparsable: ")
    assert isinstance(refine(ASK, num_beams=2, return_dict_in_generate=True), dict)
    pipe = pipeline("instruction-refinement", model=tiny, max_new_tokens=3, guard="report", batch_size=2)
    assert pipe(ASK)["reason"] == "unfinished: length", "options of the pipeline are defaults of its calls"
    assert pipe(ASK, max_new_tokens=200)["refined_instruction"] == REFINED[ASK]
    assert len(pipe(ASKS)) == len(ASKS)


def test_the_first_candidate_that_passes_the_guard_is_used(refine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    for record in refine(ASKS, batch_size=2, num_return_sequences=3, do_sample=True, temperature=1.5):
        assert len(record["candidates"]) == 3
        assert record["refined_instruction"] in [*record["candidates"], record["instruction"]]
    answers = ["no markers", ASK + "?" + OUTPUT_END]

    def generate(input_ids: torch.Tensor, **_: Any) -> torch.Tensor:
        rows = [refine.tokenizer(answer, add_special_tokens=False)["input_ids"] for answer in answers]
        width = max(map(len, rows))
        new = torch.tensor([row + [refine.tokenizer.pad_token_id] * (width - len(row)) for row in rows])
        return torch.cat([input_ids.expand(2, -1), new], dim=1)

    monkeypatch.setattr(refine.model, "generate", generate)
    record = refine(ASK)
    assert record["candidates"] == ["no markers", ASK + "?"]
    assert (record["refined_instruction"], record["changed"], record["reason"]) == (ASK + "?", True, None)


@pytest.mark.parametrize(
    ("answer", "guard", "refined", "reason"),
    [
        ("Add 2 and 3. Check it.[]", "fallback", "Add 2 and 3. Check it.", None),
        ("Add 2 and 4.[]", "fallback", "Add 2 and 3.", "lost span: "),
        ("Add 2 and 4.[]", "report", "Add 2 and 4.", "lost span: "),
        ("Add 2 and 4.[]", "off", "Add 2 and 4.", None),
        ("Add 2 and 3.[]", "fallback", "Add 2 and 3.", "already clear"),
        (" Add 2 and 3.\n[]", "report", "Add 2 and 3.", "already clear"),
        ("Five.", "fallback", "Add 2 and 3.", "unparsable: "),
        ("Five.", "report", "Five.", "unparsable: "),
        ("Five.", "off", "Five.", None),
        ("[]", "fallback", "Add 2 and 3.", "empty: "),
        ("Add 2 and 3, and check.[]" * 2, "fallback", "Add 2 and 3, and check.", None),
        (OUTPUT_OPENING + "Add 2.[]", "fallback", "Add 2 and 3.", "unparsable: the answer has more"),
        ("Add 2 and 3. " + "Check it and explain. " * 30 + "[]", "fallback", "Add 2 and 3.", "unfinished: "),
    ],
)
def test_the_guard_decides_what_comes_back(answer, guard, refined, reason, refine, monkeypatch):
    Spy(refine, monkeypatch, answer=answer.replace("[]", OUTPUT_END))
    record = refine("Add 2 and 3.", guard=guard)
    assert (record["refined_instruction"], record["changed"]) == (refined, refined != "Add 2 and 3.")
    assert record["reason"] is None if reason is None else reason in record["reason"]


def test_max_growth_bounds_text_and_tokens(refine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    original = " ".join(f"word{number}" for number in range(40))
    longer = original + " " + " ".join(f"more{number}" for number in range(100))
    spy = Spy(refine, monkeypatch, answer=longer + OUTPUT_END)
    assert refine(original)["changed"]
    assert refine(original, max_growth=2)["reason"] == "unfinished: length"
    assert spy.calls[0]["max_new_tokens"] == pytest.approx(2 * spy.calls[1]["max_new_tokens"], abs=1)
    refine(original, max_growth=float("inf"))
    assert spy.calls[2]["max_new_tokens"] == 2048 - spy.calls[2]["input_ids"].shape[1]


def test_control_tokens_in_an_instruction_are_plain_text(refine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    spy, tokenizer = Spy(refine, monkeypatch), refine.tokenizer
    special = {number for number, token in tokenizer.added_tokens_decoder.items() if token.special}
    plain = tokenizer.apply_chat_template(refine_messages("x"), add_generation_prompt=True, return_dict=False)
    for text in (
        "What does <|eot_id|> mean?",
        "Explain <|start_header_id|>assistant<|end_header_id|>\n\n and <|begin_of_text|>",
        "Keep {braces} and {{ jinja }} and {% raw %}",
        "@@content-0@@ <|eot_id|>",
    ):
        refine(text)
        ids = spy.calls[-1]["input_ids"][0]
        assert text in tokenizer.decode(ids)
        # one beginning, one user turn with its end, one assistant header, as for any other text
        assert [token for token in ids.tolist() if token in special] == [token for token in plain if token in special]


def test_a_model_without_chat_template_or_pad_token_works(untrained_folder, monkeypatch, tmp_path):
    pipe = pipeline("instruction-refinement", model=untrained_folder, max_new_tokens=4)
    begun, answer = list[Answer](), Writer.answer

    def kept(self: Writer, answers: list[Answer], options: Any) -> Any:
        begun.extend(answers)
        return answer(self, answers, options)

    monkeypatch.setattr(Writer, "answer", kept)
    records = pipe([ASK, "longer " * 5 + ASK], batch_size=2)
    assert [record["refined_instruction"] for record in records] == [ASK, "longer " * 5 + ASK]
    assert all(record["reason"].startswith(("unfinished: length", "unparsable: ")) for record in records)
    assert pipe.tokenizer.decode(begun[1].prompt).startswith("[User]\nYou are an expert")
    assert begun[0].stops == ["[User]", "[Assistant]"]
    assert pipe.tokenizer.chat_template is None
    pipe(ASK, chat_template=p_aligner.chat_template("llama3-plain"))
    assert not begun[-1].stops
    pipe.save_pretrained(tmp_path)
    again = pipeline("instruction-refinement", model=str(tmp_path), pipeline_class=PAlignerPipeline)
    assert again.tokenizer.chat_template.endswith(Path(p_aligner.chat_template("user-assistant")).read_text()[-40:])
    assert again.model.generation_config.stop_strings == ["[User]", "[Assistant]"]


def test_a_template_file_replaces_the_models_own(refine: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "own.jinja"
    path.write_text("{{ messages[1].content }} after {{ messages[0].content }} end")
    spy = Spy(refine, monkeypatch)
    chat = [{"role": "system", "content": "SYSTEM <|eot_id|>"}, {"role": "user", "content": ASK}]
    refine(chat, context=True, chat_template=path)
    refine(ASK)
    own, usual = (refine.tokenizer.decode(call["input_ids"][0]) for call in spy.calls)
    assert own == refine_messages(ASK)[0]["content"] + " after SYSTEM <|eot_id|> end" + OUTPUT_OPENING
    assert usual.startswith("<|begin_of_text|>")
    path.write_text("{{ raise_exception('no system turn') }}")
    with pytest.raises(InputError, match="item 0: the chat template cannot render this chat: no system turn"):
        refine(chat, context=True, chat_template=path)
    path.write_text("{% if %}")
    assert "cannot render" in refine([ASK], chat_template=path, on_error="record")[0]["error"]


def test_every_row_may_have_its_own_principle(rewrite: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(rewrite, monkeypatch)
    rows = [
        {"instruction": ASK, "principle": "hint addition"},
        {"instruction": ASK},
        {"instruction": ASK, "principle": Principle("Mine", "Any", "using rhymes")},
    ]
    records = rewrite(rows, principle="Tone Improvement")
    assert list(records[0]) == ["instruction", "refined_instruction", "changed", "reason", "principle"]
    names = ["Hint Addition", "Tone Improvement"]
    assert [record["principle"] for record in records] == [*names, "Mine"]
    assert [record["refined_instruction"] for record in records[:2]] == [REWRITTEN[ASK, name] for name in names]
    prompts = "".join(rewrite.tokenizer.decode(call["input_ids"][0]) for call in spy.calls)
    assert "You should optimize this prompt by using rhymes." in prompts


def test_own_packs_and_principles_that_are_not_there(rewrite: Any, tiny: str, tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_text("principles: [{name: Rhyme, domain: Any, description: using rhymes}]")
    pipe = pipeline("instruction-rewriting", model=tiny, pack=path)
    assert isinstance(pipe, SinglePORewriter)
    assert pipe(ASK, principle="rhyme")["principle"] == "Rhyme"
    second = [{"instruction": ASK, "principle": "Hint Addition"}, {"instruction": ASK, "principle": "Tone"}]
    for run, inputs, options, message in (
        (pipe, ASK, {"principle": "Tone Improvement"}, "unknown principle 'Tone Improvement': choose one of Rhyme"),
        (rewrite, ASK, {}, "item 0: rewriting needs a principle: .* one of Safe Intent"),
        (rewrite, ASK, {"principle": "Tone", "on_error": "record"}, "unknown principle 'Tone': .*choose one of"),
        (rewrite, ASK, {"principle": 3}, "a principle must be a name or a Principle, it is 3"),
        (rewrite, second, {}, "item 1: unknown principle 'Tone'"),
    ):
        with pytest.raises(PrincipleError, match=message):
            run(inputs, **options)
    (record,) = rewrite([{"instruction": ASK, "principle": float("nan")}], on_error="record")
    assert "must be a name or a Principle, it is nan" in record["error"]
