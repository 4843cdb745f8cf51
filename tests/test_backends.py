"""Backends: their settings, scripted ones, and models in this process, read at the end or while they write."""

import asyncio
import json
import os
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import chain, pairwise
from typing import Any

import pytest
import torch
from conftest import REPOSITORY, live, user
from pydantic import TypeAdapter, ValidationError
from tiny import ANSWERED, STEPS
from transformers import AutoModelForCausalLM, AutoTokenizer

from p_aligner import generation
from p_aligner.errors import ContextOverflow, InputError
from p_aligner.prompts import Message
from p_aligner.runtime import BackendSettings, connect, in_process
from p_aligner.runtime.in_process import TransformersBackend, TransformersSettings
from p_aligner.runtime.protocol import Backend, Reply
from p_aligner.runtime.scripted import ScriptedBackend


SETTINGS: TypeAdapter[Any] = TypeAdapter(BackendSettings)
ASK, OTHER = STEPS, "list three rivers"
Local = Callable[..., TransformersBackend]


@pytest.fixture
def local(tiny: str) -> Local:
    """A backend of the tiny model."""

    def made(*, like: Backend | None = None, **options: Any) -> TransformersBackend:
        settings = {"model": tiny, "max_new_tokens": 64, "device": "cpu", **options}
        return TransformersBackend(TransformersSettings(backend="transformers", **settings), like=like)

    return made


def ask_all(backend: Backend, *requests: Any, **options: Any) -> list[Any]:
    """Ask everything at once, close the backend, and return what came back, errors too."""

    async def main() -> list[Any]:
        try:
            calls = [backend.chat(user(one) if isinstance(one, str) else one, **options) for one in requests]
            return await asyncio.gather(*calls, return_exceptions=True)
        finally:
            await backend.close()

    return asyncio.run(main())


# Settings


def test_a_fingerprint_holds_what_answers_depend_on_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", "secret-value")
    given = {"backend": "endpoint", "model": "m", "base_url": "http://127.0.0.1:1/v1", "api_key_env": "SOME_KEY"}
    backend = connect(SETTINGS.validate_python({**given, "temperature": 0.5, "stop": ["x"], "concurrency": 3}))
    expected = {"backend": "endpoint", "model": "m", "max_new_tokens": None, "temperature": 0.5, "top_p": 1.0}
    assert backend.settings == {**expected, "stop": ["x"], "extra_body": {}}
    assert json.loads(json.dumps(backend.settings)) == backend.settings
    for url in ("localhost:8000", "http://127.0.0.1:99999/v1", "http://h:x/v1", "http:///v1", "http://a b/v1"):
        with pytest.raises(ValidationError, match="must be the address of a server, such as http://"):
            SETTINGS.validate_python({**given, "base_url": url})


# Scripted


def test_scripted_answers_belong_to_messages_seed_and_sample() -> None:
    one, other = (ask_all(ScriptedBackend(), ASK, "hi", n=3, seed=seed) for seed in (1, 2))
    assert one == ask_all(ScriptedBackend(), ASK, "hi", n=3, seed=1)
    texts = [reply.text for replies in (*one, *other) for reply in replies]
    assert len(set(texts)) == len(texts) == 12
    assert [reply.prompt_tokens for reply in one[0]] == [6, 0, 0]
    assert all(reply.completion_tokens == len(reply.text.split()) for reply in one[0])


# In this process


@pytest.fixture(scope="module")
def chats() -> list[list[Message]]:
    """64 instructions; of the first ones the model knows every other one."""
    lines = (REPOSITORY / "recipes/corpus/seeds.jsonl").read_text(encoding="utf-8").splitlines()
    strange = sorted((json.loads(line)["instruction"] for line in lines), key=len)[: 64 - len(ANSWERED)]
    pairs = zip(ANSWERED, strange, strict=False)
    return [user(text) for text in (*chain.from_iterable(pairs), *strange[len(ANSWERED) :])]


@live
async def test_an_answer_is_the_same_alone_and_in_any_batch(local, chats):
    """Sampling at temperature 1, in float32. Batches of 8 are also cut short while others wait."""

    async def ask(seeds: range, **limits: int) -> list[Any]:
        backend = local(**limits)
        replies = await asyncio.gather(*(backend.chat(chats[seed], seed=seed) for seed in seeds))
        await backend.close()
        return replies

    everything = range(len(chats))
    expected = await ask(everything)
    assert len({len(replies[0].text) for replies in expected}) > 10  # answers of many lengths
    assert await ask(everything[::5], batch_size=1) == expected[::5]
    assert await ask(everything, batch_size=8) == expected
    assert await ask(everything, batch_tokens=500) == expected


