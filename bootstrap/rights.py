"""The AWS calls behind each resource type of the platform's program, one row a type.

`read` is what a preview with refresh calls, `write` what creation, update and deletion call
besides. To use one more resource type, add its row here. Sources: the Terraform provider that the
Pulumi provider is built on; AWS's Service Authorization Reference ("dependent actions").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Rights:
    """Actions as text: `ec2: DescribeVpcs CreateVpc; logs: PutRetentionPolicy`."""

    read: str = ""
    write: str = ""

    @property
    def read_actions(self) -> frozenset[str]:
        return frozenset(actions(self.read))

    @property
    def write_actions(self) -> frozenset[str]:
        return frozenset(actions(self.write))


def actions(text: str) -> Iterator[str]:
    """ec2:DescribeVpcs for each action of a row's text."""
    for part in filter(None, map(str.strip, text.split(";"))):
        service, _, names = part.partition(":")
        yield from (f"{service}:{name}" for name in names.split())


_EC2_TAGS = "ec2: CreateTags DeleteTags"
_LB_TAGS = "elasticloadbalancing: AddTags RemoveTags"
_RDS_TAGS = "rds: AddTagsToResource RemoveTagsFromResource"
_EC_TAGS = "elasticache: AddTagsToResource RemoveTagsFromResource"
_KEY_USE = "kms: DescribeKey CreateGrant Decrypt GenerateDataKey"
_SERVICE_ROLE = "iam: CreateServiceLinkedRole"
_REVOKE = "RevokeSecurityGroupIngress RevokeSecurityGroupEgress"
_AUTHORIZE = "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress"
_SCALING = "application-autoscaling: DescribeScalableTargets ListTagsForResource"

