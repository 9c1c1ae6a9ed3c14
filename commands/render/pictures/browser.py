"""Pictures of pages, by Chromium."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

WIDTH = 900
SCALE = 2.0


def draw_page(html: str, file: Path) -> None:
    with _page(height=100) as page:
        page.set_content(html)
        page.screenshot(path=file, full_page=True)


def draw_application(url: str, file: Path) -> None:
    """Creates an account there, and submits jobs."""
    with _page(height=760) as page:
        page.goto(url)
        page.get_by_role("button", name="I have no account yet").click()
        page.get_by_label("E-mail").fill(f"ana-{uuid.uuid4().hex[:6]}@example.com")
        page.get_by_label("Password").fill(uuid.uuid4().hex)
        page.get_by_label("Organisation's name").fill("Example Company")
        page.get_by_role("button", name="Create account").click()
        for limit in (1_000, 20_000, 5_000_000):
            page.get_by_role("radio", name="Prime numbers").check()
            page.get_by_label("Limit").fill(str(limit))
            page.get_by_role("button", name="Submit job").click()
            page.get_by_role("link", name="Show the submitted job").wait_for()
        page.locator(".jobs .status", has_text="Succeeded").nth(2).wait_for()
        page.screenshot(path=file, full_page=True)


@contextmanager
def _page(height: int) -> Generator[Page]:
    """In Debian's Chromium where it is installed, else in Playwright's own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=("--no-sandbox", "--disable-gpu")
        )
        yield browser.new_page(
            viewport={"width": WIDTH, "height": height}, device_scale_factor=SCALE, locale="en-GB"
        )
        browser.close()
