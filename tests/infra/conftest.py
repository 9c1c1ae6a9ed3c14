from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.infra.gateway import Gateway
from tests.support.nginx_server import Nginx, resolves_in_groups, running
from tests.support.upstreams import dns, upstream
from tests.support.waiting import until

MANY = {"RATE_PER_SECOND": "1000", "RATE_BURST": "1000", "CONNECTIONS": "100"}


@pytest.fixture(scope="module")
def frontend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    root = tmp_path_factory.mktemp("site")
    (root / "assets").mkdir()
    (root / "index.html").write_text("<!doctype html><title>Plataforma</title>")
    (root / "favicon.svg").write_text("<svg/>")
    (root / "assets" / "index-abc123.js").write_text("export const answer = 42;\n" * 100)
    (root / "br" / "assets").mkdir(parents=True)
    (root / "br" / "assets" / "index-abc123.js").write_text("compressed")
    folder = tmp_path_factory.mktemp("frontend")
    variables = {"SERVICE_NAME": "frontend"}
    with running("frontend.conf", folder, variables, {"/srv/web": str(root)}) as nginx:
        yield nginx


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Gateway]]:
    with ExitStack() as stack:

        def started(tls: str = str(Path("/none")), **variables: str) -> Gateway:
            backend, page = stack.enter_context(upstream()), stack.enter_context(upstream())
            known = {"backend.test": ["127.0.0.1"], "frontend.test": ["127.0.0.1"]}
            names = stack.enter_context(dns(known))
            settings = {
                "SERVICE_NAME": "gateway",
                "BACKEND": f"backend.test:{backend.port}",
                "FRONTEND": f"frontend.test:{page.port}",
                "RESOLVER": f"127.0.0.1:{names.port}",
                **MANY,
                **variables,
            }
            nginx = stack.enter_context(
                running("gateway.conf", tmp_path, settings, {"/etc/nginx/tls": tls})
            )
            if resolves_in_groups():
                until(lambda: names.answered >= set(known), "both groups have their addresses")
            return Gateway(nginx, names, backend, page)

        yield started


@pytest.fixture
def gateway(start: Callable[..., Gateway]) -> Gateway:
    return start()