def test_answers_to_one_chat_are_written_once_until_they_differ(local, chats, monkeypatch):
    one_by_one = ask_all(local(temperature=0.5, batch_size=1), *chats[:6], n=5, seed=3)
    backend = local(temperature=0.5)
    forward, rows = backend._local.model.forward, list[int]()

    def counted(*, input_ids: torch.Tensor, **options: Any) -> Any:
        rows.append(len(input_ids))
        return forward(input_ids=input_ids, **options)

    monkeypatch.setattr(backend._local.model, "forward", counted)
    answers = ask_all(backend, *chats[:6], n=5, seed=3)
    assert answers == one_by_one
    different = sum(len({reply.text for reply in replies}) for replies in answers)
    assert 6 == rows[0] <= max(rows) <= different < 30


@live
async def test_two_backends_of_one_model_share_its_weights(local, tiny, untrained_folder):
    greedy = local(temperature=0)
    drawing = connect(TransformersSettings(backend="transformers", model=tiny, device="cpu"), like=greedy)
    assert isinstance(drawing, TransformersBackend)
    assert drawing._local.model is greedy._local.model
    another = local(model=untrained_folder, chat_template="user-assistant", like=greedy)
    others = (another, local(dtype="bfloat16", like=greedy))
    assert not any(other._local.model is greedy._local.model for other in others)

    alone = local(max_new_tokens=512)
    one, two = await asyncio.gather(greedy.chat(user(ASK)), drawing.chat(user(ASK), seed=1))
    assert one[0].text == ANSWERED[ASK]
    assert two == await alone.chat(user(ASK), seed=1)
    await asyncio.gather(*(backend.close() for backend in (greedy, drawing, alone, *others)))


def test_greedy_answers_are_those_of_generate(local: Local, tiny: str, chats: list[list[Message]]) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny)
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    answers = ask_all(local(temperature=0, max_new_tokens=12), *chats[:24], n=2)
    for chat, replies in zip(chats, answers, strict=False):
        inputs = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt", return_dict=True)
        prompt = inputs["input_ids"].shape[1]
        output = model.generate(**inputs, do_sample=False, max_new_tokens=12)[0, prompt:]
        assert replies[0].text == tokenizer.decode(output, skip_special_tokens=True)
        assert (replies[0].prompt_tokens, replies[0].completion_tokens) == (prompt, len(output))
        assert replies[0].finish_reason == ("stop" if output[-1] == tokenizer.eos_token_id else "length")
        assert replies[1] == Reply(replies[0].text, 0, 0, replies[0].finish_reason)
    assert {replies[0].finish_reason for replies in answers} == {"stop", "length"}


@pytest.mark.parametrize(("temperature", "top_p"), [(1.0, 1.0), (3.0, 1.0), (3.0, 0.5)])
def test_tokens_are_drawn_as_often_as_they_should_be(temperature, top_p, local, monkeypatch):
    draws = 3000
    backend = local(temperature=temperature, top_p=top_p, max_new_tokens=1, batch_size=500)
    chat = user("Write it down.")
    head = backend._local.model.lm_head
    # A few tokens are likely, and none is certain, whatever the model has learnt.
    scores = -0.5 * torch.randperm(head.weight.shape[0], generator=torch.Generator().manual_seed(0)).float()
    monkeypatch.setattr(head, "forward", lambda states: scores.expand(*states.shape[:-1], -1))
    with torch.inference_mode():
        ids = torch.tensor([backend._local.chats.ids(chat)])
        weights = (backend._local.model(ids).logits[0, -1] / temperature).softmax(dim=0)
    order = weights.argsort(descending=True)
    nucleus = order[: int((weights[order].cumsum(dim=0) < top_p).sum()) + 1]
    expected: dict[str, float] = defaultdict(float)
    for token, weight in zip(nucleus.tolist(), (weights[nucleus] / weights[nucleus].sum()).tolist(), strict=True):
        expected[backend._local.tokenizer.decode([token], skip_special_tokens=True)] += draws * weight

    ((*replies,),) = ask_all(backend, chat, n=draws, seed=3)
    drawn = Counter(reply.text for reply in replies)
    assert drawn.keys() <= expected.keys()
    rare = {text for text, count in expected.items() if count < 5}
    expected["(rare)"] = sum(expected.pop(text) for text in rare)
    drawn["(rare)"] = sum(drawn.pop(text, 0) for text in rare)
    assert len(expected) > 2
    for text, count in expected.items():
        assert abs(drawn[text] - count) <= 5 * (count * (1 - count / draws)) ** 0.5 + 1e-3, text


