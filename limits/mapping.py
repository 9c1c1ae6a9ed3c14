"""Which call of AWS's API takes a property, where names alone do not say it.

Most properties are found by name in the calls that `resource_types/` lists for the type. The
generator refuses a property that it finds neither there nor by these rows.
"""

from __future__ import annotations

# botocore's name of a service, where IAM's prefix is another.
SERVICES = {
    "aps": "amp",
    "elasticfilesystem": "efs",
    "elasticloadbalancing": "elbv2",
    "states": "stepfunctions",
}

# Calls by type, where the list of permissions says nothing (bootstrap's types) or names them
# otherwise (S3's permissions are not its calls).
CALLS = {
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": (
        "ecr: CreateRepositoryCreationTemplate"
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "iam: CreateOpenIDConnectProvider",
    "aws:iam/policy:Policy": "iam: CreatePolicy",
    "aws:kms/key:Key": "kms: CreateKey PutKeyPolicy ScheduleKeyDeletion",
    "aws:rds/instance:Instance": (
        "rds: CreateDBInstance ModifyDBInstance CreateDBInstanceReadReplica DeleteDBInstance"
    ),
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": "s3: PutBucketCors",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (
        "s3: PutBucketLifecycleConfiguration"
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "s3: PutPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "s3: PutBucketEncryption"
    ),
    "aws:secretsmanager/secret:Secret": "secretsmanager: CreateSecret DeleteSecret",
    "aws:servicequotas/serviceQuota:ServiceQuota": "service-quotas: RequestServiceQuotaIncrease",
}

