"""What the AWS CLI takes, from the service models that it is made of.

Source: awscli of PyPI, data/cli.json (global options), customizations/argrename.py,
customizations/cloudfront.py and customizations/paginate.py; github.com/aws/aws-cli, v2,
customizations/logs/tail.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import botocore.session
import jmespath
from botocore import xform_name
from jmespath.exceptions import ParseError

GLOBAL = frozenset({"output", "query", "profile", "region", "no-paginate", "no-cli-pager"})
PAGES = frozenset({"max-items", "page-size", "starting-token"})
SERVICES = {"deploy": "codedeploy"}
"""Services that the CLI calls otherwise than botocore."""
OWN = {
    ("logs", "tail"): frozenset(
        {"since", "follow", "format", "filter-pattern", "log-stream-names"}
        | {"log-stream-name-prefix"}
    ),
}
"""Commands that the CLI adds to the operations of a service."""
ADDED = {("cloudfront", "create-invalidation"): ({"paths"}, {"invalidation-batch"})}
"""Options that the CLI adds to an operation, and which of its own they stand for."""


def problems(words: Sequence[str]) -> Iterator[str]:
    """What is wrong with `aws SERVICE OPERATION --options...`."""
    if len(words) < 3:
        yield "names no operation"
        return
    service, operation, flags = words[1], words[2], _flags(words)
    for word, value in pairwise(words):
        if word == "--query":
            yield from _query(value)
    if (service, operation) in OWN:
        yield from (f"has no --{f}" for f in flags - OWN[(service, operation)] - GLOBAL)
        return
    shape = _inputs(service, operation)
    if shape is None:
        yield f"{service} has no operation {operation}"
        return
    added, replaced = ADDED.get((service, operation), (set[str](), set[str]()))
    known, required = shape
    yield from (f"has no --{flag}" for flag in sorted(flags - known - added - GLOBAL))
    yield from (f"lacks --{flag}" for flag in sorted(required - flags - replaced))


def _flags(words: Sequence[str]) -> set[str]:
    return {word[2:].partition("=")[0] for word in words if word.startswith("--")}


def _query(expression: str) -> Iterator[str]:
    try:
        jmespath.compile(expression)
    except ParseError as error:
        yield f"--query is no JMESPath: {error}"


@cache
def _inputs(service: str, operation: str) -> tuple[set[str], set[str]] | None:
    """The options that an operation takes, and those that it must get; None if it is unknown."""
    model = _model(SERVICES.get(service, service))
    names = {xform_name(name, "-"): name for name in model.operation_names} if model else {}
    if operation not in names:
        return None
    shape = model.operation_model(names[operation]).input_shape
    members: dict[str, Any] = dict(shape.members) if shape else {}
    known = {xform_name(name, "-"): member for name, member in members.items()}
    negated = {f"no-{name}" for name, member in known.items() if member.type_name == "boolean"}
    required = {xform_name(name, "-") for name in (shape.required_members if shape else ())}
    return {*known, *negated, *PAGES}, required


@cache
def _model(service: str) -> Any:
    session = botocore.session.get_session()
    if service not in session.get_available_services():
        return None
    return session.get_service_model(service)
