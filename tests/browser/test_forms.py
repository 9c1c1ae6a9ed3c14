"""What is filled in, by people and by programs, is what is sent and shown."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import choose_primes, open_form, sign_in
from tests.browser.site import Site
from tests.containers.api import PASSWORD, create_account

pytestmark = pytest.mark.needs("chromium", "nginx", "node22", "postgresql", "redis")

# As password managers do: within one task, so that nothing is rendered in between.
FILL_AND_PRESS = """([fields, button]) => {
  for (const [selector, text] of fields) {
    const field = document.querySelector(selector);
    const type = field instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(type.prototype, 'value').set.call(field, text);
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }
  document.querySelector(button).click();
}"""


def test_what_a_program_fills_in_at_once_is_sent(page: Page, running_site: Site) -> None:
    client, email = create_account(running_site.url)
    page.goto("/")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    credentials = [["[name=email]", email], ["[name=password]", PASSWORD]]
    page.evaluate(FILL_AND_PRESS, [credentials, "[type=submit]"])
    open_form(page)
    text = page.get_by_label("Text", exact=True)
    text.fill("typed")
    page.evaluate(FILL_AND_PRESS, [[["[name=text]", "put in"]], "dialog [type=submit]"])
    expect(page.get_by_text("Job submitted.")).to_be_visible()
    assert client.jobs()[0]["payload"] == {"text": "put in"}


def test_filters_that_are_changed_at_once_all_hold(page: Page, running_site: Site) -> None:
    _, email = create_account(running_site.url)
    sign_in(page, email)
    page.evaluate(
        """(choices) => {
          for (const [label, value] of choices) {
            const labels = [...document.querySelectorAll('.filters label')];
            const { control } = labels.find(({ textContent }) => textContent === label);
            control.value = value;
            control.dispatchEvent(new Event('change', { bubbles: true }));
          }
        }""",
        [["Kind", "number.primes"], ["Created", "1h"]],
    )
    expect(page).to_have_url(f"{running_site.url}/?kind=number.primes&period=1h")


def test_a_day_can_be_typed_anew(page: Page, running_site: Site) -> None:
    _, email = create_account(running_site.url)
    sign_in(page, email, "/jobs?from=2026-11-20")
    first = page.get_by_label("From", exact=True)
    first.focus()
    page.keyboard.press("Backspace")
    expect(page).to_have_url(f"{running_site.url}/jobs")
    expect(first).to_be_focused()
    # Whatever the order of day and month.
    page.keyboard.type("11112026")
    expect(page).to_have_url(f"{running_site.url}/jobs?from=2026-11-11")
    expect(first).to_be_focused()


def test_an_id_can_be_corrected(page: Page, running_site: Site) -> None:
    _, email = create_account(running_site.url)
    sign_in(page, email, "/jobs?id=0123abcd")
    search = page.get_by_label("Find by id")
    search.press("End")
    search.press("Backspace")
    expect(page).to_have_url(f"{running_site.url}/jobs")
    expect(search).to_have_value("0123abc")


def test_a_submitted_job_is_not_told_beside_a_later_problem(page: Page, running_site: Site) -> None:
    _, email = create_account(running_site.url)
    sign_in(page, email)
    choose_primes(page, 10)
    page.get_by_role("button", name="Submit job").click()
    expect(page.get_by_text("Job submitted.")).to_be_visible()
    page.get_by_label("Limit").fill("1")
    page.get_by_role("button", name="Submit job").click()
    expect(page.get_by_text("Write a whole number")).to_be_visible()
    expect(page.get_by_text("Job submitted.")).to_have_count(0)
