"""The dashboards: rendered, sound, and asking for series that exist."""

from __future__ import annotations

import json
import math
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands.render import dashboards as command
from components.service.scaling import BACKLOG_PER_TASK
from rendering.dashboards import problems, series
from rendering.dashboards.names import LABELS, MOST
from rendering.dashboards.pictures import drawing
from rendering.dashboards.pictures.cards import in_order, now
from rendering.dashboards.pictures.drawing import View
from rendering.dashboards.pictures.graphs import TooManyNamesError, limit_lines, pieces
from rendering.dashboards.pictures.readings import LogLine, Series, Sources, Span
from rendering.dashboards.pictures.style import nth_shade, word
from rendering.dashboards.pictures.units import written
from rendering.dashboards.queries import Query, defaults, queries, substituted
from rendering.dashboards.rendered import boards
from settings.project import ROOT
from tests.support.programs import program

PROVISIONED = ROOT / "monitoring/grafana/provisioning"
DRAWN = ROOT / "docs/dashboards"
PICTURE_LIMIT = 300_000


def of_source(uid: str) -> list[Query]:
    return [query for query in queries() if query.source == uid]


def test_rendered_files_are_those_of_the_code() -> None:
    files = {path: path.read_text() for path in command.FOLDER.glob("*")}
    assert files == command.rendered(), "run `make dashboards`"


def test_nothing_is_wrong() -> None:
    assert problems.problems() == []


@pytest.mark.needs("promtool")
def test_prometheus_parses_every_query(tmp_path: Path) -> None:
    rules = [
        {"record": f"query:{number}", "expr": query.expr}
        for number, query in enumerate(of_source("prometheus"))
    ]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboards", "rules": rules}]}))
    checked = subprocess.run(
        [program("promtool"), "check", "rules", file], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.needs("logcli")
def test_loki_parses_every_query() -> None:
    for query in of_source("loki"):
        # Without a server logcli parses all LogQL, but runs only what selects lines.
        run = subprocess.run(
            [program("logcli"), "query", "--stdin", query.expr],
            input="",
            capture_output=True,
            text=True,
        )
        assert "parse error" not in run.stderr, f"{query}: {run.stderr}"


def test_queries_have_no_variable_left_and_take_given_values() -> None:
    for query in queries():
        assert not re.search(r"\$[A-Za-z_{](?!\d)", query.expr), query
    chosen = {query.expr for query in queries({"service": "worker", "environment": "prod"})}
    assert any('service="worker"' in expr for expr in chosen)
    assert any("plataforma-prod" in expr for expr in chosen)
    assert not any('service="$service"' in expr or "-local" in expr for expr in chosen)


def test_only_what_trouble_or_time_makes_may_be_empty() -> None:
    marked = {query.panel for query in queries() if query.may_be_empty}
    assert marked == {
        "Alerts that fire",
        "What does not answer",
        "Warnings and errors in the logs",
        "Warnings and errors of $service",
        "One request through all services",
        "Errors by route",
        "Answers by status",
        "In hand",
        "Log bytes by service",
        "Jobs that failed",
        "marks: Deployments",
        "marks: Starts of processes",
    }


def test_a_query_is_split_into_the_series_it_asks_for() -> None:
    expr = (
        'sum by (le, kind) (rate(a_total{x="} b_total"}[5m])) / on (slo) group_left (c) max(d:e)'
        ' or {__name__=~"f|g", h="i"} > 1.5e6 or vector(0)'
    )
    assert series.series_of(expr) == {"a_total", "d:e", "f", "g"}


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("api/src/observability/metrics.ts", "http_request_duration_seconds"),
        ("api/src/observability/metrics.ts", "outbox_rows"),
        ("worker/src/observability/metrics.ts", "job_wait_seconds"),
    ],
)
def test_a_renamed_metric_of_an_application_is_noticed(
    file: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for original in series.APPLICATIONS:
        copied = tmp_path / original
        copied.parent.mkdir(parents=True)
        text = (ROOT / original).read_text()
        copied.write_text(text.replace(f"'{name}'", "'renamed'") if original == file else text)
    monkeypatch.setattr(series, "ROOT", tmp_path)
    series.known_series.cache_clear()
    try:
        found = problems.problems()
    finally:
        series.known_series.cache_clear()
    assert found
    assert all(name in problem for problem in found)


def test_nothing_is_rendered_while_something_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "problems", lambda: ["one: is wrong", "two: is too"])
    monkeypatch.setattr(command, "FOLDER", tmp_path)
    assert command.main() == 1
    assert list(tmp_path.iterdir()) == []
    assert "one: is wrong\n  two: is too" in capsys.readouterr().err


