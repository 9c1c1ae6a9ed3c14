"""Reads the stack files, Pulumi.<stack>.yaml, and Pulumi.yaml. Nothing is decrypted."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pulumi

from settings import yaml_reader

# Source: pulumi v3.260.0, sdk/go/common/workspace/project.go, ProjectStack.
BESIDE_CONFIG = ("secretsprovider", "encryptedkey", "encryptionsalt", "environment")
PROVIDERS = ("aws", "awsx", "docker", "pulumi")
"""Namespaces of the engine's and the providers' own configuration."""
_KEY = re.compile(r"[^:]+(:[^:]+)?")


class StackFileError(pulumi.RunError):
    """The stack file is missing, or is not what the CLI accepts or people mean."""


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
        content = yaml_reader.read(path.read_text(encoding="utf-8-sig"))
    except yaml_reader.YamlError as error:
        raise StackFileError(f"{path.name} is not valid YAML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise StackFileError(f"{path.name} cannot be read: {error}") from error
    if content is not None and not isinstance(content, dict):
        raise StackFileError(f"{path.name} must hold a map of keys to values")
    return cast(dict[str, Any], content or {})


def config_in(content: Mapping[str, Any], stack: str, project: str) -> dict[str, Any]:
    """The values in a stack file's content by full key, e.g. `plataforma:database`.

    Errors: StackFileError with all that is wrong outside the sections.
    """
    found = [*_problems_beside(content), *_problems_of(content.get("config"), project)]
    if found:
        count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
        lines = "\n".join(f"  {problem}" for problem in found)
        raise StackFileError(f"{file_name(stack)} has {count}; nothing was changed:\n{lines}")
    return cast(dict[str, Any], content["config"])


def texts(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each text of a config, and the keys that lead to it."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in cast(Mapping[str, Any], value).items():
            yield from texts(item, (*path, str(key)))
    elif isinstance(value, list):
        for number, item in enumerate(cast(list[Any], value)):
            yield from texts(item, (*path, str(number)))


def _problems_beside(content: Mapping[str, Any]) -> Iterator[str]:
    for key in content:
        if ":" in key:
            yield f"{key}: stands beside `config:`, where the CLI does not look: indent it below."
        elif key not in ("config", *BESIDE_CONFIG):
            yield f"{key}: unknown key beside `config:`. Known: {', '.join(BESIDE_CONFIG)}."


def _problems_of(config: object, project: str) -> Iterator[str]:
    if not isinstance(config, dict) or not config:
        what = "is not a map" if config else "is missing or empty"
        form = f"below it, indented, `{project}:environment: ...` and the other keys"
        yield f"config: {what}. Write `config:`, and {form}."
        return
    own = project.removesuffix("-bootstrap")
    namespaces = (own, *PROVIDERS)
    for key, value in cast(dict[str, Any], config).items():
        namespace, _, name = key.partition(":")
        if not _KEY.fullmatch(key):
            yield f"{key}: is no key. Write {own}:<name>."
        elif not name:
            # The CLI puts the name of Pulumi.yaml before it, and takes either of two that are then
            # the same: pulumi v3.260.0, workspace/loaders.go, stackConfigNamespacedWithProject.
            yield f"{key}: has no namespace. Write {own}:{key}."
        elif namespace not in namespaces:
            near = difflib.get_close_matches(namespace, namespaces, n=1, cutoff=0.7)
            meant = f" Did you mean {near[0]}:{name}?" if near else ""
            yield f"{key}: unknown namespace.{meant} Known: {', '.join(namespaces)}."
        elif value is None:
            yield f"{key}: has no value. Delete the key, or write {{}} for a section's defaults."
