"""One more environment, everywhere it must be known."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bootstrap import environments
from commands.init import environment
from commands.init.apply import RenderError, render
from commands.init.environment import EnvironmentExists, add
from commands.render import workflows
from settings import stack_file
from settings.project import ROOT
from tests.commands.init import scratch

BASE = """\
# The environment staging. `make preview STACK=staging` shows it, Grafana
# is https://grafana.staging.example.com.
config:
  plataforma:environment: staging
  plataforma:region: eu-west-1
  plataforma:account: "123456789012"
  plataforma:domain: staging.example.com
  plataforma:zone: Z0123456789EXAMPLE
  plataforma:zones: {example.org: Z9876543210EXAMPLE}
  plataforma:network: {cidr: 10.20.0.0/16}
  plataforma:edge:
    redirects:
      www.staging.example.com: staging.example.com # since the move
      shop.example.org: "app.example.org"
  plataforma:images:
    registry: ghcr.io/acme/plataforma
    build: true # here
    pullSecret: TOKEN
  plataforma:alarms: {emails: [ops@staging.example.com]}
  plataforma:database: {instanceClass: db.t4g.micro}
  plataforma:monitoring:
    mode: self-hosted
    grafana: {host: metrics.staging.example.com}
    alerting:
      runbooksUrl: https://github.com/acme/plataforma/blob/staging.example.com/
      grafanaUrl: "https://metrics.staging.example.com"
      receivers: {team: {sns: true}}
      default: team
  plataforma:secrets:
    TOKEN: secretsmanager:plataforma/registry
    GRAFANA_ADMIN_PASSWORD: ssm:/plataforma/staging/grafana
    OTHER:
      secure: v1:abc
  plataforma:services:
    app:
      image: app
      cpu: 256
      memory: 512
      port: 8080
      route: {hosts: [staging.example.com, "*.app.staging.example.com", app.example.org]}
      health: {path: /healthz}
      environment: {PUBLIC_URL: "https://staging.example.com/app"}
encryptionsalt: v1:salt
"""
PROD = (
    BASE.replace("environment staging", "environment prod")
    .replace("environment: staging", "environment: prod")
    .replace("build: true # here", "promote: staging # its digests")
    .replace("staging.example.com", "app.example.com")
    .replace("example.org", "prod.example.org")
    .replace("10.20", "10.30")
)
ACCOUNT = """\
config:
  # In the order of promotion.
  plataforma:environments:
    - name: staging
      domain: staging.example.com
      zone: Z0123456789EXAMPLE
      hosts: [app.example.org, shop.example.org]
      zones: [Z9876543210EXAMPLE]
    - {name: prod, domain: app.example.com, zone: Z0123456789EXAMPLE}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: plataforma\nruntime: python\n")
    (tmp_path / "Pulumi.staging.yaml").write_text(BASE)
    (tmp_path / "Pulumi.prod.yaml").write_text(PROD)
    (tmp_path / "bootstrap").mkdir()
    (tmp_path / environments.FILE).write_text(ACCOUNT)
    scratch.run(tmp_path, "git", "init", "--quiet")
    return tmp_path


def config(path: Path) -> dict[str, Any]:
    content = yaml.safe_load(path.read_text())
    return {key.partition(":")[2]: value for key, value in content["config"].items()}


def test_it_is_a_copy_of_the_one_before_it_with_names_hosts_and_a_range_of_its_own(project: Path):
    added = add(project, "qa")
    expected = (
        BASE.replace("environment staging", "environment qa")
        .replace("STACK=staging", "STACK=qa")
        .replace("environment: staging", "environment: qa")
        .replace("staging.example.com", "qa.example.com")
        .replace("app.example.org", "qa.app.example.org")
        .replace("shop.example.org", "qa.shop.example.org")
        .replace("build: true # here", "promote: staging")
        .replace("/staging/", "/qa/")
        .replace("v1:abc", "unset")
        .replace("10.20", "10.40")
        .replace("encryptionsalt: v1:salt\n", "")
    )
    for kept in ("ops@%s", "blob/%s", "https://%s/app"):
        expected = expected.replace(kept % "qa.example.com", kept % "staging.example.com")
    assert (project / "Pulumi.qa.yaml").read_text() == expected
    assert added.left == (
        "plataforma:monitoring.alerting.runbooksUrl",
        "plataforma:services.app.environment.PUBLIC_URL",
    )


