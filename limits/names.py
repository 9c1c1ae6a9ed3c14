"""What identifies a resource to AWS: two of a stack must not share it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

UNKNOWN_TO_THE_ENGINE = "${unknown}"
"""What the policy pack has for a value that is not known: it says nothing of whose it is."""

# The properties that together are unique in an account and region, by type.
IDENTITIES: Mapping[str, str] = {
    "aws:amp/ruleGroupNamespace:RuleGroupNamespace": "name workspaceId",
    "aws:appautoscaling/policy:Policy": "name resourceId",
    "aws:appautoscaling/scheduledAction:ScheduledAction": "name resourceId",
    "aws:appautoscaling/target:Target": "resourceId scalableDimension",
    "aws:cloudwatch/eventRule:EventRule": "name",
    "aws:cloudwatch/logGroup:LogGroup": "name region",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "name",
    "aws:codedeploy/application:Application": "name",
    "aws:codedeploy/deploymentConfig:DeploymentConfig": "deploymentConfigName",
    "aws:codedeploy/deploymentGroup:DeploymentGroup": "deploymentGroupName appName",
    "aws:ecs/cluster:Cluster": "name",
    "aws:ecs/service:Service": "name cluster",
    "aws:ecs/taskDefinition:TaskDefinition": "family",
    "aws:elasticache/parameterGroup:ParameterGroup": "name",
    "aws:elasticache/replicationGroup:ReplicationGroup": "replicationGroupId",
    "aws:elasticache/subnetGroup:SubnetGroup": "name",
    "aws:iam/policy:Policy": "name",
    "aws:iam/role:Role": "name",
    "aws:iam/rolePolicy:RolePolicy": "name role",
    "aws:kms/alias:Alias": "name",
    "aws:lb/listener:Listener": "loadBalancerArn port",
    "aws:lb/listenerRule:ListenerRule": "listenerArn priority",
    "aws:lb/loadBalancer:LoadBalancer": "name",
    "aws:lb/targetGroup:TargetGroup": "name",
    "aws:mq/broker:Broker": "brokerName",
    "aws:rds/instance:Instance": "identifier",
    "aws:rds/parameterGroup:ParameterGroup": "name",
    "aws:rds/proxy:Proxy": "name",
    "aws:rds/subnetGroup:SubnetGroup": "name",
    "aws:route53/record:Record": "zoneId name type",
    "aws:s3/bucket:Bucket": "bucket",
    "aws:scheduler/schedule:Schedule": "name",
    "aws:secretsmanager/secret:Secret": "name",
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": "name",
    "aws:servicediscovery/service:Service": "name namespaceId",
    "aws:sfn/stateMachine:StateMachine": "name",
    "aws:sns/topic:Topic": "name",
    "aws:sqs/queue:Queue": "name",
    "aws:ssm/parameter:Parameter": "name",
    "aws:wafv2/webAcl:WebAcl": "name scope region",
}
# Records that several certificates of one host share on purpose: the same validation record.
SHARED = {"aws:route53/record:Record": "allowOverwrite"}


@dataclass(frozen=True)
class Identity:
    """A type and the values that are unique to one resource of it."""

    type: str
    values: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        values = ", ".join(f"{key} {value}" for key, value in self.values)
        return f"{self.type.rpartition(':')[2]} with {values}"


def identity(token: str, inputs: Mapping[str, Any]) -> Identity | None:
    """None where the engine makes the name, or does not know it."""
    keys = IDENTITIES.get(token, "").split()
    values = tuple((key, str(inputs[key])) for key in keys if inputs.get(key) is not None)
    if not keys or (keys[0], str(inputs.get(keys[0]))) not in values:
        return None
    if UNKNOWN_TO_THE_ENGINE in dict(values).values() or inputs.get(SHARED.get(token, "")):
        return None
    return Identity(token, values)
