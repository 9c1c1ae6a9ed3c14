"""THE TABLE of commands that are shortened here, since they run in full elsewhere beside this walk.
WALK=full runs them as they are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Shortened:
    """What runs in place of a command, and why that is enough."""

    instead: str
    reason: str


SHORTENED: Mapping[str, Shortened] = {
    "make test": Shortened(
        'make test ARGS="-q tests/rendering/test_slo.py"',
        "all of it is `make test` itself",
    ),
    "make test-containers": Shortened(
        'make test-containers ARGS="-q --collect-only"',
        "needs a container engine and minutes; all of it is `make test-containers` itself",
    ),
    "make test-workflow": Shortened(
        'make test-workflow ARGS="-q --collect-only"', "it is this very walk"
    ),
    "npm test": Shortened(
        "npm test -- config i18n",
        "one file of each application, its servers started; all of it is `make test-apps` itself",
    ),
}


def shortened(script: str) -> str:
    """The script of a step with its commands, a line each, shortened."""
    if os.environ.get("WALK") == "full":
        return script
    return "\n".join(
        SHORTENED[line.strip()].instead if line.strip() in SHORTENED else line
        for line in script.splitlines()
    )
