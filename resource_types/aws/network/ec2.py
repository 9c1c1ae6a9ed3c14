"""VPCs. Ids are random, so tags decide what a role may change."""

from __future__ import annotations

from typing import Any

from resource_types.model import Creation, Function, Inputs, ResourceType, Service, arn
from resource_types.refusals import Needed, Unique
from resource_types.scope import Scope, scope

_ERRORS = "EC2 API, Error codes"


def _has_dependencies(kind: str) -> str:
    return f"DependencyViolation: The {kind} '{{id}}' has dependencies and cannot be deleted."


TYPES = (
    ResourceType(
        "aws:ec2/vpc:Vpc",
        read=(
            "ec2: DescribeVpcs DescribeVpcAttribute DescribeNetworkAcls DescribeRouteTables "
            "DescribeSecurityGroups"
        ),
        write="ec2: CreateVpc DeleteVpc ModifyVpcAttribute CreateTags DeleteTags",
        in_pull_requests=False,
        replace_on_changes="cidrBlock ipv4IpamPoolId ipv4NetmaskLength",
        id="vpc-{hex17}",
        outputs={
            "arn": arn("ec2", "vpc/{id}"),
            "ownerId": "{account}",
            "defaultNetworkAclId": "acl-{hex17}",
            "defaultRouteTableId": "rtb-{hex16}0",
            "defaultSecurityGroupId": "sg-{hex17}",
            "dhcpOptionsId": "dopt-{hex17}",
            # Empty without one, not absent: awsx computes each subnet's from it (awsx/ec2/vpc.ts).
            "ipv6CidrBlock": "",
            "mainRouteTableId": "rtb-{hex16}0",
        },
        summary=lambda i: str(i.get("cidrBlock")),
        refusals=(
            Needed(
                users={
                    "aws:ec2/subnet:Subnet": "vpcId",
                    "aws:ec2/securityGroup:SecurityGroup": "vpcId",
                    "aws:ec2/routeTable:RouteTable": "vpcId",
                    "aws:ec2/internetGateway:InternetGateway": "vpcId",
                    "aws:ec2/vpcEndpoint:VpcEndpoint": "vpcId",
                },
                error=_has_dependencies("vpc"),
                source=_ERRORS,
            ),
        ),
    ),
    ResourceType(
        "aws:ec2/subnet:Subnet",
        read="ec2: DescribeSubnets DescribeNetworkInterfaces",
        write="ec2: CreateSubnet DeleteSubnet ModifySubnetAttribute CreateTags DeleteTags",
        in_pull_requests=False,
        replace_on_changes=(
            "availabilityZone availabilityZoneId cidrBlock ipv6Native outpostArn vpcId"
        ),
        id="subnet-{hex17}",
        outputs={
            "arn": arn("ec2", "subnet/{id}"),
            "ownerId": "{account}",
            "availabilityZoneId": "{region}-az-{hex2}",
        },
        refusals=(
            Unique(
                paths="vpcId cidrBlock",
                error="InvalidSubnet.Conflict: The CIDR '{cidrBlock}' conflicts with a subnet",
                source=_ERRORS,
            ),
            Needed(
                users={
                    "aws:ec2/natGateway:NatGateway": "subnetId",
                    "aws:ec2/vpcEndpoint:VpcEndpoint": "subnetIds",
                    "aws:ecs/service:Service": "networkConfiguration.subnets",
                    "aws:lb/loadBalancer:LoadBalancer": "subnets",
                    "aws:mq/broker:Broker": "subnetIds",
                    "aws:rds/proxy:Proxy": "vpcSubnetIds",
                },
                error=_has_dependencies("subnet"),
                source=_ERRORS,
            ),
        ),
    ),
    ResourceType(
        "aws:ec2/routeTable:RouteTable",
        read="ec2: DescribeRouteTables",
        write="ec2: CreateRouteTable DeleteRouteTable CreateTags DeleteTags",
        in_pull_requests=False,
        replace_on_changes="vpcId",
        id="rtb-{hex17}",
        outputs={
            "arn": arn("ec2", "route-table/{id}"),
            "ownerId": "{account}",
            "routes": [],
            "propagatingVgws": [],
        },
        refusals=(
            Needed(
                users={"aws:ec2/routeTableAssociation:RouteTableAssociation": "routeTableId"},
                error=_has_dependencies("routeTable"),
                source=_ERRORS,
            ),
        ),
    ),
    ResourceType(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        read="ec2: DescribeRouteTables",
        write="ec2: AssociateRouteTable DisassociateRouteTable ReplaceRouteTableAssociation",
        in_pull_requests=False,
        replace_on_changes="subnetId gatewayId",
        id="rtbassoc-{hex17}",
    ),
    ResourceType(
        "aws:ec2/route:Route",
        read="ec2: DescribeRouteTables",
        write="ec2: CreateRoute DeleteRoute ReplaceRoute",
        in_pull_requests=False,
        replace_on_changes=(
            "routeTableId destinationCidrBlock destinationIpv6CidrBlock destinationPrefixListId"
        ),
        id="r-{inputs[routeTableId]}1080289494",
        outputs={
            "origin": "CreateRoute",
            "state": "active",
        },
        refusals=(
            Unique(
                paths="routeTableId destinationCidrBlock destinationIpv6CidrBlock",
                error="RouteAlreadyExists: The route {destinationCidrBlock} already exists.",
                source=_ERRORS,
            ),
        ),
    ),
    ResourceType(
        "aws:ec2/internetGateway:InternetGateway",
        read="ec2: DescribeInternetGateways",
        write=(
            "ec2: CreateInternetGateway DeleteInternetGateway AttachInternetGateway "
            "DetachInternetGateway CreateTags DeleteTags"
        ),
        in_pull_requests=False,
        replace_on_changes="",
        id="igw-{hex17}",
        outputs={
            "arn": arn("ec2", "internet-gateway/{id}"),
            "ownerId": "{account}",
        },
    ),
    ResourceType(
        "aws:ec2/natGateway:NatGateway",
        read="ec2: DescribeNatGateways",
        write="ec2: CreateNatGateway DeleteNatGateway CreateTags DeleteTags",
        in_pull_requests=False,
        replace_on_changes="allocationId connectivityType privateIp subnetId",
        id="nat-{hex17}",
        outputs={
            "associationId": "eipassoc-{hex17}",
            "networkInterfaceId": "eni-{hex17}",
            "privateIp": "10.0.0.{hex1}",
            "publicIp": "203.0.113.{hex1}",
        },
    ),
    ResourceType(
        "aws:ec2/eip:Eip",
        read="ec2: DescribeAddresses DescribeAddressesAttribute",
        write=("ec2: AllocateAddress ReleaseAddress DisassociateAddress CreateTags DeleteTags"),
        in_pull_requests=False,
        replace_on_changes="domain address networkBorderGroup publicIpv4Pool",
        id="eipalloc-{hex17}",
        outputs={
            "allocationId": "{id}",
            "arn": arn("ec2", "elastic-ip/{id}"),
            "publicIp": "203.0.113.{hex1}",
            "publicDns": "ec2-203-0-113-{hex1}.{region}.compute.amazonaws.com",
        },
        refusals=(
            Needed(
                users={"aws:ec2/natGateway:NatGateway": "allocationId"},
                error="InvalidIPAddress.InUse: Address {publicIp} is in use.",
                source=_ERRORS,
            ),
        ),
    ),
    ResourceType(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        read="ec2: DescribeVpcEndpoints DescribePrefixLists",
        write=(
            "ec2: CreateVpcEndpoint ModifyVpcEndpoint DeleteVpcEndpoints CreateTags DeleteTags; "
            "route53: AssociateVPCWithHostedZone"
        ),
        in_pull_requests=False,
        replace_on_changes="serviceName serviceRegion vpcEndpointType vpcId",
        id="vpce-{hex17}",
        outputs={
            "arn": arn("ec2", "vpc-endpoint/{id}"),
            "ownerId": "{account}",
            "dnsEntries": [{"dnsName": "{id}.vpce.amazonaws.com", "hostedZoneId": "Z{hex12}"}],
            "prefixListId": "pl-{hex8}",
            "state": "available",
        },
    ),
    ResourceType(
        "aws:ec2/flowLog:FlowLog",
        read="ec2: DescribeFlowLogs",
        write=(
            "ec2: CreateFlowLogs DeleteFlowLogs CreateTags DeleteTags; "
            "logs: CreateLogDelivery DeleteLogDelivery"
        ),
        passes_role_to="vpc-flow-logs.amazonaws.com",
        in_pull_requests=False,
        replace_on_changes=(
            "vpcId subnetId eniId trafficType logDestination logDestinationType logFormat "
            "iamRoleArn maxAggregationInterval destinationOptions deliverCrossAccountRole"
        ),
        id="fl-{hex17}",
        outputs={"arn": arn("ec2", "vpc-flow-log/{id}")},
        refusals=(
            Unique(
                paths="vpcId logDestination trafficType",
                error=(
                    "FlowLogAlreadyExists: There is an existing Flow Log with the same "
                    "configuration and log destination."
                ),
                source=_ERRORS,
            ),
        ),
    ),
)