# The beginning of a property's path, and what stands for it in the call.
RENAMED = {
    "aws:amp/alertManagerDefinition:AlertManagerDefinition": {"definition": "data"},
    "aws:cloudfront/distribution:Distribution": {
        "defaultCacheBehavior.cachedMethods": "defaultCacheBehavior.allowedMethods.cachedMethods",
        "orderedCacheBehaviors[].cachedMethods": "cacheBehaviors[].allowedMethods.cachedMethods",
        "orderedCacheBehaviors": "cacheBehaviors",
        "origins[].originId": "origins[].id",
    },
    "aws:cloudwatch/eventTarget:EventTarget": {
        "arn": "targets[].arn",
        "input": "targets[].input",
        "roleArn": "targets[].roleArn",
    },
    "aws:cloudwatch/metricAlarm:MetricAlarm": {
        "name": "alarmName",
        "metricQueries[].metric.period": "metrics[].metricStat.period",
        "metricQueries[].metric.stat": "metrics[].metricStat.stat",
        "metricQueries[].metric": "metrics[].metricStat.metric",
        "metricQueries": "metrics",
    },
    "aws:codedeploy/deploymentConfig:DeploymentConfig": {
        "trafficRoutingConfig.timeBasedCanary.interval": (
            "trafficRoutingConfig.timeBasedCanary.canaryInterval"
        ),
        "trafficRoutingConfig.timeBasedCanary.percentage": (
            "trafficRoutingConfig.timeBasedCanary.canaryPercentage"
        ),
        "trafficRoutingConfig.timeBasedLinear.interval": (
            "trafficRoutingConfig.timeBasedLinear.linearInterval"
        ),
        "trafficRoutingConfig.timeBasedLinear.percentage": (
            "trafficRoutingConfig.timeBasedLinear.linearPercentage"
        ),
    },
    "aws:codedeploy/deploymentGroup:DeploymentGroup": {
        "appName": "applicationName",
        "blueGreenDeploymentConfig": "blueGreenDeploymentConfiguration",
    },
    "aws:ec2/flowLog:FlowLog": {"iamRoleArn": "deliverLogsPermissionArn", "vpcId": "resourceIds[]"},
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": {"clusterName": "cluster"},
    "aws:ecs/service:Service": {
        "alarms": "deploymentConfiguration.alarms",
        "deploymentCircuitBreaker": "deploymentConfiguration.deploymentCircuitBreaker",
        "deploymentMaximumPercent": "deploymentConfiguration.maximumPercent",
        "deploymentMinimumHealthyPercent": "deploymentConfiguration.minimumHealthyPercent",
        "networkConfiguration": "networkConfiguration.awsvpcConfiguration",
    },
    "aws:elasticache/parameterGroup:ParameterGroup": {
        "parameters[].name": "parameterNameValues[].parameterName",
        "parameters[].value": "parameterNameValues[].parameterValue",
        "parameters": "parameterNameValues",
    },
    "aws:elasticache/replicationGroup:ReplicationGroup": {
        "logDeliveryConfigurations[].destinationType": (
            "logDeliveryConfigurations[].destinationType"
        ),
        "logDeliveryConfigurations[].destination": (
            "logDeliveryConfigurations[].destinationDetails.cloudWatchLogsDetails.logGroup"
        ),
        "maintenanceWindow": "preferredMaintenanceWindow",
    },
    "aws:iam/policy:Policy": {"policy": "policyDocument", "name": "policyName"},
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": {"clientIdLists": "clientIDList"},
    "aws:iam/role:Role": {"assumeRolePolicy": "assumeRolePolicyDocument"},
    "aws:iam/rolePolicy:RolePolicy": {"policy": "policyDocument"},
    "aws:kms/key:Key": {"deletionWindowInDays": "pendingWindowInDays"},
    "aws:lb/listener:Listener": {"certificateArn": "certificates[].certificateArn"},
    "aws:lb/listenerRule:ListenerRule": {
        "actions[].forward.targetGroups[].arn": "actions[].forward.targetGroups[].targetGroupArn"
    },
    "aws:lb/loadBalancer:LoadBalancer": {"loadBalancerType": "type"},
    "aws:lb/targetGroup:TargetGroup": {
        "healthCheck.healthyThreshold": "healthyThresholdCount",
        "healthCheck.interval": "healthCheckIntervalSeconds",
        "healthCheck.matcher": "matcher.httpCode",
        "healthCheck.timeout": "healthCheckTimeoutSeconds",
        "healthCheck.unhealthyThreshold": "unhealthyThresholdCount",
    },
    "aws:rds/instance:Instance": {
        "backupWindow": "preferredBackupWindow",
        "caCertIdentifier": "caCertificateIdentifier",
        "enabledCloudwatchLogsExports": "enableCloudwatchLogsExports",
        "finalSnapshotIdentifier": "finalDBSnapshotIdentifier",
        "maintenanceWindow": "preferredMaintenanceWindow",
        "password": "masterUserPassword",
        "performanceInsightsEnabled": "enablePerformanceInsights",
        "replicateSourceDb": "sourceDBInstanceIdentifier",
        "skipFinalSnapshot": "skipFinalSnapshot",
        "username": "masterUsername",
    },
    "aws:rds/parameterGroup:ParameterGroup": {
        "parameters[].name": "parameters[].parameterName",
        "parameters[].value": "parameters[].parameterValue",
    },
    "aws:route53/record:Record": {
        "aliases[].evaluateTargetHealth": (
            "changeBatch.changes[].resourceRecordSet.aliasTarget.evaluateTargetHealth"
        ),
        "aliases[].name": "changeBatch.changes[].resourceRecordSet.aliasTarget.dnsName",
        "aliases[].zoneId": "changeBatch.changes[].resourceRecordSet.aliasTarget.hostedZoneId",
        "name": "changeBatch.changes[].resourceRecordSet.name",
        "records[]": "changeBatch.changes[].resourceRecordSet.resourceRecords[].value",
        "records": "changeBatch.changes[].resourceRecordSet.resourceRecords",
        "ttl": "changeBatch.changes[].resourceRecordSet.ttl",
        "type": "changeBatch.changes[].resourceRecordSet.type",
        "zoneId": "hostedZoneId",
    },
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": {
        "corsRules": "CORSConfiguration.CORSRules"
    },
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
        "rules": "lifecycleConfiguration.rules"
    },
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
        flag: f"publicAccessBlockConfiguration.{flag}"
        for flag in (
            "blockPublicAcls",
            "blockPublicPolicy",
            "ignorePublicAcls",
            "restrictPublicBuckets",
        )
    },
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": {"appliedFors": "appliedFor"},
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
        "rules[].applyServerSideEncryptionByDefault.kmsMasterKeyId": (
            "serverSideEncryptionConfiguration.rules[].applyServerSideEncryptionByDefault."
            "kmsMasterKeyID"
        ),
        "rules": "serverSideEncryptionConfiguration.rules",
    },
    "aws:servicequotas/serviceQuota:ServiceQuota": {"value": "desiredValue"},
    "aws:sns/topicPolicy:TopicPolicy": {"arn": "topicArn"},
    "aws:sns/topicSubscription:TopicSubscription": {"topic": "topicArn"},
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
        "cidrIpv4": "ipPermissions[].ipRanges[].cidrIp",
        "description": "ipPermissions[].ipRanges[].description",
        "referencedSecurityGroupId": "ipPermissions[].userIdGroupPairs[].groupId",
        "securityGroupId": "groupId",
    },
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
        "cidrIpv4": "ipPermissions[].ipRanges[].cidrIp",
        "description": "ipPermissions[].ipRanges[].description",
        "prefixListId": "ipPermissions[].prefixListIds[].prefixListId",
        "referencedSecurityGroupId": "ipPermissions[].userIdGroupPairs[].groupId",
        "securityGroupId": "groupId",
    },
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": {
        "logDestinationConfigs": "loggingConfiguration.logDestinationConfigs",
        "redactedFields": "loggingConfiguration.redactedFields",
        "resourceArn": "loggingConfiguration.resourceArn",
    },
}

