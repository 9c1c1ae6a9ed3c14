"""The usage section of the stack config."""

from __future__ import annotations

from pydantic import Field

from settings.section import Section


class UsageSettings(Section):
    """What the price in a preview assumes of a month, where AWS bills by use."""

    hours: float = Field(
        default=730,
        ge=0,
        le=744,
        description="Hours that the stack runs, 0 to 744; 730 is a whole month.",
    )
    requests_millions: float = Field(
        default=1, ge=0, description="Millions of requests to the load balancer or CloudFront."
    )
    internet_gib: float = Field(default=50, ge=0, description="GiB sent to the internet.")
    nat_gib: float = Field(default=20, ge=0, description="GiB through all NAT gateways together.")
    endpoint_gib: float = Field(
        default=10, ge=0, description="GiB through all interface endpoints together."
    )
    log_gib: float = Field(default=1, ge=0, description="GiB written to each log group.")
    bucket_gib: float = Field(default=5, ge=0, description="GiB that each S3 bucket keeps.")
    job_runs: float = Field(default=30, ge=0, description="Runs of each job.")
    job_minutes: float = Field(default=10, ge=0, description="Minutes of one run of a job.")
    volume_gib: float = Field(default=5, ge=0, description="GiB that each EFS file system keeps.")
    queue_requests_millions: float = Field(
        default=1, ge=0, description="Millions of requests to each SQS queue."
    )
    database_backup_gib: float = Field(
        default=0,
        ge=0,
        description="GiB of RDS backups beyond the database's storage, up to which they are free.",
    )
