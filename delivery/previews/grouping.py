"""Under which part of the platform a change is told."""

from __future__ import annotations

from collections.abc import Mapping

from simulation.protocol import STACK

ROOTS = (STACK, "plataforma:platform:Platform")
COMPONENT_PACKAGES = ("plataforma:", "pulumi:pulumi:", "awsx:")


def type_of(urn: str) -> str:
    return _chain(urn)[-1]


def name_of(urn: str) -> str:
    return urn.rpartition("::")[2]


def stack_of(urn: str) -> str:
    """Of urn:pulumi:<stack>::<project>::<types>::<name>."""
    return urn.removeprefix("urn:pulumi:").partition("::")[0]


def is_component(urn: str) -> bool:
    """Whether it only holds others."""
    return type_of(urn).startswith(COMPONENT_PACKAGES)


def group_of(urn: str, parents: Mapping[str, str]) -> str:
    """`service backend`, `network`: the part right below the platform. `parents`: URN to URN."""
    below = urn
    while True:
        parent = parents.get(below, "")
        if not parent or type_of(parent) in ROOTS:
            break
        below = parent
    chain = _chain(below)
    if not is_component(below) or chain[-1] in ROOTS:
        return _guessed(urn, parents) if len(chain) > 2 else "platform"
    return _label(_kind(chain[-1]), name_of(below))


def _guessed(urn: str, parents: Mapping[str, str]) -> str:
    """Where the preview does not show what it is part of: its names begin with the service's."""
    kind = _chain(urn)[1]
    seen = {name_of(p) for p in (*parents, *parents.values()) if type_of(p) == kind}
    name = name_of(urn)
    fitting = [other for other in seen if name == other or name.startswith(f"{other}-")]
    return _label(_kind(kind), max(fitting, key=len)) if fitting else _kind(kind)


def _label(kind: str, name: str) -> str:
    return name if name.replace("-", "") == kind else f"{kind} {name}"


def _kind(token: str) -> str:
    return token.rpartition(":")[2].lower()


def _chain(urn: str) -> list[str]:
    parts = urn.split("::")
    return parts[2].split("$") if len(parts) > 3 else [""]
