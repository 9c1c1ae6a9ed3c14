"""ECS, and what finds, scales and deploys its services: Cloud Map, Auto Scaling, CodeDeploy."""

from __future__ import annotations

from resource_types.model import Creation, Inputs, ResourceType, Service, arn
from resource_types.scope import scope


def _service_arn(creation: Creation) -> str:
    cluster = str(creation.inputs["cluster"]).rpartition("/")[2] or "default"
    return (
        f"arn:{creation.partition}:ecs:{creation.region}:{creation.account}"
        f":service/{cluster}/{creation.name}"
    )


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
    ),
    ResourceType(
        "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
        read="ecs: DescribeClusters",
        write="ecs: PutClusterCapacityProviders",
        replace_on_changes="clusterName",
        id="{inputs[clusterName]}",
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
        summary=_rollout,
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
        summary=lambda i: f"{i.get('minCapacity')}-{i.get('maxCapacity')} tasks",
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
    ResourceType(
        "aws:codedeploy/application:Application",
        read="codedeploy: GetApplication ListTagsForResource",
        write=(
            "codedeploy: CreateApplication UpdateApplication DeleteApplication TagResource "
            "UntagResource"
        ),
        in_pull_requests=False,
        replace_on_changes="computePlatform",
        id="{uuid}",
        outputs={
            "arn": arn("codedeploy", "application:{name}"),
            "applicationId": "{id}",
        },
        name_property="name",
    ),
    ResourceType(
        "aws:codedeploy/deploymentConfig:DeploymentConfig",
        read="codedeploy: GetDeploymentConfig",
        write="codedeploy: CreateDeploymentConfig DeleteDeploymentConfig",
        in_pull_requests=False,
        replace_on_changes=(
            "deploymentConfigName computePlatform minimumHealthyHosts trafficRoutingConfig "
            "zonalConfig"
        ),
        id="{name}",
        outputs={
            "arn": arn("codedeploy", "deploymentconfig:{name}"),
            "deploymentConfigId": "{uuid}",
        },
        name_property="deploymentConfigName",
    ),
    ResourceType(
        "aws:codedeploy/deploymentGroup:DeploymentGroup",
        read="codedeploy: GetDeploymentGroup ListTagsForResource",
        write=(
            "codedeploy: CreateDeploymentGroup UpdateDeploymentGroup DeleteDeploymentGroup "
            "TagResource UntagResource"
        ),
        passes_role_to="codedeploy.amazonaws.com",
        in_pull_requests=False,
        replace_on_changes="appName",
        id="{uuid}",
        outputs={
            "arn": arn(
                "codedeploy", "deploymentgroup:{inputs[appName]}/{inputs[deploymentGroupName]}"
            ),
            "computePlatform": "ECS",
            "deploymentGroupId": "{id}",
        },
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
    scope(r"ecs: (?!ListTasks|\w+TaskDefinitions?$)\w+ RegisterTaskDefinition", *_ECS),
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
    scope(r"codedeploy: (Batch)?Get\w*DeploymentTargets? ListDeploymentTargets", "*"),
    scope("codedeploy: ContinueDeployment StopDeployment", "*", when="request_region"),
    scope("codedeploy: GetDeploymentConfig", ":deploymentconfig:CodeDeployDefault.*"),
    scope(
        r"codedeploy: (?!ContinueDeployment|StopDeployment|\w+DeploymentTargets?$)\w+",
        ":application:{n}",
        ":deploymentgroup:{n}/*",
        ":deploymentconfig:{n}",
    ),
)
SERVICE = Service("services", TYPES, scopes=SCOPES)
