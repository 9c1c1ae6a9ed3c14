"""Property values as the engine sends them, as plain Python and back, secrets kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf import struct_pb2

from simulation.protocol import MASK, OUTPUT, RESOURCE, SECRET, SIGNATURE, UNKNOWN


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
    return {SIGNATURE: RESOURCE, "urn": urn, "id": resource_id, "packageVersion": ""}


def reveal(value: Any) -> Any:
    """The value without its secret marks: to compare, never to show."""
    return _map(value, lambda secret: reveal(secret))


def mask(value: Any) -> Any:
    """The value with "[secret]" for every secret and the URN for every resource reference."""
    return _map(value, lambda _: MASK)


def secret(value: Any) -> dict[str, Any]:
    return {SIGNATURE: SECRET, "value": value}


def _map(value: Any, on_secret: Callable[[Any], Any]) -> Any:
    if isinstance(value, Mapping):
        mark = value.get(SIGNATURE)
        if mark == SECRET or (mark == OUTPUT and value.get("secret")):
            return on_secret(value.get("value", UNKNOWN))
        if mark == OUTPUT:
            return _map(value.get("value", UNKNOWN), on_secret)
        if mark == RESOURCE:
            return value["urn"]
        return {str(key): _map(item, on_secret) for key, item in value.items()}
    if isinstance(value, list):
        return [_map(item, on_secret) for item in value]
    return value
