from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def event_loop() -> Iterator[None]:
    """Outputs of the SDK need a loop to live in, even where nothing awaits them."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture(scope="session")
def pulumi_cli() -> Path:
    """The Pulumi CLI. Tests that ask for it skip where there is none, unless REQUIRE_PULUMI=1."""
    found = shutil.which("pulumi")
    if found is None:
        reason = "the Pulumi CLI is not on PATH"
        if os.environ.get("REQUIRE_PULUMI") == "1":
            pytest.fail(f"REQUIRE_PULUMI=1, and {reason}")
        pytest.skip(reason)
    return Path(found)
