"""What the events of the page share: errors in words, buttons that say what is being done, what is read aloud."""

import functools
import html
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import gradio as gr
import shown
from settings import Settings

from p_aligner.errors import KitError


Update = dict[Any, Any]  # of the page: what becomes of each component

PRIVATE = {"api_visibility": "private", "show_progress": "hidden"}
# Of events that may wait for their turn: a corner of a box tells the place in the queue.
_QUEUED = {"api_visibility": "private", "show_progress": "minimal", "trigger_mode": "once"}
# gradio would pile them up.
_CLOSE_ERRORS = "() => document.querySelectorAll('[data-testid=toast-close]').forEach(button => button.click())"


def in_words(
    handler: Callable[..., AsyncIterator[Any]], *, at_the_end: Callable[[], Update] | None = None
) -> Callable[..., AsyncIterator[Any]]:
    """Show errors to visitors as a line that they can act on; errors of ours go to the log.

    The handler is of a request, or, with `at_the_end`, of an event of the page: that makes a last update, whether or
    not there was an error.
    """

    @functools.wraps(handler)
    async def wrapped(*arguments: Any) -> AsyncIterator[Any]:
        message = ""
        said: Update = {}
        try:
            async for result in handler(*arguments):
                # gradio's page gets what differs from the update before, and changes that one in place, even while it
                # still waits to be shown: on a page that is busy, as in its first second, what the next one does not
                # repeat would never be seen. So each says all that those before it said.
                said = {**said, **result} if at_the_end else result
                yield said
        except KitError as error:
            message = str(error)
        except Exception:
            logging.getLogger(__name__).exception("a request failed")
            message = "something is broken here, not in your text: try again, and tell the owners if it stays so"
        if at_the_end:
            yield {**said, **at_the_end()}
        if message:  # which the page renders as HTML
            message = html.escape(message, quote=False)
            raise gr.Error(message, title="That did not work", duration=12, print_exception=False)

    return wrapped


def on_request(
    triggers: Sequence[Any],
    handler: Callable[..., AsyncIterator[Update]],
    inputs: list[Any],
    outputs: list[Any],
    *,
    at_the_end: Callable[[], Update],
    **how: Any,
) -> Any:
    """Do what a visitor asks for when it is its turn; what was wrong with the request before goes off the page."""
    gr.on(triggers, None, js=_CLOSE_ERRORS, **PRIVATE)
    return gr.on(triggers, in_words(handler, at_the_end=at_the_end), inputs, outputs, **_QUEUED, **how)


def note(text: str) -> gr.HTML:
    return gr.HTML(shown.note_html(text))


def text_box(settings: Settings, label: str, **how: Any) -> gr.Textbox:
    return gr.Textbox(label=label, **{"max_lines": 14, "max_length": settings.max_characters, **how})


def working(button: gr.Button, label: str, *shown_meanwhile: Any) -> Update:
    """Say on a button what is being done; it cannot be pressed meanwhile."""
    return {button: gr.Button(label, interactive=False), **{each: gr.update(visible=True) for each in shown_meanwhile}}


def ready(button: gr.Button, *shown_meanwhile: Any) -> Update:
    return {
        button: gr.Button(str(button.value), interactive=True),
        **{each: gr.update(visible=False) for each in shown_meanwhile},
    }
