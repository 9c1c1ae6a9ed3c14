"""The VPC of a stack."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_awsx as awsx

from components.network.security_groups import security_group
from components.shared import iam
from components.shared.context import Context
from components.shared.logs import log_group
from settings.network import subnets
from settings.network.network import ExistingNetwork, NetworkSettings

NAT_STRATEGIES = {
    "none": awsx.ec2.NatGatewayStrategy.NONE,
    "single": awsx.ec2.NatGatewayStrategy.SINGLE,
    "per-az": awsx.ec2.NatGatewayStrategy.ONE_PER_AZ,
}


@dataclass(frozen=True)
class NetworkArgs:
    """`key_arn` is the KMS key that encrypts the flow log."""

    settings: NetworkSettings
    key_arn: pulumi.Input[str]


class Network(pulumi.ComponentResource):
    """The network of one stack.

    Makes: awsx Vpc (public, private and isolated subnets in each zone, NAT gateways, S3 gateway
    endpoint), the default security group without rules, a flow log with its log group and role, the
    interface endpoints of the settings with their security group. With `existing` it makes nothing:
    the VPC belongs to someone else.
    """

    vpc_id: pulumi.Output[str]
    cidr: str
    identity: str
    """What names the VPC before it is made: names of what can't move to another hold it."""
    public_subnet_ids: pulumi.Output[list[str]]
    private_subnet_ids: pulumi.Output[list[str]]
    isolated_subnet_ids: pulumi.Output[list[str]]
    isolated_subnets: int
    """Their number, one in each zone."""
    task_subnet_ids: pulumi.Output[list[str]]
    """Where tasks run: private subnets, or public ones where there is no NAT gateway."""
    assign_public_ip: bool
    endpoints_security_group_id: pulumi.Output[str] | None = None

    def __init__(
        self,
        name: str,
        context: Context,
        args: NetworkArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("plataforma:network:Network", name, None, opts)
        settings = args.settings
        self._name, self._context, self._args = name, context, args
        self.cidr = settings.cidr
        self.identity = settings.existing.vpc_id if settings.existing else settings.cidr
        self.assign_public_ip = settings.nat == "none"
        if settings.existing:
            self._adopt(settings.existing)
        else:
            self._make_vpc()
        self.task_subnet_ids = (
            self.public_subnet_ids if self.assign_public_ip else self.private_subnet_ids
        )
        self.register_outputs({"vpcId": self.vpc_id})

    def _adopt(self, vpc: ExistingNetwork) -> None:
        self.vpc_id = pulumi.Output.from_input(vpc.vpc_id)
        self.public_subnet_ids = pulumi.Output.from_input(list(vpc.public_subnet_ids))
        self.private_subnet_ids = pulumi.Output.from_input(list(vpc.private_subnet_ids))
        self.isolated_subnet_ids = pulumi.Output.from_input(list(vpc.isolated_subnet_ids))
        self.isolated_subnets = len(vpc.isolated_subnet_ids)

    def _make_vpc(self) -> None:
        vpc = self._vpc()
        self.vpc_id = vpc.vpc_id
        self.public_subnet_ids = _ids(vpc.public_subnet_ids)
        self.private_subnet_ids = _ids(vpc.private_subnet_ids)
        self.isolated_subnet_ids = _ids(vpc.isolated_subnet_ids)
        self.isolated_subnets = self._args.settings.azs
        aws.ec2.DefaultSecurityGroup(
            f"{self._name}-default",
            vpc_id=self.vpc_id,
            ingress=[],
            egress=[],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._flow_log()
        self.endpoints_security_group_id = self._endpoints()

    def _vpc(self) -> awsx.ec2.Vpc:
        settings = self._args.settings
        prefix = ipaddress.IPv4Network(settings.cidr).prefixlen
        masks = subnets.subnet_prefixes(prefix, settings.azs)
        return awsx.ec2.Vpc(
            self._context.names.platform,
            cidr_block=settings.cidr,
            number_of_availability_zones=settings.azs,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            nat_gateways=awsx.ec2.NatGatewayConfigurationArgs(
                strategy=NAT_STRATEGIES[settings.nat]
            ),
            subnet_strategy=awsx.ec2.SubnetAllocationStrategy.AUTO,
            subnet_specs=[
                awsx.ec2.SubnetSpecArgs(type=awsx.ec2.SubnetType(kind), cidr_mask=mask)
                for kind, mask in masks.items()
            ],
            vpc_endpoint_strategy=awsx.ec2.VpcEndpointStrategy.AUTO,
            vpc_endpoint_specs=[
                awsx.ec2.VpcEndpointSpecArgs(
                    service_name=f"com.amazonaws.{self._context.region}.s3"
                )
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _flow_log(self) -> None:
        name = f"{self._name}-flow-log"
        group = log_group(
            name,
            physical_name=self._context.names.log_group("flow-log"),
            retention_days=self._args.settings.flow_log_retention_days,
            key_arn=self._args.key_arn,
            parent=self,
        )
        write = iam.allow(
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            [pulumi.Output.concat(group.arn, ":*")],
        )
        role = iam.service_role(
            name,
            physical_name=f"{self._context.names.platform}-flow-log",
            service="vpc-flow-logs",
            context=self._context,
            statements=[write],
            parent=self,
        )
        aws.ec2.FlowLog(
            name,
            vpc_id=self.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _endpoints(self) -> pulumi.Output[str] | None:
        services = self._args.settings.endpoints
        if not services:
            return None
        group = security_group(
            f"{self._name}-endpoints", self.vpc_id, "Interface endpoints of the VPC", parent=self
        )
        for service in sorted(services):
            aws.ec2.VpcEndpoint(
                f"{self._name}-{service.replace('.', '-')}",
                vpc_id=self.vpc_id,
                service_name=f"com.amazonaws.{self._context.region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=self.private_subnet_ids,
                security_group_ids=[group.id],
                opts=pulumi.ResourceOptions(parent=self),
            )
        return group.id


def _ids(ids: pulumi.Output[list[str]] | pulumi.Output[object]) -> pulumi.Output[list[str]]:
    return pulumi.Output.from_input(ids).apply(lambda values: [str(v) for v in values])  # type: ignore[union-attr]
