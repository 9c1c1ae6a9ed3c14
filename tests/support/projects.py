"""A project to change and run: this program with stack files of its own, in a folder."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from delivery.shared.stack_state import StackState, read_state
from settings import stack_file
from simulation import engine
from simulation.inventory import Inventory
from simulation.plan import Plan
from tests.support import stacks as stacks_of_tests

Change = tuple[str, str, str]
KEPT = {"same", "read"}


@dataclass
class Project:
    """`said` is the output of the CLI so far."""

    folder: Path
    pulumi: Path
    said: list[str] = field(default_factory=list[str])

    def write(self, stack: str, config: dict[str, Any]) -> None:
        """A stack file of a config given without its namespace, its secrets as ciphertext."""
        values = {f"plataforma:{key}": value for key, value in config.items()}
        text = yaml.safe_dump({"config": values}, sort_keys=False)
        (self.folder / f"Pulumi.{stack}.yaml").write_text(text)

    def edit(self, stack: str, path: str, value: Any) -> None:
        """Sets a key of a stack file, a dot between its parts."""
        file = self.folder / f"Pulumi.{stack}.yaml"
        content = stack_file.load(file)
        section, *parents, last = path.split(".")
        holder = content["config"]
        for key in (f"plataforma:{section}", *parents):
            holder = holder[key]
        holder[last] = value
        file.write_text(yaml.safe_dump(content, sort_keys=False))

    def preview(self, stack: str) -> Plan:
        return engine.preview(stack, self.folder, self.pulumi)

    def up(self, stack: str) -> int:
        return self._run(engine.up, stack)

    def refresh(self, stack: str) -> int:
        return self._run(engine.refresh, stack)

    def destroy(self, stack: str) -> int:
        return self._run(engine.destroy, stack)

    def changes(self, stack: str) -> set[Change]:
        """Type, name and operation of each resource that a preview would change."""
        return {
            (resource.type.rpartition(":")[2], resource.name, resource.operation)
            for resource in self.preview(stack).resources
            if resource.operation not in KEPT
        }

    def state(self, stack: str) -> list[dict[str, Any]]:
        """The resources of the state file."""
        checkpoint = json.loads(engine.state_path(stack, self.folder).read_text())["checkpoint"]
        return (checkpoint.get("latest") or {}).get("resources") or []

    def exported(self, stack: str) -> StackState:
        """The state as `pulumi stack export` prints it."""
        file = self.folder / "state.json"
        with engine.open_session(stack, self.folder, self.pulumi) as session:
            file.write_text(session.run("stack export").stdout)
        return read_state(file)

    def alter_state(self, stack: str, changed: Mapping[tuple[str, str], dict[str, Any]]) -> int:
        """Sets properties of resources in the state, by type and name, as if a refresh had read
        them; returns how many resources were changed."""
        path = engine.state_path(stack, self.folder)
        content = json.loads(path.read_text())
        found = 0
        for resource in content["checkpoint"]["latest"]["resources"]:
            key = (resource["type"], resource["urn"].rpartition("::")[2])
            if key in changed:
                resource["inputs"] |= changed[key]
                resource["outputs"] |= changed[key]
                found += 1
        path.write_text(json.dumps(content))
        return found

    def urns_in_state(self, stack: str) -> set[str]:
        """URNs of the resources in the state."""
        return {
            resource["urn"]
            for resource in self.state(stack)
            if resource["custom"] and not resource["type"].startswith("pulumi:")
        }

    def urns_in_aws(self) -> set[str]:
        """URNs of the resources in simulated AWS."""
        return set(Inventory(engine.inventory_path(self.folder)).urns())

    def _run(self, action: Callable[[str, Path, Path], int], stack: str) -> int:
        with _printed_into(self.said):
            return action(stack, self.folder, self.pulumi)


def project(folder: Path, pulumi: Path, *stacks: str) -> Project:
    """A project of this program with copies of the tests' files of `stacks`."""
    stacks_of_tests.make_project(folder, *stacks)
    return Project(folder, pulumi)


@contextmanager
def _printed_into(texts: list[str]) -> Generator[None]:
    """Collects what this process and its children print."""
    kept = [os.dup(1), os.dup(2)]
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept[0], 1)
            os.dup2(kept[1], 2)
            for descriptor in kept:
                os.close(descriptor)
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
