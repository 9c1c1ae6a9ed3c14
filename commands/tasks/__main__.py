"""Runs a stack's rendered task definitions here, with Docker or Podman, as Fargate would.

`up` builds the images, starts what stands in for the managed services, the migrations, then every
task, and waits until all are healthy; it prints the load balancer's address. `run` runs a job of
the stack that `up` started once: its exit code is that of the job's last attempt. `down` removes
all.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

from commands import INTERRUPTED
from commands.tasks import (
    authority,
    beside,
    images,
    report,
    secret_values,
    stores,
    task,
    watching,
)
from commands.tasks.container import NotRunError
from commands.tasks.engine import Engine, TaskError, find_engine
from commands.tasks.firelens import NotSupportedError
from commands.tasks.job import attempts, states
from commands.tasks.job.states import Job
from commands.tasks.secret_values import SecretValues
from commands.tasks.stack import Definition, Stack, load
from commands.tasks.task import Task
from settings import stack_config
from settings.project import ROOT
from simulation import process

FOLDER = ROOT / ".tasks"
SHORT = (("down", "remove"), ("status", "show"))


def main() -> int:
    parser = argparse.ArgumentParser(prog="make up-tasks", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    for name, text in (("up", "start"), ("run", "run a job beside"), *SHORT):
        action = actions.add_parser(
            name, prog=f"make {name}-tasks", help=f"{text} the stack's tasks"
        )
        action.add_argument("--stack", required=True)
        if name == "run":
            action.add_argument("--job", required=True, metavar="NAME")
        if name == "up":
            action.add_argument("--no-build", action="store_true", help="use the images there are")
            action.add_argument("--without", action="append", default=[], metavar="SERVICE")
            action.add_argument("--without-log-router", action="store_true")
            action.add_argument("--count", type=int, help="tasks a service, instead of its own")
    options = parser.parse_args()
    try:
        engine = engine_for(options.stack)
        if options.action == "up":
            up(
                engine,
                options.stack,
                options.without,
                options.count,
                build=not options.no_build,
                log_router=not options.without_log_router,
            )
        elif options.action == "run":
            return run_job(engine, options.stack, options.job)
        elif options.action == "down":
            engine.remove_all()
        else:
            report.show(engine)
    except KeyboardInterrupt:
        return INTERRUPTED
    except (TaskError, NotRunError, NotSupportedError) as error:
        print(f"{options.action}: {error}", file=sys.stderr)
        return 1
    return 0


def engine_for(stack: str, project: str = "plataforma-tasks") -> Engine:
    folder = FOLDER / stack
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (FOLDER / ".gitignore").write_text("*\n")
    return find_engine(f"{project}-{stack}", folder)


def up(
    engine: Engine,
    name: str,
    without: Collection[str] = (),
    count: int | None = None,
    *,
    build: bool = True,
    log_router: bool = True,
    project: Path = ROOT,
) -> tuple[Stack, list[Task]]:
    """The running stack. Errors: TaskError."""
    begun = time.monotonic()
    stack, values = described(engine, name, log_router=log_router, project=project)
    if unknown := set(without) - {service.name for service in stack.services}:
        raise TaskError(f"--without: {name} has no service {', '.join(sorted(unknown))}")
    if build:
        for image in images.needed(stack, without):
            _say(begun, f"building {image}")
            images.build(engine, stack, image)
    images.build_beside(engine)
    built = time.monotonic()
    engine.remove_all()
    _start_surroundings(engine, stack, values, begun)
    for definition in stack.one_off:
        _say(begun, f"running {definition.family}")
        _run_once(engine, stack, values, definition)
    tasks = _tasks(stack, without, count)
    for item in tasks:
        _say(begun, f"starting {item.label}")
        start_task(engine, stack, values, item)
    beside.register(engine, stack, tasks)
    _say(begun, "waiting until all are healthy")
    watching.wait_until_healthy(engine, stack, tasks)
    report.show(engine)
    report.summary(engine, stack, tasks, without, time.monotonic() - built)
    return stack, tasks


def described(
    engine: Engine, name: str, *, log_router: bool = True, project: Path = ROOT
) -> tuple[Stack, SecretValues]:
    """The stack as its simulated creation leaves it, with secrets of this machine."""
    folder = engine.folder / "secrets"
    config = secret_values.with_local_secrets(stack_config.read(name, project), folder)
    stack = load(process.create_config(config, name, project), log_router=log_router)
    return stack, secret_values.read(stack, folder)


def _start_surroundings(engine: Engine, stack: Stack, values: SecretValues, begun: float) -> None:
    engine.run("network", "create", *engine.labels, engine.network)
    needed = stores.of(stack, values)
    hosts = [host for store in needed for host in store.hosts]
    hosts += [*beside.aws_hosts(stack), *stack.web_hosts]
    authority.write(engine.folder / "tls", hosts)
    for store in needed:
        _say(begun, f"starting {store.name}")
        stores.start(engine, store)
    engine.keep_network_address()
    beside.start_aws(engine, stack)
    beside.start_balancer(engine, stack)
    for name in (*(store.name for store in needed), beside.AWS, beside.BALANCER):
        watching.wait_for(engine, engine.named(name), watching.is_healthy, "healthy")


def _run_once(engine: Engine, stack: Stack, values: SecretValues, definition: Definition) -> None:
    once = Task(definition.family, 1, definition)
    start_task(engine, stack, values, once)
    watching.run_to_end(engine, once, definition)


def run_job(engine: Engine, name: str, job: str, project: Path = ROOT) -> int:
    """The exit code of the job's last attempt. Errors: TaskError, NotRunError."""
    stack, values = described(engine, name, project=project)
    return run_attempts(engine, stack, values, states.find(stack, job))


