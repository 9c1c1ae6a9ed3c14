"""CloudFront in front of an internal load balancer, as the only way to reach it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.shared.context import Context
from settings.network.edge import CdnSettings

# Managed policies by id: Amazon CloudFront Developer Guide, "Use managed cache policies", "Use
# managed origin request policies", "Use managed response headers policies".
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
# UseOriginCacheControlHeaders-QueryStrings: the key has the host, the query and all cookies.
CACHE_BY_ORIGIN_HEADERS = "4cc15a8a-d715-48a4-82b8-cc0b614638fe"
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
SECURITY_HEADERS = "67f7725c-6f97-4210-82d7-5512b31e9d03"
# CloudFront's own hosted zone (Route 53, "AliasTarget").
HOSTED_ZONE = "Z2FDTNDATAQYW2"
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
LONGEST_KEEPALIVE_SECONDS = 60
"""CloudFront Developer Guide, "Quotas": origin keep-alive timeout, before an increase."""
LONGEST_PAUSE_SECONDS = 120
"""CloudFront API, VpcOriginConfig: OriginReadTimeout, between two packets of a response too."""


@dataclass(frozen=True)
class CdnArgs:
    """Responses are cached as their headers say, but for path patterns in `uncached_paths`. The
    load balancer closes a connection that was idle for `idle_timeout_seconds`. Without host names
    there is no certificate, neither here nor on the load balancer."""

    settings: CdnSettings
    host_names: Sequence[str]
    uncached_paths: Sequence[str]
    certificate_arn: pulumi.Input[str] | None
    load_balancer: aws.lb.LoadBalancer
    listener: pulumi.Resource
    idle_timeout_seconds: int
    web_acl_arn: pulumi.Input[str] | None


class Cdn(pulumi.ComponentResource):
    """The distribution of one stack.

    Makes: cloudfront.VpcOrigin for the internal load balancer, cloudfront.Distribution.

    Both are deleted before a load balancer that is replaced: AWS deletes none that a VPC origin
    uses, and neither deletes nor changes a VPC origin that a distribution uses.
    """

    domain_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        context: Context,
        args: CdnArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:edge:Cdn", name, None, opts)
        origin = aws.cloudfront.VpcOrigin(
            name,
            vpc_origin_endpoint_config={
                # A changed protocol makes another origin before the first goes, and no two of an
                # account have one name (CloudFront API, CreateVpcOrigin, EntityAlreadyExists).
                "name": context.names.platform + ("" if args.certificate_arn else "-http"),
                "arn": args.load_balancer.arn,
                "http_port": 80,
                "https_port": 443,
                # CloudFront answers 502 unless the certificate of the origin is a public one and
                # names the origin or the Host header (Amazon CloudFront Developer Guide, "HTTP 502
                # status code (Bad Gateway)"): without a domain there is none.
                "origin_protocol_policy": "https-only" if args.certificate_arn else "http-only",
                "origin_ssl_protocols": {"items": ["TLSv1.2"], "quantity": 1},
            },
            # A changed protocol needs its listener first.
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[args.listener],
                replace_on_changes=["vpcOriginEndpointConfig"],
            ),
        )
        distribution = aws.cloudfront.Distribution(
            name,
            comment=context.names.platform,
            enabled=True,
            is_ipv6_enabled=True,
            http_version="http2and3",
            aliases=list(args.host_names) or None,
            price_class=args.settings.price_class,
            web_acl_id=args.web_acl_arn,
            origins=[
                {
                    "origin_id": "load-balancer",
                    "domain_name": args.load_balancer.dns_name,
                    "vpc_origin_config": {
                        "vpc_origin_id": origin.id,
                        # Shorter, or a request meets a connection that is being closed: 502.
                        "origin_keepalive_timeout": min(
                            args.idle_timeout_seconds - 10, LONGEST_KEEPALIVE_SECONDS
                        ),
                        "origin_read_timeout": min(
                            args.idle_timeout_seconds, LONGEST_PAUSE_SECONDS
                        ),
                    },
                }
            ],
            default_cache_behavior={
                "target_origin_id": "load-balancer",
                "viewer_protocol_policy": "redirect-to-https",
                # A service with a host of its own is reached here: behaviors know paths alone.
                "allowed_methods": list(METHODS),
                "cached_methods": ["GET", "HEAD"],
                "cache_policy_id": CACHE_BY_ORIGIN_HEADERS,
                "origin_request_policy_id": ALL_VIEWER,
                "response_headers_policy_id": SECURITY_HEADERS,
                "compress": True,
            },
            ordered_cache_behaviors=[_uncached(path) for path in args.uncached_paths],
            restrictions={"geo_restriction": {"restriction_type": "none"}},
            viewer_certificate=_viewer_certificate(args.certificate_arn),
            # Deleted first, too, because no two distributions have the same alias.
            opts=pulumi.ResourceOptions(
                parent=self, replace_with=[args.load_balancer], delete_before_replace=True
            ),
        )
        self.domain_name = distribution.domain_name
        self.register_outputs({"domainName": distribution.domain_name})


def _viewer_certificate(
    arn: pulumi.Input[str] | None,
) -> aws.cloudfront.DistributionViewerCertificateArgsDict:
    """With its own certificate CloudFront accepts TLS 1.0, whatever is asked for (CloudFront API,
    ViewerCertificate, MinimumProtocolVersion)."""
    if arn is None:
        return {"cloudfront_default_certificate": True}
    return {
        "acm_certificate_arn": arn,
        "minimum_protocol_version": "TLSv1.2_2021",
        "ssl_support_method": "sni-only",
    }


def _uncached(path: str) -> aws.cloudfront.DistributionOrderedCacheBehaviorArgsDict:
    return {
        "path_pattern": path,
        "target_origin_id": "load-balancer",
        "viewer_protocol_policy": "https-only",
        "allowed_methods": list(METHODS),
        "cached_methods": ["GET", "HEAD"],
        "cache_policy_id": CACHING_DISABLED,
        "origin_request_policy_id": ALL_VIEWER,
        "compress": True,
    }
