"""Renders infra/aws/ecs-taskdef-<service>.<stack>.json: `make taskdefs`.

Each file is the request of ECS's RegisterTaskDefinition that the program makes, with a placeholder
`${resource.property}` for what only AWS knows, and -?????? for what Secrets Manager appends to a
secret's name. `delivery taskdefs` compares what is registered with it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from commands.render.output import write_files
from settings.project import ROOT
from simulation import process
from simulation.outputs import ACCOUNT
from simulation.plan import Plan

FOLDER = ROOT / "infra/aws"
TOKEN = "aws:ecs/taskDefinition:TaskDefinition"  # noqa: S105
SECRET = re.compile(rf"(:secretsmanager:[a-z0-9-]+:{ACCOUNT}:secret:[^\"\\:]+)-[0-9a-f]{{6}}")
# Arguments of the provider that are no parameters of the call.
PROVIDER_ONLY = ("skipDestroy", "trackLatest")


def rendered(plan: Plan) -> dict[Path, str]:
    """Text by file for every task definition of a plan."""
    return {
        FOLDER / f"ecs-taskdef-{resource.name}.{plan.stack}.json": _text(resource.inputs)
        for resource in plan.of_type(TOKEN)
    }


def request(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of RegisterTaskDefinition for a task definition's inputs."""
    parameters = {key: value for key, value in inputs.items() if key not in PROVIDER_ONLY}
    if "ephemeralStorage" in parameters:  # The one name that the provider spells otherwise.
        parameters["ephemeralStorage"] = {"sizeInGiB": inputs["ephemeralStorage"]["sizeInGib"]}
    return parameters | {"containerDefinitions": json.loads(inputs["containerDefinitions"])}


def _text(inputs: Mapping[str, Any]) -> str:
    text = json.dumps(request(inputs), indent=2, sort_keys=True) + "\n"
    return SECRET.sub(r"\1-??????", text).replace(ACCOUNT, "${aws.accountId}")


def stacks() -> list[str]:
    """Stacks that have a file."""
    return sorted(path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml"))


def main() -> int:
    files: dict[Path, str] = {}
    for stack in stacks():
        files |= rendered(process.preview(stack, ROOT))
    write_files(ROOT, files, instead_of=FOLDER.glob("ecs-taskdef-*.json"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
