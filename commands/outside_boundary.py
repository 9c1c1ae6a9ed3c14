"""What a stack file asks for that its permissions boundary would refuse, when a task makes the
call: the boundary allows what bears the environment's name, and what the account lists for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from bootstrap import settings
from bootstrap.access.listed import arn_pattern
from bootstrap.access.permissions_boundary import reaches
from bootstrap.access.stacks import Stacks
from settings.problems import SettingsError, own_values
from settings.secrets import REFERENCE_PREFIXES


def outside_boundary(
    stack: str, config: Mapping[str, Any], account: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """The key of each such reference, and what to write in the account's stack file. `stack`: its
    name, or `ephemeral`; `config` and `account`: the `config` of both files."""
    own = own_values(config)
    try:
        known = settings.parse(own_values(account))
    except SettingsError:
        return  # `make bootstrap` reports it
    stacks = {**known.stacks, **known.pull_request_stacks}
    if stack not in stacks or "permissionsBoundary" not in own:
        return
    found = own["permissionsBoundary"]
    if found != (expected := stacks[stack].boundary):
        yield "permissionsBoundary", f"is {found}; roles of {stack} are made with {expected}."
    for key, arn, listed in _wanted(stacks[stack], own):
        if not reaches(stacks[stack], arn):
            text = f"tasks of {stack} may not use {listed}: add it to `resources` of {stack}"
            yield key, f"{text} in bootstrap/Pulumi.account.yaml, and run `make bootstrap`."


def _wanted(stacks: Stacks, config: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Keys, the ARNs that they ask for, and how the account lists those."""
    here = (stacks.partition, stacks.region, stacks.account)
    for name, value in _map(config.get("secrets")).items():
        reference = _map(value).get("ref", value)
        if isinstance(reference, str) and reference.startswith(REFERENCE_PREFIXES):
            bare = reference.partition("#")[0]
            yield f"secrets.{name}", arn_pattern(bare, *here), bare
    for name, service in _map(config.get("services")).items():
        for number, permission in enumerate(_map(service).get("permissions") or []):
            for arn in _map(permission).get("resources") or []:
                yield f"services.{name}.permissions.{number}", str(arn), str(arn)
    receivers = _map(_map(config.get("monitoring")).get("alerting")).get("receivers")
    for name, receiver in _map(receivers).items():
        topic = _map(receiver).get("sns")
        if isinstance(topic, str) and topic.startswith("arn:"):
            yield f"monitoring.alerting.receivers.{name}.sns", topic, topic


def _map(value: object) -> dict[str, Any]:
    """Empty where it is no map, which is refused elsewhere."""
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}
