"""Checks whose broken values are too long, or too many, for broken_configs.yaml."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from settings import naming
from settings.load import parse
from settings.problems import SettingsError
from tests.limits.plans import plans
from tests.support.configs import config

ARN = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b"
WILDCARD = {"paths": ["/api/*"], "hosts": ["api-*.staging.example.com"]}


def problem_of(raw: dict[str, Any]) -> str:
    with pytest.raises(SettingsError) as refused:
        parse(raw)
    (problem,) = refused.value.problems
    return str(problem)


def test_a_secret_that_does_not_fit_its_store_is_refused_without_being_shown():
    long = "s3cr3t" * 700
    message = problem_of(config(secrets__TOKEN={"value": long}))
    assert message == (
        "plataforma:secrets.TOKEN: has 4200 bytes; store ssm takes 4096. "
        "Set store: secretsmanager, which takes more."
    )
    assert "s3cr3t" not in message
    parse(config(secrets__TOKEN={"value": long, "store": "secretsmanager"}))


def test_more_hosts_than_a_certificate_takes_need_a_certificate_of_ones_own():
    hosts = {
        f"site-{n}": {
            "image": "site",
            "port": 8080,
            "route": {"hosts": [f"{n}-{m}.example.com" for m in range(5)]},
        }
        for n in range(2)
    }
    raw = config()
    raw["services"] |= hosts
    assert "11 host names; a certificate takes 10 by default" in problem_of(raw)
    parse(raw | {"edge": {"certificate": ARN}})


def test_a_wildcard_within_a_label_is_taken_with_a_certificate_of_ones_own_and_no_cloudfront():
    parse(config(services__backend__route=WILDCARD, edge={"certificate": ARN}))
    behind_cdn = {"certificate": ARN, "cdn": {"enabled": True}}
    message = problem_of(config(services__backend__route=WILDCARD, edge=behind_cdn))
    assert "edge.cdn names each host" in message


def test_the_parts_of_a_service_that_could_meet_another_service_are_known():
    """Two resources of one type clash where one service's name is the other's and an ending:
    `backend-test` is a rule of backend, and the rule of a service backend-test."""
    endings: defaultdict[str, set[str]] = defaultdict(set)
    for plan in plans():
        for resource in plan.resources:
            if resource.name == "backend" or resource.name.startswith("backend-"):
                endings[resource.type].add(resource.name.removeprefix("backend"))
    clashes = {
        one.removesuffix(other).removeprefix("-")
        for names in endings.values()
        for one in names
        for other in names
        if one != other and one.endswith(other)
    }
    parts = naming.parts("backend", "blue-green", restricted=True)
    known = {name.removeprefix("backend-") for name, _ in parts}
    assert clashes == known


def test_monitoring_is_turned_off_by_one_key():
    """What is left beside it waits for another mode, whatever that would say of it."""
    elsewhere = {"sns": "arn:aws:sns:us-east-1:210987654321:pages"}
    alerting = {
        "receivers": {"team": elsewhere, "unused": {}},
        "routes": [{"owner": "nobody", "receiver": "team"}],
        "default": "team",
        "runbooksUrl": "https://example.com/",
        "grafanaUrl": "https://example.com",
    }
    parse(config(monitoring={"mode": "off", "alerting": alerting}))
    with pytest.raises(SettingsError):
        parse(config(monitoring={"mode": "managed", "alerting": alerting}))
