"""What the permissions boundaries leave to the roles of tasks and of the platform.

An environment's boundary allows each action on what bears the environment's name or tag, and on
what the account's stack file lists for it. To allow another action, add it here and run
`make bootstrap`: a deployment of a stack can't extend what its roles may do. A role has only what
its own policies grant, which is less.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from resource_types.model import actions


@dataclass(frozen=True)
class Named:
    """Actions on resources whose ARNs hold the environment's name. `arns`: templates as in a
    Scope, with {e} for the environment; `made`: whether the program makes such resources."""

    actions: str
    arns: tuple[str, ...]
    made: bool = True


def _named(text: str, *resources: str, made: bool = True) -> Named:
    """Of any region and account: the boundary denies all others."""
    service = text.partition(":")[0]
    full = (
        f"{service}:*:*{resource}" if resource.startswith(":") else resource
        for resource in resources
    )
    return Named(text, tuple(full), made)


UNSCOPED = (
    # AWS knows no resource of these.
    "cloudwatch: GetMetricData ListMetrics PutMetricData; "
    "comprehend: DetectDominantLanguage DetectSentiment; "
    "ec2: DescribeNetworkInterfaces; "
    "logs: DescribeLogGroups; "
    "rekognition: DetectLabels DetectModerationLabels DetectText; "
    "ssmmessages: CreateControlChannel CreateDataChannel OpenControlChannel OpenDataChannel; "
    "textract: AnalyzeDocument DetectDocumentText; "
    "translate: TranslateText; "
    "xray: PutTraceSegments PutTelemetryRecords; "
    # Prometheus' discovery asks for the cluster `default` first.
    "ecs: DescribeClusters; "
    # Environments share images.
    "ecr: BatchCheckLayerAvailability BatchGetImage GetAuthorizationToken GetDownloadUrlForLayer"
)
"""On every resource of the region."""
NAMED = (
    _named("bedrock: InvokeModel InvokeModelWithResponseStream", "bedrock:*::foundation-model/*"),
    _named(
        "dynamodb: BatchGetItem BatchWriteItem ConditionCheckItem DeleteItem DescribeTable GetItem "
        "PutItem Query Scan UpdateItem",
        ":table/plataforma-{e}-*",
        made=False,
    ),
    _named(
        "ecs: DescribeServices DescribeTasks GetTaskProtection StopTask TagResource UpdateService "
        "UpdateTaskProtection",
        ":*/plataforma-{e}/*",
    ),
    _named("events: PutEvents", ":event-bus/plataforma-{e}-*", made=False),
    # By which Step Functions learns that a job's task has ended. Source: Step Functions Developer
    # Guide, "IAM policies for calling Amazon ECS/AWS Fargate".
    _named("events: DescribeRule PutRule PutTargets", ":rule/StepFunctionsGetEventsForECSTaskRule"),
    _named("firehose: PutRecord PutRecordBatch", ":deliverystream/plataforma-{e}-*", made=False),
    _named("geo: SearchPlaceIndexForText", ":place-index/plataforma-{e}-*", made=False),
    _named(
        "kinesis: DescribeStreamSummary GetRecords GetShardIterator ListShards PutRecord "
        "PutRecords",
        ":stream/plataforma-{e}-*",
        made=False,
    ),
    _named("lambda: InvokeFunction", ":function:plataforma-{e}-*", made=False),
    _named(
        "logs: CreateLogGroup CreateLogStream DescribeLogStreams GetLogEvents PutLogEvents "
        "PutRetentionPolicy",
        ":log-group:/plataforma/{e}/*",
        # AmazonRDSEnhancedMonitoringRole: the one group of all instances.
        ":log-group:RDSOSMetrics*",
    ),
    _named(
        "s3: AbortMultipartUpload DeleteObject DeleteObjectVersion GetObject GetObjectTagging "
        "GetObjectVersion ListBucket ListBucketVersions ListMultipartUploadParts PutObject "
        "PutObjectTagging",
        "s3:::plataforma-{e}-*",
    ),
    _named("secretsmanager: GetSecretValue", ":secret:plataforma/{e}/*"),
    _named("ses: SendEmail SendRawEmail", made=False),
    _named("sns: Publish", ":plataforma-{e}-*"),
    _named(
        "sqs: ChangeMessageVisibility DeleteMessage GetQueueAttributes GetQueueUrl ReceiveMessage "
        "SendMessage",
        ":plataforma-{e}-*",
    ),
    _named("ssm: GetParameter GetParameters GetParametersByPath", ":parameter/plataforma/{e}/*"),
    _named(
        "states: DescribeExecution ListExecutions StartExecution StopExecution",
        ":*:plataforma-{e}-*",
    ),
)
"""On what is named after the environment: what the program itself grants, and calls of data, none
that administers, that `permissions` of a service may grant besides."""
IN_CLUSTER = "ecs: ListServices ListTasks"
"""In the environment's cluster: AWS scopes them by a condition."""
RUN_TASK = "ecs: RunTask"
"""A task definition of the environment, in its cluster."""
FILES = "elasticfilesystem: ClientMount ClientWrite"
"""What a client of an EFS file system does, in a statement of its own: EFS judges it by its own
condition keys and by no other, aws:RequestedRegion among those (Amazon EFS User Guide, "Using IAM
to control access to file systems")."""
KEY_USE = "kms: Decrypt GenerateDataKey"
"""With keys that have the environment's tag."""

# What stacks of pull requests have no use for: they have neither AWS's monitoring nor rollouts that
# shift traffic.
METRICS = "aps: GetLabels GetMetricMetadata GetSeries QueryMetrics RemoteWrite"
"""On what has the environment's tag, since its ARN holds a random id."""
ROLLOUTS_UNSCOPED = (
    "cloudwatch: DescribeAlarms; "
    "elasticloadbalancing: DescribeListeners DescribeLoadBalancers DescribeRules "
    "DescribeTargetGroups DescribeTargetHealth"
)
ROLLOUTS_IN_CLUSTER = "ecs: CreateTaskSet"
ROLLOUTS = (
    _named("ecs: DeleteTaskSet UpdateServicePrimaryTaskSet", ":*/plataforma-{e}/*"),
    _named("elasticloadbalancing: ModifyListener ModifyRule", ":listener*/app/plataforma-{e}/*"),
    _named("elasticloadbalancing: DeregisterTargets RegisterTargets", ":targetgroup/{e}-*"),
)


def _allowed() -> Iterator[str]:
    for text in (UNSCOPED, IN_CLUSTER, RUN_TASK, METRICS, ROLLOUTS_UNSCOPED, ROLLOUTS_IN_CLUSTER):
        yield from actions(text)
    for named in (*NAMED, *ROLLOUTS):
        yield from actions(named.actions)


ALLOWED: frozenset[str] = frozenset(_allowed())
"""What `permissions` of a service may grant."""
