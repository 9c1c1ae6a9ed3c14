"""Monitoring beside the running stack: what it finds, what it keeps, and whom it tells when the
platform is broken on purpose.

Prometheus starts empty, so its windows of hours hold only the minutes since: errors fill them
sooner than the burn rate promises for a window full of good events, never later.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from commands.local.containers import Stack
from commands.local.secrets import PASSWORDS
from rendering.dashboards.queries import Query, queries
from rendering.slo.burns import minutes_to_fire
from tests.containers import monitoring as beside
from tests.containers.api import Client, create_account
from tests.containers.monitoring import COLLECTOR, SERVICES, Monitoring
from tests.containers.test_stack import has_way_out, inside, inspect, succeeds
from tests.support.nginx_server import free_port
from tests.support.waiting import until

REPLICAS = {"backend": 2, "worker": 2, "rabbitmq": 2, "probe": 2}
ONCE = ["alertmanager", "disk", "frontend", "gateway", "loki", "postgres", "prometheus", "redis"]
JOBS = {**dict.fromkeys(ONCE, 1), **REPLICAS}
# With files to look into them; Loki's own image has nothing but Loki.
LOGGING = ["backend", "frontend", "gateway", "postgres", "rabbitmq", "redis", "worker"]
CLIENTS = 8
# Two scrapes until there is a rate, one evaluation, and Alertmanager's wait for a group of pages.
OVERHEAD_MINUTES = (2 * 15 + 30 + 30) / 60
LIMIT_MINUTES = 4.0
# As long as each reader of that table waits. One transaction after the other: nobody is quick.
SLOW = """
do $$ begin
  for turn in 1..1000 loop
    lock table tenant_usage_shards in access exclusive mode;
    perform pg_sleep(0.8);
    commit;
  end loop;
