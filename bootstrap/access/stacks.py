"""What belongs to a stack, as IAM sees it: names, tags, ARNs."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

PROJECT = "plataforma"
EPHEMERAL = "ephemeral"
IMAGES = "images"
"""The role that pushes images to ECR."""
# `pr*` would match prod, so the first digit of a pull request's number is written out.
EPHEMERAL_PATTERNS = tuple(f"pr{digit}*" for digit in range(1, 10))


@dataclass(frozen=True)
class Stacks:
    """The stack, or all stacks of pull requests, that a role is for.

    `environments`: the values of the tag Environment, with IAM's wildcards. `names`: the patterns
    of physical names (plataforma-staging and plataforma-staging-*). `domains`: the host names of
    which, and below which, they have DNS records in the hosted zones `zones`; none without a
    domain. `vpc_of`: the environment whose VPC they use, empty where they have their own.
    `listed`: patterns of the ARNs that their tasks may use besides what bears their names.
    """

    partition: str
    region: str
    account: str
    environments: tuple[str, ...]
    names: tuple[str, ...]
    domains: tuple[str, ...]
    zones: tuple[str, ...]
    vpc_of: str = ""
    listed: tuple[str, ...] = ()

    def arns(self, templates: Sequence[str]) -> list[str]:
        """ARNs of templates like `ecs:{region}:{account}:cluster/{n}`: one for each name where {n}
        stands, one for each environment where {e} stands, one for each zone where {zone} stands."""
        return list(itertools.chain.from_iterable(map(self._arns, templates)))

    @property
    def boundary(self) -> str:
        """The name of the IAM policy that is the permissions boundary of their roles."""
        return boundary_of(EPHEMERAL if self.has_wildcard else self.environments[0])

    @property
    def has_wildcard(self) -> bool:
        return any("*" in environment for environment in self.environments)

    def _arns(self, template: str) -> list[str]:
        field = re.search(r"\{(n|e|zone)\}", template)
        named = {"n": self.names, "e": self.environments, "zone": self.zones}
        values = named[field[1]] if field else ("",)
        return [self._arn(template, value) for value in values]

    def _arn(self, template: str, value: str) -> str:
        if template == "*":
            return template
        resource = template.format(
            region=self.region, account=self.account, zone=value, n=value, e=value
        )
        return f"arn:{self.partition}:{resource}"


def boundary_of(environment: str) -> str:
    """The name of an environment's permissions boundary; of pull requests' stacks, EPHEMERAL's."""
    return f"{PROJECT}-boundary-{environment}"


def stack_of_environment(
    partition: str,
    region: str,
    account: str,
    environment: str,
    domains: tuple[str, ...],
    zones: tuple[str, ...],
    listed: tuple[str, ...],
) -> Stacks:
    """The one stack of an environment."""
    name = f"{PROJECT}-{environment}"
    names = (name, f"{name}-*")
    return Stacks(partition, region, account, (environment,), names, domains, zones, listed=listed)


def stacks_of_pull_requests(
    partition: str,
    region: str,
    account: str,
    domain: str | None,
    zone: str | None,
    vpc_of: str,
    listed: tuple[str, ...],
) -> Stacks:
    """All stacks pr<number>."""
    names = tuple(f"{PROJECT}-{pattern}" for pattern in EPHEMERAL_PATTERNS)
    domains, zones = ((domain,) if domain else ()), ((zone,) if zone else ())
    return Stacks(
        partition, region, account, EPHEMERAL_PATTERNS, names, domains, zones, vpc_of, listed
    )
