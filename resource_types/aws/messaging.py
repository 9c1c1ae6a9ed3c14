"""Message brokers: RabbitMQ (Amazon MQ) and SQS."""

from __future__ import annotations

from typing import Any

from resource_types.model import Creation, DataStore, Inputs, ResourceType, Service, arn
from resource_types.refusals import Unchangeable, changed, taken
from resource_types.scope import scope


def _instances(creation: Creation) -> list[dict[str, Any]]:
    host = f"{creation.id}.mq.{creation.region}.on.aws"
    return [
        {"consoleUrl": f"https://{host}", "endpoints": [f"amqps://{host}:5671"], "ipAddress": ""}
    ]


def _broker(inputs: Inputs) -> str:
    version, size = inputs.get("engineVersion"), inputs.get("hostInstanceType")
    return f"RabbitMQ {version}, {size}, {inputs.get('deploymentMode')}"


TYPES = (
    ResourceType(
        "aws:mq/broker:Broker",
        read="mq: DescribeBroker DescribeUser ListTags",
        write=(
            "mq: CreateBroker UpdateBroker RebootBroker DeleteBroker CreateTags DeleteTags; "
            "ec2: CreateNetworkInterface CreateNetworkInterfacePermission DeleteNetworkInterface "
            "DescribeNetworkInterfacePermissions; "
            "kms: DescribeKey CreateGrant Decrypt GenerateDataKey"
        ),
        service_linked_role="mq.amazonaws.com",
        in_pull_requests=False,
        replace_on_changes=(
            "brokerName dataReplicationPrimaryBrokerArn deploymentMode encryptionOptions "
            "engineType publiclyAccessible subnetIds"
        ),
        id="b-{uuid}",
        outputs={
            "arn": arn("mq", "broker:{name}:{id}"),
            "instances": _instances,
        },
        name_property="brokerName",
        data=DataStore("every message in the broker", optionally_public=True),
        summary=_broker,
        refusals=(
            taken(
                "brokerName",
                "ConflictException: Broker name [{brokerName}] is already in use.",
                "Amazon MQ API, CreateBroker",
            ),
            Unchangeable(
                when=changed("securityGroups"),
                error=(
                    "BadRequestException: Changing security groups is not supported for RabbitMQ "
                    "brokers."
                ),
                source="cloudposse/terraform-aws-mq-broker, issue 61",
            ),
            Unchangeable(
                when=changed("users"),
                error=(
                    "the provider leaves RabbitMQ's users as they were created: UpdateUser is for "
                    "ActiveMQ"
                ),
                source=(
                    "Amazon MQ API, UpdateUser; terraform-provider-aws, "
                    "website/docs/r/mq_broker.html.markdown"
                ),
            ),
        ),
    ),
    ResourceType(
        "aws:sqs/queue:Queue",
        read="sqs: GetQueueAttributes GetQueueUrl ListQueueTags",
        write="sqs: CreateQueue SetQueueAttributes DeleteQueue TagQueue UntagQueue",
        replace_on_changes="name namePrefix fifoQueue",
        id="https://sqs.{region}.amazonaws.com/{account}/{name}",
        outputs={
            "arn": arn("sqs", "{name}"),
            "url": "{id}",
        },
        name_property="name",
        data=DataStore("every message in the queue"),
        summary=lambda i: str(i.get("name")),
    ),
    ResourceType(
        "aws:sqs/queuePolicy:QueuePolicy",
        read="sqs: GetQueueAttributes",
        write="sqs: SetQueueAttributes",
        replace_on_changes="queueUrl",
        id="{inputs[queueUrl]}",
    ),
)


SCOPES = (
    scope("mq: CreateBroker", "*", when="request_tags"),
    scope(r"mq: (?!CreateBroker)\w+", ":broker:{n}:*"),
    scope(r"sqs: \w+", ":{n}"),
)
SERVICE = Service("data", TYPES, scopes=SCOPES)
