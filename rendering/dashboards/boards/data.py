"""PostgreSQL, Redis and the broker: do they answer, and how full are they?"""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard

from rendering.dashboards.boards import data_on_aws
from rendering.dashboards.many import largest
from rendering.dashboards.names import CLEAR, GREEN, ORANGE, RED, YELLOW
from rendering.dashboards.panels import AnyPanel, Column, NoLimit, graph, rows
from rendering.dashboards.targets import Prom
from rendering.dashboards.variables import board, environment

RATE, RANGE = "[$__rate_interval]", "[$__range] @ end()"
DAY = 86400
# From when on a time means that nothing grows; and two that no estimate reaches.
YEARS, NEVER, UNKNOWN = 10 * 365 * DAY, 1e12, 1e13
STORES = (("PostgreSQL", "pg_up"), ("Redis", "redis_up"), ("RabbitMQ", 'up{job="rabbitmq"}'))
USED = [(0.8, ORANGE), (0.95, RED)]
# The labels of pg_stat_activity_* (postgres_exporter 0.19.1, exporter/queries.go).
WHO = "usename, application_name"
# Of sessions that do not wait for another one's lock themselves.
TRANSACTION = (
    'pg_stat_activity_max_tx_duration{datname!~"template.*|rdsadmin",usename!="",'
    'wait_event_type!="Lock"}'
)
DATABASES = 'datname!~"template.*|postgres|rdsadmin|"'


def build() -> dashboard.Dashboard:
    result = board("data", "Do the stores answer, and what will run out first?")
    result.with_variable(environment())
    for row, panels in (
        ("What runs out first", _first()),
        ("PostgreSQL", _postgres()),
        ("Redis", _redis()),
        ("RabbitMQ", _rabbitmq()),
    ):
        result.with_row(dashboard.Row(row))
        for panel in panels:
            result.with_panel(panel)
    aws = dashboard.Row("On AWS: what CloudWatch alone sees").collapsed(True)
    for panel in data_on_aws.panels():
        aws.with_panel(panel)
    return result.with_row(aws)


def _first() -> list[AnyPanel]:
    return [
        rows(
            "What runs out first",
            "How full each store is and, at its pace of the last 6 hours, when it is full. Full "
            "means: no more logins, jobs or events. On AWS the disk is in the last row.",
            Prom("max by (resource) (capacity:used:ratio)"),
            Prom(
                "max by (resource) (capacity:time_until_full:seconds"
                f' or 0 * capacity:used:ratio{{resource=~".* connections"}} + {NEVER:.0f}'
                f" or 0 * capacity:used:ratio + {UNKNOWN:.0f})"
            ),
            columns=[
                Column("resource", "Store"),
                Column(
                    "Value #B",
                    "Full in",
                    "s",
                    [(DAY, ORANGE), (7 * DAY, GREEN), (NEVER, "text")],
                    base=RED,
                    decimals=1,
                    words=[
                        (YEARS, "not growing"),
                        (NEVER, "comes and goes"),
                        (UNKNOWN, "known after 6 h"),
                    ],
                ),
                Column("Value #A", "In use", "percentunit", USED, decimals=1),
            ],
            sort=[("Full in", "smallest first")],
            width=9,
        ),
        graph(
            "In use",
            "Share of each store's limit. A line that climbs meets 100 % at the time beside it.",
            "percentunit",
            Prom("capacity:used:ratio", "{{resource}}", most=5),
            width=10,
            maximum=1,
            limits=USED,
            rank="last",
        ),
        rows(
            "Which stores answer",
            "Missing here: nobody knows.",
            Prom(" or ".join(_named(*store) for store in STORES)),
            columns=[
                Column("store", "Store"),
                Column(
                    "Value",
                    "Answers",
                    "suffix:servers",
                    [(1, GREEN)],
                    base=RED,
                    words=[(0, "No"), (1, "Yes")],
                ),
            ],
            sort=[("Answers", "smallest first")],
            width=5,
        ),
    ]


