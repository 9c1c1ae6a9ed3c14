"""ECS, and what finds and scales its services: Cloud Map, Auto Scaling."""

from __future__ import annotations

from resource_types.model import Creation, Inputs, ResourceType, Service, arn
from resource_types.refusals import (
    Associated,
    Needed,
    Properties,
    Unchangeable,
    Undeletable,
    changed,
    taken,
)
from resource_types.scope import scope
from resource_types.words import counted


def _service_arn(creation: Creation) -> str:
    cluster = str(creation.inputs["cluster"]).rpartition("/")[2] or "default"
    return (
        f"arn:{creation.partition}:ecs:{creation.region}:{creation.account}"
        f":service/{cluster}/{creation.name}"
    )


def _task_range(inputs: Inputs) -> str:
    least, most = inputs["minCapacity"], inputs["maxCapacity"]
    return counted(most, "task") if least == most else f"{least}-{most} tasks"


def _size(inputs: Inputs) -> str:
    architecture = inputs.get("runtimePlatform", {}).get("cpuArchitecture", "").lower()
    return f"{inputs.get('cpu')} CPU units, {inputs.get('memory')} MiB, {architecture}"


def _rollout(inputs: Inputs) -> str:
    controller = (inputs.get("deploymentController") or {}).get("type", "ECS")
    strategy = (inputs.get("deploymentConfiguration") or {}).get("strategy", "ROLLING")
    kind = "CODE_DEPLOY" if controller == "CODE_DEPLOY" else strategy
    return kind.lower().replace("_", " ")


def _scaling_policy(inputs: Inputs) -> str:
    config = inputs.get("targetTrackingScalingPolicyConfiguration")
    if not config:
        return "wakes from zero"
    predefined = config.get("predefinedMetricSpecification") or {}
    metric = predefined.get("predefinedMetricType") or f"{_custom_metric(config)} per task"
    return f"{metric} at {config.get('targetValue')}"


def _custom_metric(config: Inputs) -> str:
    metrics = (config.get("customizedMetricSpecification") or {}).get("metrics") or []
    return next((metric["id"] for metric in metrics if metric.get("returnData")), "load")


def _controller(properties: Properties) -> str:
    return str((properties.get("deploymentController") or {}).get("type", "ECS"))


def _strategy(properties: Properties) -> str:
    return str((properties.get("deploymentConfiguration") or {}).get("strategy", "ROLLING"))


_MOVED_BY_CODE_DEPLOY = changed("taskDefinition", "loadBalancers", "networkConfiguration")


def _needs_code_deploy(old: Properties, new: Properties) -> bool:
    return _controller(new) == "CODE_DEPLOY" and _MOVED_BY_CODE_DEPLOY(old, new)


def _changes_capacity_without_deployment(old: Properties, new: Properties) -> bool:
    return changed("capacityProviderStrategies")(old, new) and not new.get("forceNewDeployment")


def _lacks_advanced_configuration(_: Properties, new: Properties) -> bool:
    balancers: list[Properties] = new.get("loadBalancers") or []
    return _strategy(new) != "ROLLING" and any(
        not balancer.get("advancedConfiguration") for balancer in balancers
    )


