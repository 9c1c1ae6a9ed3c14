"""Clients of AWS: one way to make them, one way to say why AWS refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from delivery.aws.codedeploy import CodeDeployApi
from delivery.aws.ec2 import Ec2Api
from delivery.aws.ecs import EcsApi
from delivery.aws.logs import LogsApi

ATTEMPTS = 6
"""Tries of one call in all; botocore's standard mode waits up to 20 s between them, growing."""

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

    ecs: EcsApi
    codedeploy: CodeDeployApi
    logs: LogsApi
    ec2: Ec2Api


def connect(region: str, endpoint: str | None = None) -> Aws:
    """Clients with credentials from the environment; `endpoint` is for tests."""
    config = Config(
        region_name=region,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        connect_timeout=5,
        read_timeout=30,
        user_agent_extra="plataforma-delivery",
    )

    def client(service: str) -> Any:
        make = cast(Any, boto3.client)
        return make(service, config=config, endpoint_url=endpoint)

    return Aws(
        ecs=client("ecs"),
        codedeploy=client("codedeploy"),
        logs=client("logs"),
        ec2=client("ec2"),
    )


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def message_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message", ""))


def passes(error: ClientError | BotoCoreError) -> bool:
    """Whether the same call may well succeed a few seconds later."""
    if not isinstance(error, ClientError):
        return not isinstance(error, NoCredentialsError)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return code_of(error) in THROTTLED or status >= 500


def explain(error: ClientError | BotoCoreError) -> str:
    """What AWS refused, to whom, and what to do."""
    if isinstance(error, NoCredentialsError):
        return (
            "There are no AWS credentials. In a workflow run aws-actions/configure-aws-credentials "
            "first (permissions: id-token: write); elsewhere set AWS_PROFILE."
        )
    if not isinstance(error, ClientError):
        return f"AWS cannot be reached: {error}"
    call, code, said = error.operation_name, code_of(error), message_of(error)
    if code in DENIED:
        return _denied(call, said)
    if code in EXPIRED:
        return f"{call}: the credentials have expired. Assume the role again and rerun the job."
    if code in INVALID:
        return f"{call}: AWS does not know the credentials ({said}). Assume the role again."
    if code in THROTTLED:
        return (
            f"{call}: AWS still throttles it after {ATTEMPTS} attempts ({said}). "
            "Rerun the job in a minute; nothing is started twice."
        )
    return f"{call}: {code}: {said}"


def _denied(call: str, said: str) -> str:
    """AWS names both: "User: arn:... is not authorized to perform: ecs:RunTask on ..."."""
    action = re.search(r"perform:? ([a-z0-9-]+:\w+)", said)
    principal = re.search(r"User: (arn:\S+)", said)
    who = principal.group(1) if principal else "the role in use (`aws sts get-caller-identity`)"
    what = action.group(1) if action else call
    role = re.search(r"assumed-role/([^/\s]+)", who)
    where = f"the role {role.group(1)}" if role else "its policy"
    return f"{who} may not call {what}. Allow it in {where} (bootstrap/), then rerun. AWS: {said}"
