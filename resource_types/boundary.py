"""The actions that the permissions boundary leaves to the roles of tasks and of the platform.

To allow another action, add it here and run `make bootstrap`: a deployment of a stack can't extend
what its roles may do. A role has only what its own policies grant, which is less.
"""

from __future__ import annotations

from resource_types.model import actions

PLATFORM = (
    "aps: RemoteWrite QueryMetrics GetLabels GetMetricMetadata GetSeries; "
    "cloudwatch: GetMetricData ListMetrics PutMetricData DescribeAlarms; "
    "ec2: DescribeNetworkInterfaces; "
    "ecr: BatchCheckLayerAvailability BatchGetImage GetAuthorizationToken GetDownloadUrlForLayer; "
    "ecs: DescribeClusters DescribeServices DescribeTasks GetTaskProtection ListServices ListTasks "
    "RunTask StopTask TagResource UpdateService UpdateTaskProtection CreateTaskSet "
    "DeleteTaskSet UpdateServicePrimaryTaskSet; "
    "elasticloadbalancing: DescribeListeners DescribeLoadBalancers DescribeRules "
    "DescribeTargetGroups DescribeTargetHealth ModifyListener ModifyRule RegisterTargets "
    "DeregisterTargets; "
    "logs: CreateLogGroup CreateLogStream DescribeLogGroups DescribeLogStreams GetLogEvents "
    "PutLogEvents PutRetentionPolicy; "
    "s3: AbortMultipartUpload DeleteObject GetObject GetObjectVersion ListBucket "
    "ListMultipartUploadParts PutObject; "
    "secretsmanager: GetSecretValue; sns: Publish; "
    "sqs: ChangeMessageVisibility DeleteMessage GetQueueAttributes GetQueueUrl ReceiveMessage "
    "SendMessage; "
    "ssm: GetParameters; ssmmessages: CreateControlChannel CreateDataChannel OpenControlChannel "
    "OpenDataChannel; "
    "states: ListExecutions StartExecution; xray: PutTraceSegments PutTelemetryRecords"
)
"""What the program itself grants."""
APPLICATIONS = (
    "bedrock: InvokeModel InvokeModelWithResponseStream; "
    "comprehend: DetectDominantLanguage DetectSentiment; "
    "dynamodb: BatchGetItem BatchWriteItem ConditionCheckItem DeleteItem DescribeTable GetItem "
    "PutItem Query Scan UpdateItem; "
    "events: PutEvents; "
    "firehose: PutRecord PutRecordBatch; "
    "geo: SearchPlaceIndexForText; "
    "kinesis: DescribeStreamSummary GetRecords GetShardIterator ListShards PutRecord PutRecords; "
    "lambda: InvokeFunction; "
    "rekognition: DetectLabels DetectModerationLabels DetectText; "
    "s3: DeleteObjectVersion GetObjectTagging ListBucketVersions PutObjectTagging; "
    "ses: SendEmail SendRawEmail; "
    "ssm: GetParameter GetParametersByPath; "
    "states: DescribeExecution StopExecution; "
    "textract: AnalyzeDocument DetectDocumentText; "
    "translate: TranslateText"
)
"""What `permissions` of a service may grant besides: calls of data, none that administers."""
FILES = "elasticfilesystem: ClientMount ClientWrite"
"""What a client of an EFS file system does, in a statement of its own: EFS judges it by its own
condition keys and by no other, aws:RequestedRegion among those (Amazon EFS User Guide, "Using IAM
to control access to file systems")."""
ALLOWED: frozenset[str] = frozenset([*actions(PLATFORM), *actions(APPLICATIONS)])
