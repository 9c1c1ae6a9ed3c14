"""Two people at one browser, and one person with several tabs."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.people import sign_in, submit_sign_in
from tests.browser.site import Site
from tests.containers.api import create_account

pytestmark = pytest.mark.needs("chromium", "nginx", "node22", "postgresql", "redis")


def expire_at_once(route: Route) -> None:
    """The client holds the access token for expired with its next request."""
    answer = route.fetch()
    if answer.ok and route.request.method == "POST":
        route.fulfill(response=answer, json={**answer.json(), "expiresInSeconds": 1})
    else:
        route.fulfill(response=answer)


def test_a_tab_never_goes_on_as_another_user(context: BrowserContext, running_site: Site) -> None:
    acme, acme_email = create_account(running_site.url)
    bravo, bravo_email = create_account(running_site.url)
    acmes = acme.submit(1_000).json()["id"]
    context.route("**/api/v1/sessions**", expire_at_once)
    first, second = context.new_page(), context.new_page()
    # The first tab does not hear of the second: what the other user's cookie does alone.
    first.add_init_script("BroadcastChannel.prototype.postMessage = () => undefined")
    second.add_init_script("BroadcastChannel.prototype.postMessage = () => undefined")
    for tab in (first, second):
        tab.goto("/")
    submit_sign_in(first, acme_email)
    expect(first.locator(f"a[href='/jobs/{acmes}']")).to_be_visible()
    submit_sign_in(second, bravo_email)
    first.locator(f"a[href='/jobs/{acmes}']").click()
    expect(first.get_by_text(f"{bravo_email} has signed in in this browser")).to_be_visible()
    first.reload()
    expect(first.get_by_text(f"{bravo_email} has signed in in this browser")).to_be_visible()
    first.get_by_role("button", name=f"Continue as {bravo_email}").click()
    expect(first.get_by_text(bravo_email).first).to_be_visible()
    assert acmes not in {job["id"] for job in bravo.jobs()}


def test_a_sign_in_reaches_the_other_tabs_at_once(
    context: BrowserContext, running_site: Site
) -> None:
    _, acme = create_account(running_site.url)
    _, bravo = create_account(running_site.url)
    first, second = context.new_page(), context.new_page()
    for tab in (first, second):
        tab.goto("/")
        expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
    submit_sign_in(first, acme)
    expect(second.get_by_role("heading", name="Jobs", exact=True)).to_be_visible()
    second.get_by_role("button", name="Sign out").click()
    expect(first.get_by_role("heading", name="Sign in")).to_be_visible()
    submit_sign_in(second, bravo)
    expect(first.get_by_text(bravo).first).to_be_visible()


def test_a_tab_with_someone_elses_page_says_who_has_signed_in(
    context: BrowserContext, running_site: Site
) -> None:
    """Both were on the sign-in page, and the second did not hear of the first."""
    _, acme = create_account(running_site.url)
    _, bravo = create_account(running_site.url)
    first, second = context.new_page(), context.new_page()
    second.add_init_script("BroadcastChannel.prototype.addEventListener = () => undefined")
    for tab in (first, second):
        tab.goto("/")
    submit_sign_in(first, acme)
    submit_sign_in(second, bravo)
    expect(first.get_by_text(f"{bravo} has signed in in this browser")).to_be_visible()
    expect(first.get_by_role("heading", name="Sign in")).to_be_visible()


def test_leaving_a_page_while_it_refreshes_keeps_the_session(
    page: Page, running_site: Site
) -> None:
    """A refresh token can be used once: the answer's cookie must not be lost with the page."""
    _, email = create_account(running_site.url)
    sign_in(page, email)
    for _ in range(3):
        with page.expect_request("**/api/v1/sessions/refresh"):
            page.goto("/nothing", wait_until="commit")
    page.goto("/")
    expect(page.get_by_role("heading", name="Jobs", exact=True)).to_be_visible()


def test_no_token_is_stored(context: BrowserContext, running_site: Site) -> None:
    client, email = create_account(running_site.url)
    page = context.new_page()
    sign_in(page, email)
    stored = page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    assert client.token.split(".")[0] not in stored
    assert set(json.loads(stored)) <= {"plataforma.owner"}, stored
    assert page.evaluate("document.cookie") == ""


def test_a_failed_sign_out_is_said_where_it_failed(page: Page, running_site: Site) -> None:
    client, email = create_account(running_site.url)
    job = client.submit(2).json()["id"]
    sign_in(page, email)
    page.route("**/api/v1/sessions", lambda route: route.abort())
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("alert")).to_contain_text("The service was not reached.")
    page.locator(f"a[href='/jobs/{job}']").click()
    expect(page.get_by_role("heading", name="Job: Prime numbers")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
