"""Logs, alarms, events, schedules, state machines, topics, managed Prometheus and Grafana."""

from __future__ import annotations

from resource_types.model import DataStore, Inputs, ResourceType, Service, arn
from resource_types.refusals import Needed, taken
from resource_types.scope import GLOBAL_REGION, scope


def _schedule(inputs: Inputs) -> str:
    paused = ", paused" if inputs.get("state") == "DISABLED" else ""
    zone = inputs.get("scheduleExpressionTimezone")
    return f"{inputs.get('scheduleExpression')} {zone}{paused}"


TYPES = (
    ResourceType(
        "aws:cloudwatch/logGroup:LogGroup",
        read="logs: DescribeLogGroups ListTagsForResource",
        write=(
            "logs: CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy "
            "AssociateKmsKey DisassociateKmsKey TagResource UntagResource"
        ),
        replace_on_changes="name namePrefix logGroupClass",
        id="{name}",
        outputs={"arn": arn("logs", "log-group:{name}")},
        name_property="name",
        data=DataStore("the log group and its lines"),
        refusals=(
            taken(
                "name",
                "ResourceAlreadyExistsException: The specified log group already exists",
                "CloudWatch Logs API, CreateLogGroup",
            ),
        ),
    ),
    ResourceType(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        read="cloudwatch: DescribeAlarms ListTagsForResource",
        write="cloudwatch: PutMetricAlarm DeleteAlarms TagResource UntagResource",
        replace_on_changes="name",
        id="{name}",
        outputs={"arn": arn("cloudwatch", "alarm:{name}")},
        name_property="name",
    ),
    ResourceType(
        "aws:cloudwatch/eventRule:EventRule",
        read="events: DescribeRule ListTagsForResource",
        write="events: PutRule DeleteRule EnableRule DisableRule TagResource UntagResource",
        replace_on_changes="name namePrefix eventBusName",
        id="{name}",
        outputs={"arn": arn("events", "rule/{name}")},
        name_property="name",
        refusals=(
            Needed(
                users={"aws:cloudwatch/eventTarget:EventTarget": "rule"},
                by="name",
                error="ValidationException: Rule can't be deleted since it has targets.",
                source="EventBridge API, DeleteRule: remove all targets before",
            ),
        ),
    ),
    ResourceType(
        "aws:cloudwatch/eventTarget:EventTarget",
        read="events: ListTargetsByRule",
        write="events: PutTargets RemoveTargets",
        passes_role_to="events.amazonaws.com",
        replace_on_changes="rule targetId eventBusName",
        id="{inputs[rule]}-{name}",
        name_property="targetId",
    ),
    ResourceType(
        "aws:scheduler/schedule:Schedule",
        read="scheduler: GetSchedule",
        write="scheduler: CreateSchedule UpdateSchedule DeleteSchedule",
        passes_role_to="scheduler.amazonaws.com",
        replace_on_changes="name namePrefix groupName",
        id="default/{name}",
        outputs={
            "arn": arn("scheduler", "schedule/default/{name}"),
            "actionAfterCompletion": "NONE",
            "groupName": "default",
        },
        name_property="name",
        summary=_schedule,
        refusals=(
            taken(
                "name",
                "ConflictException: Schedule {name} already exists.",
                "EventBridge Scheduler API, CreateSchedule",
            ),
        ),
    ),
    ResourceType(
        "aws:sfn/stateMachine:StateMachine",
        # A preview validates the new definition: state_machine.go, CustomizeDiff.
        read=(
            "states: DescribeStateMachine ListStateMachineVersions ListTagsForResource "
            "ValidateStateMachineDefinition"
        ),
        write=(
            "states: CreateStateMachine UpdateStateMachine DeleteStateMachine TagResource "
            "UntagResource"
        ),
        passes_role_to="states.amazonaws.com",
        replace_on_changes="name namePrefix type",
        outputs={
            "arn": arn("states", "stateMachine:{name}"),
            "creationDate": "2000-01-01T00:00:00Z",
            "revisionId": "{uuid}",
            "stateMachineVersionArn": arn("states", "stateMachine:{name}:1"),
            "status": "ACTIVE",
        },
        name_property="name",
        refusals=(
            taken(
                "name",
                "StateMachineAlreadyExists: State Machine Already Exists: '{name}'",
                "Step Functions API, CreateStateMachine",
            ),
        ),
    ),
    ResourceType(
        "aws:sns/topic:Topic",
        read="sns: GetTopicAttributes ListTagsForResource",
        write="sns: CreateTopic SetTopicAttributes DeleteTopic TagResource UntagResource",
        replace_on_changes="name namePrefix fifoTopic",
        outputs={
            "arn": arn("sns", "{name}"),
            "owner": "{account}",
        },
        name_property="name",
    ),
    ResourceType(
        "aws:sns/topicPolicy:TopicPolicy",
        read="sns: GetTopicAttributes",
        write="sns: SetTopicAttributes",
        replace_on_changes="arn",
        id="{inputs[arn]}",
        outputs={"owner": "{account}"},
    ),
    ResourceType(
        "aws:sns/topicSubscription:TopicSubscription",
        read="sns: GetSubscriptionAttributes ListSubscriptionsByTopic",
        write="sns: Subscribe Unsubscribe SetSubscriptionAttributes",
        replace_on_changes="topic protocol endpoint",
        outputs={
            "arn": "{inputs[topic]}:{uuid}",
            "ownerId": "{account}",
            "pendingConfirmation": True,
        },
    ),
    ResourceType(
        "aws:amp/workspace:Workspace",
        read="aps: DescribeWorkspace DescribeLoggingConfiguration ListTagsForResource",
        write=(
            "aps: CreateWorkspace UpdateWorkspaceAlias DeleteWorkspace TagResource "
            "UntagResource; "
            "kms: DescribeKey CreateGrant Decrypt GenerateDataKey"
        ),
        in_pull_requests=False,
        replace_on_changes="kmsKeyArn",
        id="ws-{uuid}",
        outputs={
            "arn": arn("aps", "workspace/{id}"),
            "prometheusEndpoint": "https://aps-workspaces.{region}.amazonaws.com/workspaces/{id}/",
        },
        data=DataStore("the workspace and its metrics"),
    ),
    ResourceType(
        "aws:amp/ruleGroupNamespace:RuleGroupNamespace",
        read="aps: DescribeRuleGroupsNamespace ListTagsForResource",
        write=("aps: CreateRuleGroupsNamespace PutRuleGroupsNamespace DeleteRuleGroupsNamespace"),
        in_pull_requests=False,
        replace_on_changes="name workspaceId",
        outputs={"arn": arn("aps", "rulegroupsnamespace/{inputs[workspaceId]}/{inputs[name]}")},
        refusals=(
            taken(
                "workspaceId name",
                "ConflictException: rule groups namespace {name} already exists",
                "Managed Prometheus API, CreateRuleGroupsNamespace",
            ),
        ),
    ),
    ResourceType(
        "aws:amp/alertManagerDefinition:AlertManagerDefinition",
        read="aps: DescribeAlertManagerDefinition",
        write=(
            "aps: CreateAlertManagerDefinition PutAlertManagerDefinition "
            "DeleteAlertManagerDefinition"
        ),
        in_pull_requests=False,
        replace_on_changes="workspaceId",
        id="{inputs[workspaceId]}",
        refusals=(
            taken(
                "workspaceId",
                "ConflictException: the workspace already has an alert manager definition",
                "Managed Prometheus API, CreateAlertManagerDefinition",
            ),
        ),
    ),
    ResourceType(
        "aws:grafana/workspace:Workspace",
        read=("grafana: DescribeWorkspace DescribeWorkspaceConfiguration ListTagsForResource"),
        write=(
            "grafana: CreateWorkspace UpdateWorkspace UpdateWorkspaceConfiguration "
            "DeleteWorkspace TagResource UntagResource; "
            "sso: CreateManagedApplicationInstance DeleteManagedApplicationInstance "
            "DescribeRegisteredRegions GetSharedSsoConfiguration"
        ),
        passes_role_to="grafana.amazonaws.com",
        service_linked_role="grafana.amazonaws.com",
        in_pull_requests=False,
        replace_on_changes="accountAccessType authenticationProviders kmsKeyId",
        id="g-{hex10}",
        outputs={
            "arn": arn("grafana", "/workspaces/{id}"),
            "endpoint": "{id}.grafana-workspace.{region}.amazonaws.com",
            "grafanaVersion": "10.4",
            "samlConfigurationStatus": "NOT_CONFIGURED",
        },
    ),
)

