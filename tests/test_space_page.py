"""The page of a running Space in a real browser."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import running_space
from hub import READER, Hub
from running_space import Models, Running, serving
from test_space_shown import HOSTILE
from tiny import ANSWERED, LEO, REFINED

import p_aligner
from p_aligner.errors import InputError
from p_aligner.prompts import parse_refined


pytestmark = pytest.mark.slow
models, space = running_space.models, running_space.space
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="it is missing: pip install playwright")
    if CHROMIUM is None:
        pytest.skip("browser tests need Chromium: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=CHROMIUM,
            args=[*_QUIET, "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any, space: Running) -> Iterator[Any]:
    """A visitor's page; what it asks of other hosts and what its console complains of fails the test."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    visitor = context.new_page()
    asked_for: list[str] = []
    complaints: list[str] = []
    visitor.on("request", lambda asked: asked_for.append(asked.url))
    visitor.on("pageerror", lambda error: complaints.append(str(error)))
    visitor.set_default_timeout(60_000)
    visitor.goto(space.url)
    visitor.wait_for_selector("#instruction textarea")
    yield visitor
    context.close()
    assert [url for url in asked_for if not url.startswith((space.url, "data:", "blob:"))] == []
    assert complaints == []


def value_of(page: Any, box: str) -> str:
    return str(page.input_value(f"#{box} textarea"))


def fill(page: Any, box: str, text: str) -> None:
    """Write into a box, as slowly as people do: a tab that was just opened may still set a value of its own."""
    page.locator(f"#{box} textarea").wait_for()
    page.wait_for_timeout(400)
    page.fill(f"#{box} textarea", text)
    page.wait_for_timeout(200)


def refine(page: Any, text: str) -> None:
    fill(page, "instruction", text)
    # The step is taken out of the page and comes back: what is there now is the one before.
    page.evaluate("document.querySelector('#accept')?.setAttribute('data-old', '')")
    page.click("#refine-button")
    page.wait_for_selector("#accept:not([data-old])")
    page.wait_for_function("document.querySelector('#refine-button').innerText == 'Refine'")


def test_a_page_that_hears_everything_at_once_shows_everything(page: Any) -> None:
    # As with a slow device, or a proxy that gathers what the server says before it passes it on.
    page.route("**/queue/data*", lambda route: route.fulfill(response=route.fetch()))
    refine(page, "tell me about inflation")
    assert "Guard: passed." in page.inner_text("#verdict")
    page.click("#accept")
    page.wait_for_selector("#rewards .rewards")
    page.wait_for_function("document.querySelector('#accept').innerText.startsWith('Accept')")
    assert value_of(page, "before")
    assert not page.is_visible("#stop")
    page.get_by_role("tab", name="Principles").click()
    page.click("#rewrite-button")
    page.wait_for_function("document.querySelectorAll('#cards .copy').length == 3")
    page.wait_for_function("document.querySelector('#rewrite-button').innerText == 'Rewrite by each'")


def test_a_visitor_refines_edits_accepts_and_rates(page: Any, space: Running) -> None:
    text = LEO
    assert not page.is_visible("#accept")
    page.fill("#instruction textarea", text)
    page.click("#refine-button")  # at once: a click on a page that has just come is not lost
    page.wait_for_selector("#accept")
    assert value_of(page, "instruction") == text
    page.wait_for_function("document.querySelector('#refine-button').innerText == 'Refine'")
    assert page.locator("#changes ins").count() >= 1
    assert "Guard: passed." in page.inner_text("#verdict")
    refined = value_of(page, "edited")
    assert refined == REFINED[text]
    assert not page.is_visible("#before")  # nothing was sent on yet

    fill(page, "edited", f"{refined} Thank you.")
    page.wait_for_function("document.querySelector('#changes').innerText.includes('Thank you.')")
    page.click("#accept")
    page.wait_for_selector("#rewards .rewards")
    assert value_of(page, "before") == ANSWERED[text]
    assert value_of(page, "after") == ANSWERED[f"{refined} Thank you."]
    assert re.search(r"[+-]\d\.\d\d before, [+-]\d\.\d\d after", page.inner_text("#rewards"))

    page.click("#thumb-up")
    page.wait_for_selector("text=Stored. Thank you.")
    assert page.is_disabled("#thumb-down")
    (file,) = (space.folder / "feedback").glob("*.jsonl")
    row = json.loads(file.read_text(encoding="utf-8").splitlines()[-1])
    assert row["label"] is True
    # What is rated is what the model wrote, not what the visitor made of it.
    assert parse_refined(row["completion"][0]["content"]) == refined

    # Without a mouse.
    page.fill("#instruction textarea", "tell me about inflation")
    page.focus("#instruction textarea")
    page.keyboard.press("Shift+Enter")
    page.wait_for_function("document.querySelector('#edited textarea')?.value.startsWith('Tell me about inflation')")
    page.click("#own-words")
    page.wait_for_function("document.querySelector('#edited textarea').value == 'tell me about inflation'")
    page.focus("#edited textarea")
    page.keyboard.press("Shift+Enter")
    page.wait_for_selector("text=Both were sent the same text.")
    page.click("#history button")
    page.locator("#history td", has_text="leo has").first.click()
    page.wait_for_function(f"document.querySelector('#instruction textarea').value == {text!r}")
    assert value_of(page, "edited") == f"{refined} Thank you."
    assert value_of(page, "before") == ANSWERED[text]


