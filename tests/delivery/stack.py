"""A small stack in the simulated account, its outputs file, and a way to run commands on it."""

from __future__ import annotations

import io
import json
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

import boto3

from delivery.__main__ import main
from delivery.aws.clients import connect
from delivery.context import Context
from delivery.shared.console import Console
from tests.delivery.aws_server import ACCOUNT, REGION, AwsServer

CLUSTER = "plataforma-staging"
DIGEST = "sha256:" + "a" * 64
OTHER_DIGEST = "sha256:" + "b" * 64


@dataclass
class FakeClock:
    """Time that passes only when something sleeps; `meanwhile` happens in its sleeps, one each."""

    seconds: float = 0.0
    meanwhile: list[Callable[[], object]] = field(default_factory=list[Callable[[], object]])
    sleeps: int = 0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.sleeps += 1
        if self.meanwhile:
            self.meanwhile.pop(0)()


@dataclass
class Run:
    """How a command ended."""

    code: int
    out: str
    err: str
    summary: str

    @property
    def said(self) -> str:
        return self.out + self.err


class Stack:
    """Services backend (rolling) and worker (rolling) in revision 1, and the migrations."""

    def __init__(self, server: AwsServer, folder: Path) -> None:
        self.server, self.clock, self.folder = server, FakeClock(), folder
        self.environment: dict[str, str] = {}
        ec2, self.ecs = self.client("ec2"), self.client("ecs")
        self.subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        self.group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
        self.ecs.create_cluster(clusterName=CLUSTER)
        self.outputs: dict[str, Any] = {
            "alarmTopic": "arn:aws:sns:eu-west-1:123456789012:plataforma-staging-alarms",
            "cluster": CLUSTER,
            "services": {"backend": self.service_output("backend")},
            "imageDigests": {"backend": DIGEST},
            "monitoring": {},
            "urls": ["https://staging.example.com"],
            "migrations": {
                "taskDefinition": self.register("migrations", ["node", "dist/migrate.js"]),
                "cluster": CLUSTER,
                "subnets": [self.subnet],
                "securityGroups": [self.group],
                "assignPublicIp": "DISABLED",
                "command": ["node", "dist/migrate.js"],
            },
        }

    def client(self, service: str) -> Any:
        return _client(service, self.server.url)

    @property
    def network(self) -> dict[str, Any]:
        return {"awsvpcConfiguration": {"subnets": [self.subnet], "securityGroups": [self.group]}}

    def register(self, service: str, command: list[str] | None = None, digest: str = DIGEST) -> str:
        """A further revision of the service's task definition."""
        container: dict[str, Any] = {
            "name": service,
            "image": f"ghcr.io/acme/plataforma/{service}@{digest}",
            "memory": 512,
            "command": command or [],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": f"/plataforma/staging/{service}",
                    "awslogs-stream-prefix": service,
                },
            },
        }
        made = self.ecs.register_task_definition(
            family=f"{CLUSTER}-{service}", networkMode="awsvpc", containerDefinitions=[container]
        )
        return str(made["taskDefinition"]["taskDefinitionArn"])

    def service_output(self, name: str, arn: str = "", **changed: Any) -> dict[str, Any]:
        """The output of a service that runs its desired revision: `arn`, or one made now."""
        arn = arn or self.register(name)
        self.ecs.create_service(
            cluster=CLUSTER,
            serviceName=name,
            taskDefinition=arn,
            desiredCount=0,
            launchType="FARGATE",
            networkConfiguration=self.network,
        )
        return {
            "serviceName": name,
            "taskDefinition": arn,
            "image": f"ghcr.io/acme/plataforma/{name}@{DIGEST}",
            "rollout": "rolling",
            "deployWaitSeconds": 90,
            **changed,
        }

    def arn(self, service: str, revision: int) -> str:
        family = f"{CLUSTER}-{service}"
        return f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{family}:{revision}"

    def log(self, service: str, task: str, *lines: str, stream: str = "") -> None:
        """What a task wrote, to the stream that the driver awslogs names, or to `stream`."""
        logs, group = self.client("logs"), f"/plataforma/staging/{service}"
        stream = stream or f"{service}/{service}/{task}"
        logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        start = int(time.time() * 1000)
        events = [{"timestamp": start + n, "message": line} for n, line in enumerate(lines)]
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)

    def write_outputs(self) -> Path:
        return self._write("outputs.json", self.outputs)

    def run(self, command: str, *arguments: str) -> Run:
        """`python -m delivery command ...` in this process, over real HTTP."""
        return run([command, "--outputs", str(self.write_outputs()), *arguments], self)

    def follow(self, *arguments: str, deployed: bool = True, **asked: str) -> Run:
        """`python -m delivery rollout ...`. Not `deployed`: the first update failed, so that the
        stack has no outputs. `asked` are the task definitions of services for which the update
        asked, where it failed and left the outputs as they were."""
        resources = [_resource("pulumi:pulumi:Stack", "s", self.outputs if deployed else {})]
        for name, output in self.outputs["services"].items():
            arn = str(asked.get(name, output["taskDefinition"]))
            resources += self._service_resources(name, output, arn, failed=name in asked)
        path = self._write("state.json", {"version": 3, "deployment": {"resources": resources}})
        return run(["rollout", "--state", str(path), *arguments], self)

    def _service_resources(
        self, name: str, output: dict[str, Any], arn: str, *, failed: bool
    ) -> list[Any]:
        controller = {"type": "CODE_DEPLOY" if output["rollout"] == "codedeploy" else "ECS"}
        service = {
            "cluster": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{CLUSTER}",
            "name": output["serviceName"],
            "taskDefinition": arn,
            "deploymentController": controller,
        }
        made = _resource("aws:ecs/service:Service", name, service)
        made |= {"initErrors": [f"updating {name}: rolled back"] if failed else None}
        old = _resource("aws:ecs/taskDefinition:TaskDefinition", name, {"arn": "arn:replaced"})
        return [
            _resource("plataforma:service:Service", name, {}),
            {**old, "delete": True},
            _resource("aws:ecs/taskDefinition:TaskDefinition", name, {"arn": arn}),
            made | {"customTimeouts": {"update": 3 * output["deployWaitSeconds"] + 600}},
        ]

    def _write(self, name: str, content: Any) -> Path:
        path = self.folder / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return path


