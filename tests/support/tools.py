"""Programs that tests run where they are installed."""

from __future__ import annotations

import os
import shutil

import pytest


def tool(name: str) -> str:
    """The path of a program. Where there is none the test is skipped, or fails where
    REQUIRE_SERVICES=1 asks for all of them."""
    found = shutil.which(name)
    if found is None and os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(f"{name} is not on PATH")
    if found is None:
        pytest.skip(f"{name} is not on PATH")
    return found
