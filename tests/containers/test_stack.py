"""The stack as it runs: isolation, order, and a job from end to end."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import pytest

from commands.local import __main__ as local
from commands.local.containers import Stack
from commands.local.secrets import PASSWORDS, SIGNING_KEYS
from tests.containers.api import Client, create_account, sign_in
from tests.containers.times import moment
from tests.support.waiting import until

SERVICES = [service for step in local.STEPS for service in step]
LASTING = [service for service in SERVICES if service != "migrations"]
APPLICATIONS = ["backend", "worker", "frontend"]
NODE_ALONE = ["backend", "worker"]
REPLICAS = {"backend": 2, "worker": 2}


def inspect(stack: Stack, name: str) -> dict[str, Any]:
    return json.loads(stack.read([stack.engine, "inspect", name]))[0]


def has_way_out(stack: Stack, service: str) -> bool:
    """Whether a network of the service leads outside."""
    key = "Internal" if stack.engine == "docker" else "internal"
    networks = inspect(stack, stack.names(service)[0])["NetworkSettings"]["Networks"]
    found = json.loads(stack.read([stack.engine, "network", "inspect", *networks]))
    return not all(network[key] for network in found)


def inside(stack: Stack, service: str, *command: str) -> str:
    return stack.read([stack.engine, "exec", stack.names(service)[0], *command])


def succeeds(stack: Stack, service: str, *command: str) -> bool:
    return stack.succeeds([stack.engine, "exec", stack.names(service)[0], *command])


def can_write(stack: Stack, service: str, path: str) -> bool:
    if service in NODE_ALONE:
        return succeeds(stack, service, "node", "-e", f"fs.writeFileSync('{path}', '')")
    return succeeds(stack, service, "touch", path)


def status(stack: Stack, service: str) -> dict[str, list[str]]:
    """Of a container's first process."""
    path = "/proc/1/status"
    node = ("node", "-p", f"fs.readFileSync('{path}', 'utf8')")
    text = inside(stack, service, *(node if service in NODE_ALONE else ("cat", path)))
    fields = (line.partition(":") for line in text.splitlines())
    return {name: value.split() for name, _, value in fields}


def finds(stack: Stack, service: str, host: str) -> bool:
    if service in NODE_ALONE:
        return succeeds(stack, service, "node", "-e", f"dns.promises.lookup('{host}')")
    return succeeds(stack, service, "getent", "hosts", host)


@pytest.mark.parametrize("service", SERVICES)
def test_every_container_is_there_and_healthy(stack: Stack, service: str) -> None:
    names = stack.names(service)
    assert len(names) == REPLICAS.get(service, 1)
    expected = "exited 0" if service == "migrations" else "healthy"
    assert [stack.condition(name) for name in names] == [expected] * len(names)


def test_only_the_gateway_is_published_and_only_on_this_machine(stack: Stack) -> None:
    published = {
        (service, port): addresses
        for service in SERVICES
        for name in stack.names(service)
        for port, addresses in inspect(stack, name)["HostConfig"]["PortBindings"].items()
        if addresses
    }
    address = {"HostIp": "127.0.0.1", "HostPort": stack.variables["GATEWAY_PORT"]}
    assert published == {("gateway", "8080/tcp"): [address]}


@pytest.mark.parametrize("service", LASTING)
def test_the_root_cannot_be_written(stack: Stack, service: str) -> None:
    assert not can_write(stack, service, "/probe")
    assert not can_write(stack, service, "/usr/bin/probe")
    assert can_write(stack, service, "/tmp/probe")


@pytest.mark.parametrize("service", LASTING)
def test_no_process_has_rights(stack: Stack, service: str) -> None:
    process = status(stack, service)
    assert "0" not in process["Uid"]
    assert set(process["CapEff"] + process["CapPrm"] + process["CapBnd"]) == {"0" * 16}
    assert process["NoNewPrivs"] == ["1"]


@pytest.mark.parametrize("service", NODE_ALONE)
def test_an_image_has_node_and_neither_shell_nor_package_manager(
    stack: Stack, service: str
) -> None:
    script = """process.env.PATH.split(':').filter((folder) => fs.existsSync(folder))
      .flatMap((folder) => fs.readdirSync(folder)).join(' ')"""
    programs = set(inside(stack, service, "node", "-p", script).split())
    # The init process is Docker's.
    assert programs - {"docker-init"} == {"node"}
    assert not succeeds(stack, service, "node", "-e", "fs.statSync('/nodejs/lib/node_modules')")


@pytest.mark.parametrize("service", APPLICATIONS)
def test_an_image_says_what_it_is(stack: Stack, service: str) -> None:
    config = json.loads(stack.read([stack.engine, "image", "inspect", stack.image(service)]))[0]
    labels = config["Config"]["Labels"]
    for name in ("version", "revision", "created", "source"):
        assert labels[f"org.opencontainers.image.{name}"]
    assert labels["org.opencontainers.image.version"] == stack.variables["TAG"]
    assert config["Config"]["User"] == ("101" if service == "frontend" else "1000")
    assert (config.get("Healthcheck") or config["Config"].get("Healthcheck"))["Test"][0] == "CMD"


def test_no_secret_is_in_an_environment_or_a_command(stack: Stack) -> None:
    values = [
        (stack.secrets / f"{name}.txt").read_text().strip() for name in (*PASSWORDS, SIGNING_KEYS)
    ]
    assert all(values)
    for service in SERVICES:
        for name in stack.names(service):
            shown = json.dumps(inspect(stack, name))
            assert not any(value in shown for value in values), name


