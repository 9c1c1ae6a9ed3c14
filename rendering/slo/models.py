"""monitoring/slo.yml as typed models: Sloth's `prometheus/v1`, the part of it that we use.

All models are strict and closed: a key that is not defined here is an error, even if Sloth knows
it (plugins, `disable`). One value is ours: `alerting.labels.least_bad_events`, the least number of
bad events in a rule's long window for it to fire, so that one failed request on a quiet night
notifies nobody, and a quiet service that fails still does. Sloth takes it for a label of the
alerts, which is harmless; our rules do not have it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from rendering.slo.queries import has_window, unbalanced

OWNERS = ("backend", "worker", "frontend", "platform")


class Part(BaseModel):
    """A part of slo.yml: immutable, strict about types, closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _query(text: str) -> str:
    if not has_window(text):
        raise ValueError("has no {{.window}}: write it where the range stands, as in rate(x[...])")
    if wrong := unbalanced(text):
        raise ValueError(f"is no PromQL: {wrong}")
    return text


Query = Annotated[
    str,
    AfterValidator(_query),
    Field(description="PromQL with {{.window}} where the range stands."),
]
Text = Annotated[
    str, Field(pattern=r"\S", description="One sentence in plain words.", max_length=300)
]
Name = Annotated[
    str,
    Field(
        pattern=r"^[a-z](-?[a-z0-9])*$",
        max_length=60,
        description="Lower-case letters, digits and single hyphens, a letter first.",
    ),
]


class Labels(Part):
    """Labels of an SLO's series: owner."""

    owner: Literal["backend", "worker", "frontend", "platform"] = Field(
        description="Who is notified: backend, worker, frontend or platform."
    )


class Events(Part):
    """An SLI by events: bad events and all events, each a rate over {{.window}}."""

    error_query: Query = Field(description="PromQL of bad events per second, with {{.window}}.")
    total_query: Query = Field(description="PromQL of all events per second, with {{.window}}.")


class Raw(Part):
    """An SLI by time: the error ratio (0 to 1) over {{.window}} in one query."""

    error_ratio_query: Query = Field(description="PromQL of the error ratio, with {{.window}}.")


class Sli(Part):
    """How the SLI is measured: exactly one of events and raw."""

    events: Events | None = Field(default=None, description="error_query and total_query.")
    raw: Raw | None = Field(default=None, description="error_ratio_query.")


class PageLabels(Part):
    """severity: page."""

    severity: Literal["page"] = Field(description="page.")


class TicketLabels(Part):
    """severity: ticket."""

    severity: Literal["ticket"] = Field(description="ticket.")


class PageAlert(Part):
    """Labels of the two fast burns' alerts."""

    labels: PageLabels = Field(default=PageLabels(severity="page"), description="severity: page.")


class TicketAlert(Part):
    """Labels of the two slow burns' alerts."""

    labels: TicketLabels = Field(
        default=TicketLabels(severity="ticket"), description="severity: ticket."
    )


class AlertLabels(Part):
    """The threshold between a quiet service's failure and one failed request."""

    least_bad_events: int = Field(
        default=5,
        ge=1,
        le=100_000,
        description="Bad events in the long window, 1 or more; only where the SLI counts events.",
    )


class Annotations(Part):
    """The texts and links of an alert."""

    description: Text = Field(description="What it means to users, in one sentence.")
    runbook: str = Field(
        pattern=r"^docs/runbooks/[A-Za-z0-9]+\.md$",
        description="docs/runbooks/<name of the alert>.md.",
    )
    dashboard: str = Field(
        pattern=r"^/d/[a-z]+(\?\S+)?$",
        description="A dashboard's path, as /d/overview or /d/service?var-service=backend.",
    )


class Alerting(Part):
    """The alert of an SLO: its name, annotations, and labels."""

    name: str = Field(
        pattern=r"^[A-Z][a-z0-9]+([A-Z][a-z0-9]+)*$",
        description="CamelCase, as ApiAvailabilityBurn.",
    )
    labels: AlertLabels = Field(default=AlertLabels(), description="least_bad_events.")
    annotations: Annotations = Field(description="description, runbook and dashboard.")
    page_alert: PageAlert = Field(default=PageAlert(), description="labels.")
    ticket_alert: TicketAlert = Field(default=TicketAlert(), description="labels.")


class Slo(Part):
    """One objective over 30 days."""

    name: Name = Field(description="Lower-case letters, digits and single hyphens.")
    objective: float = Field(
        gt=0,
        lt=100,
        allow_inf_nan=False,
        description="Percent, above 0 and below 100: 100 would leave no error budget to spend.",
    )
    description: Text = Field(description="What is counted as good, in one sentence.")
    labels: Labels = Field(description="owner.")
    sli: Sli = Field(description="events or raw.")
    alerting: Alerting = Field(description="The alert's name, annotations and labels.")


class Spec(Part):
    """The whole file: version, service, labels, slos."""

    version: Literal["prometheus/v1"] = Field(description="prometheus/v1.")
    service: Name = Field(description="The label `service` of all series made from this file.")
    labels: dict[
        Annotated[str, Field(pattern=r"^[a-z_]+$", description="Lower-case letters and _.")],
        Annotated[str, Field(description="A string.")],
    ] = Field(default_factory=dict, description="Further labels of all series: name to string.")
    slos: list[Slo] = Field(min_length=1, description="One SLO or more.")
