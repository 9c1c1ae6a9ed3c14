"""What people have typed and where they were is not lost, and every screen says what it is."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.people import DENY_STORAGE, choose_primes, open_form, sign_in, submit_sign_in
from tests.browser.site import Site
from tests.containers.api import create_account

pytestmark = pytest.mark.needs("chromium", "nginx", "node22", "postgresql", "redis")

NOWHERE = "/jobs/00000000-0000-4000-8000-000000000000"


def test_a_draft_outlasts_kind_page_reload_and_session(page: Page, running_site: Site) -> None:
    _, email = create_account(running_site.url)
    sign_in(page, email)
    open_form(page)
    text = page.get_by_label("Text", exact=True)
    text.fill("a long text")
    choose_primes(page, 123)
    page.get_by_role("radio", name="Text statistics").check()
    expect(text).to_have_value("a long text")
    page.goto("/nothing")
    page.go_back()
    expect(text).to_have_value("a long text")
    page.reload()
    expect(text).to_have_value("a long text")
    # The session ends elsewhere.
    other = page.context.new_page()
    other.goto("/")
    other.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    submit_sign_in(page, email)
    expect(text).to_have_value("a long text")
    page.get_by_role("radio", name="Prime numbers").check()
    expect(page.get_by_label("Limit")).to_have_value("123")


def test_a_draft_is_its_users_alone(page: Page, running_site: Site) -> None:
    _, first = create_account(running_site.url)
    _, second = create_account(running_site.url)
    sign_in(page, first)
    open_form(page)
    page.get_by_label("Text", exact=True).fill("a secret")
    other = page.context.new_page()
    other.goto("/")
    other.get_by_role("button", name="Sign out").click()
    submit_sign_in(page, second)
    open_form(page)
    expect(page.get_by_label("Text", exact=True)).to_have_value("")


def test_the_place_in_a_long_list_is_kept(page: Page, running_site: Site) -> None:
    client, email = create_account(running_site.url)
    for _ in range(65):
        client.submit(2)
    sign_in(page, email)
    rows = page.locator(".jobs tbody tr")
    expect(rows).to_have_count(20)
    for count in (40, 60):
        next_row = count - 20
        page.get_by_role("button", name="Show more").click()
        expect(rows.nth(next_row).get_by_role("link")).to_be_focused()
        expect(rows).to_have_count(count)
        expect(page.get_by_role("status").get_by_text(f"{count} jobs in the list")).to_be_visible()
    assert page.url.endswith("?shown=60")

    link = rows.nth(50).get_by_role("link")
    link.scroll_into_view_if_needed()
    place = page.evaluate("scrollY")
    link.click()
    expect(page.get_by_role("heading", name="Job: Prime numbers")).to_be_focused()
    assert page.evaluate("scrollY") < place
    page.go_back()
    expect(rows).to_have_count(60)
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    # In another tab, or after a reload, the address shows as many.
    page.reload()
    expect(rows).to_have_count(60)


def test_screens_without_their_content_have_a_heading_and_a_title(
    page: Page, running_site: Site
) -> None:
    _, email = create_account(running_site.url)
    sign_in(page, email)
    page.goto(NOWHERE)
    expect(page.get_by_role("heading", level=1, name="Job not found")).to_be_focused()
    expect(page).to_have_title("Job not found · Plataforma")
    page.route("**/api/v1/jobs/*", lambda route: route.fulfill(status=500, body=""))
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("Something went wrong")
    expect(page.get_by_role("heading", level=1, name="Job", exact=True)).to_be_focused()
    expect(page).to_have_title("Job · Plataforma")
    page.route("**/api/v1/sessions/refresh", lambda route: route.fulfill(status=500, body=""))
    page.reload()
    expect(page.get_by_role("heading", level=1, name="Service unavailable")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Trying again")
    page.unroute("**/api/v1/sessions/refresh")
    page.unroute("**/api/v1/jobs/*")
    expect(page.get_by_role("heading", level=1, name="Job not found")).to_be_visible()


def test_an_address_with_a_slash_at_its_end_is_found(page: Page, running_site: Site) -> None:
    client, email = create_account(running_site.url)
    job = client.submit(2).json()["id"]
    sign_in(page, email, "/jobs/")
    page.goto(f"/jobs/{job}/")
    expect(page.get_by_role("heading", name="Job: Prime numbers")).to_be_visible()


def test_an_address_in_capitals_is_that_of_the_same_job(page: Page, running_site: Site) -> None:
    client, email = create_account(running_site.url)
    with running_site.no_worker():
        job = client.submit(2).json()["id"]
        sign_in(page, email, f"/jobs/{job.upper()}", heading="Job: Prime numbers")
        status = page.locator("main .status").first
        expect(status).to_have_text("Queued")
        page.get_by_role("button", name="Cancel job").click()
        expect(status).to_have_text("Cancelled")


def test_the_page_works_without_storage(page: Page, running_site: Site) -> None:
    _, email = create_account(running_site.url)
    page.add_init_script(DENY_STORAGE)
    sign_in(page, email)
    page.get_by_role("button", name="Português").click()
    expect(page.get_by_role("heading", name="Tarefas", exact=True)).to_be_visible()


def test_nothing_overlaps_at_320_pixels(browser: Browser, running_site: Site) -> None:
    _, email = create_account(running_site.url)
    with browser.new_context(
        base_url=running_site.url, locale="pt-BR", viewport={"width": 320, "height": 640}
    ) as context:
        page = context.new_page()
        sign_in_in_portuguese(page, email)
        row = page.locator(".jobs tbody tr", has_text="Estatísticas de texto")
        expect(row).to_contain_text("Concluída")
        boxes = row.evaluate(
            """(row) => [...row.children].map((part) => {
              const contents = document.createRange();
              contents.selectNodeContents(part);
              const shown = part.children.length ? [...part.children] : [contents];
              const boxes = shown.map((content) => content.getBoundingClientRect());
              return {
                left: Math.min(...boxes.map(({ left }) => left)),
                right: Math.max(...boxes.map(({ right }) => right)),
                top: Math.min(...boxes.map(({ top }) => top)),
                bottom: Math.max(...boxes.map(({ bottom }) => bottom)),
              };
            })"""
        )
        for one, other in combinations(boxes, 2):
            apart = (
                one["right"] <= other["left"] + 0.5
                or other["right"] <= one["left"] + 0.5
                or one["bottom"] <= other["top"] + 0.5
                or other["bottom"] <= one["top"] + 0.5
            )
            assert apart, (one, other)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def sign_in_in_portuguese(page: Page, email: str) -> None:
    page.goto("/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Senha").fill("correct horse battery")
    page.get_by_role("button", name="Entrar").click()
    expect(page.get_by_role("heading", name="Tarefas", exact=True)).to_be_visible()


def test_links_of_the_list_have_names_that_differ(page: Page, running_site: Site) -> None:
    client, email = create_account(running_site.url)
    for _ in range(3):
        client.submit(2)
    sign_in(page, email)
    links = page.locator(".jobs a", has_text="Prime numbers")
    expect(links).to_have_count(3)
    assert len(set(links.all_inner_texts())) == 3


def test_an_invalid_field_looks_invalid(page: Page) -> None:
    page.goto("/")
    email = page.get_by_label("E-mail")
    look = "(field) => [getComputedStyle(field).borderColor, getComputedStyle(field).borderWidth]"
    before = email.evaluate(look)
    page.get_by_role("button", name="Sign in").click()
    expect(email).to_be_focused()
    after = email.evaluate(look)
    assert all(one != other for one, other in zip(before, after, strict=True)), (before, after)


def test_a_word_of_50000_letters_fits(page: Page, running_site: Site) -> None:
    _, email = create_account(running_site.url)
    sign_in(page, email)
    open_form(page)
    page.get_by_label("Text", exact=True).fill("a" * 50_000)
    page.get_by_role("button", name="Submit job").click()
    page.get_by_role("link", name="Show the submitted job").click()
    expect(page.get_by_role("heading", name="Result")).to_be_visible()
    expect(page.get_by_text("(50,000 characters)").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollHeight") < 3_000


def test_what_the_service_refuses_is_said_in_the_pages_language(
    page: Page, running_site: Site
) -> None:
    """And at its field; U+0000 is what a check of the form lets pass."""
    _, email = create_account(running_site.url)
    sign_in(page, email)

    def with_nul(route: Route) -> None:
        job = {"kind": "text.statistics", "payload": {"text": "\0"}}
        route.continue_(post_data=job)

    page.route("**/api/v1/jobs", with_nul)
    open_form(page)
    text = page.get_by_label("Text", exact=True)
    text.fill("a")
    page.get_by_role("button", name="Submit job").click()
    expect(page.get_by_role("alert")).to_contain_text("Correct what is marked.")
    expect(text).to_have_accessible_description(re.compile("a character that cannot be stored"))
    page.get_by_role("button", name="Português").click()
    expect(page.get_by_role("alert")).to_contain_text("Corrija o que está marcado.")
    expect(page.get_by_text("Há um caractere que não pode ser guardado.")).to_be_visible()


def test_numbers_and_dates_are_those_of_the_reader(browser: Browser, running_site: Site) -> None:
    client, email = create_account(running_site.url)
    with browser.new_context(
        base_url=running_site.url, locale="en-GB", timezone_id="America/Sao_Paulo"
    ) as context:
        page = context.new_page()
        sign_in(page, email)
        open_form(page)
        page.get_by_role("radio", name="Prime numbers").check()
        page.get_by_label("Limit").fill("1,000")
        page.get_by_role("button", name="Submit job").click()
        page.get_by_role("link", name="Show the submitted job").click()
        expect(page.locator("time").first).to_have_text(
            re.compile(r"\d\d/\d\d/\d{4}, \d\d:\d\d:\d\d GMT-3")
        )
    assert client.jobs()[0]["payload"] == {"limit": 1_000}
