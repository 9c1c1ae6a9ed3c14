from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.site import Site, site
from tests.support.programs import program

PATIENCE_MS = 60_000
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")


@pytest.fixture(scope="session")
def running_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site")) as started:
        yield started


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program("chromium"), args=ARGUMENTS, timeout=PATIENCE_MS
        )
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser, running_site: Site) -> Iterator[BrowserContext]:
    """A browser of a person's own, in which no page may break its content policy."""
    violations: list[str] = []
    with browser.new_context(base_url=running_site.url, locale="en-GB") as context:
        context.set_default_timeout(PATIENCE_MS)
        context.on(
            "console",
            lambda message: (
                violations.append(message.text)
                if "Content Security Policy" in message.text
                else None
            ),
        )
        context.on("weberror", lambda error: violations.append(str(error.error)))
        yield context
    assert violations == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
