"""The first images that `make init` writes: they build, and answer as Fargate runs them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from commands.init.answers import Answers
from commands.init.starters import starters
from commands.local.containers import find_stack
from settings.project import ROOT
from tests.containers.test_monitoring_images import running
from tests.support.waiting import until

SERVICES = {"site": ("web", 8080), "prices": ("api", 3000), "stock": ("internal", 8080)}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_s_first_image_answers_its_health_path(name: str, tmp_path: Path) -> None:
    stack = find_stack(ROOT, {"COMPOSE_PROJECT_NAME": "starters", "TAG": "test"})
    kind, port = SERVICES[name]
    given = Answers(services=(f"{name}:{kind}",), stores=(), samples="leave-out")
    for path, text in starters(given).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    options = [f"--env=PORT={port}", f"--publish=127.0.0.1::{port}"]
    with running(replace(stack, root=tmp_path), name, options, []) as container:
        where = stack.read([stack.engine, "port", container, str(port)]).split()[0]
        until(lambda: _answers(f"http://{where}/healthz"), f"{name} answers")


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
