"""Builds the images with Docker's buildx or with Buildah."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from commands.git import GitError, git
from commands.local.containers import Stack

SERVICES = ("backend", "worker", "frontend")


def build(stack: Stack, service: str) -> None:
    values = {
        "version": stack.variables["TAG"],
        "revision": _git(stack, "rev-parse", "HEAD"),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "source": _git(stack, "config", "--get", "remote.origin.url"),
    }
    tool = _docker() if stack.engine == "docker" else _buildah(values)
    arguments = [f"--build-arg={name.upper()}={value}" for name, value in values.items()]
    file, tag = f"--file=images/Dockerfile.{service}", f"--tag={stack.image(service)}"
    stack.run([*tool, *arguments, file, tag, "."])


def _docker() -> list[str]:
    return ["docker", "buildx", "build", "--load"]


def _buildah(values: Mapping[str, str]) -> list[str]:
    """In Docker's format, since OCI's has no health checks. Labels and the variable that the
    Dockerfile sets from its arguments are repeated: Buildah's cache ignores changed arguments."""
    labels = [f"--label=org.opencontainers.image.{name}={value}" for name, value in values.items()]
    version = f"--env=SERVICE_VERSION={values['version']}"
    return ["buildah", "build", "--layers", "--network=host", "--format=docker", *labels, version]


def _git(stack: Stack, *command: str) -> str:
    try:
        return git(stack.root, *command) or "unknown"
    except GitError:
        return "unknown"
