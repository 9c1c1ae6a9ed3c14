"""Checks of jobs: the service that each belongs to, and the names that they take."""

from __future__ import annotations

from collections.abc import Iterator

from settings import naming
from settings.draft import Draft
from settings.problems import Problem, listed, nearest
from settings.service import fargate


def job_services(draft: Draft) -> Iterator[Problem]:
    known = draft.written("services")
    for name, job in draft.jobs.items():
        if known and job.service not in known:
            text = f"{job.service} is not a service.{nearest(job.service, known)} Services: "
            yield Problem(f"jobs.{name}.service", f"{text}{listed(known)}.")


def job_sizes(draft: Draft) -> Iterator[Problem]:
    """A job may set one of cpu and memory; the other is its service's."""
    for name, job in draft.jobs.items():
        service = draft.services.get(job.service)
        if service and (job.cpu or job.memory):
            cpu, memory = job.cpu or service.cpu, job.memory or service.memory
            for problem in fargate.size_problems(cpu, memory):
                yield problem.below(f"jobs.{name}")


def jobs_share_no_name(draft: Draft) -> Iterator[Problem]:
    """No service and no broker queue may have the name of a part of the jobs."""
    for job in draft.jobs:
        if (taken := naming.job_resource(job)) in draft.services:
            text = f"its resources have the name of service {taken}: rename one of the two."
            yield Problem(f"jobs.{job}", text)
    for queue in draft.broker.queues if draft.broker and draft.jobs else ():
        if naming.JOB_FAILURES in (queue, naming.dead_letters(queue)):
            text = f"{naming.JOB_FAILURES} is the dead-letter queue of the jobs: rename {queue}."
            yield Problem("broker.queues", text)
