"""The variables of dashboards, and what every dashboard has."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard as models

from rendering.dashboards import sources

DASHBOARDS = {
    "overview": "Platform overview",
    "service": "Service",
    "queue": "Queue",
    "data": "Data stores",
    "cost": "Cost drivers",
}
# The host part of names on AWS: <project>-<environment>.
PLATFORM = "plataforma-$environment"
STARTED = 'time() - max by (service) (process_start_time_seconds{job=~"backend|worker"}) < 90'
DEPLOYED = (
    '{service="backend"} |= "migrations applied" | json'
    ' | line_format "{{.service}} {{.version}}: migrations applied"'
)
NOT_LATELY = "nothing has started or been deployed in the time shown"


def board(uid: str, description: str) -> builders.Dashboard:
    """A dashboard of the platform: title, time, links to the others, deployment annotations."""
    dashboard = (
        builders.Dashboard(DASHBOARDS[uid])
        .uid(uid)
        .description(description)
        .tags(["plataforma"])
        .timezone("browser")
        .time("now-6h", "now")
        .refresh("30s")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .readonly()
        .link(
            builders.DashboardLink("Dashboards")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags(["plataforma"])
            .as_dropdown(True)
            .keep_time(True)
        )
    )
    for mark in _marks():
        dashboard.annotation(mark)
    return dashboard


def _marks() -> list[builders.AnnotationQuery]:
    """A deployment runs the migrations once; a start may also be a restart or an added task."""
    return [
        builders.AnnotationQuery()
        .name("Deployments")
        .datasource(sources.LOKI)
        .enable(True)
        .icon_color("purple")
        .expr(DEPLOYED),
        builders.AnnotationQuery()
        .name("Starts of processes")
        .datasource(sources.PROMETHEUS)
        .enable(True)
        .icon_color("blue")
        .expr(STARTED),
    ]


def of_label(name: str, label: str, series: str, selected: str) -> builders.QueryVariable:
    """The values of a label in Prometheus."""
    return (
        builders.QueryVariable(name)
        .label(name.capitalize())
        .datasource(sources.PROMETHEUS)
        .query(f"label_values({series}, {label})")
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .current(models.VariableOption(text=selected, value=selected))
    )


def environment() -> builders.QueryVariable:
    """The environments that have logs; names on AWS contain it."""
    query: dict[str, object] = {
        "label": "environment",
        "refId": "environment",
        "stream": "",
        "type": 1,
    }
    return (
        builders.QueryVariable("environment")
        .label("Environment")
        .datasource(sources.LOKI)
        .query(query)
        .refresh(models.VariableRefresh.ON_DASHBOARD_LOAD)
        .current(models.VariableOption(text="local", value="local"))
    )


def written(name: str, label: str, default: str, description: str = "") -> builders.TextBoxVariable:
    """A text that the reader may change."""
    return (
        builders.TextBoxVariable(name)
        .label(label)
        .description(description)
        .default_value(default)
        .current(models.VariableOption(text=default, value=default))
    )
