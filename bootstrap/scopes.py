"""On what, and on which condition, a role may call each action: by name where AWS has names in its
ARNs, by tag where it has random ids, on everything only where it scopes a call to nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bootstrap.place import PROJECT, Place

Conditions = Mapping[str, Mapping[str, Any]]
GLOBAL_REGION = "us-east-1"
"""Where CloudFront's certificates, WAF and its logs live."""
PASSED_TO = (
    "codedeploy.amazonaws.com",
    "ecs-tasks.amazonaws.com",
    "ecs.amazonaws.com",
    "events.amazonaws.com",
    "grafana.amazonaws.com",
    "monitoring.rds.amazonaws.com",
    "rds.amazonaws.com",
    "states.amazonaws.com",
    "vpc-flow-logs.amazonaws.com",
)
SERVICE_LINKED = (
    "ecs.amazonaws.com",
    "ecs.application-autoscaling.amazonaws.com",
    "elasticache.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "grafana.amazonaws.com",
    "mq.amazonaws.com",
    "rds.amazonaws.com",
    "vpcorigin.cloudfront.amazonaws.com",
    "wafv2.amazonaws.com",
)
ATTACHABLE = (
    "AWSCodeDeployRoleForECS",
    "AmazonECSInfrastructureRolePolicyForLoadBalancers",
    "service-role/AmazonRDSEnhancedMonitoringRole",
)
CREATIONS = (
    "AllocateAddress",
    "CreateFlowLogs",
    "CreateInternetGateway",
    "CreateNatGateway",
    "CreateRouteTable",
    "CreateSubnet",
    "CreateVpc",
    "CreateVpcEndpoint",
)
BOUNDARY = f"{PROJECT}-boundary"


@dataclass(frozen=True)
class Scope:
    """Actions (a pattern), the resources that they are allowed on, the condition."""

    actions: re.Pattern[str]
    resources: tuple[str, ...]
    conditions: Callable[[Place], Conditions]


# Conditions


def always(_: Place) -> Conditions:
    return {}


def in_region(place: Place) -> Conditions:
    return {"StringEquals": {"aws:RequestedRegion": place.region}}


def in_regions(place: Place) -> Conditions:
    return {"StringEquals": {"aws:RequestedRegion": [place.region, GLOBAL_REGION]}}


def owned(place: Place) -> Conditions:
    """What carries the stack's tags, which the program puts on everything."""
    return _tags("ResourceTag", place)


def marked(place: Place) -> Conditions:
    """What is created with the stack's tags."""
    return _tags("RequestTag", place)


def adopted(place: Place) -> Conditions:
    """What gets the stack's tags and belongs to no environment yet: never another's."""
    return {**_tags("RequestTag", place), "Null": {"aws:ResourceTag/Environment": "true"}}


def tagged_at_birth(place: Place) -> Conditions:
    """Tags that are given in the call that creates."""
    tags = _tags("RequestTag", place)
    return {**tags, "StringEquals": {**tags["StringEquals"], "ec2:CreateAction": list(CREATIONS)}}


def through_aws(_: Place) -> Conditions:
    """Calls that an AWS service makes on the role's behalf, never the role itself."""
    return {"Bool": {"aws:ViaAWSService": "true"}}


def key_use(place: Place) -> Conditions:
    """The stack's keys, through the service whose data they encrypt."""
    return _with_likes(owned(place), {"kms:ViaService": f"*.{place.region}.amazonaws.com"})


def for_aws(place: Place) -> Conditions:
    return {**owned(place), "Bool": {"kms:GrantIsForAWSResource": "true"}}


def bounded(place: Place) -> Conditions:
    """Roles that carry the boundary, and are created with it."""
    return {"ArnEquals": {"iam:PermissionsBoundary": boundary_arn(place)}}


def attaching(place: Place) -> Conditions:
    policies = [f"arn:{place.partition}:iam::aws:policy/{name}" for name in ATTACHABLE]
    return {"ArnEquals": {**bounded(place)["ArnEquals"], "iam:PolicyARN": policies}}


def passed(_: Place) -> Conditions:
    return {"StringEquals": {"iam:PassedToService": list(PASSED_TO)}}


