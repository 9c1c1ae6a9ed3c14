"""`delivery taskdefs`: what is registered, in moto, against the files of the commit."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from commands.render import taskdefs
from delivery.contract.defaults import DEFAULTS, PORT_MAPPING, with_defaults
from delivery.contract.differences import differences
from delivery.contract.placeholders import Placeholders
from delivery.shared.stack_state import state_in
from tests.delivery.stack import DIGEST, OTHER_DIGEST, Run, Stack, run
from tests.support.plans import plan_of_stack

TYPES = {
    "definition": "aws:ecs/taskDefinition:TaskDefinition",
    "image": "plataforma:service:Image",
    "role": "aws:iam/role:Role",
    "database": "aws:rds/instance:Instance",
    "parameter": "aws:ssm/parameter:Parameter",
}
SECRET = "arn:aws:secretsmanager:eu-west-1:{}:secret:plataforma/registry-{}"
ROLE = "arn:aws:iam::123456789012:role/plataforma-staging-backend-execution"
HOST = "database.abc.eu-west-1.rds.amazonaws.com"
CONFIG = "scrape:\n  host: {}\n  cluster: arn:aws:ecs:eu-west-1:{}:cluster/c\n"
PLACES = ("${database.address}", "${aws.accountId}")
FILE: dict[str, Any] = {
    "family": "plataforma-staging-backend",
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "requiresCompatibilities": ["FARGATE"],
    "executionRoleArn": "${backend-execution.arn}",
    "containerDefinitions": [
        {
            "name": "backend",
            "image": "${backend.repoDigest}",
            "essential": True,
            "command": ["node", "server.js"],
            "dockerLabels": {"plataforma.secrets": "API_KEY=${secrets-API_KEY.version}"},
            "environment": [
                {"name": "CONFIG", "value": CONFIG.format(*PLACES)},
                {"name": "LOG_LEVEL", "value": "info"},
                {"name": "SERVICE_VERSION", "value": "${backend.repoDigest}"},
            ],
            "repositoryCredentials": {
                "credentialsParameter": SECRET.format("${aws.accountId}", "??????")
            },
        }
    ],
}  # fmt: skip


def deployed(reference: str) -> dict[str, Any]:
    """The file with its placeholders filled, as `pulumi up` registers it."""
    container = copy.deepcopy(FILE["containerDefinitions"][0])
    values = [CONFIG.format(HOST, "123456789012"), "info", reference.rpartition(":")[2][:12]]
    for variable, value in zip(container["environment"], values, strict=True):
        variable["value"] = value
    container |= {
        "image": reference,
        "dockerLabels": {"plataforma.secrets": "API_KEY=3"},
        "repositoryCredentials": {"credentialsParameter": SECRET.format("123456789012", "aB3dE6")},
    }
    container["environment"].reverse()
    return {**FILE, "executionRoleArn": ROLE, "containerDefinitions": [container]}


def refused(request: dict[str, Any]) -> str:
    """Each name and type that is not RegisterTaskDefinition's, by botocore's model."""
    model = botocore.session.get_session().get_service_model("ecs")
    shape = model.operation_model("RegisterTaskDefinition").input_shape
    assert shape is not None
    return ParamValidator().validate(request, shape).generate_report()


class Commit:
    """A stack with one file and what it has registered."""

    reference = f"ghcr.io/acme/plataforma/backend@{DIGEST}"

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack, self.folder = stack, folder / "project"
        self.file = copy.deepcopy(FILE)
        self.registered = deployed(self.reference)
        self.extra: dict[str, str] = {}

    @property
    def container(self) -> dict[str, Any]:
        return self.registered["containerDefinitions"][0]

    def compare(self) -> Run:
        made = self.stack.ecs.register_task_definition(**self.registered)["taskDefinition"]
        folder = self.folder / "infra/aws"
        folder.mkdir(parents=True)
        (folder / "ecs-taskdef-backend.staging.json").write_text(json.dumps(self.file))
        resources = [
            ("definition", "backend", {"arn": made["taskDefinitionArn"]}),
            ("image", "backend", {"reference": self.reference}),
            ("role", "backend-execution", {"arn": ROLE}),
            ("database", "database", {"address": HOST}),
            ("parameter", "secrets-API_KEY", {"version": 3}),
            *(("definition", name, {"arn": arn}) for name, arn in self.extra.items()),
        ]
        state = self.stack.folder / "state.json"
        listed = [
            {"urn": f"urn:pulumi:staging::p::{TYPES[kind]}::{name}", "type": TYPES[kind],
             "outputs": outputs}
            for kind, name, outputs in resources
        ]  # fmt: skip
        state.write_text(json.dumps({"version": 3, "deployment": {"resources": listed}}))
        words = ["taskdefs", "--state", str(state), "--stack", "staging"]
        return run([*words, "--project", str(self.folder)], self.stack)


@pytest.fixture
def commit(stack: Stack, tmp_path: Path) -> Commit:
    return Commit(stack, tmp_path)


def test_what_is_registered_is_the_file_with_its_placeholders_filled(commit: Commit):
    done = commit.compare()
    assert done.code == 0, done.said
    assert "staging: 1 task definitions are as infra/aws has them" in done.out


WHOLE: dict[str, Any] = {
    "containerDefinitions": [
        {"name": "a", "healthCheck": {"command": ["CMD", "true"]},
         "portMappings": [{"containerPort": 80}], "restartPolicy": {"enabled": True}}
    ],
    "volumes": [
        {"name": "v",
         "efsVolumeConfiguration": {"fileSystemId": "fs-1",
                                    "authorizationConfig": {"accessPointId": "fsap-1"}}}
    ],
}  # fmt: skip
NOTHING = Placeholders(state_in({"deployment": {"resources": []}}, "state.json"), "123456789012")


def at(value: Any, path: str) -> Any:
    for key in path.split("."):
        value = value[key.removesuffix("[]")]
        value = value[0] if key.endswith("[]") else value
    return value


PORT = {PORT_MAPPING: {"hostPort": 80}}
FILLED = [
    (path, key, value)
    for path, fields in [*DEFAULTS.items(), *PORT.items()]
    for key, value in fields.items()
]


@pytest.mark.parametrize(("path", "key", "value"), FILLED)
def test_a_default_of_ecs_is_no_difference_on_either_side_and_another_value_is(
    path: str, key: str, value: Any
):
    assert not refused({"family": "f", **with_defaults(WHOLE)})
    filled, other = copy.deepcopy(WHOLE), copy.deepcopy(WHOLE)
    at(filled, path)[key] = value
    at(other, path)[key] = not value if isinstance(value, bool) else f"{value}0"
    assert differences(WHOLE, filled, NOTHING) == differences(filled, WHOLE, NOTHING) == []
    assert len(differences(WHOLE, other, NOTHING)) == len(differences(other, WHOLE, NOTHING)) == 1


def test_what_is_empty_zero_or_false_is_nothing_on_either_side():
    empty = copy.deepcopy(WHOLE)
    empty["containerDefinitions"][0] |= {"cpu": 0, "mountPoints": [], "interactive": False}
    assert differences(WHOLE, empty, NOTHING) == differences(empty, WHOLE, NOTHING) == []


OTHER_IMAGE = f"ghcr.io/acme/plataforma/backend@{OTHER_DIGEST}"
OTHERS_SECRET = {"credentialsParameter": SECRET.format("210987654321", "aB3dE6")}
OTHER_CONFIG = CONFIG.format("elsewhere", "123456789012")
CONTAINER = "containerDefinitions[backend]"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"variables": {"LOG_LEVEL": "trace"}},
         f"{CONTAINER}.environment[LOG_LEVEL].value: 'info' in the file, 'trace' registered"),
        ({"variables": {"CONFIG": OTHER_CONFIG}},
         "[CONFIG].value: '  host: ${database.address}' in the file, '  host: elsewhere' regist"),
        ({"container": {"user": "0"}}, f"{CONTAINER}.user: nothing in the file, '0' registered"),
        ({"container": {"command": []}}, f"{CONTAINER}.command: ['node', 'server.js'] in the"),
        ({"container": {"image": OTHER_IMAGE}}, f"{CONTAINER}.image: '${{backend.repoDigest}}' in"),
        ({"container": {"repositoryCredentials": OTHERS_SECRET}},
         f"{CONTAINER}.repositoryCredentials.credentialsParameter: 'arn:aws:secretsmanager:"),
        ({"registered": {"cpu": "512"}}, "cpu: '256' in the file, '512' registered"),
        ({"registered": {"executionRoleArn": f"{ROLE}2"}}, "executionRoleArn: '${backend-exec"),
        ({"file": {"taskRoleArn": "${backend-task.arn}"}}, "taskRoleArn: '${backend-task.arn}' in"),
        ({"file": {"taskRoleArn": "${gone.arn}"}, "registered": {"taskRoleArn": ROLE}},
         "taskRoleArn: the state has no ${gone.arn}"),
        ({"extra": {"worker": "arn:of-worker"}}, "worker: infra/aws has no file"),
    ],
)  # fmt: skip
def test_each_field_that_differs_is_told(
    commit: Commit, changed: dict[str, dict[str, Any]], said: str
):
    for variable in commit.container["environment"]:
        variable["value"] = changed.get("variables", {}).get(variable["name"], variable["value"])
    commit.container.update(changed.get("container", {}))
    commit.registered.update(changed.get("registered", {}))
    commit.file.update(changed.get("file", {}))
    commit.extra.update(changed.get("extra", {}))
    done = commit.compare()
    assert done.code == 1
    assert said in done.err
    assert "Run `make taskdefs`" in done.err


def test_a_digest_of_the_stack_file_gives_way_to_the_deployed_one(commit: Commit):
    """The pipeline writes into the stack file what it has built."""
    text = json.dumps(deployed(f"ghcr.io/acme/plataforma/backend@{OTHER_DIGEST}"))
    commit.file = json.loads(text)
    done = commit.compare()
    assert done.code == 0, done.said


def test_a_stack_without_files_says_so(commit: Commit):
    state = commit.stack.folder / "state.json"
    state.write_text(json.dumps({"deployment": {"resources": []}}))
    words = ["taskdefs", "--state", str(state), "--stack", "qa", "--project", str(commit.folder)]
    done = run(words, commit.stack)
    assert done.code == 2
    assert "has no ecs-taskdef-*.qa.json: run `make taskdefs`" in done.err


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_a_file_is_a_request_of_the_api(stack: str):
    for path, text in taskdefs.rendered(plan_of_stack(stack)).items():
        assert not (found := refused(json.loads(text))), f"{path}: {found}"


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_no_file_has_what_only_the_simulation_made(stack: str):
    """An account and a secret's suffix that no real account has."""
    for path, text in taskdefs.rendered(plan_of_stack(stack)).items():
        assert "123456789012" not in text, path
        assert "registry-??????" in text, path
