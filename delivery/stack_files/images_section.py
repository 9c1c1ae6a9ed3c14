"""The section plataforma:images of a stack file that deploys images by digest."""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml.comments import CommentedMap

from delivery.shared.errors import InputError
from delivery.shared.image_digests import ImageDigests
from delivery.shared.outputs import StackOutputs
from delivery.stack_files.editing import append, edited, remove, replace, yaml_text
from settings import stack_file
from settings.problems import NAMESPACE
from settings.service.images import ImageSettings

SECTION = f"{NAMESPACE}:images"
SERVICES = f"{NAMESPACE}:services"
DIGESTS = "digests"
OTHER_SOURCES = ("build", "promote")
"""Keys of the section that say where images come from if it names no digests."""


def read_images(stack: str, project: Path) -> tuple[str, ImageDigests]:
    """The registry and the digests of Pulumi.<stack>.yaml; none where it builds or promotes.

    Errors: StackFileError if the file does not exist; InputError if it is of another project, or a
    digest is wrong.
    """
    path = stack_file.find(stack, project)
    section = (stack_file.load(path).get("config") or {}).get(SECTION)
    try:
        images = TypeAdapter(ImageSettings).validate_python(section)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        message = error.errors()[0]["msg"]
        raise InputError(f"{path.name}: {SECTION}.{where}: {message}") from None
    return images.registry, ImageDigests(images.digests)


def images_of_services(stack: str, project: Path) -> dict[str, str]:
    """The image of each service of Pulumi.<stack>.yaml."""
    config = stack_file.load(stack_file.find(stack, project)).get("config") or {}
    services = config.get(SERVICES) or {}
    return {name: service["image"] for name, service in services.items() if "image" in service}


def write_digests(stack: str, project: Path, digests: ImageDigests) -> None:
    """Makes Pulumi.<stack>.yaml deploy these digests, and no other images.

    Errors: StackFileError if the file does not exist; InputError if it is of another project, or if
    the section or its digests are no map.
    """
    path = stack_file.find(stack, project)
    if SECTION not in (stack_file.load(path).get("config") or {}):
        raise InputError(f"{path.name} is not a stack file of this project: it has no {SECTION}")
    with edited(path) as content:
        section = _map(content["config"][SECTION], f"{path.name}: {SECTION}")
        if DIGESTS in section and section[DIGESTS] is None:
            remove(section, DIGESTS)
        if DIGESTS in section:
            _change(_map(section[DIGESTS], f"{path.name}: {SECTION}.{DIGESTS}"), digests)
        for source in OTHER_SOURCES:
            if source in section and DIGESTS not in section:
                replace(section, source, DIGESTS, CommentedMap(digests))
            elif source in section:
                remove(section, source)
        if DIGESTS not in section:
            append(section, DIGESTS, CommentedMap(digests))


def _map(value: object, where: str) -> CommentedMap:
    if not isinstance(value, CommentedMap):
        raise InputError(f"{where} must be a map of keys to values")
    return value


def _change(block: CommentedMap, digests: ImageDigests) -> None:
    for image, digest in digests.items():
        if image in block:
            block[image] = digest
        else:
            append(block, image, digest)
    for image in set(block) - set(digests):
        remove(block, image)


def images_section(outputs: StackOutputs, digests: ImageDigests) -> str:
    """The section as text, with a comment that says how to deploy it."""
    registry = min(service.registry for service in outputs.services.values())
    section = {SECTION: {"registry": registry, DIGESTS: dict(digests)}}
    return (
        "# Replace plataforma:images under `config:` of the stack file with this. Keep\n"
        "# pullSecret; leave build and promote out. Then run\n"
        "#   pulumi preview --stack <stack> && pulumi up --stack <stack>\n"
        "#   python -m delivery rollout --state FILE\n"
    ) + yaml_text(section)
