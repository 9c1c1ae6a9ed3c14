"""Prometheus' configuration on AWS, from what the stack runs. Source: Prometheus, "Configuration".

Tasks are found through ECS itself (`aws_sd_configs` with `role: ecs`, Prometheus 3.8 or newer):
docs/decisions/14-finding-tasks.md says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

RULE_FILES = "/etc/prometheus/rules/*.yml"
POSTGRES_EXPORTER, REDIS_EXPORTER, BLACKBOX_EXPORTER = 9187, 9121, 9115


@dataclass(frozen=True)
class ScrapeArgs:
    """What to ask for metrics.

    `ports` is the port of /metrics by service name, which becomes the label `job`; `pages` the
    addresses to try from outside by the label `target`; `remote_write` one entry of Prometheus'
    `remote_write`; `keeps` is false for an agent, which stores nothing and knows no rules.
    """

    environment: str
    region: str
    cluster_arn: str
    alertmanager: str
    ports: Mapping[str, int]
    pages: Mapping[str, str]
    remote_write: Mapping[str, Any] = field(default_factory=dict[str, Any])
    keeps: bool = True


def prometheus_config(args: ScrapeArgs) -> dict[str, Any]:
    """The file as a mapping. Each replica is told apart by its host name, which a label that no
    alert keeps carries to remote storage."""
    config: dict[str, Any] = {
        "global": {
            "scrape_interval": "15s",
            "evaluation_interval": "30s",
            "external_labels": {"environment": args.environment, "replica": "${HOSTNAME}"},
        },
        "scrape_configs": [
            *(_service(args, job, port) for job, port in sorted(args.ports.items())),
            _beside("postgres", POSTGRES_EXPORTER),
            _beside("redis", REDIS_EXPORTER),
            _probe(args.pages),
        ],
    }
    if args.remote_write:
        config["remote_write"] = [dict(args.remote_write)]
    if args.keeps:
        config["rule_files"] = [RULE_FILES]
        config["alerting"] = _alerting(args.alertmanager)
    return config


def _service(args: ScrapeArgs, job: str, port: int) -> dict[str, Any]:
    """All jobs ask ECS the same question, and so Prometheus asks it once for all of them."""
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


def _beside(job: str, port: int) -> dict[str, Any]:
    """An exporter in Prometheus' own task."""
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
