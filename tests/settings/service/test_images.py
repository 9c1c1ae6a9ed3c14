from __future__ import annotations

from pathlib import Path

import pytest

from settings.problems import SettingsError
from settings.service.images import dockerfile_problems
from tests.support.configs import DIGEST, changed
from tests.support.plans import plan_of


def test_an_image_to_build_needs_a_dockerfile(tmp_path: Path):
    (tmp_path / "Dockerfile.backend").touch()
    images = {"api": "backend", "jobs": "bakend", "given": f"ghcr.io/acme/x@{DIGEST}"}
    assert [str(problem) for problem in dockerfile_problems(images, tmp_path)] == [
        "plataforma:services.jobs.image: there is no images/Dockerfile.bakend to build. "
        "Did you mean backend?"
    ]


def test_a_missing_dockerfile_is_told_with_the_other_problems():
    with pytest.raises(SettingsError) as refused:
        plan_of(changed({"services.worker.image": "nothing", "cache.replicas": 9}))
    paths = [problem.path for problem in refused.value.problems]
    assert paths == ["cache.replicas", "services.worker.image"]
