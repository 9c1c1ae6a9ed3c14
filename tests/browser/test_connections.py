"""A service that is slow, frozen or away, and the connections of many tabs."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from tests.browser.people import choose_primes, sign_in
from tests.browser.site import Site
from tests.containers.api import create_account
from tests.support.waiting import until

pytestmark = pytest.mark.needs("chromium", "nginx", "node22", "postgresql", "redis")

SILENT = "The service does not answer. Trying again"
SUBMITTED = "Job submitted."
SEE = "document.dispatchEvent(new Event('visibilitychange'))"


def streams(context: BrowserContext) -> list[Request]:
    """The event streams that are open, as they come and go."""
    open_streams: list[Request] = []

    def begin(request: Request) -> None:
        if request.url.endswith("/jobs/events"):
            open_streams.append(request)

    def end(request: Request) -> None:
        if request in open_streams:
            open_streams.remove(request)

    context.on("request", begin)
    context.on("requestfinished", end)
    context.on("requestfailed", end)
    return open_streams


def test_eight_tabs_have_one_stream(context: BrowserContext, running_site: Site) -> None:
    client, email = create_account(running_site.url)
    opened = streams(context)
    tabs = [context.new_page() for _ in range(8)]
    sign_in(tabs[0], email)
    for tab in tabs[1:]:
        tab.goto("/")
    for tab in tabs:
        expect(tab.get_by_role("heading", name="History")).to_be_visible()
    job = client.submit(1_000).json()["id"]
    for tab in tabs:
        expect(tab.locator(f".jobs tr:has(a[href='/jobs/{job}'])")).to_contain_text("Succeeded")
    assert len(opened) == 1
    # The stream goes on in another tab.
    tabs[0].close()
    job = client.submit(1_000).json()["id"]
    for tab in tabs[1:]:
        expect(tab.locator(f".jobs tr:has(a[href='/jobs/{job}'])")).to_contain_text("Succeeded")
    assert len(opened) <= 2


def test_a_tab_that_is_hidden_for_long_has_no_stream(page: Page, running_site: Site) -> None:
    client, email = create_account(running_site.url)
    page.clock.install()
    sign_in(page, email)
    until(lambda: leads(page), "the tab has the stream")
    hide(page)
    job = client.submit(1_000).json()["id"]
    show(page)
    expect(page.locator(f"a[href='/jobs/{job}']")).to_be_visible()


def test_what_has_arrived_stays_when_the_stream_is_opened_again(
    page: Page, running_site: Site
) -> None:
    client, email = create_account(running_site.url)
    for _ in range(20):
        client.submit(2)
    page.clock.install()
    sign_in(page, email)
    rows = page.locator(".jobs tbody tr")
    expect(rows).to_have_count(20)
    until(lambda: leads(page), "the tab has the stream")
    for _ in range(20):
        client.submit(2)
    expect(rows).to_have_count(40)
    link = rows.nth(35).get_by_role("link")
    link.focus()
    path = link.get_attribute("href")
    hide(page)
    job = client.submit(2).json()["id"]
    show(page)
    expect(page.locator(f"a[href='/jobs/{job}']")).to_be_attached()
    expect(page.locator(f"a[href='{path}']")).to_be_focused()


def hide(page: Page) -> None:
    """For so long that the tab gives its stream up."""
    hidden = "{ value: 'hidden', writable: true }"
    page.evaluate(f"Object.defineProperty(document, 'visibilityState', {hidden}); {SEE}")
    page.clock.fast_forward(61_000)
    until(lambda: not leads(page), "the tab has no stream")


def show(page: Page) -> None:
    page.evaluate(f"document.visibilityState = 'visible'; {SEE}")


def leads(page: Page) -> bool:
    """Whether the tab reads the stream for all tabs of the browser."""
    return page.evaluate(
        "navigator.locks.query().then(({ held }) =>"
        " held.some(({ name }) => name.startsWith('plataforma-events')))"
    )


def test_a_frozen_service_is_said_and_the_job_is_made_once(page: Page, running_site: Site) -> None:
    client, email = create_account(running_site.url)
    sign_in(page, email)
    choose_primes(page, 777)
    with running_site.frozen():
        page.get_by_role("button", name="Submit job").click()
        expect(page.get_by_text(SILENT)).to_be_visible(timeout=10_000)
        # Cancelled and sent anew, it is still the same job.
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("button", name="Submit job")).to_be_enabled()
        page.get_by_role("button", name="Submit job").click()
        expect(page.get_by_role("button", name="Sending")).to_be_visible()
    expect(page.get_by_text(SUBMITTED)).to_be_visible()
    expect(page.get_by_text(SILENT)).to_have_count(0)
    assert [job["payload"] for job in client.jobs()].count({"limit": 777}) == 1


def test_a_page_of_a_frozen_service_loads_by_itself_afterwards(
    page: Page, running_site: Site
) -> None:
    client, email = create_account(running_site.url)
    job = client.submit(1_000).json()["id"]
    sign_in(page, email)
    page.goto("/nothing")
    expect(page.get_by_role("heading", name="Page not found")).to_be_focused()
    with running_site.frozen():
        page.get_by_role("link", name="All jobs").click()
        expect(page.get_by_text(SILENT)).to_be_visible(timeout=10_000)
    expect(page.locator(f"a[href='/jobs/{job}']")).to_be_visible()
    expect(page.get_by_text(SILENT)).to_have_count(0)


def test_a_reload_of_a_frozen_service_keeps_the_session(page: Page, running_site: Site) -> None:
    _, email = create_account(running_site.url)
    sign_in(page, email)
    with running_site.frozen():
        for _ in range(2):
            # Its answer, with the next token, comes for a page that is gone.
            with page.expect_request("**/sessions/refresh"):
                page.reload(wait_until="commit")
        expect(page.get_by_text(SILENT)).to_be_visible(timeout=10_000)
    expect(page.get_by_role("heading", name="History")).to_be_visible(timeout=20_000)


def test_an_unavailable_service_is_asked_again(page: Page, running_site: Site) -> None:
    _, email = create_account(running_site.url)
    sign_in(page, email)
    refusals: list[str] = []

    def refuse_twice(route: Route) -> None:
        if len(refusals) < 2:
            refusals.append(route.request.url)
            route.fulfill(status=503, body="")
        else:
            route.continue_()

    page.route("**/api/v1/jobs?**", refuse_twice)
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("unavailable right now. Trying again")
    expect(page.get_by_text("No jobs yet.").or_(page.locator(".jobs tr")).first).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_offline_is_said(context: BrowserContext, page: Page, running_site: Site) -> None:
    client, email = create_account(running_site.url)
    sign_in(page, email)
    choose_primes(page, 778)
    context.set_offline(True)
    expect(page.get_by_text("You are offline.")).to_be_visible()
    page.get_by_role("button", name="Submit job").click()
    context.set_offline(False)
    expect(page.get_by_text("You are offline.")).to_have_count(0)
    expect(page.get_by_text(SUBMITTED)).to_be_visible()
    assert [job["payload"] for job in client.jobs()].count({"limit": 778}) == 1


def test_a_double_click_makes_one_job(page: Page, running_site: Site) -> None:
    client, email = create_account(running_site.url)
    sign_in(page, email)
    choose_primes(page, 779)
    button = page.get_by_role("button", name="Submit job")
    button.evaluate(
        "(b) => new Promise((done) => { b.click(); setTimeout(() => done(b.click()), 110); })"
    )
    expect(page.get_by_role("link", name="Show the submitted job")).to_be_visible()
    button.click()
    expect(page.get_by_text("This job has been submitted already.")).to_be_visible()
    assert [job["payload"] for job in client.jobs()].count({"limit": 779}) == 1
    page.get_by_role("button", name="Submit it once more").click()
    expect(page.get_by_text(SUBMITTED)).to_be_visible()
    assert [job["payload"] for job in client.jobs()].count({"limit": 779}) == 2
