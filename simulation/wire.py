"""Property values as the engine sends them, as plain Python and back, secrets kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf import struct_pb2

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
MASK = "[secret]"

# What marks a special object in Pulumi's protocol, and the marks that we meet.
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 (a protocol constant)
_RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"


def to_python(value: struct_pb2.Value) -> Any:
    """A protobuf value as Python; secrets and references stay the marked objects they are."""
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return properties(value.struct_value)
    if kind == "list_value":
        return [to_python(item) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "string_value":
        return value.string_value
    return value.bool_value if kind == "bool_value" else None


def properties(struct: struct_pb2.Struct) -> dict[str, Any]:
    return {key: to_python(value) for key, value in struct.fields.items()}


def to_struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


def reference(urn: str, resource_id: str) -> dict[str, Any]:
    """A resource as a property value."""
    return {_SIGNATURE: _RESOURCE, "urn": urn, "id": resource_id, "packageVersion": ""}


def reveal(value: Any) -> Any:
    """The value without its secret marks: to compare, never to show."""
    return _map(value, lambda secret: reveal(secret))


def mask(value: Any) -> Any:
    """The value with "[secret]" for every secret and the URN for every resource reference."""
    return _map(value, lambda _: MASK)


def secret(value: Any) -> dict[str, Any]:
    return {_SIGNATURE: _SECRET, "value": value}


def _map(value: Any, on_secret: Callable[[Any], Any]) -> Any:
    if isinstance(value, Mapping):
        mark = value.get(_SIGNATURE)
        if mark == _SECRET or (mark == _OUTPUT and value.get("secret")):
            return on_secret(value.get("value", UNKNOWN))
        if mark == _OUTPUT:
            return _map(value.get("value", UNKNOWN), on_secret)
        if mark == _RESOURCE:
            return value["urn"]
        return {str(key): _map(item, on_secret) for key, item in value.items()}
    if isinstance(value, list):
        return [_map(item, on_secret) for item in value]
    return value
