"""Before and after: refine an instruction, accept it, and see what it does to the answer. The page and its events.

    python app.py

Port and address are gradio's own GRADIO_SERVER_PORT and GRADIO_SERVER_NAME; what can be chosen is in settings.py.
"""

import asyncio
import functools
import inspect
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import gradio as gr
import shown
from events import PRIVATE, Update, in_words, note, on_request, ready, text_box, working
from feedback import Feedback
from models import Models
from settings import Settings, read_settings
from theme import theme
from tree_tab import trees_tab
from trees import read_trees

from p_aligner.errors import InputError, KitError
from p_aligner.instructions import ALREADY_CLEAR
from p_aligner.principles import PAPER_PRINCIPLES
from ultraprompt.search.tree import Tree


Record = dict[str, Any]

_FOLDER = Path(__file__).parent
_MOST_ROUNDS = 20  # of the history of a visitor
_MOST_SESSIONS = 500
# A label that holds a button before its box names the button alone.
_NAME_BOXES = """() => new MutationObserver(() => {
  for (const box of document.querySelectorAll('label:has(button) textarea:not([aria-label])'))
    box.setAttribute('aria-label', box.closest('label').querySelector('[data-testid=block-info]').textContent.trim());
}).observe(document.body, {childList: true, subtree: true})"""
# Once they are written; but who reads elsewhere stays there if they are in view.
_ANSWERS_IN_VIEW = "() => document.querySelector('#answers-step')?.scrollIntoView({block: 'nearest'})"
_FIRST_PRINCIPLES = ("Clarification Request", "Tone Improvement", "Factuality Enhancement")


def main() -> None:
    """Load everything, then serve until stopped."""
    try:
        settings = read_settings(os.environ, _FOLDER / "settings.json")
        source = settings.trees
        trees = read_trees(str(_FOLDER / source) if (_FOLDER / source).exists() else source)
        feedback = Feedback(settings.feedback) if settings.feedback else None
        models = Models(settings)
    except KitError as error:
        print(f"before_after: {error}", file=sys.stderr)
        sys.exit(2)
    page = build(settings, models, trees, feedback)
    page.queue(default_concurrency_limit=settings.concurrency, max_size=settings.queue_size)
    # Sent when a Space is stopped; unhandled, it would end the process before ratings are committed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        page.launch(
            theme=theme(),
            css_paths=[_FOLDER / "style.css"],
            footer_links=["api", "settings"],
            show_error=True,
            ssr_mode=False,
            pwa=False,
            # Every call from outside is a session to gradio, and keeps some 80 KiB; by default ten thousand are kept.
            state_session_capacity=_MOST_SESSIONS,
            # Text is all that is sent here.
            max_file_size="1kb",
        )
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # sent again while the end is under way
        if feedback:
            feedback.close()


def build(settings: Settings, models: Models, trees: list[Tree], feedback: Feedback | None) -> gr.Blocks:
    """Build the page, and the requests that others than the page make."""
    with gr.Blocks(title="P-Aligner: before and after", analytics_enabled=False) as page:
        # First of all, or events of the page would get these names.
        for work, name in ((models.refine, "refine"), (models.rewrite, "rewrite"), (models.respond, "respond")):
            about = inspect.getdoc(work)
            gr.api(in_words(work), api_name=name, api_description=about, concurrency_limit=settings.concurrency)
        gr.HTML(shown.HEAD)
        # What is new is read aloud from a place that is always there: steps come and go.
        said = gr.HTML(elem_id="said", js_on_load="element.setAttribute('role', 'status');")
        with gr.Tabs():
            with gr.Tab("Refine", id="refine"):
                _refine_tab(settings, models, feedback, said)
            with gr.Tab("Principles", id="principles"):
                _principles_tab(settings, models, said)
            with gr.Tab("Trees", id="trees"):
                trees_tab(settings, models, trees, said)
        gr.HTML(shown.provenance_html(settings))
        page.load(None, js=_NAME_BOXES, **PRIVATE)
    return page


