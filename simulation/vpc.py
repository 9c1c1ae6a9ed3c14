"""SIMULATION, not AWS: the resources that `awsx:ec2:Vpc` (awsx 3.11) creates.

`children` computes them; `construct` registers them with an engine.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Protocol

from pulumi.runtime.proto import resource_pb2

from simulation.outputs import NotSimulatedError
from simulation.protocol import UNKNOWN
from simulation.wire import reference, to_python, to_struct

COMPONENT = "awsx:ec2:Vpc"
_SUPPORTED = {
    "cidrBlock",
    "numberOfAvailabilityZones",
    "availabilityZoneNames",
    "enableDnsHostnames",
    "enableDnsSupport",
    "natGateways",
    "subnetStrategy",
    "subnetSpecs",
    "tags",
    "vpcEndpointSpecs",
    "vpcEndpointStrategy",
}
_ORDER = ("Public", "Private", "Isolated")
_ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True)
class Ref:
    """A property of another child, known after its registration."""

    key: str
    property: str = "id"


@dataclass(frozen=True)
class Child:
    """One resource of the VPC; `key` names it among its siblings, `parent` is a sibling's key or
    empty for the component itself."""

    key: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    parent: str


@dataclass(frozen=True)
class _Subnet:
    zone: int
    type: str
    name: str
    availability_zone: str
    cidr: str
    tags: Mapping[str, str]


def children(name: str, args: Mapping[str, Any], zones: Sequence[str]) -> list[Child]:
    """The component's resources in the availability zones `zones`, parents before children."""
    _check(args, zones)
    tags = dict(args.get("tags") or {})
    shared = {"Name": name, **tags}
    optional = ("cidrBlock", "enableDnsHostnames", "enableDnsSupport")
    vpc = {key: args[key] for key in optional if args.get(key) is not None}
    result = [
        Child("vpc", "aws:ec2/vpc:Vpc", name, {**vpc, "tags": shared}, ""),
        Child(
            "igw",
            "aws:ec2/internetGateway:InternetGateway",
            name,
            {"vpcId": Ref("vpc"), "tags": shared},
            "vpc",
        ),
    ]
    strategy = _nat(args)
    for subnet in _subnets(name, args, zones):
        result += _subnet(subnet, shared)
        if subnet.type == "Public" and _has_gateway(strategy, subnet.zone):
            result += _nat_gateway(f"{name}-{subnet.zone}", subnet, tags)
        result += _route(subnet, strategy)
    tables = [Ref(child.key) for child in result if child.key.startswith("table:")]
    return [*result, *_endpoints(args, tables, shared)]


def outputs(all_children: Sequence[Child]) -> dict[str, Any]:
    """The component's outputs, as references to its children."""

    def of(group: str, kind: str = "", property: str = "") -> list[Ref]:
        keys = [child.key for child in all_children if child.key.startswith(f"{group}:{kind}")]
        return [Ref(key, property) for key in keys]

    return {
        "vpc": Ref("vpc", ""),
        "vpcId": Ref("vpc"),
        "internetGateway": Ref("igw", ""),
        "subnets": of("subnet"),
        "publicSubnets": of("subnet", "Public"),
        "privateSubnets": of("subnet", "Private"),
        "isolatedSubnets": of("subnet", "Isolated"),
        "publicSubnetIds": of("subnet", "Public", "id"),
        "privateSubnetIds": of("subnet", "Private", "id"),
        "isolatedSubnetIds": of("subnet", "Isolated", "id"),
        "routeTables": of("table"),
        "routeTableAssociations": of("association"),
        "routes": of("route"),
        "natGateways": of("nat"),
        "eips": of("eip"),
        "vpcEndpoints": of("endpoint"),
    }


