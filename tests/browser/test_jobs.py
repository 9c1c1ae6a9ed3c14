"""What people do with jobs."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Browser, Page, Route, expect

from tests.browser.people import choose_primes, sign_in
from tests.browser.site import Site
from tests.containers.api import Client, create_account
from tests.support.waiting import until

pytestmark = pytest.mark.needs("chromium", "nginx", "node22", "postgresql", "redis")

LARGEST = 5_000_000
SHARED = 5
TEXT = {"kind": "text.statistics", "payload": {"text": "three short words"}}


def submit_text(client: Client) -> dict[str, Any]:
    return client.ask("POST", "/api/v1/jobs", TEXT, {"Idempotency-Key": "text"}).json()


def finish(client: Client, *jobs: dict[str, Any]) -> None:
    for job in jobs:
        list(client.follow(job["id"]))


def start_job(client: Client) -> str:
    """One of several that share the worker, so that none ends at once."""
    jobs = [client.submit(LARGEST).json()["id"] for _ in range(SHARED)]

    def running() -> list[str]:
        return [job["id"] for job in client.jobs() if job["status"] == "running"]

    until(running, f"one of {jobs} runs")
    return running()[0]


def test_a_running_job_is_cancelled_and_runs_again(page: Page, running_site: Site) -> None:
    client, email = create_account(running_site.url)
    job = start_job(client)
    with running_site.no_worker():
        sign_in(page, email, f"/jobs/{job}", heading="Job: Prime numbers")
        status = page.locator("main .status").first
        expect(status).to_have_text("Running")
        expect(page.get_by_role("progressbar")).to_be_visible()
        page.get_by_role("button", name="Cancel job").click()
        expect(status).to_have_text("Cancelled")
    expect(page).to_have_title("Cancelled: Prime numbers · Plataforma")
    expect(page.locator(".attempts")).to_contain_text("Cancelled")
    assert client.ask("GET", f"/api/v1/jobs/{job}").json()["status"] == "cancelled"

    page.get_by_role("button", name="Run again").click()
    again = page.get_by_role("link", name=job[:8])
    expect(again).to_be_visible()
    assert job not in page.url
    newest, *_ = client.jobs()
    assert (newest["runAgainOf"], newest["payload"]) == (job, {"limit": LARGEST})
    assert client.ask("GET", f"/api/v1/jobs/{job}").json()["status"] == "cancelled"


def test_an_answer_that_comes_after_its_events_changes_nothing(
    page: Page, running_site: Site
) -> None:
    _, email = create_account(running_site.url)
    sign_in(page, email)
    held: list[tuple[Route, APIResponse]] = []
    page.route("**/api/v1/jobs", lambda route: held.append((route, route.fetch())))
    choose_primes(page, 4_321)
    page.get_by_role("button", name="Submit job").click()
    row = page.locator(".jobs tbody tr", has_text="4,321")
    expect(row).to_contain_text("Succeeded")
    [(route, answer)] = held
    route.fulfill(response=answer)
    expect(page.get_by_text("Job submitted.")).to_be_visible()
    expect(row).to_contain_text("Succeeded")


def test_running_again_takes_nobody_back_who_has_left(page: Page, running_site: Site) -> None:
    client, email = create_account(running_site.url)
    job = client.submit(10).json()
    finish(client, job)
    # The answer alone brings the new job.
    page.route("**/jobs/events", lambda route: route.abort())
    sign_in(page, email, f"/jobs/{job['id']}", heading="Job: Prime numbers")
    held: list[Route] = []
    page.route("**/run-again", lambda route: held.append(route))
    with page.expect_request("**/run-again"):
        page.get_by_role("button", name="Run again").click()
    page.get_by_role("link", name="All jobs").click()
    rows = page.locator(".jobs tbody tr", has_text="Prime numbers")
    expect(rows).to_have_count(1)
    held[0].continue_()
    expect(rows).to_have_count(2)
    assert page.url.endswith("/jobs")


def test_a_queued_job_says_why_it_waits_and_is_cancelled(page: Page, running_site: Site) -> None:
    client, email = create_account(running_site.url)
    with running_site.no_worker():
        job = client.submit(10).json()["id"]
        sign_in(page, email, f"/jobs/{job}", heading="Job: Prime numbers")
        # Jobs of other tests may be before it.
        expect(page.get_by_text(re.compile("in the queue.* Workers there: 1"))).to_be_visible()
        page.get_by_role("button", name="Cancel job").click()
        expect(page.locator("main .status").first).to_have_text("Cancelled")
    assert client.ask("GET", f"/api/v1/jobs/{job}").json()["status"] == "cancelled"


def test_filters_are_in_the_address(page: Page, running_site: Site) -> None:
    client, email = create_account(running_site.url)
    text = submit_text(client)
    primes = [client.submit(2).json() for _ in range(3)]
    finish(client, text, *primes)
    sign_in(page, email)
    rows = page.locator(".jobs tbody tr")
    statuses = page.get_by_role("navigation", name="Status")
    expect(statuses.get_by_role("link", name="Succeeded 5")).to_be_visible()

    statuses.get_by_role("link", name="Failed").click()
    expect(page.get_by_text("No job matches these filters.")).to_be_visible()
    statuses.get_by_role("link", name="Succeeded").click()
    page.get_by_label("Kind").select_option(label="Prime numbers")
    expect(rows).to_have_count(3)
    page.get_by_label("Created").select_option(label="Last hour")
    assert page.url.endswith("?status=succeeded&kind=number.primes&period=1h")
    page.get_by_label("Find by id").fill(primes[1]["id"][:8].upper())
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(primes[1]["id"][:8])
    page.reload()
    expect(rows).to_have_count(1)
    expect(page.get_by_label("Find by id")).to_have_value(primes[1]["id"][:8])
    rows.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Job: Prime numbers")).to_be_visible()
    page.go_back()
    expect(rows).to_have_count(1)
    expect(page.get_by_label("Kind")).to_have_value("number.primes")
    # What was typed took the place of what was there; choices can be gone back to.
    page.go_back()
    page.go_back()
    expect(page.get_by_label("Kind")).to_have_value("")
    expect(page.get_by_label("Find by id")).to_have_value("")
    expect(rows).to_have_count(5)


def test_a_job_that_does_not_match_any_more_leaves_the_list(page: Page, running_site: Site) -> None:
    client, email = create_account(running_site.url)
    with running_site.no_worker():
        job = client.submit(10).json()
        sign_in(page, email, "/jobs?status=queued")
        expect(page.locator(f"a[href='/jobs/{job['id']}']")).to_be_visible()
    expect(page.locator(f"a[href='/jobs/{job['id']}']")).to_have_count(0)
    statuses = page.get_by_role("navigation", name="Status")
    expect(statuses.get_by_role("link", name="Queued 0")).to_be_visible()


@pytest.mark.parametrize(("width", "height", "count"), [(1280, 800, 10), (360, 740, 3)])
def test_the_first_jobs_are_seen_at_once(
    browser: Browser, running_site: Site, width: int, height: int, count: int
) -> None:
    client, email = create_account(running_site.url)
    for _ in range(count + 1):
        client.submit(2)
    with browser.new_context(
        base_url=running_site.url, locale="en-GB", viewport={"width": width, "height": height}
    ) as context:
        page = context.new_page()
        sign_in(page, email)
        expect(page.locator(".jobs tbody tr").nth(count)).to_be_attached()
        bottom = (
            page.locator(".jobs tbody tr")
            .nth(count - 1)
            .evaluate("(row) => row.getBoundingClientRect().bottom")
        )
        assert bottom <= height


def test_input_and_result_are_there_to_take(page: Page, running_site: Site) -> None:
    client, email = create_account(running_site.url)
    job = submit_text(client)
    finish(client, job)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, email)
    row = page.locator(".jobs tbody tr", has_text="three short words")
    row.get_by_role("button", name="Copy id").click()
    assert page.evaluate("navigator.clipboard.readText()") == job["id"]
    row.get_by_role("link").click()
    page.get_by_role("button", name="Copy input").click()
    assert page.evaluate("navigator.clipboard.readText()") == "three short words"
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert json.loads(download.value.path().read_text())["words"] == 3
    expect(page.get_by_text(email).last).to_be_visible()
    expect(page.get_by_text(job["requestId"])).to_be_visible()


def test_the_welcome_job_says_whose_it_is(page: Page, running_site: Site) -> None:
    _, email = create_account(running_site.url)
    sign_in(page, email)
    expect(page.locator(".jobs tbody tr", has_text="Welcome job")).to_have_count(1)


def test_a_password_can_be_shown(page: Page, running_site: Site) -> None:
    page.goto(running_site.url)
    password = page.get_by_label("Password", exact=True)
    password.fill("correct horse")
    expect(password).to_have_attribute("type", "password")
    page.get_by_role("button", name="Show password").click()
    expect(password).to_have_attribute("type", "text")
    expect(page.get_by_text("This service sends no e-mail")).to_be_visible()
