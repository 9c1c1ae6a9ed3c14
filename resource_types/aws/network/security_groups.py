"""Security groups and their rules. Who may change them: ec2.py."""

from __future__ import annotations

from resource_types.model import ResourceType, Service, arn
from resource_types.refusals import Needed, Unique

_ERRORS = "EC2 API, Error codes"
_SAME_RULE = Unique(
    paths=(
        "securityGroupId referencedSecurityGroupId prefixListId cidrIpv4 cidrIpv6 ipProtocol "
        "fromPort toPort"
    ),
    error="InvalidPermission.Duplicate: the specified rule already exists",
    source=_ERRORS,
)

TYPES = (
    ResourceType(
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        read="ec2: DescribeSecurityGroups DescribeSecurityGroupRules",
        write=("ec2: RevokeSecurityGroupIngress RevokeSecurityGroupEgress CreateTags DeleteTags"),
        in_pull_requests=False,
        replace_on_changes="vpcId",
        id="sg-{hex17}",
        outputs={
            "arn": arn("ec2", "security-group/{id}"),
            "ownerId": "{account}",
            "name": "default",
            "description": "default VPC security group",
        },
    ),
    ResourceType(
        "aws:ec2/securityGroup:SecurityGroup",
        read=("ec2: DescribeSecurityGroups DescribeSecurityGroupRules DescribeNetworkInterfaces"),
        write=(
            "ec2: CreateSecurityGroup DeleteSecurityGroup AuthorizeSecurityGroupIngress "
            "AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress RevokeSecurityGroupEgress "
            "CreateTags DeleteTags"
        ),
        replace_on_changes="name namePrefix description vpcId",
        id="sg-{hex17}",
        outputs={
            "arn": arn("ec2", "security-group/{id}"),
            "ownerId": "{account}",
        },
        name_property="name",
        refusals=(
            Unique(
                paths="vpcId name",
                error="InvalidGroup.Duplicate: The security group '{name}' already exists",
                source=_ERRORS,
            ),
            Needed(
                users={
                    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": (
                        "referencedSecurityGroupId"
                    ),
                    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": (
                        "referencedSecurityGroupId"
                    ),
                    "aws:ec2/vpcEndpoint:VpcEndpoint": "securityGroupIds",
                    "aws:ecs/service:Service": "networkConfiguration.securityGroups",
                    "aws:elasticache/replicationGroup:ReplicationGroup": "securityGroupIds",
                    "aws:lb/loadBalancer:LoadBalancer": "securityGroups",
                    "aws:mq/broker:Broker": "securityGroups",
                    "aws:rds/instance:Instance": "vpcSecurityGroupIds",
                    "aws:rds/proxy:Proxy": "vpcSecurityGroupIds",
                },
                error="DependencyViolation: resource {id} has a dependent object",
                source=_ERRORS,
            ),
        ),
    ),
    ResourceType(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        read="ec2: DescribeSecurityGroupRules",
        write=(
            "ec2: AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress "
            "ModifySecurityGroupRules CreateTags DeleteTags"
        ),
        replace_on_changes="securityGroupId",
        id="sgr-{hex17}",
        outputs={
            "arn": arn("ec2", "security-group-rule/{id}"),
            "securityGroupRuleId": "{id}",
        },
        refusals=(_SAME_RULE,),
    ),
    ResourceType(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        read="ec2: DescribeSecurityGroupRules",
        write=(
            "ec2: AuthorizeSecurityGroupEgress RevokeSecurityGroupEgress "
            "ModifySecurityGroupRules CreateTags DeleteTags"
        ),
        replace_on_changes="securityGroupId",
        id="sgr-{hex17}",
        outputs={
            "arn": arn("ec2", "security-group-rule/{id}"),
            "securityGroupRuleId": "{id}",
        },
        refusals=(_SAME_RULE,),
    ),
)
SERVICE = Service("network", TYPES)