end $$
"""


@pytest.fixture(scope="module")
def monitoring(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitoring]:
    ports = {name: str(free_port()) for name in ("GRAFANA_PORT", "ALERTMANAGER_PORT")}
    with beside.running(stack, tmp_path_factory.mktemp("configuration"), ports) as running:
        yield running


def test_every_target_is_found_by_dns_and_up(monitoring: Monitoring) -> None:
    def as_expected() -> bool:
        up = Counter(found["labels"]["job"] for found in _up(monitoring))
        return up == JOBS

    try:
        until(as_expected, "every target is up")
    except TimeoutError:
        faults = {found["scrapeUrl"]: found["lastError"] for found in monitoring.targets()}
        pytest.fail(f"not all targets are up: {faults}")


def test_a_replica_that_takes_another_s_place_is_found(monitoring: Monitoring) -> None:
    def starts() -> set[tuple[str, str]]:
        series = 'process_start_time_seconds{job="backend"} and on (instance) up == 1'
        found = monitoring.instant(series)
        return {(one["metric"]["instance"], one["value"][1]) for one in found}

    stack = monitoring.stack
    until(lambda: len(starts()) == 2, "both are found")
    before = starts()
    stack.remove(stack.names("backend")[0])
    stack.start(("backend",))
    stack.wait("backend")
    until(lambda: len(starts() - before) == 1 and len(starts()) == 2, "the new one is found")


def test_all_rules_are_loaded_and_work(monitoring: Monitoring) -> None:
    until(lambda: all(rule["health"] == "ok" for rule in monitoring.rules()), "all were evaluated")
    names = {rule["name"] for rule in monitoring.rules()}
    assert {"ApiAvailabilityBurn", "Watchdog", "MigrationFailed"} <= names


@pytest.mark.parametrize("service", [*SERVICES, COLLECTOR])
def test_a_container_is_hardened(monitoring: Monitoring, service: str) -> None:
    stack = monitoring.stack
    assert not succeeds(stack, service, "touch", "/probe")
    assert not succeeds(stack, service, "touch", "/usr/bin/probe")
    lines = inside(stack, service, "cat", "/proc/1/status").splitlines()
    status = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
    assert set(status["CapEff"] + status["CapPrm"] + status["CapBnd"]) == {"0" * 16}
    assert status["NoNewPrivs"] == ["1"]
    # The collector reads the engine's files, which belong to root, and writes none of them.
    assert ("0" in status["Uid"]) == (service == COLLECTOR)


def test_the_collector_cannot_write_what_it_reads(monitoring: Monitoring) -> None:
    assert succeeds(monitoring.stack, COLLECTOR, "ls", "/logs")
    assert not succeeds(monitoring.stack, COLLECTOR, "touch", "/logs/probe")


def test_only_alertmanager_is_published_and_has_a_way_out(monitoring: Monitoring) -> None:
    def is_published(name: str) -> bool:
        ports = inspect(monitoring.stack, name)["HostConfig"]["PortBindings"]
        addresses = [address["HostIp"] for found in ports.values() for address in found or ()]
        assert set(addresses) <= {"127.0.0.1"}
        return bool(addresses)

    names = {service: monitoring.stack.names(service)[0] for service in [*SERVICES, COLLECTOR]}
    assert {service for service in names if is_published(names[service])} == {"alertmanager"}
    assert {service for service in names if has_way_out(monitoring.stack, service)} == {
        "alertmanager"
    }


def test_no_secret_is_in_an_environment_or_a_command(monitoring: Monitoring) -> None:
    stack = monitoring.stack
    values = [(stack.secrets / f"{name}.txt").read_text().strip() for name in PASSWORDS]
    for service in [*SERVICES, COLLECTOR]:
        shown = json.dumps(inspect(stack, stack.names(service)[0]))
        assert not any(value in shown for value in values), service


def test_log_lines_have_the_allowed_labels_and_no_other(monitoring: Monitoring) -> None:
    def services() -> set[str]:
        return {labels["service"] for labels in monitoring.streams()}

    until(lambda: set(LOGGING) <= services(), "all services' lines are there")
    for labels in monitoring.streams():
        assert set(labels) in ({"service", "environment"}, {"service", "environment", "level"})
        assert labels["environment"] == monitoring.stack.variables.get("ENVIRONMENT", "local")
        assert labels.get("level", "info") in {"trace", "debug", "info", "warn", "error", "fatal"}


def test_a_request_s_lines_are_found_by_its_id(monitoring: Monitoring) -> None:
    client, _ = create_account(monitoring.stack.url)
    request = str(uuid.uuid4())
    assert client.ask("GET", "/api/v1/usage", headers={"X-Request-Id": request}).status == 200

    def lines(query: str) -> dict[str, str]:
        found = monitoring.logs(query)
        return {one["stream"]["service"]: one["values"][0][1] for one in found}

    by_metadata = f'{{service=~".+"}} | requestId="{request}"'
    until(lambda: set(lines(by_metadata)) == {"gateway", "backend"}, "both lines are found")
    for service, line in lines(by_metadata).items():
        assert json.loads(line)["requestId"] == request
        assert json.loads(line)["service"] == service
    assert lines(f'{{service=~".+"}} | json | requestId="{request}"') == lines(by_metadata)


def test_docker_s_form_of_a_log_file_is_read_likewise(
    monitoring: Monitoring, tmp_path: Path
) -> None:
    """Whatever engine runs these tests: Docker's files name the service and the project."""
    stack = monitoring.stack
    project, now = stack.variables["COMPOSE_PROJECT_NAME"], time.time()
    line = json.dumps({"level": "warn", "service": "backend", "requestId": "docker-form-1"})
    (tmp_path / "one").mkdir()
    (tmp_path / "one/one-json.log").write_text(
        _docker_line(line, project, "backend", now)
        + _docker_line("LOG:  not JSON", project, "postgres", now)
        + _docker_line("of another project", "other", "postgres", now)
    )
    configuration = f"{stack.variables['MONITORING_DIR']}/promtail/promtail.yml"
    options = [
        f"--network={project}_monitoring",
        "--env=ENVIRONMENT=docker-form",
        f"--env=PROJECT={project}",
        "--tmpfs=/var/lib/promtail",
        f"--volume={tmp_path}:/logs:ro",
        f"--volume={configuration}:/etc/promtail/promtail.yml:ro",
        f"--name={project}-docker-form",
    ]
    image = inspect(stack, stack.names(COLLECTOR)[0])["Config"]["Image"]
    command = ["-config.file=/etc/promtail/promtail.yml", "-config.expand-env=true"]
    stack.run([stack.engine, "run", "--detach", *options, image, *command])
    try:
        query = '{environment="docker-form"}'
        until(lambda: len(monitoring.logs(query)) == 2, "both lines are there")
        found = {one["values"][0][1].strip(): one["stream"] for one in monitoring.logs(query)}
    finally:
        stack.run([stack.engine, "rm", "--force", f"{project}-docker-form"])
    environment = {"environment": "docker-form"}
    assert found == {
        line: {
            **environment,
            "service": "backend",
            "level": "warn",
            "requestId": "docker-form-1",
        },
        "LOG:  not JSON": {**environment, "service": "postgres"},
    }


def test_a_slow_api_is_told(monitoring: Monitoring) -> None:
    client, _ = create_account(monitoring.stack.url)
    client.submit(10)
    with _slow_reads(monitoring.stack), _load(client) as answers:
        taken = monitoring.minutes_until_told("ApiLatencyBurn", LIMIT_MINUTES)
    assert set(answers) == {200}
    _report("ApiLatencyBurn", taken, minutes_to_fire(99, 1, 14.4, 60))


