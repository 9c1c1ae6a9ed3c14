"""Documented limits of databases, queues, buckets, secrets and policies."""

from __future__ import annotations

from collections.abc import Mapping

from limits import windows
from limits.documented.kinds import in_bytes, in_range, name
from limits.limit import Limit

_LETTERS_DIGITS_HYPHENS = "[A-Za-z0-9-]*"
_HYPHENATED = "[A-Za-z](-?[A-Za-z0-9])*"

LIMITS: Mapping[str, Mapping[str, Limit]] = {
    "aws:elasticache/parameterGroup:ParameterGroup": {
        "name": name("API CreateCacheParameterGroup, CacheParameterGroupName", 255, _HYPHENATED),
    },
    "aws:elasticache/replicationGroup:ReplicationGroup": {
        "authToken": Limit(
            "API CreateReplicationGroup, AuthToken",
            least=16,
            most=128,
            pattern=r"[A-Za-z0-9!&#$^<>-]*",
            secret=True,
        ),
        "maintenanceWindow": Limit(
            "API CreateReplicationGroup, PreferredMaintenanceWindow",
            check=windows.weekly(least_minutes=60),
        ),
        "numCacheClusters": in_range("API CreateReplicationGroup, NumCacheClusters", 1, 6),
        "replicationGroupId": name(
            "API CreateReplicationGroup, ReplicationGroupId", 40, _HYPHENATED
        ),
        "snapshotRetentionLimit": in_range(
            'ElastiCache User Guide, "Scheduling automatic backups"', 0, 35
        ),
        "snapshotWindow": Limit(
            'ElastiCache User Guide, "Scheduling automatic backups"',
            check=windows.daily(least_minutes=60),
        ),
    },
    "aws:elasticache/subnetGroup:SubnetGroup": {
        "name": name(
            "API CreateCacheSubnetGroup, CacheSubnetGroupName", 255, _LETTERS_DIGITS_HYPHENS
        ),
    },
    "aws:iam/policy:Policy": {
        "policy": Limit(
            'IAM User Guide, "IAM and AWS STS quotas": managed policy, 6,144 without white space',
            most=6144,
            without_space=True,
        ),
    },
    "aws:iam/role:Role": {
        "assumeRolePolicy": Limit(
            'IAM User Guide, "IAM and AWS STS quotas": role trust policy length',
            most=2048,
            without_space=True,
        ),
    },
    "aws:iam/rolePolicy:RolePolicy": {
        "policy": Limit(
            'IAM User Guide, "IAM and AWS STS quotas": all inline policies of a role together',
            most=10_240,
            without_space=True,
        ),
    },
    "aws:kms/key:Key": {
        "deletionWindowInDays": in_range("API ScheduleKeyDeletion, PendingWindowInDays", 7, 30),
    },
    "aws:mq/broker:Broker": {
        "brokerName": name("API CreateBroker, brokerName", 50, "[A-Za-z0-9_-]+"),
        "engineType": Limit("API CreateBroker, engineType", allowed=("ActiveMQ", "RabbitMQ")),
        "maintenanceWindowStartTime.timeOfDay": Limit(
            "API WeeklyStartTime, timeOfDay", pattern=r"([01]\d|2[0-3]):[0-5]\d"
        ),
        "users[].password": Limit(
            "API CreateBroker, User: password",
            least=12,
            most=250,
            pattern="[^,:=]*",
            secret=True,
        ),
        "users[].username": Limit(
            "API CreateBroker, User: username",
            least=2,
            most=100,
            pattern="(?!guest$)[A-Za-z0-9._-]*",
        ),
    },
    "aws:rds/instance:Instance": {
        "allocatedStorage": in_range(
            'RDS User Guide, "Amazon RDS DB instance storage": PostgreSQL', 5, 65_536
        ),
        "backupRetentionPeriod": in_range("API CreateDBInstance, BackupRetentionPeriod", 0, 35),
        "backupWindow": Limit(
            "API CreateDBInstance, PreferredBackupWindow", check=windows.daily(least_minutes=30)
        ),
        "dbName": name("API CreateDBInstance, DBName", 63, "[A-Za-z_][A-Za-z0-9_]*"),
        "finalSnapshotIdentifier": name(
            "API DeleteDBInstance, FinalDBSnapshotIdentifier", 255, _HYPHENATED
        ),
        "identifier": name("API CreateDBInstance, DBInstanceIdentifier", 63, _HYPHENATED),
        "maintenanceWindow": Limit(
            "API CreateDBInstance, PreferredMaintenanceWindow",
            check=windows.weekly(least_minutes=30),
        ),
        "maxAllocatedStorage": in_range(
            'RDS User Guide, "Amazon RDS DB instance storage": PostgreSQL', 5, 65_536
        ),
        "monitoringInterval": Limit(
            "API CreateDBInstance, MonitoringInterval",
            allowed=("0", "1", "5", "10", "15", "30", "60"),
        ),
        "password": Limit(
            "API CreateDBInstance, MasterUserPassword",
            least=8,
            most=128,
            pattern=r"[!#-.0-?A-~]*",
            secret=True,
        ),
        "performanceInsightsRetentionPeriod": Limit(
            "API CreateDBInstance, PerformanceInsightsRetentionPeriod",
            allowed=("7", *(str(31 * months) for months in range(1, 24)), "731"),
        ),
        "username": name("API CreateDBInstance, MasterUsername", 63, "[A-Za-z][A-Za-z0-9_]*"),
    },
    "aws:rds/parameterGroup:ParameterGroup": {
        "name": name("API CreateDBParameterGroup, DBParameterGroupName", 255, _HYPHENATED),
    },
    "aws:rds/proxy:Proxy": {
        "idleClientTimeout": in_range("API DBProxy, IdleClientTimeout", 1, 28_800),
    },
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": {
        "connectionPoolConfig.maxConnectionsPercent": in_range(
            "API ConnectionPoolConfiguration, MaxConnectionsPercent", 1, 100
        ),
    },
    "aws:rds/subnetGroup:SubnetGroup": {
        "name": name(
            "API CreateDBSubnetGroup, DBSubnetGroupName",
            255,
            "(?!default$)[A-Za-z][A-Za-z0-9._ -]*",
        ),
        "subnetIds": Limit('RDS User Guide, "Working with a DB instance in a VPC"', least=2),
    },
    "aws:s3/bucket:Bucket": {
        "bucket": Limit(
            'S3 User Guide, "General purpose bucket naming rules"',
            least=3,
            most=63,
            pattern=r"(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9]([a-z0-9-]|\.(?!\.))*[a-z0-9]",
        ),
    },
    "aws:s3/bucketPolicy:BucketPolicy": {
        "policy": in_bytes('S3 User Guide, "Bucket policies and user policies": 20 KB', 20_480),
    },
    "aws:secretsmanager/secret:Secret": {
        "name": Limit(
            "API CreateSecret, Name",
            pattern=r"(?!.*-[A-Za-z0-9]{6}$)[A-Za-z0-9/_+=.@-]+",
        ),
        "recoveryWindowInDays": Limit(
            "API DeleteSecret, RecoveryWindowInDays; 0 deletes at once",
            allowed=("0", *(str(days) for days in range(7, 31))),
        ),
    },
    "aws:secretsmanager/secretVersion:SecretVersion": {
        "secretString": in_bytes(
            'Secrets Manager User Guide, "Quotas": secret value size', 65_536, secret=True
        ),
    },
    "aws:sns/topic:Topic": {
        "name": name("API CreateTopic, Name", 256, "[A-Za-z0-9_-]+"),
    },
    "aws:sns/topicPolicy:TopicPolicy": {
        "policy": in_bytes(
            'SNS Developer Guide, "Amazon SNS API permissions: Actions and resources reference"',
            30_720,
        ),
    },
    "aws:sns/topicSubscription:TopicSubscription": {
        "protocol": Limit(
            "API Subscribe, Protocol",
            allowed=(
                *("http", "https", "email", "email-json", "sms", "sqs"),
                *("application", "lambda", "firehose"),
            ),
        ),
    },
    "aws:sqs/queue:Queue": {
        "messageRetentionSeconds": in_range(
            "API CreateQueue, MessageRetentionPeriod", 60, 1_209_600
        ),
        "name": name("API CreateQueue, QueueName", 80, r"[A-Za-z0-9_-]+(\.fifo)?"),
        "receiveWaitTimeSeconds": in_range("API CreateQueue, ReceiveMessageWaitTimeSeconds", 0, 20),
        "visibilityTimeoutSeconds": in_range("API CreateQueue, VisibilityTimeout", 0, 43_200),
    },
    "aws:ssm/parameter:Parameter": {
        "name": name("API PutParameter, Name", 1011, r"(?i:(?!/?(aws|ssm)))/?[A-Za-z0-9_./-]+"),
        "value": in_bytes("API PutParameter, Value: 4 KB in the standard tier", 4096, secret=True),
    },
}
