"""Documented limits of containers, scaling, deployments and logs."""

from __future__ import annotations

from collections.abc import Mapping

from limits import schedules
from limits.documented.kinds import in_bytes, in_range, name
from limits.limit import Limit

_ECS = 'API RegisterTaskDefinition, "{}"'
_ECS_NAME = "[A-Za-z0-9_-]+"
_RETENTION_DAYS = (
    *(0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827),
    *(2192, 2557, 2922, 3288, 3653),
)

LIMITS: Mapping[str, Mapping[str, Limit]] = {
    "aws:appautoscaling/scheduledAction:ScheduledAction": {
        "schedule": Limit(
            "Application Auto Scaling User Guide, "
            '"Schedule recurring scaling actions using cron expressions"',
            check=schedules.problem,
        ),
        "timezone": Limit("API PutScheduledAction, Timezone", check=schedules.time_zone_problem),
    },
    "aws:cloudwatch/eventRule:EventRule": {
        "eventPattern": Limit(
            'EventBridge User Guide, "Quotas": event pattern size, 4,096 after an increase',
            most=2048,
        ),
        "scheduleExpression": Limit(
            'EventBridge User Guide, "Setting a schedule pattern for scheduled rules (legacy)"',
            check=schedules.problem,
        ),
    },
    "aws:cloudwatch/logGroup:LogGroup": {
        "retentionInDays": Limit(
            "API PutRetentionPolicy, retentionInDays",
            allowed=tuple(map(str, _RETENTION_DAYS)),
        ),
    },
    "aws:codedeploy/deploymentConfig:DeploymentConfig": {
        f"trafficRoutingConfig.timeBased{shift}.percentage": in_range(
            'CodeDeploy User Guide, "Create a deployment configuration"', 1, 99
        )
        for shift in ("Canary", "Linear")
    },
    "aws:codedeploy/deploymentGroup:DeploymentGroup": {
        "alarmConfiguration.alarms": Limit("API AlarmConfiguration, alarms", most=10),
        "blueGreenDeploymentConfig.terminateBlueInstancesOnDeploymentSuccess."
        "terminationWaitTimeInMinutes": in_range(
            "API BlueInstanceTerminationOption, terminationWaitTimeInMinutes", 0, 2880
        ),
    },
    "aws:ecs/cluster:Cluster": {
        "name": name("API CreateCluster, clusterName", 255, _ECS_NAME),
    },
    "aws:ecs/service:Service": {
        "capacityProviderStrategies[].base": in_range(
            "API CapacityProviderStrategyItem, base", 0, 100_000
        ),
        "capacityProviderStrategies[].weight": in_range(
            "API CapacityProviderStrategyItem, weight", 0, 1000
        ),
        "deploymentConfiguration.canaryConfiguration.canaryBakeTimeInMinutes": in_range(
            "API CanaryConfiguration, canaryBakeTimeInMinutes", 0, 1440
        ),
        "deploymentConfiguration.canaryConfiguration.canaryPercent": in_range(
            "API CanaryConfiguration, canaryPercent", 0.1, 100
        ),
        "deploymentConfiguration.linearConfiguration.stepBakeTimeInMinutes": in_range(
            "API LinearConfiguration, stepBakeTimeInMinutes", 0, 1440
        ),
        "deploymentConfiguration.linearConfiguration.stepPercent": in_range(
            "API LinearConfiguration, stepPercent", 3, 100
        ),
        "desiredCount": in_range(
            'ECS Developer Guide, "Service quotas": tasks per service', 0, 5000
        ),
        "healthCheckGracePeriodSeconds": in_range(
            "API CreateService, healthCheckGracePeriodSeconds", 0, 2_147_483_647
        ),
        "name": name("API CreateService, serviceName", 255, _ECS_NAME),
        "networkConfiguration.securityGroups": Limit(
            "API AwsVpcConfiguration, securityGroups", most=5
        ),
        "networkConfiguration.subnets": Limit("API AwsVpcConfiguration, subnets", least=1, most=16),
    },
    "aws:ecs/taskDefinition:TaskDefinition": {
        "containerDefinitions": in_bytes(
            'ECS Developer Guide, "Service quotas": task definition size, 64 KB', 65_536
        ),
        "containerDefinitions[]": Limit(
            'ECS Developer Guide, "Service quotas": containers per task definition', most=10
        ),
        "containerDefinitions[].healthCheck.interval": in_range(_ECS.format("interval"), 5, 300),
        "containerDefinitions[].healthCheck.retries": in_range(_ECS.format("retries"), 1, 10),
        "containerDefinitions[].healthCheck.startPeriod": in_range(
            _ECS.format("startPeriod"), 0, 300
        ),
        "containerDefinitions[].healthCheck.timeout": in_range(_ECS.format("timeout"), 2, 60),
        "containerDefinitions[].name": name(_ECS.format("name"), 255, _ECS_NAME),
        "containerDefinitions[].portMappings[].containerPort": in_range(
            _ECS.format("containerPort"), 0, 65_535
        ),
        "containerDefinitions[].stopTimeout": in_range(_ECS.format("stopTimeout"), 2, 120),
        "ephemeralStorage.sizeInGib": in_range(_ECS.format("sizeInGiB"), 21, 200),
        "family": name(_ECS.format("family"), 255, _ECS_NAME),
    },
}
