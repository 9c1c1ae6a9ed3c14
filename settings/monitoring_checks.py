"""What the monitoring section asks of the rest of the stack config."""

from __future__ import annotations

from collections.abc import Iterator

from components.monitoring.grafana import grafana_host
from components.monitoring.log_router import IMAGE as LOG_ROUTER_IMAGE
from components.monitoring.services import EXPORTERS_IMAGE, NAMES, PROMETHEUS
from settings.checks import Draft
from settings.monitoring import alerting as alerting_section
from settings.monitoring.monitoring import MonitoringSettings
from settings.problems import Problem, nearest
from settings.service import fargate

MODE = "monitoring.mode"


def alerting(draft: Draft) -> Iterator[Problem]:
    monitoring = draft.monitoring
    if monitoring is None:
        return
    if monitoring.alerting is None:
        if monitoring.mode != "off":
            text = f"is missing: with mode {monitoring.mode} someone has to be told of alerts."
            yield Problem("monitoring.alerting", text)
        return
    prefix = "monitoring.alerting."
    yield from alerting_section.problems(monitoring.alerting, on_aws=True, prefix=prefix)
    if monitoring.mode == "managed":
        for name, receiver in monitoring.alerting.receivers.items():
            if receiver.kinds != ("sns",):
                text = "Amazon Managed Prometheus tells people by SNS alone: write {sns: true}."
                yield Problem(f"{prefix}receivers.{name}", text)


def alerting_names(draft: Draft) -> Iterator[Problem]:
    """Unknown names, told also while the section has other problems."""
    section = draft.raw.get("monitoring")
    written = section.get("alerting") if isinstance(section, dict) else None
    if draft.monitoring is None and isinstance(written, dict):
        for problem in alerting_section.reference_problems(written):
            yield Problem(f"monitoring.alerting.{problem.path}", problem.text)


def known_secrets(draft: Draft) -> Iterator[Problem]:
    known = draft.written("secrets")
    for path, name in _secrets(draft.monitoring):
        if name not in known:
            hint = nearest(name, known)
            yield Problem(path, f"{name} is not under plataforma:secrets.{hint}")


def _secrets(monitoring: MonitoringSettings | None) -> Iterator[tuple[str, str]]:
    if monitoring is None or monitoring.mode == "off":
        return
    if monitoring.alerting:
        for name in sorted(alerting_section.secret_names(monitoring.alerting)):
            yield "monitoring.alerting.receivers", name
    write = monitoring.prometheus.remote_write
    if write and write.password:
        yield "monitoring.prometheus.remoteWrite.password", write.password
    if monitoring.mode == "self-hosted":
        yield "monitoring.grafana.adminPassword", monitoring.grafana.admin_password
        if monitoring.grafana.sign_in:
            yield "monitoring.grafana.signIn.clientSecret", monitoring.grafana.sign_in.client_secret


def remote_write(draft: Draft) -> Iterator[Problem]:
    write = draft.monitoring.prometheus.remote_write if draft.monitoring else None
    if write is None:
        return
    path = "monitoring.prometheus.remoteWrite"
    if (write.username is None) != (write.password is None):
        yield Problem(path, "username and password go together: give both, or neither.")
    if write.to == "amp" and write.username:
        yield Problem(path, "amp is signed by the task's role: leave username and password out.")


def prometheus_size(draft: Draft) -> Iterator[Problem]:
    if draft.monitoring is None:
        return
    size = draft.monitoring.prometheus
    if size.memory not in fargate.MEMORY_MIB_BY_CPU[size.cpu]:
        allowed = fargate.memory_range(size.cpu)
        text = f"{size.memory} MiB does not go with cpu {size.cpu}. Allowed: {allowed}."
        yield Problem("monitoring.prometheus.memory", text)


def log_drivers(draft: Draft) -> Iterator[Problem]:
    """Log routers need a Loki, and one image serves them all."""
    routed = {n: s for n, s in draft.services.items() if s.log_driver == "awsfirelens"}
    first = next(iter(routed.values()), None)
    for name, service in routed.items():
        path = f"services.{name}.logDriver"
        if draft.monitoring and draft.monitoring.mode != "self-hosted":
            text = f"awsfirelens ships to Loki, and {MODE} is {draft.monitoring.mode}."
            yield Problem(path, f"{text} Use awslogs, or self-hosted.")
        if first and service.architecture != first.architecture:
            text = "the log router's image is built once: all services with awsfirelens need the"
            yield Problem(path, f"{text} same architecture.")


def images_have_digests(draft: Draft) -> Iterator[Problem]:
    if draft.images is None or not draft.images.digests or draft.monitoring is None:
        return
    needed = {
        "self-hosted": [*NAMES, EXPORTERS_IMAGE],
        "managed": [PROMETHEUS, EXPORTERS_IMAGE],
        "off": [],
    }[draft.monitoring.mode]
    if any(service.log_driver == "awsfirelens" for service in draft.services.values()):
        needed.append(LOG_ROUTER_IMAGE)
    for image in needed:
        if image not in draft.images.digests:
            yield Problem("images.digests", f"has no entry for image {image} of the monitoring.")


def grafana_host_is_free(draft: Draft) -> Iterator[Problem]:
    if draft.monitoring is None or draft.domain is None or draft.monitoring.mode != "self-hosted":
        return
    host = grafana_host(draft.monitoring, draft.domain)
    taken = {draft.domain: "the domain of the application"}
    for name, service in draft.services.items():
        taken |= dict.fromkeys(service.route.hosts if service.route else (), f"service {name}")
    if host in taken:
        yield Problem("monitoring.grafana.host", f"{host} is taken by {taken[host]}.")


CHECKS = (
    alerting,
    alerting_names,
    known_secrets,
    remote_write,
    prometheus_size,
    log_drivers,
    images_have_digests,
    grafana_host_is_free,
)
