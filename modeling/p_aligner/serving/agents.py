"""Messages of coding agents: which of their words did a person type? Knows nothing of requests.

Cline, Roo, Cursor and Copilot put them into a tag, beside blocks that tell of files, windows and the time. Claude Code
and its kin leave them bare and put what they add into tags; Aider appends its rules, Codex puts a heading before them.
Open WebUI asks for titles, tags, searches and further questions in messages of its own, and puts what it found before
a person's words. Tags in any other message are the person's own.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple


_TASKS = set("task user_query user_message user_request userRequest USER_REQUEST".split())
# What a person says of a result; so called in many messages that no agent wrote.
_TASKS_OF_AGENTS = _TASKS | {"feedback", "user_feedback", "answer"}
# Who sends these puts a person's words into one of the tags above.
_CONTEXT = set(
    "environment_details ENVIRONMENT_CONTEXT environment_info workspace_info additional_data "
    "attached_files user_info open_and_recently_viewed_files project_layout git_status editorContext "
    "reminderInstructions ADDITIONAL_METADATA command-name command-message command-args local-command-stdout "
    "local-command-stderr local-command-caveat bash-input bash-stdout bash-stderr task-notification "
    "session_context".split()
)
# Who sends these leaves them bare.
_REMINDERS = set(
    "system-reminder system_reminder user-prompt-submit-hook ide_opened_file ide_selection "
    "user_instructions environment_context INSTRUCTIONS turn_aborted user_shell_command user_action skill "
    "skills_instructions apps_instructions plugins_instructions environments_instructions additional_context "
    "hook_prompt subagent_notification model_switch collaboration_mode multi_agent_mode personality_spec "
    "RUNTIME_INFORMATION REPOSITORY_INFO REPOSITORY_INSTRUCTIONS".split()
)
_AGENTS = _CONTEXT | _REMINDERS
_TAG = re.compile(r"<(?P<ends>/?)(?P<name>[A-Za-z][\w-]*)(?:\s[^<>]*)?>")
_AIDERS_RULES = re.compile(
    r"\n\n(?:# \*SEARCH/REPLACE block\* Rules:|# File editing rules:|# V4A Diff Format Rules:"
    r"|To suggest changes to a file you MUST return the entire content)"
)
_REQUEST = re.compile(r"(?m)^#{1,6} My request for \w+:[ \t\r]*(?:\n|\Z)")
_OWN = re.compile(
    r"I have \*added these files to the chat\*|I ran this command:\n|# Fix any errors below|# AGENTS\.md instructions"
    r"|This is the Gemini CLI\.|You have been provided with a set of responses from various models"
    r"|\[Request interrupted by user|Caveat: The messages below were|This session is being continued from a previous"
    r"|Another language model started to solve this problem|Warning: The maximum number of unified exec"
    r"|Your task is to reflect the speaker's likely facial expression"
    r"|You are performing a CONTEXT CHECKPOINT|Your task is to create a detailed summary of th[ei]s? conversation"
    r"|(?:Please )?(?:[Gg]enerate|[Pp]rovide|[Cc]reate|write) an? [^.:\n]{0,60}\btitle [^.:\n]{0,40}"
    r"\b(?:conversation|chat|(?:previous|following) query)\b"
)
# Open WebUI's own messages begin with "### Task:" and hold one of these tags or headings; a person's words come last.
_TEMPLATE = {"chat_history", "context", "user_query"}
_HEADING = re.compile(r"(?m)^#{2,4} \**(?:Guidelines|Output|Instructions|Chat History)\b")


class Span(NamedTuple):
    """A piece of one of several texts."""

    number: int
    start: int
    end: int


class _Block(NamedTuple):
    name: str
    start: int
    inner: int
    inner_end: int
    end: int


def typed_span(texts: Sequence[str]) -> Span | None:
    """Find what a person typed: their last words in the texts of a message, or `None` where all is an agent's."""
    inside: list[Span] = []  # blocks for tasks
    beside: list[Span] = []  # and what is in no block of an agent's
    names: set[str] = set()
    is_all_in_blocks = True
    for number, text in enumerate(texts):
        rules = _AIDERS_RULES.search(text)
        end = rules.start() if rules else len(text)
        start = max((heading.end() for heading in _REQUEST.finditer(text, 0, end)), default=0)
        tags = list(_TAG.finditer(text, start, end))
        blocks = _blocks(tags)
        names.update(tag["name"] for tag in tags)
        inside += [Span(number, block.inner, block.inner_end) for block in blocks if block.name in _TASKS_OF_AGENTS]
        is_all_in_blocks &= not any(text[slice(*gap)].strip() for gap in _gaps(blocks, start, end))
        for gap in _gaps([block for block in blocks if block.name in _AGENTS], start, end):
            if any(tag["name"] in _AGENTS for tag in _TAG.finditer(text, *gap)):
                return None  # its block was cut, or holds another of its name: whose the words are is not sure
            beside.append(Span(number, *gap))
    first = texts[0]
    is_template = first.lstrip().startswith("### Task:") and (names & _TEMPLATE or _HEADING.search(first))
    if is_template and "chat_history" not in names:
        ends = (tag.end() for tag in _TAG.finditer(first) if tag["ends"] and tag["name"] in _TEMPLATE)
        start = max(ends, default=len(first))
        if first[start:].strip():
            return Span(0, start, len(first))
    is_tagged = names & _AGENTS or is_template or (is_all_in_blocks and names & _TASKS)
    if is_tagged and (task := _last_words(texts, inside)):
        return task
    typed = None if names & _CONTEXT or is_template else _last_words(texts, beside)
    return None if typed and _OWN.match(texts[typed.number], typed.start) else typed


def _last_words(texts: Sequence[str], spans: list[Span]) -> Span | None:
    return next((span for span in reversed(spans) if texts[span.number][span.start : span.end].strip()), None)


def _blocks(tags: list[re.Match[str]]) -> list[_Block]:
    """Pair tags: the outermost blocks, each up to the next end of its name."""
    ends: dict[str, list[re.Match[str]]] = {}
    for tag in reversed(tags):
        if tag["ends"]:
            ends.setdefault(tag["name"], []).append(tag)
    blocks: list[_Block] = []
    for tag in tags:
        if tag["ends"] or (blocks and tag.start() < blocks[-1].end):
            continue
        own = ends.get(tag["name"], [])
        while own and own[-1].start() < tag.end():
            own.pop()
        if own:
            blocks.append(_Block(tag["name"], tag.start(), tag.end(), own[-1].start(), own[-1].end()))
    return blocks


def _gaps(blocks: list[_Block], start: int, end: int) -> list[tuple[int, int]]:
    """Give what lies before, between and after blocks."""
    return list(zip([start, *(block.end for block in blocks)], [*(block.start for block in blocks), end], strict=True))
