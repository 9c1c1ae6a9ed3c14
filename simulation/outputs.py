"""SIMULATION, not AWS: ids and outputs of resources, and results of functions.

The provider plugin answers with them after a simulated creation, and with "unknown" in a preview;
the in-process preview shows `${name.property}` for what only AWS knows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from resource_types.catalog import FUNCTIONS, TYPES
from resource_types.model import Creation, Inputs, ResourceType, Value
from resource_types.refusals import Unique
from simulation.protocol import UNKNOWN
from simulation.replacement import replacing_properties
from simulation.wire import mask, reveal

ACCOUNT = "123456789012"
_OTHER_ACCOUNT = "210987654321"


class NotSimulatedError(Exception):
    """The program uses a type, function or argument that the simulation does not know."""


class _EmptyIfMissing(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def description(token: str) -> ResourceType:
    """The description of a resource type. Errors: NotSimulatedError."""
    if token not in TYPES:
        raise NotSimulatedError(
            f"SIMULATION, not AWS: resource type {token} is not simulated; "
            "describe it in resource_types/"
        )
    return TYPES[token]


def created(token: str, urn: str, inputs: Inputs, region: str) -> tuple[str, dict[str, Any]]:
    """The id and outputs of a simulated resource after its creation; the same for the same URN
    and the same properties that force a replacement or are unique, as with an AWS client token."""
    properties = (*replacing_properties(token), *_unique_paths(token))
    fixed = {path: reveal(inputs.get(path.partition(".")[0])) for path in properties}
    seed = urn + json.dumps(fixed, sort_keys=True)
    resource_id, computed = _computed(token, _creation(token, urn, inputs, region, seed))
    return resource_id, _with_inputs(computed, inputs)


def _unique_paths(token: str) -> Iterator[str]:
    for refusal in description(token).refusals:
        if isinstance(refusal, Unique):
            yield from refusal.paths.split()


def updated(
    token: str, urn: str, old: Mapping[str, Any], inputs: Inputs, region: str
) -> dict[str, Any]:
    """The outputs after an update: those of the creation, except what the update changes."""
    described = description(token)
    changing = {
        *described.changed_by_updates,
        *(k for k, on in described.made_with.items() if bool(old.get(on)) != bool(inputs.get(on))),
    }
    seed = urn + json.dumps(reveal(inputs), sort_keys=True)
    _, new = _computed(token, _creation(token, urn, inputs, region, seed))
    state = {key: new[key] if key in changing else old.get(key, new[key]) for key in new}
    return _with_inputs(state, inputs)


def previewed(token: str, inputs: Inputs, old: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The outputs that a preview knows: those of a creation, or of an update of `old`."""
    described = description(token)
    keys = list(described.outputs)
    if described.name_property:
        keys.append(described.name_property)
    known = {} if old is None else {k: old[k] for k in old if k not in described.changed_by_updates}
    return _with_inputs({key: known.get(key, UNKNOWN) for key in keys}, inputs)


def placeholders(token: str, name: str, inputs: Inputs, region: str) -> tuple[str, dict[str, Any]]:
    """The id and outputs with `${name.property}` for what only AWS knows: whatever differs between
    two simulated creations in two accounts."""
    creation = _creation(token, name, inputs, region, "one")
    other = _creation(token, name, inputs, region, "two", _OTHER_ACCOUNT)
    _, outputs = _computed(token, creation)
    _, other_outputs = _computed(token, other)
    shown = _common(outputs, other_outputs, name)
    if named := description(token).name_property:
        shown.setdefault(named, f"${{{name}.{named}}}")
    return f"${{{name}.id}}", _with_inputs(shown, inputs)


def invoke(function: str, args: Inputs, region: str) -> dict[str, Any]:
    """The result of a provider function. Errors: NotSimulatedError."""
    if function not in FUNCTIONS:
        raise NotSimulatedError(
            f"SIMULATION, not AWS: function {function} is not simulated; "
            "describe it in resource_types/"
        )
    seed = function + json.dumps(mask(args), sort_keys=True)
    creation = Creation(seed, name="", inputs={}, region=region, account=ACCOUNT)
    return FUNCTIONS[function].answer(args, creation)


def _creation(
    token: str, urn: str, inputs: Inputs, region: str, seed: str, account: str = ACCOUNT
) -> Creation:
    masked = _EmptyIfMissing(mask(inputs))
    named = description(token).name_property
    logical = f"{urn.rpartition('::')[2]}-{hashlib.sha256(seed.encode()).hexdigest()[:7]}"
    name = (masked[named] if named else "") or logical
    return Creation(seed, str(name), masked, str(masked["region"] or region), account)


def _computed(token: str, creation: Creation) -> tuple[str, dict[str, Any]]:
    described = description(token)
    resource_id = _filled(described.id or described.outputs["arn"], creation)
    identified = replace(creation, id=resource_id)
    return resource_id, {
        key: _filled(value, identified) for key, value in described.outputs.items()
    }


def _filled(value: Value, creation: Creation) -> Any:
    if isinstance(value, str):
        return value.format_map(creation)
    if isinstance(value, list):
        return [_filled(item, creation) for item in value]
    if isinstance(value, dict):
        return {key: _filled(item, creation) for key, item in value.items()}
    return value(creation) if callable(value) else value


def _common(one: Any, other: Any, path: str) -> Any:
    """The value where both are the same, else a placeholder with its path."""
    if isinstance(one, dict):
        return {key: _common(item, other[key], f"{path}.{key}") for key, item in one.items()}
    if isinstance(one, list):
        pairs = enumerate(zip(one, other, strict=True))
        return [_common(a, b, f"{path}[{number}]") for number, (a, b) in pairs]
    return one if one == other else f"${{{path}}}"


def _with_inputs(computed: Mapping[str, Any], inputs: Inputs) -> dict[str, Any]:
    known = {k: v for k, v in inputs.items() if v is not None and not k.startswith("__")}
    return {**computed, **known}
