from __future__ import annotations

import contextlib
import copy
import math
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.render.rules import SLOS, as_yaml
from rendering.slo.burns import BURNS, MINUTES, budget, minutes_to_fire
from rendering.slo.models import Spec
from rendering.slo.queries import source
from rendering.slo.reading import SloError, parse, read, warnings
from rendering.slo.rules import rule_groups

FILE = Path("slo.yml")
WRITTEN: dict[str, Any] = yaml.safe_load(SLOS.read_text())
FIRST = "slos[api-availability]"
ABSENT = object()
OBJECTIVES = st.floats(min_value=0.01, max_value=99.9999)


def changed(path: str, value: object) -> dict[str, Any]:
    """slo.yml with one value changed; numbers in `path` are places in a list."""
    copied = copy.deepcopy(WRITTEN)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    holder: Any = copied
    for parent in parents:
        holder = holder[parent]
    if value is ABSENT:
        del holder[last]
    else:
        holder[last] = value
    return copied


def problems_of(written: object) -> list[str]:
    with pytest.raises(SloError) as refused:
        parse(written, FILE)
    return [f"{problem.path}: {problem.text}" for problem in refused.value.problems]


def with_objective(objective: float) -> Spec:
    return parse(changed("slos.0.objective", objective), FILE)


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("version", "prometheus/v2", "version: 'prometheus/v2' is not allowed."),
        ("slos.0.objective", 100, f"{FIRST}.objective: 100 is not allowed. Allowed: Percent"),
        ("slos.0.objective", 0, f"{FIRST}.objective: 0 is not allowed."),
        ("slos.0.objective", -3, f"{FIRST}.objective: -3 is not allowed."),
        ("slos.0.objective", "99", f"{FIRST}.objective: '99' is not allowed: write 99."),
        ("slos.0.objective", math.nan, f"{FIRST}.objective: nan is not allowed."),
        ("slos.0.objectiv", 99, f"{FIRST}.objectiv: unknown key. Did you mean objective?"),
        ("slos.0.labels.owner", "nobody", f"{FIRST}.labels.owner: 'nobody' is not allowed."),
        ("slos.0.labels.owner", ABSENT, f"{FIRST}.labels.owner: is missing."),
        ("slos.0.alerting.annotations.runbook", ABSENT, "annotations.runbook: is missing."),
        (
            "slos.0.alerting.annotations.runbook",
            "docs/runbooks/Other.md",
            "is not the alert's own. Write docs/runbooks/ApiAvailabilityBurn.md.",
        ),
        ("slos.0.alerting.name", "api_burn", "alerting.name: 'api_burn' is not allowed."),
        (
            "slos.0.sli.events.error_query",
            'sum(rate(x{job="a"}[5m]))',
            f"{FIRST}.sli.events.error_query: has no {{{{.window}}}}",
        ),
        (
            "slos.0.sli.events.total_query",
            'sum(rate(x{job="a"}[{{.window}}])',
            "total_query: is no PromQL: ( is not closed",
        ),
        ("slos.0.sli.events.total_query", "x[{{.window}}]", "selects no metric."),
        ("slos.0.sli", {}, f"{FIRST}.sli: nothing given. Give exactly one"),
        ("slos.4.alerting.labels", {"least_bad_events": 5}, "has no meaning with sli.raw"),
        ("slos.0.alerting.labels.least_bad_events", 0, "least_bad_events: 0 is not allowed."),
        ("labels", {"owner": "me"}, "labels.owner: is a label that the rules set themselves."),
        ("slos", [], "slos: a list is not allowed. Allowed: One SLO or more."),
    ],
)
def test_a_broken_file_names_the_place_the_problem_and_what_to_do(
    path: str, value: object, problem: str
):
    found = problems_of(changed(path, value))
    assert len(found) == 1
    assert problem in found[0]


def test_names_stand_once():
    assert problems_of(changed("slos.1.name", "api-availability")) == [
        f"{FIRST}.name: api-availability stands 2 times. Give each SLO a name of its own."
    ]
    twice = changed("slos.1.alerting.name", "ApiAvailabilityBurn")
    assert any("ApiAvailabilityBurn stands 2 times" in problem for problem in problems_of(twice))