def _refine_tab(settings: Settings, models: Models, feedback: Feedback | None, said: gr.HTML) -> None:
    instruction = text_box(
        settings,
        "Your instruction",
        placeholder="Ask for anything, the way it comes to mind. Shift+Enter refines it.",
        lines=3,
        elem_id="instruction",
    )
    refine_button = gr.Button("Refine", variant="primary", elem_id="refine-button")
    refining = gr.HTML(
        shown.working_html("P-Aligner reads your words and writes them anew: seconds, or longer for a long text."),
        visible=False,
        elem_id="refining",
    )
    with gr.Accordion("Examples", elem_id="examples") as examples:
        for who, texts in shown.EXAMPLES.items():
            gr.Examples([[text] for text in texts], [instruction], label=who, api_visibility="private")
    current = gr.State({})
    with gr.Column(visible=False, elem_id="refined-step", elem_classes="step") as refined_step:
        gr.HTML("<h2>What changed</h2>")
        changes = gr.HTML(elem_id="changes")
        verdict = gr.HTML(elem_id="verdict")
        edited = text_box(
            settings,
            "What will be sent: change it as you like",
            lines=3,
            buttons=["copy"],
            interactive=True,
            elem_id="edited",
        )
        with gr.Row(equal_height=True):
            own_words = gr.Button("Back to my words", min_width=150, elem_id="own-words")
            accept = gr.Button("Accept, and compare the answers", variant="primary", min_width=250, elem_id="accept")
        thumbs, ask_for_rating = _thumbs(feedback, current, settings.model) if feedback else ([], lambda record: {})
    with gr.Column(visible=False, elem_id="answers-step", elem_classes="step") as answers_step:
        gr.HTML("<h2>What the language model answers</h2>")
        gr.HTML(shown.responder_html(settings))
        with gr.Row(equal_height=False):
            before = _answer_box("To your own words", "before")
            after = _answer_box("To what you accepted", "after")
        answering = gr.HTML(
            shown.working_html("Both answers are being written. Without a GPU this may take half a minute."),
            visible=False,
            # It comes whenever answers begin, which may be below what is in view.
            js_on_load="element.closest('#answers-step').scrollIntoView();",
            elem_id="answering",
        )
        rewards = gr.HTML(elem_id="rewards")
        stop = gr.Button("Stop", elem_id="stop", visible=False)
    rounds = gr.State([], time_to_live=3600)
    with gr.Accordion("Earlier in this session", open=False, visible=False, elem_id="history") as history:
        earlier = gr.Dataset(
            components=["textbox", "textbox"],
            headers=["your words", "accepted"],
            samples=[],
            type="index",
            show_label=False,
            samples_per_page=_MOST_ROUNDS,
        )

    async def refine(text: str) -> AsyncIterator[Update]:
        hidden = {step: gr.Column(visible=False) for step in (refined_step, answers_step)}
        yield {**working(refine_button, "Refining …", refining), **hidden}
        async for record in models.refine(text):
            yield {current: record, examples: gr.Accordion(open=False), **_show_record(record)}

    def _show_record(record: Record) -> Update:
        return {
            changes: shown.changes_html(record["instruction"], record["refined_instruction"]),
            verdict: shown.verdict_html(record),
            said: shown.spoken(shown.verdict_html(record)),
            edited: record["refined_instruction"],
            refined_step: gr.Column(visible=True),
            **ask_for_rating(record),
        }

    async def respond(record: Record, text: str, earlier_rounds: list[Record]) -> AsyncIterator[Update]:
        cleared = {before: "", after: "", rewards: "", said: "Both answers are being written."}
        yield {**working(accept, "Answering …", answers_step, stop, answering), **cleared}
        last: Record = {}
        async for last in models.respond(record["instruction"], text):
            yield {before: last["response"], after: last["refined_response"]}
        done = {**record, "accepted": text, **last}
        kept = [done, *earlier_rounds][:_MOST_ROUNDS]
        samples = [[shown.short(each["instruction"]), shown.short(each["accepted"])] for each in kept]
        yield {
            rewards: _show_rewards(done),
            said: f"Both answers are written. {shown.spoken(_show_rewards(done))}",
            rounds: kept,
            history: gr.Accordion(visible=True),
            earlier: gr.Dataset(samples=samples),
        }

    def _show_rewards(done: Record) -> str:
        pair = None if done["reward"] is None else [done["reward"], done["refined_reward"]]
        is_same = done["accepted"].strip() == done["instruction"]
        return shown.rewards_html(pair, shown.scores_said(settings), are_same=is_same)

    def restore(index: int, kept: list[Record]) -> Update:
        done = kept[index]
        return {
            instruction: done["instruction"],
            current: done,
            **_show_record(done),
            edited: done["accepted"],
            changes: shown.changes_html(done["instruction"], done["accepted"]),
            answers_step: gr.Column(visible=True),
            before: done["response"],
            after: done["refined_response"],
            rewards: _show_rewards(done),
        }

    def follow_edit(record: Record, text: str) -> str:
        # Comparing takes long where both are long; the box holds no more, but who asks may use no box.
        return shown.changes_html(record.get("instruction", ""), text[: settings.max_characters])

    record_outputs = [current, changes, verdict, edited, refined_step, said, *thumbs]
    on_request(
        [refine_button.click, instruction.submit],
        refine,
        [instruction],
        [*record_outputs, refine_button, refining, examples, answers_step],
        at_the_end=functools.partial(ready, refine_button, refining),
        show_progress_on=instruction,
    )
    # Not `input`: that event passes over what is pasted.
    edited.change(follow_edit, [current, edited], changes, trigger_mode="always_last", **PRIVATE)
    own_words.click(lambda record: record["instruction"], current, edited, **PRIVATE)
    accept_again = functools.partial(ready, accept, stop, answering)
    answers = on_request(
        [accept.click, edited.submit],
        respond,
        [current, edited, rounds],
        [accept, answers_step, stop, answering, before, after, rewards, rounds, history, earlier, said],
        at_the_end=accept_again,
        show_progress_on=edited,
    )
    answers.then(None, js=_ANSWERS_IN_VIEW, **PRIVATE)
    stop.click(accept_again, None, [accept, stop, answering], cancels=[answers], queue=False, **PRIVATE)
    earlier.click(
        restore, [earlier, rounds], [*record_outputs, instruction, answers_step, before, after, rewards], **PRIVATE
    )


