"""NAT gateways, addresses, endpoints, the load balancer, WAF and CloudFront."""

from __future__ import annotations

from collections.abc import Iterator

from prices.charge import Charge, Planned
from prices.rules.rule import Rule
from prices.stack import Stack

NAT_GATEWAY = "aws:ec2/natGateway:NatGateway"
EIP = "aws:ec2/eip:Eip"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
# Elastic Load Balancing pricing: an LCU takes 25 new connections a second or 1 GB an hour.
CONNECTIONS_A_SECOND = 25
SECONDS_AN_HOUR = 3600


def nat_gateway(resource: Planned, stack: Stack) -> Iterator[Charge]:
    gateways = sum(1 for _ in stack.of_type(NAT_GATEWAY))
    yield Charge("nat/hour", stack.usage.hours)
    yield Charge("nat/gb", stack.usage.nat_gib / gateways)


def address(resource: Planned, stack: Stack) -> Iterator[Charge]:
    yield Charge("vpc/public-ipv4-hour", stack.usage.hours)


def endpoint(resource: Planned, stack: Stack) -> Iterator[Charge]:
    """A gateway endpoint is free; an interface is billed in each zone."""
    if not _is_interface(resource):
        return
    interfaces = sum(1 for one in stack.of_type(ENDPOINT) if _is_interface(one))
    zones = len(resource.inputs.get("subnetIds") or [])
    yield Charge("vpc/endpoint-hour", zones * stack.usage.hours)
    yield Charge("vpc/endpoint-gb", stack.usage.endpoint_gib / interfaces)


def _is_interface(resource: Planned) -> bool:
    return resource.inputs.get("vpcEndpointType") == "Interface"


def load_balancer(resource: Planned, stack: Stack) -> Iterator[Charge]:
    """One that faces the internet has a public address in each zone; CloudFront sends what it
    serves itself."""
    usage = stack.usage
    yield Charge("alb/hour", usage.hours)
    yield Charge("alb/lcu-hour", _lcu_hours(stack))
    if not resource.inputs.get("internal"):
        zones = len(resource.inputs.get("subnets") or [])
        yield Charge("vpc/public-ipv4-hour", zones * usage.hours)
    if not stack.has(DISTRIBUTION):
        yield Charge("transfer/internet-gb", usage.internet_gib)


def _lcu_hours(stack: Stack) -> float:
    """Of traffic that is even, each request a connection of its own."""
    requests = stack.usage.requests_millions * 1e6
    return max(stack.usage.internet_gib, requests / (CONNECTIONS_A_SECOND * SECONDS_AN_HOUR))


def web_acl(resource: Planned, stack: Stack) -> Iterator[Charge]:
    yield Charge("waf/web-acl-month", 1)
    yield Charge("waf/rule-month", len(resource.inputs.get("rules") or []))
    yield Charge("waf/million-requests", stack.usage.requests_millions)


def distribution(resource: Planned, stack: Stack) -> Iterator[Charge]:
    yield Charge("cloudfront/million-requests", stack.usage.requests_millions)
    yield Charge("cloudfront/gb", stack.usage.internet_gib)


RULES: dict[str, Rule] = {
    NAT_GATEWAY: nat_gateway,
    EIP: address,
    ENDPOINT: endpoint,
    "aws:lb/loadBalancer:LoadBalancer": load_balancer,
    WEB_ACL: web_acl,
    DISTRIBUTION: distribution,
}