def _named(store: str, series: str) -> str:
    return f'label_replace(min({series}), "store", "{store}", "", "")'


def _postgres() -> list[AnyPanel]:
    return [
        graph(
            "Connections",
            "By state, against the most that the server takes. Idle in transaction holds locks.",
            "suffix:connections",
            *(
                Prom(
                    f'sum(pg_stat_activity_count{{state="{state}"}}) or vector(0)',
                    state,
                )
                for state in ("active", "idle", "idle in transaction")
            ),
            Prom("max(pg_settings_max_connections)", "limit"),
            limits=NoLimit("the limit is a line of its own"),
        ),
        graph(
            "Longest transaction",
            "Since it began, within 2 minutes, of the 5 users and programs with the longest. It "
            "keeps its locks, and others wait for them: those are not shown while they do. A name "
            "of a program is a session by hand.",
            "s",
            Prom(
                largest(
                    WHO,
                    f"max by ({WHO}) (max_over_time({TRANSACTION}[2m]))",
                    f"max by ({WHO}) (max_over_time({TRANSACTION}{RANGE}))",
                ),
                "{{usename}} {{application_name}}",
                most=5,
            ),
            limits=[(1, YELLOW), (60, ORANGE), (900, RED)],
            rank="last",
        ),
        graph(
            "Locks on whole tables (0 is normal)",
            "Held or waited for, above 0 for longer than a moment: a migration, VACUUM FULL or a "
            "session by hand. Sessions that wait want a lock of any kind that another one has.",
            "suffix:locks",
            Prom(
                "sum(pg_locks_count"
                '{mode=~"accessexclusivelock|exclusivelock|sharerowexclusivelock"})',
                "exclusive",
            ),
            Prom(
                'sum(pg_stat_activity_count{wait_event_type="Lock"})'
                " or 0 * sum(pg_stat_activity_count)",
                "sessions that wait",
            ),
            limits=[(1, ORANGE)],
        ),
        graph(
            "Transactions",
            "Rolled back beside committed: conflicts, or requests that were given up.",
            "ops",
            Prom(f"sum(rate(pg_stat_database_xact_commit{{{DATABASES}}}{RATE}))", "committed"),
            Prom(f"sum(rate(pg_stat_database_xact_rollback{{{DATABASES}}}{RATE}))", "rolled back"),
            limits=NoLimit("more with more users; rolled back is judged by committed"),
        ),
        graph(
            "Blocks found in memory",
            "Below 99 % for long: the tables in use no longer fit into memory.",
            "percentunit",
            Prom(
                f"sum(rate(pg_stat_database_blks_hit{{{DATABASES}}}{RATE}))"
                f" / (sum(rate(pg_stat_database_blks_hit{{{DATABASES}}}{RATE}))"
                f" + sum(rate(pg_stat_database_blks_read{{{DATABASES}}}{RATE})))",
                "hit",
            ),
            floor=None,
            maximum=1,
            base=ORANGE,
            limits=[(0.99, CLEAR)],
        ),
        graph(
            "Rows",
            "Read by queries and changed. Many more returned than fetched: an index is missing.",
            "ops",
            *(
                Prom(f"sum(rate(pg_stat_database_tup_{kind}{{{DATABASES}}}{RATE}))", kind)
                for kind in ("returned", "fetched", "inserted", "updated", "deleted")
            ),
            limits=NoLimit("more with more users; returned is judged by fetched"),
        ),
        graph(
            "Deadlocks (0 is normal)",
            "Should be 0: two transactions took the same rows in another order.",
            "ops",
            Prom(f"sum(rate(pg_stat_database_deadlocks{{{DATABASES}}}{RATE}))", "deadlocks"),
            limits=[(0.001, RED)],
        ),
        graph(
            "Size",
            "Of all databases. What fills the disk, and how fast.",
            "bytes",
            Prom(f"sum(pg_database_size_bytes{{{DATABASES}}})", "databases"),
            limits=NoLimit("the disk is the limit: What runs out first"),
        ),
        graph(
            "Reads that the primary took over (0 is normal)",
            "Above 0: the replica does not answer, the primary serves its reads.",
            "ops",
            Prom(f"sum(rate(reader_fallbacks_total{RATE}))", "taken over"),
            limits=[(0.01, ORANGE)],
        ),
    ]