def _resource(token: str, name: str, values: dict[str, Any]) -> dict[str, Any]:
    """Of a state: its outputs are its inputs."""
    urn = f"urn:pulumi:staging::plataforma::{token}::{name}"
    return {"urn": urn, "type": token, "inputs": values, "outputs": values}


@cache
def _client(service: str, url: str) -> Any:
    make = cast(Any, boto3.client)
    return make(service, region_name=REGION, endpoint_url=url)


_connect = cache(connect)


def run(
    arguments: list[str],
    stack: Stack | None = None,
    environment: Mapping[str, str] | None = None,
    clock: FakeClock | None = None,
) -> Run:
    with tempfile.TemporaryDirectory(prefix="delivery-") as folder:
        return _run(arguments, stack, environment, clock, Path(folder) / "summary.md")


def _run(
    arguments: list[str],
    stack: Stack | None,
    environment: Mapping[str, str] | None,
    clock: FakeClock | None,
    summary: Path,
) -> Run:
    out, err = io.StringIO(), io.StringIO()
    own = environment if environment is not None else stack.environment if stack else {}
    variables = {**own, "GITHUB_STEP_SUMMARY": str(summary)}
    endpoint = stack.server.url if stack else None
    context = Context(
        console=Console(out, err, variables),
        clock=clock or (stack.clock if stack else FakeClock()),
        environment=variables,
        connect=lambda region: _connect(region, endpoint),
    )
    code = main(arguments, context)
    written = summary.read_text(encoding="utf-8") if summary.is_file() else ""
    return Run(code, out.getvalue(), err.getvalue(), written)