class Monitor(Protocol):
    """The engine's resource monitor."""

    def RegisterResource(
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse: ...


@dataclass(frozen=True)
class Constructed:
    """The outputs of the component, and the URNs that each depends on."""

    state: Mapping[str, Any]
    dependencies: Mapping[str, list[str]]


def construct(
    monitor: Monitor,
    urn: str,
    name: str,
    args: Mapping[str, Any],
    zones: Sequence[str],
    provider: str,
) -> Constructed:
    """Registers the children of the component `urn` in order."""
    all_children = children(name, args, zones)
    done = dict[str, resource_pb2.RegisterResourceResponse]()
    for child in all_children:
        parent = {done[child.parent].urn} if child.parent else set[str]()
        request = resource_pb2.RegisterResourceRequest(
            type=child.type,
            name=child.name,
            parent=done[child.parent].urn if child.parent else urn,
            custom=True,
            object=to_struct(_resolved(child.inputs, done)),
            provider=provider,
            version=version("pulumi_aws"),
            acceptSecrets=True,
            acceptResources=True,
            supportsPartialValues=True,
            dependencies=sorted(_urns(child.inputs, done) | parent),
        )
        for key, value in child.inputs.items():
            request.propertyDependencies[key].urns.extend(sorted(_urns(value, done)))
        done[child.key] = monitor.RegisterResource(request)
    state = outputs(all_children)
    layout = [{"type": spec["type"], **spec} for spec in args["subnetSpecs"]]
    dependencies = {key: sorted(_urns(value, done)) for key, value in state.items()}
    return Constructed({**_resolved(state, done), "subnetLayout": layout}, dependencies)


_Done = Mapping[str, resource_pb2.RegisterResourceResponse]


def _resolved(value: Any, done: _Done) -> Any:
    if isinstance(value, Ref):
        response = done[value.key]
        resource_id = response.id or UNKNOWN
        if not value.property:
            return reference(response.urn, resource_id)
        if value.property == "id":
            return resource_id
        return to_python(response.object.fields[value.property])
    if isinstance(value, Mapping):
        return {key: _resolved(item, done) for key, item in value.items()}
    return [_resolved(item, done) for item in value] if isinstance(value, list) else value


def _urns(value: Any, done: _Done) -> set[str]:
    if isinstance(value, Ref):
        return {done[value.key].urn}
    if isinstance(value, Mapping):
        value = list(value.values())
    return set[str]().union(*(_urns(v, done) for v in value)) if isinstance(value, list) else set()


def zone_names(args: Mapping[str, Any], available: Callable[[], Sequence[str]]) -> list[str]:
    """The availability zones: those named in the arguments, or their number."""
    if args.get("availabilityZoneNames"):
        return list(args["availabilityZoneNames"])
    count, found = int(args.get("numberOfAvailabilityZones") or 3), available()
    if len(found) < count:
        raise ValueError(
            f"{COMPONENT}: the region has {len(found)} availability zones, not {count}"
        )
    return list(found[:count])


def _check(args: Mapping[str, Any], zones: Sequence[str]) -> None:
    unknown = sorted(k for k, v in args.items() if v is not None and k not in _SUPPORTED)
    if unknown:
        raise NotSimulatedError(
            f"SIMULATION, not AWS: {COMPONENT} argument {unknown[0]} is not simulated; "
            "add it to simulation/vpc.py"
        )
    if args.get("subnetStrategy") != "Auto":
        raise NotSimulatedError(f'SIMULATION, not AWS: {COMPONENT} needs subnetStrategy "Auto"')
    if args.get("availabilityZoneNames") and args.get("numberOfAvailabilityZones"):
        raise ValueError(
            f"{COMPONENT}: only one of availabilityZoneNames and numberOfAvailabilityZones"
        )
    if not zones or not args.get("subnetSpecs"):
        raise NotSimulatedError(f"SIMULATION, not AWS: {COMPONENT} needs zones and subnetSpecs")
    types = {spec["type"] for spec in args["subnetSpecs"]}
    if _nat(args) != "None" and ("Public" not in types or not types & {"Private", "Isolated"}):
        raise ValueError(
            f"{COMPONENT}: NAT strategy {_nat(args)} needs public subnets, "
            "and private or isolated ones"
        )


def _nat(args: Mapping[str, Any]) -> str:
    return str((args.get("natGateways") or {}).get("strategy") or "OnePerAz")


def _has_gateway(strategy: str, zone: int) -> bool:
    return strategy == "OnePerAz" or (strategy == "Single" and zone == 1)


def _subnets(name: str, args: Mapping[str, Any], zones: Sequence[str]) -> Iterator[_Subnet]:
    """Each zone gets an equal block of a power-of-two size, and in it a subnet for each spec in
    order."""
    network = ipaddress.IPv4Network(args["cidrBlock"])
    specs = args["subnetSpecs"]
    zone_prefix = network.prefixlen + math.ceil(math.log2(len(zones)))
    default_prefix = zone_prefix + math.ceil(math.log2(len(specs)))
    for number, zone in enumerate(zones, start=1):
        start = int(network.network_address) + ((number - 1) << (32 - zone_prefix))
        laid, end = list[_Subnet](), start
        for spec in specs:
            size = 1 << (32 - int(spec.get("cidrMask") or default_prefix))
            begin = -(-end // size) * size
            end = begin + size
            cidr = f"{ipaddress.IPv4Address(begin)}/{33 - size.bit_length()}"
            label = f"{name}-{spec.get('name') or spec['type'].lower()}-{number}"
            laid.append(_Subnet(number, spec["type"], label, zone, cidr, spec.get("tags") or {}))
        if end > start + (1 << (32 - zone_prefix)):
            raise ValueError(f"{COMPONENT}: subnets are too large for a zone of /{zone_prefix}")
        yield from sorted(
            (s for s in laid if s.type != "Unused"), key=lambda s: _ORDER.index(s.type)
        )


def _subnet(subnet: _Subnet, shared: Mapping[str, str]) -> list[Child]:
    key = f":{subnet.type}:{subnet.name}"
    own = {"Name": subnet.name, "SubnetType": subnet.type}
    inputs = {
        "vpcId": Ref("vpc"),
        "availabilityZone": subnet.availability_zone,
        "cidrBlock": subnet.cidr,
        "mapPublicIpOnLaunch": subnet.type == "Public",
        "assignIpv6AddressOnCreation": False,
        "tags": {**shared, **subnet.tags, **own},
    }
    table = {"vpcId": Ref("vpc"), "tags": {**shared, **own}}
    association = {"routeTableId": Ref("table" + key), "subnetId": Ref("subnet" + key)}
    return [
        Child("subnet" + key, "aws:ec2/subnet:Subnet", subnet.name, inputs, "vpc"),
        Child("table" + key, "aws:ec2/routeTable:RouteTable", subnet.name, table, "subnet" + key),
        Child(
            "association" + key,
            "aws:ec2/routeTableAssociation:RouteTableAssociation",
            subnet.name,
            association,
            "table" + key,
        ),
    ]


def _nat_gateway(name: str, subnet: _Subnet, tags: Mapping[str, str]) -> list[Child]:
    parent = f"subnet:{subnet.type}:{subnet.name}"
    eip, nat, own = f"eip:{subnet.zone}", f"nat:{subnet.zone}", {**tags, "Name": name}
    gateway = {"subnetId": Ref(parent), "allocationId": Ref(eip, "allocationId"), "tags": own}
    return [
        Child(eip, "aws:ec2/eip:Eip", name, {"tags": own}, parent),
        Child(nat, "aws:ec2/natGateway:NatGateway", name, gateway, parent),
    ]


def _route(subnet: _Subnet, strategy: str) -> list[Child]:
    key = f":{subnet.type}:{subnet.name}"
    if subnet.type == "Public":
        gateway = {"gatewayId": Ref("igw")}
    elif subnet.type == "Private" and strategy != "None":
        gateway = {"natGatewayId": Ref(f"nat:{1 if strategy == 'Single' else subnet.zone}")}
    else:
        return []
    inputs = {
        "routeTableId": Ref("table" + key),
        "destinationCidrBlock": _ANYWHERE,
        **gateway,
    }
    return [Child("route" + key, "aws:ec2/route:Route", subnet.name, inputs, "table" + key)]


def _endpoints(
    args: Mapping[str, Any], tables: Sequence[Ref], shared: Mapping[str, str]
) -> Iterator[Child]:
    for spec in args.get("vpcEndpointSpecs") or []:
        service = spec["serviceName"]
        if args.get("vpcEndpointStrategy") != "Auto" or set(spec) - {
            "serviceName",
            "vpcEndpointType",
            "policy",
            "tags",
        }:
            raise NotSimulatedError(
                f"SIMULATION, not AWS: {COMPONENT} endpoint {service} needs vpcEndpointStrategy "
                '"Auto" and no more than serviceName, vpcEndpointType, policy and tags'
            )
        if spec.get("vpcEndpointType", "Gateway") != "Gateway":
            raise NotSimulatedError(
                f"SIMULATION, not AWS: {COMPONENT} makes gateway endpoints only, not {service}"
            )
        inputs = {
            **spec,
            "routeTableIds": list(tables),
            "tags": {**shared, **(spec.get("tags") or {})},
            "vpcId": Ref("vpc"),
        }
        yield Child(
            f"endpoint:{service}", "aws:ec2/vpcEndpoint:VpcEndpoint", service, inputs, "vpc"
        )
