"""What people do at the pages."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.containers.api import PASSWORD

DENY_STORAGE = """
for (const name of ['localStorage', 'sessionStorage'])
  Object.defineProperty(window, name, {
    get() { throw new DOMException('The operation is insecure.', 'SecurityError'); },
  });
navigator.locks.request = () => Promise.reject(new DOMException('denied', 'SecurityError'));
"""


def sign_in(page: Page, email: str, address: str = "/", heading: str = "Jobs") -> None:
    page.goto(address)
    submit_sign_in(page, email, heading)


def submit_sign_in(page: Page, email: str, heading: str = "Jobs") -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()


def open_form(page: Page) -> None:
    button = page.get_by_role("button", name="New job")
    if button.get_attribute("aria-expanded") == "false":
        button.click()


def choose_primes(page: Page, limit: int) -> None:
    open_form(page)
    page.get_by_role("radio", name="Prime numbers").check()
    page.get_by_label("Limit").fill(str(limit))
