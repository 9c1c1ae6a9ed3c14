"""The load balancer's configuration, from the rendered listeners, rules and target groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commands.tasks.container import NotRunError
from commands.tasks.stack import TARGET_GROUP, Stack
from simulation.plan import PlannedResource

LISTENER, RULE = "aws:lb/listener:Listener", "aws:lb/listenerRule:ListenerRule"


DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
HTTP, HTTPS = 80, 443


def ports(stack: Stack) -> list[int]:
    return sorted(_port(stack, listener) for listener in stack.plan.of_type(LISTENER))


def _port(stack: Stack, listener: PlannedResource) -> int:
    """Where clients reach it: CloudFront answers by HTTPS for a listener without TLS."""
    port = int(listener.inputs["port"])
    return HTTPS if port == HTTP and stack.one(DISTRIBUTION) else port


def configuration(stack: Stack) -> dict[str, Any]:
    """What stand_ins/load_balancer.py reads: listeners with their rules in the order in which they
    are tried, and the health check of each target group."""
    return {
        "listeners": [
            {
                "port": _port(stack, listener),
                "tls": listener.inputs["protocol"] == "HTTPS" or _port(stack, listener) == HTTPS,
                "rules": [
                    *(_rule(rule.inputs) for rule in _rules(stack, listener.outputs["arn"])),
                    {"actions": [_action(item) for item in listener.inputs["defaultActions"]]},
                ],
            }
            for listener in stack.plan.of_type(LISTENER)
        ],
        "groups": {
            group.outputs["arn"]: _health(group.inputs)
            for group in stack.plan.of_type(TARGET_GROUP)
        },
    }


def _rules(stack: Stack, listener: str) -> list[Any]:
    rules = [rule for rule in stack.plan.of_type(RULE) if rule.inputs["listenerArn"] == listener]
    return sorted(rules, key=lambda rule: int(rule.inputs["priority"]))


def _rule(inputs: Mapping[str, Any]) -> dict[str, Any]:
    rule: dict[str, Any] = {"actions": [_action(item) for item in inputs["actions"]]}
    for condition in inputs["conditions"]:
        for kind, value in condition.items():
            if kind not in ("pathPattern", "hostHeader"):
                raise NotRunError(f"the condition {kind} of a listener rule is not run here")
            rule[{"pathPattern": "paths", "hostHeader": "hosts"}[kind]] = value["values"]
    return rule


def _action(action: Mapping[str, Any]) -> dict[str, Any]:
    if action["type"] == "fixed-response":
        return {"fixed": action["fixedResponse"]}
    if action["type"] == "redirect":
        return {"redirect": action["redirect"]}
    if action["type"] != "forward":
        raise NotRunError(f"the action {action['type']} of a listener is not run here")
    groups = (action.get("forward") or {}).get("targetGroups")
    groups = groups or [{"arn": action["targetGroupArn"], "weight": 1}]
    return {"forward": {group["arn"]: int(group.get("weight", 1)) for group in groups}}


def _health(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """With the defaults of a target group of type ip (ELB API, "CreateTargetGroup")."""
    check = inputs.get("healthCheck", {})
    return {
        "name": inputs["name"],
        "path": check.get("path", "/"),
        "interval": float(check.get("interval", 30)),
        "timeout": float(check.get("timeout", 5)),
        "healthy": int(check.get("healthyThreshold", 5)),
        "unhealthy": int(check.get("unhealthyThreshold", 2)),
        "matcher": str(check.get("matcher", "200")),
    }
