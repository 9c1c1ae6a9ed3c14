"""Stands in for AWS's API: moto, and before it what moto does not know.

Runs in a container. A request signed by a task's role is refused where that role's policy does not
allow its action; for ECS also where it does not allow the resource. ECS tells of the tasks that run
(tasks.json); Prometheus' remote write and ECS's agent are answered. Everything else goes to moto,
which holds what seed.json lists.
"""

from __future__ import annotations

import io
import json
import re
import sys
import threading
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

READY = Path("/tmp/ready")
# IAM's prefix by the target's in the header of JSON protocols.
SERVICES = {
    "AmazonEC2ContainerServiceV20141113": "ecs",
    "AmazonSQS": "sqs",
    "AmazonSSM": "ssm",
    "GraniteServiceVersion20100801": "cloudwatch",
    "Logs_20140328": "logs",
    "TrentService": "kms",
    "secretsmanager": "secretsmanager",
}
HOSTS = {"ec2": "ec2", "sns": "sns", "monitoring": "cloudwatch", "sts": "sts"}
OPEN = {"sts:GetCallerIdentity"}
JSON = "application/x-amz-json-1.1"

Start = Callable[..., Any]
Environ = dict[str, Any]


class Api:
    """`folder` has the seed, and the running tasks whenever they change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seed = json.loads((folder / "seed.json").read_text())
        self.moto: Any = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        sent = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        path = environ.get("PATH_INFO", "")
        if path.endswith("/task-protection/v1/state"):
            return self.protection(path, sent, start)
        if path.endswith("/api/v1/remote_write"):
            return reply(start, 200, b"", "text/plain")
        action, body = named(environ, sent)
        if action and not self.allows(environ, action, body):
            return refused(start, action)
        if action.startswith("ecs:") and (answer := self.ecs(action, body)) is not None:
            return reply(start, 200, json.dumps(answer).encode(), JSON)
        if action == "ec2:DescribeNetworkInterfaces":
            return reply(start, 200, interfaces(self.running()), "text/xml")
        environ["wsgi.input"] = io.BytesIO(sent)
        return self.moto(environ, start)

    def allows(self, environ: Environ, action: str, body: dict[str, Any]) -> bool:
        signer = re.search(r"Credential=([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
        statements = self.seed["roles"].get(signer[1] if signer else "")
        if statements is None or action in OPEN:
            return True
        resources = resources_of(action, body, self.seed["cluster"])
        return all(
            any(allowed(statement, action, resource) for statement in statements)
            for resource in resources
        )

    def ecs(self, action: str, body: dict[str, Any]) -> dict[str, Any] | None:
        tasks, cluster = self.running(), self.seed["cluster"]
        asked = body.get("clusters", [body.get("cluster")])
        if action == "ecs:DescribeClusters":
            known = [item for item in asked if item == cluster]
            return {
                "clusters": [
                    {"clusterArn": arn, "clusterName": name_of(arn), "status": "ACTIVE"}
                    for arn in known
                ]
            }
        names = sorted({task["service"] for task in tasks})
        services = {cluster.replace(":cluster/", ":service/") + f"/{name}": name for name in names}
        match action.partition(":")[2]:
            case "ListServices":
                return {"serviceArns": list(services)}
            case "DescribeServices":
                return {
                    "services": [
                        {"serviceArn": arn, "serviceName": services[arn], "status": "ACTIVE"}
                        for arn in body["services"]
                        if arn in services
                    ]
                }
            case "ListTasks":
                return {"taskArns": [task["arn"] for task in tasks]}
            case "DescribeTasks":
                return {
                    "tasks": [described(task) for task in tasks if task["arn"] in body["tasks"]]
                }
            case _:
                return None

    def arn_of(self, task: str) -> str:
        return f"{self.seed['cluster'].replace(':cluster/', ':task/')}/{task}"

    def running(self) -> list[dict[str, Any]]:
        return json.loads((self.folder / "tasks.json").read_text())

    def protection(self, path: str, sent: bytes, start: Start) -> Iterable[bytes]:
        """Task scale-in protection endpoint (ECS Developer Guide); nothing scales here."""
        wanted = json.loads(sent or b"{}").get("ProtectionEnabled", False)
        state = {"ProtectionEnabled": wanted, "TaskArn": self.arn_of(path.split("/")[2])}
        return reply(start, 200, json.dumps({"protection": state}).encode(), "application/json")


def named(environ: Environ, sent: bytes) -> tuple[str, dict[str, Any]]:
    """The action as IAM names it, and its parameters; none of REST APIs such as S3's."""
    prefix, _, operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")
    if prefix in SERVICES:
        return f"{SERVICES[prefix]}:{operation}", json.loads(sent or b"{}")
    service = HOSTS.get(environ.get("HTTP_HOST", "").partition(".")[0], "")
    if service and "form" in environ.get("CONTENT_TYPE", ""):
        parameters = {key: values[0] for key, values in parse_qs(sent.decode()).items()}
        return f"{service}:{parameters.get('Action', '')}", parameters
    return "", {}


