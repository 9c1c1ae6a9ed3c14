"""The route of a service: what the load balancer sends to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from settings.problems import Problem, repeated
from settings.section import Ipv4Range, Section

VALUES_PER_RULE = 5
"""Paths, hosts and addresses that one listener rule takes."""
LAST_PRIORITY = 50_000


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
        ge=2,
        le=LAST_PRIORITY,
        description="Listener rule priority, 2 to 50000, the lower tried first; default: by "
        "specificity. A renamed service needs another one: the rule of the old name goes last.",
    )

    allow_from: tuple[Ipv4Range, ...] = Field(
        default=(),
        description="IPv4 ranges of the clients that may reach it, e.g. [203.0.113.0/24]; others "
        "get 403. Default: all. Not behind CloudFront.",
    )
    stickiness: bool = Field(
        default=False,
        description="Send a browser's requests to the same task for a day, by a cookie of the load "
        "balancer: true or false; needs rollout.strategy rolling. A deployment moves them.",
    )
    large_bodies: bool = Field(
        default=False,
        description="true where requests may have a body over 8 KiB; AWS WAF blocks others.",
    )

    def problems(self) -> Iterator[Problem]:
        matched = len(self.paths) + len(self.hosts)
        if matched == 0:
            yield Problem("", "give paths, hosts or both.")
        if (values := matched + len(self.allow_from)) > VALUES_PER_RULE:
            what = "paths, hosts and addresses" if self.allow_from else "paths and hosts"
            yield Problem("", f"{values} {what}; a listener rule takes {VALUES_PER_RULE}.")
        for address in repeated(self.allow_from):
            yield Problem("allowFrom", f"{address} is listed twice.")
        if self.allow_from and self.priority == LAST_PRIORITY:
            text = f"the rule that answers 403 comes next: {LAST_PRIORITY - 1} at most."
            yield Problem("priority", text)
