"""Documented limits of load balancers, CloudFront, certificates and security groups."""

from __future__ import annotations

from collections.abc import Mapping

from limits.documented.kinds import in_range, name
from limits.limit import Limit

_GROUP_DESCRIPTION = r"[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]*"
_RULE = {
    "description": Limit("API IpRange, Description", most=255, pattern=_GROUP_DESCRIPTION),
    "fromPort": in_range("API IpPermission, FromPort", -1, 65535),
    "toPort": in_range("API IpPermission, ToPort", -1, 65535),
}
_GROUP = "API CreateTargetGroup, {}"

LIMITS: Mapping[str, Mapping[str, Limit]] = {
    "aws:acm/certificate:Certificate": {
        "domainName": name("API RequestCertificate, DomainName", 64),
        "subjectAlternativeNames": Limit(
            'ACM User Guide, "Quotas": domain names per certificate, 10 before an increase', most=9
        ),
    },
    "aws:cloudfront/distribution:Distribution": {
        "aliases": Limit(
            'CloudFront Developer Guide, "Quotas": alternate domain names per distribution',
            most=100,
        ),
        "comment": name("API DistributionConfig, Comment", 128),
        "orderedCacheBehaviors": Limit(
            'CloudFront Developer Guide, "Quotas": 75 cache behaviors per distribution with the '
            "default one",
            most=74,
        ),
        "orderedCacheBehaviors[].pathPattern": name(
            'CloudFront Developer Guide, "Path pattern"', 255, r"[A-Za-z0-9_.*$/~\"'@:+&?-]+"
        ),
        "origins[].vpcOriginConfig.originKeepaliveTimeout": in_range(
            "API VpcOriginConfig, OriginKeepaliveTimeout", 1, 120
        ),
        "origins[].vpcOriginConfig.originReadTimeout": in_range(
            "API VpcOriginConfig, OriginReadTimeout", 1, 120
        ),
    },
    "aws:ec2/securityGroup:SecurityGroup": {
        "description": Limit(
            "API CreateSecurityGroup, Description", most=255, pattern=_GROUP_DESCRIPTION
        ),
    },
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _RULE,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _RULE,
    "aws:lb/listener:Listener": {
        "defaultActions[].fixedResponse.messageBody": Limit(
            "API FixedResponseActionConfig, MessageBody", most=1024
        ),
    },
    "aws:lb/listenerRule:ListenerRule": {
        "actions[].forward.targetGroups": Limit(
            'Elastic Load Balancing, "Quotas for your Application Load Balancers": target groups '
            "per action",
            least=1,
            most=5,
        ),
        "actions[].forward.targetGroups[].weight": in_range("API TargetGroupTuple, Weight", 0, 999),
        "conditions[].hostHeader.values[]": name(
            "API HostHeaderConditionConfig, Values", 128, r"[A-Za-z0-9*?._-]+\.[A-Za-z*?]+"
        ),
        "conditions[].pathPattern.values[]": name(
            'Application Load Balancers, "Path conditions"', 128, r"[A-Za-z0-9_.$/~\"'@:+&*?-]+"
        ),
    },
    "aws:lb/loadBalancer:LoadBalancer": {
        "idleTimeout": in_range("API LoadBalancerAttribute, idle_timeout.timeout_seconds", 1, 4000),
        "name": name(
            "API CreateLoadBalancer, Name", 32, "(?!internal-)(?!-)[A-Za-z0-9-]*[A-Za-z0-9]"
        ),
        "subnets": Limit("API CreateLoadBalancer, Subnets: of two zones at least", least=2),
    },
    "aws:lb/targetGroup:TargetGroup": {
        "deregistrationDelay": in_range(
            "API TargetGroupAttribute, deregistration_delay.timeout_seconds", 0, 3600
        ),
        "healthCheck.healthyThreshold": in_range(_GROUP.format("HealthyThresholdCount"), 2, 10),
        "healthCheck.interval": in_range(_GROUP.format("HealthCheckIntervalSeconds"), 5, 300),
        "healthCheck.matcher": Limit("API Matcher, HttpCode", pattern=r"[2-4]\d\d([,-][2-4]\d\d)*"),
        "healthCheck.timeout": in_range(_GROUP.format("HealthCheckTimeoutSeconds"), 2, 120),
        "healthCheck.unhealthyThreshold": in_range(_GROUP.format("UnhealthyThresholdCount"), 2, 10),
        "loadBalancingAlgorithmType": Limit(
            "API TargetGroupAttribute, load_balancing.algorithm.type",
            allowed=("round_robin", "least_outstanding_requests", "weighted_random"),
        ),
        "name": name(_GROUP.format("Name"), 32, "(?!-)[A-Za-z0-9-]*[A-Za-z0-9]"),
    },
}
