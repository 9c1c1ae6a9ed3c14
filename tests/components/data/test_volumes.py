"""Volumes, and what the services that use them get."""

from __future__ import annotations

from functools import cache

from delivery.previews.risks import data_loss, what_stays
from policies import check
from simulation.plan import Plan
from tests.support.configs import config
from tests.support.plans import container, only, plan_of, statements, task_definition

FILE_SYSTEM = "aws:efs/fileSystem:FileSystem"
MOUNT_TARGET = "aws:efs/mountTarget:MountTarget"
POINT = "aws:efs/accessPoint:AccessPoint"


@cache
def plan(environment: str = "staging") -> Plan:
    return plan_of(
        config(
            environment=environment,
            alarms={"emails": ["ops@example.com"]},
            volumes={"uploads": {}},
            services__backend__volumes={"uploads": "/data"},
            services__worker__volumes={"uploads": "/var/uploads"},
        )
    )


def test_a_volume_is_encrypted_backed_up_and_in_every_zone():
    assert only(plan(), FILE_SYSTEM).inputs["kmsKeyId"] == "${encryption.arn}"
    backups = only(plan(), "aws:efs/backupPolicy:BackupPolicy").inputs["backupPolicy"]
    assert backups == {"status": "ENABLED"}
    policy = only(plan(), "aws:efs/fileSystemPolicy:FileSystemPolicy").inputs["policy"]
    assert '"Effect": "Deny"' in policy
    assert '"aws:SecureTransport": "false"' in policy
    subnets = [target.inputs["subnetId"] for target in plan().of_type(MOUNT_TARGET)]
    assert len(subnets) == len(set(subnets)) == 3
    assert all("isolated" in subnet for subnet in subnets)
    assert [str(v) for v in check.violations(plan().resources, "staging")] == []


def test_a_service_has_the_files_at_its_path_by_tls_and_its_own_access_point():
    for service, path in (("backend", "/data"), ("worker", "/var/uploads")):
        (volume,) = [v for v in task_definition(plan(), service)["volumes"] if len(v) > 1]
        assert volume["efsVolumeConfiguration"] == {
            "fileSystemId": "${volume-uploads.id}",
            "transitEncryption": "ENABLED",
            "authorizationConfig": {
                "accessPointId": f"${{volume-uploads-{service}.id}}",
                "iam": "ENABLED",
            },
        }
        made = container(plan(), service)
        assert made["readonlyRootFilesystem"] is True
        assert {
            "containerPath": path,
            "readOnly": False,
            "sourceVolume": volume["name"],
        } in made["mountPoints"]


def test_services_share_the_files_whatever_user_they_run_as():
    points = [point.inputs for point in plan().of_type(POINT)]
    assert len(points) == 2
    assert points[0]["rootDirectory"] == points[1]["rootDirectory"]
    assert points[0]["posixUser"] == points[1]["posixUser"] == {"uid": 1000, "gid": 1000}


def test_a_role_may_use_its_own_access_point_and_only_services_that_ask_reach_it():
    (granted,) = [s for s in statements(plan(), "backend-task") if "Condition" in s]
    assert granted["Action"] == ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
    assert granted["Condition"] == {
        "StringEquals": {"elasticfilesystem:AccessPointArn": "${volume-uploads-backend.arn}"}
    }
    rules = {
        r.name for r in plan().of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    }
    assert {n for n in rules if n.endswith("volume-uploads")} == {
        "backend-to-volume-uploads",
        "worker-to-volume-uploads",
    }


def test_the_preview_names_lost_files_and_in_production_they_stay():
    assert data_loss(only(plan(), FILE_SYSTEM)) == "the file system and its files"
    kept = only(production(), FILE_SYSTEM)
    assert data_loss(kept) == ""
    assert what_stays(kept) == "it stays in the account, outside the stack"


def test_what_is_in_the_vpc_goes_with_it_where_the_file_system_stays():
    for resource in (*production().of_type(MOUNT_TARGET), *production().of_type(POINT)):
        assert not resource.retain_on_delete, resource.name


def production() -> Plan:
    return plan("prod")
