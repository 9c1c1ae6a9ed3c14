"""SIMULATION, not AWS: a plan as a tree for people, or as JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from policies.check import Violation
from resource_types.catalog import TYPES
from resource_types.words import counted
from simulation.plan import Plan, PlannedResource
from simulation.report.needs import needs
from simulation.report.price import estimate_of
from simulation.vpc import COMPONENT as VPC_COMPONENT

SIGNS = {"create": "+", "update": "~", "replace": "±", "delete": "-", "same": " ", "read": " "}
COLOURS = {"create": "green", "update": "yellow", "replace": "magenta", "delete": "red"}


def print_tree(plan: Plan, console: Console) -> None:
    """Prints every resource below its parent."""
    tree = Tree(Text(plan.stack, style="bold"))
    _add_children(tree, plan, "")
    console.print(tree)
    console.print()


def to_json(
    plan: Plan,
    counts: Mapping[str, int],
    risks: Sequence[Mapping[str, Any]],
    violations: Sequence[Violation],
    task_definitions: Path,
) -> str:
    """The plan for machines. `counts`: resources by operation, without components; `risks`: what
    the changes cost."""
    content = {
        "stack": plan.stack,
        "engine": plan.engine,
        "simulation": True,
        "against": plan.against,
        "counts": counts,
        "errors": plan.errors,
        "risks": risks,
        "encrypted": plan.encrypted,
        "resources": [
            {
                "urn": resource.urn,
                "type": resource.type,
                "name": resource.name,
                "parent": resource.parent,
                "operation": resource.operation,
                "inputs": resource.inputs,
                "before": resource.before if resource.changed else None,
                "changed": resource.changed,
                "replaceReasons": resource.replace_reasons,
                "propertyDependencies": resource.property_dependencies,
                "ignoreChanges": list(resource.ignore_changes),
                "replaceOnChanges": list(resource.replace_on_changes),
                "retainOnDelete": resource.retain_on_delete,
            }
            for resource in plan.resources
        ],
        "outputs": plan.outputs,
        "needs": [need.as_dict() for need in needs(replace(plan, resources=plan.after))],
        "price": estimate_of(plan).as_dict(),
        "warnings": list(plan.warnings),
        "violations": [violation.as_dict() for violation in violations],
        "taskDefinitions": str(task_definitions),
    }
    return json.dumps(content, indent=2)


def _add_children(tree: Tree, plan: Plan, parent: str) -> None:
    for child in plan.children(parent):
        _add_children(tree.add(_line(child, plan)), plan, child.urn)


def _below(plan: Plan, resource: PlannedResource) -> Iterator[PlannedResource]:
    for child in plan.children(resource.urn):
        yield child
        yield from _below(plan, child)


def _line(resource: PlannedResource, plan: Plan) -> Text:
    summary = _summary(resource) or _component_summary(resource, plan)
    text = _signed(resource.operation, f"{_type(resource)} {resource.name}")
    if summary:
        text.append(f"  {summary}", style="cyan")
    return text


def _signed(operation: str, words: str) -> Text:
    text = Text()
    text.append(f"{SIGNS[operation]} ", style=COLOURS.get(operation, "dim"))
    return text.append(words)


def _type(resource: PlannedResource) -> str:
    if resource.type.startswith("pulumi:providers:"):
        return "Provider"
    return resource.type.rpartition(":")[2]


# Summaries


def _summary(resource: PlannedResource) -> str:
    described = TYPES.get(resource.type)
    return described.summary(resource.inputs) if described and described.summary else ""


def _vpc(resource: PlannedResource, plan: Plan) -> str:
    """Of its children: awsx stores no inputs with the component."""
    below = list(_below(plan, resource))
    zones = {r.inputs["availabilityZone"] for r in below if r.type == "aws:ec2/subnet:Subnet"}
    gateways = sum(r.type == "aws:ec2/natGateway:NatGateway" for r in below)
    return f"{len(zones)} zones, {counted(gateways, 'NAT gateway')}"


def _component_summary(resource: PlannedResource, plan: Plan) -> str:
    if resource.type == VPC_COMPONENT:
        return _vpc(resource, plan)
    if resource.type != "plataforma:service:Service":
        return ""
    below = {child.type: child for child in _below(plan, resource)}
    parts = [
        _summary(below[token])
        for token in ("aws:ecs/taskDefinition:TaskDefinition", "aws:appautoscaling/target:Target")
        if token in below
    ]
    return ", ".join([*parts, *_ports(below["aws:ecs/service:Service"])])


def _ports(service: PlannedResource) -> list[str]:
    """The container ports behind the load balancer."""
    targets = service.inputs.get("loadBalancers") or []
    return [f"port {target['containerPort']}" for target in targets]