TYPES = (
    ResourceType(
        "aws:ecs/cluster:Cluster",
        read="ecs: DescribeClusters ListTagsForResource",
        write=(
            "ecs: CreateCluster DeleteCluster UpdateCluster UpdateClusterSettings TagResource "
            "UntagResource"
        ),
        service_linked_role="ecs.amazonaws.com",
        replace_on_changes="name",
        outputs={"arn": arn("ecs", "cluster/{name}")},
        name_property="name",
        summary=lambda i: str(i.get("name")),
        refusals=(
            Needed(
                users={"aws:ecs/service:Service": "cluster"},
                by="arn",
                error=(
                    "ClusterContainsServicesException: The Cluster cannot be deleted while "
                    "Services are active."
                ),
                source="ECS API, DeleteCluster, Errors",
            ),
        ),
    ),
    ResourceType(
        "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
        read="ecs: DescribeClusters",
        write="ecs: PutClusterCapacityProviders",
        replace_on_changes="clusterName",
        id="{inputs[clusterName]}",
        refusals=(
            Needed(
                users={"aws:ecs/service:Service": "cluster"},
                by="clusterName",
                error=(
                    "ResourceInUseException: The specified capacity provider is in use and cannot "
                    "be removed."
                ),
                source="ECS API, PutClusterCapacityProviders: only if no existing task uses it",
            ),
        ),
    ),
    ResourceType(
        "aws:ecs/taskDefinition:TaskDefinition",
        read="ecs: DescribeTaskDefinition",
        write=("ecs: RegisterTaskDefinition DeregisterTaskDefinition TagResource UntagResource"),
        passes_role_to="ecs-tasks.amazonaws.com",
        replace_on_changes=(
            "containerDefinitions cpu enableFaultInjection ephemeralStorage executionRoleArn "
            "family ipcMode memory networkMode pidMode placementConstraints proxyConfiguration "
            "requiresCompatibilities runtimePlatform taskRoleArn volumes"
        ),
        id="{inputs[family]}",
        outputs={
            "arn": arn("ecs", "task-definition/{inputs[family]}:{number}"),
            "arnWithoutRevision": arn("ecs", "task-definition/{inputs[family]}"),
            "revision": lambda creation: creation.number,
        },
        summary=_size,
    ),
    ResourceType(
        "aws:ecs/service:Service",
        read=(
            "ecs: DescribeServices DescribeServiceDeployments ListServiceDeployments "
            "DescribeServiceRevisions"
        ),
        write=(
            "ecs: CreateService UpdateService DeleteService StopServiceDeployment TagResource "
            "UntagResource"
        ),
        passes_role_to="ecs.amazonaws.com",
        service_linked_role="ecs.amazonaws.com",
        replace_on_changes=(
            "name cluster capacityProviderStrategies deploymentController.type iamRole "
            "launchType schedulingStrategy"
        ),
        update_instead={"capacityProviderStrategies": "forceNewDeployment"},
        outputs={"arn": _service_arn},
        name_property="name",
        # Optional and computed (terraform-provider-aws, ecs/service.go): left out, it stays.
        keeps=("deploymentConfiguration",),
        summary=_rollout,
        refusals=(
            taken(
                "cluster name",
                "InvalidParameterException: Creation of service was not idempotent.",
                "ECS API, DeleteService: a name is free once its service is INACTIVE",
            ),
            Unchangeable(
                when=_needs_code_deploy,
                error=(
                    "InvalidParameterException: Unable to update task definition, load balancers "
                    "or network on services with a CODE_DEPLOY deployment controller. Use AWS "
                    "CodeDeploy to trigger a new deployment."
                ),
                source="ECS API, UpdateService",
            ),
            Unchangeable(
                when=_changes_capacity_without_deployment,
                error=(
                    "InvalidParameterException: When making a change to a capacity provider "
                    "strategy on a service that is already using one, you must force a new "
                    "deployment."
                ),
                source="ECS API, UpdateService; terraform-provider-aws, ecs/service.go",
            ),
            Unchangeable(
                when=_lacks_advanced_configuration,
                error=(
                    "InvalidParameterException: advancedConfiguration field is required for all "
                    "loadBalancers when using a non-ROLLING deployment strategy"
                ),
                source="ECS Developer Guide, Troubleshooting Amazon ECS blue/green deployments",
            ),
            Associated(
                paths=(
                    "loadBalancers.targetGroupArn "
                    "loadBalancers.advancedConfiguration.alternateTargetGroupArn"
                ),
                holders={
                    "aws:lb/listenerRule:ListenerRule": (
                        "actions.targetGroupArn actions.forward.targetGroups.arn"
                    ),
                },
                error=(
                    "InvalidParameterException: The target group of service {name} does not have "
                    "an associated load balancer."
                ),
                source="ECS Developer Guide, Service event messages and load balancers",
            ),
        ),
    ),
    ResourceType(
        "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace",
        read="servicediscovery: GetNamespace GetOperation ListTagsForResource",
        write=(
            "servicediscovery: CreatePrivateDnsNamespace UpdatePrivateDnsNamespace "
            "DeleteNamespace TagResource UntagResource; "
            "route53: CreateHostedZone DeleteHostedZone ListHostedZonesByName; "
            "ec2: DescribeRegions"
        ),
        replace_on_changes="name vpc",
        id="ns-{hex16}",
        outputs={
            "arn": arn("servicediscovery", "namespace/{id}"),
            "hostedZone": "Z{hex20}",
        },
        name_property="name",
        refusals=(
            taken(
                "name vpc",
                "NamespaceAlreadyExists: A namespace {name} exists in this VPC",
                "Cloud Map API, CreatePrivateDnsNamespace",
            ),
            Needed(
                users={"aws:servicediscovery/service:Service": "namespaceId dnsConfig.namespaceId"},
                error="ResourceInUse: Namespace {id} has associated services",
                source="Cloud Map API, DeleteNamespace, Errors",
            ),
        ),
    ),
    ResourceType(
        "aws:servicediscovery/service:Service",
        read="servicediscovery: GetService GetOperation ListTagsForResource",
        write=(
            "servicediscovery: CreateService UpdateService DeleteService ListInstances "
            "DeregisterInstance TagResource UntagResource"
        ),
        replace_on_changes=(
            "name namespaceId type healthCheckCustomConfig dnsConfig.namespaceId "
            "dnsConfig.routingPolicy"
        ),
        id="srv-{hex16}",
        outputs={"arn": arn("servicediscovery", "service/{id}")},
        name_property="name",
        refusals=(
            taken(
                "dnsConfig.namespaceId name",
                "ServiceAlreadyExists: Service {name} already exists",
                "Cloud Map API, CreateService",
            ),
            Needed(
                users={"aws:ecs/service:Service": "serviceRegistries.registryArn"},
                by="arn",
                error="ResourceInUse: an ECS service registers its tasks in service {name}",
                source="Cloud Map API, DeleteService, Errors",
            ),
            Undeletable(
                when=lambda p: not p.get("forceDestroy"),
                error=(
                    "ResourceInUse: Service contains registered instances; delete the instances "
                    "before deleting the service"
                ),
                source=(
                    "hashicorp/terraform-provider-aws, issue 4853: instances outlive the ECS "
                    "service"
                ),
            ),
        ),
    ),
    ResourceType(
        "aws:appautoscaling/target:Target",
        read="application-autoscaling: DescribeScalableTargets ListTagsForResource",
        write=(
            "application-autoscaling: RegisterScalableTarget DeregisterScalableTarget "
            "TagResource UntagResource"
        ),
        service_linked_role="ecs.application-autoscaling.amazonaws.com",
        replace_on_changes="resourceId scalableDimension serviceNamespace",
        id="{inputs[resourceId]}",
        outputs={"arn": arn("application-autoscaling", "scalable-target/{hex34}")},
        summary=_task_range,
    ),
    ResourceType(
        "aws:appautoscaling/policy:Policy",
        read="application-autoscaling: DescribeScalingPolicies",
        write=(
            "application-autoscaling: PutScalingPolicy DeleteScalingPolicy; "
            "cloudwatch: PutMetricAlarm DeleteAlarms DescribeAlarms"
        ),
        replace_on_changes="name resourceId scalableDimension serviceNamespace",
        id="{name}",
        outputs={
            "arn": arn(
                "autoscaling", "scalingPolicy:{uuid}:{inputs[resourceId]}:policyName/{name}"
            ),
            "alarmArns": [],
        },
        name_property="name",
        summary=_scaling_policy,
    ),
    ResourceType(
        "aws:appautoscaling/scheduledAction:ScheduledAction",
        read="application-autoscaling: DescribeScheduledActions",
        write="application-autoscaling: PutScheduledAction DeleteScheduledAction",
        replace_on_changes="name resourceId scalableDimension serviceNamespace",
        id="{name}-{inputs[serviceNamespace]}-{inputs[resourceId]}",
        outputs={"arn": arn("autoscaling", "scheduledAction:{uuid}:{inputs[resourceId]}:{name}")},
        name_property="name",
        summary=lambda i: f"{i.get('schedule')} {i.get('timezone')}",
    ),
)

