"""Programs that tests run where they are installed: `@pytest.mark.needs("nginx")`.

A test whose program is missing is skipped. REQUIRE_PROGRAMS forbids that, and the test fails:
`all`, or `all but pulumi loki` where these two may be missing. The tests of api/ and worker/ read
it alike, for the programs of their tests/support/programs.ts.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

REQUIRED = "REQUIRE_PROGRAMS"


def _on_path(*names: str, first: str = "", folders: str = "") -> Callable[[], str | None]:
    def find() -> str | None:
        path = os.pathsep.join(filter(None, (first, os.environ.get("PATH", ""), folders)))
        return next(filter(None, (shutil.which(name, path=path) for name in names)), None)

    return find


def _postgresql() -> str | None:
    """Debian's newest server, which is not on PATH."""
    debian = max(Path("/usr/lib/postgresql").glob("*/bin/postgres"), default=None)
    return str(debian) if debian else shutil.which("postgres")


def _node_22() -> str | None:
    node = shutil.which("node")
    if node is None:
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    return node if int(version.stdout.removeprefix("v").split(".")[0]) >= 22 else None


PROGRAMS: Mapping[str, Callable[[], str | None]] = {
    "alertmanager": _on_path("prometheus-alertmanager", "alertmanager"),
    "amtool": _on_path("amtool"),
    "amtool3": _on_path("amtool3"),
    "buildkitd": _on_path("buildkitd"),
    "chromium": _on_path("chromium", "google-chrome"),
    "cosign": _on_path("cosign"),
    "docker-registry": _on_path("docker-registry"),
    "jq": _on_path("jq"),
    "logcli": _on_path("logcli"),
    "fluent-bit": _on_path("fluent-bit"),
    "loki": _on_path("loki"),
    "nginx": _on_path("nginx", folders="/usr/sbin"),
    "node22": _node_22,
    "openssl": _on_path("openssl"),
    "postgresql": _postgresql,
    "promtool": _on_path("promtool"),
    "promtool3": _on_path("promtool3"),
    "pulumi": _on_path("pulumi"),
    "redis": _on_path("redis-server"),
    # Debian's own name on PATH changes to another user.
    "rabbitmq": _on_path("rabbitmq-server", first="/usr/lib/rabbitmq/bin"),
    "pulumi-resource-awsx": _on_path("pulumi-resource-awsx"),
    "pulumi-resource-docker": _on_path("pulumi-resource-docker"),
}


# The program of each fixture that starts or returns one.
FIXTURES = {"loki": "loki", "postgres": "postgresql", "pulumi_cli": "pulumi"}


def program(name: str) -> str:
    """The path of a program; the mark `needs` skips the test where there is none."""
    found = PROGRAMS[name]()
    assert found, f"{name} is missing: mark the test with @pytest.mark.needs({name!r})"
    return found


def needed(item: pytest.Item) -> list[str]:
    """The programs that an item's marks and fixtures need."""
    fixtures: list[str] = getattr(item, "fixturenames", [])
    marked = [name for mark in item.iter_markers("needs") for name in mark.args]
    return marked + [FIXTURES[name] for name in fixtures if name in FIXTURES]


def require_programs(item: pytest.Item) -> None:
    """Skips the item where a program that it needs is missing; fails it where that is required."""
    missing = [name for name in needed(item) if PROGRAMS[name]() is None]
    if not missing:
        return
    reason = f"not installed: {', '.join(missing)}"
    required = os.environ.get(REQUIRED, "")
    if required and set(missing) - optional(required):
        pytest.fail(f"{REQUIRED}={required}, and {reason}", pytrace=False)
    pytest.skip(reason)


def optional(required: str) -> set[str]:
    """The programs that may be missing: of `all` none, of `all but x y` x and y.

    Errors: ValueError for another form or an unknown program.
    """
    match required.split():
        case ["all"]:
            return set()
        case ["all", "but", *names] if names and set(names) <= set(PROGRAMS):
            return set(names)
        case _:
            known = " ".join(PROGRAMS)
            raise ValueError(f"{REQUIRED}={required}: write all, or all but some of: {known}")