def test_only_the_edge_has_a_way_out(stack: Stack) -> None:
    assert {service for service in LASTING if has_way_out(stack, service)} == {"gateway"}
    # Podman's internal networks have no route; Docker's have one, and what takes it is dropped.
    attempt = (
        "require('node:net').connect({host: '1.1.1.1', port: 443, timeout: 2000})"
        ".on('error', (error) => console.log(error.code))"
        ".on('timeout', () => { console.log('timeout'); process.exit(); })"
        ".on('connect', () => process.exit(1))"
    )
    expected = "timeout" if stack.engine == "docker" else "ENETUNREACH"
    for service in ("backend", "worker"):
        assert inside(stack, service, "node", "-e", attempt) == expected


def test_the_edge_does_not_see_the_data(stack: Stack) -> None:
    for service in ("gateway", "frontend"):
        assert not finds(stack, service, "postgres")
    assert finds(stack, "gateway", "backend")
    assert finds(stack, "backend", "postgres")


def test_redis_keeps_jobs(stack: Stack) -> None:
    ask = "REDISCLI_AUTH=$(cat /run/secrets/redis_password) redis-cli config get maxmemory-policy"
    assert inside(stack, "redis", "sh", "-c", ask).split()[-1] == "noeviction"
    assert "NOAUTH" in inside(stack, "redis", "redis-cli", "ping")
    appendonly = ask.replace("maxmemory-policy", "appendonly")
    assert inside(stack, "redis", "sh", "-c", appendonly).split()[-1] == "yes"


def test_the_gateway_shows_the_page_the_api_and_its_documents(stack: Stack) -> None:
    client = Client(stack.url)
    page = client.ask("GET", "/jobs/0d2a4bd5-7f4d-4a1c-8f5f-5c5d2f7b1a11")
    assert (page.status, page.headers["content-type"]) == (200, "text/html")
    assert client.ask("GET", "/assets/missing.js").status == 404
    assert client.ask("GET", "/config.json").json() == {
        "environment": "local",
        "version": stack.variables["TAG"],
    }
    assert client.ask("GET", "/api/v1/jobs").status == 401
    assert client.ask("GET", "/api/v1/openapi.json").json()["openapi"].startswith("3")
    assert client.ask("GET", "/metrics").headers["content-type"] == "text/html"


def test_the_frontend_shares_its_assets_with_other_builds(stack: Stack) -> None:
    page = Client(stack.url).ask("GET", "/").body.decode()
    names = re.findall(r"/assets/([^\"]+)", page)
    assert names
    assert set(names) <= set(inside(stack, "frontend", "ls", "/srv/builds/assets").split())


def test_a_job_runs_from_end_to_end_with_live_progress(stack: Stack) -> None:
    client, _ = create_account(stack.url)
    submitted = client.submit(1_000_000, "first")
    assert submitted.status == 202
    seen = list(client.follow(submitted.json()["id"]))
    assert len(seen) > 1
    assert [job["progress"] for job in seen] == sorted(job["progress"] for job in seen)
    assert seen[-1]["status"] == "succeeded"
    assert seen[-1]["result"] == {"count": 78_498, "largest": 999_983}
    again = client.submit(1_000_000, "first")
    assert (again.status, again.json()["id"]) == (200, submitted.json()["id"])
    until(lambda: client.ask("GET", "/api/v1/usage").json()["jobs"] >= 2, "the welcome job ran")


def test_both_replicas_serve(stack: Stack) -> None:
    client, _ = create_account(stack.url)
    for number in range(40):
        headers = {"X-Request-Id": f"replicas-{number}"}
        assert client.ask("GET", "/api/v1/usage", headers=headers).status == 200
    logs = stack.read([stack.engine, "logs", stack.names("gateway")[0]]).splitlines()
    lines = [json.loads(line) for line in logs if line.startswith('{"level"')]
    ours = [line for line in lines if line["requestId"].startswith("replicas-")]
    assert len(ours) == 40
    assert len({line["upstream"] for line in ours}) == 2


def test_signals_end_the_processes_with_code_0(stack: Stack) -> None:
    for service in ("backend", "worker"):
        name = stack.names(service)[0]
        stack.run([stack.engine, "stop", name])
        assert stack.condition(name) == "exited 0"
        stack.run([stack.engine, "start", name])
        stack.wait(service)


def test_everything_starts_again_in_order_and_with_its_data(stack: Stack) -> None:
    client, email = create_account(stack.url)
    job = client.submit(1_000).json()
    list(client.follow(job["id"]))
    stack.down(volumes=False)
    assert stack.names("backend") == []
    local.up_to_gateway(stack, build=False)
    _started_in_order(stack)
    [kept] = [found for found in sign_in(stack.url, email).jobs() if found["id"] == job["id"]]
    assert kept["status"] == "succeeded"


def _started_in_order(stack: Stack) -> None:
    def times(service: str, key: str) -> list[datetime]:
        return [moment(inspect(stack, name)["State"][key]) for name in stack.names(service)]

    migrated = times("migrations", "FinishedAt")[0]
    assert max(times("postgres", "StartedAt")) < times("migrations", "StartedAt")[0]
    assert migrated < min(times("backend", "StartedAt") + times("worker", "StartedAt"))
    assert max(times("backend", "StartedAt")) < times("gateway", "StartedAt")[0]
    assert times("frontend", "StartedAt")[0] < times("gateway", "StartedAt")[0]
