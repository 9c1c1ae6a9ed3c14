"""The public edge and the network: security groups, load balancers, keys, topics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from policies.rule import Context, Inputs, Resource, Rule, StackRule, is_known, is_off

INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
KEY = "aws:kms/key:Key"
TOPIC = "aws:sns/topic:Topic"
NAT = "aws:ec2/natGateway:NatGateway"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
EVERYWHERE = ("0.0.0.0/0", "::/0")
WEB_PORTS = (80, 443)
TLS_POLICIES = (
    "ELBSecurityPolicy-TLS13-",
    "ELBSecurityPolicy-TLS-1-2-",
    "ELBSecurityPolicy-FS-1-2-",
)


def ingress_rule(inputs: Inputs, _: Context) -> Iterator[str]:
    wide = inputs.get("cidrIpv4") in EVERYWHERE or inputs.get("cidrIpv6") in EVERYWHERE
    if wide and not _web(inputs):
        yield f"opens {_ports(inputs)} to the whole internet"


def security_group(inputs: Inputs, _: Context) -> Iterator[str]:
    rules = inputs.get("ingress")
    for rule in rules if isinstance(rules, list | tuple) else ():
        if isinstance(rule, dict) and _is_wide(rule) and not _web(rule):
            yield f"opens {_ports(rule)} to the whole internet"


def _is_wide(rule: dict[str, Any]) -> bool:
    blocks = [rule.get("cidrBlocks"), rule.get("ipv6CidrBlocks")]
    return any(b in EVERYWHERE for block in blocks if isinstance(block, list) for b in block)


def _web(rule: Inputs) -> bool:
    return rule.get("fromPort") == rule.get("toPort") and rule.get("fromPort") in WEB_PORTS


def _ports(rule: Inputs) -> str:
    return f"ports {rule.get('fromPort')}-{rule.get('toPort')}"


def balancer_protected(inputs: Inputs, context: Context) -> Iterator[str]:
    if context.is_production and is_off(inputs, "enableDeletionProtection"):
        yield "may be deleted in production (enableDeletionProtection)"


def balancer_logs(inputs: Inputs, _: Context) -> Iterator[str]:
    logs = inputs.get("accessLogs")
    if is_known(logs) and not (isinstance(logs, dict) and logs.get("enabled") is True):
        yield "writes no access logs (accessLogs)"


def listener_tls(inputs: Inputs, _: Context) -> Iterator[str]:
    if inputs.get("protocol") == "HTTPS":
        policy = str(inputs.get("sslPolicy", ""))
        if is_known(policy) and not policy.startswith(TLS_POLICIES):
            yield f"accepts TLS below 1.2 ({policy or 'no sslPolicy'})"


def key_rotation(inputs: Inputs, _: Context) -> Iterator[str]:
    if is_off(inputs, "enableKeyRotation"):
        yield "never rotates (enableKeyRotation)"


def topic_encrypted(inputs: Inputs, _: Context) -> Iterator[str]:
    if not inputs.get("kmsMasterKeyId"):
        yield "is not encrypted (kmsMasterKeyId)"


def gateway_in_each_zone(resources: Sequence[Resource], context: Context) -> Iterator[str]:
    gateways = sum(resource.type == NAT for resource in resources)
    if context.is_production and gateways == 1:
        yield "one NAT gateway serves all zones in production: plataforma:network.nat: per-az"


def plain_http_inside(resources: Sequence[Resource], _: Context) -> Iterator[str]:
    """Without a domain CloudFront connects to an internal load balancer by HTTP."""
    balancers = [resource for resource in resources if resource.type == LOAD_BALANCER]
    if balancers and all(balancer.inputs.get("internal") is True for balancer in balancers):
        return
    for listener in resources:
        if listener.type == LISTENER and _answers_without_tls(listener.inputs):
            yield (
                f"{listener.name} answers without TLS: an HTTP listener of an internet-facing load "
                "balancer may only redirect"
            )


def _answers_without_tls(listener: Inputs) -> bool:
    actions = listener.get("defaultActions")
    kinds = [action.get("type") for action in actions or () if isinstance(action, dict)]
    return listener.get("protocol") == "HTTP" and kinds != ["redirect"]


def domain_in_production(resources: Sequence[Resource], context: Context) -> Iterator[str]:
    distributions = [r for r in resources if r.type == DISTRIBUTION]
    if context.is_production and any(not r.inputs.get("aliases") for r in distributions):
        yield (
            "production is reached on CloudFront's own name, which accepts TLS 1.0, and not by TLS "
            "between CloudFront and the load balancer: plataforma:domain and plataforma:zone"
        )


def waf_on(resources: Sequence[Resource], context: Context) -> Iterator[str]:
    types = {resource.type for resource in resources}
    if context.is_production and LOAD_BALANCER in types and WEB_ACL not in types:
        yield "no WAF stands before production: plataforma:edge.waf.enabled"


RULES = (
    Rule(
        "ingress-narrow", "mandatory", "Nothing but 80 and 443 is open.", (INGRESS,), ingress_rule
    ),
    Rule(
        "security-group-narrow",
        "mandatory",
        "Nothing but 80 and 443 is open.",
        (SECURITY_GROUP,),
        security_group,
    ),
    Rule(
        "balancer-deletion-protection",
        "mandatory",
        "Deletion protection in production.",
        (LOAD_BALANCER,),
        balancer_protected,
    ),
    Rule("balancer-access-logs", "mandatory", "Access logs.", (LOAD_BALANCER,), balancer_logs),
    Rule("listener-tls", "mandatory", "TLS 1.2 or newer.", (LISTENER,), listener_tls),
    Rule("key-rotation", "mandatory", "Keys rotate.", (KEY,), key_rotation),
    Rule("topic-encrypted", "mandatory", "Topics are encrypted.", (TOPIC,), topic_encrypted),
)
STACK_RULES = (
    StackRule(
        "gateway-in-each-zone",
        "advisory",
        "A NAT gateway in each zone in production.",
        gateway_in_each_zone,
    ),
    StackRule("waf-on", "advisory", "WAF in production.", waf_on),
    StackRule(
        "plain-http-inside",
        "mandatory",
        "HTTP without TLS is not on the internet.",
        plain_http_inside,
    ),
    StackRule("domain-in-production", "advisory", "A domain in production.", domain_in_production),
)
