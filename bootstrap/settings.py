"""The config of the account, checked before any resource is registered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

import pulumi
from pulumi.runtime.config import CONFIG
from pydantic import Field, ValidationError

from bootstrap.access.documents import LONGEST, document, to_json
from bootstrap.access.listed import Resource, arn_pattern
from bootstrap.access.permissions_boundary import boundary_statements
from bootstrap.access.stacks import (
    EPHEMERAL,
    PROJECT,
    Stacks,
    stack_of_environment,
    stacks_of_pull_requests,
)
from settings.partition import partition_of
from settings.problems import Problem, SettingsError, own_values, problem_of
from settings.section import Section, ZoneId, problems_in
from settings.service.registries import EcrRegistry, ecr_registry

STACK = "account"
# Parts of the names that this project gives to its own resources: plataforma-deploy-staging.
RESERVED = ("account", "boundary", "deploy", "ephemeral", "images", "preview", "secrets", "state")
Domain = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$",
        description="Host name, e.g. app.example.com: records are made of it and below it.",
    ),
]


RESOURCES: Any = Field(
    default=(),
    description="What its tasks may use besides what bears its name: secrets as in the stack file "
    "(secretsmanager:name, ssm:/path), or ARNs, * as wildcard.",
)


class Environment(Section):
    """A permanent stack: its name (plataforma:environment), and the DNS of its records, if it has a
    domain."""

    name: str = Field(
        pattern=r"^[a-z][a-z0-9]{1,9}$",
        description="2 to 10 lower-case letters and digits, as plataforma:environment.",
    )
    domain: Domain | None = None
    zone: ZoneId | None = None
    hosts: tuple[Domain, ...] = Field(
        default=(),
        description="Hosts of services that are not below the domain, in its zone or in one of "
        "`zones`.",
    )
    zones: tuple[ZoneId, ...] = Field(
        default=(), description="Further hosted zones, as in plataforma:zones of the stack file."
    )
    resources: tuple[Resource, ...] = RESOURCES
    approval: bool = Field(
        default=True,
        description="Whether each deployment waits for reviewers; the first environment's never "
        "does. false where the plan of GitHub has no required reviewers.",
    )

    @property
    def domains(self) -> tuple[str, ...]:
        return (self.domain, *self.hosts) if self.domain else ()

    @property
    def all_zones(self) -> tuple[str, ...]:
        return (self.zone, *self.zones) if self.zone else ()

    def problems(self) -> Iterator[Problem]:
        yield from _domain_without_zone(self.domain, self.zone)
        if self.hosts and self.domain is None:
            yield Problem("hosts", "hosts need a domain and its zone: give both.")
        if self.zones and not self.hosts:
            yield Problem("zones", "a further zone is for hosts that are in it: give hosts.")


class Ephemeral(Section):
    """Stacks of pull requests: the DNS of their records, if they have a domain, and whose VPC they
    share."""

    domain: Domain | None = None
    zone: ZoneId | None = None
    network: str = Field(description="The environment whose VPC they share, e.g. staging.")
    resources: tuple[Resource, ...] = RESOURCES

    def problems(self) -> Iterator[Problem]:
        yield from _domain_without_zone(self.domain, self.zone)


def _domain_without_zone(domain: str | None, zone: str | None) -> Iterator[Problem]:
    if (domain is None) != (zone is None):
        yield Problem("", "domain and zone go together: give both, or neither.")


class Quotas(Section):
    """Quotas to ask AWS for, by what they count; none is asked for if its key is left out.

    The provider fails on a value below the account's (terraform-provider-aws,
    internal/service/servicequotas/service_quota.go): leave out what the account has more of.
    """

    fargate_on_demand_vcpus: int | None = Field(
        default=None, ge=7, description="vCPUs of Fargate tasks on demand, above 6 (a new account)."
    )
    fargate_spot_vcpus: int | None = Field(
        default=None, ge=7, description="vCPUs of Fargate Spot tasks, above 6 (a new account)."
    )
    elastic_ips: int | None = Field(
        default=None, ge=6, description="Elastic IP addresses, above 5 (a new account)."
    )

    def wanted(self) -> dict[str, int]:
        """The value of each quota to ask for, by its name in quotas.py."""
        values = {
            "fargate-on-demand-vcpus": self.fargate_on_demand_vcpus,
            "fargate-spot-vcpus": self.fargate_spot_vcpus,
            "elastic-ips": self.elastic_ips,
        }
        return {name: value for name, value in values.items() if value is not None}


class Settings(Section):
    """The config of the account."""

    account: str = Field(
        pattern=r"^\d{12}$", description="The one AWS account allowed: 12 digits in quotes."
    )
    region: str = Field(
        pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="AWS region, e.g. eu-west-1."
    )
    repository: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}"
        r"(/[A-Za-z0-9._-]{1,100}|@[1-9]\d*/[A-Za-z0-9._-]{1,100}@[1-9]\d*)$",
        description="GitHub repository as it stands in the `sub` of its tokens, with upper and "
        "lower case: owner@id/name@id, or owner/name where it is older than 15 July 2026.",
    )
    state_bucket: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$",
        description="Name of the state bucket: 3 to 63 lower-case letters, digits and hyphens.",
    )
    old_version_days: int = Field(
        default=90, ge=7, le=3650, description="Days that old states are kept, 7 to 3650."
    )
    environments: tuple[Environment, ...] = Field(
        description="A list of {name, domain, zone, hosts, zones, approval}, in the order of "
        "promotion; without a domain it has no records."
    )
    ephemeral: Ephemeral | None = Field(
        default=None,
        description="A map {domain, zone, network, resources} for stacks of pull requests; left "
        "out where they have an account of their own, or there are none.",
    )
    github_provider: Literal["make", "existing"] = Field(
        default="make",
        description="make, or existing where the account has GitHub's OIDC provider: it takes one.",
    )
    registry: str | None = Field(
        default=None,
        pattern=r"^\d{12}\.dkr\.ecr\.[a-z0-9.-]+(/[a-z0-9]+([._-][a-z0-9]+)*)+$",
        description="Where the stacks' images are in Amazon ECR: its address and a path, as in "
        "their images.registry; left out where they are in another registry.",
    )
    quotas: Quotas = Field(
        default=Quotas(), description="A map of quotas to ask AWS for in the region."
    )
    pull_request_previews: tuple[str, ...] = Field(
        default=(),
        description="Environments whose real preview runs on pull requests, e.g. [staging].",
    )

    @property
    def partition(self) -> str:
        """The AWS partition of the region, as ARNs name it."""
        return partition_of(self.region) or "aws"

    @property
    def stacks(self) -> dict[str, Stacks]:
        """The stack of each environment."""
        return {
            e.name: stack_of_environment(
                self.partition,
                self.region,
                self.account,
                e.name,
                e.domains,
                e.all_zones,
                self._listed(e.resources),
            )
            for e in self.environments
        }

    @property
    def pull_request_stacks(self) -> dict[str, Stacks]:
        """Those of pull requests by the name of their role, empty where there are none."""
        where = self.ephemeral
        if where is None:
            return {}
        stacks = stacks_of_pull_requests(
            self.partition,
            self.region,
            self.account,
            where.domain,
            where.zone,
            where.network,
            self._listed(where.resources),
        )
        return {EPHEMERAL: stacks}

    def _listed(self, resources: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(
            arn_pattern(one, self.partition, self.region, self.account) for one in resources
        )

    def promoted_before(self, environment: str) -> list[str]:
        """The environments before this one, whose state and image digests it reads."""
        names = [e.name for e in self.environments]
        return names[: names.index(environment)]


def load() -> Settings:
    """The settings of the current stack. Errors: SettingsError with all problems."""
    raw = {key: _decoded(text) for key, text in own_values(CONFIG.get()).items()}
    return parse(raw, pulumi.get_stack())


def parse(raw: Mapping[str, Any], stack: str = STACK) -> Settings:
    """Settings from values by key. Errors: SettingsError with all problems."""
    try:
        settings = Settings.model_validate_json(json.dumps(raw))
    except ValidationError as invalid:
        problems = [problem_of(error, Settings, ()) for error in invalid.errors()]
        raise SettingsError(stack, problems) from None
    if problems := list(_problems(settings)):
        raise SettingsError(stack, problems)
    return settings


def _decoded(text: str) -> Any:
    """A value as Pulumi passes it: JSON, except that the digits of an account stay text."""
    if re.fullmatch(r"\d{12}", text):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _problems(settings: Settings) -> Iterator[Problem]:
    yield from _listed_problems(settings)
    if settings.registry and (registry := ecr_registry(settings.registry)) != EcrRegistry(
        settings.account, settings.region
    ):
        found = f"{registry.account} in {registry.region}" if registry else settings.registry
        text = f"{found} is not this account's ECR: {settings.account} in {settings.region}."
        yield Problem("registry", text)
    yield from problems_in(settings.environments, "environments")
    if settings.ephemeral:
        yield from problems_in(settings.ephemeral, "ephemeral")
    names = [environment.name for environment in settings.environments]
    if not names:
        yield Problem("environments", "is empty: at least one {name, domain, zone}.")
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem("environments", f"{name} is listed twice.")
    for name in names:
        if name in RESERVED:
            yield Problem("environments", f"{name} is reserved: choose another name.")
        if re.match(r"pr[1-9]", name):
            yield Problem(
                "environments", f"{name} has the name of a pull request's stack: choose another."
            )
        if f"{settings.state_bucket}-".startswith(f"{PROJECT}-{name}-"):
            yield Problem(
                "stateBucket",
                f"has the prefix of the buckets of {name}, whose role could write it.",
            )
    if re.match(rf"{PROJECT}-pr[1-9]", settings.state_bucket):
        yield Problem("stateBucket", "has the prefix of the buckets of pull requests' stacks.")
    known = ", ".join(names)
    for name in settings.pull_request_previews:
        if name not in names:
            yield Problem("pullRequestPreviews", f"{name} is no environment. Known: {known}.")
    if settings.ephemeral and (network := settings.ephemeral.network) not in names:
        yield Problem("ephemeral.network", f"{network} is no environment. Known: {known}.")


def _listed_problems(settings: Settings) -> Iterator[Problem]:
    """What may not be listed, and lists that do not fit into a permissions boundary."""
    state = f"arn:{settings.partition}:s3:::{settings.state_bucket}"
    of = {f"environments.{name}": stacks for name, stacks in settings.stacks.items()}
    for path, stacks in {**of, **settings.pull_request_stacks}.items():
        for arn in stacks.listed:
            if fnmatchcase(state, arn) or fnmatchcase(f"{state}/x", arn):
                yield Problem(f"{path}.resources", f"{arn} matches the state bucket: narrow it.")
        length = len(to_json(document(boundary_statements(stacks))))
        if length > LONGEST:
            text = f"make the permissions boundary {length} characters long; IAM takes {LONGEST}."
            yield Problem(f"{path}.resources", f"{text} List fewer, or patterns of several.")