def test_answers_are_shown_as_they_are_written_without_scores(browser: Any, models: Models, tmp_path: Path) -> None:
    chosen = {"PALIGNER_REWARD": "none", "PALIGNER_MAX_NEW_TOKENS": "40", "PALIGNER_TIMEOUT_S": "300"}
    with visited(browser, tmp_path, models, **chosen) as page:
        compare_answers(page, "tell me about inflation")
        assert "at most 40 tokens, about 30 words" in page.inner_text("#answers-step")
        page.click("#own-words")
        page.wait_for_function("document.querySelector('#edited textarea').value == 'tell me about inflation'")
        page.click("#accept")
        page.wait_for_selector("text=Both were sent the same text.")
        assert page.locator("#rewards .rewards").count() == 0


def test_the_page_runs_on_the_models_of_the_kit(browser: Any, models: Models, tmp_path: Path) -> None:
    try:
        p_aligner.pretrained("p-aligner")
    except InputError as error:
        pytest.skip(str(error))
    chosen = {"PALIGNER_TIMEOUT_S": "600"}
    try:
        p_aligner.pretrained("singlepo")
    except InputError:  # its adapter comes later
        chosen["PALIGNER_SINGLEPO"] = models["PALIGNER_SINGLEPO"]
    with visited(browser, tmp_path, {}, **chosen) as page:
        page.set_default_timeout(600_000)
        seen = compare_answers(page, "wat is the diffrence between a virus and a bacteria")
        assert "difference" in value_of(page, "edited")
        assert len(set(seen)) > 2, "the answer comes all at once"
        assert len(value_of(page, "after")) > 50
        assert "SmolLM2-135M-Instruct answers" in page.inner_text("#answers-step")
        assert "P-Aligner" in page.inner_text(".provenance")
        page.get_by_role("tab", name="Principles").click()
        page.click("#rewrite-button")
        page.wait_for_function("document.querySelectorAll('#cards .copy').length == 3")


@contextlib.contextmanager
def visited(browser: Any, folder: Path, models: Models, **environment: str) -> Iterator[Any]:
    """Start a Space of its own and open it."""
    for running in serving(folder, models, **environment):
        page = browser.new_page()
        page.set_default_timeout(60_000)
        page.goto(running.url)
        page.wait_for_selector("#instruction textarea")
        yield page
        page.close()


def compare_answers(page: Any, text: str) -> list[int]:
    """Refine, accept and wait for the answers; return how long the second one was whenever it was looked at."""
    refine(page, text)
    assert not page.is_visible("#refining")
    page.click("#accept")
    # A short answer may be whole before anybody could see that it is being written.
    begun = "document.querySelector('#answering') || document.querySelector('#after textarea')?.value"
    page.wait_for_function(begun)
    lengths = []
    while page.is_visible("#answering"):
        lengths.append(len(value_of(page, "after")))
        page.wait_for_timeout(100)
    page.wait_for_function("document.querySelector('#accept').innerText.startsWith('Accept')")
    assert value_of(page, "before")
    assert value_of(page, "after")
    assert page.locator("#rewards .rewards").count() == 0
    return lengths


def test_what_was_rated_is_on_the_hub_when_the_space_has_stopped(browser: Any, models: Models, tmp_path: Path) -> None:
    with Hub() as hub:
        variables = hub.environment(tmp_path / "home") | {"PALIGNER_FEEDBACK": "org/feedback"}
        for thumb in ("down", "up"):
            with visited(browser, tmp_path, models, PALIGNER_TIMEOUT_S="300", **variables) as visitor:
                refine(visitor, "tell me about inflation")
                visitor.click(f"#thumb-{thumb}")
                visitor.wait_for_selector("text=Stored. Thank you.")
        files = hub.files("dataset", "org/feedback")
        code = "from datasets import load_dataset; print(sorted(load_dataset('org/feedback', split='train')['label']))"
        reader = os.environ | hub.environment(tmp_path / "reader", READER)
        loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=reader, timeout=120)
        assert loaded.stdout == "[False, True]\n", loaded.stderr
        repo = hub.repos["dataset", "org/feedback"]
        assert repo.private
        # The card once, then what is new whenever there is something new.
        assert [commit.title for commit in repo.commits].count("Say what is stored") == 1
        assert hub.unknown == []
    assert "what it stores" in files["README.md"].decode()
    assert len([name for name in files if name.startswith("data/feedback-")]) == 2


