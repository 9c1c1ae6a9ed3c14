"""Buckets, and what the services that use them get."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from policies import check
from simulation.plan import Plan
from tests.support.configs import config
from tests.support.plans import container, only, plan_of, statements

NAME = "bucket-uploads"
READ = {"s3:GetObject", "s3:ListBucket", "kms:Decrypt"}


@cache
def plan() -> Plan:
    return plan_of(
        config(
            buckets={
                "uploads": {"expireDays": 90, "cors": {"origins": ["https://app.example.com"]}}
            },
            services__backend__buckets={"uploads": "read-write"},
            services__worker__buckets={"uploads": "read"},
        )
    )


def part(kind: str) -> Mapping[str, Any]:
    return only(plan(), f"aws:s3/bucket{kind}:Bucket{kind}", NAME).inputs


def test_a_bucket_is_private_encrypted_and_versioned():
    assert all(part("PublicAccessBlock")[k] for k in ("blockPublicAcls", "restrictPublicBuckets"))
    (rule,) = part("ServerSideEncryptionConfiguration")["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {
        "sseAlgorithm": "aws:kms",
        "kmsMasterKeyId": "${encryption.arn}",
    }
    assert part("Versioning")["versioningConfiguration"] == {"status": "Enabled"}
    assert "aws:SecureTransport" in part("Policy")["policy"]
    assert [str(v) for v in check.violations(plan().resources, "staging")] == []


def test_objects_and_earlier_versions_expire_and_unfinished_uploads_too():
    clean_up, expire = part("LifecycleConfiguration")["rules"]
    assert clean_up["noncurrentVersionExpiration"] == {"noncurrentDays": 30}
    assert clean_up["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
    assert expire["expiration"] == {"days": 90}


def test_other_origins_may_use_it_as_the_stack_file_says():
    (rule,) = part("CorsConfiguration")["corsRules"]
    assert rule["allowedOrigins"] == ["https://app.example.com"]
    assert rule["allowedMethods"] == ["GET", "PUT"]


def granted(service: str) -> set[str]:
    return {
        action
        for statement in statements(plan(), f"{service}-task")
        if any("uploads" in resource for resource in statement["Resource"])
        or set(statement["Action"]) <= {"kms:Decrypt", "kms:GenerateDataKey"}
        for action in statement["Action"]
    }


def test_services_get_its_name_and_the_rights_that_they_ask_for():
    for service in ("backend", "worker"):
        variables = {v["name"]: v["value"] for v in container(plan(), service)["environment"]}
        assert variables["UPLOADS_BUCKET"] == "plataforma-staging-uploads-123456789012"
    assert granted("backend") >= {*READ, "s3:PutObject", "s3:DeleteObject", "kms:GenerateDataKey"}
    assert {action for action in granted("worker") if action.startswith("s3:")} == READ - {
        "kms:Decrypt"
    }


def test_permissions_become_statements_of_the_task_role():
    permission = {
        "actions": ["ses:SendRawEmail", "ses:SendEmail"],
        "resources": ["arn:aws:ses:eu-west-1:123456789012:identity/example.com"],
        "conditions": {"StringEquals": {"ses:FromAddress": ["a@example.com"]}},
    }
    made = plan_of(config(services__backend__permissions=[permission]))
    assert statements(made, "backend-task")[-1] == {
        "Effect": "Allow",
        "Action": ["ses:SendEmail", "ses:SendRawEmail"],
        "Resource": permission["resources"],
        "Condition": permission["conditions"],
    }
    assert [str(v) for v in check.violations(made.resources, "staging")] == []
