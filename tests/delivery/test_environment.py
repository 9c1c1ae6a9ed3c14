"""The environment of a pull request: its stack file, from the tests' staging, moto's
account and the real CLI with a backend in a folder."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from delivery.shared.errors import InputError
from delivery.stack_files import environment_file as files
from delivery.stack_files.environment_plan import VPC
from policies.check import violations
from settings.project import ROOT
from tests.delivery.aws_server import REGION
from tests.delivery.github_server import TOKEN, github
from tests.delivery.stack import Run, Stack, run
from tests.support import stacks
from tests.support.plans import container, only, plan_of_pull_request
from tests.support.stacks import OVERLAY

STAGING = stacks.FILES / "Pulumi.staging.yaml"
SERVICES = ("backend", "frontend", "worker")

Json = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda below: st.lists(below, max_size=2) | st.dictionaries(st.text(max_size=2), below),
    max_leaves=8,
)


# The merge patch


@pytest.mark.parametrize(
    ("value", "patch", "result"),
    [
        ({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"c": None}}, {"a": 1, "b": {"d": 3}}),
        ({"a": {"b": 1}}, {"a": [1]}, {"a": [1]}),
        ({"a": [1]}, {"a": {"b": 1, "c": None}}, {"a": {"b": 1}}),
        ({"a": 1}, {"b": {"c": None}}, {"a": 1, "b": {}}),
    ],
)
def test_a_patch_merges_maps_and_removes_what_is_null(value: Any, patch: Any, result: Any):
    assert files.patched(value, patch) == result


@given(value=st.dictionaries(st.text(max_size=2), Json), patch=Json)
def test_a_patch_twice_is_a_patch_once_and_leaves_what_it_was_given(value: Any, patch: Any):
    before = json.dumps(value)
    once = files.patched(value, patch)
    assert files.patched(once, patch) == once
    assert json.dumps(value) == before


# What it makes


def test_it_is_small_and_stands_in_the_vpc_that_is_there():
    plan = plan_of_pull_request()
    made = {resource.type for resource in plan.resources}
    assert not {"aws:ec2/vpc:Vpc", "aws:wafv2/webAcl:WebAcl", "aws:mq/broker:Broker"} & made
    database = only(plan, "aws:rds/instance:Instance").inputs
    assert (database["instanceClass"], database["multiAz"]) == ("db.t4g.micro", False)
    assert (database["skipFinalSnapshot"], database["deletionProtection"]) == (True, False)
    for target in plan.of_type("aws:appautoscaling/target:Target"):
        assert (target.inputs["minCapacity"], target.inputs["maxCapacity"]) == (1, 1)
    services = {s.name: s.inputs for s in plan.of_type("aws:ecs/service:Service")}
    assert sorted(services) == sorted(SERVICES)
    for service in services.values():
        strategies = service["capacityProviderStrategies"]
        spot = next(s for s in strategies if s["capacityProvider"] == "FARGATE_SPOT")
        assert spot["weight"] > 0
        assert all(s["weight"] == 0 for s in strategies if s is not spot)
        assert service["networkConfiguration"]["subnets"] == VPC["privateSubnetIds"]
    assert plan.outputs["urls"] == ["https://pr7.preview.example.com"]


def test_it_has_no_part_that_the_stack_it_comes_from_leaves_out():
    parts = [f"plataforma:{part}" for part in ("broker", "cache", "database", "domain")]
    overlay = files.read_overlay(OVERLAY)
    assert set(parts) <= set(overlay.config)
    base = {"plataforma:services": {"web": {"image": "web"}}, parts[0]: {"kind": "sqs"}}
    config = files.derived(base, overlay, "pr7", VPC, {})
    assert [part for part in parts if part in config] == [parts[0]]


def test_its_tasks_get_its_own_secrets_alone():
    plan = plan_of_pull_request()
    for service in SERVICES:
        for secret in container(plan, service).get("secrets", ()):
            assert "staging" not in secret["valueFrom"], secret
    parameters = plan.of_type("aws:ssm/parameter:Parameter")
    assert {p.inputs["name"] for p in parameters} == {
        "/plataforma/pr7/JWT_SIGNING_KEYS",
        "/plataforma/pr7/REDIS_PASSWORD",
    }


def test_it_breaks_no_rule_of_the_policy_pack():
    found = violations(plan_of_pull_request().resources, "pr7")
    assert [violation for violation in found if violation.enforcement == "mandatory"] == []


def test_its_hosts_are_below_its_own_domain():
    overlay = files.read_overlay(OVERLAY)
    base = {**yaml.safe_load(STAGING.read_text())["config"]}
    base["plataforma:edge"] = {"redirects": {"www.staging.example.com": "staging.example.com"}}
    hosts = ["admin.staging.example.com", "*.staging.example.com", "shop.example.org"]
    base["plataforma:services"]["backend"]["route"] = {"hosts": hosts}
    config = files.derived(base, overlay, "pr7", VPC, {})
    own = "pr7.preview.example.com"
    assert config["plataforma:services"]["backend"]["route"] == {
        "hosts": [f"admin.{own}", f"*.{own}", "shop.example.org"]
    }
    assert config["plataforma:edge"]["redirects"] == {f"www.{own}": own}


def test_its_jobs_run_by_hand_alone_and_its_volumes_have_no_backups():
    overlay = files.read_overlay(OVERLAY)
    base = {**yaml.safe_load(STAGING.read_text())["config"]}
    job = {"service": "worker", "command": ["node", "dist/purge.js"]}
    scheduled = {"schedule": "rate(1 day)", "timezone": "Europe/Lisbon", "enabled": True}
    base["plataforma:jobs"] = {"purge": job | scheduled, "by-hand": job}
    base["plataforma:volumes"] = {"uploads": {"throughput": "bursting"}, "cache": {}}
    config = files.derived(base, overlay, "pr7", VPC, {})
    assert config["plataforma:jobs"] == {"purge": job, "by-hand": job}
    assert config["plataforma:volumes"] == {
        "uploads": {"throughput": "bursting", "backups": False},
        "cache": {"backups": False},
    }
    files.check(config, "pr7", "plataforma")
    files.check({**config, "aws:skipMetadataApiCheck": "true"}, "pr7", "plataforma")


# The command


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone's files, its owner logged in to a new backend."""
    folder, state = tmp_path / "project", tmp_path / "state"
    (folder / "infra").mkdir(parents=True)
    state.mkdir()
    (folder / ".venv").symlink_to(ROOT / ".venv")
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    stacks.copy("staging", folder)
    text = OVERLAY.read_text()
    provider = next(line for line in text.splitlines() if line.startswith("secretsProvider:"))
    changed = text.replace(provider, "secretsProvider: passphrase")
    (folder / "infra/pull-request.yml").write_text(changed)
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{state}")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PULUMI_SKIP_UPDATE_CHECK", "true")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "of the test alone")
    return folder


