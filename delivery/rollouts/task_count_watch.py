"""Watches a service until it runs as many tasks as were set."""

from __future__ import annotations

from datetime import UTC, datetime

from delivery.aws.clients import Aws
from delivery.rollouts.ecs_watch import ServiceEvents, describe_service
from delivery.rollouts.follow import Result, Watch
from delivery.shared.console import Console


class TaskCountWatch(Watch):
    """Succeeds once `tasks` tasks run, or autoscaling has set another number since."""

    def __init__(
        self, aws: Aws, console: Console, cluster: str, service: str, name: str, tasks: int
    ) -> None:
        self.service = service
        self._aws, self._console, self._cluster = aws, console, cluster
        self._name, self._tasks = name, tasks
        self._events, self._since = ServiceEvents(), datetime.now(UTC)
        self._status = "no status yet"
        self._seen_desired = False

    def status(self) -> str:
        return self._status

    def poll(self) -> Result | None:
        service = describe_service(self._aws, self._cluster, self._name)
        desired, running = service.get("desiredCount", 0), service.get("runningCount", 0)
        for line in self._events.new(service, self._since):
            self._console.line(f"{self.service}: {line}")
        self._report(f"{running} of {desired} running, {service.get('pendingCount', 0)} pending")
        if desired != self._tasks:
            return self._changed_since(desired)
        self._seen_desired = True
        if running != self._tasks:
            return None
        return Result(self.service, True, f"{self.service}: {running} tasks run")

    def _changed_since(self, desired: int) -> Result | None:
        """ECS is eventually consistent: the earlier number may still be shown for a while."""
        if not self._seen_desired:
            return None
        message = f"{self.service}: autoscaling has set {desired} tasks since"
        return Result(self.service, True, message)

    def _report(self, status: str) -> None:
        if status != self._status:
            self._console.line(f"{self.service}: {status}")
        self._status = status
