"""SIMULATION, not AWS: a plan as a tree for people, or as JSON for machines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from policies.check import Violation
from simulation.plan import Plan, PlannedResource

Inputs = Mapping[str, Any]
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
    """Prints the tree, counts, warnings and where the task definitions are."""
    title = f"{plan.stack}: a SIMULATION, not AWS, {ENGINES[plan.engine]}"
    tree = Tree(Text(title, style="bold"))
    _grow(tree, plan, "", full)
    console.print(tree)
    console.print()
    console.print(_counts(plan))
    for name, summary in sorted((plan.outputs.get("services") or {}).items()):
        wait = summary.get("deployWaitSeconds")
        console.print(
            f"Deployment of {name} ({summary.get('rollout')}) waits {wait} s when healthy"
        )
    for warning in plan.warnings:
        console.print(Text(f"warning: {warning}", style="yellow"))
    for violation in violations:
        style = "red" if violation.enforcement == "mandatory" else "yellow"
        console.print(Text(str(violation), style=style))
    console.print(f"Task definitions: {task_definitions}/ecs-taskdef-<service>.{plan.stack}.json")


def to_json(plan: Plan, violations: Sequence[Violation], task_definitions: Path) -> str:
    """The plan for machines: stack, engine, simulation, counts, resources (urn, type, name, parent,
    operation, inputs), outputs, warnings, violations, taskDefinitions."""
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
        "warnings": list(plan.warnings),
        "violations": [violation.as_dict() for violation in violations],
        "taskDefinitions": str(task_definitions),
    }
    return json.dumps(content, indent=2)


def _grow(tree: Tree, plan: Plan, parent: str, full: bool) -> None:
    """Components with what is below them; leaves of one type on one line unless `full`."""
    children = list(plan.children(parent))
    leaves: dict[tuple[str, str], list[PlannedResource]] = {}
    for child in children:
        if not full and child.custom and not _summary(child):
            below = (child.type, child.operation)
            leaves.setdefault(below, []).extend([child, *_leaves_below(plan, child)])
            continue
        _grow(tree.add(_line(child, plan)), plan, child.urn, full)
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
    made = Counter(resource.operation for resource in plan.resources if resource.custom)
    components = sum(not resource.custom for resource in plan.resources)
    parts = ", ".join(f"{count} to {operation}" for operation, count in sorted(made.items()))
    parts = parts.replace("to same", "unchanged").replace("to read", "read")
    return f"Resources: {parts}; {components} components"


# What matters of each type


def _summary(resource: PlannedResource) -> str:
    words = SUMMARIES.get(resource.type)
    return words(resource.inputs) if words else ""


def _component_summary(resource: PlannedResource, plan: Plan) -> str:
    if resource.type != "plataforma:service:Service":
        return ""
    below = {child.type: child for child in _leaves_below(plan, resource)}
    parts = [
        _summary(below[token])
        for token in (
            "aws:ecs/taskDefinition:TaskDefinition",
            "aws:appautoscaling/target:Target",
            "aws:lb/targetGroup:TargetGroup",
        )
        if token in below
    ]
    return ", ".join(parts)


def _task_definition(inputs: Inputs) -> str:
    architecture = inputs.get("runtimePlatform", {}).get("cpuArchitecture", "").lower()
    return f"{inputs.get('cpu')} CPU units, {inputs.get('memory')} MiB, {architecture}"


def _scaling(inputs: Inputs) -> str:
    return f"{inputs.get('minCapacity')}-{inputs.get('maxCapacity')} tasks"


def _policy(inputs: Inputs) -> str:
    config = inputs.get("targetTrackingScalingPolicyConfiguration")
    if not config:
        return "wakes from zero"
    predefined = config.get("predefinedMetricSpecification") or {}
    metric = predefined.get("predefinedMetricType") or f"{_own_metric(config)} per task"
    return f"{metric} at {config.get('targetValue')}"


def _own_metric(config: Inputs) -> str:
    metrics = (config.get("customizedMetricSpecification") or {}).get("metrics") or []
    return next((metric["id"] for metric in metrics if metric.get("returnData")), "load")


def _database(inputs: Inputs) -> str:
    source = inputs.get("replicateSourceDb")
    if source:
        return f"{inputs.get('instanceClass')}, read replica"
    storage = f"{inputs.get('allocatedStorage')}-{inputs.get('maxAllocatedStorage')} GiB"
    multi_az = "Multi-AZ" if inputs.get("multiAz") else "one zone"
    version = f"PostgreSQL {inputs.get('engineVersion')}"
    return f"{version}, {inputs.get('instanceClass')}, {storage}, {multi_az}"


def _cache(inputs: Inputs) -> str:
    replicas = int(inputs.get("numCacheClusters") or 1) - 1
    return f"{inputs.get('engine')}, {inputs.get('nodeType')}, {replicas} replicas"


def _rollout(inputs: Inputs) -> str:
    controller = (inputs.get("deploymentController") or {}).get("type", "ECS")
    strategy = (inputs.get("deploymentConfiguration") or {}).get("strategy", "ROLLING")
    kind = "CODE_DEPLOY" if controller == "CODE_DEPLOY" else strategy
    return kind.lower().replace("_", " ")


SUMMARIES: Mapping[str, Callable[[Inputs], str]] = {
    "aws:ecs/taskDefinition:TaskDefinition": _task_definition,
    "aws:appautoscaling/target:Target": _scaling,
    "aws:appautoscaling/policy:Policy": _policy,
    "aws:appautoscaling/scheduledAction:ScheduledAction": lambda i: (
        f"{i.get('schedule')} {i.get('timezone')}"
    ),
    "aws:ecs/service:Service": _rollout,
    "aws:ecs/cluster:Cluster": lambda i: str(i.get("name")),
    "aws:lb/targetGroup:TargetGroup": lambda i: f"port {i.get('port')}",
    "aws:lb/listener:Listener": lambda i: f"{i.get('protocol')} {i.get('port')}",
    "aws:lb/listenerRule:ListenerRule": lambda i: f"priority {i.get('priority')}, {_routes(i)}",
    "aws:lb/loadBalancer:LoadBalancer": lambda i: (
        "internal" if i.get("internal") else "internet-facing"
    ),
    "aws:rds/instance:Instance": _database,
    "aws:rds/proxy:Proxy": lambda _: "TLS required",
    "aws:elasticache/replicationGroup:ReplicationGroup": _cache,
    "aws:mq/broker:Broker": lambda i: (
        f"RabbitMQ {i.get('engineVersion')}, {i.get('hostInstanceType')}, {i.get('deploymentMode')}"
    ),
    "aws:sqs/queue:Queue": lambda i: str(i.get("name")),
    "aws:cloudfront/distribution:Distribution": lambda i: ", ".join(i.get("aliases") or []),
    "aws:ec2/vpc:Vpc": lambda i: str(i.get("cidrBlock")),
    "docker:index/image:Image": lambda i: str(i.get("imageName")),
    "awsx:ec2:Vpc": lambda i: (
        f"{i.get('numberOfAvailabilityZones')} zones, "
        f"NAT {i.get('natGateways', {}).get('strategy')}"
    ),
}


def _routes(inputs: Inputs) -> str:
    values = [
        value
        for condition in inputs.get("conditions") or []
        for kind in condition.values()
        for value in kind.get("values") or []
    ]
    return " ".join(values)