NETWORK: Mapping[str, Rights] = {
    "aws:ec2/vpc:Vpc": Rights(
        "ec2: DescribeVpcs DescribeVpcAttribute DescribeNetworkAcls DescribeRouteTables "
        "DescribeSecurityGroups",
        f"ec2: CreateVpc DeleteVpc ModifyVpcAttribute; {_EC2_TAGS}",
    ),
    "aws:ec2/subnet:Subnet": Rights(
        "ec2: DescribeSubnets DescribeNetworkInterfaces",
        f"ec2: CreateSubnet DeleteSubnet ModifySubnetAttribute; {_EC2_TAGS}",
    ),
    "aws:ec2/routeTable:RouteTable": Rights(
        "ec2: DescribeRouteTables", f"ec2: CreateRouteTable DeleteRouteTable; {_EC2_TAGS}"
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Rights(
        "ec2: DescribeRouteTables",
        "ec2: AssociateRouteTable DisassociateRouteTable ReplaceRouteTableAssociation",
    ),
    "aws:ec2/route:Route": Rights(
        "ec2: DescribeRouteTables", "ec2: CreateRoute DeleteRoute ReplaceRoute"
    ),
    "aws:ec2/internetGateway:InternetGateway": Rights(
        "ec2: DescribeInternetGateways",
        "ec2: CreateInternetGateway DeleteInternetGateway AttachInternetGateway "
        f"DetachInternetGateway; {_EC2_TAGS}",
    ),
    "aws:ec2/natGateway:NatGateway": Rights(
        "ec2: DescribeNatGateways",
        f"ec2: CreateNatGateway DeleteNatGateway; {_EC2_TAGS}",
    ),
    "aws:ec2/eip:Eip": Rights(
        "ec2: DescribeAddresses DescribeAddressesAttribute",
        f"ec2: AllocateAddress ReleaseAddress DisassociateAddress; {_EC2_TAGS}",
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Rights(
        "ec2: DescribeVpcEndpoints DescribePrefixLists",
        f"ec2: CreateVpcEndpoint ModifyVpcEndpoint DeleteVpcEndpoints; {_EC2_TAGS}; "
        "route53: AssociateVPCWithHostedZone",
    ),
    "aws:ec2/flowLog:FlowLog": Rights(
        "ec2: DescribeFlowLogs",
        f"ec2: CreateFlowLogs DeleteFlowLogs; {_EC2_TAGS}; iam: PassRole; "
        "logs: CreateLogDelivery DeleteLogDelivery",
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Rights(
        "ec2: DescribeSecurityGroups DescribeSecurityGroupRules", f"ec2: {_REVOKE}; {_EC2_TAGS}"
    ),
    "aws:ec2/securityGroup:SecurityGroup": Rights(
        "ec2: DescribeSecurityGroups DescribeSecurityGroupRules DescribeNetworkInterfaces",
        f"ec2: CreateSecurityGroup DeleteSecurityGroup {_AUTHORIZE} {_REVOKE}; {_EC2_TAGS}",
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Rights(
        "ec2: DescribeSecurityGroupRules",
        "ec2: AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress ModifySecurityGroupRules; "
        + _EC2_TAGS,
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Rights(
        "ec2: DescribeSecurityGroupRules",
        "ec2: AuthorizeSecurityGroupEgress RevokeSecurityGroupEgress ModifySecurityGroupRules; "
        + _EC2_TAGS,
    ),
    "aws:index/getAvailabilityZones:getAvailabilityZones": Rights("ec2: DescribeAvailabilityZones"),
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": Rights(
        "ec2: DescribeManagedPrefixLists GetManagedPrefixListEntries"
    ),
}

EDGE: Mapping[str, Rights] = {
    "aws:lb/loadBalancer:LoadBalancer": Rights(
        "elasticloadbalancing: DescribeLoadBalancers DescribeLoadBalancerAttributes DescribeTags "
        "DescribeCapacityReservation",
        "elasticloadbalancing: CreateLoadBalancer DeleteLoadBalancer ModifyLoadBalancerAttributes "
        f"SetSecurityGroups SetSubnets SetIpAddressType; {_LB_TAGS}; {_SERVICE_ROLE}",
    ),
    "aws:lb/listener:Listener": Rights(
        "elasticloadbalancing: DescribeListeners DescribeListenerAttributes "
        "DescribeListenerCertificates DescribeTags",
        "elasticloadbalancing: CreateListener DeleteListener ModifyListener "
        f"ModifyListenerAttributes; {_LB_TAGS}",
    ),
    "aws:lb/listenerRule:ListenerRule": Rights(
        "elasticloadbalancing: DescribeRules DescribeTags",
        "elasticloadbalancing: CreateRule DeleteRule ModifyRule SetRulePriorities; " + _LB_TAGS,
    ),
    "aws:lb/targetGroup:TargetGroup": Rights(
        "elasticloadbalancing: DescribeTargetGroups DescribeTargetGroupAttributes "
        "DescribeTargetHealth DescribeTags",
        "elasticloadbalancing: CreateTargetGroup DeleteTargetGroup ModifyTargetGroup "
        f"ModifyTargetGroupAttributes; {_LB_TAGS}",
    ),
    "aws:acm/certificate:Certificate": Rights(
        "acm: DescribeCertificate ListTagsForCertificate",
        "acm: RequestCertificate DeleteCertificate UpdateCertificateOptions "
        "AddTagsToCertificate RemoveTagsFromCertificate",
    ),
    "aws:acm/certificateValidation:CertificateValidation": Rights("acm: DescribeCertificate"),
    "aws:route53/record:Record": Rights(
        "route53: GetHostedZone ListResourceRecordSets GetChange",
        "route53: ChangeResourceRecordSets",
    ),
    "aws:wafv2/webAcl:WebAcl": Rights(
        "wafv2: GetWebACL ListTagsForResource",
        "wafv2: CreateWebACL UpdateWebACL DeleteWebACL TagResource UntagResource",
    ),
    "aws:wafv2/webAclAssociation:WebAclAssociation": Rights(
        "wafv2: GetWebACLForResource GetWebACL",
        "wafv2: AssociateWebACL DisassociateWebACL; elasticloadbalancing: SetWebAcl",
    ),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": Rights(
        "wafv2: GetLoggingConfiguration",
        "wafv2: PutLoggingConfiguration DeleteLoggingConfiguration; logs: CreateLogDelivery "
        f"DeleteLogDelivery PutResourcePolicy DescribeResourcePolicies; {_SERVICE_ROLE}",
    ),
    "aws:cloudfront/distribution:Distribution": Rights(
        "cloudfront: GetDistribution ListTagsForResource",
        "cloudfront: CreateDistribution UpdateDistribution DeleteDistribution TagResource "
        "UntagResource",
    ),
    "aws:cloudfront/vpcOrigin:VpcOrigin": Rights(
        "cloudfront: GetVpcOrigin ListTagsForResource; elasticloadbalancing: DescribeLoadBalancers;"
        " ec2: DescribeInternetGateways DescribeSubnets DescribeSecurityGroups DescribeVpcs",
        "cloudfront: CreateVpcOrigin UpdateVpcOrigin DeleteVpcOrigin TagResource UntagResource; "
        + _SERVICE_ROLE,
    ),
}

SERVICES: Mapping[str, Rights] = {
    "aws:ecs/cluster:Cluster": Rights(
        "ecs: DescribeClusters ListTagsForResource",
        "ecs: CreateCluster DeleteCluster UpdateCluster UpdateClusterSettings TagResource "
        f"UntagResource; {_SERVICE_ROLE}",
    ),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": Rights(
        "ecs: DescribeClusters", "ecs: PutClusterCapacityProviders"
    ),
    "aws:ecs/taskDefinition:TaskDefinition": Rights(
        "ecs: DescribeTaskDefinition",
        "ecs: RegisterTaskDefinition DeregisterTaskDefinition TagResource UntagResource; "
        "iam: PassRole",
    ),
    "aws:ecs/service:Service": Rights(
        "ecs: DescribeServices DescribeServiceDeployments ListServiceDeployments "
        "DescribeServiceRevisions",
        "ecs: CreateService UpdateService DeleteService StopServiceDeployment TagResource "
        f"UntagResource; iam: PassRole; {_SERVICE_ROLE}",
    ),
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": Rights(
        "servicediscovery: GetNamespace GetOperation ListTagsForResource",
        "servicediscovery: CreatePrivateDnsNamespace UpdatePrivateDnsNamespace DeleteNamespace "
        "TagResource UntagResource; "
        "route53: CreateHostedZone DeleteHostedZone ListHostedZonesByName; ec2: DescribeRegions",
    ),
    "aws:servicediscovery/service:Service": Rights(
        "servicediscovery: GetService GetOperation ListTagsForResource",
        "servicediscovery: CreateService UpdateService DeleteService ListInstances "
        "DeregisterInstance TagResource UntagResource",
    ),
    "aws:appautoscaling/target:Target": Rights(
        _SCALING,
        "application-autoscaling: RegisterScalableTarget DeregisterScalableTarget TagResource "
        f"UntagResource; {_SERVICE_ROLE}",
    ),
    "aws:appautoscaling/policy:Policy": Rights(
        "application-autoscaling: DescribeScalingPolicies",
        "application-autoscaling: PutScalingPolicy DeleteScalingPolicy; "
        "cloudwatch: PutMetricAlarm DeleteAlarms DescribeAlarms",
    ),
    "aws:appautoscaling/scheduledAction:ScheduledAction": Rights(
        "application-autoscaling: DescribeScheduledActions",
        "application-autoscaling: PutScheduledAction DeleteScheduledAction",
    ),
    "aws:codedeploy/application:Application": Rights(
        "codedeploy: GetApplication ListTagsForResource",
        "codedeploy: CreateApplication UpdateApplication DeleteApplication TagResource "
        "UntagResource",
    ),
    "aws:codedeploy/deploymentConfig:DeploymentConfig": Rights(
        "codedeploy: GetDeploymentConfig",
        "codedeploy: CreateDeploymentConfig DeleteDeploymentConfig",
    ),
    "aws:codedeploy/deploymentGroup:DeploymentGroup": Rights(
        "codedeploy: GetDeploymentGroup ListTagsForResource",
        "codedeploy: CreateDeploymentGroup UpdateDeploymentGroup DeleteDeploymentGroup TagResource "
        "UntagResource; iam: PassRole",
    ),
}

DATA: Mapping[str, Rights] = {
    "aws:rds/subnetGroup:SubnetGroup": Rights(
        "rds: DescribeDBSubnetGroups ListTagsForResource",
        f"rds: CreateDBSubnetGroup ModifyDBSubnetGroup DeleteDBSubnetGroup; {_RDS_TAGS}",
    ),
    "aws:rds/parameterGroup:ParameterGroup": Rights(
        "rds: DescribeDBParameterGroups DescribeDBParameters ListTagsForResource",
        "rds: CreateDBParameterGroup ModifyDBParameterGroup ResetDBParameterGroup "
        f"DeleteDBParameterGroup; {_RDS_TAGS}",
    ),
    "aws:rds/instance:Instance": Rights(
        "rds: DescribeDBInstances ListTagsForResource",
        "rds: CreateDBInstance CreateDBInstanceReadReplica ModifyDBInstance RebootDBInstance "
        f"DeleteDBInstance CreateDBSnapshot; {_RDS_TAGS}; {_KEY_USE}; {_SERVICE_ROLE}; "
        "iam: PassRole; secretsmanager: CreateSecret TagResource",
    ),
    "aws:rds/proxy:Proxy": Rights(
        "rds: DescribeDBProxies ListTagsForResource",
        f"rds: CreateDBProxy ModifyDBProxy DeleteDBProxy; {_RDS_TAGS}; iam: PassRole",
    ),
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": Rights(
        "rds: DescribeDBProxyTargetGroups", "rds: ModifyDBProxyTargetGroup"
    ),
    "aws:rds/proxyTarget:ProxyTarget": Rights(
        "rds: DescribeDBProxyTargets", "rds: RegisterDBProxyTargets DeregisterDBProxyTargets"
    ),
    "aws:elasticache/subnetGroup:SubnetGroup": Rights(
        "elasticache: DescribeCacheSubnetGroups ListTagsForResource",
        "elasticache: CreateCacheSubnetGroup ModifyCacheSubnetGroup DeleteCacheSubnetGroup; "
        + _EC_TAGS,
    ),
    "aws:elasticache/parameterGroup:ParameterGroup": Rights(
        "elasticache: DescribeCacheParameterGroups DescribeCacheParameters ListTagsForResource",
        "elasticache: CreateCacheParameterGroup ModifyCacheParameterGroup "
        f"ResetCacheParameterGroup DeleteCacheParameterGroup; {_EC_TAGS}",
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": Rights(
        "elasticache: DescribeReplicationGroups DescribeCacheClusters ListTagsForResource",
        "elasticache: CreateReplicationGroup ModifyReplicationGroup DeleteReplicationGroup "
        f"IncreaseReplicaCount DecreaseReplicaCount; {_EC_TAGS}; {_KEY_USE}; {_SERVICE_ROLE}; "
        "logs: CreateLogDelivery GetLogDelivery UpdateLogDelivery DeleteLogDelivery "
        "ListLogDeliveries PutResourcePolicy DescribeResourcePolicies DescribeLogGroups",
    ),
    "aws:mq/broker:Broker": Rights(
        "mq: DescribeBroker DescribeUser ListTags",
        "mq: CreateBroker UpdateBroker RebootBroker DeleteBroker CreateTags DeleteTags; "
        "ec2: CreateNetworkInterface CreateNetworkInterfacePermission DeleteNetworkInterface "
        f"DescribeNetworkInterfacePermissions; {_KEY_USE}; {_SERVICE_ROLE}",
    ),
    "aws:sqs/queue:Queue": Rights(
        "sqs: GetQueueAttributes GetQueueUrl ListQueueTags",
        "sqs: CreateQueue SetQueueAttributes DeleteQueue TagQueue UntagQueue",
    ),
    "aws:sqs/queuePolicy:QueuePolicy": Rights("sqs: GetQueueAttributes", "sqs: SetQueueAttributes"),
    "aws:s3/bucket:Bucket": Rights(
        "s3: ListBucket GetBucketLocation GetBucketTagging GetBucketAcl GetBucketCORS "
        "GetBucketLogging GetBucketWebsite GetBucketRequestPayment GetBucketPolicy "
        "GetBucketObjectLockConfiguration GetAccelerateConfiguration GetLifecycleConfiguration "
        "GetReplicationConfiguration GetEncryptionConfiguration GetBucketVersioning "
        "ListTagsForResource",
        "s3: CreateBucket DeleteBucket PutBucketTagging TagResource UntagResource "
        "ListBucketVersions DeleteObject DeleteObjectVersion",
    ),
    "aws:s3/bucketPolicy:BucketPolicy": Rights(
        "s3: GetBucketPolicy", "s3: PutBucketPolicy DeleteBucketPolicy"
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Rights(
        "s3: GetBucketPublicAccessBlock", "s3: PutBucketPublicAccessBlock"
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Rights(
        "s3: GetLifecycleConfiguration", "s3: PutLifecycleConfiguration"
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        Rights("s3: GetEncryptionConfiguration", "s3: PutEncryptionConfiguration")
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": Rights(
        "s3: GetBucketOwnershipControls", "s3: PutBucketOwnershipControls"
    ),
    "aws:s3/bucketVersioning:BucketVersioning": Rights(
        "s3: GetBucketVersioning", "s3: PutBucketVersioning"
    ),
}

SECRETS: Mapping[str, Rights] = {
    "aws:kms/key:Key": Rights(
        "kms: DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags",
        "kms: CreateKey PutKeyPolicy EnableKeyRotation DisableKeyRotation UpdateKeyDescription "
        "ScheduleKeyDeletion TagResource UntagResource",
    ),
    "aws:kms/alias:Alias": Rights("kms: ListAliases", "kms: CreateAlias UpdateAlias DeleteAlias"),
    "aws:ssm/parameter:Parameter": Rights(
        "ssm: GetParameter GetParameters DescribeParameters ListTagsForResource; kms: Decrypt",
        "ssm: PutParameter DeleteParameter AddTagsToResource RemoveTagsFromResource; "
        "kms: Encrypt GenerateDataKey",
    ),
    "aws:secretsmanager/secret:Secret": Rights(
        "secretsmanager: DescribeSecret GetResourcePolicy",
        "secretsmanager: CreateSecret UpdateSecret DeleteSecret TagResource UntagResource; "
        "kms: GenerateDataKey Decrypt",
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": Rights(
        "secretsmanager: GetSecretValue; kms: Decrypt",
        "secretsmanager: PutSecretValue UpdateSecretVersionStage; kms: GenerateDataKey",
    ),
    "aws:secretsmanager/secretRotation:SecretRotation": Rights(
        "secretsmanager: DescribeSecret",
        "secretsmanager: RotateSecret CancelRotateSecret; kms: Decrypt GenerateDataKey",
    ),
    "aws:secretsmanager/getSecret:getSecret": Rights(
        "secretsmanager: DescribeSecret GetResourcePolicy"
    ),
}

OBSERVATION: Mapping[str, Rights] = {
    "aws:cloudwatch/logGroup:LogGroup": Rights(
        "logs: DescribeLogGroups ListTagsForResource",
        "logs: CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy "
        "AssociateKmsKey DisassociateKmsKey TagResource UntagResource",
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Rights(
        "cloudwatch: DescribeAlarms ListTagsForResource",
        "cloudwatch: PutMetricAlarm DeleteAlarms TagResource UntagResource",
    ),
    "aws:cloudwatch/eventRule:EventRule": Rights(
        "events: DescribeRule ListTagsForResource",
        "events: PutRule DeleteRule EnableRule DisableRule TagResource UntagResource",
    ),
    "aws:cloudwatch/eventTarget:EventTarget": Rights(
        "events: ListTargetsByRule", "events: PutTargets RemoveTargets; iam: PassRole"
    ),
    "aws:sfn/stateMachine:StateMachine": Rights(
        "states: DescribeStateMachine ListStateMachineVersions ListTagsForResource",
        "states: CreateStateMachine UpdateStateMachine DeleteStateMachine TagResource "
        "UntagResource ValidateStateMachineDefinition; iam: PassRole",
    ),
    "aws:sns/topic:Topic": Rights(
        "sns: GetTopicAttributes ListTagsForResource",
        "sns: CreateTopic SetTopicAttributes DeleteTopic TagResource UntagResource",
    ),
    "aws:sns/topicPolicy:TopicPolicy": Rights("sns: GetTopicAttributes", "sns: SetTopicAttributes"),
    "aws:sns/topicSubscription:TopicSubscription": Rights(
        "sns: GetSubscriptionAttributes ListSubscriptionsByTopic",
        "sns: Subscribe Unsubscribe SetSubscriptionAttributes",
    ),
    "aws:amp/workspace:Workspace": Rights(
        "aps: DescribeWorkspace DescribeLoggingConfiguration ListTagsForResource",
        f"aps: CreateWorkspace UpdateWorkspaceAlias DeleteWorkspace TagResource UntagResource; "
        f"{_KEY_USE}",
    ),
    "aws:amp/ruleGroupNamespace:RuleGroupNamespace": Rights(
        "aps: DescribeRuleGroupsNamespace ListTagsForResource",
        "aps: CreateRuleGroupsNamespace PutRuleGroupsNamespace DeleteRuleGroupsNamespace",
    ),
    "aws:amp/alertManagerDefinition:AlertManagerDefinition": Rights(
        "aps: DescribeAlertManagerDefinition",
        "aps: CreateAlertManagerDefinition PutAlertManagerDefinition DeleteAlertManagerDefinition",
    ),
    "aws:grafana/workspace:Workspace": Rights(
        "grafana: DescribeWorkspace DescribeWorkspaceConfiguration ListTagsForResource",
        "grafana: CreateWorkspace UpdateWorkspace UpdateWorkspaceConfiguration DeleteWorkspace "
        "TagResource UntagResource; sso: CreateManagedApplicationInstance "
        "DeleteManagedApplicationInstance DescribeRegisteredRegions "
        f"GetSharedSsoConfiguration; iam: PassRole; {_SERVICE_ROLE}",
    ),
}

ROLES: Mapping[str, Rights] = {
    "aws:iam/role:Role": Rights(
        "iam: GetRole ListRolePolicies ListAttachedRolePolicies ListRoleTags",
        "iam: CreateRole DeleteRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy "
        "PutRolePermissionsBoundary TagRole UntagRole ListInstanceProfilesForRole",
    ),
    "aws:iam/rolePolicy:RolePolicy": Rights(
        "iam: GetRolePolicy", "iam: PutRolePolicy DeleteRolePolicy"
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Rights(
        "iam: ListAttachedRolePolicies", "iam: AttachRolePolicy DetachRolePolicy"
    ),
}

# What the pipeline calls beside the program: migrations, rollouts, their logs, pull requests.
DELIVERY: Mapping[str, Rights] = {
    "delivery:migrations": Rights(
        write="ecs: RunTask StopTask DescribeTasks; iam: PassRole; logs: GetLogEvents"
    ),
    "delivery:rollout": Rights(
        write="ecs: ListTasks ListTaskDefinitions DescribeTasks; logs: GetLogEvents FilterLogEvents"
    ),
    "delivery:codedeploy": Rights(
        write="codedeploy: CreateDeployment GetDeployment BatchGetDeploymentTargets "
        "GetDeploymentTarget "
        "ListDeploymentTargets ListDeployments ContinueDeployment StopDeployment "
        "RegisterApplicationRevision GetApplicationRevision GetDeploymentConfig"
    ),
    "delivery:environment": Rights(write="ec2: DescribeVpcs DescribeSubnets"),
}

TOPICS: Mapping[str, Mapping[str, Rights]] = {
    "network": NETWORK,
    "edge": EDGE,
    "services": SERVICES,
    "data": DATA,
    "secrets": SECRETS,
    "observation": OBSERVATION,
    "roles": ROLES,
    "delivery": DELIVERY,
}
RIGHTS: Mapping[str, Rights] = {
    token: rights for topic in TOPICS.values() for token, rights in topic.items()
}
