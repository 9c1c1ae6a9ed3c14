"""The commands that are shortened here, since other jobs or tests run them in full. WALK=full runs
them as they are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Shortened:
    """The replacement of a command, and why it is enough."""

    instead: str
    reason: str


SHORTENED: Mapping[str, Shortened] = {
    "make test": Shortened(
        'make test ARGS="-q tests/rendering/test_slo.py"',
        "`make test` runs all",
    ),
    "make test-containers && REQUIRE_PROGRAMS=all make test-browser": Shortened(
        'make --old-file=needs-containers test-containers test-browser ARGS="-q --collect-only"',
        "needs a container engine, Chromium and minutes; the two targets run all",
    ),
    "make test-edits": Shortened(
        'make test-edits ARGS="-q --collect-only"', "takes an hour; `make test-edits` runs all"
    ),
    "make test-workflow": Shortened(
        'make test-workflow ARGS="-q --collect-only"', "it is this test itself"
    ),
    "npm test": Shortened(
        "npm test -- config i18n",
        "one file of each application, its servers started; `make test-apps` runs all",
    ),
}


def shortened(script: str) -> str:
    """The script of a step with its commands, one per line, shortened."""
    if os.environ.get("WALK") == "full":
        return script
    return "\n".join(
        SHORTENED[line.strip()].instead if line.strip() in SHORTENED else line
        for line in script.splitlines()
    )
