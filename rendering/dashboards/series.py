"""The series that exist: of the applications' own definitions, of Node, exporters and rules."""

from __future__ import annotations

import re
from functools import cache

import yaml

from settings.project import ROOT

APPLICATIONS = ("api/src/observability/metrics.ts", "worker/src/observability/metrics.ts")
RULES = ROOT / "monitoring/prometheus/rules"
DEFINITION = re.compile(r"new (Histogram|Counter|Gauge)\(\{\s*name: '(\w+)'")
# Of functions that make several gauges alike: queueGauge('queue_depth', ...).
GAUGE = re.compile(r"\b(?:\w+G|g)auge\(\s*'(\w+)'")
HISTOGRAM_ENDS = ("_bucket", "_sum", "_count")

# From Prometheus itself, for each target or rule.
BUILT_IN = "up scrape_samples_post_metric_relabeling ALERTS ALERTS_FOR_STATE"
# prom-client's default metrics.
NODE = """
    process_cpu_seconds_total process_resident_memory_bytes process_start_time_seconds
    process_open_fds process_max_fds
    nodejs_eventloop_lag_p99_seconds nodejs_heap_size_used_bytes nodejs_heap_size_total_bytes
    nodejs_gc_duration_seconds_sum
"""
NGINX = "nginx_connections"
# Both of the oldest exporter in use here (Debian 12's) and of the newest.
EXPORTERS = """
    pg_up pg_stat_activity_count pg_stat_activity_max_tx_duration
    pg_settings_max_connections pg_database_size_bytes
    pg_stat_database_xact_commit pg_stat_database_xact_rollback
    pg_stat_database_blks_hit pg_stat_database_blks_read
    pg_stat_database_deadlocks pg_locks_count
    pg_stat_database_tup_returned pg_stat_database_tup_fetched pg_stat_database_tup_inserted
    pg_stat_database_tup_updated pg_stat_database_tup_deleted
    redis_up redis_memory_used_bytes redis_memory_max_bytes redis_evicted_keys_total
    redis_commands_processed_total redis_commands_total redis_commands_duration_seconds_total
    redis_connected_clients redis_blocked_clients
    rabbitmq_queue_messages_ready rabbitmq_queue_messages_unacked
    rabbitmq_global_messages_received_total rabbitmq_global_messages_delivered_total
    rabbitmq_connections rabbitmq_consumers rabbitmq_detailed_queue_messages
    rabbitmq_process_resident_memory_bytes rabbitmq_resident_memory_limit_bytes
    rabbitmq_disk_space_available_bytes rabbitmq_disk_space_available_limit_bytes
    probe_success probe_duration_seconds
    prometheus_tsdb_head_series prometheus_tsdb_head_samples_appended_total
"""

STRING = r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`[^`]*`"
BY_NAME = re.compile(r"__name__\s*=~?\s*\"([^\"]+)\"")
MATCHERS = re.compile(rf"\{{(?:{STRING}|[^{{}}\"'`])*\}}")
NO_METRIC = re.compile(
    rf"{STRING}|\[[^\]]*\]|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)"
)
NAME = re.compile(r"(?<![\w.:])[A-Za-z_:][\w:]*(?![\w:]*\s*\()")
WORDS = {"and", "or", "unless", "bool", "offset", "by", "on", "without", "ignoring"} | {
    "group_left",
    "group_right",
}


@cache
def known_series() -> frozenset[str]:
    """Names that a query may use."""
    lists = " ".join((BUILT_IN, NODE, NGINX, EXPORTERS)).split()
    return frozenset(lists) | _applications() | _recorded()


def series_of(expr: str) -> set[str]:
    """Names of the series that a PromQL expression uses."""
    named = {name for names in BY_NAME.findall(expr) for name in names.split("|")}
    bare = NO_METRIC.sub(" ", MATCHERS.sub(" ", expr))
    return named | (set(NAME.findall(bare)) - WORDS)


def _applications() -> frozenset[str]:
    names: set[str] = set()
    for file in APPLICATIONS:
        text = (ROOT / file).read_text()
        names.update(GAUGE.findall(text))
        for kind, name in DEFINITION.findall(text):
            names.update(name + end for end in (HISTOGRAM_ENDS if kind == "Histogram" else ("",)))
    return frozenset(names)


def _recorded() -> frozenset[str]:
    """Series that recording rules create."""
    documents = [yaml.safe_load(path.read_text()) for path in sorted(RULES.glob("*.yml"))]
    rules = [
        rule for document in documents for group in document["groups"] for rule in group["rules"]
    ]
    return frozenset(rule["record"] for rule in rules if "record" in rule)
