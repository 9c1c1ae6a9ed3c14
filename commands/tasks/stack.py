"""What of a stack's plan is run: its services with their task definitions, and what they reach."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from commands.render.taskdefs import TOKEN, request
from commands.tasks import firelens
from settings.naming import job_resource
from simulation.plan import Plan, PlannedResource

SERVICE = "aws:ecs/service:Service"
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
STATE_MACHINE = "aws:sfn/stateMachine:StateMachine"


@dataclass(frozen=True)
class Definition:
    """A task definition: `arn` with its revision, `request` that of RegisterTaskDefinition."""

    arn: str
    request: Mapping[str, Any]

    @property
    def family(self) -> str:
        return self.request["family"]

    @property
    def containers(self) -> list[dict[str, Any]]:
        return self.request["containerDefinitions"]


@dataclass(frozen=True)
class Service:
    """An ECS service. `names`: its names in Cloud Map. `targets`: the container port by the target
    group that its tasks are registered in."""

    name: str
    definition: Definition
    desired: int
    names: tuple[str, ...]
    targets: Mapping[str, int]


@dataclass(frozen=True)
class Stack:
    """A plan with ids and outputs (simulation.process.create_config). `log_router`: whether the
    FireLens containers run; without them the engine keeps the lines."""

    plan: Plan
    region: str
    log_router: bool

    def one(self, token: str) -> PlannedResource | None:
        return next(self.plan.of_type(token), None)

    @cached_property
    def cluster(self) -> str:
        """The cluster's ARN."""
        return next(self.plan.of_type("aws:ecs/cluster:Cluster")).outputs["arn"]

    @cached_property
    def definitions(self) -> list[Definition]:
        return [
            Definition(resource.outputs["arn"], self._request(resource))
            for resource in self.plan.of_type(TOKEN)
        ]

    def _request(self, definition: PlannedResource) -> Mapping[str, Any]:
        rendered = request(definition.inputs)
        return rendered if self.log_router else firelens.without_router(rendered)

    @cached_property
    def services(self) -> list[Service]:
        definitions = {definition.arn: definition for definition in self.definitions}
        return [
            Service(
                name=resource.inputs["name"],
                definition=definitions[resource.inputs["taskDefinition"]],
                desired=int(resource.inputs.get("desiredCount", 1)),
                names=tuple(self._names(resource)),
                targets={
                    target["targetGroupArn"]: int(target["containerPort"])
                    for target in resource.inputs.get("loadBalancers", ())
                },
            )
            for resource in sorted(self.plan.of_type(SERVICE), key=lambda resource: resource.name)
        ]

    @cached_property
    def one_off(self) -> list[Definition]:
        """Task definitions of no service and no job: the pipeline runs them before a rollout."""
        used = {service.definition.arn for service in self.services}
        machines = [machine.inputs["definition"] for machine in self.jobs.values()]
        return [
            definition
            for definition in self.definitions
            if definition.arn not in used
            and not any(f'"{definition.arn}"' in machine for machine in machines)
        ]

    @cached_property
    def jobs(self) -> dict[str, PlannedResource]:
        """The state machine of each."""
        machines = {machine.name: machine for machine in self.plan.of_type(STATE_MACHINE)}
        prefix = job_resource("")
        return {
            name.removeprefix(prefix): machine
            for name, machine in machines.items()
            if name.startswith(prefix)
        }

    @cached_property
    def web_hosts(self) -> list[str]:
        """The names that lead people to the load balancer, through the CDN or not; without a
        domain CloudFront's own."""
        records = self.plan.of_type("aws:route53/record:Record")
        names = {record.inputs["name"] for record in records if "aliases" in record.inputs}
        distributions = self.plan.of_type("aws:cloudfront/distribution:Distribution")
        return sorted(names or {one.outputs["domainName"] for one in distributions})

    def parameters(self) -> Iterator[tuple[str, str]]:
        """The value of each secret that the program makes, by ARN."""
        for resource in self.plan.of_type("aws:ssm/parameter:Parameter"):
            yield resource.outputs["arn"], resource.inputs["value"]

    def _names(self, service: PlannedResource) -> Iterator[str]:
        registry = (service.inputs.get("serviceRegistries") or {}).get("registryArn")
        for entry in self.plan.of_type("aws:servicediscovery/service:Service"):
            if entry.outputs["arn"] == registry:
                namespace = self._namespaces[entry.inputs["dnsConfig"]["namespaceId"]]
                yield f"{entry.inputs['name']}.{namespace}"

    @cached_property
    def _namespaces(self) -> dict[str, str]:
        token = "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace"  # noqa: S105
        return {item.outputs["id"]: item.inputs["name"] for item in self.plan.of_type(token)}


def load(plan: Plan, *, log_router: bool = True) -> Stack:
    arn = next(plan.of_type("aws:ecs/cluster:Cluster")).outputs["arn"]
    return Stack(plan, arn.split(":")[3], log_router)


def image_name(image: str) -> str:
    """backend of ghcr.io/owner/name/backend@sha256:..."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


def as_json(value: object) -> str:
    return json.dumps(value, indent=1, sort_keys=True)