def test_all_problems_are_told_at_once():
    written = changed("slos.0.objective", 100)
    written["slos"][1]["labels"]["owner"] = "me"
    written["slos"][2]["name"] = written["slos"][3]["name"]
    written["slos"][4]["sli"] = {}
    assert len(problems_of(written)) == 4


@pytest.mark.parametrize("text", ["slos: [", "- a\n- b", "", "\x00"])
def test_what_is_no_map_in_yaml_is_refused_by_name(tmp_path: Path, text: str):
    file = tmp_path / "slo.yml"
    file.write_text(text)
    with pytest.raises(SloError, match=r"slo\.yml has 1 problem; nothing was written:"):
        read(file)


def test_a_missing_file_is_refused_by_name(tmp_path: Path):
    with pytest.raises(SloError, match=r"none\.yml has 1 problem.*\n.*can't be read"):
        read(tmp_path / "none.yml")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_whatever_stands_in_a_place_is_refused_or_taken_but_never_breaks(value: object):
    for path in ("slos", "slos.0", "slos.0.sli", "slos.0.alerting", "slos.0.name", "labels"):
        with contextlib.suppress(SloError):
            parse(changed(path, value), FILE)


def test_an_objective_that_no_burn_rate_can_break_is_warned_of():
    assert list(warnings(parse(WRITTEN, FILE))) == []
    told = list(warnings(with_objective(90)))
    assert len(told) == 1
    assert "burns 10x as fast at most, so the page at 14.4x never fires" in told[0]
    assert len(list(warnings(with_objective(50)))) == 3


def test_the_promised_minutes():
    assert minutes_to_fire(99.9, 1, 14.4, 60) == pytest.approx(0.864)
    assert minutes_to_fire(99, 0.5, 14.4, 60) == pytest.approx(17.28)
    assert minutes_to_fire(99, 0.03, 3, 1440) == math.inf
    assert minutes_to_fire(99, 0.060001, 6, 360) == pytest.approx(360, rel=1e-4)


@given(OBJECTIVES, st.floats(0.0001, 1), st.floats(0.0001, 1), st.sampled_from(BURNS))
def test_more_errors_never_take_longer_and_no_alert_takes_longer_than_its_window(
    objective: float, one: float, other: float, burn: Any
):
    few, many = sorted((one, other))
    minutes = MINUTES[burn.long_window]
    slow = minutes_to_fire(objective, few, burn.rate, minutes)
    fast = minutes_to_fire(objective, many, burn.rate, minutes)
    assert fast <= slow
    assert slow == math.inf or slow <= minutes
    assert fast == math.inf or fast > 0


@settings(max_examples=20)
@given(OBJECTIVES)
def test_any_objective_renders_the_same_rules_twice(objective: float):
    first, second = (as_yaml(rule_groups(with_objective(objective))) for _ in range(2))
    assert first == second
    assert 0 < budget(objective) < 1


def test_each_slo_has_its_series_and_six_alerts():
    for group in rule_groups(parse(WRITTEN, FILE))["groups"]:
        records = {rule["record"] for rule in group["rules"] if "record" in rule}
        windows = ("5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d")
        assert {f"slo:sli_error:ratio_rate{window}" for window in windows} <= records
        assert {
            "slo:objective:ratio",
            "slo:error_budget:ratio",
            "slo:error_budget_remaining:ratio",
            "slo:current_burn_rate:ratio",
        } <= records
        alerts = [rule for rule in group["rules"] if "alert" in rule]
        assert len(alerts) == 6
        for rule in group["rules"]:
            assert {"slo", "service", "owner"} <= set(rule["labels"])


def test_the_floor_is_the_file_s():
    text = as_yaml(rule_groups(parse(changed("slos.0.alerting.labels.least_bad_events", 7), FILE)))
    assert 'rate1h{slo="api-availability"} * 3600 >= 7' in text


def test_where_a_metric_comes_from_leaves_out_what_a_quiet_target_lacks():
    query = 'sum(rate(x{job="a",route!~"/healthz",kind="b",status=~"5.."}[{{.window}}]))'
    assert source(query) == ('x{job="a",kind="b"}', 'up{job="a"}')
    assert source('max(a:b{queue="jobs"}[{{.window}}])') == ('a:b{queue="jobs"}', None)
    assert source("x[{{.window}}]") is None
