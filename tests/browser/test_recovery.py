"""A part of the page that does not come, for a while or for good."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.people import DENY_STORAGE, sign_in
from tests.browser.site import Site
from tests.containers.api import PASSWORD, create_account

pytestmark = pytest.mark.needs("chromium", "nginx", "node22", "postgresql", "redis")

# What is needed once one has signed in: a script and its style sheet.
SIGNED_IN = "**/assets/SignedIn-*"
RELOADED_ENOUGH = """
const now = Date.now();
sessionStorage.setItem('recovered', JSON.stringify([now, now, now]));
"""


@pytest.mark.parametrize("before", [RELOADED_ENOUGH, DENY_STORAGE], ids=["reloaded", "denied"])
def test_a_part_that_does_not_come_is_said_and_asked_for_again(
    page: Page, running_site: Site, before: str
) -> None:
    _, email = create_account(running_site.url)
    page.add_init_script(before)
    page.route(SIGNED_IN, lambda route: route.fulfill(status=503, body=""))
    sign_in(page, email, heading="Service unavailable")
    expect(page.get_by_role("alert")).to_contain_text("The service was not reached.")
    page.unroute(SIGNED_IN)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Jobs", exact=True)).to_be_focused()
    expect(page.locator(".filters")).to_have_css("display", "flex")


def test_a_part_that_fails_late_takes_nothing_that_is_typed(page: Page, running_site: Site) -> None:
    _, email = create_account(running_site.url)
    waiting: list[Route] = []
    page.add_init_script("addEventListener('vite:preloadError', () => { self.hasFailed = true; });")
    page.route(SIGNED_IN, lambda route: waiting.append(route))
    page.goto("/", wait_until="commit")
    page.get_by_label("E-mail").fill(email)
    for route in waiting:
        route.fulfill(status=503, body="")
    page.unroute(SIGNED_IN)
    page.wait_for_function("self.hasFailed")
    page.evaluate("new Promise((done) => setTimeout(done))")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Jobs", exact=True)).to_be_visible()
