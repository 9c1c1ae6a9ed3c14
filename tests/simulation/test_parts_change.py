"""A part that a running stack loses or gets, on the real engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from delivery.previews.risks import data_loss
from tests.support.projects import Project, project

SITE = {
    "image": "frontend",
    "user": "101",
    "port": 8080,
    "route": {"paths": ["/*"]},
    "scaling": {"min": 2, "max": 3},
}
STACK: dict[str, Any] = {
    "environment": "prod",
    "region": "eu-west-1",
    "account": "123456789012",
    "images": {"registry": "ghcr.io/acme/plataforma", "build": True},
    "alarms": {"emails": ["platform@example.com"]},
    "database": {"multiAz": True},
    "services": {"web": {**SITE, "database": True}},
}


@pytest.fixture(scope="module")
def live(pulumi_cli: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    stack = project(tmp_path_factory.mktemp("parts"), pulumi_cli)
    stack.write("prod", STACK)
    assert stack.up("prod") == 0, stack.said
    return stack


def test_production_keeps_a_database_whose_section_is_removed(live: Project):
    without = {key: value for key, value in STACK.items() if key != "database"}
    live.write("prod", {**without, "services": {"web": SITE}})
    deleted = [r for r in live.preview("prod").resources if r.operation == "delete"]
    assert "the database and every row in it" in {data_loss(resource) for resource in deleted}
    assert live.up("prod") != 0
    assert "Cannot delete protected DB Instance" in live.said[-1]
    assert any(urn.endswith(":Instance::database") for urn in live.urns_in_aws())
    live.write("prod", STACK)
    assert live.up("prod") == 0, live.said[-1]
    assert live.changes("prod") == set()


def test_a_domain_comes_to_a_stack_without_one_before_cloudfront_moves(live: Project):
    domain = {"domain": "web.example.com", "zone": "Z0123456789EXAMPLE"}
    live.write("prod", {**STACK, **domain, "edge": {"cdn": {"enabled": True}}})
    kept = ("LoadBalancer", "TargetGroup", "Distribution", "Service")
    assert {change for change in live.changes("prod") if change[0] in kept} == {
        ("Distribution", "edge-cdn", "update")
    }
    assert live.up("prod") == 0, live.said[-1]
    said = live.said[-1].splitlines()

    def line(*parts: str) -> int:
        return max(n for n, text in enumerate(said) if all(part in text for part in parts))

    made = line("lb:Listener", " edge ", "created")
    assert made < line("cloudfront:VpcOrigin", "replac") < line("lb:Listener", "edge-http", "delet")