@pytest.fixture
def vpc(stack: Stack) -> str:
    """A VPC of staging, its subnets made out of order, beside one of production."""
    ec2 = stack.client("ec2")
    made = ""
    for number, environment in enumerate(("prod", "staging")):
        block = f"10.{number}"
        made = ec2.create_vpc(CidrBlock=f"{block}.0.0/16")["Vpc"]["VpcId"]
        ec2.create_tags(Resources=[made], Tags=_tags(Project="plataforma", Environment=environment))
        for index, kind in enumerate(("Isolated", "Public", "Private")):
            for zone in ("b", "a"):
                subnet = ec2.create_subnet(
                    VpcId=made,
                    CidrBlock=f"{block}.{index * 2 + (zone == 'b')}.0/24",
                    AvailabilityZone=f"{REGION}{zone}",
                )["Subnet"]["SubnetId"]
                ec2.create_tags(Resources=[subnet], Tags=_tags(SubnetType=kind, Zone=zone))
    return made


def _tags(**values: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


def _environment(project: Path, stack: Stack, *more: str) -> Run:
    return run(["environment", "--pr", "7", "--project", str(project), *more], stack)


def test_a_dry_run_prints_the_file_with_the_vpc_of_the_stack_it_comes_from(
    project: Path, stack: Stack, vpc: str
):
    done = _environment(project, stack, "--dry-run")
    assert done.code == 0, done.said
    network = yaml.safe_load(done.out)["config"]["plataforma:network"]
    assert network["existing"]["vpcId"] == vpc
    ec2 = stack.client("ec2")
    for kind in ("public", "private", "isolated"):
        ids = network["existing"][f"{kind}SubnetIds"]
        found = ec2.describe_subnets(SubnetIds=ids)["Subnets"]
        tags = {s["SubnetId"]: {t["Key"]: t["Value"] for t in s["Tags"]} for s in found}
        assert [tags[one]["Zone"] for one in ids] == ["a", "b"]
        assert {tags[one]["SubnetType"] for one in ids} == {kind.capitalize()}
        assert {subnet["VpcId"] for subnet in found} == {vpc}
    assert not (project / "Pulumi.pr7.yaml").exists()


def test_without_the_other_stacks_vpc_nothing_is_made(project: Path, stack: Stack):
    done = _environment(project, stack)
    assert done.code == 1
    assert "Project=plataforma and Environment=staging; found none" in done.err
    assert not (project / "Pulumi.pr7.yaml").exists()


@pytest.mark.usefixtures("vpc")
@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, ""),
        ({"pulls": {7: "closed"}}, "is not open"),
        ({"pulls": {}}, "is not open"),
        ({"unlabelled": {7}}, "has no label environment"),
        ({"heads": {7: "b" * 40}}, f"is at {'b' * 12}, and not at {'a' * 12}"),
    ],
)
def test_an_environment_that_nobody_wants_any_more_is_not_made(
    project: Path, stack: Stack, changed: dict[str, Any], why: str
):
    """Its pull request was closed, or pushed to, while its images were built."""
    with github() as repository:
        repository.pulls, repository.heads = {7: "open"}, {7: "a" * 40}
        vars(repository).update(changed)
        stack.environment |= {"GITHUB_API_URL": repository.url, "GITHUB_TOKEN": TOKEN}
        options = ("--commit", "a" * 40, "--repo", "acme/plataforma", "--dry-run")
        done = _environment(project, stack, *options)
    assert done.code == (1 if why else 0), done.said
    assert f"pull request 7 {why}" in done.err or not why


