"""api/ and worker/ share no package (docs/decisions/11-applications.md): each has these files."""

from __future__ import annotations

import pytest

from settings.project import ROOT


@pytest.mark.parametrize(
    "name",
    [
        "broker/rabbitmq-connection.ts",
        "jobs/oldest-job.ts",
        "stores/redis-watch.ts",
        "timers.ts",
        "variables.ts",
    ],
)
def test_a_file_is_the_same_in_both_applications(name: str):
    api, worker = ((ROOT / folder / "src" / name).read_text() for folder in ("api", "worker"))
    # The API publishes with confirms, the worker consumes.
    assert worker == api.replace("ConfirmChannel", "Channel")
