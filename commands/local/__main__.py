"""Runs the production stack on this machine, with Docker Compose or Podman.

`up` makes what is missing (secrets, images), starts the services in order, waits until each is
healthy and prints the address. With MONITORING=on (or --monitoring) it starts monitoring as well.
`roll` replaces a service's replicas one by one, with no gap.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Iterable, Sequence

from commands.local import containers, images, secrets
from commands.local.containers import Stack, StackError
from settings.project import ROOT

GRAFANA = "grafana_admin_password.txt"
# Each step waits until the one before it is healthy; migrations until they have ended.
STEPS = (
    ("postgres", "redis", "rabbitmq"),
    ("migrations",),
    ("backend", "worker"),
    ("frontend",),
    ("gateway",),
)
COLLECTORS = ("promtail", "alloy")
# The collector comes last: it finds all lines, those before it too.
MONITORING = (
    ("loki", "alertmanager"),
    ("postgres-exporter", "redis-exporter", "node-exporter", "blackbox"),
    ("prometheus", "grafana"),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make up-local", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    up = actions.add_parser(
        "up", prog="make up-local", help="start the stack and print its address"
    )
    up.add_argument("--no-build", action="store_true", help="use the images that are there")
    up.add_argument("--monitoring", action="store_true", help="start monitoring as well")
    down = actions.add_parser("down", prog="make down-local", help="stop the stack")
    down.add_argument("--volumes", action="store_true", help="and delete its data")
    actions.add_parser(
        "status", prog="make status-local", help="show the containers and their health"
    )
    text = "replace a service's replicas one by one"
    roll = actions.add_parser("roll", prog="make roll-local", help=text)
    roll.add_argument("service", choices=("backend", "frontend", "worker"))
    options = parser.parse_args()
    try:
        stack = containers.find_stack(ROOT)
        if options.action == "up":
            up_to_gateway(stack, build=not options.no_build)
            print(f"The stack is at {stack.url}")
            if options.monitoring or stack.variables["MONITORING"] == "on":
                start_monitoring(stack)
                print(f"Grafana is at {stack.grafana_url} (admin, {stack.secrets / GRAFANA})")
        elif options.action == "down":
            stack.down(volumes=options.volumes)
        elif options.action == "roll":
            replace(stack, options.service)
        else:
            _show(stack)
    except StackError as error:
        print(f"{options.action}: {error}", file=sys.stderr)
        return 1
    return 0


def up_to_gateway(stack: Stack, *, build: bool) -> None:
    secrets.write(stack.secrets)
    if problems := list(secrets.problems(stack.secrets)):
        raise StackError("\n".join(["passwords that can't be used:", *problems]))
    if build:
        for service in images.SERVICES:
            print(f"Building {service}", flush=True)
            images.build(stack, service)
    _start(stack, STEPS)


def start_monitoring(stack: Stack, without: Collection[str] = ()) -> None:
    """After the stack itself. `without` leaves services out."""
    collector = stack.variables["LOG_COLLECTOR"]
    if collector not in COLLECTORS:
        raise StackError(f"LOG_COLLECTOR is {collector}, not one of {', '.join(COLLECTORS)}")
    steps = (*MONITORING, (collector,))
    _start(stack, [[name for name in step if name not in without] for step in steps])


def _start(stack: Stack, steps: Iterable[Sequence[str]]) -> None:
    for services in steps:
        print(f"Starting {', '.join(services)}", flush=True)
        stack.start(services)
        for service in services:
            stack.wait(service)


def replace(stack: Stack, service: str) -> None:
    for name in stack.names(service):
        print(f"Replacing {name}", flush=True)
        stack.remove(name)
        stack.start((service,))
        stack.wait(service)


def _show(stack: Stack) -> None:
    for service in (service for step in (*STEPS, *MONITORING, COLLECTORS) for service in step):
        for name in stack.names(service):
            print(f"{name:40} {stack.condition(name)}")


if __name__ == "__main__":
    sys.exit(main())
