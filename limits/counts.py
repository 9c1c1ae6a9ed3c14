"""How many resources belong together, where AWS has a default quota. Each can be raised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from limits.names import UNKNOWN_TO_THE_ENGINE

_BALANCERS = 'Elastic Load Balancing, "Quotas for your Application Load Balancers"'
_VPC = 'VPC User Guide, "Amazon VPC quotas"'
_IAM = 'IAM User Guide, "IAM and AWS STS quotas"'
# By type: the property that names what they belong to (none: the stack has one of it), what that
# is, the quota, the source.
_ROWS: Mapping[str, tuple[str, str, int, str]] = {
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (
        *("role", "managed policies of one role", 10),
        _IAM,
    ),
    "aws:lb/listener:Listener": (
        "loadBalancerArn",
        "listeners of one load balancer",
        50,
        _BALANCERS,
    ),
    "aws:lb/listenerRule:ListenerRule": (
        *("", "rules of the load balancer, over all its listeners", 100),
        _BALANCERS,
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": (
        *("securityGroupId", "outbound rules of one security group", 60),
        _VPC,
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": (
        *("securityGroupId", "inbound rules of one security group", 60),
        _VPC,
    ),
}


@dataclass(frozen=True)
class Group:
    """Resources that count together."""

    what: str
    most: int
    source: str
    owner: str

    def __str__(self) -> str:
        owner = f" ({self.owner})" if self.owner else ""
        return f"{self.what}{owner}, {self.most} by default ({self.source})"


def groups(token: str, inputs: Mapping[str, Any]) -> Iterator[Group]:
    """What a resource counts in; nothing where the engine does not know to what it belongs."""
    if token in _ROWS:
        key, what, most, source = _ROWS[token]
        owner = str(inputs.get(key, UNKNOWN_TO_THE_ENGINE)) if key else ""
        if owner != UNKNOWN_TO_THE_ENGINE:
            yield from repeat(Group(what, most, source, owner), _weight(inputs))


def _weight(inputs: Mapping[str, Any]) -> int:
    """CloudFront's prefix list, the only one that the program refers to, counts as 55 rules (Amazon
    VPC User Guide, "AWS-managed prefix list weight")."""
    return 55 if inputs.get("prefixListId") else 1
