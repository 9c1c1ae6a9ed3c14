"""The job queue and what feeds it: how much waits, how long, and whether the tasks suffice."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard

from rendering.dashboards.panels import ORANGE, RED, YELLOW, AnyPanel, graph, lines, number
from rendering.dashboards.targets import CloudWatch, Loki, Prom
from rendering.dashboards.variables import PLATFORM, board, environment, of_label, written

OURS = 'queue="$queue"'
RATE = "[$__rate_interval]"
SQS = "AWS/SQS"


def build() -> dashboard.Dashboard:
    result = board(
        "queue",
        "Do jobs start in time, are they done as fast as they come, and does the number of "
        "workers follow the backlog?",
    )
    result.with_variable(of_label("queue", "queue", "queue_depth", "jobs"))
    latency = "Seconds that a job may wait: acceptableLatencySeconds of the stack config."
    job = "Seconds that one job takes: averageJobSeconds of the stack config."
    result.with_variable(written("acceptable_latency", "Acceptable wait (s)", "60", latency))
    result.with_variable(written("average_job", "Average job (s)", "4", job))
    result.with_variable(environment())
    for row, panels in (
        ("Now", _now()),
        ("Backlog and scaling", _scaling()),
        ("Flow", _flow()),
        ("Outbox and broker", _broker()),
    ):
        result.with_row(dashboard.Row(row))
        for panel in panels:
            result.with_panel(panel)
    aws = dashboard.Row("On AWS: as CloudWatch and the autoscaler see it").collapsed(True)
    for panel in _cloudwatch():
        aws.with_panel(panel)
    return result.with_row(aws)


def _now() -> list[AnyPanel]:
    return [
        number(
            "Waiting",
            "Jobs that no worker has taken yet.",
            "none",
            Prom(f"max(queue_depth{{{OURS}}})", "waiting"),
        ),
        number(
            "Oldest",
            "Age of the job that has waited longest. Above the acceptable wait: too few workers, "
            "or none that works.",
            "s",
            Prom(f"max(queue_oldest_age_seconds{{{OURS}}})", "oldest"),
            limits=[(60, ORANGE), (300, RED)],
        ),
        number(
            "In hand",
            "Jobs that a worker has.",
            "none",
            Prom(f"max(queue_in_flight{{{OURS}}})", "in hand"),
        ),
        number(
            "Set aside",
            "Jobs given up after their last attempt. Look at them before they are forgotten.",
            "none",
            Prom(f"max(queue_failed{{{OURS}}})", "set aside"),
            limits=[(1, ORANGE)],
        ),
        number(
            "Workers",
            "Processes that answer Prometheus.",
            "none",
            Prom('count(up{job="worker"} == 1) or vector(0)', "workers"),
            base=RED,
            limits=[(1, "green")],
        ),
        number(
            "Backlog of a worker",
            "Jobs that wait for each worker, against the scaling target beside it.",
            "none",
            Prom(f"max(queue_backlog_per_task{{{OURS}}})", "now"),
            Prom("vector($acceptable_latency / $average_job)", "target"),
            base="text",
            decimals=1,
        ),
    ]


def _scaling() -> list[AnyPanel]:
    return [
        graph(
            "Waiting and in hand",
            "In hand flat while waiting grows: all workers are busy.",
            "none",
            Prom(f"max(queue_depth{{{OURS}}})", "waiting"),
            Prom(f"max(queue_in_flight{{{OURS}}})", "in hand"),
        ),
        graph(
            "Backlog per task and its target",
            "Above the target (acceptable wait / average job) the autoscaler adds tasks.",
            "none",
            Prom(f"max(queue_backlog_per_task{{{OURS}}})", "backlog per task"),
            Prom("vector($acceptable_latency / $average_job)", "target"),
        ),
        graph(
            "Tasks",
            "Follows the backlog with some minutes of delay. At its maximum: raise it, or make "
            "the jobs shorter.",
            "none",
            Prom('count(up{job="worker"} == 1) or vector(0)', "workers"),
        ),
    ]


def _flow() -> list[AnyPanel]:
    return [
        graph(
            "In and out",
            "Done below submitted for long: the backlog grows. Welcome jobs, which the worker "
            "submits itself for new accounts, are counted only when they are done.",
            "ops",
            Prom(f"sum(rate(jobs_submitted_total{RATE}))", "submitted"),
            Prom(f'sum(rate(jobs_processed_total{{outcome=~"succeeded|failed"}}{RATE}))', "done"),
        ),
        graph(
            "Outcomes",
            "Retried: trouble that may pass. Failed: set aside for good.",
            "ops",
            Prom(f"sum by (outcome) (rate(jobs_processed_total{RATE}))", "{{outcome}}"),
            stacked=True,
        ),
        graph(
            "Age of the oldest job",
            "Climbs by a second each second while nothing is taken.",
            "s",
            Prom(f"max(queue_oldest_age_seconds{{{OURS}}})", "oldest"),
            limits=[(60, ORANGE), (300, RED)],
        ),
        graph(
            "Time until a job starts",
            "From entering the queue to the first start.",
            "s",
            *(_wait(share) for share in (0.5, 0.95, 0.99)),
            limits=[(60, RED)],
        ),
        graph(
            "Time of an attempt, p95",
            "By kind. Above the average job that the scaling assumes: raise averageJobSeconds.",
            "s",
            Prom(
                "histogram_quantile(0.95,"
                f" sum by (le, kind) (rate(job_duration_seconds_bucket{RATE})))",
                "{{kind}}",
            ),
        ),
        graph(
            "Average time of an attempt",
            "What averageJobSeconds of the stack config should say.",
            "s",
            Prom(
                f"sum(rate(job_duration_seconds_sum{RATE}))"
                f" / (sum(rate(job_duration_seconds_count{RATE})) > 0)",
                "average",
            ),
            Prom("vector($average_job)", "assumed"),
        ),
        lines(
            "Jobs that failed",
            "Each failed attempt and each job set aside, with the reason.",
            Loki(
                '{service="worker"} |~ "job failed|job set aside"',
                may_be_empty="no job has failed in the time shown",
            ),
            height=7,
        ),
    ]


def _wait(share: float) -> Prom:
    return Prom(
        f"histogram_quantile({share}, sum by (le) (rate(job_wait_seconds_bucket{RATE})))",
        f"p{share * 100:.0f}",
    )


def _broker() -> list[AnyPanel]:
    return [
        graph(
            "Outbox",
            "Rows that PostgreSQL has and queue or broker have not. Should be near 0.",
            "none",
            Prom("max(outbox_rows)", "rows"),
        ),
        graph(
            "Age of the outbox's oldest row",
            "Climbs while Redis or the broker does not answer.",
            "s",
            Prom("max(outbox_oldest_age_seconds)", "oldest"),
            limits=[(120, RED)],
        ),
        graph(
            "Messages of the broker",
            "Published and consumed by the applications, by outcome.",
            "ops",
            Prom(
                f"sum by (queue, outcome) (rate(broker_messages_total{RATE}))",
                "{{queue}} {{outcome}}",
            ),
        ),
        graph(
            "Messages in RabbitMQ's queues",
            "Messages that wait for a consumer. It should be near 0.",
            "none",
            Prom('sum by (queue) (rabbitmq_detailed_queue_messages{queue!~".*-dlq"})', "{{queue}}"),
            width=12,
        ),
        graph(
            "Dead letters in RabbitMQ",
            "Messages that no consumer could handle. Each needs a look.",
            "none",
            Prom('sum by (queue) (rabbitmq_detailed_queue_messages{queue=~".*-dlq"})', "{{queue}}"),
            width=12,
            limits=[(1, RED)],
        ),
    ]


def _cloudwatch() -> list[AnyPanel]:
    ours = {"Environment": "$environment", "Queue": "$queue"}
    messages = "ApproximateNumberOfMessagesVisible"
    age = "ApproximateAgeOfOldestMessage"
    events = f"{PLATFORM}-events"
    return [
        graph(
            "Depth and backlog per task",
            "What the applications report to CloudWatch. A gap stops the scaling.",
            "none",
            CloudWatch("Plataforma/Queues", "QueueDepth", ours, "Maximum", "depth"),
            CloudWatch("Plataforma/Queues", "BacklogPerTask", ours, "Maximum", "backlog per task"),
        ),
        graph(
            "SQS: messages that wait",
            "With kind: sqs. Dead letters (-dlq) above 0 need a look.",
            "none",
            *(
                CloudWatch(SQS, messages, {"QueueName": queue}, "Maximum", queue)
                for queue in (events, f"{events}-dlq")
            ),
            limits=[(1, YELLOW)],
        ),
        graph(
            "SQS: age of the oldest message",
            "With kind: sqs. Climbs while no consumer works.",
            "s",
            CloudWatch(SQS, age, {"QueueName": events}, "Maximum", events),
            limits=[(300, RED)],
        ),
    ]
