"""A service behind the load balancer: target groups and listener rules."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.edge.edge import Edge
from components.shared.context import Context
from settings.service import routing
from settings.service.health import Health
from settings.service.route import Route


@dataclass(frozen=True)
class TargetArgs:
    """`shifts_traffic`: whether the rollout moves traffic between two target groups."""

    port: int
    route: Route
    health: Health
    edge: Edge
    vpc_id: pulumi.Input[str]
    shifts_traffic: bool


class Target(pulumi.ComponentResource):
    """What sends requests to a service.

    Makes: lb.TargetGroup (two, blue and green, where the rollout shifts traffic), lb.ListenerRule,
    and one on the test listener for the second group.
    """

    blue: aws.lb.TargetGroup
    green: aws.lb.TargetGroup | None
    rule: aws.lb.ListenerRule
    test_rule: aws.lb.ListenerRule | None

    def __init__(
        self,
        name: str,
        service: str,
        context: Context,
        args: TargetArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:service:Target", name, None, opts)
        self._service, self._context, self._args = service, context, args
        self.blue = self._target_group("blue")
        self.green = self._target_group("green") if args.shifts_traffic else None
        self.rule = self._rule(service, args.edge.listener_arn, self.blue)
        self.test_rule = None
        if self.green is not None and args.edge.test_listener_arn is not None:
            self.test_rule = self._rule(f"{service}-test", args.edge.test_listener_arn, self.green)
        self.register_outputs({"targetGroupArn": self.blue.arn})

    def _target_group(self, color: str) -> aws.lb.TargetGroup:
        health, port = self._args.health, self._args.port
        return aws.lb.TargetGroup(
            f"{self._service}-{color}",
            name=self._context.names.target_group(self._service, color, port, "HTTP"),
            port=port,
            protocol="HTTP",
            target_type="ip",
            vpc_id=self._args.vpc_id,
            deregistration_delay=health.deregistration_delay_seconds,
            load_balancing_algorithm_type="least_outstanding_requests",
            health_check={
                "path": health.path,
                "interval": health.interval_seconds,
                "timeout": health.timeout_seconds,
                "healthy_threshold": health.healthy_threshold,
                "unhealthy_threshold": health.unhealthy_threshold,
                "matcher": "200",
            },
            # Listener rules hold on to the old group until the new one, of another name, is there.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=False),
        )

    def _rule(
        self, logical_name: str, listener_arn: pulumi.Input[str], group: aws.lb.TargetGroup
    ) -> aws.lb.ListenerRule:
        route = self._args.route
        conditions: list[aws.lb.ListenerRuleConditionArgsDict] = []
        if route.hosts:
            conditions.append({"host_header": {"values": list(route.hosts)}})
        if route.paths:
            conditions.append({"path_pattern": {"values": list(route.paths)}})
        # A rollout that shifts traffic rewrites the action itself.
        own = ["actions"] if self._args.shifts_traffic else []
        return aws.lb.ListenerRule(
            logical_name,
            listener_arn=listener_arn,
            priority=routing.priority(self._service, route),
            conditions=conditions,
            actions=[self._action(group)],
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=own),
        )

    def _action(self, group: aws.lb.TargetGroup) -> aws.lb.ListenerRuleActionArgsDict:
        if self.green is None:
            return {"type": "forward", "target_group_arn": group.arn}
        groups: list[aws.lb.ListenerRuleActionForwardTargetGroupArgsDict] = [
            {"arn": one.arn, "weight": 100 if one is group else 0}
            for one in (self.blue, self.green)
        ]
        return {"type": "forward", "forward": {"target_groups": groups}}
