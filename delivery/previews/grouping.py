"""The part of the platform that a resource belongs to."""

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
    """`staging` of urn:pulumi:staging::<project>::<types>::<name>."""
    return urn.removeprefix("urn:pulumi:").partition("::")[0]


def is_component(urn: str) -> bool:
    """Whether it is a component, the stack or a stack reference."""
    return type_of(urn).startswith(COMPONENT_PACKAGES)


def group_of(urn: str, parents: Mapping[str, str]) -> str:
    """`service backend`, `network`: the component directly below the platform. `parents`: URN to
    URN."""
    below = urn
    while True:
        parent = parents.get(below, "")
        if not parent or type_of(parent) in ROOTS:
            break
        below = parent
    chain = _chain(below)
    if not is_component(below) or chain[-1] in ROOTS:
        return _group_by_name(urn, parents) if len(chain) > 2 else "platform"
    return _label(_kind(chain[-1]), name_of(below))


def _group_by_name(urn: str, parents: Mapping[str, str]) -> str:
    """By its name, which begins with the component's: the preview does not show its parents."""
    kind = _chain(urn)[1]
    seen = {name_of(p) for p in (*parents, *parents.values()) if type_of(p) == kind}
    name = name_of(urn)
    candidates = [other for other in seen if name == other or name.startswith(f"{other}-")]
    return _label(_kind(kind), max(candidates, key=len)) if candidates else _kind(kind)


def _label(kind: str, name: str) -> str:
    return name if name.replace("-", "") == kind else f"{kind} {name}"


def _kind(token: str) -> str:
    return token.rpartition(":")[2].lower()


def _chain(urn: str) -> list[str]:
    parts = urn.split("::")
    return parts[2].split("$") if len(parts) > 3 else [""]
