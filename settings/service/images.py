"""The images section of the stack config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from settings.problems import Problem, nearest
from settings.section import Name, Section, VariableName
from settings.service.registries import ecr_registry

DIGEST = "sha256:[0-9a-f]{64}"
Digest = Annotated[
    str, Field(pattern=f"^{DIGEST}$", description="An image digest: sha256: and 64 hex.")
]


class ImageSettings(Section):
    """Where images come from: exactly one of build, promote and digests."""

    registry: str = Field(
        pattern=r"^[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)+$",
        description="Registry and path before an image's name, e.g. ghcr.io/owner/name.",
    )
    build: bool = Field(default=False, description="Build images/Dockerfile.<image> and push it.")
    promote: str | None = Field(
        default=None, min_length=1, description="Deploy the digests that this other stack deployed."
    )
    digests: dict[Name, Digest] = Field(
        default_factory=dict[str, str], description="Image name to digest, to deploy just these."
    )
    pull_secret: VariableName | None = Field(
        default=None,
        description="The name of a Secrets Manager secret under plataforma:secrets holding "
        '{"username": ..., "password": ...} for a private registry.',
    )

    def problems(self) -> Iterator[Problem]:
        values = {"build": self.build, "promote": self.promote, "digests": self.digests}
        sources = [key for key, value in values.items() if value]
        if len(sources) != 1:
            found = " and ".join(sources) or "none"
            allowed = "build: true, promote: <stack>, digests: {...}"
            yield Problem("", f"{found} given; give exactly one of {allowed}.")
        if self.pull_secret and ecr_registry(self.registry):
            text = "ECR takes no credentials: tasks pull by their execution role. Leave it out."
            yield Problem("pullSecret", text)


def dockerfile_problems(images_by_service: Mapping[str, str], folder: Path) -> Iterator[Problem]:
    """Short names of images that a stack with build: true can't build from `folder`."""
    known = [path.name.removeprefix("Dockerfile.") for path in folder.glob("Dockerfile.*")]
    for service, image in images_by_service.items():
        if "@" not in image and not (folder / f"Dockerfile.{image}").is_file():
            text = f"there is no images/Dockerfile.{image} to build.{nearest(image, known)}"
            yield Problem(f"services.{service}.image", text)
