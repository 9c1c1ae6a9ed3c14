"""A stack's rendered task definitions, running here (commands/tasks)."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml

from commands.tasks import __main__ as local
from commands.tasks import images, report, watching
from commands.tasks.engine import LABEL, Engine, find_engine
from commands.tasks.stack import Stack, image_name
from commands.tasks.task import Task
from settings import stack_file
from settings.monitoring.images import LOG_ROUTER_IMAGE
from settings.project import ROOT
from tests.containers.api import Client
from tests.support import stacks

PORT_OFFSET = 20_000
PROMETHEUS = "http://127.0.0.1:9090"
# Refused by the role, before the queue is looked for.
REFUSED = """
const { AWS_ACCESS_KEY_ID: id, AWS_REGION: region } = process.env;
const answer = await fetch(`https://sqs.${region}.amazonaws.com/`, {
  method: 'POST',
  headers: {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': 'AmazonSQS.DeleteQueue',
    authorization: `AWS4-HMAC-SHA256 Credential=${id}/20261127/${region}/sqs/aws4_request`,
  },
  body: JSON.stringify({ QueueUrl: `https://sqs.${region}.amazonaws.com/123456789012/none` }),
});
process.exit((await answer.text()).includes('AccessDenied') ? 0 : 1);
"""
LATE = "process.on('SIGTERM', () => process.exit(0)); setInterval(() => undefined, 1000);"
FAILING = "console.log('not this time'); process.exit(3);"
JOBS: dict[str, dict[str, Any]] = {
    "delete-old": {"service": "backend", "command": ["node", "dist/delete-old-jobs.js", "90"]},
    "fails": {"service": "worker", "command": ["node", "-e", FAILING], "retries": 1},
    "late": {"service": "worker", "command": ["node", "-e", LATE], "retries": 1},
    "refused": {
        "service": "backend",
        "command": ["node", "--input-type=module", "-e", REFUSED],
    },
}
CLOUDWATCH = """
import boto3, json, sys
logs = boto3.client("logs", endpoint_url="http://127.0.0.1", region_name=sys.argv[1],
                    aws_access_key_id="test", aws_secret_access_key="test")
for stream in logs.describe_log_streams(logGroupName=sys.argv[2])["logStreams"]:
    name = stream["logStreamName"]
    for event in logs.get_log_events(logGroupName=sys.argv[2], logStreamName=name)["events"]:
        print(json.dumps([name, event["message"]]))
"""


@dataclass(frozen=True)
class Running:
    """`project`: the folder of its stack file and program."""

    engine: Engine
    stack: Stack
    tasks: list[Task]
    missing: Mapping[str, str]
    project: Path

    @property
    def containers(self) -> dict[str, dict[str, Any]]:
        return watching.containers(self.engine, self.tasks)

    def client(self) -> Client:
        """As a browser at the load balancer."""
        trust = ssl.create_default_context(cafile=self.engine.folder / "tls/ca.crt")
        url = f"https://localhost:{report.address(self.engine, self.stack)}"
        return Client(url, trust=trust)

    def service(self, name: str) -> list[Task]:
        return [task for task in self.tasks if task.group == name]

    def ask(self, service: str, url: str, **parameters: str) -> Any:
        """What a URL answers inside a service's container."""
        name = self.service(service)[0].container(self.engine, service)
        address = f"{url}?{urlencode(parameters)}" if parameters else url
        wget = ("wget", "--quiet", "--output-document=-", address)
        return json.loads(self.engine.run("exec", name, *wget))

    def written(self, name: str) -> list[str]:
        """What a container wrote outside its volumes and mounts."""
        inspected = self.engine.inspect(name)[0]
        mounted = [mount["Destination"] for mount in inspected["Mounts"]]
        mounted += inspected["HostConfig"].get("Tmpfs") or ()
        # Where /sbin is a link, and where it is not.
        mounted += ["/usr/sbin/docker-init", "/sbin/docker-init"]
        changed = [line.split(" ", 1)[1] for line in self.engine.run("diff", name).splitlines()]
        return [
            path
            for path in changed
            # The engine makes the folders that mounts are in.
            if not any(f"{mount}/".startswith(f"{path}/") for mount in mounted)
        ]

    def log_events(self, group: str) -> list[tuple[str, str]]:
        """Stream and line of what CloudWatch Logs got."""
        script = ("python3", "-c", CLOUDWATCH, self.stack.region, group)
        lines = self.engine.run("exec", self.engine.named("aws"), *script).splitlines()
        return [(stream, line) for stream, line in map(json.loads, lines)]


