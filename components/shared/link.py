"""What a client of a store gets, as one value. A service knows nothing else of its stores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.shared import iam
from components.shared.secret_handle import SecretHandle


@dataclass(frozen=True)
class Endpoint:
    """A TCP port of a security group that clients connect to. `name` ends the names of the rules
    that allow it: <client>-to-<name>."""

    name: str
    security_group_id: pulumi.Input[str]
    port: int


@dataclass(frozen=True)
class Sidecar:
    """One more container in the client's task.

    `stop_timeout_seconds` is the service's own where it is None. A sidecar with `firelens_config`,
    the path of a Fluent Bit configuration in its image, is the task's log router: ECS sends it the
    lines of the service's own container. `image_name` is the image as the stack file writes it, or
    * for one of the stack's registry. A task ends with a sidecar that is `essential`.
    """

    name: str
    image: pulumi.Input[str]
    user: str
    command: Sequence[str] = ()
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, str])
    secrets: Mapping[str, SecretHandle] = field(default_factory=dict[str, SecretHandle])
    stop_timeout_seconds: int | None = None
    firelens_config: str | None = None
    image_name: str = "*"
    essential: bool = True
    health_command: Sequence[str] = ()


@dataclass(frozen=True)
class Volume:
    """An EFS file system that the client's container has at `path`, by an access point of its
    own."""

    name: str
    path: str
    file_system_id: pulumi.Input[str]
    access_point_id: pulumi.Input[str]


@dataclass(frozen=True)
class Link:
    """What a client of a store gets.

    `environment` holds plain variables and `secrets` secret ones, by name; `statements` go into the
    client's task role, `endpoints` become rules of its security group, `sidecars` containers of its
    task, `volumes` mount points of its own container.

    A store has a method `link()` that returns one; its arguments say what differs from client to
    client. An S3 bucket is a variable with its name and statements on its ARN: it has no endpoint,
    because tasks reach S3 by HTTPS, which every service may. An EFS file system is statements, an
    endpoint on port 2049 and a volume.
    """

    name: str
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, str])
    secrets: Mapping[str, SecretHandle] = field(default_factory=dict[str, SecretHandle])
    statements: Sequence[iam.Statement] = ()
    endpoints: Sequence[Endpoint] = ()
    sidecars: Sequence[Sidecar] = ()
    volumes: Sequence[Volume] = ()


class LinkConflictError(Exception):
    """Two links give their client the same thing."""


def merge(client: str, links: Sequence[Link]) -> Link:
    """The links of a client as one, in their order.

    Errors: LinkConflictError where a variable, an endpoint, a sidecar or a volume comes twice.
    """
    _refuse_duplicates(client, "variable", _variables(links))
    _refuse_duplicates(client, "endpoint", _endpoints(links))
    _refuse_duplicates(client, "sidecar", _sidecars(links))
    _refuse_duplicates(client, "volume", _volumes(links))
    return Link(
        client,
        environment={name: value for link in links for name, value in link.environment.items()},
        secrets={name: secret for link in links for name, secret in link.secrets.items()},
        statements=[statement for link in links for statement in link.statements],
        endpoints=[endpoint for link in links for endpoint in link.endpoints],
        sidecars=[sidecar for link in links for sidecar in link.sidecars],
        volumes=[volume for link in links for volume in link.volumes],
    )


def _variables(links: Sequence[Link]) -> Iterator[tuple[str, str]]:
    return ((link.name, name) for link in links for name in (*link.environment, *link.secrets))


def _endpoints(links: Sequence[Link]) -> Iterator[tuple[str, str]]:
    return ((link.name, endpoint.name) for link in links for endpoint in link.endpoints)


def _sidecars(links: Sequence[Link]) -> Iterator[tuple[str, str]]:
    return ((link.name, sidecar.name) for link in links for sidecar in link.sidecars)


def _volumes(links: Sequence[Link]) -> Iterator[tuple[str, str]]:
    return ((link.name, volume.name) for link in links for volume in link.volumes)


def _refuse_duplicates(client: str, kind: str, named: Iterator[tuple[str, str]]) -> None:
    link_by_name: dict[str, str] = {}
    for link, name in named:
        if name in link_by_name:
            first = link_by_name[name]
            raise LinkConflictError(f"{client}: {kind} {name} comes from links {first} and {link}.")
        link_by_name[name] = link
