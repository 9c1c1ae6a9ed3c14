"""Connections of a service to addresses outside the stack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from settings.problems import Problem
from settings.section import Ipv4Range, Section


class Egress(Section):
    """A port that the service may connect to."""

    port: int = Field(ge=1, le=65535, description="Port of the destination, e.g. 587, 1 to 65535.")
    cidr: Ipv4Range = Field(
        default="0.0.0.0/0", description="IPv4 range of the destination, e.g. 203.0.113.0/24."
    )
    protocol: Literal["tcp", "udp"] = Field(default="tcp", description="tcp or udp.")

    def problems(self) -> Iterator[Problem]:
        if (self.port, self.protocol) == (443, "tcp"):
            yield Problem("port", "443 is open to every service, to any address: leave it out.")
