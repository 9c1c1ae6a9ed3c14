"""The simulated AWS: its outputs, its VPC, and both engines."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from settings import stack_config
from settings.project import ROOT
from settings.stack_config import StackConfig
from simulation import engine, outputs, process, replacement, vpc
from simulation.inventory import AlreadyExistsError, Existing, Inventory
from simulation.outputs import NotSimulatedError
from simulation.provider import serve
from tests.support import stacks

ZONES = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
SECRET = "hunter2-hunter2-hunter2"

SAMPLE = """
import pulumi, pulumi_aws as aws, pulumi_awsx as awsx, pulumi_docker as docker

config = pulumi.Config()
settings, password = config.require_object("o"), config.require_secret("password")
provider = aws.Provider("aws", region="eu-west-1")
opts = pulumi.ResourceOptions(provider=provider)
vpc = awsx.ec2.Vpc(
    "net",
    cidr_block=settings["cidr"],
    number_of_availability_zones=2,
    subnet_strategy="Auto",
    vpc_endpoint_strategy="Auto",
    nat_gateways={"strategy": "Single"},
    subnet_specs=[{"type": "Private", "cidr_mask": 20}, {"type": "Public", "cidr_mask": 21}],
    opts=pulumi.ResourceOptions(providers=[provider]),
)
group = aws.rds.SubnetGroup("db", name="sample", subnet_ids=vpc.private_subnet_ids, opts=opts)
database = aws.rds.Instance(
    "db",
    identifier="sample",
    engine=settings["engine"],
    db_subnet_group_name=group.name,
    instance_class="db.t4g.micro",
    allocated_storage=20,
    username="u",
    password=password,
    opts=opts,
)
parameter = aws.ssm.Parameter("secret", type="SecureString", value=password, opts=opts)
build = docker.DockerBuildArgs(context=".", dockerfile="Dockerfile", platform="linux/arm64")
image = docker.Image("api", image_name=f"ghcr.io/acme/api:{settings['tag']}", build=build)
containers = [{"name": "api", "image": image.repo_digest, "secrets": [parameter.arn]}]
task = aws.ecs.TaskDefinition(
    "api",
    family="api",
    container_definitions=pulumi.Output.json_dumps(containers),
    opts=opts,
)
service = aws.ecs.Service("api", task_definition=task.arn, opts=opts)
pulumi.export("address", database.address)
pulumi.export("password", password)
"""


def test_an_unknown_resource_type_and_function_are_errors_that_name_them() -> None:
    with pytest.raises(NotSimulatedError, match="aws:ec2/instance:Instance is not simulated"):
        outputs.description("aws:ec2/instance:Instance")
    with pytest.raises(NotSimulatedError, match="aws:ec2/getAmi:getAmi is not simulated"):
        outputs.invoke("aws:ec2/getAmi:getAmi", {}, "eu-west-1")


@pytest.mark.parametrize(
    ("strategy", "gateways", "private_routes"),
    [("None", 0, 0), ("Single", 1, 3), ("OnePerAz", 3, 3)],
)
def test_the_vpc_has_the_children_that_awsx_makes(
    strategy: str, gateways: int, private_routes: int
) -> None:
    children = vpc.children("net", _vpc_arguments(strategy), ZONES)
    count = Counter(child.type.rpartition(":")[2] for child in children)
    assert count["Subnet"] == count["RouteTable"] == count["RouteTableAssociation"] == 9
    assert count["NatGateway"] == count["Eip"] == gateways
    assert count["Route"] == 3 + private_routes
    assert count["VpcEndpoint"] == count["InternetGateway"] == count["Vpc"] == 1
    assert [c.name for c in children if c.type.endswith(":NatGateway")] == [
        f"net-{number}" for number in range(1, gateways + 1)
    ]
    assert len({(child.type, child.name) for child in children}) == len(children)


def test_subnets_lie_in_their_zones_block_in_the_order_of_the_specs() -> None:
    children = vpc.children("net", _vpc_arguments("Single"), ZONES)
    cidrs = {c.name: c.inputs["cidrBlock"] for c in children if c.type.endswith(":Subnet")}
    assert cidrs["net-private-1"] == "10.0.0.0/19"
    assert cidrs["net-public-1"] == "10.0.32.0/20"
    assert cidrs["net-isolated-1"] == "10.0.48.0/21"
    assert cidrs["net-private-3"] == "10.0.128.0/19"


def test_a_vpc_argument_that_is_not_simulated_is_named() -> None:
    with pytest.raises(NotSimulatedError, match="argument ipv4IpamPoolId is not simulated"):
        vpc.children("net", {**_vpc_arguments("None"), "ipv4IpamPoolId": "pool"}, ZONES)


@pytest.mark.parametrize(
    ("token", "path", "inputs", "replaced"),
    [
        ("aws:rds/instance:Instance", "engine", {}, True),
        ("aws:rds/instance:Instance", "engineVersion", {}, False),
        ("aws:rds/instance:Instance", "identifier", {}, False),
        ("aws:ec2/subnet:Subnet", "cidrBlock", {}, True),
        ("aws:ec2/subnet:Subnet", "tags.Name", {}, False),
        ("aws:ecs/service:Service", "deploymentController", {}, True),
        ("aws:ecs/service:Service", "capacityProviderStrategies[0].weight", {}, True),
        (
            "aws:ecs/service:Service",
            "capacityProviderStrategies[0].weight",
            {"forceNewDeployment": True},
            False,
        ),
    ],
)
def test_a_change_replaces_where_the_real_provider_would(
    token: str, path: str, inputs: dict[str, Any], replaced: bool
) -> None:
    assert replacement.replaces(token, path, inputs) is replaced


def test_what_only_aws_knows_is_a_named_placeholder_in_the_shape_of_the_value() -> None:
    inputs = {"identifier": "db", "manageMasterUserPassword": True, "masterUserSecretKmsKeyId": "k"}
    resource_id, state = outputs.placeholders(
        "aws:rds/instance:Instance", "database", inputs, "eu-west-1"
    )
    assert resource_id == "${database.id}"
    assert state["address"] == "${database.address}"
    assert state["port"] == 5432
    assert state["masterUserSecrets"] == [
        {
            "kmsKeyId": "k",
            "secretArn": "${database.masterUserSecrets[0].secretArn}",
            "secretStatus": "active",
        }
    ]


def test_an_update_makes_the_secret_of_a_managed_password_which_no_preview_knows() -> None:
    token, urn, region = "aws:rds/instance:Instance", "urn::x::y::db", "eu-west-1"
    own, managed = {"identifier": "db"}, {"identifier": "db", "manageMasterUserPassword": True}
    before = outputs.created(token, urn, own, region)[1]
    assert outputs.previewed(token, managed, before)["masterUserSecrets"] == []
    after = outputs.updated(token, urn, before, managed, region)
    assert [secret["secretStatus"] for secret in after["masterUserSecrets"]] == ["active"]
    larger = {**managed, "instanceClass": "db.m7g.large"}
    assert (
        outputs.updated(token, urn, after, larger, region)["masterUserSecrets"]
        == (after["masterUserSecrets"])
    )
    assert outputs.updated(token, urn, after, own, region)["masterUserSecrets"] == []


def test_a_creation_is_the_same_if_repeated_and_another_after_a_replacement() -> None:
    def create(engine_name: str) -> str:
        inputs = {"identifier": "db", "engine": engine_name}
        return outputs.created("aws:rds/instance:Instance", "urn::x::y::db", inputs, "eu-west-1")[0]

    assert create("postgres") == create("postgres") != create("mysql")


def test_a_secret_is_never_in_the_plan() -> None:
    def program() -> None:
        password = pulumi.Config().require_secret("password")
        parameter = aws.ssm.Parameter("p", type="SecureString", value=password)
        aws.ssm.Parameter("q", type="String", value=parameter.value.apply(lambda v: f"x{v}"))
        aws.ssm.Parameter("r", type="String", name=password, value="plain")
        pulumi.export("password", password)
        pulumi.export("nested", {"deep": [password]})

    plan = _plan(program, {"plataforma:password": SECRET}, {"plataforma:password"})
    assert [r.inputs["value"] for r in plan.resources] == ["[secret]"] * 3
    assert SECRET not in repr(plan)


def test_two_resources_of_one_urn_are_an_error_and_the_next_preview_is_clean() -> None:
    def twice() -> None:
        aws.sns.Topic("t", name="t")
        aws.sns.Topic("t", name="t")

    with pytest.raises(Exception, match="Duplicate resource URN 'urn:pulumi:test::plataforma::aws"):
        _plan(twice)
    assert len(_plan(lambda: _topic("t")).resources) == 1


def test_an_unknown_type_ends_a_preview_with_its_name() -> None:
    def program() -> None:
        aws.ec2.Instance("i", ami="ami-1", instance_type="t3.micro")

    with pytest.raises(Exception, match="aws:ec2/instance:Instance is not simulated"):
        _plan(program)


def test_the_programs_own_error_and_warnings_reach_the_caller() -> None:
    def fails() -> None:
        raise pulumi.RunError("cidr is not a network")

    with pytest.raises(pulumi.RunError, match="cidr is not a network"):
        _plan(fails)
    assert _plan(lambda: pulumi.log.warn("one NAT gateway")).warnings == ("one NAT gateway",)


def test_the_inventory_survives_its_process_and_refuses_a_taken_name(tmp_path: Path) -> None:
    path = tmp_path / "inventory.jsonl"
    inventory = Inventory(path)
    role = Existing("role api", "urn:a", type="role", id="api")
    inventory.create(role)
    inventory.create(role)
    with pytest.raises(AlreadyExistsError):
        inventory.create(replace(role, urn="urn:b"))
    assert Inventory(path).urns() == ["urn:a"]
    inventory.delete("role api")
    assert Inventory(path).urns() == []


def test_the_plugins_listen_on_this_machine_only() -> None:
    servers, ports = serve(Inventory())
    names = [port.partition(":")[0] for port in ports.split(",")]
    for server in servers:
        server.stop(grace=None)
    assert names == ["aws", "awsx", "docker"]


def test_ignored_variables_for_aws_are_named() -> None:
    assert engine.ignored({"AWS_PROFILE": "acme", "HOME": "/"}) == ["AWS_PROFILE"]


def test_both_engines_plan_the_same_resources(pulumi_cli: Path, tmp_path: Path) -> None:
    stacks.make_project(tmp_path, "staging")
    ours = process.preview("staging", tmp_path)
    real = engine.preview("staging", tmp_path, pulumi_cli)
    assert {r.urn: r.type for r in ours.resources} == {r.urn: r.type for r in real.resources}
    assert {r.urn: r.parent for r in ours.resources} == {r.urn: r.parent for r in real.resources}


def test_up_change_and_destroy_on_the_real_engine(pulumi_cli: Path, tmp_path: Path) -> None:
    _sample(tmp_path)
    first = engine.preview("dev", tmp_path, pulumi_cli)
    assert {r.operation for r in first.resources} == {"create"}
    assert _unknown_database(first)
    assert engine.up("dev", tmp_path, pulumi_cli) == 0
    again = engine.preview("dev", tmp_path, pulumi_cli)
    assert {r.operation for r in again.resources} == {"same"}
    assert again.outputs["password"] == "[secret]"
    assert set(Inventory(engine.inventory_path(tmp_path)).urns()) == _state_urns(tmp_path)

    _sample(tmp_path, engine="mysql", tag="2")
    changed = engine.preview("dev", tmp_path, pulumi_cli)
    operations = {(r.type, r.operation) for r in changed.resources if r.operation != "same"}
    assert operations == {
        ("aws:rds/instance:Instance", "replace"),
        ("docker:index/image:Image", "update"),
        ("aws:ecs/taskDefinition:TaskDefinition", "replace"),
        ("aws:ecs/service:Service", "update"),
    }
    _sample(tmp_path, cidr="10.9.0.0/16")
    moved = engine.preview("dev", tmp_path, pulumi_cli)
    assert {r.operation for r in moved.of_type("aws:ec2/subnet:Subnet")} == {"replace"}
    assert {r.operation for r in moved.of_type("aws:ec2/vpc:Vpc")} == {"replace"}

    assert engine.up("dev", tmp_path, pulumi_cli) == 0
    assert set(Inventory(engine.inventory_path(tmp_path)).urns()) == _state_urns(tmp_path)
    plain = stack_config.read("dev", tmp_path).secrets["sample:password"]
    for file in (tmp_path / ".pulumi-local").rglob("*"):
        assert not file.is_file() or plain.encode() not in file.read_bytes(), file
    assert engine.destroy("dev", tmp_path, pulumi_cli) == 0
    assert Inventory(engine.inventory_path(tmp_path)).urns() == []


def test_the_real_engine_reports_the_programs_error_without_traceback(
    pulumi_cli: Path, tmp_path: Path
) -> None:
    _sample(tmp_path)
    (tmp_path / "__main__.py").write_text("import pulumi\nraise pulumi.RunError('bad cidr')\n")
    with pytest.raises(engine.EngineError) as error:
        engine.preview("dev", tmp_path, pulumi_cli)
    assert "bad cidr" in str(error.value)
    assert "Traceback" not in str(error.value)


def _vpc_arguments(strategy: str) -> dict[str, Any]:
    return {
        "cidrBlock": "10.0.0.0/16",
        "numberOfAvailabilityZones": 3,
        "natGateways": {"strategy": strategy},
        "subnetStrategy": "Auto",
        "subnetSpecs": [
            {"type": "Private", "cidrMask": 19},
            {"type": "Public", "cidrMask": 20},
            {"type": "Isolated", "cidrMask": 21},
        ],
        "vpcEndpointStrategy": "Auto",
        "vpcEndpointSpecs": [{"serviceName": "com.amazonaws.eu-west-1.s3"}],
    }


def _topic(name: str) -> None:
    aws.sns.Topic(name, name=name)


def _plan(
    program: Any, config: dict[str, Any] | None = None, secret: set[str] | None = None
) -> process.Plan:
    values = StackConfig(config or {}, frozenset(secret or set()))
    return process.preview_config(values, "test", ROOT, program)


def _project(directory: Path, stack_file: str) -> None:
    options = f"{{toolchain: pip, virtualenv: {Path(sys.prefix)}}}"
    (directory / "Pulumi.yaml").write_text(
        f"name: sample\nruntime: {{name: python, options: {options}}}\n"
    )
    (directory / "Pulumi.dev.yaml").write_text(stack_file)


def _sample(
    directory: Path, engine: str = "postgres", cidr: str = "10.0.0.0/16", tag: str = "1"
) -> None:
    settings = json.dumps({"engine": engine, "cidr": cidr, "tag": tag})
    _project(directory, f"config:\n  sample:o: {settings}\n  sample:password: {{secure: v1:x}}\n")
    (directory / "__main__.py").write_text(SAMPLE)
    (directory / "Dockerfile").write_text("FROM scratch\n")


def _unknown_database(plan: engine.Plan) -> bool:
    return plan.outputs["address"] == "${stack.address}"


def _state_urns(directory: Path) -> set[str]:
    checkpoint = json.loads(engine.state_path("dev", directory).read_text())["checkpoint"]
    resources = checkpoint["latest"]["resources"]
    return {
        r["urn"] for r in resources if r["custom"] and not r["type"].startswith("pulumi:providers:")
    }
