"""Constants of Pulumi's protocol. Source: Pulumi Python SDK, pulumi/runtime/rpc.py."""

from __future__ import annotations

STACK = "pulumi:pulumi:Stack"

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Stands for a value that is known only after its resource is created."""

MASK = "[secret]"
"""What the CLI prints for a secret."""

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key that marks a map as a special value; its value is one of those below, or that of an asset
or archive."""

SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 (a protocol constant)
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