@pytest.mark.usefixtures("vpc")
def test_a_secret_that_the_overlay_does_not_name_is_reported_before_anything_is_created(
    project: Path, stack: Stack
):
    file = project / "infra/pull-request.yml"
    lines = [line for line in file.read_text().splitlines() if "JWT_SIGNING_KEYS" not in line]
    file.write_text("\n".join(lines))
    done = _environment(project, stack)
    assert done.code == 2
    assert "fix infra/pull-request.yml" in done.err
    assert "plataforma:services.backend.secrets" in done.err
    assert not (project / "Pulumi.pr7.yaml").exists()


def test_an_overlay_with_mistakes_has_all_of_them_reported(tmp_path: Path):
    file = tmp_path / "pull-request.yml"
    file.write_text("from: staging\nsecretsProvider: hope\nsecrets: {A: plain, B: {random: x}}\n")
    with pytest.raises(InputError) as raised:
        files.read_overlay(file)
    for problem in ("secretsProvider", "config", "services", "secrets.A", "secrets.B"):
        assert f"  {problem}" in str(raised.value)


def test_endpoints_that_would_refuse_its_tasks_are_reported():
    overlay = files.read_overlay(OVERLAY)
    base = {**yaml.safe_load(STAGING.read_text())["config"]}
    base["plataforma:network"] = {**base["plataforma:network"], "endpoints": ["logs"]}
    with pytest.raises(InputError, match=r"network\.endpoints of staging"):
        files.derived(base, overlay, "pr7", VPC, {})


@pytest.mark.usefixtures("vpc")
def test_secrets_are_made_once_and_kept_from_then_on(pulumi_cli: Path, project: Path, stack: Stack):
    file = project / "Pulumi.pr7.yaml"
    done = _environment(project, stack)
    assert done.code == 0, done.said
    assert "new secrets: JWT_SIGNING_KEYS, REDIS_PASSWORD" in done.out
    shown = _pulumi(pulumi_cli, project, "config", "--show-secrets", "--json", "--stack", "pr7")
    values = json.loads(json.loads(shown)["plataforma:secrets"]["value"])
    assert len(values["REDIS_PASSWORD"]) == 40
    assert len(json.loads(values["JWT_SIGNING_KEYS"])["pr"]) == 40
    assert values["REDIS_PASSWORD"] not in file.read_text() + done.said

    # It has been deployed; a later run has a clean checkout and another overlay.
    (project / "__main__.py").write_text("import pulumi\n")
    _pulumi(pulumi_cli, project, "up", "--yes", "--skip-preview", "--stack", "pr7")
    before = yaml.safe_load(file.read_text())
    file.unlink()
    overlay = project / "infra/pull-request.yml"
    overlay.write_text(overlay.read_text() + "  ANOTHER: {random: RANDOM}\n")
    done = _environment(project, stack)
    assert "new secrets: ANOTHER\n" in done.out, done.said
    after = yaml.safe_load(file.read_text())
    assert after["encryptionsalt"] == before["encryptionsalt"]
    kept = after["config"]["plataforma:secrets"]
    assert kept.pop("ANOTHER")["secure"] != "unset"
    assert kept == before["config"]["plataforma:secrets"]


@pytest.mark.usefixtures("vpc")
def test_a_stack_that_was_made_but_never_deployed_is_made_again(
    pulumi_cli: Path, project: Path, stack: Stack
):
    assert _environment(project, stack).code == 0
    (project / "Pulumi.pr7.yaml").unlink()
    done = _environment(project, stack)
    assert done.code == 0, done.said
    _pulumi(pulumi_cli, project, "config", "--show-secrets", "--stack", "pr7")


def _pulumi(cli: Path, project: Path, *arguments: str) -> str:
    command = [str(cli), *arguments, "--non-interactive"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout
