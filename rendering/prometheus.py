"""Prometheus' configuration on AWS. Source: Prometheus, "Configuration".

Tasks are found through ECS (`aws_sd_configs` with `role: ecs`, Prometheus 3.8 or newer):
docs/decisions/14-finding-tasks.md says why.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

RULES_DIR = "/etc/prometheus/rules"
POSTGRES_EXPORTER, REDIS_EXPORTER, BLACKBOX_EXPORTER = 9187, 9121, 9115
STORES = {
    "postgres-exporter": ("postgres", POSTGRES_EXPORTER),
    "redis-exporter": ("redis", REDIS_EXPORTER),
}
"""The label `job` of what an exporter in Prometheus' task measures, and the exporter's port."""
RULES: Mapping[str, Set[str]] = {
    "applications": set(),
    "backend": {"backend"},
    "capacity": set(),
    "platform": set(),
    "postgres": {"postgres"},
    "rabbitmq": {"rabbitmq"},
    "redis": {"redis"},
    "slo-backend": {"backend"},
    "slo-frontend": {"probe/frontend"},
    "slo-worker": {"worker"},
    "worker": {"backend", "worker"},
}
"""The files of monitoring/prometheus/rules, and the jobs without which each would fire for ever or
measure nothing; `probe/<target>` is a page."""


@dataclass(frozen=True)
class ScrapeArgs:
    """What to scrape.

    `ports` are the ports of /metrics by service, which is the label `job`; `exporters` the names of
    those beside Prometheus; `pages` the addresses that the blackbox exporter requests by the label
    `target`; `rules` the names of the rule files; `remote_write` one entry of Prometheus'
    `remote_write`. An agent stores no samples and evaluates no rules.
    """

    environment: str
    region: str
    cluster_arn: str
    alertmanager: str
    ports: Mapping[str, int]
    exporters: Collection[str]
    pages: Mapping[str, str]
    rules: Collection[str]
    remote_write: Mapping[str, Any] = field(default_factory=dict[str, Any])
    is_agent: bool = False


def prometheus_config(args: ScrapeArgs) -> dict[str, Any]:
    """The file as a mapping. The label `replica` distinguishes the series of replicas in remote
    storage; alerts drop it."""
    config: dict[str, Any] = {
        "global": {
            "scrape_interval": "15s",
            "evaluation_interval": "30s",
            "external_labels": {"environment": args.environment, "replica": "${HOSTNAME}"},
        },
        "scrape_configs": [
            *(_service(args, job, port) for job, port in sorted(args.ports.items())),
            *(_exporter(*STORES[name]) for name in STORES if name in args.exporters),
            *([_probe(args.pages)] if args.pages else []),
        ],
    }
    if args.remote_write:
        config["remote_write"] = [dict(args.remote_write)]
    if not args.is_agent:
        config["rule_files"] = [f"{RULES_DIR}/{name}.yml" for name in args.rules]
        config["alerting"] = _alerting(args.alertmanager)
    return config


def rules_of(jobs: Set[str]) -> list[str]:
    """The names of the rule files for a stack with these jobs."""
    return sorted(name for name, needed in RULES.items() if needed <= jobs)


def _service(args: ScrapeArgs, job: str, port: int) -> dict[str, Any]:
    """All jobs have the same discovery, which Prometheus therefore runs once."""
    discovery = {
        "role": "ecs",
        "region": args.region,
        "clusters": [args.cluster_arn],
        "refresh_interval": "30s",
    }
    return {
        "job_name": job,
        "aws_sd_configs": [discovery],
        "relabel_configs": [
            _keep("__meta_ecs_service", job),
            _keep("__meta_ecs_last_status", "RUNNING"),
            {
                "source_labels": ["__meta_ecs_ip_address"],
                "target_label": "__address__",
                "replacement": f"$1:{port}",
            },
        ],
    }


def _exporter(job: str, port: int) -> dict[str, Any]:
    """An exporter in Prometheus' task."""
    return {"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}


def _probe(pages: Mapping[str, str]) -> dict[str, Any]:
    targets = [
        {"targets": [address], "labels": {"target": target}} for target, address in pages.items()
    ]
    return {
        "job_name": "probe",
        "metrics_path": "/probe",
        "params": {"module": ["http"]},
        "static_configs": targets,
        "relabel_configs": [
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": f"127.0.0.1:{BLACKBOX_EXPORTER}"},
        ],
    }


def _alerting(alertmanager: str) -> dict[str, Any]:
    peers = {"names": [alertmanager], "type": "A", "port": 9093, "refresh_interval": "15s"}
    return {
        "alert_relabel_configs": [{"action": "labeldrop", "regex": "replica"}],
        "alertmanagers": [{"dns_sd_configs": [peers]}],
    }


def _keep(label: str, value: str) -> dict[str, Any]:
    return {"source_labels": [label], "regex": value, "action": "keep"}
