"""The job queue and what feeds it: how much waits, how long, and whether the tasks suffice."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard

from rendering.dashboards.many import largest
from rendering.dashboards.names import CLEAR, GREEN, ORANGE, RED, YELLOW
from rendering.dashboards.panels import AnyPanel, NoLimit, graph, lines, number
from rendering.dashboards.targets import CloudWatch, Loki, Prom
from rendering.dashboards.variables import PLATFORM, board, environment, of_label, written

OURS = 'queue="$queue"'
RATE, RANGE = "[$__rate_interval]", "[$__range] @ end()"
BACKLOG = f"max(queue:backlog_per_task:jobs{{{OURS}}})"
TARGET = "$acceptable_latency / $average_job"
# What the autoscaler tracks: components/service/scaling.py.
BACKLOG_PER_TASK = "depth / IF(FILL(tasks, REPEAT) > 0, FILL(tasks, REPEAT), 1)"
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
            "Oldest job waits",
            "Above the acceptable wait: too few workers, or none that works.",
            "s",
            Prom(f"max(queue_oldest_age_seconds{{{OURS}}})", "oldest"),
            limits=[(60, ORANGE), (300, RED)],
        ),
        number(
            "Workers",
            "Processes that answer Prometheus.",
            "suffix:tasks",
            Prom('count(up{job="worker"} == 1) or vector(0)', "workers"),
            base=RED,
            limits=[(1, GREEN)],
        ),
        number(
            "Backlog / target",
            "Jobs per task, of those that the autoscaler aims at. Above 1 it adds tasks.",
            "suffix:times",
            Prom(f"{BACKLOG} / ({TARGET})", "of the target"),
            limits=[(1, ORANGE), (3, RED)],
            decimals=1,
        ),
        number(
            "Waiting",
            "Jobs that no worker has taken yet.",
            "suffix:jobs",
            Prom(f"max(queue_depth{{{OURS}}})", "waiting"),
            limits=NoLimit("the backlog per task says whether they are too many"),
        ),
        number(
            "In hand",
            "Jobs that a worker has.",
            "suffix:jobs",
            Prom(f"max(queue_in_flight{{{OURS}}})", "in hand"),
            limits=NoLimit("as many as the workers take at once"),
        ),
        number(
            "Set aside (0 is normal)",
            "Given up after the last attempt. Look at them before they are forgotten.",
            "suffix:jobs",
            Prom(f"max(queue_failed{{{OURS}}})", "set aside"),
            limits=[(1, ORANGE)],
        ),
    ]


def _scaling() -> list[AnyPanel]:
    return [
        graph(
            "Waiting and in hand",
            "In hand flat while waiting grows: all workers are busy. In hand 0: no worker works.",
            "suffix:jobs",
            Prom(f"max(queue_depth{{{OURS}}})", "waiting"),
            Prom(f"max(queue_in_flight{{{OURS}}})", "in hand"),
            limits=NoLimit("the backlog per task, beside it, has the target"),
        ),
        graph(
            "Backlog per task",
            "Above the target (acceptable wait / average job) the autoscaler adds tasks. Without a "
            "worker all jobs are the backlog of the first one to come.",
            "suffix:jobs",
            Prom(BACKLOG, "backlog per task"),
            Prom(f"vector({TARGET})", "target"),
            limits=NoLimit("the target is a line of its own"),
        ),
        graph(
            "Tasks",
            "Workers that answer. Follows the backlog with some minutes of delay. At its maximum: "
            "raise it, or make the jobs shorter.",
            "suffix:tasks",
            Prom('count(up{job="worker"} == 1) or vector(0)', "workers"),
            base=RED,
            limits=[(1, CLEAR)],
        ),
    ]


def _flow() -> list[AnyPanel]:
    return [
        graph(
            "In and out",
            "Done and cancelled below submitted for long: the backlog grows. A gap: no worker "
            "answers. Welcome jobs, which the worker submits itself, are counted only when done.",
            "ops",
            Prom(f"sum(rate(jobs_submitted_total{RATE}))", "submitted"),
            Prom(f'sum(rate(jobs_processed_total{{outcome=~"succeeded|failed"}}{RATE}))', "done"),
            Prom(f"sum(rate(jobs_cancelled_total{RATE}))", "cancelled"),
            limits=NoLimit("each is judged by the other"),
        ),
        graph(
            "Outcomes",
            "Of attempts. Retried: trouble that may pass. Failed: set aside for good.",
            "ops",
            Prom(f"sum by (outcome) (rate(jobs_processed_total{RATE}))", "{{outcome}}"),
            limits=NoLimit("the colours say which outcomes are bad"),
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
            "From entering the queue to the first start. A gap: none has started.",
            "s",
            *(_wait(share) for share in (0.5, 0.95, 0.99)),
            limits=[(60, RED)],
        ),
        graph(
            "Time of an attempt, p95",
            "Of the 5 kinds that take most time in all. A step at a deployment: the new version.",
            "s",
            Prom(
                largest(
                    "kind",
                    "histogram_quantile(0.95,"
                    f" sum by (le, kind) (rate(job_duration_seconds_bucket{RATE})))",
                    f"sum by (kind) (increase(job_duration_seconds_sum{RANGE})) > 0",
                ),
                "{{kind}}",
                most=5,
            ),
            limits=NoLimit("the average, beside it, has the one that the scaling assumes"),
        ),
        graph(
            "Average time of an attempt",
            "What averageJobSeconds of the stack config should say. Above assumed: raise it.",
            "s",
            Prom(
                f"sum(rate(job_duration_seconds_sum{RATE}))"
                f" / (sum(rate(job_duration_seconds_count{RATE})) > 0)",
                "average",
            ),
            Prom("vector($average_job)", "assumed"),
            limits=NoLimit("what is assumed is a line of its own"),
        ),
        lines(
            "Jobs that failed",
            "Each failed attempt and each job set aside, with the reason.",
            Loki(
                '{service="worker"} |~ "job failed|job set aside"',
                may_be_empty="no job has failed in the time shown",
            ),
            height=7,
            empty="No job has failed in the time shown",
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
            "Rows that PostgreSQL has and queue or broker have not. Near 0, or its age says so.",
            "suffix:rows",
            Prom("max(outbox_rows)", "rows"),
            limits=NoLimit("the age of the oldest row, beside it, says when they are too many"),
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
            "Published and received by the applications. Failed: the broker, or what is in them.",
            "ops",
            *(
                Prom(
                    f'sum(rate(broker_messages_total{{outcome="{outcome}"}}{RATE})) or vector(0)',
                    outcome,
                )
                for outcome in ("published", "received", "repeated", "failed")
            ),
            limits=NoLimit("the colours say which outcomes are bad"),
        ),
        graph(
            "Messages in RabbitMQ's queues",
            "Messages that wait for a consumer. It should be near 0.",
            "suffix:messages",
            Prom(
                'sum by (queue) (rabbitmq_detailed_queue_messages{queue!~".*-dlq"})',
                "{{queue}}",
                most=6,
            ),
            width=12,
            limits=[(1000, ORANGE)],
        ),
        graph(
            "Dead letters in RabbitMQ (0 is normal)",
            "Messages that no consumer could handle. Each needs a look.",
            "suffix:messages",
            Prom(
                'sum by (queue) (rabbitmq_detailed_queue_messages{queue=~".*-dlq"})',
                "{{queue}}",
                most=6,
            ),
            width=12,
            limits=[(1, RED)],
        ),
    ]


def _cloudwatch() -> list[AnyPanel]:
    ours = {"Environment": "$environment", "Queue": "$queue"}
    worker = {"ClusterName": PLATFORM, "ServiceName": f"{PLATFORM}-worker"}
    messages = "ApproximateNumberOfMessagesVisible"
    age = "ApproximateAgeOfOldestMessage"
    events = f"{PLATFORM}-events"
    return [
        graph(
            "Backlog per task",
            "The autoscaler's own metric, from what the applications report to CloudWatch. A gap "
            "stops the scaling.",
            "suffix:jobs",
            CloudWatch("Plataforma/Queues", "QueueDepth", ours, "Maximum", "waiting", name="depth"),
            CloudWatch(
                "ECS/ContainerInsights",
                "RunningTaskCount",
                worker,
                "Average",
                name="tasks",
                hidden=True,
            ),
            CloudWatch(expression=BACKLOG_PER_TASK, legend="backlog per task"),
            limits=NoLimit("the target is in the panel Backlog per task above"),
        ),
        graph(
            "SQS: messages that wait",
            "With kind: sqs. Dead letters (-dlq) above 0 need a look.",
            "suffix:messages",
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
