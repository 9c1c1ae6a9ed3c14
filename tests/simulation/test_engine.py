"""Whole stacks on the real Pulumi engine and simulated AWS: made, changed, killed, removed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from commands.render.taskdefs import TOKEN, rendered, request
from delivery.__main__ import main as delivery
from delivery.contract.differences import differences
from delivery.contract.placeholders import Placeholders
from delivery.shared.pulumi_cli import pulumi
from settings import stack_config, stack_file
from settings.project import ROOT
from simulation import engine, process
from simulation.inventory import Inventory
from simulation.outputs import ACCOUNT
from simulation.provider import serve
from tests.support.configs import BASE, changed, with_ciphertext
from tests.support.projects import KEPT, Project, project

SHIFTS = ("all-at-once", "canary", "linear")
ROLLOUTS = [
    {"strategy": "rolling"},
    *(
        {"strategy": strategy, "shift": s}
        for strategy in ("codedeploy", "blue-green")
        for s in SHIFTS
    ),
]
SAMPLE_PASSPHRASE = "plataforma-sample"


@pytest.fixture(scope="module")
def live(pulumi_cli: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Both stacks of the tests, made in the order in which images are promoted."""
    made = project(tmp_path_factory.mktemp("live"), pulumi_cli, "staging", "prod")
    assert made.up("staging") == 0, made.said
    assert made.up("prod") == 0, made.said
    return made


@pytest.fixture
def small(pulumi_cli: Path, tmp_path: Path) -> Project:
    """The small platform of configs.py, not made yet."""
    made = project(tmp_path, pulumi_cli)
    made.write("staging", with_ciphertext(BASE))
    return made


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_what_is_made_is_in_the_state_and_a_second_preview_changes_nothing(
    live: Project, stack: str
):
    ours = {urn for urn in live.urns_in_aws() if f":{stack}::" in urn}
    assert ours
    assert ours == live.urns_in_state(stack)
    assert {r.operation for r in live.preview(stack).resources} <= KEPT


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_what_is_registered_is_what_is_rendered_for_the_commit(live: Project, stack: str):
    """With its placeholders filled from the state."""
    state = live.exported(stack)
    files = rendered(process.preview(stack, live.folder))
    texts = {path.name.split(".")[0].removeprefix("ecs-taskdef-"): t for path, t in files.items()}
    assert texts.keys() == state.task_definitions().keys()
    places = Placeholders(state, ACCOUNT)
    for name, text in texts.items():
        made = state.named(TOKEN, name)
        assert made is not None
        registered = {key: made.outputs[key] for key in made.outputs if key in made.inputs}
        wanted = json.loads(places.with_digests(text))
        assert differences(wanted, request(registered), places) == [], name


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_a_change_of_the_config_touches_just_what_it_should(live: Project, stack: str):
    live.edit(stack, "services.worker.memory", 2048)
    live.edit(stack, "services.frontend.scaling.max", 9)
    assert live.changes(stack) == {
        ("TaskDefinition", "worker", "replace"),
        ("Service", "worker", "update"),
        ("Target", "frontend-scaling", "update"),
    }
    assert live.up(stack) == 0
    assert live.changes(stack) == set()


def test_production_runs_the_digests_that_staging_built(live: Project):
    def stack_outputs(stack: str) -> dict[str, Any]:
        return next(r for r in live.state(stack) if r["type"] == "pulumi:pulumi:Stack")["outputs"]

    built = stack_outputs("staging")["imageDigests"]
    plan = live.preview("prod")
    run = {
        made["image"].rpartition("/")[2]
        for definition in plan.of_type(TOKEN)
        for made in json.loads(definition.inputs["containerDefinitions"])
    }
    assert run == {f"{image}@{digest.rpartition('@')[2]}" for image, digest in built.items()}


def test_no_secret_is_written_or_said_in_plain_text(live: Project):
    for stack in ("staging", "prod"):
        live.said.append(repr(live.preview(stack)))
        plain = stack_config.read(stack, live.folder).secrets.values()
        assert plain
        for value in plain:
            assert not [text for text in live.said if value in text]
            for file in (live.folder / ".pulumi-local").rglob("*"):
                assert not file.is_file() or value.encode() not in file.read_bytes(), file


def test_destroy_of_production_stops_at_its_protection_and_leaves_its_key(live: Project):
    assert live.destroy("prod") != 0
    assert "deletion protection" in live.said[-1]
    lift_by_hand(live)
    for stack in ("prod", "staging"):
        assert live.destroy(stack) == 0, live.said[-1]
        assert live.urns_in_state(stack) == set()
    left = {urn.rpartition("$")[2] for urn in live.urns_in_aws()}
    assert left == {"aws:kms/key:Key::encryption"}


