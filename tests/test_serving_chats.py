"""What of a chat the proxy refines: what a person typed last, and nothing of an agent's."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote

import aiohttp
import openai
import pytest
from conftest import live
from proxied import ASK, CHAT, MESSAGES, RESPONSES, asked, backend_of, client, post, proxied, request, user
from test_instructions import FOLLOW_UPS
from tiny import REFINED

from p_aligner.runtime.refiner import Refiner
from p_aligner.serving.chats import PATHS, read_chat


# What is refined

TASK = "\nfix the bug in main.py\n"
DETAILS = "<environment_details>\n# Open files\nmain.py, <task>none</task>\n</environment_details>"
RULES = "\n\n# *SEARCH/REPLACE block* Rules:\n\nEvery *SEARCH/REPLACE block* must use this format."
IDE = "# Context from my IDE setup:\n\n## Active file: a.py <b>\n\n## My request for Codex:\n"
OWN_TAGS = (
    f"{ASK}, as in\n<task>\nname\n</task>",
    "<feedback>It is slow.</feedback> Is that kind?",
    f"### Task:\n{ASK}",
)
BEFORE = [*user("a"), {"role": "assistant", "content": "b"}]
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
CACHED = {"cache_control": {"type": "ephemeral"}}


def parts(*texts: str, **more: Any) -> list[Any]:
    return [{"type": "text", "text": text, **more} for text in texts]


def texts(*said: str) -> list[Any]:
    return [{"type": "input_text", "text": text} for text in said]


CODEX = (
    "# AGENTS.md instructions for /w\n\n<INSTRUCTIONS>\nBe brief.\n</INSTRUCTIONS>",
    "<environment_context>\n  <cwd>/w</cwd>\n</environment_context>",
)
SOURCES = (
    '### Task:\nAnswer by the context, citing it (e.g., <source id="1">).\n\n### Guidelines:\n- Be brief.\n\n'
    '<context>\n<source id="1">x</source>\n</context>\n'
)


@pytest.mark.parametrize(
    ("path", "body", "instruction"),
    [
        (CHAT, request(ASK, {"role": "system", "content": "s"}, *BEFORE, temperature=0.1, x="\ud83d é"), ASK),
        (CHAT, request([*parts("see", "what is it"), PICTURE, *parts(" ")]), "what is it"),
        (RESPONSES, asked(RESPONSES, ASK, text={"format": {"type": "text"}}, instructions="be brief"), ASK),
        (RESPONSES, asked(RESPONSES, ASK, *BEFORE, {"type": "reasoning"}, tools=[{}], tool_choice="auto"), ASK),
        (RESPONSES, asked(RESPONSES, [{"type": "input_text", "text": ASK}], previous_response_id="r1"), ASK),
        (MESSAGES, request(ASK, system="s", tool_choice={"type": "auto"}), ASK),
        (MESSAGES, request(parts("see", ASK, **CACHED)), ASK),
        # Cline, Roo
        (CHAT, request(parts(f"<task>{TASK}</task>", DETAILS)), TASK),
        (CHAT, request(parts(f"[done] Result:\n<feedback>{TASK}</feedback>", DETAILS), *BEFORE), TASK),
        (CHAT, request(f"[TASK RESUMPTION] Go on.\n<user_message>{TASK}</user_message>\n{DETAILS}"), TASK),
        # Cursor, Copilot
        (CHAT, request(f"<additional_data>\n<x>\n</additional_data><user_query>{TASK}</user_query>"), TASK),
        (CHAT, request(f"<timestamp>t</timestamp>\n<user_query>{TASK}</user_query>"), TASK),
        (CHAT, request(f"<userRequest>{TASK}</userRequest>\n<editorContext>a.py</editorContext>"), TASK),
        # Claude Code, Aider
        (MESSAGES, request(parts("<system-reminder>\nread <b>\n</system-reminder>\n", ASK, **CACHED)), ASK),
        (MESSAGES, request(parts(ASK, "<system-reminder>x</system-reminder>")), ASK),
        (CHAT, request(f"<system-reminder>x</system-reminder>{TASK}<system-reminder>y</system-reminder>"), TASK),
        (CHAT, request(f"{ASK}{RULES}"), ASK),
        # Codex, Open WebUI, Roo, OpenHands
        (RESPONSES, asked(RESPONSES, f"{IDE}{ASK}"), ASK),
        (RESPONSES, asked(RESPONSES, [{"type": "input_text", "text": f"{IDE}{IDE}{ASK}"}]), ASK),
        (CHAT, request(f"<user_instructions>x</user_instructions>{TASK}"), TASK),
        (
            RESPONSES,
            asked(RESPONSES, texts(CODEX[0], CODEX[1], ASK), {"role": "developer", "content": texts("x")}),
            ASK,
        ),
        (RESPONSES, asked(RESPONSES, texts(ASK, CODEX[1]), *user(texts(*CODEX))), ASK),
        (CHAT, request(f"{SOURCES}{TASK}"), f"\n{TASK}"),
        (
            CHAT,
            request(f"### Task:\nAnswer by the context.\n<context>x</context>\n<user_query>{TASK}</user_query>"),
            TASK,
        ),
        (CHAT, request(parts(f"[ask_followup_question] Result:\n<answer>{TASK}</answer>", DETAILS), *BEFORE), TASK),
        (CHAT, request(parts(ASK, "<RUNTIME_INFORMATION>x</RUNTIME_INFORMATION>")), ASK),
        (CHAT, request(ASK, max_tokens=8, max_completion_tokens=None, extra_body={"top_k": 5}), ASK),
        *((CHAT, request(text), text) for text in OWN_TAGS),
    ],
)
@live
async def test_what_a_person_typed_last_is_refined_and_all_else_stays(path, body, instruction):
    async with proxied() as (server, url, _):
        _, told, _ = await post(url, body, path)
        before, found, after = json.dumps(body).rpartition(json.dumps(instruction)[1:-1])
        assert found
        assert server.requests[-1] == json.loads(before + json.dumps(instruction.upper())[1:-1] + after)
        assert unquote(told["x-p-aligner-refined"]) == instruction.upper()


NO_TEXT: tuple[Any, ...] = ([PICTURE], [], " \n", None, parts(" "))
TOOL_RESULT = {"type": "tool_result", "tool_use_id": "1", "content": parts("tell me the weather")}
OUTPUT = {"type": "function_call_output", "output": "5"}
FORMS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (CHAT, "response_format is json_object", {"response_format": {"type": "json_object"}}),
    (CHAT, "guided_regex is set", {"guided_regex": "a+"}),
    (CHAT, "json_schema is set", {"json_schema": {"type": "object"}}),
    (CHAT, "regex is set", {"regex": "a+"}),
    (CHAT, "ebnf is set", {"ebnf": "root ::= [0-9]"}),
    (CHAT, "format is set", {"format": "json"}),
    (CHAT, "guided_json is set", {"extra_body": {"guided_json": {"type": "object"}}}),
    (CHAT, "max_tokens is 1", {"max_tokens": 1}),
    (CHAT, "max_completion_tokens is 7", {"max_completion_tokens": 7}),
    (RESPONSES, "max_output_tokens is 0", {"max_output_tokens": 0}),
    (RESPONSES, "text.format is json_schema", {"text": {"format": {"type": "json_schema"}}}),
    (MESSAGES, "output_format is json_schema", {"output_format": {"type": "json_schema"}}),
    (CHAT, "tool_choice is required", {"tool_choice": "required"}),
    (CHAT, "tool_choice is function", {"function_call": {"name": "f"}}),
    (CHAT, "tool_choice is required", {"tool_choice": {"type": "x", "allowed_tools": {"mode": "required"}}}),
    (RESPONSES, "tool_choice is function", {"tool_choice": {"type": "function", "name": "f"}}),
    (MESSAGES, "tool_choice is any", {"tool_choice": {"type": "any"}}),
)
WHOSE = "what the last message says is an agent's, not a person's"
AGENTS = (
    parts("[read_file for 'a'] Result:", "<file_content>x</file_content>", DETAILS),
    f"<environment_details>\ncut off <task>{TASK}</task>",
    parts("<system-reminder>a <system-reminder>b</system-reminder> c</system-reminder>"),
    "<command-message>init</command-message>\n<command-name>/init</command-name>\ntell me",
    f"# AGENTS.md instructions for /w\n\n<INSTRUCTIONS>\n{ASK}\n</INSTRUCTIONS>",
    parts("<user_instructions>\na\n</user_instructions>", "<environment_context>\nb\n</environment_context>"),
    f"### Task:\nSuggest a title.\n### Chat History:\n<chat_history>\nUSER: {ASK}\n</chat_history>",
    "### Task:\nSuggest 3-5 follow-up questions.\n### Output:\nJSON\n### Chat History:\nUSER: a",
    "### Task:\nGenerate 1-3 broad tags.\n\n### Guidelines:\n- Start broad.",
    "Create a concise, 3-5 word phrase as a title for the previous query.\n\nPrompt: a",
    "<user_shell_command>\nls\n</user_shell_command>",
    "<turn_aborted>\nThe user stopped it.\n</turn_aborted>",
    "Another language model started to solve this problem and produced a summary.",
    SOURCES,
    "[Request interrupted by user for tool use]",
    "Please write a 5-10 word title for the following conversation:\n\na",
    "<bash-input>ls</bash-input>\n<bash-stdout>a</bash-stdout>",
    IDE,
    f"I ran this command:\n\nls\n\nAnd got this output:\n\nmain.py{RULES}",
)


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        *((path, asked(path, content), "no text: the last message has none") for path in PATHS for content in NO_TEXT),
        *(
            (CHAT, request("b", *user("a"), role=role), f"last turn: it is the {role}'s")
            for role in ("assistant", "tool", "system")
        ),
        (MESSAGES, request([TOOL_RESULT, *parts(ASK)], *BEFORE), "last turn: it is the tool's"),
        (RESPONSES, {"input": [*user(ASK), OUTPUT]}, "last turn: it is the function_call_output's"),
        *((path, asked(path, ASK, **more), f"form: {said}") for path, said, more in FORMS),
        *((CHAT, request(text), f"no text: {WHOSE}") for text in AGENTS),
        (RESPONSES, {"model": "m"}, "no text: the last message has none"),
    ],
)
@live
async def test_what_is_not_to_be_refined_goes_on_byte_by_byte_and_the_answer_says_why(path, body, reason):
    async with proxied() as (server, url, _):
        for header in ({}, {"X-P-Aligner": "on"}):
            status, told, _ = await post(url, body, path, **header)
            assert (status, told["x-p-aligner-changed"], told["x-p-aligner-reason"]) == (200, "false", reason)
            assert server.bodies[-1] == json.dumps(body).encode()


def test_what_an_agent_says_first_is_no_turn_before() -> None:
    told = [*user(AGENTS[5]), *user("<environment_context>a</environment_context>")]
    for before, is_first in ((told, True), ([*told, *BEFORE], False), (user([PICTURE]), False)):
        body = asked(RESPONSES, "add tests", {"role": "developer", "content": "x"}, *before)
        assert read_chat(json.dumps(body).encode(), RESPONSES).is_first is is_first


@pytest.mark.parametrize(
    ("path", "before", "more"),
    [*((path, BEFORE, {}) for path in PATHS), (RESPONSES, [], {"previous_response_id": "r"})],
)
@live
async def test_a_follow_up_is_left_alone_and_a_new_wish_is_not(path, before, more, tiny):
    refined = Refiner(backend_of(tiny))
    async with proxied(refine=refined, budget_s=50) as (server, url, _):
        for text in (*FOLLOW_UPS, "inflation"):
            body = asked(path, text, *before, **more)
            _, told, _ = await post(url, body, path)
            assert (text, told["x-p-aligner-reason"]) == (text, "follow-up")
            assert server.bodies[-1] == json.dumps(body).encode()
        _, told, _ = await post(url, asked(path, "list three rivers", *before, **more), path)
        assert unquote(told["x-p-aligner-refined"]) == REFINED["list three rivers"]
    await refined.close()


WRONG = [
    (b"", "the request is not JSON (Expecting value at character 0): send an object"),
    (b'{"messages": [', "the request is not JSON (Expecting value at character 14): send an object"),
    (b"\xff", "the request is not UTF-8 text: invalid start byte at byte 0"),
    (b"[" * 100_000, "the request is JSON nested too deeply: send an object with model and messages"),
    (b"9" * 5000, "the request holds too long a number: send an object with model and messages"),
    (b"[1]", "the request must be a JSON object with model and messages, it is [1]"),
    (b"{}", "messages must be a list of at least one message, it is None"),
    (b'{"messages": []}', "messages must be a list of at least one message, it is []"),
    (b'{"messages": ["hi"]}', "message 0 must be an object with a role, it is 'hi'"),
    (b'{"messages": [{"role": 5}]}', "message 0 must be an object with a role, it is {'role': 5}"),
]


@live
async def test_what_is_no_chat_is_told_in_one_line_and_goes_nowhere() -> None:
    async with proxied() as (server, url, _), client(url) as own:
        for body, message in WRONG:
            status, headers, answer = await post(url, body)
            assert (status, headers["Content-Type"]) == (400, "application/json; charset=utf-8")
            error = {"type": "invalid_request_error", "param": None, "code": "invalid_request"}
            assert answer == {"type": "error", "error": {"message": f"p-aligner: {message}", **error}}
        status, _, answer = await post(url, request("a"), **{"X-P-Aligner": "maybe"})
        assert answer["error"]["message"] == "p-aligner: the header X-P-Aligner must be on or off, it is 'maybe'"
        assert server.requests == []
        with pytest.raises(openai.BadRequestError, match="messages must be a list of at least one message"):
            await own.chat.completions.create(model="m", messages=[])


@live
async def test_a_request_that_is_too_long_is_refused_before_it_is_read() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 100

    async with proxied(most_bytes=2_000) as (server, url, _), aiohttp.ClientSession() as session:
        for body in (b" " * 2_001, chunks()):
            async with session.post(url + CHAT, data=body) as answer:
                assert answer.status == 413
                message = (await answer.json())["error"]["message"]
            assert message == "p-aligner: the request is longer than the 2,000 bytes that this proxy takes: shorten it"
        assert server.requests == []
        assert (await post(url, request("a" * 1_900)))[0] == 200
