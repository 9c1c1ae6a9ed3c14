"""The edge section of the stack config: load balancer, TLS, WAF, CloudFront."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from settings.network.maintenance import MaintenanceSettings
from settings.network.waf import WafSettings
from settings.problems import Problem
from settings.section import HostName, Section

NO_SERVICE = "Not found"
"""The load balancer's own answer, with 404, where no service's rule matches."""
AUTO_OR_CERTIFICATE_ARN = r"^(auto|arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[0-9a-f-]+)$"


class CdnSettings(Section):
    """CloudFront; the load balancer is then internal and can't be reached around it."""

    enabled: bool | None = Field(
        default=None,
        description="true or false; default: only without plataforma:domain, whose place "
        "CloudFront's own name takes.",
    )
    certificate: str = Field(
        default="auto",
        pattern=AUTO_OR_CERTIFICATE_ARN,
        description="auto (made and validated by DNS) or an ACM certificate's ARN in us-east-1.",
    )
    price_class: Literal["PriceClass_100", "PriceClass_200", "PriceClass_All"] = Field(
        default="PriceClass_100", description="PriceClass_100, PriceClass_200 or PriceClass_All."
    )

    def problems(self) -> Iterator[Problem]:
        region = certificate_region(self.certificate)
        if self.enabled and region not in (None, "us-east-1"):
            text = f"the certificate is in {region}; CloudFront needs one in us-east-1, or auto."
            yield Problem("certificate", text)


class EdgeSettings(Section):
    """What the internet meets: load balancer, TLS, WAF, CloudFront."""

    certificate: str = Field(
        default="auto",
        pattern=AUTO_OR_CERTIFICATE_ARN,
        description="auto (made and validated by DNS) or an ACM certificate's ARN in the region.",
    )
    waf: WafSettings = Field(default=WafSettings(), description="AWS WAF.")
    cdn: CdnSettings = Field(default=CdnSettings(), description="CloudFront.")
    redirects: dict[HostName, HostName] = Field(
        default_factory=dict[str, str],
        description="Hosts that only lead to another, with path and query, e.g. {example.com: "
        "www.example.com}: the first gets a record and is in the certificate, the other is the "
        "domain or a host of a route. A host that is not below the domain: add it to "
        "`hosts` of bootstrap/.",
    )
    maintenance: MaintenanceSettings = Field(
        default=MaintenanceSettings(), description="An answer for all while work is done."
    )
    idle_timeout_seconds: int = Field(
        default=60,
        ge=15,
        le=4000,
        description="Seconds without a byte after which the load balancer closes a connection, 15 "
        "to 4000: above the pauses of WebSockets and event streams. Applications must keep idle "
        "connections longer (the API: 65 s), or requests fail with 502. Behind CloudFront a "
        "response pauses 120 at most, and a WebSocket 600.",
    )
    access_log_days: int = Field(
        default=90, ge=1, le=3650, description="Days that access logs stay in S3, 1 to 3650."
    )


def uses_cdn(edge: EdgeSettings, domain: str | None) -> bool:
    """Whether CloudFront is in front: without a domain the platform is reached on its name."""
    return bool(edge.cdn.enabled) or domain is None


def certificate_region(certificate: str) -> str | None:
    """The region of a certificate given by ARN; None for auto."""
    return certificate.split(":")[3] if certificate.startswith("arn:") else None