_ECS = (
    ":cluster/{n}",
    ":service/{n}/*",
    ":service-deployment/{n}/*",
    ":service-revision/{n}/*",
    ":task/{n}/*",
    ":task-definition/{n}:*",
)
SCOPES = (
    scope("ecs: DescribeTaskDefinition ListTaskDefinitions", "*"),
    scope("ecs: DeregisterTaskDefinition", "*", when="request_region"),
    scope("ecs: ListTasks", "*", when="own_cluster"),
    scope("ecs: RunTask", ":task-definition/{n}:*", when="own_cluster"),
    scope(r"ecs: (?!ListTasks|RunTask|\w+TaskDefinitions?$)\w+ RegisterTaskDefinition", *_ECS),
    scope("servicediscovery: GetOperation ListTagsForResource ListInstances", "*"),
    scope("servicediscovery: CreatePrivateDnsNamespace", "*", when="request_tags"),
    scope("servicediscovery: TagResource", "*", when="first_tagging"),
    scope("servicediscovery: UntagResource", "*", when="request_region"),
    scope("servicediscovery: CreateService", ":service/*", when="request_tags"),
    scope(
        r"servicediscovery: GetNamespace GetService (Update|Delete|Deregister)\w+ CreateService",
        ":namespace/*",
        ":service/*",
        when="resource_tags",
    ),
    scope(r"application-autoscaling: Describe\w+", "*"),
    scope(
        "application-autoscaling: RegisterScalableTarget", ":scalable-target/*", when="request_tags"
    ),
    scope("application-autoscaling: TagResource", ":scalable-target/*", when="first_tagging"),
    scope(r"application-autoscaling: (?!Describe)\w+", ":scalable-target/*", when="resource_tags"),
)
SERVICE = Service("services", TYPES, scopes=SCOPES)
