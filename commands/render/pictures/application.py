"""Pictures of the application's screens: light, dark, and on a phone."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page

from commands.render.pictures.browser import chromium

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
LOOKS: Mapping[str, Mapping[str, Any]] = {
    "light": {"viewport": DESKTOP},
    "dark": {"viewport": DESKTOP, "color_scheme": "dark"},
    "phone": {"viewport": PHONE, "device_scale_factor": 2.0},
}
COLOURS = 64
TEXT = "The quick brown fox jumps over the lazy dog, and the dog sleeps on. " * 5


def draw_application(url: str, folder: Path) -> None:
    """Creates an account there, and submits jobs."""
    email, password = f"ana-{uuid.uuid4().hex[:6]}@example.com", uuid.uuid4().hex
    with chromium() as browser:
        with browser.new_context(base_url=url, locale="en-GB", viewport=DESKTOP) as context:  # pyright: ignore[reportArgumentType]
            page = context.new_page()
            _create_account(page, email, password)
            for limit in (1_000, 20_000, 300_000, 40_000, 5_000):
                _submit(page, limit)
            text = _submit(page, TEXT)
            _submit(page, 5_000_000)
            page.goto(text)
            page.locator("main .status.succeeded").first.wait_for()
        for look, options in LOOKS.items():
            with browser.new_context(base_url=url, locale="en-GB", **options) as context:
                _draw(context.new_page(), (email, password), text, folder / look)


def _draw(page: Page, account: tuple[str, str], text: str, stem: Path) -> None:
    page.goto("/")
    page.get_by_role("heading", name="Sign in").wait_for()
    _save(page, stem, "sign-in")
    email, password = account
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="New job").wait_for()
    _submit(page, 5_000_000)
    page.goto("/")
    page.locator(".jobs tbody tr").first.wait_for()
    _save(page, stem, "jobs")
    page.get_by_role("button", name="New job").click()
    _save(page, stem, "new-job")
    page.goto(text)
    page.locator(".attempts li").first.wait_for()
    _save(page, stem, "job")


def _create_account(page: Page, email: str, password: str) -> None:
    page.goto("/")
    page.get_by_role("button", name="I have no account yet").click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_label("Organisation's name").fill("Example Company")
    page.get_by_role("button", name="Create account").click()
    page.get_by_role("button", name="New job").wait_for()


def _submit(page: Page, value: int | str) -> str:
    """The path of the job."""
    page.goto("/")
    page.get_by_role("button", name="New job").click()
    if isinstance(value, int):
        page.get_by_label("Prime numbers").check()
        page.get_by_label("Limit").fill(str(value))
    else:
        page.get_by_label("Text", exact=True).fill(value)
    page.get_by_role("button", name="Submit job").click()
    return page.get_by_role("link", name="Show the submitted job").get_attribute("href") or ""


def _save(page: Page, stem: Path, screen: str) -> None:
    """With few colours: the repository keeps each version."""
    image = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
    file = stem.parent / f"{screen}-{stem.name}.png"
    image.convert("RGB").quantize(COLOURS).save(file, optimize=True)