def _answer_box(label: str, name: str) -> gr.Textbox:
    with gr.Column(min_width=260):
        return gr.Textbox(label=label, lines=4, max_lines=24, buttons=["copy"], interactive=False, elem_id=name)


def _thumbs(feedback: Feedback, current: gr.State, model: str) -> tuple[list[Any], Callable[[Record], Update]]:
    """Place two buttons that rate the refinement as the model wrote it; return them, and what asks about another one.

    What the guard held back was never seen, so it cannot be rated.
    """
    with gr.Column(elem_id="thumbs") as column:
        note = gr.HTML(shown.note_html(shown.CONSENT))
        with gr.Row():
            buttons = [
                gr.Button(f"Thumb {way}", elem_id=f"thumb-{way}", size="sm", min_width=110, scale=0)
                for way in ("up", "down")
            ]

    def rate(is_good: bool, record: Record) -> list[Any]:
        feedback.append(record["instruction"], record["refined_instruction"], is_good=is_good, model=model)
        off = gr.Button(interactive=False)
        return [off, off, shown.note_html("Stored. Thank you.")]

    def ask(record: Record) -> Update:
        was_seen = record["changed"] or record["reason"] == ALREADY_CLEAR
        again = {button: gr.Button(interactive=True) for button in buttons}
        return {**again, note: shown.note_html(shown.CONSENT), column: gr.Column(visible=was_seen)}

    for button, is_good in zip(buttons, (True, False), strict=True):
        rated = functools.partial(rate, is_good)
        button.click(rated, [current], [*buttons, note], trigger_mode="once", **PRIVATE)
    return [*buttons, note, column], ask


def _principles_tab(settings: Settings, models: Models, said: gr.HTML) -> None:
    note(
        "In the paper, P-Aligner learns from rewrites by single principles. Here SinglePO applies the ones you "
        "choose, each to your own words, so that you can compare them."
    )
    instruction = text_box(settings, "Your instruction", value=shown.RUDE, lines=2, elem_id="principles-instruction")
    chosen = gr.CheckboxGroup(
        [principle.name for principle in PAPER_PRINCIPLES],
        value=list(_FIRST_PRINCIPLES),
        label="Principles of the paper",
        elem_id="principles-chosen",
    )
    button = gr.Button("Rewrite by each", variant="primary", elem_id="rewrite-button")
    cards = gr.HTML(elem_id="cards", js_on_load=shown.COPY_JS)

    async def rewrite(text: str, names: list[str]) -> AsyncIterator[Update]:
        if not names:
            raise InputError("choose at least one principle")
        records: dict[str, Record | None] = {each.name: None for each in PAPER_PRINCIPLES if each.name in names}

        async def work(name: str) -> None:
            async for record in models.rewrite(text, name):
                records[name] = record

        tasks = [asyncio.ensure_future(work(name)) for name in records]
        yield {**working(button, "Rewriting …"), cards: shown.rewrites_html(text, records), said: "Rewriting."}
        try:
            for task in asyncio.as_completed(tasks):
                await task
                yield {cards: shown.rewrites_html(text, records)}
            yield {said: f"{len(records)} rewrites are there."}
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    on_request(
        [button.click, instruction.submit],
        rewrite,
        [instruction, chosen],
        [button, cards, said],
        at_the_end=functools.partial(ready, button),
        show_progress_on=instruction,
    )


if __name__ == "__main__":
    main()
