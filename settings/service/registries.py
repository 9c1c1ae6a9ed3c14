"""Container registries: where an image comes from, by its reference."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr(-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?"
)


@dataclass(frozen=True)
class EcrRegistry:
    """A private registry of Amazon ECR."""

    account: str
    region: str


def host(reference: str) -> str:
    """The host of an image or of the path before it: ghcr.io of ghcr.io/owner/name."""
    return reference.partition("/")[0]


def ecr_registry(reference: str) -> EcrRegistry | None:
    """The private ECR registry of an image; None where it is in another registry."""
    found = _ECR.fullmatch(host(reference))
    return EcrRegistry(found["account"], found["region"]) if found else None


def repository(reference: str) -> str:
    """The repository's name: owner/api of <host>/owner/api@sha256:..."""
    return reference.partition("/")[2].partition("@")[0]


def full_reference(image: str, registry: str) -> str:
    """`image` where it is a full reference, else the short name's repository in `registry`."""
    return image if "@" in image else f"{registry}/{image}"
