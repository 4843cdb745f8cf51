"""The tab of trees: the visitor's own instruction grows one, others are there to be read."""

import functools
import time
from collections.abc import AsyncIterator
from typing import Any

import gradio as gr
import shown
from events import PRIVATE, Update, note, on_request, ready, text_box, working
from models import GROWTH, LONGEST_SEED, Models
from settings import Settings
from trees import Row

from p_aligner.errors import KitError
from p_aligner.principles import PAPER_PRINCIPLES
from ultraprompt.search.tree import Tree


# A tree keeps all models busy for as long as a request may take: with two at once, who only wants a refinement would
# notice. The others wait in the queue.
_AT_ONCE = 1


def trees_tab(settings: Settings, models: Models, trees: list[Tree], said: gr.HTML) -> None:
    """Fill the tab; `said` is read aloud."""
    note(
        "P-Aligner's training data comes from trees like these. Each circle is a version of an instruction, made from "
        "the one above it by one principle; its number says how good the answers to it are. Choose a circle to read "
        "it; the arrow keys walk on."
    )
    if settings.reward_model:
        with gr.Column(elem_classes="step", elem_id="own-tree"):
            _own_tree(settings, models, said)
    with gr.Column(elem_classes="step"):
        gr.HTML("<h2>Trees that have grown before</h2>")
        choices = [
            (f"{tree.category}: {shown.short(tree.root.instruction)}", number) for number, tree in enumerate(trees)
        ]
        choice = gr.Dropdown(choices, value=0, label="Tree", elem_id="tree-choice")
        drawing = gr.HTML(shown.tree_html(trees[0]), elem_id="tree")
        choice.change(lambda number: shown.tree_html(trees[number]), choice, drawing, **PRIVATE)


def _own_tree(settings: Settings, models: Models, said: gr.HTML) -> None:
    gr.HTML("<h2>Grow one of your own words</h2>")
    note(shown.growth_said(settings, GROWTH.iterations, GROWTH.responses))
    seed = text_box(
        settings,
        "Your instruction",
        value=shown.SEED,
        lines=2,
        max_length=min(LONGEST_SEED, settings.max_characters),
        elem_id="seed",
    )
    category = gr.Radio(
        [*PAPER_PRINCIPLES.domains],
        value="Helpfulness",
        label="Its category",
        info="The principles of a category are tried, and those of Helpfulness.",
        elem_id="category",
    )
    with gr.Row():
        button = gr.Button("Grow a tree", variant="primary", min_width=150, elem_id="grow")
        stop = gr.Button("Stop", visible=False, min_width=100, elem_id="stop-growing")
    progress = gr.HTML(elem_id="growth")
    grown = gr.HTML(elem_id="grown")

    def say(text: str) -> Update:
        return {progress: shown.note_html(text), said: shown.escape(text)}

    async def grow(text: str, chosen: str) -> AsyncIterator[Update]:
        steps: list[Row] = []
        ends = time.monotonic() + settings.timeout_s
        yield {**working(button, "Growing …", stop), grown: "", **say("It begins with the answers to your own words.")}
        try:
            async for step in models.grow(text, chosen):
                steps.append(step)
                yield {grown: shown.growth_html(steps, chosen), **say(shown.step_said(steps, GROWTH.iterations))}
        except KitError:
            yield say("It broke off; what had grown stays." if steps else "")
            raise
        yield say(shown.end_said(steps, GROWTH.iterations, in_time=time.monotonic() < ends))

    def stopped() -> Update:
        return {**ready(button, stop), **say("Stopped; what had grown stays.")}

    outputs: list[Any] = [button, stop, progress, grown, said]
    begins = [button.click, seed.submit]
    # So that the drawing has room.
    gr.on(begins, None, js="() => document.querySelector('#own-tree').scrollIntoView()", **PRIVATE)
    growing = on_request(
        begins,
        grow,
        [seed, category],
        outputs,
        at_the_end=functools.partial(ready, button, stop),
        show_progress_on=seed,
        concurrency_limit=_AT_ONCE,
    )
    stop.click(stopped, None, outputs, cancels=[growing], queue=False, **PRIVATE)
