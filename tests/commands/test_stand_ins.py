"""What stands in for the load balancer and for AWS's API beside local tasks."""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from commands.tasks import authority
from commands.tasks.stand_ins import aws
from commands.tasks.stand_ins.aws import Api
from commands.tasks.stand_ins.load_balancer import Balancer, expected
from tests.support.nginx_server import free_port
from tests.support.serving import serving
from tests.support.waiting import until

CHECK = {
    "path": "/healthz",
    "interval": 0.1,
    "timeout": 1.0,
    "healthy": 2,
    "unhealthy": 2,
    "matcher": "200",
}
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/c"


class Target(BaseHTTPRequestHandler):
    """Answers with its name and the headers that it got."""

    def do_GET(self) -> None:
        server: Any = self.server
        body = json.dumps({"target": server.name, **dict(self.headers.items())}).encode()
        healthy = self.path != "/healthz" or server.healthy
        self.send_response(200 if healthy else 500)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        del format, args


@contextmanager
def targets() -> Generator[dict[str, Any]]:
    found: dict[str, Any] = {}
    with ExitStack() as stack:
        for name in ("a", "b"):
            found[name] = ThreadingHTTPServer(("127.0.0.1", 0), Target)
            found[name].name, found[name].healthy = name, True
            stack.enter_context(serving(found[name]))
        yield found


class Started:
    """A balancer with two groups, a and b, each with one target."""

    def __init__(self, folder: Path, servers: dict[str, Any]) -> None:
        self.port, self.health = free_port(), folder / "health.json"
        rules = [
            {"hosts": ["b.example.com"], "actions": [{"forward": {"b": 1}}]},
            {"paths": ["/api/*"], "actions": [{"forward": {"a": 100, "b": 0}}]},
            {"paths": ["/none"], "actions": [{"forward": {"empty": 1}}]},
            {"paths": ["/old"], "actions": [{"redirect": REDIRECT}]},
            {"actions": [{"fixed": {"statusCode": "404", "messageBody": "Not found"}}]},
        ]
        listener = {"port": self.port, "tls": False, "rules": rules}
        groups = dict.fromkeys(("a", "b", "empty"), CHECK)
        routing = {"listeners": [listener], "groups": groups}
        (folder / "routing.json").write_text(json.dumps(routing))
        registered = {name: [["127.0.0.1", servers[name].server_port]] for name in servers}
        (folder / "targets.json").write_text(json.dumps(registered))
        self.balancer = Balancer(folder, self.health)

    def states(self) -> dict[str, list[str]]:
        if not self.health.exists():
            return {}
        found = json.loads(self.health.read_text())
        return {group: list(targets.values()) for group, targets in found.items()}

    def get(self, path: str, host: str = "example.com") -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path, headers={"Host": host, "X-Forwarded-For": "9.9.9.9"})
        return connection.getresponse()


REDIRECT = {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}


@contextmanager
def balancing(folder: Path, servers: dict[str, Any]) -> Generator[Started]:
    authority.write(folder / "tls", [])
    started = Started(folder, servers)
    loop = asyncio.new_event_loop()
    files = (folder / "tls/server.crt", folder / "tls/server.key")
    running = loop.create_task(started.balancer.run(*files))

    def run() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(running)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        until(lambda: started.states().get("b") == ["healthy"], "targets are healthy")
        yield started
    finally:
        loop.call_soon_threadsafe(running.cancel)
        thread.join()


def test_the_first_rule_that_matches_decides(tmp_path: Path) -> None:
    with targets() as servers, balancing(tmp_path, servers) as balancer:
        until(lambda: balancer.states()["a"] == ["healthy"], "a is healthy")
        assert json.load(balancer.get("/api/jobs"))["target"] == "a"
        assert json.load(balancer.get("/api/jobs", "B.example.com:443"))["target"] == "b"
        assert (balancer.get("/none").status, balancer.get("/elsewhere").status) == (503, 404)
        moved = balancer.get("/old?a=b")
        assert (moved.status, moved.headers["Location"]) == (301, "https://example.com:443/old?a=b")


