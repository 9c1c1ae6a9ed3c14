"""Clients of AWS, and what an error of AWS means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_codedeploy import CodeDeployClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_logs import CloudWatchLogsClient


class AlarmPages(Protocol):
    def paginate(self, **request: str) -> Iterable[Mapping[str, Any]]: ...


class CloudWatchClient(Protocol):
    """What is used of it."""

    def get_paginator(self, operation_name: Literal["describe_alarms"], /) -> AlarmPages: ...


ATTEMPTS = 6
"""Of one call. botocore's standard retry mode waits between them: exponential backoff to 20 s."""

DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
INVALID = frozenset(
    {"UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException"}
)
THROTTLED = frozenset(
    {"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded"}
)


@dataclass(frozen=True)
class Aws:
    """The clients of one region."""

    ecs: ECSClient
    codedeploy: CodeDeployClient
    logs: CloudWatchLogsClient
    ec2: EC2Client
    cloudwatch: CloudWatchClient


def connect(region: str, endpoint: str | None = None) -> Aws:
    """Clients with credentials from the environment; `endpoint` is for tests."""
    import boto3
    from botocore.config import Config

    config = Config(
        region_name=region,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        connect_timeout=5,
        read_timeout=30,
        user_agent_extra="plataforma-delivery",
    )
    return Aws(
        ecs=boto3.client("ecs", config=config, endpoint_url=endpoint),
        codedeploy=boto3.client("codedeploy", config=config, endpoint_url=endpoint),
        logs=boto3.client("logs", config=config, endpoint_url=endpoint),
        ec2=boto3.client("ec2", config=config, endpoint_url=endpoint),
        cloudwatch=boto3.client("cloudwatch", config=config, endpoint_url=endpoint),
    )


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def message_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message", ""))


def is_transient(error: ClientError | BotoCoreError) -> bool:
    """Whether the same call may succeed a few seconds later."""
    if not isinstance(error, ClientError):
        return not isinstance(error, NoCredentialsError)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return code_of(error) in THROTTLED or status >= 500


def explain(error: ClientError | BotoCoreError) -> str:
    """Which call AWS refused, why, and what to do about it."""
    if isinstance(error, NoCredentialsError):
        return (
            "There are no AWS credentials. In a workflow, run "
            "aws-actions/configure-aws-credentials first (permissions: id-token: write); "
            "elsewhere, set AWS_PROFILE."
        )
    if not isinstance(error, ClientError):
        return f"AWS cannot be reached: {error}"
    call, code, message = error.operation_name, code_of(error), message_of(error)
    if code in DENIED:
        return _denied(call, message)
    if code in EXPIRED:
        return f"{call}: the credentials have expired. Assume the role again and rerun the job."
    if code in INVALID:
        return f"{call}: AWS does not accept the credentials ({message}). Assume the role again."
    if code in THROTTLED:
        return (
            f"{call}: AWS still throttles the call after {ATTEMPTS} attempts ({message}). "
            "Rerun the job in a minute; nothing is started twice."
        )
    return f"{call}: {code}: {message}"


def _denied(call: str, message: str) -> str:
    """AWS names principal and action: "User: arn:... is not authorized to perform: ecs:RunTask"."""
    action = re.search(r"perform:? ([a-z0-9-]+:\w+)", message)
    principal = re.search(r"User: (arn:\S+)", message)
    who = principal.group(1) if principal else "the current role (`aws sts get-caller-identity`)"
    what = action.group(1) if action else call
    role = re.search(r"assumed-role/([^/\s]+)", who)
    where = f"the role {role.group(1)}" if role else "its policy"
    return (
        f"{who} may not call {what}. Allow it in {where} (bootstrap/), then rerun. AWS: {message}"
    )
