"""The images of the tasks, built here from images/Dockerfile.<image>, and those beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from importlib.metadata import version
from pathlib import Path

from commands.local import containers, images
from commands.tasks.engine import Engine, TaskError
from commands.tasks.stack import Stack, image_name
from settings.monitoring.images import LOG_ROUTER_IMAGE
from settings.project import ROOT

BESIDE = Path(__file__).parent / "stand_ins"


def local_image(image: str) -> str:
    """The image that runs: ours is built here, another is the registry's."""
    name = image_name(image)
    return _image(name) if _dockerfile(name).exists() else image


def needed(stack: Stack, without: Collection[str]) -> Iterator[str]:
    """Names of the images to build, for all services but those of `without`."""
    left_out = {service.definition.arn for service in stack.services if service.name in without}
    names = {
        image_name(container["image"])
        for definition in stack.definitions
        if definition.arn not in left_out
        for container in definition.containers
    }
    yield from sorted(name for name in names if _dockerfile(name).exists())


def build(engine: Engine, stack: Stack, name: str) -> None:
    """As `make up-local` does, under the same names."""
    try:
        images.build(_builder(engine), name)
    except containers.StackError as error:
        raise TaskError(
            f"the image {name} was not built: {error}\n"
            f"Where its base image can't be had, leave it out: ARGS='{_without(stack, name)}'"
        ) from error


def _without(stack: Stack, name: str) -> str:
    """The options that leave out what needs the image."""
    if name == LOG_ROUTER_IMAGE:
        return "--without-log-router"
    users = (
        service.name
        for service in stack.services
        if name in {image_name(item["image"]) for item in service.definition.containers}
    )
    return " ".join(f"--without={user}" for user in users)


def with_health_check(engine: Engine, image: str, name: str, instruction: str | None) -> str:
    """The image with this instruction, for the container of that name."""
    if instruction is None:
        return image
    folder = engine.folder / "health-checks" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Dockerfile").write_text(f"FROM {image}\n{instruction}\n")
    # OCI's own format has no health checks.
    form = ["--format=docker"] if engine.name == "podman" else []
    return engine.run("build", "--quiet", *form, str(folder)).splitlines()[-1]


def build_beside(engine: Engine) -> None:
    """The image of the load balancer and of AWS's API."""
    engine.run(
        *("build", f"--tag={engine.named('stand-ins')}", f"--build-arg=MOTO={version('moto')}"),
        *("--network=host", str(BESIDE)),
    )


def _image(name: str) -> str:
    return f"{containers.DEFAULTS['REGISTRY']}/{name}:{containers.DEFAULTS['TAG']}"


def _builder(engine: Engine) -> containers.Stack:
    return containers.Stack(ROOT, engine.name, (), containers.DEFAULTS)


def _dockerfile(name: str) -> Path:
    return ROOT / f"images/Dockerfile.{name}"