def _redis() -> list[AnyPanel]:
    return [
        graph(
            "Memory",
            "At the limit Redis refuses to write: no job can be queued.",
            "bytes",
            Prom("max(redis_memory_used_bytes)", "used"),
            Prom("max(redis_memory_max_bytes)", "limit"),
            limits=NoLimit("the limit is a line of its own"),
        ),
        graph(
            "Evicted keys (0 is normal)",
            "Must be 0: queues live here, and with noeviction nothing is ever evicted.",
            "ops",
            Prom(f"sum(rate(redis_evicted_keys_total{RATE}))", "evicted"),
            limits=[(0.001, RED)],
        ),
        graph(
            "Commands",
            "All clients together.",
            "ops",
            Prom(f"sum(rate(redis_commands_processed_total{RATE}))", "commands"),
            limits=NoLimit("more with more users; the time of a command says what is too much"),
        ),
        graph(
            "Slowest kinds of command",
            "Average time of one, of the 5 kinds that take most time in all. Scripts of the queue "
            "are evalsha.",
            "s",
            Prom(
                largest(
                    "cmd",
                    f"sum by (cmd) (rate(redis_commands_duration_seconds_total{RATE}))"
                    f" / (sum by (cmd) (rate(redis_commands_total{RATE})) > 0)",
                    f"sum by (cmd) (increase(redis_commands_duration_seconds_total{RANGE}))",
                ),
                "{{cmd}}",
                most=5,
            ),
            width=12,
            limits=[(0.01, ORANGE)],
            rank="last",
        ),
        graph(
            "Clients",
            "A leap: processes that connect again and again.",
            "suffix:clients",
            Prom("max(redis_connected_clients)", "connected"),
            Prom("max(redis_blocked_clients)", "waiting for a job"),
            width=12,
            limits=NoLimit("Redis connections of What runs out first has the limit"),
        ),
    ]


def _rabbitmq() -> list[AnyPanel]:
    return [
        graph(
            "Messages",
            "Ready wait for a consumer; unacknowledged are in a consumer's hands.",
            "suffix:messages",
            Prom("sum(rabbitmq_queue_messages_ready)", "ready"),
            Prom("sum(rabbitmq_queue_messages_unacked)", "unacknowledged"),
            limits=[(1000, ORANGE)],
        ),
        graph(
            "Messages per second",
            "Received from publishers and delivered to consumers.",
            "ops",
            Prom(f"sum(rate(rabbitmq_global_messages_received_total{RATE}))", "received"),
            Prom(f"sum(rate(rabbitmq_global_messages_delivered_total{RATE}))", "delivered"),
            limits=NoLimit("each is judged by the other"),
        ),
        graph(
            "Connections and consumers",
            "No consumer: no worker listens to events.",
            "suffix:connections",
            Prom("sum(rabbitmq_connections)", "connections"),
            Prom("sum(rabbitmq_consumers)", "consumers"),
            base=RED,
            limits=[(1, CLEAR)],
        ),
        graph(
            "Memory",
            "At the limit RabbitMQ blocks publishers.",
            "bytes",
            Prom("max(rabbitmq_process_resident_memory_bytes)", "used"),
            Prom("max(rabbitmq_resident_memory_limit_bytes)", "limit"),
            width=12,
            limits=NoLimit("the limit is a line of its own"),
        ),
        graph(
            "Free disk",
            "Below the limit RabbitMQ blocks publishers.",
            "bytes",
            Prom("min(rabbitmq_disk_space_available_bytes)", "free"),
            Prom("max(rabbitmq_disk_space_available_limit_bytes)", "limit"),
            width=12,
            limits=NoLimit("the limit is a line of its own"),
        ),
    ]