# Sent as entries of a map or in a call of their own: the model knows no limit of the value.
ATTRIBUTES = {
    "aws:kms/key:Key": {"enableKeyRotation"},
    "aws:lb/loadBalancer:LoadBalancer": {
        "accessLogs.bucket",
        "accessLogs.enabled",
        "desyncMitigationMode",
        "dropInvalidHeaderFields",
        "enableDeletionProtection",
        "idleTimeout",
        "internal",
    },
    "aws:lb/targetGroup:TargetGroup": {
        "deregistrationDelay",
        "loadBalancingAlgorithmType",
        "stickiness.cookieDuration",
        "stickiness.enabled",
        "stickiness.type",
    },
    "aws:mq/broker:Broker": {"engineType"},  # upper case in the model alone
    "aws:sns/topic:Topic": {"kmsMasterKeyId"},
    "aws:sns/topicPolicy:TopicPolicy": {"policy"},
    "aws:sqs/queue:Queue": {
        "contentBasedDeduplication",
        "fifoQueue",
        "kmsMasterKeyId",
        "messageRetentionSeconds",
        "receiveWaitTimeSeconds",
        "redrivePolicy",
        "visibilityTimeoutSeconds",
    },
    "aws:sqs/queuePolicy:QueuePolicy": {"policy"},
}

# What the provider keeps to itself, or sends only as a flag of its own.
NOT_SENT = {
    "aws:acm/certificateValidation:CertificateValidation": {
        "certificateArn",
        "validationRecordFqdns",
        "validationRecordFqdns[]",
    },
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {"egress", "ingress", "vpcId"},
    "aws:ec2/securityGroup:SecurityGroup": {"revokeRulesOnDelete"},
    "aws:ecs/service:Service": {"sigintRollback", "waitForSteadyState"},
    "aws:ecs/taskDefinition:TaskDefinition": {"skipDestroy"},
    "aws:elasticache/replicationGroup:ReplicationGroup": {"finalSnapshotIdentifier"},
    "aws:mq/broker:Broker": {"applyImmediately"},
    "aws:route53/record:Record": {"aliases", "allowOverwrite"},
    "aws:s3/bucket:Bucket": {"forceDestroy"},
    "aws:servicediscovery/service:Service": {"forceDestroy"},
}
NEVER_SENT = {"region"}
