"""What people do at the pages."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.containers.api import PASSWORD


def sign_in(page: Page, email: str, address: str = "/") -> None:
    page.goto(address)
    submit_sign_in(page, email)


def submit_sign_in(page: Page, email: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Jobs", exact=True)).to_be_visible()


def choose_primes(page: Page, limit: int) -> None:
    page.get_by_role("radio", name="Prime numbers").check()
    page.get_by_label("Limit").fill(str(limit))