def run_attempts(
    engine: Engine,
    stack: Stack,
    values: SecretValues,
    job: Job,
    pause: Callable[[float], object] = time.sleep,
) -> int:
    if not engine.succeeds("network", "inspect", engine.network):
        name = stack.plan.stack
        raise TaskError(f"nothing of {name} runs here: start it by `make up-tasks STACK={name}`")
    return attempts.run(job, partial(_attempt, engine, stack, values, job), pause)


def _attempt(
    engine: Engine, stack: Stack, values: SecretValues, job: Job, number: int
) -> int | None:
    once = Task(job.definition.family, number, job.definition)
    (container,) = job.definition.containers
    task.remove(engine, once)
    try:
        start_task(engine, stack, values, once)
        return engine.run_out(once.container(engine, container["name"]), job.timeout_seconds)
    finally:
        task.remove(engine, once)


def start_task(engine: Engine, stack: Stack, values: SecretValues, item: Task) -> None:
    task.prepare(engine, item)
    for definition in task.in_order(item.definition.containers):
        for needed in definition.get("dependsOn", ()):
            _wait(engine, item.container(engine, needed["containerName"]), needed["condition"])
        task.start_container(engine, stack, item, values, definition)


def _wait(engine: Engine, name: str, condition: str) -> None:
    if condition == task.HEALTHY:
        watching.wait_for(engine, name, watching.is_healthy, "healthy")
    elif condition in (task.COMPLETE, task.SUCCESS):
        state = watching.wait_for(engine, name, lambda state: state.stopped, "ended")
        if condition == task.SUCCESS and state.exit_code != 0:
            raise TaskError(f"{name} {state}. Its last lines:\n{engine.logs(name)}")


def _tasks(stack: Stack, without: Collection[str], count: int | None) -> list[Task]:
    """As many as the service wants at first, and at least one of each."""
    return [
        Task(service.name, number, service.definition, service.names)
        for service in stack.services
        if service.name not in without
        for number in range(1, 1 + (count or max(1, service.desired)))
    ]


def _say(begun: float, text: str) -> None:
    print(f"{time.monotonic() - begun:6.1f} s  {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
