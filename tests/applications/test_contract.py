"""What the platform, the compose stack and the applications promise one another."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from commands.local.containers import DEFAULTS
from commands.local.secrets import PASSWORDS, SIGNING_KEYS
from settings.project import ROOT
from tests.support.plans import container, plan_of_stack, task_definition
from tests.support.programs import program

STACKS = ("staging", "prod")
APPLICATIONS = {"backend": "api", "worker": "worker", "frontend": "web", "migrations": "api"}
NODE_APPLICATIONS = ["backend", "worker", "migrations"]
# Given to every service (that has a database), whether it reads them or not.
COMMON = {
    "DATABASE_READER_HOST",
    "METRICS_PORT",
    "SERVICE_VERSION",
    "STOP_TIMEOUT_SECONDS",
    "TRUSTED_PROXIES",
}
# What ECS itself gives each task.
FROM_ECS = {"AWS_REGION": "eu-west-1", "ECS_AGENT_URI": "http://169.254.170.2/api/task"}
# Values that a preview cannot know, in the form that the applications ask for.
STAND_INS = {
    "BROKER_ENDPOINT": "amqps://broker.example.com:5671",
    "JWT_SIGNING_KEYS": json.dumps({"k1": "x" * 32}),
}
READ_CONFIG = """
const { readConfig, readCommandConfig } = await import(process.argv[1]);
(process.argv[2] === 'migrations' ? readCommandConfig : readConfig)(JSON.parse(process.argv[3]));
"""

every_task = pytest.mark.parametrize("stack", STACKS)


@cache
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.prod.yml").read_text())


def example(folder: str) -> dict[str, str]:
    """The variables of an application's .env.production.example."""
    text = (ROOT / folder / ".env.production.example").read_text()
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", text, re.MULTILINE))


def secrets_of(folder: str) -> set[str]:
    """Those that the example marks as secret, without their _FILE twins."""
    text = (ROOT / folder / ".env.production.example").read_text()
    return set(re.findall(r"^# \(secret\).*\n([A-Z_]+)=", text, re.MULTILINE))


def variables_and_secrets(stack: str, task: str) -> tuple[dict[str, str], set[str]]:
    """Plain variables and names of secrets of a rendered task definition."""
    definition = container(plan_of_stack(stack), task)
    plain = {variable["name"]: variable["value"] for variable in definition["environment"]}
    return plain, {secret["name"] for secret in definition.get("secrets", [])}


@every_task
@pytest.mark.parametrize("task", APPLICATIONS)
def test_a_task_gets_only_variables_that_its_application_explains(stack: str, task: str):
    plain, secrets = variables_and_secrets(stack, task)
    assert (set(plain) | secrets) - set(example(APPLICATIONS[task])) <= COMMON


@every_task
@pytest.mark.parametrize("task", NODE_APPLICATIONS)
def test_what_an_application_calls_secret_comes_as_a_secret(stack: str, task: str):
    plain, secrets = variables_and_secrets(stack, task)
    marked = secrets_of(APPLICATIONS[task])
    assert {"DATABASE_PASSWORD", "REDIS_PASSWORD", "BROKER_PASSWORD"} <= marked
    assert secrets <= marked
    assert not marked & set(plain)


@pytest.mark.needs("node22")
@every_task
@pytest.mark.parametrize("task", NODE_APPLICATIONS)
def test_an_application_starts_with_what_its_task_gets(stack: str, task: str):
    plain, secrets = variables_and_secrets(stack, task)
    variables = FROM_ECS | plain | {name: STAND_INS.get(name, "a secret") for name in secrets}
    variables |= {name: STAND_INS[name] for name in STAND_INS if "${" in variables.get(name, "")}
    assert read_config(task, variables) == ""


@pytest.mark.needs("node22")
@pytest.mark.parametrize("task", NODE_APPLICATIONS)
def test_an_application_starts_with_what_compose_gives_it(task: str, tmp_path: Path):
    for secret in compose()["services"][task]["secrets"]:
        (tmp_path / secret).write_text(STAND_INS.get(secret.upper(), "a secret"))
    environment = compose()["services"][task]["environment"]
    variables = {name: defaulted(value) for name, value in environment.items()}
    variables = {
        name: str(tmp_path / Path(value).name) if name.endswith("_FILE") else value
        for name, value in variables.items()
    }
    assert read_config(task, variables) == ""


