"""One more environment, everywhere it must be known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bootstrap import environments
from commands.init import environment
from commands.init.environment import EnvironmentExists, add
from commands.render import workflows
from tests.commands.init import scratch

STAGING = """\
# `make preview STACK=staging` shows it.
config:
  plataforma:environment: staging
  plataforma:domain: staging.example.com
  plataforma:zone: Z0123456789EXAMPLE
  plataforma:network: {cidr: 10.20.0.0/16}
  plataforma:images:
    registry: ghcr.io/acme/plataforma
    build: true # here
  plataforma:monitoring:
    alerting: {grafanaUrl: "https://grafana.staging.example.com"}
  plataforma:secrets:
    TOKEN: ssm:/plataforma/staging/token
    REDIS_PASSWORD:
      secure: v1:abc
encryptionsalt: v1:salt
"""
PROD = """\
config:
  plataforma:environment: prod
  plataforma:domain: app.example.com
  plataforma:network: {cidr: 10.30.0.0/16}
  plataforma:images: {promote: staging}
"""
ACCOUNT = """\
config:
  # In the order of promotion.
  plataforma:environments:
    - {name: staging, domain: staging.example.com, zone: Z0123456789EXAMPLE}
    - {name: prod, domain: app.example.com, zone: Z0123456789EXAMPLE}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.staging.yaml").write_text(STAGING)
    (tmp_path / "Pulumi.prod.yaml").write_text(PROD)
    (tmp_path / "bootstrap").mkdir()
    (tmp_path / environments.FILE).write_text(ACCOUNT)
    return tmp_path


def config(path: Path) -> dict[str, Any]:
    content = yaml.safe_load(path.read_text())
    assert list(content) == ["config"]
    return {key.partition(":")[2]: value for key, value in content["config"].items()}


def test_it_is_a_copy_of_the_one_before_it_with_names_and_a_range_of_its_own(project: Path):
    add(project, "qa")
    assert config(project / "Pulumi.qa.yaml") == {
        "environment": "qa",
        "domain": "qa.example.com",
        "zone": "Z0123456789EXAMPLE",
        "network": {"cidr": "10.40.0.0/16"},
        "images": {"registry": "ghcr.io/acme/plataforma", "promote": "staging"},
        "monitoring": {"alerting": {"grafanaUrl": "https://grafana.qa.example.com"}},
        "secrets": {
            "TOKEN": "ssm:/plataforma/qa/token",
            "REDIS_PASSWORD": {"secure": "unset"},
        },
    }
    assert "STACK=qa" in (project / "Pulumi.qa.yaml").read_text()


def test_the_one_behind_it_deploys_what_it_runs_and_the_account_lists_it(project: Path):
    add(project, "qa")
    assert config(project / "Pulumi.prod.yaml")["images"] == {"promote": "qa"}
    assert environments.names_in(project) == ["staging", "qa", "prod"]
    assert "# In the order of promotion." in (project / environments.FILE).read_text()
    assert "needs: qa" in workflows.text(environments.names_in(project))


def test_it_can_be_the_last(project: Path):
    add(project, "live", after="prod")
    assert environments.names_in(project) == ["staging", "prod", "live"]
    assert config(project / "Pulumi.live.yaml")["domain"] == "live.app.example.com"
    assert config(project / "Pulumi.prod.yaml")["images"] == {"promote": "staging"}


@pytest.mark.parametrize(
    ("name", "after", "message"),
    [
        ("staging", None, "staging exists already. Environments: staging, prod"),
        ("pr1", None, "'pr1' is not allowed: 2 to 10 lower-case letters"),
        ("qa", "stagin", "AFTER=stagin is none of staging, prod"),
    ],
)
def test_what_can_not_be_is_refused_and_changes_nothing(
    project: Path, name: str, after: str | None, message: str
):
    before = {path: path.read_text() for path in project.rglob("*.yaml")}
    with pytest.raises(EnvironmentExists) as wrong:
        add(project, name, after)
    assert message in str(wrong.value)
    assert {path: path.read_text() for path in project.rglob("*.yaml")} == before


def test_it_previews_and_its_pipeline_knows_it(tmp_path: Path):
    folder = scratch.copy(tmp_path)
    first = environments.names_in(folder)[0]
    scratch.python(folder, "-m", environment.__name__, "qa", "--after", first)
    assert scratch.preview(folder, "qa")["stack"] == "qa"
    assert "stack: qa" in (folder / ".github/workflows/promote.yml").read_text()
    assert list((folder / "infra/aws").glob("*.qa.json"))