def service_linked(_: Place) -> Conditions:
    return {"StringEquals": {"iam:AWSServiceName": list(SERVICE_LINKED)}}


def own_records(place: Place) -> Conditions:
    """Records of the domain and below it: environments may share a zone."""
    names = [place.domain, f"*.{place.domain}"]
    return {
        "ForAllValues:StringLike": {"route53:ChangeResourceRecordSetsNormalizedRecordNames": names}
    }


def in_cluster(place: Place) -> Conditions:
    return {"ArnLike": {"ecs:cluster": place.arns(["ecs:{region}:{account}:cluster/{n}"])}}


def of_database(place: Place) -> Conditions:
    """Secrets that RDS itself keeps for the stack's databases."""
    databases = place.arns(["rds:{region}:{account}:db:{n}"])
    return {"StringLike": {"aws:ResourceTag/aws:rds:primaryDBInstanceArn": databases}}


def boundary_arn(place: Place) -> str:
    return f"arn:{place.partition}:iam::{place.account}:policy/{BOUNDARY}"


def _tags(kind: str, place: Place) -> dict[str, dict[str, Any]]:
    project = {f"aws:{kind}/Project": PROJECT}
    environments = list(place.environments)
    environment = {f"aws:{kind}/Environment": environments[0] if place.exact else environments}
    if place.exact:
        return {"StringEquals": project | environment}
    return {"StringEquals": project, "StringLike": environment}


def _with_likes(conditions: Conditions, likes: Mapping[str, Any]) -> Conditions:
    return {**conditions, "StringLike": {**conditions.get("StringLike", {}), **likes}}


# Scopes


def _on(actions: str, *resources: str, when: Callable[[Place], Conditions] = always) -> Scope:
    """`ec2: CreateVpc Describe\\w+` on templates (see Place.arns); `:cluster/{n}` is short for one
    of the service's ARNs in the region and account."""
    service, _, names = actions.partition(":")
    pattern = re.compile(f"{service}:({'|'.join(names.split())})")
    full = (
        f"{service}:{{region}}:{{account}}{resource}" if resource.startswith(":") else resource
        for resource in resources
    )
    return Scope(pattern, tuple(full), when)


def _created(action: str, kind: str) -> Scope:
    return _on(f"ec2: {action}", f":{kind}/*", when=marked)


_EC2_KINDS = (
    "elastic-ip",
    "internet-gateway",
    "natgateway",
    "route-table",
    "security-group",
    "security-group-rule",
    "subnet",
    "vpc",
    "vpc-endpoint",
    "vpc-flow-log",
)
_ROLES = "iam::{account}:role/{n}"
_CERTIFICATES = (":certificate/*", f"acm:{GLOBAL_REGION}:{{account}}:certificate/*")
_BALANCING = (
    ":loadbalancer/app/{n}/*",
    ":listener/app/{n}/*",
    ":listener-rule/app/{n}/*",
    ":targetgroup/{e}-*/*",
)
_LOG_GROUPS = (
    ":log-group:/plataforma/{e}/*",
    ":log-group:aws-waf-logs-{n}",
    ":log-group:aws-waf-logs-{n}:*",
    f"logs:{GLOBAL_REGION}:{{account}}:log-group:aws-waf-logs-{{n}}",
    f"logs:{GLOBAL_REGION}:{{account}}:log-group:aws-waf-logs-{{n}}:*",
)
_WEB_ACLS = (
    ":regional/webacl/{n}/*",
    f"wafv2:{GLOBAL_REGION}:{{account}}:global/webacl/{{n}}/*",
)
_RULE_SETS = (
    ":regional/managedruleset/*",
    f"wafv2:{GLOBAL_REGION}:{{account}}:global/managedruleset/*",
)
_ECS = (
    ":cluster/{n}",
    ":service/{n}/*",
    ":service-deployment/{n}/*",
    ":service-revision/{n}/*",
    ":task/{n}/*",
    ":task-definition/{n}:*",
)
_RDS_READ = (":db:*", ":pg:*", ":subgrp:*", ":db-proxy:*", ":target-group:*")
_CACHE_READ = (":replicationgroup:*", ":cluster:*", ":subnetgroup:*", ":parametergroup:*")
_RDS_BY_ID = (":pg:*", ":db-proxy:*")

