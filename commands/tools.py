"""Checks the programs that a command of make needs, first: `python3 -m commands.tools node`.

It needs none of the dependencies, so that make can run it before it installs them.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from settings.project import PULUMI_INSTALLATION, ROOT

ENGINE_INSTALLATION = "https://docs.docker.com/engine/install/"
BUCKET = "<stateBucket of bootstrap/Pulumi.account.yaml>?region=<its region>"
VERSION = re.compile(r"\d+(\.\d+)*")


@dataclass(frozen=True)
class Tool:
    """A program, or several that do the same: what is here, what is wrong with it, and the command
    that runs it."""

    name: str
    found: str
    problem: str = ""
    command: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.problem or self.found}"


def python() -> Tool:
    wanted, found = _line(".python-version"), ".".join(map(str, sys.version_info[:3]))
    if _numbers(found) < _numbers(wanted):
        return Tool("Python", found, f"{found} is here; {wanted} or newer is needed.")
    return Tool("Python", found)


def node() -> Tool:
    wanted = _line(".nvmrc")
    advice = f"Node {wanted} or newer is needed: install it and put it first on PATH (.nvmrc)."
    tool = _at_least("Node", wanted, _version("node", "--version"), advice)
    if not tool.problem and not _version("npm", "--version"):
        return Tool("Node", tool.found, "npm is not on PATH; it comes with Node.")
    return tool


def pulumi() -> Tool:
    """A newer CLI may have written a state that an older one can't read."""
    wanted = _pinned("pulumi")
    advice = f"{wanted} or newer is needed: {PULUMI_INSTALLATION}"
    return _at_least("Pulumi CLI", wanted, _version("pulumi", "version"), advice)


def backend() -> Tool:
    """The CLI that has none asks for Pulumi Cloud's token, whatever it is to do (Pulumi,
    pkg/backend/httpstate/backend.go)."""
    name, command = "Pulumi's backend", ("pulumi", "whoami", "--non-interactive")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "PULUMI_ACCESS_TOKEN must be set" in done.stderr:
        advice = f"export PULUMI_BACKEND_URL='s3://{BUCKET}', as `make bootstrap` printed it"
        return Tool(name, "", f"none is given. {advice}, or use `pulumi login`.")
    return Tool(name, done.stdout.strip())


def _at_least(name: str, wanted: str, found: str, advice: str) -> Tool:
    if not found:
        return Tool(name, "", f"not on PATH. {advice}")
    if _numbers(found) < _numbers(wanted):
        return Tool(name, found, f"{found} is on PATH. {advice}")
    return Tool(name, found)


def containers() -> Tool:
    """Docker that answers, with Compose 2, or Podman. CONTAINER_ENGINE=docker or podman decides."""
    engines = {"docker": _docker, "podman": _podman}
    wanted = os.environ.get("CONTAINER_ENGINE")
    if wanted and wanted not in engines:
        return Tool("CONTAINER_ENGINE", "", f"{wanted!r} is neither docker nor podman.")
    tried = [engines[name]() for name in ([wanted] if wanted else engines)]
    working = next((tool for tool in tried if not tool.problem), None)
    if working is None and not any(shutil.which(tool.command) for tool in tried):
        missing = tried[0].name if wanted else "Docker or Podman"
        return Tool(missing, "", f"not on PATH. {ENGINE_INSTALLATION}")
    return working or next(tool for tool in tried if shutil.which(tool.command))


def _docker() -> Tool:
    """The plugin is Compose 2 or newer; one that somebody has built names no number."""
    name, compose = "Docker", _output("docker", "compose", "version", "--short").strip()
    if not compose:
        problem = "has no Compose plugin."
    elif not _output("docker", "info"):
        problem = "does not answer; start it, or look what `docker info` says."
    else:
        found = f"{_version('docker', '--version')} with Compose {compose}"
        return Tool(name, found, command="docker")
    return Tool(name, "", f"{problem} {ENGINE_INSTALLATION}", "docker")


def _podman() -> Tool:
    found = _version("podman", "--version")
    problem = "" if found else f"does not answer. {ENGINE_INSTALLATION}"
    return Tool("Podman", found, problem, "podman")


TOOLS: Mapping[str, Callable[[], Tool]] = {
    "python": python,
    "node": node,
    "pulumi": pulumi,
    "containers": containers,
}


CHECKS = {**TOOLS, "backend": backend}


def problems(names: Sequence[str]) -> Iterator[Tool]:
    yield from (tool for name in names if (tool := CHECKS[name]()).problem)


def _line(file: str) -> str:
    return (ROOT / file).read_text().strip()


def _pinned(package: str) -> str:
    pinned = re.search(rf'"{package}==([\d.]+)"', (ROOT / "pyproject.toml").read_text())
    if pinned is None:
        raise LookupError(f"pyproject.toml pins no {package}")
    return pinned[1]


def _version(*command: str) -> str:
    """The first version that a command prints; empty if it does not work."""
    found = VERSION.search(_output(*command))
    return found[0] if found else ""


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools", description=__doc__)
    parser.add_argument("names", nargs="+", choices=CHECKS)
    found = list(problems(parser.parse_args().names))
    for tool in found:
        print(tool, file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
