"""Before and after: refine an instruction, accept it, and see what it does to the answer. The page and its events.

    python app.py

Port and address are gradio's own GRADIO_SERVER_PORT and GRADIO_SERVER_NAME; what can be chosen is in settings.py.
"""

import asyncio
import functools
import html
import inspect
import logging
import os
import signal
import sys
import urllib.parse
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import gpu  # before anything that uses torch: see there
import gradio as gr
import shown
from feedback import Feedback, feedback_row
from intake import taken
from models import Models
from settings import Settings, read_settings
from suggestions import EXAMPLES, RUDE
from trees import Tree, read_trees

from p_aligner.errors import InputError, KitError
from p_aligner.instructions import ALREADY_CLEAR
from p_aligner.principles import PAPER_PRINCIPLES


Record = dict[str, Any]
Update = dict[Any, Any]  # of the page: what becomes of each component

_FOLDER = Path(__file__).parent
_MOST_ROUNDS = 20  # of the history of a visitor
_MOST_SESSIONS = 500
_PRIVATE = {"api_visibility": "private", "show_progress": "hidden"}
# Of events that may wait for their turn: a corner of a box tells the place in the queue.
_QUEUED = {"api_visibility": "private", "show_progress": "minimal", "trigger_mode": "once"}
_OURS = {"p-aligner": "P-Aligner", "singlepo": "SinglePO", "smollm2": "SmolLM2-135M-Instruct"}
_FIRST_PRINCIPLES = ["Clarification Request", "Tone Improvement", "Factuality Enhancement"]

_ANSWERS = (("To your own words", "before"), ("To what you accepted", "after"))

_HEAD = """
<header><h1>P-Aligner</h1>
<p>Many poor answers begin with an unclear question. A small model rewrites yours before a language model reads it:
you see every changed word, and nothing is sent on until you accept it.</p></header>
"""
_CONSENT = (
    "Is this a good refinement? A thumb stores your instruction, the refinement, the thumb, the model's name and the "
    "day, to train better models. Do not rate what is private."
)
_COPY_JS = """
element.addEventListener('click', async (event) => {
  const button = event.target.closest('button[data-copy]');
  if (!button) return;
  try { await navigator.clipboard.writeText(button.dataset.copy); button.textContent = 'Copied'; }
  catch { button.textContent = 'Select the text to copy it'; }
  setTimeout(() => { button.textContent = 'Copy'; }, 1500);
});
"""


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
    # Whoever stops a Space sends this; left alone, it would end the process at once.
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
        if feedback:
            feedback.close()


def theme() -> gr.themes.Base:
    """Return a theme of the reader's own fonts: nothing is loaded from elsewhere."""
    fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
    return gr.themes.Base(
        primary_hue="teal",
        secondary_hue="teal",
        neutral_hue="stone",
        font=fonts,
        font_mono=["ui-monospace", "SF Mono", "Consolas", "monospace"],
    ).set(
        # Of the hue's shades, those that can be read on white and on black.
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        block_label_text_color="*neutral_700",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_600",
        button_primary_text_color="white",
        # One frame around a text, not two.
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_border_width_dark="0px",
        block_padding="0px",
        input_border_width="1px",
        input_border_color_focus="*primary_700",
        input_border_color_focus_dark="*primary_400",
        input_background_fill="white",
        input_background_fill_dark="*neutral_900",
        checkbox_background_color_selected="*primary_700",
        checkbox_border_color_selected="*primary_700",
    )


