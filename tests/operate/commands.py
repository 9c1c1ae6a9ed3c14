"""Runs `python -m commands.operate` in this process, on the stack of the delivery tests."""

from __future__ import annotations

import io
from dataclasses import dataclass

from commands.operate.__main__ import main
from delivery.aws.clients import connect
from delivery.context import Context
from delivery.shared.console import Console
from tests.delivery.stack import Stack


@dataclass
class Done:
    code: int
    out: str
    err: str


def operate(stack: Stack, command: str, *arguments: str) -> Done:
    out, err = io.StringIO(), io.StringIO()
    context = Context(
        console=Console(out, err, {}),
        clock=stack.clock,
        environment={},
        connect=lambda region: connect(region, stack.server.url),
    )
    code = main([command, "--outputs", str(stack.write_outputs()), *arguments], context)
    return Done(code, out.getvalue(), err.getvalue())
