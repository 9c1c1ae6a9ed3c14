"""Pictures of pages, by Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

WIDTH = 900
SCALE = 2.0


def draw_page(html: str, file: Path) -> None:
    with chromium() as browser:
        page = browser.new_page(
            viewport={"width": WIDTH, "height": 100}, device_scale_factor=SCALE, locale="en-GB"
        )
        page.set_content(html)
        page.screenshot(path=file, full_page=True)


@contextmanager
def chromium() -> Generator[Browser]:
    """Debian's where it is installed, else Playwright's own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=("--no-sandbox", "--disable-gpu")
        )
        yield browser
        browser.close()