def test_the_one_behind_it_deploys_what_it_runs_and_the_account_lists_it(project: Path):
    add(project, "qa")
    prod = PROD.replace("promote: staging #", "promote: qa #")
    assert (project / "Pulumi.prod.yaml").read_text() == prod
    account = stack_file.load(project / environments.FILE)["config"]["plataforma:environments"]
    assert account[1] == {
        "name": "qa",
        "domain": "qa.example.com",
        "zone": "Z0123456789EXAMPLE",
        "hosts": ["qa.app.example.org", "qa.shop.example.org"],
        "zones": ["Z9876543210EXAMPLE"],
    }
    assert environments.names_in(project) == ["staging", "qa", "prod"]
    assert "# In the order of promotion." in (project / environments.FILE).read_text()
    assert "needs: qa" in workflows.text_of(project)


def test_it_can_be_the_last_and_follow_one_that_promotes(project: Path):
    add(project, "live", after="prod")
    assert environments.names_in(project) == ["staging", "prod", "live"]
    live = config(project / "Pulumi.live.yaml")
    assert live["domain"] == "live.app.example.com"
    assert live["images"]["promote"] == "prod"
    assert config(project / "Pulumi.prod.yaml")["images"]["promote"] == "staging"


def test_each_further_one_follows_the_one_before_it(project: Path):
    for name in ("qa", "uat"):
        add(project, name)
    names = environments.names_in(project)
    assert names == ["staging", "qa", "uat", "prod"]
    promoted = [config(project / f"Pulumi.{n}.yaml")["images"].get("promote") for n in names]
    assert promoted == [None, "staging", "qa", "uat"]


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


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("instanceClass", "instanceClas", "database.instanceClas: unknown key. Did you mean"),
        ("config:", "config: [", "Pulumi.staging.yaml is not valid YAML"),
        ("instanceClass", "instanceClass", "`make rules` failed: no such rule; nothing was"),
    ],
)
def test_what_fails_leaves_nothing_behind_and_is_one_error_in_words(
    project: Path,
    old: str,
    new: str,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    staging = project / "Pulumi.staging.yaml"
    staging.write_text(staging.read_text().replace(old, new))

    def fail(folder: Path) -> None:
        (folder / "rendered.json").write_text("{}")
        raise RenderError("`make rules` failed: no such rule")

    monkeypatch.setattr(environment, "ROOT", project)
    monkeypatch.setattr(environment, "render", fail)
    monkeypatch.setattr("sys.argv", ["environment", "qa"])
    before = scratch.contents(project)
    assert environment.main() == 2
    assert scratch.contents(project) == before
    error = capsys.readouterr().err
    assert message in error
    assert error.count("nothing was changed") == 1


def test_the_next_steps_are_printed_in_the_order_of_the_page(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    rendered: list[Path] = []
    monkeypatch.setattr(environment, "ROOT", project)
    monkeypatch.setattr(environment, "render", rendered.append)
    monkeypatch.setattr("sys.argv", ["environment", "qa"])
    assert environment.main() == 0
    assert rendered == [project]
    steps = ["preview STACK=qa", "github", "bootstrap", "rekey STACK=qa", "doctor STACK=qa"]
    assert _steps(capsys.readouterr().out) == steps
    page = (ROOT / "docs/own.md").read_text().split("## One more environment")[1]
    assert _steps(page.split("\n## ")[0])[1:] == steps


def _steps(text: str) -> list[str]:
    """What make is called with, in lines that begin with it, without their comments."""
    return [step.strip() for step in re.findall(r"^ *make ([^#\n]+)", text, re.MULTILINE)]


def test_what_can_not_be_rendered_is_said_in_words(tmp_path: Path):
    with pytest.raises(RenderError, match=r"`make reference` failed: \S*python\S*: .*No module"):
        render(tmp_path)


def test_it_previews_and_its_pipeline_knows_it(tmp_path: Path):
    folder = scratch.copy(tmp_path)
    first = environments.names_in(folder)[0]
    scratch.python(folder, "-m", environment.__name__, "qa", "--after", first)
    assert scratch.preview(folder, "qa")["stack"] == "qa"
    assert "stack: qa" in (folder / ".github/workflows/promote.yml").read_text()
    assert list((folder / "infra/aws").glob("*.qa.json"))
