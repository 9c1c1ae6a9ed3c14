"""The route of a service: what the load balancer sends to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from settings.problems import Problem
from settings.section import Section

VALUES_PER_RULE = 5
"""Paths and hosts that one listener rule takes."""


class Route(Section):
    """What the load balancer sends to the service."""

    paths: tuple[
        Annotated[
            str,
            Field(
                pattern=r"""^/[A-Za-z0-9_.$/~"'@:+&*?-]*$""",
                max_length=128,
                description="A path pattern: / first, * and ? as wildcards, 128 at most.",
            ),
        ],
        ...,
    ] = Field(default=(), description='Path patterns, e.g. ["/api/*"]; "/*" is what is left over.')
    hosts: tuple[
        Annotated[
            str,
            Field(
                pattern=r"^[a-z0-9*?-]+(\.[a-z0-9*?-]+)+$",
                max_length=128,
                description="A host name, * and ? as wildcards.",
            ),
        ],
        ...,
    ] = Field(
        default=(),
        description="Host names in the domain's hosted zone, e.g. [admin.example.com] or "
        "[*.shop.example.com]; another wildcard needs an ARN as edge.certificate, and a DNS "
        "record of your own.",
    )
    priority: int | None = Field(
        default=None,
        ge=1,
        le=50000,
        description="Listener rule priority, the lower tried first; default: by specificity. A "
        "renamed service needs another one: the rule of the old name goes last.",
    )

    stickiness: bool = Field(
        default=False,
        description="Send a browser's requests to the same task for a day, by a cookie of the load "
        "balancer: true or false. A deployment moves them.",
    )
    large_bodies: bool = Field(
        default=False,
        description="true where requests may have a body over 8 KiB; AWS WAF blocks others.",
    )

    def problems(self) -> Iterator[Problem]:
        values = len(self.paths) + len(self.hosts)
        if values == 0:
            yield Problem("", "give paths, hosts or both.")
        if values > VALUES_PER_RULE:
            text = f"{values} paths and hosts; a listener rule takes {VALUES_PER_RULE}."
            yield Problem("", text)