def build(settings: Settings, models: Models, trees: list[Tree], feedback: Feedback | None) -> gr.Blocks:
    """Build the page.

    Args:
        settings ([`Settings`]): the choices.
        models ([`Models`]): what refines, rewrites, answers and scores.
        trees (`list[Tree]`): what there is to look at.
        feedback ([`Feedback`], *optional*): where ratings go.
    """
    desk = Desk(settings, models)
    with gr.Blocks(title="P-Aligner: before and after", analytics_enabled=False) as page:
        # First of all, or events of the page would get these names.
        for work, name in ((desk.refine, "refine"), (desk.rewrite, "rewrite"), (desk.respond, "respond")):
            gr.api(work, api_name=name, api_description=inspect.getdoc(work), concurrency_limit=settings.concurrency)
        gr.HTML(_HEAD)
        with gr.Tabs():
            with gr.Tab("Refine", id="refine"):
                _refine_tab(settings, desk, feedback)
            with gr.Tab("Principles", id="principles"):
                _principles_tab(settings, desk)
            with gr.Tab("Trees", id="trees"):
                _trees_tab(settings, trees)
        gr.HTML(f'<div class="provenance">{_provenance(settings, feedback)}</div>')
    return page


def in_words(
    handler: Callable[..., AsyncIterator[Any]], *, at_the_end: Callable[[], Update] | None = None
) -> Callable[..., AsyncIterator[Any]]:
    """Tell visitors of errors in words that they can act on; what is our fault goes to the log.

    Args:
        handler (`Callable[..., AsyncIterator]`): of an event.
        at_the_end (`Callable`, *optional*): makes a last update of the page, whether or not there was an error.
    """

    @functools.wraps(handler)
    async def wrapped(*arguments: Any) -> AsyncIterator[Any]:
        told: gr.Error | None = None
        try:
            async for result in handler(*arguments):
                yield result
        except gr.Error as error:  # in words already
            told = error
        except KitError as error:
            told = _error(str(error))
        except Exception:
            logging.getLogger(__name__).exception("a request failed")
            told = _error("something is broken here, not in your text: try again, and tell the owners if it stays so")
        if at_the_end:
            yield at_the_end()
        if told:
            raise told

    return _whole(wrapped) if at_the_end else wrapped


def _whole(handler: Callable[..., AsyncIterator[Update]]) -> Callable[..., AsyncIterator[Update]]:
    """Let each update say all that those before it said.

    gradio's page gets what differs from the update before, and changes that one in place, even while it still waits to
    be shown: on a page that is busy, as in its first second, what the next one does not repeat would never be seen.
    """

    @functools.wraps(handler)
    async def wrapped(*arguments: Any) -> AsyncIterator[Update]:
        said: Update = {}
        async for update in handler(*arguments):
            said |= update
            yield dict(said)

    return wrapped


def _error(message: str) -> gr.Error:
    # The page renders messages as HTML.
    return gr.Error(html.escape(message, quote=False), title="That did not work", duration=12, print_exception=False)


class Desk:
    """The three requests that can be made, by the page and from outside: checked on the way in, errors in words.

    Args:
        settings ([`Settings`]): limits.
        models ([`Models`]): who does the work.
    """

    def __init__(self, settings: Settings, models: Models) -> None:
        take = functools.partial(taken, most_characters=settings.max_characters)
        refined, rewritten, responded = (
            gpu.on_gpu(work, seconds=settings.timeout_s) for work in (models.refine, models.rewrite, models.respond)
        )

        async def refine(instruction: str) -> AsyncIterator[dict[str, Any]]:
            """Refine an instruction: returns instruction, refined_instruction, changed and reason."""
            async for record in refined(take(instruction)):
                yield record

        async def rewrite(instruction: str, principle: str) -> AsyncIterator[dict[str, Any]]:
            """Rewrite an instruction by one of the ten principles: returns the same, and principle."""
            async for record in rewritten(take(instruction), str(principle)):
                yield record

        async def respond(instruction: str, refined_instruction: str) -> AsyncIterator[dict[str, Any]]:
            """Answer both: streams response and refined_response, at last with reward and refined_reward."""
            asked, sent = take(instruction), take(refined_instruction, name="the text to send")
            async for record in responded(asked, sent):
                yield record

        self.refine, self.rewrite, self.respond = in_words(refine), in_words(rewrite), in_words(respond)


