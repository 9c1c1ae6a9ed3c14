from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support import users_files
from tests.support.programs import needed, program, require_programs

# Collected only where the command names the folder: each takes minutes and the whole machine,
# or, as browser/, the builds of the applications.
BY_NAME = {"browser", "containers", "edits", "walkthrough"}
# A busy machine is no error.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    folders = BY_NAME & _rooms(collection_path, config)
    named = {room for argument in config.args for room in _rooms(Path(argument), config)}
    return None if folders <= named else True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each item belongs to one tier."""
    for item in items:
        item.add_marker(_tier(item, config))


def _tier(item: pytest.Item, config: pytest.Config) -> str:
    if "containers" in _rooms(item.path, config):
        return "containers"
    programs = needed(item)
    if "pulumi" in programs:
        return "engine"
    return "servers" if programs else "fast"


def _rooms(path: Path, config: pytest.Config) -> set[str]:
    """The folders below the project's, whatever folder the project is in."""
    absolute = (config.invocation_params.dir / path).resolve()
    if not absolute.is_relative_to(config.rootpath):
        return set()
    return set(absolute.relative_to(config.rootpath).parts)


def pytest_sessionstart() -> None:
    users_files.watch()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    users_files.begin(item.path)
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