def lift_by_hand(stack: Project) -> None:
    """What docs/stores.md has an operator do in AWS before production is destroyed."""
    inventory = Inventory(engine.inventory_path(stack.folder))
    lifted = {
        "aws:rds/instance:Instance": {"deletionProtection": False},
        "aws:lb/loadBalancer:LoadBalancer": {"enableDeletionProtection": False},
        "aws:s3/bucket:Bucket": {"forceDestroy": True},  # emptied
    }
    for token, properties in lifted.items():
        for resource in inventory.of_type(token):
            inventory.move(resource.key, properties)


@pytest.mark.parametrize("broker", ["sqs", "rabbitmq"])
def test_every_rollout_goes_with_every_broker(small: Project, broker: str):
    backend = BASE["services"]["backend"]
    services = {
        f"s{number}": {**backend, "route": {"paths": [f"/{number}/*"]}, "rollout": rollout}
        for number, rollout in enumerate(ROLLOUTS)
    }
    config = changed({"broker.kind": broker, "migrations": {"service": "s0"}})
    config["services"] = {**services, "worker": config["services"]["worker"]}
    if broker == "rabbitmq":
        config["secrets"]["BROKER_PASSWORD"] = "simulated-broker-password"
    small.write("staging", with_ciphertext(config))
    assert small.up("staging") == 0, small.said
    assert {r.operation for r in small.preview("staging").resources} <= KEPT
    assert small.urns_in_aws() == small.urns_in_state("staging")
    assert small.destroy("staging") == 0
    assert small.urns_in_aws() == set()


def test_another_range_of_addresses_replaces_the_network(small: Project):
    assert small.up("staging") == 0, small.said
    config = stack_file.load(small.folder / "Pulumi.staging.yaml")["config"]
    config["plataforma:network"] = {"cidr": "10.99.0.0/16"}
    small.write("staging", {key.partition(":")[2]: value for key, value in config.items()})
    replaced = {kind for kind, _, operation in small.changes("staging") if operation == "replace"}
    assert {"Vpc", "Subnet", "SecurityGroup", "TargetGroup"} <= replaced


@pytest.mark.parametrize(
    ("strategy", "noticed"),
    [
        ("codedeploy", set[str]()),
        ("blue-green", {"Service"}),
        ("rolling", {"Service", "ListenerRule"}),
    ],
)
def test_what_a_rollout_moved_is_pulumis_to_undo_only_where_pulumi_moves_it(
    small: Project, strategy: str, noticed: set[str]
):
    """CodeDeploy registers revisions, swaps target groups and rewrites rules; ECS's own blue/green
    rewrites rules. A refresh brings all of that into the state."""
    small.edit("staging", "services.backend.rollout", {"strategy": strategy})
    assert small.up("staging") == 0, small.said
    assert small.changes("staging") == set()
    other = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/other/0"
    moved = {
        ("aws:ecs/service:Service", "backend"): {
            "taskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/x:99",
            "loadBalancers": [
                {"containerName": "backend", "containerPort": 3000, "targetGroupArn": other}
            ],
        },
        ("aws:lb/listenerRule:ListenerRule", "backend"): {
            "actions": [{"type": "forward", "targetGroupArn": other}]
        },
    }
    assert small.alter_state("staging", moved) == 2
    assert {kind for kind, _, _ in small.changes("staging")} == noticed


def test_with_codedeploy_a_new_image_is_registered_and_not_deployed_by_pulumi(small: Project):
    small.edit("staging", "services.backend.rollout", {"strategy": "codedeploy"})
    assert small.up("staging") == 0, small.said
    small.edit("staging", "services.backend.environment", {"LOG_LEVEL": "debug"})
    assert {c for c in small.changes("staging") if c[1] == "backend"} == {
        ("TaskDefinition", "backend", "replace")
    }


BACKEND = BASE["services"]["backend"]


