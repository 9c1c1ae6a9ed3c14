"""Checks of images: what each is built for, and where it is pulled from."""

from __future__ import annotations

from collections.abc import Iterator

from settings.draft import Draft
from settings.monitoring.images import LOG_ROUTER_IMAGE
from settings.problems import Problem, nearest
from settings.service.registries import ecr_registry


def promoted_stack_is_another(draft: Draft) -> Iterator[Problem]:
    if draft.images and draft.images.promote == draft.stack:
        yield Problem("images.promote", f"{draft.images.promote} is this stack itself.")


def images_have_digests(draft: Draft) -> Iterator[Problem]:
    if draft.images is None or not draft.images.digests:
        return
    for name, service in draft.services.items():
        if "@" not in service.image and service.image not in draft.images.digests:
            text = f"has no entry for image {service.image} of service {name}."
            yield Problem("images.digests", text + nearest(service.image, draft.images.digests))


def monitoring_images_have_digests(draft: Draft) -> Iterator[Problem]:
    if draft.images is None or not draft.images.digests:
        return
    for image in dict(_images_of_the_platform(draft)):
        if image not in draft.images.digests:
            yield Problem("images.digests", f"has no entry for image {image} of the monitoring.")


def one_architecture_per_image(draft: Draft) -> Iterator[Problem]:
    first = dict(_images_of_the_platform(draft))
    for name, service in draft.services.items():
        own = (f"service {name}", service.architecture)
        other, architecture = first.setdefault(service.image, own)
        if service.architecture != architecture and "@" not in service.image:
            text = f"image {service.image} is {architecture} for {other}; it is built once."
            yield Problem(f"services.{name}.architecture", text)


def _images_of_the_platform(draft: Draft) -> Iterator[tuple[str, tuple[str, str]]]:
    """The images of monitoring and log routers, who runs each, and in which architecture."""
    if draft.monitoring_parts:
        for image in draft.monitoring_parts.images:
            yield image, ("plataforma:monitoring", draft.monitoring_parts.architecture)
    for name, service in draft.services.items():
        if service.log_driver == "awsfirelens":
            yield LOG_ROUTER_IMAGE, (f"the log router of {name}", service.architecture)


def ecr_is_of_this_account(draft: Draft) -> Iterator[Problem]:
    """The permissions boundary keeps roles in the account and the region of the stack."""
    if draft.images is None:
        return
    named = [("images.registry", draft.images.registry)]
    for name, service in draft.services.items():
        if "@" in service.image:
            named.append((f"services.{name}.image", service.image))
        for sidecar, its in service.sidecars.items():
            named.append((f"services.{name}.sidecars.{sidecar}.image", its.image))
    for path, reference in named:
        ecr = ecr_registry(reference)
        if ecr and (ecr.account, ecr.region) != (draft.account, draft.region):
            text = (
                f"is in ECR of account {ecr.account} and {ecr.region}; tasks may pull from ECR of"
            )
            advice = "this stack's account and region alone: replicate it there"
            yield Problem(path, f"{text} {advice}.")
