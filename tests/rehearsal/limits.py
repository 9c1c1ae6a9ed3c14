"""Time limits, in minutes.

Sources: GitHub Docs, "Actions limits": a job of a GitHub-hosted runner 6 hours, then it fails; an
approval 30 days, then its job fails ("Reviewing deployments"); a run 35 days with all waiting,
then it is cancelled. "Workflow syntax for GitHub Actions", jobs.<job_id>.timeout-minutes: then the
job is cancelled. "Workflow cancellation": steps that run in spite of it have 5 minutes.
"""

from __future__ import annotations

from tests.walkthrough.workflows import Map

HOUR = 60.0
DAY = 24 * HOUR
JOB = 6 * HOUR
APPROVAL = 30 * DAY
RUN = 35 * DAY
CANCELLATION = 5.0


def of_job(job: Map) -> tuple[float, str]:
    """After how long it ends by itself, and with what result."""
    minutes = float(job.get("timeout-minutes", JOB))
    return (minutes, "cancelled") if minutes <= JOB else (JOB, "failure")
