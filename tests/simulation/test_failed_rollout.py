"""What Pulumi's state says after a deployment that ECS rolled back: shown by the real engine."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from simulation import provider
from tests.support.configs import BASE, with_ciphertext
from tests.support.failed_rollouts import REASON, failing
from tests.support.projects import Project, project


@pytest.fixture
def small(pulumi_cli: Path, tmp_path: Path) -> Project:
    """The small platform of configs.py, not made yet."""
    made = project(tmp_path, pulumi_cli)
    made.write("staging", with_ciphertext(BASE))
    return made


def test_after_a_rollback_the_state_alone_says_what_was_asked_for(
    small: Project, monkeypatch: pytest.MonkeyPatch
):
    """The first deployment, one that succeeds, and one that is rolled back."""
    broken = {"backend"}
    serve = partial(provider.serve, servicer=failing(broken))
    monkeypatch.setattr(provider, "serve", serve)
    assert small.up("staging") != 0
    first = small.exported("staging")
    assert first.outputs is None
    assert first.region == "eu-west-1"
    backend, worker = (first.services()[name] for name in ("backend", "worker"))
    assert (backend.cluster, backend.service_name) == ("plataforma-staging", "backend")
    assert REASON in "".join(backend.errors)
    assert not worker.errors

    broken.clear()
    assert small.up("staging") == 0, small.said
    well = small.exported("staging")
    assert well.outputs is not None
    assert well.services()["backend"].task_definition == backend.task_definition
    assert not well.services()["backend"].errors

    broken.add("backend")
    small.edit("staging", "services.backend.environment", {"LOG_LEVEL": "trace"})
    assert small.up("staging") != 0
    failed = small.exported("staging")
    assert failed.outputs is not None
    before = failed.outputs.services["backend"].task_definition
    assert before == well.outputs.services["backend"].task_definition
    assert failed.services()["backend"].task_definition != before
    assert REASON in "".join(failed.services()["backend"].errors)

    # The engine's own answer to a failed update is another one, of nothing (pulumi 3.260.0,
    # pkg/resource/deploy/step_generator.go); the AWS provider then calls no UpdateService
    # (terraform-provider-aws, internal/service/ecs/service.go, HasChangesExcept).
    broken.clear()
    assert small.up("staging") == 0, small.said
    again = small.exported("staging").services()["backend"]
    assert again.task_definition == failed.services()["backend"].task_definition
    assert not again.errors