def test_dead_workers_are_told(monitoring: Monitoring) -> None:
    stack = monitoring.stack
    client, _ = create_account(stack.url)
    names = stack.names("worker")
    stack.run([stack.engine, "stop", *names])
    try:
        client.submit(10)
        taken = monitoring.minutes_until_told("OldestJobAgeBurn", LIMIT_MINUTES)
    finally:
        stack.run([stack.engine, "start", *names])
        stack.wait("worker")
    promised = minutes_to_fire(99.5, 1, 14.4, 60) + beside.JOB_AGE_SECONDS / 60
    _report(f"OldestJobAgeBurn of {beside.JOB_AGE_SECONDS} s, not 300 s", taken, promised)


def test_failing_requests_and_a_failed_migration_are_told(monitoring: Monitoring) -> None:
    stack = monitoring.stack
    client, _ = create_account(stack.url)
    migrations = stack.names("migrations")[0]
    with _stopped(stack, "postgres"):
        stack.run([stack.engine, "start", migrations])
        with _load(client) as answers:
            taken = monitoring.minutes_until_told("ApiAvailabilityBurn", LIMIT_MINUTES)
        monitoring.minutes_until_told("MigrationFailed", LIMIT_MINUTES)
    assert answers[503] > 0
    [labels] = monitoring.told("ApiAvailabilityBurn")[:1]
    assert labels["severity"] == "page"
    assert labels["owner"] == "backend"
    stack.run([stack.engine, "start", migrations])
    stack.wait("migrations")
    _report("ApiAvailabilityBurn", taken, minutes_to_fire(99.9, 1, 14.4, 60))


def test_a_stopped_redis_is_told(monitoring: Monitoring) -> None:
    with _stopped(monitoring.stack, "redis"):
        taken = monitoring.minutes_until_told("RedisDown", LIMIT_MINUTES)
    _report("RedisDown", taken, 2)


def test_no_query_of_a_dashboard_is_empty(monitoring: Monitoring) -> None:
    """After the breakage above, so that what counts failures has counted some."""
    client, _ = create_account(monitoring.stack.url)
    for _ in range(3):
        list(client.follow(client.submit(1_000_000).json()["id"]))
    asked = [query for query in queries() if query.source in ("prometheus", "loki")]
    assert asked

    def is_empty(query: Query) -> bool:
        ask = monitoring.over_time if query.source == "prometheus" else monitoring.logs
        return not query.may_be_empty and not ask(query.expr)

    # What has just begun is there after two scrapes, and what is counted goes on.
    left = asked

    def none_is_left() -> bool:
        nonlocal left
        client.submit(1_000)
        left = [query for query in left if is_empty(query)]
        return not left

    with suppress(TimeoutError):
        until(none_is_left, "no query is empty")
    assert not left, [f"{query.dashboard}, {query.panel}: {query.expr}" for query in left]
    print(f"\n{len(asked)} queries of dashboards were run")


def _up(monitoring: Monitoring) -> list[dict[str, dict[str, str]]]:
    return [found for found in monitoring.targets() if found["health"] == "up"]


def _docker_line(line: str, project: str, service: str, seconds: float) -> str:
    compose = "com.docker.compose"
    moment = time.strftime("%Y-%m-%dT%H:%M:%S.000000000Z", time.gmtime(seconds))
    attributes = {f"{compose}.project": project, f"{compose}.service": service}
    written = {"log": f"{line}\n", "stream": "stdout", "attrs": attributes, "time": moment}
    return json.dumps(written) + "\n"


@contextmanager
def _stopped(stack: Stack, server: str) -> Generator[None]:
    names = stack.names(server)
    stack.run([stack.engine, "stop", *names])
    try:
        yield
    finally:
        stack.run([stack.engine, "start", *names])
        stack.wait(server)
        stack.wait("backend")


@contextmanager
def _slow_reads(stack: Stack) -> Generator[None]:
    name = stack.names("postgres")[0]
    psql = ["psql", "--username=plataforma", "--dbname=plataforma", "--quiet", "--command"]
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(stack.succeeds, [stack.engine, "exec", name, *psql, SLOW])
        try:
            yield
        finally:
            end = "select pg_terminate_backend(pid) from pg_stat_activity where query like '%turn%'"
            stack.run([stack.engine, "exec", name, *psql, f"{end} and pid <> pg_backend_pid()"])
            slow.result()


@contextmanager
def _load(client: Client) -> Generator[Counter[int]]:
    """Some clients that read without a pause, and what they are answered."""
    answers: Counter[int] = Counter()
    stopping = threading.Event()

    def use() -> None:
        while not stopping.wait(0.1):
            answers[client.ask("GET", "/api/v1/usage").status] += 1

    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(use) for _ in range(CLIENTS)]
        try:
            yield answers
        finally:
            stopping.set()
    for one in clients:
        one.result()


def _report(alert: str, taken: float, promised: float) -> None:
    most = promised + OVERHEAD_MINUTES
    print(f"\n{alert}: told after {taken:.1f} min; promised within {most:.1f} min")
