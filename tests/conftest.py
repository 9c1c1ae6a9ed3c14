from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.programs import needed, program, require_programs

# Collected only where the command names the folder: each takes minutes and the whole machine.
BY_NAME = ("containers", "walkthrough")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    folders = [folder for folder in BY_NAME if folder in collection_path.parts]
    named = all(any(folder in argument for argument in config.args) for folder in folders)
    return None if named else True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each item belongs to one tier."""
    for item in items:
        item.add_marker(_tier(item))


def _tier(item: pytest.Item) -> str:
    if "containers" in item.path.parts:
        return "containers"
    programs = needed(item)
    if "pulumi" in programs:
        return "engine"
    return "servers" if programs else "fast"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    require_programs(item)


@pytest.fixture(autouse=True)
def event_loop() -> Iterator[None]:
    """The SDK's outputs need an event loop, even where nothing awaits them."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture(scope="session")
def pulumi_cli() -> Path:
    """The Pulumi CLI."""
    return Path(program("pulumi"))