_LOG_GROUPS = (
    ":log-group:/plataforma/{e}/*",
    ":log-group:/aws/rds/instance/{n}/*",
    ":log-group:aws-waf-logs-{n}",
    ":log-group:aws-waf-logs-{n}:*",
    f"logs:{GLOBAL_REGION}:{{account}}:log-group:aws-waf-logs-{{n}}",
    f"logs:{GLOBAL_REGION}:{{account}}:log-group:aws-waf-logs-{{n}}:*",
)
SCOPES = (
    scope("logs: DescribeLogGroups", "*"),
    scope(
        r"logs: \w+LogDeliver(y|ies) \w+ResourcePolic(y|ies)", "*", when="request_region_or_global"
    ),
    scope(
        r"logs: (?!DescribeLogGroups|\w+LogDeliver|\w+ResourcePolic)\w+",
        *_LOG_GROUPS,
    ),
    scope("cloudwatch: DescribeAlarms", ":alarm:*"),
    scope(
        r"cloudwatch: (?!DescribeAlarms)\w+",
        ":alarm:{n}",
        ":alarm:TargetTracking-service/{n}/*",
    ),
    scope(r"events: \w+", ":rule/{n}"),
    scope(r"scheduler: \w+", ":schedule/default/{n}"),
    scope("states: ValidateStateMachineDefinition", "*", when="request_region"),
    scope(r"states: (?!Validate)\w+", ":stateMachine:{n}"),
    scope("sns: GetSubscriptionAttributes", "*"),
    scope("sns: SetSubscriptionAttributes Unsubscribe", "*", when="request_region"),
    scope(r"sns: (?!\w+SubscriptionAttributes|Unsubscribe)\w+", ":{n}"),
    scope("aps: CreateWorkspace", "*", when="request_tags"),
    scope("aps: CreateRuleGroupsNamespace", ":rulegroupsnamespace/*", when="request_tags"),
    scope("aps: TagResource", ":workspace/*", ":rulegroupsnamespace/*", when="first_tagging"),
    scope(
        r"aps: (?!CreateWorkspace|CreateRuleGroupsNamespace)\w+",
        ":workspace/*",
        ":rulegroupsnamespace/*",
        when="resource_tags",
    ),
    scope("grafana: CreateWorkspace", "*", when="request_tags"),
    scope("grafana: TagResource", ":/workspaces/*", when="first_tagging"),
    scope(r"grafana: (?!Create)\w+", ":/workspaces/*", when="resource_tags"),
    scope(r"sso: \w+", "*", when="via_aws_service"),
)
SERVICE = Service("monitoring", TYPES, scopes=SCOPES)
