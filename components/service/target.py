"""A service behind the load balancer: target groups and listener rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.edge.edge import Edge
from components.network.network import Network
from components.service.unsafe_changes import identity, refuse_unsafe_changes
from components.shared.context import Context
from settings.service import routing
from settings.service.health import Health
from settings.service.rollout import Strategy
from settings.service.route import Route

# ECS registers each task with the port of its container; the group's own port is the default of
# targets without one, and can't be changed. Source: Elastic Load Balancing API, TargetDescription.
PORT = 80
STICKY_SECONDS = 24 * 3600


@dataclass(frozen=True)
class TargetArgs:
    """`rollout` is the strategy; all but rolling shift traffic between two target groups."""

    service: str
    port: int
    route: Route
    health: Health
    edge: Edge
    network: Network
    rollout: Strategy


class Target(pulumi.ComponentResource):
    """What the load balancer needs to send requests to a service.

    Makes: lb.TargetGroup (two, blue and green, if the rollout shifts traffic), lb.ListenerRule, one
    more that refuses other clients than those of `allowFrom`, and one on the test listener for the
    second group.
    """

    port: int
    edge: Edge
    blue: aws.lb.TargetGroup
    green: aws.lb.TargetGroup | None
    rule: aws.lb.ListenerRule
    test_rule: aws.lb.ListenerRule | None

    def __init__(
        self,
        name: str,
        context: Context,
        args: TargetArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:service:Target", name, None, opts)
        self._context, self._args = context, args
        self.port, self.edge = args.port, args.edge
        self._unchanging = refuse_unsafe_changes(args.service)
        self.blue = self._target_group("blue")
        self.green = self._target_group("green") if args.rollout != "rolling" else None
        self.rule = self._rule(
            args.service, args.edge.listener_arn, self.blue, args.route.allow_from
        )
        if args.route.allow_from:
            self._refuse_others()
        self.test_rule = None
        if self.green is not None and args.edge.test_listener_arn is not None:
            self.test_rule = self._rule(
                f"{args.service}-test", args.edge.test_listener_arn, self.green
            )
        self.register_outputs({"targetGroupArn": self.blue.arn})

    @property
    def rules(self) -> list[aws.lb.ListenerRule]:
        """The listener rules: ECS takes a target group only after a rule forwards to it."""
        return [self.rule, *([self.test_rule] if self.test_rule else [])]

    def _target_group(self, color: str) -> aws.lb.TargetGroup:
        health, args = self._args.health, self._args
        return aws.lb.TargetGroup(
            f"{args.service}-{color}",
            name=self._context.names.target_group(
                args.service, color, "HTTP", args.network.identity
            ),
            port=PORT,
            protocol="HTTP",
            target_type="ip",
            vpc_id=args.network.vpc_id,
            deregistration_delay=health.deregistration_delay_seconds,
            load_balancing_algorithm_type="least_outstanding_requests",
            health_check={
                "path": health.path,
                "interval": health.interval_seconds,
                "timeout": health.timeout_seconds,
                "healthy_threshold": health.healthy_threshold,
                "unhealthy_threshold": health.unhealthy_threshold,
                "matcher": health.success_codes,
            },
            # Left out, it would stay as it was (terraform-provider-aws,
            # internal/service/elbv2/target_group.go, stickiness).
            stickiness={
                "enabled": args.route.stickiness,
                "type": "lb_cookie",
                "cookie_duration": STICKY_SECONDS,
            },
            tags=identity(args.rollout, args.port),
            # A group can't be deleted while listener rules use it: the new one comes first.
            opts=pulumi.ResourceOptions(
                parent=self, delete_before_replace=False, hooks=self._unchanging
            ),
        )

    def _conditions(self) -> list[aws.lb.ListenerRuleConditionArgsDict]:
        route = self._args.route
        conditions: list[aws.lb.ListenerRuleConditionArgsDict] = []
        if route.hosts:
            conditions.append({"host_header": {"values": list(route.hosts)}})
        if route.paths:
            conditions.append({"path_pattern": {"values": list(route.paths)}})
        return conditions

    def _refuse_others(self) -> None:
        """Without it their requests would go on to the rules that match less closely."""
        args = self._args
        aws.lb.ListenerRule(
            f"{args.service}-refusal",
            listener_arn=args.edge.listener_arn,
            priority=routing.refusal_priority(routing.priority(args.service, args.route)),
            conditions=self._conditions(),
            actions=[
                {
                    "type": "fixed-response",
                    "fixed_response": {
                        "content_type": "text/plain",
                        "message_body": "Forbidden",
                        "status_code": "403",
                    },
                }
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _rule(
        self,
        logical_name: str,
        listener_arn: pulumi.Input[str],
        group: aws.lb.TargetGroup,
        allow_from: Sequence[str] = (),
    ) -> aws.lb.ListenerRule:
        conditions = self._conditions()
        if allow_from:
            conditions.append({"source_ip": {"values": list(allow_from)}})
        # A rollout that shifts traffic changes the actions itself.
        ignored = ["actions"] if self.green else []
        return aws.lb.ListenerRule(
            logical_name,
            listener_arn=listener_arn,
            priority=routing.priority(self._args.service, self._args.route),
            conditions=conditions,
            actions=[self._action(group)],
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=ignored),
        )

    def _action(self, group: aws.lb.TargetGroup) -> aws.lb.ListenerRuleActionArgsDict:
        if self.green is None:
            return {"type": "forward", "target_group_arn": group.arn}
        groups: list[aws.lb.ListenerRuleActionForwardTargetGroupArgsDict] = [
            {"arn": candidate.arn, "weight": 100 if candidate is group else 0}
            for candidate in (self.blue, self.green)
        ]
        return {"type": "forward", "forward": {"target_groups": groups}}
