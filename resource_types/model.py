"""What a description of a resource type holds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from resource_types.refusals import Refusal
from resource_types.scope import Scope

Inputs = Mapping[str, Any]


@dataclass(frozen=True)
class Creation:
    """What the simulated values of one resource are made of. `inputs` answers a missing property
    with an empty text; the same `seed` gives the same random parts."""

    seed: str
    name: str
    inputs: Inputs
    region: str
    account: str
    id: str = ""

    def hex(self, length: int) -> str:
        return hashlib.sha256(self.seed.encode()).hexdigest()[:length]

    @property
    def uuid(self) -> str:
        h = self.hex(32)
        return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"

    @property
    def number(self) -> int:
        return 1 + int(self.hex(8), 16) % 9973

    @property
    def partition(self) -> str:
        country = self.region.rpartition("-")[0][:6].removesuffix("-")
        return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(country, "aws")

    def __getitem__(self, key: str) -> Any:
        """The fields of a template: an attribute, or `hex17` for 17 hexadecimal digits."""
        if key.startswith("hex"):
            return self.hex(int(key[3:]))
        return getattr(self, key)


Value = str | int | bool | None | list[Any] | dict[str, Any] | Callable[[Creation], Any]
"""A simulated value: a text is a template (see Creation), a function is called."""


@dataclass(frozen=True, kw_only=True)
class Calls:
    """The AWS actions that someone calls, as text: `ec2: DescribeVpcs CreateVpc; kms: Decrypt`.

    `read`: what a preview with refresh calls. `write`: what creation, update and deletion call
    besides. `passes_role_to`: the service that is given a role (iam:PassRole).
    `service_linked_role`: the service whose role AWS makes with the first resource.
    `in_pull_requests`: whether stacks of pull requests use it, all or those without a domain.
    """

    read: str = ""
    write: str = ""
    passes_role_to: str = ""
    service_linked_role: str = ""
    in_pull_requests: bool | Literal["without a domain"] = True

    @property
    def read_actions(self) -> frozenset[str]:
        return frozenset(actions(self.read))

    @property
    def write_actions(self) -> frozenset[str]:
        roles = {
            "iam:PassRole": self.passes_role_to,
            "iam:CreateServiceLinkedRole": self.service_linked_role,
        }
        return frozenset([*actions(self.write), *(action for action in roles if roles[action])])


def actions(text: str) -> Iterator[str]:
    """ec2:DescribeVpcs, ... of a text of actions (see Calls)."""
    for part in filter(None, map(str.strip, text.split(";"))):
        service, _, names = part.partition(":")
        yield from (f"{service}:{name}" for name in names.split())


@dataclass(frozen=True)
class DataStore:
    """A type whose deletion destroys data.

    `lost`: the data, as a sentence names it. `copy_of`: the property that makes it a copy of
    another, whose deletion destroys nothing. `optionally_public`: whether its property
    `publiclyAccessible` opens it to the internet.
    """

    lost: str
    copy_of: str = ""
    optionally_public: bool = False


@dataclass(frozen=True)
class ResourceType(Calls):
    """One resource type.

    `token`: Pulumi's name of it. `replace_on_changes`: the properties, with a dot for a nested one,
    whose change replaces the resource; `update_instead`: of them, those that are updated in place
    while another property is true. `id`: the template of its id, empty where that is the ARN.
    `outputs`: what the provider computes. `name_property`: the property that Pulumi names if the
    program does not. `changed_by_updates`: the outputs that differ after each update. `made_with`:
    the outputs that AWS makes, or takes away, when an update turns an input on or off; no preview
    knows that.
    `keeps`: the properties that stay as they are where an update leaves them out. `grows`: those
    that AWS raises by itself while another property is set; a lower value is then no change.
    `ends_with`: the path, by type, at which another resource names this one's id and takes it along
    when it is deleted, or names it no longer. `refusals`: what AWS refuses. `summary`: what a
    printed plan says of it.
    """

    token: str
    replace_on_changes: str = field(kw_only=True)
    update_instead: Mapping[str, str] = field(default_factory=dict[str, str], kw_only=True)
    id: str = field(default="", kw_only=True)
    outputs: Mapping[str, Value] = field(default_factory=dict[str, Value], kw_only=True)
    name_property: str = field(default="", kw_only=True)
    changed_by_updates: tuple[str, ...] = field(default=(), kw_only=True)
    made_with: Mapping[str, str] = field(default_factory=dict[str, str], kw_only=True)
    keeps: tuple[str, ...] = field(default=(), kw_only=True)
    grows: Mapping[str, str] = field(default_factory=dict[str, str], kw_only=True)
    ends_with: Mapping[str, str] = field(default_factory=dict[str, str], kw_only=True)
    refusals: tuple[Refusal, ...] = field(default=(), kw_only=True)
    data: DataStore | None = field(default=None, kw_only=True)
    summary: Callable[[Inputs], str] | None = field(default=None, kw_only=True)


def _nothing(_: Inputs, __: Creation) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Function(Calls):
    """A provider function (`aws.get_...`). `answer`: its simulated result; `finds`: the type whose
    existing resource of the name that it asks for is the result instead."""

    token: str
    answer: Callable[[Inputs, Creation], dict[str, Any]] = field(kw_only=True, default=_nothing)
    finds: str = field(kw_only=True, default="")


@dataclass(frozen=True)
class Service:
    """Types of one or a few AWS services. `topic`: the part of a role's permissions that they are
    listed under. `scopes`: on what each of their actions is allowed."""

    topic: str
    types: tuple[ResourceType, ...]
    functions: tuple[Function, ...] = ()
    scopes: tuple[Scope, ...] = ()


def arn(service: str, resource: str) -> str:
    """The template of an ARN in the stack's region and account."""
    return "arn:{partition}:" + service + ":{region}:{account}:" + resource


def global_arn(service: str, resource: str) -> str:
    """The template of an ARN that names no region."""
    return "arn:{partition}:" + service + "::{account}:" + resource
