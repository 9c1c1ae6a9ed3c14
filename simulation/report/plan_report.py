"""SIMULATION, not AWS: a plan as a tree for people, or as JSON for machines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from policies.check import Violation
from resource_types.catalog import TYPES
from simulation.plan import Plan, PlannedResource
from simulation.report.needs import needs
from simulation.report.price import estimate_of, price_lines
from simulation.vpc import COMPONENT as VPC_COMPONENT

SIGNS = {"create": "+", "update": "~", "replace": "±", "delete": "-", "same": " ", "read": " "}
COLOURS = {"create": "green", "update": "yellow", "replace": "magenta", "delete": "red"}
ENGINES = {
    "process": "made in process, with no Pulumi CLI",
    "pulumi": "made by the real Pulumi engine",
}


def print_plan(
    plan: Plan,
    violations: Sequence[Violation],
    task_definitions: Path,
    console: Console,
    full: bool = False,
) -> None:
    """Prints the tree, the counts, the warnings and the path of the task definitions."""
    title = f"{plan.stack}: a SIMULATION, not AWS, {ENGINES[plan.engine]}"
    tree = Tree(Text(title, style="bold"))
    _add_children(tree, plan, "", full)
    console.print(tree)
    console.print()
    console.print(_counts(plan))
    for name, summary in sorted((plan.outputs.get("services") or {}).items()):
        wait = summary.get("deployWaitSeconds")
        console.print(
            f"Deployment of {name} ({summary.get('rollout')}) waits {wait} s when healthy"
        )
    for need in needs(plan):
        console.print(Text(f"Needs {need}", style="yellow" if need.exceeds else ""))
    for line in price_lines(plan):
        console.print(Text(line))
    for warning in plan.warnings:
        console.print(Text(f"warning: {warning}", style="yellow"))
    for violation in violations:
        style = "red" if violation.enforcement == "mandatory" else "yellow"
        console.print(Text(str(violation), style=style))
    console.print(f"Task definitions: {task_definitions}/ecs-taskdef-<service>.{plan.stack}.json")


def to_json(plan: Plan, violations: Sequence[Violation], task_definitions: Path) -> str:
    """The plan for machines: stack, engine, simulation, counts, resources (urn, type, name, parent,
    operation, inputs), outputs, needs, price, warnings, violations, taskDefinitions."""
    content = {
        "stack": plan.stack,
        "engine": plan.engine,
        "simulation": True,
        "counts": dict(Counter(resource.operation for resource in plan.resources)),
        "resources": [
            {
                "urn": resource.urn,
                "type": resource.type,
                "name": resource.name,
                "parent": resource.parent,
                "operation": resource.operation,
                "inputs": resource.inputs,
            }
            for resource in plan.resources
        ],
        "outputs": plan.outputs,
        "needs": [need.as_dict() for need in needs(plan)],
        "price": estimate_of(plan).as_dict(),
        "warnings": list(plan.warnings),
        "violations": [violation.as_dict() for violation in violations],
        "taskDefinitions": str(task_definitions),
    }
    return json.dumps(content, indent=2)


def _add_children(tree: Tree, plan: Plan, parent: str, full: bool) -> None:
    """Adds components with their children; leaves of one type and operation on one line unless
    `full`."""
    children = list(plan.children(parent))
    leaves: dict[tuple[str, str], list[PlannedResource]] = {}
    for child in children:
        if not full and child.custom and not _summary(child):
            below = (child.type, child.operation)
            leaves.setdefault(below, []).extend([child, *_leaves_below(plan, child)])
            continue
        _add_children(tree.add(_line(child, plan)), plan, child.urn, full)
    for line in _leaf_lines(leaves):
        tree.add(line)


def _leaves_below(plan: Plan, resource: PlannedResource) -> Iterator[PlannedResource]:
    for child in plan.children(resource.urn):
        yield child
        yield from _leaves_below(plan, child)


def _leaf_lines(leaves: Mapping[tuple[str, str], list[PlannedResource]]) -> Iterator[Text]:
    counted: Counter[tuple[str, str]] = Counter()
    for resources in leaves.values():
        counted.update((_type(resource), resource.operation) for resource in resources)
    for (name, operation), count in counted.items():
        yield _signed(operation, f"{count} {name}" if count > 1 else name, style="dim")


def _line(resource: PlannedResource, plan: Plan) -> Text:
    summary = _summary(resource) or _component_summary(resource, plan)
    text = _signed(resource.operation, f"{_type(resource)} {resource.name}")
    if summary:
        text.append(f"  {summary}", style="cyan")
    return text


def _signed(operation: str, words: str, style: str = "") -> Text:
    text = Text()
    text.append(f"{SIGNS[operation]} ", style=COLOURS.get(operation, "dim"))
    text.append(words, style=style)
    return text


def _type(resource: PlannedResource) -> str:
    if resource.type.startswith("pulumi:providers:"):
        return "Provider"
    return resource.type.rpartition(":")[2]


def _counts(plan: Plan) -> str:
    operations = Counter(resource.operation for resource in plan.resources if resource.custom)
    components = sum(not resource.custom for resource in plan.resources)
    parts = ", ".join(f"{count} to {operation}" for operation, count in sorted(operations.items()))
    parts = parts.replace("to same", "unchanged").replace("to read", "read")
    return f"Resources: {parts}; {components} components"


# Summaries


def _summary(resource: PlannedResource) -> str:
    described = TYPES.get(resource.type)
    return described.summary(resource.inputs) if described and described.summary else ""


def _vpc(resource: PlannedResource, plan: Plan) -> str:
    """Of its children: awsx stores no inputs with the component."""
    below = list(_leaves_below(plan, resource))
    zones = {r.inputs["availabilityZone"] for r in below if r.type == "aws:ec2/subnet:Subnet"}
    gateways = sum(r.type == "aws:ec2/natGateway:NatGateway" for r in below)
    return f"{len(zones)} zones, {gateways} NAT gateways"


def _component_summary(resource: PlannedResource, plan: Plan) -> str:
    if resource.type == VPC_COMPONENT:
        return _vpc(resource, plan)
    if resource.type != "plataforma:service:Service":
        return ""
    below = {child.type: child for child in _leaves_below(plan, resource)}
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
