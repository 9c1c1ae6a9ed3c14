"""Reads the stack files, Pulumi.<stack>.yaml, and Pulumi.yaml. Nothing is decrypted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml
from yaml.constructor import ConstructorError


class StackFileError(Exception):
    """The stack file is missing or is not what Pulumi would accept."""


class _Loader(yaml.SafeLoader):
    """Refuses a key that is written twice, of which PyYAML takes the last, as the CLI does."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        written: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in written:
                raise ConstructorError(None, None, f"{name} is written twice", key.start_mark)
            written.add(name)
        return super().construct_mapping(node, deep)


def file_name(stack: str) -> str:
    return f"Pulumi.{stack}.yaml"


def path_of(stack: str, project_dir: Path) -> Path:
    """Where a stack's file is, or would be."""
    return project_dir / file_name(stack)


def find(stack: str, project_dir: Path) -> Path:
    """The path of a stack's file, which must exist."""
    path = path_of(stack, project_dir)
    if not path.is_file():
        known = sorted(p.name.split(".")[1] for p in project_dir.glob(file_name("*")))
        raise StackFileError(
            f"{path.name} does not exist; stacks with a file: {', '.join(known) or 'none'}"
        )
    return path


def project_name(project_dir: Path) -> str:
    return str(load(project_dir / "Pulumi.yaml")["name"])


def load(path: Path) -> dict[str, Any]:
    """A YAML file that holds a map."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise StackFileError(f"{path.name} is not valid YAML: {where}{error.problem}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise StackFileError(f"{path.name} cannot be read: {error}") from error
    if content is not None and not isinstance(content, dict):
        raise StackFileError(f"{path.name} must hold a map of keys to values")
    return cast(dict[str, Any], content or {})


def config_in(content: Mapping[str, Any], stack: str, project: str) -> dict[str, Any]:
    """The values in a stack file's content by full key, e.g. `plataforma:database`."""
    config = content.get("config") or {}
    if not isinstance(config, dict):
        raise StackFileError(f"{file_name(stack)}: config must be a map of keys to values")
    return {
        key if ":" in key else f"{project}:{key}": value
        for key, value in cast(dict[str, Any], config).items()
    }
