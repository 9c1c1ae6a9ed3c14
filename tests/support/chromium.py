"""The system's Chromium, with the time that a slow machine needs."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, expect, sync_playwright

from tests.support.programs import program

PATIENCE_MS = 60_000
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")


@contextmanager
def chromium() -> Generator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program("chromium"), args=ARGUMENTS, timeout=PATIENCE_MS
        )
        yield browser
        browser.close()


@contextmanager
def person(browser: Browser, url: str) -> Generator[BrowserContext]:
    """A browser of a person's own, in which no page may break its content policy or throw."""
    violations: list[str] = []

    def read(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            violations.append(message.text)

    with browser.new_context(base_url=url, locale="en-GB") as context:
        context.set_default_timeout(PATIENCE_MS)
        context.on("console", read)
        context.on("weberror", lambda error: violations.append(str(error.error)))
        yield context
        # A request that a test answers by itself may be under way: it ends with its page.
        for routed in (context, *context.pages):
            routed.unroute_all(behavior="ignoreErrors")
    assert violations == []
