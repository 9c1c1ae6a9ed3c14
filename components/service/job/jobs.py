"""The jobs of a stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.service.job.state_machine import RunArgs, definition
from components.service.service import Service
from components.shared import iam
from components.shared.alarms import Alarms, AlarmSpec
from components.shared.context import Context
from components.shared.queue import dead_letter_alarm, dead_letter_queue, sqs_depth
from settings.naming import JOB_FAILURES, job_resource
from settings.service.jobs import JobSettings

EVENT_RULE = "StepFunctionsGetEventsForECSTaskRule"
"""By which Step Functions learns that a task has ended; one for all state machines of an account.
Source: Step Functions Developer Guide, "IAM policies for calling Amazon ECS/AWS Fargate"."""
START_ATTEMPTS = 10
LATEST_START_SECONDS = 3600
"""A run that could not be started for so long is dead-lettered instead."""
DELETION_MARGIN_SECONDS = 300
LONGEST_DELETION_SECONDS = 90 * 60
"""Less than the deployment of the pipeline may take: .github/workflows/deploy.yml."""
FAILED = AlarmSpec(
    "failed",
    "AWS/States",
    "ExecutionsFailed",
    ">",
    0,
    minutes=1,
    statistic="Sum",
    missing="notBreaching",
    meaning="a run of the job failed",
)


@dataclass(frozen=True)
class JobsArgs:
    """`services` are those that the jobs belong to, by name; `key_arn` the KMS key of the dead
    letters."""

    jobs: Mapping[str, JobSettings]
    services: Mapping[str, Service]
    alarms: Alarms
    key_arn: pulumi.Input[str]


def deletion_seconds(settings: JobSettings) -> int:
    """How long Pulumi waits for the deletion of a state machine: until the attempts under way have
    ended. Step Functions ends an execution at its next state transition, and deletes the state
    machine when all have ended (Step Functions API, DeleteStateMachine)."""
    return min(settings.timeout_seconds + DELETION_MARGIN_SECONDS, LONGEST_DELETION_SECONDS)


class Jobs(pulumi.ComponentResource):
    """Commands of services' images, on a schedule or by hand.

    Makes: sqs.Queue of the failed runs with its policy and alarm, a role for Step Functions, a role
    for EventBridge Scheduler; and for each job an ecs.TaskDefinition in its service, a
    sfn.StateMachine, an alarm on failed runs, and if it has a schedule a scheduler.Schedule.
    """

    summaries: dict[str, dict[str, Any]]
    """By job, what a command needs to run it by hand: a stack output."""

    def __init__(
        self,
        name: str,
        context: Context,
        args: JobsArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:service:Jobs", name, None, opts)
        self._name, self._context, self._args = name, context, args
        failures = context.names.queue(JOB_FAILURES)
        self._queue = dead_letter_queue(JOB_FAILURES, failures, args.key_arn, self)
        dead_letter_alarm(
            JOB_FAILURES,
            sqs_depth(failures),
            "runs of jobs that failed or could not start wait in the dead-letter queue",
            args.alarms,
            self,
        )
        self._role, self._start_role = self._run_role(), self._scheduler_role()
        self.summaries = {job: self._job(job, settings) for job, settings in args.jobs.items()}
        self.register_outputs({})

    def _job(self, job: str, settings: JobSettings) -> dict[str, Any]:
        service = self._args.services[settings.service]
        task = service.one_off_task(
            job_resource(job), settings.command, settings.cpu, settings.memory
        )
        machine = self._state_machine(job, settings, service, task)
        if settings.schedule:
            self._schedule(job, settings, settings.schedule, machine)
        dimensions = {"StateMachineArn": machine.arn}
        self._args.alarms.add(f"{job_resource(job)}-{FAILED.name}", FAILED, dimensions, machine)
        return {
            **service.one_off_network,
            "taskDefinition": task.arn,
            "container": job_resource(job),
        }

    def _state_machine(
        self, job: str, settings: JobSettings, service: Service, task: aws.ecs.TaskDefinition
    ) -> aws.sfn.StateMachine:
        network = service.one_off_network
        args = RunArgs(
            name=job,
            settings=settings,
            partition=self._context.partition,
            cluster_name=network["cluster"],
            family=self._context.names.job(job),
            task_definition_arn=task.arn,
            subnet_ids=network["subnets"],
            security_group_id=service.security_group_id,
            assign_public_ip=network["assignPublicIp"] == "ENABLED",
            queue_url=self._queue.url,
        )
        return aws.sfn.StateMachine(
            job_resource(job),
            name=self._context.names.job(job),
            role_arn=self._role.arn,
            definition=pulumi.Output.json_dumps(definition(args), sort_keys=True),
            opts=pulumi.ResourceOptions(
                parent=self,
                custom_timeouts=pulumi.CustomTimeouts(delete=f"{deletion_seconds(settings)}s"),
            ),
        )

    def _schedule(
        self, job: str, settings: JobSettings, schedule: str, machine: aws.sfn.StateMachine
    ) -> None:
        aws.scheduler.Schedule(
            job_resource(job),
            name=self._context.names.job(job),
            description=f"Job {job} of {settings.service}",
            schedule_expression=schedule,
            schedule_expression_timezone=settings.timezone,
            state="ENABLED" if settings.enabled else "DISABLED",
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": machine.arn,
                "role_arn": self._start_role.arn,
                "dead_letter_config": {"arn": self._queue.arn},
                "retry_policy": {
                    "maximum_event_age_in_seconds": LATEST_START_SECONDS,
                    "maximum_retry_attempts": START_ATTEMPTS,
                },
            },
            opts=pulumi.ResourceOptions(parent=self),
        )

    # Roles

    def _scheduler_role(self) -> iam.ServiceRole:
        context = self._context
        machines = [self._machine_arn(job) for job in self._args.jobs]
        return iam.service_role(
            f"{self._name}-start",
            physical_name=context.names.role("jobs", "start"),
            service="scheduler",
            context=context,
            statements=[iam.allow(["states:StartExecution"], machines), *self._send_statements()],
            parent=self,
        )

    def _run_role(self) -> iam.ServiceRole:
        return iam.service_role(
            f"{self._name}-run",
            physical_name=self._context.names.role("jobs", "run"),
            service="states",
            context=self._context,
            statements=[*self._run_statements(), *self._send_statements()],
            parent=self,
        )

    def _run_statements(self) -> list[iam.Statement]:
        context, jobs = self._context, self._args.jobs
        cluster = context.names.platform
        in_cluster = {"ArnEquals": {"ecs:cluster": context.arn("ecs", f"cluster/{cluster}")}}
        families = [context.arn("ecs", f"task-definition/{context.names.job(j)}:*") for j in jobs]
        roles = {
            role: None
            for job in jobs.values()
            for role in self._args.services[job.service].role_arns
        }
        to_tasks = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
        watch = ["events:DescribeRule", "events:PutRule", "events:PutTargets"]
        tasks = context.arn("ecs", f"task/{cluster}/*")
        return [
            iam.allow(["ecs:RunTask"], families, in_cluster),
            iam.allow(["ecs:ListTasks"], ["*"], in_cluster),
            iam.allow(["ecs:DescribeTasks", "ecs:StopTask"], [tasks]),
            # Tags that a task takes from its definition are given as it starts.
            iam.allow(
                ["ecs:TagResource"], [tasks], {"StringEquals": {"ecs:CreateAction": "RunTask"}}
            ),
            iam.allow(["iam:PassRole"], list(roles), to_tasks),
            iam.allow(["states:ListExecutions"], [self._machine_arn(job) for job in jobs]),
            iam.allow(watch, [context.arn("events", f"rule/{EVENT_RULE}")]),
        ]

    def _send_statements(self) -> list[iam.Statement]:
        """Dead letters, which the stack's key encrypts."""
        use = ["kms:Decrypt", "kms:GenerateDataKey"]
        return [
            iam.allow(["sqs:SendMessage"], [self._queue.arn]),
            iam.allow(use, [self._args.key_arn]),
        ]

    def _machine_arn(self, job: str) -> str:
        return self._context.arn("states", f"stateMachine:{self._context.names.job(job)}")
