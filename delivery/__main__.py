"""The pipeline's commands: `python -m delivery COMMAND`.

Exit codes: 0 success; 1 failure; 2 wrong arguments or files, or a missing permission."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Container, Sequence
from importlib import import_module
from types import ModuleType

from delivery.context import Context

COMMANDS = {
    "changes": "print which jobs of the pipeline a pull request needs",
    "prepare": "update the migrations' task definition before the services",
    "migrate": "run the migrations; fail unless they exit with 0",
    "rollout": "follow the rollouts; fail unless the expected revisions run in the end",
    "taskdefs": "compare the registered task definitions with infra/aws of the commit",
    "rollback": "go back to an earlier revision, or to images by digest",
    "restart": "replace a service's tasks with new ones of the same revision",
    "scale": "set how many tasks a service runs, until autoscaling changes it",
    "broker-password": "change the password of RabbitMQ's user, before its deployment",
    "digests": "write the image digests of a stack to a file or a stack file, or compare them",
    "stacks": "print the permanent stacks in the order of promotion",
    "images": "write the bake file of a stack's images, and deploy the built images by digest",
    "comment": "render previews as a Markdown comment, and post it",
    "drift": "open, update or close the issue about a stack's drift",
    "smoke": "run a few HTTP checks of an address",
    "environment": "write the stack file of a pull request's environment",
    "announce": "report the state of a pull request's environment in a comment",
    "sweep": "find and destroy environments of finished pull requests",
    "verify": "fail unless main's pipeline signed the images that a stack deploys",
    "deployed": "print the commit that a stack runs, or fail where it is a later one",
    "approval": "fail unless a GitHub environment waits for reviewers",
    "unlock": "take away the lock that a killed run has left on a stack",
}
ROOMS = {
    **dict.fromkeys(("environment", "announce", "sweep"), "environments"),
    **dict.fromkeys(("deployed", "approval", "unlock", "verify"), "guards"),
    **dict.fromkeys(("restart", "scale"), "services"),
}
"""The folder in delivery/commands/ of the commands that are not in it themselves."""


def main(arguments: Sequence[str] | None = None, context: Context | None = None) -> int:
    context = context or Context()
    words = sys.argv[1:] if arguments is None else list(arguments)
    args = parser(words[:1]).parse_args(words)
    run = _module(args.command).run
    return context.exit_code(f"delivery {args.command}", lambda: int(run(args, context)))


def parser(loaded: Container[str] = COMMANDS) -> argparse.ArgumentParser:
    """Knows the options of the commands in `loaded`; of the others, whose modules are not imported,
    only name and help."""
    result = argparse.ArgumentParser(prog="python -m delivery", description=__doc__)
    commands = result.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, help_ in COMMANDS.items():
        description = _module(name).__doc__ if name in loaded else None
        command = commands.add_parser(name, help=help_, description=description, allow_abbrev=False)
        if name in loaded:
            _module(name).add_arguments(command)
    return result


def _module(command: str) -> ModuleType:
    path = ["delivery.commands", ROOMS.get(command, ""), command.replace("-", "_")]
    return import_module(".".join(filter(None, path)))


if __name__ == "__main__":
    sys.exit(main())
