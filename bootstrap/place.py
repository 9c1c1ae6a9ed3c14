"""What belongs to a stack, in the words of IAM: names, tags, ARNs."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

PROJECT = "plataforma"
EPHEMERAL = "ephemeral"
# `pr*` would take in prod, so the first digit of a pull request's number is spelt out.
EPHEMERAL_PATTERNS = tuple(f"pr{digit}*" for digit in range(1, 10))


@dataclass(frozen=True)
class Place:
    """One stack, or all those of pull requests.

    `environments` are the values of the tag Environment, with IAM's wildcards; `names` the physical
    names that carry them (plataforma-staging and what goes on from it with a hyphen).
    `shares` is the environment in whose VPC they stand, where that is not their own.
    """

    partition: str
    region: str
    account: str
    environments: tuple[str, ...]
    names: tuple[str, ...]
    domain: str
    zone: str
    shares: str | None = None

    def arns(self, templates: Sequence[str]) -> list[str]:
        """ARNs of templates like `ecs:{region}:{account}:cluster/{n}`: {n} becomes each name, {e}
        each environment."""
        return list(itertools.chain.from_iterable(map(self._filled, templates)))

    @property
    def exact(self) -> bool:
        return not any("*" in environment for environment in self.environments)

    def _filled(self, template: str) -> list[str]:
        field = re.search(r"\{([ne])\}", template)
        values = {"n": self.names, "e": self.environments}[field[1]] if field else ("",)
        return [self._arn(template, value) for value in values]

    def _arn(self, template: str, value: str) -> str:
        if template == "*":
            return template
        filled = template.format(
            region=self.region, account=self.account, zone=self.zone, n=value, e=value
        )
        return f"arn:{self.partition}:{filled}"


def place_of(
    partition: str, region: str, account: str, environment: str, domain: str, zone: str
) -> Place:
    """The one stack of an environment."""
    name = f"{PROJECT}-{environment}"
    return Place(partition, region, account, (environment,), (name, f"{name}-*"), domain, zone)


def ephemeral_place(
    partition: str, region: str, account: str, domain: str, zone: str, shares: str
) -> Place:
    """All stacks pr<number>."""
    names = tuple(f"{PROJECT}-{pattern}" for pattern in EPHEMERAL_PATTERNS)
    return Place(partition, region, account, EPHEMERAL_PATTERNS, names, domain, zone, shares)