def test_a_target_is_told_who_asked(tmp_path: Path) -> None:
    with targets() as servers, balancing(tmp_path, servers) as balancer:
        headers = json.load(balancer.get("/api/jobs"))
        assert headers["X-Forwarded-For"] == "9.9.9.9, 127.0.0.1"
        assert (headers["X-Forwarded-Proto"], headers["Host"]) == ("http", "example.com")


def test_a_target_that_fails_its_checks_is_unhealthy(tmp_path: Path) -> None:
    with targets() as servers, balancing(tmp_path, servers) as balancer:
        servers["b"].healthy = False
        until(lambda: balancer.states()["b"] == ["unhealthy"], "b is unhealthy")
        servers["b"].healthy = True
        until(lambda: balancer.states()["b"] == ["healthy"], "b is healthy again")


@pytest.mark.parametrize("matcher", ["200", "200,204", "200-299", "100,200-201"])
def test_a_matcher_lists_codes_and_ranges(matcher: str) -> None:
    assert expected(200, matcher)
    assert not expected(300, matcher)


@pytest.fixture
def api(tmp_path: Path) -> Callable[..., tuple[str, dict[str, Any]]]:
    statements = [
        {"Effect": "Allow", "Action": ["ecs:Describe*"], "Resource": [CLUSTER, "arn:task/*"]},
        {"Effect": "Allow", "Action": "ec2:DescribeNetworkInterfaces", "Resource": "*"},
    ]
    seed = {"cluster": CLUSTER, "roles": {"ASIAROLE": statements, "ASIANONE": []}}
    (tmp_path / "seed.json").write_text(json.dumps(seed))
    task = {"arn": "arn:task/1", "service": "api", "definition": "d:1", "address": "10.0.0.9"}
    (tmp_path / "tasks.json").write_text(json.dumps([task]))
    server = Api(tmp_path)

    def ask(operation: str, key: str = "ASIAROLE", **body: Any) -> tuple[str, dict[str, Any]]:
        sent = json.dumps(body).encode()
        environ = {
            "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={key}/20260101/eu-west-1/ecs/x",
            "HTTP_X_AMZ_TARGET": f"AmazonEC2ContainerServiceV20141113.{operation}",
            "CONTENT_LENGTH": str(len(sent)),
            "wsgi.input": io.BytesIO(sent),
        }
        status: list[str] = []

        def start(line: str, _: object) -> None:
            status.append(line)

        answer = server(environ, start)
        return status[0], json.loads(b"".join(answer))

    return ask


def test_ecs_tells_of_the_tasks_that_run(api: Callable[..., Any]) -> None:
    _, clusters = api("DescribeClusters", clusters=[CLUSTER])
    assert [item["clusterArn"] for item in clusters["clusters"]] == [CLUSTER]
    _, described = api("DescribeTasks", tasks=["arn:task/1"])
    details = {d["name"]: d["value"] for d in described["tasks"][0]["attachments"][0]["details"]}
    assert described["tasks"][0]["group"] == "service:api"
    assert details["privateIPv4Address"] == "10.0.0.9"


def test_what_the_tasks_role_does_not_allow_is_refused(api: Callable[..., Any]) -> None:
    for asked in (
        api("DescribeClusters"),  # of the cluster `default`
        api("ListTasks", cluster=CLUSTER),
        api("DescribeClusters", "ASIANONE", clusters=[CLUSTER]),
    ):
        status, answer = asked
        assert status.startswith("400")
        assert answer["__type"] == "AccessDeniedException"


def test_a_query_names_its_action() -> None:
    environ = {"HTTP_HOST": "ec2.eu-west-1.amazonaws.com"}
    environ |= {"CONTENT_TYPE": "application/x-www-form-urlencoded"}
    action, parameters = aws.named(environ, b"Action=DescribeNetworkInterfaces&Version=1")
    assert (action, parameters["Version"]) == ("ec2:DescribeNetworkInterfaces", "1")
