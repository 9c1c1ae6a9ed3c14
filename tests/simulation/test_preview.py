"""`make preview` in process: its text and its JSON."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from commands import preview
from policies.check import Violation
from simulation import engine, process
from simulation.plan import Plan
from simulation.report import plan_report
from tests.support import stacks
from tests.support.configs import changed
from tests.support.plans import plan_of, plan_of_stack


@pytest.fixture(scope="module")
def prod() -> Plan:
    return plan_of_stack("prod")


@pytest.fixture
def of_the_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command's project has the tests' stacks."""
    stacks.make_project(tmp_path, *stacks.STACKS)
    monkeypatch.setattr(preview, "ROOT", tmp_path)


def printed(plan: Plan, full: bool = False) -> str:
    out = io.StringIO()
    plan_report.print_plan(plan, [], Path("infra/aws"), Console(file=out, width=200), full)
    return out.getvalue()


def test_a_pipe_gets_plain_lines_without_wrapping(prod: Plan):
    text = printed(prod)
    assert "\x1b" not in text
    assert "…" not in text
    assert max(len(line) for line in text.splitlines()) < 160


def test_a_terminal_gets_colour(prod: Plan):
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, color_system="standard", width=200)
    plan_report.print_plan(prod, [], Path("infra/aws"), console)
    assert "\x1b[32m+" in out.getvalue()


@pytest.mark.parametrize(
    "shown",
    [
        "SIMULATION, not AWS",
        "Service backend  512 CPU units, 1024 MiB, arm64, 3-12 tasks, port 3000",
        "Instance database  PostgreSQL 17, db.r7g.large, 100-1000 GiB, Multi-AZ",
        "valkey, cache.r7g.large, 2 replicas",
        "3 zones, 3 NAT gateways",
        "Deployment of frontend (rolling) waits",
        "infra/aws/ecs-taskdef-<service>.prod.json",
    ],
)
def test_the_tree_has_a_summary_of_the_main_resources(prod: Plan, shown: str):
    assert shown in printed(prod)


def test_the_short_tree_counts_every_resource_that_the_full_one_lists(prod: Plan):
    custom = sum(resource.custom for resource in prod.resources)
    full = printed(prod, full=True)
    assert all(f" {r.name}" in full for r in prod.resources if not r.type.startswith("pulumi:"))
    created = sum(r.custom and r.operation == "create" for r in prod.resources)
    assert f"Resources: {created} to create, {custom - created} read;" in printed(prod)
    leaves = [line.split("+ ")[1].split() for line in printed(prod).splitlines() if "+ " in line]
    counted = sum(int(words[0]) if words[0].isdigit() else 1 for words in leaves)
    assert counted == sum(r.operation == "create" for r in prod.resources)


@pytest.mark.usefixtures("of_the_tests")
def test_json_holds_the_counts_and_outputs(capsys: pytest.CaptureFixture[str]):
    assert preview.main(["--stack", "prod", "--engine", "process", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["simulation"] is True
    assert content["stack"] == "prod"
    assert sum(content["counts"].values()) == len(content["resources"])
    assert content["outputs"]["services"]["backend"]


@pytest.mark.usefixtures("of_the_tests")
def test_an_unknown_stack_is_an_error_that_lists_the_stacks(
    capsys: pytest.CaptureFixture[str],
):
    assert preview.main(["--stack", "production", "--engine", "process"]) == 1
    output = capsys.readouterr()
    assert output.err == (
        "preview: Pulumi.production.yaml does not exist; stacks with a file: prod, staging\n"
    )
    assert output.out == ""


@pytest.mark.usefixtures("of_the_tests")
def test_without_the_cli_a_required_engine_is_an_error_and_a_preferred_one_a_note(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def missing(_: Path) -> engine.Cli:
        return engine.Cli(None, "Pulumi CLI 3 is not on PATH and cannot be installed: offline")

    monkeypatch.setattr(engine, "find_pulumi", missing)
    assert preview.main(["--engine", "pulumi"]) == 1
    assert capsys.readouterr().err.startswith("preview: Pulumi CLI 3 is not on PATH")
    assert preview.main(["--engine", "auto", "--json"]) == 0
    output = capsys.readouterr()
    assert output.err.rstrip().endswith("offline: previewing in process.")
    assert json.loads(output.out)["engine"] == "process"


def test_a_broken_mandatory_rule_ends_the_preview_with_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    risky = {"services.backend.environment": {"STRIPE_API_KEY": "a-value"}}
    plan = plan_of(changed(risky))

    def planned(_stack: str, _project: Path) -> Plan:
        return plan

    monkeypatch.setattr(process, "preview", planned)
    assert preview.main(["--engine", "process"]) == 1
    assert "policy task-no-plain-secret (mandatory): backend holds STRIPE_API_KEY" in (
        capsys.readouterr().out
    )


def test_a_violation_reads_as_rule_level_and_subject():
    assert str(Violation("rds-tls", "mandatory", "db", "is open")) == (
        "policy rds-tls (mandatory): db is open"
    )
