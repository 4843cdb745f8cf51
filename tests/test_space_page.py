"""The page of a running Space in a real browser."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import running_space
import visitor
from hub import READER, Hub
from running_space import Models, Running
from test_space_shown import HOSTILE
from tiny import ANSWERED, LEO, REFINED
from visitor import compare_answers, fill, open_tab, refine, value_of, visited, wait_until_ready

from p_aligner.prompts import parse_refined


pytestmark = pytest.mark.slow
models, space = running_space.models, running_space.space
browser, page = visitor.browser, visitor.page


def test_a_page_that_hears_everything_at_once_shows_everything(page: Any) -> None:
    # As with a slow device, or a proxy that gathers what the server says before it passes it on.
    page.route("**/queue/data*", lambda route: route.fulfill(response=route.fetch()))
    refine(page, "tell me about inflation")
    assert "Guard: passed." in page.inner_text("#verdict")
    page.click("#accept")
    page.wait_for_selector("#rewards .rewards")
    wait_until_ready(page, "accept", "Accept")
    assert value_of(page, "before")
    assert not page.is_visible("#stop")
    open_tab(page, "Principles")
    page.click("#rewrite-button")
    page.wait_for_function("document.querySelectorAll('#cards .copy').length == 3")
    wait_until_ready(page, "rewrite-button", "Rewrite by each")


def test_a_visitor_refines_edits_accepts_and_rates(page: Any, space: Running) -> None:
    text = LEO
    assert not page.is_visible("#accept")
    page.fill("#instruction textarea", text)
    page.click("#refine-button")  # at once: a click on a page that has just come is not lost
    page.wait_for_selector("#accept")
    assert value_of(page, "instruction") == text
    wait_until_ready(page, "refine-button", "Refine")
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
        assert page.locator("#rewards .rewards").count() == 0
        assert "at most 40 tokens, about 30 words" in page.inner_text("#answers-step")
        page.click("#own-words")
        page.wait_for_function("document.querySelector('#edited textarea').value == 'tell me about inflation'")
        page.click("#accept")
        page.wait_for_selector("text=Both were sent the same text.")
        assert page.locator("#rewards .rewards").count() == 0
        open_tab(page, "Trees")
        page.wait_for_selector("#tree .node")
        assert page.locator("#grow").count() == 0


def test_the_page_runs_on_the_models_of_the_kit(browser: Any, tmp_path: Path) -> None:
    with visited(browser, tmp_path, {}, PALIGNER_TIMEOUT_S="600") as page:
        page.set_default_timeout(600_000)
        seen = compare_answers(page, "wat is the diffrence between a virus and a bacteria")
        assert "difference" in value_of(page, "edited")
        assert len(set(seen)) > 2, "the answer comes all at once"
        assert len(value_of(page, "after")) > 50
        assert "SmolLM2-135M-Instruct answers" in page.inner_text("#answers-step")
        assert "P-Aligner" in page.inner_text(".provenance")
        assert "agrees with people in about 58 % of pairs" in page.inner_text("#rewards .rewards")
        open_tab(page, "Principles")
        page.click("#rewrite-button")
        page.wait_for_function("document.querySelectorAll('#cards .copy').length == 3")
        open_tab(page, "Trees")
        page.click("#grow")  # of the words that stand there
        page.wait_for_selector("text=Grown: 8 rewrites")
        assert page.locator("#grown .node").count() >= 3


def test_what_was_rated_is_on_the_hub_when_the_space_has_stopped(browser: Any, models: Models, tmp_path: Path) -> None:
    with Hub() as hub:
        variables = hub.environment(tmp_path / "home") | {"PALIGNER_FEEDBACK": "org/feedback"}
        for thumb in ("down", "up"):
            with visited(browser, tmp_path, models, PALIGNER_TIMEOUT_S="300", **variables) as page:
                refine(page, "tell me about inflation")
                page.click(f"#thumb-{thumb}")
                page.wait_for_selector("text=Stored. Thank you.")
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
    open_tab(page, "Principles")
    page.get_by_label("Hint Addition").check()
    fill(page, "principles-instruction", "how do I bake bread")
    page.click("#rewrite-button")
    page.wait_for_function("document.querySelectorAll('#cards .copy').length == 4")
    names = ["Clarification Request", "Tone Improvement", "Factuality Enhancement", "Hint Addition"]
    assert page.locator("#cards h2").all_inner_texts() == names
    page.locator("#cards .copy").first.click()
    page.wait_for_selector("#cards >> text=Copied")
    assert "bake bread" in page.evaluate("navigator.clipboard.readText()")


def test_hostile_text_is_shown_as_text(page: Any) -> None:
    text = " ".join(HOSTILE)
    refine(page, text)
    fill(page, "edited", f"{text} {text}")
    page.wait_for_function(f"document.querySelector('#changes').innerText.includes({text!r})")
    page.click("#accept")
    page.wait_for_selector("#rewards .rewards")
    page.click("#history button")
    page.wait_for_selector("#history tbody tr")
    open_tab(page, "Principles")
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
    wait_until_ready(page, "refine-button", "Refine")
    page.focus("#instruction textarea")
    page.keyboard.press("Shift+Enter")
    page.wait_for_timeout(1_500)
    wait_until_ready(page, "refine-button", "Refine")
    assert page.locator("[data-testid=toast-text]").count() == 1  # they do not pile up
    refine(page, "tell me about inflation")
    # It leaves the page by and by, but long before the twelve seconds that it would stay by itself.
    page.wait_for_function("document.querySelectorAll('[data-testid=toast-text]').length == 0", timeout=3_000)
    fill(page, "edited", "")
    page.click("#accept")
    page.wait_for_selector(".toast-body >> text=the text to send is empty")
    wait_until_ready(page, "accept", "Accept")
    open_tab(page, "Principles")
    for _ in range(page.locator("#principles-chosen input:checked").count()):
        page.locator("#principles-chosen input:checked").first.uncheck()
    page.click("#rewrite-button")
    page.wait_for_selector(".toast-body >> text=choose at least one principle")
    wait_until_ready(page, "rewrite-button", "Rewrite by each")


@pytest.mark.parametrize("width", [320, 390, 1200])
def test_nothing_is_wider_than_the_screen(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    refine(page, "aVeryLongWordWithoutAnyPlaceToBreak" * 20)
    for tab in ("Refine", "Principles", "Trees"):
        open_tab(page, tab)
        page.wait_for_timeout(300)
        if tab == "Trees":
            fill(page, "seed", "aVeryLongWordWithoutAnyPlaceToBreak" * 10)
            page.click("#grow")
            page.wait_for_selector("text=Grown:")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_answers_come_into_view(page: Any) -> None:
    shown = "element => { const {top, bottom} = element.getBoundingClientRect(); return [top, bottom, innerHeight]; }"
    for size in ({"width": 1280, "height": 900}, {"width": 390, "height": 844}):
        page.set_viewport_size(size)
        compare_answers(page, LEO)
        page.wait_for_selector("#rewards .rewards")
        page.wait_for_timeout(300)
        for box in ("before", "after", "rewards"):
            top, bottom, height = page.locator(f"#{box}").evaluate(shown)
            assert 0 <= top < int(bottom) <= height, (size, box)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_barrier(browser: Any, space: Running, scheme: str, width: int) -> None:
    """By the rules of axe-core (WCAG's, and best practices), on each tab with its results in it."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 844})
    page.goto(f"{space.url}/?__theme={scheme}")
    compare_answers(page, LEO)
    for tab in ("Refine", "Principles", "Trees"):
        open_tab(page, tab)
        if tab == "Principles":
            page.click("#rewrite-button")
            page.wait_for_function("document.querySelectorAll('#cards .copy').length == 3")
        if tab == "Trees":
            page.click("#grow")
            page.wait_for_selector("text=Grown:")
            wait_until_ready(page, "grow", "Grow a tree")
        page.wait_for_timeout(500)  # colours change by and by
        found = axe.run(page, context={"exclude": [["footer"]]})  # which is Gradio's own
        assert found.violations_count == 0, f"{tab}: {found.generate_report()}"
    page.close()


def test_text_runs_in_its_own_direction(page: Any) -> None:
    refine(page, "اشرح لي التضخم")
    box = page.locator("#edited textarea")
    assert box.evaluate("element => getComputedStyle(element).unicodeBidi") == "plaintext"
    assert page.locator("#changes .changes").get_attribute("dir") == "auto"
    assert "اشرح" in value_of(page, "edited")
