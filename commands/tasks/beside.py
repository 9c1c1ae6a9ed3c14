"""The two containers beside the tasks: AWS's API and the load balancer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from commands.tasks import routing
from commands.tasks.engine import Engine
from commands.tasks.stack import Stack, as_json
from commands.tasks.task import STAND_INS, Task, access_key

BALANCER, AWS = "load-balancer", "aws"
ROUTING, TARGETS, SEED, TASKS = "routing.json", "targets.json", "seed.json", "tasks.json"
HEALTH = "/tmp/health.json"
SERVICES = (
    *("aps-workspaces", "dynamodb", "ec2", "ecs", "kinesis", "kms", "lambda", "logs"),
    *("monitoring", "s3", "secretsmanager", "sns", "sqs", "ssm", "sts"),
)


def aws_hosts(stack: Stack) -> list[str]:
    domain = f"{stack.region}.amazonaws.com"
    buckets = [bucket.outputs["bucket"] for bucket in stack.plan.of_type("aws:s3/bucket:Bucket")]
    return [
        *(f"{service}.{domain}" for service in SERVICES),
        *(f"{bucket}.s3.{domain}" for bucket in buckets),
        "sts.amazonaws.com",
        AWS,  # ECS's agent, over plain HTTP
    ]


def start_aws(engine: Engine, stack: Stack) -> None:
    folder = _folder(engine, AWS)
    (folder / SEED).write_text(as_json(seed(stack)))
    (folder / TASKS).write_text("[]")
    check = ["--health-cmd=test -e /tmp/ready", "--health-interval=1s", "--health-retries=120"]
    _start(engine, AWS, "aws.py", [*_aliases(aws_hosts(stack)), *check])


def start_balancer(engine: Engine, stack: Stack) -> None:
    folder = _folder(engine, BALANCER)
    (folder / ROUTING).write_text(as_json(routing.configuration(stack)))
    (folder / TARGETS).write_text("{}")
    published = [
        f"--publish=127.0.0.1:{port + engine.port_offset}:{port}" for port in routing.ports(stack)
    ]
    check = [f"--health-cmd=test -e {HEALTH}", "--health-interval=1s", "--health-retries=60"]
    options = [*_aliases(stack.web_hosts), *published, *check]
    _start(engine, BALANCER, "load_balancer.py", options)


def register(engine: Engine, stack: Stack, tasks: list[Task]) -> None:
    """Tells both which tasks run, and where."""
    addresses = {task.label: address(engine, task) for task in tasks}
    services = {service.name: service for service in stack.services}
    targets: dict[str, list[tuple[str, int]]] = {}
    for task in tasks:
        for group, port in services[task.group].targets.items():
            targets.setdefault(group, []).append((addresses[task.label], port))
    described = [
        {
            "arn": task.arn(stack.cluster),
            "service": task.group,
            "definition": task.definition.arn,
            "address": addresses[task.label],
        }
        for task in tasks
    ]
    (engine.folder / AWS / TASKS).write_text(as_json(described))
    (engine.folder / BALANCER / TARGETS).write_text(as_json(targets))


def address(engine: Engine, task: Task) -> str:
    networks = engine.inspect(task.namespace(engine))[0]["NetworkSettings"]["Networks"]
    return networks[engine.network]["IPAddress"]


def target_health(engine: Engine) -> dict[str, dict[str, str]]:
    """The state of each target by target group."""
    return json.loads(engine.run("exec", engine.named(BALANCER), "cat", HEALTH))


def seed(stack: Stack) -> dict[str, Any]:
    """What AWS's API holds at first, and what each task's role allows."""
    return {
        "region": stack.region,
        "cluster": stack.cluster,
        "calls": list(_calls(stack)),
        "roles": _roles(stack),
    }


def _calls(stack: Stack) -> Iterator[tuple[str, str, dict[str, Any]]]:
    plan = stack.plan
    for group in plan.of_type("aws:cloudwatch/logGroup:LogGroup"):
        yield "logs", "create_log_group", {"logGroupName": group.inputs["name"]}
    for bucket in plan.of_type("aws:s3/bucket:Bucket"):
        region = {"LocationConstraint": stack.region}
        made = {"Bucket": bucket.outputs["bucket"], "CreateBucketConfiguration": region}
        yield "s3", "create_bucket", made
    for topic in plan.of_type("aws:sns/topic:Topic"):
        yield "sns", "create_topic", {"Name": topic.inputs["name"]}
    # A queue after its dead-letter queue.
    queues = sorted(plan.of_type("aws:sqs/queue:Queue"), key=lambda q: "redrivePolicy" in q.inputs)
    names = {"visibilityTimeoutSeconds": "VisibilityTimeout", "redrivePolicy": "RedrivePolicy"}
    names |= {"receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds", "fifoQueue": "FifoQueue"}
    names |= {"contentBasedDeduplication": "ContentBasedDeduplication"}
    for queue in queues:
        given = {names[key]: queue.inputs[key] for key in names if key in queue.inputs}
        attributes = {n: str(v).lower() if v is True else str(v) for n, v in given.items()}
        yield "sqs", "create_queue", {"QueueName": queue.inputs["name"], "Attributes": attributes}


def _roles(stack: Stack) -> dict[str, list[Any]]:
    """The statements of each task role's policies by the access key that its tasks sign with."""
    arns = {
        role.outputs["id"]: role.outputs["arn"] for role in stack.plan.of_type("aws:iam/role:Role")
    }
    roles: dict[str, list[Any]] = {
        access_key(definition.request["taskRoleArn"]): [] for definition in stack.definitions
    }
    for policy in stack.plan.of_type("aws:iam/rolePolicy:RolePolicy"):
        key = access_key(arns.get(policy.inputs["role"], ""))
        if key in roles:
            roles[key] += json.loads(policy.inputs["policy"])["Statement"]
    return roles


def _start(engine: Engine, name: str, program: str, options: list[str]) -> None:
    engine.run(
        *("run", "--detach", "--init", *engine.labels, f"--name={engine.named(name)}"),
        *(f"--network={engine.network}", f"--volume={engine.folder / 'tls'}:/tls:ro"),
        *(f"--volume={engine.folder / name}:/configuration:ro", *options),
        *(engine.named(STAND_INS), "python3", "-u", f"/srv/{program}", "/configuration"),
    )


def _aliases(hosts: list[str]) -> list[str]:
    return [f"--network-alias={host}" for host in hosts]


def _folder(engine: Engine, name: str) -> Path:
    folder = engine.folder / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