def test_a_file_that_is_no_dashboard_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "FOLDER", tmp_path)
    (tmp_path / "old.json").write_text("{}")
    monkeypatch.setattr(command, "problems", list)
    assert command.main() == 0
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(b.uid or "" for b in boards())


def provisioned() -> list[dict[str, Any]]:
    (file,) = (PROVISIONED / "datasources").glob("*.yml")
    return yaml.safe_load(file.read_text())["datasources"]


def test_the_data_sources_of_the_dashboards_are_provisioned() -> None:
    uids = {source["uid"] for source in provisioned()}
    assert uids == problems.SOURCES
    assert {query.source for query in queries()} <= uids


def test_ids_in_a_line_of_the_log_are_links() -> None:
    line = json.dumps(
        {"msg": "request", "requestId": "1e26aaf8-2571-4f4a", "traceId": "30a12339" * 4},
        separators=(",", ":"),
    )
    (loki,) = (source for source in provisioned() if source["uid"] == "loki")
    found = {
        field["name"]: match[1]
        for field in loki["jsonData"]["derivedFields"]
        if (match := re.search(field["matcherRegex"], line))
    }
    assert found == {"requestId": "1e26aaf8-2571-4f4a", "traceId": "30a12339" * 4}


class Canned(Sources):
    """Two points or two lines for each query."""

    def read(self, source: str, expr: str, legend: str, span: Span) -> list[Any]:
        if source == "loki" and expr.startswith("{"):
            return [LogLine(span.start, {"level": level}, "text") for level in ("info", "error")]
        times = (span.start, span.end)
        return [Series(legend, {"slo": "x"}, times, values) for values in ((0.0, 1e6), (0.1, 0.2))]


@pytest.mark.parametrize("sources", [Sources(), Canned()], ids=["no data", "data"])
def test_every_dashboard_can_be_drawn(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "DPI", 30)
    for board, text in zip(boards(), texts(), strict=True):
        view = View(defaults(board), sources, Span(1.8e9, 1.8e9 + 3600, 60))
        assert drawing.picture(json.loads(text), view).startswith(b"\x89PNG")


def test_a_line_is_broken_where_a_value_is_missing() -> None:
    line = Series("a", {}, (0, 60, 120, 600, 660, 720), (1.0, 2.0, 3.0, 4.0, float("nan"), 5.0))
    assert [[value for _, value in piece] for piece in pieces(line, 60)] == [[1, 2, 3], [4], [5]]


def test_a_number_of_now_is_none_where_its_series_has_ended() -> None:
    span = Span(0, 600, 60)
    assert now(Series("a", {}, (540.0, 600.0), (1.0, 2.0)), span) == 2
    assert math.isnan(now(Series("a", {}, (0.0, 300.0), (1.0, 2.0)), span))


class Many(Sources):
    """A name too many for each graph."""

    def read(self, source: str, expr: str, legend: str, span: Span) -> list[Any]:
        name = f"{source} {expr} {legend}"
        return [Series(f"{name} {n}", {}, (span.start,), (1.0,)) for n in range(MOST + 1)]


def test_no_name_is_left_out_of_a_picture() -> None:
    (queue,) = (json.loads(text) for text in texts() if '"uid": "queue"' in text)
    with pytest.raises(TooManyNamesError, match="Waiting and in hand: 26 names"):
        drawing.picture(queue, View({}, Many(), Span(1.8e9, 1.8e9 + 3600, 60)))


