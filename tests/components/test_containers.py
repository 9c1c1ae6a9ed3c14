"""The containers of a service's task, made from its settings and its links."""

from __future__ import annotations

import pulumi

from components.monitoring.log_router import STOP_TIMEOUT_SECONDS, log_router
from components.service.task.containers import (
    ContainerArgs,
    one_off_container,
    service_containers,
)
from components.shared.link import Link, Sidecar
from settings.service.service import ServiceSettings


def container_args(link: Link) -> ContainerArgs:
    return ContainerArgs(
        service="backend",
        settings=ServiceSettings(image="backend", port=3000, stop_timeout_seconds=60),
        image=pulumi.Output.from_input("ghcr.io/acme/backend@sha256:0"),
        environment_name="staging",
        region="eu-west-1",
        proxies=1,
        log_group="/plataforma/staging/backend",
        credentials_arn=None,
        sidecar_credentials_arns={sidecar.name: None for sidecar in link.sidecars},
        link=link,
    )


def test_a_link_adds_variables_and_containers():
    sidecar = Sidecar("proxy", "proxy@sha256:1", "1000", environment={"MODE": "tcp"})
    link = Link("store", environment={"STORE_HOST": "store.internal"}, sidecars=[sidecar])
    own, proxy = service_containers(container_args(link))
    assert own.environment["STORE_HOST"] == "store.internal"
    assert own.environment["PORT"] == "3000"
    assert proxy.environment == {"MODE": "tcp"}
    assert proxy.stop_timeout_seconds == own.stop_timeout_seconds == 60
    assert own.log_router is None


def test_a_log_router_gets_the_log_of_its_service_and_the_log_group_to_write_to():
    link = log_router("fluent-bit@sha256:1", "plataforma-staging.internal")
    own, router = service_containers(container_args(link))
    assert own.log_router == router.name
    assert router.firelens_config
    assert router.stop_timeout_seconds == STOP_TIMEOUT_SECONDS
    assert router.environment == {
        "AWS_REGION": "eu-west-1",
        "ENVIRONMENT": "staging",
        "LOG_GROUP": "/plataforma/staging/backend",
        "LOKI_HOST": "loki.plataforma-staging.internal",
        "SERVICE_NAME": "backend",
    }


def test_a_one_off_task_has_the_variables_of_its_service_and_no_port_and_no_log_router():
    link = log_router("fluent-bit@sha256:1", "plataforma-staging.internal")
    container = one_off_container("migrations", ["node", "migrate.js"], container_args(link))
    assert container.environment["SERVICE_NAME"] == "backend"
    assert container.command == ["node", "migrate.js"]
    assert container.port is None
    assert container.log_router is None
