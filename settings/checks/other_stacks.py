"""Checks of a stack against the other stack files of its project."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from settings import stack_file
from settings.draft import Draft
from settings.network.network import NetworkSettings
from settings.problems import Problem, nearest, own_values

Others = Mapping[str, Mapping[str, Any]]
"""The configs of the other stack files by stack, without the namespace and unchecked."""


def read(stack: str, project_dir: Path) -> Others:
    """A file that can't be read is no problem of this stack."""
    found = dict[str, Mapping[str, Any]]()
    for path in sorted(project_dir.glob(stack_file.file_name("*"))):
        try:
            config = stack_file.load(path).get("config")
        except stack_file.StackFileError:
            continue
        name = path.name.split(".")[1]
        if name != stack and isinstance(config, dict):
            found[name] = own_values(cast(dict[str, Any], config))
    return found


def promoted_stack_exists(draft: Draft, others: Others) -> Iterator[Problem]:
    """Where this file is the only one, the state alone can tell."""
    promoted = draft.images.promote if draft.images else None
    if not others or not promoted or promoted == draft.stack:
        return
    if promoted not in others:
        text = f"there is no {stack_file.file_name(promoted)}.{nearest(promoted, others)}"
        yield Problem("images.promote", text)
        return
    known = set(_images(others[promoted]))
    for name, service in draft.services.items():
        if "@" not in service.image and service.image not in known:
            text = f"{promoted}, whose images are promoted, has no {service.image}."
            hint = nearest(service.image, known)
            yield Problem(f"services.{name}.image", f"{text}{hint} Add it there first.")


def ranges_that_overlap(draft: Draft, others: Others) -> Iterator[Problem]:
    """AWS takes them, but such VPCs can't be connected (Amazon VPC Peering Guide, "VPC peering
    limitations"), and another range later replaces the VPC."""
    if draft.network is None or draft.network.existing:
        return
    own = ipaddress.ip_network(draft.network.cidr)
    for stack, config in others.items():
        other = _range(config)
        if other and own.overlaps(other):
            text = f"{own} overlaps {other} of {stack_file.file_name(stack)}: the two VPCs could"
            advice = "never be connected, and another range later replaces the VPC."
            yield Problem("network.cidr", f"{text} {advice} Give each stack its own.")


def _images(config: Mapping[str, Any]) -> Iterator[str]:
    services = config.get("services")
    for service in cast(dict[str, Any], services).values() if isinstance(services, dict) else ():
        if isinstance(service, dict) and isinstance(image := service.get("image"), str):
            yield image


def _range(config: Mapping[str, Any]) -> ipaddress.IPv4Network | None:
    """Of the VPC that a stack makes."""
    network = config.get("network", {})
    if not isinstance(network, dict) or "existing" in network:
        return None
    default = NetworkSettings.model_fields["cidr"].default
    try:
        return ipaddress.IPv4Network(network.get("cidr", default))
    except ValueError:
        return None