def test_the_backlog_on_aws_is_the_one_that_the_autoscaler_tracks() -> None:
    expressions = {query.expr for query in queries() if query.dashboard == "queue"}
    assert BACKLOG_PER_TASK in expressions


def test_values_are_written_with_their_units() -> None:
    assert [
        written(1521, "suffix:jobs"),
        written(-3.3, "currencyUSD"),
        written(19.779, "percentunit", 0),
        written(0.9985, "percentunit"),
        written(3.15e8, "s"),
    ] == ["1.52 K jobs", "-$3.30", "1,978 %", "99.85 %", "9.99 years"]


def test_a_word_is_that_of_the_first_range_which_has_the_value_or_ends_there() -> None:
    low, high = ({"from": 0, "to": 1}, "No"), ({"from": 1, "to": None}, "Yes")
    ranges = [{"options": {**ends, "result": {"text": text}}} for ends, text in (low, high)]
    assert [word(value, ranges) for value in (0, 1, 1.1)] == ["No", "No", "Yes"]
    assert [word(value, ranges[::-1]) for value in (0, 1, -1)] == ["No", "Yes", None]


def test_a_picture_has_the_rows_in_the_order_of_all_columns_to_sort_by() -> None:
    by = [{"displayName": "Severity"}, {"displayName": "For", "desc": True}]
    rows = [("ticket", 9.0), ("page", 1.0), ("page", 2.0)]
    found = [{"severity": severity, "Value": value} for severity, value in rows]
    columns = {"severity": "Severity", "Value": "For"}
    ordered = in_order(found, {"options": {"sortBy": by}}, columns)
    assert [tuple(row.values()) for row in ordered] == [
        ("page", 2.0),
        ("page", 1.0),
        ("ticket", 9.0),
    ]


def test_an_alert_that_fires_leads_to_its_runbook() -> None:
    text = next(texts())
    (link,) = re.findall(r'"url": "(\S+)\$\{__value.raw\}(\S+)"', text)
    assert link[0].endswith("/docs/runbooks/")
    assert link[1] == ".md"


def test_a_name_has_one_colour_in_all_panels_and_its_tasks_and_logs_have_it_too() -> None:
    chosen: dict[str, set[str]] = {}
    for board in (json.loads(text) for text in texts()):
        for panel in (p for p in board["panels"] if p["type"] == "timeseries"):
            for override in panel["fieldConfig"]["overrides"]:
                name = override["matcher"]["options"].rpartition(": ")[2]
                (color,) = (p["value"] for p in override["properties"] if p["id"] == "color")
                chosen.setdefault(name, set()).add(color["fixedColor"])
    labels = {name for label in ("service", "route", "kind", "resource") for name in LABELS[label]}
    assert {name: chosen[name] for name in labels if len(chosen[name]) > 1} == {}


def test_a_limit_has_the_colour_of_what_lies_beyond_it() -> None:
    def drawn(*colors: str) -> list[tuple[float, str]]:
        return limit_lines([{"value": n, "color": color} for n, color in enumerate(colors)])

    assert drawn("transparent", "orange", "red") == [(1, "orange"), (2, "red")]
    assert drawn("red", "orange", "transparent") == [(1, "red"), (2, "orange")]


def test_shades_are_those_of_grafana() -> None:
    # What tinycolor2 1.6 says.
    shades = [nth_shade("#4f7cac", number) for number in (0, 1, 2, 9, 10, 11)]
    assert shades == ["#4f7cac", "#5e88bb", "#467098", "#99b9f6", "#203846", "#4f7cac"]


def test_every_dashboard_has_a_picture_of_moderate_size() -> None:
    sizes = {path.stem: path.stat().st_size for path in DRAWN.glob("*.png")}
    assert set(sizes) == {board.uid for board in boards()}
    assert max(sizes.values()) < PICTURE_LIMIT, sizes


def texts() -> Iterator[str]:
    rendered = command.rendered()
    return (rendered[command.FOLDER / f"{board.uid}.json"] for board in boards())


def test_a_name_without_a_value_stays() -> None:
    assert substituted("$a ${b} $c ${1}xx", {"a": "1", "b": "2"}) == "1 2 $c ${1}xx"
