"""Two builds of the frontend behind one load balancer, and pages open before a deployment."""

from __future__ import annotations

import http.client
import itertools
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from settings.project import ROOT
from tests.support.nginx_server import Nginx, running
from tests.support.programs import program

pytestmark = pytest.mark.needs("nginx", "chromium")

WEB = ROOT / "web"
COOKIE = "AWSALB"
PATIENCE_MS = 60_000
# A part that is loaded later, and what Vite's runtime does when it is not there
# (vitejs/vite 2eca54e, packages/vite/src/node/plugins/importAnalysisBuild.ts).
MAIN = """
const [heading, button] = ['h1', 'button'].map((name) => document.createElement(name));
heading.textContent = 'build BUILD';
button.textContent = 'More';
document.getElementById('root').append(heading, button);
button.addEventListener('click', () =>
  import('/assets/more-BUILD.js').catch(() =>
    window.dispatchEvent(new Event('vite:preloadError'))));
"""
MORE = "document.querySelector('h1').textContent = 'more of build BUILD';"


class Balancer(ThreadingHTTPServer):
    """Sends requests to its targets in turn, or, as an ALB with lb_cookie, to the cookie's."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Forward)
        self.targets: list[Nginx] = []
        self.sticky = True
        self.missing: list[str] = []
        self.after_page: Callable[[], None] = lambda: None
        self._turns = itertools.count()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def target(self, cookie: str | None) -> Nginx:
        named = [target for target in self.targets if str(target.port) == cookie]
        if self.sticky and named:
            return named[0]
        return self.targets[next(self._turns) % len(self.targets)]


class Forward(BaseHTTPRequestHandler):
    server: Balancer  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        morsel = SimpleCookie(self.headers.get("Cookie", "")).get(COOKIE)
        target = self.server.target(morsel.value if morsel else None)
        upstream = http.client.HTTPConnection("127.0.0.1", target.port)
        upstream.request("GET", self.path)
        answer = upstream.getresponse()
        body = answer.read()
        if answer.status == http.HTTPStatus.NOT_FOUND:
            self.server.missing.append(self.path)
        if self.path == "/":
            self.server.after_page()
        self.send_response(answer.status)
        for name in ("Content-Type", "Cache-Control", "Content-Security-Policy"):
            if value := answer.headers.get(name):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", f"{COOKIE}={target.port}; Path=/")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def build(folder: Path, name: str) -> Path:
    """A site with the project's own page and public files, and scripts of this build."""
    shutil.copytree(WEB / "public", folder)
    (folder / "assets").mkdir()
    page = (WEB / "index.html").read_text()
    assert "/src/main.tsx" in page
    (folder / "index.html").write_text(page.replace("/src/main.tsx", f"/assets/main-{name}.js"))
    for part, text in (("main", MAIN), ("more", MORE)):
        (folder / "assets" / f"{part}-{name}.js").write_text(text.replace("BUILD", name))
    return folder


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Nginx, Nginx]]:
    with ExitStack() as stack:
        old, new = (
            stack.enter_context(
                running(
                    "frontend.conf",
                    tmp_path_factory.mktemp(name),
                    {"SERVICE_NAME": "frontend"},
                    {"/srv/web": str(build(tmp_path_factory.mktemp(name) / "site", name))},
                )
            )
            for name in ("old", "new")
        )
        yield old, new


@pytest.fixture
def balancer(builds: tuple[Nginx, Nginx]) -> Iterator[Balancer]:
    with Balancer() as server:
        server.targets = list(builds)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(
            executable_path=program("chromium"), args=arguments, timeout=PATIENCE_MS
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    expect.set_options(timeout=PATIENCE_MS)
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def test_pages_find_their_files_while_both_builds_serve(
    browser: Browser, balancer: Balancer
) -> None:
    expect.set_options(timeout=PATIENCE_MS)
    shown: set[str] = set()
    for _ in range(4):
        with browser.new_context() as context:
            context.set_default_timeout(PATIENCE_MS)
            page = context.new_page()
            page.goto(balancer.url)
            expect(page.get_by_role("heading")).to_be_visible()
            page.get_by_role("button").click()
            expect(page.get_by_role("heading")).to_contain_text("more of")
            shown.add(page.get_by_role("heading").inner_text())
    assert shown == {"more of build old", "more of build new"}
    assert balancer.missing == []


def test_a_page_whose_build_goes_before_its_script_is_loaded_becomes_the_new_one(
    page: Page, balancer: Balancer, builds: tuple[Nginx, Nginx]
) -> None:
    old, new = builds
    balancer.targets = [old]
    balancer.after_page = lambda: setattr(balancer, "targets", [new])
    page.goto(balancer.url)
    expect(page.get_by_role("heading", name="build new")).to_be_visible()
    assert balancer.missing == ["/assets/main-old.js"]


def test_an_open_page_whose_build_is_gone_becomes_the_new_one(
    page: Page, balancer: Balancer, builds: tuple[Nginx, Nginx]
) -> None:
    old, new = builds
    balancer.targets = [old]
    page.goto(f"{balancer.url}/jobs/one")
    expect(page.get_by_role("heading", name="build old")).to_be_visible()
    balancer.targets = [new]
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", name="build new")).to_be_visible()
    assert page.url == f"{balancer.url}/jobs/one"
    assert balancer.missing == ["/assets/more-old.js"]
