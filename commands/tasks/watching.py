"""The state of containers and targets, and waiting for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from commands.tasks import beside
from commands.tasks.engine import STOPPED, Engine, TaskError
from commands.tasks.stack import Definition, Stack
from commands.tasks.task import Task

HEALTHY, RUNNING = "healthy", "running"
POLL_SECONDS = 1.0
# Above the longest grace period and the slowest health check of a definition.
LIMIT_SECONDS = 420.0


@dataclass(frozen=True)
class State:
    """`status` as ECS would tell it; of a container without a health check it is `running`."""

    status: str
    exit_code: int

    @property
    def stopped(self) -> bool:
        return self.status in STOPPED

    def __str__(self) -> str:
        return f"stopped with {self.exit_code}" if self.stopped else self.status


def states(engine: Engine, names: Sequence[str]) -> dict[str, State]:
    return {item["Name"].removeprefix("/"): _state(engine, item) for item in engine.inspect(*names)}


def wait_for(engine: Engine, name: str, accepted: Callable[[State], bool], what: str) -> State:
    """Errors: TaskError where it stops instead, or takes too long."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        state = states(engine, [name])[name]
        if accepted(state):
            return state
        if state.stopped or time.monotonic() > deadline:
            raise TaskError(f"{name} is {state}, not {what}. Its last lines:\n{engine.logs(name)}")
        time.sleep(POLL_SECONDS)


def is_healthy(state: State) -> bool:
    return state.status == HEALTHY


def containers(engine: Engine, tasks: Sequence[Task]) -> dict[str, dict[str, Any]]:
    """The definition of each container by its name on this machine."""
    return {
        task.container(engine, definition["name"]): definition
        for task in tasks
        for definition in task.definition.containers
    }


def wait_until_healthy(engine: Engine, stack: Stack, tasks: Sequence[Task]) -> None:
    """Until every container is up, healthy where it has a check, and every target is.

    Errors: TaskError where an essential container stops (ECS would stop the task), or after a
    time.
    """
    deadline = time.monotonic() + LIMIT_SECONDS
    while waiting := unready(engine, stack, tasks):
        if time.monotonic() > deadline:
            lines = "\n".join(f"  {name}: {state}" for name, state in waiting.items())
            raise TaskError(f"after {LIMIT_SECONDS:.0f} s still not healthy:\n{lines}")
        time.sleep(POLL_SECONDS)


def unready(engine: Engine, stack: Stack, tasks: Sequence[Task]) -> dict[str, str]:
    """What is not yet as it should be, with its state."""
    definitions = containers(engine, tasks)
    waiting = dict[str, str]()
    for name, state in states(engine, list(definitions)).items():
        definition = definitions[name]
        if state.stopped and definition.get("essential", True):
            raise TaskError(
                f"{name} is essential and {state}: ECS would stop its task. Its last lines:\n"
                f"{engine.logs(name)}"
            )
        if state.status != (HEALTHY if "healthCheck" in definition else RUNNING):
            waiting[name] = str(state)
    health = beside.target_health(engine)
    groups = {group: service.name for service in stack.services for group in service.targets}
    for group, service in groups.items():
        expected = sum(task.group == service for task in tasks)
        healthy = sum(state == HEALTHY for state in health.get(group, {}).values())
        if healthy != expected:
            waiting[f"target group {group.split('/')[1]}"] = f"{healthy} of {expected} healthy"
    return waiting


def run_to_end(engine: Engine, task: Task, definition: Definition) -> None:
    """Until the containers of a task that runs once have ended with 0. Errors: TaskError."""
    for container in definition.containers:
        name = task.container(engine, container["name"])
        state = wait_for(engine, name, lambda state: state.stopped, "ended")
        if state.exit_code != 0:
            raise TaskError(f"{name} {state}. Its last lines:\n{engine.logs(name)}")


def _state(engine: Engine, inspected: dict[str, Any]) -> State:
    state = inspected["State"]
    health = state.get("Health") or state.get("Healthcheck") or {}
    status = state["Status"]
    if status == "running" and health.get("Status"):
        status = health["Status"]
        if engine.name == "podman":
            # Without systemd nothing else would run Podman's health checks.
            healthy = engine.succeeds("healthcheck", "run", inspected["Name"])
            status = HEALTHY if healthy else "unhealthy"
    return State(status, int(state["ExitCode"]))
