from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.delivery.cli_previews import cli_preview, step
from tests.delivery.github.runs import write_json
from tests.delivery.github_server import Repository, github


@pytest.fixture
def repository() -> Iterator[Repository]:
    with github() as served:
        yield served


@pytest.fixture
def preview(tmp_path: Path) -> Path:
    """A preview of one update."""
    alarm = "aws:cloudwatch/metricAlarm:MetricAlarm"
    changed = step("update", alarm, "cpu", old={"threshold": 1}, new={"threshold": 2})
    return write_json(tmp_path / "preview.json", cli_preview([changed]))
