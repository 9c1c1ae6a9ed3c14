"""Load balancers. Their ARNs hold the stack's name, a target group's the environment's."""

from __future__ import annotations

from collections.abc import Callable

from resource_types.model import Creation, Function, Inputs, ResourceType, Service, arn
from resource_types.refusals import Needed, Undeletable, taken
from resource_types.scope import scope


def _below(parent: str, before: str, after: str) -> Callable[[Creation], str]:
    """The ARN of what is made below another: its ARN, of another kind, and a random part."""
    return lambda c: f"{str(c.inputs[parent]).replace(before, after)}/{c.hex(16)}"


def _routes(inputs: Inputs) -> str:
    values = [
        value
        for condition in inputs.get("conditions") or []
        for kind in condition.values()
        for value in kind.get("values") or []
    ]
    return " ".join(values)


TYPES = (
    ResourceType(
        "aws:lb/loadBalancer:LoadBalancer",
        read=(
            "elasticloadbalancing: DescribeLoadBalancers DescribeLoadBalancerAttributes "
            "DescribeTags DescribeCapacityReservation"
        ),
        write=(
            "elasticloadbalancing: CreateLoadBalancer DeleteLoadBalancer "
            "ModifyLoadBalancerAttributes SetSecurityGroups SetSubnets SetIpAddressType AddTags "
            "RemoveTags"
        ),
        service_linked_role="elasticloadbalancing.amazonaws.com",
        replace_on_changes="name namePrefix internal loadBalancerType",
        outputs={
            "arn": arn("elasticloadbalancing", "loadbalancer/app/{name}/{hex16}"),
            "arnSuffix": "app/{name}/{hex16}",
            "dnsName": "{name}-{hex9}.{region}.elb.amazonaws.com",
            "zoneId": "Z{hex12}",
            "vpcId": "vpc-{hex17}",
        },
        name_property="name",
        summary=lambda i: "internal" if i.get("internal") else "internet-facing",
        refusals=(
            taken(
                "name",
                "DuplicateLoadBalancerName: A load balancer with the same name '{name}' exists",
                "Elastic Load Balancing API, CreateLoadBalancer",
            ),
            Undeletable(
                when=lambda p: bool(p.get("enableDeletionProtection")),
                error=(
                    "OperationNotPermitted: Load balancer '{arn}' cannot be deleted because "
                    "deletion protection is enabled"
                ),
                source="Elastic Load Balancing API, DeleteLoadBalancer, Errors",
            ),
            Needed(
                users={"aws:cloudfront/vpcOrigin:VpcOrigin": "vpcOriginEndpointConfig.arn"},
                by="arn",
                error=(
                    "ResourceInUse: Load balancer '{arn}' cannot be deleted because it is "
                    "currently associated with another service"
                ),
                source="Elastic Load Balancing API, DeleteLoadBalancer, Errors",
            ),
        ),
    ),
    ResourceType(
        "aws:lb/listener:Listener",
        read=(
            "elasticloadbalancing: DescribeListeners DescribeListenerAttributes "
            "DescribeListenerCertificates DescribeTags"
        ),
        write=(
            "elasticloadbalancing: CreateListener DeleteListener ModifyListener "
            "ModifyListenerAttributes AddTags RemoveTags"
        ),
        replace_on_changes="loadBalancerArn",
        outputs={"arn": _below("loadBalancerArn", ":loadbalancer/", ":listener/")},
        summary=lambda i: f"{i.get('protocol')} {i.get('port')}",
        refusals=(
            taken(
                "loadBalancerArn port",
                "DuplicateListener: A listener already exists on port {port} of this load balancer",
                "Elastic Load Balancing API, CreateListener",
            ),
        ),
    ),
    ResourceType(
        "aws:lb/listenerRule:ListenerRule",
        read="elasticloadbalancing: DescribeRules DescribeTags",
        write=(
            "elasticloadbalancing: CreateRule DeleteRule ModifyRule SetRulePriorities AddTags "
            "RemoveTags"
        ),
        replace_on_changes="listenerArn",
        outputs={"arn": _below("listenerArn", ":listener/", ":listener-rule/")},
        summary=lambda i: f"priority {i.get('priority')}, {_routes(i)}",
        refusals=(
            taken(
                "listenerArn priority",
                "PriorityInUse: Priority '{priority}' is currently in use",
                "Elastic Load Balancing API, CreateRule and SetRulePriorities",
            ),
        ),
    ),
    ResourceType(
        "aws:lb/targetGroup:TargetGroup",
        read=(
            "elasticloadbalancing: DescribeTargetGroups DescribeTargetGroupAttributes "
            "DescribeTargetHealth DescribeTags"
        ),
        write=(
            "elasticloadbalancing: CreateTargetGroup DeleteTargetGroup ModifyTargetGroup "
            "ModifyTargetGroupAttributes AddTags RemoveTags"
        ),
        replace_on_changes=(
            "name namePrefix port protocol protocolVersion targetType vpcId ipAddressType"
        ),
        outputs={
            "arn": arn("elasticloadbalancing", "targetgroup/{name}/{hex16}"),
            "arnSuffix": "targetgroup/{name}/{hex16}",
            "loadBalancerArns": [],
        },
        name_property="name",
        summary=lambda i: f"port {i.get('port')}",
        refusals=(
            taken(
                "name",
                "DuplicateTargetGroupName: A target group with the same name '{name}' exists",
                "Elastic Load Balancing API, CreateTargetGroup",
            ),
            Needed(
                users={
                    "aws:lb/listener:Listener": (
                        "defaultActions.targetGroupArn defaultActions.forward.targetGroups.arn"
                    ),
                    "aws:lb/listenerRule:ListenerRule": (
                        "actions.targetGroupArn actions.forward.targetGroups.arn"
                    ),
                },
                by="arn",
                error=(
                    "ResourceInUse: Target group '{arn}' is currently in use by a listener or a "
                    "rule"
                ),
                source="Elastic Load Balancing API, DeleteTargetGroup, Errors",
            ),
            Needed(
                users={
                    "aws:ecs/service:Service": (
                        "loadBalancers.targetGroupArn "
                        "loadBalancers.advancedConfiguration.alternateTargetGroupArn"
                    )
                },
                by="arn",
                error="deployments of an ECS service get stuck without its target group '{arn}'",
                source="aws/containers-roadmap, issue 1884",
            ),
        ),
    ),
)

FUNCTIONS = (
    Function(
        "aws:lb/getLoadBalancer:getLoadBalancer",
        read=(
            "elasticloadbalancing: DescribeLoadBalancers DescribeLoadBalancerAttributes "
            "DescribeTags"
        ),
        finds="aws:lb/loadBalancer:LoadBalancer",
    ),
)

_BALANCING = (
    ":loadbalancer/app/{n}/*",
    ":listener/app/{n}/*",
    ":listener-rule/app/{n}/*",
    ":targetgroup/{e}-*/*",
)
SCOPES = (
    scope(r"elasticloadbalancing: Describe\w+", "*"),
    scope("elasticloadbalancing: SetWebAcl", "*", when="request_region"),
    scope(r"elasticloadbalancing: (?!Describe|SetWebAcl)\w+", *_BALANCING),
)
SERVICE = Service("edge", TYPES, FUNCTIONS, scopes=SCOPES)
