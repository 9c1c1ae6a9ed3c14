"""Changes the password of RabbitMQ's user to that of the stack file, before it is deployed.

Amazon MQ changes no user of RabbitMQ, and RabbitMQ's management API can be reached only from the
stack's network: a one-off task of a service that uses the broker calls it. The task signs in with
the password that the service has, and gets no more of the new one than its salted hash."""

from __future__ import annotations

import argparse
import base64
import hashlib
import os
from typing import TYPE_CHECKING

from delivery.context import Context
from delivery.rollouts.ecs_watch import describe_service, primary_of
from delivery.rollouts.one_off_task import OneOffTasks, failure_of, name_of
from delivery.rollouts.task_logs import TaskLogs
from delivery.shared import options
from delivery.shared.clock import Deadline
from delivery.shared.errors import DeliveryError, InputError
from delivery.shared.outputs import read_outputs, short
from delivery.shared.pulumi_cli import pulumi
from settings.problems import NAMESPACE
from settings.stores.broker import PASSWORD_RULE

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import RunTaskRequestTypeDef, ServiceTypeDef

LABEL = "broker password"
TIMEOUT_SECONDS = 600.0
SALT_BYTES = 4
SCRIPT = """
const { BROKER_ENDPOINT, BROKER_USERNAME, BROKER_PASSWORD, BROKER_PASSWORD_HASH } = process.env;
const server = process.env.BROKER_MANAGEMENT_URL ?? `https://${new URL(BROKER_ENDPOINT).hostname}`;
const basic = Buffer.from(`${BROKER_USERNAME}:${BROKER_PASSWORD}`).toString('base64');
const headers = { authorization: `Basic ${basic}`, 'content-type': 'application/json' };
const call = async (path, options) => {
  const answer = await fetch(`${server}/api/${path}`, { ...options, headers });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer;
};
const { tags } = await (await call('whoami')).json();
const user = {
  password_hash: BROKER_PASSWORD_HASH,
  hashing_algorithm: 'rabbit_password_hashing_sha256',
  tags: [tags].flat().join(','),
};
const path = `users/${encodeURIComponent(BROKER_USERNAME)}`;
await call(path, { method: 'PUT', body: JSON.stringify(user) });
console.log(`RabbitMQ has the new password of ${BROKER_USERNAME}`);
"""
COMMAND = ("node", "--input-type=module", "--eval", SCRIPT)
AFTER_FAILURE = (
    "RabbitMQ has its earlier password. With 401 the service has another than RabbitMQ: was the "
    "new one deployed before? Deploy the earlier one, and rerun."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_outputs(parser)
    options.add_project(parser)
    options.add_dry_run(parser)
    parser.add_argument("--stack", required=True, metavar="NAME", help="the stack's name")
    parser.add_argument(
        "--service",
        required=True,
        metavar="NAME",
        help="a service that publishes or consumes, with an image that has Node",
    )
    parser.add_argument(
        "--secret",
        default="BROKER_PASSWORD",
        metavar="NAME",
        help="the password's name under plataforma:secrets (default: %(default)s)",
    )
    parser.add_argument(
        "--interval",
        type=float,
        default=options.POLL_SECONDS,
        metavar="SECONDS",
        help="the time between two polls (default: %(default)g)",
    )


def run(args: argparse.Namespace, context: Context) -> int:
    outputs, console, name = read_outputs(args.outputs), context.console, args.service
    output = outputs.service(name)
    path = f"{NAMESPACE}:secrets.{args.secret}"
    password = pulumi(
        "config", "get", "--stack", args.stack, "--path", path, project=args.project
    ).strip()
    _check(password, args.secret)
    aws = context.connect(outputs.region)
    service = describe_service(aws, outputs.cluster, output.service_name)
    request = _request(service, outputs.cluster, name, password)
    revision = short(request["taskDefinition"])
    if args.dry_run:
        console.line(f"{LABEL}: would change it by a one-off task of {revision}")
        return 0
    tasks = OneOffTasks(aws, console, LABEL, outputs.cluster)
    task = tasks.start(request)
    console.line(f"{LABEL}: started {name_of(task)} of {revision}")
    ended = tasks.wait_for_end(task, args.interval, Deadline(context.clock, TIMEOUT_SECONDS))
    for line in TaskLogs(aws).of(ended, [name]):
        console.line(line)
    failure = failure_of(ended, name, AFTER_FAILURE)
    if failure:
        raise DeliveryError(f"{LABEL}: {failure}")
    console.line(f"{LABEL}: changed. Deploy now: until then services can't connect anew.")
    return 0


def password_hash(password: str, salt: bytes) -> str:
    """Source: RabbitMQ, "Credentials and Passwords", computing password hash."""
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _check(password: str, secret: str) -> None:
    """Errors: InputError for what Amazon MQ would refuse at the broker's creation."""
    problems = list(PASSWORD_RULE.problems(password))
    if problems:
        raise InputError(f"plataforma:secrets.{secret} {' '.join(problems)}")


def _request(
    service: ServiceTypeDef, cluster: str, container: str, password: str
) -> RunTaskRequestTypeDef:
    """The revision and network that the service runs in."""
    network = service.get("networkConfiguration", {}).get("awsvpcConfiguration")
    revision = primary_of(service).get("taskDefinition") or service.get("taskDefinition", "")
    if network is None or not revision:
        raise InputError(f"--service {container}: CodeDeploy deploys this service; take another.")
    hashed = password_hash(password, os.urandom(SALT_BYTES))
    return {
        "cluster": cluster,
        "taskDefinition": revision,
        "count": 1,
        "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": network},
        "overrides": {
            "containerOverrides": [
                {
                    "name": container,
                    "command": list(COMMAND),
                    "environment": [{"name": "BROKER_PASSWORD_HASH", "value": hashed}],
                }
            ]
        },
        "startedBy": "plataforma-broker-password",
        "propagateTags": "TASK_DEFINITION",
    }
