"""axe finds nothing on any screen, and nothing is wider than a narrow phone."""

from __future__ import annotations

from typing import Literal, NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from settings.project import ROOT
from tests.browser.site import Site
from tests.containers.api import PASSWORD, create_account

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
# 400 % of 1280 pixels (WCAG 2.2, 1.4.10).
WIDTH = 320

pytestmark = pytest.mark.needs("chromium", "nginx", "node22", "postgresql", "redis")


class Words(NamedTuple):
    sign_in: str
    password: str
    no_account: str
    new_job: str
    submit: str
    no_match: str
    result: str
    missing: str
    not_found: str


WORDS = {
    "en-GB": Words(
        "Sign in",
        "Password",
        "I have no account yet",
        "New job",
        "Submit job",
        "No job matches these filters.",
        "Result",
        "Job not found",
        "Page not found",
    ),
    "pt-BR": Words(
        "Entrar",
        "Senha",
        "Ainda não tenho conta",
        "Nova tarefa",
        "Enviar tarefa",
        "Nenhuma tarefa corresponde a estes filtros.",
        "Resultado",
        "Tarefa não encontrada",
        "Página não encontrada",
    ),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", WORDS)
def test_axe_finds_nothing(
    browser: Browser, running_site: Site, locale: str, scheme: Literal["light", "dark"]
) -> None:
    assert AXE.exists(), "npm ci in web/ brings axe-core"
    words = WORDS[locale]
    client, email = create_account(running_site.url)
    job = client.submit(1_000).json()["id"]
    list(client.follow(job))
    with browser.new_context(
        base_url=running_site.url,
        locale=locale,
        viewport={"width": WIDTH, "height": 640},
        color_scheme=scheme,
        bypass_csp=True,  # for axe itself
    ) as context:
        page = context.new_page()
        page.goto("/")
        page.get_by_role("button", name=words.no_account).click()
        _check(page)
        page.goto("/")
        page.get_by_role("button", name=words.sign_in).click()
        _check(page)
        page.get_by_label("E-mail").fill(email)
        page.get_by_label(words.password, exact=True).fill(PASSWORD)
        page.get_by_role("button", name=words.sign_in).click()
        expect(page.locator(f"a[href='/jobs/{job}']")).to_be_visible()
        page.get_by_role("button", name=words.new_job).click()
        page.get_by_role("button", name=words.submit).click()
        _check(page)
        page.goto("/jobs?status=failed&from=2026-01-01")
        expect(page.get_by_text(words.no_match)).to_be_visible()
        _check(page)
        page.goto(f"/jobs/{job}")
        expect(page.get_by_role("heading", name=words.result, exact=True)).to_be_visible()
        _check(page)
        page.goto("/jobs/00000000-0000-4000-8000-000000000000")
        expect(page.get_by_role("heading", name=words.missing)).to_be_visible()
        _check(page)
        page.goto("/nothing")
        expect(page.get_by_role("heading", name=words.not_found)).to_be_visible()
        _check(page)
        page.route("**/api/v1/sessions/refresh", lambda route: route.abort())
        page.reload()
        expect(page.get_by_role("alert")).to_be_visible()
        _check(page)


def _check(page: Page) -> None:
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= WIDTH, f"{page.url} is {width} wide"
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run({ resultTypes: ['violations'] }).then((r) => r.violations)")
    shown = [(item["id"], [node["html"] for node in item["nodes"]]) for item in found]
    assert shown == [], page.url
