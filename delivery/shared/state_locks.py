"""The locks beside a stack's state: who holds one, and which a killed run has left.

Pulumi's self-managed backends keep each lock as a file, without an end. `pulumi cancel` deletes
all of a stack, whoever's they are. Source: Pulumi 3.260, pkg/backend/diy/lock.go.
"""

from __future__ import annotations

import os
import pwd
import socket
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, cast
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, ConfigDict

from delivery.shared.clock import Clock, Deadline
from delivery.shared.console import Console
from delivery.shared.errors import DeliveryError, InputError
from delivery.shared.pulumi_cli import pulumi
from settings import stack_file

BACKEND = "PULUMI_BACKEND_URL"
FOLDER = ".pulumi/locks/organization/{project}/{stack}"


LONGEST_JOB = timedelta(hours=6)
WAIT_SECONDS = 2400.0
POLL_SECONDS = 20.0


class LockContext(Protocol):
    """What is used of a command's context."""

    @property
    def console(self) -> Console: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def environment(self) -> Mapping[str, str]: ...


class Lock(BaseModel):
    """The content of a lock's file."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    pid: int
    username: str
    hostname: str
    timestamp: datetime

    def __str__(self) -> str:
        since = self.timestamp.strftime("%Y-%m-%d %H:%M %Z")
        return f"{self.username}@{self.hostname} (pid {self.pid}) since {since}"

    @property
    def is_ours(self) -> bool:
        """Whether this system's user made it: in the pipeline that of every runner."""
        return self.username == pwd.getpwuid(os.getuid()).pw_name

    @property
    def is_outlived(self) -> bool:
        """Whether it is older than the jobs of .github/workflows/ may be."""
        return datetime.now(UTC) - self.timestamp > LONGEST_JOB

    @property
    def is_held_here(self) -> bool:
        """Whether its process runs on this machine."""
        if self.hostname != socket.gethostname():
            return False
        if Path("/proc/self").exists():
            name = Path(f"/proc/{self.pid}/comm")
            return name.is_file() and name.read_text().strip() == "pulumi"
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True


def release(stack: str, project: Path, context: LockContext) -> None:
    """Takes away the locks of `stack` if killed runs of this user have left all of them. Only where
    no other run of the pipeline uses the stack: in its concurrency group.

    Errors: DeliveryError for the lock of somebody else, or of a process that runs.
    """
    locks = _locks_of(stack, project, context)
    if held := [lock for lock in locks if not lock.is_ours or lock.is_held_here]:
        raise _held(stack, held)
    _take_away(stack, project, locks, context)


def release_outlived(stack: str, project: Path, context: LockContext) -> None:
    """Waits for a run of the pipeline that has the lock of `stack`, and takes away locks that are
    older than any job may be.

    Errors: DeliveryError for a lock of somebody else, or one that is still there in the end.
    """
    deadline = Deadline(context.clock, WAIT_SECONDS)
    while True:
        locks = _locks_of(stack, project, context)
        held = [lock for lock in locks if not (lock.is_ours and lock.is_outlived)]
        if not held:
            return _take_away(stack, project, locks, context)
        if deadline.passed or not all(lock.is_ours for lock in held):
            raise _held(stack, held)
        deadline.pause(POLL_SECONDS)


def _held(stack: str, held: Sequence[Lock]) -> DeliveryError:
    name = stack.rpartition("/")[2]
    return DeliveryError(
        f"{name} is locked by {', '.join(map(str, held))}. Ask them; if nothing of theirs runs any "
        f"more, `pulumi cancel --stack {name}` takes the lock away."
    )


def _take_away(stack: str, project: Path, locks: Sequence[Lock], context: LockContext) -> None:
    name = stack.rpartition("/")[2]
    if not locks:
        context.console.line(f"{name} is not locked")
        return
    pulumi("cancel", "--yes", "--stack", stack, project=project)
    context.console.line(f"{name}: took away the lock of {', '.join(map(str, locks))}")


def _locks_of(stack: str, project: Path, context: LockContext) -> list[Lock]:
    backend = context.environment.get(BACKEND, "")
    return list(_locks(stack.rpartition("/")[2], stack_file.project_name(project), backend))


def _locks(stack: str, project: str, backend: str) -> Iterator[Lock]:
    """Errors: InputError for a backend that is neither a bucket of S3 nor a folder."""
    url, folder = urlsplit(backend), FOLDER.format(project=project, stack=stack)
    if url.scheme == "s3":
        region = parse_qs(url.query).get("region", [None])[0]
        prefix = "/".join(filter(None, (url.path.strip("/"), folder)))
        texts = _in_bucket(url.netloc, f"{prefix}/", region)
    elif url.scheme == "file":
        texts = (file.read_bytes() for file in sorted((Path(url.path) / folder).glob("*.json")))
    else:
        raise InputError(f"{BACKEND} is {backend!r}: set it to s3://... (or file://...)")
    yield from map(Lock.model_validate_json, texts)


def _in_bucket(bucket: str, prefix: str, region: str | None) -> Iterator[bytes]:
    import boto3

    s3 = cast(Any, boto3.client)("s3", region_name=region)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Contents", ()):
            yield s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()
