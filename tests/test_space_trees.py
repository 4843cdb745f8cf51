"""Trees on the page of a running Space: one grows of a visitor's own words, others are read."""

from pathlib import Path
from typing import Any

import pytest
import running_space
import visitor
from faulty_server import Server, in_thread
from models import GROWTH
from running_space import Models
from tiny import REWRITTEN
from visitor import fill, open_tab, visited, wait_until_ready


pytestmark = pytest.mark.slow
models, space = running_space.models, running_space.space
browser, page = visitor.browser, visitor.page


def grow(page: Any, text: str) -> None:
    open_tab(page, "Trees")
    fill(page, "seed", text)
    page.get_by_label("Math").check()
    page.click("#grow")


def is_over(page: Any) -> None:
    wait_until_ready(page, "grow", "Grow a tree")
    assert not page.is_visible("#stop-growing")


def test_a_visitor_grows_a_tree(page: Any) -> None:
    open_tab(page, "Trees")
    assert "agrees with people in about" not in page.inner_text("body"), "another reward model scores here"
    grow(page, "tell me about inflation")
    page.wait_for_selector(f"text=Grown: {GROWTH.iterations} rewrites, 2 of them used.")
    is_over(page)
    assert page.locator("#grown .node").count() == 3
    assert page.locator("#grown .unused li").count() == GROWTH.iterations - 2
    page.locator("#grown .node").first.click()
    assert "What the user wrote" in page.locator("#grown .reading:visible").inner_text()
    page.keyboard.press("ArrowRight")
    reading = page.locator("#grown .reading:visible")
    assert reading.locator(".changes ins").count()
    action = reading.locator("h3").inner_text()
    assert reading.locator(".changes :not(del)").count()
    assert ("tell me about inflation", action) in REWRITTEN
    assert reading.locator(".answer").count() == GROWTH.responses
    assert page.locator("#said").inner_text().startswith("Grown: ")
    # The other trees are where they were.
    assert page.locator("#tree .reading:visible").count() == 1
    # Without a mouse, and another time.
    page.focus("#seed textarea")
    page.keyboard.press("Shift+Enter")
    page.wait_for_selector("#stop-growing")
    page.wait_for_selector(f"text=Grown: {GROWTH.iterations} rewrites, 2 of them used.")
    is_over(page)


def test_a_tree_grows_in_sight_and_stops(browser: Any, models: Models, tmp_path: Path) -> None:
    with in_thread(Server()) as server:
        chosen = {"PALIGNER_ENDPOINT": server.url, "PALIGNER_RESPONDER": "m", "PALIGNER_TIMEOUT_S": "40"}
        with visited(browser, tmp_path, models, **chosen) as page:
            server.follow([None, None, "stall"])
            grow(page, "tell me about inflation")
            page.wait_for_function("document.querySelectorAll('#grown .node').length == 2")
            assert page.inner_text("#grow") == "Growing …"
            other = browser.new_page()  # another visitor waits for his turn
            other.goto(page.url)
            grow(other, "how do i bake bread")
            other.wait_for_timeout(1_000)
            assert other.locator("#grown .node").count() == 0
            asked = len(server.requests)
            page.click("#stop-growing")
            page.wait_for_selector("text=Stopped; what had grown stays.")
            is_over(page)
            assert page.locator("#grown .node").count() == 2
            other.wait_for_selector(f"text=Grown: {GROWTH.iterations} rewrites")
            texts = [request["messages"][0]["content"] for request in server.requests[asked:]]
            assert all("bread" in text for text in texts), "the other one went on"
            other.close()

            # A server that fails: what has grown stays, and the reason is told.
            server.follow([None, None, 404])
            grow(page, "tell me about inflation")
            page.wait_for_selector(".toast-body >> text=answers 404")
            page.wait_for_selector("text=It broke off; what had grown stays.")
            is_over(page)
            assert page.locator("#grown .node").count() == 2
            fill(page, "seed", " ")
            page.click("#grow")
            page.wait_for_selector(".toast-body >> text=your instruction is empty")
            assert page.locator(".toast-body").count() == 1
            is_over(page)


def test_a_visitor_reads_a_tree_by_mouse_and_by_keyboard(page: Any) -> None:
    open_tab(page, "Trees")
    readings = page.locator("#tree .reading:visible")
    assert readings.count() == 1
    page.locator("#tree .node").first.click()
    assert readings.count() == 1
    assert "The seed" in readings.inner_text()
    page.keyboard.press("ArrowRight")
    assert "Node 1," in readings.inner_text()
    drawn = page.inner_html("#tree")
    page.click("#tree-choice input")
    page.get_by_role("option").nth(4).click()
    page.wait_for_function("drawn => document.querySelector('#tree').innerHTML != drawn", arg=drawn)
    page.wait_for_selector("#tree .legend")
