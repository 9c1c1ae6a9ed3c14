"""Prometheus finds tasks by the calls of discovery/aws/ecs.go (Prometheus 3.16), made by the
real discovery against a stand-in of ECS and EC2 that allows what role and boundary allow."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import yaml

from simulation.plan import Plan
from tests.bootstrap import account
from tests.bootstrap.iam import allows
from tests.support.plans import container, only, plan_of_stack, statements
from tests.support.programs import program
from tests.support.serving import serving

ECS = "arn:aws:ecs:eu-west-1:123456789012"
CLUSTER = f"{ECS}:cluster/plataforma-staging"
SERVICES = ("backend", "worker")
# Call, the resource that IAM checks (Service Authorization Reference, "Actions, resources, and
# condition keys for Amazon Elastic Container Service"), condition keys.
CALLS: list[tuple[str, str, dict[str, str]]] = [
    # initEcsClient: before the first discovery, with no cluster named. Its failure ends each round.
    ("ecs:DescribeClusters", f"{ECS}:cluster/default", {}),
    ("ecs:DescribeClusters", CLUSTER, {}),  # describeClusters
    ("ecs:ListServices", "*", {"ecs:cluster": CLUSTER}),  # listServiceARNs
    ("ecs:ListTasks", "*", {"ecs:cluster": CLUSTER}),  # listTaskARNs
    ("ecs:DescribeServices", f"{ECS}:service/plataforma-staging/backend", {"ecs:cluster": CLUSTER}),
    ("ecs:DescribeTasks", f"{ECS}:task/plataforma-staging/0123", {"ecs:cluster": CLUSTER}),
    # describeNetworkInterfaces: its failure drops all targets of the cluster, since 3.11.
    ("ec2:DescribeNetworkInterfaces", "*", {}),
]
# Only for tasks on container instances, of which Fargate has none.
NEVER = {"ListClusters", "DescribeContainerInstances", "DescribeInstances"}


def boundary() -> dict[str, Any]:
    policy = only(account.plan(), account.POLICY, "boundary-staging").inputs["policy"]
    return json.loads(policy)


def may(role: list[dict[str, Any]], action: str, resource: str, keys: Mapping[str, str]) -> bool:
    """Whether the role's policy and the boundary both allow it."""
    policy = json.loads(json.dumps(role).replace("${cluster.arn}", CLUSTER))
    context = {"aws:RequestedRegion": "eu-west-1", **keys}
    return allows([{"Statement": policy}], action, resource, context) and allows(
        [boundary()], action, resource, context
    )


@pytest.mark.parametrize(("action", "resource", "keys"), CALLS)
def test_prometheus_may_make_each_call_of_its_discovery(
    action: str, resource: str, keys: dict[str, str]
):
    assert may(statements(plan_of_stack("staging"), "prometheus-task"), action, resource, keys)


# The discovery itself


def task(service: str, number: int) -> dict[str, Any]:
    """A running Fargate task as ECS describes it (API Reference, "Task")."""
    details = {
        "subnetId": "subnet-1",
        "networkInterfaceId": f"eni-{service}{number}",
        "privateIPv4Address": f"10.0.{len(service)}.{number}",
    }
    return {
        "attachments": [
            {
                "type": "ElasticNetworkInterface",
                "details": [{"name": name, "value": value} for name, value in details.items()],
            }
        ],
        "clusterArn": CLUSTER,
        "desiredStatus": "RUNNING",
        "group": f"service:{service}",
        "lastStatus": "RUNNING",
        "launchType": "FARGATE",
        "taskArn": f"{ECS}:task/plataforma-staging/{service}{number}",
    }


TASKS = [task(service, number) for service in SERVICES for number in (1, 2)]
ANSWERS: dict[str, dict[str, Any]] = {
    "DescribeClusters": {
        "clusters": [{"clusterArn": CLUSTER, "clusterName": "plataforma-staging"}]
    },
    "ListServices": {
        "serviceArns": [f"{ECS}:service/plataforma-staging/{name}" for name in SERVICES]
    },
    "ListTasks": {"taskArns": [one["taskArn"] for one in TASKS]},
    "DescribeServices": {
        "services": [
            {"serviceName": name, "serviceArn": f"{ECS}:service/plataforma-staging/{name}"}
            for name in SERVICES
        ]
    },
    "DescribeTasks": {"tasks": TASKS},
}


@contextmanager
def aws(role: list[dict[str, Any]]) -> Generator[tuple[str, set[str]]]:
    """The address of ECS and EC2, and the names of the calls that were made."""
    calls: set[str] = set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            target = self.headers.get("X-Amz-Target")
            name = target.partition(".")[2] if target else parse_qs(body)["Action"][0]
            calls.add(name)
            service = "ecs" if target else "ec2"
            checked = [row for row in CALLS if row[0] == f"{service}:{name}"]
            if name == "DescribeClusters":
                checked = checked[1:] if json.loads(body).get("clusters") else checked[:1]
            allowed = checked and may(role, *checked[0])
            if not allowed:
                self._answer(400, json.dumps({"__type": "AccessDeniedException"}))
            elif target:
                self._answer(200, json.dumps(ANSWERS[name]))
            else:
                self._answer(200, f"<{name}Response><networkInterfaceSet/></{name}Response>")

        def _answer(self, status: int, body: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_port}", calls


def targets(plan: Plan, role: list[dict[str, Any]], folder: Path) -> tuple[set[str], set[str]]:
    """The addresses that the job `backend` scrapes, and the calls that found them."""
    environment = container(plan, "prometheus")["environment"]
    text = next(one["value"] for one in environment if one["name"] == "PROMETHEUS_CONFIG")
    config = yaml.safe_load(text)
    config.pop("rule_files")
    with aws(role) as (address, calls):
        for scrape in config["scrape_configs"]:
            for discovery in scrape.get("aws_sd_configs", ()):
                discovery |= {"endpoint": address, "clusters": [CLUSTER]}
        file = folder / "prometheus.yml"
        file.write_text(yaml.safe_dump(config))
        # promtool collects for as long as --timeout says.
        command = [program("promtool3"), "check", "service-discovery", "--timeout=5s"]
        result = subprocess.run(
            [*command, str(file), "backend"],
            env={
                "PATH": os.environ["PATH"],
                "AWS_ACCESS_KEY_ID": "x",
                "AWS_SECRET_ACCESS_KEY": "x",
                "AWS_ENDPOINT_URL_EC2": address,
            },
            capture_output=True,
            text=True,
            check=True,
        )
    found = json.loads(re.sub(r"^[^\[]*", "", result.stdout) or "[]") or []
    return {one["labels"]["__address__"] for one in found if one.get("labels")}, calls


@pytest.mark.needs("promtool3")
def test_prometheus_finds_the_tasks_of_a_service_and_calls_what_is_listed(tmp_path: Path):
    plan = plan_of_stack("staging")
    found, calls = targets(plan, statements(plan, "prometheus-task"), tmp_path)
    port = next(
        one["value"]
        for one in container(plan, "backend")["environment"]
        if one["name"] == "METRICS_PORT"
    )
    assert found == {f"10.0.7.1:{port}", f"10.0.7.2:{port}"}
    assert calls == {action.partition(":")[2] for action, _, _ in CALLS}
    assert not calls & NEVER
