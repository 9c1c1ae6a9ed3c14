"""Two builds of the frontend behind one load balancer, and pages open before a deployment."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import shutil
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from settings.project import ROOT
from tests.support.chromium import PATIENCE_MS, chromium
from tests.support.nginx_server import Nginx, ask, running

pytestmark = pytest.mark.needs("nginx", "chromium")

WEB = ROOT / "web"
LOADS = int(os.environ.get("LOADS", "10"))
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
    """Sends requests to its targets in turn."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Forward)
        self.targets: list[Nginx] = []
        self.missing: list[str] = []
        self.after_page: Callable[[], None] = lambda: None
        self._turns = itertools.count()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def target(self) -> Nginx:
        return self.targets[next(self._turns) % len(self.targets)]


class Forward(BaseHTTPRequestHandler):
    server: Balancer  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        target = self.server.target()
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


def share(site: Path, store: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """As the image does before its command."""
    places = {"SITE": str(site), "BUILDS": str(store), "PATH": os.environ["PATH"]}
    entrypoint = ["sh", str(ROOT / "images/share-assets"), *(command or ("true",))]
    return subprocess.run(entrypoint, env=places, capture_output=True, text=True, check=True)


def serve(
    stack: ExitStack, make_folder: Callable[[str], Path], *, shared: bool
) -> tuple[Nginx, Nginx]:
    """Servers of both builds, which share their assets as their images do, or do not."""
    store = make_folder("store")
    servers: list[Nginx] = []
    for name in ("old", "new"):
        site = build(make_folder(name) / "site", name)
        places = {"/srv/web": str(site), "/srv/builds": str(store)}
        if shared:
            share(site, store)
        variables = {"SERVICE_NAME": "frontend"}
        nginx = running("frontend.conf", make_folder(name), variables, places)
        servers.append(stack.enter_context(nginx))
    old, new = servers
    return old, new


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Nginx, Nginx]]:
    with ExitStack() as stack:
        yield serve(stack, tmp_path_factory.mktemp, shared=True)


@pytest.fixture
def builds_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Nginx, Nginx]]:
    with ExitStack() as stack:
        yield serve(stack, tmp_path_factory.mktemp, shared=False)


@pytest.fixture
def balancer() -> Iterator[Balancer]:
    with Balancer() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def test_pages_find_their_files_while_both_builds_serve(
    browser: Browser, balancer: Balancer, builds: tuple[Nginx, Nginx]
) -> None:
    # With a third target the page and its files, three requests, do not always meet the same.
    balancer.targets = [*builds, builds[0]]
    shown: Counter[str] = Counter()
    for _ in range(LOADS):
        with browser.new_context() as context:
            context.set_default_timeout(PATIENCE_MS)
            page = context.new_page()
            page.goto(balancer.url)
            page.get_by_role("button").click()
            expect(page.get_by_role("heading")).to_contain_text("more of")
            shown[page.get_by_role("heading").inner_text()] += 1
    assert shown.keys() == {"more of build old", "more of build new"}
    assert balancer.missing == []


def test_an_open_page_loads_its_parts_when_its_build_is_gone(
    page: Page, balancer: Balancer, builds: tuple[Nginx, Nginx]
) -> None:
    """Also a new one, after a rollback."""
    old, new = builds
    for first, then, name in ((old, new, "old"), (new, old, "new")):
        balancer.targets = [first]
        balancer.after_page = lambda then=then: setattr(balancer, "targets", [then])
        page.goto(f"{balancer.url}/")
        expect(page.get_by_role("heading", name=f"build {name}")).to_be_visible()
        page.get_by_role("button").click()
        expect(page.get_by_role("heading", name=f"more of build {name}")).to_be_visible()
    assert balancer.missing == []


def test_assets_of_other_builds_are_kept_as_those_of_the_own_one(
    builds: tuple[Nginx, Nginx],
) -> None:
    _, new = builds
    answer = ask(new, "/assets/main-old.js")
    assert answer.status == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "application/javascript"


def test_assets_that_no_task_has_shared_for_90_days_go(tmp_path: Path) -> None:
    own, shared = tmp_path / "own/assets", tmp_path / "shared/assets"
    for folder in (own, shared):
        folder.mkdir(parents=True)
    for name in ("old.js", "kept.js"):
        (shared / name).touch()
        os.utime(shared / name, (0, 0))
    (own / "kept.js").write_text("kept")
    share(own.parent, shared.parent)
    assert [path.name for path in shared.iterdir()] == ["kept.js"]
    assert (shared / "kept.js").read_text() == "kept"


def test_a_page_of_a_build_that_is_gone_and_not_shared_becomes_the_new_one(
    page: Page, balancer: Balancer, builds_apart: tuple[Nginx, Nginx]
) -> None:
    # First what the browser has not kept yet.
    old, new = builds_apart
    balancer.targets = [old]
    balancer.after_page = lambda: setattr(balancer, "targets", [new])
    page.goto(balancer.url)
    expect(page.get_by_role("heading", name="build new")).to_be_visible()
    assert balancer.missing == ["/assets/main-old.js"]

    balancer.targets, balancer.missing = [old], []
    balancer.after_page = lambda: None
    page.goto(f"{balancer.url}/jobs/one")
    expect(page.get_by_role("heading", name="build old")).to_be_visible()
    balancer.targets = [new]
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", name="build new")).to_be_visible()
    assert page.url == f"{balancer.url}/jobs/one"
    assert balancer.missing == ["/assets/more-old.js"]


def test_a_broken_volume_keeps_no_task_from_serving(tmp_path: Path) -> None:
    site = build(tmp_path / "site", "new")
    store = tmp_path / "store"
    store.mkdir()
    (store / "assets").write_text("no folder")
    done = share(site, store, "echo", "serving")
    assert done.stdout == "serving\n"
    assert json.loads(done.stderr.splitlines()[-1])["level"] == "error"
