"""The placeholders of a rendered file, `${resource.property}`, filled from the stack's state."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from delivery.shared.stack_state import IMAGE, StackState

PLACEHOLDER = re.compile(r"\$\{([\w-]+)\.([\w.\[\]-]+)\}")
ACCOUNT = ("aws", "accountId")
SUFFIX = "??????"
"""The six characters that Secrets Manager appends to a secret's name."""
ENCRYPTED = "4dabf18193072939515e22adb298388d"
"""The key that marks a secret in a state: Pulumi, sdk/go/common/resource/sig/sig.go."""
VERSION_DIGITS = 12
"""Of a digest, by which a task names its version: components/service/task/containers.py."""
ANYTHING = ".+"


@dataclass(frozen=True)
class Placeholders:
    state: StackState
    account: str

    def match(self, text: str, registered: str) -> bool:
        """Whether the text, with its placeholders filled, is what is registered."""
        return re.fullmatch(self._pattern(text), registered, re.DOTALL) is not None

    def with_digests(self, text: str) -> str:
        """A file's text with the digests of the images that were deployed: in a stack file with
        digests the pipeline writes others, which the commit can't have."""
        for _, reference in self._images():
            repository, _, digest = reference.partition("@sha256:")
            for old in set(re.findall(rf"{re.escape(repository)}@sha256:([0-9a-f]{{64}})", text)):
                text = text.replace(old, digest).replace(
                    old[:VERSION_DIGITS], digest[:VERSION_DIGITS]
                )
        return text

    def unknown(self, text: str) -> list[str]:
        """The placeholders in the text that the state has no value for."""
        found = PLACEHOLDER.finditer(text)
        return [place[0] for place in found if not self._values(place[1], place[2])]

    def _pattern(self, text: str) -> str:
        parts, end = list[str](), 0
        for place in PLACEHOLDER.finditer(text):
            parts.append(_literal(text[end : place.start()]))
            parts.append(f"(?:{'|'.join(self._values(place[1], place[2])) or '(?!)'})")
            end = place.end()
        return "".join([*parts, _literal(text[end:])])

    def _values(self, name: str, path: str) -> list[str]:
        """The values as patterns: resources of different types may have one name."""
        if (name, path) == ACCOUNT:
            return [re.escape(self.account)]
        found = [_at(r.outputs, path) for r in self.state.resources if r.name == name]
        if path == "repoDigest":
            found += [text for image, text in self._images() if image == name]
            found += [_version(text) for text in found if isinstance(text, str)]
        return [_one(value) for value in found if value is not None]

    def _images(self) -> Iterator[tuple[str, str]]:
        for resource in self.state.resources:
            if resource.type == IMAGE:
                yield resource.name, str(resource.outputs.get("reference", ""))


def _literal(text: str) -> str:
    return re.escape(text).replace(re.escape(SUFFIX), "[A-Za-z0-9]{6}")


def _one(value: Any) -> str:
    is_encrypted = isinstance(value, dict) and ENCRYPTED in value
    return ANYTHING if is_encrypted else re.escape(str(value))


def _version(reference: str) -> str:
    return reference.partition("@sha256:")[2][:VERSION_DIGITS]


def _at(value: Any, path: str) -> Any:
    """The value at a path such as `instances[0].endpoints[0]`; None where there is none."""
    for key in re.findall(r"[^.\[\]]+", path):
        try:
            value = value[int(key)] if isinstance(value, list) else value[key]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    return value
