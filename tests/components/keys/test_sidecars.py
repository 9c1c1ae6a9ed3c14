"""Sidecars of a service, from its settings to its task."""

from __future__ import annotations

from typing import Any

from policies import check
from tests.support.configs import DIGEST, config
from tests.support.plans import containers, plan_of, statements, task_definition

PROXY = f"public.ecr.aws/acme/proxy@{DIGEST}"
OWN = f"ghcr.io/acme/proxy@{DIGEST}"
ECR = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/proxy@{DIGEST}"


def with_sidecar(**sidecar: Any) -> dict[str, Any]:
    return config(
        services__backend__sidecars={"proxy": {"image": PROXY, **sidecar}},
        services__backend__dependsOn={"proxy": "start"},
    )


def test_a_sidecar_is_a_container_of_the_task_that_the_service_waits_for():
    plan = plan_of(
        with_sidecar(
            command=["--upstream", "localhost:3000"],
            environment={"LEVEL": "info"},
            secrets=["API_KEY"],
            healthCommand=["CMD", "ok"],
        )
    )
    found = containers(plan, "backend")
    assert found["backend"]["dependsOn"] == [{"condition": "START", "containerName": "proxy"}]
    proxy = found["proxy"]
    assert (proxy["image"], proxy["essential"], proxy["user"]) == (PROXY, True, "1000")
    assert proxy["environment"] == [{"name": "LEVEL", "value": "info"}]
    assert [secret["name"] for secret in proxy["secrets"]] == ["API_KEY"]
    assert proxy["healthCheck"]["command"] == ["CMD", "ok"]
    assert proxy["readonlyRootFilesystem"] is True
    assert [str(v) for v in check.violations(plan.resources, "staging")] == []


def test_an_init_container_may_end_before_the_service_starts():
    plan = plan_of(
        config(
            services__backend__sidecars={"warm-up": {"image": PROXY, "essential": False}},
            services__backend__dependsOn={"warm-up": "success"},
        )
    )
    assert containers(plan, "backend")["warm-up"]["essential"] is False


def test_only_images_of_the_stacks_registry_are_pulled_with_its_credentials():
    pull = {
        "images": {
            "registry": "ghcr.io/acme/plataforma",
            "build": True,
            "pullSecret": "PULL",
        },
        "secrets__PULL": "secretsmanager:ops/pull",
    }
    for image, has_credentials in ((PROXY, False), (OWN, True)):
        plan = plan_of(config(**pull, services__backend__sidecars={"proxy": {"image": image}}))
        proxy = containers(plan, "backend")["proxy"]
        assert ("repositoryCredentials" in proxy) == has_credentials


def test_an_image_in_ecr_is_pulled_by_the_execution_role():
    plan = plan_of(config(services__backend__sidecars={"proxy": {"image": ECR}}))
    allowed = {a: s for s in statements(plan, "backend-execution") for a in s["Action"]}
    (repository,) = allowed["ecr:BatchGetImage"]["Resource"]
    assert repository.endswith("repository/team/proxy")


def test_one_off_tasks_have_no_sidecar():
    plan = plan_of(with_sidecar())
    migrations = task_definition(plan, "migrations")["containerDefinitions"]
    assert [container["name"] for container in migrations] == ["migrations"]
