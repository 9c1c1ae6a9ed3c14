"""The resources of jobs: schedule, task, roles, alarms, dead letters."""

from __future__ import annotations

import io
import json
from functools import cache
from typing import Any

from rich.console import Console

from components.service.job.jobs import deletion_seconds
from policies import check
from settings.service.jobs import JobSettings
from simulation.plan import Plan
from simulation.report import plan_report
from tests.support.configs import config
from tests.support.plans import container, only, plan_of, statements, task_definition

MACHINE = "aws:sfn/stateMachine:StateMachine"
SCHEDULE = "aws:scheduler/schedule:Schedule"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
REPORT: dict[str, Any] = {
    "service": "backend",
    "command": ["node", "dist/report.js"],
    "schedule": "cron(0 3 * * ? *)",
    "timezone": "Europe/Lisbon",
    "memory": 1024,
}


@cache
def plan() -> Plan:
    by_hand = {"service": "worker", "command": ["node", "dist/purge.js"]}
    return plan_of(config(jobs={"report": REPORT, "purge": by_hand}))


def test_a_job_runs_its_command_with_what_its_service_has():
    task = task_definition(plan(), "job-report")
    own, backend = task["containerDefinitions"][0], container(plan(), "backend")
    assert (task["cpu"], task["memory"]) == ("256", "1024")
    assert own["command"] == ["node", "dist/report.js"]
    assert own["image"] == backend["image"]
    assert {v["name"] for v in own["secrets"]} == {v["name"] for v in backend["secrets"]}
    assert "portMappings" not in own
    for role in ("taskRoleArn", "executionRoleArn"):
        assert task[role] == task_definition(plan(), "backend")[role]


def test_a_schedule_starts_it_in_its_time_zone_and_dead_letters_what_could_not_start():
    made = only(plan(), SCHEDULE).inputs
    assert made["scheduleExpression"] == "cron(0 3 * * ? *)"
    assert made["scheduleExpressionTimezone"] == "Europe/Lisbon"
    assert made["state"] == "ENABLED"
    assert made["target"]["arn"] == "${job-report.arn}"
    assert made["target"]["deadLetterConfig"] == {"arn": "${job-failures-dlq.arn}"}


def test_a_preview_says_when_a_job_runs():
    shown = io.StringIO()
    plan_report.print_tree(plan(), Console(file=shown, width=200))
    assert "Schedule job-report  cron(0 3 * * ? *) Europe/Lisbon" in shown.getvalue()


def test_a_job_without_a_schedule_is_run_by_hand_alone():
    assert {machine.name for machine in plan().of_type(MACHINE)} >= {"job-report", "job-purge"}
    assert [schedule.name for schedule in plan().of_type(SCHEDULE)] == ["job-report"]
    assert set(plan().outputs["jobs"]) == {"report", "purge"}
    assert plan().outputs["jobs"]["purge"]["container"] == "job-purge"


def test_failed_runs_and_dead_letters_raise_alarms():
    failed = only(plan(), ALARM, "job-report-failed").inputs
    assert failed["metricName"] == "ExecutionsFailed"
    assert failed["dimensions"] == {"StateMachineArn": "${job-report.arn}"}
    letters = only(plan(), ALARM, "job-failures-dlq").inputs
    assert letters["dimensions"] == {"QueueName": "plataforma-staging-job-failures-dlq"}


def test_step_functions_starts_only_the_jobs_tasks_with_their_services_roles():
    allowed = {action: s for s in statements(plan(), "jobs-run") for action in s["Action"]}
    families = {arn.rpartition("/")[2] for arn in allowed["ecs:RunTask"]["Resource"]}
    assert families == {"plataforma-staging-job-report:*", "plataforma-staging-job-purge:*"}
    assert set(allowed["iam:PassRole"]["Resource"]) == {
        f"${{{service}-{kind}.arn}}"
        for service in ("backend", "worker")
        for kind in ("execution", "task")
    }
    started = {action: s for s in statements(plan(), "jobs-start") for action in s["Action"]}
    assert len(started["states:StartExecution"]["Resource"]) == 2
    assert json.dumps(started).count('"*"') == 0


def test_a_paused_job_keeps_its_schedule():
    paused = plan_of(config(jobs={"report": {**REPORT, "enabled": False}}))
    assert only(paused, SCHEDULE).inputs["state"] == "DISABLED"


def test_the_deletion_of_a_job_waits_for_an_attempt_under_way_but_not_for_days():
    for timeout, waits in ((60, 360), (3600, 3900), (604_800, 5400)):
        job = JobSettings(service="backend", command=("node",), timeout_seconds=timeout)
        assert deletion_seconds(job) == waits


def test_a_stack_without_jobs_has_no_part_of_them():
    without = plan_of(config())
    assert without.outputs["jobs"] == {}
    assert [r.name for r in without.resources if "job-" in r.name] == []


def test_jobs_pass_the_policies():
    assert [str(violation) for violation in check.violations(plan().resources, "staging")] == []
