"""People at the page, in a real browser, against the whole stack."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from commands.local.containers import Stack
from tests.browser.people import choose_primes, submit_sign_in
from tests.containers.api import PASSWORD, Client, create_account
from tests.containers.held_jobs import no_job_ends
from tests.support.chromium import chromium, person
from tests.support.waiting import until

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def context(browser: Browser, stack: Stack) -> Iterator[BrowserContext]:
    with person(browser, stack.url) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def submit_primes(page: Page, limit: int) -> None:
    choose_primes(page, limit)
    page.get_by_role("button", name="Submit job").click()
    page.get_by_role("link", name="Show the submitted job").click()
    expect(page.get_by_role("heading", name="Job: Prime numbers")).to_be_visible()


def watch_progress(page: Page) -> None:
    """From now on the page remembers each value that its progress bars have shown."""
    page.add_init_script(
        """
        window.shown = [];
        new MutationObserver(() => {
          const bar = document.querySelector('main progress');
          if (bar && window.shown.at(-1) !== bar.value) window.shown.push(bar.value);
        }).observe(document, { subtree: true, childList: true, attributes: true });
        """
    )


def test_an_account_a_job_its_live_progress_and_a_reload(page: Page, stack: Stack) -> None:
    watch_progress(page)
    page.goto("/")
    page.get_by_role("button", name="I have no account yet").click()
    page.get_by_label("E-mail").fill(f"{uuid.uuid4()}@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Organisation's name").fill("Acme")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text("Acme")).to_be_visible()
    with no_job_ends(stack.engine, stack.names("postgres")[0]):
        submit_primes(page, 5_000_000)
        expect(page.locator("main .status").first).to_have_text("Running")
        until(lambda: page.evaluate("window.shown.at(-1) > 0"), "the bar moves")
    expect(page.locator("main .status").first).to_have_text("Succeeded")
    expect(page.get_by_text("4,999,999")).to_be_visible()
    shown = page.evaluate("window.shown")
    assert shown == sorted(shown)

    address = page.url
    assert re.search(r"/jobs/[0-9a-f-]{36}$", address)
    page.reload()
    expect(page.get_by_text("348,513")).to_be_visible()
    assert page.url == address


def test_a_deep_link_leads_there_after_signing_in(page: Page, stack: Stack) -> None:
    client, email = create_account(stack.url)
    job = client.submit(10).json()["id"]
    page.goto(f"/jobs/{job}")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Job: Prime numbers")).to_be_visible()
    page.goto("/jobs/00000000-0000-4000-8000-000000000000")
    expect(page.get_by_role("alert")).to_contain_text("does not exist")


def test_what_happens_elsewhere_appears_by_itself(page: Page, stack: Stack) -> None:
    client, email = create_account(stack.url)
    page.goto("/")
    submit_sign_in(page, email)
    rows = page.locator(".jobs tbody tr", has_text="Prime numbers")
    expect(rows).to_have_count(0)
    client.submit(1_000)
    expect(rows).to_have_count(1)
    expect(rows.locator(".status")).to_have_text("Succeeded")


def test_the_history_has_pages(page: Page, stack: Stack) -> None:
    client, email = create_account(stack.url)
    for _ in range(25):
        client.submit(2)
    page.goto("/")
    submit_sign_in(page, email)
    rows = page.locator(".jobs tbody tr", has_text="Prime numbers")
    expect(rows).to_have_count(20)
    page.get_by_role("button", name="Show more").click()
    expect(rows).to_have_count(25)
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)


def test_text_statistics(page: Page, stack: Stack) -> None:
    _, email = create_account(stack.url)
    page.goto("/")
    submit_sign_in(page, email)
    page.get_by_role("button", name="New job").click()
    page.get_by_label("Text", exact=True).fill("one two two")
    page.get_by_role("button", name="Submit job").click()
    page.get_by_role("link", name="Show the submitted job").click()
    expect(page.get_by_text(re.compile(r"two . 2"))).to_be_visible()


def test_errors_are_told_where_they_are(page: Page, stack: Stack) -> None:
    _, email = create_account(stack.url)
    page.goto("/")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("E-mail")).to_be_focused()
    expect(page.get_by_label("E-mail")).to_have_accessible_description(
        "Write an e-mail, such as name@example.com."
    )
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("The e-mail or the password is wrong.")
    submit_sign_in(page, email)
    choose_primes(page, 1)
    page.get_by_role("button", name="Submit job").click()
    expect(page.get_by_label("Limit")).to_be_focused()
    expect(page.get_by_text("Write a whole number from 2 to 5,000,000.")).to_be_visible()


def test_signing_out_in_one_tab_ends_the_session_in_all(
    page: Page, context: BrowserContext, stack: Stack
) -> None:
    _, email = create_account(stack.url)
    page.goto("/")
    submit_sign_in(page, email)
    other = context.new_page()
    other.goto("/")
    expect(other.get_by_role("heading", name="Jobs")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    for tab in (page, other):
        expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_many_tabs_that_open_at_once_share_the_session(
    page: Page, context: BrowserContext, stack: Stack
) -> None:
    """A refresh token that two tabs used at the same time would end the session of both."""
    _, email = create_account(stack.url)
    page.goto("/")
    submit_sign_in(page, email)
    tabs = [context.new_page() for _ in range(4)]
    for tab in tabs:
        tab.goto("/", wait_until="commit")
    for tab in tabs:
        expect(tab.get_by_role("heading", name="Jobs")).to_be_visible()


def test_an_interrupted_connection_is_made_again(
    page: Page, context: BrowserContext, stack: Stack
) -> None:
    client, email = create_account(stack.url)
    page.goto("/")
    submit_sign_in(page, email)
    context.set_offline(True)
    context.set_offline(False)
    stack.run([stack.engine, "restart", stack.names("gateway")[0]])
    stack.wait("gateway")
    client.submit(3)
    rows = page.locator(".jobs tbody tr", has_text="Prime numbers")
    expect(rows.locator(".status")).to_have_text("Succeeded")
    expect(page.get_by_text("No live connection")).to_have_count(0)


def test_the_language_is_the_browsers_until_someone_chooses(browser: Browser, stack: Stack) -> None:
    with browser.new_context(base_url=stack.url, locale="pt-BR") as context:
        page = context.new_page()
        page.goto("/")
        expect(page.get_by_role("heading", name="Entrar")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", "pt-BR")
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        page.reload()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        expect(page.get_by_text("Environment local, version test")).to_be_visible()


def test_the_keyboard_alone_is_enough(page: Page, stack: Stack) -> None:
    _, email = create_account(stack.url)
    page.goto("/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_focused()
    keyboard = page.keyboard
    keyboard.press("Tab")
    keyboard.type(email)
    keyboard.press("Tab")
    keyboard.type(PASSWORD)
    keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Jobs")).to_be_focused()
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(page.get_by_label("Text statistics")).to_be_focused()
    keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Prime numbers")).to_be_checked()
    keyboard.press("Tab")
    keyboard.type("1000")
    keyboard.press("Tab")
    expect(page.get_by_role("button", name="Submit job")).to_be_focused()
    keyboard.press("Enter")
    expect(page.get_by_role("link", name="Show the submitted job")).to_be_visible()
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Job: Prime numbers")).to_be_focused()
    expect(page.locator("main .status").first).to_have_text("Succeeded")
    job = urlsplit(page.url).path
    page.go_back()
    expect(page.locator(f".jobs a[href='{job}']")).to_be_focused()


def test_no_asset_comes_from_elsewhere(page: Page, stack: Stack) -> None:
    origins: set[str] = set()
    page.on("request", lambda request: origins.add(request.url.split("/", 3)[2]))
    page.goto("/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert origins == {stack.url.removeprefix("http://")}
    assert Client(stack.url).ask("GET", "/favicon.svg").status == 200