def read_config(task: str, variables: dict[str, str]) -> str:
    """What the application's own reading of its variables complains about."""
    source = ROOT / APPLICATIONS[task] / "src" / "config.ts"
    command = [program("node22"), "--no-warnings", "--input-type=module", "--eval", READ_CONFIG]
    result = subprocess.run(
        [*command, str(source), task, json.dumps(variables)],
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stderr


def test_ports_health_paths_and_commands_are_the_same_everywhere():
    services = compose()["services"]
    for stack in STACKS:
        for name in ("backend", "frontend"):
            port = container(plan_of_stack(stack), name)["portMappings"][0]["containerPort"]
            assert str(port) == services[name]["environment"]["PORT"]
            assert str(port) == example(APPLICATIONS[name])["PORT"]
            assert f" {port} " in dockerfile_line(name, "EXPOSE")
        worker = container(plan_of_stack(stack), "worker")["healthCheck"]["command"]
        assert worker == json.loads(dockerfile_line("worker", "  CMD").replace("[", '["CMD", ', 1))
        migrations = container(plan_of_stack(stack), "migrations")
        assert migrations["command"] == services["migrations"]["command"]
        for name in ("backend", "worker", "frontend"):
            assert container(plan_of_stack(stack), name)["user"] == services[name]["user"]


def dockerfile_line(image: str, instruction: str) -> str:
    text = (ROOT / "images" / f"Dockerfile.{image}").read_text()
    line = next(line for line in text.splitlines() if line.startswith(instruction))
    return line.removeprefix(instruction) + " "


def test_the_monitoring_is_of_the_same_version_everywhere():
    compose_file = (ROOT / "docker-compose.prod.yml").read_text()
    for name in ("prometheus", "alertmanager", "exporters", "loki", "grafana"):
        text = (ROOT / f"images/Dockerfile.{name}").read_text()
        references = re.findall(r"^ARG \w+_IMAGE=(\S+)$", text, re.MULTILINE)
        assert references
        assert [one for one in references if f":-{one}}}" not in compose_file] == []


@every_task
def test_an_application_stops_by_itself_before_it_is_killed(stack: str):
    for task in NODE_APPLICATIONS:
        definition = container(plan_of_stack(stack), task)
        plain, _ = variables_and_secrets(stack, task)
        assert int(plain["STOP_TIMEOUT_SECONDS"]) + 10 <= definition["stopTimeout"]
    for name, service in compose()["services"].items():
        if name in ("backend", "worker"):
            own = example(APPLICATIONS[name])["STOP_TIMEOUT_SECONDS"]
            limit = service["environment"].get("STOP_TIMEOUT_SECONDS", own)
            assert int(limit) + 10 <= int(service["stop_grace_period"].removesuffix("s"))


def test_a_volume_at_tmp_is_one_that_the_users_of_the_images_can_write():
    for image in ("backend", "worker", "frontend"):
        assert dockerfile_line(image, "VOLUME").strip() == '["/tmp"]'
        mounts = task_definition(plan_of_stack("staging"), image)["containerDefinitions"][0][
            "mountPoints"
        ]
        assert [mount["containerPath"] for mount in mounts] == ["/tmp"]


# The files of the compose stack


def test_the_stacks_example_shows_every_variable_with_its_default():
    text = (ROOT / "docker-compose.prod.yml").read_text()
    used = dict(re.findall(r"\$\{([A-Z_]+):?-([^}]*)\}", text))
    assert len(re.findall(r"(?<!\$)\$\{", text)) == len(re.findall(r"\$\{[A-Z_]+:?-", text))
    assert example(".") == DEFAULTS | used


def test_the_frontends_example_shows_what_its_configuration_reads():
    text = (ROOT / "infra" / "nginx" / "frontend.conf").read_text()
    assert set(re.findall(r"\$\{([A-Z_]+)\}", text)) == set(example("web"))


def test_postgresqls_data_is_in_the_stacks_volume_whatever_the_image():
    """17 and 18 declare volumes of their own (docker-library/postgres, Dockerfile): what is in one
    that is mounted below the stack's is gone with the container."""
    service = compose()["services"]["postgres"]
    mount = PurePosixPath(service["volumes"][0].split(":")[1])
    data = PurePosixPath(service["environment"]["PGDATA"])
    assert mount in data.parents
    for own in map(PurePosixPath, ("/var/lib/postgresql/data", "/var/lib/postgresql")):
        assert own == mount or own not in (data, *data.parents)


def test_the_compose_file_holds_no_secret():
    for name, service in compose()["services"].items():
        for variable, value in service.get("environment", {}).items():
            secret = variable.endswith(("PASSWORD", "KEYS", "TOKEN", "SECRET"))
            assert not secret, f"{name} has {variable}={value}"
    assert all(set(secret) == {"file"} for secret in compose()["secrets"].values())


def defaulted(value: str) -> str:
    """A value of the compose file where no variable is set."""
    return re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", value)


# The page about the contract


@pytest.mark.parametrize("folder", ["api", "worker"])
def test_the_contract_names_every_variable(folder: str):
    text = (ROOT / "docs" / "applications.md").read_text()
    named = set(re.findall(r"`([A-Z][A-Z_]+)`", text))
    wanted = {name for name in example(folder) if not name.endswith("_FILE")}
    assert wanted <= named


def test_the_local_stack_makes_every_secret_that_compose_mounts():
    mounted = {Path(secret["file"]).stem for secret in compose()["secrets"].values()}
    assert mounted == {*PASSWORDS, SIGNING_KEYS}
