"""One task: its containers, which share a network namespace, started in the order of dependsOn."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commands.tasks import container, firelens
from commands.tasks.engine import Engine
from commands.tasks.images import local_image, with_health_check
from commands.tasks.secret_values import SecretValues
from commands.tasks.stack import Definition, Stack

STAND_INS = "stand-ins"
# Conditions of dependsOn (ECS API, "ContainerDependency").
HEALTHY, COMPLETE, SUCCESS = "HEALTHY", "COMPLETE", "SUCCESS"


@dataclass(frozen=True)
class Task:
    """`group`: the service's name, or the family of a task that runs once. `names`: what other
    tasks find it by."""

    group: str
    number: int
    definition: Definition
    names: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return f"{self.group}-{self.number}"

    @property
    def id(self) -> str:
        seed = f"{self.definition.arn} {self.label}"
        return hashlib.sha256(seed.encode()).hexdigest()[:32]

    def arn(self, cluster: str) -> str:
        return f"{cluster.replace(':cluster/', ':task/')}/{self.id}"

    def namespace(self, engine: Engine) -> str:
        """The container that holds the network namespace, as ECS's pause container does."""
        return engine.named(self.label)

    def container(self, engine: Engine, name: str) -> str:
        return engine.named(self.label, name)


def in_order(containers: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each after those that it depends on."""
    left = {item["name"]: item for item in containers}
    while left:
        ready = [
            name
            for name, item in left.items()
            if not any(needed["containerName"] in left for needed in item.get("dependsOn", ()))
        ]
        if not ready:
            raise container.NotRunError(f"containers depend on each other: {', '.join(left)}")
        for name in ready:
            yield left.pop(name)


def prepare(engine: Engine, task: Task) -> None:
    """The network namespace and the volumes."""
    engine.run(
        *("run", "--detach", "--init", *engine.labels, f"--name={task.namespace(engine)}"),
        *(f"--network={engine.network}", f"--hostname=task-{task.id[:12]}"),
        *(f"--network-alias={name}" for name in task.names),
        *(engine.named(STAND_INS), "sleep", "infinity"),
    )
    for volume in volumes(engine, task).values():
        engine.run("volume", "create", *engine.labels, volume)


def remove(engine: Engine, task: Task) -> None:
    """What there is of it."""
    containers = [task.container(engine, item["name"]) for item in task.definition.containers]
    there = engine.names()
    # The namespace last: the containers use it.
    for name in (*containers, task.namespace(engine)):
        if name in there:
            engine.run("rm", "--force", "--volumes", name)
    kept = engine.run("volume", "ls", "--quiet").split()
    for volume in volumes(engine, task).values():
        if volume in kept:
            engine.run("volume", "rm", volume)


def volumes(engine: Engine, task: Task) -> dict[str, str]:
    """The engine's volume by that of the definition, and one for the router's socket."""
    names = [volume["name"] for volume in task.definition.request.get("volumes", ())]
    if firelens.router(task.definition.containers):
        names.append(firelens.SOCKET)
    return {name: engine.named(task.label, name.replace(".", "-")) for name in names}


def start_container(
    engine: Engine, stack: Stack, task: Task, values: SecretValues, definition: dict[str, Any]
) -> None:
    name = task.container(engine, definition["name"])
    check = container.health_instruction(definition.get("healthCheck"))
    image = with_health_check(engine, local_image(definition["image"]), name, check)
    around = container.Surroundings(
        name=name,
        image=image,
        network_of=task.namespace(engine),
        variables=_variables(stack, task, definition),
        volumes=volumes(engine, task),
        image_volumes=sorted(engine.image(image)["Config"].get("Volumes") or ()),
        mounts=_mounts(engine, stack, task, definition),
        logging=_logging(engine, task, definition),
        labels=engine.labels,
        # Podman puts it into /run, where FireLens' socket is mounted.
        init=engine.name == "docker" or "firelensConfiguration" not in definition,
    )
    secrets = {item["name"]: values.of(item["valueFrom"]) for item in definition.get("secrets", ())}
    engine.run("create", *container.arguments(definition, around), environment=secrets)
    engine.run("start", around.name)


def _variables(stack: Stack, task: Task, definition: Mapping[str, Any]) -> dict[str, str]:
    """Those that ECS sets on Fargate ("Amazon ECS environment variables", Developer Guide), except
    that credentials are plain ones: there is no endpoint that hands out a role's."""
    return {
        "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
        "AWS_REGION": stack.region,
        "AWS_DEFAULT_REGION": stack.region,
        "AWS_ACCESS_KEY_ID": access_key(task.definition.request.get("taskRoleArn", "")),
        "AWS_SECRET_ACCESS_KEY": "local",
        "ECS_AGENT_URI": f"http://aws/api/{task.id}",
        **container.TRUST,
        **(firelens.VARIABLES if firelens.uses_router(definition) else {}),
    }


def access_key(role_arn: str) -> str:
    """What names a role in the signature of a request."""
    return f"ASIA{hashlib.sha256(role_arn.encode()).hexdigest()[:16].upper()}"


def _mounts(engine: Engine, stack: Stack, task: Task, definition: Mapping[str, Any]) -> list[str]:
    bundle = engine.folder / "tls/bundle.crt"
    mounts = [
        f"type=bind,source={bundle},destination={path},readonly" for path in container.AUTHORITIES
    ]
    if "firelensConfiguration" in definition:
        path = engine.folder / f"firelens/{task.label}.conf"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            firelens.configuration(
                task.definition.containers,
                stack.cluster,
                task.arn(stack.cluster),
                task.definition.arn,
            )
        )
        socket = volumes(engine, task)[firelens.SOCKET]
        mounts += [
            f"type=bind,source={path},destination={firelens.CONFIG_PATH},readonly",
            f"type=volume,source={socket},destination={firelens.SOCKET_FOLDER}",
        ]
    return mounts


def _logging(engine: Engine, task: Task, definition: Mapping[str, Any]) -> list[str]:
    """Podman has no such log driver: there the engine keeps the lines, and the router gets none."""
    if engine.name != "docker" or not firelens.uses_router(definition):
        return []
    volume = volumes(engine, task)[firelens.SOCKET]
    folder = engine.run("volume", "inspect", "--format={{.Mountpoint}}", volume)
    return firelens.driver_options(definition, f"{folder}/{firelens.SOCKET}", task.id)
