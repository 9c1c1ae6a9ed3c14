"""What of the rendered task definitions is run here, and with what (commands/tasks)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from commands.local import images as builds
from commands.local.containers import StackError
from commands.render.taskdefs import rendered
from commands.tasks import (
    beside,
    container,
    firelens,
    images,
    routing,
    secret_values,
    stack,
    stores,
)
from commands.tasks.container import NotRunError, Surroundings
from commands.tasks.engine import Engine, TaskError
from commands.tasks.stack import Stack
from commands.tasks.task import in_order
from settings.stack_config import StackConfig
from simulation import process
from tests.support import stacks
from tests.support.configs import ABSENT, config
from tests.support.plans import plan_of_stack
from tests.support.stacks import STACKS

AROUND = Surroundings(
    name="one",
    image="image",
    network_of="task",
    variables={"AWS_REGION": "eu-west-1", "LOG_LEVEL": "info"},
    volumes={"scratch": "volume"},
    image_volumes=["/tmp", "/data"],
    mounts=[],
    logging=[],
    labels=[],
)


@cache
def described(name: str) -> Stack:
    return stack.load(process.create_config(stacks.read(name), name, stacks.bare_project()))


def made(**changes: Any) -> Stack:
    """The stack of a config of this test."""
    values = {f"plataforma:{key}": value for key, value in config(**changes).items()}
    settings = StackConfig(values, frozenset({"plataforma:secrets"}))
    return stack.load(process.create_config(settings, "staging", stacks.bare_project()))


def variables(found: Stack, service: str) -> dict[str, str]:
    definition = next(item for item in found.services if item.name == service).definition
    environment = definition.containers[0]["environment"]
    return {item["name"]: item["value"] for item in environment}


def arguments(definition: dict[str, Any], around: Surroundings = AROUND) -> list[str]:
    return container.arguments({"name": "app", "image": "image"} | definition, around)


@pytest.mark.parametrize("name", STACKS)
def test_every_rendered_definition_is_run_by_a_service_or_once(name: str) -> None:
    found = described(name)
    files = [json.loads(text) for text in rendered(plan_of_stack(name)).values()]
    services = [service.definition for service in found.services]
    assert sorted(item["family"] for item in files) == sorted(
        definition.family for definition in [*services, *found.one_off]
    )


@pytest.mark.parametrize("name", STACKS)
def test_the_definitions_run_here_are_the_rendered_ones(name: str) -> None:
    """But for what AWS alone knows, which has a simulated value."""
    files = {path.name: text for path, text in rendered(plan_of_stack(name)).items()}
    for definition in described(name).definitions:
        service = definition.family.rpartition(f"-{name}-")[2]
        text = files[f"ecs-taskdef-{service}.{name}.json"]
        assert _shape(definition.request) == _shape(json.loads(text))


def _shape(value: Any) -> Any:
    """Keys, and the values that no simulated text is in."""
    if isinstance(value, dict):
        return {key: _shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shape(item) for item in value]
    return None if isinstance(value, str) and len(value) > 11 else value


def test_a_definition_without_limits_gets_those_of_ecs() -> None:
    found = arguments({"healthCheck": {"command": ["CMD-SHELL", "check 'it now'"]}})
    assert "--stop-timeout=30" in found
    health = [item for item in found if item.startswith("--health")]
    assert health == [
        *("--health-cmd=check 'it now'", "--health-interval=30s", "--health-timeout=5s"),
        *("--health-retries=3", "--health-start-period=0s"),
    ]


def test_a_health_check_without_a_shell_needs_none() -> None:
    check = {"command": ["CMD", "node", "check it.js"], "interval": 10, "retries": 2}
    assert container.health_instruction(check) == (
        "HEALTHCHECK --interval=10s --timeout=5s --retries=2 --start-period=0s "
        'CMD ["node", "check it.js"]'
    )
    assert not any("health" in item for item in arguments({"healthCheck": check}))
    assert container.health_instruction({"command": ["CMD-SHELL", "true"]}) is None


def test_the_images_own_health_check_is_none() -> None:
    assert "--no-healthcheck" in arguments({})


def test_a_volume_is_roots_where_the_image_declares_none() -> None:
    points = [{"sourceVolume": "scratch", "containerPath": path} for path in ("/tmp", "/cache")]
    found = arguments({"mountPoints": [*points]})
    assert [item for item in found if item.startswith("--volume")] == [
        "--volume=volume:/tmp",
        "--volume=volume:/cache:nocopy",
    ]


def test_a_volume_of_the_image_alone_is_not_writable() -> None:
    assert [item for item in arguments({}) if "tmpfs" in item] == [
        "--tmpfs=/tmp:ro",
        "--tmpfs=/data:ro",
    ]


def test_a_secret_is_named_and_its_value_in_no_argument() -> None:
    found = arguments(
        {
            "environment": [{"name": "LOG_LEVEL", "value": "debug"}],
            "secrets": [{"name": "TOKEN", "valueFrom": "arn:aws:ssm:eu-west-1:1:parameter/t"}],
        }
    )
    assert [item for item in found if item.startswith("--env")] == [
        *("--env=AWS_REGION=eu-west-1", "--env=LOG_LEVEL=debug", "--env=TOKEN"),
    ]


def test_what_is_not_run_is_refused() -> None:
    with pytest.raises(NotRunError, match="app: systemControls is not run here"):
        arguments({"systemControls": []})


def test_containers_start_after_those_that_they_depend_on() -> None:
    def named(name: str, *needed: str) -> dict[str, Any]:
        return {"name": name, "dependsOn": [{"containerName": other} for other in needed]}

    started = in_order([named("c", "b"), named("a", "c"), named("b")])
    assert [item["name"] for item in started] == ["b", "c", "a"]
    with pytest.raises(NotRunError, match="depend on each other: a, b"):
        list(in_order([named("a", "b"), named("b", "a")]))


def test_a_log_router_gets_the_configuration_that_ecs_generates() -> None:
    options = {"config-file-type": "file", "config-file-value": "/own.conf"}
    router = {"name": "router", "firelensConfiguration": {"type": "fluentbit", "options": options}}
    driver = {"logDriver": "awsfirelens", "options": {"Name": "stdout", "Format": "json_lines"}}
    app = {"name": "app", "logConfiguration": driver}
    text = firelens.configuration(
        [router, app], "arn:aws:ecs:r:1:cluster/c", "arn:aws:ecs:r:1:task/c/t", "arn:td/family:3"
    )
    assert text.index("Name forward") < text.index("@INCLUDE /own.conf") < text.index("[OUTPUT]")
    assert "    Record ecs_task_definition family:3\n" in text
    assert text.endswith(
        "[OUTPUT]\n    Name stdout\n    Match app-firelens*\n    Format json_lines\n"
    )


def test_an_option_of_the_log_router_that_is_not_run_is_refused() -> None:
    settings: dict[str, Any] = {"type": "fluentbit", "options": {"config-file-type": "s3"}}
    router = {"name": "router", "firelensConfiguration": settings}
    with pytest.raises(firelens.NotSupportedError, match="config-file-type: s3"):
        firelens.configuration([router], "arn:c", "arn:t", "arn:d")
    settings["options"] = {}
    driver = {"logDriver": "awsfirelens", "options": {"Name": "stdout", "exclude-pattern": "x"}}
    app = {"name": "app", "logConfiguration": driver}
    with pytest.raises(firelens.NotSupportedError, match="exclude-pattern of awsfirelens"):
        firelens.configuration([router, app], "arn:c", "arn:t", "arn:d")


def test_a_secret_of_the_stack_has_the_value_its_store_has(tmp_path: Path) -> None:
    secured = {"cache__password": "REDIS_PASSWORD", "services__worker__cache": True}
    found = made(**secured)
    values = secret_values.read(found, tmp_path)
    worker = next(item for item in found.services if item.name == "worker").definition
    secrets = {s["name"]: values.of(s["valueFrom"]) for s in worker.containers[0]["secrets"]}
    redis = next(item for item in stores.of(found, values) if item.name == "redis")
    assert secrets["REDIS_PASSWORD"] == redis.variables["REDISCLI_AUTH"] != ""
    assert "user default on sanitize-payload #$(printf %s" in redis.command[-1]


def test_an_encrypted_value_is_replaced_by_one_of_this_machine(tmp_path: Path) -> None:
    values = {"plataforma:secrets": {"TOKEN": "simulated-1", "JWT_SIGNING_KEYS": "simulated-2"}}
    paths = {f"plataforma:secrets.{name}": v for name, v in values["plataforma:secrets"].items()}
    found = secret_values.with_local_secrets(StackConfig(values, secrets=paths), tmp_path)
    local = found.values["plataforma:secrets"]
    assert local["TOKEN"] == (tmp_path / "secrets.TOKEN").read_text() != "simulated-1"
    [secret] = json.loads(local["JWT_SIGNING_KEYS"]).values()
    assert len(secret) >= 32


def test_a_secret_that_others_keep_is_a_file_that_people_may_replace(tmp_path: Path) -> None:
    values = secret_values.SecretValues(tmp_path, {})
    arn = "arn:aws:secretsmanager:eu-west-1:1:secret:rds-x"
    assert values.of(f"{arn}:password::") == values.of(f"{arn}:password::")
    (tmp_path / "secret-rds-x").write_text('{"password": "mine"}')
    assert values.of(f"{arn}:password::") == "mine"
    assert len(values.of("arn:aws:ssm:eu-west-1:1:parameter/p/token")) == 48
    assert (tmp_path / "parameter-p-token").exists()


def test_rules_are_tried_in_the_order_of_their_priority() -> None:
    found = made(
        services__backend__rollout={"strategy": "blue-green"},
        services__admin={
            "image": "frontend",
            "port": 8080,
            "route": {"hosts": ["admin.staging.example.com"]},
            "scaling": {"min": 1, "max": 1, "cpu": 60},
        },
    )
    listeners = {item["port"]: item for item in routing.configuration(found)["listeners"]}
    [admin, backend, rest] = listeners[443]["rules"]
    assert admin["hosts"] == ["admin.staging.example.com"]
    assert backend["paths"] == ["/api/*"]
    assert sorted(backend["actions"][0]["forward"].values()) == [0, 100]
    assert rest["actions"][0]["fixed"]["statusCode"] == "404"
    assert listeners[80]["rules"][0]["actions"][0]["redirect"]["protocol"] == "HTTPS"


def test_without_a_domain_clients_reach_cloudfronts_own_name_by_tls() -> None:
    found = made(domain=ABSENT, zone=ABSENT)
    (listener,) = routing.configuration(found)["listeners"]
    assert (listener["port"], listener["tls"]) == (443, True)
    (host,) = found.web_hosts
    assert host.endswith(".cloudfront.net")


def test_without_a_route_there_is_no_load_balancer_to_run() -> None:
    found = made(services__backend={"image": "backend"}, migrations=ABSENT)
    assert (routing.ports(found), found.web_hosts) == ([], [])


def test_the_stores_have_the_names_that_the_tasks_are_given(tmp_path: Path) -> None:
    broker = {"kind": "rabbitmq", "queues": ["events"], "password": "REDIS_PASSWORD"}
    found = made(broker=broker, services__worker__database=True)
    values = secret_values.read(found, tmp_path)
    hosts = {host for store in stores.of(found, values) for host in store.hosts}
    given = variables(found, "worker")
    assert {given[f"{name}_HOST"] for name in ("DATABASE", "DATABASE_READER", "REDIS")} <= hosts
    assert urlsplit(given["BROKER_ENDPOINT"]).hostname in hosts


def test_aws_holds_the_stacks_queues_and_knows_each_tasks_role() -> None:
    found = beside.seed(made())
    queues = [call[2]["QueueName"] for call in found["calls"] if call[1] == "create_queue"]
    assert queues == ["plataforma-staging-events-dlq", "plataforma-staging-events"]
    actions = [
        {action for item in found["roles"][key] for action in item["Action"]}
        for key in found["roles"]
    ]
    assert any("sqs:ReceiveMessage" in allowed for allowed in actions)


@pytest.mark.parametrize("name", STACKS)
def test_without_the_log_router_nothing_waits_for_it_or_sends_it_lines(name: str) -> None:
    found = stack.load(
        process.create_config(stacks.read(name), name, stacks.bare_project()), log_router=False
    )
    left = [item for definition in found.definitions for item in definition.containers]
    whole = [item for definition in described(name).definitions for item in definition.containers]
    routers = {item["name"] for item in whole if "firelensConfiguration" in item}
    assert routers
    assert {item["name"] for item in left} == {item["name"] for item in whole} - routers
    assert not any(firelens.uses_router(item) for item in left)
    needed = {need["containerName"] for item in left for need in item.get("dependsOn", ())}
    assert not needed & routers


@pytest.mark.parametrize(
    ("image", "advice"),
    [
        ("fluent-bit", "--without-log-router"),
        ("exporters", "--without=prometheus"),
        ("backend", "--without=backend"),
    ],
)
def test_an_image_that_can_not_be_built_says_what_to_leave_out(
    image: str, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StackError("no such base image")

    monkeypatch.setattr(builds, "build", fail)
    with pytest.raises(TaskError, match=f"ARGS='{advice}'"):
        images.build(Engine("docker", "test", Path()), described("prod"), image)
