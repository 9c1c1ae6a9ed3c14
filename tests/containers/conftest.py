"""The whole stack in containers, for `make test-containers` alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from commands.local import __main__ as local
from commands.local.containers import COMPOSE_FILE, Stack, StackError, find_stack
from settings.project import ROOT
from tests.support.nginx_server import (
    CONFIGS,
    free_port,
    is_new_enough,
    without_groups,
)

# What the load in these tests needs; nothing else differs from the stack that people start.
LIMITS = {
    "RATE_PER_SECOND": "10000",
    "RATE_BURST": "10000",
    "RATE_LIMIT_PER_MINUTE": "1000000",
    "SESSION_RATE_LIMIT_PER_MINUTE": "1000000",
    "STORED_JOBS_PER_TENANT": "1000000",
    "STORED_MIB_PER_TENANT": "100000",
}


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Built and started from nothing, and removed with its data afterwards."""
    variables = {
        "COMPOSE_PROJECT_NAME": "plataforma-test",
        "TAG": "test",
        "GATEWAY_PORT": str(free_port()),
        "APP_SUBNET": "10.89.43.0/24",
        "SECRETS_DIR": str(tmp_path_factory.mktemp("secrets")),
        "LOG_TARGETS_DIR": str(tmp_path_factory.mktemp("log-targets")),
        **LIMITS,
    }
    try:
        stack = find_stack(ROOT, variables)
    except StackError as error:
        pytest.fail(str(error))
    stack = _with_limits_that_work(stack, tmp_path_factory.mktemp("override"))
    stack = _with_its_own_nginx(stack, tmp_path_factory.mktemp("gateway"))
    stack.down(volumes=True)
    try:
        local.up_to_gateway(stack, build=True)
        yield stack
    finally:
        stack.down(volumes=True)


def _with_its_own_nginx(stack: Stack, folder: Path) -> Stack:
    """The gateway as it is, or for an older Nginx of the image, as a stand-in may have it."""
    image = yaml.safe_load((ROOT / COMPOSE_FILE).read_text())["services"]["gateway"]["image"]
    name = os.environ.get("NGINX_IMAGE") or image.partition(":-")[2].removesuffix("}")
    version = stack.read([stack.engine, "run", "--rm", name, "sh", "-c", "nginx -v 2>&1"])
    if is_new_enough(version):
        return stack
    older = folder / "gateway.conf"
    older.write_text(without_groups((CONFIGS / "gateway.conf").read_text()))
    return replace(stack, variables={**stack.variables, "GATEWAY_CONFIG": str(older)})


def _with_limits_that_work(stack: Stack, folder: Path) -> Stack:
    """Docker refuses limits on CPU, memory and processes where the kernel has no controllers for
    them, as in some containers: without limits, there."""
    if stack.engine != "docker":
        return stack
    asked = "{{and .MemoryLimit .CPUCfsQuota .PidsLimit}}"
    if stack.read(["docker", "info", "--format", asked]) == "true":
        return stack
    services = yaml.safe_load((ROOT / COMPOSE_FILE).read_text())["services"]
    lines = [f"  {name}: {{deploy: {{resources: !reset null}}}}" for name in services]
    override = folder / "without-limits.yml"
    override.write_text("\n".join(["services:", *lines, ""]))
    return replace(stack, compose=(*stack.compose, "--file", str(override)))
