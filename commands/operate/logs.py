"""Prints the log of a service or a job from CloudWatch, of all its tasks in the order of time."""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from commands.operate import options
from delivery.aws.clients import Aws
from delivery.context import Context
from delivery.rollouts.task_logs import describe_task_definition, log_stream
from delivery.shared.console import Console
from delivery.shared.errors import InputError
from delivery.shared.options import POLL_SECONDS
from delivery.shared.outputs import StackOutputs

if TYPE_CHECKING:
    from mypy_boto3_logs.type_defs import FilteredLogEventTypeDef

LATE_MS = 60_000
"""How long after a newer line of another task CloudWatch may show one."""
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_stack(parser)
    options.add_service_or_job(parser)
    parser.add_argument(
        "--since",
        type=_seconds,
        default=_seconds("15m"),
        metavar="TIME",
        help="how far back, e.g. 90s, 15m, 6h or 2d (default: 15m)",
    )
    parser.add_argument("--filter", default="", metavar="TEXT", help="only lines with this text")
    parser.add_argument("--follow", action="store_true", help="go on until interrupted")


def run(args: argparse.Namespace, context: Context) -> int:
    outputs = options.stack_outputs(args)
    aws, console = context.connect(outputs.region), context.console
    group, prefix = _place(args, outputs, aws)
    request: dict[str, Any] = {"logGroupName": group, "logStreamNamePrefix": prefix}
    if args.filter:
        # One term in quotes is looked for as it is ("Filter pattern syntax").
        request["filterPattern"] = '"' + args.filter.replace('"', '\\"') + '"'
    start = int((time.time() - args.since) * 1000)
    unseen = Unseen(aws, request, start)
    try:
        found = _print(unseen, console)
        while args.follow:
            context.clock.sleep(POLL_SECONDS)
            _print(unseen, console)
    except KeyboardInterrupt:
        return 0
    if not found:
        console.line(f"no lines in {group} {prefix}* since {_time(start)}")
    return 0


def _print(unseen: Unseen, console: Console) -> int:
    """Their number."""
    count = 0
    for line in unseen.lines():
        console.line(line)
        count += 1
    return count


@dataclass
class Unseen:
    """The lines from `start` (in milliseconds) on that were not asked for before."""

    aws: Aws
    request: Mapping[str, Any]
    start: int
    _seen: dict[str, int] = field(default_factory=dict[str, int])

    def lines(self) -> Iterator[str]:
        for event in _events(self.aws, {**self.request, "startTime": self.start}):
            key = event.get("eventId", "")
            if key not in self._seen:
                self._seen[key] = event.get("timestamp", 0)
                yield _line(event)
        self.start = max(self.start, max(self._seen.values(), default=0) - LATE_MS)
        self._seen = {key: moment for key, moment in self._seen.items() if moment >= self.start}


def _place(args: argparse.Namespace, outputs: StackOutputs, aws: Aws) -> tuple[str, str]:
    """The log group, and what the names of the streams begin with."""
    if args.job:
        job = outputs.job(args.job)
        definition, container = job.task_definition, job.container
    else:
        definition, container = outputs.service(args.service).task_definition, args.service
    place = log_stream(describe_task_definition(aws, definition), container, "")
    if place is None:
        raise InputError(f"{definition} names no log group of container {container}.")
    return place


def _events(aws: Aws, request: Mapping[str, Any]) -> Iterator[FilteredLogEventTypeDef]:
    for page in aws.logs.get_paginator("filter_log_events").paginate(**request):
        yield from page["events"]


def _line(event: FilteredLogEventTypeDef) -> str:
    task = re.split(r"[/-]", event.get("logStreamName", ""))[-1][:8]
    return f"{_time(event.get('timestamp', 0))} {task} {event.get('message', '').rstrip()}"


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(text: str) -> int:
    found = re.fullmatch(r"(\d+)([smhd])", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 90s, 15m, 6h or 2d")
    return int(found[1]) * SECONDS[found[2]]