def availability_zones(region: str) -> list[str]:
    return [region + letter for letter in "abc"]


def _availability_zones(args: Inputs, creation: Creation) -> dict[str, Any]:
    region = creation.region
    return {
        **args,
        "id": region,
        "names": availability_zones(region),
        "zoneIds": [f"{region}-az{number}" for number in (1, 2, 3)],
        "groupNames": [region],
    }


def _managed_prefix_list(args: Inputs, creation: Creation) -> dict[str, Any]:
    prefix_list = f"pl-{creation.hex(8)}"
    return {
        **args,
        "addressFamily": "IPv4",
        "entries": [],
        "maxEntries": 55,
        "ownerId": "AWS",
        "id": prefix_list,
        "arn": f"arn:aws:ec2:{creation.region}:aws:prefix-list/{prefix_list}",
        "version": 1,
        "tags": {},
    }


FUNCTIONS = (
    Function(
        "aws:index/getAvailabilityZones:getAvailabilityZones",
        read="ec2: DescribeAvailabilityZones",
        answer=_availability_zones,
    ),
    Function(
        "aws:ec2/getManagedPrefixList:getManagedPrefixList",
        read="ec2: DescribeManagedPrefixLists GetManagedPrefixListEntries",
        answer=_managed_prefix_list,
    ),
)