@contextmanager
def running(name: str, folder: Path) -> Generator[Running]:
    """Every service whose images can be built here, removed afterwards; without log routers where
    their image can't be."""
    engine = find_engine(f"plataforma-test-{name}", folder, PORT_OFFSET)
    project = _with_jobs(name, folder)
    engine.remove_all()
    router = base_images(LOG_ROUTER_IMAGE)
    if not (log_router := all(_can_be_had(engine, base) for base in router)):
        print(f"\n{name}: no log router is started: {', '.join(router)} can't be had here")
    described = local.described(engine, name, log_router=log_router, project=project)[0]
    missing = not_buildable(engine, described)
    try:
        stack, tasks = local.up(
            engine, name, without=missing, log_router=log_router, project=project
        )
        yield Running(engine, stack, tasks, missing, project)
    finally:
        engine.remove_all()
        assert remaining(engine) == []


def _with_jobs(name: str, folder: Path) -> Path:
    """A project of the stack, with JOBS."""
    project = folder / "project"
    project.mkdir()
    stacks.make_project(project, name)
    path = project / stack_file.file_name(name)
    content = yaml.safe_load(path.read_text())
    content["config"]["plataforma:jobs"] = JOBS
    path.write_text(yaml.safe_dump(content))
    return project


def remaining(engine: Engine) -> list[str]:
    only = f"--filter=label={LABEL}={engine.project}"
    kinds = [engine.run(kind, "ls", "--quiet", only).split() for kind in ("volume", "network")]
    return [*engine.names(), *kinds[0], *kinds[1]]


def not_buildable(engine: Engine, stack: Stack) -> dict[str, str]:
    """The services that can't run here, and which image is the reason."""
    bases = {name: base_images(name) for name in images.needed(stack, ())}
    absent = {base for found in bases.values() for base in found if not _can_be_had(engine, base)}
    reasons = dict[str, str]()
    for service in stack.services:
        names = {image_name(item["image"]) for item in service.definition.containers}
        if lacking := sorted(base for name in names for base in bases[name] if base in absent):
            reasons[service.name] = f"{', '.join(lacking)} can't be had here"
    return reasons


def base_images(name: str) -> list[str]:
    text = (ROOT / f"images/Dockerfile.{name}").read_text()
    return re.findall(r"^ARG \w+_IMAGE=(\S+)$", text, re.MULTILINE)


def _can_be_had(engine: Engine, image: str) -> bool:
    return engine.succeeds("image", "inspect", image) or engine.succeeds("pull", image)


def without_volumes(task: Task, number: int, container: str) -> Task:
    """The same task, one of whose containers has no writable place."""
    kept = [
        {key: value for key, value in item.items() if key != "mountPoints"}
        if item["name"] == container
        else item
        for item in task.definition.containers
    ]
    return _with(task, number, {"containerDefinitions": kept})


def writing(task: Task, number: int, path: str) -> Task:
    """The same task with a writable root, whose containers write to `path`."""
    changed: dict[str, Any] = {
        "readonlyRootFilesystem": False,
        "user": "0",
        "entryPoint": ["sh", "-c"],
    }
    changed["command"] = [f"touch {path} && exec sleep 600"]
    containers = [item | changed for item in task.definition.containers]
    return _with(task, number, {"containerDefinitions": containers})


def _with(task: Task, number: int, changes: dict[str, Any]) -> Task:
    request = {**task.definition.request, **changes}
    return replace(task, number=number, definition=replace(task.definition, request=request))
