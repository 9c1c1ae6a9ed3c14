"""What the agent of ECS Exec needs. Source: Amazon ECS Developer Guide, "Monitor Amazon ECS
containers with ECS Exec" (considerations; encryption with a KMS key of the cluster)."""

from __future__ import annotations

import pytest

from tests.support.configs import changed
from tests.support.plans import containers, only, plan_of, statements


@pytest.mark.parametrize("is_on", [True, False])
def test_every_container_has_a_writable_root_with_ecs_exec_alone(is_on: bool):
    plan = plan_of(changed({"cluster": {"exec": is_on}}))
    for container in containers(plan, "backend").values():
        assert container["readonlyRootFilesystem"] is not is_on


def test_the_task_may_decrypt_with_the_key_that_encrypts_the_session():
    plan = plan_of(changed({"cluster": {"exec": True}}))
    configuration = only(plan, "aws:ecs/cluster:Cluster").inputs["configuration"]
    key = configuration["executeCommandConfiguration"]["kmsKeyId"]
    decrypts = [
        statement["Resource"]
        for statement in statements(plan, "worker-task")
        if "kms:Decrypt" in statement["Action"] and "ssmmessages" not in str(statement)
    ]
    assert [key] in decrypts
