"""Links that follow from a service's own settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components.shared import iam
from components.shared.link import Link, Sidecar
from components.shared.secret_handle import SecretHandle
from settings.service.task.permissions import Permission
from settings.service.task.sidecar import SidecarSettings


def permissions_link(permissions: Sequence[Permission]) -> Link:
    """The statements that a service's settings write out."""
    statements = [
        iam.allow(permission.actions, permission.resources, permission.conditions)
        for permission in permissions
    ]
    return Link("permissions", statements=statements)


def sidecars_link(
    sidecars: Mapping[str, SidecarSettings], secrets: Mapping[str, SecretHandle]
) -> Link:
    """The containers that a service's settings add to its task."""
    made = [
        Sidecar(
            name=name,
            image=sidecar.image,
            user=sidecar.user,
            command=sidecar.command,
            environment=sidecar.environment,
            secrets={secret: secrets[secret] for secret in sidecar.secrets},
            image_name=sidecar.image,
            essential=sidecar.essential,
            health_command=sidecar.health_command,
        )
        for name, sidecar in sidecars.items()
    ]
    return Link("sidecars", sidecars=made)