SCOPES: tuple[Scope, ...] = (
    # EC2: ids are random, so tags decide.
    _on(r"ec2: Describe(?!VpcAttribute)\w+", "*"),
    _on("ec2: GetManagedPrefixListEntries", "ec2:{region}:aws:prefix-list/*"),
    _created("CreateVpc", "vpc"),
    _created("CreateSubnet", "subnet"),
    _created("CreateRouteTable", "route-table"),
    _created("CreateInternetGateway", "internet-gateway"),
    _created("CreateNatGateway", "natgateway"),
    _created("AllocateAddress", "elastic-ip"),
    _created("CreateVpcEndpoint", "vpc-endpoint"),
    _created("CreateFlowLogs", "vpc-flow-log"),
    _created("CreateSecurityGroup", "security-group"),
    # A rule is tagged in the call that makes it: then EC2 asks for the rule beside its group.
    _created("AuthorizeSecurityGroupIngress", "security-group-rule"),
    _created("AuthorizeSecurityGroupEgress", "security-group-rule"),
    _on(
        r"ec2: (?!Describe|Get|AllocateAddress|CreateVpc$|CreateInternetGateway|\w+Interface)\w+ "
        "DescribeVpcAttribute CreateNetworkInterface",
        *(f":{kind}/*" for kind in _EC2_KINDS),
        when=owned,
    ),
    _on(
        "ec2: CreateTags",
        *(f":{kind}/*" for kind in _EC2_KINDS if not kind.startswith("security-group")),
        when=tagged_at_birth,
    ),
    # A VPC's default group is tagged after it was made.
    _on("ec2: CreateTags", ":security-group/*", ":security-group-rule/*", when=adopted),
    # Amazon MQ makes its interfaces on the caller's behalf.
    _on(r"ec2: \w+NetworkInterface(Permission)?", ":network-interface/*", when=through_aws),
    # An ARN holds the balancer's name; a target group's name begins with the environment.
    _on(r"elasticloadbalancing: Describe\w+", "*"),
    _on("elasticloadbalancing: SetWebAcl", "*", when=in_region),
    _on(r"elasticloadbalancing: (?!Describe|SetWebAcl)\w+", *_BALANCING),
    _on("acm: RequestCertificate", "*", when=marked),
    _on("acm: AddTagsToCertificate", *_CERTIFICATES, when=adopted),
    _on(r"acm: (?!Request)\w+", *_CERTIFICATES, when=owned),
    _on("route53: GetHostedZone", "route53:::hostedzone/*"),
    _on("route53: GetChange", "route53:::change/*"),
    _on("route53: ListHostedZonesByName", "*"),
    _on("route53: ListResourceRecordSets", "route53:::hostedzone/{zone}"),
    _on("route53: ChangeResourceRecordSets", "route53:::hostedzone/{zone}", when=own_records),
    # Cloud Map makes its private zone, and an endpoint joins AWS's, on the caller's behalf.
    _on("route53: CreateHostedZone", "*", when=through_aws),
    _on(
        "route53: DeleteHostedZone AssociateVPCWithHostedZone",
        "route53:::hostedzone/*",
        when=through_aws,
    ),
    _on(r"wafv2: (?!DisassociateWebACL)\w+", *_WEB_ACLS),
    _on("wafv2: CreateWebACL UpdateWebACL", *_RULE_SETS),
    _on(
        "wafv2: AssociateWebACL DisassociateWebACL GetWebACLForResource",
        "elasticloadbalancing:{region}:{account}:loadbalancer/app/{n}/*",
    ),
    _on("cloudfront: CreateVpcOrigin", "*", when=marked),
    _on("cloudfront: CreateDistribution", "cloudfront::{account}:distribution/*"),
    _on(
        "cloudfront: TagResource",
        "cloudfront::{account}:distribution/*",
        "cloudfront::{account}:vpcorigin/*",
        when=adopted,
    ),
    _on(
        r"cloudfront: (?!Create)\w+",
        "cloudfront::{account}:distribution/*",
        "cloudfront::{account}:vpcorigin/*",
        when=owned,
    ),
    # Services.
    _on("ecs: DescribeTaskDefinition ListTaskDefinitions", "*"),
    _on("ecs: DeregisterTaskDefinition", "*", when=in_region),
    _on("ecs: ListTasks", "*", when=in_cluster),
    _on(r"ecs: (?!ListTasks|\w+TaskDefinitions?$)\w+ RegisterTaskDefinition", *_ECS),
    _on("servicediscovery: GetOperation ListTagsForResource ListInstances", "*"),
    _on("servicediscovery: CreatePrivateDnsNamespace", "*", when=marked),
    _on("servicediscovery: TagResource", "*", when=adopted),
    _on("servicediscovery: UntagResource", "*", when=in_region),
    _on("servicediscovery: CreateService", ":service/*", when=marked),
    _on(
        r"servicediscovery: GetNamespace GetService (Update|Delete|Deregister)\w+ CreateService",
        ":namespace/*",
        ":service/*",
        when=owned,
    ),
    _on(r"application-autoscaling: Describe\w+", "*"),
    _on("application-autoscaling: RegisterScalableTarget", ":scalable-target/*", when=marked),
    _on("application-autoscaling: TagResource", ":scalable-target/*", when=adopted),
    _on(r"application-autoscaling: (?!Describe)\w+", ":scalable-target/*", when=owned),
    _on(r"codedeploy: (Batch)?Get\w*DeploymentTargets? ListDeploymentTargets", "*"),
    _on("codedeploy: ContinueDeployment StopDeployment", "*", when=in_region),
    _on("codedeploy: GetDeploymentConfig", ":deploymentconfig:CodeDeployDefault.*"),
    _on(
        r"codedeploy: (?!ContinueDeployment|StopDeployment|\w+DeploymentTargets?$)\w+",
        ":application:{n}",
        ":deploymentgroup:{n}/*",
        ":deploymentconfig:{n}",
    ),
    # Data.
    _on(r"rds: Describe\w+ ListTagsForResource", *_RDS_READ),
    _on("rds: CreateDBProxy", "*", when=marked),
    _on("rds: CreateDBParameterGroup", ":pg:*", when=marked),
    _on("rds: AddTagsToResource", *_RDS_BY_ID, when=adopted),
    _on(
        r"rds: \w+DBParameterGroup \w+DBProxy \w+DBInstance CreateDBInstanceReadReplica "
        r"DeregisterDBProxyTargets \w+TagsToResource \w+TagsFromResource",
        *_RDS_BY_ID,
        when=owned,
    ),
    # A proxy's only target group carries no tag.
    _on(r"rds: ModifyDBProxyTargetGroup \w+DBProxyTargets", ":target-group:*"),
    _on(
        r"rds: \w+DBInstance CreateDBInstanceReadReplica \w+DBSubnetGroup CreateDBSnapshot "
        r"\w+TagsToResource \w+TagsFromResource DeregisterDBProxyTargets",
        ":db:{n}",
        ":subgrp:{n}",
        ":snapshot:{n}",
        ":og:default*",
    ),
    _on(r"elasticache: Describe\w+ ListTagsForResource", *_CACHE_READ),
    _on("elasticache: CreateCacheParameterGroup", ":parametergroup:*", when=marked),
    _on("elasticache: AddTagsToResource", ":parametergroup:*", when=adopted),
    _on(
        r"elasticache: \w+CacheParameterGroup \w+ReplicationGroup \w+TagsToResource "
        r"\w+TagsFromResource",
        ":parametergroup:*",
        when=owned,
    ),
    _on(
        r"elasticache: \w+ReplicationGroup \w+ReplicaCount \w+CacheSubnetGroup \w+TagsToResource "
        r"\w+TagsFromResource",
        ":replicationgroup:{n}",
        ":cluster:{n}",
        ":subnetgroup:{n}",
        ":snapshot:{n}",
    ),
    _on("mq: CreateBroker", "*", when=marked),
    _on(r"mq: (?!CreateBroker)\w+", ":broker:{n}:*"),
    _on(r"sqs: \w+", ":{n}"),
    _on(r"s3: (?!DeleteObject)\w+", "s3:::{n}"),
    _on("s3: DeleteObject DeleteObjectVersion", "s3:::{n}/*"),
    # Keys and secrets.
    _on("kms: ListAliases", "*"),
    _on("kms: CreateKey", "*", when=marked),
    _on("kms: TagResource", ":key/*", when=adopted),
    _on(
        r"kms: (?!ListAliases|CreateKey|CreateGrant|Decrypt|Encrypt|GenerateDataKey)\w+",
        ":key/*",
        when=owned,
    ),
    _on("kms: Decrypt Encrypt GenerateDataKey", ":key/*", when=key_use),
    _on("kms: CreateGrant", ":key/*", when=for_aws),
    _on(r"kms: (Create|Update|Delete)Alias", ":alias/{n}"),
    _on("ssm: DescribeParameters", "*"),
    _on(r"ssm: (?!Describe)\w+", ":parameter/plataforma/{e}/*"),
    _on(
        "secretsmanager: DescribeSecret GetResourcePolicy",
        ":secret:plataforma/*",
        ":secret:rds!db-*",
    ),
    _on(r"secretsmanager: (?!DescribeSecret|GetResourcePolicy)\w+", ":secret:plataforma/{e}/*"),
    _on("secretsmanager: RotateSecret CancelRotateSecret", ":secret:rds!db-*", when=of_database),
    # RDS makes the secret of a password that it manages.
    _on("secretsmanager: CreateSecret TagResource", ":secret:rds!db-*", when=through_aws),
    # Observation.
    _on("logs: DescribeLogGroups", "*"),
    _on(r"logs: \w+LogDeliver(y|ies) \w+ResourcePolic(y|ies)", "*", when=in_regions),
    _on(
        r"logs: (?!DescribeLogGroups|\w+LogDeliver|\w+ResourcePolic)\w+",
        *_LOG_GROUPS,
    ),
    _on("cloudwatch: DescribeAlarms", ":alarm:*"),
    _on(
        r"cloudwatch: (?!DescribeAlarms)\w+",
        ":alarm:{n}",
        ":alarm:TargetTracking-service/{n}/*",
    ),
    _on(r"events: \w+", ":rule/{n}"),
    _on("states: ValidateStateMachineDefinition", "*", when=in_region),
    _on(r"states: (?!Validate)\w+", ":stateMachine:{n}"),
    _on("sns: GetSubscriptionAttributes", "*"),
    _on("sns: SetSubscriptionAttributes Unsubscribe", "*", when=in_region),
    _on(r"sns: (?!\w+SubscriptionAttributes|Unsubscribe)\w+", ":{n}"),
    _on("aps: CreateWorkspace", "*", when=marked),
    _on("aps: CreateRuleGroupsNamespace", ":rulegroupsnamespace/*", when=marked),
    _on("aps: TagResource", ":workspace/*", ":rulegroupsnamespace/*", when=adopted),
    _on(
        r"aps: (?!CreateWorkspace|CreateRuleGroupsNamespace)\w+",
        ":workspace/*",
        ":rulegroupsnamespace/*",
        when=owned,
    ),
    _on("grafana: CreateWorkspace", "*", when=marked),
    _on("grafana: TagResource", ":/workspaces/*", when=adopted),
    _on(r"grafana: (?!Create)\w+", ":/workspaces/*", when=owned),
    _on(r"sso: \w+", "*", when=through_aws),
    # Roles.
    _on("iam: CreateRole PutRolePolicy PutRolePermissionsBoundary", _ROLES, when=bounded),
    _on("iam: AttachRolePolicy", _ROLES, when=attaching),
    _on("iam: PassRole", _ROLES, when=passed),
    _on(
        "iam: CreateServiceLinkedRole",
        "iam::{account}:role/aws-service-role/*",
        when=service_linked,
    ),
    _on(
        r"iam: (?!CreateRole$|PutRole|AttachRolePolicy|PassRole|CreateServiceLinkedRole)\w+", _ROLES
    ),
)
