"""What is printed at the end: each container with its health, and the way in."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from commands.tasks import routing, watching
from commands.tasks.engine import Engine
from commands.tasks.stack import Stack
from commands.tasks.task import Task


def show(engine: Engine) -> None:
    """Each container but those that only hold a task's network namespace."""
    names = engine.names()
    shown = [name for name in names if not any(other.startswith(f"{name}-") for other in names)]
    for name, state in sorted(watching.states(engine, shown).items()):
        print(f"  {name.removeprefix(engine.project + '-'):44} {state}")


def summary(
    engine: Engine, stack: Stack, tasks: Sequence[Task], without: Collection[str], seconds: float
) -> None:
    """`seconds`: from the start of the first container to all healthy."""
    count = sum(len(task.definition.containers) for task in tasks)
    print(f"{len(tasks)} tasks with {count} containers are healthy after {seconds:.0f} s")
    for service in sorted(without):
        print(f"{service} was not started: left out by --without")
    if not stack.log_router:
        print("The log routers were not started; the engine keeps the lines (--without-log-router)")
    if not routing.ports(stack):
        print("There is no load balancer: no service has a route")
        return
    port = address(engine, stack)
    print(f"The load balancer is at https://localhost:{port}; trust {engine.folder / 'tls/ca.crt'}")
    for host in stack.web_hosts:
        print(f"  as {host}: curl --connect-to ::localhost:{port} https://{host}/")


def address(engine: Engine, stack: Stack) -> int:
    """The port of the listener that people reach, on this machine."""
    ports = routing.ports(stack)
    return engine.port_offset + (443 if 443 in ports else ports[0])
