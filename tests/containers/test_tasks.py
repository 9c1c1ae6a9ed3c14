"""The rendered task definitions of both stacks, each container as Fargate would run it."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from commands.render import taskdefs
from commands.tasks import __main__ as local
from commands.tasks import secret_values, watching
from commands.tasks.engine import TaskError
from commands.tasks.job import attempts, states
from commands.tasks.job.states import Job
from settings import stack_config
from simulation import process
from tests.containers import tasks
from tests.containers.api import create_account, sign_in
from tests.containers.held_jobs import no_job_ends
from tests.containers.tasks import PROMETHEUS, Running
from tests.containers.times import moment
from tests.support.waiting import until

OLD_AND_NEW = """
INSERT INTO tenants (id, name) VALUES (gen_random_uuid(), 'Test');
INSERT INTO jobs (id, tenant_id, idempotency_key, request_hash, kind, payload, status, finished_at)
SELECT gen_random_uuid(), tenants.id, kind, 'hash', kind, '{}', 'succeeded', now() - age
FROM (VALUES ('old', interval '91 days'), ('new', interval '89 days')) AS made (kind, age),
  (SELECT id FROM tenants WHERE name = 'Test' LIMIT 1) AS tenants
"""
APPLICATIONS = ("backend", "frontend", "worker")
EXPORTERS = ("postgres-exporter", "redis-exporter")
TERMINATED = 128 + signal.SIGTERM


@pytest.fixture(scope="module", params=["staging", "prod"])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    with tasks.running(request.param, tmp_path_factory.mktemp(request.param)) as found:
        for service, reason in found.missing.items():
            print(f"\n{request.param}: {service} is not started: {reason}")
        yield found


def need(running: Running, *services: str) -> None:
    for service in services:
        if service in running.missing:
            pytest.skip(f"{service} does not run: {running.missing[service]}")


def test_every_container_of_the_rendered_definitions_runs(running: Running) -> None:
    stack = running.stack.plan.stack
    config = stack_config.read(stack, running.project)
    plan = process.preview_config(config, stack, running.project)
    rendered = {
        (definition["family"], container["name"])
        for definition in map(json.loads, taskdefs.rendered(plan).values())
        for container in definition["containerDefinitions"]
        if running.stack.log_router or "firelensConfiguration" not in container
    }
    prefix = running.stack.definitions[0].family.removesuffix(
        running.stack.definitions[0].family.split("-")[-1]
    )
    left_out = {f"{prefix}{service}" for service in running.missing}
    started = [
        *(task.definition for task in running.tasks),
        *running.stack.one_off,
        *(states.find(running.stack, name).definition for name in running.stack.jobs),
    ]
    ours = {(item.family, c["name"]) for item in started for c in item.containers}
    assert ours == {(family, name) for family, name in rendered if family not in left_out}
    assert watching.unready(running.engine, running.stack, running.tasks) == {}


def test_only_the_load_balancer_is_published_and_only_on_this_machine(running: Running) -> None:
    published = {
        item["Name"].removeprefix("/"): addresses
        for item in running.engine.inspect(*running.engine.names())
        if (addresses := set(_addresses(item["HostConfig"]["PortBindings"])))
    }
    assert published == {running.engine.named("load-balancer"): {"127.0.0.1"}}


def _addresses(ports: dict[str, list[dict[str, str]] | None] | None) -> Iterator[str]:
    for bound in (ports or {}).values():
        yield from (address["HostIp"] for address in bound or ())


def test_people_sign_in_and_follow_a_job_through_the_load_balancer(running: Running) -> None:
    need(running, "backend", "worker", "frontend")
    anonymous = running.client()
    page = anonymous.ask("GET", "/jobs/some-page")
    assert (page.status, page.headers["content-type"]) == (200, "text/html")
    _, email = create_account(anonymous)
    client = sign_in(anonymous, email)
    with no_job_ends(running.engine.name, running.engine.named("postgres")):
        answer = client.submit(limit=10)
        assert answer.status == 202, answer.body
        events = client.follow(answer.json()["id"])
        begun = next(job for job in events if job["status"] == "running")
    *_, ended = events
    assert begun["progress"] < 100
    assert (ended["status"], ended["progress"]) == ("succeeded", 100)


def test_a_store_refuses_what_is_not_encrypted(running: Running) -> None:
    name = running.engine.named("postgres")
    psql = ["exec", name, "psql", "--no-password", "--command=SELECT 1"]
    user = "host=127.0.0.1 user=plataforma dbname=plataforma"
    assert not running.engine.succeeds(*psql, f"{user} sslmode=disable")
    with pytest.raises(TaskError, match="no password supplied"):
        running.engine.run(*psql, f"{user} sslmode=require")


def test_log_lines_reach_cloudwatch_and_loki(running: Running) -> None:
    need(running, "loki", *APPLICATIONS)
    if not running.stack.log_router:
        pytest.skip("the log router's image can't be had here")
    if running.engine.name == "podman":
        pytest.skip("Podman has no Fluentd log driver")
    environment = running.stack.plan.stack
    for service in APPLICATIONS:
        group = f"/plataforma/{environment}/{service}"
        until(lambda group=group: running.log_events(group), f"lines in {group}")
        ids = {task.id for task in running.service(service)}
        streams = {stream for stream, _ in running.log_events(group)}
        assert streams <= {f"{service}/line.{service}-firelens-{id}" for id in ids}
    until(lambda: _labels(running) == set(APPLICATIONS), "lines in Loki")


def _labels(running: Running) -> set[str]:
    url = f"http://loki.plataforma-{running.stack.plan.stack}.internal:3100/loki/api/v1"
    found = running.ask("prometheus", f"{url}/label/service/values")
    return set(found.get("data", ()))


def test_prometheus_scrapes_every_task(running: Running) -> None:
    need(running, "prometheus")
    expected = {service.name for service in running.stack.services} - set(running.missing)
    tasks_of = {name: len(running.service(name)) for name in expected}
    until(lambda: _scraped(running) >= tasks_of.items(), f"targets {tasks_of}", 120)
    found = dict(_scraped(running))
    assert found == {**tasks_of, "postgres": 1, "redis": 1, "probe": 2}


def _scraped(running: Running) -> set[tuple[str, int]]:
    """The number of targets that are up, by job."""
    answer = running.ask("prometheus", f"{PROMETHEUS}/api/v1/targets", state="active")
    up = [
        target["labels"]["job"]
        for target in answer["data"]["activeTargets"]
        if target["health"] == "up"
    ]
    return {(job, up.count(job)) for job in up}


def test_a_task_without_its_volumes_is_seen_to_stop(running: Running) -> None:
    """What a missing mount point does on Fargate: the container can write nothing and ends."""
    need(running, "frontend")
    broken = tasks.without_volumes(running.service("frontend")[0], 99, "frontend")
    values = secret_values.read(running.stack, running.engine.folder / "secrets")
    local.start_task(running.engine, running.stack, values, broken)
    with pytest.raises(TaskError, match=r"(?s)frontend is essential and stopped.*Read-only file"):
        watching.wait_until_healthy(running.engine, running.stack, [broken])


def test_what_a_container_writes_into_its_root_is_seen(running: Running) -> None:
    need(running, "alertmanager")
    loose = tasks.writing(running.service("alertmanager")[0], number=98, path="/var/written")
    values = secret_values.read(running.stack, running.engine.folder / "secrets")
    local.start_task(running.engine, running.stack, values, loose)
    name = loose.container(running.engine, "alertmanager")
    until(lambda: "/var/written" in running.written(name), "the engine shows what it wrote")


def test_a_job_does_its_work_with_the_variables_and_secrets_of_its_service(
    running: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    need(running, "backend")
    psql = ("psql", "--quiet", "--tuples-only", "--no-align", "--username=plataforma")
    sql = ("exec", running.engine.named("postgres"), *psql, "--command")
    running.engine.run(*sql, OLD_AND_NEW)
    assert run_job(running, states.find(running.stack, "delete-old")) == (0, [])
    assert '"deleted":1' in capfd.readouterr().out
    kinds = "SELECT kind FROM jobs WHERE kind IN ('old', 'new')"
    assert running.engine.run(*sql, kinds) == "new"


def test_a_job_has_the_role_of_its_service_and_no_right_besides(running: Running) -> None:
    need(running, "backend")
    assert run_job(running, states.find(running.stack, "refused")) == (0, [])


def test_a_job_that_fails_is_tried_again_and_ends_with_its_exit_code(
    running: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    need(running, "worker")
    assert run_job(running, states.find(running.stack, "fails")) == (3, [30])
    assert capfd.readouterr().out.count("not this time") == 2


def test_a_job_over_its_timeout_is_stopped_and_nothing_of_it_remains(running: Running) -> None:
    need(running, "worker")
    before = running.engine.names()
    hurried = replace(states.find(running.stack, "late"), timeout_seconds=1)
    assert run_job(running, hurried) == (attempts.TIMED_OUT, [])
    assert running.engine.names() == before


def run_job(running: Running, job: Job) -> tuple[int, list[float]]:
    """The exit code, and the pauses before further attempts."""
    values = secret_values.read(running.stack, running.engine.folder / "secrets")
    pauses = list[float]()
    code = local.run_attempts(running.engine, running.stack, values, job, pauses.append)
    return code, pauses


def test_every_container_stays_up_writes_nowhere_else_and_stops_in_time(running: Running) -> None:
    """The last test: it stops them."""
    definitions = running.containers
    for item in running.engine.inspect(*definitions):
        assert item["State"]["Running"], item["Name"]
        assert item["RestartCount"] == 0, item["Name"]
    written = {name: found for name in definitions if (found := running.written(name))}
    assert written == {}
    apart = [name for name, item in definitions.items() if "firelensConfiguration" not in item]
    routers = [name for name in definitions if name not in apart]
    seconds = dict[str, float]()
    # ECS stops a container before those that it depends on.
    for group in (apart, routers):
        with ThreadPoolExecutor(8) as pool:
            seconds |= dict(pool.map(partial(_stop, running), group))
    slowest = max(seconds, key=lambda name: seconds[name])
    print(f"\nthe slowest to stop: {slowest} {seconds[slowest]:.1f} s")
    codes = {
        item["Name"].removeprefix("/"): item["State"]["ExitCode"]
        for item in running.engine.inspect(*definitions)
    }
    wrong = {name: code for name, code in codes.items() if code not in _accepted(definitions[name])}
    assert wrong == {}
    late = {
        name: spent
        for name, spent in seconds.items()
        if spent > definitions[name].get("stopTimeout", 30)
    }
    assert late == {}


def _accepted(definition: dict[str, Any]) -> set[int]:
    """The exporters keep nothing, and handle no signal: SIGTERM itself ends them."""
    return {0, TERMINATED} if definition["name"] in EXPORTERS else {0}


def _stop(running: Running, name: str) -> tuple[str, float]:
    """With the time that its definition gives it; the seconds that it took, as the engine saw."""
    begun = time.time()
    running.engine.run("stop", name)
    ended = running.engine.inspect(name)[0]["State"]["FinishedAt"]
    return name, moment(ended).timestamp() - begun
