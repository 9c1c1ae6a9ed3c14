"""A stack file beside others: what is refused, and what is only warned of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from settings.problems import SettingsError
from simulation import process
from simulation.plan import Plan
from tests.support.configs import ABSENT, changed, with_ciphertext
from tests.support.stacks import make_project

PROD = {"environment": "prod", "alarms.emails": ["ops@example.com"], "network.cidr": "10.1.0.0/16"}
PROMOTED = {**PROD, "images.build": ABSENT, "images.promote": "staging"}


def preview(folder: Path, stack: str, **stacks: dict[str, Any]) -> Plan:
    make_project(folder)
    for name, changes in stacks.items():
        config = with_ciphertext(changed({"network": {}, **changes}))
        named = {f"plataforma:{key}": value for key, value in config.items()}
        (folder / f"Pulumi.{name}.yaml").write_text(yaml.safe_dump({"config": named}))
    return process.preview(stack, folder)


def refused(folder: Path, stack: str, **stacks: dict[str, Any]) -> list[str]:
    with pytest.raises(SettingsError) as error:
        preview(folder, stack, **stacks)
    return [str(problem).removeprefix("plataforma:") for problem in error.value.problems]


def test_the_promoted_stack_has_a_file(tmp_path: Path):
    prod = {**PROMOTED, "images.promote": "stagin"}
    assert refused(tmp_path, "prod", staging={}, prod=prod) == [
        "images.promote: there is no Pulumi.stagin.yaml. Did you mean staging?"
    ]


def test_the_promoted_stack_has_the_images(tmp_path: Path):
    prod = {**PROMOTED, "services.worker.image": "wrker"}
    assert refused(tmp_path, "prod", staging={}, prod=prod) == [
        "services.worker.image: staging, whose images are promoted, has no wrker. "
        "Did you mean worker? Add it there first."
    ]


def test_a_range_of_another_stack_is_warned_of(tmp_path: Path):
    prod = {**PROMOTED, "network.cidr": "10.0.128.0/20"}
    assert preview(tmp_path, "prod", staging={}, prod=prod).warnings == (
        "plataforma:network.cidr: 10.0.128.0/20 overlaps 10.0.0.0/16 of Pulumi.staging.yaml: the "
        "two VPCs could never be connected, and another range later replaces the VPC. Give each "
        "stack its own.",
    )


def test_an_instance_type_that_is_newer_than_the_lists_is_warned_of(tmp_path: Path):
    newer = {"database.instanceClass": "db.t9.micro"}
    assert preview(tmp_path, "staging", staging=newer, prod=PROMOTED).warnings == (
        "plataforma:database.instanceClass: db.t9.micro is newer than the families known here: "
        "nothing has checked that AWS has it.",
    )


def test_a_domain_without_a_route_is_warned_of(tmp_path: Path):
    worker = {"services.backend.route": ABSENT, "services.backend.port": ABSENT}
    plan = preview(tmp_path, "staging", staging={**worker, "edge": {}}, prod=PROMOTED)
    assert plan.warnings == tuple(
        f"plataforma:{key}: does nothing: no service has a route, so there is no load balancer and "
        "no address. Give a service a route, or remove this key."
        for key in ("domain", "edge")
    )


@pytest.mark.parametrize(
    ("worker", "warnings"),
    [
        ({"services.worker.consumes": ["events"]}, ()),
        (
            {"services.worker": ABSENT},
            (
                "plataforma:broker.queues.events: no service consumes it: the messages of backend "
                "stay there.",
            ),
        ),
    ],
)
def test_a_queue_that_is_filled_and_not_emptied_is_warned_of(
    tmp_path: Path, worker: dict[str, Any], warnings: tuple[str, ...]
):
    staging = {"services.backend.publishes": ["events"], **worker}
    assert preview(tmp_path, "staging", staging=staging, prod=PROMOTED).warnings == warnings