TAGGED_ON_CREATION = (
    "AllocateAddress",
    "CreateFlowLogs",
    "CreateInternetGateway",
    "CreateNatGateway",
    "CreateRouteTable",
    "CreateSubnet",
    "CreateVpc",
    "CreateVpcEndpoint",
)
"""The calls that take the tags of what they create."""
_KINDS = (
    "elastic-ip",
    "internet-gateway",
    "natgateway",
    "route-table",
    "security-group",
    "security-group-rule",
    "subnet",
    "vpc",
    "vpc-endpoint",
    "vpc-flow-log",
)


def _creating(action: str, kind: str) -> Scope:
    return scope(f"ec2: {action}", f":{kind}/*", when="request_tags")


SCOPES = (
    scope(r"ec2: Describe(?!VpcAttribute)\w+", "*"),
    scope("ec2: GetManagedPrefixListEntries", "ec2:{region}:aws:prefix-list/*"),
    _creating("CreateVpc", "vpc"),
    _creating("CreateSubnet", "subnet"),
    _creating("CreateRouteTable", "route-table"),
    _creating("CreateInternetGateway", "internet-gateway"),
    _creating("CreateNatGateway", "natgateway"),
    _creating("AllocateAddress", "elastic-ip"),
    _creating("CreateVpcEndpoint", "vpc-endpoint"),
    _creating("CreateFlowLogs", "vpc-flow-log"),
    _creating("CreateSecurityGroup", "security-group"),
    # The call that creates a rule also tags it: EC2 then checks the rule as well as its group.
    _creating("AuthorizeSecurityGroupIngress", "security-group-rule"),
    _creating("AuthorizeSecurityGroupEgress", "security-group-rule"),
    scope(
        r"ec2: (?!Describe|Get|AllocateAddress|CreateVpc$|CreateInternetGateway|\w+Interface)\w+ "
        "DescribeVpcAttribute CreateNetworkInterface",
        *(f":{kind}/*" for kind in _KINDS),
        when="resource_tags",
    ),
    scope(
        "ec2: CreateTags",
        *(f":{kind}/*" for kind in _KINDS if not kind.startswith("security-group")),
        when="tagging_on_creation",
    ),
    # A VPC's default security group is tagged after its creation.
    scope("ec2: CreateTags", ":security-group/*", ":security-group-rule/*", when="first_tagging"),
    # Amazon MQ and EFS create their network interfaces on the caller's behalf.
    scope(
        r"ec2: \w+NetworkInterface(Permission|Attribute)?",
        ":network-interface/*",
        when="via_aws_service",
    ),
)
SERVICE = Service("network", TYPES, FUNCTIONS, scopes=SCOPES)