def _provenance(settings: Settings, feedback: Feedback | None) -> str:
    host = urllib.parse.urlsplit(settings.endpoint).netloc if settings.endpoint else ""
    refiner, rewriter = (_OURS.get(name, name) for name in (settings.model, settings.singlepo))
    responder = settings.responder if host else _OURS.get(settings.responder, settings.responder)
    adapters = [_OURS[name] for name in (settings.model, settings.singlepo) if name in _OURS]
    are = "is an adapter" if len(adapters) == 1 else "are adapters"
    parts = [
        f"Refined by {refiner}, rewritten by {rewriter}, answered by {responder}"
        + (f" at {host}, which gets what you accept." if host else ", all on this server."),
        f"{' and '.join(adapters)} {are} on {_OURS['smollm2']}, trained on a corpus of P-Aligner kit."
        if adapters
        else "",
        "Only what you rate is stored." if feedback else "Nothing that you type is stored.",
    ]
    return "".join(f"<p>{shown.escape(part)}</p>" for part in parts if part)


def _refine_tab(settings: Settings, desk: Desk, feedback: Feedback | None) -> None:
    instruction = gr.Textbox(
        label="Your instruction",
        placeholder="Ask for anything, the way it comes to mind. Shift+Enter refines it.",
        lines=3,
        max_lines=14,
        max_length=settings.max_characters,
        elem_id="instruction",
    )
    refine_button = gr.Button("Refine", variant="primary", elem_id="refine-button")
    refining = gr.HTML(
        shown.working_html("P-Aligner reads your words and writes them anew: seconds, or longer for a long text."),
        visible=False,
        elem_id="refining",
    )
    with gr.Accordion("Examples", elem_id="examples") as examples:
        gr.Examples([[text] for text in EXAMPLES], [instruction], label="Try one", api_visibility="private")
    current = gr.State({})
    with gr.Column(visible=False, elem_id="refined-step", elem_classes="step") as refined_step:
        gr.HTML("<h2>What changed</h2>")
        changes = gr.HTML(elem_id="changes")
        verdict = gr.HTML(elem_id="verdict")
        edited = gr.Textbox(
            label="What will be sent: change it as you like",
            lines=3,
            max_lines=14,
            max_length=settings.max_characters,
            buttons=["copy"],
            interactive=True,
            elem_id="edited",
        )
        with gr.Row(equal_height=True):
            own_words = gr.Button("Back to my words", min_width=150, elem_id="own-words")
            accept = gr.Button("Accept, and compare the answers", variant="primary", min_width=250, elem_id="accept")
        thumbs = _Thumbs(feedback, current, settings) if feedback else None
    with gr.Column(visible=False, elem_id="answers-step", elem_classes="step") as answers_step:
        gr.HTML("<h2>What the language model answers</h2>")
        gr.HTML(shown.note_html(_who_answers(settings)))
        with gr.Row(equal_height=False):
            before, after = (_answer_box(label, name) for label, name in _ANSWERS)
        answering = gr.HTML(
            shown.working_html("Both answers are being written. Without a GPU this may take half a minute."),
            visible=False,
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
        yield {
            refine_button: gr.Button("Refining …", interactive=False),
            refining: gr.HTML(visible=True),
            refined_step: gr.Column(visible=False),
            answers_step: gr.Column(visible=False),
        }
        async for record in desk.refine(text):
            yield {current: record, examples: gr.Accordion(open=False), **_show_record(record)}

    def _show_record(record: Record) -> Update:
        return {
            changes: shown.changes_html(record["instruction"], record["refined_instruction"]),
            verdict: shown.verdict_html(record),
            edited: record["refined_instruction"],
            refined_step: gr.Column(visible=True),
            **(thumbs.fresh(record) if thumbs else {}),
        }

    async def respond(record: Record, text: str, earlier_rounds: list[Record]) -> AsyncIterator[Update]:
        yield {
            accept: gr.Button("Answering …", interactive=False),
            answers_step: gr.Column(visible=True),
            stop: gr.Button(visible=True),
            answering: gr.HTML(visible=True),
            before: "",
            after: "",
            rewards: "",
        }
        last: Record = {}
        async for last in desk.respond(record["instruction"], text):
            yield {before: last["response"], after: last["refined_response"]}
        done = {**record, "accepted": text, **last}
        kept = [done, *earlier_rounds][:_MOST_ROUNDS]
        yield {rewards: _show_rewards(done), rounds: kept, **_show_history(kept)}

    def _show_rewards(done: Record) -> str:
        pair = None if done["reward"] is None else [done["reward"], done["refined_reward"]]
        return shown.rewards_html(pair, are_same=done["accepted"].strip() == done["instruction"])

    def _show_history(kept: list[Record]) -> Update:
        samples = [[_short(done["instruction"]), _short(done["accepted"])] for done in kept]
        return {history: gr.Accordion(visible=bool(kept)), earlier: gr.Dataset(samples=samples)}

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

    def accept_again() -> Update:
        return {
            accept: gr.Button("Accept, and compare the answers", interactive=True),
            stop: gr.Button(visible=False),
            answering: gr.HTML(visible=False),
        }

    def refine_again() -> Update:
        return {refine_button: gr.Button("Refine", interactive=True), refining: gr.HTML(visible=False)}

    record_outputs = [current, changes, verdict, edited, refined_step, *(thumbs.outputs if thumbs else [])]
    gr.on(
        [refine_button.click, instruction.submit],
        in_words(refine, at_the_end=refine_again),
        [instruction],
        [*record_outputs, refine_button, refining, examples, answers_step],
        show_progress_on=instruction,
        **_QUEUED,
    )
    # Not `input`: that event passes over what is pasted.
    edited.change(follow_edit, [current, edited], changes, trigger_mode="always_last", **_PRIVATE)
    own_words.click(lambda record: record["instruction"], current, edited, **_PRIVATE)
    responding = gr.on(
        [accept.click, edited.submit],
        in_words(respond, at_the_end=accept_again),
        [current, edited, rounds],
        [accept, answers_step, stop, answering, before, after, rewards, rounds, history, earlier],
        show_progress_on=edited,
        **_QUEUED,
    )
    stop.click(accept_again, None, [accept, stop, answering], cancels=[responding], queue=False, **_PRIVATE)
    earlier.click(
        restore, [earlier, rounds], [*record_outputs, instruction, answers_step, before, after, rewards], **_PRIVATE
    )


def _answer_box(label: str, name: str) -> gr.Textbox:
    with gr.Column(min_width=260):
        return gr.Textbox(label=label, lines=4, max_lines=24, buttons=["copy"], interactive=False, elem_id=name)


def _who_answers(settings: Settings) -> str:
    most = settings.max_new_tokens
    length = f"An answer has at most {most} tokens, about {most * 3 // 4} words: longer ones end there, unfinished."
    if settings.endpoint or settings.responder != "smollm2":
        return length
    return f"{_OURS['smollm2']} answers: a small model, fluent, but weak in facts, sums and code. {length}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:79] + "…"


class _Thumbs:
    """Two buttons that rate the refinement as the model wrote it."""

    def __init__(self, feedback: Feedback, current: gr.State, settings: Settings) -> None:
        with gr.Column(elem_id="thumbs") as self._column:
            self._note = gr.HTML(shown.note_html(_CONSENT))
            with gr.Row():
                self._up = gr.Button("Thumb up", elem_id="thumb-up", size="sm", min_width=110, scale=0)
                self._down = gr.Button("Thumb down", elem_id="thumb-down", size="sm", min_width=110, scale=0)
        self.outputs = [self._up, self._down, self._note, self._column]
        for button, is_good in ((self._up, True), (self._down, False)):
            button.click(
                functools.partial(self._rate, feedback, settings.model, is_good),
                [current],
                [self._up, self._down, self._note],
                trigger_mode="once",
                **_PRIVATE,
            )

    def _rate(self, feedback: Feedback, model: str, is_good: bool, record: Record) -> list[Any]:
        feedback.append(
            feedback_row(record["instruction"], record["refined_instruction"], is_good=is_good, model=model)
        )
        off = gr.Button(interactive=False)
        return [off, off, shown.note_html("Stored. Thank you.")]

    def fresh(self, record: Record) -> Update:
        """Ask anew, about another refinement; what the guard held back was never seen, so it cannot be rated."""
        on, was_seen = gr.Button(interactive=True), record["changed"] or record["reason"] == ALREADY_CLEAR
        note = shown.note_html(_CONSENT)
        return {self._up: on, self._down: on, self._note: note, self._column: gr.Column(visible=was_seen)}


def _principles_tab(settings: Settings, desk: Desk) -> None:
    gr.HTML(
        shown.note_html(
            "In the paper, P-Aligner learns from rewrites by single principles. Here SinglePO applies the ones you "
            "choose, each to your own words, so that you can compare them."
        )
    )
    instruction = gr.Textbox(
        label="Your instruction",
        value=RUDE,
        lines=2,
        max_lines=14,
        max_length=settings.max_characters,
        elem_id="principles-instruction",
    )
    chosen = gr.CheckboxGroup(
        [principle.name for principle in PAPER_PRINCIPLES],
        value=_FIRST_PRINCIPLES,
        label="Principles of the paper",
        elem_id="principles-chosen",
    )
    button = gr.Button("Rewrite by each", variant="primary", elem_id="rewrite-button")
    cards = gr.HTML(elem_id="cards", js_on_load=_COPY_JS)

    async def rewrite(text: str, names: list[str]) -> AsyncIterator[Update]:
        if not names:
            raise InputError("choose at least one principle")
        principles = [principle for principle in PAPER_PRINCIPLES if principle.name in names]
        records: dict[str, Record | None] = dict.fromkeys(names)

        async def work(name: str) -> None:
            async for record in desk.rewrite(text, name):
                records[name] = record

        tasks = [asyncio.ensure_future(work(principle.name)) for principle in principles]
        yield {
            button: gr.Button("Rewriting …", interactive=False),
            cards: shown.rewrites_html(text, _pairs(principles, records)),
        }
        try:
            for task in asyncio.as_completed(tasks):
                await task
                yield {cards: shown.rewrites_html(text, _pairs(principles, records))}
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    gr.on(
        [button.click, instruction.submit],
        in_words(rewrite, at_the_end=lambda: {button: gr.Button("Rewrite by each", interactive=True)}),
        [instruction, chosen],
        [button, cards],
        show_progress_on=instruction,
        **_QUEUED,
    )


def _pairs(principles: list[Any], records: dict[str, Record | None]) -> list[tuple[Any, Record | None]]:
    return [(principle, records[principle.name]) for principle in principles]


def _trees_tab(settings: Settings, trees: list[Tree]) -> None:
    gr.HTML(
        shown.note_html(
            "In the paper, P-Aligner's training data comes from trees like these. Each circle is a version of an "
            "instruction, made from the one above it by one principle; its number says how good the answers to it "
            "are. Choose a circle to read it; the arrow keys walk on."
        )
    )
    if settings.trees == Settings.model_fields["trees"].default:
        gr.HTML(
            shown.note_html(
                "These trees are of an earlier, small invented world, which no model above knows: look at how they "
                "grow, not at what they say."
            )
        )
    choices = [(f"{tree.category}: {_short(tree.root.instruction)}", number) for number, tree in enumerate(trees)]
    choice = gr.Dropdown(choices, value=0, label="Tree", elem_id="tree-choice")
    drawing = gr.HTML(shown.tree_html(trees[0]), elem_id="tree")
    choice.change(lambda number: shown.tree_html(trees[number]), choice, drawing, **_PRIVATE)


if __name__ == "__main__":
    main()
