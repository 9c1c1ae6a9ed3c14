from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands.render import rules
from commands.render.rules import RulesError, rendered
from rendering.slo.reading import SloError
from rendering.yaml_text import as_yaml
from settings.project import ROOT
from tests.rendering.rule_mutations import mutants
from tests.rendering.slo_cases.files import files
from tests.support.programs import program

FILES = sorted((ROOT / "monitoring/prometheus/rules").glob("*.yml"))
TESTS = sorted((ROOT / "monitoring/prometheus/tests").glob("*.yml"))
SLO_TESTS = files()
# Prometheus in the compose tests is Debian's, of version 2; on AWS it is of version 3.
PROMTOOLS = [
    pytest.param(name, marks=pytest.mark.needs(name)) for name in ("promtool", "promtool3")
]
SEVERITIES = ("page", "ticket", "none")
OWNERS = ("backend", "worker", "frontend", "platform")
ALERTS: list[dict[str, Any]] = [
    rule
    for file in FILES
    for group in yaml.safe_load(file.read_text())["groups"]
    for rule in group["rules"]
    if "alert" in rule
]


@pytest.fixture(params=PROMTOOLS)
def promtool(request: pytest.FixtureRequest) -> str:
    return program(request.param)


def run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_files_are_what_the_data_says():
    stale = [path.name for path, text in rendered().items() if path.read_text() != text]
    assert stale == [], "run `make rules`"


def test_prometheus_takes_the_rules(promtool: str):
    run(promtool, "check", "rules", "--lint=all", "--lint-fatal", *FILES)


@pytest.mark.parametrize("file", TESTS, ids=lambda path: path.stem)
def test_the_rules_do_what_their_unit_tests_say(promtool: str, file: Path):
    run(promtool, "test", "rules", file)


@pytest.mark.parametrize("name", SLO_TESTS)
def test_the_slo_rules_do_what_their_unit_tests_say(promtool: str, name: str, tmp_path: Path):
    """An SLO's tests get that SLO's group alone: all six would take minutes."""
    parsed = [yaml.safe_load(path.read_text()) for path in rules.slo_rules()]
    groups = [group for content in parsed for group in content["groups"]]
    own = [g for g in groups if re.fullmatch(f"{g['name']}(-absent|-budget)?", name)]
    assert len(own) == 1
    for path, content in (("rules/slo.yml", {"groups": own}), ("tests/slo.yml", SLO_TESTS[name])):
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text(as_yaml(content))
    run(promtool, "test", "rules", tmp_path / "tests/slo.yml")


def test_every_alert_has_a_unit_test_that_fires_and_one_that_does_not():
    seen: set[tuple[str, bool]] = set()
    contents = [yaml.safe_load(file.read_text()) for file in TESTS]
    for content in (*contents, *SLO_TESTS.values()):
        for test in content["tests"]:
            for check in test.get("promql_expr_test", ()):
                fires = bool(check["exp_samples"]) and check["exp_samples"][0]["value"] != 0
                names = re.findall(r'alertname="(\w+)"', check["expr"])
                seen |= {(name, fires) for name in names}
    names = {alert["alert"] for alert in ALERTS} - {"Watchdog"}
    assert {(name, fires) for name in names for fires in (True, False)} <= seen


@pytest.mark.parametrize("alert", ALERTS, ids=lambda a: f"{a['alert']}-{a['labels']['owner']}")
def test_an_alert_says_whom_it_concerns_and_where_to_look(alert: dict[str, Any]):
    assert alert["labels"]["severity"] in SEVERITIES
    assert alert["labels"]["owner"] in OWNERS
    assert set(alert["annotations"]) == {"summary", "description", "runbook", "dashboard"}
    assert re.match(r"/d/(overview|service|queue|data|cost)\b", alert["annotations"]["dashboard"])
    assert "\n" not in alert["annotations"]["summary"]


def test_the_problems_of_all_sources_are_told_at_once_and_nothing_is_rendered():
    def refuses(name: str) -> rules.Renderer:
        def renderer() -> dict[Path, str]:
            raise SloError(Path(name), [])

        return renderer

    with pytest.raises(RulesError, match=r"one\.yml[\s\S]*two\.yml"):
        rendered((refuses("one.yml"), lambda: {Path("x"): ""}, refuses("two.yml")))


def test_nothing_is_written_when_a_source_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    broken = tmp_path / "slo.yml"
    broken.write_text(rules.SLOS.read_text().replace("objective: 99.9", "objective: 100", 1))
    target = tmp_path / "rules.yml"
    monkeypatch.setattr(rules, "SLOS", broken)
    monkeypatch.setattr(rules, "RENDERERS", (rules.slo_rules, lambda: {target: "written"}))
    assert rules.main() == 1
    assert "slos[api-availability].objective: 100 is not allowed" in capsys.readouterr().err
    assert not target.exists()


def test_each_alteration_of_a_rule_differs_from_the_rule():
    """The mutation check would else count what it never altered."""
    originals = {
        (file.stem, group["name"]): group["rules"]
        for file in FILES
        for group in yaml.safe_load(file.read_text())["groups"]
    }
    tried = list(mutants(every_slo=False))
    assert {m.file for m in tried} == {file.stem for file in FILES}
    assert [m.what for m in tried if list(m.rules) == originals[m.file, m.group]] == []
