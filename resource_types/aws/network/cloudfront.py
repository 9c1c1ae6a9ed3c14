"""CloudFront and WAF."""

from __future__ import annotations

from resource_types.model import Creation, ResourceType, Service, global_arn
from resource_types.refusals import Held, Needed, taken
from resource_types.scope import GLOBAL_REGION, scope


def _web_acl_arn(creation: Creation) -> str:
    scope = "global" if creation.inputs["scope"] == "CLOUDFRONT" else "regional"
    return (
        f"arn:{creation.partition}:wafv2:{creation.region}:{creation.account}:"
        f"{scope}/webacl/{creation.name}/{creation.id}"
    )


TYPES = (
    ResourceType(
        "aws:wafv2/webAcl:WebAcl",
        read="wafv2: GetWebACL ListTagsForResource",
        write="wafv2: CreateWebACL UpdateWebACL DeleteWebACL TagResource UntagResource",
        in_pull_requests=False,
        replace_on_changes="name namePrefix scope",
        id="{uuid}",
        outputs={
            "arn": _web_acl_arn,
            "capacity": 1000,
            "lockToken": "{uuid}",
        },
        name_property="name",
        refusals=(
            taken(
                "name scope",
                "WAFDuplicateItemException: a web ACL {name} already exists",
                "WAF API, CreateWebACL",
            ),
            Needed(
                users={
                    "aws:wafv2/webAclAssociation:WebAclAssociation": "webAclArn",
                    "aws:cloudfront/distribution:Distribution": "webAclId",
                },
                by="arn",
                error="WAFAssociatedItemException: {name} is associated with another resource",
                source="WAF API, DeleteWebACL, Errors",
            ),
        ),
    ),
    ResourceType(
        "aws:wafv2/webAclAssociation:WebAclAssociation",
        read="wafv2: GetWebACLForResource GetWebACL",
        write="wafv2: AssociateWebACL DisassociateWebACL; elasticloadbalancing: SetWebAcl",
        in_pull_requests=False,
        replace_on_changes="resourceArn webAclArn",
        id="{inputs[webAclArn]},{inputs[resourceArn]}",
    ),
    ResourceType(
        "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        read="wafv2: GetLoggingConfiguration",
        write=(
            "wafv2: PutLoggingConfiguration DeleteLoggingConfiguration; "
            "logs: CreateLogDelivery DeleteLogDelivery PutResourcePolicy DescribeResourcePolicies"
        ),
        service_linked_role="wafv2.amazonaws.com",
        in_pull_requests=False,
        replace_on_changes="resourceArn",
        id="{inputs[resourceArn]}",
    ),
    ResourceType(
        "aws:cloudfront/distribution:Distribution",
        read="cloudfront: GetDistribution ListTagsForResource",
        write=(
            "cloudfront: CreateDistribution UpdateDistribution DeleteDistribution TagResource "
            "UntagResource"
        ),
        in_pull_requests="without a domain",
        replace_on_changes="staging",
        id="E{hex13}",
        outputs={
            "arn": global_arn("cloudfront", "distribution/{id}"),
            "callerReference": "terraform-{number}",
            "domainName": "d{hex13}.cloudfront.net",
            "etag": "E{hex12}",
            "hostedZoneId": "Z2FDTNDATAQYW2",
            "status": "Deployed",
        },
        summary=lambda i: ", ".join(i.get("aliases") or ["on its own name"]),
        refusals=(
            taken(
                "aliases",
                "CNAMEAlreadyExists: One or more of the CNAMEs you provided are already "
                "associated with a different resource.",
                "CloudFront API, CreateDistribution",
            ),
        ),
    ),
    ResourceType(
        "aws:cloudfront/vpcOrigin:VpcOrigin",
        read=(
            "cloudfront: GetVpcOrigin ListTagsForResource; "
            "elasticloadbalancing: DescribeLoadBalancers; "
            "ec2: DescribeInternetGateways DescribeSubnets DescribeSecurityGroups DescribeVpcs"
        ),
        write=(
            "cloudfront: CreateVpcOrigin UpdateVpcOrigin DeleteVpcOrigin TagResource UntagResource"
        ),
        service_linked_role="vpcorigin.cloudfront.amazonaws.com",
        in_pull_requests="without a domain",
        replace_on_changes="",
        id="vo_{hex22}",
        outputs={
            "arn": global_arn("cloudfront", "vpcorigin/{id}"),
            "etag": "E{hex12}",
        },
        refusals=(
            taken(
                "vpcOriginEndpointConfig.name",
                "EntityAlreadyExists: Another vpc origin with the same name already exists within "
                "the aws account",
                "CloudFront API, CreateVpcOrigin",
            ),
            Needed(
                users={
                    "aws:cloudfront/distribution:Distribution": (
                        "origins.vpcOriginConfig.vpcOriginId"
                    )
                },
                error="CannotDeleteEntityWhileInUse: VPC origin {id} is in use",
                source="CloudFront API, DeleteVpcOrigin, Errors",
            ),
            Held(
                users={
                    "aws:cloudfront/distribution:Distribution": (
                        "origins.vpcOriginConfig.vpcOriginId"
                    )
                },
                path="vpcOriginEndpointConfig",
                error=(
                    "CannotUpdateEntityWhileInUse: The specified VPC origin is currently "
                    "associated with one or more distributions"
                ),
                source="hashicorp/terraform-provider-aws, issue 40905",
            ),
        ),
    ),
)

_WEB_ACLS = (
    ":regional/webacl/{n}/*",
    f"wafv2:{GLOBAL_REGION}:{{account}}:global/webacl/{{n}}/*",
)
_RULE_SETS = (
    ":regional/managedruleset/*",
    f"wafv2:{GLOBAL_REGION}:{{account}}:global/managedruleset/*",
)
SCOPES = (
    scope(r"wafv2: (?!DisassociateWebACL)\w+", *_WEB_ACLS),
    scope("wafv2: CreateWebACL UpdateWebACL", *_RULE_SETS),
    scope(
        "wafv2: AssociateWebACL DisassociateWebACL GetWebACLForResource",
        "elasticloadbalancing:{region}:{account}:loadbalancer/app/{n}/*",
    ),
    scope("cloudfront: CreateVpcOrigin", "*", when="request_tags"),
    scope("cloudfront: CreateDistribution", "cloudfront::{account}:distribution/*"),
    scope(
        "cloudfront: TagResource",
        "cloudfront::{account}:distribution/*",
        "cloudfront::{account}:vpcorigin/*",
        when="first_tagging",
    ),
    scope(
        r"cloudfront: (?!Create)\w+",
        "cloudfront::{account}:distribution/*",
        "cloudfront::{account}:vpcorigin/*",
        when="resource_tags",
    ),
)
SERVICE = Service("edge", TYPES, scopes=SCOPES)