def test_the_migrations_get_a_new_secret_before_any_service(
    small: Project, monkeypatch: pytest.MonkeyPatch
):
    def prepare() -> set[Any]:
        """Runs it; gives what was left for the deployment that follows."""
        made = engine.open_session("staging", small.folder, small.pulumi)
        with made as session, monkeypatch.context() as patch:
            for name, value in session.environment.items():
                patch.setenv(name, value)
            patch.delenv("PULUMI_ENABLE_STREAMING_JSON_PREVIEW")  # prepare reads the other form
            patch.setenv("PATH", f"{small.pulumi.parent}{os.pathsep}{os.environ['PATH']}")
            where, preview = session.directory, session.directory / "preview.json"
            preview.write_text(
                pulumi("preview", "--json", "--show-sames", "--stack", "staging", project=where)
            )
            words = ["prepare", "--stack", "staging", "--preview", str(preview)]
            assert delivery([*words, "--project", str(where)]) == 0
        return small.changes("staging")

    assert ("TaskDefinition", "migrations", "create") not in prepare()

    small.edit("staging", "secrets.NEW_KEY", {"secure": "v1:ciphertext"})
    for service in ("backend", "worker"):
        small.edit("staging", f"services.{service}.secrets", ["NEW_KEY"])
    before = small.changes("staging")
    assert ("TaskDefinition", "migrations", "replace") in before
    after = prepare()
    assert ("TaskDefinition", "backend", "replace") in after
    assert ("Service", "backend", "update") in after
    assert {(kind, name) for kind, name, _ in before - after} >= {
        ("Parameter", "secrets-NEW_KEY"),
        ("RolePolicy", "backend-execution"),
        ("TaskDefinition", "migrations"),
    }
    assert small.up("staging") == 0

    small.write("staging", with_ciphertext({**BASE, "services": {"backend": BACKEND}}))
    assert ("Service", "backend", "update") in prepare()
    assert small.up("staging") == 0
    assert small.changes("staging") == set()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_killed_up_recovers_with_nothing_orphaned(small: Project, share: float):
    wanted = sum(
        r.custom and not r.type.startswith("pulumi:") for r in small.preview("staging").resources
    )
    kill_up_after(small, round(share * wanted))
    assert 0 < len(small.urns_in_aws()) < wanted
    assert small.refresh("staging") == 0, small.said
    assert small.up("staging") == 0, small.said
    assert small.urns_in_aws() == small.urns_in_state("staging")
    assert len(small.urns_in_aws()) == wanted
    assert small.changes("staging") == set()


def kill_up_after(stack: Project, count: int) -> None:
    """Kills an `up`, the CLI and all its children, once `count` resources have been made."""
    line = "import sys; from pathlib import Path; from simulation import engine; "
    line += "engine.up('staging', Path(sys.argv[1]), Path(sys.argv[2]))"
    child = subprocess.Popen(
        [sys.executable, "-c", line, str(stack.folder), str(stack.pulumi)],
        cwd=ROOT,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )
    while child.poll() is None and len(stack.urns_in_aws()) < count:
        time.sleep(0.01)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def test_a_typo_in_a_stack_file_is_told_cleanly_and_registers_nothing(small: Project):
    small.edit("staging", "services.backend.memmory", 512)
    with pytest.raises(engine.EngineError) as refused:
        small.preview("staging")
    assert "plataforma:services.backend.memmory: unknown key. Did you mean memory?" in str(
        refused.value
    )
    assert "Traceback" not in str(refused.value)
    assert small.up("staging") != 0
    assert small.urns_in_aws() == set()


def test_a_real_up_refuses_placeholders_and_a_preview_warns(pulumi_cli: Path, tmp_path: Path):
    """As an owner would who forgot to rekey: no simulated secrets, an own backend."""
    folder = project(tmp_path, pulumi_cli, "staging").folder
    inventory = tmp_path / "inventory.jsonl"
    servers, ports = serve(Inventory(inventory))
    backend = tmp_path / "state"
    backend.mkdir()
    environment = {
        **os.environ,
        "PULUMI_BACKEND_URL": f"file://{backend}",
        "PULUMI_CONFIG_PASSPHRASE": SAMPLE_PASSPHRASE,
        "PULUMI_DEBUG_PROVIDERS": ports,
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }

    def pulumi(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(pulumi_cli), *arguments, "--stack", "staging", "--non-interactive"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    try:
        assert pulumi("stack", "init", "--secrets-provider", "passphrase").returncode == 0
        warned = pulumi("preview")
        refused = pulumi("up", "--yes")
    finally:
        for server in servers:
            server.stop(grace=None)
    assert warned.returncode == 0, warned.stdout
    assert "JWT_SIGNING_KEYS, REDIS_PASSWORD" in warned.stdout
    assert refused.returncode != 0
    assert "still holds sample values" in refused.stdout
    assert "Traceback" not in refused.stdout
    assert Inventory(inventory).urns() == []
