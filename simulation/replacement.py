"""SIMULATION, not AWS: which input properties force a replacement, per resource type.

From the schemas of the Terraform provider that the real plugin is built on ("ForceNew"). A path
names a nested property; a property that is not here is updated in place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_SCALED = "resourceId scalableDimension serviceNamespace"

FORCES: Mapping[str, str] = {
    "aws:acm/certificate:Certificate": (
        "domainName validationMethod subjectAlternativeNames keyAlgorithm certificateAuthorityArn"
    ),
    "aws:acm/certificateValidation:CertificateValidation": "certificateArn validationRecordFqdns",
    "aws:appautoscaling/policy:Policy": f"name {_SCALED}",
    "aws:appautoscaling/scheduledAction:ScheduledAction": f"name {_SCALED}",
    "aws:appautoscaling/target:Target": _SCALED,
    "aws:cloudfront/distribution:Distribution": "staging",
    "aws:cloudwatch/eventRule:EventRule": "name namePrefix eventBusName",
    "aws:cloudwatch/eventTarget:EventTarget": "rule targetId eventBusName",
    "aws:cloudwatch/logGroup:LogGroup": "name namePrefix logGroupClass",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "name",
    "aws:codedeploy/application:Application": "computePlatform",
    "aws:codedeploy/deploymentConfig:DeploymentConfig": (
        "deploymentConfigName computePlatform minimumHealthyHosts trafficRoutingConfig zonalConfig"
    ),
    "aws:codedeploy/deploymentGroup:DeploymentGroup": "appName",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "vpcId",
    "aws:ec2/eip:Eip": "domain address networkBorderGroup publicIpv4Pool",
    "aws:ec2/flowLog:FlowLog": (
        "vpcId subnetId eniId trafficType logDestination logDestinationType logFormat iamRoleArn "
        "maxAggregationInterval destinationOptions deliverCrossAccountRole"
    ),
    "aws:ec2/natGateway:NatGateway": "allocationId connectivityType privateIp subnetId",
    "aws:ec2/route:Route": (
        "routeTableId destinationCidrBlock destinationIpv6CidrBlock destinationPrefixListId"
    ),
    "aws:ec2/routeTable:RouteTable": "vpcId",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "subnetId gatewayId",
    "aws:ec2/securityGroup:SecurityGroup": "name namePrefix description vpcId",
    "aws:ec2/subnet:Subnet": (
        "availabilityZone availabilityZoneId cidrBlock ipv6Native outpostArn vpcId"
    ),
    "aws:ec2/vpc:Vpc": "cidrBlock ipv4IpamPoolId ipv4NetmaskLength",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "serviceName serviceRegion vpcEndpointType vpcId",
    "aws:ecs/cluster:Cluster": "name",
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": "clusterName",
    "aws:ecs/service:Service": (
        "name cluster capacityProviderStrategies deploymentController.type iamRole launchType "
        "schedulingStrategy"
    ),
    "aws:ecs/taskDefinition:TaskDefinition": (
        "containerDefinitions cpu enableFaultInjection ephemeralStorage executionRoleArn family "
        "ipcMode memory networkMode pidMode placementConstraints proxyConfiguration "
        "requiresCompatibilities runtimePlatform taskRoleArn volumes"
    ),
    "aws:elasticache/parameterGroup:ParameterGroup": "name family description",
    "aws:elasticache/replicationGroup:ReplicationGroup": (
        "replicationGroupId atRestEncryptionEnabled dataTieringEnabled engine kmsKeyId networkType "
        "port snapshotArns snapshotName subnetGroupName"
    ),
    "aws:elasticache/subnetGroup:SubnetGroup": "name",
    "aws:amp/workspace:Workspace": "kmsKeyArn",
    "aws:amp/ruleGroupNamespace:RuleGroupNamespace": "name workspaceId",
    "aws:amp/alertManagerDefinition:AlertManagerDefinition": "workspaceId",
    "aws:grafana/workspace:Workspace": "accountAccessType authenticationProviders kmsKeyId",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "url",
    "aws:iam/policy:Policy": "name namePrefix path description",
    "aws:iam/role:Role": "name namePrefix path",
    "aws:iam/rolePolicy:RolePolicy": "name namePrefix role",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "role policyArn",
    "aws:kms/alias:Alias": "name namePrefix",
    "aws:kms/key:Key": "customerMasterKeySpec customKeyStoreId keyUsage multiRegion",
    "aws:lb/listener:Listener": "loadBalancerArn",
    "aws:lb/listenerRule:ListenerRule": "listenerArn",
    "aws:lb/loadBalancer:LoadBalancer": "name namePrefix internal loadBalancerType",
    "aws:lb/targetGroup:TargetGroup": (
        "name namePrefix port protocol protocolVersion targetType vpcId ipAddressType"
    ),
    "aws:mq/broker:Broker": (
        "brokerName dataReplicationPrimaryBrokerArn deploymentMode encryptionOptions engineType "
        "publiclyAccessible subnetIds"
    ),
    "aws:rds/instance:Instance": (
        "availabilityZone backupTarget characterSetName customIamInstanceProfile dbName engine "
        "kmsKeyId restoreToPointInTime snapshotIdentifier storageEncrypted timezone username"
    ),
    "aws:rds/parameterGroup:ParameterGroup": "name namePrefix family description",
    "aws:rds/proxy:Proxy": "engineFamily vpcSubnetIds",
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": "dbProxyName",
    "aws:rds/proxyTarget:ProxyTarget": (
        "dbProxyName targetGroupName dbInstanceIdentifier dbClusterIdentifier"
    ),
    "aws:rds/subnetGroup:SubnetGroup": "name namePrefix",
    "aws:route53/record:Record": "zoneId name setIdentifier",
    "aws:s3/bucket:Bucket": "bucket bucketPrefix objectLockEnabled",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "bucket",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": "bucket",
    "aws:s3/bucketPolicy:BucketPolicy": "bucket",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "bucket",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "bucket"
    ),
    "aws:s3/bucketVersioning:BucketVersioning": "bucket",
    "aws:secretsmanager/secret:Secret": "name namePrefix",
    "aws:secretsmanager/secretRotation:SecretRotation": "secretId",
    "aws:secretsmanager/secretVersion:SecretVersion": "secretId secretString secretBinary",
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": "name vpc",
    "aws:servicediscovery/service:Service": (
        "name namespaceId type healthCheckCustomConfig dnsConfig.namespaceId "
        "dnsConfig.routingPolicy"
    ),
    "aws:sfn/stateMachine:StateMachine": "name namePrefix type",
    "aws:sns/topic:Topic": "name namePrefix fifoTopic",
    "aws:sns/topicPolicy:TopicPolicy": "arn",
    "aws:sns/topicSubscription:TopicSubscription": "topic protocol endpoint",
    "aws:sqs/queue:Queue": "name namePrefix fifoQueue",
    "aws:sqs/queuePolicy:QueuePolicy": "queueUrl",
    "aws:ssm/parameter:Parameter": "name dataType",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "securityGroupId",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "securityGroupId",
    "aws:wafv2/webAcl:WebAcl": "name namePrefix scope",
    "aws:wafv2/webAclAssociation:WebAclAssociation": "resourceArn webAclArn",
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": "resourceArn",
}


def forced(token: str) -> tuple[str, ...]:
    """The paths whose change replaces a resource of this type; of every AWS type, its region."""
    paths = tuple(FORCES.get(token, "").split())
    return (*paths, "region") if token.startswith("aws:") else paths


def replaces(token: str, path: str, inputs: Mapping[str, Any]) -> bool:
    """Whether a change at `path` (as `dnsConfig.dnsRecords[0].ttl`) to these inputs replaces."""
    plain = re.sub(r"\[\d+\]", "", path) + "."
    # ECS moves a service to other capacity providers only with a new deployment.
    if plain.startswith("capacityProviderStrategies") and inputs.get("forceNewDeployment"):
        return False
    return any(plain.startswith(f"{key}.") or f"{key}.".startswith(plain) for key in forced(token))
