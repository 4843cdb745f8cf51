"""A visitor of the Space: a real browser, and what people do with it."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running_space import Models, Running, serving


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


def value_of(page: Any, box: str) -> str:
    return str(page.input_value(f"#{box} textarea"))


def fill(page: Any, box: str, text: str) -> None:
    """Write into a box, as slowly as people do: a tab that was just opened may still set a value of its own."""
    page.locator(f"#{box} textarea").wait_for()
    page.wait_for_timeout(400)
    page.fill(f"#{box} textarea", text)
    page.wait_for_timeout(200)


def wait_until_ready(page: Any, button: str, label: str) -> None:
    """Wait until what a button began is over."""
    page.wait_for_function(f"document.querySelector('#{button}').innerText.startsWith({label!r})")


def refine(page: Any, text: str) -> None:
    fill(page, "instruction", text)
    # The step is taken out of the page and comes back: what is there now is the one before.
    page.evaluate("document.querySelector('#accept')?.setAttribute('data-old', '')")
    page.click("#refine-button")
    page.wait_for_selector("#accept:not([data-old])")
    wait_until_ready(page, "refine-button", "Refine")


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
    wait_until_ready(page, "accept", "Accept")
    assert value_of(page, "before")
    assert value_of(page, "after")
    return lengths


def open_tab(page: Any, name: str) -> None:
    page.get_by_role("tab", name=name).click()