def test_seeds_and_samples_differ(local: Local) -> None:
    every = [ask_all(local(temperature=3.0), ASK, n=2, seed=seed) for seed in (1, 2, None, None)]
    assert len({reply.text for (replies,) in every for reply in replies}) == 8


def test_a_stop_string_ends_an_answer_and_is_no_part_of_it(local: Local) -> None:
    asked = (ASK, OTHER)
    whole = ask_all(local(temperature=0), *asked)
    assert [replies[0].text for replies in whole] == [ANSWERED[text] for text in asked]
    stopped, other = ask_all(local(temperature=0, stop=("Then",)), *asked)
    assert stopped[0].text == ANSWERED[ASK].partition("Then")[0] != ""
    assert stopped[0].finish_reason == "stop"
    assert stopped[0].completion_tokens < whole[0][0].completion_tokens
    assert other == whole[1]


def test_a_chat_that_is_too_long_fails_alone(local: Local, untrained_folder: str) -> None:
    backend = local(model=untrained_folder, chat_template="user-assistant")
    around = len("[User]\n\n[Assistant]\n")
    long, short, nearly = ask_all(backend, "x" * 4096, "hi", "x" * (4096 - around - 3), seed=1)
    assert isinstance(long, ContextOverflow)
    assert str(long) == (
        f"the chat is too long: it has {4096 + around} tokens, the context of {untrained_folder!r} 4096; "
        "shorten it or use a model with a longer context"
    )
    assert short[0].completion_tokens > 3
    assert (nearly[0].completion_tokens, nearly[0].finish_reason) == (3, "length")


def test_base_models_answer_with_a_template_and_faults_are_named(local, untrained_folder, tmp_path):
    with pytest.raises(InputError, match="has no chat template, so it answers no chats; choose a chat model, or set"):
        local(model=untrained_folder)
    own = tmp_path / "own.jinja"
    own.write_text("{{ messages[-1]['content'] }}>", encoding="utf-8")
    for template, tokens in (("user-assistant", len("[User]\nab\n[Assistant]\n")), (str(own), len("ab>"))):
        ((reply,),) = ask_all(local(model=untrained_folder, chat_template=template, max_new_tokens=5), "ab")
        assert reply.prompt_tokens == tokens
        assert 1 <= reply.completion_tokens <= 5
    for options, message in (
        ({"model": untrained_folder, "chat_template": "none.jinja"}, "cannot be read: No such file"),
        ({"model": untrained_folder, "chat_template": "other"}, "choose one of chatml, completion, llama3-plain"),
        ({"model": "/nowhere/at/all"}, "the model '/nowhere/at/all' cannot be loaded: "),
        ({"device": "quantum"}, "cannot be loaded: "),
    ):
        with pytest.raises(InputError, match=message) as error:
            local(**options)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@live
async def test_a_stream_grows_to_the_text_of_chat(temperature, local, monkeypatch):
    monkeypatch.setattr(generation, "guess", lambda text, most: [])  # a token a step
    monkeypatch.setattr(in_process, "_GLANCE_S", 0.0)

    async def parts_of(backend, text):
        return [part async for part in backend.stream(user(text), seed=3)]

    backend = local(temperature=temperature)
    streams = await asyncio.gather(*(parts_of(backend, ask) for ask in (ASK, OTHER)))
    for ask, parts in zip((ASK, OTHER), streams, strict=True):
        (reply,) = await backend.chat(user(ask), seed=3)
        assert parts[-1] == reply.text
        assert temperature or parts[-1] == ANSWERED[ask]
        assert all(later.startswith(part.rstrip()) for part, later in pairwise(parts))
    listener = backend.stream(user(ASK), seed=3)
    assert len(await anext(listener)) < len(streams[0][-1]), "the first of several parts"
    await listener.aclose()  # nobody listens any more: the backend goes on working
    assert (await backend.chat(user(OTHER), seed=3))[0].text == streams[1][-1]
    await backend.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_answers_too(python: Callable[..., Any], tiny: str) -> None:
    """As ZeroGPU does it: threads do not survive a fork, batches go on."""
    code = f"""
import asyncio, os, torch
from p_aligner.runtime.in_process import TransformersBackend, TransformersSettings
torch.set_num_threads(1)
backend = TransformersBackend(TransformersSettings(backend="transformers", model={tiny!r}, temperature=0))
ask = {user(ASK)!r}
async def main(): return (await backend.chat(ask))[0].text
first = asyncio.run(main())
if os.fork() == 0:
    again = asyncio.run(main())
    os._exit(0 if again == {ANSWERED[ASK]!r} else 1)
print(os.waitstatus_to_exitcode(os.wait()[1]), first == asyncio.run(main()) == {ANSWERED[ASK]!r})
"""
    assert python(code).stdout.split() == ["0", "True"]
