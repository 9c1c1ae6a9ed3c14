"""The images' sizes, the time to rebuild one after a change, and to start each.

Needs a container engine, as `make up-local` does. Starts a separate stack and removes it.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from commands.local import __main__ as local
from commands.local import images
from commands.local.containers import Stack, StackError, find_stack
from settings.project import ROOT

MEGABYTE = 1_000_000
STARTS = 5
INTERVAL_SECONDS = 0.005
VARIABLES = {
    "COMPOSE_PROJECT_NAME": "plataforma-benchmark",
    "TAG": "benchmark",
    "GATEWAY_PORT": "18090",
    "APP_SUBNET": "10.89.44.0/24",
}


class Image(NamedTuple):
    base: str
    # A file of the sources, and a line that changes the build output.
    source: str
    line: str
    port: int
    path: str


NODE = "gcr.io/distroless/nodejs22-debian13:nonroot"
NGINX = "docker.io/nginxinc/nginx-unprivileged:1.30"
IMAGES = {
    "backend": Image(NODE, "api/src/main.ts", "console.debug(0);", 3000, "/readyz"),
    "worker": Image(NODE, "worker/src/main.ts", "console.debug(0);", 9464, "/readyz"),
    "frontend": Image(NGINX, "web/src/main.tsx", "console.debug(0);", 8080, "/healthz"),
}


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        _copy_sources(copy)
        variables = {**VARIABLES, "SECRETS_DIR": str(copy / "secrets")}
        try:
            stack = find_stack(copy, variables)
            _measure(stack)
        except StackError as error:
            print(f"bench-images: {error}", file=sys.stderr)
            return 1
    return 0


def _copy_sources(folder: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def _measure(stack: Stack) -> None:
    rebuilds = {service: _rebuild_seconds(stack, service) for service in IMAGES}
    starts = _start_seconds(stack)
    print(f"{'image':10}{'over its base':>15}{'rebuild':>10}{'start to ready':>16}{'engine':>10}")
    for service, image in IMAGES.items():
        added = (_size(stack, stack.image(service)) - _size(stack, image.base)) / MEGABYTE
        whole, process = starts[service]
        print(
            f"{service:10}{added:12.1f} MB{rebuilds[service]:8.1f} s"
            f"{whole:14.2f} s{whole - process:8.2f} s"
        )
    print(f"{'aim':10}{'25':>12} MB{'10':>8} s{'1':>14} s")


def _size(stack: Stack, image: str) -> int:
    return int(stack.read([stack.engine, "image", "inspect", "-f", "{{.Size}}", image]))


def _rebuild_seconds(stack: Stack, service: str) -> float:
    """With everything in the cache but the line that has changed."""
    images.build(stack, service)
    image = IMAGES[service]
    with (stack.root / image.source).open("a") as source:
        source.write(f"{image.line}\n")
    return _timed(lambda: images.build(stack, service))


def _start_seconds(stack: Stack) -> dict[str, tuple[float, float]]:
    """From the command to the first good answer, and from the start of the process."""
    try:
        local.up_to_gateway(stack, build=False)
        return {service: _starts(stack, service) for service in IMAGES}
    finally:
        stack.down(volumes=True)


def _starts(stack: Stack, service: str) -> tuple[float, float]:
    name = stack.names(service)[0]
    both = [_start(stack, name, IMAGES[service]) for _ in range(STARTS)]
    whole, process = zip(*both, strict=True)
    return statistics.median(whole), statistics.median(process)


def _start(stack: Stack, name: str, image: Image) -> tuple[float, float]:
    stack.run([stack.engine, "stop", name])
    whole = _timed(lambda: _until_ready(stack, name, image))
    ready = time.time()
    started = stack.read([stack.engine, "inspect", "-f", "{{json .State.StartedAt}}", name])
    return whole, ready - _seconds(json.loads(started))


def _until_ready(stack: Stack, name: str, image: Image) -> None:
    stack.run([stack.engine, "start", name])
    form = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"
    address = stack.read([stack.engine, "inspect", "-f", form, name]).split()[0]
    while not _is_ready(address, image):
        time.sleep(INTERVAL_SECONDS)


def _is_ready(address: str, image: Image) -> bool:
    connection = http.client.HTTPConnection(address, image.port, timeout=5)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", image.path)
        return connection.getresponse().status == 200
    return False


def _seconds(moment: str) -> float:
    date, _, rest = moment.partition(".")
    digits = rest[:6]
    return datetime.fromisoformat(f"{date}.{digits}{_zone(rest)}").timestamp()


def _zone(rest: str) -> str:
    return "+00:00" if rest.endswith("Z") else rest.lstrip("0123456789")


def _timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
