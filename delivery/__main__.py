"""`python -m delivery COMMAND`. Exit codes: 0 well, 1 not as asked, 2 wrong input or no right."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from types import ModuleType

from botocore.exceptions import BotoCoreError, ClientError

from delivery.aws.clients import explain, passes
from delivery.commands import (
    announce,
    changes,
    comment,
    digests,
    drift,
    environment,
    images,
    migrate,
    prepare,
    rollback,
    rollout,
    smoke,
    sweep,
)
from delivery.context import Context
from delivery.shared.errors import AnnouncedError, DeliveryError, InputError
from settings.problems import SettingsError
from settings.stack_file import StackFileError

COMMANDS: dict[str, tuple[ModuleType, str]] = {
    "changes": (changes, "say which jobs of the pipeline a pull request needs"),
    "prepare": (prepare, "bring the migrations' task definition up to date, before the services"),
    "migrate": (migrate, "run the migrations and gate on their exit code"),
    "rollout": (rollout, "follow the rollouts; fail unless what runs is what was asked for"),
    "rollback": (rollback, "go back to an earlier revision, or to images by digest"),
    "digests": (digests, "pick the digests that a stack runs; compare two files of them"),
    "images": (images, "bake the program's own builds, and deploy what was built by digest"),
    "comment": (comment, "render previews as a Markdown comment, and post it"),
    "drift": (drift, "open, update or close the issue of a stack's drift"),
    "smoke": (smoke, "a few HTTP checks of an address"),
    "environment": (environment, "write the stack file of a pull request's environment"),
    "announce": (announce, "say in a comment how a pull request's environment is"),
    "sweep": (sweep, "find and destroy environments of pull requests that are done"),
}


def main(arguments: Sequence[str] | None = None, context: Context | None = None) -> int:
    context = context or Context()
    given = parser().parse_args(arguments)
    module, _ = COMMANDS[given.command]
    try:
        return int(module.run(given, context))
    except AnnouncedError:
        return 1
    except DeliveryError as error:
        context.console.error(f"delivery {given.command}: {error}")
        return 1
    except (InputError, SettingsError, StackFileError) as error:
        context.console.error(f"delivery {given.command}: {error}")
        return 2
    except (ClientError, BotoCoreError) as error:
        context.console.error(f"delivery {given.command}: {explain(error)}")
        return 1 if passes(error) else 2
    except KeyboardInterrupt:
        context.console.error(f"delivery {given.command}: interrupted; AWS goes on by itself")
        return 1


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m delivery", description=__doc__)
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module, words) in COMMANDS.items():
        below = commands.add_parser(name, help=words, description=module.__doc__)
        module.add_arguments(below)
    return made


if __name__ == "__main__":
    sys.exit(main())
