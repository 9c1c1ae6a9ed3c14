"""Image digests by image name: the one form in which commands read, pass on and write them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from pydantic import GetCoreSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import CoreSchema, core_schema

from delivery.shared.errors import InputError
from delivery.shared.json_file import read_json
from settings.service.images import Digest

KEY = "imageDigests"
"""Of the stack's outputs, and of a file that `delivery digests --write` writes."""
WRITER = "python -m delivery digests --write FILE"


class ImageDigests(Mapping[str, str]):
    """`sha256:...` by image name, in the order of the names. Never changes."""

    def __init__(self, digests: Mapping[str, str]) -> None:
        self._digests = dict(sorted(digests.items()))

    def __getitem__(self, image: str) -> str:
        return self._digests[image]

    def __iter__(self) -> Iterator[str]:
        return iter(self._digests)

    def __len__(self) -> int:
        return len(self._digests)

    def __repr__(self) -> str:
        return f"ImageDigests({self._digests})"

    def __or__(self, other: Mapping[str, str]) -> ImageDigests:
        """These, with the digests of `other` in place of their own."""
        return ImageDigests({**self._digests, **other})

    def differences(self, other: ImageDigests) -> list[str]:
        """The images that `other` has not, or with another digest. What it has besides counts not:
        another stack may run it."""
        return [image for image in self if self[image] != other.get(image)]

    def to_json(self) -> str:
        return json.dumps({KEY: self._digests}, indent=2)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        make = cast(Callable[[Any], Any], cls)
        return core_schema.no_info_after_validator_function(make, handler(dict[str, Digest]))


def of_service(name: str, image: str) -> str:
    """What is wrong with the digest of `name`: several services may share an image."""
    return f"{name} is a service, whose image is {image}: give {image}=sha256:..."


def is_digest(text: str) -> bool:
    """Whether it is sha256: and 64 hex digits."""
    try:
        TypeAdapter(Digest).validate_python(text)
    except ValidationError:
        return False
    return True


def read_image_digests(path: Path) -> ImageDigests:
    """From a file of `delivery digests --write`, or from the stack's outputs.

    Errors: InputError for a file without digests, or with a wrong one.
    """
    content = read_json(path, WRITER)
    digests = cast(dict[str, Any], content).get(KEY) if isinstance(content, dict) else None
    if not digests:
        raise InputError(f"{path} has no {KEY}. Write it with `{WRITER}`.")
    try:
        return TypeAdapter(ImageDigests).validate_python(digests)
    except ValidationError as error:
        wrong = ", ".join(sorted(".".join(map(str, e["loc"])) or KEY for e in error.errors()))
        raise InputError(f"{path}: not a digest (sha256: and 64 hex digits): {wrong}") from None
