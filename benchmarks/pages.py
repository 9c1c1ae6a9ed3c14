"""How soon the pages are there, and whether they stay usable while much comes: `make bench-pages`.

Cold load and first paint are of someone who has never been there, on Lighthouse's slow 4G (1.6
Mbit/s, 150 ms) with a CPU four times slower than this machine's. Then 200 jobs arrive live, while
the browser lists the tasks of the page's thread over 50 ms, as the Long Tasks API defines them.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, CDPSession, Page

from commands.render.pictures.browser import chromium

SLOW_4G = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
CPU_RATE = 4
ROWS = 200
LIMITS = {
    "sign-in cold, kB": 90.0,
    "jobs cold, kB": 90.0,
    "first paint, ms": 1_500.0,
    "longest task, ms": 50.0,
}
WATCH = """
window.longest = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
}).observe({ type: 'longtask' });
"""
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
SUCCEEDED = ".jobs .status.succeeded"
PATIENCE_MS = 120_000
# Of the category "toplevel" in Chromium's traces.
TASK = "ThreadControllerImpl::RunTask"
SETTLED_MS = 1_000


@dataclass(frozen=True)
class Account:
    address: str
    email: str
    password: str

    def create(self) -> str:
        """Its access token."""
        names = {"email": self.email, "password": self.password, "tenantName": "Benchmark"}
        return self.post("/api/v1/accounts", names)["accessToken"]

    def post(self, path: str, body: object, headers: dict[str, str] | None = None) -> Any:
        connection = http.client.HTTPConnection(self.address, timeout=60)
        sent = {"Content-Type": "application/json", **(headers or {})}
        try:
            connection.request("POST", path, json.dumps(body), sent)
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status >= 300:
            raise RuntimeError(f"{path}: {response.status} {answer}")
        return answer


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make bench-pages", description=__doc__)
    parser.add_argument("--url", required=True, help="of the application, as make up-local says")
    url = parser.parse_args(arguments).url
    with chromium() as browser:
        account = Account(urlsplit(url).netloc, f"{uuid.uuid4()}@example.com", uuid.uuid4().hex)
        token = account.create()
        sign_in_size, paint, form = cold_sign_in(browser, url)
        elapsed, computed = longest_task(browser, url, account, token)
        measured = {
            "sign-in cold, kB": sign_in_size / 1_000,
            "jobs cold, kB": cold_jobs(browser, url, account) / 1_000,
            "first paint, ms": paint,
            "form, ms": form,
            "longest task, ms": elapsed,
            "of it on CPU, ms": computed,
        }
    for name, value in measured.items():
        limit = f"at most {LIMITS[name]:.0f}" if name in LIMITS else ""
        print(f"{name:18}{value:9.1f}   {limit}".rstrip())
    return int(any(measured[name] > limit for name, limit in LIMITS.items()))


def cold_sign_in(browser: Browser, url: str) -> tuple[float, float, float]:
    """Bytes, the time of the first content, and of the form: people can begin there."""
    with browser.new_context(base_url=url, locale="en-GB") as context:
        page = context.new_page()
        devtools, sizes = counted(page)
        devtools.send("Network.emulateNetworkConditions", SLOW_4G)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": CPU_RATE})
        page.goto("/", wait_until="commit")
        page.get_by_role("button", name="Sign in").wait_for()
        form = page.evaluate("performance.now()")
        page.wait_for_load_state("networkidle")
        return sum(sizes), page.evaluate(FIRST_PAINT), form


def cold_jobs(browser: Browser, url: str, account: Account) -> float:
    """Bytes of the jobs page, for someone who is signed in, with nothing in the browser's cache."""
    with browser.new_context(base_url=url, locale="en-GB") as context:
        page = context.new_page()
        sign_in(page, account)
        devtools, sizes = counted(page)
        devtools.send("Network.clearBrowserCache")
        sizes.clear()
        page.goto("/jobs")
        page.locator(SUCCEEDED).first.wait_for()
        page.wait_for_timeout(SETTLED_MS)
        return sum(sizes)


def counted(page: Page) -> tuple[CDPSession, list[float]]:
    """The bytes of each response, as they come over the network, with headers."""
    devtools = page.context.new_cdp_session(page)
    sizes: list[float] = []

    def note(done: dict[str, float]) -> None:
        sizes.append(done["encodedDataLength"])

    devtools.on("Network.loadingFinished", note)
    devtools.send("Network.enable")
    return devtools, sizes


def longest_task(browser: Browser, url: str, account: Account, token: str) -> tuple[float, float]:
    """While ROWS jobs come, start and end in a list that shows as many: how long it took, 0 if
    none is over 50 ms, and how long the longest computed: on a busy machine a task waits, too."""
    with browser.new_context(base_url=url, locale="en-GB") as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        sign_in(page, account)
        page.evaluate(WATCH)
        devtools = context.new_cdp_session(page)
        events: list[Any] = []
        finished: list[Any] = []

        def collect(data: dict[str, Any]) -> None:
            events.extend(data["value"])

        def finish(done: Any) -> None:
            finished.append(done)

        devtools.on("Tracing.dataCollected", collect)
        devtools.on("Tracing.tracingComplete", finish)
        devtools.send("Tracing.start", {"traceConfig": {"includedCategories": ["toplevel"]}})
        for _ in range(ROWS):
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())}
            job = {"kind": "number.primes", "payload": {"limit": 2}}
            account.post("/api/v1/jobs", job, headers)
        page.locator(SUCCEEDED).nth(ROWS - 1).wait_for()
        devtools.send("Tracing.end")
        while not finished:
            page.wait_for_timeout(100)
        return page.evaluate("window.longest"), computing(events)


def computing(events: Sequence[Any]) -> float:
    """Milliseconds of the CPU that the longest task of a page's thread took."""
    pages = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    tasks = [event for event in events if event["name"] == TASK and "tdur" in event]
    return max(task["tdur"] for task in tasks if (task["pid"], task["tid"]) in pages) / 1_000


def sign_in(page: Page, account: Account) -> None:
    page.goto(f"/jobs?shown={ROWS}")
    page.get_by_label("E-mail").fill(account.email)
    page.get_by_label("Password", exact=True).fill(account.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Jobs", exact=True).wait_for()
    # The welcome job: from here on events arrive.
    page.locator(SUCCEEDED).first.wait_for()


if __name__ == "__main__":
    sys.exit(main())