def resources_of(action: str, body: dict[str, Any], cluster: str) -> list[str]:
    """What an ECS action is on (Service Authorization Reference); "" where it is not looked at."""
    kind, _, operation = action.partition(":")
    if kind != "ecs":
        return [""]
    if operation == "DescribeClusters":
        return body.get("clusters") or [f"{cluster.rpartition('/')[0]}/default"]
    if operation in ("DescribeServices", "DescribeTasks"):
        return body.get("services") or body.get("tasks") or [""]
    return [""]


def allowed(statement: dict[str, Any], action: str, resource: str) -> bool:
    return (
        statement["Effect"] == "Allow"
        and any(fnmatchcase(action, pattern) for pattern in listed(statement.get("Action", [])))
        and any(
            not resource or fnmatchcase(resource, pattern)
            for pattern in listed(statement.get("Resource", []))
        )
    )


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def name_of(arn: str) -> str:
    return arn.rpartition("/")[2]


def described(task: dict[str, Any]) -> dict[str, Any]:
    details = {"networkInterfaceId": f"eni-{name_of(task['arn'])[:17]}", "subnetId": "subnet-1"}
    details["privateIPv4Address"] = task["address"]
    return {
        "taskArn": task["arn"],
        "taskDefinitionArn": task["definition"],
        "group": f"service:{task['service']}",
        "launchType": "FARGATE",
        "lastStatus": "RUNNING",
        "desiredStatus": "RUNNING",
        "healthStatus": "HEALTHY",
        "attachments": [
            {
                "type": "ElasticNetworkInterface",
                "status": "ATTACHED",
                "details": [{"name": key, "value": value} for key, value in details.items()],
            }
        ],
    }


def interfaces(tasks: list[dict[str, Any]]) -> bytes:
    """Interfaces in private subnets: none has a public address."""
    items = "".join(
        f"<item><networkInterfaceId>eni-{name_of(task['arn'])[:17]}</networkInterfaceId></item>"
        for task in tasks
    )
    space = "http://ec2.amazonaws.com/doc/2016-11-15/"
    return (
        f'<DescribeNetworkInterfacesResponse xmlns="{space}"><requestId>1</requestId>'
        f"<networkInterfaceSet>{items}</networkInterfaceSet></DescribeNetworkInterfacesResponse>"
    ).encode()


def refused(start: Start, action: str) -> Iterable[bytes]:
    message = f"The task's role is not authorized to perform: {action}"
    print(f"refused: {action}", file=sys.stderr, flush=True)
    if action.startswith("ec2:"):
        error = f"<Code>UnauthorizedOperation</Code><Message>{message}</Message>"
        text = f"<Response><Errors><Error>{error}</Error></Errors></Response>"
        return reply(start, 403, text.encode(), "text/xml")
    body = json.dumps({"__type": "AccessDeniedException", "message": message})
    return reply(start, 400, body.encode(), JSON)


def reply(start: Start, status: int, body: bytes, kind: str) -> Iterable[bytes]:
    start(f"{status} {'OK' if status == 200 else 'Refused'}", [("Content-Type", kind)])
    return [body]


def main() -> None:
    api: Any = Api(Path(sys.argv[1]))
    WSGIRequestHandler.protocol_version = "HTTP/1.1"
    plain = make_server("0.0.0.0", 80, api, threaded=True)
    threading.Thread(target=plain.serve_forever, daemon=True).start()
    for service, operation, parameters in api.seed["calls"]:
        client: Any = boto3.client(
            service,
            endpoint_url="http://127.0.0.1",
            region_name=api.seed["region"],
            aws_access_key_id="seed",
            aws_secret_access_key="seed",
        )
        getattr(client, operation)(**parameters)
    tls = ("/tls/server.crt", "/tls/server.key")
    secure = make_server("0.0.0.0", 443, api, threaded=True, ssl_context=tls)
    READY.touch()
    secure.serve_forever()


if __name__ == "__main__":
    main()
