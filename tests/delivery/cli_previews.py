"""Previews in the form of `pulumi preview --json`, made by code.

tests/delivery/previews/*.json are recorded: the real engine made them of Pulumi.staging.yaml over
simulated AWS, stripped of unchanged resources, of outputs and of where in the source things are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

PLATFORM = "plataforma:platform:Platform"
ROOT = "urn:pulumi:staging::plataforma::pulumi:pulumi:Stack::plataforma-staging"


def urn(type_: str, name: str, component: str = "plataforma:service:Service") -> str:
    return f"urn:pulumi:staging::plataforma::{PLATFORM}${component}${type_}::{name}"


def component_urn(component: str, name: str) -> str:
    return f"urn:pulumi:staging::plataforma::{PLATFORM}${component}::{name}"


def step(
    operation: str,
    type_: str,
    name: str,
    *,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    detailed: Mapping[str, str] | None = None,
    reasons: Sequence[str] = (),
    component: str = "plataforma:service:Service",
    of: str = "backend",
    **state: Any,
) -> dict[str, Any]:
    """One step; `detailed` is path to kind, `of` the component that the resource is part of."""
    where = urn(type_, name, component)
    common = {"urn": where, "custom": True, "type": type_, "parent": component_urn(component, of)}
    made: dict[str, Any] = {"op": operation, "urn": where, "detailedDiff": None}
    if old is not None:
        made["oldState"] = {**common, "inputs": dict(old), **state}
    if new is not None:
        made["newState"] = {**common, "inputs": dict(new), **state}
    if detailed is not None:
        made["detailedDiff"] = {k: {"kind": v, "inputDiff": True} for k, v in detailed.items()}
        made["diffReasons"] = [path.partition(".")[0] for path in detailed]
    if reasons:
        made["replaceReasons"] = list(reasons)
    return made


def cli_preview(
    steps: Sequence[Mapping[str, Any]],
    same: int = 0,
    services: Mapping[str, Any] | None = None,
    diagnostics: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    root = {"urn": ROOT, "custom": False, "type": "pulumi:pulumi:Stack"}
    outputs = {"services": dict(services or {})}
    first = {"op": "same", "urn": ROOT, "oldState": {**root, "outputs": outputs}, "newState": root}
    summary = Counter(str(s["op"]) for s in steps)
    return {
        "config": {"plataforma:environment": "staging", "plataforma:secrets": "[secret]"},
        "steps": [{**first, "detailedDiff": None}, *steps],
        "diagnostics": list(diagnostics),
        "duration": 6_000_000_000,
        "changeSummary": {**summary, "same": same + 1},
    }
