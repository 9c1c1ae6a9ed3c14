from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.nginx_server import Nginx, running


@pytest.fixture(scope="module")
def frontend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    root = tmp_path_factory.mktemp("site")
    (root / "assets").mkdir()
    (root / "index.html").write_text("<!doctype html><title>Plataforma</title>")
    (root / "favicon.svg").write_text("<svg/>")
    (root / "assets" / "index-abc123.js").write_text("export const answer = 42;\n" * 100)
    folder = tmp_path_factory.mktemp("frontend")
    variables = {"SERVICE_NAME": "frontend"}
    with running("frontend.conf", folder, variables, {"/srv/web": str(root)}) as nginx:
        yield nginx