def test_a_visitor_compares_principles_and_copies(page: Any) -> None:
    page.get_by_role("tab", name="Principles").click()
    page.get_by_label("Hint Addition").check()
    fill(page, "principles-instruction", "how do I bake bread")
    page.click("#rewrite-button")
    page.wait_for_function("document.querySelectorAll('#cards .copy').length == 4")
    names = ["Clarification Request", "Tone Improvement", "Factuality Enhancement", "Hint Addition"]
    assert page.locator("#cards h3").all_inner_texts() == names
    page.locator("#cards .copy").first.click()
    page.wait_for_selector("#cards >> text=Copied")
    assert "bake bread" in page.evaluate("navigator.clipboard.readText()")


def test_a_visitor_reads_a_tree_by_mouse_and_by_keyboard(page: Any) -> None:
    page.get_by_role("tab", name="Trees").click()
    readings = page.locator("#tree .reading:visible")
    assert readings.count() == 1
    first = readings.inner_text()
    page.locator("#tree .node").first.click()
    assert readings.count() == 1
    assert "The seed" in readings.inner_text()
    page.keyboard.press("ArrowRight")
    assert "Node 1," in readings.inner_text()
    assert first != readings.inner_text()
    drawn = page.inner_html("#tree")
    page.click("#tree-choice input")
    page.get_by_role("option").nth(4).click()
    page.wait_for_function("drawn => document.querySelector('#tree').innerHTML != drawn", arg=drawn)
    page.wait_for_selector("#tree .legend")


def test_hostile_text_is_shown_as_text(page: Any) -> None:
    text = " ".join(HOSTILE)
    refine(page, text)
    fill(page, "edited", f"{text} {text}")
    page.wait_for_function(f"document.querySelector('#changes').innerText.includes({text!r})")
    page.click("#accept")
    page.wait_for_selector("#rewards .rewards")
    page.click("#history button")
    page.wait_for_selector("#history tbody tr")
    page.get_by_role("tab", name="Principles").click()
    fill(page, "principles-instruction", text)
    page.click("#rewrite-button")
    page.wait_for_function("document.querySelectorAll('#cards .copy').length == 3")
    assert text in page.locator("#cards .changes").first.inner_text()
    assert page.title() == "P-Aligner: before and after"
    assert page.locator("#changes script, #changes img, #cards img, #history img, #history script").count() == 0


def test_errors_are_said_in_words_and_nothing_hangs(page: Any) -> None:
    fill(page, "instruction", " ")
    page.click("#refine-button")
    page.wait_for_selector(".toast-body >> text=your instruction is empty")
    page.wait_for_function("document.querySelector('#refine-button').innerText == 'Refine'")
    refine(page, "tell me about inflation")
    fill(page, "edited", "")
    page.click("#accept")
    page.wait_for_selector(".toast-body >> text=the text to send is empty")
    page.wait_for_function("document.querySelector('#accept').innerText.startsWith('Accept')")
    page.get_by_role("tab", name="Principles").click()
    for _ in range(page.locator("#principles-chosen input:checked").count()):
        page.locator("#principles-chosen input:checked").first.uncheck()
    page.click("#rewrite-button")
    page.wait_for_selector(".toast-body >> text=choose at least one principle")
    page.wait_for_function("document.querySelector('#rewrite-button').innerText == 'Rewrite by each'")


@pytest.mark.parametrize("width", [320, 390, 1200])
def test_nothing_is_wider_than_the_screen(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    refine(page, "aVeryLongWordWithoutAnyPlaceToBreak" * 20)
    for tab in ("Refine", "Principles", "Trees"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_text_runs_in_its_own_direction(page: Any) -> None:
    refine(page, "اشرح لي التضخم")
    box = page.locator("#edited textarea")
    assert box.evaluate("element => getComputedStyle(element).unicodeBidi") == "plaintext"
    assert page.locator("#changes .changes").get_attribute("dir") == "auto"
    assert "اشرح" in value_of(page, "edited")
