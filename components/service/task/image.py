"""Where an image comes from. What is deployed is always a digest, never a tag."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import pulumi
import pulumi_docker as docker

from settings.service.images import ImageSettings

PLATFORMS = {"arm64": "linux/arm64", "x86_64": "linux/amd64"}


@dataclass(frozen=True)
class ImageArgs:
    """`image` is a short name; `architecture` that of its tasks; `tag` what a build is tagged with;
    `promoted` the digests by image that another stack deployed, where this one deploys the same."""

    image: str
    architecture: str
    tag: str
    settings: ImageSettings
    promoted: pulumi.Output[object] | None = None


class Image(pulumi.ComponentResource):
    """One image.

    Makes: docker.Image, built by BuildKit from images/Dockerfile.<image> and built again when what
    images/Dockerfile.<image>.dockerignore leaves in the context changes, if the stack builds its
    images; nothing if the digest is in the stack file or comes from another stack.
    """

    reference: pulumi.Output[str]
    """registry/name@sha256:..., known once the image is pushed."""

    def __init__(
        self, name: str, args: ImageArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("plataforma:service:Image", name, None, opts)
        settings = args.settings
        repository = f"{settings.registry}/{args.image}"
        if settings.build:
            self.reference = self._build(name, args, repository)
        elif args.promoted is not None:
            self.reference = args.promoted.apply(
                lambda digests: f"{repository}@{_digest(digests, settings.promote, args.image)}"
            )
        else:
            self.reference = pulumi.Output.from_input(
                f"{repository}@{settings.digests[args.image]}"
            )
        self.register_outputs({"reference": self.reference})

    def _build(self, name: str, args: ImageArgs, repository: str) -> pulumi.Output[str]:
        tagged = f"{repository}:{args.tag}"
        image = docker.Image(
            name,
            image_name=tagged,
            build_on_preview=False,
            build=docker.DockerBuildArgs(
                context=".",
                dockerfile=f"images/Dockerfile.{args.image}",
                platform=PLATFORMS[args.architecture],
                builder_version=docker.BuilderVersion.BUILDER_BUILD_KIT,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return image.repo_digest


class Images:
    """The images of a stack, each made once and named for itself: whichever services share it, to
    add or remove one builds nothing."""

    def __init__(
        self, settings: ImageSettings, tag: str, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """`tag` is what builds are tagged with; `opts` those of each Image."""
        self._settings, self._tag, self._opts = settings, tag, opts
        self._promoted = digests_of(settings.promote) if settings.promote else None
        self._references: dict[str, pulumi.Output[str]] = {}

    def reference(self, image: str, architecture: str) -> pulumi.Output[str]:
        """registry/name@sha256:..., known once the image is pushed. `image` is a short name or
        itself such a reference; `architecture` that of its tasks."""
        if "@" in image:
            return pulumi.Output.from_input(image)
        if image not in self._references:
            args = ImageArgs(image, architecture, self._tag, self._settings, self._promoted)
            self._references[image] = Image(image, args, self._opts).reference
        return self._references[image]

    def digests(self) -> dict[str, pulumi.Output[str]]:
        """Digests by the short names of the images, as `images.promote` of another stack reads."""
        return {
            image: reference.apply(lambda text: text.rpartition("@")[2])
            for image, reference in self._references.items()
        }


def digests_of(stack: str) -> pulumi.Output[object]:
    """Digests by image that `stack` (a short name, or organization/project/stack) deployed."""
    full = stack if "/" in stack else f"{pulumi.get_organization()}/{pulumi.get_project()}/{stack}"
    return pulumi.StackReference(full).get_output("imageDigests")


def _digest(digests: object, stack: str | None, image: str) -> str:
    known = cast(dict[str, str], digests) if isinstance(digests, dict) else {}
    if image not in known:
        found = ", ".join(sorted(known)) or "none"
        raise pulumi.RunError(
            f"plataforma:images.promote: stack {stack} has deployed no image {image} "
            f"(its imageDigests: {found}). Run `pulumi up` there first."
        )
    return known[image]
