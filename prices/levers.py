"""What would save most, by the key of the stack file that does it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from prices.line import Line
from prices.price_list import table
from prices.rules.compute import SERVICE
from prices.rules.network import EIP, ENDPOINT, NAT_GATEWAY, WEB_ACL
from prices.rules.operations import DAYS_A_MONTH, LOG_GROUP
from prices.rules.stores import CACHE, DATABASE, zones_of
from prices.stack import Stack, TaskSize, tasks_by_provider

LARGEST = 3
FEW_DAYS = 7


@dataclass(frozen=True)
class Lever:
    """`key`: the key with its cheaper value; `usd`: what it saves a month."""

    key: str
    usd: float

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"usd": round(self.usd, 2)}


def levers(stack: Stack, lines: Sequence[Line]) -> tuple[Lever, ...]:
    """The largest savings. Each is alone: two together may save less than their sum."""
    found = [lever for lever in _all(stack, lines) if lever.usd >= 0.01]
    return tuple(sorted(found, key=lambda lever: -lever.usd)[:LARGEST])


def _all(stack: Stack, lines: Sequence[Line]) -> Iterator[Lever]:
    yield from _nat(stack, lines)
    yield from _spot(stack)
    yield from _database(stack, lines)
    yield from _cache(stack, lines)
    yield from _logs(stack)
    yield Lever("edge.waf.enabled: false", _sum(lines, WEB_ACL))
    yield Lever("network.endpoints: []", _sum(lines, ENDPOINT))
    yield Lever("database.proxy: false", _sum(lines, "aws:rds/proxy:Proxy"))
    yield Lever("broker.kind: sqs", _sum(lines, "aws:mq/broker:Broker"))
    monitoring = sum(line.usd or 0 for line in lines if line.group[0] == "monitoring")
    yield Lever("monitoring.mode: off", monitoring)


def _sum(lines: Sequence[Line], token: str) -> float:
    return sum(line.usd or 0 for line in lines if line.resource.type == token)


def _price(stack: Stack, name: str) -> float | None:
    return table().price(stack.region, name)


def _nat(stack: Stack, lines: Sequence[Line]) -> Iterator[Lever]:
    """Each gateway has an address; without one each task has its own."""
    gateways = sum(1 for _ in stack.of_type(NAT_GATEWAY))
    gateway, address = (_price(stack, name) for name in ("nat/hour", "vpc/public-ipv4-hour"))
    if gateway is None or address is None:
        return
    if gateways > 1:
        yield Lever("network.nat: single", (gateways - 1) * (gateway + address) * stack.usage.hours)
    elif gateways:
        tasks = sum(stack.task_range(service)[0] for service in stack.of_type(SERVICE))
        saved = _sum(lines, NAT_GATEWAY) + _sum(lines, EIP) - tasks * address * stack.usage.hours
        yield Lever("network.nat: none (tasks get public addresses)", saved)


def _spot(stack: Stack) -> Iterator[Lever]:
    """The tasks of the stack file's services, without the one each that stays on demand."""
    saved = 0.0
    for service in stack.of_type(SERVICE):
        definition = stack.task_definition(service)
        if definition is None or stack.group_of(service)[0] != "service":
            continue
        strategies = service.inputs.get("capacityProviderStrategies") or []
        kept = sum(int(one.get("base") or 0) for one in strategies)
        tasks = tasks_by_provider(service, stack.task_range(service)[0]).on_demand - kept
        saved += max(0, tasks) * _spot_saving(stack, TaskSize.of(definition))
    yield Lever("services: spotShare: 100", saved)


def _spot_saving(stack: Stack, size: TaskSize) -> float:
    """Of one task; nothing where a price is unknown."""
    saved = 0.0
    for unit, amount in (("vcpu", size.vcpus), ("gb", size.gib)):
        dear = _price(stack, f"fargate/{size.cpu}/{unit}-hour")
        cheap = _price(stack, f"fargate-spot/{size.cpu}/{unit}-hour")
        if dear is None or cheap is None:
            return 0
        saved += amount * (dear - cheap) * stack.usage.hours
    return saved


def _database(stack: Stack, lines: Sequence[Line]) -> Iterator[Lever]:
    for database in stack.of_type(DATABASE):
        if zones_of(database) != "multi-az":
            continue
        own = [line for line in lines if line.resource is database]
        saved = [_single_az(stack, line) for line in own if "multi-az" in line.charge.price]
        if None not in saved:
            yield Lever("database.multiAz: false", sum(one or 0 for one in saved))
    replicas = [one for one in lines if one.resource.inputs.get("replicateSourceDb")]
    yield Lever("database.readReplicas: 0", sum(line.usd or 0 for line in replicas))


def _single_az(stack: Stack, line: Line) -> float | None:
    """What a line costs less in one zone."""
    cheap = _price(stack, line.charge.price.replace("multi-az", "single-az"))
    if line.usd is None or cheap is None:
        return None
    return line.usd - cheap * line.charge.quantity


def _cache(stack: Stack, lines: Sequence[Line]) -> Iterator[Lever]:
    for cache in stack.of_type(CACHE):
        nodes = int(cache.inputs.get("numCacheClusters") or 1)
        own = sum(line.usd or 0 for line in lines if line.resource is cache)
        yield Lever("cache.replicas: 0", own * (nodes - 1) / nodes)


def _logs(stack: Stack) -> Iterator[Lever]:
    price = _price(stack, "cloudwatch/log-gb-month")
    days = sum(
        max(0, int(group.inputs.get("retentionInDays") or 0) - FEW_DAYS)
        for group in stack.of_type(LOG_GROUP)
    )
    if price is not None:
        saved = stack.usage.log_gib * days / DAYS_A_MONTH * price
        yield Lever(f"logRetentionDays: {FEW_DAYS} everywhere", saved)
